//! Which column of a table names its records.

use serde_json::Value as Json;

use crate::model::record::{ColumnType, Storage, TableShape};
use crate::normalize::gazetteer::LEVEL_COLUMN;

/// Names of columns that name a record, best first. The first is that of the national standard sheets, the
/// last that of the municipality in 国土数値情報 (行政区域データ).
const EXACT: [&str; 11] =
    ["名称", "施設・場所名", "施設名", "施設名称", "名前", "name", "Name", "路線名", "地区名", "行政区域名", "N03_004"];

/// Parts of such names, best first.
const PARTS: [&str; 10] =
    ["名称", "施設名", "名前", "路線名", "橋りょう名", "箇所名", "地区名", "町名", "種別", "分類"];

/// The column whose values name the records: by its name, else the first text that is no code; `None` for a table of
/// numbers.
pub(in crate::http) fn label_column(shape: &TableShape) -> Option<usize> {
    let titles = || shape.columns.iter().map(|column| (column.name.as_str(), column.title.as_str()));
    let is_about_the_publisher = |name: &str| {
        name.contains("カナ") || name.contains("地方公共団体") || name.contains("都道府県") || name.contains("市区町村")
    };
    EXACT
        .iter()
        .find_map(|wanted| titles().position(|(name, title)| name == *wanted || title == *wanted))
        .or_else(|| {
            PARTS.iter().find_map(|part| {
                titles().position(|(name, title)| {
                    (name.contains(part) || title.contains(part)) && !is_about_the_publisher(name)
                })
            })
        })
        .or_else(|| {
            shape.columns.iter().position(|column| {
                column.kind == ColumnType::Text
                    && column.kind.storage() == Storage::Text
                    && !is_about_the_publisher(&column.name)
                    && ![&column.name, &column.title].into_iter().any(|name| is_no_name(name))
            })
        })
}

/// Whether a column's name says that its values are numbers, times or addresses of the web, though they are text.
fn is_no_name(name: &str) -> bool {
    let name = name.to_lowercase();
    ["番号", "日時", "年月日", "更新", "date", "url", "コード"].iter().any(|part| name.contains(part))
        || name.ends_with("id")
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_written_as_text_are_no_names() {
        for name in ["SAUPDATE", "SAUID", "登録番号", "更新日時", "ホームページURL", "施設コード"] {
            assert!(is_no_name(name), "{name}");
        }
        for name in ["SAFIELD001", "異常気象名", "item2", "最大浸水深", "所在地"] {
            assert!(!is_no_name(name), "{name}");
        }
    }
}
