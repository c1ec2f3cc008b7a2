//! Who is signed in at the desk, and the links with which somebody comes in for the first time.

use duckdb::{Connection, OptionalExt as _, params};

use super::account::{Change, actor, end_all, has_operator, one, stored, time, write_codes, write_grants};
use super::ingest::time_text;
use super::{Store, StoreError};
use crate::model::account::{Account, Actor, State};
use crate::model::audit::Act;
use crate::model::session::{IDLE, Session, WHOLE};

/// A link of one use.
#[derive(Debug, Clone, Copy)]
pub struct Link<'a> {
    /// The digest of its secret.
    pub digest: &'a [u8; 32],
    /// When it was made.
    pub created: jiff::Timestamp,
    /// From when it opens nothing any more.
    pub expires: jiff::Timestamp,
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// To the first operator, who is still to be made.
    First,
    /// To an account that waits for its holder.
    To(Account),
}

/// What somebody chose who followed a link.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// The hash of the password (PHC string).
    pub password: &'a str,
    /// The secret of the second factor.
    pub totp: &'a [u8; 20],
    /// The step of the code that was given.
    pub totp_step: i64,
    /// The digests of the recovery codes.
    pub codes: &'a [String],
}

const COLUMNS: &str = "id, account_id, half, epoch_us(created), epoch_us(seen), epoch_us(confirmed)";

impl Store {
    /// Makes an account that waits for its holder, with the link that lets the holder in. [`Change::Taken`] where another
    /// has its name.
    pub fn invite(&self, account: &Account, link: &Link<'_>, act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            if one(people, "login", &account.login)?.is_some() {
                return Ok(Change::Taken);
            }
            add_account(people, account)?;
            add_link(people, &account.id, link)?;
            Ok(Change::Made)
        })
    }

    /// Takes password, second factor, recovery codes and sessions from an account, which then waits for its holder with a
    /// new link.
    pub fn reset(&self, id: &str, link: &Link<'_>, act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            let changed = people.execute(
                "UPDATE account SET state = 'invited', password = NULL, totp = NULL, totp_step = NULL
                 WHERE id = ? AND state <> 'locked'",
                [id],
            )?;
            if changed == 0 {
                return Ok(Change::Unknown);
            }
            write_codes(people, id, &[])?;
            end_all(people, id)?;
            add_link(people, id, link)?;
            Ok(Change::Made)
        })
    }

    /// Makes the link of the first run, which opens as long as nobody runs the system; those before it open nothing any
    /// more.
    pub fn first_link(&self, link: &Link<'_>, act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            add_link(people, "", link)?;
            Ok(Change::Made)
        })
    }

    /// Where a link leads, while it does.
    pub fn link(&self, digest: &[u8; 32], now: jiff::Timestamp) -> Result<Option<Leads>, StoreError> {
        self.reading(|connection| linked(connection, digest, now))
    }

    /// Takes what somebody chose who followed a link, and the link away. For the link of the first run `first` is the
    /// account that is made; for another it is not looked at.
    pub fn set_up(
        &self,
        digest: &[u8; 32],
        first: Option<&Account>,
        chosen: &Chosen<'_>,
        act: &Act<'_>,
    ) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            let id = match (linked(people, digest, act.at)?, first) {
                (Some(Leads::To(account)), _) => account.id,
                (Some(Leads::First), Some(account)) => {
                    if one(people, "login", &account.login)?.is_some() {
                        return Ok(Change::Taken);
                    }
                    add_account(people, account)?;
                    account.id.clone()
                }
                _ => return Ok(Change::Unknown),
            };
            people.execute("DELETE FROM desk_link WHERE digest = ?", [hex::encode(digest)])?;
            people.execute(
                "UPDATE account SET state = 'ready', password = ?, totp = ?, totp_step = ? WHERE id = ?",
                params![chosen.password, hex::encode(chosen.totp), chosen.totp_step, id],
            )?;
            write_codes(people, &id, chosen.codes)?;
            end_all(people, &id)?;
            Ok(Change::Made)
        })
    }

    /// Begins a session. What ended long ago is swept on the way.
    pub fn begin_session(&self, session: &Session, digest: &[u8; 32], act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            sweep(people, act.at)?;
            add_session(people, session, digest)?;
            Ok(Change::Made)
        })
    }

    /// Puts a session in the place of another: after the second factor, after the password was given again. The secret of
    /// the old one opens nothing any more. [`Change::Unknown`] where the old one has ended meanwhile.
    pub fn rotate_session(
        &self,
        old: &str,
        session: &Session,
        digest: &[u8; 32],
        act: &Act<'_>,
    ) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            if people.execute("DELETE FROM desk_session WHERE id = ?", [old])? == 0 {
                return Ok(Change::Unknown);
            }
            add_session(people, session, digest)?;
            people.execute(
                "UPDATE account SET signed_in = ?::TIMESTAMP WHERE id = ?",
                params![time_text(session.created), session.account_id],
            )?;
            Ok(Change::Made)
        })
    }

    /// The session of a digest, with who it belongs to. Whether it is still alive is for the caller to say.
    pub fn session(&self, digest: &[u8; 32]) -> Result<Option<(Session, Actor)>, StoreError> {
        self.reading(|connection| {
            let sessions = sessions(connection, "digest", &hex::encode(digest))?;
            let Some(session) = sessions.into_iter().next() else { return Ok(None) };
            Ok(actor(connection, &session.account_id)?.map(|actor| (session, actor)))
        })
    }

    /// The sessions of an account, the newest first.
    pub fn sessions_of(&self, account_id: &str) -> Result<Vec<Session>, StoreError> {
        self.reading(|connection| sessions(connection, "account_id", account_id))
    }

    /// Notes when a session was used last.
    pub fn touch_session(&self, id: &str, now: jiff::Timestamp) -> Result<(), StoreError> {
        self.people()
            .execute("UPDATE desk_session SET seen = ?::TIMESTAMP WHERE id = ?", params![time_text(now), id])?;
        Ok(())
    }

    /// Ends one session of an account.
    pub fn end_session(&self, account_id: &str, id: &str, act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            let ended = people.execute("DELETE FROM desk_session WHERE account_id = ? AND id = ?", [account_id, id])?;
            Ok(if ended == 0 { Change::Unknown } else { Change::Made })
        })
    }

    /// Ends all sessions of an account.
    pub fn end_sessions(&self, account_id: &str, act: &Act<'_>) -> Result<Change, StoreError> {
        self.acting(act, |people| {
            end_all(people, account_id)?;
            Ok(Change::Made)
        })
    }
}

fn add_account(people: &Connection, account: &Account) -> Result<(), StoreError> {
    people.execute(
        "INSERT INTO account VALUES (?, ?, ?, ?, NULL, NULL, NULL, ?::TIMESTAMP, NULL)",
        params![account.id, account.login, account.name, State::Invited.as_str(), time_text(account.created)],
    )?;
    write_grants(people, &account.id, &account.grants)
}

fn add_link(people: &Connection, account_id: &str, link: &Link<'_>) -> Result<(), StoreError> {
    people.execute("DELETE FROM desk_link WHERE account_id = ?", [account_id])?;
    people.execute(
        "INSERT INTO desk_link VALUES (?, ?, ?::TIMESTAMP, ?::TIMESTAMP)",
        params![account_id, hex::encode(link.digest), time_text(link.created), time_text(link.expires)],
    )?;
    Ok(())
}

fn linked(connection: &Connection, digest: &[u8; 32], now: jiff::Timestamp) -> Result<Option<Leads>, StoreError> {
    let found: Option<String> = connection
        .query_row(
            "SELECT account_id FROM desk_link WHERE digest = ? AND created <= ?::TIMESTAMP AND expires > ?::TIMESTAMP",
            params![hex::encode(digest), time_text(now), time_text(now)],
            |row| row.get(0),
        )
        .optional()?;
    match found.as_deref() {
        None => Ok(None),
        Some("") => Ok((!has_operator(connection)?).then_some(Leads::First)),
        Some(id) => Ok(one(connection, "id", id)?.filter(|account| account.state == State::Invited).map(Leads::To)),
    }
}

fn add_session(people: &Connection, session: &Session, digest: &[u8; 32]) -> Result<(), StoreError> {
    people.execute(
        "INSERT INTO desk_session VALUES (?, ?, ?, ?, ?::TIMESTAMP, ?::TIMESTAMP, ?::TIMESTAMP)",
        params![
            session.id,
            session.account_id,
            hex::encode(digest),
            session.half,
            time_text(session.created),
            time_text(session.seen),
            time_text(session.confirmed),
        ],
    )?;
    Ok(())
}

fn sessions(connection: &Connection, column: &str, value: &str) -> Result<Vec<Session>, StoreError> {
    let mut statement = connection
        .prepare(&format!("SELECT {COLUMNS} FROM desk_session WHERE {column} = ? ORDER BY created DESC, id DESC"))?;
    let mut rows = statement.query([value])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Session {
            id: row.get(0)?,
            account_id: row.get(1)?,
            half: row.get::<_, Option<bool>>(2)?.ok_or_else(|| stored("session", "half"))?,
            created: time(row.get(3)?)?,
            seen: time(row.get(4)?)?,
            confirmed: time(row.get(5)?)?,
        });
    }
    Ok(found)
}

/// Takes sessions away that can open nothing any more.
fn sweep(people: &Connection, now: jiff::Timestamp) -> Result<(), StoreError> {
    let before = |age: jiff::SignedDuration| now.checked_sub(age).map(time_text).ok();
    if let (Some(begun), Some(used)) = (before(WHOLE), before(IDLE)) {
        people
            .execute("DELETE FROM desk_session WHERE created < ?::TIMESTAMP OR seen < ?::TIMESTAMP", [begun, used])?;
    }
    Ok(())
}
