//! Organizations: all of them by prefecture, and each with its datasets.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::address::{self, Question};
use super::frame::Frame;
use super::home::Link;
use super::pager::{Pager, window};
use super::search::DatasetCard;
use super::wording::number;
use super::{PageResult, page};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::words::say;

/// Datasets on one page.
const PER_PAGE: u64 = 20;

/// The organizations of one prefecture.
struct Prefecture {
    title: String,
    organizations: Vec<Link>,
}

#[derive(Template)]
#[template(path = "organizations.html")]
struct Organizations {
    frame: Frame,
    total: String,
    prefectures: Vec<Prefecture>,
}

/// `/organization`.
pub(super) async fn list(State(app): State<Arc<App>>) -> PageResult {
    let catalogue = app.catalogue();
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for dataset in catalogue.datasets() {
        *counts.entry(dataset.organization.name.as_str()).or_default() += 1;
    }
    // By code, so that a prefecture stands before its cities and the cities in their usual order.
    let mut prefectures: Vec<Prefecture> = Vec::new();
    for organization in catalogue.organizations() {
        let title =
            if organization.prefecture.is_empty() { organization.title.as_str() } else { &organization.prefecture };
        let link = Link {
            title: organization.title.clone(),
            href: address::organization(organization.name.as_str()),
            count: number(counts.get(organization.name.as_str()).copied().unwrap_or(0)),
        };
        match prefectures.last_mut() {
            Some(prefecture) if prefecture.title == title => prefecture.organizations.push(link),
            _ => prefectures.push(Prefecture { title: title.to_owned(), organizations: vec![link] }),
        }
    }
    let template = Organizations {
        frame: Frame::new(&app, &say("organizations-title"))
            .section("/organization")
            .alternate("application/json", &say("organizations-json"), "/organization.json".to_owned())
            .alternate("text/csv", &say("organizations-csv"), "/organization.csv".to_owned()),
        total: number(catalogue.organizations().len() as u64),
        prefectures,
    };
    page(&template, Access::SitePage)
}

#[derive(Template)]
#[template(path = "organization.html")]
struct OrganizationPage {
    frame: Frame,
    title: String,
    prefecture: String,
    code: String,
    name: String,
    datasets: String,
    layers: String,
    cards: Vec<DatasetCard>,
    themes: Vec<Link>,
    pager: Pager,
}

/// `/organization/{name}`.
pub(super) fn one(app: &App, name: &str, raw: Option<&str>) -> PageResult {
    let catalogue = app.catalogue();
    let organization = catalogue.organization(name).ok_or_else(Problem::not_found)?;
    let question = Question::parse(raw);
    let mut datasets: Vec<_> =
        catalogue.datasets().iter().filter(|dataset| dataset.organization.id == organization.id).collect();
    datasets.sort_by(|a, b| a.title.cmp(&b.title).then_with(|| a.name.cmp(&b.name)));
    let total = datasets.len() as u64;
    let (_, _, offset) = window(question.page(), PER_PAGE, total);
    let name = organization.name.as_str();
    let mut themes: Vec<(String, u64)> = Vec::new();
    for dataset in datasets.iter().filter(|dataset| !dataset.theme.is_empty()) {
        match themes.iter_mut().find(|(theme, _)| *theme == dataset.theme) {
            Some((_, count)) => *count += 1,
            None => themes.push((dataset.theme.clone(), 1)),
        }
    }
    themes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let here = Question::default().with("organization", Some(name));
    let template = OrganizationPage {
        frame: Frame::new(app, &organization.title)
            .section("/organization")
            .crumb(&say("organizations-title"), "/organization")
            .alternate("application/json", &say("organization-json"), format!("{}.json", address::organization(name)))
            .alternate("text/csv", &say("organization-csv"), format!("{}.csv", address::organization(name)))
            .feed(&say("organization-feed"), format!("/feeds/organization/{}.atom", address::segment(name))),
        title: organization.title.clone(),
        prefecture: organization.prefecture.clone(),
        code: if organization.code.is_nowhere() { String::new() } else { organization.code.to_string() },
        name: name.to_owned(),
        datasets: number(total),
        layers: number(catalogue.layers().filter(|(d, ..)| d.organization.id == organization.id).count() as u64),
        cards: datasets
            .iter()
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(20)
            .map(|dataset| DatasetCard::of(dataset))
            .collect(),
        themes: themes
            .into_iter()
            .map(|(theme, count)| Link {
                href: here.with("theme", Some(&theme)).under("/dataset"),
                title: theme,
                count: number(count),
            })
            .collect(),
        pager: Pager::new(
            &say("organization-heading"),
            total,
            PER_PAGE,
            &question,
            &address::organization(name),
            "#datasets",
        ),
    };
    page(&template, Access::SitePage)
}
