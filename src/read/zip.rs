//! The directory of a zip archive and its entries, unpacked under a byte count.
//!
//! Written here because nothing in an archive may be believed: the announced number of entries and sizes are never used
//! to allocate, only what is really there is counted.

use std::io::Read;

/// Why an archive or an entry cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ZipError {
    /// No end record, or a directory outside the file.
    #[error("the directory of the archive cannot be found")]
    NoDirectory,
    /// More entries than allowed.
    #[error("more than {limit} entries")]
    TooManyEntries {
        /// Entries allowed.
        limit: usize,
    },
    /// No entry of this name.
    #[error("no such entry")]
    Missing,
    /// Encrypted.
    #[error("the entry is encrypted")]
    Encrypted,
    /// A method other than stored and deflate.
    #[error("compression method {method}")]
    Method {
        /// Its number.
        method: u16,
    },
    /// Data outside the file, broken deflate or a wrong checksum.
    #[error("{detail}")]
    Broken {
        /// What is wrong.
        detail: &'static str,
    },
    /// Unpacks to more than allowed.
    #[error("unpacks to more than {limit_bytes} bytes")]
    TooLarge {
        /// Bytes allowed.
        limit_bytes: usize,
    },
}

struct Entry {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    offset: u64,
}

/// An archive whose directory was read.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry>,
}

const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

impl<'a> Archive<'a> {
    /// Reads the directory. At most `entry_limit` entries are taken.
    pub(super) fn open(bytes: &'a [u8], entry_limit: usize) -> Result<Self, ZipError> {
        let mut at = directory_start(bytes).ok_or(ZipError::NoDirectory)?;
        let mut entries = Vec::new();
        while bytes.get(at..).is_some_and(|rest| rest.starts_with(ENTRY)) {
            if entries.len() >= entry_limit {
                return Err(ZipError::TooManyEntries { limit: entry_limit });
            }
            let (entry, next) = entry_at(bytes, at).ok_or(ZipError::NoDirectory)?;
            entries.push(entry);
            at = next;
        }
        if entries.is_empty() { Err(ZipError::NoDirectory) } else { Ok(Self { bytes, entries }) }
    }

    /// The names of the entries.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The name of an entry that is there twice, compared without regard to ASCII case. Which of the two a program shows
    /// is not for us to guess.
    pub(super) fn twice(&self) -> Option<&str> {
        let mut seen = std::collections::HashSet::new();
        self.names().find(|name| !seen.insert(name.to_ascii_lowercase()))
    }

    /// Unpacks one entry, compared without regard to ASCII case as spreadsheet programs do.
    pub(super) fn read_part(&self, name: &str, limit_bytes: usize) -> Result<Vec<u8>, ZipError> {
        let entry = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name)).ok_or(ZipError::Missing)?;
        if entry.flags & 1 != 0 {
            return Err(ZipError::Encrypted);
        }
        let packed = self.packed(entry).ok_or(ZipError::Broken { detail: "an entry lies outside the file" })?;
        let unpacked = match entry.method {
            0 if packed.len() > limit_bytes => return Err(ZipError::TooLarge { limit_bytes }),
            0 => packed.to_vec(),
            8 => {
                let mut out = Vec::new();
                let limit = u64::try_from(limit_bytes).unwrap_or(u64::MAX);
                flate2::read::DeflateDecoder::new(packed)
                    .take(limit.saturating_add(1))
                    .read_to_end(&mut out)
                    .map_err(|_| ZipError::Broken { detail: "the packed data cannot be unpacked" })?;
                if out.len() > limit_bytes {
                    return Err(ZipError::TooLarge { limit_bytes });
                }
                out
            }
            method => return Err(ZipError::Method { method }),
        };
        if crc32fast::hash(&unpacked) == entry.crc {
            Ok(unpacked)
        } else {
            Err(ZipError::Broken { detail: "the checksum is wrong" })
        }
    }

    /// The packed bytes of an entry; the local header repeats name and extra field with lengths of its own.
    fn packed(&self, entry: &Entry) -> Option<&'a [u8]> {
        let at = usize::try_from(entry.offset).ok()?;
        if !self.bytes.get(at..)?.starts_with(b"PK\x03\x04") {
            return None;
        }
        let name = usize::from(u16_at(self.bytes, at.checked_add(26)?)?);
        let extra = usize::from(u16_at(self.bytes, at.checked_add(28)?)?);
        let start = at.checked_add(30)?.checked_add(name)?.checked_add(extra)?;
        self.bytes.get(start..start.checked_add(usize::try_from(entry.packed).ok()?)?)
    }
}

/// Where the directory begins, by the end record (searched over its longest comment) or that of ZIP64.
fn directory_start(bytes: &[u8]) -> Option<usize> {
    let tail_start = bytes.len().saturating_sub(22 + usize::from(u16::MAX));
    let end = tail_start + memchr::memmem::rfind(bytes.get(tail_start..)?, END)?;
    let start = u32_at(bytes, end + 16)?;
    if start != u32::MAX {
        return usize::try_from(start).ok();
    }
    let locator = end.checked_sub(20)?;
    if !bytes.get(locator..)?.starts_with(b"PK\x06\x07") {
        return None;
    }
    let record = usize::try_from(u64_at(bytes, locator + 8)?).ok()?;
    if !bytes.get(record..)?.starts_with(b"PK\x06\x06") {
        return None;
    }
    usize::try_from(u64_at(bytes, record.checked_add(48)?)?).ok()
}

fn entry_at(bytes: &[u8], at: usize) -> Option<(Entry, usize)> {
    let name_len = usize::from(u16_at(bytes, at + 28)?);
    let extra_len = usize::from(u16_at(bytes, at + 30)?);
    let comment_len = usize::from(u16_at(bytes, at + 32)?);
    let name_end = at.checked_add(46)?.checked_add(name_len)?;
    let name = bytes.get(at + 46..name_end)?;
    let extra = bytes.get(name_end..name_end.checked_add(extra_len)?)?;
    let (mut packed, unpacked, mut offset) =
        (u64::from(u32_at(bytes, at + 20)?), u32_at(bytes, at + 24)?, u64::from(u32_at(bytes, at + 42)?));
    // ZIP64 keeps in extra field 1 only those numbers that are all ones here, in this order.
    if let Some(wide) = extra_field(extra, 1) {
        let mut place = if unpacked == u32::MAX { 8 } else { 0 };
        if packed == u64::from(u32::MAX) {
            packed = u64_at(wide, place)?;
            place += 8;
        }
        if offset == u64::from(u32::MAX) {
            offset = u64_at(wide, place)?;
        }
    }
    let entry = Entry {
        name: String::from_utf8_lossy(name).replace('\\', "/"),
        flags: u16_at(bytes, at + 8)?,
        method: u16_at(bytes, at + 10)?,
        crc: u32_at(bytes, at + 16)?,
        packed,
        offset,
    };
    Some((entry, name_end.checked_add(extra_len)?.checked_add(comment_len)?))
}

fn extra_field(mut extra: &[u8], id: u16) -> Option<&[u8]> {
    loop {
        let len = usize::from(u16_at(extra, 2)?);
        let body = extra.get(4..4 + len)?;
        if u16_at(extra, 0)? == id {
            return Some(body);
        }
        extra = extra.get(4 + len..)?;
    }
}
