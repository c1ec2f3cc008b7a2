//! Short forms: check, ask for approval, take back, return, approve, give up, say something.

use std::sync::Arc;

use axum::extract::{Path, State};

use super::naming::unfit;
use super::{PageResult, form, jobs};
use crate::http::app::App;
use crate::http::desk::fields::Fields;
use crate::http::desk::guard::Signed;
use crate::model::account::State::Ready;
use crate::model::account::{Account, Object, Verb, may};
use crate::model::case::{Act, Case, Hindrance, Person};
use crate::store::StoreError;

/// `POST …/check`.
pub(super) async fn check(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let own = signed.clone();
    let (action, sent) = (format!("/desk/cases/{id}/check"), fields.clone());
    let taken = super::blocking(&app, move |app| {
        form::take(app, &own, &id, &sent, Act::Check, &mut |_, case| {
            case.trouble.clear();
            Ok(())
        })
    })
    .await?;
    if let form::Taken::Done(case) = &taken {
        begin(&app, case);
    }
    form::answer(&app, &signed, &taken, (&action, &fields), form::back)
}

/// Begins the check that a case waits for.
pub(super) fn begin(app: &Arc<App>, case: &Case) {
    if case.state == crate::model::case::State::Checking {
        jobs::begin(app, case.id);
    }
}

/// `POST …/submit`.
pub(super) async fn submit(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let actor = Arc::clone(&signed.actor);
    form::act(&app, signed, (id, "submit"), fields, Act::Submit, move |_, case| {
        // Asking for it is a part in it: who asks does not approve.
        case.add_author(&actor);
        case.assignee = None;
        match unfit(case) {
            Some(message) => Err(format!("説明を直してください。{message}")),
            None => Ok(()),
        }
    })
    .await
}

/// `POST …/recall`.
pub(super) async fn recall(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    form::act(&app, signed, (id, "recall"), fields, Act::Recall, |_, _| Ok(())).await
}

/// `POST …/drop`.
pub(super) async fn give_up(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    form::act(&app, signed, (id, "drop"), fields, Act::Drop, |_, _| Ok(())).await
}

/// `POST …/comment`.
pub(super) async fn comment(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    form::act(&app, signed, (id, "comment"), fields, Act::Comment, |_, _| Ok(())).await
}

/// `POST …/approve`.
pub(super) async fn approve(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    form::act(&app, signed, (id, "approve"), fields, Act::Approve, |_, _| Ok(())).await
}

/// `POST …/return`.
pub(super) async fn send_back(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    form::act(&app, signed, (id, "return"), fields, Act::Return, |_, case| {
        case.publish_at = None;
        Ok(())
    })
    .await
}

/// `POST …/delegate`: asks somebody else who may approve to look at it next.
pub(super) async fn delegate(
    State(app): State<Arc<App>>,
    signed: Signed,
    Path(id): Path<String>,
    fields: Fields,
) -> PageResult {
    let to = fields.get("to").to_owned();
    form::act(&app, signed, (id, "delegate"), fields, Act::Delegate, move |app, case| {
        let asked = approvers(app, case).map_err(|error| {
            tracing::error!(%error, "accounts cannot be read");
            "引き継ぐ人を確認できませんでした。もう一度お試しください。".to_owned()
        })?;
        let person = asked.into_iter().find(|person| person.id == to).ok_or("引き継ぐ人を選んでください。")?;
        case.assignee = Some(person);
        Ok(())
    })
    .await
}

/// Who else may approve a case: people with the right who had no part in it.
pub(super) fn approvers(app: &App, case: &Case) -> Result<Vec<Person>, StoreError> {
    let accounts = app.store.accounts()?;
    let fits =
        accounts.iter().filter(|account| account.state == Ready).map(Account::actor).filter(|actor| {
            may(actor, Verb::DatasetApprove, Object::Of(&case.unit)) && !case.authors.contains(&actor.id)
        });
    Ok(fits.map(|actor| Person::of(&actor)).collect())
}

/// What still stands against the question for approval, each as a sentence.
pub(super) fn hindrances(case: &Case) -> Vec<String> {
    let facts = case.facts("", "");
    let mut found = Vec::new();
    if !facts.is_checked {
        found.push(Hindrance::Unchecked.to_string());
    }
    if facts.is_refused {
        found.push(Hindrance::Refused.to_string());
    }
    if facts.is_forbidden {
        found.push(Hindrance::Forbidden.to_string());
    }
    if let Some(message) = unfit(case) {
        found.push(format!("説明を直してください。{message}"));
    }
    found
}
