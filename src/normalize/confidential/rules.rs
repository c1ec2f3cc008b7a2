//! `schemas/confidential.toml` and the list of family names, read once.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

/// The rules as bundled.
pub(super) static RULES: LazyLock<Rules> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../schemas/confidential.toml")).expect("the bundled rules are tested to parse")
});

/// Family names in kanji and their readings, as bundled.
pub(super) static FAMILIES: LazyLock<Families> =
    LazyLock::new(|| Families::parse(include_str!("../../../schemas/confidential/family_names.csv")));

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    pub(super) threshold: Thresholds,
    pub(super) header: HashMap<String, Words>,
    pub(super) title: HashMap<String, Words>,
    pub(super) places: Places,
    pub(super) mail: Mail,
    pub(super) person: Person,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thresholds {
    pub(super) number_cells: u64,
    pub(super) number_percent: u64,
    pub(super) number_percent_hold: u64,
    pub(super) number_cells_hold: u64,
    pub(super) contact_cells: u64,
    pub(super) name_percent: u64,
    pub(super) name_cells: u64,
    pub(super) address_percent: u64,
    pub(super) birth_mean_from: f64,
    pub(super) birth_mean_to: f64,
    pub(super) small_cells: u8,
    pub(super) cross_rows: usize,
    pub(super) cross_columns: usize,
    pub(super) rows_named: usize,
}

/// Words looked for in a header or title.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    #[serde(default)]
    pub(super) any: Vec<String>,
    #[serde(default)]
    pub(super) exact: Vec<String>,
    #[serde(default)]
    pub(super) but: Vec<String>,
    #[serde(default)]
    pub(super) hide: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Places {
    pub(super) words: Vec<String>,
    pub(super) but: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mail {
    pub(super) free_domains: HashSet<String>,
    pub(super) public_domains: Vec<String>,
    pub(super) roles: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) body_endings: Vec<String>,
    pub(super) body_marks: Vec<String>,
    pub(super) given_endings: String,
    pub(super) honorifics: Vec<String>,
    pub(super) titles: Vec<String>,
}

impl Words {
    /// Whether a folded header is meant.
    pub(super) fn mean(&self, folded: &str) -> bool {
        let mut shown = Cow::Borrowed(folded);
        for word in self.hide.iter().filter(|word| folded.contains(word.as_str())) {
            shown = Cow::Owned(shown.replace(word.as_str(), ""));
        }
        let holds = |words: &[String]| words.iter().any(|word| holds(&shown, word));
        (self.exact.iter().any(|word| *word == shown) || holds(&self.any)) && !holds(&self.but)
    }
}

/// Whether `text` holds `word`; a short ASCII word lies in longer ones by chance (`id` in `president`), so that it must
/// begin or end the text or stand alone in it.
fn holds(text: &str, word: &str) -> bool {
    if word.len() > 3 || !word.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return text.contains(word);
    }
    text.starts_with(word)
        || text.ends_with(word)
        || text.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|part| part == word)
}

impl Rules {
    /// Whether the folded header belongs to the group.
    pub(super) fn header_is(&self, group: &str, folded: &str) -> bool {
        self.header.get(group).is_some_and(|words| words.mean(folded))
    }

    /// Whether a folded title belongs to the group.
    pub(super) fn title_is(&self, group: &str, folded: &str) -> bool {
        self.title.get(group).is_some_and(|words| words.mean(folded))
    }
}

/// Family names.
#[derive(Debug, Default)]
pub(super) struct Families {
    /// In kanji.
    pub(super) names: HashSet<String>,
    /// In full-width katakana.
    pub(super) readings: HashSet<String>,
    /// Longest name, letters.
    pub(super) longest: usize,
}

impl Families {
    fn parse(text: &str) -> Self {
        let mut families = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')).skip(1) {
            if let Some((name, reading)) = line.split_once(',') {
                families.longest = families.longest.max(name.chars().count());
                families.names.insert(name.to_owned());
                families.readings.insert(reading.to_owned());
            }
        }
        families
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_hidden_first_and_short_ones_stand_by_themselves() {
        let word = |word: &str| vec![word.to_owned()];
        let words = Words { any: word("生年"), but: word("id"), hide: word("発生"), ..Words::default() };
        assert!(words.mean("生年") && words.mean("発生者の生年") && words.mean("residence生年"));
        assert!(!words.mean("発生年") && !words.mean("生年id") && !words.mean("職員id(生年)"));
    }

    #[test]
    fn the_bundled_rules_parse_and_name_every_group_that_is_asked_for() {
        for group in super::super::header::GROUPS {
            assert!(RULES.header.contains_key(*group), "{group}");
        }
        for group in ["list", "event", "official"] {
            assert!(RULES.title.contains_key(group), "{group}");
        }
        assert!(FAMILIES.names.len() > 500 && FAMILIES.names.contains("佐藤") && FAMILIES.readings.contains("サトウ"));
    }
}
