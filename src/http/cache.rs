//! Named cache policies and conditional requests (RFC 9110 §8.8 and §13, RFC 9111, RFC 8246).

use http::header::{self, HeaderMap, HeaderValue};

/// How long an answer may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Under an address that names its content (a versioned tile, a hashed asset): for a year, never asked again.
    Immutable,
    /// Content that changes when a release is published, under an address that stays: a minute, which is also the
    /// longest that something withdrawn may still be seen.
    Minute,
    /// Asked again each time, answered with 304 where nothing changed.
    Revalidate,
    /// A refusal: never kept by shared caches as if it were content.
    Problem,
}

impl Policy {
    /// The value of `Cache-Control`.
    pub fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Minute => "public, max-age=60",
            Self::Revalidate | Self::Problem => "no-cache",
        })
    }
}

/// Whether an `If-None-Match` header names `etag` (quoted, strong). Weak comparison, lists and `*` as RFC 9110 §13.1.2.
pub fn none_match_hits(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.trim() == "*" || tags(value).any(|tag| tag == etag))
}

/// Whether an `If-Match` header is there and does not name `etag`: then the answer is 412.
pub fn match_fails(headers: &HeaderMap, etag: &str) -> bool {
    let mut values = headers.get_all(header::IF_MATCH).iter().peekable();
    if values.peek().is_none() {
        return false;
    }
    // Strong comparison: a weak tag never matches.
    !values
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.trim() == "*" || value.split(',').any(|tag| tag.trim() == etag))
}

/// Whether a range may be answered in part: no `If-Range`, or one that names this very state.
pub fn range_applies(headers: &HeaderMap, etag: &str, last_modified: &str) -> bool {
    match headers.get(header::IF_RANGE) {
        None => true,
        // A weak tag never matches here; a date must be the very one that was sent.
        Some(value) => value.to_str().is_ok_and(|value| value.trim() == etag || value.trim() == last_modified),
    }
}

/// Whether the caller's copy is current: by `If-None-Match`, and only without it by `If-Modified-Since`.
pub fn is_current(headers: &HeaderMap, etag: &str, modified: jiff::Timestamp) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        return none_match_hits(headers, etag);
    }
    headers
        .get(header::IF_MODIFIED_SINCE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| jiff::fmt::rfc2822::parse(text).ok())
        .is_some_and(|since| modified.as_second() <= since.timestamp().as_second())
}

/// `Last-Modified` in the form of RFC 9110: `Sat, 21 Nov 2026 09:45:00 GMT`.
pub fn http_date(at: jiff::Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn tags(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(|tag| {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn if_none_match_compares_weakly_and_takes_lists() {
        for (value, hit) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("\"b\", W/\"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
            ("\"a", false),
            ("", false),
        ] {
            assert_eq!(none_match_hits(&headers(header::IF_NONE_MATCH, value), "\"a\""), hit, "{value}");
        }
        assert!(!none_match_hits(&HeaderMap::new(), "\"a\""));
    }

    #[test]
    fn a_date_counts_only_without_a_tag() -> Result<(), jiff::Error> {
        let modified: jiff::Timestamp = "2026-11-21T09:45:00.5Z".parse()?;
        let date = http_date(modified);
        assert_eq!(date, "Sat, 21 Nov 2026 09:45:00 GMT");
        assert!(is_current(&headers(header::IF_MODIFIED_SINCE, "Sat, 21 Nov 2026 09:45:00 GMT"), "\"a\"", modified));
        assert!(!is_current(&headers(header::IF_MODIFIED_SINCE, "Sat, 21 Nov 2026 09:44:59 GMT"), "\"a\"", modified));
        let mut both = headers(header::IF_MODIFIED_SINCE, "Sat, 21 Nov 2026 09:45:00 GMT");
        both.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"b\""));
        assert!(!is_current(&both, "\"a\"", modified));
        assert!(!is_current(&headers(header::IF_MODIFIED_SINCE, "yesterday"), "\"a\"", modified));
        Ok(())
    }

    #[test]
    fn if_match_and_if_range_compare_strongly() {
        assert!(!match_fails(&HeaderMap::new(), "\"a\""));
        assert!(!match_fails(&headers(header::IF_MATCH, "\"b\", \"a\""), "\"a\""));
        assert!(match_fails(&headers(header::IF_MATCH, "W/\"a\""), "\"a\""));
        assert!(range_applies(&headers(header::IF_RANGE, "\"a\""), "\"a\"", "now"));
        assert!(!range_applies(&headers(header::IF_RANGE, "W/\"a\""), "\"a\"", "now"));
        assert!(!range_applies(&headers(header::IF_RANGE, "\"b\""), "\"a\"", "now"));
    }
}
