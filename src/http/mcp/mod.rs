//! The Model Context Protocol (streamable HTTP, revisions up to 2026-07-28): `/mcp`, for programs that answer people's
//! questions with the catalogue. Tools that read and nothing else, through the actions of [`super::ckan`] and the
//! questions of [`super::ogc`], with their limits and their places in the figures.
//!
//! Every request stands alone: no session is kept and no stream held open, each answer is one JSON text. What the public
//! may read by the API it may read here; who is let in is decided by `gate` alone.
//!
//! Source: <https://modelcontextprotocol.io/specification/2025-06-18/basic/transports>.

mod checked;
mod datasets;
mod figures;
mod gate;
mod rows;
mod tools;

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::request::Parts;
use http::{HeaderValue, StatusCode, header};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value as Json, json};
use tower_http::timeout::TimeoutLayer;

use super::app::App;
use super::cache::Policy;
use super::ckan::arguments::BODY_LIMIT_BYTES;
use super::problem::Problem;
use super::{ANSWER_LIMIT, refuse_method};
use crate::count::access::Access;
use crate::model::catalogue::Dataset;

pub(super) use tools::TOOLS;

/// Where it lies.
pub const PATH: &str = "/mcp";

/// What is told of the whole when a client connects.
const INSTRUCTIONS: &str = "\
日本の市町村などのオープンデータを、探し、項目を知り、行を絞り込み、位置の近くを調べ、利用状況を見るための、読み取り専用のツールです。\
search_datasets で探し、describe_dataset で表と項目を知ってから、query_rows や records_near を使ってください。\
答えには出典とライセンスが付きます。利用者に示すときは、あわせて示してください。\n\
Read-only tools over the open data of Japanese municipalities: find datasets, learn their columns, query rows, look near a \
position, see how much data is used. Begin with search_datasets, go on with describe_dataset, then query_rows or \
records_near. Most data is in Japanese. Every answer names source and licence; show them with what you tell.";

type Served = StreamableHttpService<Reader, NeverSessionManager>;

/// The route.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    let reader = Reader { app: Arc::clone(app) };
    let served: Served = StreamableHttpService::new(
        move || Ok(reader.clone()),
        Arc::new(NeverSessionManager::default()),
        // Names and origins are checked by `gate`, which writes nothing to the log for a stranger's mistake.
        StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_sse_keep_alive(None)
            .with_sse_retry(None)
            .with_max_request_body_bytes(BODY_LIMIT_BYTES)
            .disable_allowed_hosts()
            .disable_allowed_origins(),
    );
    Router::new()
        .route(PATH, post(move |state, request| answer(served, state, request)))
        .method_not_allowed_fallback(refuse_method)
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_LIMIT))
}

async fn answer(served: Served, State(app): State<Arc<App>>, mut request: Request) -> Response {
    if let Err(why) = gate::check(&app.config, request.uri(), request.headers()) {
        return refused(why);
    }
    let told = Told::default();
    request.extensions_mut().insert(told.clone());
    let mut response = served.handle(request).await.map(Body::new);
    let access = told.0.get().copied().unwrap_or(Access::Other);
    response.extensions_mut().insert(access);
    let is_refusal = !response.status().is_success();
    let headers = response.headers_mut();
    if is_refusal {
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    headers.insert(header::CACHE_CONTROL, Policy::Revalidate.value());
    response
}

/// The answer to a request that is not let in, in the protocol's own form.
fn refused(why: &'static str) -> Response {
    let body = json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32_600, "message": why } });
    let mut response = (StatusCode::FORBIDDEN, body.to_string()).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(header::CACHE_CONTROL, Policy::Problem.value());
    response.extensions_mut().insert(Access::Other);
    response
}

/// What a call says of its answer, on its way back to the counting layer: the protocol's library answers on a task of its
/// own, whose only thread to the response is the request's extensions.
#[derive(Debug, Clone, Default)]
struct Told(Arc<OnceLock<Access>>);

/// What a tool gives: the answer, the line of its source, and how it is counted.
#[derive(Debug)]
struct Found {
    content: Json,
    source: String,
    access: Access,
}

/// Answers the calls.
#[derive(Debug, Clone)]
struct Reader {
    app: Arc<App>,
}

impl ServerHandler for Reader {
    fn get_info(&self) -> ServerConfig {
        let own = Implementation::new("hiraku", env!("CARGO_PKG_VERSION"))
            .with_title(self.app.config.site_title.clone())
            .with_website_url(self.app.config.public_url());
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(own)
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::all()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::all().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = TOOLS.iter().find(|tool| tool.name == request.name) else {
            let names: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
            let message = format!("その名前のツールはありません / no such tool; there are: {}", names.join(", "));
            return Err(ErrorData::invalid_params(message, None));
        };
        let given = request.arguments.unwrap_or_default();
        let found = match checked::check(&tool.input(), &given) {
            Ok(()) => self.run(tool.name, given).await.map_err(|problem| sentence(&problem)),
            Err(why) => Err(why),
        };
        let result = match found {
            Ok(found) => {
                let told = context.extensions.get::<Parts>().and_then(|parts| parts.extensions.get::<Told>());
                if let Some(Told(place)) = told {
                    // A call is answered once.
                    let _ = place.set(found.access);
                }
                let mut result = CallToolResult::structured(found.content);
                result.content.insert(0, ContentBlock::text(found.source));
                result
            }
            Err(why) => CallToolResult::error(vec![ContentBlock::text(why)]),
        };
        Ok(result.into())
    }
}

impl Reader {
    async fn run(&self, tool: &str, given: Map<String, Json>) -> Result<Found, Problem> {
        match tool {
            "search_datasets" => datasets::search(&self.app, given).await,
            "describe_dataset" => datasets::describe(&self.app, &given).await,
            "query_rows" => rows::query(&self.app, given).await,
            "records_near" => rows::near(&self.app, &given).await,
            "access_figures" => figures::figures(&self.app, &given).await,
            _ => Err(Problem::not_found()),
        }
    }
}

/// A problem in words on which a caller can act.
fn sentence(problem: &Problem) -> String {
    let detail = match problem {
        Problem::NotFound { detail }
        | Problem::BadRequest { detail }
        | Problem::SearchQuery { detail }
        | Problem::Search { detail }
        | Problem::Forbidden { detail } => detail.clone(),
        Problem::Validation { fields } => fields
            .iter()
            .map(|(field, messages)| format!("{field}: {}", messages.join(", ")))
            .collect::<Vec<_>>()
            .join("; "),
        _ => String::new(),
    };
    let whole = format!("{} / {}", problem.in_japanese(), problem.in_english());
    if detail.is_empty() { whole } else { format!("{whole} {detail}") }
}

/// What every answer tells of the dataset it is made of.
fn source(dataset: &Dataset, site: &str) -> Json {
    json!({
        "dataset": dataset.name,
        "title": dataset.title,
        "organization": dataset.organization.title,
        "url": page(dataset, site),
        "published_at": dataset.source_page,
        "attribution": attribution(dataset),
        "licence": { "id": dataset.licence.id, "title": dataset.licence.title, "url": dataset.licence.url },
        "modified": dataset.modified.to_string(),
    })
}

/// The same as one line.
fn source_line(dataset: &Dataset, site: &str) -> String {
    format!(
        "出典 / source: {}（{} {}） {}",
        attribution(dataset),
        dataset.licence.title,
        dataset.licence.url,
        page(dataset, site)
    )
}

fn attribution(dataset: &Dataset) -> &str {
    if dataset.attribution.is_empty() { &dataset.organization.title } else { &dataset.attribution }
}

fn page(dataset: &Dataset, site: &str) -> String {
    format!("{site}/dataset/{}", dataset.name)
}

/// The dataset of that name, or a sentence that tells where names come from.
fn named<'a>(catalogue: &'a crate::model::catalogue::Catalogue, name: &str) -> Result<&'a Arc<Dataset>, Problem> {
    catalogue.dataset(name).ok_or_else(|| Problem::NotFound {
        detail: "dataset は search_datasets が返す名前です / dataset is a name that search_datasets gives".to_owned(),
    })
}
