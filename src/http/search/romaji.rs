//! Readings in kana and in Latin letters, brought to one key.
//!
//! Hepburn, 訓令式 and what people type into an input method are read alike (ローマ字のつづり方, 昭和29年内閣告示第1号, tables 1
//! and 2): `hinanjo`, `hinanzyo`, `hinanjyo`. Long vowels are left out of keys (`kouen`, `koen`, `kōen`), and ず and づ are one.

/// Longest reading that is looked at, characters: no word of the field has more.
const LIMIT_CHARS: usize = 40;

/// Latin letters and the kana they stand for; of several ways to write one sound Hepburn stands first. None begins
/// another one.
const TABLE: &[(&str, &str)] = &[
    ("kya", "キャ"),
    ("kyu", "キュ"),
    ("kyo", "キョ"),
    ("gya", "ギャ"),
    ("gyu", "ギュ"),
    ("gyo", "ギョ"),
    ("sha", "シャ"),
    ("shu", "シュ"),
    ("sho", "ショ"),
    ("she", "シェ"),
    ("shi", "シ"),
    ("sya", "シャ"),
    ("syu", "シュ"),
    ("syo", "ショ"),
    ("ja", "ジャ"),
    ("ju", "ジュ"),
    ("jo", "ジョ"),
    ("je", "ジェ"),
    ("ji", "ジ"),
    ("zya", "ジャ"),
    ("zyu", "ジュ"),
    ("zyo", "ジョ"),
    ("jya", "ジャ"),
    ("jyu", "ジュ"),
    ("jyo", "ジョ"),
    ("dya", "ジャ"),
    ("dyu", "ジュ"),
    ("dyo", "ジョ"),
    ("cha", "チャ"),
    ("chu", "チュ"),
    ("cho", "チョ"),
    ("che", "チェ"),
    ("chi", "チ"),
    ("tya", "チャ"),
    ("tyu", "チュ"),
    ("tyo", "チョ"),
    ("nya", "ニャ"),
    ("nyu", "ニュ"),
    ("nyo", "ニョ"),
    ("hya", "ヒャ"),
    ("hyu", "ヒュ"),
    ("hyo", "ヒョ"),
    ("bya", "ビャ"),
    ("byu", "ビュ"),
    ("byo", "ビョ"),
    ("pya", "ピャ"),
    ("pyu", "ピュ"),
    ("pyo", "ピョ"),
    ("mya", "ミャ"),
    ("myu", "ミュ"),
    ("myo", "ミョ"),
    ("rya", "リャ"),
    ("ryu", "リュ"),
    ("ryo", "リョ"),
    ("tsu", "ツ"),
    ("dzu", "ズ"),
    ("ka", "カ"),
    ("ki", "キ"),
    ("ku", "ク"),
    ("ke", "ケ"),
    ("ko", "コ"),
    ("ga", "ガ"),
    ("gi", "ギ"),
    ("gu", "グ"),
    ("ge", "ゲ"),
    ("go", "ゴ"),
    ("sa", "サ"),
    ("si", "シ"),
    ("su", "ス"),
    ("se", "セ"),
    ("so", "ソ"),
    ("za", "ザ"),
    ("zi", "ジ"),
    ("zu", "ズ"),
    ("ze", "ゼ"),
    ("zo", "ゾ"),
    ("ta", "タ"),
    ("ti", "チ"),
    ("tu", "ツ"),
    ("te", "テ"),
    ("to", "ト"),
    ("da", "ダ"),
    ("di", "ジ"),
    ("du", "ズ"),
    ("de", "デ"),
    ("do", "ド"),
    ("na", "ナ"),
    ("ni", "ニ"),
    ("nu", "ヌ"),
    ("ne", "ネ"),
    ("no", "ノ"),
    ("fu", "フ"),
    ("fa", "ファ"),
    ("fi", "フィ"),
    ("fe", "フェ"),
    ("fo", "フォ"),
    ("ha", "ハ"),
    ("hi", "ヒ"),
    ("hu", "フ"),
    ("he", "ヘ"),
    ("ho", "ホ"),
    ("ba", "バ"),
    ("bi", "ビ"),
    ("bu", "ブ"),
    ("be", "ベ"),
    ("bo", "ボ"),
    ("pa", "パ"),
    ("pi", "ピ"),
    ("pu", "プ"),
    ("pe", "ペ"),
    ("po", "ポ"),
    ("ma", "マ"),
    ("mi", "ミ"),
    ("mu", "ム"),
    ("me", "メ"),
    ("mo", "モ"),
    ("ya", "ヤ"),
    ("yu", "ユ"),
    ("yo", "ヨ"),
    ("ra", "ラ"),
    ("ri", "リ"),
    ("ru", "ル"),
    ("re", "レ"),
    ("ro", "ロ"),
    ("wa", "ワ"),
    ("o", "オ"),
    ("wo", "オ"),
    ("va", "ヴァ"),
    ("vi", "ヴィ"),
    ("vu", "ヴ"),
    ("ve", "ヴェ"),
    ("vo", "ヴォ"),
    ("n'", "ン"),
    ("a", "ア"),
    ("i", "イ"),
    ("u", "ウ"),
    ("e", "エ"),
    ("-", "ー"),
];

/// Katakana of a word in Latin letters (small); `None` where it is no Japanese word written so.
pub(super) fn to_kana(word: &str) -> Option<String> {
    if word.len() > LIMIT_CHARS * 3 {
        return None;
    }
    let plain = without_macrons(word);
    if !plain.starts_with(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let mut rest = plain.as_str();
    let mut kana = String::new();
    while !rest.is_empty() {
        if let Some((letters, sound)) = TABLE.iter().find(|(letters, _)| rest.starts_with(letters)) {
            kana.push_str(sound);
            rest = &rest[letters.len()..];
            continue;
        }
        let mut letters = rest.chars();
        let (first, second) = (letters.next()?, letters.next());
        match (first, second) {
            // 撥音: before a consonant, at the end, and m before b, m, p.
            ('n', second) if second.is_none_or(|c| !"aiueoy".contains(c)) => kana.push('ン'),
            ('m', Some('b' | 'm' | 'p')) => kana.push('ン'),
            // 促音: a doubled consonant, and t before ch.
            (first, Some(second)) if first == second && "kstpgdbzjcf".contains(first) => kana.push('ッ'),
            ('t', Some('c')) => kana.push('ッ'),
            _ => return None,
        }
        rest = letters_after(rest);
    }
    Some(kana)
}

fn letters_after(rest: &str) -> &str {
    let mut letters = rest.chars();
    letters.next();
    letters.as_str()
}

/// The long vowels of Hepburn written out.
fn without_macrons(word: &str) -> String {
    word.chars()
        .map(|c| match c {
            'ā' | 'â' => 'a',
            'ī' | 'î' => 'i',
            'ū' | 'û' => 'u',
            'ē' | 'ê' => 'e',
            'ō' | 'ô' => 'o',
            other => other,
        })
        .collect()
}

/// Whether a folded word is katakana throughout.
pub(super) fn is_kana(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| matches!(c, 'ァ'..='ヺ' | 'ー'))
}

/// The key of a reading in katakana or in Latin letters; `None` where the word is no reading.
pub(in crate::http) fn key(word: &str) -> Option<String> {
    let kana = if is_kana(word) { word.to_owned() } else { to_kana(word)? };
    let one_sound = |c| match c {
        'ヅ' => 'ズ',
        'ヂ' => 'ジ',
        'ヲ' => 'オ',
        other => other,
    };
    let chars: Vec<char> = kana.chars().take(LIMIT_CHARS).map(one_sound).collect();
    let mut sounds = String::new();
    let mut at = 0;
    while at < chars.len() {
        let two: String = chars[at..].iter().take(2).collect();
        let one = chars[at].to_string();
        let letters = |kana: &str| TABLE.iter().find(|(_, sound)| *sound == kana).map(|(letters, _)| *letters);
        let long_tail = chars.get(at + 1).is_some() && letters(&two).is_some();
        let found = if long_tail { letters(&two) } else { letters(&one) };
        match (found, chars[at]) {
            (_, 'ン') => sounds.push('n'),
            (_, 'ッ') => sounds.push('*'),
            (Some(letters), _) => sounds.push_str(letters),
            (None, _) => sounds.push_str(&one),
        }
        at += if long_tail { 2 } else { 1 };
    }
    let mut key = String::new();
    for sound in sounds.chars() {
        let before = key.chars().next_back();
        let long = match (before, sound) {
            (Some('o'), 'u' | 'o') | (Some('u'), 'u') | (_, '-' | '*') => true,
            (Some(before), sound) => before == sound && "aie".contains(sound),
            (None, _) => false,
        };
        if !long {
            key.push(sound);
        }
    }
    (!key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_written_in_any_way_have_one_key() {
        for (kana, latin) in [
            ("ヒナンジョ", &["hinanjo", "hinanzyo", "hinanjyo"][..]),
            ("トイレ", &["toire"]),
            ("コウエン", &["kouen", "koen", "kōen"]),
            ("トショカン", &["toshokan", "tosyokan"]),
            ("ヤイヅ", &["yaizu", "yaidu"]),
            ("ショウガッコウ", &["shougakkou", "shogakko", "syougakkou"]),
            ("シンブン", &["shinbun", "shimbun", "sinbun"]),
            ("シュウガクロ", &["shuugakuro", "shugakuro"]),
            ("チュウシャジョウ", &["chuushajou", "chushajo", "tyuusyazyou"]),
            ("マップ", &["mappu"]),
            ("フッコウ", &["fukkou", "hukkou"]),
            ("センター", &["senta-", "sentaa"]),
        ] {
            let wanted = key(kana);
            assert!(wanted.is_some(), "{kana}");
            for each in latin {
                assert_eq!(key(each), wanted, "{each} {kana}");
            }
        }
        for other in ["aed", "library", "csv", "避難所", "", "x", "12"] {
            assert_eq!(key(other), None, "{other}");
        }
        assert_eq!(to_kana("hinanjo").as_deref(), Some("ヒナンジョ"));
        assert_eq!(to_kana("sanpo").as_deref(), Some("サンポ"));
    }

    proptest::proptest! {
        #[test]
        fn no_word_panics(word in "[a-z'ァ-ヺー-]{0,30}|.{0,20}") {
            let _ = key(&word);
        }
    }
}
