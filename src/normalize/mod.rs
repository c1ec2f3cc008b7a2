//! Row to record and findings. Total: every row becomes a record or a refused row with its reason, never an error.

pub mod address;
pub mod bounds;
pub mod clock_time;
pub mod code;
pub mod confidential;
pub mod contact;
mod context;
pub mod coordinate;
pub mod crs;
pub mod date;
pub mod elevation;
pub mod datum;
pub mod flag;
pub mod gazetteer;
pub mod geometry;
pub mod kana;
pub mod number;
pub mod text;
pub mod value;
pub mod weekday;

mod aside;
mod bound;
mod bound_address;
mod bound_remarks;
mod columns;
mod counter;
mod cut;
mod degrees;
mod engine;
mod fit;
mod from_address;
mod garbled;
mod gsi;
mod guess;
mod head;
mod header_words;
mod held;
mod lines;
mod locate;
mod naming;
mod note;
mod placement;
mod places;
mod plan;
mod position;
mod positions;
mod prefilled;
mod profile;
mod published;
mod running;
mod table;
mod vertical;

pub use context::NormalizeContext;
pub use engine::Normalizer;
pub use profile::{ColumnProfile, Profile, TableProfile};
pub use vertical::Turning;

use std::ops::ControlFlow;

use crate::model::finding::Finding;
use crate::model::record::{Record, RefusedRow, TableShape};

/// Takes what normalizing yields, in order: a table's shape, its records and refused rows, the next table.
pub trait RecordSink {
    /// A table begins.
    fn table(&mut self, begun: TableBegun) -> ControlFlow<()>;
    /// A record of that table.
    fn record(&mut self, record: Record) -> ControlFlow<()>;
    /// A row that became no record.
    fn refused(&mut self, row: RefusedRow) -> ControlFlow<()>;
    /// A finding of that table, or of the file where no table has begun.
    fn finding(&mut self, finding: Finding);
    /// The table is complete.
    fn end(&mut self, counts: TableCounts) -> ControlFlow<()>;
}

/// Rows of one table: `rows_read = records + refused`. Every row of the file is read (`rows_read`), or stands above
/// (`rows_above`) or below the data (`rows_below`), or holds nothing (`rows_empty`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TableCounts {
    /// Data rows with any content.
    pub rows_read: u64,
    /// Records made of them.
    pub records: u64,
    /// Rows that became no record.
    pub refused: u64,
    /// Header and preamble rows.
    pub rows_above: u64,
    /// Rows without any content; neither read nor refused.
    pub rows_empty: u64,
    /// Rows among and below the data that are no data: remarks, sources, titles under which the table goes on. Each is
    /// kept as a finding.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub rows_below: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What is known of a table when its first record comes.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct TableBegun {
    /// Its columns and title.
    pub shape: TableShape,
    /// The encoding as found; empty where not text.
    pub encoding: String,
    /// The format as read: `CSV`, `XLSX`, `GeoJSON`, `Shapefile`.
    pub format: String,
    /// Rows above the data that are no data: preamble and header (not counted as read).
    pub rows_above: u64,
    /// The sheet, layer or inner file it stands in, where the file has several.
    #[serde(default)]
    pub name: Option<String>,
    /// By column of the shape: which cell of a row holds it, from 0; `None` where the file lacks the column.
    #[serde(default)]
    pub cells: Vec<Option<usize>>,
}
