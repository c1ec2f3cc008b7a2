//! C4: how many tiles a second are served with counting and without, in pairs of runs one after the other.
//!
//! Both servers stand in this process over the same catalogue, taken in and published by the program itself; one has the
//! counting layer, the other none. No setting turns counting off: only whoever puts a server together can leave it out.

use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hiraku::clock::{Clock, SystemClock};
use hiraku::config::Config;
use hiraku::count::counter::{Counter, CounterOptions};
use hiraku::count::definition::Definition;
use hiraku::http::Front;
use hiraku::http::app::App;
use hiraku::http::counting::Counting;
use hiraku::store::objects::Objects;
use hiraku::store::{Store, StoreOptions};

use super::wire::Wire;

/// A small layer of areas.
const FOLDER: &str = "datasets/243434_asahi";
const CALLERS: usize = 4;
const PAIRS: usize = 40;
const RUN: Duration = Duration::from_millis(750);

fn hiraku(data: &Path, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hiraku"));
    command.args(arguments).arg("--data").arg(data).stdout(Stdio::null()).stderr(Stdio::null());
    // 1 tells of warnings.
    if matches!(command.status()?.code(), Some(0 | 1)) {
        Ok(())
    } else {
        Err(format!("hiraku {arguments:?} failed").into())
    }
}

/// Tiles of the first layer that are there: of each zoom the one in the middle.
fn tiles(app: &App, to: SocketAddr) -> Result<Vec<String>, Box<dyn Error>> {
    let catalogue = app.catalogue();
    let (_, table, layer) = catalogue.layers().next().ok_or("a layer")?;
    let bbox = table.bbox.ok_or("a place")?;
    let (lon, lat) = (f64::midpoint(bbox.west_deg, bbox.east_deg), f64::midpoint(bbox.south_deg, bbox.north_deg));
    let mut wire = Wire::connect(to)?;
    let mut found = Vec::new();
    for zoom in layer.min_zoom..=layer.max_zoom {
        let tiles = f64::from(1_u32 << zoom);
        let x = ((lon + 180.0) / 360.0 * tiles).floor();
        let y = ((1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * tiles).floor();
        let request = format!(
            "GET /tiles/{}/{zoom}/{x}/{y} HTTP/1.1\r\nhost: city\r\naccept-encoding: gzip\r\nuser-agent: Mozilla/5.0 \
             (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36\r\n\r\n",
            layer.name
        );
        wire.send(request.as_bytes())?;
        if wire.answer(false)? == 200 {
            found.push(request);
        }
    }
    if found.is_empty() { Err("no tile is there".into()) } else { Ok(found) }
}

/// Tiles a second that the callers get.
fn run(to: SocketAddr, tiles: &[String]) -> Result<f64, Box<dyn Error>> {
    let is_over = AtomicBool::new(false);
    let began = Instant::now();
    let answered: Result<Vec<u64>, std::io::Error> = std::thread::scope(|scope| {
        let call = || {
            let mut wire = Wire::connect(to)?;
            let mut answered = 0;
            for request in tiles.iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                wire.send(request.as_bytes())?;
                if wire.answer(false)? != 200 {
                    return Err(std::io::Error::other("a tile was not given"));
                }
                answered += 1;
            }
            Ok(answered)
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
        std::thread::sleep(RUN);
        is_over.store(true, Ordering::Relaxed);
        let joined = callers.into_iter();
        joined.map(|caller| caller.join().unwrap_or_else(|_| Err(std::io::Error::other("a caller failed")))).collect()
    });
    Ok(answered?.iter().sum::<u64>() as f64 / began.elapsed().as_secs_f64())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Prints the ratio of the medians, and the ratios of the pairs.
pub(crate) fn pairs() -> Result<(), Box<dyn Error>> {
    let data = tempfile::tempdir()?;
    hiraku(data.path(), &["ingest", FOLDER])?;
    hiraku(data.path(), &["publish", "--all"])?;
    let store = Store::open(data.path(), StoreOptions { memory_mib: 256, threads: 2 })?;
    let objects = Objects::open(&data.path().join("objects"))?;
    let catalogue = store.load_catalogue(hiraku::schema::licence_or_unknown)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let config = Config::default();
    let options = CounterOptions { tick: Some(Duration::from_millis(100)), ..CounterOptions::default() };
    let definition = Definition::bundled(&[], &[])?;
    let counter = Counter::open(&data.path().join("counts"), definition, options, Arc::clone(&clock), super::random)?;
    let counting = Arc::new(Counting::new(Arc::new(counter), &config)?);
    let app = Arc::new(App::new(config, clock, Arc::new(store), objects, catalogue));
    app.open_tilesets();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut servers = Vec::new();
    for counting in [Some(Arc::clone(&counting)), None] {
        let front = Front::new(Arc::clone(&app), counting);
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0)))?;
        servers.push(listener.local_addr()?);
        runtime.spawn(hiraku::http::serve(front, listener, std::future::pending()));
    }
    let tiles = tiles(&app, servers[1])?;
    for server in &servers {
        run(*server, &tiles)?;
    }
    let mut runs = [Vec::new(), Vec::new()];
    for pair in 0..PAIRS {
        // Whoever begins changes, so that what warms up or grows tired favours neither.
        for which in [pair % 2, 1 - pair % 2] {
            runs[which].push(run(servers[which], &tiles)?);
        }
    }
    let mut ratios: Vec<f64> = runs[0].iter().zip(&runs[1]).map(|(with, without)| with / without).collect();
    let of_pairs = median(&mut ratios);
    let (low, high) = (ratios[PAIRS / 4], ratios[PAIRS * 3 / 4]);
    let [with, without] = runs.each_mut().map(|runs| median(runs));
    println!(
        "tiles: {with:.0} a second with counting, {without:.0} without, ratio of the medians {:.4} (bound: 0.99); \
         ratio of {PAIRS} pairs: median {of_pairs:.4}, quartiles {low:.4} and {high:.4}; {} recorded",
        with / without,
        counting.counter().totals().recorded
    );
    runtime.shutdown_background();
    Ok(())
}
