//! The description of all that the server answers (OpenAPI 3.1): `/openapi.json`.
//!
//! It is put together from what answers: the actions of [`super::ckan`], the definition of [`super::ogc`], the tools'
//! endpoint, limits by their names. `tests/it/http_openapi.rs` holds it against the routes of the real router, so that a
//! route without description and a description without route are both faults. Examples are names of what is public now, so
//! that each can be tried.

mod actions;
mod arguments;
mod catalogue;
mod components;
mod features;
mod maps;
pub(super) mod operation;
mod others;
mod pages;
mod reads;
mod samples;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value as Json, json};

use super::app::App;
use super::tiles;
use operation::Operation;
use samples::Samples;

/// Where it lies.
pub const PATH: &str = "/openapi.json";
/// Its media type.
pub const MEDIA_TYPE: &str = "application/vnd.oai.openapi+json;version=3.1";

/// Groups of operations, in the order in which people meet them: name, and words in Japanese and English.
pub const TAGS: [(&str, &str); 9] = [
    (
        "catalogue",
        "カタログ: データセットを探し、知る(CKANと同じAPI) / The catalogue: find and know datasets (CKAN's API)",
    ),
    ("rows", "表の行: 絞り込み、並べ替え、書き出し / Rows of tables: filter, sort, export"),
    ("files", "ファイルと、ページの別の形式 / Files, and pages in other forms"),
    ("features", "地理データ: OGC API – Features と Tiles / Geodata: OGC API – Features and Tiles"),
    ("maps", "地図のタイルとスタイル / Tiles and styles for maps"),
    ("linked-data", "DCATとフィード: カタログの取り込みと更新の知らせ / DCAT and feeds: harvest, and hear of changes"),
    ("figures", "利用状況 / How much data is used"),
    ("changes", "登録と更新(トークンが必要) / Changes (with a token)"),
    ("site", "ページとサイト / Pages and the site"),
];

/// The route.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route(PATH, get(serve))
}

async fn serve(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let mut response = tiles::json_answer(&definition(&app), &headers);
    if response.status() == StatusCode::OK {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    }
    response
}

/// The description.
pub(super) fn definition(app: &App) -> Json {
    let catalogue = app.catalogue();
    let samples = Samples::of(&catalogue);
    let site = app.config.public_url();
    let mut paths: Map<String, Json> = Map::new();
    for operation in operations(app, &samples) {
        let (path, method, document) = operation.finish();
        if let Some(item) = paths.entry(path).or_insert_with(|| json!({})).as_object_mut() {
            item.insert(method.to_owned(), document);
        }
    }
    let tags: Vec<Json> = TAGS.iter().map(|(name, words)| json!({ "name": name, "description": words })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": app.config.site_title,
            "description": format!(
                "{}\n\n読み取りに登録や鍵は要りません。データの利用条件は、データセットごとのライセンスに従います。 / \
                 Reading needs no account and no key. Each dataset tells its own licence.",
                app.config.site_description
            ),
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": site, "description": app.config.site_title }],
        "externalDocs": { "url": format!("{site}/developers"), "description": "開発者の方へ / for developers" },
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": components::schemas(),
            "responses": operation::refusals(),
            "securitySchemes": { "token": {
                "type": "apiKey", "in": "header", "name": "Authorization",
                "description": "職員に発行したトークン / a token given to staff (hiraku token)",
            } },
        },
    })
}

fn operations(app: &App, samples: &Samples) -> Vec<Operation> {
    let mut all = actions::operations(samples);
    all.extend(pages::twins(samples));
    all.extend(features::operations(app, samples));
    all.extend(maps::operations(samples));
    all.extend(catalogue::operations(samples));
    all.extend(others::operations(samples));
    all.extend(pages::operations(samples));
    all
}
