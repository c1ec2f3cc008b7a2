//! What a form sent: names and values, as they came. A handler takes those it knows by name; others change nothing.

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::http::problem::Problem;

/// Most fields of one form: a table of a thousand rows by ten columns.
const FIELDS_LIMIT: usize = 10_000;

/// The fields of a form, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`; bytes that are no UTF-8 become U+FFFD.
    pub fn parse(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().take(FIELDS_LIMIT).collect())
    }

    /// The value of a field; of one that was sent several times the first, of one that was not sent the empty text.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value)
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// All fields with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<S: Sync> FromRequestParts<S> for Fields {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Put there by the guard, which has read the body; pages have none.
        Ok(parts.extensions.remove::<Self>().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_by_name_and_the_first_counts() {
        let fields = Fields::parse("a=1&b=%E3%81%82+x&a=2&c".as_bytes());
        assert_eq!((fields.get("a"), fields.get("b"), fields.get("c"), fields.get("d")), ("1", "あ x", "", ""));
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.iter().count(), 4);
        assert_eq!(Fields::parse(b"a=%ff").get("a"), "\u{fffd}");
    }
}
