//! The map as a picture drawn on the server: for everyone without script, for dataset pages and for print.
//! Long because every kind of mark, and how each is cut to the picture, stand together.

use askama::Template;
use geo_types::{Coord, Geometry};

use super::places::Places;
use super::projection::View;
use super::shapes::{Canvas, Place, middle};
use crate::model::lonlat::LonLat;

/// Letters of path data in one picture: about half a megabyte, a tenth of that compressed. What is drawn no more is
/// counted and said beside the picture.
const PATH_CHARS: usize = 500_000;

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
    places: Places,
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
            places: Places::new(Canvas::px(view.width_px, view.height_px), 15.0),
            chars: 0,
            left_out: 0,
            alone: false,
        }
    }

    /// Draws land under everything, with its name where there is room.
    pub(super) fn land(&mut self, geometry: &Geometry<f64>, name: &str) {
        let path = self.canvas().polygons(geometry, &self.placing());
        if path.is_empty() {
            return;
        }
        self.chars += path.len();
        self.land.push(path);
        if self.places.wants(name)
            && let Some(at) = middle(geometry)
        {
            self.places.write(name, self.view.place(at.x, at.y));
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
        let (canvas, placing) = (self.canvas(), self.placing());
        let areas = canvas.polygons(geometry, &placing);
        if !areas.is_empty() {
            self.chars += areas.len();
            self.areas.push(areas);
        }
        let lines = canvas.strings(geometry, &placing);
        if !lines.is_empty() {
            self.chars += lines.len();
            self.lines.push(lines);
        }
        canvas.points(geometry, &placing, &mut |place| {
            let place = (canvas.number(place.0), canvas.number(place.1));
            // Points on the same pixel are one mark.
            let marks = if is_rough { &mut self.rough } else { &mut self.points };
            if marks.last() != Some(&place) {
                self.chars += 40;
                marks.push(place);
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

    fn canvas(&self) -> Canvas {
        Canvas::px(self.view.width_px, self.view.height_px)
    }

    fn placing(&self) -> impl Fn(Coord<f64>) -> Option<Place> + use<> {
        let view = self.view;
        move |at| Some(view.place(at.x, at.y))
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

fn px(value: f64) -> String {
    Canvas::px(0.0, 0.0).number(value)
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
