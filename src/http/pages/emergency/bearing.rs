//! How far and in which direction: along the ellipsoid, in words and as an angle for an arrow.

use std::borrow::Cow;

use geo::algorithm::line_measures::{Bearing as _, Distance as _, Geodesic};
use geo_types::Point;

use crate::http::words::{say, tell};
use crate::model::lonlat::LonLat;

/// The way from one position to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::http::pages) struct Way {
    /// Length of the geodesic, metres.
    pub(in crate::http::pages) distance_m: f64,
    /// Its direction where it begins, degrees clockwise from north, 0…360.
    pub(in crate::http::pages) bearing_deg: f64,
}

impl Way {
    /// The way between two positions; between two that are the same it points north.
    pub(in crate::http::pages) fn between(from: LonLat, to: LonLat) -> Self {
        let (from, to) = (Point::new(from.lon_deg(), from.lat_deg()), Point::new(to.lon_deg(), to.lat_deg()));
        let distance_m = Geodesic.distance(from, to);
        let bearing_deg = if distance_m > 0.0 { Geodesic.bearing(from, to).rem_euclid(360.0) } else { 0.0 };
        Self { distance_m, bearing_deg }
    }

    /// The length as a person says it: to ten metres below a kilometre, to a hundred below ten, then in kilometres.
    pub(in crate::http::pages) fn length(self) -> Cow<'static, str> {
        if self.distance_m < 995.0 {
            let metres = format!("{:.0}", (self.distance_m / 10.0).round() * 10.0);
            tell("emergency-metres", &[("number", &metres)])
        } else {
            let kilometres = self.distance_m / 1_000.0;
            let number = if kilometres < 9.95 { format!("{kilometres:.1}") } else { format!("{kilometres:.0}") };
            tell("emergency-kilometres", &[("number", &number)])
        }
    }

    /// The direction, one of eight.
    pub(in crate::http::pages) fn direction(self) -> Cow<'static, str> {
        match eighth(self.bearing_deg) {
            0 => say("emergency-north"),
            1 => say("emergency-north-east"),
            2 => say("emergency-east"),
            3 => say("emergency-south-east"),
            4 => say("emergency-south"),
            5 => say("emergency-south-west"),
            6 => say("emergency-west"),
            _ => say("emergency-north-west"),
        }
    }

    /// The angle of an arrow that points up when it is not turned.
    pub(in crate::http::pages) fn turn(self) -> String {
        format!("{:.0}", self.bearing_deg)
    }
}

/// Which eighth of the compass, 0 = north, clockwise; each reaches 22.5° to both sides.
fn eighth(bearing_deg: f64) -> u8 {
    let sector = (bearing_deg.rem_euclid(360.0) + 22.5) / 45.0;
    (0..8_u8).rev().find(|eighth| sector >= f64::from(*eighth) && sector < 8.0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat::new(lon, lat).expect("on the earth")
    }

    #[test]
    fn directions_are_eighths_around_their_middle() {
        for (bearing, expected) in [
            (0.0, 0),
            (22.4, 0),
            (22.6, 1),
            (67.4, 1),
            (90.0, 2),
            (135.0, 3),
            (180.0, 4),
            (225.0, 5),
            (270.0, 6),
            (315.0, 7),
            (337.4, 7),
            (337.6, 0),
            (359.9, 0),
            (360.0, 0),
        ] {
            assert_eq!(eighth(bearing), expected, "{bearing}");
        }
    }

    #[test]
    fn lengths_are_rounded_as_people_say_them() {
        for (metres, words) in [
            (0.0, "0 m"),
            (4.0, "0 m"),
            (344.0, "340 m"),
            (994.0, "990 m"),
            (996.0, "1.0 km"),
            (9_940.0, "9.9 km"),
            (12_400.0, "12 km"),
        ] {
            assert_eq!(Way { distance_m: metres, bearing_deg: 0.0 }.length(), words);
        }
    }

    #[test]
    fn a_way_to_the_east_points_east() {
        let way = Way::between(at(138.32, 34.86), at(138.33, 34.86));
        // A hundredth of a degree of longitude at 34.86°: 111,320 m × cos φ / 100, and a little more on the ellipsoid.
        assert!((way.distance_m - 914.3).abs() < 1.0, "{way:?}");
        assert_eq!(eighth(way.bearing_deg), 2);
        assert_eq!(Way::between(at(138.32, 34.86), at(138.32, 34.86)).turn(), "0");
    }
}
