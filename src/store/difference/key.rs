//! The key by which rows of two releases are matched.

use super::{Asked, SIDES, Side, quoted};
use crate::model::difference::KeyKind;
use crate::model::record::{Column, ColumnType, Storage};
use crate::store::StoreError;

/// A key: columns, and whether it is the standard's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) columns: Vec<String>,
    pub(super) kind: KeyKind,
}

/// Most columns asked whether they are unique, each one pass over a column of both tables.
const MAX_SINGLE: usize = 6;
/// Columns combined where no single one is unique: 15 pairs and 20 triples at most.
const MAX_COMBINED: usize = 6;
/// Keys tried one against the other.
pub(super) const MAX_KEYS: usize = 4;
/// Per cent of the records that the standard's own key must identify; the others are named.
const STANDARD_PERCENT: u64 = 90;

struct Known<'a> {
    column: &'a Column,
    /// Distinct values, about; the fewer of both sides.
    distinct: u64,
    filled: bool,
}

/// Keys that can be, best first. Empty where only the content identifies a record.
pub(super) fn candidates(asked: &Asked<'_>) -> Result<Vec<Key>, StoreError> {
    if asked.before.records == 0 || asked.after.records == 0 {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    let common: Vec<&Column> = asked.common();
    if let Some(key) = standard(asked, &common)? {
        keys.push(key);
    }
    let known = known(asked, &common)?;
    let fewest = asked.before.records.min(asked.after.records);
    let mut single: Vec<&Known<'_>> =
        known.iter().filter(|known| known.filled && known.distinct * 100 >= fewest * 95).collect();
    single.sort_by_key(|known| !says_key(&known.column.name));
    for known in single.iter().take(MAX_SINGLE) {
        if keys.len() < MAX_KEYS && is_unique(asked, &[&known.column.name])? {
            add(&mut keys, vec![known.column.name.clone()]);
        }
    }
    if keys.is_empty() {
        combined(asked, &known, fewest, &mut keys)?;
    }
    Ok(keys)
}

fn add(keys: &mut Vec<Key>, columns: Vec<String>) {
    if !keys.iter().any(|key| key.columns == columns) {
        keys.push(Key { columns, kind: KeyKind::Found });
    }
}

/// 全国地方公共団体コード and ID, as every sheet has them.
fn standard(asked: &Asked<'_>, common: &[&Column]) -> Result<Option<Key>, StoreError> {
    let field = |name: &str| common.iter().any(|column| column.name == name && column.field.is_some());
    if !field("ID") {
        return Ok(None);
    }
    let mut columns = vec!["ID".to_owned()];
    if field("全国地方公共団体コード") && is_filled(asked, "全国地方公共団体コード")? {
        columns.insert(0, "全国地方公共団体コード".to_owned());
    }
    for side in SIDES {
        let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
        let sql = format!(
            "SELECT count(*) FROM (SELECT DISTINCT {} FROM {} WHERE \"ID\" IS NOT NULL)",
            names.join(", "),
            asked.records(side)
        );
        if asked.count(&sql)? * 100 < asked.side(side).records * STANDARD_PERCENT {
            return Ok(None);
        }
    }
    Ok(Some(Key { columns, kind: KeyKind::Standard }))
}

fn is_filled(asked: &Asked<'_>, column: &str) -> Result<bool, StoreError> {
    for side in SIDES {
        let sql = format!("SELECT count({}) FROM {}", quoted(column), asked.records(side));
        if asked.count(&sql)? < asked.side(side).records {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Columns that can be part of a key: text and whole numbers, neither positions nor measures.
fn known<'a>(asked: &Asked<'_>, common: &[&'a Column]) -> Result<Vec<Known<'a>>, StoreError> {
    let fit: Vec<&Column> = common
        .iter()
        .copied()
        .filter(|column| {
            column.kind.storage() != Storage::Number && !matches!(column.kind, ColumnType::Flag | ColumnType::Weekday)
        })
        .collect();
    let mut known: Vec<Known<'a>> =
        fit.iter().map(|column| Known { column, distinct: u64::MAX, filled: true }).collect();
    if fit.is_empty() {
        return Ok(known);
    }
    for side in SIDES {
        let sums: Vec<String> =
            fit.iter().map(|column| format!("count({0}), approx_count_distinct({0})", quoted(&column.name))).collect();
        let sql = format!("SELECT {} FROM {}", sums.join(", "), asked.records(side));
        asked.connection.query_row(&sql, [], |row| {
            for (at, column) in known.iter_mut().enumerate() {
                let (filled, distinct): (u64, u64) = (row.get(at * 2)?, row.get(at * 2 + 1)?);
                column.filled &= filled == asked.side(side).records;
                column.distinct = column.distinct.min(distinct);
            }
            Ok(())
        })?;
    }
    Ok(known)
}

fn says_key(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["id", "no", "no.", "№"].contains(&lower.as_str())
        || ["番号", "コード", "管理no", "_id", "識別", "code"].iter().any(|word| lower.contains(word))
}

fn is_unique(asked: &Asked<'_>, columns: &[&str]) -> Result<bool, StoreError> {
    let names: Vec<String> = columns.iter().map(|name| quoted(name)).collect();
    for side in SIDES {
        let sql = format!("SELECT count(*) FROM (SELECT DISTINCT {} FROM {})", names.join(", "), asked.records(side));
        if asked.count(&sql)? < asked.side(side).records {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The smallest combination of two or three columns that identifies every record.
fn combined(asked: &Asked<'_>, known: &[Known<'_>], records: u64, keys: &mut Vec<Key>) -> Result<(), StoreError> {
    let mut fit: Vec<&Known<'_>> = known.iter().filter(|known| known.filled && known.distinct > 1).collect();
    fit.sort_by_key(|known| std::cmp::Reverse(known.distinct));
    fit.truncate(MAX_COMBINED);
    let can = |parts: &[&Known<'_>]| {
        // Distinct values are estimates; a tenth is allowed for their error.
        parts.iter().fold(1_u128, |all, known| all.saturating_mul(u128::from(known.distinct) + 1)) * 11 / 10
            >= u128::from(records)
    };
    for size in [2, 3] {
        for parts in combinations(fit.len(), size) {
            let parts: Vec<&Known<'_>> = parts.iter().filter_map(|at| fit.get(*at).copied()).collect();
            let names: Vec<&str> = parts.iter().map(|known| known.column.name.as_str()).collect();
            if can(&parts) && is_unique(asked, &names)? {
                add(keys, names.iter().map(|name| (*name).to_owned()).collect());
                return Ok(());
            }
        }
    }
    Ok(())
}

fn combinations(of: usize, size: usize) -> Vec<Vec<usize>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    (0..of)
        .flat_map(|first| {
            combinations(of - first - 1, size - 1)
                .into_iter()
                .map(move |rest| std::iter::once(first).chain(rest.into_iter().map(|at| at + first + 1)).collect())
        })
        .collect()
}

/// The condition that the key columns of two aliases are the same and filled.
pub(super) fn same(key: &[String], all: &[String]) -> String {
    let place = |name: &String| all.iter().position(|known| known == name).unwrap_or(0);
    let parts: Vec<String> = key.iter().map(|name| format!("b.k{0} = a.k{0}", place(name))).collect();
    parts.join(" AND ")
}

/// Of several keys the one under which most records stay the same, then the one that matches most; with the columns of a
/// key that matches nothing.
pub(super) fn choose(
    asked: &Asked<'_>,
    keys: &[Key],
    all: &[String],
) -> Result<(Option<Key>, Vec<String>), StoreError> {
    let mut lost = Vec::new();
    let mut best: Option<(&Key, (u64, u64))> = None;
    for key in keys {
        let sql = format!(
            "SELECT count(*), count(*) FILTER (WHERE b.h = a.h) FROM {} b JOIN {} a ON {}",
            Side::Before.digests(),
            Side::After.digests(),
            same(&key.columns, all)
        );
        let (matched, same): (u64, u64) = asked.connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if matched == 0 {
            if lost.is_empty() {
                lost.clone_from(&key.columns);
            }
            continue;
        }
        if key.kind == KeyKind::Standard {
            return Ok((Some(key.clone()), lost));
        }
        if best.is_none_or(|(_, before)| (same, matched) > before) {
            best = Some((key, (same, matched)));
        }
    }
    let first_is_lost =
        keys.first().is_some_and(|key| key.columns == lost && (key.kind == KeyKind::Standard || best.is_none()));
    Ok((best.map(|(key, _)| key.clone()), if first_is_lost { lost } else { Vec::new() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_all_of_their_size() {
        assert_eq!(combinations(3, 2), [vec![0, 1], vec![0, 2], vec![1, 2]]);
        assert_eq!((combinations(6, 2).len(), combinations(6, 3).len()), (15, 20));
    }
}
