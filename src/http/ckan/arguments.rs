//! The arguments of an action: from a query string, a form, a multipart body or JSON to one map, and from there to
//! checked values. Messages are CKAN's own, because clients show and match them.

use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart, Request};
use http::header;
use serde_json::{Map, Value as Json};
use url::form_urlencoded;

use crate::http::problem::Problem;

/// Longest body of a read action: 1,000 names of 100 characters in a filter are 100 KB; ten times that.
pub const BODY_LIMIT_BYTES: usize = 1 << 20;
/// Most parameters of one request; the longest action has 20.
const PARAMETERS_LIMIT: usize = 1_000;

/// The arguments of one call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments(Map<String, Json>);

impl Arguments {
    /// Reads a query string; a repeated key becomes a list.
    pub fn from_query(query: &str) -> Self {
        Self::from_pairs(form_urlencoded::parse(query.as_bytes()).map(|(k, v)| (k.into_owned(), v.into_owned())))
    }

    /// Arguments that came one by one; a repeated key becomes a list.
    pub fn from_list(pairs: Vec<(String, String)>) -> Self {
        Self::from_pairs(pairs.into_iter())
    }

    /// Arguments that another surface has read.
    pub fn from_map(map: Map<String, Json>) -> Self {
        Self(map)
    }

    fn from_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let mut map: Map<String, Json> = Map::new();
        for (key, value) in pairs.take(PARAMETERS_LIMIT) {
            let value = Json::from(value);
            match map.get_mut(&key) {
                None => {
                    map.insert(key, value);
                }
                Some(Json::Array(values)) => values.push(value),
                Some(first) => *first = Json::Array(vec![first.take(), value]),
            }
        }
        Self(map)
    }

    /// The same of a body that may be longer: rows that are sent.
    pub async fn from_body_within(request: Request, limit_bytes: usize) -> Result<Self, Problem> {
        Self::read(request, limit_bytes).await
    }

    /// Reads the body of a POST: JSON, a form, JSON sent as a form (bare `curl -d`), multipart, or nothing.
    pub async fn from_body(request: Request) -> Result<Self, Problem> {
        Self::read(request, BODY_LIMIT_BYTES).await
    }

    async fn read(request: Request, limit_bytes: usize) -> Result<Self, Problem> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_ascii_lowercase();
        let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        if declared.is_some_and(|length| length > limit_bytes as u64) {
            return Err(Problem::TooLarge);
        }
        if kind.starts_with("multipart/form-data") {
            return Self::from_multipart(request).await;
        }
        let query = request.uri().query().unwrap_or_default().to_owned();
        let bytes = axum::body::to_bytes(request.into_body(), limit_bytes).await.map_err(|_| Problem::TooLarge)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| bad_json("it is no UTF-8"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
        if text.is_empty() {
            // Without a body the address speaks, as with CKAN's `try_url_params`.
            return Ok(Self::from_query(&query));
        }
        let is_form = kind.starts_with("application/x-www-form-urlencoded");
        if is_form && !text.starts_with(['{', '[']) {
            // A JSON text quoted for an address is one key without a value (or with 1, as some clients write it).
            let mut pairs = form_urlencoded::parse(text.as_bytes());
            if let (Some((key, value)), None) = (pairs.next(), pairs.next())
                && key.trim_start().starts_with('{')
                && matches!(value.as_ref(), "" | "1")
            {
                return match serde_json::from_str(&key) {
                    Ok(Json::Object(map)) => Ok(Self(map)),
                    _ => Err(bad_json("Error decoding JSON data")),
                };
            }
            let arguments = Self::from_query(text);
            // A text without a single `=` is no form; CKAN tries JSON then, and says so.
            if text.contains('=') {
                return Ok(arguments);
            }
        }
        match serde_json::from_str(text) {
            Ok(Json::Object(map)) => Ok(Self(map)),
            Ok(_) => Err(bad_json("it needs to be a dictionary")),
            Err(_) => Err(bad_json("Error decoding JSON data")),
        }
    }

    async fn from_multipart(request: Request) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, BODY_LIMIT_BYTES).await.map_err(|_| Problem::TooLarge)?;
        let request = Request::from_parts(parts, Body::from(bytes));
        let unreadable = || Problem::BadRequest { detail: "Bad request - the multipart body cannot be read".into() };
        let mut multipart = Multipart::from_request(request, &()).await.map_err(|_| unreadable())?;
        let mut pairs = Vec::new();
        while let Some(field) = multipart.next_field().await.map_err(|_| unreadable())? {
            let name = field.name().unwrap_or_default().to_owned();
            // No read action takes a file; its part is read past.
            if field.file_name().is_none() {
                pairs.push((name, field.text().await.map_err(|_| unreadable())?));
            }
        }
        Ok(Self::from_pairs(pairs.into_iter()))
    }

    /// The names of all arguments.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The argument as it was sent.
    pub fn raw(&self, name: &str) -> Option<&Json> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Takes an argument out.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        self.0.shift_remove(name)
    }

    /// A text; numbers and flags are taken as their text, of a list the last counts.
    pub fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        self.raw(name).map(|value| plain(value).ok_or_else(|| Problem::invalid(name, "Must be a string"))).transpose()
    }

    /// A text that must be there.
    pub fn required(&self, name: &str) -> Result<String, Problem> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or_else(|| Problem::invalid(name, "Missing value"))
    }

    /// A whole number of zero or more.
    pub fn natural(&self, name: &str) -> Result<Option<u64>, Problem> {
        let Some(value) = self.raw(name) else { return Ok(None) };
        let number = match value {
            Json::Number(number) => number.as_i64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0).and(None)),
            other => match plain(other) {
                Some(text) if text.trim().is_empty() => return Ok(None),
                Some(text) => integer(text.trim()),
                None => None,
            },
        };
        let number = number.ok_or_else(|| Problem::invalid(name, "Invalid integer"))?;
        u64::try_from(number).map(Some).map_err(|_| Problem::invalid(name, "Must be a natural number"))
    }

    /// A flag; anything but the usual words for yes is no.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        match self.raw(name) {
            None => default,
            Some(Json::Bool(flag)) => *flag,
            Some(value) => plain(value).is_some_and(|text| {
                matches!(text.to_ascii_lowercase().as_str(), "true" | "1" | "yes" | "on" | "t" | "y")
            }),
        }
    }

    /// A list of texts: a list, a repeated key, or JSON text of a list. Anything else is refused.
    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        let value = match self.raw(name) {
            None => return Ok(None),
            Some(Json::String(text)) if text.trim().is_empty() => return Ok(None),
            Some(Json::String(text)) => {
                serde_json::from_str(text).map_err(|_| Problem::invalid(name, "Could not parse as valid JSON"))?
            }
            Some(value) => value.clone(),
        };
        let Json::Array(values) = value else { return Err(Problem::invalid(name, "Not a list")) };
        let texts: Option<Vec<String>> =
            values.into_iter().map(|value| if let Json::String(text) = value { Some(text) } else { None }).collect();
        texts.map(Some).ok_or_else(|| Problem::invalid(name, "Not a list of strings"))
    }

    /// A list of texts where one text alone is a list of one, or several between commas or blanks.
    pub fn loose_list(&self, name: &str) -> Result<Option<Vec<String>>, Problem> {
        match self.raw(name) {
            Some(Json::String(text)) if !text.trim_start().starts_with('[') => Ok(Some(
                text.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect(),
            )),
            _ => self.list(name),
        }
    }
}

fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // A number beyond 64 bits is a number all the same: no list is that long.
    Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

fn plain(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(flag) => Some(flag.to_string()),
        Json::Array(values) => values.last().and_then(plain),
        Json::Null | Json::Object(_) => None,
    }
}

fn bad_json(why: &str) -> Problem {
    Problem::BadRequest { detail: format!("Bad request - JSON Error: {why}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_repeated_key_becomes_a_list_and_text_stays_text() {
        let arguments = Arguments::from_query("q=%E9%81%BF%E9%9B%A3&fq_list=a&fq_list=b&rows=5&n=x+y");
        assert_eq!(arguments.text("q"), Ok(Some("避難".to_owned())));
        assert_eq!(arguments.raw("fq_list"), Some(&json!(["a", "b"])));
        assert_eq!(arguments.natural("rows"), Ok(Some(5)));
        assert_eq!(arguments.text("n"), Ok(Some("x y".to_owned())));
    }

    #[test]
    fn numbers_are_checked_with_the_messages_of_ckan() {
        for (value, expected) in [
            (json!("5"), Ok(Some(5))),
            (json!(5), Ok(Some(5))),
            (json!(""), Ok(None)),
            (json!(null), Ok(None)),
            (json!("99999999999999999999"), Ok(Some(i64::MAX.unsigned_abs()))),
            (json!("x"), Err("Invalid integer")),
            (json!("+5"), Err("Invalid integer")),
            (json!("1.5"), Err("Invalid integer")),
            (json!({}), Err("Invalid integer")),
            (json!("-1"), Err("Must be a natural number")),
            (json!(-1), Err("Must be a natural number")),
        ] {
            let arguments = Arguments(Map::from_iter([("rows".to_owned(), value.clone())]));
            let expected = expected.map_err(|message| Problem::invalid("rows", message));
            assert_eq!(arguments.natural("rows"), expected, "{value}");
        }
    }

    #[test]
    fn lists_come_as_lists_or_as_json_text() {
        let list = |value: Json| Arguments(Map::from_iter([("f".to_owned(), value)])).list("f");
        assert_eq!(list(json!(["a"])), Ok(Some(vec!["a".to_owned()])));
        assert_eq!(list(json!("[\"a\",\"b\"]")), Ok(Some(vec!["a".to_owned(), "b".to_owned()])));
        assert!(list(json!("organization")).is_err());
        assert!(list(json!("{}")).is_err());
        assert!(list(json!([1])).is_err());
    }

    #[test]
    fn flags_are_read_as_ckan_reads_them() {
        for (value, expected) in
            [("true", true), ("True", true), ("1", true), ("yes", true), ("false", false), ("", false)]
        {
            assert_eq!(Arguments::from_query(&format!("x={value}")).flag("x", false), expected, "{value}");
        }
        assert!(Arguments::default().flag("x", true));
    }
}
