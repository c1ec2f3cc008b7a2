//! A table whose data comes: which of its rows are records, and what the others are.

use std::ops::{ControlFlow, Range};

use crate::model::finding::{Finding, FindingCode, Place, Severity};
use crate::read::{Row, TableHead};
use crate::schema::{Schemas, contrasts, fold_header};

use super::super::counter::Counter;
use super::super::head::Opening;
use super::super::held::{HeldRow, Waiting};
use super::super::note::{self, Filled};
use super::super::prefilled::Form;
use super::super::{running, text};
use super::begun::{is_outside, push_part, slice};
use super::cuts::Area;
use super::{Beside, Cuts};

/// A table whose data comes.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "they are asked for one by one, in any combination")]
pub(super) struct Body {
    pub(super) head: TableHead,
    /// Whether the format itself says where the table ends.
    pub(super) is_named: bool,
    /// How many columns have a name.
    pub(super) width: usize,
    /// Their names, folded.
    pub(super) names: Vec<String>,
    /// The rows of the header.
    pub(super) header: Vec<Vec<String>>,
    pub(super) skips_blank_rows: bool,
    pub(super) last: u64,
    /// Whether an empty row came just before.
    pub(super) is_apart: bool,
    /// The same, before the first row held back.
    pub(super) began_apart: bool,
    pub(super) held: Vec<Waiting>,
    pub(super) findings: Vec<Finding>,
    /// Where in `held` what may be a further header stands.
    pub(super) header_at: Option<usize>,
    pub(super) first_column: usize,
    /// What it takes of the sheet.
    pub(super) area: Area,
    pub(super) counter: Counter,
    pub(super) form: Form,
    /// Whether its own rows begin with sentences, so that one more is no remark.
    pub(super) has_sentences: bool,
    /// The columns of the table, where others stand beside it.
    pub(super) columns: Option<Range<usize>>,
    /// The columns of the tables beside it, and their rows, which wait until this table has ended. The reader bounds
    /// the cells of a sheet, so what waits is bounded too.
    pub(super) aside: Vec<(Range<usize>, Opening)>,
}

impl Body {
    /// Lets a row of the table through, and those beside it to theirs.
    pub(super) fn pass(&mut self, row: &Row<'_>, sink: &mut dyn Cuts) -> ControlFlow<()> {
        let Some(columns) = &self.columns else { return self.hand(row, sink) };
        let blocks: Vec<Range<usize>> = self.aside.iter().map(|(block, _)| block).chain([columns]).cloned().collect();
        if is_outside(row, &blocks) {
            // A cell between the tables belongs to none of them, so nobody can say whose the row is.
            let place = Place { sheet: self.head.name.clone(), row: Some(row.number), ..Place::default() };
            let (found, expected) = (row.cells.len().to_string(), columns.len().to_string());
            let mut reason = Finding::new(FindingCode::RowRagged, place, &found, expected);
            reason.severity = Severity::Error;
            return sink.refused(row.number, reason, row.cells.iter().map(|cell| cell.text().to_owned()).collect());
        }
        for (block, opening) in &mut self.aside {
            push_part(opening, row, block, false);
        }
        let columns = columns.clone();
        self.hand(&Row { number: row.number, cells: slice(row.cells, &columns), geometry: row.geometry }, sink)
    }

    /// Hands on a row of this table.
    fn hand(&mut self, row: &Row<'_>, sink: &mut dyn Cuts) -> ControlFlow<()> {
        if row.geometry.is_none() && self.counter.is_only_counted(row) {
            return sink.beside(&HeldRow::of(row), Beside::Counted);
        }
        if row.geometry.is_none() && self.form.is_prefilled(row) {
            return sink.beside(&HeldRow::of(row), Beside::Prefilled);
        }
        self.has_sentences |= row.cells.first().is_some_and(|cell| note::is_sentence(cell.text()));
        if row.cells.iter().any(|cell| !text::is_blank(cell.text())) {
            self.area.see(row.number);
        }
        sink.row(row)
    }

    /// Whether a row may be a title or remark rather than a record: it holds one text where the table has more columns.
    pub(super) fn is_note(&self, row: &Row<'_>, filled: Filled) -> bool {
        match filled {
            Filled::Blank | Filled::Dense => false,
            Filled::Lone if self.counter.is_alone(row) => false,
            Filled::Lone => self.width > 2 || self.width == 2 && self.is_apart || note::is_marked(row),
            Filled::Pair => self.width > 3 && note::is_marked(row),
        }
    }

    /// How many of the rows are the header again.
    pub(super) fn repeated(&self, texts: &[Vec<String>]) -> usize {
        let folded = |row: &Vec<String>| -> Vec<String> {
            let mut cells: Vec<String> = row.iter().map(|cell| fold_header(cell)).collect();
            while cells.last().is_some_and(String::is_empty) {
                cells.pop();
            }
            cells
        };
        let same = texts.iter().zip(&self.header).take_while(|(row, header)| folded(row) == folded(header)).count();
        if same > 0 && same == self.header.len() && self.width > 1 { same } else { 0 }
    }

    /// Whether a row is the header of another table: beyond doubt a header, with rows below it, and not a row of words
    /// such as this table also has.
    pub(super) fn is_other(&self, names: &[String], below: &[Vec<String>], has_title: bool) -> bool {
        let filled = |row: &[String]| row.iter().filter(|cell| !text::is_blank(cell)).count();
        let count = filled(names);
        if count < 2 || !below.iter().any(|row| filled(row) > 1 && filled(row) * 2 >= count) {
            return false;
        }
        let schemas = Schemas::bundled();
        if !schemas.is_header_beyond_doubt(names, below) {
            return false;
        }
        let folded: Vec<String> = names.iter().map(|name| fold_header(name)).filter(|name| !name.is_empty()).collect();
        let shared = folded.iter().filter(|name| self.names.contains(name)).count();
        let known = schemas.known_names(names);
        // Without any word that names columns, a title above and values below its words have to say so.
        shared > 1
            || known > 2
            || known == count
            || known > 0 && (shared > 0 || has_title || count != self.width)
            || has_title && count > 2 && contrasts(names, below) > 1
    }

    /// The same table goes on under the header again, perhaps with a title above it.
    pub(super) fn go_on(&mut self, at: usize, repeated: usize, sink: &mut dyn Cuts) -> ControlFlow<()> {
        for (index, waiting) in std::mem::take(&mut self.held).into_iter().enumerate() {
            match waiting {
                Waiting::Row(row) if index < at && !row.is_blank() => {
                    let what = if is_remark(&row) { Beside::Note } else { Beside::Title };
                    sink.beside(&row, what)?;
                }
                Waiting::Row(row) if (at..at + repeated).contains(&index) => sink.beside(&row, Beside::Header)?,
                Waiting::Row(row) => row.replay(|row| self.pass(row, sink))?,
                Waiting::Refused { row, reason, cells } => sink.refused(row, reason, cells)?,
            }
        }
        self.hand_findings(sink);
        ControlFlow::Continue(())
    }

    /// The rows held back are rows of the table.
    pub(super) fn release(&mut self, sink: &mut dyn Cuts) -> ControlFlow<()> {
        self.header_at = None;
        for waiting in std::mem::take(&mut self.held) {
            match waiting {
                Waiting::Row(row) => row.replay(|row| self.pass(row, sink))?,
                Waiting::Refused { row, reason, cells } => sink.refused(row, reason, cells)?,
            }
        }
        self.hand_findings(sink);
        ControlFlow::Continue(())
    }

    /// The last rows of the sheet hold one text each: from the first remark on they are remarks, and all of them are
    /// where an empty row parts them from the table.
    pub(super) fn release_last(&mut self, sink: &mut dyn Cuts) -> ControlFlow<()> {
        let mut is_below = false;
        let mut is_apart = self.began_apart;
        let mut last = u64::MAX;
        for waiting in std::mem::take(&mut self.held) {
            match waiting {
                Waiting::Row(row) if row.is_blank() => {
                    is_apart = true;
                    row.replay(|row| self.pass(row, sink))?;
                }
                Waiting::Row(row) if row.replay(|row| self.counter.is_alone(row)) => {
                    row.replay(|row| self.pass(row, sink))?;
                }
                Waiting::Row(row) => {
                    is_apart |= self.skips_blank_rows && row.number > last.saturating_add(1);
                    last = row.number;
                    let is_total = row.replay(running::is_total_row);
                    let is_remark = row.replay(|row| {
                        note::is_marked(row)
                            || note::is_legend(row)
                            || self.width > 2 && (is_apart || !self.has_sentences && note::is_lone_sentence(row))
                    });
                    is_below |= !is_total && is_remark;
                    if is_below {
                        sink.beside(&row, Beside::Note)?;
                    } else {
                        row.replay(|row| self.pass(row, sink))?;
                    }
                }
                Waiting::Refused { row, reason, cells } => sink.refused(row, reason, cells)?,
            }
        }
        self.hand_findings(sink);
        ControlFlow::Continue(())
    }

    /// Hands on what the reader said while rows were held back.
    fn hand_findings(&mut self, sink: &mut dyn Cuts) {
        for finding in std::mem::take(&mut self.findings) {
            sink.finding(finding);
        }
    }

    pub(super) fn note(&mut self, waiting: &Waiting, sink: &mut dyn Cuts) -> ControlFlow<()> {
        match waiting.row() {
            Some(row) if !row.is_blank() => sink.beside(row, Beside::Note),
            Some(row) => row.replay(|row| self.pass(row, sink)),
            None => ControlFlow::Continue(()),
        }
    }
}

pub(super) fn is_remark(row: &HeldRow) -> bool {
    row.is_blank() || row.replay(note::is_marked)
}
