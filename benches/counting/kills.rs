//! C2: a serving process is killed while it answers thousands of requests a second, and what its callers were answered
//! is compared with what was counted: answered ⊆ counted ⊆ sent, and nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hiraku::clock::SystemClock;
use hiraku::config::Config;
use hiraku::count::access::Access;
use hiraku::count::counter::{Counter, CounterOptions};
use hiraku::count::definition::Definition;
use hiraku::count::record::Entry;
use hiraku::count::segment::{Image, list};
use hiraku::http::counting::{Counting, counted};
use hiraku::store::StoreOptions;
use hiraku::store::counts::Counts;

use super::wire::Wire;

const CALLERS: u64 = 4;
/// Requests of a caller that are on their way at once.
const AHEAD: u64 = 8;
/// Small enough that the process is also killed while one segment takes the place of another.
const SLOTS: u32 = 4096;

/// The process that is killed: the real server with the real counting layer. It says where it listens and goes on until
/// it is killed.
pub(crate) fn serve(data: &Path) -> Result<(), Box<dyn Error>> {
    let options = CounterOptions { slots: SLOTS, ..CounterOptions::default() };
    let definition = Definition::bundled(&[], &[])?;
    let counter = Counter::open(&data.join("counts"), definition, options, Arc::new(SystemClock), random)?;
    let counting = Arc::new(Counting::new(Arc::new(counter), &Config::default())?);
    let front = counted(Router::new().fallback(numbered), counting);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        // One write, so that the line is whole in whatever else is written there.
        std::io::stdout().lock().write_all(format!("\nlistening {}\n", listener.local_addr()?).as_bytes())?;
        hiraku::http::serve(front, listener, std::future::pending()).await;
        Ok(())
    })
}

/// Each number is a thing of its own, so that the ledger and the records can be compared one by one.
async fn numbered(request: Request) -> Response {
    let mut response = Response::new(Body::from("ok"));
    if let Ok(number) = request.uri().path().trim_start_matches('/').parse() {
        response.extensions_mut().insert(Access::Search(number));
    }
    response
}

/// What came of the kills.
#[derive(Debug, Default)]
pub(crate) struct Killed {
    pub(crate) kills: usize,
    pub(crate) answered: usize,
    pub(crate) sent: usize,
    pub(crate) counted: usize,
    /// Answered and not counted.
    pub(crate) lost: usize,
    /// Counted more than once, or never sent.
    pub(crate) doubled: usize,
    /// Segments that could not be read, and figures that differ from what their records give.
    pub(crate) damaged: usize,
    /// Answers that the roll-up made of it all.
    pub(crate) rolled_up: u64,
    /// Answers a second while requests were sent: of the slowest round, and of all.
    pub(crate) slowest: f64,
    pub(crate) mean: f64,
}

impl Killed {
    pub(crate) fn is_exact(&self) -> bool {
        self.lost + self.doubled + self.damaged == 0 && self.rolled_up == self.counted as u64
    }
}

/// One caller's ledger: its numbers begin at `first`; so many were sent and, of these, so many answered, in order.
#[derive(Debug, Clone, Copy)]
struct Ledger {
    first: u64,
    sent: u64,
    answered: u64,
}

/// Kills `kills` processes, each made by `child` for the data directory and killed at a moment between 0.15 and 0.55 s
/// after its callers began.
pub(crate) fn kill(kills: usize, child: impl Fn(&Path) -> Command) -> Result<Killed, Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    let mut ledgers = Vec::new();
    let mut killed = Killed { kills, slowest: f64::MAX, ..Killed::default() };
    let (mut state, mut seconds) = (7_u64, 0.0);
    for round in 0..kills as u64 {
        let mut process = child(data.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let lines = BufReader::new(process.stdout.take().ok_or("its output is read")?).lines();
        let address = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("listening ")?.parse().ok());
        let address: SocketAddr = address.ok_or("the process ended before it listened")?;
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let moment = Duration::from_micros(150_000 + (state >> 33) % 400_000);
        let (began, is_over) = (Instant::now(), AtomicBool::new(false));
        let own: Vec<Ledger> = std::thread::scope(|scope| {
            let call = |caller: u64| {
                let is_over = &is_over;
                scope.spawn(move || called(address, ((round * CALLERS + caller) << 32) | 1, is_over))
            };
            let callers: Vec<_> = (0..CALLERS).map(call).collect();
            std::thread::sleep(moment);
            let result = process.kill();
            is_over.store(true, Ordering::Relaxed);
            result?;
            process.wait()?;
            let joined = callers.into_iter().map(|caller| caller.join().map_err(|_| "a caller failed"));
            joined.collect::<Result<Vec<_>, _>>().map_err(Box::<dyn Error>::from)
        })?;
        let answered: u64 = own.iter().map(|ledger| ledger.answered).sum();
        let took = began.elapsed().min(moment).as_secs_f64();
        killed.slowest = killed.slowest.min(answered as f64 / took);
        seconds += took;
        ledgers.extend(own);
    }
    compare(data.path(), &ledgers, &mut killed)?;
    killed.mean = killed.answered as f64 / seconds;
    Ok(killed)
}

/// Asks until the process is gone.
fn called(address: SocketAddr, first: u64, is_over: &AtomicBool) -> Ledger {
    let mut ledger = Ledger { first, sent: 0, answered: 0 };
    let Ok(mut wire) = Wire::connect(address) else { return ledger };
    let mut text = String::new();
    while !is_over.load(Ordering::Relaxed) {
        text.clear();
        for number in 0..AHEAD {
            let number = ledger.first + ledger.sent + number;
            // Writing into a text does not fail.
            let _ = write!(text, "GET /{number} HTTP/1.1\r\nhost: city\r\nuser-agent: curl/8.5.0\r\n\r\n");
        }
        // From here on they may have arrived.
        ledger.sent += AHEAD;
        if wire.send(text.as_bytes()).is_err() {
            break;
        }
        for _ in 0..AHEAD {
            if wire.answer(false).is_err() {
                return ledger;
            }
            ledger.answered += 1;
        }
    }
    ledger
}

fn compare(data: &Path, ledgers: &[Ledger], killed: &mut Killed) -> Result<(), Box<dyn Error>> {
    let folder = data.join("counts/segments");
    let mut counted: BTreeMap<u128, usize> = BTreeMap::new();
    for found in list(&folder)? {
        let Some(image) = Image::read(&folder, found.id)? else { continue };
        for (_, entry) in image.entries() {
            if let Entry::Answer(record) = entry {
                *counted.entry(record.target.as_u128()).or_default() += 1;
            }
        }
    }
    let numbers = |of: fn(&Ledger) -> u64| -> BTreeSet<u128> {
        let numbers = |ledger: &Ledger| ledger.first..ledger.first + of(ledger);
        ledgers.iter().flat_map(numbers).map(u128::from).collect()
    };
    let (answered, sent) = (numbers(|ledger| ledger.answered), numbers(|ledger| ledger.sent));
    (killed.answered, killed.sent) = (answered.len(), sent.len());
    killed.counted = counted.values().sum();
    killed.lost = answered.iter().filter(|number| !counted.contains_key(number)).count();
    killed.doubled = counted.iter().filter(|(number, times)| **times != 1 || !sent.contains(number)).count();
    let counts = Counts::open(data, StoreOptions { memory_mib: 256, threads: 2 })?;
    let modified = std::fs::metadata(&folder)?.modified()?;
    let now = jiff::Timestamp::try_from(modified)?;
    let rolled = counts.roll_up(now)?;
    killed.damaged = rolled.unreadable.len();
    let days: Result<u64, Box<dyn Error>> = rolled.renewed.iter().try_fold(0, |sum, day| {
        let verified = counts.verify(*day, *day, now, &mut |_, _| {})?;
        killed.damaged += usize::try_from(verified.iter().map(|day| day.differences).sum::<u64>())?;
        let year = hiraku::model::time::FiscalYear::of(*day);
        let circumstances = hiraku::count::report::Circumstances {
            now,
            public_datasets: None,
            public_layers: None,
            public_use_cases: None,
        };
        let report = counts.report(year, &circumstances)?;
        // Both days of a midnight lie in one year but for one night of it.
        Ok(sum.max(report.served_total))
    });
    killed.rolled_up = days?;
    Ok(())
}

fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    getrandom::fill(bytes).map_err(|error| std::io::Error::other(error.to_string()))
}
