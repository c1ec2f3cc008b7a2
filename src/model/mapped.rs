//! Files mapped into memory: the only module with `unsafe`.
//!
//! Three uses: immutable objects read in place (tiles, downloads), preallocated counting segments written in place, and
//! in the worker the file that is being taken in.
//! Soundness rests on how the files are made: objects are written under a temporary name, synced and renamed, never
//! changed or truncated afterwards; segments are preallocated in full before they are mapped and only this process
//! writes them (an exclusive lock is held on the counting directory). A file being taken in belongs to somebody else:
//! only the worker maps it, reads it as bytes (text is checked in every piece that is used) and dies alone where it is
//! cut short under its hands.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// An immutable file mapped for reading.
#[derive(Debug)]
pub struct MappedFile(memmap2::Mmap);

impl MappedFile {
    /// Maps the whole file. The file must never be written or truncated while mapped.
    #[expect(unsafe_code, reason = "objects are immutable once renamed into place")]
    pub fn open(file: &File) -> io::Result<Self> {
        // SAFETY: objects/ holds immutable, content-addressed files; nothing in the program opens them for writing.
        unsafe { memmap2::Mmap::map(file) }.map(Self)
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for MappedFile {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The bytes of a file that is read: held in memory, or mapped and read where they lie. Both are `&[u8]` to a reader.
#[derive(Debug, Clone)]
pub struct FileBytes(Kept);

#[derive(Debug, Clone)]
enum Kept {
    Held(Arc<Vec<u8>>),
    Mapped(Arc<memmap2::Mmap>),
}

/// Bytes of a mapped file are given back in pieces of this size: rarely enough that the calls cost nothing, often enough
/// that a file of any length takes a few MiB.
const FORGET_BYTES: usize = 4 << 20;

impl FileBytes {
    /// Maps a file that somebody else may still change: only for a process that may die of it.
    #[expect(unsafe_code, reason = "the worker reads files of others where they lie")]
    pub fn map(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() == 0 {
            return Ok(Self::default());
        }
        // SAFETY: the mapping is only read, as bytes; whoever needs text checks the piece in use. A file that is cut
        // short ends this process by a signal, which its parent expects.
        let map = unsafe { memmap2::Mmap::map(file) }?;
        // Without the advice the system only reads ahead less.
        let _ = map.advise(memmap2::Advice::Sequential);
        Ok(Self(Kept::Mapped(Arc::new(map))))
    }

    /// Says that the bytes before `end` will not be read for a while, so that a mapped file takes little memory.
    /// They stay readable. `done` keeps how far that was done.
    pub fn forget_before(&self, end: usize, done: &mut usize) {
        let end = end.min(self.len()) / FORGET_BYTES * FORGET_BYTES;
        if end > *done {
            self.forget(*done..end);
            *done = end;
        }
    }

    /// Says that these bytes will not be read for a while; pages that hold others too stay. Those just before are dropped
    /// once more: reading a byte brings back the pages beside it that the system holds in one piece.
    #[expect(unsafe_code, reason = "advice that drops pages is unsafe for mappings with changes of their own")]
    pub fn forget(&self, range: std::ops::Range<usize>) {
        const PAGE_BYTES: usize = 4096;
        let Kept::Mapped(map) = &self.0 else { return };
        let from = range.start.saturating_sub(FORGET_BYTES).next_multiple_of(PAGE_BYTES);
        let to = range.end.min(map.len()) / PAGE_BYTES * PAGE_BYTES;
        if from < to {
            // SAFETY: the mapping is shared and read-only, so that dropped pages come back from the file as they were.
            // Where the system refuses, the pages merely stay.
            let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, from, to - from) };
        }
    }

    /// The bytes for changing, held from now on.
    pub fn to_mut(&mut self) -> &mut Vec<u8> {
        if let Kept::Mapped(map) = &self.0 {
            self.0 = Kept::Held(Arc::new(map.to_vec()));
        }
        match &mut self.0 {
            Kept::Held(bytes) => Arc::make_mut(bytes),
            Kept::Mapped(_) => unreachable!("the bytes were just taken into memory"),
        }
    }
}

impl Default for FileBytes {
    fn default() -> Self {
        Self(Kept::Held(Arc::new(Vec::new())))
    }
}

impl From<Vec<u8>> for FileBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Kept::Held(Arc::new(bytes)))
    }
}

impl From<&[u8]> for FileBytes {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kept::Held(bytes) => bytes,
            Kept::Mapped(map) => map,
        }
    }
}

impl AsRef<[u8]> for FileBytes {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// A preallocated file mapped for writing by many threads, each into bytes that it alone has claimed.
#[derive(Debug)]
pub struct MappedSegment(memmap2::MmapRaw);

impl MappedSegment {
    /// Maps the whole file for reading and writing; its length is fixed from now on.
    pub fn open(file: &File) -> io::Result<Self> {
        memmap2::MmapRaw::map_raw(file).map(Self)
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the segment has no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.len() == 0
    }

    /// Copies `bytes` to `offset`. The caller has claimed this range (an atomic slot index) and no other thread
    /// writes it.
    ///
    /// # Panics
    /// Where the range does not lie inside the segment: a fault in the caller's arithmetic, not in data.
    #[expect(unsafe_code, reason = "shared mapped memory can only be written through a pointer")]
    pub fn write(&self, offset: usize, bytes: &[u8]) {
        let end = offset.checked_add(bytes.len()).expect("a slot lies inside the segment");
        assert!(end <= self.0.len(), "a slot lies inside the segment");
        // SAFETY: the range was checked against the mapping above. Every byte is stored as an atomic, so a reader
        // (which also loads atomics) sees old or new bytes without a data race; a torn record is caught by its CRC.
        for (index, byte) in bytes.iter().enumerate() {
            unsafe { AtomicU8::from_ptr(self.0.as_mut_ptr().add(offset + index)) }.store(*byte, Ordering::Relaxed);
        }
    }

    /// Copies six words to `offset`, a multiple of eight: one counting record in six stores instead of forty-eight.
    /// The caller has claimed the range as for [`Self::write`].
    ///
    /// # Panics
    /// Where the range does not lie inside the segment or `offset` is no multiple of eight.
    #[expect(unsafe_code, reason = "shared mapped memory can only be written through a pointer")]
    pub fn write_words(&self, offset: usize, words: &[u64; 6]) {
        let end = offset.checked_add(48).expect("a slot lies inside the segment");
        assert!(end <= self.0.len() && offset.is_multiple_of(8), "a slot lies inside the segment");
        for (index, word) in words.iter().enumerate() {
            // SAFETY: the range was checked above; a mapping begins at a page, so a multiple of eight is aligned. As in
            // `write`, all access is atomic; mixed sizes concern only readers of a slot that is being written, whose
            // record is then torn for them and fails its CRC.
            unsafe { AtomicU64::from_ptr(self.0.as_mut_ptr().add(offset + index * 8).cast()) }
                .store(*word, Ordering::Relaxed);
        }
    }

    /// Copies the bytes from `offset` into `into`.
    ///
    /// # Panics
    /// Where the range does not lie inside the segment.
    #[expect(unsafe_code, reason = "shared mapped memory can only be read through a pointer")]
    pub fn read(&self, offset: usize, into: &mut [u8]) {
        let end = offset.checked_add(into.len()).expect("a slot lies inside the segment");
        assert!(end <= self.0.len(), "a slot lies inside the segment");
        // SAFETY: as in `write`.
        for (index, byte) in into.iter_mut().enumerate() {
            *byte = unsafe { AtomicU8::from_ptr(self.0.as_mut_ptr().add(offset + index)) }.load(Ordering::Relaxed);
        }
    }

    /// Writes changed pages to the disk and waits for it.
    pub fn sync(&self) -> io::Result<()> {
        self.0.flush()
    }

    /// Writes the changed pages that hold `length` bytes from `offset` to the disk and waits for it. What lies behind
    /// the end is left out.
    pub fn sync_range(&self, offset: usize, length: usize) -> io::Result<()> {
        let offset = offset.min(self.0.len());
        self.0.flush_range(offset, length.min(self.0.len() - offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_mapped_file_has_the_bytes_of_the_file_also_after_they_were_forgotten() -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new()?;
        assert!(FileBytes::map(file.as_file())?.is_empty());
        let bytes: Vec<u8> = (0..9_u32 << 20).map(|at| at.to_le_bytes()[0]).collect();
        file.write_all(&bytes)?;
        let mapped = FileBytes::map(file.as_file())?;
        let mut done = 0;
        mapped.forget_before(FORGET_BYTES - 1, &mut done);
        assert_eq!(done, 0);
        mapped.forget_before(usize::MAX, &mut done);
        assert_eq!(done, 2 * FORGET_BYTES);
        mapped.forget(1..usize::MAX);
        assert!(*mapped == *bytes && *FileBytes::from(bytes.clone()) == *bytes);
        Ok(())
    }

    #[test]
    fn what_is_written_is_read_back_also_from_the_file() -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(&[0; 96])?;
        let segment = MappedSegment::open(file.as_file())?;
        segment.write(48, &[7; 48]);
        let mut back = [0; 48];
        segment.read(48, &mut back);
        assert_eq!(back, [7; 48]);
        segment.write_words(0, &[u64::from_le_bytes([1, 2, 3, 4, 5, 6, 7, 8]); 6]);
        segment.sync_range(0, 1 << 20)?;
        segment.sync()?;
        assert_eq!(std::fs::read(file.path())?[48..], [7; 48]);
        assert_eq!(std::fs::read(file.path())?[40..48], [1, 2, 3, 4, 5, 6, 7, 8]);
        Ok(())
    }
}
