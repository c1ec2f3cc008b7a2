//! `query_rows` and `records_near`.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::checked::whole;
use super::tools::{NEAR, RADIUS_M, ROWS};
use super::{Found, source, source_line};
use crate::http::app::App;
use crate::http::ckan::arguments::Arguments;
use crate::http::ckan::{self, datastore};
use crate::http::ogc::features;
use crate::http::pages;
use crate::http::problem::Problem;

/// `query_rows`: `datastore_search`.
pub(super) async fn query(app: &Arc<App>, given: Map<String, Json>) -> Result<Found, Problem> {
    let catalogue = app.catalogue();
    let resource = given.get("resource").and_then(Json::as_str).unwrap_or_default();
    let (dataset, distribution, _) = datastore::found(&catalogue, resource).ok_or_else(|| Problem::NotFound {
        detail:
            "resource は describe_dataset の tables[].resource です / resource is tables[].resource of describe_dataset"
                .to_owned(),
    })?;
    let mut asked = Map::from_iter([
        ("resource_id".to_owned(), json!(distribution.id)),
        ("limit".to_owned(), json!(given.get("limit").and_then(whole).map_or(ROWS.0, i64::unsigned_abs))),
        ("offset".to_owned(), json!(given.get("offset").and_then(whole).unwrap_or_default())),
    ]);
    for name in ["filters", "q", "fields", "sort"] {
        if let Some(value) = given.get(name).filter(|value| !value.is_null()) {
            asked.insert(name.to_owned(), value.clone());
        }
    }
    let answer = ckan::read(app, "datastore_search", Arguments::from_map(asked)).await?;
    let site = app.config.public_url();
    let fields = answer.result.get("fields").and_then(Json::as_array).into_iter().flatten();
    let columns: Vec<Json> = fields
        .map(|field| json!({ "name": field.get("id"), "type": field.get("type"), "label": field.pointer("/info/label") }))
        .collect();
    let content = json!({
        "source": source(dataset, &site),
        "total": answer.result.get("total"),
        "columns": columns,
        "rows": answer.result.get("records"),
    });
    Ok(Found { content, source: source_line(dataset, &site), access: answer.access })
}

/// `records_near`: the features of a layer with `near=` and `radius=`.
pub(super) async fn near(app: &Arc<App>, given: &Map<String, Json>) -> Result<Found, Problem> {
    let text = |name: &str| given.get(name).and_then(Json::as_str).unwrap_or_default();
    let number = |name: &str| given.get(name).and_then(Json::as_f64);
    let layer = text("layer").to_owned();
    let published = app.published();
    let (dataset, table, _) = published.catalogue.layer(&layer).ok_or_else(|| Problem::NotFound {
        detail: "layer は describe_dataset の tables[].layer です / layer is tables[].layer of describe_dataset"
            .to_owned(),
    })?;
    let at = format!("{},{}", number("lon").unwrap_or_default(), number("lat").unwrap_or_default());
    let radius = number("radius_m").unwrap_or(RADIUS_M).to_string();
    let limit = given.get("limit").and_then(whole).map_or(NEAR.0, i64::unsigned_abs).to_string();
    let raw = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("f", "json"), ("near", &at), ("radius", &radius), ("limit", &limit)])
        .finish();
    let (own, state) = (Arc::clone(app), Arc::clone(&published));
    let (page, access) = app.at_length(move || features::found(&own, &state, &layer, &raw)).await??;
    let with_shapes = given.get("with_shapes").and_then(Json::as_bool).unwrap_or_default();
    let distance = features::write::distance_name(&table.shape);
    let site = app.config.public_url();
    let key = table.shape.key.as_str();
    let record = |feature: &Json| {
        let id = feature.get("id").and_then(Json::as_u64).unwrap_or_default();
        let mut properties = feature.get("properties").and_then(Json::as_object).cloned().unwrap_or_default();
        let distance_m = properties.shift_remove(distance);
        let geometry = feature
            .get("geometry")
            .filter(|shape| with_shapes || shape.get("type").and_then(Json::as_str) == Some("Point"));
        json!({
            "id": id,
            "distance_m": distance_m,
            "page": format!("{site}{}", pages::record_address(dataset.name.as_str(), key, id)),
            "properties": properties,
            "geometry": geometry,
        })
    };
    let features = page.get("features").and_then(Json::as_array).into_iter().flatten();
    let content = json!({
        "source": source(dataset, &site),
        "total": page.get("numberMatched"),
        "records": features.map(record).collect::<Vec<_>>(),
    });
    Ok(Found { content, source: source_line(dataset, &site), access })
}
