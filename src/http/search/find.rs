//! Finding: an expression to the datasets it holds for, each with its share of the rank.

use std::collections::HashMap;

use jiff::Timestamp;

use super::expression::{Expression, Field, Matcher, Piece, fits};
use super::index::{Document, Hits, SearchIndex, pairs_of};

/// What a filter or a complement adds to the rank: nothing that matters, but more than no hit.
const BARELY: f32 = 1e-6;

impl SearchIndex {
    pub(super) fn hits(&self, expression: &Expression) -> Hits {
        match expression {
            Expression::All => self.everything(1.0),
            Expression::Nothing => Vec::new(),
            Expression::Is(field, matcher) => self.leaf(field, matcher),
            Expression::Not(inner) => {
                let out = self.hits(inner);
                let mut all = self.everything(BARELY);
                all.retain(|(number, _)| out.binary_search_by_key(number, |hit| hit.0).is_err());
                all
            }
            Expression::And(parts) => self.counted(parts, parts.len()),
            Expression::Or(parts) => self.counted(parts, 1),
            Expression::AtLeast(least, parts) => self.counted(parts, *least),
            Expression::Prefer(required, optional) => {
                let optional = self.hits(optional);
                let mut hits = self.hits(required);
                for (number, share) in &mut hits {
                    if let Ok(at) = optional.binary_search_by_key(number, |hit| hit.0) {
                        *share += optional[at].1;
                    }
                }
                hits
            }
            Expression::Boost(inner, weight) => {
                let mut hits = self.hits(inner);
                for (_, share) in &mut hits {
                    *share = (*share * weight).max(BARELY);
                }
                hits
            }
        }
    }

    /// Datasets that at least so many of the parts hold for.
    fn counted(&self, parts: &[Expression], least: usize) -> Hits {
        let mut sums: Vec<(usize, f32)> = vec![(0, 0.0); self.documents.len()];
        for part in parts {
            for (number, share) in self.hits(part) {
                let sum = &mut sums[number as usize];
                sum.0 += 1;
                sum.1 += share;
            }
        }
        let least = least.max(1);
        (0_u32..).zip(sums).filter(|(_, (count, _))| *count >= least).map(|(number, (_, sum))| (number, sum)).collect()
    }

    fn leaf(&self, field: &Field, matcher: &Matcher) -> Hits {
        if field.is_time() {
            let Matcher::TimeRange(low, high) = matcher else { return self.everything(BARELY) };
            let time =
                |document: &Document| if *field == Field::Created { document.created } else { document.modified };
            let inside = |at: Timestamp| {
                low.is_none_or(|(low, own)| at > low || (own && at == low))
                    && high.is_none_or(|(high, own)| at < high || (own && at == high))
            };
            return self.where_document(|document| inside(time(document)));
        }
        if field.is_text() { self.text_leaf(field, matcher) } else { self.whole_leaf(field, matcher) }
    }

    fn where_document(&self, keep: impl Fn(&Document) -> bool) -> Hits {
        (0_u32..)
            .zip(&self.documents)
            .filter(|(_, document)| keep(document))
            .map(|(number, _)| (number, BARELY))
            .collect()
    }

    fn whole_leaf(&self, field: &Field, matcher: &Matcher) -> Hits {
        let gather = |values: &mut dyn Iterator<Item = &[u32]>| -> Hits {
            let mut numbers: Vec<u32> = values.flatten().copied().collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers.into_iter().map(|number| (number, 1.0)).collect()
        };
        let all = || self.postings(field, None);
        match matcher {
            Matcher::Term(value) | Matcher::Near(value) => {
                gather(&mut self.whole.get(&(field.clone(), value.clone())).map(Vec::as_slice).into_iter())
            }
            Matcher::Prefix(start) => gather(
                &mut self
                    .postings(field, Some(start))
                    .take_while(|(value, _)| value.starts_with(start.as_str()))
                    .map(|(_, numbers)| numbers),
            ),
            Matcher::Wildcard(pattern) => {
                gather(&mut all().filter(|(value, _)| fits(pattern, value)).map(|(_, numbers)| numbers))
            }
            Matcher::Present => gather(&mut all().map(|(_, numbers)| numbers)),
            Matcher::TextRange(low, high) => gather(
                &mut all()
                    .filter(|(value, _)| in_text_range(value, low.as_ref(), high.as_ref()))
                    .map(|(_, numbers)| numbers),
            ),
            Matcher::TimeRange(..) => Vec::new(),
        }
    }

    fn text_leaf(&self, field: &Field, matcher: &Matcher) -> Hits {
        let any = |document: &Document, holds: &dyn Fn(&str) -> bool| {
            document.texts.iter().any(|(part, text)| part.belongs(field) && holds(text))
        };
        match matcher {
            Matcher::Term(term) | Matcher::Prefix(term) => self.occurring(field, term),
            Matcher::Near(term) => {
                let mut hits = self.occurring(field, term);
                if term.chars().count() >= NEAR_LEAST_CHARS && !term.is_ascii() {
                    hits = either(hits, self.nearly(term));
                }
                hits
            }
            Matcher::Wildcard(pattern) => {
                let mut inside = vec![Piece::Any];
                inside.extend_from_slice(pattern);
                inside.push(Piece::Any);
                self.where_document(|document| any(document, &|text| fits(&inside, text)))
            }
            Matcher::Present => self.where_document(|document| any(document, &|_| true)),
            Matcher::TextRange(low, high) => {
                self.where_document(|document| any(document, &|text| in_text_range(text, low.as_ref(), high.as_ref())))
            }
            Matcher::TimeRange(..) => Vec::new(),
        }
    }

    /// Datasets whose texts hold every pair of characters of the term.
    fn candidates(&self, term: &str) -> Vec<u32> {
        let mut keys: Vec<(char, char)> = pairs_of(term).collect();
        if keys.is_empty() {
            keys.extend(term.chars().map(|c| (c, '\0')));
        }
        let mut lists: Vec<&[u32]> = Vec::with_capacity(keys.len());
        for key in keys {
            match self.pairs.get(&key) {
                Some(numbers) => lists.push(numbers),
                None => return Vec::new(),
            }
        }
        lists.sort_by_key(|numbers| numbers.len());
        let mut found = lists.first().map(|numbers| numbers.to_vec()).unwrap_or_default();
        for numbers in lists.iter().skip(1) {
            found.retain(|number| numbers.binary_search(number).is_ok());
        }
        found
    }

    /// Datasets in which the term occurs, ranked by where and by how much of that text it is.
    fn occurring(&self, field: &Field, term: &str) -> Hits {
        let mut hits: Hits = Vec::new();
        for number in self.candidates(term) {
            let mut share = 0.0_f32;
            // Of many texts of one kind only the best counts, or wide tables would win.
            let mut best = [0.0_f32; 7];
            for (part, text) in &self.document(number).texts {
                if part.belongs(field) && occurs(text, term) {
                    let ratio = term.len() as f32 / text.len() as f32;
                    let slot = &mut best[*part as usize];
                    *slot = slot.max(part.weight() * (1.0 + ratio));
                }
            }
            for value in best {
                share += value;
            }
            if share > 0.0 {
                hits.push((number, share));
            }
        }
        // A word that few datasets hold says more than one that all hold.
        let rarity = (1.0 + self.documents.len() as f32 / (1.0 + hits.len() as f32)).ln();
        for (_, share) in &mut hits {
            *share *= rarity;
        }
        hits
    }

    /// Datasets that hold at least two in three pairs of the term: words typed without blanks between them.
    fn nearly(&self, term: &str) -> Hits {
        let keys: Vec<(char, char)> = pairs_of(term).collect();
        let least = (keys.len() * 2).div_ceil(3);
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for numbers in keys.iter().filter_map(|key| self.pairs.get(key)) {
            for number in numbers {
                *counts.entry(*number).or_default() += 1;
            }
        }
        let mut hits: Hits = counts
            .into_iter()
            .filter(|(_, count)| *count >= least)
            .map(|(number, count)| (number, 0.3 * count as f32 / keys.len() as f32))
            .collect();
        hits.sort_unstable_by_key(|hit| hit.0);
        hits
    }
}

/// Fewest characters at which a word may be several words run together.
const NEAR_LEAST_CHARS: usize = 4;

/// Both, the better share of each.
fn either(mut a: Hits, b: Hits) -> Hits {
    a.extend(b);
    a.sort_by(|x, y| x.0.cmp(&y.0).then(y.1.total_cmp(&x.1)));
    a.dedup_by_key(|hit| hit.0);
    a
}

/// Whether the term occurs; one in Latin letters or digits must begin where a word begins (`ed` is not in `aed`).
fn occurs(text: &str, term: &str) -> bool {
    if !term.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return text.contains(term);
    }
    text.match_indices(term).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()))
}

fn in_text_range(value: &str, low: Option<&(String, bool)>, high: Option<&(String, bool)>) -> bool {
    low.is_none_or(|(low, own)| value > low.as_str() || (*own && value == low))
        && high.is_none_or(|(high, own)| value < high.as_str() || (*own && value == high))
}
