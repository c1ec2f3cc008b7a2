//! Rings of one tile: cut at its frame, told whether they are clean, given their direction.

use i_overlay::i_float::int::point::IntPoint;

use super::clip::{BUFFER, EXTENT, Part};
use super::project::Grid;

/// Whether a short ring touches and crosses itself nowhere and turns back nowhere. Long ones are not looked at: for
/// them the sweep of the overlay is quicker.
pub(super) fn is_simple(ring: &[IntPoint]) -> bool {
    const SHORT: usize = 16;
    let count = ring.len();
    if !(3..=SHORT).contains(&count) {
        return false;
    }
    let at = |index: usize| ring.get(index % count).map_or((0, 0), |p| (i64::from(p.x), i64::from(p.y)));
    let side =
        |a: (i64, i64), b: (i64, i64), p: (i64, i64)| ((b.0 - a.0) * (p.1 - a.1) - (b.1 - a.1) * (p.0 - a.0)).signum();
    for first in 0..count {
        let (a, b, c) = (at(first), at(first + 1), at(first + 2));
        if side(a, b, c) == 0 && (b.0 - a.0) * (c.0 - b.0) + (b.1 - a.1) * (c.1 - b.1) <= 0 {
            return false;
        }
        for second in first + 2..count {
            if (second + 1) % count == first {
                continue;
            }
            let (c, d) = (at(second), at(second + 1));
            if a.0.max(b.0) < c.0.min(d.0)
                || c.0.max(d.0) < a.0.min(b.0)
                || a.1.max(b.1) < c.1.min(d.1)
                || c.1.max(d.1) < a.1.min(b.1)
            {
                continue;
            }
            // Boxes meet: they are apart only where one lies wholly on one side of the other.
            if side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0 {
                return false;
            }
        }
    }
    true
}

/// Gives each hole to the outer ring it lies in. The overlay takes the ring below the hole's first vertex, which is
/// another one where rings touch there.
pub(super) fn settle_holes(shapes: &mut [Vec<Vec<IntPoint>>]) {
    if shapes.len() < 2 {
        return;
    }
    let mut lost = Vec::new();
    for shape in shapes.iter_mut().filter(|shape| shape.len() > 1) {
        let mut rings = std::mem::take(shape).into_iter();
        let Some(outer) = rings.next() else { continue };
        let (kept, gone): (Vec<_>, Vec<_>) = rings.partition(|hole| lies_in(hole, &outer) != Some(false));
        lost.extend(gone);
        *shape = std::iter::once(outer).chain(kept).collect();
    }
    for hole in lost {
        let around =
            shapes.iter_mut().filter(|shape| shape.first().is_some_and(|outer| lies_in(&hole, outer) == Some(true)));
        if let Some(shape) = around.min_by_key(|shape| shape.first().map(|outer| doubled_area_of(outer).abs())) {
            shape.push(hole);
        }
    }
}

/// Whether a ring lies inside another that it does not cross: as the first of its vertices does that does not lie on the
/// other; `None` where all do.
fn lies_in(ring: &[IntPoint], outer: &[IntPoint]) -> Option<bool> {
    ring.iter().find_map(|at| is_inside(*at, outer))
}

/// Whether a position lies inside a ring; `None` on it.
fn is_inside(at: IntPoint, ring: &[IntPoint]) -> Option<bool> {
    let mut inside = false;
    for (index, a) in ring.iter().enumerate() {
        let b = ring.get(index + 1).or(ring.first())?;
        let (ax, ay) = (i64::from(a.x) - i64::from(at.x), i64::from(a.y) - i64::from(at.y));
        let (bx, by) = (i64::from(b.x) - i64::from(at.x), i64::from(b.y) - i64::from(at.y));
        let side = ax * by - bx * ay;
        if side == 0 && ax.min(bx) <= 0 && ax.max(bx) >= 0 && ay.min(by) <= 0 && ay.max(by) >= 0 {
            return None;
        }
        // A ray to the right: edges that go down or up past it, each end counted once.
        if (ay > 0) != (by > 0) && (side > 0) == (by > ay) {
            inside = !inside;
        }
    }
    Some(inside)
}

/// Outer ring with positive area by the surveyor's formula in tile coordinates (MVT 2.1 §4.3.4.4), holes with
/// negative; `None` where no area is left.
pub(super) fn oriented(shape: Vec<Vec<IntPoint>>) -> Option<Part> {
    let mut rings = shape.into_iter().enumerate().filter_map(|(index, ring)| {
        let mut ring: Vec<Grid> = ring.into_iter().map(|p| [p.x, p.y]).collect();
        ring.dedup();
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        let area = doubled_area(&ring);
        if ring.len() < 3 || area == 0 {
            return None;
        }
        if (area > 0) != (index == 0) {
            ring.reverse();
        }
        Some((index, ring))
    });
    let (first, outer) = rings.next()?;
    (first == 0).then(|| std::iter::once(outer).chain(rings.map(|(_, ring)| ring)).collect())
}

pub(super) fn doubled_area_of(ring: &[IntPoint]) -> i64 {
    doubled_area(&ring.iter().map(|p| [p.x, p.y]).collect::<Vec<Grid>>())
}

/// Twice the area of a ring, positive where it runs clockwise on the screen.
pub(super) fn doubled_area(ring: &[Grid]) -> i64 {
    let (Some(first), Some(last)) = (ring.first(), ring.last()) else { return 0 };
    let cross = |a: &Grid, b: &Grid| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
    ring.windows(2).map(|pair| if let [a, b] = pair { cross(a, b) } else { 0 }).sum::<i64>() + cross(last, first)
}

/// A ring cut at the four edges of the buffered tile, one after the other (Sutherland–Hodgman). Where it leaves and
/// comes back it runs along the edge, perhaps there and back again; mending takes those stretches out.
pub(super) fn framed(mut ring: Vec<Grid>) -> Vec<Grid> {
    for axis in 0..2 {
        for (edge, sign) in [(-BUFFER, 1), (EXTENT + BUFFER, -1)] {
            let is_out = |v: &Grid| (v[axis] - edge) * sign < 0;
            if !ring.iter().any(is_out) {
                continue;
            }
            let mut cut = Vec::with_capacity(ring.len() + 4);
            let mut before = ring.last().copied();
            for vertex in ring {
                if let Some(before) = before
                    && is_out(&before) != is_out(&vertex)
                {
                    cut.push(on_edge(before, vertex, axis, edge));
                }
                if !is_out(&vertex) {
                    cut.push(vertex);
                }
                before = Some(vertex);
            }
            cut.dedup();
            ring = cut;
        }
    }
    ring
}

/// Where the segment meets the edge, rounded to the grid; the same whichever way the segment runs.
fn on_edge(a: Grid, b: Grid, axis: usize, edge: i32) -> Grid {
    let (a, b) = (a.min(b), a.max(b));
    let other = 1 - axis;
    let share = (f64::from(edge) - f64::from(a[axis])) / (f64::from(b[axis]) - f64::from(a[axis]));
    let mut at = [edge; 2];
    #[expect(clippy::cast_possible_truncation, reason = "between the two ends of the segment")]
    let value = (f64::from(a[other]) + (f64::from(b[other]) - f64::from(a[other])) * share).round() as i32;
    at[other] = value;
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(low: i32, high: i32) -> Vec<IntPoint> {
        [(low, low), (high, low), (high, high), (low, high)].map(|(x, y)| IntPoint::new(x, y)).to_vec()
    }

    #[test]
    fn a_hole_goes_to_the_ring_around_it() {
        let hole = square(40, 60);
        let mut shapes = vec![vec![square(0, 10), hole.clone()], vec![square(0, 100)], vec![square(-500, 500)]];
        settle_holes(&mut shapes);
        assert_eq!(shapes.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1], "the smallest that holds it");
        let touching = [(0, 0), (50, 30), (30, 50)].map(|(x, y)| IntPoint::new(x, y)).to_vec();
        let mut shapes = vec![vec![square(0, 100), touching], vec![square(-10, 0)]];
        settle_holes(&mut shapes);
        assert_eq!(shapes.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn inside_is_told_from_outside_and_from_the_ring() {
        for (at, expected) in
            [((5, 5), Some(true)), ((0, 5), None), ((10, 10), None), ((11, 5), Some(false)), ((-1, 0), Some(false))]
        {
            for ring in [square(0, 10), square(0, 10).into_iter().rev().collect()] {
                assert_eq!(is_inside(IntPoint::new(at.0, at.1), &ring), expected, "{at:?}");
            }
        }
    }

    #[test]
    fn short_rings_that_meet_themselves_are_told() {
        let ring = |points: &[(i32, i32)]| points.iter().map(|(x, y)| IntPoint::new(*x, *y)).collect::<Vec<_>>();
        for (points, simple) in [
            (&[(0, 0), (10, 0), (10, 10), (0, 10)][..], true),
            (&[(0, 0), (5, 0), (10, 0), (10, 10)], true),
            (&[(0, 0), (10, 10), (10, 0), (0, 10)], false),
            (&[(0, 0), (10, 0), (4, 0), (4, 9)], false),
            (&[(0, 0), (10, 0), (10, 10), (5, 0), (0, 10)], false),
            (&[(0, 0), (10, 0), (10, 10), (10, 0), (0, 5)], false),
            (&[(0, 0), (10, 0)], false),
        ] {
            assert_eq!(is_simple(&ring(points)), simple, "{points:?}");
        }
    }
}
