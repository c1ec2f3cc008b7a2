//! Releases that go: one that waits, and one that is public.

use duckdb::OptionalExt as _;

use super::{Store, StoreError};
use crate::model::name::Slug;

impl Store {
    /// Forgets the release of a dataset that waits; its records go with the next sweep.
    pub fn unstage(&self, name: &Slug) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        transaction.execute(
            "DELETE FROM staged_entry WHERE dataset_id IN (SELECT id FROM dataset WHERE name = ?)",
            [name.as_str()],
        )?;
        transaction.execute("UPDATE dataset SET staged_release = NULL WHERE name = ?", [name.as_str()])?;
        Ok(transaction.commit()?)
    }

    /// Takes a dataset out of the catalogue and forgets what waits of it; its releases stay until the next sweep.
    /// `false` where there is none of this name that is public or waits.
    pub fn withdraw(&self, name: &Slug) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let known: Option<String> = transaction
            .query_row(
                "SELECT id FROM dataset WHERE name = ? AND (staged_release IS NOT NULL OR current_release IS NOT NULL)",
                [name.as_str()],
                |row| row.get(0),
            )
            .optional()?;
        let Some(id) = known else { return Ok(false) };
        transaction.execute("DELETE FROM staged_entry WHERE dataset_id = ?", [&id])?;
        transaction.execute("UPDATE dataset SET staged_release = NULL, current_release = NULL WHERE id = ?", [id])?;
        transaction.commit()?;
        Ok(true)
    }
}
