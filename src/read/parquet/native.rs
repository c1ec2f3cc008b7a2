//! Geometries written as positions in lists (GeoArrow): structures of x and y, lists of them, lists of lists.

use arrow::array::{Array, ArrayRef, FixedSizeListArray, Float64Array, LargeListArray, ListArray, StructArray};
use geo_types::{Coord, Geometry, LineString, MultiLineString, MultiPoint, MultiPolygon, Point};

use super::geo::Native;
use crate::read::geometry_row::{Fault, Tally};

fn strange(array: &dyn Array) -> Fault {
    Fault::broken(format!("geometry: {}", array.data_type()))
}

/// The elements of a row's list.
fn elements(array: &dyn Array, row: usize) -> Result<ArrayRef, Fault> {
    if let Some(list) = array.as_any().downcast_ref::<ListArray>() {
        return Ok(list.value(row));
    }
    array.as_any().downcast_ref::<LargeListArray>().map(|list| list.value(row)).ok_or_else(|| strange(array))
}

/// All positions of an array of positions.
fn positions(array: &dyn Array, tally: &mut Tally) -> Result<Vec<Coord<f64>>, Fault> {
    tally.take(array.len())?;
    if let Some(fields) = array.as_any().downcast_ref::<StructArray>() {
        let axis = |name: &str| {
            let column = fields.column_by_name(name)?;
            column.as_any().downcast_ref::<Float64Array>()
        };
        let (x, y) = axis("x").zip(axis("y")).ok_or_else(|| strange(array))?;
        tally.see_heights(fields.num_columns() > 2 && !fields.is_empty());
        let number = |axis: &Float64Array, row| if axis.is_null(row) { f64::NAN } else { axis.value(row) };
        return Ok((0..fields.len()).map(|row| Coord { x: number(x, row), y: number(y, row) }).collect());
    }
    let lists = array.as_any().downcast_ref::<FixedSizeListArray>().ok_or_else(|| strange(array))?;
    tally.see_heights(lists.value_length() > 2 && !lists.is_empty());
    (0..lists.len())
        .map(|row| {
            let pair = lists.value(row);
            let pair = pair.as_any().downcast_ref::<Float64Array>().filter(|pair| pair.len() > 1);
            pair.map(|pair| Coord { x: pair.value(0), y: pair.value(1) }).ok_or_else(|| strange(array))
        })
        .collect()
}

/// The lists of positions in a list.
fn lists(array: &dyn Array, tally: &mut Tally) -> Result<Vec<Vec<Coord<f64>>>, Fault> {
    tally.take(array.len())?;
    (0..array.len()).map(|row| positions(&elements(array, row)?, tally)).collect()
}

/// Reads the geometry of a row; `None` for an absent or empty one.
pub(super) fn read(
    array: &dyn Array,
    row: usize,
    kind: Native,
    tally: &mut Tally,
) -> Result<Option<Geometry<f64>>, Fault> {
    if array.is_null(row) {
        return Ok(None);
    }
    if kind == Native::Point {
        let found = positions(&array.slice(row, 1), tally)?;
        let first = found.first().filter(|at| !(at.x.is_nan() && at.y.is_nan()));
        return Ok(first.map(|at| Geometry::Point(Point(*at))));
    }
    let inside = elements(array, row)?;
    if inside.is_empty() {
        return Ok(None);
    }
    Ok(match kind {
        Native::Point => None,
        Native::LineString => Some(Geometry::LineString(LineString(positions(&inside, tally)?))),
        Native::MultiPoint => {
            let points = positions(&inside, tally)?.into_iter().map(Point).collect();
            Some(Geometry::MultiPoint(MultiPoint(points)))
        }
        Native::Polygon => {
            let rings = lists(&inside, tally)?;
            tally.polygon(rings).map(Geometry::Polygon)
        }
        Native::MultiLineString => {
            let mut lines = lists(&inside, tally)?;
            lines.iter().filter(|line| line.is_empty()).for_each(|_| tally.see_empty_part());
            lines.retain(|line| !line.is_empty());
            let lines: Vec<LineString<f64>> = lines.into_iter().map(LineString).collect();
            (!lines.is_empty()).then_some(Geometry::MultiLineString(MultiLineString(lines)))
        }
        Native::MultiPolygon => {
            tally.take(inside.len())?;
            let mut polygons = Vec::new();
            for part in 0..inside.len() {
                let rings = lists(&elements(&inside, part)?, tally)?;
                polygons.extend(tally.polygon(rings));
            }
            (!polygons.is_empty()).then_some(Geometry::MultiPolygon(MultiPolygon(polygons)))
        }
    })
}
