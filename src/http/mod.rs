//! axum: the only HTTP. A request goes one way: path to types → catalogue, file range or query → answer → counting.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

mod accept;
pub mod app;
pub mod assets;
pub mod cache;
pub mod ckan;
pub mod counting;
mod daily_dataset;
pub mod dcat;
pub mod desk;
pub mod disposition;
pub mod download;
pub mod encoding;
pub mod extras;
pub mod feeds;
mod figures;
pub mod front;
pub mod headers;
pub mod llms;
pub mod made;
pub mod mcp;
pub mod meter;
pub mod ogc;
pub mod openapi;
pub mod operator;
pub mod pages;
pub mod problem;
mod qr;
pub mod query;
pub mod range;
pub mod search;
pub mod serve;
pub mod sitemap;
pub mod style;
pub mod themes;
pub mod tiles;
pub mod usage_report;
pub mod words;

pub use front::Front;
pub use serve::serve;

use app::App;
use problem::Problem;

/// Longest body of any public request: those of the read actions. Refused by its announced length before it is sent.
const BODY_LIMIT_BYTES: usize = ckan::arguments::BODY_LIMIT_BYTES;
/// Longest time to an answer, its body's reading included: the slowest question to the database takes under a second,
/// and a caller who sends a byte a minute is not waited for.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Answers shorter than this gain nothing from compression: they fit one packet as they are.
const COMPRESSED_FROM_BYTES: u64 = 1_000;

/// Everything the public server answers.
pub fn router(app: Arc<App>) -> Router {
    let policy = Arc::new(headers::content_security_policy(&app.config.base_map_hosts));
    // What other sites may read. Tiles and downloads are sent as they are stored; only documents are compressed.
    let documents = ckan::routes().merge(usage_report::routes()).merge(
        tiles::document_routes()
            .merge(style::document_routes())
            .merge(ogc::document_routes().layer(from_fn(words::in_japanese)).layer(from_fn(words::speak)))
            .merge(dcat::routes())
            .merge(feeds::routes())
            .merge(sitemap::routes())
            .merge(openapi::routes())
            .merge(llms::routes())
            .method_not_allowed_fallback(refuse_method),
    );
    let files = tiles::routes()
        .merge(style::routes())
        .merge(ogc::routes())
        .merge(download::routes())
        .merge(made::routes())
        .merge(ckan::dump_routes())
        .method_not_allowed_fallback(refuse_method);
    let open = compressed(documents).merge(files).layer(from_fn(headers::readable_by_all));
    let pages = dcat::beside(pages::routes(&app), &app);
    let pages = compressed(pages).method_not_allowed_fallback(refuse_method);
    let pages = pages.layer(from_fn(headers::twins_readable_by_all)).layer(from_fn(words::speak));
    let site = pages.merge(assets::routes().method_not_allowed_fallback(refuse_method));
    Router::new()
        .merge(open)
        .merge(site)
        .fallback(fallback)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_LIMIT))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT_BYTES))
        .merge(if on_public(&app) { desk::routes(&app) } else { Router::new() })
        // Changes and tools have limits of their own.
        .merge(mcp::routes(&app))
        .merge(ckan::write::routes().layer(from_fn(headers::readable_by_all)))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(policy, headers::secure))
        .with_state(app)
}

fn on_public(app: &App) -> bool {
    app.desk.as_ref().is_some_and(|desk| desk.on_public)
}

/// Everything the listener of the desk answers, where it has one of its own: the desk, and what its pages load.
pub fn desk_router(app: Arc<App>) -> Router {
    let policy = Arc::new(headers::content_security_policy(&app.config.base_map_hosts));
    Router::new()
        .merge(assets::routes().method_not_allowed_fallback(refuse_method))
        .route("/", axum::routing::get(|| async { axum::response::Redirect::to(desk::PATH) }))
        .merge(desk::routes(&app))
        .fallback(|| async { Problem::not_found() })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(policy, headers::secure))
        .with_state(app)
}

/// Compresses text made for the request. Never used for files, whose ranges and tags are those of the stored bytes.
pub fn compressed(router: Router<Arc<App>>) -> Router<Arc<App>> {
    let predicate = SizeAbove::new(COMPRESSED_FROM_BYTES).and(is_text);
    // Level 4 of both: four fifths of what the best level saves, in a tenth of its time.
    router.layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)).compress_when(predicate))
}

fn is_text(_: StatusCode, _: http::Version, headers: &http::HeaderMap, _: &http::Extensions) -> bool {
    headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| {
        kind.starts_with("text/")
            || ["json", "javascript", "xml", "svg"]
                .iter()
                .any(|name| kind.split(';').next().unwrap_or("").ends_with(name))
    })
}

/// An address that none of the routes has.
async fn fallback(State(app): State<Arc<App>>, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        ckan::not_found()
    } else {
        words::speak_at_once(&request, || pages::not_found(&app))
    }
}

async fn refuse_method() -> Problem {
    Problem::Method
}

/// A fault in a handler: one line in the log, nothing of it to the caller.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the panic over")]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    Problem::internal("a handler panicked", &message).into_response()
}
