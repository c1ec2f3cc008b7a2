//! The values of Arrow's columns as cells: numbers and dates as text, lists of plain values joined, what is nested deeper
//! as JSON.

use arrow::array::{
    Array, ArrayRef, AsArray as _, BinaryArray, FixedSizeBinaryArray, FixedSizeListArray, LargeBinaryArray,
    LargeListArray, ListArray, MapArray, StructArray,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType,
    Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use serde_json::Value;

use crate::read::cells::{Meaning, RowCells};
use crate::read::number::shortest;

/// Lists in lists that are written as JSON.
const DEPTH: usize = 32;

/// One value as found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    Empty,
    Text(String),
    Number(String),
    /// A number that is none, such as NaN.
    NotFinite(String),
    DateTime(String),
    Bool(bool),
    /// Bytes that are no text, by their number.
    Binary(usize),
    /// A list as JSON: one of its values holds the separator, so that joined it could not be parted again.
    Unjoined(String),
}

/// What stands between several values in one cell, as the standard wants it.
pub(super) const SEPARATOR: &str = ";";

/// The form of a column's values as cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One value.
    Plain,
    /// An identifier of 16 bytes.
    Uuid,
    /// Plain values, joined.
    List,
    /// Nested deeper: text of JSON.
    Json,
    /// Not read.
    None,
}

impl Form {
    /// The form of values of this type.
    pub(super) fn of(kind: &DataType) -> Self {
        match kind {
            _ if !is_read(kind) => Self::None,
            DataType::List(inner) | DataType::LargeList(inner) | DataType::FixedSizeList(inner, _) => {
                if Self::of(inner.data_type()) == Self::Plain { Self::List } else { Self::Json }
            }
            DataType::Map(..) | DataType::Struct(_) => Self::Json,
            _ => Self::Plain,
        }
    }
}

/// The value of a row below the members of structures; nothing where one of them is absent.
pub(super) fn at(columns: &[ArrayRef], path: &[usize], row: usize, form: Form) -> Found {
    let mut columns = columns;
    for (step, member) in path.iter().enumerate() {
        let Some(array) = columns.get(*member) else { return Found::Empty };
        if array.is_null(row) {
            return Found::Empty;
        }
        if step + 1 == path.len() {
            return match form {
                Form::List => list(array, row),
                _ => value(array, row, form == Form::Uuid),
            };
        }
        let Some(members) = array.as_struct_opt() else { return Found::Empty };
        columns = members.columns();
    }
    Found::Empty
}

/// The values of a list, joined.
fn list(array: &ArrayRef, row: usize) -> Found {
    let any = array.as_any();
    let values = if let Some(list) = any.downcast_ref::<ListArray>() {
        list.value(row)
    } else if let Some(list) = any.downcast_ref::<LargeListArray>() {
        list.value(row)
    } else if let Some(list) = any.downcast_ref::<FixedSizeListArray>() {
        list.value(row)
    } else {
        return value(array, row, false);
    };
    let texts: Vec<String> = (0..values.len()).map(|at| text(value(&values, at, false))).collect();
    if texts.iter().any(|text| text.contains(SEPARATOR)) {
        return Found::Unjoined(json(array, row, 0).to_string());
    }
    if texts.iter().all(String::is_empty) { Found::Empty } else { Found::Text(texts.join(SEPARATOR)) }
}

/// The text of a plain value.
fn text(found: Found) -> String {
    match found {
        Found::Text(text) | Found::Number(text) | Found::DateTime(text) | Found::Unjoined(text) => text,
        Found::Bool(value) => if value { "TRUE" } else { "FALSE" }.to_owned(),
        Found::Empty | Found::NotFinite(_) | Found::Binary(_) => String::new(),
    }
}

/// Whether values of this type have a form as a cell.
fn is_read(kind: &DataType) -> bool {
    match kind {
        DataType::Interval(_) | DataType::Duration(_) | DataType::Union(..) | DataType::RunEndEncoded(..) => false,
        DataType::List(inner)
        | DataType::LargeList(inner)
        | DataType::FixedSizeList(inner, _)
        | DataType::Map(inner, _) => is_read(inner.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_read(field.data_type())),
        _ => true,
    }
}

/// Sets the cell of a value; gives what there is to tell of it.
pub(super) fn set(cells: &mut RowCells, index: usize, found: &Found) {
    match found {
        Found::Empty | Found::Binary(_) | Found::NotFinite(_) => {}
        Found::Text(text) | Found::Unjoined(text) => cells.set(index, Meaning::Text, text),
        Found::Number(text) => cells.set(index, Meaning::Number, text),
        Found::DateTime(text) => cells.set(index, Meaning::DateTime, text),
        Found::Bool(value) => cells.set_bool(index, *value),
    }
}

/// The value of a row. `is_uuid`: whether the column's bytes are an identifier of 16 bytes.
pub(super) fn value(array: &dyn Array, row: usize, is_uuid: bool) -> Found {
    if array.is_null(row) {
        return Found::Empty;
    }
    match array.data_type() {
        DataType::Boolean => Found::Bool(array.as_boolean().value(row)),
        DataType::Utf8 => Found::Text(array.as_string::<i32>().value(row).to_owned()),
        DataType::LargeUtf8 => Found::Text(array.as_string::<i64>().value(row).to_owned()),
        DataType::Utf8View => Found::Text(array.as_string_view().value(row).to_owned()),
        DataType::Binary | DataType::LargeBinary | DataType::FixedSizeBinary(_) | DataType::BinaryView => {
            bytes(binary(array, row).unwrap_or_default(), is_uuid)
        }
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::Map(..)
        | DataType::Struct(_) => match json(array, row, 0) {
            Value::Null => Found::Empty,
            json => Found::Text(json.to_string()),
        },
        _ => simple(array, row),
    }
}

/// The bytes of a value.
pub(super) fn binary(array: &dyn Array, row: usize) -> Option<&[u8]> {
    let any = array.as_any();
    if let Some(array) = any.downcast_ref::<BinaryArray>() {
        return Some(array.value(row));
    }
    if let Some(array) = any.downcast_ref::<LargeBinaryArray>() {
        return Some(array.value(row));
    }
    if let Some(array) = any.downcast_ref::<FixedSizeBinaryArray>() {
        return Some(array.value(row));
    }
    array.as_binary_view_opt().map(|array| array.value(row))
}

/// Some writers say of no text that it is one; bytes that read as text without control characters are taken as such.
fn bytes(bytes: &[u8], is_uuid: bool) -> Found {
    if is_uuid && let Ok(id) = uuid::Uuid::from_slice(bytes) {
        return Found::Text(id.to_string());
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) => {
            Found::Text(text.to_owned())
        }
        _ => Found::Binary(bytes.len()),
    }
}

fn whole<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> Found
where
    T::Native: std::fmt::Display,
{
    Found::Number(array.as_primitive::<T>().value(row).to_string())
}

fn simple(array: &dyn Array, row: usize) -> Found {
    let decimal = |text: String| Found::Number(text);
    match array.data_type() {
        DataType::Int8 => whole::<Int8Type>(array, row),
        DataType::Int16 => whole::<Int16Type>(array, row),
        DataType::Int32 => whole::<Int32Type>(array, row),
        DataType::Int64 => whole::<Int64Type>(array, row),
        DataType::UInt8 => whole::<UInt8Type>(array, row),
        DataType::UInt16 => whole::<UInt16Type>(array, row),
        DataType::UInt32 => whole::<UInt32Type>(array, row),
        DataType::UInt64 => whole::<UInt64Type>(array, row),
        DataType::Float16 => single(array.as_primitive::<Float16Type>().value(row).to_f32()),
        DataType::Float32 => single(array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            if value.is_finite() { Found::Number(shortest(value)) } else { Found::NotFinite(value.to_string()) }
        }
        DataType::Decimal32(..) => decimal(array.as_primitive::<Decimal32Type>().value_as_string(row)),
        DataType::Decimal64(..) => decimal(array.as_primitive::<Decimal64Type>().value_as_string(row)),
        DataType::Decimal128(..) => decimal(array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Decimal256(..) => decimal(array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Date32 => date(i64::from(array.as_primitive::<Date32Type>().value(row))),
        DataType::Date64 => date(array.as_primitive::<Date64Type>().value(row).div_euclid(86_400_000)),
        DataType::Time32(TimeUnit::Second) => time(i64::from(array.as_primitive::<Time32SecondType>().value(row)), 1),
        DataType::Time32(_) => time(i64::from(array.as_primitive::<Time32MillisecondType>().value(row)), 1_000),
        DataType::Time64(TimeUnit::Microsecond) => {
            time(array.as_primitive::<Time64MicrosecondType>().value(row), 1_000_000)
        }
        DataType::Time64(_) => time(array.as_primitive::<Time64NanosecondType>().value(row), 1_000_000_000),
        DataType::Timestamp(unit, zone) => {
            let (value, per_second) = match unit {
                TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().value(row), 1),
                TimeUnit::Millisecond => (array.as_primitive::<TimestampMillisecondType>().value(row), 1_000),
                TimeUnit::Microsecond => (array.as_primitive::<TimestampMicrosecondType>().value(row), 1_000_000),
                TimeUnit::Nanosecond => (array.as_primitive::<TimestampNanosecondType>().value(row), 1_000_000_000),
            };
            timestamp(value, per_second, zone.is_some())
        }
        _ => Found::Empty,
    }
}

/// A number of single precision keeps its own shortest text; widened it would grow digits nobody published.
fn single(value: f32) -> Found {
    if !value.is_finite() {
        return Found::NotFinite(value.to_string());
    }
    Found::Number(if value == 0.0 { "0".to_owned() } else { value.to_string() })
}

fn date(days: i64) -> Found {
    let day = jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).unwrap_or_default());
    match day {
        Ok(day) if jiff::Span::new().try_days(days).is_ok() => Found::DateTime(day.to_string()),
        // Beyond the year 9999 there is no text of a date.
        _ => Found::Number(days.to_string()),
    }
}

fn time(value: i64, per_second: i64) -> Found {
    let (seconds, rest) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    if !(0..=86_400).contains(&seconds) {
        return Found::Number(value.to_string());
    }
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    Found::DateTime(whole + &fraction(rest, per_second))
}

/// The part of a second, without zeros at its end.
fn fraction(rest: i64, per_second: i64) -> String {
    if rest == 0 {
        return String::new();
    }
    let digits = per_second.ilog10() as usize;
    format!(".{rest:0digits$}").trim_end_matches('0').to_owned()
}

fn timestamp(value: i64, per_second: i64, has_zone: bool) -> Found {
    let (seconds, rest) = (value.div_euclid(per_second), value.rem_euclid(per_second));
    let Ok(at) = jiff::Timestamp::from_second(seconds) else { return Found::Number(value.to_string()) };
    // Parquet keeps moments in UTC, whatever the zone they were written in.
    let civil = jiff::tz::TimeZone::UTC.to_datetime(at);
    let zone = if has_zone { "Z" } else { "" };
    Found::DateTime(format!("{civil}{}{zone}", fraction(rest, per_second)))
}

fn all(array: &ArrayRef, depth: usize) -> Value {
    Value::Array((0..array.len()).map(|row| json(array, row, depth + 1)).collect())
}

/// A value as JSON.
fn json(array: &dyn Array, row: usize, depth: usize) -> Value {
    if depth > DEPTH || array.is_null(row) {
        return Value::Null;
    }
    let any = array.as_any();
    if let Some(list) = any.downcast_ref::<ListArray>() {
        return all(&list.value(row), depth);
    }
    if let Some(list) = any.downcast_ref::<LargeListArray>() {
        return all(&list.value(row), depth);
    }
    if let Some(list) = any.downcast_ref::<FixedSizeListArray>() {
        return all(&list.value(row), depth);
    }
    if let Some(map) = any.downcast_ref::<MapArray>() {
        return entries(&map.value(row), depth);
    }
    if let Some(fields) = any.downcast_ref::<StructArray>() {
        let members = fields.column_names().into_iter().zip(fields.columns());
        return Value::Object(members.map(|(name, column)| (name.to_owned(), json(column, row, depth + 1))).collect());
    }
    match value(array, row, false) {
        Found::Empty | Found::NotFinite(_) => Value::Null,
        Found::Bool(value) => Value::Bool(value),
        Found::Text(text) | Found::DateTime(text) | Found::Unjoined(text) => Value::String(text),
        Found::Number(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        Found::Binary(count) => Value::String(format!("<{count} bytes>")),
    }
}

/// A map whose keys are texts is an object; another a list of pairs.
fn entries(entries: &StructArray, depth: usize) -> Value {
    let [keys, values] = entries.columns() else { return Value::Null };
    let pairs = (0..entries.len()).map(|row| (value(keys, row, false), json(values, row, depth + 1)));
    if keys.data_type().is_string() {
        let members = pairs.filter_map(|(key, value)| match key {
            Found::Text(key) => Some((key, value)),
            _ => None,
        });
        return Value::Object(members.collect());
    }
    Value::Array(
        (0..entries.len())
            .map(|row| Value::Array(vec![json(keys, row, depth + 1), json(values, row, depth + 1)]))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_times_and_moments_have_their_iso_text() {
        assert_eq!(date(19_814), Found::DateTime("2024-04-01".to_owned()));
        assert_eq!(date(-1), Found::DateTime("1969-12-31".to_owned()));
        assert_eq!(date(i64::MAX), Found::Number(i64::MAX.to_string()));
        assert_eq!(time(32_400_500, 1_000), Found::DateTime("09:00:00.5".to_owned()));
        assert_eq!(timestamp(1_711_929_600, 1, true), Found::DateTime("2024-04-01T00:00:00Z".to_owned()));
        assert_eq!(timestamp(-1, 1_000, false), Found::DateTime("1969-12-31T23:59:59.999".to_owned()));
        assert_eq!(timestamp(i64::MIN, 1, false), Found::Number(i64::MIN.to_string()));
    }

    #[test]
    fn single_precision_grows_no_digits() {
        assert_eq!(single(0.1), Found::Number("0.1".to_owned()));
        assert_eq!(single(f32::NAN), Found::NotFinite("NaN".to_owned()));
    }
}
