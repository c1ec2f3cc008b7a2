//! The records of one day in the order of events, tallied under every definition that judged them, and archived when
//! the day is closed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use duckdb::Connection;
use jiff::civil::Date;

use super::super::StoreError;
use super::figures;
use super::read::Read;
use crate::count::CountError;
use crate::count::archive::{ArchiveWriter, Archived, Families, Row};
use crate::count::definition::{Definition, DefinitionId, Windows};
use crate::count::record::Record;
use crate::count::salt::DayNumber;
use crate::count::segment::{InOrder, SegmentId, Source};
use crate::count::tally::{Mark, Tallier, Tally};
use crate::count::target::Belonging;

/// By what a day's records were judged: a definition in force, or one that ran in shadow beside it. What is published
/// is made of the former alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Judge {
    pub(super) shadow: bool,
    pub(super) definition: DefinitionId,
}

/// Before the id of a definition in an archive: it ran in shadow.
const SHADOW: &str = "shadow:";

impl std::fmt::Display for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.shadow { SHADOW } else { "" }, self.definition)
    }
}

impl Judge {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let id = text.strip_prefix(SHADOW);
        let definition = DefinitionId::parse(id.unwrap_or(text))?;
        Some(Self { shadow: id.is_some(), definition })
    }
}

/// The figures of a day by what judged them.
pub(super) type Tallies = BTreeMap<Judge, Tally>;

/// What the tally needs beside the records.
#[derive(Debug)]
pub(super) struct Rules {
    bundled: Windows,
    windows: BTreeMap<DefinitionId, Windows>,
    belonging: Belonging,
}

impl Rules {
    pub(super) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let failed = |detail: String| StoreError::Stored { what: "counting definition", detail };
        let bundled = Definition::bundled(&[], &[]).map_err(|error| failed(error.to_string()))?.windows;
        let mut windows = BTreeMap::new();
        for (id, text) in figures::definitions(connection)? {
            let of = Definition::windows_of(&text).map_err(|error| failed(error.to_string()))?;
            windows.insert(id, of);
        }
        Ok(Self { bundled, windows, belonging: figures::belonging(connection)? })
    }

    fn windows(&self, definition: DefinitionId) -> &Windows {
        self.windows.get(&definition).unwrap_or(&self.bundled)
    }
}

/// A day with the segments that hold its records.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day<'a> {
    pub(super) read: &'a BTreeMap<SegmentId, Read>,
    pub(super) segments: &'a Path,
    pub(super) date: Date,
}

impl Day<'_> {
    /// What judged its records, those in force first.
    fn judges(self) -> BTreeSet<Judge> {
        let of_day = self.read.iter().filter_map(|(id, segment)| segment.source(*id, self.date).map(|_| segment));
        of_day
            .flat_map(|segment| {
                let in_force = Judge { shadow: false, definition: segment.definition };
                let shadow = segment.candidate.map(|definition| Judge { shadow: true, definition });
                std::iter::once(in_force).chain(shadow)
            })
            .collect()
    }

    fn records(self, judge: Judge) -> impl Iterator<Item = Result<Record, CountError>> {
        let judged = |segment: &Read| {
            if judge.shadow {
                segment.candidate == Some(judge.definition)
            } else {
                segment.definition == judge.definition
            }
        };
        let sources: Vec<(i64, Source<'_>)> = self
            .read
            .iter()
            .filter(|(_, segment)| judged(segment))
            .filter_map(|(id, segment)| segment.source(*id, self.date))
            .collect();
        InOrder::new(self.segments, DayNumber::of_date(self.date), sources).filter_map(move |record| match record {
            Ok(mut record) if judge.shadow => {
                // A record without a judgement by the candidate is not one of its segments'.
                (record.class, record.verdict) = record.candidate?;
                Some(Ok(record))
            }
            other => Some(other),
        })
    }

    /// The figures under each definition.
    pub(super) fn tallies(self, rules: &Rules) -> Result<Tallies, CountError> {
        self.tally(rules, |_, _| Ok(()), |_, _| Ok(()))
    }

    fn tally(
        self,
        rules: &Rules,
        mut begin: impl FnMut(usize, Judge) -> Result<(), CountError>,
        mut each: impl FnMut(&Record, &Mark) -> Result<(), CountError>,
    ) -> Result<Tallies, CountError> {
        let mut tallies = Tallies::new();
        for (place, judge) in self.judges().into_iter().enumerate() {
            begin(place, judge)?;
            let mut tallier = Tallier::new(rules.windows(judge.definition), &rules.belonging);
            for record in self.records(judge) {
                let record = record?;
                let mark = tallier.take(&record);
                each(&record, &mark)?;
            }
            tallies.insert(judge, tallier.finish());
        }
        Ok(tallies)
    }

    /// Tallies the day once more and writes its archive below `folder` in the same pass, so that both say the same.
    pub(super) fn archive(self, rules: &Rules, folder: &Path) -> Result<(Tallies, Archived), CountError> {
        let mut families = Families::default();
        for judge in self.judges().into_iter().filter(|judge| !judge.shadow) {
            for record in self.records(judge) {
                families.see(&record?);
            }
        }
        let kept = families.kept();
        let names: Vec<String> = self.judges().iter().map(Judge::to_string).collect();
        let writer = std::cell::RefCell::new(ArchiveWriter::create(folder, self.date, &names)?);
        let day = DayNumber::of_date(self.date);
        let tallies = self.tally(
            rules,
            // A day is judged by a handful of definitions: one each time the settings change, and their candidates.
            |place, _| writer.borrow_mut().begin(u8::try_from(place).unwrap_or(u8::MAX)),
            |record, mark| writer.borrow_mut().push(Row::of(record, mark, day, &kept)),
        )?;
        Ok((tallies, writer.into_inner().finish()?))
    }
}
