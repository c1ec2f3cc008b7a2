//! DuckDB: the only SQL. Also the content-addressed objects.
//!
//! Ids are minted in Rust, uniqueness is checked inside the writing transaction, and the SQL keeps to what DuckLake
//! accepts (no PRIMARY KEY, UNIQUE, FOREIGN KEY, sequences or indexes).

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub mod counts;
pub mod objects;
pub mod rows;

/// A problem of the database, never of data.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DuckDB refused or failed.
    #[error("the database failed: {0}")]
    Database(#[from] duckdb::Error),
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

/// The database of one data directory.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<duckdb::Connection>,
}

impl Store {
    /// Opens or creates `hiraku.duckdb` in `data`, without external access and with its configuration locked.
    pub fn open(data: &Path, options: StoreOptions) -> Result<Self, StoreError> {
        std::fs::create_dir_all(data)
            .map_err(|source| StoreError::File { path: data.display().to_string(), source })?;
        let config = duckdb::Config::default()
            .enable_external_access(false)?
            .enable_autoload_extension(false)?
            .with("autoinstall_known_extensions", "false")?
            .with("allow_community_extensions", "false")?
            .max_memory(&format!("{}MiB", options.memory_mib))?
            .threads(i64::from(options.threads))?;
        let connection = duckdb::Connection::open_with_flags(data.join("hiraku.duckdb"), config)?;
        connection.execute_batch("SET TimeZone = 'UTC'; SET lock_configuration = true;")?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn connection(&self) -> MutexGuard<'_, duckdb::Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
