//! Tables as the standard wants them: columns with types, records with values.

use serde::{Deserialize, Serialize};

use super::finding::Finding;
use super::name::Slug;
use super::tile::TileSettings;

/// What the values of a column mean. Decides how they are normalized and how they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnType {
    /// Free text.
    Text,
    /// A code or identifier: text in which every digit counts, leading zeros kept.
    Code,
    /// A whole number.
    Integer,
    /// A decimal number.
    Number,
    /// A date, `YYYY-MM-DD`, `YYYY-MM` or `YYYY`, kept as text so that a partial date is not completed.
    Date,
    /// A time of day, `hh:mm`, to `24:00` and past it; kept as text.
    Time,
    /// Weekdays joined from Monday, `月火水木金`.
    Weekday,
    /// One of two or few words (有/無, 1/empty); the code list says which.
    Flag,
    /// Telephone numbers.
    Phone,
    /// Postal code, seven digits.
    Postal,
    /// A web address.
    Url,
    /// A mail address.
    Email,
    /// Full-width katakana.
    Kana,
    /// Degrees of latitude.
    Latitude,
    /// Degrees of longitude.
    Longitude,
}

/// How values are kept in DuckDB and Arrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Storage {
    /// VARCHAR, Utf8.
    Text,
    /// BIGINT, Int64.
    Integer,
    /// DOUBLE, Float64.
    Number,
}

impl ColumnType {
    /// The storage of this type.
    pub fn storage(self) -> Storage {
        match self {
            Self::Integer => Storage::Integer,
            Self::Number | Self::Latitude | Self::Longitude => Storage::Number,
            _ => Storage::Text,
        }
    }
}

/// One column of a published table: a line of its data dictionary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The name in every published file and in DuckDB: the standard's name, or that of the file.
    pub name: String,
    /// The name shown to people; the publisher's own display name where it gave one.
    pub title: String,
    /// What its values mean.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// The header as found in the file; `None` for a standard field that the file lacks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found: Option<String>,
    /// The standard's field, where the column is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<FieldNote>,
}

/// What the data dictionary says of a standard field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldNote {
    /// The mark of the sheet: `◎`, `○`, empty, `unknown`, `注n`.
    pub requirement: String,
    /// The format the sheet asks for.
    pub format: String,
    /// The English name, may be empty.
    pub english: String,
    /// The allowed words; empty where free.
    pub codes: Vec<String>,
    /// Whether the definition was seen in a source.
    pub verified: bool,
}

/// The kind of geometry of a table's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GeometryKind {
    /// Points and multi-points.
    Point,
    /// Lines and multi-lines.
    Line,
    /// Polygons and multi-polygons.
    Polygon,
    /// More than one of these.
    Mixed,
}

/// A standard sheet and its edition.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SheetRef {
    /// Two digits, `01`–`31`.
    pub number: String,
    /// The layout that was recognised: `current`, or `recommended` for the older 推奨データセット.
    pub edition: String,
}

/// The shape of one table: what its records will hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableShape {
    /// The name of the table inside its dataset.
    pub key: Slug,
    /// The title shown to people.
    pub title: String,
    /// The standard sheet the table was bound to; `None` for schema-less data.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sheet: Option<SheetRef>,
    /// The columns in order.
    pub columns: Vec<Column>,
    /// How its tileset is to be built, where the publisher says so.
    #[serde(skip_serializing_if = "TileSettings::is_default", default)]
    pub tiles: TileSettings,
    /// Whether the title was given by whoever sent the file, and does not follow from the dataset's.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_titled: bool,
}

/// One value of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Text, also of codes, dates and times.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A finite decimal number.
    Number(f64),
}

/// One record: a row as the standard wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The row of the file it came from (for features: the feature's number), from 1.
    pub row: u64,
    /// One value per column of the [`TableShape`], of the column's storage or null.
    pub values: Vec<Value>,
    /// Its geometry, longitude and latitude in degrees (JGD2011).
    pub geometry: Option<geo_types::Geometry<f64>>,
    /// Columns (by index) whose value was changed, with the text as found.
    pub found: Vec<(usize, String)>,
}

/// A row that became no record, with its reason: the other side of the conservation law
/// (rows read = records + rows refused).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RefusedRow {
    /// The row of the file, from 1.
    pub row: u64,
    /// Why.
    pub reason: Finding,
    /// The cells as found, so that nothing is lost.
    pub cells: Vec<String>,
}
