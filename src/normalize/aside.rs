//! Tables that stand beside each other on one sheet, an empty column between them.
//!
//! A spreadsheet also has empty columns for looks, and a split there would tear records apart. So tables are told apart
//! only where nothing else is possible: the same names stand in both headers, each has a title of its own above it, or
//! rows go on in the right one where the left one has ended.

use std::collections::HashSet;
use std::ops::Range;

use crate::schema::{Schemas, fold_header};

use super::text;

/// The columns of each table, where the rows hold several beside each other; empty where they are one. `header` is the
/// row of the header.
pub(super) fn blocks(rows: &[Vec<String>], header: usize, schemas: &Schemas) -> Vec<Range<usize>> {
    let Some(names) = rows.get(header) else { return Vec::new() };
    let width = rows.iter().skip(header).map(Vec::len).max().unwrap_or(0);
    let below = &rows[header + 1..];
    let cell = |row: &[String], column: usize| row.get(column).is_some_and(|cell| !text::is_blank(cell));
    let is_empty = |column: usize| !rows[header..].iter().any(|row| cell(row, column));
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for column in (0..width).filter(|column| !is_empty(*column)) {
        match blocks.last_mut() {
            Some(last) if last.end == column => last.end = column + 1,
            _ => blocks.push(column..column + 1),
        }
    }
    let part = |row: &[String], block: &Range<usize>| -> Vec<String> {
        block.clone().map(|column| row.get(column).cloned().unwrap_or_default()).collect()
    };
    let is_table = |block: &Range<usize>| {
        let rows: Vec<Vec<String>> = below.iter().map(|row| part(row, block)).collect();
        block.len() > 1
            && rows.iter().any(|row| row.iter().any(|cell| !text::is_blank(cell)))
            && schemas.is_header_beyond_doubt(&part(names, block), &rows)
    };
    if blocks.len() < 2 || !blocks.iter().all(is_table) {
        return Vec::new();
    }
    // A text between them above the header can only be a title of all; names there belong to a table that is one.
    let is_outside = |row: &Vec<String>| {
        row.iter().enumerate().any(|(at, _)| cell(row, at) && !blocks.iter().any(|block| block.contains(&at)))
    };
    if rows[..header].iter().any(|row| is_outside(row) && row.iter().filter(|cell| !text::is_blank(cell)).count() > 1) {
        return Vec::new();
    }
    let folded = |block: &Range<usize>| -> HashSet<String> {
        part(names, block).iter().map(|name| fold_header(name)).filter(|name| !name.is_empty()).collect()
    };
    let first = folded(&blocks[0]);
    let are_same = blocks.iter().skip(1).all(|block| folded(block) == first);
    let has_titles = rows[..header].iter().any(|row| {
        blocks.iter().all(|block| cell(row, block.start) && block.clone().skip(1).all(|column| !cell(row, column)))
    });
    let goes_on = blocks.windows(2).all(|pair| {
        let filled = |block: &Range<usize>| {
            below.iter().rposition(|row| block.clone().any(|column| cell(row, column))).unwrap_or(0)
        };
        filled(&pair[1]) > filled(&pair[0])
    });
    if are_same || has_titles || goes_on { blocks } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(lines: &[&str], header: usize) -> Vec<Range<usize>> {
        let rows: Vec<Vec<String>> = lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        blocks(&rows, header, Schemas::bundled())
    }

    #[test]
    fn tables_beside_each_other_are_told_apart_only_where_it_is_sure() {
        let same = ["番号,名称,,番号,名称", "1,市役所,,3,図書館", "2,公民館,,4,体育館"];
        assert_eq!(found(&same, 0), [0..2, 3..5]);
        let titles = ["地区別人口,,,施設数,", "地区,人口,,種別,件数", "東,10,,学校,3", "西,20,,公園,4"];
        assert_eq!(found(&titles, 1), [0..2, 3..5]);
        let longer = ["地区,人口,,種別,件数", "東,10,,学校,3", ",,,公園,4"];
        assert_eq!(found(&longer, 0), [0..2, 3..5]);
        let spacer = ["番号,名称,,住所,電話番号", "1,市役所,,本町,054-1", "2,公民館,,西町,054-2"];
        assert!(found(&spacer, 0).is_empty());
        let above = ["地区,人口,世帯数,面積,備考", "番号,名称,,番号,名称", "1,市役所,,3,図書館"];
        assert!(found(&above, 1).is_empty());
        let remark = ["番号,名称,,備考", "1,市役所,,", "2,公民館,,x"];
        assert!(found(&remark, 0).is_empty());
    }
}
