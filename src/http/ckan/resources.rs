//! Actions about distributions (CKAN: resources).

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::organizations::clip;
use super::packages::{index, tracking_summary};
use super::{Answer, Call, dict};
use crate::count::access::Access;
use crate::http::problem::Problem;
use crate::model::catalogue::{Dataset, Distribution};
use crate::model::id::DistributionId;

/// Most terms of one search; the fields of a resource are fewer than 20.
const TERMS_LIMIT: usize = 50;

fn named(call: &Call) -> Result<(&Arc<Dataset>, &Distribution), Problem> {
    let id = call.arguments.required("id")?;
    DistributionId::parse(&id).and_then(|id| call.published.catalogue.distribution(id)).ok_or_else(Problem::not_found)
}

pub(super) fn resource_show(call: &Call) -> Result<Answer, Problem> {
    let (dataset, distribution) = named(call)?;
    let position = dataset.distributions.iter().position(|own| own.id == distribution.id).unwrap_or(0);
    let mut result = dict::resource(dataset, distribution, position, &call.site);
    if call.arguments.flag("include_tracking", false)
        && let Some(resource) = result.as_object_mut()
    {
        resource.insert("tracking_summary".to_owned(), tracking_summary(call, distribution.id.uuid()));
    }
    Ok(Answer::new(result, Access::Metadata(dataset.id.uuid())))
}

pub(super) fn resource_view_list(call: &Call) -> Result<Answer, Problem> {
    named(call)?;
    Ok(json!([]).into())
}

pub(super) fn resource_view_show(call: &Call) -> Result<Answer, Problem> {
    call.arguments.required("id")?;
    Err(Problem::not_found())
}

pub(super) fn format_autocomplete(call: &Call) -> Result<Answer, Problem> {
    let q = call.arguments.required("q")?.to_lowercase();
    let limit = call.arguments.natural("limit")?.map_or(5, index);
    Ok(json!(formats(call, &q, limit)).into())
}

/// Formats that hold the text, lower case, most frequent first.
pub(super) fn formats(call: &Call, q: &str, limit: usize) -> Vec<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for each in call.published.catalogue.datasets().iter().flat_map(|dataset| &dataset.distributions) {
        *counts.entry(each.format.name()).or_default() += 1;
    }
    let mut found: Vec<(usize, String)> = counts
        .into_iter()
        .map(|(name, count)| (count, name.to_lowercase()))
        .filter(|(_, name)| name.contains(q))
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    found.into_iter().take(limit).map(|(_, name)| name).collect()
}

/// The fields of a resource that can be searched and sorted by.
const FIELDS: &[&str] = &[
    "id",
    "name",
    "description",
    "format",
    "url",
    "hash",
    "mimetype",
    "size",
    "created",
    "last_modified",
    "metadata_modified",
    "package_id",
    "position",
    "state",
    "url_type",
    "resource_type",
    "mimetype_inner",
    "cache_url",
    "cache_last_updated",
];

pub(super) fn resource_search(call: &Call) -> Result<Answer, Problem> {
    let terms = terms(call)?;
    let offset = call.arguments.natural("offset")?.map_or(0, index);
    let limit = call.arguments.natural("limit")?.map_or(usize::MAX, index);
    let order = call.arguments.text("order_by")?.filter(|text| !text.is_empty());
    if let Some(order) = &order
        && !FIELDS.contains(&order.as_str())
    {
        return Err(Problem::invalid("order_by", &format!("Field \"{}\" not recognised.", clip(order))));
    }
    let mut found: Vec<Json> = Vec::new();
    for dataset in call.published.catalogue.datasets() {
        for (position, distribution) in dataset.distributions.iter().enumerate() {
            let resource = dict::resource(dataset, distribution, position, &call.site);
            if terms.iter().all(|(field, term)| holds(&resource[field.as_str()], field, term)) {
                found.push(resource);
            }
        }
    }
    if let Some(order) = order {
        found.sort_by(|a, b| compare(&a[order.as_str()], &b[order.as_str()]));
    }
    let count = found.len();
    let results: Vec<Json> = found.into_iter().skip(offset).take(limit).collect();
    Ok(json!({ "count": count, "results": results }).into())
}

fn terms(call: &Call) -> Result<Vec<(String, String)>, Problem> {
    let queries: Vec<String> = match call.arguments.raw("query") {
        None => return Err(Problem::invalid("query", "Missing value")),
        Some(Json::String(text)) => vec![text.clone()],
        Some(_) => call.arguments.list("query")?.unwrap_or_default(),
    };
    if queries.len() > TERMS_LIMIT {
        return Err(Problem::invalid("query", "Too many terms"));
    }
    queries
        .iter()
        .map(|query| {
            let (field, term) =
                query.split_once(':').ok_or_else(|| Problem::invalid("query", "Must be <field>:<value> pair(s)"))?;
            if FIELDS.contains(&field) {
                Ok((field.to_owned(), term.to_lowercase()))
            } else {
                Err(Problem::invalid("query", &format!("Field \"{}\" not recognised in resource_search.", clip(field))))
            }
        })
        .collect()
}

fn holds(value: &Json, field: &str, term: &str) -> bool {
    let text = match value {
        Json::Null => return false,
        Json::String(text) => text.to_lowercase(),
        other => other.to_string(),
    };
    if field == "hash" { text.starts_with(term) } else { text.contains(term) }
}

fn compare(a: &Json, b: &Json) -> Ordering {
    match (a.as_u64(), b.as_u64()) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => a.as_str().unwrap_or_default().cmp(b.as_str().unwrap_or_default()),
    }
}
