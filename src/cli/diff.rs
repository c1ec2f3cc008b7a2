//! `hiraku diff`: what changed between two releases of a dataset.

use std::fmt::Write as _;

use super::Usage;
use super::job::{Answer, Workplace};
use crate::model::difference::{KeyKind, ReleaseDifference, TableDifference};
use crate::model::name::Slug;
use crate::pipeline::difference::difference;

/// Records of each kind printed for a person; JSON holds more.
const PRINTED: usize = 20;
/// Records of each kind in JSON.
const EXAMPLES: u64 = 1_000;

/// Compares two releases.
pub fn diff(place: Workplace<'_>, dataset: &str, from: Option<&str>, to: Option<&str>) -> anyhow::Result<Answer> {
    let name = Slug::parse(dataset).ok();
    let known = name.as_ref().map(|slug| place.store.publisher_of(slug)).transpose()?.flatten();
    let (Some(name), Some(_)) = (name, known) else {
        return Err(Usage(format!("no dataset {dataset:?} / データセット「{dataset}」はありません")).into());
    };
    let find = |which: &str| place.store.release_to_compare(&name, which);
    let after = match to {
        Some(which) => find(which)?,
        None => match find("staged")? {
            Some(staged) => Some(staged),
            None => find("current")?,
        },
    };
    let Some(after) = after else { return Err(no_release(dataset, to.unwrap_or("staged"))) };
    let before = match from {
        Some(which) => find(which)?,
        // The public release stands before what waits; another one before the public one.
        None => match find("current")?.filter(|current| current.id != after.id) {
            Some(current) => Some(current),
            None => find("previous")?,
        },
    };
    let Some(before) = before else { return Err(no_release(dataset, from.unwrap_or("current"))) };
    let found = difference(place.store, &before, &after, EXAMPLES)?;
    Ok(Answer { text: text(dataset, &found), json: serde_json::to_value(&found)?, data_errors: false })
}

fn no_release(dataset: &str, which: &str) -> anyhow::Error {
    Usage(format!("{dataset} has no release {which:?} / 版「{which}」がありません")).into()
}

fn text(dataset: &str, found: &ReleaseDifference) -> String {
    let mut out = format!("{dataset}: {}\n", found.summary());
    for (table, records) in &found.removed_tables {
        let _ = writeln!(out, "  − 表 {table} ({records}件) がありません / table is missing");
    }
    for (table, records) in &found.added_tables {
        let _ = writeln!(out, "  + 表 {table} ({records}件) が加わりました / table is new");
    }
    for table in &found.tables {
        table_text(&mut out, table);
    }
    out
}

fn table_text(out: &mut String, table: &TableDifference) {
    let key = match table.key_kind {
        KeyKind::Content => "行の内容 / content".to_owned(),
        KeyKind::Standard | KeyKind::Found => table.key.join(" + "),
    };
    let _ = writeln!(out, "■ {}: {}件 → {}件、照合 / matched by: {key}", table.table, table.before, table.after);
    let _ = writeln!(
        out,
        "  追加 / added {}、削除 / removed {}、変更 / changed {} ({}セル / cells)、同じ / same {}",
        table.added,
        table.removed,
        table.changed,
        table.changed_cells(),
        table.same
    );
    for (sign, columns) in [("+", &table.columns_added), ("−", &table.columns_removed)] {
        if !columns.is_empty() {
            let _ = writeln!(out, "  列 / columns {sign}: {}", columns.join(", "));
        }
    }
    for retyped in &table.columns_retyped {
        let _ = writeln!(out, "  列の型 / type of {}: {:?} → {:?}", retyped.column, retyped.before, retyped.after);
    }
    for emptied in &table.emptied {
        let _ = writeln!(out, "  ! 列「{}」: 値 {}件 → {}件 / values", emptied.column, emptied.before, emptied.after);
    }
    if !table.key_lost.is_empty() {
        let _ = writeln!(out, "  ! 「{}」が1件も一致しません / matches nothing", table.key_lost.join(" + "));
    }
    for key in &table.duplicate_keys {
        let _ = writeln!(out, "  ! 重複した値 / doubled key: {}", texts(key));
    }
    if table.geometry.changed > 0 {
        let geometry = &table.geometry;
        let _ = writeln!(
            out,
            "  図形の変更 / geometry changed {}、移動 / moved {} (中央値 / median {:.1} m、最大 / greatest {:.1} m)",
            geometry.changed, geometry.moved, geometry.median_m, geometry.greatest_m
        );
    }
    for (column, count) in &table.cells {
        let _ = writeln!(out, "  「{column}」 {count}セル / cells");
    }
    for changed in table.examples.changed.iter().take(PRINTED) {
        let _ = write!(out, "  ~ {} ({}行目", texts(&changed.key), changed.row_after);
        let _ = match changed.moved_m {
            Some(metres) => writeln!(out, "、{metres:.1} m)"),
            None => writeln!(out, ")"),
        };
        for cell in &changed.cells {
            let _ = writeln!(
                out,
                "      「{}」 {} → {}",
                cell.column,
                shown(cell.before.as_ref()),
                shown(cell.after.as_ref())
            );
        }
    }
    for (sign, records) in [("+", &table.examples.added), ("−", &table.examples.removed)] {
        for record in records.iter().take(PRINTED) {
            let filled: Vec<&str> = record.values.iter().flatten().take(6).map(String::as_str).collect();
            let _ = writeln!(out, "  {sign} {}行目: {}", record.row, filled.join(", "));
        }
    }
}

fn texts(values: &[Option<String>]) -> String {
    values.iter().map(|value| shown(value.as_ref())).collect::<Vec<_>>().join(", ")
}

fn shown(value: Option<&String>) -> &str {
    value.map_or("(空)", String::as_str)
}
