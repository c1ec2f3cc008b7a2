//! From segments to figures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use duckdb::{Connection, params};
use jiff::civil::Date;

use super::super::StoreError;
use super::day::{Day, Rules, Tallies};
use super::figures::{self, Applied};
use super::read::{Read, coverage, read_into};
use super::{Places, RollUp};
use crate::count::archive::Archived;
use crate::count::salt::DayNumber;
use crate::count::segment::{self, Found, SegmentId};

/// Hours after its beginning at which a day is closed: when its salt is destroyed. Nothing of the day itself is newer
/// than 24 hours by then.
const CLOSED_AFTER_HOURS: i64 = 48;

/// Whether a day is to be closed.
pub(super) fn is_due(day: Date, now: jiff::Timestamp) -> bool {
    now.as_millisecond() >= DayNumber::of_date(day).begin_ms().saturating_add(CLOSED_AFTER_HOURS * 3_600_000)
}

/// What a roll-up read, by segment.
pub(super) type Readings = BTreeMap<SegmentId, Read>;

pub(super) fn roll_up(
    connection: &mut Connection,
    places: &Places,
    now: jiff::Timestamp,
) -> Result<RollUp, StoreError> {
    roll_up_and_keep(connection, places, now).map(|(outcome, _)| outcome)
}

/// [`roll_up`], with what was read on the way: for a verification that looks at the same entries.
pub(super) fn roll_up_and_keep(
    connection: &mut Connection,
    places: &Places,
    now: jiff::Timestamp,
) -> Result<(RollUp, Readings), StoreError> {
    let segments = places.segments.as_path();
    let mut outcome = RollUp::default();
    let applied = figures::applied(connection)?;
    let closed = figures::closed_days(connection)?;
    let targets_changed = figures::targets_changed(connection)?;
    let found = segment::list(segments)?;
    let again = removed_before(connection, &found)?;
    let mut read = Readings::new();
    for segment in &found {
        if !applied.sealed.contains_key(&segment.id) && !again.contains(&segment.id) {
            read_into(&mut read, segments, segment.id, &mut outcome);
        }
    }
    let due = |day: &Date| !closed.contains(day) && is_due(*day, now);

    let unsealed: BTreeSet<Date> =
        read.values().filter(|read| !read.sealed).flat_map(|read| read.days.keys().copied()).collect();

    let mut changed = changed_days(&read, &applied, &closed, targets_changed);
    // A day that is to be closed is tallied once more, in one pass with its archive.
    changed.extend(applied.days.keys().copied().filter(|day| due(day) && !unsealed.contains(day)));
    for day in &changed {
        let mut missing = false;
        for id in applied.days.get(day).into_iter().flat_map(BTreeMap::keys) {
            if !read.contains_key(id) {
                read_into(&mut read, segments, *id, &mut outcome);
            }
            missing |= !read.contains_key(id);
        }
        if missing {
            outcome.kept.push(*day);
        }
    }
    let closable = |day: &Date, outcome: &RollUp| due(day) && !unsealed.contains(day) && outcome.unreadable.is_empty();

    let rules = Rules::read(connection)?;
    let mut renewed = BTreeMap::new();
    let mut archived = BTreeMap::new();
    for date in changed {
        if outcome.kept.contains(&date) {
            // Figures whose records are gone stay as they are; there is nothing to make an archive of.
            if closable(&date, &outcome) {
                outcome.closed.push(date);
            }
            continue;
        }
        let day = Day { read: &read, segments, date };
        match tallies(day, &rules, &places.archive, closable(&date, &outcome), &mut outcome) {
            Some((tallies, archive)) => {
                renewed.insert(date, tallies);
                if let Some(archive) = archive {
                    outcome.closed.push(date);
                    archived.insert(date, archive);
                }
            }
            None => outcome.kept.push(date),
        }
    }
    // What a kept day's figures lack is numbered at the latest when the day is closed.
    let ended = |day: &Date| closed.contains(day) || (outcome.kept.contains(day) && outcome.closed.contains(day));
    let late = late_answers(&read, &applied, ended);
    outcome.late_answers = late.values().sum();

    let transaction = connection.transaction()?;
    for (day, tallies) in &renewed {
        figures::replace_day(&transaction, *day, tallies, &coverage(&read, *day), now)?;
    }
    note_applied(&transaction, &read, &applied, &outcome)?;
    for (day, answers) in &late {
        transaction.execute(
            "INSERT INTO late_answers VALUES (?::DATE, ?, ?::TIMESTAMP)",
            params![day.to_string(), answers, figures::timestamp(now)],
        )?;
    }
    for day in &outcome.closed {
        figures::close_day(&transaction, *day, archived.get(day), now)?;
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
        if again.contains(&segment.id) || days.is_some_and(|days| days.is_subset(&closed)) {
            segment::remove_sealed(segments, segment.id)?;
            outcome.removed_segments += 1;
        }
    }
    Ok((outcome, read))
}

/// The figures of a day, with its archive where it is to be closed; `None`, with the reason in `outcome`, where its
/// records cannot be read. A day whose archive cannot be written stays open.
fn tallies(
    day: Day<'_>,
    rules: &Rules,
    archive: &Path,
    closing: bool,
    outcome: &mut RollUp,
) -> Option<(Tallies, Option<Archived>)> {
    if closing {
        match day.archive(rules, archive) {
            Ok((tallies, archived)) => return Some((tallies, Some(archived))),
            Err(error) => outcome.unarchived.push(error.to_string()),
        }
    }
    match day.tallies(rules) {
        Ok(tallies) => Some((tallies, None)),
        Err(error) => {
            outcome.unreadable.push(error.to_string());
            None
        }
    }
}

/// Sealed segments that were rolled up and removed before, and lie there again: copied in once more, or brought back
/// with a folder of old.
fn removed_before(connection: &Connection, found: &[Found]) -> Result<BTreeSet<SegmentId>, StoreError> {
    let mut again = BTreeSet::new();
    for segment in found.iter().filter(|segment| segment.sealed) {
        if figures::was_removed(connection, segment.id)? {
            again.insert(segment.id);
        }
    }
    Ok(again)
}

/// Open days of which something was read that their figures were not made from.
fn changed_days(read: &Readings, applied: &Applied, closed: &BTreeSet<Date>, targets_changed: bool) -> BTreeSet<Date> {
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
fn late_answers(read: &Readings, applied: &Applied, ended: impl Fn(&Date) -> bool) -> BTreeMap<Date, u64> {
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

/// Notes of each segment read how much of it the figures hold.
fn note_applied(
    transaction: &duckdb::Transaction<'_>,
    read: &Readings,
    applied: &Applied,
    outcome: &RollUp,
) -> Result<(), StoreError> {
    for (id, segment) in read {
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
        figures::replace_applied(transaction, *id, &days, segment.sealed && whole)?;
    }
    Ok(())
}

/// Of segments that are gone and whose days were all closed before, no more is kept than that they were there.
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
            figures::note_removed(transaction, *id)?;
        }
    }
    Ok(())
}
