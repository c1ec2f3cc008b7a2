//! FlatGeobuf, read strictly from front to back.
//!
//! Written here because the crate's own reader trusts what the file announces: a number of features near 2⁶⁴, a node size
//! of 1 and a feature of 4 GiB each end its process. Its types are used for writing only.

mod buffer;
mod header;
mod properties;
mod shape;

use std::collections::{HashMap, HashSet};

use self::buffer::Table;
use self::header::{Column, Header};
use super::cells::RowCells;
use super::geometry_row::{Fault, Tally, push};
use super::{ReadError, ReadLimits, RowSink, SourceFile, TableHead};

/// Reads a FlatGeobuf. Memory: the file, 16 bytes for each feature, one feature.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    let (header, features) = header::open(bytes, limits)?;
    if features.is_empty() {
        return Err(ReadError::Empty);
    }
    let names = names(&header, &features, limits)?;
    let head = TableHead {
        name: header.name.clone(),
        columns: Some(names.clone()),
        crs: Some(header.crs.clone()),
        encoding: String::new(),
        format: "FlatGeobuf",
    };
    if sink.table(&head).is_break() {
        return Ok(());
    }
    let places: HashMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let placed = |columns: &[Column]| -> Vec<(Column, usize)> {
        columns.iter().filter_map(|column| Some((column.clone(), *places.get(column.name.as_str())?))).collect()
    };
    // The header's columns are the first names, one for one, whether or not two of them have one name.
    let usual: Vec<(Column, usize)> =
        header.columns.iter().cloned().enumerate().map(|(index, column)| (column, index)).collect();
    let mut tally = Tally::new(limits);
    let mut cells = RowCells::default();
    for (number, feature) in (1_u64..).zip(&features) {
        cells.reset(names.len());
        let geometry = one(feature, (&header, &usual), &placed, &mut cells, number, (&mut tally, limits), sink);
        if push((number, None), &cells, geometry, (&mut tally, limits), sink)?.is_break() {
            return Ok(());
        }
    }
    tally.tell(None, sink);
    Ok(())
}

/// The names of all columns: those of the header, then those that features bring themselves.
fn names(header: &Header, features: &[&[u8]], limits: &ReadLimits) -> Result<Vec<String>, ReadError> {
    let mut names: Vec<String> = header.columns.iter().map(|column| column.name.clone()).collect();
    let mut seen: HashSet<String> = names.iter().cloned().collect();
    for (row, feature) in (1_u64..).zip(features) {
        // A feature that cannot be read is refused later and names no columns.
        let Some(own) = Table::root(feature).and_then(|table| header::columns(&table, 2, limits).ok()) else {
            continue;
        };
        for column in own {
            if seen.insert(column.name.clone()) {
                names.push(column.name);
            }
        }
        if names.len() > limits.columns {
            return Err(ReadError::TooManyColumns { row, found: names.len(), limit: limits.columns });
        }
    }
    Ok(names)
}

/// Gives columns the cells they fill.
type Placing<'p> = &'p dyn Fn(&[Column]) -> Vec<(Column, usize)>;

type Shaped = Result<Option<geo_types::Geometry<f64>>, Fault>;

/// Reads one feature into the cells and gives its geometry.
fn one(
    feature: &[u8],
    (header, usual): (&Header, &[(Column, usize)]),
    placed: Placing<'_>,
    cells: &mut RowCells,
    row: u64,
    (tally, limits): (&mut Tally, &ReadLimits),
    sink: &mut dyn RowSink,
) -> Shaped {
    let outside = || Fault::broken("FlatGeobuf: an offset leads outside");
    let table = Table::root(feature).ok_or_else(outside)?;
    let own = header::columns(&table, 2, limits).map_err(|_| outside())?;
    let own = if own.is_empty() { None } else { Some(placed(&own)) };
    if let Some(values) = table.vector(1, 1)? {
        properties::fill(cells, own.as_deref().unwrap_or(usual), values, row, limits.cell_bytes, sink)?;
    }
    match table.table(0)? {
        None => Ok(None),
        Some(geometry) => shape::read(&geometry, header.geometry_type, tally, 0),
    }
}
