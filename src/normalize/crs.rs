//! From the coordinates of a file to longitude and latitude in degrees.

use geo_types::Coord;
use proj4rs::proj::Proj;

use std::sync::Arc;

use super::datum::DatumGrid;
use crate::read::Crs;
use crate::read::crs::ZONES;

/// Shift from the old Tokyo Datum to the world datum, metres. Source: 国土地理院, three parameters for the whole
/// country; good to about ten metres.
const TOKYO_SHIFT: &str = "+towgs84=-146.414,507.337,680.507";

/// Radius of the sphere of web mercator, metres.
const MERCATOR_RADIUS_M: f64 = 6_378_137.0;

/// Turns the coordinates of one table into degrees.
#[derive(Debug)]
pub struct Projector {
    way: Way,
    /// Whether the first coordinate is north and the second east.
    swapped: bool,
    /// The shift of the old datum by grid, with the way to degrees on that datum.
    grid: Option<(Arc<DatumGrid>, Way)>,
}

#[derive(Debug)]
enum Way {
    AsIs,
    Mercator,
    Projected { from: Box<Proj>, to: Box<Proj>, degrees_in: bool },
}

impl Projector {
    /// The projector of a coordinate system; `None` where nothing can be placed (missing or unknown).
    pub fn new(crs: &Crs) -> Option<Self> {
        let world = "+proj=longlat +ellps=GRS80 +towgs84=0,0,0 +no_defs";
        let tokyo = format!("+ellps=bessel {TOKYO_SHIFT}");
        let (source, degrees_in) = match crs {
            Crs::Geographic => return Some(Self::by(Way::AsIs)),
            Crs::WebMercator => return Some(Self::by(Way::Mercator)),
            Crs::Missing | Crs::Unknown(_) => return None,
            Crs::PlaneRectangular(zone) => (plane(*zone, "+ellps=GRS80 +towgs84=0,0,0")?, false),
            Crs::PlaneRectangularTokyo(zone) => (plane(*zone, &tokyo)?, false),
            Crs::Utm(zone) => (utm(*zone, "+ellps=GRS80 +towgs84=0,0,0")?, false),
            Crs::UtmTokyo(zone) => (utm(*zone, &tokyo)?, false),
            Crs::GeographicTokyo => (format!("+proj=longlat {tokyo} +no_defs"), true),
        };
        Some(Self::by(Way::between(&source, world, degrees_in)?))
    }

    fn by(way: Way) -> Self {
        Self { way, swapped: false, grid: None }
    }

    /// The same for coordinates of which north comes first.
    #[must_use]
    pub fn swapped(mut self) -> Self {
        self.swapped = true;
        self
    }

    /// The projector of a system on the old datum by grid instead of three parameters; where the grid ends the parameters
    /// stand. Of any other system it is the plain one.
    pub fn with_grid(crs: &Crs, grid: &Arc<DatumGrid>) -> Option<Self> {
        let mut projector = Self::new(crs)?;
        let bessel = "+proj=longlat +ellps=bessel +no_defs";
        let way = match crs {
            Crs::GeographicTokyo => Some(Way::AsIs),
            Crs::PlaneRectangularTokyo(zone) => {
                plane(*zone, "+ellps=bessel").and_then(|from| Way::between(&from, bessel, false))
            }
            Crs::UtmTokyo(zone) => utm(*zone, "+ellps=bessel").and_then(|from| Way::between(&from, bessel, false)),
            _ => None,
        };
        projector.grid = way.map(|way| (Arc::clone(grid), way));
        Some(projector)
    }

    /// Longitude and latitude of a coordinate; `None` where the result is no number.
    pub fn degrees(&self, found: Coord<f64>) -> Option<Coord<f64>> {
        let found = if self.swapped { Coord { x: found.y, y: found.x } } else { found };
        let by_grid = self.grid.as_ref().and_then(|(grid, way)| grid.shift(way.degrees(found)?));
        by_grid.or_else(|| self.way.degrees(found))
    }

    /// Whether a datum shift of about ten metres' precision takes part.
    pub fn is_rough(crs: &Crs) -> bool {
        crs.is_tokyo()
    }
}

/// The PROJ text of a plane-rectangular zone.
fn plane(zone: u8, datum: &str) -> Option<String> {
    let (lat, lon) = ZONES.get(usize::from(zone).checked_sub(1)?)?;
    Some(format!("+proj=tmerc +lat_0={lat} +lon_0={lon} +k=0.9999 +x_0=0 +y_0=0 {datum} +units=m +no_defs"))
}

/// The PROJ text of a UTM zone that touches Japan.
fn utm(zone: u8, datum: &str) -> Option<String> {
    let lon = (51..=56).contains(&zone).then(|| i32::from(zone) * 6 - 183)?;
    Some(format!("+proj=tmerc +lat_0=0 +lon_0={lon} +k=0.9996 +x_0=500000 +y_0=0 {datum} +units=m +no_defs"))
}

impl Way {
    fn between(from: &str, to: &str, degrees_in: bool) -> Option<Self> {
        let from = Box::new(Proj::from_proj_string(from).ok()?);
        let to = Box::new(Proj::from_proj_string(to).ok()?);
        Some(Self::Projected { from, to, degrees_in })
    }

    fn degrees(&self, found: Coord<f64>) -> Option<Coord<f64>> {
        let place = match self {
            Self::AsIs => found,
            Self::Mercator => Coord {
                x: (found.x / MERCATOR_RADIUS_M).to_degrees(),
                y: (2.0 * (found.y / MERCATOR_RADIUS_M).exp().atan() - std::f64::consts::FRAC_PI_2).to_degrees(),
            },
            Self::Projected { from, to, degrees_in } => {
                let mut point = if *degrees_in {
                    (found.x.to_radians(), found.y.to_radians(), 0.0)
                } else {
                    (found.x, found.y, 0.0)
                };
                if !(point.0.is_finite() && point.1.is_finite()) {
                    return None;
                }
                proj4rs::transform::transform(from, to, &mut point).ok()?;
                Coord { x: point.0.to_degrees(), y: point.1.to_degrees() }
            }
        };
        (place.x.is_finite() && place.y.is_finite()).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<Coord<f64>>, lon: f64, lat: f64, tolerance: f64) -> bool {
        found.is_some_and(|place| (place.x - lon).abs() < tolerance && (place.y - lat).abs() < tolerance)
    }

    #[test]
    fn the_origin_of_every_zone_is_its_origin() {
        for zone in 1..=19_u8 {
            let projector = Projector::new(&Crs::PlaneRectangular(zone)).expect("a zone");
            let (lat, lon) = ZONES[usize::from(zone) - 1];
            assert!(near(projector.degrees(Coord { x: 0.0, y: 0.0 }), lon, lat, 1e-9), "{zone}");
        }
        for zone in [0, 20, 255] {
            assert!(Projector::new(&Crs::PlaneRectangular(zone)).is_none(), "{zone}");
        }
    }

    #[test]
    fn a_meridian_arc_has_its_known_length() {
        // From 36° N to 35° N on the meridian of zone 8: 110,955.88 m of arc on GRS80 (scale 0.9999).
        let projector = Projector::new(&Crs::PlaneRectangular(8)).expect("a zone");
        let place = projector.degrees(Coord { x: 0.0, y: -110_944.8 }).expect("in Japan");
        assert!((place.x - 138.5).abs() < 1e-9 && (place.y - 35.0).abs() < 2e-4, "{place:?}");
    }

    #[test]
    fn the_tokyo_datum_moves_by_about_four_hundred_metres_to_the_north_west() {
        // 経緯度原点 before and after 2002: 35°39′17.5148″ N 139°44′40.5020″ E and 35°39′29.1572″ N 139°44′28.8759″ E.
        let projector = Projector::new(&Crs::GeographicTokyo).expect("a datum");
        let old = Coord { x: 139.0 + 44.0 / 60.0 + 40.502 / 3600.0, y: 35.0 + 39.0 / 60.0 + 17.5148 / 3600.0 };
        let (lon, lat) = (139.0 + 44.0 / 60.0 + 28.8759 / 3600.0, 35.0 + 39.0 / 60.0 + 29.1572 / 3600.0);
        assert!(near(projector.degrees(old), lon, lat, 1e-4), "{:?}", projector.degrees(old));
    }

    #[test]
    fn utm_has_its_origin_half_a_thousand_kilometres_west() {
        for zone in 51..=56_u8 {
            let projector = Projector::new(&Crs::Utm(zone)).expect("a zone");
            let lon = f64::from(zone) * 6.0 - 183.0;
            assert!(near(projector.degrees(Coord { x: 500_000.0, y: 0.0 }), lon, 0.0, 1e-9), "{zone}");
        }
        // 35° N on the meridian of zone 53: 3,873,043.1 m of arc on GRS80, times 0.9996 …
        let projector = Projector::new(&Crs::Utm(53)).expect("a zone");
        let place = projector.degrees(Coord { x: 500_000.0, y: 3_872_490.0 }).expect("in Japan");
        assert!((place.x - 135.0).abs() < 1e-9 && (34.9..35.1).contains(&place.y), "{place:?}");
        assert!(Projector::new(&Crs::Utm(50)).is_none() && Projector::new(&Crs::Utm(57)).is_none());
    }

    #[test]
    fn swapped_coordinates_are_read_north_first() {
        let plain = Projector::new(&Crs::PlaneRectangular(8)).expect("a zone");
        let swapped = Projector::new(&Crs::PlaneRectangular(8)).expect("a zone").swapped();
        let place = plain.degrees(Coord { x: -17_000.0, y: -125_000.0 });
        assert_eq!(swapped.degrees(Coord { x: -125_000.0, y: -17_000.0 }), place);
    }

    #[test]
    fn web_mercator_and_wild_numbers_are_handled() {
        let projector = Projector::new(&Crs::WebMercator).expect("a projection");
        let place = projector.degrees(Coord { x: 15_398_064.6, y: 4_146_500.0 });
        assert!(near(place, 138.323, 34.867, 0.01), "{place:?}");
        for zone in [Crs::PlaneRectangular(8), Crs::GeographicTokyo, Crs::WebMercator, Crs::Geographic] {
            let projector = Projector::new(&zone).expect("a projector");
            for bad in [f64::NAN, f64::INFINITY, 1e300, -1e18] {
                // Whatever comes back is a finite number or nothing.
                let place = projector.degrees(Coord { x: bad, y: bad });
                assert!(place.is_none_or(|place| place.x.is_finite() && place.y.is_finite()));
            }
        }
        assert!(Projector::new(&Crs::Missing).is_none());
    }
}
