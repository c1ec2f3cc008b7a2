//! What an answer of `datastore_search` repeats of its question, and where it goes on.

use serde_json::{Value as Json, json};

use crate::http::ckan::Call;
use crate::store::rows::RowQuery;

pub(super) fn echoed(name: &str, value: &Json, query: &RowQuery) -> Json {
    match (name, value) {
        ("offset", _) => json!(query.offset),
        ("filters", Json::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        _ => value.clone(),
    }
}

pub(super) fn links(call: &Call, query: &RowQuery, id: &str) -> Json {
    let base = format!("/api/3/action/datastore_search?resource_id={}&limit={}", id, query.limit);
    // Only what the caller gave as text can stand in an address; a POST with more has its own next page anyway.
    let mut rest = url::form_urlencoded::Serializer::new(String::new());
    for name in [
        "q",
        "filters",
        "fields",
        "sort",
        "records_format",
        "include_total",
        "plain",
        "distinct",
        "full_text",
        "language",
    ] {
        if let Some(Json::String(text)) = call.arguments.raw(name) {
            rest.append_pair(name, text);
        }
    }
    let rest = rest.finish();
    let rest = if rest.is_empty() { rest } else { format!("&{rest}") };
    json!({
        "start": format!("{base}{rest}"),
        "next": format!("{base}{rest}&offset={}", query.offset.saturating_add(query.limit)),
    })
}
