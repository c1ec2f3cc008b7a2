//! A feature as it is drawn at one zoom: simplified, snapped to the grid, never less than half a pixel.

use super::clip::{Kind, Part, doubled_area};
use super::project::{EXTENT_BITS, Grid, Path, Shape, World, snap};

/// Below 4 square units (a sixteenth of a pixel) a polygon is drawn as a dot of half a pixel.
const LEAST_AREA: f64 = 4.0;
/// Below 2 units (a quarter of a pixel) a line is drawn as a dash of half a pixel.
const LEAST_LENGTH: f64 = 2.0;
/// Side of a dot: half a pixel of a 512-pixel tile.
const DOT: i32 = 4;

/// The cell of half a pixel in which a shape too small to be seen lies; `None` where it is large enough. Of the shapes
/// in one cell one is drawn: the others would lie under it.
pub(super) fn cell(shape: &Shape, size: f64, zoom: u8) -> Option<(Kind, Grid)> {
    let unit = f64::from(1_u32 << (32 - EXTENT_BITS - zoom));
    let (kind, small) = match shape {
        Shape::Points(_) => return None,
        Shape::Lines(_) => (Kind::Line, size < LEAST_LENGTH * unit),
        Shape::Polygons(_) => (Kind::Polygon, size < LEAST_AREA * unit * unit),
    };
    let first = first_vertex(shape).filter(|_| small)?;
    Some((kind, snap(first, zoom).map(|v| v - v.rem_euclid(DOT))))
}

fn first_vertex(shape: &Shape) -> Option<World> {
    match shape {
        Shape::Points(points) => points.first().copied(),
        Shape::Lines(_) | Shape::Polygons(_) => shape.paths().next()?.0.vertices.first().copied(),
    }
}

/// A dot or dash that stands for a shape too small to be drawn.
fn dot(kind: Kind, at: Grid, side: i32) -> Vec<Part> {
    let [x, y] = at;
    vec![vec![match kind {
        Kind::Point => vec![at],
        Kind::Line => vec![at, [x + side, y]],
        Kind::Polygon => vec![at, [x + side, y], [x + side, y + side], [x, y + side]],
    }]]
}

/// The shape at `zoom`: with all its vertices where `full`, otherwise with those that are seen there.
pub(super) fn at_zoom(shape: &Shape, size: f64, zoom: u8, full: bool) -> (Kind, Vec<Part>) {
    if !full && let Some((kind, cell)) = cell(shape, size, zoom) {
        return (kind, dot(kind, cell, DOT));
    }
    let (kind, parts): (Kind, Vec<Part>) = match shape {
        Shape::Points(points) => {
            let mut points: Vec<Grid> = points.iter().map(|point| snap(*point, zoom)).collect();
            points.sort_unstable();
            points.dedup();
            (Kind::Point, points.into_iter().map(|point| vec![vec![point]]).collect())
        }
        Shape::Lines(lines) => {
            let lines = lines.iter().map(|path| snapped(path, zoom, full, false)).filter(|line| line.len() > 1);
            (Kind::Line, lines.map(|line| vec![line]).collect())
        }
        Shape::Polygons(polygons) => {
            (Kind::Polygon, polygons.iter().filter_map(|rings| polygon(rings, zoom, full)).collect())
        }
    };
    if parts.is_empty() { (kind, stand_in(shape, kind, zoom)) } else { (kind, parts) }
}

/// What is drawn for a shape of which snapping left nothing: one unit at its first vertex.
pub(super) fn stand_in(shape: &Shape, kind: Kind, zoom: u8) -> Vec<Part> {
    first_vertex(shape).map_or_else(Vec::new, |first| dot(kind, snap(first, zoom), 1))
}

fn polygon(rings: &[Path], zoom: u8, full: bool) -> Option<Part> {
    let mut rings = rings.iter();
    let outer = rings.next()?;
    let simple = snapped(outer, zoom, full, true);
    // A long thin area may lie within the tolerance of its own chord; then it keeps all its vertices.
    let outer = if has_area(&simple) { simple } else { snapped(outer, zoom, true, true) };
    if !has_area(&outer) {
        return None;
    }
    let holes = rings.map(|ring| snapped(ring, zoom, full, true)).filter(|ring| has_area(ring));
    Some(std::iter::once(outer).chain(holes).collect())
}

fn has_area(ring: &[Grid]) -> bool {
    ring.len() > 2 && doubled_area_from_first(ring) != 0
}

/// Twice the area; taken from the first vertex so that products of positions far from the origin cannot overflow.
fn doubled_area_from_first(ring: &[Grid]) -> i64 {
    let Some(&[x, y]) = ring.first() else { return 0 };
    let local: Vec<Grid> = ring.iter().map(|v| [v[0] - x, v[1] - y]).collect();
    doubled_area(&local)
}

fn snapped(path: &Path, zoom: u8, full: bool, closed: bool) -> Vec<Grid> {
    let mut line: Vec<Grid> = path
        .vertices
        .iter()
        .zip(&path.from_zoom)
        .filter(|(_, from)| full || **from <= zoom)
        .map(|(vertex, _)| snap(*vertex, zoom))
        .collect();
    line.dedup();
    if closed && line.len() > 1 && line.first() == line.last() {
        line.pop();
    }
    line
}
