//! The uploaded workbook with its faulty cells marked and commented.
//!
//! All sheets as read, with the values as found: a spreadsheet's numbers, dates and truth values stay what they are, a
//! text file's cells are all text, so that no leading zero and no date is destroyed. Faulty cells have a colour by weight
//! and a comment that says what was found, what is expected and what the repair is. In front stand a sheet of results
//! with links and a list of all findings.
//!
//! The same report gives the same bytes: nothing carries the time.

mod cells;
mod list;
mod marks;
mod style;
mod summary;

use std::io::{Seek, Write};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

use crate::pipeline::rows::RowsWanted;

use super::check::{Checked, FoundRows};
use super::{FileReport, ReportError};
use cells::Sheets;
pub(super) use cells::{is_exact, sheet_name, shortened};
use marks::Marks;
use style::Style;

/// Rows of a sheet (ECMA-376; 2²⁰).
pub(super) const SHEET_ROWS: u64 = 1 << 20;
/// Columns of a sheet (2¹⁴).
pub(super) const SHEET_COLUMNS: usize = 1 << 14;
/// Characters of a cell.
pub(super) const CELL_CHARS: usize = 32_767;

/// Cells up to which the whole file is written: three million make a workbook of about 30 MB, which office machines
/// still open. Beyond, only the rows with findings are.
pub const MAX_CELLS: u64 = 3_000_000;

/// Comments in one workbook: each is a drawing of its own, and spreadsheets grow slow over some ten thousand. The worst
/// findings have theirs first; the list of findings has them all.
pub const MAX_COMMENTS: u64 = 10_000;

/// What of the file is in the workbook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// Only the rows with findings were written.
    pub is_part: bool,
    /// Marked cells without a comment, because there were too many.
    pub without_comment: u64,
    /// Cells cut or left out because no spreadsheet holds them.
    pub cut: u64,
}

/// Writes the workbook of a checked file. The report should have been made with [`crate::pipeline::tally::Kept::ALL`],
/// so that all findings have their places.
///
/// # Errors
/// Where the file cannot be read again or the workbook cannot be written.
pub fn write(report: &FileReport, checked: &Checked<'_>, out: impl Write + Seek + Send) -> Result<Extent, ReportError> {
    let marks = Marks::new(report);
    let wanted = RowsWanted { only: is_too_large(report).then(|| marks.rows()) };
    let is_part = wanted.only.is_some();
    let style = Style::new();
    let mut book = Workbook::new();
    let mut failed = None;
    let mut sheets = Sheets::new(&mut book, &style, report, &marks, is_part);
    if report.refused.is_none() {
        checked.rows(wanted, &mut |rows| {
            let taken = match rows {
                FoundRows::Table(table) => sheets.table(&table),
                FoundRows::Rows(batch) => batch.rows.iter().try_for_each(|(row, cells)| sheets.row(*row, cells)),
            };
            match taken {
                Ok(()) => true,
                Err(error) => {
                    failed = Some(error);
                    false
                }
            }
        })?;
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let written = sheets.finish();
    let extent = Extent { is_part, without_comment: written.without_comment, cut: written.cut };
    let summary = summary::sheet(report, &written, &extent, &style)?;
    let list = list::sheet(&mut book, report, &written, &style)?;
    book.push_worksheet(summary);
    book.push_worksheet(list);
    for sheet in written.sheets {
        book.push_worksheet(sheet);
    }
    book.set_properties(&properties(&format!("検査結果 {}", report.file))?);
    book.save_to_writer(out)?;
    Ok(extent)
}

/// What the workbook says of itself. The day is fixed, so that the same content gives the same bytes.
pub(super) fn properties(title: &str) -> Result<DocProperties, ReportError> {
    let day = ExcelDateTime::from_ymd(2026, 1, 1)?;
    Ok(DocProperties::new().set_title(title).set_author("hiraku").set_creation_datetime(&day))
}

fn is_too_large(report: &FileReport) -> bool {
    let mut cells = 0_u64;
    for table in &report.tables {
        let rows = table.end.as_ref().map_or(0, |end| end.rows_read).saturating_add(table.begun.rows_above + 1);
        if rows > SHEET_ROWS {
            return true;
        }
        let width = table.begun.cells.iter().flatten().max().map_or(1, |last| last + 1);
        cells = cells.saturating_add(rows.saturating_mul(width as u64));
    }
    cells > MAX_CELLS
}
