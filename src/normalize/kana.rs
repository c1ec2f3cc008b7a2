//! Readings in full-width katakana.

use unicode_normalization::UnicodeNormalization as _;

use crate::model::finding::{FindingCode, Repair};

use super::text;
use super::value::Normalized;

/// A reading. Half-width kana is made full-width; hiragana is only proposed as katakana; kanji is named.
pub fn kana(found: &str) -> Normalized<'_> {
    let trimmed = text::trim(found);
    if trimmed.is_empty() || trimmed.chars().all(text::is_dash) {
        return text::nothing(found).unwrap_or_else(Normalized::null);
    }
    let half = trimmed.chars().any(is_half_kana);
    let full: String = if half { widen(trimmed) } else { String::new() };
    let reading = if half { full.as_str() } else { trimmed };
    let mut result = if half { Normalized::made(FindingCode::KanaFolded, full.clone()) } else { text::free(found) };
    if reading.chars().any(is_hiragana) {
        let proposal: String = reading.chars().map(to_katakana).collect();
        let repair = if proposal.chars().all(is_reading) { Repair::Proposed(proposal) } else { Repair::None };
        result = result.with(FindingCode::KanaInvalid, "全角カタカナ", repair);
    } else if !reading.chars().all(is_reading) {
        result = result.with(FindingCode::KanaInvalid, "全角カタカナ", Repair::None);
    }
    result
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
    fn hiragana_is_only_proposed_and_kanji_named() {
        let result = kana("しやくしょ");
        assert_eq!(result.value.to_text(), "しやくしょ");
        assert_eq!(result.remarks[0].repair, Repair::Proposed("シヤクショ".into()));
        assert_eq!(kana("市役所ホンカン").remarks[0].code, FindingCode::KanaInvalid);
        assert_eq!(kana("市やくしょ").remarks[0].repair, Repair::None);
    }
}
