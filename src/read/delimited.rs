//! CSV, TSV and their like: text to rows. Header, preamble and totals are rows like any other.

use super::encoding::{self, Decoded};
use super::scan::{Record, Scanner, Span};
use super::{Cell, ReadError, ReadLimits, Row, RowSink, SourceFile, TableHead, control};
use crate::model::finding::{Finding, FindingCode, Place};

/// Records looked at to tell the delimiter: enough to pass a preamble of ten lines.
const SAMPLE_RECORDS: usize = 50;

/// Reads delimited text. Memory: the decoded text where the file is not UTF-8, else nothing beside the file.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let decoded = encoding::decode(&source.bytes);
    if decoded.is_noise() {
        return Err(ReadError::NotText { replaced: decoded.replaced });
    }
    if decoded.text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
    let tabs_first = source.name.to_ascii_lowercase().ends_with(".tsv");
    let delimiter = delimiter(&decoded.text, tabs_first, limits);
    let head = TableHead { name: None, columns: None, crs: None, encoding: decoded.name.to_owned(), format: "CSV" };
    if sink.table(&head).is_break() {
        return Ok(());
    }
    sink.finding(Finding::new(FindingCode::EncodingFound, Place::default(), decoded.name, ""));
    if is_full_width(&decoded.text, delimiter) {
        sink.finding(Finding::new(FindingCode::DelimiterFullWidth, Place::default(), "，", ","));
    }
    rows(&decoded, delimiter, limits, sink)
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
    let order = if tabs_first { [b'\t', b',', b';'] } else { [b',', b'\t', b';'] };
    let mut best = (order[0], 0.0_f64);
    for candidate in order {
        let mut scanner = Scanner::new(text, candidate, limits.cell_bytes.min(64 << 10), limits.cell_lines);
        let (mut record, mut widths) = (Record::default(), Vec::with_capacity(SAMPLE_RECORDS));
        while widths.len() < SAMPLE_RECORDS && scanner.position() < 1 << 20 && scanner.next(&mut record) {
            if record.cells.len() > 1 || !matches!(record.cells.first(), Some(Span::Text(from, to)) if from == to) {
                widths.push(record.cells.len());
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

fn rows(decoded: &Decoded<'_>, delimiter: u8, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let text: &str = &decoded.text;
    let mut scanner = Scanner::new(text, delimiter, limits.cell_bytes, limits.cell_lines);
    let mut record = Record::default();
    let mut cells: Vec<Cell<'_>> = Vec::new();
    let mut replaced = decoded.replaced_at.iter().copied().peekable();
    let mut number = 0_u64;
    while scanner.next(&mut record) {
        number += 1;
        if number > limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        if record.cells.len() > limits.columns {
            return Err(ReadError::TooManyColumns { row: number, found: record.cells.len(), limit: limits.columns });
        }
        if record.cells.iter().any(|span| len(*span) > limits.cell_bytes) {
            return Err(ReadError::CellTooLong { row: number, limit_bytes: limits.cell_bytes });
        }
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
            sink.finding(Finding::new(FindingCode::EncodingReplaced, place(), &here.to_string(), decoded.name));
        }
        let flow = if record.scratch.is_empty() {
            cells.clear();
            cells.extend(record.cells.iter().map(|span| cell(text, "", *span)));
            control::tell(number, None, &cells, sink);
            sink.row(&Row { number, cells: &cells, geometry: None })
        } else {
            let cells: Vec<Cell<'_>> = record.cells.iter().map(|span| cell(text, &record.scratch, *span)).collect();
            control::tell(number, None, &cells, sink);
            sink.row(&Row { number, cells: &cells, geometry: None })
        };
        if flow.is_break() {
            return Ok(());
        }
    }
    let told = u64::try_from(decoded.replaced_at.len()).unwrap_or(u64::MAX);
    if decoded.replaced > told {
        let rest = (decoded.replaced - told).to_string();
        sink.finding(Finding::new(FindingCode::EncodingReplaced, Place::default(), &rest, decoded.name));
    }
    Ok(())
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
