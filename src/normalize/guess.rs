//! Columns that the file does not name: what they seem to hold.
//!
//! A table without a header is published under made-up names. Beside that a person is told what its columns look like,
//! and where number, order and kinds of its columns are those of one sheet and of no other, they are read as such.

use crate::model::finding::Severity;
use crate::model::record::ColumnType;
use crate::schema::{Binding, CURRENT, Field, Municipalities, MunicipalityKind, RECOMMENDED, Schemas, Sheet};

use super::degrees::Axis;
use super::value::{Normalized, Scalar};
use super::{clock_time, code, contact, date, degrees, flag, kana, number, text, weekday};

/// Fewest columns of unmistakable kind (codes, positions, telephone numbers, addresses of the web …) that must agree.
const MIN_SURE: usize = 4;

/// What the columns of a table without header seem to hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Guess {
    /// How many columns the rows fill.
    pub(super) width: usize,
    /// Column, from 0, and the name of the standard's that would fit.
    pub(super) names: Vec<(usize, &'static str)>,
    /// The sheet whose order the columns keep.
    pub(super) binding: Option<Binding>,
}

impl Guess {
    /// Names for the columns of a table read by its order: 列1, 列2 …
    pub(super) fn bound_names(&self) -> Vec<String> {
        let width = self.binding.as_ref().map_or(0, |binding| binding.columns.len());
        (1..=width).map(|number| format!("列{number}")).collect()
    }

    /// The proposal as text: 列1=全国地方公共団体コード、列4=名称.
    pub(super) fn proposal(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|(column, name)| format!("列{}={name}", column + 1)).collect();
        names.join("、")
    }
}

/// Looks at the first rows of a table without header.
pub(super) fn columns(rows: &[Vec<String>], schemas: &Schemas) -> Guess {
    let filled = |row: &Vec<String>| row.iter().rposition(|cell| !text::is_blank(cell)).map_or(0, |last| last + 1);
    let width = rows.iter().map(filled).max().unwrap_or(0);
    let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
    let columns: Vec<Vec<&str>> = (0..longest)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| text::trim(cell));
            cells.filter(|cell| !text::is_blank(cell) && !text::is_blank_word(cell)).collect()
        })
        .collect();
    Guess { width, names: names(&columns), binding: by_order(&columns, schemas) }
}

/// The one sheet whose columns, in their order, are of the kinds found.
fn by_order(columns: &[Vec<&str>], schemas: &Schemas) -> Option<Binding> {
    let mut best: Option<(usize, bool, Binding)> = None;
    for sheet in schemas.sheets() {
        let current = sheet.column_order_verified.then(|| (0..sheet.fields.len()).map(Some).collect::<Vec<_>>());
        let older = sheet.recommended.as_ref().map(|layout| layout.columns.iter().map(|column| column.field).collect());
        for (edition, fields) in [(CURRENT, current), (RECOMMENDED, older)] {
            let Some(fields) = fields.filter(|fields| fields.len() == columns.len()) else { continue };
            let Some(sure) = agreement(sheet, &fields, columns) else { continue };
            match &mut best {
                Some((known, is_tie, _)) if *known == sure => *is_tie = true,
                Some((known, _, _)) if *known > sure => {}
                _ => best = Some((sure, false, binding(sheet, edition, fields, sure))),
            }
        }
    }
    best.filter(|(_, is_tie, _)| !is_tie).map(|(_, _, binding)| binding)
}

fn binding(sheet: &Sheet, edition: &'static str, columns: Vec<Option<usize>>, sure: usize) -> Binding {
    let matched = columns.iter().filter(|field| field.is_some()).count();
    let title = if edition == CURRENT { "現行の項目" } else { "推奨データセット（旧様式）の項目" };
    let reason = format!(
        "見出しがありませんが、列数({}列)と並びが「{}」の{title}と一致し、{sure}列の値の種類も合っています。",
        columns.len(),
        sheet.title
    );
    Binding { sheet: sheet.number.clone(), edition, columns, score: sure as f64, matched, reason }
}

/// How many columns of unmistakable kind agree; `None` where one does not, or too few do.
fn agreement(sheet: &Sheet, fields: &[Option<usize>], columns: &[Vec<&str>]) -> Option<usize> {
    let mut sure = 0;
    for (field, cells) in fields.iter().zip(columns) {
        let Some(field) = field.and_then(|field| sheet.fields.get(field)) else { continue };
        if cells.is_empty() || !is_telling(field) {
            continue;
        }
        let fitting = cells.iter().filter(|cell| fits(field, cell)).count();
        if fitting * 5 < cells.len() * 4 {
            return None;
        }
        sure += 1;
    }
    (sure >= MIN_SURE).then_some(sure)
}

/// Whether values of the field cannot be mistaken for others.
fn is_telling(field: &Field) -> bool {
    match field.kind {
        ColumnType::Text => !field.codes.is_empty() && field.separator.is_none(),
        ColumnType::Code => field.name.contains("地方公共団体コード") || field.name.contains("市区町村コード"),
        _ => true,
    }
}

fn fits(field: &Field, cell: &str) -> bool {
    match field.kind {
        ColumnType::Text | ColumnType::Flag if !field.codes.is_empty() => is_right(&flag::flag(cell, &field.codes)),
        ColumnType::Text | ColumnType::Flag => true,
        ColumnType::Code => is_municipality(cell),
        ColumnType::Integer => matches!(number::integer(cell).value, Scalar::Integer(0..)),
        ColumnType::Number => matches!(number::number(cell).value, Scalar::Number(_) | Scalar::Integer(_)),
        ColumnType::Date => is_right(&date::date(cell, false)),
        ColumnType::Time => is_right(&clock_time::time(cell, false)),
        ColumnType::Weekday => is_right(&weekday::weekdays(cell).days),
        ColumnType::Phone => is_right(&contact::phone(cell)),
        ColumnType::Postal => is_right(&contact::postal(cell)),
        ColumnType::Url => is_right(&contact::url(cell)),
        ColumnType::Email => is_right(&contact::email(cell)),
        ColumnType::Kana => is_right(&kana::kana(cell)),
        ColumnType::Latitude => is_degrees(cell, Axis::Latitude),
        ColumnType::Longitude => is_degrees(cell, Axis::Longitude),
    }
}

fn is_right(normalized: &Normalized<'_>) -> bool {
    normalized.value != Scalar::Null && normalized.remarks.iter().all(|remark| remark.code.severity() == Severity::Note)
}

fn is_degrees(cell: &str, axis: Axis) -> bool {
    cell.contains('.') && degrees::plain(cell).is_some_and(|degrees| axis.fits(degrees))
}

fn is_municipality(cell: &str) -> bool {
    let list = Municipalities::bundled();
    let known = |code| list.by_code(code).is_some();
    crate::model::code::MunicipalityCode::parse(cell).is_ok_and(known)
}

fn is_prefecture(cell: &str) -> bool {
    Municipalities::bundled().iter().any(|body| body.kind == MunicipalityKind::Prefecture && body.prefecture == cell)
}

fn is_municipality_name(cell: &str) -> bool {
    Municipalities::bundled().by_name(None, cell).is_some()
}

/// A place written out: it begins with a prefecture or municipality and goes on.
fn is_address(cell: &str) -> bool {
    Municipalities::bundled().iter().any(|body| {
        let name = if body.kind == MunicipalityKind::Prefecture { &body.prefecture } else { &body.name };
        cell.strip_prefix(name.as_str()).is_some_and(|rest| rest.chars().count() > 2)
    })
}

type Test = fn(&str) -> bool;

/// Letters of weekdays: digits also stand for them, but say nothing by themselves.
const DAYS: [char; 7] = ['月', '火', '水', '木', '金', '土', '日'];

/// The names of columns in the order in which they are looked for, with what their values look like.
const TESTS: &[(&str, Test)] = &[
    ("全国地方公共団体コード", is_municipality),
    ("緯度", |cell| is_degrees(cell, Axis::Latitude)),
    ("経度", |cell| is_degrees(cell, Axis::Longitude)),
    ("URL", |cell| cell.starts_with("http://") || cell.starts_with("https://")),
    ("連絡先メールアドレス", |cell| cell.contains('@') && is_right(&contact::email(cell))),
    ("郵便番号", |cell| cell.contains('-') && is_right(&contact::postal(cell))),
    ("電話番号", |cell| cell.starts_with(['0', '(', '（', '０']) && is_right(&contact::phone(cell))),
    ("所在地_都道府県", is_prefecture),
    ("所在地_市区町村", is_municipality_name),
    ("所在地_連結表記", is_address),
    ("利用可能曜日", |cell| cell.contains(DAYS) && is_right(&weekday::weekdays(cell).days)),
    ("開始時間", |cell| cell.contains([':', '：', '時']) && is_right(&clock_time::time(cell, false))),
    ("終了時間", |cell| cell.contains([':', '：', '時']) && is_right(&clock_time::time(cell, false))),
    ("名称_カナ", |cell| cell.chars().count() > 2 && is_right(&kana::kana(cell))),
    ("法人番号", |cell| code::is_corporate_number(cell)),
];

fn names(columns: &[Vec<&str>]) -> Vec<(usize, &'static str)> {
    let mut names: Vec<(usize, &'static str)> = Vec::new();
    for (name, test) in TESTS {
        let found = columns.iter().enumerate().position(|(column, cells)| {
            let fitting = cells.iter().filter(|cell| test(cell)).count();
            !cells.is_empty() && fitting * 5 >= cells.len() * 4 && !names.iter().any(|(taken, _)| *taken == column)
        });
        names.extend(found.map(|column| (column, *name)));
    }
    // What is left: the first column of letters and digits that tells all rows apart, and the first of words.
    let is_free = |names: &[(usize, &str)], column: usize| !names.iter().any(|(taken, _)| *taken == column);
    let tells_apart =
        |cells: &[&str]| cells.len() > 1 && cells.iter().collect::<std::collections::HashSet<_>>().len() == cells.len();
    let id = columns.iter().enumerate().position(|(column, cells)| {
        let is_plain = |cell: &&str| cell.len() <= 20 && cell.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        is_free(&names, column) && tells_apart(cells) && cells.iter().all(is_plain)
    });
    names.extend(id.map(|column| (column, "ID")));
    let name = columns.iter().enumerate().position(|(column, cells)| {
        let is_words = |cell: &&str| cell.chars().any(|letter| letter.is_alphabetic() && !letter.is_ascii());
        is_free(&names, column) && tells_apart(cells) && cells.iter().all(is_words)
    });
    names.extend(name.map(|column| (column, "名称")));
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<Vec<String>> {
        lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn columns_without_names_are_told_by_what_they_hold() {
        let guess = columns(
            &rows(&[
                "173240,1,川北町役場,石川県能美郡川北町壱ツ屋174,36.4667,136.5412,076-277-1111,https://www.example.jp/",
                "173240,2,川北町文化センター,石川県能美郡川北町壱ツ屋196,36.4652,136.5437,076-277-8383,",
            ]),
            Schemas::bundled(),
        );
        let expected = "列1=全国地方公共団体コード、列2=ID、列3=名称、列4=所在地_連結表記、列5=緯度、列6=経度、列7=電話番号、列8=URL";
        assert_eq!(guess.proposal(), expected);
        assert_eq!(guess.binding, None);
    }

    #[test]
    fn the_verified_order_of_a_sheet_is_recognised_by_its_values() {
        let hydrants = rows(&[
            "222127,A1,静岡県焼津市,消火栓,222127,,静岡県焼津市本町2-16,静岡県,焼津市,本町,2-16,,34.866918,138.323171,75,",
            "222127,A2,静岡県焼津市,防火水槽,222127,,静岡県焼津市本町3-1,静岡県,焼津市,本町,3-1,,34.867918,138.324171,100,",
        ]);
        let guess = columns(&hydrants, Schemas::bundled());
        assert_eq!(guess.binding.as_ref().map(|binding| binding.sheet.as_str()), Some("14"));
        let mut wrong = hydrants.clone();
        for row in &mut wrong {
            row.swap(12, 14);
        }
        assert_eq!(columns(&wrong, Schemas::bundled()).binding, None);
    }
}
