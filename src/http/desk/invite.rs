//! Inviting: an account with its first role, and the link of one use that lets its holder in.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::accounts::{Choice, choices, given, not_yours, object};
use super::door::Doors;
use super::enter::desk;
use super::fields::Fields;
use super::frame::Frame;
use super::guard::Signed;
use super::invited::{LOGIN_RULE, NAME_RULE};
use super::{japan_minute, page, page_as, work};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::account::{Account, Login, State as AccountState, Verb, shown_name};
use crate::model::id::AccountId;
use crate::model::session::Secret;
use crate::store::account::Change;
use crate::store::session::Link;

/// How long a link of invitation opens: over a weekend.
const LINK_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_hours(72);

pub(super) fn doors(doors: Doors) -> Doors {
    doors.get("/desk/accounts/new", Verb::AccountEdit, show_new).post("/desk/accounts/new", Verb::AccountEdit, invite)
}

#[derive(Template)]
#[template(path = "desk/account_new.html")]
struct NewPage<'a> {
    frame: Frame,
    login: &'a str,
    name: &'a str,
    roles: Vec<Choice>,
    organizations: Vec<Choice>,
    faults: &'a [String],
}

#[derive(Template)]
#[template(path = "desk/account_link.html")]
struct LinkPage<'a> {
    frame: Frame,
    name: &'a str,
    link: String,
    until: String,
}

async fn show_new(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    new_page(&app, &signed, ("", ""), &[]).await
}

async fn new_page(
    app: &Arc<App>,
    signed: &Signed,
    (login, name): (&str, &str),
    faults: &[String],
) -> Result<Response, Problem> {
    let (roles, organizations) = choices(app, signed).await?;
    // The list holds only what may be given; with nothing in it there is nothing to show.
    if !signed.actor.grants.iter().any(|grant| signed.sees(object(grant))) {
        return Err(not_yours());
    }
    let frame =
        Frame::new(app, signed, "アカウントの招待").section("/desk/accounts").crumb("アカウント", "/desk/accounts");
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_as(status, &NewPage { frame, login, name, roles, organizations, faults })
}

/// A link that is handed over: its secret, and until when it opens.
pub(super) fn new_link(app: &App) -> Result<(Secret, jiff::Timestamp), Problem> {
    let secret = desk(app)?.new_secret()?;
    let until = app.clock.now().checked_add(LINK_LIFE);
    Ok((secret, until.map_err(|error| Problem::internal("making a link", &error))?))
}

async fn invite(State(app): State<Arc<App>>, signed: Signed, fields: Fields) -> Result<Response, Problem> {
    let grant = given(&app, &signed, fields.get("role"), fields.get("organization")).await?;
    let (login, name) = (Login::parse(fields.get("login")), shown_name(fields.get("name")));
    let again = (fields.get("login"), fields.get("name"));
    let (Some(login), Some(name)) = (&login, &name) else {
        let mut faults = Vec::new();
        faults.extend(login.is_none().then(|| LOGIN_RULE.to_owned()));
        faults.extend(name.is_none().then(|| NAME_RULE.to_owned()));
        return new_page(&app, &signed, again, &faults).await;
    };
    let now = app.clock.now();
    let account = Account {
        id: AccountId::mint(now).to_string(),
        login: login.as_str().to_owned(),
        name: name.clone(),
        state: AccountState::Invited,
        grants: vec![grant],
        created: now,
        signed_in: None,
    };
    let (secret, until) = new_link(&app)?;
    let (digest, acting, made) = (secret.digest(), signed.clone(), account.clone());
    let change = work(&app, "inviting", move |app| {
        let grant = made.grants.first();
        let outcome = grant.map(ToString::to_string).unwrap_or_default();
        let act = acting.act(app, "account invite", &made.id, grant.and_then(|grant| grant.reach.unit()), &outcome);
        app.store.invite(&made, &Link { digest: &digest, created: now, expires: until }, &act)
    })
    .await?;
    if change == Change::Taken {
        let fault = "この名前はすでに使われています。別の名前にしてください。";
        return new_page(&app, &signed, again, &[fault.to_owned()]).await;
    }
    link_page(&app, &signed, &account, (&secret, until))
}

pub(super) fn link_page(
    app: &App,
    signed: &Signed,
    account: &Account,
    (secret, until): (&Secret, jiff::Timestamp),
) -> Result<Response, Problem> {
    let frame = Frame::new(app, signed, "招待のリンク").section("/desk/accounts").crumb("アカウント", "/desk/accounts");
    let link = format!("{}/desk/link/{}", desk(app)?.origin, secret.text());
    page(&LinkPage { frame, name: &account.name, link, until: japan_minute(until) })
}
