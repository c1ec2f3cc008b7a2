//! A first look over one sheet: where its cells lie, what is merged, what is hidden, what lies over the cells.

use super::little::{broken, u16_at, u32_at};
use super::records::{Record, Records, kind};
use crate::read::spreadsheet::{Beside, Merge, Merges};
use crate::read::{ReadError, ReadLimits};

/// Rows of a sheet of this generation.
pub(super) const ROWS: usize = 1 << 16;
/// Columns of such a sheet.
const COLUMNS: u64 = 256;

/// One record of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    /// Its row, from 0.
    pub(super) row: u16,
    /// Its first column, from 0.
    pub(super) column: u16,
    /// Where its record begins in the stream.
    pub(super) at: u32,
}

/// What the first look has shown.
pub(super) struct Survey {
    /// Records of cells with values, by row and column.
    pub(super) cells: Vec<Cell>,
    /// Whether a row is there, if only by its height or by a blank cell.
    pub(super) present: Vec<bool>,
    /// Whether a row is hidden.
    pub(super) hidden: Vec<bool>,
    /// Hidden columns, from 1, ascending.
    pub(super) hidden_columns: Vec<u64>,
    /// The merged ranges.
    pub(super) merges: Merges,
    /// What lies over the cells.
    pub(super) beside: Beside,
    /// The range the sheet announces: first column, first row, last column, last row.
    pub(super) dimension: Option<(usize, u32, usize, u32)>,
    /// Whether the sheet has cells at all, or is one of charts in spite of its listing.
    pub(super) is_worksheet: bool,
}

/// Looks over the sheet that begins at this place of the stream.
pub(super) fn survey(stream: &[u8], at: usize, unicode: bool, limits: &ReadLimits) -> Result<Survey, ReadError> {
    let mut records = Records::new(stream, at);
    let first = records.next()?.ok_or_else(|| broken(format!("no sheet at {at}")))?;
    if super::globals::generation(&first)? != unicode {
        return Err(broken("sheets of two versions"));
    }
    let mut found = Survey {
        cells: Vec::new(),
        present: vec![false; ROWS],
        hidden: vec![false; ROWS],
        hidden_columns: Vec::new(),
        merges: Merges::default(),
        beside: Beside::default(),
        dimension: None,
        is_worksheet: u16_at(first.body, 2) == Some(0x0010),
    };
    let (mut merges, mut width, mut depth, mut anchor) = (Vec::new(), 0_usize, 0_usize, None);
    loop {
        let Some(record) = records.next()? else {
            return Err(ReadError::Truncated {
                part: "XLS",
                expected_bytes: stream.len() as u64 + 4,
                found_bytes: stream.len() as u64,
            });
        };
        match record.kind {
            // Charts on a sheet are parts inside of it, with records of the same kinds.
            kind::BOF => depth += 1,
            kind::EOF if depth == 0 => break,
            kind::EOF => depth -= 1,
            _ if depth > 0 => {}
            kind::MERGEDCELLS => merged(&record, &mut merges, limits)?,
            kind::MSODRAWING => anchor = corner(record.body).or(anchor),
            kind::OBJ => {
                let (column, row) = anchor.take().unwrap_or((0, 0));
                object(&record, unicode, column, row, &mut found.beside);
            }
            kind::NOTE => {
                let continues = !unicode && u16_at(record.body, 0) == Some(0xFFFF);
                if let (Some(row), Some(column), false) = (u16_at(record.body, 0), u16_at(record.body, 2), continues) {
                    found.beside.comments.add(usize::from(column), u32::from(row));
                }
            }
            _ => found.record(&record, unicode, &mut width)?,
        }
    }
    found.cells.sort_by_key(|cell| (cell.row, cell.column));
    found.hidden_columns.sort_unstable();
    found.hidden_columns.dedup();
    found.merges = Merges::new(merges, width);
    Ok(found)
}

impl Survey {
    fn record(&mut self, record: &Record<'_>, unicode: bool, width: &mut usize) -> Result<(), ReadError> {
        match record.kind {
            kind::LABELSST
            | kind::LABEL
            | kind::RSTRING
            | kind::NUMBER
            | kind::RK
            | kind::MULRK
            | kind::FORMULA
            | kind::BOOLERR => {
                let (row, column) = (record.u16(0)?, record.u16(2)?);
                let last = if record.kind == kind::MULRK {
                    u16_at(record.body, record.body.len().saturating_sub(2)).unwrap_or(column)
                } else {
                    column
                };
                *width = (*width).max(usize::from(last.max(column)) + 1);
                let at = u32::try_from(record.at).map_err(|_| broken("a stream of more than 4 GiB"))?;
                self.cells.push(Cell { row, column, at });
                self.see(row);
            }
            kind::BLANK | kind::MULBLANK => self.see(record.u16(0)?),
            kind::ROW => {
                let row = record.u16(0)?;
                self.see(row);
                let flat = record.u16(6)? == 0;
                let hidden = flat || record.u16(12)? & 0x20 != 0;
                if let Some(place) = self.hidden.get_mut(usize::from(row)) {
                    *place = hidden;
                }
            }
            kind::COLINFO => {
                let (first, last) = (u64::from(record.u16(0)?), u64::from(record.u16(2)?));
                if (record.u16(4)? == 0 || record.u16(8)? & 1 == 1) && self.hidden_columns.len() < 1 << 16 {
                    self.hidden_columns.extend(first + 1..=(last + 1).min(COLUMNS));
                }
            }
            kind::DIMENSIONS => self.dimension = dimension(record.body, unicode),
            _ => {}
        }
        Ok(())
    }

    fn see(&mut self, row: u16) {
        if let Some(place) = self.present.get_mut(usize::from(row)) {
            *place = true;
        }
    }
}

/// The announced range, ends exclusive in the file; `None` where it is empty.
fn dimension(body: &[u8], unicode: bool) -> Option<(usize, u32, usize, u32)> {
    let (top, bottom, at) = if unicode {
        (u32_at(body, 0)?, u32_at(body, 4)?, 8)
    } else {
        (u32::from(u16_at(body, 0)?), u32::from(u16_at(body, 2)?), 4)
    };
    let (left, right) = (usize::from(u16_at(body, at)?), usize::from(u16_at(body, at + 2)?));
    Some((left, top, right.checked_sub(1)?, bottom.checked_sub(1)?)).filter(|_| left < right && top < bottom)
}

fn merged(record: &Record<'_>, merges: &mut Vec<Merge>, limits: &ReadLimits) -> Result<(), ReadError> {
    let count = usize::from(record.u16(0)?);
    for range in record.from(2)?.chunks_exact(8).take(count) {
        if merges.len() >= limits.merges {
            return Err(ReadError::TooManyParts { what: "merged ranges", limit: limits.merges });
        }
        let word = |at| u16_at(range, at).unwrap_or(0);
        let first = (usize::from(word(4)), u32::from(word(0)));
        merges.extend(Merge::between(first, (usize::from(word(6)), u32::from(word(2)))));
    }
    Ok(())
}

/// The cell of a drawn object's corner: the last client anchor (F010) among the drawing's atoms ([MS-ODRAW] 2.2).
fn corner(body: &[u8]) -> Option<(usize, u32)> {
    let (mut at, mut found) = (0_usize, None);
    while let (Some(head), Some(sort), Some(length)) = (u16_at(body, at), u16_at(body, at + 2), u32_at(body, at + 4)) {
        if sort == 0xF010 {
            let place = (u16_at(body, at + 10), u16_at(body, at + 14));
            found =
                if let (Some(column), Some(row)) = place { Some((usize::from(column), u32::from(row))) } else { found };
        }
        // Version 15 marks a box of other atoms, which is entered and not passed.
        let inside = if head & 0xF == 0xF { 0 } else { length as usize };
        at = at.saturating_add(8).saturating_add(inside);
    }
    found
}

/// What an object is ([MS-XLS] 2.5.143, `ot`). Arrows of filters and boxes of comments are no objects to a person.
fn object(record: &Record<'_>, unicode: bool, column: usize, row: u32, beside: &mut Beside) {
    let Some(sort) = u16_at(record.body, 4) else { return };
    if unicode && u16_at(record.body, 0) != Some(0x15) {
        return;
    }
    let refs = match sort {
        0x14 | 0x19 => return,
        0x05 => &mut beside.charts,
        0x08 => &mut beside.pictures,
        0x07 | 0x0B..=0x13 => &mut beside.objects,
        _ => &mut beside.shapes,
    };
    refs.add(column, row);
}
