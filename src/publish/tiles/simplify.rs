//! Which vertex is drawn from which zoom on: decided once, for all zooms, so that shared borders stay shared.
//!
//! All lines and rings of the table are cut at their junctions (vertices at which neighbours part: where the edges
//! that meet there lead to more than two other vertices, or a line ends). The pieces between are arcs; an arc that two
//! polygons share is, vertex by vertex, the same in both. Each arc is simplified by Douglas and Peucker's rule in one
//! direction fixed by its ends alone, so both polygons keep the same vertices at each zoom, whatever way they run and
//! whatever tile they lie in. Junctions are always kept; at the greatest zoom everything is.

use rayon::prelude::*;

use super::project::{EXTENT_BITS, Path, Shape, World};

/// A vertex is left out where the line without it moves by less than this many grid units: 3 of the 8 that one pixel
/// of a 512-pixel tile has, so that the picture changes by less than half a pixel.
const TOLERANCE: f64 = 3.0;

/// Junctions of a table, and from them the zooms of the vertices of its shapes.
#[derive(Debug, Default)]
pub(super) struct Simplifier {
    /// In order, for binary search.
    junctions: Vec<u64>,
    /// A bit for each junction by its hash: nearly all vertices are none, and one look says so.
    maybe: Vec<u64>,
}

/// A vertex and a hash of its two neighbours; an end of a line is a junction of its own.
type Seen = (u64, u64);
const END: u64 = u64::MAX;

impl Simplifier {
    /// How often the table has to be read so that the vertices looked at together take no more than `memory_bytes`.
    pub(super) fn passes(vertices: u64, memory_bytes: usize) -> u64 {
        (vertices * size_of::<Seen>() as u64).div_ceil(memory_bytes.max(1 << 20) as u64).max(1)
    }

    /// The vertices of a shape that are looked at in pass `pass` of `passes`.
    pub(super) fn vertices(shape: &Shape, pass: u64, passes: u64) -> Vec<Seen> {
        let mut seen = Vec::new();
        for (path, closed) in shape.paths() {
            let count = path.vertices.len();
            let key = |index: usize| path.vertices.get(index % count).map_or(0, |v| packed(*v));
            for index in 0..count {
                let vertex = key(index);
                if passes > 1 && mixed(vertex) % passes != pass {
                    continue;
                }
                if !closed && (index == 0 || index + 1 == count) {
                    seen.push((vertex, END));
                    continue;
                }
                let (a, b) = (key(index + count - 1), key(index + 1));
                // The same whichever comes first; equal for different pairs once in 2^64, which keeps a vertex less.
                seen.push((vertex, mixed(a.min(b)) ^ mixed(a.max(b)).rotate_left(1)));
            }
        }
        seen
    }

    /// Takes all vertices of one pass.
    pub(super) fn learn(&mut self, mut seen: Vec<Seen>) {
        seen.par_sort_unstable();
        self.junctions.extend(seen.chunk_by(|a, b| a.0 == b.0).filter_map(|group| {
            let first = group.first()?;
            (first.1 == END || group.iter().any(|entry| entry.1 != first.1)).then_some(first.0)
        }));
    }

    /// To be called when all passes are done.
    pub(super) fn seal(&mut self) {
        self.junctions.par_sort_unstable();
        self.junctions.shrink_to_fit();
        let words = (self.junctions.len() / 8).next_power_of_two().max(1);
        self.maybe = vec![0; words];
        for junction in &self.junctions {
            let hash = mixed(*junction);
            if let Some(word) = self.maybe.get_mut((hash >> 6) as usize & (words - 1)) {
                *word |= 1 << (hash & 63);
            }
        }
    }

    fn is_junction(&self, vertex: World) -> bool {
        let vertex = packed(vertex);
        let hash = mixed(vertex);
        let word = self.maybe.get((hash >> 6) as usize & self.maybe.len().wrapping_sub(1));
        word.is_some_and(|word| word >> (hash & 63) & 1 == 1) && self.junctions.binary_search(&vertex).is_ok()
    }

    /// Fills `from_zoom` of every path.
    pub(super) fn simplify(&self, shape: &mut Shape) {
        for (path, closed) in shape.paths_mut() {
            self.path(path, closed);
        }
    }
}

/// A hash that spreads neighbouring positions (the finalizer of MurmurHash3).
fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

fn packed(vertex: World) -> u64 {
    u64::from(vertex[0]) << 32 | u64::from(vertex[1])
}

impl Simplifier {
    fn path(&self, path: &mut Path, closed: bool) {
        let vertices = &path.vertices;
        let count = vertices.len();
        let mut anchors: Vec<usize> =
            (0..count).filter(|index| vertices.get(*index).is_some_and(|v| self.is_junction(*v))).collect();
        if closed && anchors.len() < 2 {
            // A ring on its own: cut at its least vertex (or its one junction) and at the vertex farthest from there.
            let first = anchors.first().copied().or_else(|| (0..count).min_by_key(|index| vertices.get(*index)));
            let Some((first, from)) = first.and_then(|index| Some((index, *vertices.get(index)?))) else { return };
            let farthest = (0..count)
                .max_by_key(|index| vertices.get(*index).map(|v| (square_distance(from, *v), std::cmp::Reverse(*v))));
            anchors = vec![first];
            anchors.extend(farthest.filter(|farthest| *farthest != first));
            anchors.sort_unstable();
        }
        let mut levels = vec![0_u8; count];
        let mut arcs: Vec<(usize, usize)> =
            anchors.windows(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect();
        if closed && let (Some(first), Some(last)) = (anchors.first(), anchors.last()) {
            arcs.push((*last, first + count));
        }
        let mut arc = Vec::new();
        for (begin, end) in arcs {
            arc.clear();
            arc.extend((begin..=end).filter_map(|index| Some((index % count, *vertices.get(index % count)?))));
            let runs_backwards = arc.iter().map(|(_, v)| v).gt(arc.iter().rev().map(|(_, v)| v));
            if runs_backwards {
                arc.reverse();
            }
            arc_levels(&arc, &mut levels);
        }
        path.from_zoom = levels;
    }
}

fn square_distance(a: World, b: World) -> u128 {
    let d = |a: u32, b: u32| u128::from(a.abs_diff(b)).pow(2);
    d(a[0], b[0]) + d(a[1], b[1])
}

/// Douglas–Peucker over all tolerances at once: the vertex farthest from the chord is kept from the zoom on at which
/// that distance is seen, but never before the chord it splits is split.
fn arc_levels(arc: &[(usize, World)], levels: &mut [u8]) {
    let mut stack = vec![(0, arc.len().saturating_sub(1), f64::INFINITY)];
    while let Some((begin, end, above)) = stack.pop() {
        let (Some(&(_, a)), Some(&(_, b))) = (arc.get(begin), arc.get(end)) else { continue };
        let inner = arc.get(begin + 1..end).unwrap_or_default();
        let mut farthest: Option<(usize, f64)> = None;
        for (offset, (_, vertex)) in inner.iter().enumerate() {
            let distance = distance(*vertex, a, b);
            if farthest.is_none_or(|(_, most)| distance > most) {
                farthest = Some((begin + 1 + offset, distance));
            }
        }
        let Some((split, distance)) = farthest else { continue };
        let distance = distance.min(above);
        if let Some(level) = arc.get(split).and_then(|(index, _)| levels.get_mut(*index)) {
            *level = level_of(distance);
        }
        stack.push((begin, split, distance));
        stack.push((split, end, distance));
    }
}

/// The least zoom at which `distance` world units are more than the tolerance.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0…255 before")]
fn level_of(distance: f64) -> u8 {
    if distance <= 0.0 {
        return u8::MAX;
    }
    (f64::from(32 - EXTENT_BITS) - (distance / TOLERANCE).log2()).ceil().clamp(0.0, 255.0) as u8
}

/// Distance from `p` to the piece of line from `a` to `b`.
fn distance(p: World, a: World, b: World) -> f64 {
    let from = |v: World| (f64::from(v[0]) - f64::from(a[0]), f64::from(v[1]) - f64::from(a[1]));
    let ((px, py), (bx, by)) = (from(p), from(b));
    let square = bx * bx + by * by;
    let along = if square > 0.0 { ((px * bx + py * by) / square).clamp(0.0, 1.0) } else { 0.0 };
    (px - along * bx).hypot(py - along * by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simplify(shapes: &mut [Shape], passes: u64) {
        let mut simplifier = Simplifier::default();
        for pass in 0..passes {
            simplifier.learn(shapes.iter().flat_map(|shape| Simplifier::vertices(shape, pass, passes)).collect());
        }
        simplifier.seal();
        for shape in shapes.iter_mut() {
            simplifier.simplify(shape);
        }
    }

    fn ring(vertices: &[World]) -> Shape {
        Shape::Polygons(vec![vec![Path { vertices: vertices.to_vec(), from_zoom: vec![0; vertices.len()] }]])
    }

    fn kept(shape: &Shape, zoom: u8) -> Vec<World> {
        shape
            .paths()
            .flat_map(|(path, _)| path.vertices.iter().zip(&path.from_zoom))
            .filter(|(_, from)| **from <= zoom)
            .map(|(vertex, _)| *vertex)
            .collect()
    }

    #[test]
    fn neighbours_keep_the_same_vertices_of_their_shared_border() {
        // A border that wiggles around x = 10^6 between two squares that run in opposite ways and begin elsewhere.
        let base = 1 << 30;
        let border: Vec<World> =
            (0..=400_u32).map(|i| [base + 1_000_000 + (i * 7919) % 3001, base + i * 2500]).collect();
        let mut west = border.clone();
        west.push([base, base + 1_000_000]);
        west.push([base, base]);
        let mut east: Vec<World> = border.iter().rev().copied().collect();
        east.push([base + 2_000_000, base]);
        east.push([base + 2_000_000, base + 1_000_000]);
        east.rotate_left(137);
        let mut shapes = vec![ring(&west), ring(&east)];
        for passes in [1, 7] {
            shapes = vec![ring(&west), ring(&east)];
            simplify(&mut shapes, passes);
        }
        let mut counts = Vec::new();
        for zoom in 6..16 {
            let on_border = |shape: &Shape| {
                let mut found: Vec<World> = kept(shape, zoom).into_iter().filter(|v| border.contains(v)).collect();
                found.sort_unstable();
                found
            };
            let found = on_border(&shapes[0]);
            assert_eq!(found, on_border(&shapes[1]), "zoom {zoom}");
            assert!(found.contains(&border[0]) && found.contains(&border[400]), "the junctions stay");
            counts.push(found.len());
        }
        assert!(counts.is_sorted() && counts[0] < 10 && counts[9] > 100, "{counts:?}");
    }

    #[test]
    fn ends_of_lines_stay_and_straight_vertices_go() {
        let mut shapes = vec![Shape::Lines(vec![Path {
            vertices: (0..9).map(|i| [i * 1000, i * 1000]).collect(),
            from_zoom: vec![0; 9],
        }])];
        simplify(&mut shapes, 1);
        assert_eq!(kept(&shapes[0], 18), [[0, 0], [8000, 8000]]);
    }
}
