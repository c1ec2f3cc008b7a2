//! `datastore_search`.

use serde_json::{Value as Json, json};

use super::blocks;
use super::columns::{sort, wanted_columns};
use super::filters::filters;
use super::links::{echoed, links};
use super::subject::{Subject, subject};
use super::words::words;
use super::{field, no_column};
use crate::count::access::Access;
use crate::http::ckan::organizations::clip;
use crate::http::ckan::records::{Form, records};
use crate::http::ckan::{Answer, Call};
use crate::http::problem::Problem;
use crate::store::StoreError;
use crate::store::condition::Condition;
use crate::store::rows::{MAX_ROWS, RowBatches, RowQuery};

/// Rows in one answer by default (CKAN's own).
const LIMIT: u64 = 100;
/// Offsets beyond this name no row of any table; the database takes 63 bits.
const OFFSET_CAP: u64 = 1 << 53;

const PARAMETERS: &[&str] = &[
    "resource_id",
    "id",
    "filters",
    "q",
    "plain",
    "distinct",
    "fields",
    "sort",
    "limit",
    "offset",
    "include_total",
    "records_format",
    "language",
    "full_text",
    "include_private",
];

pub(in crate::http::ckan) fn datastore_search(call: &Call) -> Result<Answer, Problem> {
    if let Some(name) = call.arguments.names().find(|name| !PARAMETERS.contains(name)) {
        let name = clip(name);
        return Err(Problem::invalid(&name, &format!("The input field {name} was not expected.")));
    }
    let subject = subject(call, &["resource_id", "id"])?;
    let table = subject.table.as_ref();
    let format = call.arguments.text("records_format")?.unwrap_or_else(|| "objects".to_owned());
    let format = Form::parse(&format)
        .ok_or_else(|| Problem::invalid("records_format", "Value must be one of ['objects', 'lists', 'csv', 'tsv']"))?;
    let wanted = wanted_columns(call, table)?;
    let distinct = call.arguments.flag("distinct", false) && !wanted.iter().any(|name| name == "_id");
    let words = words(call, table)?;
    // A text has one rank, words for columns one each; CKAN adds them only where no fields are named.
    let ranks = if call.arguments.raw("fields").is_none() { words.ranks } else { Vec::new() };
    let condition = Condition::All(filters(call, table)?.into_iter().chain(words.conditions).collect());
    let query = RowQuery {
        columns: wanted.iter().filter(|name| *name != "_id").cloned().collect(),
        condition: (condition != Condition::All(Vec::new())).then_some(condition),
        distinct,
        sort: sort(call, table, distinct.then_some(wanted.as_slice()))?,
        limit: call.arguments.natural("limit")?.unwrap_or(LIMIT).min(MAX_ROWS),
        offset: call.arguments.natural("offset")?.unwrap_or(0).min(OFFSET_CAP),
        total: call.arguments.flag("include_total", true),
        ..RowQuery::default()
    };
    let plain = ranks.is_empty() && query.condition.is_none() && query.sort.is_empty() && !query.distinct;
    let kept = if plain && call.arguments.raw("fields").is_none() {
        blocks::page(call, &subject, &query, format)?
    } else {
        None
    };
    let (records, total) = if let Some(records) = kept {
        (records, query.total.then_some(table.records))
    } else {
        let page = rows(call, &subject, &query)?;
        (records(&page, &wanted, &ranks, format)?.json, page.total)
    };
    let mut fields: Vec<Json> = wanted.iter().map(|name| field(table, name, true)).collect();
    fields.extend(ranks.iter().map(|name| json!({ "id": name, "type": "float4" })));
    let mut result = json!({
        "include_total": query.total,
        "limit": query.limit,
        "records_format": format.name(),
        "resource_id": subject.id,
        "total_estimation_threshold": null,
        "fields": fields,
        "_links": links(call, &query, &subject.id),
    });
    if let Some(result) = result.as_object_mut() {
        for name in ["filters", "q", "sort", "offset", "plain", "distinct", "language", "full_text"] {
            if let Some(value) = call.arguments.raw(name) {
                result.insert(name.to_owned(), echoed(name, value, &query));
            }
        }
        if let Some(total) = total {
            result.insert("total".to_owned(), json!(total));
            result.insert("total_was_estimated".to_owned(), json!(false));
        }
    }
    let access = subject.distribution.map_or(Access::Other, |own| Access::Rows(own.id.uuid()));
    Ok(Answer { result, records: Some(records), access })
}

pub(super) fn rows(call: &Call, subject: &Subject<'_>, query: &RowQuery) -> Result<RowBatches, Problem> {
    let store = &call.app.store;
    let found = match &subject.list {
        None => store.row_batches(&subject.table, query),
        Some(list) => store.listed_batches(&subject.table, list, query),
    };
    found.map_err(|error| match error {
        StoreError::NoColumn { column } => Problem::invalid("fields", &no_column(&column)),
        error => Problem::internal("reading rows", &error),
    })
}
