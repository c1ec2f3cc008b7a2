//! Parquet, and GeoParquet 1.1 for tables with geometry: snappy, row groups of 50,000 rows in Hilbert order.
//!
//! The geometry column holds WKB with longitude before latitude (as GeoParquet asks, whatever the axis order of the
//! reference system); `bbox` is the covering of each record, by which readers skip row groups. Source:
//! <https://geoparquet.org/releases/v1.1.0/>.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, RecordBatch, StructArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use geo::BoundingRect as _;
use geo_types::{Geometry, Rect};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::json;

use super::rows::Cells;
use super::{Finished, Out, PublishError, Rows, TableInput, Writer, finished, out};
use crate::model::catalogue::Format;
use crate::model::record::Storage;
use crate::store::objects::Objects;

/// Rows of a row group: about 5 MB of a wide municipal table, so that a box query reads little and memory stays small.
const ROW_GROUP: usize = 50_000;

/// The Parquet file of one table.
pub(super) struct ParquetFile {
    format: Format,
    writer: ArrowWriter<Out>,
    schema: SchemaRef,
    geo: Option<Geo>,
}

/// What the `geo` metadata will say.
struct Geo {
    geometry: String,
    bbox: String,
    types: BTreeSet<&'static str>,
    extent: Option<Rect<f64>>,
}

impl ParquetFile {
    pub(super) fn new(input: TableInput<'_>, objects: &Objects) -> Result<Self, PublishError> {
        let columns = &input.shape.columns;
        let mut fields: Vec<Field> = columns
            .iter()
            .map(|column| {
                let kind = match column.kind.storage() {
                    Storage::Text => DataType::Utf8,
                    Storage::Integer => DataType::Int64,
                    Storage::Number => DataType::Float64,
                };
                Field::new(&column.name, kind, true)
            })
            .collect();
        let free = |wanted: &str| {
            let mut name = wanted.to_owned();
            while columns.iter().any(|column| column.name == name) {
                name.insert(0, '_');
            }
            name
        };
        let geo = input.geometry.map(|_| Geo {
            geometry: free("geometry"),
            bbox: free("bbox"),
            types: BTreeSet::new(),
            extent: None,
        });
        if let Some(geo) = &geo {
            fields.push(Field::new(&geo.geometry, DataType::Binary, true));
            fields.push(Field::new(&geo.bbox, DataType::Struct(bbox_fields()), true));
        }
        let format = if geo.is_some() { Format::GeoParquet } else { Format::Parquet };
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROW_GROUP))
            .set_created_by("hiraku".to_owned())
            .build();
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(out(objects, format)?, Arc::clone(&schema), options)
            .map_err(|error| failed(format, error))?;
        Ok(Self { format, writer, schema, geo })
    }
}

fn failed(format: Format, error: impl std::error::Error + Send + Sync + 'static) -> PublishError {
    PublishError::Write { format: format.name(), source: Box::new(error) }
}

fn bbox_fields() -> Fields {
    ["xmin", "ymin", "xmax", "ymax"].into_iter().map(|name| Field::new(name, DataType::Float64, false)).collect()
}

impl Writer for ParquetFile {
    fn batch(&mut self, rows: &Rows<'_>) -> Result<(), PublishError> {
        let mut arrays: Vec<ArrayRef> = rows
            .columns()
            .iter()
            .map(|cells| match *cells {
                Cells::Text(array) => Arc::new(array.clone()) as ArrayRef,
                Cells::Integer(array) => Arc::new(array.clone()),
                Cells::Number(array) => Arc::new(array.clone()),
            })
            .collect();
        if let Some(geo) = &mut self.geo {
            arrays.push(Arc::new((0..rows.len()).map(|row| rows.wkb(row)).collect::<BinaryArray>()));
            let boxes: Vec<Option<Rect<f64>>> =
                (0..rows.len()).map(|row| rows.geometry(row).and_then(Geometry::bounding_rect)).collect();
            for row in 0..rows.len() {
                geo.types.extend(rows.geometry(row).map(type_name));
            }
            for found in boxes.iter().flatten() {
                geo.extent = Some(geo.extent.map_or(*found, |extent| union(extent, *found)));
            }
            let edge = |pick: fn(&Rect<f64>) -> f64| -> ArrayRef {
                Arc::new(boxes.iter().map(|found| found.as_ref().map_or(0.0, pick)).collect::<Float64Array>())
            };
            let edges = vec![
                edge(|found| found.min().x),
                edge(|found| found.min().y),
                edge(|found| found.max().x),
                edge(|found| found.max().y),
            ];
            let present: NullBuffer = boxes.iter().map(Option::is_some).collect();
            let boxes = StructArray::try_new(bbox_fields(), edges, Some(present))
                .map_err(|error| failed(self.format, error))?;
            arrays.push(Arc::new(boxes));
        }
        let batch =
            RecordBatch::try_new(Arc::clone(&self.schema), arrays).map_err(|error| failed(self.format, error))?;
        self.writer.write(&batch).map_err(|error| failed(self.format, error))
    }

    fn finish(mut self: Box<Self>) -> Result<Option<Finished>, PublishError> {
        if let Some(geo) = &self.geo {
            self.writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo.metadata().to_string()));
        }
        let format = self.format;
        let out = self.writer.into_inner().map_err(|error| failed(format, error))?;
        finished(format, out)
    }
}

impl Geo {
    fn metadata(&self) -> serde_json::Value {
        let edge = |name: &str| json!([self.bbox, name]);
        let mut column = json!({
            "encoding": "WKB",
            "geometry_types": self.types,
            "crs": jgd2011(),
            "covering": { "bbox": {
                "xmin": edge("xmin"), "ymin": edge("ymin"), "xmax": edge("xmax"), "ymax": edge("ymax"),
            } },
        });
        if let Some(extent) = self.extent {
            column["bbox"] = json!([extent.min().x, extent.min().y, extent.max().x, extent.max().y]);
        }
        json!({ "version": "1.1.0", "primary_column": self.geometry, "columns": { &self.geometry: column } })
    }
}

fn union(a: Rect<f64>, b: Rect<f64>) -> Rect<f64> {
    Rect::new(
        (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
        (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
    )
}

fn type_name(geometry: &Geometry<f64>) -> &'static str {
    match geometry {
        Geometry::Point(_) => "Point",
        Geometry::MultiPoint(_) => "MultiPoint",
        Geometry::Line(_) | Geometry::LineString(_) => "LineString",
        Geometry::MultiLineString(_) => "MultiLineString",
        Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => "Polygon",
        Geometry::MultiPolygon(_) => "MultiPolygon",
        Geometry::GeometryCollection(_) => "GeometryCollection",
    }
}

/// EPSG:6668 as PROJJSON: the geodetic datum 2011 of Japan on GRS 80.
fn jgd2011() -> serde_json::Value {
    json!({
        "$schema": "https://proj.org/schemas/v0.7/projjson.schema.json",
        "type": "GeographicCRS",
        "name": "JGD2011",
        "datum": {
            "type": "GeodeticReferenceFrame",
            "name": "Japanese Geodetic Datum 2011",
            "ellipsoid": {
                "name": "GRS 1980", "semi_major_axis": 6_378_137, "inverse_flattening": 298.257_222_101,
            },
        },
        "coordinate_system": {
            "subtype": "ellipsoidal",
            "axis": [
                { "name": "Geodetic latitude", "abbreviation": "Lat", "direction": "north", "unit": "degree" },
                { "name": "Geodetic longitude", "abbreviation": "Lon", "direction": "east", "unit": "degree" },
            ],
        },
        "id": { "authority": "EPSG", "code": 6668 },
    })
}
