//! The `.shp`: shapes with their coordinates (ESRI Shapefile Technical Description, July 1998).

use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPoint, Point};

use super::rings;
use crate::read::{ReadError, ReadLimits};

/// Length of the header of `.shp` and `.shx`.
const HEADER_BYTES: usize = 100;

/// What one record holds.
#[derive(Debug, PartialEq)]
pub(super) enum Shape {
    /// A geometry, and how many of its parts had neither length nor area and were left out.
    Geometry(Geometry<f64>, usize),
    /// No shape, or one without points.
    Empty,
    /// A coordinate that is no number.
    NotFinite(String),
    /// The record contradicts itself.
    Broken(&'static str),
}

/// The records of a `.shp`, found before any of them is read, so that a file cut off gives no rows at all.
pub(super) struct Shapes<'a> {
    records: Vec<&'a [u8]>,
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn big_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn f64_at(bytes: &[u8], at: usize) -> Option<f64> {
    Some(f64::from_le_bytes(bytes.get(at..at.checked_add(8)?)?.try_into().ok()?))
}

fn truncated(expected: u64, found: usize) -> ReadError {
    ReadError::Truncated {
        part: ".shp",
        expected_bytes: expected,
        found_bytes: u64::try_from(found).unwrap_or(u64::MAX),
    }
}

impl<'a> Shapes<'a> {
    /// Walks over the records by their lengths.
    pub(super) fn open(bytes: &'a [u8], limits: &ReadLimits) -> Result<Self, ReadError> {
        let (Some(words), Some(shape_type)) = (big_at(bytes, 24), i32_at(bytes, 32)) else {
            return Err(truncated(100, bytes.len()));
        };
        if bytes.len() < HEADER_BYTES {
            return Err(truncated(100, bytes.len()));
        }
        if !matches!(shape_type, 0 | 1 | 3 | 5 | 8 | 11 | 13 | 15 | 18 | 21 | 23 | 25 | 28) {
            return Err(ReadError::ShapeTypeUnsupported { shape_type });
        }
        let declared = u64::from(words) * 2;
        let end = usize::try_from(declared).unwrap_or(usize::MAX);
        if end > bytes.len() {
            return Err(truncated(declared, bytes.len()));
        }
        // A writer that stopped early leaves a header that announces too little; where the records go on to the end of
        // the file, they are the truth (and must then be as many as the rows of the .dbf).
        let records = match walk(bytes, limits) {
            Ok(records) => records,
            Err(_) if end >= HEADER_BYTES && end < bytes.len() => walk(&bytes[..end], limits)?,
            Err(error) => return Err(error),
        };
        Ok(Self { records })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the shape at this index is of a kind with heights or measures (Z, M), which are left out.
    pub(super) fn has_heights(&self, index: usize) -> bool {
        let kind = self.records.get(index).and_then(|content| i32_at(content, 0));
        matches!(kind, Some(11 | 13 | 15 | 18 | 21 | 23 | 25 | 28))
    }

    /// Reads the shape at this index, from 0. `vertices` counts down what the file may still have.
    pub(super) fn shape(&self, index: usize, limits: &ReadLimits, vertices: &mut u64) -> Result<Shape, ReadError> {
        let Some(content) = self.records.get(index) else { return Ok(Shape::Empty) };
        let count = match i32_at(content, 0) {
            Some(1 | 11 | 21) => Some(1),
            Some(3 | 5 | 13 | 15 | 23 | 25) => i32_at(content, 40).and_then(|count| u64::try_from(count).ok()),
            Some(8 | 18 | 28) => i32_at(content, 36).and_then(|count| u64::try_from(count).ok()),
            _ => Some(0),
        };
        let used = count.unwrap_or(0).min(u64::try_from(content.len() / 16).unwrap_or(u64::MAX));
        let too_many = |limit| ReadError::TooManyVertices { limit };
        if used > limits.vertices {
            return Err(too_many(limits.vertices));
        }
        *vertices = vertices.checked_sub(used).ok_or_else(|| too_many(limits.file_vertices))?;
        Ok(read(content, limits).unwrap_or(Shape::Broken("numParts, numPoints ≠ content length")))
    }
}

fn walk<'a>(bytes: &'a [u8], limits: &ReadLimits) -> Result<Vec<&'a [u8]>, ReadError> {
    let (mut records, mut at) = (Vec::new(), HEADER_BYTES);
    while at < bytes.len() {
        let words = big_at(bytes, at + 4).ok_or_else(|| truncated(at as u64 + 8, bytes.len()))?;
        let end = at as u64 + 8 + u64::from(words) * 2;
        let content = usize::try_from(end).ok().and_then(|end| bytes.get(at + 8..end));
        let content = content.ok_or_else(|| truncated(end, bytes.len()))?;
        if content.len() < 4 {
            let detail = format!("record {}: content length = {}", records.len() + 1, content.len());
            return Err(ReadError::PartBroken { part: ".shp".to_owned(), detail });
        }
        if records.len() as u64 >= limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        records.push(content);
        at += 8 + content.len();
    }
    Ok(records)
}

/// `None` where announced counts do not fit the record.
fn read(content: &[u8], limits: &ReadLimits) -> Option<Shape> {
    match i32_at(content, 0)? {
        0 => Some(Shape::Empty),
        1 | 11 | 21 => {
            let point = points(content, 4, 1)?;
            Some(finite(&point).unwrap_or_else(|| match point.first() {
                Some(at) => Shape::Geometry(Geometry::Point(Point(*at)), 0),
                None => Shape::Empty,
            }))
        }
        8 | 18 | 28 => {
            let points = points(content, 40, usize::try_from(i32_at(content, 36)?).ok()?)?;
            Some(finite(&points).unwrap_or_else(|| match points.len() {
                0 => Shape::Empty,
                _ => Shape::Geometry(Geometry::MultiPoint(MultiPoint(points.into_iter().map(Point).collect())), 0),
            }))
        }
        3 | 13 | 23 => {
            let parts = parts(content)?;
            Some(parts.iter().find_map(|part| finite(part)).unwrap_or_else(|| lines(parts)))
        }
        5 | 15 | 25 => {
            let parts = parts(content)?;
            if let Some(fault) = parts.iter().find_map(|part| finite(part)) {
                return Some(fault);
            }
            Some(match rings::assemble(parts, limits.ring_steps) {
                Ok((Some(geometry), flat)) => Shape::Geometry(geometry, flat),
                Ok((None, _)) => Shape::Empty,
                Err(rings::TooManySteps) => Shape::Broken("ring nesting"),
            })
        }
        _ => Some(Shape::Broken("shape type")),
    }
}

fn lines(parts: Vec<Vec<Coord<f64>>>) -> Shape {
    let all = parts.len();
    let mut lines: Vec<LineString<f64>> = parts.into_iter().filter(|part| part.len() > 1).map(LineString).collect();
    let short = all - lines.len();
    match lines.len() {
        0 => Shape::Empty,
        1 => lines.pop().map_or(Shape::Empty, |line| Shape::Geometry(Geometry::LineString(line), short)),
        _ => Shape::Geometry(Geometry::MultiLineString(MultiLineString(lines)), short),
    }
}

/// The fault of the first coordinate that is no number.
fn finite(points: &[Coord<f64>]) -> Option<Shape> {
    let bad = points.iter().find(|at| !at.x.is_finite() || !at.y.is_finite())?;
    Some(Shape::NotFinite(format!("{}, {}", bad.x, bad.y)))
}

/// Points as they stand, after checking that they are there.
fn points(content: &[u8], at: usize, count: usize) -> Option<Vec<Coord<f64>>> {
    let bytes = content.get(at..at.checked_add(count.checked_mul(16)?)?)?;
    bytes.chunks_exact(16).map(|pair| Some(Coord { x: f64_at(pair, 0)?, y: f64_at(pair, 8)? })).collect()
}

/// The parts of a line or polygon: box (32 bytes), number of parts, number of points, first point of each part, points.
fn parts(content: &[u8]) -> Option<Vec<Vec<Coord<f64>>>> {
    let part_count = usize::try_from(i32_at(content, 36)?).ok()?;
    let point_count = usize::try_from(i32_at(content, 40)?).ok()?;
    let points_at = part_count.checked_mul(4)?.checked_add(44)?;
    let points = points(content, points_at, point_count)?;
    let mut parts = Vec::new();
    for index in 0..part_count {
        let start = usize::try_from(i32_at(content, 44 + index * 4)?).ok()?;
        let end =
            if index + 1 < part_count { usize::try_from(i32_at(content, 48 + index * 4)?).ok()? } else { point_count };
        // A part that reaches back would make more points than the record has.
        parts.push(points.get(start..end)?.to_vec());
    }
    Some(parts)
}
