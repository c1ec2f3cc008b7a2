//! A shape as bytes: its parts, rings and vertices as differences in varints, with the zoom each vertex is drawn from.
//!
//! Points: their count, then their positions. Lines and polygons: count of parts; of a polygon its count of rings; of a
//! line or ring its count of vertices, one byte each for the zoom, then the positions. Positions are differences
//! (zigzag) from the position before, the first from the lesser corner of the shape's box.

use super::super::clip::{Kind, Part};
use super::super::project::{Grid, Path, Shape, World, snap};
use crate::publish::archive::varint;

pub(in crate::publish::tiles) fn kind_of(shape: &Shape) -> Kind {
    match shape {
        Shape::Points(_) => Kind::Point,
        Shape::Lines(_) => Kind::Line,
        Shape::Polygons(_) => Kind::Polygon,
    }
}

/// The bytes of a shape whose box has its lesser corner at `corner`.
pub(super) fn encode(shape: &Shape, corner: World, bytes: &mut Vec<u8>) {
    let mut at = corner;
    match shape {
        Shape::Points(points) => {
            varint(bytes, points.len() as u64);
            for point in points {
                step(bytes, &mut at, *point);
            }
        }
        Shape::Lines(lines) => {
            varint(bytes, lines.len() as u64);
            for path in lines {
                encode_path(bytes, &mut at, path);
            }
        }
        Shape::Polygons(polygons) => {
            varint(bytes, polygons.len() as u64);
            for rings in polygons {
                varint(bytes, rings.len() as u64);
                for path in rings {
                    encode_path(bytes, &mut at, path);
                }
            }
        }
    }
}

fn encode_path(bytes: &mut Vec<u8>, at: &mut World, path: &Path) {
    varint(bytes, path.vertices.len() as u64);
    bytes.extend_from_slice(&path.from_zoom);
    path.vertices.iter().for_each(|vertex| step(bytes, at, *vertex));
}

fn step(bytes: &mut Vec<u8>, at: &mut World, to: World) {
    for axis in 0..2 {
        let value = i64::from(to[axis]) - i64::from(at[axis]);
        varint(bytes, ((value << 1) ^ (value >> 63)).cast_unsigned());
    }
    *at = to;
}

/// Reads a shape's bytes; everything is `None` where they break off or say what cannot be.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: World,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], corner: World) -> Self {
        Self { bytes, at: corner }
    }

    #[inline]
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for (index, byte) in self.bytes.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.bytes = self.bytes.get(index + 1..)?;
                return Some(value);
            }
        }
        None
    }

    /// A count of things that take at least one byte each.
    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok().filter(|count| *count <= self.bytes.len())
    }

    #[inline]
    fn vertex(&mut self) -> Option<World> {
        for axis in 0..2 {
            let value = self.varint()?;
            let step = (value >> 1).cast_signed() ^ -(value & 1).cast_signed();
            self.at[axis] = u32::try_from(i64::from(self.at[axis]).checked_add(step)?).ok()?;
        }
        Some(self.at)
    }

    /// The zooms and the number of the vertices of the path that follows.
    fn path(&mut self) -> Option<(&'a [u8], usize)> {
        let count = self.count()?;
        let (zooms, rest) = self.bytes.split_at_checked(count)?;
        self.bytes = rest;
        Some((zooms, count))
    }

    fn whole_path(&mut self) -> Option<Path> {
        let (zooms, count) = self.path()?;
        let vertices = (0..count).map(|_| self.vertex()).collect::<Option<_>>()?;
        Some(Path { vertices, from_zoom: zooms.to_vec() })
    }

    /// The shape as it was encoded.
    pub(super) fn shape(mut self, kind: Kind) -> Option<Shape> {
        let count = self.count()?;
        Some(match kind {
            Kind::Point => Shape::Points((0..count).map(|_| self.vertex()).collect::<Option<_>>()?),
            Kind::Line => Shape::Lines((0..count).map(|_| self.whole_path()).collect::<Option<_>>()?),
            Kind::Polygon => {
                let polygon = |reader: &mut Self| {
                    let rings = reader.count()?;
                    (0..rings).map(|_| reader.whole_path()).collect::<Option<Vec<Path>>>()
                };
                Shape::Polygons((0..count).map(|_| polygon(&mut self)).collect::<Option<_>>()?)
            }
        })
    }

    /// The shape on the grid of `zoom`: vertices drawn there (all where `full`), neighbours that fall together joined,
    /// rings without area left out with what lies in them.
    pub(super) fn on_grid(mut self, kind: Kind, zoom: u8, full: bool) -> Option<Vec<Part>> {
        let count = self.count()?;
        let mut parts = Vec::with_capacity(count);
        match kind {
            Kind::Point => {
                let mut points: Vec<Grid> = Vec::with_capacity(count);
                for _ in 0..count {
                    points.push(snap(self.vertex()?, zoom));
                }
                points.sort_unstable();
                points.dedup();
                parts.extend(points.into_iter().map(|point| vec![vec![point]]));
            }
            Kind::Line => {
                for _ in 0..count {
                    let line = self.snapped(zoom, full, false)?;
                    if line.len() > 1 {
                        parts.push(vec![line]);
                    }
                }
            }
            Kind::Polygon => {
                for _ in 0..count {
                    let rings = self.count()?;
                    let mut part: Part = Vec::with_capacity(rings);
                    for index in 0..rings {
                        let begin = self;
                        let mut ring = self.snapped(zoom, full, true)?;
                        // A long thin area may lie within the tolerance of its own chord; then it keeps all vertices.
                        if index == 0 && !full && !has_area(&ring) {
                            let mut again = begin;
                            ring = again.snapped(zoom, true, true)?;
                        }
                        if has_area(&ring) && (index == 0 || !part.is_empty()) {
                            part.push(ring);
                        }
                    }
                    if !part.is_empty() {
                        parts.push(part);
                    }
                }
            }
        }
        Some(parts)
    }

    fn snapped(&mut self, zoom: u8, full: bool, closed: bool) -> Option<Vec<Grid>> {
        let (zooms, count) = self.path()?;
        let mut line: Vec<Grid> = Vec::with_capacity(count);
        for from in zooms {
            let vertex = self.vertex()?;
            if full || *from <= zoom {
                let at = snap(vertex, zoom);
                if line.last() != Some(&at) {
                    line.push(at);
                }
            }
        }
        if closed && line.len() > 1 && line.first() == line.last() {
            line.pop();
        }
        Some(line)
    }
}

fn has_area(ring: &[Grid]) -> bool {
    let Some(&[x, y]) = ring.first().filter(|_| ring.len() > 2) else { return false };
    // From the first vertex on, so that products of positions far from the origin cannot overflow.
    let doubled: i64 = ring
        .windows(2)
        .map(|pair| match pair {
            [a, b] => {
                let (ax, ay) = (i64::from(a[0] - x), i64::from(a[1] - y));
                let (bx, by) = (i64::from(b[0] - x), i64::from(b[1] - y));
                ax * by - bx * ay
            }
            _ => 0,
        })
        .sum();
    doubled != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(vertices: &[World]) -> Path {
        Path {
            vertices: vertices.to_vec(),
            from_zoom: (0..vertices.len()).map(|i| u8::try_from(i).unwrap_or(255)).collect(),
        }
    }

    #[test]
    fn every_shape_is_read_back_as_it_was() {
        let corner = [7, 9];
        for shape in [
            Shape::Points(vec![[7, 9], [u32::MAX, u32::MAX], [8, 1000]]),
            Shape::Lines(vec![path(&[[7, 9], [70, 90]]), path(&[[8, 10], [1 << 31, 11], [7, 9]])]),
            Shape::Polygons(vec![
                vec![path(&[[7, 9], [1000, 9], [1000, 1000]]), path(&[[20, 15], [30, 15], [30, 20]])],
                vec![path(&[[2000, 9], [3000, 9], [3000, 1000], [2000, 1000]])],
            ]),
        ] {
            let mut bytes = Vec::new();
            encode(&shape, corner, &mut bytes);
            let kind = kind_of(&shape);
            assert_eq!(Reader::new(&bytes, corner).shape(kind), Some(shape));
            for end in 0..bytes.len() {
                // Broken off anywhere: nothing, and no panic.
                assert_eq!(Reader::new(&bytes[..end], corner).shape(kind), None, "{end}");
                let _ = Reader::new(&bytes[..end], corner).on_grid(kind, 14, false);
            }
        }
    }

    #[test]
    fn a_ring_without_area_leaves_with_its_holes() {
        let thin = Shape::Polygons(vec![vec![
            path(&[[0, 0], [1 << 20, 0], [1 << 21, 0]]),
            path(&[[1 << 10, 0], [1 << 20, 1 << 20], [1 << 21, 0]]),
        ]]);
        let mut bytes = Vec::new();
        encode(&thin, [0, 0], &mut bytes);
        assert_eq!(Reader::new(&bytes, [0, 0]).on_grid(Kind::Polygon, 14, true), Some(Vec::new()));
    }
}
