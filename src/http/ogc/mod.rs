//! For programs that follow the Open Geospatial Consortium: OGC API – Features and Tiles under `/ogc`, WMTS under
//! `/wmts`.
//!
//! Tiles: another way to those of [`super::tiles`], which answer every request for a tile, so that it is counted and cached
//! the same whichever way it came. Rows come before columns here.

pub mod api;
pub mod cql2;
pub mod documents;
pub mod features;
pub mod form;
pub mod grid;
mod parameters;
pub mod wmts;

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{OriginalUri, Path, RawQuery, State, rejection::PathRejection};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

use super::app::App;
use super::problem::Problem;
use super::query::parameter;
use super::{pages, tiles};
use crate::model::catalogue::Catalogue;
use crate::model::tile::TileCoord;
use documents::Place;
use features::pairs::{Pairs, bad};
use form::Form;

type Answer = Result<Response, Problem>;
type InPath<T> = Result<Path<T>, PathRejection>;

/// Routes of documents, which are compressed on the way.
pub fn document_routes() -> Router<Arc<App>> {
    let document = |make: fn(&Catalogue, &App) -> Value, crumbs: &'static [(&'static str, &'static str)]| {
        get(move |State(app): State<Arc<App>>, OriginalUri(uri): OriginalUri, headers: HeaderMap| async move {
            let form = form_of_document(uri.query(), &headers)?;
            shown(&app, &make(&app.catalogue(), &app), form, &headers, crumbs)
        })
    };
    let landing = document(|_, app| documents::landing(&app.config.site_title, &app.config.public_url()), &[]);
    Router::new()
        .route("/ogc", landing.clone())
        .route("/ogc/", landing)
        .route("/ogc/conformance", document(|_, _| documents::conformance(), HOME))
        .route("/ogc/api", get(definition))
        .route("/ogc/tileMatrixSets", document(|_, app| documents::grids(&app.config.public_url()), HOME))
        .route("/ogc/tileMatrixSets/{grid}", get(grid))
        .route("/ogc/collections", document(|all, app| documents::collections(all, &app.config.public_url()), HOME))
        .route("/ogc/collections/{layer}", get(collection))
        .route("/ogc/collections/{layer}/tiles", get(tilesets))
        .route("/ogc/collections/{layer}/tiles/{grid}", get(tileset))
        .route("/ogc/tiles", get(tilesets_of_several))
        .route("/ogc/tiles/{grid}", get(tileset_of_several))
        .route("/wmts/1.0.0/WMTSCapabilities.xml", get(wmts::capabilities))
        .merge(features::routes())
        .layer(axum::middleware::map_response(told))
}

/// The way to a document below the landing page: nothing but the landing page itself.
const HOME: &[(&str, &str)] = &[];

/// The form in which a document is wanted, which has no other parameter.
fn form_of_document(query: Option<&str>, headers: &HeaderMap) -> Result<Form, Problem> {
    let pairs = Pairs::parse(query)?;
    pairs.only(&["f"])?;
    Form::of(pairs.one("f")?, headers, false).map_err(|detail| bad(&detail))
}

/// A document in the form that is wanted.
fn shown(app: &App, document: &Value, form: Form, headers: &HeaderMap, crumbs: &[(&str, &str)]) -> Answer {
    if form == Form::Html {
        return pages::ogc::document(app, document, crumbs);
    }
    let mut response = tiles::json_answer(document, headers);
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// Routes of tiles.
pub fn routes() -> Router<Arc<App>> {
    let ogc = Router::new()
        .route("/ogc/collections/{layer}/tiles/{grid}/{matrix}/{row}/{column}", get(tile))
        .route("/ogc/tiles/{grid}/{matrix}/{row}/{column}", get(tile_of_several))
        .layer(axum::middleware::map_response(told));
    ogc.merge(wmts::routes())
}

/// Problems as documents (RFC 9457).
async fn told(response: Response) -> Response {
    let Some(problem) = response.extensions().get::<Problem>().cloned() else { return response };
    let status = problem.status();
    let detail = match &problem {
        Problem::NotFound { detail } | Problem::BadRequest { detail } if !detail.is_empty() => detail.clone(),
        _ => problem.in_japanese().to_owned(),
    };
    let body = json!({
        "type": "about:blank", "title": problem.in_english(), "status": status.as_u16(), "detail": detail,
    });
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut told = Json(body).into_response();
    for (name, value) in &parts.headers {
        told.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    told.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    *told.status_mut() = status;
    *told.extensions_mut() = parts.extensions;
    told
}

async fn definition(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let mut response = tiles::json_answer(&api::definition(&app.config.site_title, &app.config.public_url()), &headers);
    let kind = HeaderValue::from_static("application/vnd.oai.openapi+json;version=3.0");
    if let Some(own) = response.headers_mut().get_mut(header::CONTENT_TYPE) {
        *own = kind;
    }
    response
}

async fn grid(State(app): State<Arc<App>>, grid: InPath<String>, headers: HeaderMap) -> Answer {
    let Path(name) = grid.map_err(|_| Problem::not_found())?;
    known_grid(&name)?;
    Ok(tiles::json_answer(&grid::document(&app.config.public_url()), &headers))
}

fn known_grid(name: &str) -> Result<(), Problem> {
    if name == grid::NAME {
        return Ok(());
    }
    let detail = format!("利用できるタイルの区切り方は{}だけです / the only tile matrix set is {0}", grid::NAME);
    Err(Problem::NotFound { detail })
}

async fn collection(
    State(app): State<Arc<App>>,
    layer: InPath<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer {
    let Path(name) = layer.map_err(|_| Problem::not_found())?;
    let form = form_of_document(uri.query(), &headers)?;
    let catalogue = app.catalogue();
    let found = catalogue.layer(&name).ok_or_else(Problem::not_found)?;
    let crumbs = [("/ogc/collections", "レイヤ")];
    shown(&app, &documents::collection(found, &app.config.public_url()), form, &headers, &crumbs)
}

async fn tilesets(State(app): State<Arc<App>>, layer: InPath<String>, headers: HeaderMap) -> Answer {
    let Path(name) = layer.map_err(|_| Problem::not_found())?;
    let catalogue = app.catalogue();
    let (_, _, layer) = catalogue.layer(&name).ok_or_else(Problem::not_found)?;
    let site = app.config.public_url();
    let place = Place::of_collection(&name, &site);
    Ok(tiles::json_answer(&documents::tilesets(&layer.title, &place, &site), &headers))
}

async fn tileset(State(app): State<Arc<App>>, path: InPath<(String, String)>, headers: HeaderMap) -> Answer {
    let Path((name, grid)) = path.map_err(|_| Problem::not_found())?;
    known_grid(&grid)?;
    if name.contains(',') {
        return Err(Problem::not_found());
    }
    let site = app.config.public_url();
    described(&app, &name, &Place::of_collection(&name, &site), &headers).await
}

async fn described(app: &Arc<App>, names: &str, place: &Place, headers: &HeaderMap) -> Answer {
    let catalogue = app.catalogue();
    let layers = tiles::members(&catalogue, names).ok_or_else(Problem::not_found)?;
    let about = tiles::abouts(app, &layers).await?;
    Ok(tiles::json_answer(&documents::tileset(&layers, &about, place, &app.config.public_url()), headers))
}

async fn tilesets_of_several(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer {
    let site = app.config.public_url();
    let names = chosen(query.as_deref()).unwrap_or_default();
    let title = "重ね合わせたタイル / tiles of several layers";
    Ok(tiles::json_answer(&documents::tilesets(title, &Place::of_several(&names, &site), &site), &headers))
}

async fn tileset_of_several(
    State(app): State<Arc<App>>,
    grid: InPath<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let Path(grid) = grid.map_err(|_| Problem::not_found())?;
    known_grid(&grid)?;
    let names = chosen(query.as_deref()).ok_or_else(nothing_chosen)?;
    let place = Place::of_several(&names, &app.config.public_url());
    described(&app, &names, &place, &headers).await
}

/// The names in `collections=` (OGC 20-057, §13), at least one.
fn chosen(query: Option<&str>) -> Option<String> {
    parameter(query, "collections").filter(|names| !names.is_empty()).map(Cow::into_owned)
}

fn nothing_chosen() -> Problem {
    let detail = "collections= に重ね合わせるレイヤの名前を「,」区切りで指定してください / \
                  collections= has to name the layers, with commas between them";
    Problem::BadRequest { detail: detail.to_owned() }
}

async fn tile(
    State(app): State<Arc<App>>,
    path: InPath<(String, String, String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let Path((name, grid, matrix, row, column)) = path.map_err(|_| Problem::not_found())?;
    known_grid(&grid)?;
    if name.contains(',') {
        return Err(Problem::not_found());
    }
    let coord = TileCoord::parse(&matrix, &column, &row).ok_or_else(Problem::not_found)?;
    tiles::answer(&app, &name, coord, query.as_deref(), &headers).await
}

async fn tile_of_several(
    State(app): State<Arc<App>>,
    path: InPath<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let Path((grid, matrix, row, column)) = path.map_err(|_| Problem::not_found())?;
    known_grid(&grid)?;
    let coord = TileCoord::parse(&matrix, &column, &row).ok_or_else(Problem::not_found)?;
    let names = chosen(query.as_deref()).ok_or_else(nothing_chosen)?;
    tiles::answer(&app, &names, coord, query.as_deref(), &headers).await
}
