//! Files of releases, whole or in part, under the address CKAN gives uploaded files.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State, rejection::PathRejection};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::app::App;
use super::cache::{self, Policy};
use super::disposition::{attachment, path_segment};
use super::headers::DATA_POLICY;
use super::problem::Problem;
use super::range::{Wanted, wanted};
use crate::count::access::Access;
use crate::model::catalogue::{Content, Dataset, Distribution};
use crate::model::id::DistributionId;
use crate::model::name::Digest;
use crate::store::objects::Objects;

/// The routes of downloads. The file name at the end is for people and programs that save by it; the id decides.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/dataset/{name}/resource/{id}/download", get(download))
        .route("/dataset/{name}/resource/{id}/download/{file_name}", get(download))
}

/// The public address of a distribution's file.
pub fn url(site: &str, dataset: &Dataset, distribution: &Distribution) -> String {
    if let Content::Made { path } = &distribution.content {
        return format!("{site}{path}");
    }
    format!(
        "{site}/dataset/{}/resource/{}/download/{}",
        dataset.name,
        distribution.id,
        path_segment(&distribution.file_name)
    )
}

async fn download(
    State(app): State<Arc<App>>,
    path: Result<Path<Vec<(String, String)>>, PathRejection>,
    request: Request,
) -> Result<Response, Problem> {
    let Path(parts) = path.map_err(|_| Problem::not_found())?;
    let part = |key: &str| parts.iter().find(|(own, _)| own == key).map_or("", |(_, value)| value.as_str());
    let id = DistributionId::parse(part("id")).ok_or_else(Problem::not_found)?;
    let catalogue = app.catalogue();
    let (dataset, distribution) = catalogue.distribution(id).ok_or_else(Problem::not_found)?;
    if catalogue.dataset(part("name")).is_none_or(|named| named.id != dataset.id) {
        return Err(Problem::not_found());
    }
    let (method, headers) = (request.method().clone(), request.headers().clone());
    drop(request);
    send(&app, dataset, distribution, &method, &headers).await
}

/// The file of a distribution, or the part of it that is asked for.
pub(super) async fn send(
    app: &App,
    dataset: &Dataset,
    distribution: &Distribution,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let digest = match &distribution.content {
        Content::Object { digest, .. } => *digest,
        // It is answered where it is made.
        Content::Made { path } => return Ok(Redirect::temporary(path).into_response()),
    };
    let file = opened(&app.objects, digest).await.map_err(|error| Problem::internal("opening a file", &error))?;
    let named = Named {
        digest,
        file_name: &distribution.file_name,
        media_type: distribution.format.media_type(),
        modified: dataset.modified,
        access: Access::Download {
            distribution: distribution.id.uuid(),
            in_parts: distribution.format.is_read_in_parts(),
        },
    };
    answer(method, headers, &named, file)
}

/// The bytes of an object, off the async threads.
pub(super) async fn opened(objects: &Objects, digest: Digest) -> std::io::Result<Bytes> {
    let objects = objects.clone();
    let mapped = tokio::task::spawn_blocking(move || objects.map(&digest)).await.map_err(std::io::Error::other)??;
    Ok(Bytes::from_owner(mapped))
}

/// A file as it is sent.
pub(super) struct Named<'a> {
    /// Its digest, which is its tag.
    pub(super) digest: Digest,
    /// The name it is saved under; may be Japanese.
    pub(super) file_name: &'a str,
    /// Its media type.
    pub(super) media_type: &'static str,
    /// When its release was published.
    pub(super) modified: jiff::Timestamp,
    /// What the counting layer is told.
    pub(super) access: Access,
}

/// The file, or the part of it that is asked for.
pub(super) fn answer(
    method: &Method,
    headers: &HeaderMap,
    named: &Named<'_>,
    file: Bytes,
) -> Result<Response, Problem> {
    let size_bytes = file.len() as u64;
    let etag = format!("\"{}\"", named.digest);
    let last_modified = cache::http_date(named.modified);
    if cache::match_fails(headers, &etag) {
        return Err(Problem::Precondition);
    }
    let mut response = if cache::is_current(headers, &etag, named.modified) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        // A range has a meaning for GET only (RFC 9110 §14.2).
        let part = if method == Method::GET && cache::range_applies(headers, &etag, &last_modified) {
            wanted(headers, size_bytes)
        } else {
            Wanted::Whole
        };
        let mut response = match part {
            Wanted::Outside => return Err(Problem::Range { size_bytes }),
            Wanted::Whole => Response::new(Body::from(file)),
            Wanted::Part { first, last } => partial(&file, first, last)?,
        };
        let own = response.headers_mut();
        own.insert(header::CONTENT_TYPE, HeaderValue::from_static(named.media_type));
        own.insert(header::CONTENT_DISPOSITION, attachment(named.file_name));
        response
    };
    let own = response.headers_mut();
    own.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    own.insert(header::CACHE_CONTROL, Policy::Minute.value());
    own.insert(header::CONTENT_SECURITY_POLICY, DATA_POLICY);
    for (name, value) in [(header::ETAG, etag), (header::LAST_MODIFIED, last_modified)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            own.insert(name, value);
        }
    }
    response.extensions_mut().insert(named.access);
    Ok(response)
}

fn partial(file: &Bytes, first: u64, last: u64) -> Result<Response, Problem> {
    let size_bytes = file.len() as u64;
    let bounds = usize::try_from(first).ok().zip(usize::try_from(last).ok());
    let (from, to) = bounds.filter(|(_, to)| *to < file.len()).ok_or(Problem::Range { size_bytes })?;
    let mut response = Response::new(Body::from(file.slice(from..=to)));
    *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    if let Ok(value) = HeaderValue::from_str(&format!("bytes {first}-{last}/{size_bytes}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}
