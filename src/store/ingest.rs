//! Taking in a dataset: its tables, records, findings and refused rows become one staged release, whole or not at all.

use arrow::array::RecordBatch;
use duckdb::{OptionalExt as _, params};

use super::order::{Sorter, Ticket};
use super::{Store, StoreError, quoted};
use crate::model::catalogue::Organization;
use crate::model::finding::{Finding, FindingCode, Place, Severity};
use crate::model::id::{DatasetId, ReleaseId};
use crate::model::lonlat::Bbox;
use crate::model::name::Slug;
use crate::model::record::{GeometryKind, RefusedRow, Storage, TableShape};

/// What is said of a dataset when it is taken in.
#[derive(Debug, Clone)]
pub struct DatasetEntry {
    /// Its CKAN name.
    pub name: Slug,
    /// Its title.
    pub title: String,
    /// What it is; may be empty.
    pub notes: String,
    /// The id of its licence.
    pub licence: String,
    /// The line to print when the data is used.
    pub attribution: String,
    /// The page it was taken from; may be empty.
    pub source_page: String,
    /// Its theme; may be empty.
    pub theme: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The day the files were retrieved, `YYYY-MM-DD`; may be empty.
    pub retrieved: String,
}

/// What is known of a table once all its records have come.
#[derive(Debug, Clone)]
pub struct TableEntry {
    /// Its columns and title.
    pub shape: TableShape,
    /// The file it was read from.
    pub source_file: String,
    /// The encoding as found.
    pub encoding: String,
    /// The format as read.
    pub format: String,
    /// Data rows read.
    pub rows_read: u64,
    /// Records taken in.
    pub records: u64,
    /// Rows refused.
    pub refused: u64,
    /// Header and preamble rows.
    pub rows_above: u64,
    /// Kind of geometry.
    pub geometry: Option<GeometryKind>,
    /// Box of the geometry.
    pub bbox: Option<Bbox>,
    /// Findings by code, all of them.
    pub finding_counts: Vec<(String, Severity, u64)>,
    /// Findings kept with their places (a bounded number per code).
    pub findings: Vec<Finding>,
    /// Every refused row.
    pub refused_rows: Vec<RefusedRow>,
}

/// A file that was refused as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedSource {
    /// The dataset it was to become (its name, or that of its folder).
    pub dataset: String,
    /// The file.
    pub file: String,
    /// A stable code.
    pub code: String,
    /// Why, in Japanese.
    pub message_ja: String,
    /// Why, in English.
    pub message_en: String,
}

/// A dataset being taken in. Dropped without [`Self::commit`], nothing of it remains.
pub struct Ingest<'a> {
    pub(super) writer: std::sync::MutexGuard<'a, duckdb::Connection>,
    /// Where records are laid aside until all have come.
    folder: &'a std::path::Path,
    pub(super) release: ReleaseId,
    tables: i32,
    open: Option<OpenTable>,
    done: bool,
}

struct OpenTable {
    name: String,
    records: Sorter,
}

impl Store {
    /// The digest of the files that made the newest release of a dataset; `None` where there is none.
    pub fn source_digest(&self, name: &Slug) -> Result<Option<String>, StoreError> {
        self.reading(|connection| {
            Ok(connection
                .query_row(
                    "SELECT r.source_digest FROM dataset d JOIN release r
                     ON r.id = coalesce(d.staged_release, d.current_release) WHERE d.name = ?",
                    [name.as_str()],
                    |row| row.get(0),
                )
                .optional()?)
        })
    }

    /// The code of the organization that a dataset of this name belongs to.
    pub fn publisher_of(&self, name: &Slug) -> Result<Option<String>, StoreError> {
        self.reading(|connection| {
            Ok(connection
                .query_row(
                    "SELECT o.code FROM dataset d JOIN organization o ON o.id = d.organization_id WHERE d.name = ?",
                    [name.as_str()],
                    |row| row.get(0),
                )
                .optional()?)
        })
    }

    /// Begins a transaction that will hold one staged release.
    pub fn begin_ingest(&self, release: ReleaseId) -> Result<Ingest<'_>, StoreError> {
        let writer = self.writer();
        writer.execute_batch("BEGIN TRANSACTION")?;
        Ok(Ingest { writer, folder: &self.folder, release, tables: 0, open: None, done: false })
    }

    /// Notes a file that was refused as a whole; an earlier note of the same file gives way.
    pub fn note_refused(&self, refused: &RefusedSource, now: jiff::Timestamp) -> Result<(), StoreError> {
        let writer = self.writer();
        writer.execute(
            "DELETE FROM refused_source WHERE dataset_name = ? AND file = ?",
            [&refused.dataset, &refused.file],
        )?;
        writer.execute(
            "INSERT INTO refused_source VALUES (?, ?, ?, ?, ?, ?)",
            params![
                refused.dataset,
                refused.file,
                refused.code,
                refused.message_ja,
                refused.message_en,
                time_text(now)
            ],
        )?;
        Ok(())
    }

    /// The files refused as a whole.
    pub fn refused_sources(&self) -> Result<Vec<RefusedSource>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection
                .prepare("SELECT dataset_name, file, code, message_ja, message_en FROM refused_source ORDER BY ALL")?;
            let rows = statement.query_map([], |row| {
                Ok(RefusedSource {
                    dataset: row.get(0)?,
                    file: row.get(1)?,
                    code: row.get(2)?,
                    message_ja: row.get(3)?,
                    message_en: row.get(4)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

impl Ingest<'_> {
    /// Begins a table; batches of it follow. Their columns are `_row`, `_hilbert`, those of the shape, `_found`,
    /// `_geom`, `_west`, `_south`, `_east`, `_north`.
    pub fn begin_table(&mut self, shape: &TableShape) -> Result<(), StoreError> {
        let name = format!("r_{}_{}", self.release.uuid().simple(), self.tables);
        let mut columns = String::from("_id BIGINT, _row BIGINT");
        for column in &shape.columns {
            columns.push_str(", ");
            columns.push_str(&quoted(&column.name));
            columns.push_str(match column.kind.storage() {
                Storage::Text => " VARCHAR",
                Storage::Integer => " BIGINT",
                Storage::Number => " DOUBLE",
            });
        }
        columns.push_str(", _found VARCHAR, _geom BLOB, _west DOUBLE, _south DOUBLE, _east DOUBLE, _north DOUBLE");
        self.writer.execute_batch(&format!("CREATE TABLE records.{} ({columns})", quoted(&name)))?;
        self.open = Some(OpenTable { name, records: Sorter::new(self.folder) });
        Ok(())
    }

    /// Adds records to the table that was begun.
    pub fn append(&mut self, batch: RecordBatch) -> Result<(), StoreError> {
        let open = self.open.as_mut().ok_or_else(no_table)?;
        Ok(open.records.push(batch)?)
    }

    /// Ends the table: its records are put in order (Hilbert, then row) and numbered from 1.
    pub fn end_table(&mut self, entry: &TableEntry) -> Result<(), StoreError> {
        let open = self.open.take().ok_or_else(no_table)?;
        let records = open.records.finish()?;
        if records.schema().is_some() {
            let ticket = Ticket::of(records);
            self.writer.execute_batch(&format!(
                "INSERT INTO records.{} SELECT * FROM {}",
                quoted(&open.name),
                ticket.sql()
            ))?;
        }
        let record_table = open.name;
        let release = self.release.to_string();
        let bbox = entry.bbox;
        self.writer.execute(
            "INSERT INTO release_table VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, NULL, NULL)",
            params![
                release,
                self.tables,
                json(&entry.shape)?,
                record_table,
                entry.source_file,
                entry.encoding,
                entry.format,
                entry.rows_read,
                entry.records,
                entry.refused,
                entry.rows_above,
                entry.geometry.map(|kind| json(&kind)).transpose()?,
                bbox.map(|b| b.west_deg),
                bbox.map(|b| b.south_deg),
                bbox.map(|b| b.east_deg),
                bbox.map(|b| b.north_deg),
            ],
        )?;
        self.write_findings(entry)?;
        self.tables += 1;
        Ok(())
    }

    fn write_findings(&mut self, entry: &TableEntry) -> Result<(), StoreError> {
        let release = self.release.to_string();
        let position = self.tables;
        let mut counts = self.writer.appender("finding_count")?;
        for (code, severity, count) in &entry.finding_counts {
            counts.append_row(params![release, position, code, severity_text(*severity), count])?;
        }
        counts.flush()?;
        drop(counts);
        let mut findings = self.writer.appender("finding")?;
        for finding in &entry.findings {
            let body = json(finding)?;
            findings.append_row(params![
                release,
                position,
                finding.code.as_str(),
                severity_text(finding.severity),
                body
            ])?;
        }
        findings.flush()?;
        drop(findings);
        let mut refused = self.writer.appender("refused_row")?;
        for row in &entry.refused_rows {
            refused.append_row(params![release, position, row.row, json(row)?])?;
        }
        refused.flush()?;
        Ok(())
    }

    /// Notes where fewer than half of the public records are left: half a file must not pass for the whole.
    fn note_shrinking(&mut self, dataset: DatasetId) -> Result<(), StoreError> {
        let records_of = |release_sql: &str, id: String| -> Result<u64, StoreError> {
            Ok(self.writer.query_row(
                &format!(
                    "SELECT coalesce(sum(records), 0)::UBIGINT FROM release_table WHERE release_id = ({release_sql})"
                ),
                [id],
                |row| row.get(0),
            )?)
        };
        let before = records_of("SELECT current_release FROM dataset WHERE id = ?", dataset.to_string())?;
        let after = records_of("?", self.release.to_string())?;
        if after * 2 >= before {
            return Ok(());
        }
        let finding =
            Finding::new(FindingCode::RecordsShrunk, Place::default(), &after.to_string(), before.to_string());
        let (code, severity) = (finding.code.as_str(), severity_text(finding.severity));
        let release = self.release.to_string();
        self.writer
            .execute("INSERT INTO finding VALUES (?, 0, ?, ?, ?)", params![release, code, severity, json(&finding)?])?;
        self.writer.execute("INSERT INTO finding_count VALUES (?, 0, ?, ?, 1)", params![release, code, severity])?;
        Ok(())
    }

    /// Makes the release the staged one of its dataset; organization and dataset are created where new.
    pub fn commit(
        mut self,
        entry: &DatasetEntry,
        publisher: &Organization,
        source_digest: &str,
        now: jiff::Timestamp,
    ) -> Result<(), StoreError> {
        let organization = self.organization(publisher)?;
        let dataset = self.dataset(entry, organization, now)?;
        let number: i32 = self.writer.query_row(
            "SELECT coalesce(max(number), 0) + 1 FROM release WHERE dataset_id = ? AND published IS NOT NULL",
            [dataset.to_string()],
            |row| row.get(0),
        )?;
        self.writer.execute(
            "INSERT INTO release VALUES (?, ?, ?, ?, ?, NULL)",
            params![self.release.to_string(), dataset.to_string(), number, source_digest, time_text(now)],
        )?;
        self.note_shrinking(dataset)?;
        self.writer.execute("DELETE FROM refused_source WHERE dataset_name = ?", [entry.name.as_str()])?;
        self.writer.execute_batch("COMMIT")?;
        self.done = true;
        Ok(())
    }
}

impl Drop for Ingest<'_> {
    fn drop(&mut self) {
        if !self.done {
            // A failed rollback leaves nothing behind either: the transaction was never committed.
            if let Err(error) = self.writer.execute_batch("ROLLBACK") {
                tracing::warn!(%error, "the transaction of an ingest could not be rolled back");
            }
        }
    }
}

fn no_table() -> StoreError {
    StoreError::Stored { what: "ingest", detail: "records came before their table".to_owned() }
}

/// A time as DuckDB's TIMESTAMP reads it: naive UTC.
pub(super) fn time_text(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.6f").to_string()
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Stored { what: "JSON", detail: error.to_string() })
}

pub(super) fn severity_text(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}
