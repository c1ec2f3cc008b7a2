//! What a check saw of a file, as far as a page shows it: kept as JSON, so that one may leave and come back.

use serde::{Deserialize, Serialize};

use super::copy::is_correctable;
use super::place::has_cells;
use super::sample::Sample;
use super::{FileReport, TableReport};
use crate::model::finding::{Finding, FindingCode, Severity};
use crate::model::record::RefusedRow;
use crate::normalize::TableBegun;
use crate::pipeline::frames::Refusal;
use crate::pipeline::rows::FoundCell;

/// A file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeenFile {
    /// Its name as it was sent.
    pub name: String,
    /// Why nothing of it can be used.
    pub refused: Option<Refusal>,
    /// Findings of the file as a whole, and those of the file as it was sent that a corrected copy does not show.
    pub findings: Vec<Finding>,
    /// Its tables.
    pub tables: Vec<SeenTable>,
}

/// A table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SeenTable {
    /// Its shape, format and place.
    pub begun: TableBegun,
    /// The name of the table in the file as it was sent.
    pub origin: Option<String>,
    /// The title of its standard sheet; empty where it has none.
    pub sheet_title: String,
    /// Why it was bound to its sheet, or to none.
    pub why: String,
    /// Rows read, records, rows refused.
    pub counts: [u64; 3],
    /// All findings by code.
    pub finding_counts: Vec<(String, Severity, u64)>,
    /// Findings with their places: the first of each code.
    pub findings: Vec<Finding>,
    /// The first rows that became no record.
    pub refused_rows: Vec<RefusedRow>,
    /// Header rows and faulty rows as found, with their numbers.
    pub rows: Vec<(u64, Vec<FoundCell>)>,
    /// Records with a position.
    pub placed: u64,
    /// Whether its cells can be corrected.
    pub is_correctable: bool,
}

/// Refused rows kept for a page.
const REFUSED_KEPT: usize = 200;

impl SeenFile {
    /// What is kept of a report. `sheets`: of a corrected copy, its sheets and the tables they were made of.
    pub fn of(
        name: &str,
        report: &FileReport,
        samples: &[Sample],
        sheets: Option<&[(String, Option<String>)]>,
    ) -> Self {
        let tables = report.tables.iter().map(|table| SeenTable::of(name, table, samples, sheets)).collect();
        Self { name: name.to_owned(), refused: report.refused.clone(), findings: report.findings.clone(), tables }
    }

    /// Adds what only the file as it was sent shows: a corrected copy has nothing hidden and nothing undecodable.
    pub fn add_original(&mut self, original: &FileReport) {
        let lost = |finding: &&Finding| {
            matches!(
                finding.code,
                FindingCode::HiddenContent | FindingCode::EncodingReplaced | FindingCode::TextGarbled
            )
        };
        let all = original.findings.iter().chain(original.tables.iter().flat_map(|table| &table.findings));
        for finding in all.filter(lost) {
            if !self.findings.contains(finding) {
                self.findings.push(finding.clone());
            }
        }
    }

    /// Findings of this weight, in all tables.
    pub fn count(&self, severity: Severity) -> u64 {
        let early = self.findings.iter().filter(|finding| finding.severity == severity).count() as u64;
        early + self.tables.iter().map(|table| table.count(severity)).sum::<u64>()
    }
}

impl SeenTable {
    fn of(file: &str, table: &TableReport, samples: &[Sample], sheets: Option<&[(String, Option<String>)]>) -> Self {
        let name = table.begun.name.as_deref();
        let origin = match sheets {
            None => table.begun.name.clone(),
            Some([(_, origin)]) => origin.clone(),
            Some(sheets) => {
                let own = sheets.iter().find(|(written, _)| Some(written.as_str()) == name);
                own.map_or_else(|| table.begun.name.clone(), |(_, origin)| origin.clone())
            }
        };
        let end = table.end.as_ref();
        let sample = samples.iter().find(|sample| sample.name == table.begun.name);
        let refused = table.refused_rows.iter().take(REFUSED_KEPT);
        Self {
            origin,
            sheet_title: table.sheet_title.clone(),
            why: table.why.clone(),
            counts: end.map_or([0; 3], |end| [end.rows_read, end.records, end.refused]),
            finding_counts: end.map(|end| end.finding_counts.clone()).unwrap_or_default(),
            findings: table.findings.clone(),
            refused_rows: refused.cloned().collect(),
            rows: sample.map(|sample| sample.rows.clone()).unwrap_or_default(),
            placed: table.placed,
            is_correctable: is_correctable(file) && has_cells(&table.begun.format),
            begun: table.begun.clone(),
        }
    }

    /// Findings of this weight.
    pub fn count(&self, severity: Severity) -> u64 {
        self.finding_counts.iter().filter(|(_, own, _)| *own == severity).map(|(_, _, count)| count).sum()
    }
}
