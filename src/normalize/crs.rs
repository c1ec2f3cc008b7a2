//! From the coordinates of a file to longitude and latitude in degrees.

use geo_types::Coord;
use proj4rs::proj::Proj;

use crate::read::Crs;
use crate::read::crs::ZONES;

/// Shift from the old Tokyo Datum to the world datum, metres. Source: 国土地理院, three parameters for the whole
/// country; good to about ten metres.
const TOKYO_SHIFT: &str = "+towgs84=-146.414,507.337,680.507";

/// Radius of the sphere of web mercator, metres.
const MERCATOR_RADIUS_M: f64 = 6_378_137.0;

/// Turns the coordinates of one table into degrees.
#[derive(Debug)]
pub struct Projector(Way);

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
        let plane = |zone: u8, datum: &str| -> Option<String> {
            let (lat, lon) = ZONES.get(usize::from(zone).checked_sub(1)?)?;
            Some(format!("+proj=tmerc +lat_0={lat} +lon_0={lon} +k=0.9999 +x_0=0 +y_0=0 {datum} +units=m +no_defs"))
        };
        let tokyo = format!("+ellps=bessel {TOKYO_SHIFT}");
        let (source, degrees_in) = match crs {
            Crs::Geographic => return Some(Self(Way::AsIs)),
            Crs::WebMercator => return Some(Self(Way::Mercator)),
            Crs::Missing | Crs::Unknown(_) => return None,
            Crs::PlaneRectangular(zone) => (plane(*zone, "+ellps=GRS80 +towgs84=0,0,0")?, false),
            Crs::PlaneRectangularTokyo(zone) => (plane(*zone, &tokyo)?, false),
            Crs::GeographicTokyo => (format!("+proj=longlat {tokyo} +no_defs"), true),
        };
        let from = Box::new(Proj::from_proj_string(&source).ok()?);
        let to = Box::new(Proj::from_proj_string(world).ok()?);
        Some(Self(Way::Projected { from, to, degrees_in }))
    }

    /// Longitude and latitude of a coordinate; `None` where the result is no number.
    pub fn degrees(&self, found: Coord<f64>) -> Option<Coord<f64>> {
        let place = match &self.0 {
            Way::AsIs => found,
            Way::Mercator => Coord {
                x: (found.x / MERCATOR_RADIUS_M).to_degrees(),
                y: (2.0 * (found.y / MERCATOR_RADIUS_M).exp().atan() - std::f64::consts::FRAC_PI_2).to_degrees(),
            },
            Way::Projected { from, to, degrees_in } => {
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

    /// Whether a datum shift of about ten metres' precision takes part.
    pub fn is_rough(crs: &Crs) -> bool {
        matches!(crs, Crs::GeographicTokyo | Crs::PlaneRectangularTokyo(_))
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
