//! The opening of a table: where its header stands among the first rows, and what the others are.

use crate::model::finding::Finding;
use crate::read::TableHead;
use crate::schema::{Binding, HEADER_SEARCH_ROWS, Hints, Schemas};

use super::guess::{self, Guess};
use super::held::{HeldRow, Waiting};
use super::vertical;

/// The rows of a table held back until its header is found.
#[derive(Debug, Clone)]
pub(super) struct Opening {
    pub(super) head: TableHead,
    pub(super) waiting: Vec<Waiting>,
    pub(super) findings: Vec<Finding>,
    /// Whether it follows another table of the same sheet.
    pub(super) is_further: bool,
    /// The first column of the sheet that belongs to it, from 0.
    pub(super) first_column: usize,
    rows: usize,
}

/// What the header says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Header {
    /// The names of the columns; empty where there are none.
    pub(super) cells: Vec<String>,
    /// Whether the file names its columns.
    pub(super) is_found: bool,
    /// The sheet it belongs to.
    pub(super) binding: Option<Binding>,
    /// What the columns seem to hold, where the file does not name them.
    pub(super) guess: Guess,
    /// Its rows as they stand, trimmed: one, or several where groups stand over names.
    pub(super) rows: Vec<Vec<String>>,
}

/// What a row above the data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Above {
    /// A title or remark.
    Preamble,
    /// The header, or a row of it.
    Header,
    /// A row of the header that holds units or marks, perhaps beside names.
    HeaderRemark,
    /// Units, an example, marks of what is required.
    Remark,
}

/// A table whose header has been found.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    pub(super) head: TableHead,
    pub(super) header: Header,
    /// The rows above its data.
    pub(super) above: Vec<(Above, HeldRow)>,
    /// What the reader said while the header was looked for.
    pub(super) findings: Vec<Finding>,
    /// Whether it follows another table of the same sheet.
    pub(super) is_further: bool,
    /// The first column of the sheet that belongs to it, from 0.
    pub(super) first_column: usize,
    /// Whether no other table stands beside it.
    pub(super) is_alone: bool,
}

impl Above {
    /// Whether the row is part of the header.
    pub(super) fn is_header(self) -> bool {
        matches!(self, Self::Header | Self::HeaderRemark)
    }
}

impl Opened {
    /// The title right above the table.
    pub(super) fn title(&self) -> Option<String> {
        self.above
            .iter()
            .filter(|(what, row)| *what == Above::Preamble && !row.is_blank())
            .map(|(_, row)| row.shown())
            .next_back()
    }
}

impl Opening {
    pub(super) fn new(head: &TableHead, is_further: bool, first_column: usize) -> Self {
        let (head, waiting, findings) = (head.clone(), Vec::new(), Vec::new());
        Self { head, waiting, findings, is_further, first_column, rows: 0 }
    }

    /// Holds a row back; `true` when enough are held to decide.
    pub(super) fn push(&mut self, row: HeldRow) -> bool {
        self.waiting.push(Waiting::Row(row));
        self.rows += 1;
        let may_wait = !self.is_further && self.rows < vertical::MAX_ROWS;
        self.rows >= HEADER_SEARCH_ROWS && !(may_wait && vertical::may_be(&self.waiting))
    }

    /// Whether nothing has come that could be a table.
    pub(super) fn is_nothing(&self) -> bool {
        self.head.columns.is_none() && self.waiting.iter().all(|waiting| waiting.row().is_some_and(HeldRow::is_blank))
    }

    /// Finds the header. What comes back are the table, and the rows and refused rows of its data that came so far.
    pub(super) fn decide(self, schemas: &Schemas, file_name: &str) -> (Opened, Vec<Waiting>) {
        let sheet_name: Vec<String> = self.head.name.iter().cloned().collect();
        let hints = Hints { file_name: Some(file_name), titles: &sheet_name };
        let (header, mut kinds) = match &self.head.columns {
            Some(columns) => {
                let binding = schemas.bind_hinted(columns, hints);
                let header = Header { cells: columns.clone(), is_found: true, binding, ..Header::default() };
                (header, Vec::new())
            }
            None => self.find(schemas, hints),
        };
        kinds.reverse();
        let (mut above, mut data) = (Vec::new(), Vec::new());
        for waiting in self.waiting {
            match waiting {
                Waiting::Row(row) => match kinds.pop() {
                    Some(kind) => above.push((kind, row)),
                    None => data.push(Waiting::Row(row)),
                },
                refused @ Waiting::Refused { .. } => data.push(refused),
            }
        }
        let Self { head, findings, is_further, first_column, .. } = self;
        (Opened { head, header, above, findings, is_further, first_column, is_alone: true }, data)
    }

    /// The header, and what each of the rows above the data is.
    fn find(&self, schemas: &Schemas, hints: Hints<'_>) -> (Header, Vec<Above>) {
        let rows: Vec<&HeldRow> = self.waiting.iter().filter_map(Waiting::row).take(HEADER_SEARCH_ROWS).collect();
        let texts: Vec<Vec<String>> = rows.iter().map(|row| row.texts()).collect();
        let mut gaps = Vec::new();
        if skips_blank_rows(&self.head) {
            gaps.extend((1..rows.len()).filter(|at| rows[*at].number > rows[at - 1].number + 1));
        }
        let found = schemas.find_header_hinted(&texts, &gaps, hints);
        let Some(at) = found.row else {
            let guess = guess::columns(&texts, schemas);
            let header =
                Header { cells: guess.bound_names(), binding: guess.binding.clone(), guess, ..Header::default() };
            return (header, Vec::new());
        };
        let end = (at + found.height).min(texts.len());
        let trimmed = |row: &Vec<String>| row.iter().map(|cell| super::text::trim(cell).to_owned()).collect();
        let header = Header {
            cells: found.cells,
            is_found: true,
            binding: found.binding,
            rows: texts[at..end].iter().map(trimmed).collect(),
            ..Header::default()
        };
        let mut kinds = vec![Above::Preamble; at];
        kinds.resize(end, Above::Header);
        for inside in found.inside {
            if let Some(kind) = kinds.get_mut(at + inside) {
                *kind = Above::HeaderRemark;
            }
        }
        kinds.resize(end + found.remarks, Above::Remark);
        (header, kinds)
    }
}

/// Whether a reader leaves empty rows out, so that only the numbers of the rows show them.
pub(super) fn skips_blank_rows(head: &TableHead) -> bool {
    head.format != "CSV"
}

/// Whether a row number that is missing between the rows of a table was an empty row of the sheet. Where tables stand
/// beside each other, the row may belong to another one.
pub(super) fn leaves_gaps(opened: &Opened) -> bool {
    opened.head.columns.is_none() && skips_blank_rows(&opened.head) && opened.is_alone
}
