//! Actions about tags.

use serde_json::{Value as Json, json};

use super::packages::index;
use super::{Answer, Call, dict};
use crate::http::problem::Problem;
use crate::http::search::fold::fold;
use crate::http::search::{Expression, Field, Matcher, Query};

/// Most datasets inside a tag (CKAN's own limit).
const LIMIT_DATASETS: usize = 1000;

/// The words sought, under any of the names CKAN takes them by.
fn sought(call: &Call) -> Result<Option<String>, Problem> {
    for name in ["query", "q"] {
        if let Some(text) = call.arguments.text(name)?.filter(|text| !text.trim().is_empty()) {
            return Ok(Some(fold(&text)));
        }
    }
    Ok(None)
}

/// No vocabulary is in use, so each that is named is unknown.
fn refuse_vocabulary(call: &Call) -> Result<(), Problem> {
    match call.arguments.text("vocabulary_id")? {
        Some(id) if !id.is_empty() => Err(Problem::not_found()),
        _ => Ok(()),
    }
}

fn names(call: &Call, sought: Option<&str>) -> Vec<String> {
    call.published
        .index
        .values(&Field::Tags)
        .map(|(name, _)| name)
        .filter(|name| sought.is_none_or(|sought| fold(name).contains(sought)))
        .map(str::to_owned)
        .collect()
}

pub(super) fn tag_list(call: &Call) -> Result<Answer, Problem> {
    refuse_vocabulary(call)?;
    let names = names(call, sought(call)?.as_deref());
    let result: Json = if call.arguments.flag("all_fields", false) {
        names.iter().map(|n| dict::tag(n)).collect()
    } else {
        json!(names)
    };
    Ok(result.into())
}

pub(super) fn tag_show(call: &Call) -> Result<Answer, Problem> {
    refuse_vocabulary(call)?;
    let id = call.arguments.required("id")?;
    let by_id = |name: &&str| dict::tag(name)["id"].as_str() == Some(id.as_str());
    let index = &call.published.index;
    let name = index
        .values(&Field::Tags)
        .map(|(name, _)| name)
        .find(|name| *name == id)
        .or_else(|| index.values(&Field::Tags).map(|(name, _)| name).find(by_id))
        .ok_or_else(Problem::not_found)?;
    let mut result = dict::tag(name);
    if call.arguments.flag("include_datasets", false)
        && let Some(object) = result.as_object_mut()
    {
        let query = Query {
            wanted: Expression::Is(Field::Tags, Matcher::Term(name.to_owned())),
            rows: LIMIT_DATASETS,
            ..Query::default()
        };
        let found = index.search(&query).unwrap_or_default();
        let packages = found.datasets.iter().map(|each| dict::package(each, &call.site)).collect();
        object.insert("packages".to_owned(), packages);
    }
    Ok(result.into())
}

pub(super) fn tag_search(call: &Call) -> Result<Answer, Problem> {
    refuse_vocabulary(call)?;
    let limit = call.arguments.natural("limit")?.map_or(usize::MAX, index);
    let offset = call.arguments.natural("offset")?.map_or(0, index);
    let found = sought(call)?.map(|sought| names(call, Some(&sought))).unwrap_or_default();
    let results: Vec<Json> = found.iter().skip(offset).take(limit).map(|name| dict::tag(name)).collect();
    Ok(json!({ "count": found.len(), "results": results }).into())
}

pub(super) fn tag_autocomplete(call: &Call) -> Result<Answer, Problem> {
    refuse_vocabulary(call)?;
    let limit = call.arguments.natural("limit")?.map_or(usize::MAX, index);
    let offset = call.arguments.natural("offset")?.map_or(0, index);
    let found = match sought(call)? {
        Some(sought) => call.published.index.values_like(&Field::Tags, &sought),
        None => Vec::new(),
    };
    let found = found.into_iter().map(|(name, _)| name);
    Ok(found.skip(offset).take(limit).map(Json::from).collect::<Json>().into())
}

pub(super) fn vocabulary_show(call: &Call) -> Result<Answer, Problem> {
    call.arguments.required("id")?;
    Err(Problem::not_found())
}
