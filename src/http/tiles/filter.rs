//! Filters of tiles in their address.

use super::super::problem::Problem;
use crate::publish::tiles::live::Filter;

/// Reads filters as the DataStore takes them: a JSON object of column to value, or to a list of values.
pub(super) fn parse_filters(text: &str) -> Result<Filter, Problem> {
    /// Most columns and most values of each: what fits an address.
    const MOST: usize = 50;
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|_| Problem::invalid("filters", "Cannot parse JSON"))?;
    let serde_json::Value::Object(map) = value else { return Err(Problem::invalid("filters", "Not a json object")) };
    let text_of = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Ok(text.clone()),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        _ => Err(Problem::invalid("filters", "Values must be texts or numbers")),
    };
    let mut filter = Filter::default();
    for (column, value) in map {
        let values = match &value {
            serde_json::Value::Array(values) => values.iter().map(text_of).collect::<Result<Vec<_>, _>>()?,
            value => vec![text_of(value)?],
        };
        if values.len() > MOST || filter.columns.len() >= MOST {
            return Err(Problem::invalid("filters", "Too many values"));
        }
        filter.columns.push((column, values));
    }
    Ok(filter)
}
