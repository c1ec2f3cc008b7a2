//! What the readers of XML geodata share when they put geometry together.

use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon};

use super::{ReadError, ReadLimits};
use crate::model::finding::{Finding, FindingCode, Place};

/// What is counted on the way through a file.
#[derive(Debug)]
pub(super) struct Tally {
    vertices_left: u64,
    /// Vertices that had a height other than 0.
    pub(super) heights: u64,
    /// Rings whose last vertex was not their first.
    pub(super) unclosed: u64,
    /// Parts and rings without any vertex.
    pub(super) empty: u64,
}

/// Why a geometry is not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// It cannot be read; the words say what is wrong.
    Broken(String),
    /// The file as a whole is refused.
    File(ReadError),
}

impl Fault {
    /// A geometry that cannot be read, with the place and the text found there.
    pub(super) fn broken(what: &str, found: &str) -> Self {
        let cut: String = found.trim().chars().take(60).collect();
        Self::Broken(if cut.is_empty() { what.to_owned() } else { format!("{what}: {cut}") })
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::File(error)
    }
}

impl Tally {
    pub(super) fn new(limits: &ReadLimits) -> Self {
        Self { vertices_left: limits.vertices, heights: 0, unclosed: 0, empty: 0 }
    }

    /// Counts one vertex.
    pub(super) fn vertex(&mut self, limits: &ReadLimits) -> Result<(), Fault> {
        let Some(left) = self.vertices_left.checked_sub(1) else {
            return Err(ReadError::TooManyVertices { limit: limits.vertices }.into());
        };
        self.vertices_left = left;
        Ok(())
    }
}

/// The finding that parts of a feature had no vertex; of a feature of nothing else is said that it has no geometry.
pub(super) fn empty_parts(count: u64, geometry: Option<&Geometry<f64>>, place: Place) -> Option<Finding> {
    let is_told = count > 0 && geometry.is_some();
    is_told.then(|| Finding::new(FindingCode::GeometryPartEmpty, place, &count.to_string(), ""))
}

/// A line of at least two vertices.
pub(super) fn line(coords: Vec<Coord<f64>>, what: &str) -> Result<LineString<f64>, Fault> {
    if coords.len() < 2 {
        return Err(Fault::Broken(format!("{what}: 頂点が{}個 / {} vertices", coords.len(), coords.len())));
    }
    Ok(LineString(coords))
}

/// A ring of at least three different places; one that was not closed is closed and counted.
pub(super) fn ring(mut coords: Vec<Coord<f64>>, tally: &mut Tally) -> Result<LineString<f64>, Fault> {
    if let (Some(first), Some(last)) = (coords.first().copied(), coords.last().copied())
        && first != last
    {
        coords.push(first);
        tally.unclosed += 1;
    }
    if coords.len() < 4 {
        return Err(Fault::Broken(format!("輪の頂点が{}個 / a ring of {} vertices", coords.len(), coords.len())));
    }
    Ok(LineString(coords))
}

/// Several geometries as one: points, lines or areas only become the multi-geometry of their kind.
pub(super) fn gather(mut parts: Vec<Geometry<f64>>) -> Option<Geometry<f64>> {
    if parts.len() < 2 {
        return parts.pop();
    }
    let all = |wanted: fn(&Geometry<f64>) -> bool| parts.iter().all(wanted);
    if all(|part| matches!(part, Geometry::Point(_) | Geometry::MultiPoint(_))) {
        let points = parts.into_iter().flat_map(|part| match part {
            Geometry::Point(point) => vec![point],
            Geometry::MultiPoint(points) => points.0,
            _ => Vec::new(),
        });
        return Some(MultiPoint(points.collect()).into());
    }
    if all(|part| matches!(part, Geometry::LineString(_) | Geometry::MultiLineString(_))) {
        let lines = parts.into_iter().flat_map(|part| match part {
            Geometry::LineString(line) => vec![line],
            Geometry::MultiLineString(lines) => lines.0,
            _ => Vec::new(),
        });
        return Some(MultiLineString(lines.collect()).into());
    }
    if all(|part| matches!(part, Geometry::Polygon(_) | Geometry::MultiPolygon(_))) {
        let areas = parts.into_iter().flat_map(|part| match part {
            Geometry::Polygon(area) => vec![area],
            Geometry::MultiPolygon(areas) => areas.0,
            _ => Vec::new(),
        });
        return Some(MultiPolygon(areas.collect()).into());
    }
    Some(Geometry::GeometryCollection(parts.into()))
}

#[cfg(test)]
mod tests {
    use geo_types::{Point, line_string};

    use super::*;

    #[test]
    fn parts_of_one_kind_become_the_multi_geometry_of_their_kind() {
        let point = || Geometry::from(Point::new(138.0, 34.0));
        let line: Geometry<f64> = line_string![(x: 138.0, y: 34.0), (x: 139.0, y: 34.0)].into();
        assert_eq!(gather(vec![]), None);
        assert_eq!(gather(vec![point()]), Some(point()));
        assert!(matches!(gather(vec![point(), point()]), Some(Geometry::MultiPoint(points)) if points.0.len() == 2));
        assert!(matches!(gather(vec![line.clone(), line.clone()]), Some(Geometry::MultiLineString(_))));
        assert!(matches!(gather(vec![point(), line]), Some(Geometry::GeometryCollection(_))));
    }
}
