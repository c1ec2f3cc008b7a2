//! One's own account: password, second factor, recovery codes, sessions. Whatever proves who one is, is changed only with
//! the password, and ends all other sessions.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::cookie::Cookie;
use super::door::Doors;
use super::enter::{begin, desk, new_session};
use super::fields::Fields;
use super::frame::Frame;
use super::guard::Signed;
use super::invited::{WRONG_CODE, codes_page, new_codes, new_hash, password_faults};
use super::second::password_again;
use super::{japan_minute, page, page_as, see_other, work};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::qr;
use crate::model::account::{Account, Verb};
use crate::model::second;
use crate::store::account::Change;

pub(super) fn doors(doors: Doors) -> Doors {
    doors
        .get("/desk/own", Verb::OwnAccount, show)
        .get("/desk/own/password", Verb::OwnAccount, show_password)
        .post("/desk/own/password", Verb::OwnAccount, change_password)
        .get("/desk/own/second-factor", Verb::OwnAccount, show_factor)
        .post("/desk/own/second-factor", Verb::OwnAccount, change_factor)
        .post("/desk/own/codes", Verb::OwnAccount, renew_codes)
        .post("/desk/own/sessions/end", Verb::OwnAccount, end_session)
        .post("/desk/own/sessions/end-all", Verb::OwnAccount, end_all)
}

struct SessionLine {
    id: String,
    began: String,
    seen: String,
    own: bool,
    half: bool,
}

#[derive(Template)]
#[template(path = "desk/own.html")]
struct Own<'a> {
    frame: Frame,
    account: &'a Account,
    roles: Vec<(String, &'static str)>,
    codes_left: u64,
    sessions: Vec<SessionLine>,
    fault: &'a str,
}

#[derive(Template)]
#[template(path = "desk/password.html")]
struct PasswordPage<'a> {
    frame: Frame,
    login: &'a str,
    faults: &'a [String],
}

#[derive(Template)]
#[template(path = "desk/factor.html")]
struct FactorPage<'a> {
    frame: Frame,
    typed: String,
    address: String,
    picture: Option<qr::Code>,
    faults: &'a [String],
}

const HERE: &str = "/desk/own";

async fn account(app: &Arc<App>, signed: &Signed) -> Result<Account, Problem> {
    let id = signed.actor.id.clone();
    work(app, "reading an account", move |app| app.store.account(&id)).await?.ok_or(Problem::Unauthorized)
}

async fn show(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    own_page(&app, &signed, StatusCode::OK, "").await
}

async fn own_page(app: &Arc<App>, signed: &Signed, status: StatusCode, fault: &str) -> Result<Response, Problem> {
    let account = account(app, signed).await?;
    let id = account.id.clone();
    let (codes_left, sessions) =
        work(app, "reading sessions", move |app| Ok((app.store.codes_left(&id)?, app.store.sessions_of(&id)?))).await?;
    let now = app.clock.now();
    let own = &signed.session().id;
    let sessions = sessions.into_iter().filter(|session| session.is_alive(now)).map(|session| SessionLine {
        own: session.id == *own,
        half: session.half,
        began: japan_minute(session.created),
        seen: japan_minute(session.seen),
        id: session.id,
    });
    let template = Own {
        frame: Frame::new(app, signed, "自分の設定").section(HERE),
        roles: super::accounts::role_lines(app, &account.grants).await?,
        account: &account,
        codes_left,
        sessions: sessions.collect(),
        fault,
    };
    page_as(status, &template)
}

fn status(faults: &[String]) -> StatusCode {
    if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

async fn password_page(app: &Arc<App>, signed: &Signed, faults: &[String]) -> Result<Response, Problem> {
    let account = account(app, signed).await?;
    let frame = Frame::new(app, signed, "パスワードの変更").section(HERE).crumb("自分の設定", HERE);
    page_as(status(faults), &PasswordPage { frame, login: &account.login, faults })
}

async fn show_password(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    password_page(&app, &signed, &[]).await
}

async fn change_password(State(app): State<Arc<App>>, signed: Signed, fields: Fields) -> Result<Response, Problem> {
    let own = account(&app, &signed).await?;
    let faults = password_faults(&app, &fields, &[&own.login, &own.name]);
    if !faults.is_empty() {
        return password_page(&app, &signed, &faults).await;
    }
    if let Err(fault) = password_again(&app, &signed, &fields).await? {
        return password_page(&app, &signed, &[fault]).await;
    }
    let hash = new_hash(&*desk(&app)?, fields.get("password")).await?;
    let acting = signed.clone();
    let change = work(&app, "changing a password", move |app| {
        let act = acting.act(app, "password change", &own.id, None, "done");
        app.store.set_password(&own.id, &hash, &act)
    })
    .await?;
    if change != Change::Made {
        return Err(Problem::Unauthorized);
    }
    with_new_session(&app, &signed, see_other(HERE)).await
}

/// Goes on in a new session, since all of the account have ended.
async fn with_new_session(app: &Arc<App>, signed: &Signed, mut response: Response) -> Result<Response, Problem> {
    let desk = desk(app)?;
    let mut session = new_session(app, &signed.actor.id, false);
    // Twelve hours after the sign-in it ends, whatever was changed in between.
    session.created = signed.session().created;
    let secret = begin(app, &desk, session, "changed").await?;
    Cookie::Session.set(response.headers_mut(), &secret, desk.secure);
    Ok(response)
}

async fn factor_page(app: &Arc<App>, signed: &Signed, faults: &[String]) -> Result<Response, Problem> {
    let account = account(app, signed).await?;
    let factor = signed.proposed_factor();
    let frame = Frame::new(app, signed, "確認コードの端末の変更").section(HERE).crumb("自分の設定", HERE);
    let address = second::address(&factor, &app.config.site_title, &account.login);
    let template =
        FactorPage { frame, typed: second::typed(&factor), picture: qr::Code::of(&address), address, faults };
    page_as(status(faults), &template)
}

async fn show_factor(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    factor_page(&app, &signed, &[]).await
}

async fn change_factor(State(app): State<Arc<App>>, signed: Signed, fields: Fields) -> Result<Response, Problem> {
    let factor = signed.proposed_factor();
    let Some(step) = second::step(&factor, fields.get("code"), app.clock.now()) else {
        return factor_page(&app, &signed, &[WRONG_CODE.to_owned()]).await;
    };
    if let Err(fault) = password_again(&app, &signed, &fields).await? {
        return factor_page(&app, &signed, &[fault]).await;
    }
    let (codes, digests) = new_codes(&*desk(&app)?)?;
    let acting = signed.clone();
    let change = work(&app, "changing a second factor", move |app| {
        let id = &acting.actor.id;
        app.store.set_totp(id, (&factor, step), &digests, &acting.act(app, "second factor change", id, None, "done"))
    })
    .await?;
    if change != Change::Made {
        return Err(Problem::Unauthorized);
    }
    let frame = Frame::outside(&app, "新しい回復コード");
    with_new_session(&app, &signed, codes_page(frame, codes, (HERE, "自分の設定に戻る"))?).await
}

async fn renew_codes(State(app): State<Arc<App>>, signed: Signed, fields: Fields) -> Result<Response, Problem> {
    if let Err(fault) = password_again(&app, &signed, &fields).await? {
        return own_page(&app, &signed, StatusCode::UNPROCESSABLE_ENTITY, &fault).await;
    }
    let (codes, digests) = new_codes(&*desk(&app)?)?;
    let acting = signed.clone();
    work(&app, "renewing recovery codes", move |app| {
        let id = &acting.actor.id;
        app.store.set_codes(id, &digests, &acting.act(app, "recovery codes renew", id, None, "done"))
    })
    .await?;
    let frame = Frame::new(&app, &signed, "新しい回復コード").section(HERE).crumb("自分の設定", HERE);
    codes_page(frame, codes, (HERE, "自分の設定に戻る"))
}

async fn end_session(State(app): State<Arc<App>>, signed: Signed, fields: Fields) -> Result<Response, Problem> {
    let id = fields.get("session").to_owned();
    let change = work(&app, "ending a session", move |app| {
        let act = signed.act(app, "session end", &id, None, "done");
        // Only of one's own account, whatever id was sent.
        app.store.end_session(&signed.actor.id, &id, &act)
    })
    .await?;
    if change == Change::Made { Ok(see_other(HERE)) } else { Err(Problem::not_found()) }
}

async fn end_all(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    let desk = desk(&app)?;
    work(&app, "ending sessions", move |app| {
        app.store.end_sessions(&signed.actor.id, &signed.act(app, "session end all", &signed.actor.id, None, "done"))
    })
    .await?;
    let mut response = see_other("/desk/sign-in");
    Cookie::Session.remove(response.headers_mut(), desk.secure);
    Ok(response)
}

#[derive(Template)]
#[template(path = "desk/home.html")]
struct Home {
    frame: Frame,
    roles: Vec<(String, &'static str)>,
}

/// `/desk`, as long as there is no other first page.
pub(super) async fn home(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    let roles = super::accounts::role_lines(&app, &signed.actor.grants).await?;
    page(&Home { frame: Frame::new(&app, &signed, "職員用デスク").section("/desk"), roles })
}
