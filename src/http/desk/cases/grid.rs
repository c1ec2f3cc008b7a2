//! The table of a file as its program shows it: letters above, numbers at the side, faulty cells marked.

use crate::model::case::{Answers, CellEdit, Left};
use crate::model::finding::{Finding, Repair, Severity};
use crate::pipeline::rows::FoundCell;
use crate::report::place::{a1, letters, mark_of, one_line};
use crate::report::seen::{SeenFile, SeenTable};

use super::summary::{sheet_words, table_name};

/// Widest table that is shown whole; the standard's widest sheet has some sixty columns.
const COLUMNS_SHOWN: usize = 120;
/// Longest text of a cell in the table, characters.
const CELL_CHARS: usize = 60;

/// A file.
pub(super) struct FileView {
    pub(super) name: String,
    pub(super) number: usize,
    pub(super) refused: String,
    pub(super) notes: Vec<Mark>,
    pub(super) tables: Vec<TableView>,
}

/// A table of it.
pub(super) struct TableView {
    /// `file.table`, both from 0: what fields of forms are called by.
    pub(super) key: String,
    /// The same as part of an id.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) sheet: String,
    pub(super) why: String,
    pub(super) counts: String,
    pub(super) is_correctable: bool,
    pub(super) letters: Vec<Letter>,
    pub(super) rows: Vec<RowView>,
    /// What concerns no single cell.
    pub(super) whole: Vec<Mark>,
    /// What was repaired by itself, and notes, by sentence with its number.
    pub(super) small: Vec<(String, u64)>,
    /// Proposals that may be taken all at once.
    pub(super) proposals: usize,
    /// Faulty rows of which only the first are shown.
    pub(super) more: u64,
    /// Encodings may be chosen: of text.
    pub(super) encoding: String,
}

/// The letters of a column.
pub(super) struct Letter {
    pub(super) text: String,
    pub(super) is_faulty: bool,
}

/// A row.
pub(super) struct RowView {
    pub(super) number: u64,
    pub(super) is_header: bool,
    pub(super) is_refused: bool,
    pub(super) cells: Vec<CellView>,
    pub(super) marks: Vec<Mark>,
}

/// A cell.
pub(super) struct CellView {
    pub(super) text: String,
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    /// The place of what is said of it below.
    pub(super) anchor: String,
}

/// What is said of a cell, a row, a column or a table.
pub(super) struct Mark {
    pub(super) class: &'static str,
    pub(super) sign: &'static str,
    pub(super) weight: &'static str,
    pub(super) place: String,
    pub(super) message: String,
    pub(super) expected: String,
    /// The cell, where it can be corrected: its key and its text now.
    pub(super) cell: Option<(String, String)>,
    /// What is proposed for it.
    pub(super) proposal: Option<String>,
    /// A column that may be left out: its key.
    pub(super) column: Option<String>,
    /// Where the table leads to.
    pub(super) anchor: String,
}

/// A correction that was made, so that it can be taken back.
pub(super) struct Made {
    pub(super) number: usize,
    pub(super) kind: &'static str,
    pub(super) text: String,
}

pub(super) fn class(severity: Severity) -> (&'static str, &'static str, &'static str) {
    match severity {
        Severity::Error => ("error", "×", "エラー"),
        Severity::Warning => ("warning", "▲", "注意"),
        Severity::Note => ("note", "・", "お知らせ"),
    }
}

/// The corrections of a case.
pub(super) fn made(answers: &Answers) -> Vec<Made> {
    let place = |file: &str, sheet: Option<&String>| match sheet {
        Some(sheet) => format!("{file}「{sheet}」"),
        None => file.to_owned(),
    };
    let cell = |(number, cell): (usize, &CellEdit)| Made {
        number,
        kind: "cell",
        text: format!(
            "{} {}: 「{}」→「{}」",
            place(&cell.file, cell.sheet.as_ref()),
            a1(cell.column, cell.row),
            cut(&cell.before),
            cut(&cell.after)
        ),
    };
    let left = |(number, (file, sheet, what)): (usize, &(String, Option<String>, Left))| Made {
        number,
        kind: "left",
        text: match what {
            Left::Column(column) => format!("{} {}列を公開しない", place(file, sheet.as_ref()), letters(*column)),
            Left::Row(row) => format!("{} {row}行目を公開しない", place(file, sheet.as_ref())),
            Left::Sheet => format!("{} を公開しない", place(file, sheet.as_ref())),
        },
    };
    answers.cells.iter().enumerate().map(cell).chain(answers.left.iter().enumerate().map(left)).collect()
}

pub(super) fn cut(text: &str) -> String {
    let mut letters = text.chars().filter(|c| !c.is_control() && !super::is_turning(*c));
    let head: String = letters.by_ref().take(CELL_CHARS).collect();
    if letters.next().is_some() { format!("{head}…") } else { head }
}

/// The view of a file.
pub(super) fn file(file: &SeenFile, number: usize) -> FileView {
    let notes = file.findings.iter().map(|finding| mark(finding, String::new(), None)).collect();
    FileView {
        name: file.name.clone(),
        number,
        refused: file.refused.as_ref().map(|refusal| refusal.message_ja.clone()).unwrap_or_default(),
        notes,
        tables: file.tables.iter().enumerate().map(|(at, own)| table(file, own, &format!("{number}.{at}"))).collect(),
    }
}

/// Whether a finding asks for a person: notes and what was repaired by itself do not.
pub(super) fn asks(finding: &Finding) -> bool {
    match finding.repair {
        Repair::Made(_) => false,
        Repair::Proposed(_) => true,
        Repair::None => finding.severity > Severity::Note,
    }
}

/// The text of a cell as found; empty where the row is not at hand.
pub(super) fn text_at(table: &SeenTable, row: u64, column: usize) -> Option<&str> {
    let (_, cells) = table.rows.iter().find(|(number, _)| *number == row)?;
    Some(cells.get(column).map_or("", FoundCell::text))
}

fn mark(finding: &Finding, place: String, cell: Option<(String, String)>) -> Mark {
    let (class, sign, weight) = class(finding.severity);
    let message = finding.message_ja();
    let expected = if message.contains(&finding.expected) { String::new() } else { cut(&finding.expected) };
    let proposal = match &finding.repair {
        Repair::Proposed(text) if cell.is_some() => Some(text.clone()),
        _ => None,
    };
    Mark { class, sign, weight, place, message, expected, cell, proposal, column: None, anchor: String::new() }
}

fn table(file: &SeenFile, table: &SeenTable, key: &str) -> TableView {
    let above = table.begun.rows_above;
    let width = table.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0).min(COLUMNS_SHOWN);
    let mut is_faulty = vec![false; width];
    let mut rows = Vec::new();
    for (number, cells) in &table.rows {
        rows.push(row(table, key, (*number, cells), width, &mut is_faulty));
    }
    let asking = || table.findings.iter().filter(|finding| asks(finding));
    let is_shown = |row: u64| table.rows.iter().any(|(number, _)| *number == row);
    let mut hidden_rows: Vec<u64> = asking().filter_map(|finding| finding.place.row).collect();
    hidden_rows.extend(table.refused_rows.iter().map(|refused| refused.row));
    hidden_rows.retain(|row| *row > above && !is_shown(*row));
    hidden_rows.sort_unstable();
    hidden_rows.dedup();
    let whole = asking().filter(|finding| finding.place.row.is_none()).map(|finding| {
        let cell = crate::report::place::cell_of(&table.begun, finding);
        let place = finding.place.column.as_deref().map(one_line).unwrap_or_default();
        let place = cell.map_or(place.clone(), |at| format!("{}列「{place}」", letters(at)));
        let column =
            cell.filter(|_| table.is_correctable && finding.code.decision() != crate::model::decision::Decision::Note);
        Mark { column: column.map(|at| format!("{key}.{at}")), ..mark(finding, place, None) }
    });
    let [read, records, refused] = table.counts;
    TableView {
        key: key.to_owned(),
        id: key.replace('.', "-"),
        title: table_name(file, table),
        sheet: sheet_words(table),
        why: table.why.clone(),
        counts: format!("{read}行 = {records}件 + 受け付けられない{refused}行"),
        is_correctable: table.is_correctable,
        letters: (0..width)
            .map(|at| Letter { text: letters(at), is_faulty: is_faulty.get(at).copied().unwrap_or(false) })
            .collect(),
        rows,
        whole: whole.collect(),
        small: small(table),
        proposals: asking()
            .filter(|finding| {
                matches!(finding.repair, Repair::Proposed(_))
                    && mark_of(&table.begun, finding).is_some_and(|(_, cell)| cell.is_some())
            })
            .count(),
        more: hidden_rows.len() as u64,
        encoding: table.begun.encoding.clone(),
    }
}

fn row(
    table: &SeenTable,
    key: &str,
    (number, cells): (u64, &[FoundCell]),
    width: usize,
    is_faulty: &mut [bool],
) -> RowView {
    let above = table.begun.rows_above;
    let here: Vec<(Option<usize>, &Finding)> = table
        .findings
        .iter()
        .filter(|finding| asks(finding) && finding.place.row.is_some())
        .filter_map(|finding| mark_of(&table.begun, finding).map(|(row, cell)| (row, cell, finding)))
        .filter(|(row, _, _)| *row == number)
        .map(|(_, cell, finding)| (cell, finding))
        .collect();
    let reason = table.refused_rows.iter().find(|refused| refused.row == number);
    let anchor = |at: Option<usize>| format!("c{}-{number}-{}", key.replace('.', "-"), at.map_or(0, |at| at + 1));
    let views = (0..width)
        .map(|at| {
            let worst = here.iter().filter(|(cell, _)| *cell == Some(at)).map(|(_, finding)| finding.severity).max();
            if let (Some(flag), Some(_)) = (is_faulty.get_mut(at), worst) {
                *flag = true;
            }
            let (class, sign, _) = worst.map(class).unwrap_or_default();
            CellView {
                text: cut(cells.get(at).map_or("", FoundCell::text)),
                class,
                sign,
                anchor: if worst.is_some() { anchor(Some(at)) } else { String::new() },
            }
        })
        .collect();
    let mut marks: Vec<Mark> = here
        .iter()
        .map(|(cell_at, finding)| {
            let name = finding.place.column.as_deref().map(one_line).unwrap_or_default();
            let place = cell_at.map_or_else(|| format!("{number}行目"), |at| format!("{}「{name}」", a1(at, number)));
            let cell = cell_at
                .filter(|_| table.is_correctable)
                .map(|at| (format!("{key}.{number}.{at}"), cells.get(at).map_or("", FoundCell::text).to_owned()));
            Mark { anchor: anchor(*cell_at), ..mark(finding, place, cell) }
        })
        .collect();
    if let Some(refused) = reason {
        let at = crate::report::place::cell_of(&table.begun, &refused.reason);
        let cell = at
            .filter(|_| table.is_correctable)
            .map(|at| (format!("{key}.{number}.{at}"), cells.get(at).map_or("", FoundCell::text).to_owned()));
        let place = at.map_or_else(|| format!("{number}行目"), |at| a1(at, number));
        marks.insert(0, Mark { anchor: anchor(at), ..mark(&refused.reason, place, cell) });
    }
    // One field and one place to lead to for a cell, however much is said of it.
    let (mut met, mut places) = (Vec::new(), Vec::new());
    for own in &mut marks {
        if places.contains(&own.anchor) {
            own.anchor.clear();
        } else {
            places.push(own.anchor.clone());
        }
        if let Some((cell, _)) = &own.cell {
            if met.contains(cell) {
                own.cell = None;
            } else {
                met.push(cell.clone());
            }
        }
    }
    RowView { number, is_header: number <= above, is_refused: reason.is_some(), cells: views, marks }
}

/// What asks for nobody, by its sentence without the values.
fn small(table: &SeenTable) -> Vec<(String, u64)> {
    table
        .finding_counts
        .iter()
        .filter_map(|(code, _, count)| {
            let of_code = || table.findings.iter().filter(|finding| finding.code.as_str() == code.as_str());
            if of_code().any(asks) {
                return None;
            }
            let first = of_code().next()?;
            Some((first.message_ja(), *count))
        })
        .collect()
}
