//! `resource_view_create`: loaders ask for views of what they loaded. Every table has its page here anyway, so nothing is
//! kept, and the answer says so.

use serde_json::{Value as Json, json};

use super::{Change, file};
use crate::http::problem::Problem;

pub(super) fn create(change: &Change) -> Result<Json, Problem> {
    let arguments = &change.call.arguments;
    file::named(change, "resource_id")?;
    Ok(json!({
        "id": null,
        "resource_id": arguments.required("resource_id")?,
        "title": arguments.text("title")?.unwrap_or_default(),
        "view_type": arguments.text("view_type")?.unwrap_or_default(),
        "hiraku": { "state": "not kept" },
    }))
}
