//! The first page of the desk, and the question what one may.

use axum::extract::{Path, RawQuery};
use axum::response::{IntoResponse, Response};

use super::door::Doors;
use super::guard::Signed;
use crate::http::problem::Problem;
use crate::http::query::parameter;
use crate::model::account::{Object, Unit, Verb};

pub(super) fn doors(doors: Doors) -> Doors {
    doors.get("/desk", Verb::Desk, super::own::home).get("/desk/may/{verb}", Verb::Desk, may)
}

/// `/desk/may/{verb}?organization=222127/kikaku` tells a script of the desk `{"may":true}` or false, so that it shows only
/// what can be done. Without an organization, what belongs to the site is asked about.
async fn may(signed: Signed, Path(verb): Path<String>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let verb = Verb::parse(&verb).ok_or_else(Problem::not_found)?;
    let unit = match parameter(query.as_deref(), "organization") {
        Some(text) => Some(Unit::parse(&text).ok_or_else(Problem::not_found)?),
        None => None,
    };
    let may = signed.may(verb, unit.as_ref().map_or(Object::Site, Object::Of));
    Ok(axum::Json(serde_json::json!({ "may": may })).into_response())
}
