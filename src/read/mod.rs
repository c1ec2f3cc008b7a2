//! Bytes of a file to rows with positions. No input or output: bytes come in whole (held, or mapped and read where they
//! lie), rows go out one by one.
//!
//! A reader pushes what it finds into a [`RowSink`]. It never guesses what a row means (that is `schema` and
//! `normalize`): headers, preambles and totals are rows like any other, unless the format itself names its columns.

mod bundle;
mod cells;
mod control;
pub(crate) mod crs;
mod crs_name;
mod delimited;
mod encoding;
mod error;
mod evidence;
mod flatgeobuf;
mod format;
mod geo_error;
mod geojson;
mod geometry_row;
mod geopackage;
mod gml;
mod gtfs;
mod html;
mod json;
mod kml;
mod limits;
mod number;
mod ods;
pub(crate) mod pack;
mod parquet;
mod scan;
mod shape;
mod shapefile;
mod sniff;
mod spreadsheet;
mod wkb;
mod windows;
mod wkt;
mod xls;
mod xlsx;
mod xml;
mod xml_spreadsheet;
mod zip;

use std::ops::ControlFlow;

pub use self::bundle::ArchiveError;
pub(crate) use self::control::{in_name, is_control as is_unseen};
pub use self::error::ReadError;
pub use self::format::FileFormat;
pub use self::geo_error::GeoError;
pub use self::limits::ReadLimits;
pub use self::sniff::sniff;
pub(crate) use self::spreadsheet::place::range_name;
pub use self::xml::XmlError;
use crate::model::finding::Finding;
pub use crate::model::mapped::FileBytes;

/// Reads a file of any format that is read, told by its content. What is found goes to the sink in order; a sink that
/// breaks ends the reading without an error.
///
/// Rows that were pushed before an error are of no use: the error refuses the file as a whole.
pub fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    read_within(source, limits, 0, sink)
}

/// Reads a file that lies in this many archives.
fn read_within(
    source: &SourceFile,
    limits: &ReadLimits,
    depth: usize,
    sink: &mut dyn RowSink,
) -> Result<(), ReadError> {
    let all = std::iter::once(source.bytes.len()).chain(source.companions.iter().map(|(_, bytes)| bytes.len()));
    if let Some(found_bytes) = all.max().filter(|found| *found > limits.file_bytes) {
        return Err(ReadError::TooLarge { found_bytes, limit_bytes: limits.file_bytes });
    }
    if source.bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    let format = sniff(source).ok_or(ReadError::UnknownFormat)?;
    // Only some readers take a file as it streams by.
    if !matches!(format, FileFormat::Delimited | FileFormat::GeoJson | FileFormat::Json)
        && source.bytes.len() > limits.held_bytes
    {
        return Err(ReadError::TooLarge { found_bytes: source.bytes.len(), limit_bytes: limits.held_bytes });
    }
    match format {
        FileFormat::Delimited => delimited::read(source, limits, sink),
        FileFormat::Xlsx => xlsx::read(source, limits, sink),
        FileFormat::GeoJson | FileFormat::TopoJson | FileFormat::Json => json::read(source, limits, sink),
        FileFormat::Sqlite => geopackage::read(source, limits, sink),
        FileFormat::FlatGeobuf => flatgeobuf::read(source, limits, sink),
        FileFormat::Parquet => parquet::read(source, limits, sink),
        FileFormat::Xls => xls::read(source, limits, sink),
        FileFormat::Ods => ods::read(source, limits, sink),
        FileFormat::HtmlTable => html::read(source, limits, sink),
        FileFormat::XmlSpreadsheet => xml_spreadsheet::read(source, limits, sink),
        FileFormat::Shapefile => shapefile::read(source, limits, sink),
        FileFormat::Kml => kml::read(source, limits, sink),
        FileFormat::Kmz => bundle::read_kmz(source, limits, sink),
        FileFormat::Gml => gml::read(source, limits, sink),
        FileFormat::Gtfs => gtfs::read(source, limits, sink),
        FileFormat::Zip => bundle::read(source, limits, depth, sink),
        FileFormat::Gzip => bundle::read_gzip(source, limits, depth, sink),
        FileFormat::ShapefilePart => Err(ReadError::CompanionMissing { extension: "shp" }),
        FileFormat::EncryptedOffice => Err(ReadError::Encrypted),
        format => Err(ReadError::UnsupportedFormat { format }),
    }
}

/// The files of one source: the main file and those that belong to it (`.dbf`, `.prj`, `.cpg` of a Shapefile).
#[derive(Debug, Clone, Default)]
pub struct SourceFile {
    /// The name as published, folders left out. Text, never a path.
    pub name: String,
    /// Its bytes.
    pub bytes: FileBytes,
    /// Files of the same stem, by lower-case extension (`dbf`, `shx`, `prj`, `cpg`).
    pub companions: Vec<(String, FileBytes)>,
}

impl SourceFile {
    /// The companion with this extension.
    pub fn companion(&self, extension: &str) -> Option<&[u8]> {
        self.companions.iter().find(|(name, _)| name == extension).map(|(_, bytes)| &**bytes)
    }
}

/// The coordinate system of a table's geometry as the file states it.
#[derive(Debug, Clone, PartialEq)]
pub enum Crs {
    /// Longitude and latitude, JGD2000, JGD2011 or WGS84 (their difference is below the precision of the data).
    Geographic,
    /// Longitude and latitude on the old Tokyo Datum.
    GeographicTokyo,
    /// Plane-rectangular zone 1–19 (平面直角座標系), JGD2000/2011; x is east and y is north, metres, as files hold them.
    PlaneRectangular(u8),
    /// The same on the old Tokyo Datum.
    PlaneRectangularTokyo(u8),
    /// UTM zone 51–56 north (WGS84, JGD2000 or JGD2011), metres.
    Utm(u8),
    /// The same on the old Tokyo Datum.
    UtmTokyo(u8),
    /// Web mercator, metres.
    WebMercator,
    /// Not stated: nothing is placed until a person says which.
    Missing,
    /// Stated, but not one of the above; the text as found.
    Unknown(String),
}

/// A table begins.
#[derive(Debug, Clone)]
pub struct TableHead {
    /// Sheet, layer or inner file, where the file has several; `None` where the file is the table.
    pub name: Option<String>,
    /// The columns, where the format names them (DBF fields, GeoJSON properties); `None` where the header is among the
    /// rows (CSV, spreadsheets).
    pub columns: Option<Vec<String>>,
    /// Whether rows carry geometry, and in what coordinates.
    pub crs: Option<Crs>,
    /// How the text was encoded: `UTF-8`, `UTF-8 (BOM)`, `CP932`, `UTF-16LE`, `EUC-JP` …; empty where not text.
    pub encoding: String,
    /// The format: `CSV`, `XLSX`, `XLS`, `ODS`, `GeoJSON`, `Shapefile`, `GeoPackage` …
    pub format: &'static str,
}

/// One cell as found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// No cell, or an empty one.
    Empty,
    /// Text as found, blanks and width untouched.
    Text(&'a str),
    /// A value the format says is a number; its shortest text (`35.5`, `222127`).
    Number(&'a str),
    /// A date or time the format says is one, as ISO text (`2024-04-01`, `09:00:00`, `2024-04-01T09:00:00`).
    DateTime(&'a str),
    /// A truth value.
    Bool(bool),
}

impl<'a> Cell<'a> {
    /// The text of the cell; `""` where empty, `TRUE`/`FALSE` for truth values.
    pub fn text(self) -> &'a str {
        match self {
            Self::Empty => "",
            Self::Text(text) | Self::Number(text) | Self::DateTime(text) => text,
            Self::Bool(true) => "TRUE",
            Self::Bool(false) => "FALSE",
        }
    }
}

/// One row as found.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Its number as a person counts it, from 1: the record of a CSV (blank lines count), the row of a sheet, the
    /// feature of a layer.
    pub number: u64,
    /// Its cells. May be fewer or more than the header's.
    pub cells: &'a [Cell<'a>],
    /// Its geometry in the coordinates of [`TableHead::crs`], x before y, as found (not repaired).
    pub geometry: Option<&'a geo_types::Geometry<f64>>,
}

/// Takes what a reader finds, in order: a table, its rows, the next table. Findings come at any time.
pub trait RowSink {
    /// A table begins. `Break` stops the reader.
    fn table(&mut self, head: &TableHead) -> ControlFlow<()>;
    /// A row of the table that began last.
    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()>;
    /// A problem of the file's form (encoding, ragged rows, hidden sheets, broken features).
    fn finding(&mut self, finding: Finding);
    /// A row or feature that could not be read at all (a broken feature of a GeoJSON): it counts as read and refused.
    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()>;
}
