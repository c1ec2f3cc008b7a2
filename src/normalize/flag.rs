//! Flags and code lists: one of few words.

use std::borrow::Cow;

use crate::model::finding::{FindingCode, Repair};

use super::text;
use super::value::Normalized;

/// What a word of a flag column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Yes,
    No,
}

fn meaning(word: &str) -> Option<Meaning> {
    match word {
        "1" | "1.0" | "○" | "〇" | "◯" | "◎" | "●" | "有" | "有り" | "あり" | "アリ" | "可" | "可能" | "はい"
        | "TRUE" | "True" | "true" | "YES" | "Yes" | "yes" | "Y" | "y" | "✓" | "✔" | "☑" | "✅" | "⭕" | "レ"
        | "設置" | "設置あり" | "実施" | "該当" | "対応" | "O" | "o" => Some(Meaning::Yes),
        "0" | "0.0" | "×" | "✕" | "✖" | "❌" | "未設置" | "設置なし" | "未実施" | "╳" | "X" | "x" | "無" | "無し"
        | "なし" | "ナシ" | "不可" | "否" | "いいえ" | "FALSE" | "False" | "false" | "NO" | "No" | "no" | "N" | "n"
        | "非該当" | "非対応" => Some(Meaning::No),
        _ => None,
    }
}

/// The list as a person reads it.
fn list(codes: &[String]) -> Cow<'static, str> {
    let shown: Vec<&str> = codes.iter().map(|code| if code.is_empty() { "空欄" } else { code.as_str() }).collect();
    Cow::Owned(shown.join("、"))
}

/// A cell of a flag column. `codes` are the allowed words, e.g. 有/無 or 1/empty.
pub fn flag<'a>(found: &'a str, codes: &[String]) -> Normalized<'a> {
    if codes.iter().any(|code| code == found) {
        return if found.is_empty() { Normalized::null() } else { Normalized::kept(found) };
    }
    let trimmed = text::trim(found);
    if trimmed.is_empty() {
        return Normalized::null();
    }
    let folded = text::fold_width(trimmed);
    if let Some(code) = codes.iter().find(|code| code.as_str() == folded) {
        return Normalized::made(FindingCode::FlagFolded, code.clone());
    }
    if folded.chars().all(text::is_dash) {
        return Normalized::dropped(FindingCode::BlankWord, "", Repair::Made(String::new()));
    }
    let allows_empty = codes.iter().any(String::is_empty);
    let word_for = |wanted: Meaning| codes.iter().find(|code| meaning(code) == Some(wanted));
    match meaning(&folded) {
        Some(wanted) => match word_for(wanted) {
            Some(code) => Normalized::made(FindingCode::FlagFolded, code.clone()),
            None if wanted == Meaning::No && allows_empty => {
                Normalized::dropped(FindingCode::FlagFolded, "", Repair::Made(String::new()))
            }
            None => Normalized::wrong(FindingCode::FlagInvalid, found, list(codes)),
        },
        None => Normalized::wrong(FindingCode::FlagInvalid, found, list(codes)),
    }
}

/// A cell of a column with a code list that is no flag: the word itself, or nothing else.
pub fn code_list<'a>(found: &'a str, codes: &[String]) -> Normalized<'a> {
    if codes.iter().any(|code| code == found) {
        return if found.is_empty() { Normalized::null() } else { Normalized::kept(found) };
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let folded = text::fold_width(text::trim(found));
    match codes.iter().find(|code| code.as_str() == folded) {
        Some(code) => Normalized::made(FindingCode::FlagFolded, code.clone()),
        None => Normalized::wrong(FindingCode::CodeListInvalid, found, list(codes)),
    }
}

/// Whether a code list is that of a flag: every word says yes or no, or is empty.
pub fn is_flag_list(codes: &[String]) -> bool {
    !codes.is_empty() && codes.iter().all(|code| code.is_empty() || meaning(code).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list_of(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn yes_and_no_take_the_words_of_the_fields_own_list() {
        let presence = list_of(&["有", "無"]);
        for (found, expected) in [
            ("○", "有"),
            ("可", "有"),
            ("TRUE", "有"),
            ("あり", "有"),
            ("１", "有"),
            ("0", "無"),
            ("×", "無"),
            ("否", "無"),
            ("なし", "無"),
        ] {
            let result = flag(found, &presence);
            assert_eq!(result.value.to_text(), expected, "{found}");
            assert_eq!(result.remarks[0].code, FindingCode::FlagFolded, "{found}");
        }
        assert_eq!(flag("無", &presence), Normalized::kept("無"));
        let hazard = list_of(&["1", ""]);
        for (found, expected) in [("○", "1"), ("1.0", "1"), ("有", "1"), ("0", ""), ("×", ""), ("FALSE", "")] {
            assert_eq!(flag(found, &hazard).value.to_text(), expected, "{found}");
        }
        assert_eq!(flag("", &hazard), Normalized::null());
        assert_eq!(flag("1", &hazard), Normalized::kept("1"));
    }

    #[test]
    fn a_triangle_is_neither_yes_nor_no() {
        let result = flag("△", &list_of(&["1", ""]));
        assert_eq!(result.value.to_text(), "△");
        assert_eq!(result.remarks[0].code, FindingCode::FlagInvalid);
        assert_eq!(result.remarks[0].expected, "1、空欄");
        assert_eq!(flag("-", &list_of(&["有", "無"])).remarks[0].code, FindingCode::BlankWord);
    }

    #[test]
    fn a_word_outside_its_list_is_named() {
        let kinds = list_of(&["消火栓", "防火水槽"]);
        assert_eq!(code_list("消火栓", &kinds).remarks, vec![]);
        assert_eq!(code_list("防火水そう", &kinds).remarks[0].code, FindingCode::CodeListInvalid);
        assert!(!is_flag_list(&kinds));
        assert!(is_flag_list(&list_of(&["可"])));
    }
}
