//! Headers of two and three rows: group names over the names inside the groups.
//!
//! ```text
//! No, 施設名, 開館時間,     , 備考        No, 施設名, 開館時間, 開館時間, 備考
//!   ,      , 開始   , 終了,             No, 施設名, 開始   , 終了   , 備考
//! ```
//!
//! The left form is what CSV keeps of merged cells, the right one what a spreadsheet's merged cells become when they are
//! spread. Both give 「開館時間_開始」 and 「開館時間_終了」. Rows are joined only where the second row can be nothing but
//! names inside groups; a row that may be a record stays one. Rows of marks (※) and of units among the names are no names:
//! they take part of the header and give it nothing, but for names that stand beside units ([`Levels`]).

use std::collections::HashSet;

use super::levels::{Levels, MAX_HEIGHT};
use super::shape::{filled, is_too_long, is_value};

/// Rows below that are looked at for what they hold under the names.
const ROWS_BELOW: usize = 12;
/// Longest question of a survey that is taken for the name of a column (高松市: 106 characters).
const MAX_QUESTION_CHARS: usize = 200;

/// A header of several rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stack {
    /// How many rows, remarks among them included: 2 to 6.
    pub(super) height: usize,
    /// Which of the rows, from 0, hold remarks instead of names, or beside them.
    pub(super) remarks: Vec<usize>,
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
    let Levels { rows, remarks, has_units } = Levels::of(header)?;
    let (last, groups) = rows.split_last()?;
    if !groups.iter().all(|row| are_names(row, is_too_long))
        || !are_names(last, is_no_question)
        || below.iter().all(|row| filled(row) == 0)
    {
        return None;
    }
    let first: HashSet<&str> = (0..width).map(|column| at(&rows[0], column)).filter(|cell| !cell.is_empty()).collect();
    if first.len() < 2 {
        // A title over the whole table.
        return None;
    }
    let mut levels: Vec<Vec<String>> = Vec::with_capacity(rows.len());
    for (level, row) in rows.iter().enumerate() {
        let deeper = &rows[level + 1..];
        levels.push(if deeper.is_empty() {
            (0..width).map(|column| at(row, column).to_owned()).collect()
        } else {
            carried(row, deeper, levels.last(), width)
        });
    }
    for level in 1..levels.len() {
        let below: Vec<String> = join(&levels[level..], width).0;
        if !has_group(&levels[level - 1], &below) {
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
    let is_sure =
        has_units || spread_down(&levels) || opens_below(&levels, below, width) || is_words(last, below, is_known);
    is_sure.then_some(Stack { height: header.len(), remarks, cells, inner })
}

/// Whether a row has names and nothing else.
fn are_names(row: &[String], is_too_long: fn(&str) -> bool) -> bool {
    filled(row) > 0 && row.iter().all(|cell| cell.trim().is_empty() || !is_value(cell) && !is_too_long(cell))
}

/// Whether a cell is too long even for a question of a survey, which stands under the name of a group.
fn is_no_question(cell: &str) -> bool {
    cell.chars().nth(MAX_QUESTION_CHARS).is_some()
}

/// A row of group names with each group carried over its columns.
fn carried(row: &[String], deeper: &[Vec<String>], above: Option<&Vec<String>>, width: usize) -> Vec<String> {
    let names: Vec<&str> = (0..width)
        .map(|column| deeper.iter().map(|row| at(row, column)).find(|cell| !cell.is_empty()).unwrap_or(""))
        .collect();
    // Which group of the row a column would belong to.
    let mut run = 0;
    let runs: Vec<usize> = (0..width)
        .map(|column| {
            run += usize::from(!at(row, column).is_empty());
            run
        })
        .collect();
    // Where every group has a name inside, no column stands beside the groups, and nothing says where a group ends but
    // that other groups have the same names inside.
    let is_full = (0..width).all(|column| at(row, column).is_empty() || !names[column].is_empty());
    let repeats = |column: usize| {
        !names[column].is_empty()
            && (0..width).any(|other| runs[other] > 0 && runs[other] != runs[column] && names[other] == names[column])
    };
    let repeating: HashSet<usize> = (0..width).filter(|column| repeats(*column)).map(|column| runs[column]).collect();
    // Once the row is known to hold groups, one whose names are its own goes on to the next group.
    let are_groups = above.is_some() || !repeating.is_empty();
    let mut carried: Vec<String> = Vec::with_capacity(width);
    for column in 0..width {
        let own = at(row, column);
        let is_same_group_above = above.is_none_or(|above| column > 0 && above.get(column) == above.get(column - 1));
        let goes_on = !is_full || repeats(column) || are_groups && !repeating.contains(&runs[column]);
        let carries = own.is_empty()
            && column > 0
            && !names[column].is_empty()
            && !names[column - 1].is_empty()
            && is_same_group_above
            && goes_on;
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
    fn marks_and_units_among_the_names_are_no_names() {
        // The form of the census: names of columns without a unit stand in the row of the units.
        let lines = [
            "地域,,総人口,,,年齢別（男）,,年齢別（女）,,,世帯,",
            ",,総数,男,女,15歳未満,65歳以上,15歳未満,65歳以上,性比,総世帯,一般世帯",
            ",,,,,※,※,※1,※,,,",
            "県名,市名,（人）,（人）,（人）,（人）,（人）,（人）,（人）,,（世帯）,（世帯）",
            "北海道,札幌市,9,4,5,1,1,1,1,90,3,3",
            "北海道,函館市,8,4,4,1,1,1,1,91,3,3",
        ];
        let stack = stack_at(&rows(&lines), &|_| false).expect("a header");
        assert_eq!((stack.height, stack.remarks), (4, vec![2, 3]));
        assert_eq!(
            stack.cells.join(","),
            "地域_県名,地域_市名,総人口_総数,総人口_男,総人口_女,年齢別（男）_15歳未満,年齢別（男）_65歳以上,\
             年齢別（女）_15歳未満,年齢別（女）_65歳以上,性比,世帯_総世帯,世帯_一般世帯"
        );
        let one_level = ["地域,,人口,世帯", "県名,市名,(人),(世帯)", "北海道,札幌市,9,3"];
        assert_eq!(joined(&one_level).as_deref(), Some("2 地域_県名,地域_市名,人口,世帯"));
    }

    #[test]
    fn long_questions_stand_under_their_groups() {
        let long = format!("現在{}幸せですか。", "とても".repeat(30));
        let lines = [
            ",,属性,属性,幸福度,幸福度,医療".to_owned(),
            format!(",回答者ID,性別,年代,{long},将来,医療機関"),
            ",10001,,,6,5,4".to_owned(),
            ",10002,,,7,6,3".to_owned(),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let expected = format!("2 ,回答者ID,属性_性別,属性_年代,幸福度_{long},幸福度_将来,医療_医療機関");
        assert_eq!(joined(&lines), Some(expected));
    }

    #[test]
    fn what_may_be_a_record_or_a_title_is_not_joined() {
        for lines in [
            &["名称,診療科,診療科,診療科", "山田医院,内科,外科,小児科", "川本医院,内科,眼科,耳鼻科"][..],
            &["AED一覧,,,", "番号,名称,住所,電話", "1,市役所,本町,054"],
            &["AED一覧,AED一覧,AED一覧", "番号,名称,住所", "1,市役所,本町"],
            &["地区,人口,人口", "東,1,2", "西,3,4"],
            &[
                "更新日：令和6年,,,担当：総務課,,",
                "番号,名称,住所,電話,備考,定員",
                "1,市役所,本町,054,,3",
                "2,公民館,西町,054,,4",
            ],
            &["名称,住所,備考", "市役所,本町,", "公民館,西町,"],
            &["名称,診療科,,備考", "山田医院,内科,外科,駅前", "川本医院,眼科,,"],
        ] {
            assert_eq!(joined(lines), None, "{lines:?}");
        }
    }
}
