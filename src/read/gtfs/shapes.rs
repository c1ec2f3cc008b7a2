//! `shapes.txt`: vertices of lines, put together into one line for each `shape_id`.

use std::collections::HashMap;
use std::ops::ControlFlow;

use geo_types::{Coord, Geometry, LineString};

use super::references::Keys;
use super::table::{FORMAT, degrees};
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::{Cell, Crs, ReadError, ReadLimits, Row, RowSink, TableHead};

/// The name of the file.
pub(super) const NAME: &str = "shapes.txt";

/// One line to be.
#[derive(Default)]
struct Shape {
    id: String,
    vertices: Vec<(f64, Coord<f64>)>,
    /// The first row that has no place or no order.
    broken: Option<u64>,
}

/// All lines, in the order of their first vertices.
#[derive(Default)]
pub(super) struct Shapes {
    lines: Vec<Shape>,
    by_id: HashMap<String, usize>,
    columns: Option<[usize; 4]>,
    count: u64,
}

impl Shapes {
    /// Finds the columns.
    pub(super) fn begin(&mut self, header: &[String]) {
        let at = |name: &str| header.iter().position(|cell| cell == name);
        self.columns =
            (|| Some([at("shape_id")?, at("shape_pt_lat")?, at("shape_pt_lon")?, at("shape_pt_sequence")?]))();
    }

    /// Takes one vertex.
    pub(super) fn row(&mut self, row: &Row<'_>, keys: &mut Keys) -> ControlFlow<()> {
        let Some([id, lat, lon, order]) = self.columns else { return ControlFlow::Continue(()) };
        let cell = |at: usize| row.cells.get(at).copied().unwrap_or(Cell::Empty);
        let name = cell(id).text().trim();
        let at = if let Some(at) = self.by_id.get(name) {
            *at
        } else {
            // Whether it stands for the first time is known here.
            let _ = keys.add(NAME, name, row.number);
            self.by_id.insert(name.to_owned(), self.lines.len());
            self.lines.push(Shape { id: name.to_owned(), ..Shape::default() });
            self.lines.len() - 1
        };
        let Some(shape) = self.lines.get_mut(at) else { return ControlFlow::Continue(()) };
        self.count += 1;
        match (degrees(cell(lon)), degrees(cell(lat)), degrees(cell(order))) {
            (Some(x), Some(y), Some(order)) => shape.vertices.push((order, Coord { x, y })),
            _ => shape.broken = shape.broken.or(Some(row.number)),
        }
        ControlFlow::Continue(())
    }

    /// Gives the table of lines.
    pub(super) fn finish(
        self,
        encoding: &str,
        early: Vec<Finding>,
        limits: &ReadLimits,
        sink: &mut dyn RowSink,
    ) -> Result<ControlFlow<()>, ReadError> {
        if self.count > limits.vertices {
            return Err(ReadError::TooManyVertices { limit: limits.vertices });
        }
        let head = TableHead {
            name: Some(NAME.to_owned()),
            columns: Some(vec!["shape_id".to_owned(), "shape_pt_count".to_owned()]),
            crs: Some(Crs::Geographic),
            encoding: encoding.to_owned(),
            format: FORMAT,
        };
        if sink.table(&head).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        for finding in early {
            sink.finding(finding);
        }
        let place = |row| Place { sheet: Some(NAME.to_owned()), row, ..Place::default() };
        let found = format!("{} → {}", self.count, self.lines.len());
        sink.finding(Finding::new(FindingCode::GtfsShapesJoined, place(None), &found, ""));
        for (number, mut shape) in (1_u64..).zip(self.lines) {
            shape.vertices.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let count = shape.vertices.len().to_string();
            let cells = [text(&shape.id), Cell::Number(&count)];
            let problem = match shape.broken {
                Some(row) => Some(format!("{row}行目の緯度・経度・順番 / position or order in row {row}")),
                None if shape.vertices.len() < 2 => Some(format!("頂点が{count}個 / {count} vertices")),
                None => None,
            };
            let flow = if let Some(problem) = problem {
                let reason = Finding::new(FindingCode::FeatureBroken, place(Some(number)), &problem, "");
                sink.refused(number, reason, vec![shape.id.clone(), count.clone()])
            } else {
                let line: LineString<f64> = shape.vertices.iter().map(|(_, at)| *at).collect();
                let geometry = Geometry::LineString(line);
                sink.row(&Row { number, cells: &cells, geometry: Some(&geometry) })
            };
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn text(text: &str) -> Cell<'_> {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
}
