//! The shapes of what is answered.

use serde_json::{Map, Value as Json, json};

use super::operation::schema;

fn maybe(kind: &str) -> Json {
    json!({ "type": [kind, "null"] })
}

fn text() -> Json {
    json!({ "type": "string" })
}

fn object(properties: &Json, required: &[&str]) -> Json {
    json!({ "type": "object", "properties": properties, "required": required })
}

/// All of them.
#[expect(clippy::too_many_lines, reason = "one list, an entry for each shape")]
pub(super) fn schemas() -> Json {
    let mut all = Map::new();
    let mut put = |name: &str, schema: Json| {
        all.insert(name.to_owned(), schema);
    };
    put(
        "Refusal",
        json!({
            "description": "CKANの形の断り。読み取れない要求には文字列だけ / a refusal in CKAN's form; a bare text where the request could not be read",
            "anyOf": [text(), object(
                &json!({
                    "help": text(),
                    "success": { "const": false },
                    "error": object(&json!({ "__type": text(), "message": text() }), &["__type"]),
                }),
                &["success", "error"],
            )],
        }),
    );
    put(
        "Problem",
        object(
            &json!({ "type": text(), "title": text(), "status": { "type": "integer" }, "detail": text() }),
            &["title", "status"],
        ),
    );
    put("Package", package());
    put("Resource", resource());
    put("Organization", organization());
    put("Tag", object(&json!({ "id": text(), "name": text(), "display_name": text(), "state": text() }), &["name"]));
    put(
        "Licence",
        object(
            &json!({
                "id": text(), "title": text(), "url": text(), "status": text(),
                "od_conformance": text(), "domain_data": text(),
            }),
            &["id", "title", "url"],
        ),
    );
    put(
        "Column",
        object(
            &json!({
                "id": { "type": "string", "description": "項目名 / name of the column" },
                "type": { "type": "string", "enum": ["int", "int8", "float8", "float4", "text"] },
                "info": { "type": "object", "description": "データ項目定義 / the data dictionary" },
            }),
            &["id", "type"],
        ),
    );
    put("Rows", rows());
    put("Dataset", dataset());
    put("Layers", object(&json!({ "layers": { "type": "array", "items": layer() } }), &["layers"]));
    put(
        "TileJson",
        object(
            &json!({
                "tilejson": { "const": "3.0.0" },
                "tiles": { "type": "array", "items": text() },
                "vector_layers": { "type": "array", "items": { "type": "object" } },
                "minzoom": { "type": "integer" },
                "maxzoom": { "type": "integer" },
                "bounds": { "type": "array", "items": { "type": "number" } },
                "attribution": text(),
            }),
            &["tilejson", "tiles", "vector_layers"],
        ),
    );
    put(
        "Style",
        object(
            &json!({ "version": { "const": 8 }, "sources": { "type": "object" }, "layers": { "type": "array" } }),
            &["version", "sources", "layers"],
        ),
    );
    put(
        "Feature",
        object(
            &json!({
                "type": { "const": "Feature" },
                "id": { "type": ["integer", "string"] },
                "properties": { "type": "object" },
                "geometry": { "type": ["object", "null"] },
            }),
            &["type", "properties", "geometry"],
        ),
    );
    put(
        "Features",
        object(
            &json!({
                "type": { "const": "FeatureCollection" },
                "features": { "type": "array", "items": schema("Feature") },
                "numberMatched": { "type": "integer" },
                "numberReturned": { "type": "integer" },
                "links": { "type": "array", "items": { "type": "object" } },
            }),
            &["type", "features"],
        ),
    );
    put(
        "Statistics",
        object(
            &json!({
                "kind": { "enum": ["site", "organization", "dataset", "layer"] },
                "name": text(), "title": text(), "by": { "enum": ["day", "month", "year"] },
                "statistics": { "type": "object" }, "licence": { "type": "object" },
            }),
            &["kind", "by", "statistics", "licence"],
        ),
    );
    Json::Object(all)
}

fn package() -> Json {
    object(
        &json!({
            "id": text(), "name": text(), "title": text(), "notes": maybe("string"),
            "license_id": text(), "license_title": text(), "license_url": text(),
            "isopen": { "type": "boolean" },
            "metadata_created": text(), "metadata_modified": text(),
            "url": maybe("string"), "version": text(),
            "organization": { "anyOf": [schema("Organization"), { "type": "null" }] },
            "owner_org": text(),
            "num_resources": { "type": "integer" }, "num_tags": { "type": "integer" },
            "resources": { "type": "array", "items": schema("Resource") },
            "tags": { "type": "array", "items": schema("Tag") },
            "extras": { "type": "array", "items": object(&json!({ "key": text(), "value": text() }), &["key", "value"]) },
            "groups": { "type": "array" },
            "tracking_summary": { "type": "object" },
        }),
        &[],
    )
}

fn resource() -> Json {
    object(
        &json!({
            "id": text(), "name": text(), "description": maybe("string"), "format": text(),
            "mimetype": maybe("string"), "size": maybe("integer"), "hash": text(),
            "url": { "type": "string", "format": "uri" }, "package_id": text(), "position": { "type": "integer" },
            "datastore_active": { "type": "boolean" }, "created": text(), "last_modified": text(),
            "tracking_summary": { "type": "object" },
        }),
        &["id", "url", "format"],
    )
}

fn organization() -> Json {
    object(
        &json!({
            "id": text(), "name": text(), "title": text(), "description": text(), "image_url": text(),
            "package_count": { "type": "integer" }, "created": text(), "state": text(),
        }),
        &["id", "name", "title"],
    )
}

fn rows() -> Json {
    object(
        &json!({
            "resource_id": text(),
            "fields": { "type": "array", "items": schema("Column") },
            "records": { "type": ["array", "string"], "description": "records_format が csv・tsv のときは文字列 / a text for csv and tsv" },
            "total": { "type": "integer", "description": "条件に合う行の総数 / all rows that match" },
            "total_was_estimated": { "const": false },
            "limit": { "type": "integer" }, "offset": { "type": "integer" },
            "records_format": text(), "include_total": { "type": "boolean" },
            "_links": object(&json!({ "start": text(), "next": text() }), &["start", "next"]),
        }),
        &["resource_id", "fields", "records", "limit", "_links"],
    )
}

fn dataset() -> Json {
    object(
        &json!({
            "name": text(), "title": text(), "notes": text(), "organization": text(), "organization_title": text(),
            "theme": text(), "license_id": text(), "records": { "type": "integer" },
            "tags": { "type": "array", "items": text() }, "formats": { "type": "array", "items": text() },
            "layers": { "type": "array", "items": text() }, "modified": text(),
            "url": { "type": "string", "format": "uri" }, "json": { "type": "string", "format": "uri" },
        }),
        &["name", "title", "url", "json"],
    )
}

fn layer() -> Json {
    object(
        &json!({
            "id": text(), "title": text(), "tilejson": { "type": "string", "format": "uri" },
            "dataset": text(), "organization": text(), "geometry": maybe("string"), "records": { "type": "integer" },
            "bounds": { "type": ["array", "null"] }, "minzoom": { "type": "integer" }, "maxzoom": { "type": "integer" },
            "license_id": text(), "modified": text(),
        }),
        &["id", "title", "tilejson"],
    )
}
