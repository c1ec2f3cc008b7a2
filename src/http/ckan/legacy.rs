//! The older helpers that forms of CKAN sites and harvesters still call: `/api/2/util/…/autocomplete?incomplete=`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value as Json, json};

use super::arguments::Arguments;
use super::{Call, json_response, packages, problem_response, resources};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::search::Field;

/// Most suggestions (CKAN's default).
const LIMIT: usize = 10;

fn answer(app: Arc<App>, query: Option<String>, suggest: impl FnOnce(&Call, &str, usize) -> Vec<Json>) -> Response {
    let arguments = Arguments::from_query(&query.unwrap_or_default());
    let (published, site) = (app.published(), app.config.public_url());
    let call = Call { app, published, arguments, site, token: None };
    let wanted = || -> Result<(String, usize), Problem> {
        let incomplete = match call.arguments.text("incomplete")? {
            Some(text) => text,
            None => call.arguments.text("q")?.unwrap_or_default(),
        };
        Ok((incomplete, call.arguments.natural("limit")?.map_or(LIMIT, packages::index)))
    };
    match wanted() {
        Ok((incomplete, limit)) => {
            let suggestions = if incomplete.is_empty() { Vec::new() } else { suggest(&call, &incomplete, limit) };
            json_response(StatusCode::OK, &json!({ "ResultSet": { "Result": suggestions } }).to_string(), None)
        }
        Err(problem) => problem_response(&problem, None),
    }
}

pub(super) async fn dataset(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    answer(app, query, |call, text, limit| match packages::autocompleted(call, text, limit) {
        Json::Array(found) => found,
        _ => Vec::new(),
    })
}

pub(super) async fn tag(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    answer(app, query, |call, text, limit| {
        let names = call.published.index.values_like(&Field::Tags, text);
        names.into_iter().take(limit).map(|(name, _)| json!({ "Name": name })).collect()
    })
}

pub(super) async fn format(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Response {
    answer(app, query, |call, text, limit| {
        resources::formats(call, &text.to_lowercase(), limit)
            .into_iter()
            .map(|name| json!({ "Format": name }))
            .collect()
    })
}
