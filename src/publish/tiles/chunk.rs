//! A part of one zoom: the features that touch it, selected without looking at their geometry, then cut into its tiles.
//!
//! A chunk is a tile of a lesser zoom with all tiles under it, chosen so that some thousand features touch it: few
//! enough to be held, whatever the table's size, and enough for a thread to be busy.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::clip::{BUFFER, Clipper, Kind, Part, Range};
use super::index::{Bounds, Entry, Index, Wanted};
use super::level::{Detail, LARGEST_CELL, at_zoom, cell, stand_in};
use super::project::{EXTENT_BITS, Grid};
use super::thin::Field;
use crate::model::tile::TileCoord;
use crate::publish::archive::{Effort, tile_id};

/// Features that touch one chunk, about.
const CHUNK_FEATURES: usize = 12_000;

/// What all chunks of one zoom share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Zoom<'a> {
    pub(super) index: &'a Index,
    pub(super) z: u8,
    pub(super) detail: Detail,
    /// Most bytes of a tile as sent.
    pub(super) budget_bytes: usize,
    /// How hard they are packed.
    pub(super) effort: Effort,
}

/// A tile that stands for all tiles of `Zoom::zoom` under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk(pub(super) TileCoord);

/// A feature that is drawn in a chunk.
#[derive(Debug, Clone)]
pub(super) struct Selected {
    pub(super) entry: Entry,
    /// Digest of its attributes.
    pub(super) attributes: u64,
}

/// One feature's part of one tile.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) tile: u64,
    /// Its place among the selected.
    pub(super) slot: u32,
    pub(super) kind: Kind,
    pub(super) parts: Vec<Part>,
    /// Whether others were joined to it.
    pub(super) joined: bool,
}

/// How many features of a chunk stay out; each is counted in the chunk that holds its anchor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Out {
    pub(super) dropped: u64,
    pub(super) merged: u64,
}

impl Out {
    pub(super) const fn plus(self, other: Self) -> Self {
        Self { dropped: self.dropped + other.dropped, merged: self.merged + other.merged }
    }
}

impl Zoom<'_> {
    /// The chunks that together hold all features, in no particular order.
    pub(super) fn chunks(&self) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        if let Some(world) = TileCoord::new(0, 0, 0) {
            self.divide(Chunk(world), &mut chunks);
        }
        chunks
    }

    fn divide(&self, chunk: Chunk, chunks: &mut Vec<Chunk>) {
        let weight = self.index.weigh(&self.region(chunk), CHUNK_FEATURES);
        let Chunk(at) = chunk;
        if weight == 0 {
            return;
        }
        if weight <= CHUNK_FEATURES || at.z() >= self.z {
            chunks.push(chunk);
            return;
        }
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            if let Some(child) = TileCoord::new(at.z() + 1, at.x() * 2 + dx, at.y() * 2 + dy) {
                self.divide(Chunk(child), chunks);
            }
        }
    }

    /// The world that a chunk's tiles see: their buffers, and a cell beyond.
    fn region(&self, Chunk(at): Chunk) -> Bounds {
        let margin = i64::from(BUFFER + LARGEST_CELL + 2) << (32 - EXTENT_BITS - self.z);
        let side = 1_i64 << (32 - at.z());
        let edge = |v: i64| u32::try_from(v.clamp(0, i64::from(u32::MAX))).unwrap_or(0);
        let low = [at.x(), at.y()].map(|v| i64::from(v) * side);
        Bounds { min: low.map(|v| edge(v - margin)), max: low.map(|v| edge(v + side - 1 + margin)) }
    }

    fn tiles(&self, Chunk(at): Chunk) -> Range {
        let shift = self.z - at.z();
        let first = [at.x(), at.y()].map(|v| v << shift);
        Range { min: first.map(u32::cast_signed), max: first.map(|v| (v + (1 << shift) - 1).cast_signed()) }
    }

    /// The features to draw, in the order of the index. `limit`: where more are selected, only that many of the most
    /// important, and the importance from which they come.
    pub(super) fn select(
        &self,
        chunk: Chunk,
        field: &Field,
        wanted: Option<&Wanted>,
        limit: Option<usize>,
    ) -> (Vec<Selected>, Out, Option<u32>) {
        let Chunk(at) = chunk;
        let is_own = |entry: &Entry| {
            let tile = |v: u32| u32::try_from(u64::from(v) >> (32 - at.z())).unwrap_or(0);
            [tile(entry.anchor[0]), tile(entry.anchor[1])] == [at.x(), at.y()]
        };
        // Those that somebody asks for are fewer.
        let crowded = self.index.head.crowded && wanted.is_none();
        let mut out = Out::default();
        let mut found: Vec<(u32, Entry)> = Vec::new();
        let mut cells: HashMap<(Kind, Grid), (u32, Entry), FixedState> = HashMap::default();
        self.index.query(&self.region(chunk), &mut |index, entry| {
            if wanted.is_some_and(|wanted| !wanted.has(self.index.attributes(&entry))) {
                return true;
            }
            if self.detail.every_feature {
                found.push((index, entry));
                return true;
            }
            let Some(cell) = cell(&entry, self.z, crowded).filter(|_| !self.detail.every_vertex) else {
                if field.keeps(&entry) {
                    found.push((index, entry));
                } else {
                    out.dropped += u64::from(is_own(&entry));
                }
                return true;
            };
            // Of all in one cell the most important is drawn: cells are those of the whole grid, so tiles that share
            // an edge agree.
            match cells.entry((entry.kind, cell)) {
                std::collections::hash_map::Entry::Vacant(slot) => {
                    slot.insert((index, entry));
                }
                std::collections::hash_map::Entry::Occupied(mut slot) => {
                    let mut other = (index, entry);
                    if (entry.key, entry.id) > (slot.get().1.key, slot.get().1.id) {
                        std::mem::swap(slot.get_mut(), &mut other);
                    }
                    out.merged += u64::from(is_own(&other.1));
                }
            }
            true
        });
        for (index, entry) in cells.into_values() {
            if field.keeps(&entry) {
                found.push((index, entry));
            } else {
                out.dropped += u64::from(is_own(&entry));
            }
        }
        let mut least = None;
        if let Some(limit) = limit.filter(|limit| *limit < found.len()) {
            let (_, last, _) = found.select_nth_unstable_by(limit, |a, b| b.1.key.cmp(&a.1.key));
            least = Some(last.1.key.saturating_add(1));
            found.truncate(limit);
        }
        found.sort_unstable_by_key(|(index, _)| *index);
        let selected = found.into_iter().map(|(_, entry)| {
            let attributes = if self.detail.every_feature { 0 } else { digest(self.index.attributes(&entry)) };
            Selected { entry, attributes }
        });
        (selected.collect(), out, least)
    }

    /// The selected features cut into the chunk's tiles, by tile.
    pub(super) fn cut(&self, chunk: Chunk, selected: &[Selected], clipper: &mut Clipper) -> Vec<Piece> {
        let within = self.tiles(chunk);
        let mut pieces: Vec<Piece> = Vec::with_capacity(selected.len() * 5 / 4);
        for (slot, feature) in (0_u32..).zip(selected) {
            let kind = feature.entry.kind;
            let mut emit = |x: u32, y: u32, parts: Vec<Part>| {
                if let Some(tile) = TileCoord::new(self.z, x, y) {
                    pieces.push(Piece { tile: tile_id(tile), slot, kind, parts, joined: false });
                }
            };
            let parts = at_zoom(self.index, &feature.entry, self.z, self.detail);
            clipper.cut(kind, &parts, within, &mut emit);
        }
        self.stand_in(within, selected, clipper, &mut pieces);
        pieces.sort_unstable_by_key(|piece| (piece.tile, piece.slot));
        pieces
    }

    /// Mending may leave nothing, as of a ring that runs around twice: such a feature must still be found.
    fn stand_in(&self, within: Range, selected: &[Selected], clipper: &mut Clipper, pieces: &mut Vec<Piece>) {
        let mut next = pieces.iter().map(|piece| piece.slot).peekable();
        let mut missing = Vec::new();
        for slot in 0..u32::try_from(selected.len()).unwrap_or(u32::MAX) {
            let mut is_there = false;
            while next.next_if_eq(&slot).is_some() {
                is_there = true;
            }
            if !is_there {
                missing.push(slot);
            }
        }
        let mut anywhere = Clipper::new();
        for slot in missing {
            let Some(feature) = selected.get(slot as usize).filter(|feature| feature.entry.kind == Kind::Polygon)
            else {
                continue;
            };
            // Whether it is drawn somewhere else is asked only of the few that are not drawn here.
            let parts = at_zoom(self.index, &feature.entry, self.z, self.detail);
            let last = (1_i32 << self.z) - 1;
            let mut is_drawn = false;
            anywhere
                .cut(feature.entry.kind, &parts, Range { min: [0; 2], max: [last; 2] }, &mut |_, _, _| is_drawn = true);
            if is_drawn {
                continue;
            }
            let parts = stand_in(&feature.entry, self.z);
            clipper.cut(feature.entry.kind, &parts, within, &mut |x, y, parts| {
                if let Some(tile) = TileCoord::new(self.z, x, y) {
                    let kind = feature.entry.kind;
                    pieces.push(Piece { tile: tile_id(tile), slot, kind, parts, joined: false });
                }
            });
        }
    }
}

fn digest(bytes: &[u8]) -> u64 {
    use std::hash::BuildHasher as _;
    FixedState::with_seed(7).hash_one(bytes)
}
