//! Filling the places of one table of a dataset from another: the list that names its facilities by their ID, and the
//! table of the facilities.

use duckdb::params;

use super::ingest::{Ingest, json, severity_text};
use super::{StoreError, quoted};
use crate::model::finding::Finding;
use crate::model::record::{ColumnType, GeometryKind, Storage, TableShape};

/// Identifiers named in findings; the rest is counted. A screen of them is enough to see what is wrong.
const MAX_NAMED: usize = 50;

/// What is filled in from where. Tables are counted in the order in which they were taken in, from 0.
#[derive(Debug, Clone, PartialEq)]
pub struct FacilityJoin {
    /// The table that is filled.
    pub list: i32,
    /// Its column with the facilities' IDs.
    pub list_key: String,
    /// The table of facilities.
    pub facility: i32,
    /// Its column of IDs.
    pub facility_key: String,
    /// What is filled: column of the list, column of the facilities.
    pub columns: Vec<(String, String)>,
    /// The shape of the list afterwards; columns that it did not have stand at its end.
    pub shape: TableShape,
    /// How many columns at the end of the shape are new.
    pub added: usize,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FacilityJoined {
    /// Records of the list into which something was filled.
    pub filled: u64,
    /// Identifiers of the list that no facility has, a bounded number of them, and how many there are.
    pub missing: (Vec<String>, u64),
    /// Identifiers used by the list that several facilities have, likewise.
    pub double: (Vec<String>, u64),
}

impl Ingest<'_> {
    /// Fills empty places of the list from the facilities whose ID stands once among them. What was filled is marked
    /// beside the record as every other change.
    ///
    /// # Errors
    /// Where the database fails, or the tables are not those of this release.
    pub fn join_facilities(&mut self, join: &FacilityJoin) -> Result<FacilityJoined, StoreError> {
        let list = self.table(join.list);
        let facility = self.table(join.facility);
        let (list_key, facility_key) = (quoted(&join.list_key), quoted(&join.facility_key));
        let once = format!(
            "SELECT * FROM records.{facility} WHERE trim({facility_key}::VARCHAR) IN
             (SELECT trim({facility_key}::VARCHAR) FROM records.{facility} GROUP BY 1 HAVING count(*) = 1)"
        );
        let named = |having: &str| -> Result<(Vec<String>, u64), StoreError> {
            let sql = format!(
                "SELECT trim(l.{list_key}::VARCHAR) AS key FROM records.{list} l
                 LEFT JOIN records.{facility} f ON trim(l.{list_key}::VARCHAR) = trim(f.{facility_key}::VARCHAR)
                 WHERE l.{list_key} IS NOT NULL GROUP BY key HAVING {having} ORDER BY key"
            );
            let mut statement = self.writer.prepare(&sql)?;
            let keys = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
            let count = keys.len() as u64;
            Ok((keys.into_iter().take(MAX_NAMED).collect(), count))
        };
        let missing = named("count(f._id) = 0")?;
        let double = named("count(DISTINCT f._id) > 1")?;
        let old = join.shape.columns.len().saturating_sub(join.added);
        // A position is taken whole or not at all.
        let position: Vec<&str> = join
            .shape
            .columns
            .iter()
            .take(old)
            .filter(|column| matches!(column.kind, ColumnType::Latitude | ColumnType::Longitude))
            .map(|column| column.name.as_str())
            .collect();
        let no_position = position
            .iter()
            .fold("l._geom IS NULL".to_owned(), |sql, column| format!("{sql} AND l.{} IS NULL", quoted(column)));
        let mut columns = Vec::new();
        let mut marks = vec!["''".to_owned()];
        let mut any = vec!["false".to_owned()];
        for (at, column) in join.shape.columns.iter().enumerate() {
            let name = quoted(&column.name);
            let Some((_, from)) = join.columns.iter().find(|(to, _)| *to == column.name) else {
                columns.push(format!("l.{name} AS {name}"));
                continue;
            };
            let kind = match column.kind.storage() {
                Storage::Text => "VARCHAR",
                Storage::Integer => "BIGINT",
                Storage::Number => "DOUBLE",
            };
            let from = format!("TRY_CAST(f.{} AS {kind})", quoted(from));
            let is_position = matches!(column.kind, ColumnType::Latitude | ColumnType::Longitude);
            let is_empty = match (at < old, is_position) {
                (_, true) => no_position.clone(),
                (true, false) => format!("l.{name} IS NULL"),
                (false, false) => "true".to_owned(),
            };
            let own = if at < old { format!("l.{name}") } else { "NULL".to_owned() };
            columns.push(format!("CASE WHEN {is_empty} THEN {from} ELSE {own} END AS {name}"));
            let mark = format!(",{}:\"\"", json(&column.name)?).replace('\'', "''");
            marks.push(format!("CASE WHEN {is_empty} AND {from} IS NOT NULL THEN '{mark}' ELSE '' END"));
            any.push(format!("({is_empty} AND {from} IS NOT NULL)"));
        }
        let (columns, marks, any) = (columns.join(", "), marks.join(" || "), any.join(" OR "));
        let place = |column: &str| format!("CASE WHEN {no_position} THEN f.{column} ELSE l.{column} END AS {column}");
        let places = ["_geom", "_west", "_south", "_east", "_north"].map(place).join(", ");
        let joined = format!(
            "records.{list} l LEFT JOIN ({once}) f ON trim(l.{list_key}::VARCHAR) = trim(f.{facility_key}::VARCHAR)"
        );
        let filled: u64 =
            self.writer
                .query_row(&format!("SELECT count(*)::UBIGINT FROM {joined} WHERE {any}"), [], |row| row.get(0))?;
        if filled > 0 {
            let names: Vec<String> = join.shape.columns.iter().map(|column| quoted(&column.name)).collect();
            // The facilities lie along the curve already, and the list takes their order. No column of a table ends with a
            // blank, so those of this statement cannot be theirs.
            self.writer.execute_batch(&format!(
                "CREATE TABLE records.{list}_joined AS
                 SELECT row_number() OVER (ORDER BY \"_facility \" NULLS FIRST, \"_own \") AS _id, _row, {names},
                        CASE WHEN \"_marks \" = '' THEN _found WHEN _found IS NULL THEN '{{' || substr(\"_marks \", 2) || '}}'
                             ELSE substr(_found, 1, length(_found) - 1) || \"_marks \" || '}}' END AS _found,
                        _geom, _west, _south, _east, _north
                 FROM (SELECT f._id AS \"_facility \", l._id AS \"_own \", l._row AS _row, {columns}, l._found AS _found,
                              {marks} AS \"_marks \", {places} FROM {joined}) ORDER BY 1;
                 DROP TABLE records.{list};
                 ALTER TABLE records.{list}_joined RENAME TO {list};",
                names = names.join(", "),
            ))?;
            self.restate(join, &list)?;
        }
        Ok(FacilityJoined { filled, missing, double })
    }

    fn table(&self, position: i32) -> String {
        format!("r_{}_{position}", self.release.uuid().simple())
    }

    /// The list's shape and box as they are now.
    fn restate(&self, join: &FacilityJoin, table: &str) -> Result<(), StoreError> {
        let point = json(&GeometryKind::Point)?;
        self.writer.execute(
            &format!(
                "UPDATE release_table SET shape = ?, geometry = coalesce(geometry, ?),
                 west = (SELECT min(_west) FROM records.{table}), south = (SELECT min(_south) FROM records.{table}),
                 east = (SELECT max(_east) FROM records.{table}), north = (SELECT max(_north) FROM records.{table})
                 WHERE release_id = ? AND position = ?"
            ),
            params![json(&join.shape)?, point, self.release.to_string(), join.list],
        )?;
        Ok(())
    }

    /// Adds findings to a table that has ended: those that only the whole dataset shows.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn add_findings(&mut self, position: i32, findings: &[(Finding, u64)]) -> Result<(), StoreError> {
        let release = self.release.to_string();
        for (finding, count) in findings {
            let severity = severity_text(finding.severity);
            let code = finding.code.as_str();
            self.writer.execute(
                "INSERT INTO finding VALUES (?, ?, ?, ?, ?)",
                params![release, position, code, severity, json(finding)?],
            )?;
            let known = self.writer.execute(
                "UPDATE finding_count SET count = count + ? WHERE release_id = ? AND position = ? AND code = ?",
                params![count, release, position, code],
            )?;
            if known == 0 {
                self.writer.execute(
                    "INSERT INTO finding_count VALUES (?, ?, ?, ?, ?)",
                    params![release, position, code, severity, count],
                )?;
            }
        }
        Ok(())
    }
}
