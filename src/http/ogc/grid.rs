//! The grid of all tiles: WebMercatorQuad.
//!
//! Source: OGC 17-083r4 (Two Dimensional Tile Matrix Set and Tile Set Metadata 2.0), Annex D.1.

use serde_json::{Value as Json, json};

use crate::http::tiles::tilejson::Named;
use crate::model::lonlat::Bbox;
use crate::model::tile::{MAX_ZOOM, TileCoord};

/// Its name in addresses.
pub const NAME: &str = "WebMercatorQuad";
/// Its URI.
pub const URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
/// Its coordinate reference system.
pub const CRS: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
/// Longitude and latitude in that order, degrees.
pub const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
/// Metres east and north of the world's middle where its grid begins and ends.
pub const HALF_WORLD_M: f64 = 20_037_508.342_789_2;
/// Scale denominator at zoom 0 with tiles of 256 pixels of 0.28 mm.
const SCALE_0: f64 = 559_082_264.028_717;
/// Metres of a pixel at zoom 0.
const CELL_0_M: f64 = 156_543.033_928_041;

/// A zoom of the grid.
#[derive(Debug, Clone, Copy)]
pub struct Matrix {
    /// The zoom.
    pub zoom: u8,
    /// Scale denominator.
    pub scale: f64,
    /// Metres of a pixel.
    pub cell_m: f64,
    /// Tiles in each direction.
    pub side: u32,
}

/// All zooms that tiles can have.
pub fn matrices() -> impl Iterator<Item = Matrix> {
    (0..=MAX_ZOOM).map(|zoom| {
        let side = 1_u32 << zoom;
        Matrix { zoom, scale: SCALE_0 / f64::from(side), cell_m: CELL_0_M / f64::from(side), side }
    })
}

/// The tiles of one zoom that touch a box: first and last column, first and last row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The zoom.
    pub zoom: u8,
    /// First and last column.
    pub columns: (u32, u32),
    /// First and last row.
    pub rows: (u32, u32),
}

/// The limits of layers at each of their zooms.
pub fn limits(layers: &[Named<'_>]) -> Vec<Limits> {
    let Some(bbox) = layers.iter().filter_map(|(_, table, _)| table.bbox).reduce(Bbox::union) else {
        return Vec::new();
    };
    let (min_zoom, max_zoom) = crate::http::tiles::tilejson::zooms(layers);
    (min_zoom..=max_zoom)
        .map(|zoom| {
            let first = TileCoord::of(zoom, bbox.west_deg, bbox.north_deg);
            let last = TileCoord::of(zoom, bbox.east_deg, bbox.south_deg);
            Limits { zoom, columns: (first.x(), last.x()), rows: (first.y(), last.y()) }
        })
        .collect()
}

/// The grid as a document (OGC 17-083r4, §7).
pub fn document(site: &str) -> Json {
    let matrices: Vec<Json> = matrices()
        .map(|matrix| {
            json!({
                "id": matrix.zoom.to_string(),
                "scaleDenominator": matrix.scale,
                "cellSize": matrix.cell_m,
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": [-HALF_WORLD_M, HALF_WORLD_M],
                "tileWidth": 256,
                "tileHeight": 256,
                "matrixWidth": matrix.side,
                "matrixHeight": matrix.side,
            })
        })
        .collect();
    json!({
        "id": NAME,
        "title": "Google Maps Compatible for the World",
        "uri": URI,
        "crs": CRS,
        "orderedAxes": ["E", "N"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices,
        "links": [{ "rel": "self", "type": "application/json", "href": format!("{site}/ogc/tileMatrixSets/{NAME}") }],
    })
}
