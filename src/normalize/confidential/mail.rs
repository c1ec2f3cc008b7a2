//! Private mail addresses.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::rules::{FAMILIES, RULES};

/// Whether a cell holds an address of a private person: one of a free provider or carrier that names no office, or one of
/// any domain that begins with a family name.
pub(super) fn is_private(cell: &str) -> bool {
    cell.split(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '@' | '＠' | '.' | '_' | '-' | '+')))
        .any(is_private_address)
}

fn is_private_address(token: &str) -> bool {
    let Some((local, domain)) = token.split_once(['@', '＠']) else { return false };
    let (local, domain) = (local.to_ascii_lowercase(), domain.trim_matches('.').to_ascii_lowercase());
    if local.is_empty() || !domain.contains('.') {
        return false;
    }
    // Asked first, since nearly all addresses are neither, and the lists below are long.
    if !RULES.mail.free_domains.contains(&domain) && !names_a_person(&local) {
        return false;
    }
    let is_of =
        |of: &String| domain.strip_suffix(of.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if RULES.mail.public_domains.iter().any(is_of) {
        return false;
    }
    let is_role = RULES.mail.roles.iter().any(|role| {
        // Short roles must be a word of their own; longer ones may be part of one.
        local.split(['.', '_', '-', '+']).any(|part| part.trim_end_matches(|l: char| l.is_ascii_digit()) == role)
            || (role.len() > 4 && local.contains(role.as_str()))
    });
    !is_role
}

/// Family names in Roman letters (Hepburn; long vowels written out, or left out).
static ROMAN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let long = FAMILIES.readings.iter().filter(|reading| reading.chars().count() > 2).map(|reading| roman_of(reading));
    long.flat_map(|written| {
        let short = written.replace("ou", "o").replace("oo", "o").replace("uu", "u");
        [written, short]
    })
    .filter(|written| written.len() > 3)
    .collect()
});

/// `yamada.taro`, `t-yamada`, `t_yamada`: a family name in Roman letters beside a given name or initial.
fn names_a_person(local: &str) -> bool {
    let parts: Vec<&str> = local.split(['.', '_', '-']).filter(|part| !part.is_empty()).collect();
    parts.len() == 2 && parts.iter().any(|part| ROMAN.contains(*part))
}

/// Katakana as passports write them (Hepburn), syllables of two letters first.
const SYLLABLES: &[(&str, &str)] = &[
    ("キョ", "kyo"),
    ("シュ", "shu"),
    ("ショ", "sho"),
    ("ジョ", "jo"),
    ("ギョ", "gyo"),
    ("ニョ", "nyo"),
    ("リョ", "ryo"),
    ("チョ", "cho"),
    ("ジュ", "ju"),
    ("ア", "a"),
    ("イ", "i"),
    ("ウ", "u"),
    ("エ", "e"),
    ("オ", "o"),
    ("カ", "ka"),
    ("キ", "ki"),
    ("ク", "ku"),
    ("ケ", "ke"),
    ("コ", "ko"),
    ("サ", "sa"),
    ("シ", "shi"),
    ("ス", "su"),
    ("セ", "se"),
    ("ソ", "so"),
    ("タ", "ta"),
    ("チ", "chi"),
    ("ツ", "tsu"),
    ("テ", "te"),
    ("ト", "to"),
    ("ナ", "na"),
    ("ニ", "ni"),
    ("ヌ", "nu"),
    ("ネ", "ne"),
    ("ノ", "no"),
    ("ハ", "ha"),
    ("ヒ", "hi"),
    ("フ", "fu"),
    ("ヘ", "he"),
    ("ホ", "ho"),
    ("マ", "ma"),
    ("ミ", "mi"),
    ("ム", "mu"),
    ("メ", "me"),
    ("モ", "mo"),
    ("ヤ", "ya"),
    ("ユ", "yu"),
    ("ヨ", "yo"),
    ("ラ", "ra"),
    ("リ", "ri"),
    ("ル", "ru"),
    ("レ", "re"),
    ("ロ", "ro"),
    ("ワ", "wa"),
    ("ン", "n"),
    ("ガ", "ga"),
    ("ギ", "gi"),
    ("グ", "gu"),
    ("ゲ", "ge"),
    ("ゴ", "go"),
    ("ザ", "za"),
    ("ジ", "ji"),
    ("ズ", "zu"),
    ("ゼ", "ze"),
    ("ゾ", "zo"),
    ("ダ", "da"),
    ("ヂ", "ji"),
    ("ヅ", "zu"),
    ("デ", "de"),
    ("ド", "do"),
    ("バ", "ba"),
    ("ビ", "bi"),
    ("ブ", "bu"),
    ("ベ", "be"),
    ("ボ", "bo"),
    ("パ", "pa"),
    ("ピ", "pi"),
    ("プ", "pu"),
    ("ペ", "pe"),
    ("ポ", "po"),
];

/// A reading in Roman letters; empty where it holds a letter that is none of a reading.
fn roman_of(reading: &str) -> String {
    let mut written = String::new();
    let mut rest = reading;
    let mut doubled = false;
    'letters: while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix('ッ') {
            (rest, doubled) = (tail, true);
            continue;
        }
        for (kana, roman) in SYLLABLES {
            if let Some(tail) = rest.strip_prefix(kana) {
                if std::mem::take(&mut doubled) {
                    written.extend(roman.chars().next());
                }
                written.push_str(roman);
                rest = tail;
                continue 'letters;
            }
        }
        return String::new();
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_those_of_offices() {
        for cell in [
            "reiji.taro@gmail.com",
            "abc123@docomo.ne.jp",
            "連絡先: yamada.taro@example.co.jp",
            "t-satou@example.or.jp",
            "t.sato@example.com",
            "reiji＠yahoo.co.jp",
        ] {
            assert!(is_private(cell), "{cell}");
        }
        for cell in [
            "info@example.co.jp",
            "soumu@city.example.lg.jp",
            "yamada@city.example.lg.jp",
            "hoiku-info@gmail.com",
            "shop1@gmail.com",
            "@",
            "a@b",
            "hidamari@example.ne.jp",
            "twitter @abc",
        ] {
            assert!(!is_private(cell), "{cell}");
        }
    }
}
