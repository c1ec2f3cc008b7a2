//! What the page is asked for: hazard, municipality, and from where – all of it in the address, typed or clicked.

use super::super::address::Question;
use super::area::{Area, around};
use super::city::City;
use super::hazard::Hazard;
use crate::http::problem::Problem;
use crate::http::words::{say, tell};
use crate::model::lonlat::LonLat;
use crate::normalize::text::fold_width;

/// How far from all shelters a position may be and still belong to a municipality, metres.
const NEXT_TO_M: f64 = 20_000.0;
/// Most letters of a number of degrees.
const DEGREE_CHARS: usize = 20;

/// What is wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) question: Question,
    pub(super) hazard: Option<Hazard>,
    /// The municipality, as an index into the areas.
    pub(super) area: Option<usize>,
    /// A position given as such.
    pub(super) position: Option<LonLat>,
}

/// Where the distances begin, and what it is called.
#[derive(Debug, Clone)]
pub(super) struct From {
    pub(super) at: LonLat,
    pub(super) words: String,
    /// Whether it is only the middle of a town.
    pub(super) is_town: bool,
}

impl Wanted {
    /// Reads the part of the address behind `?`.
    ///
    /// # Errors
    /// [`Problem::BadRequest`] for a hazard or position that is none, [`Problem::NotFound`] for a municipality
    /// without shelters.
    pub(super) fn parse(raw: Option<&str>, areas: &[Area]) -> Result<Self, Problem> {
        let question = Question::parse(raw);
        let hazard = match question.get("hazard") {
            None => None,
            Some(name) => Some(Hazard::parse(name).ok_or_else(|| bad(say("emergency-no-hazard").into_owned()))?),
        };
        let position = position(&question)?;
        let area = match question.get("city") {
            Some(code) => Some(
                areas
                    .iter()
                    .position(|area| area.code() == code)
                    .ok_or_else(|| Problem::NotFound { detail: say("emergency-no-city").into_owned() })?,
            ),
            None if areas.len() == 1 => Some(0),
            None => position.and_then(|at| around(areas, at, NEXT_TO_M)),
        };
        Ok(Self { question, hazard, area, position })
    }

    /// Where the distances begin: the position, else the town.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a town that the municipality does not have.
    pub(super) fn from(&self, city: &City) -> Result<Option<From>, Problem> {
        if let Some(at) = self.position {
            let (lat, lon) = (format!("{:.5}", at.lat_deg()), format!("{:.5}", at.lon_deg()));
            let words = tell("emergency-position", &[("lat", &lat), ("lon", &lon)]).into_owned();
            return Ok(Some(From { at, words, is_town: false }));
        }
        let Some(name) = self.question.get("town") else { return Ok(None) };
        let town = city.towns.iter().find(|town| town.name == name);
        let town = town.ok_or_else(|| Problem::NotFound { detail: say("emergency-no-town").into_owned() })?;
        Ok(Some(From { at: town.at, words: town.name.clone(), is_town: true }))
    }
}

/// `lat` and `lon` of a question, both or neither.
///
/// # Errors
/// [`Problem::BadRequest`] where one is missing, no number, or outside Japan.
pub(in crate::http::pages) fn position(question: &Question) -> Result<Option<LonLat>, Problem> {
    match (question.get("lat"), question.get("lon")) {
        (None, None) => Ok(None),
        (Some(lat), Some(lon)) => degrees(lat)
            .zip(degrees(lon))
            .and_then(|(lat, lon)| LonLat::new(lon, lat))
            .filter(|at| at.is_in_japan())
            .map(Some)
            .ok_or_else(|| bad(say("emergency-wrong-position").into_owned())),
        _ => Err(bad(say("emergency-wrong-position").into_owned())),
    }
}

/// A plain decimal number; full-width digits are read as digits.
fn degrees(text: &str) -> Option<f64> {
    let text = fold_width(text);
    let text = text.trim();
    let is_plain = text.len() <= DEGREE_CHARS
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.bytes().any(|byte| byte.is_ascii_digit());
    if is_plain { text.parse().ok() } else { None }
}

fn bad(detail: String) -> Problem {
    Problem::BadRequest { detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_two_plain_numbers_in_japan() {
        let read = |raw: &str| position(&Question::parse(Some(raw)));
        let at = LonLat::new(138.32, 34.86);
        assert_eq!(read("lat=34.86&lon=138.32"), Ok(at));
        assert_eq!(read("lat=%EF%BC%93%EF%BC%94.86&lon=138.32"), Ok(at));
        assert_eq!(read("q=1"), Ok(None));
        for raw in [
            "lat=34.86",
            "lon=138.32",
            "lat=138.32&lon=34.86",
            "lat=0&lon=0",
            "lat=-34&lon=138",
            "lat=NaN&lon=138",
            "lat=3e1&lon=138",
            "lat=inf&lon=138",
            "lat=34..8&lon=138",
            "lat=.&lon=138",
            "lat=34%00&lon=138",
            "lat=34.861111111111111111111&lon=138",
            "lat='%20OR%201&lon=138",
        ] {
            assert!(matches!(read(raw), Err(Problem::BadRequest { .. })), "{raw}");
        }
    }
}
