//! Tables whose fields stand below each other: the names down one column, each further column one record.
//!
//! Such a table is turned only where that is proved: the names are those of a sheet of the standard, no row of the file
//! fits one as well, and every column beside them holds what the fields ask for. A list that explains the fields (必須,
//! 文字列, 記入例) has the same names and none of the values; it stays as it is.

use std::ops::ControlFlow;

use unicode_normalization::UnicodeNormalization as _;

use super::head::Opening;
use super::held::{HeldRow, Waiting};
use super::note::{self, Filled};
use super::{degrees, text};
use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::record::ColumnType;
use crate::read::{Row, RowSink, TableHead};
use crate::schema::{Binding, Hints, Schemas, Sheet, is_value};

/// Most rows of a sheet that is turned: the widest sheet of the standard has 118 fields, and a title and remarks come to
/// them.
pub(super) const MAX_ROWS: usize = 160;
/// Columns looked at for the names: a margin and a number may stand before them.
const NAME_COLUMNS: usize = 3;
/// Fewest names, as many as bind a sheet.
const MIN_NAMES: usize = 4;
/// Fewest values of a form of their own (numbers, days, addresses of the web) that prove a record.
const MIN_VALUES: usize = 2;
/// Heads over the names, and over the values beside them.
const NAME_HEADS: [&str; 5] = ["項目", "項目名", "項目名称", "データ項目", "データ項目名"];
const VALUE_HEADS: [&str; 8] = ["内容", "値", "データ", "記入欄", "記載内容", "記入内容", "入力内容", "登録内容"];

/// Whether the rows that came so far may be such a table, so that its end is worth waiting for.
pub(super) fn may_be(waiting: &[Waiting]) -> bool {
    let texts: Vec<Vec<String>> = waiting.iter().filter_map(Waiting::row).map(HeldRow::texts).collect();
    names_at(&texts).is_some()
}

/// Turns the rows of a whole sheet, where they are proved to be such a table.
pub(super) fn turn(opening: &mut Opening, file_name: &str) {
    if opening.head.columns.is_some() || opening.is_further || opening.first_column > 0 {
        return;
    }
    if let Some((rows, finding)) = turned(&opening.waiting, &opening.head, file_name) {
        opening.waiting = rows.into_iter().map(Waiting::Row).collect();
        opening.findings.push(finding);
    }
}

fn cell(row: &[String], at: usize) -> &str {
    row.get(at).map_or("", |cell| text::trim(cell))
}

/// The column of the names: that with the most, where most of it are names.
fn names_at(texts: &[Vec<String>]) -> Option<usize> {
    if !(MIN_NAMES..=MAX_ROWS).contains(&texts.len()) {
        return None;
    }
    let schemas = Schemas::bundled();
    let counted = (0..NAME_COLUMNS).map(|at| {
        let filled = texts.iter().map(|row| cell(row, at)).filter(|cell| !cell.is_empty());
        let known = filled.clone().filter(|cell| schemas.known_names(&[(*cell).to_owned()]) > 0).count();
        (at, known, filled.count())
    });
    // Of two columns alike the first one.
    let (at, known, filled) = counted.rev().max_by_key(|(_, known, _)| *known)?;
    (known >= MIN_NAMES && known * 10 >= filled * 6).then_some(at)
}

/// The rows of the table as it should be, and what is said of it.
fn turned(waiting: &[Waiting], head: &TableHead, file_name: &str) -> Option<(Vec<HeldRow>, Finding)> {
    let rows: Vec<&HeldRow> = waiting.iter().map(Waiting::row).collect::<Option<_>>()?;
    let texts: Vec<Vec<String>> = rows.iter().map(|row| row.texts()).collect();
    let at = names_at(&texts)?;
    let known = |row: &Vec<String>| Schemas::bundled().known_names(&[cell(row, at).to_owned()]) > 0;
    let first = texts.iter().position(|row| known(row) && !is_head(row, at))?;
    let last = texts.iter().rposition(known)?;
    let above: Vec<&HeldRow> = rows[..first].iter().copied().filter(|row| !row.is_blank()).collect();
    let is_title = |row: &&HeldRow| row.replay(note::filled) == Filled::Lone || is_head(&row.texts(), at);
    if !above.iter().all(is_title) {
        return None;
    }
    let is_note = |row: &HeldRow| row.replay(|row| note::filled(row) == Filled::Lone && note::is_marked(row));
    let end = rows[last + 1..].iter().position(|row| is_note(row)).map_or(rows.len(), |more| last + 1 + more);
    let below: Vec<&HeldRow> = rows[end..].iter().copied().filter(|row| !row.is_blank()).collect();
    if !below.iter().all(|row| is_note(row)) {
        return None;
    }
    let block: Vec<usize> = (first..end).filter(|row| !rows[*row].is_blank()).collect();
    let width = block.iter().filter_map(|row| texts[*row].iter().rposition(|cell| !text::is_blank(cell))).max()? + 1;
    let is_row =
        |row: &usize| !cell(&texts[*row], at).is_empty() && (0..at).all(|left| is_counted(cell(&texts[*row], left)));
    if width < at + 2 || !block.iter().all(is_row) {
        return None;
    }
    let names: Vec<String> = block.iter().map(|row| cell(&texts[*row], at).to_owned()).collect();
    let titles: Vec<String> = head.name.iter().cloned().chain(above.iter().map(|row| row.shown())).collect();
    let binding = bound(&names, &texts, Hints { file_name: Some(file_name), titles: &titles })?;
    let sheet = Schemas::bundled().sheet(&binding.sheet)?;
    let column = |at: &usize| -> Vec<&str> { block.iter().map(|row| cell(&texts[*row], *at)).collect() };
    let columns: Vec<usize> = (at + 1..width).collect();
    let filled: Vec<Vec<&str>> =
        columns.iter().map(column).filter(|cells| cells.iter().any(|cell| !cell.is_empty())).collect();
    if !filled.iter().all(|cells| is_record(cells, &binding, sheet)) {
        return None;
    }
    let records = filled.len();
    let held: Vec<&HeldRow> = block.iter().map(|row| rows[*row]).collect();
    let mut number = above.last().map_or(0, |row| row.number);
    // The head over the names would be joined to them.
    let mut out: Vec<HeldRow> = above.into_iter().filter(|row| !is_head(&row.texts(), at)).cloned().collect();
    for at in std::iter::once(at).chain(columns) {
        number += 1;
        out.push(HeldRow::of_column(number, &held, at));
    }
    for row in below {
        number += 1;
        out.push(row.numbered(number));
    }
    let place = Place { sheet: head.name.clone(), ..Place::default() };
    Some((out, Finding::new(FindingCode::TableTurned, place, &(at + 1).to_string(), records.to_string())))
}

/// Whether a row only says that names stand here and values there.
fn is_head(row: &[String], at: usize) -> bool {
    let beside: Vec<&str> = (at + 1..row.len()).map(|at| cell(row, at)).filter(|cell| !cell.is_empty()).collect();
    NAME_HEADS.contains(&cell(row, at)) && beside.iter().all(|cell| VALUE_HEADS.contains(cell) || is_value(cell))
}

/// Whether a cell before a name holds nothing, or the number of the field.
fn is_counted(cell: &str) -> bool {
    cell.chars().count() <= 3 && cell.nfkc().all(|letter| letter.is_ascii_digit())
}

/// The sheet of the names, where no row fits one as well.
fn bound(names: &[String], texts: &[Vec<String>], hints: Hints<'_>) -> Option<Binding> {
    let schemas = Schemas::bundled();
    let binding = schemas.bind_hinted(names, hints)?;
    let by_row = schemas.find_header_hinted(texts, &[], hints).binding;
    (binding.matched * 2 >= names.len() && by_row.is_none_or(|other| other.matched < binding.matched))
        .then_some(binding)
}

/// Whether the cells are values of the fields they stand beside: those of fields with a form of their own have it, one in
/// five excepted, and a position is one.
fn is_record(cells: &[&str], binding: &Binding, sheet: &Sheet) -> bool {
    let (mut asked, mut right) = (0, 0);
    for (cell, field) in cells.iter().zip(&binding.columns) {
        let Some(field) = field.and_then(|at| sheet.fields.get(at)).filter(|_| !cell.is_empty()) else { continue };
        if let Some(has_form) = has_form(field.kind, cell) {
            asked += 1;
            right += usize::from(has_form);
        }
    }
    right >= MIN_VALUES && right * 5 >= asked * 4
}

/// Whether a text has the form of values of a kind; `None` where the kind has none.
fn has_form(kind: ColumnType, cell: &str) -> Option<bool> {
    let folded: String = cell.nfkc().filter(|letter| !text::is_blank_char(*letter)).collect();
    let digits = folded.bytes().filter(u8::is_ascii_digit).count();
    let begins = folded.trim_start_matches(['-', '+', '約']).starts_with(|letter: char| letter.is_ascii_digit());
    let era = ["令和", "平成", "昭和", "R", "H", "S"].iter().any(|era| folded.starts_with(era));
    Some(match kind {
        // 35 alone is as well the length of a field.
        ColumnType::Latitude | ColumnType::Longitude => {
            digits >= 4 && (degrees::plain(&folded).is_some() || begins || folded.starts_with(['北', '東', 'N', 'E']))
        }
        ColumnType::Integer | ColumnType::Number => begins,
        ColumnType::Date => begins && digits >= 4 || era && (digits > 0 || folded.contains('元')),
        ColumnType::Time => begins && folded.contains([':', '時', '.']) || folded == "終日",
        ColumnType::Phone => digits >= 9 && is_value(&folded),
        ColumnType::Postal => digits == 7 && is_value(&folded),
        ColumnType::Url => folded.starts_with("http"),
        ColumnType::Email => folded.contains('@'),
        _ => return None,
    })
}

/// Hands on what a reader finds as the engine sees it: tables that are turned there are turned here.
pub struct Turning<'s> {
    sink: &'s mut dyn RowSink,
    file_name: String,
    opening: Option<Opening>,
}

impl<'s> Turning<'s> {
    /// `file_name` is the name the engine knows.
    pub fn new(file_name: &str, sink: &'s mut dyn RowSink) -> Self {
        Self { sink, file_name: file_name.to_owned(), opening: None }
    }

    /// Hands on what was held back. To be called at the end of the file.
    pub fn finish(&mut self) -> ControlFlow<()> {
        self.let_go(true)
    }

    fn let_go(&mut self, is_whole: bool) -> ControlFlow<()> {
        let Some(mut opening) = self.opening.take() else { return ControlFlow::Continue(()) };
        if is_whole {
            turn(&mut opening, &self.file_name);
        }
        for waiting in opening.waiting {
            match waiting {
                Waiting::Row(row) => row.replay(|row| self.sink.row(row))?,
                Waiting::Refused { row, reason, cells } => self.sink.refused(row, reason, cells)?,
            }
        }
        ControlFlow::Continue(())
    }
}

impl RowSink for Turning<'_> {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.let_go(true)?;
        self.opening = head.columns.is_none().then(|| Opening::new(head, false, 0));
        self.sink.table(head)
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        let Some(opening) = &mut self.opening else { return self.sink.row(row) };
        if opening.push(HeldRow::of(row)) { self.let_go(false) } else { ControlFlow::Continue(()) }
    }

    fn finding(&mut self, finding: Finding) {
        self.sink.finding(finding);
    }

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        match &mut self.opening {
            Some(opening) => {
                opening.waiting.push(Waiting::Refused { row, reason, cells });
                ControlFlow::Continue(())
            }
            None => self.sink.refused(row, reason, cells),
        }
    }
}
