//! The staff desk: pages for the city's own people, under `/desk`.
//!
//! Every address is a door ([`door::Doors`]) with the verb it needs; the guard ([`guard`]) opens it. A handler takes
//! [`guard::Signed`], asks it about the organization of its object, and notes what it did.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::app::App;
use super::problem::Problem;
use crate::model::time::japan_time;
use crate::store::StoreError;

mod accounts;
mod audit;
pub mod cases;
mod cookie;
mod departments;
pub mod door;
mod enter;
pub mod fields;
pub mod frame;
pub mod guard;
mod home;
mod invite;
mod invited;
mod own;
mod second;
mod signed;
pub mod state;
mod throttle;
mod tokens;

pub use door::Doors;
pub use state::{Desk, DeskError};

use frame::Frame;

/// Where the desk lies.
pub const PATH: &str = "/desk";

/// All doors of the desk.
pub fn doors(app: &Arc<App>) -> Doors {
    let doors = Doors::new(app);
    let doors = enter::doors(doors);
    let doors = second::doors(doors);
    let doors = invited::doors(doors);
    let doors = own::doors(doors);
    let doors = accounts::doors(doors);
    let doors = invite::doors(doors);
    let doors = departments::doors(doors);
    let doors = audit::doors(doors);
    let doors = cases::doors(doors);
    let doors = tokens::doors(doors);
    home::doors(doors)
}

/// The routes of the desk; none where this server has no desk.
pub fn routes(app: &Arc<App>) -> Router<Arc<App>> {
    if app.desk.is_none() {
        return Router::new();
    }
    // Never compressed: the length of a page that holds the token of its forms beside what somebody typed would tell
    // of the token.
    doors(app)
        .into_router()
        .method_not_allowed_fallback(super::refuse_method)
        .layer(from_fn_with_state(Arc::clone(app), problems_as_pages))
        .layer(from_fn_with_state(Arc::clone(app), guard::close))
}

/// Does what has to wait (the database, a password) on a thread that may.
pub(super) async fn work<T: Send + 'static>(
    app: &Arc<App>,
    doing: &'static str,
    work: impl FnOnce(&App) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    let app = Arc::clone(app);
    match tokio::task::spawn_blocking(move || work(&app)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Problem::internal(doing, &error)),
        Err(error) => Err(Problem::internal(doing, &error)),
    }
}

/// Fills a template of the desk.
pub(super) fn page(template: &impl Template) -> Result<Response, Problem> {
    page_as(StatusCode::OK, template)
}

/// The same under a status: a form that comes back with what is wrong in it.
pub(super) fn page_as(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| Problem::internal("rendering a page of the desk", &error))?;
    let mut response = (status, html).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Ok(response)
}

/// A time as pages show it: `2026-11-27 10:05`, in Japan.
pub(super) fn japan_minute(at: jiff::Timestamp) -> String {
    japan_time(at).strftime("%Y-%m-%d %H:%M").to_string()
}

/// After a form was taken: the browser goes on to `path`, an address of ours, by GET.
pub(super) fn see_other(path: &str) -> Response {
    // Whatever was put into the address that no header can hold leads to the entrance.
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static(PATH));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

#[derive(Template)]
#[template(path = "desk/problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    status: u16,
    sentence: &'static str,
    detail: &'a str,
}

/// Puts a page in the place of a plain-text problem.
async fn problems_as_pages(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let Some(problem) = response.extensions().get::<Problem>() else { return response };
    let detail = match problem {
        Problem::BadRequest { detail } | Problem::NotFound { detail } | Problem::Forbidden { detail } => {
            detail.as_str()
        }
        Problem::Validation { fields } => fields.iter().flat_map(|(_, texts)| texts).next().map_or("", String::as_str),
        _ => "",
    };
    let sentence = problem.in_japanese();
    let frame = Frame::outside(&app, sentence.trim_end_matches('。'));
    let template = ProblemPage { frame, status: problem.status().as_u16(), sentence, detail };
    match page_as(problem.status(), &template) {
        Ok(mut page) => {
            if let Some(value) = response.headers().get(header::RETRY_AFTER) {
                page.headers_mut().insert(header::RETRY_AFTER, value.clone());
            }
            page
        }
        // A template of fixed text does not fail; should it, the plain text still answers.
        Err(_) => response,
    }
}
