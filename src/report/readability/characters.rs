//! Platform-dependent characters (機種依存文字): what some machines show otherwise or not at all.
//!
//! The set is that of CP932 beyond JIS X 0208: NEC's row 13 (enclosed and roman numerals, squared abbreviations) and the
//! kanji added by NEC and IBM; besides these other enclosed and squared signs of Unicode, half-width kana and private
//! characters (外字). The rule excepts what a proper name needs, so kanji are told apart from signs.

use std::sync::LazyLock;

/// What a character is to other machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Class {
    /// The same everywhere.
    Plain,
    /// A sign that can be written in plain letters.
    Sign,
    /// A kanji that names hold.
    NameKanji,
}

/// One bit for each character of the basic plane that CP932 has beyond JIS X 0208 and that is a kanji: 8 KiB.
static EXTENDED_KANJI: LazyLock<Box<[u64; 1024]>> = LazyLock::new(|| {
    let mut bits = Box::new([0_u64; 1024]);
    // IBM's kanji, 0xFA40–0xFC4B; NEC's copies of them (0xED, 0xEE) are the same characters.
    for lead in 0xfa_u8..=0xfc {
        for trail in 0x40_u8..=0xfc {
            let bytes = [lead, trail];
            let (text, _, had_errors) = encoding_rs::SHIFT_JIS.decode(&bytes);
            let Some(letter) = text.chars().next().filter(|_| !had_errors) else { continue };
            let code = letter as usize;
            let is_kanji = (0x4e00..0xa000).contains(&code) || (0xf900..0xfb00).contains(&code);
            if let Some(word) = bits.get_mut(code / 64).filter(|_| is_kanji) {
                *word |= 1 << (code % 64);
            }
        }
    }
    bits
});

/// The class of a character.
pub(in crate::report) fn class(letter: char) -> Class {
    match letter {
        // Kanji and compatibility kanji.
        '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' => {
            let code = letter as usize;
            let is_extended = EXTENDED_KANJI.get(code / 64).is_some_and(|word| word >> (code % 64) & 1 == 1);
            if is_extended { Class::NameKanji } else { Class::Plain }
        }
        // №, ℡, roman numerals; enclosed numerals; ㈱ ㍿ ㍻ ㎡ …; half-width kana; private characters.
        '\u{2116}'
        | '\u{2121}'
        | '\u{2160}'..='\u{217f}'
        | '\u{2460}'..='\u{24ff}'
        | '\u{2776}'..='\u{2793}'
        | '\u{3200}'..='\u{33ff}'
        | '\u{ff61}'..='\u{ff9f}'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{1f100}'..='\u{1f2ff}'
        | '\u{f0000}'..='\u{10ffff}' => Class::Sign,
        // Kanji outside the basic plane.
        '\u{20000}'..='\u{3ffff}' | '\u{3400}'..='\u{4dbf}' => Class::NameKanji,
        _ => Class::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_kanji_of_names_are_told_apart_from_plain_letters() {
        for sign in "①⑳Ⅰⅹ㈱㍻㎡№℡ｱﾝ❶㊤\u{e000}".chars() {
            assert_eq!(class(sign), Class::Sign, "{sign}");
        }
        for kanji in "髙﨑彅德𠮷".chars() {
            assert_eq!(class(kanji), Class::NameKanji, "{kanji}");
        }
        for plain in "高崎ア漢字aＡ１〒〜～（）「」々〇一\u{3000}".chars() {
            assert_eq!(class(plain), Class::Plain, "{plain}");
        }
    }
}
