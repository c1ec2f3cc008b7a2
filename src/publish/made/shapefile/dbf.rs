//! `.dbf`: dBASE III with texts in CP932.

use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};

use tempfile::NamedTempFile;

use super::super::super::rows::{Cell, Rows};
use super::fields::{Field, FieldKind, Fields, put};
use crate::model::time::japan_day;
use crate::store::objects::Objects;

/// Code page 932 (language driver).
const LANGUAGE: u8 = 0x13;

/// A value that does not stand there as in the release.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) column: String,
    pub(super) reason: &'static str,
    pub(super) value: String,
}

/// The table of attributes of one Shapefile.
pub(super) struct Dbf {
    out: BufWriter<NamedTempFile>,
    size_bytes: u64,
    records: u64,
    record: Vec<u8>,
    changes: Vec<Change>,
}

impl Dbf {
    pub(super) fn begin(objects: &Objects, fields: &Fields, released: jiff::Timestamp) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(128 << 10, objects.temporary()?);
        let head = head(fields, released)?;
        out.write_all(&head)?;
        Ok(Self { out, size_bytes: head.len() as u64, records: 0, record: Vec::new(), changes: Vec::new() })
    }

    /// Length so far.
    pub(super) fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Records so far.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Adds a record; gives its number, from 1.
    pub(super) fn write(&mut self, fields: &Fields, rows: &Rows<'_>, row: usize) -> io::Result<u64> {
        self.record.clear();
        self.changes.clear();
        self.record.push(b' ');
        for (index, field) in fields.0.iter().enumerate() {
            let cell = rows.columns().get(index).map_or(Cell::Null, |cells| cells.get(row));
            if let Some(reason) = put(field.kind, cell, &mut self.record) {
                self.changes.push(Change { column: field.column.clone(), reason, value: told(cell) });
            }
        }
        self.out.write_all(&self.record)?;
        self.size_bytes += self.record.len() as u64;
        self.records += 1;
        Ok(self.records)
    }

    /// What of the last record does not stand there as in the release.
    pub(super) fn changes(&self) -> &[Change] {
        &self.changes
    }

    pub(super) fn end(mut self) -> io::Result<NamedTempFile> {
        self.out.write_all(&[0x1a])?;
        let records = u32::try_from(self.records).map_err(io::Error::other)?;
        let mut file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(4))?;
        file.write_all(&records.to_le_bytes())?;
        Ok(file)
    }
}

fn told(cell: Cell<'_>) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => text.to_owned(),
        Cell::Integer(value) => value.to_string(),
        Cell::Number(value) => value.to_string(),
    }
}

fn head(fields: &Fields, released: jiff::Timestamp) -> io::Result<Vec<u8>> {
    let day = japan_day(released);
    let byte = |number: i64| u8::try_from(number).unwrap_or(0);
    let head_bytes = u16::try_from(33 + 32 * fields.0.len()).map_err(io::Error::other)?;
    let record_bytes = u16::try_from(fields.record_bytes()).map_err(io::Error::other)?;
    let mut head =
        vec![0x03, byte(i64::from(day.year()) - 1900), byte(day.month().into()), byte(day.day().into()), 0, 0, 0, 0];
    head.extend_from_slice(&head_bytes.to_le_bytes());
    head.extend_from_slice(&record_bytes.to_le_bytes());
    head.extend_from_slice(&[0; 17]);
    head.push(LANGUAGE);
    head.extend_from_slice(&[0; 2]);
    for Field { name, kind, .. } in &fields.0 {
        let start = head.len();
        head.extend_from_slice(name);
        head.resize(start + 11, 0);
        let (letter, decimals) = match kind {
            FieldKind::Text { .. } => (b'C', 0),
            FieldKind::Number { decimals, .. } => (b'N', *decimals),
        };
        head.push(letter);
        head.extend_from_slice(&[0; 4]);
        head.push(u8::try_from(kind.width()).map_err(io::Error::other)?);
        head.push(u8::try_from(decimals).map_err(io::Error::other)?);
        head.resize(start + 32, 0);
    }
    head.push(0x0d);
    Ok(head)
}
