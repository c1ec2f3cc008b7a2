//! Findings cell by cell, and their correction: kept as answers and applied to a copy, never to the file itself.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::check::{Seen, seen};
use super::grid::{self, FileView, Made, text_at};
use super::{Head, PageResult, act, blocking, form, frame, opened, piped, writing};
use crate::http::app::App;
use crate::http::desk::fields::Fields;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::model::account::{Object, Verb};
use crate::model::case::{Act, Answers, Case, CellEdit, Left, State as CaseState};
use crate::model::finding::Repair;
use crate::report::place::mark_of;
use crate::report::seen::SeenTable;
use crate::schema::Schemas;

/// Longest text of a corrected cell, characters: the longest description of a facility.
const CELL_CHARS: usize = 4_000;
/// Most corrections of one case: an evening's work. More are made in the file itself.
const CORRECTIONS_LIMIT: usize = 5_000;
/// Encodings that may be chosen, with their labels.
const ENCODINGS: [(&str, &str); 4] =
    [("shift_jis", "Shift_JIS(Windows標準)"), ("utf-8", "UTF-8"), ("euc-jp", "EUC-JP"), ("utf-16le", "UTF-16")];

#[derive(Template)]
#[template(path = "desk/cases/findings.html")]
struct Findings {
    frame: Frame,
    head: Head,
    may_edit: bool,
    refused: Vec<(String, String)>,
    files: Vec<FileView>,
    made: Vec<Made>,
    encodings: [(&'static str, &'static str); 4],
    /// Standard sheets: number and title.
    sheets: Vec<(String, String)>,
    is_clean: bool,
}

/// `GET /desk/cases/{id}/findings`.
pub(super) async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let (case, seen) = blocking(&app, move |app| {
        let case = opened(app, &own, &id)?;
        let seen = seen(writing(app)?, case.id).map_err(piped)?;
        Ok((case, seen))
    })
    .await?;
    let files: Vec<FileView> = seen.files.iter().enumerate().map(|(at, own)| grid::file(own, at)).collect();
    let asks = |file: &FileView| {
        !file.refused.is_empty()
            || !file.notes.is_empty()
            || file
                .tables
                .iter()
                .any(|table| !table.whole.is_empty() || table.rows.iter().any(|row| !row.marks.is_empty()))
    };
    let refused = case.summary.as_ref().map(|summary| summary.refused.clone()).unwrap_or_default();
    let template = Findings {
        frame: frame(&app, &signed, &case, "点検結果"),
        head: Head::new(&app, &case, "findings"),
        may_edit: case.state.is_editable() && signed.may(Verb::DatasetEdit, Object::Of(&case.unit)),
        is_clean: refused.is_empty() && !files.iter().any(asks),
        refused,
        files,
        made: grid::made(&case.answers),
        encodings: ENCODINGS,
        sheets: Schemas::bundled().sheets().iter().map(|own| (own.number.clone(), own.title.clone())).collect(),
    };
    page(&template)
}

/// `POST /desk/cases/{id}/cells`: corrected cells, proposals taken, what is left out, what is taken back.
pub(super) async fn correct(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let own = signed.clone();
    let (action, sent) = (format!("/desk/cases/{id}/cells"), fields.clone());
    let taken = blocking(&app, move |app| {
        let seen = seen(writing(app)?, opened(app, &own, &id)?.id).map_err(piped)?;
        form::take(app, &own, &id, &sent, Act::Check, &mut |_, case| {
            let before = case.answers.clone();
            corrected(&mut case.answers, &seen, &sent, &own.actor.name)?;
            if case.answers == before {
                return Err("変更がありませんでした。値を入力するか、提案のボタンを押してください。".to_owned());
            }
            if case.answers.cells.len() > CORRECTIONS_LIMIT {
                return Err(format!(
                    "画面での修正は{CORRECTIONS_LIMIT}セルまでです。元のファイルを直して差し替えてください。"
                ));
            }
            case.add_author(&own.actor);
            Ok(())
        })
    })
    .await?;
    if let form::Taken::Done(case) = &taken {
        act::begin(&app, case);
    }
    form::answer(&app, &signed, &taken, (&action, &fields), next)
}

/// Where the person goes on: to the progress of the check.
fn next(case: &Case) -> String {
    let page = if case.state == CaseState::Checking { "" } else { "/findings" };
    format!("/desk/cases/{}{page}", case.id)
}

/// The numbers of a key such as `0.1.12.3`.
fn numbers<const N: usize>(key: &str) -> Option<[u64; N]> {
    let parts: Vec<u64> = key.split('.').map(str::parse).collect::<Result<_, _>>().ok()?;
    parts.try_into().ok()
}

fn table_at(seen: &Seen, file: u64, table: u64) -> Option<(&str, &SeenTable)> {
    let file = seen.files.get(usize::try_from(file).ok()?)?;
    let table = file.tables.get(usize::try_from(table).ok()?)?;
    table.is_correctable.then_some((file.name.as_str(), table))
}

/// Puts what a form says into the answers. An error is a sentence for the person; what the form names and the check did
/// not see changes nothing.
fn corrected(answers: &mut Answers, seen: &Seen, fields: &Fields, by: &str) -> Result<(), String> {
    let correct = |answers: &mut Answers, key: [u64; 4], after: &str| {
        let [file, table, row, column] = key;
        let Some((name, own)) = table_at(seen, file, table) else { return };
        let Ok(column) = usize::try_from(column) else { return };
        let after: String = super::lines(after, CELL_CHARS);
        let known = text_at(own, row, column);
        if known == Some(after.as_str()) {
            return;
        }
        answers.correct(CellEdit {
            file: name.to_owned(),
            sheet: own.origin.clone(),
            row,
            column,
            before: known.unwrap_or_default().to_owned(),
            after,
            by: by.to_owned(),
        });
    };
    // Written into the fields of cells.
    for (name, value) in fields.iter() {
        if let Some(key) = name.strip_prefix("cell.").and_then(numbers::<4>) {
            correct(answers, key, value);
        }
    }
    // A proposal by its button, or all of a table.
    if let Some(key) = numbers::<4>(fields.get("accept")) {
        let [file, table, row, column] = key;
        let proposal = table_at(seen, file, table).and_then(|(_, own)| proposal(own, row, column));
        if let Some(text) = proposal {
            correct(answers, key, &text);
        }
    }
    if let Some([file, table]) = numbers::<2>(fields.get("accept-all"))
        && let Some((_, own)) = table_at(seen, file, table)
    {
        for (row, column, text) in proposals(own) {
            correct(answers, [file, table, row, column], &text);
        }
    }
    // Any other cell by its name.
    if let Some([file, table]) = numbers::<2>(fields.get("other"))
        && !fields.get("at").trim().is_empty()
    {
        let given = fields.get("at").trim();
        let (column, row) = reference(given).ok_or_else(|| {
            format!(
                "「{}」はセルの場所ではありません。C12 のように、列と行で入力してください。",
                super::line(given, 20)
            )
        })?;
        correct(answers, [file, table, row, column], fields.get("value"));
    }
    left(answers, seen, fields);
    if let Some((kind, number)) = fields.get("undo").split_once('.')
        && let Ok(number) = number.parse::<usize>()
    {
        if kind == "cell" && number < answers.cells.len() {
            answers.cells.remove(number);
        } else if kind == "left" && number < answers.left.len() {
            answers.left.remove(number);
        }
    }
    if let Some(file) = fields.get("encoding-of").parse::<usize>().ok().and_then(|at| seen.files.get(at)) {
        let label = fields.get("encoding");
        if label.is_empty() || ENCODINGS.iter().any(|(own, _)| *own == label) {
            Answers::choose(&mut answers.encodings, &file.name, label);
        }
    }
    if let Some(file) = fields.get("sheet-of").parse::<usize>().ok().and_then(|at| seen.files.get(at)) {
        let number = fields.get("sheet");
        if number.is_empty() || Schemas::bundled().sheet(number).is_some() {
            Answers::choose(&mut answers.sheets, &file.name, number);
        }
    }
    Ok(())
}

/// What is left out: a column, a row, a sheet.
fn left(answers: &mut Answers, seen: &Seen, fields: &Fields) {
    if let Some([file, table, column]) = numbers::<3>(fields.get("leave-column"))
        && let (Some((name, own)), Ok(column)) = (table_at(seen, file, table), usize::try_from(column))
    {
        answers.leave(name, own.origin.as_deref(), Left::Column(column), true);
    }
    if let Some([file, table, row]) = numbers::<3>(fields.get("leave-row"))
        && let Some((name, own)) = table_at(seen, file, table)
    {
        answers.leave(name, own.origin.as_deref(), Left::Row(row), true);
    }
    if let Some([file, table]) = numbers::<2>(fields.get("leave-sheet"))
        && let Some((name, own)) = table_at(seen, file, table)
    {
        answers.leave(name, own.origin.as_deref(), Left::Sheet, true);
    }
}

/// Everything that is proposed in a table: row, column, text.
fn proposals(table: &SeenTable) -> Vec<(u64, u64, String)> {
    let refused = table.refused_rows.iter().map(|row| &row.reason);
    let proposed = table.findings.iter().chain(refused).filter_map(|finding| {
        let Repair::Proposed(text) = &finding.repair else { return None };
        let (row, cell) = mark_of(&table.begun, finding)?;
        Some((row, u64::try_from(cell?).ok()?, text.clone()))
    });
    proposed.collect()
}

fn proposal(table: &SeenTable, row: u64, column: u64) -> Option<String> {
    proposals(table).into_iter().find(|(own, at, _)| *own == row && *at == column).map(|(_, _, text)| text)
}

/// A cell by the name that spreadsheets give it: `C12`, its column from 0.
fn reference(text: &str) -> Option<(u64, u64)> {
    let text: String = unicode_normalization::UnicodeNormalization::nfkc(text).collect::<String>().to_ascii_uppercase();
    let digits = text.find(|c: char| c.is_ascii_digit())?;
    let (letters, row) = text.split_at_checked(digits)?;
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let column = letters.bytes().fold(0_u64, |sum, letter| sum * 26 + u64::from(letter - b'A') + 1);
    let row: u64 = row.parse().ok()?;
    (1..=1 << 20).contains(&row).then(|| (column - 1, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_spreadsheets_name_them() {
        for (text, expected) in [
            ("A1", Some((0, 1))),
            ("c12", Some((2, 12))),
            ("ＡＡ１０", Some((26, 10))),
            ("A0", None),
            ("12", None),
            ("A", None),
            ("A1B", None),
            ("ABCD1", None),
            ("あ1", None),
            ("A99999999999999999999", None),
        ] {
            assert_eq!(reference(text), expected, "{text}");
        }
    }

    #[test]
    fn keys_have_as_many_numbers_as_they_should() {
        assert_eq!(numbers::<4>("0.1.12.3"), Some([0, 1, 12, 3]));
        for bad in ["", "0.1", "0.1.2.3.4", "a.b.c.d", "0.1.-1.2", "0.1.2."] {
            assert_eq!(numbers::<4>(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_the_check_did_not_see_changes_nothing() {
        let fields = Fields::parse(b"cell.0.0.2.1=x&accept=9.9.9.9&leave-column=0.0.1&leave-sheet=5.5&undo=cell.7&encoding-of=3&encoding=utf-8");
        let mut answers = Answers::default();
        assert_eq!(corrected(&mut answers, &Seen::default(), &fields, "担当者"), Ok(()));
        assert_eq!(answers, Answers::default());
    }
}
