//! `api_token_list`, `api_token_create`, `api_token_revoke`: a token tells of itself and of the tokens that were made with
//! it, makes others that may do no more and live no longer, and ends itself or these. The first ones are made by
//! `hiraku token`.

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{Change, failed};
use crate::http::ckan::{Answer, Call};
use crate::http::problem::Problem;
use crate::model::token::{self, Rights, Token};

/// Most valid tokens that come from one: a loader for each office of a city.
const FAMILY_LIMIT: usize = 20;
/// Life of a token where nothing is said, days.
const DAYS: i64 = 365;

pub(in crate::http::ckan) fn list(call: &Call) -> Result<Answer, Problem> {
    let Some(token) = &call.token else {
        return Err(Problem::Forbidden { detail: "api_token_list requires an authenticated user".to_owned() });
    };
    let now = call.app.clock.now();
    let family = call.app.store.tokens_made_with(&token.id).map_err(|error| lookup(&error))?;
    let all = std::iter::once(token).chain(family.iter().filter(|own| own.is_valid(now)));
    Ok(all.map(shown).collect::<Json>().into())
}

fn shown(token: &Token) -> Json {
    json!({
        "id": token.id,
        "name": token.name,
        "user_id": null,
        "created_at": token.created,
        "expires_at": token.expires,
        "last_access": null,
        "organization": token.organization,
        "rights": token.rights,
    })
}

fn lookup(error: &crate::store::StoreError) -> Problem {
    Problem::internal("looking at a token", error)
}

pub(super) fn create(change: &Change) -> Result<Json, Problem> {
    let (arguments, own, app) = (&change.call.arguments, &change.token, &change.call.app);
    let name = arguments.required("name")?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Problem::invalid("name", "Must be one line of at most 100 letters"));
    }
    let rights = match arguments.text("rights")? {
        None => own.rights,
        Some(text) => Rights::parse(&text).ok_or_else(|| Problem::invalid("rights", "edit, publish"))?,
    };
    if rights > own.rights {
        return Err(Problem::Forbidden { detail: "a token makes none that may do more than itself".to_owned() });
    }
    let now = app.clock.now();
    let family = app.store.tokens_made_with(&own.id).map_err(|error| lookup(&error))?;
    if family.iter().filter(|token| token.is_valid(now)).count() >= FAMILY_LIMIT {
        return Err(Problem::invalid("name", "too many tokens were made with this one; revoke some"));
    }
    let days = match arguments.natural("expires_in")? {
        None => DAYS,
        // CKAN: a number and a unit in seconds.
        Some(count) => {
            let unit = arguments.natural("unit")?.unwrap_or(86_400);
            i64::try_from(count.saturating_mul(unit) / 86_400).unwrap_or(DAYS).clamp(1, 10 * DAYS)
        }
    };
    let wanted = now.checked_add(jiff::Span::new().hours(days * 24)).ok();
    let expires = [wanted, own.expires].into_iter().flatten().min();
    let mut random = [0; 48];
    getrandom::fill(&mut random).map_err(|error| Problem::internal("making a token", &error))?;
    let (mut secret, mut id) = ([0; 32], [0; 16]);
    for (to, from) in secret.iter_mut().chain(&mut id).zip(random) {
        *to = from;
    }
    let (text, id) = (token::text(&secret), uuid::Builder::from_random_bytes(id).into_uuid());
    let made = Token {
        id: id.to_string(),
        name: name.to_owned(),
        organization: own.organization,
        rights,
        created: now,
        expires,
        revoked: None,
    };
    app.store.add_token_made_with(&made, &text, &own.id).map_err(|error| failed(error.into()))?;
    app.store
        .note_action(now, &own.id, "api_token_create", &made.id, rights.as_str())
        .map_err(|error| failed(error.into()))?;
    Ok(json!({ "token": text }))
}

pub(super) fn revoke(change: &Change) -> Result<Json, Problem> {
    let arguments = &change.call.arguments;
    let app = &change.call.app;
    let id = match arguments.text("token")? {
        Some(text) => app.store.token(&text, app.clock.now()).map_err(|error| lookup(&error))?.map(|token| token.id),
        None => Some(arguments.required("jti")?),
    };
    let family = app.store.tokens_made_with(&change.token.id).map_err(|error| lookup(&error))?;
    let id =
        id.filter(|id| *id == change.token.id || Uuid::parse_str(id).is_ok() && family.iter().any(|own| own.id == *id));
    let Some(id) = id else {
        return Err(Problem::Forbidden {
            detail: "a token ends itself and those made with it; others are ended with `hiraku token revoke`"
                .to_owned(),
        });
    };
    app.store.revoke_token(&id, app.clock.now()).map_err(|error| lookup(&error))?;
    Ok(Json::Null)
}
