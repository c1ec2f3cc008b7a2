//! Several servers of one site: their segments, copied in in any order, give what one server would have counted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hiraku::clock::SetClock;
use hiraku::count::access::Access;
use hiraku::count::counter::{Answered, Beside, Counter, CounterOptions};
use hiraku::count::definition::Definition;
use hiraku::store::counts::{Counts, Imported};
use proptest::prelude::*;

use super::count_city::*;

const BEGIN: i64 = 1_795_222_800_000; // 2026-11-21T01:00:00Z

#[derive(Debug, Clone, Copy)]
struct Step {
    after_ms: i64,
    visitor: u8,
    what: u8,
    server: u8,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0..60_000_i64, 0..6_u8, 0..6_u8, 0..3_u8);
    let step = step.prop_map(|(after_ms, visitor, what, server)| Step { after_ms, visitor, what, server });
    proptest::collection::vec(step, 20..160)
}

/// A server of the site with its own data directory; the salts are shared.
struct Server {
    data: tempfile::TempDir,
    clock: Arc<SetClock>,
    counter: Counter,
}

fn server(replica: u32, salts: &Path) -> Server {
    let data = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(SetClock::new(jiff::Timestamp::from_millisecond(BEGIN).expect("a time")));
    let definition = Definition::bundled(&[], &[]).expect("fits");
    let beside = Beside { salts: Some(salts.to_owned()), ..Beside::default() };
    let options = CounterOptions { replica, slots: 16, ring: 16, tick: None };
    let shared: Arc<SetClock> = Arc::clone(&clock);
    let counter = Counter::open_beside(&data.path().join("counts"), definition, beside, options, shared, random);
    Server { data, clock, counter: counter.expect("opens") }
}

fn play(steps: &[Step], servers: &[Server]) {
    let mut now_ms = BEGIN;
    for (place, step) in steps.iter().enumerate() {
        // Half of the steps share their time with the one before.
        now_ms += if place % 2 == 0 { step.after_ms } else { 0 };
        let server = &servers[usize::from(step.server) % servers.len()];
        for other in servers {
            other.clock.set(jiff::Timestamp::from_millisecond(now_ms).expect("a time"));
        }
        let access = [
            Access::DatasetPage(DATASET),
            Access::Download { distribution: CSV, in_parts: false },
            Access::Tile(LAYER),
            Access::MapOpen { map: MAP, embed: false },
            Access::Rows(OTHER_CSV),
            Access::Search(3),
        ][usize::from(step.what)];
        let address = std::net::Ipv4Addr::new(192, 0, 2, step.visitor).into();
        server.counter.count(&Answered { address, agent: CHROME.as_bytes(), ..blank(access) });
    }
}

fn segments(servers: Vec<Server>) -> (Vec<PathBuf>, Vec<tempfile::TempDir>) {
    let mut files = Vec::new();
    let mut kept = Vec::new();
    for server in servers {
        drop(server.counter);
        for entry in std::fs::read_dir(server.data.path().join("counts/segments")).expect("readable") {
            files.push(entry.expect("readable").path());
        }
        kept.push(server.data);
    }
    (files, kept)
}

fn collector() -> (tempfile::TempDir, Counts) {
    let data = tempfile::tempdir().expect("a folder");
    let counts = open_counts(data.path());
    counts.remember_targets(&targets()).expect("kept");
    (data, counts)
}

const NOW: &str = "2026-11-21T12:00:00Z";

fn import(counts: &Counts, paths: &[PathBuf], now: &str) -> Imported {
    counts.import(paths, at(now), &mut |_, _| {}).expect("imported")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn segments_of_three_servers_in_any_order_and_repetition_give_the_figures_of_one(
        steps in steps(),
        order in any::<u64>(),
    ) {
        // Equal times on different servers are ordered by server; the one server answers in that order too.
        let mut steps = steps;
        for pair in steps.chunks_mut(2) {
            pair.sort_by_key(|step| step.server % 3);
            if let [first, second] = pair {
                (first.after_ms, second.after_ms) = (first.after_ms.max(second.after_ms), 0);
            }
        }
        let salts = tempfile::tempdir().expect("a folder");
        let one = [server(0, salts.path())];
        play(&steps, &one);
        let (files, _one) = segments(one.into());
        let (_data, single) = collector();
        import(&single, &files, NOW);
        let expected = report(&single, "R8");

        let three = [0, 1, 2].map(|replica| server(replica, salts.path()));
        play(&steps, &three);
        let (mut files, _three) = segments(three.into());
        let (_data, counts) = collector();
        // Shuffled, a few at a time, some twice.
        let mut state = order;
        for place in (1..files.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            files.swap(place, usize::try_from(state >> 33).expect("fits") % (place + 1));
        }
        for part in files.chunks(3) {
            import(&counts, part, NOW);
            import(&counts, &part[..1], NOW);
        }
        let again = import(&counts, &files, NOW);
        prop_assert_eq!((again.taken, again.known), (0, files.len() as u64));
        let found = report(&counts, "R8");
        prop_assert_eq!(&found.measures, &expected.measures);
        prop_assert_eq!(&found.served, &expected.served);
        prop_assert_eq!(&found.datasets, &expected.datasets);
        prop_assert_eq!(&found.layers, &expected.layers);
    }
}

#[test]
fn a_segment_one_day_late_renews_its_day_and_one_after_the_close_is_numbered_as_lost_once() {
    let salts = tempfile::tempdir().expect("a folder");
    let servers = [0, 1, 2].map(|replica| server(replica, salts.path()));
    let step = |server| Step { after_ms: 60_000, visitor: server, what: 0, server };
    play(&[step(0), step(1), step(2)], &servers);
    let (files, _kept) = segments(servers.into());
    let [first, second, third] = [0, 1, 2].map(|replica| {
        let mark = format!("{replica:08x}-");
        files.iter().find(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&mark)))
    });
    let (data, counts) = collector();
    let one = |file: Option<&PathBuf>| vec![file.expect("each server has one").clone()];
    import(&counts, &one(first), NOW);
    let late = import(&counts, &one(second), "2026-11-22T12:00:00Z");
    assert_eq!((late.renewed, late.late_answers), (vec![jiff::civil::date(2026, 11, 21)], 0));
    assert_eq!(sum(&report(&counts, "R8"), "investigations", "browser"), 2);
    counts.roll_up(at("2026-11-22T15:00:00Z")).expect("closed");
    for now in ["2026-11-22T16:00:00Z", "2026-11-22T17:00:00Z", "2026-11-22T18:00:00Z"] {
        import(&counts, &one(third), now);
        import(&counts, &one(first), now);
    }
    let report = report(&counts, "R8");
    assert_eq!((sum(&report, "investigations", "browser"), report.coverage.lost), (2, 1));
    assert_eq!(std::fs::read_dir(data.path().join("counts/segments")).expect("there").count(), 0, "no token is kept");
}

#[test]
fn what_is_no_sealed_segment_or_contradicts_one_is_refused_and_the_rest_is_taken() {
    let salts = tempfile::tempdir().expect("a folder");
    let servers = [server(5, salts.path())];
    play(&[Step { after_ms: 0, visitor: 1, what: 0, server: 0 }], &servers);
    let (files, kept) = segments(servers.into());
    let whole = std::fs::read(&files[0]).expect("readable");
    let folder = kept[0].path().join("counts/segments");
    let mut damaged = whole.clone();
    damaged[4100] ^= 1;
    std::fs::write(folder.join("damaged.seg"), damaged).expect("written");
    std::fs::write(folder.join("empty.seg"), "").expect("written");
    std::fs::write(folder.join("unsealed.seg"), &whole[..whole.len() - 64]).expect("written");
    std::fs::write(folder.join("renamed.seg"), &whole).expect("written");
    let (_data, counts) = collector();
    let imported = import(&counts, &[folder], NOW);
    assert_eq!((imported.taken, imported.known, imported.refused.len()), (1, 1, 3), "{imported:?}");
    assert_eq!(sum(&report(&counts, "R8"), "investigations", "browser"), 1);
}
