//! Strings that the cells of a workbook share.

/// Shared strings, one after the other in one text.
#[derive(Debug, Default)]
pub(in crate::read) struct Strings {
    text: String,
    ends: Vec<usize>,
}

impl Strings {
    /// The string at this index.
    pub(in crate::read) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..end)
    }

    /// Adds the next one.
    pub(in crate::read) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }
}
