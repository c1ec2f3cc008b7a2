//! Where the geometry of a Parquet file is and in what coordinates: the `geo` metadata of GeoParquet 0.4–1.1
//! (<https://geoparquet.org/releases/v1.1.0/>), else the logical types of Parquet itself.

use arrow::datatypes::{DataType, Schema};
use parquet::basic::LogicalType;
use parquet::file::metadata::ParquetMetaData;
use serde_json::Value;

use super::footer::broken;
use crate::read::{Crs, ReadError, crs};

/// How a geometry is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Well-known binary.
    Wkb,
    /// Positions in lists, as GeoArrow has them.
    Native(Native),
}

/// The kinds of GeoArrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Native {
    Point,
    LineString,
    Polygon,
    MultiPoint,
    MultiLineString,
    MultiPolygon,
}

/// What is known of the geometry.
#[derive(Debug)]
pub(super) struct Geo {
    /// The index of its column.
    pub(super) column: usize,
    /// How it is written.
    pub(super) encoding: Encoding,
    /// Its system.
    pub(super) crs: Crs,
    /// Columns that only repeat the box of each geometry.
    pub(super) boxes: Vec<usize>,
    /// Other columns of geometry, which a record has no room for.
    pub(super) others: Vec<usize>,
}

/// Finds the geometry; `None` for a table without any.
pub(super) fn find(metadata: &ParquetMetaData, schema: &Schema) -> Result<Option<Geo>, ReadError> {
    let entries = metadata.file_metadata().key_value_metadata();
    let stated = entries.into_iter().flatten().find(|entry| entry.key == "geo").and_then(|entry| entry.value.as_ref());
    match stated {
        Some(text) => by_metadata(text, schema).map(Some),
        None => Ok(by_type(metadata, schema)),
    }
}

fn by_metadata(text: &str, schema: &Schema) -> Result<Geo, ReadError> {
    let wrong = |what: &str| broken(format!("geo: {what}"));
    let geo: Value = serde_json::from_str(text).map_err(|_| wrong("JSON"))?;
    let columns = geo.get("columns").and_then(Value::as_object).ok_or_else(|| wrong("columns"))?;
    let primary = geo.get("primary_column").and_then(Value::as_str);
    let primary =
        primary.or_else(|| columns.keys().next().map(String::as_str)).ok_or_else(|| wrong("primary_column"))?;
    let place = |name: &str| schema.fields().iter().position(|field| field.name() == name);
    let column = place(primary).ok_or_else(|| wrong(primary))?;
    let about = columns.get(primary).ok_or_else(|| wrong(primary))?;
    let encoding = about.get("encoding").and_then(Value::as_str).unwrap_or("WKB");
    let encoding = encoding_of(encoding).ok_or_else(|| wrong(encoding))?;
    let crs = match about.get("crs") {
        // Absent means longitude and latitude; null means that it is not known.
        None => Crs::Geographic,
        Some(Value::Null) => Crs::Missing,
        Some(Value::String(text)) => crs::from_prj(text.as_bytes()),
        Some(json) => super::projjson::system(json),
    };
    let covering = about.get("covering").and_then(|covering| covering.get("bbox")).and_then(Value::as_object);
    let edges = covering.into_iter().flat_map(|covering| covering.values());
    let mut boxes: Vec<usize> = edges.filter_map(|edge| place(edge.get(0)?.as_str()?)).collect();
    boxes.sort_unstable();
    boxes.dedup();
    boxes.retain(|index| *index != column && schema.field(*index).data_type().is_nested());
    let others = columns.keys().filter_map(|name| place(name)).filter(|index| *index != column).collect();
    Ok(Geo { column, encoding, crs, boxes, others })
}

fn encoding_of(name: &str) -> Option<Encoding> {
    let folded = name.to_ascii_lowercase();
    Some(match folded.strip_prefix("geoarrow.").unwrap_or(&folded) {
        "wkb" => Encoding::Wkb,
        "point" => Encoding::Native(Native::Point),
        "linestring" => Encoding::Native(Native::LineString),
        "polygon" => Encoding::Native(Native::Polygon),
        "multipoint" => Encoding::Native(Native::MultiPoint),
        "multilinestring" => Encoding::Native(Native::MultiLineString),
        "multipolygon" => Encoding::Native(Native::MultiPolygon),
        _ => return None,
    })
}

/// The columns whose logical type is a geometry; the first of them is taken. Without any, a column of bytes under a usual
/// name is one whose system nobody states.
fn by_type(metadata: &ParquetMetaData, schema: &Schema) -> Option<Geo> {
    let described = metadata.file_metadata().schema_descr();
    let fields: Vec<(usize, Crs)> = described
        .columns()
        .iter()
        .filter(|leaf| leaf.path().parts().len() == 1)
        .filter_map(|leaf| {
            let (LogicalType::Geometry { crs } | LogicalType::Geography { crs, .. }) = leaf.logical_type_ref()? else {
                return None;
            };
            Some((schema.index_of(leaf.name()).ok()?, stated(crs.as_deref(), metadata)))
        })
        .collect();
    if let [(column, crs), others @ ..] = fields.as_slice() {
        let others = others.iter().map(|(index, _)| *index).collect();
        return Some(Geo { column: *column, encoding: Encoding::Wkb, crs: crs.clone(), boxes: Vec::new(), others });
    }
    let usual = ["geometry", "geom", "wkb_geometry", "the_geom", "wkb"];
    let column = schema.fields().iter().position(|field| {
        matches!(field.data_type(), DataType::Binary | DataType::LargeBinary)
            && usual.contains(&field.name().to_ascii_lowercase().as_str())
    })?;
    Some(Geo { column, encoding: Encoding::Wkb, crs: Crs::Missing, boxes: Vec::new(), others: Vec::new() })
}

/// The system of a logical type: `srid:6668`, `projjson:key` of the metadata, a name, or the text of a system.
fn stated(text: Option<&str>, metadata: &ParquetMetaData) -> Crs {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Crs::Geographic };
    if let Some(code) = text.strip_prefix("srid:") {
        return match code.trim() {
            "0" => Crs::Missing,
            code => crs::from_name(&format!("EPSG:{code}")),
        };
    }
    let json = match text.strip_prefix("projjson:") {
        Some(key) => {
            let entries = metadata.file_metadata().key_value_metadata().into_iter().flatten();
            entries.filter(|entry| entry.key == key).find_map(|entry| entry.value.as_deref())
        }
        None => Some(text).filter(|text| text.trim_start().starts_with('{')),
    };
    match json.and_then(|json| serde_json::from_str(json).ok()) {
        Some(json) => super::projjson::system(&json),
        None => crs::from_prj(text.as_bytes()),
    }
}
