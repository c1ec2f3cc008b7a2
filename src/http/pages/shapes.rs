//! Geometries as path data of SVG: cut to the picture, without points that nobody could tell apart.

use std::fmt::Write as _;

use geo::InteriorPoint as _;
use geo_types::{Coord, Geometry, LineString, Polygon};

/// A place on a picture, from the left and from the top.
pub(super) type Place = (f64, f64);

/// What is drawn on: pixels on the screen, millimetres on paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Canvas {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Least distance between two points of a path: nearer ones cannot be told apart.
    pub(super) step: f64,
    /// How far outside shapes are drawn, so that their outlines do not show at the edge.
    pub(super) bleed: f64,
    /// Digits behind the point.
    pub(super) decimals: usize,
}

impl Canvas {
    /// A canvas of pixels.
    pub(super) fn px(width: f64, height: f64) -> Self {
        Self { width, height, step: 0.8, bleed: 12.0, decimals: 1 }
    }

    /// A canvas of millimetres: a step of 0.1 mm is the finest that a printer of 300 dots to the inch shows, and three
    /// decimals keep distances of a centimetre true to a ten-thousandth.
    pub(super) fn mm(width: f64, height: f64) -> Self {
        Self { width, height, step: 0.1, bleed: 3.0, decimals: 3 }
    }

    /// A number without zeros behind the point.
    pub(super) fn number(self, value: f64) -> String {
        let text = format!("{value:.*}", self.decimals);
        let short = text.trim_end_matches('0').trim_end_matches('.');
        if short == "-0" { "0".to_owned() } else { short.to_owned() }
    }

    /// Whether a place lies on the canvas.
    pub(super) fn shows(self, (x, y): Place) -> bool {
        (0.0..=self.width).contains(&x) && (0.0..=self.height).contains(&y)
    }

    /// The areas of a geometry; a ring of which `place` cannot place a point is left out.
    pub(super) fn polygons(self, geometry: &Geometry<f64>, place: &impl Fn(Coord<f64>) -> Option<Place>) -> String {
        let mut path = String::new();
        each_polygon(geometry, &mut |polygon| {
            for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                let Some(places) = ring.coords().map(|at| place(*at)).collect::<Option<Vec<_>>>() else { continue };
                self.write_path(&mut path, &self.clip(places), true);
            }
        });
        path
    }

    /// The lines of a geometry.
    pub(super) fn strings(self, geometry: &Geometry<f64>, place: &impl Fn(Coord<f64>) -> Option<Place>) -> String {
        let mut path = String::new();
        let near = |(x, y): Place| {
            (-self.bleed..=self.width + self.bleed).contains(&x)
                && (-self.bleed..=self.height + self.bleed).contains(&y)
        };
        each_line(geometry, &mut |line| {
            let Some(places) = line.coords().map(|at| place(*at)).collect::<Option<Vec<_>>>() else { return };
            let mut run: Vec<Place> = Vec::new();
            for pair in places.windows(2) {
                let &[from, to] = pair else { continue };
                if near(from) || near(to) || self.crosses(from, to) {
                    if run.is_empty() {
                        run.push(from);
                    }
                    run.push(to);
                } else {
                    self.write_path(&mut path, &run, false);
                    run.clear();
                }
            }
            self.write_path(&mut path, &run, false);
        });
        path
    }

    /// The points of a geometry that lie on the canvas.
    pub(super) fn points(
        self,
        geometry: &Geometry<f64>,
        place: &impl Fn(Coord<f64>) -> Option<Place>,
        visit: &mut impl FnMut(Place),
    ) {
        each_point(geometry, &mut |at| {
            if let Some(at) = place(at).filter(|at| self.shows(*at)) {
                visit(at);
            }
        });
    }

    /// Appends a path, leaving out points nearer than a step to the one before.
    fn write_path(self, path: &mut String, places: &[Place], closed: bool) {
        let Some((&first, rest)) = places.split_first() else { return };
        if rest.is_empty() {
            return;
        }
        let _ = write!(path, "M{} {}", self.number(first.0), self.number(first.1));
        let mut last = first;
        let mut written = 0;
        for (index, &(x, y)) in rest.iter().enumerate() {
            let is_last = index + 1 == rest.len();
            if (x - last.0).hypot(y - last.1) >= self.step || (is_last && written == 0) {
                let _ = write!(path, "L{} {}", self.number(x), self.number(y));
                last = (x, y);
                written += 1;
            }
        }
        if closed {
            path.push('z');
        }
    }

    /// Cuts a ring to the canvas and a margin (Sutherland–Hodgman).
    fn clip(self, mut ring: Vec<Place>) -> Vec<Place> {
        let (west, north) = (-self.bleed, -self.bleed);
        let (east, south) = (self.width + self.bleed, self.height + self.bleed);
        for edge in 0..4 {
            // How far a place lies inside of this edge.
            let inside = |(x, y): Place| match edge {
                0 => x - west,
                1 => east - x,
                2 => y - north,
                _ => south - y,
            };
            let mut kept = Vec::with_capacity(ring.len());
            let Some(&last) = ring.last() else { break };
            let mut before = last;
            for &here in &ring {
                let (depth_before, depth_here) = (inside(before), inside(here));
                if (depth_before < 0.0) != (depth_here < 0.0) {
                    let part = depth_before / (depth_before - depth_here);
                    kept.push((before.0 + part * (here.0 - before.0), before.1 + part * (here.1 - before.1)));
                }
                if depth_here >= 0.0 {
                    kept.push(here);
                }
                before = here;
            }
            ring = kept;
        }
        ring
    }

    /// Whether the box of a segment touches the canvas.
    fn crosses(self, a: Place, b: Place) -> bool {
        a.0.min(b.0) <= self.width && a.0.max(b.0) >= 0.0 && a.1.min(b.1) <= self.height && a.1.max(b.1) >= 0.0
    }
}

fn each_polygon(geometry: &Geometry<f64>, visit: &mut impl FnMut(&Polygon<f64>)) {
    match geometry {
        Geometry::Polygon(polygon) => visit(polygon),
        Geometry::MultiPolygon(polygons) => polygons.iter().for_each(visit),
        Geometry::GeometryCollection(parts) => {
            for part in parts {
                each_polygon(part, &mut *visit);
            }
        }
        _ => {}
    }
}

fn each_line(geometry: &Geometry<f64>, visit: &mut impl FnMut(&LineString<f64>)) {
    match geometry {
        Geometry::LineString(line) => visit(line),
        Geometry::MultiLineString(lines) => lines.iter().for_each(visit),
        Geometry::GeometryCollection(parts) => {
            for part in parts {
                each_line(part, &mut *visit);
            }
        }
        _ => {}
    }
}

fn each_point(geometry: &Geometry<f64>, visit: &mut impl FnMut(Coord<f64>)) {
    match geometry {
        Geometry::Point(point) => visit(point.0),
        Geometry::MultiPoint(points) => points.iter().for_each(|point| visit(point.0)),
        Geometry::GeometryCollection(parts) => {
            for part in parts {
                each_point(part, &mut *visit);
            }
        }
        _ => {}
    }
}

/// A point that stands for the geometry: itself, the middle of a line, a point inside of an area.
pub(super) fn middle(geometry: &Geometry<f64>) -> Option<Coord<f64>> {
    match geometry {
        Geometry::LineString(line) => line.0.get(line.0.len() / 2).copied(),
        Geometry::MultiLineString(lines) => {
            lines.iter().max_by_key(|line| line.0.len()).and_then(|line| line.0.get(line.0.len() / 2).copied())
        }
        other => other.interior_point().map(|point| point.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo_types::{line_string, polygon};

    #[expect(clippy::unnecessary_wraps, reason = "the form of a projection, which may have no place")]
    fn as_is(at: Coord<f64>) -> Option<Place> {
        Some((at.x, at.y))
    }

    #[test]
    fn numbers_have_no_zeros_behind_the_point() {
        let (px, mm) = (Canvas::px(1.0, 1.0), Canvas::mm(1.0, 1.0));
        assert_eq!([px.number(12.04), px.number(-0.04), px.number(100.0)], ["12", "0", "100"]);
        assert_eq!([mm.number(12.04), mm.number(0.0004), mm.number(7.5)], ["12.04", "0", "7.5"]);
    }

    #[test]
    fn what_cannot_be_placed_is_left_out_and_what_lies_outside_is_cut() {
        let canvas = Canvas::px(100.0, 100.0);
        let around =
            polygon![(x: -900.0, y: -900.0), (x: 900.0, y: -900.0), (x: 900.0, y: 900.0), (x: -900.0, y: 900.0)];
        assert!(canvas.polygons(&around.clone().into(), &as_is).starts_with("M-12"));
        assert_eq!(canvas.polygons(&around.into(), &|_| None), "");
        let far = line_string![(x: 500.0, y: 500.0), (x: 600.0, y: 500.0)];
        assert_eq!(canvas.strings(&far.into(), &as_is), "");
    }
}
