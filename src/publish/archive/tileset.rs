//! Reading an archive that lies in memory (a mapped file): directories once at opening, then one binary search a tile.

use std::io::Read as _;
use std::ops::Range;

use flate2::read::MultiGzDecoder;

use super::ArchiveError;
use super::directory::{Entry, decode_directory};
use super::header::{GZIP, Header, Section, TileCompression, tile_id};
use crate::model::lonlat::Bbox;
use crate::model::tile::TileCoord;

/// Most bytes of one directory or of the metadata when unpacked. 64 MiB of directory are some 10 million tiles, more
/// than the pyramid of any prefecture; all directories of an archive together stay below four times that.
const PART_LIMIT: u64 = 64 << 20;
const ENTRIES_LIMIT: usize = 40_000_000;

/// An opened archive: its bytes and its directory.
#[derive(Debug)]
pub struct Tileset<B> {
    bytes: B,
    header: Header,
    entries: Vec<Entry>,
    metadata: String,
}

impl<B: AsRef<[u8]>> Tileset<B> {
    /// Reads header, directories and metadata and checks that all they name lies inside the file.
    pub fn open(bytes: B) -> Result<Self, ArchiveError> {
        let file = bytes.as_ref();
        let header = Header::decode(file)?;
        let metadata = String::from_utf8(unpack(part(file, header.metadata)?, header.internal_compression)?)
            .map_err(|_| ArchiveError::Damaged { detail: "the metadata is no text" })?;
        if !serde_json::from_str::<serde_json::Value>(&metadata).is_ok_and(|value| value.is_object()) {
            return Err(ArchiveError::Damaged { detail: "the metadata is no JSON object" });
        }
        let entries = entries(file, &header)?;
        Ok(Self { bytes, header, entries, metadata })
    }

    /// The tile as stored; `None` where the archive has none. No allocation; one binary search.
    pub fn get(&self, coord: TileCoord) -> Option<&[u8]> {
        self.bytes.as_ref().get(self.range(coord)?)
    }

    /// Where the tile lies in the file.
    pub fn range(&self, coord: TileCoord) -> Option<Range<usize>> {
        if !(self.header.min_zoom..=self.header.max_zoom).contains(&coord.z()) {
            return None;
        }
        let id = tile_id(coord);
        let after = self.entries.partition_point(|entry| entry.tile_id <= id);
        let entry = self.entries.get(after.checked_sub(1)?)?;
        if id - entry.tile_id >= u64::from(entry.run_length) {
            return None;
        }
        let begin = usize::try_from(self.header.data.offset + entry.offset).ok()?;
        Some(begin..begin + entry.length as usize)
    }

    /// Least zoom with tiles.
    pub fn min_zoom(&self) -> u8 {
        self.header.min_zoom
    }

    /// Greatest zoom with tiles.
    pub fn max_zoom(&self) -> u8 {
        self.header.max_zoom
    }

    /// The box around all features, to 10⁻⁷ degrees.
    pub fn bounds(&self) -> Bbox {
        self.header.bounds
    }

    /// Where a map should first look: longitude and latitude in degrees, and the zoom.
    pub fn center(&self) -> (f64, f64, u8) {
        (self.header.center.0, self.header.center.1, self.header.center_zoom)
    }

    /// The metadata: a JSON object with `vector_layers`.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// How its tiles are packed.
    pub fn tile_compression(&self) -> TileCompression {
        self.header.tile_compression
    }

    /// The directory: runs of equal tiles in the order of their numbers, leaf directories read in.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The tile of an entry, as stored.
    pub fn tile_of(&self, entry: &Entry) -> Option<&[u8]> {
        let begin = usize::try_from(self.header.data.offset.checked_add(entry.offset)?).ok()?;
        self.bytes.as_ref().get(begin..begin.checked_add(entry.length as usize)?)
    }

    /// Addresses with a tile.
    pub fn tiles(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.run_length)).sum()
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

fn part(file: &[u8], section: Section) -> Result<&[u8], ArchiveError> {
    let begin = usize::try_from(section.offset).ok();
    let length = usize::try_from(section.length).ok();
    begin
        .zip(length)
        .and_then(|(begin, length)| file.get(begin..begin.checked_add(length)?))
        .ok_or(ArchiveError::Damaged { detail: "a part lies outside the file" })
}

fn unpack(bytes: &[u8], compression: u8) -> Result<Vec<u8>, ArchiveError> {
    if compression != GZIP {
        return Ok(bytes.to_vec());
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes)
        .take(PART_LIMIT + 1)
        .read_to_end(&mut unpacked)
        .map_err(|_| ArchiveError::Damaged { detail: "a part cannot be unpacked" })?;
    if unpacked.len() as u64 > PART_LIMIT {
        return Err(ArchiveError::Damaged { detail: "a directory or the metadata is too large" });
    }
    Ok(unpacked)
}

/// All entries for tiles, leaf directories read in, in order and inside the tile data.
fn entries(file: &[u8], header: &Header) -> Result<Vec<Entry>, ArchiveError> {
    let damaged = |detail| ArchiveError::Damaged { detail };
    let root = decode_directory(&unpack(part(file, header.root)?, header.internal_compression)?)?;
    let mut entries = Vec::new();
    for entry in root {
        if entry.run_length > 0 {
            entries.push(entry);
            continue;
        }
        let end = entry.offset.checked_add(u64::from(entry.length));
        if end.is_none_or(|end| end > header.leaves.length) {
            return Err(damaged("a leaf directory lies outside its part"));
        }
        let leaf = Section { offset: header.leaves.offset + entry.offset, length: u64::from(entry.length) };
        let inner = decode_directory(&unpack(part(file, leaf)?, header.internal_compression)?)?;
        if inner.iter().any(|entry| entry.run_length == 0) {
            return Err(ArchiveError::Unsupported { what: "depth of directories" });
        }
        entries.extend(inner);
        if entries.len() > ENTRIES_LIMIT {
            return Err(damaged("it names more tiles than a pyramid holds"));
        }
    }
    let mut next = 0_u64;
    for entry in &entries {
        if entry.tile_id < next {
            return Err(damaged("its directories are not in order"));
        }
        next = entry.tile_id.checked_add(u64::from(entry.run_length)).ok_or(damaged("a tile number is too large"))?;
        let end = entry.offset.checked_add(u64::from(entry.length));
        if end.is_none_or(|end| end > header.data.length) {
            return Err(damaged("a tile lies outside the tile data"));
        }
    }
    // 0 means "not known" by the specification; anything else has to be true.
    let addressed: u64 = entries.iter().map(|entry| u64::from(entry.run_length)).sum();
    let is_true = |said: u64, found: u64| said == 0 || said == found;
    if !is_true(header.addressed, addressed) || !is_true(header.entries, entries.len() as u64) {
        return Err(damaged("its header counts other tiles than its directories"));
    }
    Ok(entries)
}
