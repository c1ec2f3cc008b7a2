//! Which column of a table names its records: on pages, in lists, and at the label points of tiles.

use super::record::{ColumnType, Storage, TableShape};

/// Names of columns that name a record, best first. The first is that of the national standard sheets, the
/// last that of the municipality in 国土数値情報 (行政区域データ).
const EXACT: [&str; 11] =
    ["名称", "施設・場所名", "施設名", "施設名称", "名前", "name", "Name", "路線名", "地区名", "行政区域名", "N03_004"];

/// Parts of such names, best first.
const PARTS: [&str; 9] = ["名称", "施設名", "名前", "路線名", "学校名", "橋りょう名", "箇所名", "地区名", "町名"];

/// Parts of names of columns that say at least of what kind a record is.
const KINDS: [&str; 2] = ["種別", "分類"];

/// The column whose values are names of the records; `None` where there is none.
pub fn name_column(shape: &TableShape) -> Option<usize> {
    let exact =
        |wanted: &&str| shape.columns.iter().position(|column| column.name == **wanted || column.title == **wanted);
    EXACT.iter().find_map(exact).or_else(|| with_part(shape, &PARTS))
}

/// The column to write where a record needs some words: its name, else its kind, else the first text that is neither
/// number, time nor address; `None` for a table of numbers.
pub fn label_column(shape: &TableShape) -> Option<usize> {
    name_column(shape).or_else(|| with_part(shape, &KINDS)).or_else(|| {
        shape.columns.iter().position(|column| {
            column.kind == ColumnType::Text
                && column.kind.storage() == Storage::Text
                && ![&column.name, &column.title].into_iter().any(|name| is_no_name(name))
        })
    })
}

fn with_part(shape: &TableShape, parts: &[&str]) -> Option<usize> {
    parts.iter().find_map(|part| {
        shape.columns.iter().position(|column| {
            [&column.name, &column.title].into_iter().any(|name| name.contains(part)) && !is_no_name(&column.name)
        })
    })
}

/// Whether a column's name says that its values are readings, numbers, times, addresses of the web, or about the
/// publisher, though they are text.
fn is_no_name(name: &str) -> bool {
    let name = name.to_lowercase();
    ["カナ", "地方公共団体", "都道府県", "市区町村", "番号", "日時", "年月日", "更新", "date", "url", "コード"]
        .iter()
        .any(|part| name.contains(part))
        || name.ends_with("id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Slug;
    use crate::model::record::Column;
    use crate::model::tile::TileSettings;

    fn shape(columns: &[(&str, &str)]) -> TableShape {
        let column = |(name, title): &(&str, &str)| Column {
            name: (*name).to_owned(),
            title: (*title).to_owned(),
            kind: ColumnType::Text,
            found: None,
            field: None,
        };
        TableShape {
            key: Slug::parse("main").expect("a name"),
            title: String::new(),
            sheet: None,
            columns: columns.iter().map(column).collect(),
            tiles: TileSettings::default(),
            is_titled: false,
        }
    }

    #[test]
    fn names_come_before_kinds_and_kinds_before_other_texts() {
        for (columns, name, label) in [
            (&[("ID", "ID"), ("名称_カナ", "名称_カナ"), ("名称", "名称")][..], Some(2), Some(2)),
            (&[("SAUPDATE", "SAUPDATE"), ("SAFIELD001", "学校名")], Some(1), Some(1)),
            (&[("備考", "備考"), ("建物種別", "建物種別")], None, Some(1)),
            (&[("SAUID", "SAUID"), ("SAUPDATE", "SAUPDATE"), ("item2", "item2")], None, Some(2)),
            (&[("町名コード", "町名コード"), ("登録番号", "登録番号")], None, None),
        ] {
            let shape = shape(columns);
            assert_eq!((name_column(&shape), label_column(&shape)), (name, label), "{columns:?}");
        }
    }
}
