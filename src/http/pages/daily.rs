//! The daily figures as open data: `daily.csv` and `daily.json` of a fiscal year, and the page that explains them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, Request, State};
use bytes::Bytes;
use serde_json::json;

use super::address::Question;
use super::frame::Frame;
use super::stats::{Form, LICENCE, in_json, read, year_of};
use super::{PageResult, page};
use crate::count::access::Access;
use crate::count::kpi::months_of;
use crate::count::statistics::{COLUMNS, View, YEARS, csv, daily};
use crate::count::target::organization_titles;
use crate::http::app::App;
use crate::http::figures;
use crate::http::problem::Problem;
use crate::model::time::{FiscalYear, japan_day};

#[derive(Template)]
#[template(path = "daily.html")]
struct Daily {
    frame: Frame,
    licence: String,
    licence_url: String,
    year: String,
    files: Vec<(String, String)>,
    columns: &'static [(&'static str, &'static str, &'static str)],
}

/// `/stats/daily`.
pub(super) async fn about(State(app): State<Arc<App>>) -> PageResult {
    let this_year = FiscalYear::of(japan_day(app.clock.now()));
    let licence = crate::schema::licence_or_unknown(LICENCE);
    let mut frame = Frame::new(&app, "日別の利用の数").section("/stats").crumb("利用状況", "/stats");
    let mut files = Vec::new();
    for form in Form::ALL {
        frame = frame.alternate(form.media_type(), form.title(), format!("/stats/daily{}", form.suffix()));
    }
    for year in (0..YEARS).filter_map(|back| FiscalYear::new(this_year.year() - back)) {
        for form in Form::ALL {
            let href = format!("/stats/daily{}?fiscal-year={}", form.suffix(), year.short());
            files.push((format!("{year} {}", form.title()), href));
        }
    }
    let template = Daily {
        frame,
        licence: licence.title,
        licence_url: licence.url,
        year: this_year.to_string(),
        files,
        columns: &COLUMNS,
    };
    page(&template, Access::SitePage)
}

/// `/stats/daily.csv` and `/stats/daily.json`.
pub(super) async fn file(State(app): State<Arc<App>>, RawQuery(raw): RawQuery, request: Request) -> PageResult {
    let (_, form) = Form::of(request.uri().path());
    let form = form.ok_or_else(Problem::not_found)?;
    let this_year = FiscalYear::of(japan_day(app.clock.now()));
    let year = year_of(&Question::parse(raw.as_deref()), this_year)?;
    let body =
        figures::answer(&app, &format!("/stats/daily {} {form:?}", year.short()), made(&app, year, form)).await?;
    Ok(form.answer(body, &format!("daily_{}.csv", year.short())))
}

async fn made(app: &App, year: FiscalYear, form: Form) -> Result<Bytes, Problem> {
    let now = app.clock.now();
    let today = japan_day(now);
    let titles = organization_titles(&app.catalogue());
    let lines = read(app, move |counts| {
        let mut lines = Vec::new();
        let months = months_of(year).map(|(year, month)| jiff::civil::date(year, month, 1));
        for first in months.filter(|first| *first <= today) {
            let sources = counts.statistics_sources(View::Days(first))?;
            lines.extend(daily(&sources, first, &titles, now));
        }
        Ok(lines)
    })
    .await?
    .ok_or_else(Problem::not_found)?;
    match form {
        Form::Csv => Ok(csv(&lines).into()),
        Form::Json => {
            let licence = crate::schema::licence_or_unknown(LICENCE);
            let columns: Vec<_> = COLUMNS
                .iter()
                .map(|(name, key, words)| json!({ "name": name, "key": key, "description": words }))
                .collect();
            in_json(&json!({
                "fiscal_year": year.short(),
                "generated_at": now,
                "licence": { "id": licence.id, "title": licence.title, "url": licence.url },
                "columns": columns,
                "definition": crate::count::definition::text_ja(),
                "lines": lines,
            }))
        }
    }
}
