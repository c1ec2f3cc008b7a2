//! The first look at a file: what every column holds, so that the types of schema-less tables are known before their
//! first record.

use std::ops::ControlFlow;

use crate::model::finding::Finding;
use crate::model::record::ColumnType;
use crate::read::{Cell, Row, RowSink, TableHead};
use crate::schema::{Schemas, fold_header};

use super::head::{Opening, Pending};
use super::places::Places;
use super::{number, text};

/// Words in a header that make its numbers codes: every digit counts, sums make no sense.
const CODE_WORDS: &[&str] = &[
    "コード",
    "番号",
    "id",
    "code",
    "no",
    "no.",
    "電話",
    "tel",
    "fax",
    "郵便",
    "〒",
    "zip",
    "phone",
    "内線",
    "記号",
    "区分",
    "年度",
];

/// Columns looked at; a table with more has its further columns kept as text.
const MAX_COLUMNS: usize = 4096;

/// Statistics of one column.
#[derive(Debug, Clone)]
pub struct ColumnProfile {
    /// Cells that hold something visible.
    pub filled: u64,
    integers: u64,
    decimals: u64,
    dates: u64,
    links: u64,
    in_latitudes: u64,
    in_longitudes: u64,
}

/// Statistics of one table.
#[derive(Debug, Clone, Default)]
pub struct TableProfile {
    /// By column of the file.
    pub columns: Vec<ColumnProfile>,
    /// Rows with any content below the header.
    pub rows: u64,
    /// How many of them have content to the right of the header's last cell.
    pub wider_rows: u64,
    /// Some of its coordinates.
    pub places: Places,
}

/// Gathers [`TableProfile`]s: a [`RowSink`] for the first of two readings.
#[derive(Debug, Default)]
pub struct Profile {
    file_name: String,
    tables: Vec<TableProfile>,
    opening: Option<Opening>,
    header_width: usize,
    /// Whether a table states a system on the old datum.
    has_old_datum: bool,
}

impl ColumnProfile {
    const EMPTY: Self =
        Self { filled: 0, integers: 0, decimals: 0, dates: 0, links: 0, in_latitudes: 0, in_longitudes: 0 };

    fn see(&mut self, cell: Cell<'_>) {
        let found = cell.text();
        if text::is_blank(found) {
            return;
        }
        self.filled += 1;
        if let Cell::DateTime(_) = cell {
            self.dates += u64::from(found.len() == 10);
            return;
        }
        if found.starts_with("http") {
            self.links += u64::from(found.starts_with("https://") || found.starts_with("http://"));
            return;
        }
        if number::canonical_integer(found).is_some() {
            self.integers += 1;
        }
        if let Some(value) = number::published_decimal(found) {
            self.decimals += 1;
            self.see_degrees(value);
        } else if number::is_plain_decimal(found)
            && let Ok(value) = found.parse::<f64>()
        {
            // Trailing zeros keep a column text, but it can still hold positions.
            self.see_degrees(value);
        }
    }

    fn see_degrees(&mut self, value: f64) {
        self.in_latitudes += u64::from((20.0..=46.0).contains(&value));
        self.in_longitudes += u64::from((122.0..=154.0).contains(&value));
    }

    /// The type the values allow, where the header does not forbid it.
    pub fn kind(&self, header: &str) -> ColumnType {
        let all = |count: u64| self.filled > 0 && count == self.filled;
        if all(self.dates) {
            ColumnType::Date
        } else if all(self.links) {
            ColumnType::Url
        } else if is_code_header(header) {
            ColumnType::Text
        } else if all(self.integers) {
            ColumnType::Integer
        } else if all(self.decimals) {
            ColumnType::Number
        } else {
            ColumnType::Text
        }
    }

    /// Whether every value is a decimal number that can be a latitude (or longitude) in Japan.
    pub fn is_all_degrees(&self, latitude: bool) -> bool {
        self.filled > 0 && self.filled == if latitude { self.in_latitudes } else { self.in_longitudes }
    }

    /// Whether at least four fifths of the values could be latitudes (or longitudes) in Japan.
    pub fn is_plausible_degrees(&self, latitude: bool) -> bool {
        let fitting = if latitude { self.in_latitudes } else { self.in_longitudes };
        self.filled > 0 && fitting * 5 >= self.filled * 4
    }
}

fn is_code_header(header: &str) -> bool {
    let folded = fold_header(header).to_lowercase();
    CODE_WORDS.iter().any(|word| {
        if word.is_ascii() {
            // Short Latin words only as a whole or at an end: `no` must not be found in `north`.
            folded == *word
                || folded.strip_suffix(word).is_some_and(|head| !head.ends_with(|c: char| c.is_ascii_alphabetic()))
                || folded.strip_prefix(word).is_some_and(|tail| !tail.starts_with(|c: char| c.is_ascii_alphabetic()))
        } else {
            folded.contains(&fold_header(word))
        }
    })
}

impl Profile {
    /// For a file of unknown name.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a file whose name may say which sheet it is.
    pub fn named(file_name: &str) -> Self {
        Self { file_name: file_name.to_owned(), ..Self::default() }
    }

    /// Whether a table states a system on the old Tokyo Datum, so that a grid of shifts is of use.
    pub fn has_old_datum(&self) -> bool {
        self.has_old_datum
    }

    /// The statistics of the table at `index`; nothing is known of a table that never came. The last table may still be
    /// waiting for its header, if it is short; then it is counted here.
    pub fn table_at(&self, index: usize) -> TableProfile {
        if let Some(table) = self.tables.get(index) {
            let mut table = table.clone();
            if index + 1 == self.tables.len()
                && let Some(opening) = &self.opening
            {
                count_opening(opening, &self.file_name, &mut table);
            }
            return table;
        }
        TableProfile::default()
    }

    fn open(&mut self) {
        let Some(opening) = self.opening.take() else { return };
        if let Some(table) = self.tables.last_mut() {
            self.header_width = count_opening(&opening, &self.file_name, table);
        }
    }
}

/// Counts the rows held back; the width of the header comes back.
fn count_opening(opening: &Opening, file_name: &str, table: &mut TableProfile) -> usize {
    let header = opening.decide(Schemas::bundled(), file_name);
    let width = header.cells.len();
    let mut rows = 0;
    for pending in &opening.pending {
        if let Pending::Row(row) = pending {
            if rows >= header.above {
                row.replay(|row| table.see(row, width));
            }
            rows += 1;
        }
    }
    width
}

impl TableProfile {
    fn see(&mut self, row: &Row<'_>, header_width: usize) {
        if let Some(geometry) = row.geometry {
            self.places.see(geometry);
        }
        let cells = &row.cells[..row.cells.len().min(MAX_COLUMNS)];
        if self.columns.len() < cells.len() {
            self.columns.resize(cells.len(), ColumnProfile::EMPTY);
        }
        let mut any = false;
        for (at, (column, cell)) in self.columns.iter_mut().zip(cells).enumerate() {
            let before = column.filled;
            column.see(*cell);
            let filled = column.filled > before;
            any |= filled;
            if filled && at == header_width {
                self.wider_rows += 1;
            }
        }
        self.rows += u64::from(any);
    }
}

impl RowSink for Profile {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.open();
        self.has_old_datum |= head.crs.as_ref().is_some_and(crate::read::Crs::is_tokyo);
        self.tables.push(TableProfile::default());
        self.opening = Some(Opening::new(head));
        self.header_width = 0;
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        if let Some(opening) = &mut self.opening {
            if opening.push(row) {
                self.open();
            }
        } else if let Some(table) = self.tables.last_mut() {
            table.see(row, self.header_width);
        }
        ControlFlow::Continue(())
    }

    fn finding(&mut self, _: Finding) {}

    fn refused(&mut self, _: u64, _: Finding, _: Vec<String>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(header: &str, cells: &[&str]) -> ColumnType {
        let mut column = ColumnProfile::EMPTY;
        for cell in cells {
            column.see(Cell::Text(cell));
        }
        column.kind(header)
    }

    #[test]
    fn a_column_is_a_number_only_when_nothing_is_lost() {
        assert_eq!(kind("人口", &["12", "", "340"]), ColumnType::Integer);
        assert_eq!(kind("人口", &["12", "012"]), ColumnType::Text);
        assert_eq!(kind("人口", &["12", "-"]), ColumnType::Text);
        assert_eq!(kind("面積", &["1.5", "2"]), ColumnType::Number);
        assert_eq!(kind("面積", &["1.50", "2"]), ColumnType::Text);
        assert_eq!(kind("面積", &["9007199254740993"]), ColumnType::Text);
        assert_eq!(kind("備考", &["", ""]), ColumnType::Text);
        assert_eq!(kind("URL", &["https://www.example.jp/"]), ColumnType::Url);
    }

    #[test]
    fn codes_stay_text_whatever_their_digits() {
        for header in ["市区町村コード", "ID", "NO", "整理番号", "電話", "郵便番号", "管理ID", "No."]
        {
            assert_eq!(kind(header, &["222127", "222135"]), ColumnType::Text, "{header}");
        }
        for header in ["north", "人口", "note", "幅員"] {
            assert_eq!(kind(header, &["222127", "222135"]), ColumnType::Integer, "{header}");
        }
    }
}
