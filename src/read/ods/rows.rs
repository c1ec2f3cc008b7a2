//! The second walk: rows to the sink.

use std::ops::ControlFlow;

use super::cell::{Value, meaning};
use super::content::{Drawn, SeenCell, Visit};
use super::survey::Table;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::spreadsheet::{Beside, Done, Format, SHEET_ROWS, SheetTable, Start};
use crate::read::{ReadError, ReadLimits, RowSink};

/// The second walk.
#[expect(clippy::struct_excessive_bools, reason = "each says one thing of the walk; no two exclude each other")]
pub(super) struct Reading<'a> {
    /// Sheets that are still to come, the next one last.
    waiting: Vec<Table>,
    several: bool,
    limits: &'a ReadLimits,
    /// Between two sheets; within one its table has it.
    sink: Option<&'a mut dyn RowSink>,
    cells_left: u64,
    table: Option<SheetTable<'a>>,
    name: String,
    named: bool,
    skipped: bool,
    row: u32,
    row_hidden: bool,
    column: usize,
    /// The next column of those that are declared.
    declared: u64,
    hidden_columns: Vec<u64>,
    beside: Beside,
    /// Whether the sink wants no more.
    pub(super) stopped: bool,
    /// Sheets that held a table.
    pub(super) read: u64,
}

impl<'a> Reading<'a> {
    /// Begins. `several`: whether more than one sheet is shown.
    pub(super) fn new(
        mut tables: Vec<Table>,
        several: bool,
        limits: &'a ReadLimits,
        sink: &'a mut dyn RowSink,
    ) -> Self {
        tables.reverse();
        Self {
            waiting: tables,
            several,
            limits,
            sink: Some(sink),
            cells_left: limits.cells,
            table: None,
            name: String::new(),
            named: false,
            skipped: false,
            row: 0,
            row_hidden: false,
            column: 0,
            declared: 0,
            hidden_columns: Vec::new(),
            beside: Beside::default(),
            stopped: false,
            read: 0,
        }
    }

    fn sheet_name(&self) -> Option<String> {
        self.named.then(|| self.name.clone())
    }
}

impl Visit for Reading<'_> {
    fn table(&mut self, name: &str, _: bool) -> Result<(), ReadError> {
        let found = self.waiting.pop().unwrap_or_default();
        name.clone_into(&mut self.name);
        self.skipped = !found.is_read();
        self.named = self.several || self.skipped;
        (self.row, self.row_hidden, self.column, self.declared) = (0, false, 0, 0);
        (self.hidden_columns, self.beside) = (Vec::new(), Beside::default());
        let Some(sink) = self.sink.take() else { return Ok(()) };
        if self.skipped {
            match &found.source {
                Some(file) => {
                    let place = Place { sheet: self.sheet_name(), ..Place::default() };
                    sink.finding(Finding::new(FindingCode::ExternalLink, place, file, ""));
                }
                None => found.shown.tell(name, sink),
            }
            self.sink = Some(sink);
            return Ok(());
        }
        let start = Start {
            name: self.sheet_name(),
            format: "ODS",
            from_1904: false,
            merges: found.merges,
            limits: self.limits,
        };
        self.table = Some(SheetTable::new(start, self.cells_left, sink));
        Ok(())
    }

    fn source(&mut self, _: &str) {}

    fn columns(&mut self, times: u32, hidden: bool) {
        let end = self.declared.saturating_add(u64::from(times));
        if hidden {
            // Columns beyond those that can be read hold nothing; programs hide them to the sheet's end.
            self.hidden_columns.extend(self.declared + 1..=end.min(self.limits.columns as u64));
        }
        self.declared = end;
    }

    fn row(&mut self, hidden: bool) -> Result<(), ReadError> {
        (self.column, self.row_hidden) = (0, hidden);
        if let Some(table) = &mut self.table {
            table.start_row(self.row, hidden);
        }
        Ok(())
    }

    fn cell(&mut self, cell: &SeenCell<'_>) -> Result<(), ReadError> {
        let first = self.column;
        let next = first.saturating_add(cell.attributes.repeat as usize);
        self.column = next;
        let Some(table) = &mut self.table else { return Ok(()) };
        let value = meaning(cell.attributes, cell.text, cell.paragraphs);
        if value == Value::Empty && !cell.attributes.has_formula {
            return Ok(());
        }
        // A blank formula may be there to the sheet's end; what says something must lie where it can be read.
        let end = if value == Value::Empty { next.min(self.limits.columns) } else { next };
        table.check_column(end.saturating_sub(1))?;
        if self.row >= SHEET_ROWS && value != Value::Empty {
            return Err(ReadError::TooManyRows { limit: u64::from(SHEET_ROWS) });
        }
        for column in first..end {
            if cell.attributes.has_formula {
                table.formula(column);
            }
            match &value {
                Value::Empty => {}
                Value::Text(text) => table.text(column, text),
                Value::Number(text) => table.number(column, text, Format::Number),
                Value::Unseen(text) => {
                    table.number(column, text, Format::Number);
                    table.unseen(column);
                }
                Value::Moment(text) => table.date_time(column, text),
                Value::Truth(value) => table.truth(column, *value),
                Value::Error(name) => table.error(column, name),
            }
        }
        Ok(())
    }

    fn drawn(&mut self, what: Drawn) {
        let refs = match what {
            Drawn::Comment => &mut self.beside.comments,
            Drawn::Picture => &mut self.beside.pictures,
            Drawn::Shape => &mut self.beside.shapes,
            Drawn::Chart => &mut self.beside.charts,
            Drawn::Object => &mut self.beside.objects,
        };
        refs.add(self.column, self.row);
    }

    fn end_row(&mut self, times: u32) -> Result<ControlFlow<()>, ReadError> {
        let flow = match &mut self.table {
            Some(table) => table.end_rows(times)?,
            None => ControlFlow::Continue(()),
        };
        self.row = self.row.saturating_add(times);
        self.stopped |= flow.is_break();
        Ok(flow)
    }

    fn end_table(&mut self) {
        let name = self.sheet_name();
        if let Some(mut table) = self.table.take() {
            let done = table.finish(&self.hidden_columns);
            let (left, sink) = table.release();
            (self.cells_left, self.sink) = (left, Some(sink));
            self.read += u64::from(done == Done::Table);
            if done == Done::Blank
                && let Some(sink) = &mut self.sink
            {
                let place = Place { sheet: Some(self.name.clone()), ..Place::default() };
                sink.finding(Finding::new(FindingCode::SheetSkipped, place, &self.name, ""));
            }
        }
        if let Some(sink) = &mut self.sink {
            self.beside.tell(name.as_deref(), *sink);
        }
    }

    fn name(&mut self, _: &str, _: &str) {}

    fn changes(&mut self) {}
}
