//! Search over the catalogue in memory: fold → expression → index → hits and facets.
//!
//! [`SearchIndex`] is built once for each catalogue and never changes. Everything a caller needs stands here and in
//! [`expression`]; the way of finding behind it may change without a caller noticing.

pub mod cost;
pub mod date;
pub mod expression;
pub mod fold;
pub mod index;
pub mod parse;
pub mod words;
mod find;

pub use expression::{Expression, Field, Matcher};
pub use index::SearchIndex;

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
