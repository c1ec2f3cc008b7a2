//! Addresses: the joined form and the standard's parts, made from each other where the row itself proves it.

use std::collections::HashMap;

use super::text;

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
        let address = text::trim(address);
        let prefecture = self.prefectures.iter().find(|name| address.starts_with(name.as_str()));
        let after = prefecture.map_or(address, |name| address[name.len()..].trim_start());
        let length = self.city_length(after, prefecture.map(String::as_str))?;
        Some(Head {
            prefecture: prefecture.map(|name| &address[..name.len()]),
            city: &after[..length],
            rest: text::trim(&after[length..]),
        })
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
