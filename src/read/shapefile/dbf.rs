//! The `.dbf`: the attribute rows (dBASE III and IV as GIS programs write it).

use super::text::{self, Chosen};
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::cells::{Meaning, RowCells};
use crate::read::number::{shortest, shortest_of};
use crate::read::{ReadError, ReadLimits, RowSink};

/// One column.
#[derive(Debug, Clone)]
pub(super) struct Field<'a> {
    /// The name's bytes, up to 11, as found.
    pub(super) raw_name: &'a [u8],
    /// C text, N and F numbers, D date, L truth value, I and O binary numbers.
    pub(super) kind: u8,
    start: usize,
    len: usize,
}

/// A table whose lengths were checked against its bytes.
#[derive(Debug)]
pub(super) struct Table<'a> {
    /// Its columns in order.
    pub(super) fields: Vec<Field<'a>>,
    /// The language driver, byte 29 of the header.
    pub(super) language: u8,
    records: &'a [u8],
    record_len: usize,
}

fn broken(detail: impl Into<String>) -> ReadError {
    ReadError::PartBroken { part: ".dbf".to_owned(), detail: detail.into() }
}

impl<'a> Table<'a> {
    /// Reads the header and checks that all records are there.
    pub(super) fn open(bytes: &'a [u8], limits: &ReadLimits) -> Result<Self, ReadError> {
        let Some(header) = bytes.get(..32) else { return Err(truncated(32, bytes.len())) };
        let count = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
        let header_len = usize::from(u16::from_le_bytes([header[8], header[9]]));
        let record_len = usize::from(u16::from_le_bytes([header[10], header[11]]));
        let Some(descriptors) = bytes.get(32..header_len) else {
            return Err(truncated(header_len.max(33) as u64, bytes.len()));
        };
        if record_len == 0 {
            return Err(broken("record length = 0"));
        }
        let needed = header_len as u64 + u64::from(count) * record_len as u64;
        let records = usize::try_from(needed).ok().and_then(|end| bytes.get(header_len..end));
        let records = records.ok_or_else(|| truncated(needed, bytes.len()))?;
        let fields = fields(descriptors, record_len)?;
        if fields.len() > limits.columns {
            return Err(ReadError::TooManyColumns { row: 0, found: fields.len(), limit: limits.columns });
        }
        Ok(Self { fields, language: header[29], records, record_len })
    }

    /// Takes away the columns whose values are not read and gives them.
    pub(super) fn leave_out_unread(&mut self) -> Vec<Field<'a>> {
        let (read, left_out) = self.fields.drain(..).partition(|field| b"CNFDLIO+".contains(&field.kind));
        self.fields = read;
        left_out
    }

    /// How many records there are, deleted ones included.
    pub(super) fn len(&self) -> usize {
        self.records.len() / self.record_len
    }

    /// The record at this index, from 0, and whether it is marked as deleted.
    pub(super) fn record(&self, index: usize) -> (&'a [u8], bool) {
        let start = index.saturating_mul(self.record_len);
        let record = self.records.get(start..start.saturating_add(self.record_len)).unwrap_or_default();
        (record, record.first() == Some(&b'*'))
    }

    /// Every text cell of records that are not deleted, as bytes without padding, and whether it fills its column.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&'a [u8], bool)> + '_ {
        (0..self.len()).map(|index| self.record(index)).filter(|(_, deleted)| !deleted).flat_map(move |(record, _)| {
            self.fields.iter().filter(|field| field.kind == b'C').map(move |field| text_of(field.bytes(record)))
        })
    }
}

fn truncated(expected: u64, found: usize) -> ReadError {
    ReadError::Truncated {
        part: ".dbf",
        expected_bytes: expected,
        found_bytes: u64::try_from(found).unwrap_or(u64::MAX),
    }
}

/// Text without its padding, and whether there was none.
fn text_of(bytes: &[u8]) -> (&[u8], bool) {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text = &bytes[..end];
    let kept = text.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    (&text[..kept], kept == bytes.len())
}

fn fields(descriptors: &[u8], record_len: usize) -> Result<Vec<Field<'_>>, ReadError> {
    let described = || descriptors.chunks_exact(32).take_while(|descriptor| descriptor[0] != 0x0D);
    // Clipper and its heirs keep the upper byte of long text columns where others keep the decimals.
    for long_text in [false, true] {
        let (mut fields, mut start) = (Vec::new(), 1);
        for descriptor in described() {
            let kind = descriptor[11].to_ascii_uppercase();
            let upper = if long_text && kind == b'C' { usize::from(descriptor[17]) << 8 } else { 0 };
            let len = usize::from(descriptor[16]) + upper;
            fields.push(Field { raw_name: &descriptor[..11], kind, start, len });
            start += len;
        }
        if start == record_len {
            return Ok(fields);
        }
    }
    Err(broken("field lengths ≠ record length"))
}

impl Field<'_> {
    fn bytes<'r>(&self, record: &'r [u8]) -> &'r [u8] {
        record.get(self.start..self.start + self.len).unwrap_or_default()
    }
}

/// Reads the cells of a record, telling of text that cannot be decoded and of numbers that did not fit.
pub(super) fn fill(
    cells: &mut RowCells,
    table: &Table<'_>,
    columns: &[String],
    record: (&[u8], u64),
    chosen: &Chosen,
    sink: &mut dyn RowSink,
) {
    let (record, row) = record;
    cells.reset(table.fields.len());
    for (index, (field, column)) in table.fields.iter().zip(columns).enumerate() {
        let bytes = field.bytes(record);
        let place = || Place { row: Some(row), column: Some(column.clone()), ..Place::default() };
        match field.kind {
            // A number that dBASE 7 counts up by itself, with its upper bit turned so that it sorts as bytes.
            b'+' => {
                let value = bytes.try_into().ok().map(|bytes| u32::from_be_bytes(bytes) ^ 0x8000_0000);
                let text = value.map(|value| value.cast_signed().to_string()).unwrap_or_default();
                cells.set(index, Meaning::Number, &text);
            }
            b'I' => {
                let value = bytes.try_into().ok().map(i32::from_le_bytes);
                cells.set(index, Meaning::Number, &value.map(|value| value.to_string()).unwrap_or_default());
            }
            b'O' => {
                let value = bytes.try_into().ok().map(f64::from_le_bytes).filter(|value| value.is_finite());
                cells.set(index, Meaning::Number, &value.map(shortest).unwrap_or_default());
            }
            b'C' => {
                let (text, full) = text_of(bytes);
                let replaced =
                    cells.set_with(index, Meaning::Text, |out| text::decode(text, full, chosen.encoding, out));
                if replaced > 0 {
                    let count = replaced.to_string();
                    sink.finding(Finding::new(FindingCode::EncodingReplaced, place(), &count, chosen.name));
                }
            }
            kind => plain(cells, (index, kind), bytes, place, sink),
        }
    }
}

/// Cells kept as ASCII: numbers, dates, truth values. What does not follow its type stays text.
fn plain(
    cells: &mut RowCells,
    (index, kind): (usize, u8),
    bytes: &[u8],
    place: impl Fn() -> Place,
    sink: &mut dyn RowSink,
) {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let found = String::from_utf8_lossy(bytes[..end].trim_ascii());
    let all = |wanted: u8| found.bytes().all(|byte| byte == wanted);
    match kind {
        _ if found.is_empty() => {}
        // dBASE fills a number with asterisks where it did not fit its column.
        b'N' | b'F' if all(b'*') => sink.finding(Finding::new(FindingCode::NumberOverflow, place(), &found, "")),
        b'N' | b'F' if !leading_zero(&found) => match shortest_of(&found) {
            Some(number) => cells.set(index, Meaning::Number, &number),
            None => cells.set(index, Meaning::Text, &found),
        },
        b'D' if all(b'0') => {}
        b'D' => match date(&found) {
            Some(date) => cells.set(index, Meaning::DateTime, &date),
            None => cells.set(index, Meaning::Text, &found),
        },
        b'L' => match found.as_ref() {
            "T" | "t" | "Y" | "y" => cells.set_bool(index, true),
            "F" | "f" | "N" | "n" => cells.set_bool(index, false),
            "?" => {}
            other => cells.set(index, Meaning::Text, other),
        },
        _ => cells.set(index, Meaning::Text, &found),
    }
}

/// A whole number written with leading zeros is a code, whatever its column says.
fn leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn date(found: &str) -> Option<String> {
    if found.len() != 8 || !found.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let date = jiff::civil::Date::new(found[..4].parse().ok()?, found[4..6].parse().ok()?, found[6..].parse().ok()?);
    date.ok().map(|date| date.to_string())
}
