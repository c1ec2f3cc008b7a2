//! Names of columns that no source of the standard lists, but that people write every day.
//!
//! They stand in lists of every kind, so they never say which sheet a table is; they only find the place of a column
//! once other columns have said it. A word is listed only where it cannot mean another field of the same sheet.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::fold::fold_header;
use super::models::{KEYS, population_key};
use super::sheet::Sheet;

/// Field name, other words for it.
const WORDS: &[(&str, &[&str])] = &[
    ("名称", &["施設名称", "施設の名称"]),
    (
        "名称_カナ",
        &["名称フリガナ", "名称ふりがな", "名称よみ", "施設名カナ", "施設名フリガナ", "フリガナ", "ふりがな"],
    ),
    ("名称カナ", &["名称_カナ", "名称フリガナ", "フリガナ", "ふりがな"]),
    ("名称_英字", &["英語名称", "英語表記"]),
    ("名称_英語", &["英語名称", "英語表記"]),
    ("名称英字", &["名称_英字", "名称_英語"]),
    ("所在地_連結表記", &["所在地住所", "施設所在地", "所在地(住所)", "住所(所在地)"]),
    ("所在地", &["所在地_連結表記", "住所"]),
    ("都道府県", &["所在地_都道府県", "都道府県名"]),
    ("市区町村", &["所在地_市区町村", "市区町村名"]),
    ("町字", &["所在地_町字"]),
    ("番地以下", &["所在地_番地以下"]),
    ("建物名等(方書)", &["建物名"]),
    ("緯度", &["北緯", "lat"]),
    ("経度", &["東経", "lon", "lng"]),
    ("電話番号", &["電話", "tel", "連絡先電話番号"]),
    ("FAX番号", &["fax", "ファックス番号"]),
    ("郵便番号", &["〒"]),
    ("URL", &["ホームページ", "ホームページurl", "ホームページアドレス", "ウェブサイト", "hp"]),
    ("全国地方公共団体コード", &["地方公共団体コード", "団体コード", "市町村コード"]),
    ("設置位置", &["設置場所詳細", "設置位置詳細"]),
    ("ID", &["id番号", "施設id"]),
    ("学校名称カナ", &["学校名称_カナ"]),
    ("学校名称", &["学校名"]),
    ("施設_ID", &["施設id"]),
    ("施設ID", &["施設_id"]),
];

/// Sheet 13 states these English names one row too low; whoever uses them may mean either field.
const SHIFTED: [&str; 3] = ["urinalFemaleToilet", "japaneseStyleFemaleToilet", "westernStyleFemaleToilet"];

/// English and physical names by field name, from every sheet that states them: sheets share their common columns.
#[derive(Debug, Default)]
pub(super) struct Pool<'s>(HashMap<&'s str, Vec<&'s str>>);

impl<'s> Pool<'s> {
    pub(super) fn new(sheets: &'s [Sheet]) -> Self {
        let mut pool: HashMap<&str, Vec<&str>> = HashMap::new();
        for field in sheets.iter().flat_map(|sheet| &sheet.fields) {
            for name in [field.english.as_str(), field.physical_name.as_str()] {
                let names = pool.entry(field.name.as_str()).or_default();
                if !name.is_empty() && !SHIFTED.contains(&name) && !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        Self(pool)
    }

    /// Everyday, English and physical names of a field, the surest first.
    pub(super) fn names_of(&self, field: &str) -> impl Iterator<Item = String> {
        let lists = WORDS.iter().chain(KEYS);
        let everyday = lists.filter(move |(name, _)| *name == field).flat_map(|(_, words)| words.iter().copied());
        let pooled = self.0.get(field).into_iter().flatten().copied();
        pooled.chain(everyday).map(str::to_owned).chain(population_key(field))
    }
}

/// Words that name a column in tables of any kind: a row in which most cells are such words is a header.
const GENERIC: &[&str] = &[
    "no",
    "番号",
    "名前",
    "名称",
    "種別",
    "種類",
    "区分",
    "分類",
    "地区",
    "地区名",
    "町名",
    "町丁名",
    "大字",
    "年",
    "年度",
    "年月",
    "年月日",
    "月",
    "日付",
    "曜日",
    "時間",
    "人口",
    "世帯数",
    "総数",
    "男",
    "女",
    "計",
    "合計",
    "件数",
    "人数",
    "割合",
    "面積",
    "単位",
    "備考",
    "摘要",
    "内容",
    "概要",
    "説明",
    "担当課",
    "担当",
    "所管課",
    "課名",
    "連絡先",
    "電話",
    "電話番号",
    "住所",
    "所在地",
    "場所",
    "設置場所",
    "施設名",
    "施設名称",
    "定員",
    "収容人数",
    "開館時間",
    "休館日",
    "営業時間",
    "定休日",
    "開始",
    "終了",
    "url",
    "緯度",
    "経度",
    "項目",
    "数値",
    "値",
    "金額",
    "予算",
    "決算",
    "路線",
    "学校名",
    "園名",
    "公園名",
    "店名",
    "品目",
    "品名",
    "id",
    "コード",
    "構造",
    "階数",
    "用途",
    "延床面積",
    "地域",
    "地域名",
    "町内会",
    "自治会",
    "自治会名",
    "対象",
    "対象者",
    "料金",
    "時刻",
    "停留所",
    "年齢",
    "学年",
    "児童数",
    "生徒数",
    "クラス数",
];

/// Whether a folded header is a word that names columns in tables of any kind.
pub(super) fn is_generic(folded: &str) -> bool {
    static FOLDED: LazyLock<HashSet<String>> = LazyLock::new(|| GENERIC.iter().map(|word| fold_header(word)).collect());
    FOLDED.contains(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_words_are_known_however_they_are_written() {
        for word in ["No.", "コード", "ｺｰﾄﾞ", "世帯数（世帯）", "1.施設名", "ＵＲＬ", "備考※"]
        {
            assert!(is_generic(&fold_header(word)), "{word}");
        }
        for word in ["市役所", "", "東部", "12", "名称と住所"] {
            assert!(!is_generic(&fold_header(word)), "{word}");
        }
    }
}
