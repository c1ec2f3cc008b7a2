//! Rings to polygons: which are outlines and which are holes of which outline.

use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon};

/// Putting the rings together took more steps than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooManySteps;

/// Twice the signed area; positive where the ring runs counter-clockwise.
fn doubled_area(ring: &[Coord<f64>]) -> f64 {
    // Relative to the first vertex, so that large coordinates do not swallow small rings.
    let Some(origin) = ring.first() else { return 0.0 };
    ring.windows(2)
        .map(|pair| {
            let (a, b) = (pair[0], pair[1]);
            (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y)
        })
        .sum()
}

struct Ring {
    points: Vec<Coord<f64>>,
    size: f64,
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Ring {
    fn new(points: Vec<Coord<f64>>, size: f64) -> Self {
        let fold =
            |start: f64, f: fn(f64, f64) -> f64, of: fn(&Coord<f64>) -> f64| points.iter().map(of).fold(start, f);
        let west = fold(f64::INFINITY, f64::min, |c| c.x);
        let south = fold(f64::INFINITY, f64::min, |c| c.y);
        let east = fold(f64::NEG_INFINITY, f64::max, |c| c.x);
        let north = fold(f64::NEG_INFINITY, f64::max, |c| c.y);
        Self { points, size, west, south, east, north }
    }

    fn boxes(&self, other: &Self) -> bool {
        self.west <= other.west && self.south <= other.south && self.east >= other.east && self.north >= other.north
    }
}

/// Whether a point lies in a ring: `None` on its border.
fn inside(point: Coord<f64>, ring: &[Coord<f64>]) -> Option<bool> {
    let mut within = false;
    for pair in ring.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let cross = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x);
        let between =
            point.x >= a.x.min(b.x) && point.x <= a.x.max(b.x) && point.y >= a.y.min(b.y) && point.y <= a.y.max(b.y);
        if cross == 0.0 && between {
            return None;
        }
        if (a.y > point.y) != (b.y > point.y) && (cross > 0.0) == (b.y > a.y) {
            within = !within;
        }
    }
    Some(within)
}

/// Whether one ring lies inside another, decided by the first of its vertices that is not on the other's border.
fn contains(outer: &Ring, inner: &Ring, steps: &mut u64) -> Result<bool, TooManySteps> {
    if !outer.boxes(inner) {
        *steps = steps.checked_sub(1).ok_or(TooManySteps)?;
        return Ok(false);
    }
    for point in &inner.points {
        *steps = steps.checked_sub(u64::try_from(outer.points.len()).unwrap_or(u64::MAX)).ok_or(TooManySteps)?;
        if let Some(within) = inside(*point, &outer.points) {
            return Ok(within);
        }
    }
    // All vertices on the border: the smaller ring fills a part of the larger.
    Ok(outer.size > inner.size)
}

/// Puts rings together to one polygon or several. The Shapefile specification (ESRI, 1998) lets outlines run clockwise
/// and holes counter-clockwise; a hole belongs to the smallest outline around it, and one without outline is an
/// outline itself. Rings without area are left out and counted; no geometry where nothing remains.
pub(super) fn assemble(
    rings: Vec<Vec<Coord<f64>>>,
    step_limit: u64,
) -> Result<(Option<Geometry<f64>>, usize), TooManySteps> {
    let (mut steps, mut flat) = (step_limit, 0);
    let (mut outlines, mut holes) = (Vec::new(), Vec::new());
    for ring in rings {
        let area = doubled_area(&ring);
        if ring.len() < 3 || area == 0.0 {
            flat += 1;
            continue;
        }
        let target = if area < 0.0 { &mut outlines } else { &mut holes };
        target.push(Ring::new(ring, area.abs()));
    }
    if outlines.is_empty() {
        // All rings run the other way: nesting alone tells which are holes.
        holes.sort_by(|a, b| b.size.total_cmp(&a.size));
        let mut inner = Vec::new();
        for ring in holes {
            let mut around = 0_usize;
            for outer in outlines.iter().chain(&inner) {
                around += usize::from(contains(outer, &ring, &mut steps)?);
            }
            if around.is_multiple_of(2) { outlines.push(ring) } else { inner.push(ring) }
        }
        holes = inner;
    }
    let mut order: Vec<usize> = (0..outlines.len()).collect();
    order.sort_by(|a, b| outlines[*a].size.total_cmp(&outlines[*b].size));
    let mut inner: Vec<Vec<LineString<f64>>> = outlines.iter().map(|_| Vec::new()).collect();
    let mut alone = Vec::new();
    'holes: for hole in holes {
        for index in &order {
            if contains(&outlines[*index], &hole, &mut steps)? {
                inner[*index].push(LineString(hole.points));
                continue 'holes;
            }
        }
        alone.push(Polygon::new(LineString(hole.points), Vec::new()));
    }
    let mut polygons: Vec<Polygon<f64>> =
        outlines.into_iter().zip(inner).map(|(ring, holes)| Polygon::new(LineString(ring.points), holes)).collect();
    polygons.append(&mut alone);
    let geometry = match polygons.len() {
        0 => None,
        1 => polygons.pop().map(Geometry::Polygon),
        _ => Some(Geometry::MultiPolygon(MultiPolygon(polygons))),
    };
    Ok((geometry, flat))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, size: f64, clockwise: bool) -> Vec<Coord<f64>> {
        let mut ring: Vec<Coord<f64>> = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)]
            .map(|(dx, dy)| Coord { x: x + dx * size, y: y + dy * size })
            .to_vec();
        if !clockwise {
            ring.reverse();
        }
        ring
    }

    fn shape(rings: Vec<Vec<Coord<f64>>>) -> Vec<usize> {
        match assemble(rings, 1_000_000).unwrap().0 {
            None => Vec::new(),
            Some(Geometry::Polygon(polygon)) => vec![polygon.interiors().len()],
            Some(Geometry::MultiPolygon(many)) => many.0.iter().map(|polygon| polygon.interiors().len()).collect(),
            Some(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_hole_goes_to_the_smallest_outline_around_it() {
        let rings = vec![
            square(0.0, 0.0, 10.0, true),
            square(1.0, 1.0, 8.0, false),
            square(2.0, 2.0, 4.0, true),
            square(3.0, 3.0, 1.0, false),
            square(20.0, 0.0, 1.0, true),
        ];
        assert_eq!(shape(rings), [1, 1, 0]);
    }

    #[test]
    fn rings_that_all_run_the_wrong_way_are_told_apart_by_nesting() {
        let rings = vec![square(2.0, 2.0, 2.0, false), square(0.0, 0.0, 10.0, false), square(20.0, 0.0, 1.0, false)];
        assert_eq!(shape(rings), [1, 0]);
    }

    #[test]
    fn a_hole_that_touches_its_outline_is_its_hole() {
        assert_eq!(shape(vec![square(0.0, 0.0, 10.0, true), square(0.0, 0.0, 5.0, false)]), [1]);
    }

    #[test]
    fn rings_without_area_are_left_out() {
        assert_eq!(shape(vec![vec![Coord { x: 1.0, y: 1.0 }; 4]]), Vec::<usize>::new());
    }

    #[test]
    fn endless_nesting_stops_at_the_step_limit() {
        let rings = (0..500).flat_map(|i| {
            let i = f64::from(i);
            [square(i, i, 2000.0 - 2.0 * i, true), square(i + 0.5, i + 0.5, 1999.0 - 2.0 * i, false)]
        });
        assert_eq!(assemble(rings.collect(), 10_000), Err(TooManySteps));
    }
}
