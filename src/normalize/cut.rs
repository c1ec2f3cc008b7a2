//! Where tables begin and end among the rows of a file or sheet.
//!
//! Rows of one sheet can hold several tables: below each other, with titles and remarks between them, and beside each
//! other. The [`Cutter`] stands between the reader and whoever takes tables (the first look and the engine), so that both
//! see the same tables. It holds rows back only at the beginning of a table, after an empty row, and where a row holds a
//! single text; all other rows go through untouched.

mod begun;
mod body;
mod cuts;

use std::ops::ControlFlow;

use crate::model::finding::Finding;
use crate::read::{Row, TableHead};
use crate::schema::{fold_header, is_value};

use self::begun::Begun;
use self::body::{Body, is_remark};
use self::cuts::Area;
use super::counter::Counter;
use super::head::{Opened, Opening, skips_blank_rows};
use super::held::{HeldRow, Waiting};
use super::note::{self, Filled};
use super::prefilled::Form;
use super::{text, vertical};

/// Most tables told apart on one sheet. Each becomes a table of the database and a file of its own; a sheet with more is
/// laid out for print, and its rows stay together.
const MAX_TABLES: usize = 64;
/// Most rows held back inside a table: a page of remarks.
const MAX_HELD: usize = 60;
/// Rows looked at below what may be a further header: enough to see values under names.
const LOOK_BELOW: usize = 6;
/// Longest name of a column, in characters.
const MAX_NAME_CHARS: usize = 80;

/// What a row inside or below a table is that is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// A remark below the table.
    Note,
    /// The title under which the same table goes on.
    Title,
    /// The header again.
    Header,
    /// A row that holds its own number and nothing else.
    Counted,
    /// A row of a form that nobody filled in.
    Prefilled,
}

/// Takes the tables of a file, one after another.
pub(super) trait Cuts {
    /// A table begins.
    fn open(&mut self, opened: Opened) -> ControlFlow<()>;
    /// A row of its data.
    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()>;
    /// A row that is none.
    fn beside(&mut self, row: &HeldRow, what: Beside) -> ControlFlow<()>;
    /// A row that the reader refused.
    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()>;
    /// What the reader says.
    fn finding(&mut self, finding: Finding);
    /// The table ends.
    fn end(&mut self) -> ControlFlow<()>;
}

/// Cuts the rows of a file into tables.
#[derive(Debug, Clone)]
pub(super) struct Cutter {
    file_name: String,
    state: State,
    /// Tables begun on the sheet.
    tables: usize,
    /// Where those that ended stood.
    areas: Vec<Area>,
    /// Whether this one hears of the last table of the sheet, and says how many there were.
    is_last: bool,
}

#[derive(Debug, Clone)]
enum State {
    Idle,
    Opening(Box<Opening>),
    Body(Box<Body>),
}

impl Cutter {
    pub(super) fn new(file_name: &str) -> Self {
        Self { file_name: file_name.to_owned(), state: State::Idle, tables: 0, areas: Vec::new(), is_last: true }
    }

    /// A table of the reader begins: the one before ends.
    pub(super) fn table(&mut self, head: &TableHead, sink: &mut dyn Cuts) -> ControlFlow<()> {
        self.end(sink)?;
        self.tables = 0;
        self.areas.clear();
        self.state = State::Opening(Box::new(Opening::new(head, false, 0)));
        // Where the format names the columns there is nothing to wait for.
        if head.columns.is_some() { self.open(sink) } else { ControlFlow::Continue(()) }
    }

    pub(super) fn row(&mut self, row: &Row<'_>, sink: &mut dyn Cuts) -> ControlFlow<()> {
        match &mut self.state {
            State::Body(body) if body.is_named => sink.row(row),
            State::Body(_) => self.body(row, sink),
            State::Opening(opening) => {
                if opening.push(HeldRow::of(row)) {
                    return self.open(sink);
                }
                ControlFlow::Continue(())
            }
            State::Idle => ControlFlow::Continue(()),
        }
    }

    pub(super) fn refused(
        &mut self,
        row: u64,
        reason: Finding,
        cells: Vec<String>,
        sink: &mut dyn Cuts,
    ) -> ControlFlow<()> {
        match &mut self.state {
            State::Opening(opening) => opening.waiting.push(Waiting::Refused { row, reason, cells }),
            State::Body(body) if !body.held.is_empty() => body.held.push(Waiting::Refused { row, reason, cells }),
            State::Body(_) => return sink.refused(row, reason, cells),
            State::Idle => {}
        }
        ControlFlow::Continue(())
    }

    pub(super) fn finding(&mut self, finding: Finding, sink: &mut dyn Cuts) {
        match &mut self.state {
            State::Opening(opening) => opening.findings.push(finding),
            State::Body(body) if !body.held.is_empty() => body.findings.push(finding),
            State::Body(_) | State::Idle => sink.finding(finding),
        }
    }

    /// Ends the last table, and those that its last rows turn out to be.
    pub(super) fn end(&mut self, sink: &mut dyn Cuts) -> ControlFlow<()> {
        loop {
            match std::mem::replace(&mut self.state, State::Idle) {
                State::Idle => return ControlFlow::Continue(()),
                State::Opening(mut opening) => {
                    // Only of a whole sheet can be said which way it lies.
                    if self.tables == 0 {
                        vertical::turn(&mut opening, &self.file_name);
                    }
                    self.state = State::Opening(opening);
                    self.open(sink)?;
                }
                State::Body(mut body) => {
                    if body.held.is_empty() {
                        self.close(*body, self.is_last, sink)?;
                    } else if body.header_at.is_some() {
                        self.state = State::Body(body);
                        self.decide(sink)?;
                    } else {
                        body.release_last(sink)?;
                        self.close(*body, self.is_last, sink)?;
                    }
                }
            }
        }
    }

    /// Ends a table, and takes those beside it. `is_last`: nothing else comes from the sheet.
    fn close(&mut self, mut body: Body, is_last: bool, sink: &mut dyn Cuts) -> ControlFlow<()> {
        for finding in std::mem::take(&mut body.findings) {
            sink.finding(finding);
        }
        self.areas.push(body.area);
        let aside: Vec<Opening> =
            body.aside.into_iter().map(|(_, opening)| opening).filter(|opening| !opening.is_nothing()).collect();
        if is_last && aside.is_empty() {
            cuts::tell(&self.areas, &body.head, sink);
        }
        sink.end()?;
        let mut left = aside.len();
        for opening in aside {
            left -= 1;
            let mut beside = Self {
                file_name: self.file_name.clone(),
                state: State::Opening(Box::new(opening)),
                tables: MAX_TABLES,
                areas: std::mem::take(&mut self.areas),
                is_last: is_last && left == 0,
            };
            beside.end(sink)?;
            self.areas = beside.areas;
        }
        ControlFlow::Continue(())
    }

    /// Finds the header of the table under way, and lets its rows go on.
    fn open(&mut self, sink: &mut dyn Cuts) -> ControlFlow<()> {
        let State::Opening(opening) = std::mem::replace(&mut self.state, State::Idle) else {
            return ControlFlow::Continue(());
        };
        if opening.is_nothing() {
            // No header, no row: not a table. What the reader said of it still stands.
            for finding in opening.findings {
                sink.finding(finding);
            }
            return ControlFlow::Continue(());
        }
        self.tables += 1;
        let begun = Begun::new(*opening, self.tables < MAX_TABLES, &self.file_name);
        let opened = begun.opened;
        let names = begun.header.iter().flatten();
        let body = Body {
            head: opened.head.clone(),
            is_named: opened.head.columns.is_some(),
            width: opened.header.cells.iter().filter(|cell| !cell.trim().is_empty()).count(),
            names: names.map(|cell| fold_header(cell)).filter(|name| !name.is_empty()).collect(),
            header: begun.header,
            skips_blank_rows: skips_blank_rows(&opened.head),
            last: opened.above.last().map_or(0, |(_, row)| row.number),
            area: Area::new(&opened),
            counter: Counter::new(&opened.header.cells),
            form: Form::new(&opened.header.cells),
            has_sentences: false,
            is_apart: false,
            began_apart: false,
            held: Vec::new(),
            findings: Vec::new(),
            header_at: None,
            first_column: opened.first_column,
            columns: begun.columns,
            aside: begun.aside,
        };
        sink.open(opened)?;
        self.state = State::Body(Box::new(body));
        self.replay(begun.waiting, sink)
    }

    fn replay(&mut self, waiting: Vec<Waiting>, sink: &mut dyn Cuts) -> ControlFlow<()> {
        for waiting in waiting {
            match waiting {
                Waiting::Row(row) => row.replay(|row| self.row(row, sink))?,
                Waiting::Refused { row, reason, cells } => self.refused(row, reason, cells, sink)?,
            }
        }
        ControlFlow::Continue(())
    }

    /// One row of a table of which the format does not say where it ends.
    fn body(&mut self, row: &Row<'_>, sink: &mut dyn Cuts) -> ControlFlow<()> {
        let State::Body(body) = &mut self.state else { return ControlFlow::Continue(()) };
        let jumped = body.skips_blank_rows && body.last != 0 && row.number > body.last + 1;
        body.last = row.number;
        let filled = note::filled(row);
        if body.held.is_empty() {
            body.is_apart |= jumped;
            match filled {
                Filled::Blank => {
                    body.is_apart = true;
                    return body.pass(row, sink);
                }
                Filled::Dense | Filled::Pair if !body.is_apart && !body.is_note(row, filled) => {
                    return body.pass(row, sink);
                }
                _ => {}
            }
            let is_text = body.is_note(row, filled);
            let may_begin = self.tables < MAX_TABLES && filled != Filled::Lone && may_be_header(row);
            if !is_text && !may_begin {
                body.is_apart = false;
                return body.pass(row, sink);
            }
            body.header_at = (!is_text).then_some(0);
            body.began_apart = body.is_apart;
            body.held.push(Waiting::Row(HeldRow::of(row)));
            return ControlFlow::Continue(());
        }
        if let Some(at) = body.header_at {
            let below = body.held.len() - at - 1;
            if filled != Filled::Blank && !jumped && below < LOOK_BELOW {
                body.held.push(Waiting::Row(HeldRow::of(row)));
                return ControlFlow::Continue(());
            }
            self.decide(sink)?;
            if jumped && let State::Body(body) = &mut self.state {
                body.is_apart = true;
                body.last = row.number - 1;
            }
            return self.row(row, sink);
        }
        body.is_apart |= jumped || filled == Filled::Blank;
        let is_text = filled == Filled::Blank || body.is_note(row, filled);
        if is_text && body.held.len() < MAX_HELD {
            body.held.push(Waiting::Row(HeldRow::of(row)));
        } else if !is_text && self.tables < MAX_TABLES && filled != Filled::Lone && may_be_header(row) {
            body.header_at = Some(body.held.len());
            body.held.push(Waiting::Row(HeldRow::of(row)));
        } else {
            body.release(sink)?;
            body.is_apart = false;
            return body.pass(row, sink);
        }
        ControlFlow::Continue(())
    }

    /// What the rows held back are: the same table going on, another one, or rows like any other.
    fn decide(&mut self, sink: &mut dyn Cuts) -> ControlFlow<()> {
        let State::Body(body) = &mut self.state else { return ControlFlow::Continue(()) };
        let Some(at) = body.header_at.take() else { return ControlFlow::Continue(()) };
        let texts: Vec<Vec<String>> = body.held[at..].iter().filter_map(Waiting::row).map(HeldRow::texts).collect();
        let is_apart = std::mem::take(&mut body.is_apart);
        let repeated = body.repeated(&texts);
        if repeated > 0 {
            return body.go_on(at, repeated, sink);
        }
        let Some((names, below)) = texts.split_first() else { return body.release(sink) };
        if !(is_apart || at > 0) || !body.is_other(names, below, at > 0) {
            return body.release(sink);
        }
        // Remarks below the table that ends belong to it; what follows them stands above the next one.
        let mut held = std::mem::take(&mut body.held);
        let notes = held[..at].iter().take_while(|waiting| waiting.row().is_some_and(is_remark)).count();
        let rest = held.split_off(notes);
        for waiting in held {
            body.note(&waiting, sink)?;
        }
        let findings = std::mem::take(&mut body.findings);
        let (head, first_column) = (body.head.clone(), body.first_column);
        if let State::Body(body) = std::mem::replace(&mut self.state, State::Idle) {
            self.close(*body, false, sink)?;
        }
        let mut opening = Opening::new(&head, true, first_column);
        opening.findings = findings;
        self.state = State::Opening(Box::new(opening));
        self.replay(rest, sink)
    }
}

/// Whether a row can be a header at all: names that differ, no values.
fn may_be_header(row: &Row<'_>) -> bool {
    let mut names = row.cells.iter().map(|cell| text::trim(cell.text())).filter(|cell| !cell.is_empty());
    names.all(|cell| !is_value(cell) && cell.chars().nth(MAX_NAME_CHARS).is_none())
}
