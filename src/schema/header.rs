//! Where the header of a table stands among its first rows.

use std::collections::{BTreeMap, HashSet};

use super::bind::Binding;
use super::sheets::Schemas;

/// How many rows are looked at. Real files have a title, a date, a note and a licence above the header (高松市: eight
/// lines); twenty leaves room, and bounds the work per file.
pub const HEADER_SEARCH_ROWS: usize = 20;
/// Longest cell that can be a header, in characters; sentences of a preamble are longer than any field name.
const MAX_HEADER_CHARS: usize = 80;

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeaderGuess {
    /// The row of the header, from 0 in the rows handed in; `None` where the table seems to have none.
    pub row: Option<usize>,
    /// The sheet it belongs to.
    pub binding: Option<Binding>,
}

impl Schemas {
    /// Finds the header among the first rows: the row that a sheet recognises best, else the first row that looks like
    /// one (as wide as the table, texts that differ, no numbers).
    pub fn find_header(&self, rows: &[Vec<String>]) -> HeaderGuess {
        self.find_header_named(rows, None)
    }

    /// Like [`Self::find_header`], with the file's name as a hint for the sheet.
    pub fn find_header_named(&self, rows: &[Vec<String>], file_name: Option<&str>) -> HeaderGuess {
        let rows = &rows[..rows.len().min(HEADER_SEARCH_ROWS)];
        let mut best = HeaderGuess::default();
        for (index, row) in rows.iter().enumerate() {
            let Some(binding) = self.bind_named(row, file_name) else { continue };
            if best.binding.as_ref().is_none_or(|known| binding.score > known.score) {
                best = HeaderGuess { row: Some(index), binding: Some(binding) };
            }
        }
        if best.row.is_some() {
            return best;
        }
        let width = width(rows);
        let by_names = rows.iter().position(|row| looks_like_header(row, width));
        HeaderGuess { row: by_names.or_else(|| header_by_contrast(rows, width)), binding: None }
    }
}

/// The most cells that are filled in a row of ordinary length. The commonest length counts, not the greatest: one row
/// with cells too many must not make all others look narrow. Titles and notes, which fill one cell, are not asked.
fn width(rows: &[Vec<String>]) -> usize {
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
fn header_by_contrast(rows: &[Vec<String>], width: usize) -> Option<usize> {
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

fn filled(row: &[String]) -> usize {
    row.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// Seven tenths of the widest row, for published headers have empty cells, and all but a fifth of the names different,
/// for they also repeat themselves.
fn looks_like_header(row: &[String], width: usize) -> bool {
    let cells: Vec<&str> = row.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
    let different: HashSet<&str> = cells.iter().copied().collect();
    !cells.is_empty()
        && is_wide(cells.len(), width)
        && different.len() * 5 >= cells.len() * 4
        && cells.iter().all(|cell| !is_value(cell) && !is_too_long(cell))
}

fn is_wide(filled: usize, width: usize) -> bool {
    filled * 10 >= width * 7
}

fn is_too_long(cell: &str) -> bool {
    cell.chars().count() > MAX_HEADER_CHARS
}

/// A number, a date, a time, a telephone number: digits with signs, and no letter.
fn is_value(cell: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<Vec<String>> {
        lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn a_header_below_a_preamble_is_found_by_its_sheet() {
        let table = rows(&[
            "消防水利施設一覧,,,,,",
            "令和６年４月１日現在,,,,,",
            "",
            "ID,種別,所在地_連結表記,緯度,経度,口径",
            "A1,消火栓,静岡県焼津市本町2丁目16-32,34.866,138.323,75",
        ]);
        let guess = Schemas::bundled().find_header(&table);
        assert_eq!(guess.row, Some(3));
        assert_eq!(guess.binding.map(|binding| binding.sheet).as_deref(), Some("14"));
    }

    #[test]
    fn a_header_of_no_sheet_is_found_by_its_shape() {
        let table = rows(&["救護所の一覧", "番号,名称,設置場所,電話", "1,港小学校,体育館,054-624-5266"]);
        assert_eq!(Schemas::bundled().find_header(&table), HeaderGuess { row: Some(1), binding: None });
        let gap = rows(&["ID,名称,分類,住所,緯度,経度,", "1,小泉八雲滞在の家跡碑,碑,城之腰107,34.8,138.3,x"]);
        assert_eq!(Schemas::bundled().find_header(&gap).row, Some(0));
    }

    #[test]
    fn one_row_that_is_too_long_does_not_hide_the_header() {
        let table = rows(&[
            "名称,住所,緯度,経度",
            "a,b,34.8,138.3,extra,extra2",
            "市役所,本町,34.8,138.3",
            "公民館,西町,34.8,138.3",
            "図書館,東町,34.8,138.3",
        ]);
        assert_eq!(Schemas::bundled().find_header(&table).row, Some(0));
    }

    #[test]
    fn years_and_repeated_names_are_a_header_above_other_cells() {
        for table in [
            ["地区,2020,2021,2022", "A,1,2,3", "B,4,5,6"],
            ["地区,2020,2021,2022", "A,1990,2001,2013", "B,2004,2015,1996"],
            ["地区,人口,人口,人口", "A,1,2,3", "B,4,5,6"],
            ["地区,2022", "A,1", "B,4"],
        ] {
            assert_eq!(Schemas::bundled().find_header(&rows(&table)).row, Some(0), "{table:?}");
        }
        for table in [
            ["東部,2020,2031,2022", "西部,1990,2001,2013", "北部,2004,2015,1996"],
            ["東部,10,不明", "西部,11,12", "北部,13,14"],
            ["東部,東部,東部", "西部,西部,西部", "北部,北部,北部"],
        ] {
            assert_eq!(Schemas::bundled().find_header(&rows(&table)).row, None, "{table:?}");
        }
    }

    #[test]
    fn a_table_without_a_header_has_none() {
        let table = rows(&["17324,1,川北町役場,36.46,136.54", "17324,2,川北町文化センター,36.47,136.53"]);
        assert_eq!(Schemas::bundled().find_header(&table), HeaderGuess::default());
        assert_eq!(Schemas::bundled().find_header(&[]), HeaderGuess::default());
        assert_eq!(Schemas::bundled().find_header(&rows(&["", "", ""])), HeaderGuess::default());
    }
}
