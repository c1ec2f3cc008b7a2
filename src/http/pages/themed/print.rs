//! Printing: one sheet at an exact scale, as a page with a form and as a file. Nothing opens by itself, and what cannot
//! be printed as asked is refused with the reason, never printed in part.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as Extracted};
use axum::http::StatusCode;

use super::super::address;
use super::super::frame::Frame;
use super::super::projection::View;
use super::super::seen::SIZE_PX;
use super::super::shapes::Canvas;
use super::super::wording::{Day, number};
use super::super::{PageResult, page};
use super::content::{self, FEATURES_LIMIT, Wanted};
use super::drawing::Drawing;
use super::plane::Plane;
use super::sheet::{Layout, Paper, Sheet};
use super::state::{At, State, pairs, value};
use super::tree;
use super::{at_of, base_at, path_of, svg, themed as themed_map, view_of};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::themes::{MapLayer, ThemedMap, Themes};
use crate::http::words;
use crate::model::catalogue::Catalogue;
use crate::model::lonlat::{JAPAN, LonLat};

/// The scales a form offers.
const SCALES: [u32; 6] = [500, 1_000, 2_500, 5_000, 10_000, 25_000];
/// Millimetres that a unit of marks and widths is on paper: a mark is 3.4 mm wide, a line 0.8 mm.
const UNIT_MM: f64 = 0.28;
/// Width of the map on a sheet of A4, landscape, m.
const MAP_WIDTH_M: f64 = 0.277;

/// What is printed.
struct Subject {
    map: ThemedMap,
    title: String,
    /// The path of the map itself, and of its print page.
    path: String,
    back: String,
}

/// How it is printed.
struct Order {
    paper: Paper,
    scale: u32,
    at: At,
}

/// The address of the print page of a view: on A4, at the first round scale that shows as much.
pub(super) fn href(state: &State, path: &str, view: View) -> String {
    let own = State { page: 1, ..state.clone() }.href(&format!("{path}/print"));
    format!("{own}&{}", paper_of(view))
}

/// The same of a layer by itself.
pub(super) fn href_of_layer(path: &str, at: At, view: View) -> String {
    format!("{path}/print?at={}&{}", at.text(), paper_of(view))
}

fn paper_of(view: View) -> String {
    let least = view.width_m() / MAP_WIDTH_M;
    let scale = SCALES.into_iter().find(|scale| f64::from(*scale) >= least).unwrap_or(25_000);
    format!("paper=a4&orientation=landscape&scale={scale}")
}

/// `/maps/{name}/print`.
pub(super) async fn themed(
    Extracted(app): Extracted<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let subject = of_theme(&app, &catalogue, &name)?;
    answer(&app, &catalogue, subject, raw.as_deref(), false).await
}

/// `/maps/{name}/print.svg`.
pub(super) async fn themed_file(
    Extracted(app): Extracted<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let subject = of_theme(&app, &catalogue, &name)?;
    answer(&app, &catalogue, subject, raw.as_deref(), true).await
}

/// `/map/{layer}/print`.
pub(super) async fn layer(
    Extracted(app): Extracted<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let subject = of_layer(&app.themes, &catalogue, &name)?;
    answer(&app, &catalogue, subject, raw.as_deref(), false).await
}

/// `/map/{layer}/print.svg`.
pub(super) async fn layer_file(
    Extracted(app): Extracted<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let subject = of_layer(&app.themes, &catalogue, &name)?;
    answer(&app, &catalogue, subject, raw.as_deref(), true).await
}

fn of_theme(app: &App, catalogue: &Catalogue, name: &str) -> Result<Subject, Problem> {
    let map = themed_map(app, catalogue, name)?;
    let path = path_of(&map.name);
    Ok(Subject { title: map.title(), back: path.clone(), path, map })
}

/// A layer by itself is printed like a map of one layer, over the ground of its organization.
fn of_layer(themes: &Themes, catalogue: &Catalogue, name: &str) -> Result<Subject, Problem> {
    let (dataset, _, layer) = catalogue.layer(name).ok_or_else(Problem::not_found)?;
    let table = dataset
        .tables
        .iter()
        .position(|table| table.layer.as_ref().is_some_and(|own| own.name == layer.name))
        .ok_or_else(Problem::not_found)?;
    let own = MapLayer { dataset: Arc::clone(dataset), table, layer: layer.clone(), shown: true };
    let path = address::map(name);
    let map = themes.of_one(catalogue, own);
    Ok(Subject { title: layer.title.clone(), back: path.clone(), path, map })
}

impl Order {
    /// Reads what the address asks for; what is not told is A4, landscape, 1:2,500, the middle of the map.
    fn parse(pairs: &[(String, String)], state: &State, map: &ThemedMap) -> Result<Self, String> {
        let paper = value(pairs, "paper").unwrap_or("a4");
        let name = Paper::NAMES.into_iter().find(|name| *name == paper);
        let name = name.ok_or_else(|| words::say("map-print-paper-wrong").into_owned())?;
        let landscape = match value(pairs, "orientation").unwrap_or("landscape") {
            "landscape" => true,
            "portrait" => false,
            _ => return Err(words::say("map-print-orientation-wrong").into_owned()),
        };
        let scale = value(pairs, "scale").unwrap_or("2500");
        // Digits alone: a sign would pass the parser.
        let scale = Some(scale)
            .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|text| text.parse::<u32>().ok())
            .filter(|scale| (500..=25_000).contains(scale))
            .ok_or_else(|| words::say("map-print-scale-wrong").into_owned())?;
        let at = state.at.unwrap_or_else(|| match value(pairs, "bbox").and_then(address::parse_bbox) {
            Some(bbox) => at_of(View::fit(bbox, 0.0, SIZE_PX.0, SIZE_PX.1)),
            None => at_of(view_of(map, state)),
        });
        Ok(Self { paper: Paper { name, landscape }, scale, at })
    }
}

/// Draws the sheet, or says why it cannot be.
async fn sheet(
    app: &Arc<App>,
    catalogue: &Catalogue,
    subject: &Subject,
    state: &State,
    order: &Order,
) -> Result<Result<Sheet, String>, Problem> {
    let map = &subject.map;
    let refuse = |name: &str| Ok(Err(words::say(name).into_owned()));
    if !state.unknown.is_empty() {
        return Ok(Err(words::tell("map-print-layer-unknown", &[("layers", &state.unknown.join(", "))]).into_owned()));
    }
    if state.shown.is_empty() {
        return refuse("map-print-no-layer");
    }
    let Some(middle) = LonLat::new(order.at.lon_deg, order.at.lat_deg).filter(|at| JAPAN.contains(*at)) else {
        return refuse("map-print-outside");
    };
    let layout = |sources: &[tree::Source], rough| Layout::of(order.paper, tree::legend(map, state), sources, rough);
    // The sources are known when everything has been read; those of the ground may take a line more.
    let mut sources: Vec<tree::Source> =
        state.shown.iter().filter_map(|shown| map.layers.get(shown.index)).map(tree::Source::of).collect();
    let (mut made, mut has_rough) = (None, false);
    for _ in 0..2 {
        let Some(layout) = layout(&sources, has_rough) else { return refuse("map-print-no-room") };
        let (width, height) = layout.map_mm();
        let Some(plane) = Plane::new(middle, order.scale, width, height) else { return refuse("map-print-outside") };
        let Some(bbox) = plane.bbox() else { return refuse("map-print-outside") };
        let zoom = View::of(bbox, width / UNIT_MM).zoom();
        let wanted =
            Wanted { layers: &map.layers, shown: &state.shown, base: base_at(&map.base, zoom), bbox, only_list: false };
        let content = content::read(app, catalogue, wanted).await?;
        let all = tree::sources(map, state, &content);
        let is_same = all == sources && content.has_rough() == has_rough;
        (sources, has_rough) = (all, content.has_rough());
        made = Some((layout, plane, content));
        if is_same {
            break;
        }
    }
    let Some((layout, plane, content)) = made else { return refuse("map-print-outside") };
    let (width, height) = layout.map_mm();
    let mut drawing = Drawing::new("sheet", Canvas::mm(width, height), UNIT_MM);
    let outcome = content.draw(&mut drawing, &map.layers, &|at| plane.place(at));
    if outcome.left_out > 0 {
        let total = outcome.listed.len() as u64 + outcome.left_out;
        let places = [("count", number(total)), ("most", number(FEATURES_LIMIT))];
        let places: Vec<(&str, &str)> = places.iter().map(|(place, text)| (*place, text.as_str())).collect();
        return Ok(Err(words::tell("map-print-too-many", &places).into_owned()));
    }
    let day = Day::of(app.clock.now());
    let about = [
        words::tell("map-print-day", &[("day", &tree::day_words(&day))]).into_owned(),
        words::tell(
            "map-print-middle",
            &[("lat", &format!("{:.5}", order.at.lat_deg)), ("lon", &format!("{:.5}", order.at.lon_deg))],
        )
        .into_owned(),
        words::say("map-print-projection").into_owned(),
    ];
    let description = words::tell("map-picture-about", &[("count", &number(outcome.listed.len() as u64))]).into_owned();
    Ok(Ok(Sheet::new(subject.title.clone(), description, drawing, layout, order.scale, &about)))
}

/// One choice of a form.
struct Choice {
    value: String,
    words: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "themed_print.html")]
struct PrintPage {
    frame: Frame,
    title: String,
    sheet: Option<Sheet>,
    /// Why there is no sheet.
    refusal: String,
    path: String,
    back_href: String,
    file_href: String,
    paper_style: String,
    papers: Vec<Choice>,
    orientations: Vec<Choice>,
    scales: Vec<Choice>,
    layers_text: String,
    at_text: String,
}

async fn answer(
    app: &Arc<App>,
    catalogue: &Catalogue,
    subject: Subject,
    raw: Option<&str>,
    is_file: bool,
) -> PageResult {
    let pairs = pairs(raw);
    let (state, mut refusal) = match State::parse(&pairs, &subject.map.layers) {
        Ok(state) => (state, String::new()),
        Err(Problem::BadRequest { detail }) => {
            let without: Vec<_> = pairs.iter().filter(|(key, _)| key != "at").cloned().collect();
            (State::parse(&without, &subject.map.layers)?, detail)
        }
        Err(problem) => return Err(problem),
    };
    let order = match Order::parse(&pairs, &state, &subject.map) {
        Ok(order) => order,
        Err(reason) => {
            if refusal.is_empty() {
                refusal = reason;
            }
            Order::parse(&[], &state, &subject.map).map_err(|detail| Problem::BadRequest { detail })?
        }
    };
    let made = if refusal.is_empty() {
        match sheet(app, catalogue, &subject, &state, &order).await? {
            Ok(sheet) => Some(sheet),
            Err(reason) => {
                refusal = reason;
                None
            }
        }
    } else {
        None
    };
    if is_file {
        let Some(mut sheet) = made else { return Err(Problem::BadRequest { detail: refusal }) };
        sheet.alone = true;
        let name = format!("{}_1-{}_{}.svg", subject.title, order.scale, order.paper.name.to_uppercase());
        let text = sheet.render().map_err(|error| Problem::internal("drawing a sheet", &error))?;
        return Ok(svg(text, Access::Asset, Some(&name)));
    }
    let is_refused = made.is_none();
    let mut answer = page(&print_page(app, subject, &state, &order, made, refusal), Access::SitePage)?;
    if is_refused {
        *answer.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(answer)
}

fn print_page(
    app: &App,
    subject: Subject,
    state: &State,
    order: &Order,
    sheet: Option<Sheet>,
    refusal: String,
) -> PrintPage {
    let here = State { at: Some(order.at), page: 1, ..state.clone() };
    let print_path = format!("{}/print", subject.path);
    let heading = words::tell("map-print-title", &[("title", &subject.title)]).into_owned();
    let mut frame = Frame::new(app, &heading).section("/map").crumb(&subject.title, subject.back.clone());
    frame.unlisted = true;
    let choice = |value: &str, words: String, chosen: bool| Choice { value: value.to_owned(), words, chosen };
    let papers =
        Paper::NAMES.into_iter().map(|name| choice(name, name.to_uppercase(), name == order.paper.name)).collect();
    let orientations =
        [("landscape", words::say("map-print-landscape")), ("portrait", words::say("map-print-portrait"))]
            .into_iter()
            .map(|(value, words)| choice(value, words.into_owned(), value == order.paper.orientation()))
            .collect();
    let mut offered = SCALES.to_vec();
    if !offered.contains(&order.scale) {
        offered.push(order.scale);
        offered.sort_unstable();
    }
    let scales = offered
        .into_iter()
        .map(|scale| choice(&scale.to_string(), format!("1:{}", number(u64::from(scale))), scale == order.scale))
        .collect();
    let paper = format!("&paper={}&orientation={}&scale={}", order.paper.name, order.paper.orientation(), order.scale);
    PrintPage {
        file_href: format!("{}{paper}", here.href(&format!("{print_path}.svg"))),
        paper_style: format!("paper-{}-{}.css", order.paper.name, order.paper.orientation()),
        back_href: if subject.path.starts_with("/maps/") { here.href(&subject.back) } else { subject.back },
        layers_text: here.layers_text(),
        at_text: order.at.text(),
        path: print_path,
        title: heading,
        frame,
        sheet,
        refusal,
        papers,
        orientations,
        scales,
    }
}
