//! What a segment holds, read from its file.

use std::fs;
use std::path::Path;

use super::super::CountError;
use super::super::record::{Entry, RECORD_BYTES};
use super::{END_MAGIC, FOOTER_BYTES, HEADER_BYTES, Header, MOST_SLOTS, SegmentId, damaged};

/// The content of a segment: its bytes as they were when it was read.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// Its header.
    pub header: Header,
    /// Slots up to the last that holds anything.
    pub used: usize,
    /// Slots among them that hold no whole record. In a segment that is still written to, these are being written now;
    /// in a sealed one their writers ended (killed before answering, or the power failed) and they count as lost.
    pub gaps: u64,
    /// Whether it is sealed.
    pub sealed: bool,
    /// Header and slots in use.
    body: Vec<u8>,
}

impl std::fmt::Debug for Image {
    /// Without its records.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image").field("header", &self.header).field("used", &self.used).finish_non_exhaustive()
    }
}

impl Image {
    /// Reads the segment `id` of `folder`; `None` where it is gone.
    pub fn read(folder: &Path, id: SegmentId) -> Result<Option<Self>, CountError> {
        // The live file may be replaced by the sealed one between two looks, hence the third.
        for ending in ["seg", "live", "seg"] {
            let path = id.path(folder, ending);
            match fs::read(&path) {
                Ok(bytes) => return Self::parse(bytes).map(Some).map_err(|detail| damaged(&path, detail)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(CountError::file(&path)(error)),
            }
        }
        Ok(None)
    }

    pub(super) fn parse(mut bytes: Vec<u8>) -> Result<Self, &'static str> {
        let header = Header::from_bytes(&bytes)?;
        let slots = bytes.get(HEADER_BYTES..).ok_or("it is shorter than its header")?;
        let sealed = slots.len() >= FOOTER_BYTES && slots[slots.len() - FOOTER_BYTES..].starts_with(&END_MAGIC);
        if sealed {
            let (body, found) = bytes.split_at(bytes.len() - FOOTER_BYTES);
            let digest = blake3::Hasher::new().update(body).update(&found[..32]).finalize();
            if digest.as_bytes() != &found[32..] {
                return Err("its digest is wrong: it was changed or damaged after it was sealed");
            }
            bytes.truncate(bytes.len() - FOOTER_BYTES);
        }
        let slots = &bytes[HEADER_BYTES..];
        if slots.len() as u64 / RECORD_BYTES as u64 > MOST_SLOTS {
            return Err("it has more slots than any segment of ours");
        }
        let holds = |slot: &[u8]| slot.iter().any(|byte| *byte != 0);
        let used = if sealed {
            slots.len() / RECORD_BYTES
        } else {
            slots.chunks_exact(RECORD_BYTES).rposition(holds).map_or(0, |last| last + 1)
        };
        bytes.truncate(HEADER_BYTES + used * RECORD_BYTES);
        bytes.shrink_to_fit();
        let mut image = Self { header, used, gaps: 0, sealed, body: bytes };
        image.gaps = (used - image.entries().count()) as u64;
        Ok(image)
    }

    /// What its slots hold, by slot; slots without a whole record are passed over.
    pub fn entries(&self) -> impl Iterator<Item = (u32, Entry)> + '_ {
        // No segment has more than 2^24 slots.
        let slots = 0..u32::try_from(self.used).unwrap_or(0);
        slots.filter_map(|slot| Some((slot, self.entry(slot)?)))
    }

    /// What one slot holds.
    pub fn entry(&self, slot: u32) -> Option<Entry> {
        let from = HEADER_BYTES.checked_add(usize::try_from(slot).ok()?.checked_mul(RECORD_BYTES)?)?;
        Entry::from_bytes(self.body.get(from..from + RECORD_BYTES)?.try_into().ok()?)
    }

    /// Header and slots as a sealed segment holds them.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    /// What closes a sealed segment.
    pub(super) fn footer(&self) -> [u8; FOOTER_BYTES] {
        let (mut first_ms, mut last_ms) = (i64::MAX, i64::MIN);
        for (_, entry) in self.entries() {
            first_ms = first_ms.min(entry.time_ms());
            last_ms = last_ms.max(entry.time_ms());
        }
        if first_ms > last_ms {
            (first_ms, last_ms) = (0, 0);
        }
        let mut footer = [0; FOOTER_BYTES];
        footer[0..8].copy_from_slice(&END_MAGIC);
        footer[8..16].copy_from_slice(&(self.used as u64).to_le_bytes());
        footer[16..24].copy_from_slice(&first_ms.to_le_bytes());
        footer[24..32].copy_from_slice(&last_ms.to_le_bytes());
        let digest = blake3::Hasher::new().update(&self.body).update(&footer[..32]).finalize();
        footer[32..].copy_from_slice(digest.as_bytes());
        footer
    }
}
