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

/// One entry of the directory.
pub(super) struct Entry {
    name: String,
    /// The same without the Unicode name of the extra field.
    plain_name: String,
    /// The file type of Unix in the upper bits of the external attributes is that of a link.
    is_link: bool,
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
    /// Number of entries the end record announces, modulo 65,536.
    announced: Option<u16>,
}

impl Entry {
    /// Its name. Text, never a path.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it is a folder.
    pub(super) fn is_folder(&self) -> bool {
        self.name.ends_with('/')
    }

    /// Whether it is a link to somewhere else.
    pub(super) fn is_link(&self) -> bool {
        self.is_link
    }
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
        let announced = end_record(bytes).and_then(|end| u16_at(bytes, end + 10));
        if entries.is_empty() { Err(ZipError::NoDirectory) } else { Ok(Self { bytes, entries, announced }) }
    }

    /// The entries in the order of the directory.
    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether the archive is one that every program reads alike: as many entries as announced, none of them encrypted,
    /// none sharing bytes with another (the bombs of overlapping entries), each with the same name at both its places.
    pub(super) fn check(&self) -> Result<(), ZipError> {
        let count = u16::try_from(self.entries.len() & 0xFFFF).unwrap_or(u16::MAX);
        if self.announced.is_some_and(|announced| announced != count && announced != u16::MAX) {
            return Err(ZipError::Broken { detail: "the directory is cut off" });
        }
        let mut taken: Vec<(usize, usize)> = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            if entry.flags & 1 != 0 {
                return Err(ZipError::Encrypted);
            }
            let packed = self.packed(entry).ok_or(ZipError::Broken { detail: "an entry lies outside the file" })?;
            let start = usize::try_from(entry.offset).unwrap_or(usize::MAX);
            let end = packed.as_ptr().addr().saturating_sub(self.bytes.as_ptr().addr()).saturating_add(packed.len());
            taken.push((start, end));
            let len = u16_at(self.bytes, start.saturating_add(26)).map_or(0, usize::from);
            let local = self.bytes.get(start.saturating_add(30)..start.saturating_add(30).saturating_add(len));
            // The flag for UTF-8 and the extra field of either place may differ; the bytes of the name must not.
            if local.map(|raw| decoded_name(raw, entry.flags, &[])).as_deref() != Some(entry.plain_name.as_str()) {
                return Err(ZipError::Broken { detail: "an entry has two different names" });
            }
        }
        taken.sort_unstable();
        let overlap = taken.windows(2).any(|pair| matches!(pair, [(_, end), (start, _)] if start < end));
        if overlap { Err(ZipError::Broken { detail: "entries overlap" }) } else { Ok(()) }
    }

    /// The names of the entries.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
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
        self.unpack(entry, limit_bytes)
    }

    /// Unpacks one entry of this archive.
    pub(super) fn unpack(&self, entry: &Entry, limit_bytes: usize) -> Result<Vec<u8>, ZipError> {
        if entry.flags & 1 != 0 {
            return Err(ZipError::Encrypted);
        }
        let packed = self.packed(entry).ok_or(ZipError::Broken { detail: "an entry lies outside the file" })?;
        let unpacked = match entry.method {
            0 if packed.len() > limit_bytes => return Err(ZipError::TooLarge { limit_bytes }),
            0 => packed.to_vec(),
            8 => {
                let limit = u64::try_from(limit_bytes).unwrap_or(u64::MAX);
                let mut out = Vec::new();
                flate2::read::DeflateDecoder::new(packed).take(limit.saturating_add(1)).read_to_end(&mut out).map_err(
                    |error| match error.kind() {
                        std::io::ErrorKind::OutOfMemory => ZipError::TooLarge { limit_bytes },
                        _ => ZipError::Broken { detail: "the packed data cannot be unpacked" },
                    },
                )?;
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

/// Where the end record is, searched over its longest comment.
fn end_record(bytes: &[u8]) -> Option<usize> {
    let tail_start = bytes.len().saturating_sub(22 + usize::from(u16::MAX));
    Some(tail_start + memchr::memmem::rfind(bytes.get(tail_start..)?, END)?)
}

/// Where the directory begins, by the end record (searched over its longest comment) or that of ZIP64.
fn directory_start(bytes: &[u8]) -> Option<usize> {
    let end = end_record(bytes)?;
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
    let flags = u16_at(bytes, at + 8)?;
    let mode = u32_at(bytes, at + 38)? >> 16;
    let entry = Entry {
        name: decoded_name(name, flags, extra),
        plain_name: decoded_name(name, flags, &[]),
        is_link: mode & 0o170_000 == 0o120_000,
        flags,
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

/// The name of an entry as text. Its own Unicode name (Info-ZIP's extra field 0x7075) where there is one that belongs to
/// it; UTF-8 where the flag says so or the bytes can be nothing else; else CP932, which Windows writes in Japan. Letters
/// that macOS keeps in two parts (か and ゛) are joined.
fn decoded_name(raw: &[u8], flags: u16, extra: &[u8]) -> String {
    use unicode_normalization::UnicodeNormalization as _;

    const UTF8_FLAG: u16 = 1 << 11;
    let unicode = extra_field(extra, 0x7075).and_then(|field| {
        let (head, name) = (field.get(..5)?, field.get(5..)?);
        let belongs = head.first() == Some(&1) && u32_at(head, 1)? == crc32fast::hash(raw);
        std::str::from_utf8(name).ok().filter(|_| belongs).map(str::to_owned)
    });
    let name = unicode.unwrap_or_else(|| match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) if flags & UTF8_FLAG != 0 => String::from_utf8_lossy(raw).into_owned(),
        Err(_) => encoding_rs::SHIFT_JIS.decode_without_bom_handling(raw).0.into_owned(),
    });
    // Old programs for Windows part folders by a backslash; that byte inside of a letter of CP932 is decoded by now.
    name.replace('\\', "/").nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_by_flag_by_their_bytes_and_as_windows_writes_them() {
        let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode("表/ソ能.csv");
        assert_eq!(decoded_name(&cp932, 0, &[]), "表/ソ能.csv");
        assert_eq!(decoded_name("避難所/一覧.csv".as_bytes(), 1 << 11, &[]), "避難所/一覧.csv");
        assert_eq!(decoded_name("か\u{3099}.csv".as_bytes(), 0, &[]), "が.csv");
        assert_eq!(decoded_name(b"a\\b.csv", 0, &[]), "a/b.csv");
        let mut extra = [0x75, 0x70, 8, 0, 1].to_vec();
        extra.extend(crc32fast::hash(b"x.csv").to_le_bytes());
        extra.extend("表".as_bytes());
        assert_eq!(decoded_name(b"x.csv", 0, &extra), "表");
        assert_eq!(decoded_name(b"y.csv", 0, &extra), "y.csv");
    }
}
