//! GeoJSON (RFC 7946), streamed: longitude before latitude, outer rings counter-clockwise, `id` the record's `_id`,
//! every column of the shape in `properties` (null where the record has no value), coordinates to 8 decimals (1 mm).

use std::io::Write as _;

use geo_types::{Coord, Geometry, LineString, Polygon};

use super::rows::Cell;
use super::{Finished, Out, PublishError, Rows, TableInput, Writer, finished, out};
use crate::model::catalogue::Format;
use crate::store::objects::Objects;

/// The GeoJSON file of one table.
pub(super) struct GeoJsonFile {
    out: Out,
    names: Vec<String>,
    any: bool,
    text: String,
}

impl GeoJsonFile {
    pub(super) fn new(input: TableInput<'_>, objects: &Objects) -> Result<Self, PublishError> {
        let mut out = out(objects, Format::GeoJson)?;
        let title = json_text(input.title);
        let bbox = input.bbox.map_or_else(String::new, |b| {
            let [west, south, east, north] = [b.west_deg, b.south_deg, b.east_deg, b.north_deg].map(rounded);
            format!(",\"bbox\":[{west},{south},{east},{north}]")
        });
        write!(out, "{{\"type\":\"FeatureCollection\",\"name\":{title}{bbox},\"features\":[")
            .map_err(PublishError::write(Format::GeoJson))?;
        let names = input.shape.columns.iter().map(|column| json_text(&column.name)).collect();
        Ok(Self { out, names, any: false, text: String::new() })
    }

    fn feature(&mut self, rows: &Rows<'_>, row: usize) {
        let text = &mut self.text;
        text.push_str(if self.any { ",\n" } else { "\n" });
        self.any = true;
        text.push_str("{\"type\":\"Feature\",\"id\":");
        text.push_str(&rows.id(row).to_string());
        text.push_str(",\"properties\":{");
        for (index, (name, cells)) in self.names.iter().zip(rows.columns()).enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(name);
            text.push(':');
            match cells.get(row) {
                Cell::Null => text.push_str("null"),
                Cell::Text(value) => text.push_str(&json_text(value)),
                Cell::Integer(value) => text.push_str(&value.to_string()),
                Cell::Number(value) => text.push_str(&value.to_string()),
            }
        }
        text.push_str("},\"geometry\":");
        match rows.geometry(row) {
            None => text.push_str("null"),
            Some(found) => geometry(text, found),
        }
        text.push('}');
    }
}

impl Writer for GeoJsonFile {
    fn batch(&mut self, rows: &Rows<'_>) -> Result<(), PublishError> {
        for row in 0..rows.len() {
            self.feature(rows, row);
            if self.text.len() > 1 << 16 || row + 1 == rows.len() {
                self.out.write_all(self.text.as_bytes()).map_err(PublishError::write(Format::GeoJson))?;
                self.text.clear();
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Option<Finished>, PublishError> {
        self.out.write_all(b"\n]}\n").map_err(PublishError::write(Format::GeoJson))?;
        finished(Format::GeoJson, self.out)
    }
}

/// A text as JSON.
pub(crate) fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// 8 decimals of a degree are 1.1 mm: finer than any survey, and a round trip keeps the digits.
pub(super) fn rounded(degrees: f64) -> f64 {
    let value = (degrees * 1e8).round() / 1e8;
    if value == 0.0 { 0.0 } else { value }
}

/// Writes a geometry as GeoJSON.
pub(crate) fn geometry(text: &mut String, found: &Geometry<f64>) {
    let begin = |text: &mut String, kind: &str| {
        text.push_str("{\"type\":\"");
        text.push_str(kind);
        text.push_str("\",\"coordinates\":");
    };
    match found {
        Geometry::Point(point) => {
            begin(text, "Point");
            position(text, point.0);
        }
        Geometry::MultiPoint(points) => {
            begin(text, "MultiPoint");
            list(text, points.0.iter(), |text, point| position(text, point.0));
        }
        Geometry::LineString(found) => {
            begin(text, "LineString");
            line(text, found, false);
        }
        Geometry::Line(found) => {
            begin(text, "LineString");
            list(text, [found.start, found.end].iter(), |text, c| position(text, *c));
        }
        Geometry::MultiLineString(found) => {
            begin(text, "MultiLineString");
            list(text, found.0.iter(), |text, found| line(text, found, false));
        }
        Geometry::Polygon(found) => {
            begin(text, "Polygon");
            polygon(text, found);
        }
        Geometry::MultiPolygon(found) => {
            begin(text, "MultiPolygon");
            list(text, found.0.iter(), polygon);
        }
        Geometry::Rect(found) => {
            begin(text, "Polygon");
            polygon(text, &found.to_polygon());
        }
        Geometry::Triangle(found) => {
            begin(text, "Polygon");
            polygon(text, &found.to_polygon());
        }
        Geometry::GeometryCollection(found) => {
            text.push_str("{\"type\":\"GeometryCollection\",\"geometries\":");
            list(text, found.0.iter(), geometry);
        }
    }
    text.push('}');
}

fn list<T>(text: &mut String, items: impl Iterator<Item = T>, mut each: impl FnMut(&mut String, T)) {
    text.push('[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push(',');
        }
        each(text, item);
    }
    text.push(']');
}

fn position(text: &mut String, at: Coord<f64>) {
    use std::fmt::Write as _;
    // Writing to a String cannot fail.
    let _ = write!(text, "[{},{}]", rounded(at.x), rounded(at.y));
}

fn line(text: &mut String, line: &LineString<f64>, backwards: bool) {
    if backwards {
        list(text, line.0.iter().rev(), |text, c| position(text, *c));
    } else {
        list(text, line.0.iter(), |text, c| position(text, *c));
    }
}

fn polygon(text: &mut String, polygon: &Polygon<f64>) {
    let rings = std::iter::once((polygon.exterior(), true)).chain(polygon.interiors().iter().map(|ring| (ring, false)));
    list(text, rings, |text, (ring, outer)| line(text, ring, (doubled_area(ring) > 0.0) != outer));
}

/// Twice the signed area; positive where the ring runs counter-clockwise. Taken from the first vertex, so that small
/// rings far from the origin keep their sign.
pub(super) fn doubled_area(ring: &LineString<f64>) -> f64 {
    let Some(origin) = ring.0.first() else { return 0.0 };
    ring.0
        .windows(2)
        .map(|pair| match pair {
            [a, b] => (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y),
            _ => 0.0,
        })
        .sum()
}
