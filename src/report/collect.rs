//! The frames of one file to its report.

use arrow::ipc::reader::StreamReader;

use crate::model::finding::{Finding, FindingCode};
use crate::model::record::RefusedRow;
use crate::normalize::TableBegun;
use crate::pipeline::frames::{Frame, Refusal, TableEnd};
use crate::schema::Schemas;

use super::columns::columns;
use super::conformance::conformance;
use super::facts::Facts;
use super::readability::{Readability, judge};
use super::{FileReport, ReportError, TableReport};

/// Gathers what the worker says of one file.
#[derive(Debug)]
pub struct Collector {
    report: FileReport,
    open: Option<Open>,
}

/// A table whose frames are coming.
#[derive(Debug)]
struct Open {
    begun: TableBegun,
    findings: Vec<Finding>,
    refused_rows: Vec<RefusedRow>,
    facts: Facts,
}

impl Collector {
    /// A collector for a file of this name and length.
    pub fn new(file: String, bytes: u64) -> Self {
        let report = FileReport {
            file,
            bytes,
            refused: None,
            findings: Vec::new(),
            tables: Vec::new(),
            readability: Readability::default(),
        };
        Self { report, open: None }
    }

    /// Takes one frame.
    ///
    /// # Errors
    /// Where the worker's records cannot be read.
    pub fn take(&mut self, frame: Frame) -> Result<(), ReportError> {
        match frame {
            Frame::Table(begun) => {
                self.close(None);
                let facts = Facts::new(&begun.shape);
                self.open = Some(Open { begun: *begun, findings: Vec::new(), refused_rows: Vec::new(), facts });
            }
            Frame::Batch(bytes) => {
                if let Some(open) = &mut self.open {
                    for batch in StreamReader::try_new(bytes.as_slice(), None)? {
                        open.facts.add(&open.begun.shape, &batch?);
                    }
                }
            }
            Frame::Finding(finding) => match &mut self.open {
                Some(open) => open.findings.push(*finding),
                None => self.report.findings.push(*finding),
            },
            Frame::Refused(row) => {
                if let Some(open) = &mut self.open {
                    open.refused_rows.push(*row);
                }
            }
            Frame::End(end) => self.close(Some(*end)),
            Frame::RefusedWhole(refusal) => self.report.refused = Some(refusal),
            Frame::Rows(_) | Frame::RowsTable(_) | Frame::RowsBatch(_) | Frame::Done => {}
        }
        Ok(())
    }

    /// The table under way is complete, or broke off.
    fn close(&mut self, end: Option<TableEnd>) {
        let Some(open) = self.open.take() else { return };
        let Open { begun, findings, refused_rows, facts } = open;
        let filled: Vec<u64> = facts.columns.iter().map(|column| column.filled).collect();
        let tallies = end.as_ref().map_or(&[][..], |end| end.columns.as_slice());
        let columns = columns(&begun.shape, &begun.cells, &filled, tallies);
        let rows = end.as_ref().map_or(0, |end| end.rows_read);
        let sheet = begun.shape.sheet.as_ref().and_then(|sheet| Schemas::bundled().sheet(&sheet.number));
        let why = findings
            .iter()
            .find(|finding| {
                matches!(finding.code, FindingCode::SheetBound | FindingCode::SheetByOrder | FindingCode::SheetUnknown)
            })
            .map_or_else(String::new, |finding| match finding.code {
                FindingCode::SheetBound | FindingCode::SheetByOrder if !finding.expected.is_empty() => {
                    finding.expected.clone()
                }
                _ => finding.message_ja(),
            });
        self.report.tables.push(TableReport {
            sheet_title: sheet.map(|sheet| sheet.title.clone()).unwrap_or_default(),
            conformance: sheet.map(|_| conformance(&columns, rows)),
            placed: facts.placed,
            why,
            begun,
            end,
            findings,
            refused_rows,
            columns,
            facts,
        });
    }

    /// The report of the file.
    pub fn finish(mut self) -> FileReport {
        self.close(None);
        if self.report.refused.is_none() && self.report.tables.is_empty() {
            self.report.refused = Some(Refusal::no_table());
        }
        self.report.readability = judge(&self.report);
        self.report
    }
}
