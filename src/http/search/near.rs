//! What a person typed as one word: the word, what means the same, a slip of the finger, and words typed without blanks.

use super::expression::Field;
use super::find::{Search, either, parts_of};
use super::index::Hits;
use super::lexicon::By;
use super::romaji;
use super::texts::{Held, Part};
use super::typo::slip_in;

/// Fewest letters of a word in which one slip is looked past.
const SLIP_LEAST_CHARS: usize = 4;
/// The same for a word in one of the alphabets, where one letter says less.
const SLIP_LEAST_LETTERS: usize = 5;
/// Work for slips in one word: some 3 ms.
const SLIP_WORK: usize = 300_000;
/// Work for taking one word apart: some 3 ms.
const PIECES_WORK: usize = 300_000;
/// Longest text that is taken apart, characters: a question, not a page.
const PIECES_LIMIT_CHARS: usize = 60;
/// Longest piece, characters.
const PIECE_LIMIT_CHARS: usize = 14;
/// Most pieces sought.
const PIECES_LIMIT: usize = 8;

/// Parts in which a word says what a dataset is.
const STRONG: u16 = 1 << Part::Title as u8
    | 1 << Part::Name as u8
    | 1 << Part::Tag as u8
    | 1 << Part::Resource as u8
    | 1 << Part::Publisher as u8
    | 1 << Part::Record as u8;

impl Search<'_> {
    /// Datasets for a word as typed: exactly, by its readings and synonyms; where these give nothing that says what a
    /// dataset is, also past one slip, and by the words it is made of.
    pub(super) fn near(&self, word: &str) -> Hits {
        let alternatives = self.alternatives(word);
        let (mut hits, parts) = self.any_of(&Field::Text, &alternatives);
        let is_found = parts & STRONG != 0;
        let in_letters = word.chars().all(|c| c.is_ascii_alphabetic()) || romaji::is_kana(word);
        let least = if in_letters { SLIP_LEAST_LETTERS } else { SLIP_LEAST_CHARS };
        // In kanji one other sign is another word (小学校区, 中学校区): looked past only where nothing else is found.
        if word.chars().count() >= least && (in_letters || !is_found) {
            let slips = self
                .index
                .lexicon
                .near(word)
                .into_iter()
                .filter(|(other, _)| !alternatives.iter().any(|(known, _)| known == other));
            let slips: Vec<(String, By)> = if is_found { Vec::new() } else { slips.collect() };
            if !slips.is_empty() {
                hits = either(hits, self.any_of(&Field::Text, &slips).0);
            }
            hits = either(hits, self.past_a_slip(word));
        }
        if !is_found {
            let (pieces, unknown) = self.pieces(word);
            hits = either(hits, self.of_pieces(&pieces, unknown));
        }
        hits
    }

    /// The word itself and what stands for it.
    fn alternatives(&self, word: &str) -> Vec<(String, By)> {
        let mut words = vec![(word.to_owned(), By::Exact)];
        let mut add = |found: Vec<(String, By)>| {
            for (other, by) in found {
                if !words.iter().any(|(known, _)| *known == other) {
                    words.push((other, by));
                }
            }
        };
        add(self.index.lexicon.others(word));
        add(self.index.places.others(word));
        // toire and shirasu are also sought as they sound.
        if let Some(kana) = romaji::to_kana(word).filter(|kana| kana.chars().count() >= 3) {
            add(vec![(kana, By::Reading)]);
        }
        words
    }

    /// Datasets whose texts hold the word but for one slip. One half of the word is as it should be, and stands there.
    fn past_a_slip(&self, word: &str) -> Hits {
        let chars: Vec<char> = word.chars().collect();
        let middle = chars.len() / 2;
        let halves: [String; 2] = [chars[..middle].iter().collect(), chars[middle..].iter().collect()];
        let texts = &self.index.texts;
        let parts = parts_of(&Field::Text) & !Part::Dictionary.bit();
        let mut held: Vec<Held> = self.work.within(SLIP_WORK, |work| {
            let mut numbers: Vec<u32> = halves
                .iter()
                .filter(|half| half.chars().nth(1).is_some())
                .flat_map(|half| texts.candidates(half, work))
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            let mut held = Vec::new();
            for number in numbers {
                let text = texts.text(number);
                if texts.parts(number) & parts == 0 || text.len() > 4_096 && texts.parts(number) == Part::Record.bit() {
                    continue;
                }
                if !work.spend(1 + text.len() / 16) {
                    break;
                }
                if let Some((at, length)) = slip_in(text, word) {
                    held.push((number, (1.0 + super::texts::closeness(text, at, length)) * By::Typo.factor()));
                }
            }
            held
        });
        held.sort_by_key(|held| held.0);
        let noted = held.iter().map(|held| (*held, 0)).collect();
        self.note(&[(word.to_owned(), By::Typo)], noted);
        self.spread(&Field::Text, &held).0
    }

    /// The longest words known to the catalogue or the lexicon, from the left; words of questions are left out. Beside
    /// them how many signs that are no kana belong to none.
    pub(super) fn pieces(&self, word: &str) -> (Vec<String>, usize) {
        let chars: Vec<char> = word.chars().take(PIECES_LIMIT_CHARS).collect();
        let texts = &self.index.texts;
        let parts = parts_of(&Field::Text) & !(Part::Dictionary.bit() | Part::Record.bit());
        let lexicon = &self.index.lexicon;
        self.work.within(PIECES_WORK, |work| {
            let mut pieces: Vec<String> = Vec::new();
            let (mut at, mut unknown) = (0, 0);
            while at < chars.len() && pieces.len() < PIECES_LIMIT {
                let longest = (chars.len() - at).min(PIECE_LIMIT_CHARS);
                let found = (2..=longest).rev().find_map(|length| {
                    let piece: String = chars[at..at + length].iter().collect();
                    if lexicon.is_ignored(&piece) {
                        return Some((length, None));
                    }
                    if piece == word || cuts_a_word(&chars, at, length) {
                        return None;
                    }
                    // Two kana are a particle or an ending more often than a word, and so is one beside a kanji.
                    let short = length < 3 && chars[at..at + length].iter().any(|c| is_kana(*c))
                        || is_kana(chars[at]) && !is_kana(chars[at + 1])
                        || is_kana(chars[at + length - 1]) && !is_kana(chars[at + length - 2]);
                    let known = lexicon.knows(&piece)
                        || self.index.places.knows(&piece)
                        || (!short && texts.occurs(&piece, parts, work));
                    known.then_some((length, Some(piece)))
                });
                if let Some((length, piece)) = found {
                    at += length;
                    pieces.extend(piece);
                } else {
                    unknown += usize::from(chars[at].is_alphanumeric() && !is_kana(chars[at]));
                    at += 1;
                }
            }
            pieces.dedup();
            (pieces, unknown)
        })
    }

    /// Datasets that hold most of the pieces: all, or else as many as any dataset holds, but at least half of the letters.
    fn of_pieces(&self, pieces: &[String], unknown: usize) -> Hits {
        if pieces.is_empty() {
            return Vec::new();
        }
        let length = self.index.len();
        let mut sums = vec![0.0_f32; length];
        let mut letters = vec![0_u16; length];
        let mut whole = 0_u16;
        self.work.spend(length / 4);
        for piece in pieces {
            let weight = u16::try_from(piece.chars().count()).unwrap_or(u16::MAX);
            whole = whole.saturating_add(weight);
            let (hits, _) = self.any_of(&Field::Text, &self.alternatives(piece));
            for (number, share) in hits {
                sums[number as usize] += share * By::Piece.factor();
                letters[number as usize] = letters[number as usize].saturating_add(weight);
            }
        }
        // A piece of what is for the most part unknown is no answer.
        let known = usize::from(whole) > unknown;
        let most = letters.iter().copied().max().unwrap_or(0);
        if !known || most == 0 || most * 2 < whole {
            return Vec::new();
        }
        (0_u32..)
            .zip(sums.into_iter().zip(letters))
            .filter(|(_, (_, own))| *own == most)
            .map(|(n, (sum, _))| (n, sum))
            .collect()
    }
}

fn is_kana(c: char) -> bool {
    matches!(c, 'ァ'..='ヺ' | 'ー')
}

/// Whether a stretch begins or ends inside a word of Latin letters or of digits.
fn cuts_a_word(chars: &[char], at: usize, length: usize) -> bool {
    let joined = |a: Option<&char>, b: Option<&char>| {
        a.zip(b).is_some_and(|(a, b)| {
            (a.is_ascii_alphabetic() && b.is_ascii_alphabetic()) || (a.is_ascii_digit() && b.is_ascii_digit())
        })
    };
    let before = at.checked_sub(1).and_then(|before| chars.get(before));
    joined(before, chars.get(at)) || joined(chars.get(at + length - 1), chars.get(at + length))
}
