//! The range of zooms, chosen from the data.

use rayon::prelude::*;

use super::project::{EXTENT_BITS, Shape, World, length};
use super::pyramid::Feature;

/// Where every layer can be seen as a whole at the latest: a town fills a good part of one tile of zoom 8 (about 120 km).
const MIN_AT_MOST: u8 = 8;
/// Points need no finer grid than 0.6 m (zoom 14 at 4096 units); browsers enlarge from there.
const POINTS: u8 = 14;
/// Lines and areas: the grid of 0.6 m at least, that of 0.15 m for fine ones (a larger table may get less, see `TILES`).
const DETAIL: std::ops::RangeInclusive<u8> = 14..=16;
/// Grid units that half of all edges should be longer than at the greatest zoom: at 12 a corner moves by 4 % of its edge.
const EDGE_UNITS: f64 = 12.0;

/// Most tiles of a zoom that lines and areas may be cut into: at 1 ms each some minutes on two cores. The areas of a
/// prefecture take some thousand at zoom 14; a rectangle around Japan would take two million and has no use for them.
const TILES: f64 = 200_000.0;

/// Least and greatest zoom for the shapes; the greatest may be raised when tiles come out too heavy.
pub(super) fn zooms(shapes: &[Shape], features: &[Feature]) -> (u8, u8) {
    let wanted = max_zoom(shapes);
    let max = (0..=wanted).rev().find(|zoom| is_affordable(shapes, features, *zoom)).unwrap_or(0);
    (min_zoom(shapes).min(max), max)
}

/// Whether cutting the shapes at `zoom` stays within the number of tiles a layer may take.
pub(super) fn is_affordable(shapes: &[Shape], features: &[Feature], zoom: u8) -> bool {
    let side = f64::from(1_u32 << (31 - zoom)) * 2.0;
    let tiles: f64 = shapes
        .par_iter()
        .zip(features)
        .map(|(shape, feature)| match shape {
            Shape::Points(_) => 0.0,
            Shape::Lines(_) => feature.size / side,
            // An area crosses a tile for each side's length of its edge, and fills one for each square.
            Shape::Polygons(_) => {
                feature.size / (side * side) + shape.paths().map(|(ring, _)| length(ring)).sum::<f64>() / side
            }
        })
        .sum();
    tiles <= TILES
}

/// The greatest zoom, 8 at most, at which the extent lies on no more than two tiles each way.
fn min_zoom(shapes: &[Shape]) -> u8 {
    let mut vertices = shapes.iter().flat_map(vertices);
    let Some(first) = vertices.next() else { return 0 };
    let (low, high) = vertices.fold((first, first), |(low, high), v| {
        ([low[0].min(v[0]), low[1].min(v[1])], [high[0].max(v[0]), high[1].max(v[1])])
    });
    (0..=MIN_AT_MOST)
        .rev()
        .find(|zoom| {
            let tile = |v: u32| u64::from(v) >> (32 - zoom);
            (0..2).all(|axis| tile(high[axis]) - tile(low[axis]) < 2)
        })
        .unwrap_or(0)
}

fn vertices(shape: &Shape) -> impl Iterator<Item = World> {
    let points: &[World] = if let Shape::Points(points) = shape { points } else { &[] };
    points.iter().copied().chain(shape.paths().flat_map(|(path, _)| path.vertices.iter().copied()))
}

fn max_zoom(shapes: &[Shape]) -> u8 {
    // Every n-th path, so that at most some 100,000 edges are looked at however large the table is.
    let paths: usize = shapes.iter().map(|shape| shape.paths().count()).sum();
    let mut edges: Vec<f64> = shapes
        .iter()
        .flat_map(Shape::paths)
        .step_by((paths / 10_000).max(1))
        .flat_map(|(path, _)| path.vertices.windows(2).take(1000))
        .map(|pair| match pair {
            [a, b] => (f64::from(a[0]) - f64::from(b[0])).hypot(f64::from(a[1]) - f64::from(b[1])),
            _ => 0.0,
        })
        .collect();
    if edges.is_empty() {
        return POINTS;
    }
    let middle = edges.len() / 2;
    let (_, median, _) = edges.select_nth_unstable_by(middle, f64::total_cmp);
    let wanted = f64::from(32 - EXTENT_BITS) - (median.max(1.0) / EDGE_UNITS).log2();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 14…16 before")]
    let zoom = wanted.ceil().clamp(f64::from(*DETAIL.start()), f64::from(*DETAIL.end())) as u8;
    let has_points = shapes.iter().any(|shape| matches!(shape, Shape::Points(_)));
    if has_points { zoom.max(POINTS) } else { zoom }
}
