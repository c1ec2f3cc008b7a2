//! How the layers of one map are told apart: by colour, by the shape of points, the dashes of lines and the hatching of
//! areas, and by their words in the legend.
//!
//! Eight colours and five shapes have no common divisor, so the first forty layers are forty different pairs, and two
//! neighbours differ in both.

use askama::Template;

use crate::http::style::palette::{LIGHT, Palette};
use crate::http::words;
use crate::model::record::GeometryKind;

/// Colours there are.
pub(super) const COLOURS: usize = 8;
/// Shapes there are.
pub(super) const SHAPES: usize = 5;

/// Outlines of points, some 12 units wide around 0 0.
const POINTS: [&str; SHAPES] = [
    "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z",
    "M-5.5-5.5h11v11h-11z",
    "M0-7.5 7 5.5H-7z",
    "M0-7.5 7.5 0 0 7.5-7.5 0z",
    "M-2.5-7h5v4.5H7v5H2.5V7h-5V2.5H-7v-5h4.5z",
];

/// Dashes of lines, units.
const DASHES: [&str; SHAPES] = ["", "9 5", "2 5", "12 4 2 4", "5 3"];

/// Hatchings of areas in a tile of eight units.
const HATCHES: [&str; SHAPES] =
    ["", "M-2 2l4-4M0 8l8-8M6 10l4-4", "M-2 6l4 4M0 0l8 8M6-2l4 4", "M0 2h8M0 6h8", "M2 2h.01M6 6h.01"];

const POINT_WORDS: [&str; SHAPES] =
    ["map-shape-circle", "map-shape-square", "map-shape-triangle", "map-shape-diamond", "map-shape-cross"];
const LINE_WORDS: [&str; SHAPES] =
    ["map-line-solid", "map-line-dashed", "map-line-dotted", "map-line-dash-dot", "map-line-short"];
const AREA_WORDS: [&str; SHAPES] =
    ["map-area-plain", "map-area-rising", "map-area-falling", "map-area-level", "map-area-dots"];

/// The mark of the nth layer of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http::pages) struct Mark {
    number: usize,
}

impl Mark {
    /// By the layer's place in the map, which no choice of the visitor changes.
    pub(super) fn of(number: usize) -> Self {
        Self { number }
    }

    /// Its place among the shapes.
    pub(super) fn shape(self) -> usize {
        self.number % SHAPES
    }

    /// Its place among the colours: the class `s0` … `s7` of the style sheet.
    pub(super) fn colour(self) -> usize {
        self.number % COLOURS
    }

    /// Its colour on bright ground.
    pub(super) fn hex(self) -> &'static str {
        LIGHT.series(self.colour())
    }

    /// Its colour in a palette.
    pub(super) fn hex_in(self, palette: &Palette) -> &'static str {
        palette.series(self.colour())
    }

    pub(super) fn point(self) -> &'static str {
        POINTS.get(self.shape()).copied().unwrap_or_default()
    }

    /// The dashes of its lines in a unit of the picture; empty = none.
    pub(super) fn dash(self, unit: f64) -> String {
        let units = DASHES.get(self.shape()).copied().unwrap_or_default().split_whitespace();
        let lengths = units.filter_map(|part| part.parse::<f64>().ok()).map(|length| format!("{:.2}", length * unit));
        lengths.collect::<Vec<_>>().join(" ")
    }

    pub(super) fn hatch(self) -> &'static str {
        HATCHES.get(self.shape()).copied().unwrap_or_default()
    }

    /// What its shape is called in the legend.
    pub(super) fn words(self, kind: Option<GeometryKind>) -> String {
        let of = |list: &[&'static str; SHAPES]| words::say(list.get(self.shape()).copied().unwrap_or_default());
        match kind {
            Some(GeometryKind::Point) => of(&POINT_WORDS).into_owned(),
            Some(GeometryKind::Line) => of(&LINE_WORDS).into_owned(),
            Some(GeometryKind::Polygon) => of(&AREA_WORDS).into_owned(),
            _ => [of(&POINT_WORDS), of(&LINE_WORDS), of(&AREA_WORDS)].join("・"),
        }
    }
}

/// A mark in the legend.
#[derive(Debug, Template)]
#[template(path = "swatch.svg", escape = "html")]
pub(in crate::http::pages) struct Swatch {
    id: String,
    mark: Mark,
    kind: Option<GeometryKind>,
}

/// A swatch is a template of its own, and holds no text.
impl askama::filters::HtmlSafe for Swatch {}

impl Swatch {
    /// `id` is the beginning of the ids inside, once on a page.
    pub(super) fn new(id: String, mark: Mark, kind: Option<GeometryKind>) -> Self {
        Self { id, mark, kind }
    }

    fn shows(&self, kind: GeometryKind) -> bool {
        self.kind.is_none_or(|own| own == kind || own == GeometryKind::Mixed)
    }

    fn dash(&self) -> String {
        self.mark.dash(0.7)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::style::palette::DARK;
    use crate::http::themes::LAYERS_LIMIT;
    use std::collections::HashSet;

    #[test]
    fn no_two_layers_of_a_map_share_colour_and_shape() {
        let pairs: HashSet<_> = (0..LAYERS_LIMIT).map(Mark::of).map(|mark| (mark.colour(), mark.shape())).collect();
        assert_eq!(pairs.len(), LAYERS_LIMIT);
    }

    /// Linear RGB as seen without one kind of cones (Viénot, Brettel and Mollon, 1999).
    fn seen_without([r, g, b]: [f64; 3], cones: &str) -> [f64; 3] {
        match cones {
            "red" => {
                let mixed = 0.112_38 * r + 0.887_62 * g;
                [mixed, mixed, 0.004_01 * r - 0.004_01 * g + b]
            }
            "green" => {
                let mixed = 0.292_75 * r + 0.707_25 * g;
                [mixed, mixed, -0.022_34 * r + 0.022_34 * g + b]
            }
            _ => [r, g, b],
        }
    }

    fn linear(hex: &str) -> [f64; 3] {
        [1, 3, 5].map(|at| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// CIE L*a*b* (D65) of linear RGB.
    fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
        let cube_root = |t: f64| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
        let x = cube_root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.950_47);
        let y = cube_root(0.2126 * red + 0.7152 * green + 0.0722 * blue);
        let z = cube_root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.088_83);
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn layers_whose_colours_somebody_cannot_tell_apart_differ_in_shape() {
        for palette in [&LIGHT, &DARK] {
            for cones in ["all", "red", "green"] {
                for a in 0..COLOURS {
                    for b in a + 1..COLOURS {
                        let [p, q] = [a, b].map(|n| lab(seen_without(linear(palette.series(n)), cones)));
                        let far = p.iter().zip(q).map(|(p, q)| (p - q).powi(2)).sum::<f64>().sqrt();
                        let same_shape = Mark::of(a).shape() == Mark::of(b).shape();
                        assert!(far >= 12.0 || !same_shape, "{a} {b} {cones}: {far:.1}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_colour_stands_in_the_style_sheet_of_the_page() {
        let css = include_str!("../../../../web/src/css/themed.css");
        for (palette, scheme) in [(&LIGHT, "light"), (&DARK, "dark")] {
            for number in 0..COLOURS {
                let line = format!("--series-{number}: {};", palette.series(number));
                assert!(css.contains(&line), "{scheme}: {line}");
            }
        }
    }
}
