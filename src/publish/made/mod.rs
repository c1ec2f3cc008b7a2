//! Formats of a table that are made on request: CSV in CP932, XLSX, JSON, Shapefile, GeoPackage and KML.
//!
//! Each maker sees the batches of the same release as the files made when it was published, once or twice (what must be
//! known before the first byte is `survey`ed), and writes to files that vanish unless kept. Memory does not grow with
//! the table. What a format has no place for is never left out silently: it is listed in the file itself where there is
//! room beside the table, else in a note of its own.

use std::io::BufWriter;

use arrow::array::RecordBatch;
use tempfile::NamedTempFile;

use super::{PublishError, Rows};
use crate::model::catalogue::Licence;
use crate::model::made::{Limit, MadeFormat};
use crate::model::record::{GeometryKind, TableShape};
use crate::store::objects::Objects;

mod cp932;
mod csv_cp932;
mod geopackage;
mod json;
mod kml;
mod notice;
mod shapefile;
mod survey;
mod xlsx;

/// The table to make a file of, and what the file says of it.
#[derive(Debug, Clone, Copy)]
pub struct MadeInput<'a> {
    /// Its columns.
    pub shape: &'a TableShape,
    /// Kind of its geometry; `None` where no record has one.
    pub geometry: Option<GeometryKind>,
    /// The title of the dataset.
    pub dataset: &'a str,
    /// The name of its publisher.
    pub publisher: &'a str,
    /// The line to print when the data is used.
    pub attribution: &'a str,
    /// The licence.
    pub licence: &'a Licence,
    /// The number of the release, from 1.
    pub release_number: u32,
    /// When it was published. No other time is in the file.
    pub released: jiff::Timestamp,
}

/// Hands all batches of the table over, in order. May be asked more than once; the batches are the same each time.
pub type Pass<'a> = dyn Fn(&mut dyn FnMut(&RecordBatch) -> Result<(), PublishError>) -> Result<(), PublishError> + 'a;

/// What was made.
#[derive(Debug)]
pub struct Outcome {
    /// The file.
    pub file: NamedTempFile,
    /// Cells that do not stand in it as in the release.
    pub changed_cells: u64,
    /// The list of them, where the file has no place for it; UTF-8 text.
    pub note: Option<NamedTempFile>,
}

/// Makes the file of a table.
///
/// # Errors
/// [`PublishError::Limit`] where the format cannot hold the table. Whatever the error, nothing is left behind.
pub fn make(
    format: MadeFormat,
    input: &MadeInput<'_>,
    objects: &Objects,
    pass: &Pass<'_>,
) -> Result<Outcome, PublishError> {
    match format {
        MadeFormat::CsvCp932 => csv_cp932::make(input, objects, pass),
        MadeFormat::Xlsx => xlsx::make(input, objects, pass),
        MadeFormat::Json => json::make(input, objects, pass),
        MadeFormat::Shapefile => shapefile::make(input, objects, pass, shapefile::SIZE_LIMIT_BYTES),
        MadeFormat::GeoPackage => geopackage::make(input, objects, pass),
        MadeFormat::Kml => kml::make(input, objects, pass),
    }
}

/// Every batch with its columns in their types.
fn each(
    input: &MadeInput<'_>,
    pass: &Pass<'_>,
    mut take: impl FnMut(&Rows<'_>) -> Result<(), PublishError>,
) -> Result<(), PublishError> {
    pass(&mut |batch| take(&Rows::read(batch, input.shape, input.geometry.is_some())?))
}

type Out = BufWriter<NamedTempFile>;

fn out(objects: &Objects, format: MadeFormat) -> Result<Out, PublishError> {
    Ok(BufWriter::with_capacity(256 << 10, objects.temporary().map_err(failed(format))?))
}

fn whole(out: Out, format: MadeFormat) -> Result<NamedTempFile, PublishError> {
    out.into_inner().map_err(|error| failed(format)(error.into_error()))
}

fn failed<E: std::error::Error + Send + Sync + 'static>(format: MadeFormat) -> impl Fn(E) -> PublishError {
    move |source| PublishError::Write { format: format.name(), source: Box::new(source) }
}

fn refused(format: MadeFormat, limit: Limit) -> PublishError {
    PublishError::Limit { format: format.name(), limit }
}

#[cfg(test)]
mod tests;
