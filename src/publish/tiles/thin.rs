//! Which features a zoom shows where its tiles cannot hold everything: those of least importance stay out, evenly.
//!
//! Each tile that would be too heavy gets a threshold, the importance of the first feature it cannot hold. Between tiles
//! the thresholds are one continuous field: each corner of the tile grid takes the greatest of its four tiles, and
//! inside a tile the field is interpolated between its corners. So every tile keeps within its budget, features on
//! both sides of an edge meet the same field, and density changes gradually, never along an edge.

use std::collections::HashMap;

use super::clip::{BUFFER, Kind};
use super::index::Entry;
use super::project::{EXTENT_BITS, World};
use crate::publish::archive::tile_of;

/// Most bytes of a tile as sent (gzip). The figure tippecanoe uses: about a second on a 4 Mbit/s connection.
pub const BUDGET_BYTES: usize = 500_000;

/// The importance of a shape: its class by configuration (0–15), then areas before lines before points, then the drawn
/// size by sixteenths of octaves; among equals, and among points, a number drawn from its identity, so that those that
/// stay are a fair sample and the same in every release.
pub(super) fn key(class: u8, kind: Kind, size: f64, identity: u64) -> u32 {
    // The identity is a hash already; other bits of it are the id.
    let drawn = u32::try_from(identity.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 38).unwrap_or(u32::MAX);
    let within = if kind == Kind::Point {
        drawn
    } else {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0…1023")]
        let octave = ((size + 1.0).log2() * 16.0).clamp(0.0, 1023.0) as u32;
        octave << 16 | drawn >> 10
    };
    u32::from(class.min(15)) << 28 | (kind as u32 - 1) << 26 | within
}

/// The thresholds of one zoom.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Field {
    zoom: u8,
    /// Threshold where there is none: the least importance of all.
    ground: u32,
    corners: HashMap<[u32; 2], u32>,
}

impl Field {
    /// `thresholds`: tile number and threshold. `ground`: the least importance in the table.
    pub(super) fn new(zoom: u8, ground: u32, thresholds: impl Iterator<Item = (u64, u32)>) -> Self {
        let mut corners: HashMap<[u32; 2], u32> = HashMap::new();
        for (tile, threshold) in thresholds {
            let Some(coord) = tile_of(tile) else { continue };
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let corner = corners.entry([coord.x() + dx, coord.y() + dy]).or_default();
                *corner = (*corner).max(threshold);
            }
        }
        Self { zoom, ground, corners }
    }

    pub(super) fn is_flat(&self) -> bool {
        self.corners.is_empty()
    }

    /// The threshold at a position.
    fn at(&self, at: [f64; 2]) -> f64 {
        let side = f64::from(2_u32.pow(u32::from(self.zoom.min(31))));
        let scaled = at.map(|v| (v / 4_294_967_296.0 * side).clamp(0.0, side));
        let tile = scaled.map(|v| v.floor().min(side - 1.0));
        let share = [scaled[0] - tile[0], scaled[1] - tile[1]];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a column or row of the zoom")]
        let [x, y] = tile.map(|v| v as u32);
        let corner = |dx: u32, dy: u32| {
            f64::from(self.corners.get(&[x + dx, y + dy]).map_or(self.ground, |corner| (*corner).max(self.ground)))
        };
        let upper = corner(0, 0) * (1.0 - share[0]) + corner(1, 0) * share[0];
        let lower = corner(0, 1) * (1.0 - share[0]) + corner(1, 1) * share[0];
        upper * (1.0 - share[1]) + lower * share[1]
    }

    /// The threshold as a whole number; what rounding of the interpolation takes away does not count.
    fn threshold(&self, at: [f64; 2]) -> f64 {
        (self.at(at) - 1e-3).ceil()
    }

    /// Whether a feature is shown. One that reaches into several tiles has to pass in all of them, each asked at its
    /// place nearest to the feature's anchor: a feature is in all its tiles or in none.
    pub(super) fn keeps(&self, entry: &Entry) -> bool {
        if self.is_flat() {
            return true;
        }
        let key = f64::from(entry.key);
        let anchor = entry.anchor.map(f64::from);
        if key < self.threshold(anchor) {
            return false;
        }
        let (min, max) = tiles(self.zoom, entry.bounds.min, entry.bounds.max);
        if min == max {
            return true;
        }
        let passes = |tile: [u32; 2]| {
            let side = f64::from(2_u32.pow(32 - u32::from(self.zoom.clamp(1, 31))));
            let at = [0, 1]
                .map(|axis| anchor[axis].clamp(f64::from(tile[axis]) * side, (f64::from(tile[axis]) + 1.0) * side));
            key >= self.threshold(at)
        };
        let span = [u64::from(max[0] - min[0]) + 1, u64::from(max[1] - min[1]) + 1];
        if span[0] * span[1] <= 4 * self.corners.len() as u64 {
            (min[1]..=max[1]).all(|y| (min[0]..=max[0]).all(|x| passes([x, y])))
        } else {
            // A feature over more tiles than have thresholds: only those that have any are asked.
            self.corners.keys().all(|corner| {
                [(0, 0), (1, 0), (0, 1), (1, 1)].iter().all(|(dx, dy)| {
                    let tile = [corner[0].wrapping_sub(*dx), corner[1].wrapping_sub(*dy)];
                    let is_in = (0..2).all(|axis| (min[axis]..=max[axis]).contains(&tile[axis]));
                    !is_in || passes(tile)
                })
            })
        }
    }
}

/// The tiles (column and row, first and last) that a box of the world reaches into, their buffers included.
pub(super) fn tiles(zoom: u8, min: World, max: World) -> ([u32; 2], [u32; 2]) {
    let buffer = u64::from(BUFFER.unsigned_abs() + 1) << (32 - EXTENT_BITS - zoom.min(18));
    let last = (1_u64 << zoom) - 1;
    let tile = |v: u64| u32::try_from((v >> (32 - zoom)).min(last)).unwrap_or(u32::MAX);
    (min.map(|v| tile(u64::from(v).saturating_sub(buffer))), max.map(|v| tile(u64::from(v) + buffer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tile::TileCoord;
    use crate::publish::archive::tile_id;

    #[test]
    fn class_then_kind_then_size_then_the_draw() {
        let keys = [
            key(0, Kind::Point, 0.0, 1),
            key(0, Kind::Line, 1.0, 1),
            key(0, Kind::Line, 100.0, 1),
            key(0, Kind::Polygon, 0.0, 1),
            key(0, Kind::Polygon, 1e19, 1),
            key(1, Kind::Point, 0.0, 1),
            key(15, Kind::Point, 0.0, 1),
        ];
        assert!(keys.is_sorted() && keys.windows(2).all(|pair| pair[0] < pair[1]), "{keys:?}");
        // Points: a fair sample whatever the threshold.
        let kept = (0..10_000_u64).filter(|i| key(0, Kind::Point, 0.0, blake3_word(*i)) >= 1 << 25).count();
        assert!((4_800..5_200).contains(&kept), "{kept}");
    }

    fn blake3_word(value: u64) -> u64 {
        u64::from_le_bytes(blake3::hash(&value.to_le_bytes()).as_bytes()[..8].try_into().expect("8 bytes"))
    }

    #[test]
    fn the_field_is_continuous_and_never_below_a_tile_s_threshold() {
        let tiles = [(5, 5, 1000), (6, 5, 300), (9, 9, 50)];
        let number = |x, y| tile_id(TileCoord::new(10, x, y).expect("a tile"));
        let field = Field::new(10, 7, tiles.iter().map(|(x, y, t)| (number(*x, *y), *t)));
        let side = 4_194_304.0;
        for (x, y, threshold) in tiles {
            for step in 0..=20 {
                for other in 0..=20 {
                    let at = [
                        (f64::from(x) + f64::from(step) / 20.0) * side,
                        (f64::from(y) + f64::from(other) / 20.0) * side,
                    ];
                    assert!(field.at(at) >= f64::from(threshold) - 1e-6);
                }
            }
        }
        // Along lines over several tiles no step is greater than the slope allows.
        for row in 0..40 {
            let mut before = None;
            for step in 0..4_000 {
                let at = [f64::from(step) / 400.0 * side + side * 2.0, (4.0 + f64::from(row) / 10.0) * side];
                let here = field.at(at);
                if let Some(before) = before {
                    let jump: f64 = here - before;
                    assert!(jump.abs() <= 993.0 / 400.0 + 1e-6, "{jump}");
                }
                before = Some(here);
            }
        }
        assert!((field.at([20.0 * side, 20.0 * side]) - 7.0).abs() < 1e-9);
    }
}
