//! Cutting snapped geometry into tiles, down the tree of halves.
//!
//! On the way down nothing is cut: vertices beyond a half's edge are only left out where their neighbours lie beyond
//! it too. What crosses the edge stays as it was, so every tile cuts the original segments and no rounding adds up.
//! In the last step each ring is cut at the tile's frame, and an exact overlay on the integer grid mends what crosses
//! or touches itself after snapping and cutting, and gives holes to the outer ring they lie in.

use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::i_float::int::point::IntPoint;

use super::line::cut_line;
use super::project::{EXTENT_BITS, Grid};
use super::ring::{doubled_area_of, framed, is_simple, oriented, settle_holes};

/// Units drawn beyond a tile's edge, so that strokes and symbols do not end there: 8 pixels of 512.
pub(super) const BUFFER: i32 = 64;
pub(super) const EXTENT: i32 = 1 << EXTENT_BITS;

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
                .filter(|v| v.iter().all(|value| is_inside(*value)))
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

    /// What the overlay makes of some rings; `None` where it loses its way, as it does (version 4.5) in rings that lie
    /// over themselves several times. Whatever a file holds, the others are drawn.
    fn guarded<T>(&mut self, run: impl FnOnce(&mut Overlay) -> T) -> Option<T> {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(&mut self.overlay)));
        if outcome.is_err() {
            // Its buffers may be half filled.
            *self = Self::new();
        }
        outcome.ok()
    }

    /// Polygons in tile coordinates as one clean area.
    pub(super) fn union(&mut self, parts: &[Part]) -> Vec<Part> {
        let shapes: Vec<Vec<Vec<IntPoint>>> = parts
            .iter()
            .map(|part| part.iter().map(|ring| ring.iter().map(|[x, y]| IntPoint::new(*x, *y)).collect()).collect())
            .collect();
        let Some(mut union) = self.guarded(|overlay| overlay.simplify_shapes(&shapes, FillRule::NonZero)) else {
            return parts.to_vec();
        };
        settle_holes(&mut union);
        union.into_iter().filter_map(oriented).collect()
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
                continue;
            }
            match self.guarded(|overlay| overlay.simplify_shape(&rings, FillRule::EvenOdd)) {
                Some(Some(mended)) => cut.extend(mended),
                Some(None) => cut.push(rings),
                // Without its holes it can nearly always be mended; else a dot stands for it.
                None => {
                    let outer = rings.get(..1).unwrap_or_default();
                    let mended = self.guarded(|overlay| overlay.simplify_shape(outer, FillRule::EvenOdd));
                    cut.extend(mended.flatten().unwrap_or_default());
                }
            }
        }
        if cut.len() > 1 && parts.len() > 1 {
            // Parts of one feature may lie over each other; joined, they are one clean area. Each ring counts by its
            // direction here, and neither a ring as it came nor a mended hole that touches its outer ring has the right
            // one by itself.
            for shape in &mut cut {
                for (index, ring) in shape.iter_mut().enumerate() {
                    if (doubled_area_of(ring) > 0) != (index == 0) {
                        ring.reverse();
                    }
                }
            }
            if let Some(joined) = self.guarded(|overlay| overlay.simplify_shapes(&cut, FillRule::NonZero)) {
                cut = joined;
            }
        }
        settle_holes(&mut cut);
        cut.into_iter().filter_map(oriented).collect()
    }
}

/// Where tiles `from` to `to` begin and end with their buffers.
fn edges_of(from: i32, to: i32) -> (i32, i32) {
    ((from << EXTENT_BITS) - BUFFER, (to << EXTENT_BITS) + (EXTENT + BUFFER))
}

/// Whether an edge runs along the frame of the buffered tile, where everything that goes on is cut.
pub(super) fn is_on_frame(a: Grid, b: Grid) -> bool {
    (0..2).any(|axis| a[axis] == b[axis] && (a[axis] == -BUFFER || a[axis] == EXTENT + BUFFER))
}

pub(super) fn is_inside(value: i32) -> bool {
    (-BUFFER..=EXTENT + BUFFER).contains(&value)
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

#[cfg(test)]
mod tests {
    use super::super::ring::doubled_area;
    use super::*;

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

    fn area_in_one_tile(parts: &[Part]) -> i64 {
        let mut area = 0;
        Clipper::new().cut(Kind::Polygon, parts, Range { min: [0, 0], max: [0, 0] }, &mut |_, _, cut| {
            area += cut.iter().flatten().map(|ring| doubled_area(ring)).sum::<i64>();
        });
        area / 2
    }

    #[test]
    fn a_hole_that_touches_its_outer_ring_stays_a_hole_beside_other_parts() {
        let outer = vec![[0, 0], [100, 0], [100, 100], [0, 100]];
        let hole = vec![[0, 0], [20, 50], [50, 20]];
        let other = vec![[200, 0], [210, 0], [210, 10]];
        assert_eq!(area_in_one_tile(&[vec![outer.clone(), hole.clone()], vec![other.clone()]]), 10_000 - 1_050 + 50);
        let reversed = |ring: &[Grid]| ring.iter().rev().copied().collect::<Vec<_>>();
        assert_eq!(area_in_one_tile(&[vec![reversed(&outer), reversed(&hole)], vec![other]]), 10_000 - 1_050 + 50);
    }

    #[test]
    fn parts_that_lie_over_each_other_cover_their_union_whatever_their_directions() {
        let square = |low: i32| vec![[low, low], [low + 100, low], [low + 100, low + 100], [low, low + 100]];
        for parts in [[square(0), square(50)], [square(0), square(50).into_iter().rev().collect()]] {
            assert_eq!(area_in_one_tile(&parts.map(|ring| vec![ring])), 20_000 - 2_500);
        }
    }
}
