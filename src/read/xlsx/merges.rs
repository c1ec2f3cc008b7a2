//! Merged cells: their one value is spread over all rows and columns they cover.

use super::place;
use crate::read::Cell;
use crate::read::cells::{Meaning, RowCells};

/// A merged range, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Merge {
    /// As the file writes it.
    pub(super) reference: String,
    first_column: usize,
    last_column: usize,
    first_row: u32,
    last_row: u32,
}

impl Merge {
    /// Reads a reference; `None` for one cell or for what is no range.
    pub(super) fn new(reference: String) -> Option<Self> {
        let (first_column, first_row, last_column, last_row) = place::range(&reference)?;
        let many = first_column != last_column || first_row != last_row;
        many.then_some(Self { reference, first_column, last_column, first_row, last_row })
    }
}

#[derive(Debug)]
enum Value {
    Text(Meaning, String),
    Bool(bool),
}

/// The merged ranges of one sheet, walked through row by row.
#[derive(Debug, Default)]
pub(super) struct Merges {
    /// Ranges that have not begun, the next one last.
    waiting: Vec<Merge>,
    active: Vec<(Merge, Value)>,
    width: usize,
}

impl Merges {
    /// Ranges in any order. Nothing is spread beyond `width` columns, the widest row that has values.
    pub(super) fn new(mut merges: Vec<Merge>, width: usize) -> Self {
        merges.sort_by_key(|merge| std::cmp::Reverse((merge.first_row, merge.first_column)));
        Self { waiting: merges, active: Vec::new(), width }
    }

    /// Spreads values into a row (from 0) and gives the ranges that began in it and hold a value.
    pub(super) fn spread(&mut self, row: u32, cells: &mut RowCells) -> Vec<String> {
        let mut begun = Vec::new();
        self.active.retain(|(merge, _)| merge.last_row >= row);
        while let Some(merge) = self.waiting.pop_if(|merge| merge.first_row <= row) {
            // A range whose first row has no cells at all has no value; one that overlaps another is no valid range.
            let overlaps = self
                .active
                .iter()
                .any(|(other, _)| other.first_column <= merge.last_column && merge.first_column <= other.last_column);
            if merge.first_row < row || overlaps {
                continue;
            }
            let value = match cells.cell(merge.first_column) {
                Cell::Empty => continue,
                Cell::Text(text) => Value::Text(Meaning::Text, text.to_owned()),
                Cell::Number(text) => Value::Text(Meaning::Number, text.to_owned()),
                Cell::DateTime(text) => Value::Text(Meaning::DateTime, text.to_owned()),
                Cell::Bool(value) => Value::Bool(value),
            };
            begun.push(merge.reference.clone());
            self.active.push((merge, value));
        }
        for (merge, value) in &self.active {
            let end = merge.last_column.saturating_add(1).min(self.width);
            for column in (merge.first_column..end).filter(|column| !cells.is_filled(*column)).collect::<Vec<_>>() {
                match value {
                    Value::Text(meaning, text) => cells.set(column, *meaning, text),
                    Value::Bool(value) => cells.set_bool(column, *value),
                }
            }
        }
        begun
    }
}
