//! Blanks and widths: what every value normalizer stands on, and free text itself.

use std::borrow::Cow;

use crate::model::finding::{FindingCode, Repair};

use super::value::{Normalized, Remark, Scalar};

/// Whether a letter is a blank a person does not see: white space, U+3000, a byte-order mark, zero-width blanks.
pub fn is_blank_char(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{feff}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}')
}

/// The text without blanks around it.
pub fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        // Visible ASCII at both ends: the common case of codes and numbers.
        (Some(0x21..=0x7e), Some(0x21..=0x7e)) => text,
        _ => text.trim_matches(is_blank_char),
    }
}

/// Whether nothing is visible.
pub fn is_blank(text: &str) -> bool {
    trim(text).is_empty()
}

/// Whether the letter is one of the many dashes that stand for a hyphen in codes, numbers and dates.
///
/// `ー` (U+30FC) and `ｰ` (U+FF70) are long vowels, but are typed for hyphens everywhere.
pub fn is_dash(letter: char) -> bool {
    matches!(letter, '-' | '‐' | '\u{2011}' | '‒' | '–' | '—' | '―' | '−' | '－' | 'ー' | 'ｰ' | '─' | '━' | '﹣')
}

/// Whether a word means "nothing" in a column whose type it cannot have: dashes, なし and the like.
///
/// Only asked for columns of numbers, dates, codes and the like, never for free text or flags (無 is a value there).
pub fn is_blank_word(text: &str) -> bool {
    let text = trim(text);
    if text.is_empty() || text.len() > 24 {
        return false;
    }
    text.chars().all(is_dash)
        || matches!(
            text,
            "なし"
                | "無し"
                | "ナシ"
                | "無"
                | "該当なし"
                | "該当無し"
                | "設定なし"
                | "N/A"
                | "n/a"
                | "null"
                | "NULL"
                | "NaN"
                | "nan"
                | "None"
                | "…"
                | "・"
                | "＊"
                | "*"
                | "／"
                | "/"
        )
}

/// Full-width ASCII made half-width and U+3000 a blank. Kanji and kana are left alone.
pub fn fold_width(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.chars().any(|letter| matches!(letter, '\u{ff01}'..='\u{ff5e}' | '\u{3000}')) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(fold_letter).collect())
}

fn fold_letter(letter: char) -> char {
    match letter {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        other => other,
    }
}

/// The text folded for machine-read values: width, dashes to `-`, blanks removed.
pub fn squeeze(text: &str) -> Cow<'_, str> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
    if plain {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .filter(|letter| !is_blank_char(*letter))
            .map(|letter| if is_dash(letter) { '-' } else { fold_letter(letter) })
            .collect(),
    )
}

/// Free text: blanks around it go, everything inside stays as published, letter width too.
pub fn free(text: &str) -> Normalized<'_> {
    let trimmed = trim(text);
    if trimmed.is_empty() {
        return Normalized::null();
    }
    if trimmed.chars().all(is_dash) {
        return Normalized::dropped(FindingCode::BlankWord, "", Repair::Made(String::new()));
    }
    if trimmed.len() == text.len() {
        return Normalized::kept(text);
    }
    Normalized {
        value: Scalar::Text(Cow::Borrowed(trimmed)),
        remarks: vec![Remark {
            code: FindingCode::ValueTrimmed,
            expected: Cow::Borrowed(""),
            repair: Repair::Made(trimmed.to_owned()),
        }],
    }
}

/// Free text that names a thing or a place, or remarks on it, where なし and the like mean that there is nothing. Elsewhere
/// (駐車場情報: なし) they may be the answer; a dash alone is nothing anywhere.
pub fn named(text: &str) -> Normalized<'_> {
    nothing(text).unwrap_or_else(|| free(text))
}

/// Whether a spreadsheet wrote an error where a value should be.
pub fn is_error_word(text: &str) -> bool {
    text.as_bytes().first() == Some(&b'#')
        && (matches!(
            text.trim(),
            "#N/A"
                | "#REF!"
                | "#VALUE!"
                | "#DIV/0!"
                | "#NAME?"
                | "#NULL!"
                | "#NUM!"
                | "#SPILL!"
                | "#CALC!"
                | "#GETTING_DATA"
        )
        // What a column that is too narrow shows instead of its number.
        || text.len() > 3 && text.trim_end().bytes().all(|byte| byte == b'#'))
}

/// The answer for a typed column whose cell holds nothing: blank, or a word that means so. `None` where it holds
/// something.
pub fn nothing(text: &str) -> Option<Normalized<'_>> {
    if is_blank(text) {
        Some(Normalized::null())
    } else if is_blank_word(text) {
        Some(Normalized::dropped(FindingCode::BlankWord, "", Repair::Made(String::new())))
    } else {
        None
    }
}

/// Several values in one cell, joined by a half-width semicolon as the standard asks. Separators inside brackets stay.
pub fn multi(text: &str) -> Normalized<'_> {
    let trimmed = trim(text);
    if trimmed.is_empty() {
        return Normalized::null();
    }
    let mut parts: Vec<&str> = Vec::new();
    let mut depth = 0_u32;
    let mut start = 0;
    for (at, letter) in trimmed.char_indices() {
        match letter {
            '(' | '（' | '「' | '[' | '［' | '【' => depth += 1,
            ')' | '）' | '」' | ']' | '］' | '】' => depth = depth.saturating_sub(1),
            // 1,000円: a comma between digits belongs to the number.
            ',' if is_between_digits(trimmed, at) => {}
            ';' | '；' | '、' | ',' | '，' | '／' | '\n' | '\r' if depth == 0 => {
                parts.push(trim(&trimmed[start..at]));
                start = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(trim(&trimmed[start..]));
    parts.retain(|part| !part.is_empty());
    let joined = parts.join(";");
    if joined == text { Normalized::kept(text) } else { Normalized::made(FindingCode::MultiFolded, joined) }
}

fn is_between_digits(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    digit(at.checked_sub(1)) && digit(at.checked_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_of_every_width_are_nothing() {
        for blank in ["", " ", "\u{3000}", "\t\u{a0}\u{3000} ", "\u{feff}", "\u{200b}"] {
            assert!(is_blank(blank), "{blank:?}");
            assert_eq!(nothing(blank), Some(Normalized::null()), "{blank:?}");
        }
        for word in ["-", "－", "ー", "なし", "―", " - ", "--"] {
            assert!(is_blank_word(word), "{word}");
        }
        for value in ["0", "有", "な", "-1", "無料"] {
            assert!(!is_blank_word(value), "{value}");
        }
    }

    #[test]
    fn free_text_keeps_its_width_and_its_rare_letters() {
        for text in ["髙木邸", "﨑山公園", "ＡＥＤ　コーナー", "なし"] {
            assert_eq!(free(text), Normalized::kept(text));
        }
        assert_eq!(free("－").remarks[0].code, FindingCode::BlankWord);
        assert_eq!(named("なし").remarks[0].code, FindingCode::BlankWord);
        let trimmed = free("　市役所 ");
        assert_eq!(trimmed.value.to_text(), "市役所");
        assert_eq!(trimmed.remarks[0].code, FindingCode::ValueTrimmed);
    }

    #[test]
    fn several_values_are_joined_by_a_semicolon_but_not_split_in_brackets() {
        assert_eq!(multi("本町、駅北；小川").value.to_text(), "本町;駅北;小川");
        assert_eq!(multi("御祓地区（25町会、3自治会）").remarks, vec![]);
        assert_eq!(multi("本町;駅北").remarks, vec![]);
    }

    #[test]
    fn width_is_folded_for_ascii_only() {
        assert_eq!(fold_width("２－１６　ＡＢ髙ア"), "2-16 AB髙ア");
        assert_eq!(squeeze(" 054ー626 − 1139"), "054-626-1139");
    }
}
