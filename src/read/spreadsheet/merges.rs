//! Merged cells: their one value is spread over all rows and columns they cover.

use super::place;
use crate::read::Cell;
use crate::read::cells::{Meaning, RowCells};

/// A merged range, from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::read) struct Merge {
    /// As the file writes it.
    pub(in crate::read) reference: String,
    first_column: usize,
    last_column: usize,
    first_row: u32,
    last_row: u32,
}

impl Merge {
    /// Reads a reference; `None` for one cell or for what is no range.
    pub(in crate::read) fn new(reference: String) -> Option<Self> {
        let (first_column, first_row, last_column, last_row) = place::range(&reference)?;
        let many = first_column != last_column || first_row != last_row;
        many.then_some(Self { reference, first_column, last_column, first_row, last_row })
    }

    /// A range by its corners (column, row), from 0; `None` for one cell or corners the wrong way round.
    pub(in crate::read) fn between(first: (usize, u32), last: (usize, u32)) -> Option<Self> {
        let ordered = first.0 <= last.0 && first.1 <= last.1 && first != last;
        ordered.then(|| Self {
            reference: place::range_name(first, last),
            first_column: first.0,
            last_column: last.0,
            first_row: first.1,
            last_row: last.1,
        })
    }
}

#[derive(Debug)]
enum Value {
    Text(Meaning, String),
    Bool(bool),
}

/// What spreading over one row has shown.
#[derive(Debug, Default)]
pub(in crate::read) struct Spread {
    /// Ranges that began in the row and hold a value.
    pub(in crate::read) begun: Vec<String>,
    /// Columns whose own value lies hidden below a range.
    pub(in crate::read) covered: Vec<usize>,
}

/// The merged ranges of one sheet, walked through row by row.
#[derive(Debug, Default)]
pub(in crate::read) struct Merges {
    /// Ranges that have not begun, the next one last.
    waiting: Vec<Merge>,
    active: Vec<(Merge, Value)>,
    width: usize,
}

impl Merges {
    /// Ranges in any order. Nothing is spread beyond `width` columns, the widest row that has values.
    pub(in crate::read) fn new(mut merges: Vec<Merge>, width: usize) -> Self {
        merges.sort_by_key(|merge| std::cmp::Reverse((merge.first_row, merge.first_column)));
        Self { waiting: merges, active: Vec::new(), width }
    }

    /// Spreads values into a row (from 0). A covered cell that has a value of its own keeps it.
    pub(in crate::read) fn spread(&mut self, row: u32, cells: &mut RowCells) -> Spread {
        let mut spread = Spread::default();
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
            spread.begun.push(merge.reference.clone());
            self.active.push((merge, value));
        }
        for (merge, value) in &self.active {
            let end = merge.last_column.saturating_add(1).min(self.width);
            for column in merge.first_column..end {
                if cells.is_filled(column) {
                    let origin = row == merge.first_row && column == merge.first_column;
                    spread.covered.extend((!origin).then_some(column));
                    continue;
                }
                match value {
                    Value::Text(meaning, text) => cells.set(column, *meaning, text),
                    Value::Bool(value) => cells.set_bool(column, *value),
                }
            }
        }
        spread
    }
}
