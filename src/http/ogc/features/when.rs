//! Days in requests: `datetime=` of OGC API – Features (OGC 17-069r4, §7.15.4), and the literals of filters.
//!
//! Columns hold days of the Japanese calendar without a time. A moment in a request stands for the day that is written
//! in it, whatever its zone: who writes 2026-04-01T00:00:00Z and who writes 2026-04-01 means the same day.

use jiff::civil::Date;

use crate::model::catalogue::Table;
use crate::model::record::ColumnType;
use crate::store::condition::Condition;

/// The day of `2026-04-01` or of a time as RFC 3339 writes it; `None` where it is neither.
pub fn day(text: &str) -> Option<String> {
    let day = text.get(..10)?;
    let digits =
        |range: std::ops::Range<usize>| day.get(range).is_some_and(|part| part.bytes().all(|b| b.is_ascii_digit()));
    if !(digits(0..4) && digits(5..7) && digits(8..10)) {
        return None;
    }
    day.parse::<Date>().ok()?;
    if text.len() > 10 {
        let after = text.as_bytes().get(10)?;
        if !matches!(after, b'T' | b't') {
            return None;
        }
        text.parse::<jiff::Timestamp>().ok()?;
    }
    Some(day.to_owned())
}

/// The columns that say when a record is: one with days; with two of the same name but for 開始 and 終了, a period.
pub fn columns(table: &Table) -> Option<(&str, Option<&str>)> {
    let mut days = table.shape.columns.iter().filter(|column| column.kind == ColumnType::Date);
    let first = days.clone().find(|column| column.name.contains("開始")).or_else(|| days.next())?;
    let last = first.name.replace("開始", "終了");
    let last = table
        .shape
        .columns
        .iter()
        .find(|column| column.kind == ColumnType::Date && column.name == last && column.name != first.name);
    Some((&first.name, last.map(|column| column.name.as_str())))
}

/// Reads `datetime=`: a day or time, or two of them with `/` between, of which one may be open (`..` or nothing). The
/// condition is `None` where the table has no days: then every feature is meant, as the standard has it.
///
/// # Errors
/// What is expected, in Japanese and English.
pub fn condition(text: &str, table: &Table) -> Result<Option<Condition>, String> {
    let wrong = || {
        "datetime= は 2026-04-01、2026-04-01T00:00:00Z、または 2026-04-01/2027-03-31 の形で指定してください\
         （片側は .. で開けます） / datetime= is a date, a time of RFC 3339, or two of them with / between, of which one \
         may be .."
            .to_owned()
    };
    let end = |text: &str| match text {
        "" | ".." => Ok(None),
        // GDAL (3.11) asks for a day of a column as `2026-04-01T`.
        text => day(text.strip_suffix('T').unwrap_or(text)).map(Some).ok_or_else(wrong),
    };
    let (from, to) = if let Some((from, to)) = text.split_once('/') {
        (end(from)?, end(to)?)
    } else {
        let day = end(text)?.ok_or_else(wrong)?;
        (Some(day.clone()), Some(day))
    };
    if let (Some(from), Some(to)) = (&from, &to)
        && from > to
    {
        return Err("datetime= の始まりが終わりより後です / datetime= ends before it begins".to_owned());
    }
    Ok(columns(table).map(|(column, until)| Condition::During {
        column: column.to_owned(),
        until: until.map(str::to_owned),
        from,
        to,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for (text, expected) in [
            ("2026-04-01", Some("2026-04-01")),
            ("2026-04-01T00:00:00Z", Some("2026-04-01")),
            ("2026-04-01T23:59:59.5+09:00", Some("2026-04-01")),
            ("2024-02-29", Some("2024-02-29")),
            ("2026-02-29", None),
            ("2026-4-1", None),
            ("2026-04", None),
            ("2026-04-01 00:00:00Z", None),
            ("2026-04-01T00:00:00", None),
            ("2026-04-01T25:00:00Z", None),
            ("２０２６-04-01", None),
            ("-026-04-01", None),
            ("", None),
            ("..", None),
        ] {
            assert_eq!(day(text).as_deref(), expected, "{text}");
        }
    }
}
