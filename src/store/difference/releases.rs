//! Which releases are compared, and keeping what was found.

use duckdb::{OptionalExt as _, params};

use super::super::ingest::{json, severity_text};
use super::super::{Store, StoreError};
use crate::model::difference::ReleaseDifference;
use crate::model::finding::{Finding, FindingCode};
use crate::model::name::Slug;
use crate::model::record::TableShape;

/// A table to be compared.
#[derive(Debug, Clone)]
pub struct Compared {
    /// Its columns.
    pub shape: TableShape,
    /// Its place in the release.
    pub position: i32,
    /// Its table in DuckDB.
    pub record_table: String,
    /// Its records.
    pub records: u64,
}

/// A release to be compared.
#[derive(Debug, Clone)]
pub struct ComparedRelease {
    /// Its id.
    pub id: String,
    /// Its tables in order.
    pub tables: Vec<Compared>,
}

/// Findings that comparing makes; they are made anew when a release is compared again.
const OWN: &[FindingCode] = &[
    FindingCode::ColumnEmptied,
    FindingCode::PositionsLost,
    FindingCode::KeyChanged,
    FindingCode::KeyDuplicate,
    FindingCode::TableLost,
];

impl Store {
    /// A release of a dataset: `current`, `staged`, `previous` (the one published before the current), the number of a
    /// published release, or an id. `None` where there is none.
    pub fn release_to_compare(&self, dataset: &Slug, which: &str) -> Result<Option<ComparedRelease>, StoreError> {
        self.reading(|connection| {
            let named = "SELECT r.id FROM dataset d JOIN release r ON r.dataset_id = d.id WHERE d.name = ?";
            let published = "r.published IS NOT NULL";
            let (sql, values) = match which {
                "current" => ("SELECT current_release FROM dataset WHERE name = ?".to_owned(), vec![dataset.as_str()]),
                "staged" => ("SELECT staged_release FROM dataset WHERE name = ?".to_owned(), vec![dataset.as_str()]),
                "previous" => (
                    format!("{named} AND {published} AND r.id <> d.current_release ORDER BY r.published DESC LIMIT 1"),
                    vec![dataset.as_str()],
                ),
                _ => (
                    format!("{named} AND (r.id = ? OR ({published} AND CAST(r.number AS VARCHAR) = ?)) LIMIT 1"),
                    vec![dataset.as_str(), which, which],
                ),
            };
            let values = duckdb::params_from_iter(values);
            let id: Option<Option<String>> = connection.query_row(&sql, values, |row| row.get(0)).optional()?;
            let Some(id) = id.flatten() else { return Ok(None) };
            let mut statement = connection.prepare(
                "SELECT shape, position, record_table, records FROM release_table WHERE release_id = ? ORDER BY position",
            )?;
            let mut rows = statement.query([&id])?;
            let mut tables = Vec::new();
            while let Some(row) = rows.next()? {
                let shape: String = row.get(0)?;
                tables.push(Compared {
                    shape: serde_json::from_str(&shape)
                        .map_err(|error| StoreError::Stored { what: "table shape", detail: error.to_string() })?,
                    position: row.get(1)?,
                    record_table: row.get(2)?,
                    records: row.get(3)?,
                });
            }
            Ok(Some(ComparedRelease { id, tables }))
        })
    }

    /// What was found when a release was compared; `None` where it never was.
    pub fn kept_difference(&self, release: &str) -> Result<Option<ReleaseDifference>, StoreError> {
        self.reading(|connection| {
            let body: Option<String> = connection
                .query_row("SELECT body FROM release_difference WHERE release_id = ?", [release], |row| row.get(0))
                .optional()?;
            body.map(|text| {
                serde_json::from_str(&text)
                    .map_err(|error| StoreError::Stored { what: "difference", detail: error.to_string() })
            })
            .transpose()
        })
    }

    /// Keeps what was found, with its findings by table, in place of what was kept before.
    pub fn keep_difference(
        &self,
        difference: &ReleaseDifference,
        findings: &[(i32, Finding)],
    ) -> Result<(), StoreError> {
        let release = difference.to.as_str();
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        transaction.execute("DELETE FROM release_difference WHERE release_id = ?", [release])?;
        for code in OWN {
            transaction.execute("DELETE FROM finding WHERE release_id = ? AND code = ?", [release, code.as_str()])?;
            transaction
                .execute("DELETE FROM finding_count WHERE release_id = ? AND code = ?", [release, code.as_str()])?;
        }
        transaction.execute(
            "INSERT INTO release_difference VALUES (?, ?, ?)",
            params![release, difference.from, json(difference)?],
        )?;
        for (position, finding) in findings {
            let (code, severity) = (finding.code.as_str(), severity_text(finding.severity));
            // That records shrank may have been said of the release as a whole.
            let known: u64 = transaction.query_row(
                "SELECT count(*) FROM finding WHERE release_id = ? AND code = ?",
                params![release, code],
                |row| row.get(0),
            )?;
            if known > 0 && !OWN.contains(&finding.code) {
                continue;
            }
            transaction.execute(
                "INSERT INTO finding VALUES (?, ?, ?, ?, ?)",
                params![release, position, code, severity, json(finding)?],
            )?;
            let counted = transaction.execute(
                "UPDATE finding_count SET count = count + 1 WHERE release_id = ? AND position = ? AND code = ?",
                params![release, position, code],
            )?;
            if counted == 0 {
                transaction.execute(
                    "INSERT INTO finding_count VALUES (?, ?, ?, ?, 1)",
                    params![release, position, code, severity],
                )?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}
