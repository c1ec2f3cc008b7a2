//! Compound files ([MS-CFB]): a small file system of sectors inside of one file.
//!
//! Nothing announced is believed: a chain has at most as many sectors as the file, a stream at most as many bytes as its
//! chain, and a directory is walked with each entry once.

use std::borrow::Cow;

use super::little::{broken, u16_at, u32_at, u64_at};
use crate::read::ReadError;

/// The bytes every compound file begins with.
pub(in crate::read) const SIGNATURE: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Largest number of a sector; those above mark the ends of chains, free sectors and the tables themselves.
const LAST_SECTOR: u32 = 0xFFFF_FFFA;
const END_OF_CHAIN: u32 = 0xFFFF_FFFE;

/// Entries of the directory: embedded files have about ten each, and no known workbook a thousand of them.
const ENTRIES: usize = 50_000;

/// Sector numbers held in the header for the allocation table.
const HEADER_TABLES: usize = 109;

#[derive(Debug, Clone)]
struct Entry {
    name: String,
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    size: u64,
}

/// An opened compound file.
pub(in crate::read) struct Compound<'a> {
    bytes: &'a [u8],
    sector_bytes: usize,
    mini_bytes: usize,
    cutoff: u64,
    table: Vec<u32>,
    mini_table: Vec<u32>,
    mini_stream: Cow<'a, [u8]>,
    entries: Vec<Entry>,
    /// The entries directly below the root.
    top: Vec<usize>,
}

impl<'a> Compound<'a> {
    /// Reads the header, the allocation tables and the directory.
    pub(in crate::read) fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        if !bytes.starts_with(&SIGNATURE) {
            return Err(broken("no compound file"));
        }
        let head = |at| u32_at(bytes, at).ok_or_else(|| cut(bytes, 512));
        let shift = u16_at(bytes, 30).ok_or_else(|| cut(bytes, 512))?;
        let mini_shift = u16_at(bytes, 32).ok_or_else(|| cut(bytes, 512))?;
        if !matches!(shift, 9 | 12) || mini_shift != 6 {
            return Err(broken(format!("sectors of 2^{shift} and 2^{mini_shift} bytes")));
        }
        let mut file = Self {
            bytes,
            sector_bytes: 1 << shift,
            mini_bytes: 1 << mini_shift,
            cutoff: u64::from(head(56)?),
            table: Vec::new(),
            mini_table: Vec::new(),
            mini_stream: Cow::Borrowed(&[]),
            entries: Vec::new(),
            top: Vec::new(),
        };
        file.read_table(head(68)?)?;
        file.read_directory(head(48)?, u16_at(bytes, 26) == Some(3))?;
        let first_mini = head(60)?;
        if first_mini <= LAST_SECTOR {
            let bytes = file.chain(first_mini, None)?;
            file.mini_table = words(&bytes);
        }
        if let Some(root) = file.entries.first()
            && root.start <= LAST_SECTOR
            && root.size > 0
        {
            file.mini_stream = file.chain(root.start, Some(root.size))?;
        }
        Ok(file)
    }

    /// Sectors of the file behind its header, the last one perhaps not whole.
    fn sectors(&self) -> usize {
        self.bytes.len().div_ceil(self.sector_bytes).saturating_sub(1)
    }

    /// The bytes of one sector; fewer where the file ends in it.
    fn sector(&self, number: u32) -> Result<&'a [u8], ReadError> {
        let start = (number as usize).saturating_add(1).saturating_mul(self.sector_bytes);
        let end = start.saturating_add(self.sector_bytes);
        let found = self.bytes.get(start..end.min(self.bytes.len())).filter(|found| !found.is_empty());
        found.ok_or_else(|| cut(self.bytes, end))
    }

    /// The allocation table, whose own sectors are listed in the header and in a chain of lists.
    fn read_table(&mut self, first_list: u32) -> Result<(), ReadError> {
        let mut sectors: Vec<u32> = (0..HEADER_TABLES).filter_map(|index| u32_at(self.bytes, 76 + index * 4)).collect();
        let (mut list, mut lists) = (first_list, 0);
        while list <= LAST_SECTOR {
            lists += 1;
            if lists > self.sectors() {
                return Err(broken("a cycle in the list of sectors"));
            }
            let mut numbers = words(self.sector(list)?);
            list = numbers.pop().unwrap_or(END_OF_CHAIN);
            sectors.extend(numbers);
        }
        sectors.retain(|sector| *sector <= LAST_SECTOR);
        // One sector of the table speaks for 128 sectors or more; more of them than sectors is a lie.
        if sectors.len() > self.sectors() {
            return Err(broken("more tables than sectors"));
        }
        for sector in sectors {
            self.table.extend(words(self.sector(sector)?));
        }
        Ok(())
    }

    /// The bytes of a chain of sectors, as many as `size` says. A chain that lies in one piece is not copied.
    fn chain(&self, start: u32, size: Option<u64>) -> Result<Cow<'a, [u8]>, ReadError> {
        let all = self.sectors().saturating_mul(self.sector_bytes);
        let wanted = match size {
            Some(size) => usize::try_from(size).ok().filter(|size| *size <= all),
            None => Some(all),
        };
        let wanted = wanted.ok_or_else(|| cut(self.bytes, size.unwrap_or(0)))?;
        let (mut numbers, mut next) = (Vec::new(), start);
        while next <= LAST_SECTOR && numbers.len().saturating_mul(self.sector_bytes) < wanted {
            numbers.push(next);
            if numbers.len() > self.sectors() {
                return Err(broken("a cycle in a chain of sectors"));
            }
            next = *self.table.get(next as usize).ok_or_else(|| broken(format!("sector {next} has no place")))?;
        }
        // Without a size, a chain that has not ended after as many sectors as there are goes round.
        if size.is_none() && next <= LAST_SECTOR {
            return Err(broken("a cycle in a chain of sectors"));
        }
        if size.is_some() && numbers.len().saturating_mul(self.sector_bytes) < wanted {
            return Err(broken(format!("a stream of {wanted} bytes with {} sectors", numbers.len())));
        }
        let in_one_piece = numbers.windows(2).all(|pair| pair[0].checked_add(1) == Some(pair[1]));
        if in_one_piece && let Some(first) = numbers.first() {
            let from = (*first as usize).saturating_add(1).saturating_mul(self.sector_bytes);
            let to = from.saturating_add(numbers.len().saturating_mul(self.sector_bytes));
            let to = if size.is_some() { from.saturating_add(wanted) } else { to.min(self.bytes.len()) };
            return self.bytes.get(from..to).map(Cow::Borrowed).ok_or_else(|| cut(self.bytes, to));
        }
        let mut out = Vec::new();
        for number in numbers {
            out.extend_from_slice(self.sector(number)?);
        }
        if size.is_some() {
            if out.len() < wanted {
                return Err(cut(self.bytes, self.bytes.len() + wanted - out.len()));
            }
            out.truncate(wanted);
        }
        Ok(Cow::Owned(out))
    }

    fn read_directory(&mut self, start: u32, narrow: bool) -> Result<(), ReadError> {
        let bytes = self.chain(start, None)?;
        if bytes.len() / 128 > ENTRIES {
            return Err(ReadError::TooManyParts { what: "entries", limit: ENTRIES });
        }
        for entry in bytes.chunks_exact(128) {
            let word = |at| u32_at(entry, at).unwrap_or(u32::MAX);
            let name_bytes = usize::from(u16_at(entry, 64).unwrap_or(0)).saturating_sub(2).min(62);
            let units: Vec<u16> = (0..name_bytes / 2).filter_map(|index| u16_at(entry, index * 2)).collect();
            let size = u64_at(entry, 120).unwrap_or(0);
            self.entries.push(Entry {
                name: String::from_utf16_lossy(&units),
                kind: entry.get(66).copied().unwrap_or(0),
                left: word(68),
                right: word(72),
                child: word(76),
                start: word(116),
                // Version 3 leaves the upper half undefined.
                size: if narrow { size & 0xFFFF_FFFF } else { size },
            });
        }
        let Some(root) = self.entries.first() else { return Err(broken("no directory")) };
        let (mut seen, mut waiting) = (vec![false; self.entries.len()], vec![root.child]);
        while let Some(number) = waiting.pop() {
            let index = number as usize;
            let Some(entry) = self.entries.get(index) else { continue };
            if !std::mem::replace(&mut seen[index], true) {
                waiting.extend([entry.left, entry.right]);
                self.top.push(index);
            }
        }
        Ok(())
    }

    /// The names of storages and streams directly below the root.
    pub(in crate::read) fn names(&self) -> impl Iterator<Item = &str> {
        self.top.iter().filter_map(|index| self.entries.get(*index)).map(|entry| entry.name.as_str())
    }

    /// Whether there is a storage or stream of this name directly below the root.
    pub(in crate::read) fn has(&self, name: &str) -> bool {
        self.names().any(|found| found.eq_ignore_ascii_case(name))
    }

    /// A stream directly below the root; `None` where there is none of this name.
    pub(in crate::read) fn stream(&self, name: &str) -> Result<Option<Cow<'a, [u8]>>, ReadError> {
        let mut entries = self.top.iter().filter_map(|index| self.entries.get(*index));
        let Some(entry) = entries.find(|entry| entry.kind == 2 && entry.name.eq_ignore_ascii_case(name)) else {
            return Ok(None);
        };
        if entry.size == 0 {
            return Ok(Some(Cow::Borrowed(&[])));
        }
        if entry.size < self.cutoff {
            self.small(entry).map(Some)
        } else {
            self.chain(entry.start, Some(entry.size)).map(Some)
        }
    }

    /// A stream below the cut-off lies in small sectors inside of the root's stream.
    fn small(&self, entry: &Entry) -> Result<Cow<'a, [u8]>, ReadError> {
        let size = usize::try_from(entry.size).unwrap_or(usize::MAX);
        if size > self.mini_stream.len() {
            return Err(broken(format!("a stream of {size} bytes in {}", self.mini_stream.len())));
        }
        let (mut out, mut next) = (Vec::with_capacity(size), entry.start);
        while out.len() < size {
            let from = (next as usize).saturating_mul(self.mini_bytes);
            let piece = self.mini_stream.get(from..from.saturating_add(self.mini_bytes).min(self.mini_stream.len()));
            let piece = piece.filter(|piece| !piece.is_empty()).ok_or_else(|| broken("a small sector has no place"))?;
            out.extend_from_slice(piece);
            next = self.mini_table.get(next as usize).copied().unwrap_or(END_OF_CHAIN);
        }
        out.truncate(size);
        Ok(Cow::Owned(out))
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).filter_map(|word| u32_at(word, 0)).collect()
}

fn cut(bytes: &[u8], expected: impl TryInto<u64>) -> ReadError {
    ReadError::Truncated {
        part: "XLS",
        expected_bytes: expected.try_into().unwrap_or(u64::MAX),
        found_bytes: bytes.len() as u64,
    }
}
