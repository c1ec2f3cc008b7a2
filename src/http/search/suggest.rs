//! Help for who types: completions of what was begun, and what to try where nothing was found.

use std::collections::HashMap;
use std::sync::Arc;

use super::Query;
use super::expression::{Expression, Field, Matcher};
use super::find::Search;
use super::fold::fold;
use super::index::SearchIndex;
use super::texts::{Part, Place};
use super::words::words;
use super::work::Work;
use crate::model::catalogue::Dataset;

/// Terms looked at closely for 「もしかして」: those that share most pairs of characters.
const NEAREST_LOOKED_AT: usize = 300;
/// Longest word that is compared, characters.
const NEAREST_LIMIT_CHARS: usize = 40;
/// Words of a question that are looked at one by one.
const WORDS_LIMIT: usize = 10;
/// Words under the search box.
const COMMON_LIMIT: usize = 40;

/// What to try instead of what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What to type.
    pub words: String,
    /// How many datasets that finds.
    pub count: usize,
}

impl SearchIndex {
    /// Datasets whose name or title holds the text, best first; then those that its reading or a synonym finds.
    pub fn autocomplete(&self, text: &str, limit: usize) -> Vec<Arc<Dataset>> {
        let folded = fold(text);
        let datasets = self.catalogue.datasets();
        if folded.is_empty() {
            return datasets.iter().take(limit).cloned().collect();
        }
        let work = Work::default();
        let mut found: Vec<(u8, u32)> = Vec::new();
        let wanted = Part::Title.bit() | Part::Name.bit();
        let mut add = |sought: &str, behind: u8| {
            for number in self.texts.candidates(sought, &work) {
                let own = self.texts.text(number);
                if self.texts.parts(number) & wanted == 0 || !work.spend(1 + own.len() / 64) {
                    continue;
                }
                let Some(at) = own.find(sought) else { continue };
                for place in self.texts.places(number) {
                    match place.part() {
                        Part::Title => found.push((behind + if at == 0 { 0 } else { 2 }, place.dataset())),
                        Part::Name => found.push((behind + if at == 0 { 1 } else { 3 }, place.dataset())),
                        _ => {}
                    }
                }
            }
        };
        add(&folded, 0);
        for other in self.begun(&folded) {
            add(&other, 4);
        }
        found.sort_unstable_by_key(|(place, number)| (*number, *place));
        found.dedup_by_key(|(_, number)| *number);
        found.sort_unstable();
        found.into_iter().take(limit).filter_map(|(_, number)| datasets.get(number as usize).cloned()).collect()
    }

    /// Values of a field that hold the text, then those that its reading or a synonym finds.
    pub fn values_like(&self, field: &Field, text: &str) -> Vec<(&str, usize)> {
        let folded = fold(text);
        let sought = self.begun(&folded);
        let (mut found, mut more) = (Vec::new(), Vec::new());
        for value in self.values(field) {
            let own = fold(value.0);
            if own.contains(&folded) {
                found.push(value);
            } else if sought.iter().any(|other| own.contains(other)) {
                more.push(value);
            }
        }
        found.append(&mut more);
        found
    }

    /// Folded words that a begun one may become by its reading, or that mean the same.
    pub(super) fn begun(&self, folded: &str) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        for lexicon in [&*self.lexicon, &self.places] {
            let others = lexicon.others(folded).into_iter().chain(lexicon.completions(folded));
            words.extend(others.map(|(word, _)| word).filter(|word| word.chars().nth(1).is_some()));
        }
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Folded names of publishers whose reading begins so, in kana or Latin letters (やいづ, yaizu).
    pub fn places_read(&self, folded: &str) -> Vec<String> {
        self.places.completions(folded).into_iter().map(|(title, _)| title).collect()
    }

    /// Tags and themes that most datasets carry, for the list under a search box.
    pub fn common_words(&self) -> Vec<String> {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for field in [Field::Tags, Field::Extra("theme".to_owned())] {
            for (value, count) in self.values(&field) {
                let own = counts.entry(value).or_default();
                *own = (*own).max(count);
            }
        }
        let mut words: Vec<(&str, usize)> = counts.into_iter().collect();
        words.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        words.into_iter().take(COMMON_LIMIT).map(|(word, _)| word.to_owned()).collect()
    }

    /// 「もしかして」: what was typed with the words that find nothing put right, best first; each finds something.
    pub fn did_you_mean(&self, typed: &str, filters: &[Expression], most: usize) -> Vec<Suggestion> {
        let parts: Vec<&str> = typed.split_whitespace().take(WORDS_LIMIT).collect();
        let mut found: Vec<Suggestion> = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let alone = Query { wanted: words(part), ..Query::default() };
            if self.count(&alone) > 0 {
                continue;
            }
            for term in self.nearest(part, most) {
                let mut instead: Vec<&str> = parts.clone();
                instead[at] = &term;
                let words_instead = instead.join(" ");
                let count = self.counted(&words_instead, filters);
                if count > 0 && !found.iter().any(|known| known.words == words_instead) {
                    found.push(Suggestion { words: words_instead, count });
                }
            }
        }
        found.truncate(most);
        found
    }

    /// What was typed without the word that finds least; `None` where that finds nothing either, or it was one word.
    pub fn without_rarest(&self, typed: &str, filters: &[Expression]) -> Option<Suggestion> {
        let mut parts: Vec<&str> = typed.split_whitespace().take(WORDS_LIMIT).collect();
        while parts.len() > 1 {
            let counts: Vec<usize> = parts.iter().map(|part| self.counted(part, &[])).collect();
            let rarest = counts.iter().enumerate().min_by_key(|(_, count)| **count).map(|(at, _)| at)?;
            parts.remove(rarest);
            let words = parts.join(" ");
            let count = self.counted(&words, filters);
            if count > 0 {
                return Some(Suggestion { words, count });
            }
        }
        None
    }

    /// Values of a field among the datasets that hold any word of what was typed or a part of it, most frequent first.
    pub fn broader(&self, typed: &str, field: &Field, most: usize) -> Vec<super::FacetValue> {
        let search = Search::of(self, false);
        let pieces: Vec<Expression> = typed
            .split_whitespace()
            .take(WORDS_LIMIT)
            .flat_map(|part| {
                let folded = fold(part);
                let (mut pieces, _) = search.pieces(&folded);
                pieces.push(folded);
                pieces
            })
            .filter(|piece| piece.chars().any(char::is_alphanumeric) && !self.lexicon.is_ignored(piece))
            .map(|piece| Expression::Is(Field::Text, Matcher::Near(piece)))
            .collect();
        if pieces.is_empty() {
            return Vec::new();
        }
        let query = Query {
            wanted: Expression::Or(pieces),
            rows: 0,
            facets: vec![field.clone()],
            facet_values: most,
            ..Query::default()
        };
        self.search(&query)
            .ok()
            .and_then(|found| found.facets.into_iter().next())
            .map(|(_, values)| values)
            .unwrap_or_default()
    }

    fn counted(&self, typed: &str, filters: &[Expression]) -> usize {
        self.count(&Query { wanted: words(typed), filters: filters.to_vec(), ..Query::default() })
    }

    /// Titles, tags, names of publishers and words of the lexicon that differ least from a word, as they are written.
    fn nearest(&self, word: &str, most: usize) -> Vec<String> {
        let folded = fold(word);
        let chars: Vec<char> = folded.chars().take(NEAREST_LIMIT_CHARS + 1).collect();
        if chars.len() < 2 || chars.len() > NEAREST_LIMIT_CHARS {
            return Vec::new();
        }
        let allowed = if chars.len() <= 3 { 1 } else { 2 };
        let mut found: Vec<(usize, usize, String)> = Vec::new();
        for other in self.lexicon.words() {
            if let Some(distance) = distance(&chars, other, allowed) {
                found.push((distance, usize::MAX, other.to_owned()));
            }
        }
        let wanted = Part::Title.bit() | Part::Tag.bit() | Part::Publisher.bit();
        let work = Work::default();
        let mut shared: HashMap<u32, usize> = HashMap::new();
        for pair in chars.windows(2) {
            let pair: String = pair.iter().collect();
            for number in self.texts.candidates(&pair, &work) {
                if self.texts.parts(number) & wanted != 0 {
                    *shared.entry(number).or_default() += 1;
                }
            }
        }
        let mut closest: Vec<(usize, u32)> = shared.into_iter().map(|(number, count)| (count, number)).collect();
        closest.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, number) in closest.into_iter().take(NEAREST_LOOKED_AT) {
            let text = self.texts.text(number);
            if let Some(distance) = distance(&chars, text, allowed)
                && let Some(place) = self.texts.places(number).iter().find(|place| place.part().bit() & wanted != 0)
                && let Some(written) = self.written(*place, text)
            {
                found.push((distance, usize::MAX - self.texts.places(number).len(), written));
            }
        }
        found.sort_unstable();
        let mut terms: Vec<String> = Vec::new();
        for (_, _, term) in found {
            if !terms.iter().any(|known| fold(known) == fold(&term)) {
                terms.push(term);
            }
        }
        terms.truncate(most * 2);
        terms
    }

    /// A folded text as it is written in its place.
    fn written(&self, place: Place, folded: &str) -> Option<String> {
        let dataset = self.catalogue.datasets().get(place.dataset() as usize)?;
        let written = match place.part() {
            Part::Title => &dataset.title,
            Part::Tag => dataset.tags.iter().find(|tag| fold(tag) == folded)?,
            Part::Publisher if fold(&dataset.organization.title) == folded => &dataset.organization.title,
            Part::Publisher => &dataset.organization.prefecture,
            _ => return None,
        };
        Some(written.clone())
    }
}

/// How many letters differ (other, missing, too many), where not more than allowed.
fn distance(a: &[char], b: &str, allowed: usize) -> Option<usize> {
    let b: Vec<char> = b.chars().take(NEAREST_LIMIT_CHARS + 3).collect();
    if a.len().abs_diff(b.len()) > allowed {
        return None;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, own) in a.iter().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let changed = before + usize::from(own != other);
            before = row[j + 1];
            row[j + 1] = changed.min(before + 1).min(row[j] + 1);
        }
    }
    // At least as much must stay as changes.
    row.last().copied().filter(|distance| *distance <= allowed && *distance * 2 <= a.len())
}
