//! Organizations that are made, named and taken away by themselves.

use duckdb::{OptionalExt as _, params};

use super::ingest::time_text;
use super::{Store, StoreError};
use crate::model::catalogue::Organization;
use crate::model::id::OrganizationId;

impl Store {
    /// Keeps a new organization. `false` where there is one of its code.
    pub fn add_organization(&self, organization: &Organization) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let code = organization.code.as_str();
        let known: Option<String> =
            transaction.query_row("SELECT id FROM organization WHERE code = ?", [code], |row| row.get(0)).optional()?;
        if known.is_some() {
            return Ok(false);
        }
        transaction.execute(
            "INSERT INTO organization VALUES (?, ?, ?, ?, ?, ?)",
            params![
                organization.id.to_string(),
                code,
                organization.name.as_str(),
                organization.title,
                organization.prefecture,
                time_text(organization.created)
            ],
        )?;
        transaction.commit()?;
        Ok(true)
    }

    /// Gives an organization another title.
    pub fn retitle_organization(&self, id: &OrganizationId, title: &str) -> Result<(), StoreError> {
        self.writer().execute("UPDATE organization SET title = ? WHERE id = ?", params![title, id.to_string()])?;
        Ok(())
    }

    /// Takes an organization away. `false` where a dataset of it is public or waits.
    pub fn remove_organization(&self, id: &OrganizationId) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let datasets: u64 = transaction.query_row(
            "SELECT count(*)::UBIGINT FROM dataset WHERE organization_id = ?
             AND (current_release IS NOT NULL OR staged_release IS NOT NULL)",
            [id.to_string()],
            |row| row.get(0),
        )?;
        if datasets > 0 {
            return Ok(false);
        }
        transaction.execute("DELETE FROM organization WHERE id = ?", [id.to_string()])?;
        transaction.commit()?;
        Ok(true)
    }
}
