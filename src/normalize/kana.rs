//! Readings in full-width katakana.

use unicode_normalization::UnicodeNormalization as _;

use crate::model::finding::{FindingCode, Repair};

use super::text;
use super::value::Normalized;

/// A reading. Half-width kana is made full-width, hiragana katakana (the same reading in other letters), a hyphen inside or at
/// the end of a katakana word the long-vowel mark; kanji is named, since no reading is invented.
pub fn kana(found: &str) -> Normalized<'_> {
    let trimmed = text::trim(found);
    if trimmed.is_empty() || trimmed.chars().all(text::is_dash) {
        return text::nothing(found).unwrap_or_else(Normalized::null);
    }
    let full: String = if trimmed.chars().any(is_half_kana) { widen(trimmed) } else { trimmed.to_owned() };
    // Hiragana among kanji is no reading but a name: it stays whole.
    let is_reading_throughout = full.chars().map(to_katakana).all(is_reading);
    let reading =
        if is_reading_throughout { lengthen(&full.chars().map(to_katakana).collect::<String>()) } else { full };
    let result =
        if reading == trimmed { text::free(found) } else { Normalized::made(FindingCode::KanaFolded, reading) };
    if is_reading_throughout {
        result
    } else {
        result.with(FindingCode::KanaInvalid, "全角カタカナ", Repair::None)
    }
}

/// A dash behind katakana is a long vowel where the word goes on in katakana or ends: センタ- is センター, ア-1 is not.
fn lengthen(reading: &str) -> String {
    let letters: Vec<char> = reading.chars().collect();
    let is_katakana = |at: usize| letters.get(at).is_some_and(|letter| matches!(letter, 'ァ'..='ヺ' | 'ー'));
    let long = |at: usize| {
        let ends = letters.get(at + 1).is_none_or(|next| text::is_blank_char(*next));
        at > 0 && is_katakana(at - 1) && (ends || is_katakana(at + 1))
    };
    letters
        .iter()
        .enumerate()
        .map(|(at, letter)| if *letter != 'ー' && text::is_dash(*letter) && long(at) { 'ー' } else { *letter })
        .collect()
}

/// U+FF61–FF9F: half-width katakana with its marks.
fn is_half_kana(letter: char) -> bool {
    matches!(letter, '\u{ff61}'..='\u{ff9f}')
}

fn is_hiragana(letter: char) -> bool {
    matches!(letter, 'ぁ'..='ゖ' | 'ゝ' | 'ゞ')
}

fn to_katakana(letter: char) -> char {
    if is_hiragana(letter) { char::from_u32(u32::from(letter) + 0x60).unwrap_or(letter) } else { letter }
}

/// Katakana and what stands in readings beside it: letters, digits, blanks, marks – but no kanji.
fn is_reading(letter: char) -> bool {
    !matches!(letter, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '々' | '\u{20000}'..='\u{3ffff}')
        && !is_hiragana(letter)
}

/// Half-width kana to full-width with marks joined (ｶﾞ → ガ); every other letter stays as it is.
fn widen(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    for letter in text.chars() {
        if is_half_kana(letter) {
            run.push(letter);
        } else {
            out.extend(run.nfkc());
            run.clear();
            out.push(letter);
        }
    }
    out.extend(run.nfkc());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_width_kana_is_widened_with_its_marks() {
        let result = kana("ｺﾏｴｼﾔｸｼｮ");
        assert_eq!(result.value.to_text(), "コマエシヤクショ");
        assert_eq!(result.remarks[0].code, FindingCode::KanaFolded);
        assert_eq!(kana("ﾎﾞｳｻｲｾﾝﾀｰ1ｶｲ").value.to_text(), "ボウサイセンター1カイ");
        assert_eq!(kana("シヤクショホンカン").remarks, vec![]);
        assert_eq!(kana("アトレ　１カイ・ＡＥＤ").remarks, vec![]);
    }

    #[test]
    fn hiragana_is_the_same_reading_and_kanji_is_named() {
        let result = kana("しやくしょ");
        assert_eq!(result.value.to_text(), "シヤクショ");
        assert_eq!(result.remarks[0].code, FindingCode::KanaFolded);
        for (found, expected) in
            [("センタ-", "センター"), ("コミュニティ―センタ－", "コミュニティーセンター"), ("ゆーとぴあ", "ユートピア")]
        {
            assert_eq!(kana(found).value.to_text(), expected, "{found}");
        }
        for kept in ["ア-1", "センター", "1-2"] {
            assert_eq!(kana(kept).value.to_text(), kept);
            assert_eq!(kana(kept).remarks, vec![], "{kept}");
        }
        assert_eq!(kana("市役所ホンカン").remarks[0].code, FindingCode::KanaInvalid);
        assert_eq!(kana("市やくしょ").remarks[0].repair, Repair::None);
    }
}
