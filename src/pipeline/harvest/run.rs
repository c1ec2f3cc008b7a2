//! One run: the catalogue is listed, what changed is fetched and handed over dataset by dataset, what is gone is withdrawn.
//!
//! What is known of a dataset is kept with each one that was handed over, so that a run that was stopped goes on where it
//! was. How far the catalogue was seen is kept at the end of a complete run only.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::choose::groups;
use super::describe::describe;
use super::fetch::Fetcher;
use super::files::{Files, shown};
use super::report::{Became, Line, Report};
use super::take::{Handed, Taken};
use super::{Fault, Remote, ckan, dcat, fault, list};
use crate::model::harvest::{Item, KeptFile, Kind, Source, Standing, State};
use crate::model::name::Slug;
use crate::pipeline::Progress;
use crate::pipeline::supervise::WorkerCommand;
use crate::pipeline::upload::Described;
use crate::store::catalogue::BOUNDARY_TAG;

/// Datasets in a row that could not be handed over, after which the run ends: the server is gone, or the disk is full.
const HAND_FAILURES: usize = 3;
/// A failure of the writing side.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// The writing side, wherever it runs.
pub trait Hand {
    /// Takes a dataset in.
    fn take(&mut self, handed: Handed) -> Result<Taken, Broken>;
    /// Keeps what is known of a dataset that did not change.
    fn keep(&mut self, item: &Item) -> Result<(), Broken>;
    /// Withdraws a dataset that is gone there.
    fn withdraw(&mut self, remote: &str, note: &str) -> Result<(), Broken>;
    /// Keeps how far a complete run came.
    fn complete(&mut self, since: &str) -> Result<(), Broken>;
}

/// What is to be done.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the person who starts the run")]
pub struct Plan<'a> {
    /// The catalogue.
    pub source: &'a Source,
    /// How far the last complete run came.
    pub state: &'a State,
    /// What is known of its datasets.
    pub items: Vec<Item>,
    /// Whether everything is only looked at.
    pub dry_run: bool,
    /// Whether what is taken in becomes public where nothing speaks against it.
    pub publish: bool,
    /// Whether datasets are looked at that did not change.
    pub again: bool,
    /// Whether a person has confirmed that more than half of the datasets are gone.
    pub confirmed: bool,
    /// How workers are started, which read lists.
    pub worker: &'a WorkerCommand,
    /// Where files lie until they are handed over.
    pub folder: &'a Path,
    /// Today, `YYYY-MM-DD`.
    pub today: String,
}

/// Runs it. An error is a catalogue that cannot be read at all; everything else is in the report.
pub fn run(
    plan: &Plan<'_>,
    fetcher: &mut Fetcher,
    hand: &mut dyn Hand,
    progress: &mut dyn Progress,
) -> Result<Report, Fault> {
    let source = plan.source;
    // What waits is to be seen too where it may become public now.
    let waits = plan.publish && plan.items.iter().any(|item| item.standing == Standing::Waiting);
    let since = if plan.again || waits { "" } else { plan.state.since.as_str() };
    let mut listing = match source.kind {
        Kind::Ckan => ckan::list(fetcher, source, since, &plan.items)?,
        Kind::Dcat => dcat::list(fetcher, source)?,
        Kind::List => list::list(fetcher, plan.worker, source, plan.folder)?,
        Kind::Folder => list::folder(source)?,
    };
    // Boundaries first: the positions of everything else are compared with them.
    listing.datasets.sort_by_key(|remote| !remote.tags.iter().any(|tag| tag == BOUNDARY_TAG));
    let mut walk = Walk {
        plan,
        fetcher,
        known: plan.items.iter().map(|item| (item.remote.as_str(), item)).collect(),
        names: plan.items.iter().filter(|item| is_here(item)).map(|item| item.dataset.to_string()).collect(),
        report: Report {
            source: source.name.to_string(),
            dry_run: plan.dry_run,
            complete: true,
            stopped: None,
            datasets: Vec::new(),
        },
        failures: 0,
    };
    progress.begin("harvest", listing.datasets.len());
    for remote in &listing.datasets {
        if walk.fetcher.is_over() {
            walk.stop("時間の上限に達しました / the time is over".to_owned());
            break;
        }
        let line = walk.dataset(remote, hand);
        progress.step(&line.title);
        walk.report.datasets.push(line);
        if walk.failures >= HAND_FAILURES {
            walk.stop("続けて書き込めませんでした / writing failed again and again".to_owned());
            break;
        }
    }
    progress.end();
    if walk.report.complete {
        walk.gone(&listing, hand);
    }
    if let Some(broken) = &listing.broken {
        walk.stop(broken.to_string());
    }
    let all_done = walk.report.datasets.iter().all(|line| line.became != Became::Failed);
    let mut report = walk.report;
    if report.complete && all_done && !plan.dry_run {
        let since = if listing.newest > plan.state.since { &listing.newest } else { &plan.state.since };
        if let Err(error) = hand.complete(since) {
            report.complete = false;
            report.stopped = Some(error.to_string());
        }
    }
    Ok(report)
}

/// A run under way.
pub(super) struct Walk<'a> {
    pub(super) plan: &'a Plan<'a>,
    pub(super) fetcher: &'a mut Fetcher,
    /// What is known of datasets, by what names them there.
    known: HashMap<&'a str, &'a Item>,
    /// Names that datasets of this catalogue have here.
    names: HashSet<String>,
    pub(super) report: Report,
    /// Datasets in a row that could not be handed over.
    failures: usize,
}

impl Walk<'_> {
    fn stop(&mut self, why: String) {
        self.report.complete = false;
        self.report.stopped.get_or_insert(why);
    }

    fn dataset(&mut self, remote: &Remote, hand: &mut dyn Hand) -> Line {
        let known = self.known.get(remote.remote.as_str()).copied();
        let own_name = known.map(|item| item.dataset.to_string()).unwrap_or_default();
        let line = |became| Line::new(&own_name, &remote.remote, &remote.title, became);
        if let Some(item) = known {
            let is_same = !remote.modified.is_empty() && !self.plan.again;
            if is_same && item.refused_at == remote.modified {
                let said = fault("refused-before", item.note.clone(), String::new());
                return line(Became::Refused).saying(said);
            }
            let waits = self.plan.publish && item.standing == Standing::Waiting;
            if is_same && is_here(item) && !waits && item.modified == remote.modified {
                return Line { files: item.files.len(), ..line(Became::Unchanged) };
            }
        }
        let described = match describe(self.plan.source, remote, known.map(|item| &item.dataset)) {
            Ok(described) => described,
            Err(refused) => return line(Became::Refused).saying(refused),
        };
        let mut line = Line::new(&described.name, &remote.remote, &described.title, Became::Failed);
        let Ok(name) = Slug::parse(&described.name) else { return line };
        if !known.is_some_and(is_here) && !self.names.insert(described.name.clone()) {
            line.became = Became::Refused;
            return line.saying(fault(
                "name-double",
                format!("名前「{name}」のデータセットが元のカタログに2つあります。"),
                format!("two datasets of the catalogue have the name {name}"),
            ));
        }
        let (groups, other) = groups(&remote.files);
        line.left_out = other
            .iter()
            .map(|file| format!("{}: 表を含まない形式 / no format of tables ({})", shown(file), file.format))
            .collect();
        if groups.is_empty() {
            line.became = Became::Refused;
            return line.saying(fault(
                "no-data-file",
                "表を含むファイルがありません。".to_owned(),
                "there is no file that holds a table".to_owned(),
            ));
        }
        line.files = groups.len();
        if self.plan.dry_run {
            line.became = Became::WouldTake;
            return line;
        }
        let files = match self.files(&groups, known, &mut line) {
            Ok(files) => files,
            Err(failed) => return line.saying(failed),
        };
        self.hand_over(remote, known, (name, described), files, line, hand)
    }

    fn hand_over(
        &mut self,
        remote: &Remote,
        known: Option<&Item>,
        (name, mut described): (Slug, Described),
        files: Files,
        mut line: Line,
        hand: &mut dyn Hand,
    ) -> Line {
        for (file, title) in &files.titles {
            described.set_title(file, title);
        }
        let mut item = Item {
            remote: remote.remote.clone(),
            dataset: name,
            modified: remote.modified.clone(),
            digest: digest(&described, &files.kept),
            files: files.kept,
            standing: Standing::Waiting,
            refused_at: String::new(),
            note: String::new(),
        };
        let is_same = known.is_some_and(|known| known.digest == item.digest);
        let waits = known.is_some_and(|known| self.plan.publish && known.standing == Standing::Waiting);
        if let Some(known) = known.filter(|_| is_same && !waits) {
            item.standing = known.standing;
            line.became = Became::Unchanged;
            return match hand.keep(&item) {
                Ok(()) => line,
                Err(error) => self.not_written(line, &*error),
            };
        }
        described.retrieved.clone_from(&self.plan.today);
        let (paths, held): (Vec<(String, PathBuf)>, Vec<_>) =
            files.come.into_iter().map(|(name, file)| ((name, file.path().to_owned()), file)).unzip();
        let handed = Handed {
            source: self.plan.source.name.clone(),
            item: item.clone(),
            described,
            files: paths,
            publish: self.plan.publish,
        };
        let taken = match hand.take(handed) {
            Ok(taken) => taken,
            Err(error) => return self.not_written(line, &*error),
        };
        drop(held);
        self.failures = 0;
        line.records = taken.records;
        line.became = match taken.standing {
            Standing::Public => Became::Published,
            Standing::Waiting => Became::Waiting,
            Standing::Held => Became::Held,
            Standing::Refused | Standing::Withdrawn => Became::Refused,
        };
        if let Some((code, message_ja, message_en)) = taken.said {
            (line.code, line.message_ja, line.message_en) = (code, message_ja, message_en);
        }
        if line.became == Became::Refused {
            // What is here stays as it is known; only that this change was refused is new.
            let mut kept = known.cloned().unwrap_or(Item {
                standing: Standing::Refused,
                digest: String::new(),
                files: Vec::new(),
                modified: String::new(),
                ..item
            });
            kept.refused_at.clone_from(&remote.modified);
            kept.note = format!("{} {}", line.message_ja, line.message_en);
            if let Err(error) = hand.keep(&kept) {
                return self.not_written(line, &*error);
            }
        }
        line
    }

    pub(super) fn not_written(&mut self, mut line: Line, error: &(dyn std::error::Error + Send + Sync)) -> Line {
        self.failures += 1;
        line.became = Became::Failed;
        line.saying(fault(
            "not-written",
            format!("書き込めませんでした({error})。"),
            format!("writing failed: {error}"),
        ))
    }
}

/// Whether something of a dataset is here.
pub(super) fn is_here(item: &Item) -> bool {
    !matches!(item.standing, Standing::Withdrawn | Standing::Refused)
}

/// What tells that a dataset is as it was: what is said of it and its files, but not when they were fetched.
fn digest(described: &Described, files: &[KeptFile]) -> String {
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(described).unwrap_or_default());
    for file in files {
        hash.update(format!("\n{}\t{}", file.name, file.sha256));
    }
    hex::encode(hash.finalize())
}
