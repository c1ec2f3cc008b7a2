//! TopoJSON (<https://github.com/topojson/topojson-specification>): lines that shapes share are written once as arcs, and
//! a shape names its arcs by number, backwards by the complement. Every object is a table.

use std::ops::ControlFlow;

use geo_types::{Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon, Point};
use serde::Deserialize;

use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::cells::RowCells;
use crate::read::encoding::Decoded;
use crate::read::geo_error::GeoError;
use crate::read::geojson::columns::Columns;
use crate::read::geojson::feature::{self, Broken, Parts, Position};
use crate::read::geojson::json::{Fault as Unclosed, Walker};
use crate::read::geojson::{Filled, elements, fault, stated, tell_outside, tell_replaced, values};
use crate::read::geometry_row::{Fault, Tally, push};
use crate::read::{Crs, ReadError, ReadLimits, RowSink, TableHead};

/// Collections in collections that are followed.
const DEPTH: usize = 16;

/// The step of whole numbers in a quantized topology.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

impl Transform {
    fn apply(self, at: Coord<f64>) -> Coord<f64> {
        Coord { x: at.x * self.scale[0] + self.translate[0], y: at.y * self.scale[1] + self.translate[1] }
    }
}

/// A topology taken apart.
struct Topology<'t> {
    transform: Option<Transform>,
    /// `None` for an arc that cannot be read; what names it is refused.
    arcs: Vec<Option<Vec<Coord<f64>>>>,
    objects: Vec<(String, Vec<&'t str>)>,
    crs: Crs,
}

impl From<Broken> for Fault {
    fn from(Broken(detail): Broken) -> Self {
        Self::Broken(detail)
    }
}

/// Reads every object of a topology. Memory: the text, 16 bytes for each position of an arc and for each feature.
pub(super) fn read(decoded: &Decoded<'_>, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let text: &str = &decoded.text;
    let topology = take_apart(text, limits)?;
    if topology.objects.iter().all(|(_, features)| features.is_empty()) {
        return Err(ReadError::Empty);
    }
    let mut tally = Tally::new(limits);
    let several = topology.objects.len() > 1;
    for (index, (name, features)) in topology.objects.iter().enumerate() {
        let name = several.then_some(name.as_str());
        let parts = |text| parts(text, limits).ok();
        let columns = Columns::gather(features, limits, parts)?;
        let head = TableHead {
            name: name.map(str::to_owned),
            columns: Some(columns.names.clone()),
            crs: Some(topology.crs.clone()),
            encoding: decoded.name.to_owned(),
            format: "TopoJSON",
        };
        if sink.table(&head).is_break() {
            return Ok(());
        }
        let place = || Place { sheet: name.map(str::to_owned), ..Place::default() };
        sink.finding(Finding::new(FindingCode::EncodingFound, place(), decoded.name, ""));
        tell_outside(&columns, name, sink);
        if index == 0 {
            tell_replaced(features, decoded, sink);
        }
        if rows(&topology, (name, features), &columns, (&mut tally, limits), sink)?.is_break() {
            return Ok(());
        }
        tally.tell(name, sink);
    }
    Ok(())
}

fn take_apart<'t>(text: &'t str, limits: &ReadLimits) -> Result<Topology<'t>, ReadError> {
    let broken = |found| fault(text, found, limits);
    let mut whole = Walker::new(text, limits.nesting);
    let root = whole.value().ok_or(ReadError::Empty)?.map_err(broken)?;
    let root_at = whole.value_at();
    if whole.value().is_some() {
        return Err(broken(Unclosed::At(whole.value_at())));
    }
    let at_root = |found| match found {
        Unclosed::At(at) => broken(Unclosed::At(root_at + at)),
        Unclosed::TooDeep => broken(found),
    };
    let mut members = Walker::new(root, limits.nesting);
    members.enter(b'{').map_err(at_root)?;
    let (mut arcs, mut objects, mut transform, mut system) = (None, None, None, None);
    while let Some(member) = members.member() {
        let (key, value) = member.map_err(at_root)?;
        let at = root_at + members.value_at();
        match key {
            "\"arcs\"" => arcs = Some((value, at)),
            "\"objects\"" => objects = Some((value, at)),
            "\"transform\"" => transform = Some(value),
            "\"crs\"" => system = Some(value),
            _ => {}
        }
    }
    let wrong = |what: &str| ReadError::PartBroken { part: "TopoJSON".to_owned(), detail: what.to_owned() };
    let transform: Option<Transform> = match transform {
        None | Some("null") => None,
        Some(raw) => Some(serde_json::from_str(raw).map_err(|_| wrong("transform"))?),
    };
    let arcs = match arcs {
        None => Vec::new(),
        Some((list, at)) if list.starts_with('[') => {
            read_arcs(&elements((text, list, at), limits)?, transform, limits)?
        }
        Some(_) => return Err(wrong("arcs")),
    };
    let (list, list_at) = objects.ok_or_else(|| wrong("objects"))?;
    Ok(Topology {
        transform,
        arcs,
        objects: read_objects((text, list, list_at), limits)?,
        crs: system.map_or(Crs::Geographic, stated),
    })
}

/// Adds up the steps of the arcs; without a transform they are positions as they stand.
fn read_arcs(
    raw: &[&str],
    transform: Option<Transform>,
    limits: &ReadLimits,
) -> Result<Vec<Option<Vec<Coord<f64>>>>, ReadError> {
    let mut left = limits.vertices;
    let mut arcs = Vec::new();
    for arc in raw {
        // A position has a bracket of its own.
        let brackets = memchr::memchr_iter(b'[', arc.as_bytes()).count() as u64;
        left = left.checked_sub(brackets).ok_or(ReadError::TooManyVertices { limit: limits.vertices })?;
        let positions: Option<Vec<Position>> = serde_json::from_str(arc).ok();
        arcs.push(positions.map(|positions| {
            let mut sum = Coord { x: 0.0, y: 0.0 };
            let step = |position: Position| match transform {
                None => position.0,
                Some(transform) => {
                    sum = Coord { x: sum.x + position.0.x, y: sum.y + position.0.y };
                    transform.apply(sum)
                }
            };
            positions.into_iter().map(step).collect()
        }));
    }
    Ok(arcs)
}

/// The objects by name: those of a collection are features, any other is one.
fn read_objects<'t>(
    (text, raw, at): (&'t str, &'t str, usize),
    limits: &ReadLimits,
) -> Result<Vec<(String, Vec<&'t str>)>, ReadError> {
    let broken = |found| match found {
        Unclosed::At(inner) => fault(text, Unclosed::At(at + inner), limits),
        Unclosed::TooDeep => fault(text, found, limits),
    };
    let mut walker = Walker::new(raw, limits.nesting);
    walker.enter(b'{').map_err(broken)?;
    let mut found: Vec<(String, Vec<&'t str>)> = Vec::new();
    while let Some(member) = walker.member() {
        let (key, value) = member.map_err(broken)?;
        let value_at = at + walker.value_at();
        let name = feature::string(key).unwrap_or_default().into_owned();
        let (mut kind, mut list, mut has_properties) = (None, None, false);
        let mut inner = Walker::new(value, limits.nesting);
        if inner.enter(b'{').is_ok() {
            while let Some(Ok((key, member))) = inner.member() {
                match key {
                    "\"type\"" => kind = Some(member),
                    "\"geometries\"" => list = Some((member, value_at + inner.value_at())),
                    "\"properties\"" => has_properties = true,
                    _ => {}
                }
            }
        }
        // A collection with properties of its own is one feature of many shapes.
        let features = match list {
            Some((list, list_at)) if kind == Some("\"GeometryCollection\"") && !has_properties => {
                elements((text, list, list_at), limits)?
            }
            _ => vec![value],
        };
        if features.len() as u64 > limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        found.push((name, features));
        if found.len() > limits.sheets {
            return Err(ReadError::TooManyParts { what: "layers", limit: limits.sheets });
        }
    }
    found.retain(|(_, features)| !features.is_empty());
    if found.is_empty() {
        return Err(GeoError::NoLayer { found: "objects: 0".to_owned() }.into());
    }
    Ok(found)
}

/// A geometry object of a topology as the parts of a feature.
fn parts<'t>(text: &'t str, limits: &ReadLimits) -> Result<Parts<'t>, Broken> {
    let mut parts = feature::parts(text, limits.nesting)?;
    parts.foreign.retain(|(key, _)| !matches!(*key, "\"arcs\"" | "\"coordinates\"" | "\"geometries\""));
    Ok(parts)
}

fn rows(
    topology: &Topology<'_>,
    (name, features): (Option<&str>, &[&str]),
    columns: &Columns<'_>,
    (tally, limits): (&mut Tally, &ReadLimits),
    sink: &mut dyn RowSink,
) -> Result<ControlFlow<()>, ReadError> {
    let (mut cells, mut filled) = (RowCells::default(), Filled::default());
    for (number, text) in (1_u64..).zip(features) {
        cells.reset(columns.names.len());
        filled.begin(columns.names.len());
        let geometry = parts(text, limits)
            .and_then(|parts| values(&parts, columns, &mut cells, &mut filled, limits))
            .map_err(Fault::from)
            .and_then(|()| shape(topology, text, tally, limits, 0));
        for twice in filled.twice.drain(..) {
            let key = columns.names.get(twice).map_or("", String::as_str);
            let place = Place {
                sheet: name.map(str::to_owned),
                row: Some(number),
                column: Some(key.to_owned()),
                ..Place::default()
            };
            sink.finding(Finding::new(FindingCode::JsonKeyDuplicate, place, key, ""));
        }
        if push((number, name), &cells, geometry, (tally, limits), sink)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn shape(
    topology: &Topology<'_>,
    text: &str,
    tally: &mut Tally,
    limits: &ReadLimits,
    depth: usize,
) -> Result<Option<Geometry<f64>>, Fault> {
    if depth > DEPTH {
        return Err(Fault::broken(format!("geometries: nested deeper than {DEPTH}")));
    }
    let (mut kind, mut arcs, mut coordinates, mut geometries) = ("null", None, None, None);
    feature::members(text, limits.nesting, "geometry", |key, value| {
        match key {
            "\"type\"" => kind = value,
            "\"arcs\"" => arcs = Some(value),
            "\"coordinates\"" => coordinates = Some(value),
            "\"geometries\"" => geometries = Some(value),
            _ => {}
        }
        Ok(())
    })?;
    let arcs = arcs.ok_or_else(|| Fault::broken("arcs: -"));
    let point = |position: Position| topology.transform.map_or(position.0, |transform| transform.apply(position.0));
    Ok(match kind {
        "null" => None,
        "\"Point\"" => {
            let position: Position = parse("coordinates", coordinates.unwrap_or("-"))?;
            tally.take(1)?;
            tally.see_heights(position.1);
            Some(Geometry::Point(Point(point(position))))
        }
        "\"MultiPoint\"" => {
            let positions: Vec<Position> = parse("coordinates", coordinates.unwrap_or("-"))?;
            tally.take(positions.len())?;
            let points: Vec<Point<f64>> = positions.into_iter().map(|position| Point(point(position))).collect();
            (!points.is_empty()).then_some(Geometry::MultiPoint(MultiPoint(points)))
        }
        "\"LineString\"" => {
            let line = topology.line(&parse::<Vec<i64>>("arcs", arcs?)?, tally)?;
            (!line.is_empty()).then_some(Geometry::LineString(LineString(line)))
        }
        "\"MultiLineString\"" => {
            let lines = topology.lines(&parse::<Vec<Vec<i64>>>("arcs", arcs?)?, tally)?;
            let lines: Vec<LineString<f64>> =
                lines.into_iter().filter(|line| !line.is_empty()).map(LineString).collect();
            (!lines.is_empty()).then_some(Geometry::MultiLineString(MultiLineString(lines)))
        }
        "\"Polygon\"" => {
            let rings = topology.lines(&parse::<Vec<Vec<i64>>>("arcs", arcs?)?, tally)?;
            tally.polygon(rings).map(Geometry::Polygon)
        }
        "\"MultiPolygon\"" => {
            let mut polygons = Vec::new();
            for rings in &parse::<Vec<Vec<Vec<i64>>>>("arcs", arcs?)? {
                let rings = topology.lines(rings, tally)?;
                polygons.extend(tally.polygon(rings));
            }
            (!polygons.is_empty()).then_some(Geometry::MultiPolygon(MultiPolygon(polygons)))
        }
        "\"GeometryCollection\"" => {
            let mut members = Vec::new();
            let mut walker = Walker::new(geometries.unwrap_or("-"), limits.nesting);
            walker.enter(b'[').map_err(|_| Fault::broken("geometries"))?;
            while let Some(element) = walker.element() {
                tally.take(1)?;
                let element = element.map_err(|_| Fault::broken("geometries"))?;
                members.extend(shape(topology, element, tally, limits, depth + 1)?);
            }
            (!members.is_empty()).then_some(Geometry::GeometryCollection(GeometryCollection(members)))
        }
        other => return Err(Broken::new("type", other).into()),
    })
}

fn parse<'t, T: Deserialize<'t>>(place: &str, raw: &'t str) -> Result<T, Fault> {
    serde_json::from_str(raw).map_err(|_| Broken::new(place, raw).into())
}

impl Topology<'_> {
    /// Arcs joined end to end: each begins where the one before it ends, and that position is written once.
    fn line(&self, arcs: &[i64], tally: &mut Tally) -> Result<Vec<Coord<f64>>, Fault> {
        let mut line: Vec<Coord<f64>> = Vec::new();
        for number in arcs {
            let is_backwards = *number < 0;
            let index = if is_backwards { !number } else { *number };
            let arc = usize::try_from(index).ok().and_then(|index| self.arcs.get(index));
            let arc = arc.ok_or_else(|| Fault::broken(format!("arcs: {number} of {}", self.arcs.len())))?;
            let arc = arc.as_ref().ok_or_else(|| Fault::broken(format!("arcs[{index}]")))?;
            tally.take(arc.len().max(1))?;
            let joint = usize::from(!line.is_empty());
            if is_backwards {
                line.extend(arc.iter().rev().skip(joint));
            } else {
                line.extend(arc.iter().skip(joint));
            }
        }
        Ok(line)
    }

    fn lines(&self, arcs: &[Vec<i64>], tally: &mut Tally) -> Result<Vec<Vec<Coord<f64>>>, Fault> {
        arcs.iter().map(|arcs| self.line(arcs, tally)).collect()
    }
}
