//! The map as a picture drawn on the server: for everyone without script, for dataset pages and for print.
//! Long because every kind of mark, and how each is cut to the picture, stand together.

use std::fmt::Write as _;

use askama::Template;
use geo::InteriorPoint as _;
use geo_types::{Coord, Geometry, LineString, Polygon};

use super::projection::View;
use crate::model::lonlat::LonLat;

/// Letters of path data in one picture: about half a megabyte, a tenth of that compressed. What is drawn no more is
/// counted and said beside the picture.
const PATH_CHARS: usize = 500_000;

/// Least distance between two points of a path, px: nearer ones cannot be told apart.
const STEP_PX: f64 = 0.8;

/// How far outside the picture shapes are drawn, so that their outlines do not show at its edge, px.
const BLEED_PX: f64 = 12.0;

/// Names of places on one picture at most: more cover the map.
const PLACES: usize = 40;

/// A picture under construction, then the model of its template.
#[derive(Debug, Template)]
#[template(path = "picture.svg", escape = "html")]
pub(super) struct Picture {
    pub(super) title: String,
    pub(super) description: String,
    /// Prefix of the ids inside, so that two pictures can stand on one page.
    pub(super) id: String,
    view: View,
    land: Vec<String>,
    areas: Vec<String>,
    lines: Vec<String>,
    points: Vec<(String, String)>,
    /// Points whose position is only about right: drawn hollow and dashed.
    rough: Vec<(String, String)>,
    /// Where one is: a ring with a cross.
    here: Vec<(String, String)>,
    numbers: Vec<Numbered>,
    places: Vec<Place>,
    boxes: Vec<[f64; 4]>,
    chars: usize,
    /// Features that were not drawn because the picture is full.
    pub(super) left_out: usize,
    /// Whether the picture is a file of its own.
    pub(super) alone: bool,
}

/// The number of a feature in the list beside the picture.
#[derive(Debug)]
struct Numbered {
    number: u64,
    x: String,
    y: String,
}

/// The name of a municipality.
#[derive(Debug)]
struct Place {
    name: String,
    x: String,
    y: String,
}

/// A picture is a template of its own: every text in it is escaped there.
impl askama::filters::HtmlSafe for Picture {}

impl Picture {
    /// An empty picture.
    pub(super) fn new(id: &str, title: String, description: String, view: View) -> Self {
        Self {
            title,
            description,
            id: id.to_owned(),
            view,
            land: Vec::new(),
            areas: Vec::new(),
            lines: Vec::new(),
            points: Vec::new(),
            rough: Vec::new(),
            here: Vec::new(),
            numbers: Vec::new(),
            places: Vec::new(),
            boxes: Vec::new(),
            chars: 0,
            left_out: 0,
            alone: false,
        }
    }

    /// Draws land under everything, with its name where there is room.
    pub(super) fn land(&mut self, geometry: &Geometry<f64>, name: &str) {
        let path = self.polygons(geometry);
        if path.is_empty() {
            return;
        }
        self.chars += path.len();
        self.land.push(path);
        // Islands of one municipality are parts with the same name: one of them carries it.
        if name.is_empty() || self.places.len() >= PLACES || self.places.iter().any(|place| place.name == name) {
            return;
        }
        let Some((x, y)) = middle(geometry).map(|at| self.view.place(at.x, at.y)) else { return };
        // Letters are drawn 15 px wide; a name that would touch another or leave the picture is left out.
        let half = name.chars().count() as f64 * 7.5 + 4.0;
        let label = [x - half, y - 12.0, x + half, y + 12.0];
        let touches =
            |other: &[f64; 4]| label[0] < other[2] && other[0] < label[2] && label[1] < other[3] && other[1] < label[3];
        let inside = self.view.shows((label[0], label[1])) && self.view.shows((label[2], label[3]));
        if inside && !self.boxes.iter().any(touches) {
            self.boxes.push(label);
            self.places.push(Place { name: name.to_owned(), x: px(x), y: px(y + 5.0) });
        }
    }

    /// Whether any point is drawn as about right.
    pub(super) fn has_rough(&self) -> bool {
        !self.rough.is_empty()
    }

    /// Draws a feature; one whose position `is_rough` (derived from an address) with a mark of its own.
    pub(super) fn feature(&mut self, geometry: &Geometry<f64>, is_rough: bool) {
        if self.chars > PATH_CHARS {
            self.left_out += 1;
            return;
        }
        let areas = self.polygons(geometry);
        if !areas.is_empty() {
            self.chars += areas.len();
            self.areas.push(areas);
        }
        let lines = self.strings(geometry);
        if !lines.is_empty() {
            self.chars += lines.len();
            self.lines.push(lines);
        }
        each_point(geometry, &mut |at| {
            let place = self.view.place(at.x, at.y);
            if self.view.shows(place) {
                let place = (px(place.0), px(place.1));
                // Points on the same pixel are one mark.
                let marks = if is_rough { &mut self.rough } else { &mut self.points };
                if marks.last() != Some(&place) {
                    self.chars += 40;
                    marks.push(place);
                }
            }
        });
    }

    /// Marks the place from which one looks.
    pub(super) fn here(&mut self, at: LonLat) {
        let place = self.view.place(at.lon_deg(), at.lat_deg());
        if self.view.shows(place) {
            self.here.push((px(place.0), px(place.1)));
        }
    }

    /// Writes a number beside a feature, the one it has in the list.
    pub(super) fn number(&mut self, geometry: &Geometry<f64>, number: u64) {
        let Some(place) = middle(geometry).map(|at| self.view.place(at.x, at.y)) else { return };
        if self.view.shows(place) {
            self.numbers.push(Numbered { number, x: px(place.0), y: px(place.1) });
        }
    }

    fn polygons(&self, geometry: &Geometry<f64>) -> String {
        let mut path = String::new();
        each_polygon(geometry, &mut |polygon| {
            for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                let places: Vec<_> = ring.coords().map(|at| self.view.place(at.x, at.y)).collect();
                let clipped = clip(places, self.view);
                write_path(&mut path, &clipped, true);
            }
        });
        path
    }

    fn strings(&self, geometry: &Geometry<f64>) -> String {
        let mut path = String::new();
        let near = |(x, y): (f64, f64)| {
            (-BLEED_PX..=self.view.width_px + BLEED_PX).contains(&x)
                && (-BLEED_PX..=self.view.height_px + BLEED_PX).contains(&y)
        };
        each_line(geometry, &mut |line| {
            let places: Vec<_> = line.coords().map(|at| self.view.place(at.x, at.y)).collect();
            let mut run: Vec<(f64, f64)> = Vec::new();
            for pair in places.windows(2) {
                if near(pair[0]) || near(pair[1]) || crosses(pair[0], pair[1], self.view) {
                    if run.is_empty() {
                        run.push(pair[0]);
                    }
                    run.push(pair[1]);
                } else {
                    write_path(&mut path, &run, false);
                    run.clear();
                }
            }
            write_path(&mut path, &run, false);
        });
        path
    }

    // --- for the template

    fn width(&self) -> String {
        px(self.view.width_px)
    }

    fn height(&self) -> String {
        px(self.view.height_px)
    }

    /// Height at which the length of the scale bar stands.
    fn scale_y(&self) -> String {
        px(self.view.height_px - 30.0)
    }

    /// The scale bar: its path, and its length in words.
    fn scale(&self) -> (String, String) {
        let (length_m, length_px) = self.view.scale_bar(160.0);
        let (left, bottom) = (16.0, self.view.height_px - 16.0);
        let path = format!("M{} {}v8H{}v-8", px(left), px(bottom - 8.0), px(left + length_px));
        let words = if length_m >= 1_000.0 { format!("{} km", length_m / 1_000.0) } else { format!("{length_m} m") };
        (path, words)
    }
}

/// One decimal, without a zero behind the point.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Appends a path, leaving out points nearer than a step to the one before.
fn write_path(path: &mut String, places: &[(f64, f64)], closed: bool) {
    let Some((&first, rest)) = places.split_first() else { return };
    if rest.is_empty() {
        return;
    }
    let _ = write!(path, "M{} {}", px(first.0), px(first.1));
    let mut last = first;
    let mut written = 0;
    for (index, &(x, y)) in rest.iter().enumerate() {
        let is_last = index + 1 == rest.len();
        if (x - last.0).hypot(y - last.1) >= STEP_PX || (is_last && written == 0) {
            let _ = write!(path, "L{} {}", px(x), px(y));
            last = (x, y);
            written += 1;
        }
    }
    if closed {
        path.push('z');
    }
}

/// Cuts a ring to the picture and a margin (Sutherland–Hodgman).
fn clip(mut ring: Vec<(f64, f64)>, view: View) -> Vec<(f64, f64)> {
    let (west, north) = (-BLEED_PX, -BLEED_PX);
    let (east, south) = (view.width_px + BLEED_PX, view.height_px + BLEED_PX);
    for edge in 0..4 {
        // How far a place lies inside of this edge.
        let inside = |(x, y): (f64, f64)| match edge {
            0 => x - west,
            1 => east - x,
            2 => y - north,
            _ => south - y,
        };
        let mut kept = Vec::with_capacity(ring.len());
        for (index, &here) in ring.iter().enumerate() {
            let before = ring[(index + ring.len() - 1) % ring.len()];
            let (depth_before, depth_here) = (inside(before), inside(here));
            if (depth_before < 0.0) != (depth_here < 0.0) {
                let part = depth_before / (depth_before - depth_here);
                kept.push((before.0 + part * (here.0 - before.0), before.1 + part * (here.1 - before.1)));
            }
            if depth_here >= 0.0 {
                kept.push(here);
            }
        }
        ring = kept;
        if ring.is_empty() {
            break;
        }
    }
    ring
}

/// Whether the box of a segment touches the picture.
fn crosses(a: (f64, f64), b: (f64, f64), view: View) -> bool {
    a.0.min(b.0) <= view.width_px && a.0.max(b.0) >= 0.0 && a.1.min(b.1) <= view.height_px && a.1.max(b.1) >= 0.0
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
    use crate::model::lonlat::Bbox;
    use geo_types::{line_string, point, polygon};

    fn picture() -> Picture {
        let bbox = Bbox { west_deg: 138.0, south_deg: 34.0, east_deg: 139.0, north_deg: 35.0 };
        Picture::new("m", "焼津市<避難所>".to_owned(), String::new(), View::fit(bbox, 0.0, 800.0, 600.0))
    }

    #[test]
    fn a_picture_draws_every_kind_and_escapes_its_texts() {
        let mut picture = picture();
        let town = polygon![(x: 138.1, y: 34.1), (x: 138.9, y: 34.1), (x: 138.5, y: 34.9), (x: 138.1, y: 34.1)];
        picture.land(&town.clone().into(), "焼津市");
        picture.feature(&town.into(), false);
        picture.feature(&line_string![(x: 138.0, y: 34.5), (x: 138.6, y: 34.5)].into(), false);
        picture.feature(&point! { x: 138.5, y: 34.5 }.into(), false);
        picture.number(&point! { x: 138.5, y: 34.5 }.into(), 1);
        let svg = picture.render().expect("a fixed template");
        for part in ["class=\"land\"", "class=\"area\"", "class=\"line\"", "<circle", ">1</text>", ">焼津市</text>"]
        {
            assert!(svg.contains(part), "{part} in {svg}");
        }
        assert!(!svg.contains("<避難所>") && !svg.contains("style="), "{svg}");
    }

    #[test]
    fn what_lies_outside_is_cut_and_what_crosses_stays() {
        let mut picture = picture();
        picture.feature(&line_string![(x: 10.0, y: 10.0), (x: 11.0, y: 10.0)].into(), false);
        picture.feature(&point! { x: 0.0, y: 0.0 }.into(), false);
        assert!(picture.lines.is_empty() && picture.points.is_empty());
        picture.feature(&line_string![(x: 130.0, y: 34.5), (x: 150.0, y: 34.5)].into(), false);
        assert_eq!(picture.lines.len(), 1);
        let around = polygon![(x: 100.0, y: 0.0), (x: 170.0, y: 0.0), (x: 170.0, y: 60.0), (x: 100.0, y: 60.0)];
        picture.feature(&around.into(), false);
        assert_eq!(picture.areas.len(), 1);
        assert!(picture.areas[0].len() < 60, "{}", picture.areas[0]);
    }

    #[test]
    fn a_full_picture_counts_what_it_leaves_out() {
        let mut picture = picture();
        for index in 0..40_000 {
            let lon = 138.0 + f64::from(index % 200) / 200.0;
            picture.feature(&point! { x: lon, y: 34.0 + f64::from(index) / 40_000.0 }.into(), false);
        }
        assert!(picture.left_out > 0);
        assert!(picture.points.len() + picture.left_out <= 40_000);
    }

    #[test]
    fn a_position_that_is_about_right_has_a_mark_of_its_own() {
        let mut picture = picture();
        picture.feature(&point! { x: 138.5, y: 34.5 }.into(), true);
        assert!(picture.has_rough() && picture.points.is_empty());
        assert!(picture.render().is_ok_and(|svg| svg.contains("stroke-dasharray=\"3 2\"")));
    }
}
