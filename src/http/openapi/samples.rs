//! Names of things that are public now, for examples that can be tried.

use crate::http::assets::manifest;
use crate::model::catalogue::{Catalogue, Dataset, Distribution, Format};
use crate::model::tile::TileCoord;

/// Examples; each `None` where nothing of the kind is public.
#[derive(Debug, Default)]
pub(super) struct Samples {
    pub(super) dataset: Option<String>,
    pub(super) table: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) distribution: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) layer: Option<String>,
    /// Zoom, column and row of a tile of the layer.
    pub(super) tile: Option<(String, String, String)>,
    pub(super) asset: Option<String>,
}

impl Samples {
    /// Of a catalogue: a dataset with a layer and a CSV file where there is one.
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let all: Vec<_> = catalogue.datasets_of_cities().collect();
        let Some(dataset) = all.iter().find(|own| has_layer(own) && csv(own).is_some()).or_else(|| all.first()) else {
            return Self::default();
        };
        let layered = dataset.tables.iter().find_map(|table| Some((table, table.layer.as_ref()?)));
        let tile = layered.and_then(|(table, layer)| {
            let (lon_deg, lat_deg) = table.bbox?.center();
            let z = layer.min_zoom;
            let (x, y) = place(lon_deg, lat_deg, z);
            let tile = TileCoord::new(z, x, y)?;
            Some((z.to_string(), tile.x().to_string(), tile.y().to_string()))
        });
        let file = csv(dataset).or_else(|| dataset.distributions.first());
        Self {
            dataset: Some(dataset.name.to_string()),
            table: dataset.tables.first().map(|table| table.shape.key.to_string()),
            organization: Some(dataset.organization.name.to_string()),
            distribution: file.map(|own| own.id.to_string()),
            file_name: file.map(|own| own.file_name.clone()),
            tag: all.iter().flat_map(|own| &own.tags).find(|tag| !tag.is_empty()).cloned(),
            layer: layered.map(|(_, layer)| layer.name.to_string()),
            tile,
            asset: manifest().path("site.css").rsplit('/').next().map(str::to_owned),
        }
    }
}

fn has_layer(dataset: &Dataset) -> bool {
    dataset.tables.iter().any(|table| table.layer.is_some())
}

fn csv(dataset: &Dataset) -> Option<&Distribution> {
    dataset.distributions.iter().find(|own| own.format == Format::Csv && own.table == 0)
}

/// Column and row of the tile at a position (Web Mercator).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the tiles of the zoom")]
fn place(lon_deg: f64, lat_deg: f64, z: u8) -> (u32, u32) {
    let tiles = 2_f64.powi(i32::from(z));
    let lat = lat_deg.to_radians();
    let x = (lon_deg + 180.0) / 360.0 * tiles;
    let y = (1.0 - lat.tan().asinh() / std::f64::consts::PI) / 2.0 * tiles;
    let within = |at: f64| at.floor().clamp(0.0, tiles - 1.0) as u32;
    (within(x), within(y))
}
