//! A file through the worker, without a database.

use std::collections::HashMap;
use std::fs;

use crate::model::code::MunicipalityCode;
use crate::pipeline::frames::{Frame, Job, JobFile, Refusal, Telling};
use crate::pipeline::rows::{RowsBatch, RowsTable, RowsWanted};
use crate::pipeline::source::{MAX_FILE_BYTES, Source, SourceTable};
use crate::pipeline::supervise::{WorkerCommand, run};
use crate::pipeline::tally::Kept;
use crate::pipeline::towns::TownFiles;

use super::collect::Collector;
use super::{FileReport, ReportError};

/// A file to be checked.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// How workers are started.
    pub worker: &'a WorkerCommand,
    /// What the file belongs to: display names of columns, the coordinate system a person gave.
    pub source: &'a Source,
    /// The file with its companions.
    pub file: &'a SourceTable,
    /// The organization that publishes it, where known.
    pub publisher: Option<MunicipalityCode>,
    /// Towns beside the bundled ones.
    pub towns: &'a TownFiles,
}

impl Checked<'_> {
    /// Reads the file and gives its report. `see` sees every frame first (to show progress, to take the records).
    ///
    /// # Errors
    /// Where the file or the worker's answer cannot be read; a file that is bad is a report, not an error.
    pub fn report(&self, kept: Kept, see: &mut dyn FnMut(&Frame)) -> Result<FileReport, ReportError> {
        let bytes = fs::metadata(&self.file.path).map_err(ReportError::file(&self.file.path))?.len();
        let mut collector = Collector::new(self.file.file_name(), bytes);
        let mut failed = None;
        self.run(Telling { findings: kept, rows: None }, true, &mut |frame| {
            see(&frame);
            match collector.take(frame) {
                Ok(()) => true,
                Err(error) => {
                    failed = Some(error);
                    false
                }
            }
        })?;
        match failed {
            Some(error) => Err(error),
            None => Ok(collector.finish()),
        }
    }

    /// Reads the rows of the file as found; `take` gets each table and its rows in order, and may stop by `false`.
    /// Gives the reason where the file was refused after all.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn rows(
        &self,
        wanted: RowsWanted,
        take: &mut dyn FnMut(FoundRows) -> bool,
    ) -> Result<Option<Refusal>, ReportError> {
        let mut refused = None;
        self.run(Telling { findings: Kept::FIRST, rows: Some(wanted) }, false, &mut |frame| match frame {
            Frame::RowsTable(table) => take(FoundRows::Table(*table)),
            Frame::RowsBatch(rows) => take(FoundRows::Rows(*rows)),
            Frame::RefusedWhole(refusal) => {
                refused = Some(refusal);
                true
            }
            _ => true,
        })?;
        Ok(refused)
    }

    fn run(&self, telling: Telling, records: bool, take: &mut dyn FnMut(Frame) -> bool) -> Result<(), ReportError> {
        let path = &self.file.path;
        let bytes = fs::metadata(path).map_err(ReportError::file(path))?.len();
        if bytes > MAX_FILE_BYTES {
            take(Frame::RefusedWhole(Refusal::too_large(bytes)));
            return Ok(());
        }
        let job = Job {
            file_name: self.file.file_name(),
            file: JobFile::see(path).map_err(ReportError::file(path))?,
            companions: self.file.seen_companions().map_err(ReportError::file(path))?,
            records,
            key: "table".to_owned(),
            title: self.file.stem(),
            publisher: self.publisher,
            titles: self.source.titles.clone(),
            crs: self.source.crs.clone(),
            datum_grid: None,
            bounds: Vec::new(),
            towns: self.towns.around(self.publisher, &mut HashMap::new()),
            telling,
        };
        run(self.worker, &job, take).map_err(ReportError::file(path))
    }
}

/// What comes of a file as found.
#[derive(Debug)]
pub enum FoundRows {
    /// A table begins.
    Table(RowsTable),
    /// Rows of it.
    Rows(RowsBatch),
}
