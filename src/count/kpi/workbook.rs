//! The table as a workbook: numbers as numbers, the months on a sheet of their own.

use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::csv::HEAD;
use super::{Row, Table};

/// The workbook could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the workbook could not be written: {0}")]
pub struct WorkbookError(#[from] XlsxError);

impl Table {
    /// The bytes of an XLSX file.
    pub fn to_xlsx(&self) -> Result<Vec<u8>, WorkbookError> {
        let mut book = Workbook::new();
        // The time of making is part of the file otherwise, and two of the same table would differ.
        book.set_properties(
            &rust_xlsxwriter::DocProperties::new().set_title(format!("KPI {}", self.fiscal_year_title)),
        );
        let head = Format::new().set_bold().set_text_wrap();
        let wrapped = Format::new().set_text_wrap();
        let percent = Format::new().set_num_format("0.00%");
        let count = Format::new().set_num_format("#,##0");
        let mut sheet = Worksheet::new();
        sheet.set_name("指標")?;
        for (column, name) in (0_u16..).zip(HEAD) {
            sheet.write_string_with_format(0, column, name, &head)?;
        }
        for (line, row) in (1_u32..).zip(&self.rows) {
            main_line(&mut sheet, line, row, &count, &percent, &wrapped)?;
        }
        for (column, width) in [(0, 12.0), (1, 34.0), (8, 14.0), (10, 60.0), (12, 14.0), (14, 40.0), (15, 30.0)] {
            sheet.set_column_width(column, width)?;
        }
        sheet.set_freeze_panes(1, 2)?;
        book.push_worksheet(sheet);

        let mut sheet = Worksheet::new();
        sheet.set_name("月別")?;
        for (column, name) in
            (0_u16..).zip(["団体", "指標", "単位"].into_iter().chain(self.months.iter().map(String::as_str)))
        {
            sheet.write_string_with_format(0, column, name, &head)?;
        }
        for (line, row) in (1_u32..).zip(&self.rows) {
            sheet.write_string(line, 0, &row.organization_title)?;
            sheet.write_string(line, 1, row.name)?;
            sheet.write_string(line, 2, row.unit)?;
            for (column, value) in (3_u16..).zip(&row.months) {
                if let Some(value) = value {
                    sheet.write_number_with_format(line, column, *value as f64, &count)?;
                }
            }
        }
        sheet.set_column_width(1, 34.0)?;
        sheet.set_freeze_panes(1, 2)?;
        book.push_worksheet(sheet);
        Ok(book.save_to_buffer()?)
    }
}

fn main_line(
    sheet: &mut Worksheet,
    line: u32,
    row: &Row,
    count: &Format,
    percent: &Format,
    wrapped: &Format,
) -> Result<(), XlsxError> {
    for (column, text) in [
        (0, row.fiscal_year.as_str()),
        (1, row.name),
        (2, row.unit),
        (8, &row.definition),
        (11, &row.organization),
        (12, &row.organization_title),
        (14, row.projection_method),
        (15, &row.target_source),
    ] {
        sheet.write_string(line, column, text)?;
    }
    sheet.write_string_with_format(line, 10, &row.note, wrapped)?;
    if row.actual.is_none() {
        sheet.write_string(line, 4, row.absent)?;
    }
    for (column, value) in [(3, row.target), (4, row.actual), (6, row.previous), (13, row.projection)] {
        if let Some(value) = value {
            sheet.write_number_with_format(line, column, value as f64, count)?;
        }
    }
    if let Some(change) = row.change {
        sheet.write_number_with_format(line, 7, change as f64, count)?;
    }
    for (column, share) in [(5, row.achievement.map(|share| share / 100.0)), (9, row.coverage)] {
        if let Some(share) = share {
            sheet.write_number_with_format(line, column, share, percent)?;
        }
    }
    if let Some(day) = row.target_decided {
        sheet.write_string(line, 16, day.to_string())?;
    }
    Ok(())
}
