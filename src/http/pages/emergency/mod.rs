//! 防災: the nearest shelters for a hazard – one page that works without script, and what its script needs to work
//! without a network.
//!
//! A position stands in an address only where somebody put it there (typed, or clicked on the map); the position of
//! the device is used in the browser alone.

use std::borrow::Cow;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::get;

use super::address::{self, Question};
use super::frame::Frame;
use super::picture::Picture;
use super::{PageResult, page};
use crate::count::access::Access;
use crate::http::app::{App, Published};
use crate::http::problem::Problem;
use crate::http::words::{say, tell};
use crate::model::lonlat::LonLat;

mod area;
pub(super) mod bearing;
mod city;
mod file;
mod hazard;
mod lines;
mod nearest;
mod offline;
mod pick;
pub(super) mod picture;
mod shelter;
mod towns;
pub(super) mod wanted;

pub(super) use area::has_shelters;
pub(in crate::http) use city::Kept;

use area::{Area, areas};
use city::{City, city};
use hazard::Hazard;
use lines::Line;
use nearest::{Found, sorted};
use pick::{Pick, SIDE_PX};
use wanted::{From, Wanted};

/// Shelters on one page of the list: more than anybody compares in a hurry.
const PER_PAGE: usize = 20;
/// Shelters of unknown fitness shown, and such without a position.
const APART: usize = 10;
/// Size of the map of the result, px of its own.
const SIZE_PX: (f64, f64) = (640.0, 480.0);

/// The routes of the page and of what it keeps for the time without a network.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/emergency", get(emergency))
        .route("/emergency/offline", get(offline::shell))
        .route("/emergency/worker.js", get(offline::worker))
        .route("/emergency/data.json", get(offline::index))
        .route("/emergency/data/{name}", get(offline::file))
        .route("/emergency/pick", get(pick::clicked))
        .route("/emergency/pick.svg", get(pick::picture))
}

/// A thing to choose by a link.
struct Choice {
    words: Cow<'static, str>,
    href: String,
    is_chosen: bool,
}

/// Municipalities of one prefecture: code, name, whether chosen.
struct Prefecture {
    name: String,
    cities: Vec<(String, String, bool)>,
}

/// A list the shelters come from.
struct SourceLine {
    title: String,
    href: String,
    attribution: String,
    licence_title: String,
    licence_url: String,
    date: String,
}

/// What was found.
struct Results {
    heading: String,
    /// From where distances are told; empty where that is not known.
    from: String,
    from_town: bool,
    total: String,
    first: usize,
    fit: Vec<Line>,
    unknown: Vec<Line>,
    unknown_total: String,
    unplaced: Vec<Line>,
    unfit: String,
    left_out: u64,
    picture: Option<Picture>,
    boundary: Option<(String, String)>,
    previous: Option<String>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "emergency.html")]
struct EmergencyPage {
    frame: Frame,
    is_shell: bool,
    has_data: bool,
    prefectures: Vec<Prefecture>,
    /// Code and name of the chosen municipality.
    code: String,
    city: String,
    hazards: Vec<Choice>,
    /// Name of the chosen hazard; empty where none is.
    hazard: &'static str,
    towns: Vec<(String, bool)>,
    lat: String,
    lon: String,
    pick: Option<Pick>,
    side_px: u32,
    results: Option<Results>,
    sources: Vec<SourceLine>,
    data_href: String,
    point_href: String,
    /// Wordings of the script, as JSON.
    words: String,
}

impl EmergencyPage {
    /// The page with nothing chosen.
    fn empty(app: &App) -> Self {
        let mut frame = Frame::new(app, &say("emergency-title"));
        frame.description = say("emergency-lead").into_owned();
        Self {
            frame,
            is_shell: false,
            has_data: true,
            prefectures: Vec::new(),
            code: String::new(),
            city: String::new(),
            hazards: Vec::new(),
            hazard: "",
            towns: Vec::new(),
            lat: String::new(),
            lon: String::new(),
            pick: None,
            side_px: SIDE_PX,
            results: None,
            sources: Vec::new(),
            data_href: String::new(),
            point_href: String::new(),
            words: offline::script_words(),
        }
    }
}

impl EmergencyPage {
    /// Whether there is more than one municipality.
    fn has_choice(&self) -> bool {
        self.prefectures.iter().map(|prefecture| prefecture.cities.len()).sum::<usize>() > 1
    }
}

/// `/emergency`.
async fn emergency(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    let published = app.published();
    let areas = areas(&published.catalogue);
    let wanted = Wanted::parse(raw.as_deref(), &areas)?;
    let chosen = wanted.area.and_then(|index| Some((index, areas.get(index)?)));
    let mut template = EmergencyPage::empty(&app);
    template.has_data = !areas.is_empty();
    template.frame.unlisted = wanted.question != Question::default();
    template.prefectures = prefectures(&areas, wanted.area);
    let base = wanted.question.with("bbox", None);
    template.hazards = hazards(&base, wanted.hazard);
    template.hazard = wanted.hazard.map_or("", Hazard::name);
    if let Some(at) = wanted.position {
        (template.lat, template.lon) = (format!("{:.5}", at.lat_deg()), format!("{:.5}", at.lon_deg()));
        template.point_href = format!("/point?lat={}&lon={}", template.lat, template.lon);
    }
    if let Some((index, area)) = chosen {
        let city = city(&app, &published, area).await?;
        let from = wanted.from(&city)?;
        area.code().clone_into(&mut template.code);
        template.city.clone_from(&area.organization.title);
        template.data_href = area.href();
        template.frame = template.frame.alternate("application/json", &say("emergency-file"), area.href());
        template.towns = towns(&city, wanted.question.get("town"));
        template.pick = Some(Pick::of(&wanted, area));
        template.sources = sources(area);
        if let Some(hazard) = wanted.hazard {
            let asked = Asked { wanted: &wanted, index, hazard, from };
            template.results = Some(results(&app, &published, &areas, asked).await?);
        }
    }
    page(&template, Access::SitePage)
}

/// What results are made for.
struct Asked<'a> {
    wanted: &'a Wanted,
    /// The municipality, as an index into the areas.
    index: usize,
    hazard: Hazard,
    from: Option<From>,
}

async fn results(
    app: &Arc<App>,
    published: &Arc<Published>,
    areas: &[Area],
    Asked { wanted, index, hazard, from }: Asked<'_>,
) -> Result<Results, Problem> {
    let at = from.as_ref().map(|from| from.at);
    let sorted = sorted(app, published, areas, (index, hazard, at)).await?;
    let pages = sorted.fit.len().div_ceil(PER_PAGE).max(1);
    let number = usize::try_from(wanted.question.page()).unwrap_or(1).min(pages);
    let skipped = (number - 1) * PER_PAGE;
    let shown: Vec<Found> = sorted.fit.iter().skip(skipped).take(PER_PAGE).cloned().collect();
    let title = areas.get(index).map_or("", |area| area.organization.title.as_str());
    let line = |found: &Found| Line::of(found, areas, index, hazard);
    let apart = |found: &[Found]| found.iter().take(APART).filter_map(line).collect::<Vec<_>>();
    let href = |page: usize| format!("{}#results", wanted.question.with_page(page as u64).under("/emergency"));
    let words = hazard.words();
    let (picture, boundary) = match areas.get(index).and_then(|area| area.lists.first()) {
        Some(list) => drawn(app, published, (list, &words), &shown, skipped, at).await?,
        None => (None, None),
    };
    Ok(Results {
        heading: match &from {
            Some(_) => tell("emergency-results-near", &[("hazard", &words)]).into_owned(),
            None => tell("emergency-results-all", &[("hazard", &words), ("city", title)]).into_owned(),
        },
        from_town: from.as_ref().is_some_and(|from| from.is_town),
        from: from.map(|from| from.words).unwrap_or_default(),
        total: super::wording::number(sorted.fit.len() as u64),
        first: skipped + 1,
        fit: shown.iter().filter_map(line).collect(),
        unknown: apart(&sorted.unknown),
        unknown_total: super::wording::number(sorted.unknown.len() as u64),
        unplaced: apart(&sorted.unplaced),
        unfit: if sorted.unfit == 0 { String::new() } else { super::wording::number(sorted.unfit as u64) },
        left_out: sorted.left_out,
        picture,
        boundary,
        previous: (number > 1).then(|| href(number - 1)),
        next: (number < pages).then(|| href(number + 1)),
    })
}

/// The map of the shelters of the page, and whose boundary lies under it.
async fn drawn(
    app: &Arc<App>,
    published: &Arc<Published>,
    (list, hazard): (&area::List, &str),
    shown: &[Found],
    skipped: usize,
    from: Option<LonLat>,
) -> Result<(Option<Picture>, Option<(String, String)>), Problem> {
    let Some(view) = picture::view_of(from, shown, SIZE_PX) else { return Ok((None, None)) };
    let ground = picture::ground(app, &published.catalogue, &list.dataset, view).await?;
    let title = tell("emergency-map-title", &[("hazard", hazard)]);
    let description = say("emergency-map-text");
    let mut picture = Picture::new("shelters", title.into_owned(), description.into_owned(), view);
    ground.under(&mut picture);
    for found in shown {
        if let Some((at, is_rough)) = found.shelter().and_then(|shelter| Some((shelter.at?, shelter.is_rough))) {
            picture.feature(&picture::point(at), is_rough);
        }
    }
    if let Some(from) = from {
        picture.here(from);
    }
    for (place, found) in (1_u64..).zip(shown) {
        if let Some(at) = found.shelter().and_then(|shelter| shelter.at) {
            picture.number(&picture::point(at), skipped as u64 + place);
        }
    }
    let boundary = ground.source.map(|source| {
        let credit = if source.attribution.is_empty() { &source.title } else { &source.attribution };
        (credit.clone(), address::dataset(source.name.as_str()))
    });
    Ok((Some(picture), boundary))
}

fn prefectures(areas: &[Area], chosen: Option<usize>) -> Vec<Prefecture> {
    let mut found: Vec<Prefecture> = Vec::new();
    for (index, area) in areas.iter().enumerate() {
        let organization = &area.organization;
        let city = (area.code().to_owned(), organization.title.clone(), chosen == Some(index));
        match found.iter_mut().find(|own| own.name == organization.prefecture) {
            Some(own) => own.cities.push(city),
            None => found.push(Prefecture { name: organization.prefecture.clone(), cities: vec![city] }),
        }
    }
    found
}

fn hazards(question: &Question, chosen: Option<Hazard>) -> Vec<Choice> {
    Hazard::ALL
        .into_iter()
        .map(|hazard| Choice {
            words: hazard.words(),
            href: question.with("hazard", Some(hazard.name())).under("/emergency"),
            is_chosen: chosen == Some(hazard),
        })
        .collect()
}

fn towns(city: &City, chosen: Option<&str>) -> Vec<(String, bool)> {
    city.towns.iter().map(|town| (town.name.clone(), chosen == Some(town.name.as_str()))).collect()
}

fn sources(area: &Area) -> Vec<SourceLine> {
    let line = |list: &area::List| SourceLine {
        title: list.dataset.title.clone(),
        href: address::dataset(list.dataset.name.as_str()),
        attribution: list.dataset.attribution.clone(),
        licence_title: list.dataset.licence.title.clone(),
        licence_url: list.dataset.licence.url.clone(),
        date: list.date(),
    };
    area.lists.iter().map(line).collect()
}
