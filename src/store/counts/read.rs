//! What a segment says of each day, as far as it fits into a few hundred bytes; its answers are read again in their
//! order when the day is tallied.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;

use super::RollUp;
use crate::count::definition::DefinitionId;
use crate::count::record::Entry;
use crate::count::report::Coverage;
use crate::count::salt::{DayNumber, japan_hour};
use crate::count::segment::{Image, SegmentId, Source};

/// A segment as read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) definition: DefinitionId,
    /// The definition that ran in shadow.
    pub(super) candidate: Option<DefinitionId>,
    pub(super) sealed: bool,
    pub(super) days: BTreeMap<Date, OfDay>,
    /// The segment itself while it is still written to: the figures are made from what was read here.
    held: Option<Image>,
}

/// What a segment holds of a day.
#[derive(Debug, Default)]
pub(super) struct OfDay {
    /// Entries of any sort, gaps of a sealed segment among them (on the day of its last entry).
    pub(super) entries: u64,
    pub(super) answers: u64,
    /// Time of the earliest answer, milliseconds since 1970 UTC.
    first_ms: Option<i64>,
    /// Minutes that were noted, and whether answers could be recorded in them; blind if they were at any time.
    minutes: BTreeMap<i64, bool>,
    /// Answers lost, by hour in Japan.
    lost: BTreeMap<u8, u64>,
    gaps: BTreeMap<u8, u64>,
}

impl Read {
    fn of(image: Image) -> Self {
        let mut by_day: BTreeMap<DayNumber, OfDay> = BTreeMap::new();
        let mut last = None;
        for (_, entry) in image.entries() {
            let time_ms = entry.time_ms();
            last = Some(time_ms);
            let of = by_day.entry(DayNumber::of_ms(time_ms)).or_default();
            of.entries += 1;
            match entry {
                Entry::Answer(record) => {
                    of.answers += u64::from(!record.also);
                    of.first_ms = Some(of.first_ms.map_or(time_ms, |first| first.min(time_ms)));
                }
                Entry::Minute { live, .. } => *of.minutes.entry(time_ms.div_euclid(60_000)).or_insert(true) &= live,
                Entry::Lost { answers, .. } => *of.lost.entry(japan_hour(time_ms)).or_default() += answers,
            }
        }
        if let Some(time_ms) = last.filter(|_| image.sealed && image.gaps > 0) {
            let of = by_day.entry(DayNumber::of_ms(time_ms)).or_default();
            of.entries += image.gaps;
            *of.gaps.entry(japan_hour(time_ms)).or_default() += image.gaps;
        }
        Self {
            definition: image.header.definition,
            candidate: image.header.candidate,
            sealed: image.sealed,
            days: by_day.into_iter().filter_map(|(day, of)| Some((day.date()?, of))).collect(),
            held: (!image.sealed).then_some(image),
        }
    }

    /// Entries of any sort by day.
    pub(super) fn entries(&self) -> BTreeMap<Date, u64> {
        self.days.iter().map(|(day, of)| (*day, of.entries)).collect()
    }

    /// Where the answers of a day come from, with the time of the first; `None` where it holds none.
    pub(super) fn source(&self, id: SegmentId, day: Date) -> Option<(i64, Source<'_>)> {
        let first_ms = self.days.get(&day)?.first_ms?;
        Some((first_ms, self.held.as_ref().map_or(Source::Sealed(id), Source::Held)))
    }
}

/// Reads a segment; one that cannot be read is named in `outcome`.
pub(super) fn read_into(read: &mut BTreeMap<SegmentId, Read>, segments: &Path, id: SegmentId, outcome: &mut RollUp) {
    match Image::read(segments, id) {
        Ok(Some(image)) => {
            read.insert(id, Read::of(image));
        }
        Ok(None) => {}
        Err(error) => outcome.unreadable.push(error.to_string()),
    }
}

/// Minutes and losses of a day by hour. A minute that was noted as blind at any time counts as blind.
pub(super) fn coverage(read: &BTreeMap<SegmentId, Read>, day: Date) -> BTreeMap<u8, Coverage> {
    let mut minutes: BTreeMap<(u32, i64), bool> = BTreeMap::new();
    let mut hours: BTreeMap<u8, Coverage> = BTreeMap::new();
    for (id, of) in read.iter().filter_map(|(id, read)| Some((id, read.days.get(&day)?))) {
        for (hour, gaps) in &of.gaps {
            hours.entry(*hour).or_default().gaps += gaps;
        }
        for (hour, lost) in &of.lost {
            hours.entry(*hour).or_default().lost += lost;
        }
        for (minute, live) in &of.minutes {
            *minutes.entry((id.replica, *minute)).or_insert(true) &= *live;
        }
    }
    for ((_, minute), live) in minutes {
        let hour = hours.entry(japan_hour(minute.saturating_mul(60_000))).or_default();
        hour.minutes_up += 1;
        hour.minutes_live += u64::from(live);
    }
    hours
}
