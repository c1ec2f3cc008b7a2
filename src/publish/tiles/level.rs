//! A feature as it is drawn at one zoom: simplified, snapped to the grid, never less than a pixel.

use super::clip::{Kind, Part};
use super::index::{Entry, Index};
use super::project::{EXTENT_BITS, Grid, snap};

/// Below 64 square units (a pixel) a polygon is drawn as a dot of that size. Dots of a pixel pack better than shapes that
/// nobody sees, so that more features stay in fewer bytes.
const LEAST_AREA: f64 = 64.0;
/// Below 4 units (half a pixel) a line is drawn as a dash of a pixel.
const LEAST_LENGTH: f64 = 4.0;
/// Side of a dot: a pixel of a 512-pixel tile.
const DOT: i32 = 8;
/// Side of the cell of which one point is shown where points are crowded: four pixels of a 512-pixel tile. The sign of a
/// point is larger than that, so what stays out would lie under another's sign for the greater part.
const CROWD: i32 = 32;
/// The largest cell of which one shape is shown.
pub(super) const LARGEST_CELL: i32 = CROWD;

/// How much of a table a zoom shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Detail {
    /// No feature stays out, whatever the tiles weigh.
    pub(super) every_feature: bool,
    /// No vertex stays out: the greatest zoom.
    pub(super) every_vertex: bool,
}

/// World units of one grid unit.
pub(super) fn unit(zoom: u8) -> f64 {
    f64::from(1_u32 << (32 - EXTENT_BITS - zoom))
}

/// The cell in which a shape lies that is too small to be seen, or a point where points are crowded; `None` of any other.
/// Of the shapes in one cell one is drawn: the others would lie under it.
pub(super) fn cell(entry: &Entry, zoom: u8, crowded: bool) -> Option<Grid> {
    let unit = unit(zoom);
    let side = match entry.kind {
        Kind::Point => crowded.then_some(CROWD),
        Kind::Line => (entry.size < LEAST_LENGTH * unit).then_some(DOT),
        Kind::Polygon => (entry.size < LEAST_AREA * unit * unit).then_some(DOT),
    }?;
    Some(snap(entry.anchor, zoom).map(|v| v - v.rem_euclid(side)))
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

/// The shape on the grid of `zoom`: with all its vertices at the greatest one, otherwise with those that are seen there.
pub(super) fn at_zoom(index: &Index, entry: &Entry, zoom: u8, detail: Detail) -> Vec<Part> {
    if !detail.every_vertex
        && let Some(cell) = cell(entry, zoom, false)
    {
        return dot(entry.kind, cell, DOT);
    }
    let parts = index.on_grid(entry, zoom, detail.every_vertex);
    if parts.is_empty() { stand_in(entry, zoom) } else { parts }
}

/// What is drawn for a shape of which snapping left nothing: one unit at its first vertex.
pub(super) fn stand_in(entry: &Entry, zoom: u8) -> Vec<Part> {
    dot(entry.kind, snap(entry.anchor, zoom), 1)
}
