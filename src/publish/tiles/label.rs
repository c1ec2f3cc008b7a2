//! Where the label of a polygon stands: the point inside it that lies farthest from its edge, found once.
//!
//! The search is that of a quadtree over the box of the polygon: a square is looked into only while it may hold a point
//! that lies farther from the edge than the best one so far (M. Garcia-Castellanos and U. Lombardo, "Poles of
//! inaccessibility", 2007, made exact to a tolerance).

use std::collections::BinaryHeap;

use super::project::{Path, World, area};

/// The search ends when no point can lie farther from the edge by more than this part of the box's lesser side.
const PRECISION: f64 = 0.02;
/// Squares looked at, at most: a star with thousands of arms has thousands of equally good places.
const MOST_SQUARES: usize = 2_000;

/// The label point of a polygon's greatest part; `None` where it has no area.
pub(super) fn label_point(polygons: &[Vec<Path>]) -> Option<World> {
    let outer_area = |rings: &Vec<Path>| rings.first().map_or(0.0, area);
    let rings = polygons.iter().max_by(|a, b| outer_area(a).total_cmp(&outer_area(b)))?;
    let outer = rings.first().filter(|ring| ring.vertices.len() > 2)?;
    let origin = *outer.vertices.first()?;
    let edges: Vec<[[f64; 2]; 2]> = rings.iter().flat_map(|ring| edges(ring, origin)).collect();
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for at in edges.iter().flatten() {
        for axis in 0..2 {
            low[axis] = low[axis].min(at[axis]);
            high[axis] = high[axis].max(at[axis]);
        }
    }
    let side = (high[0] - low[0]).min(high[1] - low[1]);
    if side <= 0.0 {
        return None;
    }
    let mut squares = BinaryHeap::new();
    let half = side / 2.0;
    let middle = [f64::midpoint(low[0], high[0]), f64::midpoint(low[1], high[1])];
    let mut best = Square::new(middle, 0.0, &edges);
    let steps = |axis: usize| ((high[axis] - low[axis]) / side).ceil().min(64.0);
    let (columns, rows) = (steps(0), steps(1));
    let mut column = 0.0;
    while column < columns {
        let mut row = 0.0;
        while row < rows {
            let at = |axis: usize, step: f64, steps: f64| low[axis] + (step + 0.5) * (high[axis] - low[axis]) / steps;
            let wide = half.max((high[0] - low[0]) / columns / 2.0).max((high[1] - low[1]) / rows / 2.0);
            squares.push(Square::new([at(0, column, columns), at(1, row, rows)], wide, &edges));
            row += 1.0;
        }
        column += 1.0;
    }
    let mut looked = squares.len();
    while let Some(square) = squares.pop() {
        if square.distance > best.distance {
            best = square;
        }
        if square.most - best.distance <= side * PRECISION || looked >= MOST_SQUARES {
            break;
        }
        let quarter = square.half / 2.0;
        for (dx, dy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
            let at = [square.at[0] + dx * quarter, square.at[1] + dy * quarter];
            squares.push(Square::new(at, quarter, &edges));
        }
        looked += 4;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "inside the box of u32 positions")]
    let world = |axis: usize| (best.at[axis].round() + f64::from(origin[axis])).clamp(0.0, f64::from(u32::MAX)) as u32;
    (best.distance > 0.0).then(|| [world(0), world(1)])
}

fn edges(ring: &Path, origin: World) -> impl Iterator<Item = [[f64; 2]; 2]> {
    let local = move |v: World| [f64::from(v[0]) - f64::from(origin[0]), f64::from(v[1]) - f64::from(origin[1])];
    let count = ring.vertices.len();
    (0..count).filter_map(move |index| {
        Some([local(*ring.vertices.get(index)?), local(*ring.vertices.get((index + 1) % count)?)])
    })
}

/// A square of the search.
#[derive(Debug, Clone, Copy)]
struct Square {
    at: [f64; 2],
    half: f64,
    /// Of its middle to the edge; negative outside.
    distance: f64,
    /// What no point of the square exceeds.
    most: f64,
}

impl Square {
    fn new(at: [f64; 2], half: f64, edges: &[[[f64; 2]; 2]]) -> Self {
        let mut inside = false;
        let mut least = f64::INFINITY;
        for &[a, b] in edges {
            if (a[1] > at[1]) != (b[1] > at[1]) && at[0] < (b[0] - a[0]) * (at[1] - a[1]) / (b[1] - a[1]) + a[0] {
                inside = !inside;
            }
            let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
            let square = dx * dx + dy * dy;
            let along =
                if square > 0.0 { (((at[0] - a[0]) * dx + (at[1] - a[1]) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
            let (x, y) = (a[0] + along * dx - at[0], a[1] + along * dy - at[1]);
            least = least.min(x * x + y * y);
        }
        let distance = if inside { least.sqrt() } else { -least.sqrt() };
        Self { at, half, distance, most: distance + half * std::f64::consts::SQRT_2 }
    }
}

impl PartialEq for Square {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Square {}

impl PartialOrd for Square {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Square {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.most.total_cmp(&other.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(vertices: &[World]) -> Path {
        Path { vertices: vertices.to_vec(), from_zoom: Vec::new() }
    }

    #[test]
    fn the_label_stands_inside_where_there_is_most_room() {
        // A U whose left arm is three times as wide as the rest: the middle of its box lies outside.
        let u = [[0, 0], [300, 0], [300, 900], [900, 900], [900, 0], [1000, 0], [1000, 1000], [0, 1000]];
        let [x, y] = label_point(&[vec![path(&u)]]).expect("a place");
        assert!((140..=180).contains(&x) && (100..900).contains(&y), "{x} {y}");
        // A square with a hole in its middle.
        let square = path(&[[0, 0], [1000, 0], [1000, 1000], [0, 1000]]);
        let hole = path(&[[300, 300], [300, 700], [700, 700], [700, 300]]);
        let [x, y] = label_point(&[vec![square, hole]]).expect("a place");
        let away = |v: u32| !(260..=740).contains(&v);
        assert!(away(x) && away(y), "in a corner, where most room is: {x} {y}");
        assert_eq!(label_point(&[vec![path(&[[0, 0], [10, 0], [20, 0]])]]), None);
    }
}
