//! The style of a layer's map for MapLibre (style specification version 8): our own tiles and our own letters only.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use geo_types::Coord;
use serde_json::{Value as Json, json};

use super::address::Question;
use super::label::value_text;
use super::seen::boundary_of;
use super::shapes::middle;
use super::{PageResult, rows};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::assets::manifest;
use crate::http::cache::Policy;
use crate::http::problem::Problem;
use crate::http::style::{self, Drawn, FONT, Palette};
use crate::http::tiles::{self, tilejson};
use crate::model::catalogue::{Dataset, Layer, Table};
use crate::model::naming::label_column;
use crate::store::rows::RowQuery;

/// Parts of a boundary looked at for names: a prefecture has a few dozen municipalities, coasts some hundred islets.
const PLACES: u64 = 2_000;

/// The files of the font by range of letters, as `font-faces` wants them; nothing where the web build is missing.
static FONT_FACES: LazyLock<Json> = LazyLock::new(|| {
    manifest().text("font-faces.json").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(|| json!([]))
});

/// `/map/{layer}/style.json`.
pub(super) async fn style(
    State(app): State<Arc<App>>,
    Path(layer): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let (dataset, table, layer) = catalogue.layer(&layer).ok_or_else(Problem::not_found)?;
    let question = Question::parse(raw.as_deref());
    let palette = Palette::of(question.get("scheme"));
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
    let about = tiles::abouts(&app, &[(dataset, table, layer)]).await?;
    let drawn = Drawn {
        table,
        layer,
        source: "features",
        prefix: "",
        mark: palette.mark,
        fill: palette.fill,
        point_label: about.first().and_then(|about| style::point_label(layer, about)),
        icon: None,
    };
    layers.extend(drawn.style_layers(palette));
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
pub(super) fn source(dataset: &Dataset, table: &Table, layer: &Layer) -> Json {
    let mut source = json!({
        "type": "vector",
        "tiles": [format!("/tiles/{}/{{z}}/{{x}}/{{y}}?v={}", layer.name, tilejson::version(layer))],
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "attribution": tilejson::attribution(dataset),
    });
    if let (Some(bbox), Some(source)) = (table.bbox, source.as_object_mut()) {
        source.insert("bounds".to_owned(), json!([bbox.west_deg, bbox.south_deg, bbox.east_deg, bbox.north_deg]));
    }
    source
}

pub(super) fn boundary_layers(palette: &Palette, boundary: &Layer) -> [Json; 2] {
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

pub(super) fn place_name_layer(palette: &Palette) -> Json {
    json!({
        "id": "place-names", "type": "symbol", "source": "places",
        "layout": { "text-field": ["get", "name"], "text-font": [FONT], "text-size": 14, "text-max-width": 8 },
        "paint": { "text-color": palette.ink, "text-halo-color": palette.land, "text-halo-width": 2 },
    })
}

/// One point for each municipality, in its largest part, with its name. Tiles would repeat the name in every piece.
pub(super) async fn place_names(
    app: &Arc<App>,
    dataset: &Arc<Dataset>,
    index: usize,
    table: &Table,
) -> Result<Json, Problem> {
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
