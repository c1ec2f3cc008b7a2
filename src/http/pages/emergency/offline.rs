//! What the page keeps in the browser for the time without a network: a shell, the script that answers for the server
//! then, a list of the files there are, and one file of shelters for each municipality.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

use super::super::address::Question;
use super::super::{PageResult, page};
use super::area::areas;
use super::city::city;
use super::{EmergencyPage, hazards};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::assets::manifest;
use crate::http::cache::{Policy, none_match_hits};
use crate::http::problem::Problem;
use crate::http::tiles::json_answer;
use crate::http::words::{say, tell};
use crate::model::name::Digest;

/// Where the shell lies.
const SHELL: &str = "/emergency/offline";
/// What the worker answers for: the page, and everything below it.
const SCOPE: &str = "/emergency";
/// Assets the shell needs, by their names in the sources. Fonts are left out: the device has some.
const ASSETS: [&str; 4] = ["site.css", "emergency.css", "emergency.js", "icon.svg"];

/// `/emergency/offline`: the page without any data, which its script fills from what is kept.
pub(super) async fn shell(State(app): State<Arc<App>>) -> PageResult {
    let mut template = EmergencyPage::empty(&app);
    template.is_shell = true;
    template.frame.unlisted = true;
    template.hazards = hazards(&Question::default(), None);
    page(&template, Access::Asset)
}

/// `/emergency/worker.js`: the service worker. It changes, byte by byte, with the files it keeps.
pub(super) async fn worker(State(app): State<Arc<App>>, headers: HeaderMap) -> PageResult {
    let script = manifest().text("emergency-worker.js").ok_or_else(Problem::not_found)?;
    let assets: Vec<String> = ASSETS.iter().map(|name| manifest().path(name)).collect();
    let version = Digest::of(format!("{}\n{assets:?}\n{script}", app.config.site_title).as_bytes()).to_hex();
    let version: String = version.chars().take(12).collect();
    let files = json!({ "version": version, "shell": SHELL, "assets": assets });
    let body = format!("self.hirakuFiles={files};\n{script}");
    let etag = format!("\"{version}\"");
    let mut response: Response = if none_match_hits(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = body.into_response();
        let kind = HeaderValue::from_static("text/javascript; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, Policy::Revalidate.value());
    headers.insert(HeaderName::from_static("service-worker-allowed"), HeaderValue::from_static(SCOPE));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    response.extensions_mut().insert(Access::Asset);
    Ok(response)
}

/// `/emergency/data.json`: the municipalities, about where each lies, and where its file is now. What is not in it is
/// not public any more, and browsers throw it away.
pub(super) async fn index(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let areas = areas(&app.catalogue());
    let cities: Vec<Json> = areas
        .iter()
        .map(|area| {
            json!({
                "code": area.code(),
                "name": area.organization.title,
                "prefecture": area.organization.prefecture,
                "bbox": area.coarse(),
                "date": area.date(),
                "href": area.href(),
            })
        })
        .collect();
    let mut response = json_answer(&json!({ "cities": cities }), &headers);
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Revalidate.value());
    response.extensions_mut().insert(Access::Other);
    response
}

/// `/emergency/data/{code}-{version}.json`: the shelters of a municipality. An address of another version is gone.
pub(super) async fn file(State(app): State<Arc<App>>, Path(name): Path<String>) -> PageResult {
    let published = app.published();
    let areas = areas(&published.catalogue);
    let code = name.split('-').next().unwrap_or_default();
    let area = areas.iter().find(|area| area.code() == code).ok_or_else(Problem::not_found)?;
    if !area.href().ends_with(&format!("/{name}")) {
        return Err(Problem::not_found());
    }
    let city = city(&app, &published, area).await?;
    let mut response: Response = city.file.clone().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, Policy::Immutable.value());
    response.extensions_mut().insert(Access::Other);
    Ok(response)
}

/// The wordings of the script in the language of the request; places to fill in stay as `{name}`.
pub(super) fn script_words() -> String {
    let place = |name: &str, places: &[&str]| {
        let marks: Vec<(String, String)> =
            places.iter().map(|place| ((*place).to_owned(), format!("{{{place}}}"))).collect();
        let marks: Vec<(&str, &str)> = marks.iter().map(|(place, mark)| (place.as_str(), mark.as_str())).collect();
        json!(tell(name, &marks))
    };
    json!({
        "metres": place("emergency-metres", &["number"]),
        "kilometres": place("emergency-kilometres", &["number"]),
        "directions": [
            say("emergency-north"), say("emergency-north-east"), say("emergency-east"), say("emergency-south-east"),
            say("emergency-south"), say("emergency-south-west"), say("emergency-west"), say("emergency-north-west"),
        ],
        "hazards": super::Hazard::ALL.map(super::Hazard::words),
        "comma": say("emergency-comma"),
        "elevation": place("emergency-elevation", &["number"]),
        "floors": place("emergency-floors", &["text"]),
        "capacity": place("emergency-capacity", &["text"]),
        "others": place("emergency-other-hazards", &["list"]),
        "stay": say("emergency-stay"),
        "rough": say("emergency-rough"),
        "otherCity": place("emergency-other-city", &["city"]),
        "here": say("emergency-here"),
        "hereNote": say("emergency-here-note"),
        "seeking": say("emergency-seeking"),
        "denied": say("emergency-denied"),
        "chooseHazard": say("emergency-choose-hazard"),
        "chooseCity": say("emergency-choose-city"),
        "nearest": place("emergency-nearest", &["count", "hazard", "name", "direction", "distance"]),
        "listed": place("emergency-listed", &["count", "hazard"]),
        "none": place("emergency-none", &["hazard"]),
        "resultsNear": place("emergency-results-near", &["hazard"]),
        "resultsAll": place("emergency-results-all", &["hazard", "city"]),
        "next": say("emergency-next"),
        "unknown": say("emergency-unknown"),
        "unknownText": say("emergency-unknown-text"),
        "unplaced": say("emergency-unplaced"),
        "unfit": place("emergency-unfit", &["count"]),
        "offline": say("emergency-offline"),
        "dated": place("emergency-dated", &["date"]),
        "kept": place("emergency-kept", &["city", "date"]),
        "keptTitle": say("emergency-kept-title"),
        "keptText": say("emergency-kept-text"),
        "keep": say("emergency-keep"),
        "drop": place("emergency-drop", &["city"]),
        "dropped": place("emergency-dropped", &["city"]),
        "city": say("emergency-city"),
        "nothingKept": say("emergency-nothing-kept"),
        "away": say("emergency-away"),
    })
    .to_string()
}
