//! The media types an `Accept` header takes (RFC 9110, §12.5.1).

use http::{HeaderMap, header};

/// Most media ranges of one request that are looked at; browsers send eight.
const RANGES_LIMIT: usize = 100;

/// The ranges in their order, each its type in small letters (`text/*` too) and its weight from 0 (not taken) to 1. A range
/// whose weight is none (§12.4.2) is passed over.
pub(super) fn ranges(headers: &HeaderMap) -> impl Iterator<Item = (String, f32)> + '_ {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).take(RANGES_LIMIT).filter_map(|range| {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = weight.map_or(Some(1.0), |text| text.trim().parse().ok())?;
        (0.0..=1.0).contains(&weight).then_some((name, weight))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn ranges_come_with_their_weights() {
        let text = "Text/HTML; level=1;q=0.5 , */*;Q=0, a/b;q=2, c/d;q=x,,e/f";
        let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(text))]);
        let found: Vec<_> = ranges(&headers).collect();
        let expected = [("text/html", 0.5), ("*/*", 0.0), ("", 1.0), ("e/f", 1.0)];
        assert_eq!(found, expected.map(|(name, weight)| (name.to_owned(), weight)));
        assert_eq!(ranges(&HeaderMap::new()).count(), 0);
    }
}
