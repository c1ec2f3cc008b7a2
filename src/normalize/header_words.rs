//! What the words of a header say of the values below it.

use crate::schema::fold_header;

/// Words in a header that make its numbers codes: every digit counts, sums make no sense.
const CODE_WORDS: &[&str] = &[
    "コード",
    "番号",
    "id",
    "code",
    "no",
    "no.",
    "電話",
    "tel",
    "fax",
    "郵便",
    "〒",
    "zip",
    "phone",
    "内線",
    "記号",
    "区分",
    "年度",
];

/// How headers of days end.
const DAY_WORDS: &[&str] = &[
    "年月日",
    "日付",
    "日時",
    "設置日",
    "開設日",
    "更新日",
    "開始日",
    "終了日",
    "登録日",
    "指定日",
    "開催日",
    "契約日",
    "許可日",
    "公開日",
    "作成日",
];

/// Whether a column holds the code of the municipality that publishes the table.
pub(super) fn is_city_header(header: &str) -> bool {
    let folded = fold_header(header);
    ["全国地方公共団体コード", "都道府県コード又は市区町村コード", "市区町村コード", "市町村コード", "団体コード"]
        .iter()
        .any(|name| fold_header(name) == folded)
}

/// Whether a header speaks of days.
pub(super) fn is_day_header(header: &str) -> bool {
    let folded = fold_header(header);
    DAY_WORDS.iter().any(|word| folded.ends_with(word))
}

/// Whether the numbers below a header are codes.
pub(super) fn is_code_header(header: &str) -> bool {
    let folded = fold_header(header).to_lowercase();
    CODE_WORDS.iter().any(|word| {
        if word.is_ascii() {
            // Short Latin words only as a whole or at an end: `no` must not be found in `north`.
            folded == *word
                || folded.strip_suffix(word).is_some_and(|head| !head.ends_with(|c: char| c.is_ascii_alphabetic()))
                || folded.strip_prefix(word).is_some_and(|tail| !tail.starts_with(|c: char| c.is_ascii_alphabetic()))
        } else {
            folded.contains(&fold_header(word))
        }
    })
}
