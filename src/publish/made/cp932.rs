//! Text in CP932 (Windows-31J), and what becomes of the characters that it lacks.
//!
//! * Where Unicode has two characters that are one in CP932 (`〜` and `～`), the other is written: nothing is lost.
//! * Marks that only choose among shapes of one character (variation selectors) and invisible ones are left out.
//! * Everything else becomes `〓`, the sign that Japanese print has for a missing type.
//!
//! The last two are losses and are told ([`Encoded::is_changed`]).

use encoding_rs::{EncoderResult, SHIFT_JIS};
use unicode_normalization::UnicodeNormalization as _;

/// `〓` in CP932.
const GETA: [u8; 2] = [0x81, 0xac];

/// What was written of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Encoded {
    /// Characters that became `〓` or were left out.
    pub(super) lost: u64,
    /// Whether the text was cut.
    pub(super) is_cut: bool,
}

impl Encoded {
    /// Whether what was written is not the text.
    pub(super) fn is_changed(self) -> bool {
        self.lost > 0 || self.is_cut
    }
}

/// Appends all of a text.
pub(super) fn encode(text: &str, into: &mut Vec<u8>) -> Encoded {
    encode_up_to(text, usize::MAX, into)
}

/// Appends a text, of which no more than `limit` bytes, cut between two characters.
pub(super) fn encode_up_to(text: &str, limit: usize, into: &mut Vec<u8>) -> Encoded {
    let mut encoded = Encoded::default();
    let end = into.len().saturating_add(limit);
    if text.is_ascii() && !text.contains('\0') {
        let kept = text.len().min(limit);
        into.extend_from_slice(&text.as_bytes()[..kept]);
        encoded.is_cut = kept < text.len();
        return encoded;
    }
    if text.len() <= limit && at_once(text, into) {
        return encoded;
    }
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let joined = letters.peek().and_then(|mark| joined(letter, *mark));
        if joined.is_some() {
            letters.next();
        }
        let letter = twin(joined.unwrap_or(letter));
        if is_shape_only(letter) {
            encoded.lost += 1;
            continue;
        }
        let mut bytes = [0; 4];
        let bytes = if let Some(length) = one(letter, &mut bytes) {
            &bytes[..length]
        } else {
            encoded.lost += 1;
            &GETA[..]
        };
        if into.len() + bytes.len() > end {
            encoded.is_cut = true;
            break;
        }
        into.extend_from_slice(bytes);
    }
    encoded
}

/// Appends a text all of whose characters CP932 has, as most have; else appends nothing.
fn at_once(text: &str, into: &mut Vec<u8>) -> bool {
    let is_itself = |letter: char| {
        twin(letter) == letter && !is_shape_only(letter) && !matches!(letter, '\0' | '\u{3099}' | '\u{309a}')
    };
    if !text.chars().all(is_itself) {
        return false;
    }
    let start = into.len();
    // No character is longer than in UTF-8; the encoder wants some room beyond.
    into.resize(start + text.len() + 4, 0);
    let (result, _, written) =
        SHIFT_JIS.new_encoder().encode_from_utf8_without_replacement(text, &mut into[start..], true);
    let is_whole = result == EncoderResult::InputEmpty;
    into.truncate(if is_whole { start + written } else { start });
    is_whole
}

/// The bytes of one character; `None` where CP932 lacks it.
fn one(letter: char, into: &mut [u8; 4]) -> Option<usize> {
    if letter == '\0' {
        return None;
    }
    let mut text = [0; 4];
    let text = letter.encode_utf8(&mut text);
    // A character of CP932 has two bytes at the most.
    let (result, _, written) = SHIFT_JIS.new_encoder().encode_from_utf8_without_replacement(text, into, true);
    (result == EncoderResult::InputEmpty).then_some(written)
}

/// A kana and the voiced mark behind it as one character.
fn joined(kana: char, mark: char) -> Option<char> {
    if !matches!(mark, '\u{3099}' | '\u{309a}') {
        return None;
    }
    let mut whole = [kana, mark].into_iter().nfc();
    whole.next().filter(|_| whole.next().is_none())
}

/// The one of two equal characters that CP932 is mapped to.
fn twin(letter: char) -> char {
    match letter {
        '\u{301c}' => '\u{ff5e}',
        '\u{2016}' => '\u{2225}',
        '\u{2212}' => '\u{ff0d}',
        '\u{2014}' => '\u{2015}',
        '\u{2013}' => '-',
        '¢' => '￠',
        '£' => '￡',
        '¬' => '￢',
        '¥' => '￥',
        '\u{203e}' => '￣',
        '\u{a0}' => ' ',
        other => other,
    }
}

/// Variation selectors, and characters that are not seen.
fn is_shape_only(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        SHIFT_JIS.decode_without_bom_handling(bytes).0.into_owned()
    }

    #[test]
    fn what_cp932_has_comes_back_and_what_it_lacks_is_told() {
        for (given, expected, lost) in [
            ("髙橋﨑山①㈱", "髙橋﨑山①㈱", 0),
            ("10:00〜12:00−", "10:00～12:00－", 0),
            ("ガス\u{3099}", "ガズ", 0),
            ("¥100 £5", "￥100 ￡5", 0),
            ("𠮷野家", "〓野家", 1),
            ("葛\u{e0100}城市", "葛城市", 1),
            ("한국어 é", "〓〓〓 〓", 4),
            ("a\0b", "a〓b", 1),
            ("plain", "plain", 0),
            ("", "", 0),
        ] {
            let mut bytes = Vec::new();
            let encoded = encode(given, &mut bytes);
            assert_eq!((text(&bytes).as_str(), encoded.lost), (expected, lost), "{given}");
            assert_eq!(encoded.is_changed(), lost > 0);
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        for (given, limit, expected, is_cut) in [
            ("避難所", 5, "避難", true),
            ("避難所", 6, "避難所", false),
            ("a避", 2, "a", true),
            ("abc", 2, "ab", true),
            ("", 0, "", false),
        ] {
            let mut bytes = b"x".to_vec();
            let encoded = encode_up_to(given, limit, &mut bytes);
            assert_eq!((text(&bytes), encoded.is_cut), (format!("x{expected}"), is_cut), "{given}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_written_and_read_again(given in "\\PC*", limit in 0_usize..40) {
            let mut bytes = Vec::new();
            encode_up_to(&given, limit, &mut bytes);
            proptest::prop_assert!(bytes.len() <= limit);
            proptest::prop_assert!(!SHIFT_JIS.decode_without_bom_handling(&bytes).1);
        }
    }
}
