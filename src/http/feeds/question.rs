//! What is asked of a feed: a page, and for a feed of one's own a search.

use url::form_urlencoded;

use crate::http::dcat::{page, unreadable};
use crate::http::problem::Problem;
use crate::http::search::{Direction, Expression, Field, Lexicon, Matcher, Query, SortKey, cost, parse};

/// Most parameters read.
const PARAMETERS_LIMIT: usize = 60;

/// Parameters that narrow a feed to a value of a field, as the search page has them. CKAN takes every other name for a
/// field too, so that a mark of a client's own (`utm_source=…`) empties the feed; here such names are left alone.
const FIELDS: [&str; 8] =
    ["organization", "tags", "groups", "res_format", "license_id", "theme", "name", "municipality_code"];

/// A question to a feed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    /// The page, from 1.
    pub(super) page: usize,
    wanted: Expression,
    filters: Vec<Expression>,
    kept: Vec<(String, String)>,
}

fn pairs(raw: Option<&str>) -> impl Iterator<Item = (String, String)> {
    form_urlencoded::parse(raw.unwrap_or_default().as_bytes())
        .take(PARAMETERS_LIMIT)
        .map(|(key, value)| (key.into_owned(), value.trim().to_owned()))
        .filter(|(_, value)| !value.is_empty())
}

impl Question {
    /// Reads the page alone.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] for a page that is no number from 1.
    pub(super) fn paged(raw: Option<&str>) -> Result<Self, Problem> {
        let number = pairs(raw).filter(|(key, _)| key == "page").last();
        let page = number.map_or(Ok(1), |(_, value)| page(&value))?;
        Ok(Self { page, wanted: Expression::All, filters: Vec::new(), kept: Vec::new() })
    }

    /// Reads page and search: `q`, `fq` and the fields of [`FIELDS`].
    ///
    /// # Errors
    /// [`Problem::BadRequest`] besides for what cannot be read as a search, or costs too much.
    pub(super) fn parse(raw: Option<&str>, now: jiff::Timestamp, lexicon: &Lexicon) -> Result<Self, Problem> {
        let mut question = Self::paged(raw)?;
        for (key, value) in pairs(raw) {
            match key.as_str() {
                "q" => question.wanted = parse::query(&value, now).map_err(|error| unreadable("q", &error))?,
                "fq" => {
                    question.filters.push(parse::expression(&value, now).map_err(|error| unreadable("fq", &error))?);
                }
                field if FIELDS.contains(&field) => {
                    question.filters.push(Expression::Is(Field::parse(field), Matcher::Term(value.clone())));
                }
                _ => continue,
            }
            question.kept.push((key, value));
        }
        cost::check(std::iter::once(&question.wanted).chain(&question.filters), lexicon)
            .map_err(|error| unreadable("q, fq", &error))?;
        Ok(question)
    }

    /// Only datasets for which this holds too.
    pub(super) fn narrow(&mut self, filter: Expression) {
        self.filters.push(filter);
    }

    /// What the search is made of.
    pub(super) fn kept(&self) -> &[(String, String)] {
        &self.kept
    }

    /// The search, newest first.
    pub(super) fn query(&self, per_page: usize) -> Query {
        Query {
            wanted: self.wanted.clone(),
            filters: self.filters.clone(),
            sort: vec![(SortKey::Modified, Direction::Descending), (SortKey::Name, Direction::Ascending)],
            start: per_page.saturating_mul(self.page - 1),
            rows: per_page,
            ..Query::default()
        }
    }

    /// The address of a page of the feed; the first has no number.
    pub(super) fn address(&self, path: &str, page: usize) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(&self.kept);
        if page > 1 {
            pairs.append_pair("page", &page.to_string());
        }
        let query = pairs.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The search page that shows the same, as far as it can.
    pub(super) fn page_address(&self) -> String {
        let shown = ["q", "organization", "tags", "res_format", "theme"];
        let pairs = self.kept.iter().filter(|(key, _)| shown.contains(&key.as_str()));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { "/dataset".to_owned() } else { format!("/dataset?{query}") }
    }
}
