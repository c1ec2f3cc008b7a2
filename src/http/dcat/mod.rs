//! The catalogue as linked data (DCAT 3, DCAT-AP 2.1.1 and 3.0): one graph, written in the syntax that is asked for,
//! under the addresses of ckanext-dcat.
//!
//! A graph is built for each answer from the catalogue in memory (`dataset`, `distribution`, `catalogue`), each
//! thing named by an address of this site that answers. What has no address of its own is named by a fragment, so that
//! there are no blank nodes and two answers can be compared line by line.
//!
//! Sources: DCAT 3 (W3C, 2024), DCAT-AP 2.1.1 and 3.0.0 (SEMIC), ckanext-dcat 2.4 (addresses, parameters, paging).

mod catalogue;
mod dataset;
mod distribution;
mod graph;
mod period;
mod profile;
mod question;
mod schema_org;
mod site;
mod syntax;
mod vocabulary;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, options};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use percent_encoding::percent_decode_str;

use super::app::App;
use super::cache::{self, Policy};
use super::headers;
use super::problem::Problem;
use crate::count::access::Access;
use crate::model::id::DistributionId;

pub(super) use dataset::description;
pub(super) use graph::clean;
pub(super) use question::{identity_of, page, unreadable};
pub(super) use schema_org::{catalogue as catalog_in_page, dataset as dataset_in_page, in_page};
pub(super) use site::Site;

use graph::Graph;
use profile::Profile;
use question::Question;
use syntax::{Syntax, write};

/// The routes of the catalogue; those of datasets share their addresses with pages, see [`beside`].
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/catalog", get(either))
        .route("/catalog.ttl", get(whole))
        .route("/catalog.rdf", get(whole))
        .route("/catalog.xml", get(whole))
        .route("/catalog.jsonld", get(whole))
        .route("/catalog.n3", get(whole))
}

/// Puts the linked data of `/` and `/dataset/{name}` beside the pages that lie there: by ending
/// (`/dataset/{name}.ttl`) or by `Accept`.
pub fn beside(pages: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    pages
        .route("/dataset/{name}/resource/{id}", get(resource))
        .route("/dataset/{name}", options(preflight))
        .layer(from_fn_with_state(Arc::clone(app), instead_of_page))
}

/// What lies under an address that has a page and a graph.
#[derive(Debug)]
enum Asked {
    /// The catalogue.
    Catalogue,
    /// The dataset of this name or id.
    Dataset(String),
}

/// What is asked for, and the syntax that the ending of the address names.
fn asked(path: &str) -> Option<(Asked, Option<Syntax>)> {
    if path == "/" {
        return Some((Asked::Catalogue, None));
    }
    let last = path.strip_prefix("/dataset/").filter(|last| !last.is_empty() && !last.contains('/'))?;
    let last = percent_decode_str(last).decode_utf8().ok()?;
    // No name holds a dot.
    match last.rsplit_once('.').and_then(|(name, ending)| Some((name, Syntax::of_ending(ending)?))) {
        Some((name, syntax)) => Some((Asked::Dataset(name.to_owned()), Some(syntax))),
        None => Some((Asked::Dataset(last.into_owned()), None)),
    }
}

async fn instead_of_page(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let Some((asked, by_ending)) = asked(request.uri().path()) else { return next.run(request).await };
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let Some(syntax) = by_ending.or_else(|| Syntax::accepted(request.headers())).filter(|_| reads) else {
        let mut response = next.run(request).await;
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
        return response;
    };
    let is_head = request.method() == Method::HEAD;
    let raw = request.uri().query().map(str::to_owned);
    let answered = match asked {
        Asked::Catalogue => of_catalogue(&app, "/", raw.as_deref(), syntax, request.headers()).await,
        Asked::Dataset(name) => of_dataset(&app, &name, raw.as_deref(), syntax, request.headers()),
    };
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    // A problem is told in plain text here; the pages' layer would make a page of it.
    response.extensions_mut().remove::<Problem>();
    if by_ending.is_none() {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    }
    headers::make_readable(response.headers_mut());
    if is_head {
        *response.body_mut() = Body::empty();
    }
    response
}

/// `/catalog`: the graph that is wanted, or the way to the home page.
async fn either(State(app): State<Arc<App>>, RawQuery(raw): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    let mut response = match Syntax::accepted(&headers) {
        Some(syntax) => of_catalogue(&app, "/catalog", raw.as_deref(), syntax, &headers).await?,
        None => Redirect::to("/").into_response(),
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// `/catalog.{ending}`.
async fn whole(State(app): State<Arc<App>>, request: Request) -> Result<Response, Problem> {
    let uri = request.uri().clone();
    let ending = uri.path().rsplit('.').next().unwrap_or_default();
    let syntax = Syntax::of_ending(ending).ok_or_else(Problem::not_found)?;
    of_catalogue(&app, uri.path(), uri.query(), syntax, request.headers()).await
}

async fn of_catalogue(
    app: &Arc<App>,
    path: &str,
    raw: Option<&str>,
    syntax: Syntax,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let question = Question::parse(raw)?;
    let access = question.identity().map_or(Access::Other, Access::Search);
    let (published, state, path) = (app.published(), Arc::clone(app), path.to_owned());
    let query = question.query(app.clock.now(), published.index.lexicon())?;
    let since = published.since;
    let body = app
        .at_length(move || {
            let config = &state.config;
            let found = published.index.search(&query).map_err(|error| unreadable("q, fq", &error))?;
            let site = Site::new(&config.public_url());
            let page =
                catalogue::Page { datasets: &found.datasets, count: found.count, question: &question, path: &path };
            let graph = if question.profile == Profile::SchemaOrg {
                schema_org::graph(&schema_org::page(&published.catalogue, config, &site, &found.datasets))?
            } else {
                catalogue::graph(&published.catalogue, config, &site, &page, question.profile)
            };
            written(&graph, syntax)
        })
        .await??;
    Ok(answer(body, syntax.content_type(), headers, since, access))
}

fn of_dataset(
    app: &Arc<App>,
    name: &str,
    raw: Option<&str>,
    syntax: Syntax,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let catalogue = app.catalogue();
    let found = catalogue.dataset(name).ok_or_else(Problem::not_found)?;
    let profile = Question::parse(raw)?.profile;
    let site = Site::new(&app.config.public_url());
    let graph = if profile == Profile::SchemaOrg {
        schema_org::graph(&schema_org::dataset(&app.config, &site, found))?
    } else {
        let mut graph = Graph::default();
        dataset::add(&mut graph, &site, found, profile);
        graph
    };
    let body = written(&graph, syntax)?;
    Ok(answer(body, syntax.content_type(), headers, found.modified, Access::Metadata(found.id.uuid())))
}

fn written(graph: &Graph, syntax: Syntax) -> Result<Vec<u8>, Problem> {
    write(graph, syntax).map_err(|error| Problem::internal("writing a graph", &error))
}

/// A document made for the request, with its tag and the time of the state it shows.
pub(super) fn answer(
    body: Vec<u8>,
    content_type: &'static str,
    headers: &HeaderMap,
    modified: jiff::Timestamp,
    access: Access,
) -> Response {
    let tag = format!("\"{}\"", &blake3::hash(&body).to_hex()[..16]);
    let mut response = if cache::is_current(headers, &tag, modified) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(body));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    };
    let own = response.headers_mut();
    own.insert(header::CACHE_CONTROL, Policy::Minute.value());
    // Weak, because the body may be compressed on the way.
    for (name, value) in [(header::ETAG, format!("W/{tag}")), (header::LAST_MODIFIED, cache::http_date(modified))] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            own.insert(name, value);
        }
    }
    response.extensions_mut().insert(access);
    response
}

/// `/dataset/{name}/resource/{id}`, the node of a distribution: told of by the page, or the graph, of its dataset.
async fn resource(
    State(app): State<Arc<App>>,
    Path((name, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let catalogue = app.catalogue();
    let id = DistributionId::parse(&id).ok_or_else(Problem::not_found)?;
    let (dataset, _) = catalogue.distribution(id).ok_or_else(Problem::not_found)?;
    if catalogue.dataset(&name).is_none_or(|named| named.id != dataset.id) {
        return Err(Problem::not_found());
    }
    let ending = match Syntax::accepted(&headers) {
        None => "",
        Some(Syntax::Turtle) => ".ttl",
        Some(Syntax::RdfXml) => ".rdf",
        Some(Syntax::JsonLd) => ".jsonld",
        Some(Syntax::N3) => ".n3",
    };
    let mut response = Redirect::to(&format!("/dataset/{}{ending}", dataset.name)).into_response();
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    headers::make_readable(response.headers_mut());
    Ok(response)
}

/// What a browser asks before a script of another site reads a graph.
async fn preflight() -> Response {
    headers::preflight()
}
