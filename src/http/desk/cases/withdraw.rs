//! The button that takes what is public away, everywhere at once.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::release::{served, withdraw as take_away};
use super::{Head, PageResult, blocking, form, frame, opened};
use crate::http::app::App;
use crate::http::desk::fields::Fields;
use crate::http::desk::frame::Frame;
use crate::http::desk::guard::Signed;
use crate::http::desk::page;
use crate::model::case::{Act, State as CaseState};

#[derive(Template)]
#[template(path = "desk/cases/withdraw.html")]
struct Withdraw {
    frame: Frame,
    head: Head,
    is_public: bool,
    served: Vec<(String, String, String)>,
}

/// How often something was fetched, in words.
pub(super) fn uses_words(uses: Option<u64>) -> String {
    match uses {
        None => "記録なし".to_owned(),
        Some(0) => "5回未満".to_owned(),
        Some(uses) => format!("{uses}回以上"),
    }
}

/// `GET /desk/cases/{id}/withdraw`.
pub(super) async fn show(State(app): State<Arc<App>>, signed: Signed, Path(id): Path<String>) -> PageResult {
    let own = signed.clone();
    let case = blocking(&app, move |app| opened(app, &own, &id)).await?;
    let served = served(&app, &case).into_iter().map(|(what, href, uses)| (what, href, uses_words(uses)));
    let template = Withdraw {
        frame: frame(&app, &signed, &case, "撤回する"),
        head: Head::new(&app, &case, "-"),
        is_public: case.state == CaseState::Public,
        served: served.collect(),
    };
    page(&template)
}

/// `POST /desk/cases/{id}/withdraw`.
pub(super) async fn withdraw(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let own = signed.clone();
    let (action, sent) = (format!("/desk/cases/{id}/withdraw"), fields.clone());
    let taken = blocking(&app, move |app| {
        form::take_with(app, &own, &id, &sent, Act::Withdraw, &mut |_, _| Ok(()), &mut |app, case, comment, token| {
            Ok(take_away(app, case, Some(&own.actor), comment, Some(token))?)
        })
    })
    .await?;
    form::answer(&app, &signed, &taken, (&action, &fields), |case| format!("/desk/cases/{}/versions", case.id))
}
