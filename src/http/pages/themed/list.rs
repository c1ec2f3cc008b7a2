//! `/maps`: all themed maps, and its twin for programs.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect};
use serde_json::{Value as Json, json};

use super::super::address::{self, Question};
use super::super::frame::Frame;
use super::super::{PageResult, page};
use super::path_of;
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::cache::Policy;
use crate::http::problem::Problem;
use crate::http::themes::ThemedMap;
use crate::http::words;
use crate::model::catalogue::Catalogue;

/// The maps of one organization.
struct OrganizationMaps {
    title: String,
    href: String,
    cards: Vec<Card>,
}

struct Card {
    title: String,
    about: String,
    href: String,
    layers: String,
}

#[derive(Template)]
#[template(path = "themed_maps.html")]
struct MapList {
    frame: Frame,
    organizations: Vec<OrganizationMaps>,
    /// The organization or theme asked for; empty = all.
    only: String,
}

/// `/maps`, with `?organization=` of one alone.
pub(super) async fn list(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    let catalogue = app.catalogue();
    let question = Question::parse(raw.as_deref());
    let wanted = question.get("organization").unwrap_or_default();
    let only = catalogue.organization(wanted).map_or_else(String::new, |found| found.title.clone());
    let maps = app.themes.maps(&catalogue);
    let maps: Vec<ThemedMap> =
        maps.into_iter().filter(|map| wanted.is_empty() || map.organization.name.as_str() == wanted).collect();
    page(&list_of(&app, &maps, only), Access::SitePage)
}

/// `/maps/{theme}`: the map itself where only one organization has it, else the list of those that do.
pub(super) fn of_theme(app: &App, catalogue: &Catalogue, theme: &str) -> PageResult {
    let maps: Vec<ThemedMap> = app.themes.maps(catalogue).into_iter().filter(|map| map.theme.name == theme).collect();
    match maps.as_slice() {
        [] => Err(Problem::not_found()),
        [map] => {
            let mut answer = Redirect::temporary(&path_of(&map.name)).into_response();
            answer.extensions_mut().insert(Access::Other);
            Ok(answer)
        }
        [first, ..] => page(&list_of(app, &maps, first.theme.title.spoken().to_owned()), Access::SitePage),
    }
}

fn list_of(app: &App, maps: &[ThemedMap], only: String) -> MapList {
    let mut organizations: Vec<OrganizationMaps> = Vec::new();
    for map in maps {
        let href = address::organization(map.organization.name.as_str());
        if organizations.last().is_none_or(|last| last.href != href) {
            organizations.push(OrganizationMaps { title: map.organization.title.clone(), href, cards: Vec::new() });
        }
        let Some(last) = organizations.last_mut() else { continue };
        last.cards.push(Card {
            title: map.theme.title.spoken().to_owned(),
            about: map.theme.about.spoken().to_owned(),
            href: path_of(&map.name),
            layers: map.layers.len().to_string(),
        });
    }
    let frame = Frame::new(app, &words::say("map-themes"))
        .section("/map")
        .crumb(&words::say("map-word"), "/map")
        .alternate("application/json", &words::say("map-themes"), "/maps.json".to_owned());
    MapList { frame, organizations, only }
}

/// `/maps.json`.
pub(super) async fn twin(State(app): State<Arc<App>>) -> PageResult {
    let catalogue = app.catalogue();
    let site = app.config.public_url();
    let maps: Vec<Json> = app
        .themes
        .maps(&catalogue)
        .iter()
        .map(|map| {
            let names: Vec<&str> = map.layers.iter().map(|own| own.layer.name.as_str()).collect();
            let shown: Vec<&str> =
                map.layers.iter().filter(|own| own.shown).map(|own| own.layer.name.as_str()).collect();
            json!({
                "name": map.name,
                "theme": map.theme.name,
                "title": map.title(),
                "organization": map.organization.name,
                "url": format!("{site}{}", path_of(&map.name)),
                "embed": format!("{site}{}/embed", path_of(&map.name)),
                "layers": names,
                "shown": shown,
            })
        })
        .collect();
    let mut response = axum::Json(json!({ "maps": maps })).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Minute.value());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response.extensions_mut().insert(Access::Other);
    Ok(response)
}
