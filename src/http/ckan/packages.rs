//! Actions about datasets (CKAN: packages).

use std::sync::Arc;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::write::shown_draft;
use super::{Answer, Call, dict};
use crate::count::access::Access;
use crate::http::problem::Problem;
use crate::http::search::fold::fold;
use crate::model::catalogue::Dataset;

/// A count as an index; a count beyond the machine's size is beyond every list.
pub(super) fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The dataset that the argument `id` names.
pub(super) fn named(call: &Call) -> Result<&Arc<Dataset>, Problem> {
    let id = call.arguments.required("id")?;
    call.published.catalogue.dataset(&id).ok_or_else(Problem::not_found)
}

pub(super) fn package_list(call: &Call) -> Result<Answer, Problem> {
    let limit = call.arguments.natural("limit")?.filter(|limit| *limit > 0).map_or(usize::MAX, index);
    let offset = call.arguments.natural("offset")?.map_or(0, index);
    let names = call.published.catalogue.datasets().iter().skip(offset).take(limit);
    Ok(names.map(|dataset| json!(dataset.name)).collect::<Json>().into())
}

pub(super) fn package_show(call: &Call) -> Result<Answer, Problem> {
    match named(call) {
        Ok(dataset) => {
            let package = tracked(call, dataset, dict::package(dataset, &call.site));
            Ok(Answer::new(package, Access::Metadata(dataset.id.uuid())))
        }
        // What waits for its first file is seen by those who may write it.
        Err(problem) if call.token.is_some() => {
            let draft = shown_draft(call, &call.arguments.required("id")?)?;
            draft.map(Answer::from).ok_or(problem)
        }
        Err(problem) => Err(problem),
    }
}

/// The dictionary of a dataset with `tracking_summary`, its resources with theirs, where `include_tracking` asks for it.
pub(super) fn tracked(call: &Call, dataset: &Dataset, mut package: Json) -> Json {
    if !call.arguments.flag("include_tracking", false) {
        return package;
    }
    if let Some(package) = package.as_object_mut() {
        package.insert("tracking_summary".to_owned(), tracking_summary(call, dataset.id.uuid()));
        let resources = package.get_mut("resources").and_then(Json::as_array_mut);
        for (resource, own) in resources.into_iter().flatten().zip(&dataset.distributions) {
            if let Some(resource) = resource.as_object_mut() {
                resource.insert("tracking_summary".to_owned(), tracking_summary(call, own.id.uuid()));
            }
        }
    }
    package
}

/// Uses by people (class browser): of a dataset its accesses, of a distribution its downloads and reads by API; `total`
/// and those of the last fourteen days, both rounded down to a multiple of five.
pub(super) fn tracking_summary(call: &Call, id: Uuid) -> Json {
    let (total, recent) = call.app.uses().get(&id).copied().unwrap_or_default();
    json!({ "total": total, "recent": recent })
}

pub(super) fn current_package_list_with_resources(call: &Call) -> Result<Answer, Problem> {
    let limit = call.arguments.natural("limit")?.map_or(usize::MAX, index);
    let page = call.arguments.natural("page")?;
    if page == Some(0) {
        return Err(Problem::invalid("page", "Must be a positive integer"));
    }
    let offset = match (call.arguments.natural("offset")?, page) {
        (Some(offset), _) => index(offset),
        (None, Some(page)) if limit < usize::MAX => index(page - 1).saturating_mul(limit),
        _ => 0,
    };
    let mut datasets: Vec<&Arc<Dataset>> = call.published.catalogue.datasets().iter().collect();
    datasets.sort_by_key(|dataset| std::cmp::Reverse(dataset.modified));
    let stretch = datasets.into_iter().skip(offset).take(limit);
    Ok(stretch.map(|dataset| dict::package(dataset, &call.site)).collect::<Json>().into())
}

pub(super) fn package_autocomplete(call: &Call) -> Result<Answer, Problem> {
    let q = call.arguments.required("q")?;
    let limit = call.arguments.natural("limit")?.map_or(10, index);
    Ok(autocompleted(call, &q, limit).into())
}

/// Datasets whose name or title holds the text, with what was matched.
pub(super) fn autocompleted(call: &Call, q: &str, limit: usize) -> Json {
    let folded = fold(q);
    call.published
        .index
        .autocomplete(q, limit)
        .into_iter()
        .map(|dataset| {
            // What a reading or a synonym found is shown by its title.
            let by_title = fold(&dataset.title).contains(&folded) || !dataset.name.as_str().contains(&folded);
            json!({
                "name": dataset.name,
                "title": dataset.title,
                "match_field": if by_title { "title" } else { "name" },
                "match_displayed":
                    if by_title { format!("{} ({})", dataset.title, dataset.name) } else { dataset.name.to_string() },
            })
        })
        .collect()
}

pub(super) fn package_relationships_list(call: &Call) -> Result<Answer, Problem> {
    named(call)?;
    Ok(json!([]).into())
}
