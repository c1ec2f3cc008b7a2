//! The style of a layer's map for MapLibre (style specification version 8): our own tiles and our own letters only.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use geo_types::Coord;
use serde_json::{Value as Json, json};

use super::address::Question;
use super::label::{label_column, value_text};
use super::picture::middle;
use super::seen::boundary_of;
use super::{PageResult, rows};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::assets::manifest;
use crate::http::cache::Policy;
use crate::http::problem::Problem;
use crate::model::catalogue::{Dataset, Layer, Table};
use crate::normalize::gazetteer::LEVEL_COLUMN;
use crate::store::rows::RowQuery;

/// The font of all labels: the name in `text-font` and in `font-faces`.
const FONT: &str = "Noto Sans JP";

/// Parts of a boundary looked at for names: a prefecture has a few dozen municipalities, coasts some hundred islets.
const PLACES: u64 = 2_000;

/// The files of the font by range of letters, as `font-faces` wants them; nothing where the web build is missing.
static FONT_FACES: LazyLock<Json> = LazyLock::new(|| {
    manifest().text("font-faces.json").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| json!([]))
});

/// The colours of one scheme. Contrast of a mark against sea, land and its own edge is at least 3:1.
struct Palette {
    sea: &'static str,
    land: &'static str,
    border: &'static str,
    mark: &'static str,
    fill: &'static str,
    edge: &'static str,
    ink: &'static str,
    chosen: &'static str,
}

const LIGHT: Palette = Palette {
    sea: "#e3ebf2",
    land: "#fcfcf9",
    border: "#6b6b6b",
    mark: "#0031d8",
    fill: "#7096f8",
    edge: "#ffffff",
    ink: "#1a1a1a",
    chosen: "#c74700",
};

const DARK: Palette = Palette {
    sea: "#1a222c",
    land: "#2b313a",
    border: "#b8bdc6",
    mark: "#9db7f9",
    fill: "#4979f5",
    edge: "#10131a",
    ink: "#f2f2f2",
    chosen: "#ffa66d",
};

/// `/map/{layer}/style.json`.
pub(super) async fn style(
    State(app): State<Arc<App>>,
    Path(layer): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let (dataset, table, layer) = catalogue.layer(&layer).ok_or_else(Problem::not_found)?;
    let question = Question::parse(raw.as_deref());
    let palette = if question.get("scheme") == Some("dark") { &DARK } else { &LIGHT };
    let boundary = boundary_of(&catalogue, dataset)
        .and_then(|(dataset, index)| {
            let table = dataset.tables.get(index)?;
            Some((dataset, index, table, table.layer.as_ref()?))
        })
        .filter(|(_, _, _, boundary)| boundary.name != layer.name);
    let mut sources = serde_json::Map::new();
    let mut layers = vec![json!({ "id": "sea", "type": "background", "paint": { "background-color": palette.sea } })];
    let mut names = None;
    if let Some((dataset, index, table, boundary)) = boundary {
        names = Some(place_names(&app, dataset, index, table).await?);
        sources.insert("boundary".to_owned(), source(dataset, table, boundary));
        layers.extend(boundary_layers(palette, boundary));
    }
    sources.insert("features".to_owned(), source(dataset, table, layer));
    layers.extend(feature_layers(palette, table, layer));
    if let Some(names) = names {
        sources.insert("places".to_owned(), json!({ "type": "geojson", "data": names }));
        // Under the features' own names: those come first where there is no room for both.
        let below = layers.iter().position(|layer| layer["id"] == "names").unwrap_or(layers.len());
        layers.insert(below, place_name_layer(palette));
    }
    let mut style = json!({ "version": 8, "name": layer.title, "sources": sources, "layers": layers });
    // The ranges of the font are 100 KB that never change. Our own page takes them from the asset, which it keeps;
    // whoever else draws this style gets them with it.
    if question.get("faces") != Some("apart") {
        style["font-faces"] = json!({ FONT: &*FONT_FACES });
    }
    let mut response = axum::Json(style).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Minute.value());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response.extensions_mut().insert(Access::Other);
    Ok(response)
}

/// A vector source. Its address is of this very tileset, so that tiles can be kept for ever.
fn source(dataset: &Dataset, table: &Table, layer: &Layer) -> Json {
    let mut source = json!({
        "type": "vector",
        "tiles": [format!("/tiles/{}/{{z}}/{{x}}/{{y}}?v={}", layer.name, &layer.tileset.to_hex()[..12])],
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "attribution": attribution(dataset),
    });
    if let (Some(bbox), Some(source)) = (table.bbox, source.as_object_mut()) {
        source.insert("bounds".to_owned(), json!([bbox.west_deg, bbox.south_deg, bbox.east_deg, bbox.north_deg]));
    }
    source
}

/// The line of the map's corner. MapLibre takes it as HTML, therefore every text in it is escaped here.
fn attribution(dataset: &Dataset) -> String {
    let line = if dataset.attribution.is_empty() { &dataset.organization.title } else { &dataset.attribution };
    let licence = escaped(&dataset.licence.title);
    let licence = if dataset.licence.url.starts_with("http") {
        format!("<a href=\"{}\">{licence}</a>", escaped(&dataset.licence.url))
    } else {
        licence
    };
    format!("{} ({licence})", escaped(line))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn boundary_layers(palette: &Palette, boundary: &Layer) -> [Json; 2] {
    [
        json!({
            "id": "land", "type": "fill", "source": "boundary", "source-layer": boundary.name,
            "paint": { "fill-color": palette.land },
        }),
        json!({
            "id": "border", "type": "line", "source": "boundary", "source-layer": boundary.name,
            "paint": { "line-color": palette.border, "line-width": 1, "line-dasharray": [4, 2] },
        }),
    ]
}

fn place_name_layer(palette: &Palette) -> Json {
    json!({
        "id": "place-names", "type": "symbol", "source": "places",
        "layout": { "text-field": ["get", "name"], "text-font": [FONT], "text-size": 14, "text-max-width": 8 },
        "paint": { "text-color": palette.ink, "text-halo-color": palette.land, "text-halo-width": 2 },
    })
}

/// One point for each municipality, in its largest part, with its name. Tiles would repeat the name in every piece.
async fn place_names(app: &Arc<App>, dataset: &Arc<Dataset>, index: usize, table: &Table) -> Result<Json, Problem> {
    use geo::Area as _;
    let Some(column) = place_name_column(table) else { return Ok(points(&BTreeMap::new())) };
    let query = RowQuery { columns: vec![column.to_owned()], geometry: true, limit: PLACES, ..RowQuery::default() };
    let mut largest: BTreeMap<String, (f64, Coord<f64>)> = BTreeMap::new();
    for row in rows(app, dataset, index, query).await?.rows {
        let name = row.values.first().map(value_text).unwrap_or_default();
        let Some((geometry, at)) = row.geometry.as_ref().and_then(|geometry| Some((geometry, middle(geometry)?)))
        else {
            continue;
        };
        let area = geometry.unsigned_area();
        if !name.is_empty() && largest.get(&name).is_none_or(|(known, _)| *known < area) {
            largest.insert(name, (area, at));
        }
    }
    Ok(points(&largest))
}

fn points(places: &BTreeMap<String, (f64, Coord<f64>)>) -> Json {
    let features: Vec<Json> = places
        .iter()
        .map(|(name, (_, at))| {
            json!({
                "type": "Feature",
                "properties": { "name": name },
                "geometry": { "type": "Point", "coordinates": [at.x, at.y] },
            })
        })
        .collect();
    json!({ "type": "FeatureCollection", "features": features })
}

/// The column with the name of the municipality: `N03_004` in 国土数値情報, else by its name.
pub(super) fn place_name_column(table: &Table) -> Option<&str> {
    ["N03_004", "市区町村名", "N03_003"]
        .iter()
        .find_map(|wanted| {
            table.shape.columns.iter().find(|column| {
                column.name == *wanted || column.found.as_deref() == Some(wanted) || column.title == *wanted
            })
        })
        .or_else(|| label_column(&table.shape).and_then(|index| table.shape.columns.get(index)))
        .map(|column| column.name.as_str())
}

/// The features: areas, lines, points, then their names. A chosen one is drawn wider and in another colour.
fn feature_layers(palette: &Palette, table: &Table, layer: &Layer) -> Vec<Json> {
    let chosen = |yes: Json, no: Json| json!(["case", ["boolean", ["feature-state", "chosen"], false], yes, no]);
    let kind = |name: &str| json!(["==", ["geometry-type"], name]);
    let common = |id: &str, style_type: &str| json!({ "id": id, "type": style_type, "source": "features", "source-layer": layer.name });
    let with = |mut base: Json, more: Json| {
        if let (Some(base), Json::Object(more)) = (base.as_object_mut(), more) {
            base.extend(more);
        }
        base
    };
    // A position derived from an address is drawn hollow: shape as well as colour says so.
    let rough = |yes: &str, no: &str| {
        json!(["case", ["!=", ["to-string", ["coalesce", ["get", LEVEL_COLUMN], ""]], ""], yes, no])
    };
    let mut layers = vec![
        with(
            common("areas", "fill"),
            json!({ "filter": kind("Polygon"), "paint": {
                "fill-color": chosen(json!(palette.chosen), json!(palette.fill)),
                "fill-opacity": chosen(json!(0.6), json!(0.35)),
            }}),
        ),
        with(
            common("outlines", "line"),
            json!({ "filter": kind("Polygon"), "paint": {
                "line-color": chosen(json!(palette.chosen), json!(palette.mark)),
                "line-width": chosen(json!(4), json!(1.5)),
            }}),
        ),
        with(
            common("casings", "line"),
            json!({ "filter": kind("LineString"), "layout": { "line-cap": "round", "line-join": "round" }, "paint": {
                "line-color": palette.edge, "line-width": chosen(json!(9), json!(5.5)),
            }}),
        ),
        with(
            common("lines", "line"),
            json!({ "filter": kind("LineString"), "layout": { "line-cap": "round", "line-join": "round" }, "paint": {
                "line-color": chosen(json!(palette.chosen), json!(palette.mark)),
                "line-width": chosen(json!(6), json!(3)),
            }}),
        ),
        with(
            common("points", "circle"),
            json!({ "filter": kind("Point"), "paint": {
                "circle-color": chosen(json!(palette.chosen), rough(palette.edge, palette.mark)),
                "circle-radius": [
                    "interpolate", ["linear"], ["zoom"],
                    8, chosen(json!(8), json!(3.5)), 13, chosen(json!(10), json!(6)), 17, chosen(json!(13), json!(9)),
                ],
                "circle-stroke-color": rough(palette.mark, palette.edge),
                "circle-stroke-width": 2,
            }}),
        ),
    ];
    if let Some(column) = label_column(&table.shape).and_then(|index| table.shape.columns.get(index)) {
        layers.push(with(
            common("names", "symbol"),
            json!({
                "layout": {
                    "text-field": ["to-string", ["coalesce", ["get", column.name], ""]],
                    "text-font": [FONT],
                    "text-size": 13,
                    "text-max-width": 9,
                    "text-variable-anchor": ["top", "bottom", "right", "left", "center"],
                    "text-radial-offset": 0.8,
                    "text-justify": "auto",
                },
                "paint": {
                    "text-color": palette.ink, "text-halo-color": palette.land, "text-halo-width": 2,
                },
            }),
        ));
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_from_data_cannot_become_markup() {
        assert_eq!(escaped("<b>\"焼津\" & '市'"), "&lt;b&gt;&quot;焼津&quot; &amp; &#39;市&#39;");
    }

    /// Relative luminance and contrast as WCAG 2.2 defines them.
    fn contrast(a: &str, b: &str) -> f64 {
        let luminance = |color: &str| -> f64 {
            let channel = |at: usize| {
                let value = f64::from(u8::from_str_radix(&color[at..at + 2], 16).expect("hex")) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn marks_stand_out_from_every_ground() {
        for palette in [&LIGHT, &DARK] {
            for mark in [palette.mark, palette.chosen, palette.border] {
                for ground in [palette.sea, palette.land] {
                    let ratio = contrast(mark, ground);
                    assert!(ratio >= 3.0, "{mark} on {ground}: {ratio}");
                }
            }
            assert!(contrast(palette.ink, palette.land) >= 7.0);
            assert!(contrast(palette.mark, palette.edge) >= 3.0);
        }
    }
}
