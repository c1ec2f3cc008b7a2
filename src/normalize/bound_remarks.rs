//! What a field cannot hold and the remarks of the record can: exceptions of weekdays and times, words in a column of
//! numbers, words beside a telephone number.

use crate::model::finding::{FindingCode, Repair};
use crate::model::record::Value;
use crate::read::Cell;
use crate::schema::Field;

use super::bound::{Binder, Bound};
use super::plan::Role;
use super::value::{Normalized, Scalar};
use super::{clock_time, text, weekday};

/// A sentence for a field of remarks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sentence {
    /// The field.
    pub(super) at: usize,
    pub(super) text: String,
    /// The finding that tells of it; `None` where one does already.
    pub(super) told_by: Option<FindingCode>,
}

impl Sentence {
    /// A sentence of which only the change of the remarks themselves will tell.
    pub(super) fn told_by(code: FindingCode, (at, text): (usize, String)) -> Self {
        Self { at, text, told_by: Some(code) }
    }
}

impl Binder {
    /// Adds a sentence to the remarks, once.
    pub(super) fn add_remark(&self, sentence: &Sentence, bound: &mut Bound) {
        let at = sentence.at;
        let before = match &bound.record.values[at] {
            Value::Text(text) => text.clone(),
            _ => String::new(),
        };
        let joined = weekday::join_remark(&before, &sentence.text);
        if joined == before {
            return;
        }
        if let Some(code) = sentence.told_by {
            let finding = self.finding(code, bound.record.row, at, &before, "");
            bound.findings.push(finding.repaired(joined.clone()));
        }
        if !bound.record.found.iter().any(|(column, _)| *column == at) {
            bound.record.found.push((at, before));
        }
        bound.record.values[at] = Value::Text(joined);
    }

    /// Names the errors of a spreadsheet (`#N/A`), of which nothing is stored; and house numbers that became dates, which
    /// stay as found. Gives whether nothing is left to read.
    pub(super) fn is_no_value(&self, cell: Cell<'_>, at: usize, field: &Field, bound: &mut Bound) -> bool {
        let found = cell.text();
        if text::is_error_word(found) {
            bound.findings.push(self.finding(FindingCode::CellError, bound.record.row, at, found, ""));
            bound.record.found.push((at, found.to_owned()));
            return true;
        }
        if matches!(cell, Cell::DateTime(_))
            && is_numbered_place(field)
            && let Some(repair) = date_as_number(found)
        {
            let finding = self.finding(FindingCode::DateInPlace, bound.record.row, at, found, "");
            bound.findings.push(finding.proposed(repair));
        }
        false
    }

    /// The sentence for a cell that is no number: 無料 in a column of yen. The column cannot hold it, and public files
    /// would lose it.
    pub(super) fn note_number(&self, at: usize, found: &str, bound: &mut Bound) -> Option<Sentence> {
        let remarks = self.roles.remarks?;
        bound.findings.push(self.finding(FindingCode::NumberNoted, bound.record.row, at, found, "備考"));
        let text = format!("{}:{}", self.sources.get(at)?.header, text::trim(found));
        Some(Sentence { at: remarks, text, told_by: None })
    }

    /// A telephone number and the sentence for the words beside it: `03-3657-3455（記念館）`.
    pub(super) fn beside_phone<'a>(&self, at: usize, found: &'a str) -> Option<(&'a str, Sentence)> {
        let (number, words) = super::contact::split_words(found)?;
        let text = format!("{}:{words}", self.sources.get(at)?.header);
        Some((number, Sentence { at: self.roles.remarks?, text, told_by: None }))
    }
}

/// Whether a cell is no number and its column can hold nothing else.
pub(super) fn is_lost_number(normalized: &Normalized<'_>) -> bool {
    normalized.value == Scalar::Null
        && normalized.remarks.iter().any(|remark| remark.code == FindingCode::NumberInvalid)
}

/// A cell of times without the remark beside them, which goes to the field at `remarks`.
pub(super) fn without_remark(found: &str, remarks: Option<usize>) -> (&str, Option<(usize, String)>) {
    let Some(field) = remarks else { return (found, None) };
    // Most cells are `09:00`; only those that go on past it are looked at.
    match if found.len() > 5 { clock_time::split_remark(found) } else { None } {
        Some((head, remark)) => (head, Some((field, remark.to_owned()))),
        None => (found, None),
    }
}

/// The same value, said to be repaired where only a part of the cell was read.
pub(super) fn said<'a>(value: Normalized<'a>, read: &str, found: &str) -> Normalized<'a> {
    if read.len() == found.len() || !value.remarks.is_empty() {
        return value;
    }
    let repair = Repair::Made(value.value.to_text().into_owned());
    value.with(FindingCode::ValueSplit, "", repair)
}

/// Whether a field holds numbers joined by dashes, which other encodings cannot write.
pub(super) fn may_lose_dashes(role: Role) -> bool {
    match role {
        Role::Named { is_address } => is_address,
        Role::Phone { .. } | Role::Postal | Role::Date => true,
        _ => false,
    }
}

/// Whether a field of free text names a thing or a place, or holds remarks.
pub(super) fn is_named(field: &Field) -> bool {
    ["名称", "所在地", "備考", "方書", "設置位置", "特記事項", "団体名", "ライセンス"]
        .iter()
        .any(|word| field.name.contains(word))
}

/// Whether a field holds numbers of places such as 16-1, which a spreadsheet takes for dates.
fn is_numbered_place(field: &Field) -> bool {
    field.name.contains("番地") || field.name.contains("方書") || field.name.contains("設置位置")
}

/// 2025-01-16 as `1-16`.
fn date_as_number(found: &str) -> Option<String> {
    let mut parts = found.get(..10)?.split('-');
    let (_, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!("{}-{}", month.trim_start_matches('0'), day.trim_start_matches('0')))
}

/// `本町2?16?45`: question marks between digits are dashes (`−`, `–`) that a conversion could not write. Gives the text with
/// dashes.
pub(super) fn dash_lost(found: &str) -> Option<String> {
    let any = memchr::memchr(b'?', found.as_bytes()).is_some() || found.contains('？');
    if !any {
        return None;
    }
    let is_digit = |letter: Option<&char>| letter.is_some_and(|letter| letter.is_ascii_digit() || letter.is_numeric());
    let letters: Vec<char> = found.chars().collect();
    let mut repaired = String::with_capacity(found.len());
    let mut any = false;
    for (at, letter) in letters.iter().enumerate() {
        let lies_between =
            at.checked_sub(1).is_some_and(|before| is_digit(letters.get(before))) && is_digit(letters.get(at + 1));
        let is_lost = matches!(letter, '?' | '？') && lies_between;
        any |= is_lost;
        repaired.push(if is_lost { '-' } else { *letter });
    }
    any.then_some(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_marks_between_digits_are_lost_dashes() {
        assert_eq!(dash_lost("本町2?16?45").as_deref(), Some("本町2-16-45"));
        assert_eq!(dash_lost("中港２丁目５？１３").as_deref(), Some("中港２丁目５-１３"));
        for whole in ["本町2-16", "何番ですか?", "?12", "https://example.jp/?a=1"] {
            assert_eq!(dash_lost(whole), None, "{whole}");
        }
    }
}
