//! Where a finding lies, as a person finds it: the cell in a spreadsheet, the row of a text, the feature of a layer.

use crate::model::finding::{Finding, Place};

use super::TableReport;
use crate::normalize::TableBegun;

/// The letters of a column: 0 = `A`, 25 = `Z`, 26 = `AA`.
pub fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column.saturating_add(1);
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + u8::try_from(left % 26).unwrap_or(0)));
        left /= 26;
    }
    letters.iter().rev().collect()
}

/// A cell as spreadsheets name it: `C12`; the column from 0, the row from 1.
pub fn a1(column: usize, row: u64) -> String {
    format!("{}{row}", letters(column))
}

/// What the rows of a format are called, and whether its cells have names such as `C12`.
pub fn has_cells(format: &str) -> bool {
    matches!(format, "CSV" | "TSV" | "XLSX" | "XLSM" | "XLS" | "ODS" | "HTML" | "XML Spreadsheet")
}

impl TableReport {
    /// Which cell of a row a finding means, from 0; `None` where it means the whole row or a column that the file lacks.
    pub fn cell_of(&self, finding: &Finding) -> Option<usize> {
        cell_of(&self.begun, finding)
    }

    /// The row and cell to mark for a finding, the row from 1. A finding of a whole column lies in its header.
    pub fn mark_of(&self, finding: &Finding) -> Option<(u64, Option<usize>)> {
        mark_of(&self.begun, finding)
    }

    /// The place in words: `シート1!C12「緯度」`, `12行目`, `5件目「用途」`.
    pub fn shown_place(&self, finding: &Finding) -> String {
        shown_place(&self.begun, finding)
    }
}

/// Which cell of a row of this table a finding means, as [`TableReport::cell_of`].
pub fn cell_of(begun: &TableBegun, finding: &Finding) -> Option<usize> {
    let column = finding.place.column.as_deref()?;
    let at = begun.shape.columns.iter().position(|known| known.found.as_deref() == Some(column))?;
    begun.cells.get(at).copied().flatten()
}

/// The row and cell of this table to mark for a finding, as [`TableReport::mark_of`].
pub fn mark_of(begun: &TableBegun, finding: &Finding) -> Option<(u64, Option<usize>)> {
    let cell = cell_of(begun, finding);
    match (finding.place.row, cell) {
        (Some(row), cell) => Some((row, cell)),
        (None, Some(cell)) if begun.rows_above > 0 => Some((begun.rows_above, Some(cell))),
        _ => None,
    }
}

/// The place in words, as [`TableReport::shown_place`].
pub fn shown_place(begun: &TableBegun, finding: &Finding) -> String {
    let mut text = short(begun, finding);
    if let Some(column) = &finding.place.column {
        text.push('「');
        text.push_str(&one_line(column));
        text.push('」');
    }
    text
}

/// The place without the column's name.
fn short(begun: &TableBegun, finding: &Finding) -> String {
    let Place { sheet, row, .. } = &finding.place;
    let sheet = sheet.as_ref().map(|sheet| format!("{sheet}!")).unwrap_or_default();
    let format = begun.format.as_str();
    match (mark_of(begun, finding), row) {
        (Some((row, Some(cell))), _) if has_cells(format) => format!("{sheet}{}", a1(cell, row)),
        (_, Some(row)) if has_cells(format) => format!("{sheet}{row}行目"),
        (_, Some(row)) => format!("{sheet}{row}件目"),
        _ => sheet.trim_end_matches('!').to_owned(),
    }
}

/// The reference of a finding for lists of cells: `シート1!C12`, `12行目`; empty where it lies nowhere in particular.
pub fn reference(table: &TableReport, finding: &Finding) -> String {
    short(&table.begun, finding)
}

/// Line breaks of a header as blanks, so that a place stays on one line.
pub fn one_line(text: &str) -> String {
    text.split(['\r', '\n']).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_letters_of_spreadsheets() {
        for (column, expected) in
            [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(letters(column), expected);
        }
        assert_eq!(a1(2, 12), "C12");
        assert!(!letters(usize::MAX).is_empty());
    }
}
