//! `api_token_list`, `api_token_revoke`: a token tells of itself and may end itself. Tokens are made by `hiraku token`.

use serde_json::{Value as Json, json};

use super::Change;
use crate::http::ckan::{Answer, Call};
use crate::http::problem::Problem;

pub(in crate::http::ckan) fn list(call: &Call) -> Result<Answer, Problem> {
    let Some(token) = &call.token else {
        return Err(Problem::Forbidden { detail: "api_token_list requires an authenticated user".to_owned() });
    };
    let own = json!({
        "id": token.id,
        "name": token.name,
        "user_id": null,
        "created_at": token.created,
        "expires_at": token.expires,
        "last_access": null,
        "organization": token.organization,
        "rights": token.rights,
    });
    Ok(json!([own]).into())
}

pub(super) fn revoke(change: &Change) -> Result<Json, Problem> {
    let arguments = &change.call.arguments;
    let app = &change.call.app;
    let lookup = |error| Problem::internal("looking at a token", &error);
    let id = match arguments.text("token")? {
        Some(text) => app.store.token(&text, app.clock.now()).map_err(lookup)?.map(|token| token.id),
        None => Some(arguments.required("jti")?),
    };
    if id.as_deref() != Some(change.token.id.as_str()) {
        return Err(Problem::Forbidden {
            detail: "a token ends itself only; others are ended with `hiraku token revoke`".to_owned(),
        });
    }
    app.store.revoke_token(&change.token.id, app.clock.now()).map_err(lookup)?;
    Ok(Json::Null)
}
