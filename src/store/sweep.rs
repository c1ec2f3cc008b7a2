//! The records of a table, part by part.

use arrow::array::RecordBatch;
use duckdb::Connection;

use super::{StoreError, quoted};

/// Records asked for at once: a result is held whole, some 30 MB of wide records.
const SWEPT_AT_ONCE: i64 = 20_000;

/// All records of a table in the order of `_id`, part by part: the table is stored in that order, so each part is one
/// place in it, and no more than one part is held.
pub(super) struct Sweep<'a> {
    connection: &'a Connection,
    sql: String,
    next: i64,
    last: i64,
    batches: std::vec::IntoIter<RecordBatch>,
    pub(super) failed: Option<duckdb::Error>,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(connection: &'a Connection, record_table: &str) -> Result<Self, StoreError> {
        let table = quoted(record_table);
        let sql = format!("SELECT min(_id), max(_id) FROM records.{table}");
        let ends: (Option<i64>, Option<i64>) = connection.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let sql = format!("SELECT * FROM records.{table} WHERE _id BETWEEN ? AND ? ORDER BY _id");
        let (next, last) = (ends.0.unwrap_or(1), ends.1.unwrap_or(0));
        Ok(Self { connection, sql, next, last, batches: Vec::new().into_iter(), failed: None })
    }

    fn part(&self) -> Result<Vec<RecordBatch>, duckdb::Error> {
        let mut statement = self.connection.prepare_cached(&self.sql)?;
        Ok(statement.query_arrow([self.next, self.next + SWEPT_AT_ONCE - 1])?.collect())
    }
}

impl Iterator for Sweep<'_> {
    type Item = RecordBatch;

    fn next(&mut self) -> Option<RecordBatch> {
        loop {
            if let Some(batch) = self.batches.next() {
                return Some(batch);
            }
            if self.next > self.last || self.failed.is_some() {
                return None;
            }
            match self.part() {
                Ok(batches) => self.batches = batches.into_iter(),
                Err(error) => self.failed = Some(error),
            }
            self.next += SWEPT_AT_ONCE;
        }
    }
}
