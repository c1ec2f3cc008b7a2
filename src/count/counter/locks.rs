//! The lock of the folder, and those within the process.

use std::fs::{self, File};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::super::CountError;

/// Takes the lock of a folder: one process counts into it.
pub(super) fn lock(folder: &Path) -> Result<File, CountError> {
    let path = folder.join("lock");
    let file =
        fs::OpenOptions::new().create(true).write(true).truncate(false).open(&path).map_err(CountError::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(CountError::Locked { path: path.display().to_string() }),
        Err(fs::TryLockError::Error(source)) => Err(CountError::file(&path)(source)),
    }
}

/// A poisoned lock is taken over: what it guards is whole after every statement.
pub(super) fn lock_of<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
