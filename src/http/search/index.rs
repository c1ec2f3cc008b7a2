//! The index: whole values in order, pairs of characters for words, and what ranks and sorts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;

use super::expression::Field;
use super::fold::fold;
use super::{Direction, FacetValue, Found, Query, SortKey};
use crate::http::extras;
use crate::model::catalogue::{Catalogue, Dataset};
use crate::model::lonlat::Bbox;

/// Hits by ascending number of the dataset, each with its share of the rank (above zero).
pub(super) type Hits = Vec<(u32, f32)>;

/// One catalogue made searchable.
#[derive(Debug)]
pub struct SearchIndex {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) documents: Vec<Document>,
    /// Field and whole value → datasets.
    pub(super) whole: BTreeMap<(Field, String), Vec<u32>>,
    /// Pairs of characters of all texts, and single characters with NUL → datasets.
    pub(super) pairs: HashMap<(char, char), Vec<u32>>,
}

/// The folded texts of one dataset and what it is sorted by.
#[derive(Debug)]
pub(super) struct Document {
    /// Text, its field and its weight: CKAN's `name^4 title^4 tags^2 groups^2 text`, and what only we have below it.
    pub(super) texts: Vec<(Part, String)>,
    title: String,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    bbox: Option<Bbox>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Title,
    Name,
    Tag,
    Publisher,
    Notes,
    Resource,
    Column,
}

impl Part {
    pub(super) fn weight(self) -> f32 {
        match self {
            Self::Title | Self::Name => 4.0,
            Self::Tag => 2.0,
            Self::Publisher => 1.5,
            Self::Notes => 1.0,
            Self::Resource => 0.8,
            Self::Column => 0.5,
        }
    }

    pub(super) fn belongs(self, field: &Field) -> bool {
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
        hits.sort_by(|a, b| self.order(*a, *b, query));
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

    pub(super) fn document(&self, number: u32) -> &Document {
        &self.documents[number as usize]
    }

    pub(super) fn everything(&self, share: f32) -> Hits {
        (0_u32..).zip(&self.documents).map(|(number, _)| (number, share)).collect()
    }

    pub(super) fn postings<'a>(
        &'a self,
        field: &'a Field,
        from: Option<&str>,
    ) -> impl Iterator<Item = (&'a str, &'a [u32])> {
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

    fn order(&self, a: (u32, f32), b: (u32, f32), query: &Query) -> Ordering {
        let (left, right) = (self.document(a.0), self.document(b.0));
        let id = |number: u32| self.catalogue.datasets()[number as usize].id;
        let uses = |number: u32| query.uses.get(&id(number).uuid()).copied().unwrap_or_default();
        for (key, direction) in &query.sort {
            let ordering = match key {
                SortKey::Score => a.1.total_cmp(&b.1),
                SortKey::Name => a.0.cmp(&b.0),
                SortKey::Title => left.title.cmp(&right.title),
                SortKey::Created => left.created.cmp(&right.created),
                SortKey::Modified => left.modified.cmp(&right.modified),
                SortKey::Id => id(a.0).cmp(&id(b.0)),
                SortKey::ViewsRecent => uses(a.0).1.cmp(&uses(b.0).1),
                SortKey::ViewsTotal => uses(a.0).0.cmp(&uses(b.0).0),
            };
            let ordering = if *direction == Direction::Descending { ordering.reverse() } else { ordering };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        // Datasets are numbered by name.
        a.0.cmp(&b.0)
    }
}

pub(super) fn pairs_of(text: &str) -> impl Iterator<Item = (char, char)> {
    text.chars().zip(text.chars().skip(1))
}
