//! Style sheets, scripts and fonts of the pages: built by `web/build.mjs`, embedded in the program, served under names
//! that carry their own hash and therefore never change.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::app::App;
use crate::count::access::Access;

/// The files of `web/dist`. In a debug build they are read from the folder, so that a new web build is seen at once.
#[derive(rust_embed::RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Files;

/// What each asset is called in this build, and the set of names that may be asked for.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    by_name: HashMap<String, String>,
    hashed: HashSet<String>,
}

impl Manifest {
    fn load() -> Self {
        let by_name: HashMap<String, String> =
            Files::get("manifest.json").and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default();
        let mut hashed: HashSet<String> = by_name.values().cloned().collect();
        // Chunks that scripts load by themselves stand in no manifest; their names carry a hash all the same.
        hashed.extend(Files::iter().filter(|name| is_script(name)).map(std::borrow::Cow::into_owned));
        Self { by_name, hashed }
    }

    /// The path of an asset by the name it has in the sources, such as `site.css`. An asset that was not built has a
    /// path that answers 404; pages work without style and script.
    pub(super) fn path(&self, name: &str) -> String {
        format!("/assets/{}", self.by_name.get(name).map_or(name, String::as_str))
    }

    /// The text of an asset that pages build on; `None` where it was not built.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let file = Files::get(self.by_name.get(name)?)?;
        String::from_utf8(file.data.into_owned()).ok()
    }
}

fn is_script(name: &str) -> bool {
    std::path::Path::new(name).extension().is_some_and(|ending| ending == "js")
}

static MANIFEST: LazyLock<Manifest> = LazyLock::new(Manifest::load);

/// The names of this build.
pub(super) fn manifest() -> &'static Manifest {
    &MANIFEST
}

/// `/assets/{name}`.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let mut response = answer(&name, &headers);
    response.extensions_mut().insert(Access::Asset);
    response
}

/// The bytes of an asset by its name in this build; `None` where it was not built.
pub(super) fn bytes(hashed: &str) -> Option<std::borrow::Cow<'static, [u8]>> {
    Some(Files::get(hashed)?.data)
}

/// The asset that has this name in the sources; 404 where it was not built.
pub(super) fn named(name: &str, headers: &HeaderMap) -> Response {
    match manifest().by_name.get(name) {
        Some(hashed) => answer(hashed, headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answer(name: &str, headers: &HeaderMap) -> Response {
    // Only names of this build exist: nothing else of the folder can be asked for, and nothing is listed.
    if !manifest().hashed.contains(name) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let etag = format!("\"{name}\"");
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let small = if accepts_brotli(headers) { Files::get(&format!("{name}.br")) } else { None };
    let encoded = small.is_some();
    let Some(file) = small.or_else(|| Files::get(name)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let media_type = mime_guess::from_path(name).first_or_octet_stream().to_string();
        let media_type = match media_type.as_str() {
            text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
            other => other.to_owned(),
        };
        let mut response = match file.data {
            std::borrow::Cow::Borrowed(bytes) => bytes.into_response(),
            std::borrow::Cow::Owned(bytes) => bytes.into_response(),
        };
        insert(response.headers_mut(), header::CONTENT_TYPE, &media_type);
        if encoded {
            insert(response.headers_mut(), header::CONTENT_ENCODING, "br");
        }
        response
    };
    let headers = response.headers_mut();
    // A year is the longest time caches promise to look at (RFC 9111, 5.3); the name changes with the content.
    insert(headers, header::CACHE_CONTROL, "public, max-age=31536000, immutable");
    insert(headers, header::ETAG, &etag);
    insert(headers, header::VARY, "accept-encoding");
    insert(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether the caller takes Brotli: named, and not refused by `q=0` (RFC 9110, 12.5.3).
fn accepts_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            parts.next().is_some_and(|name| name.eq_ignore_ascii_case("br"))
                && !parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(encodings: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(encodings).expect("valid"));
        headers
    }

    #[test]
    fn brotli_is_sent_only_to_those_who_take_it() {
        for (encodings, expected) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=0.5", true),
            ("gzip, br;q=0", false),
            ("br; q=0.000", false),
            ("gzip", false),
            ("", false),
            ("brotli", false),
        ] {
            assert_eq!(accepts_brotli(&asking(encodings)), expected, "{encodings}");
        }
    }

    #[test]
    fn names_outside_the_build_do_not_exist() {
        for name in ["manifest.json", "../Cargo.toml", "..%2fCargo.toml", "", "site.css"] {
            let response = answer(name, &HeaderMap::new());
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{name}");
        }
    }
}
