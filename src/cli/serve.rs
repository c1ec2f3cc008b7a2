//! `hiraku serve`: puts the parts together and runs until it is told to stop.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;

use super::data_dir::{DataDir, control_path};
use super::job::{self, Workplace};
use super::priority;
use super::rolling::Rolling;
use super::{Outcome, Usage, control};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::count::counter::{Beside, Counter, CounterOptions};
use crate::count::definition::Definition;
use crate::count::report::{Circumstances, Report};
use crate::count::target;
use crate::http::app::App;
use crate::http::ckan::write::Writing;
use crate::http::counting::{Counting, counted};
use crate::http::desk::Desk;
use crate::http::themes::Themes;
use crate::model::audit::Act;
use crate::model::catalogue::Catalogue;
use crate::model::session::Secret;
use crate::model::time::{FiscalYear, japan_day};
use crate::normalize::confidential::Policy;
use crate::pipeline::publish::sweep;
use crate::pipeline::supervise::WorkerCommand;
use crate::pipeline::upload::Uploads;
use crate::store::counts::Counts;
use crate::store::session::Link;
use crate::store::{Store, StoreOptions};

/// Longest time in which names of records are read before serving begins: some thousand tables. The rest is read while
/// serving.
const NAMES_AT_START: std::time::Duration = std::time::Duration::from_secs(1);

/// How often it is looked which cases are due: people plan by the minute.
const CASES_EVERY: Duration = Duration::from_secs(15);

/// The server ends without a last roll-up where the one before took longer than this.
const LAST_ROLL_UP: Duration = Duration::from_secs(2);

/// How long the link of the first run opens.
const FIRST_LINK_LIFE: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

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
    let lexicon = super::search::lexicon(&config.search_words)?;
    let themes = themes(&config.maps)?;
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
    let candidate = candidate(&config, &definition)?;
    if let Some(candidate) = &candidate {
        counts.remember_definition(candidate)?;
    }
    let salts = (!config.counting_salts.as_os_str().is_empty()).then(|| config.counting_salts.clone());
    let counter = Arc::new(Counter::open_beside(
        &data.join("counts"),
        definition,
        Beside { candidate, salts, allocate: None },
        CounterOptions { replica: config.counting_replica, ..CounterOptions::default() },
        Arc::clone(&clock),
        random,
    )?);
    note_public(&counts, &catalogue, clock.now())?;
    let counting = Arc::new(Counting::new(Arc::clone(&counter), &config).map_err(|error| Usage(error.to_string()))?);
    let (listen, operator_listen) = (config.listen, config.operator_listen);
    let (datum_grid, tile_memory_bytes) = (config.datum_grid.clone(), config.tile_memory_bytes());
    let desk = Desk::of(&config, random).map_err(|error| Usage(error.to_string()))?;
    let desk_listen = config.desk_listen.filter(|own| *own != listen);
    if let Some(desk) = &desk {
        show_first_link(&store, &desk.origin, clock.now())?;
    }
    let turn = Arc::new(Mutex::new(()));
    let writing = writing(&config, &data, &confidential, &store, Arc::clone(&turn))?;
    let app = App::with_lexicon(config, Arc::clone(&clock), Arc::new(store), objects, catalogue, lexicon);
    let app = app.with_counts(Arc::clone(&counts)).with_writing(writing).with_desk(desk);
    let app = Arc::new(if let Some(themes) = themes { app.with_themes(themes) } else { app });
    counts.remember_targets(&app.themes.targets(&app.catalogue()))?;
    crate::http::desk::cases::recover(&app)?;
    let all_names_read = app.read_names(Some(NAMES_AT_START));
    priority::background_pool();
    let front = crate::http::Front::new(Arc::clone(&app), Some(Arc::clone(&counting)));
    let desk = counted(crate::http::desk_router(Arc::clone(&app)), Arc::clone(&counting));
    let operator = crate::http::operator::router(Arc::clone(&app), counting, Arc::clone(front.connections()));
    let opening = Arc::clone(&app);
    std::thread::Builder::new().name("tilesets".to_owned()).spawn(move || {
        priority::give_way();
        opening.open_tilesets();
        if !all_names_read {
            opening.read_names(None);
        }
    })?;

    look_after_cases(&app)?;
    take_jobs(&data, (&app, &turn), &counts, &clock, datum_grid, tile_memory_bytes, confidential)?;
    let rolling = Rolling::begin(Arc::clone(&app), Arc::clone(&counts), Arc::clone(&clock));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| listen.to_string())?;
        tracing::info!(listen = %listener.local_addr()?, "serving");
        if let Some(listen) = operator_listen {
            let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| listen.to_string())?;
            tracing::info!(listen = %listener.local_addr()?, "serving the operator's figures");
            tokio::spawn(crate::http::serve(operator, listener, told_to_stop()?));
        }
        if let Some(listen) = desk_listen {
            let listener = tokio::net::TcpListener::bind(listen).await.with_context(|| listen.to_string())?;
            tracing::info!(listen = %listener.local_addr()?, "serving the staff desk");
            tokio::spawn(crate::http::serve(desk, listener, told_to_stop()?));
        }
        crate::http::serve(front, listener, told_to_stop()?).await;
        anyhow::Ok(())
    });
    app.stop_making();
    let last_took = rolling.end();
    // What was answered last is in the segments in any case; rolling it up now only makes the figures current, and is
    // left to the next start where it takes long.
    if last_took > LAST_ROLL_UP {
        tracing::info!("the last accesses will be rolled up at the next start");
    } else if let Err(error) = counts.roll_up(clock.now()) {
        tracing::warn!(%error, "the last accesses will be rolled up at the next start");
    }
    let _ = std::fs::remove_file(control_path(&path));
    drop(lock);
    served.map(|()| Outcome::Done)
}

/// As long as nobody runs the system: prints the link of one use with which the first operator is set up. Every start
/// prints a new one, and the one before opens nothing any more. It stands in no log.
fn show_first_link(store: &Store, origin: &str, now: jiff::Timestamp) -> anyhow::Result<()> {
    if store.has_operator()? {
        return Ok(());
    }
    let mut bytes = [0; 32];
    random(&mut bytes)?;
    let secret = Secret::new(bytes);
    let digest = secret.digest();
    let expires = now.checked_add(FIRST_LINK_LIFE)?;
    let act = Act { at: now, by: "command", action: "first link", subject: "", organization: None, outcome: "made" };
    store.first_link(&Link { digest: &digest, created: now, expires }, &act)?;
    super::say(&format!(
        "職員用デスクの最初の運用管理者を登録するリンク(1回だけ、24時間以内):\n\
         The link to set up the first operator of the staff desk (opens once, within 24 hours):\n\
         {origin}/desk/link/{}\n",
        secret.text()
    ));
    Ok(())
}

/// Publishes cases that are planned for a time, and takes away those whose time is over, now and then.
fn look_after_cases(app: &Arc<App>) -> anyhow::Result<()> {
    let app = Arc::downgrade(app);
    std::thread::Builder::new().name("cases".to_owned()).spawn(move || {
        priority::give_way();
        while let Some(app) = app.upgrade() {
            crate::http::desk::cases::act_on_due(&app);
            drop(app);
            std::thread::sleep(CASES_EVERY);
        }
    })?;
    Ok(())
}

/// What changes by API need.
fn writing(
    config: &Config,
    data: &Path,
    confidential: &Policy,
    store: &Store,
    turn: Arc<Mutex<()>>,
) -> anyhow::Result<Writing> {
    let worker = WorkerCommand::of(&std::env::current_exe()?)
        .with_datum_grid(&config.datum_grid)
        .with_policy(confidential.clone());
    let towns = super::arguments::towns(config.gazetteer_dir.as_deref())?;
    let uploads = Uploads::open(&std::path::absolute(data.join("uploads"))?, store)?;
    Ok(Writing::new(worker, towns, config.tile_memory_bytes(), uploads, turn))
}

/// The candidate definition of the settings, with lists of its own where `robots.json` or `robots-overlay-jp.json` lies
/// beside it.
fn candidate(config: &Config, definition: &Definition) -> anyhow::Result<Option<Definition>> {
    let path = &config.counting_candidate;
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let wrong = |error: &dyn std::fmt::Display| Usage(format!("counting_candidate: {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    let list = |name: &str| match std::fs::read_to_string(path.with_file_name(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(wrong(&error)),
    };
    let (robots, overlay) = (list("robots.json")?, list("robots-overlay-jp.json")?);
    let (staff, monitor) = (&config.staff_networks, &config.monitor_networks);
    let candidate = Definition::candidate(&text, robots.as_deref(), overlay.as_deref(), staff, monitor)
        .map_err(|error| wrong(&error))?;
    definition.can_judge_beside(&candidate).map_err(|error| wrong(&error))?;
    Ok(Some(candidate))
}

/// The themed maps of the settings; `None` = the bundled ones.
fn themes(path: &Path) -> anyhow::Result<Option<Themes>> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| Usage(format!("maps: {shown}: {error}")))?;
    Ok(Some(Themes::parse(&shown, &text).map_err(|error| Usage(format!("maps: {error}")))?))
}

/// Random bytes from the system.
pub(super) fn random(bytes: &mut [u8]) -> std::io::Result<()> {
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
    (app, turn): (&Arc<App>, &Arc<Mutex<()>>),
    counts: &Arc<Counts>,
    clock: &Arc<dyn Clock>,
    datum_grid: std::path::PathBuf,
    tile_memory_bytes: usize,
    confidential: Policy,
) -> anyhow::Result<()> {
    let listener = control::listen(&control_path(data)).context("control socket")?;
    let (path, app, counts, clock) = (data.to_owned(), Arc::clone(app), Arc::clone(counts), Arc::clone(clock));
    let turn = Arc::clone(turn);
    std::thread::Builder::new().name("jobs".to_owned()).spawn(move || {
        priority::give_way();
        control::answer_all(&listener, |job, progress| {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            let place = Workplace {
                confidential: &confidential,
                path: &path,
                store: &app.store,
                objects: &app.objects,
                counts: &counts,
                clock: clock.as_ref(),
                datum_grid: &datum_grid,
                tile_memory_bytes,
                gazetteer: app.config.gazetteer_dir.as_deref(),
            };
            let answer = job::run(place, job, progress);
            if job.changes_what_is_public() {
                let catalogue = app.store.load_catalogue(crate::schema::licence_or_unknown)?;
                counts.remember_targets(&target::of_catalogue(&catalogue))?;
                counts.remember_targets(&app.themes.targets(&catalogue))?;
                app.swap_catalogue(catalogue);
                tracing::info!("the catalogue was swapped");
            }
            answer
        });
    })?;
    Ok(())
}
