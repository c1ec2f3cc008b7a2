//! Record batches to the files of one release: CSV, GeoJSON, FlatGeobuf, GeoParquet and the tileset.
//!
//! One ordered sweep: every writer sees each batch once and streams to a temporary file of the object store; when all
//! have finished, the files are synced and renamed to their digests. Nothing here knows of SQL or HTTP, and the same
//! batches always give the same bytes: no file carries a time, a version of a library or a random name.
//!
//! | table | files |
//! |---|---|
//! | without geometry | CSV, Parquet |
//! | with geometry | CSV, GeoJSON, FlatGeobuf, GeoParquet, PMTiles |
//!
//! Other formats are made of the same batches when somebody asks for them ([`made`]).

use std::error::Error;
use std::io::{self, BufWriter};

use arrow::array::RecordBatch;
use rayon::prelude::*;
use tempfile::NamedTempFile;

use crate::model::catalogue::Format;
use crate::model::lonlat::Bbox;
use crate::model::made::Limit;
use crate::model::name::{Digest, Slug};
use crate::model::record::{GeometryKind, TableShape};
use crate::store::objects::Objects;

pub mod archive;
pub mod dump;
pub mod made;
pub mod tiles;
mod csv_file;
mod flatgeobuf_file;
mod geojson_file;
mod parquet_file;
mod rows;

pub(crate) use csv_file::{guarded, single_point};
pub(crate) use geojson_file::{geometry as geojson_geometry, json_text};
pub use rows::{Cells, Rows};

/// Why a release could not be written.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The sweep broke off: the source of the batches failed.
    #[error("the records could not be read: {source}")]
    Source {
        /// What the source said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A batch does not have the columns of its table's shape.
    #[error("column {column:?} should be {expected}, found {found}")]
    Layout {
        /// The column.
        column: String,
        /// The type it should have.
        expected: &'static str,
        /// What was found.
        found: String,
    },
    /// A stored geometry is no well-known binary.
    #[error("the geometry of record {id} cannot be read: {detail}")]
    Geometry {
        /// The record's `_id`.
        id: i64,
        /// What was wrong.
        detail: String,
    },
    /// A file could not be written.
    #[error("the {format} file could not be written: {source}")]
    Write {
        /// The format's name.
        format: &'static str,
        /// What the system or the encoder said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A number is beyond what a format can hold.
    #[error("the {format} file cannot hold {what}")]
    TooLarge {
        /// The format's name.
        format: &'static str,
        /// What was too large.
        what: &'static str,
    },
    /// A format that is made on request has no place for the table.
    #[error("the {format} file cannot hold the table: {}", limit.name())]
    Limit {
        /// The format's name.
        format: &'static str,
        /// What it cannot hold.
        limit: Limit,
    },
    /// The making was stopped: it took too long, or the program ends.
    #[error("the making was stopped before its end")]
    Stopped,
}

impl PublishError {
    fn write(format: Format) -> impl Fn(io::Error) -> Self {
        move |source| Self::Write { format: format.name(), source: source.into() }
    }
}

/// The table to publish.
#[derive(Debug, Clone, Copy)]
pub struct TableInput<'a> {
    /// Its columns.
    pub shape: &'a TableShape,
    /// The title shown to people; layer name in GeoJSON, FlatGeobuf and the tileset's metadata.
    pub title: &'a str,
    /// The name of its layer, also inside the tiles; the shape's key where `None`.
    pub layer: Option<&'a Slug>,
    /// The line to print when the data is used.
    pub attribution: &'a str,
    /// Kind of its geometry; `None` where no record has one.
    pub geometry: Option<GeometryKind>,
    /// Box around its geometry, where known before the sweep: then GeoJSON says it at its head.
    pub bbox: Option<Bbox>,
    /// How its tileset is made.
    pub tiles: TileOptions,
}

/// How a tileset is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileOptions {
    /// Memory that the search for shared borders may take at once, bytes; beyond it the table is read several times.
    pub memory_bytes: usize,
    /// The tileset of the release before: tiles that no change touches are taken over from it.
    pub previous: Option<PreviousTiles>,
    /// Whether a twin in brotli is made too, where it pays: for serving.
    pub twin: bool,
    /// Most bytes of a tile as gzip, where features may stay out; [`tiles::BUDGET_BYTES`] for all that is served.
    pub budget_bytes: usize,
}

impl Default for TileOptions {
    fn default() -> Self {
        Self { memory_bytes: 128 << 20, previous: None, twin: true, budget_bytes: tiles::BUDGET_BYTES }
    }
}

/// The tileset of a release before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviousTiles {
    /// The object that holds its archive.
    pub tileset: Digest,
    /// The object that holds its packed index.
    pub index: Digest,
    /// The object that holds its brotli tiles.
    pub brotli: Option<Digest>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTable {
    /// The files, in the order of [`Format::ALL`].
    pub files: Vec<PublishedFile>,
    /// The tileset, where the table has geometry.
    pub tileset: Option<TilesetRef>,
    /// Records seen.
    pub records: u64,
}

/// One file of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedFile {
    /// Its format.
    pub format: Format,
    /// The object that holds it.
    pub digest: Digest,
    /// Its length.
    pub size_bytes: u64,
}

/// The tileset of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilesetRef {
    /// The object that holds the archive.
    pub digest: Digest,
    /// The object that holds the packed index: for tiles on request, and for building the next release beside it.
    pub index: Digest,
    /// The object that holds the same tiles as brotli, where that pays.
    pub brotli: Option<Digest>,
    /// Least zoom with tiles.
    pub min_zoom: u8,
    /// Greatest zoom with tiles; every feature is present there.
    pub max_zoom: u8,
    /// Tiles taken over from the release before, whose bytes are the same.
    pub taken_over: u64,
}

/// What a writer leaves.
struct Finished {
    format: Format,
    file: NamedTempFile,
    /// What is known of a tileset.
    tileset: Option<FinishedTileset>,
}

/// What is known of a tileset beside its archive.
struct FinishedTileset {
    zooms: (u8, u8),
    /// The packed index.
    index: NamedTempFile,
    /// The twin with brotli tiles.
    brotli: Option<NamedTempFile>,
    taken_over: u64,
}

/// One file of a release in the making: takes each batch once, in order.
trait Writer: Send {
    fn batch(&mut self, rows: &Rows<'_>) -> Result<(), PublishError>;
    /// Ends the file; `None` where there is nothing to publish (a tileset of no geometry).
    fn finish(self: Box<Self>) -> Result<Option<Finished>, PublishError>;
}

/// Where a writer writes: buffered, to a file that vanishes unless kept.
type Out = BufWriter<NamedTempFile>;

fn out(objects: &Objects, format: Format) -> Result<Out, PublishError> {
    // 256 KiB: few system calls, and six writers together still take under 2 MiB.
    Ok(BufWriter::with_capacity(256 << 10, objects.temporary().map_err(PublishError::write(format))?))
}

fn finished(format: Format, out: Out) -> Result<Option<Finished>, PublishError> {
    let file = out.into_inner().map_err(|error| PublishError::write(format)(error.into_error()))?;
    Ok(Some(Finished { format, file, tileset: None }))
}

/// Writes all files of one table in one sweep over its batches (in release order) and keeps them in `objects`.
///
/// The batches have the columns `_id`, `_row`, those of the shape, `_found`, `_geom` (WKB, longitude and latitude in
/// degrees) and `_west`, `_south`, `_east`, `_north`. Nothing is kept unless every file could be written.
pub fn publish_table<E>(
    input: TableInput<'_>,
    batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
    objects: &Objects,
) -> Result<PublishedTable, PublishError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    written(input, batches, objects, writers(input, objects)?)
}

/// Writes the tileset of a table and nothing else; `None` where no record has geometry. Batches as for
/// [`publish_table`].
pub fn publish_tileset<E>(
    input: TableInput<'_>,
    batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
    objects: &Objects,
) -> Result<Option<TilesetRef>, PublishError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let writers: Vec<Box<dyn Writer>> = vec![Box::new(tiles::TilesFile::new(input, objects)?)];
    Ok(written(input, batches, objects, writers)?.tileset)
}

fn written<E>(
    input: TableInput<'_>,
    batches: impl IntoIterator<Item = Result<RecordBatch, E>>,
    objects: &Objects,
    mut writers: Vec<Box<dyn Writer>>,
) -> Result<PublishedTable, PublishError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let mut records = 0_u64;
    for batch in batches {
        let batch = batch.map_err(|error| PublishError::Source { source: error.into() })?;
        let rows = Rows::read(&batch, input.shape, input.geometry.is_some())?;
        records += rows.len() as u64;
        writers.par_iter_mut().try_for_each(|writer| writer.batch(&rows))?;
    }
    let done: Vec<Option<Finished>> = writers.into_par_iter().map(<dyn Writer>::finish).collect::<Result<_, _>>()?;

    let mut published = PublishedTable { files: Vec::new(), tileset: None, records };
    for done in done.into_iter().flatten() {
        let format = done.format;
        let (digest, size_bytes) = objects.keep(done.file).map_err(PublishError::write(format))?;
        published.files.push(PublishedFile { format, digest, size_bytes });
        if let Some(FinishedTileset { zooms: (min_zoom, max_zoom), index, brotli, taken_over }) = done.tileset {
            let (index, _) = objects.keep(index).map_err(PublishError::write(format))?;
            let brotli = brotli.map(|file| objects.keep(file)).transpose().map_err(PublishError::write(format))?;
            let brotli = brotli.map(|(digest, _)| digest);
            published.tileset = Some(TilesetRef { digest, index, brotli, min_zoom, max_zoom, taken_over });
        }
    }
    Ok(published)
}

fn writers(input: TableInput<'_>, objects: &Objects) -> Result<Vec<Box<dyn Writer>>, PublishError> {
    let mut writers: Vec<Box<dyn Writer>> = vec![Box::new(csv_file::CsvFile::new(input, objects)?)];
    if input.geometry.is_some() {
        writers.push(Box::new(geojson_file::GeoJsonFile::new(input, objects)?));
        writers.push(Box::new(flatgeobuf_file::FlatGeobufFile::new(input, objects)?));
        writers.push(Box::new(parquet_file::ParquetFile::new(input, objects)?));
        writers.push(Box::new(tiles::TilesFile::new(input, objects)?));
    } else {
        writers.push(Box::new(parquet_file::ParquetFile::new(input, objects)?));
    }
    Ok(writers)
}
