//! KML (OGC 07-147r2): the Placemarks of all folders. What leads out of the file is named and never followed.

mod attributes;
mod description;
mod geometry;
mod layers;
mod outline;

use self::attributes::{Attribute, attributes};
use self::geometry::Notes;
use self::layers::Layer;
use self::outline::Outline;
use super::cells::{Meaning, RowCells};
use super::shape::{Fault, Tally, empty_parts};
use super::xml::{self, Tree, XmlError, local};
use super::{Crs, ReadError, ReadLimits, Row, RowSink, SourceFile, TableHead, control};
use crate::model::finding::{Finding, FindingCode, Place};

/// Namespaces of KML, of the standard and of the years before it.
const NAMESPACES: [&str; 2] = ["opengis.net/kml/", "earth.google.com/kml/"];

/// Reads KML. Memory: the text, 24 bytes for each Placemark, one Placemark at a time.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    read_text(bytes, "KML", limits, sink)
}

/// Reads the text of a KML; `format` is `KML` or `KMZ`.
pub(super) fn read_text(
    bytes: &[u8],
    format: &'static str,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let document = xml::decode(bytes);
    document.check()?;
    let text: &str = &document.decoded.text;
    let mut outline = Outline::of(text, limits)?;
    if outline.marks.is_empty() {
        return Err(XmlError::NoFeature { format: "KML", root: outline.root }.into());
    }
    let layers = layers::layers(text, &outline, limits)?;
    let several = layers.len() > 1;
    let mut notes = Notes { tally: Tally::new(limits), spaced: 0, models: 0 };
    for (index, layer) in layers.iter().enumerate() {
        if layer.columns.len() > limits.columns {
            return Err(ReadError::TooManyColumns { row: 1, found: layer.columns.len(), limit: limits.columns });
        }
        let head = TableHead {
            name: layer.name.clone(),
            columns: Some(layer.columns.clone()),
            crs: Some(Crs::Geographic),
            encoding: document.decoded.name.to_owned(),
            format,
        };
        if sink.table(&head).is_break() {
            return Ok(());
        }
        if index == 0 {
            document.tell(sink);
            tell_namespace(&outline, sink);
            if several {
                let names: Vec<&str> = layers.iter().filter_map(|layer| layer.name.as_deref()).collect();
                sink.finding(Finding::new(FindingCode::FoldersApart, Place::default(), &names.join(", "), ""));
            }
        }
        if layer.has_tables {
            let found = layer.columns.len().to_string();
            let place = Place { sheet: layer.name.clone(), ..Place::default() };
            sink.finding(Finding::new(FindingCode::DescriptionTable, place, &found, ""));
        }
        if rows(text, &outline, layer, &mut notes, limits, sink)?.is_break() {
            return Ok(());
        }
        if index + 1 == layers.len() {
            outline.pass_over("Model", notes.models);
            close(&outline, &notes, sink);
        }
        notes.tally.heights = 0;
    }
    Ok(())
}

fn tell_namespace(outline: &Outline, sink: &mut dyn RowSink) {
    let stated = outline.namespace.as_deref().unwrap_or("");
    let is_known = NAMESPACES.iter().any(|known| stated.contains(known));
    if !is_known || local(&outline.root) != "kml" {
        let found = format!("<{}> {stated}", outline.root);
        let expected = "<kml xmlns=\"http://www.opengis.net/kml/2.2\">";
        sink.finding(Finding::new(FindingCode::XmlNamespace, Place::default(), found.trim(), expected));
    }
}

/// What is known when all is read.
fn close(outline: &Outline, notes: &Notes, sink: &mut dyn RowSink) {
    if !outline.not_followed.is_empty() {
        let found: Vec<String> = outline.not_followed.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        sink.finding(Finding::new(FindingCode::LinkNotFollowed, Place::default(), &found.join(", "), ""));
    }
    if notes.spaced > 0 {
        let found = notes.spaced.to_string();
        sink.finding(Finding::new(FindingCode::CoordinateSpacing, Place::default(), &found, ""));
    }
}

fn rows(
    text: &str,
    outline: &Outline,
    layer: &Layer,
    notes: &mut Notes,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<std::ops::ControlFlow<()>, ReadError> {
    use std::ops::ControlFlow;

    let sheet = layer.name.as_deref();
    let mut cells = RowCells::default();
    let mut with_heights = 0_u64;
    for (number, mark) in &layer.marks {
        let place = Place { sheet: layer.name.clone(), row: Some(*number), ..Place::default() };
        let tree = Tree::parse(text, mark.start..mark.end, "KML", limits)?;
        fill(&mut cells, &tree, layer, &layer.folder_text(outline, mark));
        if cells.cells().iter().any(|cell| cell.text().len() > limits.cell_bytes) {
            return Err(ReadError::CellTooLong { row: *number, limit_bytes: limits.cell_bytes });
        }
        let (heights, unclosed, empty) = (notes.tally.heights, notes.tally.unclosed, notes.tally.empty);
        let geometry = match geometry::geometry(tree.root(), notes, limits) {
            Ok(geometry) => geometry,
            Err(Fault::File(error)) => return Err(error),
            Err(Fault::Broken(found)) => {
                let reason = Finding::new(FindingCode::FeatureBroken, place, &found, "");
                let cells = cells.cells().iter().map(|cell| cell.text().to_owned()).collect();
                if sink.refused(*number, reason, cells).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                continue;
            }
        };
        with_heights += u64::from(notes.tally.heights > heights);
        if notes.tally.unclosed > unclosed {
            let found = "閉じていない輪を閉じた / ring closed";
            sink.finding(Finding::new(FindingCode::GeometryRepaired, place.clone(), found, ""));
        }
        let empty = empty_parts(notes.tally.empty - empty, geometry.as_ref(), place);
        if let Some(finding) = empty {
            sink.finding(finding);
        }
        control::tell(*number, sheet, &cells.cells(), sink);
        if sink.row(&Row { number: *number, cells: &cells.cells(), geometry: geometry.as_ref() }).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    if with_heights > 0 {
        let place = Place { sheet: layer.name.clone(), ..Place::default() };
        sink.finding(Finding::new(FindingCode::HeightDropped, place, &with_heights.to_string(), ""));
    }
    Ok(ControlFlow::Continue(()))
}

/// Puts the attributes of a Placemark into its cells. What stands twice under one name is kept, parted by a semicolon.
fn fill(cells: &mut RowCells, tree: &Tree<'_>, layer: &Layer, folder: &str) {
    let mut values: Vec<String> = vec![String::new(); layer.columns.len()];
    if let Some(value) = layer.folder_column.and_then(|at| values.get_mut(at)) {
        folder.clone_into(value);
    }
    let mut put = |attribute: Attribute<'_>, found: &str| {
        let Some(value) = layer.column(attribute).and_then(|at| values.get_mut(at)) else { return };
        if value.is_empty() {
            found.clone_into(value);
        } else if !found.is_empty() && value != found {
            value.push(';');
            value.push_str(found);
        }
    };
    attributes(tree.root(), &mut |attribute, found| {
        if layer.has_tables && attribute == Attribute::Description {
            for (key, found) in description::table(found).unwrap_or_default() {
                put(Attribute::Data(&key), &found);
            }
        } else {
            put(attribute, found);
        }
    });
    cells.reset(values.len());
    for (at, value) in values.iter().enumerate() {
        cells.set(at, Meaning::Text, value);
    }
}
