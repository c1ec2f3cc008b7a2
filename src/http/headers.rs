//! Headers that every answer carries, and those that let other sites read what is public.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};

/// What a page may load: only what this server serves, and pictures of the configured base maps. No inline script or
/// style, no plug-in, no frame around it.
pub fn content_security_policy(base_map_hosts: &[String]) -> HeaderValue {
    policy(base_map_hosts, "'none'")
}

/// The same for a page that is made to stand in the pages of others: any site may frame it.
pub fn embeddable_policy(base_map_hosts: &[String]) -> HeaderValue {
    policy(base_map_hosts, "*")
}

fn policy(base_map_hosts: &[String], ancestors: &str) -> HeaderValue {
    let hosts: String = base_map_hosts
        .iter()
        .filter(|host| is_source(host))
        .map(|host| if host.contains("://") { format!(" {host}") } else { format!(" https://{host}") })
        .collect();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; font-src 'self'; \
         connect-src 'self'{hosts}; img-src 'self' data: blob:{hosts}; manifest-src 'self'; form-action 'self'; \
         base-uri 'none'; frame-ancestors {ancestors}"
    );
    HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}

/// The policy of files that are data: never rendered as a page of this site, whatever is in them.
pub const DATA_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'");

/// Only letters that a host source of the policy can have: a configured text cannot end the directive.
fn is_source(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'/' | b'*'))
}

/// Adds the headers of safety to an answer; a policy that the handler set itself stays.
pub async fn secure(State(policy): State<Arc<HeaderValue>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    make_secure(response.headers_mut(), &policy);
    response
}

/// The headers of safety, for answers that [`secure`] does not see.
pub(super) fn make_secure(headers: &mut HeaderMap, policy: &HeaderValue) {
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert_with(|| policy.clone());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("geolocation=(self), camera=(), microphone=(), payment=(), usb=()"),
    );
    headers.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
}

/// Lets every site read the answer (no cookies are looked at here), and answers what a browser asks first.
pub async fn readable_by_all(request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS {
        return preflight();
    }
    let mut response = next.run(request).await;
    make_readable(response.headers_mut());
    response
}

/// The same for the twins of pages, whose addresses end in a form (`.json`, `.csv`); no name of a page holds a dot.
pub async fn twins_readable_by_all(request: Request, next: Next) -> Response {
    let last = request.uri().path().rsplit('/').next().unwrap_or_default();
    if last.contains('.') { readable_by_all(request, next).await } else { next.run(request).await }
}

/// The answer to what a browser asks before it lets a script of another site read.
pub(super) fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    open_to_all(headers);
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST, OPTIONS"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static(
            "accept, content-type, authorization, x-ckan-api-key, range, if-range, if-match, if-none-match, \
             if-modified-since",
        ),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    response
}

fn open_to_all(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
}

/// What lets other sites read an answer, for answers that [`readable_by_all`] does not see.
pub(super) fn make_readable(headers: &mut HeaderMap) {
    open_to_all(headers);
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "etag, last-modified, content-length, content-range, accept-ranges, content-disposition, link, content-crs, \
             ogc-numbermatched, ogc-numberreturned",
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_no_host_but_the_configured_ones() {
        let plain = content_security_policy(&[]);
        let plain = plain.to_str().expect("ascii");
        assert!(!plain.contains("http") && !plain.contains("unsafe"), "{plain}");
        let hosts = ["cyberjapandata.gsi.go.jp".to_owned(), "x; script-src *".to_owned(), "'unsafe-inline'".to_owned()];
        let with = content_security_policy(&hosts);
        let with = with.to_str().expect("ascii");
        assert!(with.contains("img-src 'self' data: blob: https://cyberjapandata.gsi.go.jp;"), "{with}");
        assert!(!with.contains("script-src *") && !with.contains("unsafe"), "{with}");
    }
}
