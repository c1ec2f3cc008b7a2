//! KML 2.2 (OGC 07-147r2): a document of placemarks with typed attributes, without script, link or outside picture.
//!
//! KML knows one reference system, WGS 84; JGD2011 stands for it, as the two differ by less than such a file tells.
//! Names and values are escaped; a balloon shows values as text. Coordinates have 8 decimals, as in the GeoJSON.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;

use geo_types::{Coord, Geometry, LineString, Polygon};

use super::super::dump::escaped;
use super::super::geojson_file::{doubled_area, rounded};
use super::super::rows::{Cell, Rows};
use super::notice::facts;
use super::survey::{Survey, Width, survey};
use super::{MadeInput, Outcome, Pass, PublishError, each, failed, out, whole};
use crate::model::made::MadeFormat;
use crate::model::naming::label_column;
use crate::model::record::Storage;
use crate::store::objects::Objects;

const FORMAT: MadeFormat = MadeFormat::Kml;

pub(super) fn make(input: &MadeInput<'_>, objects: &Objects, pass: &Pass<'_>) -> Result<Outcome, PublishError> {
    let survey = survey(input, pass)?;
    let names: Vec<String> = input.shape.columns.iter().map(|column| attribute(&column.name)).collect();
    let label = label_column(input.shape);
    let mut out = out(objects, FORMAT)?;
    let mut text = head(input, &names, &survey);
    each(input, pass, |rows| {
        for row in 0..rows.len() {
            placemark(&mut text, rows, row, &names, label);
            if text.len() > 1 << 16 {
                out.write_all(text.as_bytes()).map_err(failed(FORMAT))?;
                text.clear();
            }
        }
        Ok(())
    })?;
    text.push_str("</Document>\n</kml>\n");
    out.write_all(text.as_bytes()).map_err(failed(FORMAT))?;
    Ok(Outcome { file: whole(out, FORMAT)?, changed_cells: 0, note: None })
}

fn head(input: &MadeInput<'_>, names: &[String], survey: &Survey) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">\n<Document>\n",
    );
    let told: Vec<String> = facts(input).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "<name>{}</name>\n<description>{}</description>\n",
        escaped(&input.shape.title),
        escaped(&told.join("\n"))
    );
    text.push_str(
        "<Style id=\"s\"><LineStyle><color>ffa0521d</color><width>2</width></LineStyle>\
         <PolyStyle><color>66a0521d</color></PolyStyle></Style>\n<Schema name=\"table\" id=\"table\">\n",
    );
    for ((name, column), width) in names.iter().zip(&input.shape.columns).zip(&survey.columns) {
        let _ = writeln!(
            text,
            "<SimpleField type=\"{}\" name=\"{name}\"><displayName>{}</displayName></SimpleField>",
            simple_type(column.kind.storage(), width),
            escaped(&column.title)
        );
    }
    text.push_str("</Schema>\n");
    text
}

/// The type of a column: KML's whole numbers have 32 bits, and larger ones stay text so that no digit is lost.
fn simple_type(storage: Storage, width: &Width) -> &'static str {
    match storage {
        Storage::Text => "string",
        Storage::Number => "double",
        Storage::Integer => {
            let fits = |value: i64| i32::try_from(value).is_ok();
            if fits(width.integers.0) && fits(width.integers.1) { "int" } else { "string" }
        }
    }
}

fn placemark(text: &mut String, rows: &Rows<'_>, row: usize, names: &[String], label: Option<usize>) {
    let _ = write!(text, "<Placemark id=\"r{}\">", rows.id(row));
    if let Some(Cell::Text(name)) = label.and_then(|at| rows.columns().get(at)).map(|cells| cells.get(row)) {
        let _ = write!(text, "<name>{}</name>", escaped(name));
    }
    text.push_str("<styleUrl>#s</styleUrl><ExtendedData><SchemaData schemaUrl=\"#table\">");
    for (name, cells) in names.iter().zip(rows.columns()) {
        let value = match cells.get(row) {
            Cell::Null => continue,
            Cell::Text(value) => escaped(value),
            Cell::Integer(value) => Cow::Owned(value.to_string()),
            Cell::Number(value) => Cow::Owned(value.to_string()),
        };
        let _ = write!(text, "<SimpleData name=\"{name}\">{value}</SimpleData>");
    }
    text.push_str("</SchemaData></ExtendedData>");
    if let Some(found) = rows.geometry(row) {
        geometry(text, found);
    }
    text.push_str("</Placemark>\n");
}

/// A name as the value of an attribute.
fn attribute(name: &str) -> String {
    escaped(name).replace('"', "&quot;").replace(['\t', '\n'], " ")
}

fn geometry(text: &mut String, found: &Geometry<f64>) {
    match found {
        Geometry::Point(at) => point(text, at.0),
        Geometry::MultiPoint(points) => many(text, points.0.iter(), |text, at| point(text, at.0)),
        Geometry::Line(found) => line(text, &LineString(vec![found.start, found.end])),
        Geometry::LineString(found) => line(text, found),
        Geometry::MultiLineString(lines) => many(text, lines.0.iter(), line),
        Geometry::Polygon(found) => polygon(text, found),
        Geometry::MultiPolygon(found) => many(text, found.0.iter(), polygon),
        Geometry::Rect(found) => polygon(text, &found.to_polygon()),
        Geometry::Triangle(found) => polygon(text, &found.to_polygon()),
        Geometry::GeometryCollection(found) => many(text, found.0.iter(), geometry),
    }
}

fn many<T>(text: &mut String, parts: impl Iterator<Item = T>, mut each: impl FnMut(&mut String, T)) {
    text.push_str("<MultiGeometry>");
    for part in parts {
        each(text, part);
    }
    text.push_str("</MultiGeometry>");
}

fn point(text: &mut String, at: Coord<f64>) {
    text.push_str("<Point>");
    coordinates(text, std::iter::once(&at));
    text.push_str("</Point>");
}

fn line(text: &mut String, line: &LineString<f64>) {
    text.push_str("<LineString>");
    coordinates(text, line.0.iter());
    text.push_str("</LineString>");
}

fn polygon(text: &mut String, polygon: &Polygon<f64>) {
    text.push_str("<Polygon><outerBoundaryIs>");
    ring(text, polygon.exterior(), true);
    text.push_str("</outerBoundaryIs>");
    for inner in polygon.interiors() {
        text.push_str("<innerBoundaryIs>");
        ring(text, inner, false);
        text.push_str("</innerBoundaryIs>");
    }
    text.push_str("</Polygon>");
}

/// A ring, the outer ones counter-clockwise.
fn ring(text: &mut String, ring: &LineString<f64>, is_outer: bool) {
    text.push_str("<LinearRing>");
    if (doubled_area(ring) > 0.0) == is_outer {
        coordinates(text, ring.0.iter());
    } else {
        coordinates(text, ring.0.iter().rev());
    }
    text.push_str("</LinearRing>");
}

fn coordinates<'c>(text: &mut String, positions: impl Iterator<Item = &'c Coord<f64>>) {
    text.push_str("<coordinates>");
    for (index, at) in positions.enumerate() {
        let _ = write!(text, "{}{},{}", if index > 0 { " " } else { "" }, rounded(at.x), rounded(at.y));
    }
    text.push_str("</coordinates>");
}
