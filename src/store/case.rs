//! Cases of the staff desk: each is one row that grows by versions, with the history beside it.
//!
//! What becomes public or is taken away is written in the same transaction as the case that says so (`public`).

use duckdb::{Connection, OptionalExt as _, params};

use super::ingest::{json, time_text};
use super::{Store, StoreError};
use crate::model::case::kept::Event;
use crate::model::case::{Act, Case, Person, State};
use crate::model::id::CaseId;

mod public;

pub use public::Version;

/// The tables of cases.
pub(super) const LAYOUT: &str = "
CREATE TABLE IF NOT EXISTS desk_case(
    id VARCHAR, dataset VARCHAR, state VARCHAR, version INTEGER, body VARCHAR, changed TIMESTAMP);
CREATE TABLE IF NOT EXISTS desk_case_event(
    case_id VARCHAR, number INTEGER, noted TIMESTAMP, by_id VARCHAR, by_name VARCHAR, act VARCHAR, state VARCHAR,
    comment VARCHAR);
CREATE TABLE IF NOT EXISTS desk_form(token VARCHAR, case_id VARCHAR, noted TIMESTAMP);
CREATE TABLE IF NOT EXISTS desk_barred_release(release_id VARCHAR, noted TIMESTAMP);
";

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// It was written.
    Done,
    /// The form had been taken before: nothing was written again.
    Repeated,
    /// Somebody else changed the case since it was read: nothing was written.
    Stale,
}

/// A change of a case: the case as it shall be, and what happened. Its version is that of the case as it was read.
#[derive(Debug, Clone)]
pub struct CaseChange {
    /// The case as it shall be.
    pub case: Case,
    /// What happened.
    pub act: Act,
    /// What was said.
    pub comment: String,
}

impl Store {
    /// Keeps a new case. Where the form `token` was taken before, gives the case it made then.
    pub fn add_case(&self, change: &CaseChange, token: &str) -> Result<CaseId, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        if let Some(known) = taken(&transaction, token)? {
            return CaseId::parse(&known).ok_or(StoreError::Stored { what: "case id", detail: known });
        }
        let case = &change.case;
        transaction.execute(
            "INSERT INTO desk_case VALUES (?, ?, ?, ?, ?, ?::TIMESTAMP)",
            params![
                case.id.to_string(),
                case.dataset.as_str(),
                case.state.as_str(),
                case.version,
                json(case)?,
                time_text(case.changed)
            ],
        )?;
        note_event(&transaction, change)?;
        note_form(&transaction, token, change)?;
        transaction.commit()?;
        Ok(case.id)
    }

    /// A case.
    pub fn case(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        self.reading(|connection| {
            let body: Option<String> = connection
                .query_row("SELECT body FROM desk_case WHERE id = ?", [id.to_string()], |row| row.get(0))
                .optional()?;
            body.map(|text| parsed(&text)).transpose()
        })
    }

    /// All cases, those changed last first.
    pub fn cases(&self) -> Result<Vec<Case>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare("SELECT body FROM desk_case ORDER BY changed DESC, id DESC")?;
            let bodies: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            bodies.iter().map(|text| parsed(text)).collect()
        })
    }

    /// What happened to a case, the first thing first.
    pub fn case_events(&self, id: CaseId) -> Result<Vec<Event>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare(
                "SELECT epoch_us(noted), by_id, by_name, act, state, comment FROM desk_case_event
                 WHERE case_id = ? ORDER BY number",
            )?;
            let mut rows = statement.query([id.to_string()])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                let (at, act, state): (i64, String, String) = (row.get(0)?, row.get(3)?, row.get(4)?);
                let stored = |detail: String| StoreError::Stored { what: "event of a case", detail };
                events.push(Event {
                    at: jiff::Timestamp::from_microsecond(at).map_err(|error| stored(error.to_string()))?,
                    by: Person { id: row.get(1)?, name: row.get(2)? },
                    act: Act::parse(&act).ok_or_else(|| stored(act.clone()))?,
                    state: State::ALL.into_iter().find(|own| own.as_str() == state).ok_or_else(|| stored(state))?,
                    comment: row.get(5)?,
                });
            }
            Ok(events)
        })
    }

    /// Writes a change of a case, where nobody has changed it since and the form was not taken before.
    pub fn change_case(&self, change: &CaseChange, token: Option<&str>) -> Result<Saved, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        if let Some(token) = token {
            if taken(&transaction, token)?.is_some() {
                return Ok(Saved::Repeated);
            }
            note_form(&transaction, token, change)?;
        }
        if !write(&transaction, change)? {
            return Ok(Saved::Stale);
        }
        transaction.commit()?;
        Ok(Saved::Done)
    }

    /// Writes what was chosen for a publication that begins now: the state stays until it is public. It is no change that
    /// others could be late for.
    pub fn plan_case(&self, case: &Case, token: &str) -> Result<Saved, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        if taken(&transaction, token)?.is_some() {
            return Ok(Saved::Repeated);
        }
        transaction.execute(
            "INSERT INTO desk_form VALUES (?, ?, ?::TIMESTAMP)",
            params![token, case.id.to_string(), time_text(case.changed)],
        )?;
        let body: Option<String> = transaction
            .query_row(
                "SELECT body FROM desk_case WHERE id = ? AND version = ?",
                params![case.id.to_string(), case.version],
                |row| row.get(0),
            )
            .optional()?;
        let Some(body) = body else { return Ok(Saved::Stale) };
        let planned = Case { expires: case.expires, ..parsed(&body)? };
        transaction
            .execute("UPDATE desk_case SET body = ? WHERE id = ?", params![json(&planned)?, case.id.to_string()])?;
        transaction.commit()?;
        Ok(Saved::Done)
    }

    /// Whether a form was taken before.
    pub fn form_was_taken(&self, token: &str) -> Result<bool, StoreError> {
        self.reading(|connection| {
            let known: Option<String> = connection
                .query_row("SELECT case_id FROM desk_form WHERE token = ? LIMIT 1", [token], |row| row.get(0))
                .optional()?;
            Ok(known.is_some())
        })
    }

    /// Notes as which release a case is taken in, before that can become public. It is no change of the case.
    pub fn note_case_release(&self, id: CaseId, release: &str) -> Result<(), StoreError> {
        self.amend(id, |case| release.clone_into(&mut case.release))
    }

    /// Notes how long it took until what a case had published was gone everywhere.
    pub fn note_case_withdrawal(&self, id: CaseId, took_ms: u64) -> Result<(), StoreError> {
        self.amend(id, |case| {
            if let Some(withdrawal) = &mut case.withdrawal {
                withdrawal.took_ms = took_ms;
            }
        })
    }

    fn amend(&self, id: CaseId, change: impl FnOnce(&mut Case)) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let body: Option<String> = transaction
            .query_row("SELECT body FROM desk_case WHERE id = ?", [id.to_string()], |row| row.get(0))
            .optional()?;
        let Some(body) = body else { return Ok(()) };
        let mut case = parsed(&body)?;
        change(&mut case);
        transaction.execute("UPDATE desk_case SET body = ? WHERE id = ?", params![json(&case)?, id.to_string()])?;
        Ok(transaction.commit()?)
    }
}

fn parsed(text: &str) -> Result<Case, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Stored { what: "case", detail: error.to_string() })
}

/// The case that the form of a token made or changed.
fn taken(connection: &Connection, token: &str) -> Result<Option<String>, StoreError> {
    Ok(connection
        .query_row("SELECT case_id FROM desk_form WHERE token = ? LIMIT 1", [token], |row| row.get(0))
        .optional()?)
}

fn note_form(connection: &Connection, token: &str, change: &CaseChange) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO desk_form VALUES (?, ?, ?::TIMESTAMP)",
        params![token, change.case.id.to_string(), time_text(change.case.changed)],
    )?;
    Ok(())
}

fn note_event(connection: &Connection, change: &CaseChange) -> Result<(), StoreError> {
    let case = &change.case;
    connection.execute(
        "INSERT INTO desk_case_event SELECT ?, (SELECT count(*) FROM desk_case_event WHERE case_id = ?) + 1,
             ?::TIMESTAMP, ?, ?, ?, ?, ?",
        params![
            case.id.to_string(),
            case.id.to_string(),
            time_text(case.changed),
            case.changed_by.id,
            case.changed_by.name,
            change.act.as_str(),
            case.state.as_str(),
            change.comment
        ],
    )?;
    Ok(())
}

/// Writes the case with the next version. `false` where it is no longer at the version it was read at.
fn write(connection: &Connection, change: &CaseChange) -> Result<bool, StoreError> {
    let seen = change.case.version;
    let next = Case { version: seen.saturating_add(1), ..change.case.clone() };
    let written = connection.execute(
        "UPDATE desk_case SET dataset = ?, state = ?, version = ?, body = ?, changed = ?::TIMESTAMP
         WHERE id = ? AND version = ?",
        params![
            next.dataset.as_str(),
            next.state.as_str(),
            next.version,
            json(&next)?,
            time_text(next.changed),
            next.id.to_string(),
            seen
        ],
    )?;
    if written == 0 {
        return Ok(false);
    }
    note_event(connection, change)?;
    Ok(true)
}
