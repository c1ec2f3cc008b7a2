//! Tiles computed on request from the packed index: drafts, and features filtered by their attributes.

use bytes::Bytes;

use super::super::archive::Effort;
use super::chunk::{Chunk, Zoom};
use super::clip::Clipper;
use super::index::{Index, IndexError, Wanted};
use super::level::Detail;
use super::pyramid::one_tile;
use crate::model::tile::TileCoord;

/// The packed index of a table, opened for tiles on request.
#[derive(Debug, Clone)]
pub struct LiveTiles(Index);

/// Which features are wanted: each column's value is one of those given. Values are compared as text is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Column names with the values wanted of each.
    pub columns: Vec<(String, Vec<String>)>,
}

impl LiveTiles {
    /// Opens the index of `publish::TilesetRef::index`.
    pub fn open(bytes: Bytes) -> Result<Self, IndexError> {
        Index::open(bytes).map(Self)
    }

    /// Whether the table has all columns of a filter.
    pub fn knows(&self, filter: &Filter) -> bool {
        filter.columns.iter().all(|(name, _)| self.0.head.names.contains(name))
    }

    /// Least and greatest zoom worth asking for: browsers enlarge the greatest.
    pub fn zooms(&self) -> (u8, u8) {
        let max = self.0.head.built.as_ref().map_or(super::project::DEEPEST, |built| built.max_zoom);
        (self.0.head.min_zoom, max)
    }

    /// The name of the layer inside its tiles.
    pub fn layer(&self) -> &str {
        &self.0.head.layer
    }

    /// Whether every feature is shown at a zoom whatever tiles weigh (ledgers).
    pub fn is_whole(&self, zoom: u8) -> bool {
        self.0.head.settings.complete_from.is_some_and(|from| zoom >= from)
    }

    /// The tile as gzip, of no more than `budget_bytes` (what matters least stays out, in this tile alone); `None` where
    /// nothing is in it. Zooms beyond 18 have none.
    pub fn tile(&self, coord: TileCoord, filter: &Filter, budget_bytes: usize) -> std::io::Result<Option<Vec<u8>>> {
        if coord.z() > super::project::DEEPEST {
            return Ok(None);
        }
        let (_, max_zoom) = self.zooms();
        let is_top = coord.z() >= max_zoom;
        let detail = Detail { every_feature: self.is_whole(coord.z()), every_vertex: is_top };
        let zoom = Zoom { index: &self.0, z: coord.z(), detail, budget_bytes, effort: Effort::Waited };
        let wanted = Wanted::new(&self.0, &filter.columns);
        one_tile(&zoom, Chunk(coord), &wanted, &mut Clipper::new())
    }
}
