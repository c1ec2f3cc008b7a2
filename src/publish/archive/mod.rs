//! PMTiles version 3: one file that holds a pyramid of tiles. Reader and writer.
//!
//! Layout (<https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md>): header of 127 bytes, root directory,
//! metadata, leaf directories, tile data. Tiles are addressed by their place on the Hilbert curves of all zooms, one
//! after the other, so neighbours lie side by side. Equal tiles are stored once; a run of equal tiles is one entry.

mod directory;
mod header;
mod tileset;
mod writer;

pub use directory::varint;
pub use directory::{Entry, decode_directory, encode_directory};
pub(super) use header::first_id;
pub use header::{TileCompression, tile_id, tile_of};
pub use tileset::Tileset;
pub(super) use writer::{ArchiveInfo, ArchiveWriter, Effort, gzip};

/// Why bytes are no archive that can be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// A part lies outside the file, contradicts another or breaks the format.
    #[error("the tile archive is damaged: {detail}")]
    Damaged {
        /// Which part, and how.
        detail: &'static str,
    },
    /// An archive of another version, tile type or compression than this program writes.
    #[error("the tile archive has an unsupported {what}")]
    Unsupported {
        /// Which part.
        what: &'static str,
    },
}
