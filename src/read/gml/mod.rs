//! GML: CityGML of PLATEAU, 国土数値情報 (JPGIS 2014), 基盤地図情報 (FGD), and simple features of any program.
//!
//! One table per type of feature. Nothing outside of the file is ever fetched: schemas and code lists stay where they
//! are.

mod attributes;
mod choose;
mod geometry;
mod members;
mod srs;

use std::collections::HashMap;
use std::ops::{ControlFlow, Range};

use self::attributes::Found;
use self::geometry::{Context, Frame};
use self::members::{Kind, Members};
use self::srs::Srs;
use super::cells::{Meaning, RowCells};
use super::shape::{Fault, empty_parts};
use super::xml::{self, Element, Tree, XmlError};
use super::{ReadError, ReadLimits, Row, RowSink, SourceFile, TableHead, control};
use crate::model::finding::{Finding, FindingCode, Place};

/// Separators of repeated objects in one row: a thousand objects in a thousand columns.
const SEPARATORS: usize = 1_000_000;

/// Reads GML. Memory: the text, 16 bytes for each feature, 80 for each geometry that others may refer to, one feature at
/// a time.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    let document = xml::decode(bytes);
    document.check()?;
    let text: &str = &document.decoded.text;
    let members = Members::of(text, limits)?;
    if members.kinds.is_empty() {
        return Err(XmlError::NoFeature { format: "GML", root: members.root }.into());
    }
    let mut context = Context::new(text, &members, limits);
    for (index, kind) in members.kinds.iter().enumerate() {
        let plan = Plan::of(kind, &context)?;
        let head = TableHead {
            name: Some(kind.name.clone()),
            columns: Some(plan.columns.clone()),
            crs: plan.frame.as_ref().map(|frame| frame.srs.crs.clone()),
            encoding: document.decoded.name.to_owned(),
            format: "GML",
        };
        if sink.table(&head).is_break() {
            return Ok(());
        }
        if index == 0 {
            document.tell(sink);
        }
        if rows(kind, &plan, &mut context, sink)?.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// The columns of one table and the coordinate system of its features.
struct Plan {
    columns: Vec<String>,
    by_path: HashMap<String, usize>,
    /// `None` where no feature has geometry.
    frame: Option<Frame>,
    /// Columns whose values have a unit: its text, and whether all have the same.
    units: Vec<(usize, String, bool)>,
}

impl Plan {
    /// Looks at every feature of a type once.
    fn of(kind: &Kind, context: &Context<'_, '_>) -> Result<Self, ReadError> {
        let mut plan = Self { columns: Vec::new(), by_path: HashMap::new(), frame: None, units: Vec::new() };
        let members = context.members;
        let is_shared = |id: &str| members.shared.contains_key(id);
        let mut has_geometry = false;
        let mut stated: Option<String> = None;
        for (row, range) in (1_u64..).zip(&kind.features) {
            let tree = Tree::parse(context.text, range.clone(), "GML", context.limits)?;
            let feature = tree.root();
            attributes::attributes(feature, &is_shared, &mut |found| plan.see(&found));
            has_geometry |= has_place(feature, &is_shared);
            if stated.is_none() {
                stated = stated_srs(feature, context);
            }
            let limit = context.limits.columns;
            if plan.columns.len() > limit {
                return Err(ReadError::TooManyColumns { row, found: plan.columns.len(), limit });
            }
        }
        if has_geometry {
            let srs = stated.as_deref().map_or_else(Srs::missing, Srs::parse);
            // The dimension around all holds only where the system around all does.
            let same = members.srs_name.as_deref().is_none_or(|around| Srs::parse(around).dimension == srs.dimension);
            plan.frame = Some(Frame { srs, dimension: members.dimension.filter(|_| same) });
        }
        // Values of different units in one column are told apart by a column of their own.
        for (at, _, is_same) in plan.units.clone() {
            if let Some(name) = plan.columns.get(at).filter(|_| !is_same).cloned() {
                plan.column(&format!("{name}.uom"));
            }
        }
        Ok(plan)
    }

    fn column(&mut self, path: &str) -> usize {
        if let Some(at) = self.by_path.get(path) {
            return *at;
        }
        self.columns.push(path.to_owned());
        self.by_path.insert(path.to_owned(), self.columns.len() - 1);
        self.columns.len() - 1
    }

    fn see(&mut self, found: &Found<'_>) {
        let at = self.column(found.path);
        let Some(unit) = found.unit.filter(|_| !found.text.is_empty()) else { return };
        match self.units.iter_mut().find(|(known, ..)| *known == at) {
            Some((_, known, is_same)) => *is_same &= known == unit,
            None => self.units.push((at, unit.to_owned(), true)),
        }
    }
}

/// Whether a feature has geometry anywhere: its own, of what bounds it, or of its parts.
fn has_place(feature: Element<'_, '_>, is_shared: &dyn Fn(&str) -> bool) -> bool {
    feature.children().any(|child| match child.local() {
        "boundedBy" | "boundary" | "consistsOfBuildingPart" | "buildingPart" => {
            child.children().any(|part| has_place(part, is_shared))
        }
        _ => attributes::holds_geometry(child, is_shared),
    })
}

/// The `srsName` that holds for a feature: of its geometry, of what it refers to, of its own envelope, of the file's.
fn stated_srs(feature: Element<'_, '_>, context: &Context<'_, '_>) -> Option<String> {
    let members = context.members;
    let is_envelope = |element: Element<'_, '_>| element.local() == "boundedBy";
    let own = feature.children().filter(|child| !is_envelope(*child)).find_map(first_srs);
    if own.is_some() {
        return own;
    }
    for href in feature.children().filter_map(|child| child.attribute("href")) {
        let Some(range) = href.strip_prefix('#').and_then(|id| members.shared.get(id)) else { continue };
        // The geometry itself states it at its outermost element, if at all.
        let head =
            context.text.get(range.clone()).and_then(|text| text.split_inclusive('>').next()).unwrap_or_default();
        let closed = format!("{}/>", head.trim_end_matches('>').trim_end_matches('/'));
        let Ok(tree) = Tree::parse(&closed, 0..closed.len(), "GML", context.limits) else { continue };
        if let Some(name) = tree.root().attribute("srsName") {
            return Some(name.to_owned());
        }
    }
    let envelope = feature.children().filter(|child| is_envelope(*child)).find_map(first_srs);
    envelope.or_else(|| members.srs_name.clone())
}

fn first_srs(element: Element<'_, '_>) -> Option<String> {
    element.attribute("srsName").map(str::to_owned).or_else(|| element.children().find_map(first_srs))
}

/// What is told when a table ends.
#[derive(Default)]
struct Notes {
    with_heights: u64,
    unused: Vec<(String, u64)>,
}

fn rows(
    kind: &Kind,
    plan: &Plan,
    context: &mut Context<'_, '_>,
    sink: &mut dyn RowSink,
) -> Result<ControlFlow<()>, ReadError> {
    let table = || Place { sheet: Some(kind.name.clone()), ..Place::default() };
    let mut cells = RowCells::default();
    let mut notes = Notes::default();
    let turned = context.turned;
    for (number, range) in (1_u64..).zip(&kind.features) {
        let flow = one(number, range, kind, plan, (&mut cells, &mut notes), context, sink)?;
        if flow.is_break() {
            return Ok(flow);
        }
    }
    if let Some(frame) = &plan.frame
        && context.turned > turned
    {
        let found = (context.turned - turned).to_string();
        let order = if frame.srs.is_north_first { "経度, 緯度 / lon, lat" } else { "緯度, 経度 / lat, lon" };
        sink.finding(Finding::new(FindingCode::AxisOrder, table(), &found, "").repaired(order));
    }
    if notes.with_heights > 0 {
        sink.finding(Finding::new(FindingCode::HeightDropped, table(), &notes.with_heights.to_string(), ""));
    }
    if !notes.unused.is_empty() {
        let found: Vec<String> = notes.unused.iter().map(|(name, count)| format!("{name} {count}")).collect();
        sink.finding(Finding::new(FindingCode::GeometryUnused, table(), &found.join(", "), ""));
    }
    for (at, unit, is_same) in &plan.units {
        if let Some(name) = plan.columns.get(*at).filter(|_| *is_same) {
            let place = Place { column: Some(name.clone()), ..table() };
            sink.finding(Finding::new(FindingCode::UnitStated, place, unit, ""));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn one(
    number: u64,
    range: &Range<usize>,
    kind: &Kind,
    plan: &Plan,
    (cells, notes): (&mut RowCells, &mut Notes),
    context: &mut Context<'_, '_>,
    sink: &mut dyn RowSink,
) -> Result<ControlFlow<()>, ReadError> {
    let place = Place { sheet: Some(kind.name.clone()), row: Some(number), ..Place::default() };
    let tree = Tree::parse(context.text, range.clone(), "GML", context.limits)?;
    fill(cells, tree.root(), plan, context.members);
    let limit_bytes = context.limits.cell_bytes;
    if cells.cells().iter().any(|cell| cell.text().len() > limit_bytes) {
        return Err(ReadError::CellTooLong { row: number, limit_bytes });
    }
    let (heights, unclosed, empty) = (context.tally.heights, context.tally.unclosed, context.tally.empty);
    let chosen = match &plan.frame {
        Some(frame) => choose::geometry(tree.root(), frame, context).map(Some),
        None => Ok(None),
    };
    let geometry = match chosen {
        Ok(chosen) => chosen.and_then(|chosen| {
            for name in chosen.unused {
                match notes.unused.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, count)) => *count += 1,
                    None => notes.unused.push((name, 1)),
                }
            }
            chosen.geometry
        }),
        Err(Fault::File(error)) => return Err(error),
        Err(Fault::Broken(found)) => {
            let reason = Finding::new(FindingCode::FeatureBroken, place, &found, "");
            let cells = cells.cells().iter().map(|cell| cell.text().to_owned()).collect();
            return Ok(sink.refused(number, reason, cells));
        }
    };
    notes.with_heights += u64::from(context.tally.heights > heights);
    if context.tally.unclosed > unclosed {
        let found = "閉じていない輪を閉じた / ring closed";
        sink.finding(Finding::new(FindingCode::GeometryRepaired, place.clone(), found, ""));
    }
    let empty = empty_parts(context.tally.empty - empty, geometry.as_ref(), place);
    if let Some(finding) = empty {
        sink.finding(finding);
    }
    control::tell(number, Some(&kind.name), &cells.cells(), sink);
    Ok(sink.row(&Row { number, cells: &cells.cells(), geometry: geometry.as_ref() }))
}

/// Puts the attributes of a feature into its cells. Values of several nested objects stand in their order, parted by
/// semicolons, with nothing between two where an object lacks the value, so that the columns stay in step.
fn fill(cells: &mut RowCells, feature: Element<'_, '_>, plan: &Plan, members: &Members) {
    let mut values: Vec<(String, usize)> = vec![(String::new(), 0); plan.columns.len()];
    // Hostile files repeat an object a million times beside many columns.
    let mut room = SEPARATORS;
    let mut put = |path: &str, text: &str, turn: usize| {
        let Some((value, filled)) = plan.by_path.get(path).and_then(|at| values.get_mut(*at)) else { return };
        if *filled > turn {
            if !text.is_empty() {
                value.push(if turn == 0 && *filled == 1 { ';' } else { ',' });
            }
        } else {
            while *filled <= turn {
                if *filled > 0 && room > 0 {
                    room -= 1;
                    value.push(';');
                }
                *filled += 1;
            }
        }
        value.push_str(text);
    };
    attributes::attributes(feature, &|id| members.shared.contains_key(id), &mut |found| {
        put(found.path, found.text, found.turn);
        if let Some(unit) = found.unit.filter(|_| !found.text.is_empty()) {
            put(&format!("{}.uom", found.path), unit, found.turn);
        }
    });
    cells.reset(values.len());
    for (at, (value, _)) in values.iter().enumerate() {
        let is_empty = value.bytes().all(|byte| matches!(byte, b';' | b','));
        cells.set(at, Meaning::Text, if is_empty { "" } else { value });
    }
}
