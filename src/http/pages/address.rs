//! Addresses inside the site, and the questions that stand in them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::form_urlencoded;

use crate::http::words::CHOICE;
use crate::model::lonlat::{Bbox, LonLat};

/// What may stand plainly in one segment of a path or one value of a question (RFC 3986, unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The pairs of a question, in order, empty values left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Question(Vec<(String, String)>);

/// Pairs read at most: more than any form of ours sends (five fields and a few choices of each facet).
const MAX_PAIRS: usize = 60;

/// Characters of one value read at most: longer search texts find nothing anyway.
const MAX_VALUE_CHARS: usize = 200;

impl Question {
    /// Reads the part of an address behind `?`. The choice of a language is no part of the question: a search is the same
    /// one in all of them, to the figures and to search engines.
    pub(super) fn parse(raw: Option<&str>) -> Self {
        let pairs = form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).take(MAX_PAIRS);
        Self(
            pairs
                .map(|(key, value)| (key.into_owned(), value.trim().chars().take(MAX_VALUE_CHARS).collect::<String>()))
                .filter(|(key, value)| key != CHOICE && !value.is_empty())
                .collect(),
        )
    }

    /// The first value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// All values of a key.
    pub(super) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The page asked for, from 1; anything else is 1.
    pub(super) fn page(&self) -> u64 {
        self.get("page").and_then(|text| text.parse().ok()).filter(|page| (1..=1_000_000).contains(page)).unwrap_or(1)
    }

    /// The same question with `key` set to one value, or without it; paging starts again.
    #[must_use]
    pub(super) fn with(&self, key: &str, value: Option<&str>) -> Self {
        let mut pairs: Vec<_> = self.0.iter().filter(|(name, _)| name != key && name != "page").cloned().collect();
        if let Some(value) = value {
            pairs.push((key.to_owned(), value.to_owned()));
        }
        Self(pairs)
    }

    /// The same question for another page.
    #[must_use]
    pub(super) fn with_page(&self, page: u64) -> Self {
        let mut same = self.with("page", None);
        if page > 1 {
            same.0.push(("page".to_owned(), page.to_string()));
        }
        same
    }

    /// `path?key=value&…`, or the path alone.
    pub(super) fn under(&self, path: &str) -> String {
        if self.0.is_empty() {
            return path.to_owned();
        }
        let pairs: Vec<String> =
            self.0.iter().map(|(key, value)| format!("{}={}", segment(key), value_text(value))).collect();
        format!("{path}?{}", pairs.join("&"))
    }

    /// The pairs but for some keys: hidden fields of a form.
    pub(super) fn others(&self, keys: &[&str]) -> Vec<(String, String)> {
        self.0.iter().filter(|(name, _)| !keys.contains(&name.as_str())).cloned().collect()
    }
}

/// A text as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

fn value_text(text: &str) -> String {
    // Commas keep boxes readable; they have no meaning of their own in a question (RFC 3986, 3.4).
    segment(text).replace("%2C", ",")
}

/// The page of a dataset.
pub(super) fn dataset(name: &str) -> String {
    format!("/dataset/{}", segment(name))
}

/// The page of an organization.
pub(super) fn organization(name: &str) -> String {
    format!("/organization/{}", segment(name))
}

/// The page of a layer's map.
pub(super) fn map(layer: &str) -> String {
    format!("/map/{}", segment(layer))
}

/// The statistics of an organization.
pub(super) fn stats_of_organization(name: &str) -> String {
    format!("/stats/{}", segment(name))
}

/// The statistics of a dataset.
pub(super) fn stats_of_dataset(name: &str) -> String {
    format!("/stats/dataset/{}", segment(name))
}

/// The statistics of a layer.
pub(super) fn stats_of_layer(name: &str) -> String {
    format!("/stats/layer/{}", segment(name))
}

/// The page of one feature or record.
pub(super) fn feature(dataset_name: &str, table_key: &str, id: u64) -> String {
    format!("{}/feature/{}/{id}", dataset(dataset_name), segment(table_key))
}

/// Reads `west,south,east,north` in degrees; `None` where it is no box on the earth.
pub(super) fn parse_bbox(text: &str) -> Option<Bbox> {
    let mut numbers = text.split(',').map(|part| part.trim().parse::<f64>().ok());
    let bbox = Bbox {
        west_deg: numbers.next()??,
        south_deg: numbers.next()??,
        east_deg: numbers.next()??,
        north_deg: numbers.next()??,
    };
    let on_earth = LonLat::new(bbox.west_deg, bbox.south_deg).is_some()
        && LonLat::new(bbox.east_deg, bbox.north_deg).is_some()
        && bbox.west_deg < bbox.east_deg
        && bbox.south_deg < bbox.north_deg;
    (on_earth && numbers.next().is_none()).then_some(bbox)
}

/// Writes a box with five decimals: about a metre.
pub(super) fn bbox_text(bbox: Bbox) -> String {
    format!("{:.5},{:.5},{:.5},{:.5}", bbox.west_deg, bbox.south_deg, bbox.east_deg, bbox.north_deg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_keeps_its_other_parts_when_one_changes() {
        let question = Question::parse(Some("q=%E9%81%BF%E9%9B%A3&organization=222127&page=3&theme="));
        assert_eq!(question.get("q"), Some("避難"));
        assert_eq!(question.page(), 3);
        assert_eq!(question.with("organization", None).under("/dataset"), "/dataset?q=%E9%81%BF%E9%9B%A3");
        assert_eq!(question.with_page(2).page(), 2);
        assert_eq!(Question::default().under("/dataset"), "/dataset");
        assert_eq!(Question::parse(Some("page=-1")).page(), 1);
        assert_eq!(Question::parse(Some("lang=en")), Question::default());
    }

    #[test]
    fn only_boxes_on_the_earth_are_boxes() {
        assert!(parse_bbox("138.2,34.8,138.4,34.9").is_some());
        for bad in ["", "1,2,3", "138.4,34.8,138.2,34.9", "a,b,c,d", "NaN,0,1,1", "0,0,1,1,2", "0,0,inf,1", "0,0,181,1"]
        {
            assert!(parse_bbox(bad).is_none(), "{bad}");
        }
        let bbox = parse_bbox("138.25,34.8,138.375,34.875").expect("fits");
        assert_eq!(parse_bbox(&bbox_text(bbox)), Some(bbox));
    }
}
