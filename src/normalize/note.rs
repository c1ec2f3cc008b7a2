//! Rows that stand under a table and are no records: remarks, sources, dates of update.

use crate::read::Row;

use super::text;

/// What a remark begins with. Compared at the beginning of the first filled cell, blanks and opening brackets left out.
const MARKS: &[&str] = &[
    "※",
    "＊",
    "*",
    "注)",
    "注）",
    "注:",
    "注：",
    "注1",
    "注１",
    "注2",
    "注２",
    "注釈",
    "注記",
    "注意",
    "注 ",
    "注　",
    "備考:",
    "備考：",
    "備考)",
    "備考）",
    "出典",
    "出所",
    "資料:",
    "資料：",
    "資料 ",
    "資料出所",
    "資料提供",
    "更新日",
    "最終更新",
    "作成日",
    "更新:",
    "更新：",
    "問い合わせ先:",
    "問い合わせ先：",
    "お問い合わせ",
    "問合せ先",
    "凡例",
    "以上",
    "(注",
    "（注",
    "ライセンス",
    "©",
];

/// How much of a row is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// Nothing.
    Blank,
    /// One text, in one cell or spread over merged ones.
    Lone,
    /// Two different texts.
    Pair,
    /// More.
    Dense,
}

/// How much of a row is filled. Looks no further than the third text.
pub(super) fn filled(row: &Row<'_>) -> Filled {
    let mut seen: [&str; 2] = ["", ""];
    let mut count = 0;
    for cell in row.cells {
        let found = cell.text();
        if text::is_blank(found) || seen[..count].contains(&found) {
            continue;
        }
        if count == 2 {
            return Filled::Dense;
        }
        seen[count] = found;
        count += 1;
    }
    match count {
        0 => Filled::Blank,
        1 => Filled::Lone,
        _ => Filled::Pair,
    }
}

/// Whether the first text of a row begins as remarks do.
pub(super) fn is_marked(row: &Row<'_>) -> bool {
    let first = row.cells.iter().map(|cell| cell.text()).find(|cell| !text::is_blank(cell));
    first.is_some_and(|first| {
        let first = text::trim(first).trim_start_matches(['【', '〔', '[', '<', '＜']);
        MARKS.iter().any(|mark| first.starts_with(mark))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Cell;

    #[test]
    fn remarks_are_told_by_how_they_begin() {
        let marked =
            |text: &str| is_marked(&Row { number: 1, cells: &[Cell::Empty, Cell::Text(text)], geometry: None });
        for text in [
            "※令和6年4月1日現在",
            "注）数値は概数",
            "（注）端数処理",
            "出典：総務省",
            "【出典】国勢調査",
            "更新日：2024/4/1",
        ] {
            assert!(marked(text), "{text}");
        }
        for text in ["市役所", "注文住宅展示場", "資料館", "合計", "備考"] {
            assert!(!marked(text), "{text}");
        }
    }
}
