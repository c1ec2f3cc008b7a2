//! Search over the catalogue in memory: fold → expression → index → hits and facets.
//!
//! [`SearchIndex`] is built once for each catalogue and never changes. Everything a caller needs stands here and in
//! [`expression`]; the way of finding behind it may change without a caller noticing.
//!
//! What is typed into a search box is sought as typed, by its readings and by words that mean the same ([`lexicon`]); where
//! that gives nothing that says what a dataset is, past one slip of the finger and by the words it is made of. The rank
//! of a dataset is a sum over the parts a word stands in: weight of the part ([`Part::weight`]) × (1 + share of the
//! text that the word is) × how it came to stand for what was typed ([`By::factor`]) × how rare it is. [`why`] tells it.

pub mod cost;
pub mod date;
pub mod expression;
pub mod fold;
pub mod index;
pub mod lexicon;
pub mod names;
pub mod parse;
pub mod quality;
pub mod suggest;
pub mod why;
pub mod words;
mod bits;
mod find;
mod near;
pub(super) mod romaji;
mod texts;
mod typo;
mod values;
mod work;

pub use expression::{Expression, Field, Matcher};
pub use index::SearchIndex;
pub use lexicon::{By, Lexicon};
pub use names::{Limits, Names};
pub use texts::Part;
pub use why::Why;

use std::sync::Arc;

use super::app::Uses;
use crate::model::catalogue::Dataset;
use crate::model::lonlat::Bbox;

/// A question to the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What decides rank, and narrows.
    pub wanted: Expression,
    /// What only narrows; all must hold.
    pub filters: Vec<Expression>,
    /// Datasets whose own box touches this one; those without position are left out.
    pub bbox: Option<Bbox>,
    /// Order; ties go by name.
    pub sort: Vec<(SortKey, Direction)>,
    /// What the orders by views go by; a dataset that is not in it was not used.
    pub uses: Arc<Uses>,
    /// Hits passed over first.
    pub start: usize,
    /// Most hits wanted.
    pub rows: usize,
    /// Fields whose values are to be counted over all hits.
    pub facets: Vec<Field>,
    /// Most values told of one facet, the most frequent first.
    pub facet_values: usize,
    /// Whether the reasons are wanted for which each dataset was found.
    pub explain: bool,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            wanted: Expression::All,
            filters: Vec::new(),
            bbox: None,
            sort: DEFAULT_SORT.to_vec(),
            uses: Arc::default(),
            start: 0,
            rows: 10,
            facets: Vec::new(),
            facet_values: usize::MAX,
            explain: false,
        }
    }
}

impl Query {
    /// The question behind a search box: words as a person types them; nothing typed = everything.
    pub fn words(text: &str) -> Self {
        Self { wanted: words::words(text), ..Self::default() }
    }
}

/// Best first, then newest: CKAN's default.
pub const DEFAULT_SORT: [(SortKey, Direction); 2] =
    [(SortKey::Score, Direction::Descending), (SortKey::Modified, Direction::Descending)];

/// What hits can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// How well the words fit.
    Score,
    /// CKAN name.
    Name,
    /// Title, folded.
    Title,
    /// First publication.
    Created,
    /// Last publication.
    Modified,
    /// Id.
    Id,
    /// Uses of the last days, as [`Query::uses`] tells.
    ViewsRecent,
    /// All uses.
    ViewsTotal,
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Least first.
    Ascending,
    /// Greatest first.
    Descending,
}

/// The answer.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// Datasets that fit, without `start` and `rows`.
    pub count: usize,
    /// The wanted stretch of them, in order.
    pub datasets: Vec<Arc<Dataset>>,
    /// For each wanted facet its values, most frequent first.
    pub facets: Vec<(Field, Vec<FacetValue>)>,
    /// Where wanted, why each of [`Self::datasets`] was found.
    pub why: Vec<Why>,
}

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// As filters want it.
    pub name: String,
    /// As people read it.
    pub display_name: String,
    /// Datasets among the hits that carry it.
    pub count: usize,
}
