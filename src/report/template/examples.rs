//! One example for each field. All are made up but for the municipality and its codes, which exist.

use crate::model::record::ColumnType;
use crate::schema::{Field, poi_codes};

/// Fields whose example is told by their name, the ending of it first that says most.
const BY_NAME: [(&str, &str); 34] = [
    ("地方公共団体コード", "011002"),
    ("市区町村コード", "011002"),
    ("地域コード", "011002"),
    ("都道府県番号", "01"),
    ("法人番号", "9000020011002"),
    ("町字ID", "0001001"),
    ("地方公共団体名", "北海道札幌市"),
    ("所在地_連結表記", "北海道札幌市中央区北一条西二丁目1番1号"),
    ("郡名", ""),
    ("行政区名", "中央区"),
    ("所在地_都道府県名", "北海道"),
    ("所在地_市区町村名", "札幌市"),
    ("都道府県", "北海道"),
    ("市区町村", "札幌市中央区"),
    ("（市区町村）", "札幌市中央区"),
    ("町字", "北一条西二丁目"),
    ("（町字）", "北一条西二丁目"),
    ("番地以下", "1番1号"),
    ("（番地以下）", "1番1号"),
    ("方書)", "市民会館1階"),
    ("方書）", "市民会館1階"),
    ("方書", "市民会館1階"),
    ("住所", "北海道札幌市中央区北一条西二丁目1番1号"),
    ("所在地", "北海道札幌市中央区北一条西二丁目1番1号"),
    ("ライセンス", "CC BY 4.0"),
    ("内線番号", "1234"),
    ("座標参照系コード", "6668"),
    ("座標参照系", "JGD2011"),
    ("法人の名称", "株式会社例示"),
    ("高度の値", "1"),
    ("外部利用不可", ""),
    ("備考", ""),
    ("特記事項", "祝日と年末年始を除く"),
    ("名称_通称", "中央館"),
];

/// The example of a field; empty for fields that are usually empty.
pub fn example(field: &Field) -> String {
    if let Some((_, example)) = BY_NAME.iter().find(|(ending, _)| field.name.ends_with(ending)) {
        return (*example).to_owned();
    }
    let name = field.name.as_str();
    if field.separator.is_some() {
        return "例1;例2".to_owned();
    }
    if let Some(first) = field.codes.iter().find(|code| !code.is_empty())
        && field.kind != ColumnType::Weekday
    {
        return first.clone();
    }
    let text = match field.kind {
        ColumnType::Code if name == "POIコード" || name == "行政サービス拠点種別" => {
            poi_codes().first().map_or("", |code| code.code.as_str())
        }
        ColumnType::Code => "A000000001",
        ColumnType::Integer => "10",
        ColumnType::Number => "1.5",
        ColumnType::Date => "2026-04-01",
        ColumnType::Time if name.contains("終了") || name.contains("閉所") => "17:00",
        ColumnType::Time => "09:00",
        ColumnType::Weekday => "月火水木金",
        ColumnType::Flag => "有",
        ColumnType::Phone => "011-123-4567",
        ColumnType::Postal => "0600001",
        ColumnType::Url => "https://www.example.lg.jp/facility.html",
        ColumnType::Email => "info@example.lg.jp",
        ColumnType::Kana => "チュウオウコウミンカン",
        ColumnType::Latitude => "43.062083",
        ColumnType::Longitude => "141.354389",
        ColumnType::Text if name.contains("英") => "Central Community Center",
        ColumnType::Text if name.contains("名称") => "中央公民館",
        ColumnType::Text => return format!("{name}の例"),
    };
    text.to_owned()
}
