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
