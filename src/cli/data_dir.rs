//! The data directory: opened by one process at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::config::Config;
use crate::store::objects::Objects;
use crate::store::{Store, StoreOptions};

/// A data directory that this process alone writes.
#[derive(Debug)]
pub struct DataDir {
    /// Where it lies.
    pub path: PathBuf,
    /// Its database.
    pub store: Store,
    /// Its files.
    pub objects: Objects,
    /// Held as long as the directory is in use.
    pub lock: File,
}

/// The socket on which a running server takes jobs.
pub fn control_path(data: &Path) -> PathBuf {
    data.join("control.sock")
}

impl DataDir {
    /// Opens it, creating it where missing; `None` where another process has it.
    pub fn open(path: &Path, config: &Config) -> anyhow::Result<Option<Self>> {
        std::fs::create_dir_all(path).with_context(|| path.display().to_string())?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error).context("data directory lock"),
        }
        let options = StoreOptions { memory_mib: config.duckdb_memory_mib, threads: config.duckdb_threads };
        Ok(Some(Self {
            path: path.to_owned(),
            store: Store::open(path, options)?,
            objects: Objects::open(&path.join("objects"))?,
            lock,
        }))
    }
}
