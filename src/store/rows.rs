//! Reading rows of one published table: the questions `http` may ask, and their answers.

use serde_json::Value as Json;

use crate::model::lonlat::Bbox;

/// A question for rows of one table. Column names must be those of the table (checked again by the store).
#[derive(Debug, Clone, Default)]
pub struct RowQuery {
    /// Columns wanted, in order; empty = all of the shape.
    pub columns: Vec<String>,
    /// Column equals one of the values (compared as text); all must hold.
    pub equals: Vec<(String, Vec<String>)>,
    /// Text that must occur in any text column, after folding width and case.
    pub contains: Option<String>,
    /// Records whose box touches this one.
    pub bbox: Option<Bbox>,
    /// Order: column and whether descending; then `_id`.
    pub sort: Vec<(String, bool)>,
    /// Most rows wanted.
    pub limit: u64,
    /// Rows passed over first.
    pub offset: u64,
    /// Whether the total is wanted.
    pub total: bool,
    /// Whether geometries are wanted.
    pub geometry: bool,
}

/// The answer.
#[derive(Debug, Clone, Default)]
pub struct RowPage {
    /// The columns of each row.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<FoundRow>,
    /// Rows that match without limit and offset, where asked for.
    pub total: Option<u64>,
}

/// One row of an answer.
#[derive(Debug, Clone)]
pub struct FoundRow {
    /// `_id`: its place in the release's order, from 1.
    pub id: u64,
    /// One JSON value per column: null, string or number.
    pub values: Vec<Json>,
    /// Its geometry in degrees, where asked for and present.
    pub geometry: Option<geo_types::Geometry<f64>>,
}
