//! Lists of activities: each release that was published is one, told under its dataset.

use serde_json::{Value as Json, json};

use super::packages::named;
use super::{Answer, Call, dict};
use crate::http::problem::Problem;
use crate::store::activity::{Activity, Whose};

/// Activities in one answer by default and at most (CKAN's own).
const LIMIT: u64 = 31;
const LIMIT_CAP: u64 = 100;

pub(super) fn recently_changed(call: &Call) -> Result<Answer, Problem> {
    listed(call, Whose::All)
}

pub(super) fn of_package(call: &Call) -> Result<Answer, Problem> {
    listed(call, Whose::Dataset(named(call)?.id))
}

pub(super) fn of_organization(call: &Call) -> Result<Answer, Problem> {
    let id = call.arguments.required("id")?;
    let organization = call.published.catalogue.organization(&id).ok_or_else(Problem::not_found)?;
    listed(call, Whose::Organization(organization.id))
}

/// No group is in use, so each that is named is unknown.
pub(super) fn of_group(call: &Call) -> Result<Answer, Problem> {
    call.arguments.required("id")?;
    Err(Problem::not_found())
}

fn listed(call: &Call, whose: Whose) -> Result<Answer, Problem> {
    let limit = call.arguments.natural("limit")?.unwrap_or(LIMIT).min(LIMIT_CAP);
    let offset = call.arguments.natural("offset")?.unwrap_or(0);
    let found = call.app.store.activities(whose, limit, offset);
    let found = found.map_err(|error| Problem::internal("reading activities", &error))?;
    Ok(found.iter().filter_map(|activity| told(call, activity)).collect::<Json>().into())
}

/// One activity; none of a dataset that the caller's state of the catalogue does not have.
fn told(call: &Call, activity: &Activity) -> Option<Json> {
    let dataset = call.published.catalogue.dataset(&activity.dataset.to_string())?;
    Some(json!({
        "id": activity.release,
        "timestamp": dict::time(activity.published),
        // Who pressed the button is nobody's business; who publishes is.
        "user_id": dataset.organization.id,
        "object_id": dataset.id,
        "activity_type": if activity.is_first { "new package" } else { "changed package" },
        "data": {
            "actor": dataset.organization.title,
            "package": { "id": dataset.id, "name": dataset.name, "title": dataset.title, "type": "dataset" },
        },
    }))
}
