//! Writing the Parquet file of a day.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, FixedSizeBinaryBuilder, RecordBatch, StringArray, UInt8Array, UInt16Array, UInt32Array,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use sha2::Digest as _;

use super::super::CountError;
use super::super::class::Class;
use super::super::verdict::{Kind, Verdict};
use super::Row;

/// Rows handed to the encoder at once: some 2 MiB.
const BATCH_ROWS: usize = 16_384;
/// Rows of a row group: one for nearly every city's day; 40 MiB of encoder memory at the most.
const GROUP_ROWS: usize = 1 << 19;
/// The metadata keys of an archive.
pub(super) const DAY_KEY: &str = "hiraku.day";
pub(super) const DEFINITIONS_KEY: &str = "hiraku.definitions";

/// The columns of an archive.
pub(super) fn schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    let flag = |name: &str| Field::new(name, DataType::Boolean, false);
    Arc::new(Schema::new(vec![
        Field::new("definition", DataType::UInt8, false),
        Field::new("second", DataType::UInt32, false),
        text("kind", false),
        Field::new("target", DataType::FixedSizeBinary(16), false),
        Field::new("counted_for", DataType::FixedSizeBinary(16), true),
        text("class", false),
        text("sub", true),
        text("family", true),
        Field::new("status", DataType::UInt16, false),
        Field::new("bytes", DataType::UInt32, false),
        text("verdict", false),
        text("via", true),
        flag("dup30"),
        flag("also"),
        flag("first_in_session"),
        flag("first_request_in_session"),
        flag("first_in_day"),
    ]))
}

/// Writes the archive of one day: into a temporary file beside its place, which takes that place when all is on the
/// disk. Dropped before [`Self::finish`], it leaves nothing but the temporary file, which the next one replaces.
pub struct ArchiveWriter {
    path: PathBuf,
    temporary: PathBuf,
    parquet: ArrowWriter<Hashing>,
    schema: SchemaRef,
    /// The definition of the rows that come now, by its place in the list.
    definition: u8,
    /// The rows of the running second.
    second: Vec<Row>,
    batch: Vec<(u8, Row)>,
    rows: u64,
}

impl std::fmt::Debug for ArchiveWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ArchiveWriter").field("path", &self.path).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// A file whose SHA-256 is taken while it is written.
struct Hashing {
    file: File,
    digest: sha2::Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, buffer: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(buffer)?;
        self.digest.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// A finished archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archived {
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
    /// Its length, bytes.
    pub bytes: u64,
    /// Its rows.
    pub rows: u64,
}

/// Where the archive of a day lies below the folder of archives.
pub(crate) fn path(folder: &Path, day: Date) -> PathBuf {
    folder.join(format!("{:04}", day.year())).join(format!("{day}.parquet"))
}

impl ArchiveWriter {
    /// Begins the archive of `day` below `folder`. `definitions` are the ids of all definitions of its rows.
    pub fn create(folder: &Path, day: Date, definitions: &[String]) -> Result<Self, CountError> {
        let path = path(folder, day);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(CountError::file(parent))?;
        }
        let temporary = path.with_extension("new");
        let file = File::create(&temporary).map_err(CountError::file(&temporary))?;
        let schema = schema();
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by("hiraku".to_owned())
            .set_key_value_metadata(Some(vec![
                KeyValue::new(DAY_KEY.to_owned(), day.to_string()),
                KeyValue::new(DEFINITIONS_KEY.to_owned(), definitions.join(" ")),
            ]))
            .build();
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let out = Hashing { file, digest: sha2::Sha256::new(), bytes: 0 };
        let parquet = ArrowWriter::try_new_with_options(out, Arc::clone(&schema), options)
            .map_err(|error| failed(&path, &error))?;
        Ok(Self { path, temporary, parquet, schema, definition: 0, second: Vec::new(), batch: Vec::new(), rows: 0 })
    }

    /// The rows that follow are of this definition, by its place in the list.
    pub fn begin(&mut self, definition: u8) -> Result<(), CountError> {
        self.end_second()?;
        self.definition = definition;
        Ok(())
    }

    /// Takes the next row in the order of seconds.
    pub fn push(&mut self, row: Row) -> Result<(), CountError> {
        if self.second.last().is_some_and(|last| last.second != row.second) {
            self.end_second()?;
        }
        self.second.push(row);
        Ok(())
    }

    fn end_second(&mut self) -> Result<(), CountError> {
        self.second.sort_unstable();
        let definition = self.definition;
        self.batch.extend(self.second.drain(..).map(|row| (definition, row)));
        if self.batch.len() >= BATCH_ROWS { self.write_batch() } else { Ok(()) }
    }

    fn write_batch(&mut self) -> Result<(), CountError> {
        self.rows += self.batch.len() as u64;
        let batch = columns(&self.schema, &self.batch).map_err(|error| failed(&self.path, &error))?;
        self.batch.clear();
        self.parquet.write(&batch).map_err(|error| failed(&self.path, &error))
    }

    /// Ends the file, brings it to the disk and puts it in its place.
    pub fn finish(mut self) -> Result<Archived, CountError> {
        self.end_second()?;
        self.write_batch()?;
        let out = self.parquet.into_inner().map_err(|error| failed(&self.path, &error))?;
        out.file.sync_all().map_err(CountError::file(&self.temporary))?;
        fs::rename(&self.temporary, &self.path).map_err(CountError::file(&self.path))?;
        // The year's folder may be new, so that its own place must be on the disk too.
        for folder in self.path.ancestors().skip(1).take(2) {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(CountError::file(folder))?;
        }
        Ok(Archived { sha256: hex::encode(out.digest.finalize()), bytes: out.bytes, rows: self.rows })
    }
}

pub(super) fn failed(path: &Path, error: &dyn std::fmt::Display) -> CountError {
    CountError::Archive { path: path.display().to_string(), detail: error.to_string() }
}

fn columns(schema: &SchemaRef, rows: &[(u8, Row)]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let mut targets = FixedSizeBinaryBuilder::with_capacity(rows.len(), 16);
    let mut counted = FixedSizeBinaryBuilder::with_capacity(rows.len(), 16);
    for (_, row) in rows {
        targets.append_value(row.target.as_bytes())?;
        match &row.counted_for {
            Some(id) => counted.append_value(id.as_bytes())?,
            None => counted.append_null(),
        }
    }
    let each = || rows.iter().map(|(_, row)| row);
    let flag = |of: fn(&Row) -> bool| Arc::new(each().map(|row| Some(of(row))).collect::<BooleanArray>()) as ArrayRef;
    let via = |kind| match kind {
        Kind::Map => Some("page"),
        Kind::MapEmbed => Some("embed"),
        _ => None,
    };
    let sub = |class| match class {
        Class::Machine(sub) => Some(sub.name()),
        _ => None,
    };
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(UInt8Array::from_iter_values(rows.iter().map(|(definition, _)| *definition))),
        Arc::new(UInt32Array::from_iter_values(each().map(|row| row.second))),
        Arc::new(StringArray::from_iter_values(each().map(|row| row.kind.name()))),
        Arc::new(targets.finish()),
        Arc::new(counted.finish()),
        Arc::new(StringArray::from_iter_values(each().map(|row| row.class.main_name()))),
        Arc::new(each().map(|row| sub(row.class)).collect::<StringArray>()),
        Arc::new(each().map(|row| row.family.as_deref()).collect::<StringArray>()),
        Arc::new(UInt16Array::from_iter_values(each().map(|row| row.status))),
        Arc::new(UInt32Array::from_iter_values(each().map(|row| row.bytes))),
        Arc::new(StringArray::from_iter_values(each().map(|row| row.verdict.name()))),
        Arc::new(each().map(|row| via(row.kind)).collect::<StringArray>()),
        flag(|row| row.verdict == Verdict::Dup30),
        flag(|row| row.also),
        flag(|row| row.first_in_session),
        flag(|row| row.first_request_in_session),
        flag(|row| row.first_in_day),
    ];
    RecordBatch::try_new(Arc::clone(schema), arrays)
}
