//! The geometries of GML 2, 3.1 and 3.2 (ISO 19136) as points, lines and faces in the plane.

use geo_types::{Coord, Geometry, LineString, Point, Polygon};

use super::members::Members;
use super::srs::Srs;
use crate::read::ReadLimits;
use crate::read::shape::{self, Fault, Tally};
use crate::read::xml::{Element, Tree, XmlError};

/// References that lead to references: a surface refers to curves, an orientable curve to its base.
const REFERENCE_DEPTH: usize = 8;

/// Bytes that references may unfold to, for each byte of the file. Neighbouring areas share their border, so twice the
/// file is usual.
const UNFOLDED: usize = 16;

/// Curves that are not made of straight pieces.
const CURVED: [&str; 11] = [
    "Arc",
    "ArcString",
    "ArcStringByBulge",
    "ArcByBulge",
    "ArcByCenterPoint",
    "Circle",
    "CircleByCenterPoint",
    "CubicSpline",
    "BSpline",
    "Bezier",
    "Clothoid",
];

/// What is known while geometries are read.
pub(super) struct Context<'m, 't> {
    pub(super) text: &'t str,
    pub(super) members: &'m Members,
    pub(super) limits: &'m ReadLimits,
    pub(super) tally: Tally,
    /// Places whose numbers contradicted the stated order of axes.
    pub(super) turned: u64,
    unfolded_left: usize,
    depth: usize,
}

/// The system and dimension that hold for an element unless it states its own.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) srs: Srs,
    pub(super) dimension: Option<usize>,
}

/// A flat piece of a surface with the heights of its outer ring.
pub(super) struct Face {
    area: Polygon<f64>,
    low: f64,
    high: f64,
}

/// What a geometry is made of.
#[derive(Default)]
pub(super) struct Parts {
    points: Vec<Point<f64>>,
    lines: Vec<LineString<f64>>,
    faces: Vec<Face>,
}

/// A place with its height; 0 where it has none.
struct Vertex {
    at: Coord<f64>,
    height: f64,
}

impl<'m, 't> Context<'m, 't> {
    pub(super) fn new(text: &'t str, members: &'m Members, limits: &'m ReadLimits) -> Self {
        let unfolded_left = Self::most(text);
        Self { text, members, limits, tally: Tally::new(limits), turned: 0, unfolded_left, depth: 0 }
    }

    fn most(text: &str) -> usize {
        text.len().saturating_mul(UNFOLDED).saturating_add(1 << 20)
    }

    /// Reads what `#id` refers to.
    fn refer(
        &mut self,
        href: &str,
        frame: &Frame,
        read: &mut dyn FnMut(&mut Self, Element<'_, 't>, &Frame) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let target = href.strip_prefix('#').and_then(|id| self.members.shared.get(id)).cloned();
        let Some(range) = target else {
            return Err(Fault::broken("参照先がファイルにありません / no such id in the file", href));
        };
        if self.depth >= REFERENCE_DEPTH {
            return Err(Fault::broken("参照が繰り返されています / references lead in a circle", href));
        }
        let Some(left) = self.unfolded_left.checked_sub(range.len()) else {
            let limit_bytes = Self::most(self.text);
            return Err(Fault::File(XmlError::References { limit_bytes }.into()));
        };
        self.unfolded_left = left;
        let tree = Tree::parse(self.text, range, "GML", self.limits)?;
        self.depth += 1;
        let result = read(self, tree.root(), frame);
        self.depth -= 1;
        result
    }
}

impl Frame {
    /// The frame inside an element. A system other than that of the table makes the feature unreadable: its places would
    /// be taken for places of the other system.
    fn inside(&self, element: Element<'_, '_>) -> Result<Self, Fault> {
        let mut inside = self.clone();
        if let Some(name) = element.attribute("srsName") {
            let stated = Srs::parse(name);
            if stated.crs != self.srs.crs {
                return Err(Fault::broken("座標系が他の地物と違います / another coordinate system", name));
            }
            inside.srs = stated;
        }
        if let Some(dimension) = element.attribute("srsDimension").and_then(|text| text.trim().parse().ok()) {
            inside.dimension = Some(dimension);
        }
        Ok(inside)
    }
}

/// Reads a geometry, or the property that holds or refers to one, onto `parts`.
pub(super) fn collect<'t>(
    element: Element<'_, 't>,
    frame: &Frame,
    context: &mut Context<'_, 't>,
    parts: &mut Parts,
) -> Result<(), Fault> {
    let frame = frame.inside(element)?;
    match element.local() {
        "Point" => {
            let places = positions(element, &frame, context)?;
            match places.as_slice() {
                [place] => parts.points.push(place.at.into()),
                [] => context.tally.empty += 1,
                _ => return Err(Fault::broken("Point", &format!("{} places", places.len()))),
            }
        }
        "LineString" | "Curve" | "CompositeCurve" | "OrientableCurve" | "LineStringSegment" | "GeodesicString"
        | "LinearRing" | "Ring" => {
            let mut places = Vec::new();
            curve(element, &frame, context, &mut places)?;
            context.tally.empty += u64::from(places.is_empty());
            if !places.is_empty() {
                parts.lines.push(shape::line(flat(places), element.local())?);
            }
        }
        "Polygon" | "PolygonPatch" | "Triangle" | "Rectangle" => {
            parts.faces.extend(face(element, &frame, context)?);
        }
        name if CURVED.contains(&name) => return Err(Fault::broken("曲線には対応していません / a curved line", name)),
        "Envelope" | "Box" | "interior" => {}
        _ => {
            let mut is_empty = true;
            for child in element.children() {
                is_empty = false;
                collect(child, &frame, context, parts)?;
            }
            let href = element.attribute("href");
            // A member that holds nothing is a part without vertices.
            context.tally.empty += u64::from(is_empty && href.is_none() && element.local().ends_with("Member"));
            if let Some(href) = href.filter(|_| is_empty) {
                context.refer(href, &frame, &mut |context, target, frame| collect(target, frame, context, parts))?;
            }
        }
    }
    Ok(())
}

fn flat(places: Vec<Vertex>) -> Vec<Coord<f64>> {
    places.into_iter().map(|place| place.at).collect()
}

/// A polygon or a patch of a surface; `None` where it has no outer ring at all.
fn face<'t>(element: Element<'_, 't>, frame: &Frame, context: &mut Context<'_, 't>) -> Result<Option<Face>, Fault> {
    let (mut outer, mut inner) = (None, Vec::new());
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut is_outline_empty = false; // Its holes are holes in nothing then.
    for boundary in element.children() {
        let is_outer = match boundary.local() {
            "exterior" | "outerBoundaryIs" => true,
            "interior" | "innerBoundaryIs" => false,
            _ => continue,
        };
        let mut places = Vec::new();
        curve(boundary, frame, context, &mut places)?;
        if places.is_empty() {
            is_outline_empty |= is_outer;
            context.tally.empty += u64::from(!is_outer);
            continue;
        }
        if is_outer {
            low = places.iter().map(|place| place.height).fold(low, f64::min);
            high = places.iter().map(|place| place.height).fold(high, f64::max);
        }
        let ring = shape::ring(flat(places), &mut context.tally)?;
        if !is_outer {
            inner.push(ring);
        } else if outer.replace(ring).is_some() {
            return Err(Fault::broken("外側の輪が2つあります / two outer rings", element.local()));
        }
    }
    match outer {
        Some(outer) => Ok(Some(Face { area: Polygon::new(outer, inner), low, high })),
        None if inner.is_empty() || is_outline_empty => {
            context.tally.empty += 1;
            Ok(None)
        }
        None => Err(Fault::broken("外側の輪がありません / no outer ring", element.local())),
    }
}

/// The vertices of a curve with all its pieces, joined where they meet.
fn curve<'t>(
    element: Element<'_, 't>,
    frame: &Frame,
    context: &mut Context<'_, 't>,
    places: &mut Vec<Vertex>,
) -> Result<(), Fault> {
    let frame = frame.inside(element)?;
    match element.local() {
        "LineString" | "LinearRing" | "LineStringSegment" | "GeodesicString" => {
            join(places, positions(element, &frame, context)?);
        }
        "OrientableCurve" => {
            let mut base = Vec::new();
            for child in element.children() {
                curve(child, &frame, context, &mut base)?;
            }
            if element.attribute("orientation") == Some("-") {
                base.reverse();
            }
            join(places, base);
        }
        name if CURVED.contains(&name) => return Err(Fault::broken("曲線には対応していません / a curved line", name)),
        _ => {
            let mut is_empty = true;
            for child in element.children() {
                is_empty = false;
                let mut piece = Vec::new();
                curve(child, &frame, context, &mut piece)?;
                join(places, piece);
            }
            if let Some(href) = element.attribute("href").filter(|_| is_empty) {
                let mut piece = Vec::new();
                context.refer(href, &frame, &mut |context, target, frame| curve(target, frame, context, &mut piece))?;
                join(places, piece);
            }
        }
    }
    Ok(())
}

/// Puts a piece behind another; the place where they meet stands once.
fn join(places: &mut Vec<Vertex>, piece: Vec<Vertex>) {
    let meets = matches!((places.last(), piece.first()), (Some(last), Some(first)) if last.at == first.at);
    places.extend(piece.into_iter().skip(usize::from(meets)));
}

/// The places directly inside an element, in any of the ways GML writes them.
fn positions<'t>(element: Element<'_, 't>, frame: &Frame, context: &mut Context<'_, 't>) -> Result<Vec<Vertex>, Fault> {
    let mut places = Vec::new();
    for child in element.children() {
        let frame = frame.inside(child)?;
        match child.local() {
            "posList" => {
                let numbers = numbers(child.text().split_ascii_whitespace(), child.text())?;
                let dimension = frame.dimension.unwrap_or_else(|| frame.srs.dimension_of(&numbers));
                if !(2..=3).contains(&dimension) || !numbers.len().is_multiple_of(dimension) {
                    let found = format!("{} numbers, srsDimension {dimension}", numbers.len());
                    return Err(Fault::broken("posList", &found));
                }
                for place in numbers.chunks_exact(dimension) {
                    places.push(vertex(place, &frame.srs, context)?);
                }
            }
            "pos" => {
                let numbers = numbers(child.text().split_ascii_whitespace(), child.text())?;
                // An empty position is how some programs write "no place".
                if !numbers.is_empty() {
                    places.push(vertex(&numbers, &frame.srs, context)?);
                }
            }
            "coordinates" => old_coordinates(child, &frame, context, &mut places)?,
            "coord" => {
                let axes = ["X", "Y", "Z"].into_iter().filter_map(|axis| child.child(axis)).map(Element::text);
                let numbers = numbers(axes, child.text())?;
                places.push(vertex(&numbers, &frame.srs, context)?);
            }
            "pointProperty" | "pointRep" => {
                let mut found = Vec::new();
                match child.attribute("href").filter(|_| child.is_leaf()) {
                    Some(href) => context.refer(href, &frame, &mut |context, target, frame| {
                        found = positions(target, frame, context)?;
                        Ok(())
                    })?,
                    None => {
                        for point in child.children() {
                            found.extend(positions(point, &frame, context)?);
                        }
                    }
                }
                places.extend(found);
            }
            _ => {}
        }
    }
    Ok(places)
}

/// The `coordinates` of GML 2, with separators of their own: tuples by blanks, numbers by commas unless stated.
fn old_coordinates(
    list: Element<'_, '_>,
    frame: &Frame,
    context: &mut Context<'_, '_>,
    places: &mut Vec<Vertex>,
) -> Result<(), Fault> {
    let one = |name: &str, usual: char| list.attribute(name).and_then(|text| text.chars().next()).unwrap_or(usual);
    let (between, within, point) = (one("ts", ' '), one("cs", ','), one("decimal", '.'));
    let is_between = |letter: char| letter == between || (between.is_whitespace() && letter.is_whitespace());
    for tuple in list.text().split(is_between).map(str::trim).filter(|tuple| !tuple.is_empty()) {
        let tuple = if point == '.' { tuple.to_owned() } else { tuple.replace(point, ".") };
        let numbers = numbers(tuple.split(within).map(str::trim), &tuple)?;
        places.push(vertex(&numbers, &frame.srs, context)?);
    }
    Ok(())
}

fn vertex(numbers: &[f64], srs: &Srs, context: &mut Context<'_, '_>) -> Result<Vertex, Fault> {
    let (first, second, height) = match numbers {
        [first, second] => (*first, *second, 0.0),
        [first, second, height] => (*first, *second, *height),
        _ => return Err(Fault::broken("座標の数 / numbers of a place", &format!("{numbers:?}"))),
    };
    context.tally.vertex(context.limits)?;
    context.tally.heights += u64::from(height != 0.0);
    let (at, turned) = srs.east_north(first, second);
    context.turned += u64::from(turned);
    Ok(Vertex { at, height })
}

/// Decimal numbers; words such as `inf`, which Rust would take, are none.
fn numbers<'a>(texts: impl Iterator<Item = &'a str>, all: &str) -> Result<Vec<f64>, Fault> {
    let one = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
        if plain { text.parse::<f64>().ok() } else { None }
    };
    texts
        .map(|text| {
            one(text).ok_or_else(|| Fault::broken("座標 / coordinates", if text.is_empty() { all } else { text }))
        })
        .collect()
}

impl Parts {
    /// The geometry all parts make; areas before lines before points would hide nothing, so they stand together.
    pub(super) fn into_geometry(self) -> Option<Geometry<f64>> {
        let areas = self.faces.into_iter().map(|face| Geometry::Polygon(face.area));
        let lines = self.lines.into_iter().map(Geometry::LineString);
        let points = self.points.into_iter().map(Geometry::Point);
        shape::gather(areas.chain(lines).chain(points).collect())
    }

    /// The ground of a solid: its level faces at the lowest height. Without such (a sloping ground) all faces that are
    /// not upright, seen from above.
    pub(super) fn into_ground(mut self) -> Option<Geometry<f64>> {
        /// Heights are given in centimetres.
        const LEVEL_M: f64 = 0.02;
        let lowest = self.faces.iter().map(|face| face.low).fold(f64::INFINITY, f64::min);
        let is_ground = |face: &Face| face.high - face.low <= LEVEL_M && face.low - lowest <= LEVEL_M;
        if self.faces.iter().any(is_ground) {
            self.faces.retain(is_ground);
        } else {
            self.faces.retain(|face| !is_upright(&face.area));
        }
        self.into_geometry()
    }
}

/// Whether a face seen from above is a line.
fn is_upright(area: &Polygon<f64>) -> bool {
    let ring = &area.exterior().0;
    let Some(origin) = ring.first() else { return true };
    let doubled: f64 = ring
        .windows(2)
        .map(|pair| match pair {
            [a, b] => (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y),
            _ => 0.0,
        })
        .sum();
    // A ten-millionth of a square second of arc: a square centimetre.
    doubled.abs() < 1e-14
}
