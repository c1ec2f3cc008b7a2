//! Key figures (KPI) with their targets: one table of a fiscal year, for each organization and in sum.
//!
//! Missing is never zero: where nothing was observed there is no figure, and the note beside it says so. What cannot
//! be counted by this program is 「該当なし」, with its reason.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use super::report::{Coverage, DefinitionUse};
use crate::model::time::{FiscalYear, japan_day};

mod csv;
mod entry;
mod indicator;
mod projection;
mod row;
mod told;
mod workbook;

pub use entry::{Entry, EntryError, EntryProblem, Given, parse_entries};
pub use indicator::{Indicator, Nature};
pub use workbook::WorkbookError;

/// A sum of one indicator over one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayRow {
    /// The day in Japan.
    pub day: Date,
    /// The CKAN name of the organization; empty where the figure belongs to none.
    pub organization: String,
    /// What was counted.
    pub indicator: Indicator,
    /// How many.
    pub value: u64,
}

/// What an organization had public at the end of a day (of the present day: when it was last looked at).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicRow {
    /// The day in Japan.
    pub day: Date,
    /// The CKAN name of the organization.
    pub organization: String,
    /// Datasets with at least one file to download.
    pub datasets: u64,
    /// Layers.
    pub layers: u64,
}

/// All that the table of a fiscal year is made of; days are those of the year and of the one before it.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Sums by day.
    pub days: Vec<DayRow>,
    /// How well each day was observed; days without the service are not in it.
    pub observed: BTreeMap<Date, Coverage>,
    /// Definitions in use in the two years.
    pub definitions: Vec<DefinitionUse>,
    /// What was public, by day.
    pub public: Vec<PublicRow>,
    /// Targets in force, of all years.
    pub entries: Vec<Entry>,
}

/// One line: an indicator of one organization (or of all together) in one fiscal year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// `令和8年度`.
    pub fiscal_year: String,
    /// The six digits of the organization; empty for all together.
    pub organization: String,
    /// Its title; 「全体」 for all together.
    pub organization_title: String,
    /// The key of the indicator.
    pub key: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// The target of the year.
    pub target: Option<u64>,
    /// The figure; `None` where nothing was observed or there is nothing to count.
    pub actual: Option<u64>,
    /// What stands in the place of a figure that cannot be: 「該当なし」 or 「記録なし」; empty where there is one.
    pub absent: &'static str,
    /// Per cent of the target, two digits.
    pub achievement: Option<f64>,
    /// The figure of the year before.
    pub previous: Option<u64>,
    /// The difference; only where both were counted in the same way.
    pub change: Option<i64>,
    /// What the year will come to, at the present rate.
    pub projection: Option<u64>,
    /// How that was reckoned; may be empty.
    pub projection_method: &'static str,
    /// The definitions by which it was counted, twelve digits of each.
    pub definition: String,
    /// 観測率, 0–1, of the year up to now.
    pub coverage: Option<f64>,
    /// What to read beside it; may be empty.
    pub note: String,
    /// Where the target comes from.
    pub target_source: String,
    /// When it was decided.
    pub target_decided: Option<Date>,
    /// The twelve months, April first: sums, or what there was at the end of the month.
    pub months: Vec<Option<u64>>,
}

/// The table of one fiscal year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// `R8`.
    pub fiscal_year: String,
    /// `令和8年度`.
    pub fiscal_year_title: String,
    /// When it was made.
    pub generated_at: jiff::Timestamp,
    /// The names of the twelve months, `2026-04` first.
    pub months: Vec<String>,
    /// All together first, then each organization by its code.
    pub rows: Vec<Row>,
    /// The definition in words.
    pub definition_text: &'static str,
}

impl Table {
    /// Puts the table together. `titles` names the organizations of the catalogue by their CKAN name; those with
    /// figures or targets besides appear under their code.
    pub fn new(year: FiscalYear, sources: &Sources, titles: &BTreeMap<String, String>, now: jiff::Timestamp) -> Self {
        let mut organizations: BTreeSet<&str> = titles.keys().map(String::as_str).collect();
        organizations.extend(sources.days.iter().map(|row| row.organization.as_str()));
        organizations.extend(sources.entries.iter().map(|entry| entry.organization.as_str()));
        organizations.remove("");
        let view = row::View::new(year, sources, organizations.iter().copied().collect(), japan_day(now));
        let mut rows: Vec<Row> =
            Indicator::ALL.into_iter().map(|indicator| view.row(None, "全体", indicator)).collect();
        for organization in &organizations {
            let title = titles.get(*organization).map_or(*organization, String::as_str);
            rows.extend(Indicator::ALL.into_iter().map(|indicator| view.row(Some(organization), title, indicator)));
        }
        Self {
            fiscal_year: year.short(),
            fiscal_year_title: year.to_string(),
            generated_at: now,
            months: months_of(year).map(|(year, month)| format!("{year:04}-{month:02}")).collect(),
            rows,
            definition_text: super::definition::text_ja(),
        }
    }

    /// The table as it is published: of months that are not final yet, sums are told in fives, and the lines with them
    /// say so. Everything else in a line follows from those sums.
    pub fn published(
        year: FiscalYear,
        sources: Sources,
        titles: &BTreeMap<String, String>,
        now: jiff::Timestamp,
    ) -> Self {
        let today = japan_day(now);
        let mut table = Self::new(year, &told::told(sources, today), titles, now);
        if !super::statistics::is_final(year.last_day(), today) {
            let counted = |row: &&mut Row| !row.definition.is_empty();
            table.rows.iter_mut().filter(counted).for_each(|row| {
                row.note =
                    if row.note.is_empty() { told::NOTE.to_owned() } else { format!("{}。{}", row.note, told::NOTE) };
            });
        }
        table
    }

    /// The same with the lines of one organization only; empty = all together.
    #[must_use]
    pub fn only(mut self, organization: &str) -> Self {
        self.rows.retain(|row| row.organization == organization);
        self
    }
}

/// The months of a fiscal year, April first.
pub fn months_of(year: FiscalYear) -> impl Iterator<Item = (i16, i8)> {
    (0..12_i8).map(move |index| if index < 9 { (year.year(), index + 4) } else { (year.year() + 1, index - 8) })
}
