//! DataStore: rows and columns of the table under a CSV distribution.
//!
//! Column names come only from the table's own shape; values are bound by the store.

mod columns;
mod filters;
mod info;
mod links;
mod search;
mod words;

use serde_json::{Value as Json, json};

use super::organizations::clip;
use super::{Call, dict};
use crate::http::problem::Problem;
use crate::model::catalogue::{Distribution, Table};
use crate::model::id::DistributionId;
use crate::model::record::{Column, Storage};

pub(super) use info::datastore_info;
pub(super) use search::datastore_search;

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

fn no_column(name: &str) -> String {
    format!("field \"{}\" does not exist", clip(name))
}

fn has_column(table: &Table, name: &str) -> bool {
    name == "_id" || table.shape.columns.iter().any(|column| column.name == name)
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

/// The line of the data dictionary. Beside CKAN's keys it tells what the standard says of the field: its mark (◎ ○),
/// its format, its English name, the allowed words, and whether the definition was seen in a source.
fn info(column: &Column) -> Json {
    let Some(field) = &column.field else {
        return json!({ "label": column.title, "notes": "", "type_override": "" });
    };
    let mut notes: Vec<String> =
        [&field.format, &field.english].into_iter().filter(|text| !text.is_empty()).cloned().collect();
    if !field.codes.is_empty() {
        notes.push(field.codes.join("、"));
    }
    json!({
        "label": column.title,
        "notes": notes.join(" / "),
        "type_override": "",
        "requirement": field.requirement,
        "format": field.format,
        "english": field.english,
        "codes": field.codes,
        "verified": field.verified,
    })
}
