//! One sheet: its XML to rows.

use quick_xml::events::{BytesStart, Event};

use super::workbook::{Workbook, is_true};
use crate::model::finding::FindingCode;
use crate::read::spreadsheet::{Done, Format, Merge, Merges, SHEET_ROWS, SheetTable, Start, Xml, place, unescape};
use crate::read::{ReadError, ReadLimits, RowSink};

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

/// A cell while it is read.
#[derive(Default)]
struct Open {
    column: usize,
    kind: String,
    format: Format,
    value: String,
    has_formula: bool,
}

struct Reading<'a> {
    context: &'a Context<'a>,
    table: SheetTable<'a>,
    next_row: u32,
    next_column: usize,
    /// The range the sheet announces, and the first cell with a value outside of it.
    dimension: Option<(usize, u32, usize, u32)>,
    outside: Option<(usize, u32)>,
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
    let start = Start {
        name: context.name.map(str::to_owned),
        format: "XLSX",
        from_1904: context.book.from_1904,
        merges,
        limits: context.limits,
    };
    let mut reading = Reading {
        context,
        table: SheetTable::new(start, *cells_left, sink),
        next_row: 0,
        next_column: 0,
        dimension: None,
        outside: None,
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
                    "dimension" => {
                        reading.dimension = xml.attribute(element, "ref")?.as_deref().and_then(place::range);
                    }
                    "col" => hide_columns(&xml, element, context.limits, &mut hidden_columns)?,
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
                "row" if reading.table.end_row()?.is_break() => return Ok(Done::Stopped),
                _ => {}
            },
            event if in_value && !in_reading => {
                if let Some(cell) = &mut cell {
                    cell.value.push_str(&xml.text(event)?);
                    if cell.value.len() > context.limits.cell_bytes {
                        let row = u64::from(reading.table.row()) + 1;
                        return Err(ReadError::CellTooLong { row, limit_bytes: context.limits.cell_bytes });
                    }
                }
            }
            _ => {}
        }
    }
    reading.tell_outside();
    hidden_columns.sort_unstable();
    hidden_columns.dedup();
    let done = reading.table.finish(&hidden_columns);
    *cells_left = reading.table.release().0;
    Ok(done)
}

/// Columns that are hidden, or as narrow as nothing. Columns beyond those that can be read hold nothing; programs hide
/// them to the sheet's end.
fn hide_columns(
    xml: &Xml<'_>,
    element: &BytesStart<'_>,
    limits: &ReadLimits,
    hidden: &mut Vec<u64>,
) -> Result<(), ReadError> {
    let narrow = is_zero(xml.attribute(element, "width")?.as_deref());
    if narrow || is_true(xml.attribute(element, "hidden")?.as_deref()) {
        let bound = |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok());
        let (from, to) = (bound(xml.attribute(element, "min")?), bound(xml.attribute(element, "max")?));
        let end = to.unwrap_or(0).min(limits.columns as u64);
        // A sheet has 16,384 columns; ranges that are there again and again are not collected for ever.
        if hidden.len() < 1 << 16 {
            hidden.extend(from.unwrap_or(1).max(1)..=end);
        }
    }
    Ok(())
}

/// Whether a width or height is stated to be nothing.
fn is_zero(text: Option<&str>) -> bool {
    text.and_then(|text| text.parse::<f64>().ok()).is_some_and(|size| size <= 0.0)
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

impl Reading<'_> {
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
        (self.next_row, self.next_column) = (row + 1, 0);
        let flat = is_zero(xml.attribute(element, "ht")?.as_deref());
        let hidden = flat || is_true(xml.attribute(element, "hidden")?.as_deref());
        self.table.start_row(row, hidden);
        Ok(())
    }

    fn open_cell(&mut self, xml: &Xml<'_>, element: &BytesStart<'_>) -> Result<Open, ReadError> {
        let column = match xml.attribute(element, "r")? {
            None => self.next_column,
            Some(reference) => match place::cell(&reference) {
                Some((column, row)) if row == self.table.row() => column,
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
        if open.has_formula {
            self.table.formula(open.column);
        }
        if open.value.is_empty() {
            if open.has_formula && open.kind != "str" {
                // A program that does not calculate wrote the formula alone.
                self.table.error(open.column, "=");
            }
            return Ok(());
        }
        self.table.check_column(open.column)?;
        let row = self.table.row();
        let inside = |(left, top, right, bottom): (usize, u32, usize, u32)| {
            (left..=right).contains(&open.column) && (top..=bottom).contains(&row)
        };
        if self.outside.is_none() && !self.dimension.is_none_or(inside) {
            self.outside = Some((open.column, row));
        }
        if open.format == Format::Unseen {
            self.table.unseen(open.column);
        }
        let value = open.value.as_str();
        match open.kind.as_str() {
            "s" => {
                let text = value.trim().parse().ok().and_then(|index| self.context.book.strings.get(index));
                let text = text.ok_or_else(|| {
                    xml.broken(format!("shared string {}", value.chars().take(20).collect::<String>()))
                })?;
                self.table.text(open.column, text);
            }
            "str" | "inlineStr" => self.table.text(open.column, &unescape(value)),
            "b" => self.table.truth(open.column, matches!(value.trim(), "1" | "true")),
            "d" => self.table.date_time(open.column, iso(value.trim(), open.format)),
            "e" => self.table.error(open.column, value),
            _ => self.table.number(open.column, value.trim(), open.format),
        }
        Ok(())
    }

    /// The range a sheet announces is what other programs read. What lies outside of it, they pass over.
    fn tell_outside(&mut self) {
        let (Some((column, row)), Some((left, top, right, bottom))) = (self.outside, self.dimension) else { return };
        let announced = place::range_name((left, top), (right, bottom));
        self.table.tell_at(FindingCode::OutsideDimension, (column, row), &announced);
    }
}

/// A date of the strict form (`2024-04-01T00:00:00.000Z`) as far as its format shows it.
fn iso(text: &str, format: Format) -> &str {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let text = text.strip_suffix(".000").unwrap_or(text);
    match (format, text.split_once('T')) {
        (Format::Date, Some((date, _))) | (_, Some((date, "00:00:00"))) => date,
        (Format::Time, Some((_, time))) => time,
        _ => text,
    }
}
