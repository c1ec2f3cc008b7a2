//! `hiraku serve`: puts the parts together and runs until it is told to stop.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;

use super::data_dir::{DataDir, control_path};
use super::job::{self, Job, Workplace};
use super::priority;
use super::{Outcome, Usage, control};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::count::counter::{Counter, CounterOptions};
use crate::count::definition::Definition;
use crate::count::report::{Circumstances, Report};
use crate::count::target;
use crate::http::app::App;
use crate::http::counting::Counting;
use crate::model::catalogue::Catalogue;
use crate::model::time::{FiscalYear, japan_day};
use crate::normalize::confidential::Policy;
use crate::pipeline::publish::sweep;
use crate::store::StoreOptions;
use crate::store::counts::Counts;

/// Time between two roll-ups of the live figures: pages show accesses at most this late on ordinary days.
const ROLL_UP_EVERY: Duration = Duration::from_secs(10);
/// A day of many millions of answers takes long to tally: the next time is put off until this many times as long has
/// passed, so that a tenth of one core is the most it takes.
const ROLL_UP_REST: u32 = 9;

/// Opens the figures of a data directory.
pub fn open_counts(data: &Path, config: &Config) -> anyhow::Result<Counts> {
    let options = StoreOptions { memory_mib: config.duckdb_memory_mib.min(256), threads: 1 };
    Ok(Counts::open(data, options)?)
}

/// The report of a fiscal year with everything counted up to now.
pub fn report(counts: &Counts, catalogue: &Catalogue, year: FiscalYear, clock: &dyn Clock) -> anyhow::Result<Report> {
    let now = clock.now();
    counts.remember_targets(&target::of_catalogue(catalogue))?;
    counts.roll_up(now)?;
    note_public(counts, catalogue, now)?;
    // Numbers of datasets and layers are those of today; for years gone by they are not known from this catalogue.
    let current = FiscalYear::of(japan_day(now)) == year;
    let circumstances = Circumstances {
        now,
        public_datasets: current.then(|| catalogue.datasets().len() as u64),
        public_layers: current.then(|| catalogue.layers().count() as u64),
        public_use_cases: None,
    };
    Ok(counts.report(year, &circumstances)?)
}

/// Keeps what is public today, so that the end of every month stays known.
pub fn note_public(counts: &Counts, catalogue: &Catalogue, now: jiff::Timestamp) -> anyhow::Result<()> {
    Ok(counts.note_public(&target::public_of_catalogue(catalogue, japan_day(now)), now)?)
}

/// Runs the server.
pub fn run(config: Config) -> anyhow::Result<Outcome> {
    priority::small_pages();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let data = config.data.clone();
    let confidential = super::confidential::policy(&config)?;
    let Some(dir) = DataDir::open(&data, &config)? else {
        return Err(Usage(format!("{} is served already / すでに配信中です", data.display())).into());
    };
    let DataDir { path, store, objects, lock } = dir;
    let swept = sweep(&store, &objects)?;
    let catalogue = store.load_catalogue(crate::schema::licence_or_unknown)?;
    tracing::info!(
        datasets = catalogue.datasets().len(),
        layers = catalogue.layers().count(),
        swept_objects = swept.objects,
        "the catalogue is loaded"
    );
    let counts = Arc::new(open_counts(&data, &config)?);
    let definition = Definition::bundled(&config.staff_networks, &config.monitor_networks)?;
    counts.remember_definition(&definition)?;
    counts.remember_targets(&target::of_catalogue(&catalogue))?;
    let counter = Arc::new(Counter::open(
        &data.join("counts"),
        definition,
        CounterOptions::default(),
        Arc::clone(&clock),
        random,
    )?);
    counts.roll_up(clock.now())?;
    note_public(&counts, &catalogue, clock.now())?;
    let counting = Arc::new(Counting::new(Arc::clone(&counter), &config).map_err(|error| Usage(error.to_string()))?);
    let listen = config.listen;
    let (datum_grid, tile_memory_bytes) = (config.datum_grid.clone(), config.tile_memory_bytes());
    let app = Arc::new(
        App::new(config, Arc::clone(&clock), Arc::new(store), objects, catalogue).with_counts(Arc::clone(&counts)),
    );
    priority::background_pool();
    let front = crate::http::Front::new(Arc::clone(&app), Some(counting));
    let opening = Arc::clone(&app);
    std::thread::Builder::new().name("tilesets".to_owned()).spawn(move || {
        priority::give_way();
        opening.open_tilesets();
    })?;

    take_jobs(&data, &app, &counts, &clock, datum_grid, tile_memory_bytes, confidential)?;
    let rolling = roll_up_now_and_then(Arc::clone(&app), Arc::clone(&counts), Arc::clone(&clock));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| listen.to_string())?;
        tracing::info!(listen = %listener.local_addr()?, "serving");
        crate::http::serve(front, listener, told_to_stop()?).await;
        anyhow::Ok(())
    });
    drop(rolling);
    // What was answered last is in the segments in any case; rolling it up now only makes the figures current.
    if let Err(error) = counts.roll_up(clock.now()) {
        tracing::warn!(%error, "the last accesses will be rolled up at the next start");
    }
    let _ = std::fs::remove_file(control_path(&path));
    drop(lock);
    served.map(|()| Outcome::Done)
}

fn random(bytes: &mut [u8]) -> std::io::Result<()> {
    getrandom::fill(bytes).map_err(|error| std::io::Error::other(error.to_string()))
}

/// A future that ends with SIGTERM or SIGINT.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Takes jobs of other commands on a thread of its own, one after another, and swaps the catalogue after each.
fn take_jobs(
    data: &Path,
    app: &Arc<App>,
    counts: &Arc<Counts>,
    clock: &Arc<dyn Clock>,
    datum_grid: std::path::PathBuf,
    tile_memory_bytes: usize,
    confidential: Policy,
) -> anyhow::Result<()> {
    let listener = control::listen(&control_path(data)).context("control socket")?;
    let (path, app, counts, clock) = (data.to_owned(), Arc::clone(app), Arc::clone(counts), Arc::clone(clock));
    std::thread::Builder::new().name("jobs".to_owned()).spawn(move || {
        priority::give_way();
        control::answer_all(&listener, |job, progress| {
            let place = Workplace {
                confidential: &confidential,
                path: &path,
                store: &app.store,
                objects: &app.objects,
                counts: &counts,
                clock: clock.as_ref(),
                datum_grid: &datum_grid,
                tile_memory_bytes,
            };
            let answer = job::run(place, job, progress);
            if matches!(job, Job::Publish { .. }) {
                let catalogue = app.store.load_catalogue(crate::schema::licence_or_unknown)?;
                counts.remember_targets(&target::of_catalogue(&catalogue))?;
                app.swap_catalogue(catalogue);
                tracing::info!("the catalogue was swapped");
            }
            answer
        });
    })?;
    Ok(())
}

/// A thread that rolls up until its guard is dropped.
fn roll_up_now_and_then(app: Arc<App>, counts: Arc<Counts>, clock: Arc<dyn Clock>) -> impl Drop {
    struct Guard(Arc<(Mutex<bool>, std::sync::Condvar)>, Option<std::thread::JoinHandle<()>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
            self.0.1.notify_all();
            if let Some(thread) = self.1.take() {
                // A thread that panicked has said so in the log.
                let _ = thread.join();
            }
        }
    }
    let stop = Arc::new((Mutex::new(false), std::sync::Condvar::new()));
    let stopped = Arc::clone(&stop);
    let thread = std::thread::Builder::new().name("roll-up".to_owned()).spawn(move || {
        priority::give_way();
        let mut rest = ROLL_UP_EVERY;
        let mut ended = stopped.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*ended {
            ended = stopped.1.wait_timeout(ended, rest).unwrap_or_else(PoisonError::into_inner).0;
            if *ended {
                break;
            }
            drop(ended);
            let begun = std::time::Instant::now();
            // On a thread that ends with it: what it took of memory is then given back, which may be much on a busy day.
            let rolled_up = std::thread::scope(|scope| {
                scope
                    .spawn(|| {
                        priority::give_way();
                        counts.roll_up(clock.now())
                    })
                    .join()
            });
            if let Ok(Err(error)) = rolled_up {
                tracing::warn!(%error, "the figures could not be rolled up; nothing is lost");
            }
            if let Err(error) = note_public(&counts, &app.catalogue(), clock.now()) {
                tracing::warn!(%error, "what is public could not be noted; it will be next time");
            }
            rest = ROLL_UP_EVERY.max(begun.elapsed() * ROLL_UP_REST);
            ended = stopped.0.lock().unwrap_or_else(PoisonError::into_inner);
        }
    });
    if let Err(error) = &thread {
        tracing::error!(%error, "no thread for the roll-up");
    }
    Guard(stop, thread.ok())
}
