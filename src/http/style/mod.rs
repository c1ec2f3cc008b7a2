//! Styles of layers for map libraries (MapLibre style specification 8), with the letters and pictures they name.
//!
//! `/styles/{layers}.json` draws one layer or several of `/tiles/{layers}.json`; every address in it is absolute, so
//! that it can be handed to any map. Sources: <https://maplibre.org/maplibre-style-spec/>.

pub mod glyphs;
pub mod layers;
pub mod palette;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State, rejection::PathRejection};
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value as Json, json};

use super::app::App;
use super::assets;
use super::cache::Policy;
use super::encoding;
use super::problem::Problem;
use super::query::parameter;
use super::tiles;
use super::tiles::body::{Sent, tile_response};
use super::tiles::computed::ComputedTile;
use crate::count::access::Access;
use crate::model::catalogue::Layer;

pub use layers::{Drawn, FONT};
pub use palette::Palette;

/// The name of the sprite.
const SPRITE: &str = "hiraku";
/// The name of a style's only source.
const SOURCE: &str = "hiraku";

/// Routes of styles, which are text and compressed on the way.
pub fn document_routes() -> Router<Arc<App>> {
    Router::new().route("/styles/{document}", get(style))
}

/// Routes of letters and pictures.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/fonts/{stack}/{range}", get(letters)).route("/sprites/{file}", get(sprite))
}

/// The column written at the label points of a layer, as the metadata of its archive says; `None` where it has none.
pub fn point_label<'a>(layer: &Layer, about: &'a Json) -> Option<&'a str> {
    let name = format!("{}.label", layer.name);
    let mut layers = about.get("vector_layers")?.as_array()?.iter();
    let own = layers.find(|own| own.get("id").and_then(Json::as_str) == Some(name.as_str()))?;
    own.get("fields")?.as_object()?.keys().next().map(String::as_str)
}

/// The picture for points of a standard sheet.
fn icon(number: &str) -> Option<&'static str> {
    Some(match number {
        "01" | "27" => "town-hall",
        "02" => "monument",
        "03" => "shelter",
        "05" => "playground",
        "07" | "23" => "communications-tower",
        "08" => "defibrillator",
        "09" => "wheelchair",
        "10" => "hospital",
        "11" | "31" => "attraction",
        "12" => "star",
        "13" => "toilet",
        "14" => "fire-station",
        "15" => "restaurant",
        "24" => "school",
        "25" => "parking",
        "26" => "bicycle",
        "29" => "heart",
        "28" | "30" => "waste-basket",
        _ => return None,
    })
}

async fn style(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(document) = path.map_err(|_| Problem::not_found())?;
    let catalogue = app.catalogue();
    let layers = document
        .strip_suffix(".json")
        .and_then(|names| tiles::members(&catalogue, names))
        .ok_or_else(Problem::not_found)?;
    let about = tiles::abouts(&app, &layers).await?;
    let palette = Palette::of(parameter(query.as_deref(), "scheme").as_deref());
    let site = app.config.public_url();
    let names: Vec<&str> = layers.iter().map(|(_, _, layer)| layer.name.as_str()).collect();
    let is_single = layers.len() == 1;
    let mut drawn = Vec::new();
    for (number, ((_, table, layer), about)) in layers.iter().zip(&about).enumerate() {
        let prefix = format!("{}/", layer.name);
        let mark = if is_single { palette.mark } else { palette.series(number) };
        let layer = Drawn {
            table,
            layer,
            source: SOURCE,
            prefix: &prefix,
            mark,
            fill: if is_single { palette.fill } else { mark },
            point_label: point_label(layer, about),
            icon: table.shape.sheet.as_ref().and_then(|sheet| icon(&sheet.number)),
        };
        drawn.extend(layer.style_layers(palette));
    }
    let ground = json!({ "id": "ground", "type": "background", "paint": { "background-color": palette.land } });
    let mut style = json!({
        "version": 8,
        "name": layers.iter().map(|(_, _, layer)| layer.title.as_str()).collect::<Vec<_>>().join("・"),
        "sources": { SOURCE: { "type": "vector", "url": format!("{site}/tiles/{}.json", names.join(",")) } },
        "sprite": format!("{site}/sprites/{SPRITE}"),
        "glyphs": format!("{site}/fonts/{{fontstack}}/{{range}}.pbf"),
        "layers": std::iter::once(ground).chain(in_order(drawn)).collect::<Vec<_>>(),
    });
    let bbox = layers.iter().filter_map(|(_, table, _)| table.bbox).reduce(crate::model::lonlat::Bbox::union);
    if let (Some(bbox), Some(style)) = (bbox, style.as_object_mut()) {
        let (lon_deg, lat_deg) = bbox.center();
        style.insert("center".to_owned(), json!([lon_deg, lat_deg]));
        style.insert("zoom".to_owned(), json!(zoom_of(bbox.east_deg - bbox.west_deg)));
    }
    Ok(tiles::json_answer(&style, &headers))
}

/// Areas of all layers under lines of all layers under points, and names over everything.
fn in_order(layers: Vec<Json>) -> Vec<Json> {
    const ORDER: [&str; 4] = ["fill", "line", "circle", "symbol"];
    let rank = |layer: &Json| ORDER.iter().position(|kind| layer.get("type").and_then(Json::as_str) == Some(kind));
    let mut layers = layers;
    layers.sort_by_key(rank);
    layers
}

/// The zoom at which so many degrees of longitude fill a map of about 1,000 pixels.
fn zoom_of(width_deg: f64) -> f64 {
    ((720.0 / width_deg.max(0.001)).log2() * 10.0).round().clamp(0.0, 160.0) / 10.0
}

/// `/fonts/{fontstack}/{range}.pbf`: the first font of the stack that is ours.
async fn letters(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((stack, range)) = path.map_err(|_| Problem::not_found())?;
    let range = glyphs::range_of(&range).ok_or_else(Problem::not_found)?;
    let own = stack.split(',').map(str::trim).find_map(|name| Some((name.to_owned(), glyphs::weight_of(name)?)));
    let (name, weight) = own.ok_or_else(Problem::not_found)?;
    let key = format!("/fonts/{name}/{}", range.0);
    let make = move || {
        let packed =
            glyphs::glyphs(&name, weight, range).map_err(|error| Problem::internal("drawing letters", &error))?;
        Ok(ComputedTile::new(Some(packed)))
    };
    let made = app.tilesets.computed.get(key, make).await?;
    let gzip = made.gzip.clone().ok_or(Problem::Internal)?;
    let plain = || app.tilesets.plain(made.tag, &gzip);
    let sent = Sent { tag: made.tag, coding: encoding::best(&headers, false), kind: "application/x-protobuf" };
    let mut response = tile_response(sent, &headers, |_| Some(gzip.clone()), plain)?;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    response.extensions_mut().insert(Access::Asset);
    Ok(response)
}

/// `/sprites/hiraku[@2x].{json,png}`.
async fn sprite(path: Result<Path<String>, PathRejection>, headers: HeaderMap) -> Result<Response, Problem> {
    let Path(file) = path.map_err(|_| Problem::not_found())?;
    let own = file
        .strip_prefix(SPRITE)
        .filter(|rest| {
            ["", "@2x"].iter().any(|size| [".json", ".png"].iter().any(|end| *rest == format!("{size}{end}")))
        })
        .ok_or_else(Problem::not_found)?;
    let mut response = assets::named(&format!("sprite{own}"), &headers);
    // The name stays where the pictures change.
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Minute.value());
    response.extensions_mut().insert(Access::Asset);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::{Digest, Slug};

    #[test]
    fn the_column_at_label_points_is_that_of_the_archive() {
        let layer = Layer {
            name: Slug::parse("areas").expect("a name"),
            title: String::new(),
            tileset: Digest::of(b""),
            min_zoom: 8,
            max_zoom: 14,
            brotli: None,
            index: None,
            earlier: Vec::new(),
        };
        let own = json!({ "id": "areas", "fields": { "名称": "String", "愛称": "String" } });
        let about = json!({ "vector_layers": [own, { "id": "areas.label", "fields": { "愛称": "String" } }] });
        assert_eq!(point_label(&layer, &about), Some("愛称"));
        assert_eq!(point_label(&layer, &json!({ "vector_layers": [own] })), None);
        assert_eq!(point_label(&layer, &Json::Null), None);
    }
}
