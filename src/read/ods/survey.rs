//! A first look over all sheets: how wide each is, what is merged, what is hidden.

use std::ops::ControlFlow;

use super::cell::{Value, meaning};
use super::content::{Drawn, SeenCell, Visit};
use crate::read::spreadsheet::{Merge, Merges, SHEET_ROWS, Shown};
use crate::read::{ReadError, ReadLimits};

/// One sheet.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Whether it is shown.
    pub(super) shown: Shown,
    /// The file it is a copy of.
    pub(super) source: Option<String>,
    /// Its merged ranges.
    pub(super) merges: Merges,
}

/// What points out of the document or back into its past.
#[derive(Debug, Default)]
pub(super) struct Outside {
    /// Defined names with the file they point to.
    pub(super) names: Vec<(String, String)>,
    /// Whether earlier values are kept.
    pub(super) has_changes: bool,
}

/// The first look.
pub(super) struct Survey<'a> {
    /// The sheets in order.
    pub(super) tables: Vec<Table>,
    /// What points elsewhere.
    pub(super) outside: Outside,
    limits: &'a ReadLimits,
    merges: Vec<Merge>,
    width: usize,
    row: u32,
    column: usize,
}

impl<'a> Survey<'a> {
    /// Begins.
    pub(super) fn new(limits: &'a ReadLimits) -> Self {
        Self {
            tables: Vec::new(),
            outside: Outside::default(),
            limits,
            merges: Vec::new(),
            width: 0,
            row: 0,
            column: 0,
        }
    }
}

/// The file of a reference to another one: `'file:///C:/台帳/名簿.ods'#$Sheet1.A1`.
fn file_of(target: &str) -> Option<String> {
    let (_, path) = target.split_once("://")?;
    let path = path.split(['#', '\'']).next().unwrap_or(path);
    Some(path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned())
}

impl Visit for Survey<'_> {
    fn table(&mut self, _: &str, hidden: bool) -> Result<(), ReadError> {
        if self.tables.len() >= self.limits.sheets {
            return Err(ReadError::TooManyParts { what: "sheets", limit: self.limits.sheets });
        }
        let shown = if hidden { Shown::No } else { Shown::Yes };
        self.tables.push(Table { shown, ..Table::default() });
        (self.merges, self.width, self.row, self.column) = (Vec::new(), 0, 0, 0);
        Ok(())
    }

    fn source(&mut self, target: &str) {
        if let Some(table) = self.tables.last_mut() {
            table.source =
                Some(file_of(target).unwrap_or_else(|| target.rsplit(['/', '\\']).next().unwrap_or("").to_owned()));
        }
    }

    fn columns(&mut self, _: u32, _: bool) {}

    fn row(&mut self, _: bool) -> Result<(), ReadError> {
        self.column = 0;
        Ok(())
    }

    fn cell(&mut self, cell: &SeenCell<'_>) -> Result<(), ReadError> {
        let (repeat, spans) = (cell.attributes.repeat as usize, cell.attributes.spans);
        let next = self.column.saturating_add(repeat);
        let filled = !matches!(meaning(cell.attributes, cell.text, cell.paragraphs), Value::Empty | Value::Error(_));
        if filled {
            self.width = self.width.max(next);
        }
        if spans != (1, 1) && self.row < SHEET_ROWS {
            if self.merges.len() >= self.limits.merges {
                return Err(ReadError::TooManyParts { what: "merged ranges", limit: self.limits.merges });
            }
            let last = (
                self.column.saturating_add(spans.0 as usize - 1).min(1 << 20),
                self.row.saturating_add(spans.1 - 1).min(SHEET_ROWS),
            );
            self.merges.extend(Merge::between((self.column, self.row), last));
        }
        self.column = next;
        Ok(())
    }

    fn drawn(&mut self, _: Drawn) {}

    fn end_row(&mut self, times: u32) -> Result<ControlFlow<()>, ReadError> {
        self.row = self.row.saturating_add(times);
        Ok(ControlFlow::Continue(()))
    }

    fn end_table(&mut self) {
        if let Some(table) = self.tables.last_mut() {
            table.merges = Merges::new(std::mem::take(&mut self.merges), self.width.min(self.limits.columns));
        }
    }

    fn name(&mut self, name: &str, target: &str) {
        if self.outside.names.len() < self.limits.sheets {
            self.outside.names.extend(file_of(target).map(|file| (name.to_owned(), file)));
        }
    }

    fn changes(&mut self) {
        self.outside.has_changes = true;
    }
}
