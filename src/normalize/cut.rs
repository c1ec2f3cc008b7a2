//! Where tables begin and end among the rows of a file or sheet.
//!
//! Rows of one sheet can hold several tables: below each other, with titles and remarks between them, and beside each
//! other. The [`Cutter`] stands between the reader and whoever takes tables (the first look and the engine), so that both
//! see the same tables. It holds rows back only at the beginning of a table, after an empty row, and where a row holds a
//! single text; all other rows go through untouched.

use std::ops::{ControlFlow, Range};

use crate::model::finding::{Finding, FindingCode, Place, Severity};
use crate::read::{Cell, Row, TableHead};
use crate::schema::{HEADER_SEARCH_ROWS, Schemas, contrasts, fold_header, is_value};

use super::aside;
use super::head::{Above, Opened, Opening, skips_blank_rows};
use super::held::{HeldRow, Waiting};
use super::note::{self, Filled};
use super::text;

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
}

#[derive(Debug, Clone)]
enum State {
    Idle,
    Opening(Box<Opening>),
    Body(Box<Body>),
}

/// A table whose data comes.
#[derive(Debug, Clone)]
struct Body {
    head: TableHead,
    /// Whether the format itself says where the table ends.
    is_named: bool,
    /// How many columns have a name.
    width: usize,
    /// Their names, folded.
    names: Vec<String>,
    /// The rows of the header.
    header: Vec<Vec<String>>,
    skips_blank_rows: bool,
    last: u64,
    /// Whether an empty row came just before.
    is_apart: bool,
    /// The same, before the first row held back.
    began_apart: bool,
    held: Vec<Waiting>,
    findings: Vec<Finding>,
    /// Where in `held` what may be a further header stands.
    header_at: Option<usize>,
    first_column: usize,
    /// The columns of the table, where others stand beside it.
    columns: Option<Range<usize>>,
    /// The columns of the tables beside it, and their rows, which wait until this table has ended. The reader bounds
    /// the cells of a sheet, so what waits is bounded too.
    aside: Vec<(Range<usize>, Opening)>,
}

impl Cutter {
    pub(super) fn new(file_name: &str) -> Self {
        Self { file_name: file_name.to_owned(), state: State::Idle, tables: 0 }
    }

    /// A table of the reader begins: the one before ends.
    pub(super) fn table(&mut self, head: &TableHead, sink: &mut dyn Cuts) -> ControlFlow<()> {
        self.end(sink)?;
        self.tables = 0;
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
                State::Opening(opening) => {
                    self.state = State::Opening(opening);
                    self.open(sink)?;
                }
                State::Body(mut body) => {
                    if body.held.is_empty() {
                        self.close(*body, sink)?;
                    } else if body.header_at.is_some() {
                        self.state = State::Body(body);
                        self.decide(sink)?;
                    } else {
                        body.release_last(sink)?;
                        self.close(*body, sink)?;
                    }
                }
            }
        }
    }

    /// Ends a table, and takes those beside it.
    fn close(&mut self, body: Body, sink: &mut dyn Cuts) -> ControlFlow<()> {
        body.findings.into_iter().for_each(|finding| sink.finding(finding));
        sink.end()?;
        for (_, opening) in body.aside {
            let mut beside = Self { file_name: self.file_name.clone(), state: State::Idle, tables: MAX_TABLES };
            beside.state = State::Opening(Box::new(opening));
            beside.end(sink)?;
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
            opening.findings.into_iter().for_each(|finding| sink.finding(finding));
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
            if !is_text && !(self.tables < MAX_TABLES && filled != Filled::Lone && may_be_header(row)) {
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
        let texts: Vec<Vec<String>> =
            body.held[at..].iter().filter_map(Waiting::row).map(HeldRow::texts).collect();
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
            self.close(*body, sink)?;
        }
        let mut opening = Opening::new(&head, true, first_column);
        opening.findings = findings;
        self.state = State::Opening(Box::new(opening));
        self.replay(rest, sink)
    }
}

/// A table whose header has been found, and the tables beside it.
struct Begun {
    opened: Opened,
    /// The rows of the header over the whole width of the sheet.
    header: Vec<Vec<String>>,
    /// The rows of the data that came so far.
    waiting: Vec<Waiting>,
    columns: Option<Range<usize>>,
    aside: Vec<(Range<usize>, Opening)>,
}

impl Begun {
    fn new(opening: Opening, may_have_others: bool, file_name: &str) -> Self {
        let schemas = Schemas::bundled();
        let blocks = if may_have_others && opening.head.columns.is_none() {
            opening.blocks(schemas)
        } else {
            Vec::new()
        };
        let [first, others @ ..] = blocks.as_slice() else {
            let (opened, waiting) = opening.decide(schemas, file_name);
            let header = opened.header.rows.clone();
            return Self { opened, header, waiting, columns: None, aside: Vec::new() };
        };
        let mut narrow = Opening::new(&opening.head, opening.is_further, opening.first_column + first.start);
        for row in opening.waiting.iter().filter_map(Waiting::row) {
            row.replay(|row| push_part(&mut narrow, row, first, true));
        }
        narrow.findings = opening.findings;
        let (opened, _) = narrow.decide(schemas, file_name);
        let mut aside: Vec<(Range<usize>, Opening)> = others
            .iter()
            .map(|block| (block.clone(), Opening::new(&opening.head, true, opening.first_column + block.start)))
            .collect();
        // The rows above the data are shared out now, those of the data as they go through.
        let mut above = opened.above.iter().map(|(what, _)| *what);
        let (mut header, mut waiting) = (Vec::new(), Vec::new());
        for held in opening.waiting {
            let what = if held.row().is_some() { above.next() } else { None };
            match (what, held) {
                (Some(what), Waiting::Row(row)) => {
                    if what == Above::Header {
                        header.push(row.texts().iter().map(|cell| text::trim(cell).to_owned()).collect());
                    }
                    for (block, part) in &mut aside {
                        row.replay(|row| push_part(part, row, block, false));
                    }
                }
                (_, held) => waiting.push(held),
            }
        }
        Self { opened, header, waiting, columns: Some(first.clone()), aside }
    }
}

/// Gives a table beside others its part of a row.
fn push_part(part: &mut Opening, row: &Row<'_>, block: &Range<usize>, keeps_blank: bool) {
    let cells = slice(row.cells, block);
    if keeps_blank || cells.iter().any(|cell| !text::is_blank(cell.text())) {
        part.push(HeldRow::of(&Row { number: row.number, cells, geometry: None }));
    }
}

fn slice<'r, 'c>(cells: &'r [Cell<'c>], block: &Range<usize>) -> &'r [Cell<'c>] {
    let end = block.end.min(cells.len());
    cells.get(block.start.min(end)..end).unwrap_or_default()
}

fn is_remark(row: &HeldRow) -> bool {
    row.is_blank() || row.replay(note::is_marked)
}

/// Whether a row can be a header at all: names that differ, no values.
fn may_be_header(row: &Row<'_>) -> bool {
    let mut names = row.cells.iter().map(|cell| text::trim(cell.text())).filter(|cell| !cell.is_empty());
    names.all(|cell| !is_value(cell) && cell.chars().nth(MAX_NAME_CHARS).is_none())
}

impl Body {
    /// Lets a row of the table through, and those beside it to theirs.
    fn pass(&mut self, row: &Row<'_>, sink: &mut dyn Cuts) -> ControlFlow<()> {
        let Some(columns) = &self.columns else { return sink.row(row) };
        let blocks: Vec<&Range<usize>> = self.aside.iter().map(|(block, _)| block).chain([columns]).collect();
        let is_outside = |(at, cell): (usize, &Cell<'_>)| {
            !text::is_blank(cell.text()) && !blocks.iter().any(|block| block.contains(&at))
        };
        if row.cells.iter().enumerate().any(is_outside) {
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
        sink.row(&Row { number: row.number, cells: slice(row.cells, columns), geometry: row.geometry })
    }

    /// Whether a row may be a title or remark rather than a record: it holds one text where the table has more columns.
    fn is_note(&self, row: &Row<'_>, filled: Filled) -> bool {
        match filled {
            Filled::Blank | Filled::Dense => false,
            Filled::Lone => self.width > 2 || self.width == 2 && self.is_apart || note::is_marked(row),
            Filled::Pair => self.width > 3 && note::is_marked(row),
        }
    }

    /// How many of the rows are the header again.
    fn repeated(&self, texts: &[Vec<String>]) -> usize {
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
    fn is_other(&self, names: &[String], below: &[Vec<String>], has_title: bool) -> bool {
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
    fn go_on(&mut self, at: usize, repeated: usize, sink: &mut dyn Cuts) -> ControlFlow<()> {
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
        std::mem::take(&mut self.findings).into_iter().for_each(|finding| sink.finding(finding));
        ControlFlow::Continue(())
    }

    /// The rows held back are rows of the table.
    fn release(&mut self, sink: &mut dyn Cuts) -> ControlFlow<()> {
        self.header_at = None;
        for waiting in std::mem::take(&mut self.held) {
            match waiting {
                Waiting::Row(row) => row.replay(|row| self.pass(row, sink))?,
                Waiting::Refused { row, reason, cells } => sink.refused(row, reason, cells)?,
            }
        }
        std::mem::take(&mut self.findings).into_iter().for_each(|finding| sink.finding(finding));
        ControlFlow::Continue(())
    }

    /// The last rows of the sheet hold one text each: from the first remark on they are remarks, and all of them are
    /// where an empty row parts them from the table.
    fn release_last(&mut self, sink: &mut dyn Cuts) -> ControlFlow<()> {
        let mut is_below = false;
        let mut is_apart = self.began_apart;
        let mut last = u64::MAX;
        for waiting in std::mem::take(&mut self.held) {
            match waiting {
                Waiting::Row(row) if row.is_blank() => {
                    is_apart = true;
                    row.replay(|row| self.pass(row, sink))?;
                }
                Waiting::Row(row) => {
                    is_apart |= self.skips_blank_rows && row.number > last.saturating_add(1);
                    last = row.number;
                    let is_total = row.replay(super::running::is_total_row);
                    is_below |= !is_total && (row.replay(note::is_marked) || is_apart && self.width > 2);
                    if is_below {
                        sink.beside(&row, Beside::Note)?;
                    } else {
                        row.replay(|row| self.pass(row, sink))?;
                    }
                }
                Waiting::Refused { row, reason, cells } => sink.refused(row, reason, cells)?,
            }
        }
        std::mem::take(&mut self.findings).into_iter().for_each(|finding| sink.finding(finding));
        ControlFlow::Continue(())
    }

    fn note(&mut self, waiting: &Waiting, sink: &mut dyn Cuts) -> ControlFlow<()> {
        match waiting.row() {
            Some(row) if !row.is_blank() => sink.beside(row, Beside::Note),
            Some(row) => row.replay(|row| self.pass(row, sink)),
            None => ControlFlow::Continue(()),
        }
    }
}

impl Opening {
    /// The columns of each of several tables beside each other.
    fn blocks(&self, schemas: &Schemas) -> Vec<Range<usize>> {
        let texts: Vec<Vec<String>> = self
            .waiting
            .iter()
            .filter_map(Waiting::row)
            .take(HEADER_SEARCH_ROWS)
            .map(HeldRow::texts)
            .collect();
        // Only where an empty column stands between filled ones can there be several.
        let header = texts.iter().position(|row| {
            let filled: Vec<bool> = row.iter().map(|cell| !text::is_blank(cell)).collect();
            filled.windows(3).any(|three| three == [true, false, true]) && filled.iter().filter(|it| **it).count() > 3
        });
        let Some(header) = header else { return Vec::new() };
        aside::blocks(&texts, header, schemas)
    }
}
