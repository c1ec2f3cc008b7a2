//! The first look at a file: what every column holds, so that the types of schema-less tables are known before their
//! first record.

use std::ops::ControlFlow;

use crate::model::code::MunicipalityCode;
use crate::model::finding::Finding;
use crate::model::record::ColumnType;
use crate::read::{Cell, Row, RowSink, TableHead};
use crate::schema::Schemas;

use super::code::prefecture_bit;
use super::cut::{Beside, Cuts, Cutter};
use super::head::{Header, Opened};
use super::header_words::{is_city_header, is_code_header, is_day_header};
use super::held::HeldRow;
use super::places::Places;
use super::plan::is_municipality;
use super::{number, text};

/// Days of a spreadsheet that a table of a city may hold: 1954 to 2064.
const DAY_SERIALS: std::ops::Range<f64> = 20_000.0..60_000.0;

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
    zeros: u64,
    /// Prefectures (bit 1 … 47) of the six-digit municipality codes in it.
    pub(super) prefectures: u64,
    /// The six-digit municipality codes in it: the first, and whether there are others.
    codes: (Option<MunicipalityCode>, bool),
    /// Numbers that can be the days of a spreadsheet, and the first of them.
    serials: (u64, f64),
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
    /// Rows and features that will be records or refused with a reason.
    pub(super) contents: u64,
    /// The municipality whose code stands in every row.
    pub(super) city: Option<MunicipalityCode>,
    /// The column of such codes.
    city_column: Option<usize>,
    /// Some of its coordinates.
    pub places: Places,
    /// Columns whose type the sheet says, so that nobody asks what they hold. They are not looked at.
    known: Vec<bool>,
}

/// Gathers [`TableProfile`]s: a [`RowSink`] for the first of two readings.
#[derive(Debug, Clone)]
pub struct Profile {
    cutter: Cutter,
    seen: Seen,
}

#[derive(Debug, Clone, Default)]
struct Seen {
    tables: Vec<TableProfile>,
    header_width: usize,
    /// Whether a table states a system on the old datum.
    has_old_datum: bool,
}

impl Default for Profile {
    fn default() -> Self {
        Self::named("")
    }
}

impl ColumnProfile {
    const EMPTY: Self = Self {
        filled: 0,
        integers: 0,
        decimals: 0,
        dates: 0,
        links: 0,
        in_latitudes: 0,
        in_longitudes: 0,
        zeros: 0,
        prefectures: 0,
        codes: (None, false),
        serials: (0, 0.0),
    };

    fn see(&mut self, cell: Cell<'_>) {
        let found = cell.text();
        // An error of a spreadsheet is no value, and does not make its column text.
        if text::is_blank(found) || text::is_error_word(found) {
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
        if found.len() == 6
            && let Ok(code) = MunicipalityCode::parse(found)
        {
            self.prefectures |= prefecture_bit(code);
            let (first, has_others) = &mut self.codes;
            *has_others |= first.get_or_insert(code) != &code;
        }
        if let Some(value) = number::published_decimal(found) {
            self.decimals += 1;
            if DAY_SERIALS.contains(&value) {
                if self.serials.0 == 0 {
                    self.serials.1 = value;
                }
                self.serials.0 += 1;
            }
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
        self.zeros += u64::from(value == 0.0);
    }

    /// The first number of a column that holds the days of a spreadsheet as numbers: its header speaks of days, and nothing
    /// else stands in it.
    pub(super) fn serial(&self, header: &str) -> Option<f64> {
        (is_day_header(header) && self.filled > 0 && self.serials.0 == self.filled).then_some(self.serials.1)
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

impl Profile {
    /// For a file of unknown name.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a file whose name may say which sheet it is.
    pub fn named(file_name: &str) -> Self {
        Self { cutter: Cutter::new(file_name), seen: Seen::default() }
    }

    /// Whether a table states a system on the old Tokyo Datum, so that a grid of shifts is of use.
    pub fn has_old_datum(&self) -> bool {
        self.seen.has_old_datum
    }

    /// The statistics of all tables, in their order. The last one may still wait for its header or its last rows: a
    /// reader does not say that nothing more comes.
    pub fn tables(&self) -> Vec<TableProfile> {
        let mut all = self.clone();
        // Nobody here wants to stop.
        let _ = all.cut(|cutter, seen| cutter.end(seen));
        for table in &mut all.seen.tables {
            let column = table.city_column.and_then(|at| table.columns.get(at));
            table.city = column.and_then(|column| column.codes.0.filter(|_| !column.codes.1));
        }
        all.seen.tables
    }

    fn cut(&mut self, hand: impl FnOnce(&mut Cutter, &mut Seen) -> ControlFlow<()>) -> ControlFlow<()> {
        hand(&mut self.cutter, &mut self.seen)
    }
}

impl Cuts for Seen {
    fn open(&mut self, opened: Opened) -> ControlFlow<()> {
        self.tables.push(TableProfile {
            known: known_columns(&opened.header),
            city_column: opened.header.cells.iter().position(|name| is_city_header(name)),
            ..TableProfile::default()
        });
        self.header_width = opened.header.cells.len();
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        if let Some(table) = self.tables.last_mut() {
            table.see(row, self.header_width);
        }
        ControlFlow::Continue(())
    }

    fn beside(&mut self, _: &HeldRow, _: Beside) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn refused(&mut self, _: u64, _: Finding, _: Vec<String>) -> ControlFlow<()> {
        if let Some(table) = self.tables.last_mut() {
            table.contents += 1;
        }
        ControlFlow::Continue(())
    }

    fn finding(&mut self, _: Finding) {}

    fn end(&mut self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// The columns bound to fields, but for those of positions, of which is asked whether they hold one everywhere, and of
/// municipalities, whose prefectures settle doubtful codes.
fn known_columns(header: &Header) -> Vec<bool> {
    let Some(binding) = &header.binding else { return Vec::new() };
    let Some(sheet) = Schemas::bundled().sheet(&binding.sheet) else { return Vec::new() };
    let is_known = |field: &Option<usize>| {
        field.and_then(|field| sheet.fields.get(field)).is_some_and(|field| match field.kind {
            ColumnType::Latitude | ColumnType::Longitude => false,
            ColumnType::Code => !is_municipality(field),
            _ => true,
        })
    };
    binding.columns.iter().map(is_known).collect()
}

impl TableProfile {
    /// Whether some record may have no position in its cells of latitude and longitude: those are missing, not always filled,
    /// zero, or the file was not looked at beforehand.
    pub(super) fn lacks_positions(&self, cells: Option<(usize, usize)>) -> bool {
        let Some((lat, lon)) = cells else { return true };
        self.rows == 0
            || [lat, lon].iter().any(|at| {
                self.columns.get(*at).is_none_or(|column| {
                    let fitting = column.in_latitudes.max(column.in_longitudes);
                    column.filled < self.rows || column.zeros > 0 || (fitting > 0 && fitting < column.filled)
                })
            })
    }

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
            if self.known.get(at) == Some(&true) {
                any = any || !text::is_blank(cell.text());
                continue;
            }
            let before = column.filled;
            column.see(*cell);
            let filled = column.filled > before;
            any |= filled;
            if filled && at == header_width {
                self.wider_rows += 1;
            }
        }
        self.rows += u64::from(any);
        self.contents += u64::from(any || row.geometry.is_some());
    }
}

impl RowSink for Profile {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.seen.has_old_datum |= head.crs.as_ref().is_some_and(crate::read::Crs::is_tokyo);
        self.cut(|cutter, seen| cutter.table(head, seen))
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        self.cut(|cutter, seen| cutter.row(row, seen))
    }

    fn finding(&mut self, _: Finding) {}

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        self.cut(|cutter, seen| cutter.refused(row, reason, cells, seen))
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
