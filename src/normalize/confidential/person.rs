//! Names of persons: a known family name and what can be a given name.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

use super::rules::{FAMILIES, RULES};
use crate::normalize::text;

/// How much a cell looks like the name of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// Not at all.
    None,
    /// It could be one, where the header says so: two to eight letters, no body.
    Possible,
    /// A family name alone.
    Family,
    /// A family name and a given name.
    Full,
}

/// Longest name looked at, letters: family, given, a blank and an honorific.
pub(super) const LONGEST: usize = 16;

/// Judges a cell in kanji and kana.
pub(super) fn likeness(cell: &str) -> Likeness {
    let cell = text::trim(cell);
    let bare = cell.split(['(', '（', '　', '〔', '[']).next().map_or(cell, text::trim);
    // 山田　太郎 has its blank at the split above: only brackets cut.
    let bare = if cell.contains(['(', '（', '〔', '[']) {
        cut_brackets(cell)
    } else if bare.len() < cell.len() {
        cell
    } else {
        bare
    };
    let with_titles = without_honorific(bare);
    let bare = without_titles(with_titles);
    let is_titled = bare.len() < with_titles.len();
    let letters = bare.chars().count();
    if !(2..=LONGEST).contains(&letters)
        || !bare.chars().all(|letter| is_name_letter(letter) || text::is_blank_char(letter))
    {
        return Likeness::None;
    }
    let mut parts = bare.split(text::is_blank_char).filter(|part| !part.is_empty());
    match (parts.next(), parts.next(), parts.next()) {
        (Some(family), Some(given), None) => match two(family, given) {
            // Two words behind an office are a name, whether or not the family is a known one.
            Likeness::Possible if is_titled => Likeness::Full,
            likeness => likeness,
        },
        (Some(whole), None, None) => one(whole),
        _ => Likeness::None,
    }
}

fn cut_brackets(cell: &str) -> &str {
    text::trim(cell.split(['(', '（', '〔', '[']).next().unwrap_or(cell))
}

fn without_honorific(cell: &str) -> &str {
    let stripped = RULES.person.honorifics.iter().find_map(|word| cell.strip_suffix(word.as_str())).map(text::trim);
    stripped.filter(|rest| rest.chars().count() >= 2).unwrap_or(cell)
}

/// `代表取締役　山田　太郎` → `山田　太郎`, also after a body (`例示会　会長　山田　太郎`), without a blank, and with the title
/// behind the name. The cell itself where nothing would be left.
fn without_titles(cell: &str) -> &str {
    let blank = |letter: char| text::is_blank_char(letter);
    // What stands behind the last part that is a title, or ends in one where a name of two parts follows.
    let mut rest = cell;
    let mut at = 0;
    for part in cell.split(blank) {
        let end = at + part.len();
        let behind = text::trim(cell.get(end..).unwrap_or(""));
        let ends_so = |part: &str| RULES.person.titles.iter().any(|title| part.ends_with(title.as_str()));
        if !behind.is_empty() && (is_titles(part) || (behind.contains(blank) && ends_so(part))) {
            rest = behind;
        }
        at = end + cell.get(end..).and_then(|tail| tail.chars().next()).map_or(0, char::len_utf8);
    }
    if let Some((name, last)) = rest.rsplit_once(blank)
        && is_titles(last)
    {
        rest = text::trim(name);
    }
    if rest.contains(blank) {
        return rest;
    }
    behind_title(rest).filter(|name| name.chars().count() >= 3).unwrap_or(rest)
}

/// What is left of a text behind a title, the longest that it begins with. Most texts begin with no title's letter.
fn behind_title(text: &str) -> Option<&str> {
    static FIRST: LazyLock<HashSet<char>> =
        LazyLock::new(|| RULES.person.titles.iter().filter_map(|title| title.chars().next()).collect());
    if !text.chars().next().is_some_and(|first| FIRST.contains(&first)) {
        return None;
    }
    RULES.person.titles.iter().filter_map(|title| text.strip_prefix(title.as_str())).min_by_key(|rest| rest.len())
}

/// Whether a text is nothing but titles.
fn is_titles(text: &str) -> bool {
    let mut rest = behind_title(text);
    while let Some(left) = rest.filter(|left| !left.is_empty()) {
        rest = behind_title(left);
    }
    rest.is_some()
}

fn is_name_letter(letter: char) -> bool {
    matches!(letter, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '々' | '〆' | 'ヶ' | 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | 'ｦ'..='ﾟ' | '\u{20000}'..='\u{2fa1f}')
}

fn is_kana(text: &str) -> bool {
    text.chars().all(|letter| matches!(letter, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | 'ｦ'..='ﾟ'))
}

fn is_body(name: &str) -> bool {
    RULES.person.body_endings.iter().any(|ending| name.ends_with(ending.as_str()))
        || RULES.person.body_marks.iter().any(|mark| name.contains(mark.as_str()))
}

fn two(family: &str, given: &str) -> Likeness {
    let (family_letters, given_letters) = (family.chars().count(), given.chars().count());
    if given_letters > 5 || family_letters > 5 {
        return Likeness::None;
    }
    if is_kana(family) && is_kana(given) {
        return if FAMILIES.readings.contains(katakana(family).as_ref()) && given_letters >= 2 {
            Likeness::Full
        } else {
            possible(given)
        };
    }
    if FAMILIES.names.contains(family) && given_letters <= 4 && (is_given(given) || !is_body(given)) {
        return Likeness::Full;
    }
    possible(given)
}

fn possible(ending: &str) -> Likeness {
    if is_body(ending) { Likeness::None } else { Likeness::Possible }
}

fn one(whole: &str) -> Likeness {
    let letters = whole.chars().count();
    if FAMILIES.names.contains(whole) {
        return Likeness::Family;
    }
    if letters > 8 || is_kana(whole) {
        return Likeness::None;
    }
    let cuts = whole.char_indices().skip(1).map(|(at, _)| at).take(FAMILIES.longest);
    for at in cuts {
        let (family, given) = whole.split_at(at);
        if given.chars().count() <= 4 && FAMILIES.names.contains(family) && is_given(given) {
            return Likeness::Full;
        }
    }
    if letters <= 6 { possible(whole) } else { Likeness::None }
}

/// What can be a given name: two to four kana, or up to three kanji the last of which given names end with.
fn is_given(given: &str) -> bool {
    let letters = given.chars().count();
    if is_kana(given) {
        return (2..=4).contains(&letters);
    }
    letters <= 3
        && given.chars().next_back().is_some_and(|last| RULES.person.given_endings.contains(last))
        && !RULES
            .person
            .body_endings
            .iter()
            .any(|ending| ending.chars().count() > 1 && given.ends_with(ending.as_str()))
}

/// Whether a cell is the reading of a person's name: a family's reading, a blank, two to five kana.
pub(super) fn is_reading(cell: &str) -> bool {
    let folded: String = text::trim(cell).nfkc().collect();
    let mut parts = folded.split(text::is_blank_char).filter(|part| !part.is_empty());
    let (Some(family), Some(given), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    is_kana(family)
        && is_kana(given)
        && (2..=6).contains(&given.chars().count())
        && FAMILIES.readings.contains(katakana(family).as_ref())
}

/// Whether a cell is all kana and begins with a family's reading: enough under a header that says name and reading.
pub(super) fn begins_as_reading(cell: &str) -> bool {
    let folded: String = text::trim(cell).nfkc().filter(|letter| !text::is_blank_char(*letter)).collect();
    if !is_kana(&folded) || folded.chars().count() > 12 {
        return false;
    }
    let katakana = katakana(&folded);
    katakana.char_indices().skip(2).any(|(at, _)| FAMILIES.readings.contains(katakana.get(..at).unwrap_or("")))
}

fn katakana(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|letter| matches!(letter, 'ぁ'..='ゖ')) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .map(|letter| match letter {
                'ぁ'..='ゖ' => char::from_u32(u32::from(letter) + 0x60).unwrap_or(letter),
                other => other,
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_persons_are_told_from_bodies_and_places() {
        for name in [
            "山田太郎",
            "山田　太郎",
            "山田 太郎",
            "佐藤花子",
            "長谷川 一郎",
            "佐々木美咲",
            "髙橋健一",
            "林 実",
            "山田太郎様",
            "山田太郎（会長）",
            "田中みなみ",
            "鈴木 さくら",
            "ヤマダ　タロウ",
            "やまだ はなこ",
            "例示太郎",
            "代表取締役　山田　太郎",
            "代表取締役社長 山田太郎",
            "代表取締役山田太郎",
            "理事長　鈴木　さくら",
            "代表理事理事長　佐藤　実",
            "例示株式会社　代表取締役　山田　太郎",
            "例示会会長　山田　太郎",
            "院長 山田太郎",
            "園長　佐藤　花子（例示園）",
            "山田　太郎　理事長",
            "医師　高橋　健一",
            "理事長　珍念　太郎",
        ] {
            assert_eq!(likeness(name), Likeness::Full, "{name}");
        }
        for name in [
            "小川公園",
            "石田会館",
            "中村歯科医院",
            "小林商店",
            "森町",
            "山田町",
            "中島橋",
            "大橋",
            "田中第一公民館",
            "山本建設株式会社",
            "焼津市",
            "総務課",
            "中野区",
            "清水港",
            "小川漁協前",
            "上野動物園",
            "高田馬場駅",
            "石川県",
            "コンビニ",
            "理事長",
            "代表取締役",
            "代表取締役　例示産業株式会社",
            "香川県知事",
            "代表　市長",
            "会長　小林商店",
            "園長会議",
            "理事長室",
        ] {
            assert!(likeness(name) < Likeness::Full, "{name}");
        }
        assert!(is_titles("代表理事理事長") && !is_titles("理事長室") && !is_titles(""));
        assert_eq!(likeness("小川"), Likeness::Family);
        assert_eq!(likeness("珍念太郎"), Likeness::Possible);
        assert!(
            is_reading("ヤマダ タロウ")
                && is_reading("ﾔﾏﾀﾞ ﾀﾛｳ")
                && is_reading("さとう　はなこ")
                && !is_reading("ヤイヅ シヤクショ")
        );
        assert!(begins_as_reading("ヤマダタロウ") && !begins_as_reading("シミンホール"));
    }
}
