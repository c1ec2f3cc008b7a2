//! `datastore_create`, `datastore_upsert`, `datastore_delete`: rows sent as JSON. They are kept as a CSV file of the
//! dataset and go the way of any file, so that each call checks and publishes the table whole.
//!
//! No keys are kept: rows are added, not replaced, and `primary_key` is refused rather than forgotten.

use std::io::Write as _;

use serde_json::{Map, Value as Json};

use super::{Change, failed, file, outcome};
use crate::http::ckan::organizations::clip;
use crate::http::problem::Problem;
use crate::model::name::Slug;
use crate::pipeline::upload::{Described, Incoming, file_name};

/// Most columns of a table made of records.
const COLUMNS_LIMIT: usize = 1_000;

/// A table as it is kept.
struct Rows {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

pub(super) fn create(change: &Change) -> Result<Json, Problem> {
    let arguments = &change.call.arguments;
    if arguments.raw("primary_key").is_some_and(|key| !matches!(key, Json::String(text) if text.is_empty())) {
        return Err(Problem::invalid("primary_key", "keys are not kept here; rows are added"));
    }
    let mut told = match arguments.raw("resource") {
        Some(Json::Object(resource)) => {
            let (name, described) = named(change, resource)?;
            let title = resource.get("name").and_then(Json::as_str).unwrap_or("datastore").replace(['/', '\\'], "_");
            let title = title.strip_suffix(".csv").unwrap_or(&title).to_owned();
            let kept =
                file_name(&format!("{title}.csv")).ok_or_else(|| Problem::invalid("resource", "Missing value"))?;
            if change.writing.uploads.files(&name).map_err(failed)?.contains(&kept) {
                return Err(Problem::invalid("resource", "a file of this name is there already"));
            }
            let mut rows = Rows { header: fields(change)?, rows: Vec::new() };
            rows.add(&records(change)?, true)?;
            written(change, &described, &rows, &[], &kept)?
        }
        Some(_) => return Err(Problem::invalid("resource", "Must be a dictionary")),
        None => {
            let (described, kept, mut rows) = known(change, "resource_id")?;
            rows.widen(fields(change)?)?;
            rows.add(&records(change)?, true)?;
            written(change, &described, &rows, std::slice::from_ref(&kept), &kept)?
        }
    };
    told["resource_id"] = told["id"].clone();
    told["method"] = Json::from("insert");
    Ok(told)
}

pub(super) fn upsert(change: &Change) -> Result<Json, Problem> {
    match change.call.arguments.text("method")?.as_deref() {
        Some("insert") => {}
        None | Some("upsert" | "update") => {
            return Err(Problem::invalid("table", "table does not have a unique key defined; use the method insert"));
        }
        Some(_) => return Err(Problem::invalid("method", "Value must be one of ['upsert', 'insert', 'update']")),
    }
    let (described, kept, mut rows) = known(change, "resource_id")?;
    rows.add(&records(change)?, false)?;
    let mut told = if change.call.arguments.flag("dry_run", false) {
        outcome::dataset(change, &described)
    } else {
        written(change, &described, &rows, std::slice::from_ref(&kept), &kept)?
    };
    told["resource_id"] = Json::from(change.call.arguments.required("resource_id")?);
    told["method"] = Json::from("insert");
    Ok(told)
}

pub(super) fn delete(change: &Change) -> Result<Json, Problem> {
    if change.call.arguments.raw("filters").is_some_and(|filters| !filters.as_object().is_some_and(Map::is_empty)) {
        return Err(Problem::invalid("filters", "single rows are not taken out here; send the table anew"));
    }
    let (_, described, kept) = file::named(change, "resource_id")?;
    file::remove(change, &described, &kept)?;
    Ok(Json::Object(change.call.arguments.names().map(|name| (name.to_owned(), Json::Null)).collect()))
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

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('_') && name.chars().count() <= 100 && !name.chars().any(char::is_control)
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

impl Rows {
    fn widen(&mut self, names: Vec<String>) -> Result<(), Problem> {
        for name in names {
            if !self.header.contains(&name) {
                self.header.push(name);
            }
        }
        let many = self.header.len() > COLUMNS_LIMIT;
        if many { Err(Problem::invalid("fields", "too many columns")) } else { Ok(()) }
    }

    fn add(&mut self, records: &[Map<String, Json>], may_widen: bool) -> Result<(), Problem> {
        for (number, record) in records.iter().enumerate() {
            for name in record.keys().filter(|name| *name != "_id") {
                if !self.header.contains(name) {
                    if !may_widen || !is_name(name) {
                        let name = clip(name);
                        return Err(Problem::invalid(
                            "records",
                            &format!("row \"{}\" has extra keys \"{name}\"", number + 1),
                        ));
                    }
                    self.widen(vec![name.clone()])?;
                }
            }
            let cell = |name: &String| match record.get(name) {
                None | Some(Json::Null) => Ok(String::new()),
                Some(Json::String(text)) => Ok(text.clone()),
                Some(Json::Array(_) | Json::Object(_)) => {
                    Err(Problem::invalid("records", &format!("\"{}\" holds no single value", clip(name))))
                }
                Some(value) => Ok(value.to_string()),
            };
            self.rows.push(self.header.iter().map(cell).collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    fn write(&self, file: &Incoming) -> Result<(), Problem> {
        let failed = |error: &dyn std::fmt::Display| Problem::internal("writing rows", error);
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(&self.header).map_err(|error| failed(&error))?;
        for row in &self.rows {
            let empty = self.header.len().saturating_sub(row.len());
            let cells = row.iter().map(String::as_str).chain(std::iter::repeat_n("", empty));
            writer.write_record(cells).map_err(|error| failed(&error))?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(&error))?;
        let mut to = file.as_file();
        to.write_all(&bytes).and_then(|()| to.sync_all()).map_err(|error| failed(&error))
    }
}

fn written(change: &Change, described: &Described, rows: &Rows, gone: &[String], kept: &str) -> Result<Json, Problem> {
    let incoming = change.writing.uploads.incoming().map_err(failed)?;
    rows.write(&incoming)?;
    let outcome = change.make(described, gone, Some((kept, &incoming)))?;
    file::told(change, described, outcome, kept)
}
