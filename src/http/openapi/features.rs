//! What lies under `/ogc`: the operations that the definition of OGC's own (`/ogc/api`, OpenAPI 3.0) describes, in the
//! terms of 3.1, so that the two cannot say different things.

use serde_json::{Map, Value as Json, json};

use super::operation::{Operation, Surface, get};
use super::samples::Samples;
use crate::http::app::App;
use crate::http::ogc::api;

/// The operations.
pub(super) fn operations(app: &App, samples: &Samples) -> Vec<Operation> {
    let definition = api::definition(&app.config.site_title, &app.config.public_url());
    let components = definition.pointer("/components/parameters").and_then(Json::as_object);
    let paths = definition.get("paths").and_then(Json::as_object).into_iter().flatten();
    let mut all: Vec<Operation> = paths
        .flat_map(|(path, item)| {
            let document = item.get("get").and_then(Json::as_object).cloned().unwrap_or_default();
            let operation = |path: &str, id: Option<&str>| {
                let mut document = inlined(document.clone(), components, samples);
                if let Some(id) = id {
                    document.insert("operationId".to_owned(), json!(id));
                }
                Operation::described(path, "features", document).unchanged().refuses(Surface::Ogc, &[400, 404, 503])
            };
            // The landing page answers with and without its slash.
            match path.as_str() {
                "/" => vec![operation("/ogc", None), operation("/ogc/", Some("getLandingPageWithSlash")).older()],
                path => vec![operation(&format!("/ogc{path}"), None)],
            }
        })
        .collect();
    all.push(
        get(
            "/ogc/api",
            "getOgcDefinition",
            "features",
            "この部分のAPIの定義(OpenAPI 3.0) / definition of this part (OpenAPI 3.0)",
        )
        .gives("定義 / the definition", &[("application/vnd.oai.openapi+json", json!({ "type": "object" }))])
        .unchanged()
        .refuses(Surface::Ogc, &[503]),
    );
    all
}

/// The operation with its parameters in place and nothing that only 3.0 knows.
fn inlined(
    mut document: Map<String, Json>,
    components: Option<&Map<String, Json>>,
    samples: &Samples,
) -> Map<String, Json> {
    let names = document.get("parameters").and_then(Json::as_array).into_iter().flatten();
    let parameters: Vec<Json> = names
        .filter_map(|own| own.get("$ref")?.as_str()?.rsplit('/').next())
        .filter_map(|name| components?.get(name).cloned())
        .map(|mut parameter| {
            newer(&mut parameter);
            example(&mut parameter, samples);
            parameter
        })
        .collect();
    document.insert("parameters".to_owned(), Json::Array(parameters));
    if let Some(responses) = document.get_mut("responses").and_then(Json::as_object_mut) {
        responses.retain(|status, _| status.starts_with('2'));
    }
    document
}

/// `exclusiveMinimum` was a flag and is a number.
fn newer(parameter: &mut Json) {
    let Some(schema) = parameter.get_mut("schema").and_then(Json::as_object_mut) else { return };
    if schema.get("exclusiveMinimum") == Some(&Json::Bool(true)) {
        schema.shift_remove("exclusiveMinimum");
        if let Some(least) = schema.shift_remove("minimum") {
            schema.insert("exclusiveMinimum".to_owned(), least);
        }
    }
}

fn example(parameter: &mut Json, samples: &Samples) {
    let name = parameter.get("name").and_then(Json::as_str).unwrap_or_default();
    let (z, x, y) = samples.tile.clone().unwrap_or_default();
    let example = match name {
        "collectionId" => samples.layer.clone().map(Json::from),
        "collections" => samples.layer.clone().map(|layer| json!([layer])),
        "featureId" => Some(json!(1)),
        "tileMatrix" => Some(json!(z)),
        "tileRow" => y.parse::<u32>().ok().map(Json::from),
        "tileCol" => x.parse::<u32>().ok().map(Json::from),
        _ => None,
    };
    let words = match name {
        "collectionId" => "レイヤの名前 / name of a layer",
        "collections" => "レイヤの名前、コンマ区切り / names of layers, separated by commas",
        "featureId" => "記録の番号 / number of a record",
        "tileMatrix" => "ズーム / zoom",
        "tileRow" => "タイルの行 / row of the tile",
        "tileCol" => "タイルの列 / column of the tile",
        other => other,
    }
    .to_owned();
    let Some(own) = parameter.as_object_mut() else { return };
    own.entry("description").or_insert_with(|| Json::from(words));
    if let Some(example) = example {
        own.insert("example".to_owned(), example);
    }
}
