//! What the readers of geometry share: counts over the shapes of a table, why one shape cannot be read, and the way of
//! a row with its shape to the sink.

use std::ops::ControlFlow;

use geo_types::{Coord, Geometry, LineString, Polygon};

use super::cells::RowCells;
use super::{ReadError, ReadLimits, Row, RowSink, control};
use crate::model::finding::{Finding, FindingCode, Place};

/// What is counted over the shapes of one file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    vertices_left: u64,
    /// What the shape under way may still have.
    shape_left: u64,
    shape_limit: u64,
    /// Shapes whose heights or measures (Z, M) were left out.
    with_heights: u64,
    /// Whether the shape under way has any.
    has_heights: bool,
    /// Rings of the shape under way whose last position was not their first.
    unclosed_rings: u64,
    /// Parts and rings of the shape under way that have no position.
    empty_parts: u64,
}

impl Tally {
    /// Nothing counted yet.
    pub(super) fn new(limits: &ReadLimits) -> Self {
        Self {
            vertices_left: limits.file_vertices,
            shape_left: limits.vertices,
            shape_limit: limits.vertices,
            with_heights: 0,
            has_heights: false,
            unclosed_rings: 0,
            empty_parts: 0,
        }
    }

    /// Counts vertices (and parts, so that a shape of many empty parts has an end too).
    pub(super) fn take(&mut self, count: usize) -> Result<(), Fault> {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.vertices_left = self.vertices_left.checked_sub(count).ok_or(Fault::TooManyVertices)?;
        self.shape_left = self.shape_left.checked_sub(count).ok_or(Fault::TooManyVertices)?;
        Ok(())
    }

    /// A polygon of these rings, the outline first; rings are closed and those that were open are counted. `None` where
    /// the outline has no position.
    pub(super) fn polygon(&mut self, rings: Vec<Vec<Coord<f64>>>) -> Option<Polygon<f64>> {
        let open = rings.iter().filter(|ring| ring.first() != ring.last()).count();
        self.unclosed_rings += u64::try_from(open).unwrap_or(u64::MAX);
        // Where the outline is empty, its holes are holes in nothing.
        if rings.first().is_none_or(Vec::is_empty) {
            self.see_empty_part();
            return None;
        }
        let empty = rings.iter().filter(|ring| ring.is_empty()).count();
        self.empty_parts += u64::try_from(empty).unwrap_or(u64::MAX);
        let mut rings = rings.into_iter().filter(|ring| !ring.is_empty()).map(LineString);
        Some(Polygon::new(rings.next()?, rings.collect()))
    }

    /// Counts a part without any position, which is left out.
    pub(super) fn see_empty_part(&mut self) {
        self.empty_parts += 1;
    }

    /// Notes whether the shape under way has heights or measures.
    pub(super) fn see_heights(&mut self, has_heights: bool) {
        self.has_heights |= has_heights;
    }

    /// Tells once for the table that heights were left out, and begins to count anew.
    pub(super) fn tell(&mut self, sheet: Option<&str>, sink: &mut dyn RowSink) {
        if self.with_heights > 0 {
            let place = Place { sheet: sheet.map(str::to_owned), ..Place::default() };
            sink.finding(Finding::new(FindingCode::HeightDropped, place, &self.with_heights.to_string(), ""));
        }
        self.with_heights = 0;
    }
}

/// Why one shape cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// Its bytes contradict themselves; where and how.
    Broken(String),
    /// A kind that has no place on the map as it is: a curve, a solid. Its name in the format.
    Unsupported(String),
    /// The file has more vertices than are taken; the file is refused, not the shape.
    TooManyVertices,
}

impl Fault {
    /// A contradiction, in a few words.
    pub(super) fn broken(detail: impl Into<String>) -> Self {
        Self::Broken(detail.into())
    }

    /// The finding that refuses the feature.
    fn reason(self, place: Place, limits: &ReadLimits) -> Result<Finding, ReadError> {
        match self {
            Self::Broken(detail) => Ok(Finding::new(FindingCode::FeatureBroken, place, &detail, "")),
            Self::Unsupported(name) => Ok(Finding::new(
                FindingCode::GeometryUnsupported,
                place,
                &name,
                "Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon",
            )),
            Self::TooManyVertices => Err(ReadError::TooManyVertices { limit: limits.vertices }),
        }
    }
}

/// Hands a row with its shape to the sink: as a row, or refused with its reason.
///
/// # Errors
/// Where the shape shows that the file as a whole is beyond a limit.
pub(super) fn push(
    (number, sheet): (u64, Option<&str>),
    cells: &RowCells,
    geometry: Result<Option<Geometry<f64>>, Fault>,
    (tally, limits): (&mut Tally, &ReadLimits),
    sink: &mut dyn RowSink,
) -> Result<ControlFlow<()>, ReadError> {
    let place = Place { sheet: sheet.map(str::to_owned), row: Some(number), column: None, ..Place::default() };
    tally.shape_left = tally.shape_limit;
    let unclosed = std::mem::take(&mut tally.unclosed_rings);
    let empty = std::mem::take(&mut tally.empty_parts);
    tally.with_heights += u64::from(std::mem::take(&mut tally.has_heights) && geometry.is_ok());
    let geometry = match geometry {
        Ok(geometry) => geometry,
        Err(fault) => {
            let reason = fault.reason(place, limits)?;
            let texts = cells.cells().into_iter().map(|cell| cell.text().to_owned()).collect();
            return Ok(sink.refused(number, reason, texts));
        }
    };
    if unclosed > 0 {
        let place = place.clone();
        sink.finding(Finding::new(FindingCode::GeometryRepaired, place, "閉じていない輪を閉じた / ring closed", ""));
    }
    // A shape of nothing else has no geometry, which is said elsewhere.
    if empty > 0 && geometry.is_some() {
        sink.finding(Finding::new(FindingCode::GeometryPartEmpty, place, &empty.to_string(), ""));
    }
    let cells = cells.cells();
    control::tell(number, sheet, &cells, sink);
    Ok(sink.row(&Row { number, cells: &cells, geometry: geometry.as_ref() }))
}
