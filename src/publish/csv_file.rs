//! CSV: UTF-8 with byte order mark (Excel then shows Japanese), CRLF, quoted by RFC 4180.
//!
//! Columns are those of the table's shape. A point table without columns of latitude and longitude gets two more at
//! the end, `緯度` and `経度`, so that its positions are not lost; lines and polygons have no place in a table that
//! people open in a spreadsheet (a cell there holds 32,767 characters, one boundary needs more) and are published as
//! GeoJSON, FlatGeobuf and GeoParquet beside it.
//!
//! Spreadsheets run text that begins like a formula. Such text is written with a leading `'`, which they hide; see
//! [`guarded`] for the rule.

use std::borrow::Cow;
use std::io::Write as _;

use csv::{QuoteStyle, Terminator, WriterBuilder};
use geo_types::Geometry;

use super::rows::Cell;
use super::{Finished, Out, PublishError, Rows, TableInput, Writer, finished, out};
use crate::model::catalogue::Format;
use crate::model::record::{ColumnType, GeometryKind, TableShape};
use crate::store::objects::Objects;

/// The CSV file of one table.
pub(super) struct CsvFile {
    writer: csv::Writer<Out>,
    with_position: bool,
}

impl CsvFile {
    pub(super) fn new(input: TableInput<'_>, objects: &Objects) -> Result<Self, PublishError> {
        let mut file = out(objects, Format::Csv)?;
        file.write_all("\u{feff}".as_bytes()).map_err(PublishError::write(Format::Csv))?;
        let writer =
            WriterBuilder::new().terminator(Terminator::CRLF).quote_style(QuoteStyle::Necessary).from_writer(file);
        let position = position_names(input.shape, input.geometry);
        let mut this = Self { writer, with_position: position.is_some() };
        let columns = input.shape.columns.iter().map(|column| guarded(&column.name));
        let header: Vec<Cow<'_, str>> = columns.chain(position.into_iter().flatten().map(Cow::Owned)).collect();
        this.line(header.iter().map(AsRef::as_ref))?;
        Ok(this)
    }

    fn line<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> Result<(), PublishError> {
        self.writer
            .write_record(cells.map(str::as_bytes))
            .map_err(|error| PublishError::Write { format: Format::Csv.name(), source: error.into() })
    }
}

impl Writer for CsvFile {
    fn batch(&mut self, rows: &Rows<'_>) -> Result<(), PublishError> {
        let mut line: Vec<Cow<'_, str>> = Vec::with_capacity(rows.columns().len() + 2);
        for row in 0..rows.len() {
            line.clear();
            line.extend(rows.columns().iter().map(|cells| match cells.get(row) {
                Cell::Null => Cow::Borrowed(""),
                Cell::Text(text) => guarded(text),
                Cell::Integer(value) => Cow::Owned(value.to_string()),
                Cell::Number(value) => Cow::Owned(value.to_string()),
            }));
            if self.with_position {
                match single_point(rows.geometry(row)) {
                    Some(point) => line.extend([point.y.to_string().into(), point.x.to_string().into()]),
                    None => line.extend([Cow::Borrowed(""), Cow::Borrowed("")]),
                }
            }
            self.line(line.iter().map(AsRef::as_ref))?;
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Option<Finished>, PublishError> {
        let file = self
            .writer
            .into_inner()
            .map_err(|error| PublishError::write(Format::Csv)(std::io::Error::other(error.to_string())))?;
        finished(Format::Csv, file)
    }
}

/// The names of two more columns, latitude and longitude, where a table of points has none of its own.
pub(super) fn position_names(shape: &TableShape, geometry: Option<GeometryKind>) -> Option<[String; 2]> {
    let has = |kind: ColumnType| shape.columns.iter().any(|column| column.kind == kind);
    if geometry != Some(GeometryKind::Point) || (has(ColumnType::Latitude) && has(ColumnType::Longitude)) {
        return None;
    }
    Some(["緯度", "経度"].map(|name| {
        let is_free = !shape.columns.iter().any(|column| column.name == name);
        if is_free { name.to_owned() } else { format!("_{name}") }
    }))
}

/// The position of a geometry that is one point.
pub(crate) fn single_point(geometry: Option<&Geometry<f64>>) -> Option<geo_types::Coord<f64>> {
    match geometry? {
        Geometry::Point(point) => Some(point.0),
        Geometry::MultiPoint(points) if points.0.len() == 1 => points.0.first().map(|point| point.0),
        _ => None,
    }
}

/// Text as it is safe to open in a spreadsheet.
///
/// A leading `'` is put before text of two or more characters that begins with `=`, `+`, `-`, `@`, a tab, a carriage
/// return or a line feed, or with the full-width forms `＝`, `＋`, `－`, `＠` (which spreadsheets with Japanese input fold),
/// unless the whole text is a decimal number such as `-12.5`. A sign alone, often written for "none", is left as it is.
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    let risky = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if risky && text.chars().nth(1).is_some() && !is_number(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A sign, digits, and at most one point: what every spreadsheet reads as a number and nothing else.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_numbers_are_not() {
        for risky in
            ["=1+1", "+81-54-626-1111", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝HYPERLINK(1)", "－1", "-1.5e3", "--1"]
        {
            assert_eq!(guarded(risky), format!("'{risky}"), "{risky}");
        }
        for plain in ["", "-", "－", "-12.5", "+3", "-0", "054-626-1111", "焼津市", "a=b", "'=1"] {
            assert_eq!(guarded(plain), plain);
        }
    }
}
