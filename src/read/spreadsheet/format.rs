//! Number formats: which cells are dates or times, and how their serial numbers are written.

use jiff::civil::Date;

/// How a style writes numbers, as far as the value's meaning depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::read) enum Format {
    /// A number.
    #[default]
    Number,
    /// A number written with at least `width` digits, as codes are (`00000`), a hyphen after each digit whose bit is set
    /// (`000-0000`: bit 2). Numbers below `least` are written in another way.
    Digits {
        /// Digits, at most 30.
        width: u8,
        /// Bit n: a hyphen stands after digit n, counted from 0.
        hyphens: u32,
        /// The smallest number this holds for.
        least: u32,
    },
    /// A value that is not shown at all (`;;;`).
    Unseen,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A time that counts on past 24 hours (`[h]:mm`).
    Elapsed,
    /// A date with a time.
    DateTime,
}

impl Format {
    /// The built-in formats (ECMA-376 part 1, 18.8.30), with those that Japanese versions give to 27–36 and 50–58.
    pub(in crate::read) fn of_builtin(id: u32) -> Self {
        match id {
            14..=17 | 27..=31 | 34..=36 | 50..=58 => Self::Date,
            18..=21 | 32 | 33 | 45 | 47 => Self::Time,
            46 => Self::Elapsed,
            22 => Self::DateTime,
            _ => Self::Number,
        }
    }

    /// The meaning of a format code: `yyyy"年"m"月"d"日"`, `[$-411]ggge.m.d`, `h:mm`, `000000`, `0.00E+00`.
    pub(in crate::read) fn of_code(code: &str) -> Self {
        if code.len() > 1 && code.bytes().all(|byte| matches!(byte, b';' | b' ')) {
            return Self::Unseen;
        }
        let section = code.split(';').next().unwrap_or_default();
        if let Some(digits) = digits(code) {
            return digits;
        }
        let (letters, elapsed) = letters(section);
        // `G/標準` is what Japanese versions once called `General`.
        if letters.contains("general") || letters.starts_with("g/") {
            return Self::Number;
        }
        let clock = elapsed || letters.contains(['h', 's']);
        // A lone m is a month; with hours or seconds beside it and no day or year it means minutes.
        // Digits are never part of a date, only of fractions of a second.
        let calendar = !letters.contains(['0', '#'])
            && (letters.contains(['y', 'd', 'g', 'e', 'r', 'b', 'a']) || (letters.contains('m') && !clock));
        match (calendar, clock) {
            (true, true) => Self::DateTime,
            (true, false) => Self::Date,
            (false, true) if elapsed => Self::Elapsed,
            (false, true) => Self::Time,
            (false, false) => Self::Number,
        }
    }
}

/// Codes by their number of digits: `00000`, `000\\-0000`, and the postal code as Japanese versions offer it,
/// `[<=999]000;[<=9999]000\\-00;000\\-0000`, whose last section is for what has seven digits.
fn digits(code: &str) -> Option<Format> {
    let conditional = code.starts_with("[<=");
    let section = if conditional { code.split(';').next_back()? } else { code.split(';').next()? };
    let (mut width, mut hyphens) = (0_u8, 0_u32);
    let mut chars = section.chars().filter(|letter| !matches!(letter, '\\' | '"'));
    loop {
        match chars.next() {
            Some('0') if width < 30 => width += 1,
            Some('-') if width > 0 && hyphens >> (width - 1) == 0 => hyphens |= 1 << (width - 1),
            None if width > 1 && hyphens >> (width - 1) == 0 => break,
            _ => return None,
        }
    }
    Some(Format::Digits { width, hyphens, least: if conditional { 10_000 } else { 0 } })
}

/// The text of a whole number under [`Format::Digits`]; `None` where it is written otherwise.
pub(in crate::read) fn padded(short: &str, format: Format) -> Option<String> {
    let Format::Digits { width, hyphens, least } = format else { return None };
    let value: u64 = short.parse().ok().filter(|value| *value >= u64::from(least))?;
    let width = usize::from(width);
    // More digits than the format has are put before its first hyphen, which no code is meant to be.
    if short.len() > width || !short.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut text = String::with_capacity(width + 4);
    for (index, digit) in format!("{value:0>width$}").chars().enumerate() {
        text.push(digit);
        if hyphens >> index & 1 == 1 {
            text.push('-');
        }
    }
    Some(text)
}

/// The letters of a format code that stand for parts of dates, in lower case, and whether one of them is in brackets.
fn letters(section: &str) -> (String, bool) {
    let (mut letters, mut elapsed) = (String::new(), false);
    let mut chars = section.chars().peekable();
    while let Some(letter) = chars.next() {
        match letter {
            '"' => while chars.next().is_some_and(|c| c != '"') {},
            '\\' | '_' | '*' => {
                chars.next();
            }
            '[' => {
                let inside: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let inside = inside.to_ascii_lowercase();
                let counts = !inside.is_empty()
                    && ["h", "m", "s"].iter().any(|unit| inside.trim_matches(|c| unit.contains(c)).is_empty());
                elapsed |= counts;
            }
            // The exponent of scientific notation.
            'E' | 'e' if matches!(chars.peek(), Some('+' | '-')) => {
                chars.next();
            }
            letter => letters.extend(letter.to_lowercase()),
        }
    }
    (letters.replace("am/pm", "h").replace("a/p", "h"), elapsed)
}

/// Serial number of the last day spreadsheets know, 9999-12-31.
const LAST_DAY: f64 = 2_958_466.0;

/// The text of a serial number under a format: ISO dates and times. `None` where it is no moment (negative, 29 February
/// 1900 which never was, past the year 9999).
pub(in crate::read) fn moment(value: f64, format: Format, from_1904: bool) -> Option<String> {
    if !(0.0..LAST_DAY).contains(&value) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 3 million days, 2.6e11 seconds")]
    let seconds = (value * 86_400.0).round() as i64;
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    let time = |hours: i64| format!("{hours:02}:{:02}:{:02}", clock / 60 % 60, clock % 60);
    match format {
        Format::Elapsed => Some(time(seconds / 3600)),
        Format::Time => Some(time(clock / 3600)),
        Format::Date => Some(date(days, from_1904)?.to_string()),
        Format::DateTime if days == 0 && !from_1904 => Some(time(clock / 3600)),
        Format::DateTime => Some(format!("{}T{}", date(days, from_1904)?, time(clock / 3600))),
        Format::Number | Format::Digits { .. } | Format::Unseen => None,
    }
}

fn date(days: i64, from_1904: bool) -> Option<Date> {
    // Day 60 of the 1900 system is 29 February 1900; days before it are one short of the count after it.
    let first = match (from_1904, days) {
        (true, _) => Date::new(1904, 1, 1),
        (false, 1..=59) => Date::new(1899, 12, 31),
        (false, 61..) => Date::new(1899, 12, 30),
        _ => return None,
    };
    first.ok()?.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn format_codes_tell_dates_from_numbers() {
        for (code, expected) in [
            ("yyyy\"年\"m\"月\"d\"日\"", Format::Date),
            ("[$-411]ggge\"年\"m\"月\"d\"日\";@", Format::Date),
            ("[$-411]ge.m.d", Format::Date),
            ("m/d", Format::Date),
            ("mm", Format::Date),
            ("aaa", Format::Date),
            ("h:mm", Format::Time),
            ("[$-F400]h:mm:ss\\ AM/PM", Format::Time),
            ("mm:ss", Format::Time),
            ("[h]:mm", Format::Elapsed),
            ("[mm]:ss", Format::Elapsed),
            ("yyyy/m/d\\ h:mm", Format::DateTime),
            ("General", Format::Number),
            ("0.00E+00", Format::Number),
            ("#,##0;[Red]-#,##0", Format::Number),
            ("0\"円\"", Format::Number),
            ("0_ ", Format::Number),
            ("000000", Format::Digits { width: 6, hyphens: 0, least: 0 }),
            ("000\\-0000", Format::Digits { width: 7, hyphens: 1 << 2, least: 0 }),
            ("[<=999]000;[<=9999]000\\-00;000\\-0000", Format::Digits { width: 7, hyphens: 1 << 2, least: 10_000 }),
            ("00\\-0000\\-0000", Format::Digits { width: 10, hyphens: 1 << 1 | 1 << 5, least: 0 }),
            ("G/標準", Format::Number),
            ("G/標準\"人\"", Format::Number),
            ("0%", Format::Number),
            ("[$-411]ggge\"年\"m\"月\"", Format::Date),
            ("[DBNum3]yyyy\"年\"", Format::Date),
            (";;;", Format::Unseen),
            ("0-", Format::Number),
            ("0", Format::Number),
            ("@", Format::Number),
        ] {
            assert_eq!(Format::of_code(code), expected, "{code}");
        }
    }

    #[test]
    fn codes_are_written_with_their_digits() {
        let postal = Format::of_code("[<=999]000;[<=9999]000\\-00;000\\-0000");
        assert_eq!(padded("600001", postal).as_deref(), Some("060-0001"));
        assert_eq!(padded("123", postal), None);
        assert_eq!(padded("12203", Format::of_code("000000")).as_deref(), Some("012203"));
        for odd in ["-1", "1.5", "1234567", "1e300", ""] {
            assert_eq!(padded(odd, Format::of_code("000000")), None, "{odd}");
        }
    }

    #[test]
    fn serial_numbers_are_written_as_iso_text() {
        for (value, format, from_1904, expected) in [
            (45383.0, Format::Date, false, Some("2024-04-01")),
            (1.0, Format::Date, false, Some("1900-01-01")),
            (59.0, Format::Date, false, Some("1900-02-28")),
            (60.0, Format::Date, false, None),
            (61.0, Format::Date, false, Some("1900-03-01")),
            (0.0, Format::Date, true, Some("1904-01-01")),
            (43921.0, Format::Date, true, Some("2024-04-01")),
            (0.375, Format::Time, false, Some("09:00:00")),
            (0.999_999_9, Format::Time, false, Some("00:00:00")),
            (1.0, Format::Elapsed, false, Some("24:00:00")),
            (1.0625, Format::Elapsed, false, Some("25:30:00")),
            (45383.375, Format::DateTime, false, Some("2024-04-01T09:00:00")),
            (-1.0, Format::Date, false, None),
            (1e300, Format::Date, false, None),
            (f64::NAN, Format::Date, false, None),
            (2_958_465.0, Format::Date, false, Some("9999-12-31")),
            (2_958_465.0, Format::Date, true, None),
        ] {
            assert_eq!(moment(value, format, from_1904).as_deref(), expected, "{value} {format:?}");
        }
    }
}
