//! One sheet on its way to rows: cells are set, rows are ended, and what there is to say of them is said.

use std::ops::ControlFlow;

use super::format::{Format, moment, padded};
use super::layout::Layout;
use super::merges::Merges;
use super::place;
use super::refs::Refs;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::cells::{Meaning, RowCells};
use crate::read::control;
use crate::read::number::shortest_of;
use crate::read::{ReadError, ReadLimits, Row, RowSink, TableHead};

/// Rows of a sheet (ECMA-376; 2²⁰). Excel 97–2003 has 2¹⁶.
pub(in crate::read) const SHEET_ROWS: u32 = 1 << 20;

/// How the reading of a sheet ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::read) enum Done {
    /// It holds a table, which was pushed.
    Table,
    /// It holds no values.
    Blank,
    /// The sink wants no more.
    Stopped,
}

/// What a sheet begins with.
pub(in crate::read) struct Start<'a> {
    /// The sheet's name, where the workbook has several.
    pub(in crate::read) name: Option<String>,
    /// The name of the format: `XLSX`, `XLS`, `ODS`.
    pub(in crate::read) format: &'static str,
    /// Whether days are counted from 1904.
    pub(in crate::read) from_1904: bool,
    /// The merged ranges.
    pub(in crate::read) merges: Merges,
    /// The limits.
    pub(in crate::read) limits: &'a ReadLimits,
}

/// A sheet while it is read. Only cells with values make a row longer, so a cell far out costs nothing but its row.
pub(in crate::read) struct SheetTable<'a> {
    start: Start<'a>,
    sink: &'a mut dyn RowSink,
    cells_left: u64,
    cells: RowCells,
    row: u32,
    row_hidden: bool,
    begun: bool,
    rows: u64,
    hidden_rows: Vec<u64>,
    formulas: Refs,
    unseen: Refs,
    covered: Refs,
    layout: Layout,
}

impl<'a> SheetTable<'a> {
    /// Begins a sheet. `cells_left`: how many cells the workbook may still have.
    pub(in crate::read) fn new(start: Start<'a>, cells_left: u64, sink: &'a mut dyn RowSink) -> Self {
        Self {
            start,
            sink,
            cells_left,
            cells: RowCells::default(),
            row: 0,
            row_hidden: false,
            begun: false,
            rows: 0,
            hidden_rows: Vec::new(),
            formulas: Refs::default(),
            unseen: Refs::default(),
            covered: Refs::default(),
            layout: Layout::default(),
        }
    }

    /// The row that is being read, from 0.
    pub(in crate::read) fn row(&self) -> u32 {
        self.row
    }

    /// Begins a row, from 0.
    pub(in crate::read) fn start_row(&mut self, row: u32, hidden: bool) {
        (self.row, self.row_hidden) = (row, hidden);
        self.cells.reset(0);
    }

    /// Says a problem of one cell of the row.
    pub(in crate::read) fn tell(&mut self, code: FindingCode, column: usize, found: &str) {
        self.tell_at(code, (column, self.row), found);
    }

    /// Says a problem of any cell (column, row).
    pub(in crate::read) fn tell_at(&mut self, code: FindingCode, (column, row): (usize, u32), found: &str) {
        let place = Place {
            sheet: self.start.name.clone(),
            row: Some(u64::from(row) + 1),
            column: Some(place::letters(column)),
            cell: Some(place::name(column, row)),
        };
        self.sink.finding(Finding::new(code, place, found, ""));
    }

    /// Says what was found by whoever reads the sheet.
    pub(in crate::read) fn say(&mut self, finding: Finding) {
        self.sink.finding(finding);
    }

    /// Refuses a value beyond the columns that are read.
    pub(in crate::read) fn check_column(&self, column: usize) -> Result<(), ReadError> {
        let limit = self.start.limits.columns;
        if column < limit {
            return Ok(());
        }
        Err(ReadError::TooManyColumns { row: u64::from(self.row) + 1, found: column.saturating_add(1), limit })
    }

    /// Sets a cell to text.
    pub(in crate::read) fn text(&mut self, column: usize, text: &str) {
        self.cells.set(column, Meaning::Text, text);
    }

    /// Sets a cell to a truth value.
    pub(in crate::read) fn truth(&mut self, column: usize, value: bool) {
        self.cells.set_bool(column, value);
    }

    /// Sets a cell to a date or time that is written as ISO text.
    pub(in crate::read) fn date_time(&mut self, column: usize, text: &str) {
        self.cells.set(column, Meaning::DateTime, text);
    }

    /// Sets a cell to a number under its format, which may make it a date, a time or a code.
    pub(in crate::read) fn number(&mut self, column: usize, text: &str, format: Format) {
        let Some(short) = shortest_of(text) else {
            self.cells.set(column, Meaning::Text, text);
            return;
        };
        let value: f64 = short.parse().unwrap_or(f64::NAN);
        if let Some(code) = padded(&short, format) {
            // A person sees the leading zeros, so they belong to the value: codes are kept this way.
            self.cells.set(column, Meaning::Text, &code);
        } else if let Some(moment) = moment(value, format, self.start.from_1904) {
            self.cells.set(column, Meaning::DateTime, &moment);
        } else {
            self.cells.set(column, Meaning::Number, &short);
        }
    }

    /// Says that a cell holds an error instead of a value.
    pub(in crate::read) fn error(&mut self, column: usize, error: &str) {
        self.tell(FindingCode::CellError, column, error);
    }

    /// Counts a formula, of which the stored value was taken.
    pub(in crate::read) fn formula(&mut self, column: usize) {
        self.formulas.add(column, self.row);
    }

    /// Counts a value that its format does not show.
    pub(in crate::read) fn unseen(&mut self, column: usize) {
        self.unseen.add(column, self.row);
    }

    /// Ends the row and pushes it, where it holds a value.
    pub(in crate::read) fn end_row(&mut self) -> Result<ControlFlow<()>, ReadError> {
        self.layout.row(self.row, &self.cells);
        let spread = self.start.merges.spread(self.row, &mut self.cells);
        for reference in spread.begun {
            let place = Place {
                sheet: self.start.name.clone(),
                row: Some(u64::from(self.row) + 1),
                cell: Some(reference.clone()),
                ..Place::default()
            };
            self.sink.finding(Finding::new(FindingCode::MergedCells, place, &reference, ""));
        }
        spread.covered.iter().for_each(|column| self.covered.add(*column, self.row));
        let Some(last) = (0..self.cells.width()).rev().find(|column| self.cells.is_filled(*column)) else {
            return Ok(ControlFlow::Continue(()));
        };
        self.allow(1, last)?;
        let number = u64::from(self.row) + 1;
        if self.row_hidden {
            self.hidden_rows.push(number);
        }
        if !self.begun {
            self.begun = true;
            let head = TableHead {
                name: self.start.name.clone(),
                columns: None,
                crs: None,
                encoding: String::new(),
                format: self.start.format,
            };
            if self.sink.table(&head).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            // Said before the first row: numbers without a format may turn out to be days.
            if self.start.from_1904 {
                let place = Place { sheet: self.start.name.clone(), ..Place::default() };
                self.sink.finding(Finding::new(FindingCode::DaysFrom1904, place, "", ""));
            }
        }
        let cells = self.cells.cells();
        control::tell(number, self.start.name.as_deref(), &cells[..=last], self.sink);
        Ok(self.sink.row(&Row { number, cells: &cells[..=last], geometry: None }))
    }

    /// Ends a row that is there several times (OpenDocument). Blank rows cost nothing however many they are.
    pub(in crate::read) fn end_rows(&mut self, times: u32) -> Result<ControlFlow<()>, ReadError> {
        let (first, filled) = (self.row, (0..self.cells.width()).any(|column| self.cells.is_filled(column)));
        if filled && times > 1 {
            // Told before a single row is pushed, so that a bomb costs nothing.
            let rows = self.rows.saturating_add(u64::from(times));
            let cells = u64::from(times).saturating_mul(self.cells.width() as u64);
            if rows > self.start.limits.rows {
                return Err(ReadError::TooManyRows { limit: self.start.limits.rows });
            }
            if cells > self.cells_left {
                return Err(ReadError::TooManyCells { limit: self.start.limits.cells });
            }
        }
        for index in 0..if filled { times } else { times.min(1) } {
            self.row = first.saturating_add(index);
            if self.end_row()?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Gives back what was lent: the cells that are left, and the sink.
    pub(in crate::read) fn release(self) -> (u64, &'a mut dyn RowSink) {
        (self.cells_left, self.sink)
    }

    fn allow(&mut self, rows: u64, last: usize) -> Result<(), ReadError> {
        self.rows += rows;
        if self.rows > self.start.limits.rows {
            return Err(ReadError::TooManyRows { limit: self.start.limits.rows });
        }
        let left = self.cells_left.checked_sub(last as u64 + 1);
        self.cells_left = left.ok_or(ReadError::TooManyCells { limit: self.start.limits.cells })?;
        Ok(())
    }

    /// Ends the sheet: says what concerns all of it. Hidden columns are counted from 1, ascending.
    pub(in crate::read) fn finish(&mut self, hidden_columns: &[u64]) -> Done {
        if !self.begun {
            return Done::Blank;
        }
        let sheet = self.start.name.clone();
        let mut tell = |code, found: &str, expected: String, cell: Option<String>| {
            let place = Place { sheet: sheet.clone(), cell, ..Place::default() };
            self.sink.finding(Finding::new(code, place, found, expected));
        };
        let letters = |column: u64| place::letters(usize::try_from(column.saturating_sub(1)).unwrap_or(0));
        if let Some(cell) = place::first_run(&self.hidden_rows, |row| row.to_string()) {
            let runs = place::runs(&self.hidden_rows, |row| row.to_string());
            tell(FindingCode::HiddenContent, &format!("行({runs})"), format!("rows {runs}"), Some(cell));
        }
        if let Some(cell) = place::first_run(hidden_columns, letters) {
            let runs = place::runs(hidden_columns, letters);
            tell(FindingCode::HiddenContent, &format!("列({runs})"), format!("columns {runs}"), Some(cell));
        }
        for (refs, ja, en) in [
            (&self.unseen, "値(表示形式「;;;」のセル", "values (cells formatted ;;;: "),
            (&self.covered, "値(結合されたセルの下", "values (below merged cells: "),
        ] {
            if refs.count() > 0 {
                let list = refs.list();
                tell(FindingCode::HiddenContent, &format!("{ja} {list})"), format!("{en}{list})"), refs.first());
            }
        }
        for (refs, code) in [
            (&self.formulas, FindingCode::FormulaCached),
            (&self.layout.line_breaks, FindingCode::CellLineBreak),
            (&self.layout.spaced, FindingCode::CellSpaced),
        ] {
            if refs.count() > 0 {
                tell(code, &refs.count().to_string(), refs.list(), refs.first());
            }
        }
        Done::Table
    }
}
