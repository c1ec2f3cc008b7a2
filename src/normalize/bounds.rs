//! Whether a position lies in the publisher's municipality.

use geo::{BoundingRect as _, Contains as _, Distance as _, Euclidean};
use geo_types::{Coord, Geometry, MultiPolygon, Point, Rect};

use crate::model::lonlat::Bbox;
use crate::schema::{Municipality, MunicipalityKind};

use super::gazetteer::Towns;

/// How far outside the boundary a position may lie without being named, degrees: about 300 m. National boundaries are
/// published simplified, and piers and river banks lie on their edge.
const TOLERANCE_DEG: f64 = 0.003;

/// How far beyond the points of its towns a municipality may reach, degrees: about 5 km. A town's point lies in its
/// middle, and mountain towns are ten kilometres wide.
const TOWNS_MARGIN_DEG: f64 = 0.05;

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
    basis: Basis,
}

/// What positions are held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The boundary.
    Boundary,
    /// The box around the towns of the gazetteer.
    Towns,
    /// A box around the municipality's office.
    Office,
}

impl Basis {
    /// What a finding adds to a position outside, where that rests on less than the boundary.
    pub fn remark(self) -> &'static str {
        match self {
            Self::Boundary => "",
            Self::Towns => ": 町字の位置の範囲から約5km以上外",
            Self::Office => ": 役場から約90km以上",
        }
    }
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
        (!areas.is_empty()).then_some(Self { areas, basis: Basis::Boundary })
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
        let place =
            Bbox { west_deg: body.lon_deg, south_deg: body.lat_deg, east_deg: body.lon_deg, north_deg: body.lat_deg };
        Some(Self::boxed(widened(place, radius), Basis::Office))
    }

    /// The box around the towns of the municipality, where a gazetteer knows them: those given, then the bundled ones.
    pub fn of_towns(body: &Municipality, given: Option<&Towns>) -> Option<Self> {
        let known = given.into_iter().chain([Towns::bundled()]);
        let extent = known.filter_map(|towns| towns.extent(&body.prefecture, &body.name)).reduce(Bbox::union)?;
        Some(Self::boxed(widened(extent, TOWNS_MARGIN_DEG), Basis::Towns))
    }

    /// What stands for the boundary of a municipality that is not known: its towns, or what lies around its office.
    pub fn rough(body: &Municipality, given: Option<&Towns>) -> Option<Self> {
        Self::of_towns(body, given).or_else(|| Self::around(body))
    }

    fn boxed(bbox: Bbox, basis: Basis) -> Self {
        let (low, high) =
            (Coord { x: bbox.west_deg, y: bbox.south_deg }, Coord { x: bbox.east_deg, y: bbox.north_deg });
        Self { areas: vec![(bbox, MultiPolygon(vec![Rect::new(low, high).to_polygon()]))], basis }
    }

    /// What it rests on.
    pub fn basis(&self) -> Basis {
        self.basis
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
        Some(widened(all, FRAME_MARGIN_DEG))
    }
}

fn widened(bbox: Bbox, by_deg: f64) -> Bbox {
    Bbox {
        west_deg: bbox.west_deg - by_deg,
        south_deg: bbox.south_deg - by_deg,
        east_deg: bbox.east_deg + by_deg,
        north_deg: bbox.north_deg + by_deg,
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

    #[test]
    fn towns_stand_for_a_boundary_that_is_not_known_and_the_office_where_there_are_none() {
        let of = |code: &str| {
            let code = crate::model::code::MunicipalityCode::parse(code).expect("a code");
            crate::schema::Municipalities::bundled().by_code(code).and_then(|body| Bounds::rough(body, None))
        };
        let ise = of("242039").expect("towns of the bundled gazetteer");
        assert_eq!(ise.basis(), Basis::Towns);
        assert!(ise.contains(point!(x: 136.7093, y: 34.4875)));
        assert!(!ise.contains(point!(x: 136.5, y: 34.72)), "the next city but one");
        let yokohama = of("141003").expect("the towns of its wards");
        assert!(yokohama.basis() == Basis::Towns && yokohama.contains(point!(x: 139.638, y: 35.4437)));
        assert!(!yokohama.contains(point!(x: 139.2, y: 35.25)));
        assert_eq!(of("222127").expect("an office").basis(), Basis::Office);
        assert!(of("240001").is_none(), "a prefecture's places lie anywhere");
    }
}
