//! Findings by code: all are counted, the first of each code are kept with their places.

use crate::model::finding::{Finding, FindingCode, Severity};

/// Findings kept with their places: the first of each code, so that a bad column does not drown the others.
pub const FINDINGS_KEPT_PER_CODE: u64 = 200;

/// Counts findings by code and says which are kept.
#[derive(Debug, Default)]
pub struct FindingCounts {
    by_code: std::collections::BTreeMap<FindingCode, (Severity, u64)>,
}

impl FindingCounts {
    /// Counts one; whether it is among those kept with their places.
    pub fn add(&mut self, finding: &Finding) -> bool {
        let entry = self.by_code.entry(finding.code).or_insert((finding.severity, 0));
        entry.0 = entry.0.max(finding.severity);
        entry.1 += 1;
        entry.1 <= FINDINGS_KEPT_PER_CODE
    }

    /// All counts.
    pub fn into_list(self) -> Vec<(String, Severity, u64)> {
        self.by_code.into_iter().map(|(code, (severity, count))| (code.as_str().to_owned(), severity, count)).collect()
    }
}
