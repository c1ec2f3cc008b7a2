//! The index: whole values in order, pairs of characters for words, and what ranks and sorts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use super::expression::{Expression, Field, Matcher, fits};
use super::fold::fold;
use super::{Direction, FacetValue, Found, Query, SortKey};
use crate::http::extras;
use crate::model::catalogue::{Catalogue, Dataset};
use crate::model::lonlat::Bbox;

/// What a filter or a complement adds to the rank: nothing that matters, but more than no hit.
const BARELY: f32 = 1e-6;

/// Hits by ascending number of the dataset, each with its share of the rank (above zero).
type Hits = Vec<(u32, f32)>;

/// One catalogue made searchable.
#[derive(Debug)]
pub struct SearchIndex {
    catalogue: Arc<Catalogue>,
    documents: Vec<Document>,
    /// Field and whole value → datasets.
    whole: BTreeMap<(Field, String), Vec<u32>>,
    /// Pairs of characters of all texts, and single characters with NUL → datasets.
    pairs: HashMap<(char, char), Vec<u32>>,
}

/// The folded texts of one dataset and what it is sorted by.
#[derive(Debug)]
struct Document {
    /// Text, its field and its weight: CKAN's `name^4 title^4 tags^2 groups^2 text`, and what only we have below it.
    texts: Vec<(Part, String)>,
    title: String,
    created: Timestamp,
    modified: Timestamp,
    bbox: Option<Bbox>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Title,
    Name,
    Tag,
    Publisher,
    Notes,
    Resource,
    Column,
}

impl Part {
    fn weight(self) -> f32 {
        match self {
            Self::Title | Self::Name => 4.0,
            Self::Tag => 2.0,
            Self::Publisher => 1.5,
            Self::Notes => 1.0,
            Self::Resource => 0.8,
            Self::Column => 0.5,
        }
    }

    fn belongs(self, field: &Field) -> bool {
        match field {
            Field::Text => true,
            Field::Title => self == Self::Title,
            Field::Notes => self == Self::Notes,
            Field::ResourceText => self == Self::Resource,
            Field::Author => self == Self::Publisher,
            _ => false,
        }
    }
}

impl Document {
    fn of(dataset: &Dataset) -> Self {
        let mut texts = vec![
            (Part::Title, fold(&dataset.title)),
            (Part::Name, fold(dataset.name.as_str())),
            (Part::Publisher, fold(&dataset.organization.title)),
            (Part::Publisher, fold(&dataset.organization.prefecture)),
            (Part::Notes, fold(&dataset.notes)),
            (Part::Notes, fold(&dataset.theme)),
        ];
        texts.extend(dataset.tags.iter().map(|tag| (Part::Tag, fold(tag))));
        texts.extend(dataset.distributions.iter().map(|each| (Part::Resource, fold(&each.title))));
        for table in &dataset.tables {
            texts.push((Part::Resource, fold(&table.shape.title)));
            for column in &table.shape.columns {
                texts.push((Part::Column, fold(&column.name)));
                if column.title != column.name {
                    texts.push((Part::Column, fold(&column.title)));
                }
            }
        }
        texts.retain(|(_, text)| !text.is_empty());
        Self {
            texts,
            title: fold(&dataset.title),
            created: dataset.created,
            modified: dataset.modified,
            bbox: extras::bbox(dataset),
        }
    }
}

/// The whole values of one dataset.
fn whole_values(dataset: &Dataset) -> Vec<(Field, String)> {
    let mut values = vec![
        (Field::Name, dataset.name.to_string()),
        (Field::Id, dataset.id.to_string()),
        (Field::Organization, dataset.organization.name.to_string()),
        (Field::OwnerOrg, dataset.organization.id.to_string()),
        (Field::LicenceId, dataset.licence.id.clone()),
        (Field::State, "active".to_owned()),
        (Field::Capacity, "public".to_owned()),
        (Field::Kind, "dataset".to_owned()),
    ];
    values.extend(dataset.tags.iter().map(|tag| (Field::Tags, tag.clone())));
    values.extend(dataset.distributions.iter().map(|each| (Field::ResourceFormat, each.format.name().to_owned())));
    values.extend(extras::of(dataset).into_iter().map(|(key, value)| (Field::Extra(key.to_owned()), value)));
    values.sort();
    values.dedup();
    values
}

impl SearchIndex {
    /// Reads the whole catalogue once.
    pub fn build(catalogue: Arc<Catalogue>) -> Self {
        let mut whole: BTreeMap<(Field, String), Vec<u32>> = BTreeMap::new();
        let mut pairs: HashMap<(char, char), Vec<u32>> = HashMap::new();
        let mut documents = Vec::with_capacity(catalogue.datasets().len());
        for (number, dataset) in (0_u32..).zip(catalogue.datasets()) {
            let document = Document::of(dataset);
            for key in whole_values(dataset) {
                whole.entry(key).or_default().push(number);
            }
            for (_, text) in &document.texts {
                for pair in pairs_of(text).chain(text.chars().map(|c| (c, '\0'))) {
                    let numbers = pairs.entry(pair).or_default();
                    if numbers.last() != Some(&number) {
                        numbers.push(number);
                    }
                }
            }
            documents.push(document);
        }
        Self { catalogue, documents, whole, pairs }
    }

    /// Answers a question.
    pub fn search(&self, query: &Query) -> Found {
        let mut hits = self.hits(&query.wanted);
        for filter in &query.filters {
            let keep = self.hits(filter);
            hits.retain(|(number, _)| keep.binary_search_by_key(number, |hit| hit.0).is_ok());
        }
        if let Some(bbox) = &query.bbox {
            hits.retain(|(number, _)| self.document(*number).bbox.is_some_and(|own| own.intersects(bbox)));
        }
        let facets = query.facets.iter().map(|field| (field.clone(), self.facet(field, &hits))).collect();
        let count = hits.len();
        hits.sort_by(|a, b| self.order(*a, *b, &query.sort));
        let datasets = hits
            .iter()
            .skip(query.start)
            .take(query.rows)
            .filter_map(|(number, _)| self.catalogue.datasets().get(*number as usize).cloned())
            .collect();
        Found { count, datasets, facets }
    }

    /// Datasets whose name or title holds the text, best first.
    pub fn autocomplete(&self, text: &str, limit: usize) -> Vec<Arc<Dataset>> {
        let folded = fold(text);
        let mut found: Vec<(u8, usize)> = Vec::new();
        for (number, document) in self.documents.iter().enumerate() {
            let name = self.catalogue.datasets()[number].name.as_str();
            let place = match (document.title.find(&folded), name.find(&folded)) {
                (Some(0), _) => 0,
                (_, Some(0)) => 1,
                (Some(_), _) => 2,
                (_, Some(_)) => 3,
                _ => continue,
            };
            found.push((place, number));
        }
        found.sort_unstable();
        found.into_iter().take(limit).map(|(_, number)| Arc::clone(&self.catalogue.datasets()[number])).collect()
    }

    /// All values of a field with their number of datasets, by value.
    pub fn values<'a>(&'a self, field: &'a Field) -> impl Iterator<Item = (&'a str, usize)> {
        self.postings(field, None).map(|(value, numbers)| (value, numbers.len()))
    }

    fn document(&self, number: u32) -> &Document {
        &self.documents[number as usize]
    }

    fn everything(&self, share: f32) -> Hits {
        (0_u32..).zip(&self.documents).map(|(number, _)| (number, share)).collect()
    }

    fn postings<'a>(&'a self, field: &'a Field, from: Option<&str>) -> impl Iterator<Item = (&'a str, &'a [u32])> {
        let from = Bound::Included((field.clone(), from.unwrap_or_default().to_owned()));
        self.whole
            .range((from, Bound::Unbounded))
            .take_while(move |((own, _), _)| own == field)
            .map(|((_, value), numbers)| (value.as_str(), numbers.as_slice()))
    }

    fn facet(&self, field: &Field, hits: &Hits) -> Vec<FacetValue> {
        let mut is_hit = vec![false; self.documents.len()];
        for (number, _) in hits {
            is_hit[*number as usize] = true;
        }
        let mut values: Vec<FacetValue> = self
            .postings(field, None)
            .filter_map(|(value, numbers)| {
                let count = numbers.iter().filter(|number| is_hit[**number as usize]).count();
                (count > 0).then(|| FacetValue {
                    name: value.to_owned(),
                    display_name: self.display_name(field, value, numbers),
                    count,
                })
            })
            .collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        values
    }

    fn display_name(&self, field: &Field, value: &str, numbers: &[u32]) -> String {
        let dataset = numbers.first().and_then(|number| self.catalogue.datasets().get(*number as usize));
        match (field, dataset) {
            (Field::Organization, Some(dataset)) => dataset.organization.title.clone(),
            (Field::LicenceId, Some(dataset)) => dataset.licence.title.clone(),
            _ => value.to_owned(),
        }
    }

    fn order(&self, a: (u32, f32), b: (u32, f32), sort: &[(SortKey, Direction)]) -> Ordering {
        let (left, right) = (self.document(a.0), self.document(b.0));
        let id = |number: u32| self.catalogue.datasets()[number as usize].id;
        for (key, direction) in sort {
            let ordering = match key {
                SortKey::Score => a.1.total_cmp(&b.1),
                SortKey::Name => a.0.cmp(&b.0),
                SortKey::Title => left.title.cmp(&right.title),
                SortKey::Created => left.created.cmp(&right.created),
                SortKey::Modified => left.modified.cmp(&right.modified),
                SortKey::Id => id(a.0).cmp(&id(b.0)),
                SortKey::Views => Ordering::Equal,
            };
            let ordering = if *direction == Direction::Descending { ordering.reverse() } else { ordering };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        // Datasets are numbered by name.
        a.0.cmp(&b.0)
    }

    fn hits(&self, expression: &Expression) -> Hits {
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
            Matcher::TextRange(low, high) => {
                gather(&mut all().filter(|(value, _)| in_text_range(value, low, high)).map(|(_, numbers)| numbers))
            }
            Matcher::TimeRange(..) => Vec::new(),
        }
    }

    fn text_leaf(&self, field: &Field, matcher: &Matcher) -> Hits {
        let of_field = |document: &Document| -> Vec<String> {
            document.texts.iter().filter(|(part, _)| part.belongs(field)).map(|(_, text)| text.clone()).collect()
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
                let mut inside = vec![super::expression::Piece::Any];
                inside.extend_from_slice(pattern);
                inside.push(super::expression::Piece::Any);
                self.where_document(|document| of_field(document).iter().any(|text| fits(&inside, text)))
            }
            Matcher::Present => self.where_document(|document| !of_field(document).is_empty()),
            Matcher::TextRange(low, high) => {
                self.where_document(|document| of_field(document).iter().any(|text| in_text_range(text, low, high)))
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

fn pairs_of(text: &str) -> impl Iterator<Item = (char, char)> {
    text.chars().zip(text.chars().skip(1))
}

/// Whether the term occurs; one in Latin letters or digits must begin where a word begins (`ed` is not in `aed`).
fn occurs(text: &str, term: &str) -> bool {
    if !term.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return text.contains(term);
    }
    text.match_indices(term).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()))
}

fn in_text_range(value: &str, low: &Option<(String, bool)>, high: &Option<(String, bool)>) -> bool {
    low.as_ref().is_none_or(|(low, own)| value > low.as_str() || (*own && value == low))
        && high.as_ref().is_none_or(|(high, own)| value < high.as_str() || (*own && value == high))
}
