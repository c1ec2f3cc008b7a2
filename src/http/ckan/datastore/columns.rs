//! The columns an answer shows, and the order of its rows.

use serde_json::Value as Json;

use super::{has_column, no_column};
use crate::http::ckan::Call;
use crate::http::problem::Problem;
use crate::model::catalogue::Table;
use crate::store::rows::SortKey;

pub(super) fn wanted_columns(call: &Call, table: &Table) -> Result<Vec<String>, Problem> {
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

/// The keys of the order. Without a word about them, rows without a value stand last in ascending and first in
/// descending order, as in CKAN's database. Of distinct rows only what is shown (`shown`) can be sorted by.
pub(super) fn sort(call: &Call, table: &Table, shown: Option<&[String]>) -> Result<Vec<SortKey>, Problem> {
    let text = match call.arguments.raw("sort") {
        Some(Json::Array(_)) => call.arguments.list("sort")?.unwrap_or_default().join(","),
        _ => call.arguments.text("sort")?.unwrap_or_default(),
    };
    let mut keys: Vec<SortKey> = Vec::new();
    for part in split_outside_quotes(&text) {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        let (part, nulls_first) = match (nulls(part, "first"), nulls(part, "last")) {
            (Some(rest), _) => (rest, Some(true)),
            (_, Some(rest)) => (rest, Some(false)),
            _ => (part, None),
        };
        let (name, descending) = match (ends_with(part, "desc"), ends_with(part, "asc")) {
            (Some(name), _) => (name, true),
            (_, Some(name)) => (name, false),
            _ => (part, false),
        };
        let column = unquoted(name.trim());
        // Ranks are all equal (a word occurs or not), so they decide nothing.
        if (column == "rank" || column.starts_with("rank ")) && call.arguments.raw("q").is_some() {
            continue;
        }
        if !has_column(table, &column) {
            return Err(Problem::invalid("sort", &no_column(&column)));
        }
        if shown.is_some_and(|shown| !shown.contains(&column)) {
            return Err(Problem::invalid("sort", "for distinct rows, only columns named in fields can be sorted by"));
        }
        // A further key of the same column decides nothing; so there are never more keys than columns.
        if keys.iter().all(|key| key.column != column) {
            keys.push(SortKey { column, descending, nulls_first: nulls_first.unwrap_or(descending) });
        }
    }
    Ok(keys)
}

/// The text before `nulls first` or `nulls last`.
fn nulls<'a>(text: &'a str, place: &str) -> Option<&'a str> {
    ends_with(ends_with(text, place)?, "nulls")
}

/// The text before a last word, which is compared without case and stands behind a blank.
fn ends_with<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(word.len())?;
    let (head, tail) = (text.get(..at)?, text.get(at..)?);
    (tail.eq_ignore_ascii_case(word) && head.ends_with(char::is_whitespace)).then(|| head.trim_end())
}
