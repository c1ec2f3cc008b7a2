//! The answers of one day from many segments, one after another in the order of events.
//!
//! Only segments whose time has come are in memory: a day of any number of answers takes the room of those that
//! overlap, which are two or three of each replica.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use super::super::CountError;
use super::super::record::{Entry, Record};
use super::super::salt::DayNumber;
use super::{Image, SegmentId, damaged};

/// Where a segment is read from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// As it was when it was read: one that is still written to.
    Held(&'a Image),
    /// From the folder, when its time has come: it does not change any more.
    Sealed(SegmentId),
}

/// Answers of one day in the order of (time, replica, segment, slot).
#[derive(Debug)]
pub struct InOrder<'a> {
    folder: PathBuf,
    day: DayNumber,
    /// By the time of the first entry, the earliest last.
    waiting: Vec<(i64, Source<'a>)>,
    open: Vec<Open<'a>>,
    /// The next answer of each open segment: (time, replica, number), slot, place in `open`.
    next: BinaryHeap<Reverse<(i64, SegmentId, u32, usize)>>,
}

#[derive(Debug)]
struct Open<'a> {
    image: Content<'a>,
    /// Times and slots of the day's answers still to come, the next one last.
    order: Vec<(i64, u32)>,
}

#[derive(Debug)]
enum Content<'a> {
    Held(&'a Image),
    Read(Image),
    /// All has been given.
    Done,
}

impl Content<'_> {
    fn image(&self) -> Option<&Image> {
        match self {
            Self::Held(image) => Some(image),
            Self::Read(image) => Some(image),
            Self::Done => None,
        }
    }
}

impl<'a> InOrder<'a> {
    /// The answers of `day` in `sources`, each given with a time (milliseconds since 1970 UTC) that none of its answers
    /// of that day is before.
    pub fn new(folder: &Path, day: DayNumber, sources: impl IntoIterator<Item = (i64, Source<'a>)>) -> Self {
        let mut waiting: Vec<_> = sources.into_iter().collect();
        waiting.sort_by_key(|(first_ms, _)| Reverse(*first_ms));
        Self { folder: folder.to_owned(), day, waiting, open: Vec::new(), next: BinaryHeap::new() }
    }

    fn open(&mut self, source: Source<'a>) -> Result<(), CountError> {
        let image = match source {
            Source::Held(image) => Content::Held(image),
            Source::Sealed(id) => Content::Read(
                Image::read(&self.folder, id)?
                    .ok_or_else(|| damaged(&id.path(&self.folder, "seg"), "it is gone while it is read"))?,
            ),
        };
        let Some(content) = image.image() else { return Ok(()) };
        let mut order: Vec<(i64, u32)> = content
            .entries()
            .filter(|(_, entry)| matches!(entry, Entry::Answer(_)))
            .map(|(slot, entry)| (entry.time_ms(), slot))
            .filter(|(time_ms, _)| DayNumber::of_ms(*time_ms) == self.day)
            .collect();
        order.sort_unstable_by_key(|place| Reverse(*place));
        // The place of one that is done with is taken again.
        let place = self.open.iter().position(|open| matches!(open.image, Content::Done)).unwrap_or(self.open.len());
        let opened = Open { image, order };
        match self.open.get_mut(place) {
            Some(free) => *free = opened,
            None => self.open.push(opened),
        }
        self.line_up(place);
        Ok(())
    }

    /// Puts the next answer of an open segment into the queue; forgets the segment where there is none.
    fn line_up(&mut self, place: usize) {
        let Some(open) = self.open.get_mut(place) else { return };
        match (open.order.pop(), open.image.image()) {
            (Some((time_ms, slot)), Some(image)) => {
                self.next.push(Reverse((time_ms, image.header.id, slot, place)));
            }
            _ => *open = Open { image: Content::Done, order: Vec::new() },
        }
    }
}

impl Iterator for InOrder<'_> {
    type Item = Result<Record, CountError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.next.peek().map(|Reverse((time_ms, ..))| *time_ms);
            let waits = self.waiting.last().is_some_and(|(from_ms, _)| first.is_none_or(|first| *from_ms <= first));
            if waits && let Some((_, source)) = self.waiting.pop() {
                if let Err(error) = self.open(source) {
                    return Some(Err(error));
                }
                continue;
            }
            let Reverse((_, _, slot, place)) = self.next.pop()?;
            let entry = self.open.get(place).and_then(|open| open.image.image()).and_then(|image| image.entry(slot));
            self.line_up(place);
            if let Some(Entry::Answer(record)) = entry {
                return Some(Ok(record));
            }
        }
    }
}
