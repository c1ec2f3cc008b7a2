//! Numbers, sizes, days and formats as a person reads them.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::http::words::{self, Language};
use crate::model::catalogue::Format;
use crate::model::record::GeometryKind;
use crate::model::time::japan_day;

/// A whole number with separators: `12,345`.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A length in the unit a person would use: `980 バイト`, `12.3 KB`, `4.5 MB` (1 KB = 1,000 bytes, as disks are sold).
pub(super) fn size(bytes: u64) -> String {
    let with_unit = |unit: f64, name: &str| {
        let value = bytes as f64 / unit;
        if value < 100.0 { format!("{value:.1} {name}") } else { format!("{value:.0} {name}") }
    };
    match bytes {
        0..1_000 if words::spoken() == Language::English => format!("{bytes} bytes"),
        0..1_000 => format!("{bytes} バイト"),
        1_000..1_000_000 => with_unit(1e3, "KB"),
        1_000_000..1_000_000_000 => with_unit(1e6, "MB"),
        _ => with_unit(1e9, "GB"),
    }
}

/// A day in Japan: for machines (`2026-11-21`) and for people (`2026年11月21日`).
#[derive(Debug, Clone)]
pub(super) struct Day {
    pub(super) machine: String,
    pub(super) words: String,
}

impl Day {
    /// The day in Japan on which `at` falls.
    pub(super) fn of(at: Timestamp) -> Self {
        Self::of_date(japan_day(at))
    }

    /// A day written `YYYY-MM-DD`; anything else is shown as it stands.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        Some(text.parse().map_or_else(|_| Self { machine: String::new(), words: text.to_owned() }, Self::of_date))
    }

    fn of_date(date: jiff::civil::Date) -> Self {
        let words = match words::spoken() {
            Language::English => date.strftime("%-d %B %Y").to_string(),
            Language::Japanese | Language::Easy => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        };
        Self { machine: date.to_string(), words }
    }
}

/// What a format is good for, in one line.
pub(super) fn format_help(format: Format) -> &'static str {
    match format {
        Format::Csv => "表形式。Excelなどの表計算ソフトで開けます(UTF-8、BOM付き)。",
        Format::GeoJson => "位置や図形を含む地理データ。QGISやウェブ地図で開けます。",
        Format::FlatGeobuf => "大きな地理データを素早く読める形式。QGISで開けます。",
        Format::GeoParquet => "分析向けの地理データ。PythonやDuckDBなどで読めます。",
        Format::Parquet => "分析向けの表データ。PythonやDuckDBなどで読めます。",
        Format::PmTiles => "地図タイルを1つにまとめたファイル。ウェブ地図の背景に使えます。",
    }
}

/// The kind of a layer's geometry.
pub(super) fn geometry_kind(kind: GeometryKind) -> Cow<'static, str> {
    match kind {
        GeometryKind::Point => words::say("geometry-point"),
        GeometryKind::Line => words::say("geometry-line"),
        GeometryKind::Polygon => words::say("geometry-polygon"),
        GeometryKind::Mixed => words::say("geometry-mixed"),
    }
}

/// The beginning of a text, cut at `chars` characters.
pub(super) fn excerpt(text: &str, chars: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = line.chars();
    let head: String = letters.by_ref().take(chars).collect();
    if letters.next().is_some() { format!("{head}…") } else { head }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_read_well() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_000), "1,000");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(size(999), "999 バイト");
        assert_eq!(size(1_500), "1.5 KB");
        assert_eq!(size(154_000_000), "154 MB");
    }

    #[test]
    fn days_are_those_of_japan() {
        let at: Timestamp = "2026-03-31T15:00:00Z".parse().expect("valid");
        assert_eq!(Day::of(at).words, "2026年4月1日");
        assert_eq!(Day::of_text("2025-01-09").map(|day| day.words).as_deref(), Some("2025年1月9日"));
        assert_eq!(Day::of_text("令和7年ごろ").map(|day| day.words).as_deref(), Some("令和7年ごろ"));
        assert!(Day::of_text("").is_none());
    }

    #[test]
    fn excerpts_count_letters_not_bytes() {
        assert_eq!(excerpt("焼津市の\n避難所", 4), "焼津市の…");
        assert_eq!(excerpt("短い", 4), "短い");
    }
}
