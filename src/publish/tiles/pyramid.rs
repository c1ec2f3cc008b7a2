//! All tiles of one zoom: cut in parallel by chunk, weighed, encoded, packed, and thinned where they are too heavy.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::chunk::{Chunk, Piece, Selected, Zoom};
use super::clip::{Clipper, Kind};
use super::encode::{self, Drawn, Layer, Scale};
use super::index::{Bounds, Head, NO_ID, Wanted};
use super::join::join;
use super::level::unit;
use super::project::{EXTENT_BITS, Grid, snap};
use super::thin::{Field, tiles};
use crate::model::tile::TileCoord;
use crate::publish::Out;
use crate::publish::archive::{ArchiveWriter, first_id, gzip, tile_id, tile_of};

/// What is known of a zoom when it is built.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ZoomFigures {
    pub(super) tiles: u64,
    /// The heaviest tile as sent.
    pub(super) heaviest_bytes: u64,
    /// All tiles as sent.
    pub(super) bytes: u64,
    /// Features left out because a tile would have been too heavy.
    pub(super) dropped: u64,
    /// Features smaller than a dot that lie under another's dot.
    pub(super) merged: u64,
    /// Features drawn as one with an equal neighbour.
    pub(super) joined: u64,
}

/// What a zoom is built with and from.
pub(super) struct Plan<'a> {
    pub(super) zoom: Zoom<'a>,
    /// The least importance in the table.
    pub(super) ground: u32,
    /// Thresholds to begin with.
    pub(super) thresholds: BTreeMap<u64, u32>,
    /// Features joined in tiles that are not built anew.
    pub(super) joined: BTreeMap<u64, u64>,
    /// The tiles to build; all where absent.
    pub(super) only: Option<BTreeSet<u64>>,
}

/// A zoom that is built.
pub(super) struct Level {
    pub(super) thresholds: BTreeMap<u64, u32>,
    pub(super) figures: ZoomFigures,
    /// Features joined to another, by the tile that holds their anchor.
    pub(super) joined: BTreeMap<u64, u64>,
}

/// Packed bytes for one byte before packing that no tile falls below, nearly: attributes in Japanese pack to 0.4,
/// buildings without any to 0.7.
const LEAST_RATIO: f64 = 0.2;
/// Bytes before packing of the sample whose packing says how a tile that is surely too heavy packs.
const SAMPLE_BYTES: usize = 1_500_000;
/// Features of one tile that are looked at: more never fit, at four bytes each.
const MOST_FEATURES: usize = 125_000;
/// Labels are shown from this drawn area on, square units: 16 by 16 pixels.
const LABEL_AREA: f64 = 16_384.0;

/// A tile when it was tried.
enum Tried {
    /// Its packed bytes, and how many features with their anchor in it were joined to others.
    Fits(Vec<u8>, u64),
    /// It needs a threshold of this importance.
    TooHeavy(u32),
}

/// Builds the tiles of a zoom into the archive.
pub(super) fn build(plan: Plan<'_>, archive: &Mutex<ArchiveWriter<Out>>) -> io::Result<Level> {
    let Plan { zoom, ground, mut thresholds, mut joined, only } = plan;
    let numbers = first_id(zoom.z)..first_id(zoom.z + 1);
    let may_thin = !zoom.detail.every_feature;
    let make_field = |thresholds: &BTreeMap<u64, u32>| {
        Field::new(zoom.z, ground, thresholds.iter().map(|(tile, threshold)| (*tile, *threshold)))
    };
    let mut field = make_field(&thresholds);
    let all = zoom.chunks();
    let mut chunks: Vec<Chunk> = match &only {
        None => all.clone(),
        Some(only) => only.iter().filter_map(|tile| tile_of(*tile).map(Chunk)).collect(),
    };
    let mut is_first = true;
    // What stays out, where the first try of all chunks was the last.
    let known_out = loop {
        let tried: Vec<Attempt> = chunks
            .par_iter()
            .map_init(Clipper::new, |clipper, chunk| attempt(&zoom, *chunk, &field, clipper, archive))
            .collect::<io::Result<_>>()?;
        let mut heavy: BTreeMap<u64, u32> = BTreeMap::new();
        let mut out = super::chunk::Out::default();
        for Attempt { heavy: over, joined: ones, out: own } in tried {
            out = out.plus(own);
            heavy.extend(over);
            for (tile, count) in ones {
                if count == 0 {
                    joined.remove(&tile)
                } else {
                    joined.insert(tile, count)
                };
            }
        }
        if heavy.is_empty() {
            break Some(out).filter(|_| is_first && only.is_none());
        }
        is_first = false;
        for (tile, threshold) in &heavy {
            // Every round keeps less, so that they come to an end.
            let before = thresholds.get(tile).copied().unwrap_or(0);
            thresholds.insert(*tile, (*threshold).max(before.saturating_add(1)));
        }
        let next = make_field(&thresholds);
        let touched = touched(&zoom, &field, &next, heavy.keys().copied(), &lock(archive), &numbers);
        field = next;
        chunks = touched.into_iter().filter_map(|tile| tile_of(tile).map(Chunk)).collect();
    };
    let out = known_out.unwrap_or_else(|| {
        let of = |chunk: &Chunk| zoom.select(*chunk, &field, None, None).1;
        if may_thin {
            all.par_iter().map(of).reduce(Default::default, super::chunk::Out::plus)
        } else {
            super::chunk::Out::default()
        }
    });
    let mut figures = ZoomFigures { dropped: out.dropped, merged: out.merged, ..ZoomFigures::default() };
    for (_, length) in lock(archive).tiles(numbers) {
        figures.tiles += 1;
        figures.bytes += u64::from(length);
        figures.heaviest_bytes = figures.heaviest_bytes.max(u64::from(length));
    }
    figures.joined = joined.values().sum();
    Ok(Level { thresholds, figures, joined })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What came of trying a chunk.
#[derive(Default)]
struct Attempt {
    /// The tiles that are too heavy, with their threshold.
    heavy: Vec<(u64, u32)>,
    /// For the others how many features were joined.
    joined: Vec<(u64, u64)>,
    out: super::chunk::Out,
}

/// Tries the tiles of a chunk: those that fit go to the archive.
fn attempt(
    zoom: &Zoom<'_>,
    chunk: Chunk,
    field: &Field,
    clipper: &mut Clipper,
    archive: &Mutex<ArchiveWriter<Out>>,
) -> io::Result<Attempt> {
    let is_tile = chunk.0.z() == zoom.z;
    let limit = (is_tile && !zoom.detail.every_feature).then_some(MOST_FEATURES);
    let (selected, out, least) = zoom.select(chunk, field, None, limit);
    if let Some(least) = least {
        return Ok(Attempt { heavy: vec![(tile_id(chunk.0), least)], ..Attempt::default() });
    }
    let mut pieces = zoom.cut(chunk, &selected, clipper);
    if is_tile && pieces.is_empty() {
        let number = tile_id(chunk.0);
        lock(archive).remove(number..number + 1);
    }
    let mut attempt = Attempt { out, ..Attempt::default() };
    while let Some(tile) = pieces.last().map(|piece| piece.tile) {
        let begin = pieces.partition_point(|piece| piece.tile < tile);
        let own = pieces.split_off(begin);
        match tile_from(zoom, tile, own, &selected, clipper)? {
            Tried::Fits(bytes, ones) => {
                lock(archive).add(tile, &bytes)?;
                attempt.joined.push((tile, ones));
            }
            Tried::TooHeavy(threshold) => {
                attempt.heavy.push((tile, threshold));
            }
        }
    }
    Ok(attempt)
}

/// One tile by itself, of the features that are wanted; `None` where it has none.
pub(super) fn one_tile(
    zoom: &Zoom<'_>,
    chunk: Chunk,
    wanted: &Wanted,
    clipper: &mut Clipper,
) -> io::Result<Option<Vec<u8>>> {
    let (mut selected, _, _) = zoom.select(chunk, &Field::default(), Some(wanted), Some(MOST_FEATURES));
    loop {
        let pieces = zoom.cut(chunk, &selected, clipper);
        if pieces.is_empty() {
            return Ok(None);
        }
        if pieces.len() == 1 {
            // One feature that is heavier than the budget is still shown.
            let one = Zoom { budget_bytes: usize::MAX, ..*zoom };
            let Tried::Fits(bytes, _) = tile_from(&one, tile_id(chunk.0), pieces, &selected, clipper)? else {
                return Ok(None);
            };
            return Ok(Some(bytes));
        }
        match tile_from(zoom, tile_id(chunk.0), pieces, &selected, clipper)? {
            Tried::Fits(bytes, _) => return Ok(Some(bytes)),
            Tried::TooHeavy(threshold) => selected.retain(|feature| feature.entry.key >= threshold),
        }
    }
}

/// The tiles whose features change when one field of thresholds takes the place of another: those that are too heavy,
/// and all in which a feature is drawn that now stays out.
fn touched(
    zoom: &Zoom<'_>,
    before: &Field,
    after: &Field,
    heavy: impl Iterator<Item = u64>,
    archive: &ArchiveWriter<Out>,
    numbers: &std::ops::Range<u64>,
) -> BTreeSet<u64> {
    let mut touched = BTreeSet::new();
    for number in heavy {
        touched.insert(number);
        let Some(at) = tile_of(number) else { continue };
        let around = around(at, zoom.z);
        zoom.index.query(&around, &mut |_, entry| {
            if before.keeps(&entry) != after.keeps(&entry) {
                add_tiles(&mut touched, zoom.z, &entry.bounds, archive, numbers);
            }
            true
        });
    }
    touched
}

/// The tile and the eight around it.
fn around(at: TileCoord, zoom: u8) -> Bounds {
    let side = 1_i64 << (32 - zoom);
    let edge = |v: i64| u32::try_from(v.clamp(0, i64::from(u32::MAX))).unwrap_or(0);
    let low = [at.x(), at.y()].map(|v| i64::from(v) * side);
    Bounds { min: low.map(|v| edge(v - side)), max: low.map(|v| edge(v + 2 * side)) }
}

/// Adds the tiles that a box touches. Where these are more than the zoom has, those of the archive are asked instead.
pub(super) fn add_tiles(
    touched: &mut BTreeSet<u64>,
    zoom: u8,
    bounds: &Bounds,
    archive: &ArchiveWriter<Out>,
    numbers: &std::ops::Range<u64>,
) {
    let (min, max) = tiles(zoom, bounds.min, bounds.max);
    let span = u64::from(max[0] - min[0] + 1) * u64::from(max[1] - min[1] + 1);
    if span <= 4_096 {
        for (x, y) in (min[0]..=max[0]).flat_map(|x| (min[1]..=max[1]).map(move |y| (x, y))) {
            touched.extend(TileCoord::new(zoom, x, y).map(tile_id));
        }
    } else {
        touched.extend(archive.tiles(numbers.clone()).map(|(number, _)| number).filter(|number| {
            tile_of(*number)
                .is_some_and(|at| (min[0]..=max[0]).contains(&at.x()) && (min[1]..=max[1]).contains(&at.y()))
        }));
    }
}

/// The bytes of a tile, or the threshold with which it is to be tried again.
fn tile_from(
    zoom: &Zoom<'_>,
    tile: u64,
    mut pieces: Vec<Piece>,
    selected: &[Selected],
    clipper: &mut Clipper,
) -> io::Result<Tried> {
    let head = &zoom.index.head;
    let may_thin = !zoom.detail.every_feature;
    let at = tile_of(tile);
    let mut ones = 0;
    if may_thin {
        let gone = join(clipper, &mut pieces, selected);
        ones = gone.iter().filter(|slot| selected.get(**slot as usize).is_some_and(|f| is_in(f, at))).count() as u64;
    }
    let commands: Vec<Vec<u8>> = pieces.iter().map(|piece| encode::commands(piece.kind, &piece.parts)).collect();
    let drawn: Vec<(u32, Drawn<'_>, Option<Grid>)> = pieces
        .iter()
        .zip(&commands)
        .filter_map(|(piece, commands)| {
            let Selected { entry, .. } = selected.get(piece.slot as usize)?;
            let id = Some(entry.id).filter(|id| *id != NO_ID && !piece.joined);
            let attributes = zoom.index.attributes(entry);
            let label = label(zoom, piece, entry, at);
            Some((entry.key, Drawn { id, attributes, kind: piece.kind, commands }, label))
        })
        .collect();
    if !may_thin {
        return Ok(Tried::Fits(gzip(&bytes(head, &drawn, |_| true), zoom.effort)?, ones));
    }
    // In order of importance, what each adds.
    let mut order: Vec<usize> = (0..drawn.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(drawn.get(*place).map(|(key, ..)| *key)));
    let mut scale = Scale::default();
    let mut sums = Vec::with_capacity(order.len());
    let mut sum = 0;
    for place in &order {
        sum += drawn.get(*place).map_or(0, |(_, drawn, label)| {
            scale.weigh(drawn) + if label.is_some() { drawn.attributes.len() + 20 } else { 0 }
        });
        sums.push(sum);
    }
    let key_at = |rank: usize| order.get(rank).and_then(|place| drawn.get(*place)).map_or(0, |(key, ..)| *key);
    let is_surely_heavy = sum as f64 * LEAST_RATIO > zoom.budget_bytes as f64;
    let (weight, packed) = if is_surely_heavy {
        // Only how it packs is to be known, from the part that has a chance to stay.
        let last = sums.partition_point(|sum| *sum <= SAMPLE_BYTES);
        let least = key_at(last);
        let weight = sums.get(last.saturating_sub(1)).copied().unwrap_or(1);
        (weight, gzip(&bytes(head, &drawn, |key| key > least), zoom.effort)?)
    } else {
        (sum, gzip(&bytes(head, &drawn, |_| true), zoom.effort)?)
    };
    if !is_surely_heavy && packed.len() <= zoom.budget_bytes {
        return Ok(Tried::Fits(packed, ones));
    }
    // Half a per cent more than measured, so that the second try fits nearly always.
    let ratio = packed.len() as f64 / weight.max(1) as f64 * 1.005;
    let last = sums.partition_point(|sum| *sum as f64 * ratio <= zoom.budget_bytes as f64);
    Ok(Tried::TooHeavy(key_at(last.min(order.len().saturating_sub(1))).saturating_add(1)))
}

fn is_in(feature: &Selected, at: Option<TileCoord>) -> bool {
    at.is_some_and(|at| {
        let tile = |v: u32| u32::try_from(u64::from(v) >> (32 - at.z())).unwrap_or(0);
        [tile(feature.entry.anchor[0]), tile(feature.entry.anchor[1])] == [at.x(), at.y()]
    })
}

/// Where a feature's label stands, in the coordinates of the one tile that holds it, where it has one and is drawn large
/// enough.
fn label(zoom: &Zoom<'_>, piece: &Piece, entry: &super::index::Entry, at: Option<TileCoord>) -> Option<Grid> {
    let column = zoom.index.head.label_column.filter(|_| piece.kind == Kind::Polygon)?;
    let unit = unit(zoom.z);
    if !zoom.detail.every_vertex && entry.size < LABEL_AREA * unit * unit {
        return None;
    }
    let at = at?;
    let grid = snap(entry.label, zoom.z);
    let local = [grid[0] - (at.x().cast_signed() << EXTENT_BITS), grid[1] - (at.y().cast_signed() << EXTENT_BITS)];
    let is_here = local.iter().all(|v| (0..1 << EXTENT_BITS).contains(v));
    let has_text = || super::index::attributes(zoom.index.attributes(entry)).any(|(at, _)| at == column);
    (is_here && has_text()).then_some(local)
}

/// The name of the layer of label points inside tiles; no layer of the catalogue can have it.
pub(super) fn label_layer(layer: &str) -> String {
    format!("{layer}.label")
}

fn bytes(head: &Head, drawn: &[(u32, Drawn<'_>, Option<Grid>)], keeps: impl Fn(u32) -> bool) -> Vec<u8> {
    let mut tile = Vec::new();
    let mut layer = Layer::new(&head.layer, &head.names);
    for (_, drawn, _) in drawn.iter().filter(|(key, ..)| keeps(*key)) {
        layer.add(drawn);
    }
    layer.finish(&mut tile);
    let mut labels = drawn.iter().filter(|(key, _, label)| label.is_some() && keeps(*key)).peekable();
    if labels.peek().is_some() {
        let points: Vec<(Vec<u8>, Vec<u8>, Option<u64>)> = labels
            .filter_map(|(_, drawn, label)| {
                let commands = encode::commands(Kind::Point, &[vec![vec![(*label)?]]]);
                let mut text = Vec::new();
                for (column, message) in super::index::attributes(drawn.attributes) {
                    if Some(column) == head.label_column {
                        super::index::add_attribute(&mut text, u16::try_from(column).ok()?, message);
                    }
                }
                Some((commands, text, drawn.id))
            })
            .collect();
        let mut layer = Layer::new(&label_layer(&head.layer), &head.names);
        for (commands, attributes, id) in &points {
            layer.add(&Drawn { id: *id, attributes, kind: Kind::Point, commands });
        }
        layer.finish(&mut tile);
    }
    tile
}
