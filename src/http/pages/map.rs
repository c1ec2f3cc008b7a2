//! Maps: the list of layers, and each layer with its map and the same features as a list.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::address::{self, Question, bbox_text};
use super::frame::Frame;
use super::label::{label, label_column, place_column, value_text};
use super::pager::{Pager, window};
use super::picture::{Picture, middle};
use super::projection::View;
use super::style::place_name_column;
use super::wording::{Day, geometry_kind, number};
use super::{PageResult, page};
use crate::count::access::{Access, target_of_name};
use crate::http::app::App;
use crate::http::assets::manifest;
use crate::http::cache::Policy;
use crate::http::problem::Problem;
use crate::model::catalogue::{Catalogue, Dataset, Layer};
use crate::model::lonlat::{Bbox, JAPAN};
use crate::model::record::GeometryKind;
use crate::store::rows::{RowPage, RowQuery};

/// Features on one page of the list.
const PER_PAGE: u64 = 20;

/// Features drawn in one picture: 5,000 points are 200 KB of SVG, 30 KB compressed.
const DRAWN: u64 = 5_000;

/// Parts of the boundary drawn in one picture; one city has a few, a coast with islets some hundreds.
const BOUNDARY_PARTS: u64 = 600;

/// Size of the picture, px of its own; pages scale it.
const SIZE_PX: (f64, f64) = (800.0, 600.0);

/// The layers of one theme of one organization.
struct Group {
    organization: String,
    organization_href: String,
    themes: Vec<ThemeLayers>,
}

struct ThemeLayers {
    theme: String,
    layers: Vec<LayerLink>,
}

struct LayerLink {
    title: String,
    href: String,
    kind: &'static str,
    records: String,
}

#[derive(Template)]
#[template(path = "maps.html")]
struct MapList {
    frame: Frame,
    total: String,
    groups: Vec<Group>,
    question: String,
}

/// `/map`.
pub(super) async fn list(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    let catalogue = app.catalogue();
    let question = Question::parse(raw.as_deref());
    let wanted = question.get("organization").unwrap_or_default().to_owned();
    let mut layers: Vec<_> = catalogue
        .layers()
        .filter(|(dataset, ..)| wanted.is_empty() || dataset.organization.name.as_str() == wanted)
        .collect();
    layers.sort_by(|(a, _, x), (b, _, y)| {
        (&a.organization.code, &a.theme, &x.title, &x.name).cmp(&(&b.organization.code, &b.theme, &y.title, &y.name))
    });
    let total = layers.len() as u64;
    let mut groups: Vec<Group> = Vec::new();
    for (dataset, table, layer) in layers {
        let link = LayerLink {
            title: layer.title.clone(),
            href: address::map(layer.name.as_str()),
            kind: table.geometry.map_or("図形", geometry_kind),
            records: number(table.records),
        };
        let organization_href = address::organization(dataset.organization.name.as_str());
        if groups.last().is_none_or(|group| group.organization_href != organization_href) {
            groups.push(Group {
                organization: dataset.organization.title.clone(),
                organization_href,
                themes: Vec::new(),
            });
        }
        let Some(group) = groups.last_mut() else { continue };
        match group.themes.last_mut() {
            Some(theme) if theme.theme == dataset.theme => theme.layers.push(link),
            _ => group.themes.push(ThemeLayers { theme: dataset.theme.clone(), layers: vec![link] }),
        }
    }
    let template = MapList {
        frame: Frame::new(&app, "地図").section("/map"),
        total: number(total),
        groups,
        question: catalogue.organization(&wanted).map_or_else(String::new, |found| found.title.clone()),
    };
    page(&template, Access::SitePage)
}

/// The layer with the boundary of a dataset's publisher, as (dataset, index of its table): the publisher's own, else
/// that of its prefecture, else that of another publisher of the same prefecture.
pub(super) fn boundary_of<'a>(catalogue: &'a Catalogue, dataset: &Dataset) -> Option<(&'a Arc<Dataset>, usize)> {
    let is_boundary = |candidate: &Dataset| {
        ["行政区域", "行政界", "市区町村界"].iter().any(|word| {
            candidate.title.contains(word)
                || candidate.theme.contains(word)
                || candidate.tags.iter().any(|tag| tag.contains(word))
        })
    };
    let publisher = &dataset.organization;
    catalogue
        .layers()
        .filter(|(candidate, table, _)| table.geometry == Some(GeometryKind::Polygon) && is_boundary(candidate))
        .filter_map(|(candidate, table, _)| {
            let other = &candidate.organization;
            let distance = if other.id == publisher.id {
                0
            } else if other.code.prefecture() == publisher.code.prefecture() {
                if other.prefecture.is_empty() { 1 } else { 2 }
            } else {
                return None;
            };
            let index = candidate.tables.iter().position(|own| std::ptr::eq(own, table))?;
            Some((distance, candidate, index))
        })
        .min_by_key(|(distance, ..)| *distance)
        .map(|(_, candidate, index)| (candidate, index))
}

/// One feature in the list.
struct FeatureLine {
    number: u64,
    id: u64,
    label: String,
    more: String,
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
    kind: &'static str,
    geometry: Option<GeometryKind>,
    records: String,
    dataset_title: String,
    dataset_href: String,
    organization: String,
    attribution: String,
    licence_title: String,
    licence_url: String,
    modified: Day,
    picture: Picture,
    boundary: Option<(String, String)>,
    tools: Vec<Tool>,
    whole_href: String,
    list: FeatureList,
    // --- for the script
    path: String,
    style_href: String,
    worker_href: String,
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
        return picture_alone(&app, dataset, layer, &found, view, question.get("v").is_some());
    }
    let question = question.with("part", None).with_page(question.page());
    let list = feature_list(dataset, layer, &found, &question);
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
        .crumb(&dataset.title, address::dataset(dataset.name.as_str()));
    frame.map = true;
    frame.unlisted = question != Question::default();
    let template = MapPage {
        frame,
        title: layer.title.clone(),
        kind: table.geometry.map_or("図形", geometry_kind),
        geometry: table.geometry,
        records: number(table.records),
        dataset_title: dataset.title.clone(),
        dataset_href: address::dataset(dataset.name.as_str()),
        organization: dataset.organization.title.clone(),
        attribution: dataset.attribution.clone(),
        licence_title: dataset.licence.title.clone(),
        licence_url: dataset.licence.url.clone(),
        modified: Day::of(dataset.modified),
        boundary: found
            .boundary_source
            .as_ref()
            .map(|boundary| (boundary.title.clone(), address::dataset(boundary.name.as_str()))),
        picture,
        tools,
        list,
        path: whole_href.clone(),
        style_href: format!("{whole_href}/style.json"),
        worker_href: manifest().path("map-worker.mjs"),
        layer: layer.name.to_string(),
        bounds: bbox_text(view.bbox()),
        feature_base: feature_base(dataset, table.shape.key.as_str()),
        whole_href,
    };
    page(&template, Access::MapOpen { map: target_of_name("layer", name), embed: false })
}

fn feature_base(dataset: &Dataset, key: &str) -> String {
    address::feature(dataset.name.as_str(), key, 0).trim_end_matches('0').to_owned()
}

/// What a view shows.
pub(super) struct Seen {
    /// The features to draw: their names and geometries.
    drawn: RowPage,
    /// The features of the list's page.
    list: RowPage,
    boundary: RowPage,
    boundary_source: Option<Arc<Dataset>>,
    table: usize,
}

/// Reads what a view shows, all in one turn off the async threads.
async fn seen(
    app: &Arc<App>,
    catalogue: &Catalogue,
    dataset: &Arc<Dataset>,
    layer: &Layer,
    bbox: Bbox,
    list_page: Option<u64>,
    drawn: bool,
) -> Result<Seen, Problem> {
    let table = dataset
        .tables
        .iter()
        .position(|table| table.layer.as_ref().is_some_and(|own| own.name == layer.name))
        .ok_or_else(Problem::not_found)?;
    let boundary = boundary_of(catalogue, dataset)
        .filter(|(candidate, index)| drawn && !(candidate.id == dataset.id && *index == table))
        .map(|(candidate, index)| (Arc::clone(candidate), index));
    let dataset = Arc::clone(dataset);
    let store = Arc::clone(&app.store);
    let read = move || -> Result<Seen, crate::store::StoreError> {
        let own = &dataset.tables[table];
        let mut found = Seen {
            drawn: RowPage::default(),
            list: RowPage::default(),
            boundary: RowPage::default(),
            boundary_source: None,
            table,
        };
        if drawn {
            // One column must be named, an empty list would mean all of them.
            let query = RowQuery {
                columns: vec!["_id".to_owned()],
                bbox: Some(bbox),
                limit: DRAWN,
                total: true,
                geometry: true,
                ..RowQuery::default()
            };
            found.drawn = store.rows(own, &query)?;
        }
        if let Some(list_page) = list_page {
            let total = if drawn {
                found.drawn.total.unwrap_or(0)
            } else {
                let query = RowQuery { bbox: Some(bbox), total: true, ..RowQuery::default() };
                store.rows(own, &query)?.total.unwrap_or(0)
            };
            let (_, _, offset) = window(list_page, PER_PAGE, total);
            let query = RowQuery { bbox: Some(bbox), limit: PER_PAGE, offset, geometry: true, ..RowQuery::default() };
            found.list = store.rows(own, &query)?;
            found.list.total = Some(total);
        }
        if let Some((candidate, index)) = boundary {
            let table = &candidate.tables[index];
            let column = place_name_column(table).unwrap_or("_id").to_owned();
            let query = RowQuery {
                columns: vec![column],
                bbox: Some(bbox),
                limit: BOUNDARY_PARTS,
                geometry: true,
                ..RowQuery::default()
            };
            found.boundary = store.rows(table, &query)?;
            found.boundary_source = Some(candidate);
        }
        Ok(found)
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(Problem::internal("reading a map", &error)),
        Err(error) => Err(Problem::internal("reading a map", &error)),
    }
}

fn draw(dataset: &Dataset, layer: &Layer, found: &Seen, view: View) -> Picture {
    let total = found.drawn.total.unwrap_or(0);
    let description = format!(
        "{}が公開する「{}」の{}件を示す地図。同じ内容を一覧でも読めます。",
        dataset.organization.title,
        layer.title,
        number(total)
    );
    let mut picture = Picture::new("map", format!("{}の地図", layer.title), description, view);
    for row in &found.boundary.rows {
        if let Some(geometry) = &row.geometry {
            picture.land(geometry, &row.values.first().map(value_text).unwrap_or_default());
        }
    }
    for row in &found.drawn.rows {
        if let Some(geometry) = &row.geometry {
            picture.feature(geometry);
        }
    }
    picture.left_out += usize::try_from(total.saturating_sub(found.drawn.rows.len() as u64)).unwrap_or(0);
    picture
}

fn picture_alone(
    _app: &App,
    dataset: &Dataset,
    layer: &Layer,
    found: &Seen,
    view: View,
    versioned: bool,
) -> PageResult {
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

fn feature_list(dataset: &Dataset, layer: &Layer, found: &Seen, question: &Question) -> FeatureList {
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
            href: address::feature(dataset.name.as_str(), table.shape.key.as_str(), row.id),
            center: row
                .geometry
                .as_ref()
                .and_then(middle)
                .map_or_else(String::new, |at| format!("{:.6},{:.6}", at.x, at.y)),
        })
        .collect();
    FeatureList {
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

/// A picture of one feature with its surroundings.
pub(super) async fn picture_of(
    app: &Arc<App>,
    catalogue: &Catalogue,
    dataset: &Arc<Dataset>,
    layer: &Layer,
    geometry: &geo_types::Geometry<f64>,
    name: &str,
) -> Result<Picture, Problem> {
    use geo::BoundingRect as _;
    let around = geometry.bounding_rect().map_or(JAPAN, |rect| Bbox {
        west_deg: rect.min().x,
        south_deg: rect.min().y,
        east_deg: rect.max().x,
        north_deg: rect.max().y,
    });
    // A point is shown with about two kilometres around it, so that there is something to know the place by.
    let around = Bbox {
        west_deg: around.west_deg.min(around.center().0 - 0.012),
        south_deg: around.south_deg.min(around.center().1 - 0.009),
        east_deg: around.east_deg.max(around.center().0 + 0.012),
        north_deg: around.north_deg.max(around.center().1 + 0.009),
    };
    let view = View::fit(around, 0.1, SIZE_PX.0, SIZE_PX.1 * 0.75);
    let found = seen(app, catalogue, dataset, layer, view.bbox(), None, true).await?;
    let description = format!("{}の「{name}」の位置を示す地図。", dataset.organization.title);
    let mut picture = Picture::new("map", format!("{name}の位置"), description, view);
    for row in &found.boundary.rows {
        if let Some(geometry) = &row.geometry {
            picture.land(geometry, &row.values.first().map(value_text).unwrap_or_default());
        }
    }
    picture.feature(geometry);
    Ok(picture)
}
