//! Reading features of one published table page by page, each page beginning after the last feature of the one before.
//!
//! Two steps, so that a page of large shapes takes no more memory than is sent: first which rows (numbers only), then
//! the rows themselves, a part at a time, until the caller has enough.

mod nearest;

use std::fmt::Write as _;
use std::sync::{Arc, PoisonError};

use duckdb::types::Value;

use super::condition::{Bound, Condition, known};
use super::rows::{FoundRow, SortKey, found_row};
use super::stretches::{Boxes, Stretch, reach};
use super::{Store, StoreError, quoted};
use crate::model::catalogue::Table;
use crate::model::lonlat::{Bbox, LonLat};
use crate::model::record::GeometryKind;

/// A question for features of one table. Column names must be those of the table or `_id` (checked again here).
#[derive(Debug, Clone, Default)]
pub struct FeatureQuery {
    /// Columns wanted, in order.
    pub columns: Vec<String>,
    /// Whether geometries are wanted.
    pub geometry: bool,
    /// What the features must fulfil.
    pub condition: Option<Condition>,
    /// Order by these, then by `_id`. Not together with `near`.
    pub sort: Vec<SortKey>,
    /// Only features with geometry, the nearest first, then by `_id`.
    pub near: Option<LonLat>,
    /// Begin after the feature of this `_id`, in the order asked for.
    pub after: Option<u64>,
    /// Most features wanted.
    pub limit: u64,
}

/// One feature of an answer.
#[derive(Debug)]
pub struct Feature {
    /// Its row.
    pub row: FoundRow,
    /// How far away it is, in metres, where that was asked.
    pub distance_m: Option<f64>,
}

/// What is known once the features have gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeaturesTaken {
    /// Features that fulfil the condition, on all pages.
    pub matched: u64,
    /// Features taken.
    pub returned: u64,
    /// The `_id` of the last one taken, where more follow.
    pub next_after: Option<u64>,
}

/// Rows fetched at once in the second step: of areas with some ten thousand vertices, 64 are 10 MiB.
const ROWS_AT_ONCE: usize = 64;
/// Pages of points up to this many rows are read in one step: a row is some hundred bytes.
const ONE_STEP_ROWS: u64 = 1_000;

impl Store {
    /// Hands the features of a page to `take` in order, until it says that it has enough (`false`), or the page is full.
    /// Blocking: call it off the async threads.
    ///
    /// # Errors
    /// [`StoreError::NoColumn`] where the question names a column the table does not have.
    pub fn features(
        &self,
        table: &Table,
        query: &FeatureQuery,
        mut take: impl FnMut(Feature) -> bool,
    ) -> Result<FeaturesTaken, StoreError> {
        self.reading(|connection| {
            let boxes = self.boxes(connection, table)?;
            let reader = Reader { connection, table, query, store: self, boxes };
            let page = reader.page()?;
            let mut taken = 0_usize;
            if let Some(rows) = page.rows {
                for (row, distance_m) in rows.into_iter().zip(page.picked.iter().map(|picked| picked.1)) {
                    taken += 1;
                    if !take(Feature { row, distance_m }) {
                        break;
                    }
                }
            } else {
                'all: for part in page.picked.chunks(ROWS_AT_ONCE) {
                    for (row, picked) in reader.fetch(part)?.into_iter().zip(part) {
                        taken += 1;
                        if !take(Feature { row, distance_m: picked.1 }) {
                            break 'all;
                        }
                    }
                }
            }
            let cut_short = taken < page.picked.len();
            let last = taken.checked_sub(1).and_then(|last| page.picked.get(last)).map(|picked| picked.0);
            let returned = taken as u64;
            let next_after = last.filter(|_| page.more || cut_short);
            let matched = match (query.after, next_after) {
                (None, None) if query.limit > 0 => returned,
                _ => reader.count()?,
            };
            Ok(FeaturesTaken { matched, returned, next_after })
        })
    }
}

impl Store {
    /// Whether a published table has records without geometry; asked of the database once. Blocking.
    pub fn has_unplaced(&self, table: &Table) -> Result<bool, StoreError> {
        let known = self.unplaced.lock().unwrap_or_else(PoisonError::into_inner).get(&table.record_table).copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let sql = format!("SELECT EXISTS (SELECT 1 FROM records.{} WHERE _west IS NULL)", quoted(&table.record_table));
        let found: bool = self.reading(|connection| Ok(connection.query_row(&sql, [], |row| row.get(0))?))?;
        // The records of a release never change, so neither does the answer.
        self.unplaced.lock().unwrap_or_else(PoisonError::into_inner).insert(table.record_table.clone(), found);
        Ok(found)
    }
}

/// Which rows a page holds: `_id` and distance; the rows themselves where they were read in the same step.
struct Page {
    picked: Vec<(u64, Option<f64>)>,
    rows: Option<Vec<FoundRow>>,
    more: bool,
}

struct Reader<'a> {
    connection: &'a duckdb::Connection,
    table: &'a Table,
    query: &'a FeatureQuery,
    store: &'a Store,
    /// Boxes around stretches of the table, where it is large.
    boxes: Option<Arc<Boxes>>,
}

impl Reader<'_> {
    fn from(&self) -> String {
        format!("records.{}", quoted(&self.table.record_table))
    }

    /// The condition of the question, without where its page begins.
    fn filter(&self, bound: &mut Bound<'_>) -> Result<Vec<String>, StoreError> {
        let mut parts = Vec::new();
        if let Some(condition) = &self.query.condition {
            parts.push(condition.sql(self.table, bound)?);
        }
        if self.query.near.is_some() {
            parts.push("_west IS NOT NULL".to_owned());
        }
        Ok(parts)
    }

    /// Where to look for features of the box, part by part, behind an `_id`; everywhere at once (`None`) where nothing
    /// bounds them.
    fn parts(&self, bbox: Option<&Bbox>, after: u64) -> Vec<Option<Stretch>> {
        match bbox.and_then(|bbox| self.boxes.as_ref()?.touching(bbox)) {
            Some(stretches) => stretches.into_iter().filter(|own| own.last > after).map(Some).collect(),
            None => vec![None],
        }
    }

    /// The box outside of which no feature is meant.
    fn reach(&self) -> Option<Bbox> {
        self.query.condition.as_ref().and_then(reach)
    }

    fn count(&self) -> Result<u64, StoreError> {
        let mut bound = Bound::new(&self.store.matchers);
        let filter = self.filter(&mut bound)?;
        if filter.is_empty() {
            return Ok(self.table.records);
        }
        let mut count = 0;
        for part in self.parts(self.reach().as_ref(), 0) {
            let sql = format!("SELECT count(*) FROM {}{}", self.from(), where_all(&filter, part));
            let mut statement = self.connection.prepare(&sql)?;
            count += statement.query_row(duckdb::params_from_iter(bound.values.iter()), |row| row.get::<_, u64>(0))?;
        }
        Ok(count)
    }

    fn page(&self) -> Result<Page, StoreError> {
        let query = self.query;
        if query.limit == 0 {
            return Ok(Page { picked: Vec::new(), rows: None, more: false });
        }
        if let Some(from) = query.near {
            return self.nearest(from);
        }
        if query.condition.is_none() && query.sort.is_empty() {
            // `_id` runs from 1 without gaps.
            let first = query.after.unwrap_or(0).saturating_add(1);
            let last = first.saturating_add(query.limit - 1).min(self.table.records);
            let picked = (first..=last).map(|id| (id, None)).collect();
            return Ok(Page { picked, rows: None, more: last < self.table.records });
        }
        let mut bound = Bound::new(&self.store.matchers);
        let mut filter = self.filter(&mut bound)?;
        filter.extend(self.after(&mut bound)?);
        let one_step = self.one_step();
        let select = if one_step { self.select()? } else { "_id".to_owned() };
        let order = self.order()?;
        let parts = if query.sort.is_empty() {
            self.parts(self.reach().as_ref(), query.after.unwrap_or(0))
        } else {
            vec![None]
        };
        let (mut picked, mut rows) = (Vec::new(), Vec::new());
        for part in parts {
            let wanted = (query.limit + 1).saturating_sub(picked.len() as u64);
            if wanted == 0 {
                break;
            }
            let filter = where_all(&filter, part);
            let sql = format!("SELECT {select} FROM {}{filter} ORDER BY {order} LIMIT {wanted}", self.from());
            let mut statement = self.connection.prepare(&sql)?;
            let mut found = statement.query(duckdb::params_from_iter(bound.values.iter()))?;
            while let Some(row) = found.next()? {
                if one_step {
                    let row = found_row(row, query.columns.len(), query.geometry)?;
                    picked.push((row.id, None));
                    rows.push(row);
                } else {
                    let id: i64 = row.get(0)?;
                    picked.push((u64::try_from(id).unwrap_or(0), None));
                }
            }
        }
        Ok(full(picked, one_step.then_some(rows), query.limit))
    }

    /// Whether the rows of a page are read together with their `_id`s.
    fn one_step(&self) -> bool {
        self.table.geometry == Some(GeometryKind::Point) && self.query.limit <= ONE_STEP_ROWS
    }

    fn select(&self) -> Result<String, StoreError> {
        let mut select = String::from("_id");
        for column in &self.query.columns {
            select.push_str(", ");
            select.push_str(&known(self.table, column)?);
        }
        if self.query.geometry {
            select.push_str(", _geom");
        }
        Ok(select)
    }

    fn order(&self) -> Result<String, StoreError> {
        let mut order = String::new();
        for key in &self.query.sort {
            let direction = if key.descending { "DESC" } else { "ASC" };
            let nulls = if key.nulls_first { "FIRST" } else { "LAST" };
            // Writing to a String cannot fail.
            let _ = write!(order, "{} {direction} NULLS {nulls}, ", known(self.table, &key.column)?);
        }
        order.push_str("_id");
        Ok(order)
    }

    /// What follows the feature where the page before ended: by its values of the keys, then by its `_id`.
    fn after(&self, bound: &mut Bound<'_>) -> Result<Option<String>, StoreError> {
        let Some(id) = self.query.after else { return Ok(None) };
        let mut next = format!("_id > {id}");
        if self.query.sort.is_empty() {
            return Ok(Some(next));
        }
        let names = self.query.sort.iter().map(|key| known(self.table, &key.column)).collect::<Result<Vec<_>, _>>()?;
        let sql = format!("SELECT {} FROM {} WHERE _id = {id}", names.join(", "), self.from());
        let mut statement = self.connection.prepare(&sql)?;
        let mut found = statement.query([])?;
        let Some(row) = found.next()? else { return Ok(Some("false".to_owned())) };
        let values = (0..names.len()).map(|index| row.get::<_, Value>(index)).collect::<Result<Vec<_>, _>>()?;
        // From the last key to the first: what follows by this key, or is equal and follows by the next.
        let mut marks = Vec::new();
        for ((name, value), key) in names.iter().zip(values).zip(&self.query.sort).rev() {
            let follows = match (&value, key.nulls_first) {
                (Value::Null, true) => format!("{name} IS NOT NULL"),
                (Value::Null, false) => "false".to_owned(),
                (_, nulls_first) => {
                    let sign = if key.descending { "<" } else { ">" };
                    let nulls = if nulls_first { String::new() } else { format!(" OR {name} IS NULL") };
                    format!("({name} {sign} ?{nulls})")
                }
            };
            // The marks of this key stand before those of the keys after it.
            marks.insert(0, value.clone());
            if value != Value::Null {
                marks.insert(0, value);
            }
            next = format!("({follows} OR ({name} IS NOT DISTINCT FROM ? AND {next}))");
        }
        bound.values.extend(marks);
        Ok(Some(next))
    }

    /// The rows of these `_id`s, in their order.
    fn fetch(&self, picked: &[(u64, Option<f64>)]) -> Result<Vec<FoundRow>, StoreError> {
        let (Some(least), Some(most)) =
            (picked.iter().map(|picked| picked.0).min(), picked.iter().map(|picked| picked.0).max())
        else {
            return Ok(Vec::new());
        };
        // A range is told even where it has gaps: the database passes over blocks by it.
        let mut filter = format!("_id >= {least} AND _id <= {most}");
        if most - least + 1 != picked.len() as u64 {
            let ids: Vec<String> = picked.iter().map(|picked| picked.0.to_string()).collect();
            let _ = write!(filter, " AND _id IN ({})", ids.join(", "));
        }
        let sql = format!("SELECT {} FROM {} WHERE {filter}", self.select()?, self.from());
        let mut statement = self.connection.prepare(&sql)?;
        let mut found = statement.query([])?;
        let mut rows = Vec::with_capacity(picked.len());
        while let Some(row) = found.next()? {
            rows.push(found_row(row, self.query.columns.len(), self.query.geometry)?);
        }
        let place: std::collections::HashMap<u64, usize> =
            picked.iter().enumerate().map(|(place, picked)| (picked.0, place)).collect();
        rows.sort_by_key(|row| place.get(&row.id).copied());
        Ok(rows)
    }
}

/// The conditions, and that the row lies in a part of the table.
fn where_all(filter: &[String], part: Option<Stretch>) -> String {
    let all: Vec<String> = part.map(Stretch::sql).into_iter().chain(filter.iter().cloned()).collect();
    if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) }
}

/// One row more than wanted was asked for: whether it is there says whether another page follows.
fn full(mut picked: Vec<(u64, Option<f64>)>, rows: Option<Vec<FoundRow>>, limit: u64) -> Page {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = picked.len() > limit;
    picked.truncate(limit);
    let rows = rows.map(|mut rows| {
        rows.truncate(limit);
        rows
    });
    Page { picked, rows, more }
}
