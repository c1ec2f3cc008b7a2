//! What counting costs and whether it is exact, printed beside what is promised (C1, C2, C4, C13 of the counting
//! definition): `cargo bench --bench counting`, or some of it by name: `record`, `roll-up`, `report`, `pairs`, `replay`,
//! `kills`. Ends with a failure where the replay or the kills find an error.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hiraku::clock::{SetClock, SystemClock};
use hiraku::count::access::{Access, Caller};
use hiraku::count::counter::{Answered, Counter, CounterOptions};
use hiraku::count::definition::Definition;
use hiraku::count::report::Circumstances;
use hiraku::count::verdict::{Facts, Method, Part};
use hiraku::model::time::FiscalYear;
use hiraku::store::StoreOptions;
use hiraku::store::counts::Counts;
use uuid::Uuid;

mod kills;
mod pairs;
mod replay;
mod wire;

type Outcome = Result<(), Box<dyn std::error::Error>>;

const ANSWERS: u32 = 1_000_000;
const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36",
    "curl/8.5.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Safari/604.1",
];

/// Requests of the replay.
const REPLAYED: usize = 1_000_000;
const KILLS: usize = 100;
/// With it, this program is the server that is killed.
const SERVE: &str = "--serve-until-killed";

/// A part of the benchmark under its name.
type Named = (&'static str, fn() -> Outcome);

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --benches` only asks whether it starts.
    if arguments.iter().any(|argument| argument == "--test") {
        return Ok(());
    }
    if let [flag, data] = arguments.as_slice()
        && flag == SERVE
    {
        return kills::serve(Path::new(data));
    }
    let parts: [Named; 6] = [
        ("record", record_path),
        ("roll-up", roll_up_and_archive),
        ("report", report_of_a_year),
        ("pairs", pairs::pairs),
        ("replay", replayed),
        ("kills", killed),
    ];
    let is_named = |name: &str| arguments.iter().any(|argument| argument == name);
    let all = !parts.iter().any(|(name, _)| is_named(name));
    for (_, part) in parts.iter().filter(|(name, _)| all || is_named(name)) {
        part()?;
    }
    Ok(())
}

fn replayed() -> Outcome {
    let replayed = replay::replay(REPLAYED)?;
    println!(
        "replay through HTTP: {} requests in {:?}, {} figures, {} errors (bound: 0)",
        replayed.requests,
        replayed.took,
        replayed.figures,
        replayed.errors.len()
    );
    if replayed.errors.is_empty() { Ok(()) } else { Err(replayed.errors.join("\n").into()) }
}

fn killed() -> Outcome {
    let own = std::env::current_exe()?;
    let killed = kills::kill(KILLS, |data| {
        let mut child = Command::new(&own);
        child.arg(SERVE).arg(data);
        child
    })?;
    println!(
        "{} kills under {:.0} answers a second (slowest round {:.0}; bound: 5000): {} answered, {} counted, {} sent; {} lost, \
         {} doubled, {} damaged (bound: 0), {} in the figures",
        killed.kills,
        killed.mean,
        killed.slowest,
        killed.answered,
        killed.counted,
        killed.sent,
        killed.lost,
        killed.doubled,
        killed.damaged,
        killed.rolled_up
    );
    if killed.is_exact() { Ok(()) } else { Err("what was answered is not what was counted".into()) }
}

#[expect(clippy::unnecessary_wraps, reason = "the form that a source of random bytes has")]
fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    bytes.fill(7);
    Ok(())
}

fn answered(number: u32) -> Answered<'static> {
    let access = match number % 4 {
        0 => Access::DatasetPage(Uuid::from_u128(u128::from(number % 500))),
        1 => Access::Download { distribution: Uuid::from_u128(u128::from(number % 900)), in_parts: false },
        2 => Access::Tile(Uuid::from_u128(u128::from(number % 50))),
        _ => Access::Search(u128::from(number)),
    };
    Answered {
        address: std::net::Ipv4Addr::from(0x0a00_0000 + number % 20_011).into(),
        agent: AGENTS[number as usize % AGENTS.len()].as_bytes(),
        caller: Caller::default(),
        access,
        also_layers: &[],
        page: 0,
        facts: Facts { method: Method::Get, status: 200, part: Part::Unknown, prefetch: false, own_page: false },
        length_bytes: Some(u64::from(number % 9999)),
    }
}

fn counts(data: &Path) -> Result<Counts, Box<dyn std::error::Error>> {
    Ok(Counts::open(data, StoreOptions { memory_mib: 256, threads: 2 })?)
}

/// Each call timed by itself, with the background thread at work; what two looks at the clock take is told.
fn record_path() -> Outcome {
    let data = tempfile::tempdir()?;
    let definition = Definition::bundled(&[], &[])?;
    let options = CounterOptions { tick: Some(Duration::from_millis(100)), ..CounterOptions::default() };
    let counter = Counter::open(&data.path().join("counts"), definition, options, Arc::new(SystemClock), random)?;
    let mut nanoseconds: Vec<u128> = Vec::with_capacity(ANSWERS as usize);
    let mut empty: Vec<u128> = Vec::with_capacity(ANSWERS as usize);
    for number in 0..ANSWERS {
        let answered = answered(number);
        let begin = Instant::now();
        counter.count(&answered);
        nanoseconds.push(begin.elapsed().as_nanos());
        let begin = Instant::now();
        empty.push(begin.elapsed().as_nanos());
    }
    for times in [&mut nanoseconds, &mut empty] {
        times.sort_unstable();
    }
    let at = |times: &[u128], per_mille: usize| times[times.len() * per_mille / 1000];
    println!(
        "record path: p50 {} ns, p99 {} ns, p99.9 {} ns (bound: p99 < 1000 ns; the clock alone: p50 {} ns, p99 {} ns)",
        at(&nanoseconds, 500),
        at(&nanoseconds, 990),
        at(&nanoseconds, 999),
        at(&empty, 500),
        at(&empty, 990)
    );
    Ok(())
}

/// A million answers of one day: the roll-up, closing with the archive, and the verification from it.
fn roll_up_and_archive() -> Outcome {
    let data = tempfile::tempdir()?;
    let begin: jiff::Timestamp = "2026-11-20T15:00:00Z".parse()?;
    let clock = Arc::new(SetClock::new(begin));
    let options = CounterOptions { tick: None, ..CounterOptions::default() };
    let shared: Arc<SetClock> = Arc::clone(&clock);
    let definition = Definition::bundled(&[], &[])?;
    let counter = Counter::open(&data.path().join("counts"), definition, options, shared, random)?;
    for number in 0..ANSWERS {
        clock.set(begin + jiff::SignedDuration::from_millis(i64::from(number) * 86));
        counter.count(&answered(number));
        if number % 100_000 == 0 {
            counter.tick();
        }
    }
    drop(counter);
    let counts = counts(data.path())?;
    let started = Instant::now();
    let rolled = counts.roll_up("2026-11-21T15:00:00Z".parse()?)?;
    println!(
        "roll-up of {ANSWERS} answers: {:?} (bound: 5 s on two cores), {} day",
        started.elapsed(),
        rolled.renewed.len()
    );
    let started = Instant::now();
    let rolled = counts.roll_up("2026-11-22T15:00:00Z".parse()?)?;
    let archive = data.path().join("counts/archive/2026/2026-11-21.parquet");
    let bytes = std::fs::metadata(&archive)?.len();
    println!(
        "closing of that day with its archive: {:?}, {} day closed, {bytes} bytes, {:.2} bytes an answer",
        started.elapsed(),
        rolled.closed.len(),
        bytes as f64 / f64::from(ANSWERS)
    );
    let started = Instant::now();
    let verified = counts.verify(
        jiff::civil::Date::MIN,
        jiff::civil::Date::MAX,
        "2026-11-22T15:00:00Z".parse()?,
        &mut |_, _| {},
    )?;
    let cells: u64 = verified.iter().map(|day| day.cells).sum();
    let differences: u64 = verified.iter().map(|day| day.differences).sum();
    println!("verification of that day: {:?}, {cells} cells, {differences} differences", started.elapsed());
    Ok(())
}

/// 365 days × 500 datasets × 50 layers.
fn report_of_a_year() -> Outcome {
    let data = tempfile::tempdir()?;
    let counts = counts(data.path())?;
    let database = duckdb::Connection::open(data.path().join("counts.duckdb"))?;
    database.execute_batch("CREATE TABLE ids (number USMALLINT, id UUID)")?;
    let id = Definition::bundled(&[], &[])?.id;
    // Ids as the program gives them, and days in the order in which the roll-up writes them: how the engine packs a
    // column depends on both.
    let mut ids = database.appender("ids")?;
    for number in 0..500_u16 {
        let random: [u8; 10] = std::array::from_fn(|at| (usize::from(number) * 151 + at * 89 + 7).to_le_bytes()[0]);
        let id = uuid::Builder::from_unix_timestamp_millis(1_789_000_000_000 + u64::from(number) * 217, &random);
        ids.append_row(duckdb::params![number, id.into_uuid().to_string()])?;
    }
    ids.flush()?;
    drop(ids);
    database.execute_batch(&format!(
        "INSERT INTO figures SELECT DATE '2026-04-01' + day::INTEGER, measure, id, class, '{id}',
             (day * 7 + number) % 90 + 1, now()::TIMESTAMP
         FROM range(365) AS days(day), ids,
              (VALUES ('investigations', 500), ('unique-investigations', 500), ('requests', 500),
                      ('unique-requests', 500), ('layer-uses', 50), ('tile-requests', 50)) AS measures(measure, targets),
              (VALUES ('browser'), ('machine/script'), ('robot')) AS classes(class)
         WHERE number < targets ORDER BY day, measure, id, class;
         DROP TABLE ids;"
    ))?;
    database.execute_batch(&format!(
        "INSERT INTO served SELECT DATE '2026-04-01' + day::INTEGER, hour, class, 'counted', '{id}', 17
         FROM range(365) AS days(day), range(24) AS hours(hour), (VALUES ('browser'), ('robot')) AS classes(class);
         INSERT INTO coverage SELECT DATE '2026-04-01' + day::INTEGER, hour, 60, 60, 0, 0
         FROM range(365) AS days(day), range(24) AS hours(hour);"
    ))?;
    let rows: u64 = database.query_row("SELECT count(*) FROM figures", [], |row| row.get(0))?;
    drop(database);
    let year = FiscalYear::parse("R8")?;
    let circumstances = Circumstances {
        now: "2027-04-02T00:00:00Z".parse()?,
        public_datasets: None,
        public_layers: None,
        public_use_cases: None,
    };
    let mut took = Vec::new();
    for _ in 0..5 {
        let started = Instant::now();
        let report = counts.report(year, &circumstances)?;
        took.push(started.elapsed());
        if report.datasets.len() < 500 {
            return Err("the report lacks datasets".into());
        }
    }
    took.sort_unstable();
    println!("report of a year of {rows} figures: median {:?}, slowest {:?} (bound: 1 s)", took[2], took[4]);
    Ok(())
}
