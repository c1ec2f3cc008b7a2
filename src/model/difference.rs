//! What changed from one release of a dataset to another.

use serde::{Deserialize, Serialize};

use super::record::ColumnType;

/// How the rows of two releases were matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// By the key of the standard sheet.
    Standard,
    /// By columns that are filled and unique in both.
    Found,
    /// By the whole content of a row: a changed row counts as one removed and one added.
    Content,
}

/// The difference of a whole release.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReleaseDifference {
    /// The release before.
    pub from: String,
    /// The release after.
    pub to: String,
    /// Tables that both have.
    pub tables: Vec<TableDifference>,
    /// Tables that only the release after has: key and records.
    pub added_tables: Vec<(String, u64)>,
    /// Tables that only the release before has: key and records.
    pub removed_tables: Vec<(String, u64)>,
}

/// The difference of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableDifference {
    /// The table's key in the release after.
    pub table: String,
    /// Its place in the release after.
    pub position: i32,
    /// How rows were matched.
    pub key_kind: KeyKind,
    /// By which columns; empty where by content.
    pub key: Vec<String>,
    /// Records before.
    pub before: u64,
    /// Records after.
    pub after: u64,
    /// Records that only the release after has.
    pub added: u64,
    /// Records that only the release before has.
    pub removed: u64,
    /// Records of the same key whose content differs.
    pub changed: u64,
    /// Records that are the same.
    pub same: u64,
    /// Columns that only the release after has.
    pub columns_added: Vec<String>,
    /// Columns that only the release before has.
    pub columns_removed: Vec<String>,
    /// Columns of both whose type differs.
    pub columns_retyped: Vec<Retyped>,
    /// Changed cells by column; columns without any are left out.
    pub cells: Vec<(String, u64)>,
    /// What became of positions and shapes.
    pub geometry: GeometryDifference,
    /// Columns that were filled and are now empty in most records.
    pub emptied: Vec<Emptied>,
    /// Records whose key occurs more than once or is empty; they were matched by their content.
    pub unkeyed: u64,
    /// The first keys that occur more than once.
    pub duplicate_keys: Vec<Vec<Option<String>>>,
    /// The columns of a key that no longer matches anything.
    pub key_lost: Vec<String>,
    /// The first added, removed and changed records.
    pub examples: Examples,
}

/// A column whose type differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retyped {
    /// The column.
    pub column: String,
    /// Its type before.
    pub before: ColumnType,
    /// Its type after.
    pub after: ColumnType,
}

/// A column that lost its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Emptied {
    /// The column.
    pub column: String,
    /// Filled cells before.
    pub before: u64,
    /// Filled cells after.
    pub after: u64,
}

/// Changes of positions and shapes among records of the same key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GeometryDifference {
    /// Records with a geometry before.
    pub before: u64,
    /// Records with a geometry after.
    pub after: u64,
    /// Records whose geometry differs, those that got or lost one among them.
    pub changed: u64,
    /// Of them, those whose centre moved by more than a centimetre.
    pub moved: u64,
    /// The middle of these distances, metres.
    pub median_m: f64,
    /// The greatest of them, metres.
    pub greatest_m: f64,
}

/// The first records of each kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Examples {
    /// Added.
    pub added: Vec<ShownRecord>,
    /// Removed.
    pub removed: Vec<ShownRecord>,
    /// Changed.
    pub changed: Vec<ChangedRecord>,
}

/// A record as shown in a difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShownRecord {
    /// Its row in its file.
    pub row: u64,
    /// Its values as text, in the order of the table's columns.
    pub values: Vec<Option<String>>,
}

/// A record of both releases whose content differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangedRecord {
    /// Its key.
    pub key: Vec<Option<String>>,
    /// Its row in the file before.
    pub row_before: u64,
    /// Its row in the file after.
    pub row_after: u64,
    /// Its changed cells; empty where only its geometry differs.
    pub cells: Vec<ChangedCell>,
    /// How far its centre moved, metres; `None` where it did not or there is none.
    pub moved_m: Option<f64>,
}

/// One changed cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedCell {
    /// The column.
    pub column: String,
    /// Before.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
}

impl TableDifference {
    /// Changed cells, all of them.
    pub fn changed_cells(&self) -> u64 {
        self.cells.iter().map(|(_, count)| count).sum()
    }

    /// Whether anything differs, columns among them.
    pub fn is_empty(&self) -> bool {
        self.added + self.removed + self.changed == 0
            && self.columns_added.is_empty()
            && self.columns_removed.is_empty()
            && self.columns_retyped.is_empty()
    }
}

impl ReleaseDifference {
    /// One line for a person: `+3 -1 ~12 (15 cells)`.
    pub fn summary(&self) -> String {
        let sum = |of: fn(&TableDifference) -> u64| self.tables.iter().map(of).sum::<u64>();
        let added = sum(|table| table.added) + self.added_tables.iter().map(|(_, records)| records).sum::<u64>();
        let removed = sum(|table| table.removed) + self.removed_tables.iter().map(|(_, records)| records).sum::<u64>();
        let columns: usize = self
            .tables
            .iter()
            .map(|table| table.columns_added.len() + table.columns_removed.len() + table.columns_retyped.len())
            .sum();
        let mut text = format!(
            "追加 {added}件 削除 {removed}件 変更 {}件({}セル) / {added} added, {removed} removed, {} changed ({} cells)",
            sum(|table| table.changed),
            sum(TableDifference::changed_cells),
            sum(|table| table.changed),
            sum(TableDifference::changed_cells),
        );
        if columns > 0 {
            text = format!("{text}; 列の変更 {columns} / {columns} columns changed");
        }
        text
    }
}
