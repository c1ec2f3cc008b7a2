//! The public statistics: uses of the site, of an organization, of a dataset or a layer by day, month or fiscal year.
//!
//! Sums of the site and of an organization by month and year are the key figures and exact once the month is final; what
//! is broken down further is shown by the rules of [`super::disclosure`].

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;
use uuid::Uuid;

use super::class::Class;
use super::kpi::Indicator;
use super::report::{Coverage, DefinitionUse, TargetName};
use super::target::TargetKind;
use super::verdict::Verdict;
use crate::model::time::{FiscalYear, japan_day};

mod files;
mod items;
mod plane;
mod periods;

pub use files::{COLUMNS, Line, csv};
pub use items::{Item, UniqueUses, items};
pub use periods::is_final;

/// What is published, in the order of the tables.
pub const INDICATORS: [Indicator; 6] = [
    Indicator::Accesses,
    Indicator::Downloads,
    Indicator::MachineRequests,
    Indicator::MapSessions,
    Indicator::Viewers,
    Indicator::LayerUses,
];

/// The heading of an indicator in the tables of the statistics.
pub const fn heading(indicator: Indicator) -> &'static str {
    match indicator {
        Indicator::Accesses => "アクセス",
        Indicator::Downloads => "ダウンロード",
        Indicator::MachineRequests => "API・機械利用",
        Indicator::MapSessions => "地図の利用",
        Indicator::Viewers => "地図の延べ閲覧者",
        Indicator::LayerUses => "レイヤーの利用",
        _ => "",
    }
}

/// Of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All together.
    Site,
    /// An organization, by its CKAN name.
    Organization(String),
    /// A dataset, by its id.
    Dataset(Uuid),
    /// A layer, by its id in the figures.
    Layer(Uuid),
}

impl Scope {
    /// What is counted of it.
    pub fn indicators(&self) -> &'static [Indicator] {
        const OF_ORGANIZATIONS: [Indicator; 5] = [
            Indicator::Accesses,
            Indicator::Downloads,
            Indicator::MachineRequests,
            Indicator::MapSessions,
            Indicator::LayerUses,
        ];
        match self {
            Self::Site => &INDICATORS,
            Self::Organization(_) => &OF_ORGANIZATIONS,
            Self::Dataset(_) => &OF_ORGANIZATIONS[..3],
            Self::Layer(_) => &OF_ORGANIZATIONS[3..],
        }
    }
}

/// By what, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// The days of a month, named by its first day.
    Days(Date),
    /// The months of a fiscal year.
    Months(FiscalYear),
    /// Fiscal years, this one the last.
    Years(FiscalYear),
}

/// Fiscal years side by side: this one and those before it that councils compare with.
pub const YEARS: i16 = 5;

impl View {
    /// The first and the last day.
    pub fn days(self) -> (Date, Date) {
        match self {
            Self::Days(first) => (first, first.last_of_month()),
            Self::Months(year) => (year.first_day(), year.last_day()),
            Self::Years(last) => {
                let first = FiscalYear::new(last.year() - YEARS + 1).unwrap_or(last);
                (first.first_day(), last.last_day())
            }
        }
    }
}

/// A sum over a day, or over a month named by its first day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The day.
    pub day: Date,
    /// What was used; nil where the figure has no target.
    pub target: Uuid,
    /// What was counted.
    pub indicator: Indicator,
    /// How many.
    pub value: u64,
}

/// All that statistics are made of.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Sums by day, where days are asked for.
    pub days: Vec<Sum>,
    /// Sums by month.
    pub months: Vec<Sum>,
    /// What is known of targets.
    pub names: BTreeMap<Uuid, TargetName>,
    /// How well each day was observed; days without the service are not in it.
    pub observed: BTreeMap<Date, Coverage>,
    /// Definitions in use.
    pub definitions: Vec<DefinitionUse>,
    /// Answers by class and verdict.
    pub served: Vec<(Class, Verdict, u64)>,
}

impl Sources {
    fn organization(&self, target: Uuid) -> &str {
        self.names.get(&target).map_or("", |name| name.organization.as_str())
    }
}

/// A figure as it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "status", content = "value", rename_all = "kebab-case")]
pub enum Shown {
    /// The figure.
    Exact(u64),
    /// So many or more: a month that still runs, or a sum of which parts are withheld. A multiple of five or a sum of
    /// exact figures and such.
    AtLeast(u64),
    /// Under five, or withheld so that another cannot be reckoned from it.
    Withheld,
    /// Nothing was observed, which is not zero.
    Unobserved,
}

impl Shown {
    /// Of a month that still runs.
    fn running(value: u64) -> Self {
        match super::disclosure::coarse(value) {
            0 => Self::Withheld,
            coarse => Self::AtLeast(coarse),
        }
    }

    /// The number, where there is one.
    pub const fn value(self) -> Option<u64> {
        match self {
            Self::Exact(value) | Self::AtLeast(value) => Some(value),
            Self::Withheld | Self::Unobserved => None,
        }
    }

    /// The word for machines.
    pub const fn status(self) -> &'static str {
        match self {
            Self::Exact(_) => "exact",
            Self::AtLeast(_) => "at-least",
            Self::Withheld => "withheld",
            Self::Unobserved => "unobserved",
        }
    }

    /// The word for people.
    pub const fn status_ja(self) -> &'static str {
        match self {
            Self::Exact(_) => "確定",
            Self::AtLeast(_) => "以上",
            Self::Withheld => "非公表",
            Self::Unobserved => "記録なし",
        }
    }

    /// The sum of parts: of those that are shown, where some are not.
    pub fn sum(parts: impl IntoIterator<Item = Self>) -> Self {
        let (mut sum, mut whole, mut seen) = (0, true, false);
        for part in parts {
            whole &= matches!(part, Self::Exact(_) | Self::Unobserved);
            seen |= part != Self::Unobserved;
            sum += part.value().unwrap_or(0);
        }
        match (seen, whole, sum) {
            (false, ..) => Self::Unobserved,
            (true, true, sum) => Self::Exact(sum),
            (true, false, 0) => Self::Withheld,
            (true, false, sum) => Self::AtLeast(sum),
        }
    }
}

/// One row: a day, a month or a year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Period {
    /// `2026-11-21`, `2026-11` or `R8`.
    pub label: String,
    /// First day.
    pub first_day: Date,
    /// Last day.
    pub last_day: Date,
    /// Whether its figures can still change.
    pub running: bool,
    /// By indicator, in the order of [`Statistics::indicators`].
    pub figures: Vec<Shown>,
    /// 観測率, 0–1; `None` where the service was never up.
    pub coverage: Option<f64>,
    /// Whether the counter stood still or lost answers.
    pub gap: bool,
    /// The definitions of its figures; more than one, or another than before, is a break.
    pub definitions: Vec<String>,
}

/// One part of the whole: an organization, a dataset, a layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// `organization`, `dataset`, `layer`, `map`.
    pub kind: &'static str,
    /// Its name in addresses; empty where it is not known any more.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The CKAN name of its organization.
    pub organization: String,
    /// By indicator, in the order of the [`Scope::indicators`] of its kind.
    pub figures: Vec<Shown>,
}

/// Answers by class and verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excluded {
    /// The class without its sub.
    pub class: &'static str,
    /// Why they are not counted as uses; `counted` where they are, of their class.
    pub verdict: &'static str,
    /// The same in Japanese.
    pub verdict_title: &'static str,
    /// Answers.
    pub answers: u64,
}

/// The statistics of one scope and view.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistics {
    /// First day.
    pub first_day: Date,
    /// Last day.
    pub last_day: Date,
    /// When they were made.
    pub generated_at: jiff::Timestamp,
    /// What is counted.
    pub indicators: Vec<&'static str>,
    /// The rows, first day first; those to come left out.
    pub periods: Vec<Period>,
    /// The sums of the rows, or the exact total where that is a key figure.
    pub totals: Vec<Shown>,
    /// The parts, most used first; not by day.
    pub parts: Vec<Part>,
    /// All answers of the site in that time by class and verdict.
    pub served: Vec<Excluded>,
    /// The sum of [`Self::served`].
    pub served_total: u64,
    /// Minutes and losses of the site in that time.
    pub coverage: Coverage,
    /// 観測率, 0–1.
    pub coverage_rate: Option<f64>,
    /// The definitions by which was counted.
    pub definitions: Vec<DefinitionUse>,
    /// The definition in words.
    pub definition_text: &'static str,
}

impl Statistics {
    /// Puts them together. What a scope never had is withheld or zero like what was not used.
    pub fn new(scope: &Scope, view: View, sources: &Sources, now: jiff::Timestamp) -> Self {
        let today = japan_day(now);
        let (first_day, last_day) = view.days();
        let made = periods::Made::new(scope, sources, today);
        let periods = made.periods(view);
        let totals = made.totals(view, &periods);
        let mut served: BTreeMap<(&'static str, Verdict), u64> = BTreeMap::new();
        for (class, verdict, answers) in &sources.served {
            *served.entry((class.main_name(), *verdict)).or_default() += answers;
        }
        let served: Vec<Excluded> = served
            .into_iter()
            .map(|((class, verdict), answers)| Excluded {
                class,
                verdict: verdict.name(),
                verdict_title: verdict.title_ja(),
                answers,
            })
            .collect();
        let mut coverage = Coverage::default();
        sources.observed.range(first_day..=last_day).for_each(|(_, of)| coverage.add(of));
        Self {
            first_day,
            last_day,
            generated_at: now,
            indicators: scope.indicators().iter().map(|indicator| indicator.key()).collect(),
            parts: if matches!(view, View::Days(_)) { Vec::new() } else { made.parts(view) },
            periods,
            totals,
            served_total: served.iter().map(|line| line.answers).sum(),
            served,
            coverage,
            coverage_rate: coverage.rate(),
            definitions: sources.definitions.clone(),
            definition_text: super::definition::text_ja(),
        }
    }
}

/// The days of the month that begins with `first` as lines: of the site, of the organizations in `titles` (by their CKAN
/// name) and of every dataset and layer, as far as they are shown. `sources` are those of [`View::Days`].
pub fn daily(sources: &Sources, first: Date, titles: &BTreeMap<String, String>, now: jiff::Timestamp) -> Vec<Line> {
    periods::Made::new(&Scope::Site, sources, japan_day(now)).daily(first, titles)
}

/// Whether figures of the indicator belong to targets of the kind.
const fn counts_for(indicator: Indicator, kind: TargetKind) -> bool {
    match indicator {
        Indicator::Accesses | Indicator::Downloads | Indicator::MachineRequests => matches!(kind, TargetKind::Dataset),
        Indicator::MapSessions => matches!(kind, TargetKind::Layer | TargetKind::Map),
        Indicator::LayerUses => matches!(kind, TargetKind::Layer),
        _ => false,
    }
}
