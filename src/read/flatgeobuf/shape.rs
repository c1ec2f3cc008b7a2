//! Geometries of FlatGeobuf (`feature.fbs`): positions one behind the other with the ends of the parts, or parts that are
//! geometries of their own. Heights and measures are left out and counted.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};

use super::buffer::{Broken, Table};
use crate::read::geometry_row::{Fault, Tally};

/// Collections in collections that are followed.
const DEPTH: usize = 16;

impl From<Broken> for Fault {
    fn from(_: Broken) -> Self {
        Self::broken("FlatGeobuf: an offset leads outside")
    }
}

/// Reads one geometry; `None` for an empty one. `kind` is that of the header, or of the parts a collection must have.
pub(super) fn read(
    table: &Table<'_>,
    kind: u8,
    tally: &mut Tally,
    depth: usize,
) -> Result<Option<Geometry<f64>>, Fault> {
    if depth > DEPTH {
        return Err(Fault::broken(format!("FlatGeobuf: nested deeper than {DEPTH}")));
    }
    tally.take(1)?;
    let kind = match table.byte(6)? {
        0 => kind,
        own => own,
    };
    for heights in [2, 3] {
        tally.see_heights(table.vector(heights, 8)?.is_some_and(|numbers| !numbers.is_empty()));
    }
    match kind {
        1..=5 => flat(table, kind, tally),
        6 => {
            let polygons = parts(table, 3, tally, depth)?.into_iter().map(|part| match part {
                Geometry::Polygon(polygon) => Ok(polygon),
                _ => Err(Fault::broken("FlatGeobuf: a part of a MultiPolygon that is no Polygon")),
            });
            let mut polygons: Vec<Polygon<f64>> = polygons.collect::<Result<_, _>>()?;
            // Some writers put a MultiPolygon of one part down like a Polygon.
            if polygons.is_empty() {
                polygons.extend(rings(table, tally)?);
            }
            Ok((!polygons.is_empty()).then_some(Geometry::MultiPolygon(MultiPolygon(polygons))))
        }
        7 => {
            let members = parts(table, 0, tally, depth)?;
            Ok((!members.is_empty()).then_some(Geometry::GeometryCollection(GeometryCollection(members))))
        }
        8 => Err(Fault::Unsupported("CircularString".to_owned())),
        9 => Err(Fault::Unsupported("CompoundCurve".to_owned())),
        10 => Err(Fault::Unsupported("CurvePolygon".to_owned())),
        11 => Err(Fault::Unsupported("MultiCurve".to_owned())),
        12 => Err(Fault::Unsupported("MultiSurface".to_owned())),
        13 => Err(Fault::Unsupported("Curve".to_owned())),
        14 => Err(Fault::Unsupported("Surface".to_owned())),
        15 => Err(Fault::Unsupported("PolyhedralSurface".to_owned())),
        16 => Err(Fault::Unsupported("TIN".to_owned())),
        17 => Err(Fault::Unsupported("Triangle".to_owned())),
        other => Err(Fault::broken(format!("FlatGeobuf: geometry type {other}"))),
    }
}

fn parts(table: &Table<'_>, kind: u8, tally: &mut Tally, depth: usize) -> Result<Vec<Geometry<f64>>, Fault> {
    let mut found = Vec::new();
    if let Some(tables) = table.tables(7)? {
        for part in tables.iter() {
            found.extend(read(&part?, kind, tally, depth + 1)?);
        }
    }
    Ok(found)
}

fn flat(table: &Table<'_>, kind: u8, tally: &mut Tally) -> Result<Option<Geometry<f64>>, Fault> {
    if kind == 3 {
        return Ok(rings(table, tally)?.map(Geometry::Polygon));
    }
    if kind == 5 {
        let mut lines = pieces(table, tally)?;
        lines.iter().filter(|line| line.is_empty()).for_each(|_| tally.see_empty_part());
        lines.retain(|line| !line.is_empty());
        let lines: Vec<LineString<f64>> = lines.into_iter().map(LineString).collect();
        return Ok((!lines.is_empty()).then_some(Geometry::MultiLineString(MultiLineString(lines))));
    }
    let positions = positions(table, tally)?;
    let Some(first) = positions.first() else {
        tally.see_empty_part();
        return Ok(None);
    };
    Ok(Some(match kind {
        1 if positions.len() > 1 => {
            return Err(Fault::broken(format!("FlatGeobuf: {} positions in a Point", positions.len())));
        }
        // As in other binary formats, a point of two "not a number" is an empty one.
        1 if first.x.is_nan() && first.y.is_nan() => {
            tally.see_empty_part();
            return Ok(None);
        }
        1 => Geometry::Point(Point(*first)),
        2 => Geometry::LineString(LineString(positions)),
        _ => Geometry::MultiPoint(MultiPoint(positions.into_iter().map(Point).collect())),
    }))
}

fn rings(table: &Table<'_>, tally: &mut Tally) -> Result<Option<Polygon<f64>>, Fault> {
    let rings = pieces(table, tally)?;
    Ok(tally.polygon(rings))
}

fn positions(table: &Table<'_>, tally: &mut Tally) -> Result<Vec<Coord<f64>>, Fault> {
    let bytes = table.vector(1, 8)?.unwrap_or_default();
    if bytes.len() % 16 != 0 {
        return Err(Fault::broken("FlatGeobuf: half a position"));
    }
    tally.take(bytes.len() / 16)?;
    let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().unwrap_or_default());
    let pair = |pair: &[u8]| {
        let (x, y) = pair.split_at(8);
        Coord { x: number(x), y: number(y) }
    };
    Ok(bytes.chunks_exact(16).map(pair).collect())
}

/// The positions cut at their ends; one piece where no ends are given.
fn pieces(table: &Table<'_>, tally: &mut Tally) -> Result<Vec<Vec<Coord<f64>>>, Fault> {
    let all = positions(table, tally)?;
    let ends = table.vector(0, 4)?.unwrap_or_default();
    if ends.is_empty() {
        return Ok(if all.is_empty() { Vec::new() } else { vec![all] });
    }
    tally.take(ends.len() / 4)?;
    let (mut pieces, mut start) = (Vec::new(), 0_usize);
    for end in ends.chunks_exact(4) {
        let end = u32::from_le_bytes(end.try_into().unwrap_or_default());
        let end = usize::try_from(end).unwrap_or(usize::MAX);
        let piece = all.get(start..end);
        let piece = piece.ok_or_else(|| Fault::broken(format!("FlatGeobuf: end {end} of {} positions", all.len())))?;
        pieces.push(piece.to_vec());
        start = end;
    }
    if start != all.len() {
        return Err(Fault::broken(format!("FlatGeobuf: end {start} of {} positions", all.len())));
    }
    Ok(pieces)
}
