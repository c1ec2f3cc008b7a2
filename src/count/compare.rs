//! A candidate definition beside the one in force: the same days, both figures, their ratio.

use std::collections::BTreeMap;

use serde::Serialize;

use super::tally::Measure;

/// A candidate and what it counted in shadow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Its id, hexadecimal.
    pub candidate: String,
    /// Its title.
    pub title: String,
    /// The first day on which both counted.
    pub first_day: jiff::civil::Date,
    /// The last one.
    pub last_day: jiff::civil::Date,
    /// Days on which both counted.
    pub days: u64,
    /// The definitions in force on these days, hexadecimal.
    pub in_force: Vec<String>,
    /// The first day on which the candidate was itself in force: the break of the series.
    pub break_day: Option<jiff::civil::Date>,
    /// Sums over the days of overlap.
    pub lines: Vec<ComparisonLine>,
}

/// One measure under both definitions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparisonLine {
    /// The measure.
    pub measure: &'static str,
    /// The class without its sub.
    pub class: &'static str,
    /// The sum by the definitions in force.
    pub in_force: u64,
    /// The sum by the candidate.
    pub candidate: u64,
    /// Candidate ÷ in force; `None` where the latter is 0.
    pub ratio: Option<f64>,
}

/// The lines of sums by (measure, class), in force and by the candidate.
pub fn lines(sums: &BTreeMap<(Measure, &'static str), (u64, u64)>) -> Vec<ComparisonLine> {
    sums.iter()
        .map(|((measure, class), (in_force, candidate))| ComparisonLine {
            measure: measure.name(),
            class,
            in_force: *in_force,
            candidate: *candidate,
            ratio: (*in_force > 0).then(|| *candidate as f64 / *in_force as f64),
        })
        .collect()
}
