//! What is asked of the catalogue: `page`, `q`, `fq`, `modified_since`, `profiles`. Parameters of other names are left
//! alone, as ckanext-dcat leaves them: clients put marks of their own into addresses.

use url::form_urlencoded;

use super::catalogue::PER_PAGE;
use super::profile::Profile;
use crate::http::problem::Problem;
use crate::http::search::fold::fold;
use crate::http::search::{Direction, Expression, Field, Lexicon, Matcher, Query, SortKey, cost, parse};

/// Most parameters read, and most characters of one: what a search can hold at all.
const PARAMETERS_LIMIT: usize = 300;

/// A question to the catalogue.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::http) struct Question {
    /// The page, from 1.
    pub(in crate::http) page: usize,
    /// The profile of the graph.
    pub(in crate::http) profile: Profile,
    /// The parameters that make up the address of another page, in order.
    kept: Vec<(String, String)>,
}

/// The parameters that stay in the addresses of other pages.
const KEPT: [&str; 4] = ["q", "fq", "modified_since", "profiles"];

impl Question {
    /// Reads the part of an address behind `?`.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] for a page that is no number from 1 and for an unknown profile.
    pub(in crate::http) fn parse(raw: Option<&str>) -> Result<Self, Problem> {
        let mut question = Self { page: 1, ..Self::default() };
        for (key, value) in form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).take(PARAMETERS_LIMIT) {
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if key == "page" {
                question.page = page(value)?;
            } else if key == "profiles" {
                question.profile = Profile::parse(value).ok_or_else(unknown_profile)?;
            }
            if KEPT.contains(&key.as_ref()) {
                question.kept.push((key.into_owned(), value.to_owned()));
            }
        }
        Ok(question)
    }

    /// The search behind it, newest first.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] for what cannot be read as a search, or costs too much, and for a time that is none.
    pub(super) fn query(&self, now: jiff::Timestamp, lexicon: &Lexicon) -> Result<Query, Problem> {
        let mut query = Query {
            sort: vec![(SortKey::Modified, Direction::Descending), (SortKey::Name, Direction::Ascending)],
            start: PER_PAGE.saturating_mul(self.page - 1),
            rows: PER_PAGE,
            ..Query::default()
        };
        for (key, value) in &self.kept {
            match key.as_str() {
                "q" => query.wanted = parse::query(value, now).map_err(|error| unreadable("q", &error))?,
                "fq" => query.filters.push(parse::expression(value, now).map_err(|error| unreadable("fq", &error))?),
                "modified_since" => query.filters.push(since(value).ok_or_else(wrong_time)?),
                _ => {}
            }
        }
        cost::check(std::iter::once(&query.wanted).chain(&query.filters), lexicon)
            .map_err(|error| unreadable("q, fq", &error))?;
        Ok(query)
    }

    /// The address of another page of the same answer.
    pub(super) fn address(&self, path: &str, page: usize) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs(&self.kept);
        pairs.append_pair("page", &page.to_string());
        format!("{path}?{}", pairs.finish())
    }

    /// What makes two searches the same one for counting; `None` where nothing is sought.
    pub(super) fn identity(&self) -> Option<u128> {
        let sought: Vec<_> = self.kept.iter().filter(|(key, _)| matches!(key.as_str(), "q" | "fq")).collect();
        (!sought.is_empty()).then(|| identity_of(sought.into_iter().map(|(key, value)| (key.as_str(), value.as_str()))))
    }
}

/// The identity of a search by its parameters.
pub(in crate::http) fn identity_of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for (key, value) in pairs {
        hasher.update(key.as_bytes()).update(&[0]).update(fold(value).as_bytes()).update(&[1]);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(bytes)
}

/// A page from 1; numbers beyond the machine's are pages beyond the last.
///
/// # Errors
/// [`Problem::BadRequest`] for anything else.
pub(in crate::http) fn page(text: &str) -> Result<usize, Problem> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let page = if is_number { text.parse().unwrap_or(usize::MAX >> 16) } else { 0 };
    if page == 0 {
        let detail = "page は 1 以上の整数で指定してください / page must be a positive integer starting in 1";
        return Err(Problem::BadRequest { detail: detail.to_owned() });
    }
    // So that no sum of pages and rows overflows.
    Ok(page.min(usize::MAX >> 16))
}

/// `metadata_modified` from a time on: a date, or a date and time with or without zone (then UTC).
fn since(text: &str) -> Option<Expression> {
    let at = text
        .parse::<jiff::Timestamp>()
        .ok()
        .or_else(|| utc(text.parse::<jiff::civil::DateTime>().ok()?))
        .or_else(|| utc(text.parse::<jiff::civil::Date>().ok()?.at(0, 0, 0, 0)))?;
    Some(Expression::Is(Field::Modified, Matcher::TimeRange(Some((at, true)), None)))
}

fn utc(at: jiff::civil::DateTime) -> Option<jiff::Timestamp> {
    jiff::tz::TimeZone::UTC.to_timestamp(at).ok()
}

/// The refusal of a search that cannot be read.
pub(in crate::http) fn unreadable(name: &str, error: &dyn std::fmt::Display) -> Problem {
    Problem::BadRequest { detail: format!("{name}: expected {error}") }
}

fn unknown_profile() -> Problem {
    let names = Profile::names();
    Problem::BadRequest {
        detail: format!("profiles に指定できるのは次のものです / profiles may be: {names}")
    }
}

fn wrong_time() -> Problem {
    let detail = "modified_since は ISO 8601 の日時で指定してください / \
                  Wrong modified date format. Use ISO-8601 format";
    Problem::BadRequest { detail: detail.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    #[test]
    fn pages_and_times_are_checked_and_other_parameters_left_alone() {
        for (raw, good) in [
            ("", true),
            ("page=2&utm_source=x&_=1", true),
            ("page=99999999999999999999999", true),
            ("page=", true),
            ("modified_since=2026-11-01", true),
            ("modified_since=2026-11-01T00:00:00Z", true),
            ("modified_since=2026-11-01T00:00:00", true),
            ("modified_since=2026-11-01T00:00:00%2B09:00", true),
            ("profiles=euro_dcat_ap_3", true),
            ("page=0", false),
            ("page=-1", false),
            ("page=+1x", false),
            ("page=1.5", false),
            ("modified_since=yesterday", false),
            ("modified_since=2026-13-01", false),
            ("profiles=x", false),
            ("q=title:(", false),
            ("fq={!func}x", false),
        ] {
            let read = Question::parse(Some(raw)).and_then(|question| question.query(now(), &Lexicon::bundled()));
            assert_eq!(read.is_ok(), good, "{raw}: {read:?}");
        }
    }

    #[test]
    fn other_pages_keep_what_was_asked() {
        let question = Question::parse(Some("q=避難 所&page=3&x=y&fq=tags:a")).expect("reads");
        assert_eq!(question.page, 3);
        assert_eq!(
            question.address("/catalog.ttl", 4),
            "/catalog.ttl?q=%E9%81%BF%E9%9B%A3+%E6%89%80&fq=tags%3Aa&page=4"
        );
        assert!(question.identity().is_some() && Question::default().identity().is_none());
    }
}
