//! Findings for which the release waits: each is looked at by a person with the right, who did not make it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::check::{Seen, seen};
use super::{Head, PageResult, blocking, form, frame, lines, opened, piped, shown_time, writing};
use crate::http::app::App;
use crate::http::desk::fields::Fields;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::model::account::{Object, Verb};
use crate::model::case::kept::TEXT_LIMIT_CHARS;
use crate::model::case::{Act, Case, Confirmed, Held, Person, State as CaseState};

struct Line {
    mark: String,
    is_never: bool,
    place: String,
    message: String,
    evidence: String,
    confirmed: Option<(String, String, String)>,
    /// The key of the column that may be left out.
    column: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/cases/holds.html")]
struct Holds {
    frame: Frame,
    head: Head,
    lines: Vec<Line>,
    open: usize,
    may_confirm: bool,
    may_edit: bool,
    is_author: bool,
}

/// `GET /desk/cases/{id}/holds`.
pub(super) async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let (case, seen) = blocking(&app, move |app| {
        let case = opened(app, &own, &id)?;
        let seen = seen(writing(app)?, case.id).map_err(piped)?;
        Ok((case, seen))
    })
    .await?;
    let facts = case.facts(&signed.actor.id, "");
    let object = Object::Of(&case.unit);
    let open = matches!(case.state, CaseState::Review | CaseState::Returned | CaseState::Submitted);
    let holds = case.summary.as_ref().map_or(&[][..], |summary| summary.holds.as_slice());
    let template = Holds {
        frame: frame(&app, &signed, &case, "公開前の確認"),
        head: Head::new(&app, &case, "holds"),
        lines: holds.iter().map(|held| shown(&case, &seen, held)).collect(),
        open: facts.open_holds,
        may_confirm: open && signed.may(Verb::HoldConfirm, object) && !facts.is_author,
        may_edit: case.state.is_editable() && signed.may(Verb::DatasetEdit, object),
        is_author: facts.is_author,
    };
    page(&template)
}

fn shown(case: &Case, seen: &Seen, held: &Held) -> Line {
    let confirmed = case.confirmation(held).map(|own| (own.by.name.clone(), shown_time(own.at), own.reason.clone()));
    let column = held.column.as_ref().and_then(|(file, sheet, column)| {
        let at = seen.files.iter().position(|own| own.name == *file)?;
        let table = seen.files.get(at)?.tables.iter().position(|own| own.origin == *sheet)?;
        Some(format!("{at}.{table}.{column}"))
    });
    Line {
        mark: held.mark.clone(),
        is_never: held.is_never,
        place: held.place.clone(),
        message: held.message.clone(),
        evidence: held.evidence.clone(),
        confirmed,
        column,
    }
}

/// `POST /desk/cases/{id}/confirm`: one finding, or all that are open, with the reason.
pub(super) async fn confirm(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let own = signed.clone();
    let (action, sent) = (format!("/desk/cases/{id}/confirm"), fields.clone());
    let taken = blocking(&app, move |app| {
        form::take(app, &own, &id, &sent, Act::Confirm, &mut |app, case| {
            let mark = sent.get("mark");
            let holds = case.summary.as_ref().map_or(&[][..], |summary| summary.holds.as_slice());
            let Some(held) = holds.iter().find(|held| held.mark == mark) else {
                return Err("確認する指摘が見つかりません。画面を読み込み直してください。".to_owned());
            };
            if held.is_never {
                return Err(
                    "個人番号(マイナンバー)は、誰が確認しても公開できません。列または値を除いてください。".to_owned()
                );
            }
            if case.confirmation(held).is_some() {
                return Ok(());
            }
            let confirmed = Confirmed {
                mark: mark.to_owned(),
                by: Person::of(&own.actor),
                at: app.clock.now(),
                reason: lines(sent.get("comment"), TEXT_LIMIT_CHARS),
            };
            case.answers.confirmed.push(confirmed);
            Ok(())
        })
    })
    .await?;
    form::answer(&app, &signed, &taken, (&action, &fields), |case| format!("/desk/cases/{}/holds", case.id))
}
