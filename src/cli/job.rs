//! Jobs that write the data directory. They run here where no server does, and inside the server where one runs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::data_dir::{DataDir, control_path};
use super::progress::Shown;
use super::report::ReportFormat;
use super::{Outcome, Usage, backup, control, say};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::count::kpi::Entry;
use crate::model::code::MunicipalityCode;
use crate::model::decision::Decision;
use crate::model::name::Slug;
use crate::model::time::FiscalYear;
use crate::model::token::Rights;
use crate::normalize::confidential::Policy;
use crate::pipeline::Progress;
use crate::pipeline::ingest::{IngestJob, ingest};
use crate::pipeline::publish::{PublishJob, publish, sweep};
use crate::pipeline::source::{Defaults, discover};
use crate::pipeline::supervise::WorkerCommand;
use crate::pipeline::table::IngestTable;
use crate::pipeline::upload::Uploads;
use crate::store::Store;
use crate::store::counts::Counts;
use crate::store::objects::Objects;

/// A job as it travels to a running server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "job")]
pub enum Job {
    /// Take in files.
    Ingest {
        /// Absolute paths.
        paths: Vec<PathBuf>,
        /// The publisher of files that do not say.
        publisher: Option<MunicipalityCode>,
        /// Their licence.
        licence: String,
        /// Their coordinate system; empty = as the files state.
        #[serde(default)]
        crs: String,
        /// Also unchanged ones.
        again: bool,
        /// A gazetteer, or a folder of such: an absolute path.
        #[serde(default)]
        gazetteer: Option<PathBuf>,
    },
    /// Publish what waits.
    Publish {
        /// The datasets; `None` = all.
        names: Option<Vec<String>>,
        /// Whether a person has looked at why they are held.
        confirmed: bool,
    },
    /// Compare two releases of a dataset.
    Diff {
        /// The dataset.
        dataset: String,
        /// The release before: `current`, `previous`, `staged`, a number, an id; `None` = what fits `to`.
        from: Option<String>,
        /// The release after; `None` = the staged one, or the current one where none is staged.
        to: Option<String>,
    },
    /// Remove what no release needs.
    Sweep,
    /// Report a fiscal year.
    Report {
        /// The year it begins in.
        year: i16,
        /// CSV rather than JSON.
        csv: bool,
    },
    /// Keep targets of key figures.
    KpiEnter {
        /// The entries, checked.
        entries: Vec<Entry>,
    },
    /// Tell the targets in force.
    KpiList,
    /// Report the table of key figures of a fiscal year.
    KpiReport {
        /// The year it begins in.
        year: i16,
        /// The form.
        format: ReportFormat,
        /// An absolute path; `None` = the answer's text.
        to: Option<PathBuf>,
        /// Whether a file that is there may be replaced.
        force: bool,
    },
    /// Ask labelled queries and tell how well they are answered.
    SearchQuality {
        /// The queries (TOML).
        queries: String,
        /// The file of words of the settings: an absolute path.
        words: Option<PathBuf>,
        /// Names of records that are searched, MiB.
        names_mib: u64,
    },
    /// Make a token.
    TokenAdd {
        /// What it is for.
        name: String,
        /// The organization it writes for; `None` = all.
        organization: Option<MunicipalityCode>,
        /// What it may do.
        rights: Rights,
        /// Days until it ends; `None` = never.
        days: Option<u32>,
    },
    /// Tell the tokens, and what was done with them last.
    TokenList,
    /// End a token.
    TokenRevoke {
        /// Its id.
        id: String,
    },
    /// Accounts and departments.
    People {
        /// What to do.
        what: super::user::PeopleJob,
    },
    /// The audit.
    Audit {
        /// What to do.
        what: super::audit::AuditJob,
    },
    /// Keep what was fetched from other catalogues.
    Harvest(super::harvest::HarvestJob),
    /// Put everything into one file.
    Backup {
        /// An absolute path.
        to: PathBuf,
    },
}

/// What a job gave.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// For a person: printed as it is.
    pub text: String,
    /// For a program.
    pub json: serde_json::Value,
    /// Whether data was refused.
    pub data_errors: bool,
}

/// What jobs work on.
#[derive(Debug, Clone, Copy)]
pub struct Workplace<'a> {
    /// The data directory.
    pub path: &'a Path,
    /// Its database.
    pub store: &'a Store,
    /// Its files.
    pub objects: &'a Objects,
    /// Its figures.
    pub counts: &'a Counts,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// What the operator adds to the check before publication.
    pub confidential: &'a Policy,
    /// The grid from the old Tokyo Datum; an empty path is none.
    pub datum_grid: &'a Path,
    /// Memory that building a tileset may take for the search of shared borders, bytes.
    pub tile_memory_bytes: usize,
    /// A gazetteer, or a folder of such.
    pub gazetteer: Option<&'a Path>,
}

impl Job {
    /// Whether what is public may be another afterwards.
    pub fn changes_what_is_public(&self) -> bool {
        match self {
            Self::Publish { .. } => true,
            Self::Harvest(job) => job.changes_what_is_public(),
            _ => false,
        }
    }
}

/// Runs the job, in the running server where there is one, and prints its answer.
pub fn run_and_print(config: &Config, data: &Path, job: &Job, json: bool) -> anyhow::Result<Outcome> {
    let answer = answer(config, data, job, &mut Shown::default())?;
    if json {
        say(&format!("{}\n", serde_json::to_string_pretty(&answer.json)?));
    } else {
        say(&answer.text);
    }
    Ok(if answer.data_errors { Outcome::DataErrors } else { Outcome::Done })
}

/// Runs the job, in the running server where there is one.
pub fn answer(config: &Config, data: &Path, job: &Job, progress: &mut dyn Progress) -> anyhow::Result<Answer> {
    let makes_one = matches!(job, Job::Ingest { .. } | Job::Harvest(super::harvest::HarvestJob::Add { .. }));
    if !makes_one && !data.join("hiraku.duckdb").is_file() {
        let data = data.display();
        return Err(Usage(format!("{data} is no data directory / {data} はデータの置き場所ではありません")).into());
    }
    if let Some(dir) = DataDir::open(data, config)? {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let counts = super::serve::open_counts(data, config)?;
        let confidential = super::confidential::policy(config)?;
        let place = Workplace {
            path: data,
            store: &dir.store,
            objects: &dir.objects,
            counts: &counts,
            clock: clock.as_ref(),
            confidential: &confidential,
            datum_grid: &config.datum_grid,
            tile_memory_bytes: config.tile_memory_bytes(),
            gazetteer: config.gazetteer_dir.as_deref(),
        };
        if matches!(job, Job::Harvest(_)) {
            // What a program that died left of a change is put right first, as a server does at its start.
            Uploads::open(&std::path::absolute(data.join("uploads"))?, &dir.store)?;
        }
        run(place, job, progress)
    } else {
        control::ask(&control_path(data), job, progress)
    }
}

/// Runs the job on a data directory that this process has open, and notes in the audit what it changed.
pub fn run(place: Workplace<'_>, job: &Job, progress: &mut dyn Progress) -> anyhow::Result<Answer> {
    let answer = done(place, job, progress);
    if let Some((action, subject)) = job.noted() {
        let outcome = match &answer {
            Ok(answer) if answer.data_errors => "done, data refused or held",
            Ok(_) => "done",
            Err(_) => "failed",
        };
        place.store.note_action(place.clock.now(), "command", action, &subject, outcome)?;
    }
    answer
}

impl Job {
    /// What the audit says of it; `None` where it changes nothing, or notes it by itself.
    fn noted(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Ingest { paths, .. } => {
                let names = paths.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy());
                Some(("ingest", names.collect::<Vec<_>>().join(" ")))
            }
            Self::Publish { names, confirmed } => {
                let names = names.as_ref().map_or_else(|| "*".to_owned(), |names| names.join(" "));
                Some((if *confirmed { "publish confirmed" } else { "publish" }, names))
            }
            Self::KpiEnter { .. } => Some(("kpi set", String::new())),
            Self::Backup { .. } => Some(("backup", String::new())),
            _ => None,
        }
    }
}

fn done(place: Workplace<'_>, job: &Job, progress: &mut dyn Progress) -> anyhow::Result<Answer> {
    match job {
        Job::Ingest { paths, publisher, licence, crs, again, gazetteer } => {
            let towns = super::arguments::towns(gazetteer.as_deref())?;
            let worker = WorkerCommand::of(&std::env::current_exe()?)
                .with_datum_grid(place.datum_grid)
                .with_policy(place.confidential.clone());
            let defaults = Defaults { publisher: *publisher, licence: licence.clone(), crs: crs.clone() };
            let found = discover(paths, &defaults)?;
            if found.is_empty() {
                return Err(Usage("no data file was found / データのファイルが見つかりません".to_owned()).into());
            }
            let job =
                IngestJob { store: place.store, worker: &worker, clock: place.clock, again: *again, towns: &towns };
            ingest_answer(&ingest(&job, found, progress)?)
        }
        Job::Publish { names, confirmed } => {
            for name in names.iter().flatten() {
                let known = Slug::parse(name).ok().map(|slug| place.store.publisher_of(&slug)).transpose()?.flatten();
                if known.is_none() {
                    return Err(Usage(format!("no dataset {name:?} / データセット「{name}」はありません")).into());
                }
            }
            let job = PublishJob {
                store: place.store,
                objects: place.objects,
                clock: place.clock,
                tile_memory_bytes: place.tile_memory_bytes,
            };
            let done = publish(&job, names.as_deref(), *confirmed, progress)?;
            let mut text = format!("{0} datasets published / {0}件のデータセットを公開しました\n", done.published);
            for changed in &done.differences {
                let _ = writeln!(text, "{}: {}", changed.dataset, changed.summary);
            }
            for (name, codes) in &done.held {
                let codes = codes.join(", ");
                let _ = writeln!(text, "held / 公開を保留しました: {name} ({codes})");
                for held in done.reasons.iter().filter(|held| held.dataset == *name) {
                    let word = if held.reason.decision == Decision::Reject {
                        "公開不可 / never"
                    } else {
                        "要確認 / hold"
                    };
                    let code = held.reason.finding.code.as_str();
                    let _ = writeln!(
                        text,
                        "  [{word}] {code} {}\n    {}\n    {}",
                        held.place(),
                        held.message_ja,
                        held.message_en
                    );
                }
            }
            Ok(Answer { text, json: serde_json::to_value(&done)?, data_errors: !done.held.is_empty() })
        }
        Job::Diff { dataset, from, to } => super::diff::diff(place, dataset, from.as_deref(), to.as_deref()),
        Job::Sweep => {
            let swept = sweep(place.store, place.objects)?;
            Ok(Answer {
                text: format!("{} record tables and {} files removed\n", swept.record_tables, swept.objects),
                json: serde_json::to_value(swept)?,
                data_errors: false,
            })
        }
        Job::Report { year, csv } => report(place, *year, *csv),
        Job::KpiEnter { entries } => super::kpi::enter(place, entries),
        Job::KpiList => super::kpi::list(place),
        Job::KpiReport { year, format, to, force } => {
            let to = to.as_deref().map(|path| (path, *force));
            super::kpi::report(place, *year, *format, to)
        }
        Job::SearchQuality { queries, words, names_mib } => {
            super::search::quality(place, queries, words.as_deref(), *names_mib)
        }
        Job::TokenAdd { name, organization, rights, days } => {
            super::token::add(place, name, *organization, *rights, *days)
        }
        Job::TokenList => super::token::list(place),
        Job::TokenRevoke { id } => super::token::revoke(place, id),
        Job::People { what } => super::user::run(place, what),
        Job::Audit { what } => super::audit::run(place, what),
        Job::Harvest(job) => super::harvest::answer(place, job),
        Job::Backup { to } => backup::backup(place, to),
    }
}

fn ingest_answer(table: &IngestTable) -> anyhow::Result<Answer> {
    let mut text = table.to_tsv();
    if table.unchanged > 0 {
        text = format!("{text}unchanged\t{} datasets\n", table.unchanged);
    }
    Ok(Answer { text, json: serde_json::to_value(table)?, data_errors: table.refused_files() > 0 })
}

fn report(place: Workplace<'_>, year: i16, csv: bool) -> anyhow::Result<Answer> {
    let year = FiscalYear::new(year).ok_or_else(|| Usage("--fiscal-year".to_owned()))?;
    let catalogue = place.store.load_catalogue(crate::schema::licence_or_unknown)?;
    let report = super::serve::report(place.counts, &catalogue, year, place.clock)?;
    let json = serde_json::to_value(&report)?;
    let text = if csv { report.to_csv() } else { format!("{}\n", serde_json::to_string_pretty(&json)?) };
    Ok(Answer { text, json, data_errors: false })
}
