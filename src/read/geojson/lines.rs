//! Which line of a text a place stands in, for places that come in order.

/// Counts lines on from the place asked for last.
#[derive(Debug)]
pub(in crate::read) struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    /// Begins at the first line.
    pub(in crate::read) fn new(text: &'t str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line, from 1, in which a piece of the text begins; pieces must come in the order of the text.
    pub(in crate::read) fn of(&mut self, piece: &str) -> u64 {
        let to = piece.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        if let Some(between) = self.text.as_bytes().get(self.at..to) {
            self.line += memchr::memchr_iter(b'\n', between).count() as u64;
            self.at = to;
        }
        self.line
    }
}
