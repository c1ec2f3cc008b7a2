//! Keys with which programs write by API: made, listed, ended. The text of a key is shown once.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::accounts::Titles;
use super::door::Doors;
use super::enter::desk;
use super::fields::Fields;
use super::frame::Frame;
use super::guard::Signed;
use super::{japan_minute, page, page_as, see_other, work};
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::account::{Object, Unit, Verb, may, shown_name};
use crate::model::code::MunicipalityCode;
use crate::model::token::{self, Rights, Token};
use crate::schema::Municipalities;

/// Longest life of a key, days: two years. Who needs one for longer makes a new one in time.
const MOST_DAYS: u32 = 730;

pub(super) fn doors(doors: Doors) -> Doors {
    doors.get("/desk/tokens", Verb::TokenEdit, show).post("/desk/tokens", Verb::TokenEdit, make).post(
        "/desk/tokens/revoke",
        Verb::TokenEdit,
        revoke,
    )
}

struct Line {
    id: String,
    name: String,
    organization: String,
    rights: &'static str,
    until: String,
    valid: bool,
}

#[derive(Template)]
#[template(path = "desk/tokens.html")]
struct TokensPage<'a> {
    frame: Frame,
    lines: Vec<Line>,
    organizations: Vec<(String, String)>,
    fault: &'a str,
}

#[derive(Template)]
#[template(path = "desk/token.html")]
struct TokenPage {
    frame: Frame,
    name: String,
    text: String,
}

fn unit(token: &Token) -> Option<Unit> {
    token.organization.map(Unit::municipality)
}

fn object(unit: Option<&Unit>) -> Object<'_> {
    unit.map_or(Object::Site, Object::Of)
}

async fn show(State(app): State<Arc<App>>, signed: Signed) -> Result<Response, Problem> {
    answer(&app, &signed, "").await
}

async fn answer(app: &Arc<App>, signed: &Signed, fault: &str) -> Result<Response, Problem> {
    let (titles, _) = Titles::read(app).await?;
    let now = app.clock.now();
    let tokens = work(app, "reading keys", |app| app.store.tokens()).await?;
    // Asked even where there is no key yet.
    let everywhere = signed.sees(Object::Site);
    let lines = tokens.into_iter().filter(|token| signed.sees(object(unit(token).as_ref()))).map(|token| Line {
        organization: titles.of(unit(&token).as_ref()),
        rights: rights_title(token.rights),
        until: token.expires.map_or_else(|| "期限なし".to_owned(), japan_minute),
        valid: token.is_valid(now),
        id: token.id,
        name: token.name,
    });
    let own = signed.actor.grants.iter().filter_map(|grant| grant.reach.unit().map(Unit::code));
    let mut codes: Vec<MunicipalityCode> =
        app.catalogue().organizations().iter().map(|known| known.code).chain(own).collect();
    codes.sort();
    codes.dedup();
    let units = codes.into_iter().map(Unit::municipality);
    let mut organizations: Vec<(String, String)> = units
        .filter(|unit| may(&signed.actor, Verb::TokenEdit, Object::Of(unit)))
        .map(|unit| (unit.to_string(), titles.of(Some(&unit))))
        .collect();
    if everywhere {
        organizations.push(("*".to_owned(), titles.of(None)));
    }
    let frame = Frame::new(app, signed, "APIトークン").section("/desk/tokens");
    let status = if fault.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_as(status, &TokensPage { frame, lines: lines.collect(), organizations, fault })
}

fn rights_title(rights: Rights) -> &'static str {
    match rights {
        Rights::Edit => "登録まで(公開は人が行う)",
        Rights::Publish => "公開まで",
    }
}

async fn make(State(app): State<Arc<App>>, signed: Signed, fields: Fields) -> Result<Response, Problem> {
    let unknown = || Problem::invalid("organization", "団体を選んでください。");
    let organization = match fields.get("organization") {
        "*" => None,
        text => {
            let code = MunicipalityCode::parse(text).ok();
            Some(code.filter(|code| Municipalities::bundled().by_code(*code).is_some()).ok_or_else(unknown)?)
        }
    };
    let place = organization.map(Unit::municipality);
    signed.permit(object(place.as_ref()))?;
    let rights =
        Rights::parse(fields.get("rights")).ok_or_else(|| Problem::invalid("rights", "権限を選んでください。"))?;
    let Some(name) = shown_name(fields.get("name")) else {
        return answer(&app, &signed, "何に使うかを、60文字以内で入力してください。").await;
    };
    let days = fields.get("days").parse::<u32>().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    let Some(days) = days else {
        return answer(&app, &signed, "有効な日数は、1から730までの数字で入力してください。").await;
    };
    let now = app.clock.now();
    let desk = desk(&app)?;
    let text = token::text(&desk.random()?);
    let expires = now
        .checked_add(jiff::SignedDuration::from_hours(24 * i64::from(days)))
        .map_err(|error| Problem::internal("making a key", &error))?;
    let made = Token {
        id: uuid::Builder::from_random_bytes(desk.random()?).into_uuid().to_string(),
        name: name.clone(),
        organization,
        rights,
        created: now,
        expires: Some(expires),
        revoked: None,
    };
    let (shown, acting) = (text.clone(), signed.clone());
    work(&app, "making a key", move |app| {
        app.store.add_token(&made, &shown)?;
        app.store.note(&acting.act(app, "token add", &made.id, place.as_ref(), rights.as_str()))
    })
    .await?;
    let frame =
        Frame::new(&app, &signed, "新しいAPIトークン").section("/desk/tokens").crumb("APIトークン", "/desk/tokens");
    page(&TokenPage { frame, name, text })
}

async fn revoke(State(app): State<Arc<App>>, signed: Signed, fields: Fields) -> Result<Response, Problem> {
    let id = fields.get("token").to_owned();
    let tokens = work(&app, "reading keys", |app| app.store.tokens()).await?;
    let token = tokens.into_iter().find(|token| token.id == id).ok_or_else(Problem::not_found)?;
    let place = unit(&token);
    signed.permit(object(place.as_ref()))?;
    let ended = work(&app, "ending a key", move |app| {
        let ended = app.store.revoke_token(&id, app.clock.now())?;
        if ended {
            app.store.note(&signed.act(app, "token revoke", &id, place.as_ref(), "done"))?;
        }
        Ok(ended)
    })
    .await?;
    if ended { Ok(see_other("/desk/tokens")) } else { Err(Problem::not_found()) }
}
