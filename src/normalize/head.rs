//! The opening of a table: its first rows are held back until it is clear where the header stands.

use crate::model::finding::Finding;
use crate::read::{Cell, Row, TableHead};
use crate::schema::{Binding, HEADER_SEARCH_ROWS, Schemas};

use super::text;

/// A cell that outlives its row.
#[derive(Debug, Clone, PartialEq)]
enum Held {
    Empty,
    Text(String),
    Number(String),
    DateTime(String),
    Bool(bool),
}

impl Held {
    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Empty => Self::Empty,
            Cell::Text(text) => Self::Text(text.to_owned()),
            Cell::Number(text) => Self::Number(text.to_owned()),
            Cell::DateTime(text) => Self::DateTime(text.to_owned()),
            Cell::Bool(value) => Self::Bool(value),
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Empty => Cell::Empty,
            Self::Text(text) => Cell::Text(text),
            Self::Number(text) => Cell::Number(text),
            Self::DateTime(text) => Cell::DateTime(text),
            Self::Bool(value) => Cell::Bool(*value),
        }
    }
}

/// A row held back.
#[derive(Debug, Clone)]
pub(super) struct HeldRow {
    /// Its number in the file.
    pub(super) number: u64,
    cells: Vec<Held>,
    geometry: Option<geo_types::Geometry<f64>>,
}

impl HeldRow {
    fn of(row: &Row<'_>) -> Self {
        Self {
            number: row.number,
            cells: row.cells.iter().map(|cell| Held::of(*cell)).collect(),
            geometry: row.geometry.cloned(),
        }
    }

    /// The texts of its cells.
    pub(super) fn texts(&self) -> Vec<String> {
        self.cells.iter().map(|cell| cell.cell().text().to_owned()).collect()
    }

    /// Hands the row on as it came.
    pub(super) fn replay<R>(&self, to: impl FnOnce(&Row<'_>) -> R) -> R {
        let cells: Vec<Cell<'_>> = self.cells.iter().map(Held::cell).collect();
        to(&Row { number: self.number, cells: &cells, geometry: self.geometry.as_ref() })
    }

    pub(super) fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| text::is_blank(cell.cell().text()))
    }
}

/// What came while the header was looked for, in its order.
#[derive(Debug)]
pub(super) enum Pending {
    /// A row.
    Row(HeldRow),
    /// A row the reader refused.
    Refused { row: u64, reason: Finding, cells: Vec<String> },
}

/// The opening of one table.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) head: TableHead,
    pub(super) pending: Vec<Pending>,
    pub(super) findings: Vec<Finding>,
    rows: usize,
}

/// Where the header stands and what it says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    /// Its cells; empty where there is no header.
    pub(super) cells: Vec<String>,
    /// Its place among the rows held back; of no meaning where there is none.
    pub(super) at: usize,
    /// How many of the rows held back stand above the data, the header among them.
    pub(super) above: usize,
    /// Whether a header was found.
    pub(super) is_found: bool,
    /// The sheet it belongs to.
    pub(super) binding: Option<Binding>,
}

impl Opening {
    pub(super) fn new(head: &TableHead) -> Self {
        Self { head: head.clone(), pending: Vec::new(), findings: Vec::new(), rows: 0 }
    }

    /// Holds a row back; `true` when enough are held to decide.
    pub(super) fn push(&mut self, row: &Row<'_>) -> bool {
        self.pending.push(Pending::Row(HeldRow::of(row)));
        self.rows += 1;
        self.rows >= HEADER_SEARCH_ROWS
    }

    /// The rows held back.
    pub(super) fn rows(&self) -> impl Iterator<Item = &HeldRow> {
        self.pending.iter().filter_map(|pending| match pending {
            Pending::Row(row) => Some(row),
            Pending::Refused { .. } => None,
        })
    }

    /// Whether the columns are known already, because the format names them.
    pub(super) fn is_named(&self) -> bool {
        self.head.columns.is_some()
    }

    /// Finds the header.
    pub(super) fn decide(&self, schemas: &Schemas, file_name: &str) -> Header {
        if let Some(columns) = &self.head.columns {
            let binding = schemas.bind_named(columns, Some(file_name));
            return Header { cells: columns.clone(), at: 0, above: 0, is_found: true, binding };
        }
        let texts: Vec<Vec<String>> = self.rows().map(HeldRow::texts).collect();
        let guess = schemas.find_header_named(&texts, Some(file_name));
        match guess.row {
            Some(at) => {
                let cells = texts.get(at).cloned().unwrap_or_default();
                let above = at + 1 + linkdata_rows(&cells, &texts[at + 1..]);
                Header { cells, at, above, is_found: true, binding: guess.binding }
            }
            None => Header { cells: Vec::new(), at: 0, above: 0, is_found: false, binding: None },
        }
    }
}

/// LinkData exports have a header beginning with `#property`, and below it rows beginning with `#` that say what its
/// columns are; how many those are.
fn linkdata_rows(header: &[String], below: &[Vec<String>]) -> usize {
    let begins = |row: &[String], with: &str| row.first().is_some_and(|cell| cell.starts_with(with));
    if !begins(header, "#property") {
        return 0;
    }
    below.iter().take_while(|row| begins(row, "#")).count()
}
