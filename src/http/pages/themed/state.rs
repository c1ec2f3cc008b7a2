//! What a themed map shows, wholly in its address: `layers=a,b~60&at=34.86680,138.32360,13&page=2`.
//!
//! `layers` names what is shown, the uppermost first, with an opacity in per cent where it is not full; `-` shows none.
//! `at` is latitude, longitude and zoom of the middle. Without them the map is as its file of themes says.

use std::fmt::Write as _;

use crate::http::problem::Problem;
use crate::http::themes::{MapLayer, SHOWN_LIMIT};
use crate::http::words;
use crate::model::lonlat::LonLat;

/// Greatest zoom: a few houses.
pub(super) const MAX_ZOOM: f64 = 20.0;
/// Least zoom: all of Japan.
pub(super) const MIN_ZOOM: f64 = 4.0;
/// Longest value read: twelve names of a hundred letters.
const VALUE_CHARS: usize = 1_500;
/// Pairs of an address read at most: a form sends two for each layer of a map.
const PAIRS_LIMIT: usize = 120;

/// A layer that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http::pages) struct Shown {
    /// Its place among the map's layers.
    pub(super) index: usize,
    /// Its name.
    pub(super) name: String,
    /// 10–100.
    pub(super) percent: u8,
}

/// The middle of the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::http::pages) struct At {
    pub(super) lat_deg: f64,
    pub(super) lon_deg: f64,
    pub(super) zoom: f64,
}

impl At {
    /// As it stands in addresses.
    pub(super) fn text(self) -> String {
        let zoom = format!("{:.2}", self.zoom);
        let zoom = zoom.trim_end_matches('0').trim_end_matches('.');
        format!("{:.5},{:.5},{zoom}", self.lat_deg, self.lon_deg)
    }

    /// Reads `latitude,longitude[,zoom]`; `None` where it is no place on the earth or a zoom that no map has.
    pub(super) fn parse(text: &str, default_zoom: f64) -> Option<Self> {
        let mut parts = text.split(',').map(|part| part.trim().parse::<f64>().ok());
        let (lat_deg, lon_deg) = (parts.next()??, parts.next()??);
        let zoom = match parts.next() {
            None => default_zoom,
            Some(zoom) => zoom.filter(|zoom| (MIN_ZOOM..=MAX_ZOOM).contains(zoom))?,
        };
        // Where Mercator ends, so does the map.
        let on_map = LonLat::new(lon_deg, lat_deg).is_some() && lat_deg.abs() <= 85.0;
        (on_map && parts.next().is_none()).then_some(Self { lat_deg, lon_deg, zoom })
    }
}

/// What is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::http::pages) struct State {
    /// The layers, the uppermost first.
    pub(super) shown: Vec<Shown>,
    /// The middle; `None` = all of the layers.
    pub(super) at: Option<At>,
    /// The page of the list, from 1.
    pub(super) page: u64,
    /// Names in the address that are no layers of this map (any more).
    pub(super) unknown: Vec<String>,
    /// Whether the address says anything at all.
    pub(super) is_told: bool,
    /// Whether a form was sent (`form=1`: the tree, `form=place`: latitude and longitude), whose answer is the address
    /// in its plain form.
    pub(super) is_form: bool,
}

/// The pairs of an address as far as a map reads them.
pub(in crate::http::pages) fn pairs(raw: Option<&str>) -> Vec<(String, String)> {
    url::form_urlencoded::parse(raw.unwrap_or_default().as_bytes())
        .take(PAIRS_LIMIT)
        .map(|(key, value)| (key.into_owned(), value.trim().chars().take(VALUE_CHARS).collect()))
        .collect()
}

/// The first value of a key.
pub(in crate::http::pages) fn value<'a>(pairs: &'a [(String, String)], key: &str) -> Option<&'a str> {
    pairs.iter().find(|(name, value)| name == key && !value.is_empty()).map(|(_, value)| value.as_str())
}

impl State {
    /// Reads what an address says of a map with these layers.
    ///
    /// # Errors
    /// Where `at` is no place on a map; a layer that is not there is noted, since links outlive layers.
    pub(in crate::http::pages) fn parse(pairs: &[(String, String)], layers: &[MapLayer]) -> Result<Self, Problem> {
        let get = |key: &str| value(pairs, key);
        let mut state = Self {
            page: get("page")
                .and_then(|text| text.parse().ok())
                .filter(|page| (1..=100_000).contains(page))
                .unwrap_or(1),
            is_told: pairs.iter().any(|(key, _)| matches!(key.as_str(), "layers" | "at" | "page" | "form")),
            is_form: get("form").is_some(),
            ..Self::default()
        };
        if let Some(text) = get("at") {
            let at = At::parse(text, 15.0)
                .ok_or_else(|| Problem::BadRequest { detail: words::say("map-at-wrong").into_owned() })?;
            state.at = Some(at);
        }
        match get("layers") {
            None => state.shown.extend(
                layers.iter().enumerate().filter(|(_, layer)| layer.shown).map(|(index, layer)| Shown {
                    index,
                    name: layer.layer.name.to_string(),
                    percent: 100,
                }),
            ),
            Some("-") => {}
            Some(text) => text.split(',').for_each(|part| state.show(part, layers)),
        }
        if get("form") == Some("1") {
            state.take_form(pairs, layers);
        }
        state.shown.truncate(SHOWN_LIMIT);
        Ok(state)
    }

    fn show(&mut self, part: &str, layers: &[MapLayer]) {
        let (name, percent) = part.split_once('~').unwrap_or((part, "100"));
        let Some(index) = layers.iter().position(|layer| layer.layer.name.as_str() == name) else {
            if self.unknown.len() < SHOWN_LIMIT && !name.is_empty() {
                self.unknown.push(name.chars().take(100).collect());
            }
            return;
        };
        if self.shown.iter().all(|shown| shown.index != index) {
            self.shown.push(Shown { index, name: name.to_owned(), percent: percent_of(percent) });
        }
    }

    /// What a form says: which boxes are ticked (`layer`), and how strong each is (`o~NAME`). The order stays; what is
    /// new comes where the map has it.
    fn take_form(&mut self, pairs: &[(String, String)], layers: &[MapLayer]) {
        let ticked: Vec<usize> = layers
            .iter()
            .enumerate()
            .filter(|(_, layer)| pairs.iter().any(|(key, name)| key == "layer" && name == layer.layer.name.as_str()))
            .map(|(index, _)| index)
            .collect();
        self.shown.retain(|shown| ticked.contains(&shown.index));
        for index in ticked {
            let Some(layer) = layers.get(index) else { continue };
            let name = layer.layer.name.to_string();
            let percent = value(pairs, &format!("o~{name}")).map_or(100, percent_of);
            if let Some(shown) = self.shown.iter_mut().find(|shown| shown.index == index) {
                shown.percent = percent;
            } else {
                let place = self.shown.iter().position(|shown| shown.index > index).unwrap_or(self.shown.len());
                self.shown.insert(place, Shown { index, name, percent });
            }
        }
    }

    /// The same with another middle, on the first page.
    #[must_use]
    pub(super) fn with_at(&self, at: At) -> Self {
        Self { at: Some(at), page: 1, ..self.clone() }
    }

    /// The same with a layer one place further up or down; itself where there is no such place.
    #[must_use]
    pub(super) fn with_moved(&self, place: usize, up: bool) -> Option<Self> {
        let other = if up { place.checked_sub(1)? } else { place + 1 };
        let mut moved = Self { page: 1, ..self.clone() };
        if place >= moved.shown.len() || other >= moved.shown.len() {
            return None;
        }
        moved.shown.swap(place, other);
        Some(moved)
    }

    /// The value of `layers`.
    pub(super) fn layers_text(&self) -> String {
        if self.shown.is_empty() {
            return "-".to_owned();
        }
        let part = |shown: &Shown| match shown.percent {
            100 => shown.name.clone(),
            percent => format!("{}~{percent}", shown.name),
        };
        self.shown.iter().map(part).collect::<Vec<_>>().join(",")
    }

    /// The address of this state under a path.
    pub(super) fn href(&self, path: &str) -> String {
        let mut href = format!("{path}?layers={}", self.layers_text());
        if let Some(at) = self.at {
            href.push_str("&at=");
            href.push_str(&at.text());
        }
        if self.page > 1 {
            // Writing to a text cannot fail.
            let _ = write!(href, "&page={}", self.page);
        }
        href
    }
}

/// Opacity in steps of five, 10–100; anything else is full.
fn percent_of(text: &str) -> u8 {
    text.parse::<u8>().ok().filter(|percent| (10..=100).contains(percent)).map_or(100, |percent| percent / 5 * 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_on_a_map_are_places() {
        assert_eq!(At::parse("34.8668,138.3236,13", 15.0).map(At::text).as_deref(), Some("34.86680,138.32360,13"));
        assert_eq!(At::parse("34.8668, 138.3236", 15.0).map(At::text).as_deref(), Some("34.86680,138.32360,15"));
        assert_eq!(At::parse("34,138,13.257", 15.0).map(At::text).as_deref(), Some("34.00000,138.00000,13.26"));
        for text in
            ["", "34", "138,34,13", "NaN,1,5", "34,138,99", "34,138,inf", "34,138,13,1", "90,0,5", "a,b", "1e400,0"]
        {
            assert_eq!(At::parse(text, 15.0), None, "{text}");
        }
    }

    #[test]
    fn opacities_are_steps_of_five() {
        for (text, percent) in [("60", 60), ("63", 60), ("5", 100), ("", 100), ("-1", 100), ("300", 100), ("99", 95)] {
            assert_eq!(percent_of(text), percent, "{text}");
        }
    }
}
