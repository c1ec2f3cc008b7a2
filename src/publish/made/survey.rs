//! What must be known of a table before the first byte of some formats: widths of columns, kinds and extent of shapes.

use geo::BoundingRect as _;
use geo_types::{Geometry, Rect};

use super::super::rows::{Cell, Rows};
use super::{MadeInput, Pass, PublishError, cp932, each};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Width {
    /// Longest text, bytes of CP932.
    pub(super) text_bytes: usize,
    /// Least and greatest whole number; both 0 where there is none.
    pub(super) integers: (i64, i64),
    /// Most characters of a decimal number before its point, the sign among them.
    pub(super) whole: usize,
    /// Most digits behind it, as many as tell the number from its neighbours.
    pub(super) decimals: usize,
}

/// How many records have a shape of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds {
    pub(super) point: u64,
    pub(super) multi_point: u64,
    pub(super) line: u64,
    pub(super) multi_line: u64,
    pub(super) polygon: u64,
    pub(super) multi_polygon: u64,
    pub(super) collection: u64,
    pub(super) none: u64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Survey {
    pub(super) columns: Vec<Width>,
    pub(super) kinds: Kinds,
    pub(super) extent: Option<Rect<f64>>,
}

/// Looks at every record once.
pub(super) fn survey(input: &MadeInput<'_>, pass: &Pass<'_>) -> Result<Survey, PublishError> {
    let mut found = Survey { columns: vec![Width::default(); input.shape.columns.len()], ..Survey::default() };
    let mut bytes = Vec::new();
    each(input, pass, |rows| {
        for row in 0..rows.len() {
            found.record(rows, row, &mut bytes);
        }
        Ok(())
    })?;
    Ok(found)
}

impl Survey {
    fn record(&mut self, rows: &Rows<'_>, row: usize, bytes: &mut Vec<u8>) {
        for (width, cells) in self.columns.iter_mut().zip(rows.columns()) {
            match cells.get(row) {
                Cell::Null => {}
                Cell::Text(text) => {
                    bytes.clear();
                    cp932::encode(text, bytes);
                    width.text_bytes = width.text_bytes.max(bytes.len());
                }
                Cell::Integer(value) => {
                    width.integers = (width.integers.0.min(value), width.integers.1.max(value));
                }
                Cell::Number(value) => {
                    let (whole, decimals) = digits(value);
                    width.whole = width.whole.max(whole);
                    width.decimals = width.decimals.max(decimals);
                }
            }
        }
        let Some(geometry) = rows.geometry(row) else {
            self.kinds.none += 1;
            return;
        };
        *self.kinds.of(geometry) += 1;
        if let Some(own) = geometry.bounding_rect() {
            self.extent = Some(self.extent.map_or(own, |all| union(all, own)));
        }
    }
}

impl Kinds {
    fn of(&mut self, geometry: &Geometry<f64>) -> &mut u64 {
        match geometry {
            Geometry::Point(_) => &mut self.point,
            Geometry::MultiPoint(_) => &mut self.multi_point,
            Geometry::Line(_) | Geometry::LineString(_) => &mut self.line,
            Geometry::MultiLineString(_) => &mut self.multi_line,
            Geometry::Polygon(_) | Geometry::Rect(_) | Geometry::Triangle(_) => &mut self.polygon,
            Geometry::MultiPolygon(_) => &mut self.multi_polygon,
            Geometry::GeometryCollection(_) => &mut self.collection,
        }
    }
}

/// Characters before the point and digits behind it of a number as it is written shortest.
pub(super) fn digits(value: f64) -> (usize, usize) {
    let text = value.to_string();
    text.split_once('.').map_or((text.len(), 0), |(whole, decimals)| (whole.len(), decimals.len()))
}

fn union(a: Rect<f64>, b: Rect<f64>) -> Rect<f64> {
    Rect::new(
        (a.min().x.min(b.min().x), a.min().y.min(b.min().y)),
        (a.max().x.max(b.max().x), a.max().y.max(b.max().y)),
    )
}

#[cfg(test)]
mod tests {
    use super::digits;

    #[test]
    fn digits_are_those_of_the_shortest_form() {
        for (value, expected) in
            [(0.0, (1, 0)), (-1.5, (2, 1)), (34.866_812_345, (2, 9)), (1e20, (21, 0)), (1e-7, (1, 7))]
        {
            assert_eq!(digits(value), expected, "{value}");
        }
    }
}
