//! The records of a workbook stream ([MS-XLS] 2.1.4): a kind, a length, a body; long ones go on in CONTINUE records.

use super::little::{broken, u16_at};
use crate::read::ReadError;

/// Kinds of records that are looked at ([MS-XLS] 2.3.2).
pub(super) mod kind {
    pub(in crate::read::xls) const FORMULA: u16 = 0x0006;
    pub(in crate::read::xls) const EOF: u16 = 0x000A;
    pub(in crate::read::xls) const NOTE: u16 = 0x001C;
    pub(in crate::read::xls) const DATEMODE: u16 = 0x0022;
    pub(in crate::read::xls) const FILEPASS: u16 = 0x002F;
    pub(in crate::read::xls) const CONTINUE: u16 = 0x003C;
    pub(in crate::read::xls) const CODEPAGE: u16 = 0x0042;
    pub(in crate::read::xls) const OBJ: u16 = 0x005D;
    pub(in crate::read::xls) const COLINFO: u16 = 0x007D;
    pub(in crate::read::xls) const BOUNDSHEET: u16 = 0x0085;
    pub(in crate::read::xls) const MULRK: u16 = 0x00BD;
    pub(in crate::read::xls) const MULBLANK: u16 = 0x00BE;
    pub(in crate::read::xls) const RSTRING: u16 = 0x00D6;
    pub(in crate::read::xls) const XF: u16 = 0x00E0;
    pub(in crate::read::xls) const MERGEDCELLS: u16 = 0x00E5;
    pub(in crate::read::xls) const MSODRAWING: u16 = 0x00EC;
    pub(in crate::read::xls) const SST: u16 = 0x00FC;
    pub(in crate::read::xls) const LABELSST: u16 = 0x00FD;
    pub(in crate::read::xls) const SUPBOOK: u16 = 0x01AE;
    pub(in crate::read::xls) const DIMENSIONS: u16 = 0x0200;
    pub(in crate::read::xls) const BLANK: u16 = 0x0201;
    pub(in crate::read::xls) const NUMBER: u16 = 0x0203;
    pub(in crate::read::xls) const LABEL: u16 = 0x0204;
    pub(in crate::read::xls) const BOOLERR: u16 = 0x0205;
    pub(in crate::read::xls) const STRING: u16 = 0x0207;
    pub(in crate::read::xls) const ROW: u16 = 0x0208;
    pub(in crate::read::xls) const ARRAY: u16 = 0x0221;
    pub(in crate::read::xls) const TABLE: u16 = 0x0236;
    pub(in crate::read::xls) const RK: u16 = 0x027E;
    pub(in crate::read::xls) const FORMAT: u16 = 0x041E;
    pub(in crate::read::xls) const SHRFMLA: u16 = 0x04BC;
    pub(in crate::read::xls) const BOF: u16 = 0x0809;
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a> {
    /// Its kind.
    pub(super) kind: u16,
    /// Its body.
    pub(super) body: &'a [u8],
    /// Where it begins in the stream.
    pub(super) at: usize,
}

impl<'a> Record<'a> {
    /// A number of its body, which must be there.
    pub(super) fn u16(&self, at: usize) -> Result<u16, ReadError> {
        u16_at(self.body, at).ok_or_else(|| self.short())
    }

    /// The body from a place on, which must be there.
    pub(super) fn from(&self, at: usize) -> Result<&'a [u8], ReadError> {
        self.body.get(at..).ok_or_else(|| self.short())
    }

    /// The refusal of a record that is shorter than its kind.
    pub(super) fn short(&self) -> ReadError {
        broken(format!("record {:04X} at {} has {} bytes", self.kind, self.at, self.body.len()))
    }
}

/// Walks over records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Records<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Records<'a> {
    /// Begins at a place of the stream.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The next record; `None` at the end of the stream.
    pub(super) fn next(&mut self) -> Result<Option<Record<'a>>, ReadError> {
        let at = self.at;
        if at.saturating_add(4) > self.bytes.len() {
            return Ok(None);
        }
        let (Some(kind), Some(length)) = (u16_at(self.bytes, at), u16_at(self.bytes, at + 2)) else { return Ok(None) };
        let end = at + 4 + usize::from(length);
        let body = self.bytes.get(at + 4..end).ok_or(ReadError::Truncated {
            part: "XLS",
            expected_bytes: end as u64,
            found_bytes: self.bytes.len() as u64,
        })?;
        self.at = end;
        Ok(Some(Record { kind, body, at }))
    }

    /// The body of a record with those of the CONTINUE records after it, which are passed.
    pub(super) fn with_continued(&mut self, first: Record<'a>) -> Result<Pieces<'a>, ReadError> {
        let mut pieces = vec![first.body];
        let mut ahead = *self;
        while let Some(record) = ahead.next()?.filter(|record| record.kind == kind::CONTINUE) {
            pieces.push(record.body);
            *self = ahead;
        }
        Ok(Pieces { bodies: pieces, index: 0, at: 0 })
    }
}

/// A body in pieces.
pub(super) struct Pieces<'a> {
    bodies: Vec<&'a [u8]>,
    index: usize,
    at: usize,
}

impl<'a> Pieces<'a> {
    /// A body in one piece.
    pub(super) fn of(body: &'a [u8]) -> Self {
        Self { bodies: vec![body], index: 0, at: 0 }
    }

    /// The same from a place of its first piece on.
    pub(super) fn skipped(mut self, bytes: usize) -> Self {
        self.at = bytes;
        self
    }

    /// What is left of the piece we are in; the next piece where nothing is. `None` at the end.
    fn here(&mut self) -> Option<&'a [u8]> {
        loop {
            let rest = self.bodies.get(self.index)?.get(self.at..).unwrap_or_default();
            if !rest.is_empty() {
                return Some(rest);
            }
            self.index += 1;
            self.at = 0;
        }
    }

    /// Whether nothing is left.
    pub(super) fn is_done(&mut self) -> bool {
        self.here().is_none()
    }

    /// One byte.
    pub(super) fn u8(&mut self) -> Option<u8> {
        let byte = *self.here()?.first()?;
        self.at += 1;
        Some(byte)
    }

    /// Two bytes.
    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    /// Four bytes.
    pub(super) fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    /// Passes over bytes.
    pub(super) fn skip(&mut self, bytes: u64) -> Option<()> {
        let mut left = usize::try_from(bytes).ok()?;
        while left > 0 {
            let step = self.here()?.len().min(left);
            self.at += step;
            left -= step;
        }
        Some(())
    }

    /// Letters of one byte each or two. A string that goes on in another record says its width there anew.
    pub(super) fn units(&mut self, count: usize, mut wide: bool, out: &mut Vec<u16>) -> Option<()> {
        let mut left = count;
        let mut first_piece = self.index;
        while left > 0 {
            let here = self.here()?;
            if self.index != first_piece {
                first_piece = self.index;
                wide = self.u8()? & 1 == 1;
                continue;
            }
            let size = if wide { 2 } else { 1 };
            let take = (here.len() / size).min(left);
            if take == 0 {
                // Half a letter at the end of a record: no program writes that.
                return None;
            }
            let bytes = here.get(..take * size)?;
            if wide {
                out.extend(bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])));
            } else {
                out.extend(bytes.iter().map(|byte| u16::from(*byte)));
            }
            self.at += bytes.len();
            left -= take;
        }
        Some(())
    }
}
