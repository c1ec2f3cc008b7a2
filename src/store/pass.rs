//! All rows that answer a question, part by part: what a dump is made of. No more than one part is held.

use arrow::array::RecordBatch;
use duckdb::Connection;

use super::rows::{Plan, RowQuery};
use super::{Store, StoreError};
use crate::model::catalogue::Table;

/// Records asked for at once: a result is held whole, some 10 MB of wide records.
const AT_ONCE: u64 = 10_000;

/// The table in which rows in an order of their own, or distinct ones, are laid aside. DuckDB moves it to the disk where
/// memory is short; it belongs to one connection.
const ASIDE: &str = "temp.main.passed";

impl Store {
    /// Hands every row that answers `query` to `take`, in order: batches of `_id` and the columns of the question.
    /// `query.limit` may be any number ([`u64::MAX`] = all); `take` says whether it wants more. Blocking.
    ///
    /// # Errors
    /// [`StoreError::NoColumn`] as [`Self::rows`]; whatever was handed over before another error is of a part only.
    pub fn pass_rows(
        &self,
        table: &Table,
        query: &RowQuery,
        take: &mut dyn FnMut(&RecordBatch) -> bool,
    ) -> Result<(), StoreError> {
        let plan = Plan::of_records(table, query, &self.matchers)?;
        self.reading(|connection| {
            if query.sort.is_empty() && !plan.distinct {
                in_place(connection, &plan, table.records, query, take)
            } else {
                let passed = laid_aside(connection, &plan, query, take);
                let dropped = connection.execute_batch(&format!("DROP TABLE IF EXISTS {ASIDE}"));
                passed.and(dropped.map_err(StoreError::from))
            }
        })
    }
}

/// In the order of `_id`: ranges of it, each one place in the table. Offset and limit count the rows that are found.
fn in_place(
    connection: &Connection,
    plan: &Plan<'_>,
    records: u64,
    query: &RowQuery,
    take: &mut dyn FnMut(&RecordBatch) -> bool,
) -> Result<(), StoreError> {
    let all = plan.conditions.is_empty();
    // Where every row is meant, the offset names the place itself.
    let (mut from, mut skip) = if all { (query.offset, 0) } else { (0, query.offset) };
    let mut left = query.limit;
    let conditions = match plan.conditions.as_slice() {
        [] => String::new(),
        some => format!("({}) AND ", some.join(") AND (")),
    };
    while from < records && left > 0 {
        let to = from.saturating_add(AT_ONCE);
        let (select, source) = (&plan.select, &plan.source);
        let sql = format!("SELECT {select} FROM {source} WHERE {conditions}_id > {from} AND _id <= {to} ORDER BY _id");
        for batch in batches(connection, &sql, &plan.bound.values)? {
            let Some(part) = cut(&batch, &mut skip, &mut left) else { continue };
            if !take(&part) {
                return Ok(());
            }
        }
        from = to;
    }
    Ok(())
}

/// In any other order: numbered once into a table of this connection, and read from there range by range.
fn laid_aside(
    connection: &Connection,
    plan: &Plan<'_>,
    query: &RowQuery,
    take: &mut dyn FnMut(&RecordBatch) -> bool,
) -> Result<(), StoreError> {
    let (select, source, order) = (&plan.select, &plan.source, plan.order.join(", "));
    let filter = match plan.conditions.as_slice() {
        [] => String::new(),
        some => format!(" WHERE {}", some.join(" AND ")),
    };
    let rows = if plan.distinct {
        format!(
            "SELECT row_number() OVER (ORDER BY {order}) AS \"passed as\", * FROM (SELECT {select} FROM {source}{filter})"
        )
    } else {
        format!("SELECT row_number() OVER (ORDER BY {order}) AS \"passed as\", {select} FROM {source}{filter}")
    };
    let mut statement = connection.prepare(&format!("CREATE OR REPLACE TEMP TABLE passed AS {rows}"))?;
    statement.execute(duckdb::params_from_iter(plan.bound.values.iter()))?;
    let count: u64 = connection.query_row(&format!("SELECT count(*) FROM {ASIDE}"), [], |row| row.get(0))?;
    let (mut skip, mut left) = (0, query.limit);
    let mut from = query.offset;
    while from < count && left > 0 {
        let to = from.saturating_add(AT_ONCE);
        let sql = format!(
            "SELECT * EXCLUDE (\"passed as\") FROM {ASIDE} WHERE \"passed as\" > {from} AND \"passed as\" <= {to} \
             ORDER BY \"passed as\""
        );
        for batch in batches(connection, &sql, &[])? {
            let Some(part) = cut(&batch, &mut skip, &mut left) else { continue };
            if !take(&part) {
                return Ok(());
            }
        }
        from = to;
    }
    Ok(())
}

fn batches(
    connection: &Connection,
    sql: &str,
    values: &[duckdb::types::Value],
) -> Result<Vec<RecordBatch>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    Ok(statement.query_arrow(duckdb::params_from_iter(values.iter()))?.collect())
}

/// The rows of a batch behind those still to be passed over, and no more than are still wanted.
fn cut(batch: &RecordBatch, skip: &mut u64, left: &mut u64) -> Option<RecordBatch> {
    let rows = batch.num_rows();
    let first = usize::try_from(*skip).unwrap_or(usize::MAX).min(rows);
    *skip -= first as u64;
    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(rows - first);
    *left -= count as u64;
    (count > 0).then(|| batch.slice(first, count))
}
