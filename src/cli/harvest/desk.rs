//! The jobs of a harvest that read and write the data directory. None of them fetches anything.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::cli::Usage;
use crate::cli::job::{Answer, Workplace};
use crate::model::harvest::{Item, Source, Standing, State};
use crate::model::name::Slug;
use crate::pipeline::harvest::take::{Handed, take, withdraw};
use crate::pipeline::ingest::IngestJob;
use crate::pipeline::publish::PublishJob;
use crate::pipeline::supervise::WorkerCommand;
use crate::pipeline::towns::TownFiles;
use crate::pipeline::upload::Uploads;

/// One job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "step")]
pub enum HarvestJob {
    /// Enter a catalogue.
    Add {
        /// It.
        source: Source,
    },
    /// Tell the catalogues.
    List,
    /// Forget one.
    Remove {
        /// Its name.
        name: Slug,
        /// Whether its datasets are withdrawn.
        withdraw: bool,
    },
    /// Tell what is known of the datasets of one.
    Items {
        /// Its name.
        name: Slug,
    },
    /// Take a dataset in.
    Take {
        /// It, with its files.
        handed: Box<Handed>,
    },
    /// Keep what is known of a dataset that did not change.
    Keep {
        /// The catalogue.
        source: Slug,
        /// The dataset.
        item: Box<Item>,
    },
    /// Withdraw a dataset that is gone there.
    Withdraw {
        /// The catalogue.
        source: Slug,
        /// What names the dataset there.
        remote: String,
        /// Why.
        note: String,
    },
    /// Keep how far a complete run came.
    Complete {
        /// The catalogue.
        source: Slug,
        /// The newest change that was seen.
        since: String,
    },
}

impl HarvestJob {
    /// Whether what is public may be another afterwards.
    pub fn changes_what_is_public(&self) -> bool {
        matches!(self, Self::Take { .. } | Self::Withdraw { .. } | Self::Remove { withdraw: true, .. })
    }
}

/// Does it.
pub fn answer(place: Workplace<'_>, job: &HarvestJob) -> anyhow::Result<Answer> {
    let (store, now) = (place.store, place.clock.now());
    match job {
        HarvestJob::Add { source } => {
            if !store.add_harvest_source(source, now)? {
                let name = &source.name;
                return Err(Usage(format!("{name} is there already / 「{name}」はすでに登録されています")).into());
            }
            store.note_action(now, "command", "harvest add", source.name.as_str(), &source.address)?;
            let text = format!(
                "{}\t{}\t{}\n試すには / to try it: hiraku harvest run {} --dry-run\n",
                source.name,
                source.kind.as_str(),
                source.address,
                source.name
            );
            Ok(Answer { text, json: serde_json::to_value(source)?, data_errors: false })
        }
        HarvestJob::List => list(place),
        HarvestJob::Remove { name, withdraw } => remove(place, name, *withdraw),
        HarvestJob::Items { name } => done(json!({ "items": store.harvest_items(name)? })),
        HarvestJob::Take { handed } => {
            let taken = with_ingest(place, |uploads, job| {
                let publishing = PublishJob {
                    store,
                    objects: place.objects,
                    clock: place.clock,
                    tile_memory_bytes: place.tile_memory_bytes,
                };
                take(uploads, job, &publishing, handed)
            })?;
            done(serde_json::to_value(taken)?)
        }
        HarvestJob::Keep { source, item } => {
            store.keep_harvest_item(source, item, now)?;
            done(json!({}))
        }
        HarvestJob::Withdraw { source, remote, note } => {
            let known = with_ingest(place, |uploads, job| withdraw(uploads, job, source, remote, note))?;
            done(json!({ "withdrawn": known }))
        }
        HarvestJob::Complete { source, since } => {
            store.keep_harvest_state(source, &State { since: since.clone(), completed: Some(now) })?;
            done(json!({}))
        }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the arms of the match above")]
fn done(json: serde_json::Value) -> anyhow::Result<Answer> {
    Ok(Answer { text: String::new(), json, data_errors: false })
}

/// The folder of what was sent, which this process has put right when it opened the data directory.
fn with_ingest<T>(
    place: Workplace<'_>,
    work: impl FnOnce(&Uploads, &IngestJob<'_>) -> Result<T, crate::pipeline::PipelineError>,
) -> anyhow::Result<T> {
    let worker = WorkerCommand::of(&std::env::current_exe()?)
        .with_datum_grid(place.datum_grid)
        .with_policy(place.confidential.clone());
    let towns =
        place.gazetteer.map_or_else(|| Ok(TownFiles::default()), |path| crate::cli::arguments::towns(Some(path)))?;
    let job = IngestJob { store: place.store, worker: &worker, clock: place.clock, again: false, towns: &towns };
    let uploads = Uploads::at(&std::path::absolute(place.path.join("uploads"))?);
    Ok(work(&uploads, &job)?)
}

fn list(place: Workplace<'_>) -> anyhow::Result<Answer> {
    let sources = place.store.harvest_sources()?;
    // What a person published since counts too.
    let catalogue = place.store.load_catalogue(crate::schema::licence_or_unknown)?;
    let mut text = "名前\t種類\tアドレス\tデータセット\t公開\t最後に終えた時刻\n".to_owned();
    for (source, state) in &sources {
        let items = place.store.harvest_items(&source.name)?;
        let here =
            items.iter().filter(|item| !matches!(item.standing, Standing::Withdrawn | Standing::Refused)).count();
        let public = items.iter().filter(|item| catalogue.dataset(item.dataset.as_str()).is_some()).count();
        let completed = state.completed.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let (name, kind, address) = (&source.name, source.kind.as_str(), &source.address);
        let _ = writeln!(text, "{name}\t{kind}\t{address}\t{here}\t{public}\t{completed}");
        for item in items.iter().filter(|item| item.standing == Standing::Withdrawn) {
            let _ = writeln!(text, "#\t{}\t{}", item.dataset, item.note);
        }
    }
    Ok(Answer { text, json: json!({ "sources": sources }), data_errors: false })
}

fn remove(place: Workplace<'_>, name: &Slug, withdrawing: bool) -> anyhow::Result<Answer> {
    let mut withdrawn = 0;
    if withdrawing {
        for item in place.store.harvest_items(name)? {
            if !matches!(item.standing, Standing::Withdrawn | Standing::Refused) {
                let note = "取得元の登録をやめました / the catalogue was removed";
                with_ingest(place, |uploads, job| withdraw(uploads, job, name, &item.remote, note))?;
                withdrawn += 1;
            }
        }
    }
    if !place.store.remove_harvest_source(name)? {
        return Err(Usage(format!("no source {name} / 「{name}」は登録されていません")).into());
    }
    place.store.note_action(place.clock.now(), "command", "harvest remove", name.as_str(), "done")?;
    Ok(Answer {
        text: format!("{name}\t登録をやめました / removed ({withdrawn})\n"),
        json: json!({ "removed": name, "withdrawn": withdrawn }),
        data_errors: false,
    })
}
