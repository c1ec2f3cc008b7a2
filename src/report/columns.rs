//! Column by column: what the file calls it, what it is in the standard, and how well its cells are filled.

use serde::Serialize;

use crate::model::record::{ColumnType, TableShape};
use crate::pipeline::tally::ColumnTally;

use super::place::letters;

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnReport {
    /// Its name in the published table: the standard's field, or the file's own.
    pub name: String,
    /// The header in the file; `null` where the file lacks the column.
    pub found: Option<String>,
    /// Its letters in a spreadsheet, `C`; `null` where the file lacks it.
    pub letters: Option<String>,
    /// Whether it is a field of the table's standard sheet.
    pub is_field: bool,
    /// What its values mean.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// The mark of the sheet: `◎`, `○`, empty, `unknown`, `注n`; `null` for the file's own columns.
    pub requirement: Option<String>,
    /// Whether an empty cell is an answer of its own (codes such as 1/empty).
    pub may_be_empty: bool,
    /// Records that hold a value.
    pub filled: u64,
    /// Cells that were repaired.
    pub repaired: u64,
    /// Cells that are wrong: a warning or an error that was not repaired.
    pub wrong: u64,
    /// Cells that hold a value and are not wrong.
    pub valid: u64,
}

/// The columns of a table. `filled` and `tallies` are in the order of the shape, and may be shorter where the file
/// broke off.
pub(super) fn columns(
    shape: &TableShape,
    cells: &[Option<usize>],
    filled: &[u64],
    tallies: &[ColumnTally],
) -> Vec<ColumnReport> {
    let none = ColumnTally::default();
    let report = |(at, column): (usize, &crate::model::record::Column)| {
        let tally = tallies.get(at).unwrap_or(&none);
        let filled = filled.get(at).copied().unwrap_or(0);
        let field = column.field.as_ref();
        ColumnReport {
            name: column.name.clone(),
            found: column.found.clone(),
            letters: cells.get(at).copied().flatten().map(letters),
            is_field: field.is_some(),
            kind: column.kind,
            requirement: field.map(|field| field.requirement.clone()),
            may_be_empty: field.is_some_and(|field| field.codes.iter().any(String::is_empty)),
            filled,
            repaired: tally.repaired,
            wrong: tally.wrong,
            valid: filled.saturating_sub(tally.wrong_filled),
        }
    };
    shape.columns.iter().enumerate().map(report).collect()
}
