//! Headers of two and three rows: group names over the names inside the groups.
//!
//! ```text
//! No, 施設名, 開館時間,     , 備考        No, 施設名, 開館時間, 開館時間, 備考
//!   ,      , 開始   , 終了,             No, 施設名, 開始   , 終了   , 備考
//! ```
//!
//! The left form is what CSV keeps of merged cells, the right one what a spreadsheet's merged cells become when they are
//! spread. Both give 「開館時間_開始」 and 「開館時間_終了」. Rows are joined only where the second row can be nothing but
//! names inside groups; a row that may be a record stays one.

use std::collections::HashSet;

use super::shape::{filled, is_too_long, is_value};

/// Most rows of a header.
const MAX_HEIGHT: usize = 3;
/// Rows below that are looked at for what they hold under the names.
const ROWS_BELOW: usize = 12;

/// A header of several rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stack {
    /// How many rows, 2 or 3.
    pub(super) height: usize,
    /// The joined names: `group_name`.
    pub(super) cells: Vec<String>,
    /// The name inside the group alone, by column.
    pub(super) inner: Vec<String>,
}

/// The header of several rows whose first row is the first one handed in.
pub(super) fn stack_at(rows: &[Vec<String>], is_known: &dyn Fn(&str) -> bool) -> Option<Stack> {
    (2..=MAX_HEIGHT.min(rows.len())).rev().find_map(|height| {
        let (header, below) = rows.split_at(height);
        stack(header, &below[..below.len().min(ROWS_BELOW)], is_known)
    })
}

fn at(row: &[String], column: usize) -> &str {
    row.get(column).map_or("", |cell| cell.trim())
}

fn stack(header: &[Vec<String>], below: &[Vec<String>], is_known: &dyn Fn(&str) -> bool) -> Option<Stack> {
    let width = header.iter().map(Vec::len).max()?;
    let is_named = |row: &Vec<String>| {
        filled(row) > 0 && row.iter().all(|cell| cell.trim().is_empty() || !is_value(cell) && !is_too_long(cell))
    };
    if !header.iter().all(is_named) || below.iter().all(|row| filled(row) == 0) {
        return None;
    }
    let first: HashSet<&str> =
        (0..width).map(|column| at(&header[0], column)).filter(|cell| !cell.is_empty()).collect();
    if first.len() < 2 {
        // A title over the whole table.
        return None;
    }
    let mut levels: Vec<Vec<String>> = Vec::with_capacity(header.len());
    for (level, row) in header.iter().enumerate() {
        let inside = header.get(level + 1);
        levels.push(match inside {
            Some(inside) => carried(row, inside, levels.last(), &header[level + 1..], width),
            None => (0..width).map(|column| at(row, column).to_owned()).collect(),
        });
    }
    for pair in levels.windows(2) {
        if !has_group(&pair[0], &pair[1]) {
            return None;
        }
    }
    let (cells, inner) = join(&levels, width);
    let named: Vec<&String> = cells.iter().filter(|cell| !cell.is_empty()).collect();
    let different: HashSet<&&String> = named.iter().collect();
    if different.len() * 10 < named.len() * 9 {
        return None;
    }
    let last = levels.last()?;
    let is_sure = spread_down(&levels) || opens_below(&levels, below, width) || is_words(last, below, is_known);
    is_sure.then_some(Stack { height: header.len(), cells, inner })
}

/// A row of group names with each group carried over its columns.
fn carried(
    row: &[String],
    inside: &[String],
    above: Option<&Vec<String>>,
    deeper: &[Vec<String>],
    width: usize,
) -> Vec<String> {
    let is_named_below = |column: usize| deeper.iter().any(|row| !at(row, column).is_empty());
    // Where every column has a name inside, nothing says where a group ends but that the names inside repeat.
    let is_full = (0..width).all(|column| at(row, column).is_empty() || !at(inside, column).is_empty());
    let repeats = |column: usize| {
        let name = at(inside, column);
        (0..width).filter(|other| at(inside, *other) == name).count() > 1
    };
    let mut carried: Vec<String> = Vec::with_capacity(width);
    for column in 0..width {
        let own = at(row, column);
        let is_same_group_above = above.is_none_or(|above| column > 0 && above.get(column) == above.get(column - 1));
        let carries = own.is_empty()
            && column > 0
            && is_named_below(column)
            && is_named_below(column - 1)
            && is_same_group_above
            && (!is_full || repeats(column));
        let name = if carries { carried.last().cloned().unwrap_or_default() } else { own.to_owned() };
        carried.push(name);
    }
    carried
}

/// Whether two neighbouring columns stand under one group with different names.
fn has_group(groups: &[String], names: &[String]) -> bool {
    groups.windows(2).zip(names.windows(2)).any(|(group, name)| {
        !group[0].is_empty()
            && group[0] == group[1]
            && !name[0].is_empty()
            && !name[1].is_empty()
            && name[0] != name[1]
            && name[0] != group[0]
            && name[1] != group[0]
    })
}

fn join(levels: &[Vec<String>], width: usize) -> (Vec<String>, Vec<String>) {
    (0..width)
        .map(|column| {
            let mut parts: Vec<&str> = Vec::with_capacity(levels.len());
            for level in levels {
                let part = level.get(column).map_or("", String::as_str);
                if !part.is_empty() && parts.last() != Some(&part) {
                    parts.push(part);
                }
            }
            (parts.join("_"), parts.last().copied().unwrap_or_default().to_owned())
        })
        .unzip()
}

/// Cells merged over all rows of the header and spread: the same name in each of them, beside groups.
fn spread_down(levels: &[Vec<String>]) -> bool {
    levels.windows(2).all(|pair| pair[0].iter().zip(&pair[1]).any(|(upper, lower)| !upper.is_empty() && upper == lower))
}

/// The rows below have values in columns that the last row of the header leaves empty: it is no record of its own.
fn opens_below(levels: &[Vec<String>], below: &[Vec<String>], width: usize) -> bool {
    let Some(last) = levels.last() else { return false };
    (0..width).any(|column| {
        let is_open = last.get(column).is_none_or(String::is_empty)
            && levels.iter().any(|level| level.get(column).is_some_and(|cell| !cell.is_empty()));
        is_open && below.iter().any(|row| !at(row, column).is_empty())
    })
}

/// The last row names what stands below: values under its words, or words that name columns.
fn is_words(last: &[String], below: &[Vec<String>], is_known: &dyn Fn(&str) -> bool) -> bool {
    let named: Vec<(usize, &str)> = last
        .iter()
        .enumerate()
        .map(|(column, cell)| (column, cell.trim()))
        .filter(|(_, cell)| !cell.is_empty())
        .collect();
    let known = named.iter().filter(|(_, cell)| is_known(cell)).count();
    let over_values = named.iter().filter(|(column, _)| {
        let cells: Vec<&str> = below.iter().map(|row| at(row, *column)).filter(|cell| !cell.is_empty()).collect();
        !cells.is_empty() && cells.iter().filter(|cell| is_value(cell)).count() * 5 >= cells.len() * 4
    });
    known * 2 >= named.len() && known > 0 || over_values.count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&str]) -> Vec<Vec<String>> {
        lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    fn joined(lines: &[&str]) -> Option<String> {
        stack_at(&rows(lines), &|_| false).map(|stack| format!("{} {}", stack.height, stack.cells.join(",")))
    }

    #[test]
    fn groups_are_joined_with_the_names_inside_them() {
        let expected = Some("2 No,施設名,開館時間_開始,開館時間_終了,備考".to_owned());
        assert_eq!(joined(&["No,施設名,開館時間,,備考", ",,開始,終了,", "1,図書館,9:00,17:00,"]), expected);
        let spread = ["No,施設名,開館時間,開館時間,備考", "No,施設名,開始,終了,備考", "1,図書館,9:00,17:00,"];
        assert_eq!(joined(&spread), expected);
        assert_eq!(
            joined(&["地区,人口,,,世帯", ",総数,男女別,,", ",,男,女,", "東,10,4,6,3", "西,8,4,4,2"]).as_deref(),
            Some("3 地区,人口_総数,人口_男女別_男,人口_男女別_女,世帯")
        );
        assert_eq!(
            joined(&[",平日,,土日,,", "名称,開始,終了,開始,終了,備考", "A,9:00,17:00,10:00,16:00,x"]).as_deref(),
            Some("2 名称,平日_開始,平日_終了,土日_開始,土日_終了,備考")
        );
    }

    #[test]
    fn what_may_be_a_record_or_a_title_is_not_joined() {
        for lines in [
            &["名称,診療科,診療科,診療科", "山田医院,内科,外科,小児科", "川本医院,内科,眼科,耳鼻科"][..],
            &["AED一覧,,,", "番号,名称,住所,電話", "1,市役所,本町,054"],
            &["AED一覧,AED一覧,AED一覧", "番号,名称,住所", "1,市役所,本町"],
            &["地区,人口,人口", "東,1,2", "西,3,4"],
            &["名称,住所,備考", "市役所,本町,", "公民館,西町,"],
            &["名称,診療科,,備考", "山田医院,内科,外科,駅前", "川本医院,眼科,,"],
        ] {
            assert_eq!(joined(lines), None, "{lines:?}");
        }
    }
}
