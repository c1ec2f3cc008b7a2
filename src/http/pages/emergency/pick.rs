//! Choosing a place on a small map without script: a picture that is a button (its click says where), links that move
//! it, and its middle for those who use no mouse.

use std::sync::Arc;

use askama::Template as _;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::super::PageResult;
use super::super::address::{self, Question, bbox_text};
use super::super::picture::Picture;
use super::super::projection::View;
use super::area::{Area, areas};
use super::city::city;
use super::picture::{at_least, ground, point};
use super::wanted::Wanted;
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::cache::Policy;
use crate::http::problem::Problem;
use crate::http::words::say;
use crate::model::lonlat::{JAPAN, LonLat};

/// Side of the picture, px: it is never scaled, because a click is told in px of the screen; fits 320 px.
pub(super) const SIDE_PX: u32 = 280;
/// Most shelters drawn on it.
const DRAWN: usize = 1_500;

/// The map on which a place is chosen.
#[derive(Debug)]
pub(super) struct Pick {
    pub(super) picture_href: String,
    /// Fields that go along with a click.
    pub(super) hidden: Vec<(String, String)>,
    /// Links that move the picture: words and address.
    pub(super) tools: Vec<(std::borrow::Cow<'static, str>, String)>,
    /// The page for the middle of the picture.
    pub(super) middle_href: String,
    /// Whether it was moved just now.
    pub(super) is_moved: bool,
}

fn view(question: &Question, area: &Area) -> View {
    let asked = question.get("bbox").and_then(address::parse_bbox);
    let whole = area.bbox.unwrap_or(JAPAN);
    let side = f64::from(SIDE_PX);
    asked.map_or_else(|| View::fit(at_least(whole), 0.05, side, side), |bbox| View::fit(bbox, 0.0, side, side))
}

/// The question for a position: what else was chosen stays, towns and boxes go.
fn placed(question: &Question, lon: f64, lat: f64) -> Question {
    let (lat, lon) = (format!("{lat:.5}"), format!("{lon:.5}"));
    let without = question.with("town", None).with("bbox", None).with("at.x", None).with("at.y", None);
    without.with("lat", Some(&lat)).with("lon", Some(&lon))
}

impl Pick {
    /// The map of a municipality.
    pub(super) fn of(wanted: &Wanted, area: &Area) -> Self {
        let question = &wanted.question.with("city", Some(area.code()));
        let view = view(question, area);
        let bbox = bbox_text(view.bbox());
        let moved = |view: View| question.with("bbox", Some(&bbox_text(view.bbox()))).under("/emergency") + "#pick";
        let (lon, lat) = view.bbox().center();
        let tools = vec![
            (say("emergency-zoom-in"), moved(view.zoomed(0.5))),
            (say("emergency-zoom-out"), moved(view.zoomed(2.0))),
            (say("emergency-to-north"), moved(view.moved(0.0, -0.4))),
            (say("emergency-to-south"), moved(view.moved(0.0, 0.4))),
            (say("emergency-to-west"), moved(view.moved(-0.4, 0.0))),
            (say("emergency-to-east"), moved(view.moved(0.4, 0.0))),
        ];
        let picture = Question::default().with("city", Some(area.code())).with("bbox", Some(&bbox));
        Self {
            picture_href: picture.under("/emergency/pick.svg"),
            hidden: question.with("bbox", Some(&bbox)).others(&["lat", "lon", "town", "page", "at.x", "at.y"]),
            tools,
            middle_href: placed(question, lon, lat).under("/emergency") + "#results",
            is_moved: wanted.question.get("bbox").is_some(),
        }
    }
}

/// `/emergency/pick`: a click on the picture becomes an address with a position.
pub(in crate::http::pages) async fn clicked(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    let areas = areas(&app.catalogue());
    let wanted = Wanted::parse(raw.as_deref(), &areas)?;
    let area = wanted.area.and_then(|index| areas.get(index)).ok_or_else(Problem::not_found)?;
    let side = f64::from(SIDE_PX);
    let place = |key: &str| {
        let value: Option<u32> = wanted.question.get(key).and_then(|text| text.parse().ok());
        value.map(f64::from).filter(|value| *value <= side)
    };
    // A keyboard presses the button without a place, which browsers tell as 0, 0: then its middle is meant.
    let at = place("at.x").zip(place("at.y")).filter(|at| *at != (0.0, 0.0)).unwrap_or((side / 2.0, side / 2.0));
    let (lon, lat) = view(&wanted.question, area).position(at);
    let target = placed(&wanted.question, lon, lat).under("/emergency") + "#results";
    let mut response = (StatusCode::SEE_OTHER, ()).into_response();
    let location = HeaderValue::from_str(&target).map_err(|error| Problem::internal("writing an address", &error))?;
    response.headers_mut().insert(header::LOCATION, location);
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Problem.value());
    Ok(response)
}

/// `/emergency/pick.svg`: the picture.
pub(in crate::http::pages) async fn picture(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    let published = app.published();
    let areas = areas(&published.catalogue);
    let wanted = Wanted::parse(raw.as_deref(), &areas)?;
    let area = wanted.area.and_then(|index| areas.get(index)).ok_or_else(Problem::not_found)?;
    let view = view(&wanted.question, area);
    let mut picture = Picture::new("pick", say("emergency-pick-title").into_owned(), String::new(), view);
    if let Some(list) = area.lists.first() {
        ground(&app, &published.catalogue, &list.dataset, view).await?.under(&mut picture);
    }
    let city = city(&app, &published, area).await?;
    let bbox = view.bbox();
    let shown = city.shelters.iter().filter_map(|shelter| Some((shelter, shelter.at.filter(|at| bbox.contains(*at))?)));
    for (shelter, at) in shown.take(DRAWN) {
        picture.feature(&point(at), shelter.is_rough);
    }
    let (lon, lat) = bbox.center();
    if let Some(middle) = LonLat::new(lon, lat) {
        picture.here(middle);
    }
    picture.alone = true;
    let svg = picture.render().map_err(|error| Problem::internal("drawing a map", &error))?;
    let mut response: Response = svg.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, Policy::Minute.value());
    response.extensions_mut().insert(Access::Asset);
    Ok(response)
}
