//! Tables on a page: values by kind, and the data dictionary.

use serde_json::Value as Json;

use super::label::value_text;
use crate::model::record::{Column, Storage, TableShape};

/// One value as a cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// The text.
    pub(super) text: String,
    /// Where it leads, for web addresses.
    pub(super) href: Option<String>,
    /// The class that aligns it: `number`, `short`, `long` or `none`.
    pub(super) class: &'static str,
}

impl Cell {
    /// The cell of one value.
    pub(super) fn of(column: &Column, value: &Json) -> Self {
        let text = value_text(value);
        let class = match column.kind.storage() {
            _ if text.is_empty() => "none",
            Storage::Integer | Storage::Number => "number",
            // Japanese may break after every letter, so a narrow column would stand a name on end: short texts stay on
            // one line, longer ones get a column of their own width.
            Storage::Text if text.chars().count() <= 14 => "short",
            Storage::Text => "long",
        };
        // Only the web's own two schemes become links; whatever else a file holds stays text.
        let href = (text.starts_with("https://") || text.starts_with("http://"))
            .then(|| text.clone())
            .filter(|href| url::Url::parse(href).is_ok());
        Self { text, href, class }
    }
}

/// One line of a data dictionary.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    /// The display name, where it is another.
    pub(super) title: Option<String>,
    pub(super) kind: &'static str,
    /// What the standard says: required, recommended, or nothing.
    pub(super) requirement: String,
    pub(super) format: String,
    pub(super) codes: String,
    /// The header in the publisher's file, where it is another; `None` where the file lacks the column.
    pub(super) found: Option<String>,
    pub(super) lacking: bool,
    pub(super) unverified: bool,
}

/// The data dictionary of a table.
pub(super) fn dictionary(shape: &TableShape) -> Vec<Entry> {
    shape
        .columns
        .iter()
        .map(|column| {
            let field = column.field.as_ref();
            Entry {
                name: column.name.clone(),
                title: (column.title != column.name).then(|| column.title.clone()),
                kind: crate::report::wording::kind(column.kind),
                requirement: field.map_or_else(String::new, |field| match field.requirement.as_str() {
                    "◎" => "◎ 必須".to_owned(),
                    "○" => "○ 推奨".to_owned(),
                    "unknown" => "不明".to_owned(),
                    other => other.to_owned(),
                }),
                format: field.map_or_else(String::new, |field| field.format.clone()),
                codes: field.map_or_else(String::new, |field| field.codes.join("、")),
                found: column.found.clone().filter(|found| *found != column.name),
                lacking: column.found.is_none() && field.is_some(),
                unverified: field.is_some_and(|field| !field.verified),
            }
        })
        .collect()
}
