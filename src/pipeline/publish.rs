//! Staged releases to public ones: files first, then one transaction each; and the sweep of what nobody needs.

use std::collections::HashMap;
use std::fs;

use super::{PipelineError, Progress, difference};
use crate::clock::Clock;
use crate::model::catalogue::Format;
use crate::model::decision::Decision;
use crate::model::difference::{ReleaseDifference, TableDifference};
use crate::model::made::file_name;
use crate::model::name::Slug;
use crate::publish::{PreviousTiles, TableInput, TileOptions, publish_table};
use crate::store::made;
use crate::store::objects::Objects;
use crate::store::release::{Reason, StagedRelease, StagedTable, WrittenFile, WrittenLayer, WrittenTable};
use crate::store::{Store, StoreError};

/// What publishing needs.
#[derive(Debug)]
pub struct PublishJob<'a> {
    /// The database.
    pub store: &'a Store,
    /// The files.
    pub objects: &'a Objects,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// Memory that building a tileset may take for the search of shared borders, bytes.
    pub tile_memory_bytes: usize,
}

/// What publishing did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Published {
    /// How many releases became public.
    pub published: usize,
    /// Releases held back: the dataset's name and the findings for which.
    pub held: Vec<(String, Vec<String>)>,
    /// Why, with places.
    pub reasons: Vec<HeldReason>,
    /// What changed in those that became public, where there was a release before.
    pub differences: Vec<Changed>,
}

/// What changed in a release, in figures.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Changed {
    /// The dataset's name.
    pub dataset: String,
    /// Records added, removed and changed, and changed cells.
    pub added: u64,
    /// Removed.
    pub removed: u64,
    /// Changed.
    pub changed: u64,
    /// Cells changed.
    pub cells: u64,
    /// In words.
    pub summary: String,
}

impl Changed {
    fn of(dataset: &Slug, found: &ReleaseDifference) -> Self {
        let sum = |of: fn(&TableDifference) -> u64| found.tables.iter().map(of).sum::<u64>();
        let records = |tables: &[(String, u64)]| tables.iter().map(|(_, records)| records).sum::<u64>();
        Self {
            dataset: dataset.as_str().to_owned(),
            added: sum(|table| table.added) + records(&found.added_tables),
            removed: sum(|table| table.removed) + records(&found.removed_tables),
            changed: sum(|table| table.changed),
            cells: sum(TableDifference::changed_cells),
            summary: found.summary(),
        }
    }
}

/// One reason why a release waits or is never published.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HeldReason {
    /// The dataset's name.
    pub dataset: String,
    /// The reason.
    #[serde(flatten)]
    pub reason: Reason,
    /// In Japanese.
    pub message_ja: String,
    /// In English.
    pub message_en: String,
}

impl HeldReason {
    pub(super) fn new(dataset: &Slug, reason: Reason) -> Self {
        let (message_ja, message_en) = (reason.finding.message_ja(), reason.finding.message_en());
        Self { dataset: dataset.as_str().to_owned(), reason, message_ja, message_en }
    }

    /// Where, in words: table, sheet, column, rows.
    pub fn place(&self) -> String {
        let (finding, mut words) = (&self.reason.finding, Vec::new());
        let own_table = !self.reason.table.is_empty() && self.reason.table != self.dataset;
        words.extend(own_table.then(|| self.reason.table.clone()));
        words.extend(finding.place.sheet.clone());
        words.extend(finding.place.column.as_ref().map(|column| format!("「{column}」")));
        words.extend(finding.place.row.map(|row| format!("{row}行目")));
        if let Some(evidence) = finding.evidence.as_ref().filter(|evidence| !evidence.rows.is_empty()) {
            let rows: Vec<String> = evidence.rows.iter().map(u64::to_string).collect();
            let more = if evidence.cells > evidence.rows.len() as u64 { " …" } else { "" };
            words.push(format!("{}{more}行目", rows.join(", ")));
        }
        words.join(" ")
    }
}

/// Publishes the staged releases whose dataset is one of `names`, or all of them.
///
/// A release with a holding finding waits until a person has looked and names it with `confirmed`; one with
/// individual numbers is never published.
pub fn publish(
    job: &PublishJob<'_>,
    names: Option<&[String]>,
    confirmed: bool,
    progress: &mut dyn Progress,
) -> Result<Published, PipelineError> {
    let waiting =
        |release: &StagedRelease| names.is_none_or(|names| names.iter().any(|name| name == release.name.as_str()));
    let mut differences = HashMap::new();
    for release in job.store.staged_releases()?.iter().filter(|release| waiting(release)) {
        // What is public may have changed since this was taken in.
        if let Some(found) = difference::note(job.store, &release.name)? {
            differences.insert(release.name.clone(), found);
        }
    }
    let mut releases = job.store.staged_releases()?;
    releases.retain(|release| waiting(release));
    let mut done = Published::default();
    releases.retain(|release| {
        let never = release.held.iter().any(|reason| reason.decision == Decision::Reject);
        let wait = never || !(release.held.is_empty() || confirmed);
        if wait {
            let mut codes: Vec<String> = release.held.iter().map(|r| r.finding.code.as_str().to_owned()).collect();
            codes.dedup();
            done.held.push((release.name.as_str().to_owned(), codes));
            done.reasons.extend(release.held.iter().cloned().map(|reason| HeldReason::new(&release.name, reason)));
        }
        !wait
    });
    for release in &releases {
        done.differences.extend(differences.remove(&release.name).map(|found| Changed::of(&release.name, &found)));
    }
    progress.begin("publish", releases.len());
    for release in &releases {
        let mut written = Vec::new();
        for table in &release.tables {
            written.push(write_table(job, release, table)?);
        }
        job.store.publish(release, &written, job.clock.now())?;
        progress.step(release.name.as_str());
    }
    progress.end();
    done.published = releases.len();
    Ok(done)
}

fn write_table(
    job: &PublishJob<'_>,
    release: &StagedRelease,
    table: &StagedTable,
) -> Result<WrittenTable, PipelineError> {
    let layer = table.geometry.map(|_| layer_name(release, table));
    let input = input(release, table, layer.as_ref(), job.tile_memory_bytes);
    let published = job
        .store
        .sweep_records(&table.record_table, |batches| {
            publish_table(input, batches.map(Ok::<_, StoreError>), job.objects)
        })?
        .map_err(|source| PipelineError::Publish { dataset: release.name.as_str().to_owned(), source })?;
    let files = published
        .files
        .iter()
        .map(|file| WrittenFile {
            format: file.format,
            title: file_title(table, file.format),
            file_name: file_name(&table.shape.title, file.format.extension()),
            digest: file.digest,
            size_bytes: file.size_bytes,
        })
        .collect();
    let layer = layer.zip(published.tileset).map(|(name, set)| WrittenLayer {
        name,
        tileset: set.digest,
        index: set.index,
        brotli: set.brotli,
        min_zoom: set.min_zoom,
        max_zoom: set.max_zoom,
    });
    Ok(WrittenTable { position: table.position, files, layer })
}

fn input<'a>(
    release: &'a StagedRelease,
    table: &'a StagedTable,
    layer: Option<&'a Slug>,
    memory_bytes: usize,
) -> TableInput<'a> {
    let previous =
        table.previous.map(|tiles| PreviousTiles { tileset: tiles.tileset, index: tiles.index, brotli: tiles.brotli });
    TableInput {
        shape: &table.shape,
        title: &table.shape.title,
        layer,
        attribution: &release.attribution,
        geometry: table.geometry,
        bbox: table.bbox,
        tiles: TileOptions { memory_bytes, previous, ..TileOptions::default() },
    }
}

/// The layer of a dataset's only table has the dataset's name; further ones add their own.
fn layer_name(release: &StagedRelease, table: &StagedTable) -> Slug {
    if release.tables.len() == 1 {
        return release.name.clone();
    }
    let joined = format!("{}-{}", release.name, table.shape.key);
    Slug::parse(&joined).unwrap_or_else(|_| Slug::from_digest(release.name.as_str(), &joined))
}

/// The title of a file: the table's with its format. One that was given by whoever sent the file is that of the CSV as it
/// is, so that a program finds what it sent.
fn file_title(table: &StagedTable, format: Format) -> String {
    let title = &table.shape.title;
    if format == Format::Csv && table.shape.is_titled {
        title.clone()
    } else {
        format!("{title}（{}）", format.name())
    }
}

/// What a sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Record tables of no release.
    pub record_tables: usize,
    /// Objects of no release, those made on request of releases that are no longer public, and files that were being
    /// written when the program died.
    pub objects: usize,
}

/// Removes what no release needs. Call it only while no other job runs on the data directory; files that are being made
/// on request are waited for.
pub fn sweep(store: &Store, objects: &Objects) -> Result<Swept, PipelineError> {
    let _still = objects.still();
    let record_tables = store.sweep()?;
    let mut in_use = store.digests_in_use()?;
    let (made, entries) = made::keep_only(objects, &store.public_releases()?)
        .map_err(|source| PipelineError::File { path: "objects/made".to_owned(), source })?;
    in_use.extend(made);
    let mut removed = 0;
    for path in objects.files().map_err(|source| PipelineError::File { path: "objects".to_owned(), source })? {
        let needed = path
            .file_name()
            .and_then(|name| crate::model::name::Digest::parse(&name.to_string_lossy()))
            .is_some_and(|digest| in_use.contains(&digest) && objects.path(&digest) == path)
            || entries.contains(&path);
        if !needed {
            fs::remove_file(&path).map_err(PipelineError::file(&path))?;
            removed += 1;
        }
    }
    Ok(Swept { record_tables, objects: removed })
}
