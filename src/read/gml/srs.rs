//! The coordinate system a GML states, and the order of its axes.

use geo_types::Coord;

use crate::model::lonlat::JAPAN;
use crate::read::{Crs, crs};

/// A `srsName` understood.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Srs {
    /// The system.
    pub(super) crs: Crs,
    /// Whether latitude (or northing) stands first.
    pub(super) is_north_first: bool,
    /// Numbers of a place where nothing else says so; 3 for systems with heights.
    pub(super) dimension: usize,
}

/// EPSG codes of systems with a height: JGD2000 3D, JGD2011 3D, WGS84 3D, JGD2011 + JGD2011 (vertical) and its kin.
const WITH_HEIGHT: [u32; 6] = [4947, 4979, 6667, 6695, 6696, 6697];

impl Srs {
    /// What no `srsName` at all means.
    pub(super) fn missing() -> Self {
        Self { crs: Crs::Missing, is_north_first: false, dimension: 2 }
    }

    /// Reads a `srsName`. The forms `urn:ogc:def:crs:EPSG::n` and `http://www.opengis.net/def/crs/EPSG/0/n` have the
    /// axes of EPSG, latitude (northing) first; `EPSG:n` is used for longitude first (OGC 07-036, and the practice of
    /// GeoServer and GDAL). 国土数値情報 writes `JGD2011 / (B, L)`, 基盤地図情報 `fguuid:jgd2011.bl`: both latitude first.
    pub(super) fn parse(name: &str) -> Self {
        let name = name.trim();
        let lower = name.to_ascii_lowercase();
        if lower.contains("(b, l)") || lower.contains("(b,l)") || lower.starts_with("fguuid:") {
            // TD is 国土数値情報's word for the old datum.
            let is_tokyo = lower.starts_with("td") || lower.contains("tokyo");
            let is_known = is_tokyo || lower.contains("jgd") || lower.contains("wgs") || lower.contains("itrf");
            let crs = match (is_known, is_tokyo) {
                (false, _) => Crs::Unknown(name.to_owned()),
                (true, true) => Crs::GeographicTokyo,
                (true, false) => Crs::Geographic,
            };
            return Self { crs, is_north_first: true, dimension: 2 };
        }
        let is_formal = lower.starts_with("urn:") || lower.contains("/def/crs/");
        let code = lower.rsplit([':', '/', '#']).next().and_then(|code| code.trim().parse::<u32>().ok());
        let dimension = if code.is_some_and(|code| WITH_HEIGHT.contains(&code)) { 3 } else { 2 };
        let is_north_first = is_formal && !lower.contains("crs84");
        Self { crs: crs::from_name(name), is_north_first, dimension }
    }

    /// Whether its numbers are degrees.
    pub(super) fn is_geographic(&self) -> bool {
        matches!(self.crs, Crs::Geographic | Crs::GeographicTokyo)
    }

    /// A place of two numbers in the order of the file as east before north. Latitudes and longitudes of Japan cannot be
    /// mistaken for each other (20–46 and 122–154), so for degrees the numbers decide and the statement only where they
    /// do not; the second value says that the numbers contradicted it.
    pub(super) fn east_north(&self, first: f64, second: f64) -> (Coord<f64>, bool) {
        let north_first = if self.is_geographic() { by_range(first, second) } else { None };
        let chosen = north_first.unwrap_or(self.is_north_first);
        let place = if chosen { Coord { x: second, y: first } } else { Coord { x: first, y: second } };
        (place, chosen != self.is_north_first)
    }

    /// How many numbers make a place in a list of this many, where nothing states it.
    pub(super) fn dimension_of(&self, numbers: &[f64]) -> usize {
        let order = if self.dimension == 3 { [3, 2] } else { [2, 3] };
        let divides = |dimension: &usize| numbers.len().is_multiple_of(*dimension);
        let order_of = |place: &[f64]| match place {
            [first, second, ..] => by_range(*first, *second),
            _ => None,
        };
        // All places in one order of axes: with a wrong number of them the orders would alternate.
        let fits = |dimension: &usize| {
            let mut orders = numbers.chunks_exact(*dimension).map(order_of);
            let first = orders.next().flatten();
            divides(dimension) && self.is_geographic() && first.is_some() && orders.all(|order| order == first)
        };
        order.into_iter().find(fits).or_else(|| order.into_iter().find(divides)).unwrap_or(self.dimension)
    }
}

/// Whether the first of two numbers is a latitude in Japan and the second a longitude, or the other way round.
fn by_range(first: f64, second: f64) -> Option<bool> {
    let is_lat = |value: f64| (JAPAN.south_deg..=JAPAN.north_deg).contains(&value);
    let is_lon = |value: f64| (JAPAN.west_deg..=JAPAN.east_deg).contains(&value);
    match (is_lat(first) && is_lon(second), is_lon(first) && is_lat(second)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_srs_names_have_their_axes() {
        for (name, crs, north_first, dimension) in [
            ("http://www.opengis.net/def/crs/EPSG/0/6697", Crs::Geographic, true, 3),
            ("urn:ogc:def:crs:EPSG::6668", Crs::Geographic, true, 2),
            ("EPSG:4326", Crs::Geographic, false, 2),
            ("http://www.opengis.net/gml/srs/epsg.xml#4612", Crs::Geographic, false, 2),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", Crs::Geographic, false, 2),
            ("JGD2011 / (B, L)", Crs::Geographic, true, 2),
            ("JGD2000 / (B, L)", Crs::Geographic, true, 2),
            ("TD / (B, L)", Crs::GeographicTokyo, true, 2),
            ("fguuid:jgd2011.bl", Crs::Geographic, true, 2),
            ("fguuid:jgd2024.bl", Crs::Geographic, true, 2),
            ("urn:ogc:def:crs:EPSG::6676", Crs::PlaneRectangular(8), true, 2),
        ] {
            assert_eq!(Srs::parse(name), Srs { crs, is_north_first: north_first, dimension }, "{name}");
        }
        assert!(matches!(Srs::parse("EPSG:4978").crs, Crs::Unknown(_)));
    }

    #[test]
    fn numbers_of_japan_decide_the_order_of_degrees() {
        let stated = Srs::parse("EPSG:4326");
        assert_eq!(stated.east_north(35.0, 139.0), (Coord { x: 139.0, y: 35.0 }, true));
        assert_eq!(stated.east_north(139.0, 35.0), (Coord { x: 139.0, y: 35.0 }, false));
        assert_eq!(stated.east_north(0.0, 0.0), (Coord { x: 0.0, y: 0.0 }, false));
        assert_eq!(Srs::parse("urn:ogc:def:crs:EPSG::6676").east_north(-1.0, 2.0).0, Coord { x: 2.0, y: -1.0 });
    }

    #[test]
    fn heights_are_found_in_lists_that_do_not_state_them() {
        let with = [35.0, 139.0, 1.0, 35.1, 139.1, 1.0];
        let without = [35.0, 139.0, 35.1, 139.1, 35.2, 139.2];
        assert_eq!(Srs::parse("urn:ogc:def:crs:EPSG::6668").dimension_of(&with), 3);
        assert_eq!(Srs::parse("urn:ogc:def:crs:EPSG::6697").dimension_of(&without), 2);
        assert_eq!(Srs::missing().dimension_of(&[1.0, 2.0, 3.0]), 3);
    }
}
