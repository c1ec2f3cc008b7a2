//! A first look over all sheets: number formats, what is merged, what is hidden.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::walk::{Found, walk};
use crate::read::spreadsheet::{Beside, Format, Merge, Merges, SHEET_ROWS, Shown};
use crate::read::{ReadError, ReadLimits};

/// Most styles of a workbook: Excel allows 4,000, later versions 64,000.
const MAX_STYLES: usize = 64_000;

/// One sheet.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) shown: Shown,
    pub(super) merges: Merges,
    /// Hidden columns, from 1, ascending.
    pub(super) hidden_columns: Vec<u64>,
    pub(super) beside: Beside,
}

/// What the first look saw.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) sheets: Vec<Sheet>,
    /// Number formats by the name of the style.
    pub(super) formats: HashMap<String, Format>,
    pub(super) from_1904: bool,
    pub(super) has_author: bool,
    merges: Vec<Merge>,
    width: usize,
    row: u32,
}

impl Survey {
    /// Looks over a workbook.
    pub(super) fn of(text: &str, limits: &ReadLimits) -> Result<Self, ReadError> {
        let mut survey = Self::default();
        walk(text, limits, &mut |found| survey.see(&found, limits).map(ControlFlow::Continue))?;
        Ok(survey)
    }

    fn see(&mut self, found: &Found<'_>, limits: &ReadLimits) -> Result<(), ReadError> {
        match found {
            Found::Style { name, parent, format } => {
                if self.formats.len() >= MAX_STYLES {
                    return Err(ReadError::TooManyParts { what: "styles", limit: MAX_STYLES });
                }
                let inherited = || self.formats.get(*parent).copied().unwrap_or_default();
                let format = format.map_or_else(inherited, named);
                self.formats.insert((*name).to_owned(), format);
            }
            Found::From1904 => self.from_1904 = true,
            Found::Author => self.has_author = true,
            Found::Sheet(name) => {
                if self.sheets.len() >= limits.sheets {
                    return Err(ReadError::TooManyParts { what: "sheets", limit: limits.sheets });
                }
                self.sheets.push(Sheet { name: (*name).to_owned(), ..Sheet::default() });
                (self.merges, self.width) = (Vec::new(), 0);
            }
            Found::HiddenColumns(first, last) => {
                if let Some(sheet) = self.sheets.last_mut() {
                    // Columns beyond those that can be read hold nothing; programs hide them to the sheet's end.
                    let last = (*last).min(limits.columns.saturating_sub(1));
                    sheet.hidden_columns.extend((*first..=last).map(|column| column as u64 + 1));
                }
            }
            Found::Row { row, .. } => self.row = *row,
            Found::Cell(cell) => {
                if !cell.text.is_empty() && cell.kind != "Error" {
                    self.width = self.width.max(cell.column.saturating_add(cell.across).saturating_add(1));
                }
                if (cell.across, cell.down) != (0, 0) && self.row < SHEET_ROWS {
                    if self.merges.len() >= limits.merges {
                        return Err(ReadError::TooManyParts { what: "merged ranges", limit: limits.merges });
                    }
                    let last = (
                        cell.column.saturating_add(cell.across).min(1 << 20),
                        self.row.saturating_add(cell.down).min(SHEET_ROWS),
                    );
                    self.merges.extend(Merge::between((cell.column, self.row), last));
                }
                if cell.has_comment
                    && let Some(sheet) = self.sheets.last_mut()
                {
                    sheet.beside.comments.add(cell.column, self.row);
                }
            }
            Found::EndRow => {}
            Found::Hidden(forever) => {
                if let Some(sheet) = self.sheets.last_mut() {
                    sheet.shown = if *forever { Shown::Never } else { Shown::No };
                }
            }
            Found::EndSheet => {
                if let Some(sheet) = self.sheets.last_mut() {
                    sheet.merges = Merges::new(std::mem::take(&mut self.merges), self.width.min(limits.columns));
                }
            }
        }
        Ok(())
    }
}

/// A number format: these files name the usual ones in English, whatever the language of the program.
fn named(format: &str) -> Format {
    match format {
        "Short Date" | "Medium Date" | "Long Date" => Format::Date,
        "Short Time" | "Medium Time" | "Long Time" => Format::Time,
        "General Date" => Format::DateTime,
        "" | "General" | "General Number" | "Currency" | "Euro Currency" | "Fixed" | "Standard" | "Percent"
        | "Scientific" | "Yes/No" | "True/False" | "On/Off" => Format::Number,
        code => Format::of_code(code),
    }
}
