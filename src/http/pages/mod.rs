//! Pages for people: made on the server, whole without script, in Japanese.
//!
//! A handler takes the catalogue once, fills one template and says what was seen ([`Access`]). A [`Problem`] becomes a
//! page too: see [`routes`]' layer.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;

use super::app::App;
use super::cache::Policy;
use super::problem::Problem;
use super::words;
use crate::count::access::Access;
use crate::model::catalogue::{Dataset, Table};
use crate::store::rows::{RowPage, RowQuery};

mod address;
mod chart;
mod daily;
mod dataset;
mod emergency;
mod developers;
mod feature;
mod files;
mod fixed;
mod frame;
mod fullness;
mod home;
mod kpi;
mod label;
mod map;
mod maps;
pub(super) mod ogc;
mod organization;
mod pager;
mod picture;
mod places;
mod point;
mod projection;
mod search;
mod seen;
mod shapes;
mod snippets;
pub(super) mod spots;
mod stats;
mod style;
mod table;
mod themed;
mod twins;
mod wording;

pub(super) use emergency::Kept as Shelters;
use frame::Frame;
pub(super) use stats::LICENCE as FIGURES_LICENCE;

/// Pages whose text is written in Japanese only, with their twins.
fn japanese_routes() -> Router<Arc<App>> {
    Router::new()
        .route("/dataset/{name}", get(twins::dataset_or_twin))
        .route("/map/{layer}", get(map::layer))
        .route("/stats", get(stats::site))
        .route("/stats.csv", get(stats::site))
        .route("/stats.json", get(stats::site))
        .route("/stats/{organization}", get(stats::organization))
        .route("/stats/dataset/{name}", get(stats::dataset))
        .route("/stats/layer/{name}", get(stats::layer))
        .route("/stats/daily", get(daily::about))
        .route("/stats/daily.csv", get(daily::file))
        .route("/stats/daily.json", get(daily::file))
        .route("/stats/kpi", get(kpi::all))
        .route("/stats/kpi.csv", get(kpi::all_in_form))
        .route("/stats/kpi.cp932.csv", get(kpi::all_in_form))
        .route("/stats/kpi.xlsx", get(kpi::all_in_form))
        .route("/stats/kpi.json", get(kpi::all_in_form))
        .route("/stats/kpi/{organization}", get(kpi::one))
        .layer(middleware::from_fn(words::in_japanese))
}

/// The routes of all pages.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home::home))
        .route("/dataset", get(search::search))
        .route("/dataset.json", get(twins::found))
        .route("/dataset.csv", get(twins::found))
        .route("/organization.json", get(twins::organizations))
        .route("/organization.csv", get(twins::organizations))
        .route("/map.json", get(twins::maps))
        .route("/map.csv", get(twins::maps))
        .route("/map.geojson", get(twins::maps))
        .route("/dataset/{name}/feature/{key}/{id}", get(twins::feature_or_twin))
        .route("/organization", get(organization::list))
        .route("/organization/{name}", get(twins::organization_or_twin))
        .route("/map", get(maps::list))
        .route("/map/{layer}/style.json", get(style::style))
        .route("/about", get(fixed::about))
        .route("/terms", get(fixed::terms))
        .route("/accessibility", get(fixed::accessibility))
        .route("/help", get(fixed::help))
        .merge(japanese_routes())
        .merge(themed::routes())
        .merge(emergency::routes())
        .merge(point::routes())
        .route("/developers", get(developers::developers))
        .layer(middleware::from_fn_with_state(Arc::clone(app), problems_as_pages))
}

/// The answer for an address under which nothing lies; the router's fallback.
pub fn not_found(app: &App) -> Response {
    problem_page(app, &Problem::not_found())
}

/// The page of one record, under the site's address.
pub fn record_address(dataset_name: &str, table_key: &str, id: u64) -> String {
    address::feature(dataset_name, table_key, id)
}

/// What a handler of a page gives back.
type PageResult = Result<Response, Problem>;

/// Fills a template.
fn page(template: &impl Template, access: Access) -> PageResult {
    Ok(filled(rendered(template)?, access))
}

fn rendered(template: &impl Template) -> Result<Bytes, Problem> {
    template.render().map(Bytes::from).map_err(|error| Problem::internal("rendering a page", &error))
}

/// The answer that is a page.
fn filled(html: Bytes, access: Access) -> Response {
    let mut response = html_response(html, StatusCode::OK);
    // Asked again each time: pages change with a release, and an answer out of a cache would not be counted.
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Revalidate.value());
    response.extensions_mut().insert(access);
    response
}

fn html_response(html: impl IntoResponse, status: StatusCode) -> Response {
    let mut response = (status, html).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Reads rows off the async threads.
async fn rows(app: &Arc<App>, dataset: &Arc<Dataset>, table: usize, query: RowQuery) -> Result<RowPage, Problem> {
    let store = Arc::clone(&app.store);
    let dataset = Arc::clone(dataset);
    let found = tokio::task::spawn_blocking(move || {
        dataset.tables.get(table).map_or_else(|| Ok(RowPage::default()), |table| store.rows(table, &query))
    })
    .await;
    match found {
        Ok(Ok(page)) => Ok(page),
        Ok(Err(error)) => Err(Problem::internal("reading rows for a page", &error)),
        Err(error) => Err(Problem::internal("reading rows for a page", &error)),
    }
}

/// The table of a key with its place in the dataset.
fn table_of<'a>(dataset: &'a Dataset, key: &str) -> Option<(usize, &'a Table)> {
    dataset.tables.iter().enumerate().find(|(_, table)| table.shape.key.as_str() == key)
}

/// Puts a page in the place of a plain-text problem.
async fn problems_as_pages(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        Some(problem) => problem_page(&app, problem),
        None => response,
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    status: u16,
    sentence: &'static str,
    detail: &'a str,
}

fn problem_page(app: &App, problem: &Problem) -> Response {
    let detail = match problem {
        Problem::BadRequest { detail } | Problem::NotFound { detail } => detail.as_str(),
        _ => "",
    };
    let status = problem.status();
    let is_english = words::spoken() == words::Language::English;
    let sentence = if is_english { problem.in_english() } else { problem.in_japanese() };
    let template = ProblemPage {
        frame: Frame::new(app, sentence.trim_end_matches(['。', '.'])),
        status: status.as_u16(),
        sentence,
        detail,
    };
    let mut response = match template.render() {
        Ok(html) => html_response(html, status),
        // A template of fixed text does not fail; should it, the plain text still answers.
        Err(_) => problem.clone().into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Problem.value());
    response
}
