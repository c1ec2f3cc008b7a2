//! What is seen in the cells of a table besides findings: the facts that the items of machine readability ask for.
//!
//! The records pass by as batches; a cell is looked at as it was found (the value as found is kept beside a changed
//! one). One look goes once over the text of a cell.

use std::collections::HashMap;

use arrow::array::{Array, Int64Array, RecordBatch, StringArray};

use crate::model::record::{ColumnType, Storage, TableShape};

use super::readability::characters;

/// Places kept of each fact: enough to show a person where to look.
const PLACES: usize = 5;

/// How often a fact was met, and where first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// The rows of the first few, from 1.
    pub rows: Vec<u64>,
}

impl Seen {
    fn add(&mut self, row: u64) {
        self.count += 1;
        if self.rows.len() < PLACES {
            self.rows.push(row);
        }
    }
}

/// What was seen in the cells of one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnFacts {
    /// Records that hold a value.
    pub filled: u64,
    /// Cells with a line break inside.
    pub line_breaks: Seen,
    /// Cells whose blanks are there for looks: around the value, several in a row, or between single letters.
    pub spacing: Seen,
    /// Cells that hold several values: stacked lines, spans of times.
    pub several: Seen,
    /// Cells with platform-dependent signs, half-width kana or private characters.
    pub signs: Seen,
    /// Cells with kanji that only some platforms have (髙, 﨑), which names may hold.
    pub name_kanji: u64,
    /// Cells that say "as above".
    pub ditto: Seen,
    /// Cells such as `その他(屋外)`.
    pub other_detail: Seen,
    /// Short cells with a year of a Japanese era and no western year.
    pub eras: Seen,
    /// Cells of a column of numbers that hold a sign instead.
    pub number_signs: Seen,
    /// Cells that are plain numbers.
    pub plain_numbers: u64,
    /// Cells that are numbers with units, commas or full-width digits.
    pub dressed_numbers: Seen,
    /// Empty cells.
    pub empty: Seen,
}

/// What was seen in the cells of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// By column of the shape.
    pub columns: Vec<ColumnFacts>,
    /// Records with a geometry.
    pub placed: u64,
    /// Records.
    pub records: u64,
}

impl Facts {
    /// Facts of a table of this shape, before its first record.
    pub(super) fn new(shape: &TableShape) -> Self {
        Self { columns: vec![ColumnFacts::default(); shape.columns.len()], placed: 0, records: 0 }
    }

    /// Looks at a batch of records as the worker sends them.
    pub(super) fn add(&mut self, shape: &TableShape, batch: &RecordBatch) {
        let rows = batch.column_by_name("_row").and_then(|column| column.as_any().downcast_ref::<Int64Array>());
        let row_of = |at: usize| {
            let row = rows.filter(|rows| at < rows.len()).map_or(0, |rows| rows.value(at));
            u64::try_from(row).unwrap_or(0)
        };
        self.records += batch.num_rows() as u64;
        if let Some(geometry) = batch.column_by_name("_geom") {
            self.placed += (geometry.len() - geometry.null_count()) as u64;
        }
        let found = found_texts(shape, batch);
        for (at, (column, facts)) in shape.columns.iter().zip(&mut self.columns).enumerate() {
            let Some(array) = batch.column_by_name(&column.name) else { continue };
            facts.filled += (array.len() - array.null_count()) as u64;
            let texts = array.as_any().downcast_ref::<StringArray>();
            let mut changed = found.get(at).into_iter().flatten().peekable();
            for row in 0..array.len() {
                let as_found = changed.next_if(|(changed, _)| *changed == row).map(|(_, text)| text.as_str());
                let value = texts.filter(|texts| !texts.is_null(row)).map(|texts| texts.value(row));
                match as_found.or(value) {
                    Some(text) => look(text, column.kind, row_of(row), facts),
                    // A number as the file's format or text has it, in its plain form.
                    None if array.is_valid(row) => facts.plain_numbers += 1,
                    None => facts.empty.add(row_of(row)),
                }
            }
        }
    }
}

/// The texts as found of a batch: by column of the shape, the rows of the batch with their texts.
fn found_texts(shape: &TableShape, batch: &RecordBatch) -> Vec<Vec<(usize, String)>> {
    let mut texts = vec![Vec::new(); shape.columns.len()];
    let Some(found) = batch.column_by_name("_found").and_then(|column| column.as_any().downcast_ref::<StringArray>())
    else {
        return texts;
    };
    let places: HashMap<&str, usize> =
        shape.columns.iter().enumerate().map(|(at, column)| (column.name.as_str(), at)).collect();
    for row in (0..found.len()).filter(|row| found.is_valid(*row)) {
        let object: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(found.value(row));
        for (name, text) in object.into_iter().flatten() {
            let column = places.get(name.as_str()).and_then(|at| texts.get_mut(*at));
            if let (Some(column), serde_json::Value::String(text)) = (column, text) {
                column.push((row, text));
            }
        }
    }
    texts
}

/// Looks at one cell.
fn look(text: &str, kind: ColumnType, row: u64, facts: &mut ColumnFacts) {
    if text.is_empty() {
        facts.empty.add(row);
        return;
    }
    let trimmed = text.trim();
    let mut has_break = false;
    let mut is_spaced = trimmed.len() != text.len();
    if text.is_ascii() {
        has_break = text.bytes().any(|byte| matches!(byte, b'\n' | b'\r'));
        is_spaced |= text.as_bytes().windows(2).any(|pair| pair == b"  ");
    } else {
        let (mut has_sign, mut has_name_kanji, mut blank_before) = (false, false, false);
        for letter in text.chars() {
            let is_blank = matches!(letter, ' ' | '\u{3000}' | '\u{a0}');
            is_spaced |= is_blank && blank_before;
            blank_before = is_blank;
            has_break |= matches!(letter, '\n' | '\r');
            match characters::class(letter) {
                characters::Class::Plain => {}
                characters::Class::Sign => has_sign = true,
                characters::Class::NameKanji => has_name_kanji = true,
            }
        }
        is_spaced = is_spaced || is_spread(trimmed);
        if has_sign {
            facts.signs.add(row);
        }
        facts.name_kanji += u64::from(has_name_kanji);
        if matches!(trimmed, "〃" | "″" | "同上" | "々" | "仝" | "”") {
            facts.ditto.add(row);
        }
        let detail = trimmed.strip_prefix("その他").and_then(|rest| rest.chars().next());
        if detail.is_some_and(|letter| matches!(letter, '(' | '（' | ':' | '：' | '[' | '【' | '、')) {
            facts.other_detail.add(row);
        }
    }
    if has_break {
        facts.line_breaks.add(row);
        if text.split(['\n', '\r']).filter(|line| !line.trim().is_empty()).count() > 1 {
            facts.several.add(row);
        }
    } else if kind == ColumnType::Time && trimmed.contains(['～', '〜', '~']) {
        facts.several.add(row);
    }
    if is_spaced {
        facts.spacing.add(row);
    }
    if trimmed.len() <= 60 {
        if is_era_alone(trimmed) {
            facts.eras.add(row);
        }
        look_at_number(trimmed, kind, row, facts);
    }
}

fn look_at_number(text: &str, kind: ColumnType, row: u64, facts: &mut ColumnFacts) {
    let has_digit = text.chars().any(|letter| letter.is_ascii_digit() || ('０'..='９').contains(&letter));
    if !has_digit {
        let is_sign = text.chars().count() <= 4 && !text.chars().any(is_letter_of_words);
        if is_sign && !text.is_empty() {
            facts.number_signs.add(row);
        }
    } else if is_plain_number(text) {
        facts.plain_numbers += 1;
    } else if kind.storage() != Storage::Text || is_dressed_number(text) {
        facts.dressed_numbers.add(row);
    }
}

/// Letters of which words are made; `X` and `x` alone are signs of statistics.
fn is_letter_of_words(letter: char) -> bool {
    letter.is_alphabetic() && !matches!(letter, 'X' | 'x' | 'Ｘ' | 'ｘ' | '秘')
}

/// Japanese letters each with blanks between: `氏　名`.
fn is_spread(text: &str) -> bool {
    let mut parts = 0;
    for part in text.split([' ', '\u{3000}', '\u{a0}']).filter(|part| !part.is_empty()) {
        let mut letters = part.chars();
        if letters.next().is_none_or(|letter| letter <= '\u{3000}') || letters.next().is_some() {
            return false;
        }
        parts += 1;
    }
    parts > 1
}

/// A year of an era (昭和48年, R6.4.1) without a western year beside it.
pub(super) fn is_era_alone(text: &str) -> bool {
    let rest = ["明治", "大正", "昭和", "平成", "令和"].iter().find_map(|era| text.strip_prefix(era));
    let of_words = rest.is_some_and(|rest| {
        rest.trim_start().starts_with(|letter: char| letter.is_numeric() || letter == '元' || letter == '０')
    });
    let of_letters = text.strip_prefix(['M', 'T', 'S', 'H', 'R', 'Ｍ', 'Ｔ', 'Ｓ', 'Ｈ', 'Ｒ']).is_some_and(|rest| {
        let rest = rest.trim_start();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (1..=2).contains(&digits)
            && rest.get(digits..).is_some_and(|rest| rest.starts_with(['.', '/', '年', '-', '．']))
    });
    let has_western = text
        .as_bytes()
        .windows(4)
        .any(|four| (four.starts_with(b"19") || four.starts_with(b"20")) && four.iter().all(u8::is_ascii_digit));
    (of_words || of_letters) && !has_western
}

/// A sign, digits and at most one point.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Units that follow a number in one cell.
const UNITS: [&str; 33] = [
    "人",
    "名",
    "円",
    "千円",
    "百万円",
    "件",
    "世帯",
    "台",
    "箇所",
    "か所",
    "ヶ所",
    "カ所",
    "個",
    "校",
    "園",
    "棟",
    "戸",
    "回",
    "冊",
    "本",
    "枚",
    "基",
    "路線",
    "m",
    "km",
    "㎡",
    "m2",
    "ha",
    "%",
    "％",
    "kg",
    "t",
    "トン",
];

/// A number dressed for people: `1,234`, `12人`, `１２`, `▲3`.
fn is_dressed_number(text: &str) -> bool {
    let folded: String = text
        .chars()
        .map(|letter| match letter {
            '０'..='９' | '．' | '，' | '－' => char::from_u32(letter as u32 - 0xfee0).unwrap_or(letter),
            '▲' | '△' | '−' => '-',
            letter => letter,
        })
        .collect();
    let bare = folded.trim_start_matches(['約', '\\', '¥', '￥', '※']);
    let bare = UNITS.iter().find_map(|unit| bare.strip_suffix(unit)).unwrap_or(bare).trim();
    is_plain_number(&bare.replace(',', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, kind: ColumnType) -> ColumnFacts {
        let mut facts = ColumnFacts::default();
        look(text, kind, 7, &mut facts);
        facts
    }

    #[test]
    fn blanks_for_looks_are_seen_and_blanks_of_names_are_not() {
        for spaced in ["氏　名", " 本庁", "本庁　　別館", "東 京 都", "a  b"] {
            assert_eq!(seen(spaced, ColumnType::Text).spacing.rows, [7], "{spaced:?}");
        }
        for plain in ["山田　太郎", "Yaizu City", "本庁", "別館 2", "1 2"] {
            assert_eq!(seen(plain, ColumnType::Text).spacing.count, 0, "{plain:?}");
        }
    }

    #[test]
    fn eras_are_seen_where_no_western_year_stands_beside() {
        for era in ["昭和48年3月5日", "令和元年", "R6.4.1", "平成３１年４月", "S48年"] {
            assert!(is_era_alone(era), "{era}");
        }
        for other in ["令和6年(2024年)", "2024-04-01", "平成町1丁目", "R6", "昭和通り", "H", "S造"] {
            assert!(!is_era_alone(other), "{other}");
        }
    }

    #[test]
    fn numbers_are_told_apart_from_dressed_ones_and_signs() {
        for dressed in ["1,234", "１２", "12人", "▲3", "約300㎡", "3.5 ha", "85％"] {
            assert_eq!(seen(dressed, ColumnType::Text).dressed_numbers.count, 1, "{dressed}");
        }
        for plain in ["12", "-3.5", "+1"] {
            assert_eq!(seen(plain, ColumnType::Text).plain_numbers, 1, "{plain}");
        }
        for sign in ["-", "***", "X", "…", "△"] {
            assert_eq!(seen(sign, ColumnType::Integer).number_signs.count, 1, "{sign}");
        }
        assert_eq!(seen("054-626-1111", ColumnType::Text).dressed_numbers.count, 0);
        assert_eq!(seen("なし", ColumnType::Integer).number_signs.count, 0);
    }

    #[test]
    fn several_values_in_a_cell_details_of_other_and_dittos_are_seen() {
        assert_eq!(seen("本館\n別館", ColumnType::Text).several.count, 1);
        assert_eq!(seen("本館\n", ColumnType::Text).several.count, 0);
        assert_eq!(seen("9:00～17:00", ColumnType::Time).several.count, 1);
        assert_eq!(seen("その他（屋外）", ColumnType::Text).other_detail.count, 1);
        assert_eq!(seen("その他の施設", ColumnType::Text).other_detail.count, 0);
        assert_eq!(seen("〃", ColumnType::Text).ditto.count, 1);
        assert_eq!(seen("①会議室", ColumnType::Text).signs.count, 1);
        assert_eq!(seen("髙橋", ColumnType::Text).name_kanji, 1);
    }
}
