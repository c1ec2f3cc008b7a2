//! One feature: its properties and its geometry.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon,
};
use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};

use super::json::Walker;
use crate::read::cells::{Meaning, RowCells};
use crate::read::number::shortest_of;

/// The texts of a feature's parts.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Parts<'t> {
    /// Its `type`, with quotation marks.
    pub(super) kind: Option<&'t str>,
    /// Its `geometry`.
    pub(super) geometry: Option<&'t str>,
    /// Its `properties`.
    pub(super) properties: Option<&'t str>,
}

/// Why one feature cannot be read: where in it, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken(pub(super) String);

/// Characters quoted of what is broken.
const QUOTED_CHARS: usize = 60;

impl Broken {
    pub(super) fn new(place: &str, found: &str) -> Self {
        let found: String = found.chars().take(QUOTED_CHARS).filter(|c| !c.is_control()).collect();
        Self(format!("{place}: {}", found.trim()))
    }
}

/// Takes a feature apart.
pub(super) fn parts(text: &str, depth_limit: usize) -> Result<Parts<'_>, Broken> {
    let mut parts = Parts::default();
    members(text, depth_limit, "feature", |key, value| {
        match key {
            "\"type\"" => parts.kind = Some(value),
            "\"geometry\"" => parts.geometry = Some(value),
            "\"properties\"" => parts.properties = Some(value),
            _ => {}
        }
        Ok(())
    })?;
    Ok(parts)
}

/// Calls with each key (with quotation marks) and value of an object.
pub(super) fn members<'t>(
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
pub(super) fn string(raw: &str) -> Option<std::borrow::Cow<'_, str>> {
    let inner = raw.strip_prefix('"')?.strip_suffix('"')?;
    if inner.bytes().all(|byte| byte != b'\\' && byte != b'"' && byte >= 0x20) {
        return Some(std::borrow::Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(raw).ok().map(std::borrow::Cow::Owned)
}

/// Sets the cell of one property.
pub(super) fn property(cells: &mut RowCells, index: usize, key: &str, raw: &str) -> Result<(), Broken> {
    let broken = || Broken::new(key, raw);
    match raw.as_bytes().first() {
        Some(b'"') => cells.set(index, Meaning::Text, &string(raw).ok_or_else(broken)?),
        Some(b'{' | b'[') => {
            let value: serde_json::Value = serde_json::from_str(raw).map_err(|_| broken())?;
            cells.set(index, Meaning::Text, &value.to_string());
        }
        _ => match raw {
            "null" => cells.set(index, Meaning::Text, ""),
            "true" => cells.set_bool(index, true),
            "false" => cells.set_bool(index, false),
            _ => {
                serde_json::from_str::<f64>(raw).map_err(|_| broken())?;
                cells.set(index, Meaning::Number, &shortest_of(raw).ok_or_else(broken)?);
            }
        },
    }
    Ok(())
}

/// A position: at least two numbers; height and what follows are left out.
#[derive(Debug, Clone, Copy)]
struct Position(Coord<f64>);

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
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Position(Coord { x, y }))
            }
        }
        deserializer.deserialize_seq(Numbers)
    }
}

type Line = Vec<Position>;

fn line(points: Line) -> LineString<f64> {
    LineString(points.into_iter().map(|position| position.0).collect())
}

/// A polygon closes its rings by itself, so those that are not closed are counted before.
fn polygon(rings: Vec<Line>, tally: &mut Tally) -> Option<Polygon<f64>> {
    let open = |ring: &&Line| ring.first().map(|position| position.0) != ring.last().map(|position| position.0);
    tally.unclosed_rings += rings.iter().filter(open).count() as u64;
    let mut rings = rings.into_iter().filter(|ring| !ring.is_empty()).map(line);
    Some(Polygon::new(rings.next()?, rings.collect()))
}

/// What is counted over the geometries of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    /// Vertices that may still come.
    pub(super) vertices_left: u64,
    /// Rings whose last position is not their first.
    pub(super) unclosed_rings: u64,
}

/// Reads a geometry; `None` for `null` and for one without any position.
pub(super) fn geometry(
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
    tally.vertices_left = tally.vertices_left.checked_sub(brackets).ok_or(GeometryFault::TooManyVertices)?;
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
        "\"Point\"" => Some(Geometry::Point(Point(read::<Position>(coordinates)?.0))),
        "\"MultiPoint\"" => {
            let points: Line = read(coordinates)?;
            if points.is_empty() {
                None
            } else {
                Some(Geometry::MultiPoint(MultiPoint(points.iter().map(|p| Point(p.0)).collect())))
            }
        }
        "\"LineString\"" => {
            let points: Line = read(coordinates)?;
            if points.is_empty() { None } else { Some(Geometry::LineString(line(points))) }
        }
        "\"MultiLineString\"" => {
            let lines: Vec<Line> = read(coordinates)?;
            let lines: Vec<_> = lines.into_iter().filter(|points| !points.is_empty()).map(line).collect();
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
pub(super) enum GeometryFault {
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
