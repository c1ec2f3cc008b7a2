//! Catalogues that are harvested, and what is known of their datasets. What is kept of each is JSON: nothing but the
//! harvest reads it.

use duckdb::{OptionalExt as _, params};
use serde::de::DeserializeOwned;

use super::ingest::{json, time_text};
use super::{Store, StoreError};
use crate::model::harvest::{Item, Source, Standing, State};
use crate::model::name::Slug;

/// The tables.
pub(super) const LAYOUT: &str = "
CREATE TABLE IF NOT EXISTS harvest_source(name VARCHAR, body VARCHAR, state VARCHAR, created TIMESTAMP);
CREATE TABLE IF NOT EXISTS harvest_item(
    source VARCHAR, remote VARCHAR, dataset VARCHAR, body VARCHAR, noted TIMESTAMP);
";

impl Store {
    /// All catalogues that are harvested, by name, each with how far its last complete run came.
    pub fn harvest_sources(&self) -> Result<Vec<(Source, State)>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare("SELECT body, state FROM harvest_source ORDER BY name")?;
            let rows: Vec<(String, String)> =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
            rows.iter().map(|(body, state)| Ok((parsed(body)?, parsed(state)?))).collect()
        })
    }

    /// One of them.
    pub fn harvest_source(&self, name: &Slug) -> Result<Option<(Source, State)>, StoreError> {
        Ok(self.harvest_sources()?.into_iter().find(|(source, _)| source.name == *name))
    }

    /// Keeps a new one. `false` where there is one of this name already.
    pub fn add_harvest_source(&self, source: &Source, now: jiff::Timestamp) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let known: Option<String> = transaction
            .query_row("SELECT name FROM harvest_source WHERE name = ?", [source.name.as_str()], |row| row.get(0))
            .optional()?;
        if known.is_some() {
            return Ok(false);
        }
        transaction.execute(
            "INSERT INTO harvest_source VALUES (?, ?, ?, ?)",
            params![source.name.as_str(), json(source)?, json(&State::default())?, time_text(now)],
        )?;
        transaction.commit()?;
        Ok(true)
    }

    /// Notes how far a run came.
    pub fn keep_harvest_state(&self, name: &Slug, state: &State) -> Result<(), StoreError> {
        self.writer().execute("UPDATE harvest_source SET state = ? WHERE name = ?", [&json(state)?, name.as_str()])?;
        Ok(())
    }

    /// Forgets one with all that is known of its datasets, which stay as they are. `false` where there is none.
    pub fn remove_harvest_source(&self, name: &Slug) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let removed = transaction.execute("DELETE FROM harvest_source WHERE name = ?", [name.as_str()])?;
        transaction.execute("DELETE FROM harvest_item WHERE source = ?", [name.as_str()])?;
        transaction.commit()?;
        Ok(removed > 0)
    }

    /// What is known of the datasets of one.
    pub fn harvest_items(&self, source: &Slug) -> Result<Vec<Item>, StoreError> {
        self.reading(|connection| {
            let mut statement =
                connection.prepare("SELECT body FROM harvest_item WHERE source = ? ORDER BY dataset")?;
            let rows: Vec<String> =
                statement.query_map([source.as_str()], |row| row.get(0))?.collect::<Result<_, _>>()?;
            rows.iter().map(|body| parsed(body)).collect()
        })
    }

    /// Keeps what is known of a dataset, in the place of what was known.
    pub fn keep_harvest_item(&self, source: &Slug, item: &Item, now: jiff::Timestamp) -> Result<(), StoreError> {
        // What was refused has no name here.
        let dataset = if item.standing == Standing::Refused { "" } else { item.dataset.as_str() };
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        transaction
            .execute("DELETE FROM harvest_item WHERE source = ? AND remote = ?", [source.as_str(), &item.remote])?;
        transaction.execute(
            "INSERT INTO harvest_item VALUES (?, ?, ?, ?, ?)",
            params![source.as_str(), item.remote, dataset, json(item)?, time_text(now)],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// The source and the dataset there that a dataset here is taken over from.
    pub fn harvested_from(&self, dataset: &Slug) -> Result<Option<(String, String)>, StoreError> {
        self.reading(|connection| {
            Ok(connection
                .query_row("SELECT source, remote FROM harvest_item WHERE dataset = ?", [dataset.as_str()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?)
        })
    }
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Stored { what: "harvest", detail: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::harvest::Kind;
    use crate::store::StoreOptions;

    #[test]
    fn sources_and_their_datasets_are_kept_once_and_go_together() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), StoreOptions { memory_mib: 64, threads: 1 }).expect("a database");
        let now = jiff::Timestamp::UNIX_EPOCH;
        let slug = |text: &str| Slug::parse(text).expect("a name");
        let source = Source {
            name: slug("pref"),
            kind: Kind::Ckan,
            address: "https://example.jp".to_owned(),
            publisher: None,
            licence: String::new(),
            licence_as: vec![("cc-by".to_owned(), "cc-by-4.0".to_owned())],
            prefix: String::new(),
            filter: String::new(),
        };
        assert!(store.add_harvest_source(&source, now).expect("kept"));
        assert!(!store.add_harvest_source(&source, now).expect("asked"));
        let state = State { since: "2026-01-01T00:00:00".to_owned(), completed: Some(now) };
        store.keep_harvest_state(&source.name, &state).expect("kept");
        assert_eq!(store.harvest_source(&source.name).expect("read"), Some((source.clone(), state)));
        let mut item = Item {
            remote: "id-1".to_owned(),
            dataset: slug("222127_aed"),
            modified: String::new(),
            digest: String::new(),
            files: Vec::new(),
            standing: Standing::Waiting,
            refused_at: String::new(),
            note: String::new(),
        };
        store.keep_harvest_item(&source.name, &item, now).expect("kept");
        item.standing = Standing::Public;
        store.keep_harvest_item(&source.name, &item, now).expect("kept");
        assert_eq!(store.harvest_items(&source.name).expect("read"), [item]);
        let owner = store.harvested_from(&slug("222127_aed")).expect("read");
        assert_eq!(owner, Some(("pref".to_owned(), "id-1".to_owned())));
        assert!(store.remove_harvest_source(&source.name).expect("removed"));
        assert!(!store.remove_harvest_source(&source.name).expect("asked"));
        assert!(store.harvest_items(&source.name).expect("read").is_empty());
    }
}
