//! The worker's voice: records, refused rows and findings become frames.

use std::io::{self, Write};
use std::ops::ControlFlow;

use arrow::array::RecordBatch;
use arrow::ipc::writer::StreamWriter;

use super::batch::Batches;
use super::frames::{Frame, Refusal, TableEnd, write};
use super::tally::{FindingCounts, Kept};
use crate::model::finding::Finding;
use crate::model::record::{Record, RefusedRow};
use crate::normalize::{RecordSink, TableBegun, TableCounts};

/// How often the worker says how far it is: about ten times a second.
const ROWS_PER_WORD: u64 = 20_000;

/// Turns what normalizing yields into frames.
pub(super) struct Speaker<'a> {
    out: &'a mut dyn Write,
    kept: Kept,
    table: Option<Speaking>,
    /// What went wrong in writing.
    pub(super) failed: Option<io::Error>,
    /// Whether anybody wants the records themselves.
    wants_records: bool,
    /// Tables, records and refused rows of the whole file.
    tables: u64,
    records: u64,
    refused: u64,
    /// Why the first refused row was.
    first_refused: Option<Finding>,
}

struct Speaking {
    batches: Batches,
    counts: FindingCounts,
    records: u64,
}

impl<'a> Speaker<'a> {
    pub(super) fn new(out: &'a mut dyn Write, kept: Kept, wants_records: bool) -> Self {
        Self {
            out,
            kept,
            table: None,
            failed: None,
            wants_records,
            tables: 0,
            records: 0,
            refused: 0,
            first_refused: None,
        }
    }

    /// Why the file is refused whose tables have no record. One without a table at all is the parent's to refuse.
    pub(super) fn without_records(&self) -> Option<Refusal> {
        let is_without = self.tables > 0 && self.records == 0;
        is_without.then(|| Refusal::no_record(self.refused, self.first_refused.as_ref()))
    }

    fn say(&mut self, frame: &Frame) -> ControlFlow<()> {
        if self.failed.is_some() {
            return ControlFlow::Break(());
        }
        match write(self.out, frame) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.fail(error),
        }
    }

    fn fail(&mut self, error: io::Error) -> ControlFlow<()> {
        self.failed = Some(error);
        ControlFlow::Break(())
    }

    fn say_batch(&mut self, batch: Result<Option<RecordBatch>, arrow::error::ArrowError>) -> ControlFlow<()> {
        match batch.map(|batch| batch.map(|batch| ipc(&batch))) {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some(Ok(bytes))) => self.say(&Frame::Batch(bytes)),
            Ok(Some(Err(error))) | Err(error) => self.fail(io::Error::other(error)),
        }
    }
}

fn ipc(batch: &RecordBatch) -> Result<Vec<u8>, arrow::error::ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.finish()?;
    writer.into_inner()
}

impl RecordSink for Speaker<'_> {
    fn table(&mut self, begun: TableBegun) -> ControlFlow<()> {
        self.tables += 1;
        self.table = Some(Speaking {
            batches: Batches::new(&begun.shape),
            counts: FindingCounts::new(&begun.shape, self.kept),
            records: 0,
        });
        self.say(&Frame::Table(Box::new(begun)))
    }

    fn record(&mut self, record: Record) -> ControlFlow<()> {
        let Some(table) = &mut self.table else { return ControlFlow::Break(()) };
        table.records += 1;
        self.records += 1;
        table.counts.close_row(&record);
        let progress = (table.records % ROWS_PER_WORD == 0).then_some(table.records);
        let batch = if self.wants_records {
            table.batches.push(&record)
        } else {
            table.batches.see(&record);
            Ok(None)
        };
        if let Some(rows) = progress {
            self.say(&Frame::Rows(rows))?;
        }
        self.say_batch(batch)
    }

    fn refused(&mut self, row: RefusedRow) -> ControlFlow<()> {
        self.finding(row.reason.clone());
        self.refused += 1;
        if self.first_refused.is_none() {
            self.first_refused = Some(row.reason.clone());
        }
        if let Some(table) = &mut self.table {
            table.counts.forget_row();
        }
        self.say(&Frame::Refused(Box::new(row)))
    }

    fn finding(&mut self, finding: Finding) {
        let keep = self.table.as_mut().is_none_or(|table| table.counts.add(&finding));
        if keep {
            // A failed write is remembered and stops the reader at its next row.
            let _ = self.say(&Frame::Finding(Box::new(finding)));
        }
    }

    fn end(&mut self, counts: TableCounts) -> ControlFlow<()> {
        let Some(mut table) = self.table.take() else { return ControlFlow::Break(()) };
        let last = table.batches.finish();
        self.say_batch(last)?;
        let seen = table.batches.seen();
        let (finding_counts, columns) = table.counts.into_lists();
        self.say(&Frame::End(Box::new(TableEnd {
            rows_read: counts.rows_read,
            records: table.records,
            refused: counts.refused,
            geometry: seen.kind(),
            bbox: seen.bbox(),
            finding_counts,
            columns,
        })))
    }
}
