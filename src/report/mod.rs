//! What a city's clerk is told about a file, and what is made of it beside the catalogue.
//!
//! ```text
//! check       a file through the worker: frames → FileReport (no database)
//! collect     frames of one file → FileReport
//! columns     header found → field, type, mark, filled, repaired, wrong
//! conformance the score per field and in sum, for ◎ and ○
//! readability the 30 items of the Digital Agency's rule, as data under schemas/
//! told        the report as JSON (schemas/report.schema.json)
//! text · html · csv · workbook   the report for a person
//! copy · seen  a corrected copy of the file; what a page of the staff desk shows of a check
//! fix         the records as the standard's own CSV and XLSX
//! template    an empty sheet of the standard as a workbook
//! ```
//!
//! A report is a value: made once, shown in any form. Nothing here writes to the catalogue; files are handed out as
//! bytes or written to a path that the caller has checked.

pub mod check;
pub mod collect;
pub mod columns;
pub mod conformance;
pub mod copy;
pub mod csv;
pub mod facts;
pub mod fix;
pub mod groups;
pub mod html;
pub mod place;
pub mod readability;
pub mod seen;
pub mod shown;
pub mod sample;
pub mod template;
pub mod text;
pub mod told;
pub mod wording;
pub mod workbook;

use crate::model::decision::Decision;
use crate::model::finding::{Finding, FindingCode, Severity};
use crate::model::record::RefusedRow;
use crate::normalize::TableBegun;
use crate::pipeline::frames::{Refusal, TableEnd};

/// What was found in one file.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// The file's name, folders left out.
    pub file: String,
    /// Its length.
    pub bytes: u64,
    /// Why nothing of it can be used, where that is so.
    pub refused: Option<Refusal>,
    /// Findings of the file as a whole, that belong to none of its tables.
    pub findings: Vec<Finding>,
    /// Its tables.
    pub tables: Vec<TableReport>,
    /// The items of machine readability.
    pub readability: readability::Readability,
}

/// What was found in one table.
#[derive(Debug, Clone)]
pub struct TableReport {
    /// Its shape, format, encoding and place.
    pub begun: TableBegun,
    /// The title of its standard sheet; empty where it has none.
    pub sheet_title: String,
    /// Why it was bound to its sheet, or to none, as a Japanese sentence.
    pub why: String,
    /// Its counts; `None` where the file broke off.
    pub end: Option<TableEnd>,
    /// Findings with their places: the first of each code (all are counted in `end`).
    pub findings: Vec<Finding>,
    /// All rows that became no record.
    pub refused_rows: Vec<RefusedRow>,
    /// Column by column.
    pub columns: Vec<columns::ColumnReport>,
    /// How well it follows its sheet; `None` without one.
    pub conformance: Option<conformance::Conformance>,
    /// Records with a position or another geometry.
    pub placed: u64,
    /// What was seen in its cells besides findings.
    pub facts: facts::Facts,
}

/// How bad the worst of a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing was found.
    Clean,
    /// Only notes.
    Note,
    /// A person should look.
    Warning,
    /// Nothing need be wrong, but a person must look before it is published.
    Hold,
    /// Values or rows cannot be used.
    Error,
    /// It holds what can never be published.
    Reject,
    /// The file cannot be used.
    Refused,
}

impl Verdict {
    /// What must not be published unseen is told apart from what is wrong, and both from what never may.
    fn of(code: FindingCode, severity: Severity) -> Self {
        match code.decision() {
            Decision::Note => Self::from(severity),
            Decision::Hold => Self::Hold.max(severity.into()),
            Decision::Reject => Self::Reject,
        }
    }
}

impl From<Severity> for Verdict {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Note => Self::Note,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
        }
    }
}

impl FileReport {
    /// How bad the worst of it is. Rows refused weigh as errors.
    pub fn verdict(&self) -> Verdict {
        if self.refused.is_some() {
            return Verdict::Refused;
        }
        let early = self.findings.iter().map(|finding| Verdict::of(finding.code, finding.severity));
        self.tables.iter().map(TableReport::verdict).chain(early).max().unwrap_or(Verdict::Clean)
    }

    /// What its findings mean for its publishing, whatever else is wrong with it.
    pub fn decision(&self) -> Decision {
        let early = self.findings.iter().map(|finding| finding.code.decision());
        self.tables.iter().map(TableReport::decision).chain(early).max().unwrap_or(Decision::Note)
    }
}

impl TableReport {
    /// How bad the worst of it is; a table that broke off is an error.
    pub fn verdict(&self) -> Verdict {
        let Some(end) = &self.end else { return Verdict::Error };
        if end.refused > 0 {
            return Verdict::Error;
        }
        let of = |code: &str, severity| match FindingCode::parse(code) {
            Some(code) => Verdict::of(code, severity),
            None => Verdict::from(severity),
        };
        end.finding_counts.iter().map(|(code, severity, _)| of(code, *severity)).max().unwrap_or(Verdict::Clean)
    }

    /// What its findings mean for its publishing.
    pub fn decision(&self) -> Decision {
        let counts = self.end.iter().flat_map(|end| &end.finding_counts);
        let codes = counts.filter_map(|(code, _, _)| FindingCode::parse(code));
        codes.map(FindingCode::decision).max().unwrap_or(Decision::Note)
    }

    /// How often this finding was met.
    pub fn count_of(&self, code: &str) -> u64 {
        let counts = self.end.iter().flat_map(|end| &end.finding_counts);
        counts.filter(|(found, _, _)| found == code).map(|(_, _, count)| *count).sum()
    }

    /// Findings of this weight.
    pub fn count_with(&self, severity: Severity) -> u64 {
        let counts = self.end.iter().flat_map(|end| &end.finding_counts);
        counts.filter(|(_, found, _)| *found == severity).map(|(_, _, count)| *count).sum()
    }
}

/// A report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file could not be read.
    #[error(transparent)]
    Pipeline(#[from] crate::pipeline::PipelineError),
    /// A file or folder.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A workbook could not be put together.
    #[error("the workbook could not be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The worker sent records that do not have the columns of their table.
    #[error("the records could not be read: {0}")]
    Records(#[from] arrow::error::ArrowError),
    /// The page could not be put together.
    #[error("the page could not be written: {0}")]
    Page(#[from] askama::Error),
    /// A table could not be written as CSV.
    #[error("the CSV could not be written: {0}")]
    Csv(#[from] ::csv::Error),
}

impl ReportError {
    /// An error of this file or folder.
    pub fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { path, source }
    }
}
