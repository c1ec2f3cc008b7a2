//! A SQLite database opened from memory so that nothing in it can act: read only, no views, no triggers, no extensions,
//! every statement under a count of steps.
//!
//! A schema is program text of whoever made the file (<https://www.sqlite.org/security.html>, "untrusted SQLite database
//! files"); only tables whose rows lie in the file as they are get read, and each of them only after its pages were
//! checked to be used once.

use std::io::Read as _;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, MAIN_DB};

use crate::read::geo_error::GeoError;
use crate::read::{ReadError, ReadLimits};

/// Steps of SQLite's machine for each byte of the file: a row takes some steps for each of its columns, and a narrow row
/// of many absent columns some hundred for each byte.
const STEPS_PER_BYTE: u64 = 400;

/// Steps whatever the size: half a second.
const STEPS: u64 = 50_000_000;

/// Steps between two looks at the count.
const STEPS_BETWEEN: i32 = 10_000;

/// Objects of a schema. A layer has its table, an index table with four shadow tables and seven triggers.
const OBJECTS: usize = 20_000;

/// A database whose size was checked against its bytes.
pub(super) struct Database {
    connection: Connection,
    bytes: u64,
    /// Whether it was being edited when it was saved.
    pub(super) is_wal: bool,
}

/// One object of the schema.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// Its name as written.
    pub(super) name: String,
    /// Whether its rows lie in the file: a table that is neither a view nor made by a module.
    pub(super) is_plain_table: bool,
    /// `table`, `view`.
    pub(super) kind: String,
}

/// A name as SQL quotes it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Why SQLite could not go on.
pub(super) fn failure(part: &str, error: &rusqlite::Error) -> ReadError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => {
            GeoError::WorkWithoutEnd { part: part.to_owned(), detail: "SQLite".to_owned() }.into()
        }
        _ => ReadError::PartBroken { part: part.to_owned(), detail: error.to_string().chars().take(120).collect() },
    }
}

impl Database {
    /// Opens the bytes of a file.
    pub(super) fn open(bytes: &[u8], limits: &ReadLimits) -> Result<Self, ReadError> {
        let head = check_size(bytes)?;
        let broken = |error: rusqlite::Error| failure("SQLite", &error);
        let mut connection = Connection::open_in_memory().map_err(broken)?;
        // Set before the database is there, so that its schema is never read otherwise.
        for (setting, value) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
            (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        ] {
            connection.set_db_config(setting, value).map_err(broken)?;
        }
        // No value is longer than the file; text of UTF-16 grows by a half on its way to UTF-8.
        let longest = bytes.len().saturating_mul(2).clamp(1 << 20, 512 << 20);
        for (limit, value) in [
            (Limit::SQLITE_LIMIT_LENGTH, i32::try_from(longest).unwrap_or(i32::MAX)),
            (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
            (Limit::SQLITE_LIMIT_COLUMN, i32::try_from(limits.columns).unwrap_or(2_000)),
            (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
            (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 10),
            (Limit::SQLITE_LIMIT_VDBE_OP, 1 << 20),
            (Limit::SQLITE_LIMIT_ATTACHED, 0),
            (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
            (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
        ] {
            connection.set_limit(limit, value).map_err(broken)?;
        }
        let is_wal = head.get(18..20) == Some(&[2, 2]);
        // A database in memory has no log; by these two bytes it is read as one without.
        let (start, rest) = bytes.split_at(20.min(bytes.len()));
        let mut start = start.to_vec();
        if is_wal && let Some(versions) = start.get_mut(18..20) {
            versions.fill(1);
        }
        connection.deserialize_read_exact(MAIN_DB, start.as_slice().chain(rest), bytes.len(), true).map_err(broken)?;
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let most =
            STEPS.saturating_add(length.saturating_mul(STEPS_PER_BYTE)) / u64::from(STEPS_BETWEEN.unsigned_abs());
        let mut looks = 0_u64;
        let stop = move || {
            looks += 1;
            looks > most
        };
        connection.progress_handler(STEPS_BETWEEN, Some(stop)).map_err(broken)?;
        connection
            .execute_batch(
                "PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA ignore_check_constraints = ON; \
                 PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;",
            )
            .map_err(broken)?;
        Ok(Self { connection, bytes: length, is_wal })
    }

    /// The connection, for statements on plain tables.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Bytes of the file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Tables and views, in the order of the schema.
    pub(super) fn objects(&self) -> Result<Vec<Object>, ReadError> {
        let broken = |error: rusqlite::Error| failure("sqlite_schema", &error);
        let mut statement = self
            .connection
            .prepare("SELECT name, type, rootpage FROM sqlite_schema WHERE type IN ('table', 'view')")
            .map_err(broken)?;
        let mut rows = statement.query([]).map_err(broken)?;
        let mut objects = Vec::new();
        while let Some(row) = rows.next().map_err(broken)? {
            if objects.len() >= OBJECTS {
                return Err(ReadError::TooManyParts { what: "tables", limit: OBJECTS });
            }
            let kind: String = row.get(1).map_err(broken)?;
            let root: Option<i64> = row.get(2).map_err(broken)?;
            // A table made by a module has no page of its own.
            let is_plain_table = kind == "table" && root.is_some_and(|root| root > 0);
            objects.push(Object { name: row.get(0).map_err(broken)?, is_plain_table, kind });
        }
        Ok(objects)
    }

    /// Whether every page of a table is there and used once.
    pub(super) fn check(&self, table: &str) -> Result<(), ReadError> {
        let broken = |error: rusqlite::Error| failure(table, &error);
        let sql = format!("PRAGMA quick_check({})", quoted(table));
        let mut statement = self.connection.prepare(&sql).map_err(broken)?;
        let mut rows = statement.query([]).map_err(broken)?;
        while let Some(row) = rows.next().map_err(broken)? {
            let said: String = row.get(0).map_err(broken)?;
            // A value of another type than its column's is a matter of the value, not of the file.
            if said != "ok" && !said.contains(" value in ") {
                let detail = said.chars().filter(|c| !c.is_control()).take(120).collect();
                return Err(ReadError::PartBroken { part: table.to_owned(), detail });
            }
        }
        Ok(())
    }
}

/// Checks the header (100 bytes, <https://www.sqlite.org/fileformat.html>) against the bytes and gives it.
fn check_size(bytes: &[u8]) -> Result<&[u8], ReadError> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let cut =
        |expected: u64| ReadError::Truncated { part: "GeoPackage", expected_bytes: expected, found_bytes: length };
    let head = bytes.get(..100).ok_or_else(|| cut(100))?;
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    let page_bytes = match head.get(16..18) {
        Some([0, 1]) => 65_536,
        Some([high, low]) => u64::from(u16::from_be_bytes([*high, *low])),
        _ => 0,
    };
    if !page_bytes.is_power_of_two() || page_bytes < 512 {
        return Err(ReadError::PartBroken { part: "SQLite".to_owned(), detail: format!("page size {page_bytes}") });
    }
    // The number of pages stands only where the last writer was one that keeps it.
    let pages = if number(24) == number(92) { u64::from(number(28)) } else { 0 };
    let expected = pages.max(1).saturating_mul(page_bytes);
    if expected > length || length % page_bytes != 0 {
        return Err(cut(expected.max(length.next_multiple_of(page_bytes))));
    }
    Ok(head)
}
