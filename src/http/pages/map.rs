//! The map of one layer, with the same features as a list.

use std::borrow::Cow;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::address::{self, Question, bbox_text};
use super::frame::Frame;
use super::fullness::Fullness;
use super::label::{label, level, level_column, place_column, value_text};
use super::pager::{Pager, window};
use super::picture::Picture;
use super::projection::View;
use super::seen::{PER_PAGE, SIZE_PX, Seen, draw, seen};
use super::shapes::middle;
use super::themed::print_href;
use super::wording::{Day, geometry_kind, number};
use super::{PageResult, page};
use crate::count::access::{Access, target_of_name};
use crate::http::app::App;
use crate::http::assets::manifest;
use crate::http::cache::Policy;
use crate::http::problem::Problem;
use crate::http::tiles;
use crate::http::words::say;
use crate::model::catalogue::{Dataset, Layer};
use crate::model::lonlat::JAPAN;
use crate::model::naming::label_column;
use crate::model::record::GeometryKind;

/// One feature in the list.
struct FeatureLine {
    number: u64,
    id: u64,
    label: String,
    more: String,
    /// How exact its position is, where it was derived.
    level: String,
    href: String,
    /// `longitude,latitude` of a point that stands for it.
    center: String,
}

/// A link that moves the picture.
struct Tool {
    words: &'static str,
    href: String,
}

/// The list of features in view: also sent by itself to the script of the page.
#[derive(Template)]
#[template(path = "feature_list.html")]
struct FeatureList {
    frame: Frame,
    lines: Vec<FeatureLine>,
    total_words: String,
    first: String,
    last: String,
    pager: Pager,
}

/// A list is a template of its own: every text in it is escaped there.
impl askama::filters::HtmlSafe for FeatureList {}

#[derive(Template)]
#[template(path = "map.html")]
struct MapPage {
    frame: Frame,
    title: String,
    kind: Cow<'static, str>,
    geometry: Option<GeometryKind>,
    records: String,
    dataset_title: String,
    dataset_href: String,
    stats_href: String,
    print_href: String,
    organization: String,
    attribution: String,
    licence_title: String,
    licence_url: String,
    modified: Day,
    picture: Picture,
    boundary: Option<(String, String)>,
    tools: Vec<Tool>,
    whole_href: String,
    /// What is known of the middle of the map.
    point_href: String,
    list: FeatureList,
    /// What the moving map leaves out.
    fullness: Option<Fullness>,
    site: String,
    // --- for the script
    path: String,
    style_href: String,
    worker_href: String,
    faces_href: String,
    layer: String,
    bounds: String,
    feature_base: String,
}

/// `/map/{layer}`, and `/map/{layer}.svg`: the picture alone.
pub(super) async fn layer(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let (name, alone) = name.strip_suffix(".svg").map_or((name.as_str(), false), |name| (name, true));
    let catalogue = app.catalogue();
    let (dataset, table, layer) = catalogue.layer(name).ok_or_else(Problem::not_found)?;
    let question = Question::parse(raw.as_deref());
    let whole = View::fit(table.bbox.unwrap_or(JAPAN), 0.05, SIZE_PX.0, SIZE_PX.1);
    let view = match question.get("bbox") {
        None => whole,
        Some(text) => {
            let bbox = address::parse_bbox(text).ok_or_else(|| Problem::BadRequest {
                detail: "bboxには「西端の経度,南端の緯度,東端の経度,北端の緯度」を度で指定してください。".to_owned(),
            })?;
            View::fit(bbox, 0.0, SIZE_PX.0, SIZE_PX.1)
        }
    };
    let only_list = question.get("part") == Some("list");
    let found = seen(
        &app,
        &catalogue,
        dataset,
        layer,
        // The script asks for the list of the box it shows; the picture shows the box that its own shape makes of it.
        if only_list { question.get("bbox").and_then(address::parse_bbox).unwrap_or(view.bbox()) } else { view.bbox() },
        if alone { None } else { Some(question.page()) },
        !only_list,
    )
    .await?;
    if alone {
        return picture_alone(dataset, layer, &found, view, question.get("v").is_some());
    }
    let question = question.with("part", None).with_page(question.page());
    let list = feature_list(&app, dataset, layer, &found, &question);
    if only_list {
        return page(&list, Access::Other);
    }
    let whole_href = address::map(name);
    let href = |view: View| question.with("bbox", Some(&bbox_text(view.bbox()))).under(&whole_href);
    let tools = vec![
        Tool { words: "拡大", href: href(view.zoomed(0.5)) },
        Tool { words: "縮小", href: href(view.zoomed(2.0)) },
        Tool { words: "北へ", href: href(view.moved(0.0, -0.4)) },
        Tool { words: "南へ", href: href(view.moved(0.0, 0.4)) },
        Tool { words: "西へ", href: href(view.moved(-0.4, 0.0)) },
        Tool { words: "東へ", href: href(view.moved(0.4, 0.0)) },
    ];
    let mut picture = draw(dataset, layer, &found, view);
    for (row, line) in found.list.rows.iter().zip(&list.lines) {
        if let Some(geometry) = &row.geometry {
            picture.number(geometry, line.number);
        }
    }
    let mut frame = Frame::new(&app, &format!("{}の地図", layer.title))
        .section("/map")
        .crumb("地図", "/map")
        .crumb(&dataset.title, address::dataset(dataset.name.as_str()))
        .alternate("application/geo+json", "記録(GeoJSON)", format!("/ogc/collections/{}/items?f=geojson", layer.name))
        .alternate("text/csv", "記録(CSV)", format!("/ogc/collections/{}/items?f=csv", layer.name));
    frame.map = true;
    frame.unlisted = question != Question::default();
    let about = tiles::abouts(&app, &[(dataset, table, layer)]).await?;
    let template = MapPage {
        frame,
        title: layer.title.clone(),
        kind: table.geometry.map_or_else(|| say("geometry-any"), geometry_kind),
        geometry: table.geometry,
        records: number(table.records),
        dataset_title: dataset.title.clone(),
        dataset_href: address::dataset(dataset.name.as_str()),
        stats_href: address::stats_of_layer(layer.name.as_str()),
        print_href: print_href(&whole_href, view),
        organization: dataset.organization.title.clone(),
        attribution: dataset.attribution.clone(),
        licence_title: dataset.licence.title.clone(),
        licence_url: dataset.licence.url.clone(),
        modified: Day::of(dataset.modified),
        boundary: found
            .boundary_source
            .as_ref()
            .map(|boundary| (credit(boundary), address::dataset(boundary.name.as_str()))),
        picture,
        tools,
        point_href: point_href(view),
        list,
        fullness: about.first().and_then(|about| Fullness::of(about)),
        site: app.config.public_url(),
        path: whole_href.clone(),
        style_href: format!("{whole_href}/style.json"),
        worker_href: manifest().path("map-worker.mjs"),
        faces_href: manifest().path("font-faces.json"),
        layer: layer.name.to_string(),
        bounds: bbox_text(view.bbox()),
        feature_base: feature_base(dataset, table.shape.key.as_str()),
        whole_href,
    };
    page(&template, Access::MapOpen { map: target_of_name("layer", name), embed: false })
}

/// The report of the place in the middle.
fn point_href(view: View) -> String {
    let (lon, lat) = view.bbox().center();
    format!("/point?lat={lat:.5}&lon={lon:.5}")
}

/// The line to print for a dataset: its attribution, or its title where it has none.
fn credit(dataset: &Dataset) -> String {
    if dataset.attribution.is_empty() { dataset.title.clone() } else { dataset.attribution.clone() }
}

fn feature_base(dataset: &Dataset, key: &str) -> String {
    address::feature(dataset.name.as_str(), key, 0).trim_end_matches('0').to_owned()
}

fn picture_alone(dataset: &Dataset, layer: &Layer, found: &Seen, view: View, versioned: bool) -> PageResult {
    let mut picture = draw(dataset, layer, found, view);
    picture.alone = true;
    let svg = picture.render().map_err(|error| Problem::internal("drawing a map", &error))?;
    let mut response: Response = svg.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    // With the digest of its tileset in the address the picture is of one release; the boundary may be a newer one
    // a day later, therefore no longer than that.
    let policy = if versioned { HeaderValue::from_static("public, max-age=86400") } else { Policy::Minute.value() };
    headers.insert(header::CACHE_CONTROL, policy);
    response.extensions_mut().insert(Access::Asset);
    Ok(response)
}

fn feature_list(app: &App, dataset: &Dataset, layer: &Layer, found: &Seen, question: &Question) -> FeatureList {
    let table = &dataset.tables[found.table];
    let label_at = label_column(&table.shape);
    let place_at = place_column(&table.shape).filter(|place| Some(*place) != label_at);
    let total = found.list.total.unwrap_or(0);
    let (first, last, offset) = window(question.page(), PER_PAGE, total);
    let lines = (offset + 1..)
        .zip(&found.list.rows)
        .map(|(number, row)| FeatureLine {
            number,
            id: row.id,
            label: label(&row.values, label_at, row.id),
            more: place_at.and_then(|index| row.values.get(index)).map(value_text).unwrap_or_default(),
            level: level(&row.values, level_column(&table.shape)),
            href: address::feature(dataset.name.as_str(), table.shape.key.as_str(), row.id),
            center: row
                .geometry
                .as_ref()
                .and_then(middle)
                .map_or_else(String::new, |at| format!("{:.6},{:.6}", at.x, at.y)),
        })
        .collect();
    FeatureList {
        frame: Frame::new(app, ""),
        lines,
        total_words: number(total),
        first: number(first),
        last: number(last),
        pager: Pager::new(
            "地図の範囲にあるもの",
            total,
            PER_PAGE,
            question,
            &address::map(layer.name.as_str()),
            "#features",
        ),
    }
}
