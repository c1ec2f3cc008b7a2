//! DataStore: rows and columns of the table under a CSV distribution.
//!
//! Column names come only from the table's own shape; values are bound by the store.

mod blocks;
mod columns;
mod dump;
mod filters;
mod info;
mod links;
mod search;
mod sql;
mod subject;
mod words;

use serde_json::{Value as Json, json};

use super::organizations::clip;
use crate::model::catalogue::Table;
use crate::model::record::{Column, SheetRef, Storage};
use crate::report::template::example;
use crate::schema::Schemas;

pub(super) use dump::routes;
pub(super) use info::datastore_info;
pub(super) use search::datastore_search;
pub(super) use sql::datastore_search_sql;
pub(in crate::http) use subject::found;

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
        Some(column) => {
            let info = info(column, table.shape.sheet.as_ref());
            json!({ "id": name, "type": kind(column.kind.storage()), "info": info })
        }
        None if with_id => json!({ "id": "_id", "type": "int" }),
        None => Json::Null,
    }
}

/// The line of the data dictionary. Beside CKAN's keys it tells what the standard says of the field: its mark (◎ ○),
/// its format, its English name, its unit, an example, the allowed words, what stands between several values, and
/// whether the definition was seen in a source.
fn info(column: &Column, sheet: Option<&SheetRef>) -> Json {
    let Some(note) = &column.field else {
        return json!({ "label": column.title, "notes": "", "type_override": "" });
    };
    let standard = sheet
        .and_then(|sheet| Schemas::bundled().sheet(&sheet.number))
        .and_then(|sheet| sheet.field(&column.name))
        .map(|(_, field)| field);
    let unit = standard.map_or("", |field| field.unit.as_str());
    let remark = standard.map_or("", |field| field.note.as_str());
    let mut notes: Vec<String> = [note.format.as_str(), note.english.as_str(), unit, remark]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
        .collect();
    if !note.codes.is_empty() {
        notes.push(note.codes.join("、"));
    }
    json!({
        "label": column.title,
        "notes": notes.join(" / "),
        "type_override": "",
        "requirement": note.requirement,
        "format": note.format,
        "english": note.english,
        "unit": unit,
        "remark": remark,
        "example": standard.map(example).unwrap_or_default(),
        "codes": note.codes,
        "separator": standard.and_then(|field| field.separator.clone()),
        "verified": note.verified,
    })
}
