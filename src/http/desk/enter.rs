//! The sign-in by name and password, and the way out. Whether a name is known shows neither in what is said nor in how
//! long it takes.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::cookie::Cookie;
use super::door::Doors;
use super::fields::Fields;
use super::frame::Frame;
use super::guard::{Signed, Visit, own_path};
use super::{Desk, page_as, see_other, work};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::query::parameter;
use crate::model::account::{Login, Verb};
use crate::model::audit::Act;
use crate::model::id::SessionId;
use crate::model::password;
use crate::model::session::{Secret, Session};
use crate::store::account::Change;

pub(super) fn doors(doors: Doors) -> Doors {
    doors.get("/desk/sign-in", Verb::Enter, show).post("/desk/sign-in", Verb::Enter, sign_in).post(
        "/desk/sign-out",
        Verb::OwnAccount,
        sign_out,
    )
}

#[derive(Template)]
#[template(path = "desk/sign_in.html")]
struct SignIn<'a> {
    frame: Frame,
    next: &'a str,
    login: &'a str,
    fault: String,
}

/// What is said to everybody who does not get in.
const WRONG: &str = "サインインできませんでした。名前とパスワードを確認してください。";

/// The path a request wants to go on to.
pub(super) fn next_of(query: Option<&str>) -> String {
    own_path(&parameter(query, "next").unwrap_or_default()).to_owned()
}

/// An address with where to go on to behind it.
pub(super) fn with_next(path: &str, next: &str) -> String {
    let next = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    format!("{path}?{next}")
}

/// The desk of a server that has one; its doors are there only then.
pub(super) fn desk(app: &App) -> Result<Arc<Desk>, Problem> {
    app.desk.clone().ok_or_else(Problem::not_found)
}

/// How long to wait, for people.
pub(super) fn wait_text(wait_s: u64) -> String {
    let wait = if wait_s < 60 { format!("{wait_s}秒") } else { format!("{}分", wait_s.div_ceil(60)) };
    format!("続けて失敗したため、しばらく受け付けません。{wait}ほど待ってから、もう一度お試しください。")
}

/// Adds to an answer how long to wait.
pub(super) fn with_wait(mut response: Response, wait_s: u64) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
    response
}

async fn show(State(app): State<Arc<App>>, visit: Visit, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let next = next_of(query.as_deref());
    if visit.session.is_some_and(|session| !session.half) {
        return Ok(see_other(&next));
    }
    answer(&app, StatusCode::OK, &visit.form_token, (&next, ""), "")
}

fn answer(
    app: &App,
    status: StatusCode,
    token: &str,
    (next, login): (&str, &str),
    fault: &str,
) -> Result<Response, Problem> {
    let frame = Frame::outside(app, "サインイン").with_form_token(token);
    page_as(status, &SignIn { frame, next, login, fault: fault.to_owned() })
}

async fn sign_in(State(app): State<Arc<App>>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    let desk = desk(&app)?;
    let next = own_path(fields.get("next")).to_owned();
    let given: String = fields.get("login").trim().to_lowercase().chars().take(100).collect();
    let token = visit.form_token.as_str();
    if let Err(wait_s) = desk.attempt(app.clock.now(), (&given, visit.address)) {
        let page = answer(&app, StatusCode::TOO_MANY_REQUESTS, token, (&next, &given), &wait_text(wait_s))?;
        return Ok(with_wait(page, wait_s));
    }
    let login = Login::parse(&given);
    let (account, proof) = work(&app, "looking for an account", move |app| {
        let account = match &login {
            Some(login) => app.store.account_of(login)?,
            None => None,
        };
        // Asked for also where there is no account, so that the time is the same.
        let proof = app.store.proof(account.as_ref().map_or("", |account| account.id.as_str()))?;
        Ok((account, proof))
    })
    .await?;
    let password = fields.get("password").to_owned();
    let kept = proof.map(|proof| proof.password);
    let right = desk.hashing(move || password::verify(&password, kept.as_deref())).await?;
    let now = app.clock.now();
    let Some(account) = account.as_ref().filter(|_| right) else {
        let subject = account.map_or_else(|| "-".to_owned(), |account| account.id);
        work(&app, "noting a sign-in", move |app| {
            let act =
                Act { at: now, by: "-", action: "sign-in", subject: &subject, organization: None, outcome: "refused" };
            app.store.note(&act)
        })
        .await?;
        return answer(&app, StatusCode::UNPROCESSABLE_ENTITY, token, (&next, &given), WRONG);
    };
    desk.throttle.succeeded(&given, visit.address);
    let half = new_session(&app, &account.id, true);
    let secret = begin(&app, &desk, half, "password").await?;
    let mut response = see_other(&with_next("/desk/second-factor", &next));
    Cookie::Session.set(response.headers_mut(), &secret, desk.secure);
    Cookie::Visit.remove(response.headers_mut(), desk.secure);
    Ok(response)
}

/// A session that begins now.
pub(super) fn new_session(app: &App, account_id: &str, half: bool) -> Session {
    let now = app.clock.now();
    let id = SessionId::mint(now).to_string();
    Session { id, account_id: account_id.to_owned(), half, created: now, seen: now, confirmed: now }
}

/// Begins a session: gives its secret.
pub(super) async fn begin(
    app: &Arc<App>,
    desk: &Desk,
    session: Session,
    outcome: &'static str,
) -> Result<Secret, Problem> {
    let secret = desk.new_secret()?;
    let digest = secret.digest();
    let now = app.clock.now();
    work(app, "beginning a session", move |app| {
        let by = session.account_id.clone();
        let act = Act { at: now, by: &by, action: "sign-in", subject: &session.id, organization: None, outcome };
        app.store.begin_session(&session, &digest, &act)
    })
    .await?;
    Ok(secret)
}

async fn sign_out(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    let desk = desk(&app)?;
    work(&app, "ending a session", move |app| {
        let session = signed.session();
        let act = signed.act(app, "sign-out", &session.id, None, "done");
        app.store.end_session(&session.account_id, &session.id, &act).map(|change| change == Change::Made)
    })
    .await?;
    let mut response = see_other("/desk/sign-in");
    Cookie::Session.remove(response.headers_mut(), desk.secure);
    // What the browser still holds of the desk goes with the session.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}
