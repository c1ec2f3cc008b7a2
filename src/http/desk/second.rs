//! The second factor at the sign-in, and the password asked for again before what matters.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::StatusCode;

use super::cookie::Cookie;
use super::door::Doors;
use super::enter::{desk, new_session, next_of, wait_text, with_wait};
use super::fields::Fields;
use super::frame::Frame;
use super::guard::{Signed, Visit, own_path};
use super::{page_as, see_other, work};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::account::Verb;
use crate::model::audit::Act;
use crate::model::session::Session;
use crate::model::{password, second};
use crate::store::StoreError;
use crate::store::account::Change;

pub(super) fn doors(doors: Doors) -> Doors {
    doors
        .get("/desk/second-factor", Verb::Enter, show)
        .post("/desk/second-factor", Verb::Enter, prove)
        .get("/desk/confirm", Verb::OwnAccount, show_confirm)
        .post("/desk/confirm", Verb::OwnAccount, confirm)
}

#[derive(Template)]
#[template(path = "desk/second_factor.html")]
struct SecondFactor<'a> {
    frame: Frame,
    next: &'a str,
    fault: &'a str,
}

#[derive(Template)]
#[template(path = "desk/confirm.html")]
struct Confirm<'a> {
    frame: Frame,
    next: &'a str,
    fault: &'a str,
}

async fn show(State(app): State<Arc<App>>, visit: Visit, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let next = next_of(query.as_deref());
    match &visit.session {
        Some(session) if session.half => answer(&app, StatusCode::OK, &visit, &next, ""),
        Some(_) => Ok(see_other(&next)),
        None => Ok(see_other("/desk/sign-in")),
    }
}

fn answer(app: &App, status: StatusCode, visit: &Visit, next: &str, fault: &str) -> Result<Response, Problem> {
    let frame = Frame::outside(app, "確認コードの入力").with_form_token(&visit.form_token);
    page_as(status, &SecondFactor { frame, next, fault })
}

async fn prove(State(app): State<Arc<App>>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let desk = desk(&app)?;
    let next = own_path(fields.get("next")).to_owned();
    let Some(half) = visit.session.clone().filter(|session| session.half) else {
        return Ok(see_other("/desk/sign-in"));
    };
    let counted = format!("second {}", half.account_id);
    if let Err(wait_s) = desk.attempt(app.clock.now(), (&counted, visit.address)) {
        return Ok(with_wait(answer(&app, StatusCode::TOO_MANY_REQUESTS, &visit, &next, &wait_text(wait_s))?, wait_s));
    }
    let code: String = fields.get("code").chars().take(100).collect();
    let session = new_session(&app, &half.account_id, false);
    let secret = desk.new_secret()?;
    let digest = secret.digest();
    let is_in = work(&app, "checking a second factor", move |app| {
        let now = app.clock.now();
        let id = half.account_id.as_str();
        let act = |by, outcome| Act { at: now, by, action: "sign-in", subject: id, organization: None, outcome };
        let Some(how) = proved(app, id, &code)? else {
            app.store.note(&act("-", "second factor refused"))?;
            return Ok(false);
        };
        Ok(app.store.rotate_session(&half.id, &session, &digest, &act(id, how))? == Change::Made)
    })
    .await?;
    if !is_in {
        let fault = "確認コードが違うか、すでに使われています。新しいコードが表示されてから、もう一度お試しください。";
        return answer(&app, StatusCode::UNPROCESSABLE_ENTITY, &visit, &next, fault);
    }
    desk.throttle.succeeded(&counted, visit.address);
    let mut response = see_other(&next);
    Cookie::Session.set(response.headers_mut(), &secret, desk.secure);
    Ok(response)
}

/// Whether a code is one of the account, and of which kind. It is used up by this.
fn proved(app: &App, account_id: &str, code: &str) -> Result<Option<&'static str>, StoreError> {
    let Some(proof) = app.store.proof(account_id)? else { return Ok(None) };
    if let Some(step) = second::step(&proof.totp, code, app.clock.now()) {
        return Ok(app.store.use_step(account_id, step)?.then_some("done"));
    }
    Ok(app.store.use_code(account_id, &second::code_digest(code))?.then_some("done by recovery code"))
}

async fn show_confirm(
    State(app): State<Arc<App>>,
    signed: Signed,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    confirm_page(&app, StatusCode::OK, &signed, &next_of(query.as_deref()), "")
}

fn confirm_page(app: &App, status: StatusCode, signed: &Signed, next: &str, fault: &str) -> Result<Response, Problem> {
    page_as(status, &Confirm { frame: Frame::new(app, signed, "パスワードの確認"), next, fault })
}

async fn confirm(State(app): State<Arc<App>>, signed: Signed, fields: Fields) -> Result<Response, Problem> {
    let next = own_path(fields.get("next")).to_owned();
    if let Err(fault) = password_again(&app, &signed, &fields).await? {
        return confirm_page(&app, StatusCode::UNPROCESSABLE_ENTITY, &signed, &next, &fault);
    }
    let desk = desk(&app)?;
    let now = app.clock.now();
    let old = signed.session().clone();
    let session =
        Session { confirmed: now, seen: now, id: new_session(&app, &old.account_id, false).id, ..old.clone() };
    let secret = desk.new_secret()?;
    let digest = secret.digest();
    let change = work(&app, "rotating a session", move |app| {
        let act = signed.act(app, "password again", &old.account_id, None, "done");
        app.store.rotate_session(&old.id, &session, &digest, &act)
    })
    .await?;
    if change != Change::Made {
        return Err(Problem::Unauthorized);
    }
    let mut response = see_other(&next);
    Cookie::Session.set(response.headers_mut(), &secret, desk.secure);
    Ok(response)
}

/// Whether the field `current` holds the person's password; else what to say. Tries are counted.
pub(super) async fn password_again(
    app: &Arc<App>,
    signed: &Signed,
    fields: &Fields,
) -> Result<Result<(), String>, Problem> {
    let desk = desk(app)?;
    let account_id = signed.session().account_id.clone();
    let counted = format!("again {account_id}");
    let who = (counted.as_str(), signed.address());
    if let Err(wait_s) = desk.attempt(app.clock.now(), who) {
        return Ok(Err(wait_text(wait_s)));
    }
    let proof = work(app, "reading a proof", move |app| app.store.proof(&account_id)).await?;
    let password = fields.get("current").to_owned();
    let right =
        desk.hashing(move || password::verify(&password, proof.as_ref().map(|proof| proof.password.as_str()))).await?;
    if right {
        desk.throttle.succeeded(who.0, who.1);
        return Ok(Ok(()));
    }
    let signed = signed.clone();
    work(app, "noting a refusal", move |app| {
        app.store.note(&signed.act(app, "password again", &signed.session().account_id, None, "refused"))
    })
    .await?;
    Ok(Err("パスワードが違います。".to_owned()))
}
