//! One feature: its properties and its geometry.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};
use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};

use super::json::Walker;
use crate::read::ReadLimits;
use crate::read::cells::{Meaning, RowCells};
use crate::read::number::as_published;

/// The texts of a feature's parts.
#[derive(Debug, Default, Clone)]
pub(in crate::read) struct Parts<'t> {
    /// Its `type`, with quotation marks.
    pub(in crate::read) kind: Option<&'t str>,
    /// Its `geometry`.
    pub(in crate::read) geometry: Option<&'t str>,
    /// Its `properties`.
    pub(in crate::read) properties: Option<&'t str>,
    /// Its `id`.
    pub(in crate::read) id: Option<&'t str>,
    /// Members that the standard does not know (RFC 7946, 6.1), each key with quotation marks.
    pub(in crate::read) foreign: Vec<(&'t str, &'t str)>,
}

/// Why one feature cannot be read: where in it, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::read) struct Broken(pub(in crate::read) String);

/// Characters quoted of what is broken.
const QUOTED_CHARS: usize = 60;

impl Broken {
    pub(in crate::read) fn new(place: &str, found: &str) -> Self {
        let found: String = found.chars().take(QUOTED_CHARS).filter(|c| !c.is_control()).collect();
        Self(format!("{place}: {}", found.trim()))
    }
}

/// Takes a feature apart.
pub(in crate::read) fn parts(text: &str, depth_limit: usize) -> Result<Parts<'_>, Broken> {
    let mut parts = Parts::default();
    members(text, depth_limit, "feature", |key, value| {
        match key {
            "\"type\"" => parts.kind = Some(value),
            "\"geometry\"" => parts.geometry = Some(value),
            "\"properties\"" => parts.properties = Some(value),
            "\"id\"" => parts.id = Some(value),
            // A box repeats the geometry, and some servers say in every feature what its column was called.
            "\"bbox\"" | "\"geometry_name\"" => {}
            _ => parts.foreign.push((key, value)),
        }
        Ok(())
    })?;
    Ok(parts)
}

/// Calls with each key (with quotation marks) and value of an object.
pub(in crate::read) fn members<'t>(
    text: &'t str,
    depth_limit: usize,
    place: &str,
    mut visit: impl FnMut(&'t str, &'t str) -> Result<(), Broken>,
) -> Result<(), Broken> {
    let mut walker = Walker::new(text, depth_limit);
    walker.enter(b'{').map_err(|_| Broken::new(place, text))?;
    while let Some(member) = walker.member() {
        let at = walker.position();
        let (key, value) = member.map_err(|_| Broken::new(place, text.get(at..).unwrap_or_default()))?;
        visit(key, value)?;
    }
    Ok(())
}

/// A string's text; `None` where it is no valid string (a lone surrogate, a raw control character).
pub(in crate::read) fn string(raw: &str) -> Option<std::borrow::Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.bytes().all(|byte| byte != b'\\' && byte != b'"' && byte >= 0x20) {
        return Some(std::borrow::Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(raw).ok().map(std::borrow::Cow::Owned)
}

/// An object or array without the blanks between its parts, its numbers as published; `None` where it is broken.
pub(in crate::read) fn compact(raw: &str) -> Option<String> {
    if raw.contains('\\') {
        // Escaped letters are written out, so that the text can be read and searched.
        return serde_json::from_str::<serde_json::Value>(raw).ok().map(|value| value.to_string());
    }
    serde_json::from_str::<IgnoredAny>(raw).ok()?;
    let mut is_inside = false;
    let kept = raw.chars().filter(|letter| {
        is_inside ^= *letter == '"';
        is_inside || !matches!(letter, ' ' | '\t' | '\n' | '\r')
    });
    Some(kept.collect())
}

/// Sets the cell of one property.
pub(in crate::read) fn property(cells: &mut RowCells, index: usize, key: &str, raw: &str) -> Result<(), Broken> {
    let broken = || Broken::new(key, raw);
    match raw.as_bytes().first() {
        Some(b'"') => cells.set(index, Meaning::Text, &string(raw).ok_or_else(broken)?),
        Some(b'{' | b'[') => {
            cells.set(index, Meaning::Text, &compact(raw).ok_or_else(broken)?);
        }
        _ => match raw {
            "null" => cells.set(index, Meaning::Text, ""),
            "true" => cells.set_bool(index, true),
            "false" => cells.set_bool(index, false),
            _ => {
                serde_json::from_str::<f64>(raw).map_err(|_| broken())?;
                cells.set(index, Meaning::Number, &as_published(raw).ok_or_else(broken)?);
            }
        },
    }
    Ok(())
}

/// A position: at least two numbers; height and what follows are left out, and whether there were any is kept.
#[derive(Debug, Clone, Copy)]
pub(in crate::read) struct Position(pub(in crate::read) Coord<f64>, pub(in crate::read) bool);

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;
        impl<'de> Visitor<'de> for Numbers {
            type Value = Position;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a position of two or three numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Position, A::Error> {
                let x = list.next_element::<f64>()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let y = list.next_element::<f64>()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
                let mut has_height = false;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    has_height = true;
                }
                Ok(Position(Coord { x, y }, has_height))
            }
        }
        deserializer.deserialize_seq(Numbers)
    }
}

type Line = Vec<Position>;

fn line(points: Line, tally: &mut Tally) -> LineString<f64> {
    tally.has_heights |= points.iter().any(|position| position.1);
    LineString(points.into_iter().map(|position| position.0).collect())
}

/// A polygon closes its rings by itself, so those that are not closed are counted before.
fn polygon(rings: Vec<Line>, tally: &mut Tally) -> Option<Polygon<f64>> {
    let open = |ring: &&Line| ring.first().map(|position| position.0) != ring.last().map(|position| position.0);
    tally.unclosed_rings += rings.iter().filter(open).count() as u64;
    // Where the outline is empty, its holes are holes in nothing.
    if rings.first().is_none_or(Vec::is_empty) {
        tally.empty_parts += 1;
        return None;
    }
    tally.empty_parts += rings.iter().filter(|ring| ring.is_empty()).count() as u64;
    let mut rings = rings.into_iter().filter(|ring| !ring.is_empty()).map(|ring| line(ring, tally));
    Some(Polygon::new(rings.next()?, rings.collect()))
}

/// What is counted over the geometries of a file.
#[derive(Debug, Clone, Copy)]
pub(in crate::read) struct Tally {
    /// Vertices that may still come in the file, and in the feature under way.
    vertices_left: u64,
    feature_left: u64,
    /// Rings whose last position is not their first.
    pub(in crate::read) unclosed_rings: u64,
    /// Parts and rings without any position, which are left out.
    pub(in crate::read) empty_parts: u64,
    /// Whether the feature under way has heights, which are left out.
    pub(in crate::read) has_heights: bool,
}

impl Tally {
    /// Nothing counted yet.
    pub(in crate::read) fn new(limits: &ReadLimits) -> Self {
        Self {
            vertices_left: limits.file_vertices,
            feature_left: limits.vertices,
            unclosed_rings: 0,
            empty_parts: 0,
            has_heights: false,
        }
    }

    /// Begins with a feature.
    pub(in crate::read) fn begin(&mut self, limits: &ReadLimits) {
        self.feature_left = limits.vertices;
        self.empty_parts = 0;
    }

    fn take(&mut self, vertices: u64) -> Result<(), GeometryFault> {
        let left = |left: u64| left.checked_sub(vertices).ok_or(GeometryFault::TooManyVertices);
        (self.vertices_left, self.feature_left) = (left(self.vertices_left)?, left(self.feature_left)?);
        Ok(())
    }
}

/// Reads a geometry; `None` for `null` and for one without any position.
pub(in crate::read) fn geometry(
    raw: &str,
    depth_limit: usize,
    tally: &mut Tally,
) -> Result<Option<Geometry<f64>>, GeometryFault> {
    if raw == "null" {
        return Ok(None);
    }
    let (mut kind, mut coordinates, mut geometries) = (None, None, None);
    members(raw, depth_limit, "geometry", |key, value| {
        match key {
            "\"type\"" => kind = Some(value),
            "\"coordinates\"" => coordinates = Some(value),
            "\"geometries\"" => geometries = Some(value),
            _ => {}
        }
        Ok(())
    })?;
    let kind = kind.ok_or_else(|| Broken::new("geometry.type", raw))?;
    if kind == "\"GeometryCollection\"" {
        return collection(geometries.unwrap_or_default(), depth_limit, tally);
    }
    let coordinates = coordinates.ok_or_else(|| Broken::new("geometry.coordinates", raw))?;
    // A position has at least two numbers with a comma between and one bracket of its own.
    let brackets = memchr::memchr_iter(b'[', coordinates.as_bytes()).count() as u64;
    tally.take(brackets)?;
    typed(kind, coordinates, tally)
}

fn typed(kind: &str, coordinates: &str, tally: &mut Tally) -> Result<Option<Geometry<f64>>, GeometryFault> {
    fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, GeometryFault> {
        serde_json::from_str(text).map_err(|error| {
            // The error's column counts bytes of its line; what stands around it is what a person can search for.
            let line_start =
                text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
            let mut from = (line_start + error.column()).saturating_sub(20).min(text.len());
            while !text.is_char_boundary(from) {
                from -= 1;
            }
            Broken::new("geometry.coordinates", &text[from..]).into()
        })
    }
    Ok(match kind {
        "\"Point\"" if coordinates.bytes().all(|byte| matches!(byte, b'[' | b']' | b' ' | b'\n' | b'\r' | b'\t')) => {
            None
        }
        "\"Point\"" => {
            let position = read::<Position>(coordinates)?;
            tally.has_heights |= position.1;
            Some(Geometry::Point(Point(position.0)))
        }
        "\"MultiPoint\"" => {
            let points: Line = read(coordinates)?;
            let points = line(points, tally).0;
            (!points.is_empty()).then(|| Geometry::MultiPoint(MultiPoint(points.into_iter().map(Point).collect())))
        }
        "\"LineString\"" => {
            let points: Line = read(coordinates)?;
            if points.is_empty() { None } else { Some(Geometry::LineString(line(points, tally))) }
        }
        "\"MultiLineString\"" => {
            let lines: Vec<Line> = read(coordinates)?;
            tally.empty_parts += lines.iter().filter(|points| points.is_empty()).count() as u64;
            let lines: Vec<_> =
                lines.into_iter().filter(|points| !points.is_empty()).map(|points| line(points, tally)).collect();
            if lines.is_empty() { None } else { Some(Geometry::MultiLineString(MultiLineString(lines))) }
        }
        "\"Polygon\"" => polygon(read(coordinates)?, tally).map(Geometry::Polygon),
        "\"MultiPolygon\"" => {
            let polygons: Vec<Vec<Line>> = read(coordinates)?;
            let polygons: Vec<_> = polygons.into_iter().filter_map(|rings| polygon(rings, tally)).collect();
            if polygons.is_empty() { None } else { Some(Geometry::MultiPolygon(MultiPolygon(polygons))) }
        }
        other => return Err(Broken::new("geometry.type", other).into()),
    })
}

fn collection(raw: &str, depth_limit: usize, tally: &mut Tally) -> Result<Option<Geometry<f64>>, GeometryFault> {
    let mut walker = Walker::new(raw, depth_limit);
    walker.enter(b'[').map_err(|_| Broken::new("geometry.geometries", raw))?;
    let mut members = Vec::new();
    while let Some(element) = walker.element() {
        let element = element.map_err(|_| Broken::new("geometry.geometries", raw))?;
        members.extend(geometry(element, depth_limit, tally)?);
    }
    Ok(if members.is_empty() { None } else { Some(Geometry::GeometryCollection(GeometryCollection(members))) })
}

/// Why a geometry cannot be read.
#[derive(Debug, PartialEq)]
pub(in crate::read) enum GeometryFault {
    /// This feature is broken.
    Broken(Broken),
    /// The file has more vertices than are taken.
    TooManyVertices,
}

impl From<Broken> for GeometryFault {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}
