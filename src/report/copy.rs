//! A corrected copy of a spreadsheet or text table: every cell as found, where it was found, but for those that people
//! corrected or left out. The file itself is never written.
//!
//! The copy is a workbook whatever the file was: rows and columns keep their numbers and letters, and text stays text.

use std::collections::BTreeMap;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};

use super::ReportError;
use super::check::{Checked, FoundRows};
use super::place::has_cells;
use super::workbook::{CELL_CHARS, MAX_CELLS, SHEET_COLUMNS, SHEET_ROWS, is_exact, sheet_name};
use crate::model::case::{CellEdit, Left};
use crate::pipeline::frames::Refusal;
use crate::pipeline::rows::{FoundCell, RowsTable, RowsWanted};

/// A corrected copy.
#[derive(Debug)]
pub struct Corrected {
    /// The workbook.
    pub bytes: Vec<u8>,
    /// Its sheets in order, each with the name of the table it was made of.
    pub sheets: Vec<(String, Option<String>)>,
}

/// What people said of one file.
#[derive(Debug, Clone, Default)]
pub struct Corrections<'a> {
    /// Corrected cells.
    pub cells: Vec<&'a CellEdit>,
    /// What is left out, by table.
    pub left: Vec<(Option<&'a str>, Left)>,
}

/// Makes the copy; the reason where none can be made.
///
/// # Errors
/// Where the file cannot be read again or the workbook cannot be written.
pub fn corrected(
    checked: &Checked<'_>,
    corrections: &Corrections<'_>,
) -> Result<Result<Corrected, Refusal>, ReportError> {
    let mut copy = Copy::new(corrections);
    let mut failed = None;
    let refused = checked.rows(RowsWanted::default(), &mut |rows| {
        let taken = match rows {
            FoundRows::Table(table) => copy.table(&table),
            FoundRows::Rows(batch) => batch.rows.iter().try_for_each(|(row, cells)| copy.row(*row, cells)),
        };
        match taken {
            Ok(()) => copy.unfit.is_none(),
            Err(error) => {
                failed = Some(error);
                false
            }
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    match (refused, copy.unfit.take()) {
        (Some(refusal), _) | (None, Some(refusal)) => Ok(Err(refusal)),
        (None, None) => copy.finish().map(Ok),
    }
}

struct Copy<'a> {
    corrections: &'a Corrections<'a>,
    formats: [Format; 3],
    open: Option<Open>,
    sheets: Vec<(Worksheet, Option<String>)>,
    cells: u64,
    unfit: Option<Refusal>,
}

struct Open {
    sheet: Worksheet,
    name: Option<String>,
    is_left: bool,
    columns_left: Vec<usize>,
    rows_left: Vec<u64>,
    /// Corrections that wait for their row: by row and column.
    waiting: BTreeMap<(u64, usize), String>,
}

impl<'a> Copy<'a> {
    fn new(corrections: &'a Corrections<'a>) -> Self {
        let formats = ["yyyy-mm-dd", "hh:mm:ss", "yyyy-mm-dd hh:mm:ss"].map(|form| Format::new().set_num_format(form));
        Self { corrections, formats, open: None, sheets: Vec::new(), cells: 0, unfit: None }
    }

    fn table(&mut self, begun: &RowsTable) -> Result<(), ReportError> {
        self.close()?;
        if !has_cells(&begun.format) {
            self.unfit = Some(no_cells());
            return Ok(());
        }
        let name = begun.name.as_deref();
        let mut open = Open {
            sheet: Worksheet::new(),
            name: begun.name.clone(),
            is_left: false,
            columns_left: Vec::new(),
            rows_left: Vec::new(),
            waiting: BTreeMap::new(),
        };
        for (_, what) in self.corrections.left.iter().filter(|(own, _)| *own == name) {
            match what {
                Left::Sheet => open.is_left = true,
                Left::Column(column) => open.columns_left.push(*column),
                Left::Row(row) => open.rows_left.push(*row),
            }
        }
        for cell in self.corrections.cells.iter().filter(|cell| cell.sheet.as_deref() == name) {
            open.waiting.insert((cell.row, cell.column), cell.after.clone());
        }
        self.open = Some(open);
        Ok(())
    }

    fn row(&mut self, row: u64, cells: &[FoundCell]) -> Result<(), ReportError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.is_left {
            return Ok(());
        }
        self.cells += cells.len() as u64 + 1;
        if self.cells > MAX_CELLS || row > SHEET_ROWS {
            self.unfit = Some(too_large());
            return Ok(());
        }
        if open.rows_left.contains(&row) {
            return Ok(());
        }
        for (column, cell) in cells.iter().enumerate() {
            let corrected = open.waiting.remove(&(row, column));
            if open.columns_left.contains(&column) {
                continue;
            }
            match corrected {
                Some(text) => put(&mut open.sheet, row, column, &FoundCell::Text(text), &self.formats)?,
                None => put(&mut open.sheet, row, column, cell, &self.formats)?,
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReportError> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        if open.is_left {
            return Ok(());
        }
        // Corrections behind the last cell of their row.
        for ((row, column), text) in std::mem::take(&mut open.waiting) {
            if !open.rows_left.contains(&row) && !open.columns_left.contains(&column) {
                put(&mut open.sheet, row, column, &FoundCell::Text(text), &self.formats)?;
            }
        }
        self.sheets.push((open.sheet, open.name));
        Ok(())
    }

    fn finish(mut self) -> Result<Corrected, ReportError> {
        self.close()?;
        let (mut book, mut names) = (Workbook::new(), Vec::<(String, Option<String>)>::new());
        for (mut sheet, origin) in self.sheets {
            let used: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
            let name = sheet_name(origin.as_deref().unwrap_or("データ"), &used);
            sheet.set_name(&name)?;
            book.push_worksheet(sheet);
            names.push((name, origin));
        }
        if names.is_empty() {
            book.add_worksheet();
        }
        Ok(Corrected { bytes: book.save_to_buffer()?, sheets: names })
    }
}

/// Writes one cell, the row from 1. What no spreadsheet holds is cut by the limits above.
fn put(
    sheet: &mut Worksheet,
    row: u64,
    column: usize,
    cell: &FoundCell,
    formats: &[Format; 3],
) -> Result<(), ReportError> {
    let (Ok(line), Ok(at)) = (u32::try_from(row.saturating_sub(1)), u16::try_from(column)) else { return Ok(()) };
    if u64::from(line) >= SHEET_ROWS || column >= SHEET_COLUMNS {
        return Ok(());
    }
    let [day, time, moment] = formats;
    match cell {
        FoundCell::Empty => {}
        FoundCell::Bool(value) => {
            sheet.write_boolean(line, at, *value)?;
        }
        FoundCell::Number(text) if is_exact(text) => {
            sheet.write_number(line, at, text.parse::<f64>().unwrap_or(0.0))?;
        }
        FoundCell::DateTime(text) => match ExcelDateTime::parse_from_str(text) {
            Ok(value) => {
                let format = match (text.contains('-'), text.contains(':')) {
                    (true, true) => moment,
                    (true, false) => day,
                    _ => time,
                };
                sheet.write_datetime_with_format(line, at, &value, format)?;
            }
            Err(_) => {
                sheet.write_string(line, at, text)?;
            }
        },
        FoundCell::Text(text) | FoundCell::Number(text) => {
            // Spreadsheets count UTF-16 units.
            let mut units = 0;
            let fits = |letter: &char| {
                units += letter.len_utf16();
                units <= CELL_CHARS
            };
            let text: String = text.chars().take_while(fits).collect();
            if !text.is_empty() {
                sheet.write_string(line, at, text)?;
            }
        }
    }
    Ok(())
}

fn no_cells() -> Refusal {
    Refusal {
        code: "no-cells".to_owned(),
        message_ja: "この形式のファイルは、画面でセルを修正できません。元のデータを直して、差し替えてください。"
            .to_owned(),
        message_en: "Cells of this format cannot be corrected here; mend the original and send it again.".to_owned(),
    }
}

fn too_large() -> Refusal {
    Refusal {
        code: "too-large-to-correct".to_owned(),
        message_ja: format!(
            "ファイルが大きいため、画面でセルを修正できません(上限 {MAX_CELLS}セル)。元のデータを直して、差し替えてください。"
        ),
        message_en: format!("The file is too large to be corrected here (at most {MAX_CELLS} cells)."),
    }
}

/// Whether cells of a file of this name can be corrected: text tables and workbooks, not bundles or geodata.
pub fn is_correctable(file: &str) -> bool {
    let ending = file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "csv" | "tsv" | "txt" | "xlsx" | "xlsm" | "xls" | "ods")
}

/// The name of the copy of a file.
pub fn copy_name(file: &str) -> String {
    format!("{}.xlsx", file.rsplit_once('.').map_or(file, |(stem, _)| stem))
}

/// The text of a file in the encoding a person chose, as UTF-8 with its mark; `None` where there is no such encoding.
pub fn decoded(bytes: &[u8], label: &str) -> Option<Vec<u8>> {
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes())?;
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    let mut utf8 = Vec::with_capacity(text.len() + 3);
    utf8.extend_from_slice(&[0xef, 0xbb, 0xbf]);
    utf8.extend_from_slice(text.as_bytes());
    Some(utf8)
}
