//! How rings lie to each other: holes outside their shell, shells inside each other, parts that stand twice.

use geo::BoundingRect as _;
use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon, Rect};

/// Steps spent on the nesting of one feature: point-in-ring tests look at every edge. Beyond, the search ends without a
/// finding rather than hold up the file.
const MAX_STEPS: usize = 4_000_000;

/// On which side of a ring a point lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Inside,
    Outside,
    On,
}

/// The side of a closed ring on which a point lies, by the number of edges a ray to the east crosses.
pub(super) fn side_of(point: Coord<f64>, ring: &[Coord<f64>]) -> Side {
    let mut inside = false;
    for edge in ring.windows(2) {
        let (a, b) = (edge[0], edge[1]);
        let cross = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x);
        let in_box =
            (a.x.min(b.x)..=a.x.max(b.x)).contains(&point.x) && (a.y.min(b.y)..=a.y.max(b.y)).contains(&point.y);
        if in_box && cross.abs() <= 1e-12 * (b.x - a.x).hypot(b.y - a.y) * (point.x - a.x).hypot(point.y - a.y) {
            return Side::On;
        }
        if (a.y > point.y) != (b.y > point.y) {
            // The ray meets the edge east of the point.
            if (cross > 0.0) == (b.y > a.y) {
                inside = !inside;
            }
        }
    }
    if inside { Side::Inside } else { Side::Outside }
}

/// What is wrong with how the rings of a geometry lie to each other; `None` where nothing is, or too much would have to be
/// looked at. Rings that cross are told elsewhere.
pub(super) fn nesting_fault(geometry: &Geometry<f64>) -> Option<&'static str> {
    let mut steps = 0;
    match geometry {
        Geometry::Polygon(area) => hole_outside(area, &mut steps),
        Geometry::MultiPolygon(areas) => {
            areas.0.iter().find_map(|area| hole_outside(area, &mut steps)).or_else(|| shell_inside(areas, &mut steps))
        }
        _ => None,
    }
}

/// The side of `ring` on which another ring lies that does not cross it; `None` beyond the steps.
fn side(inner: &LineString<f64>, ring: &LineString<f64>, steps: &mut usize) -> Option<Side> {
    for point in &inner.0 {
        *steps += ring.0.len();
        if *steps > MAX_STEPS {
            return None;
        }
        match side_of(*point, &ring.0) {
            Side::On => {}
            side => return Some(side),
        }
    }
    Some(Side::On)
}

fn hole_outside(area: &Polygon<f64>, steps: &mut usize) -> Option<&'static str> {
    for hole in area.interiors() {
        match side(hole, area.exterior(), steps)? {
            Side::Outside => return Some("穴が外側の輪の外にあります"),
            Side::On if hole.0.len() == area.exterior().0.len() => return Some("穴が外側の輪と同じです"),
            Side::On | Side::Inside => {}
        }
    }
    None
}

fn shell_inside(areas: &MultiPolygon<f64>, steps: &mut usize) -> Option<&'static str> {
    let boxes: Vec<Option<Rect<f64>>> = areas.0.iter().map(|area| area.exterior().bounding_rect()).collect();
    let holds = |outer: &Rect<f64>, inner: &Rect<f64>| {
        outer.min().x <= inner.min().x
            && outer.min().y <= inner.min().y
            && outer.max().x >= inner.max().x
            && outer.max().y >= inner.max().y
    };
    for (at, inner) in areas.0.iter().enumerate() {
        for (other, outer) in areas.0.iter().enumerate() {
            *steps += 1;
            if *steps > MAX_STEPS {
                return None;
            }
            let (Some(inner_box), Some(outer_box)) = (&boxes[at], &boxes[other]) else { continue };
            if at == other || !holds(outer_box, inner_box) {
                continue;
            }
            if side(inner.exterior(), outer.exterior(), steps)? != Side::Inside {
                continue;
            }
            // An island in a lake lies in a hole.
            let mut in_hole = false;
            for hole in outer.interiors() {
                in_hole |= side(inner.exterior(), hole, steps)? != Side::Outside;
            }
            if !in_hole {
                return Some("部分が別の部分の中に重なっています");
            }
        }
    }
    None
}

/// Drops parts that stand twice, point for point: the shape is the same without them. How many.
pub(super) fn drop_doubled(areas: &mut MultiPolygon<f64>) -> usize {
    let before = areas.0.len();
    if before < 2 {
        return 0;
    }
    // Equal parts have equal first points: only those are compared in full.
    let mut order: Vec<usize> = (0..before).collect();
    let first = |at: usize| areas.0[at].exterior().0.first().map_or((0.0, 0.0), |point| (point.x, point.y));
    order.sort_by(|a, b| {
        let (a, b) = (first(*a), first(*b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    let mut doubled = vec![false; before];
    for pair in order.windows(2) {
        let (a, b) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
        doubled[b] |= areas.0[a] == areas.0[b];
    }
    let mut at = 0;
    areas.0.retain(|_| {
        at += 1;
        !doubled[at - 1]
    });
    before - areas.0.len()
}
