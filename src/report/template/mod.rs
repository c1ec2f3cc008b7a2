//! Empty sheets of the standard as workbooks, generated from `schemas/`.
//!
//! A template has four sheets: the data (a header that cannot be changed by mistake, and free cells below), an example,
//! the meaning of each field, and how to use it. Cells of codes, telephone numbers, dates and times are text, so that
//! Excel destroys none of them; code lists are drop-downs; every header has a note and every cell a prompt. The mark of a
//! field stands in its header by colour and in words, drawn by the cell's format: the cell's value is the field's exact
//! name, so that a filled template binds to its sheet.
//!
//! Only the first sheet is data: the worker passes over the others by their names
//! ([`crate::pipeline::auxiliary::SHEETS`]).

mod data;
mod dictionary;
mod examples;
mod guidance;

use rust_xlsxwriter::Workbook;

use super::ReportError;
use super::workbook::properties;
use crate::schema::{Schemas, Sheet};

pub use examples::example;
pub use guidance::guidance;

/// The name of the sheet that takes the data.
pub const DATA_SHEET: &str = "データ";

/// Fewest fields of a sheet that a template is made of: with fewer no table can be told from any other list.
pub const MIN_FIELDS: usize = 4;

/// Whether a template can be made of a sheet.
pub fn has_template(sheet: &Sheet) -> bool {
    sheet.fields.len() >= MIN_FIELDS
}

/// The sheets of which templates can be made, by number.
pub fn sheets() -> impl Iterator<Item = &'static Sheet> {
    Schemas::bundled().sheets().iter().filter(|sheet| has_template(sheet))
}

/// The name of a sheet's template: `template_08_aed.xlsx`.
pub fn file_name(sheet: &Sheet) -> String {
    format!("template_{}_{}.xlsx", sheet.number, sheet.slug)
}

/// The template of a sheet as the bytes of a workbook. The same sheet gives the same bytes.
///
/// # Errors
/// Where the workbook cannot be put together.
pub fn template(sheet: &Sheet) -> Result<Vec<u8>, ReportError> {
    let mut book = Workbook::new();
    book.push_worksheet(data::sheet(sheet)?);
    book.push_worksheet(data::example_sheet(sheet)?);
    book.push_worksheet(dictionary::fields(sheet)?);
    book.push_worksheet(dictionary::how_to(sheet)?);
    book.set_properties(&properties(&format!("{} {}", sheet.number, sheet.title))?);
    Ok(book.save_to_buffer()?)
}
