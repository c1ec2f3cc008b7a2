//! A plane for one sheet of paper: transverse Mercator through the sheet's own middle, with scale 1 along its meridian.
//!
//! Away from that meridian the scale grows by d²/2R²: at the edge of an A3 sheet of 1:25,000, 5 km away, by 0.3 parts in
//! a million. The meridian runs straight up the sheet, so that up is true north in the middle.

use geo_types::Coord;
use proj4rs::proj::Proj;
use proj4rs::transform::transform;

use super::super::shapes::Place;
use crate::model::lonlat::{Bbox, LonLat};

/// A sheet's plane.
pub(super) struct Plane {
    degrees: Proj,
    metres: Proj,
    /// Millimetres on paper for a metre on the ground.
    mm_per_m: f64,
    width_mm: f64,
    height_mm: f64,
}

impl Plane {
    /// The plane around a middle at 1:`scale`; `None` near the poles, where there is none.
    pub(super) fn new(middle: LonLat, scale: u32, width_mm: f64, height_mm: f64) -> Option<Self> {
        if middle.lat_deg().abs() > 85.0 {
            return None;
        }
        // GRS 80 is the ellipsoid of JGD2011.
        let plane = format!(
            "+proj=tmerc +lat_0={} +lon_0={} +k=1 +x_0=0 +y_0=0 +ellps=GRS80 +units=m +no_defs",
            middle.lat_deg(),
            middle.lon_deg()
        );
        Some(Self {
            degrees: Proj::from_proj_string("+proj=longlat +ellps=GRS80 +no_defs").ok()?,
            metres: Proj::from_proj_string(&plane).ok()?,
            mm_per_m: 1_000.0 / f64::from(scale),
            width_mm,
            height_mm,
        })
    }

    /// Where a position falls, mm from the left and the top; `None` for one on the other side of the earth.
    pub(super) fn place(&self, at: Coord<f64>) -> Option<Place> {
        let mut point = (at.x.to_radians(), at.y.to_radians(), 0.0);
        transform(&self.degrees, &self.metres, &mut point).ok()?;
        let place = (self.width_mm / 2.0 + point.0 * self.mm_per_m, self.height_mm / 2.0 - point.1 * self.mm_per_m);
        (place.0.is_finite() && place.1.is_finite()).then_some(place)
    }

    fn position(&self, (x_mm, y_mm): Place) -> Option<LonLat> {
        let east_m = (x_mm - self.width_mm / 2.0) / self.mm_per_m;
        let north_m = (self.height_mm / 2.0 - y_mm) / self.mm_per_m;
        let mut point = (east_m, north_m, 0.0);
        transform(&self.metres, &self.degrees, &mut point).ok()?;
        LonLat::new(point.0.to_degrees(), point.1.to_degrees())
    }

    /// A box of degrees around everything on the sheet: its edges bulge between the corners by less than the hundredth
    /// that is added.
    pub(super) fn bbox(&self) -> Option<Bbox> {
        let (w, h) = (self.width_mm, self.height_mm);
        let rim = [(0.0, 0.0), (w / 2.0, 0.0), (w, 0.0), (w, h / 2.0), (w, h), (w / 2.0, h), (0.0, h), (0.0, h / 2.0)];
        let corners = rim.into_iter().map(|place| self.position(place).map(Bbox::of)).collect::<Option<Vec<_>>>()?;
        let tight = corners.into_iter().reduce(Bbox::union)?;
        let (pad_x, pad_y) = ((tight.east_deg - tight.west_deg) * 0.01, (tight.north_deg - tight.south_deg) * 0.01);
        Some(Bbox {
            west_deg: tight.west_deg - pad_x,
            south_deg: tight.south_deg - pad_y,
            east_deg: tight.east_deg + pad_x,
            north_deg: tight.north_deg + pad_y,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Distance as _, Geodesic};

    /// Every pair of places on a sheet is as far apart, to a thousandth, as on the earth.
    #[test]
    fn lengths_on_paper_are_those_on_the_ground() {
        let (width, height) = (400.0, 277.0);
        for (lon, lat) in [(138.3236, 34.8668), (141.35, 43.06), (123.0, 24.4), (153.98, 24.28), (145.3, 45.5)] {
            let middle = LonLat::new(lon, lat).expect("in Japan");
            for scale in [500, 1_000, 2_500, 5_000, 10_000, 25_000] {
                let plane = Plane::new(middle, scale, width, height).expect("a plane");
                let spots = [(0.0, 0.0), (width, height), (width / 2.0, height / 2.0), (width, 0.0), (130.0, 200.0)];
                let mut worst: f64 = 0.0;
                for a in spots {
                    for b in spots.into_iter().filter(|b| *b != a) {
                        let [p, q] = [a, b].map(|spot| plane.position(spot).expect("on the earth"));
                        let [p, q] = [p, q].map(|at| geo_types::Point::new(at.lon_deg(), at.lat_deg()));
                        let on_paper_m = (a.0 - b.0).hypot(a.1 - b.1) / 1_000.0 * f64::from(scale);
                        worst = worst.max((on_paper_m / Geodesic.distance(p, q) - 1.0).abs());
                    }
                }
                assert!(worst < 1e-6, "1:{scale} at {lat}: {worst:e}");
            }
        }
    }

    #[test]
    fn a_place_there_and_back_is_the_same_and_the_box_holds_the_sheet() {
        let middle = LonLat::new(138.3236, 34.8668).expect("in Japan");
        let plane = Plane::new(middle, 25_000, 190.0, 277.0).expect("a plane");
        let bbox = plane.bbox().expect("a box");
        for spot in [(0.0, 0.0), (190.0, 277.0), (95.0, 138.5), (47.0, 0.0), (0.0, 70.0)] {
            let at = plane.position(spot).expect("on the earth");
            assert!(bbox.contains(at), "{spot:?}");
            let back = plane.place(Coord { x: at.lon_deg(), y: at.lat_deg() }).expect("on the sheet");
            assert!((back.0 - spot.0).hypot(back.1 - spot.1) < 1e-6, "{spot:?} {back:?}");
        }
        assert!(Plane::new(LonLat::new(0.0, 89.0).expect("on the earth"), 500, 1.0, 1.0).is_none());
    }
}
