//! The head of a FlatGeobuf: magic bytes, header, index and where the features lie
//! (<https://github.com/flatgeobuf/flatgeobuf>, `header.fbs`, version 3).

use super::buffer::{Broken, Table};
use crate::read::geo_error::GeoError;
use crate::read::{Crs, ReadError, ReadLimits, crs};

/// Bytes of a header that are taken: thousands of columns with descriptions.
const HEADER_BYTES: usize = 64 << 20;

/// Bytes of one node of the index: a box of four numbers and an offset.
const NODE_BYTES: u64 = 40;

/// What the header says.
#[derive(Debug)]
pub(super) struct Header {
    /// The name of the layer.
    pub(super) name: Option<String>,
    /// The kind of all geometries; 0 where each names its own.
    pub(super) geometry_type: u8,
    /// The columns.
    pub(super) columns: Vec<Column>,
    /// The coordinate system.
    pub(super) crs: Crs,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name.
    pub(super) name: String,
    /// The number of its type.
    pub(super) kind: u8,
}

fn broken(detail: impl Into<String>) -> ReadError {
    ReadError::PartBroken { part: "FlatGeobuf".to_owned(), detail: detail.into() }
}

impl From<Broken> for ReadError {
    fn from(_: Broken) -> Self {
        broken("header: an offset leads outside")
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

fn cut(expected: u64, bytes: &[u8]) -> ReadError {
    let found = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    ReadError::Truncated { part: "FlatGeobuf", expected_bytes: expected, found_bytes: found }
}

/// Reads the header and finds all features before any of them is read, so that a file cut off gives none.
pub(super) fn open<'a>(bytes: &'a [u8], limits: &ReadLimits) -> Result<(Header, Vec<&'a [u8]>), ReadError> {
    match bytes.get(..8) {
        Some([b'f', b'g', b'b', 3, b'f', b'g', b'b', _]) => {}
        Some([b'f', b'g', b'b', version, ..]) => return Err(broken(format!("version {version}; 3 is read"))),
        _ => return Err(cut(12, bytes)),
    }
    let length = u32_at(bytes, 8).ok_or_else(|| cut(12, bytes))?;
    if length > HEADER_BYTES {
        return Err(broken(format!("header of {length} bytes")));
    }
    let header = bytes.get(12..12 + length).ok_or_else(|| cut(12 + length as u64, bytes))?;
    let header = Table::root(header).ok_or(Broken)?;
    let count = u64::from_le_bytes(header.number(8, [0; 8])?);
    let node_size = u16::from_le_bytes(header.number(9, 16_u16.to_le_bytes())?);
    let features_at = 12 + length as u64 + index_bytes(count, node_size, limits)?;
    let features = usize::try_from(features_at).ok().and_then(|at| bytes.get(at..));
    let features = features.ok_or_else(|| cut(features_at, bytes))?;
    let features = split(features, bytes, count, limits)?;
    let geometry_type = header.byte(2)?;
    let columns = columns(&header, 7, limits)?;
    let name = header.text(0)?.filter(|name| !name.is_empty()).map(str::to_owned);
    let crs = system(&header)?;
    Ok((Header { name, geometry_type, columns, crs }, features))
}

/// The bytes of the index: a packed tree of nodes, each level a `node_size`-th of the one below. It is passed over and
/// never followed, since features are read in their order.
fn index_bytes(count: u64, node_size: u16, limits: &ReadLimits) -> Result<u64, ReadError> {
    // No index, or a stream whose number of features was not known.
    if node_size == 0 || count == 0 {
        return Ok(0);
    }
    if node_size == 1 {
        return Err(broken("index node size 1"));
    }
    if count > limits.rows {
        return Err(ReadError::TooManyRows { limit: limits.rows });
    }
    let (mut level, mut nodes) = (count, count);
    // Over the features stands at least a root, also where there is one feature only.
    loop {
        level = level.div_ceil(u64::from(node_size));
        nodes = nodes.saturating_add(level);
        if level <= 1 {
            return Ok(nodes.saturating_mul(NODE_BYTES));
        }
    }
}

/// The features one behind the other, each after its length.
fn split<'a>(features: &'a [u8], all: &[u8], count: u64, limits: &ReadLimits) -> Result<Vec<&'a [u8]>, ReadError> {
    let before = all.len().saturating_sub(features.len());
    let (mut found, mut at) = (Vec::new(), 0_usize);
    while at < features.len() {
        let end_of_head = at.saturating_add(4);
        let length = u32_at(features, at).ok_or_else(|| cut((before + end_of_head) as u64, all))?;
        let end = end_of_head.saturating_add(length);
        let feature = features.get(end_of_head..end).ok_or_else(|| cut(before.saturating_add(end) as u64, all))?;
        if found.len() as u64 >= limits.rows {
            return Err(ReadError::TooManyRows { limit: limits.rows });
        }
        found.push(feature);
        at = end;
    }
    if count != 0 && count != found.len() as u64 {
        return Err(GeoError::CountWrong { announced: count, found: found.len() as u64 }.into());
    }
    Ok(found)
}

/// The columns a table lists under this field.
pub(super) fn columns(table: &Table<'_>, field: usize, limits: &ReadLimits) -> Result<Vec<Column>, ReadError> {
    let Some(list) = table.tables(field)? else { return Ok(Vec::new()) };
    if list.len() > limits.columns {
        return Err(ReadError::TooManyColumns { row: 0, found: list.len(), limit: limits.columns });
    }
    list.iter()
        .map(|column| {
            let column = column?;
            let name = column.text(0)?.unwrap_or_default().to_owned();
            let kind = column.byte(1)?;
            if kind > 14 { Err(broken(format!("column {name}: type {kind}"))) } else { Ok(Column { name, kind }) }
        })
        .collect()
}

/// The system by its code, else by its well-known text.
fn system(header: &Table<'_>) -> Result<Crs, ReadError> {
    let Some(table) = header.table(10)? else { return Ok(Crs::Missing) };
    let organization = table.text(0)?.unwrap_or("EPSG");
    let code = i32::from_le_bytes(table.number(1, [0; 4])?);
    let (name, text, code_text) = (table.text(2)?, table.text(4)?, table.text(5)?);
    let by_code = match u32::try_from(code) {
        Ok(code @ 1..) if organization.eq_ignore_ascii_case("EPSG") => crs::from_epsg(code),
        _ => code_text.map(|text| crs::from_name(&format!("{organization}:{text}"))),
    };
    let by_text = text.filter(|text| !text.trim().is_empty()).map(|text| crs::from_prj(text.as_bytes()));
    let is_known = |crs: &Crs| !matches!(crs, Crs::Unknown(_) | Crs::Missing);
    if let Some(known) = [by_code, by_text].into_iter().flatten().find(is_known) {
        return Ok(known);
    }
    let nothing = code <= 0 && text.is_none() && code_text.is_none();
    Ok(if nothing {
        Crs::Missing
    } else {
        Crs::Unknown(format!("{organization}:{code} {}", name.unwrap_or_default()).trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_has_as_many_nodes_as_the_library_makes() {
        for count in [1_usize, 2, 16, 17, 256, 257, 5_000] {
            for node_size in [2_u16, 16, 100] {
                let wanted = ::flatgeobuf::packed_r_tree::PackedRTree::index_size(count, node_size);
                let limits = ReadLimits::default();
                assert_eq!(index_bytes(count as u64, node_size, &limits), Ok(wanted as u64), "{count} {node_size}");
            }
        }
    }
}
