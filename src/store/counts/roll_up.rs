//! From segments to figures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use duckdb::{Connection, params};
use jiff::civil::Date;

use super::super::StoreError;
use super::RollUp;
use super::figures::{self, Applied};
use crate::count::definition::{Definition, DefinitionId};
use crate::count::record::Entry;
use crate::count::report::Coverage;
use crate::count::salt::{DayNumber, japan_hour};
use crate::count::segment::{self, Found, Image, SegmentId};
use crate::count::tally::{Event, Tally, tally};

/// Hours after its beginning at which a day is closed: when its salt is destroyed. Nothing of the day itself is newer
/// than 24 hours by then.
const CLOSED_AFTER_HOURS: i64 = 48;

/// A segment as read, by day.
struct Read {
    image: Image,
    /// Entries by day in Japan, gaps of a sealed segment among them (on the day of its last entry).
    days: BTreeMap<Date, u64>,
    /// Answers by day in Japan.
    answers: BTreeMap<Date, u64>,
    gaps_day: Option<Date>,
}

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

    let changed = changed_days(&read, &applied, &closed, targets_changed);
    let mut renewed = BTreeSet::new();
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
        } else {
            renewed.insert(day);
        }
    }
    let belonging = figures::belonging(connection)?;
    let windows = Definition::bundled(&[], &[])
        .map_err(|error| StoreError::Stored { what: "counting definition", detail: error.to_string() })?
        .windows;

    let unsealed: BTreeSet<Date> =
        read.values().filter(|read| !read.image.sealed).flat_map(|read| read.days.keys().copied()).collect();
    let due = |day: Date| {
        let begin_ms = DayNumber::of_date(day).begin_ms();
        now.as_millisecond() >= begin_ms.saturating_add(CLOSED_AFTER_HOURS * 3_600_000)
    };
    let open_days = applied.days.keys().chain(&renewed).copied().collect::<BTreeSet<_>>();
    let closing = open_days
        .into_iter()
        .filter(|day| !closed.contains(day) && due(*day) && !unsealed.contains(day) && outcome.unreadable.is_empty());
    outcome.closed = closing.collect();
    // What a kept day's figures lack is numbered at the latest when the day is closed.
    let ended = |day: &Date| closed.contains(day) || (outcome.kept.contains(day) && outcome.closed.contains(day));
    let late = late_answers(&read, &applied, ended);
    outcome.late_answers = late.values().sum();

    let transaction = connection.transaction()?;
    for day in &renewed {
        let tallies = tallies(&read, *day, |events| tally(events, &windows, &belonging));
        figures::replace_day(&transaction, *day, &tallies, &coverage(&read, *day), now)?;
    }
    for (id, segment) in &read {
        // What was read of a kept day did not go into its figures: it is looked at again next time, and numbered as
        // late once the day is closed.
        let is_kept = |day: &Date| outcome.kept.contains(day) && !outcome.closed.contains(day);
        let mut days = segment.days.clone();
        for day in segment.days.keys().filter(|day| is_kept(day)) {
            match applied.days.get(day).and_then(|made_from| made_from.get(id)) {
                Some(known) => days.insert(*day, *known),
                None => days.remove(day),
            };
        }
        let whole = !segment.days.keys().any(is_kept);
        figures::replace_applied(&transaction, *id, &days, segment.image.sealed && whole)?;
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
    outcome.renewed = renewed.into_iter().collect();

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

fn read_into(read: &mut BTreeMap<SegmentId, Read>, segments: &Path, id: SegmentId, outcome: &mut RollUp) {
    match Image::read(segments, id) {
        Ok(Some(image)) => {
            let mut days: BTreeMap<Date, u64> = BTreeMap::new();
            let mut answers: BTreeMap<Date, u64> = BTreeMap::new();
            for (_, entry) in &image.entries {
                let Some(day) = DayNumber::of_ms(entry.time_ms()).date() else { continue };
                *days.entry(day).or_default() += 1;
                if matches!(entry, Entry::Answer(record) if !record.also) {
                    *answers.entry(day).or_default() += 1;
                }
            }
            let last = image.entries.last().and_then(|(_, entry)| DayNumber::of_ms(entry.time_ms()).date());
            let gaps_day = last.filter(|_| image.sealed && image.gaps > 0);
            if let Some(day) = gaps_day {
                *days.entry(day).or_default() += image.gaps;
            }
            read.insert(id, Read { image, days, answers, gaps_day });
        }
        Ok(None) => {}
        Err(error) => outcome.unreadable.push(error.to_string()),
    }
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
        for (day, entries) in &segment.days {
            if applied.days.get(day).and_then(|made_from| made_from.get(id)) != Some(entries) {
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
        for (day, entries) in segment.days.iter().filter(|(day, _)| ended(day)) {
            let known = applied.days.get(day).and_then(|made_from| made_from.get(id)).copied().unwrap_or(0);
            // Entries are answers and marks; no more of the new ones can be answers than there are answers.
            let answers = segment.answers.get(day).copied().unwrap_or(0).min(entries.saturating_sub(known));
            if answers > 0 {
                *late.entry(*day).or_default() += answers;
            }
        }
    }
    late
}

fn tallies(
    read: &BTreeMap<SegmentId, Read>,
    day: Date,
    make: impl Fn(Vec<Event>) -> Tally,
) -> BTreeMap<DefinitionId, Tally> {
    let number = DayNumber::of_date(day);
    let mut events: BTreeMap<DefinitionId, Vec<Event>> = BTreeMap::new();
    for (id, segment) in read.iter().filter(|(_, segment)| segment.days.contains_key(&day)) {
        let of_definition = events.entry(segment.image.header.definition).or_default();
        for (slot, entry) in &segment.image.entries {
            if let Entry::Answer(record) = entry {
                if DayNumber::of_ms(record.time_ms) == number {
                    of_definition.push(Event { replica: id.replica, sequence: (id.number, *slot), record: *record });
                }
            }
        }
    }
    events.into_iter().map(|(definition, events)| (definition, make(events))).collect()
}

/// Minutes and losses of a day by hour. A minute that was noted as blind at any time counts as blind.
fn coverage(read: &BTreeMap<SegmentId, Read>, day: Date) -> BTreeMap<u8, Coverage> {
    let number = DayNumber::of_date(day);
    let mut minutes: BTreeMap<(u32, i64), bool> = BTreeMap::new();
    let mut hours: BTreeMap<u8, Coverage> = BTreeMap::new();
    for (id, segment) in read.iter().filter(|(_, segment)| segment.days.contains_key(&day)) {
        if segment.gaps_day == Some(day) {
            let hour = segment.image.entries.last().map_or(0, |(_, entry)| japan_hour(entry.time_ms()));
            hours.entry(hour).or_default().gaps += segment.image.gaps;
        }
        for (_, entry) in &segment.image.entries {
            if DayNumber::of_ms(entry.time_ms()) != number {
                continue;
            }
            match entry {
                Entry::Answer(_) => {}
                Entry::Minute { time_ms, live } => {
                    *minutes.entry((id.replica, time_ms.div_euclid(60_000))).or_insert(true) &= *live;
                }
                Entry::Lost { time_ms, answers } => {
                    hours.entry(japan_hour(*time_ms)).or_default().lost += answers;
                }
            }
        }
    }
    for ((_, minute), live) in minutes {
        let hour = hours.entry(japan_hour(minute.saturating_mul(60_000))).or_default();
        hour.minutes_up += 1;
        hour.minutes_live += u64::from(live);
    }
    hours
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
