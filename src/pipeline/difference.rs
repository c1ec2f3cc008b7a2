//! What changed from one release to another, and what of it looks like a mistake.

use super::PipelineError;
use crate::model::difference::{ReleaseDifference, TableDifference};
use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::name::Slug;
use crate::store::Store;
use crate::store::difference::{Compared, ComparedRelease};

/// Records of each kind kept whole with a release, for pages to show.
pub const EXAMPLES_KEPT: u64 = 50;

/// Fewest records of a table whose key can be said to have changed altogether.
const KEY_RECORDS: u64 = 5;

/// The difference of two releases.
pub fn difference(
    store: &Store,
    before: &ComparedRelease,
    after: &ComparedRelease,
    examples: u64,
) -> Result<ReleaseDifference, PipelineError> {
    let mut found = ReleaseDifference { from: before.id.clone(), to: after.id.clone(), ..ReleaseDifference::default() };
    let partner = |table: &Compared| -> Option<&Compared> {
        let by_key = before.tables.iter().find(|other| other.shape.key == table.shape.key);
        // A single table is the same table whatever its file is called.
        by_key.or_else(|| before.tables.first().filter(|_| before.tables.len() == 1 && after.tables.len() == 1))
    };
    let mut met = Vec::new();
    for table in &after.tables {
        match partner(table) {
            Some(other) => {
                met.push(other.record_table.as_str());
                found.tables.push(store.difference(other, table, examples)?);
            }
            None => found.added_tables.push((table.shape.key.as_str().to_owned(), table.records)),
        }
    }
    let gone = before.tables.iter().filter(|table| !met.contains(&table.record_table.as_str()));
    found.removed_tables = gone.map(|table| (table.shape.key.as_str().to_owned(), table.records)).collect();
    Ok(found)
}

/// Compares the staged release of a dataset with its current one and keeps what was found, with the findings for which it
/// is held. `None` where one of them is missing: a first release is compared with nothing.
pub fn note(store: &Store, dataset: &Slug) -> Result<Option<ReleaseDifference>, PipelineError> {
    let (Some(before), Some(after)) =
        (store.release_to_compare(dataset, "current")?, store.release_to_compare(dataset, "staged")?)
    else {
        return Ok(None);
    };
    if let Some(kept) = store.kept_difference(&after.id)?
        && kept.from == before.id
    {
        return Ok(Some(kept));
    }
    let found = difference(store, &before, &after, EXAMPLES_KEPT)?;
    store.keep_difference(&found, &suspicions(&found))?;
    Ok(Some(found))
}

/// What of a difference looks like a mistake, by the place of its table.
pub(super) fn suspicions(found: &ReleaseDifference) -> Vec<(i32, Finding)> {
    let mut findings = Vec::new();
    for table in &found.tables {
        findings.extend(suspicions_of(table).into_iter().map(|finding| (table.position, finding)));
    }
    for (table, records) in &found.removed_tables {
        let finding = Finding::new(FindingCode::TableLost, Place::default(), table, records.to_string());
        findings.push((0, finding));
    }
    findings
}

fn suspicions_of(table: &TableDifference) -> Vec<Finding> {
    let say = |code, column: Option<&String>, found: &str, expected: u64| {
        let place = Place { sheet: None, column: column.cloned(), ..Place::default() };
        Finding::new(code, place, found, expected.to_string())
    };
    let mut findings = Vec::new();
    if table.before > 1 && table.after * 2 <= table.before {
        findings.push(say(FindingCode::RecordsShrunk, None, &table.after.to_string(), table.before));
    }
    for emptied in &table.emptied {
        findings.push(say(FindingCode::ColumnEmptied, Some(&emptied.column), &emptied.column, emptied.before));
    }
    if table.geometry.before > 0 && table.geometry.after == 0 && table.after > 0 {
        findings.push(say(FindingCode::PositionsLost, None, "", table.geometry.before));
    }
    if !table.key_lost.is_empty() && table.before >= KEY_RECORDS && table.after >= KEY_RECORDS {
        findings.push(say(FindingCode::KeyChanged, table.key_lost.last(), &table.key_lost.join(" + "), 0));
    }
    if table.unkeyed > 0 {
        findings.push(say(FindingCode::KeyDuplicate, table.key.last(), &table.key.join(" + "), table.unkeyed));
    }
    findings
}
