//! The rows of a header that hold names, told from those of marks and units between and under them.

use super::remark::{is_marks, is_units, names_beside_units};
use super::shape::filled;

/// Most rows of a header: three of names, and an empty one, one of marks and one of units among them.
pub(super) const MAX_HEIGHT: usize = 6;
/// Most rows of names over each other.
const MAX_LEVELS: usize = 3;

/// The rows of names of a header, and what its other rows are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    /// From the widest groups to the names of the columns.
    pub(super) rows: Vec<Vec<String>>,
    /// Which rows of the header hold remarks, instead of names or beside them.
    pub(super) remarks: Vec<usize>,
    /// Whether names stand beside units: such a row is no record.
    pub(super) has_units: bool,
}

impl Levels {
    /// `None` where the rows cannot be one header, or the last of them belongs to what is below it.
    pub(super) fn of(header: &[Vec<String>]) -> Option<Self> {
        let (mut rows, mut remarks): (Vec<Vec<String>>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut has_units = false;
        let mut empty = 0;
        for (index, row) in header.iter().enumerate() {
            let is_inside = index > 0 && index + 1 < header.len();
            if filled(row) == 0 {
                empty += 1;
                if !is_inside || empty > 1 {
                    return None;
                }
            } else if is_inside && (is_marks(row) || is_units(row)) {
                remarks.push(index);
            } else if index > 0
                && let Some(names) = names_beside_units(row)
            {
                remarks.push(index);
                has_units = true;
                add(&mut rows, names);
            } else {
                rows.push(row.clone());
            }
        }
        (rows.len() <= MAX_LEVELS && (rows.len() > 1 || has_units)).then_some(Self { rows, remarks, has_units })
    }
}

/// Names that stand only where the row above has none belong beside those of that row.
fn add(rows: &mut Vec<Vec<String>>, names: Vec<String>) {
    let is_free = |row: &Vec<String>| {
        names
            .iter()
            .enumerate()
            .all(|(column, name)| name.is_empty() || row.get(column).is_none_or(|above| above.trim().is_empty()))
    };
    match rows.last_mut().filter(|row| is_free(row)) {
        Some(row) => {
            row.resize(row.len().max(names.len()), String::new());
            for (cell, name) in row.iter_mut().zip(names) {
                if !name.is_empty() {
                    *cell = name;
                }
            }
        }
        None => rows.push(names),
    }
}
