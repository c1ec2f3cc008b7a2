//! Letters for maps that draw none themselves: 256 code points at a time, as signed distance fields.
//!
//! The fonts are those of the pages (WOFF2 by ranges of Unicode); the fields are made at the first request for a range
//! and kept. Source of the form: <https://github.com/mapbox/fontnik/blob/master/proto/glyphs.proto>; sizes as every
//! map library expects them: 24 pixels to the em, 3 pixels around, distances up to 8 pixels.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::LazyLock;

use ab_glyph_rasterizer::{Point, Rasterizer};
use flate2::write::GzEncoder;
use sdf_glyph_renderer::{BitmapGlyph, clamp_to_u8};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider as _};

use super::FONT;
use crate::http::assets::{bytes, manifest};
use crate::publish::archive::varint;

/// Pixels to the em.
const EM: f32 = 24.0;
/// Pixels around each glyph.
const AROUND: usize = 3;
/// Greatest distance told, pixels.
const RADIUS: usize = 8;
/// Where in the values of a pixel the outline lies: a quarter of them are inside.
const CUTOFF: f64 = 0.25;
/// Height of the line's top over the baseline as map libraries take it, pixels.
const ASCENDER: i32 = 27;
/// Code points of one answer.
pub const RANGE: u32 = 256;
/// The last code point of Unicode, rounded up to a range.
const END: u32 = 0x11_0000;

/// A weight of the font, by the name under which it is asked for.
pub fn weight_of(name: &str) -> Option<f32> {
    match name.strip_prefix(FONT)?.trim_start() {
        "" | "Regular" => Some(400.0),
        "Medium" => Some(500.0),
        "Bold" => Some(700.0),
        _ => None,
    }
}

/// First and last code point of an address such as `0-255.pbf`.
pub fn range_of(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.strip_suffix(".pbf")?.split_once('-')?;
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
    let (first, last) = (number(first)?, number(last)?);
    (first % RANGE == 0 && first < END && last == first + RANGE - 1).then_some((first, last))
}

/// A file of the font.
struct Face {
    file: String,
    /// First and last code points.
    ranges: Vec<(u32, u32)>,
}

static FACES: LazyLock<Vec<Face>> = LazyLock::new(|| {
    let text = manifest().text("font-faces.json").unwrap_or_default();
    let listed: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
    listed.iter().filter_map(face).collect()
});

fn face(listed: &serde_json::Value) -> Option<Face> {
    let file = listed.get("url")?.as_str()?.rsplit('/').next()?.to_owned();
    let ranges = listed.get("unicode-range")?.as_array()?.iter().filter_map(|range| {
        let (first, last) = {
            let text = range.as_str()?.trim().strip_prefix("U+")?;
            text.split_once('-').unwrap_or((text, text))
        };
        Some((u32::from_str_radix(first, 16).ok()?, u32::from_str_radix(last, 16).ok()?))
    });
    Some(Face { file, ranges: ranges.collect() })
}

/// The glyphs of a range in a weight, as one gzip member.
///
/// # Errors
/// Where a font of the program cannot be read, which no request can cause.
pub fn glyphs(stack: &str, weight: f32, (first, last): (u32, u32)) -> Result<Vec<u8>, String> {
    // By code point: where two files have a letter, the first of the list counts, as in style sheets the last would.
    let mut found: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    for face in FACES.iter() {
        let wanted: Vec<u32> = face
            .ranges
            .iter()
            .flat_map(|(from, to)| (*from).max(first)..=(*to).min(last))
            .filter(|code| !found.contains_key(code))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let packed = bytes(&face.file).ok_or_else(|| format!("{} is not there", face.file))?;
        let font = wuff::decompress_woff2(&packed).map_err(|error| format!("{}: {error:?}", face.file))?;
        let font = FontRef::new(&font).map_err(|error| format!("{}: {error}", face.file))?;
        let location = font.axes().location([("wght", weight)]);
        let metrics = font.glyph_metrics(Size::new(EM), &location);
        for code in wanted {
            let Some(glyph) = font.charmap().map(code) else { continue };
            let mut outline = Outline::default();
            if let Some(drawn) = font.outline_glyphs().get(glyph) {
                let settings = DrawSettings::unhinted(Size::new(EM), LocationRef::from(&location));
                drawn.draw(settings, &mut outline).map_err(|error| format!("U+{code:04X}: {error}"))?;
            }
            let advance = metrics.advance_width(glyph).unwrap_or(0.0);
            found.insert(code, outline.message(code, advance)?);
        }
    }
    let mut stack_message = Vec::new();
    field(&mut stack_message, 1, stack.as_bytes());
    field(&mut stack_message, 2, format!("{first}-{last}").as_bytes());
    for glyph in found.values() {
        field(&mut stack_message, 3, glyph);
    }
    let mut message = Vec::new();
    field(&mut message, 1, &stack_message);
    let mut encoder = GzEncoder::new(Vec::with_capacity(message.len() / 2), flate2::Compression::new(6));
    encoder.write_all(&message).and_then(|()| encoder.finish()).map_err(|error| error.to_string())
}

/// The outline of a glyph: its segments in pixels, y upwards.
#[derive(Debug, Default)]
struct Outline {
    segments: Vec<Segment>,
    start: [f32; 2],
    at: [f32; 2],
}

#[derive(Debug)]
enum Segment {
    Line([[f32; 2]; 2]),
    Quad([[f32; 2]; 3]),
    Cubic([[f32; 2]; 4]),
}

impl Segment {
    fn points(&self) -> &[[f32; 2]] {
        match self {
            Self::Line(points) => points,
            Self::Quad(points) => points,
            Self::Cubic(points) => points,
        }
    }
}

impl OutlinePen for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        (self.start, self.at) = ([x, y], [x, y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.segments.push(Segment::Line([self.at, [x, y]]));
        self.at = [x, y];
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.segments.push(Segment::Quad([self.at, [cx, cy], [x, y]]));
        self.at = [x, y];
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.segments.push(Segment::Cubic([self.at, [cx0, cy0], [cx1, cy1], [x, y]]));
        self.at = [x, y];
    }

    fn close(&mut self) {
        // A segment without length covers nothing.
        let [x, y] = self.start;
        self.line_to(x, y);
    }
}

impl Outline {
    /// The message `glyph`: id, bitmap, width, height, left, top, advance.
    fn message(&self, code: u32, advance: f32) -> Result<Vec<u8>, String> {
        let mut message = Vec::new();
        number(&mut message, 1, u64::from(code));
        let Some((left, bottom, width, height)) = self.frame() else {
            for (at, value) in [(3, 0), (4, 0), (5, 0), (6, 0), (7, pixels(advance))] {
                number(&mut message, at, u64::from(value));
            }
            return Ok(message);
        };
        let mut rasterizer = Rasterizer::new(width, height);
        let top = bottom + signed(height);
        #[expect(clippy::cast_precision_loss, reason = "a few dozen pixels")]
        let place = |point: &[f32; 2]| Point { x: point[0] - left as f32, y: top as f32 - point[1] };
        for segment in &self.segments {
            match segment {
                Segment::Line([a, b]) => rasterizer.draw_line(place(a), place(b)),
                Segment::Quad([a, b, c]) => rasterizer.draw_quad(place(a), place(b), place(c)),
                Segment::Cubic([a, b, c, d]) => rasterizer.draw_cubic(place(a), place(b), place(c), place(d)),
            }
        }
        let mut alpha = vec![0_u8; width * height];
        rasterizer.for_each_pixel(|index, cover| {
            if let Some(pixel) = alpha.get_mut(index) {
                *pixel = u8::try_from(pixels(cover.clamp(0.0, 1.0) * 255.0)).unwrap_or(u8::MAX);
            }
        });
        let bitmap =
            BitmapGlyph::from_unbuffered(&alpha, width, height, AROUND).map_err(|error| format!("{error:?}"))?;
        let field_values = clamp_to_u8(&bitmap.render_sdf(RADIUS), CUTOFF).map_err(|error| format!("{error:?}"))?;
        field(&mut message, 2, &field_values);
        number(&mut message, 3, width as u64);
        number(&mut message, 4, height as u64);
        number(&mut message, 5, zigzag(left));
        number(&mut message, 6, zigzag(top - ASCENDER));
        number(&mut message, 7, u64::from(pixels(advance)));
        Ok(message)
    }

    /// Left, bottom, width and height in whole pixels; `None` for a glyph without ink.
    fn frame(&self) -> Option<(i32, i32, usize, usize)> {
        let mut points = self.segments.iter().flat_map(Segment::points);
        let first = points.next()?;
        let (low, high) = points.fold((*first, *first), |(low, high), point| {
            ([low[0].min(point[0]), low[1].min(point[1])], [high[0].max(point[0]), high[1].max(point[1])])
        });
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a glyph is some ems wide at most; casts of floats saturate"
        )]
        let [left, bottom, right, top] =
            [low[0].floor() as i32, low[1].floor() as i32, high[0].ceil() as i32, high[1].ceil() as i32];
        let side =
            |from: i32, to: i32| usize::try_from(to.saturating_sub(from)).ok().filter(|side| (1..=512).contains(side));
        Some((left, bottom, side(left, right)?, side(bottom, top)?))
    }
}

fn pixels(value: f32) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts of floats saturate")]
    let whole = value.round() as u32;
    whole
}

fn signed(value: usize) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn zigzag(value: i32) -> u64 {
    let value = i64::from(value);
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn number(bytes: &mut Vec<u8>, at: u64, value: u64) {
    varint(bytes, at << 3);
    varint(bytes, value);
}

fn field(bytes: &mut Vec<u8>, at: u64, content: &[u8]) {
    varint(bytes, at << 3 | 2);
    varint(bytes, content.len() as u64);
    bytes.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_weights_are_those_of_addresses() {
        assert_eq!(range_of("0-255.pbf"), Some((0, 255)));
        assert_eq!(range_of("65280-65535.pbf"), Some((65280, 65535)));
        for text in ["0-256.pbf", "1-256.pbf", "-1-254.pbf", "0-255", "0-255.png", "1114112-1114367.pbf", "+0-255.pbf"]
        {
            assert_eq!(range_of(text), None, "{text}");
        }
        assert_eq!(weight_of("Noto Sans JP"), Some(400.0));
        assert_eq!(weight_of("Noto Sans JP Bold"), Some(700.0));
        assert_eq!(weight_of("Open Sans Regular"), None);
    }
}
