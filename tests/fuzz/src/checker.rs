//! What every reader shares: a file is read and normalized as the worker does it, and what must always hold is
//! asserted: no panic, positions in order, every row a record or a refused row, every value of its column's kind.

use std::ops::ControlFlow;

use hiraku::model::finding::Finding;
use hiraku::model::record::{Record, RefusedRow, Storage, TableShape, Value};
use hiraku::normalize::{NormalizeContext, Normalizer, Profile, RecordSink, TableBegun, TableCounts};
use hiraku::pipeline::batch::Batches;
use hiraku::read::{self, ReadLimits, SourceFile};

/// Small limits, so that a bomb shows as a slow or fat run soon.
pub(crate) fn limits() -> ReadLimits {
    ReadLimits {
        file_bytes: 4 << 20,
        rows: 100_000,
        cells: 400_000,
        unpacked_bytes: 16 << 20,
        vertices: 1_000_000,
        ring_steps: 2_000_000,
        ..ReadLimits::default()
    }
}

/// Reads and normalizes one file as the worker does: once to look, once to make records. How many records came.
pub(crate) fn ingest(name: &str, bytes: &[u8], companions: &[(&str, &[u8])]) -> u64 {
    let companions =
        companions.iter().map(|(extension, bytes)| ((*extension).to_owned(), bytes.to_vec().into())).collect();
    let source = SourceFile { name: name.to_owned(), bytes: bytes.to_vec().into(), companions };
    let mut profile = Profile::named(name);
    let looked = read::read(&source, &limits(), &mut profile);
    let context = NormalizeContext {
        file_name: name.to_owned(),
        key: "table".to_owned(),
        title: "表".to_owned(),
        publisher: hiraku::model::code::MunicipalityCode::from_five("24203").ok(),
        ..NormalizeContext::default()
    };
    let mut normalizer = Normalizer::new(context, &profile, Checker::default());
    let made = read::read(&source, &limits(), &mut normalizer);
    assert_eq!(looked.is_ok(), made.is_ok(), "two readings of the same bytes agree");
    if let Err(error) = &made {
        assert!(!error.message_ja().is_empty() && !error.message_en().is_empty(), "a refusal says why");
        return 0;
    }
    let checker = normalizer.finish();
    assert!(checker.shape.is_none(), "every table that begins ends");
    checker.all
}

/// Asserts what must hold of whatever comes out.
#[derive(Default)]
pub(crate) struct Checker {
    shape: Option<TableShape>,
    batches: Option<Batches>,
    records: u64,
    all: u64,
    refused: u64,
    last_row: u64,
}

impl RecordSink for Checker {
    fn table(&mut self, begun: TableBegun) -> ControlFlow<()> {
        assert!(self.shape.is_none(), "a table ends before the next begins");
        let names: std::collections::HashSet<String> =
            begun.shape.columns.iter().map(|column| column.name.to_lowercase()).collect();
        assert_eq!(names.len(), begun.shape.columns.len(), "names of columns differ, whatever their case");
        self.batches = Some(Batches::new(&begun.shape));
        self.shape = Some(begun.shape);
        (self.records, self.refused, self.last_row) = (0, 0, 0);
        ControlFlow::Continue(())
    }

    fn record(&mut self, record: Record) -> ControlFlow<()> {
        let shape = self.shape.as_ref().expect("a record belongs to a table");
        assert_eq!(record.values.len(), shape.columns.len(), "a record has a value for each column");
        for (value, column) in record.values.iter().zip(&shape.columns) {
            let fits = match value {
                Value::Null => true,
                Value::Text(_) => column.kind.storage() == Storage::Text,
                Value::Integer(_) => column.kind.storage() == Storage::Integer,
                Value::Number(number) => column.kind.storage() == Storage::Number && number.is_finite(),
            };
            assert!(fits, "{value:?} in a column of {:?}", column.kind);
        }
        assert!(record.found.iter().all(|(at, _)| *at < shape.columns.len()), "what was found belongs to a column");
        assert!(record.row > self.last_row, "records come in the order of their rows");
        self.last_row = record.row;
        let pushed = self.batches.as_mut().expect("with its shape").push(&record);
        assert!(pushed.is_ok(), "a record goes into the batch of its table");
        self.records += 1;
        self.all += 1;
        ControlFlow::Continue(())
    }

    fn refused(&mut self, _row: RefusedRow) -> ControlFlow<()> {
        assert!(self.shape.is_some(), "a refused row belongs to a table");
        self.refused += 1;
        ControlFlow::Continue(())
    }

    fn finding(&mut self, finding: Finding) {
        assert!(!finding.message_ja().is_empty() && !finding.message_en().is_empty(), "a finding says what it is");
    }

    fn end(&mut self, counts: TableCounts) -> ControlFlow<()> {
        assert!(self.shape.take().is_some(), "a table began before it ends");
        let last = self.batches.take().expect("with its shape").finish();
        assert!(last.is_ok(), "a batch can be closed");
        assert_eq!(counts.rows_read, counts.records + counts.refused, "rows read = records + rows refused");
        assert_eq!((counts.records, counts.refused), (self.records, self.refused), "what is counted came");
        ControlFlow::Continue(())
    }
}
