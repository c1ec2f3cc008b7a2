//! A record batch with its columns in their types and its geometries decoded: once, for all writers.

use arrow::array::{Array, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use geo_types::Geometry;
use geozero::ToGeo as _;
use geozero::wkb::Wkb;
use rayon::prelude::*;

use super::PublishError;
use crate::model::record::{Storage, TableShape};

/// The values of one column of a batch.
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    /// Text, also of codes, dates and times.
    Text(&'a StringArray),
    /// Whole numbers.
    Integer(&'a Int64Array),
    /// Decimal numbers.
    Number(&'a Float64Array),
}

/// One value; numbers are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Text(&'a str),
    Integer(i64),
    Number(f64),
}

impl<'a> Cells<'a> {
    /// The value of row `row`; a number that is not finite counts as none, since no JSON could carry it.
    pub(super) fn get(&self, row: usize) -> Cell<'a> {
        match *self {
            Self::Text(array) if array.is_valid(row) => Cell::Text(array.value(row)),
            Self::Integer(array) if array.is_valid(row) => Cell::Integer(array.value(row)),
            Self::Number(array) if array.is_valid(row) && array.value(row).is_finite() => {
                Cell::Number(array.value(row))
            }
            _ => Cell::Null,
        }
    }
}

/// A batch as the writers see it.
#[derive(Debug)]
pub struct Rows<'a> {
    ids: &'a Int64Array,
    columns: Vec<Cells<'a>>,
    wkb: Option<&'a BinaryArray>,
    geometries: Vec<Option<Geometry<f64>>>,
}

impl<'a> Rows<'a> {
    /// Checks the batch against the shape and decodes the geometries where the table has any.
    pub fn read(batch: &'a RecordBatch, shape: &TableShape, with_geometry: bool) -> Result<Self, PublishError> {
        let ids: &Int64Array = column(batch, "_id", "Int64")?;
        let columns = shape
            .columns
            .iter()
            .map(|wanted| {
                Ok(match wanted.kind.storage() {
                    Storage::Text => Cells::Text(column(batch, &wanted.name, "Utf8")?),
                    Storage::Integer => Cells::Integer(column(batch, &wanted.name, "Int64")?),
                    Storage::Number => Cells::Number(column(batch, &wanted.name, "Float64")?),
                })
            })
            .collect::<Result<_, PublishError>>()?;
        let wkb = if with_geometry { Some(column::<BinaryArray>(batch, "_geom", "Binary")?) } else { None };
        let geometries = match wkb {
            None => vec![None; batch.num_rows()],
            Some(wkb) => (0..batch.num_rows())
                .into_par_iter()
                .map(|row| {
                    if wkb.is_null(row) {
                        return Ok(None);
                    }
                    let geometry = Wkb(wkb.value(row))
                        .to_geo()
                        .map_err(|error| PublishError::Geometry { id: ids.value(row), detail: error.to_string() })?;
                    if is_finite(&geometry) {
                        Ok(Some(geometry))
                    } else {
                        Err(PublishError::Geometry {
                            id: ids.value(row),
                            detail: "a coordinate is not finite".to_owned(),
                        })
                    }
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(Self { ids, columns, wkb, geometries })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether the batch has no row.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The record's `_id`.
    pub(super) fn id(&self, row: usize) -> i64 {
        self.ids.value(row)
    }

    /// The columns of the shape, in its order.
    pub(super) fn columns(&self) -> &[Cells<'a>] {
        &self.columns
    }

    /// The geometry as stored.
    pub(super) fn wkb(&self, row: usize) -> Option<&'a [u8]> {
        self.wkb.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    }

    /// The geometry decoded, all coordinates finite.
    pub(super) fn geometry(&self, row: usize) -> Option<&Geometry<f64>> {
        self.geometries.get(row).and_then(Option::as_ref)
    }
}

fn is_finite(geometry: &Geometry<f64>) -> bool {
    use geo::CoordsIter as _;
    geometry.coords_iter().all(|c| c.x.is_finite() && c.y.is_finite())
}

fn column<'a, A: Array + 'static>(
    batch: &'a RecordBatch,
    name: &str,
    expected: &'static str,
) -> Result<&'a A, PublishError> {
    let layout = |found: String| PublishError::Layout { column: name.to_owned(), expected, found };
    let array = batch.column_by_name(name).ok_or_else(|| layout("nothing".to_owned()))?;
    array.as_any().downcast_ref().ok_or_else(|| layout(array.data_type().to_string()))
}
