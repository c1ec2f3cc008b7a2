//! `datastore_create`, `datastore_upsert`, `datastore_delete`, `datastore_records_delete`: rows sent as JSON. They are
//! kept as a CSV file of the dataset and go the way of any file, so that each call checks and publishes the table whole.
//!
//! The columns of a `primary_key` are kept beside the file; rows are then changed by their key.

use serde_json::{Map, Value as Json};

use super::rows::{Method, Rows, cell, is_name};
use super::{Change, failed, file, outcome};
use crate::http::ckan::organizations::clip;
use crate::http::problem::Problem;
use crate::model::id::DistributionId;
use crate::model::name::Slug;
use crate::pipeline::upload::{Described, FileNote, file_name};

pub(super) fn create(change: &Change) -> Result<Json, Problem> {
    let arguments = &change.call.arguments;
    let mut told = match arguments.raw("resource") {
        Some(Json::Object(resource)) => {
            let (name, mut described) = named(change, resource)?;
            let title = resource.get("name").and_then(Json::as_str).unwrap_or("datastore").trim();
            if title.chars().any(char::is_control) || title.chars().count() > 300 {
                return Err(Problem::invalid("resource", "name: Must be one line of at most 300 letters"));
            }
            let stem = title.replace(['/', '\\'], "_");
            let stem = stem.strip_suffix(".csv").unwrap_or(&stem);
            let kept =
                file_name(&format!("{stem}.csv")).ok_or_else(|| Problem::invalid("resource", "Missing value"))?;
            if change.writing.uploads.files(&name).map_err(failed)?.contains(&kept) {
                return Err(Problem::invalid("resource", "a file of this name is there already"));
            }
            let key = key(change)?.unwrap_or_default();
            let title = if resource.contains_key("name") { title.to_owned() } else { String::new() };
            described.keep_note(FileNote { name: kept.clone(), title, key: key.clone() });
            let mut rows = Rows { header: fields(change)?, rows: Vec::new() };
            rows.widen(key.clone())?;
            rows.merge(&records(change)?, (Method::Insert, &key), true)?;
            written(change, &described, &rows, &[], &kept)?
        }
        Some(_) => return Err(Problem::invalid("resource", "Must be a dictionary")),
        None => {
            let (mut described, kept, mut rows) = known(change, "resource_id")?;
            rows.widen(fields(change)?)?;
            let note = described.note(&kept);
            let key = key(change)?.unwrap_or_else(|| note.key.clone());
            described.keep_note(FileNote { key: key.clone(), ..note });
            rows.merge(&records(change)?, (Method::Insert, &key), true)?;
            written(change, &described, &rows, std::slice::from_ref(&kept), &kept)?
        }
    };
    told["resource_id"] = told["id"].clone();
    told["method"] = Json::from("insert");
    Ok(told)
}

pub(super) fn upsert(change: &Change) -> Result<Json, Problem> {
    let method = match change.call.arguments.text("method")?.as_deref() {
        Some("insert") => Method::Insert,
        Some("update") => Method::Update,
        None | Some("upsert") => Method::Upsert,
        Some(_) => return Err(Problem::invalid("method", "Value must be one of ['upsert', 'insert', 'update']")),
    };
    let (described, kept, mut rows) = known(change, "resource_id")?;
    let key = described.note(&kept).key;
    if key.is_empty() && method != Method::Insert {
        return Err(Problem::invalid(
            "table",
            "table does not have a unique key defined; give primary_key to datastore_create, or use the method insert",
        ));
    }
    rows.merge(&records(change)?, (method, &key), false)?;
    let mut told = if change.call.arguments.flag("dry_run", false) {
        outcome::dataset(change, &described)
    } else {
        written(change, &described, &rows, std::slice::from_ref(&kept), &kept)?
    };
    told["resource_id"] = Json::from(change.call.arguments.required("resource_id")?);
    told["method"] = Json::from(method.as_str());
    Ok(told)
}

pub(super) fn delete(change: &Change) -> Result<Json, Problem> {
    let filters = filters(change)?;
    if filters.is_empty() {
        let (_, described, kept) = file::named(change, "resource_id")?;
        file::remove(change, &described, &kept)?;
    } else {
        take_out(change, &filters)?;
    }
    Ok(as_asked(change))
}

pub(super) fn records_delete(change: &Change) -> Result<Json, Problem> {
    let filters = filters(change)?;
    if filters.is_empty() {
        return Err(Problem::invalid(
            "filters",
            "Missing value: a table without rows is taken out by datastore_delete",
        ));
    }
    take_out(change, &filters)?;
    Ok(as_asked(change))
}

/// CKAN says back what it was asked.
fn as_asked(change: &Change) -> Json {
    let arguments = &change.call.arguments;
    let told = |name: &str| arguments.raw(name).cloned().unwrap_or_default();
    Json::Object(arguments.names().map(|name| (name.to_owned(), told(name))).collect())
}

fn take_out(change: &Change, filters: &[(String, Vec<String>)]) -> Result<(), Problem> {
    let (described, kept, mut rows) = known(change, "resource_id")?;
    let filters: Vec<(String, Vec<String>)> =
        filters.iter().map(|(name, values)| (written_name(change, &rows, name), values.clone())).collect();
    if rows.take_out(&filters)? == 0 {
        return Ok(());
    }
    if rows.rows.is_empty() {
        return Err(Problem::invalid(
            "filters",
            "no row would be left; take the whole table out without filters / 行がなくなります。表ごと削除してください",
        ));
    }
    written(change, &described, &rows, std::slice::from_ref(&kept), &kept).map(drop)
}

/// The name that a column has in the file, where it is published under another one.
fn written_name(change: &Change, rows: &Rows, name: &str) -> String {
    let found = || {
        let id = DistributionId::parse(&change.call.arguments.required("resource_id").ok()?)?;
        let (dataset, own) = change.call.published.catalogue.distribution(id)?;
        let columns = &dataset.tables.get(own.table)?.shape.columns;
        columns.iter().find(|column| column.name == name)?.found.clone()
    };
    if rows.header.iter().any(|own| own == name) { name.to_owned() } else { found().unwrap_or_else(|| name.to_owned()) }
}

/// Columns and the values that are sought in them, as they are kept.
fn filters(change: &Change) -> Result<Vec<(String, Vec<String>)>, Problem> {
    let wrong = || Problem::invalid("filters", "Must be a dictionary of columns and values");
    let filters = match change.call.arguments.raw("filters") {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::String(text)) => serde_json::from_str(text).map_err(|_| wrong())?,
        Some(value) => value.clone(),
    };
    let Json::Object(filters) = filters else { return Err(wrong()) };
    let values = |name: &str, value: &Json| match value {
        Json::Array(list) => list.iter().map(|value| cell(name, value).map_err(|_| wrong())).collect(),
        value => cell(name, value).map(|value| vec![value]).map_err(|_| wrong()),
    };
    filters.iter().map(|(name, value)| Ok((name.clone(), values(name, value)?))).collect()
}

/// The columns of `primary_key`: a list, or words between commas; `None` where it is not given.
fn key(change: &Change) -> Result<Option<Vec<String>>, Problem> {
    let names: Vec<String> = match change.call.arguments.raw("primary_key") {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::String(text)) => text.split(',').map(|name| name.trim().to_owned()).collect(),
        Some(Json::Array(list)) => {
            list.iter().map(|name| name.as_str().unwrap_or_default().trim().to_owned()).collect()
        }
        Some(_) => return Err(Problem::invalid("primary_key", "Must be a list of columns")),
    };
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    match names.iter().find(|name| !is_name(name)) {
        Some(name) => Err(Problem::invalid("primary_key", &format!("\"{}\" is not a valid field name", clip(name)))),
        None => Ok(Some(names)),
    }
}

fn named(change: &Change, resource: &Map<String, Json>) -> Result<(Slug, Described), Problem> {
    let given = resource.get("package_id").and_then(Json::as_str).unwrap_or_default();
    if given.is_empty() {
        return Err(Problem::invalid("resource", "package_id: Missing value"));
    }
    change.dataset_of(given)
}

/// The table of a resource, where it is one that rows can be added to.
fn known(change: &Change, argument: &str) -> Result<(Described, String, Rows), Problem> {
    let (name, described, kept) = file::named(change, argument)?;
    let other = || Problem::invalid(argument, "rows are added to tables made of records only; send the file anew");
    let bytes = change.writing.uploads.read(&name, &kept).map_err(failed)?;
    let is_csv = kept.rsplit_once('.').is_some_and(|(_, ending)| ending == "csv");
    if !is_csv || std::str::from_utf8(&bytes).is_err() || bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        return Err(other());
    }
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().map_err(|_| other())?.iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| Ok(row.map_err(|_| other())?.iter().map(str::to_owned).collect()));
    let rows = Rows { header, rows: rows.collect::<Result<_, Problem>>()? };
    Ok((described, kept, rows))
}

/// The names of columns that `fields` gives, in order.
fn fields(change: &Change) -> Result<Vec<String>, Problem> {
    let wrong = |message: &str| Problem::invalid("fields", message);
    let list = match change.call.arguments.raw("fields") {
        None => return Ok(Vec::new()),
        Some(Json::Array(list)) => list,
        Some(_) => return Err(wrong("Not a list")),
    };
    let mut names = Vec::new();
    for field in list {
        let name = field["id"].as_str().map(str::trim).unwrap_or_default();
        if name == "_id" {
            continue;
        }
        if !is_name(name) {
            return Err(wrong(&format!("\"{}\" is not a valid field name", clip(name))));
        }
        if names.iter().any(|known| known == name) {
            return Err(wrong("Duplicate column names are not supported"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn records(change: &Change) -> Result<Vec<Map<String, Json>>, Problem> {
    let wrong = |message: &str| Problem::invalid("records", message);
    let list = match change.call.arguments.raw("records") {
        None => return Err(wrong("Missing value: a table is published with its rows")),
        Some(Json::String(text)) => serde_json::from_str(text).map_err(|_| wrong("Could not parse as valid JSON"))?,
        Some(value) => value.clone(),
    };
    let Json::Array(list) = list else { return Err(wrong("Not a list")) };
    let row = |each| if let Json::Object(map) = each { Ok(map) } else { Err(wrong("row is not a json object")) };
    let rows: Vec<_> = list.into_iter().map(row).collect::<Result<_, _>>()?;
    if rows.is_empty() { Err(wrong("Missing value: a table is published with its rows")) } else { Ok(rows) }
}

fn written(change: &Change, described: &Described, rows: &Rows, gone: &[String], kept: &str) -> Result<Json, Problem> {
    let incoming = change.writing.uploads.incoming().map_err(failed)?;
    rows.write(&incoming)?;
    let outcome = change.make(described, gone, Some((kept, &incoming)))?;
    let id = change.call.arguments.text("resource_id")?;
    file::told(change, described, outcome, kept, id.as_deref())
}
