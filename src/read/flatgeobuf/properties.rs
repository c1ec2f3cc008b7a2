//! The values of a feature: one behind the other, each after the number of its column, in the bytes its type takes.

use super::header::Column;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::RowSink;
use crate::read::cells::{Meaning, RowCells};
use crate::read::geometry_row::Fault;
use crate::read::number::shortest;

struct Values<'a> {
    rest: &'a [u8],
}

impl<'a> Values<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*head)
    }

    /// Bytes after their length.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(u32::from_le_bytes(self.take()?)).ok()?;
        let (head, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(head)
    }
}

/// Sets the cells of a feature's values. `columns` are those the values are numbered by, with the cell each fills.
pub(super) fn fill(
    cells: &mut RowCells,
    columns: &[(Column, usize)],
    bytes: &[u8],
    row: u64,
    limit_bytes: usize,
    sink: &mut dyn RowSink,
) -> Result<(), Fault> {
    let mut values = Values { rest: bytes };
    while !values.rest.is_empty() {
        let cut = || Fault::broken("properties: cut off");
        let number = usize::from(u16::from_le_bytes(values.take().ok_or_else(cut)?));
        let (column, index) = columns
            .get(number)
            .ok_or_else(|| Fault::broken(format!("properties: column {number} of {}", columns.len())))?;
        let short = || Fault::broken(format!("{}: cut off", column.name));
        value(&mut values, cells, (column, *index), (row, limit_bytes), sink).ok_or_else(short)??;
    }
    Ok(())
}

/// One value; `None` where its bytes are not all there.
fn value(
    values: &mut Values<'_>,
    cells: &mut RowCells,
    (column, index): (&Column, usize),
    (row, limit_bytes): (u64, usize),
    sink: &mut dyn RowSink,
) -> Option<Result<(), Fault>> {
    let place = || Place { sheet: None, row: Some(row), column: Some(column.name.clone()), ..Place::default() };
    let number = match column.kind {
        0 => i8::from_le_bytes(values.take()?).to_string(),
        1 => u8::from_le_bytes(values.take()?).to_string(),
        2 => {
            let [byte] = values.take()?;
            cells.set_bool(index, byte != 0);
            return Some(Ok(()));
        }
        3 => i16::from_le_bytes(values.take()?).to_string(),
        4 => u16::from_le_bytes(values.take()?).to_string(),
        5 => i32::from_le_bytes(values.take()?).to_string(),
        6 => u32::from_le_bytes(values.take()?).to_string(),
        7 => i64::from_le_bytes(values.take()?).to_string(),
        8 => u64::from_le_bytes(values.take()?).to_string(),
        9 => {
            let value = f32::from_le_bytes(values.take()?);
            if value.is_finite() {
                value.to_string()
            } else {
                not_finite(f64::from(value), place(), sink);
                return Some(Ok(()));
            }
        }
        10 => {
            let value = f64::from_le_bytes(values.take()?);
            if value.is_finite() {
                shortest(value)
            } else {
                not_finite(value, place(), sink);
                return Some(Ok(()));
            }
        }
        14 => {
            let bytes = values.counted()?;
            sink.finding(Finding::new(FindingCode::ValueBinary, place(), &bytes.len().to_string(), ""));
            return Some(Ok(()));
        }
        kind => {
            let bytes = values.counted()?;
            if bytes.len() > limit_bytes {
                return Some(Err(Fault::broken(format!("{}: {} bytes", column.name, bytes.len()))));
            }
            let Ok(text) = std::str::from_utf8(bytes) else {
                return Some(Err(Fault::broken(format!("{}: not UTF-8", column.name))));
            };
            let is_date =
                kind == 13 && (text.parse::<jiff::civil::Date>().is_ok() || text.parse::<jiff::Timestamp>().is_ok());
            cells.set(index, if is_date { Meaning::DateTime } else { Meaning::Text }, text);
            return Some(Ok(()));
        }
    };
    cells.set(index, Meaning::Number, &number);
    Some(Ok(()))
}

fn not_finite(value: f64, place: Place, sink: &mut dyn RowSink) {
    sink.finding(Finding::new(FindingCode::NumberInvalid, place, &value.to_string(), ""));
}
