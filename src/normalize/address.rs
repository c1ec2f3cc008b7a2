//! Addresses: the joined form and the standard's parts, made from each other where the row itself proves it.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::schema::{Municipalities, MunicipalityKind};

use super::gazetteer::Lookup;
use super::text;

/// The bundled municipalities, ready for reading addresses.
static BUNDLED: LazyLock<Gazetteer> = LazyLock::new(|| {
    Gazetteer::new(Municipalities::bundled().iter().map(|body| {
        let name = if body.kind == MunicipalityKind::Prefecture { &body.prefecture } else { &body.name };
        (body.prefecture.as_str(), name.as_str())
    }))
});

/// A body that can stand at the head of an address.
#[derive(Debug, Clone)]
struct Body {
    prefecture: String,
    name: String,
}

/// The municipalities by the first letter of their names, ready for reading addresses.
#[derive(Debug, Default)]
pub struct Gazetteer {
    prefectures: Vec<String>,
    /// Names of municipalities and wards by their first letter, longest first.
    by_letter: HashMap<char, Vec<Body>>,
}

/// The head of an address: what the standard keeps in parts of their own, as written in the address itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head<'a> {
    /// The prefecture, where the address names it.
    pub prefecture: Option<&'a str>,
    /// County, municipality and ward, as written.
    pub city: &'a str,
    /// All that follows.
    pub rest: &'a str,
}

impl Gazetteer {
    /// Prefectures, municipalities and wards of the whole country.
    pub fn bundled() -> &'static Self {
        &BUNDLED
    }

    /// Takes pairs of prefecture and municipality (or prefecture twice for prefectures themselves).
    pub fn new<'m>(bodies: impl Iterator<Item = (&'m str, &'m str)>) -> Self {
        let mut gazetteer = Self::default();
        for (prefecture, name) in bodies {
            if prefecture == name {
                gazetteer.prefectures.push(name.to_owned());
            } else if let Some(first) = name.chars().next() {
                let body = Body { prefecture: prefecture.to_owned(), name: name.to_owned() };
                gazetteer.by_letter.entry(first).or_default().push(body);
            }
        }
        for bodies in gazetteer.by_letter.values_mut() {
            bodies.sort_by_key(|body| std::cmp::Reverse(body.name.len()));
        }
        gazetteer
    }

    /// Reads the head of an address. `None` where it does not begin with a known municipality, or where the name alone
    /// exists in several prefectures and the address names none.
    pub fn head<'a>(&self, address: &'a str) -> Option<Head<'a>> {
        let address = without_postal(text::trim(address));
        let prefecture = self.prefectures.iter().find(|name| address.starts_with(name.as_str()));
        let after = prefecture.map_or(address, |name| address[name.len()..].trim_start());
        let length = self.city_length(after, prefecture.map(String::as_str))?;
        Some(Head {
            prefecture: prefecture.map(|name| &address[..name.len()]),
            city: &after[..length],
            rest: text::trim(&after[length..]),
        })
    }

    /// The same, where an address without prefecture is taken to lie in `prefecture`, if a body of that name does: 府中市 of a
    /// file that 東京都 publishes.
    pub fn head_in<'a>(&self, address: &'a str, prefecture: Option<&str>) -> Option<Head<'a>> {
        let trimmed = without_postal(text::trim(address));
        let head = || {
            let length = self.city_length(trimmed, prefecture)?;
            Some(Head { prefecture: None, city: &trimmed[..length], rest: text::trim(&trimmed[length..]) })
        };
        match prefecture {
            Some(_) if !self.prefectures.iter().any(|name| trimmed.starts_with(name.as_str())) => {
                head().or_else(|| self.head(address))
            }
            _ => self.head(address),
        }
    }

    /// The prefecture of a municipality that exists once.
    pub fn prefecture_of(&self, city: &str) -> Option<&str> {
        let bodies = |name: &str| self.by_letter.get(&name.chars().next()?).map(|all| (all, name.to_owned()));
        let mut found = None;
        // 郡 stands before towns and villages only; the name with its county is tried last.
        for name in [city, city.split_once('郡').map_or("", |(_, rest)| rest)] {
            let Some((all, name)) = bodies(name) else { continue };
            for body in all.iter().filter(|body| body.name == name) {
                if found.is_some_and(|other: &str| other != body.prefecture) {
                    return None;
                }
                found = Some(body.prefecture.as_str());
            }
        }
        found
    }

    /// Bytes of the municipality at the head, county included.
    fn city_length(&self, text: &str, prefecture: Option<&str>) -> Option<usize> {
        if let Some(name) = self.longest(text, prefecture) {
            return Some(name);
        }
        // A county stands before towns and villages: 榛原郡吉田町. Counties are short; 郡 further on is another word.
        let county = text.char_indices().take(6).find(|(at, letter)| *at > 0 && *letter == '郡')?.0 + '郡'.len_utf8();
        self.longest(&text[county..], prefecture).map(|length| county + length)
    }

    fn longest(&self, text: &str, prefecture: Option<&str>) -> Option<usize> {
        let bodies = self.by_letter.get(&text.chars().next()?)?;
        let fits = |body: &&Body| {
            text.starts_with(&body.name) && prefecture.is_none_or(|prefecture| body.prefecture == prefecture)
        };
        let found = bodies.iter().find(fits)?;
        let homonym = bodies.iter().any(|body| body.name == found.name && body.prefecture != found.prefecture);
        (prefecture.is_some() || !homonym).then_some(found.name.len())
    }
}

/// The joined address made from its parts; `None` where the municipality is missing.
///
/// Parts in order: prefecture, municipality, town, below the town.
pub fn join(parts: [&str; 4]) -> Option<String> {
    let parts = parts.map(text::trim);
    let whole_enough = !parts[1].is_empty() && (!parts[2].is_empty() || !parts[3].is_empty());
    whole_enough.then(|| parts.concat())
}

/// What lies after the municipality: 町字 and 番地以下.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut<'a> {
    /// The address itself proves where the town ends; each part as written, the second may be empty.
    Proved(&'a str, &'a str),
    /// Perhaps so: for a person to take.
    Proposed(String, &'a str),
    /// Nothing can be said.
    Open,
}

/// Cuts what follows the municipality, by what the gazetteer knows of it and by the grammar of addresses: 丁目 ends a town, and
/// a number before 番地 or 番 begins what lies below one.
pub fn cut<'a>(rest: &'a str, known: &Lookup<'_>) -> Cut<'a> {
    let two = |at: usize| -> Option<(&'a str, &'a str)> {
        let (town, below) = (text::trim(rest.get(..at)?), text::trim(rest.get(at..)?));
        (!town.is_empty()).then_some((town, below))
    };
    match known {
        Lookup::Found(hit) => {
            let Some(bytes) = hit.written_bytes else {
                let numbers = number_at(rest).and_then(|at| rest.get(at..)).unwrap_or("");
                let below = numbers.split_once(|letter: char| text::is_dash(letter) || letter == 'の');
                return Cut::Proposed(hit.name.to_owned(), below.map_or("", |(_, below)| below));
            };
            // A part of the town that the gazetteer does not know: 字 says that it is one.
            let after = rest.get(bytes..).unwrap_or("");
            let part = ["字", "小字"].iter().any(|word| text::trim(after).starts_with(word));
            let end = if part { number_at(after).map_or(rest.len(), |at| bytes + at) } else { bytes };
            two(end).map_or(Cut::Open, |(town, below)| Cut::Proved(town, below))
        }
        Lookup::Doubtful(hit) => {
            if let Some((town, below)) = grammar(rest).and_then(two) {
                return Cut::Proved(town, below);
            }
            let below = hit.written_bytes.and_then(|bytes| rest.get(bytes..)).unwrap_or("");
            Cut::Proposed(hit.name.to_owned(), text::trim(below))
        }
        Lookup::Unknown => {
            if let Some((town, below)) = grammar(rest).and_then(two) {
                return Cut::Proved(town, below);
            }
            let numbers = number_at(rest).filter(|at| is_numbers(&rest[*at..]));
            let Some((town, below)) = numbers.and_then(two) else { return Cut::Open };
            let joins = |letter: char| text::is_dash(letter) || letter == 'の';
            match below.split_once(joins) {
                // 本町2-16-32: of three numbers the first is mostly that of the 丁目.
                Some((block, rest)) if rest.contains(joins) => Cut::Proposed(format!("{town}{block}丁目"), rest),
                _ => Cut::Proposed(town.to_owned(), below),
            }
        }
    }
}

/// An address without the postal code in front of it: `〒425-8502 静岡県焼津市…`.
fn without_postal(address: &str) -> &str {
    let marked = address.strip_prefix('〒').map(text::trim);
    let inner = marked.unwrap_or(address);
    let mut digits = 0;
    for (at, letter) in inner.char_indices() {
        if is_digit(letter) {
            digits += 1;
        } else if !(digits == 3 && text::is_dash(letter)) {
            let rest = &inner[at..];
            let is_parted = marked.is_some() || rest.starts_with(text::is_blank_char);
            return if digits == 7 && is_parted { text::trim(rest) } else { address };
        }
    }
    address
}

/// Where the first number begins.
fn number_at(text: &str) -> Option<usize> {
    text.char_indices().find(|(_, letter)| is_digit(*letter)).map(|(at, _)| at)
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '０'..='９')
}

/// `2-16-32`, `１の５`: numbers and what joins them, nothing else.
fn is_numbers(text: &str) -> bool {
    text.chars().all(|letter| is_digit(letter) || text::is_dash(letter) || letter == 'の')
}

/// The byte at which the town ends, where the words of the address alone prove it.
fn grammar(rest: &str) -> Option<usize> {
    // What stands in brackets is another way to write it: 浜当目1-14-14（浜当目1丁目492）.
    let rest = rest.find(['(', '（', '〔', '［', '[']).map_or(rest, |at| &rest[..at]);
    if let Some(at) = rest.rfind("丁目") {
        let before = &rest[..at];
        let numbered = before.ends_with(is_digit) || before.ends_with(|c| "一二三四五六七八九十".contains(c));
        return (numbered && rest.matches("丁目").count() == 1).then_some(at + "丁目".len());
    }
    let at = number_at(rest).filter(|at| *at > 0)?;
    let after = rest[at..].trim_start_matches(is_digit);
    // 北5条西: the number belongs to the name.
    (after.starts_with('番') && !after.starts_with("番町") && !after.starts_with("番丁")).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_after_the_municipality_is_cut_where_its_words_prove_it() {
        for (rest, town, below) in [
            ("本町二丁目16番32号", "本町二丁目", "16番32号"),
            ("本町２丁目１６－３２", "本町２丁目", "１６－３２"),
            ("石津728番地2", "石津", "728番地2"),
            ("大字石津字北浦７２８番地", "大字石津字北浦", "７２８番地"),
            ("北3条西6丁目", "北3条西6丁目", ""),
        ] {
            assert_eq!(cut(rest, &Lookup::Unknown), Cut::Proved(town, below), "{rest}");
        }
        assert_eq!(cut("三ケ名1550", &Lookup::Unknown), Cut::Proposed("三ケ名".into(), "1550"));
        assert_eq!(cut("本町2-16-32", &Lookup::Unknown), Cut::Proposed("本町2丁目".into(), "16-32"));
        for open in ["", "市民会館内", "本町2-5 市民会館3階", "1丁目内2丁目", "番地", "5番町1"] {
            assert_eq!(cut(open, &Lookup::Unknown), Cut::Open, "{open}");
        }
    }

    #[test]
    fn the_publisher_settles_names_that_several_prefectures_have() {
        let gazetteer = gazetteer();
        assert_eq!(gazetteer.head_in("府中市宮西町2-24", Some("東京都")).map(|head| head.city), Some("府中市"));
        assert_eq!(gazetteer.head_in("府中市宮西町2-24", Some("静岡県")), None);
        let other = Gazetteer::bundled().head_in("広島県府中市1", Some("東京都"));
        assert_eq!(other.and_then(|head| head.prefecture), Some("広島県"));
        assert_eq!(gazetteer.prefecture_of("府中市"), None);
        assert_eq!(gazetteer.prefecture_of("榛原郡吉田町"), Some("静岡県"));
        assert_eq!(Gazetteer::bundled().prefecture_of("松阪市"), Some("三重県"));
    }

    fn gazetteer() -> Gazetteer {
        Gazetteer::new(
            [
                ("静岡県", "静岡県"),
                ("東京都", "東京都"),
                ("静岡県", "焼津市"),
                ("静岡県", "吉田町"),
                ("静岡県", "浜松市"),
                ("静岡県", "浜松市天竜区"),
                ("東京都", "府中市"),
                ("広島県", "府中市"),
            ]
            .into_iter(),
        )
    }

    #[test]
    fn the_head_of_an_address_is_read_as_written() {
        let gazetteer = gazetteer();
        let head = gazetteer.head("静岡県焼津市本町2-16-32").expect("known");
        assert_eq!((head.prefecture, head.city, head.rest), (Some("静岡県"), "焼津市", "本町2-16-32"));
        let head = gazetteer.head("焼津市中港5-463").expect("known");
        assert_eq!((head.prefecture, head.city, head.rest), (None, "焼津市", "中港5-463"));
        let head = gazetteer.head("静岡県榛原郡吉田町住吉87").expect("known");
        assert_eq!((head.city, head.rest), ("榛原郡吉田町", "住吉87"));
        assert_eq!(gazetteer.head("静岡県浜松市天竜区二俣町").expect("known").city, "浜松市天竜区");
    }

    #[test]
    fn a_name_that_two_prefectures_share_needs_its_prefecture() {
        assert_eq!(gazetteer().head("府中市宮西町2-24"), None);
        assert_eq!(gazetteer().head("東京都府中市宮西町2-24").expect("known").city, "府中市");
        assert_eq!(gazetteer().head("本町1-1"), None);
        assert_eq!(gazetteer().head(""), None);
    }

    #[test]
    fn parts_are_joined_only_when_they_say_enough() {
        assert_eq!(join(["静岡県", "焼津市", "石津", "728番地2"]).as_deref(), Some("静岡県焼津市石津728番地2"));
        assert_eq!(join(["静岡県", "焼津市", "", ""]), None);
        assert_eq!(join(["静岡県", "", "石津", "1"]), None);
    }

    #[test]
    fn postal_codes_before_and_brackets_behind_an_address_cut_nothing() {
        for address in
            ["〒425-8502 静岡県焼津市本町2-16", "〒4258502静岡県焼津市本町2-16", "425-8502　静岡県焼津市本町2-16"]
        {
            let head = Gazetteer::bundled().head(address).expect("a municipality");
            assert_eq!((head.prefecture, head.city, head.rest), (Some("静岡県"), "焼津市", "本町2-16"), "{address}");
        }
        assert_eq!(without_postal("4258502本町"), "4258502本町");
        let twice = "浜当目1-14-14（浜当目1丁目492）";
        assert!(!matches!(cut(twice, &Lookup::Unknown), Cut::Proved(..)), "{:?}", cut(twice, &Lookup::Unknown));
    }
}
