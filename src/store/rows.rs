//! Reading rows of one published table: the questions `http` may ask, and their answers.

use serde_json::Value as Json;

use super::{Store, StoreError, quoted};
use crate::model::catalogue::Table;
use crate::model::lonlat::Bbox;
use crate::model::record::Storage;

/// A question for rows of one table. Column names must be those of the table (checked again by the store).
#[derive(Debug, Clone, Default)]
pub struct RowQuery {
    /// Columns wanted, in order; empty = all of the shape.
    pub columns: Vec<String>,
    /// Column equals one of the values (compared as text); all must hold.
    pub equals: Vec<(String, Vec<String>)>,
    /// Text that must occur in any text column, after folding width and case.
    pub contains: Option<String>,
    /// Records whose box touches this one.
    pub bbox: Option<Bbox>,
    /// Order: column and whether descending; then `_id`.
    pub sort: Vec<(String, bool)>,
    /// Most rows wanted.
    pub limit: u64,
    /// Rows passed over first.
    pub offset: u64,
    /// Whether the total is wanted.
    pub total: bool,
    /// Whether geometries are wanted.
    pub geometry: bool,
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

/// Most rows one answer holds: CKAN's cap for `datastore_search`.
pub const MAX_ROWS: u64 = 32_000;

impl Store {
    /// Answers a question for rows of one published table. Blocking: call it off the async threads.
    ///
    /// # Errors
    /// [`StoreError::NoColumn`] where the question names a column the table does not have (`_id` is one).
    pub fn rows(&self, table: &Table, query: &RowQuery) -> Result<RowPage, StoreError> {
        let plan = Plan::of(table, query)?;
        self.reading(|connection| {
            let total = if query.total {
                let mut statement = connection.prepare(&plan.count_sql)?;
                Some(statement.query_row(duckdb::params_from_iter(plan.values.iter()), |row| row.get(0))?)
            } else {
                None
            };
            let mut rows = Vec::new();
            if query.limit > 0 {
                let mut statement = connection.prepare(&plan.rows_sql)?;
                let mut found = statement.query(duckdb::params_from_iter(plan.values.iter()))?;
                while let Some(row) = found.next()? {
                    rows.push(found_row(row, plan.columns.len(), query.geometry)?);
                }
            }
            Ok(RowPage { columns: plan.columns.clone(), rows, total })
        })
    }
}

/// The SQL of a question; every value is bound, every column name is one of the table's own.
struct Plan {
    columns: Vec<String>,
    rows_sql: String,
    count_sql: String,
    values: Vec<duckdb::types::Value>,
}

impl Plan {
    fn of(table: &Table, query: &RowQuery) -> Result<Self, StoreError> {
        use duckdb::types::Value;

        let known = |name: &str| -> Result<String, StoreError> {
            if name == "_id" || table.shape.columns.iter().any(|column| column.name == name) {
                Ok(quoted(name))
            } else {
                Err(StoreError::NoColumn { column: name.chars().take(80).collect() })
            }
        };
        let columns: Vec<String> = if query.columns.is_empty() {
            table.shape.columns.iter().map(|column| column.name.clone()).collect()
        } else {
            query.columns.clone()
        };
        let mut select = String::from("_id");
        for column in &columns {
            select.push_str(", ");
            select.push_str(&known(column)?);
        }
        if query.geometry {
            select.push_str(", _geom");
        }
        let mut conditions = vec!["true".to_owned()];
        let mut values = Vec::new();
        for (column, wanted) in &query.equals {
            let marks = vec!["?"; wanted.len()].join(", ");
            conditions.push(if wanted.is_empty() {
                "false".to_owned()
            } else {
                format!("CAST({} AS VARCHAR) IN ({marks})", known(column)?)
            });
            values.extend(wanted.iter().cloned().map(Value::Text));
        }
        if let Some(text) = &query.contains {
            let texts: Vec<String> = table
                .shape
                .columns
                .iter()
                .filter(|column| column.kind.storage() == Storage::Text)
                .map(|column| format!("contains(lower({}), ?)", quoted(&column.name)))
                .collect();
            conditions.push(if texts.is_empty() { "false".to_owned() } else { format!("({})", texts.join(" OR ")) });
            values.extend(std::iter::repeat_n(Value::Text(text.to_lowercase()), texts.len()));
        }
        if let Some(bbox) = &query.bbox {
            conditions.push("_west <= ? AND _east >= ? AND _south <= ? AND _north >= ?".to_owned());
            values.extend([bbox.east_deg, bbox.west_deg, bbox.north_deg, bbox.south_deg].map(Value::Double));
        }
        let mut order = String::new();
        for (column, descending) in &query.sort {
            order.push_str(&known(column)?);
            order.push_str(if *descending { " DESC NULLS LAST, " } else { " NULLS LAST, " });
        }
        let from = format!("FROM records.{} WHERE {}", quoted(&table.record_table), conditions.join(" AND "));
        Ok(Self {
            columns,
            rows_sql: format!(
                "SELECT {select} {from} ORDER BY {order}_id LIMIT {} OFFSET {}",
                query.limit.min(MAX_ROWS),
                query.offset
            ),
            count_sql: format!("SELECT count(*) {from}"),
            values,
        })
    }
}

fn found_row(row: &duckdb::Row<'_>, columns: usize, geometry: bool) -> Result<FoundRow, StoreError> {
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

/// Reads a geometry as the store keeps it (WKB).
pub fn from_wkb(bytes: &[u8]) -> Result<geo_types::Geometry<f64>, StoreError> {
    use geozero::ToGeo as _;
    geozero::wkb::Wkb(bytes)
        .to_geo()
        .map_err(|error| StoreError::Stored { what: "geometry", detail: error.to_string() })
}
