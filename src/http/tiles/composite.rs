//! Tiles of several layers as one: a valid MVT of all their layers in one gzip member, within the budget of one tile.
//!
//! Layers are put together as they are stored, since a tile is nothing but its layers, one after the other, and no two
//! of the catalogue have one name. A layer that ends at a lesser zoom than others is drawn on from its packed index.
//! Where the sum is too heavy, layers that must not thin (ledgers) stay whole and the others are made anew, each within
//! its part of what is left, the most important features of each staying.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::computed::ComputedTile;
use super::open::{OpenTileset, Tilesets};
use crate::http::problem::Problem;
use crate::model::name::Digest;
use crate::model::tile::TileCoord;
use crate::publish::tiles::BUDGET_BYTES;
use crate::publish::tiles::live::{Filter, LiveTiles};
use crate::store::objects::Objects;

/// Most layers of one tile.
pub const MOST_LAYERS: usize = 16;

/// What one layer of a composite is made from.
#[derive(Debug, Clone)]
pub struct Member {
    /// Its archive.
    pub tileset: Arc<OpenTileset>,
    /// Least and greatest zoom of its archive.
    pub zooms: (u8, u8),
    /// Its packed index.
    pub index: Option<Digest>,
}

/// A member's share of the tile.
struct Part {
    gzip: Vec<u8>,
    live: Option<Arc<LiveTiles>>,
}

/// Makes the tile. Blocks.
pub fn compose(
    members: &[Member],
    coord: TileCoord,
    tilesets: &Tilesets,
    objects: &Objects,
) -> Result<ComputedTile, Problem> {
    let mut parts = Vec::new();
    for member in members {
        parts.extend(part(member, coord, tilesets, objects)?);
    }
    let mut tile = joined(&parts)?;
    // The parts packed together are nearly as long as apart, so one round comes close; the second mends what is over.
    for slack in [100, 90, 70] {
        if tile.as_ref().is_none_or(|tile| tile.len() <= BUDGET_BYTES) {
            break;
        }
        thin(&mut parts, coord, BUDGET_BYTES * slack / 100)?;
        tile = joined(&parts)?;
    }
    Ok(ComputedTile::new(tile))
}

fn part(member: &Member, coord: TileCoord, tilesets: &Tilesets, objects: &Objects) -> Result<Option<Part>, Problem> {
    if coord.z() < member.zooms.0 {
        return Ok(None);
    }
    let live = member.index.and_then(|digest| tilesets.live(objects, &digest));
    let gzip = if coord.z() <= member.zooms.1 {
        member.tileset.find(coord).map(|range| member.tileset.stored(range).to_vec())
    } else {
        match &live {
            Some(live) => made(live, coord, BUDGET_BYTES)?,
            None => None,
        }
    };
    Ok(gzip.map(|gzip| Part { gzip, live }))
}

fn made(live: &LiveTiles, coord: TileCoord, budget_bytes: usize) -> Result<Option<Vec<u8>>, Problem> {
    live.tile(coord, &Filter::default(), budget_bytes).map_err(|error| Problem::internal("making a tile", &error))
}

/// Makes the parts that may be thinned anew within what those leave that may not.
fn thin(parts: &mut [Part], coord: TileCoord, budget_bytes: usize) -> Result<(), Problem> {
    let is_fixed = |part: &Part| part.live.as_ref().is_none_or(|live| live.is_whole(coord.z()));
    let fixed: usize = parts.iter().filter(|part| is_fixed(part)).map(|part| part.gzip.len()).sum();
    let free: usize = parts.iter().filter(|part| !is_fixed(part)).map(|part| part.gzip.len()).sum();
    // However heavy the ledgers are, the others are not left out altogether.
    let left = budget_bytes.saturating_sub(fixed).max(budget_bytes / 10);
    if left >= free {
        return Ok(());
    }
    for part in parts.iter_mut().filter(|part| !is_fixed(part)) {
        let share = part.gzip.len() * left / free.max(1);
        if let Some(live) = part.live.clone() {
            part.gzip = made(&live, coord, share.max(1))?.unwrap_or_default();
        }
    }
    Ok(())
}

fn joined(parts: &[Part]) -> Result<Option<Vec<u8>>, Problem> {
    let internal = |error: std::io::Error| Problem::internal("putting tiles together", &error);
    let mut plain = Vec::new();
    for part in parts.iter().filter(|part| !part.gzip.is_empty()) {
        MultiGzDecoder::new(part.gzip.as_slice()).read_to_end(&mut plain).map_err(internal)?;
    }
    if plain.is_empty() {
        return Ok(None);
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 2), flate2::Compression::new(5));
    encoder.write_all(&plain).map_err(internal)?;
    encoder.finish().map(Some).map_err(internal)
}
