//! Every table of the current release in every format, under readable addresses:
//! `/dataset/{name}/download/{table}.{ending}`, and with the release in it `/dataset/{name}/release/{n}/download/…`.
//!
//! The first always gives the current release, the second that release or nothing; the answer to the first names the
//! second (`Content-Location`). What was made when the release was published is sent as it lies; other formats are made
//! at the first request and kept as objects. Equal requests at once are one making, few run at a time, and a making goes
//! on when its caller has gone: the next one finds the file.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State, rejection::PathRejection};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};

use super::app::App;
use super::cache::{self, Policy};
use super::disposition::attachment;
use super::download::{self, Named};
use super::headers::DATA_POLICY;
use super::problem::Problem;
use crate::count::access::{Access, made_target};
use crate::model::catalogue::{Dataset, Format, Table};
use crate::model::made::{Limit, Made, MadeFile, MadeFormat, MadeKey, file_name};
use crate::model::name::Digest;

mod making;

pub use making::Making;

/// The ending of the list of characters that a CSV in CP932 has no place for.
const NOTE_ENDING: &str = "cp932.txt";

/// The routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/dataset/{name}/download/{file}", get(file))
        .route("/dataset/{name}/release/{number}/download/{file}", get(file))
}

/// The public address of a table in a format.
pub fn url(site: &str, dataset: &Dataset, table: &Table, format: MadeFormat) -> String {
    format!("{site}/dataset/{}/download/{}.{}", dataset.name, table.shape.key, format.ending())
}

/// The public address of the list that belongs to the CSV in CP932.
pub fn note_url(site: &str, dataset: &Dataset, table: &Table) -> String {
    format!("{site}/dataset/{}/download/{}.{NOTE_ENDING}", dataset.name, table.shape.key)
}

async fn file(
    State(app): State<Arc<App>>,
    path: Result<Path<Vec<(String, String)>>, PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let Path(parts) = path.map_err(|_| Problem::not_found())?;
    let part = |key: &str| parts.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str());
    let catalogue = app.catalogue();
    let dataset = part("name").and_then(|name| catalogue.dataset(name)).ok_or_else(Problem::not_found)?;
    if let Some(number) = part("number") {
        of_release(dataset, number)?;
    }
    let name = part("file").unwrap_or_default();
    let (key, ending) = name.split_once('.').ok_or_else(Problem::not_found)?;
    let place = dataset.tables.iter().position(|table| table.shape.key.as_str() == key);
    let place = place.ok_or_else(Problem::not_found)?;
    let (method, headers) = (request.method().clone(), request.headers().clone());
    drop(request);
    let mut response = answer(&app, dataset, place, ending, &method, &headers).await?;
    let location = format!("/dataset/{}/release/{}/download/{name}", dataset.name, dataset.release_number);
    if let Ok(value) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::CONTENT_LOCATION, value);
    }
    Ok(response)
}

/// Whether the release that is asked for is the current one.
fn of_release(dataset: &Dataset, number: &str) -> Result<(), Problem> {
    let current = dataset.release_number;
    if number == current.to_string() {
        return Ok(());
    }
    Err(Problem::NotFound { detail: format!("release {number} is not public; the current release is {current}") })
}

async fn answer(
    app: &Arc<App>,
    dataset: &Arc<Dataset>,
    place: usize,
    ending: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let of_format = |format: Format| format.extension() == ending;
    if let Some(own) = dataset.distributions.iter().find(|own| own.table == place && of_format(own.format)) {
        return download::send(app, dataset, own, method, headers).await;
    }
    let table = dataset.tables.get(place).ok_or_else(Problem::not_found)?;
    let is_note = ending == NOTE_ENDING;
    let format = if is_note { Some(MadeFormat::CsvCp932) } else { MadeFormat::of_ending(ending) };
    let format = format.filter(|format| MadeFormat::of_table(table.geometry).any(|own| own == *format));
    let format = format.ok_or_else(Problem::not_found)?;
    let wish = Wish { dataset, table, format, is_note };
    let key = wish.key();
    let known = app.making.ledger.find(&key);
    if known.is_none() && method == Method::HEAD {
        // What the answer would be, but for what only the file itself tells: nothing is made for nobody.
        return Ok(promised(&wish));
    }
    let mut made = match known {
        Some(made) => Some(made),
        None => app.making.made(app, wish.key(), dataset, place).await?,
    };
    // Twice at the most: an object that was lost is made anew.
    for is_first in [true, false] {
        let file = match made {
            Some(Made::File(file)) => file,
            Some(Made::Refused(limit)) => return Ok(refused(format, limit)),
            None => return Ok(not_yet()),
        };
        let Some(digest) = wish.digest(file) else { return Err(Problem::not_found()) };
        match download::opened(&app.objects, digest).await {
            Ok(bytes) => {
                let saved_as = wish.saved_as();
                let mut response = download::answer(method, headers, &wish.named(digest, &saved_as), bytes)?;
                wish.link(file, response.headers_mut());
                return Ok(response);
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && is_first => {
                app.making.ledger.forget(&key);
                made = app.making.made(app, wish.key(), dataset, place).await?;
            }
            Err(error) => return Err(Problem::internal("opening a file", &error)),
        }
    }
    Err(Problem::internal("opening a file", &"it is lost as soon as it is made"))
}

/// What is asked for, checked.
struct Wish<'a> {
    dataset: &'a Arc<Dataset>,
    table: &'a Table,
    format: MadeFormat,
    is_note: bool,
}

impl Wish<'_> {
    fn key(&self) -> MadeKey {
        MadeKey { release: self.dataset.release, table: self.table.shape.key.clone(), format: self.format }
    }

    fn digest(&self, file: MadeFile) -> Option<Digest> {
        if self.is_note { file.note.map(|(digest, _)| digest) } else { Some(file.digest) }
    }

    fn saved_as(&self) -> String {
        file_name(&self.table.shape.title, if self.is_note { NOTE_ENDING } else { self.format.ending() })
    }

    fn named<'a>(&self, digest: Digest, file_name: &'a str) -> Named<'a> {
        let target = || {
            let file = format!("{}.{}", self.table.shape.key, self.format.ending());
            made_target(self.dataset.name.as_str(), &file)
        };
        let download = || Access::Download { distribution: target(), in_parts: self.format.is_read_in_parts() };
        Named {
            digest,
            file_name,
            media_type: if self.is_note { "text/plain; charset=utf-8" } else { self.format.media_type() },
            modified: self.dataset.modified,
            access: if self.is_note { Access::Other } else { download() },
        }
    }

    /// Says in the head of an answer where the list of its changed cells is.
    fn link(&self, file: MadeFile, headers: &mut HeaderMap) {
        let has_note = !self.is_note && file.note.is_some();
        let note = format!("<{}>; rel=\"describedby\"; type=\"text/plain\"", note_url("", self.dataset, self.table));
        if let (true, Ok(value)) = (has_note, HeaderValue::from_str(&note)) {
            headers.insert(header::LINK, value);
        }
    }
}

/// The head of a file that is not made yet.
fn promised(wish: &Wish<'_>) -> Response {
    let saved_as = wish.saved_as();
    let named = wish.named(Digest::of(&[]), &saved_as);
    let mut response = Response::new(Body::new(OfUnknownLength));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(named.media_type));
    headers.insert(header::CONTENT_DISPOSITION, attachment(named.file_name));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, Policy::Minute.value());
    headers.insert(header::CONTENT_SECURITY_POLICY, DATA_POLICY);
    if let Ok(value) = HeaderValue::from_str(&cache::http_date(named.modified)) {
        headers.insert(header::LAST_MODIFIED, value);
    }
    response.extensions_mut().insert(named.access);
    response
}

/// The body of an answer to HEAD that must not say how long the file is.
struct OfUnknownLength;

impl hyper::body::Body for OfUnknownLength {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

/// A table that the format cannot hold: 404 with the reason and a way out.
fn refused(format: MadeFormat, limit: Limit) -> Response {
    let (ja, en) = match limit {
        Limit::FileSize => ("ファイルが2GBを超えるため", "the file would be longer than 2 GB"),
        Limit::Columns => ("項目の数が形式の上限を超えるため", "the table has more columns than the format"),
        Limit::RecordLength => ("1件の長さが形式の上限を超えるため", "a record is longer than the format allows"),
    };
    let name = format.name();
    plain(
        Problem::not_found(),
        format!(
            "{ja}、{name}では提供していません。CSV、GeoPackageなど、ほかの形式をお使いください。\n\
             There is no {name} of this table: {en}. Please take another format, such as CSV or GeoPackage.\n"
        ),
    )
}

/// The file is not ready yet: 503, and when to ask again.
fn not_yet() -> Response {
    plain(
        Problem::Busy,
        "ファイルを作成しています。しばらくしてからもう一度お試しください。\nThe file is being made; please try again soon.\n"
            .to_owned(),
    )
}

fn plain(problem: Problem, text: String) -> Response {
    let mut response = problem.into_response();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(text);
    response
}
