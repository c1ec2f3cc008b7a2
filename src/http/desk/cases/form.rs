//! How a form changes a case: once, by somebody who may, in the state it was made for.

use std::sync::Arc;

use askama::Template;
use axum::response::Response;
use http::StatusCode;

use super::{Head, PageResult, frame, opened, shown_time, stored};
use crate::http::app::App;
use crate::http::desk::fields::Fields;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::{page_as, see_other};
use crate::http::problem::Problem;
use crate::model::case::kept::TEXT_LIMIT_CHARS;
use crate::model::case::{Act, Case, Hindrance, Person, State, transit};
use crate::model::id::CaseId;
use crate::model::name::Digest;
use crate::store::StoreError;
use crate::store::case::{CaseChange, Saved};

/// A mark of a form that no other form has.
pub(super) fn once(app: &App) -> String {
    CaseId::mint(app.clock.now()).to_string()
}

/// What tells a form that was sent from every other: its mark and all that was written in it.
pub(super) fn token(fields: &Fields, act: &str) -> String {
    let own: Vec<(&str, &str)> = fields.iter().filter(|(name, _)| !matches!(*name, "csrf" | "version")).collect();
    Digest::of(&serde_json::to_vec(&(act, own)).unwrap_or_default()).to_hex()
}

/// What became of a form.
pub(super) enum Taken {
    /// The case was changed, or had been by the same form before.
    Done(Box<Case>),
    /// Somebody else changed the case after the form was made.
    Stale(Box<Case>),
    /// It cannot be done: why.
    Refused(Box<Case>, String),
}

/// A change that the form asks for: what of the case becomes different. Its error is a sentence for the person.
pub(super) type Change<'a> = &'a mut dyn FnMut(&App, &mut Case) -> Result<(), String>;

/// Where the outcome is written: the usual way, or with what becomes of the public.
pub(super) type Write<'a> = &'a mut dyn FnMut(&App, Case, &str, &str) -> Result<Saved, Problem>;

/// Takes a form that does `act` to a case. Blocks.
pub(super) fn take(
    app: &App,
    signed: &Signed,
    id: &str,
    fields: &Fields,
    act: Act,
    change: Change<'_>,
) -> Result<Taken, Problem> {
    take_with(app, signed, id, fields, act, change, &mut |app, case, comment, token| {
        app.store.change_case(&CaseChange { case, act, comment: comment.to_owned() }, Some(token)).map_err(stored)
    })
}

/// The same with another way of writing the outcome.
pub(super) fn take_with(
    app: &App,
    signed: &Signed,
    id: &str,
    fields: &Fields,
    act: Act,
    change: Change<'_>,
    write: Write<'_>,
) -> Result<Taken, Problem> {
    let case = opened(app, signed, id)?;
    let token = token(fields, act.as_str());
    if app.store.form_was_taken(&token).map_err(stored)? {
        return Ok(Taken::Done(Box::new(case)));
    }
    let comment = super::lines(fields.get("comment"), TEXT_LIMIT_CHARS);
    let state = match transit(&signed.actor, &case.unit, case.state, act, &case.facts(&signed.actor.id, &comment)) {
        Ok(state) => state,
        Err(hindrance @ Hindrance::Right) => return Err(Problem::Forbidden { detail: hindrance.to_string() }),
        // Where somebody was quicker, what they did is the better answer than that it cannot be done any more.
        Err(_) if fields.get("version") != case.version.to_string() => return Ok(Taken::Stale(Box::new(case))),
        Err(hindrance) => return Ok(Taken::Refused(Box::new(case), hindrance.to_string())),
    };
    if fields.get("version") != case.version.to_string() {
        return Ok(Taken::Stale(Box::new(case)));
    }
    let mut next = case.clone();
    if let Err(message) = change(app, &mut next) {
        return Ok(Taken::Refused(Box::new(case), message));
    }
    next.state = state;
    next.changed = app.clock.now();
    next.changed_by = Person::of(&signed.actor);
    let saved = write(app, next.clone(), &comment, &token)?;
    match saved {
        Saved::Repeated => Ok(Taken::Done(Box::new(case))),
        Saved::Stale => {
            let now = app.store.case(case.id).map_err(stored)?.ok_or_else(Problem::not_found)?;
            Ok(Taken::Stale(Box::new(now)))
        }
        Saved::Done => {
            let outcome = if act == Act::Publish { "begun" } else { "done" };
            note(app, signed, &next, act, outcome).map_err(stored)?;
            Ok(Taken::Done(Box::new(next)))
        }
    }
}

/// Notes in the audit what was done to a case.
pub(super) fn note(app: &App, signed: &Signed, case: &Case, act: Act, outcome: &str) -> Result<(), StoreError> {
    let action = format!("case {}", act.as_str());
    let subject = format!("{} {}", case.id, case.dataset);
    app.store.note(&signed.act(app, &action, &subject, Some(&case.unit), outcome))
}

/// The answer to a form: on to `next`, or the page that says why not.
pub(super) fn answer(
    app: &Arc<App>,
    signed: &Signed,
    taken: &Taken,
    (action, fields): (&str, &Fields),
    next: impl FnOnce(&Case) -> String,
) -> PageResult {
    match taken {
        Taken::Done(case) => Ok(see_other(&next(case))),
        Taken::Stale(case) => stale(app, signed, case, action, fields),
        Taken::Refused(case, message) => refused(app, signed, case, message),
    }
}

#[derive(Template)]
#[template(path = "desk/cases/refused.html")]
struct Refused<'a> {
    frame: Frame,
    head: Head,
    message: &'a str,
}

/// The page that says why something was not done. Nothing is lost: what was written stands on the page before.
pub(super) fn refused(app: &App, signed: &Signed, case: &Case, message: &str) -> PageResult {
    let frame = frame(app, signed, case, "受け付けられませんでした");
    page_as(StatusCode::CONFLICT, &Refused { frame, head: Head::new(app, case, "-"), message })
}

/// One text that was sent.
struct Sent<'a> {
    name: &'a str,
    title: &'static str,
    value: &'a str,
    is_shown: bool,
}

#[derive(Template)]
#[template(path = "desk/cases/stale.html")]
struct Stale<'a> {
    frame: Frame,
    head: Head,
    action: &'a str,
    who: &'a str,
    when: String,
    sent: Vec<Sent<'a>>,
    can_be_sent: bool,
}

/// The page for who comes second: what the other did, what was written, and a way to send it again.
fn stale(app: &App, signed: &Signed, case: &Case, action: &str, fields: &Fields) -> PageResult {
    let sent = fields.iter().filter(|(name, _)| !matches!(*name, "csrf" | "version" | "once"));
    let sent: Vec<Sent<'_>> = sent
        .map(|(name, value)| Sent { name, title: title_of(name), value, is_shown: !title_of(name).is_empty() })
        .collect();
    let template = Stale {
        frame: frame(app, signed, case, "ほかの人が先に変更しました"),
        head: Head::new(app, case, "-"),
        action,
        who: &case.changed_by.name,
        when: shown_time(case.changed),
        sent,
        can_be_sent: case.state != State::Checking,
    };
    page_as(StatusCode::CONFLICT, &template)
}

fn title_of(name: &str) -> &'static str {
    match name {
        "title" => "タイトル",
        "notes" => "説明",
        "licence" => "ライセンス",
        "theme" => "分野",
        "tags" => "タグ",
        "page" => "掲載ページ",
        "promise" => "更新の予定",
        "name" => "アドレスに使う名前",
        "comment" => "コメント・理由",
        "when" | "at" => "公開の日時",
        "until" => "公開の期限",
        name if name.starts_with("cell.") => "セルの値",
        _ => "",
    }
}

/// The answer of an act that leads back to the case.
pub(super) fn back(case: &Case) -> String {
    format!("/desk/cases/{}", case.id)
}

/// The usual way of a form: blocks elsewhere, answers here.
pub(super) async fn act(
    app: &Arc<App>,
    signed: Signed,
    (id, path): (String, &'static str),
    fields: Fields,
    act: Act,
    mut change: impl FnMut(&App, &mut Case) -> Result<(), String> + Send + 'static,
) -> Result<Response, Problem> {
    let own = signed.clone();
    let action = format!("/desk/cases/{id}/{path}");
    let sent = fields.clone();
    let taken = super::blocking(app, move |app| take(app, &own, &id, &sent, act, &mut change)).await?;
    answer(app, &signed, &taken, (&action, &fields), back)
}
