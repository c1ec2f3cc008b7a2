//! CSV, TSV and their like: text to rows. Header, preamble and totals are rows like any other.

use super::scan::{Manner, Next, Record, Scanner, Span};
use super::windows::Windows;
use super::{Cell, ReadError, ReadLimits, Row, RowSink, SourceFile, TableHead, control, encoding};
use crate::model::finding::{Finding, FindingCode, Place};

/// Records looked at to tell the delimiter: enough to pass a preamble of ten lines.
const SAMPLE_RECORDS: usize = 50;

/// Text looked at to tell the delimiter and whether it is text at all.
const SAMPLE_BYTES: usize = 2 << 20;

/// Text worked on at once: what fits the cache of a core, with a thousand rows in it.
const WINDOW_BYTES: usize = 512 << 10;

/// Reads delimited text. Memory: one window of its text, or one record where that is longer.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let choice = encoding::choose(&source.bytes, &|range| source.bytes.forget(range));
    let mut windows = Windows::new(&source.bytes, choice);
    windows.advance(0, SAMPLE_BYTES);
    if windows.is_noise() {
        return Err(ReadError::NotText { replaced: windows.replaced() });
    }
    if is_blank(source, choice) {
        return Err(ReadError::Empty);
    }
    let tabs_first = source.name.to_ascii_lowercase().ends_with(".tsv");
    let delimiter = delimiter(windows.text(), tabs_first, limits);
    let head = TableHead { name: None, columns: None, crs: None, encoding: choice.name.to_owned(), format: "CSV" };
    if sink.table(&head).is_break() {
        return Ok(());
    }
    sink.finding(Finding::new(FindingCode::EncodingFound, Place::default(), choice.name, ""));
    if is_full_width(windows.text(), delimiter) {
        sink.finding(Finding::new(FindingCode::DelimiterFullWidth, Place::default(), "，", ","));
    }
    let manner =
        Manner { delimiter, cell_bytes: limits.cell_bytes, cell_lines: limits.cell_lines, cells: limits.columns };
    let mut rows = Rows { manner, limits, encoding: choice.name, number: 0, quoted: Quoted::default() };
    loop {
        let Some(consumed) = rows.window(&windows, sink)? else { return Ok(()) };
        if windows.is_last() {
            break;
        }
        let length = windows.text().len();
        if consumed == 0 && length > limits.record_bytes {
            return Err(ReadError::RowTooLong { row: rows.number + 1, limit_bytes: limits.record_bytes });
        }
        // A record longer than the window makes it grow by doubling, so that no text is scanned many times.
        windows.advance(consumed, if consumed == 0 { length.saturating_mul(2) } else { WINDOW_BYTES });
    }
    if windows.replaced_untold() > 0 {
        let rest = windows.replaced_untold().to_string();
        sink.finding(Finding::new(FindingCode::EncodingReplaced, Place::default(), &rest, choice.name));
    }
    if rows.quoted.count > 0 {
        let (found, place) = (rows.quoted.count.to_string(), Place { row: rows.quoted.first, ..Place::default() });
        sink.finding(Finding::new(FindingCode::OfficeQuoted, place, &found, rows.quoted.example));
    }
    Ok(())
}

/// Whether nothing of the file is visible.
fn is_blank(source: &SourceFile, choice: encoding::Choice) -> bool {
    let mut windows = Windows::new(&source.bytes, choice);
    loop {
        windows.advance(windows.text().len(), WINDOW_BYTES);
        if !windows.text().trim().is_empty() {
            return false;
        }
        if windows.is_last() {
            return true;
        }
    }
}

/// Whether the cells of the first lines are parted by full-width commas: as many in each line, and no delimiter.
fn is_full_width(text: &str, delimiter: u8) -> bool {
    let lines = || text.lines().filter(|line| !line.trim().is_empty()).take(SAMPLE_RECORDS);
    let commas = |line: &str| line.matches('，').count();
    let Some(first) = lines().next().map(commas).filter(|commas| *commas > 0) else { return false };
    lines().count() > 1 && lines().all(|line| commas(line) == first && !line.as_bytes().contains(&delimiter))
}

/// The delimiter under which most of the first records have the same number of cells, at least two.
fn delimiter(text: &str, tabs_first: bool, limits: &ReadLimits) -> u8 {
    let order = if tabs_first { [b'\t', b',', b';', b'|'] } else { [b',', b'\t', b';', b'|'] };
    let mut best = (order[0], 0.0_f64);
    for candidate in order {
        let manner = Manner {
            delimiter: candidate,
            cell_bytes: limits.cell_bytes.min(64 << 10),
            cell_lines: limits.cell_lines,
            cells: 1,
        };
        let mut scanner = Scanner::new(text, true, manner);
        let (mut record, mut widths) = (Record::default(), Vec::with_capacity(SAMPLE_RECORDS));
        while widths.len() < SAMPLE_RECORDS && scanner.position() < 1 << 20 && scanner.next(&mut record) == Next::Record
        {
            if record.width > 1 || !matches!(record.cells.first(), Some(Span::Text(from, to)) if from == to) {
                widths.push(record.width);
            }
        }
        let score = agreement(&widths);
        // Commas inside the text of a tab-separated file must not win by a hair, nor tabs inside that of a CSV.
        if score > best.1 * 1.2 {
            best = (candidate, score);
        }
    }
    best.0
}

/// The share of records of the commonest width, a little more for wider tables; 0 where that width is one.
fn agreement(widths: &[usize]) -> f64 {
    let count = |width: usize| widths.iter().filter(|other| **other == width).count();
    let Some((same, width)) = widths.iter().map(|width| (count(*width), *width)).max() else { return 0.0 };
    if width < 2 {
        return 0.0;
    }
    same as f64 / widths.len() as f64 * (1.0 + (width.min(100) as f64).ln() / 10.0)
}

/// The rows of a file, window by window.
struct Rows<'a> {
    manner: Manner,
    limits: &'a ReadLimits,
    encoding: &'static str,
    /// The record that came last.
    number: u64,
    quoted: Quoted,
}

/// Cells written as `="0123"`, which makes spreadsheets keep their zeros.
#[derive(Debug, Default)]
struct Quoted {
    count: u64,
    first: Option<u64>,
    /// The first of them and what it holds.
    example: String,
}

impl Quoted {
    fn see<'c>(&mut self, row: u64, cell: Cell<'c>) -> Cell<'c> {
        let Cell::Text(text) = cell else { return cell };
        // One look at the first byte: nearly all cells begin with something else.
        if text.as_bytes().first() != Some(&b'=') {
            return cell;
        }
        let inner = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).filter(|rest| !rest.contains('"'));
        let Some(inner) = inner else { return cell };
        if self.count == 0 {
            (self.first, self.example) =
                (Some(row), format!("{} → {inner}", text.chars().take(40).collect::<String>()));
        }
        self.count += 1;
        if inner.is_empty() { Cell::Empty } else { Cell::Text(inner) }
    }
}

impl Rows<'_> {
    /// Hands on the whole records of a window; gives the bytes they have, `None` where the sink wants no more.
    fn window(&mut self, windows: &Windows<'_>, sink: &mut dyn RowSink) -> Result<Option<usize>, ReadError> {
        let text = windows.text();
        let mut scanner = Scanner::new(text, windows.is_last(), self.manner);
        let mut record = Record::default();
        let mut cells: Vec<Cell<'_>> = Vec::new();
        let mut replaced = windows.replaced_at().iter().copied().peekable();
        let mut begin = scanner.position();
        while scanner.next(&mut record) == Next::Record {
            self.number += 1;
            let number = self.number;
            self.check(&record)?;
            let whole = &text[std::mem::replace(&mut begin, scanner.position())..scanner.position()];
            let looked_at = control::may_hold(whole);
            let place = || Place { row: Some(number), ..Place::default() };
            if let Some(at) = record.broken_at {
                let line = text[at..].lines().next().unwrap_or_default();
                sink.finding(Finding::new(FindingCode::QuoteBroken, place(), line, ""));
            }
            let mut here = 0_u64;
            while replaced.next_if(|at| *at < scanner.position()).is_some() {
                here += 1;
            }
            if here > 0 {
                sink.finding(Finding::new(FindingCode::EncodingReplaced, place(), &here.to_string(), self.encoding));
            }
            let flow = if record.scratch.is_empty() {
                cells.clear();
                let quoted = &mut self.quoted;
                cells.extend(record.cells.iter().map(|span| quoted.see(number, cell(text, "", *span))));
                if looked_at {
                    control::tell(number, None, &cells, sink);
                }
                sink.row(&Row { number, cells: &cells, geometry: None })
            } else {
                let quoted = &mut self.quoted;
                let read = |span: &Span| quoted.see(number, cell(text, &record.scratch, *span));
                let cells: Vec<Cell<'_>> = record.cells.iter().map(read).collect();
                if looked_at {
                    control::tell(number, None, &cells, sink);
                }
                sink.row(&Row { number, cells: &cells, geometry: None })
            };
            if flow.is_break() {
                return Ok(None);
            }
        }
        Ok(Some(scanner.position()))
    }

    /// Whether the record keeps to the limits.
    fn check(&self, record: &Record) -> Result<(), ReadError> {
        let limits = self.limits;
        if self.number > limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        if record.width > limits.columns {
            return Err(ReadError::TooManyColumns { row: self.number, found: record.width, limit: limits.columns });
        }
        if record.cells.iter().any(|span| len(*span) > limits.cell_bytes) {
            return Err(ReadError::CellTooLong { row: self.number, limit_bytes: limits.cell_bytes });
        }
        Ok(())
    }
}

fn len(span: Span) -> usize {
    match span {
        Span::Text(from, to) | Span::Scratch(from, to) => to - from,
    }
}

fn cell<'a>(text: &'a str, scratch: &'a str, span: Span) -> Cell<'a> {
    let piece = match span {
        Span::Text(from, to) => &text[from..to],
        Span::Scratch(from, to) => &scratch[from..to],
    };
    if piece.is_empty() { Cell::Empty } else { Cell::Text(piece) }
}
