//! The sheets of the file with their marks.

use std::collections::BTreeMap;

use rust_xlsxwriter::{ExcelDateTime, Note, Workbook, Worksheet};

use super::marks::{Marks, RowMarks, Weight, comment, table};
use super::style::{Holds, Style};
use super::{CELL_CHARS, MAX_COMMENTS, SHEET_COLUMNS, SHEET_ROWS};
use crate::pipeline::rows::{FoundCell, RowsTable};
use crate::report::place::{a1, has_cells};
use crate::report::{FileReport, ReportError};

/// Longest comment: some screens; Excel takes 32,767 characters.
const COMMENT_CHARS: usize = 2_000;

/// The sheets that were written.
pub(super) struct Written {
    pub(super) sheets: Vec<Worksheet>,
    /// Where the rows of a table went: its name, the name of the sheet, and what its rows are shifted by.
    pub(super) places: Vec<SheetPlace>,
    pub(super) without_comment: u64,
    pub(super) cut: u64,
}

/// Where the rows of a table went.
#[derive(Debug, Clone)]
pub(super) struct SheetPlace {
    name: Option<String>,
    sheet: String,
    /// Row of the file → row of the sheet, both from 1, where they differ.
    moved: Option<BTreeMap<u64, u64>>,
    /// Columns in front of the file's own.
    shift: usize,
    /// The header was written as row 1 because the format keeps it apart.
    header_above: u64,
}

impl Written {
    /// The internal link to a cell of a table.
    pub(super) fn link(&self, name: Option<&str>, row: u64, cell: usize) -> Option<String> {
        let place = self.places.iter().find(|place| place.name.as_deref() == name)?;
        let row = match &place.moved {
            Some(moved) => *moved.get(&row)?,
            None => row + place.header_above,
        };
        Some(format!("internal:'{}'!{}", place.sheet.replace('\'', "''"), a1(cell + place.shift, row)))
    }
}

/// Writes the sheets while the rows come.
pub(super) struct Sheets<'a, 'r> {
    book: &'a mut Workbook,
    style: &'a Style,
    report: &'r FileReport,
    marks: &'a Marks<'r>,
    is_part: bool,
    open: Option<Open>,
    written: Written,
    /// Comments that may still be written, by weight.
    comments: BTreeMap<Weight, u64>,
}

struct Open {
    sheet: Worksheet,
    place: SheetPlace,
    name: Option<String>,
    is_text: bool,
    rows: u64,
}

impl<'a, 'r> Sheets<'a, 'r> {
    pub(super) fn new(
        book: &'a mut Workbook,
        style: &'a Style,
        report: &'r FileReport,
        marks: &'a Marks<'r>,
        is_part: bool,
    ) -> Self {
        let mut left = MAX_COMMENTS;
        let mut comments = BTreeMap::new();
        for (weight, count) in marks.commented.iter().rev() {
            let given = (*count).min(left);
            comments.insert(*weight, given);
            left -= given;
        }
        let written = Written { sheets: Vec::new(), places: Vec::new(), without_comment: 0, cut: 0 };
        Self { book, style, report, marks, is_part, open: None, written, comments }
    }

    /// A table begins.
    pub(super) fn table(&mut self, begun: &RowsTable) -> Result<(), ReportError> {
        self.close();
        let shown = begun.name.as_deref().unwrap_or("データ");
        let used: Vec<&str> = self.written.places.iter().map(|place| place.sheet.as_str()).collect();
        let name = sheet_name(shown, &used);
        let mut sheet = self.book.new_worksheet_with_constant_memory()?;
        sheet.set_name(&name)?;
        let place = SheetPlace {
            name: begun.name.clone(),
            sheet: name,
            moved: self.is_part.then(BTreeMap::new),
            shift: usize::from(self.is_part),
            header_above: u64::from(begun.columns.is_some()),
        };
        let above = table(self.report, begun.name.as_deref()).map_or(0, |table| table.begun.rows_above);
        let frozen = u32::try_from(above.max(place.header_above)).unwrap_or(0);
        if (1..=20).contains(&frozen) {
            sheet.set_freeze_panes(frozen, u16::from(self.is_part))?;
        }
        let is_spreadsheet = has_cells(&begun.format) && !matches!(begun.format.as_str(), "CSV" | "TSV");
        let mut open = Open { sheet, place, name: begun.name.clone(), is_text: !is_spreadsheet, rows: 0 };
        if let Some(columns) = &begun.columns {
            let header: Vec<FoundCell> = columns.iter().map(|column| FoundCell::Text(column.clone())).collect();
            if self.is_part {
                self.written.cut += put(&mut open, 0, &header, self.style, None, 1)?;
            } else {
                self.written.cut += put(&mut open, 0, &header, self.style, None, 0)?;
            }
            open.rows = 1;
        }
        self.open = Some(open);
        Ok(())
    }

    /// A row of the table, the row from 1.
    pub(super) fn row(&mut self, row: u64, cells: &[FoundCell]) -> Result<(), ReportError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let line = match &mut open.place.moved {
            Some(moved) => {
                let line = open.rows;
                moved.insert(row, line + 1);
                line
            }
            None => row.saturating_sub(1) + open.place.header_above,
        };
        open.rows = line + 1;
        let Ok(line) = u32::try_from(line) else { return Ok(()) };
        if u64::from(line) >= SHEET_ROWS {
            self.written.cut += 1;
            return Ok(());
        }
        let shift = open.place.shift;
        if shift == 1 {
            let text = format!("元の{row}行目");
            open.sheet.write_string_with_format(line, 0, text, &self.style.label)?;
        }
        let marks = self.marks.of(open.name.as_deref(), row);
        self.written.cut += put(open, line, cells, self.style, marks, shift)?;
        let Some(marks) = marks else { return Ok(()) };
        for cell in 0..=marks.last().min(SHEET_COLUMNS - 2) {
            let Some(weight) = marks.at(cell).map(|finding| Weight::from(finding.severity)).max() else { continue };
            match self.comments.get_mut(&weight).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    let text: String = comment(marks.at(cell)).chars().take(COMMENT_CHARS).collect();
                    let lines = text.lines().map(|line| 1 + line.chars().count() / 22).sum::<usize>();
                    let height = u32::try_from(24 + 20 * lines.min(24)).unwrap_or(480);
                    let note = Note::new(text).add_author_prefix(false).set_author("hiraku").set_width(300);
                    let column = u16::try_from(cell + shift).unwrap_or(u16::MAX);
                    open.sheet.insert_note(line, column, &note.set_height(height))?;
                }
                None => self.written.without_comment += 1,
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.written.sheets.push(open.sheet);
            self.written.places.push(open.place);
        }
    }

    pub(super) fn finish(mut self) -> Written {
        self.close();
        self.written
    }
}

/// Writes the cells of a row; how many were cut or left out.
fn put(
    open: &mut Open,
    line: u32,
    cells: &[FoundCell],
    style: &Style,
    marks: Option<&RowMarks<'_>>,
    shift: usize,
) -> Result<u64, ReportError> {
    let mut cut = 0;
    let width = cells.len().max(marks.map_or(0, |marks| if marks.cells.is_empty() { 0 } else { marks.last() + 1 }));
    for at in 0..width {
        let Some(column) = u16::try_from(at + shift).ok().filter(|column| usize::from(*column) < SHEET_COLUMNS) else {
            cut += (width - at) as u64;
            break;
        };
        let weight = marks.and_then(|marks| marks.weight(at));
        let cell = cells.get(at).unwrap_or(&FoundCell::Empty);
        match cell {
            FoundCell::Empty => {
                if weight.is_some() {
                    open.sheet.write_blank(line, column, style.cell(Holds::Text, weight))?;
                }
            }
            FoundCell::Bool(value) if !open.is_text => {
                open.sheet.write_boolean_with_format(line, column, *value, style.cell(Holds::Number, weight))?;
            }
            FoundCell::Number(text) if !open.is_text && is_exact(text) => {
                let number: f64 = text.parse().unwrap_or(0.0);
                open.sheet.write_number_with_format(line, column, number, style.cell(Holds::Number, weight))?;
            }
            FoundCell::DateTime(text) if !open.is_text => match (ExcelDateTime::parse_from_str(text), moment(text)) {
                (Ok(moment), holds) => {
                    open.sheet.write_datetime_with_format(line, column, &moment, style.cell(holds, weight))?;
                }
                (Err(_), _) => {
                    open.sheet.write_string_with_format(line, column, text, style.cell(Holds::Text, weight))?;
                }
            },
            other => {
                let text = other.text();
                let shortened = shortened(text);
                cut += u64::from(shortened.is_some());
                let holds = if text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t']) {
                    Holds::GuardedText
                } else {
                    Holds::Text
                };
                let text = shortened.as_deref().unwrap_or(text);
                open.sheet.write_string_with_format(line, column, text, style.cell(holds, weight))?;
            }
        }
    }
    Ok(cut)
}

/// Whether a number keeps all its digits in a spreadsheet, which holds 15.
pub(in crate::report) fn is_exact(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    digits <= 15 && text.parse::<f64>().is_ok_and(f64::is_finite)
}

fn moment(text: &str) -> Holds {
    match (text.contains('-'), text.contains(':')) {
        (true, true) => Holds::DateTime,
        (true, false) => Holds::Date,
        _ => Holds::Time,
    }
}

/// A text too long for a cell, cut; `None` where it fits. Spreadsheets count UTF-16 units.
pub(in crate::report) fn shortened(text: &str) -> Option<String> {
    if text.len() <= CELL_CHARS || text.encode_utf16().count() <= CELL_CHARS {
        return None;
    }
    let mut short = String::new();
    let mut units = 0;
    for letter in text.chars() {
        units += letter.len_utf16();
        if units > CELL_CHARS - 20 {
            break;
        }
        short.push(letter);
    }
    short.push_str("…(以下省略)");
    Some(short)
}

/// A name that a sheet may have (ECMA-376: 31 characters, none of `[]:*?/\`, no `'` at the ends) and that is not used.
pub(in crate::report) fn sheet_name(wanted: &str, used: &[&str]) -> String {
    let clean: String = wanted
        .chars()
        .map(|letter| if "[]:*?/\\".contains(letter) || letter.is_control() { '_' } else { letter })
        .collect();
    let clean = clean.trim().trim_matches('\'');
    let base = if clean.is_empty() || clean.eq_ignore_ascii_case("history") { "データ" } else { clean };
    let reserved = [super::summary::NAME, super::list::NAME];
    for number in 1_u32.. {
        let ending = if number == 1 { String::new() } else { format!("({number})") };
        let mut name = String::new();
        let room = 31_usize.saturating_sub(ending.len());
        let mut units = 0;
        for letter in base.chars() {
            units += letter.len_utf16();
            if units > room {
                break;
            }
            name.push(letter);
        }
        let name = format!("{}{ending}", name.trim_end_matches('\''));
        let folded = name.to_lowercase();
        if !used.iter().chain(&reserved).any(|taken| taken.to_lowercase() == folded) {
            return name;
        }
    }
    base.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_sheets_are_valid_and_unique() {
        assert_eq!(sheet_name("令和6年度", &[]), "令和6年度");
        assert_eq!(sheet_name("a/b:c", &[]), "a_b_c");
        assert_eq!(sheet_name("AED", &["aed"]), "AED(2)");
        assert_eq!(sheet_name("", &[]), "データ");
        assert_eq!(sheet_name("hiraku検査結果", &[]), "hiraku検査結果(2)");
        let long = "あ".repeat(40);
        assert_eq!(sheet_name(&long, &[]).chars().count(), 31);
        assert_eq!(sheet_name(&long, &[&"あ".repeat(31)]).chars().count(), 31);
        assert_eq!(sheet_name("'x'", &[]), "x");
    }

    #[test]
    fn long_texts_are_cut_and_long_numbers_stay_text() {
        assert_eq!(shortened("短い"), None);
        let cut = shortened(&"𠮷".repeat(30_000)).expect("too long");
        assert!(cut.encode_utf16().count() <= CELL_CHARS && cut.ends_with("(以下省略)"));
        assert!(is_exact("35.123456789012") && is_exact("0.000000000000000123") && !is_exact("1234567890123456"));
    }
}
