//! Records in the order of their release, along the Hilbert curve, without holding all of them: runs are sorted in memory
//! and laid aside in unnamed files of the data directory, then merged on their way into the table.
//!
//! DuckDB sorts wide rows too, but needs a second table of all records and several times the memory for it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use arrow::array::{Array as _, Int64Array, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;
use duckdb::core::DataChunkHandle;
use duckdb::vtab::{
    BindInfo, InitInfo, TableFunctionInfo, VTab, record_batch_to_duckdb_data_chunk, to_duckdb_logical_type_for_field,
};

/// Bytes of records sorted in memory at once. Ten million records of sheet 08 (6 GB) make 128 runs.
const RUN_BYTES: usize = 48 << 20;

/// Records of one block of a run: of each run one block is in memory while they are merged, about 150 kB.
const BLOCK_RECORDS: usize = 256;

/// Records handed to DuckDB at a time: the length of its vectors.
const VECTOR_RECORDS: usize = 2_048;

/// Threads that take merged records at once: as many as a small machine has.
const TAKERS: u64 = 2;

/// Takes records in any order.
#[derive(Debug)]
pub struct Sorter {
    folder: PathBuf,
    held: Vec<RecordBatch>,
    held_bytes: usize,
    runs: Vec<Run>,
    /// The run that is being laid aside while further records come.
    leaving: Option<JoinHandle<Result<Run, ArrowError>>>,
}

/// Records in order.
#[derive(Debug)]
enum Run {
    Held(std::vec::IntoIter<RecordBatch>),
    Filed(Box<FileReader<BufReader<File>>>),
}

impl Iterator for Run {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Held(batches) => batches.next().map(Ok),
            Self::Filed(reader) => reader.next(),
        }
    }
}

impl Sorter {
    /// Files are laid aside in `folder`; they have no names and vanish with the process.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), held: Vec::new(), held_bytes: 0, runs: Vec::new(), leaving: None }
    }

    /// Takes records; their first two columns are `_row` and `_hilbert`.
    ///
    /// # Errors
    /// Where they are not, or no file can be laid aside.
    pub fn push(&mut self, batch: RecordBatch) -> Result<(), ArrowError> {
        // Columns that came in one message share its memory, so that only what each of them uses is counted.
        for column in batch.columns() {
            self.held_bytes += column.to_data().get_slice_memory_size()?;
        }
        self.held.push(batch);
        if self.held_bytes >= RUN_BYTES {
            // One at a time: two runs are the most that is in memory.
            self.wait()?;
            let (held, folder) = (std::mem::take(&mut self.held), self.folder.clone());
            self.held_bytes = 0;
            let thread = std::thread::Builder::new().name("sorting".to_owned());
            self.leaving = Some(thread.spawn(move || lay_aside(&held, &folder))?);
        }
        Ok(())
    }

    /// Waits until the run that is being laid aside is.
    fn wait(&mut self) -> Result<(), ArrowError> {
        if let Some(leaving) = self.leaving.take() {
            let run = leaving.join().map_err(|_| std::io::Error::other("sorting ended early"))??;
            self.runs.push(run);
        }
        Ok(())
    }

    /// All records in order.
    ///
    /// # Errors
    /// Where what was laid aside cannot be read.
    pub fn finish(mut self) -> Result<Merge, ArrowError> {
        self.wait()?;
        let mut last = Vec::new();
        sorted(&self.held, |block| {
            last.push(block);
            Ok(())
        })?;
        if !last.is_empty() {
            self.runs.push(Run::Held(last.into_iter()));
        }
        Merge::new(self.runs)
    }
}

/// Sorts records into a file.
fn lay_aside(held: &[RecordBatch], folder: &Path) -> Result<Run, ArrowError> {
    let file = tempfile::tempfile_in(folder)?;
    let Some(schema) = held.first().map(RecordBatch::schema) else {
        return Ok(empty());
    };
    let mut writer = FileWriter::try_new(BufWriter::with_capacity(1 << 18, file), &schema)?;
    sorted(held, |block| writer.write(&block))?;
    let mut file = writer.into_inner()?.into_inner().map_err(|error| ArrowError::from(error.into_error()))?;
    file.rewind()?;
    // A block is read whole at once; a buffer would only be passed by.
    Ok(Run::Filed(Box::new(FileReader::try_new(BufReader::with_capacity(1 << 12, file), None)?)))
}

/// Hands on records in order.
fn sorted(held: &[RecordBatch], mut to: impl FnMut(RecordBatch) -> Result<(), ArrowError>) -> Result<(), ArrowError> {
    let mut keys: Vec<(Key, usize, usize)> = Vec::with_capacity(held.iter().map(RecordBatch::num_rows).sum());
    for (index, batch) in held.iter().enumerate() {
        let order = Order::of(batch)?;
        keys.extend((0..batch.num_rows()).map(|at| (order.key(at), index, at)));
    }
    keys.sort_unstable();
    let batches: Vec<&RecordBatch> = held.iter().collect();
    let mut picks = Vec::with_capacity(BLOCK_RECORDS);
    for block in keys.chunks(BLOCK_RECORDS) {
        picks.clear();
        picks.extend(block.iter().map(|(_, index, at)| (*index, *at)));
        to(interleave_record_batch(&batches, &picks)?)?;
    }
    Ok(())
}

/// Place on the curve, then row of the file.
type Key = (i64, i64);

/// The columns that say the order.
#[derive(Debug)]
struct Order {
    row: Int64Array,
    hilbert: Int64Array,
}

impl Order {
    fn of(batch: &RecordBatch) -> Result<Self, ArrowError> {
        let column = |at: usize| {
            let numbers = batch.columns().get(at).and_then(|column| column.as_any().downcast_ref::<Int64Array>());
            numbers.cloned().ok_or_else(|| ArrowError::SchemaError("records begin with _row and _hilbert".to_owned()))
        };
        Ok(Self { row: column(0)?, hilbert: column(1)? })
    }

    fn key(&self, at: usize) -> Key {
        (self.hilbert.value(at), self.row.value(at))
    }
}

/// Records in order, numbered from 1: `_id`, then their columns without `_hilbert`.
#[derive(Debug)]
pub struct Merge {
    sources: Vec<Source>,
    heap: BinaryHeap<Reverse<(Key, usize)>>,
    /// `_id` and the columns of the records but `_hilbert`; `None` where there is no record.
    schema: Option<Arc<Schema>>,
    next_id: i64,
}

#[derive(Debug)]
struct Source {
    run: Run,
    batch: RecordBatch,
    order: Order,
    at: usize,
}

impl Merge {
    fn new(runs: Vec<Run>) -> Result<Self, ArrowError> {
        let mut merge = Self { sources: Vec::new(), heap: BinaryHeap::new(), schema: None, next_id: 1 };
        for mut run in runs {
            let Some(batch) = run.next().transpose()? else { continue };
            if merge.schema.is_none() {
                let kept = batch.schema();
                let kept = kept.fields().iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, field)| field.clone());
                let id = Arc::new(Field::new("_id", DataType::Int64, true));
                merge.schema = Some(Arc::new(Schema::new(std::iter::once(id).chain(kept).collect::<Vec<_>>())));
            }
            let order = Order::of(&batch)?;
            merge.heap.push(Reverse((order.key(0), merge.sources.len())));
            merge.sources.push(Source { run, batch, order, at: 0 });
        }
        Ok(merge)
    }

    /// The columns of what comes.
    pub(super) fn schema(&self) -> Option<&Arc<Schema>> {
        self.schema.as_ref()
    }

    /// The next records, numbered; `None` after the last.
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        let Some(schema) = &self.schema else { return Ok(None) };
        let mut batches: Vec<RecordBatch> = Vec::new();
        let mut places: Vec<Option<usize>> = vec![None; self.sources.len()];
        let mut picks = Vec::with_capacity(VECTOR_RECORDS);
        while picks.len() < VECTOR_RECORDS {
            let Some(Reverse((_, index))) = self.heap.pop() else { break };
            let (source, place) = (&mut self.sources[index], &mut places[index]);
            let at = *place.get_or_insert_with(|| {
                batches.push(source.batch.clone());
                batches.len() - 1
            });
            picks.push((at, source.at));
            source.at += 1;
            if source.at == source.batch.num_rows() {
                let Some(batch) = source.run.next().transpose()? else { continue };
                *source = Source {
                    order: Order::of(&batch)?,
                    batch,
                    at: 0,
                    run: std::mem::replace(&mut source.run, empty()),
                };
                *place = None;
            }
            self.heap.push(Reverse((source.order.key(source.at), index)));
        }
        if picks.is_empty() {
            return Ok(None);
        }
        let merged = interleave_record_batch(&batches.iter().collect::<Vec<_>>(), &picks)?;
        let first = self.next_id;
        self.next_id += i64::try_from(picks.len()).unwrap_or(i64::MAX);
        let mut columns = Vec::with_capacity(merged.num_columns());
        columns.push(Arc::new(Int64Array::from_iter_values(first..self.next_id)) as _);
        columns
            .extend(merged.columns().iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, column)| column.clone()));
        RecordBatch::try_new(Arc::clone(schema), columns).map(Some)
    }
}

impl Iterator for Merge {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch().transpose()
    }
}

fn empty() -> Run {
    Run::Held(Vec::new().into_iter())
}

/// Merges that wait for DuckDB to take them, by their ticket.
static WAITING: Mutex<BTreeMap<u64, Arc<Mutex<Merge>>>> = Mutex::new(BTreeMap::new());

static NEXT_TICKET: AtomicU64 = AtomicU64::new(1);

/// A merge that can be named in SQL as long as this is kept.
pub(super) struct Ticket(u64);

impl Ticket {
    /// Makes a merge known.
    pub(super) fn of(merge: Merge) -> Self {
        let ticket = NEXT_TICKET.fetch_add(1, Ordering::Relaxed);
        waiting().insert(ticket, Arc::new(Mutex::new(merge)));
        Self(ticket)
    }

    /// The table function with its argument.
    pub(super) fn sql(&self) -> String {
        format!("{FUNCTION}({})", self.0)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        waiting().remove(&self.0);
    }
}

fn waiting() -> std::sync::MutexGuard<'static, BTreeMap<u64, Arc<Mutex<Merge>>>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name of the table function.
pub(super) const FUNCTION: &str = "hiraku_ordered";

/// The table function that gives the records of a merge.
pub(super) struct Ordered;

impl VTab for Ordered {
    type InitData = ();
    type BindData = Arc<Mutex<Merge>>;

    fn bind(bind: &BindInfo) -> Result<Self::BindData, Box<dyn std::error::Error>> {
        let ticket = bind.get_parameter(0).to_int64();
        let merge = u64::try_from(ticket).ok().and_then(|ticket| waiting().get(&ticket).cloned());
        let merge = merge.ok_or("no records wait under this number")?;
        let schema = merge.lock().unwrap_or_else(PoisonError::into_inner).schema().cloned();
        for field in schema.ok_or("there are no records")?.fields() {
            bind.add_result_column(field.name(), to_duckdb_logical_type_for_field(field)?);
        }
        Ok(merge)
    }

    fn init(init: &InitInfo) -> Result<Self::InitData, Box<dyn std::error::Error>> {
        init.set_max_threads(TAKERS);
        Ok(())
    }

    fn func(info: &TableFunctionInfo<Self>, output: &mut DataChunkHandle) -> Result<(), Box<dyn std::error::Error>> {
        let batch = info.get_bind_data().lock().unwrap_or_else(PoisonError::into_inner).next_batch()?;
        match batch {
            Some(batch) => record_batch_to_duckdb_data_chunk(&batch, output)?,
            None => output.set_len(0),
        }
        Ok(())
    }

    fn parameters() -> Option<Vec<duckdb::core::LogicalTypeHandle>> {
        Some(vec![duckdb::core::LogicalTypeId::Bigint.into()])
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::StringArray;

    use super::*;

    fn batch(keys: &[(i64, i64)]) -> RecordBatch {
        let fields = [("_row", DataType::Int64), ("_hilbert", DataType::Int64), ("名", DataType::Utf8)];
        let schema = Schema::new(fields.map(|(name, kind)| Field::new(name, kind, true)).to_vec());
        RecordBatch::try_new(
            Arc::new(schema),
            vec![
                Arc::new(Int64Array::from_iter_values(keys.iter().map(|key| key.1))),
                Arc::new(Int64Array::from_iter_values(keys.iter().map(|key| key.0))),
                Arc::new(StringArray::from_iter_values(keys.iter().map(|key| format!("{}-{}", key.0, key.1)))),
            ],
        )
        .expect("a batch")
    }

    #[test]
    fn records_of_many_runs_come_in_order_and_numbered() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut sorter = Sorter::new(folder.path());
        let mut keys: Vec<(i64, i64)> = (0..20_000).map(|row| (row * 7_919 % 1_009, row)).collect();
        for (index, piece) in keys.chunks(3_000).enumerate() {
            sorter.push(batch(piece)).expect("taken");
            if index % 2 == 1 {
                let held = std::mem::take(&mut sorter.held);
                sorter.held_bytes = 0;
                sorter.runs.push(lay_aside(&held, folder.path()).expect("laid aside"));
            }
        }
        keys.sort_unstable();
        let mut merge = sorter.finish().expect("merged");
        let (mut at, mut texts) = (0, Vec::new());
        while let Some(batch) = merge.next_batch().expect("a batch") {
            let numbers = batch.column(0).as_any().downcast_ref::<Int64Array>().expect("numbers");
            for index in 0..batch.num_rows() {
                at += 1;
                assert_eq!(numbers.value(index), at);
            }
            let found = batch.column(2).as_any().downcast_ref::<StringArray>().expect("texts");
            texts.extend(found.iter().map(|text| text.unwrap_or_default().to_owned()));
        }
        assert_eq!(texts, keys.iter().map(|key| format!("{}-{}", key.0, key.1)).collect::<Vec<_>>());
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "nothing has a name");
    }

    #[test]
    fn no_records_are_no_error() {
        let mut merge = Sorter::new(Path::new("/")).finish().expect("merged");
        assert!(merge.schema().is_none() && merge.next_batch().expect("nothing").is_none());
    }
}
