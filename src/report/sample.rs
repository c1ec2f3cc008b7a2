//! The faulty rows of a file as they stand in it, for a table that looks like the file.

use crate::model::finding::Severity;
use crate::pipeline::rows::{FoundCell, RowsWanted};

use super::check::{Checked, FoundRows};
use super::{FileReport, ReportError};

/// Rows shown of one table: a few screens. All are in the CSV and the workbook.
pub const ROWS: usize = 30;

/// Rows above the data that are shown: titles and headers; further ones say nothing of the table.
const ABOVE: u64 = 6;

/// Some rows of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// The name of the table.
    pub name: Option<String>,
    /// Its columns, where the format names them.
    pub columns: Option<Vec<String>>,
    /// The rows with their numbers, those above the data among them.
    pub rows: Vec<(u64, Vec<FoundCell>)>,
}

/// The rows to be shown of each table: the worst first, as many as are shown, in the order of the file.
fn wanted(report: &FileReport) -> Vec<(Option<String>, Vec<u64>)> {
    let rows_of = |table: &super::TableReport| {
        let mut rows: Vec<u64> = Vec::new();
        let with = |severity: Severity| {
            table.findings.iter().filter(move |finding| finding.severity == severity).filter_map(|f| f.place.row)
        };
        let refused = table.refused_rows.iter().map(|row| row.row);
        for row in refused.chain(with(Severity::Error)).chain(with(Severity::Warning)).chain(with(Severity::Note)) {
            if rows.len() >= ROWS {
                break;
            }
            if row > table.begun.rows_above && !rows.contains(&row) {
                rows.push(row);
            }
        }
        let above = table.begun.rows_above;
        rows.extend(above.saturating_sub(ABOVE) + 1..=above);
        rows.sort_unstable();
        (table.begun.name.clone(), rows)
    };
    report.tables.iter().map(rows_of).collect()
}

/// Reads the faulty rows of a checked file, one sample for each of its tables that has any.
///
/// # Errors
/// Where the file cannot be read again.
pub fn samples(report: &FileReport, checked: &Checked<'_>) -> Result<Vec<Sample>, ReportError> {
    let mut samples: Vec<Sample> = Vec::new();
    if report.refused.is_some() {
        return Ok(samples);
    }
    checked.rows(RowsWanted { only: Some(wanted(report)) }, &mut |rows| {
        match rows {
            FoundRows::Table(table) => {
                samples.push(Sample { name: table.name, columns: table.columns, rows: Vec::new() });
            }
            FoundRows::Rows(batch) => {
                if let Some(sample) = samples.last_mut() {
                    sample.rows.extend(batch.rows);
                }
            }
        }
        true
    })?;
    Ok(samples)
}
