//! Why a dataset was found: which word stood where, how it came to stand for what was typed, and what that weighs.

use super::expression::Field;
use super::find::Search;
use super::index::SearchIndex;
use super::lexicon::By;
use super::texts::{Held, Part, line, occurrence};
use super::typo::slip_in;

/// Most reasons told of one dataset: the best of each word and part.
const REASONS_LIMIT: usize = 20;
/// Most records told of one dataset.
const RECORDS_LIMIT: usize = 5;
/// Longest text told, characters.
const TEXT_LIMIT_CHARS: usize = 120;

/// Why one dataset was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Why {
    /// Its rank among the hits is by this.
    pub score: f32,
    /// Where words were found in it, weightiest first.
    pub reasons: Vec<Reason>,
    /// Records whose name holds a word.
    pub records: Vec<NamedRecord>,
}

/// One word in one part.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The word that was found, folded.
    pub word: String,
    /// How it came to stand for what was typed.
    pub by: By,
    /// Where it stands.
    pub part: Part,
    /// What the part weighs, times how much of the text the word is, times [`By::factor`]. How rare the word is comes
    /// on top, alike for all datasets.
    pub weight: f32,
    /// The text it stands in, folded and shortened.
    pub text: String,
}

/// A record that is named as sought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRecord {
    /// Which table of the dataset.
    pub table: usize,
    /// Its `_id`.
    pub id: u64,
    /// Its name as published.
    pub name: String,
}

/// Words sought for one typed, and the texts that hold them: each with the place of its word among the words.
#[derive(Debug)]
pub(super) struct Used {
    words: Vec<(String, By)>,
    held: Vec<(Held, usize)>,
}

impl Search<'_> {
    /// Keeps what was found for [`Self::why`].
    pub(super) fn note(&self, words: &[(String, By)], held: Vec<(Held, usize)>) {
        if let Some(used) = &self.used
            && !held.is_empty()
        {
            used.borrow_mut().push(Used { words: words.to_vec(), held });
        }
    }

    /// The reasons for some hits, in their order.
    pub(super) fn why(&self, hits: &[(u32, f32)]) -> Vec<Why> {
        let used = self.used.as_ref().map(|used| used.borrow());
        let texts = &self.index.texts;
        hits.iter()
            .map(|(number, score)| {
                let mut why = Why { score: *score, ..Why::default() };
                for used in used.iter().flat_map(|used| used.iter()) {
                    for ((text, multiplier), word) in &used.held {
                        let places = texts.places(*text);
                        let from = places.partition_point(|place| place.dataset() < *number);
                        let own = places[from..].iter().take_while(|place| place.dataset() == *number);
                        let (word, by) = &used.words[*word];
                        for place in own {
                            let part = place.part();
                            if !part.belongs(&Field::Text) {
                                continue;
                            }
                            if part == Part::Record {
                                self.index.named_records(*number, *text, word, &mut why.records);
                            }
                            let (from, to) =
                                stretch(texts.text(*text), word).map_or((0, 0), |at| line(texts.text(*text), at));
                            why.reasons.push(Reason {
                                word: word.clone(),
                                by: *by,
                                part,
                                weight: part.weight() * multiplier,
                                text: texts.text(*text)[from..to].chars().take(TEXT_LIMIT_CHARS).collect(),
                            });
                        }
                    }
                }
                why.reasons.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.text.cmp(&b.text)));
                let mut seen: Vec<(String, Part)> = Vec::new();
                why.reasons.retain(|reason| {
                    let key = (reason.word.clone(), reason.part);
                    let new = !seen.contains(&key) && seen.len() < REASONS_LIMIT;
                    if new {
                        seen.push(key);
                    }
                    new
                });
                why
            })
            .collect()
    }
}

/// Where a word stands in a text, a slip looked past.
fn stretch(text: &str, word: &str) -> Option<usize> {
    occurrence(text, word).or_else(|| slip_in(text, word).map(|(at, _)| at))
}

impl SearchIndex {
    /// The records of a dataset whose names, one a line of the text, hold the word.
    fn named_records(&self, dataset: u32, text: u32, word: &str, records: &mut Vec<NamedRecord>) {
        let Some(release) = self.catalogue.datasets().get(dataset as usize).map(|own| own.release) else { return };
        for own in self.record_texts.get(&text).into_iter().flatten().filter(|own| own.dataset == dataset) {
            let Some(columns) = self.names.of(release, own.table) else { continue };
            for (id, _) in
                (1_u64..).zip(self.texts.text(text).split('\n')).filter(|(_, line)| stretch(line, word).is_some())
            {
                if records.len() >= RECORDS_LIMIT
                    || records.iter().any(|known| known.table == own.table && known.id == id)
                {
                    continue;
                }
                let nth = |column: usize| {
                    let lines = columns.get(column)?.lines().nth(usize::try_from(id).ok()?.checked_sub(1)?)?;
                    (!lines.is_empty()).then(|| lines.to_owned())
                };
                // By its reading it is found, by its name it is told.
                if let Some(name) = nth(0).or_else(|| nth(own.column)) {
                    records.push(NamedRecord { table: own.table, id, name });
                }
            }
        }
    }
}
