//! The metadata of an archive: layers and fields, statistics, and what each zoom leaves out.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::index::Head;
use super::index::gather::About;
use super::pyramid::{Level, label_layer};
use crate::model::record::Storage;

/// What the metadata says.
pub(super) struct Metadata<'a> {
    pub(super) title: &'a str,
    pub(super) attribution: &'a str,
    pub(super) head: &'a Head,
    pub(super) storages: &'a [Storage],
    pub(super) about: &'a About,
    pub(super) zooms: (u8, u8),
    pub(super) levels: &'a BTreeMap<u8, Level>,
}

fn kind_of(storage: Storage) -> &'static str {
    if storage == Storage::Text { "String" } else { "Number" }
}

impl Metadata<'_> {
    /// The least zoom from which on every feature is drawn as its own.
    fn complete_from(&self) -> u8 {
        let is_whole = |level: &Level| {
            let figures = &level.figures;
            figures.dropped + figures.merged + figures.joined == 0
        };
        self.levels.iter().rev().take_while(|(_, level)| is_whole(level)).last().map_or(self.zooms.1, |(zoom, _)| *zoom)
    }

    fn layers(&self) -> Vec<Value> {
        let (min_zoom, max_zoom) = self.zooms;
        let fields: Map<String, Value> = self
            .head
            .names
            .iter()
            .zip(self.storages)
            .map(|(name, storage)| (name.clone(), kind_of(*storage).into()))
            .collect();
        let mut layers = vec![json!({
            "id": self.head.layer,
            "description": self.title,
            "minzoom": min_zoom,
            "maxzoom": max_zoom,
            "fields": fields,
        })];
        let label = self.head.label_column.filter(|_| self.about.kinds[2] > 0);
        if let Some(name) = label.and_then(|column| self.head.names.get(column as usize)) {
            layers.push(json!({
                "id": label_layer(&self.head.layer),
                "description": format!("{}（ラベルの位置）", self.title),
                "minzoom": min_zoom,
                "maxzoom": max_zoom,
                "fields": { name: fields.get(name) },
            }));
        }
        layers
    }

    pub(super) fn json(&self) -> Value {
        let (min_zoom, max_zoom) = self.zooms;
        let attributes: Vec<Value> = self
            .head
            .names
            .iter()
            .zip(self.storages)
            .zip(&self.about.filled)
            .map(|((name, storage), filled)| {
                json!({ "attribute": name, "count": filled, "type": kind_of(*storage).to_lowercase() })
            })
            .collect();
        let kinds = ["Point", "LineString", "Polygon"].into_iter().zip(self.about.kinds);
        let geometry = kinds.max_by_key(|(_, count)| *count).map_or("Unknown", |(name, _)| name);
        let zooms: Map<String, Value> =
            self.levels.iter().map(|(zoom, level)| (zoom.to_string(), json!(level.figures))).collect();
        json!({
            "name": self.title,
            "attribution": self.attribution,
            "type": "overlay",
            "format": "pbf",
            "generator": "hiraku",
            "minzoom": min_zoom,
            "maxzoom": max_zoom,
            "vector_layers": self.layers(),
            "tilestats": { "layerCount": 1, "layers": [{
                "layer": self.head.layer,
                "count": self.about.records,
                "geometry": geometry,
                "attributeCount": self.head.names.len(),
                "attributes": attributes,
            }] },
            "hiraku": {
                "features": self.about.records,
                "complete_from_zoom": self.complete_from(),
                "zooms": zooms,
            },
        })
    }
}
