//! Well-known binary: that of ISO 13249-3 and OGC 06-103 (kinds + 1000 for Z, + 2000 for M, + 3000 for both) and that of
//! PostGIS (EWKB: the same as flags of the upper bits, and an SRID). Heights and measures are left out and counted.
//!
//! Written here because announced counts must be checked against the bytes before anything is set aside for them, and
//! because a curve must refuse its feature by name.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

use super::geometry_row::{Fault, Tally};

/// Collections in collections that are followed; real files have none.
const DEPTH: usize = 16;

/// Reads one geometry; `None` for an empty one. Bytes behind it make it broken.
pub(super) fn read(bytes: &[u8], tally: &mut Tally) -> Result<Option<Geometry<f64>>, Fault> {
    let mut cursor = Cursor { bytes, at: 0 };
    let geometry = geometry(&mut cursor, tally, 0)?;
    if cursor.at != bytes.len() {
        return Err(Fault::broken(format!("WKB: {} bytes behind the geometry", bytes.len().saturating_sub(cursor.at))));
    }
    Ok(geometry)
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The head of one geometry: its byte order, kind and numbers for each position.
#[derive(Clone, Copy)]
struct Head {
    is_little: bool,
    kind: u32,
    dimensions: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let end = self.at.checked_add(count);
        let piece = end.and_then(|end| self.bytes.get(self.at..end));
        let piece = piece.ok_or_else(|| Fault::broken(format!("WKB: cut off at byte {}", self.bytes.len())))?;
        self.at += count;
        Ok(piece)
    }

    fn u32(&mut self, is_little: bool) -> Result<u32, Fault> {
        let bytes = self.take(4)?.try_into().unwrap_or_default();
        Ok(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    fn head(&mut self) -> Result<Head, Fault> {
        let is_little = match self.take(1)? {
            [1] => true,
            [0] => false,
            other => return Err(Fault::broken(format!("WKB: byte order {other:?}"))),
        };
        let code = self.u32(is_little)?;
        let (z, m, has_srid) = (code & 0x8000_0000 != 0, code & 0x4000_0000 != 0, code & 0x2000_0000 != 0);
        if has_srid {
            self.u32(is_little)?;
        }
        let plain = code & 0x1FFF_FFFF;
        let more = match (plain / 1_000, z, m) {
            (0, _, _) => usize::from(z) + usize::from(m),
            (1 | 2, false, false) => 1,
            (3, false, false) => 2,
            _ => return Err(Fault::broken(format!("WKB: type {code}"))),
        };
        Ok(Head { is_little, kind: plain % 1_000, dimensions: 2 + more })
    }

    /// How many parts follow, each of at least `least` bytes.
    fn count(&mut self, head: Head, least: usize) -> Result<usize, Fault> {
        let count = usize::try_from(self.u32(head.is_little)?).unwrap_or(usize::MAX);
        let left = self.bytes.len().saturating_sub(self.at);
        if count > left / least {
            return Err(Fault::broken(format!("WKB: {count} parts in {left} bytes")));
        }
        Ok(count)
    }

    fn position(&mut self, head: Head) -> Result<Coord<f64>, Fault> {
        let bytes = self.take(head.dimensions * 8)?;
        let number = |at: usize| {
            let bytes = bytes.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default();
            if head.is_little { f64::from_le_bytes(bytes) } else { f64::from_be_bytes(bytes) }
        };
        Ok(Coord { x: number(0), y: number(8) })
    }

    fn positions(&mut self, head: Head, tally: &mut Tally) -> Result<Vec<Coord<f64>>, Fault> {
        let count = self.count(head, head.dimensions * 8)?;
        tally.take(count)?;
        (0..count).map(|_| self.position(head)).collect()
    }

    fn polygon(&mut self, head: Head, tally: &mut Tally) -> Result<Option<Polygon<f64>>, Fault> {
        let count = self.count(head, 4)?;
        tally.take(count)?;
        let rings = (0..count).map(|_| self.positions(head, tally)).collect::<Result<Vec<_>, _>>()?;
        Ok(tally.polygon(rings))
    }
}

/// The name of a kind that is not read, after ISO 13249-3.
fn unsupported(kind: u32) -> Fault {
    let name = match kind {
        8 => "CircularString",
        9 => "CompoundCurve",
        10 => "CurvePolygon",
        11 => "MultiCurve",
        12 => "MultiSurface",
        13 => "Curve",
        14 => "Surface",
        15 => "PolyhedralSurface",
        16 => "TIN",
        17 => "Triangle",
        other => return Fault::broken(format!("WKB: type {other}")),
    };
    Fault::Unsupported(name.to_owned())
}

fn geometry(cursor: &mut Cursor<'_>, tally: &mut Tally, depth: usize) -> Result<Option<Geometry<f64>>, Fault> {
    if depth > DEPTH {
        return Err(Fault::broken(format!("WKB: nested deeper than {DEPTH}")));
    }
    let head = cursor.head()?;
    tally.see_heights(head.dimensions > 2);
    match head.kind {
        1 => {
            tally.take(1)?;
            let at = cursor.position(head)?;
            // A point has no count that could be zero; an empty one is written as two "not a number".
            let is_empty = at.x.is_nan() && at.y.is_nan();
            if is_empty {
                tally.see_empty_part();
            }
            Ok((!is_empty).then_some(Geometry::Point(Point(at))))
        }
        2 => {
            let line = cursor.positions(head, tally)?;
            if line.is_empty() {
                tally.see_empty_part();
            }
            Ok((!line.is_empty()).then_some(Geometry::LineString(LineString(line))))
        }
        3 => Ok(cursor.polygon(head, tally)?.map(Geometry::Polygon)),
        // A MultiCurve of straight lines and a MultiSurface of flat polygons are written by programs that know curves
        // where there are none.
        4..=7 | 11 | 12 => collection(cursor, head, tally, depth),
        other => Err(unsupported(other)),
    }
}

fn collection(
    cursor: &mut Cursor<'_>,
    head: Head,
    tally: &mut Tally,
    depth: usize,
) -> Result<Option<Geometry<f64>>, Fault> {
    // The smallest part is a byte order, a type and a count.
    let count = cursor.count(head, 9)?;
    tally.take(count)?;
    let mut parts = Vec::new();
    for _ in 0..count {
        parts.extend(geometry(cursor, tally, depth + 1)?);
    }
    if parts.is_empty() {
        return Ok(None);
    }
    let strange = || Fault::broken(format!("WKB: a part of another kind in type {}", head.kind));
    Ok(Some(match head.kind {
        4 => {
            let points = parts.into_iter().map(|part| match part {
                Geometry::Point(point) => Ok(point),
                _ => Err(strange()),
            });
            Geometry::MultiPoint(MultiPoint(points.collect::<Result<_, _>>()?))
        }
        5 | 11 => {
            let lines = parts.into_iter().map(|part| match part {
                Geometry::LineString(line) => Ok(line),
                _ => Err(strange()),
            });
            Geometry::MultiLineString(MultiLineString(lines.collect::<Result<_, _>>()?))
        }
        6 | 12 => {
            let polygons = parts.into_iter().map(|part| match part {
                Geometry::Polygon(polygon) => Ok(polygon),
                _ => Err(strange()),
            });
            Geometry::MultiPolygon(MultiPolygon(polygons.collect::<Result<_, _>>()?))
        }
        _ => Geometry::GeometryCollection(GeometryCollection(parts)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::ReadLimits;

    fn of(bytes: &[u8]) -> Result<Option<Geometry<f64>>, Fault> {
        read(bytes, &mut Tally::new(&ReadLimits::default()))
    }

    fn point(code: u32, is_little: bool, numbers: &[f64]) -> Vec<u8> {
        let mut bytes = vec![u8::from(is_little)];
        bytes.extend(if is_little { code.to_le_bytes() } else { code.to_be_bytes() });
        if code & 0x2000_0000 != 0 {
            bytes.extend(4326_u32.to_le_bytes());
        }
        bytes.extend(numbers.iter().flat_map(|n| if is_little { n.to_le_bytes() } else { n.to_be_bytes() }));
        bytes
    }

    #[test]
    fn a_point_reads_the_same_in_every_writing() {
        let expected = Some(Geometry::Point(Point::new(138.5, 34.5)));
        for (code, more) in [(1, 0), (1_001, 1), (2_001, 1), (3_001, 2), (0x8000_0001, 1), (0xC000_0001, 2)] {
            for is_little in [true, false] {
                let numbers = [138.5, 34.5, 7.0, 8.0];
                let bytes = point(code, is_little, &numbers[..2 + more]);
                assert_eq!(of(&bytes), Ok(expected.clone()), "{code:x}");
            }
        }
        assert_eq!(of(&point(0x2000_0001, true, &[138.5, 34.5])), Ok(expected));
        assert_eq!(of(&point(1, true, &[f64::NAN, f64::NAN])), Ok(None));
    }

    #[test]
    fn lying_counts_deep_nesting_and_curves_refuse_the_feature() {
        let mut many = vec![1, 2, 0, 0, 0];
        many.extend(u32::MAX.to_le_bytes());
        assert!(matches!(of(&many), Err(Fault::Broken(_))));
        let deep = [1_u8, 7, 0, 0, 0, 1, 0, 0, 0].repeat(100_000);
        assert!(matches!(of(&deep), Err(Fault::Broken(_))));
        assert_eq!(of(&[1, 8, 0, 0, 0, 0, 0, 0, 0]), Err(Fault::Unsupported("CircularString".to_owned())));
        assert_eq!(of(&[1, 10, 0, 0, 0, 0, 0, 0, 0]), Err(Fault::Unsupported("CurvePolygon".to_owned())));
        for broken in [&[][..], &[2, 1, 0, 0, 0], &[1, 99, 0, 0, 0], &[1, 0x89, 0x13, 0, 0]] {
            assert!(matches!(of(broken), Err(Fault::Broken(_))), "{broken:?}");
        }
        let mut trailing = point(1, true, &[1.0, 2.0]);
        trailing.push(0);
        assert!(matches!(of(&trailing), Err(Fault::Broken(_))));
    }
}
