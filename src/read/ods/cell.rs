//! One cell as the XML has it, and what it means.

use quick_xml::events::BytesStart;

use crate::read::ReadError;
use crate::read::number::shortest_of;
use crate::read::spreadsheet::Xml;

/// The attributes of a cell.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// How many cells it stands for.
    pub(super) repeat: u32,
    /// `float`, `percentage`, `currency`, `date`, `time`, `boolean`, `string`; empty where none is stated.
    pub(super) kind: String,
    /// The value in the form of its kind, where that is not the text.
    pub(super) value: Option<String>,
    /// Whether a formula made it.
    pub(super) has_formula: bool,
    /// Whether the program says that it is an error.
    pub(super) is_error: bool,
    /// Columns and rows it spans.
    pub(super) spans: (u32, u32),
}

impl Attributes {
    /// Reads them.
    pub(super) fn of(xml: &Xml<'_>, element: &BytesStart<'_>) -> Result<Self, ReadError> {
        let mut found = Self { repeat: 1, spans: (1, 1), ..Self::default() };
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| xml.broken(error))?;
            let value = || {
                attribute
                    .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                    .map(std::borrow::Cow::into_owned)
                    .map_err(|error| xml.broken(error))
            };
            let name = attribute.key.local_name();
            // Some programs say the kind a second time in their own namespace, where an error has one of its own.
            let foreign = attribute.key.prefix().is_some_and(|prefix| prefix.into_inner() == "calcext");
            match name.into_inner() {
                "value-type" if foreign => found.is_error = value()? == "error",
                "value-type" => found.kind = value()?,
                "value" | "date-value" | "time-value" | "boolean-value" | "string-value" => {
                    found.value = Some(value()?);
                }
                "formula" => found.has_formula = true,
                "number-columns-repeated" => found.repeat = count(&value()?),
                "number-columns-spanned" => found.spans.0 = count(&value()?),
                "number-rows-spanned" => found.spans.1 = count(&value()?),
                _ => {}
            }
        }
        Ok(found)
    }
}

/// A number of cells or rows: at least one; what cannot be read is one, what is too large is as large as can be.
pub(super) fn count(text: &str) -> u32 {
    let digits = text.trim();
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits { digits.parse().unwrap_or(u32::MAX).max(1) } else { 1 }
}

/// What a cell is.
#[derive(Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// Nothing.
    Empty,
    /// Text.
    Text(&'a str),
    /// A number.
    Number(&'a str),
    /// A number that its format does not show.
    Unseen(&'a str),
    /// A date or time as ISO text.
    Moment(String),
    /// A truth value.
    Truth(bool),
    /// An error; `=` for a formula without a value.
    Error(&'a str),
}

/// What a cell of these attributes and this text (of so many paragraphs) is.
pub(super) fn meaning<'a>(cell: &'a Attributes, text: &'a str, paragraphs: usize) -> Value<'a> {
    if cell.is_error || cell.has_formula && is_error_name(text) {
        return Value::Error(if text.is_empty() { "=" } else { text });
    }
    let stated = cell.value.as_deref().map(str::trim);
    let shown = || if text.is_empty() { Value::Empty } else { Value::Text(text) };
    match (cell.kind.as_str(), stated) {
        ("float" | "percentage" | "currency", Some(value)) => {
            if is_code(text, value) {
                // A person sees the leading zeros, so they belong to the value.
                Value::Text(text)
            } else if shortest_of(value).is_none() {
                Value::Error("#NUM!")
            } else if text.is_empty() && paragraphs > 0 {
                Value::Unseen(value)
            } else {
                Value::Number(value)
            }
        }
        ("date", Some(value)) => date(value).map_or_else(shown, Value::Moment),
        ("time", Some(value)) => time(value, text).map_or_else(shown, Value::Moment),
        ("boolean", Some(value)) => Value::Truth(value == "true"),
        ("string", Some(_)) => match cell.value.as_deref() {
            Some("") | None => Value::Empty,
            Some(value) => Value::Text(value),
        },
        ("", None) if cell.has_formula && text.is_empty() => Value::Error("="),
        _ => shown(),
    }
}

/// Whether a number is shown as a code: with zeros before it, or with hyphens among its digits.
fn is_code(text: &str, value: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    if !plain || text.len() < 2 || text.starts_with('-') || text.ends_with('-') {
        return false;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let same = shortest_of(value).is_some_and(|short| {
        let padded = digits.trim_start_matches('0');
        short == if padded.is_empty() { "0" } else { padded }
    });
    same && (text.starts_with('0') || text.contains('-'))
}

fn is_error_name(text: &str) -> bool {
    matches!(text, "#N/A" | "#DIV/0!" | "#VALUE!" | "#REF!" | "#NAME?" | "#NUM!" | "#NULL!")
        || text
            .strip_prefix("Err:")
            .is_some_and(|number| number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// `2024-04-01`, `2024-04-01T09:00:00`, with any fraction of a second left out; midnight is the day alone.
fn date(value: &str) -> Option<String> {
    let whole = value.split(['.', ',']).next()?.trim_end_matches('Z');
    let day = whole.get(..10)?;
    let is_day = day
        .bytes()
        .enumerate()
        .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    match whole.get(10..)? {
        "" | "T00:00:00" if is_day => Some(day.to_owned()),
        clock if is_day && clock.len() == 9 && clock.starts_with('T') => Some(whole.to_owned()),
        _ => None,
    }
}

/// A duration (`PT25H30M00S`) as a clock shows it. Whether hours go on past a day is seen by the text that is shown.
fn time(value: &str, shown: &str) -> Option<String> {
    let rest = value.strip_prefix('P')?;
    let (days, clock) = rest.split_once('T')?;
    let days: u64 = if days.is_empty() { 0 } else { days.strip_suffix('D')?.parse().ok()? };
    let (mut hours, mut minutes, mut seconds, mut number) = (0_u64, 0_u64, 0_u64, String::new());
    for letter in clock.chars() {
        let whole = || number.split(['.', ',']).next().and_then(|digits| digits.parse::<u64>().ok());
        match letter {
            '0'..='9' | '.' | ',' => {
                number.push(letter);
                continue;
            }
            'H' => hours = whole()?,
            'M' => minutes = whole()?,
            'S' => seconds = whole()?,
            _ => return None,
        }
        number.clear();
    }
    hours = hours.checked_add(days.checked_mul(24)?)?;
    if minutes > 59 || seconds > 59 || hours > 999_999 || !number.is_empty() {
        return None;
    }
    let leading = shown.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(shown.len());
    if hours >= 24 && shown[..leading].parse() == Ok(hours % 24) {
        hours %= 24;
    }
    Some(format!("{hours:02}:{minutes:02}:{seconds:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(kind: &str, value: &str) -> Attributes {
        Attributes { kind: kind.to_owned(), value: Some(value.to_owned()), ..Attributes::default() }
    }

    #[test]
    fn values_have_the_form_of_their_kind() {
        let moment = |text: &str| Value::Moment(text.to_owned());
        for (kind, value, text, expected) in [
            ("float", "12203", "012203", Value::Text("012203")),
            ("float", "1234567", "123-4567", Value::Text("123-4567")),
            ("float", "35.5", "35.5", Value::Number("35.5")),
            ("float", "-5", "-5", Value::Number("-5")),
            ("float", "5", "", Value::Unseen("5")),
            ("float", "NaN", "x", Value::Error("#NUM!")),
            ("percentage", "0.125", "12.5%", Value::Number("0.125")),
            ("currency", "1200", "¥1,200", Value::Number("1200")),
            ("date", "2024-04-01", "R6.4.1", moment("2024-04-01")),
            ("date", "2024-04-01T09:00:00.000", "", moment("2024-04-01T09:00:00")),
            ("date", "あ", "四月一日", Value::Text("四月一日")),
            ("time", "PT09H00M00S", "9:00", moment("09:00:00")),
            ("time", "PT25H30M00S", "25:30", moment("25:30:00")),
            ("time", "PT25H30M00S", "01:30", moment("01:30:00")),
            ("time", "P1DT2H3M4.5S", "", moment("26:03:04")),
            ("time", "PT99999999999999999999H", "x", Value::Text("x")),
            ("boolean", "true", "TRUE", Value::Truth(true)),
            ("string", "a", "b", Value::Text("a")),
        ] {
            assert_eq!(meaning(&cell(kind, value), text, 1), expected, "{kind} {value}");
        }
    }

    #[test]
    fn numbers_of_cells_are_at_least_one() {
        for (text, expected) in [("3", 3), ("0", 1), ("-1", 1), ("", 1), ("99999999999", u32::MAX)] {
            assert_eq!(count(text), expected, "{text}");
        }
    }
}
