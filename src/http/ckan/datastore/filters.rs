//! The argument `filters`: values, lists, and the ranges and groups of CKAN 2.12.

use serde_json::{Map, Value as Json};

use super::{has_column, no_column};
use crate::http::ckan::Call;
use crate::http::problem::Problem;
use crate::model::catalogue::Table;
use crate::model::record::Storage;
use crate::store::condition::{Condition, Scalar, Side};

/// Most values in the filters of one call: a body of 1 MiB holds some 100,000 short ones; lists that people and
/// programs send (codes of municipalities, ids of a page) have at most a few thousand.
const VALUES_CAP: usize = 10_000;
/// Deepest nesting of `$or` and `$and`: any condition can be written with two.
const DEPTH_CAP: usize = 8;

/// The conditions, all of which must hold.
pub(super) fn filters(call: &Call, table: &Table) -> Result<Vec<Condition>, Problem> {
    let value = match call.arguments.raw("filters") {
        None => return Ok(Vec::new()),
        Some(Json::String(text)) if text.trim().is_empty() => return Ok(Vec::new()),
        Some(Json::String(text)) => serde_json::from_str(text).map_err(|_| wrong("Cannot parse JSON"))?,
        Some(value) => value.clone(),
    };
    let Json::Object(map) = value else { return Err(wrong("Not a json object")) };
    Reader { table, values: 0 }.group(&map, 0)
}

fn wrong(message: &str) -> Problem {
    Problem::invalid("filters", message)
}

struct Reader<'a> {
    table: &'a Table,
    values: usize,
}

impl Reader<'_> {
    fn group(&mut self, map: &Map<String, Json>, depth: usize) -> Result<Vec<Condition>, Problem> {
        if depth > DEPTH_CAP {
            return Err(wrong("Nested too deeply"));
        }
        let mut conditions = Vec::with_capacity(map.len());
        for (name, value) in map {
            conditions.push(match name.as_str() {
                // A column of this name is meant where the table has one.
                "$or" | "$and" if !has_column(self.table, name) => {
                    let Json::Array(groups) = value else { return Err(wrong(&format!("{name} must be a list"))) };
                    let groups = groups.iter().map(|group| {
                        let Json::Object(map) = group else {
                            return Err(wrong(&format!("{name} must be a list of json objects")));
                        };
                        self.counted(1)?;
                        Ok(Condition::All(self.group(map, depth + 1)?))
                    });
                    let groups = groups.collect::<Result<_, _>>()?;
                    if name == "$or" { Condition::Any(groups) } else { Condition::All(groups) }
                }
                _ if has_column(self.table, name) => self.column(name, value)?,
                _ => return Err(wrong(&no_column(name))),
            });
        }
        Ok(conditions)
    }

    /// One column: a value, a range, or a list of which one must hold.
    fn column(&mut self, name: &str, value: &Json) -> Result<Condition, Problem> {
        match value {
            Json::Array(values) => {
                let (ranges, plain): (Vec<&Json>, Vec<&Json>) = values.iter().partition(|value| value.is_object());
                let equal = self.one_of(name, &plain)?;
                if ranges.is_empty() {
                    return Ok(equal);
                }
                let mut any = ranges.iter().map(|range| self.column(name, range)).collect::<Result<Vec<_>, _>>()?;
                any.push(equal);
                Ok(Condition::Any(any))
            }
            Json::Object(sides) => {
                let mut all = Vec::with_capacity(sides.len());
                for (operator, value) in sides {
                    let side = match operator.as_str() {
                        "lt" => Side::Below,
                        "lte" => Side::UpTo,
                        "gt" => Side::Above,
                        "gte" => Side::From,
                        "eq" if !value.is_array() && !value.is_object() => {
                            all.push(self.one_of(name, &[value])?);
                            continue;
                        }
                        "in" => {
                            let Json::Array(values) = value else { return Err(wrong("in must be a list")) };
                            all.push(self.one_of(name, &values.iter().collect::<Vec<_>>())?);
                            continue;
                        }
                        _ => return Err(wrong("Unknown operator: one of eq, in, lt, lte, gt, gte is expected")),
                    };
                    self.counted(1)?;
                    let value = scalar(value, self.storage(name))?;
                    all.push(Condition::Compare { column: name.to_owned(), side, value });
                }
                Ok(Condition::All(all))
            }
            value => self.one_of(name, &[value]),
        }
    }

    fn one_of(&mut self, name: &str, values: &[&Json]) -> Result<Condition, Problem> {
        self.counted(values.len())?;
        let storage = self.storage(name);
        let given = values.iter().filter(|value| !value.is_null());
        Ok(Condition::OneOf {
            column: name.to_owned(),
            values: given.map(|value| scalar(value, storage)).collect::<Result<_, _>>()?,
            or_null: values.iter().any(|value| value.is_null()),
        })
    }

    fn counted(&mut self, more: usize) -> Result<(), Problem> {
        self.values += more;
        if self.values > VALUES_CAP { Err(wrong("Too many values")) } else { Ok(()) }
    }

    fn storage(&self, name: &str) -> Storage {
        let column = self.table.shape.columns.iter().find(|column| column.name == name);
        column.map_or(Storage::Integer, |column| column.kind.storage())
    }
}

/// The value in the type of its column.
fn scalar(value: &Json, storage: Storage) -> Result<Scalar, Problem> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Bool(flag) => flag.to_string(),
        _ => return Err(wrong("Values must be texts or numbers")),
    };
    let mismatch = || wrong("invalid input syntax for the type of the column");
    Ok(match storage {
        Storage::Text => Scalar::Text(text),
        Storage::Integer => Scalar::Integer(text.trim().parse().map_err(|_| mismatch())?),
        Storage::Number => Scalar::Number(text.trim().parse().map_err(|_| mismatch())?),
    })
}
