//! A segment that is being written: slots by an atomic counter, records into mapped memory.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::CountError;
use super::super::record::RECORD_BYTES;
use super::{HEADER_BYTES, Header, array, seal};
use crate::model::mapped::MappedSegment;

/// Added to the slot counter when a segment is closed: no claim after that can be below the number of slots, and
/// claims cannot carry the counter round (2^64 − 2^40 of them).
const CLOSED: u64 = 1 << 40;
/// Bytes that are written out together at the least.
const PAGE_BYTES: usize = 4096;

/// Gives a file its blocks, so that no later write to it can find the disk full.
pub type Allocate = fn(&mut File, u64) -> std::io::Result<()>;

/// [`Allocate`] by the file system.
pub(crate) fn allocate(file: &mut File, length: u64) -> std::io::Result<()> {
    match rustix::fs::fallocate(&*file, rustix::fs::FallocateFlags::empty(), 0, length) {
        Ok(()) => Ok(()),
        // A file system without preallocation: zeros are written out instead.
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => {
            std::io::copy(&mut std::io::repeat(0).take(length), file)?;
            file.rewind()
        }
        Err(error) => Err(error.into()),
    }
}

/// A live segment of this process.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) header: Header,
    folder: PathBuf,
    map: MappedSegment,
    /// The next free slot; [`CLOSED`] and above once no more are given.
    next: AtomicU64,
    /// Slots fully written.
    written: AtomicU64,
    /// Slots given in all, set when closing; `u64::MAX` before.
    claimed: AtomicU64,
    /// Slots that are known to be on the disk.
    synced: AtomicU64,
}

impl Segment {
    /// Makes a segment: every block is allocated before it is mapped, so that a full disk shows here and never as a
    /// signal on the hot path.
    pub(crate) fn create(folder: &Path, header: Header, allocate: Allocate) -> Result<Self, CountError> {
        let path = header.id.path(folder, "live");
        // Under another name until its header is on the disk: a half-made file is no damaged segment.
        let temporary = header.id.path(folder, "new");
        let result = Self::create_at(&temporary, &path, header, allocate);
        if result.is_err() {
            // Gives back the blocks that a full disk did grant.
            let _ = fs::remove_file(&temporary);
        }
        let map = result.map_err(CountError::file(&path))?;
        Ok(Self {
            header,
            folder: folder.to_owned(),
            map,
            next: AtomicU64::new(0),
            written: AtomicU64::new(0),
            claimed: AtomicU64::new(u64::MAX),
            synced: AtomicU64::new(0),
        })
    }

    fn create_at(temporary: &Path, path: &Path, header: Header, allocate: Allocate) -> std::io::Result<MappedSegment> {
        let length = HEADER_BYTES as u64 + u64::from(header.slots) * RECORD_BYTES as u64;
        let mut file = fs::OpenOptions::new().read(true).write(true).create_new(true).open(temporary)?;
        allocate(&mut file, length)?;
        file.write_all(&header.to_bytes())?;
        file.sync_all()?;
        fs::rename(temporary, path)?;
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
        MappedSegment::open(&file)
    }

    /// Writes a record into the next free slot; `false` where there is none any more. No lock, no allocation.
    pub(crate) fn put(&self, bytes: &[u8; RECORD_BYTES]) -> bool {
        let slot = self.next.fetch_add(1, Ordering::Relaxed);
        if slot >= u64::from(self.header.slots) {
            return false;
        }
        let mut words = [0; 6];
        for (word, part) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_ne_bytes(array(part, 0));
        }
        // Slots number fewer than 2^32, so this fits on every machine that maps them.
        let offset = HEADER_BYTES + usize::try_from(slot).unwrap_or(usize::MAX / 96) * RECORD_BYTES;
        self.map.write_words(offset, &words);
        self.written.fetch_add(1, Ordering::Release);
        true
    }

    /// Slots written so far.
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// Gives out no more slots. Those given before may still be being written.
    pub(crate) fn close(&self) {
        let before = self.next.fetch_add(CLOSED, Ordering::AcqRel);
        if before < CLOSED {
            self.claimed.store(before.min(u64::from(self.header.slots)), Ordering::Release);
        }
    }

    /// Whether it is closed and every slot given has been written.
    pub(crate) fn is_complete(&self) -> bool {
        self.written() == self.claimed.load(Ordering::Acquire)
    }

    /// Brings to the disk what was written since the last time.
    pub(crate) fn sync(&self) -> Result<(), CountError> {
        let (from, to) = (self.synced.load(Ordering::Relaxed), self.next.load(Ordering::Relaxed) % CLOSED);
        let to = to.min(u64::from(self.header.slots));
        // Slots before `to` may be written after this, so the last few are synced again next time; the written count
        // is what decides whether there is anything to do.
        let written = self.written();
        if written == from {
            return Ok(());
        }
        let offset = |slot: u64| HEADER_BYTES + usize::try_from(slot).unwrap_or(0) * RECORD_BYTES;
        let begin = offset(from.min(to).saturating_sub(1024));
        // A page that is being written out is closed to writers on many file systems, and every answer writes into the
        // last one: where whole pages were filled, they go now and the last one goes with the next tick.
        let whole = offset(to) / PAGE_BYTES * PAGE_BYTES;
        let (end, now_synced) = if whole >= offset(from) + RECORD_BYTES {
            (whole, (whole - HEADER_BYTES) / RECORD_BYTES)
        } else {
            (offset(to), usize::try_from(written).unwrap_or(usize::MAX))
        };
        let path = self.header.id.path(&self.folder, "live");
        self.map.sync_range(begin, end.saturating_sub(begin)).map_err(CountError::file(&path))?;
        self.synced.store((now_synced as u64).min(written), Ordering::Relaxed);
        Ok(())
    }

    /// Puts a sealed copy in the place of the live file, or removes it where nothing was written. Only for a complete
    /// segment.
    pub(crate) fn seal(&self) -> Result<(), CountError> {
        seal(&self.folder, self.header.id)
    }
}
