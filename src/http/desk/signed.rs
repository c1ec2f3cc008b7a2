//! Who stands at a door: what handlers take.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::state::Known;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::account::{Actor, Object, Unit, Verb, may};
use crate::model::audit::Act;
use crate::model::session::{Secret, Session};
use crate::model::token::is_same;

/// Who is signed in: what every handler of the desk takes.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The person.
    pub actor: Arc<Actor>,
    pub(super) verb: Verb,
    session: Session,
    pub(super) secret: Secret,
    form_token: String,
    address: IpAddr,
    /// Whether the handler has asked about its object.
    asked: Arc<AtomicBool>,
}

impl Signed {
    /// Somebody at the door of a verb.
    pub(super) fn at(verb: Verb, known: &Known, secret: &Secret, address: IpAddr) -> Self {
        Self {
            actor: Arc::clone(&known.actor),
            verb,
            session: known.session.clone(),
            form_token: secret.form_token(),
            secret: secret.clone(),
            address,
            asked: Arc::default(),
        }
    }

    /// Whether the handler has asked about an object.
    pub(super) fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether the person may do this door's verb to something of that organization. Every handler behind a door of an
    /// organization's verb asks this, or [`Self::sees`], about every object before it touches it.
    ///
    /// # Errors
    /// [`Problem::Forbidden`].
    pub fn permit(&self, object: Object<'_>) -> Result<(), Problem> {
        if self.sees(object) { Ok(()) } else { Err(refused()) }
    }

    /// The same as a question, for lists of which only some lines are shown.
    pub fn sees(&self, object: Object<'_>) -> bool {
        self.asked.store(true, Ordering::Relaxed);
        may(&self.actor, self.verb, object)
    }

    /// Whether the person may do something else, so that a page shows only what can be done. Decides nothing: the door
    /// of that verb asks again.
    pub fn may(&self, verb: Verb, object: Object<'_>) -> bool {
        may(&self.actor, verb, object)
    }

    /// What the forms of this person's pages carry in the field `csrf`.
    pub fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Checks the token of a form whose body the handler reads itself.
    ///
    /// # Errors
    /// [`Problem::Forbidden`].
    pub fn check_form_token(&self, given: &str) -> Result<(), Problem> {
        if is_token(&self.secret, given) { Ok(()) } else { Err(no_token()) }
    }

    /// What was done, for the audit: by this person, now.
    pub fn act<'a>(
        &'a self,
        app: &App,
        action: &'a str,
        subject: &'a str,
        organization: Option<&'a Unit>,
        outcome: &'a str,
    ) -> Act<'a> {
        Act { at: app.clock.now(), by: &self.actor.id, action, subject, organization, outcome }
    }

    /// Twenty bytes that this session proposes as the secret of a new second factor.
    pub(super) fn proposed_factor(&self) -> [u8; 20] {
        first_twenty(&self.secret.derived("second factor"))
    }

    /// Whence the request came.
    pub(super) fn address(&self) -> IpAddr {
        self.address
    }

    /// The session.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Put there by the guard. A handler that is reached without one stands behind no door.
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Unauthorized)
    }
}

/// Somebody at a door that needs no account.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    /// The session the request carries, alive, its second factor given or not.
    pub(super) session: Option<Session>,
    /// What the forms of the page carry.
    pub(super) form_token: String,
    /// Whence the request came.
    pub(super) address: IpAddr,
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::Unauthorized)
    }
}

/// As many bytes as the secret of a second factor has.
pub(super) fn first_twenty(bytes: &[u8; 32]) -> [u8; 20] {
    let mut first = [0; 20];
    first.copy_from_slice(&bytes[..20]);
    first
}

pub(super) fn refused() -> Problem {
    Problem::Forbidden {
        detail: "この操作をする権限がありません。必要なときは公開責任者か運用管理者にお尋ねください。".to_owned(),
    }
}

pub(super) fn no_token() -> Problem {
    Problem::Forbidden {
        detail:
            "画面が古くなっているため、受け付けませんでした。前の画面に戻り、読み込み直してからもう一度お試しください。"
                .to_owned(),
    }
}

pub(super) fn is_token(secret: &Secret, given: &str) -> bool {
    let mut bytes = [0; 32];
    hex::decode_to_slice(given, &mut bytes).is_ok() && is_same(&bytes, &secret.derived("form"))
}
