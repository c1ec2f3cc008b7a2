//! What counting does when the world does not do its part: a full disk, power cuts, a clock that is set, a roll-up that
//! stood still.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hiraku::clock::SetClock;
use hiraku::count::access::Access;
use hiraku::count::counter::{Beside, Counter, CounterOptions};
use hiraku::count::definition::Definition;
use hiraku::count::record::Entry;
use hiraku::count::segment::{Image, list};
use jiff::SignedDuration;

use super::count_city::*;

static FULL: AtomicBool = AtomicBool::new(false);

/// A disk that is full while [`FULL`] says so.
fn full_at_times(file: &mut File, length: u64) -> std::io::Result<()> {
    if FULL.load(Ordering::Relaxed) {
        return Err(std::io::Error::from(std::io::ErrorKind::StorageFull));
    }
    file.set_len(length)
}

#[test]
fn a_disk_full_for_37_minutes_stops_no_answer_and_shows_as_37_minutes_and_as_a_number() {
    let mut city = City::new("2026-11-21T01:00:00Z");
    city.counter = None;
    let clock: Arc<SetClock> = Arc::clone(&city.clock);
    let beside = Beside { allocate: Some(full_at_times), ..Beside::default() };
    let definition = Definition::bundled(&[], &[]).expect("fits");
    let folder = city.data.path().join("counts");
    let options = CounterOptions { replica: 0, slots: 64, ring: 16, tick: None };
    city.counter = Some(Counter::open_beside(&folder, definition, beside, options, clock, random).expect("opens"));
    let begin = at("2026-11-21T01:00:00Z");
    let mut answered = 0_u64;
    // Full from the moment the first two segments are used up: the minute that follows is the first one lost.
    for minute in 0..80_i64 {
        FULL.store((10..47).contains(&minute), Ordering::Relaxed);
        let answers = if minute == 9 { 140 } else { 3 };
        city.clock.set(begin + SignedDuration::from_mins(minute));
        if minute == 9 {
            FULL.store(true, Ordering::Relaxed);
        }
        city.counter().tick();
        for _ in 0..answers {
            city.counter().count(&blank(Access::Search(u128::from(answered))));
            answered += 1;
        }
    }
    FULL.store(false, Ordering::Relaxed);
    city.counter().tick();
    city.counter().tick();
    let totals = city.counter().totals();
    assert_eq!((totals.answered, totals.waiting), (answered, 0));
    assert_eq!(totals.recorded + totals.lost, answered);
    assert!(totals.lost > 0 && totals.disk_failures > 0, "{totals:?}");
    let left = std::fs::read_dir(city.data.path().join("counts/segments")).expect("readable");
    let half_made =
        left.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == "new")));
    assert_eq!(half_made.count(), 0);
    let report = city.report();
    assert_eq!(report.coverage.minutes_up - report.coverage.minutes_live, 37);
    assert_eq!(report.coverage.minutes_up, 80);
    assert_eq!((report.served_total, report.coverage.lost), (totals.recorded, totals.lost));
    assert!(report.kpis[0].note.contains("計数が止まっていた時間が37分あります"), "{}", report.kpis[0].note);
}

/// A small generator of its own, so that each seed is a case that can be told.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % below
    }
}

#[test]
fn after_a_power_cut_what_was_synced_is_there_and_nothing_else_is_made_of_torn_sectors() {
    const SECTOR: usize = 512;
    let data = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(SetClock::new(at("2026-11-21T01:00:00Z")));
    let counter = open_counter(data.path(), &clock, CounterOptions { replica: 0, slots: 400, ring: 16, tick: None });
    let folder = data.path().join("counts/segments");
    let answer = |from: u128, to: u128| {
        for number in from..to {
            counter.count(&blank(Access::Search(1000 + number)));
        }
    };
    answer(0, 90);
    counter.tick();
    let id = list(&folder).expect("readable")[0].id;
    let live = std::fs::read_dir(&folder).expect("readable").map(|entry| entry.expect("readable").path()).min();
    let live = live.expect("the live segment");
    let synced = std::fs::read(&live).expect("readable");
    answer(90, 260);
    let written = std::fs::read(&live).expect("readable");
    let cut = tempfile::tempdir().expect("a folder");
    let name = live.file_name().expect("a name");
    for seed in 1..=1000_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut disk = synced.clone();
        // Sectors reach the disk in any order, or not at all; one of them is torn.
        let sectors = disk.len() / SECTOR;
        let torn = 4096 / SECTOR + dice.roll(sectors - 4096 / SECTOR);
        for sector in 0..sectors {
            let place = sector * SECTOR..(sector + 1) * SECTOR;
            if sector == torn {
                let whole = place.start + dice.roll(SECTOR);
                disk[place.start..whole].copy_from_slice(&written[place.start..whole]);
            } else if dice.roll(2) == 0 {
                disk[place.clone()].copy_from_slice(&written[place]);
            }
        }
        std::fs::write(cut.path().join(name), &disk).expect("written");
        let image = Image::read(cut.path(), id).expect("readable").expect("there");
        let mut found = BTreeSet::new();
        for (_, entry) in image.entries() {
            if let Entry::Answer(record) = entry {
                assert!(found.insert(record.target.as_u128()), "seed {seed}: counted twice");
            }
        }
        assert!((1000..1090).all(|number| found.contains(&number)), "seed {seed}: a synced answer is lost");
        assert!(found.iter().all(|number| (1000..1260).contains(number)), "seed {seed}: an answer nobody gave");
    }
}

#[test]
fn a_clock_that_is_set_an_hour_forth_and_back_loses_and_doubles_nothing() {
    let mut city = City::new("2026-11-21T01:00:00Z");
    let mut now = at("2026-11-21T01:00:00Z");
    for step in 0..600_i64 {
        now += SignedDuration::from_secs(5);
        let shown = match step {
            200..300 => now + SignedDuration::from_hours(1),
            300..400 => now - SignedDuration::from_hours(1),
            _ => now,
        };
        city.clock.set(shown);
        if step % 7 == 0 {
            city.counter().tick();
        }
        city.counter().count(&blank(Access::Search(u128::from(step.unsigned_abs()))));
    }
    let report = city.report();
    assert_eq!((report.served_total, sum(&report, "searches", "browser")), (600, 600));
    assert_eq!((report.coverage.lost, report.coverage.gaps), (0, 0));
    assert_eq!(report.coverage.minutes_up, report.coverage.minutes_live);
    city.counter = None;
    let rolled = city.roll_up("2026-11-22T15:00:00Z");
    assert_eq!(rolled.closed, [jiff::civil::date(2026, 11, 21)]);
    assert_eq!(super::count_city::report(&city.counts, "R8").served_total, 600);
}

#[test]
fn a_roll_up_that_stood_still_for_hours_finds_everything_and_no_minute_is_missing() {
    let city = City::new("2026-11-21T01:00:00Z");
    let begin = at("2026-11-21T01:00:00Z");
    city.roll_up("2026-11-21T01:00:00Z");
    for minute in 0..300_i64 {
        city.clock.set(begin + SignedDuration::from_mins(minute));
        city.counter().tick();
        for _ in 0..3 {
            city.counter().count(&blank(Access::DatasetPage(DATASET)));
        }
    }
    assert_eq!(sum(&report(&city.counts, "R8"), "investigations", "browser"), 0, "not rolled up yet");
    let report = city.report();
    assert_eq!((report.served_total, sum(&report, "investigations", "browser")), (900, 300));
    assert_eq!((report.coverage.minutes_up, report.coverage.minutes_live), (300, 300));
    assert_eq!(rate(&report), Some(1.0));
}

fn rate(report: &hiraku::count::report::Report) -> Option<f64> {
    report.coverage.rate()
}

#[test]
fn reloading_ten_thousand_times_an_hour_adds_at_most_a_hundred_and_twenty() {
    let city = City::new("2026-11-21T01:00:00Z");
    let begin = at("2026-11-21T01:00:00Z");
    for number in 0..10_000_i64 {
        city.clock.set(begin + SignedDuration::from_millis(number * 360));
        if number % 40 == 0 {
            city.counter().tick();
        }
        city.counter().count(&blank(Access::DatasetPage(DATASET)));
    }
    let report = city.report();
    // One in 0.36 s: every 84th is the first that is 30 s after the last one counted.
    assert_eq!((sum(&report, "investigations", "browser"), report.served_total), (9_999 / 84 + 1, 10_000));
    assert_eq!(served(&report, "browser", "dup30"), 10_000 - 120);
}
