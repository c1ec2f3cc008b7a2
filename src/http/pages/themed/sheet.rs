//! One sheet of paper as an SVG in millimetres: title, map at an exact scale, scale bar, north, legend, sources.

use askama::Template;

use super::super::shapes::Canvas;
use super::super::wording::number;
use super::drawing::Drawing;
use super::marks::Swatch;
use super::tree::{LegendLine, Source};
use crate::http::words;

/// Around everything, mm: what common printers cannot reach.
const MARGIN: f64 = 10.0;
/// Height of the title, mm.
const HEAD: f64 = 14.0;
/// Width of the corner with scale and north, mm.
const CORNER: f64 = 58.0;
/// Least height of that corner, mm.
const CORNER_HEIGHT: f64 = 34.0;
/// Width of one column of the legend at least, mm.
const COLUMN: f64 = 60.0;
/// Sizes of letters, mm.
const LEGEND_LETTER: f64 = 3.0;
const SOURCE_LETTER: f64 = 2.4;
/// Legend and sources take this part of the sheet at most; the rest is the map.
const FOOT_PART: f64 = 0.45;

/// A paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Paper {
    pub(super) name: &'static str,
    pub(super) landscape: bool,
}

impl Paper {
    /// The papers there are.
    pub(super) const NAMES: [&'static str; 2] = ["a4", "a3"];

    /// Width and height, mm (ISO 216).
    pub(super) fn size_mm(self) -> (f64, f64) {
        let (short, long) = if self.name == "a3" { (297.0, 420.0) } else { (210.0, 297.0) };
        if self.landscape { (long, short) } else { (short, long) }
    }

    pub(super) fn orientation(self) -> &'static str {
        if self.landscape { "landscape" } else { "portrait" }
    }
}

/// A line of text.
struct Text {
    x: f64,
    y: f64,
    letter: f64,
    bold: bool,
    words: String,
}

/// Where things stand on a sheet, before the map is drawn.
pub(super) struct Layout {
    paper: Paper,
    foot: f64,
    texts: Vec<Text>,
    swatches: Vec<(f64, f64, Swatch)>,
}

impl Layout {
    /// Lays out legend and sources; `None` where they leave too little for the map.
    pub(super) fn of(paper: Paper, legend: Vec<LegendLine>, sources: &[Source], has_rough: bool) -> Option<Self> {
        let (width, height) = paper.size_mm();
        let left = width - 2.0 * MARGIN - CORNER - 4.0;
        let columns = (left / COLUMN).floor().max(1.0);
        let column = left / columns;
        let (mut texts, mut swatches) = (Vec::new(), Vec::new());
        // From the top of the foot; it is moved to its place when its height is known.
        let mut y = 5.0;
        let mut in_row = 0.0;
        let mut row_lines: f64 = 1.0;
        for line in legend {
            if in_row >= columns {
                y += row_lines * LEGEND_LETTER * 1.35 + 0.8;
                (in_row, row_lines) = (0.0, 1.0);
            }
            let x = MARGIN + in_row * column;
            let wrapped = wrapped(&format!("{}({})", line.title, line.words), column - 11.0, LEGEND_LETTER);
            row_lines = row_lines.max(wrapped.len() as f64);
            swatches.push((x, y - 4.2, line.swatch));
            texts.extend(wrapped.into_iter().enumerate().map(|(number, text)| Text {
                x: x + 8.5,
                y: y + number as f64 * LEGEND_LETTER * 1.3,
                letter: LEGEND_LETTER,
                bold: false,
                words: text,
            }));
            in_row += 1.0;
        }
        y += row_lines * LEGEND_LETTER * 1.35 + 1.5;
        let notes = has_rough.then(|| words::say("map-legend-rough").into_owned());
        let credits = sources.iter().map(|source| {
            // Most credits name the data; where one does, its title is not said twice.
            let credit = if source.credit.contains(source.title.as_str()) {
                source.credit.clone()
            } else {
                format!("{}: {}", source.title, source.credit)
            };
            words::tell("map-print-source", &[("credit", &credit), ("licence", &source.licence), ("day", &source.day)])
                .into_owned()
        });
        for text in notes.into_iter().chain(credits).flat_map(|text| wrapped(&text, left, SOURCE_LETTER)) {
            texts.push(Text { x: MARGIN, y, letter: SOURCE_LETTER, bold: false, words: text });
            y += SOURCE_LETTER * 1.35;
        }
        let foot = y.max(CORNER_HEIGHT);
        (foot <= FOOT_PART * height).then_some(Self { paper, foot, texts, swatches })
    }

    /// Width and height of the map, mm.
    pub(super) fn map_mm(&self) -> (f64, f64) {
        let (width, height) = self.paper.size_mm();
        (width - 2.0 * MARGIN, height - 2.0 * MARGIN - HEAD - self.foot)
    }
}

/// The sheet.
#[derive(Template)]
#[template(path = "sheet.svg", escape = "html")]
pub(super) struct Sheet {
    pub(super) title: String,
    pub(super) description: String,
    /// Whether it is a file of its own.
    pub(super) alone: bool,
    drawing: Drawing,
    layout: Layout,
    scale: u32,
    /// The scale bar: half its length in mm, and its length in words.
    bar: (f64, String, String),
    corner: Vec<Text>,
}

/// A sheet is a template of its own: every text in it is escaped there.
impl askama::filters::HtmlSafe for Sheet {}

impl Sheet {
    pub(super) fn new(
        title: String,
        description: String,
        drawing: Drawing,
        mut layout: Layout,
        scale: u32,
        about: &[String],
    ) -> Self {
        let (width, height) = layout.paper.size_mm();
        let top = height - MARGIN - layout.foot;
        for text in &mut layout.texts {
            text.y += top;
        }
        for (_, y, _) in &mut layout.swatches {
            *y += top;
        }
        let x = width - MARGIN - CORNER;
        let mut corner = vec![Text {
            x,
            y: top + 6.0,
            letter: 4.2,
            bold: true,
            words: words::tell("map-print-scale", &[("scale", &number(u64::from(scale)))]).into_owned(),
        }];
        let lines = about.iter().flat_map(|text| wrapped(text, CORNER, SOURCE_LETTER));
        corner.extend(lines.enumerate().map(|(number, text)| Text {
            x,
            y: top + 20.0 + number as f64 * SOURCE_LETTER * 1.35,
            letter: SOURCE_LETTER,
            bold: false,
            words: text,
        }));
        Self { title, description, alone: false, bar: bar(scale), drawing, layout, scale, corner }
    }

    // --- for the template

    #[expect(clippy::trivially_copy_pass_by_ref, clippy::unused_self, reason = "templates call it, with references")]
    fn n(&self, value: &f64) -> String {
        Canvas::mm(0.0, 0.0).number(*value)
    }

    fn size(&self) -> (String, String) {
        let (width, height) = self.layout.paper.size_mm();
        (self.n(&width), self.n(&height))
    }

    /// Left, top, width and height of the map.
    fn map(&self) -> (String, String, String, String) {
        let (width, height) = self.layout.map_mm();
        (self.n(&MARGIN), self.n(&(MARGIN + HEAD)), self.n(&width), self.n(&height))
    }

    /// The corner's left edge, the top of the foot, and the right edge.
    fn foot(&self) -> (f64, f64, f64) {
        let (width, height) = self.layout.paper.size_mm();
        (width - MARGIN - CORNER, height - MARGIN - self.layout.foot, width - MARGIN)
    }

    fn bar_path(&self, part: usize) -> String {
        let (left, top, _) = self.foot();
        let half = self.bar.0;
        format!(
            "M{} {}h{}v1.6h-{}z",
            self.n(&(left + part as f64 * half)),
            self.n(&(top + 9.0)),
            self.n(&half),
            self.n(&half)
        )
    }

    fn bar_text(&self) -> (String, String) {
        let (left, top, _) = self.foot();
        (self.n(&(left + 2.0 * self.bar.0 + 1.5)), self.n(&(top + 11.2)))
    }

    /// An arrow 10 mm high in the corner.
    fn north(&self) -> String {
        let (_, top, right) = self.foot();
        format!("M{} {}l3 9-3-2-3 2z", self.n(&(right - 4.0)), self.n(&(top + 4.0)))
    }

    fn north_text(&self) -> (String, String) {
        let (_, top, right) = self.foot();
        (self.n(&(right - 4.0)), self.n(&(top + 3.0)))
    }

    fn title_lines(&self) -> Vec<String> {
        let (width, _) = self.layout.paper.size_mm();
        let mut lines = wrapped(&self.title, width - 2.0 * MARGIN, 6.0);
        lines.truncate(1);
        lines
    }
}

/// A round length of at most 40 mm: half of it on paper, mm, then in words for the bar and in metres for machines.
fn bar(scale: u32) -> (f64, String, String) {
    let most_m = 40.0 * f64::from(scale) / 1_000.0;
    let power = 10_f64.powf(most_m.log10().floor());
    let length_m = [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|m| *m <= most_m).unwrap_or(power);
    let words = if length_m >= 1_000.0 { format!("{} km", length_m / 1_000.0) } else { format!("{length_m} m") };
    (length_m / 2.0 / f64::from(scale) * 1_000.0, words, format!("{length_m}"))
}

/// A text in lines of a width, mm. A letter of Japanese is as wide as high; others are taken as little over half.
fn wrapped(text: &str, width: f64, letter: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0.0;
    for character in text.chars().filter(|c| !c.is_control()).take(600) {
        let advance = if character.is_ascii() { 0.58 } else { 1.0 } * letter;
        // No line begins with what closes the one before.
        let closes = matches!(character, '、' | '。' | '）' | ')' | '」' | '』' | ',' | '.');
        if used + advance > width && used > 0.0 && !closes {
            lines.push(String::new());
            used = 0.0;
        }
        if let Some(line) = lines.last_mut() {
            line.push(character);
        }
        used += advance;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_bar_is_as_long_as_it_says() {
        for scale in [500_u32, 1_000, 2_500, 5_000, 10_000, 12_345, 25_000] {
            let (half_mm, words, metres) = bar(scale);
            let metres: f64 = metres.parse().expect("a number");
            assert!((2.0 * half_mm / 1_000.0 * f64::from(scale) - metres).abs() < 1e-9, "1:{scale} {words}");
            assert!((10.0..=20.0).contains(&half_mm) || half_mm * 5.0 > 20.0, "1:{scale}: {half_mm}");
        }
        assert_eq!(bar(500).1, "20 m");
        assert_eq!(bar(25_000).1, "1 km");
    }

    #[test]
    fn long_texts_are_wrapped_and_nothing_is_lost() {
        let text = "焼津市「指定緊急避難場所一覧」(公共データ利用規約 第1.0版)をもとに作成".repeat(4);
        let lines = wrapped(&text, 60.0, 2.4);
        assert!(lines.len() > 3 && lines.concat() == text);
        assert!(lines.iter().all(|line| line.chars().count() <= 43), "{lines:?}");
    }

    #[test]
    fn a_legend_that_leaves_no_map_is_refused() {
        let paper = Paper { name: "a4", landscape: true };
        let source = Source {
            title: "題".repeat(80),
            credit: "出".repeat(200),
            licence: String::new(),
            licence_url: String::new(),
            day: String::new(),
            day_machine: String::new(),
            href: String::new(),
        };
        assert!(Layout::of(paper, Vec::new(), std::slice::from_ref(&source), false).is_some());
        assert!(Layout::of(paper, Vec::new(), &vec![source; 30], false).is_none());
    }
}
