//! Comparing two tables by key: who came, who went, what changed.

use super::key::{Key, candidates, choose, same};
use super::{Asked, SIDES, Side, quoted};
use crate::model::difference::{
    ChangedCell, ChangedRecord, Emptied, Examples, GeometryDifference, KeyKind, Retyped, ShownRecord, TableDifference,
};
use crate::store::StoreError;

/// Columns compared in one pass over the changed records: joined records carry only so many values at a time.
const COLUMNS_AT_ONCE: usize = 8;
/// Doubled keys that are named.
const DOUBLED_NAMED: u64 = 20;
/// Fewest records of a column that can be said to have been emptied.
const EMPTIED_RECORDS: u64 = 5;
/// The mean radius of the earth, metres (IUGG).
const EARTH_M: &str = "6371008.8";

pub(super) fn difference(asked: &Asked<'_>, examples: u64) -> Result<TableDifference, StoreError> {
    let keys = candidates(asked)?;
    let mut all: Vec<String> = Vec::new();
    for name in keys.iter().flat_map(|key| &key.columns) {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    for side in SIDES {
        digest(asked, side, &all)?;
    }
    let (key, key_lost) = choose(asked, &keys, &all)?;
    let matched = Matched { asked, all: &all, key: key.as_ref() };
    matched.pair()?;
    let common: Vec<String> = asked.common().iter().map(|column| column.name.clone()).collect();
    let (removed, added) = (matched.alone(Side::Before)?, matched.alone(Side::After)?);
    let changed = asked.count("SELECT count(*) FROM temp.difference_pairs WHERE changed")?;
    let (geometry, emptied) = filled(asked, &common)?;
    let names = |from: &super::Compared, than: &super::Compared| -> Vec<String> {
        let there = |name: &str| than.shape.columns.iter().any(|column| column.name == name);
        from.shape.columns.iter().filter(|column| !there(&column.name)).map(|column| column.name.clone()).collect()
    };
    Ok(TableDifference {
        table: asked.after.shape.key.as_str().to_owned(),
        position: asked.after.position,
        key_kind: key.as_ref().map_or(KeyKind::Content, |key| key.kind),
        key: key.as_ref().map(|key| key.columns.clone()).unwrap_or_default(),
        before: asked.before.records,
        after: asked.after.records,
        added,
        removed,
        changed,
        same: asked.after.records.saturating_sub(added + changed),
        columns_added: names(asked.after, asked.before),
        columns_removed: names(asked.before, asked.after),
        columns_retyped: retyped(asked),
        cells: cells(asked, &common, changed)?,
        geometry: moved(asked, geometry)?,
        emptied,
        unkeyed: if key.is_some() { matched.unkeyed()? } else { 0 },
        duplicate_keys: matched.doubled_keys()?,
        key_lost,
        examples: Examples {
            added: shown(asked, Side::After, examples)?,
            removed: shown(asked, Side::Before, examples)?,
            changed: matched.changed(&common, examples)?,
        },
    })
}

/// One digest a record, with the columns of all keys beside it.
fn digest(asked: &Asked<'_>, side: Side, keys: &[String]) -> Result<(), StoreError> {
    let mut values: Vec<String> = asked.common().iter().map(|column| asked.value("t", &column.name)).collect();
    values.push("t._geom".to_owned());
    let keys: Vec<String> =
        keys.iter().enumerate().map(|(at, name)| format!("CAST(t.{} AS VARCHAR) AS k{at}, ", quoted(name))).collect();
    let keys = keys.concat();
    asked.connection.execute_batch(&format!(
        "CREATE TEMP TABLE {} AS SELECT t._id, {keys} hash({}) AS h FROM {} t",
        side.digests().trim_start_matches("temp."),
        values.join(", "),
        asked.records(side)
    ))?;
    Ok(())
}

struct Matched<'a> {
    asked: &'a Asked<'a>,
    all: &'a [String],
    key: Option<&'a Key>,
}

impl Matched<'_> {
    fn key_columns(&self) -> Vec<String> {
        let columns = self.key.map(|key| key.columns.as_slice()).unwrap_or_default();
        columns
            .iter()
            .filter_map(|name| self.all.iter().position(|known| known == name))
            .map(|at| format!("k{at}"))
            .collect()
    }

    /// The condition that record `s` has a key of its own.
    fn keyed(&self) -> String {
        let columns = self.key_columns();
        if columns.is_empty() {
            return "false".to_owned();
        }
        let filled: Vec<String> = columns.iter().map(|column| format!("s.{column} IS NOT NULL")).collect();
        let doubled: Vec<String> = columns.iter().map(|column| format!("d.{column} = s.{column}")).collect();
        format!(
            "({} AND NOT EXISTS (SELECT 1 FROM temp.difference_doubled d WHERE {}))",
            filled.join(" AND "),
            doubled.join(" AND ")
        )
    }

    /// Pairs records by key, and those without a key of their own by content; what is left over is alone.
    fn pair(&self) -> Result<(), StoreError> {
        let columns = self.key_columns();
        let names = if columns.is_empty() { "'' AS none".to_owned() } else { columns.join(", ") };
        let doubled = |side: Side| {
            let having = if columns.is_empty() { "false" } else { "count(*) > 1" };
            format!("SELECT {names} FROM {} GROUP BY ALL HAVING {having}", side.digests())
        };
        let keyed = self.keyed();
        let with = |side: Side| format!("(SELECT s.* FROM {} s WHERE {keyed})", side.digests());
        let left = |side: Side| {
            format!(
                "(SELECT s._id, s.h, row_number() OVER (PARTITION BY s.h ORDER BY s._id) AS n FROM {} s WHERE NOT {keyed})",
                side.digests()
            )
        };
        let on = self.key.map_or("false".to_owned(), |key| same(&key.columns, self.all));
        let (before, after) = (Side::Before, Side::After);
        self.asked.connection.execute_batch(&format!(
            "CREATE TEMP TABLE difference_doubled AS {} UNION {};
             CREATE TEMP TABLE difference_pairs AS
                 SELECT b._id AS b, a._id AS a, b.h <> a.h AS changed FROM {} b JOIN {} a ON {on}
                 UNION ALL SELECT b._id, a._id, false FROM {} b JOIN {} a ON b.h = a.h AND b.n = a.n;
             CREATE TEMP TABLE difference_removed AS
                 SELECT s._id FROM {} s WHERE NOT EXISTS (SELECT 1 FROM temp.difference_pairs p WHERE p.b = s._id);
             CREATE TEMP TABLE difference_added AS
                 SELECT s._id FROM {} s WHERE NOT EXISTS (SELECT 1 FROM temp.difference_pairs p WHERE p.a = s._id);",
            doubled(before),
            doubled(after),
            with(before),
            with(after),
            left(before),
            left(after),
            before.digests(),
            after.digests(),
        ))?;
        Ok(())
    }

    fn alone(&self, side: Side) -> Result<u64, StoreError> {
        self.asked.count(&format!("SELECT count(*) FROM {}", side.alone()))
    }

    /// Records of both sides without a key of their own.
    fn unkeyed(&self) -> Result<u64, StoreError> {
        let count = |side: Side| {
            self.asked.count(&format!("SELECT count(*) FROM {} s WHERE NOT {}", side.digests(), self.keyed()))
        };
        Ok(count(Side::Before)? + count(Side::After)?)
    }

    fn doubled_keys(&self) -> Result<Vec<Vec<Option<String>>>, StoreError> {
        let columns = self.key_columns();
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let filled: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
        let sql = format!(
            "SELECT {} FROM temp.difference_doubled WHERE {} ORDER BY ALL LIMIT {DOUBLED_NAMED}",
            columns.join(", "),
            filled.join(" AND ")
        );
        let mut statement = self.asked.connection.prepare(&sql)?;
        let rows = statement.query_map([], |row| (0..columns.len()).map(|at| row.get(at)).collect())?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The first changed records, cell by cell.
    fn changed(&self, common: &[String], most: u64) -> Result<Vec<ChangedRecord>, StoreError> {
        let key = self.key.map(|key| key.columns.as_slice()).unwrap_or_default();
        let text = |alias: &str, name: &String| format!("CAST({alias}.{} AS VARCHAR)", quoted(name));
        let mut wanted: Vec<String> = key.iter().map(|name| text("a", name)).collect();
        wanted.extend(common.iter().flat_map(|name| [text("b", name), text("a", name)]));
        let sql = format!(
            "SELECT b._row, a._row, {MOVED}, {} FROM temp.difference_pairs p JOIN {} b ON b._id = p.b JOIN {} a ON a._id = p.a
             WHERE p.changed ORDER BY a._row, a._id LIMIT {most}",
            if wanted.is_empty() { "NULL".to_owned() } else { wanted.join(", ") },
            self.asked.records(Side::Before),
            self.asked.records(Side::After),
            MOVED = moved_sql(),
        );
        let mut statement = self.asked.connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let key_texts = (0..key.len()).map(|at| row.get(3 + at)).collect::<Result<_, _>>()?;
            let mut cells = Vec::new();
            for (at, column) in common.iter().enumerate() {
                let place = 3 + key.len() + at * 2;
                let (before, after): (Option<String>, Option<String>) = (row.get(place)?, row.get(place + 1)?);
                if before != after {
                    cells.push(ChangedCell { column: column.clone(), before, after });
                }
            }
            let moved_m: Option<f64> = row.get(2)?;
            found.push(ChangedRecord {
                key: key_texts,
                row_before: row_number(row.get(0)?),
                row_after: row_number(row.get(1)?),
                cells,
                moved_m: moved_m.filter(|metres| *metres > 0.0),
            });
        }
        Ok(found)
    }
}

fn row_number(stored: Option<i64>) -> u64 {
    stored.and_then(|row| u64::try_from(row).ok()).unwrap_or(0)
}

/// Metres between the centres of the boxes of `b` and `a` on the sphere (haversine); null where one has none.
fn moved_sql() -> String {
    let centre = |alias: &str, low: &str, high: &str| format!("radians(({alias}.{low} + {alias}.{high}) / 2)");
    let (b_lat, a_lat) = (centre("b", "_south", "_north"), centre("a", "_south", "_north"));
    let (b_lon, a_lon) = (centre("b", "_west", "_east"), centre("a", "_west", "_east"));
    format!(
        "2 * {EARTH_M} * asin(least(1, sqrt(pow(sin(({a_lat} - {b_lat}) / 2), 2)
         + cos({b_lat}) * cos({a_lat}) * pow(sin(({a_lon} - {b_lon}) / 2), 2))))"
    )
}

/// Positions of both sides, and columns that were filled and are now empty in most records.
fn filled(asked: &Asked<'_>, common: &[String]) -> Result<(GeometryDifference, Vec<Emptied>), StoreError> {
    let mut counts: Vec<Vec<u64>> = Vec::new();
    for side in SIDES {
        let mut sums = vec!["count(_geom)".to_owned()];
        sums.extend(common.iter().map(|name| format!("count({})", quoted(name))));
        let sql = format!("SELECT {} FROM {}", sums.join(", "), asked.records(side));
        counts.push(asked.connection.query_row(&sql, [], |row| (0..sums.len()).map(|at| row.get(at)).collect())?);
    }
    let (Some(before), Some(after)) = (counts.first(), counts.get(1)) else { return Ok(Default::default()) };
    let geometry = GeometryDifference {
        before: before.first().copied().unwrap_or(0),
        after: after.first().copied().unwrap_or(0),
        ..GeometryDifference::default()
    };
    let cells = common.iter().zip(before.iter().skip(1).zip(after.iter().skip(1)));
    let emptied = cells
        .filter(|(_, (before, after))| {
            // Filled in four of five records before, in fewer than half now.
            **before >= EMPTIED_RECORDS && **before * 5 >= asked.before.records * 4 && **after * 2 < asked.after.records
        })
        .map(|(column, (before, after))| Emptied { column: column.clone(), before: *before, after: *after })
        .collect();
    Ok((geometry, emptied))
}

fn moved(asked: &Asked<'_>, mut geometry: GeometryDifference) -> Result<GeometryDifference, StoreError> {
    if geometry.before + geometry.after == 0 {
        return Ok(geometry);
    }
    let sql = format!(
        "SELECT count(*), count(*) FILTER (WHERE m > 0.01), coalesce(median(m) FILTER (WHERE m > 0.01), 0), coalesce(max(m), 0)
         FROM (SELECT {} AS m FROM temp.difference_pairs p JOIN {} b ON b._id = p.b JOIN {} a ON a._id = p.a
               WHERE p.changed AND b._geom IS DISTINCT FROM a._geom AND b._geom IS NOT NULL AND a._geom IS NOT NULL)",
        moved_sql(),
        asked.records(Side::Before),
        asked.records(Side::After)
    );
    asked.connection.query_row(&sql, [], |row| {
        geometry.changed = row.get(0)?;
        geometry.moved = row.get(1)?;
        geometry.median_m = row.get(2)?;
        geometry.greatest_m = row.get(3)?;
        Ok(())
    })?;
    Ok(geometry)
}

fn retyped(asked: &Asked<'_>) -> Vec<Retyped> {
    let before =
        |name: &str| asked.before.shape.columns.iter().find(|column| column.name == name).map(|column| column.kind);
    asked
        .common()
        .iter()
        .filter_map(|column| Some((column, before(&column.name)?)))
        .filter(|(column, before)| column.kind != *before)
        .map(|(column, before)| Retyped { column: column.name.clone(), before, after: column.kind })
        .collect()
}

fn cells(asked: &Asked<'_>, common: &[String], changed: u64) -> Result<Vec<(String, u64)>, StoreError> {
    let mut found = Vec::new();
    if changed == 0 {
        return Ok(found);
    }
    for columns in common.chunks(COLUMNS_AT_ONCE) {
        let sums: Vec<String> = columns
            .iter()
            .map(|name| {
                format!(
                    "count(*) FILTER (WHERE {} IS DISTINCT FROM {})",
                    asked.value("b", name),
                    asked.value("a", name)
                )
            })
            .collect();
        let sql = format!(
            "SELECT {} FROM temp.difference_pairs p JOIN {} b ON b._id = p.b JOIN {} a ON a._id = p.a WHERE p.changed",
            sums.join(", "),
            asked.records(Side::Before),
            asked.records(Side::After)
        );
        let counts: Vec<u64> =
            asked.connection.query_row(&sql, [], |row| (0..columns.len()).map(|at| row.get(at)).collect())?;
        found.extend(columns.iter().cloned().zip(counts).filter(|(_, count)| *count > 0));
    }
    Ok(found)
}

/// The first records that only one side has, whole.
fn shown(asked: &Asked<'_>, side: Side, most: u64) -> Result<Vec<ShownRecord>, StoreError> {
    let columns = &asked.side(side).shape.columns;
    let texts: Vec<String> =
        columns.iter().map(|column| format!(", CAST(r.{} AS VARCHAR)", quoted(&column.name))).collect();
    let texts = texts.concat();
    let sql = format!(
        "SELECT r._row{texts} FROM {} r JOIN {} s ON s._id = r._id ORDER BY r._row, r._id LIMIT {most}",
        asked.records(side),
        side.alone()
    );
    let mut statement = asked.connection.prepare(&sql)?;
    let rows = statement.query_map([], |row| {
        let values = (1..=columns.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?;
        Ok(ShownRecord { row: row_number(row.get(0)?), values })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
