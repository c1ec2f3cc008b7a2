//! From segments to figures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use duckdb::{Connection, params};
use jiff::civil::Date;

use super::super::StoreError;
use super::RollUp;
use super::figures::{self, Applied};
use super::read::{Read, coverage, read_into};
use crate::count::CountError;
use crate::count::definition::{Definition, DefinitionId, Windows};
use crate::count::salt::DayNumber;
use crate::count::segment::{self, Found, InOrder, SegmentId, Source};
use crate::count::tally::{Tallier, Tally};
use crate::count::target::Belonging;

/// Hours after its beginning at which a day is closed: when its salt is destroyed. Nothing of the day itself is newer
/// than 24 hours by then.
const CLOSED_AFTER_HOURS: i64 = 48;

pub(super) fn roll_up(
    connection: &mut Connection,
    segments: &Path,
    now: jiff::Timestamp,
) -> Result<RollUp, StoreError> {
    let mut outcome = RollUp::default();
    let applied = figures::applied(connection)?;
    let closed = figures::closed_days(connection)?;
    let targets_changed = figures::targets_changed(connection)?;
    let found = segment::list(segments)?;
    let mut read = BTreeMap::new();
    for segment in &found {
        if !applied.sealed.contains_key(&segment.id) {
            read_into(&mut read, segments, segment.id, &mut outcome);
        }
    }

    let belonging = figures::belonging(connection)?;
    let windows = Definition::bundled(&[], &[])
        .map_err(|error| StoreError::Stored { what: "counting definition", detail: error.to_string() })?
        .windows;

    let changed = changed_days(&read, &applied, &closed, targets_changed);
    let mut renewed = BTreeMap::new();
    for day in changed {
        let made_from = applied.days.get(&day);
        let mut missing = false;
        for id in made_from.into_iter().flat_map(BTreeMap::keys) {
            if !read.contains_key(id) {
                read_into(&mut read, segments, *id, &mut outcome);
            }
            missing |= !read.contains_key(id);
        }
        if missing {
            outcome.kept.push(day);
            continue;
        }
        match tallies(&read, segments, day, &windows, &belonging) {
            Ok(tallies) => {
                renewed.insert(day, tallies);
            }
            Err(error) => {
                outcome.unreadable.push(error.to_string());
                outcome.kept.push(day);
            }
        }
    }

    let unsealed: BTreeSet<Date> =
        read.values().filter(|read| !read.sealed).flat_map(|read| read.days.keys().copied()).collect();
    let due = |day: Date| {
        let begin_ms = DayNumber::of_date(day).begin_ms();
        now.as_millisecond() >= begin_ms.saturating_add(CLOSED_AFTER_HOURS * 3_600_000)
    };
    let open_days = applied.days.keys().chain(renewed.keys()).copied().collect::<BTreeSet<_>>();
    let closing = open_days
        .into_iter()
        .filter(|day| !closed.contains(day) && due(*day) && !unsealed.contains(day) && outcome.unreadable.is_empty());
    outcome.closed = closing.collect();
    // What a kept day's figures lack is numbered at the latest when the day is closed.
    let ended = |day: &Date| closed.contains(day) || (outcome.kept.contains(day) && outcome.closed.contains(day));
    let late = late_answers(&read, &applied, ended);
    outcome.late_answers = late.values().sum();

    let transaction = connection.transaction()?;
    for (day, tallies) in &renewed {
        figures::replace_day(&transaction, *day, tallies, &coverage(&read, *day), now)?;
    }
    for (id, segment) in &read {
        // What was read of a kept day did not go into its figures: it is looked at again next time, and numbered as
        // late once the day is closed.
        let is_kept = |day: &Date| outcome.kept.contains(day) && !outcome.closed.contains(day);
        let mut days = segment.entries();
        for day in segment.days.keys().filter(|day| is_kept(day)) {
            match applied.days.get(day).and_then(|made_from| made_from.get(id)) {
                Some(known) => days.insert(*day, *known),
                None => days.remove(day),
            };
        }
        let whole = !segment.days.keys().any(is_kept);
        figures::replace_applied(&transaction, *id, &days, segment.sealed && whole)?;
    }
    for (day, answers) in &late {
        transaction.execute(
            "INSERT INTO late_answers VALUES (?::DATE, ?, ?::TIMESTAMP)",
            params![day.to_string(), answers, figures::timestamp(now)],
        )?;
    }
    for day in &outcome.closed {
        transaction.execute(
            "INSERT INTO closed_days VALUES (?::DATE, ?::TIMESTAMP)",
            params![day.to_string(), figures::timestamp(now)],
        )?;
    }
    figures::clear_targets_changed(&transaction)?;
    forget_removed(&transaction, &applied, &closed, &found)?;
    transaction.commit()?;
    outcome.renewed = renewed.into_keys().collect();

    // After the commit: were the process killed here, the next roll-up would remove them.
    let closed: BTreeSet<Date> = closed.into_iter().chain(outcome.closed.iter().copied()).collect();
    for segment in found.iter().filter(|segment| segment.sealed) {
        let days = read.get(&segment.id).map(|read| read.days.keys().copied().collect());
        let days: Option<BTreeSet<Date>> = days.or_else(|| applied.sealed.get(&segment.id).cloned());
        if days.is_some_and(|days| days.is_subset(&closed)) {
            segment::remove_sealed(segments, segment.id)?;
            outcome.removed_segments += 1;
        }
    }
    Ok(outcome)
}

/// Open days of which something was read that their figures were not made from.
fn changed_days(
    read: &BTreeMap<SegmentId, Read>,
    applied: &Applied,
    closed: &BTreeSet<Date>,
    targets_changed: bool,
) -> BTreeSet<Date> {
    let mut changed = BTreeSet::new();
    for (id, segment) in read {
        for (day, of) in &segment.days {
            if applied.days.get(day).and_then(|made_from| made_from.get(id)) != Some(&of.entries) {
                changed.insert(*day);
            }
        }
    }
    if targets_changed {
        changed.extend(applied.days.keys());
    }
    &changed - closed
}

/// Answers read for the first time on days whose figures do not change any more.
fn late_answers(
    read: &BTreeMap<SegmentId, Read>,
    applied: &Applied,
    ended: impl Fn(&Date) -> bool,
) -> BTreeMap<Date, u64> {
    let mut late = BTreeMap::new();
    for (id, segment) in read {
        for (day, of) in segment.days.iter().filter(|(day, _)| ended(day)) {
            let known = applied.days.get(day).and_then(|made_from| made_from.get(id)).copied().unwrap_or(0);
            // Entries are answers and marks; no more of the new ones can be answers than there are answers.
            let answers = of.answers.min(of.entries.saturating_sub(known));
            if answers > 0 {
                *late.entry(*day).or_default() += answers;
            }
        }
    }
    late
}

/// The figures of a day under each definition that its records were judged by.
fn tallies(
    read: &BTreeMap<SegmentId, Read>,
    segments: &Path,
    day: Date,
    windows: &Windows,
    belonging: &Belonging,
) -> Result<BTreeMap<DefinitionId, Tally>, CountError> {
    let mut sources: BTreeMap<DefinitionId, Vec<(i64, Source<'_>)>> = BTreeMap::new();
    for (id, segment) in read.iter().filter(|(_, segment)| segment.days.contains_key(&day)) {
        sources.entry(segment.definition).or_default().extend(segment.source(*id, day));
    }
    let mut tallies = BTreeMap::new();
    for (definition, sources) in sources {
        let mut tallier = Tallier::new(windows, belonging);
        for record in InOrder::new(segments, DayNumber::of_date(day), sources) {
            tallier.take(&record?);
        }
        tallies.insert(definition, tallier.finish());
    }
    Ok(tallies)
}

/// Rows of segments that are gone and whose days were all closed before are of no more use.
fn forget_removed(
    transaction: &duckdb::Transaction<'_>,
    applied: &Applied,
    closed: &BTreeSet<Date>,
    found: &[Found],
) -> Result<(), StoreError> {
    let present: BTreeSet<SegmentId> = found.iter().map(|segment| segment.id).collect();
    for (id, days) in &applied.sealed {
        if !present.contains(id) && days.is_subset(closed) {
            figures::forget_applied(transaction, *id)?;
        }
    }
    Ok(())
}
