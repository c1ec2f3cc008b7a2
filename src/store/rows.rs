//! Reading rows of one published table: the questions `http` may ask, and their answers.

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::Int64Type;
use serde_json::Value as Json;

use super::condition::{Bound, Condition, known};
use super::matcher::Matchers;
use super::{Store, StoreError, quoted};
use crate::model::catalogue::Table;
use crate::model::lonlat::Bbox;

/// A question for rows of one table. Column names must be those of the table (checked again by the store).
#[derive(Debug, Clone, Default)]
pub struct RowQuery {
    /// Columns wanted, in order; empty = all of the shape.
    pub columns: Vec<String>,
    /// Column equals one of the values (compared as text); all must hold.
    pub equals: Vec<(String, Vec<String>)>,
    /// What the rows must fulfil besides.
    pub condition: Option<Condition>,
    /// Equal rows once only: the columns wanted are compared, without `_id` unless it is among them.
    pub distinct: bool,
    /// Records whose box touches this one.
    pub bbox: Option<Bbox>,
    /// Order by these, then by `_id` (of distinct rows: then by their columns).
    pub sort: Vec<SortKey>,
    /// Most rows wanted.
    pub limit: u64,
    /// Rows passed over first.
    pub offset: u64,
    /// Whether the total is wanted.
    pub total: bool,
    /// Whether geometries are wanted.
    pub geometry: bool,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// The column.
    pub column: String,
    /// Greatest first.
    pub descending: bool,
    /// Rows without a value first.
    pub nulls_first: bool,
}

/// The answer.
#[derive(Debug, Clone, Default)]
pub struct RowPage {
    /// The columns of each row.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<FoundRow>,
    /// Rows that match without limit and offset, where asked for.
    pub total: Option<u64>,
}

/// The answer as the database gives it, column by column.
#[derive(Debug, Clone, Default)]
pub struct RowBatches {
    /// The columns behind `_id`, which is the first of each batch.
    pub columns: Vec<String>,
    /// The rows.
    pub batches: Vec<RecordBatch>,
    /// Where each row stands, in order: its batch and its place there.
    pub order: Vec<(usize, usize)>,
    /// Rows that match without limit and offset, where asked for.
    pub total: Option<u64>,
}

/// One row of an answer.
#[derive(Debug, Clone)]
pub struct FoundRow {
    /// `_id`: its place in the release's order, from 1.
    pub id: u64,
    /// One JSON value per column: null, string or number.
    pub values: Vec<Json>,
    /// Its geometry in degrees, where asked for and present.
    pub geometry: Option<geo_types::Geometry<f64>>,
}

/// Longest condition whose total is kept.
const TOTAL_KEY_BYTES: usize = 4_096;

/// The `_id`s of a batch.
fn ids(batch: &RecordBatch) -> Result<&arrow::array::Int64Array, StoreError> {
    let found = (batch.num_columns() > 0).then(|| batch.column(0));
    let ids = found.and_then(|array| array.as_primitive_opt::<Int64Type>()).filter(|ids| ids.null_count() == 0);
    ids.ok_or_else(|| StoreError::Stored { what: "_id", detail: "no whole number".to_owned() })
}

/// Most rows one answer holds: CKAN's cap for `datastore_search`.
pub const MAX_ROWS: u64 = 32_000;

impl Store {
    /// Answers a question for rows of one published table. Blocking: call it off the async threads.
    ///
    /// # Errors
    /// [`StoreError::NoColumn`] where the question names a column the table does not have (`_id` is one).
    pub fn rows(&self, table: &Table, query: &RowQuery) -> Result<RowPage, StoreError> {
        self.answer_rows(&Plan::of(table, query, &stored(table), &self.matchers)?, table.records, query)
    }

    /// Answers a question for rows as batches; geometries cannot be among them. Blocking.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub fn row_batches(&self, table: &Table, query: &RowQuery) -> Result<RowBatches, StoreError> {
        self.answer_batches(&Plan::of(table, query, &stored(table), &self.matchers)?, table.records, query, true)
    }

    /// The same question for rows that are no records but a list at hand (the list of all tables): each row holds one
    /// value per column of the shape; `_id` is its place in the list, from 1.
    ///
    /// # Errors
    /// As [`Self::rows`].
    pub fn listed_batches(
        &self,
        table: &Table,
        list: &[Vec<Json>],
        query: &RowQuery,
    ) -> Result<RowBatches, StoreError> {
        let plan = Plan::of(table, query, &listed(table, list), &self.matchers)?;
        self.answer_batches(&plan, list.len() as u64, query, false)
    }

    fn answer_batches(
        &self,
        plan: &Plan<'_>,
        records: u64,
        query: &RowQuery,
        is_kept: bool,
    ) -> Result<RowBatches, StoreError> {
        self.reading(|connection| {
            let total = match (query.total, &plan.count_sql) {
                (false, _) => None,
                (true, None) => Some(records),
                (true, Some(sql)) => Some(self.total(connection, sql, &plan.bound, is_kept)?),
            };
            let mut batches: Vec<RecordBatch> = Vec::new();
            if query.limit > 0 {
                let mut statement = connection.prepare(&plan.rows_sql)?;
                batches = statement.query_arrow(duckdb::params_from_iter(plan.bound.values.iter()))?.collect();
            }
            let mut order: Vec<(usize, usize)> = batches
                .iter()
                .enumerate()
                .flat_map(|(at, batch)| (0..batch.num_rows()).map(move |row| (at, row)))
                .collect();
            if plan.is_range {
                let ids = batches.iter().map(ids).collect::<Result<Vec<_>, _>>()?;
                order.sort_by_key(|(at, row)| ids[*at].value(*row));
            }
            Ok(RowBatches { columns: plan.columns.clone(), batches, order, total })
        })
    }

    /// How many rows a condition leaves of a table of records. Those of a release never change, so the number is kept;
    /// that of a statement with something to look up is not, since it names what is gone when it ends.
    fn total(
        &self,
        connection: &duckdb::Connection,
        sql: &str,
        bound: &Bound<'_>,
        is_kept: bool,
    ) -> Result<u64, StoreError> {
        let key = (is_kept && bound.is_plain()).then(|| format!("{sql}\n{:?}", bound.values));
        if let Some(total) = key.as_ref().and_then(|key| self.totals.get(key)) {
            return Ok(total);
        }
        let mut statement = connection.prepare(sql)?;
        let total = statement.query_row(duckdb::params_from_iter(bound.values.iter()), |row| row.get(0))?;
        if let Some(key) = key.filter(|key| key.len() <= TOTAL_KEY_BYTES) {
            self.totals.insert(key, total);
        }
        Ok(total)
    }

    fn answer_rows(&self, plan: &Plan<'_>, records: u64, query: &RowQuery) -> Result<RowPage, StoreError> {
        self.reading(|connection| {
            let total = match (query.total, &plan.count_sql) {
                (false, _) => None,
                // Nothing is asked of the rows: the catalogue knows how many there are.
                (true, None) => Some(records),
                (true, Some(sql)) => Some(self.total(connection, sql, &plan.bound, true)?),
            };
            let mut rows = Vec::new();
            if query.limit > 0 {
                let mut statement = connection.prepare(&plan.rows_sql)?;
                let mut found = statement.query(duckdb::params_from_iter(plan.bound.values.iter()))?;
                while let Some(row) = found.next()? {
                    rows.push(found_row(row, plan.columns.len(), query.geometry)?);
                }
                if plan.is_range {
                    rows.sort_unstable_by_key(|row| row.id);
                }
            }
            Ok(RowPage { columns: plan.columns.clone(), rows, total })
        })
    }
}

/// The table of a release in the database.
fn stored(table: &Table) -> String {
    format!("records.{}", quoted(&table.record_table))
}

/// A list as a table of its own.
fn listed(table: &Table, list: &[Vec<Json>]) -> String {
    let literal = |value: Option<&Json>| match value {
        Some(Json::Number(number)) => format!("CAST({number} AS BIGINT)"),
        Some(Json::String(text)) => format!("'{}'", text.replace('\'', "''")),
        _ => "NULL".to_owned(),
    };
    let row = |(index, row): (usize, &Vec<Json>)| {
        let cells = (0..table.shape.columns.len()).map(|at| literal(row.get(at)));
        let cells: Vec<String> = std::iter::once(format!("CAST({} AS BIGINT)", index + 1)).chain(cells).collect();
        format!("({})", cells.join(", "))
    };
    let mut names = vec!["_id".to_owned()];
    names.extend(table.shape.columns.iter().map(|column| quoted(&column.name)));
    // Without any row the types of the columns are still those of one.
    let (rows, none) = if list.is_empty() {
        (row((0, &Vec::new())), " WHERE false")
    } else {
        (list.iter().enumerate().map(row).collect::<Vec<_>>().join(", "), "")
    };
    format!("(SELECT * FROM (VALUES {rows}) AS l({}){none}) AS listed", names.join(", "))
}

/// The SQL of a question; every value is bound, every column name is one of the table's own.
pub(super) struct Plan<'a> {
    pub(super) columns: Vec<String>,
    /// What is selected: `_id` first, or zero for distinct rows.
    pub(super) select: String,
    /// The table.
    pub(super) source: String,
    /// What the rows must fulfil; all must hold.
    pub(super) conditions: Vec<String>,
    /// The keys of the order, the last of them decides.
    pub(super) order: Vec<String>,
    pub(super) distinct: bool,
    rows_sql: String,
    /// Whether the rows are a range of `_id`; such rows come in any order, and are few enough to be put in theirs here.
    is_range: bool,
    /// `None` where every row is meant.
    count_sql: Option<String>,
    pub(super) bound: Bound<'a>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(
        table: &Table,
        query: &RowQuery,
        source: &str,
        matchers: &'a Matchers,
    ) -> Result<Self, StoreError> {
        use duckdb::types::Value;

        let columns: Vec<String> = if query.columns.is_empty() {
            table.shape.columns.iter().map(|column| column.name.clone()).collect()
        } else {
            query.columns.clone()
        };
        let names = columns.iter().map(|column| known(table, column)).collect::<Result<Vec<_>, _>>()?;
        // Rows that tell `_id` are distinct as they are.
        let distinct = query.distinct && !columns.iter().any(|column| column == "_id");
        let mut select = String::from(if distinct { "DISTINCT CAST(0 AS BIGINT)" } else { "_id" });
        for name in &names {
            select.push_str(", ");
            select.push_str(name);
        }
        if query.geometry {
            select.push_str(", _geom");
        }
        let mut conditions: Vec<String> = Vec::new();
        let mut bound = Bound::new(matchers);
        for (column, wanted) in &query.equals {
            let marks = vec!["?"; wanted.len()].join(", ");
            conditions.push(if wanted.is_empty() {
                "false".to_owned()
            } else {
                format!("CAST({} AS VARCHAR) IN ({marks})", known(table, column)?)
            });
            bound.values.extend(wanted.iter().cloned().map(Value::Text));
        }
        if let Some(condition) = &query.condition {
            conditions.push(condition.sql(table, &mut bound)?);
        }
        if let Some(bbox) = &query.bbox {
            conditions.push("_west <= ? AND _east >= ? AND _south <= ? AND _north >= ?".to_owned());
            bound.values.extend([bbox.east_deg, bbox.west_deg, bbox.north_deg, bbox.south_deg].map(Value::Double));
        }
        let mut order = Vec::new();
        for key in &query.sort {
            let direction = if key.descending { "DESC" } else { "ASC" };
            let nulls = if key.nulls_first { "FIRST" } else { "LAST" };
            order.push(format!("{} {direction} NULLS {nulls}", known(table, &key.column)?));
        }
        if distinct {
            order.extend(names.iter().map(|name| format!("{name} NULLS LAST")));
        } else {
            order.push("_id".to_owned());
        }
        let filter = |conditions: &[String]| match conditions {
            [] => String::new(),
            some => format!(" WHERE {}", some.join(" AND ")),
        };
        let from = format!("FROM {source}{}", filter(&conditions));
        let count_sql = match (distinct, conditions.is_empty()) {
            (true, _) => Some(format!("SELECT count(*) FROM (SELECT DISTINCT {} {from})", names.join(", "))),
            (false, false) => Some(format!("SELECT count(*) {from}")),
            (false, true) => None,
        };
        let limit = query.limit.min(MAX_ROWS);
        // `_id` runs from 1 without gaps, so that a page of all rows is a range of it, for which the database reads
        // only the blocks that hold it.
        let in_place = query.sort.is_empty() && conditions.is_empty() && !distinct;
        let rows_sql = if in_place {
            let last = query.offset.saturating_add(limit);
            format!("SELECT {select} {from} WHERE _id > {} AND _id <= {last}", query.offset)
        } else {
            format!("SELECT {select} {from} ORDER BY {} LIMIT {limit} OFFSET {}", order.join(", "), query.offset)
        };
        Ok(Self {
            columns,
            select,
            source: source.to_owned(),
            conditions,
            order,
            distinct,
            rows_sql,
            is_range: in_place,
            count_sql,
            bound,
        })
    }
}

pub(super) fn found_row(row: &duckdb::Row<'_>, columns: usize, geometry: bool) -> Result<FoundRow, StoreError> {
    let id: i64 = row.get(0)?;
    let mut values = Vec::with_capacity(columns);
    for index in 1..=columns {
        values.push(match row.get::<_, duckdb::types::Value>(index)? {
            duckdb::types::Value::Null => Json::Null,
            duckdb::types::Value::BigInt(number) => Json::from(number),
            duckdb::types::Value::Double(number) => Json::from(number),
            duckdb::types::Value::Text(text) => Json::String(text),
            other => return Err(StoreError::Stored { what: "value", detail: format!("{other:?}") }),
        });
    }
    let geometry = if geometry {
        let wkb: Option<Vec<u8>> = row.get(columns + 1)?;
        wkb.map(|bytes| from_wkb(&bytes)).transpose()?
    } else {
        None
    };
    Ok(FoundRow { id: u64::try_from(id).unwrap_or(0), values, geometry })
}

impl<'a> Plan<'a> {
    /// The plan of a question for the records of a table.
    pub(super) fn of_records(table: &Table, query: &RowQuery, matchers: &'a Matchers) -> Result<Self, StoreError> {
        Self::of(table, query, &stored(table), matchers)
    }
}

/// Reads a geometry as the store keeps it (WKB).
pub fn from_wkb(bytes: &[u8]) -> Result<geo_types::Geometry<f64>, StoreError> {
    use geozero::ToGeo as _;
    geozero::wkb::Wkb(bytes)
        .to_geo()
        .map_err(|error| StoreError::Stored { what: "geometry", detail: error.to_string() })
}
