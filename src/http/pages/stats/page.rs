//! The page of statistics: charts, the table beside them, the parts, what was not counted, and the definition.

use std::collections::BTreeMap;

use askama::Template;
use bytes::Bytes;
use jiff::civil::Date;

use super::super::address;
use super::super::chart::{Chart, breaks, in_words};
use super::super::frame::Frame;
use super::super::rendered;
use super::super::wording::number;
use super::{Form, Subject, query, unit};
use crate::count::kpi::Indicator;
use crate::count::report::{Kpi, Report};
use crate::count::statistics::{Part, Period, Scope, Shown, Statistics, View, YEARS, heading};
use crate::count::target::organization_titles;
use crate::count::verdict::Verdict;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::time::{FiscalYear, japan_day};

/// Lines of one table: what a person reads; all are in the JSON beside the page.
const LINES: usize = 50;
/// Months offered for the view by day.
const MONTHS: usize = 24;

/// A link of a row of choices; of the months, its value.
struct Choice {
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

/// A table of parts.
struct Figures {
    id: &'static str,
    caption: &'static str,
    head: &'static str,
    columns: Vec<&'static str>,
    lines: Vec<Line>,
    left_out: usize,
    /// Things of which no figure is shown.
    silent: usize,
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
    of: String,
    when: String,
    here: String,
    units: Vec<Choice>,
    years: Vec<Choice>,
    months: Vec<Choice>,
    counted: bool,
    key_figures: Vec<KeyFigure>,
    remarks: Vec<String>,
    charts: Vec<Chart>,
    caption: &'static str,
    columns: Vec<&'static str>,
    lines: Vec<Line>,
    total_title: &'static str,
    totals: Vec<String>,
    tables: Vec<Figures>,
    served: Vec<Line>,
    served_columns: [&'static str; 5],
    served_total: String,
    coverage: String,
    files: Vec<(&'static str, String)>,
    definition: Vec<String>,
    definitions: Vec<String>,
}

/// A figure in words.
fn words(figure: Shown) -> String {
    match figure {
        Shown::Exact(value) => number(value),
        Shown::AtLeast(value) => format!("{}以上", number(value)),
        Shown::Withheld | Shown::Unobserved => figure.status_ja().to_owned(),
    }
}

pub(super) fn html(
    app: &App,
    subject: &Subject,
    view: View,
    found: Option<(Statistics, Option<Report>)>,
) -> Result<Bytes, Problem> {
    let catalogue = app.catalogue();
    let today = japan_day(app.clock.now());
    let this_year = FiscalYear::of(today);
    let is_site = subject.scope == Scope::Site;
    let heading_of = if is_site { "利用状況".to_owned() } else { format!("{}の利用状況", subject.title) };
    let mut frame = Frame::new(app, &heading_of).section("/stats");
    if !is_site {
        frame = frame.crumb("利用状況", "/stats");
    }
    if let Some(home) = &subject.home {
        frame = frame.crumb(&subject.title, home.clone());
    }
    for form in Form::ALL {
        let href = format!("{}{}{}", subject.path, form.suffix(), query(view));
        frame = frame.alternate(form.media_type(), form.title(), href);
    }
    let (statistics, report) = found.unzip();
    let columns: Vec<&'static str> = subject.scope.indicators().iter().map(|indicator| heading(*indicator)).collect();
    let periods: &[Period] = statistics.as_ref().map_or(&[], |statistics| statistics.periods.as_slice());
    let titles = organization_titles(&catalogue);
    let template = Stats {
        of: subject.title.clone(),
        when: when(view),
        here: subject.path.clone(),
        units: [
            ("日別", View::Days(last_month(view, today))),
            ("月別", View::Months(last_year(view, this_year))),
            ("年度別", View::Years(this_year)),
        ]
        .into_iter()
        .map(|(title, offered)| Choice {
            title: title.to_owned(),
            href: format!("{}{}", subject.path, query(offered)),
            current: unit(offered) == unit(view),
        })
        .collect(),
        years: years(subject, view, this_year),
        months: months(view, today),
        counted: statistics.is_some(),
        key_figures: statistics.as_ref().zip(report.flatten().as_ref()).map(key_figures).unwrap_or_default(),
        remarks: remarks(periods),
        charts: subject
            .scope
            .indicators()
            .iter()
            .enumerate()
            .map(|(place, indicator)| {
                Chart::new(&format!("chart-{}", indicator.key()), heading(*indicator), periods, place)
            })
            .collect(),
        caption: match view {
            View::Days(_) => "日別の利用",
            View::Months(_) => "月別の利用",
            View::Years(_) => "年度別の利用",
        },
        lines: periods
            .iter()
            .map(|period| Line {
                title: in_words(period),
                href: None,
                values: period.figures.iter().map(|figure| words(*figure)).chain([rate(period.coverage)]).collect(),
            })
            .collect(),
        total_title: if matches!(view, View::Days(_)) { "月の合計" } else { "合計" },
        totals: statistics.as_ref().map_or_else(Vec::new, |own| {
            own.totals.iter().map(|figure| words(*figure)).chain([rate(own.coverage_rate)]).collect()
        }),
        tables: statistics.as_ref().map(|own| tables(&own.parts, &titles, view)).unwrap_or_default(),
        served: statistics.as_ref().map(served).unwrap_or_default(),
        served_columns: CLASSES.map(|(_, title)| title),
        served_total: number(statistics.as_ref().map_or(0, |own| own.served_total)),
        coverage: statistics.as_ref().map_or_else(String::new, coverage),
        files: Form::ALL
            .into_iter()
            .map(|form| (form.title(), format!("{}{}{}", subject.path, form.suffix(), query(view))))
            .collect(),
        definition: crate::count::definition::text_ja()
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
        definitions: statistics.as_ref().map(used).unwrap_or_default(),
        columns,
        frame,
    };
    rendered(&template)
}

fn when(view: View) -> String {
    match view {
        View::Days(first) => format!("{}年{}月", first.year(), first.month()),
        View::Months(year) => year.to_string(),
        View::Years(last) => {
            let first = FiscalYear::new(last.year() - YEARS + 1).unwrap_or(last);
            format!("{first}から{last}まで")
        }
    }
}

/// The month to show by day where another view is on now: the last of it that has begun.
fn last_month(view: View, today: Date) -> Date {
    let (_, last) = view.days();
    last.min(today).first_of_month()
}

fn last_year(view: View, this_year: FiscalYear) -> FiscalYear {
    match view {
        View::Days(first) => FiscalYear::of(first),
        View::Months(year) => year,
        View::Years(_) => this_year,
    }
}

fn years(subject: &Subject, view: View, this_year: FiscalYear) -> Vec<Choice> {
    let View::Months(shown) = view else { return Vec::new() };
    (0..YEARS)
        .filter_map(|back| FiscalYear::new(this_year.year() - back))
        .map(|offered| Choice {
            title: offered.to_string(),
            href: format!("{}{}", subject.path, query(View::Months(offered))),
            current: offered == shown,
        })
        .collect()
}

fn months(view: View, today: Date) -> Vec<Choice> {
    let View::Days(shown) = view else { return Vec::new() };
    let mut offered: Vec<Date> =
        std::iter::successors(Some(today.first_of_month()), |first| first.yesterday().ok().map(Date::first_of_month))
            .take(MONTHS)
            .collect();
    if !offered.contains(&shown) {
        offered.push(shown);
    }
    offered
        .into_iter()
        .map(|first| Choice {
            title: format!("{}年{}月", first.year(), first.month()),
            href: first.strftime("%Y-%m").to_string(),
            current: first == shown,
        })
        .collect()
}

/// What a chart shows by hatching and lines, in words.
fn remarks(periods: &[Period]) -> Vec<String> {
    let mut remarks = Vec::new();
    let absent = stretches(periods, |period| period.figures.iter().all(|figure| *figure == Shown::Unobserved));
    if !absent.is_empty() {
        remarks.push(format!("記録のない期間: {absent}"));
    }
    let gaps = stretches(periods, |period| period.gap);
    if !gaps.is_empty() {
        remarks.push(format!("計数が止まった、または記録できなかった応答がある期間: {gaps}"));
    }
    for index in breaks(periods) {
        remarks.push(format!(
            "{}から計数定義が変わりました。その前後の数は、そのまま比べられません。",
            in_words(&periods[index])
        ));
    }
    remarks
}

/// The periods of a kind, those that follow each other as one stretch.
fn stretches(periods: &[Period], wanted: impl Fn(&Period) -> bool) -> String {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for index in (0..periods.len()).filter(|index| wanted(&periods[*index])) {
        match stretches.last_mut() {
            Some((_, last)) if *last + 1 == index => *last = index,
            _ => stretches.push((index, index)),
        }
    }
    let words = |(first, last): (usize, usize)| {
        let from = in_words(&periods[first]);
        if first == last { from } else { format!("{from}〜{}", in_words(&periods[last])) }
    };
    stretches.into_iter().map(words).collect::<Vec<_>>().join("、")
}

fn rate(rate: Option<f64>) -> String {
    rate.map_or_else(|| "—".to_owned(), |rate| format!("{:.2}%", rate * 100.0))
}

fn coverage(statistics: &Statistics) -> String {
    let of = &statistics.coverage;
    format!(
        "{}(サービスが動いていた{}分のうち、記録できた時間は{}分。記録できなかった応答は{}件)",
        rate(statistics.coverage_rate),
        number(of.minutes_up),
        number(of.minutes_live),
        number(of.lost)
    )
}

fn used(statistics: &Statistics) -> Vec<String> {
    let words = |used: &crate::count::report::DefinitionUse| {
        let id = &used.id[..used.id.len().min(12)];
        format!("{}({}〜{}、識別子 {id})", used.title, used.first_day, used.last_day)
    };
    statistics.definitions.iter().map(words).collect()
}

const CLASSES: [(&str, &str); 5] =
    [("browser", "ブラウザー"), ("machine", "機械"), ("robot", "ロボット"), ("staff", "職員"), ("monitor", "監視")];

fn served(statistics: &Statistics) -> Vec<Line> {
    let mut lines = Vec::new();
    for verdict in Verdict::ALL {
        let of = |class: &str| {
            let own = statistics.served.iter().filter(|cell| cell.verdict == verdict.name() && cell.class == class);
            own.map(|cell| cell.answers).sum::<u64>()
        };
        let values = CLASSES.map(|(class, _)| of(class));
        if values.iter().any(|value| *value > 0) {
            let title = if verdict == Verdict::Counted { "利用として数えた" } else { verdict.title_ja() };
            lines.push(Line { title: title.to_owned(), href: None, values: values.map(number).to_vec() });
        }
    }
    lines
}

/// The key figures of the report, those of uses as far as the statistics show them.
fn key_figures((statistics, report): (&Statistics, &Report)) -> Vec<KeyFigure> {
    let shown = |kpi: &Kpi| {
        let place = statistics.indicators.iter().position(|own| own.replace('-', "_") == kpi.key)?;
        statistics.totals.get(place).copied()
    };
    report
        .kpis
        .iter()
        .map(|kpi| KeyFigure {
            name: kpi.name,
            value: match shown(kpi) {
                Some(Shown::Unobserved) => None,
                Some(figure) => Some(words(figure)),
                None => kpi.value.map(|value| {
                    let text = value.to_string();
                    text.parse().map_or(text, number)
                }),
            },
            unit: kpi.unit,
            note: kpi.note.clone(),
        })
        .collect()
}

fn tables(parts: &[Part], titles: &BTreeMap<String, String>, view: View) -> Vec<Figures> {
    let kinds: [(&'static str, &'static str, &'static str, &'static str, Scope); 3] = [
        ("organization", "organizations", "団体別の利用", "団体", Scope::Organization(String::new())),
        ("dataset", "datasets", "データセット別の利用", "データセット", Scope::Dataset(uuid::Uuid::nil())),
        ("layer", "layers", "地図のレイヤー別の利用", "レイヤー", Scope::Layer(uuid::Uuid::nil())),
    ];
    let mut tables = Vec::new();
    for (kind, id, caption, head, scope) in kinds {
        let all = parts.iter().filter(|part| part.kind == kind);
        // Row after row of what is withheld says nothing; the files hold every row.
        let (own, silent): (Vec<&Part>, Vec<&Part>) = all.partition(|part| kind == "organization" || tells(part));
        if own.is_empty() && silent.is_empty() {
            continue;
        }
        let silent = silent.len();
        let lines = own.iter().take(LINES).map(|part| part_line(part, titles, view)).collect();
        let columns = scope.indicators().iter().map(|indicator: &Indicator| heading(*indicator)).collect();
        tables.push(Figures { id, caption, head, columns, lines, left_out: own.len().saturating_sub(LINES), silent });
    }
    tables
}

/// Whether a figure of it is shown.
fn tells(part: &Part) -> bool {
    part.figures.iter().any(|figure| matches!(figure, Shown::Exact(1..) | Shown::AtLeast(1..)))
}

fn part_line(part: &Part, titles: &BTreeMap<String, String>, view: View) -> Line {
    let path = match part.kind {
        "organization" => address::stats_of_organization(&part.name),
        "dataset" => address::stats_of_dataset(&part.name),
        _ => address::stats_of_layer(&part.name),
    };
    let title = match (part.kind, part.title.as_str()) {
        ("organization", _) => titles.get(&part.name).cloned().unwrap_or_else(|| part.name.clone()),
        (_, "") => part.name.clone(),
        (_, title) => title.to_owned(),
    };
    // What is no longer public has figures, but no page.
    let public = part.kind != "organization" || titles.contains_key(&part.name);
    Line {
        title,
        href: (public && !part.name.is_empty()).then(|| format!("{path}{}", query(view))),
        values: part.figures.iter().map(|figure| words(*figure)).collect(),
    }
}
