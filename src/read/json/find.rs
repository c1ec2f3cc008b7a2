//! Where in a JSON the table is.

use std::borrow::Cow;

use crate::read::geojson::feature;
use crate::read::geojson::json::{Fault, Walker};
use crate::read::geojson::{elements, fault, following};
use crate::read::{ReadError, ReadLimits};

/// Objects in objects that are looked through: `result.records` has two, some services one more.
const DEPTH: usize = 3;

/// Names under which services give their rows; what stands beside such a member is about the table and not in it.
const ROWS: [&str; 9] = ["records", "rows", "features", "data", "items", "results", "result", "value", "bindings"];

/// Names of lists that describe a table.
const ABOUT: [&str; 7] = ["fields", "columns", "header", "headers", "links", "_links", "schema"];

/// One table as texts of its rows.
#[derive(Debug)]
pub(super) struct Table<'t> {
    /// Where it stands: `result.records`; empty for the whole.
    pub(super) path: String,
    /// Its rows.
    pub(super) rows: Rows<'t>,
    /// The members beside it, by name.
    pub(super) beside: Vec<String>,
}

/// How the rows of a table are written.
#[derive(Debug)]
pub(super) enum Rows<'t> {
    /// An object each.
    Objects(Vec<&'t str>),
    /// An object each under a key of its own.
    Keyed(Vec<(Cow<'t, str>, &'t str)>),
    /// A list each, with the names of the columns where they stand elsewhere.
    Lists(Vec<&'t str>, Option<Vec<String>>),
    /// A list for each column, all of one length.
    Columns(Vec<(Cow<'t, str>, Vec<&'t str>)>),
}

impl Rows<'_> {
    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Objects(rows) | Self::Lists(rows, _) => rows.len(),
            Self::Keyed(rows) => rows.len(),
            Self::Columns(columns) => columns.first().map_or(0, |(_, cells)| cells.len()),
        }
    }
}

struct Member<'t> {
    key: Cow<'t, str>,
    value: &'t str,
    at: usize,
}

/// Finds the tables of a text; none where it holds no table.
pub(super) fn tables<'t>(text: &'t str, limits: &ReadLimits) -> Result<Vec<Table<'t>>, ReadError> {
    let broken = |found| fault(text, found, limits);
    let mut whole = Walker::new(text, limits.nesting);
    let first = whole.value().ok_or(ReadError::Empty)?.map_err(broken)?;
    let first_at = whole.value_at();
    if whole.value().is_some() {
        let rows = following(text, first, limits)?;
        let rows = if first.starts_with('[') { Rows::Lists(rows, None) } else { Rows::Objects(rows) };
        let is_table = first.starts_with(['{', '[']);
        return Ok(if is_table { vec![Table { path: String::new(), rows, beside: Vec::new() }] } else { Vec::new() });
    }
    if first.starts_with('[') {
        let rows = list(&elements((text, first, first_at), limits)?);
        return Ok(rows.map(|rows| Table { path: String::new(), rows, beside: Vec::new() }).into_iter().collect());
    }
    if !first.starts_with('{') {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    search((text, first, first_at), "", limits, 0, &mut found)?;
    if found.is_empty() {
        let members = members((text, first, first_at), limits)?;
        found.extend(whole_object(text, &members, limits)?);
    }
    Ok(found)
}

/// A list of rows: objects or lists for the most part, so that one row of another form is refused and not the table.
fn list<'t>(elements: &[&'t str]) -> Option<Rows<'t>> {
    let with = |bracket: char| elements.iter().filter(|element| element.starts_with(bracket)).count();
    let (objects, lists) = (with('{'), with('['));
    if objects * 2 > elements.len() {
        Some(Rows::Objects(elements.to_vec()))
    } else if lists * 2 > elements.len() {
        Some(Rows::Lists(elements.to_vec(), None))
    } else {
        None
    }
}

fn members<'t>(
    (text, object, at): (&'t str, &'t str, usize),
    limits: &ReadLimits,
) -> Result<Vec<Member<'t>>, ReadError> {
    let mut walker = Walker::new(object, limits.nesting);
    let broken = |found| match found {
        Fault::At(inner) => fault(text, Fault::At(at + inner), limits),
        other @ Fault::TooDeep => fault(text, other, limits),
    };
    walker.enter(b'{').map_err(broken)?;
    let mut found = Vec::new();
    while let Some(member) = walker.member() {
        let (raw, value) = member.map_err(broken)?;
        let key = feature::string(raw).unwrap_or(Cow::Borrowed(raw));
        found.push(Member { key, value, at: at + walker.value_at() });
        // A person's own file has some dozen members beside its table.
        if found.len() as u64 > limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
    }
    Ok(found)
}

/// Looks for lists of rows in an object and the objects inside of it.
fn search<'t>(
    object: (&'t str, &'t str, usize),
    path: &str,
    limits: &ReadLimits,
    depth: usize,
    found: &mut Vec<Table<'t>>,
) -> Result<(), ReadError> {
    let members = members(object, limits)?;
    // An object of thousands of members is a table by itself and not a shell around one.
    if members.len() > limits.columns {
        return Ok(());
    }
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let mut here: Vec<(String, Rows<'t>)> = Vec::new();
    for member in &members {
        if member.value.starts_with('[') {
            let rows = list(&elements((object.0, member.value, member.at), limits)?);
            here.extend(rows.map(|rows| (member.key.to_string(), rows)));
        }
    }
    let is_rows = |key: &str| ROWS.contains(&key.to_ascii_lowercase().as_str());
    let is_about = |key: &str| ABOUT.contains(&key.to_ascii_lowercase().as_str());
    if here.iter().any(|(key, _)| is_rows(key)) {
        here.retain(|(key, _)| is_rows(key) || !is_about(key));
    }
    let kept: Vec<String> = here.iter().map(|(key, _)| key.clone()).collect();
    for (key, mut rows) in here {
        if let Rows::Lists(_, names) = &mut rows {
            *names = members.iter().filter(|member| is_about(&member.key)).find_map(|member| names_of(member.value));
        }
        let beside = members.iter().map(|member| member.key.to_string()).filter(|key| !kept.contains(key)).collect();
        found.push(Table { path: below(&key), rows, beside });
    }
    if depth < DEPTH {
        for member in members.iter().filter(|member| member.value.starts_with('{')) {
            if !is_about(&member.key) {
                search((object.0, member.value, member.at), &below(&member.key), limits, depth + 1, found)?;
            }
        }
    }
    Ok(())
}

/// The names a list gives to columns: texts, or objects with an `id` or a `name`.
fn names_of(raw: &str) -> Option<Vec<String>> {
    let value: serde_json::Value = serde_json::from_str(raw).ok()?;
    let name = |value: &serde_json::Value| {
        let named = value.as_str().or_else(|| value.get("id").or_else(|| value.get("name"))?.as_str());
        named.map(str::to_owned)
    };
    value.as_array()?.iter().map(name).collect::<Option<Vec<_>>>().filter(|names| !names.is_empty())
}

/// An object that is a table itself: a list of values for each column, or an object for each row or column.
fn whole_object<'t>(
    text: &'t str,
    members: &[Member<'t>],
    limits: &ReadLimits,
) -> Result<Option<Table<'t>>, ReadError> {
    let all = |bracket: char| members.len() > 1 && members.iter().all(|member| member.value.starts_with(bracket));
    let table = |rows| Some(Table { path: String::new(), rows, beside: Vec::new() });
    if all('[') {
        let mut columns = Vec::new();
        for member in members {
            columns.push((member.key.clone(), elements((text, member.value, member.at), limits)?));
        }
        let length = columns.first().map_or(0, |(_, cells)| cells.len());
        let is_even = length > 0 && columns.iter().all(|(_, cells)| cells.len() == length);
        return Ok(if is_even { table(Rows::Columns(columns)) } else { None });
    }
    if !all('{') {
        return Ok(None);
    }
    // Objects keyed 0, 1, 2 … in every member are columns; otherwise each member is a row.
    let mut columns: Vec<(Cow<'t, str>, Vec<&'t str>)> = Vec::new();
    for member in members {
        let inner = self::members((text, member.value, member.at), limits)?;
        let counts = inner.iter().enumerate().all(|(index, inner)| inner.key.parse() == Ok(index));
        if !counts || inner.is_empty() || columns.first().is_some_and(|(_, first)| first.len() != inner.len()) {
            let rows = members.iter().map(|member| (member.key.clone(), member.value)).collect();
            return Ok(table(Rows::Keyed(rows)));
        }
        columns.push((member.key.clone(), inner.iter().map(|inner| inner.value).collect()));
    }
    Ok(table(Rows::Columns(columns)))
}
