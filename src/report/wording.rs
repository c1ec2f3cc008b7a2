//! Japanese words of types, marks and weights, as reports and templates show them.

use crate::model::finding::Severity;
use crate::model::record::{ColumnType, GeometryKind};

use super::Verdict;

/// The weight of a finding.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "注記",
        Severity::Warning => "注意",
        Severity::Error => "誤り",
    }
}

/// The weight of a finding in English, as machines and classes name it.
pub fn severity_en(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A sign for the weight: weight is never told by colour alone.
pub fn severity_sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "・",
        Severity::Warning => "▲",
        Severity::Error => "×",
    }
}

/// What a file's worst finding means for it.
pub fn verdict(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Clean => ("指摘はありません", "nothing was found"),
        Verdict::Note => ("そのまま使えます(参考の注記だけです)", "fit for use; notes only"),
        Verdict::Warning => ("使えますが、確認が必要な箇所があります", "usable; a person should look"),
        Verdict::Error => ("直す必要のある誤りがあります", "there are errors to mend"),
        Verdict::Refused => ("受け付けられません", "cannot be used"),
    }
}

/// The kind of a column's values.
pub fn kind(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Text => "文字列",
        ColumnType::Code => "コード",
        ColumnType::Integer => "整数",
        ColumnType::Number => "数値",
        ColumnType::Date => "日付",
        ColumnType::Time => "時刻",
        ColumnType::Weekday => "曜日",
        ColumnType::Flag => "選択肢",
        ColumnType::Phone => "電話番号",
        ColumnType::Postal => "郵便番号",
        ColumnType::Url => "URL",
        ColumnType::Email => "メールアドレス",
        ColumnType::Kana => "カナ",
        ColumnType::Latitude => "緯度(度)",
        ColumnType::Longitude => "経度(度)",
    }
}

/// What the mark of a field means.
pub fn requirement(mark: &str) -> &'static str {
    match mark {
        "◎" => "必須",
        "○" => "推奨",
        "" => "任意",
        mark if mark.starts_with('注') => "条件により必須",
        _ => "区分未確認",
    }
}

/// The kind of geometry.
pub fn geometry(kind: GeometryKind) -> &'static str {
    match kind {
        GeometryKind::Point => "点",
        GeometryKind::Line => "線",
        GeometryKind::Polygon => "面",
        GeometryKind::Mixed => "点・線・面の混在",
    }
}

/// A share as whole per cents, rounded down, so that 100 % means all.
pub fn percent(share: f64) -> String {
    format!("{:.0}%", (share * 100.0 + 1e-9).floor().clamp(0.0, 100.0))
}

/// A number with commas: `12,345`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_down_and_numbers_grouped() {
        assert_eq!((percent(1.0), percent(0.999), percent(0.0)), ("100%".into(), "99%".into(), "0%".into()));
        assert_eq!(percent(0.29), "29%");
        assert_eq!((grouped(0), grouped(999), grouped(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
    }
}
