//! The counter's background work, ten times a second.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::super::record::Entry;
use super::super::salt::{self, DAY_MS, DayNumber, Salt, japan_hour};
use super::{Inner, Live, Ticking, lock_of};

/// Minutes of blindness that are remembered: one week.
const MOST_BLIND_MINUTES: usize = 7 * 24 * 60;

impl Inner {
    pub(super) fn run(&self, every: Duration) {
        let mut stop = lock_of(&self.stop.0);
        while !*stop {
            let (guard, _) = self.stop.1.wait_timeout(stop, every).unwrap_or_else(PoisonError::into_inner);
            drop(guard);
            self.tick();
            stop = lock_of(&self.stop.0);
        }
    }

    pub(super) fn tick(&self) {
        let mut ticking = lock_of(&self.ticking);
        let now_ms = self.clock.now().as_millisecond();
        self.renew_segment(now_ms);
        self.drain_ring(now_ms);
        self.note_minutes(&mut ticking, now_ms);
        if let Some(segment) = &self.live.load_full().segment
            && let Err(problem) = segment.sync()
        {
            self.note_failure(&problem, "counting records could not be brought to the disk");
        }
        self.seal_closed();
        self.renew_salts(&mut ticking, now_ms);
    }

    /// A segment where there is none, a spare where there is none, and a new segment with every hour.
    fn renew_segment(&self, now_ms: i64) {
        let live = self.live.load_full();
        if let Some(segment) = &live.segment {
            let made_ms = i64::try_from(segment.header.id.number).unwrap_or(i64::MAX);
            let same_hour = made_ms.div_euclid(3_600_000) == now_ms.div_euclid(3_600_000);
            if !same_hour && segment.written() > 0 {
                self.advance(segment.header.id);
            }
        }
        let mut rotation = lock_of(&self.rotation);
        if rotation.spare.is_none() {
            // The lock is held meanwhile; whoever needs it now needs just this segment.
            rotation.spare = self.try_segment(&mut rotation, now_ms);
        }
        let live = self.live.load_full();
        if live.segment.is_none()
            && let Some(segment) = rotation.spare.take()
        {
            self.live.store(Arc::new(Live { segment: Some(segment), salts: live.salts }));
        }
    }

    /// Moves what waits into the live segment and notes what was lost.
    fn drain_ring(&self, now_ms: i64) {
        loop {
            let live = self.live.load_full();
            let Some(segment) = &live.segment else { return };
            let lost = self.lost.load(Ordering::Acquire);
            let new_lost = lost - self.lost_noted.load(Ordering::Acquire);
            if new_lost > 0 {
                if !segment.put(&Entry::Lost { time_ms: now_ms, answers: new_lost }.to_bytes()) {
                    return;
                }
                self.lost_noted.store(lost, Ordering::Release);
            }
            let mut ring = lock_of(&self.ring);
            let Some(first) = ring.front() else { return };
            // A full segment is replaced by the next request or tick; what waits goes there.
            if !segment.put(&first.bytes) {
                drop(ring);
                if !self.advance(segment.header.id) {
                    return;
                }
                continue;
            }
            self.recorded.fetch_add(u64::from(first.answer), Ordering::AcqRel);
            ring.pop_front();
        }
    }

    fn note_minutes(&self, ticking: &mut Ticking, now_ms: i64) {
        let minute = now_ms.div_euclid(60_000);
        let live = self.live.load().segment.is_some();
        if live {
            for minute in ticking.blind.drain(..) {
                self.put(&Entry::Minute { time_ms: minute * 60_000, live: false }, false);
            }
        } else if ticking.blind.back() != Some(&minute) {
            if ticking.blind.len() == MOST_BLIND_MINUTES {
                ticking.blind.pop_front();
            }
            ticking.blind.push_back(minute);
        }
        if ticking.minute != Some(minute) && live {
            self.put(&Entry::Minute { time_ms: now_ms, live: true }, false);
            ticking.minute = Some(minute);
        }
    }

    fn seal_closed(&self) {
        let closing = std::mem::take(&mut lock_of(&self.rotation).closing);
        let mut left = Vec::new();
        for segment in closing {
            if !segment.is_complete() {
                left.push(segment);
                continue;
            }
            if let Err(problem) = segment.seal() {
                self.note_failure(&problem, "a counting segment could not be sealed; it is read as it stands");
                left.push(segment);
            }
        }
        lock_of(&self.rotation).closing.extend(left);
    }

    /// Tomorrow's salt is at hand an hour before midnight; once an hour old ones are destroyed.
    fn renew_salts(&self, ticking: &mut Ticking, now_ms: i64) {
        let today = DayNumber::of_ms(now_ms);
        let hour = now_ms.div_euclid(3_600_000);
        if japan_hour(now_ms) == 23 {
            let tomorrow = today.plus(1);
            let live = self.live.load_full();
            if !live.salts.iter().flatten().any(|salt| salt.day == tomorrow) {
                self.fetch_salt(tomorrow);
            }
        }
        if ticking.swept_hour == Some(hour) {
            return;
        }
        ticking.swept_hour = Some(hour);
        let life_hours = self.definition.windows.salt_life_hours;
        {
            let _rotation = lock_of(&self.rotation);
            let live = self.live.load_full();
            let alive = |salt: &Salt| now_ms < salt.day.begin_ms().saturating_add(i64::from(life_hours) * DAY_MS / 24);
            let salts = live.salts.map(|salt| salt.filter(alive));
            self.live.store(Arc::new(Live { segment: live.segment.clone(), salts }));
        }
        if let Err(problem) = salt::destroy_old(&self.salts, now_ms, life_hours) {
            self.note_failure(&problem, "an old salt could not be destroyed");
        }
    }

    /// The end: everything into sealed segments, the spare removed.
    pub(super) fn finish(&self) {
        self.tick();
        let mut rotation = lock_of(&self.rotation);
        let live = self.live.load_full();
        self.live.store(Arc::new(Live { segment: None, salts: live.salts }));
        let spare = rotation.spare.take();
        drop(rotation);
        for segment in live.segment.iter().chain(&spare) {
            segment.close();
            lock_of(&self.rotation).closing.push(Arc::clone(segment));
        }
        self.seal_closed();
    }
}
