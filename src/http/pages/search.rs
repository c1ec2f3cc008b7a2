//! The list of datasets and the search: words, facets, order and paging, all in the address.

use std::collections::BTreeMap;
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
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::search::Query;
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

/// The facets: key in the address, words, and the values of a dataset as (key, words).
type ValuesOf = fn(&Dataset) -> Vec<(String, String)>;
const FACETS: [(&str, &str, ValuesOf); 4] = [
    ("theme", "テーマ", |dataset| same(Some(&dataset.theme))),
    ("organization", "組織", |dataset| {
        vec![(dataset.organization.name.as_str().to_owned(), dataset.organization.title.clone())]
    }),
    ("res_format", "ファイル形式", |dataset| {
        let mut names: Vec<_> = dataset.distributions.iter().map(|d| d.format.name()).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(|name| (name.to_owned(), name.to_owned())).collect()
    }),
    ("tags", "タグ", |dataset| same(dataset.tags.iter())),
];

fn same<'a>(values: impl IntoIterator<Item = &'a String>) -> Vec<(String, String)> {
    values.into_iter().filter(|text| !text.is_empty()).map(|text| (text.clone(), text.clone())).collect()
}

/// The orders: key in the address and words.
const ORDERS: [(&str, &str); 3] = [("score", "関連度順"), ("modified", "更新日の新しい順"), ("title", "名前順")];

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    words: String,
    total: String,
    found: u64,
    first: String,
    last: String,
    cards: Vec<DatasetCard>,
    facets: Vec<Facet>,
    /// What narrows the results now, each with the address that takes it away.
    chosen: Vec<Link>,
    orders: Vec<(&'static str, &'static str, bool)>,
    order_fields: Vec<(String, String)>,
    search_fields: Vec<(String, String)>,
    pager: Pager,
    themes: Vec<Link>,
}

/// `/dataset`.
pub(super) async fn search(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    let question = Question::parse(raw.as_deref());
    let Found { catalogue, by_words, datasets: found, order } = find(&app, &question).await?;
    let words = question.get("q").unwrap_or_default().to_owned();

    let total = found.len() as u64;
    let (first, last, offset) = window(question.page(), PER_PAGE, total);
    let heading =
        if words.is_empty() { "データを探す".to_owned() } else { format!("「{words}」の検索結果") };
    let mut frame = Frame::new(&app, &heading)
        .section("/dataset")
        .alternate("application/json", "検索結果(JSON)", question.under("/dataset.json"))
        .alternate("text/csv", "検索結果(CSV)", question.with("page", None).under("/dataset.csv"));
    frame.unlisted = question != Question::default();
    let template = SearchPage {
        frame,
        total: number(total),
        found: total,
        first: number(first),
        last: number(last),
        cards: found
            .iter()
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(20)
            .map(|dataset| DatasetCard::of(dataset))
            .collect(),
        facets: FACETS.iter().map(|facet| facet_of(&by_words, &question, facet)).collect(),
        chosen: chosen(&catalogue, &question),
        orders: ORDERS.iter().map(|(key, words)| (*key, *words, *key == order)).collect(),
        order_fields: question.others(&["sort", "page"]),
        search_fields: question.others(&["q", "page"]),
        pager: Pager::new("検索結果", total, PER_PAGE, &question, "/dataset", ""),
        themes: super::home::themes(&catalogue),
        words,
    };
    page(&template, Access::Search(target(&question)))
}

/// What a search finds.
pub(super) struct Found {
    catalogue: Arc<Catalogue>,
    /// All that fit the words.
    by_words: Vec<Arc<Dataset>>,
    /// Those that fit everything, in order.
    pub(super) datasets: Vec<Arc<Dataset>>,
    order: &'static str,
}

/// Searches as the address says: words, facets and order.
pub(super) async fn find(app: &App, question: &Question) -> Result<Found, Problem> {
    let published = app.published();
    let catalogue = Arc::clone(&published.catalogue);
    let words = question.get("q").unwrap_or_default().to_owned();
    // All that fit the words, best first: facets and order are made of them here.
    let query = Query { rows: usize::MAX, ..Query::words(&words) };
    let by_words = app.at_length(move || published.index.search(&query).datasets).await?;
    let mut found: Vec<Arc<Dataset>> =
        by_words.iter().filter(|dataset| FACETS.iter().all(|facet| fits(dataset, question, facet))).cloned().collect();
    let order = ORDERS
        .iter()
        .map(|(key, _)| *key)
        .find(|key| question.get("sort") == Some(key))
        .unwrap_or(if words.is_empty() { "modified" } else { "score" });
    match order {
        "modified" => found.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.name.cmp(&b.name))),
        "title" => found.sort_by(|a, b| a.title.cmp(&b.title).then_with(|| a.name.cmp(&b.name))),
        // Found in the order of their rank.
        _ => {}
    }
    Ok(Found { catalogue, by_words, datasets: found, order })
}

/// The search without paging and order, as counting wants it.
pub(super) fn target(question: &Question) -> u128 {
    let text = question.with("sort", None).under("");
    target_of_name("search", &text.to_lowercase()).as_u128()
}

fn fits(dataset: &Dataset, question: &Question, (key, _, values_of): &(&str, &str, ValuesOf)) -> bool {
    let mut wanted = question.all(key).peekable();
    wanted.peek().is_none() || {
        let values = values_of(dataset);
        wanted.all(|wanted| values.iter().any(|(value, _)| value == wanted))
    }
}

/// The values of one facet among the datasets that fit the words and all *other* facets, so that a choice can be
/// changed without taking it back first.
fn facet_of(by_words: &[Arc<Dataset>], question: &Question, facet: &(&'static str, &'static str, ValuesOf)) -> Facet {
    let (key, title, values_of) = *facet;
    let others = || FACETS.iter().filter(move |(other, ..)| *other != key);
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for dataset in by_words.iter().filter(|dataset| others().all(|other| fits(dataset, question, other))) {
        for value in values_of(dataset) {
            *counts.entry(value).or_default() += 1;
        }
    }
    let mut values: Vec<_> = counts.into_iter().collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let chosen = question.get(key);
    let open = chosen.is_some() || key == "theme";
    let values = values
        .into_iter()
        .take(FACET_VALUES)
        .map(|((value, words), count)| {
            let is_chosen = chosen == Some(value.as_str());
            FacetValue {
                title: words,
                href: question.with(key, (!is_chosen).then_some(value.as_str())).under("/dataset"),
                count: number(count),
                chosen: is_chosen,
            }
        })
        .collect();
    Facet { title, open, values }
}

fn chosen(catalogue: &Catalogue, question: &Question) -> Vec<Link> {
    FACETS
        .iter()
        .filter_map(|(key, words, _)| {
            let value = question.get(key)?;
            let value_words = if *key == "organization" {
                catalogue.organization(value).map_or(value, |organization| organization.title.as_str())
            } else {
                value
            };
            Some(Link {
                title: format!("{words}: {value_words}"),
                href: question.with(key, None).under("/dataset"),
                count: String::new(),
            })
        })
        .collect()
}
