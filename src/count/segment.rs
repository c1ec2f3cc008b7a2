//! Segments: the files that hold records.
//!
//! A *live* segment (`RRRRRRRR-NNNNNNNNNNNNNNNNNNNN.live`) is preallocated in full and mapped; each record goes into the
//! slot that an atomic counter gave. What is written lies in the page cache at once, so that it outlives the process.
//! A *sealed* segment (`….seg`) is a copy cut to the slots in use, with a footer that holds its BLAKE3 digest; it takes
//! the place of the live one. Both may stand side by side after a crash: they hold the same records, and the sealed one
//! is read.
//!
//! Layout: header of 4,096 bytes, slots of 48 bytes, and in sealed segments a footer of 64 bytes.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::CountError;
use super::definition::DefinitionId;
use super::record::Entry;
use super::salt::DayNumber;

mod image;
mod live;
mod order;
mod slots;

pub use image::Image;
pub use live::Allocate;
pub(crate) use live::{Segment, allocate};
pub use order::{InOrder, Source};

const MAGIC: [u8; 8] = *b"HIRAKUsg";
const END_MAGIC: [u8; 8] = *b"hirakuSG";
const FORMAT: u16 = 1;
/// One page, so that slots begin on a page of their own.
const HEADER_BYTES: usize = 4096;
/// Bytes of the header in use, checksum included.
const HEADER_USED: usize = 80;
/// Where the id of the candidate definition stands, with a checksum of its own: segments of before have zeros there.
const CANDIDATE: usize = 80;
const CANDIDATE_END: usize = CANDIDATE + 32;
const FOOTER_BYTES: usize = 64;
/// Largest segment that is read: 2^24 slots, 768 MiB. Ours have 2^18.
const MOST_SLOTS: u64 = 1 << 24;

/// Which segment: the replica that wrote it and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentId {
    /// The replica.
    pub replica: u32,
    /// The number, growing with time.
    pub number: u64,
}

impl SegmentId {
    fn path(self, folder: &Path, ending: &str) -> PathBuf {
        folder.join(format!("{:08x}-{:020}.{ending}", self.replica, self.number))
    }

    fn parse(stem: &str) -> Option<Self> {
        let (replica, number) = stem.split_once('-')?;
        Some(Self { replica: u32::from_str_radix(replica, 16).ok()?, number: number.parse().ok()? })
    }
}

/// What stands at the head of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Which segment.
    pub id: SegmentId,
    /// The definition by which its records were classified and judged.
    pub definition: DefinitionId,
    /// The definition that ran in shadow, if any.
    pub candidate: Option<DefinitionId>,
    /// The Japanese day in which it was made (records of the day before and after may lie in it too).
    pub day: DayNumber,
    /// Slots there is room for.
    pub slots: u32,
}

impl Header {
    fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[8..10].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.slots.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.id.number.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.id.replica.to_le_bytes());
        bytes[28..60].copy_from_slice(&self.definition.bytes());
        bytes[60..68].copy_from_slice(&self.day.number().to_le_bytes());
        let crc = crc32fast::hash(&bytes[..HEADER_USED - 4]);
        bytes[HEADER_USED - 4..HEADER_USED].copy_from_slice(&crc.to_le_bytes());
        if let Some(candidate) = self.candidate {
            bytes[CANDIDATE..CANDIDATE_END].copy_from_slice(&candidate.bytes());
            let crc = crc32fast::hash(&bytes[CANDIDATE..CANDIDATE_END]);
            bytes[CANDIDATE_END..CANDIDATE_END + 4].copy_from_slice(&crc.to_le_bytes());
        }
        bytes
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        let used: &[u8; HEADER_USED] =
            bytes.get(..HEADER_USED).and_then(|b| b.try_into().ok()).ok_or("it is shorter than its header")?;
        if used[0..8] != MAGIC {
            return Err("it does not begin with the mark of a segment");
        }
        if used[8..10] != FORMAT.to_le_bytes() {
            return Err("its format is not known to this version");
        }
        if crc32fast::hash(&used[..HEADER_USED - 4]).to_le_bytes() != used[HEADER_USED - 4..] {
            return Err("the checksum of its header is wrong");
        }
        Ok(Self {
            slots: u32::from_le_bytes(array(used, 12)),
            id: SegmentId { number: u64::from_le_bytes(array(used, 16)), replica: u32::from_le_bytes(array(used, 24)) },
            definition: DefinitionId::from_bytes(array(used, 28)),
            candidate: candidate(bytes)?,
            day: DayNumber::of_ms(0).plus(i64::from_le_bytes(array(used, 60))),
        })
    }
}

fn candidate(bytes: &[u8]) -> Result<Option<DefinitionId>, &'static str> {
    let (id, crc): ([u8; 32], [u8; 4]) = (array(bytes, CANDIDATE), array(bytes, CANDIDATE_END));
    if id == [0; 32] && crc == [0; 4] {
        return Ok(None);
    }
    if crc32fast::hash(&id).to_le_bytes() != crc {
        return Err("the checksum of its candidate definition is wrong");
    }
    Ok(Some(DefinitionId::from_bytes(id)))
}

/// `N` bytes from `from`; zeros where the slice is too short, which the callers' lengths exclude.
fn array<const N: usize>(bytes: &[u8], from: usize) -> [u8; N] {
    bytes.get(from..from + N).and_then(|part| part.try_into().ok()).unwrap_or([0; N])
}

/// Seals the live segment `id` of `folder`: the sealed file is whole and synced before the live one goes. A live
/// segment without any record is removed.
pub(crate) fn seal(folder: &Path, id: SegmentId) -> Result<(), CountError> {
    let live = id.path(folder, "live");
    let sealed = id.path(folder, "seg");
    let bytes = fs::read(&live).map_err(CountError::file(&live))?;
    let image = Image::parse(bytes).map_err(|detail| damaged(&live, detail))?;
    if image.used > 0 {
        let temporary = id.path(folder, "new");
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            file.write_all(image.body())?;
            file.write_all(&image.footer())?;
            file.sync_all()?;
            fs::rename(&temporary, &sealed)?;
            File::open(folder)?.sync_all()
        };
        write().map_err(CountError::file(&sealed))?;
    }
    fs::remove_file(&live).map_err(CountError::file(&live))
}

fn damaged(path: &Path, detail: &'static str) -> CountError {
    CountError::Segment { path: path.display().to_string(), detail }
}

/// Writes entries as a sealed segment at once.
pub(crate) fn write_sealed(folder: &Path, header: Header, entries: &[Entry]) -> Result<(), CountError> {
    let mut bytes = header.to_bytes().to_vec();
    for entry in entries {
        bytes.extend(entry.to_bytes());
    }
    let path = header.id.path(folder, "seg");
    let image = Image::parse(bytes).map_err(|detail| damaged(&path, detail))?;
    let write = || {
        let mut file = File::create(&path)?;
        file.write_all(image.body())?;
        file.write_all(&image.footer())
    };
    write().map_err(CountError::file(&path))
}

/// A segment as found on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Which segment.
    pub id: SegmentId,
    /// Whether it is sealed.
    pub sealed: bool,
}

/// The segments of a folder, each once, by replica and number.
pub fn list(folder: &Path) -> Result<Vec<Found>, CountError> {
    let mut found = std::collections::BTreeMap::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(CountError::file(folder)(error)),
    };
    for entry in entries {
        let name = entry.map_err(CountError::file(folder))?.file_name();
        let Some((stem, ending)) = name.to_str().and_then(|name| name.rsplit_once('.')) else { continue };
        let sealed = match ending {
            "seg" => true,
            "live" => false,
            _ => continue,
        };
        if let Some(id) = SegmentId::parse(stem) {
            *found.entry(id).or_insert(false) |= sealed;
        }
    }
    Ok(found.into_iter().map(|(id, sealed)| Found { id, sealed }).collect())
}

/// What became of a segment that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It lies in the folder now.
    New,
    /// The very same lay there before.
    Known,
    /// Another one of the same replica and number lies there.
    Another,
}

/// The id of a sealed segment, its digest checked: the reason where it is none.
pub fn inspect(bytes: Vec<u8>) -> Result<SegmentId, &'static str> {
    let image = Image::parse(bytes)?;
    if image.sealed { Ok(image.header.id) } else { Err("it is not sealed: its server still writes it, or was killed") }
}

/// Copies a sealed segment, whose id [`inspect`] gave, into a folder: whole and synced before it gets its name.
pub fn take_in(folder: &Path, id: SegmentId, bytes: &[u8]) -> Result<Taken, CountError> {
    let path = id.path(folder, "seg");
    match fs::read(&path) {
        Ok(known) => return Ok(if known == bytes { Taken::Known } else { Taken::Another }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(CountError::file(&path)(error)),
    }
    if id.path(folder, "live").exists() {
        return Ok(Taken::Another);
    }
    fs::create_dir_all(folder).map_err(CountError::file(folder))?;
    let temporary = id.path(folder, "new");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(CountError::file(&path))?;
    Ok(Taken::New)
}

/// Removes a sealed segment whose days are closed.
pub fn remove_sealed(folder: &Path, id: SegmentId) -> Result<(), CountError> {
    let path = id.path(folder, "seg");
    fs::remove_file(&path).map_err(CountError::file(&path))
}

/// Brings a folder into order after a crash: half-made files go, live segments are sealed. Only while no process
/// counts into it. Gives what could not be sealed (it is read as it stands).
pub(crate) fn recover(folder: &Path) -> Result<Vec<CountError>, CountError> {
    for entry in fs::read_dir(folder).map_err(CountError::file(folder))? {
        let path = entry.map_err(CountError::file(folder))?.path();
        if path.extension().is_some_and(|ending| ending == "new") {
            fs::remove_file(&path).map_err(CountError::file(&path))?;
        }
    }
    let mut problems = Vec::new();
    for found in list(folder)? {
        let live = found.id.path(folder, "live");
        if !live.exists() {
            continue;
        }
        // A sealed copy beside the live file is whole (it was renamed after it was synced).
        let result =
            if found.sealed { fs::remove_file(&live).map_err(CountError::file(&live)) } else { seal(folder, found.id) };
        problems.extend(result.err());
    }
    Ok(problems)
}
