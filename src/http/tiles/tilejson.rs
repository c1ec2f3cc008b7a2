//! What maps need to know before they ask for tiles: the list of layers and TileJSON 3.0 of each.
//!
//! Source: <https://github.com/mapbox/tilejson-spec/tree/master/3.0.0>.

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

/// `/tiles/{layer}.json`.
pub fn of_layer(dataset: &Dataset, table: &Table, layer: &Layer, site: &str) -> Json {
    let fields: Map<String, Json> =
        table.shape.columns.iter().map(|column| (column.name.clone(), Json::from(describe(column)))).collect();
    let mut tilejson = json!({
        "tilejson": "3.0.0",
        "name": layer.title,
        "description": if dataset.notes.is_empty() { &dataset.title } else { &dataset.notes },
        "version": format!("{}.0.0", dataset.release_number),
        "attribution": attribution(dataset),
        "scheme": "xyz",
        "tiles": [format!("{site}/tiles/{}/{{z}}/{{x}}/{{y}}?v={}", layer.name, version(layer))],
        "minzoom": layer.min_zoom,
        "maxzoom": layer.max_zoom,
        "vector_layers": [{
            "id": layer.name,
            "description": layer.title,
            "minzoom": layer.min_zoom,
            "maxzoom": layer.max_zoom,
            "fields": fields,
        }],
    });
    if let (Some(bbox), Some(object)) = (table.bbox, tilejson.as_object_mut()) {
        let (lon_deg, lat_deg) = bbox.center();
        object.insert("bounds".to_owned(), json!(corners(bbox)));
        object.insert("center".to_owned(), json!([lon_deg, lat_deg, layer.min_zoom]));
    }
    tilejson
}

/// The version in tile addresses: eight digits of the archive's digest. Other bytes, other address.
pub fn version(layer: &Layer) -> String {
    let mut hex = layer.tileset.to_hex();
    hex.truncate(8);
    hex
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
fn attribution(dataset: &Dataset) -> String {
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
