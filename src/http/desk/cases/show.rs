//! The page of a case: how far it is, what comes next, what happened.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::header;

use super::jobs::Progress;
use super::{Head, PageResult, act, blocking, frame, opened, shown_time, shown_title, stored};
use crate::http::app::App;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::http::problem::Problem;
use crate::model::account::{Object, Verb};
use crate::model::case::kept::Event;
use crate::model::case::{Case, Person, State as CaseState};

struct FileLine {
    name: String,
    size: String,
    number: usize,
}

struct EventLine {
    when: String,
    machine: String,
    who: String,
    what: &'static str,
    state: &'static str,
    comment: String,
}

/// What this person may do with it now.
#[expect(clippy::struct_excessive_bools, reason = "each is a form of the page")]
#[derive(Debug, Default)]
struct Rights {
    edit: bool,
    submit: bool,
    recall: bool,
    confirm: bool,
    approve: bool,
    send_back: bool,
    publish: bool,
    unschedule: bool,
    withdraw: bool,
    delegate: bool,
    correct: bool,
    is_author: bool,
}

/// One step of the way, for the line above.
struct Step {
    title: &'static str,
    is_done: bool,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "desk/cases/show.html")]
struct Show {
    frame: Frame,
    head: Head,
    steps: Vec<Step>,
    trouble: String,
    checking: Option<Progress>,
    publishing: bool,
    is_draft: bool,
    numbers: Option<Numbers>,
    hindrances: Vec<String>,
    open_holds: usize,
    rights: Rights,
    scheduled: String,
    expires: String,
    public_href: String,
    new_href: String,
    withdrawal: Option<(String, String, String)>,
    files: Vec<FileLine>,
    earlier: u32,
    events: Vec<EventLine>,
    state: CaseState,
    assignee: String,
    approvers: Vec<Person>,
}

/// The outcome of the check in words.
struct Numbers {
    rows: String,
    errors: u64,
    warnings: u64,
    refused: Vec<(String, String)>,
    tables: Vec<(String, String)>,
    difference: String,
    is_current: bool,
}

/// `GET /desk/cases/{id}`.
pub(super) async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let (case, events, approvers) = blocking(&app, move |app| {
        let case = opened(app, &own, &id)?;
        let events = app.store.case_events(case.id).map_err(stored)?;
        let approvers = act::approvers(app, &case).map_err(stored)?;
        Ok((case, events, approvers))
    })
    .await?;
    page(&made(&app, &signed, &case, &events, approvers))
}

fn made(app: &App, signed: &Signed, case: &Case, events: &[Event], mut approvers: Vec<Person>) -> Show {
    approvers.retain(|person| person.id != signed.actor.id);
    let running = app.writing.as_ref().and_then(|writing| writing.jobs.progress(case.id));
    let checking = case.state == CaseState::Checking;
    let facts = case.facts(&signed.actor.id, "");
    let is_public = case.state == CaseState::Public;
    let withdrawal = case.withdrawal.as_ref().map(|own| {
        let took = format!("{}.{}秒", own.took_ms / 1_000, own.took_ms % 1_000 / 100);
        (format!("{}({}、{})", own.reason, own.by.name, shown_time(own.at)), took, format!("{}件", own.served.len()))
    });
    Show {
        frame: frame(app, signed, case, &shown_title(case)),
        head: Head::new(app, case, ""),
        steps: steps(case.state),
        trouble: case.trouble.clone(),
        publishing: !checking && running.is_some(),
        checking: checking.then(|| running.unwrap_or_default()),
        is_draft: case.state == CaseState::Draft,
        numbers: numbers(case, facts.is_checked),
        hindrances: if case.state.is_editable() { act::hindrances(case) } else { Vec::new() },
        open_holds: facts.open_holds,
        rights: rights(signed, case),
        scheduled: case.publish_at.map(shown_time).unwrap_or_default(),
        expires: case.expires.map(shown_time).unwrap_or_default(),
        public_href: if is_public { format!("/dataset/{}", case.dataset) } else { String::new() },
        new_href: format!("/desk/cases/new?dataset={}", case.dataset),
        withdrawal,
        files: case
            .files
            .iter()
            .zip(1..)
            .map(|(file, number)| FileLine { name: file.name.clone(), size: size_words(file.bytes), number })
            .collect(),
        earlier: case.upload.saturating_sub(1),
        events: events.iter().rev().map(event).collect(),
        state: case.state,
        assignee: case.assignee.as_ref().map(|own| own.name.clone()).unwrap_or_default(),
        approvers,
    }
}

fn rights(signed: &Signed, case: &Case) -> Rights {
    let may = |verb| signed.may(verb, Object::Of(&case.unit));
    let facts = case.facts(&signed.actor.id, "");
    let (edit, approve, publish) = (may(Verb::DatasetEdit), may(Verb::DatasetApprove), may(Verb::ReleasePublish));
    let state = case.state;
    let waits = matches!(state, CaseState::Submitted | CaseState::Approved | CaseState::Scheduled);
    Rights {
        edit: edit && state.is_editable(),
        submit: edit && matches!(state, CaseState::Review | CaseState::Returned),
        recall: edit && state == CaseState::Submitted,
        confirm: may(Verb::HoldConfirm) && facts.open_holds > 0 && !facts.is_author,
        approve: approve && state == CaseState::Submitted && !facts.is_author,
        send_back: approve && waits,
        publish: publish && matches!(state, CaseState::Approved | CaseState::Scheduled),
        unschedule: publish && state == CaseState::Scheduled,
        withdraw: may(Verb::ReleaseWithdraw) && state == CaseState::Public,
        delegate: approve && state == CaseState::Submitted,
        correct: edit && !state.is_open(),
        is_author: facts.is_author,
    }
}

fn steps(state: CaseState) -> Vec<Step> {
    let at = match state {
        CaseState::Draft | CaseState::Checking => 0,
        CaseState::Review | CaseState::Returned => 1,
        CaseState::Submitted => 2,
        CaseState::Approved | CaseState::Scheduled => 3,
        _ => 4,
    };
    ["点検", "確認・修正", "承認", "公開"]
        .into_iter()
        .enumerate()
        .map(|(number, title)| Step { title, is_done: number < at, is_current: number == at })
        .collect()
}

fn numbers(case: &Case, is_current: bool) -> Option<Numbers> {
    let summary = case.summary.as_ref()?;
    let [read, records, refused] = summary.rows;
    let [errors, warnings, _] = summary.findings;
    let rows = if refused == 0 {
        format!("{records}件のデータを読み取りました。")
    } else {
        format!("{read}行のうち{records}件を読み取り、{refused}行は受け付けられませんでした。")
    };
    let difference = match &summary.difference {
        Some((_, [added, removed, changed])) => format!("追加 {added}件・削除 {removed}件・変更 {changed}件"),
        None => String::new(),
    };
    Some(Numbers {
        rows,
        errors,
        warnings,
        refused: summary.refused.clone(),
        tables: summary.tables.clone(),
        difference,
        is_current,
    })
}

fn event(event: &Event) -> EventLine {
    EventLine {
        when: shown_time(event.at),
        machine: event.at.to_string(),
        who: event.by.name.clone(),
        what: event.act.title(),
        state: event.state.title(),
        comment: event.comment.clone(),
    }
}

/// A length in words: 12 KB.
pub(super) fn size_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} バイト"),
        1_000..1_000_000 => format!("{} KB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[derive(Template)]
#[template(path = "desk/cases/progress.html")]
struct ProgressPart {
    checking: Progress,
}

/// `GET /desk/cases/{id}/progress`: the part of the page that says how far the check is; 204 once it is over.
pub(super) async fn progress(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let case = blocking(&app, move |app| opened(app, &signed, &id)).await?;
    let running = app.writing.as_ref().and_then(|writing| writing.jobs.progress(case.id));
    match running {
        Some(checking) => {
            let text = ProgressPart { checking }
                .render()
                .map_err(|error| Problem::internal("rendering the progress of a check", &error))?;
            Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
        }
        None => Ok(over()),
    }
}

fn over() -> Response {
    http::StatusCode::NO_CONTENT.into_response()
}
