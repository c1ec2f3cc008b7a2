//! The list of datasets and the search: words, facets, order and paging, all in the address.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};

use super::address::{self, Question};
use super::frame::Frame;
use super::home::Link;
use super::pager::{Pager, window};
use super::wording::{Day, excerpt, number};
use super::{PageResult, page};
use crate::count::access::{Access, target_of_name};
use crate::http::app::{App, Uses};
use crate::http::problem::Problem;
use crate::http::search::suggest::Suggestion;
use crate::http::search::{
    self, DEFAULT_SORT, Direction, Expression, Field, Found, Matcher, Query, SearchIndex, SortKey, Why,
};
use crate::http::words::{say, tell};
use crate::model::catalogue::{Catalogue, Dataset};

/// Datasets on one page of results.
const PER_PAGE: u64 = 20;

/// Values of one facet shown, fullest first: more would bury the results on a phone.
const FACET_VALUES: usize = 40;

/// A dataset in a list.
#[derive(Debug, Clone)]
pub(super) struct DatasetCard {
    pub(super) title: String,
    pub(super) href: String,
    pub(super) organization: String,
    pub(super) theme: String,
    pub(super) notes: String,
    pub(super) modified: Day,
    pub(super) records: String,
    pub(super) formats: Vec<&'static str>,
    pub(super) map: bool,
    /// Records of it that are named as sought.
    pub(super) records_named: Vec<Link>,
}

impl DatasetCard {
    /// The card of a dataset.
    pub(super) fn of(dataset: &Dataset) -> Self {
        let mut formats: Vec<_> = dataset.distributions.iter().map(|distribution| distribution.format).collect();
        formats.sort_unstable();
        formats.dedup();
        Self {
            title: dataset.title.clone(),
            href: address::dataset(dataset.name.as_str()),
            organization: dataset.organization.title.clone(),
            theme: dataset.theme.clone(),
            // About two lines of a phone.
            notes: excerpt(&dataset.notes, 90),
            modified: Day::of(dataset.modified),
            records: number(dataset.tables.iter().map(|table| table.records).sum()),
            formats: formats.into_iter().map(crate::model::catalogue::Format::name).collect(),
            map: dataset.tables.iter().any(|table| table.layer.is_some()),
            records_named: Vec::new(),
        }
    }
}

/// A way of narrowing the results.
struct Facet {
    title: &'static str,
    /// Whether a value is chosen, or the list is short enough to stand open.
    open: bool,
    values: Vec<FacetValue>,
}

struct FacetValue {
    title: String,
    href: String,
    count: String,
    chosen: bool,
}

/// The facets: key in the address, which is the field of the index, and wording.
const FACETS: [(&str, &str); 4] = [
    ("theme", "facet-theme"),
    ("organization", "facet-organization"),
    ("res_format", "facet-res_format"),
    ("tags", "facet-tags"),
];

/// The orders: key in the address and wording.
const ORDERS: [(&str, &str); 4] =
    [("score", "order-score"), ("modified", "order-modified"), ("title", "order-title"), ("used", "order-used")];

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    words: String,
    /// Words under the search box.
    suggested: Vec<String>,
    total: String,
    found: u64,
    first: String,
    last: String,
    cards: Vec<DatasetCard>,
    facets: Vec<Facet>,
    /// What narrows the results now, each with the address that takes it away.
    chosen: Vec<Link>,
    orders: Vec<(&'static str, &'static str, bool)>,
    by_use: bool,
    order_fields: Vec<(String, String)>,
    search_fields: Vec<(String, String)>,
    pager: Pager,
    /// Where nothing was found: what to try.
    help: Help,
}

/// What to try where nothing was found.
#[derive(Debug, Default)]
struct Help {
    /// Why nothing was sought; empty where it was.
    refused: bool,
    /// 「もしかして」.
    instead: Vec<Link>,
    /// Without the word that finds least.
    fewer: Option<Link>,
    /// Without what narrows; its title is empty where that is all data.
    unfiltered: Option<Link>,
    /// Themes in which parts of what was typed stand; all themes where there is none.
    themes: Vec<Link>,
}

/// `/dataset`.
pub(super) async fn search(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    let question = Question::parse(raw.as_deref());
    let published = app.published();
    let catalogue = Arc::clone(&published.catalogue);
    let words = question.get("q").unwrap_or_default().to_owned();
    let order = order_of(&question);
    let (asked, seen, uses) = (question.clone(), published.clone(), app.uses());
    let done = app.at_length(move || answer(&seen.index, &seen.catalogue, uses, &asked, order)).await?;

    let total = done.found.count as u64;
    let (first, last, _) = window(question.page(), PER_PAGE, total);
    let heading = if words.is_empty() { say("search-title") } else { tell("search-title-of", &[("words", &words)]) };
    let mut frame = Frame::new(&app, &heading)
        .section("/dataset")
        .alternate("application/json", &say("search-json"), question.under("/dataset.json"))
        .alternate("text/csv", &say("search-csv"), question.with("page", None).under("/dataset.csv"))
        .feed(&say(if question == Question::default() { "feed-datasets" } else { "search-feed" }), feed(&question));
    frame.unlisted = question != Question::default();
    let mut why = done.found.why.iter();
    let template = SearchPage {
        frame,
        suggested: done.suggested,
        total: number(total),
        found: total,
        first: number(first),
        last: number(last),
        cards: done
            .found
            .datasets
            .iter()
            .map(|dataset| DatasetCard { records_named: named(dataset, why.next()), ..DatasetCard::of(dataset) })
            .collect(),
        facets: done.facets,
        chosen: chosen(&catalogue, &question),
        orders: ORDERS.iter().map(|(key, words)| (*key, *words, *key == order)).collect(),
        by_use: order == "used",
        order_fields: question.others(&["sort", "page"]),
        search_fields: question.others(&["q", "page"]),
        pager: Pager::new(&say("search-results"), total, PER_PAGE, &question, "/dataset", ""),
        help: done.help,
        words,
    };
    page(&template, Access::Search(target(&question)))
}

/// The feed of the same search, newest first.
fn feed(question: &Question) -> String {
    let address = question.with("sort", None).under("/feeds/custom.atom");
    if address.contains('?') { address } else { "/feeds/dataset.atom".to_owned() }
}

/// The order the address asks for; words without one come best first, everything newest first.
fn order_of(question: &Question) -> &'static str {
    let asked = ORDERS.iter().map(|(key, _)| *key).find(|key| question.get("sort") == Some(key));
    asked.unwrap_or(if question.get("q").unwrap_or_default().is_empty() { "modified" } else { "score" })
}

/// The datasets of a search as the address says, in order: words, facets and order. `start` and `rows` cut a stretch out.
///
/// # Errors
/// [`Problem::BadRequest`] for a search that would cost too much.
pub(super) async fn find(app: &App, question: &Question, start: usize, rows: usize) -> Result<Found, Problem> {
    let (asked, seen, uses) = (question.clone(), app.published(), app.uses());
    let query = move || Query {
        filters: filters_but(&asked, ""),
        sort: sort_of(order_of(&asked)),
        uses,
        start,
        rows,
        ..Query::words(asked.get("q").unwrap_or_default())
    };
    app.at_length(move || seen.index.search(&query()))
        .await?
        .map_err(|error| Problem::BadRequest { detail: format!("q: expected {error}") })
}

/// The search without paging and order, as counting wants it.
pub(super) fn target(question: &Question) -> u128 {
    let text = question.with("sort", None).under("");
    target_of_name("search", &text.to_lowercase()).as_u128()
}

/// What the index says to one question.
struct Answered {
    found: Found,
    facets: Vec<Facet>,
    help: Help,
    suggested: Vec<String>,
}

fn answer(index: &SearchIndex, catalogue: &Catalogue, uses: Arc<Uses>, question: &Question, order: &str) -> Answered {
    let words = question.get("q").unwrap_or_default();
    // A facet that is chosen counts as if it were not, so that the choice can be changed without taking it back first.
    let (own, others): (Vec<_>, Vec<_>) = FACETS.iter().partition(|(key, _)| question.get(key).is_some());
    let mut query = Query {
        filters: filters_but(question, ""),
        sort: sort_of(order),
        uses,
        facets: others.iter().map(|(key, _)| Field::parse(key)).collect(),
        facet_values: FACET_VALUES,
        explain: true,
        rows: usize::try_from(PER_PAGE).unwrap_or(usize::MAX),
        ..Query::words(words)
    };
    let start = |total: u64| usize::try_from(window(question.page(), PER_PAGE, total).2).unwrap_or(usize::MAX);
    query.start = start(u64::MAX);
    let mut found = index.search(&query);
    if let Ok(first) = &found
        && first.datasets.is_empty()
        && first.count > 0
    {
        // A page behind the last is the last one.
        query.start = start(first.count as u64);
        found = index.search(&query);
    }
    let refused = found.is_err();
    let mut found = found.unwrap_or_default();
    let mut counted = std::mem::take(&mut found.facets);
    for (key, _) in own {
        let query = Query {
            filters: filters_but(question, key),
            facets: vec![Field::parse(key)],
            facet_values: FACET_VALUES,
            rows: 0,
            ..Query::words(words)
        };
        counted.extend(index.search(&query).unwrap_or_default().facets);
    }
    let facets = FACETS
        .iter()
        .map(|(key, title)| {
            let field = Field::parse(key);
            let values = counted.iter().find(|(own, _)| *own == field).map_or(&[][..], |(_, values)| values);
            facet_of(values, question, key, title)
        })
        .collect();
    let help = if found.count == 0 {
        Help { refused, ..help(index, catalogue, question, &query.filters) }
    } else {
        Help::default()
    };
    let mut suggested: Vec<String> = Vec::new();
    if !words.is_empty() {
        suggested.extend(index.autocomplete(words, COMPLETIONS).iter().map(|dataset| dataset.title.clone()));
        suggested.dedup();
    }
    suggested.extend(index.common_words().into_iter().filter(|word| word != words));
    Answered { found, facets, help, suggested }
}

/// What narrows a search, but for one facet.
fn filters_but(question: &Question, without: &str) -> Vec<Expression> {
    let others = FACETS.iter().filter(|(key, _)| *key != without);
    others
        .flat_map(|(key, _)| {
            question.all(key).map(|value| Expression::Is(Field::parse(key), Matcher::Term(value.to_owned())))
        })
        .collect()
}

fn sort_of(order: &str) -> Vec<(SortKey, Direction)> {
    match order {
        "modified" => vec![(SortKey::Modified, Direction::Descending)],
        "title" => vec![(SortKey::Title, Direction::Ascending)],
        "used" => vec![
            (SortKey::ViewsRecent, Direction::Descending),
            (SortKey::ViewsTotal, Direction::Descending),
            (SortKey::Name, Direction::Ascending),
        ],
        _ => DEFAULT_SORT.to_vec(),
    }
}

/// Titles that complete what was typed, under the search box.
const COMPLETIONS: usize = 8;
/// Most proposals of one kind.
const PROPOSALS: usize = 3;

fn help(index: &SearchIndex, catalogue: &Catalogue, question: &Question, filters: &[Expression]) -> Help {
    let words = question.get("q").unwrap_or_default();
    let link = |suggestion: Suggestion| Link {
        href: question.with("q", Some(&suggestion.words)).under("/dataset"),
        title: suggestion.words,
        count: number(suggestion.count as u64),
    };
    let unfiltered = (!filters.is_empty()).then(|| index.count(&Query::words(words))).filter(|count| *count > 0);
    let themes: Vec<Link> = index
        .broader(words, &Field::parse("theme"), FACET_VALUES)
        .into_iter()
        .map(|value| Link {
            href: Question::default().with("theme", Some(&value.name)).under("/dataset"),
            // All of the theme, not only what holds the words.
            count: number(
                index.values(&Field::parse("theme")).find(|own| own.0 == value.name).map_or(0, |own| own.1) as u64
            ),
            title: value.name,
        })
        .collect();
    Help {
        refused: false,
        instead: index.did_you_mean(words, filters, PROPOSALS).into_iter().map(link).collect(),
        fewer: index.without_rarest(words, filters).map(link),
        unfiltered: unfiltered.map(|count| Link {
            title: words.to_owned(),
            href: Question::default().with("q", Some(words).filter(|words| !words.is_empty())).under("/dataset"),
            count: number(count as u64),
        }),
        themes: if themes.is_empty() { super::home::themes(catalogue) } else { themes },
    }
}

/// Records of a hit that are named as sought, with their pages.
fn named(dataset: &Dataset, why: Option<&Why>) -> Vec<Link> {
    why.into_iter()
        .flat_map(|why| &why.records)
        .filter_map(|record| {
            let key = dataset.tables.get(record.table)?.shape.key.as_str();
            Some(Link {
                title: record.name.clone(),
                href: address::feature(dataset.name.as_str(), key, record.id),
                count: String::new(),
            })
        })
        .collect()
}

/// One facet: its values with the addresses that choose them, or take the choice back.
fn facet_of(counted: &[search::FacetValue], question: &Question, key: &str, title: &'static str) -> Facet {
    let chosen = question.get(key);
    let values = counted
        .iter()
        .map(|value| {
            let is_chosen = chosen == Some(value.name.as_str());
            FacetValue {
                title: value.display_name.clone(),
                href: question.with(key, (!is_chosen).then_some(value.name.as_str())).under("/dataset"),
                count: number(value.count as u64),
                chosen: is_chosen,
            }
        })
        .collect();
    Facet { title, open: chosen.is_some() || key == "theme", values }
}

fn chosen(catalogue: &Catalogue, question: &Question) -> Vec<Link> {
    FACETS
        .iter()
        .filter_map(|(key, words)| {
            let value = question.get(key)?;
            let value_words = if *key == "organization" {
                catalogue.organization(value).map_or(value, |organization| organization.title.as_str())
            } else {
                value
            };
            Some(Link {
                title: format!("{}: {value_words}", say(words)),
                href: question.with(key, None).under("/dataset"),
                count: String::new(),
            })
        })
        .collect()
}
