//! GeoPackage (OGC 12-128r18): every table that `gpkg_contents` lists as features or attributes.

mod blob;
mod database;
mod layer;

use std::collections::HashMap;
use std::ops::ControlFlow;

use geo_types::Geometry;
use rusqlite::types::ValueRef;

use self::database::{Database, failure, quoted};
use self::layer::{Column, Kind, Layer};
use super::cells::{Meaning, RowCells};
use super::geo_error::GeoError;
use super::geometry_row::{Fault, Tally, push};
use super::number::shortest;
use super::{Crs, ReadError, ReadLimits, RowSink, SourceFile, TableHead};
use crate::model::finding::{Finding, FindingCode, Place};

/// Reads a GeoPackage. Memory: the file once more (SQLite's own copy), 8 MiB of pages and one row.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    let database = Database::open(bytes, limits)?;
    let layers = layer::find(&database, limits)?;
    if layers.read.is_empty() && layers.skipped.iter().any(|(_, reason)| *reason == layer::EMPTY) {
        return Err(ReadError::Empty);
    }
    if layers.read.is_empty() {
        let named: Vec<String> =
            layers.skipped.iter().take(5).map(|(name, reason)| format!("{name}: {reason}")).collect();
        let found = if named.is_empty() { "gpkg_contents: 0".to_owned() } else { named.join("; ") };
        return Err(GeoError::NoLayer { found }.into());
    }
    let mut tally = Tally::new(limits);
    let mut skipped = layers.skipped.iter();
    let mut systems = Systems { database: &database, has_table: layers.has_systems, known: HashMap::new() };
    for layer in &layers.read {
        let flow = table(&mut systems, layer, skipped.by_ref(), (&mut tally, limits), sink)?;
        if flow.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads one layer.
fn table<'s>(
    systems: &mut Systems<'_>,
    layer: &Layer,
    skipped: impl Iterator<Item = &'s (String, &'static str)>,
    (tally, limits): (&mut Tally, &ReadLimits),
    sink: &mut dyn RowSink,
) -> Result<ControlFlow<()>, ReadError> {
    let crs = layer.geometry.as_ref().map(|(_, crs)| crs.clone());
    let head = TableHead {
        name: Some(layer.table.clone()),
        columns: Some(layer.columns.iter().map(|column| column.name.clone()).collect()),
        crs,
        encoding: String::new(),
        format: "GeoPackage",
    };
    if sink.table(&head).is_break() {
        return Ok(ControlFlow::Break(()));
    }
    let place = || Place { sheet: Some(layer.table.clone()), ..Place::default() };
    for (name, reason) in skipped {
        sink.finding(Finding::new(FindingCode::LayerSkipped, Place::default(), name, *reason));
    }
    if systems.database.is_wal {
        sink.finding(Finding::new(FindingCode::LogMissing, Place::default(), "", ""));
    }
    if let Some(column) = &layer.counting {
        sink.finding(Finding::new(FindingCode::RowIdLeftOut, place(), column, ""));
    }
    rows(systems, layer, (tally, limits), sink)
}

/// The statement gives the geometry first, then the columns. Rows come in the order of their keys, which is that of
/// their pages.
fn rows(
    systems: &mut Systems<'_>,
    layer: &Layer,
    (tally, limits): (&mut Tally, &ReadLimits),
    sink: &mut dyn RowSink,
) -> Result<ControlFlow<()>, ReadError> {
    let broken = |error: rusqlite::Error| failure(&layer.table, &error);
    let database = systems.database;
    let geometry = layer.geometry.as_ref().map(|(column, _)| column.as_str());
    let names: Vec<String> =
        geometry.into_iter().chain(layer.columns.iter().map(|column| column.name.as_str())).map(quoted).collect();
    if names.is_empty() {
        return Ok(ControlFlow::Continue(()));
    }
    let sql = format!("SELECT {} FROM {} NOT INDEXED", names.join(", "), quoted(&layer.table));
    let mut statement = database.connection().prepare(&sql).map_err(broken)?;
    let mut found = statement.query([]).map_err(broken)?;
    let mut spent = Spent { bytes_left: database.bytes().saturating_mul(2), table: &layer.table };
    let shift = usize::from(geometry.is_some());
    let (mut cells, mut number) = (RowCells::default(), 0_u64);
    while let Some(row) = found.next().map_err(broken)? {
        number += 1;
        // No row takes less than a byte of the file.
        if number > limits.rows.min(database.bytes()) {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        cells.reset(layer.columns.len());
        for (index, column) in layer.columns.iter().enumerate() {
            let value = row.get_ref(index + shift).map_err(broken)?;
            spent.take(value)?;
            cell(&mut cells, (index, column), value, (&layer.table, number), limits, sink)?;
        }
        let shape = match &layer.geometry {
            None => Ok(None),
            Some((_, crs)) => {
                let value = row.get_ref(0).map_err(broken)?;
                spent.take(value)?;
                systems.geometry(value, crs, tally)?
            }
        };
        if push((number, Some(&layer.table)), &cells, shape, (tally, limits), sink)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    tally.tell(Some(&layer.table), sink);
    Ok(ControlFlow::Continue(()))
}

/// Counts the bytes of values: those of a sound file lie in it once.
struct Spent<'t> {
    bytes_left: u64,
    table: &'t str,
}

impl Spent<'_> {
    fn take(&mut self, value: ValueRef<'_>) -> Result<(), ReadError> {
        let (ValueRef::Text(bytes) | ValueRef::Blob(bytes)) = value else { return Ok(()) };
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let without_end = || GeoError::WorkWithoutEnd { part: self.table.to_owned(), detail: "SQLite".to_owned() };
        self.bytes_left = self.bytes_left.checked_sub(count).ok_or_else(without_end)?;
        Ok(())
    }
}

/// The systems that geometries name themselves, looked up once each.
struct Systems<'d> {
    database: &'d Database,
    has_table: bool,
    known: HashMap<i32, Crs>,
}

impl Systems<'_> {
    fn geometry(
        &mut self,
        value: ValueRef<'_>,
        table: &Crs,
        tally: &mut Tally,
    ) -> Result<Result<Option<Geometry<f64>>, Fault>, ReadError> {
        let bytes = match value {
            ValueRef::Null => return Ok(Ok(None)),
            ValueRef::Blob(bytes) => bytes,
            other => return Ok(Err(Fault::broken(format!("geometry: {}", other.data_type())))),
        };
        let read = match blob::read(bytes, tally) {
            Ok(read) => read,
            Err(fault) => return Ok(Err(fault)),
        };
        // A file may name a few systems; one that names thousands has its own reasons.
        if !self.known.contains_key(&read.srs_id) && self.known.len() < 100 {
            let system = layer::system(self.database, i64::from(read.srs_id), self.has_table)?;
            self.known.insert(read.srs_id, system);
        }
        Ok(match self.known.get(&read.srs_id) {
            // Some programs write 0 into every geometry; what states nothing contradicts nothing.
            None | Some(Crs::Missing | Crs::Unknown(_)) => Ok(read.geometry),
            Some(own) if own == table => Ok(read.geometry),
            Some(own) => Err(Fault::broken(format!("geometry: {own:?}, layer: {table:?}"))),
        })
    }
}

fn cell(
    cells: &mut RowCells,
    (index, column): (usize, &Column),
    value: ValueRef<'_>,
    (table, row): (&str, u64),
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let place = || Place {
        sheet: Some(table.to_owned()),
        row: Some(row),
        column: Some(column.name.clone()),
        ..Place::default()
    };
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(value @ (0 | 1)) if column.kind == Kind::Boolean => cells.set_bool(index, value == 1),
        ValueRef::Integer(value) => cells.set(index, Meaning::Number, &value.to_string()),
        ValueRef::Real(value) if value.is_finite() => cells.set(index, Meaning::Number, &shortest(value)),
        ValueRef::Real(value) => {
            sink.finding(Finding::new(FindingCode::NumberInvalid, place(), &value.to_string(), ""));
        }
        ValueRef::Text(bytes) if bytes.len() > limits.cell_bytes => {
            return Err(ReadError::CellTooLong { row, limit_bytes: limits.cell_bytes });
        }
        ValueRef::Text(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            if let std::borrow::Cow::Owned(replaced) = &text {
                let count = replaced.matches('\u{FFFD}').count().to_string();
                sink.finding(Finding::new(FindingCode::EncodingReplaced, place(), &count, "UTF-8"));
            }
            let meaning = if column.kind == Kind::Date && is_date(&text) { Meaning::DateTime } else { Meaning::Text };
            cells.set(index, meaning, &text);
        }
        ValueRef::Blob(bytes) => {
            sink.finding(Finding::new(FindingCode::ValueBinary, place(), &bytes.len().to_string(), ""));
        }
    }
    Ok(())
}

/// `2024-04-01`, `2024-04-01T09:00:00.000Z` and what lies between.
fn is_date(text: &str) -> bool {
    if text.len() == 10 {
        text.parse::<jiff::civil::Date>().is_ok()
    } else {
        text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok()
    }
}
