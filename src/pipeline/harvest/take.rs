//! The writing side: one dataset that was fetched goes the way of every upload, with the same checks and holds. Nothing
//! is fetched here.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::harvest::{Item, Standing};
use crate::model::name::Slug;
use crate::pipeline::PipelineError;
use crate::pipeline::ingest::IngestJob;
use crate::pipeline::publish::{HeldReason, PublishJob};
use crate::pipeline::table::{IngestTable, Verdict};
use crate::pipeline::upload::{Described, Outcome, Uploads};

/// A dataset as it is handed over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Handed {
    /// The catalogue it comes from.
    pub source: Slug,
    /// What is to be known of it from now on: all its files, by name.
    pub item: Item,
    /// What is said of it.
    pub described: Described,
    /// The files that were fetched, by the name they are kept under; the others are there already.
    pub files: Vec<(String, PathBuf)>,
    /// Whether it becomes public where nothing speaks against it.
    pub publish: bool,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Its standing now; [`Standing::Refused`] = nothing changed.
    pub standing: Standing,
    /// Records of the tables that were read.
    pub records: u64,
    /// Why it is held or refused: code, Japanese, English.
    pub said: Option<(String, String, String)>,
}

/// Takes a dataset in.
pub fn take(
    uploads: &Uploads,
    job: &IngestJob<'_>,
    publishing: &PublishJob<'_>,
    handed: &Handed,
) -> Result<Taken, PipelineError> {
    let (store, now) = (job.store, job.clock.now());
    let (name, mut item) = (&handed.item.dataset, handed.item.clone());
    let by = format!("harvest:{}", handed.source);
    let taken = if let Some(other) = owner(uploads, job, handed)? {
        refused(
            "name-taken",
            format!(
                "データセット名「{name}」は{other}が使っています。harvest add の --prefix で名前を分けてください。"
            ),
            format!("the name {name} is in use by {other}; keep the names apart by --prefix of harvest add"),
        )
    } else {
        let gone: Vec<String> =
            uploads.files(name)?.into_iter().filter(|file| !item.files.iter().any(|own| own.name == *file)).collect();
        let come: Vec<(&str, &std::path::Path)> =
            handed.files.iter().map(|(name, path)| (name.as_str(), path.as_path())).collect();
        // What is replaced goes before what comes under its name.
        let replaced = come.iter().map(|(name, _)| (*name).to_owned());
        let gone: Vec<String> = gone.into_iter().chain(replaced).collect();
        let publishing = handed.publish.then_some(publishing);
        told(uploads.change(job, publishing, &handed.described, &gone, &come)?)
    };
    if taken.standing != Standing::Refused {
        item.standing = taken.standing;
        store.keep_harvest_item(&handed.source, &item, now)?;
    }
    let outcome = match &taken.said {
        Some((code, ..)) => code.as_str(),
        None if taken.standing == Standing::Public => "published",
        None => "waiting",
    };
    store.note_action(now, &by, "harvest", name.as_str(), outcome)?;
    Ok(taken)
}

/// Who has the name already, where it is not this dataset of this catalogue.
fn owner(uploads: &Uploads, job: &IngestJob<'_>, handed: &Handed) -> Result<Option<String>, PipelineError> {
    let name = &handed.item.dataset;
    if let Some((source, remote)) = job.store.harvested_from(name)? {
        let is_own = source == handed.source.as_str() && remote == handed.item.remote;
        return Ok((!is_own).then(|| format!("「{source}」({remote})")));
    }
    let known = job.store.source_digest(name)?.is_some() || uploads.described(name)?.is_some();
    Ok(known.then(|| "このカタログの別のデータセット / another dataset".to_owned()))
}

fn refused(code: &str, message_ja: String, message_en: String) -> Taken {
    Taken { standing: Standing::Refused, records: 0, said: Some((code.to_owned(), message_ja, message_en)) }
}

fn told(outcome: Outcome) -> Taken {
    let records = |table: &IngestTable| table.lines.iter().map(|line| line.records).sum();
    match outcome {
        Outcome::Published(table) => Taken { standing: Standing::Public, records: records(&table), said: None },
        Outcome::Waiting(table, reasons) => Taken {
            standing: if reasons.is_empty() { Standing::Waiting } else { Standing::Held },
            records: records(&table),
            said: said(&reasons),
        },
        Outcome::Forbidden(_, reasons) => Taken { standing: Standing::Refused, records: 0, said: said(&reasons) },
        Outcome::Refused(table) => {
            let first = table.lines.into_iter().find_map(|line| match line.verdict {
                Verdict::Refused { code, message_ja, message_en } => {
                    Some((code, format!("{}: {message_ja}", line.file), format!("{}: {message_en}", line.file)))
                }
                Verdict::Taken => None,
            });
            Taken { standing: Standing::Refused, records: 0, said: first }
        }
        Outcome::Draft => refused(
            "no-data-file",
            "表を含むファイルがありません。".to_owned(),
            "there is no file that holds a table".to_owned(),
        ),
    }
}

fn said(reasons: &[HeldReason]) -> Option<(String, String, String)> {
    let first = reasons.first()?;
    let more = if reasons.len() > 1 { format!(" (+{})", reasons.len() - 1) } else { String::new() };
    let place = first.place();
    Some((
        first.reason.finding.code.as_str().to_owned(),
        format!("{place} {}{more}", first.message_ja).trim().to_owned(),
        format!("{}{more}", first.message_en),
    ))
}

/// Withdraws a dataset that is gone there, and keeps why. `false` where it is none of this catalogue.
pub fn withdraw(
    uploads: &Uploads,
    job: &IngestJob<'_>,
    source: &Slug,
    remote: &str,
    note: &str,
) -> Result<bool, PipelineError> {
    let items = job.store.harvest_items(source)?;
    let Some(mut item) = items.into_iter().find(|item| item.remote == remote) else { return Ok(false) };
    // First what is known of it: a program that dies in between withdraws it again the next time.
    if !uploads.remove(job.store, &item.dataset)? {
        job.store.withdraw(&item.dataset)?;
    }
    let now = job.clock.now();
    item.standing = Standing::Withdrawn;
    note.clone_into(&mut item.note);
    (item.digest, item.files) = (String::new(), Vec::new());
    job.store.keep_harvest_item(source, &item, now)?;
    job.store.note_action(now, &format!("harvest:{source}"), "harvest withdraw", item.dataset.as_str(), note)?;
    Ok(true)
}
