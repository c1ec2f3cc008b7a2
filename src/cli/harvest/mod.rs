//! `hiraku harvest`: catalogues from which datasets are taken over.
//!
//! This command fetches; the server never does. What is fetched is handed over as jobs, each of which runs here where no
//! server holds the data directory, and inside the server where one does, so that a long run keeps nobody out.

mod arguments;
mod desk;

use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value as Json, json};

pub use arguments::{Harvest, HarvestWhat};
pub use desk::{HarvestJob, answer};

use super::job::{self, Job};
use super::progress::Shown;
use super::{Outcome, Usage, say};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::model::harvest::{Item, Source, State};
use crate::model::name::Slug;
use crate::model::time::japan_day;
use crate::pipeline::Unwatched;
use crate::pipeline::harvest::Fault;
use crate::pipeline::harvest::address::Allowed;
use crate::pipeline::harvest::authorities::Authorities;
use crate::pipeline::harvest::fetch::{Fetcher, Rules};
use crate::pipeline::harvest::report::Report;
use crate::pipeline::harvest::run::{Broken, Hand, Plan, run as harvest};
use crate::pipeline::harvest::take::{Handed, Taken};
use crate::pipeline::supervise::WorkerCommand;
use arguments::HarvestRun;

/// Runs the command.
pub fn run(harvest: Harvest, config: &Config, json: bool) -> anyhow::Result<Outcome> {
    let data_or = |data: Option<PathBuf>| data.unwrap_or_else(|| config.data.clone());
    match harvest.what {
        HarvestWhat::Add(add) => {
            let data = data_or(add.data.clone());
            let source = add.into_source()?;
            if source.address.starts_with("http") {
                // A mistake in the settings is told now, not in the night of the first run.
                fetcher(config, Instant::now())?.checked(&source.address).map_err(|fault| usage(&fault))?;
            }
            job::run_and_print(config, &data, &Job::Harvest(HarvestJob::Add { source }), json)
        }
        HarvestWhat::List { data } => job::run_and_print(config, &data_or(data), &Job::Harvest(HarvestJob::List), json),
        HarvestWhat::Remove { data, withdraw, name } => {
            let name = arguments::slug(&name)?;
            job::run_and_print(config, &data_or(data), &Job::Harvest(HarvestJob::Remove { name, withdraw }), json)
        }
        HarvestWhat::Run(run) => {
            let data = data_or(run.data.clone());
            run_all(config, &data, &run, json)
        }
    }
}

fn usage(fault: &Fault) -> anyhow::Error {
    Usage(fault.to_string()).into()
}

fn fetcher(config: &Config, until: Instant) -> anyhow::Result<Fetcher> {
    let authorities = if config.harvest_ca.as_os_str().is_empty() {
        Authorities::default()
    } else {
        let shown = config.harvest_ca.display();
        let text = std::fs::read(&config.harvest_ca).with_context(|| format!("harvest_ca {shown}"))?;
        Authorities::of_pem(&text).map_err(|fault| usage(&fault))?
    };
    let rules = Rules {
        allowed: Allowed { hosts: config.harvest_hosts.clone(), networks: config.harvest_networks.clone() },
        file_bytes: config.harvest_file_mib.clamp(1, 8 << 10) << 20,
        pause: Duration::from_millis(config.harvest_pause_ms.min(60_000)),
        authorities,
    };
    Ok(Fetcher::new(rules, until))
}

fn run_all(config: &Config, data: &Path, run: &HarvestRun, json: bool) -> anyhow::Result<Outcome> {
    let until = Instant::now() + Duration::from_secs(u64::from(run.minutes) * 60);
    let mut desk = Desk { config, data, source: None };
    let sources: Vec<(Source, State)> = serde_json::from_value(desk.ask(HarvestJob::List)?["sources"].take())?;
    for name in &run.names {
        if !sources.iter().any(|(source, _)| source.name.as_str() == name) {
            return Err(
                Usage(format!("no source {name:?}; see hiraku harvest list / 「{name}」は登録されていません")).into()
            );
        }
    }
    let folder = std::path::absolute(data.join("harvest"))?;
    let _lock = lock(&folder)?;
    let worker = WorkerCommand::of(&std::env::current_exe()?);
    let mut fetcher = fetcher(config, until)?;
    let (mut reports, mut failed): (Vec<Report>, Vec<(String, Fault)>) = (Vec::new(), Vec::new());
    for (source, state) in
        sources.iter().filter(|(own, _)| run.all || run.names.iter().any(|name| name == own.name.as_str()))
    {
        let items: Vec<Item> =
            serde_json::from_value(desk.ask(HarvestJob::Items { name: source.name.clone() })?["items"].take())?;
        desk.source = Some(source.name.clone());
        let plan = Plan {
            source,
            state,
            items,
            dry_run: run.dry_run,
            publish: run.publish || (config.harvest_publish && !run.no_publish),
            again: run.again,
            confirmed: run.confirmed,
            worker: &worker,
            folder: &folder,
            today: japan_day(SystemClock.now()).to_string(),
        };
        match harvest(&plan, &mut fetcher, &mut desk, &mut Shown::default()) {
            Ok(report) => reports.push(report),
            Err(fault) => failed.push((source.name.to_string(), fault)),
        }
    }
    print(&reports, &failed, json)?;
    match failed.first() {
        Some((_, fault)) if matches!(fault.code, "host-not-listed" | "address-forbidden" | "address") => {
            Err(usage(fault))
        }
        Some((name, fault)) => Err(anyhow::anyhow!("{name}: {fault}")),
        None if reports.iter().any(Report::needs_a_look) => Ok(Outcome::DataErrors),
        None => Ok(Outcome::Done),
    }
}

fn print(reports: &[Report], failed: &[(String, Fault)], json: bool) -> anyhow::Result<()> {
    if json {
        let failed: Vec<Json> = failed
            .iter()
            .map(|(name, fault)| {
                json!({ "source": name, "code": fault.code, "message_ja": fault.message_ja, "message_en": fault.message_en })
            })
            .collect();
        say(&format!("{}\n", serde_json::to_string_pretty(&json!({ "runs": reports, "failed": failed }))?));
        return Ok(());
    }
    let mut text = String::new();
    for report in reports {
        let looked = if report.dry_run { " (確認のみ / dry run)" } else { "" };
        let _ = writeln!(text, "# {}{looked}\n{}", report.source, report.to_tsv());
    }
    say(&text);
    Ok(())
}

/// The folder in which files lie until they are handed over, for one run at a time; what a run that died left is removed.
fn lock(folder: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Usage("another harvest is under way / 別の harvest が実行中です".to_owned()).into());
        }
        Err(TryLockError::Error(error)) => return Err(error).context("harvest lock"),
    }
    for entry in std::fs::read_dir(folder)?.filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(".in-") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(lock)
}

/// The writing side, reached job by job.
struct Desk<'a> {
    config: &'a Config,
    data: &'a Path,
    source: Option<Slug>,
}

impl Desk<'_> {
    fn ask(&self, job: HarvestJob) -> anyhow::Result<Json> {
        Ok(job::answer(self.config, self.data, &Job::Harvest(job), &mut Unwatched)?.json)
    }

    fn source(&self) -> Result<Slug, Broken> {
        self.source.clone().ok_or_else(|| "no source".into())
    }
}

impl Hand for Desk<'_> {
    fn take(&mut self, handed: Handed) -> Result<Taken, Broken> {
        Ok(serde_json::from_value(self.ask(HarvestJob::Take { handed: Box::new(handed) })?)?)
    }

    fn keep(&mut self, item: &Item) -> Result<(), Broken> {
        let job = HarvestJob::Keep { source: self.source()?, item: Box::new(item.clone()) };
        self.ask(job)?;
        Ok(())
    }

    fn withdraw(&mut self, remote: &str, note: &str) -> Result<(), Broken> {
        let (remote, note) = (remote.to_owned(), note.to_owned());
        self.ask(HarvestJob::Withdraw { source: self.source()?, remote, note })?;
        Ok(())
    }

    fn complete(&mut self, since: &str) -> Result<(), Broken> {
        self.ask(HarvestJob::Complete { source: self.source()?, since: since.to_owned() })?;
        Ok(())
    }
}
