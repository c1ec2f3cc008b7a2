//! What a tile is answered with: bytes in the encoding that the caller takes, or 304.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::super::cache;
use super::super::encoding::Coding;
use super::super::problem::Problem;

/// Media type of vector tiles (IANA).
pub const MEDIA_TYPE: &str = "application/vnd.mapbox-vector-tile";

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// 64 bits of its digest.
    pub tag: u64,
    /// How it is packed for this caller.
    pub coding: Coding,
    /// Its media type.
    pub kind: &'static str,
}

/// A body in the encoding that the caller takes, or 304 before any byte of it is touched.
///
/// # Errors
/// [`Problem::Busy`] where the stored bytes cannot be unpacked, which is logged.
pub fn tile_response(
    sent: Sent,
    headers: &HeaderMap,
    packed: impl FnOnce(Coding) -> Option<bytes::Bytes>,
    plain: impl FnOnce() -> Option<bytes::Bytes>,
) -> Result<Response, Problem> {
    let Sent { tag, coding, kind } = sent;
    let etag = tag_text(tag, coding);
    let hits = headers.contains_key(header::IF_NONE_MATCH)
        && etag.to_str().is_ok_and(|etag| cache::none_match_hits(headers, etag));
    let mut response = if hits {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = match coding {
            Coding::Plain => plain(),
            packed_as => packed(packed_as),
        };
        let body = body.ok_or_else(|| {
            tracing::error!("a stored tile cannot be unpacked");
            Problem::Busy
        })?;
        let mut response = Response::new(Body::from(body));
        let own = response.headers_mut();
        own.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(name) = coding.name() {
            own.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
        }
        response
    };
    let own = response.headers_mut();
    own.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    own.insert(header::ETAG, etag);
    Ok(response)
}

/// `"0123456789abcdef-gzip"`: the content, and how it is packed.
fn tag_text(tag: u64, coding: Coding) -> HeaderValue {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let suffix: &[u8] = match coding {
        Coding::Plain => b"\"",
        Coding::Gzip => b"-gzip\"",
        Coding::Brotli => b"-br\"",
    };
    let mut text = [b'"'; 23];
    for (place, slot) in text.iter_mut().skip(1).take(16).enumerate() {
        *slot = DIGITS[usize::from((tag >> (60 - 4 * place)).to_be_bytes()[7] & 15)];
    }
    let end = 17 + suffix.len();
    text[17..end].copy_from_slice(suffix);
    HeaderValue::from_bytes(&text[..end]).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}
