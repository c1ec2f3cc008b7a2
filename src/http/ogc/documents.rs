//! The documents of OGC API – Features and Tiles: one landing page, one list of what is conformed to.
//!
//! Sources: OGC 17-069r4 (Features Part 1), OGC 19-079r2 (Features Part 3), OGC 21-065r2 (CQL2), OGC 20-057 (Tiles
//! Part 1), OGC 19-072 (Common Part 1), OGC 20-024 (Common Part 2), OGC 17-083r4 (tile sets).

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::features::GEO_JSON;
use super::grid::{self, CRS, CRS84, URI};
use crate::http::tiles::body::MEDIA_TYPE;
use crate::http::tiles::tilejson::{self, Named};
use crate::model::catalogue::Catalogue;
use crate::model::lonlat::Bbox;
use crate::model::record::{ColumnType, GeometryKind};

/// What this server conforms to.
const CLASSES: [&str; 34] = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/landing-page",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/json",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/case-insensitive-comparison",
    "http://www.opengis.net/spec/cql2/1.0/conf/property-property",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions-plus",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/collections-selection",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/tilesetmetadata",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilesetmetadata",
];

/// A link of a document.
pub fn link(rel: &str, kind: &str, title: &str, href: &str) -> Json {
    json!({ "rel": rel, "type": kind, "title": title, "href": href })
}

const JSON: &str = "application/json";
const HTML: &str = "text/html";
const OPEN_API: &str = "application/vnd.oai.openapi+json;version=3.0";

/// `/ogc`.
pub fn landing(title: &str, site: &str) -> Json {
    let at = |path: &str| format!("{site}/ogc{path}");
    let relation = |name: &str| format!("http://www.opengis.net/def/rel/ogc/1.0/{name}");
    json!({
        "title": title,
        "description": "公開しているレイヤの記録とベクトルタイル / features and vector tiles of all public layers",
        "links": [
            link("self", JSON, "この文書 / this document", &at("")),
            link("alternate", HTML, "ページ / as a page", &at("?f=html")),
            link("service-desc", OPEN_API, "APIの定義 / definition of the API", &at("/api")),
            link("service-doc", HTML, "使い方 / how to use it", &format!("{site}/developers#features")),
            link("conformance", JSON, "準拠する規格 / conformance", &at("/conformance")),
            link(&relation("conformance"), JSON, "準拠する規格 / conformance", &at("/conformance")),
            link("data", JSON, "レイヤ / collections", &at("/collections")),
            link(&relation("data"), JSON, "レイヤ / collections", &at("/collections")),
            link(&relation("tiling-schemes"), JSON, "タイルの区切り方 / tiling schemes", &at("/tileMatrixSets")),
            link(&relation("tilesets-vector"), JSON, "重ね合わせたタイル / tiles of several layers", &at("/tiles")),
        ],
    })
}

/// `/ogc/conformance`.
pub fn conformance() -> Json {
    json!({ "conformsTo": CLASSES.as_slice() })
}

/// `/ogc/tileMatrixSets`.
pub fn grids(site: &str) -> Json {
    let href = format!("{site}/ogc/tileMatrixSets/{}", grid::NAME);
    json!({ "tileMatrixSets": [{
        "id": grid::NAME, "title": "Google Maps Compatible for the World", "uri": URI, "crs": CRS,
        "links": [link("self", JSON, grid::NAME, &href)],
    }]})
}

/// `/ogc/collections`.
pub fn collections(catalogue: &Catalogue, site: &str) -> Json {
    let all: Vec<Json> = catalogue.layers().map(|layer| collection(layer, site)).collect();
    json!({
        "links": [
            link("self", JSON, "レイヤ / collections", &format!("{site}/ogc/collections")),
            link("alternate", HTML, "ページ / as a page", &format!("{site}/ogc/collections?f=html")),
        ],
        "collections": all,
    })
}

/// `/ogc/collections/{layer}`.
pub fn collection((dataset, table, layer): Named<'_>, site: &str) -> Json {
    let own = format!("{site}/ogc/collections/{}", layer.name);
    let mut collection = json!({
        "id": layer.name,
        "title": layer.title,
        "description": if dataset.notes.is_empty() { &dataset.title } else { &dataset.notes },
        "attribution": tilejson::attribution(dataset),
        "itemType": "feature",
        "dataType": "vector",
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": [
            link("self", JSON, &layer.title, &own),
            link("alternate", HTML, "ページ / as a page", &format!("{own}?f=html")),
            link("items", GEO_JSON, "記録 / features", &format!("{own}/items")),
            link("items", HTML, "記録のページ / features as a page", &format!("{own}/items?f=html")),
            link("items", "text/csv", "記録（CSV） / features as CSV", &format!("{own}/items?f=csv")),
            link(
                "http://www.opengis.net/def/rel/ogc/1.0/queryables",
                "application/schema+json",
                "絞り込みに使える項目 / queryables",
                &format!("{own}/queryables"),
            ),
            link(
                "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector",
                JSON,
                "ベクトルタイル / vector tiles",
                &format!("{own}/tiles"),
            ),
            link("describedby", "text/html", &dataset.title, &format!("{site}/dataset/{}", dataset.name)),
            link("license", "text/html", &dataset.licence.title, &dataset.licence.url),
        ],
    });
    if let (Some(bbox), Some(object)) = (table.bbox, collection.as_object_mut()) {
        let corners = [bbox.west_deg, bbox.south_deg, bbox.east_deg, bbox.north_deg];
        object.insert("extent".to_owned(), json!({ "spatial": { "bbox": [corners], "crs": CRS84 } }));
    }
    collection
}

/// Where tiles of layers lie: those of a collection, or of several chosen by `collections=`.
pub struct Place {
    own: String,
    query: String,
}

impl Place {
    /// The tiles of one collection.
    pub fn of_collection(name: &str, site: &str) -> Self {
        Self { own: format!("{site}/ogc/collections/{name}/tiles"), query: String::new() }
    }

    /// The tiles of several collections.
    pub fn of_several(names: &str, site: &str) -> Self {
        let query = if names.is_empty() { String::new() } else { format!("?collections={names}") };
        Self { own: format!("{site}/ogc/tiles"), query }
    }

    fn list(&self) -> String {
        format!("{}{}", self.own, self.query)
    }

    fn tileset(&self) -> String {
        format!("{}/{}{}", self.own, grid::NAME, self.query)
    }

    fn tile(&self) -> String {
        format!("{}/{}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{}", self.own, grid::NAME, self.query)
    }
}

/// The list of tile sets, of which there is one.
pub fn tilesets(title: &str, place: &Place, site: &str) -> Json {
    json!({
        "links": [link("self", JSON, title, &place.list())],
        "tilesets": [head(title, place, site)],
    })
}

fn head(title: &str, place: &Place, site: &str) -> Json {
    let mut item = link("item", MEDIA_TYPE, "タイル / tiles", &place.tile());
    if let Some(item) = item.as_object_mut() {
        item.insert("templated".to_owned(), Json::Bool(true));
    }
    json!({
        "title": title,
        "dataType": "vector",
        "crs": CRS,
        "tileMatrixSetURI": URI,
        "links": [
            link("self", JSON, title, &place.tileset()),
            link(
                "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
                JSON,
                grid::NAME,
                &format!("{site}/ogc/tileMatrixSets/{}", grid::NAME),
            ),
            item,
        ],
    })
}

/// The metadata of a tile set: its limits, layers and fields (OGC 17-083r4, §8).
pub fn tileset(layers: &[Named<'_>], about: &[Arc<Json>], place: &Place, site: &str) -> Json {
    let title = layers.iter().map(|(_, _, layer)| layer.title.as_str()).collect::<Vec<_>>().join("・");
    let limits: Vec<Json> = grid::limits(layers)
        .iter()
        .map(|limits| {
            json!({
                "tileMatrix": limits.zoom.to_string(),
                "minTileRow": limits.rows.0,
                "maxTileRow": limits.rows.1,
                "minTileCol": limits.columns.0,
                "maxTileCol": limits.columns.1,
            })
        })
        .collect();
    let tilejson = tilejson::of_layers(layers, about, site);
    let mut tileset = head(&title, place, site);
    if let Some(object) = tileset.as_object_mut() {
        let text = |key: &str| tilejson.get(key).cloned().unwrap_or_default();
        object.insert("description".to_owned(), text("description"));
        object.insert("attribution".to_owned(), text("attribution"));
        object.insert("tileMatrixSetId".to_owned(), json!(grid::NAME));
        object.insert("tileMatrixSetLimits".to_owned(), json!(limits));
        object.insert("layers".to_owned(), layers.iter().map(layer).collect());
        if let Some(bbox) = layers.iter().filter_map(|(_, table, _)| table.bbox).reduce(Bbox::union) {
            object.insert(
                "boundingBox".to_owned(),
                json!({
                    "lowerLeft": [bbox.west_deg, bbox.south_deg],
                    "upperRight": [bbox.east_deg, bbox.north_deg],
                    "crs": CRS84,
                }),
            );
            let (lon_deg, lat_deg) = bbox.center();
            let (min_zoom, max_zoom) = tilejson::zooms(layers);
            object.insert(
                "centerPoint".to_owned(),
                json!({
                    "coordinates": [lon_deg, lat_deg],
                    "crs": CRS84,
                    "tileMatrix": min_zoom.max(max_zoom.min(10)).to_string(),
                }),
            );
        }
        if let Some(links) = object.get_mut("links").and_then(Json::as_array_mut) {
            let names = layers.iter().map(|(_, _, layer)| layer.name.as_str()).collect::<Vec<_>>().join(",");
            links.push(link("describedby", JSON, "TileJSON 3.0", &format!("{site}/tiles/{names}.json")));
            links.push(link(
                "style",
                "application/vnd.mapbox.style+json",
                "MapLibre",
                &format!("{site}/styles/{names}.json"),
            ));
        }
    }
    tileset
}

fn layer((_, table, layer): &Named<'_>) -> Json {
    let properties: Map<String, Json> = table
        .shape
        .columns
        .iter()
        .map(|column| {
            let kind = match column.kind {
                ColumnType::Integer => "integer",
                ColumnType::Number => "number",
                _ => "string",
            };
            (column.name.clone(), json!({ "type": kind, "title": column.title }))
        })
        .collect();
    let mut described = json!({
        "id": layer.name,
        "title": layer.title,
        "dataType": "vector",
        "minTileMatrix": layer.min_zoom.to_string(),
        "maxTileMatrix": layer.max_zoom.to_string(),
        "propertiesSchema": { "type": "object", "properties": properties },
    });
    let dimension = match table.geometry {
        Some(GeometryKind::Point) => Some(0),
        Some(GeometryKind::Line) => Some(1),
        Some(GeometryKind::Polygon) => Some(2),
        Some(GeometryKind::Mixed) | None => None,
    };
    if let (Some(dimension), Some(object)) = (dimension, described.as_object_mut()) {
        object.insert("geometryDimension".to_owned(), json!(dimension));
    }
    described
}
