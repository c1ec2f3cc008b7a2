//! Findings grouped by code: how many, and the first few with their places.

use std::collections::BTreeMap;

use crate::model::finding::{Finding, FindingCode, Severity};

use super::TableReport;

/// All findings of one code in one table.
#[derive(Debug, Clone)]
pub struct Group<'r> {
    /// The code.
    pub code: FindingCode,
    /// The worst weight it has in this table.
    pub severity: Severity,
    /// How many there are: exact, also where only the first are kept with their places.
    pub count: u64,
    /// Those kept, in the order of the file.
    pub findings: Vec<&'r Finding>,
}

impl Group<'_> {
    /// What the code means without a place: the first finding's own sentence where all are alike, else the sentence of
    /// the code with its gaps shown as `…`.
    pub fn title_ja(&self) -> String {
        self.title(Finding::message_ja, self.code.text_ja())
    }

    /// The same in English.
    pub fn title_en(&self) -> String {
        self.title(Finding::message_en, self.code.text_en())
    }

    fn title(&self, message: impl Fn(&Finding) -> String, template: &str) -> String {
        let mut messages = self.findings.iter().map(|finding| message(finding));
        if let Some(first) = messages.next()
            && self.count == self.findings.len() as u64
            && messages.all(|other| other == first)
        {
            return first;
        }
        template.replace("{found}", "…").replace("{expected}", "…").replace("{repair}", "…")
    }
}

/// The findings of a table by code, the worst weight first, then the most frequent, then by the code's own order.
pub fn groups(table: &TableReport) -> Vec<Group<'_>> {
    let mut by_code: BTreeMap<FindingCode, Group<'_>> = BTreeMap::new();
    for finding in &table.findings {
        let group = by_code.entry(finding.code).or_insert_with(|| Group {
            code: finding.code,
            severity: finding.severity,
            count: 0,
            findings: Vec::new(),
        });
        group.severity = group.severity.max(finding.severity);
        group.count += 1;
        group.findings.push(finding);
    }
    for (code, severity, count) in table.end.iter().flat_map(|end| &end.finding_counts) {
        let Some(known) = FindingCode::ALL.iter().copied().find(|known| known.as_str() == code) else { continue };
        let group = by_code.entry(known).or_insert_with(|| Group {
            code: known,
            severity: *severity,
            count: 0,
            findings: Vec::new(),
        });
        // Those of the file as a whole came before the table began and are not in its counts.
        group.count = group.count.max(*count);
        group.severity = group.severity.max(*severity);
    }
    let mut groups: Vec<Group<'_>> = by_code.into_values().collect();
    groups.sort_by(|a, b| b.severity.cmp(&a.severity).then(b.count.cmp(&a.count)).then(a.code.cmp(&b.code)));
    groups
}
