//! All tiles of one zoom: cut in parallel by feature, weighed, encoded in parallel by tile.

use std::io;

use rayon::prelude::*;

use super::budget::{BUDGET_BYTES, Load, over};
use super::clip::{Clipper, Kind};
use super::encode::{self, Drawn, Values};
use super::level::{at_zoom, cell, stand_in};
use super::project::{Grid, Shape};
use crate::model::tile::TileCoord;
use crate::publish::archive::{gzip, tile_id};

/// Everything a zoom is built from.
pub(super) struct Source<'a> {
    pub(super) layer: &'a str,
    pub(super) names: &'a [String],
    pub(super) values: &'a Values,
    pub(super) shapes: &'a [Shape],
    /// By shape: feature id, row of its values, importance rank, size.
    pub(super) features: &'a [Feature],
}

/// What is known of a shape beside its geometry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Feature {
    /// `None` for the second and third shape of a record that mixes kinds, since ids are unique in a layer.
    pub(super) id: Option<u64>,
    pub(super) row: u32,
    pub(super) rank: u32,
    pub(super) size: f64,
}

/// The tiles of one zoom, and what was left out.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// Tile number and gzip bytes, in order of number.
    pub(super) tiles: Vec<(u64, Vec<u8>)>,
    /// Shapes left out because a tile would have been too heavy.
    pub(super) dropped: u64,
    /// Shapes smaller than a dot that lie under another's dot.
    pub(super) merged: u64,
    /// The heaviest tile, bytes.
    pub(super) heaviest_bytes: usize,
}

/// One feature's part of one tile.
struct Piece {
    tile: u64,
    shape: u32,
    kind: Kind,
    commands: Vec<u8>,
}

/// A tile: its number, the estimate of its bytes before packing, its packed bytes (none where no feature is left).
#[derive(Debug, Clone, Default)]
struct Encoded {
    tile: u64,
    estimate: usize,
    bytes: Vec<u8>,
}

/// Builds a zoom. `full`: with every feature and every vertex, whatever the tiles weigh.
pub(super) fn build(source: &Source<'_>, zoom: u8, full: bool) -> io::Result<Level> {
    let mut dropped = vec![false; source.shapes.len()];
    let merged = if full { 0 } else { merge(source, zoom, &mut dropped) };
    let pieces = cut(source, zoom, full, &dropped);
    let tiles: Vec<&[Piece]> = pieces.chunk_by(|a, b| a.tile == b.tile).collect();
    let mut level = if full {
        let tiles = encode_all(source, &tiles, &dropped)?;
        Level { tiles, ..Level::default() }
    } else {
        weigh(source, &tiles, &mut dropped)?
    };
    level.dropped = dropped.iter().filter(|dropped| **dropped).count() as u64 - merged;
    level.merged = merged;
    level.heaviest_bytes = level.tiles.iter().map(|(_, tile)| tile.len()).max().unwrap_or(0);
    Ok(level)
}

/// Of all shapes too small to be seen in one cell of half a pixel, keeps the most important. Cells are those of the
/// whole grid, so tiles that share an edge agree.
fn merge(source: &Source<'_>, zoom: u8, dropped: &mut [bool]) -> u64 {
    let mut cells: Vec<((Kind, Grid), u32, u32)> = source
        .shapes
        .par_iter()
        .zip(source.features)
        .enumerate()
        .filter_map(|(index, (shape, feature))| {
            Some((cell(shape, feature.size, zoom)?, feature.rank, u32::try_from(index).ok()?))
        })
        .collect();
    cells.par_sort_unstable();
    let mut merged = 0;
    for group in cells.chunk_by(|a, b| a.0 == b.0) {
        for (_, _, index) in group.iter().skip(1) {
            if let Some(dropped) = dropped.get_mut(*index as usize) {
                *dropped = true;
                merged += 1;
            }
        }
    }
    merged
}

fn cut(source: &Source<'_>, zoom: u8, full: bool, dropped: &[bool]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = source
        .shapes
        .par_iter()
        .zip(source.features)
        .zip(dropped)
        .enumerate()
        .filter(|(_, (_, dropped))| !**dropped)
        .map_init(Clipper::new, |clipper, (index, ((shape, feature), _))| {
            let (kind, parts) = at_zoom(shape, feature.size, zoom, full);
            let mut found = Vec::new();
            let mut emit = |x: u32, y: u32, parts: Vec<super::clip::Part>| {
                if let (Some(tile), Ok(shape)) = (TileCoord::new(zoom, x, y), u32::try_from(index)) {
                    found.push(Piece { tile: tile_id(tile), shape, kind, commands: encode::commands(kind, &parts) });
                }
            };
            clipper.cut(kind, &parts, zoom, &mut emit);
            if found.is_empty() {
                // Mending left nothing, as of a ring that runs around twice: it must still be found.
                let mut emit = |x: u32, y: u32, parts: Vec<super::clip::Part>| {
                    if let (Some(tile), Ok(shape)) = (TileCoord::new(zoom, x, y), u32::try_from(index)) {
                        found.push(Piece {
                            tile: tile_id(tile),
                            shape,
                            kind,
                            commands: encode::commands(kind, &parts),
                        });
                    }
                };
                clipper.cut(kind, &stand_in(shape, kind, zoom), zoom, &mut emit);
            }
            found
        })
        .flatten_iter()
        .collect();
    pieces.par_sort_unstable_by_key(|piece| (piece.tile, piece.shape));
    pieces
}

/// Encodes the tiles; where one would be too heavy, leaves out the least important of its features, in every tile
/// they touch, so that no feature ends at an edge.
fn weigh(source: &Source<'_>, tiles: &[&[Piece]], dropped: &mut [bool]) -> io::Result<Level> {
    // Packed bytes per estimated byte: attributes in Japanese pack to about half. The first guess is generous; each
    // tile that comes out too heavy is cut by its own measured ratio.
    const FIRST_RATIO: f64 = 0.4;
    let cuts: Vec<Vec<u32>> = tiles.par_iter().map(|pieces| cut_down(source, pieces, dropped, FIRST_RATIO)).collect();
    mark(dropped, &cuts);
    let mut encoded = vec![Encoded::default(); tiles.len()];
    let mut waiting: Vec<usize> = (0..tiles.len()).collect();
    while !waiting.is_empty() {
        let fresh: Vec<(usize, Encoded)> = waiting
            .par_iter()
            .filter_map(|index| {
                let pieces = tiles.get(*index)?;
                Some(encode_one(source, pieces, dropped).map(|tile| (*index, tile)))
            })
            .collect::<io::Result<_>>()?;
        let cuts: Vec<Vec<u32>> = fresh
            .par_iter()
            .filter(|(_, tile)| tile.bytes.len() > BUDGET_BYTES)
            .filter_map(|(index, tile)| {
                let ratio = tile.bytes.len() as f64 / tile.estimate.max(1) as f64;
                // 3 % more than measured, so that the second try fits nearly always.
                Some(cut_down(source, tiles.get(*index)?, dropped, ratio * 1.03))
            })
            .collect();
        for (index, tile) in fresh {
            if let Some(slot) = encoded.get_mut(index) {
                *slot = tile;
            }
        }
        let newly = mark(dropped, &cuts);
        waiting = if newly.is_empty() {
            Vec::new()
        } else {
            (0..tiles.len())
                .into_par_iter()
                .filter(|index| {
                    tiles
                        .get(*index)
                        .is_some_and(|pieces| pieces.iter().any(|piece| newly.binary_search(&piece.shape).is_ok()))
                })
                .collect()
        };
    }
    let tiles = encoded.into_iter().filter(|tile| !tile.bytes.is_empty());
    Ok(Level { tiles: tiles.map(|tile| (tile.tile, tile.bytes)).collect(), ..Level::default() })
}

/// The features of a tile to leave out at an expected ratio of packed to estimated bytes; at least one is left out
/// where the tile is known to be too heavy.
fn cut_down(source: &Source<'_>, pieces: &[Piece], dropped: &[bool], ratio: f64) -> Vec<u32> {
    let mut loads: Vec<Load> = kept(pieces, dropped)
        .filter_map(|piece| {
            let rank = source.features.get(piece.shape as usize)?.rank;
            Some(Load { feature: piece.shape, rank, bytes: estimate(source, piece) })
        })
        .collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a quotient of positive numbers")]
    let budget = (BUDGET_BYTES as f64 / ratio) as usize;
    over(&mut loads, budget)
}

/// Marks the features as dropped; gives those that were not before, in order.
fn mark(dropped: &mut [bool], cuts: &[Vec<u32>]) -> Vec<u32> {
    let mut newly = Vec::new();
    for feature in cuts.iter().flatten() {
        if let Some(slot) = dropped.get_mut(*feature as usize)
            && !std::mem::replace(slot, true)
        {
            newly.push(*feature);
        }
    }
    newly.sort_unstable();
    newly
}

fn kept<'a>(pieces: &'a [Piece], dropped: &'a [bool]) -> impl Iterator<Item = &'a Piece> {
    pieces.iter().filter(|piece| !dropped.get(piece.shape as usize).copied().unwrap_or(true))
}

/// What a piece is likely to add to its tile before packing: geometry, attributes, and 8 bytes of id and lengths.
fn estimate(source: &Source<'_>, piece: &Piece) -> usize {
    let row = source.features.get(piece.shape as usize).map_or(0, |feature| feature.row);
    8 + piece.commands.len() + source.values.estimate_bytes(row)
}

fn encode_one(source: &Source<'_>, pieces: &[Piece], dropped: &[bool]) -> io::Result<Encoded> {
    let tile = pieces.first().map_or(0, |piece| piece.tile);
    if kept(pieces, dropped).next().is_none() {
        return Ok(Encoded { tile, ..Encoded::default() });
    }
    let features = kept(pieces, dropped).filter_map(|piece| {
        let feature = source.features.get(piece.shape as usize)?;
        Some(Drawn { id: feature.id, row: feature.row, kind: piece.kind, commands: &piece.commands })
    });
    let bytes = gzip(&encode::tile(source.layer, source.names, source.values, features))?;
    let estimate = kept(pieces, dropped).map(|piece| estimate(source, piece)).sum();
    Ok(Encoded { tile, estimate, bytes })
}

fn encode_all(source: &Source<'_>, tiles: &[&[Piece]], dropped: &[bool]) -> io::Result<Vec<(u64, Vec<u8>)>> {
    tiles.par_iter().map(|pieces| encode_one(source, pieces, dropped).map(|tile| (tile.tile, tile.bytes))).collect()
}
