//! Dates: Japanese eras in all spellings, western orders, spreadsheet serials, partial dates.

use jiff::civil::Date;

use crate::model::finding::{FindingCode, Repair};

use super::text;
use super::value::Normalized;

const EXPECTED: &str = "YYYY-MM-DD";

/// Days on which a spreadsheet serial may lie: 1927-05-18 (10,000) to 2119-01-11 (80,000). Five digits outside it are
/// no date anyone published.
const SERIAL_DAYS: std::ops::RangeInclusive<i32> = 10_000..=80_000;

/// An era: its spellings, the western year before its first, its last year.
struct Era {
    spellings: &'static [&'static str],
    before: i16,
    last: i16,
}

/// Eras of the modern calendar; older dates are left as found.
const ERAS: &[Era] = &[
    Era { spellings: &["令和", "㋿", "令", "R", "r"], before: 2018, last: 99 },
    Era { spellings: &["平成", "㍻", "平", "H", "h"], before: 1988, last: 31 },
    Era { spellings: &["昭和", "㍼", "昭", "S", "s"], before: 1925, last: 64 },
    Era { spellings: &["大正", "㍽", "大", "T", "t"], before: 1911, last: 15 },
    Era { spellings: &["明治", "㍾", "明", "M", "m"], before: 1867, last: 45 },
];

/// A date, partial ones kept partial. `typed` says that the file's format itself calls the cell a number.
pub fn date(found: &str, typed: bool) -> Normalized<'_> {
    if is_canonical(found) {
        return Normalized::kept(found);
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    let squeezed = text::squeeze(strip_weekday(strip_clock(text::trim(found))));
    if let Some(day) = serial(&squeezed, typed) {
        return Normalized::made(FindingCode::DateFolded, day.to_string());
    }
    match parse(&squeezed) {
        Some((parts, true)) => Normalized::made(FindingCode::DateFolded, parts),
        Some((parts, false)) => {
            Normalized::kept(found).with(FindingCode::DateInvalid, EXPECTED, Repair::Proposed(parts))
        }
        None => Normalized::wrong(FindingCode::DateInvalid, found, EXPECTED),
    }
}

/// `YYYY-MM-DD`, `YYYY-MM` or `YYYY` that exists.
fn is_canonical(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<i16> {
        let part = text.get(range)?;
        part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse().ok()).flatten()
    };
    match bytes.len() {
        4 => digits(0..4).is_some_and(plausible_year),
        7 => {
            bytes[4] == b'-'
                && digits(0..4).is_some_and(plausible_year)
                && digits(5..7).is_some_and(|month| (1..=12).contains(&month))
        }
        10 if bytes[4] == b'-' && bytes[7] == b'-' => match (digits(0..4), digits(5..7), digits(8..10)) {
            (Some(year), Some(month), Some(day)) => exists(year, month, day),
            _ => false,
        },
        _ => false,
    }
}

fn plausible_year(year: i16) -> bool {
    (1000..=2200).contains(&year)
}

fn exists(year: i16, month: i16, day: i16) -> bool {
    plausible_year(year)
        && i8::try_from(month)
            .ok()
            .zip(i8::try_from(day).ok())
            .is_some_and(|(month, day)| Date::new(year, month, day).is_ok())
}

/// Removes a time after a blank, which spreadsheets append to every day: `2024/4/1 0:00:00`.
fn strip_clock(text: &str) -> &str {
    match text.rsplit_once([' ', '\u{3000}']) {
        Some((day, clock))
            if clock.contains(':') && clock.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') =>
        {
            text::trim(day)
        }
        _ => text,
    }
}

/// Removes a weekday in brackets at the end: `2024年8月5日（水）`.
fn strip_weekday(text: &str) -> &str {
    let Some(inner) = text.strip_suffix([')', '）']) else { return text };
    for open in ['(', '（'] {
        if let Some((head, day)) = inner.rsplit_once(open)
            && matches!(
                day,
                "月" | "火"
                    | "水"
                    | "木"
                    | "金"
                    | "土"
                    | "日"
                    | "祝"
                    | "月曜日"
                    | "火曜日"
                    | "水曜日"
                    | "木曜日"
                    | "金曜日"
                    | "土曜日"
                    | "日曜日"
            )
        {
            return text::trim(head);
        }
    }
    text
}

/// A spreadsheet's day number: five digits, or a typed number with a fraction of a day.
fn serial(text: &str, typed: bool) -> Option<Date> {
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if typed && fraction.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        Some(_) => return None,
        None => text,
    };
    if whole.len() != 5 || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let days: i32 = whole.parse().ok().filter(|days| SERIAL_DAYS.contains(days))?;
    // Day 60 of a spreadsheet is 1900-02-29, which never was; all days here are later.
    jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().days(days)).ok()
}

/// The canonical text of a date, and whether the reading is beyond doubt.
fn parse(text: &str) -> Option<(String, bool)> {
    for era in ERAS {
        for spelling in era.spellings {
            if let Some(rest) = text.strip_prefix(spelling) {
                let rest = rest.trim_start_matches(['.', '/', '・']);
                let (year, rest) = match rest.strip_prefix('元') {
                    Some(rest) => (1, rest),
                    None => leading(rest, 2)?,
                };
                let western = era.before.checked_add(year).filter(|_| year >= 1)?;
                return finish(western, rest).map(|date| (date, year <= era.last));
            }
        }
    }
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let (year, month, day) = (text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?);
        return exists(year, month, day).then(|| (format!("{year:04}-{month:02}-{day:02}"), true));
    }
    if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // 202404 is a month, 240401 a day of a two-digit year: only proposed.
        let (year, month): (i16, i16) = (text[..4].parse().ok()?, text[4..].parse().ok()?);
        let fits = (1868..=2200).contains(&year) && (1..=12).contains(&month);
        return fits.then(|| (format!("{year:04}-{month:02}"), false));
    }
    let (year, rest) = leading(text, 4)?;
    if !plausible_year(year) {
        return None;
    }
    finish(year, rest).map(|date| (date, true))
}

/// Reads `年3月5日`, `.3.5`, `/3/5 0:00`, `年3月`, `年` or nothing after the year.
fn finish(year: i16, rest: &str) -> Option<String> {
    let Some(rest) = separator(rest, '年') else {
        return (rest.is_empty()).then(|| format!("{year:04}"));
    };
    if rest.is_empty() {
        return Some(format!("{year:04}"));
    }
    let (month, rest) = leading(rest, 2)?;
    let rest = match separator(rest, '月') {
        Some(rest) => rest,
        None if rest.is_empty() => "",
        None => return None,
    };
    if rest.is_empty() {
        return (1..=12).contains(&month).then(|| format!("{year:04}-{month:02}"));
    }
    let (day, rest) = leading(rest, 2)?;
    let rest = rest.strip_prefix('日').unwrap_or(rest);
    (is_clock(rest) && exists(year, month, day)).then(|| format!("{year:04}-{month:02}-{day:02}"))
}

fn separator(text: &str, kanji: char) -> Option<&str> {
    text.strip_prefix([kanji, '/', '.', '-', '．', '、', ','])
}

/// Up to `most` digits at the head, as a number, and the rest.
fn leading(text: &str, most: usize) -> Option<(i16, &str)> {
    let length = text.bytes().take(most + 1).take_while(u8::is_ascii_digit).count();
    if length == 0 || length > most {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// Whether nothing is left after the day but a time of the ISO form (`T00:00:00`).
fn is_clock(rest: &str) -> bool {
    rest.is_empty()
        || (rest.starts_with('T')
            && rest.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'T' | b':' | b'.' | b'Z' | b'+')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_date_becomes_the_same_text() {
        for (found, expected) in [
            ("昭和48年3月5日", "1973-03-05"),
            ("S48.3.5", "1973-03-05"),
            ("昭32. 7. 1", "1957-07-01"),
            ("R 8. 5.31", "2026-05-31"),
            ("令和元年5月1日", "2019-05-01"),
            ("令和元年", "2019"),
            ("平成３１年４月", "2019-04"),
            ("㍻2.1.9", "1990-01-09"),
            ("2024/4/1", "2024-04-01"),
            ("2024.04.01", "2024-04-01"),
            ("2024年４月１日（月）", "2024-04-01"),
            ("20240401", "2024-04-01"),
            ("2024/4", "2024-04"),
            ("2024年", "2024"),
            ("44698", "2022-05-17"),
            ("2024-04-01T00:00:00", "2024-04-01"),
            ("2024/4/1 0:00:00", "2024-04-01"),
        ] {
            let result = date(found, false);
            assert_eq!(result.value.to_text(), expected, "{found}");
            assert_eq!(result.remarks[0].code, FindingCode::DateFolded, "{found}");
        }
        assert_eq!(date("44698.5", true).value.to_text(), "2022-05-17");
    }

    #[test]
    fn right_dates_pass_and_partial_ones_stay_partial() {
        for good in ["2024-04-01", "2024-02-29", "2024-04", "1973"] {
            assert_eq!(date(good, false), Normalized::kept(good));
        }
    }

    #[test]
    fn what_is_no_date_stays_as_found() {
        for bad in [
            "4月頃",
            "2023-02-29",
            "2024-04-01～2024-05-01",
            "2024-13",
            "2024年度",
            "未定",
            "9999999",
            "R0.1.1",
            "12345678",
        ] {
            let result = date(bad, false);
            assert_eq!(result.value.to_text(), bad, "{bad}");
            assert_eq!(result.remarks[0].code, FindingCode::DateInvalid, "{bad}");
        }
    }

    #[test]
    fn a_year_past_the_end_of_its_era_is_only_proposed() {
        let result = date("昭和65年4月1日", false);
        assert_eq!(result.value.to_text(), "昭和65年4月1日");
        assert_eq!(result.remarks[0].repair, Repair::Proposed("1990-04-01".into()));
    }
}
