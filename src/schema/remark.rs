//! Rows right below a header that are no records: units, what is required, of what kind, an example, numbers of columns.

use unicode_normalization::UnicodeNormalization as _;

use super::shape::filled;

/// Most such rows below one header.
const MAX_REMARKS: usize = 4;
/// Fewest plain numbers 1, 2, 3 … in a row that number its columns: fewer may be a record.
const MIN_NUMBERED: usize = 10;

/// Units of columns.
pub(super) const UNITS: &[&str] = &[
    "人",
    "名",
    "世帯",
    "件",
    "箇所",
    "か所",
    "ヶ所",
    "カ所",
    "台",
    "基",
    "棟",
    "戸",
    "席",
    "床",
    "円",
    "千円",
    "百万円",
    "m",
    "mm",
    "cm",
    "km",
    "m2",
    "km2",
    "m3",
    "㎡",
    "ha",
    "t",
    "kg",
    "g",
    "l",
    "kl",
    "%",
    "分",
    "時",
    "時間",
    "歳",
    "年",
    "回",
    "本",
    "度",
    "人/km2",
    "人日",
    "kcal",
    "mg",
    "μg",
    "℃",
    "枚",
    "冊",
    "社",
    "校",
    "園",
    "組",
    "平方メートル",
    "メートル",
];

const DEMANDS: &[&str] = &[
    "必須",
    "任意",
    "推奨",
    "必須項目",
    "任意項目",
    "推奨項目",
    "条件付必須",
    "条件付き必須",
    "◎",
    "○",
    "〇",
    "選択",
    "-",
];

const KINDS: &[&str] = &[
    "文字列",
    "数値",
    "整数",
    "小数",
    "日付",
    "時刻",
    "文字",
    "数字",
    "半角数字",
    "半角英数字",
    "半角英数",
    "全角",
    "半角",
    "全角カナ",
    "全角カタカナ",
    "uri",
    "url",
    "文字列(半角数字)",
    "文字列(半角英数字)",
    "文字列(全角カナ)",
    "文字列(統制語彙)",
    "小数点数",
    "テキスト",
    "text",
    "string",
    "number",
    "integer",
    "date",
    "boolean",
    "float",
];

const EXAMPLES: &[&str] = &["記入例", "記載例", "入力例", "例", "サンプル", "見本", "example", "sample"];

/// How many rows below a header are no records.
pub(super) fn remark_rows(below: &[Vec<String>]) -> usize {
    // At least one row must be left to be the data.
    let most = MAX_REMARKS.min(below.iter().filter(|row| filled(row) > 0).count().saturating_sub(1));
    below.iter().take(most).take_while(|row| is_remark(row)).count()
}

fn is_remark(row: &[String]) -> bool {
    let cells: Vec<String> = row
        .iter()
        .map(|cell| cell.trim())
        .filter(|cell| !cell.is_empty())
        .map(|cell| cell.nfkc().flat_map(char::to_lowercase).filter(|letter| !letter.is_whitespace()).collect())
        .collect();
    let Some(first) = cells.first() else { return false };
    let all_of = |words: &[&str]| cells.iter().all(|cell| words.contains(&bare(cell)));
    let is_example = EXAMPLES.contains(&bare(first.trim_end_matches(':')));
    let is_units =
        all_of(UNITS) || first.starts_with("単位") && cells.iter().skip(1).all(|cell| UNITS.contains(&bare(cell)));
    let is_demands =
        cells.len() > 2 && all_of(DEMANDS) && cells.iter().any(|cell| !matches!(bare(cell), "○" | "〇" | "-"));
    let is_kinds = cells.len() > 2 && all_of(KINDS);
    let numbered = cells.iter().enumerate().all(|(at, cell)| number(cell) == Some(at + 1));
    let is_bracketed = row.iter().all(|cell| cell.trim().is_empty() || cell.trim().parse::<u32>().is_err());
    let is_numbers = numbered && (cells.len() >= MIN_NUMBERED || is_bracketed && cells.len() > 2);
    is_example || is_units || is_demands || is_kinds || is_numbers
}

/// Without brackets around it.
fn bare(cell: &str) -> &str {
    let inner =
        cell.strip_prefix(['(', '[', '【', '<', '〔']).and_then(|cell| cell.strip_suffix([')', ']', '】', '>', '〕']));
    inner.filter(|inner| !inner.is_empty()).unwrap_or(cell)
}

fn number(cell: &str) -> Option<usize> {
    bare(cell).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(lines: &[&str]) -> usize {
        let rows: Vec<Vec<String>> = lines.iter().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        remark_rows(&rows)
    }

    #[test]
    fn units_demands_kinds_examples_and_numbers_are_no_records() {
        for (row, expected) in [
            (",,(人),（世帯）", 1),
            (",,(時),(時)", 1),
            ("単位,,人,世帯", 1),
            ("◎,◎,○,", 1),
            ("必須,必須,任意,任意", 1),
            ("文字列,数値,日付", 1),
            ("記入例,市役所,本町,34.8", 1),
            ("（例）,市役所,本町,34.8", 1),
            ("①,②,③,④", 1),
            ("(1),(2),(3)", 1),
            ("1,2,3,4", 0),
            ("○,○,○,", 0),
            ("例会,月,火,水", 0),
            ("市役所,人,3,", 0),
        ] {
            assert_eq!(count(&[row, "1,市役所,本町,x"]), expected, "{row}");
        }
        assert_eq!(count(&["◎,◎,○", "文字列,数値,日付", "記入例,1,2", "a,b,c"]), 3);
        assert_eq!(count(&["(人),(人),(人)"]), 0, "a table needs a record");
    }
}
