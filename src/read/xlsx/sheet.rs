//! One sheet: its XML to rows. Only cells with values make a row longer, so a cell far out costs nothing but its row.

use std::ops::ControlFlow;

use quick_xml::events::{BytesStart, Event};

use super::format::{Format, moment};
use super::merges::{Merge, Merges};
use super::package::{Xml, unescape};
use super::place;
use super::workbook::{Workbook, is_true};
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::cells::{Meaning, RowCells};
use crate::read::control;
use crate::read::number::shortest_of;
use crate::read::{ReadError, ReadLimits, Row, RowSink, TableHead};

/// Rows of a sheet (ECMA-376; 2²⁰).
const SHEET_ROWS: u32 = 1 << 20;

/// What a sheet is read with.
pub(super) struct Context<'a> {
    /// What all sheets share.
    pub(super) book: &'a Workbook,
    /// The limits.
    pub(super) limits: &'a ReadLimits,
    /// The sheet's name, where the workbook has several.
    pub(super) name: Option<&'a str>,
    /// The sheet's part.
    pub(super) path: &'a str,
}

/// How the reading of a sheet ended.
pub(super) enum Done {
    /// It holds a table, which was pushed.
    Table,
    /// It holds no values.
    Blank,
    /// The sink wants no more.
    Stopped,
}

/// A cell while it is read.
#[derive(Default)]
struct Open {
    column: usize,
    kind: String,
    format: Format,
    value: String,
    has_formula: bool,
}

struct Reading<'a, 's> {
    context: &'a Context<'a>,
    sink: &'s mut dyn RowSink,
    cells_left: &'s mut u64,
    cells: RowCells,
    row: u32,
    next_row: u32,
    next_column: usize,
    row_hidden: bool,
    merges: Merges,
    begun: bool,
    rows: u64,
    hidden_rows: Vec<u64>,
    formulas: u64,
}

/// Reads a sheet. `cells_left` counts down over the workbook.
pub(super) fn read(
    text: &str,
    context: &Context<'_>,
    cells_left: &mut u64,
    sink: &mut dyn RowSink,
) -> Result<Done, ReadError> {
    let merges = if memchr::memmem::find(text.as_bytes(), b"mergeCell").is_some() {
        merges(text, context)?
    } else {
        Merges::default()
    };
    let mut reading = Reading {
        context,
        sink,
        cells_left,
        cells: RowCells::default(),
        row: 0,
        next_row: 0,
        next_column: 0,
        row_hidden: false,
        merges,
        begun: false,
        rows: 0,
        hidden_rows: Vec::new(),
        formulas: 0,
    };
    let mut xml = Xml::new(text, context.path, context.limits);
    let mut hidden_columns: Vec<u64> = Vec::new();
    let (mut cell, mut in_value, mut in_reading) = (None::<Open>, false, false);
    while let Some(event) = xml.next()? {
        match &event {
            Event::Start(element) | Event::Empty(element) => {
                let starts = matches!(event, Event::Start(_));
                match element.local_name().into_inner() {
                    "row" => reading.start_row(&xml, element)?,
                    "c" => {
                        let open = reading.open_cell(&xml, element)?;
                        cell = starts.then_some(open);
                    }
                    "f" => cell.iter_mut().for_each(|cell| cell.has_formula = true),
                    "v" | "t" => in_value = starts && cell.is_some(),
                    "rPh" => in_reading = starts,
                    "col" if is_true(xml.attribute(element, "hidden")?.as_deref()) => {
                        let bound = |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok());
                        let (from, to) = (bound(xml.attribute(element, "min")?), bound(xml.attribute(element, "max")?));
                        // Columns beyond those that can be read hold nothing; programs hide them to the sheet's end.
                        let end = to.unwrap_or(0).min(context.limits.columns as u64);
                        hidden_columns.extend(from.unwrap_or(1).max(1)..=end);
                    }
                    _ => {}
                }
            }
            Event::End(element) => match element.local_name().into_inner() {
                "v" | "t" => in_value = false,
                "rPh" => in_reading = false,
                "c" => {
                    if let Some(open) = cell.take() {
                        reading.close_cell(&xml, &open)?;
                    }
                }
                "row" if reading.end_row()?.is_break() => return Ok(Done::Stopped),
                _ => {}
            },
            event if in_value && !in_reading => {
                if let Some(cell) = &mut cell {
                    cell.value.push_str(&xml.text(event)?);
                    if cell.value.len() > context.limits.cell_bytes {
                        let row = u64::from(reading.row) + 1;
                        return Err(ReadError::CellTooLong { row, limit_bytes: context.limits.cell_bytes });
                    }
                }
            }
            _ => {}
        }
    }
    reading.tell_whole_sheet(&hidden_columns);
    Ok(if reading.begun { Done::Table } else { Done::Blank })
}

/// The merged ranges, which stand after the rows, and the widest row that has values.
fn merges(text: &str, context: &Context<'_>) -> Result<Merges, ReadError> {
    let mut xml = Xml::new(text, context.path, context.limits);
    let (mut found, mut width, mut column, mut next_column) = (Vec::new(), 0_usize, 0_usize, 0_usize);
    while let Some(event) = xml.next()? {
        let (Event::Start(element) | Event::Empty(element)) = &event else { continue };
        match element.local_name().into_inner() {
            "row" => next_column = 0,
            "c" => {
                let reference = xml.attribute(element, "r")?;
                column = reference.as_deref().and_then(place::cell).map_or(next_column, |(column, _)| column);
                next_column = column + 1;
            }
            "v" | "is" => width = width.max(column + 1),
            "mergeCell" => {
                if found.len() >= context.limits.merges {
                    return Err(ReadError::TooManyParts { what: "merged ranges", limit: context.limits.merges });
                }
                found.extend(xml.attribute(element, "ref")?.and_then(Merge::new));
            }
            _ => {}
        }
    }
    Ok(Merges::new(found, width))
}

impl Reading<'_, '_> {
    fn place(&self, column: Option<usize>) -> Place {
        Place {
            sheet: self.context.name.map(str::to_owned),
            row: Some(u64::from(self.row) + 1),
            column: column.map(place::letters),
        }
    }

    fn start_row(&mut self, xml: &Xml<'_>, element: &BytesStart<'_>) -> Result<(), ReadError> {
        let stated = xml.attribute(element, "r")?.map(|text| text.parse::<u32>());
        let row = match stated {
            None => self.next_row,
            Some(Ok(number)) if (self.next_row + 1..=SHEET_ROWS).contains(&number) => number - 1,
            Some(_) => return Err(xml.broken(format!("row r, after {}", self.next_row))),
        };
        if row >= SHEET_ROWS {
            return Err(ReadError::TooManyRows { limit: u64::from(SHEET_ROWS) });
        }
        (self.row, self.next_row, self.next_column) = (row, row + 1, 0);
        self.row_hidden = is_true(xml.attribute(element, "hidden")?.as_deref());
        self.cells.reset(0);
        Ok(())
    }

    fn open_cell(&mut self, xml: &Xml<'_>, element: &BytesStart<'_>) -> Result<Open, ReadError> {
        let column = match xml.attribute(element, "r")? {
            None => self.next_column,
            Some(reference) => match place::cell(&reference) {
                Some((column, row)) if row == self.row => column,
                _ => return Err(xml.broken(format!("c r=\"{}\"", reference.chars().take(20).collect::<String>()))),
            },
        };
        self.next_column = column + 1;
        let style = xml.attribute(element, "s")?.and_then(|style| style.parse::<usize>().ok()).unwrap_or(0);
        Ok(Open {
            column,
            kind: xml.attribute(element, "t")?.unwrap_or_default(),
            format: self.context.book.formats.get(style).copied().unwrap_or_default(),
            ..Open::default()
        })
    }

    fn close_cell(&mut self, xml: &Xml<'_>, open: &Open) -> Result<(), ReadError> {
        self.formulas += u64::from(open.has_formula);
        if open.value.is_empty() {
            if open.has_formula {
                // A program that does not calculate wrote the formula alone.
                let place = self.place(Some(open.column));
                self.sink.finding(Finding::new(FindingCode::CellError, place, "=", ""));
            }
            return Ok(());
        }
        if open.column >= self.context.limits.columns {
            let row = u64::from(self.row) + 1;
            return Err(ReadError::TooManyColumns { row, found: open.column + 1, limit: self.context.limits.columns });
        }
        let value = open.value.as_str();
        match open.kind.as_str() {
            "s" => {
                let text = value.trim().parse().ok().and_then(|index| self.context.book.strings.get(index));
                let text = text.ok_or_else(|| {
                    xml.broken(format!("shared string {}", value.chars().take(20).collect::<String>()))
                })?;
                self.cells.set(open.column, Meaning::Text, text);
            }
            "str" | "inlineStr" => self.cells.set(open.column, Meaning::Text, &unescape(value)),
            "b" => self.cells.set_bool(open.column, matches!(value.trim(), "1" | "true")),
            "d" => self.cells.set(open.column, Meaning::DateTime, value.trim()),
            "e" => {
                let place = self.place(Some(open.column));
                self.sink.finding(Finding::new(FindingCode::CellError, place, value, ""));
            }
            _ => self.number(open.column, value.trim(), open.format),
        }
        Ok(())
    }

    fn number(&mut self, column: usize, text: &str, format: Format) {
        let Some(short) = shortest_of(text) else {
            self.cells.set(column, Meaning::Text, text);
            return;
        };
        let value: f64 = short.parse().unwrap_or(f64::NAN);
        if let Format::Digits(width) = format
            && value >= 0.0
            && short.len() <= width
            && short.bytes().all(|byte| byte.is_ascii_digit())
        {
            // A person sees the leading zeros, so they belong to the value: codes are kept this way.
            self.cells.set(column, Meaning::Text, &format!("{short:0>width$}"));
        } else if let Some(moment) = moment(value, format, self.context.book.from_1904) {
            self.cells.set(column, Meaning::DateTime, &moment);
        } else {
            self.cells.set(column, Meaning::Number, &short);
        }
    }

    fn end_row(&mut self) -> Result<ControlFlow<()>, ReadError> {
        for reference in self.merges.spread(self.row, &mut self.cells) {
            let place = self.place(None);
            self.sink.finding(Finding::new(FindingCode::MergedCells, place, &reference, ""));
        }
        let Some(last) = (0..self.cells.width()).rev().find(|column| self.cells.is_filled(*column)) else {
            return Ok(ControlFlow::Continue(()));
        };
        self.rows += 1;
        if self.rows > self.context.limits.rows {
            return Err(ReadError::TooManyRows { limit: self.context.limits.rows });
        }
        *self.cells_left = self
            .cells_left
            .checked_sub(last as u64 + 1)
            .ok_or(ReadError::TooManyCells { limit: self.context.limits.cells })?;
        let number = u64::from(self.row) + 1;
        if self.row_hidden {
            self.hidden_rows.push(number);
        }
        if !self.begun {
            self.begun = true;
            let head = TableHead {
                name: self.context.name.map(str::to_owned),
                columns: None,
                crs: None,
                encoding: String::new(),
                format: "XLSX",
            };
            if self.sink.table(&head).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let cells = self.cells.cells();
        control::tell(number, self.context.name, &cells[..=last], self.sink);
        Ok(self.sink.row(&Row { number, cells: &cells[..=last], geometry: None }))
    }

    fn tell_whole_sheet(&mut self, hidden_columns: &[u64]) {
        if !self.begun {
            return;
        }
        let sheet = Place { sheet: self.context.name.map(str::to_owned), ..Place::default() };
        let mut tell = |code, found: &str| self.sink.finding(Finding::new(code, sheet.clone(), found, ""));
        if !self.hidden_rows.is_empty() {
            tell(FindingCode::HiddenContent, &format!("行({})", place::runs(&self.hidden_rows, |row| row.to_string())));
        }
        if !hidden_columns.is_empty() {
            let name = |column: u64| place::letters(usize::try_from(column - 1).unwrap_or(0));
            tell(FindingCode::HiddenContent, &format!("列({})", place::runs(hidden_columns, name)));
        }
        if self.formulas > 0 {
            tell(FindingCode::FormulaCached, &self.formulas.to_string());
        }
    }
}
