//! Reading and writing the tables of figures.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use duckdb::{Connection, Transaction, params};
use jiff::civil::Date;
use uuid::Uuid;

use super::super::StoreError;
use super::day::Tallies;
use crate::count::archive::Archived;
use crate::count::definition::{Definition, DefinitionId};
use crate::count::report::Coverage;
use crate::count::segment::SegmentId;
use crate::count::target::{Belonging, Target};

/// The mark in `pending` that targets changed since the last roll-up.
const TARGETS: &str = "targets";
/// Targets named in one statement.
const DELETED_AT_ONCE: usize = 500;

pub(super) fn stored(what: &'static str, detail: &str) -> StoreError {
    StoreError::Stored { what, detail: detail.chars().take(80).collect() }
}

pub(super) fn date(text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|_| stored("day", text))
}

pub(super) fn uuid(text: &str) -> Result<Uuid, StoreError> {
    text.parse().map_err(|_| stored("id", text))
}

/// A time as DuckDB takes it in a TIMESTAMP (UTC).
pub(super) fn timestamp(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

pub(super) fn remember_targets(connection: &mut Connection, targets: &[Target]) -> Result<(), StoreError> {
    let known: HashSet<Row> = {
        let mut statement = connection.prepare(
            "SELECT id::VARCHAR, kind, dataset::VARCHAR, layer::VARCHAR, organization, name, title FROM targets",
        )?;
        let rows = statement.query_map([], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
        })?;
        rows.collect::<Result<_, _>>()?
    };
    let wanted: BTreeMap<Uuid, Row> = targets.iter().map(|target| (target.id, row_of(target))).collect();
    let changed: Vec<&Row> = wanted.values().filter(|row| !known.contains(*row)).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    {
        // Most of what changed is new: to look for each of a hundred thousand in the table would take minutes.
        let ids: HashSet<&str> = known.iter().map(|row| row.0.as_str()).collect();
        let stale: Vec<String> =
            changed.iter().filter(|row| ids.contains(row.0.as_str())).map(|row| format!("'{}'::UUID", row.0)).collect();
        for part in stale.chunks(DELETED_AT_ONCE) {
            transaction.execute(&format!("DELETE FROM targets WHERE id IN ({})", part.join(", ")), [])?;
        }
        let mut appender = transaction.appender("targets")?;
        for (id, kind, dataset, layer, organization, name, title) in changed {
            appender.append_row(params![id, kind, dataset, layer, organization, name, title])?;
        }
        appender.flush()?;
    }
    transaction.execute("INSERT INTO pending VALUES (?)", params![TARGETS])?;
    Ok(transaction.commit()?)
}

type Row = (String, String, Option<String>, Option<String>, String, String, String);

fn row_of(target: &Target) -> Row {
    (
        target.id.to_string(),
        target.kind.name().to_owned(),
        target.dataset.map(|id| id.to_string()),
        target.layer.map(|id| id.to_string()),
        target.organization.clone(),
        target.name.clone(),
        target.title.clone(),
    )
}

pub(super) fn remember_definition(connection: &mut Connection, definition: &Definition) -> Result<(), StoreError> {
    let id = definition.id.to_string();
    let transaction = connection.transaction()?;
    let known: u64 =
        transaction.query_row("SELECT count(*) FROM definitions WHERE id = ?", params![id], |row| row.get(0))?;
    if known == 0 {
        transaction.execute(
            "INSERT INTO definitions VALUES (?, ?, ?, ?, ?)",
            params![id, definition.version, definition.title, definition.text(), definition.networks_text()],
        )?;
    }
    Ok(transaction.commit()?)
}

pub(super) fn targets_changed(connection: &Connection) -> Result<bool, StoreError> {
    let marks: u64 =
        connection.query_row("SELECT count(*) FROM pending WHERE what = ?", params![TARGETS], |row| row.get(0))?;
    Ok(marks > 0)
}

pub(super) fn clear_targets_changed(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM pending WHERE what = ?", params![TARGETS])?;
    Ok(())
}

pub(super) fn belonging(connection: &Connection) -> Result<Belonging, StoreError> {
    let mut statement = connection.prepare("SELECT id::VARCHAR, dataset::VARCHAR, layer::VARCHAR FROM targets")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<String>>(2)?))
    })?;
    let mut belonging = Belonging::default();
    for row in rows {
        let (id, dataset, layer) = row?;
        let optional = |text: Option<String>| text.as_deref().map(uuid).transpose();
        belonging.insert(uuid(&id)?, optional(dataset)?, optional(layer)?);
    }
    Ok(belonging)
}

/// From which segments, with how many entries each, the figures of the days were made.
#[derive(Debug, Default)]
pub(super) struct Applied {
    pub(super) days: BTreeMap<Date, BTreeMap<SegmentId, u64>>,
    /// Segments that were sealed when they were applied: nothing new can be in them.
    pub(super) sealed: BTreeMap<SegmentId, BTreeSet<Date>>,
}

pub(super) fn applied(connection: &Connection) -> Result<Applied, StoreError> {
    let mut statement =
        connection.prepare("SELECT replica, number, day::VARCHAR, entries, sealed FROM applied_segments")?;
    let rows = statement.query_map([], |row| {
        let id = SegmentId { replica: row.get(0)?, number: row.get(1)? };
        Ok((id, row.get::<_, String>(2)?, row.get::<_, u64>(3)?, row.get::<_, bool>(4)?))
    })?;
    let mut applied = Applied::default();
    for row in rows {
        let (id, day, entries, sealed) = row?;
        let day = date(&day)?;
        applied.days.entry(day).or_default().insert(id, entries);
        if sealed {
            applied.sealed.entry(id).or_default().insert(day);
        }
    }
    Ok(applied)
}

pub(super) fn closed_days(connection: &Connection) -> Result<BTreeSet<Date>, StoreError> {
    let mut statement = connection.prepare("SELECT day::VARCHAR FROM closed_days")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|row| date(&row?)).collect()
}

/// The texts of the definitions by their ids.
pub(super) fn definitions(connection: &Connection) -> Result<Vec<(DefinitionId, String)>, StoreError> {
    let mut statement = connection.prepare("SELECT id, text FROM definitions")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| {
        let (id, text) = row?;
        Ok((DefinitionId::parse(&id).ok_or_else(|| stored("definition", &id))?, text))
    })
    .collect()
}

/// Closes a day, with the digest of its archive where it has one.
pub(super) fn close_day(
    transaction: &Transaction<'_>,
    day: Date,
    archived: Option<&Archived>,
    now: jiff::Timestamp,
) -> Result<(), StoreError> {
    let day = day.to_string();
    transaction.execute("INSERT INTO closed_days VALUES (?::DATE, ?::TIMESTAMP)", params![day, timestamp(now)])?;
    if let Some(archived) = archived {
        transaction.execute(
            "INSERT INTO archives VALUES (?::DATE, ?, ?, ?)",
            params![day, archived.sha256, archived.bytes, archived.rows],
        )?;
    }
    Ok(())
}

/// The digests (SHA-256, hexadecimal) of the archives by day.
pub(super) fn archives(connection: &Connection) -> Result<BTreeMap<Date, String>, StoreError> {
    let mut statement = connection.prepare("SELECT day::VARCHAR, sha256 FROM archives")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    rows.map(|row| row.map_err(StoreError::from).and_then(|(day, sha256)| Ok((date(&day)?, sha256)))).collect()
}

/// Notes that a segment was rolled up and removed.
pub(super) fn note_removed(transaction: &Transaction<'_>, id: SegmentId) -> Result<(), StoreError> {
    transaction.execute("INSERT INTO removed_segments VALUES (?, ?)", params![id.replica, id.number])?;
    Ok(())
}

/// Whether a segment was rolled up and removed before.
pub(super) fn was_removed(connection: &Connection, id: SegmentId) -> Result<bool, StoreError> {
    let rows: u64 = connection.query_row(
        "SELECT count(*) FROM removed_segments WHERE replica = ? AND number = ?",
        params![id.replica, id.number],
        |row| row.get(0),
    )?;
    Ok(rows > 0)
}

/// Notes what a segment held when it was read.
pub(super) fn replace_applied(
    transaction: &Transaction<'_>,
    id: SegmentId,
    days: &BTreeMap<Date, u64>,
    sealed: bool,
) -> Result<(), StoreError> {
    forget_applied(transaction, id)?;
    let mut insert = transaction.prepare("INSERT INTO applied_segments VALUES (?, ?, ?::DATE, ?, ?)")?;
    for (day, entries) in days {
        insert.execute(params![id.replica, id.number, day.to_string(), entries, sealed])?;
    }
    Ok(())
}

pub(super) fn forget_applied(transaction: &Transaction<'_>, id: SegmentId) -> Result<(), StoreError> {
    transaction
        .execute("DELETE FROM applied_segments WHERE replica = ? AND number = ?", params![id.replica, id.number])?;
    Ok(())
}

/// Replaces all figures of an open day.
pub(super) fn replace_day(
    transaction: &Transaction<'_>,
    day: Date,
    tallies: &Tallies,
    coverage: &BTreeMap<u8, Coverage>,
    now: jiff::Timestamp,
) -> Result<(), StoreError> {
    let day = day.to_string();
    for table in ["figures", "served", "shadow_figures", "shadow_served", "coverage"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE day = ?::DATE"), params![day])?;
    }
    let computed_at = timestamp(now);
    for (judge, tally) in tallies {
        let (figures, served) = if judge.shadow { ("shadow_figures", "shadow_served") } else { ("figures", "served") };
        let (mut figures, mut served) = (transaction.appender(figures)?, transaction.appender(served)?);
        let definition = judge.definition.to_string();
        for ((measure, target, class), value) in &tally.figures {
            let target = target.to_string();
            figures.append_row(params![day, measure.name(), target, class.name(), definition, value, computed_at])?;
        }
        for ((hour, class, verdict), answers) in &tally.served {
            served.append_row(params![day, hour, class.name(), verdict.name(), definition, answers])?;
        }
        figures.flush()?;
        served.flush()?;
    }
    let mut hours = transaction.appender("coverage")?;
    for (hour, of) in coverage {
        hours.append_row(params![day, hour, of.minutes_up, of.minutes_live, of.lost, of.gaps])?;
    }
    Ok(hours.flush()?)
}
