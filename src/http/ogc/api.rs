//! The definition of the API (OpenAPI 3.0).

use serde_json::{Value as Json, json};

use super::features::GEO_JSON;
use super::features::question::{LIMIT, LIMIT_CAP};
use super::grid::{self, CRS84};
use crate::http::tiles::body::MEDIA_TYPE;

/// `/ogc/api`.
pub fn definition(title: &str, site: &str) -> Json {
    let document = |id: &str, summary: &str, parameters: &[&str]| {
        let parameters: Vec<Json> =
            parameters.iter().map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect();
        json!({ "get": {
            "operationId": id, "summary": summary, "parameters": parameters,
            "responses": {
                "200": { "description": "OK", "content": { "application/json": { "schema": { "type": "object" } } } },
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
            let refused = json!({ "$ref": "#/components/responses/BadRequest" });
            responses.insert("400".to_owned(), refused);
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
            "/collections/{collectionId}/items": features("getFeatures", "記録 / features", &ITEMS),
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

/// The parameters of features, by their names among the components.
const ITEMS: [&str; 17] = [
    "collectionId",
    "form",
    "limit",
    "bbox",
    "bbox-crs",
    "crs",
    "datetime",
    "filter",
    "filter-lang",
    "filter-crs",
    "properties",
    "skipGeometry",
    "sortby",
    "near",
    "radius",
    "cursor",
    "values",
];

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

fn with_parameters_of_items(mut parameters: Json) -> Json {
    let in_query = |name: &str, description: &str, schema: Json| {
        json!({
            "name": name, "in": "query", "required": false, "style": "form", "explode": false,
            "description": description, "schema": schema,
        })
    };
    let text = || json!({ "type": "string" });
    let only = |word: &str| json!({ "type": "string", "enum": [word], "default": word });
    let numbers = |least: u8, most: u8| {
        json!({ "type": "array", "minItems": least, "maxItems": most, "items": { "type": "number" } })
    };
    let forms = |names: &[&str]| json!({ "type": "string", "enum": names });
    let Some(object) = parameters.as_object_mut() else { return parameters };
    for (key, parameter) in [
        ("f", in_query("f", "形式。指定がなければAcceptヘッダーで決まる / the form; by default as the Accept header says",
            forms(&["json", "html"]))),
        ("form", in_query("f", "形式。指定がなければAcceptヘッダーで決まる / the form; by default as the Accept header says",
            forms(&["json", "geojson", "html", "csv"]))),
        ("limit", in_query("limit", "1ページの件数 / features on a page",
            json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_CAP, "default": LIMIT }))),
        ("bbox", in_query("bbox", "範囲: 西,南,東,北（度）。高さを含めて6つでもよい。西が東より大きいときは経度180度をまたぐ / \
            west,south,east,north in degrees, or six numbers with heights; over the 180th meridian where west is greater",
            numbers(4, 6))),
        ("bbox-crs", in_query("bbox-crs", "bboxの座標系 / system of bbox", only(CRS84))),
        ("crs", in_query("crs", "答えの座標系 / system of the answer", only(CRS84))),
        ("datetime", in_query("datetime", "日付または期間（開始/終了、片側は..で開く）。日付の項目がないレイヤでは絞り込まない / \
            a date or time, or two with / between, open with ..; no restriction where a layer has no dates", text())),
        ("filter", in_query("filter", "CQL2テキストの式 / an expression in CQL2 text", text())),
        ("filter-lang", in_query("filter-lang", "式の言語 / language of the filter", only("cql2-text"))),
        ("filter-crs", in_query("filter-crs", "式の座標系 / system of the filter", only(CRS84))),
        ("properties", in_query("properties", "答えに含める項目 / properties in the answer",
            json!({ "type": "array", "items": { "type": "string" } }))),
        ("skipGeometry", in_query("skipGeometry", "位置・形を省く / leave geometries out",
            json!({ "type": "boolean", "default": false }))),
        ("sortby", in_query("sortby", "並べ替える項目。-で降順 / order; - in front for falling",
            json!({ "type": "array", "items": { "type": "string" } }))),
        ("near", in_query("near", "経度,緯度。近い順に並べ、distance_m（メートル）を付ける / longitude,latitude: nearest \
            first, with distance_m in metres along the ellipsoid", numbers(2, 2))),
        ("radius", in_query("radius", "nearからの距離の上限（メートル） / greatest distance from near, metres",
            json!({ "type": "number", "minimum": 0, "exclusiveMinimum": true }))),
        ("cursor", in_query("cursor", "次のページの始まり。nextのリンクにあるものだけが使える / where the next page begins, \
            from links of relation next only", text())),
    ] {
        object.insert(key.to_owned(), parameter);
    }
    object.insert("values".to_owned(), json!({
        "name": "values", "in": "query", "required": false, "style": "form", "explode": true,
        "description": "項目名=値。queryablesにある項目で絞り込む / name=value for every queryable",
        "schema": { "type": "object", "additionalProperties": { "type": "string" } },
    }));
    parameters
}
