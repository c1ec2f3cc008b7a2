//! Tiles as they lie in their archive, and the documents that lead to them.
//!
//! A request is decided in this order, each step cheaper than the next: the path is a tile that can exist → the layer
//! is public and has this zoom → the directory has the tile → the caller's copy is current (304, no byte of the tile
//! touched) → the stored bytes.

pub mod archive;
pub mod body;
pub mod composite;
pub mod computed;
mod filter;
pub mod open;
pub mod tilejson;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};

use super::app::App;
use super::cache::{self, Policy};
use super::encoding::{self, Coding};
use super::problem::Problem;
use super::query::parameter;
use crate::count::access::{Access, AlsoLayers, layer_target};
use crate::model::catalogue::{Catalogue, Layer, Table};
use crate::model::lonlat::Bbox;
use crate::model::tile::TileCoord;
use crate::publish::tiles::BUDGET_BYTES;
use body::{MEDIA_TYPE, Sent, tile_response};
use composite::Member;
use computed::ComputedTile;
use filter::parse_filters;
use open::OpenTileset;

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
    let names = request.uri().path().strip_prefix("/tiles/").and_then(|path| path.strip_suffix(".json"));
    let names = names.and_then(|names| percent_encoding::percent_decode_str(names).decode_utf8().ok());
    let catalogue = app.catalogue();
    let layers = names.and_then(|names| members(&catalogue, &names)).ok_or_else(Problem::not_found)?;
    let about = abouts(&app, &layers).await?;
    let tilejson = tilejson::of_layers(&layers, &about, &app.config.public_url());
    Ok(json_answer(&tilejson, request.headers()))
}

/// What the archives of layers say of themselves.
pub(super) async fn abouts(
    app: &Arc<App>,
    layers: &[tilejson::Named<'_>],
) -> Result<Vec<Arc<serde_json::Value>>, Problem> {
    let mut about = Vec::new();
    for (_, _, layer) in layers {
        // A damaged archive is told when its tiles are asked for; its layer is described all the same.
        about.push(match opened(app, layer).await {
            Ok(tileset) => tileset.about(),
            Err(_) => Arc::default(),
        });
    }
    Ok(about)
}

/// A document with its tag, to be kept for a minute.
pub(super) fn json_answer(json: &serde_json::Value, headers: &HeaderMap) -> Response {
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
    answer(&app, name, coord, uri.query(), &headers).await
}

/// The answer to a tile of one layer, or of several with commas between their names.
pub(super) async fn answer(
    app: &Arc<App>,
    name: &str,
    coord: TileCoord,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    if let Some(known) = at_once(app, name, coord, query, headers) {
        let (mut response, access) = known?;
        response.extensions_mut().insert(access);
        return Ok(response);
    }
    let catalogue = app.catalogue();
    // Commas may be written as programs encode them.
    let name = percent_encoding::percent_decode_str(name).decode_utf8().map_err(|_| Problem::not_found())?;
    if name.contains(',') {
        return composite_answer(app, &catalogue, &name, coord, query, headers).await;
    }
    let (_, table, layer) = catalogue.layer(&name).ok_or_else(Problem::not_found)?;
    if !has_zoom(layer, coord) {
        return Err(Problem::not_found());
    }
    let Some(text) = parameter(query, "filters") else {
        let tileset = opened(app, layer).await?;
        let mut response = stored(app, (table, layer), coord, &tileset, query, headers)?;
        response.extensions_mut().insert(Access::Tile(layer_target(&name)));
        return Ok(response);
    };
    let mut response = filtered(app, table, layer, coord, &text, headers).await?;
    response.headers_mut().insert(header::CACHE_CONTROL, policy(layer, query).value());
    response.extensions_mut().insert(Access::Tile(layer_target(&name)));
    Ok(response)
}

fn has_zoom(layer: &Layer, coord: TileCoord) -> bool {
    (layer.min_zoom..=layer.max_zoom).contains(&coord.z())
}

/// An answer with the layer that it counts for; a refusal counts for none.
pub(super) type Known = Result<(Response, Access), Problem>;

/// The answer where none has to be waited for: the layer is unknown, or its archive is open and holds the tile or not.
pub(super) fn at_once(
    app: &App,
    name: &str,
    coord: TileCoord,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Option<Known> {
    // Several layers and filters have to be worked out.
    if name.contains([',', '%']) || query.is_some_and(|query| query.contains("filters=")) {
        return None;
    }
    let published = app.current();
    let known = published.catalogue.layer(name).filter(|(_, _, layer)| has_zoom(layer, coord));
    let Some((_, table, layer)) = known else { return Some(Err(Problem::not_found())) };
    let tileset = app.tilesets.known(&layer.tileset)??;
    let access = Access::Tile(*published.layers.get(name)?);
    Some(stored(app, (table, layer), coord, &tileset, query, headers).map(|response| (response, access)))
}

fn policy(layer: &Layer, query: Option<&str>) -> Policy {
    let is_versioned = query.is_some_and(|query| is_versioned(query, &tilejson::version(layer)));
    if is_versioned { Policy::Immutable } else { Policy::Minute }
}

async fn composite_answer(
    app: &Arc<App>,
    catalogue: &Catalogue,
    names: &str,
    coord: TileCoord,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let layers = members(catalogue, names).ok_or_else(Problem::not_found)?;
    let (min_zoom, max_zoom) = tilejson::zooms(&layers);
    if !(min_zoom..=max_zoom).contains(&coord.z()) {
        return Err(Problem::not_found());
    }
    let version = tilejson::version_of_all(&layers);
    let mut parts = Vec::new();
    for (_, _, layer) in &layers {
        let zooms = (layer.min_zoom, layer.max_zoom);
        parts.push(Member { tileset: opened(app, layer).await?, zooms, index: layer.index });
    }
    // An earlier archive that stands in must not be kept for long.
    let is_own = parts.iter().zip(&layers).all(|(part, (_, _, layer))| part.tileset.digest == layer.tileset);
    let key = format!("{names}/{}/{}/{}?{version}", coord.z(), coord.x(), coord.y());
    let work_app = Arc::clone(app);
    let work = move || composite::compose(&parts, coord, &work_app.tilesets, &work_app.objects);
    let tile = app.tilesets.computed.get(key, work).await?;
    // The bounds that the TileJSON of them all tells.
    let bbox = layers.iter().filter_map(|(_, table, _)| table.bbox).reduce(Bbox::union);
    let is_inside = bbox.is_some_and(|bbox| bbox.intersects(&coord.bounds()));
    let mut response = computed_answer(app, &tile, is_inside, headers)?;
    let is_versioned = is_own && query.is_some_and(|query| is_versioned(query, &version));
    let policy = if is_versioned { Policy::Immutable } else { Policy::Minute };
    response.headers_mut().insert(header::CACHE_CONTROL, policy.value());
    let mut targets = layers.iter().map(|(_, _, layer)| layer_target(layer.name.as_str()));
    if let Some(first) = targets.next() {
        response.extensions_mut().insert(Access::Tile(first));
    }
    response.extensions_mut().insert(AlsoLayers(targets.collect()));
    Ok(response)
}

/// The layers of a list of names: each known, none twice, not more than a tile may hold.
pub(super) fn members<'a>(catalogue: &'a Catalogue, names: &str) -> Option<Vec<tilejson::Named<'a>>> {
    let mut layers: Vec<tilejson::Named<'a>> = Vec::new();
    for name in names.split(',') {
        let found = catalogue.layer(name)?;
        if layers.len() >= composite::MOST_LAYERS || layers.iter().any(|(_, _, layer)| layer.name == found.2.name) {
            return None;
        }
        layers.push(found);
    }
    Some(layers)
}

/// A tile of the features that a filter wants, from the packed index.
async fn filtered(
    app: &Arc<App>,
    table: &Table,
    layer: &Layer,
    coord: TileCoord,
    text: &str,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let filter = parse_filters(text)?;
    let known = |name: &String| table.shape.columns.iter().any(|column| column.name == *name);
    if let Some((name, _)) = filter.columns.iter().find(|(name, _)| !known(name)) {
        let name: String = name.chars().take(100).collect();
        return Err(Problem::invalid("filters", &format!("field \"{name}\" not in table")));
    }
    // A release published before there were packed indexes has none: its next one will.
    let digest = layer.index.ok_or(Problem::Busy)?;
    let key = format!("{digest}/{}/{}/{}?{text}", coord.z(), coord.x(), coord.y());
    let work_app = Arc::clone(app);
    let work = move || {
        let live = work_app.tilesets.live(&work_app.objects, &digest).ok_or(Problem::Busy)?;
        let tile = live.tile(coord, &filter, BUDGET_BYTES);
        tile.map(ComputedTile::new).map_err(|error| Problem::internal("making a tile", &error))
    };
    let tile = app.tilesets.computed.get(key, work).await?;
    computed_answer(app, &tile, is_inside(table, coord), headers)
}

fn computed_answer(app: &App, tile: &ComputedTile, is_inside: bool, headers: &HeaderMap) -> Result<Response, Problem> {
    match &tile.gzip {
        Some(gzip) => {
            let gzip = gzip.clone();
            let plain = || app.tilesets.plain(tile.tag, &gzip);
            let sent = Sent { tag: tile.tag, coding: encoding::best(headers, false), kind: MEDIA_TYPE };
            tile_response(sent, headers, |_| Some(gzip.clone()), plain)
        }
        None if is_inside => Ok(StatusCode::NO_CONTENT.into_response()),
        None => Err(Problem::not_found()),
    }
}

/// The layer and tile of a path. The path is read as it was sent: digits written in another way are no tile.
pub(super) fn parse(path: &str) -> Option<(&str, TileCoord)> {
    let mut parts = path.strip_prefix("/tiles/")?.split('/');
    let (name, z, x, y) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let y = y.strip_suffix(".mvt").or_else(|| y.strip_suffix(".pbf")).unwrap_or(y);
    Some((name, TileCoord::parse(z, x, y)?))
}

fn is_versioned(query: &str, version: &str) -> bool {
    query.split('&').any(|pair| pair.strip_prefix("v=") == Some(version))
}

/// The layer's tileset, opened at first use. Where its archive is damaged, that of the release before is served.
async fn opened(app: &Arc<App>, layer: &Layer) -> Result<Arc<OpenTileset>, Problem> {
    if let Some(Some(known)) = app.tilesets.known(&layer.tileset) {
        return Ok(known);
    }
    let (app, layer) = (Arc::clone(app), layer.clone());
    tokio::task::spawn_blocking(move || app.tilesets.open(&app.objects, &layer))
        .await
        .map_err(|error| Problem::internal("opening a tileset", &error))?
        // Already logged when it was tried; for the caller it is as if the layer were being repaired.
        .ok_or(Problem::Busy)
}

fn stored(
    app: &App,
    (table, layer): (&Table, &Layer),
    coord: TileCoord,
    tileset: &OpenTileset,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    // An earlier archive that stands in must not be kept for long, and the twin is not of its tiles.
    let is_own = tileset.digest == layer.tileset;
    let mut response = match tileset.find(coord) {
        Some(range) => {
            let tag = tileset.tag(&range);
            let twin = layer.brotli.filter(|_| is_own);
            let twin = twin.and_then(|digest| app.tilesets.known(&digest)).flatten();
            let coding = encoding::best(headers, twin.is_some());
            let packed = |coding: Coding| match (coding, &twin) {
                (Coding::Brotli, Some(twin)) => twin.find(coord).map(|range| twin.stored(range)),
                _ => Some(tileset.stored(range.clone())),
            };
            let plain = || app.tilesets.plain(tag, &tileset.stored(range.clone()));
            tile_response(Sent { tag, coding, kind: MEDIA_TYPE }, headers, packed, plain)?
        }
        None if is_inside(table, coord) => StatusCode::NO_CONTENT.into_response(),
        None => return Err(Problem::not_found()),
    };
    let policy = if is_own { policy(layer, query) } else { Policy::Minute };
    response.headers_mut().insert(header::CACHE_CONTROL, policy.value());
    Ok(response)
}

/// Whether the tile touches the box around the layer's features.
fn is_inside(table: &Table, coord: TileCoord) -> bool {
    table.bbox.is_some_and(|bbox| bbox.intersects(&coord.bounds()))
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
}
