//! What was published when: the releases of datasets that are public now.

use super::{Store, StoreError};
use crate::model::id::{DatasetId, OrganizationId, ReleaseId};

/// A release that was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// The release.
    pub release: ReleaseId,
    /// Its dataset.
    pub dataset: DatasetId,
    /// Whether it is the dataset's first.
    pub is_first: bool,
    /// When it was published.
    pub published: jiff::Timestamp,
}

/// Whose releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Of every dataset.
    All,
    /// Of one dataset.
    Dataset(DatasetId),
    /// Of every dataset of an organization.
    Organization(OrganizationId),
}

impl Store {
    /// Releases of datasets that are public now, newest first. Blocking.
    pub fn activities(&self, whose: Whose, limit: u64, offset: u64) -> Result<Vec<Activity>, StoreError> {
        let (column, id) = match whose {
            Whose::All => ("''", String::new()),
            Whose::Dataset(id) => ("d.id", id.to_string()),
            Whose::Organization(id) => ("d.organization_id", id.to_string()),
        };
        let offset = offset.min(u64::from(u32::MAX));
        let sql = format!(
            "SELECT r.id, d.id, r.number, epoch_us(r.published) FROM release r JOIN dataset d ON d.id = r.dataset_id
             WHERE r.published IS NOT NULL AND d.current_release IS NOT NULL AND {column} = ?
             ORDER BY r.published DESC, r.id DESC LIMIT {limit} OFFSET {offset}"
        );
        let stored = |detail: &str| StoreError::Stored { what: "release", detail: detail.to_owned() };
        self.reading(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([id])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (release, dataset): (String, String) = (row.get(0)?, row.get(1)?);
                found.push(Activity {
                    release: ReleaseId::parse(&release).ok_or_else(|| stored(&release))?,
                    dataset: DatasetId::parse(&dataset).ok_or_else(|| stored(&dataset))?,
                    is_first: row.get::<_, u32>(2)? == 1,
                    published: jiff::Timestamp::from_microsecond(row.get(3)?)
                        .map_err(|error| stored(&error.to_string()))?,
                });
            }
            Ok(found)
        })
    }
}
