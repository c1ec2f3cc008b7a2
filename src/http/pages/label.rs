//! What pages call a record, and where it is.

use serde_json::Value as Json;

use crate::model::record::TableShape;
use crate::normalize::gazetteer::LEVEL_COLUMN;

/// A column that says where a record is, for the second line of a list.
pub(super) fn place_column(shape: &TableShape) -> Option<usize> {
    ["所在地_連結表記", "所在地", "住所", "設置場所", "設置位置"]
        .iter()
        .find_map(|wanted| shape.columns.iter().position(|column| column.name == *wanted || column.title == *wanted))
}

/// The column that says how exact a position is which was derived from an address or an old datum.
pub(super) fn level_column(shape: &TableShape) -> Option<usize> {
    shape.columns.iter().position(|column| column.name == LEVEL_COLUMN)
}

/// The level of a record's position in words; empty where it is as published.
pub(super) fn level(values: &[Json], column: Option<usize>) -> String {
    column.and_then(|index| values.get(index)).map(value_text).unwrap_or_default()
}

/// What a record is called: its label, or its number.
pub(super) fn label(values: &[Json], column: Option<usize>, id: u64) -> String {
    column
        .and_then(|index| values.get(index))
        .map(value_text)
        .filter(|text| !text.trim().is_empty())
        .unwrap_or_else(|| format!("{id}番"))
}

/// A value as text.
pub(super) fn value_text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        // A column of numbers holds 200 as 200.0; people wrote 200.
        Json::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(String::new, |number| number.to_string())
        }
        other => other.to_string(),
    }
}
