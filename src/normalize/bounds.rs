//! Whether a position lies in the publisher's municipality.

use geo::{BoundingRect as _, Contains as _, Distance as _, Euclidean};
use geo_types::{Coord, Geometry, MultiPolygon, Point, Rect};

use crate::model::lonlat::Bbox;
use crate::schema::{Municipality, MunicipalityKind};

/// How far outside the boundary a position may lie without being named, degrees: about 300 m. National boundaries are
/// published simplified, and piers and river banks lie on their edge.
const TOLERANCE_DEG: f64 = 0.003;

/// Half the side of the box that stands for an unknown boundary, degrees: about 90 km, more than any municipality reaches.
const ROUGH_RADIUS_DEG: f64 = 0.9;
/// The same in prefectures with islands far out.
const ROUGH_ISLANDS_DEG: f64 = 4.0;

/// How far around the boundary a publisher's place can reasonably be, degrees: about 20 km. Only used to choose
/// between two readings of one damaged coordinate.
const FRAME_MARGIN_DEG: f64 = 0.2;

/// The boundary of the publisher, with boxes so that most points are decided without it.
#[derive(Debug)]
pub struct Bounds {
    areas: Vec<(Bbox, MultiPolygon<f64>)>,
    is_rough: bool,
}

impl Bounds {
    /// `None` where there is no area at all, so that nothing is ever outside of nothing.
    pub fn new(areas: Vec<MultiPolygon<f64>>) -> Option<Self> {
        let areas: Vec<_> = areas
            .into_iter()
            .filter_map(|area| {
                let rect = area.bounding_rect()?;
                let (low, high) = (rect.min(), rect.max());
                Some((Bbox { west_deg: low.x, south_deg: low.y, east_deg: high.x, north_deg: high.y }, area))
            })
            .collect();
        (!areas.is_empty()).then_some(Self { areas, is_rough: false })
    }

    /// What stands for a boundary that is not known: a box around the municipality's office. `None` for a prefecture, whose
    /// places lie anywhere.
    pub fn around(body: &Municipality) -> Option<Self> {
        if body.kind == MunicipalityKind::Prefecture {
            return None;
        }
        // Villages of islands have their office on another island, or in a city across the sea.
        let radius = if matches!(body.prefecture.as_str(), "東京都" | "鹿児島県" | "沖縄県") {
            ROUGH_ISLANDS_DEG
        } else {
            ROUGH_RADIUS_DEG
        };
        let (west_deg, east_deg) = (body.lon_deg - radius, body.lon_deg + radius);
        let (south_deg, north_deg) = (body.lat_deg - radius, body.lat_deg + radius);
        let low = Coord { x: west_deg, y: south_deg };
        let area = MultiPolygon(vec![Rect::new(low, Coord { x: east_deg, y: north_deg }).to_polygon()]);
        Some(Self { areas: vec![(Bbox { west_deg, south_deg, east_deg, north_deg }, area)], is_rough: true })
    }

    /// Whether it only stands for a boundary that is not known.
    pub fn is_rough(&self) -> bool {
        self.is_rough
    }

    /// Whether the position lies inside, or outside by no more than the tolerance.
    pub fn contains(&self, place: Point<f64>) -> bool {
        self.areas.iter().any(|(bbox, area)| {
            let near = (bbox.west_deg - TOLERANCE_DEG..=bbox.east_deg + TOLERANCE_DEG).contains(&place.x())
                && (bbox.south_deg - TOLERANCE_DEG..=bbox.north_deg + TOLERANCE_DEG).contains(&place.y());
            near && (area.contains(&place)
                || area.0.iter().any(|part| Euclidean.distance(&place, part) <= TOLERANCE_DEG))
        })
    }

    /// The box around all of it, with a margin.
    pub fn frame(&self) -> Option<Bbox> {
        let all = self.areas.iter().map(|(bbox, _)| *bbox).reduce(Bbox::union)?;
        Some(Bbox {
            west_deg: all.west_deg - FRAME_MARGIN_DEG,
            south_deg: all.south_deg - FRAME_MARGIN_DEG,
            east_deg: all.east_deg + FRAME_MARGIN_DEG,
            north_deg: all.north_deg + FRAME_MARGIN_DEG,
        })
    }
}

/// The position by which a geometry is judged: points only. Lines and areas cross borders by nature.
pub fn judged(geometry: &Geometry<f64>) -> Option<Point<f64>> {
    match geometry {
        Geometry::Point(point) => Some(*point),
        Geometry::MultiPoint(points) => points.0.first().copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use geo_types::{point, polygon};

    use super::*;

    #[test]
    fn a_position_on_the_pier_is_inside_and_one_in_the_next_city_is_not() {
        let square = polygon![(x: 138.0, y: 34.0), (x: 138.5, y: 34.0), (x: 138.5, y: 34.5), (x: 138.0, y: 34.5)];
        let bounds = Bounds::new(vec![MultiPolygon(vec![square])]).expect("an area");
        assert!(bounds.contains(point!(x: 138.2, y: 34.2)));
        assert!(bounds.contains(point!(x: 138.502, y: 34.2)));
        assert!(!bounds.contains(point!(x: 138.51, y: 34.2)));
        assert!(Bounds::new(vec![]).is_none());
        assert!(bounds.frame().is_some_and(|frame| frame.west_deg < 138.0));
    }
}
