//! Where rows lie, as SQL: first by the boxes that stand beside each geometry, then by the geometry itself.

use std::sync::Arc;

use geo::BoundingRect as _;
use geo_types::Geometry;

use super::condition::Bound;
use super::matcher::{Matcher, Relation};
use crate::model::lonlat::{Bbox, LonLat};

/// The four comparisons of a box. Its numbers are written out: only numbers that are known when the statement is
/// planned let whole row groups be passed over.
pub(super) fn touches(bbox: &Bbox) -> String {
    let Bbox { west_deg, south_deg, east_deg, north_deg } = bbox;
    format!(
        "(_west <= {} AND _east >= {} AND _south <= {} AND _north >= {})",
        written(*east_deg),
        written(*west_deg),
        written(*north_deg),
        written(*south_deg)
    )
}

/// A finite number as a literal of type DOUBLE, every digit kept.
pub(super) fn written(number: f64) -> String {
    if number.is_finite() { format!("{number:e}") } else { "CAST(NULL AS DOUBLE)".to_owned() }
}

/// The geometry shares a point with the box. One whose own box lies inside needs no further look; so does any point.
pub(super) fn meets(bbox: &Bbox, bound: &mut Bound<'_>) -> String {
    let Bbox { west_deg, south_deg, east_deg, north_deg } = bbox;
    let key = bound.hold(Matcher::Shape(Relation::Intersects, Arc::new(rectangle(bbox))));
    let inside = format!(
        "_west >= {} AND _east <= {} AND _south >= {} AND _north <= {}",
        written(*west_deg),
        written(*east_deg),
        written(*south_deg),
        written(*north_deg)
    );
    format!("({} AND (({inside}) OR _related(_geom, {key})))", touches(bbox))
}

fn rectangle(bbox: &Bbox) -> Geometry<f64> {
    let corner = |x, y| geo_types::Coord { x, y };
    let rect = geo_types::Rect::new(corner(bbox.west_deg, bbox.south_deg), corner(bbox.east_deg, bbox.north_deg));
    if bbox.west_deg < bbox.east_deg && bbox.south_deg < bbox.north_deg {
        rect.to_polygon().into()
    } else if bbox.west_deg < bbox.east_deg || bbox.south_deg < bbox.north_deg {
        geo_types::LineString::new(vec![rect.min(), rect.max()]).into()
    } else {
        geo_types::Point(rect.min()).into()
    }
}

pub(super) fn related(relation: Relation, shape: &Arc<Geometry<f64>>, bound: &mut Bound<'_>) -> String {
    let key = bound.hold(Matcher::Shape(relation, Arc::clone(shape)));
    let bbox = shape.bounding_rect().map(|rect| Bbox {
        west_deg: rect.min().x,
        south_deg: rect.min().y,
        east_deg: rect.max().x,
        north_deg: rect.max().y,
    });
    match bbox {
        // Whatever is not disjoint shares a point, so the boxes do. Where they do not, the answer is known without
        // looking at the geometry; a row without one stays unknown.
        Some(bbox) if relation == Relation::Disjoint => format!("(NOT {} OR _related(_geom, {key}))", touches(&bbox)),
        Some(bbox) => format!("({} AND _related(_geom, {key}))", touches(&bbox)),
        None => "false".to_owned(),
    }
}

/// The distance of the geometry in metres, as SQL.
pub(super) fn distance(from: LonLat) -> String {
    format!("_distance(_geom, {}, {})", written(from.lon_deg()), written(from.lat_deg()))
}

pub(super) fn near(from: LonLat, radius_m: f64) -> String {
    match around(from, radius_m) {
        Some(bbox) => format!("({} AND {} <= {})", touches(&bbox), distance(from), written(radius_m)),
        None => format!("({} <= {})", distance(from), written(radius_m)),
    }
}

/// A box that holds everything within a distance; `None` where it would reach over a pole or the 180th meridian.
pub(super) fn around(from: LonLat, radius_m: f64) -> Option<Bbox> {
    // The shortest degree of latitude is 110,574 m (at the equator); of longitude at least 111,319 m times the cosine.
    let north_deg = radius_m / 110_500.0;
    let greatest = from.lat_deg().abs() + north_deg;
    if greatest >= 89.0 {
        return None;
    }
    let east_deg = radius_m / (111_300.0 * greatest.to_radians().cos());
    let bbox = Bbox {
        west_deg: from.lon_deg() - east_deg,
        south_deg: from.lat_deg() - north_deg,
        east_deg: from.lon_deg() + east_deg,
        north_deg: from.lat_deg() + north_deg,
    };
    (bbox.west_deg >= -180.0 && bbox.east_deg <= 180.0).then_some(bbox)
}
