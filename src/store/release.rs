//! Making a staged release public: one transaction; and sweeping what no release needs.
//! Long because what is written of a release and what is read of it stand together.

use std::collections::{HashMap, HashSet};

use arrow::array::RecordBatch;
use duckdb::{Connection, OptionalExt as _, params};

use super::ingest::time_text;
use super::sweep::Sweep;
use super::{Store, StoreError, quoted};
use crate::model::catalogue::Format;
use crate::model::decision::Decision;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::id::{DatasetId, DistributionId, ReleaseId};
use crate::model::lonlat::Bbox;
use crate::model::name::{Digest, Slug};
use crate::model::record::{GeometryKind, TableShape};

/// A release that has been taken in but not published.
#[derive(Debug, Clone)]
pub struct StagedRelease {
    /// The release.
    pub id: ReleaseId,
    /// Its dataset.
    pub dataset: DatasetId,
    /// The dataset's name.
    pub name: Slug,
    /// The dataset's title.
    pub title: String,
    /// The line to print when the data is used.
    pub attribution: String,
    /// Its tables in order.
    pub tables: Vec<StagedTable>,
    /// Findings for which it is held back or never published, those that forbid it first.
    pub held: Vec<Reason>,
}

/// A finding for which a release is held, with its place.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Reason {
    /// What it means for the release.
    pub decision: Decision,
    /// The key of the table.
    pub table: String,
    /// The finding.
    pub finding: Finding,
}

/// One of its tables.
#[derive(Debug, Clone)]
pub struct StagedTable {
    /// Its place in the release.
    pub position: i32,
    /// Its columns and title.
    pub shape: TableShape,
    /// Its table in DuckDB.
    pub record_table: String,
    /// How many records it holds.
    pub records: u64,
    /// Kind of geometry.
    pub geometry: Option<GeometryKind>,
    /// Box of its geometry.
    pub bbox: Option<Bbox>,
    /// Tiles of the same table in the release that is public now.
    pub previous: Option<PublicTiles>,
}

/// The tiles of a table that is public.
#[derive(Debug, Clone, Copy)]
pub struct PublicTiles {
    /// Its archive.
    pub tileset: Digest,
    /// Its packed index.
    pub index: Digest,
    /// Its archive of brotli tiles.
    pub brotli: Option<Digest>,
}

/// What was written for one table of a release.
#[derive(Debug, Clone)]
pub struct WrittenTable {
    /// Its place in the release.
    pub position: i32,
    /// Its files.
    pub files: Vec<WrittenFile>,
    /// Its layer.
    pub layer: Option<WrittenLayer>,
}

/// The layer of a table.
#[derive(Debug, Clone)]
pub struct WrittenLayer {
    /// Its name.
    pub name: Slug,
    /// Its archive.
    pub tileset: Digest,
    /// Its packed index.
    pub index: Digest,
    /// Its archive of brotli tiles.
    pub brotli: Option<Digest>,
    /// Least zoom.
    pub min_zoom: u8,
    /// Greatest zoom.
    pub max_zoom: u8,
}

/// One file of a release.
#[derive(Debug, Clone)]
pub struct WrittenFile {
    /// Its format.
    pub format: Format,
    /// Its title.
    pub title: String,
    /// The name a download gets.
    pub file_name: String,
    /// Its object.
    pub digest: Digest,
    /// Its length.
    pub size_bytes: u64,
}

impl Store {
    /// The id that a table's CSV has, or will have once its release that waits is public: that of the first table that was
    /// read from `file`. `None` where no release of the dataset waits, or it has no such file.
    pub fn awaited_distribution(
        &self,
        dataset: &Slug,
        file: &str,
        now: jiff::Timestamp,
    ) -> Result<Option<DistributionId>, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let found: Option<(String, String)> = transaction
            .query_row(
                "SELECT d.id, t.shape FROM dataset d JOIN release_table t ON t.release_id = d.staged_release
                 WHERE d.name = ? AND t.source_file = ? ORDER BY t.position LIMIT 1",
                [dataset.as_str(), file],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((id, shape)) = found else { return Ok(None) };
        let dataset = DatasetId::parse(&id).ok_or(StoreError::Stored { what: "dataset id", detail: id })?;
        let shape: TableShape = serde_json::from_str(&shape)
            .map_err(|error| StoreError::Stored { what: "table shape", detail: error.to_string() })?;
        let own = distribution(&transaction, dataset, shape.key.as_str(), Format::Csv, now)?;
        transaction.commit()?;
        Ok(Some(own))
    }

    /// Releases that wait to be published, by dataset name.
    pub fn staged_releases(&self) -> Result<Vec<StagedRelease>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare(
                "SELECT d.staged_release, d.id, d.name, coalesce(e.title, d.title), coalesce(e.attribution, d.attribution)
                 FROM dataset d LEFT JOIN staged_entry e ON e.dataset_id = d.id
                 WHERE d.staged_release IS NOT NULL ORDER BY d.name",
            )?;
            let heads: Vec<[String; 5]> = statement
                .query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))?
                .collect::<Result<_, _>>()?;
            heads.into_iter().map(|head| staged(connection, head)).collect()
        })
    }

    /// Hands the records of a table to `take`, in release order, batch by batch (columns as in
    /// [`super::ingest::Ingest::begin_table`], with `_id` first and without `_hilbert`).
    pub fn sweep_records<T>(
        &self,
        record_table: &str,
        take: impl FnOnce(&mut dyn Iterator<Item = RecordBatch>) -> T,
    ) -> Result<T, StoreError> {
        self.reading(|connection| {
            let mut sweep = Sweep::new(connection, record_table)?;
            let taken = take(&mut sweep);
            // Whatever was made of the batches before is of a part only.
            sweep.failed.map_or(Ok(taken), |error| Err(error.into()))
        })
    }

    /// Makes a release public in one transaction. Its objects must all be kept (synced) before.
    pub fn publish(
        &self,
        release: &StagedRelease,
        written: &[WrittenTable],
        now: jiff::Timestamp,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        let still_staged: Option<String> = transaction
            .query_row(
                "SELECT id FROM dataset WHERE id = ? AND staged_release = ?",
                [release.dataset.to_string(), release.id.to_string()],
                |row| row.get(0),
            )
            .optional()?;
        if still_staged.is_none() {
            return Err(StoreError::Stored {
                what: "staged release",
                detail: format!("{} is no longer waiting", release.id),
            });
        }
        let mut position = 0_i32;
        for table in written {
            for file in &table.files {
                let key =
                    release.tables.iter().find(|t| t.position == table.position).map_or("", |t| t.shape.key.as_str());
                let distribution = distribution(&transaction, release.dataset, key, file.format, now)?;
                transaction.execute(
                    "INSERT INTO release_file VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    params![
                        release.id.to_string(),
                        position,
                        distribution.to_string(),
                        table.position,
                        file.title,
                        file.file_name,
                        file.size_bytes,
                        file.digest.to_hex()
                    ],
                )?;
                position += 1;
            }
            if let Some(layer) = &table.layer {
                transaction.execute(
                    "UPDATE release_table SET layer_name = ?, tileset = ?, tile_index = ?, tileset_brotli = ?,
                     min_zoom = ?, max_zoom = ?
                     WHERE release_id = ? AND position = ?",
                    params![
                        layer.name.as_str(),
                        layer.tileset.to_hex(),
                        layer.index.to_hex(),
                        layer.brotli.map(|digest| digest.to_hex()),
                        layer.min_zoom,
                        layer.max_zoom,
                        release.id.to_string(),
                        table.position
                    ],
                )?;
            }
        }
        transaction.execute(
            "UPDATE release SET published = ? WHERE id = ?",
            params![time_text(now), release.id.to_string()],
        )?;
        transaction.execute(
            "UPDATE dataset SET organization_id = e.organization_id, title = e.title, notes = e.notes,
             licence = e.licence, attribution = e.attribution, source_page = e.source_page, theme = e.theme,
             tags = e.tags, retrieved = e.retrieved FROM staged_entry e WHERE e.dataset_id = dataset.id AND dataset.id = ?",
            [release.dataset.to_string()],
        )?;
        transaction.execute("DELETE FROM staged_entry WHERE dataset_id = ?", [release.dataset.to_string()])?;
        transaction.execute(
            "UPDATE dataset SET current_release = staged_release, staged_release = NULL WHERE id = ?",
            [release.dataset.to_string()],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Drops releases that are neither current nor staged nor ever published, and record tables of no release.
    /// Gives the number of record tables dropped. Objects are swept by [`Self::digests_in_use`].
    pub fn sweep(&self) -> Result<usize, StoreError> {
        let mut writer = self.writer();
        let transaction = writer.transaction()?;
        transaction.execute_batch(
            "CREATE TEMP TABLE gone AS SELECT r.id FROM release r WHERE r.published IS NULL
                 AND NOT EXISTS (SELECT 1 FROM dataset d WHERE d.staged_release = r.id);
             DELETE FROM finding WHERE release_id IN (SELECT id FROM gone);
             DELETE FROM finding_count WHERE release_id IN (SELECT id FROM gone);
             DELETE FROM refused_row WHERE release_id IN (SELECT id FROM gone);
             DELETE FROM release_file WHERE release_id IN (SELECT id FROM gone);
             DELETE FROM release_difference WHERE release_id IN (SELECT id FROM gone);
             DELETE FROM release_table WHERE release_id IN (SELECT id FROM gone);
             DELETE FROM release WHERE id IN (SELECT id FROM gone);
             DROP TABLE gone;",
        )?;
        let unused: Vec<String> = {
            let mut statement = transaction.prepare(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'records'
                 AND table_name NOT IN (SELECT record_table FROM release_table)",
            )?;
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for table in &unused {
            transaction.execute_batch(&format!("DROP TABLE records.{}", quoted(table)))?;
        }
        transaction.commit()?;
        Ok(unused.len())
    }

    /// The digests of all objects that a release points at.
    pub fn digests_in_use(&self) -> Result<HashSet<Digest>, StoreError> {
        self.reading(|connection| {
            let mut statement = connection.prepare(
                "SELECT digest FROM release_file UNION SELECT tileset FROM release_table WHERE tileset IS NOT NULL
                 UNION SELECT tile_index FROM release_table WHERE tile_index IS NOT NULL
                 UNION SELECT tileset_brotli FROM release_table WHERE tileset_brotli IS NOT NULL",
            )?;
            let texts: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            texts
                .into_iter()
                .map(|text| Digest::parse(&text).ok_or(StoreError::Stored { what: "digest", detail: text }))
                .collect()
        })
    }
}

fn staged(connection: &Connection, head: [String; 5]) -> Result<StagedRelease, StoreError> {
    let [release, dataset, name, title, attribution] = head;
    let stored = |what: &'static str, detail: &str| StoreError::Stored { what, detail: detail.to_owned() };
    let mut statement = connection.prepare(
        "SELECT position, shape, record_table, records, geometry, west, south, east, north
         FROM release_table WHERE release_id = ? ORDER BY position",
    )?;
    let mut rows = statement.query([&release])?;
    let mut tables = Vec::new();
    while let Some(row) = rows.next()? {
        let shape: String = row.get(1)?;
        let geometry: Option<String> = row.get(4)?;
        tables.push(StagedTable {
            position: row.get(0)?,
            shape: serde_json::from_str(&shape).map_err(|error| stored("table shape", &error.to_string()))?,
            record_table: row.get(2)?,
            records: row.get(3)?,
            geometry: geometry
                .map(|text| serde_json::from_str(&text).map_err(|error| stored("geometry", &error.to_string())))
                .transpose()?,
            bbox: bbox(row, 5)?,
            previous: None,
        });
    }
    let mut public = public_tilesets(connection, &dataset)?;
    for table in &mut tables {
        table.previous = public.remove(table.shape.key.as_str());
    }
    let held = held(connection, &release)?;
    Ok(StagedRelease {
        held,
        id: ReleaseId::parse(&release).ok_or_else(|| stored("release id", &release))?,
        dataset: DatasetId::parse(&dataset).ok_or_else(|| stored("dataset id", &dataset))?,
        name: Slug::parse(&name).map_err(|error| stored("dataset name", &error.to_string()))?,
        title,
        attribution,
        tables,
    })
}

/// The tiles of the tables of the dataset's current release, by key.
fn public_tilesets(connection: &Connection, dataset: &str) -> Result<HashMap<String, PublicTiles>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT t.shape, t.tileset, t.tile_index, t.tileset_brotli
         FROM release_table t JOIN dataset d ON d.current_release = t.release_id
         WHERE d.id = ? AND t.tileset IS NOT NULL AND t.tile_index IS NOT NULL",
    )?;
    let mut rows = statement.query([dataset])?;
    let mut found = HashMap::new();
    while let Some(row) = rows.next()? {
        let (shape, tileset, index): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let stored = |what, detail: String| StoreError::Stored { what, detail };
        let shape: TableShape = serde_json::from_str(&shape).map_err(|e| stored("table shape", e.to_string()))?;
        let digest = |text: String| Digest::parse(&text).ok_or(StoreError::Stored { what: "digest", detail: text });
        let brotli: Option<String> = row.get(3)?;
        let tiles =
            PublicTiles { tileset: digest(tileset)?, index: digest(index)?, brotli: brotli.map(digest).transpose()? };
        found.insert(shape.key.as_str().to_owned(), tiles);
    }
    Ok(found)
}

/// The holding and rejecting findings of a release, with their places as far as kept (the first of each code).
fn held(connection: &Connection, release: &str) -> Result<Vec<Reason>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT c.code, f.body, t.shape FROM finding_count c
         LEFT JOIN finding f ON f.release_id = c.release_id AND f.position = c.position AND f.code = c.code
         LEFT JOIN release_table t ON t.release_id = c.release_id AND t.position = c.position
         WHERE c.release_id = ? ORDER BY c.position, c.code, f.body",
    )?;
    let mut rows = statement.query([release])?;
    let mut reasons = Vec::new();
    while let Some(row) = rows.next()? {
        let code: String = row.get(0)?;
        let Some(code) = FindingCode::parse(&code).filter(|code| code.decision() != Decision::Note) else { continue };
        let (body, shape): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        let stored = |what, error: serde_json::Error| StoreError::Stored { what, detail: error.to_string() };
        let finding = match body {
            Some(body) => serde_json::from_str(&body).map_err(|error| stored("finding", error))?,
            None => Finding::new(code, Place::default(), "", ""),
        };
        let shape: Option<TableShape> =
            shape.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| stored("table shape", error))?;
        let table = shape.map(|shape| shape.key.as_str().to_owned()).unwrap_or_default();
        reasons.push(Reason { decision: code.decision(), table, finding });
    }
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.decision));
    Ok(reasons)
}

/// Reads four columns as a box; `None` where the first is null.
pub(super) fn bbox(row: &duckdb::Row<'_>, first: usize) -> Result<Option<Bbox>, StoreError> {
    let west: Option<f64> = row.get(first)?;
    let Some(west_deg) = west else { return Ok(None) };
    Ok(Some(Bbox {
        west_deg,
        south_deg: row.get(first + 1)?,
        east_deg: row.get(first + 2)?,
        north_deg: row.get(first + 3)?,
    }))
}

fn distribution(
    transaction: &Connection,
    dataset: DatasetId,
    table_key: &str,
    format: Format,
    now: jiff::Timestamp,
) -> Result<DistributionId, StoreError> {
    let known: Option<String> = transaction
        .query_row(
            "SELECT id FROM distribution WHERE dataset_id = ? AND table_key = ? AND format = ?",
            params![dataset.to_string(), table_key, format.name()],
            |row| row.get(0),
        )
        .optional()?;
    if let Some(text) = known {
        return DistributionId::parse(&text).ok_or(StoreError::Stored { what: "distribution id", detail: text });
    }
    let id = DistributionId::mint(now);
    transaction.execute(
        "INSERT INTO distribution VALUES (?, ?, ?, ?, ?)",
        params![id.to_string(), dataset.to_string(), table_key, format.name(), time_text(now)],
    )?;
    Ok(id)
}
