//! Addresses brought to the form in which they are compared, with the way back to the letters as written.

use unicode_normalization::UnicodeNormalization as _;

use super::super::text;

/// Kanji that names of places are written with in two ways: the left one is read as the right one. Only for comparing;
/// what is stored stays as published.
const VARIANTS: &[(char, char)] = &[
    ('髙', '高'),
    ('﨑', '崎'),
    ('嵜', '崎'),
    ('澤', '沢'),
    ('邊', '辺'),
    ('邉', '辺'),
    ('齋', '斎'),
    ('濵', '浜'),
    ('濱', '浜'),
    ('瀧', '滝'),
    ('櫻', '桜'),
    ('廣', '広'),
    ('國', '国'),
    ('嶋', '島'),
    ('嶌', '島'),
    ('嶽', '岳'),
    ('壽', '寿'),
    ('萬', '万'),
    ('龍', '竜'),
    ('榮', '栄'),
    ('惠', '恵'),
    ('驛', '駅'),
    ('圓', '円'),
    ('藪', '薮'),
    ('檜', '桧'),
    ('槇', '槙'),
    ('籠', '篭'),
    ('曾', '曽'),
    ('彌', '弥'),
    ('鹽', '塩'),
    ('舊', '旧'),
    ('當', '当'),
    ('縣', '県'),
    ('區', '区'),
    ('學', '学'),
    ('條', '条'),
    ('寶', '宝'),
    ('瀨', '瀬'),
    ('德', '徳'),
    ('靜', '静'),
    ('黑', '黒'),
    ('鐵', '鉄'),
    ('會', '会'),
    ('來', '来'),
    ('淺', '浅'),
    ('眞', '真'),
    ('豐', '豊'),
    ('關', '関'),
    ('藏', '蔵'),
    ('淸', '清'),
    ('靑', '青'),
    ('𠮷', '吉'),
    ('冨', '富'),
    ('竈', '竃'),
    ('渕', '淵'),
    ('舘', '館'),
    ('礒', '磯'),
    ('莊', '荘'),
    ('兒', '児'),
    ('與', '与'),
    ('團', '団'),
    ('燒', '焼'),
    ('澁', '渋'),
    ('戶', '戸'),
];

/// An address as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    /// Its letters.
    pub(super) text: String,
    /// For each letter: where it ends in `text`, and where its source ends in the address as written.
    pub(super) ends: Vec<(usize, usize)>,
}

/// Folds an address: width (NFKC), dashes to `-`, small ヶ・が・ノ・之 to one letter, kanji variants, kanji numerals
/// before 丁目・番町・条 to digits; blanks and the words 大字, 字 and 小字 fall out.
pub(super) fn fold(address: &str) -> Folded {
    let mut letters: Vec<(char, usize)> = Vec::with_capacity(address.len() / 3 + 1);
    for (at, letter) in address.char_indices() {
        let end = at + letter.len_utf8();
        if text::is_blank_char(letter) {
            continue;
        }
        if letter == '字' {
            // 大字 and 小字 are one word each: what was taken before goes too.
            if letters.last().is_some_and(|(before, _)| matches!(before, '大' | '小')) {
                letters.pop();
            }
            continue;
        }
        if text::is_dash(letter) {
            letters.push(('-', end));
            continue;
        }
        for plain in std::iter::once(letter).nfkc() {
            letters.push((one(plain), end));
        }
    }
    numerals(&mut letters);
    let mut folded = Folded { text: String::with_capacity(address.len()), ends: Vec::with_capacity(letters.len()) };
    for (letter, end) in letters {
        folded.text.push(letter);
        folded.ends.push((folded.text.len(), end));
    }
    folded
}

fn one(letter: char) -> char {
    match letter {
        'ヶ' | 'が' | 'ガ' | 'ｹ' => 'ケ',
        '之' | 'の' | '乃' => 'ノ',
        'ッ' | 'っ' | 'つ' => 'ツ',
        other => VARIANTS.iter().find(|(variant, _)| *variant == other).map_or(other, |(_, plain)| *plain),
    }
}

/// Kanji numerals before 丁目, 番町 and 条 become digits: 六丁目 and 6丁目 are one.
fn numerals(letters: &mut Vec<(char, usize)>) {
    let mut at = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        let run = rest.iter().take_while(|(letter, _)| is_numeral(*letter)).count();
        if run == 0 {
            at += 1;
            continue;
        }
        let follows = |word: &str| word.chars().enumerate().all(|(i, c)| rest.get(run + i).is_some_and(|l| l.0 == c));
        let number = number(&rest[..run]).filter(|_| follows("丁") || follows("番町") || follows("条"));
        if let Some(number) = number {
            let end = rest[run - 1].1;
            let digits: Vec<(char, usize)> = number.to_string().chars().map(|digit| (digit, end)).collect();
            let length = digits.len();
            letters.splice(at..at + run, digits);
            at += length;
        } else {
            at += run;
        }
    }
}

pub(super) fn is_numeral(letter: char) -> bool {
    matches!(letter, '一' | '二' | '三' | '四' | '五' | '六' | '七' | '八' | '九' | '十' | '〇')
}

/// The number of kanji numerals to 99, as numbers of 丁目 go; `None` for 五六 and the like.
fn number(letters: &[(char, usize)]) -> Option<u32> {
    let digit =
        |letter: char| (1..).zip("一二三四五六七八九".chars()).find(|(_, known)| *known == letter).map(|(at, _)| at);
    match letters.iter().map(|(letter, _)| *letter).collect::<Vec<_>>().as_slice() {
        ['十'] => Some(10),
        [one] => digit(*one),
        ['十', one] => Some(10 + digit(*one)?),
        [ten, '十'] => Some(10 * digit(*ten)?),
        [ten, '十', one] => Some(10 * digit(*ten)? + digit(*one)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_place_fold_to_one_text() {
        for (one, other) in [
            ("笹川六丁目", "笹川６丁目"),
            ("笹川十二丁目", "笹川12丁目"),
            ("大字亀須新田", "亀須新田"),
            ("茅ヶ崎", "茅ケ崎"),
            ("茅ヶ崎", "茅が崎"),
            ("井之口", "井ノ口"),
            ("井の口", "井ノ口"),
            ("髙松", "高松"),
            ("澤田 字 北浦", "沢田北浦"),
            ("梅が丘北三番町", "梅が丘北3番町"),
            ("八重洲二−１", "八重洲二-1"),
        ] {
            assert_eq!(fold(one).text, fold(other).text, "{one}");
        }
        assert_ne!(fold("四日市").text, fold("4日市").text);
        assert_eq!(fold("五六丁目").text, "五六丁目");
    }

    #[test]
    fn every_letter_knows_where_its_source_ends() {
        let address = "大字 笹川十二丁目３";
        let folded = fold(address);
        assert_eq!(folded.text, "笹川12丁目3");
        assert_eq!(folded.ends.len(), folded.text.chars().count());
        let (_, end) = folded.ends[5];
        assert_eq!(&address[..end], "大字 笹川十二丁目");
        assert_eq!(folded.ends.last().map(|(_, end)| *end), Some(address.len()));
    }
}
