//! What a handler says of its answer, so that the counting layer can judge it.

use std::sync::Arc;

use uuid::Uuid;

/// What was answered. A handler inserts one into the extensions of its response (`response.extensions_mut()`); the
/// counting layer does the rest. An answer without one is `Other`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// A dataset's page (HTML). Target: the dataset.
    DatasetPage(Uuid),
    /// A preview of a distribution asked for by itself (table, chart). Target: the distribution.
    Preview(Uuid),
    /// A file. Target: the distribution.
    Download {
        /// The distribution.
        distribution: Uuid,
        /// Whether clients read this format by parts (PMTiles, FlatGeobuf, GeoParquet): a range is then a download
        /// only if it covers the whole file.
        in_parts: bool,
    },
    /// Rows or features by API. Target: the distribution.
    Rows(Uuid),
    /// Metadata of one dataset by API. Target: the dataset.
    Metadata(Uuid),
    /// A search, by page or API; the target is made of the folded query without paging.
    Search(u128),
    /// A map page was opened. Target: the map or layer, by [`target_of_name`].
    MapOpen {
        /// The map.
        map: Uuid,
        /// Whether it was an embedded map (its own path).
        embed: bool,
    },
    /// A tile of a layer. Target: the layer, by [`target_of_name`].
    Tile(Uuid),
    /// A use-case page.
    UseCase(Uuid),
    /// Another public page: home, organization, map list, help, figures.
    SitePage,
    /// A style sheet, script, font or picture.
    Asset,
    /// A page of the staff desk.
    StaffPage,
    /// Machine-readable text about the catalogue as a whole (package_list, tiles.json, status_show): answered, in no
    /// measure.
    Other,
}

/// Who asked, as far as login and API keys tell. A handler or an inner layer inserts it into the extensions of its
/// response; an answer without one was asked for by a stranger. An invalid key must not set `api_key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Caller {
    /// The request carried a valid API key.
    pub api_key: bool,
    /// The request carried a valid staff login.
    pub staff: bool,
}

/// Further layers that one tile holds, beside the one in [`Access::Tile`]: each is marked. A handler inserts it into
/// the extensions of its response.
#[derive(Debug, Clone)]
pub struct AlsoLayers(pub Arc<[Uuid]>);

/// The target of a layer, by its name in `/tiles/{layer}`.
pub fn layer_target(name: &str) -> Uuid {
    target_of_name("layer", name)
}

/// The target of a map, by its name in the address.
pub fn map_target(name: &str) -> Uuid {
    target_of_name("map", name)
}

/// The target of a file that is made on request: by its address, so that the log of another web server gives the same.
/// `file` is the last part of the address.
pub fn made_target(dataset_name: &str, file: &str) -> Uuid {
    target_of_name("resource", &format!("{dataset_name}/download/{file}"))
}

/// The target of a thing known by name (a layer, a map): the same name always gives the same id.
pub fn target_of_name(kind: &str, name: &str) -> Uuid {
    use sha2::Digest as _;
    let digest = sha2::Sha256::new().chain_update(kind).chain_update([0]).chain_update(name).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
