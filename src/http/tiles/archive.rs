//! The reader of tile archives as serving needs it.

use std::io;
use std::ops::Range;

use bytes::Bytes;

use crate::model::tile::TileCoord;
use crate::publish::archive::{ArchiveError, Tileset};

/// Why an archive cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveProblem {
    /// The object is not there or cannot be mapped.
    #[error("the object cannot be mapped: {source}")]
    File {
        /// What the system said.
        source: io::Error,
    },
    /// The bytes are no archive that can be served.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// An opened archive.
#[derive(Debug)]
pub struct Archive(Tileset<Bytes>);

impl Archive {
    /// Reads header and directories.
    pub fn open(bytes: Bytes) -> Result<Self, ArchiveProblem> {
        Ok(Self(Tileset::open(bytes)?))
    }

    /// The metadata, a JSON object.
    pub fn metadata(&self) -> &str {
        self.0.metadata()
    }

    /// Where a tile lies in the file.
    pub fn range(&self, coord: TileCoord) -> Option<Range<usize>> {
        self.0.range(coord)
    }
}
