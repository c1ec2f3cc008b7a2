//! What a row looks like: how much of it is filled, whether its cells are names or values.

use std::collections::{BTreeMap, HashSet};

/// Longest cell that can be a header, in characters; sentences of a preamble are longer than any field name.
const MAX_HEADER_CHARS: usize = 80;

/// The most cells that are filled in a row of ordinary length. The commonest length counts, not the greatest: one row
/// with cells too many must not make all others look narrow. Titles and notes, which fill one cell, are not asked.
pub(super) fn width(rows: &[Vec<String>]) -> usize {
    let mut lengths: BTreeMap<usize, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| filled(row) > 1) {
        *lengths.entry(row.len()).or_default() += 1;
    }
    // Of two equally common lengths the greater one, which comes last.
    let commonest = lengths.iter().max_by_key(|(_, count)| **count).map_or(usize::MAX, |(length, _)| *length);
    rows.iter().filter(|row| row.len() <= commonest).map(|row| filled(row)).max().unwrap_or(0)
}

/// The first row of full width, where it is no header by its names alone (years stand in it, or one name several times)
/// but differs from the rows below in a way that data does not.
pub(super) fn header_by_contrast(rows: &[Vec<String>], width: usize) -> Option<usize> {
    let at = rows.iter().position(|row| filled(row) > 1 && is_wide(filled(row), width))?;
    let row = &rows[at];
    let below = &rows[at + 1..];
    let cell = |row: &Vec<String>, column: usize| row.get(column).map_or("", |cell| cell.trim()).to_owned();
    let cells: Vec<String> = (0..row.len()).map(|column| cell(row, column)).collect();
    let names = cells.iter().filter(|cell| !cell.is_empty() && !is_value(cell));
    let years: Vec<u32> = cells.iter().filter_map(|cell| year(cell)).collect();
    let values = cells.iter().filter(|cell| is_value(cell)).count();
    // A number that is no year is data; without any word there is nothing that names a column.
    if values != years.len() || names.clone().count() == 0 || names.clone().any(|cell| is_too_long(cell)) {
        return None;
    }
    let columns = |is_asked: &dyn Fn(&str) -> bool, is_other: &dyn Fn(&str) -> bool| {
        cells.iter().enumerate().any(|(column, name)| {
            let found: Vec<String> =
                below.iter().map(|row| cell(row, column)).filter(|cell| !cell.is_empty()).collect();
            let other = found.iter().filter(|cell| is_other(cell)).count();
            is_asked(name) && other > 0 && other * 5 >= found.len() * 4
        })
    };
    // A word above numbers; years above what are no years; or years that go on step by step, as no counts do.
    let is_word = |cell: &str| !cell.is_empty() && !is_value(cell);
    let is_year = |cell: &str| year(cell).is_some();
    let is_header = (years.is_empty() || are_steps(&years) || years.len() == 1) && columns(&is_word, &is_value)
        || years.len() > 1 && are_steps(&years) && !below.is_empty()
        || columns(&is_year, &|cell| year(cell).is_none());
    is_header.then_some(at)
}

/// In how many columns a word of the first row stands above values: four fifths of what is filled below it.
pub(crate) fn contrasts(row: &[String], below: &[Vec<String>]) -> usize {
    row.iter()
        .enumerate()
        .filter(|(column, name)| {
            let cells: Vec<&str> = below
                .iter()
                .filter_map(|row| row.get(*column))
                .map(|cell| cell.trim())
                .filter(|cell| !cell.is_empty())
                .collect();
            let values = cells.iter().filter(|cell| is_value(cell)).count();
            !name.trim().is_empty() && !is_value(name) && values > 0 && values * 5 >= cells.len() * 4
        })
        .count()
}

/// A year of the western calendar since 明治, as four digits.
fn year(cell: &str) -> Option<u32> {
    let four = cell.len() == 4 && cell.bytes().all(|byte| byte.is_ascii_digit());
    cell.parse().ok().filter(|year| four && (1868..=2100).contains(year))
}

/// Whether the numbers rise or fall by the same step.
fn are_steps(years: &[u32]) -> bool {
    let step = |pair: &[u32]| i64::from(pair[1]) - i64::from(pair[0]);
    let Some(first) = years.windows(2).next().map(step) else { return false };
    first != 0 && years.windows(2).all(|pair| step(pair) == first)
}

/// How many cells hold something visible.
pub(super) fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// How many different things the cells hold: a merged title that was spread is one.
pub(super) fn different(row: &[String]) -> usize {
    row.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect::<HashSet<&str>>().len()
}

/// Seven tenths of the widest row, for published headers have empty cells, and all but a fifth of the names different,
/// for they also repeat themselves.
pub(super) fn looks_like_header(row: &[String], width: usize) -> bool {
    let count = filled(row);
    count > 0 && is_wide(count, width) && different(row) * 5 >= count * 4 && is_all_names(row)
}

/// Whether no cell is a value or a sentence.
pub(super) fn is_all_names(row: &[String]) -> bool {
    row.iter().map(|cell| cell.trim()).all(|cell| cell.is_empty() || !is_value(cell) && !is_too_long(cell))
}

pub(super) fn is_wide(filled: usize, width: usize) -> bool {
    filled * 10 >= width * 7
}

pub(super) fn is_too_long(cell: &str) -> bool {
    cell.chars().count() > MAX_HEADER_CHARS
}

/// A number, a date, a time, a telephone number: digits with signs, and no letter.
pub(crate) fn is_value(cell: &str) -> bool {
    let mut digits = 0;
    for c in cell.chars() {
        if c.is_ascii_digit() || ('０'..='９').contains(&c) {
            digits += 1;
        } else if c.is_alphabetic() {
            return cell.starts_with("http://") || cell.starts_with("https://");
        }
    }
    digits > 0
}
