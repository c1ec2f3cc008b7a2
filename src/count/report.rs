//! The report of a fiscal year: what a city prints, as JSON, CSV and (by the pages) HTML.

use std::collections::BTreeMap;

use serde::Serialize;
use uuid::Uuid;

use super::class::Class;
use super::tally::Measure;
use super::target::TargetKind;
use super::verdict::Verdict;
use crate::model::time::FiscalYear;

mod csv;
mod lines;

/// A sum of one measure over the days of a month.
#[derive(Debug, Clone)]
pub struct MonthRow {
    /// `YYYY-MM`, in Japan.
    pub month: String,
    /// What is measured.
    pub measure: Measure,
    /// Who.
    pub class: Class,
    /// The sum.
    pub value: u64,
}

/// A sum of one measure over the days of the year, by target.
#[derive(Debug, Clone)]
pub struct TargetRow {
    /// The target.
    pub target: Uuid,
    /// What is measured.
    pub measure: Measure,
    /// Who.
    pub class: Class,
    /// The sum.
    pub value: u64,
}

/// What is known of a target.
#[derive(Debug, Clone)]
pub struct TargetName {
    /// What it is.
    pub kind: TargetKind,
    /// The CKAN name of its organization; may be empty.
    pub organization: String,
    /// Its name in addresses.
    pub name: String,
    /// Its title.
    pub title: String,
}

/// How well a month was observed.
#[derive(Debug, Clone)]
pub struct CoverageRow {
    /// `YYYY-MM`, in Japan.
    pub month: String,
    /// The sums of its days.
    pub coverage: Coverage,
}

/// All that a report is made of.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Sums by month.
    pub months: Vec<MonthRow>,
    /// Sums by target.
    pub targets: Vec<TargetRow>,
    /// Names of targets.
    pub names: BTreeMap<Uuid, TargetName>,
    /// Answers by class and verdict.
    pub served: Vec<(Class, Verdict, u64)>,
    /// Observation by month.
    pub coverage: Vec<CoverageRow>,
    /// The definitions in use, with their first and last day.
    pub definitions: Vec<DefinitionUse>,
}

/// What the caller knows beside the figures.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// Now.
    pub now: jiff::Timestamp,
    /// Datasets that are public now; `None` where that is not known.
    pub public_datasets: Option<u64>,
    /// Layers that are public now.
    pub public_layers: Option<u64>,
    /// Use cases that are public now.
    pub public_use_cases: Option<u64>,
}

/// Minutes and losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Coverage {
    /// Minutes in which the service was up.
    pub minutes_up: u64,
    /// Minutes among them in which answers could be recorded.
    pub minutes_live: u64,
    /// Answers that could not be recorded.
    pub lost: u64,
    /// Slots that were begun and not finished: the process was killed before it answered, or the power failed.
    pub gaps: u64,
}

impl Coverage {
    /// 観測率, 0–1; `None` where the service was never up.
    pub fn rate(&self) -> Option<f64> {
        (self.minutes_up > 0).then(|| self.minutes_live as f64 / self.minutes_up as f64)
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.minutes_up += other.minutes_up;
        self.minutes_live += other.minutes_live;
        self.lost += other.lost;
        self.gaps += other.gaps;
    }
}

/// A definition and the days on which it was in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DefinitionUse {
    /// Its digest, hexadecimal.
    pub id: String,
    /// `計数定義 第1版`.
    pub title: String,
    /// First day with figures.
    pub first_day: jiff::civil::Date,
    /// Last day with figures.
    pub last_day: jiff::civil::Date,
}

/// A number in a report.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// How many.
    Count(u64),
    /// A share in per cent, rounded to two digits.
    Percent(f64),
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Percent(share) => share.fmt(f),
        }
    }
}

/// One key figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kpi {
    /// A stable key.
    pub key: &'static str,
    /// Its Japanese name.
    pub name: &'static str,
    /// `件`, `人` or `%`.
    pub unit: &'static str,
    /// The figure; `None` where nothing was observed (missing is not zero).
    pub value: Option<Figure>,
    /// What to read beside it; may be empty.
    pub note: String,
}

/// One month; figures are `None` where nothing was observed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    /// `YYYY-MM`, in Japan.
    pub month: String,
    /// Total investigations, browser.
    pub accesses: Option<u64>,
    /// Total requests, browser.
    pub downloads: Option<u64>,
    /// Total requests, machine.
    pub machine_requests: Option<u64>,
    /// Map sessions, browser.
    pub map_sessions: Option<u64>,
    /// Viewers, summed by day, browser.
    pub viewers: Option<u64>,
    /// (Session, layer) pairs, browser.
    pub layer_uses: Option<u64>,
    /// 観測率, 0–1.
    pub coverage: Option<f64>,
}

/// One dataset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DatasetLine {
    /// Its id.
    pub id: Uuid,
    /// Its CKAN name; empty where it is not known any more.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The CKAN name of its organization.
    pub organization: String,
    /// Total investigations, browser.
    pub accesses: u64,
    /// Unique investigations, browser.
    pub unique_accesses: u64,
    /// Total requests, browser.
    pub downloads: u64,
    /// Unique requests, browser.
    pub unique_downloads: u64,
    /// Total requests, machine.
    pub machine_requests: u64,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerLine {
    /// Its id in the figures.
    pub id: Uuid,
    /// Its name in addresses.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The CKAN name of its organization.
    pub organization: String,
    /// (Session, layer) pairs, browser.
    pub uses: u64,
    /// (Session, layer) pairs, machine: desktop GIS and other programs.
    pub machine_uses: u64,
    /// Tiles answered, all classes: a technical figure.
    pub tile_requests: u64,
}

/// One cell of the conservation table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServedLine {
    /// The class, sub included.
    pub class: &'static str,
    /// The verdict.
    pub verdict: &'static str,
    /// The verdict in Japanese.
    pub verdict_title: &'static str,
    /// Answers.
    pub answers: u64,
}

/// The report of one fiscal year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// `R8`.
    pub fiscal_year: String,
    /// `令和8年度`.
    pub fiscal_year_title: String,
    /// 1 April.
    pub first_day: jiff::civil::Date,
    /// 31 March.
    pub last_day: jiff::civil::Date,
    /// When the report was made.
    pub generated_at: jiff::Timestamp,
    /// Whether the year is over.
    pub year_is_over: bool,
    /// The definitions by which the figures were counted; more than one means a break.
    pub definitions: Vec<DefinitionUse>,
    /// The definition in words.
    pub definition_text: &'static str,
    /// The key figures.
    pub kpis: Vec<Kpi>,
    /// The twelve months, April first.
    pub months: Vec<Month>,
    /// Datasets with figures, most used first.
    pub datasets: Vec<DatasetLine>,
    /// Layers with figures, most used first.
    pub layers: Vec<LayerLine>,
    /// Other sums of the year by measure and class, technical ones among them.
    pub measures: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// All answers by class and verdict.
    pub served: Vec<ServedLine>,
    /// The sum of [`Self::served`].
    pub served_total: u64,
    /// Minutes and losses.
    pub coverage: Coverage,
    /// 観測率, 0–1.
    pub coverage_rate: Option<f64>,
}

impl Report {
    /// Puts a report together.
    pub fn new(year: FiscalYear, sources: &Sources, circumstances: &Circumstances) -> Self {
        let mut coverage = Coverage::default();
        sources.coverage.iter().for_each(|row| coverage.add(&row.coverage));
        let year_is_over = crate::model::time::japan_day(circumstances.now) > year.last_day();
        let mut measures: BTreeMap<&'static str, BTreeMap<&'static str, u64>> = BTreeMap::new();
        for row in &sources.months {
            *measures.entry(row.measure.name()).or_default().entry(row.class.name()).or_default() += row.value;
        }
        let served: Vec<ServedLine> = sources
            .served
            .iter()
            .map(|&(class, verdict, answers)| ServedLine {
                class: class.name(),
                verdict: verdict.name(),
                verdict_title: verdict.title_ja(),
                answers,
            })
            .collect();
        let mut report = Self {
            fiscal_year: year.short(),
            fiscal_year_title: year.to_string(),
            first_day: year.first_day(),
            last_day: year.last_day(),
            generated_at: circumstances.now,
            year_is_over,
            definitions: sources.definitions.clone(),
            definition_text: super::definition::text_ja(),
            kpis: Vec::new(),
            months: lines::months(year, sources),
            datasets: lines::datasets(sources),
            layers: lines::layers(sources),
            measures,
            served_total: served.iter().map(|line| line.answers).sum(),
            served,
            coverage,
            coverage_rate: coverage.rate(),
        };
        report.kpis = report.key_figures(circumstances);
        report
    }

    fn sum(&self, measure: Measure, main_class: &str) -> u64 {
        let of_class = |(class, _): &(&&str, &u64)| class.split('/').next() == Some(main_class);
        self.measures
            .get(measure.name())
            .map_or(0, |by_class| by_class.iter().filter(of_class).map(|(_, value)| *value).sum())
    }

    fn is_observed(&self) -> bool {
        self.coverage.minutes_up > 0 || self.served_total > 0
    }

    fn key_figures(&self, circumstances: &Circumstances) -> Vec<Kpi> {
        let note = self.note();
        let counted = |key, name, unit, measure, class| Kpi {
            key,
            name,
            unit,
            value: self.is_observed().then(|| Figure::Count(self.sum(measure, class))),
            note: note.clone(),
        };
        let given = |key, name, value: Option<u64>| Kpi {
            key,
            name,
            unit: "件",
            value: if self.year_is_over { None } else { value.map(Figure::Count) },
            note: if self.year_is_over { "年度末の数は記録されていません" } else { "作成時点" }.to_owned(),
        };
        vec![
            counted("accesses", "オープンデータ年間アクセス数", "件", Measure::Investigations, "browser"),
            counted("downloads", "オープンデータ年間ダウンロード数", "件", Measure::Requests, "browser"),
            counted("machine_requests", "API・機械利用数", "件", Measure::Requests, "machine"),
            counted("map_sessions", "公開型GIS年間アクセス数", "件", Measure::MapSessions, "browser"),
            counted("viewers", "公開型GIS延べ閲覧者数(日別)", "人", Measure::Viewers, "browser"),
            counted("layer_uses", "レイヤー別利用数(合計)", "件", Measure::LayerUses, "browser"),
            given("public_datasets", "公開データセット数", circumstances.public_datasets),
            given("public_layers", "公開レイヤー数", circumstances.public_layers),
            given("public_use_cases", "活用事例数", circumstances.public_use_cases),
            Kpi {
                key: "coverage",
                name: "観測率",
                unit: "%",
                value: self.coverage_rate.map(|rate| Figure::Percent((rate * 10_000.0).round() / 100.0)),
                note: note.clone(),
            },
        ]
    }

    /// What must be said beside every figure of the year; may be empty.
    fn note(&self) -> String {
        let mut notes = Vec::new();
        if !self.is_observed() {
            return "計数の記録がありません".to_owned();
        }
        if !self.year_is_over {
            let day = crate::model::time::japan_day(self.generated_at);
            notes.push(format!("年度途中({}年{}月{}日現在)", day.year(), day.month(), day.day()));
        }
        if self.definitions.len() > 1 {
            notes.push("年度の途中で計数定義が変わりました".to_owned());
        }
        if self.coverage.minutes_live < self.coverage.minutes_up {
            let minutes = self.coverage.minutes_up - self.coverage.minutes_live;
            notes.push(format!("計数が止まっていた時間が{minutes}分あります"));
        }
        if self.coverage.lost > 0 {
            notes.push(format!("記録できなかった応答が{}件あります", self.coverage.lost));
        }
        notes.join("。")
    }
}
