//! Byte ranges (RFC 9110 §14).

use http::header::{self, HeaderMap};

/// What part of a file was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: no range, one that cannot be read, or several (which a server may answer with the whole).
    Whole,
    /// From the first to the last byte, both inside the file.
    Part {
        /// First byte.
        first: u64,
        /// Last byte, included.
        last: u64,
    },
    /// A readable range that lies outside the file: 416.
    Outside,
}

/// Reads the `Range` header for a file of `size_bytes`.
pub fn wanted(headers: &HeaderMap, size_bytes: u64) -> Wanted {
    let Some(text) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Wanted::Whole;
    };
    let Some((unit, set)) = text.split_once('=') else { return Wanted::Whole };
    if !unit.trim().eq_ignore_ascii_case("bytes") || set.contains(',') {
        return Wanted::Whole;
    }
    let Some((first, last)) = set.trim().split_once('-') else { return Wanted::Whole };
    match (first, last) {
        ("", length) => match digits(length) {
            None => Wanted::Whole,
            Some(0) => Wanted::Outside,
            Some(_) if size_bytes == 0 => Wanted::Outside,
            Some(length) => Wanted::Part { first: size_bytes.saturating_sub(length), last: size_bytes - 1 },
        },
        (first, "") => match digits(first) {
            None => Wanted::Whole,
            Some(first) if first >= size_bytes => Wanted::Outside,
            Some(first) => Wanted::Part { first, last: size_bytes - 1 },
        },
        (first, last) => match (digits(first), digits(last)) {
            (Some(first), Some(last)) if first <= last => {
                if first >= size_bytes {
                    Wanted::Outside
                } else {
                    Wanted::Part { first, last: last.min(size_bytes - 1) }
                }
            }
            _ => Wanted::Whole,
        },
    }
}

/// ASCII digits only: Rust's own parser would take a sign. Numbers beyond 64 bits are beyond every file.
fn digits(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        let part = |first, last| Wanted::Part { first, last };
        for (text, size, expected) in [
            ("bytes=0-0", 10, part(0, 0)),
            ("bytes=2-5", 10, part(2, 5)),
            ("bytes=2-", 10, part(2, 9)),
            ("bytes=2-99", 10, part(2, 9)),
            ("bytes=-3", 10, part(7, 9)),
            ("bytes=-30", 10, part(0, 9)),
            ("Bytes=0-", 10, part(0, 9)),
            ("bytes=0-18446744073709551616", 10, part(0, 9)),
            ("bytes=10-", 10, Wanted::Outside),
            ("bytes=99999999999999999999-", 10, Wanted::Outside),
            ("bytes=-0", 10, Wanted::Outside),
            ("bytes=0-", 0, Wanted::Outside),
            ("bytes=-1", 0, Wanted::Outside),
            ("bytes=5-2", 10, Wanted::Whole),
            ("bytes=+1-2", 10, Wanted::Whole),
            ("bytes=0-1,3-4", 10, Wanted::Whole),
            ("bytes=a-b", 10, Wanted::Whole),
            ("bytes=-", 10, Wanted::Whole),
            ("items=0-1", 10, Wanted::Whole),
            ("bytes", 10, Wanted::Whole),
            ("", 10, Wanted::Whole),
        ] {
            let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(text))]);
            assert_eq!(wanted(&headers, size), expected, "{text}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 10), Wanted::Whole);
    }

    proptest::proptest! {
        #[test]
        fn a_part_always_lies_inside_the_file(text in "bytes=[0-9]{0,20}-[0-9]{0,20}", size in 0_u64..1000) {
            let headers = HeaderMap::from_iter([(header::RANGE, HeaderValue::from_str(&text).expect("ascii"))]);
            if let Wanted::Part { first, last } = wanted(&headers, size) {
                proptest::prop_assert!(first <= last && last < size);
            }
        }
    }
}
