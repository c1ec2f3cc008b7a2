//! Directories: where the tiles lie, packed as differences in varints, by columns.

use super::ArchiveError;

/// One entry: a run of equal tiles, or (run length 0) a leaf directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Number of the first tile.
    pub tile_id: u64,
    /// Offset in the section of tile data (of leaf directories for a leaf).
    pub offset: u64,
    /// Length in bytes; at least 1.
    pub length: u32,
    /// Tiles in the run; 0 for a leaf directory.
    pub run_length: u32,
}

/// The directory as bytes, not yet compressed. Entries stand in order of their tile numbers.
pub fn encode_directory(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * 6 + 4);
    varint(&mut bytes, entries.len() as u64);
    let mut last = 0;
    for entry in entries {
        varint(&mut bytes, entry.tile_id.wrapping_sub(last));
        last = entry.tile_id;
    }
    for entry in entries {
        varint(&mut bytes, u64::from(entry.run_length));
    }
    for entry in entries {
        varint(&mut bytes, u64::from(entry.length));
    }
    let mut next = None;
    for entry in entries {
        // 0: directly behind the one before; otherwise the offset + 1.
        varint(&mut bytes, if next == Some(entry.offset) { 0 } else { entry.offset + 1 });
        next = Some(entry.offset + u64::from(entry.length));
    }
    bytes
}

/// The entries of a directory; refused where a number does not fit or the order is not strictly rising.
pub fn decode_directory(mut bytes: &[u8]) -> Result<Vec<Entry>, ArchiveError> {
    let damaged = |detail| ArchiveError::Damaged { detail };
    let count = read_varint(&mut bytes)?;
    // Each entry takes at least four bytes (one a column), so a false count is found before anything is allocated.
    let count = usize::try_from(count)
        .ok()
        .filter(|count| *count <= bytes.len() / 4)
        .ok_or(damaged("a directory says it holds more than it can"))?;
    let mut entries = Vec::with_capacity(count);
    let mut tile_id = 0_u64;
    for index in 0..count {
        let step = read_varint(&mut bytes)?;
        if index > 0 && step == 0 {
            return Err(damaged("a directory is not in order"));
        }
        tile_id = tile_id.checked_add(step).ok_or(damaged("a tile number is too large"))?;
        entries.push(Entry { tile_id, offset: 0, length: 0, run_length: 0 });
    }
    for entry in &mut entries {
        entry.run_length = u32::try_from(read_varint(&mut bytes)?).map_err(|_| damaged("a run is too long"))?;
    }
    for entry in &mut entries {
        entry.length = u32::try_from(read_varint(&mut bytes)?).map_err(|_| damaged("a tile is too long"))?;
        if entry.length == 0 {
            return Err(damaged("a tile has no bytes"));
        }
    }
    let mut next = None;
    for entry in &mut entries {
        entry.offset = match (read_varint(&mut bytes)?, next) {
            (0, Some(next)) => next,
            (0, None) => return Err(damaged("the first entry follows nothing")),
            (offset, _) => offset - 1,
        };
        next = Some(entry.offset.checked_add(u64::from(entry.length)).ok_or(damaged("an offset is too large"))?);
    }
    if !bytes.is_empty() {
        return Err(damaged("a directory is longer than its entries"));
    }
    Ok(entries)
}

/// Appends a number as a varint (Protocol Buffers, PMTiles): seven bits a byte, the lowest first.
pub fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

fn read_varint(bytes: &mut &[u8]) -> Result<u64, ArchiveError> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) =
            bytes.split_first().ok_or(ArchiveError::Damaged { detail: "a directory ends too early" })?;
        *bytes = rest;
        let part = u64::from(byte & 0x7f);
        if shift == 63 && part > 1 {
            break;
        }
        value |= part << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(ArchiveError::Damaged { detail: "a number is too large" })
}
