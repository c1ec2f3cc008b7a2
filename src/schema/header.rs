//! Where the header of a table stands among its first rows.

use std::collections::HashSet;

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
        let width = rows.iter().map(|row| filled(row)).max().unwrap_or(0);
        HeaderGuess { row: rows.iter().position(|row| looks_like_header(row, width)), binding: None }
    }
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
        && cells.len() * 10 >= width * 7
        && different.len() * 5 >= cells.len() * 4
        && cells.iter().all(|cell| !is_value(cell) && cell.chars().count() <= MAX_HEADER_CHARS)
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
    fn a_table_without_a_header_has_none() {
        let table = rows(&["17324,1,川北町役場,36.46,136.54", "17324,2,川北町文化センター,36.47,136.53"]);
        assert_eq!(Schemas::bundled().find_header(&table), HeaderGuess::default());
        assert_eq!(Schemas::bundled().find_header(&[]), HeaderGuess::default());
        assert_eq!(Schemas::bundled().find_header(&rows(&["", "", ""])), HeaderGuess::default());
    }
}
