//! Tables that stand beside each other on one sheet, an empty column between them.
//!
//! A spreadsheet also has empty columns for looks, and a split there would tear records apart. So tables are told apart
//! only where nothing else is possible: the same names stand in both headers, each has a title of its own above it, or
//! rows go on in the right one where the left one has ended.

use std::collections::HashSet;
use std::ops::Range;

use crate::schema::{Schemas, fold_header};

use super::text;

/// Fewest columns of a table that stands beside its like without an empty column between them.
const MIN_REPEATED: usize = 2;

/// The columns of each table, where the same names follow each other in one header without an empty column between them:
/// `町名,世帯数,人口,町名,世帯数,人口`. One list was folded to fit the paper.
///
/// A row above that names groups (午前, 午後) makes the repeated names part of one record, and so nothing is cut.
pub(super) fn repeated(rows: &[Vec<String>], header: usize, schemas: &Schemas) -> Vec<Range<usize>> {
    let Some(names) = rows.get(header) else { return Vec::new() };
    let width = names.iter().rposition(|name| !text::is_blank(name)).map_or(0, |last| last + 1);
    let folded: Vec<String> = names[..width].iter().map(|name| fold_header(name)).collect();
    if folded.iter().any(String::is_empty) {
        return Vec::new();
    }
    let is_group_above = rows[..header].iter().any(|row| row.iter().filter(|cell| !text::is_blank(cell)).count() > 1);
    let below = &rows[header + 1..];
    let is_wider = below.iter().any(|row| row.iter().skip(width).any(|cell| !text::is_blank(cell)));
    if is_group_above || is_wider || below.is_empty() {
        return Vec::new();
    }
    let part = |row: &[String], block: &Range<usize>| -> Vec<String> {
        block.clone().map(|column| row.get(column).cloned().unwrap_or_default()).collect()
    };
    let period = (MIN_REPEATED..=width / 2)
        .find(|period| width % period == 0 && (*period..width).all(|at| folded[at] == folded[at % period]));
    let Some(period) = period else { return Vec::new() };
    // Names that repeat inside of one part (計, 男, 女, 計, 男, 女) are those of groups.
    let differ = (0..period).all(|at| !folded[..at].contains(&folded[at]));
    let blocks: Vec<Range<usize>> = (0..width / period).map(|number| number * period..(number + 1) * period).collect();
    let is_table = |block: &Range<usize>| {
        let rows: Vec<Vec<String>> = below.iter().map(|row| part(row, block)).collect();
        rows.iter().any(|row| row.iter().any(|cell| !text::is_blank(cell)))
            && schemas.is_header_beyond_doubt(&part(names, block), &rows)
    };
    // Each part must begin with what names its records; 開始, 終了, 開始, 終了 are times of one record.
    let is_key = schemas.known_names(&folded[..1]) > 0 && !NO_KEYS.iter().any(|word| folded[0].contains(word));
    if differ && is_key && blocks.iter().all(is_table) { blocks } else { Vec::new() }
}

/// Words in the first name of a part that make it a time, a count or a way to reach somebody, not a key.
const NO_KEYS: &[&str] =
    &["時", "日", "曜", "電話", "tel", "fax", "電子", "url", "緯度", "経度", "計", "総数", "男", "女", "人数"];

/// The columns of each table, where tables stand beside each other and begin in different rows, an empty column between
/// them all the way down.
pub(super) fn staggered(rows: &[Vec<String>], schemas: &Schemas) -> Vec<Range<usize>> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: &[String], column: usize| row.get(column).is_some_and(|cell| !text::is_blank(cell));
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for column in (0..width).filter(|column| rows.iter().any(|row| cell(row, *column))) {
        match blocks.last_mut() {
            Some(last) if last.end == column => last.end = column + 1,
            _ => blocks.push(column..column + 1),
        }
    }
    if blocks.len() < 2 || blocks.iter().any(|block| block.len() < 2) {
        return Vec::new();
    }
    let filled = |row: &[String], block: &Range<usize>| block.clone().filter(|column| cell(row, *column)).count();
    let mut headers = Vec::new();
    for block in &blocks {
        let part: Vec<Vec<String>> = rows
            .iter()
            .map(|row| block.clone().map(|column| row.get(column).cloned().unwrap_or_default()).collect())
            .collect();
        // The first row in which all columns have a name; above it stands at most a title.
        let Some(header) = rows.iter().position(|row| filled(row, block) > 1) else { return Vec::new() };
        let below = &part[header + 1..];
        let has_rows = below.iter().any(|row| row.iter().any(|cell| !text::is_blank(cell)));
        if filled(&rows[header], block) < block.len() || !has_rows {
            return Vec::new();
        }
        if !schemas.is_header_beyond_doubt(&part[header], below) || schemas.known_names(&part[header]) == 0 {
            return Vec::new();
        }
        headers.push(header);
    }
    // Tables that begin in the same row are told apart by other signs.
    if headers.windows(2).all(|pair| pair[0] == pair[1]) { Vec::new() } else { blocks }
}

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

    fn split(lines: &[&str], header: usize, is_staggered: bool) -> Vec<Range<usize>> {
        let rows: Vec<Vec<String>> = lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        if is_staggered { staggered(&rows, Schemas::bundled()) } else { repeated(&rows, header, Schemas::bundled()) }
    }

    #[test]
    fn a_list_folded_to_fit_the_paper_is_cut_where_its_names_begin_again() {
        let folded =
            ["名称,住所,電話番号,名称,住所,電話番号", "市役所,本町,054-1,図書館,西町,054-3", "公民館,東町,054-2,,,"];
        assert_eq!(split(&folded, 0, false), [0..3, 3..6]);
        let three = ["番号,名称,番号,名称,番号,名称", "1,市役所,2,公民館,3,図書館"];
        assert_eq!(split(&three, 0, false), [0..2, 2..4, 4..6]);
        for one in [
            ["開始時間,終了時間,開始時間,終了時間", "9:00,12:00,13:00,17:00"],
            ["名称,電話番号,電話番号,名称", "a,1,2,b"],
            ["名称,住所,住所,名称", "a,1,2,b"],
            ["計,男,女,計,男,女", "2,1,1,2,1,1"],
        ] {
            assert!(split(&one, 0, false).is_empty(), "{one:?}");
        }
        let groups = ["午前,,午後,", "名称,住所,名称,住所", "市役所,本町,図書館,西町"];
        assert!(split(&groups, 1, false).is_empty());
    }

    #[test]
    fn tables_that_begin_in_different_rows_are_told_apart_by_their_headers() {
        let two =
            ["名称,住所,,,", "市役所,本町1,,,", "公民館,西町2,,名称,電話番号", ",,,図書館,054-1", ",,,体育館,054-2"];
        assert_eq!(split(&two, 0, true), [0..2, 3..5]);
        let one = ["名称,住所,,備考,電話番号", "市役所,本町1,,,", "公民館,西町2,,x,054-1"];
        assert!(split(&one, 0, true).is_empty());
        let late = ["名称,住所,,,", "市役所,本町1,,,", "公民館,西町2,,x,054-1", "図書館,西町3,,y,054-1"];
        assert!(split(&late, 0, true).is_empty());
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
