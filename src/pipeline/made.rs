//! One format of one table, made because somebody asked for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::PipelineError;
use crate::model::catalogue::{Dataset, Table};
use crate::model::made::{Made, MadeFile, MadeKey};
use crate::publish::PublishError;
use crate::publish::made::{MadeInput, Outcome, make};
use crate::store::Store;
use crate::store::made::Ledger;
use crate::store::objects::Objects;

/// Longest making. The largest tables of cities (some million records) take about a minute in the slowest format.
const LIMIT: Duration = Duration::from_mins(5);

/// What making needs.
#[derive(Debug, Clone, Copy)]
pub struct MadeJob<'a> {
    /// The database.
    pub store: &'a Store,
    /// The files.
    pub objects: &'a Objects,
    /// What was made before.
    pub ledger: &'a Ledger,
    /// Set where the program ends: the making is given up.
    pub stop: &'a AtomicBool,
}

/// Makes the file of `key`, keeps it and notes it. `table` is that of the key in the release of `dataset`. Blocking;
/// what fails leaves nothing.
pub fn make_file(job: MadeJob<'_>, key: &MadeKey, dataset: &Dataset, table: &Table) -> Result<Made, PipelineError> {
    // Until it is noted, nothing points at the file: no sweep may run meanwhile.
    let _making = job.objects.making();
    let began = Instant::now();
    let input = MadeInput {
        shape: &table.shape,
        geometry: table.geometry,
        dataset: &dataset.title,
        publisher: &dataset.organization.title,
        attribution: &dataset.attribution,
        licence: &dataset.licence,
        release_number: dataset.release_number,
        released: dataset.modified,
    };
    let pass = |take: &mut dyn FnMut(&arrow::array::RecordBatch) -> Result<(), PublishError>| {
        let swept = job.store.sweep_records(&table.record_table, |batches| {
            for batch in batches {
                if job.stop.load(Ordering::Relaxed) || began.elapsed() > LIMIT {
                    return Err(PublishError::Stopped);
                }
                take(&batch)?;
            }
            Ok(())
        });
        swept.map_err(|error| PublishError::Source { source: error.into() })?
    };
    let failed = |source| PipelineError::Publish { dataset: dataset.name.as_str().to_owned(), source };
    let made = match make(key.format, &input, job.objects, &pass) {
        Ok(outcome) => kept(job.objects, outcome)?,
        Err(PublishError::Limit { limit, .. }) => Made::Refused(limit),
        Err(error) => return Err(failed(error)),
    };
    if let Err(error) = job.ledger.note(key, made) {
        tracing::warn!(%error, entry = key.entry(), "what was made is forgotten when the program ends");
    }
    Ok(made)
}

fn kept(objects: &Objects, outcome: Outcome) -> Result<Made, PipelineError> {
    let file = |source| PipelineError::File { path: "objects".to_owned(), source };
    let note = outcome.note.map(|note| objects.keep(note)).transpose().map_err(file)?;
    let (digest, size_bytes) = objects.keep(outcome.file).map_err(file)?;
    Ok(Made::File(MadeFile { digest, size_bytes, changed_cells: outcome.changed_cells, note }))
}
