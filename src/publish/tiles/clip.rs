//! Cutting snapped geometry into tiles, down the tree of halves.
//!
//! On the way down nothing is cut: vertices beyond a half's edge are only left out where their neighbours lie beyond
//! it too. What crosses the edge stays as it was, so every tile cuts the original segments and no rounding adds up.
//! In the last step each ring is cut at the tile's frame, and an exact overlay on the integer grid mends what crosses
//! or touches itself after snapping and cutting, and gives holes to the outer ring they lie in.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::i_float::int::point::IntPoint;

use super::project::{EXTENT_BITS, Grid};

/// Units drawn beyond a tile's edge, so that strokes and symbols do not end there: 8 pixels of 512.
pub(super) const BUFFER: i32 = 64;
const EXTENT: i32 = 1 << EXTENT_BITS;

/// Snapped geometry of one kind: points or lines as one part each with one line, polygons as rings.
pub(super) type Part = Vec<Vec<Grid>>;

/// What kind of parts are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Point = 1,
    Line = 2,
    Polygon = 3,
}

/// Tiles from `min` to `max`, both included, as column and row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) min: [i32; 2],
    pub(super) max: [i32; 2],
}

/// Cuts; keeps the buffers of the overlay between calls.
pub(super) struct Clipper {
    overlay: Overlay,
}

impl Clipper {
    pub(super) fn new() -> Self {
        Self { overlay: Overlay::new_custom(64, IntOverlayOptions::ogc(), i_overlay::core::solver::Solver::default()) }
    }

    /// Calls `emit` with column, row and the parts (in the tile's own coordinates, −64…4160) of each tile of `within`
    /// that the geometry touches.
    pub(super) fn cut(&mut self, kind: Kind, parts: &[Part], within: Range, emit: &mut dyn FnMut(u32, u32, Vec<Part>)) {
        let Some((low, high)) = bounds(parts) else { return };
        let tile = |v: i32| v >> EXTENT_BITS;
        let (own_min, own_max) = (low.map(|v| tile(v - BUFFER)), high.map(|v| tile(v + BUFFER)));
        let range = Range {
            min: [0, 1].map(|axis| own_min[axis].max(within.min[axis])),
            max: [0, 1].map(|axis| own_max[axis].min(within.max[axis])),
        };
        if (0..2).any(|axis| range.min[axis] > range.max[axis]) {
            return;
        }
        let mut kept: Option<Vec<Part>> = None;
        for axis in 0..2 {
            if own_min[axis] < range.min[axis] || own_max[axis] > range.max[axis] {
                let (low, high) = edges_of(range.min[axis], range.max[axis]);
                kept = Some(reduced(kind, kept.as_deref().unwrap_or(parts), axis, low, high));
            }
        }
        let parts = kept.as_deref().unwrap_or(parts);
        if !parts.is_empty() {
            self.descend(kind, parts, range, emit);
        }
    }

    fn descend(&mut self, kind: Kind, parts: &[Part], range: Range, emit: &mut dyn FnMut(u32, u32, Vec<Part>)) {
        let spans = [range.max[0] - range.min[0], range.max[1] - range.min[1]];
        if spans == [0, 0] {
            let origin = range.min.map(|v| v << EXTENT_BITS);
            let cut = self.tile(kind, parts, origin);
            if !cut.is_empty() {
                emit(range.min[0].unsigned_abs(), range.min[1].unsigned_abs(), cut);
            }
            return;
        }
        let axis = usize::from(spans[1] > spans[0]);
        let middle = range.min[axis] + spans[axis] / 2;
        for (from, to) in [(range.min[axis], middle), (middle + 1, range.max[axis])] {
            let mut half = range;
            half.min[axis] = from;
            half.max[axis] = to;
            let (low, high) = edges_of(from, to);
            let reduced = reduced(kind, parts, axis, low, high);
            if !reduced.is_empty() {
                self.descend(kind, &reduced, half, emit);
            }
        }
    }

    fn tile(&mut self, kind: Kind, parts: &[Part], origin: Grid) -> Vec<Part> {
        let local = |v: &Grid| [v[0] - origin[0], v[1] - origin[1]];
        match kind {
            Kind::Point => parts
                .iter()
                .flatten()
                .flatten()
                .map(local)
                .filter(|v| v.iter().all(|value| (-BUFFER..=EXTENT + BUFFER).contains(value)))
                .map(|v| vec![vec![v]])
                .collect(),
            Kind::Line => parts
                .iter()
                .flatten()
                .flat_map(|line| cut_line(&line.iter().map(local).collect::<Vec<_>>()))
                .map(|line| vec![line])
                .collect(),
            Kind::Polygon => self.polygons(parts, origin),
        }
    }

    /// Polygons in tile coordinates as one clean area.
    pub(super) fn union(&mut self, parts: &[Part]) -> Vec<Part> {
        let shapes: Vec<Vec<Vec<IntPoint>>> = parts
            .iter()
            .map(|part| part.iter().map(|ring| ring.iter().map(|[x, y]| IntPoint::new(*x, *y)).collect()).collect())
            .collect();
        self.overlay.simplify_shapes(&shapes, FillRule::NonZero).into_iter().filter_map(oriented).collect()
    }

    fn polygons(&mut self, parts: &[Part], origin: Grid) -> Vec<Part> {
        let mut cut: Vec<Vec<Vec<IntPoint>>> = Vec::new();
        for part in parts {
            let rings: Vec<Vec<IntPoint>> = part
                .iter()
                .map(|ring| framed(ring.iter().map(|v| [v[0] - origin[0], v[1] - origin[1]]).collect()))
                .filter(|ring| ring.len() > 2)
                .map(|ring| ring.into_iter().map(|[x, y]| IntPoint::new(x, y)).collect())
                .collect();
            if rings.is_empty() {
                continue;
            }
            if let [ring] = rings.as_slice()
                && is_simple(ring)
            {
                // What most buildings are: nothing to mend.
                cut.push(rings);
            } else if let Some(mended) = self.overlay.simplify_shape(&rings, FillRule::EvenOdd) {
                cut.extend(mended);
            } else {
                cut.push(rings);
            }
        }
        if cut.len() > 1 && parts.len() > 1 {
            // Parts of one feature may lie over each other; joined, they are one clean area.
            cut = self.overlay.simplify_shapes(&cut, FillRule::NonZero);
        }
        cut.into_iter().filter_map(oriented).collect()
    }
}

/// Where tiles `from` to `to` begin and end with their buffers.
fn edges_of(from: i32, to: i32) -> (i32, i32) {
    ((from << EXTENT_BITS) - BUFFER, (to << EXTENT_BITS) + (EXTENT + BUFFER))
}

/// Whether a short ring touches and crosses itself nowhere and turns back nowhere. Long ones are not looked at: for
/// them the sweep of the overlay is quicker.
fn is_simple(ring: &[IntPoint]) -> bool {
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
fn oriented(shape: Vec<Vec<IntPoint>>) -> Option<Part> {
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

/// Twice the area of a ring, positive where it runs clockwise on the screen.
pub(super) fn doubled_area(ring: &[Grid]) -> i64 {
    let (Some(first), Some(last)) = (ring.first(), ring.last()) else { return 0 };
    let cross = |a: &Grid, b: &Grid| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
    ring.windows(2).map(|pair| if let [a, b] = pair { cross(a, b) } else { 0 }).sum::<i64>() + cross(last, first)
}

/// Whether an edge runs along the frame of the buffered tile, where everything that goes on is cut.
pub(super) fn is_on_frame(a: Grid, b: Grid) -> bool {
    (0..2).any(|axis| a[axis] == b[axis] && (a[axis] == -BUFFER || a[axis] == EXTENT + BUFFER))
}

fn is_inside(value: i32) -> bool {
    (-BUFFER..=EXTENT + BUFFER).contains(&value)
}

/// A ring cut at the four edges of the buffered tile, one after the other (Sutherland–Hodgman). Where it leaves and
/// comes back it runs along the edge, perhaps there and back again; mending takes those stretches out.
fn framed(mut ring: Vec<Grid>) -> Vec<Grid> {
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

fn bounds(parts: &[Part]) -> Option<(Grid, Grid)> {
    let mut vertices = parts.iter().flatten().flatten();
    let first = *vertices.next()?;
    Some(vertices.fold((first, first), |(low, high), v| {
        ([low[0].min(v[0]), low[1].min(v[1])], [high[0].max(v[0]), high[1].max(v[1])])
    }))
}

/// The parts without what cannot touch `low…high` on one axis.
fn reduced(kind: Kind, parts: &[Part], axis: usize, low: i32, high: i32) -> Vec<Part> {
    let closed = kind == Kind::Polygon;
    parts
        .iter()
        .filter_map(|part| {
            let mut rings = part.iter().map(|ring| {
                if kind == Kind::Point {
                    return ring.iter().filter(|v| (low..=high).contains(&v[axis])).copied().collect();
                }
                let ring = reduced_half(ring, closed, |v| v[axis] >= low);
                reduced_half(&ring, closed, |v| v[axis] <= high)
            });
            // Where the outer ring is gone, so are its holes.
            let outer: Vec<Grid> = rings.next().filter(|ring| !ring.is_empty())?;
            Some(std::iter::once(outer).chain(rings.filter(|ring| !ring.is_empty())).collect())
        })
        .collect()
}

/// The line without the inner vertices of its runs outside a half plane: a run outside may take any way there, since
/// the half plane outside is convex. Empty where no vertex is inside.
fn reduced_half(line: &[Grid], closed: bool, inside: impl Fn(&Grid) -> bool) -> Vec<Grid> {
    if line.iter().all(&inside) {
        return line.to_vec();
    }
    let count = line.len();
    let at = |index: usize| line.get(index).is_some_and(&inside);
    (0..count)
        .filter(|&index| {
            let before = if index > 0 { at(index - 1) } else { closed && at(count - 1) };
            let after = if index + 1 < count { at(index + 1) } else { closed && at(0) };
            before || at(index) || after
        })
        .filter_map(|index| line.get(index).copied())
        .collect()
}

/// The pieces of a line inside the buffered tile, each with at least two different positions.
fn cut_line(line: &[Grid]) -> Vec<Vec<Grid>> {
    let mut pieces: Vec<Vec<Grid>> = Vec::new();
    let mut last: Option<Grid> = None;
    for pair in line.windows(2) {
        let [a, b] = pair else { continue };
        let Some((from, to)) = cut_segment(*a, *b) else {
            last = None;
            continue;
        };
        if from == to {
            // It only touches the frame, or is no longer than a unit: the piece goes on if it was going on.
            continue;
        }
        match pieces.last_mut() {
            Some(piece) if last == Some(from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
        last = Some(to);
    }
    pieces
}

/// The part of a segment inside the buffered tile (Liang–Barsky), cut ends rounded to the grid. The cut is computed
/// from the lesser end, so that it is the same whichever way the segment runs.
fn cut_segment(a: Grid, b: Grid) -> Option<(Grid, Grid)> {
    if [a, b].iter().flatten().all(|v| is_inside(*v)) {
        return Some((a, b));
    }
    let swapped = a > b;
    let (a, b) = if swapped { (b, a) } else { (a, b) };
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let (from, to) = (f64::from(a[axis]), f64::from(b[axis]));
        let (low, high) = (f64::from(-BUFFER), f64::from(EXTENT + BUFFER));
        let step = to - from;
        if step == 0.0 {
            if from < low || from > high {
                return None;
            }
            continue;
        }
        let (first, second) = ((low - from) / step, (high - from) / step);
        enter = enter.max(first.min(second));
        leave = leave.min(first.max(second));
    }
    if enter > leave {
        return None;
    }
    let at = |share: f64, end: Grid, is_whole: bool| -> Grid {
        if is_whole {
            return end;
        }
        let on = |axis: usize| {
            let (from, to) = (f64::from(a[axis]), f64::from(b[axis]));
            #[expect(clippy::cast_possible_truncation, reason = "clamped to the buffered tile")]
            let value =
                (from + (to - from) * share).round().clamp(f64::from(-BUFFER), f64::from(EXTENT + BUFFER)) as i32;
            value
        };
        [on(0), on(1)]
    };
    let (from, to) = (at(enter, a, enter <= 0.0), at(leave, b, leave >= 1.0));
    Some(if swapped { (to, from) } else { (from, to) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_leaves_and_returns_becomes_two_pieces() {
        let pieces = cut_line(&[[0, 0], [5000, 0], [5000, 10], [0, 10]]);
        assert_eq!(pieces, [vec![[0, 0], [4160, 0]], vec![[4160, 10], [0, 10]]]);
        assert!(cut_line(&[[-200, -200], [-100, -100]]).is_empty());
    }

    #[test]
    fn the_cut_of_a_segment_does_not_depend_on_its_direction() {
        for (a, b) in [([-999, 17], [5013, 2211]), ([2000, -333], [2711, 9000])] {
            let (from, to) = cut_segment(a, b).expect("crosses");
            assert_eq!(cut_segment(b, a), Some((to, from)));
        }
    }

    #[test]
    fn a_large_polygon_covers_every_tile_it_lies_over() {
        // A square of 20 by 20 tiles with a hole of 4 by 4 in the middle.
        let ring = |low: i32, high: i32| vec![[low, low], [high, low], [high, high], [low, high]];
        let parts = vec![vec![ring(4096, 21 * 4096), ring(9 * 4096, 13 * 4096)]];
        let mut tiles = std::collections::BTreeMap::new();
        let all = Range { min: [0, 0], max: [63, 63] };
        Clipper::new().cut(Kind::Polygon, &parts, all, &mut |x, y, parts| {
            let area: i64 = parts.iter().flatten().map(|ring| doubled_area(ring)).sum::<i64>() / 2;
            tiles.insert((x, y), area);
        });
        let full = i64::from(EXTENT + 2 * BUFFER).pow(2);
        assert_eq!(tiles.get(&(3, 3)), Some(&full));
        assert_eq!(tiles.get(&(10, 10)), None, "inside the hole");
        assert_eq!(tiles.get(&(0, 0)), Some(&i64::from(BUFFER).pow(2)), "only the buffer");
        // Rows and columns 9…12 lie in the hole; of those only 10 and 11 do not see its edge through their buffers.
        assert_eq!(tiles.len(), 22 * 22 - 2 * 2);
    }

    #[test]
    fn a_part_of_the_tiles_is_cut_as_all_of_them_are() {
        let ring = |low: i32, high: i32| vec![[low, low + 77], [high, low], [high - 99, high], [low, high]];
        for (kind, parts) in [
            (Kind::Polygon, vec![vec![ring(4000, 21 * 4096), ring(9 * 4096, 13 * 4096)]]),
            (Kind::Line, vec![vec![ring(4000, 21 * 4096)]]),
        ] {
            let mut all = std::collections::BTreeMap::new();
            let mut clipper = Clipper::new();
            clipper.cut(kind, &parts, Range { min: [0, 0], max: [63, 63] }, &mut |x, y, parts| {
                all.insert((x, y), parts);
            });
            let mut pieced = std::collections::BTreeMap::new();
            for column in 0..8 {
                for row in 0..8 {
                    let within = Range { min: [column * 8, row * 8], max: [column * 8 + 7, row * 8 + 7] };
                    clipper.cut(kind, &parts, within, &mut |x, y, parts| {
                        pieced.insert((x, y), parts);
                    });
                }
            }
            assert!(all.len() > 60 && all == pieced, "{kind:?}");
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
