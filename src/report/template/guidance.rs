//! How each field is to be written, in Japanese: from its type, code list and unit, and the format the sheet asks for.

use crate::model::record::ColumnType;
use crate::report::wording::requirement;
use crate::schema::Field;

/// How a field is to be written.
pub fn guidance(field: &Field) -> String {
    let name = field.name.as_str();
    if !field.codes.is_empty() && field.kind != ColumnType::Weekday {
        let words: Vec<&str> =
            field.codes.iter().map(|code| if code.is_empty() { "空欄" } else { code.as_str() }).collect();
        return format!("次のどれかを選びます: {}", words.join("、"));
    }
    if field.separator.is_some() {
        return "いくつもあるときは、半角の「;」で区切ります。".to_owned();
    }
    let text = match field.kind {
        ColumnType::Code if name.contains("地方公共団体コード") || name.contains("市区町村コード") => {
            "全国地方公共団体コードを、検査数字を含む半角6桁で書きます。先頭の0を省きません。"
        }
        ColumnType::Code if name.contains("法人番号") => "半角13桁の法人番号です。ハイフンを入れません。",
        ColumnType::Code if name == "町字ID" => {
            "アドレス・ベース・レジストリの町字ID(半角7桁)です。ハイフンを入れません。"
        }
        ColumnType::Code if name == "POIコード" || name == "行政サービス拠点種別" => {
            "POIコード(半角4桁)です。先頭の0を省きません。"
        }
        ColumnType::Code if name == "ID" => {
            "データの中で重ならない番号を、半角英数字で付けます。一度付けた番号は変えません。"
        }
        ColumnType::Code => "半角英数字で書きます。先頭の0を省きません。",
        ColumnType::Integer => "0以上の整数を半角で書きます。単位や桁区切りのカンマを付けません。",
        ColumnType::Number => "数値を半角で書きます。単位や桁区切りのカンマを付けません。",
        ColumnType::Date => {
            "西暦で YYYY-MM-DD と半角で書きます。日が分からなければ YYYY-MM、年だけなら YYYY とします。"
        }
        ColumnType::Time => "24時間制で hh:mm と半角で書きます(例 09:00)。終わりが夜中の0時なら 24:00 とします。",
        ColumnType::Weekday => {
            "月火水木金土日 の順に、利用できる曜日を続けて書きます。祝日や例外は特記事項に書きます。"
        }
        ColumnType::Flag => "決められた言葉で書きます。",
        ColumnType::Phone => "半角数字とハイフンで、市外局番から書きます。",
        ColumnType::Postal => "半角数字7桁で書きます。ハイフンを入れません。",
        ColumnType::Url => "http:// または https:// から始まるURLを書きます。",
        ColumnType::Email => "メールアドレスを半角で書きます。",
        ColumnType::Kana => "全角カタカナで書きます。",
        ColumnType::Latitude => {
            "世界測地系(JGD2011)の緯度を、十進の度で書きます(小数点以下6桁)。度分秒では書きません。"
        }
        ColumnType::Longitude => {
            "世界測地系(JGD2011)の経度を、十進の度で書きます(小数点以下6桁)。度分秒では書きません。"
        }
        ColumnType::Text if name.ends_with("連結表記") => "都道府県から番地・号までを続けて書きます。",
        ColumnType::Text if name.ends_with("地方公共団体名") => "都道府県名と市区町村名を続けて書きます。",
        ColumnType::Text if name.ends_with("都道府県") => "都道府県名を書きます。",
        ColumnType::Text if name.ends_with("市区町村") => {
            "市区町村名を書きます。郡名、政令指定都市の区名も含めます。"
        }
        ColumnType::Text if name.ends_with("町字") => "丁目までの町名を書きます。",
        ColumnType::Text if name.ends_with("番地以下") => "町名より後を書きます。",
        ColumnType::Text if name.ends_with("ライセンス") => "ライセンスの名前を書きます。",
        ColumnType::Text if name.contains("英") => "半角英数字で書きます。",
        ColumnType::Text => "文字で書きます。前後に空白を入れません。",
    };
    match unit(field) {
        Some(unit) => format!("{text}単位: {unit}"),
        None => text.to_owned(),
    }
}

/// The unit in Japanese, where it is one of few known words.
fn unit(field: &Field) -> Option<&'static str> {
    Some(match field.unit.as_str() {
        "persons" => "人",
        "households" => "世帯",
        "yen" => "円",
        "bowls" => "便器の数",
        "m" => "m",
        "%" => "%",
        "g" => "g",
        "mg" => "mg",
        "kcal" => "kcal",
        "IU" => "IU",
        "ug" => "µg",
        "ugRAE" => "µgRAE",
        _ => return None,
    })
}

/// `◎ 必須`, `○ 推奨`, `任意`, `区分未確認`: the mark of a field in words.
pub(super) fn mark(field: &Field) -> String {
    let words = requirement(&field.requirement);
    match field.requirement.as_str() {
        mark @ ("◎" | "○") => format!("{mark} {words}"),
        mark if mark.starts_with('注') => format!("{words}({mark})"),
        _ => words.to_owned(),
    }
}
