//! The difference of two tables of records, in DuckDB: digests of rows are joined by key, and only what differs is looked
//! at cell by cell.
//!
//! Everything is asked of one reading connection with temporary tables of its own, so publishing and serving go on.

mod compare;
mod key;
mod releases;

use duckdb::Connection;

pub use self::releases::{Compared, ComparedRelease};
use super::{Store, StoreError, quoted};
use crate::model::difference::TableDifference;
use crate::model::record::{Column, Storage};

impl Store {
    /// The difference of two tables. `examples`: most records of each kind that are shown whole.
    pub fn difference(
        &self,
        before: &Compared,
        after: &Compared,
        examples: u64,
    ) -> Result<TableDifference, StoreError> {
        self.reading(|connection| {
            let difference = compare::difference(&Asked { connection, before, after }, examples);
            // Whatever happened, the connection is lent to others afterwards.
            let cleared = connection.execute_batch(
                "DROP TABLE IF EXISTS temp.difference_before; DROP TABLE IF EXISTS temp.difference_after;
                 DROP TABLE IF EXISTS temp.difference_pairs; DROP TABLE IF EXISTS temp.difference_added;
                 DROP TABLE IF EXISTS temp.difference_removed; DROP TABLE IF EXISTS temp.difference_doubled;",
            );
            let difference = difference?;
            cleared?;
            Ok(difference)
        })
    }
}

/// What is compared, and where it is asked.
struct Asked<'a> {
    connection: &'a Connection,
    before: &'a Compared,
    after: &'a Compared,
}

/// The two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

const SIDES: [Side; 2] = [Side::Before, Side::After];

impl Side {
    /// The temporary table of digests.
    fn digests(self) -> &'static str {
        match self {
            Self::Before => "temp.difference_before",
            Self::After => "temp.difference_after",
        }
    }

    /// The temporary table of records that only this side has.
    fn alone(self) -> &'static str {
        match self {
            Self::Before => "temp.difference_removed",
            Self::After => "temp.difference_added",
        }
    }
}

impl Asked<'_> {
    fn side(&self, side: Side) -> &Compared {
        match side {
            Side::Before => self.before,
            Side::After => self.after,
        }
    }

    fn records(&self, side: Side) -> String {
        format!("records.{}", quoted(&self.side(side).record_table))
    }

    /// Columns of both, as they stand after.
    fn common(&self) -> Vec<&Column> {
        let has = |name: &str| self.before.shape.columns.iter().any(|column| column.name == name);
        self.after.shape.columns.iter().filter(|column| has(&column.name)).collect()
    }

    /// A column as it is compared: as text where its storage differs.
    fn value(&self, alias: &str, name: &str) -> String {
        let storage = |compared: &Compared| -> Option<Storage> {
            Some(compared.shape.columns.iter().find(|column| column.name == name)?.kind.storage())
        };
        let column = format!("{alias}.{}", quoted(name));
        if storage(self.before) == storage(self.after) { column } else { format!("CAST({column} AS VARCHAR)") }
    }

    fn count(&self, sql: &str) -> Result<u64, StoreError> {
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }
}
