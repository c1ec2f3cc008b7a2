//! CKAN's action API, version 3, as its clients know it (CKAN 2.11): one address for each action, one envelope.

pub mod actions;
mod activity;
pub mod arguments;
pub mod datastore;
pub mod dict;
mod explain;
pub mod kept;
pub mod legacy;
pub mod organizations;
pub mod packages;
mod records;
pub mod resources;
pub mod search;
pub mod site;
pub mod tags;
pub mod write;

use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value as Json, json};

use super::app::{App, Published};
use super::cache::Policy;
use super::problem::Problem;
use crate::count::access::{Access, Caller};
use crate::model::token::Token;
use actions::Kind;
use arguments::Arguments;

const JSON: &str = "application/json;charset=utf-8";
const JAVA_SCRIPT: &str = "application/javascript;charset=utf-8";

/// What an action works with: one state of the catalogue throughout.
#[derive(Debug)]
pub struct Call {
    /// The server.
    pub app: Arc<App>,
    /// What is public.
    pub published: Arc<Published>,
    /// The arguments.
    pub arguments: Arguments,
    /// The public address of the site, without a slash at its end.
    pub site: String,
    /// The token of the caller, where it is one.
    pub token: Option<Token>,
}

/// What an action gives.
#[derive(Debug)]
pub struct Answer {
    /// `result` of the envelope.
    pub result: Json,
    /// Its `records` as JSON, where they were written as such.
    pub records: Option<String>,
    /// How it is counted.
    pub access: Access,
}

impl Answer {
    /// A result that is counted as `access`.
    pub fn new(result: Json, access: Access) -> Self {
        Self { result, records: None, access }
    }

    /// The same with `records` among the result.
    fn whole(mut self) -> Result<Self, Problem> {
        if let (Some(records), Some(result)) = (self.records.take(), self.result.as_object_mut()) {
            let read = serde_json::from_str(&records).map_err(|error| Problem::internal("reading rows", &error))?;
            result.insert("records".to_owned(), read);
        }
        Ok(self)
    }

    /// The envelope.
    fn enveloped(&self, help: &str) -> String {
        let help = Json::from(help);
        let mut result = self.result.to_string();
        if let Some(records) = &self.records
            && result.pop() == Some('}')
        {
            result.reserve(records.len() + 16);
            if result.len() > 1 {
                result.push(',');
            }
            result.push_str("\"records\":");
            result.push_str(records);
            result.push('}');
        }
        format!("{{\"help\":{help},\"success\":true,\"result\":{result}}}")
    }
}

impl From<Json> for Answer {
    fn from(result: Json) -> Self {
        Self::new(result, Access::Other)
    }
}

/// The routes under `/api`.
pub fn routes() -> Router<Arc<App>> {
    let mut router = Router::new()
        .route("/api", get(|| ready(version(1))))
        .route("/api/", get(|| ready(version(1))))
        .route("/api/1", get(|| ready(version(1))))
        .route("/api/2", get(|| ready(version(2))))
        .route("/api/3", get(|| ready(version(3))))
        .route("/api/3/", get(|| ready(version(3))))
        .route("/api/3/action/{name}", get(action).merge(post(action)))
        .route("/api/action/{name}", get(action).merge(post(action)));
    for base in ["/api/util", "/api/1/util", "/api/2/util", "/api/3/util"] {
        router = router
            .route(&format!("{base}/dataset/autocomplete"), get(legacy::dataset))
            .route(&format!("{base}/tag/autocomplete"), get(legacy::tag))
            .route(&format!("{base}/resource/format_autocomplete"), get(legacy::format));
    }
    router.method_not_allowed_fallback(method_not_allowed)
}

/// The routes of tables as files.
pub fn dump_routes() -> Router<Arc<App>> {
    datastore::routes()
}

fn version(number: u32) -> Response {
    json_response(StatusCode::OK, &json!({ "version": number }).to_string(), None)
}

async fn method_not_allowed() -> Response {
    problem_response(&Problem::Method, None)
}

/// Any address under `/api` that is none.
pub fn not_found() -> Response {
    problem_response(&Problem::not_found(), None)
}

async fn action(State(app): State<Arc<App>>, request: Request) -> Response {
    let name = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let is_get = request.method() != Method::POST;
    let query = request.uri().query().unwrap_or_default().to_owned();
    let token = match write::token(&app, request.headers()).await {
        Ok(token) => token,
        Err(problem) => return problem_response(&problem, None),
    };
    let has_token = token.is_some();
    let published = app.published();
    let question = (is_get && !has_token).then(|| kept::question(&name, &query)).flatten();
    if let Some(kept) = question.as_ref().and_then(|question| published.answers.get(question)) {
        return answered(kept.body, None, kept.access);
    }
    let mut arguments = match if is_get { Ok(Arguments::default()) } else { Arguments::from_body(request).await } {
        Ok(arguments) => arguments,
        Err(problem) => return problem_response(&problem, None),
    };
    if is_get {
        arguments = Arguments::from_query(&query);
    }
    let callback = match callback(&mut arguments, is_get) {
        Ok(callback) => callback,
        Err(problem) => return problem_response(&problem, None),
    };
    let site = app.config.public_url();
    // Only names of actions are ever repeated in an answer.
    let help = format!("{site}/api/3/action/help_show?name={name}");
    let question = question.filter(|_| callback.is_none() && kept::holds(&arguments));
    let outcome = run(app, Arc::clone(&published), &name, is_get, (arguments, token), site).await;
    match outcome {
        Ok(answer) => {
            let body = Bytes::from(answer.enveloped(&help));
            if let Some(question) = question {
                published.answers.keep(question, &body, answer.access);
            }
            let mut response = answered(body, callback.as_deref(), answer.access);
            if has_token {
                response.extensions_mut().insert(Caller { api_key: true, staff: false });
            }
            response
        }
        Err(problem @ Problem::BadRequest { .. }) => problem_response(&problem, None),
        Err(problem) => problem_response(&problem, Some((&help, callback.as_deref()))),
    }
}

/// A read for surfaces that are not CKAN's: the same action, limits and figures.
pub(super) async fn read(app: &Arc<App>, name: &str, arguments: Arguments) -> Result<Answer, Problem> {
    let site = app.config.public_url();
    run(Arc::clone(app), app.published(), name, true, (arguments, None), site).await?.whole()
}

async fn run(
    app: Arc<App>,
    published: Arc<Published>,
    name: &str,
    is_get: bool,
    (arguments, token): (Arguments, Option<Token>),
    site: String,
) -> Result<Answer, Problem> {
    let is_known = token.is_some();
    let unknown = || Problem::BadRequest { detail: "Bad request - Action name not known".to_owned() };
    let action = actions::find(name).ok_or_else(unknown)?;
    let call = Call { app, published, arguments, site, token };
    match action.kind {
        Kind::Read(answer) => answer(&call),
        Kind::Search(answer) => {
            let app = Arc::clone(&call.app);
            app.at_length(move || answer(&call)).await?
        }
        // The database answers on a thread that may wait.
        Kind::Rows(answer) => tokio::task::spawn_blocking(move || answer(&call))
            .await
            .map_err(|error| Problem::internal("answering a call", &error))?,
        Kind::Write if is_get => Err(Problem::BadRequest {
            detail: "Bad request - Invalid request. Please use the POST method for your request".to_owned(),
        }),
        Kind::Write | Kind::Staff if is_known => Err(Problem::Forbidden {
            detail: format!("{name} is not offered here / {name} は提供していません"),
        }),
        Kind::Write | Kind::Staff => {
            Err(Problem::Forbidden { detail: format!("{name} requires an authenticated user") })
        }
    }
}

/// The name of the function a JSONP caller wants called; letters that could end the call are refused.
fn callback(arguments: &mut Arguments, is_get: bool) -> Result<Option<String>, Problem> {
    if !is_get {
        return Ok(None);
    }
    let Some(value) = arguments.take("callback") else { return Ok(None) };
    let name = value.as_str().unwrap_or_default();
    let is_name = (1..=100).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.' | b'[' | b']'));
    if is_name {
        Ok(Some(name.to_owned()))
    } else {
        Err(Problem::BadRequest { detail: "Bad request - the callback is no name of a function".to_owned() })
    }
}

/// An answer with its envelope, counted as `access`.
fn answered(body: Bytes, callback: Option<&str>, access: Access) -> Response {
    let (kind, body) = match callback {
        None => (JSON, body),
        Some(name) => (JAVA_SCRIPT, [name.as_bytes(), b"(", &body, b");"].concat().into()),
    };
    sent(StatusCode::OK, kind, body, access)
}

fn sent(status: StatusCode, kind: &'static str, body: Bytes, access: Access) -> Response {
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, Policy::Revalidate.value());
    response.extensions_mut().insert(access);
    response
}

fn json_response(status: StatusCode, body: &str, callback: Option<&str>) -> Response {
    let (kind, body) = match callback {
        None => (JSON, body.to_owned()),
        Some(name) => (JAVA_SCRIPT, format!("{name}({body});")),
    };
    sent(status, kind, body.into(), Access::Other)
}

/// A problem in CKAN's form: a bare text for what cannot be read as a call, else the envelope.
fn problem_response(problem: &Problem, call: Option<(&str, Option<&str>)>) -> Response {
    let (help, callback) = call.unwrap_or_default();
    let body = match problem {
        Problem::BadRequest { detail } => json!(detail),
        other => json!({ "help": help, "success": false, "error": other.ckan_error() }),
    };
    let mut response = json_response(problem.status(), &body.to_string(), callback);
    if *problem == Problem::Busy {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    response
}
