//! The cells of one row while it is put together: one text for all of them, kept and refilled.

use super::Cell;

/// What one cell is and where its text lies.
#[derive(Debug, Clone, Copy, Default)]
enum Slot {
    #[default]
    Empty,
    Text(usize, usize),
    Number(usize, usize),
    DateTime(usize, usize),
    Bool(bool),
}

/// How a piece of text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// [`Cell::Text`].
    Text,
    /// [`Cell::Number`].
    Number,
    /// [`Cell::DateTime`].
    DateTime,
}

/// The cells of a row.
#[derive(Debug, Default)]
pub(super) struct RowCells {
    scratch: String,
    slots: Vec<Slot>,
}

impl RowCells {
    /// Forgets all cells and makes this many empty ones.
    pub(super) fn reset(&mut self, width: usize) {
        self.scratch.clear();
        self.slots.clear();
        self.slots.resize(width, Slot::Empty);
    }

    /// Number of cells.
    pub(super) fn width(&self) -> usize {
        self.slots.len()
    }

    /// Whether the cell at this index is there and not empty.
    pub(super) fn is_filled(&self, index: usize) -> bool {
        self.slots.get(index).is_some_and(|slot| !matches!(slot, Slot::Empty))
    }

    /// Sets a cell, making the row as wide as needed. Empty text makes an empty cell.
    pub(super) fn set(&mut self, index: usize, meaning: Meaning, text: &str) {
        self.set_with(index, meaning, |scratch| scratch.push_str(text));
    }

    /// Sets a cell to what is appended to the text it is given.
    pub(super) fn set_with<T>(&mut self, index: usize, meaning: Meaning, write: impl FnOnce(&mut String) -> T) -> T {
        let from = self.scratch.len();
        let result = write(&mut self.scratch);
        let to = self.scratch.len();
        let slot = match meaning {
            _ if from == to => Slot::Empty,
            Meaning::Text => Slot::Text(from, to),
            Meaning::Number => Slot::Number(from, to),
            Meaning::DateTime => Slot::DateTime(from, to),
        };
        self.put(index, slot);
        result
    }

    /// Sets a cell to a truth value.
    pub(super) fn set_bool(&mut self, index: usize, value: bool) {
        self.put(index, Slot::Bool(value));
    }

    fn put(&mut self, index: usize, slot: Slot) {
        if index >= self.slots.len() {
            self.slots.resize(index + 1, Slot::Empty);
        }
        self.slots[index] = slot;
    }

    /// One cell as rows carry it.
    pub(super) fn cell(&self, index: usize) -> Cell<'_> {
        match self.slots.get(index).copied().unwrap_or_default() {
            Slot::Empty => Cell::Empty,
            Slot::Text(from, to) => Cell::Text(&self.scratch[from..to]),
            Slot::Number(from, to) => Cell::Number(&self.scratch[from..to]),
            Slot::DateTime(from, to) => Cell::DateTime(&self.scratch[from..to]),
            Slot::Bool(value) => Cell::Bool(value),
        }
    }

    /// The cells as rows carry them.
    pub(super) fn cells(&self) -> Vec<Cell<'_>> {
        (0..self.width()).map(|index| self.cell(index)).collect()
    }
}
