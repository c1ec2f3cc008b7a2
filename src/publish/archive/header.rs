//! The fixed header and the numbers of tiles.

use super::ArchiveError;
use crate::model::lonlat::Bbox;
use crate::model::tile::{MAX_ZOOM, TileCoord};

pub(super) const HEADER_BYTES: usize = 127;
/// Header and root directory lie in the first 16 KiB, so that a client needs one request for both.
pub(super) const ROOT_LIMIT: usize = 16_384 - HEADER_BYTES;

const MAGIC: &[u8; 7] = b"PMTiles";
const VERSION: u8 = 3;
pub(super) const GZIP: u8 = 2;
const BROTLI: u8 = 3;
pub(super) const NONE: u8 = 1;
const MVT: u8 = 1;

/// How the tiles of an archive are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TileCompression {
    /// gzip (RFC 1952): of archives that are offered for download.
    Gzip,
    /// brotli (RFC 7932): of their twins for serving.
    Brotli,
}

/// A part of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Section {
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// The header, in the order of its bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Header {
    pub(super) root: Section,
    pub(super) metadata: Section,
    pub(super) leaves: Section,
    pub(super) data: Section,
    pub(super) addressed: u64,
    pub(super) entries: u64,
    pub(super) contents: u64,
    pub(super) internal_compression: u8,
    pub(super) tile_compression: TileCompression,
    pub(super) min_zoom: u8,
    pub(super) max_zoom: u8,
    pub(super) bounds: Bbox,
    pub(super) center_zoom: u8,
    pub(super) center: (f64, f64),
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.push(VERSION);
        for section in [self.root, self.metadata, self.leaves, self.data] {
            bytes.extend_from_slice(&section.offset.to_le_bytes());
            bytes.extend_from_slice(&section.length.to_le_bytes());
        }
        for count in [self.addressed, self.entries, self.contents] {
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        let tiles = match self.tile_compression {
            TileCompression::Gzip => GZIP,
            TileCompression::Brotli => BROTLI,
        };
        bytes.extend_from_slice(&[1, self.internal_compression, tiles, MVT, self.min_zoom, self.max_zoom]);
        for degrees in [self.bounds.west_deg, self.bounds.south_deg, self.bounds.east_deg, self.bounds.north_deg] {
            bytes.extend_from_slice(&e7(degrees).to_le_bytes());
        }
        bytes.push(self.center_zoom);
        bytes.extend_from_slice(&e7(self.center.0).to_le_bytes());
        bytes.extend_from_slice(&e7(self.center.1).to_le_bytes());
        bytes
    }

    pub(super) fn decode(file: &[u8]) -> Result<Self, ArchiveError> {
        let damaged = |detail| ArchiveError::Damaged { detail };
        let mut rest = file.get(..HEADER_BYTES).ok_or(damaged("the file is shorter than a header"))?;
        if take::<7>(&mut rest)? != *MAGIC {
            return Err(damaged("it does not begin with PMTiles"));
        }
        if take::<1>(&mut rest)? != [VERSION] {
            return Err(ArchiveError::Unsupported { what: "version" });
        }
        let number = |rest: &mut &[u8]| take::<8>(rest).map(u64::from_le_bytes);
        let section = |rest: &mut &[u8]| -> Result<Section, ArchiveError> {
            let section = Section { offset: number(rest)?, length: number(rest)? };
            let end = section.offset.checked_add(section.length);
            if end.is_none_or(|end| end > file.len() as u64) {
                return Err(damaged("a part lies outside the file"));
            }
            Ok(section)
        };
        let root = section(&mut rest)?;
        let metadata = section(&mut rest)?;
        let leaves = section(&mut rest)?;
        let data = section(&mut rest)?;
        let addressed = number(&mut rest)?;
        let entries = number(&mut rest)?;
        let contents = number(&mut rest)?;
        let [_clustered, internal_compression, tile_compression, tile_type, min_zoom, max_zoom] = take(&mut rest)?;
        if tile_type != MVT {
            return Err(ArchiveError::Unsupported { what: "type of tiles" });
        }
        let tile_compression = match tile_compression {
            GZIP => TileCompression::Gzip,
            BROTLI => TileCompression::Brotli,
            _ => return Err(ArchiveError::Unsupported { what: "compression" }),
        };
        if !matches!(internal_compression, NONE | GZIP) {
            return Err(ArchiveError::Unsupported { what: "compression" });
        }
        if min_zoom > max_zoom || max_zoom > MAX_ZOOM {
            return Err(damaged("its zooms do not exist"));
        }
        let degrees = |rest: &mut &[u8]| take::<4>(rest).map(|bytes| f64::from(i32::from_le_bytes(bytes)) / 1e7);
        let bounds = Bbox {
            west_deg: degrees(&mut rest)?,
            south_deg: degrees(&mut rest)?,
            east_deg: degrees(&mut rest)?,
            north_deg: degrees(&mut rest)?,
        };
        let [center_zoom] = take(&mut rest)?;
        let center = (degrees(&mut rest)?, degrees(&mut rest)?);
        Ok(Self {
            root,
            metadata,
            leaves,
            data,
            addressed,
            entries,
            contents,
            internal_compression,
            tile_compression,
            min_zoom,
            max_zoom,
            bounds,
            center_zoom,
            center,
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], ArchiveError> {
    let (head, tail) =
        rest.split_first_chunk::<N>().ok_or(ArchiveError::Damaged { detail: "the header ends too early" })?;
    *rest = tail;
    Ok(*head)
}

#[expect(clippy::cast_possible_truncation, reason = "180° × 10^7 fits in 31 bits, and the cast saturates")]
fn e7(degrees: f64) -> i32 {
    (degrees * 1e7).round() as i32
}

/// Number of the tile: tiles of all lesser zooms, then its place on the Hilbert curve of its zoom.
pub fn tile_id(coord: TileCoord) -> u64 {
    let zoom = u32::from(coord.z());
    let before = first_id(coord.z());
    let mask = (1_u64 << zoom) - 1;
    let (mut x, mut y) = (u64::from(coord.x()), u64::from(coord.y()));
    let mut place = 0_u64;
    for bit in (0..zoom).rev() {
        let side = 1_u64 << bit;
        let (right, down) = (u64::from(x & side > 0), u64::from(y & side > 0));
        place += side * side * ((3 * right) ^ down);
        if down == 0 {
            if right == 1 {
                x = mask - x;
                y = mask - y;
            }
            std::mem::swap(&mut x, &mut y);
        }
    }
    before + place
}

/// The tile of a number; `None` beyond zoom 22.
pub fn tile_of(id: u64) -> Option<TileCoord> {
    let zoom = (0..=crate::model::tile::MAX_ZOOM).rev().find(|zoom| first_id(*zoom) <= id)?;
    let mut place = id - first_id(zoom);
    if place >= 1 << (2 * u32::from(zoom)) {
        return None;
    }
    let (mut x, mut y) = (0_u32, 0_u32);
    for bit in 0..u32::from(zoom) {
        let side = 1_u32 << bit;
        let right = u32::from(place & 2 != 0);
        let down = u32::from((place ^ u64::from(right)) & 1 != 0);
        if down == 0 {
            if right == 1 {
                x = side - 1 - x;
                y = side - 1 - y;
            }
            std::mem::swap(&mut x, &mut y);
        }
        x += side * right;
        y += side * down;
        place >>= 2;
    }
    TileCoord::new(zoom, x, y)
}

/// The number of the first tile of a zoom.
pub(in crate::publish) fn first_id(zoom: u8) -> u64 {
    ((1_u64 << (2 * u32::from(zoom))) - 1) / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tile_of_a_number_is_that_whose_number_it_is() {
        for id in (0..100_000).chain((0..5_000).map(|step| step * 1_171_000_007)) {
            assert_eq!(tile_of(id).map(tile_id), Some(id), "{id}");
        }
        assert_eq!(tile_of(first_id(23)), None);
        assert_eq!(tile_of(u64::MAX), None);
    }

    #[test]
    fn tile_numbers_are_those_of_the_specification() {
        for ((z, x, y), id) in [
            ((0, 0, 0), 0),
            ((1, 0, 0), 1),
            ((1, 0, 1), 2),
            ((1, 1, 1), 3),
            ((1, 1, 0), 4),
            ((2, 0, 0), 5),
            ((12, 3423, 1763), 19_078_479),
        ] {
            let coord = TileCoord::new(z, x, y).expect("a tile");
            assert_eq!(tile_id(coord), id, "{z}/{x}/{y}");
        }
    }
}
