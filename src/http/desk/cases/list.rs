//! The inbox: what waits for this person, what is under way, what is over.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::{PageResult, blocking, shown_time, shown_title, start, state_class, stored, unit_words};
use crate::http::app::App;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::model::account::{Object, Verb};
use crate::model::case::{Case, State as CaseState};

/// Cases shown of those that are over; the pages of datasets lead to the others.
const OVER_SHOWN: usize = 50;

struct Line {
    href: String,
    title: String,
    state: &'static str,
    state_class: &'static str,
    unit: String,
    author: String,
    when: String,
    what: String,
}

#[derive(Template)]
#[template(path = "desk/cases/list.html")]
struct List {
    frame: Frame,
    may_begin: bool,
    own: Vec<Line>,
    others: Vec<Line>,
    public: Vec<Line>,
    over: Vec<Line>,
}

/// `GET /desk/cases`.
pub(super) async fn list(State(app): State<Arc<App>>, signed: Signed) -> PageResult {
    let own = signed.clone();
    let cases = blocking(&app, |app| app.store.cases().map_err(stored)).await?;
    let now = app.clock.now();
    let may_begin = start::may_begin(&signed);
    let mut list = List {
        frame: Frame::new(&app, &signed, "案件").section("/desk/cases"),
        may_begin,
        own: Vec::new(),
        others: Vec::new(),
        public: Vec::new(),
        over: Vec::new(),
    };
    // Asked also where there is no case at all.
    own.sees(Object::Site);
    for case in cases.iter().filter(|case| own.sees(Object::Of(&case.unit))) {
        let turn = turn(&own, case);
        let line = Line {
            href: format!("/desk/cases/{}", case.id),
            title: shown_title(case),
            state: case.state.title(),
            state_class: state_class(case.state),
            unit: unit_words(case),
            author: case.author.name.clone(),
            when: shown_time(case.changed),
            what: match (turn, case.state) {
                (Some(what), _) => what.to_owned(),
                (None, CaseState::Scheduled) => {
                    case.publish_at.map(|at| format!("{} に公開", shown_time(at))).unwrap_or_default()
                }
                (None, CaseState::Submitted) => {
                    case.assignee.as_ref().map(|own| format!("{}さんに依頼中", own.name)).unwrap_or_default()
                }
                (None, CaseState::Public) => overdue(case, now).unwrap_or_default(),
                _ => String::new(),
            },
        };
        let place = match case.state {
            _ if turn.is_some() => &mut list.own,
            CaseState::Public => &mut list.public,
            state if state.is_open() => &mut list.others,
            _ => &mut list.over,
        };
        place.push(line);
    }
    list.over.truncate(OVER_SHOWN);
    page(&list)
}

/// What this person can do next with a case; `None` where it is somebody else's turn.
fn turn(signed: &Signed, case: &Case) -> Option<&'static str> {
    let may = |verb| signed.may(verb, Object::Of(&case.unit));
    let facts = case.facts(&signed.actor.id, "");
    let is_for_another = case.assignee.as_ref().is_some_and(|own| own.id != signed.actor.id);
    match case.state {
        CaseState::Draft if may(Verb::DatasetEdit) => Some("ファイルを点検する"),
        CaseState::Returned if may(Verb::DatasetEdit) => Some("差戻しに対応する"),
        CaseState::Review if facts.open_holds > 0 && may(Verb::HoldConfirm) && !facts.is_author => {
            Some("公開前の確認をする")
        }
        CaseState::Review if may(Verb::DatasetEdit) => Some("点検結果を見て申請する"),
        CaseState::Submitted if may(Verb::DatasetApprove) && !facts.is_author && !is_for_another => {
            Some("確認して承認する")
        }
        CaseState::Approved if may(Verb::ReleasePublish) => Some("公開する"),
        _ => None,
    }
}

/// That the promise of bringing it up to date is broken.
fn overdue(case: &Case, now: jiff::Timestamp) -> Option<String> {
    let days = case.about.promise.days()?;
    let since = case.published?;
    let passed = now.duration_since(since).as_hours() / 24;
    (passed > days).then(|| format!("更新の予定({})を過ぎています", case.about.promise.title()))
}
