//! Sheets of a workbook that explain it and are no data: examples and instructions of templates, results of a check.
//!
//! A made-up example must not be published as a facility, and a marked workbook that was mended may be given back. Such
//! sheets are passed over by their names, those of examples also in brackets or with a number (入力例, 【記入例】, 見本２),
//! with a finding, where the workbook has other sheets beside them (a reader names tables only then).

use std::ops::ControlFlow;

use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::{Row, RowSink, TableHead};
use crate::schema::is_example;

/// The sheet of examples.
pub const EXAMPLE: &str = "記入例";
/// The sheet that explains the fields.
pub const DICTIONARY: &str = "項目の説明";
/// The sheet that explains the workbook.
pub const HOW_TO: &str = "使い方";

/// The results in front of a marked workbook.
pub const RESULTS: &str = "hiraku検査結果";
/// The list of findings of a marked workbook.
pub const FINDINGS: &str = "hiraku指摘一覧";

/// All of them that have one name; examples have many ([`is_example`]).
pub const SHEETS: [&str; 5] = [EXAMPLE, DICTIONARY, HOW_TO, RESULTS, FINDINGS];

/// Whether a sheet of this name holds no data.
fn explains(name: &str) -> bool {
    SHEETS.contains(&name) || is_example(name)
}

/// Hands on what a reader finds, but for the sheets that are no data.
pub(super) struct DataOnly<'s> {
    sink: &'s mut dyn RowSink,
    is_over: bool,
}

impl<'s> DataOnly<'s> {
    pub(super) fn new(sink: &'s mut dyn RowSink) -> Self {
        Self { sink, is_over: false }
    }
}

impl RowSink for DataOnly<'_> {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        let name = head.name.as_deref().filter(|_| !matches!(head.format, "CSV" | "TSV"));
        self.is_over = name.is_some_and(explains);
        if !self.is_over {
            return self.sink.table(head);
        }
        let name = name.unwrap_or_default();
        let place = Place { sheet: Some(name.to_owned()), ..Place::default() };
        self.sink.finding(Finding::new(FindingCode::SheetExplains, place, name, ""));
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        if self.is_over { ControlFlow::Continue(()) } else { self.sink.row(row) }
    }

    fn finding(&mut self, finding: Finding) {
        let is_of_skipped = self.is_over && finding.place.sheet.as_deref().is_some_and(explains);
        if !is_of_skipped {
            self.sink.finding(finding);
        }
    }

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        if self.is_over { ControlFlow::Continue(()) } else { self.sink.refused(row, reason, cells) }
    }
}
