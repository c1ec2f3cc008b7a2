//! The index: whole values for filters and facets, texts for words, and what sorts.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::bits::Bits;
use super::cost::TooCostly;
use super::expression::Field;
use super::find::Search;
use super::fold::fold;
use super::lexicon::Lexicon;
use super::names::Names;
use super::texts::{Part, Texts, TextsBuilder};
use super::values::{Values, ValuesBuilder};
use super::{Direction, FacetValue, Found, Query, SortKey};
use crate::http::extras;
use crate::model::catalogue::{Catalogue, Dataset};
use crate::model::lonlat::Bbox;
use crate::schema::Schemas;

/// Hits by ascending number of the dataset, each with its share of the rank (above zero).
pub(super) type Hits = Vec<(u32, f32)>;

/// One catalogue made searchable.
#[derive(Debug)]
pub struct SearchIndex {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) values: BTreeMap<Field, Values>,
    pub(super) texts: Texts,
    pub(super) created: Vec<Timestamp>,
    pub(super) modified: Vec<Timestamp>,
    /// Text of the title of each dataset.
    pub(super) titles: Vec<u32>,
    boxes: Vec<Option<Bbox>>,
    /// Texts that hold names of records → the dataset, its table and the column among the names of the table.
    pub(super) record_texts: HashMap<u32, Vec<RecordText>>,
    pub(super) names: Arc<Names>,
    pub(super) lexicon: Arc<Lexicon>,
    /// Readings of the publishers.
    pub(super) places: Lexicon,
}

/// Whose names a text holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordText {
    pub(super) dataset: u32,
    pub(super) table: usize,
    pub(super) column: usize,
}

fn add_texts<'a>(texts: &mut TextsBuilder<'a>, dataset: &'a Dataset, number: u32) -> u32 {
    let title = texts.add(&dataset.title, number, Part::Title);
    for (part, text) in [
        (Part::Name, dataset.name.as_str()),
        (Part::Publisher, &dataset.organization.title),
        (Part::Publisher, &dataset.organization.prefecture),
        (Part::Notes, &dataset.notes),
        (Part::Notes, &dataset.theme),
    ] {
        texts.add(text, number, part);
    }
    for tag in &dataset.tags {
        texts.add(tag, number, Part::Tag);
    }
    for each in &dataset.distributions {
        // 「…（CSV）」: the format is a field of its own, and the rest is mostly the title of the table.
        let plain = each.title.strip_suffix(')').or_else(|| each.title.strip_suffix('）'));
        let plain = plain.and_then(|text| text.strip_suffix(each.format.name()));
        let plain = plain.and_then(|text| text.strip_suffix('(').or_else(|| text.strip_suffix('（')));
        texts.add(plain.unwrap_or(&each.title), number, Part::Resource);
    }
    for table in &dataset.tables {
        texts.add(&table.shape.title, number, Part::Resource);
        if let Some(sheet) = table.shape.sheet.as_ref().and_then(|sheet| Schemas::bundled().sheet(&sheet.number)) {
            texts.add(&sheet.title, number, Part::Resource);
        }
        for column in &table.shape.columns {
            texts.add(&column.name, number, Part::Column);
            texts.add(&column.title, number, Part::Column);
            if let Some(field) = &column.field {
                texts.add(&field.english, number, Part::Dictionary);
                // 有 and 無 say nothing of a dataset.
                for word in field.codes.iter().filter(|word| word.chars().nth(1).is_some()) {
                    texts.add(word, number, Part::Dictionary);
                }
            }
        }
    }
    title.unwrap_or(u32::MAX)
}

/// The whole values of one dataset.
fn whole_values(dataset: &Dataset, mut add: impl FnMut(Field, &str)) {
    add(Field::Name, dataset.name.as_str());
    add(Field::Id, &dataset.id.to_string());
    add(Field::Organization, dataset.organization.name.as_str());
    add(Field::OwnerOrg, &dataset.organization.id.to_string());
    add(Field::LicenceId, &dataset.licence.id);
    add(Field::State, "active");
    add(Field::Capacity, "public");
    add(Field::Kind, "dataset");
    for tag in &dataset.tags {
        add(Field::Tags, tag);
    }
    for each in &dataset.distributions {
        add(Field::ResourceFormat, each.format.name());
    }
    for (key, value) in extras::of(dataset) {
        add(Field::Extra(key.to_owned()), &value);
    }
}

impl SearchIndex {
    /// Reads the whole catalogue once.
    pub fn build(catalogue: Arc<Catalogue>, lexicon: Arc<Lexicon>, names: Arc<Names>) -> Self {
        let count = catalogue.datasets().len();
        let mut values: BTreeMap<Field, ValuesBuilder> = BTreeMap::new();
        let mut texts = TextsBuilder::default();
        let mut titles = Vec::with_capacity(count);
        let mut record_texts: HashMap<u32, Vec<RecordText>> = HashMap::new();
        for (number, dataset) in (0_u32..).zip(catalogue.datasets()) {
            titles.push(add_texts(&mut texts, dataset, number));
            whole_values(dataset, |field, value| values.entry(field).or_default().add(value, number));
            for table in 0..dataset.tables.len() {
                for (column, lines) in
                    names.of(dataset.release, table).into_iter().flat_map(|own| own.iter().enumerate())
                {
                    let folded: Vec<String> = lines.lines().map(fold).collect();
                    let text = texts.add_folded(folded.join("\n"), number, Part::Record);
                    record_texts.entry(text).or_default().push(RecordText { dataset: number, table, column });
                }
            }
        }
        let texts = texts.finish();
        let datasets = catalogue.datasets();
        Self {
            values: values.into_iter().map(|(field, values)| (field, values.finish(count))).collect(),
            created: datasets.iter().map(|dataset| dataset.created).collect(),
            modified: datasets.iter().map(|dataset| dataset.modified).collect(),
            boxes: datasets.iter().map(|dataset| extras::bbox(dataset)).collect(),
            places: Lexicon::of_places(catalogue.organizations()),
            catalogue,
            texts,
            titles,
            record_texts,
            names,
            lexicon,
        }
    }

    /// Answers a question.
    ///
    /// # Errors
    /// [`TooCostly`] where answering would take more work than one request may cause.
    pub fn search(&self, query: &Query) -> Result<Found, TooCostly> {
        let search = Search::of(self, query.explain);
        let mut hits = search.hits(&query.wanted);
        let mut keep: Option<Bits> = None;
        for filter in &query.filters {
            let own = search.set(filter);
            match &mut keep {
                Some(keep) => keep.and(&own),
                None => keep = Some(own),
            }
        }
        if let Some(keep) = &keep {
            hits.retain(|(number, _)| keep.has(*number));
        }
        if let Some(bbox) = &query.bbox {
            hits.retain(|(number, _)| self.boxes[*number as usize].is_some_and(|own| own.intersects(bbox)));
        }
        let facets =
            query.facets.iter().map(|field| (field.clone(), self.facet(field, &hits, query.facet_values))).collect();
        let count = hits.len();
        let end = query.start.saturating_add(query.rows).min(count);
        // Only what is shown need stand in order.
        if end > 0 && end < count {
            hits.select_nth_unstable_by(end - 1, |a, b| self.order(*a, *b, query));
        }
        hits.truncate(end);
        hits.sort_unstable_by(|a, b| self.order(*a, *b, query));
        hits.drain(..query.start.min(hits.len()));
        let datasets =
            hits.iter().filter_map(|(number, _)| self.catalogue.datasets().get(*number as usize).cloned()).collect();
        let why = if query.explain { search.why(&hits) } else { Vec::new() };
        if search.is_cut_short() {
            return Err(TooCostly::work());
        }
        Ok(Found { count, datasets, facets, why })
    }

    /// How many datasets fit, without more.
    pub fn count(&self, query: &Query) -> usize {
        let none = Query { rows: 0, facets: Vec::new(), explain: false, ..query.clone() };
        self.search(&none).map_or(0, |found| found.count)
    }

    /// All values of a field with their number of datasets, by value.
    pub fn values<'a>(&'a self, field: &Field) -> impl Iterator<Item = (&'a str, usize)> + use<'a> {
        let own = self.values.get(field);
        own.into_iter().flat_map(|own| (0..own.len()).map(|value| (own.name(value), own.datasets(value).len())))
    }

    /// Words that staff keep.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// The names of records that are searched.
    pub fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// Bytes of the index, without the catalogue and the names as found.
    pub fn bytes(&self) -> usize {
        let values: usize = self.values.values().map(Values::bytes).sum();
        values + self.texts.bytes() + self.titles.len() * (4 + 2 * 16 + 40)
    }

    /// Datasets there are.
    pub(super) fn len(&self) -> usize {
        self.titles.len()
    }

    fn facet(&self, field: &Field, hits: &Hits, most: usize) -> Vec<FacetValue> {
        let Some(values) = self.values.get(field) else { return Vec::new() };
        let counts = values.counts(hits.iter().map(|(number, _)| *number));
        let mut found: Vec<(u32, usize)> = counts
            .into_iter()
            .enumerate()
            .filter(|(_, count)| *count > 0)
            .map(|(value, count)| (count, value))
            .collect();
        // Values are numbered by name.
        let order = |a: &(u32, usize), b: &(u32, usize)| b.0.cmp(&a.0).then(a.1.cmp(&b.1));
        if most > 0 && most < found.len() {
            found.select_nth_unstable_by(most - 1, order);
        }
        found.truncate(most);
        found.sort_unstable_by(order);
        found
            .into_iter()
            .map(|(count, value)| FacetValue {
                name: values.name(value).to_owned(),
                display_name: self.display_name(field, values.name(value), values.datasets(value)),
                count: count as usize,
            })
            .collect()
    }

    fn display_name(&self, field: &Field, value: &str, numbers: &[u32]) -> String {
        let dataset = numbers.first().and_then(|number| self.catalogue.datasets().get(*number as usize));
        match (field, dataset) {
            (Field::Organization, Some(dataset)) => dataset.organization.title.clone(),
            (Field::LicenceId, Some(dataset)) => dataset.licence.title.clone(),
            _ => value.to_owned(),
        }
    }

    fn title(&self, number: u32) -> &str {
        match self.titles[number as usize] {
            u32::MAX => "",
            text => self.texts.text(text),
        }
    }

    fn order(&self, a: (u32, f32), b: (u32, f32), query: &Query) -> Ordering {
        let (left, right) = (a.0 as usize, b.0 as usize);
        let id = |number: usize| self.catalogue.datasets()[number].id;
        let uses = |number: usize| query.uses.get(&id(number).uuid()).copied().unwrap_or_default();
        for (key, direction) in &query.sort {
            let ordering = match key {
                SortKey::Score => a.1.total_cmp(&b.1),
                SortKey::Name => a.0.cmp(&b.0),
                SortKey::Title => self.title(a.0).cmp(self.title(b.0)),
                SortKey::Created => self.created[left].cmp(&self.created[right]),
                SortKey::Modified => self.modified[left].cmp(&self.modified[right]),
                SortKey::Id => id(left).cmp(&id(right)),
                SortKey::ViewsRecent => uses(left).1.cmp(&uses(right).1),
                SortKey::ViewsTotal => uses(left).0.cmp(&uses(right).0),
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
