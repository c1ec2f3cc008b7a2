//! The releases of a dataset, what changed from one to the next, and the way back to an earlier one.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::difference::{TablePart, parts};
use super::release::restore as bring_back;
use super::withdraw::uses_words;
use super::{Head, PageResult, blocking, form, frame, opened, shown_time, stored};
use crate::http::app::App;
use crate::http::desk::fields::Fields;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::model::account::{Object, Verb};
use crate::model::case::{Act, State as CaseState};
use crate::model::difference::ReleaseDifference;
use crate::store::case::Version;

struct Line {
    number: i32,
    when: String,
    records: u64,
    state: &'static str,
    case: String,
    changes: String,
    restore: String,
    parts: Vec<TablePart>,
}

struct Gone {
    who: String,
    when: String,
    reason: String,
    took: String,
    served: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "desk/cases/versions.html")]
struct Versions {
    frame: Frame,
    head: Head,
    lines: Vec<Line>,
    withdraw: bool,
    gone: Option<Gone>,
    new_href: String,
    may_correct: bool,
}

/// `GET /desk/cases/{id}/versions`.
pub(super) async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let (case, lines) = blocking(&app, move |app| {
        let case = opened(app, &own, &id)?;
        let may_restore = own.may(Verb::ReleasePublish, Object::Of(&case.unit));
        let cases = app.store.cases().map_err(stored)?;
        let mut lines = Vec::new();
        for version in app.store.versions(&case.dataset).map_err(stored)? {
            let found = app.store.kept_difference(&version.id).map_err(stored)?;
            let of = cases.iter().find(|other| other.release == version.id);
            let names = match &found {
                Some(_) => columns(app, &case.dataset, &version.id)?,
                None => Vec::new(),
            };
            let restore = of.filter(|other| {
                may_restore && other.state == CaseState::Superseded && !version.is_barred && !version.is_current
            });
            lines.push(Line {
                number: version.number,
                when: shown_time(version.published),
                records: version.records,
                state: state_words(&version),
                case: of.map(form::back).unwrap_or_default(),
                changes: found.as_ref().map(changes).unwrap_or_default(),
                restore: restore.map(|other| format!("/desk/cases/{}/restore", other.id)).unwrap_or_default(),
                parts: found.as_ref().map(|found| parts(found, &names, &case.about.title)).unwrap_or_default(),
            });
        }
        Ok((case, lines))
    })
    .await?;
    let gone = case.withdrawal.as_ref().map(|own| Gone {
        who: own.by.name.clone(),
        when: shown_time(own.at),
        reason: own.reason.clone(),
        took: format!("{}.{}秒", own.took_ms / 1_000, own.took_ms % 1_000 / 100),
        served: own.served.iter().map(|(what, href, uses)| (what.clone(), href.clone(), uses_words(*uses))).collect(),
    });
    let template = Versions {
        frame: frame(&app, &signed, &case, "版と撤回"),
        head: Head::new(&app, &case, "versions"),
        lines,
        withdraw: case.state == CaseState::Public && signed.may(Verb::ReleaseWithdraw, Object::Of(&case.unit)),
        gone,
        new_href: format!("/desk/cases/new?dataset={}", case.dataset),
        may_correct: signed.may(Verb::DatasetEdit, Object::Of(&case.unit)),
    };
    page(&template)
}

fn columns(
    app: &App,
    dataset: &crate::model::name::Slug,
    release: &str,
) -> Result<Vec<(i32, Vec<String>)>, crate::http::problem::Problem> {
    let compared = app.store.release_to_compare(dataset, release).map_err(stored)?;
    let tables = compared.map(|own| own.tables).unwrap_or_default();
    Ok(tables
        .iter()
        .map(|table| (table.position, table.shape.columns.iter().map(|column| column.name.clone()).collect()))
        .collect())
}

fn state_words(version: &Version) -> &'static str {
    match (version.is_current, version.is_barred) {
        (true, _) => "公開中",
        (false, true) => "撤回済み(戻せません)",
        (false, false) => "以前の版",
    }
}

fn changes(found: &ReleaseDifference) -> String {
    let sum = |of: fn(&crate::model::difference::TableDifference) -> u64| found.tables.iter().map(of).sum::<u64>();
    format!(
        "追加 {}件・削除 {}件・変更 {}件",
        sum(|table| table.added),
        sum(|table| table.removed),
        sum(|table| table.changed)
    )
}

#[derive(Template)]
#[template(path = "desk/cases/restore.html")]
struct Restore {
    frame: Frame,
    head: Head,
    can: bool,
    when: String,
    rows: u64,
}

/// `GET /desk/cases/{id}/restore`.
pub(super) async fn ask(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let case = blocking(&app, move |app| opened(app, &own, &id)).await?;
    let template = Restore {
        frame: frame(&app, &signed, &case, "この版に戻す"),
        head: Head::new(&app, &case, "-"),
        can: case.state == CaseState::Superseded,
        when: case.published.map(shown_time).unwrap_or_default(),
        rows: case.summary.as_ref().map_or(0, |summary| summary.rows[1]),
    };
    page(&template)
}

/// `POST /desk/cases/{id}/restore`.
pub(super) async fn restore(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let own = signed.clone();
    let (action, sent) = (format!("/desk/cases/{id}/restore"), fields.clone());
    let taken = blocking(&app, move |app| {
        form::take_with(app, &own, &id, &sent, Act::Restore, &mut |_, _| Ok(()), &mut |app, case, comment, token| {
            Ok(bring_back(app, case, &own.actor, comment, Some(token))?)
        })
    })
    .await?;
    form::answer(&app, &signed, &taken, (&action, &fields), |case| format!("/desk/cases/{}/versions", case.id))
}
