//! Actions about organizations, and about groups, which are not in use here.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::packages::index;
use super::{Answer, Call, dict};
use crate::http::problem::Problem;
use crate::http::search::Field;
use crate::http::search::fold::fold;
use crate::model::catalogue::Organization;

/// Most organizations in one answer: names, and with all fields (CKAN's defaults).
const LIMIT_NAMES: usize = 1000;
const LIMIT_ALL_FIELDS: usize = 25;
/// Most datasets inside an organization (CKAN's default).
const LIMIT_DATASETS: usize = 10;

/// The organizations that the caller's token writes for.
#[expect(clippy::unnecessary_wraps, reason = "every action has the same signature")]
pub(super) fn organization_list_for_user(call: &Call) -> Result<Answer, Problem> {
    let Some(token) = &call.token else { return Ok(json!([]).into()) };
    let counts = counts(call);
    let own = call.published.catalogue.organizations().iter().filter(|own| token.writes_for(own.code));
    let all = own.map(|own| {
        let mut dictionary = dict::organization(own, counts.get(own.name.as_str()).copied().unwrap_or(0));
        dictionary.insert("capacity".to_owned(), json!("editor"));
        Json::Object(dictionary)
    });
    Ok(all.collect::<Json>().into())
}

fn counts(call: &Call) -> HashMap<String, usize> {
    call.published.index.values(&Field::Organization).map(|(name, count)| (name.to_owned(), count)).collect()
}

pub(super) fn organization_list(call: &Call) -> Result<Answer, Problem> {
    let arguments = &call.arguments;
    let all_fields = arguments.flag("all_fields", false);
    let cap = if all_fields { LIMIT_ALL_FIELDS } else { LIMIT_NAMES };
    let limit = arguments.natural("limit")?.map_or(cap, index).min(cap);
    let offset = arguments.natural("offset")?.map_or(0, index);
    let only = arguments.loose_list("organizations")?.filter(|names| !names.is_empty());
    let q = arguments.text("q")?.map(|text| fold(&text)).unwrap_or_default();
    let counts = counts(call);
    let count = |organization: &Organization| counts.get(organization.name.as_str()).copied().unwrap_or(0);
    let mut list: Vec<&Arc<Organization>> = call
        .published
        .catalogue
        .organizations()
        .iter()
        .filter(|own| only.as_ref().is_none_or(|names| names.iter().any(|name| name == own.name.as_str())))
        .filter(|own| q.is_empty() || fold(&own.title).contains(&q) || own.name.as_str().contains(&q))
        .collect();
    sort(call, &mut list, &count)?;
    let stretch = list.into_iter().skip(offset).take(limit);
    let result: Json = if all_fields {
        stretch.map(|own| Json::Object(dict::organization(own, count(own)))).collect()
    } else {
        stretch.map(|own| json!(own.name)).collect()
    };
    Ok(result.into())
}

fn sort(call: &Call, list: &mut [&Arc<Organization>], count: &impl Fn(&Organization) -> usize) -> Result<(), Problem> {
    let text = match call.arguments.text("sort")? {
        Some(text) if !text.trim().is_empty() => text,
        // `order_by` is the older name.
        _ => call.arguments.text("order_by")?.filter(|text| !text.trim().is_empty()).unwrap_or("title asc".to_owned()),
    };
    let mut words = text.split_whitespace();
    let key = words.next().unwrap_or_default().to_owned();
    let descending = match (words.next(), words.next()) {
        (None, _) => matches!(key.as_str(), "package_count" | "packages"),
        (Some("asc"), None) => false,
        (Some("desc"), None) => true,
        _ => return Err(Problem::invalid("sort", "Cannot sort by this")),
    };
    match key.as_str() {
        "name" => list.sort_by(|a, b| a.name.cmp(&b.name)),
        "title" => list.sort_by_cached_key(|own| (own.title.clone(), own.name.clone())),
        "package_count" | "packages" => list.sort_by_key(|own| count(own)),
        _ => return Err(Problem::invalid("sort", &format!("Cannot sort by field `{}`", clip(&key)))),
    }
    if descending {
        list.reverse();
    }
    Ok(())
}

/// A caller's own text, short and plain enough to be said back.
pub(super) fn clip(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(60).collect()
}

pub(super) fn organization_show(call: &Call) -> Result<Answer, Problem> {
    let id = call.arguments.required("id")?;
    let organization = call.published.catalogue.organization(&id).ok_or_else(Problem::not_found)?;
    if call.arguments.flag("include_users", false) {
        return Err(Problem::Forbidden { detail: "user details are not public".to_owned() });
    }
    let own: Vec<_> = call
        .published
        .catalogue
        .datasets()
        .iter()
        .filter(|dataset| dataset.organization.id == organization.id)
        .collect();
    let mut result = dict::organization(organization, own.len());
    if !call.arguments.flag("include_dataset_count", true) {
        result.shift_remove("package_count");
    }
    if call.arguments.flag("include_extras", true) {
        result.insert("extras".to_owned(), dict::organization_extras(organization));
    }
    for (key, argument) in [("tags", "include_tags"), ("groups", "include_groups")] {
        if call.arguments.flag(argument, true) {
            result.insert(key.to_owned(), json!([]));
        }
    }
    if call.arguments.flag("include_datasets", false) {
        let packages = own.iter().take(LIMIT_DATASETS).map(|dataset| dict::package(dataset, &call.site)).collect();
        result.insert("packages".to_owned(), packages);
    }
    Ok(Json::Object(result).into())
}

pub(super) fn organization_autocomplete(call: &Call) -> Result<Answer, Problem> {
    let q = call.arguments.text("q")?.map(|text| fold(&text)).unwrap_or_default();
    let limit = call.arguments.natural("limit")?.map_or(20, index);
    let read = call.published.index.places_read(&q);
    let list = call.published.catalogue.organizations().iter();
    let fits = |own: &str, name: &str| own.contains(&q) || name.contains(&q) || read.iter().any(|title| title == own);
    let found = list.filter(|own| fits(&fold(&own.title), own.name.as_str())).take(limit);
    Ok(found.map(|own| json!({ "id": own.id, "name": own.name, "title": own.title })).collect::<Json>().into())
}

pub(super) fn group_list(call: &Call) -> Result<Answer, Problem> {
    call.arguments.natural("limit")?;
    call.arguments.natural("offset")?;
    Ok(json!([]).into())
}

pub(super) fn group_show(call: &Call) -> Result<Answer, Problem> {
    call.arguments.required("id")?;
    Err(Problem::not_found())
}
