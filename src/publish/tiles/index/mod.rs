//! The packed index: all drawn shapes of one table in one file, in Hilbert order, under a static tree of boxes.
//!
//! Everything that is known of a shape beside its tiles: the integer world it was projected to, from which zoom each of
//! its vertices is drawn, its attributes as MVT messages, its importance, its identity. The tileset is built from it
//! chunk by chunk, tiles that no archive holds are computed from it on request, and the next release is compared with it
//! to find the tiles that an edit touches. It is mapped, never read as a whole.
//!
//! Layout, little endian: shapes (geometry, then attributes, one after the other) · table of [`Entry`], 96 bytes each ·
//! boxes of every 16 entries, of every 16 of those, and so on · a JSON head · footer of 56 bytes.

pub(super) mod gather;
pub(super) mod geometry;
mod pack;
mod tree;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::clip::{Kind, Part};
use super::project::World;
use super::pyramid::Level;
use crate::model::tile::TileSettings;
use geometry::Reader;
pub(super) use pack::pack;
use tree::Tree;

/// Changes when the same records would give other tiles: then nothing of an older index is used again.
const FORMAT: u32 = 2;
const MAGIC: u64 = u64::from_le_bytes(*b"hirakuTI");
const ENTRY_BYTES: usize = 96;
const FOOTER_BYTES: usize = 56;

/// No id: the second and third shape of a record that mixes kinds, since ids are unique in a layer.
pub(super) const NO_ID: u64 = u64::MAX;

/// A box of the integer world, both corners included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) min: World,
    pub(super) max: World,
}

impl Bounds {
    pub(super) const NOTHING: Self = Self { min: [u32::MAX; 2], max: [0; 2] };

    pub(super) fn add(&mut self, at: World) {
        self.min = [self.min[0].min(at[0]), self.min[1].min(at[1])];
        self.max = [self.max[0].max(at[0]), self.max[1].max(at[1])];
    }

    pub(super) fn union(self, other: Self) -> Self {
        let mut both = self;
        both.add(other.min);
        both.add(other.max);
        both
    }

    pub(super) fn intersects(&self, other: &Self) -> bool {
        (0..2).all(|axis| self.min[axis] <= other.max[axis] && other.min[axis] <= self.max[axis])
    }

    fn is_inside(&self, other: &Self) -> bool {
        (0..2).all(|axis| other.min[axis] <= self.min[axis] && self.max[axis] <= other.max[axis])
    }
}

/// What is known of one shape without looking at its geometry.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Entry {
    /// Below 2^53, or [`NO_ID`]. The `_id` of the record in the first release it was in; the same in all later ones.
    pub(super) id: u64,
    /// What makes the record the same in another release: a digest of its key, or of its geometry.
    pub(super) identity: u64,
    pub(super) bounds: Bounds,
    /// Its first vertex: where it is looked up in the field of thresholds, and the cell it falls into when too small.
    pub(super) anchor: World,
    /// Where its label stands: the point of a polygon farthest from its edge.
    pub(super) label: World,
    /// Area in world units squared, length in world units, 0 for points.
    pub(super) size: f64,
    /// Importance: the greater, the longer it stays.
    pub(super) key: u32,
    pub(super) kind: Kind,
    /// Of everything that its tiles show of it.
    pub(super) digest: u64,
    at: u64,
    geometry_bytes: u32,
    attribute_bytes: u32,
}

impl Entry {
    fn encode(&self) -> [u8; ENTRY_BYTES] {
        let mut bytes = [0; ENTRY_BYTES];
        let words32 = [
            self.bounds.min[0],
            self.bounds.min[1],
            self.bounds.max[0],
            self.bounds.max[1],
            self.anchor[0],
            self.anchor[1],
            self.label[0],
            self.label[1],
            self.key,
            self.kind as u32,
            self.geometry_bytes,
            self.attribute_bytes,
        ];
        let words64 = [self.id, self.size.to_bits(), self.digest, self.at, self.identity];
        for (slot, word) in bytes.chunks_exact_mut(8).zip(words64) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        for (slot, word) in bytes[40..].chunks_exact_mut(4).zip(words32) {
            slot.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let w64 = |index: usize| Some(u64::from_le_bytes(bytes.get(index * 8..index * 8 + 8)?.try_into().ok()?));
        let w32 = |index: usize| Some(u32::from_le_bytes(bytes.get(40 + index * 4..44 + index * 4)?.try_into().ok()?));
        Some(Self {
            id: w64(0)?,
            size: f64::from_bits(w64(1)?),
            digest: w64(2)?,
            at: w64(3)?,
            identity: w64(4)?,
            bounds: Bounds { min: [w32(0)?, w32(1)?], max: [w32(2)?, w32(3)?] },
            anchor: [w32(4)?, w32(5)?],
            label: [w32(6)?, w32(7)?],
            key: w32(8)?,
            kind: match w32(9)? {
                1 => Kind::Point,
                2 => Kind::Line,
                3 => Kind::Polygon,
                _ => return None,
            },
            geometry_bytes: w32(10)?,
            attribute_bytes: w32(11)?,
        })
    }

    /// Bytes that the shape takes in the index: at least what it adds to any one tile before packing.
    pub(super) fn stored_bytes(&self) -> usize {
        self.geometry_bytes as usize + self.attribute_bytes as usize
    }
}

/// What an index says of the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) layer: String,
    /// Column names, as in the tiles.
    pub(super) names: Vec<String>,
    /// The column whose values are written beside labels.
    pub(super) label_column: Option<u32>,
    pub(super) settings: TileSettings,
    pub(super) min_zoom: u8,
    /// Shapes of the table.
    pub(super) shapes: u64,
    /// Whether it has so many points that lesser zooms show one of those that lie under each other's sign.
    pub(super) crowded: bool,
    /// The greatest id ever given.
    pub(super) last_id: u64,
    /// The greatest zoom and the thresholds of the tileset that was built from it; absent until it is.
    #[serde(default)]
    pub(super) built: Option<Built>,
}

/// What a tileset was built with: what is needed to build the next one beside it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Built {
    pub(super) max_zoom: u8,
    /// The greatest zoom that the data asked for, before tiles came out too heavy.
    pub(super) wanted_zoom: u8,
    /// The least importance in the table.
    pub(super) ground: u32,
    pub(super) levels: BTreeMap<u8, BuiltLevel>,
}

/// One zoom of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct BuiltLevel {
    /// Number of a tile, and the importance below which its features stay out.
    pub(super) thresholds: Vec<(u64, u32)>,
    /// Number of a tile, and how many features with their anchor in it were joined to others.
    pub(super) joined: Vec<(u64, u64)>,
}

pub(super) fn levels(levels: BTreeMap<u8, Level>) -> BTreeMap<u8, BuiltLevel> {
    let built = |level: Level| BuiltLevel {
        thresholds: level.thresholds.into_iter().collect(),
        joined: level.joined.into_iter().collect(),
    };
    levels.into_iter().map(|(zoom, level)| (zoom, built(level))).collect()
}

/// Which features are wanted, by their attributes.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted(Vec<(u32, Vec<String>)>);

impl Wanted {
    /// Columns with the values wanted of each; a column that the table lacks is wanted by no feature.
    pub(super) fn new(index: &Index, columns: &[(String, Vec<String>)]) -> Self {
        let place = |name: &String| index.head.names.iter().position(|known| known == name);
        let number = |place: Option<usize>| place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX);
        Self(columns.iter().map(|(name, values)| (number(place(name)), values.clone())).collect())
    }

    pub(super) fn has(&self, bytes: &[u8]) -> bool {
        self.0.iter().all(|(column, values)| {
            let own = attributes(bytes).find(|(at, _)| at == column);
            own.and_then(|(_, message)| super::encode::text_of(message)).is_some_and(|text| values.contains(&text))
        })
    }
}

/// Why an index cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the packed index is damaged or of another version: {0}")]
pub struct IndexError(&'static str);

/// An index opened for reading.
#[derive(Debug, Clone)]
pub(super) struct Index {
    bytes: Bytes,
    entries: usize,
    count: usize,
    tree: Tree,
    pub(super) head: Head,
}

impl Index {
    pub(super) fn open(bytes: Bytes) -> Result<Self, IndexError> {
        let word = |at: usize| -> Result<u64, IndexError> {
            let range = bytes.len().checked_sub(FOOTER_BYTES).map(|begin| begin + at * 8..begin + at * 8 + 8);
            let word = range.and_then(|range| bytes.get(range)).and_then(|word| word.try_into().ok());
            word.map(u64::from_le_bytes).ok_or(IndexError("it is too short"))
        };
        if word(6)? != MAGIC || word(5)? != u64::from(FORMAT) {
            return Err(IndexError("it is none of this version"));
        }
        let place = |at: usize| usize::try_from(word(at)?).map_err(|_| IndexError("a place is too large"));
        let (entries, count, tree, head, head_bytes) = (place(0)?, place(1)?, place(2)?, place(3)?, place(4)?);
        let end = count.checked_mul(ENTRY_BYTES).and_then(|length| length.checked_add(entries));
        let boxes = tree.checked_add(Tree::bytes(count)).filter(|end| *end <= head);
        let boxes = boxes.filter(|_| end.is_some_and(|end| end <= tree)).map(|end| tree..end);
        let boxes = boxes.and_then(|range| (range.end <= bytes.len()).then(|| bytes.slice(range)));
        let boxes = boxes.ok_or(IndexError("its parts lie over each other"))?;
        let text = head.checked_add(head_bytes).and_then(|end| bytes.get(head..end));
        let head_json: Head =
            text.and_then(|text| serde_json::from_slice(text).ok()).ok_or(IndexError("its head cannot be read"))?;
        let tree = Tree::open(boxes, count).ok_or(IndexError("its tree has another length"))?;
        Ok(Self { bytes, entries, count, tree, head: head_json })
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(super) fn entry(&self, index: u32) -> Option<Entry> {
        let at = self.entries + (index as usize).checked_mul(ENTRY_BYTES)?;
        Entry::decode(self.bytes.get(at..at + ENTRY_BYTES).filter(|_| (index as usize) < self.count)?)
    }

    /// All entries in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = (u32, Entry)> {
        (0..u32::try_from(self.count).unwrap_or(u32::MAX)).filter_map(|index| Some((index, self.entry(index)?)))
    }

    fn content(&self, entry: &Entry) -> Option<(&[u8], &[u8])> {
        let at = usize::try_from(entry.at).ok()?;
        let end = at.checked_add(entry.stored_bytes())?;
        let bytes = self.bytes.get(at..end)?;
        bytes.split_at_checked(entry.geometry_bytes as usize)
    }

    /// The shape on the grid of a zoom; nothing where the index is damaged there.
    pub(super) fn on_grid(&self, entry: &Entry, zoom: u8, full: bool) -> Vec<Part> {
        self.content(entry)
            .and_then(|(geometry, _)| Reader::new(geometry, entry.bounds.min).on_grid(entry.kind, zoom, full))
            .unwrap_or_default()
    }

    /// The attributes: see [`attributes`].
    pub(super) fn attributes(&self, entry: &Entry) -> &[u8] {
        self.content(entry).map_or(&[], |(_, attributes)| attributes)
    }

    /// Calls `take` with each entry whose box touches `bounds`, in order, until it says no.
    pub(super) fn query(&self, bounds: &Bounds, take: &mut dyn FnMut(u32, Entry) -> bool) {
        self.tree.query(bounds, &mut |first, last| {
            for index in first..last {
                let Some(entry) = self.entry(index) else { return false };
                if entry.bounds.intersects(bounds) && !take(index, entry) {
                    return false;
                }
            }
            true
        });
    }

    /// About how many entries touch `bounds`, and how many bytes they take: at least the true numbers, counted up to
    /// `most` entries.
    pub(super) fn weigh(&self, bounds: &Bounds, most: usize) -> usize {
        let mut count = 0;
        self.tree.query(bounds, &mut |first, last| {
            count += (last - first) as usize;
            count <= most
        });
        count
    }
}

/// Column and MVT `Value` message of each attribute in stored bytes.
pub(super) fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    std::iter::from_fn(move || {
        let column = u16::from_le_bytes(bytes.get(..2)?.try_into().ok()?);
        let length = u32::from_le_bytes(bytes.get(2..6)?.try_into().ok()?) as usize;
        let message = bytes.get(6..6_usize.checked_add(length)?)?;
        bytes = &bytes[6 + length..];
        Some((u32::from(column), message))
    })
}

/// Adds an attribute to stored bytes.
pub(super) fn add_attribute(bytes: &mut Vec<u8>, column: u16, message: &[u8]) {
    bytes.extend_from_slice(&column.to_le_bytes());
    bytes.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_le_bytes());
    bytes.extend_from_slice(message);
}
