//! The table of key figures with their targets: page, CSV, workbook and JSON of one fiscal year.

use std::cmp::Ordering;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::address::{self, Question};
use super::frame::Frame;
use super::wording::number;
use super::{PageResult, page};
use crate::count::access::Access;
use crate::count::kpi::{Row, Table};
use crate::count::target::organization_titles;
use crate::http::app::App;
use crate::http::cache::Policy;
use crate::http::disposition;
use crate::http::problem::Problem;
use crate::model::time::{FiscalYear, japan_day};

/// Fiscal years offered: this one and those before it that councils compare with.
const YEARS: i16 = 5;

/// The forms of the table beside the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Cp932,
    Xlsx,
    Json,
}

impl Form {
    const ALL: [Self; 4] = [Self::Csv, Self::Cp932, Self::Xlsx, Self::Json];

    const fn suffix(self) -> &'static str {
        match self {
            Self::Csv => ".csv",
            Self::Cp932 => ".cp932.csv",
            Self::Xlsx => ".xlsx",
            Self::Json => ".json",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Cp932 => "text/csv; charset=shift_jis",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV(UTF-8)",
            Self::Cp932 => "CSV(シフトJIS)",
            Self::Xlsx => "Excel",
            Self::Json => "JSON",
        }
    }

    /// The form at the end of a name, and the name without it.
    fn of(name: &str) -> (&str, Option<Self>) {
        let longest_first = [Self::Cp932, Self::Csv, Self::Xlsx, Self::Json];
        longest_first
            .into_iter()
            .find_map(|form| Some((name.strip_suffix(form.suffix())?, Some(form))))
            .unwrap_or((name, None))
    }
}

/// A link of a row of choices.
struct Choice {
    title: String,
    href: String,
    current: bool,
}

/// A line of the page.
struct Line {
    name: &'static str,
    unit: &'static str,
    target: String,
    actual: String,
    achievement: String,
    previous: String,
    change: String,
    projection: String,
    definition: String,
    coverage: String,
    note: String,
    months: Vec<String>,
}

#[derive(Template)]
#[template(path = "kpi.html")]
struct KpiPage {
    frame: Frame,
    of: String,
    year: String,
    years: Vec<Choice>,
    organizations: Vec<Choice>,
    files: Vec<(&'static str, String)>,
    counted: bool,
    lines: Vec<Line>,
    months: Vec<String>,
    methods: Vec<&'static str>,
    definition: Vec<String>,
}

/// `/stats/kpi`.
pub(super) async fn all(State(app): State<Arc<App>>, RawQuery(raw): RawQuery) -> PageResult {
    answer(&app, raw.as_deref(), "", None).await
}

/// `/stats/kpi.csv`, `.cp932.csv`, `.xlsx`, `.json`: all together, then each organization.
pub(super) async fn all_in_form(
    State(app): State<Arc<App>>,
    RawQuery(raw): RawQuery,
    request: axum::extract::Request,
) -> PageResult {
    let (_, form) = Form::of(request.uri().path());
    answer(&app, raw.as_deref(), "", Some(form.ok_or_else(Problem::not_found)?)).await
}

/// `/stats/kpi/{organization}`, with or without the ending of a form.
pub(super) async fn one(State(app): State<Arc<App>>, Path(name): Path<String>, RawQuery(raw): RawQuery) -> PageResult {
    let (name, form) = Form::of(&name);
    let name = app
        .catalogue()
        .organization(name)
        .filter(|own| !own.code.is_nowhere())
        .map(|own| own.name.to_string())
        .ok_or_else(Problem::not_found)?;
    answer(&app, raw.as_deref(), &name, form).await
}

async fn answer(app: &Arc<App>, raw: Option<&str>, organization: &str, form: Option<Form>) -> PageResult {
    let question = Question::parse(raw);
    let now = app.clock.now();
    let this_year = FiscalYear::of(japan_day(now));
    let year = match question.get("fiscal-year") {
        None => this_year,
        Some(text) => {
            FiscalYear::parse(text).ok().filter(|year| *year <= this_year).ok_or_else(|| Problem::BadRequest {
                detail: "年度は「R8」や「令和8年度」のように、今年度までで指定してください。 / fiscal-year: R8 or 2026, up to the present one".to_owned(),
            })?
        }
    };
    let titles = organization_titles(&app.catalogue());
    let table = match &app.counts {
        None => None,
        Some(counts) => {
            let counts = Arc::clone(counts);
            let titles = titles.clone();
            match tokio::task::spawn_blocking(move || counts.published_key_figures(year, &titles, now)).await {
                Ok(Ok(table)) => Some(table),
                Ok(Err(error)) => return Err(Problem::internal("reading the key figures", &error)),
                Err(error) => return Err(Problem::internal("reading the key figures", &error)),
            }
        }
    };
    match (form, table) {
        (None, table) => {
            let title = titles.get(organization).cloned().unwrap_or_default();
            let table = table.map(|table| table.only(organization));
            html(app, table.as_ref(), (organization, &title), (year, this_year))
        }
        (Some(_), None) => Err(Problem::not_found()),
        (Some(form), Some(table)) => {
            let table = if organization.is_empty() { table } else { table.only(organization) };
            file(&table, organization, form)
        }
    }
}

/// The address of the table, in a form or as a page.
fn href(organization: &str, form: Option<Form>, year: FiscalYear) -> String {
    let suffix = form.map_or("", Form::suffix);
    let path = if organization.is_empty() { String::new() } else { format!("/{}", address::segment(organization)) };
    format!("/stats/kpi{path}{suffix}?fiscal-year={}", year.short())
}

fn file(table: &Table, organization: &str, form: Form) -> PageResult {
    let body = match form {
        Form::Csv => table.to_csv().into_bytes(),
        Form::Cp932 => table.to_cp932(),
        Form::Xlsx => table.to_xlsx().map_err(|error| Problem::internal("writing a workbook", &error))?,
        Form::Json => {
            serde_json::to_vec(table).map_err(|error| Problem::internal("writing the key figures", &error))?
        }
    };
    let mut response: Response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    headers.insert(header::CACHE_CONTROL, Policy::Revalidate.value());
    if form != Form::Json {
        let of = if organization.is_empty() { String::new() } else { format!("_{organization}") };
        let name = format!("kpi_{}{of}{}", table.fiscal_year, form.suffix());
        headers.insert(header::CONTENT_DISPOSITION, disposition::attachment(&name));
    }
    response.extensions_mut().insert(Access::SitePage);
    Ok(response)
}

fn html(
    app: &App,
    table: Option<&Table>,
    (organization, title): (&str, &str),
    (year, this_year): (FiscalYear, FiscalYear),
) -> PageResult {
    let catalogue = app.catalogue();
    let of = if organization.is_empty() { "全体".to_owned() } else { title.to_owned() };
    let name = if organization.is_empty() {
        "KPI(目標と実績)".to_owned()
    } else {
        format!("{title}のKPI(目標と実績)")
    };
    let mut frame = Frame::new(app, &name).section("/stats").crumb("利用状況", "/stats");
    if !organization.is_empty() {
        frame = frame.crumb("KPI(目標と実績)", "/stats/kpi");
    }
    for form in Form::ALL {
        frame = frame.alternate(form.media_type(), form.title(), href(organization, Some(form), year));
    }
    let rows: &[Row] = table.map_or(&[], |table| table.rows.as_slice());
    let mut methods: Vec<&'static str> =
        rows.iter().map(|row| row.projection_method).filter(|method| !method.is_empty()).collect();
    methods.sort_unstable();
    methods.dedup();
    let mut organizations =
        vec![Choice { title: "全体".to_owned(), href: href("", None, year), current: organization.is_empty() }];
    organizations.extend(catalogue.organizations().iter().map(|own| Choice {
        title: own.title.clone(),
        href: href(own.name.as_str(), None, year),
        current: own.name.as_str() == organization,
    }));
    let template = KpiPage {
        frame,
        of,
        year: year.to_string(),
        years: (0..YEARS)
            .filter_map(|back| FiscalYear::new(this_year.year() - back))
            .map(|offered| Choice {
                title: offered.to_string(),
                href: href(organization, None, offered),
                current: offered == year,
            })
            .collect(),
        organizations,
        files: Form::ALL.into_iter().map(|form| (form.title(), href(organization, Some(form), year))).collect(),
        counted: table.is_some(),
        lines: rows.iter().map(line).collect(),
        months: table.map(|table| table.months.iter().map(|month| month_title(month)).collect()).unwrap_or_default(),
        methods,
        definition: crate::count::definition::text_ja()
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
    };
    page(&template, Access::SitePage)
}

/// `2026-04` as `4月`.
fn month_title(month: &str) -> String {
    let digits = month.rsplit('-').next().unwrap_or(month).trim_start_matches('0');
    format!("{digits}月")
}

fn line(row: &Row) -> Line {
    let or_dash = |value: Option<u64>| value.map_or_else(|| "—".to_owned(), number);
    let mut note = row.note.clone();
    if !row.target_source.is_empty() {
        let decided = row.target_decided.map_or(String::new(), |day| format!("、{day}"));
        let joint = if note.is_empty() { "" } else { "。" };
        note = format!("{note}{joint}目標の出典: {}{decided}", row.target_source);
    }
    Line {
        name: row.name,
        unit: row.unit,
        target: or_dash(row.target),
        actual: row.actual.map_or_else(|| row.absent.to_owned(), number),
        achievement: row.achievement.map_or_else(|| "—".to_owned(), |share| format!("{share}%")),
        previous: or_dash(row.previous),
        change: row.change.map_or_else(
            || "—".to_owned(),
            |change| {
                let sign = match change.cmp(&0) {
                    Ordering::Greater => "+",
                    Ordering::Less => "−",
                    Ordering::Equal => "±",
                };
                format!("{sign}{}", number(change.unsigned_abs()))
            },
        ),
        projection: or_dash(row.projection),
        definition: if row.definition.is_empty() { "—".to_owned() } else { row.definition.clone() },
        coverage: row.coverage.map_or_else(|| "—".to_owned(), |rate| format!("{:.2}%", rate * 100.0)),
        note,
        months: row.months.iter().map(|value| or_dash(*value)).collect(),
    }
}
