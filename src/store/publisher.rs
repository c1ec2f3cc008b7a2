//! Organizations and datasets of an ingest: known ones are kept, new ones are made.

use duckdb::{OptionalExt as _, params};

use super::StoreError;
use super::ingest::{DatasetEntry, Ingest, json, time_text};
use crate::model::catalogue::Organization;
use crate::model::id::{DatasetId, OrganizationId};

impl Ingest<'_> {
    pub(super) fn organization(&self, publisher: &Organization) -> Result<OrganizationId, StoreError> {
        let known: Option<String> = self
            .writer
            .query_row("SELECT id FROM organization WHERE code = ?", [publisher.code.as_str()], |row| row.get(0))
            .optional()?;
        if let Some(text) = known {
            return OrganizationId::parse(&text)
                .ok_or_else(|| StoreError::Stored { what: "organization id", detail: text });
        }
        self.writer.execute(
            "INSERT INTO organization VALUES (?, ?, ?, ?, ?, ?)",
            params![
                publisher.id.to_string(),
                publisher.code.as_str(),
                publisher.name.as_str(),
                publisher.title,
                publisher.prefecture,
                time_text(publisher.created)
            ],
        )?;
        Ok(publisher.id)
    }

    pub(super) fn dataset(
        &self,
        entry: &DatasetEntry,
        organization: OrganizationId,
        now: jiff::Timestamp,
    ) -> Result<DatasetId, StoreError> {
        let known: Option<(String, bool)> = self
            .writer
            .query_row(
                "SELECT id, current_release IS NOT NULL FROM dataset WHERE name = ?",
                [entry.name.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let release = self.release.to_string();
        let tags = json(&entry.tags)?;
        if let Some((text, is_public)) = known {
            let id = DatasetId::parse(&text).ok_or_else(|| StoreError::Stored { what: "dataset id", detail: text })?;
            self.writer.execute("DELETE FROM staged_entry WHERE dataset_id = ?", [id.to_string()])?;
            if is_public {
                // What is said of a public dataset changes with its release, not before.
                self.writer.execute(
                    "INSERT INTO staged_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    params![
                        id.to_string(),
                        organization.to_string(),
                        entry.title,
                        entry.notes,
                        entry.licence,
                        entry.attribution,
                        entry.source_page,
                        entry.theme,
                        tags,
                        entry.retrieved
                    ],
                )?;
                self.writer
                    .execute("UPDATE dataset SET staged_release = ? WHERE id = ?", params![release, id.to_string()])?;
                return Ok(id);
            }
            self.writer.execute(
                "UPDATE dataset SET organization_id = ?, title = ?, notes = ?, licence = ?, attribution = ?,
                 source_page = ?, theme = ?, tags = ?, retrieved = ?, staged_release = ? WHERE id = ?",
                params![
                    organization.to_string(),
                    entry.title,
                    entry.notes,
                    entry.licence,
                    entry.attribution,
                    entry.source_page,
                    entry.theme,
                    tags,
                    entry.retrieved,
                    release,
                    id.to_string()
                ],
            )?;
            return Ok(id);
        }
        let id = DatasetId::mint(now);
        self.writer.execute(
            "INSERT INTO dataset VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            params![
                id.to_string(),
                organization.to_string(),
                entry.name.as_str(),
                entry.title,
                entry.notes,
                entry.licence,
                entry.attribution,
                entry.source_page,
                entry.theme,
                tags,
                entry.retrieved,
                time_text(now),
                release
            ],
        )?;
        Ok(id)
    }
}
