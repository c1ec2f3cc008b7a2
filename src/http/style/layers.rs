//! How a layer is drawn: areas, lines, points, then names.

use serde_json::{Value as Json, json};

use super::palette::Palette;
use crate::model::catalogue::{Layer, Table};
use crate::model::naming::label_column;
use crate::model::record::GeometryKind;
use crate::normalize::gazetteer::LEVEL_COLUMN;

/// The font of all labels: the name in `text-font`, in `font-faces` and under `/fonts/`.
pub const FONT: &str = "Noto Sans JP";

/// From this zoom on there is room for pictures in the marks of points.
const ICONS_FROM_ZOOM: u8 = 13;

/// A layer to be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    /// Its table.
    pub table: &'a Table,
    /// The layer.
    pub layer: &'a Layer,
    /// The name of the source in the style.
    pub source: &'a str,
    /// What stands before the ids of its style layers.
    pub prefix: &'a str,
    /// The colour of edges, lines and points.
    pub mark: &'a str,
    /// The colour of areas.
    pub fill: &'a str,
    /// The column written at the label points of its tiles, where it has such.
    pub point_label: Option<&'a str>,
    /// The picture of its points in the sprite.
    pub icon: Option<&'a str>,
}

impl Drawn<'_> {
    /// Its style layers (MapLibre style specification 8), lowest first. A feature whose state is `chosen` is drawn wider
    /// and in another colour.
    pub fn style_layers(&self, palette: &Palette) -> Vec<Json> {
        let mut layers = self.shapes(palette);
        layers.extend(self.icon.map(|icon| self.icons(icon, palette)));
        let own = label_column(&self.table.shape).and_then(|index| self.table.shape.columns.get(index));
        if let Some(column) = self.point_label.or(own.map(|column| column.name.as_str())) {
            layers.extend(self.names(column, palette));
        }
        layers
    }

    fn style_layer(&self, id: &str, kind: &str, source_layer: &str, more: Json) -> Json {
        let mut layer = json!({
            "id": format!("{}{id}", self.prefix), "type": kind, "source": self.source, "source-layer": source_layer,
        });
        if let (Some(layer), Json::Object(more)) = (layer.as_object_mut(), more) {
            layer.extend(more);
        }
        layer
    }

    fn shapes(&self, palette: &Palette) -> Vec<Json> {
        let chosen = |yes: Json, no: Json| json!(["case", ["boolean", ["feature-state", "chosen"], false], yes, no]);
        let own = self.layer.name.as_str();
        let round = json!({ "line-cap": "round", "line-join": "round" });
        let mut layers = Vec::new();
        if self.may_have(GeometryKind::Polygon) {
            layers.push(self.style_layer(
                "areas",
                "fill",
                own,
                json!({ "filter": kind("Polygon"), "paint": {
                    "fill-color": chosen(json!(palette.chosen), json!(self.fill)),
                    "fill-opacity": chosen(json!(0.6), json!(0.35)),
                }}),
            ));
            layers.push(self.style_layer(
                "outlines",
                "line",
                own,
                json!({ "filter": kind("Polygon"), "paint": {
                    "line-color": chosen(json!(palette.chosen), json!(self.mark)),
                    "line-width": chosen(json!(4), json!(1.5)),
                }}),
            ));
        }
        if self.may_have(GeometryKind::Line) {
            layers.push(self.style_layer(
                "casings",
                "line",
                own,
                json!({
                    "filter": kind("LineString"), "layout": round,
                    "paint": { "line-color": palette.edge, "line-width": chosen(json!(9), json!(5.5)) },
                }),
            ));
            layers.push(self.style_layer(
                "lines",
                "line",
                own,
                json!({
                    "filter": kind("LineString"), "layout": round,
                    "paint": {
                        "line-color": chosen(json!(palette.chosen), json!(self.mark)),
                        "line-width": chosen(json!(6), json!(3)),
                    },
                }),
            ));
        }
        if self.may_have(GeometryKind::Point) {
            layers.push(self.style_layer("points", "circle", own, json!({ "filter": kind("Point"), "paint": {
                "circle-color": chosen(json!(palette.chosen), rough(palette.edge, self.mark)),
                "circle-radius": [
                    "interpolate", ["linear"], ["zoom"],
                    8, chosen(json!(8), json!(3.5)), 13, chosen(json!(10), json!(6)), 17, chosen(json!(13), json!(9)),
                ],
                "circle-stroke-color": rough(self.mark, palette.edge),
                "circle-stroke-width": 2,
            }})));
        }
        layers
    }

    /// Whether features of this kind may be among its own.
    fn may_have(&self, wanted: GeometryKind) -> bool {
        self.table.geometry.is_none_or(|own| own == wanted || own == GeometryKind::Mixed)
    }

    fn icons(&self, icon: &str, palette: &Palette) -> Json {
        // White on a dark mark, ink on a light one; a hollow mark has the other.
        let ink = format!("{icon}-ink");
        let (full, hollow) = if palette.is_dark() { (ink.as_str(), icon) } else { (icon, ink.as_str()) };
        self.style_layer(
            "icons",
            "symbol",
            self.layer.name.as_str(),
            json!({
                "filter": kind("Point"), "minzoom": ICONS_FROM_ZOOM,
                "layout": {
                    "icon-image": rough(hollow, full),
                    "icon-allow-overlap": true, "icon-ignore-placement": true,
                    "icon-size": ["interpolate", ["linear"], ["zoom"], 13, 0.6, 17, 1],
                },
            }),
        )
    }

    fn names(&self, column: &str, palette: &Palette) -> Vec<Json> {
        let text = json!({
            "text-field": ["to-string", ["coalesce", ["get", column], ""]],
            "text-font": [FONT], "text-size": 13, "text-max-width": 9,
        });
        let paint = json!({
            "text-color": palette.ink, "text-halo-color": palette.land, "text-halo-width": 2,
        });
        let layout = |more: Json| {
            let mut layout = text.clone();
            if let (Some(layout), Json::Object(more)) = (layout.as_object_mut(), more) {
                layout.extend(more);
            }
            layout
        };
        let around = layout(json!({
            "text-variable-anchor": ["top", "bottom", "right", "left", "center"],
            "text-radial-offset": 0.8, "text-justify": "auto",
        }));
        let own = self.layer.name.as_str();
        if self.point_label.is_some() {
            // One point for each area: in its own tiles the name would stand in every piece of it.
            let label = format!("{own}.label");
            let of_areas = |id: &str| self.style_layer(id, "symbol", &label, json!({ "layout": text, "paint": paint }));
            if self.table.geometry == Some(GeometryKind::Polygon) {
                return vec![of_areas("names")];
            }
            let of_others = json!({
                "filter": ["!=", ["geometry-type"], "Polygon"], "layout": around, "paint": paint,
            });
            return vec![of_areas("area-names"), self.style_layer("names", "symbol", own, of_others)];
        }
        let is_line = self.table.geometry == Some(GeometryKind::Line);
        let along = is_line.then(|| layout(json!({ "symbol-placement": "line" })));
        vec![self.style_layer("names", "symbol", own, json!({ "layout": along.unwrap_or(around), "paint": paint }))]
    }
}

/// A position derived from an address is drawn hollow: shape as well as colour says so.
fn rough(yes: &str, no: &str) -> Json {
    json!(["case", ["!=", ["to-string", ["coalesce", ["get", LEVEL_COLUMN], ""]], ""], yes, no])
}

fn kind(name: &str) -> Json {
    json!(["==", ["geometry-type"], name])
}
