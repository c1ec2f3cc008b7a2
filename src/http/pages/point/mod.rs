//! この場所について: what all layers say of one place, and what lies near it – a page for one sheet of paper, and the
//! same as JSON.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value as Json, json};

use super::address::{self, Question};
use super::emergency::picture::{at_least, ground, point};
use super::emergency::wanted::position;
use super::frame::Frame;
use super::picture::Picture;
use super::projection::View;
use super::wording::Day;
use super::{PageResult, page};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::tiles::json_answer;
use crate::http::words::{say, tell};
use crate::model::lonlat::{Bbox, LonLat};
use crate::model::time::japan_day;

mod kind;
mod look;

use kind::Kind;
use look::{Held, Look, Near, Origin};

/// Size of the small map, px of its own.
const SIZE_PX: (f64, f64) = (480.0, 360.0);

/// The routes of the report.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/point", get(report)).route("/point.json", get(document))
}

/// The layers of one kind that hold the place.
struct Group {
    title: String,
    holds: Vec<HeldLine>,
}

struct HeldLine {
    layer: String,
    label: String,
    href: String,
    facts: Vec<(String, String)>,
    /// The number of its source, from 1, and the day its data is of.
    source: usize,
    date: String,
}

struct NearLine {
    layer: String,
    name: String,
    href: String,
    place: String,
    length: String,
    direction: String,
    is_rough: bool,
    source: usize,
    date: String,
}

/// Where something comes from.
struct OriginLine {
    number: usize,
    title: String,
    credit: String,
    dataset_href: String,
    licence_title: String,
    licence_url: String,
    date: String,
}

struct Report {
    lat: String,
    lon: String,
    groups: Vec<Group>,
    near: Vec<NearLine>,
    /// By number.
    sources: Vec<OriginLine>,
    looked: String,
    /// Layers that were not looked at; empty where there is none.
    not_looked: String,
    today: Day,
    picture: Option<Picture>,
    own_address: String,
    emergency_href: String,
}

#[derive(Template)]
#[template(path = "point.html")]
struct PointPage {
    frame: Frame,
    lat: String,
    lon: String,
    report: Option<Report>,
}

/// `/point`.
async fn report(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    let question = Question::parse(raw.as_deref());
    let mut frame = Frame::new(&app, &say("point-title"));
    frame.description = say("point-lead").into_owned();
    let Some(at) = position(&question)? else {
        let template = PointPage { frame, lat: String::new(), lon: String::new(), report: None };
        return page(&template, Access::SitePage);
    };
    let (lat, lon) = (format!("{:.5}", at.lat_deg()), format!("{:.5}", at.lon_deg()));
    let look = looked(&app, at).await?;
    let own = format!("/point?lat={lat}&lon={lon}");
    let twin = format!("/point.json?lat={lat}&lon={lon}");
    frame = frame.alternate("application/json", &say("point-json"), twin);
    frame.unlisted = true;
    let mut sources = Vec::new();
    let report = Report {
        groups: groups(&look, &mut sources),
        near: look.near.iter().map(|near| near_line(near, &mut sources)).collect(),
        sources: sources.iter().enumerate().map(|(index, origin)| origin_line(origin, index + 1)).collect(),
        looked: look.looked.to_string(),
        not_looked: if look.not_looked == 0 { String::new() } else { look.not_looked.to_string() },
        today: Day::of(app.clock.now()),
        picture: drawn(&app, &look, at).await?,
        own_address: format!("{}{own}", app.config.public_url()),
        emergency_href: format!("/emergency?lat={lat}&lon={lon}"),
        lat: lat.clone(),
        lon: lon.clone(),
    };
    page(&PointPage { frame, lat, lon, report: Some(report) }, Access::SitePage)
}

/// `/point.json`: the same.
async fn document(
    State(app): State<Arc<App>>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let at = position(&Question::parse(raw.as_deref()))?
        .ok_or_else(|| Problem::BadRequest { detail: say("emergency-wrong-position").into_owned() })?;
    let look = looked(&app, at).await?;
    let site = app.config.public_url();
    let holds: Vec<Json> = look
        .holds
        .iter()
        .map(|held| {
            let facts: serde_json::Map<String, Json> =
                held.facts.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            json!({
                "kind": held.kind.name(),
                "layer": held.origin.layer(),
                "title": held.origin.title(),
                "label": held.label,
                "values": facts,
                "record": format!("{site}{}", held.href),
                "source": origin_json(&held.origin),
            })
        })
        .collect();
    let near: Vec<Json> = look
        .near
        .iter()
        .map(|near| {
            json!({
                "layer": near.origin.layer(),
                "title": near.origin.title(),
                "name": near.name,
                "address": near.place,
                "distance_m": (near.way.distance_m * 10.0).round() / 10.0,
                "bearing_deg": near.way.bearing_deg.round(),
                "approximate": near.is_rough,
                "record": format!("{site}{}", near.href),
                "source": origin_json(&near.origin),
            })
        })
        .collect();
    let document = json!({
        "lat": at.lat_deg(),
        "lon": at.lon_deg(),
        "note": say("point-reference"),
        "layers_looked_at": look.looked,
        "layers_not_looked_at": look.not_looked,
        "holds": holds,
        "near": near,
    });
    Ok(json_answer(&document, &headers))
}

/// Looks at all layers, off the async threads and a few at a time.
async fn looked(app: &Arc<App>, at: LonLat) -> Result<Look, Problem> {
    let (store, catalogue) = (Arc::clone(&app.store), app.catalogue());
    let look = app.at_length(move || Look::at(&store, &catalogue, at)).await?;
    look.map_err(|error| Problem::internal("looking at a place", &error))
}

fn groups(look: &Look, sources: &mut Vec<Origin>) -> Vec<Group> {
    let mut groups = Vec::new();
    for kind in Kind::ALL {
        let held = look.holds.iter().filter(|held| held.kind == kind);
        let holds: Vec<_> = held.map(|held| held_line(held, sources)).collect();
        if !holds.is_empty() {
            groups.push(Group { title: kind.words().into_owned(), holds });
        }
    }
    groups
}

/// The number of a source, which is noted where it is new.
fn number_of(origin: &Origin, sources: &mut Vec<Origin>) -> usize {
    let known = sources.iter().position(|known| known.dataset.id == origin.dataset.id);
    known.unwrap_or_else(|| {
        sources.push(origin.clone());
        sources.len() - 1
    }) + 1
}

fn held_line(held: &Held, sources: &mut Vec<Origin>) -> HeldLine {
    HeldLine {
        layer: held.origin.title().to_owned(),
        label: held.label.clone(),
        href: held.href.clone(),
        facts: held.facts.clone(),
        source: number_of(&held.origin, sources),
        date: date_of(&held.origin),
    }
}

fn near_line(near: &Near, sources: &mut Vec<Origin>) -> NearLine {
    NearLine {
        layer: near.origin.title().to_owned(),
        name: near.name.clone(),
        href: near.href.clone(),
        place: near.place.clone(),
        length: near.way.length().into_owned(),
        direction: near.way.direction().into_owned(),
        is_rough: near.is_rough,
        source: number_of(&near.origin, sources),
        date: date_of(&near.origin),
    }
}

fn date_of(origin: &Origin) -> String {
    let dataset = &origin.dataset;
    if dataset.retrieved.is_empty() { japan_day(dataset.modified).to_string() } else { dataset.retrieved.clone() }
}

fn origin_line(origin: &Origin, number: usize) -> OriginLine {
    let dataset = &origin.dataset;
    OriginLine {
        number,
        title: dataset.title.clone(),
        credit: if dataset.attribution.is_empty() {
            dataset.organization.title.clone()
        } else {
            dataset.attribution.clone()
        },
        dataset_href: address::dataset(dataset.name.as_str()),
        licence_title: dataset.licence.title.clone(),
        licence_url: dataset.licence.url.clone(),
        date: date_of(origin),
    }
}

fn origin_json(origin: &Origin) -> Json {
    let dataset = &origin.dataset;
    json!({
        "dataset": dataset.name,
        "organization": dataset.organization.title,
        "attribution": dataset.attribution,
        "licence": dataset.licence.title,
        "licence_url": dataset.licence.url,
        "date": date_of(origin),
    })
}

/// The place on a small map, over the boundary of the publisher who says most of it.
async fn drawn(app: &Arc<App>, look: &Look, at: LonLat) -> Result<Option<Picture>, Problem> {
    let origin = look.holds.iter().map(|held| &held.origin).chain(look.near.iter().map(|near| &near.origin)).next();
    let Some(origin) = origin else { return Ok(None) };
    let view = View::fit(at_least(Bbox::of(at)), 0.5, SIZE_PX.0, SIZE_PX.1);
    let title =
        tell("point-map-title", &[("lat", &format!("{:.5}", at.lat_deg())), ("lon", &format!("{:.5}", at.lon_deg()))]);
    let mut picture = Picture::new("place", title.into_owned(), say("point-map-text").into_owned(), view);
    ground(app, &app.catalogue(), &origin.dataset, view).await?.under(&mut picture);
    let near: Vec<_> = look.near.iter().filter(|near| view.bbox().contains(near.at)).collect();
    for near in &near {
        picture.feature(&point(near.at), near.is_rough);
    }
    picture.here(at);
    Ok(Some(picture))
}
