//! The tables of a file by themselves: read by a worker, put in order, in no database.

use std::collections::HashMap;
use std::path::Path;

use super::PipelineError;
use super::batch::batches;
use super::frames::{Frame, Refusal};
use super::ingest::{Seen, prepare};
use super::source::Source;
use super::supervise::{WorkerCommand, run};
use super::towns::TownFiles;
use crate::model::lonlat::Bbox;
use crate::model::record::{GeometryKind, TableShape};
use crate::store::ingest::RefusedSource;
use crate::store::order::{Merge, Sorter};

/// A table that was read.
#[derive(Debug)]
pub struct TableApart {
    /// Its columns and title.
    pub shape: TableShape,
    /// Kind of geometry.
    pub geometry: Option<GeometryKind>,
    /// Box of the geometry.
    pub bbox: Option<Bbox>,
    /// Its records along the Hilbert curve, numbered from 1; what does not fit memory lies in unnamed files.
    pub records: Merge,
    /// Rows that became no record.
    pub refused: u64,
}

/// Reads all tables of a source; `folder` takes what does not fit memory. A file that is refused has its reason.
///
/// # Errors
/// Where the worker or the disk fails, never for what is in the file.
pub fn read(
    worker: &WorkerCommand,
    source: Box<Source>,
    towns: &TownFiles,
    folder: &Path,
) -> Result<Result<Vec<TableApart>, RefusedSource>, PipelineError> {
    let towns = towns.around(Some(source.publisher), &mut HashMap::new());
    let seen = Seen::of(source)?;
    let mut tables = Vec::new();
    for file in &seen.source.tables {
        let mut open: Option<(TableShape, Sorter)> = None;
        let mut failed: Option<Failure> = None;
        let found = tables.len();
        let prepared = prepare(&seen, file, (&[], &towns)).map_err(PipelineError::file(&file.path))?;
        let told = prepared.and_then(|job| {
            let outcome = run(worker, &job, |frame| {
                failed = take(frame, &seen.source, folder, &mut open, &mut tables).err();
                failed.is_none()
            });
            match (failed.take(), outcome) {
                (Some(Failure::Refused(refusal)), _) => Err(refusal),
                (Some(Failure::Order(error)), _) => Ok(Err(std::io::Error::other(error))),
                (None, outcome) if tables.len() == found && outcome.is_ok() => Err(Refusal::no_table()),
                (None, outcome) => Ok(outcome),
            }
        });
        match told {
            Ok(outcome) => outcome.map_err(PipelineError::file(&file.path))?,
            Err(refusal) => {
                return Ok(Err(RefusedSource {
                    dataset: seen.source.entry.name.as_str().to_owned(),
                    file: file.file_name(),
                    code: refusal.code,
                    message_ja: refusal.message_ja,
                    message_en: refusal.message_en,
                }));
            }
        }
    }
    Ok(Ok(tables))
}

enum Failure {
    Refused(Refusal),
    Order(arrow::error::ArrowError),
}

fn take(
    frame: Frame,
    source: &Source,
    folder: &Path,
    open: &mut Option<(TableShape, Sorter)>,
    tables: &mut Vec<TableApart>,
) -> Result<(), Failure> {
    match frame {
        Frame::Table(mut begun) => {
            begun.shape.tiles = source.tiles.clone();
            *open = Some((begun.shape, Sorter::new(folder)));
        }
        Frame::Batch(bytes) => {
            let records = batches(&bytes).map_err(|error| {
                tracing::info!(%error, "a worker's batch cannot be read");
                Failure::Refused(Refusal::broken())
            })?;
            let (_, sorter) = open.as_mut().ok_or_else(|| Failure::Refused(Refusal::broken()))?;
            for batch in records {
                sorter.push(batch).map_err(Failure::Order)?;
            }
        }
        Frame::End(end) => {
            let (shape, sorter) = open.take().ok_or_else(|| Failure::Refused(Refusal::broken()))?;
            let records = sorter.finish().map_err(Failure::Order)?;
            tables.push(TableApart { shape, geometry: end.geometry, bbox: end.bbox, records, refused: end.refused });
        }
        Frame::RefusedWhole(refusal) => return Err(Failure::Refused(refusal)),
        Frame::Finding(_)
        | Frame::Refused(_)
        | Frame::Rows(_)
        | Frame::RowsTable(_)
        | Frame::RowsBatch(_)
        | Frame::Done => {}
    }
    Ok(())
}
