//! References of cells for one finding: the first of them and how many there are.

use super::place;

/// References quoted in one finding; a person who mends ten cells looks for the rest as well.
const KEPT: usize = 10;

/// Cells counted, the first of them by name.
#[derive(Debug, Default, Clone)]
pub(in crate::read) struct Refs {
    count: u64,
    first: Vec<String>,
}

impl Refs {
    /// Adds a cell by its column and row, both from 0.
    pub(in crate::read) fn add(&mut self, column: usize, row: u32) {
        if self.first.len() < KEPT {
            self.first.push(place::name(column, row));
        }
        self.count += 1;
    }

    /// Adds a reference that is written already.
    pub(in crate::read) fn add_named(&mut self, reference: &str) {
        if self.first.len() < KEPT {
            self.first.push(reference.chars().take(40).collect());
        }
        self.count += 1;
    }

    /// How many there are.
    pub(in crate::read) fn count(&self) -> u64 {
        self.count
    }

    /// The first of them.
    pub(in crate::read) fn first(&self) -> Option<String> {
        self.first.first().cloned()
    }

    /// The first ten, `…` where there are more.
    pub(in crate::read) fn list(&self) -> String {
        let more = if self.count > self.first.len() as u64 { " …" } else { "" };
        self.first.join(", ") + more
    }
}
