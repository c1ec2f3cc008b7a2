//! Features to GeoJSON and CSV. A page ends at its limit or where it has grown heavy, whichever comes first.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::Value as Json;

use crate::model::record::{ColumnType, GeometryKind, TableShape};
use crate::publish::{geojson_geometry, guarded, json_text, single_point};
use crate::store::features::Feature;

/// Bytes after which a page takes no further feature: what a server of 4,096 connections with some hundred readers can
/// hold at once, and what a client reads in a second. The next page goes on.
pub const PAGE_BYTES: usize = 8 << 20;

/// Property that holds the distance from `near=`, in metres; with an underscore before it where a column has the name.
pub fn distance_name(shape: &TableShape) -> &'static str {
    if shape.columns.iter().any(|column| column.name == "distance_m") { "_distance_m" } else { "distance_m" }
}

/// Metres to the decimetre: the geometry is no more exact.
fn metres(distance_m: f64) -> f64 {
    (distance_m * 10.0).round() / 10.0
}

/// Writes features one by one as the members of a GeoJSON array.
pub struct GeoJson {
    /// What is written so far.
    pub text: String,
    names: Vec<String>,
    distance: String,
    any: bool,
}

impl GeoJson {
    /// A writer of features with these columns.
    pub fn new(columns: &[String], shape: &TableShape) -> Self {
        let names = columns.iter().map(|name| json_text(name)).collect();
        Self { text: String::new(), names, distance: json_text(distance_name(shape)), any: false }
    }

    /// Writes a feature up to its geometry, without the bracket that closes it.
    pub fn open(&mut self, feature: &Feature) {
        let text = &mut self.text;
        if self.any {
            text.push_str(",\n");
        }
        self.any = true;
        // Writing to a String cannot fail.
        let _ = write!(text, "{{\"type\":\"Feature\",\"id\":{},\"properties\":{{", feature.row.id);
        for (index, (name, value)) in self.names.iter().zip(&feature.row.values).enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(name);
            text.push(':');
            number_or(text, value);
        }
        if let Some(distance_m) = feature.distance_m {
            if !self.names.is_empty() {
                text.push(',');
            }
            let _ = write!(text, "{}:{}", self.distance, metres(distance_m));
        }
        text.push_str("},\"geometry\":");
        match &feature.row.geometry {
            Some(geometry) => geojson_geometry(text, geometry),
            None => text.push_str("null"),
        }
    }

    /// Writes a feature and says whether there is room for more.
    pub fn take(&mut self, feature: &Feature) -> bool {
        self.open(feature);
        self.text.push('}');
        self.text.len() < PAGE_BYTES
    }
}

/// A value as JSON; decimal numbers as the published files have them.
fn number_or(text: &mut String, value: &Json) {
    let _ = match value {
        Json::Number(number) if number.is_f64() => write!(text, "{}", number.as_f64().unwrap_or_default()),
        value => write!(text, "{value}"),
    };
}

/// Writes features as CSV: UTF-8 with byte order mark, `_id` first, then the columns, the distance where it was asked
/// for, and the position of points that no column tells. Other geometry has no place in a spreadsheet.
pub struct Csv {
    text: Vec<u8>,
    with_distance: bool,
    with_position: bool,
}

impl Csv {
    /// A writer of features with these columns.
    pub fn new(columns: &[String], shape: &TableShape, geometry: Option<GeometryKind>, near: bool) -> Self {
        let has =
            |kind: ColumnType| shape.columns.iter().any(|column| column.kind == kind && columns.contains(&column.name));
        let with_position =
            geometry == Some(GeometryKind::Point) && !(has(ColumnType::Latitude) && has(ColumnType::Longitude));
        let mut this = Self { text: "\u{feff}".as_bytes().to_vec(), with_distance: near, with_position };
        let mut header = vec![Cow::Borrowed("_id")];
        header.extend(columns.iter().map(|name| guarded(name)));
        if near {
            header.push(distance_name(shape).into());
        }
        if with_position {
            for name in ["緯度", "経度"] {
                let free = !columns.iter().any(|column| column == name);
                header.push(if free { name.into() } else { format!("_{name}").into() });
            }
        }
        this.line(&header);
        this
    }

    fn line(&mut self, cells: &[Cow<'_, str>]) {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut self.text);
        // Writing to memory cannot fail.
        let _ = writer.write_record(cells.iter().map(|cell| cell.as_bytes()));
        let _ = writer.flush();
    }

    /// Writes a feature and says whether there is room for more.
    pub fn take(&mut self, feature: &Feature) -> bool {
        let mut cells: Vec<Cow<'_, str>> = vec![feature.row.id.to_string().into()];
        cells.extend(feature.row.values.iter().map(cell));
        if self.with_distance {
            cells.push(feature.distance_m.map_or(Cow::Borrowed(""), |far| metres(far).to_string().into()));
        }
        if self.with_position {
            match single_point(feature.row.geometry.as_ref()) {
                Some(at) => cells.extend([at.y.to_string().into(), at.x.to_string().into()]),
                None => cells.extend([Cow::Borrowed(""), Cow::Borrowed("")]),
            }
        }
        self.line(&cells);
        self.text.len() < PAGE_BYTES
    }

    /// The file.
    pub fn finish(self) -> Vec<u8> {
        self.text
    }
}

fn cell(value: &Json) -> Cow<'_, str> {
    match value {
        Json::Null => "".into(),
        Json::String(text) => guarded(text),
        Json::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string().into(),
        other => other.to_string().into(),
    }
}
