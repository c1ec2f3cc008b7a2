//! File names in headers and addresses: RFC 6266 with the extended notation of RFC 8187.

use std::fmt::Write as _;

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 8187 lets stand unencoded (`attr-char`).
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// What RFC 3986 lets stand unencoded in a path segment, sub-delimiters left out.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `attachment` under the given name: an ASCII form for old clients, then the name itself.
pub fn attachment(file_name: &str) -> HeaderValue {
    let clean = clean(file_name);
    let mut value = format!("attachment; filename=\"{}\"", ascii(&clean));
    if !clean.is_ascii() {
        let _ = write!(value, "; filename*=UTF-8''{}", utf8_percent_encode(&clean, ATTRIBUTE));
    }
    HeaderValue::from_str(&value).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

/// The name as one segment of an address.
pub fn path_segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// The name without what no file system or header should see: controls, separators of paths, direction marks.
fn clean(file_name: &str) -> String {
    let clean: String = file_name
        .chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .map(|c| if matches!(c, '/' | '\\') { '_' } else { c })
        .take(200)
        .collect();
    if clean.trim_matches(['.', ' ']).is_empty() { "download".to_owned() } else { clean }
}

/// The ASCII form: other characters become `_`; a name with nothing left keeps its ending.
fn ascii(clean: &str) -> String {
    let is_ending =
        |ending: &str| (1..=10).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    let (stem, ending) = clean.rsplit_once('.').filter(|(_, ending)| is_ending(ending)).unwrap_or((clean, ""));
    let keep = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ' | '(' | ')') { c } else { '_' }
    };
    let mut stem: String = stem.chars().map(keep).collect();
    if stem.chars().all(|c| matches!(c, '_' | ' ' | '.')) {
        "download".clone_into(&mut stem);
    }
    if ending.is_empty() { stem } else { format!("{stem}.{ending}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_names_travel_whole_and_hostile_ones_are_tamed() {
        for (name, expected) in [
            ("aed.csv", "attachment; filename=\"aed.csv\""),
            ("避難所.csv", "attachment; filename=\"download.csv\"; filename*=UTF-8''%E9%81%BF%E9%9B%A3%E6%89%80.csv"),
            (
                "R6 施設(一覧).csv",
                "attachment; filename=\"R6 __(__).csv\"; \
                 filename*=UTF-8''R6%20%E6%96%BD%E8%A8%AD%28%E4%B8%80%E8%A6%A7%29.csv",
            ),
            ("a\"b\r\nSet-Cookie: x.csv", "attachment; filename=\"a_bSet-Cookie_ x.csv\""),
            ("../../etc/passwd", "attachment; filename=\".._.._etc_passwd\""),
            ("", "attachment; filename=\"download\""),
            ("..", "attachment; filename=\"download\""),
        ] {
            assert_eq!(attachment(name).to_str().ok(), Some(expected), "{name}");
        }
    }

    #[test]
    fn a_name_is_one_segment_of_an_address() {
        assert_eq!(path_segment("避難 所/a.csv"), "%E9%81%BF%E9%9B%A3%20%E6%89%80%2Fa.csv");
    }

    proptest::proptest! {
        #[test]
        fn every_name_gives_a_header_that_starts_as_an_attachment(name in ".*") {
            let value = attachment(&name);
            proptest::prop_assert!(value.to_str().is_ok_and(|v| v.starts_with("attachment; filename=\"")));
        }
    }
}
