//! Findings by code and by column: all are counted, the first of each code are kept with their places.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::model::finding::{Finding, FindingCode, Repair, Severity};
use crate::model::record::{Record, TableShape, Value};

/// Findings kept with their places: the first of each code, so that a bad column does not drown the others.
pub const FINDINGS_KEPT_PER_CODE: u64 = 200;

/// How many findings of one table are told with their places; all are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The first so many of each code.
    pub per_code: u64,
    /// The first so many of all codes together. One takes about 400 bytes in the parent.
    pub in_sum: u64,
}

impl Kept {
    /// Enough for a person to see what is wrong with each column.
    pub const FIRST: Self = Self { per_code: FINDINGS_KEPT_PER_CODE, in_sum: u64::MAX };
    /// Practically all, for a workbook or a list of all findings: 400,000 take about 160 MB.
    pub const ALL: Self = Self { per_code: 100_000, in_sum: 400_000 };
}

/// What was found in the cells of one column of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnTally {
    /// Cells whose value was repaired.
    pub repaired: u64,
    /// Cells that are wrong (a warning or an error that was not repaired), whether a value stayed or not.
    pub wrong: u64,
    /// Of these, cells that still hold a value.
    pub wrong_filled: u64,
}

/// Counts findings by code and says which are kept.
#[derive(Debug)]
pub struct FindingCounts {
    by_code: BTreeMap<FindingCode, (Severity, u64)>,
    told: u64,
    kept: Kept,
    places: HashMap<String, usize>,
    columns: Vec<ColumnTally>,
    /// Columns with a finding in the row under way, and whether the cell is wrong.
    row: Vec<(usize, bool)>,
}

impl FindingCounts {
    /// Counts of a table of this shape.
    pub fn new(shape: &TableShape, kept: Kept) -> Self {
        let mut places = HashMap::with_capacity(shape.columns.len());
        for (at, column) in shape.columns.iter().enumerate() {
            places.entry(column.found.clone().unwrap_or_else(|| column.name.clone())).or_insert(at);
        }
        Self {
            by_code: BTreeMap::new(),
            told: 0,
            kept,
            places,
            columns: vec![ColumnTally::default(); shape.columns.len()],
            row: Vec::new(),
        }
    }

    /// Counts one; whether it is among those kept with their places.
    pub fn add(&mut self, finding: &Finding) -> bool {
        self.add_to_column(finding);
        let entry = self.by_code.entry(finding.code).or_insert((finding.severity, 0));
        entry.0 = entry.0.max(finding.severity);
        entry.1 += 1;
        let is_kept = entry.1 <= self.kept.per_code && self.told < self.kept.in_sum;
        self.told += u64::from(is_kept);
        is_kept
    }

    fn add_to_column(&mut self, finding: &Finding) {
        let (Some(_), Some(column)) = (finding.place.row, &finding.place.column) else { return };
        let Some(&at) = self.places.get(column) else { return };
        let is_repaired = matches!(finding.repair, Repair::Made(_));
        if !is_repaired && finding.severity == Severity::Note {
            return;
        }
        match self.row.iter_mut().find(|(column, _)| *column == at) {
            Some((_, is_wrong)) => *is_wrong |= !is_repaired,
            None => self.row.push((at, !is_repaired)),
        }
    }

    /// The row whose findings came last became this record.
    pub fn close_row(&mut self, record: &Record) {
        for (at, is_wrong) in self.row.drain(..) {
            let Some(tally) = self.columns.get_mut(at) else { continue };
            if is_wrong {
                let is_filled = record.values.get(at).is_some_and(|value| *value != Value::Null);
                tally.wrong += 1;
                tally.wrong_filled += u64::from(is_filled);
            } else {
                tally.repaired += 1;
            }
        }
    }

    /// The row whose findings came last was refused: its cells are counted with the row.
    pub fn forget_row(&mut self) {
        self.row.clear();
    }

    /// All counts by code, and those of the columns in the order of the shape.
    pub fn into_lists(self) -> (Vec<(String, Severity, u64)>, Vec<ColumnTally>) {
        let by_code =
            self.by_code.into_iter().map(|(code, (severity, count))| (code.as_str().to_owned(), severity, count));
        (by_code.collect(), self.columns)
    }
}
