//! What maps need to know before they ask for tiles: the list of layers and TileJSON 3.0 of each.
//!
//! Source: <https://github.com/mapbox/tilejson-spec/tree/master/3.0.0>.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::model::catalogue::{Catalogue, Dataset, Layer, Table};
use crate::model::lonlat::Bbox;
use crate::model::record::Column;

/// `/tiles.json`: all layers.
pub fn list(catalogue: &Catalogue, site: &str) -> Json {
    let layers: Vec<Json> = catalogue
        .layers()
        .map(|(dataset, table, layer)| {
            json!({
                "id": layer.name,
                "title": layer.title,
                "tilejson": format!("{site}/tiles/{}.json", layer.name),
                "dataset": dataset.name,
                "dataset_title": dataset.title,
                "organization": dataset.organization.name,
                "organization_title": dataset.organization.title,
                "theme": dataset.theme,
                "geometry": table.geometry,
                "records": table.records,
                "bounds": table.bbox.map(corners),
                "minzoom": layer.min_zoom,
                "maxzoom": layer.max_zoom,
                "license_id": dataset.licence.id,
                "modified": dataset.modified.to_string(),
            })
        })
        .collect();
    json!({ "layers": layers })
}

/// A layer with its table and dataset.
pub type Named<'a> = (&'a Arc<Dataset>, &'a Table, &'a Layer);

/// `/tiles/{layers}.json`: of one layer, or of several drawn as one source. `about`: the metadata of their archives.
pub fn of_layers(layers: &[Named<'_>], about: &[Arc<Json>], site: &str) -> Json {
    let join = |part: &dyn Fn(&Named<'_>) -> String, between: &str| {
        let mut parts: Vec<String> = Vec::new();
        for layer in layers {
            let text = part(layer);
            if !parts.contains(&text) {
                parts.push(text);
            }
        }
        parts.join(between)
    };
    let names = join(&|(_, _, layer)| layer.name.to_string(), ",");
    let (min_zoom, max_zoom) = zooms(layers);
    let version = match layers {
        [(dataset, ..)] => format!("{}.0.0", dataset.release_number),
        _ => "1.0.0".to_owned(),
    };
    let described: Vec<Json> =
        layers.iter().zip(about).flat_map(|(layer, about)| vector_layers(layer, about, layers.len() > 1)).collect();
    let mut tilejson = json!({
        "tilejson": "3.0.0",
        "name": join(&|(_, _, layer)| layer.title.clone(), "・"),
        "description": join(
            &|(dataset, ..)| if dataset.notes.is_empty() { dataset.title.clone() } else { dataset.notes.clone() },
            "\n",
        ),
        "version": version,
        "attribution": join(&|(dataset, ..)| attribution(dataset), " | "),
        "scheme": "xyz",
        "tiles": [format!("{site}/tiles/{names}/{{z}}/{{x}}/{{y}}?v={}", version_of_all(layers))],
        "minzoom": min_zoom,
        "maxzoom": max_zoom,
        "fillzoom": max_zoom,
        "vector_layers": described,
    });
    let bbox = layers.iter().filter_map(|(_, table, _)| table.bbox).reduce(Bbox::union);
    if let (Some(bbox), Some(object)) = (bbox, tilejson.as_object_mut()) {
        let (lon_deg, lat_deg) = bbox.center();
        object.insert("bounds".to_owned(), json!(corners(bbox)));
        object.insert("center".to_owned(), json!([lon_deg, lat_deg, min_zoom.max(max_zoom.min(10))]));
    }
    // What each zoom leaves out, for those who must know: no key of TileJSON's own.
    let left_out: Map<String, Json> = layers
        .iter()
        .zip(about)
        .filter_map(|((_, _, layer), about)| Some((layer.name.to_string(), about.get("hiraku")?.clone())))
        .collect();
    if let Some(object) = tilejson.as_object_mut().filter(|_| !left_out.is_empty()) {
        object.insert("hiraku".to_owned(), Json::Object(left_out));
    }
    tilejson
}

/// The layer of a table inside its tiles, and that of its label points where it has one.
fn vector_layers((_, table, layer): &Named<'_>, about: &Json, is_drawn_on: bool) -> Vec<Json> {
    let fields: Map<String, Json> =
        table.shape.columns.iter().map(|column| (column.name.clone(), Json::from(describe(column)))).collect();
    let mut layers = vec![json!({
        "id": layer.name,
        "description": layer.title,
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "fields": fields,
    })];
    let others = about.get("vector_layers").and_then(Json::as_array).into_iter().flatten();
    for other in others.filter(|other| other.get("id").and_then(Json::as_str) != Some(layer.name.as_str())) {
        let mut other = other.clone();
        if let Some(own) = other.get_mut("fields").and_then(Json::as_object_mut) {
            for (name, text) in own.iter_mut() {
                if let Some(described) = fields.get(name) {
                    *text = described.clone();
                }
            }
        }
        layers.push(other);
    }
    if is_drawn_on {
        // In a composite a layer goes on beyond the greatest zoom of its own archive.
        for layer in &mut layers {
            if let Some(object) = layer.as_object_mut() {
                object.remove("maxzoom");
            }
        }
    }
    layers
}

/// Least and greatest zoom of several layers together.
pub fn zooms(layers: &[Named<'_>]) -> (u8, u8) {
    let min = layers.iter().map(|(_, _, layer)| layer.min_zoom).min().unwrap_or(0);
    (min, layers.iter().map(|(_, _, layer)| layer.max_zoom).max().unwrap_or(0))
}

/// The version in tile addresses: eight digits of the archive's digest. Other bytes, other address.
pub fn version(layer: &Layer) -> String {
    let mut hex = layer.tileset.to_hex();
    hex.truncate(8);
    hex
}

/// The version of several layers: of one its own, of more a digest of theirs.
pub fn version_of_all(layers: &[Named<'_>]) -> String {
    if let [(_, _, layer)] = layers {
        return version(layer);
    }
    let mut hasher = blake3::Hasher::new();
    for (_, _, layer) in layers {
        hasher.update(layer.tileset.to_hex().as_bytes());
    }
    hasher.finalize().to_hex()[..8].to_owned()
}

fn corners(bbox: Bbox) -> [f64; 4] {
    [bbox.west_deg, bbox.south_deg, bbox.east_deg, bbox.north_deg]
}

/// One line of the data dictionary.
fn describe(column: &Column) -> String {
    let mut text = column.title.clone();
    if let Some(field) = &column.field {
        if !field.format.is_empty() {
            text.push_str(" · ");
            text.push_str(&field.format);
        }
        if !field.codes.is_empty() {
            text.push_str(" · ");
            text.push_str(&field.codes.join("、"));
        }
    }
    text
}

/// The line to print, as HTML: map libraries put it into the page as it is, so every text in it is escaped.
pub fn attribution(dataset: &Dataset) -> String {
    let line = if dataset.attribution.is_empty() { &dataset.organization.title } else { &dataset.attribution };
    let licence = escape(&dataset.licence.title);
    let is_web = dataset.licence.url.starts_with("https://") || dataset.licence.url.starts_with("http://");
    if is_web {
        format!("{} (<a href=\"{}\">{licence}</a>)", escape(line), escape(&dataset.licence.url))
    } else {
        format!("{} ({licence})", escape(line))
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
