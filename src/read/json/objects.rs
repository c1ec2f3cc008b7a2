//! Tables of objects or lists: the columns are the keys of all rows together; an object that stands in every row under
//! one key gives a column for each of its own keys, one level deep; what is nested deeper stays JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;

use super::find::{self, Rows, Table};
use super::keys::{self, Target};
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::cells::{Meaning, RowCells};
use crate::read::encoding::Decoded;
use crate::read::geo_error::GeoError;
use crate::read::geojson;
use crate::read::geojson::feature::{self, Broken, GeometryFault, Tally};
use crate::read::geojson::json::Walker;
use crate::read::geojson::lines::Lines;
use crate::read::geojson::{Filled, tell_replaced};
use crate::read::{Crs, ReadError, ReadLimits, Row, RowSink, TableHead, control};

/// The column of the keys under which rows stand.
const KEY: &str = "key";

/// Reads all tables of a text.
pub(super) fn read(decoded: &Decoded<'_>, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let text: &str = &decoded.text;
    let mut tables = find::tables(text, limits)?;
    let several = tables.iter().filter(|table| table.rows.len() > 0).count() > 1;
    if several {
        tables.retain(|table| table.rows.len() > 0);
    }
    if tables.len() > limits.sheets {
        return Err(ReadError::TooManyParts { what: "sheets", limit: limits.sheets });
    }
    if tables.is_empty() {
        return Err(nothing(text, limits));
    }
    if tables.iter().all(|table| table.rows.len() == 0) {
        return Err(ReadError::Empty);
    }
    if let [Table { rows: Rows::Objects(rows), .. }] = tables.as_slice()
        && rows.first().is_some_and(|row| is_feature(row, limits))
    {
        // An answer of a service with a collection inside.
        return geojson::read_features(decoded, rows.clone(), limits, sink);
    }
    for (index, table) in tables.iter().enumerate() {
        if table.rows.len() as u64 > limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        let name = (!table.path.is_empty()).then_some(table.path.as_str()).filter(|_| several);
        if one(table, (name, index == 0), decoded, limits, sink)?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

fn is_feature(row: &str, limits: &ReadLimits) -> bool {
    feature::parts(row, limits.nesting)
        .is_ok_and(|parts| parts.kind == Some("\"Feature\"") && parts.properties.is_some() && parts.geometry.is_some())
}

/// Why there is no table: what the text says it is, or how it begins.
fn nothing(text: &str, limits: &ReadLimits) -> ReadError {
    let mut kind = None;
    let _ = feature::members(text.trim_start(), limits.nesting, "", |key, value| {
        if key == "\"type\"" {
            kind = feature::string(value).map(|kind| kind.chars().take(40).collect::<String>());
        }
        Ok(())
    });
    if let Some(kind) = kind {
        return ReadError::NotGeoJson { found: format!("type = {kind}") };
    }
    GeoError::NoTable { found: text.trim().chars().filter(|c| !c.is_control()).take(40).collect() }.into()
}

fn one(
    table: &Table<'_>,
    (name, is_first): (Option<&str>, bool),
    decoded: &Decoded<'_>,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<ControlFlow<()>, ReadError> {
    let keyed: Vec<&str>;
    let objects: &[&str] = match &table.rows {
        Rows::Objects(rows) => rows,
        Rows::Keyed(rows) => {
            keyed = rows.iter().map(|(_, row)| *row).collect();
            &keyed
        }
        Rows::Lists(..) | Rows::Columns(_) => &[],
    };
    let (mut names, targets, flattened) = keys::gather(objects, limits)?;
    let names = match &table.rows {
        Rows::Objects(_) => Some(names),
        Rows::Keyed(_) => {
            let mut key = KEY.to_owned();
            while names.contains(&key) {
                key.insert(0, '_');
            }
            names.push(key);
            Some(names)
        }
        Rows::Lists(_, names) => names.clone(),
        Rows::Columns(columns) => Some(columns.iter().map(|(name, _)| name.to_string()).collect()),
    };
    if let Some(found) = names.as_ref().map(Vec::len).filter(|found| *found > limits.columns) {
        return Err(ReadError::TooManyColumns { row: 0, found, limit: limits.columns });
    }
    let head = TableHead {
        name: name.map(str::to_owned),
        columns: names.clone(),
        crs: targets.values().any(|target| matches!(target, Target::Geometry)).then_some(Crs::Geographic),
        encoding: decoded.name.to_owned(),
        format: "JSON",
    };
    if sink.table(&head).is_break() {
        return Ok(ControlFlow::Break(()));
    }
    let place = || Place { sheet: name.map(str::to_owned), ..Place::default() };
    sink.finding(Finding::new(FindingCode::EncodingFound, place(), decoded.name, ""));
    if !table.path.is_empty() {
        let beside = if table.beside.is_empty() { "-".to_owned() } else { table.beside.join(", ") };
        let beside: String = beside.chars().take(120).collect();
        sink.finding(Finding::new(FindingCode::JsonTableFound, place(), &table.path, beside));
    }
    for key in flattened {
        let place = Place { column: Some(key.clone()), ..place() };
        sink.finding(Finding::new(FindingCode::JsonFlattened, place, &key, ""));
    }
    if is_first {
        tell_replaced(if let Rows::Lists(rows, _) = &table.rows { rows } else { objects }, decoded, sink);
    }
    let mut out = Out {
        sheet: name,
        names: names.unwrap_or_default(),
        cells: RowCells::default(),
        filled: Filled::default(),
        lines: Lines::new(&decoded.text),
        tally: Tally::new(limits),
        geometry: None,
        limits,
        sink,
    };
    match &table.rows {
        Rows::Objects(rows) => out.objects(rows.iter().map(|row| (None, *row)), &targets),
        Rows::Keyed(rows) => out.objects(rows.iter().map(|(key, row)| (Some(key.as_ref()), *row)), &targets),
        Rows::Lists(rows, _) => out.lists(rows),
        Rows::Columns(columns) => Ok(out.columns(columns)),
    }
}

/// The rows on their way to the sink.
struct Out<'a> {
    sheet: Option<&'a str>,
    names: Vec<String>,
    cells: RowCells,
    filled: Filled,
    lines: Lines<'a>,
    tally: Tally,
    geometry: Option<geo_types::Geometry<f64>>,
    limits: &'a ReadLimits,
    sink: &'a mut dyn RowSink,
}

impl Out<'_> {
    fn place(&self, row: u64) -> Place {
        Place { sheet: self.sheet.map(str::to_owned), row: Some(row), column: None, ..Place::default() }
    }

    fn push(&mut self, number: u64) -> ControlFlow<()> {
        for twice in std::mem::take(&mut self.filled.twice) {
            let key = self.names.get(twice).cloned().unwrap_or_default();
            let place = Place { column: Some(key.clone()), ..self.place(number) };
            self.sink.finding(Finding::new(FindingCode::JsonKeyDuplicate, place, &key, ""));
        }
        let cells = self.cells.cells();
        control::tell(number, self.sheet, &cells, self.sink);
        self.sink.row(&Row { number, cells: &cells, geometry: self.geometry.as_ref() })
    }

    fn refuse(&mut self, number: u64, raw: &str, found: &str) -> ControlFlow<()> {
        let line = self.lines.of(raw);
        let found = format!("{found}; {line}行目 / line {line}");
        let reason = Finding::new(FindingCode::RowUnreadable, self.place(number), &found, "");
        let cells = vec![raw.chars().take(1_000).collect()];
        self.sink.refused(number, reason, cells)
    }

    fn objects<'t>(
        &mut self,
        rows: impl Iterator<Item = (Option<&'t str>, &'t str)>,
        targets: &HashMap<String, Target>,
    ) -> Result<ControlFlow<()>, ReadError> {
        let mut with_heights = 0_u64;
        for (number, (key, raw)) in (1_u64..).zip(rows) {
            self.cells.reset(self.names.len());
            self.filled.begin(self.names.len());
            if let Some((key, last)) = key.zip(self.names.len().checked_sub(1)) {
                self.cells.set(last, Meaning::Text, key);
            }
            self.geometry = None;
            let flow = match self.object(raw, targets) {
                Ok(()) => self.push(number),
                Err(GeometryFault::Broken(Broken(found))) => self.refuse(number, raw, &found),
                Err(GeometryFault::TooManyVertices) => {
                    return Err(ReadError::TooManyVertices { limit: self.limits.vertices });
                }
            };
            with_heights += u64::from(std::mem::take(&mut self.tally.has_heights));
            if flow.is_break() {
                return Ok(flow);
            }
        }
        if with_heights > 0 {
            let place = Place { sheet: self.sheet.map(str::to_owned), ..Place::default() };
            self.sink.finding(Finding::new(FindingCode::HeightDropped, place, &with_heights.to_string(), ""));
        }
        Ok(ControlFlow::Continue(()))
    }

    fn object(&mut self, raw: &str, targets: &HashMap<String, Target>) -> Result<(), GeometryFault> {
        let (cells, filled, limits) = (&mut self.cells, &mut self.filled, self.limits);
        let mut set = |index, key: &str, value| {
            filled.see(index);
            feature::property(cells, index, key, value)
        };
        let mut shape = None;
        feature::members(raw, limits.nesting, "JSON", |raw, value| {
            let key = feature::string(raw).ok_or_else(|| Broken::new("JSON", raw))?;
            match targets.get(key.as_ref()) {
                None => Ok(()),
                Some(Target::Column(index)) => set(*index, &key, value),
                Some(Target::Geometry) => {
                    shape = Some(value);
                    Ok(())
                }
                Some(Target::Inner(_)) if value == "null" => Ok(()),
                Some(Target::Inner(inner)) => feature::members(value, limits.nesting, &key, |raw, value| {
                    let name = feature::string(raw).ok_or_else(|| Broken::new(&key, raw))?;
                    match inner.get(name.as_ref()) {
                        Some(index) => set(*index, &name, value),
                        None => Ok(()),
                    }
                }),
            }
        })?;
        if let Some(raw) = shape {
            self.tally.begin(limits);
            self.geometry = feature::geometry(raw, limits.nesting, &mut self.tally)?;
        }
        Ok(())
    }

    fn lists(&mut self, rows: &[&str]) -> Result<ControlFlow<()>, ReadError> {
        for (number, raw) in (1_u64..).zip(rows) {
            let width = self.names.len();
            self.cells.reset(width);
            let mut walker = Walker::new(raw, self.limits.nesting);
            let mut read = || -> Result<usize, Broken> {
                walker.enter(b'[').map_err(|_| Broken::new("JSON", raw))?;
                let mut index = 0;
                while let Some(element) = walker.element() {
                    let element = element.map_err(|_| Broken::new("JSON", raw))?;
                    if index < self.limits.columns {
                        feature::property(&mut self.cells, index, "JSON", element)?;
                    }
                    index += 1;
                }
                Ok(index)
            };
            let flow = match read() {
                Ok(found) if found > self.limits.columns => {
                    return Err(ReadError::TooManyColumns { row: number, found, limit: self.limits.columns });
                }
                Ok(found) => {
                    if width > 0 && found != width {
                        let place = self.place(number);
                        let finding =
                            Finding::new(FindingCode::RowRagged, place, &found.to_string(), width.to_string());
                        self.sink.finding(finding);
                    }
                    self.push(number)
                }
                Err(Broken(found)) => self.refuse(number, raw, &found),
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn columns(&mut self, columns: &[(Cow<'_, str>, Vec<&str>)]) -> ControlFlow<()> {
        let rows = columns.first().map_or(0, |(_, cells)| cells.len());
        for row in 0..rows {
            let number = row as u64 + 1;
            self.cells.reset(columns.len());
            let set = columns.iter().enumerate().try_for_each(|(index, (name, values))| {
                let raw = values.get(row).copied().unwrap_or("null");
                feature::property(&mut self.cells, index, name, raw)
            });
            match set {
                Ok(()) => self.push(number)?,
                // The values of a row stand in many lines, so that only its first can be named.
                Err(Broken(found)) => {
                    let reason = Finding::new(FindingCode::RowUnreadable, self.place(number), &found, "");
                    self.sink.refused(number, reason, vec![found])?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}
