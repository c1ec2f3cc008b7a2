//! Cases of the staff desk: each is one row that grows by versions, with the history beside it.
//!
//! What becomes public or is taken away is written in the same transaction as the case that says so.

use duckdb::{Connection, OptionalExt as _, params};

use super::ingest::{json, time_text};
use super::{Store, StoreError};
use crate::model::case::kept::Event;
use crate::model::case::{Act, Case, Person, State};
use crate::model::id::CaseId;
use crate::model::name::Slug;

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

/// A published release of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: i32,
    /// When it was published.
    pub published: jiff::Timestamp,
    /// Its records.
    pub records: u64,
    /// Whether it is public now.
    pub is_current: bool,
    /// Whether it was withdrawn and must not come back.
    pub is_barred: bool,
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

    /// Notes that the release of a case became public; the case of the release before gives way. Both or neither.
    pub fn case_published(&self, change: &CaseChange) -> Result<Saved, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        supersede(&transaction, change)?;
        if !write(&transaction, change)? {
            return Ok(Saved::Stale);
        }
        transaction.commit()?;
        Ok(Saved::Done)
    }

    /// Takes the dataset of a case out of the catalogue and bars its release, with the case that says so. All or nothing.
    pub fn withdraw_case(&self, change: &CaseChange, token: Option<&str>) -> Result<Saved, StoreError> {
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
        let case = &change.case;
        transaction.execute(
            "INSERT INTO desk_barred_release SELECT current_release, ?::TIMESTAMP FROM dataset
             WHERE name = ? AND current_release IS NOT NULL",
            params![time_text(case.changed), case.dataset.as_str()],
        )?;
        transaction.execute(
            "DELETE FROM staged_entry WHERE dataset_id IN (SELECT id FROM dataset WHERE name = ?)",
            [case.dataset.as_str()],
        )?;
        transaction.execute(
            "UPDATE dataset SET staged_release = NULL, current_release = NULL WHERE name = ?",
            [case.dataset.as_str()],
        )?;
        transaction.commit()?;
        Ok(Saved::Done)
    }

    /// Makes an earlier release of a case public again; the case of the one public now gives way. `Stale` also where the
    /// release is not one that may come back.
    pub fn restore_case(&self, change: &CaseChange, token: Option<&str>) -> Result<Saved, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        if let Some(token) = token {
            if taken(&transaction, token)?.is_some() {
                return Ok(Saved::Repeated);
            }
            note_form(&transaction, token, change)?;
        }
        let case = &change.case;
        supersede(&transaction, change)?;
        let moved = transaction.execute(
            "UPDATE dataset SET current_release = ?, staged_release = NULL WHERE name = ? AND EXISTS (
                 SELECT 1 FROM release r WHERE r.id = ? AND r.dataset_id = dataset.id AND r.published IS NOT NULL
                 AND r.id NOT IN (SELECT release_id FROM desk_barred_release))",
            params![case.release, case.dataset.as_str(), case.release],
        )?;
        if moved == 0 || !write(&transaction, change)? {
            return Ok(Saved::Stale);
        }
        transaction.commit()?;
        Ok(Saved::Done)
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

    /// When a release was published; `None` where it was not, or is unknown.
    pub fn published_at(&self, release: &str) -> Result<Option<jiff::Timestamp>, StoreError> {
        self.reading(|connection| {
            let at: Option<Option<i64>> = connection
                .query_row("SELECT epoch_us(published) FROM release WHERE id = ?", [release], |row| row.get(0))
                .optional()?;
            Ok(at.flatten().and_then(|at| jiff::Timestamp::from_microsecond(at).ok()))
        })
    }

    /// The release of a dataset that waits to be published.
    pub fn staged_release_of(&self, dataset: &Slug) -> Result<Option<String>, StoreError> {
        self.reading(|connection| {
            let id: Option<Option<String>> = connection
                .query_row("SELECT staged_release FROM dataset WHERE name = ?", [dataset.as_str()], |row| row.get(0))
                .optional()?;
            Ok(id.flatten())
        })
    }

    /// The published releases of a dataset, the newest first.
    pub fn versions(&self, dataset: &Slug) -> Result<Vec<Version>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare(
                "SELECT r.id, r.number, epoch_us(r.published),
                     (SELECT coalesce(sum(t.records), 0)::UBIGINT FROM release_table t WHERE t.release_id = r.id),
                     coalesce(r.id = d.current_release, false),
                     r.id IN (SELECT release_id FROM desk_barred_release)
                 FROM release r JOIN dataset d ON d.id = r.dataset_id
                 WHERE d.name = ? AND r.published IS NOT NULL ORDER BY r.published DESC, r.id DESC",
            )?;
            let mut rows = statement.query([dataset.as_str()])?;
            let mut versions = Vec::new();
            while let Some(row) = rows.next()? {
                let at: i64 = row.get(2)?;
                let published = jiff::Timestamp::from_microsecond(at)
                    .map_err(|error| StoreError::Stored { what: "release", detail: error.to_string() })?;
                versions.push(Version {
                    id: row.get(0)?,
                    number: row.get(1)?,
                    published,
                    records: row.get(3)?,
                    is_current: row.get(4)?,
                    is_barred: row.get(5)?,
                });
            }
            Ok(versions)
        })
    }

    /// Removes a dataset that never had a published release, with what waits of it and the notes of its refused files.
    pub fn forget_draft(&self, name: &Slug) -> Result<(), StoreError> {
        let writer = self.writer();
        writer.execute("DELETE FROM refused_source WHERE dataset_name = ?", [name.as_str()])?;
        writer.execute(
            "DELETE FROM dataset WHERE name = ? AND current_release IS NULL
             AND NOT EXISTS (SELECT 1 FROM release r WHERE r.dataset_id = dataset.id AND r.published IS NOT NULL)",
            [name.as_str()],
        )?;
        Ok(())
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
        "UPDATE desk_case SET state = ?, version = ?, body = ?, changed = ?::TIMESTAMP WHERE id = ? AND version = ?",
        params![next.state.as_str(), next.version, json(&next)?, time_text(next.changed), next.id.to_string(), seen],
    )?;
    if written == 0 {
        return Ok(false);
    }
    note_event(connection, change)?;
    Ok(true)
}

/// The other case of the dataset that is public gives way.
fn supersede(connection: &Connection, change: &CaseChange) -> Result<(), StoreError> {
    let case = &change.case;
    let mut statement = connection.prepare("SELECT body FROM desk_case WHERE dataset = ? AND state = ? AND id <> ?")?;
    let bodies: Vec<String> = statement
        .query_map([case.dataset.as_str(), State::Public.as_str(), &case.id.to_string()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for body in bodies {
        let older =
            Case { state: State::Superseded, changed: case.changed, changed_by: Person::program(), ..parsed(&body)? };
        write(connection, &CaseChange { case: older, act: Act::Supersede, comment: String::new() })?;
    }
    Ok(())
}
