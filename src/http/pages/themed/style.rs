//! The style of a themed map for MapLibre (style specification version 8): all its layers, those not shown hidden, so
//! that the script switches them without asking again. Marks and hatchings are drawn by the script from their names:
//! `mark/SHAPE/COLOUR/EDGE`, `rough/SHAPE/COLOUR/EDGE`, `hatch/SHAPE/COLOUR`.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State as Extracted};
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde_json::{Value as Json, json};

use super::super::PageResult;
use super::super::seen::boundary_of;
use super::super::style::{boundary_layers, place_name_layer, place_names, source};
use super::marks::Mark;
use super::state::{State, pairs, value};
use super::{BUILDINGS_FROM_ZOOM, ROADS_FROM_ZOOM, themed};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::cache::Policy;
use crate::http::style::{FONT, Palette};
use crate::http::themes::MapLayer;
use crate::model::naming::label_column;
use crate::model::record::GeometryKind;
use crate::normalize::gazetteer::LEVEL_COLUMN;

/// From this zoom on names are written: before, those of several layers cover the map.
const NAMES_FROM_ZOOM: u8 = 14;

/// `/maps/{name}/style.json?scheme=dark&layers=…`.
pub(super) async fn style(
    Extracted(app): Extracted<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let map = themed(&app, &catalogue, &name)?;
    let pairs = pairs(raw.as_deref());
    let state = State::parse(&pairs, &map.layers)?;
    let palette = Palette::of(value(&pairs, "scheme"));
    let mut sources = serde_json::Map::new();
    let mut layers = vec![json!({ "id": "sea", "type": "background", "paint": { "background-color": palette.sea } })];
    let boundary = map.layers.first().and_then(|own| boundary_of(&catalogue, &own.dataset));
    let mut names = Vec::new();
    if let Some((dataset, index)) = boundary
        && let Some(table) = dataset.tables.get(index)
        && let Some(layer) = &table.layer
    {
        sources.insert("boundary".to_owned(), source(dataset, table, layer));
        layers.extend(boundary_layers(palette, layer));
        let places = place_names(&app, dataset, index, table).await?;
        sources.insert("places".to_owned(), json!({ "type": "geojson", "data": places }));
        names.push(place_name_layer(palette));
    }
    for (own, id, from) in map
        .base
        .buildings
        .iter()
        .map(|own| (own, "buildings", BUILDINGS_FROM_ZOOM))
        .chain(map.base.roads.iter().map(|own| (own, "roads", ROADS_FROM_ZOOM)))
    {
        let Some(table) = own.table() else { continue };
        sources.insert(own.layer.name.to_string(), source(&own.dataset, table, &own.layer));
        layers.push(ground(own, id, from, palette));
    }
    // The lowest first. A layer that is not shown comes below; the script brings it to its place.
    let order = |index: usize| state.shown.iter().position(|shown| shown.index == index);
    let mut indices: Vec<usize> = (0..map.layers.len()).collect();
    indices.sort_by_key(|index| std::cmp::Reverse((order(*index).unwrap_or(usize::MAX), *index)));
    for index in indices {
        let Some((own, table)) = map.layers.get(index).and_then(|own| Some((own, own.table()?))) else { continue };
        sources.insert(own.layer.name.to_string(), source(&own.dataset, table, &own.layer));
        let percent = order(index).and_then(|place| state.shown.get(place)).map(|shown| shown.percent);
        let drawn = Drawn { own, mark: Mark::of(index), percent, palette };
        layers.extend(drawn.style_layers(table.geometry));
        names.extend(
            drawn.names(label_column(&table.shape).and_then(|at| table.shape.columns.get(at)).map(|c| c.name.as_str())),
        );
    }
    layers.sort_by_key(rank);
    layers.extend(names);
    let style = json!({ "version": 8, "name": map.title(), "sources": sources, "layers": layers });
    let mut response = axum::Json(style).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Minute.value());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response.extensions_mut().insert(Access::Other);
    Ok(response)
}

/// The ground, then areas of all layers under lines of all layers under points.
fn rank(layer: &Json) -> u8 {
    let text = |key: &str| layer.get(key).and_then(Json::as_str).unwrap_or_default();
    match (text("source"), text("type")) {
        ("" | "boundary", _) => 0,
        _ if text("id").starts_with("ground/") => 1,
        (_, "fill") => 2,
        (_, "line") => 3,
        _ => 4,
    }
}

fn ground(own: &MapLayer, id: &str, from: f64, palette: &Palette) -> Json {
    let grey = if palette.is_dark() { "#5a616c" } else { "#a3a39b" };
    let (kind, paint) = if id == "roads" {
        ("line", json!({ "line-color": grey, "line-width": 1.4 }))
    } else {
        ("fill", json!({ "fill-color": grey, "fill-opacity": 0.4, "fill-outline-color": grey }))
    };
    json!({
        "id": format!("ground/{id}/{}", own.layer.name), "type": kind, "source": own.layer.name.as_str(),
        "source-layer": own.layer.name.as_str(), "minzoom": from, "paint": paint,
    })
}

struct Drawn<'a> {
    own: &'a MapLayer,
    mark: Mark,
    /// Its opacity; `None` = not shown.
    percent: Option<u8>,
    palette: &'a Palette,
}

impl Drawn<'_> {
    fn style_layer(&self, id: &str, kind: &str, filter: &str, layout: Json, paint: &Json) -> Json {
        let name = self.own.layer.name.as_str();
        let mut layout = layout;
        if let Some(layout) = layout.as_object_mut() {
            layout.insert("visibility".to_owned(), json!(if self.percent.is_some() { "visible" } else { "none" }));
        }
        json!({
            "id": format!("{name}/{id}"), "type": kind, "source": name, "source-layer": name,
            "filter": ["==", ["geometry-type"], filter], "layout": layout, "paint": paint,
        })
    }

    fn style_layers(&self, kind: Option<GeometryKind>) -> Vec<Json> {
        let colour = self.mark.hex_in(self.palette);
        let strength = f64::from(self.percent.unwrap_or(100)) / 100.0;
        let may_have = |wanted: GeometryKind| kind.is_none_or(|own| own == wanted || own == GeometryKind::Mixed);
        let shape = self.mark.shape();
        let mut layers = Vec::new();
        if may_have(GeometryKind::Polygon) {
            let wash = json!({ "fill-color": colour, "fill-opacity": 0.22 * strength });
            layers.push(self.style_layer("areas", "fill", "Polygon", json!({}), &wash));
            if !self.mark.hatch().is_empty() {
                let hatch = json!({ "fill-pattern": format!("hatch/{shape}/{colour}"), "fill-opacity": strength });
                layers.push(self.style_layer("hatches", "fill", "Polygon", json!({}), &hatch));
            }
            let edge = json!({
                "line-color": colour, "line-opacity": strength,
                // Far out the edges of many small areas would cover what they enclose.
                "line-width": ["interpolate", ["linear"], ["zoom"], 10, 0.3, 15, 1.5],
            });
            layers.push(self.style_layer("edges", "line", "Polygon", json!({}), &edge));
        }
        if may_have(GeometryKind::Line) {
            let round = json!({ "line-join": "round" });
            let case = json!({ "line-color": self.palette.edge, "line-width": 5, "line-opacity": strength });
            layers.push(self.style_layer("cases", "line", "LineString", round.clone(), &case));
            let mut line = json!({ "line-color": colour, "line-width": 3, "line-opacity": strength });
            // Dashes are told in widths of the line.
            let dash: Vec<f64> = self.mark.dash(1.0 / 3.0).split(' ').filter_map(|part| part.parse().ok()).collect();
            if let (Some(line), false) = (line.as_object_mut(), dash.is_empty()) {
                line.insert("line-dasharray".to_owned(), json!(dash));
            }
            layers.push(self.style_layer("lines", "line", "LineString", round, &line));
        }
        if may_have(GeometryKind::Point) {
            let edge = self.palette.edge;
            let is_rough = json!(["!=", ["to-string", ["coalesce", ["get", LEVEL_COLUMN], ""]], ""]);
            let (rough, exact) = (format!("rough/{shape}/{colour}/{edge}"), format!("mark/{shape}/{colour}/{edge}"));
            let image = json!(["case", is_rough, rough, exact]);
            let size = json!(["interpolate", ["linear"], ["zoom"], 8, 0.55, 13, 0.85, 17, 1.2]);
            let layout = json!({
                "icon-image": image, "icon-size": size, "icon-allow-overlap": true, "icon-ignore-placement": true,
            });
            layers.push(self.style_layer("points", "symbol", "Point", layout, &json!({ "icon-opacity": strength })));
        }
        layers
    }

    fn names(&self, column: Option<&str>) -> Option<Json> {
        let column = column?;
        let layout = json!({
            "text-field": ["to-string", ["coalesce", ["get", column], ""]],
            "text-font": [FONT], "text-size": 12, "text-max-width": 9,
            "text-variable-anchor": ["top", "bottom", "right", "left"], "text-radial-offset": 0.9, "text-justify": "auto",
        });
        let paint = json!({
            "text-color": self.palette.ink, "text-halo-color": self.palette.land, "text-halo-width": 2,
        });
        let mut names = self.style_layer("names", "symbol", "Point", layout, &paint);
        names["minzoom"] = json!(NAMES_FROM_ZOOM);
        Some(names)
    }
}
