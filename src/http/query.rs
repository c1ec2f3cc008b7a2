//! The part of an address behind `?`.

use std::borrow::Cow;

use url::form_urlencoded;

/// The first value of a parameter, decoded; bytes that are no UTF-8 become U+FFFD.
pub fn parameter<'q>(query: Option<&'q str>, name: &str) -> Option<Cow<'q, str>> {
    form_urlencoded::parse(query?.as_bytes()).find(|(own, _)| own == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_names_are_whole() {
        let query = Some("xcollections=1&collections=a%2Cb+c&collections=d");
        assert_eq!(parameter(query, "collections").as_deref(), Some("a,b c"));
        assert_eq!(parameter(query, "filters"), None);
        assert_eq!(parameter(Some("filters=%ff"), "filters").as_deref(), Some("\u{fffd}"));
        assert_eq!(parameter(None, "filters"), None);
    }
}
