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

/// Signs that a legend explains.
const SIGNS: &[char] = &['★', '☆', '●', '○', '〇', '◎', '◇', '◆', '■', '□', '▲', '△', '▼', '▽', '×', '✕'];
/// Shortest text that is taken for a sentence by its full stop, and by its length alone, in characters: names of
/// facilities are shorter.
const SENTENCE_CHARS: [usize; 2] = [15, 40];

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

/// Whether a text is a sentence rather than a name.
pub(super) fn is_sentence(found: &str) -> bool {
    // A character has at most four bytes, those of Japanese three.
    if found.len() < SENTENCE_CHARS[0] * 2 {
        return false;
    }
    let found = text::trim(found);
    let count = found.chars().count();
    count >= SENTENCE_CHARS[1] || count >= SENTENCE_CHARS[0] && found.contains(['。', '．'])
}

/// Whether a row holds a sentence in its first cell and nothing else.
pub(super) fn is_lone_sentence(row: &Row<'_>) -> bool {
    let mut cells = row.cells.iter().map(|cell| cell.text());
    cells.next().is_some_and(is_sentence) && cells.all(text::is_blank)
}

/// Whether the only text of a row says what a sign in the table means: `★印は…`, `☆：…`.
pub(super) fn is_legend(row: &Row<'_>) -> bool {
    let first = row.cells.iter().map(|cell| cell.text()).find(|cell| !text::is_blank(cell));
    let rest = first.and_then(|first| text::trim(first).strip_prefix(SIGNS));
    rest.is_some_and(|rest| {
        let rest = rest.trim_start_matches(|letter| text::is_blank_char(letter) || matches!(letter, '」' | '）' | ')'));
        ["印", "は", "…", "：", ":", "＝", "=", "のついた", "の付いた"].iter().any(|word| rest.starts_with(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Cell;

    #[test]
    fn legends_and_sentences_are_told_from_names() {
        let row = |text: &str, is_asked: fn(&Row<'_>) -> bool| {
            is_asked(&Row { number: 1, cells: &[Cell::Text(text), Cell::Empty], geometry: None })
        };
        for text in ["★印は広域基幹災害拠点病院", "☆：地域災害拠点中核病院", "● は休館日", "○＝あり"]
        {
            assert!(row(text, is_legend), "{text}");
        }
        for text in ["★中央公園", "●市役所", "はなみずき公園", "○"] {
            assert!(!row(text, is_legend), "{text}");
        }
        assert!(row("三次救急とは、三次救急医療施設をいう。", is_lone_sentence));
        for text in ["焼津市立総合病院", "社会福祉法人焼津福祉会みなと第二こども園", "駅前。"]
        {
            assert!(!row(text, is_lone_sentence), "{text}");
        }
        let pair = [Cell::Text("三次救急とは、三次救急医療施設をいう。"), Cell::Text("本町")];
        assert!(!is_lone_sentence(&Row { number: 1, cells: &pair, geometry: None }));
    }

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
