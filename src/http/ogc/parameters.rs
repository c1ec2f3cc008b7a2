//! The parameters of features, as the definition of the API has them.

use serde_json::{Value as Json, json};

use super::features::question::{LIMIT, LIMIT_CAP, PARAMETERS};
use super::grid::CRS84;

/// The parameters of features, by their names among the components: those that are read, of which the form has a
/// component of its own here, the collection in the path, and columns by their names.
pub(super) fn of_items() -> Vec<&'static str> {
    let read = PARAMETERS.map(|name| if name == "f" { "form" } else { name });
    std::iter::once("collectionId").chain(read).chain(std::iter::once("values")).collect()
}

fn in_query(name: &str, description: &str, schema: &Json) -> Json {
    json!({
        "name": name, "in": "query", "required": false, "style": "form", "explode": false,
        "description": description, "schema": schema,
    })
}

fn text() -> Json {
    json!({ "type": "string" })
}

fn only(word: &str) -> Json {
    json!({ "type": "string", "enum": [word], "default": word })
}

fn texts() -> Json {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn numbers(least: u8, most: u8) -> Json {
    json!({ "type": "array", "minItems": least, "maxItems": most, "items": { "type": "number" } })
}

/// Which features.
fn choosing() -> Vec<(&'static str, Json)> {
    vec![
        (
            "bbox",
            in_query(
                "bbox",
                "範囲: 西,南,東,北（度）。高さを含めて6つでもよい。西が東より大きいときは経度180度をまたぐ / \
                 west,south,east,north in degrees, or six numbers with heights; over the 180th meridian where west is \
                 greater than east",
                &numbers(4, 6),
            ),
        ),
        ("bbox-crs", in_query("bbox-crs", "bboxの座標系 / system of bbox", &only(CRS84))),
        (
            "datetime",
            in_query(
                "datetime",
                "日付または期間（開始/終了、片側は..で開く）。日付の項目がないレイヤでは絞り込まない / \
                 a date or time, or two with / between, open with ..; no restriction where a layer has no dates",
                &text(),
            ),
        ),
        ("filter", in_query("filter", "CQL2テキストの式 / an expression in CQL2 text", &text())),
        ("filter-lang", in_query("filter-lang", "式の言語 / language of the filter", &only("cql2-text"))),
        ("filter-crs", in_query("filter-crs", "式の座標系 / system of the filter", &only(CRS84))),
        (
            "near",
            in_query(
                "near",
                "経度,緯度。近い順に並べ、distance_m（メートル）を付ける / \
                 longitude,latitude: nearest first, with distance_m in metres along the ellipsoid",
                &numbers(2, 2),
            ),
        ),
        (
            "radius",
            in_query(
                "radius",
                "nearからの距離の上限（メートル） / greatest distance from near, metres",
                &json!({ "type": "number", "minimum": 0, "exclusiveMinimum": true }),
            ),
        ),
        (
            "values",
            json!({
                "name": "values", "in": "query", "required": false, "style": "form", "explode": true,
                "description": "項目名=値。queryablesにある項目で絞り込む / name=value for every queryable",
                "schema": { "type": "object", "additionalProperties": { "type": "string" } },
            }),
        ),
    ]
}

/// How the answer looks.
fn showing() -> Vec<(&'static str, Json)> {
    let form = "形式。指定がなければAcceptヘッダーで決まる / the form; by default as the Accept header says";
    let forms = |names: &[&str]| in_query("f", form, &json!({ "type": "string", "enum": names }));
    vec![
        ("f", forms(&["json", "html"])),
        ("form", forms(&["json", "geojson", "html", "csv"])),
        (
            "limit",
            in_query(
                "limit",
                "1ページの件数 / features on a page",
                &json!({ "type": "integer", "minimum": 1, "maximum": LIMIT_CAP, "default": LIMIT }),
            ),
        ),
        ("crs", in_query("crs", "答えの座標系 / system of the answer", &only(CRS84))),
        ("properties", in_query("properties", "答えに含める項目 / properties in the answer", &texts())),
        (
            "skipGeometry",
            in_query(
                "skipGeometry",
                "位置・形を省く / leave geometries out",
                &json!({ "type": "boolean", "default": false }),
            ),
        ),
        ("sortby", in_query("sortby", "並べ替える項目。-で降順 / order; - in front for falling", &texts())),
        (
            "cursor",
            in_query(
                "cursor",
                "次のページの始まり。nextのリンクにあるものだけが使える / \
                 where the next page begins, from links of relation next only",
                &text(),
            ),
        ),
    ]
}

/// Adds the parameters to those of tiles.
pub(super) fn with_parameters_of_items(mut parameters: Json) -> Json {
    if let Some(object) = parameters.as_object_mut() {
        for (key, parameter) in choosing().into_iter().chain(showing()) {
            object.insert(key.to_owned(), parameter);
        }
    }
    parameters
}
