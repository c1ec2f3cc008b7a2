//! C1: requests whose truth is known by construction, replayed through HTTP.
//!
//! A visitor comes once a day and does one of a few things; what each of them adds to the figures stands beside it, by
//! hand, from the text of the definition. The truth is the sum over the visits and knows nothing of the counter. The
//! requests go over a connection to the real server with the real counting layer; only the handlers behind it are of
//! this file: they set the clock to the time of the request and name what was asked for.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use hiraku::clock::SetClock;
use hiraku::config::Config;
use hiraku::count::access::Access;
use hiraku::count::counter::{Counter, CounterOptions};
use hiraku::count::definition::Definition;
use hiraku::count::report::{Circumstances, Figure, Report};
use hiraku::count::target::{Target, TargetKind};
use hiraku::http::counting::{Counting, counted};
use hiraku::model::time::FiscalYear;
use hiraku::store::StoreOptions;
use hiraku::store::counts::Counts;
use uuid::Uuid;

use super::wire::Wire;

const DATASETS: usize = 20;
/// Requests that are on their way at once.
const AHEAD: usize = 32;
const CLOCK: &str = "x-clock-ms";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Ask {
    Page,
    Csv,
    Geojson,
    Rows,
    Search,
    Map,
    Tile,
    Home,
    Asset,
    Plain,
    Missing,
}

/// How it is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    Get,
    Head,
    Ahead,
    /// From this byte on.
    From(u32),
    /// With an address put before the visitor's own in the forwarding header.
    Forged(u8),
    /// From another host of the visitor's IPv6 network.
    Neighbour(u8),
}

/// What a visitor does: second, thing, way; and what it must add, in sums and to the dataset (accesses, downloads).
struct Visit {
    steps: &'static [(u32, Ask, How)],
    truth: &'static [(&'static str, u64)],
    of_dataset: (u64, u64),
}

use Ask::{Asset, Csv, Geojson, Home, Map, Missing, Page, Plain, Rows, Search, Tile};
use How::{Ahead, Forged, From, Get, Head, Neighbour};

const VISITS: [Visit; 9] = [
    Visit {
        steps: &[(0, Page, Get), (10, Page, Get), (40, Page, Get)],
        truth: &[("investigations", 2), ("unique-investigations", 1), ("dup30", 1), ("counted", 2)],
        of_dataset: (2, 0),
    },
    Visit {
        steps: &[(0, Page, Get), (5, Csv, Get), (20, Csv, Get), (25, Geojson, Get)],
        truth: &[
            ("investigations", 3),
            ("unique-investigations", 1),
            ("requests", 2),
            ("unique-requests", 1),
            ("distribution-requests", 2),
            ("dup30", 1),
            ("counted", 3),
        ],
        of_dataset: (3, 2),
    },
    Visit {
        steps: &[(0, Map, Get), (1, Tile, Get), (2, Tile, Get), (3, Tile, Get), (31, Map, Get), (32, Tile, Get)],
        truth: &[
            ("map-sessions", 1),
            ("map-opens", 2),
            ("viewers", 1),
            ("layer-uses", 1),
            ("tile-requests", 4),
            // Of two letters each.
            ("tile-bytes", 8),
            ("tile", 4),
            ("counted", 2),
        ],
        of_dataset: (0, 0),
    },
    Visit {
        steps: &[
            (0, Page, Head),
            (1, Missing, Get),
            (2, Asset, Get),
            (3, Page, Ahead),
            (4, Plain, Get),
            (5, Home, Get),
        ],
        truth: &[
            ("method", 1),
            ("status", 1),
            ("asset", 1),
            ("prefetch", 1),
            ("other", 1),
            ("page-views", 1),
            ("counted", 1),
        ],
        of_dataset: (0, 0),
    },
    // Both sides of the hour: begins at 59:50.
    Visit {
        steps: &[(0, Page, Get), (40, Page, Get)],
        truth: &[("investigations", 2), ("unique-investigations", 2), ("counted", 2)],
        of_dataset: (2, 0),
    },
    Visit {
        steps: &[(0, Rows, Get), (10, Rows, Get), (30, Rows, Get), (31, Search, Get)],
        truth: &[
            ("investigations", 2),
            ("unique-investigations", 1),
            ("requests", 2),
            ("unique-requests", 1),
            ("distribution-requests", 2),
            ("searches", 1),
            ("dup30", 1),
            ("counted", 3),
        ],
        of_dataset: (2, 2),
    },
    Visit {
        steps: &[(0, Page, Forged(1)), (5, Page, Forged(2)), (31, Page, Forged(3))],
        truth: &[("investigations", 2), ("unique-investigations", 1), ("dup30", 1), ("counted", 2)],
        of_dataset: (2, 0),
    },
    Visit {
        steps: &[(0, Csv, Neighbour(1)), (10, Csv, Neighbour(2))],
        truth: &[
            ("investigations", 1),
            ("unique-investigations", 1),
            ("requests", 1),
            ("unique-requests", 1),
            ("distribution-requests", 1),
            ("dup30", 1),
            ("counted", 1),
        ],
        of_dataset: (1, 1),
    },
    Visit {
        steps: &[(0, Csv, From(0)), (3, Csv, From(100))],
        truth: &[
            ("investigations", 1),
            ("unique-investigations", 1),
            ("requests", 1),
            ("unique-requests", 1),
            ("distribution-requests", 1),
            ("range", 1),
            ("counted", 1),
        ],
        of_dataset: (1, 1),
    },
];
/// The visit that crosses the hour.
const CROSSING: usize = 4;

const AGENTS: [(&str, &str); 4] = [
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36", "browser"),
    ("curl/8.5.0", "machine/script"),
    ("Googlebot/2.1", "robot"),
    ("kube-probe/1.27", "monitor"),
];

/// One request.
#[derive(Debug, Clone, Copy)]
struct Step {
    time_ms: i64,
    visitor: usize,
    dataset: usize,
    ask: Ask,
    how: How,
}

/// What the figures must be.
#[derive(Debug, Default)]
struct Truth {
    sums: BTreeMap<(&'static str, &'static str), u64>,
    /// Accesses and downloads by people.
    datasets: Vec<(u64, u64)>,
}

fn scenario(first_day_ms: i64, requests: usize) -> (Vec<Step>, Truth) {
    let mut state = 42_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    let mut truth = Truth { datasets: vec![(0, 0); DATASETS], ..Truth::default() };
    let mut steps = Vec::with_capacity(requests + 8);
    let days = if requests > 200_000 { 20 } else { 5 };
    for visitor in 0.. {
        if steps.len() >= requests {
            break;
        }
        let class = AGENTS[visitor % AGENTS.len()].1;
        for day in 0..days {
            let (index, dataset) = (draw(VISITS.len()), draw(DATASETS));
            let second = if index == CROSSING { 3590 } else { draw(3000) };
            let ms = if index == CROSSING { 0 } else { draw(1000) };
            let begin_ms = ((day * 24 + draw(23)) * 3600 + second) * 1000 + ms;
            let begin_ms = first_day_ms + i64::try_from(begin_ms).unwrap_or(0);
            for (second, ask, how) in VISITS[index].steps {
                let time_ms = begin_ms + i64::from(*second) * 1000;
                steps.push(Step { time_ms, visitor, dataset, ask: *ask, how: *how });
            }
            for (name, value) in VISITS[index].truth {
                *truth.sums.entry((*name, class)).or_default() += value;
            }
            if class == "browser" {
                truth.datasets[dataset].0 += VISITS[index].of_dataset.0;
                truth.datasets[dataset].1 += VISITS[index].of_dataset.1;
            }
        }
    }
    steps.sort_by_key(|step| step.time_ms);
    (steps, truth)
}

fn id(dataset: usize, part: u128) -> Uuid {
    Uuid::from_u128(0x0198_f2a1_0000_7000_8000_0000_0000_0000 + dataset as u128 * 16 + part)
}

fn targets() -> Vec<Target> {
    let target = |dataset, part, kind, layer: bool, name: String| Target {
        id: id(dataset, part),
        kind,
        dataset: (kind != TargetKind::Map).then(|| id(dataset, 0)),
        layer: layer.then(|| id(dataset, 3)),
        organization: "222127".to_owned(),
        title: name.clone(),
        name,
    };
    (0..DATASETS)
        .flat_map(|dataset| {
            [
                target(dataset, 0, TargetKind::Dataset, false, format!("dataset-{dataset}")),
                target(dataset, 1, TargetKind::Distribution, true, format!("csv-{dataset}")),
                target(dataset, 2, TargetKind::Distribution, true, format!("geojson-{dataset}")),
                target(dataset, 3, TargetKind::Layer, true, format!("layer-{dataset}")),
                target(dataset, 4, TargetKind::Map, false, format!("map-{dataset}")),
            ]
        })
        .collect()
}

/// Names what is asked for, at the time that the request says.
async fn handler(State(clock): State<Arc<SetClock>>, request: Request) -> Response {
    let time_ms = request.headers().get(CLOCK).and_then(|value| value.to_str().ok()?.parse().ok());
    if let Some(time) = time_ms.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
        clock.set(time);
    }
    let mut parts = request.uri().path().split('/').skip(1);
    let (what, number) = (parts.next().unwrap_or(""), parts.next().and_then(|text| text.parse::<usize>().ok()));
    let dataset = number.unwrap_or(0);
    let access = match what {
        "page" => Access::DatasetPage(id(dataset, 0)),
        "csv" => Access::Download { distribution: id(dataset, 1), in_parts: false },
        "geojson" => Access::Download { distribution: id(dataset, 2), in_parts: false },
        "rows" => Access::Rows(id(dataset, 1)),
        "search" => Access::Search(dataset as u128),
        "map" => Access::MapOpen { map: id(dataset, 4), embed: false },
        "tile" => Access::Tile(id(dataset, 3)),
        "home" => Access::SitePage,
        "asset" => Access::Asset,
        _ => Access::Other,
    };
    let range = request.headers().get("range").and_then(|value| value.to_str().ok());
    let mut response = Response::new(Body::from("ok"));
    if let Some(from) = range.and_then(|text| text.strip_prefix("bytes=")?.split('-').next()) {
        *response.status_mut() = http::StatusCode::PARTIAL_CONTENT;
        if let Ok(value) = http::HeaderValue::from_str(&format!("bytes {from}-199/200")) {
            response.headers_mut().insert(http::header::CONTENT_RANGE, value);
        }
    }
    if what == "missing" {
        *response.status_mut() = http::StatusCode::NOT_FOUND;
    }
    response.extensions_mut().insert(access);
    response
}

fn write_request(text: &mut String, index: usize, step: &Step) -> std::fmt::Result {
    let Step { time_ms, visitor, dataset, ask, how } = *step;
    let method = if how == How::Head { "HEAD" } else { "GET" };
    match ask {
        Page => write!(text, "{method} /page/{dataset}")?,
        Csv => write!(text, "{method} /csv/{dataset}")?,
        Geojson => write!(text, "{method} /geojson/{dataset}")?,
        Rows => write!(text, "{method} /rows/{dataset}")?,
        // Every search is another one.
        Search => write!(text, "{method} /search/{index}")?,
        Map => write!(text, "{method} /map/{dataset}")?,
        Tile => write!(text, "{method} /tile/{dataset}")?,
        Home => write!(text, "{method} /home")?,
        Asset => write!(text, "{method} /asset")?,
        Plain => write!(text, "{method} /plain")?,
        Missing => write!(text, "{method} /missing")?,
    }
    let agent = AGENTS[visitor % AGENTS.len()].0;
    write!(text, " HTTP/1.1\r\nhost: city\r\nuser-agent: {agent}\r\n{CLOCK}: {time_ms}\r\nx-forwarded-for: ")?;
    let own = std::net::Ipv4Addr::from(0x1400_0000 + u32::try_from(visitor).unwrap_or(0));
    match how {
        Forged(host) => write!(text, "203.0.113.{host}, {own}\r\n")?,
        Neighbour(host) => write!(text, "2001:db8:{:x}:{:x}::{host}\r\n", visitor >> 16, visitor & 0xffff)?,
        From(byte) => write!(text, "{own}\r\nrange: bytes={byte}-\r\n")?,
        Ahead => write!(text, "{own}\r\nsec-purpose: prefetch\r\n")?,
        Get | Head => write!(text, "{own}\r\n")?,
    }
    text.write_str("\r\n")
}

/// What a replay did.
#[derive(Debug)]
pub(crate) struct Replayed {
    pub(crate) requests: usize,
    /// Figures that were compared.
    pub(crate) figures: usize,
    /// Those that were not the truth, each with both values.
    pub(crate) errors: Vec<String>,
    pub(crate) took: Duration,
}

/// Replays at least so many requests and compares every figure with the truth.
pub(crate) fn replay(requests: usize) -> Result<Replayed, Box<dyn Error>> {
    let begin: jiff::Timestamp = "2026-04-10T15:00:00Z".parse()?;
    let (steps, truth) = scenario(begin.as_millisecond(), requests);
    let data = tempfile::tempdir()?;
    let clock = Arc::new(SetClock::new(begin));
    let counts = Counts::open(data.path(), StoreOptions { memory_mib: 256, threads: 2 })?;
    counts.remember_targets(&targets())?;
    let shared: Arc<SetClock> = Arc::clone(&clock);
    let counter = Counter::open(
        &data.path().join("counts"),
        Definition::bundled(&[], &[])?,
        CounterOptions { slots: 1 << 15, ..CounterOptions::default() },
        shared,
        random,
    )?;
    let config = Config { trusted_proxies: vec!["127.0.0.0/8".parse()?], ..Config::default() };
    let counting = Arc::new(Counting::new(Arc::new(counter), &config)?);
    let router = Router::new().fallback(handler).with_state(Arc::clone(&clock));
    let front = counted(router, Arc::clone(&counting));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))?;
    let address = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = runtime.spawn(hiraku::http::serve(front, listener, async {
        let _ = stopped.await;
    }));

    let started = Instant::now();
    let mut wire = Wire::connect(address)?;
    let mut text = String::new();
    let mut day = 0;
    for (number, some) in steps.chunks(AHEAD).enumerate() {
        text.clear();
        for (index, step) in some.iter().enumerate() {
            write_request(&mut text, number * AHEAD + index, step)?;
        }
        wire.send(text.as_bytes())?;
        for step in some {
            wire.answer(step.how == How::Head)?;
        }
        // Beside the server, as it happens there: several days are closed on the way.
        let now_ms = some[some.len() - 1].time_ms;
        let today = (now_ms - begin.as_millisecond()) / 21_600_000;
        if today > day {
            day = today;
            counts.roll_up(jiff::Timestamp::from_millisecond(now_ms)?)?;
        }
    }
    let took = started.elapsed();
    drop(wire);
    let _ = stop.send(());
    runtime.block_on(serving)?;
    drop(runtime);
    let recorded = counting.counter().totals().recorded;
    drop(counting);

    let end: jiff::Timestamp = "2026-05-20T15:00:00Z".parse()?;
    counts.roll_up(end)?;
    let circumstances = Circumstances { now: end, public_datasets: None, public_layers: None, public_use_cases: None };
    let report = counts.report(FiscalYear::parse("R8")?, &circumstances)?;
    let mut compared = Compared::default();
    compared.of("recorded", recorded, steps.len() as u64);
    compared.of("served", report.served_total, steps.len() as u64);
    compared.report(&report, &truth);
    let days = counts.verify(jiff::civil::Date::MIN, jiff::civil::Date::MAX, end, &mut |_, _| {})?;
    compared.of("differences to the archive", days.iter().map(|day| day.differences).sum(), 0);
    Ok(Replayed { requests: steps.len(), figures: compared.figures, errors: compared.errors, took })
}

#[derive(Debug, Default)]
struct Compared {
    figures: usize,
    errors: Vec<String>,
}

impl Compared {
    fn of(&mut self, name: &str, found: u64, truth: u64) {
        self.figures += 1;
        if found != truth {
            self.errors.push(format!("{name}: {found}, and the truth is {truth}"));
        }
    }

    fn report(&mut self, report: &Report, truth: &Truth) {
        let mut found: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (measure, by_class) in &report.measures {
            found.extend(by_class.iter().map(|(class, value)| ((*measure, *class), *value)));
        }
        found.extend(report.served.iter().map(|line| ((line.verdict, line.class), line.answers)));
        let mut names: Vec<(&str, &str)> = found.keys().copied().chain(truth.sums.keys().copied()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let of = |sums: &BTreeMap<(&str, &str), u64>| sums.get(&name).copied().unwrap_or(0);
            self.of(&format!("{} of {}", name.0, name.1), of(&found), of(&truth.sums));
        }
        for (key, measure, class) in [
            ("accesses", "investigations", "browser"),
            ("downloads", "requests", "browser"),
            ("machine_requests", "requests", "machine/script"),
            ("map_sessions", "map-sessions", "browser"),
            ("viewers", "viewers", "browser"),
            ("layer_uses", "layer-uses", "browser"),
        ] {
            let kpi = report.kpis.iter().find(|kpi| kpi.key == key).and_then(|kpi| kpi.value);
            let found = if let Some(Figure::Count(found)) = kpi { found } else { u64::MAX };
            self.of(key, found, truth.sums.get(&(measure, class)).copied().unwrap_or(0));
        }
        for (dataset, (accesses, downloads)) in truth.datasets.iter().enumerate() {
            let line = report.datasets.iter().find(|line| line.id == id(dataset, 0));
            self.of(&format!("accesses of dataset {dataset}"), line.map_or(0, |line| line.accesses), *accesses);
            self.of(&format!("downloads of dataset {dataset}"), line.map_or(0, |line| line.downloads), *downloads);
        }
    }
}

fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    getrandom::fill(bytes).map_err(|error| std::io::Error::other(error.to_string()))
}
