//! The definition of the API (OpenAPI 3.0).

use serde_json::{Value as Json, json};

use super::features::{GEO_JSON, SCHEMA_JSON};
use super::grid;
use super::parameters::{of_items, with_parameters_of_items};
use crate::http::tiles::body::MEDIA_TYPE;

/// `/ogc/api`.
pub fn definition(title: &str, site: &str) -> Json {
    let document = |id: &str, summary: &str, parameters: &[&str]| {
        let object = json!({ "schema": { "type": "object" } });
        let kind = if id == "getQueryables" { SCHEMA_JSON } else { "application/json" };
        // What has a form to choose has a page.
        let content = if parameters.contains(&"f") {
            json!({ kind: object, "text/html": { "schema": { "type": "string" } } })
        } else {
            json!({ kind: object })
        };
        let parameters: Vec<Json> =
            parameters.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect();
        json!({ "get": {
            "operationId": id, "summary": summary, "parameters": parameters,
            "responses": {
                "200": { "description": "OK", "content": content },
                "400": { "$ref": "#/components/responses/BadRequest" },
                "404": { "$ref": "#/components/responses/NotFound" },
            },
        }})
    };
    let tile = |id: &str, summary: &str, parameters: &[&str]| {
        let mut operation = document(id, summary, parameters);
        if let Some(responses) = operation.pointer_mut("/get/responses").and_then(Json::as_object_mut) {
            let schema = json!({ "type": "string", "format": "binary" });
            responses.insert(
                "200".to_owned(),
                json!({ "description": "タイル / a tile", "content": { MEDIA_TYPE: { "schema": schema } } }),
            );
            responses.insert("204".to_owned(), json!({ "description": "データのないタイル / a tile without data" }));
        }
        operation
    };
    let features = |id: &str, summary: &str, parameters: &[&str]| {
        let mut operation = document(id, summary, parameters);
        if let Some(responses) = operation.pointer_mut("/get/responses").and_then(Json::as_object_mut) {
            let text = || json!({ "schema": { "type": "string" } });
            let object = || json!({ "schema": { "type": "object" } });
            let content = json!({ GEO_JSON: object(), "text/html": text(), "text/csv": text() });
            responses.insert("200".to_owned(), json!({ "description": "記録 / features", "content": content }));
        }
        operation
    };
    let in_path = |name: &str, schema: Json| json!({ "name": name, "in": "path", "required": true, "schema": schema });
    let number = json!({ "type": "integer", "minimum": 0 });
    let tile_path = "{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}";
    let place = ["tileMatrixSetId", "tileMatrix", "tileRow", "tileCol"];
    let of_collection = ["collectionId", "tileMatrixSetId", "tileMatrix", "tileRow", "tileCol"];
    let of_several = ["collections", place[0], place[1], place[2], place[3]];
    json!({
        "openapi": "3.0.3",
        "info": { "title": title, "version": env!("CARGO_PKG_VERSION") },
        "servers": [{ "url": format!("{site}/ogc") }],
        "paths": {
            "/": document("getLandingPage", "入口 / landing page", &["f"]),
            "/conformance": document("getConformance", "準拠する規格 / conformance", &["f"]),
            "/collections": document("getCollections", "レイヤの一覧 / collections", &["f"]),
            "/collections/{collectionId}": document("getCollection", "レイヤ / a collection", &["collectionId", "f"]),
            "/collections/{collectionId}/queryables":
                document("getQueryables", "絞り込みに使える項目 / queryables", &["collectionId", "f"]),
            "/collections/{collectionId}/items": features("getFeatures", "記録 / features", &of_items()),
            "/collections/{collectionId}/items/{featureId}":
                features("getFeature", "1件の記録 / a feature", &["collectionId", "featureId", "form", "crs"]),
            "/tileMatrixSets": document("getTileMatrixSets", "タイルの区切り方の一覧 / tiling schemes", &[]),
            "/tileMatrixSets/{tileMatrixSetId}":
                document("getTileMatrixSet", "タイルの区切り方 / a tiling scheme", &["tileMatrixSetId"]),
            "/collections/{collectionId}/tiles":
                document("collection.vector.getTileSetsList", "タイルセットの一覧 / tile sets", &["collectionId"]),
            "/collections/{collectionId}/tiles/{tileMatrixSetId}": document(
                "collection.vector.getTileSet", "タイルセット / a tile set", &["collectionId", "tileMatrixSetId"]),
            format!("/collections/{{collectionId}}/tiles/{tile_path}"):
                tile("collection.vector.getTile", "タイル / a tile", &of_collection),
            "/tiles": document("dataset.vector.getTileSetsList", "タイルセットの一覧 / tile sets", &["collections"]),
            "/tiles/{tileMatrixSetId}": document(
                "dataset.vector.getTileSet", "タイルセット / a tile set", &["collections", "tileMatrixSetId"]),
            format!("/tiles/{tile_path}"):
                tile("dataset.vector.getTile", "重ね合わせたタイル / a tile of several layers", &of_several),
        },
        "components": {
            "parameters": with_parameters_of_items(json!({
                "collectionId": in_path("collectionId", json!({ "type": "string" })),
                "featureId": in_path("featureId", json!({ "type": "integer", "minimum": 1 })),
                "tileMatrixSetId": in_path("tileMatrixSetId", json!({ "type": "string", "enum": [grid::NAME] })),
                "tileMatrix": in_path("tileMatrix", json!({ "type": "string" })),
                "tileRow": in_path("tileRow", number.clone()),
                "tileCol": in_path("tileCol", number),
                "collections": {
                    "name": "collections", "in": "query", "required": true, "style": "form", "explode": false,
                    "description": "重ね合わせるレイヤ / layers of the tile",
                    "schema": { "type": "array", "items": { "type": "string" } },
                },
            })),
            "responses": {
                "NotFound": problem("見つかりません / not found"),
                "BadRequest": problem("指定に誤りがあります / a parameter is wrong or unknown"),
            },
        },
    })
}

fn problem(description: &str) -> Json {
    json!({
        "description": description,
        "content": { "application/problem+json": { "schema": {
            "type": "object",
            "properties": {
                "type": { "type": "string" }, "title": { "type": "string" },
                "status": { "type": "integer" }, "detail": { "type": "string" },
            },
        } } },
    })
}
