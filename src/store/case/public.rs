//! What a case does to the public, each in one transaction with the case that says so; and what is public.

use duckdb::{Connection, OptionalExt as _, params};

use super::super::ingest::time_text;
use super::super::{Store, StoreError};
use super::{CaseChange, Saved, note_form, parsed, taken, write};
use crate::model::case::{Act, Case, Person, State};
use crate::model::name::Slug;

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
