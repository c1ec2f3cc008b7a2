//! Which coordinate systems a table's coordinates can be in, by where each would put them.

use geo_types::{Coord, Point};

use super::bounds::Bounds;
use super::crs::Projector;
use crate::model::lonlat::{JAPAN, LonLat};
use crate::read::Crs;

/// How far from its office a municipality reaches, degrees: 0.3 is about 30 km. The largest, 高山市, reaches 45 km, and
/// nine in ten of its places lie nearer.
const REACH_DEG: f64 = 0.3;

/// Candidates named.
const NAMED: usize = 3;

/// Share of the coordinates that a candidate must put into the city.
const ENOUGH: f64 = 0.5;

/// Shares nearer to each other than this say nothing; the system of today wins.
const SAME_SHARE: f64 = 0.03;

/// Where the places of a publisher are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'b> {
    /// Its boundary.
    pub(super) bounds: Option<&'b Bounds>,
    /// A representative point: longitude and latitude. `None` for prefectures, which reach too far.
    pub(super) center: Option<(f64, f64)>,
}

/// A system that puts the coordinates where they can be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// The system.
    pub(super) crs: Crs,
    /// Whether the coordinates have north first.
    pub(super) swapped: bool,
    /// Share of the coordinates in the city, 0–1.
    pub(super) share: f64,
}

impl Candidate {
    /// For people: `EPSG:6676 平面直角座標系第8系(JGD2011) 98%`.
    fn label(&self) -> String {
        let swapped = if self.swapped { " X・Y入替 / axes swapped" } else { "" };
        format!("{}{swapped} {:.0}%", self.crs.label(), self.share * 100.0)
    }
}

impl Target<'_> {
    /// Whether anything is known of the publisher.
    pub(super) fn is_known(&self) -> bool {
        self.bounds.is_some() || self.center.is_some()
    }

    fn contains(&self, place: Coord<f64>) -> bool {
        match (self.bounds, self.center) {
            (Some(bounds), _) => bounds.contains(Point(place)),
            (None, Some((lon, lat))) => {
                let east = (place.x - lon) * lat.to_radians().cos();
                east.hypot(place.y - lat) <= REACH_DEG
            }
            (None, None) => false,
        }
    }

    /// Share of the coordinates that a projector puts into the city.
    pub(super) fn share(&self, sample: &[Coord<f64>], projector: &Projector) -> f64 {
        part(sample, |found| projector.degrees(found).is_some_and(|place| self.contains(place)))
    }

    /// The systems that put at least half of the coordinates into the city, the best first.
    pub(super) fn candidates(&self, sample: &[Coord<f64>]) -> Vec<Candidate> {
        let mut all = Vec::new();
        if !self.is_known() || sample.is_empty() {
            return all;
        }
        for crs in Crs::all() {
            // Coordinates far beyond what a system can hold are not put anywhere by it.
            let in_degrees = part(sample, is_degrees) > ENOUGH;
            if in_degrees != crs.is_geographic() {
                continue;
            }
            for swapped in [false, true] {
                let Some(projector) = Projector::new(&crs) else { continue };
                let projector = if swapped { projector.swapped() } else { projector };
                let share = self.share(sample, &projector);
                if share >= ENOUGH {
                    all.push(Candidate { crs: crs.clone(), swapped, share });
                }
            }
        }
        // The sort is stable: among equals the order of the systems stands, today's datum before the old one.
        all.sort_by(|a, b| steps(b.share).cmp(&steps(a.share)).then(a.swapped.cmp(&b.swapped)));
        all.truncate(NAMED);
        all
    }
}

/// A share in steps of what counts as the same.
fn steps(share: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a share is at most 1")]
    let steps = (share / SAME_SHARE).round() as i64;
    steps
}

/// All candidates in one line for people; both languages share it.
pub(super) fn named(candidates: &[Candidate]) -> String {
    if candidates.is_empty() {
        return "なし / none".to_owned();
    }
    candidates.iter().map(Candidate::label).collect::<Vec<_>>().join(", ")
}

/// Share of the coordinates for which something holds; 0 of none.
pub(super) fn part(sample: &[Coord<f64>], holds: impl Fn(Coord<f64>) -> bool) -> f64 {
    if sample.is_empty() {
        return 0.0;
    }
    sample.iter().filter(|found| holds(**found)).count() as f64 / sample.len() as f64
}

/// Whether the numbers can be degrees at all, in either order.
pub(super) fn is_degrees(found: Coord<f64>) -> bool {
    found.x.abs() <= 180.0 && found.y.abs() <= 180.0
}

/// Whether a place lies in the box around Japan.
pub(super) fn is_in_japan(place: Coord<f64>) -> bool {
    LonLat::new(place.x, place.y).is_some_and(|place| JAPAN.contains(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 焼津市役所, and some places around it in plane-rectangular zone 8: east, north.
    const YAIZU: (f64, f64) = (138.3232, 34.8669);

    fn sample(crs: &Crs, swapped: bool) -> Vec<Coord<f64>> {
        // Places are found by going back from degrees in small steps; the projector is monotonous there.
        let projector = Projector::new(crs).expect("a system");
        let mut all = Vec::new();
        for (east, north) in [(0.0, 0.0), (2_000.0, 1_000.0), (-3_000.0, 2_000.0), (1_000.0, -4_000.0)] {
            let mut at = Coord { x: -16_000.0 + east, y: -125_700.0 + north };
            if crs.is_geographic() {
                at = Coord { x: YAIZU.0 + east / 91_000.0, y: YAIZU.1 + north / 111_000.0 };
            }
            assert!(projector.degrees(at).is_some());
            all.push(if swapped { Coord { x: at.y, y: at.x } } else { at });
        }
        all
    }

    #[test]
    fn the_zone_of_the_city_is_found_among_all_systems() {
        let target = Target { bounds: None, center: Some(YAIZU) };
        for swapped in [false, true] {
            let found = target.candidates(&sample(&Crs::PlaneRectangular(8), swapped));
            let first = found.first().expect("a candidate");
            assert_eq!((&first.crs, first.swapped), (&Crs::PlaneRectangular(8), swapped), "{found:?}");
            assert!(first.share > 0.99);
            assert!(named(&found).contains("EPSG:6676"));
        }
        let found = target.candidates(&sample(&Crs::Geographic, false));
        assert_eq!(found.first().map(|first| first.crs.clone()), Some(Crs::Geographic));
        assert!(Target { bounds: None, center: None }.candidates(&sample(&Crs::Geographic, false)).is_empty());
        let nowhere = [Coord { x: 9e9, y: 9e9 }];
        assert!(target.candidates(&nowhere).is_empty());
        assert_eq!(named(&[]), "なし / none");
    }
}
