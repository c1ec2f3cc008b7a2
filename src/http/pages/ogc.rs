//! Pages of OGC API – Features: its documents and its features, for people.

use askama::Template;
use axum::response::Response;
use http::{HeaderValue, header};
use serde_json::Value as Json;

use super::address;
use super::frame::Frame;
use super::label::{label, value_text};
use super::page;
use super::table::Cell;
use super::wording::number;
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::ogc::features::pairs::Pairs;
use crate::http::ogc::features::write::distance_name;
use crate::http::problem::Problem;
use crate::http::tiles::tilejson::Named;
use crate::model::naming::label_column;
use crate::model::record::Storage;
use crate::store::features::{Feature, FeatureQuery, FeaturesTaken};

/// A link of a page.
struct Link {
    title: String,
    href: String,
    kind: String,
}

/// One thing of a list.
struct Entry {
    title: String,
    href: String,
    text: String,
}

#[derive(Template)]
#[template(path = "ogc.html")]
struct OgcPage {
    frame: Frame,
    title: String,
    lead: String,
    facts: Vec<(String, Cell)>,
    entries: Vec<Entry>,
    grid: Option<Grid>,
    links: Vec<Link>,
}

/// A table of features.
struct Grid {
    caption: String,
    columns: Vec<(String, bool)>,
    rows: Vec<Row>,
    next: String,
}

struct Row {
    href: String,
    name: String,
    cells: Vec<Cell>,
}

fn plain(text: &str) -> Cell {
    Cell { text: text.to_owned(), href: None, class: "long" }
}

fn answer(template: &OgcPage, access: Access) -> Result<Response, Problem> {
    let mut response = page(template, access)?;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// A document of the API as a page: its title, texts, lists and links.
pub(in crate::http) fn document(app: &App, document: &Json, crumbs: &[(&str, &str)]) -> Result<Response, Problem> {
    let text = |key: &str| document.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let site = app.config.public_url();
    let here = |href: &str| href.strip_prefix(&site).unwrap_or(href).to_owned();
    let title = match (document.get("conformsTo"), document.get("collections"), text("title")) {
        (Some(_), ..) => "準拠する規格".to_owned(),
        (_, Some(_), _) => "レイヤの一覧（API）".to_owned(),
        (.., title) => title,
    };
    let mut frame =
        Frame::new(app, &title).section("/map").alternate("application/json", "同じ内容（JSON）", "?f=json".to_owned());
    if !crumbs.is_empty() {
        frame = frame.crumb("API", "/ogc?f=html");
    }
    for (href, words) in crumbs {
        frame = frame.crumb(words, format!("{href}?f=html"));
    }
    let mut entries: Vec<Entry> = Vec::new();
    for class in document.get("conformsTo").and_then(Json::as_array).into_iter().flatten() {
        let class = class.as_str().unwrap_or_default();
        entries.push(Entry { title: class.to_owned(), href: class.to_owned(), text: String::new() });
    }
    for collection in document.get("collections").and_then(Json::as_array).into_iter().flatten() {
        let own = |key: &str| collection.get(key).and_then(Json::as_str).unwrap_or_default();
        entries.push(Entry {
            title: own("title").to_owned(),
            href: format!("/ogc/collections/{}?f=html", address::segment(own("id"))),
            text: own("id").to_owned(),
        });
    }
    for (name, property) in document.get("properties").and_then(Json::as_object).into_iter().flatten() {
        let kind = property.get("type").or(property.get("format")).and_then(Json::as_str).unwrap_or_default();
        entries.push(Entry { title: name.clone(), href: String::new(), text: kind.to_owned() });
    }
    let mut facts = Vec::new();
    for (key, words) in [("id", "識別子"), ("attribution", "出典"), ("itemType", "種類")] {
        let value = text(key);
        if !value.is_empty() {
            facts.push((words.to_owned(), plain(&value)));
        }
    }
    if let Some(bbox) = document.pointer("/extent/spatial/bbox/0").and_then(Json::as_array) {
        let bbox = bbox.iter().map(value_text).collect::<Vec<_>>().join(", ");
        facts.push(("範囲（西, 南, 東, 北）".to_owned(), plain(&bbox)));
    }
    let links = document
        .get("links")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter(|link| link.get("templated").is_none())
        .filter_map(|link| {
            let own = |key: &str| link.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
            let href = own("href");
            (!href.is_empty()).then(|| Link { title: own("title"), href: here(&href), kind: own("type") })
        })
        .collect();
    let template = OgcPage { frame, title, lead: text("description"), facts, entries, grid: None, links };
    answer(&template, Access::SitePage)
}

fn frame_of(app: &App, (dataset, _, layer): Named<'_>, title: &str) -> Frame {
    Frame::new(app, title)
        .section("/map")
        .crumb("API", "/ogc?f=html")
        .crumb("レイヤ", "/ogc/collections?f=html")
        .crumb(&dataset.title, address::dataset(dataset.name.as_str()))
        .crumb(&layer.title, format!("/ogc/collections/{}?f=html", layer.name))
}

/// A page of features. `next`: the address of the next one.
pub(in crate::http) fn items(
    app: &App,
    named: Named<'_>,
    query: &FeatureQuery,
    features: &[Feature],
    taken: &FeaturesTaken,
    pairs: &Pairs,
    next: Option<String>,
) -> Result<Response, Problem> {
    let (dataset, table, layer) = named;
    let title = format!("{}の記録", layer.title);
    let own = format!("/ogc/collections/{}/items", layer.name);
    let other = |form: &str| format!("{own}{}", pairs.address(&["f"], &[("f", form)]));
    let shape = &table.shape;
    let shown: Vec<(usize, &crate::model::record::Column)> = query
        .columns
        .iter()
        .enumerate()
        .filter_map(|(place, name)| Some((place, shape.columns.iter().find(|column| column.name == *name)?)))
        // A standard sheet has many fields; those that the publisher's file lacks would only widen the table.
        .filter(|(place, column)| {
            column.found.is_some()
                || features.iter().any(|feature| feature.row.values.get(*place).is_some_and(|v| !v.is_null()))
        })
        .collect();
    let label_at = label_column(shape)
        .and_then(|at| shape.columns.get(at))
        .and_then(|column| query.columns.iter().position(|name| *name == column.name));
    let mut columns: Vec<(String, bool)> =
        shown.iter().map(|(_, column)| (column.title.clone(), column.kind.storage() != Storage::Text)).collect();
    if query.near.is_some() {
        columns.insert(0, ("距離（m）".to_owned(), true));
    }
    let rows = features
        .iter()
        .map(|feature| {
            let mut cells: Vec<Cell> = shown
                .iter()
                .filter_map(|(place, column)| Some(Cell::of(column, feature.row.values.get(*place)?)))
                .collect();
            if query.near.is_some() {
                let far = feature.distance_m.map_or_else(String::new, |far| format!("{far:.1}"));
                cells.insert(0, Cell { text: far, href: None, class: "number" });
            }
            Row {
                href: address::feature(dataset.name.as_str(), shape.key.as_str(), feature.row.id),
                name: label(&feature.row.values, label_at, feature.row.id),
                cells,
            }
        })
        .collect();
    let template = OgcPage {
        frame: frame_of(app, named, "記録")
            .alternate(crate::http::ogc::features::GEO_JSON, "同じ内容（GeoJSON）", other("json"))
            .alternate("text/csv", "同じ内容（CSV）", other("csv")),
        title: title.clone(),
        lead: String::new(),
        facts: Vec::new(),
        entries: Vec::new(),
        grid: Some(Grid {
            caption: format!("{title}（{}件中{}件）", number(taken.matched), number(taken.returned)),
            columns,
            rows,
            next: next.map_or_else(String::new, |next| {
                next.strip_prefix(&app.config.public_url()).unwrap_or(&next).to_owned()
            }),
        }),
        links: vec![
            Link { title: "GeoJSON".to_owned(), href: other("json"), kind: "application/geo+json".to_owned() },
            Link { title: "CSV".to_owned(), href: other("csv"), kind: "text/csv".to_owned() },
        ],
    };
    answer(&template, Access::Other)
}

/// The page of one feature.
pub(in crate::http) fn item(app: &App, named: Named<'_>, feature: &Feature) -> Result<Response, Problem> {
    let (dataset, table, layer) = named;
    let shape = &table.shape;
    let title = label(&feature.row.values, label_column(shape), feature.row.id);
    let own = format!("/ogc/collections/{}/items/{}", layer.name, feature.row.id);
    let link = |title: &str, href: String, kind: &str| Link { title: title.to_owned(), href, kind: kind.to_owned() };
    let template = OgcPage {
        frame: frame_of(app, named, &title)
            .crumb("記録", format!("/ogc/collections/{}/items?f=html", layer.name))
            .alternate(crate::http::ogc::features::GEO_JSON, "同じ内容（GeoJSON）", format!("{own}?f=json"))
            .alternate("text/csv", "同じ内容（CSV）", format!("{own}?f=csv")),
        title,
        lead: String::new(),
        facts: shape
            .columns
            .iter()
            .zip(&feature.row.values)
            .filter(|(_, value)| !value.is_null())
            .map(|(column, value)| (column.title.clone(), Cell::of(column, value)))
            .chain(feature.distance_m.map(|far| (distance_name(shape).to_owned(), plain(&format!("{far:.1}")))))
            .collect(),
        entries: Vec::new(),
        grid: None,
        links: vec![
            link(
                "地図のあるページ",
                address::feature(dataset.name.as_str(), shape.key.as_str(), feature.row.id),
                "text/html",
            ),
            link("GeoJSON", format!("{own}?f=json"), "application/geo+json"),
            link("CSV", format!("{own}?f=csv"), "text/csv"),
        ],
    };
    answer(&template, Access::Other)
}
