//! Times of day: one cell, and the pair of opening and closing time.

use crate::model::finding::{FindingCode, Repair};

use super::text;
use super::value::Normalized;

const EXPECTED: &str = "hh:mm";

/// What a cell of a time column says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Reading {
    /// One time.
    Time(Clock),
    /// 終日, 24時間.
    AllDay,
    /// From – to.
    Span(Clock, Clock),
}

/// A time of day in seconds from midnight, to 47:59:59.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock(u32);

impl Clock {
    fn text(self) -> String {
        let (hour, minute, second) = (self.0 / 3600, self.0 / 60 % 60, self.0 % 60);
        if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
    }

    fn is_past_midnight(self) -> bool {
        self.0 > 24 * 3600
    }
}

/// A time that has no partner column.
pub fn time(found: &str, typed: bool) -> Normalized<'_> {
    if is_canonical(found) {
        return Normalized::kept(found);
    }
    if let Some(nothing) = text::nothing(found) {
        return nothing;
    }
    match read(found, typed) {
        Some(Reading::Time(clock)) => single(found, clock),
        Some(Reading::AllDay) => Normalized::proposed(FindingCode::TimeAllDay, found, "00:00"),
        Some(Reading::Span(start, _)) => {
            Normalized::kept(found).with(FindingCode::TimeInvalid, EXPECTED, Repair::Proposed(start.text()))
        }
        None => {
            let repair = bare_hour(found).map_or(Repair::None, |clock| Repair::Proposed(clock.text()));
            Normalized::kept(found).with(FindingCode::TimeInvalid, EXPECTED, repair)
        }
    }
}

/// `9`, `900`, `1730`: an hour, or hour and minute without a colon. Only proposed, since they could be minutes or counts.
fn bare_hour(found: &str) -> Option<Clock> {
    let digits = text::squeeze(found);
    let number: u32 =
        digits.parse().ok().filter(|_| digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit()))?;
    let (hour, minute) = if digits.len() <= 2 { (number, 0) } else { (number / 100, number % 100) };
    (hour <= 24 && minute < 60).then_some(Clock(hour * 3600 + minute * 60)).filter(|clock| !clock.is_past_midnight())
}

/// Splits a remark off a time: `17:00（金曜は20:00）`, `9:00～17:00※祝日除く`. Only where what stands before it is a time, so
/// that the remark can go to the remarks without taking anything from the time.
pub fn split_remark(found: &str) -> Option<(&str, &str)> {
    let (at, opening) = found.char_indices().find(|(_, letter)| matches!(letter, '(' | '（' | '※' | '＊'))?;
    let head = text::trim(found.get(..at)?);
    let rest = text::trim(found.get(at + opening.len_utf8()..)?);
    let remark = match opening {
        '(' | '（' => rest.strip_suffix([')', '）'])?,
        _ => rest,
    };
    let plain = !remark.is_empty() && !remark.contains(['(', '（', ')', '）']);
    (plain && read(head, false).is_some()).then_some((head, text::trim(remark)))
}

/// Opening and closing time together, since one cell may speak for both (終日, `9:00～17:00`).
///
/// Such a cell fills its partner only where the partner is empty or says the same; otherwise it is proposed.
pub fn pair<'a>(start: (&'a str, bool), end: (&'a str, bool)) -> (Normalized<'a>, Normalized<'a>) {
    if is_plain(start.0) && is_plain(end.0) {
        return (time(start.0, start.1), time(end.0, end.1));
    }
    let readings = (read(start.0, start.1), read(end.0, end.1));
    // A cell may speak for its partner only where the partner is blank or was read to say the same.
    let blank = |found: &str| text::is_blank(found) || text::is_blank_word(found);
    let agrees = |partner: &Option<Reading>, found: &str, speaker: &Reading, border: Option<Clock>| match partner {
        Some(Reading::Time(clock)) => border == Some(*clock),
        Some(reading) => reading == speaker,
        None => blank(found),
    };
    let borders = |speaker: &Reading| match speaker {
        Reading::Span(from, to) => (Some(*from), Some(*to)),
        _ => (None, None),
    };
    let spoken = match &readings {
        (Some(speaker @ (Reading::AllDay | Reading::Span(..))), partner) => {
            agrees(partner, end.0, speaker, borders(speaker).1).then_some(speaker)
        }
        (partner, Some(speaker @ (Reading::AllDay | Reading::Span(..)))) => {
            agrees(partner, start.0, speaker, borders(speaker).0).then_some(speaker)
        }
        _ => None,
    };
    match spoken {
        Some(Reading::AllDay) => {
            let code = FindingCode::TimeAllDay;
            let (mut first, mut second) =
                (Normalized::made(code, "00:00".to_owned()), Normalized::made(code, "24:00".to_owned()));
            // One finding speaks for both cells: it lies where 終日 stands.
            if text::is_blank(start.0) {
                first.remarks.clear();
            } else {
                second.remarks.clear();
            }
            (first, second)
        }
        Some(Reading::Span(from, to)) => {
            let code = FindingCode::TimeFolded;
            (Normalized::made(code, from.text()), Normalized::made(code, to.text()))
        }
        _ => {
            let (first, second) = (border(start.0, true), border(end.0, false));
            (first.unwrap_or_else(|| time(start.0, start.1)), second.unwrap_or_else(|| time(end.0, end.1)))
        }
    }
}

/// A border on the wrong side: `～17:00` in the column of opening times says when it closes.
fn border(found: &str, is_start: bool) -> Option<Normalized<'_>> {
    let folded = text::fold_width(text::trim(found));
    let is_wrong = if is_start { folded.starts_with(['~', '〜']) } else { folded.ends_with(['~', '〜']) };
    is_wrong.then(|| Normalized::wrong(FindingCode::TimeInvalid, found, EXPECTED))
}

fn single(found: &str, clock: Clock) -> Normalized<'_> {
    let text = clock.text();
    let result = if text == found { Normalized::kept(found) } else { Normalized::made(FindingCode::TimeFolded, text) };
    if clock.is_past_midnight() { result.with(FindingCode::TimePastMidnight, "", Repair::None) } else { result }
}

/// Empty or canonical: the common case, decided without reading.
fn is_plain(text: &str) -> bool {
    text.is_empty() || is_canonical(text)
}

/// `00:00` – `24:00`.
fn is_canonical(text: &str) -> bool {
    let [a, b, b':', c, d] = text.as_bytes() else { return false };
    let digits = [a, b, c, d].iter().all(|byte| byte.is_ascii_digit());
    digits && (text[..2] < *"24" && text[3..] < *"60" || text == "24:00")
}

fn read(found: &str, typed: bool) -> Option<Reading> {
    let folded = text::fold_width(text::trim(found));
    let folded = folded.as_ref();
    if folded.is_empty() || folded.len() > 60 {
        return None;
    }
    if matches!(
        folded,
        "終日"
            | "24時間"
            | "常時"
            | "24h"
            | "24H"
            | "全日"
            | "24時間営業"
            | "24時間利用可"
            | "24時間利用可能"
            | "24時間開放"
            | "終日開放"
            | "24時間対応"
            | "常時開放"
            | "一日中"
    ) {
        return Some(Reading::AllDay);
    }
    if let Some(clock) = one(folded, typed) {
        return Some(Reading::Time(clock));
    }
    // A border without its other side: 9:00～ in the opening, ～17:00 in the closing column.
    if let Some(clock) = folded.strip_suffix(['~', '〜']).or_else(|| folded.strip_prefix(['~', '〜'])) {
        return one(text::trim(clock), false).map(Reading::Time);
    }
    let separators = ['~', '〜', '～', '-', '−', '–', '—', '―', 'ー', 'ｰ', '→'];
    let (from, to) = folded
        .split_once("から")
        .or_else(|| folded.split_once(separators).filter(|(_, to)| !to.contains(separators)))?;
    let to = text::trim(to).trim_end_matches("まで");
    Some(Reading::Span(one(text::trim(from), false)?, one(text::trim(to), false)?))
}

/// One time; `typed` allows the fraction of a day that a spreadsheet holds.
fn one(text: &str, typed: bool) -> Option<Clock> {
    if let Some(clock) = fraction(text, typed) {
        return Some(clock);
    }
    let mut rest = text.rsplit_once('T').filter(|(day, _)| day.len() == 10).map_or(text, |(_, time)| time);
    // 翌2:00: two in the morning of the next day, past midnight as seen from the day of opening.
    if let Some(next) = rest.strip_prefix("翌日").or_else(|| rest.strip_prefix('翌')) {
        let clock = one(text::trim(next), false)?;
        return (clock.0 < 24 * 3600).then_some(Clock(clock.0 + 24 * 3600));
    }
    let (mut afternoon, mut is_latin) = (None, false);
    for (word, is_afternoon) in [
        ("午前", false),
        ("午後", true),
        ("AM", false),
        ("PM", true),
        ("am", false),
        ("pm", true),
        ("a.m.", false),
        ("p.m.", true),
    ] {
        if let Some(inner) = rest.strip_prefix(word).or_else(|| rest.strip_suffix(word)) {
            rest = text::trim(inner);
            (afternoon, is_latin) = (Some(is_afternoon), word.is_ascii());
            break;
        }
    }
    if rest == "正午" || rest == "12時正午" {
        return Some(Clock(12 * 3600));
    }
    let (hour, rest) = leading(rest)?;
    let (minute, second) = if let Some(rest) = rest.strip_prefix([':', '：', ';']) {
        clock_rest(rest)?
    } else if let Some(rest) = rest.strip_prefix('時') {
        match text::trim(rest) {
            "" => (0, 0),
            "半" => (30, 0),
            minutes => (leading(minutes).filter(|(_, rest)| matches!(*rest, "分" | ""))?.0, 0),
        }
    } else if rest.is_empty() && afternoon.is_some() {
        (0, 0)
    } else {
        return None;
    };
    if is_latin && hour > 12 {
        return None;
    }
    let hour = match afternoon {
        // 12:00 AM is midnight; 午前12時 is said of noon as well.
        Some(false) if hour == 12 => {
            if !is_latin {
                return None;
            }
            0
        }
        Some(true) if hour < 12 => hour + 12,
        Some(_) if hour > 12 => return None,
        _ => hour,
    };
    (hour < 48 && minute < 60 && second < 60).then_some(Clock(hour * 3600 + minute * 60 + second))
}

/// What follows the first colon: `00`, `00:00`, `00:00.000`.
fn clock_rest(text: &str) -> Option<(u32, u32)> {
    let (minute, rest) = leading(text)?;
    match rest.strip_prefix([':', '：']) {
        None => rest.is_empty().then_some((minute, 0)),
        Some(rest) => {
            let (second, rest) = leading(rest)?;
            let zeros = rest.strip_prefix('.').is_none_or(|zeros| zeros.bytes().all(|byte| byte == b'0'));
            (zeros && (rest.is_empty() || rest.starts_with('.'))).then_some((minute, second))
        }
    }
}

/// One or two digits at the head, and the rest.
fn leading(text: &str) -> Option<(u32, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=2).contains(&length) {
        return None;
    }
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// A fraction of a day (0.375 = 9:00): text with a point below one, or any typed number from 0 to 2.
fn fraction(text: &str, typed: bool) -> Option<Clock> {
    let shaped = text.starts_with("0.") && text.len() > 2 && text[2..].bytes().all(|byte| byte.is_ascii_digit());
    let allowed = shaped || (typed && super::number::is_plain_decimal(text));
    if !allowed {
        return None;
    }
    let days: f64 = text.parse().ok().filter(|days| (0.0..2.0).contains(days))?;
    // Spreadsheets keep times as rounded fractions: 0.3541666667 is 8:30, so seconds are rounded too.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2 × 86,400")]
    let seconds = (days * 86_400.0).round() as u32;
    Some(Clock(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(start: &str, end: &str) -> (String, String) {
        let (start, end) = pair((start, false), (end, false));
        (start.value.to_text().into_owned(), end.value.to_text().into_owned())
    }

    #[test]
    fn times_are_read_in_the_spellings_of_real_files() {
        for (found, expected) in [
            ("9:00", "09:00"),
            ("９：００", "09:00"),
            ("8:30:00", "08:30"),
            ("0:00", "00:00"),
            ("0.375", "09:00"),
            ("0.354166666666667", "08:30"),
            ("午前９時", "09:00"),
            ("午後5時30分", "17:30"),
            ("9時半", "09:30"),
            ("PM5:00", "17:00"),
            ("正午", "12:00"),
            ("9:00～", "09:00"),
            ("～17：00", "17:00"),
            ("午後０時", "12:00"),
            ("24時", "24:00"),
            ("翌2:00", "26:00"),
            ("25：30", "25:30"),
            ("1899-12-31T09:15:00", "09:15"),
        ] {
            assert_eq!(time(found, false).value.to_text(), expected, "{found}");
            assert_eq!(time(found, false).remarks[0].code, FindingCode::TimeFolded, "{found}");
        }
        for (found, proposal) in [("9", "09:00"), ("900", "09:00"), ("1730", "17:30")] {
            assert_eq!(time(found, false).remarks[0].repair, Repair::Proposed(proposal.into()), "{found}");
        }
        assert_eq!(time("1", true).value.to_text(), "24:00");
    }

    #[test]
    fn a_remark_is_split_off_where_a_time_stands_before_it() {
        for (found, split) in [
            ("17:00（金曜は20:00）", Some(("17:00", "金曜は20:00"))),
            ("9:00～17:00※祝日除く", Some(("9:00～17:00", "祝日除く"))),
            ("終日(要予約)", Some(("終日", "要予約"))),
            ("17:00()", None),
            ("夕方（17時頃）", None),
            ("17:00（a（b））", None),
            ("（17:00）", None),
            ("17:00", None),
        ] {
            assert_eq!(split_remark(found), split, "{found}");
        }
    }

    #[test]
    fn right_times_pass_with_the_end_of_the_day_among_them() {
        for good in ["00:00", "09:30", "23:59", "24:00"] {
            assert_eq!(time(good, false), Normalized::kept(good));
        }
        let late = time("25:30", false);
        assert_eq!(late.value.to_text(), "25:30");
        assert_eq!(late.remarks[0].code, FindingCode::TimePastMidnight);
    }

    #[test]
    fn one_cell_may_speak_for_both() {
        assert_eq!(values("終日", ""), ("00:00".into(), "24:00".into()));
        assert_eq!(values("24時間", "24時間"), ("00:00".into(), "24:00".into()));
        assert_eq!(values("", "終日"), ("00:00".into(), "24:00".into()));
        assert_eq!(values("9：00～17：00", ""), ("09:00".into(), "17:00".into()));
        assert_eq!(values("9時から17時まで", "-"), ("09:00".into(), "17:00".into()));
        assert_eq!(values("午前9時～午後5時30分", ""), ("09:00".into(), "17:30".into()));
        assert_eq!(values("9時～17時", "9時～17時"), ("09:00".into(), "17:00".into()));
    }

    #[test]
    fn a_span_beside_another_time_is_only_proposed() {
        assert_eq!(values("9：00～17：00", "18:00"), ("9：00～17：00".into(), "18:00".into()));
        let (start, _) = pair(("9：00～17：00", false), ("18:00", false));
        assert_eq!(start.remarks[0].repair, Repair::Proposed("09:00".into()));
        assert_eq!(values("終日", "問合せ"), ("終日".into(), "問合せ".into()));
    }

    #[test]
    fn what_is_no_time_stays_as_found() {
        for bad in ["随時", "9", "25", "9:75", "48:00", "10:00～12:00、13:00～15:00", "日没まで"] {
            assert_eq!(time(bad, false).value.to_text(), bad, "{bad}");
            assert_eq!(time(bad, false).remarks[0].code, FindingCode::TimeInvalid, "{bad}");
        }
    }

    #[test]
    fn borders_on_the_wrong_side_are_named_and_the_row_proves_a_span() {
        assert_eq!(values("9：00～17：00", "17:00"), ("09:00".to_owned(), "17:00".to_owned()));
        let (start, end) = pair(("～17:00", false), ("9:00～", false));
        for (side, found) in [(start, "～17:00"), (end, "9:00～")] {
            assert_eq!((side.value.to_text().as_ref(), side.remarks[0].code), (found, FindingCode::TimeInvalid));
        }
        assert_eq!(time("12:00 AM", false).value.to_text(), "00:00");
        assert_eq!(time("12:00 PM", false).value.to_text(), "12:00");
        assert_eq!(time("0.5", false).value.to_text(), "12:00");
    }
}
