//! The figures: accesses of one fiscal year by month, dataset and layer, with the definition printed beside.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};

use super::address::{self, Question};
use super::frame::Frame;
use super::wording::number;
use super::{PageResult, page};
use crate::count::access::Access;
use crate::count::report::{Circumstances, Report};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::time::{FiscalYear, japan_day};

/// Lines of one table: what a person reads; the whole lies in the report that the city prints.
const LINES: usize = 50;

/// Fiscal years offered: this one and those before it that councils compare with.
const YEARS: i16 = 5;

/// A year that can be chosen.
struct Year {
    title: String,
    href: String,
    current: bool,
}

/// One line of a table of figures: what it is about, and its numbers.
struct Line {
    title: String,
    href: Option<String>,
    values: Vec<String>,
}

/// A table of figures.
struct Figures {
    id: &'static str,
    caption: &'static str,
    head: &'static str,
    columns: Vec<&'static str>,
    lines: Vec<Line>,
    left_out: usize,
    empty: &'static str,
}

/// A key figure.
struct KeyFigure {
    name: &'static str,
    value: Option<String>,
    unit: &'static str,
    note: String,
}

#[derive(Template)]
#[template(path = "stats.html")]
struct Stats {
    frame: Frame,
    year: String,
    years: Vec<Year>,
    counted: bool,
    key_figures: Vec<KeyFigure>,
    tables: Vec<Figures>,
    definition: Vec<String>,
    definitions: Vec<String>,
    served_total: String,
}

/// `/stats`.
pub(super) async fn stats(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    let question = Question::parse(raw.as_deref());
    let (year, report) = report_of(&app, &question).await?;
    let this_year = FiscalYear::of(japan_day(app.clock.now()));
    let template = Stats {
        frame: Frame::new(&app, "利用状況")
            .section("/stats")
            .alternate("application/json", "利用状況(JSON)", question.under("/stats.json"))
            .alternate("text/csv", "利用状況(CSV)", question.under("/stats.csv")),
        year: year.to_string(),
        years: (0..YEARS)
            .filter_map(|back| FiscalYear::new(this_year.year() - back))
            .map(|offered| Year {
                title: offered.to_string(),
                href: format!("/stats?fiscal-year={}", offered.short()),
                current: offered == year,
            })
            .collect(),
        counted: report.is_some(),
        key_figures: report.as_ref().map(key_figures).unwrap_or_default(),
        tables: report.as_ref().map(tables).unwrap_or_default(),
        definition: crate::count::definition::text_ja()
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        definitions: report.as_ref().map_or_else(Vec::new, |report| {
            report
                .definitions
                .iter()
                .map(|used| {
                    format!(
                        "{}({}〜{}、識別子 {})",
                        used.title,
                        used.first_day,
                        used.last_day,
                        &used.id[..used.id.len().min(12)]
                    )
                })
                .collect()
        }),
        served_total: number(report.as_ref().map_or(0, |report| report.served_total)),
    };
    page(&template, Access::SitePage)
}

/// The report of the fiscal year asked for (`fiscal-year=`, else this one), where this server keeps figures.
pub(super) async fn report_of(app: &App, question: &Question) -> Result<(FiscalYear, Option<Report>), Problem> {
    let now = app.clock.now();
    let this_year = FiscalYear::of(japan_day(now));
    let year = match question.get("fiscal-year") {
        None => this_year,
        Some(text) => {
            FiscalYear::parse(text).ok().filter(|year| *year <= this_year).ok_or_else(|| Problem::BadRequest {
                detail: "年度は「R8」や「令和8年度」のように、今年度までで指定してください。".to_owned(),
            })?
        }
    };
    let catalogue = app.catalogue();
    let circumstances = Circumstances {
        now,
        public_datasets: Some(catalogue.datasets().len() as u64),
        public_layers: Some(catalogue.layers().count() as u64),
        public_use_cases: None,
    };
    let report = match &app.counts {
        None => None,
        Some(counts) => {
            let counts = Arc::clone(counts);
            match tokio::task::spawn_blocking(move || counts.report(year, &circumstances)).await {
                Ok(Ok(report)) => Some(report),
                Ok(Err(error)) => return Err(Problem::internal("reading the figures", &error)),
                Err(error) => return Err(Problem::internal("reading the figures", &error)),
            }
        }
    };
    Ok((year, report))
}

fn key_figures(report: &Report) -> Vec<KeyFigure> {
    report
        .kpis
        .iter()
        .map(|kpi| KeyFigure {
            name: kpi.name,
            value: kpi.value.map(|value| {
                let text = value.to_string();
                text.parse().map_or(text, number)
            }),
            unit: kpi.unit,
            note: kpi.note.clone(),
        })
        .collect()
}

fn tables(report: &Report) -> Vec<Figures> {
    // Where nothing was observed there is no figure; that is not the same as zero.
    let seen = |value: Option<u64>| value.map_or_else(|| "記録なし".to_owned(), number);
    let months = report
        .months
        .iter()
        .map(|month| Line {
            title: month.month.clone(),
            href: None,
            values: vec![
                seen(month.accesses),
                seen(month.downloads),
                seen(month.machine_requests),
                seen(month.map_sessions),
                seen(month.viewers),
            ],
        })
        .collect();
    let named = |title: &str, name: &str, id: &dyn std::fmt::Display| match (title, name) {
        ("", "") => id.to_string(),
        ("", name) => name.to_owned(),
        (title, _) => title.to_owned(),
    };
    let datasets = report
        .datasets
        .iter()
        .take(LINES)
        .map(|line| Line {
            title: named(&line.title, &line.name, &line.id),
            href: (!line.name.is_empty()).then(|| address::dataset(&line.name)),
            values: vec![number(line.accesses), number(line.downloads), number(line.machine_requests)],
        })
        .collect();
    let layers = report
        .layers
        .iter()
        .take(LINES)
        .map(|line| Line {
            title: named(&line.title, &line.name, &line.id),
            href: (!line.name.is_empty()).then(|| address::map(&line.name)),
            values: vec![number(line.uses), number(line.machine_uses)],
        })
        .collect();
    vec![
        Figures {
            id: "months",
            caption: "月別の利用",
            head: "月",
            columns: vec!["アクセス", "ダウンロード", "API・機械利用", "地図の利用", "地図の延べ閲覧者"],
            lines: months,
            left_out: 0,
            empty: "",
        },
        Figures {
            id: "datasets",
            caption: "データセット別の利用",
            head: "データセット",
            columns: vec!["アクセス", "ダウンロード", "API・機械利用"],
            lines: datasets,
            left_out: report.datasets.len().saturating_sub(LINES),
            empty: "この年度の記録はまだありません。",
        },
        Figures {
            id: "layers",
            caption: "地図のレイヤー別の利用",
            head: "レイヤー",
            columns: vec!["利用(人)", "利用(ソフトウェア)"],
            lines: layers,
            left_out: report.layers.len().saturating_sub(LINES),
            empty: "この年度の記録はまだありません。",
        },
    ]
}
