//! Classes of letters, so that one pass over a cell tells which detectors have anything to do.

use super::rules::{FAMILIES, RULES};

/// A digit, ASCII or full-width. The class is 1, so that classes can be counted.
pub(super) const DIGIT: u16 = 1;
/// Kanji.
pub(super) const KANJI: u16 = 2;
/// Hiragana and katakana of either width.
pub(super) const KANA: u16 = 4;
/// First letter of a word of sensitive places.
pub(super) const SENSITIVE: u16 = 8;
/// A letter of addresses: 県市区町村丁目番号.
pub(super) const ADDRESS: u16 = 16;
/// `＠`.
pub(super) const AT: u16 = 32;
/// First letter of an era: 明 大 昭 平 令 and their signs.
pub(super) const ERA: u16 = 64;
/// A letter that NFKC changes into something else than one letter of the same meaning.
pub(super) const RARE: u16 = 128;
/// First letter of a family name.
pub(super) const FAMILY: u16 = 256;

/// Classes by letter of the basic plane.
#[derive(Debug)]
pub(super) struct Letters(Box<[u16]>);

impl Letters {
    /// `words`: the words of sensitive places, those of the city among them.
    pub(super) fn new(words: impl Iterator<Item = char>) -> Self {
        let mut table = vec![0_u16; 1 << 16].into_boxed_slice();
        let mut mark = |letter: char, class: u16| {
            if let Some(entry) = table.get_mut(letter as usize) {
                *entry |= class;
            }
        };
        let range = |from: char, to: char| from..=to;
        range('\u{4e00}', '\u{9fff}').for_each(|letter| mark(letter, KANJI));
        range('\u{3400}', '\u{4dbf}').for_each(|letter| mark(letter, KANJI));
        range('\u{f900}', '\u{faff}').for_each(|letter| mark(letter, KANJI));
        mark('々', KANJI);
        range('ぁ', 'ゖ').chain(range('ァ', 'ヺ')).for_each(|letter| mark(letter, KANA));
        range('ｦ', 'ﾟ').for_each(|letter| mark(letter, KANA));
        mark('ー', KANA);
        range('０', '９').chain(range('0', '9')).for_each(|letter| mark(letter, DIGIT));
        for (from, to) in
            [('⁰', '⁹'), ('₀', '₉'), ('①', '⓿'), ('❶', '➓'), ('\u{b2}', '\u{b3}'), ('\u{3200}', '\u{33ff}')]
        {
            range(from, to).for_each(|letter| mark(letter, RARE));
        }
        mark('\u{b9}', RARE);
        "県都道府市区町村郡丁目番号条".chars().for_each(|letter| mark(letter, ADDRESS));
        mark('＠', AT);
        "明大昭平令㍾㍽㍼㍻㋿ＭＴＳＨＲ".chars().for_each(|letter| mark(letter, ERA));
        FAMILIES.names.iter().filter_map(|name| name.chars().next()).for_each(|letter| mark(letter, FAMILY));
        RULES.places.words.iter().filter_map(|word| word.chars().next()).for_each(|letter| mark(letter, SENSITIVE));
        words.for_each(|letter| mark(letter, SENSITIVE));
        Self(table)
    }

    /// The classes of a letter.
    #[inline]
    pub(super) fn of(&self, letter: char) -> u16 {
        // Beyond the basic plane: rare kanji, and digits of mathematics.
        self.0.get(letter as usize).copied().unwrap_or(RARE | KANJI)
    }
}
