//! Finding: an expression to the datasets it holds for, each with its share of the rank.

use std::cell::RefCell;

use jiff::Timestamp;

use super::bits::Bits;
use super::expression::{Expression, Field, Matcher, Piece, fits};
use super::index::{Hits, SearchIndex};
use super::lexicon::By;
use super::texts::{Held, Part};
use super::values::Values;
use super::why::Used;
use super::work::Work;

/// What a filter or a complement adds to the rank: nothing that matters, but more than no hit.
pub(super) const BARELY: f32 = 1e-6;

/// Places of a word beyond which its datasets are summed up in one pass over all datasets instead of being sorted.
const SORTED_LIMIT: usize = 4_096;

/// Most tables whose names are looked at for a word, a quarter: 4,000 texts of 1 KB are some 2 ms.
const NAMES_LOOKED_AT: usize = 1_000;

/// One search over the index.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) index: &'a SearchIndex,
    pub(super) work: Work,
    /// What was sought and where it was found, where somebody wants to know.
    pub(super) used: Option<RefCell<Vec<Used>>>,
}

impl<'a> Search<'a> {
    pub(super) fn of(index: &'a SearchIndex, explain: bool) -> Self {
        Self { index, work: Work::default(), used: explain.then(RefCell::default) }
    }

    /// Whether there was more to do than one search may.
    pub(super) fn is_cut_short(&self) -> bool {
        self.work.is_used_up()
    }

    fn everything(&self, share: f32) -> Hits {
        self.work.spend(self.index.len() / 4);
        (0_u32..).zip(&self.index.titles).map(|(number, _)| (number, share)).collect()
    }

    /// The datasets it holds for, with their shares.
    pub(super) fn hits(&self, expression: &Expression) -> Hits {
        match expression {
            Expression::All => self.everything(1.0),
            Expression::Nothing => Vec::new(),
            Expression::Is(field, matcher) => self.leaf(field, matcher),
            Expression::Not(_) => self.set(expression).numbers().map(|number| (number, BARELY)).collect(),
            Expression::And(parts) => self.together(parts, parts.len()),
            Expression::Or(parts) => self.counted(parts, 1),
            Expression::AtLeast(least, parts) => self.together(parts, *least),
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

    /// The datasets it holds for.
    pub(super) fn set(&self, expression: &Expression) -> Bits {
        let length = self.index.len();
        if !self.work.spend(1 + length / 64) {
            return Bits::none(length);
        }
        match expression {
            Expression::All => Bits::all(length),
            Expression::Nothing => Bits::none(length),
            Expression::Is(field, matcher) if !field.is_text() && !field.is_time() => self.whole(field, matcher),
            Expression::Not(inner) => self.set(inner).not(),
            Expression::And(parts) => {
                let mut bits = Bits::all(length);
                for part in parts {
                    bits.and(&self.set(part));
                }
                bits
            }
            Expression::Or(parts) => {
                let mut bits = Bits::none(length);
                for part in parts {
                    bits.or(&self.set(part));
                }
                bits
            }
            Expression::Prefer(required, _) => self.set(required),
            Expression::Boost(inner, _) => self.set(inner),
            Expression::Is(..) | Expression::AtLeast(..) => {
                Bits::of(length, self.hits(expression).into_iter().map(|(number, _)| number))
            }
        }
    }

    /// Words typed beside each other; a line of the lexicon may hold them as one term (bus stop).
    fn together(&self, parts: &[Expression], least: usize) -> Hits {
        let typed: Option<Vec<&str>> = parts
            .iter()
            .map(|part| match part {
                Expression::Is(Field::Text, Matcher::Near(word)) => Some(word.as_str()),
                _ => None,
            })
            .collect();
        let Some(typed) = typed else { return self.counted(parts, least) };
        // Words of questions need not occur, unless nothing else was typed.
        let kept: Vec<&str> = typed.iter().copied().filter(|word| !self.index.lexicon.is_ignored(word)).collect();
        let term = typed.join(" ");
        let as_term = if self.index.lexicon.knows(&term) { self.near(&term) } else { Vec::new() };
        let apart = if kept.is_empty() || kept.len() == typed.len() {
            self.counted(parts, least)
        } else {
            let kept: Vec<Expression> =
                kept.into_iter().map(|word| Expression::Is(Field::Text, Matcher::Near(word.to_owned()))).collect();
            let least = if least == typed.len() { kept.len() } else { super::words::least(kept.len()) };
            self.counted(&kept, least)
        };
        either(apart, as_term)
    }

    /// Datasets that at least so many of the parts hold for.
    pub(super) fn counted(&self, parts: &[Expression], least: usize) -> Hits {
        if let [only] = parts {
            return self.hits(only);
        }
        let length = self.index.len();
        let mut sums = vec![0.0_f32; length];
        let mut counts = vec![0_u16; length];
        self.work.spend(length / 8);
        for part in parts {
            let hits = self.hits(part);
            self.work.spend(hits.len() / 4);
            for (number, share) in hits {
                sums[number as usize] += share;
                counts[number as usize] += 1;
            }
            if self.work.is_used_up() {
                return Vec::new();
            }
        }
        let least = u16::try_from(least.max(1)).unwrap_or(u16::MAX);
        (0_u32..)
            .zip(sums.into_iter().zip(counts))
            .filter(|(_, (_, count))| *count >= least)
            .map(|(number, (sum, _))| (number, sum))
            .collect()
    }

    fn leaf(&self, field: &Field, matcher: &Matcher) -> Hits {
        if field.is_time() {
            let Matcher::TimeRange(low, high) = matcher else { return self.everything(BARELY) };
            let times = if *field == Field::Created { &self.index.created } else { &self.index.modified };
            let inside = |at: Timestamp| {
                low.is_none_or(|(low, own)| at > low || (own && at == low))
                    && high.is_none_or(|(high, own)| at < high || (own && at == high))
            };
            self.work.spend(times.len() / 8);
            let bits = Bits::where_holds(times.len(), |number| inside(times[number]));
            return bits.numbers().map(|number| (number, BARELY)).collect();
        }
        if field.is_text() {
            self.text(field, matcher)
        } else {
            self.whole(field, matcher).numbers().map(|number| (number, 1.0)).collect()
        }
    }

    fn whole(&self, field: &Field, matcher: &Matcher) -> Bits {
        let length = self.index.len();
        let Some(values) = self.index.values.get(field) else { return Bits::none(length) };
        let gather = |found: &mut dyn Iterator<Item = usize>| -> Bits {
            let found: Vec<usize> = found.collect();
            let size: usize = found.iter().map(|value| values.datasets(*value).len()).sum();
            if self.work.spend(size / 4 + found.len()) {
                values.gather(length, found.into_iter())
            } else {
                Bits::none(length)
            }
        };
        let all = || {
            let enough = self.work.spend(values.len());
            (0..if enough { values.len() } else { 0 }).map(|value| (value, values.name(value)))
        };
        match matcher {
            Matcher::Term(value) | Matcher::Near(value) => gather(&mut values.find(value).into_iter()),
            Matcher::Prefix(start) => gather(&mut prefixed(values, start)),
            Matcher::Wildcard(pattern) => {
                gather(&mut all().filter(|(_, own)| fits(pattern, own)).map(|(value, _)| value))
            }
            Matcher::Present => gather(&mut all().map(|(value, _)| value)),
            Matcher::TextRange(low, high) => gather(
                &mut all().filter(|(_, own)| in_text_range(own, low.as_ref(), high.as_ref())).map(|(value, _)| value),
            ),
            Matcher::TimeRange(..) => Bits::none(length),
        }
    }

    fn text(&self, field: &Field, matcher: &Matcher) -> Hits {
        match matcher {
            Matcher::Term(term) | Matcher::Prefix(term) => {
                let (hits, _) = self.any_of(field, &[(term.clone(), By::Exact)]);
                hits
            }
            Matcher::Near(term) => self.near(term),
            Matcher::Wildcard(pattern) => {
                let mut inside = vec![Piece::Any];
                inside.extend_from_slice(pattern);
                inside.push(Piece::Any);
                self.where_text(field, |text| fits(&inside, text))
            }
            Matcher::Present => self.where_text(field, |_| true),
            Matcher::TextRange(low, high) => {
                self.where_text(field, |text| in_text_range(text, low.as_ref(), high.as_ref()))
            }
            Matcher::TimeRange(..) => Vec::new(),
        }
    }

    /// Datasets of which a text of the field fits. Names of records are not gone through.
    fn where_text(&self, field: &Field, holds: impl Fn(&str) -> bool) -> Hits {
        let texts = &self.index.texts;
        let parts = parts_of(field) & !Part::Record.bit();
        let mut bits = Bits::none(self.index.len());
        for (number, text) in texts.iter() {
            if texts.parts(number) & parts == 0 {
                continue;
            }
            if !self.work.spend(1 + text.len() / 16) {
                return Vec::new();
            }
            if holds(text) {
                let places = texts.places(number).iter().filter(|place| place.part().bit() & parts != 0);
                bits.extend(places.map(|place| place.dataset()));
            }
        }
        bits.numbers().map(|number| (number, BARELY)).collect()
    }

    /// Datasets in which one of the words occurs, ranked by where, by how much of that text it is and by how it came to
    /// stand for what was typed; with the parts it occurs in.
    pub(super) fn any_of(&self, field: &Field, words: &[(String, By)]) -> (Hits, u16) {
        let mut held: Vec<(Held, usize)> = Vec::new();
        for (at, (word, by)) in words.iter().enumerate() {
            let mut parts = parts_of(field);
            if *by == By::Synonym || !self.may_name_a_record(word) {
                parts &= !Part::Record.bit();
            }
            for (text, closeness) in self.index.texts.holding(word, parts, self.most_names() * 4, &self.work) {
                held.push(((text, (1.0 + closeness) * by.factor()), at));
            }
        }
        self.without_common_names(&mut held);
        let weighed: Vec<Held> = held.iter().map(|(held, _)| *held).collect();
        let found = self.spread(field, &weighed);
        self.note(words, held);
        found
    }

    /// A word of two letters is a kind of thing, not the name of one.
    fn may_name_a_record(&self, word: &str) -> bool {
        let least = if word.is_ascii() { 4 } else { 3 };
        !self.index.record_texts.is_empty() && word.chars().count() >= least
    }

    /// A word in the names of more than a tenth of the tables is a kind of thing too: 小学校 says nothing of a record.
    fn without_common_names(&self, held: &mut Vec<(Held, usize)>) {
        let most = self.most_names();
        let is_names = |text: u32| self.index.texts.parts(text) == Part::Record.bit();
        if held.iter().filter(|((text, _), _)| is_names(*text)).count() > most {
            held.retain(|((text, _), _)| !is_names(*text));
        }
    }

    /// Most tables that may have records of one name, before it is no name.
    fn most_names(&self) -> usize {
        (self.index.record_texts.len() / 10).clamp(20, NAMES_LOOKED_AT)
    }

    /// From texts with their multipliers to datasets: of many texts of one part only the best counts, or wide tables
    /// would win; parts add up. A word that few datasets hold says more than one that all hold.
    pub(super) fn spread(&self, field: &Field, held: &[Held]) -> (Hits, u16) {
        let texts = &self.index.texts;
        let parts = parts_of(field);
        let size: usize = held.iter().map(|(text, _)| texts.places(*text).len()).sum();
        if !self.work.spend(held.len() / 2 + size / 2) {
            return (Vec::new(), 0);
        }
        let seen = held.iter().fold(0, |seen, (text, _)| seen | texts.parts(*text)) & parts;
        let mut hits = if size <= SORTED_LIMIT {
            let mut places: Vec<(u32, Part, f32)> = Vec::with_capacity(size);
            for (text, multiplier) in held {
                let own = texts.places(*text).iter().filter(|place| place.part().bit() & parts != 0);
                places.extend(own.map(|place| (place.dataset(), place.part(), place.part().weight() * multiplier)));
            }
            places.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.2.total_cmp(&a.2)));
            places.dedup_by_key(|place| (place.0, place.1));
            let mut hits: Hits = Vec::new();
            for (dataset, _, share) in places {
                match hits.last_mut() {
                    Some((last, sum)) if *last == dataset => *sum += share,
                    _ => hits.push((dataset, share)),
                }
            }
            hits
        } else {
            self.spread_wide(held, seen)
        };
        let rarity = (1.0 + self.index.len() as f32 / (1.0 + hits.len() as f32)).ln();
        for (_, share) in &mut hits {
            *share *= rarity;
        }
        (hits, seen)
    }

    /// The same for many places: one pass for each part, over a row as long as the catalogue.
    fn spread_wide(&self, held: &[Held], seen: u16) -> Hits {
        let texts = &self.index.texts;
        let mut sums = vec![0.0_f32; self.index.len()];
        let mut best = vec![0.0_f32; self.index.len()];
        for part in Part::ALL.into_iter().filter(|part| seen & part.bit() != 0) {
            let own = || held.iter().filter(|(text, _)| texts.parts(*text) & part.bit() != 0);
            for (text, multiplier) in own() {
                let share = part.weight() * multiplier;
                for place in texts.places(*text).iter().filter(|place| place.part() == part) {
                    let slot = &mut best[place.dataset() as usize];
                    *slot = slot.max(share);
                }
            }
            for (text, _) in own() {
                for place in texts.places(*text).iter().filter(|place| place.part() == part) {
                    sums[place.dataset() as usize] += std::mem::take(&mut best[place.dataset() as usize]);
                }
            }
        }
        (0_u32..).zip(sums).filter(|(_, sum)| *sum > 0.0).collect()
    }
}

/// The parts of a field, as bits.
pub(super) fn parts_of(field: &Field) -> u16 {
    Part::ALL.into_iter().filter(|part| part.belongs(field)).fold(0, |bits, part| bits | part.bit())
}

fn prefixed<'v>(values: &'v Values, start: &'v str) -> impl Iterator<Item = usize> + 'v {
    (values.from(start)..values.len()).take_while(move |value| values.name(*value).starts_with(start))
}

/// Both, the better share of each.
pub(super) fn either(mut a: Hits, b: Hits) -> Hits {
    if b.is_empty() {
        return a;
    }
    a.extend(b);
    a.sort_by(|x, y| x.0.cmp(&y.0).then(y.1.total_cmp(&x.1)));
    a.dedup_by_key(|hit| hit.0);
    a
}

fn in_text_range(value: &str, low: Option<&(String, bool)>, high: Option<&(String, bool)>) -> bool {
    low.is_none_or(|(low, own)| value > low.as_str() || (*own && value == low))
        && high.is_none_or(|(high, own)| value < high.as_str() || (*own && value == high))
}
