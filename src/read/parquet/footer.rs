//! What a Parquet file announces, held against its bytes before the library sees it: the footer, the shape of the schema,
//! the places of the columns and the sizes of their pages (<https://github.com/apache/parquet-format>).

use parquet::file::metadata::ParquetMetaData;

use super::thrift::{LIST, Reader, STRUCT};
use crate::read::geo_error::GeoError;
use crate::read::{ReadError, ReadLimits};

/// Groups in groups of a schema. A list takes two levels; a MultiPolygon has eight.
const SCHEMA_DEPTH: usize = 32;

/// Bytes of one page unpacked. Writers make pages of one MiB; one value may be a large outline.
const PAGE_BYTES: i64 = 256 << 20;

/// Values of one column in one row group where a row may have many: 16 million positions are 256 MB.
const NESTED_VALUES: i64 = 16 << 20;

/// Cells of a file, 20 million rows of 50 columns. Equal values take no bytes, so their number says little otherwise.
const CELLS: u64 = 1_000_000_000;

pub(super) fn broken(detail: impl Into<String>) -> ReadError {
    ReadError::PartBroken { part: "Parquet".to_owned(), detail: detail.into() }
}

/// Looks over head and footer; gives where the footer begins.
pub(super) fn check(bytes: &[u8], limits: &ReadLimits) -> Result<usize, ReadError> {
    let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let cut = |expected: u64| ReadError::Truncated { part: "Parquet", expected_bytes: expected, found_bytes: found };
    if bytes.len() < 12 {
        return Err(cut(12));
    }
    let (body, tail) = bytes.split_at(bytes.len() - 8);
    let (length, magic) = tail.split_at(4);
    if magic == b"PARE" {
        return Err(GeoError::Encrypted.into());
    }
    if magic != b"PAR1" {
        // The end is written last: where it is not there, the file was cut off.
        return Err(broken("the file does not end in PAR1: it is cut off / 末尾がありません(途中で切れています)"));
    }
    let length = usize::try_from(u32::from_le_bytes(length.try_into().unwrap_or_default())).unwrap_or(usize::MAX);
    let start = body.len().checked_sub(length).filter(|start| *start >= 4);
    let start = start.ok_or_else(|| cut(u64::try_from(length).unwrap_or(u64::MAX).saturating_add(12)))?;
    let footer = body.get(start..).unwrap_or_default();
    let mut schema = Schema { open: Vec::new(), leaves: 0, elements: 0, limit: limits.columns };
    let mut reader = Reader::new(footer);
    let read = reader.fields(&mut |reader, id, kind| {
        if id == 2 && kind == LIST { schema.read(reader).map(|()| true) } else { Some(false) }
    });
    if schema.leaves > limits.columns {
        return Err(ReadError::TooManyColumns { row: 0, found: schema.leaves, limit: limits.columns });
    }
    if read.is_none() || schema.elements == 0 || !schema.open.is_empty() {
        return Err(broken("footer"));
    }
    Ok(start)
}

/// The schema is a list of elements, each followed by its children; how many are still due on each level.
struct Schema {
    open: Vec<i64>,
    leaves: usize,
    elements: usize,
    limit: usize,
}

impl Schema {
    fn read(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let (count, kind) = reader.list()?;
        if kind != STRUCT || self.elements > 0 {
            return None;
        }
        for _ in 0..count {
            let mut children = 0;
            reader.fields(&mut |reader, id, kind| {
                Some(if id == 5 && kind == 5 {
                    children = reader.integer()?;
                    true
                } else {
                    false
                })
            })?;
            self.element(children)?;
        }
        Some(())
    }

    fn element(&mut self, children: i64) -> Option<()> {
        if self.elements > 0 {
            *self.open.last_mut()? -= 1;
        }
        self.elements += 1;
        if children > 0 {
            self.open.push(children);
        } else {
            self.leaves += 1;
        }
        if self.open.len() > SCHEMA_DEPTH || self.leaves > self.limit.saturating_add(1) {
            return None;
        }
        while self.open.last() == Some(&0) {
            self.open.pop();
        }
        Some(())
    }
}

/// Looks over the places and pages of all columns; `footer_at` is where data must end.
pub(super) fn check_pages(
    bytes: &[u8],
    footer_at: usize,
    metadata: &ParquetMetaData,
    limits: &ReadLimits,
) -> Result<(), ReadError> {
    let data = bytes.get(..footer_at).unwrap_or_default();
    let (mut rows, mut cells, mut used) = (0_u64, 0_u64, 0_u64);
    for group in metadata.row_groups() {
        let group_rows = u64::try_from(group.num_rows()).map_err(|_| broken("row group: number of rows"))?;
        rows = rows.saturating_add(group_rows);
        cells = cells.saturating_add(group_rows.saturating_mul(group.num_columns() as u64));
        if rows > limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        if cells > CELLS {
            return Err(ReadError::TooManyCells { limit: CELLS });
        }
        for column in group.columns() {
            let name = column.column_path().string();
            let wrong = |what: &str| broken(format!("{name}: {what}"));
            if column.file_path().is_some() {
                return Err(wrong("data in another file / データが別のファイルにあります"));
            }
            let is_nested = column.column_descr().max_rep_level() > 0;
            let values = column.num_values();
            if if is_nested { !(0..=NESTED_VALUES).contains(&values) } else { values != group.num_rows() } {
                return Err(wrong("number of values"));
            }
            let start = column.dictionary_page_offset().filter(|at| *at > 0).unwrap_or(i64::MAX);
            let start = usize::try_from(start.min(column.data_page_offset())).map_err(|_| wrong("offset"))?;
            let length = usize::try_from(column.compressed_size()).map_err(|_| wrong("size"))?;
            let chunk = start.checked_add(length).and_then(|end| data.get(start..end));
            let chunk = chunk.ok_or_else(|| wrong("outside of the file"))?;
            used = used.saturating_add(length as u64);
            // Columns of a sound file lie one behind the other.
            if used > bytes.len() as u64 {
                return Err(GeoError::WorkWithoutEnd { part: "Parquet".to_owned(), detail: name.clone() }.into());
            }
            pages(chunk, values).ok_or_else(|| wrong("page header"))?;
        }
    }
    let announced = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(u64::MAX);
    if announced == rows { Ok(()) } else { Err(GeoError::CountWrong { announced, found: rows }.into()) }
}

/// Walks over the pages of one column; `None` where one of them cannot be what it announces.
fn pages(chunk: &[u8], values: i64) -> Option<()> {
    let (mut at, mut seen) = (0_usize, 0_i64);
    while at < chunk.len() && seen < values {
        let mut reader = Reader::new(chunk.get(at..)?);
        let (mut kind, mut unpacked, mut packed, mut count) = (-1, -1, -1, 0);
        let inner = |reader: &mut Reader<'_>, count: &mut i64| {
            reader.fields(&mut |reader, id, kind| {
                Some(if id == 1 && kind == 5 {
                    *count = reader.integer()?;
                    true
                } else {
                    false
                })
            })
        };
        reader.fields(&mut |reader, id, field| {
            match (id, field) {
                (1, 5) => kind = reader.integer()?,
                (2, 5) => unpacked = reader.integer()?,
                (3, 5) => packed = reader.integer()?,
                (5 | 7 | 8, STRUCT) => inner(reader, &mut count)?,
                _ => return Some(false),
            }
            Some(true)
        })?;
        let is_dictionary = kind == 2;
        // Entries of a dictionary take at least a byte each, but for texts without letters, of which there is one.
        let is_sane = (0..=PAGE_BYTES).contains(&unpacked)
            && count >= 0
            && count <= if is_dictionary { unpacked.saturating_add(1) } else { values };
        let body = usize::try_from(packed).ok()?;
        at = at.checked_add(reader.position())?.checked_add(body)?;
        if !is_sane || at > chunk.len() {
            return None;
        }
        if matches!(kind, 0 | 3) {
            seen = seen.checked_add(count)?;
        }
    }
    // Values that no page holds were lost.
    (seen >= values).then_some(())
}
