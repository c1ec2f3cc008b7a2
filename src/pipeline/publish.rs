//! Staged releases to public ones: files first, then one transaction each; and the sweep of what nobody needs.

use std::fs;

use super::{PipelineError, Progress};
use crate::clock::Clock;
use crate::model::catalogue::Format;
use crate::model::name::Slug;
use crate::publish::{TableInput, publish_table};
use crate::store::objects::Objects;
use crate::store::release::{REJECTING, StagedRelease, StagedTable, WrittenFile, WrittenTable};
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
}

/// What publishing did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Published {
    /// How many releases became public.
    pub published: usize,
    /// Releases held back: the dataset's name and the findings for which.
    pub held: Vec<(String, Vec<String>)>,
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
    let mut releases = job.store.staged_releases()?;
    if let Some(names) = names {
        releases.retain(|release| names.iter().any(|name| name == release.name.as_str()));
    }
    let mut done = Published::default();
    releases.retain(|release| {
        let never = release.held.iter().any(|code| REJECTING.iter().any(|rejecting| rejecting.as_str() == code));
        let wait = never || !(release.held.is_empty() || confirmed);
        if wait {
            done.held.push((release.name.as_str().to_owned(), release.held.clone()));
        }
        !wait
    });
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
    let input = TableInput {
        shape: &table.shape,
        title: &table.shape.title,
        layer: layer.as_ref(),
        attribution: &release.attribution,
        geometry: table.geometry,
        bbox: table.bbox,
    };
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
            title: format!("{}（{}）", table.shape.title, file.format.name()),
            file_name: file_name(&table.shape.title, file.format),
            digest: file.digest,
            size_bytes: file.size_bytes,
        })
        .collect();
    let layer = layer.zip(published.tileset).map(|(name, set)| (name, set.digest, set.min_zoom, set.max_zoom));
    Ok(WrittenTable { position: table.position, files, layer })
}

/// The layer of a dataset's only table has the dataset's name; further ones add their own.
fn layer_name(release: &StagedRelease, table: &StagedTable) -> Slug {
    if release.tables.len() == 1 {
        return release.name.clone();
    }
    let joined = format!("{}-{}", release.name, table.shape.key);
    Slug::parse(&joined).unwrap_or_else(|_| Slug::from_digest(release.name.as_str(), &joined))
}

/// A file name a person recognises; letters that file systems refuse are replaced.
fn file_name(title: &str, format: Format) -> String {
    let safe: String = title
        .chars()
        .map(|letter| if letter.is_control() || r#"/\:*?"<>|"#.contains(letter) { '_' } else { letter })
        .take(80)
        .collect();
    format!("{}.{}", safe.trim_matches(['.', ' ']), format.extension())
}

/// What a sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Record tables of no release.
    pub record_tables: usize,
    /// Objects of no release, and files that were being written when the program died.
    pub objects: usize,
}

/// Removes what no release needs. Call it only while no other job runs on the data directory.
pub fn sweep(store: &Store, objects: &Objects) -> Result<Swept, PipelineError> {
    let record_tables = store.sweep()?;
    let in_use = store.digests_in_use()?;
    let mut removed = 0;
    for path in objects.files().map_err(|source| PipelineError::File { path: "objects".to_owned(), source })? {
        let needed = path
            .file_name()
            .and_then(|name| crate::model::name::Digest::parse(&name.to_string_lossy()))
            .is_some_and(|digest| in_use.contains(&digest) && objects.path(&digest) == path);
        if !needed {
            fs::remove_file(&path).map_err(PipelineError::file(&path))?;
            removed += 1;
        }
    }
    Ok(Swept { record_tables, objects: removed })
}
