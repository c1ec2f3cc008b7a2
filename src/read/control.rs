//! Characters in cells that nobody sees, or nobody but the city: they are kept, and told row by row.

use super::{Cell, RowSink};
use crate::model::finding::{Finding, FindingCode, Place};

/// Kinds of control characters named in one finding; a row with more is damaged in a way that no list explains.
const NAMED: usize = 5;

/// Tells the control characters and the external characters (外字) of a row's cells, where there are any.
///
/// A reader that has the row in one piece asks [`may_hold`] of it first: one look at all of it costs less than one at each
/// cell.
pub(super) fn tell(row: u64, sheet: Option<&str>, cells: &[Cell<'_>], sink: &mut dyn RowSink) {
    let mut found: Vec<char> = Vec::new();
    let mut external: Vec<char> = Vec::new();
    for text in cells.iter().map(|cell| cell.text()).filter(|text| may_hold(text)) {
        for letter in text.chars() {
            let list = if is_control(letter) {
                &mut found
            } else if is_external(letter) {
                &mut external
            } else {
                continue;
            };
            if !list.contains(&letter) && list.len() < NAMED {
                list.push(letter);
            }
        }
    }
    for (code, letters) in [(FindingCode::ControlCharacter, found), (FindingCode::ExternalCharacter, external)] {
        if !letters.is_empty() {
            let names: Vec<String> = letters.iter().map(|letter| format!("U+{:04X}", u32::from(*letter))).collect();
            let place = Place { sheet: sheet.map(str::to_owned), row: Some(row), ..Place::default() };
            sink.finding(Finding::new(code, place, &names.join(", "), ""));
        }
    }
}

/// A quick look at the bytes: nearly all cells hold none of these. All bytes are looked at without a branch, which
/// compiles to a few instructions for sixteen of them.
pub(super) fn may_hold(text: &str) -> bool {
    let any = text.bytes().fold(0, |any, byte| {
        let control =
            u8::from(byte < 0x20) & u8::from(byte != b'\t') & u8::from(byte != b'\n') & u8::from(byte != b'\r');
        any | control | u8::from(byte == 0x7F) | u8::from(matches!(byte, 0xC2 | 0xD8 | 0xE2 | 0xEE))
    });
    any != 0
}

#[inline]
fn is_plain_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7F
}

/// Characters of one's own, U+E000 to U+EFFF: 外字 of CP932 (F040 and on) lie here, and show only where their font is.
fn is_external(letter: char) -> bool {
    matches!(letter, '\u{E000}'..='\u{EFFF}')
}

/// C0 but for tab and line ends, DEL, C1, the line ends of Unicode, blanks without width, and what turns the direction of
/// text (UAX #9), by which a value can be made to look like another.
pub(crate) fn is_control(letter: char) -> bool {
    u8::try_from(letter).is_ok_and(is_plain_control)
        || matches!(letter, '\u{80}'..='\u{9F}' | '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}')
        || matches!(letter, '\u{2028}'..='\u{202E}' | '\u{2060}' | '\u{2066}'..='\u{2069}')
}

/// The characters of a file's name that nobody sees, as `U+202E`; empty where there are none.
pub(crate) fn in_name(name: &str) -> String {
    let mut found: Vec<char> = Vec::new();
    for letter in name.chars() {
        let is_hidden = is_control(letter) || matches!(letter, '\t' | '\n' | '\r' | '\u{FEFF}');
        if is_hidden && !found.contains(&letter) && found.len() < NAMED {
            found.push(letter);
        }
    }
    let names: Vec<String> = found.iter().map(|letter| format!("U+{:04X}", u32::from(*letter))).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_sees_is_a_control_character() {
        for letter in [
            '\u{80}', '\u{9F}', '\0', '\u{7}', '\u{1B}', '\u{7F}', '\u{202A}', '\u{202E}', '\u{2066}', '\u{2069}',
            '\u{61C}', '\u{200B}', '\u{200E}', '\u{2028}', '\u{2029}', '\u{2060}',
        ] {
            assert!(is_control(letter) && may_hold(&letter.to_string()), "{letter:?}");
        }
        for letter in ['\t', '\n', '\r', ' ', 'a', '名', '\u{200D}', '\u{2065}', '\u{3000}'] {
            assert!(!is_control(letter) && !is_external(letter), "{letter:?}");
        }
        for letter in ['\u{E000}', '\u{E757}'] {
            assert!(is_external(letter) && may_hold(&letter.to_string()), "{letter:?}");
        }
    }
}
