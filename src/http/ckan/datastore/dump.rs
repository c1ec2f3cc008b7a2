//! `/datastore/dump/{id}`: a whole table, or what the parameters of `datastore_search` leave of it, as a file.
//!
//! The rows are read and written part by part by a thread that may wait, and travel through a short channel: memory does
//! not grow with the table. An answer begins only when its first part is there, so that a question that cannot be
//! answered gets a status; what fails later breaks the transfer off, so that no part passes for the whole.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State, rejection::PathRejection};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderValue, Method, header};
use hyper::body::Frame;
use serde_json::Value as Json;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::columns::{sort, wanted_columns};
use super::filters::filters;
use super::subject::found;
use super::words::words;
use super::{field, no_column};
use crate::count::access::Access;
use crate::http::app::App;
use crate::http::cache::Policy;
use crate::http::ckan::Call;
use crate::http::ckan::arguments::Arguments;
use crate::http::disposition::attachment;
use crate::http::headers::DATA_POLICY;
use crate::http::problem::Problem;
use crate::publish::dump::{Dump, DumpForm};
use crate::store::StoreError;
use crate::store::condition::Condition;
use crate::store::rows::RowQuery;

/// Parts that may wait between the thread and the connection; each is some hundred kilobytes.
const PARTS: usize = 2;
/// Longest wait for a caller to take a part: one who takes none for so long has gone.
const STALL_LIMIT: Duration = Duration::from_secs(30);
/// Longest wait for a place among the dumps that run.
const WAIT_LIMIT: Duration = Duration::from_secs(5);

/// The route.
pub(in crate::http::ckan) fn routes() -> Router<Arc<App>> {
    Router::new().route("/datastore/dump/{id}", get(dump))
}

/// What is asked for, checked.
struct Wish {
    call: Call,
    id: String,
    form: DumpForm,
    with_mark: bool,
    fields: Vec<Json>,
    query: RowQuery,
}

async fn dump(
    State(app): State<Arc<App>>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let Path(id) = path.map_err(|_| Problem::not_found())?;
    let arguments = Arguments::from_query(request.uri().query().unwrap_or_default());
    let site = app.config.public_url();
    let call = Call { published: app.published(), app: Arc::clone(&app), arguments, site, token: None };
    let wish = match wish(call, &id) {
        Ok(wish) => wish,
        Err(Problem::Validation { fields }) => return Ok(explained(&fields)),
        Err(problem) => return Err(problem),
    };
    let (name, form) = (format!("{}.{}", wish.id, wish.form.name()), wish.form);
    let distribution = found(&wish.call.published.catalogue, &wish.id).map(|(_, own, _)| own.id.uuid());
    let body = if request.method() == Method::HEAD { Body::empty() } else { body(&app, wish).await? };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    headers.insert(header::CONTENT_DISPOSITION, attachment(&name));
    headers.insert(header::CACHE_CONTROL, Policy::Revalidate.value());
    headers.insert(header::CONTENT_SECURITY_POLICY, DATA_POLICY);
    if let Some(distribution) = distribution {
        response.extensions_mut().insert(Access::Download { distribution, in_parts: false });
    }
    Ok(response)
}

/// Parameters that do not fit are 400 here (not 409 as of the action), told line by line.
fn explained(fields: &[(String, Vec<String>)]) -> Response {
    let lines: Vec<String> =
        fields.iter().map(|(field, messages)| format!("{field}: {}\n", messages.join(" "))).collect();
    let problem = Problem::BadRequest { detail: lines.concat() };
    let body = format!("{}\n{}\n{}", problem.in_japanese(), problem.in_english(), lines.concat());
    let mut response = problem.into_response();
    *response.body_mut() = Body::from(body);
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
}

fn wish(call: Call, id: &str) -> Result<Wish, Problem> {
    let missing = || Problem::NotFound { detail: "DataStore resource not found".to_owned() };
    let (_, distribution, table) = found(&call.published.catalogue, id).ok_or_else(missing)?;
    let form = call.arguments.text("format")?.filter(|text| !text.is_empty()).unwrap_or_else(|| "csv".to_owned());
    let form = DumpForm::parse(&form)
        .ok_or_else(|| Problem::invalid("format", "Value must be one of ['csv', 'tsv', 'json', 'xml']"))?;
    let wanted = wanted_columns(&call, table)?;
    let distinct = call.arguments.flag("distinct", false) && !wanted.iter().any(|name| name == "_id");
    let condition = Condition::All(filters(&call, table)?.into_iter().chain(words(&call, table)?.conditions).collect());
    let by_id = |keys: &[crate::store::rows::SortKey]| matches!(keys, [key] if key.column == "_id" && !key.descending);
    let query = RowQuery {
        columns: wanted.iter().filter(|name| *name != "_id").cloned().collect(),
        condition: (condition != Condition::All(Vec::new())).then_some(condition),
        distinct,
        // The order of `_id` is that in which the rows lie.
        sort: Some(sort(&call, table, distinct.then_some(wanted.as_slice()))?)
            .filter(|keys| !by_id(keys))
            .unwrap_or_default(),
        limit: call.arguments.natural("limit")?.unwrap_or(u64::MAX),
        offset: call.arguments.natural("offset")?.unwrap_or(0),
        ..RowQuery::default()
    };
    let fields = wanted.iter().map(|name| field(table, name, true)).collect();
    let (id, with_mark) = (distribution.id.to_string(), call.arguments.flag("bom", false));
    Ok(Wish { call, id, form, with_mark, fields, query })
}

async fn body(app: &Arc<App>, wish: Wish) -> Result<Body, Problem> {
    let place = tokio::time::timeout(WAIT_LIMIT, Arc::clone(&app.dumps).acquire_owned()).await;
    let Ok(Ok(place)) = place else { return Err(Problem::Busy) };
    let (sender, mut parts) = mpsc::channel(PARTS);
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || write(&wish, &Outlet { sender, runtime }, place));
    match parts.recv().await {
        Some(Part::Broken(problem)) => Err(problem),
        Some(first) => Ok(Body::new(Parts { first: Some(first), rest: parts, is_over: false })),
        None => Err(Problem::internal("dumping a table", &"the thread ended before its first part")),
    }
}

enum Part {
    Bytes(Bytes),
    /// The document is whole.
    End,
    /// It is not, and never will be.
    Broken(Problem),
}

struct Outlet {
    sender: mpsc::Sender<Part>,
    runtime: tokio::runtime::Handle,
}

impl Outlet {
    /// Whether the caller still listens.
    fn send(&self, part: Part) -> bool {
        let sent = async { tokio::time::timeout(STALL_LIMIT, self.sender.send(part)).await };
        matches!(self.runtime.block_on(sent), Ok(Ok(())))
    }
}

fn write(wish: &Wish, outlet: &Outlet, place: OwnedSemaphorePermit) {
    let last = match written(wish, outlet) {
        Ok(true) => Part::End,
        // Nobody listens any more.
        Ok(false) => return,
        Err(problem) => Part::Broken(problem),
    };
    outlet.send(last);
    drop(place);
}

fn written(wish: &Wish, outlet: &Outlet) -> Result<bool, Problem> {
    let failed = |error: &dyn std::fmt::Display| Problem::internal("dumping a table", error);
    let (_, _, table) = found(&wish.call.published.catalogue, &wish.id).ok_or_else(Problem::not_found)?;
    let mut dump = Dump::begin(wish.form, &wish.fields, wish.with_mark).map_err(|error| failed(&error))?;
    let mut outcome = Ok(true);
    let passed = wish.call.app.store.pass_rows(table, &wish.query, &mut |batch| {
        outcome =
            dump.rows(batch).map(|()| outlet.send(Part::Bytes(dump.take().into()))).map_err(|error| failed(&error));
        matches!(outcome, Ok(true))
    });
    passed.map_err(|error| match error {
        StoreError::NoColumn { column } => Problem::invalid("fields", &no_column(&column)),
        error => failed(&error),
    })?;
    if outcome.as_ref().is_ok_and(|goes_on| *goes_on) {
        dump.end();
        return Ok(outlet.send(Part::Bytes(dump.take().into())));
    }
    outcome
}

/// The body: parts until the end; without an end it breaks.
struct Parts {
    first: Option<Part>,
    rest: mpsc::Receiver<Part>,
    is_over: bool,
}

impl hyper::body::Body for Parts {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let part = match self.first.take() {
            Some(part) => Some(part),
            None => match self.rest.poll_recv(context) {
                Poll::Ready(part) => part,
                Poll::Pending => return Poll::Pending,
            },
        };
        match part {
            Some(Part::Bytes(bytes)) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            Some(Part::End) => {
                self.is_over = true;
                Poll::Ready(None)
            }
            Some(Part::Broken(_)) | None => {
                self.is_over = true;
                Poll::Ready(Some(Err(std::io::Error::other("the table could not be read to its end"))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Body as _;

    fn read(parts: Vec<Part>) -> (Vec<u8>, bool) {
        let (sender, rest) = mpsc::channel(parts.len().max(1));
        for part in parts {
            assert!(sender.try_send(part).is_ok());
        }
        drop(sender);
        let mut body = std::pin::pin!(Parts { first: None, rest, is_over: false });
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut bytes = Vec::new();
        loop {
            match body.as_mut().poll_frame(&mut context) {
                Poll::Ready(Some(Ok(frame))) => bytes.extend(frame.into_data().unwrap_or_default()),
                Poll::Ready(Some(Err(_))) => return (bytes, false),
                Poll::Ready(None) => return (bytes, true),
                Poll::Pending => assert!(bytes.is_empty(), "nothing is waited for"),
            }
        }
    }

    #[test]
    fn only_what_says_that_it_ends_is_whole() {
        let part = || Part::Bytes(Bytes::from_static(b"a"));
        assert_eq!(read(vec![part(), part(), Part::End]), (b"aa".to_vec(), true));
        assert_eq!(read(vec![part(), Part::Broken(Problem::Internal)]), (b"a".to_vec(), false));
        // The thread went away without a word.
        assert_eq!(read(vec![part()]), (b"a".to_vec(), false));
        assert_eq!(read(Vec::new()), (Vec::new(), false));
    }
}
