//! Solr's way of writing times: `2024-01-01T00:00:00Z`, `NOW-7DAYS`, `NOW/DAY`.

use jiff::civil::{Date, DateTime};
use jiff::{Span, Timestamp};

/// Reads a time; `None` where it is none. Days alone (`2024-01-01`) and years are taken as their first second.
pub fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    let (mut time, mut rest) = if let Some(rest) = text.strip_prefix("NOW") {
        (now.to_zoned(jiff::tz::TimeZone::UTC).datetime(), rest)
    } else {
        absolute(text)?
    };
    // At most eight steps: no client sends more than two, and each step costs calendar arithmetic.
    for _ in 0..8 {
        if rest.is_empty() {
            return jiff::tz::Offset::UTC.to_timestamp(time).ok();
        }
        let sign = rest.chars().next()?;
        let body = rest.get(1..)?;
        let end = body.find(['+', '-', '/']).unwrap_or(body.len());
        let (step, next) = body.split_at(end);
        time = match sign {
            '/' => floor(time, step)?,
            '+' => time.checked_add(span(step)?).ok()?,
            '-' => time.checked_sub(span(step)?).ok()?,
            _ => return None,
        };
        rest = next;
    }
    None
}

fn absolute(text: &str) -> Option<(DateTime, &str)> {
    if let Some(end) = text.find('Z') {
        let (head, rest) = text.split_at(end);
        return Some((head.parse().ok()?, rest.get(1..)?));
    }
    if text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some((Date::new(text.parse().ok()?, 1, 1).ok()?.into(), ""));
    }
    if let Ok(time) = text.parse::<DateTime>() {
        return Some((time, ""));
    }
    text.parse::<Date>().ok().map(|date| (date.into(), ""))
}

fn span(step: &str) -> Option<Span> {
    let digits = step.bytes().take_while(u8::is_ascii_digit).count();
    let number: i64 = step.get(..digits)?.parse().ok().filter(|n| *n < 100_000)?;
    let span = Span::new();
    match unit(step.get(digits..)?)? {
        Unit::Year => span.try_years(number),
        Unit::Month => span.try_months(number),
        Unit::Day => span.try_days(number),
        Unit::Hour => span.try_hours(number),
        Unit::Minute => span.try_minutes(number),
        Unit::Second => span.try_seconds(number),
    }
    .ok()
}

fn floor(time: DateTime, step: &str) -> Option<DateTime> {
    let date = time.date();
    Some(match unit(step)? {
        Unit::Year => Date::new(date.year(), 1, 1).ok()?.into(),
        Unit::Month => date.first_of_month().into(),
        Unit::Day => date.into(),
        Unit::Hour => date.at(time.hour(), 0, 0, 0),
        Unit::Minute => date.at(time.hour(), time.minute(), 0, 0),
        Unit::Second => date.at(time.hour(), time.minute(), time.second(), 0),
    })
}

enum Unit {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

fn unit(name: &str) -> Option<Unit> {
    Some(match name {
        "YEAR" | "YEARS" => Unit::Year,
        "MONTH" | "MONTHS" => Unit::Month,
        "DAY" | "DAYS" | "DATE" => Unit::Day,
        "HOUR" | "HOURS" => Unit::Hour,
        "MINUTE" | "MINUTES" => Unit::Minute,
        "SECOND" | "SECONDS" => Unit::Second,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_solr_reads_them() -> Result<(), jiff::Error> {
        let now: Timestamp = "2026-11-21T09:45:30Z".parse()?;
        for (text, expected) in [
            ("NOW", Some("2026-11-21T09:45:30Z")),
            ("NOW-7DAYS", Some("2026-11-14T09:45:30Z")),
            ("NOW/DAY", Some("2026-11-21T00:00:00Z")),
            ("NOW-1MONTH/DAY", Some("2026-10-21T00:00:00Z")),
            ("NOW+1YEAR", Some("2027-11-21T09:45:30Z")),
            ("2024-01-01T00:00:00Z", Some("2024-01-01T00:00:00Z")),
            ("2024-01-01T00:00:00.123Z", Some("2024-01-01T00:00:00.123Z")),
            ("2024-01-01T00:00:00Z+1DAY", Some("2024-01-02T00:00:00Z")),
            ("2024-01-01T01:02:03", Some("2024-01-01T01:02:03Z")),
            ("2024-01-01", Some("2024-01-01T00:00:00Z")),
            ("2024", Some("2024-01-01T00:00:00Z")),
            ("NOW-99999999999999999999DAYS", None),
            ("NOW-DAYS", None),
            ("NOW-1FORTNIGHT", None),
            ("NOWish", None),
            ("2024-13-01", None),
            ("", None),
            ("昨日", None),
            ("NOW−1DAY", None),
        ] {
            let expected = expected.map(str::parse::<Timestamp>).transpose()?;
            assert_eq!(parse(text, now), expected, "{text}");
        }
        Ok(())
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "(NOW)?[-+/0-9A-Z:.]{0,30}|.{0,20}") {
            let _ = parse(&text, Timestamp::UNIX_EPOCH);
        }
    }
}
