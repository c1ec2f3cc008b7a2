//! Geometry in degrees, repaired where the repair is provable; what is not provable is named and left.

mod clean;
mod nesting;
#[cfg(test)]
mod tests;

use geo_types::{Coord, Geometry, Line, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

use crate::model::finding::FindingCode;
use crate::model::lonlat::{JAPAN, LonLat};

use super::crs::Projector;

/// Deepest nesting of geometry collections that is followed; real files have none.
const MAX_DEPTH: u32 = 8;

/// Pairs of segments compared in the search for self-intersections of one feature. A ring of 100,000 points sorted by
/// longitude needs a few million; beyond the limit the search ends without a finding rather than hold up the file.
const MAX_PAIRS: u64 = 4_000_000;

/// A geometry in degrees and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Placed {
    /// The geometry; `None` where nothing of it can be placed.
    pub geometry: Option<Geometry<f64>>,
    /// Code and what was found.
    pub remarks: Vec<(FindingCode, String)>,
}

/// What was repaired on the way through one geometry.
#[derive(Debug, Default)]
struct Repairs {
    repeated_points: usize,
    dropped_parts: usize,
    closed_rings: usize,
    spikes: usize,
    /// Polygons whose rings touched themselves and were told apart.
    touching_rings: usize,
    doubled_parts: usize,
    /// A point at which a ring touches itself, where what was meant is not provable.
    touch: Option<Coord<f64>>,
    /// Rings kept although their signed area is zero.
    flat_rings: usize,
}

/// Why a geometry cannot be placed at all.
enum Unplaceable {
    NotFinite(Coord<f64>),
    OutsideJapan(Coord<f64>),
    TooDeep,
}

/// Projects and repairs one geometry.
///
/// Made without asking: consecutive equal points, the tips of spikes, parts without length or area and parts that stand twice
/// are dropped, rings closed, rings that touch themselves told apart where only one reading is left. The direction of rings
/// follows RFC 7946 (outer rings counter-clockwise); formats disagree about it, so turning one is no finding. Named and left:
/// self-intersections (bow ties), holes outside their shell, shells inside each other.
pub fn place(found: &Geometry<f64>, projector: &Projector) -> Placed {
    let mut repairs = Repairs::default();
    let geometry = match convert(found, projector, &mut repairs, 0) {
        Ok(geometry) => geometry,
        Err(Unplaceable::NotFinite(at)) => {
            return Placed { geometry: None, remarks: vec![(FindingCode::GeometryNotFinite, pair(at))] };
        }
        Err(Unplaceable::OutsideJapan(at)) => {
            return Placed { geometry: None, remarks: vec![(FindingCode::GeometryOutsideJapan, pair(at))] };
        }
        Err(Unplaceable::TooDeep) => {
            let found = format!("入れ子が{MAX_DEPTH}段を超えています");
            return Placed { geometry: None, remarks: vec![(FindingCode::GeometryInvalid, found)] };
        }
    };
    let mut remarks = Vec::new();
    for (count, what) in [
        (repairs.closed_rings, "閉じていない輪を閉じた数"),
        (repairs.repeated_points, "連続する同じ点を除いた数"),
        (repairs.dropped_parts, "長さや面積のない部分を除いた数"),
        (repairs.spikes, "行って戻るだけの突起(スパイク)の点を除いた数"),
        (repairs.touching_rings, "自身に接する輪を分けた数"),
        (repairs.doubled_parts, "二重にある同じ部分を除いた数"),
    ] {
        if count > 0 {
            remarks.push((FindingCode::GeometryRepaired, format!("{what} {count}")));
        }
    }
    match &geometry {
        None => remarks.push((FindingCode::GeometryEmpty, String::new())),
        Some(geometry) => {
            if let Some(at) = self_intersection(geometry) {
                remarks.push((FindingCode::GeometryInvalid, format!("輪が自身と交わっています {}", pair(at))));
            } else if let Some(at) = repairs.touch {
                remarks.push((FindingCode::GeometryInvalid, format!("輪が自身に接しています {}", pair(at))));
            } else if let Some(fault) = nesting::nesting_fault(geometry) {
                remarks.push((FindingCode::GeometryInvalid, fault.to_owned()));
            } else if repairs.flat_rings > 0 {
                remarks.push((FindingCode::GeometryInvalid, "面積が0の輪があります".to_owned()));
            }
        }
    }
    Placed { geometry, remarks }
}

/// A coordinate as text; absurdly large numbers (a "no data" of some programs) in exponent form.
fn pair(at: Coord<f64>) -> String {
    if at.x.abs().max(at.y.abs()) < 1e8 { format!("{}, {}", at.x, at.y) } else { format!("{:e}, {:e}", at.x, at.y) }
}

fn convert(
    found: &Geometry<f64>,
    projector: &Projector,
    repairs: &mut Repairs,
    depth: u32,
) -> Result<Option<Geometry<f64>>, Unplaceable> {
    if depth > MAX_DEPTH {
        return Err(Unplaceable::TooDeep);
    }
    Ok(match found {
        Geometry::Point(point) => Some(Geometry::Point(Point(one(point.0, projector)?))),
        Geometry::MultiPoint(points) => {
            let placed =
                points.iter().map(|point| one(point.0, projector).map(Point)).collect::<Result<Vec<_>, _>>()?;
            (!placed.is_empty()).then_some(Geometry::MultiPoint(MultiPoint(placed)))
        }
        Geometry::Line(segment) => {
            line(&LineString(vec![segment.start, segment.end]), projector, repairs)?.map(Geometry::LineString)
        }
        Geometry::LineString(string) => line(string, projector, repairs)?.map(Geometry::LineString),
        Geometry::MultiLineString(lines) => {
            let mut placed = Vec::with_capacity(lines.0.len());
            for string in &lines.0 {
                placed.extend(line(string, projector, repairs)?);
            }
            (!placed.is_empty()).then_some(Geometry::MultiLineString(MultiLineString(placed)))
        }
        Geometry::Polygon(area) => shape(polygon(area, projector, repairs)?),
        Geometry::MultiPolygon(areas) => {
            let mut placed = Vec::with_capacity(areas.0.len());
            for area in &areas.0 {
                placed.extend(polygon(area, projector, repairs)?);
            }
            let mut placed = MultiPolygon(placed);
            repairs.doubled_parts += nesting::drop_doubled(&mut placed);
            (!placed.0.is_empty()).then_some(Geometry::MultiPolygon(placed))
        }
        Geometry::Rect(area) => shape(polygon(&area.to_polygon(), projector, repairs)?),
        Geometry::Triangle(area) => shape(polygon(&area.to_polygon(), projector, repairs)?),
        Geometry::GeometryCollection(parts) => {
            let mut placed = Vec::with_capacity(parts.0.len());
            for part in &parts.0 {
                placed.extend(convert(part, projector, repairs, depth + 1)?);
            }
            (!placed.is_empty()).then(|| Geometry::GeometryCollection(placed.into()))
        }
    })
}

fn one(found: Coord<f64>, projector: &Projector) -> Result<Coord<f64>, Unplaceable> {
    let Some(place) = projector.degrees(found) else { return Err(Unplaceable::NotFinite(found)) };
    if LonLat::new(place.x, place.y).is_some_and(|place| JAPAN.contains(place)) {
        Ok(place)
    } else {
        Err(Unplaceable::OutsideJapan(place))
    }
}

fn points(
    found: &LineString<f64>,
    projector: &Projector,
    repairs: &mut Repairs,
) -> Result<Vec<Coord<f64>>, Unplaceable> {
    let mut placed: Vec<Coord<f64>> = Vec::with_capacity(found.0.len());
    for coord in &found.0 {
        let place = one(*coord, projector)?;
        if placed.last() == Some(&place) {
            repairs.repeated_points += 1;
        } else {
            placed.push(place);
        }
    }
    Ok(placed)
}

fn line(
    found: &LineString<f64>,
    projector: &Projector,
    repairs: &mut Repairs,
) -> Result<Option<LineString<f64>>, Unplaceable> {
    let placed = points(found, projector, repairs)?;
    if placed.len() < 2 {
        repairs.dropped_parts += 1;
        return Ok(None);
    }
    Ok(Some(LineString(placed)))
}

/// One polygon stays one; a ring that touched itself may have made several.
fn shape(mut areas: Vec<Polygon<f64>>) -> Option<Geometry<f64>> {
    match (areas.len(), areas.pop()) {
        (1, Some(only)) => Some(Geometry::Polygon(only)),
        (_, None) => None,
        (_, Some(last)) => {
            areas.push(last);
            Some(Geometry::MultiPolygon(MultiPolygon(areas)))
        }
    }
}

fn polygon(
    found: &Polygon<f64>,
    projector: &Projector,
    repairs: &mut Repairs,
) -> Result<Vec<Polygon<f64>>, Unplaceable> {
    let Some(outer) = ring(found.exterior(), projector, repairs, true)? else { return Ok(Vec::new()) };
    let mut inner = Vec::with_capacity(found.interiors().len());
    for hole in found.interiors() {
        inner.extend(ring(hole, projector, repairs, false)?);
    }
    let area = Polygon::new(outer, inner);
    if let Some(at) = clean::touch(&area) {
        // Where the ring crosses itself too, its loops are no rings of areas.
        let parts = if crossing(&area).is_none() { clean::split_touching(&area) } else { None };
        match parts {
            Some(parts) => {
                repairs.touching_rings += 1;
                return Ok(parts);
            }
            None => repairs.touch = repairs.touch.or(Some(at)),
        }
    }
    Ok(vec![area])
}

fn ring(
    found: &LineString<f64>,
    projector: &Projector,
    repairs: &mut Repairs,
    is_outer: bool,
) -> Result<Option<LineString<f64>>, Unplaceable> {
    let mut placed = points(found, projector, repairs)?;
    if let (Some(first), Some(last)) = (placed.first().copied(), placed.last().copied())
        && first != last
    {
        placed.push(first);
        repairs.closed_rings += 1;
    }
    placed.pop();
    repairs.spikes += clean::drop_spikes(&mut placed);
    if let Some(first) = placed.first().copied() {
        placed.push(first);
    }
    if is_degenerate(&placed) {
        repairs.dropped_parts += 1;
        return Ok(None);
    }
    let doubled_area = doubled_area(&placed);
    if is_flat(doubled_area, &placed) {
        // Halves that cancel out have no direction.
        repairs.flat_rings += 1;
    } else if (doubled_area > 0.0) != is_outer {
        placed.reverse();
    }
    Ok(Some(LineString(placed)))
}

/// Whether a closed ring has fewer than three different points, or all of them on one line. A ring whose halves cancel
/// out (a bow tie) has no signed area either, but is a shape that a person drew.
fn is_degenerate(ring: &[Coord<f64>]) -> bool {
    let Some(origin) = ring.first() else { return true };
    let from_origin = |at: &Coord<f64>| (at.x - origin.x, at.y - origin.y);
    let length = |(x, y): (f64, f64)| x.hypot(y);
    let Some(far) = ring.iter().map(from_origin).max_by(|a, b| length(*a).total_cmp(&length(*b))) else { return true };
    // 1e-12 degrees are a tenth of a micrometre: what arithmetic leaves of points on one line.
    !ring.iter().map(from_origin).any(|(x, y)| (far.0 * y - far.1 * x).abs() > 1e-12 * length(far))
}

/// Whether a signed area is only what arithmetic leaves of halves that cancel out.
fn is_flat(doubled_area: f64, ring: &[Coord<f64>]) -> bool {
    // A thousandth of a square metre: everything larger is an area, and needs no second look.
    if doubled_area.abs() > 1e-13 {
        return false;
    }
    let Some(origin) = ring.first() else { return true };
    let extent = ring.iter().map(|at| (at.x - origin.x).hypot(at.y - origin.y)).fold(0.0, f64::max);
    doubled_area.abs() <= 1e-10 * extent * extent
}

/// Twice the signed area in square degrees, positive counter-clockwise; measured from the first point, so that the
/// size of the coordinates does not eat the digits of small areas.
fn doubled_area(ring: &[Coord<f64>]) -> f64 {
    let Some(origin) = ring.first() else { return 0.0 };
    ring.windows(2)
        .map(|pair| (pair[0].x - origin.x) * (pair[1].y - origin.y) - (pair[1].x - origin.x) * (pair[0].y - origin.y))
        .sum()
}

/// A point where a ring properly crosses itself or another ring of the same polygon.
fn self_intersection(geometry: &Geometry<f64>) -> Option<Coord<f64>> {
    match geometry {
        Geometry::Polygon(area) => crossing(area),
        Geometry::MultiPolygon(areas) => areas.0.iter().find_map(crossing),
        _ => None,
    }
}

fn crossing(area: &Polygon<f64>) -> Option<Coord<f64>> {
    let mut segments: Vec<Line<f64>> = Vec::new();
    for ring in std::iter::once(area.exterior()).chain(area.interiors()) {
        segments.extend(ring.lines());
    }
    segments.sort_by(|a, b| west(a).total_cmp(&west(b)));
    let mut pairs = 0_u64;
    for (at, first) in segments.iter().enumerate() {
        let east = first.start.x.max(first.end.x);
        let (south, north) = (first.start.y.min(first.end.y), first.start.y.max(first.end.y));
        for second in segments[at + 1..].iter().take_while(|second| west(second) <= east) {
            pairs += 1;
            if pairs > MAX_PAIRS {
                return None;
            }
            if second.start.y.max(second.end.y) < south || second.start.y.min(second.end.y) > north {
                continue;
            }
            if let Some(geo::line_intersection::LineIntersection::SinglePoint { intersection, is_proper: true }) =
                geo::line_intersection::line_intersection(*first, *second)
            {
                return Some(intersection);
            }
        }
    }
    None
}

fn west(segment: &Line<f64>) -> f64 {
    segment.start.x.min(segment.end.x)
}
