//! The statistics: uses of the site, an organization, a dataset or a layer by day, month and year, as a page with its
//! CSV and JSON.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use jiff::civil::Date;
use serde_json::json;

use super::address::{self, Question};
use super::{PageResult, filled};
use crate::count::access::{Access, layer_target};
use crate::count::report::Circumstances;
use crate::count::statistics::{Scope, Statistics, View, csv};
use crate::http::app::App;
use crate::http::cache::Policy;
use crate::http::disposition;
use crate::http::figures;
use crate::http::problem::Problem;
use crate::model::time::{FiscalYear, japan_day};
use crate::store::counts::Counts;

mod page;

/// The id of the licence of all statistics (schemas/licences.toml).
pub(in crate::http) const LICENCE: &str = "cc-by-4.0";

/// The forms of a page beside itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Csv,
    Json,
}

impl Form {
    pub(super) const ALL: [Self; 2] = [Self::Csv, Self::Json];

    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Csv => ".csv",
            Self::Json => ".json",
        }
    }

    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV(UTF-8)",
            Self::Json => "JSON",
        }
    }

    /// The form at the end of a name, and the name without it.
    pub(super) fn of(name: &str) -> (&str, Option<Self>) {
        Self::ALL
            .into_iter()
            .find_map(|form| Some((name.strip_suffix(form.suffix())?, Some(form))))
            .unwrap_or((name, None))
    }

    /// An answer in this form.
    pub(super) fn answer(self, body: Bytes, file_name: &str) -> Response {
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type()));
        headers.insert(header::CACHE_CONTROL, Policy::Revalidate.value());
        if self == Self::Csv {
            headers.insert(header::CONTENT_DISPOSITION, disposition::attachment(file_name));
        }
        response.extensions_mut().insert(Access::SitePage);
        response
    }
}

/// What a page is about.
struct Subject {
    scope: Scope,
    kind: &'static str,
    name: String,
    title: String,
    organization: String,
    /// Its address, without the ending of a form.
    path: String,
    /// The page of the thing itself.
    home: Option<String>,
}

/// `/stats`, `/stats.csv`, `/stats.json`.
pub(super) async fn site(State(app): State<Arc<App>>, RawQuery(raw): RawQuery, request: Request) -> PageResult {
    let (_, form) = Form::of(request.uri().path());
    let subject = Subject {
        scope: Scope::Site,
        kind: "site",
        name: String::new(),
        title: "全体".to_owned(),
        organization: String::new(),
        path: "/stats".to_owned(),
        home: None,
    };
    answer(&app, raw.as_deref(), subject, form).await
}

/// `/stats/{organization}`, with or without the ending of a form.
pub(super) async fn organization(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let (name, form) = Form::of(&name);
    let catalogue = app.catalogue();
    // The site publishes figures and has none of its own.
    let own = catalogue.organization(name).filter(|own| !own.code.is_nowhere()).ok_or_else(Problem::not_found)?;
    let subject = Subject {
        scope: Scope::Organization(own.name.to_string()),
        kind: "organization",
        name: own.name.to_string(),
        title: own.title.clone(),
        organization: own.title.clone(),
        path: address::stats_of_organization(own.name.as_str()),
        home: Some(address::organization(own.name.as_str())),
    };
    answer(&app, raw.as_deref(), subject, form).await
}

/// `/stats/dataset/{name}`, with or without the ending of a form.
pub(super) async fn dataset(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let (name, form) = Form::of(&name);
    let catalogue = app.catalogue();
    let own = catalogue.dataset(name).filter(|own| own.of_site.is_none()).ok_or_else(Problem::not_found)?;
    let subject = Subject {
        scope: Scope::Dataset(own.id.uuid()),
        kind: "dataset",
        name: own.name.to_string(),
        title: own.title.clone(),
        organization: own.organization.title.clone(),
        path: address::stats_of_dataset(own.name.as_str()),
        home: Some(address::dataset(own.name.as_str())),
    };
    answer(&app, raw.as_deref(), subject, form).await
}

/// `/stats/layer/{name}`, with or without the ending of a form.
pub(super) async fn layer(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
) -> PageResult {
    let (name, form) = Form::of(&name);
    let catalogue = app.catalogue();
    let (of, _, own) =
        catalogue.layers().find(|(_, _, own)| own.name.as_str() == name).ok_or_else(Problem::not_found)?;
    let subject = Subject {
        scope: Scope::Layer(layer_target(name)),
        kind: "layer",
        name: name.to_owned(),
        title: own.title.clone(),
        organization: of.organization.title.clone(),
        path: address::stats_of_layer(name),
        home: Some(address::map(name)),
    };
    answer(&app, raw.as_deref(), subject, form).await
}

/// Reads figures off the async threads; `None` where this server keeps none.
pub(super) async fn read<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&Counts) -> Result<T, crate::store::StoreError> + Send + 'static,
) -> Result<Option<T>, Problem> {
    let Some(counts) = &app.counts else { return Ok(None) };
    let counts = Arc::clone(counts);
    match tokio::task::spawn_blocking(move || work(&counts)).await {
        Ok(Ok(found)) => Ok(Some(found)),
        Ok(Err(error)) => Err(Problem::internal("reading the figures", &error)),
        Err(error) => Err(Problem::internal("reading the figures", &error)),
    }
}

/// The fiscal year asked for; this one where none is.
pub(super) fn year_of(question: &Question, this_year: FiscalYear) -> Result<FiscalYear, Problem> {
    let Some(text) = question.get("fiscal-year") else { return Ok(this_year) };
    FiscalYear::parse(text).ok().filter(|year| *year <= this_year).ok_or_else(|| Problem::BadRequest {
        detail: "年度は「R8」や「令和8年度」のように、今年度までで指定してください。 / fiscal-year: R8 or 2026, up to the present one".to_owned(),
    })
}

fn view_of(question: &Question, today: Date) -> Result<View, Problem> {
    let this_year = FiscalYear::of(today);
    match question.get("by") {
        None | Some("month") => Ok(View::Months(year_of(question, this_year)?)),
        Some("year") => Ok(View::Years(this_year)),
        Some("day") => match question.get("month") {
            None => Ok(View::Days(today.first_of_month())),
            Some(text) => {
                month_of(text).filter(|first| *first <= today).map(View::Days).ok_or_else(|| Problem::BadRequest {
                    detail:
                        "月は「2026-11」のように、今月までで指定してください。 / month: 2026-11, up to the present one"
                            .to_owned(),
                })
            }
        },
        Some(_) => Err(Problem::BadRequest {
            detail: "期間の単位は day(日)、month(月)、year(年度)のどれかです。 / by: day, month or year".to_owned(),
        }),
    }
}

/// `2026-11` as its first day; from 1989 on, where fiscal years begin.
fn month_of(text: &str) -> Option<Date> {
    let (year, month) = text.split_once('-')?;
    let plain = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    (plain(year, 4) && plain(month, 2))
        .then(|| Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok())
        .flatten()
        .filter(|first| first.year() >= 1990)
}

async fn answer(app: &Arc<App>, raw: Option<&str>, subject: Subject, form: Option<Form>) -> PageResult {
    let view = view_of(&Question::parse(raw), japan_day(app.clock.now()))?;
    let question = format!("{} {view:?} {form:?}", subject.path);
    let body = figures::answer(app, &question, made(app, &subject, view, form)).await?;
    Ok(match form {
        None => filled(body, Access::SitePage),
        Some(form) => {
            let name = if subject.name.is_empty() { "all" } else { subject.name.as_str() };
            form.answer(body, &format!("stats_{name}_{}_{}.csv", unit(view), view.days().0))
        }
    })
}

async fn made(app: &Arc<App>, subject: &Subject, view: View, form: Option<Form>) -> Result<Bytes, Problem> {
    let now = app.clock.now();
    let catalogue = app.catalogue();
    let circumstances = Circumstances {
        now,
        public_datasets: Some(catalogue.datasets_of_cities().count() as u64),
        public_layers: Some(catalogue.layers().count() as u64),
        public_use_cases: None,
    };
    let scope = subject.scope.clone();
    let found = read(app, move |counts| {
        let report = match (&scope, view, form) {
            (Scope::Site, View::Months(year), None) => Some(counts.report(year, &circumstances)?),
            _ => None,
        };
        Ok((counts.statistics(&scope, view, now)?, report))
    })
    .await?;
    match (form, found) {
        (None, found) => page::html(app, subject, view, found),
        (Some(_), None) => Err(Problem::not_found()),
        (Some(form), Some((statistics, _))) => file(subject, view, &statistics, form),
    }
}

fn file(subject: &Subject, view: View, statistics: &Statistics, form: Form) -> Result<Bytes, Problem> {
    let of = (subject.kind, subject.name.as_str(), subject.title.as_str(), subject.organization.as_str());
    match form {
        Form::Csv => Ok(csv(&statistics.lines(of)).into()),
        Form::Json => {
            let licence = crate::schema::licence_or_unknown(LICENCE);
            let whole = json!({
                "kind": subject.kind,
                "name": subject.name,
                "title": subject.title,
                "by": unit(view),
                "statistics": statistics,
                "licence": { "id": licence.id, "title": licence.title, "url": licence.url },
            });
            in_json(&whole)
        }
    }
}

/// Figures as JSON.
pub(super) fn in_json(whole: &serde_json::Value) -> Result<Bytes, Problem> {
    serde_json::to_vec(whole).map(Bytes::from).map_err(|error| Problem::internal("writing the figures", &error))
}

const fn unit(view: View) -> &'static str {
    match view {
        View::Days(_) => "day",
        View::Months(_) => "month",
        View::Years(_) => "year",
    }
}

/// The question behind an address that asks for a view.
fn query(view: View) -> String {
    match view {
        View::Days(first) => format!("?by=day&month={}", first.strftime("%Y-%m")),
        View::Months(year) => format!("?fiscal-year={}", year.short()),
        View::Years(_) => "?by=year".to_owned(),
    }
}
