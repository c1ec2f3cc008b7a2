//! Days from the logs of other web servers.

use std::collections::BTreeSet;
use std::path::Path;

use duckdb::Connection;
use jiff::civil::Date;
use serde::Serialize;

use super::super::StoreError;
use super::day::{Day, Rules};
use super::read::read_into;
use super::roll_up::{Readings, is_due};
use super::{Places, RollUp, figures};
use crate::count::segment;
use crate::count::target::{Target, TargetKind};

/// What became of the days of logs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LogDays {
    /// Days whose figures were made, with their answers.
    pub taken: Vec<(Date, u64)>,
    /// Days left as they are, because they have figures already (of this server, or of logs before), with the answers
    /// of the logs that are not counted for it.
    pub known: Vec<(Date, u64)>,
    /// Days left out because they are not over for 48 hours, with their answers.
    pub too_new: Vec<(Date, u64)>,
}

/// Makes the figures of the days in the segments of `spool`, each with its archive, in one transaction a day.
pub(super) fn take_days(
    connection: &mut Connection,
    places: &Places,
    spool: &Path,
    now: jiff::Timestamp,
    see: &mut dyn FnMut(usize, Date),
) -> Result<LogDays, StoreError> {
    let mut read = Readings::new();
    let mut outcome = RollUp::default();
    for found in segment::list(spool)? {
        read_into(&mut read, spool, found.id, &mut outcome);
    }
    if let Some(problem) = outcome.unreadable.pop() {
        return Err(StoreError::Stored { what: "spooled log", detail: problem });
    }
    let days: BTreeSet<Date> = read.values().flat_map(|segment| segment.days.keys().copied()).collect();
    let known = known_days(connection)?;
    let rules = Rules::read(connection)?;
    let mut done = LogDays::default();
    for date in &days {
        let answers = read.values().filter_map(|segment| segment.days.get(date)).map(|of| of.answers).sum();
        if known.contains(date) {
            done.known.push((*date, answers));
        } else if !is_due(*date, now) {
            done.too_new.push((*date, answers));
        } else {
            let day = Day { read: &read, segments: spool, date: *date };
            let (tallies, archived) = day.archive(&rules, &places.archive)?;
            let transaction = connection.transaction()?;
            figures::replace_day(&transaction, *date, &tallies, &std::collections::BTreeMap::new(), now)?;
            figures::close_day(&transaction, *date, Some(&archived), now)?;
            transaction.commit()?;
            done.taken.push((*date, answers));
        }
        see(days.len(), *date);
    }
    Ok(done)
}

/// Days that have figures, or records of which figures will be made.
fn known_days(connection: &Connection) -> Result<BTreeSet<Date>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT DISTINCT day::VARCHAR FROM (SELECT day FROM closed_days UNION ALL SELECT day FROM applied_segments
         UNION ALL SELECT day FROM served)",
    )?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|row| figures::date(&row?)).collect()
}

/// What figures are known to point at.
pub(super) fn targets(connection: &Connection) -> Result<Vec<Target>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT id::VARCHAR, kind, dataset::VARCHAR, layer::VARCHAR, organization, name, title FROM targets",
    )?;
    let mut rows = statement.query([])?;
    let mut targets = Vec::new();
    while let Some(row) = rows.next()? {
        let optional = |text: Option<String>| text.as_deref().map(figures::uuid).transpose();
        let kind: String = row.get(1)?;
        targets.push(Target {
            id: figures::uuid(&row.get::<_, String>(0)?)?,
            kind: TargetKind::parse(&kind).ok_or_else(|| figures::stored("kind of target", &kind))?,
            dataset: optional(row.get(2)?)?,
            layer: optional(row.get(3)?)?,
            organization: row.get(4)?,
            name: row.get(5)?,
            title: row.get(6)?,
        });
    }
    Ok(targets)
}
