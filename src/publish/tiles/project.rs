//! Degrees to the integer world: web mercator, 2^32 units a side (9.3 mm at the equator), y downwards.
//!
//! Each geometry is projected once; the grid of a zoom is the world shifted, so equal positions stay equal on every
//! grid and in every tile.

use geo_types::{Coord, Geometry, LineString, Polygon};

/// A position in world units.
pub(super) type World = [u32; 2];
/// A position on the grid of one zoom: `2^(z+12)` units a side.
pub(super) type Grid = [i32; 2];

/// Units of a tile's side: 2^12.
pub(super) const EXTENT_BITS: u8 = 12;
/// The deepest zoom built: its grid has 2^30 units a side, which an `i32` holds with a buffer around it.
pub(super) const DEEPEST: u8 = 18;

/// Beyond this latitude web mercator is no square.
const LAT_LIMIT_DEG: f64 = 85.051_128_779_806_59;

/// A line or ring: its vertices (a ring without its first repeated at the end), and from which zoom each is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) vertices: Vec<World>,
    /// Least zoom at which the vertex is kept; filled by `simplify`.
    pub(super) from_zoom: Vec<u8>,
}

/// What a feature is drawn as. A record whose geometry mixes kinds becomes one shape of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Points(Vec<World>),
    Lines(Vec<Path>),
    /// Polygons as rings, the outer one first.
    Polygons(Vec<Vec<Path>>),
}

pub(super) fn world(at: Coord<f64>) -> World {
    let lat = at.y.clamp(-LAT_LIMIT_DEG, LAT_LIMIT_DEG).to_radians();
    let x = (at.x + 180.0) / 360.0;
    let y = 0.5 - lat.tan().asinh() / std::f64::consts::TAU;
    [unit(x), unit(y)]
}

/// 0…1 to 0…2^32−1; positions outside the world are drawn at its edge.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0…2^32−1 before")]
fn unit(share: f64) -> u32 {
    (share * 4_294_967_296.0).round().clamp(0.0, 4_294_967_295.0) as u32
}

/// The nearest grid position at `zoom` (0…18).
#[expect(clippy::cast_possible_truncation, reason = "2^32 shifted by 2 or more fits in an i32")]
pub(super) fn snap(at: World, zoom: u8) -> Grid {
    let shift = 32 - EXTENT_BITS - zoom.min(DEEPEST);
    let half = 1_u64 << (shift - 1);
    at.map(|value| ((u64::from(value) + half) >> shift) as i32)
}

/// The shapes of a geometry: at most one of each kind. Empty parts are left out.
pub(super) fn shapes(geometry: &Geometry<f64>) -> Vec<Shape> {
    let mut parts = Parts::default();
    parts.add(geometry);
    let mut shapes = Vec::new();
    if !parts.polygons.is_empty() {
        shapes.push(Shape::Polygons(parts.polygons));
    }
    if !parts.lines.is_empty() {
        shapes.push(Shape::Lines(parts.lines));
    }
    if !parts.points.is_empty() {
        shapes.push(Shape::Points(parts.points));
    }
    shapes
}

#[derive(Default)]
struct Parts {
    points: Vec<World>,
    lines: Vec<Path>,
    polygons: Vec<Vec<Path>>,
}

impl Parts {
    fn add(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(point) => self.points.push(world(point.0)),
            Geometry::MultiPoint(points) => self.points.extend(points.0.iter().map(|point| world(point.0))),
            Geometry::Line(line) => self.line(&LineString::from(vec![line.start, line.end])),
            Geometry::LineString(line) => self.line(line),
            Geometry::MultiLineString(lines) => lines.0.iter().for_each(|line| self.line(line)),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPolygon(polygons) => polygons.0.iter().for_each(|polygon| self.polygon(polygon)),
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::GeometryCollection(parts) => parts.0.iter().for_each(|part| self.add(part)),
        }
    }

    fn line(&mut self, line: &LineString<f64>) {
        let path = path(line, false);
        if !path.vertices.is_empty() {
            self.lines.push(path);
        }
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) {
        let outer = path(polygon.exterior(), true);
        if outer.vertices.is_empty() {
            return;
        }
        let holes = polygon.interiors().iter().map(|ring| path(ring, true)).filter(|hole| hole.vertices.len() > 2);
        self.polygons.push(std::iter::once(outer).chain(holes).collect());
    }
}

fn path(line: &LineString<f64>, closed: bool) -> Path {
    let mut vertices: Vec<World> = line.0.iter().map(|c| world(*c)).collect();
    vertices.dedup();
    if closed && vertices.len() > 1 && vertices.first() == vertices.last() {
        vertices.pop();
    }
    let from_zoom = vec![0; vertices.len()];
    Path { vertices, from_zoom }
}

impl Shape {
    /// All lines and rings, with whether they are closed.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&Path, bool)> {
        let (lines, polygons): (&[Path], &[Vec<Path>]) = match self {
            Self::Points(_) => (&[], &[]),
            Self::Lines(lines) => (lines, &[]),
            Self::Polygons(polygons) => (&[], polygons),
        };
        lines.iter().map(|path| (path, false)).chain(polygons.iter().flatten().map(|path| (path, true)))
    }

    /// The same, to be changed.
    pub(super) fn paths_mut(&mut self) -> impl Iterator<Item = (&mut Path, bool)> {
        let (lines, polygons): (&mut [Path], &mut [Vec<Path>]) = match self {
            Self::Points(_) => (&mut [], &mut []),
            Self::Lines(lines) => (lines, &mut []),
            Self::Polygons(polygons) => (&mut [], polygons),
        };
        lines.iter_mut().map(|path| (path, false)).chain(polygons.iter_mut().flatten().map(|path| (path, true)))
    }

    /// Area of polygons (world units squared), length of lines (world units), 0 of points: what is drawn larger
    /// matters more.
    pub(super) fn size(&self) -> f64 {
        match self {
            Self::Points(_) => 0.0,
            Self::Lines(lines) => lines.iter().map(length).sum(),
            Self::Polygons(polygons) => polygons
                .iter()
                .map(|rings| {
                    let mut areas = rings.iter().map(area);
                    let outer = areas.next().unwrap_or(0.0);
                    (outer - areas.sum::<f64>()).max(0.0)
                })
                .sum(),
        }
    }
}

/// Length of a line, world units.
pub(super) fn length(path: &Path) -> f64 {
    path.vertices
        .windows(2)
        .map(|pair| match pair {
            [a, b] => (f64::from(a[0]) - f64::from(b[0])).hypot(f64::from(a[1]) - f64::from(b[1])),
            _ => 0.0,
        })
        .sum()
}

/// Area of a ring, positive.
pub(super) fn area(ring: &Path) -> f64 {
    let Some(&origin) = ring.vertices.first() else { return 0.0 };
    let from = |v: &World| (f64::from(v[0]) - f64::from(origin[0]), f64::from(v[1]) - f64::from(origin[1]));
    let doubled: f64 = ring
        .vertices
        .windows(2)
        .map(|pair| match pair {
            [a, b] => {
                let ((ax, ay), (bx, by)) = (from(a), from(b));
                ax * by - bx * ay
            }
            _ => 0.0,
        })
        .sum();
    doubled.abs() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_project_to_the_tiles_of_the_web_map() {
        // 焼津市役所 lies in tile 14/14485/6499 (the usual formula, worked by hand in floating point).
        let at = Coord { x: 138.3235, y: 34.8669 };
        let n = f64::from(1 << 14);
        let x = (at.x + 180.0) / 360.0 * n;
        let y = (1.0 - (at.y.to_radians().tan() + 1.0 / at.y.to_radians().cos()).ln() / std::f64::consts::PI) / 2.0 * n;
        let grid = snap(world(at), 14);
        assert!((f64::from(grid[0]) / 4096.0 - x).abs() < 1.0 / 4096.0);
        assert!((f64::from(grid[1]) / 4096.0 - y).abs() < 1.0 / 4096.0);
        assert_eq!(world(Coord { x: -180.0, y: 90.0 }), [0, 0]);
        assert_eq!(world(Coord { x: 999.0, y: -90.0 }), [u32::MAX, u32::MAX]);
    }
}
