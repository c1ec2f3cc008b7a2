//! Kinds of shapes, and what of a geometry goes into the file of which kind.

use geo_types::{Coord, Geometry, LineString, Polygon};

use super::super::survey::Kinds;

/// What one Shapefile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Point,
    MultiPoint,
    Line,
    Polygon,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Point, Self::MultiPoint, Self::Line, Self::Polygon];

    /// The number of the standard.
    pub(super) const fn code(self) -> i32 {
        match self {
            Self::Point => 1,
            Self::MultiPoint => 8,
            Self::Line => 3,
            Self::Polygon => 5,
        }
    }

    /// The word in names of files.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::MultiPoint => "multipoint",
            Self::Line => "line",
            Self::Polygon => "polygon",
        }
    }

    /// The word for people.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Point => "点",
            Self::MultiPoint => "複数の点",
            Self::Line => "線",
            Self::Polygon => "面",
        }
    }

    fn count(self, kinds: &Kinds) -> u64 {
        match self {
            Self::Point => kinds.point,
            Self::MultiPoint => kinds.multi_point,
            Self::Line => kinds.line + kinds.multi_line,
            Self::Polygon => kinds.polygon + kinds.multi_polygon,
        }
    }

    /// The kinds that a table needs. What is in collections is not known before, so they need all.
    pub(super) fn present(kinds: &Kinds) -> Vec<Self> {
        let main = Self::most_frequent(kinds);
        let is_needed = |kind: &Self| kind.count(kinds) > 0 || *kind == main || kinds.collection > 0;
        Self::ALL.into_iter().filter(is_needed).collect()
    }

    /// The kind of most shapes, the first of them where several have as many.
    pub(super) fn most_frequent(kinds: &Kinds) -> Self {
        let most = Self::ALL.into_iter().map(|kind| kind.count(kinds)).max().unwrap_or(0);
        Self::ALL.into_iter().find(|kind| kind.count(kinds) == most).unwrap_or(Self::Point)
    }
}

/// One shape as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Point(Coord<f64>),
    MultiPoint(Vec<Coord<f64>>),
    /// Lines, or the rings of polygons: outer ones clockwise, holes the other way.
    Parts(Vec<Vec<Coord<f64>>>),
}

/// What a geometry consists of.
#[derive(Debug, Default)]
pub(super) struct Parts {
    points: Vec<Coord<f64>>,
    is_multi_point: bool,
    lines: Vec<Vec<Coord<f64>>>,
    rings: Vec<Vec<Coord<f64>>>,
}

/// Takes a geometry apart.
pub(super) fn parts(geometry: Option<&Geometry<f64>>) -> Parts {
    let mut found = Parts::default();
    if let Some(geometry) = geometry {
        found.add(geometry);
    }
    found.is_multi_point |= found.points.len() > 1;
    found
}

impl Parts {
    fn add(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(at) => self.points.push(at.0),
            Geometry::MultiPoint(found) => {
                self.is_multi_point = true;
                self.points.extend(found.0.iter().map(|at| at.0));
            }
            Geometry::Line(line) => self.lines.push(vec![line.start, line.end]),
            Geometry::LineString(line) => self.lines.push(line.0.clone()),
            Geometry::MultiLineString(found) => self.lines.extend(found.0.iter().map(|line| line.0.clone())),
            Geometry::Polygon(found) => self.polygon(found),
            Geometry::MultiPolygon(found) => found.0.iter().for_each(|polygon| self.polygon(polygon)),
            Geometry::Rect(found) => self.polygon(&found.to_polygon()),
            Geometry::Triangle(found) => self.polygon(&found.to_polygon()),
            Geometry::GeometryCollection(found) => found.0.iter().for_each(|part| self.add(part)),
        }
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) {
        self.rings.push(ring(polygon.exterior(), true));
        self.rings.extend(polygon.interiors().iter().map(|inner| ring(inner, false)));
    }

    /// The shape of this kind.
    pub(super) fn of(&self, kind: Kind) -> Option<Shape> {
        match kind {
            Kind::Point if !self.is_multi_point => self.points.first().copied().map(Shape::Point),
            Kind::MultiPoint if self.is_multi_point => {
                (!self.points.is_empty()).then(|| Shape::MultiPoint(self.points.clone()))
            }
            Kind::Line => (!self.lines.is_empty()).then(|| Shape::Parts(self.lines.clone())),
            Kind::Polygon => (!self.rings.is_empty()).then(|| Shape::Parts(self.rings.clone())),
            Kind::Point | Kind::MultiPoint => None,
        }
    }
}

fn ring(ring: &LineString<f64>, is_outer: bool) -> Vec<Coord<f64>> {
    let is_clockwise = super::super::super::geojson_file::doubled_area(ring) < 0.0;
    if is_clockwise == is_outer { ring.0.clone() } else { ring.0.iter().rev().copied().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::{MultiPoint, point, polygon};

    #[test]
    fn outer_rings_run_clockwise_and_collections_are_taken_apart() {
        let with_hole = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 4.0)],
            interiors: [[(x: 1.0, y: 1.0), (x: 1.0, y: 2.0), (x: 2.0, y: 2.0), (x: 2.0, y: 1.0)]],
        );
        let area = |ring: &[Coord<f64>]| crate::publish::geojson_file::doubled_area(&LineString(ring.to_vec()));
        let found = parts(Some(&with_hole.clone().into()));
        let Some(Shape::Parts(rings)) = found.of(Kind::Polygon) else { panic!("rings") };
        assert_eq!(rings.len(), 2);
        assert!(area(&rings[0]) < 0.0 && area(&rings[1]) > 0.0);
        assert_eq!(found.of(Kind::Point), None);
        let all = Geometry::GeometryCollection(geo_types::GeometryCollection(vec![
            point! { x: 1.0, y: 2.0 }.into(),
            with_hole.into(),
            point! { x: 3.0, y: 4.0 }.into(),
        ]));
        let found = parts(Some(&all));
        assert_eq!(found.of(Kind::Point), None);
        assert!(matches!(found.of(Kind::MultiPoint), Some(Shape::MultiPoint(points)) if points.len() == 2));
        assert!(found.of(Kind::Polygon).is_some() && found.of(Kind::Line).is_none());
        let one = parts(Some(&MultiPoint(vec![point! { x: 1.0, y: 2.0 }]).into()));
        assert!(one.of(Kind::MultiPoint).is_some() && one.of(Kind::Point).is_none());
        assert!(Kind::ALL.into_iter().all(|kind| parts(None).of(kind).is_none()));
    }
}
