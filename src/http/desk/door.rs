//! The doors of the desk: address, method, verb. A door that the matrix (`schemas/rights.toml`) does not list with this
//! very verb is not opened.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};
use http::StatusCode;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;

use super::guard::{self, Door};
use crate::http::app::App;
use crate::model::account::Verb;
use crate::model::rights::{Matrix, Route};

/// Longest body of a form: a table of a few hundred rows edited by hand.
pub(super) const FORM_LIMIT_BYTES: usize = 1 << 20;
/// Longest body of an upload, as of a change by API (`ckan::write`).
const UPLOAD_LIMIT_BYTES: usize = 512 << 20;
/// Longest time to the answer of a page or form.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// Longest time to the answer of an upload: sending half a gigabyte over a slow line.
const UPLOAD_ANSWER_LIMIT: Duration = Duration::from_mins(15);

/// Collects the doors.
#[derive(Debug)]
pub struct Doors {
    app: Arc<App>,
    router: Router<Arc<App>>,
    routes: Vec<Route>,
    /// Doors that the matrix does not list: a fault of the program, and shut.
    unlisted: Vec<Route>,
}

impl Doors {
    /// No door yet.
    pub fn new(app: &Arc<App>) -> Self {
        Self { app: Arc::clone(app), router: Router::new(), routes: Vec::new(), unlisted: Vec::new() }
    }

    /// A page. It changes nothing.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, verb: Verb, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.add(("GET", path, verb), false, get(handler))
    }

    /// A form (`application/x-www-form-urlencoded`, at most 1 MiB). Its token is checked before the handler runs, which
    /// takes what was sent as [`super::fields::Fields`].
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, verb: Verb, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.add(("POST", path, verb), false, post(handler))
    }

    /// A form with files (`multipart/form-data`, at most 512 MiB). The handler reads the body itself; the first part is
    /// `csrf`, which it hands to [`super::guard::Signed::check_form_token`] before it reads on.
    #[must_use]
    pub fn upload<H, T>(self, path: &'static str, verb: Verb, handler: H) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        self.add(("POST", path, verb), true, post(handler).layer::<_, Infallible>(DefaultBodyLimit::disable()))
    }

    fn add(
        mut self,
        (method, path, verb): (&'static str, &'static str, Verb),
        streamed: bool,
        methods: MethodRouter<Arc<App>>,
    ) -> Self {
        let (bytes, time) =
            if streamed { (UPLOAD_LIMIT_BYTES, UPLOAD_ANSWER_LIMIT) } else { (FORM_LIMIT_BYTES, ANSWER_LIMIT) };
        let route = Route { method: method.to_owned(), path: path.to_owned(), verb: verb.as_str().to_owned() };
        if Matrix::bundled().routes().contains(&route) {
            let door = Door { app: Arc::clone(&self.app), verb, streamed };
            // The limits lie around the guard, which reads the bodies of forms.
            let methods = methods
                .route_layer(from_fn_with_state(door, guard::pass))
                .route_layer(RequestBodyLimitLayer::new(bytes))
                .route_layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, time));
            self.router = self.router.route(path, methods);
        } else {
            tracing::error!(
                method,
                path,
                verb = verb.as_str(),
                "a door of the desk is not in the matrix and stays shut"
            );
            self.unlisted.push(route.clone());
        }
        self.routes.push(route);
        self
    }

    /// All doors, listed or not.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Doors that are shut because the matrix does not list them.
    pub fn unlisted(&self) -> &[Route] {
        &self.unlisted
    }

    /// The routes behind the doors.
    pub fn into_router(self) -> Router<Arc<App>> {
        self.router
    }
}
