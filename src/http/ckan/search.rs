//! `package_search`: Solr's parameters, read into one question for the index.

use serde_json::{Map, Value as Json, json};

use super::packages::index;
use super::packages::tracked;
use super::{Answer, Call, dict, explain};
use crate::count::access::Access;
use crate::http::problem::Problem;
use crate::http::search::fold::fold;
use crate::http::search::{DEFAULT_SORT, Direction, Expression, Field, Found, Query, SortKey, cost, parse};
use crate::model::lonlat::Bbox;

/// Default and cap of `rows` (CKAN's own).
const ROWS: usize = 10;
const ROWS_CAP: usize = 1000;
/// Default of `facet.limit` (CKAN's own).
const FACET_LIMIT: i64 = 50;
/// Most facets in one call; the index has some 20 fields.
const FACETS_CAP: usize = 50;
/// Most `fq_list` entries in one call.
const FILTERS_CAP: usize = 200;
const DEFAULT_SORT_TEXT: &str = "score desc, metadata_modified desc";

/// What CKAN takes besides `ext_…`; another name is an error that names it.
const PARAMETERS: &[&str] = &[
    "q",
    "fq",
    "fq_list",
    "rows",
    "start",
    "sort",
    "facet",
    "facet.field",
    "facet.limit",
    "facet.mincount",
    "include_private",
    "include_drafts",
    "include_deleted",
    "use_default_schema",
    "fl",
    "extras",
    "qf",
    "bf",
    "boost",
    "tie",
    "defType",
    "mm",
    "df",
    "wt",
    "include_tracking",
];

pub(super) fn package_search(call: &Call) -> Result<Answer, Problem> {
    let unknown: Vec<&str> =
        call.arguments.names().filter(|name| !PARAMETERS.contains(name) && !name.starts_with("ext_")).collect();
    if !unknown.is_empty() {
        let names: Vec<String> =
            unknown.iter().take(5).map(|name| format!("'{}'", super::organizations::clip(name))).collect();
        return Err(Problem::SearchQuery { detail: format!("Invalid search parameters: [{}]", names.join(", ")) });
    }
    let (query, sort_text) = question(call)?;
    let facet_limit = whole_number(call, "facet.limit")?.unwrap_or(FACET_LIMIT);
    let mincount = call.arguments.natural("facet.mincount")?.unwrap_or(1);
    let fl = call.arguments.loose_list("fl")?.filter(|keys| !keys.is_empty());
    let explained = query.explain;
    let found = call.published.index.search(&query).map_err(|error| too_costly(&error))?;
    let results: Vec<Json> = found
        .datasets
        .iter()
        .map(|dataset| only(tracked(call, dataset, dict::package(dataset, &call.site)), fl.as_deref()))
        .collect();
    let (facets, search_facets) = facets(&found, facet_limit, mincount);
    let mut result = json!({
        "count": found.count,
        "facets": facets,
        "results": results,
        "sort": sort_text,
        "search_facets": search_facets,
    });
    if explained && let Some(object) = result.as_object_mut() {
        object.insert("explain".to_owned(), explain::explain(&found, &call.site));
    }
    Ok(Answer::new(result, Access::Search(identity(call)?)))
}

fn too_costly(error: &cost::TooCostly) -> Problem {
    let most = error.limit.map(|limit| format!(" (at most {limit} in one search)")).unwrap_or_default();
    Problem::Search { detail: format!("expected {error}{most}") }
}

fn question(call: &Call) -> Result<(Query, String), Problem> {
    let arguments = &call.arguments;
    let now = call.app.clock.now();
    let syntax = |error: parse::SyntaxError| Problem::Search { detail: format!("expected {error}") };
    let q = arguments.text("q")?.unwrap_or_default();
    let wanted = parse::query(&q, now).map_err(syntax)?;
    let filters: Vec<Expression> = filter_texts(call)?
        .iter()
        .map(|text| parse::expression(text, now))
        .collect::<Result<_, _>>()
        .map_err(syntax)?;
    cost::check(std::iter::once(&wanted).chain(&filters), call.published.index.lexicon())
        .map_err(|error| too_costly(&error))?;
    let rows = arguments.natural("rows")?.map_or(ROWS, index).min(ROWS_CAP);
    let start = arguments.natural("start")?.map_or(0, index);
    let sort_text = arguments.text("sort")?.filter(|text| !text.trim().is_empty());
    let sort = sort_text.as_deref().map_or_else(|| Ok(DEFAULT_SORT.to_vec()), sort_keys)?;
    let names = arguments.list("facet.field")?.unwrap_or_default();
    if names.len() > FACETS_CAP {
        return Err(Problem::invalid("facet.field", "Too many fields"));
    }
    let facets =
        if arguments.flag("facet", true) { names.iter().map(|name| Field::parse(name)).collect() } else { Vec::new() };
    let bbox = arguments.text("ext_bbox")?.filter(|text| !text.trim().is_empty());
    let bbox = bbox.map(|text| bbox_of(&text).ok_or_else(wrong_box)).transpose()?;
    // What is cut off by `facet.limit` need not be named; `facet.mincount` only takes away from the end.
    let facet_values = usize::try_from(whole_number(call, "facet.limit")?.unwrap_or(FACET_LIMIT)).unwrap_or(usize::MAX);
    let explain = arguments.flag("ext_explain", false);
    let uses = call.app.uses();
    let query = Query { wanted, filters, bbox, sort, uses, start, rows, facets, facet_values, explain };
    Ok((query, sort_text.unwrap_or_else(|| DEFAULT_SORT_TEXT.to_owned())))
}

/// `fq` and `fq_list` together, empty ones left out.
fn filter_texts(call: &Call) -> Result<Vec<String>, Problem> {
    let mut texts = Vec::new();
    match call.arguments.raw("fq") {
        Some(Json::Array(_)) => texts.extend(call.arguments.list("fq")?.unwrap_or_default()),
        _ => texts.extend(call.arguments.text("fq")?),
    }
    match call.arguments.raw("fq_list") {
        Some(Json::String(text)) if !text.trim_start().starts_with('[') => texts.push(text.clone()),
        _ => texts.extend(call.arguments.list("fq_list")?.unwrap_or_default()),
    }
    texts.retain(|text| !text.trim().is_empty());
    if texts.len() > FILTERS_CAP {
        return Err(Problem::invalid("fq_list", "Too many filters"));
    }
    Ok(texts)
}

fn wrong_box() -> Problem {
    Problem::Search { detail: "Wrong bounding box provided".to_owned() }
}

fn bbox_of(text: &str) -> Option<Bbox> {
    let numbers: Vec<f64> = text.split(',').map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let [west_deg, south_deg, east_deg, north_deg] = numbers.try_into().ok()?;
    let bbox = Bbox { west_deg, south_deg, east_deg, north_deg };
    let fits = [west_deg, south_deg, east_deg, north_deg].iter().all(|number| number.is_finite())
        && west_deg <= east_deg
        && south_deg <= north_deg;
    fits.then_some(bbox)
}

fn sort_keys(text: &str) -> Result<Vec<(SortKey, Direction)>, Problem> {
    let wrong = || Problem::SearchQuery { detail: "Invalid \"sort\" parameter".to_owned() };
    text.split(',')
        .map(|part| {
            let mut words = part.split_whitespace();
            let (key, direction) = (words.next().ok_or_else(wrong)?, words.next().ok_or_else(wrong)?);
            if words.next().is_some() {
                return Err(wrong());
            }
            let key = match key {
                "score" => SortKey::Score,
                "name" => SortKey::Name,
                "title" | "title_string" => SortKey::Title,
                "metadata_created" => SortKey::Created,
                "metadata_modified" => SortKey::Modified,
                "id" => SortKey::Id,
                "views_recent" => SortKey::ViewsRecent,
                "views_total" => SortKey::ViewsTotal,
                _ => return Err(wrong()),
            };
            let direction = match direction.to_ascii_lowercase().as_str() {
                "asc" => Direction::Ascending,
                "desc" => Direction::Descending,
                _ => return Err(wrong()),
            };
            Ok((key, direction))
        })
        .collect()
}

/// A whole number that may be below zero.
fn whole_number(call: &Call, name: &str) -> Result<Option<i64>, Problem> {
    match call.arguments.text(name)? {
        None => Ok(None),
        Some(text) if text.trim().is_empty() => Ok(None),
        Some(text) => text.trim().parse().map(Some).map_err(|_| Problem::invalid(name, "Invalid integer")),
    }
}

fn facets(found: &Found, limit: i64, mincount: u64) -> (Json, Json) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let (mut old, mut new) = (Map::new(), Map::new());
    for (field, values) in &found.facets {
        let mut counts = Map::new();
        let mut items = Vec::new();
        for value in values.iter().filter(|value| value.count as u64 >= mincount).take(limit) {
            counts.insert(value.name.clone(), json!(value.count));
            items.push(json!({ "name": value.name, "display_name": value.display_name, "count": value.count }));
        }
        old.insert(field.name().to_owned(), Json::Object(counts));
        new.insert(field.name().to_owned(), json!({ "title": field.name(), "items": items }));
    }
    (Json::Object(old), Json::Object(new))
}

fn only(package: Json, keys: Option<&[String]>) -> Json {
    match (package, keys) {
        (Json::Object(mut map), Some(keys)) => {
            map.retain(|key, _| keys.iter().any(|wanted| wanted == key || wanted == "*"));
            Json::Object(map)
        }
        (package, _) => package,
    }
}

/// What makes two searches the same one for counting: their words and filters, without paging.
fn identity(call: &Call) -> Result<u128, Problem> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(fold(&call.arguments.text("q")?.unwrap_or_default()).as_bytes());
    for text in filter_texts(call)? {
        hasher.update(&[0]).update(text.trim().as_bytes());
    }
    hasher.update(&[1]).update(call.arguments.text("ext_bbox")?.unwrap_or_default().as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    Ok(u128::from_le_bytes(bytes))
}
