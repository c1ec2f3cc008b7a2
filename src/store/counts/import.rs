//! Segments of other servers.

use std::fs;
use std::path::{Path, PathBuf};

use duckdb::Connection;
use serde::Serialize;

use super::super::StoreError;
use super::roll_up::roll_up;
use super::{Places, figures, file_error};
use crate::count::segment::{self, Taken};

/// Largest file that is looked at: the largest segment that is read, 2^24 slots of 48 bytes, with its head and foot.
const LARGEST_BYTES: u64 = (1 << 24) * 48 + 8192;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Segments copied in.
    pub taken: u64,
    /// Segments that were here before, or were rolled up and removed before.
    pub known: u64,
    /// Files that are no sealed segment or contradict one that is here, with the reason.
    pub refused: Vec<String>,
    /// Days whose figures were made anew.
    pub renewed: Vec<jiff::civil::Date>,
    /// Answers that belong to days already closed; they are numbered as lost.
    pub late_answers: u64,
}

pub(super) fn import(
    connection: &mut Connection,
    places: &Places,
    paths: &[PathBuf],
    now: jiff::Timestamp,
    see: &mut dyn FnMut(usize, &str),
) -> Result<Imported, StoreError> {
    let mut imported = Imported::default();
    let files = files(paths)?;
    for file in &files {
        let name = file.display().to_string();
        match take(connection, places, file)? {
            Ok(Taken::New) => imported.taken += 1,
            Ok(Taken::Known) => imported.known += 1,
            Ok(Taken::Another) => {
                imported.refused.push(format!("{name}: another segment of its replica and number is here already"));
            }
            Err(reason) => imported.refused.push(format!("{name}: {reason}")),
        }
        see(files.len(), &name);
    }
    let rolled = roll_up(connection, places, now)?;
    imported.refused.extend(rolled.unreadable);
    imported.renewed = rolled.renewed;
    imported.late_answers = rolled.late_answers;
    Ok(imported)
}

fn take(connection: &Connection, places: &Places, file: &Path) -> Result<Result<Taken, &'static str>, StoreError> {
    if fs::metadata(file).map_err(file_error(file))?.len() > LARGEST_BYTES {
        return Ok(Err("it is larger than any segment"));
    }
    let bytes = fs::read(file).map_err(file_error(file))?;
    let id = match segment::inspect(bytes.clone()) {
        Ok(id) => id,
        Err(reason) => return Ok(Err(reason)),
    };
    if figures::was_removed(connection, id)? {
        return Ok(Ok(Taken::Known));
    }
    Ok(Ok(segment::take_in(&places.segments, id, &bytes)?))
}

/// The files themselves, and of folders the sealed segments in them, in the order of their names.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(file_error(path))? {
            let path = entry.map_err(file_error(path))?.path();
            if path.extension().is_some_and(|ending| ending == "seg") {
                inside.push(path);
            }
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}
