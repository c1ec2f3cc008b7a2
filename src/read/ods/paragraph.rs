//! The text of a cell: paragraphs, blanks that count and blanks that do not (OpenDocument 1.2 part 1, 6.1.2).

/// A text while it is put together.
#[derive(Debug, Default)]
pub(super) struct Paragraphs {
    text: String,
    count: usize,
    /// Whether blanks of the XML wait for a letter after them.
    waiting: bool,
    /// Length of the text where the paragraph began.
    began: usize,
}

impl Paragraphs {
    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        (self.count, self.waiting, self.began) = (0, false, 0);
    }

    /// Begins a paragraph; they are parted by line breaks.
    pub(super) fn begin(&mut self) {
        if self.count > 0 {
            self.text.push('\n');
        }
        self.count += 1;
        (self.waiting, self.began) = (false, self.text.len());
    }

    /// Adds text of the XML, in which any run of blanks is one, and none at the beginning or end of a paragraph.
    pub(super) fn push(&mut self, text: &str) {
        for letter in text.chars() {
            if matches!(letter, ' ' | '\t' | '\n' | '\r') {
                self.waiting = self.text.len() > self.began;
            } else {
                self.settle();
                self.text.push(letter);
            }
        }
    }

    /// Adds letters as they are: blanks by their number, tabs, line breaks.
    pub(super) fn push_exactly(&mut self, letter: char, times: usize) {
        self.settle();
        self.text.extend(std::iter::repeat_n(letter, times));
    }

    fn settle(&mut self) {
        if std::mem::take(&mut self.waiting) {
            self.text.push(' ');
        }
    }

    /// The text so far.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// How many paragraphs there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_count_only_where_they_are_meant() {
        let mut text = Paragraphs::default();
        text.begin();
        text.push("\n   a\n b ");
        text.push_exactly(' ', 2);
        text.push("c  ");
        text.begin();
        text.begin();
        text.push(" d");
        assert_eq!((text.text(), text.count()), ("a b   c\n\nd", 3));
        text.clear();
        assert_eq!((text.text(), text.count()), ("", 0));
    }
}
