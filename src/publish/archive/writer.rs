//! Writing an archive: tiles are spooled in any order, then laid out by their numbers behind their directory.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom, Write};

use libdeflater::{CompressionLvl, Compressor};

use super::directory::{Entry, encode_directory};
use super::header::{GZIP, HEADER_BYTES, Header, ROOT_LIMIT, Section, TileCompression};
use crate::model::lonlat::Bbox;

/// What the header says beside the directory.
#[derive(Debug, Clone)]
pub(in crate::publish) struct ArchiveInfo {
    pub(in crate::publish) min_zoom: u8,
    pub(in crate::publish) max_zoom: u8,
    pub(in crate::publish) bounds: Bbox,
    pub(in crate::publish) center_zoom: u8,
    pub(in crate::publish) metadata: serde_json::Value,
    pub(in crate::publish) tile_compression: TileCompression,
}

/// Tiles on their way into an archive. Equal tiles are spooled once.
pub(in crate::publish) struct ArchiveWriter<F> {
    spool: F,
    spooled: u64,
    /// Place in the spool by digest.
    known: HashMap<[u8; 32], (u64, u32)>,
    /// Place in the spool and length by tile number.
    tiles: BTreeMap<u64, (u64, u32)>,
}

impl<F: Write + AsSpool> ArchiveWriter<F> {
    pub(in crate::publish) fn new(spool: F) -> Self {
        Self { spool, spooled: 0, known: HashMap::new(), tiles: BTreeMap::new() }
    }

    /// Adds a gzip tile; one that is added again takes the place of the first.
    pub(in crate::publish) fn add(&mut self, tile_id: u64, tile: &[u8]) -> io::Result<()> {
        let length = u32::try_from(tile.len()).map_err(io::Error::other)?;
        let digest = blake3::hash(tile);
        let place = if let Some(&(place, _)) = self.known.get(digest.as_bytes()) {
            place
        } else {
            let place = self.spooled;
            self.spool.write_all(tile)?;
            self.spooled += u64::from(length);
            self.known.insert(*digest.as_bytes(), (place, length));
            place
        };
        self.tiles.insert(tile_id, (place, length));
        Ok(())
    }

    /// Takes out all tiles of these numbers.
    pub(in crate::publish) fn remove(&mut self, numbers: std::ops::Range<u64>) {
        let gone: Vec<u64> = self.tiles.range(numbers).map(|(id, _)| *id).collect();
        for id in gone {
            self.tiles.remove(&id);
        }
    }

    /// Number and length of the tiles of these numbers.
    pub(in crate::publish) fn tiles(&self, numbers: std::ops::Range<u64>) -> impl Iterator<Item = (u64, u32)> {
        self.tiles.range(numbers).map(|(id, (_, length))| (*id, *length))
    }

    /// Lays the archive out in `out`.
    pub(in crate::publish) fn finish(self, info: &ArchiveInfo, out: &mut impl Write) -> io::Result<()> {
        let laid = lay_out(&self.tiles);
        let (root, leaves) = directories(&laid.entries)?;
        let metadata = gzip(info.metadata.to_string().as_bytes(), Effort::Kept)?;
        let section = |offset: u64, length: usize| Section { offset, length: length as u64 };
        let root_at = section(HEADER_BYTES as u64, root.len());
        let metadata_at = section(root_at.offset + root_at.length, metadata.len());
        let leaves_at = section(metadata_at.offset + metadata_at.length, leaves.len());
        let data_at = Section { offset: leaves_at.offset + leaves_at.length, length: laid.length };
        let header = Header {
            root: root_at,
            metadata: metadata_at,
            leaves: leaves_at,
            data: data_at,
            addressed: self.tiles.len() as u64,
            entries: laid.entries.len() as u64,
            contents: laid.order.len() as u64,
            internal_compression: GZIP,
            tile_compression: info.tile_compression,
            min_zoom: info.min_zoom,
            max_zoom: info.max_zoom,
            bounds: info.bounds,
            center_zoom: info.center_zoom,
            center: info.bounds.center(),
        };
        for bytes in [&header.encode(), &root, &metadata, &leaves] {
            out.write_all(bytes)?;
        }
        let mut spool = BufReader::with_capacity(256 << 10, self.spool.into_spool()?);
        for (place, length) in laid.order {
            // Tiles were mostly spooled in this order, so seeking mostly stays inside the buffer.
            let here = spool.stream_position()?;
            spool.seek_relative(
                i64::try_from(place).map_err(io::Error::other)? - i64::try_from(here).map_err(io::Error::other)?,
            )?;
            let copied = io::copy(&mut (&mut spool).take(u64::from(length)), out)?;
            if copied != u64::from(length) {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }
}

/// A spool that can be read back from its beginning.
pub(in crate::publish) trait AsSpool {
    fn into_spool(self) -> io::Result<File>;
}

impl AsSpool for io::BufWriter<tempfile::NamedTempFile> {
    fn into_spool(self) -> io::Result<File> {
        let mut file = self.into_inner().map_err(io::IntoInnerError::into_error)?.into_file();
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

struct LaidOut {
    entries: Vec<Entry>,
    /// Place in the spool and length, in the order of the tile data.
    order: Vec<(u64, u32)>,
    /// Of the tile data.
    length: u64,
}

/// Offsets in order of first use (the archive is then "clustered"), runs of equal tiles joined.
fn lay_out(tiles: &BTreeMap<u64, (u64, u32)>) -> LaidOut {
    let mut laid = LaidOut { entries: Vec::new(), order: Vec::new(), length: 0 };
    let mut offsets: HashMap<u64, u64> = HashMap::new();
    let mut end = 0_u64;
    for (&tile_id, &(place, length)) in tiles {
        let offset = *offsets.entry(place).or_insert_with(|| {
            let offset = end;
            end += u64::from(length);
            laid.order.push((place, length));
            offset
        });
        match laid.entries.last_mut() {
            Some(last) if last.offset == offset && last.tile_id + u64::from(last.run_length) == tile_id => {
                last.run_length += 1;
            }
            _ => laid.entries.push(Entry { tile_id, offset, length, run_length: 1 }),
        }
    }
    laid.length = end;
    laid
}

/// The root directory, small enough for the first request, and the leaf directories behind it (none where all
/// entries fit into the root).
fn directories(entries: &[Entry]) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let root = gzip(&encode_directory(entries), Effort::Kept)?;
    if root.len() <= ROOT_LIMIT {
        return Ok((root, Vec::new()));
    }
    // 4,096 entries are some 16 KB packed: one more request of about the size of a tile. Each doubling halves the root.
    let mut size = 4096;
    loop {
        let mut leaves = Vec::new();
        let mut pointers = Vec::new();
        for chunk in entries.chunks(size) {
            let leaf = gzip(&encode_directory(chunk), Effort::Kept)?;
            if let Some(first) = chunk.first() {
                let length = u32::try_from(leaf.len()).map_err(io::Error::other)?;
                pointers.push(Entry { tile_id: first.tile_id, offset: leaves.len() as u64, length, run_length: 0 });
            }
            leaves.extend_from_slice(&leaf);
        }
        let root = gzip(&encode_directory(&pointers), Effort::Kept)?;
        if root.len() <= ROOT_LIMIT {
            return Ok((root, leaves));
        }
        size *= 2;
    }
}

/// How hard gzip tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::publish) enum Effort {
    /// For what is packed once and sent often. Of libdeflate's 12 levels the sixth: from 7 on a tile takes twice the time
    /// for one per cent less.
    Kept,
    /// For what somebody waits for: four per cent more bytes (z14 of 200,000 buildings).
    Waited,
}

/// Room that a thread keeps for packing: tiles are seldom larger before it.
const MOST_ROOM_BYTES: usize = 4 << 20;

/// One gzip member without name or time, so that equal bytes stay equal.
pub(in crate::publish) fn gzip(bytes: &[u8], effort: Effort) -> io::Result<Vec<u8>> {
    thread_local! {
        static KEPT: RefCell<Compressor> = RefCell::new(compressor(6));
        static WAITED: RefCell<Compressor> = RefCell::new(compressor(2));
        static ROOM: std::cell::Cell<Vec<u8>> = const { std::cell::Cell::new(Vec::new()) };
    }
    // The room for the worst case is kept for the next tile of the thread.
    let pack = |compressor: &RefCell<Compressor>| {
        let mut compressor = compressor.borrow_mut();
        let mut room = ROOM.take();
        let most = compressor.gzip_compress_bound(bytes.len());
        if room.len() < most {
            room.resize(most, 0);
        }
        let length = compressor.gzip_compress(bytes, &mut room).map_err(io::Error::other)?;
        let packed = room.get(..length).unwrap_or_default().to_vec();
        if most <= MOST_ROOM_BYTES {
            ROOM.set(room);
        }
        Ok(packed)
    };
    match effort {
        Effort::Kept => KEPT.with(pack),
        Effort::Waited => WAITED.with(pack),
    }
}

fn compressor(level: i32) -> Compressor {
    Compressor::new(CompressionLvl::new(level).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::super::Tileset;
    use super::*;
    use crate::model::tile::TileCoord;
    use crate::publish::archive::tile_id;

    fn archive(tiles: impl Iterator<Item = (u64, Vec<u8>)>) -> Vec<u8> {
        let spool = io::BufWriter::new(tempfile::NamedTempFile::new().expect("a temporary file"));
        let mut writer = ArchiveWriter::new(spool);
        for (id, tile) in tiles {
            writer.add(id, &tile).expect("added");
        }
        let bounds = Bbox { west_deg: 138.0, south_deg: 34.0, east_deg: 139.0, north_deg: 35.0 };
        let metadata = serde_json::json!({ "vector_layers": [] });
        let info = ArchiveInfo {
            min_zoom: 0,
            max_zoom: 10,
            bounds,
            center_zoom: 5,
            metadata,
            tile_compression: TileCompression::Gzip,
        };
        let mut out = Vec::new();
        writer.finish(&info, &mut out).expect("written");
        out
    }

    /// Tiles of zoom 0 to 8 in an order of their own and of lengths that do not pack; every seventh equals the one
    /// before it, some are missing.
    fn tiles() -> impl Iterator<Item = (u64, Vec<u8>)> {
        (0..80_000_u64).map(|index| index * 7_919 % 87_381).filter(|id| id % 11 != 0).map(|id| {
            let content = (id - u64::from(id % 7 == 0)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let length = usize::try_from(content >> 55).expect("9 bits") + 8;
            (id, content.to_le_bytes().into_iter().cycle().take(length).collect())
        })
    }

    #[test]
    fn every_tile_of_a_large_archive_is_found_again_through_leaf_directories() {
        let bytes = archive(tiles());
        let leaves = u64::from_le_bytes(bytes[48..56].try_into().expect("8 bytes"));
        let root = u64::from_le_bytes(bytes[16..24].try_into().expect("8 bytes"));
        assert!(leaves > 0 && root <= ROOT_LIMIT as u64);
        let tileset = Tileset::open(bytes).expect("an archive");
        let wanted: HashMap<u64, Vec<u8>> = tiles().collect();
        assert_eq!(tileset.tiles(), wanted.len() as u64);
        for zoom in 0..=9_u8 {
            for x in 0..1 << zoom {
                for y in 0..1 << zoom {
                    let coord = TileCoord::new(zoom, x, y).expect("a tile");
                    assert_eq!(tileset.get(coord), wanted.get(&tile_id(coord)).map(Vec::as_slice), "{coord:?}");
                }
            }
        }
    }

    #[test]
    fn equal_tiles_are_stored_once_and_runs_are_one_entry() {
        let bytes = archive((0..1000).map(|id| (id, if id == 500 { vec![2; 50] } else { vec![1; 50] })));
        let tileset = Tileset::open(bytes).expect("an archive");
        let runs: Vec<u32> = tileset.entries().iter().map(|entry| entry.run_length).collect();
        assert_eq!(runs, [500, 1, 499]);
        assert!(tileset.bytes().len() < 127 + 300 + 100, "two tiles of 50 bytes");
    }

    #[test]
    fn a_tile_added_again_takes_the_place_of_the_first_and_removed_ones_leave_nothing() {
        let spool = io::BufWriter::new(tempfile::NamedTempFile::new().expect("a temporary file"));
        let mut writer = ArchiveWriter::new(spool);
        for (id, tile) in [(7, b"first"), (8, b"other"), (7, b"again"), (30, b"zoom3")] {
            writer.add(id, tile).expect("added");
        }
        writer.remove(21..85);
        assert_eq!(writer.tiles(0..100).collect::<Vec<_>>(), [(7, 5), (8, 5)]);
        let bounds = Bbox { west_deg: 0.0, south_deg: 0.0, east_deg: 0.0, north_deg: 0.0 };
        let info = ArchiveInfo {
            min_zoom: 0,
            max_zoom: 2,
            bounds,
            center_zoom: 0,
            metadata: serde_json::json!({}),
            tile_compression: TileCompression::Gzip,
        };
        let mut out = Vec::new();
        writer.finish(&info, &mut out).expect("written");
        assert!(out.ends_with(b"againother"), "only what is used is in the archive");
        let tileset = Tileset::open(out).expect("an archive");
        let coord = crate::publish::archive::tile_of(7).expect("a tile");
        assert_eq!(tileset.get(coord), Some(b"again".as_slice()));
    }
}
