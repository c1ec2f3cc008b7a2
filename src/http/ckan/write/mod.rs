//! Actions that change something, for holders of a token (ckan-api: `Authorization` or `X-CKAN-API-Key`, the bare text).
//!
//! Who may is decided before the body is read; a file streams to the data directory and vanishes unless the change takes
//! it. Changes run one after another, and never beside a job of the command line, on a thread that may wait; everything
//! else goes on being answered. Nothing is ever fetched from an address in a request.

mod dataset;
mod file;
mod incoming;
mod organization;
mod outcome;
mod records;
mod rows;
mod tokens;
mod views;

pub(super) use outcome::shown_draft;
pub(super) use tokens::list as api_token_list;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::{Call, action, json_response, problem_response};
use crate::count::access::{Access, Caller};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::code::MunicipalityCode;
use crate::model::name::Slug;
use crate::model::token::{PREFIX, Rights, TEXT_LENGTH, Token};
use crate::pipeline::PipelineError;
use crate::pipeline::ingest::IngestJob;
use crate::pipeline::publish::PublishJob;
use crate::pipeline::supervise::WorkerCommand;
use crate::pipeline::towns::TownFiles;
use crate::pipeline::upload::{Described, Incoming, Outcome, Uploads};

/// Longest body of a change, 512 MiB: a million rows of sheet 08 are 421 MB.
const BODY_LIMIT_BYTES: usize = 512 << 20;
/// Longest time to the answer of a change: sending half a gigabyte over a slow line, and taking it in.
const ANSWER_LIMIT: Duration = Duration::from_mins(15);
/// Changes that may wait for their turn; each may hold a file on the disk.
const WAITING_LIMIT: usize = 4;

/// What changes need.
#[derive(Debug)]
pub struct Writing {
    /// How workers are started.
    pub worker: WorkerCommand,
    /// Towns beside the bundled ones.
    pub towns: TownFiles,
    /// Memory that building a tileset may take, bytes.
    pub tile_memory_bytes: usize,
    /// The folder of what was sent.
    pub uploads: Uploads,
    /// Held by whoever writes: jobs of the command line, and changes.
    pub turn: Arc<Mutex<()>>,
    /// Checks of cases of the staff desk.
    pub jobs: crate::http::desk::cases::Jobs,
    places: Arc<Semaphore>,
}

impl Writing {
    /// Puts the parts together.
    pub fn new(
        worker: WorkerCommand,
        towns: TownFiles,
        tile_memory_bytes: usize,
        uploads: Uploads,
        turn: Arc<Mutex<()>>,
    ) -> Self {
        Self {
            worker,
            towns,
            tile_memory_bytes,
            uploads,
            turn,
            jobs: crate::http::desk::cases::Jobs::default(),
            places: Arc::new(Semaphore::new(WAITING_LIMIT)),
        }
    }
}

/// A file that was sent.
#[derive(Debug)]
pub(super) struct Upload {
    file: Incoming,
    /// The name it is kept under; checked.
    name: String,
}

/// One change.
#[derive(Debug)]
pub(super) struct Change {
    call: Call,
    token: Token,
    upload: Option<Upload>,
    writing: Arc<Writing>,
}

type Action = fn(&Change) -> Result<Json, Problem>;

/// The actions.
const ACTIONS: &[(&str, Action)] = &[
    ("package_create", dataset::create),
    ("package_update", dataset::update),
    ("package_patch", dataset::patch),
    ("package_delete", dataset::delete),
    ("package_owner_org_update", dataset::owner),
    ("resource_create", file::create),
    ("resource_update", file::update),
    ("resource_patch", file::patch),
    ("resource_delete", file::delete),
    ("datastore_create", records::create),
    ("datastore_upsert", records::upsert),
    ("datastore_delete", records::delete),
    ("datastore_records_delete", records::records_delete),
    ("resource_view_create", views::create),
    ("organization_create", organization::create),
    ("organization_update", organization::update),
    ("organization_patch", organization::patch),
    ("organization_delete", organization::delete),
    ("api_token_create", tokens::create),
    ("api_token_revoke", tokens::revoke),
];

/// Whether a change of that name is offered.
pub fn is_offered(name: &str) -> bool {
    ACTIONS.iter().any(|(own, _)| *own == name)
}

/// The routes of changes, with limits of their own.
pub fn routes() -> Router<Arc<App>> {
    let mut router = Router::new();
    for (name, _) in ACTIONS {
        for base in ["/api/3/action", "/api/action"] {
            router = router.route(&format!("{base}/{name}"), get(action).merge(post(change)));
        }
    }
    router
        .method_not_allowed_fallback(super::method_not_allowed)
        .layer(DefaultBodyLimit::disable())
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, ANSWER_LIMIT))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT_BYTES))
}

/// The token of a request, where it carries a valid one. Anything else makes the caller a stranger, as with CKAN.
pub(super) async fn token(app: &Arc<App>, headers: &HeaderMap) -> Result<Option<Token>, Problem> {
    let names = [header::AUTHORIZATION, header::HeaderName::from_static("x-ckan-api-key")];
    let given = names.iter().filter_map(|name| headers.get(name)?.to_str().ok());
    let Some(text) = given.map(str::trim).find(|text| text.len() == TEXT_LENGTH && text.starts_with(PREFIX)) else {
        return Ok(None);
    };
    let (app, text) = (Arc::clone(app), text.to_owned());
    tokio::task::spawn_blocking(move || app.store.token(&text, app.clock.now()))
        .await
        .map_err(|error| Problem::internal("looking at a token", &error))?
        .map_err(|error| Problem::internal("looking at a token", &error))
}

async fn change(State(app): State<Arc<App>>, request: Request) -> Response {
    let name = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let site = app.config.public_url();
    let help = format!("{site}/api/3/action/help_show?name={name}");
    match changed(&app, &name, request, site).await {
        Ok(result) => {
            let body = json!({ "help": help, "success": true, "result": result }).to_string();
            let mut response = json_response(StatusCode::OK, &body, None);
            response.extensions_mut().insert(Access::Other);
            response.extensions_mut().insert(Caller { api_key: true, staff: false });
            response
        }
        Err(problem @ Problem::BadRequest { .. }) => problem_response(&problem, None),
        Err(problem) => problem_response(&problem, Some((&help, None))),
    }
}

async fn changed(app: &Arc<App>, name: &str, request: Request, site: String) -> Result<Json, Problem> {
    let stranger = || Problem::Forbidden { detail: format!("{name} requires an authenticated user") };
    let action = ACTIONS.iter().find(|(own, _)| *own == name).map(|(_, action)| *action).ok_or_else(stranger)?;
    let token = token(app, request.headers()).await?.ok_or_else(stranger)?;
    let writing = app.writing.clone().ok_or_else(|| Problem::Forbidden {
        detail: "this server takes no changes / このサーバーでは変更を受け付けていません".to_owned(),
    })?;
    let Ok(place) = Arc::clone(&writing.places).try_acquire_owned() else { return Err(Problem::Busy) };
    let (arguments, upload) = incoming::read(&writing, request).await?;
    let call = Call { published: app.published(), app: Arc::clone(app), arguments, site, token: Some(token.clone()) };
    let mut change = Change { call, token, upload, writing };
    let name = name.to_owned();
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let writing = Arc::clone(&change.writing);
        let _turn = writing.turn.lock().unwrap_or_else(PoisonError::into_inner);
        // What is public may have changed while this waited.
        change.call.published = change.call.app.published();
        let done = action(&change);
        change.note(&name, &done);
        done
    })
    .await
    .map_err(|error| Problem::internal("changing a dataset", &error))?
}

impl Change {
    fn note(&self, action: &str, done: &Result<Json, Problem>) {
        let app = &self.call.app;
        let subject = match done {
            Ok(result) => result["name"].as_str().map(str::to_owned),
            Err(_) => None,
        };
        let asked = ["id", "name", "package_id"].iter().find_map(|key| self.call.arguments.text(key).ok().flatten());
        let subject: String =
            subject.or(asked).unwrap_or_default().chars().filter(|c| !c.is_control()).take(100).collect();
        let outcome = match done {
            Ok(result) => result["hiraku"]["state"].as_str().unwrap_or("done").to_owned(),
            Err(problem) => problem.status().as_str().to_owned(),
        };
        if let Err(error) = app.store.note_action(app.clock.now(), &self.token.id, action, &subject, &outcome) {
            tracing::error!(%error, "a change could not be noted");
        }
    }

    /// Changes a dataset, and serves what became of it.
    fn make(
        &self,
        described: &Described,
        gone: &[String],
        come: Option<(&str, &Incoming)>,
    ) -> Result<Outcome, Problem> {
        let (app, writing) = (&self.call.app, &self.writing);
        let job = IngestJob {
            store: &app.store,
            worker: &writing.worker,
            clock: app.clock.as_ref(),
            again: false,
            towns: &writing.towns,
        };
        let publishing = PublishJob {
            store: &app.store,
            objects: &app.objects,
            clock: app.clock.as_ref(),
            tile_memory_bytes: writing.tile_memory_bytes,
        };
        let publishing = (self.token.rights == Rights::Publish).then_some(&publishing);
        let come: Vec<(&str, &std::path::Path)> = come.iter().map(|(name, file)| (*name, file.path())).collect();
        let outcome = writing.uploads.change(&job, publishing, described, gone, &come).map_err(failed)?;
        if matches!(outcome, Outcome::Published(_)) {
            self.serve()?;
        }
        Ok(outcome)
    }

    /// Lets the server show what is public now.
    fn serve(&self) -> Result<(), Problem> {
        self.call.app.show_public()
    }

    /// Whether the token writes for the organization of a dataset.
    fn may_write(&self, described: &Described) -> Result<(), Problem> {
        let code = MunicipalityCode::parse(&described.publisher.code).ok();
        if code.is_some_and(|code| self.token.writes_for(code)) {
            Ok(())
        } else {
            Err(Problem::Forbidden {
                detail:
                    "the token does not write for this organization / このトークンではこの組織のデータを変更できません"
                        .to_owned(),
            })
        }
    }

    /// Whether the token may take away what is public.
    fn may_withdraw(&self, name: &Slug) -> Result<(), Problem> {
        if self.token.rights == Rights::Publish || self.call.published.catalogue.dataset(name.as_str()).is_none() {
            return Ok(());
        }
        Err(Problem::Forbidden {
            detail: "the token may not withdraw what is public / このトークンでは公開中のデータを取り下げられません"
                .to_owned(),
        })
    }

    /// The dataset of a name or id that a program sent, with what is said of it.
    fn dataset(&self, argument: &str) -> Result<(Slug, Described), Problem> {
        self.dataset_of(&self.call.arguments.required(argument)?)
    }

    fn dataset_of(&self, given: &str) -> Result<(Slug, Described), Problem> {
        let public = self.call.published.catalogue.dataset(given).map(|dataset| dataset.name.clone());
        let name = match public.or_else(|| Slug::parse(given).ok()) {
            Some(name) if self.writing.uploads.described(&name).map_err(failed)?.is_some() => name,
            // A draft has an id of its own until its first release.
            other => {
                let names = self.writing.uploads.names().map_err(failed)?;
                let draft = names.into_iter().find(|name| outcome::draft_id(name).to_string() == given);
                match (draft, other) {
                    (Some(draft), _) => draft,
                    (None, Some(other)) if self.call.published.catalogue.dataset(other.as_str()).is_some() => {
                        return Err(Problem::Forbidden {
                            detail: "this dataset is kept by the city's own files and is changed with them / \
                                     このデータセットは市のファイルから取り込まれたもので、APIでは変更できません"
                                .to_owned(),
                        });
                    }
                    _ => return Err(Problem::not_found()),
                }
            }
        };
        let described = self.writing.uploads.described(&name).map_err(failed)?.ok_or_else(Problem::not_found)?;
        self.may_write(&described)?;
        Ok((name, described))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn failed(error: PipelineError) -> Problem {
    Problem::internal("changing a dataset", &error)
}
