//! Several layers drawn at once: on the screen in pixels, on paper in millimetres.

use askama::Template;
use geo_types::{Coord, Geometry};

use super::super::places::Places;
use super::super::shapes::{Canvas, Place, middle};
use super::marks::Mark;

/// Letters of path data in one drawing: about half a megabyte, a tenth of that compressed.
const PATH_CHARS: usize = 500_000;

/// A drawing under construction, then the model of its template: everything between `<svg>` and `</svg>`.
#[derive(Debug, Template)]
#[template(path = "drawing.svg", escape = "html")]
pub(in crate::http::pages) struct Drawing {
    /// Beginning of the ids inside.
    id: String,
    canvas: Canvas,
    /// What one unit of marks and widths is: 1 px, or so many millimetres.
    unit: f64,
    land: Vec<String>,
    places: Places,
    buildings: Vec<String>,
    roads: Vec<String>,
    /// The lowest first.
    layers: Vec<DrawnLayer>,
    numbers: Vec<Numbered>,
    chars: usize,
}

/// One layer as drawn.
#[derive(Debug)]
struct DrawnLayer {
    mark: Mark,
    /// 0–1, empty where full.
    opacity: String,
    areas: Vec<String>,
    lines: Vec<String>,
    points: Vec<(String, String)>,
    /// Points whose position is only about right: drawn hollow and dashed.
    rough: Vec<(String, String)>,
}

/// The number of a feature in the list under the drawing.
#[derive(Debug)]
struct Numbered {
    number: u64,
    x: String,
    y: String,
}

/// A drawing is a template of its own: every text in it is escaped there.
impl askama::filters::HtmlSafe for Drawing {}

impl Drawing {
    pub(super) fn new(id: &str, canvas: Canvas, unit: f64) -> Self {
        Self {
            id: id.to_owned(),
            canvas,
            unit,
            land: Vec::new(),
            places: Places::new(canvas, 15.0 * unit),
            buildings: Vec::new(),
            roads: Vec::new(),
            layers: Vec::new(),
            numbers: Vec::new(),
            chars: 0,
        }
    }

    /// Draws land with its name.
    pub(super) fn land(&mut self, geometry: &Geometry<f64>, name: &str, place: &impl Fn(Coord<f64>) -> Option<Place>) {
        let path = self.canvas.polygons(geometry, place);
        if path.is_empty() {
            return;
        }
        self.chars += path.len();
        self.land.push(path);
        if self.places.wants(name)
            && let Some(at) = middle(geometry).and_then(place)
        {
            self.places.write(name, at);
        }
    }

    /// Draws a road or a building of the ground.
    pub(super) fn ground(&mut self, geometry: &Geometry<f64>, place: &impl Fn(Coord<f64>) -> Option<Place>) {
        if self.chars > PATH_CHARS / 2 {
            return;
        }
        let (areas, lines) = (self.canvas.polygons(geometry, place), self.canvas.strings(geometry, place));
        self.chars += areas.len() + lines.len();
        self.buildings.extend(Some(areas).filter(|path| !path.is_empty()));
        self.roads.extend(Some(lines).filter(|path| !path.is_empty()));
    }

    /// Begins a layer over those before it.
    pub(super) fn layer(&mut self, mark: Mark, percent: u8) {
        self.layers.push(DrawnLayer {
            mark,
            opacity: if percent >= 100 { String::new() } else { format!("{:.2}", f64::from(percent) / 100.0) },
            areas: Vec::new(),
            lines: Vec::new(),
            points: Vec::new(),
            rough: Vec::new(),
        });
    }

    /// Whether there is no room for another feature.
    pub(super) fn is_full(&self) -> bool {
        self.chars > PATH_CHARS
    }

    /// Draws a feature of the layer begun last; tells whether anything of it lies on the drawing.
    pub(super) fn feature(
        &mut self,
        geometry: &Geometry<f64>,
        is_rough: bool,
        place: &impl Fn(Coord<f64>) -> Option<Place>,
    ) -> bool {
        let canvas = self.canvas;
        let (areas, lines) = (canvas.polygons(geometry, place), canvas.strings(geometry, place));
        let mut points: Vec<(String, String)> = Vec::new();
        canvas.points(geometry, place, &mut |at| points.push((canvas.number(at.0), canvas.number(at.1))));
        let is_seen = !(areas.is_empty() && lines.is_empty() && points.is_empty());
        self.chars += areas.len() + lines.len() + 40 * points.len();
        if let Some(layer) = self.layers.last_mut() {
            layer.areas.extend(Some(areas).filter(|path| !path.is_empty()));
            layer.lines.extend(Some(lines).filter(|path| !path.is_empty()));
            if is_rough { layer.rough.extend(points) } else { layer.points.extend(points) }
        }
        is_seen
    }

    /// Writes a number beside a feature, the one it has in the list.
    pub(super) fn number(
        &mut self,
        geometry: &Geometry<f64>,
        number: u64,
        place: &impl Fn(Coord<f64>) -> Option<Place>,
    ) {
        let Some((x, y)) = middle(geometry).and_then(place).filter(|at| self.canvas.shows(*at)) else { return };
        self.numbers.push(Numbered { number, x: self.canvas.number(x), y: self.canvas.number(y) });
    }

    /// Whether any point is drawn as about right.
    pub(super) fn has_rough(&self) -> bool {
        self.layers.iter().any(|layer| !layer.rough.is_empty())
    }

    // --- for the template

    fn u(&self, units: f64) -> String {
        format!("{:.2}", units * self.unit)
    }

    /// Width of the edges of a layer's areas: where there are very many, they would cover what they enclose.
    fn edge(&self, layer: &DrawnLayer) -> String {
        let letters: usize = layer.areas.iter().map(String::len).sum();
        self.u(if letters > 40_000 { 0.4 } else { 1.5 })
    }

    fn unit_text(&self) -> String {
        self.unit.to_string()
    }

    fn width(&self) -> String {
        self.canvas.number(self.canvas.width)
    }

    fn height(&self) -> String {
        self.canvas.number(self.canvas.height)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand over references")]
    fn dash(&self, mark: &Mark) -> String {
        mark.dash(self.unit)
    }
}
