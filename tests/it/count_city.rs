//! A small city for counting tests: a data directory, a clock that is set by hand, a counter and its figures.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use hiraku::clock::SetClock;
use hiraku::count::access::{Access, Caller};
use hiraku::count::address::NO_ADDRESS;
use hiraku::count::counter::{Answered, Counter, CounterOptions};
use hiraku::count::definition::Definition;
use hiraku::count::report::{Circumstances, Report};
use hiraku::count::target::{Target, TargetKind};
use hiraku::count::verdict::{Facts, Method, Part};
use hiraku::model::time::FiscalYear;
use hiraku::store::StoreOptions;
use hiraku::store::counts::{Counts, RollUp};
use uuid::Uuid;

pub(crate) const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                                 Chrome/131.0.0.0 Safari/537.36";
pub(crate) const QGIS: &str = "Mozilla/5.0 QGIS/33404/Windows 11 Version 2009";
pub(crate) const CURL: &str = "curl/8.5.0";

/// Dataset 1 with its CSV, GeoJSON and PMTiles files and its layer; dataset 2 with a CSV file and no layer.
pub(crate) const DATASET: Uuid = Uuid::from_u128(1);
pub(crate) const CSV: Uuid = Uuid::from_u128(11);
pub(crate) const GEOJSON: Uuid = Uuid::from_u128(12);
pub(crate) const PMTILES: Uuid = Uuid::from_u128(13);
pub(crate) const LAYER: Uuid = Uuid::from_u128(14);
pub(crate) const OTHER_DATASET: Uuid = Uuid::from_u128(2);
pub(crate) const OTHER_CSV: Uuid = Uuid::from_u128(21);
pub(crate) const OTHER_LAYER: Uuid = Uuid::from_u128(24);
pub(crate) const MAP: Uuid = Uuid::from_u128(31);

pub(crate) fn targets() -> Vec<Target> {
    let target = |id, kind, dataset, layer, name: &str, title: &str| Target {
        id,
        kind,
        dataset,
        layer,
        organization: "222127".to_owned(),
        name: name.to_owned(),
        title: title.to_owned(),
    };
    vec![
        target(DATASET, TargetKind::Dataset, Some(DATASET), None, "shelters", "指定緊急避難場所"),
        target(CSV, TargetKind::Distribution, Some(DATASET), Some(LAYER), "CSV", "指定緊急避難場所"),
        target(GEOJSON, TargetKind::Distribution, Some(DATASET), Some(LAYER), "GeoJSON", "指定緊急避難場所"),
        target(PMTILES, TargetKind::Distribution, Some(DATASET), Some(LAYER), "PMTiles", "指定緊急避難場所"),
        target(LAYER, TargetKind::Layer, Some(DATASET), Some(LAYER), "shelters", "避難場所"),
        target(OTHER_DATASET, TargetKind::Dataset, Some(OTHER_DATASET), None, "population", "人口,世帯数"),
        target(OTHER_CSV, TargetKind::Distribution, Some(OTHER_DATASET), None, "CSV", "人口"),
        target(MAP, TargetKind::Map, None, None, "bousai", "防災マップ"),
    ]
}

#[derive(Debug)]
pub(crate) struct City {
    pub(crate) data: tempfile::TempDir,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) counter: Option<Counter>,
    pub(crate) counts: Counts,
}

pub(crate) fn at(text: &str) -> jiff::Timestamp {
    text.parse().expect("a time")
}

/// Bytes that differ at every call, so that each salt is another.
pub(crate) fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in bytes.chunks_mut(8) {
        part.copy_from_slice(&number.to_le_bytes()[..part.len()]);
    }
    Ok(())
}

/// A counter whose background work is called by hand, with small segments.
pub(crate) const BY_HAND: CounterOptions = CounterOptions { replica: 0, slots: 64, ring: 16, tick: None };

pub(crate) fn open_counter(data: &Path, clock: &Arc<SetClock>, options: CounterOptions) -> Counter {
    let definition =
        Definition::bundled(&["198.51.100.0/24".parse().expect("a network")], &[]).expect("the definition fits");
    let clock: Arc<SetClock> = Arc::clone(clock);
    Counter::open(&data.join("counts"), definition, options, clock, random).expect("the counter opens")
}

pub(crate) fn open_counts(data: &Path) -> Counts {
    Counts::open(data, StoreOptions { memory_mib: 256, threads: 1 }).expect("the figures open")
}

impl City {
    pub(crate) fn new(now: &str) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(SetClock::new(at(now)));
        let counter = Some(open_counter(data.path(), &clock, BY_HAND));
        let counts = open_counts(data.path());
        counts.remember_targets(&targets()).expect("targets are kept");
        Self { data, clock, counter, counts }
    }

    pub(crate) fn counter(&self) -> &Counter {
        self.counter.as_ref().expect("the counter is open")
    }

    /// A GET that is answered 200, `text` in UTC.
    pub(crate) fn get(&self, text: &str, address: &str, agent: &str, access: Access) {
        self.answer(text, address, agent, access, GET);
    }

    pub(crate) fn answer(&self, text: &str, address: &str, agent: &str, access: Access, facts: Facts) {
        self.clock.set(at(text));
        let address: IpAddr = address.parse().expect("an address");
        self.counter().count(&Answered { address, agent: agent.as_bytes(), facts, ..blank(access) });
    }

    pub(crate) fn roll_up(&self, now: &str) -> RollUp {
        self.counts.roll_up(at(now)).expect("rolled up")
    }

    /// The report of R8, rolled up at the last moment of the clock.
    pub(crate) fn report(&self) -> Report {
        self.roll_up("2026-11-21T12:00:00Z");
        report(&self.counts, "R8")
    }
}

pub(crate) fn report(counts: &Counts, year: &str) -> Report {
    let circumstances = Circumstances {
        now: at("2026-11-21T12:00:00Z"),
        public_datasets: Some(2),
        public_layers: Some(1),
        public_use_cases: None,
    };
    counts.report(FiscalYear::parse(year).expect("a year"), &circumstances).expect("a report")
}

/// The sum of a measure for one class, subs apart.
pub(crate) fn sum(report: &Report, measure: &str, class: &str) -> u64 {
    report.measures.get(measure).and_then(|by_class| by_class.get(class)).copied().unwrap_or(0)
}

/// Answers of one class and verdict.
pub(crate) fn served(report: &Report, class: &str, verdict: &str) -> u64 {
    report.served.iter().filter(|line| line.class == class && line.verdict == verdict).map(|line| line.answers).sum()
}

pub(crate) const GET: Facts =
    Facts { method: Method::Get, status: 200, part: Part::Unknown, prefetch: false, own_page: false };

pub(crate) const fn blank(access: Access) -> Answered<'static> {
    Answered {
        address: NO_ADDRESS,
        agent: CHROME.as_bytes(),
        caller: Caller { api_key: false, staff: false },
        access,
        also_layers: &[],
        page: 0,
        facts: GET,
        length_bytes: None,
    }
}
