//! A workbook (ECMA-376) for those who open data in a spreadsheet.
//!
//! The table stands on the sheet `データ`, and on further ones where it has more rows than a sheet; codes, dates and all
//! other texts are text cells, so that no leading zero and no partial date is changed, and no text is ever taken for a
//! formula. Behind them stands a sheet that says what the data is, what the columns mean, and which cells are cut.
//! Rows go to the disk as they come; the same release gives the same bytes.

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, IgnoreError, Workbook, Worksheet, XlsxError};

use super::super::csv_file::{position_names, single_point};
use super::super::rows::Cell;
use super::notice::facts;
use super::{MadeInput, Outcome, Pass, PublishError, each, failed, refused};
use crate::model::made::{Limit, MadeFormat};
use crate::model::record::{Column, Storage};
use crate::model::time::japan_day;
use crate::store::objects::Objects;

const FORMAT: MadeFormat = MadeFormat::Xlsx;
/// The sheet of the data.
const DATA_SHEET: &str = "データ";
/// The sheet that explains it; a reader of ours passes it over by this name.
const EXPLAINING_SHEET: &str = "使い方";
/// Rows of a sheet (2²⁰).
const SHEET_ROWS: u32 = 1 << 20;
/// Columns of a sheet (2¹⁴).
const SHEET_COLUMNS: usize = 1 << 14;
/// Characters of a cell, in UTF-16.
const CELL_CHARS: usize = 32_767;
/// What ends a cut cell.
const CUT: &str = "…(以下省略)";
/// Cut cells that are named; more are told by number.
const CUT_CELLS_NAMED: usize = 1_000;
/// Rows whose values decide the width of columns.
const ROWS_FOR_WIDTHS: u64 = 200;

pub(super) fn make(input: &MadeInput<'_>, objects: &Objects, pass: &Pass<'_>) -> Result<Outcome, PublishError> {
    with_rows(input, objects, pass, SHEET_ROWS)
}

/// The same with sheets of so many rows, at least two.
pub(super) fn with_rows(
    input: &MadeInput<'_>,
    objects: &Objects,
    pass: &Pass<'_>,
    sheet_rows: u32,
) -> Result<Outcome, PublishError> {
    let position = position_names(input.shape, input.geometry);
    let with_position = position.is_some();
    let own = input.shape.columns.iter().map(|column| column.name.clone());
    let names: Vec<String> = own.chain(position.into_iter().flatten()).collect();
    if names.len() > SHEET_COLUMNS {
        return Err(refused(FORMAT, Limit::Columns));
    }
    let mut file = objects.temporary().map_err(failed(FORMAT))?;
    let folder = file.path().parent().unwrap_or(file.path()).to_owned();
    let mut book = Book::begin(names, &folder, sheet_rows).map_err(failed(FORMAT))?;
    each(input, pass, |rows| {
        for row in 0..rows.len() {
            let at = with_position.then(|| single_point(rows.geometry(row)));
            let edges = at.map(|at| [at.map(|at| at.y), at.map(|at| at.x)]);
            let edges = edges.into_iter().flatten().map(|edge| edge.map_or(Cell::Null, Cell::Number));
            let cells = rows.columns().iter().map(|cells| cells.get(row)).chain(edges);
            book.line(cells).map_err(failed(FORMAT))?;
        }
        Ok(())
    })?;
    let changed_cells = book.cut_cells;
    let mut workbook = book.end(input).map_err(failed(FORMAT))?;
    workbook.save_to_writer(file.as_file_mut()).map_err(failed(FORMAT))?;
    Ok(Outcome { file, changed_cells, note: None })
}

/// The workbook under way.
struct Book {
    workbook: Workbook,
    names: Vec<String>,
    sheet: Worksheet,
    sheets: u32,
    sheet_rows: u32,
    /// The next row of the sheet.
    row: u32,
    records: u64,
    widths: Vec<usize>,
    text: Format,
    header: Format,
    cut_cells: u64,
    /// Sheet, row (from 1) and column of cut cells.
    named: Vec<(String, u32, String)>,
}

impl Book {
    fn begin(names: Vec<String>, folder: &std::path::Path, sheet_rows: u32) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder)?;
        let sheet = workbook.new_worksheet_with_constant_memory()?;
        let widths = names.iter().map(|name| cells_wide(name)).collect();
        let mut book = Self {
            workbook,
            names,
            sheet,
            sheets: 1,
            sheet_rows: sheet_rows.max(2),
            row: 0,
            records: 0,
            widths,
            text: Format::new().set_num_format("@"),
            header: Format::new().set_bold().set_background_color(Color::RGB(0x00E8_EEF6)).set_num_format("@"),
            cut_cells: 0,
            named: Vec::new(),
        };
        book.head()?;
        Ok(book)
    }

    fn sheet_name(&self) -> String {
        if self.sheets == 1 { DATA_SHEET.to_owned() } else { format!("{DATA_SHEET} ({})", self.sheets) }
    }

    fn head(&mut self) -> Result<(), XlsxError> {
        let name = self.sheet_name();
        self.sheet.set_name(name)?;
        self.sheet.set_freeze_panes(1, 0)?;
        for (column, name) in (0_u16..).zip(&self.names) {
            self.sheet.write_string_with_format(0, column, name, &self.header)?;
        }
        self.row = 1;
        Ok(())
    }

    /// Lays the sheet that is full with the others.
    fn close(&mut self, next: Worksheet) -> Result<(), XlsxError> {
        for (column, width) in (0_u16..).zip(&self.widths) {
            self.sheet.set_column_width(column, *width as f64)?;
        }
        if let (Some(last), true) = (last_column(&self.names), self.row > 1) {
            self.sheet.autofilter(0, 0, self.row - 1, last)?;
            // Codes are text on purpose: no mark in every cell.
            self.sheet.ignore_error_range(1, 0, self.row - 1, last, IgnoreError::NumberStoredAsText)?;
        }
        let full = std::mem::replace(&mut self.sheet, next);
        self.workbook.push_worksheet(full);
        Ok(())
    }

    fn line<'c>(&mut self, cells: impl Iterator<Item = Cell<'c>>) -> Result<(), XlsxError> {
        if self.row >= self.sheet_rows {
            let next = self.workbook.new_worksheet_with_constant_memory()?;
            self.close(next)?;
            self.sheets += 1;
            self.head()?;
        }
        self.records += 1;
        for ((at, column), cell) in (0_usize..).zip(0_u16..).zip(cells) {
            match cell {
                Cell::Null | Cell::Text("") => {}
                Cell::Text(text) => self.text(at, column, text)?,
                Cell::Number(value) => {
                    self.sheet.write_number(self.row, column, value)?;
                }
                // A spreadsheet's numbers have 15 digits.
                Cell::Integer(value) if value.unsigned_abs() < 1_000_000_000_000_000 => {
                    self.sheet.write_number(self.row, column, value as f64)?;
                }
                Cell::Integer(value) => {
                    self.sheet.write_string_with_format(self.row, column, value.to_string(), &self.text)?;
                }
            }
        }
        self.row += 1;
        Ok(())
    }

    fn text(&mut self, at: usize, column: u16, text: &str) -> Result<(), XlsxError> {
        if self.records <= ROWS_FOR_WIDTHS
            && let Some(width) = self.widths.get_mut(at)
        {
            *width = (*width).max(cells_wide(text));
        }
        let Some(short) = shortened(text) else {
            self.sheet.write_string_with_format(self.row, column, text, &self.text)?;
            return Ok(());
        };
        self.cut_cells += 1;
        if self.named.len() < CUT_CELLS_NAMED {
            let name = self.names.get(at).cloned().unwrap_or_default();
            self.named.push((self.sheet_name(), self.row + 1, name));
        }
        self.sheet.write_string_with_format(self.row, column, short, &self.text)?;
        Ok(())
    }

    fn end(mut self, input: &MadeInput<'_>) -> Result<Workbook, XlsxError> {
        self.close(Worksheet::new())?;
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(EXPLAINING_SHEET)?;
        explain(sheet, input, &self.header, &self.named, self.cut_cells)?;
        let day = japan_day(input.released);
        let part = |part: i8| u8::try_from(part).unwrap_or(1);
        let made =
            ExcelDateTime::from_ymd(u16::try_from(day.year()).unwrap_or(1900), part(day.month()), part(day.day()))?;
        let properties =
            DocProperties::new().set_title(&input.shape.title).set_author(input.publisher).set_creation_datetime(&made);
        self.workbook.set_properties(&properties);
        Ok(self.workbook)
    }
}

fn explain(
    sheet: &mut Worksheet,
    input: &MadeInput<'_>,
    header: &Format,
    named: &[(String, u32, String)],
    cut_cells: u64,
) -> Result<(), XlsxError> {
    let mut row = 0_u32;
    for (name, value) in facts(input) {
        sheet.write_string_with_format(row, 0, name, header)?;
        sheet.write_string(row, 1, value)?;
        row += 1;
    }
    row += 1;
    for line in [
        "郵便番号・電話番号・コードなどは、先頭の0が消えないように、文字のセルにしています。",
        "日付は「2026-04-01」「2026-04」のような文字のままです。",
    ] {
        sheet.write_string(row, 0, line)?;
        row += 1;
    }
    row += 1;
    for (column, name) in (0_u16..).zip(["項目", "説明", "セルの種類"]) {
        sheet.write_string_with_format(row, column, name, header)?;
    }
    for Column { name, title, kind, .. } in &input.shape.columns {
        row += 1;
        let kind = if kind.storage() == Storage::Text { "文字" } else { "数値" };
        for (column, text) in (0_u16..).zip([name.as_str(), title.as_str(), kind]) {
            sheet.write_string(row, column, shortened(text).as_deref().unwrap_or(text))?;
        }
    }
    if cut_cells > 0 {
        row += 2;
        let words =
            format!("Excelのセルに入らない長い文字を切ったセル: {cut_cells}個(32,767字まで。全文はCSVなどにあります)");
        sheet.write_string_with_format(row, 0, words, header)?;
        for (name, line, column) in named {
            row += 1;
            sheet.write_string(row, 0, name)?;
            sheet.write_string(row, 1, format!("{line}行目"))?;
            sheet.write_string(row, 2, column)?;
        }
    }
    for (column, width) in [(0, 24.0), (1, 40.0), (2, 14.0)] {
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}

fn last_column(names: &[String]) -> Option<u16> {
    u16::try_from(names.len().checked_sub(1)?).ok()
}

/// Width of a text in columns of a spreadsheet, within bounds that can be read.
fn cells_wide(text: &str) -> usize {
    let wide = |letter: char| if letter.is_ascii() { 1 } else { 2 };
    (text.chars().take(40).map(wide).sum::<usize>() + 2).clamp(8, 44)
}

/// The text as far as a cell holds it; `None` where it holds it whole.
fn shortened(text: &str) -> Option<String> {
    if text.len() <= CELL_CHARS || text.encode_utf16().count() <= CELL_CHARS {
        return None;
    }
    let mut left = CELL_CHARS - CUT.encode_utf16().count();
    let mut short: String = text
        .chars()
        .take_while(|letter| {
            let fits = letter.len_utf16() <= left;
            left = left.saturating_sub(letter.len_utf16());
            fits
        })
        .collect();
    short.push_str(CUT);
    Some(short)
}
