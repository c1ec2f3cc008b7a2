//! A segment that is being written: slots by an atomic counter, records into mapped memory.

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::CountError;
use super::super::record::RECORD_BYTES;
use super::slots::Slots;
use super::{HEADER_BYTES, Header, array, seal};
use crate::model::mapped::MappedSegment;

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
    slots: Slots<AtomicU64>,
    /// The first slots that are known to be on the disk.
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
        Ok(Self { header, folder: folder.to_owned(), map, slots: Slots::new(header.slots), synced: AtomicU64::new(0) })
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
        let mut words = [0; 6];
        for (word, part) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_ne_bytes(array(part, 0));
        }
        self.slots.put(|slot| self.map.write_words(offset(slot), &words))
    }

    /// Slots written so far.
    pub(crate) fn written(&self) -> u64 {
        self.slots.written()
    }

    /// Gives out no more slots. Those given before may still be being written.
    pub(crate) fn close(&self) {
        self.slots.close();
    }

    /// Whether it is closed and every slot given has been written.
    pub(crate) fn is_complete(&self) -> bool {
        self.slots.is_complete()
    }

    /// Brings to the disk what was written since the last time.
    pub(crate) fn sync(&self) -> Result<(), CountError> {
        let from = self.synced.load(Ordering::Relaxed);
        let filled = self.slots.filled();
        if filled.written == from {
            return Ok(());
        }
        // A page that is being written out is closed to writers on many file systems, and every answer writes into the
        // last one: where whole pages were filled, they go now and the last one goes with the next tick.
        let whole = offset(filled.given) / PAGE_BYTES * PAGE_BYTES;
        let (end, reached) = if whole >= offset(from) + RECORD_BYTES {
            (whole, ((whole - HEADER_BYTES) / RECORD_BYTES) as u64)
        } else {
            (offset(filled.given), filled.given)
        };
        let path = self.header.id.path(&self.folder, "live");
        let begin = offset(from);
        self.map.sync_range(begin, end.saturating_sub(begin)).map_err(CountError::file(&path))?;
        // A slot that was given and not yet written may be written after this: all from here on goes again next time,
        // and pages that did not change cost nothing.
        if filled.is_settled {
            self.synced.store(reached, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Puts a sealed copy in the place of the live file, or removes it where nothing was written. Only for a complete
    /// segment.
    pub(crate) fn seal(&self) -> Result<(), CountError> {
        seal(&self.folder, self.header.id)
    }
}

/// Where a slot begins. Slots number fewer than 2^32, so that it fits on every machine that maps them.
fn offset(slot: u64) -> usize {
    HEADER_BYTES + usize::try_from(slot).unwrap_or(usize::MAX / 96) * RECORD_BYTES
}
