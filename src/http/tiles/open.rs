//! Tilesets in use: opened once, with the tags of their tiles and a small store of unpacked ones.

use std::collections::{HashMap, HashSet, VecDeque};
use std::io::Read as _;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;

use super::archive::{Archive, ArchiveProblem};
use super::computed::Computed;
use crate::model::catalogue::Layer;
use crate::model::name::Digest;
use crate::model::tile::TileCoord;
use crate::publish::tiles::live::LiveTiles;
use crate::store::objects::Objects;

/// Most tags kept for one tileset: 200,000 × some 32 bytes is 6 MB, the tiles of a prefecture to zoom 16.
const TAGS_LIMIT: usize = 200_000;
/// Most bytes of unpacked tiles kept: about 300 tiles of 100 KB, what a class of clients without gzip looks at.
const PLAIN_LIMIT_BYTES: usize = 32 << 20;
/// Longest tile that is unpacked; the hard limit of the builder is 5 MB packed, and 500 KB is its aim.
const TILE_LIMIT_BYTES: u64 = 32 << 20;

/// The tilesets opened so far, by digest.
#[derive(Debug, Default)]
pub struct Tilesets {
    /// `None` for one that could not be opened: it was logged once and is not tried again.
    open: RwLock<HashMap<Digest, Option<Arc<OpenTileset>>>>,
    /// Packed indexes, likewise.
    live: RwLock<HashMap<Digest, Option<Arc<LiveTiles>>>>,
    plain: Mutex<PlainTiles>,
    /// Tiles made on request.
    pub computed: Computed,
}

/// An archive in memory with what is known of its tiles.
#[derive(Debug)]
pub struct OpenTileset {
    /// The object it is.
    pub digest: Digest,
    bytes: Bytes,
    archive: Archive,
    /// The metadata of the archive.
    about: Arc<serde_json::Value>,
    /// Offset of a tile → its tag. Equal tiles are stored once, so this is one tag for each content.
    tags: RwLock<HashMap<usize, u64>>,
}

impl OpenTileset {
    fn open(objects: &Objects, digest: &Digest) -> Result<Self, ArchiveProblem> {
        let mapped = objects.map_checked(digest).map_err(|source| ArchiveProblem::File { source })?;
        let bytes = Bytes::from_owner(mapped);
        let archive = Archive::open(bytes.clone())?;
        let about = Arc::new(serde_json::from_str(archive.metadata()).unwrap_or_default());
        Ok(Self { digest: *digest, bytes, archive, about, tags: RwLock::default() })
    }

    /// Where the tile lies.
    pub fn find(&self, coord: TileCoord) -> Option<Range<usize>> {
        self.archive.range(coord).filter(|range| range.end <= self.bytes.len() && range.start < range.end)
    }

    /// The metadata of the archive: `vector_layers`, and under `hiraku` what each zoom leaves out.
    pub fn about(&self) -> Arc<serde_json::Value> {
        Arc::clone(&self.about)
    }

    /// The bytes as stored, shared with the map of the file.
    pub fn stored(&self, range: Range<usize>) -> Bytes {
        self.bytes.slice(range)
    }

    /// A number that stands for the content of the tile: 64 bits of its BLAKE3. The same bytes have the same tag in
    /// every release. Computed at the first request, looked up from then on.
    pub fn tag(&self, range: &Range<usize>) -> u64 {
        if let Some(tag) = self.tags.read().unwrap_or_else(PoisonError::into_inner).get(&range.start) {
            return *tag;
        }
        let hash = blake3::hash(&self.bytes[range.clone()]);
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        let tag = u64::from_le_bytes(first);
        let mut tags = self.tags.write().unwrap_or_else(PoisonError::into_inner);
        if tags.len() < TAGS_LIMIT {
            tags.insert(range.start, tag);
        }
        tag
    }
}

impl Tilesets {
    /// The tileset of a layer, or that of the release before where it is damaged; with it its twin. Blocks when it opens.
    pub fn open(&self, objects: &Objects, layer: &Layer) -> Option<Arc<OpenTileset>> {
        if let Some(twin) = layer.brotli {
            self.get(objects, &twin);
        }
        layer.archives().iter().find_map(|digest| self.get(objects, digest))
    }

    /// The tileset of a digest, opened at first use; `None` where it cannot be opened. Blocks when it opens.
    pub fn get(&self, objects: &Objects, digest: &Digest) -> Option<Arc<OpenTileset>> {
        if let Some(known) = self.known(digest) {
            return known;
        }
        let opened = match OpenTileset::open(objects, digest) {
            Ok(opened) => Some(Arc::new(opened)),
            Err(error) => {
                tracing::error!(%digest, %error, "a tileset cannot be opened");
                None
            }
        };
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        open.entry(*digest).or_insert(opened).clone()
    }

    /// What is known of a digest: nothing yet, opened, or not to be opened.
    pub fn known(&self, digest: &Digest) -> Option<Option<Arc<OpenTileset>>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    /// The packed index of a digest, opened at first use; `None` where it cannot be opened. Blocks when it opens.
    pub fn live(&self, objects: &Objects, digest: &Digest) -> Option<Arc<LiveTiles>> {
        if let Some(known) = self.live.read().unwrap_or_else(PoisonError::into_inner).get(digest) {
            return known.clone();
        }
        let opened = objects
            .map_checked(digest)
            .map_err(|error| error.to_string())
            .and_then(|mapped| LiveTiles::open(Bytes::from_owner(mapped)).map_err(|error| error.to_string()))
            .inspect_err(|error| tracing::error!(%digest, %error, "a packed index cannot be opened"));
        let mut live = self.live.write().unwrap_or_else(PoisonError::into_inner);
        live.entry(*digest).or_insert(opened.ok().map(Arc::new)).clone()
    }

    /// Forgets all tilesets but these. Requests that run keep theirs.
    pub fn keep_only(&self, digests: impl Iterator<Item = Digest>) {
        let keep: HashSet<Digest> = digests.collect();
        self.open.write().unwrap_or_else(PoisonError::into_inner).retain(|digest, _| keep.contains(digest));
        self.live.write().unwrap_or_else(PoisonError::into_inner).retain(|digest, _| keep.contains(digest));
    }

    /// The unpacked tile of this tag; `None` where it is no gzip or longer than any tile may be.
    pub fn plain(&self, tag: u64, stored: &[u8]) -> Option<Bytes> {
        if let Some(known) = self.plain.lock().unwrap_or_else(PoisonError::into_inner).by_tag.get(&tag) {
            return Some(known.clone());
        }
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(stored).take(TILE_LIMIT_BYTES + 1).read_to_end(&mut unpacked).ok()?;
        if unpacked.len() as u64 > TILE_LIMIT_BYTES {
            return None;
        }
        let unpacked = Bytes::from(unpacked);
        self.plain.lock().unwrap_or_else(PoisonError::into_inner).keep(tag, unpacked.clone());
        Some(unpacked)
    }
}

/// Unpacked tiles, the oldest given up first.
#[derive(Debug, Default)]
struct PlainTiles {
    by_tag: HashMap<u64, Bytes>,
    order: VecDeque<u64>,
    size_bytes: usize,
}

impl PlainTiles {
    fn keep(&mut self, tag: u64, tile: Bytes) {
        if tile.len() > PLAIN_LIMIT_BYTES || self.by_tag.contains_key(&tag) {
            return;
        }
        self.size_bytes += tile.len();
        self.by_tag.insert(tag, tile);
        self.order.push_back(tag);
        while self.size_bytes > PLAIN_LIMIT_BYTES {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(tile) = self.by_tag.remove(&oldest) {
                self.size_bytes -= tile.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacked_tiles_never_take_more_than_their_share() {
        let mut plain = PlainTiles::default();
        for tag in 0..100 {
            plain.keep(tag, Bytes::from(vec![0; 1 << 20]));
            assert!(plain.size_bytes <= PLAIN_LIMIT_BYTES);
        }
        assert_eq!(plain.by_tag.len(), 32);
        assert!(plain.by_tag.contains_key(&99) && !plain.by_tag.contains_key(&0));
    }
}
