//! DuckDB: the only SQL. Also the content-addressed objects.
//!
//! Ids are minted in Rust, uniqueness is checked inside the writing transaction, and the SQL keeps to what DuckLake
//! accepts (no PRIMARY KEY, UNIQUE, FOREIGN KEY, sequences or indexes).

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

use duckdb::{Connection, OptionalExt as _};

pub mod account;
pub mod activity;
pub mod audit;
pub mod case;
pub mod catalogue;
pub mod condition;
pub mod difference;
pub mod ingest;
pub mod counts;
pub mod facility;
mod family;
pub mod features;
pub mod made;
mod harvest;
pub mod matcher;
mod names;
pub mod objects;
pub mod order;
mod organization;
mod pass;
mod publisher;
pub mod release;
pub mod rows;
pub mod select;
pub mod session;
mod spatial;
mod stretches;
mod sweep;
pub mod token;
mod withdraw;

/// A problem of the database, never of data.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DuckDB refused or failed.
    #[error("the database failed: {0}")]
    Database(#[from] duckdb::Error),
    /// Arrow data does not have the form of the table.
    #[error("a batch of records does not fit its table: {0}")]
    Batch(#[from] arrow::error::ArrowError),
    /// A file of the data directory could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A column was named that the table does not have (a caller's fault that the border should have stopped).
    #[error("the table has no column {column:?}")]
    NoColumn {
        /// The name as given.
        column: String,
    },
    /// What is stored does not have the form this version expects.
    #[error("the stored {what} cannot be read: {detail}")]
    Stored {
        /// Which thing.
        what: &'static str,
        /// What was wrong.
        detail: String,
    },
}

/// How DuckDB is opened.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions {
    /// Memory it may take, MiB.
    pub memory_mib: u64,
    /// Threads it may use.
    pub threads: u32,
}

/// The version of the tables below; a data directory of another version is refused with a clear message.
const LAYOUT_VERSION: &str = "1";

/// The tables. Times are UTC; JSON is text; ids are VARCHARs minted in Rust.
const LAYOUT: &str = "
CREATE SCHEMA IF NOT EXISTS records;
CREATE TABLE IF NOT EXISTS meta(key VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS organization(
    id VARCHAR, code VARCHAR, name VARCHAR, title VARCHAR, prefecture VARCHAR, created TIMESTAMP);
CREATE TABLE IF NOT EXISTS dataset(
    id VARCHAR, organization_id VARCHAR, name VARCHAR, title VARCHAR, notes VARCHAR, licence VARCHAR, attribution VARCHAR,
    source_page VARCHAR, theme VARCHAR, tags VARCHAR, retrieved VARCHAR, created TIMESTAMP,
    staged_release VARCHAR, current_release VARCHAR);
CREATE TABLE IF NOT EXISTS release(
    id VARCHAR, dataset_id VARCHAR, number INTEGER, source_digest VARCHAR, created TIMESTAMP, published TIMESTAMP);
CREATE TABLE IF NOT EXISTS release_table(
    release_id VARCHAR, position INTEGER, shape VARCHAR, record_table VARCHAR, source_file VARCHAR, encoding VARCHAR,
    format VARCHAR, rows_read UBIGINT, records UBIGINT, refused UBIGINT, rows_above UBIGINT,
    geometry VARCHAR, west DOUBLE, south DOUBLE, east DOUBLE, north DOUBLE,
    layer_name VARCHAR, tileset VARCHAR, min_zoom UTINYINT, max_zoom UTINYINT, tile_index VARCHAR, tileset_brotli VARCHAR);
CREATE TABLE IF NOT EXISTS finding(
    release_id VARCHAR, position INTEGER, code VARCHAR, severity VARCHAR, body VARCHAR);
CREATE TABLE IF NOT EXISTS finding_count(
    release_id VARCHAR, position INTEGER, code VARCHAR, severity VARCHAR, count UBIGINT);
CREATE TABLE IF NOT EXISTS refused_row(
    release_id VARCHAR, position INTEGER, source_row UBIGINT, body VARCHAR);
CREATE TABLE IF NOT EXISTS refused_source(
    dataset_name VARCHAR, file VARCHAR, code VARCHAR, message_ja VARCHAR, message_en VARCHAR, noted TIMESTAMP);
CREATE TABLE IF NOT EXISTS distribution(
    id VARCHAR, dataset_id VARCHAR, table_key VARCHAR, format VARCHAR, created TIMESTAMP);
CREATE TABLE IF NOT EXISTS release_file(
    release_id VARCHAR, position INTEGER, distribution_id VARCHAR, table_position INTEGER, title VARCHAR, file_name VARCHAR,
    size_bytes UBIGINT, digest VARCHAR);
CREATE TABLE IF NOT EXISTS staged_entry(
    dataset_id VARCHAR, organization_id VARCHAR, title VARCHAR, notes VARCHAR, licence VARCHAR, attribution VARCHAR,
    source_page VARCHAR, theme VARCHAR, tags VARCHAR, retrieved VARCHAR);
CREATE TABLE IF NOT EXISTS release_difference(release_id VARCHAR, against VARCHAR, body VARCHAR);
CREATE TABLE IF NOT EXISTS api_token(
    id VARCHAR, name VARCHAR, organization VARCHAR, rights VARCHAR, created TIMESTAMP, expires TIMESTAMP,
    revoked TIMESTAMP, digest VARCHAR);
CREATE TABLE IF NOT EXISTS audit(noted TIMESTAMP, by_whom VARCHAR, action VARCHAR, subject VARCHAR, outcome VARCHAR);
ALTER TABLE release_table ADD COLUMN IF NOT EXISTS tile_index VARCHAR;
ALTER TABLE release_table ADD COLUMN IF NOT EXISTS tileset_brotli VARCHAR;
";

/// The database of one data directory. One connection writes; readers have their own and never wait for it.
#[derive(Debug)]
pub struct Store {
    writer: Mutex<Connection>,
    spare: Mutex<Connection>,
    /// Accounts, sessions and the audit have a connection of their own, see [`account`].
    people: Mutex<Connection>,
    people_generation: AtomicU64,
    readers: Mutex<Vec<Connection>>,
    /// What the functions of statements look up.
    matchers: matcher::Matchers,
    /// Whether tables of records have some without geometry, as far as it was asked.
    unplaced: Mutex<HashMap<String, bool>>,
    /// Boxes around stretches of tables of records, as far as they were asked for.
    boxes: stretches::Known,
    /// How many rows conditions leave of tables of records.
    totals: moka::sync::Cache<String, u64>,
    /// The data directory.
    folder: std::path::PathBuf,
}

/// Most idle reading connections kept: as many as blocking requests usually run at once on a small machine.
const READERS_KEPT: usize = 8;

/// Totals kept, the least used going first: at most some ten megabytes.
const TOTALS_KEPT: u64 = 4_000;

impl Store {
    /// Opens or creates `hiraku.duckdb` in `data`, without external access and with its configuration locked.
    pub fn open(data: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data)
            .map_err(|source| StoreError::File { path: data.display().to_string(), source })?;
        let connection = open_hardened(&data.join("hiraku.duckdb"), options)?;
        connection.execute_batch(LAYOUT)?;
        connection.execute_batch(case::LAYOUT)?;
        connection.execute_batch(account::LAYOUT)?;
        connection.execute_batch(audit::LAYOUT)?;
        connection.execute_batch(harvest::LAYOUT)?;
        connection.execute_batch(family::LAYOUT)?;
        let version: Option<String> =
            connection.query_row("SELECT value FROM meta WHERE key = 'layout'", [], |row| row.get(0)).optional()?;
        match version.as_deref() {
            None => {
                connection.execute("INSERT INTO meta VALUES ('layout', ?)", [LAYOUT_VERSION])?;
            }
            Some(LAYOUT_VERSION) => {}
            Some(other) => {
                return Err(StoreError::Stored {
                    what: "layout of the database",
                    detail: format!("found version {other}, this program knows version {LAYOUT_VERSION}"),
                });
            }
        }
        connection.register_table_function::<order::Ordered>(order::FUNCTION)?;
        let matchers = matcher::Matchers::default();
        matchers.register(&connection)?;
        let spare = connection.try_clone()?;
        let mut people = connection.try_clone()?;
        audit::take_over(&mut people)?;
        Ok(Self {
            writer: Mutex::new(connection),
            spare: Mutex::new(spare),
            people: Mutex::new(people),
            people_generation: AtomicU64::new(0),
            readers: Mutex::new(Vec::new()),
            matchers,
            unplaced: Mutex::default(),
            boxes: stretches::Known::default(),
            totals: moka::sync::Cache::new(TOTALS_KEPT),
            folder: data.to_owned(),
        })
    }

    /// Writes everything into the database file itself, so that it can be copied.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        let writer = self.writer();
        let _people = self.people();
        Ok(writer.execute_batch("CHECKPOINT")?)
    }

    /// Holds off all writing while `copy` runs on the checkpointed file.
    pub fn while_still<T>(&self, copy: impl FnOnce() -> T) -> Result<T, StoreError> {
        let writer = self.writer();
        let people = self.people();
        writer.execute_batch("CHECKPOINT")?;
        let result = copy();
        drop((people, writer));
        Ok(result)
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `question` on a reading connection of its own.
    fn reading<T>(&self, question: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.writer_clone()?,
        };
        let result = question(&connection);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS_KEPT {
            readers.push(connection);
        }
        result
    }

    /// A further connection to the same database. Taken through a spare one, so that it never waits for a writer.
    fn writer_clone(&self) -> Result<Connection, StoreError> {
        Ok(self.spare.lock().unwrap_or_else(PoisonError::into_inner).try_clone()?)
    }
}

/// Opens a database with every door to the outside shut and the configuration locked.
pub(crate) fn open_hardened(path: &Path, options: StoreOptions) -> Result<Connection, StoreError> {
    let config = duckdb::Config::default()
        .enable_external_access(false)?
        .enable_autoload_extension(false)?
        .with("autoinstall_known_extensions", "false")?
        .with("allow_community_extensions", "false")?
        // Every question that needs an order says so; without this, records are written by one thread.
        .with("preserve_insertion_order", "false")?
        .max_memory(&format!("{}MiB", options.memory_mib))?
        .threads(i64::from(options.threads))?;
    let connection = Connection::open_with_flags(path, config)?;
    connection.execute_batch("SET lock_configuration = true;")?;
    Ok(connection)
}

/// An identifier in double quotes.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
