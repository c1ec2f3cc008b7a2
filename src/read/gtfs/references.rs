//! Which values of a feed refer to nothing.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use super::files::File;
use crate::model::finding::{Finding, FindingCode, Place};

/// Keys remembered of one file, 24 bytes each; the largest Japanese feed has some hundred thousand trips.
const KEY_LIMIT: usize = 5_000_000;

/// The keys of all files read so far.
#[derive(Default)]
pub(super) struct Keys {
    /// File and hash of the value → its first row.
    rows: HashMap<(&'static str, u64), u64>,
    /// Files that were read; what is absent is told once, as absent.
    files: Vec<&'static str>,
    is_full: bool,
}

/// What is counted for one column of the file under way.
pub(super) struct Column {
    at: usize,
    name: &'static str,
    targets: &'static [&'static str],
    missing: u64,
    first: Option<(u64, String)>,
}

fn hash(text: &str) -> u64 {
    // Fixed keys; two of five million values agree by chance once in a million feeds.
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

impl Keys {
    /// Marks a file as read.
    pub(super) fn begin(&mut self, file: &'static str) {
        self.files.push(file);
    }

    /// Remembers a key; the row that had it before comes back.
    pub(super) fn add(&mut self, file: &'static str, value: &str, row: u64) -> Option<u64> {
        let key = (file, hash(value));
        if let Some(first) = self.rows.get(&key) {
            return Some(*first);
        }
        if self.rows.len() < KEY_LIMIT {
            self.rows.insert(key, row);
        } else {
            self.is_full = true;
        }
        None
    }

    fn has(&self, targets: &[&'static str], value: &str) -> bool {
        let value = hash(value);
        self.is_full || targets.iter().any(|file| self.rows.contains_key(&(*file, value)))
    }

    /// The columns of a file that refer to files that were read.
    pub(super) fn columns(&self, file: &File, header: &[String]) -> Vec<Column> {
        let mut columns = Vec::new();
        for (name, targets) in file.references {
            let known = targets.iter().any(|target| self.files.contains(target));
            if let Some(at) = header.iter().position(|cell| cell == name).filter(|_| known) {
                columns.push(Column { at, name, targets, missing: 0, first: None });
            }
        }
        columns
    }

    /// Looks at the cells of one row.
    pub(super) fn check(&self, columns: &mut [Column], row: u64, cell: &dyn Fn(usize) -> String) {
        for column in columns {
            let value = cell(column.at);
            if value.is_empty() || self.has(column.targets, &value) {
                continue;
            }
            column.missing += 1;
            column.first.get_or_insert((row, value));
        }
    }
}

impl Column {
    /// What there is to say of the column when its file ends.
    pub(super) fn finding(&self, file: &str) -> Option<Finding> {
        let (row, value) = self.first.as_ref()?;
        let place = Place {
            sheet: Some(file.to_owned()),
            row: Some(*row),
            column: Some(self.name.to_owned()),
            ..Place::default()
        };
        let found = format!("{value} ({})", self.missing);
        Some(Finding::new(FindingCode::GtfsReference, place, &found, self.targets.join(", ")))
    }
}
