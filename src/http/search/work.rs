//! A bound on the work of one search, whatever it asks.
//!
//! Every list that is walked and every text that is looked at is paid for before it is touched. A unit is some ten
//! nanoseconds; an ordinary search over 100,000 datasets takes some ten thousand.

use std::cell::Cell;

/// Units one search may take: some 20 ms.
const LIMIT: usize = 3_000_000;

/// What is left.
#[derive(Debug)]
pub(super) struct Work {
    left: Cell<usize>,
}

impl Default for Work {
    fn default() -> Self {
        Self { left: Cell::new(LIMIT) }
    }
}

impl Work {
    /// Takes so much of it; false where it is used up.
    pub(super) fn spend(&self, units: usize) -> bool {
        let left = self.left.get().saturating_sub(units);
        self.left.set(left);
        left > 0
    }

    /// Whether a search was cut short.
    pub(super) fn is_used_up(&self) -> bool {
        self.left.get() == 0
    }

    /// A share of what is left, for something that helps and is not necessary: what it does not use stays.
    pub(super) fn within<T>(&self, units: usize, some: impl FnOnce(&Self) -> T) -> T {
        let share = Self { left: Cell::new(units.min(self.left.get())) };
        let before = share.left.get();
        let done = some(&share);
        self.spend(before - share.left.get());
        done
    }
}
