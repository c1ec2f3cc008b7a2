//! The archive of a closed day: its records without anything that tells one visitor from another.
//!
//! A row keeps the second, what was answered and for whom in the sense of classes, and the marks that the rules of order
//! gave it (30 seconds, first of the session, first of the day). With these marks the figures of the day can be made
//! again exactly, without a token. The rows of one second are sorted by what they hold, so that their order tells
//! nothing either; words that were searched for are left out; the family of the User-Agent stands only where at least
//! [`LEAST_VISITORS`] visitors of the day share it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::class::Class;
use super::family::{Family, LEAST_VISITORS};
use super::record::Record;
use super::salt::DayNumber;
use super::tally::{Mark, Measure, Tally};
use super::verdict::{Kind, Verdict};

mod file;
mod read;

pub use file::{ArchiveWriter, Archived};
pub use read::read;

/// One answer of a closed day.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Second of the day in Japan, 0–86,399.
    pub second: u32,
    /// What was answered.
    pub kind: Kind,
    /// What was used; nil for searches.
    pub target: Uuid,
    /// What it was counted for where that is not the target.
    pub counted_for: Option<Uuid>,
    /// Who asked.
    pub class: Class,
    /// The final verdict.
    pub verdict: Verdict,
    /// The status.
    pub status: u16,
    /// Length of the body in bytes; 0 where it is not known.
    pub bytes: u32,
    /// The family of the User-Agent; `None` where fewer than twenty visitors of the day share it.
    pub family: Option<String>,
    /// Whether it only marks a further layer of another answer.
    pub also: bool,
    /// Whether it was the first use of its kind in its session.
    pub first_in_session: bool,
    /// Whether its content was got for the first time in its session.
    pub first_request_in_session: bool,
    /// Whether it was its visitor's first map of the day.
    pub first_in_day: bool,
}

impl Row {
    /// The row of a record of `day`, with its mark; `kept` are the families that enough visitors share.
    pub fn of(record: &Record, mark: &Mark, day: DayNumber, kept: &BTreeSet<Family>) -> Self {
        let second = record.time_ms.saturating_sub(day.begin_ms()).div_euclid(1000);
        Self {
            second: u32::try_from(second).unwrap_or(0),
            kind: record.kind,
            target: if record.kind == Kind::Search { Uuid::nil() } else { record.target },
            counted_for: mark.counted_for.filter(|counted| *counted != record.target),
            class: record.class,
            verdict: mark.verdict,
            status: record.status,
            bytes: record.length_bytes,
            family: kept.contains(&record.family).then(|| record.family.name().map(str::to_owned)).flatten(),
            also: record.also,
            first_in_session: mark.first_in_session,
            first_request_in_session: mark.first_request_in_session,
            first_in_day: mark.first_in_day,
        }
    }

    fn hour(&self) -> u8 {
        u8::try_from(self.second / 3600).unwrap_or(23)
    }
}

/// Finds the families that enough visitors of a day share. It remembers no more than nineteen tokens of a family.
#[derive(Debug, Default)]
pub struct Families {
    tokens: HashMap<Family, HashSet<u64>>,
    kept: BTreeSet<Family>,
}

impl Families {
    /// Sees a record of the day.
    pub fn see(&mut self, record: &Record) {
        if record.family == Family::OTHER || self.kept.contains(&record.family) {
            return;
        }
        let tokens = self.tokens.entry(record.family).or_default();
        tokens.insert(record.token);
        if tokens.len() >= LEAST_VISITORS {
            self.kept.insert(record.family);
            self.tokens.remove(&record.family);
        }
    }

    /// Those that enough share.
    pub fn kept(self) -> BTreeSet<Family> {
        self.kept
    }
}

/// Makes the figures of a day again from its rows, in any order. Written apart from the tally, as its check.
#[derive(Debug, Default)]
pub struct Recount {
    tally: Tally,
}

impl Recount {
    /// Takes a row.
    pub fn take(&mut self, row: &Row) {
        if !row.also {
            *self.tally.served.entry((row.hour(), row.class, row.verdict)).or_default() += 1;
        }
        let counted_for = row.counted_for.unwrap_or(row.target);
        match (row.verdict, row.kind) {
            (Verdict::Counted, Kind::DatasetPage | Kind::Metadata | Kind::Preview | Kind::Download | Kind::Rows) => {
                self.add(Measure::Investigations, counted_for, row, 1);
                self.add(Measure::UniqueInvestigations, counted_for, row, u64::from(row.first_in_session));
                if matches!(row.kind, Kind::Download | Kind::Rows) {
                    self.add(Measure::Requests, counted_for, row, 1);
                    self.add(Measure::UniqueRequests, counted_for, row, u64::from(row.first_request_in_session));
                    self.add(Measure::DistributionRequests, row.target, row, 1);
                }
            }
            (Verdict::Counted, Kind::Map | Kind::MapEmbed) => {
                self.add(Measure::MapOpens, row.target, row, 1);
                self.add(Measure::MapSessions, row.target, row, u64::from(row.first_in_session));
                let embedded = row.first_in_session && row.kind == Kind::MapEmbed;
                self.add(Measure::MapSessionsEmbedded, row.target, row, u64::from(embedded));
                self.add(Measure::Viewers, Uuid::nil(), row, u64::from(row.first_in_day));
            }
            (Verdict::Counted, Kind::Search) => self.add(Measure::Searches, Uuid::nil(), row, 1),
            (Verdict::Counted, Kind::UseCase) => self.add(Measure::UseCaseViews, row.target, row, 1),
            (Verdict::Counted, Kind::SitePage) => self.add(Measure::PageViews, Uuid::nil(), row, 1),
            (Verdict::Tile, Kind::Tile) => {
                self.add(Measure::LayerUses, row.target, row, u64::from(row.first_in_session));
                if !row.also {
                    self.add(Measure::TileRequests, row.target, row, 1);
                    self.add(Measure::TileBytes, row.target, row, u64::from(row.bytes));
                }
            }
            (Verdict::Tile | Verdict::Range, _) => {
                self.add(Measure::LayerUses, counted_for, row, u64::from(row.first_in_session));
            }
            _ => {}
        }
    }

    /// The figures of what was taken.
    pub fn finish(self) -> Tally {
        self.tally
    }

    fn add(&mut self, measure: Measure, target: Uuid, row: &Row, value: u64) {
        if value > 0 {
            *self.tally.figures.entry((measure, target, row.class)).or_default() += value;
        }
    }
}

/// The figures of a whole archive by the number of the definition in it.
pub type Recounts = BTreeMap<u8, Recount>;
