//! Which cells are marked, and with what.

use std::fmt::Write as _;

use std::collections::{BTreeMap, HashMap};

use crate::model::finding::{Finding, Severity};
use crate::report::shown::repair;
use crate::report::{FileReport, TableReport, wording};

/// The weight of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Weight {
    Note,
    Warning,
    Error,
    /// The row is refused.
    Refused,
}

impl From<Severity> for Weight {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Note => Self::Note,
            Severity::Warning => Self::Warning,
            Severity::Error => Self::Error,
        }
    }
}

/// What is marked in one row.
#[derive(Debug, Default)]
pub(super) struct RowMarks<'r> {
    /// The row became no record.
    pub(super) is_refused: bool,
    /// By cell from 0 (the whole row = `None`, shown at its first cell): its findings.
    pub(super) cells: BTreeMap<Option<usize>, Vec<&'r Finding>>,
}

impl<'r> RowMarks<'r> {
    /// The findings shown at this cell.
    pub(super) fn at(&self, cell: usize) -> impl Iterator<Item = &'r Finding> {
        let whole = self.cells.get(&None).filter(|_| cell == 0).into_iter().flatten();
        whole.chain(self.cells.get(&Some(cell)).into_iter().flatten()).copied()
    }

    /// The weight of this cell; `None` where it is not marked.
    pub(super) fn weight(&self, cell: usize) -> Option<Weight> {
        if self.is_refused {
            return Some(Weight::Refused);
        }
        self.at(cell).map(|finding| Weight::from(finding.severity)).max()
    }

    /// The last cell that must be there to carry a mark.
    pub(super) fn last(&self) -> usize {
        self.cells.keys().flatten().max().copied().unwrap_or(0)
    }
}

/// All marks of a file, by the name of the table and its row.
#[derive(Debug, Default)]
pub(super) struct Marks<'r> {
    tables: Vec<(Option<&'r str>, BTreeMap<u64, RowMarks<'r>>)>,
    /// How many cells carry a comment, by weight.
    pub(super) commented: BTreeMap<Weight, u64>,
    above: HashMap<Option<&'r str>, u64>,
}

impl<'r> Marks<'r> {
    pub(super) fn new(report: &'r FileReport) -> Self {
        let mut marks = Self::default();
        for table in &report.tables {
            let name = table.begun.name.as_deref();
            marks.above.insert(name, table.begun.rows_above);
            let at = marks.tables.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
                marks.tables.push((name, BTreeMap::new()));
                marks.tables.len() - 1
            });
            let Some((_, rows)) = marks.tables.get_mut(at) else { continue };
            for finding in &table.findings {
                if let Some((row, cell)) = table.mark_of(finding) {
                    rows.entry(row).or_default().cells.entry(cell).or_default().push(finding);
                }
            }
            for refused in &table.refused_rows {
                rows.entry(refused.row).or_default().is_refused = true;
            }
        }
        for marks_of_row in marks.tables.iter().flat_map(|(_, rows)| rows.values()) {
            let whole = marks_of_row.cells.contains_key(&None);
            let first = whole || marks_of_row.cells.contains_key(&Some(0));
            let others = marks_of_row.cells.keys().flatten().filter(|cell| **cell > 0);
            for cell in first.then_some(0).into_iter().chain(others.copied()) {
                let weight = marks_of_row.at(cell).map(|finding| Weight::from(finding.severity)).max();
                if let Some(weight) = weight {
                    *marks.commented.entry(weight).or_default() += 1;
                }
            }
        }
        marks
    }

    /// What is marked in a row.
    pub(super) fn of(&self, table: Option<&str>, row: u64) -> Option<&RowMarks<'r>> {
        self.tables.iter().find(|(name, _)| *name == table)?.1.get(&row)
    }

    /// The rows that carry a mark, with those above the data, by the name of their table.
    pub(super) fn rows(&self) -> Vec<(Option<String>, Vec<u64>)> {
        self.tables
            .iter()
            .map(|(name, rows)| {
                let above = self.above.get(name).copied().unwrap_or(0);
                let marked = rows.keys().copied().filter(|row| *row > above);
                (name.map(str::to_owned), (1..=above).chain(marked).collect())
            })
            .collect()
    }
}

/// The comment of a cell: each finding with its weight, sentence and repair.
pub(super) fn comment<'r>(findings: impl Iterator<Item = &'r Finding>) -> String {
    let mut text = String::new();
    for finding in findings {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let _ = write!(text, "【{}】{}", wording::severity(finding.severity), finding.message_ja());
        if !finding.found.is_empty() && !finding.message_ja().contains(&finding.found) {
            let _ = write!(text, "\n見つかった値: {}", finding.found);
        }
        if !finding.expected.is_empty() && !finding.message_ja().contains(&finding.expected) {
            let _ = write!(text, "\n正しい形: {}", finding.expected);
        }
        if let Some(repair) = repair(finding) {
            let _ = write!(text, "\n{repair}。");
        }
    }
    text
}

/// The table of a report with this name.
pub(super) fn table<'r>(report: &'r FileReport, name: Option<&str>) -> Option<&'r TableReport> {
    report.tables.iter().find(|table| table.begun.name.as_deref() == name)
}
