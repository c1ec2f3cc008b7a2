//! Tables of no sheet: values as published, in the type their column allows.

use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::lonlat::Bbox;
use crate::model::record::{ColumnType, Record, Storage, Value};
use crate::read::{Cell, Row};

use super::from_address::{Placer, Written};
use super::locate::{Locator, SHIFTED_LEVEL};
use super::table::Made;
use super::{coordinate, degrees, number, text};

/// The cell of a column that the file does not have.
pub(super) const NO_CELL: usize = usize::MAX;

/// A table of no sheet: its columns as they are.
pub(super) struct AsPublished {
    /// Cell of the file and type, by column of the shape.
    pub(super) columns: Vec<(usize, ColumnType)>,
    /// Cells of latitude and longitude.
    pub(super) position: Option<(usize, usize)>,
    pub(super) sheet_name: Option<String>,
    pub(super) frame: Option<Bbox>,
    pub(super) locator: Locator,
    pub(super) placer: Placer,
    /// Cells of the address and of the municipality beside it.
    pub(super) address: Option<(usize, Option<usize>)>,
    /// The column that states how exact a derived position is.
    pub(super) level_at: Option<usize>,
}

impl AsPublished {
    /// The record of a row. Total.
    pub(super) fn make(&mut self, row: &Row<'_>, headers: &[String]) -> Made {
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        let mut values = Vec::with_capacity(self.columns.len());
        for (at, (cell, kind)) in self.columns.iter().enumerate() {
            let cell = row.cells.get(*cell).copied().unwrap_or(Cell::Empty);
            let is_error = text::is_error_word(cell.text());
            let (value, differs) = if is_error { (Value::Null, true) } else { published(cell, *kind) };
            if is_error {
                errors.push((self.columns[at].0, cell.text().to_owned()));
            }
            if differs {
                found.push((at, cell.text().to_owned()));
            }
            values.push(value);
        }
        let mut findings: Vec<Finding> = errors
            .iter()
            .map(|(at, error)| {
                let place = Place {
                    sheet: self.sheet_name.clone(),
                    row: Some(row.number),
                    column: headers.get(*at).cloned(),
                    ..Place::default()
                };
                Finding::new(FindingCode::CellError, place, error, "")
            })
            .collect();
        let mut position = None;
        let mut is_blank = true;
        if let Some((lat, lon)) = self.position {
            let cell = |at: usize| row.cells.get(at).map_or("", |cell| cell.text());
            let read = coordinate::position(cell(lat), cell(lon), self.frame);
            for (at, remarks) in [(lat, read.latitude.remarks), (lon, read.longitude.remarks)] {
                for remark in remarks {
                    let place = Place {
                        sheet: self.sheet_name.clone(),
                        row: Some(row.number),
                        column: headers.get(at).cloned(),
                        ..Place::default()
                    };
                    let mut finding = Finding::new(remark.code, place, cell(at), remark.expected);
                    finding.repair = remark.repair;
                    findings.push(finding);
                }
            }
            position = read.position;
            is_blank = [lat, lon].iter().all(|at| text::is_blank(cell(*at)) || text::is_blank_word(cell(*at)))
                || findings.iter().any(|finding| finding.code == FindingCode::CoordinateZero);
        }
        let mut level = None;
        if self.locator.is_needed()
            && let Some(located) = self.locator.locate(row, position)
        {
            position = Some(located.place);
            findings.retain(|finding| finding.code != FindingCode::GeometryOutsideJapan);
            level = located.is_shifted.then_some(SHIFTED_LEVEL);
        }
        if let (None, true, Some((address, city))) = (position, is_blank, self.address) {
            let cell = |at: usize| row.cells.get(at).map_or("", |cell| text::trim(cell.text()));
            let written = Written { prefecture: "", city: city.map_or("", cell), text: cell(address) };
            if let Some((place, exact)) = self.placer.place(row.number, written) {
                position = Some(place);
                level = Some(exact.as_str());
            }
        }
        if let (Some(level), Some(value)) = (level, self.level_at.and_then(|at| values.get_mut(at)))
            && *value == Value::Null
        {
            *value = Value::Text(level.to_owned());
        }
        Made { record: Record { row: row.number, values, geometry: None, found }, position, findings }
    }
}

/// A value as published: the type was chosen so that all cells of the column fit. A cell that does not (only without
/// the first look at the file) becomes nothing, with its text kept beside it.
fn published(cell: Cell<'_>, kind: ColumnType) -> (Value, bool) {
    let found = cell.text();
    if text::is_blank(found) {
        return (Value::Null, false);
    }
    match kind.storage() {
        Storage::Text => (Value::Text(found.to_owned()), false),
        Storage::Integer => {
            number::canonical_integer(found).map_or((Value::Null, true), |number| (Value::Integer(number), false))
        }
        // Zeros at the end of degrees say how finely they were measured; they are no code.
        Storage::Number if matches!(kind, ColumnType::Latitude | ColumnType::Longitude) => {
            degrees::plain(found).map_or((Value::Null, true), |degrees| (Value::Number(degrees), false))
        }
        Storage::Number => {
            number::published_decimal(found).map_or((Value::Null, true), |number| (Value::Number(number), false))
        }
    }
}
