//! Cases (案件) at the desk: from the file to the release, and what comes after.
//!
//! ```text
//! start     files come: a new case, or other files for one
//! check     in the background: the same worker and ingest as any upload (jobs: how far it is)
//! findings  cell by cell, in a table that looks like the file · positions · difference · holds · about
//! act       ask for approval, return, approve, give up · publish · withdraw · versions
//! release   what a case does to the public, and what a program that died left of it
//! ```
//!
//! Every form carries the version of the case it was made for and a token of its own: what comes twice is taken once, and
//! what comes too late is shown beside what changed, with nothing lost.

use std::sync::Arc;

use axum::response::Response;

use super::door::Doors;
use super::frame::Frame;
use super::guard::Signed;
use crate::http::app::App;
use crate::http::ckan::write::Writing;
use crate::http::problem::Problem;
use crate::model::account::{Object, Verb};
use crate::model::case::{Case, State};
use crate::model::id::CaseId;

mod about;
mod act;
mod check;
mod difference;
mod files;
mod findings;
mod form;
mod grid;
mod holds;
mod jobs;
mod list;
mod naming;
mod positions;
mod publish;
mod receive;
mod release;
mod show;
mod start;
mod summary;
mod versions;
mod withdraw;

pub use jobs::Jobs;
pub use release::{act_on_due, recover};

/// The doors of cases.
pub(super) fn doors(doors: Doors) -> Doors {
    let read = Verb::DatasetRead;
    let edit = Verb::DatasetEdit;
    let approve = Verb::DatasetApprove;
    let publish = Verb::ReleasePublish;
    doors
        .get("/desk/cases", read, list::list)
        .get("/desk/cases/new", edit, start::form)
        .upload("/desk/cases/new", edit, start::take)
        .get("/desk/cases/{id}", read, show::show)
        .get("/desk/cases/{id}/progress", read, show::progress)
        .upload("/desk/cases/{id}/file", edit, start::replace)
        .post("/desk/cases/{id}/check", edit, act::check)
        .get("/desk/cases/{id}/findings", read, findings::show)
        .post("/desk/cases/{id}/cells", edit, findings::correct)
        .get("/desk/cases/{id}/positions", read, positions::show)
        .get("/desk/cases/{id}/holds", read, holds::show)
        .post("/desk/cases/{id}/confirm", Verb::HoldConfirm, holds::confirm)
        .get("/desk/cases/{id}/difference", read, difference::show)
        .get("/desk/cases/{id}/about", read, about::show)
        .post("/desk/cases/{id}/about", edit, about::save)
        .post("/desk/cases/{id}/submit", edit, act::submit)
        .post("/desk/cases/{id}/recall", edit, act::recall)
        .post("/desk/cases/{id}/drop", edit, act::give_up)
        .post("/desk/cases/{id}/comment", read, act::comment)
        .post("/desk/cases/{id}/approve", approve, act::approve)
        .post("/desk/cases/{id}/return", approve, act::send_back)
        .post("/desk/cases/{id}/delegate", approve, act::delegate)
        .get("/desk/cases/{id}/publish", publish, publish::show)
        .post("/desk/cases/{id}/publish", publish, publish::publish)
        .post("/desk/cases/{id}/unschedule", publish, publish::unschedule)
        .get("/desk/cases/{id}/versions", read, versions::show)
        .get("/desk/cases/{id}/restore", publish, versions::ask)
        .post("/desk/cases/{id}/restore", publish, versions::restore)
        .get("/desk/cases/{id}/withdraw", Verb::ReleaseWithdraw, withdraw::show)
        .post("/desk/cases/{id}/withdraw", Verb::ReleaseWithdraw, withdraw::withdraw)
        .get("/desk/cases/{id}/book/{number}", read, files::book)
        .get("/desk/cases/{id}/file/{number}", read, files::original)
        .get("/desk/templates", Verb::Desk, files::templates)
        .get("/desk/templates/{file}", Verb::Desk, files::template)
}

/// What a handler gives back.
type PageResult = Result<Response, Problem>;

/// Does what has to wait on a thread that may.
async fn blocking<T: Send + 'static>(
    app: &Arc<App>,
    work: impl FnOnce(&Arc<App>) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let app = Arc::clone(app);
    tokio::task::spawn_blocking(move || work(&app))
        .await
        .map_err(|error| Problem::internal("working on a case", &error))?
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn stored(error: crate::store::StoreError) -> Problem {
    Problem::internal("reading or writing a case", &error)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn piped(error: crate::pipeline::PipelineError) -> Problem {
    Problem::internal("reading or writing the files of a case", &error)
}

fn writing(app: &App) -> Result<&Arc<Writing>, Problem> {
    app.writing.as_ref().ok_or_else(|| Problem::Forbidden {
        detail: "このサーバーでは、データの登録・変更を受け付けていません。".to_owned(),
    })
}

/// The case of an address, where this person may do this door's verb to it. Blocks.
fn opened(app: &App, signed: &Signed, id: &str) -> Result<Case, Problem> {
    let id = CaseId::parse(id).ok_or_else(Problem::not_found)?;
    let case = app.store.case(id).map_err(stored)?.ok_or_else(Problem::not_found)?;
    signed.permit(Object::Of(&case.unit))?;
    Ok(case)
}

/// One page of a case in the list above its pages.
struct Tab {
    href: String,
    title: &'static str,
    /// What waits there, in words; may be empty.
    note: String,
    is_current: bool,
}

/// What stands above every page of a case.
struct Head {
    id: String,
    title: String,
    state: &'static str,
    state_class: &'static str,
    unit: String,
    dataset: String,
    version: u32,
    once: String,
    tabs: Vec<Tab>,
}

impl Head {
    fn new(app: &App, case: &Case, current: &str) -> Self {
        let base = format!("/desk/cases/{}", case.id);
        let summary = case.summary.as_ref();
        let facts = case.facts("", "");
        let count = |count: u64, unit: &str| if count == 0 { String::new() } else { format!("{count}{unit}") };
        let mut tabs = vec![("", "進み具合", String::new())];
        if let Some(summary) = summary {
            let [errors, warnings, _] = summary.findings;
            tabs.push(("findings", "点検結果", count(errors + warnings + summary.refused.len() as u64, "件")));
            if summary.placed[0] > 0 {
                tabs.push(("positions", "位置", count(summary.placed[1], "件が離れています")));
            }
            if facts.holds > 0 {
                let open = facts.open_holds as u64;
                tabs.push((
                    "holds",
                    "公開前の確認",
                    if open == 0 { "済み".to_owned() } else { format!("残り{open}件") },
                ));
            }
            if summary.difference.is_some() {
                tabs.push(("difference", "公開中との違い", String::new()));
            }
        }
        tabs.push(("about", "説明", String::new()));
        if matches!(case.state, State::Public | State::Superseded | State::Withdrawn) {
            tabs.push(("versions", "版と撤回", String::new()));
        }
        let tab = |(path, title, note): (&str, &'static str, String)| Tab {
            href: if path.is_empty() { base.clone() } else { format!("{base}/{path}") },
            title,
            note,
            is_current: path == current,
        };
        Self {
            id: case.id.to_string(),
            title: shown_title(case),
            state: case.state.title(),
            state_class: state_class(case.state),
            unit: unit_words(case),
            dataset: case.dataset.to_string(),
            version: case.version,
            once: form::once(app),
            tabs: tabs.into_iter().map(tab).collect(),
        }
    }
}

fn frame(app: &App, signed: &Signed, case: &Case, title: &str) -> Frame {
    let own = shown_title(case);
    let frame = Frame::new(app, signed, title).section("/desk/cases").crumb("案件", "/desk/cases");
    if title == own { frame } else { frame.crumb(&own, &format!("/desk/cases/{}", case.id)) }
}

/// The title of a case.
fn shown_title(case: &Case) -> String {
    if case.about.title.is_empty() { naming::first_title(case) } else { case.about.title.clone() }
}

/// The organization of a case in words.
fn unit_words(case: &Case) -> String {
    let publisher = naming::publisher(case);
    match case.unit.department_name() {
        Some(department) => format!("{publisher} {department}"),
        None => publisher,
    }
}

/// How a state is drawn: what waits, what is well, what is over.
fn state_class(state: State) -> &'static str {
    match state {
        State::Review | State::Returned => "warn",
        State::Approved | State::Scheduled | State::Public => "good",
        State::Superseded | State::Withdrawn | State::Dropped => "over",
        State::Draft | State::Checking | State::Submitted => "open",
    }
}

/// A time as people in Japan read it.
fn shown_time(at: jiff::Timestamp) -> String {
    local(at).strftime("%Y年%-m月%-d日 %H:%M").to_string()
}

/// A time on the clock in Japan, which has kept one offset since 1951.
fn local(at: jiff::Timestamp) -> jiff::civil::DateTime {
    jiff::tz::Offset::constant(9).to_datetime(at)
}

/// A text of a form, on one line, without what no screen shows and no longer than it may be.
fn line(text: &str, most_chars: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control() && !is_turning(*c)).take(most_chars).collect();
    text.trim().to_owned()
}

/// The same with line breaks.
fn lines(text: &str, most_chars: usize) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let keep = |c: &char| *c == '\n' || !(c.is_control() || is_turning(*c));
    text.chars().filter(keep).take(most_chars).collect::<String>().trim().to_owned()
}

/// Letters that turn the direction of writing, by which a text can pass for another.
fn is_turning(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_forms_hold_nothing_that_deceives() {
        assert_eq!(line(" a\r\nb\u{202e}c ", 10), "abc");
        assert_eq!(line(&"あ".repeat(50), 3), "あああ");
        assert_eq!(lines(" 一行目\r\n二行目\u{0}\r三行目 ", 100), "一行目\n二行目\n三行目");
    }

    #[test]
    fn times_are_those_of_japan() {
        let at: jiff::Timestamp = "2026-11-27T23:05:00Z".parse().expect("a time");
        assert_eq!(shown_time(at), "2026年11月28日 08:05");
    }
}
