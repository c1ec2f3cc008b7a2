//! Tiles as they lie in their archive, and the documents that lead to them.
//!
//! A request is decided in this order, each step cheaper than the next: the path is a tile that can exist → the layer
//! is public and has this zoom → the directory has the tile → the caller's copy is current (304, no byte of the tile
//! touched) → the stored bytes.

pub mod archive;
pub mod open;
pub mod tilejson;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::app::App;
use super::cache::{self, Policy};
use super::encoding::takes_gzip;
use super::problem::Problem;
use crate::count::access::{Access, target_of_name};
use crate::model::catalogue::{Layer, Table};
use crate::model::lonlat::Bbox;
use crate::model::tile::TileCoord;
use open::OpenTileset;

/// Media type of vector tiles (IANA).
const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/vnd.mapbox-vector-tile");

/// The routes of tiles, and apart from them those of the documents (which are compressed on the way).
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/tiles/{layer}/{z}/{x}/{y}", get(tile))
}

/// The list of layers and the TileJSON of each.
pub fn document_routes() -> Router<Arc<App>> {
    Router::new().route("/tiles.json", get(list)).route("/tiles/{document}", get(document))
}

async fn list(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let catalogue = app.catalogue();
    json_answer(&tilejson::list(&catalogue, &app.config.public_url()), &headers)
}

async fn document(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let name = request.uri().path().strip_prefix("/tiles/").and_then(|path| path.strip_suffix(".json"));
    let catalogue = app.catalogue();
    let (dataset, table, layer) = name.and_then(|name| catalogue.layer(name)).ok_or_else(Problem::not_found)?;
    let tilejson = tilejson::of_layer(dataset, table, layer, &app.config.public_url());
    Ok(json_answer(&tilejson, request.headers()))
}

fn json_answer(json: &serde_json::Value, headers: &HeaderMap) -> Response {
    let hash = blake3::hash(json.to_string().as_bytes());
    // Weak, because the body may be compressed on the way.
    let tag = format!("\"{}\"", &hash.to_hex()[..16]);
    let mut response = if cache::none_match_hits(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(json).into_response()
    };
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, Policy::Minute.value());
    if let Ok(value) = HeaderValue::from_str(&format!("W/{tag}")) {
        own.insert(header::ETAG, value);
    }
    response.extensions_mut().insert(Access::Other);
    response
}

async fn tile(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Result<Response, Problem> {
    let (name, coord) = parse(uri.path()).ok_or_else(Problem::not_found)?;
    let catalogue = app.catalogue();
    let (_, table, layer) = catalogue.layer(name).ok_or_else(Problem::not_found)?;
    if !(layer.min_zoom..=layer.max_zoom).contains(&coord.z()) {
        return Err(Problem::not_found());
    }
    let tileset = opened(&app, layer).await?;
    let access = Access::Tile(target_of_name("layer", name));
    let policy = if is_versioned(&uri, layer) { Policy::Immutable } else { Policy::Minute };
    let mut response = match tileset.find(coord) {
        Some(range) => stored(&app, &tileset, range, &headers)?,
        None if is_inside(table, coord) => StatusCode::NO_CONTENT.into_response(),
        None => return Err(Problem::not_found()),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, policy.value());
    response.extensions_mut().insert(access);
    Ok(response)
}

/// The layer and tile of a path. The path is read as it was sent: digits written in another way are no tile.
fn parse(path: &str) -> Option<(&str, TileCoord)> {
    let mut parts = path.strip_prefix("/tiles/")?.split('/');
    let (name, z, x, y) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let y = y.strip_suffix(".mvt").or_else(|| y.strip_suffix(".pbf")).unwrap_or(y);
    Some((name, TileCoord::parse(z, x, y)?))
}

fn is_versioned(uri: &Uri, layer: &Layer) -> bool {
    let version = tilejson::version(layer);
    uri.query().is_some_and(|query| query.split('&').any(|pair| pair.strip_prefix("v=") == Some(&version)))
}

async fn opened(app: &Arc<App>, layer: &Layer) -> Result<Arc<OpenTileset>, Problem> {
    let digest = layer.tileset;
    let known = if let Some(known) = app.tilesets.known(&digest) {
        known
    } else {
        let app = Arc::clone(app);
        tokio::task::spawn_blocking(move || app.tilesets.get(&app.objects, &digest))
            .await
            .map_err(|error| Problem::internal("opening a tileset", &error))?
    };
    // Already logged when it was tried; for the caller it is as if the layer were being repaired.
    known.ok_or(Problem::Busy)
}

fn stored(
    app: &App,
    tileset: &OpenTileset,
    range: std::ops::Range<usize>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let tag = tileset.tag(&range);
    let gzip = takes_gzip(headers);
    let etag = if gzip { format!("\"{tag:016x}-gzip\"") } else { format!("\"{tag:016x}\"") };
    let mut response = if cache::none_match_hits(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = tileset.stored(range);
        let body = if gzip {
            bytes
        } else {
            app.tilesets.plain(tag, &bytes).ok_or_else(|| {
                tracing::error!("a stored tile cannot be unpacked");
                Problem::Busy
            })?
        };
        let mut response = Response::new(Body::from(body));
        let own = response.headers_mut();
        own.insert(header::CONTENT_TYPE, MEDIA_TYPE);
        if gzip {
            own.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    };
    let own = response.headers_mut();
    own.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        own.insert(header::ETAG, value);
    }
    Ok(response)
}

/// Whether the tile touches the box around the layer's features.
fn is_inside(table: &Table, coord: TileCoord) -> bool {
    table.bbox.is_some_and(|bbox| bbox.intersects(&bounds(coord)))
}

/// The box of a tile in degrees (spherical Mercator, as all web maps).
fn bounds(coord: TileCoord) -> Bbox {
    let side = f64::from(1_u32 << coord.z());
    let lon = |x: f64| x / side * 360.0 - 180.0;
    let lat = |y: f64| (std::f64::consts::PI * (1.0 - 2.0 * y / side)).sinh().atan().to_degrees();
    let (x, y) = (f64::from(coord.x()), f64::from(coord.y()));
    Bbox { west_deg: lon(x), south_deg: lat(y + 1.0), east_deg: lon(x + 1.0), north_deg: lat(y) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_tiles_that_can_exist_are_read() {
        let coord = |z, x, y| TileCoord::new(z, x, y).expect("a tile");
        for (path, expected) in [
            ("/tiles/aed/14/14448/6480", Some(("aed", coord(14, 14448, 6480)))),
            ("/tiles/aed/14/14448/6480.mvt", Some(("aed", coord(14, 14448, 6480)))),
            ("/tiles/aed/14/14448/6480.pbf", Some(("aed", coord(14, 14448, 6480)))),
            ("/tiles/aed/0/0/0", Some(("aed", coord(0, 0, 0)))),
            ("/tiles/aed/-1/0/0", None),
            ("/tiles/aed/1/2/0", None),
            ("/tiles/aed/1/0/2", None),
            ("/tiles/aed/23/0/0", None),
            ("/tiles/aed/9/100000000000000000000/0", None),
            ("/tiles/aed/1/%30/0", None),
            ("/tiles/aed/1/0.0/0", None),
            ("/tiles/aed/1/+1/0", None),
            ("/tiles/aed/1/0/0.png", None),
            ("/tiles/aed/1/0/0.mvt.mvt", None),
            ("/tiles/aed/1/0/0/0", None),
            ("/tiles/aed/1/0", None),
        ] {
            assert_eq!(parse(path), expected, "{path}");
        }
    }

    #[test]
    fn the_box_of_a_tile_is_that_of_web_maps() {
        let all = bounds(TileCoord::new(0, 0, 0).expect("the world"));
        assert!((all.north_deg - 85.051_128_779_8).abs() < 1e-9 && (all.west_deg + 180.0).abs() < 1e-9);
        // 焼津市 lies in 14/14486/6497.
        let tile = bounds(TileCoord::new(14, 14486, 6497).expect("a tile"));
        assert!(tile.west_deg < 138.31 && tile.east_deg > 138.29, "{tile:?}");
        assert!(tile.south_deg < 34.88 && tile.north_deg > 34.85, "{tile:?}");
    }
}
