//! The list of all maps, by organization and theme.

use std::borrow::Cow;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};

use super::address::{self, Question};
use super::frame::Frame;
use super::wording::{geometry_kind, number};
use super::{PageResult, page};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::words::say;

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
    kind: Cow<'static, str>,
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
            kind: table.geometry.map_or_else(|| say("geometry-any"), geometry_kind),
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
        frame: Frame::new(&app, &say("maps-list-title"))
            .section("/map")
            .alternate("application/json", &say("maps-list-json"), "/map.json".to_owned())
            .alternate("application/geo+json", &say("maps-list-geojson"), "/map.geojson".to_owned())
            .alternate("text/csv", &say("maps-list-csv"), "/map.csv".to_owned()),
        total: number(total),
        groups,
        question: catalogue.organization(&wanted).map_or_else(String::new, |found| found.title.clone()),
    };
    page(&template, Access::SitePage)
}
