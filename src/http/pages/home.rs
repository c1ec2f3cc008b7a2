//! The home page: search first, then themes, figures, news and organizations.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::address::{self, Question};
use super::emergency::has_shelters;
use super::frame::Frame;
use super::search::DatasetCard;
use super::wording::number;
use super::{PageResult, page};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::dcat::{self, Site};
use crate::http::words::say;
use crate::model::catalogue::Catalogue;

/// Newest datasets shown: what fits a phone in three screens.
const NEWEST: usize = 6;

/// Organizations named on the home page; the rest stand in their own list.
const ORGANIZATIONS: usize = 12;

/// A name with its address and how much lies behind it.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) title: String,
    pub(super) href: String,
    pub(super) count: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    /// Whether shelters can be looked for.
    has_shelters: bool,
    /// Words under the search box.
    suggested: Vec<String>,
    datasets: String,
    organizations: String,
    layers: String,
    files: String,
    themes: Vec<Link>,
    newest: Vec<DatasetCard>,
    publishers: Vec<Link>,
    more_publishers: bool,
}

/// `/`.
pub(super) async fn home(State(app): State<Arc<App>>) -> PageResult {
    let published = app.published();
    let catalogue = Arc::clone(&published.catalogue);
    let mut newest: Vec<_> = catalogue.datasets_of_cities().collect();
    newest.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.name.cmp(&b.name)));
    let mut publishers = publishers(&catalogue);
    let more_publishers = publishers.len() > ORGANIZATIONS;
    publishers.truncate(ORGANIZATIONS);
    let template = Home {
        frame: Frame::new(&app, "")
            .graph("/catalog")
            .feed(&say("feed-datasets"), "/feeds/dataset.atom".to_owned())
            .structured(&dcat::catalog_in_page(&catalogue, &app.config, &Site::new(&app.config.public_url()))),
        has_shelters: has_shelters(&catalogue),
        suggested: published.index.common_words(),
        datasets: number(catalogue.datasets_of_cities().count() as u64),
        organizations: number(catalogue.organizations().len() as u64),
        layers: number(catalogue.layers().count() as u64),
        files: number(catalogue.datasets_of_cities().map(|dataset| dataset.distributions.len() as u64).sum()),
        themes: themes(&catalogue),
        newest: newest.into_iter().take(NEWEST).map(|dataset| DatasetCard::of(dataset)).collect(),
        publishers,
        more_publishers,
    };
    page(&template, Access::SitePage)
}

/// The themes, fullest first.
pub(super) fn themes(catalogue: &Catalogue) -> Vec<Link> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for dataset in catalogue.datasets() {
        if !dataset.theme.is_empty() {
            *counts.entry(&dataset.theme).or_default() += 1;
        }
    }
    let mut themes: Vec<_> = counts.into_iter().collect();
    themes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    themes
        .into_iter()
        .map(|(theme, count)| Link {
            title: theme.to_owned(),
            href: Question::default().with("theme", Some(theme)).under("/dataset"),
            count: number(count),
        })
        .collect()
}

/// The organizations that publish something, the most productive first.
fn publishers(catalogue: &Catalogue) -> Vec<Link> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for dataset in catalogue.datasets() {
        *counts.entry(dataset.organization.name.as_str()).or_default() += 1;
    }
    let mut found: Vec<_> = catalogue
        .organizations()
        .iter()
        .filter_map(|organization| Some((organization, *counts.get(organization.name.as_str())?)))
        .collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.code.cmp(&b.0.code)));
    found
        .into_iter()
        .map(|(organization, count)| Link {
            title: organization.title.clone(),
            href: address::organization(organization.name.as_str()),
            count: number(count),
        })
        .collect()
}
