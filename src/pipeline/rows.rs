//! Rows of a file as found, told by the worker: what a person looks at when the file itself is marked.
//!
//! Records say what a file means; a marked workbook and a table that looks like the file need its cells. Parsers run in
//! the worker only, so the parent asks for them with a job of their own.

use std::collections::HashSet;
use std::io::{self, Write};
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::frames::{Frame, write};
use crate::model::finding::Finding;
use crate::read::{Cell, Row, RowSink, TableHead};

/// Cells in one frame: about a megabyte of text.
const CELLS_PER_FRAME: usize = 20_000;

/// Which rows the worker is to tell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RowsWanted {
    /// Only these rows, by the name of their table; `None` = all.
    pub only: Option<Vec<(Option<String>, Vec<u64>)>>,
}

/// A table as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsTable {
    /// Sheet, layer or inner file.
    pub name: Option<String>,
    /// Its columns, where the format names them; else the header is among the rows.
    pub columns: Option<Vec<String>>,
    /// The format.
    pub format: String,
}

/// Some rows of a table, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RowsBatch {
    /// The number of each row as a person counts it, from 1, and its cells.
    pub rows: Vec<(u64, Vec<FoundCell>)>,
}

/// A cell as found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FoundCell {
    /// No cell, or an empty one.
    #[serde(rename = "-")]
    Empty,
    /// Text.
    #[serde(rename = "t")]
    Text(String),
    /// A number of the format; its shortest text.
    #[serde(rename = "n")]
    Number(String),
    /// A date or time of the format, as ISO text.
    #[serde(rename = "d")]
    DateTime(String),
    /// A truth value.
    #[serde(rename = "b")]
    Bool(bool),
}

impl FoundCell {
    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Empty => Self::Empty,
            Cell::Text(text) => Self::Text(text.to_owned()),
            Cell::Number(text) => Self::Number(text.to_owned()),
            Cell::DateTime(text) => Self::DateTime(text.to_owned()),
            Cell::Bool(value) => Self::Bool(value),
        }
    }

    /// Its text; empty for no cell.
    pub fn text(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Number(text) | Self::DateTime(text) => text,
            Self::Bool(true) => "TRUE",
            Self::Bool(false) => "FALSE",
        }
    }
}

/// Tells the rows of a file.
pub(super) struct RowTeller<'a> {
    only: Option<Vec<(Option<&'a str>, HashSet<u64>)>>,
    /// Which entry of `only` is meant by the table under way.
    table: Option<usize>,
    out: &'a mut dyn Write,
    waiting: RowsBatch,
    cells: usize,
    failed: Option<io::Error>,
}

impl<'a> RowTeller<'a> {
    pub(super) fn new(wanted: &'a RowsWanted, out: &'a mut dyn Write) -> Self {
        let only = wanted.only.as_ref().map(|tables| {
            tables.iter().map(|(name, rows)| (name.as_deref(), rows.iter().copied().collect())).collect()
        });
        Self { only, table: None, out, waiting: RowsBatch::default(), cells: 0, failed: None }
    }

    fn say(&mut self, frame: &Frame) -> ControlFlow<()> {
        if self.failed.is_some() {
            return ControlFlow::Break(());
        }
        match write(self.out, frame) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn flush(&mut self) -> ControlFlow<()> {
        if self.waiting.rows.is_empty() {
            return ControlFlow::Continue(());
        }
        self.cells = 0;
        let batch = std::mem::take(&mut self.waiting);
        self.say(&Frame::RowsBatch(Box::new(batch)))
    }

    fn push(&mut self, row: u64, cells: impl Iterator<Item = FoundCell>) -> ControlFlow<()> {
        if let Some(only) = &self.only {
            let is_wanted = self.table.and_then(|at| only.get(at)).is_some_and(|(_, rows)| rows.contains(&row));
            if !is_wanted {
                return ControlFlow::Continue(());
            }
        }
        let cells: Vec<FoundCell> = cells.collect();
        self.cells += cells.len() + 1;
        self.waiting.rows.push((row, cells));
        if self.cells >= CELLS_PER_FRAME { self.flush() } else { ControlFlow::Continue(()) }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        // A failure is kept and told below.
        let _ = self.flush();
        self.failed.map_or(Ok(()), Err)
    }
}

impl RowSink for RowTeller<'_> {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.flush()?;
        let name = head.name.as_deref();
        self.table = self.only.as_ref().and_then(|only| only.iter().position(|(wanted, _)| *wanted == name));
        self.say(&Frame::RowsTable(Box::new(RowsTable {
            name: head.name.clone(),
            columns: head.columns.clone(),
            format: head.format.to_owned(),
        })))
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        self.push(row.number, row.cells.iter().map(|cell| FoundCell::of(*cell)))
    }

    fn finding(&mut self, _finding: Finding) {}

    fn refused(&mut self, row: u64, _reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        self.push(row, cells.into_iter().map(FoundCell::Text))
    }
}
