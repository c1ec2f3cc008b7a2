//! One form for the many ways of writing the same Japanese word. Applied to what is indexed and to what is asked.

use unicode_normalization::UnicodeNormalization as _;

/// Kanji that are written in two ways in names and that NFKC leaves apart: the left one is read as the right one.
/// Sources: 戸籍統一文字情報 (variants met in names of places and persons), 人名用漢字許容字体.
const VARIANTS: &[(char, char)] = &[
    ('髙', '高'),
    ('﨑', '崎'),
    ('嵜', '崎'),
    ('邊', '辺'),
    ('邉', '辺'),
    ('澤', '沢'),
    ('濵', '浜'),
    ('濱', '浜'),
    ('齋', '斎'),
    ('齊', '斉'),
    ('櫻', '桜'),
    ('廣', '広'),
    ('國', '国'),
    ('縣', '県'),
    ('區', '区'),
    ('嶋', '島'),
    ('嶌', '島'),
    ('舘', '館'),
    ('渕', '淵'),
    ('瀧', '滝'),
    ('龍', '竜'),
    ('桧', '檜'),
    ('槙', '槇'),
    ('曾', '曽'),
    ('靑', '青'),
    ('𣘺', '橋'),
    ('彌', '弥'),
    ('德', '徳'),
    ('惠', '恵'),
    ('藪', '薮'),
    ('條', '条'),
    ('眞', '真'),
    ('萬', '万'),
    ('豐', '豊'),
    ('鐵', '鉄'),
    ('學', '学'),
    ('實', '実'),
    ('圓', '円'),
    ('驛', '駅'),
    ('廳', '庁'),
    ('號', '号'),
    ('應', '応'),
    ('榮', '栄'),
    ('關', '関'),
    ('𠮷', '吉'),
    ('鹽', '塩'),
    ('壽', '寿'),
    ('藏', '蔵'),
    ('濟', '済'),
    ('緖', '緒'),
    ('淸', '清'),
    ('礒', '磯'),
    ('﨟', '臈'),
    ('ヶ', 'ケ'),
    ('ヵ', 'カ'),
];

/// The folded form: NFKC, lower case, katakana, one form of variant kanji, of wave dashes and of hyphens; runs of
/// blanks become one.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut blank = true;
    let mut after_digit = false;
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if c.is_whitespace() || c.is_control() {
            if !blank {
                folded.push(' ');
                blank = true;
            }
            after_digit = false;
            continue;
        }
        let c = one(c, after_digit);
        after_digit = c.is_ascii_digit() || (after_digit && c == '-');
        folded.push(c);
        blank = false;
    }
    if blank {
        folded.pop();
    }
    // A changed character may now join the mark after it (ヶ with a voiced mark); rare, so looked for first.
    match unicode_normalization::is_nfkc_quick(folded.chars()) {
        unicode_normalization::IsNormalized::Yes => folded,
        _ => folded.nfkc().collect(),
    }
}

fn one(c: char, after_digit: bool) -> char {
    match c {
        // Hiragana and katakana lie in the same order, 0x60 apart.
        'ぁ'..='ゖ' => {
            let katakana = char::from_u32(c as u32 + 0x60).unwrap_or(c);
            match katakana {
                'ヶ' => 'ケ',
                'ヵ' => 'カ',
                other => other,
            }
        }
        '〜' | '～' | '∼' | '∿' => '~',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '－' | 'ｰ' | '⁃' => '-',
        // 丁目ー番地: after a digit the long-vowel mark is a hyphen.
        'ー' if after_digit => '-',
        _ => VARIANTS.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_the_same_word_fold_to_one() {
        for (a, b) in [
            ("ひなんじょ", "ヒナンジョ"),
            ("ﾋﾅﾝｼﾞｮ", "ヒナンジョ"),
            ("ＡＥＤ", "aed"),
            ("髙﨑", "高崎"),
            ("1〜2", "1～2"),
            ("１−２ー３", "1-2-3"),
            ("霞ヶ関", "霞ケ関"),
            ("焼津　市", "焼津 市"),
            (" a\n b ", "a b"),
            ("ｻｰﾋﾞｽ", "サービス"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
        }
        assert_ne!(fold("サービス"), fold("サ-ビス"));
        assert_eq!(fold(""), "");
        assert_eq!(fold("   "), "");
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".{0,60}") {
            let once = fold(&text);
            proptest::prop_assert_eq!(fold(&once), once);
        }
    }
}
