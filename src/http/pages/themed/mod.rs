//! Themed maps: `/maps`, `/maps/{name}` and what belongs to it. Several layers on one map, told wholly by the address;
//! drawn by the server with the list of the very features drawn, and taken over by MapLibre where there is script.
//! Long because the pages of one map share what they say.

mod content;
mod drawing;
mod embed;
mod list;
mod marks;
mod plane;
mod point;
mod print;
mod sheet;
mod state;
mod style;
mod tree;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State as Extracted};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::json;

use super::address;
use super::frame::Frame;
use super::pager::window;
use super::projection::View;
use super::seen::SIZE_PX;
use super::shapes::Canvas;
use super::wording::number;
use super::{PageResult, page};
use crate::count::access::{Access, map_target};
use crate::http::app::App;
use crate::http::assets::manifest;
use crate::http::problem::Problem;
use crate::http::qr;
use crate::http::themes::{Base, ThemedMap};
use crate::http::words;
use crate::model::catalogue::Catalogue;
use crate::model::lonlat::{Bbox, JAPAN};

use content::{Content, Outcome, Wanted};
use drawing::Drawing;
use marks::{Mark, Swatch};
use state::{At, State, pairs, value};
use tree::{LegendLine, Source, TreeGroup};

/// Features on one page of the list.
const PER_PAGE: u64 = 20;
/// The same as a length.
const PAGE_LINES: usize = 20;
/// From this zoom on roads of the ground are drawn, from the other buildings: before, they are a grey area.
const ROADS_FROM_ZOOM: f64 = 13.5;
const BUILDINGS_FROM_ZOOM: f64 = 16.0;

/// The routes of themed maps, and of printing any layer.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/maps", get(list::list))
        .route("/maps.json", get(list::twin))
        .route("/maps/{name}", get(map))
        .route("/maps/{name}/embed", get(embed::embed))
        .route("/maps/{name}/style.json", get(style::style))
        .route("/maps/{name}/qr.svg", get(code))
        .route("/maps/{name}/point", get(point::point))
        .route("/maps/{name}/print", get(print::themed))
        .route("/maps/{name}/print.svg", get(print::themed_file))
        .route("/map/{layer}/print", get(print::layer))
        .route("/map/{layer}/print.svg", get(print::layer_file))
}

/// The address of the print page of a layer's map at a view.
pub(super) fn print_href(map_path: &str, view: View) -> String {
    print::href_of_layer(map_path, at_of(view), view)
}

/// The path of a themed map.
pub(super) fn path_of(name: &str) -> String {
    format!("/maps/{}", address::segment(name))
}

/// A stretch of a map, read and drawn.
struct Shot {
    view: View,
    content: Content,
    outcome: Outcome,
    picture: Screen,
}

/// The picture on the screen.
#[derive(Template)]
#[template(path = "themed_picture.svg", escape = "html")]
struct Screen {
    title: String,
    description: String,
    drawing: Drawing,
    width: String,
    height: String,
    scale: (String, String),
    scale_y: String,
}

/// A picture is a template of its own: every text in it is escaped there.
impl askama::filters::HtmlSafe for Screen {}

/// The map of a name, or 404.
fn themed(app: &App, catalogue: &Catalogue, name: &str) -> Result<ThemedMap, Problem> {
    app.themes.map(catalogue, name).ok_or_else(Problem::not_found)
}

/// The box around what is shown; around everything where nothing is.
fn whole(map: &ThemedMap, state: &State) -> Bbox {
    let boxes = |indices: &mut dyn Iterator<Item = usize>| {
        indices.filter_map(|index| map.layers.get(index)?.table()?.bbox).reduce(Bbox::union)
    };
    boxes(&mut state.shown.iter().map(|shown| shown.index))
        .or_else(|| boxes(&mut (0..map.layers.len())))
        .unwrap_or(JAPAN)
}

fn view_of(map: &ThemedMap, state: &State) -> View {
    match state.at {
        Some(at) => View::at(at.lon_deg, at.lat_deg, at.zoom, SIZE_PX.0, SIZE_PX.1),
        None => View::fit(whole(map, state), 0.05, SIZE_PX.0, SIZE_PX.1),
    }
}

fn at_of(view: View) -> At {
    let (lon_deg, lat_deg) = view.center();
    At { lat_deg, lon_deg, zoom: view.zoom().clamp(state::MIN_ZOOM, state::MAX_ZOOM) }
}

/// What lies under the layers at a zoom.
fn base_at(base: &Base, zoom: f64) -> Base {
    let mut base = base.clone();
    if zoom < ROADS_FROM_ZOOM {
        base.roads.clear();
    }
    if zoom < BUILDINGS_FROM_ZOOM {
        base.buildings.clear();
    }
    base
}

/// Reads and draws a stretch, with numbers beside the features of the list's page.
async fn shoot(
    app: &Arc<App>,
    catalogue: &Catalogue,
    map: &ThemedMap,
    state: &State,
    view: View,
    only_list: bool,
) -> Result<Shot, Problem> {
    let (layers, shown) = (&map.layers, state.shown.as_slice());
    let base = base_at(&map.base, view.zoom());
    let content = content::read(app, catalogue, Wanted { layers, shown, base, bbox: view.bbox(), only_list }).await?;
    let place = |at: geo_types::Coord<f64>| Some(view.place(at.x, at.y));
    let canvas = Canvas::px(view.width_px, view.height_px);
    let mut drawing = Drawing::new("map", canvas, 1.0);
    let outcome = content.draw(&mut drawing, layers, &place);
    let (_, _, offset) = window(state.page, PER_PAGE, outcome.listed.len() as u64);
    let first = usize::try_from(offset).unwrap_or(0);
    content.number(&mut drawing, &outcome, first..first + PAGE_LINES, &place);
    let title = map.title();
    let (length_m, length_px) = view.scale_bar(160.0);
    let (left, bottom) = (16.0, view.height_px - 16.0);
    let n = |value: f64| canvas.number(value);
    let bar = format!("M{} {}v8H{}v-8", n(left), n(bottom - 8.0), n(left + length_px));
    let length = if length_m >= 1_000.0 { format!("{} km", length_m / 1_000.0) } else { format!("{length_m} m") };
    let picture = Screen {
        description: words::tell("map-picture-about", &[("count", &number(outcome.listed.len() as u64))]).into_owned(),
        title,
        drawing,
        width: n(view.width_px),
        height: n(view.height_px),
        scale: (bar, length),
        scale_y: n(view.height_px - 30.0),
    };
    Ok(Shot { view, content, outcome, picture })
}

/// A link that moves the picture.
struct Tool {
    words: String,
    href: String,
}

/// One feature of the list.
struct ListLine {
    number: u64,
    label: String,
    layer: String,
    more: String,
    level: String,
    href: String,
    center: String,
    swatch: Swatch,
}

/// The list of the features drawn: also sent by itself to the script of the page.
#[derive(Template)]
#[template(path = "themed_list.html")]
struct FeatureList {
    lines: Vec<ListLine>,
    count: String,
    first: String,
    last: String,
    left_out: String,
    previous: Option<String>,
    next: Option<String>,
    is_paged: bool,
    /// Whether no layer is shown.
    is_empty_map: bool,
}

/// A list is a template of its own: every text in it is escaped there.
impl askama::filters::HtmlSafe for FeatureList {}

#[expect(clippy::unused_self, reason = "templates reach wordings through what they show")]
impl FeatureList {
    fn say(&self, name: &str) -> std::borrow::Cow<'static, str> {
        words::say(name)
    }

    fn tell(&self, name: &str, places: &[(&str, &str)]) -> std::borrow::Cow<'static, str> {
        words::tell(name, places)
    }

    fn of(map: &ThemedMap, state: &State, outcome: &Outcome, path: &str) -> Self {
        let total = outcome.listed.len() as u64;
        let (first, last, offset) = window(state.page, PER_PAGE, total);
        let lines = (offset + 1..)
            .zip(outcome.listed.iter().skip(usize::try_from(offset).unwrap_or(usize::MAX)).take(PAGE_LINES))
            .filter_map(|(number, own)| {
                let layer = map.layers.get(own.layer)?;
                let table = layer.table()?;
                Some(ListLine {
                    number,
                    label: own.label.clone(),
                    layer: layer.layer.title.clone(),
                    more: own.more.clone(),
                    level: own.level.clone(),
                    href: address::feature(layer.dataset.name.as_str(), table.shape.key.as_str(), own.id),
                    center: own.center.map_or_else(String::new, |at| format!("{:.6},{:.6}", at.x, at.y)),
                    swatch: Swatch::new(format!("list-{number}"), Mark::of(own.layer), table.geometry),
                })
            })
            .collect();
        let current = offset / PER_PAGE + 1;
        let page = |page: u64| format!("{}#features", State { page, ..state.clone() }.href(path));
        Self {
            lines,
            count: number(total),
            first: number(first),
            last: number(last),
            left_out: if outcome.left_out > 0 { number(outcome.left_out) } else { String::new() },
            previous: (current > 1).then(|| page(current - 1)),
            next: (last < total).then(|| page(current + 1)),
            is_paged: total > PER_PAGE,
            is_empty_map: state.shown.is_empty(),
        }
    }
}

#[derive(Template)]
#[template(path = "themed.html")]
struct MapPage {
    frame: Frame,
    title: String,
    about: String,
    organization: String,
    organization_href: String,
    picture: Screen,
    tools: Vec<Tool>,
    tree: Vec<TreeGroup>,
    left_out_layers: String,
    legend: Vec<LegendLine>,
    has_rough: bool,
    has_boundary: bool,
    has_ground: bool,
    sources: Vec<Source>,
    list: FeatureList,
    unknown: String,
    // --- addresses
    path: String,
    layers_text: String,
    at_text: String,
    at: (String, String, String),
    print_href: String,
    point_href: String,
    share_href: String,
    qr_href: String,
    embed_code: String,
    // --- for the script
    settings: String,
}

/// `/maps/{name}`.
async fn map(Extracted(app): Extracted<Arc<App>>, Path(name): Path<String>, RawQuery(raw): RawQuery) -> PageResult {
    let catalogue = app.catalogue();
    if app.themes.theme(&name).is_some() {
        return list::of_theme(&app, &catalogue, &name);
    }
    let map = themed(&app, &catalogue, &name)?;
    let pairs = pairs(raw.as_deref());
    let mut state = State::parse(&pairs, &map.layers)?;
    let path = path_of(&map.name);
    if state.is_form {
        if let Some(at) = form_place(&pairs)? {
            state = state.with_at(at);
        }
        let mut answer = Redirect::to(&state.href(&path)).into_response();
        answer.extensions_mut().insert(Access::Other);
        return Ok(answer);
    }
    if value(&pairs, "part") == Some("list") {
        let view = value(&pairs, "bbox")
            .and_then(address::parse_bbox)
            .map_or_else(|| view_of(&map, &state), |bbox| View::of(bbox, SIZE_PX.0));
        let shot = shoot(&app, &catalogue, &map, &state, view, true).await?;
        let listed = State { at: Some(at_of(shot.view)), ..state };
        return page(&FeatureList::of(&map, &listed, &shot.outcome, &path), Access::Other);
    }
    let view = view_of(&map, &state);
    let shot = shoot(&app, &catalogue, &map, &state, view, false).await?;
    page(&map_page(&app, &map, &state, shot, path), Access::MapOpen { map: map_target(&map.name), embed: false })
}

/// The place of the form, where all of it is told.
fn form_place(pairs: &[(String, String)]) -> Result<Option<At>, Problem> {
    let (Some(lat), Some(lon)) = (value(pairs, "lat"), value(pairs, "lon")) else { return Ok(None) };
    let zoom = value(pairs, "zoom").unwrap_or("15");
    At::parse(&format!("{lat},{lon},{zoom}"), 15.0)
        .map(Some)
        .ok_or_else(|| Problem::BadRequest { detail: words::say("map-at-wrong").into_owned() })
}

fn tools(state: &State, view: View, path: &str) -> Vec<Tool> {
    let to = |name: &str, view: View| Tool {
        words: words::say(name).into_owned(),
        href: state.with_at(at_of(view)).href(path),
    };
    let mut tools = vec![
        to("map-zoom-in", view.zoomed(0.5)),
        to("map-zoom-out", view.zoomed(2.0)),
        to("map-north", view.moved(0.0, -0.4)),
        to("map-south", view.moved(0.0, 0.4)),
        to("map-west", view.moved(-0.4, 0.0)),
        to("map-east", view.moved(0.4, 0.0)),
    ];
    tools.push(Tool {
        words: words::say("map-whole").into_owned(),
        href: State { at: None, page: 1, ..state.clone() }.href(path),
    });
    tools
}

/// What the script is told: addresses, the box, and its words in the language of the page.
fn settings(map: &ThemedMap, state: &State, view: View, path: &str) -> String {
    let say = |name: &str| words::say(name);
    json!({
        "path": path,
        "style": format!("{path}/style.json"),
        "worker": manifest().path("map-worker.mjs"),
        "faces": manifest().path("font-faces.json"),
        "bounds": address::bbox_text(view.bbox()),
        "at": state.at.map(At::text),
        "name": map.name,
        "most": crate::http::themes::SHOWN_LIMIT,
        "words": {
            "zoomIn": say("map-zoom-in"), "zoomOut": say("map-zoom-out"), "map": say("map-word"),
            "windowsHelp": say("map-help-windows"), "macHelp": say("map-help-mac"), "mobileHelp": say("map-help-mobile"),
            "tooMany": words::tell("map-too-many", &[("most", &crate::http::themes::SHOWN_LIMIT.to_string())]),
            "distance": say("map-measured-distance"), "area": say("map-measured-area"),
            "located": say("map-located"), "notLocated": say("map-not-located"),
            "fileShown": say("map-file-shown"), "fileTooLarge": say("map-file-too-large"),
            "fileUnreadable": say("map-file-unreadable"), "fileEmpty": say("map-file-empty"),
            "failed": say("map-failed"),
        },
    })
    .to_string()
}

fn map_page(app: &App, map: &ThemedMap, state: &State, shot: Shot, path: String) -> MapPage {
    let Shot { view, content, outcome, picture } = shot;
    let title = map.title();
    let mut frame = Frame::new(app, &title).section("/map").crumb(&words::say("map-themes"), "/maps");
    map.theme.about.spoken().clone_into(&mut frame.description);
    frame.map = true;
    frame.unlisted = state.is_told;
    let at = at_of(view);
    let here = State { at: Some(at), ..state.clone() };
    let site = app.config.public_url();
    let embed = format!("{site}{}", here.href(&format!("{path}/embed")));
    MapPage {
        frame,
        about: map.theme.about.spoken().to_owned(),
        organization: map.organization.title.clone(),
        organization_href: address::organization(map.organization.name.as_str()),
        tools: tools(state, view, &path),
        tree: tree::groups(map, &here, &path),
        left_out_layers: if map.left_out > 0 { number(map.left_out as u64) } else { String::new() },
        legend: tree::legend(map, state),
        has_rough: picture.drawing.has_rough(),
        has_boundary: content.boundary_source.is_some(),
        has_ground: !content.ground_sources.is_empty(),
        sources: tree::sources(map, state, &content),
        list: FeatureList::of(map, &here, &outcome, &path),
        unknown: state.unknown.join(", "),
        picture,
        print_href: print::href(&here, &path, view),
        point_href: State { page: 1, ..here.clone() }.href(&format!("{path}/point")),
        share_href: format!("{site}{}", here.href(&path)),
        qr_href: State { page: 1, ..here.clone() }.href(&format!("{path}/qr.svg")),
        embed_code: format!(
            "<iframe src=\"{}\" title=\"{}\" width=\"800\" height=\"600\"></iframe>",
            embed.replace('&', "&amp;"),
            title.replace(['"', '<', '&'], " ")
        ),
        layers_text: state.layers_text(),
        at_text: state.at.map_or_else(String::new, At::text),
        at: (format!("{:.5}", at.lat_deg), format!("{:.5}", at.lon_deg), format!("{:.1}", at.zoom)),
        settings: settings(map, state, view, &path),
        title,
        path,
    }
}

#[derive(Template)]
#[template(path = "qr.svg", escape = "html")]
struct QrPicture {
    side: usize,
    path: String,
    title: String,
}

/// `/maps/{name}/qr.svg`: the address of the map as it stands in the question.
async fn code(Extracted(app): Extracted<Arc<App>>, Path(name): Path<String>, RawQuery(raw): RawQuery) -> PageResult {
    let catalogue = app.catalogue();
    let map = themed(&app, &catalogue, &name)?;
    let state = State::parse(&pairs(raw.as_deref()), &map.layers)?;
    let address = format!("{}{}", app.config.public_url(), state.href(&path_of(&map.name)));
    let code = qr::Code::of(&address).ok_or_else(Problem::not_found)?;
    let picture = QrPicture { side: code.side(), path: code.path_data(), title: map.title() };
    let text = picture.render().map_err(|error| Problem::internal("drawing a code", &error))?;
    Ok(svg(text, Access::Asset, None))
}

/// An answer that is a picture of its own.
fn svg(text: String, access: Access, file_name: Option<&str>) -> Response {
    use axum::http::{HeaderValue, header};
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, crate::http::cache::Policy::Minute.value());
    headers.insert(header::CONTENT_SECURITY_POLICY, crate::http::headers::DATA_POLICY);
    if let Some(name) = file_name {
        headers.insert(header::CONTENT_DISPOSITION, crate::http::disposition::attachment(name));
    }
    response.extensions_mut().insert(access);
    response
}
