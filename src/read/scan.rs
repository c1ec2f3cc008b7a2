//! Records of delimited text: RFC 4180 with any line ending, and a way on where quotation marks are broken.

/// One cell of a record: a piece of the text, or of the scratch where doubled quotation marks were undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// Bytes of the text.
    Text(usize, usize),
    /// Bytes of [`Record::scratch`].
    Scratch(usize, usize),
}

/// A record as scanned; kept and refilled so that rows need no allocation.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// Its cells, at most one more than the scanner was told.
    pub(super) cells: Vec<Span>,
    /// How many cells it has.
    pub(super) width: usize,
    /// Cells that are not a piece of the text as it stands.
    pub(super) scratch: String,
    /// Where the first broken quotation mark of the record stands.
    pub(super) broken_at: Option<usize>,
}

/// What [`Scanner::next`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// A record.
    Record,
    /// The text ends before it is clear where the record ends; the scanner stands at its beginning again.
    Cut,
    /// Nothing more.
    End,
}

/// How a scanner reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    /// One ASCII byte.
    pub(super) delimiter: u8,
    /// Bytes of a quoted cell beyond which it is taken as never closed.
    pub(super) cell_bytes: usize,
    /// Line breaks of a quoted cell beyond which it is taken as never closed.
    pub(super) cell_lines: usize,
    /// Cells of a record that are kept; one more is, so that it is seen that there are more.
    pub(super) cells: usize,
}

/// Walks over the records of a text, or of a piece of it.
pub(super) struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    manner: Manner,
    /// Whether the text ends where the piece does.
    is_last: bool,
    /// Whether a decision would need what comes after the piece.
    is_cut: bool,
}

/// Where a quoted cell ends.
enum Quoted {
    /// It closes properly; the text between the marks, whether marks inside are doubled, where the cell ends.
    Whole { end: usize, doubled: bool, stray: Option<usize>, next: usize },
    /// The opening mark is never closed.
    Open,
}

impl<'t> Scanner<'t> {
    /// A scanner at the beginning of a piece of text; `is_last` where nothing comes after it.
    pub(super) fn new(text: &'t str, is_last: bool, manner: Manner) -> Self {
        // A control-Z ends files of old programs; what follows the last line is no record.
        let bytes = text.strip_suffix('\u{1A}').filter(|_| is_last).unwrap_or(text).as_bytes();
        Self { text, bytes, at: 0, manner, is_last, is_cut: false }
    }

    /// The byte the next record begins at.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Fills the next record. A blank line is a record of one empty cell.
    pub(super) fn next(&mut self, record: &mut Record) -> Next {
        record.cells.clear();
        record.width = 0;
        record.scratch.clear();
        record.broken_at = None;
        if self.at >= self.bytes.len() {
            return Next::End;
        }
        let begin = self.at;
        loop {
            let end = self.cell(record);
            let next = self.bytes.get(end);
            self.is_cut |= !self.is_last && (next.is_none() || (next == Some(&b'\r') && end + 1 == self.bytes.len()));
            if self.is_cut {
                (self.at, self.is_cut) = (begin, false);
                return Next::Cut;
            }
            match next {
                Some(byte) if *byte == self.manner.delimiter => self.at = end + 1,
                Some(b'\r') if self.bytes.get(end + 1) == Some(&b'\n') => {
                    self.at = end + 2;
                    return Next::Record;
                }
                Some(_) => {
                    self.at = end + 1;
                    return Next::Record;
                }
                None => {
                    self.at = end;
                    return Next::Record;
                }
            }
        }
    }

    /// Reads one cell; gives the place of the delimiter or line ending after it.
    fn cell(&mut self, record: &mut Record) -> usize {
        record.width += 1;
        let kept = record.cells.len() <= self.manner.cells;
        let start = self.after_blanks(self.at);
        let indented = start > self.at;
        if self.bytes.get(start) != Some(&b'"') {
            let end = self.plain_end(self.at);
            if kept {
                record.cells.push(Span::Text(self.at, end));
            }
            return end;
        }
        match self.quoted(start + 1, indented) {
            // A mark after blanks opens a quoted cell only if that closes without a doubt; else both are text.
            Quoted::Open if indented => {
                let end = self.plain_end(self.at);
                if kept {
                    record.cells.push(Span::Text(self.at, end));
                }
                end
            }
            Quoted::Whole { end, doubled, stray, next } => {
                if stray.is_some() && record.broken_at.is_none() {
                    record.broken_at = stray;
                }
                if !kept {
                    return next;
                }
                if doubled {
                    let from = record.scratch.len();
                    let mut rest = &self.text[start + 1..end];
                    while let Some(mark) = rest.find("\"\"") {
                        record.scratch.push_str(&rest[..=mark]);
                        rest = &rest[mark + 2..];
                    }
                    record.scratch.push_str(rest);
                    record.cells.push(Span::Scratch(from, record.scratch.len()));
                } else {
                    record.cells.push(Span::Text(start + 1, end));
                }
                next
            }
            Quoted::Open => {
                // The mark is a letter like any other: the cell ends where it would end without it, so that the rows
                // after it are still rows.
                if record.broken_at.is_none() {
                    record.broken_at = Some(start);
                }
                let end = self.plain_end(start);
                if kept {
                    record.cells.push(Span::Text(start, end));
                }
                end
            }
        }
    }

    fn plain_end(&self, start: usize) -> usize {
        let rest = &self.bytes[start..];
        memchr::memchr3(self.manner.delimiter, b'\n', b'\r', rest).map_or(self.bytes.len(), |at| start + at)
    }

    /// The first byte that is no blank. Programs that put a blank after each comma put it before quotation marks as well.
    fn after_blanks(&self, at: usize) -> usize {
        let blanks = self.bytes.get(at..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
        at + blanks
    }

    fn ends_cell(&self, at: usize) -> bool {
        self.bytes.get(at).is_none_or(|byte| *byte == self.manner.delimiter || matches!(byte, b'\n' | b'\r'))
    }

    /// Looks for the closing mark of a cell whose content begins at `start`.
    ///
    /// A mark followed by neither a second one nor the end of the cell is stray. Where it looks like the opening mark of
    /// another cell (a delimiter or line break before it), the mark we are in was never closed; else it is kept as text,
    /// but for `strict` cells, which are then no quoted ones.
    fn quoted(&mut self, start: usize, strict: bool) -> Quoted {
        let longest = start.saturating_add(self.manner.cell_bytes);
        let window_end = self.bytes.len().min(longest);
        let (mut at, mut doubled, mut stray, mut lines) = (start, false, None, 0_usize);
        while let Some(found) = memchr::memchr2(b'"', b'\n', &self.bytes[at..window_end]) {
            let mark = at + found;
            if self.bytes[mark] == b'\n' {
                lines += 1;
                if lines > self.manner.cell_lines {
                    return Quoted::Open;
                }
                at = mark + 1;
            } else if self.after_blanks(mark + 1) == self.bytes.len() && !self.is_last {
                self.is_cut = true;
                return Quoted::Open;
            } else if self.bytes.get(mark + 1) == Some(&b'"') {
                doubled = true;
                at = mark + 2;
            } else if self.ends_cell(self.after_blanks(mark + 1)) {
                return Quoted::Whole { end: mark, doubled, stray, next: self.after_blanks(mark + 1) };
            } else {
                let opens = mark > start
                    && (self.bytes[mark - 1] == self.manner.delimiter || matches!(self.bytes[mark - 1], b'\n' | b'\r'));
                if opens || strict {
                    return Quoted::Open;
                }
                stray = stray.or(Some(mark));
                at = mark + 1;
            }
        }
        self.is_cut |= !self.is_last && self.bytes.len() < longest;
        Quoted::Open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANNER: Manner = Manner { delimiter: b',', cell_bytes: 1 << 20, cell_lines: 100, cells: 100 };

    fn rows(text: &str) -> Vec<Vec<String>> {
        read(text).0
    }

    fn read(text: &str) -> (Vec<Vec<String>>, usize) {
        let mut scanner = Scanner::new(text, true, MANNER);
        let (mut record, mut out, mut broken) = (Record::default(), Vec::new(), 0);
        while scanner.next(&mut record) == Next::Record {
            broken += usize::from(record.broken_at.is_some());
            let cells = record.cells.iter().map(|span| match *span {
                Span::Text(from, to) => text[from..to].to_owned(),
                Span::Scratch(from, to) => record.scratch[from..to].to_owned(),
            });
            out.push(cells.collect());
        }
        (out, broken)
    }

    #[test]
    fn every_line_ending_ends_a_record() {
        let expected = vec![vec!["a", "b"], vec!["c", "d"]];
        for text in ["a,b\nc,d", "a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\rc,d\r", "a,b\r\nc,d\n"] {
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }

    #[test]
    fn blank_lines_and_trailing_delimiters_are_cells() {
        assert_eq!(rows("a,\n\n,\n"), [vec!["a", ""], vec![""], vec!["", ""]]);
        assert_eq!(rows("a\n\u{1A}"), [vec!["a"]]);
    }

    #[test]
    fn quoted_cells_hold_delimiters_breaks_and_doubled_marks() {
        assert_eq!(read("\"a,\n\"\"b\"\"\",\"\",c"), (vec![vec!["a,\n\"b\"".into(), String::new(), "c".into()]], 0));
    }

    #[test]
    fn a_mark_that_never_closes_costs_its_own_row_only() {
        let (rows, broken) = read("a,\"b,c\n\"d\",e\nf,g\n");
        assert_eq!(rows, [vec!["a", "\"b", "c"], vec!["d", "e"], vec!["f", "g"]]);
        assert_eq!(broken, 1);
        let (rows, broken) = read("x,\"y\nf,g\n");
        assert_eq!((rows.len(), broken), (2, 1));
    }

    #[test]
    fn a_stray_mark_inside_a_quoted_cell_is_kept_and_reported() {
        let (rows, broken) = read("\"彼は\"OK\"と\",b\nc,d\n");
        assert_eq!(rows, [vec!["彼は\"OK\"と", "b"], vec!["c", "d"]]);
        assert_eq!(broken, 1);
        assert_eq!(read("5\",6\"\n").1, 0, "marks inside plain cells are text");
    }

    #[test]
    fn a_piece_gives_the_records_of_the_whole_or_says_that_it_is_cut() {
        let whole = "a,\"b\r\n\"\"c\"\r\n\"d\"e\",f\r\n\"x,y\n\"z\",\"\"\n\r\"q\"\r\n";
        let expected = rows(whole);
        for cut in 1..whole.len() {
            let mut scanner = Scanner::new(&whole[..cut], false, MANNER);
            let (mut record, mut count) = (Record::default(), 0);
            while scanner.next(&mut record) == Next::Record {
                count += 1;
            }
            let mut all = expected[..count].to_vec();
            all.extend(rows(&whole[scanner.position()..]));
            assert_eq!(all, expected, "cut at {cut}");
        }
    }

    #[test]
    fn cells_beyond_the_limit_are_counted_only() {
        let text = ",".repeat(1000);
        let mut record = Record::default();
        let mut scanner = Scanner::new(&text, true, Manner { cells: 5, ..MANNER });
        assert_eq!(scanner.next(&mut record), Next::Record);
        assert_eq!((record.cells.len(), record.width), (6, 1001));
    }
}
