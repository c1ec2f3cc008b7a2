//! Dates: Japanese eras in all spellings, western orders, spreadsheet serials, partial dates.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::civil::Date;

use crate::model::finding::{FindingCode, Repair};

use super::text;
use super::value::Normalized;

const EXPECTED: &str = "YYYY-MM-DD";

/// Days on which a spreadsheet serial may lie: 1927-05-18 (10,000) to 2119-01-11 (80,000). Five digits outside it are
/// no date anyone published.
const SERIAL_DAYS: std::ops::RangeInclusive<i32> = 10_000..=80_000;

/// An era: its name and other spellings, the western year before its first, its first and last day as year, month, day.
///
/// Two eras share the day on which one follows the other, as 大正 and 昭和 do.
struct Era {
    spellings: &'static [&'static str],
    before: i16,
    first: (i16, i16, i16),
    last: (i16, i16, i16),
}

/// Eras of the modern calendar; older dates are left as found. Source of the days: the edicts of each change of era
/// (改元の詔書, 元号を改める政令).
const ERAS: &[Era] = &[
    Era { spellings: &["令和", "㋿", "令", "R", "r"], before: 2018, first: (2019, 5, 1), last: (2117, 12, 31) },
    Era { spellings: &["平成", "㍻", "平", "H", "h"], before: 1988, first: (1989, 1, 8), last: (2019, 4, 30) },
    Era { spellings: &["昭和", "㍼", "昭", "S", "s"], before: 1925, first: (1926, 12, 25), last: (1989, 1, 7) },
    Era { spellings: &["大正", "㍽", "大", "T", "t"], before: 1911, first: (1912, 7, 30), last: (1926, 12, 25) },
    Era { spellings: &["明治", "㍾", "明", "M", "m"], before: 1867, first: (1868, 1, 25), last: (1912, 7, 30) },
];

/// The first year of the western calendar in Japan (明治6年): months and days before it are those of another calendar.
const FIRST_SOLAR_YEAR: i16 = 1873;

/// Words after a date that make it vague: what stands before them is only proposed.
const VAGUE: &[&str] = &[
    "頃", "ごろ", "ころ", "上旬", "中旬", "下旬", "初旬", "末", "予定", "以降", "以後", "まで", "から", "より", "現在",
    "時点", "付", "付け",
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
    let squeezed = in_digits(&squeezed);
    match parse(&squeezed) {
        Some(Parsed { text, doubt: Doubt::None }) if is_other_weekday(found, &text) => {
            Normalized::kept(found).with(FindingCode::DateInvalid, EXPECTED, Repair::Proposed(text))
        }
        Some(Parsed { text, doubt: Doubt::None }) => Normalized::made(FindingCode::DateFolded, text),
        Some(Parsed { text, doubt: Doubt::Era }) => {
            let right = in_era(&text).unwrap_or_default();
            Normalized::kept(found).with(FindingCode::DateEra, right, Repair::Proposed(text))
        }
        Some(Parsed { text, doubt: Doubt::Some }) => {
            Normalized::kept(found).with(FindingCode::DateInvalid, EXPECTED, Repair::Proposed(text))
        }
        None => {
            let proposal = vague(&squeezed).or_else(|| range(&squeezed)).or_else(|| american(&squeezed));
            let repair = proposal.map_or(Repair::None, Repair::Proposed);
            Normalized::kept(found).with(FindingCode::DateInvalid, EXPECTED, repair)
        }
    }
}

/// `4/1/2023`: month, day, year, as a spreadsheet set to American English writes it. Where only the other order is a date,
/// that.
fn american(text: &str) -> Option<String> {
    let mut parts = text.split('/');
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let of = |month: &str, day: &str| parse(&format!("{year}/{month}/{day}")).filter(|parsed| parsed.text.len() == 10);
    of(first, second).or_else(|| of(second, first)).map(|parsed| parsed.text)
}

/// 令和七年五月一日 with the digits of 令和7年5月1日. Only where 年 or 月 follows a numeral.
fn in_digits(text: &str) -> Cow<'_, str> {
    const NUMERALS: &str = "〇一二三四五六七八九十";
    let is_written = text.contains(|letter| NUMERALS.contains(letter)) && text.contains(['年', '月']);
    if !is_written {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut run: Vec<usize> = Vec::new();
    for letter in text.chars().chain(['\0']) {
        if let Some(at) = NUMERALS.chars().position(|numeral| numeral == letter) {
            run.push(at);
            continue;
        }
        if !run.is_empty() {
            let number = match run.as_slice() {
                digits if !digits.contains(&10) => digits.iter().map(ToString::to_string).collect::<String>(),
                [10] => "10".to_owned(),
                [10, ones] => (10 + ones).to_string(),
                [tens, 10] => (tens * 10).to_string(),
                [tens, 10, ones] => (tens * 10 + ones).to_string(),
                _ => return Cow::Borrowed(text),
            };
            out.push_str(&number);
            run.clear();
        }
        if letter != '\0' {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// Whether a weekday stands behind the date that is not its own: 2025年5月1日（月） was a Thursday.
fn is_other_weekday(found: &str, date: &str) -> bool {
    let Ok(day) = date.parse::<Date>() else { return false };
    let trimmed = text::trim(found);
    let behind = trimmed.strip_suffix([')', '）']).and_then(|inner| inner.rsplit_once(['(', '（'])).map(|(_, day)| day);
    let written = behind.map(|day| day.trim_end_matches("曜日").trim_end_matches('曜')).unwrap_or_default();
    let mut letters = written.chars();
    let (Some(letter), None) = (letters.next(), letters.next()) else { return false };
    let Some(at) = "月火水木金土日".chars().position(|name| name == letter) else { return false };
    usize::try_from(day.weekday().to_monday_zero_offset()).is_ok_and(|right| right != at)
}

/// The date before a word that makes it vague.
fn vague(text: &str) -> Option<String> {
    let head = VAGUE.iter().find_map(|word| text.strip_suffix(word))?;
    parse(head).map(|parsed| parsed.text)
}

/// Two dates, as an interval of ISO 8601: `2024/4/1～4/30`. The second takes year and month from the first where it lacks them.
fn range(text: &str) -> Option<String> {
    let (from, to) = text.split_once(['~', '〜', '～']).or_else(|| text.split_once("から"))?;
    let from = parse(from)?.text;
    let to = to.trim_end_matches("まで");
    let to = parse(to).map(|parsed| parsed.text).or_else(|| {
        let year = from.get(..4)?;
        let month = from.get(5..7).unwrap_or("");
        let completed = [format!("{year}/{to}"), format!("{year}/{month}/{to}")];
        completed.iter().find_map(|text| parse(text).filter(|parsed| parsed.text.len() == 10)).map(|parsed| parsed.text)
    })?;
    Some(format!("{from}/{to}"))
}

/// A canonical date in the era it lies in: 令和1年5月1日.
fn in_era(date: &str) -> Option<String> {
    let part = |range: std::ops::Range<usize>| date.get(range).and_then(|part| part.parse::<i16>().ok());
    let (year, month, day) = (part(0..4)?, part(5..7), part(8..10));
    let at = (year, month.unwrap_or(12), day.unwrap_or(31));
    let era = ERAS.iter().find(|era| era.first <= at)?;
    let mut text = format!("{}{}年", era.spellings[0], year - era.before);
    if let Some(month) = month {
        let _ = write!(text, "{month}月");
    }
    if let Some(day) = day {
        let _ = write!(text, "{day}日");
    }
    Some(text)
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
    let is_day = |letter: char| "月火水木金土日祝休曜・振替".contains(letter);
    let Some(inner) = text.strip_suffix([')', '）']) else {
        // 2024年4月1日月曜日
        let head =
            text.strip_suffix("曜日").and_then(|head| head.strip_suffix(|letter| "月火水木金土日".contains(letter)));
        return head.map_or(text, text::trim);
    };
    for open in ['(', '（'] {
        if let Some((head, day)) = inner.rsplit_once(open)
            && !day.is_empty()
            && day.chars().all(is_day)
        {
            return text::trim(head);
        }
    }
    text
}

/// From the day 0 of a workbook that counts from 1904 back to that of one that counts from 1900.
const DAYS_TO_1904: i64 = 1_462;

/// [`date`] of a workbook that counts its days from 1904.
pub fn date_from_1904(found: &str, typed: bool) -> Normalized<'_> {
    let whole = found.split('.').next().unwrap_or(found);
    let days = if typed { whole.parse::<i64>().ok() } else { None };
    let day = days.and_then(|days| serial(&days.checked_add(DAYS_TO_1904)?.to_string(), true));
    day.map_or_else(|| date(found, typed), |day| Normalized::made(FindingCode::DateFolded, day.to_string()))
}

/// The day of a spreadsheet's day number, counted from 1900; `None` for a number that is hardly one.
pub(super) fn day_of_serial(number: f64, is_from_1904: bool) -> Option<Date> {
    let days = if is_from_1904 { number + DAYS_TO_1904 as f64 } else { number };
    serial(&days.floor().to_string(), true)
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

/// Why a reading is only proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    None,
    Some,
    /// The day lies outside its era.
    Era,
}

/// A canonical date, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parsed {
    text: String,
    doubt: Doubt,
}

/// The canonical text of a date, and whether the reading is beyond doubt.
fn parse(text: &str) -> Option<Parsed> {
    let sure = |text: String| Parsed { text, doubt: Doubt::None };
    for era in ERAS {
        for spelling in era.spellings {
            if let Some(rest) = text.strip_prefix(spelling) {
                return in_years_of(era, rest.trim_start_matches(['.', '/', '・', '-']));
            }
        }
    }
    let text = text.strip_prefix("西暦").unwrap_or(text);
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let (year, month, day) = (text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?);
        return exists(year, month, day).then(|| sure(format!("{year:04}-{month:02}-{day:02}")));
    }
    if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // 202404 is a month, 240401 a day of a two-digit year: only proposed.
        let (year, month): (i16, i16) = (text[..4].parse().ok()?, text[4..].parse().ok()?);
        let fits = (1868..=2200).contains(&year) && (1..=12).contains(&month);
        return fits.then(|| Parsed { text: format!("{year:04}-{month:02}"), doubt: Doubt::Some });
    }
    let (year, rest) = leading(text, 4)?;
    if !plausible_year(year) {
        return None;
    }
    finish(year, rest).map(sure)
}

/// What follows the name of an era: `元年5月1日`, `6.4.1`, `060401`.
fn in_years_of(era: &Era, rest: &str) -> Option<Parsed> {
    let packed = rest.len() == 6 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let (year, rest) = match rest.strip_prefix('元') {
        Some(rest) => (1, rest.to_owned()),
        // R060401: year, month and day of two digits each.
        None if packed => {
            let (year, _) = leading(rest.get(..2)?, 2)?;
            (year, format!("/{}/{}", rest.get(2..4)?, rest.get(4..)?))
        }
        None => leading(rest, 2).map(|(year, rest)| (year, rest.to_owned()))?,
    };
    let western = era.before.checked_add(year).filter(|_| year >= 1)?;
    let text = finish(western, &rest)?;
    if western < FIRST_SOLAR_YEAR && text.len() > 4 {
        // Month and day are those of the old calendar; only the year is the same, and near its end not even that.
        return Some(Parsed { text: format!("{western:04}"), doubt: Doubt::Some });
    }
    let part = |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse::<i16>().ok());
    let (month, day) = (part(5..7), part(8..10));
    // A partial date is inside where any of its days is.
    let earliest = (western, month.unwrap_or(1), day.unwrap_or(1));
    let latest = (western, month.unwrap_or(12), day.unwrap_or(31));
    let inside = latest >= era.first && earliest <= era.last;
    Some(Parsed { text, doubt: if inside { Doubt::None } else { Doubt::Era } })
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
    let rest =
        rest.strip_prefix('日').or_else(|| rest.strip_suffix('.').filter(|rest| rest.is_empty())).unwrap_or(rest);
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
