//! Contacts in one cell: the name, the telephone number and the address of a person one after another.

use super::person::{Likeness, likeness};

/// Fewest digits of a cell that may hold a contact: a telephone number without its first zero has nine.
pub(super) const DIGITS: usize = 9;
/// Longest cell that is taken apart, characters: name, address and two numbers on four lines.
pub(super) const LONGEST: usize = 160;
/// Most parts of it that are looked at.
const PARTS: usize = 24;

/// A contact of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contact {
    /// Whether an address stands beside the name.
    pub(super) has_address: bool,
}

/// Takes a cell apart; `None` where no name of a person stands beside a telephone number or an address.
pub(super) fn look(text: &str, may_have_address: bool) -> Option<Contact> {
    let parts: Vec<&str> = text
        .split(|letter: char| letter.is_whitespace() || is_mark(letter))
        .filter(|part| !part.is_empty())
        .take(PARTS)
        .collect();
    let is_name = |at: usize| {
        let two = || parts.get(at + 1).map(|given| format!("{} {given}", parts[at]));
        likeness(parts[at]) == Likeness::Full || two().is_some_and(|two| likeness(&two) == Likeness::Full)
    };
    // Nine digits or more in one part, hyphens among them, and no house number.
    let is_number = |part: &&str| {
        let digits = part.chars().filter(|letter| matches!(letter, '0'..='9' | '０'..='９')).count();
        (DIGITS..=11).contains(&digits) && !part.contains(['市', '町', '村', '区', '番'])
    };
    let has_address =
        may_have_address && parts.iter().any(|part| is_address(part, part.bytes().filter(u8::is_ascii_digit).count()));
    let is_contact = (has_address || parts.iter().any(is_number)) && (0..parts.len()).any(is_name);
    is_contact.then_some(Contact { has_address })
}

/// Whether a text reads like an address: a municipality or street and a number, or a prefecture and a municipality.
pub(super) fn is_address(text: &str, digits: usize) -> bool {
    let place = text.find(['県', '府', '都', '道', '市', '区', '町', '村', '郡']);
    let Some(at) = place.filter(|at| *at > 0) else { return text.contains("丁目") && digits > 0 };
    let rest = &text[at..];
    let numbered = digits > 0 || rest.contains("丁目") || rest.contains("番地");
    let two_levels = rest.chars().skip(1).any(|letter| matches!(letter, '市' | '区' | '町' | '村'));
    numbered || two_levels
}

/// Marks that part what stands in the cell.
fn is_mark(letter: char) -> bool {
    matches!(letter, '、' | ',' | '，' | '/' | '／' | '(' | '（' | ')' | '）' | ':' | '：' | '・' | ';' | '；')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_beside_a_number_or_an_address_is_a_contact() {
        for (text, has_address) in [
            ("会長 山田 太郎 054-000-0001 焼津市本町1丁目2-3", true),
            ("佐藤花子（054-000-0002）", false),
            ("〒425-0000\n焼津市本町1-2-3\n鈴木一郎\nTEL：054-000-0003", true),
            ("担当：高橋健一／０５４－０００－０００４", false),
        ] {
            assert_eq!(look(text, true), Some(Contact { has_address }), "{text}");
        }
        for text in [
            "観光課 054-000-0001",
            "小川公園管理事務所（054-000-0002）",
            "焼津市本町1-2-3 054-000-0003",
            "中村商店 054-000-0004",
            "山田太郎",
        ] {
            assert_eq!(look(text, true), None, "{text}");
        }
    }
}
