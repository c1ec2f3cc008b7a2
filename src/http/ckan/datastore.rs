//! DataStore: rows and columns of the table under a CSV distribution.
//!
//! Column names come only from the table's own shape; values are bound by the store.

use serde_json::{Value as Json, json};

use super::organizations::clip;
use super::packages::index;
use super::records::{Form, records};
use super::{Answer, Call, dict};
use crate::count::access::Access;
use crate::http::problem::Problem;
use crate::model::catalogue::{Distribution, Table};
use crate::model::id::DistributionId;
use crate::model::record::{Column, Storage};
use crate::store::StoreError;
use crate::store::rows::{MAX_ROWS, RowPage, RowQuery};

/// Rows in one answer by default (CKAN's own).
const LIMIT: u64 = 100;
/// Offsets beyond this name no row of any table; the database takes 63 bits.
const OFFSET_CAP: u64 = 1 << 53;
/// Most values in the filters of one call.
const VALUES_CAP: usize = 10_000;

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

fn table<'a>(call: &'a Call, names: &[&str]) -> Result<(&'a Distribution, &'a Table), Problem> {
    let mut id = None;
    for name in names {
        id = id.or(call.arguments.text(name)?.filter(|text| !text.is_empty()));
    }
    let id = id.ok_or_else(|| Problem::invalid(names[0], "Missing value"))?;
    let missing = || Problem::NotFound { detail: "Resource was not found.".to_owned() };
    let (dataset, distribution) =
        DistributionId::parse(&id).and_then(|id| call.published.catalogue.distribution(id)).ok_or_else(missing)?;
    let table = dataset.tables.get(distribution.table).filter(|_| dict::is_queryable(distribution));
    Ok((distribution, table.ok_or_else(missing)?))
}

pub(super) fn datastore_search(call: &Call) -> Result<Answer, Problem> {
    if let Some(name) = call.arguments.names().find(|name| !PARAMETERS.contains(name)) {
        let name = clip(name);
        return Err(Problem::invalid(&name, &format!("The input field {name} was not expected.")));
    }
    let (distribution, table) = table(call, &["resource_id", "id"])?;
    if call.arguments.flag("distinct", false) {
        return Err(Problem::invalid("distinct", "Not supported"));
    }
    let format = call.arguments.text("records_format")?.unwrap_or_else(|| "objects".to_owned());
    let format = Form::parse(&format)
        .ok_or_else(|| Problem::invalid("records_format", "Value must be one of ['objects', 'lists', 'csv', 'tsv']"))?;
    let wanted = wanted_columns(call, table)?;
    let q = words(call)?;
    let query = RowQuery {
        columns: wanted.iter().filter(|name| *name != "_id").cloned().collect(),
        equals: filters(call, table)?,
        contains: q.clone(),
        bbox: None,
        sort: sort(call, table)?,
        limit: call.arguments.natural("limit")?.unwrap_or(LIMIT).min(MAX_ROWS),
        offset: call.arguments.natural("offset")?.unwrap_or(0).min(OFFSET_CAP),
        total: call.arguments.flag("include_total", true),
        geometry: false,
    };
    let page = rows(call, table, &query)?;
    let has_rank = q.is_some() && call.arguments.raw("fields").is_none();
    let mut fields: Vec<Json> = wanted.iter().map(|name| field(table, name, true)).collect();
    if has_rank {
        fields.push(json!({ "id": "rank", "type": "float" }));
    }
    let mut result = json!({
        "include_total": query.total,
        "limit": query.limit,
        "records_format": format.name(),
        "resource_id": distribution.id,
        "total_estimation_threshold": null,
        "records": records(&page, &wanted, has_rank, format)?,
        "fields": fields,
        "_links": links(call, &query, distribution),
    });
    if let Some(result) = result.as_object_mut() {
        for name in ["filters", "q", "sort", "offset", "plain", "language"] {
            if let Some(value) = call.arguments.raw(name) {
                result.insert(name.to_owned(), echoed(name, value, &query));
            }
        }
        if let Some(total) = page.total {
            result.insert("total".to_owned(), json!(total));
            result.insert("total_was_estimated".to_owned(), json!(false));
        }
    }
    Ok(Answer { result, access: Access::Rows(distribution.id.uuid()) })
}

fn rows(call: &Call, table: &Table, query: &RowQuery) -> Result<RowPage, Problem> {
    call.app.store.rows(table, query).map_err(|error| match error {
        StoreError::NoColumn { column } => Problem::invalid("fields", &no_column(&column)),
        error => Problem::internal("reading rows", &error),
    })
}

fn no_column(name: &str) -> String {
    format!("field \"{}\" does not exist", clip(name))
}

fn has_column(table: &Table, name: &str) -> bool {
    name == "_id" || table.shape.columns.iter().any(|column| column.name == name)
}

fn wanted_columns(call: &Call, table: &Table) -> Result<Vec<String>, Problem> {
    let named = match call.arguments.raw("fields") {
        Some(Json::String(text)) if !text.trim_start().starts_with('[') => Some(unquoted_list(text)),
        _ => call.arguments.list("fields")?,
    };
    let Some(named) = named.filter(|names| !names.is_empty()) else {
        let all = table.shape.columns.iter().map(|column| column.name.clone());
        return Ok(std::iter::once("_id".to_owned()).chain(all).collect());
    };
    let mut wanted: Vec<String> = Vec::with_capacity(named.len());
    for name in named {
        if !has_column(table, &name) {
            return Err(Problem::invalid("fields", &no_column(&name)));
        }
        if !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    Ok(wanted)
}

/// Parts between commas; a part in quotation marks may hold commas and doubled marks.
fn unquoted_list(text: &str) -> Vec<String> {
    split_outside_quotes(text).iter().map(|part| unquoted(part.trim())).filter(|part| !part.is_empty()).collect()
}

fn split_outside_quotes(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut inside = false;
    for c in text.chars() {
        inside ^= c == '"';
        match parts.last_mut() {
            Some(part) if c != ',' || inside => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts
}

fn unquoted(part: &str) -> String {
    match part.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => part.to_owned(),
    }
}

/// The text sought. A word for each column is refused until the store can look in one column.
fn words(call: &Call) -> Result<Option<String>, Problem> {
    match call.arguments.raw("q") {
        Some(Json::Object(map)) if !map.is_empty() => Err(Problem::invalid("q", "Only a text is supported")),
        Some(Json::String(text)) if text.trim_start().starts_with('{') => {
            Err(Problem::invalid("q", "Only a text is supported"))
        }
        Some(Json::Object(_)) => Ok(None),
        _ => Ok(call.arguments.text("q")?.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())),
    }
}

fn filters(call: &Call, table: &Table) -> Result<Vec<(String, Vec<String>)>, Problem> {
    let value = match call.arguments.raw("filters") {
        None => return Ok(Vec::new()),
        Some(Json::String(text)) if text.trim().is_empty() => return Ok(Vec::new()),
        Some(Json::String(text)) => {
            serde_json::from_str(text).map_err(|_| Problem::invalid("filters", "Cannot parse JSON"))?
        }
        Some(value) => value.clone(),
    };
    let Json::Object(map) = value else { return Err(Problem::invalid("filters", "Not a json object")) };
    let mut count = 0;
    map.into_iter()
        .map(|(name, value)| {
            if name != "_id" && !has_column(table, &name) {
                return Err(Problem::invalid("filters", &no_column(&name)));
            }
            let values = if let Json::Array(values) = value { values } else { vec![value] };
            count += values.len();
            if count > VALUES_CAP {
                return Err(Problem::invalid("filters", "Too many values"));
            }
            let storage = table.shape.columns.iter().find(|c| c.name == name).map(|c| c.kind.storage());
            let texts = values.iter().map(|value| stored_text(value, storage.unwrap_or(Storage::Integer)));
            Ok((name, texts.collect::<Result<_, _>>()?))
        })
        .collect()
}

/// The value as the text to which the database turns its own values.
fn stored_text(value: &Json, storage: Storage) -> Result<String, Problem> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Bool(flag) => flag.to_string(),
        _ => return Err(Problem::invalid("filters", "Values must be texts or numbers")),
    };
    let wrong = || Problem::invalid("filters", "invalid input syntax for the type of the column");
    Ok(match storage {
        Storage::Text => text,
        Storage::Integer => text.trim().parse::<i64>().map_err(|_| wrong())?.to_string(),
        Storage::Number => {
            let number: f64 = text.trim().parse().map_err(|_| wrong())?;
            format!("{number:?}")
        }
    })
}

fn sort(call: &Call, table: &Table) -> Result<Vec<(String, bool)>, Problem> {
    let text = match call.arguments.raw("sort") {
        Some(Json::Array(_)) => call.arguments.list("sort")?.unwrap_or_default().join(","),
        _ => call.arguments.text("sort")?.unwrap_or_default(),
    };
    let mut keys = Vec::new();
    for part in split_outside_quotes(&text) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let part = without_ending(without_ending(part, "nulls last"), "nulls first");
        let (name, descending) = match (ends_with(part, "desc"), ends_with(part, "asc")) {
            (Some(name), _) => (name, true),
            (_, Some(name)) => (name, false),
            _ => (part, false),
        };
        let name = unquoted(name.trim());
        if !has_column(table, &name) {
            return Err(Problem::invalid("sort", &no_column(&name)));
        }
        keys.push((name, descending));
    }
    Ok(keys)
}

/// The text before a last word, which is compared without case and stands behind a blank.
fn ends_with<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(word.len())?;
    let (head, tail) = (text.get(..at)?, text.get(at..)?);
    (tail.eq_ignore_ascii_case(word) && head.ends_with(char::is_whitespace)).then(|| head.trim_end())
}

fn without_ending<'a>(text: &'a str, ending: &str) -> &'a str {
    ends_with(text, ending).unwrap_or(text)
}

fn echoed(name: &str, value: &Json, query: &RowQuery) -> Json {
    match (name, value) {
        ("offset", _) => json!(query.offset),
        ("filters", Json::String(text)) => serde_json::from_str(text).unwrap_or_else(|_| value.clone()),
        _ => value.clone(),
    }
}

fn links(call: &Call, query: &RowQuery, distribution: &Distribution) -> Json {
    let base = format!("/api/3/action/datastore_search?resource_id={}&limit={}", distribution.id, query.limit);
    // Only what the caller gave as text can stand in an address; a POST with more has its own next page anyway.
    let mut rest = url::form_urlencoded::Serializer::new(String::new());
    for name in ["q", "filters", "fields", "sort", "records_format", "include_total"] {
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

fn kind(storage: Storage) -> &'static str {
    match storage {
        Storage::Text => "text",
        Storage::Integer => "int8",
        Storage::Number => "float8",
    }
}

fn field(table: &Table, name: &str, with_id: bool) -> Json {
    match table.shape.columns.iter().find(|column| column.name == name) {
        Some(column) => json!({ "id": name, "type": kind(column.kind.storage()), "info": info(column) }),
        None if with_id => json!({ "id": "_id", "type": "int" }),
        None => Json::Null,
    }
}

/// The line of the data dictionary.
fn info(column: &Column) -> Json {
    let mut notes: Vec<String> = Vec::new();
    if let Some(field) = &column.field {
        notes.extend([&field.format, &field.english].into_iter().filter(|text| !text.is_empty()).cloned());
        if !field.codes.is_empty() {
            notes.push(field.codes.join("、"));
        }
    }
    json!({ "label": column.title, "notes": notes.join(" / "), "type_override": "" })
}

pub(super) fn datastore_info(call: &Call) -> Result<Answer, Problem> {
    let (distribution, table) = table(call, &["id", "resource_id"])?;
    let fields: Vec<Json> = table
        .shape
        .columns
        .iter()
        .map(|column| {
            let mut own = field(table, &column.name, false);
            own["schema"] = json!({
                "native_type": kind(column.kind.storage()),
                "is_index": false,
                "index_name": null,
                "notnull": false,
                "uniquekey": false,
            });
            own
        })
        .collect();
    let result = json!({
        "meta": {
            "id": distribution.id,
            "count": index(table.records),
            "table_type": "BASE TABLE",
            "size": distribution.size_bytes,
            "db_size": null,
            "idx_size": 0,
            "aliases": [],
        },
        "fields": fields,
    });
    Ok(Answer { result, access: Access::Other })
}
