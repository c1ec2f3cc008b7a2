//! Rows that outlive the reader's hold on them, until it is clear what they are.

use crate::model::finding::Finding;
use crate::read::{Cell, Row};

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
    pub(super) fn of(row: &Row<'_>) -> Self {
        Self {
            number: row.number,
            cells: row.cells.iter().map(|cell| Held::of(*cell)).collect(),
            geometry: row.geometry.cloned(),
        }
    }

    /// The row of what stands in one column of several rows.
    pub(super) fn of_column(number: u64, rows: &[&Self], column: usize) -> Self {
        let cells = rows.iter().map(|row| row.cells.get(column).cloned().unwrap_or(Held::Empty)).collect();
        Self { number, cells, geometry: None }
    }

    /// The same row under another number.
    pub(super) fn numbered(&self, number: u64) -> Self {
        Self { number, ..self.clone() }
    }

    /// The texts of its cells.
    pub(super) fn texts(&self) -> Vec<String> {
        self.cells.iter().map(|cell| cell.cell().text().to_owned()).collect()
    }

    /// What is to be seen in it: the texts of its filled cells, a text that was spread over several of them once.
    pub(super) fn shown(&self) -> String {
        let mut seen: Vec<&str> = Vec::new();
        for cell in &self.cells {
            let found = text::trim(cell.cell().text());
            if !found.is_empty() && seen.last() != Some(&found) {
                seen.push(found);
            }
        }
        seen.join(" ")
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

/// What waits for a decision, in its order.
#[derive(Debug, Clone)]
pub(super) enum Waiting {
    /// A row.
    Row(HeldRow),
    /// A row the reader refused.
    Refused { row: u64, reason: Finding, cells: Vec<String> },
}

impl Waiting {
    pub(super) fn row(&self) -> Option<&HeldRow> {
        match self {
            Self::Row(row) => Some(row),
            Self::Refused { .. } => None,
        }
    }
}
