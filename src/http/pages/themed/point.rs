//! What all layers of a map say of one point: the areas it lies in, the lines it lies on, the nearest places. A page of
//! its own, to be linked and printed; its middle is also sent by itself to the script of the map.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State as Extracted};
use geo::{Bearing as _, Distance as _, Geodesic, Intersects as _};
use geo_types::{Geometry, Point};

use super::super::address;
use super::super::frame::Frame;
use super::super::label::{label, level, level_column, place_column, value_text};
use super::super::shapes::middle;
use super::super::{PageResult, page};
use super::marks::{Mark, Swatch};
use super::state::{At, State, pairs, value};
use super::{at_of, path_of, themed, view_of};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::themes::{MapLayer, ThemedMap};
use crate::http::words;
use crate::model::lonlat::{Bbox, LonLat};
use crate::model::naming::label_column;
use crate::model::record::GeometryKind;
use crate::store::features::FeatureQuery;
use crate::store::rows::{FoundRow, RowQuery};
use crate::store::{Store, StoreError};

/// Features of one layer told of one point: areas of one theme seldom overlap.
const FEATURES_LIMIT: usize = 5;
/// Areas looked at of one layer: so many boxes may touch a point.
const CANDIDATES_LIMIT: u64 = 50;
/// A line this near is meant: half a wide road, m.
const LINE_M: f64 = 20.0;
/// A place further away is no longer near, m.
const NEAR_M: f64 = 10_000.0;

/// What one layer says.
struct Told {
    layer: String,
    swatch: Swatch,
    lines: Vec<ToldLine>,
}

struct ToldLine {
    label: String,
    more: String,
    level: String,
    href: String,
    /// How far and in which direction; empty where the point lies in it.
    distance: String,
}

/// The report without the page around it.
#[derive(Template)]
#[template(path = "themed_point_report.html")]
struct Report {
    lat: String,
    lon: String,
    areas: Vec<Told>,
    lines: Vec<Told>,
    places: Vec<Told>,
    /// Titles of the layers that say nothing of this point.
    silent: String,
    own_href: String,
}

/// A report is a template of its own: every text in it is escaped there.
impl askama::filters::HtmlSafe for Report {}

#[expect(clippy::unused_self, reason = "templates reach wordings through what they show")]
impl Report {
    fn say(&self, name: &str) -> std::borrow::Cow<'static, str> {
        words::say(name)
    }

    fn tell(&self, name: &str, places: &[(&str, &str)]) -> std::borrow::Cow<'static, str> {
        words::tell(name, places)
    }
}

#[derive(Template)]
#[template(path = "themed_point.html")]
struct PointPage {
    frame: Frame,
    title: String,
    report: Report,
    path: String,
    layers_text: String,
    back_href: String,
    sources: Vec<super::tree::Source>,
}

/// `/maps/{name}/point?at=latitude,longitude`.
pub(super) async fn point(
    Extracted(app): Extracted<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let catalogue = app.catalogue();
    let map = themed(&app, &catalogue, &name)?;
    let pairs = pairs(raw.as_deref());
    let mut state = State::parse(&pairs, &map.layers)?;
    if let Some(at) = super::form_place(&pairs)? {
        state = state.with_at(at);
    }
    let at = state.at.unwrap_or_else(|| at_of(view_of(&map, &state)));
    let position = LonLat::new(at.lon_deg, at.lat_deg).ok_or_else(Problem::not_found)?;
    let path = path_of(&map.name);
    let own_href = State { page: 1, at: Some(at), ..state.clone() }.href(&format!("{path}/point"));
    let report = report(&app, &map, position, own_href).await?;
    if value(&pairs, "part") == Some("report") {
        return page(&report, Access::Other);
    }
    let title = words::tell("map-point-title", &[("map", &map.title())]).into_owned();
    let mut frame = Frame::new(&app, &title).section("/map").crumb(&map.title(), path.clone());
    frame.unlisted = true;
    frame.map = true;
    let template = PointPage {
        title,
        frame,
        report,
        back_href: state.with_at(At { zoom: at.zoom.max(14.0), ..at }).href(&path),
        layers_text: state.layers_text(),
        path: format!("{path}/point"),
        sources: map.layers.iter().map(super::tree::Source::of).collect(),
    };
    page(&template, Access::SitePage)
}

/// What was found of one layer: its place among the map's, its kind, and rows with their distance, m.
struct Found {
    index: usize,
    kind: Option<GeometryKind>,
    rows: Vec<(FoundRow, f64)>,
}

async fn report(app: &Arc<App>, map: &ThemedMap, position: LonLat, own_href: String) -> Result<Report, Problem> {
    let store = Arc::clone(&app.store);
    let layers = map.layers.clone();
    let read = move || -> Result<Vec<Found>, StoreError> {
        let each = layers.iter().enumerate();
        each.map(|(index, own)| found(&store, index, own, position)).collect()
    };
    let found = match tokio::task::spawn_blocking(read).await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Err(Problem::internal("reading about a point", &error)),
        Err(error) => return Err(Problem::internal("reading about a point", &error)),
    };
    let mut report = Report {
        lat: format!("{:.6}", position.lat_deg()),
        lon: format!("{:.6}", position.lon_deg()),
        areas: Vec::new(),
        lines: Vec::new(),
        places: Vec::new(),
        silent: String::new(),
        own_href,
    };
    let mut silent = Vec::new();
    for found in found {
        let Some(own) = map.layers.get(found.index) else { continue };
        if found.rows.is_empty() {
            silent.push(own.layer.title.clone());
            continue;
        }
        let told = told(own, &found, position);
        match found.kind {
            Some(GeometryKind::Point) => report.places.push(told),
            Some(GeometryKind::Line) => report.lines.push(told),
            _ => report.areas.push(told),
        }
    }
    report.silent = silent.join(&words::say("map-joiner"));
    Ok(report)
}

fn found(store: &Store, index: usize, own: &MapLayer, position: LonLat) -> Result<Found, StoreError> {
    let mut found = Found { index, kind: None, rows: Vec::new() };
    let Some(table) = own.table() else { return Ok(found) };
    found.kind = table.geometry;
    let columns: Vec<String> = table.shape.columns.iter().map(|column| column.name.clone()).collect();
    if table.geometry == Some(GeometryKind::Point) {
        let query = FeatureQuery { columns, geometry: true, near: Some(position), limit: 1, ..FeatureQuery::default() };
        store.features(table, &query, |feature| {
            if let Some(metres) = feature.distance_m.filter(|metres| *metres <= NEAR_M) {
                found.rows.push((feature.row, metres));
            }
            true
        })?;
        return Ok(found);
    }
    let query = RowQuery {
        columns,
        bbox: Some(around(position)),
        limit: CANDIDATES_LIMIT,
        geometry: true,
        ..RowQuery::default()
    };
    let at = Point::new(position.lon_deg(), position.lat_deg());
    for row in store.rows(table, &query)?.rows {
        let Some(geometry) = &row.geometry else { continue };
        let metres = if geometry.intersects(&at) { 0.0 } else { line_distance_m(geometry, at) };
        if metres <= LINE_M && found.rows.len() < FEATURES_LIMIT {
            found.rows.push((row, metres));
        }
    }
    found.rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    Ok(found)
}

/// The box of 20 m around a position.
fn around(position: LonLat) -> Bbox {
    let north_deg = LINE_M / 110_574.0;
    let east_deg = north_deg / position.lat_deg().to_radians().cos().max(0.01);
    Bbox {
        west_deg: position.lon_deg() - east_deg,
        south_deg: position.lat_deg() - north_deg,
        east_deg: position.lon_deg() + east_deg,
        north_deg: position.lat_deg() + north_deg,
    }
}

/// How far a line is, m, on a plane of degrees true to scale at the point; infinite for anything but lines.
fn line_distance_m(geometry: &Geometry<f64>, at: Point<f64>) -> f64 {
    let shrink = at.y().to_radians().cos();
    let metres = |line: &geo_types::LineString<f64>| {
        let segments = line.0.windows(2).filter_map(|pair| if let &[a, b] = pair { Some((a, b)) } else { None });
        segments
            .map(|(a, b)| {
                let [a, b] = [a, b].map(|p| ((p.x - at.x()) * shrink * 111_320.0, (p.y - at.y()) * 110_950.0));
                let (dx, dy) = (b.0 - a.0, b.1 - a.1);
                let length = dx * dx + dy * dy;
                let part = if length > 0.0 { (-(a.0 * dx + a.1 * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
                (a.0 + part * dx).hypot(a.1 + part * dy)
            })
            .fold(f64::INFINITY, f64::min)
    };
    match geometry {
        Geometry::LineString(line) => metres(line),
        Geometry::MultiLineString(lines) => lines.iter().map(metres).fold(f64::INFINITY, f64::min),
        Geometry::GeometryCollection(parts) => {
            parts.iter().map(|part| line_distance_m(part, at)).fold(f64::INFINITY, f64::min)
        }
        _ => f64::INFINITY,
    }
}

fn told(own: &MapLayer, found: &Found, position: LonLat) -> Told {
    let line = |(row, _): &(FoundRow, f64)| {
        let table = own.table()?;
        let shape = &table.shape;
        let label_at = label_column(shape);
        let place_at = place_column(shape).filter(|place| Some(*place) != label_at);
        let target = row.geometry.as_ref().and_then(middle);
        let distance = match (found.kind, target) {
            (Some(GeometryKind::Point), Some(target)) => distance_words(position, Point::new(target.x, target.y)),
            _ => String::new(),
        };
        Some(ToldLine {
            label: label(&row.values, label_at, row.id),
            more: place_at.and_then(|at| row.values.get(at)).map(value_text).unwrap_or_default(),
            level: level(&row.values, level_column(shape)),
            href: address::feature(own.dataset.name.as_str(), shape.key.as_str(), row.id),
            distance,
        })
    };
    Told {
        layer: own.layer.title.clone(),
        swatch: Swatch::new(format!("point-{}", found.index), Mark::of(found.index), found.kind),
        lines: found.rows.iter().filter_map(line).collect(),
    }
}

const WINDS: [&str; 8] = [
    "map-wind-n",
    "map-wind-ne",
    "map-wind-e",
    "map-wind-se",
    "map-wind-s",
    "map-wind-sw",
    "map-wind-w",
    "map-wind-nw",
];

/// The straight distance and the direction: `北東へ 320 m`.
fn distance_words(from: LonLat, to: Point<f64>) -> String {
    let from = Point::new(from.lon_deg(), from.lat_deg());
    let metres = Geodesic.distance(from, to);
    let length = if metres < 995.0 { format!("{metres:.0} m") } else { format!("{:.1} km", metres / 1_000.0) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0…360 in steps of 45")]
    let wind = (((Geodesic.bearing(from, to) + 360.0) % 360.0 / 45.0).round() as usize) % WINDS.len();
    let wind = words::say(WINDS.get(wind).copied().unwrap_or_default());
    words::tell("map-point-distance", &[("direction", &wind), ("distance", &length)]).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::line_string;

    #[test]
    fn a_line_is_as_far_as_its_nearest_stretch() {
        let at = Point::new(138.32, 34.86);
        let line: Geometry<f64> = line_string![(x: 138.31, y: 34.8601), (x: 138.33, y: 34.8601)].into();
        let metres = line_distance_m(&line, at);
        assert!((metres - 11.1).abs() < 0.1, "{metres}");
        assert!(line_distance_m(&Geometry::Point(at), at).is_infinite());
    }
}
