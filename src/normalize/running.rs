//! One table while its rows come: what is counted, refused, placed and said.

use geo_types::{Geometry, Point};

use crate::model::finding::{Finding, FindingCode, Place, Severity};
use crate::model::lonlat::LonLat;
use crate::read::Row;
use crate::schema::Schemas;

use super::bounds::{self, Bounds};
use super::confidential::Apart;
use super::crs::Projector;
use super::cut::Beside;
use super::head::{Above, Header, Opened};
use super::held::HeldRow;
use super::lines::Lines;
use super::table::Shaped;
use super::{TableCounts, geometry, naming, text};

/// Most rows of a table whose fields stand below each other: the widest standard sheet has 118.
const MAX_VERTICAL: u64 = 120;

/// One table under way.
pub(super) struct Running {
    pub(super) shaped: Shaped,
    pub(super) sheet_name: Option<String>,
    pub(super) placement: Placement,
    /// The header as text, to recognise it among the data; empty where the format names the columns.
    pub(super) header: Vec<String>,
    pub(super) is_text: bool,
    /// Whether its header stands in a row, and is not named by the format.
    pub(super) is_text_or_sheet: bool,
    pub(super) check: Apart,
    pub(super) counts: TableCounts,
    pub(super) first_empty: Option<u64>,
    /// Rows that hold their number alone, and the first of them.
    pub(super) counted: (u64, Option<u64>),
    /// Rows of a form that nobody filled in, the first of them and what it holds.
    pub(super) prefilled: (u64, Option<(u64, String)>),
    /// How many of the first rows begin with the name of a field, how many of them hold a number right beside it, and how
    /// many rows there were.
    pub(super) named: (u64, u64, u64),
    /// The row that came last, where the reader leaves empty rows out; 0 where nobody asks.
    pub(super) last_row: u64,
    pub(super) positions: u64,
    /// Records whose latitude and longitude were taken from their geometry.
    pub(super) filled_positions: u64,
    pub(super) outside: u64,
    /// Lines, and how they close and what they are called.
    pub(super) lines: Lines,
}

/// Where positions come from.
pub(super) enum Placement {
    /// From the columns of the record, where it has them.
    Columns,
    /// From the rows' geometry.
    Geometry(Projector),
    /// Nowhere: the coordinate system is not known.
    Nowhere,
}

impl Running {
    fn place(&self, row: Option<u64>, column: Option<&str>) -> Place {
        Place { sheet: self.sheet_name.clone(), row, column: column.map(str::to_owned), ..Place::default() }
    }

    /// Why a row cannot be a record: it is the header again, or its cells cannot be told apart.
    pub(super) fn reason_to_refuse(&self, row: &Row<'_>) -> Option<Finding> {
        let width = self.shaped.headers.len();
        let is_past = row.cells.iter().skip(width).any(|cell| !text::is_blank(cell.text()));
        if is_past {
            let last = row.cells.iter().rposition(|cell| !text::is_blank(cell.text())).map_or(0, |last| last + 1);
            let place = self.place(Some(row.number), None);
            let mut finding = Finding::new(FindingCode::RowRagged, place, &last.to_string(), width.to_string());
            finding.severity = Severity::Error;
            return Some(finding);
        }
        let first = self.header.iter().position(|cell| !cell.is_empty())?;
        let same = |at: usize| row.cells.get(at).map_or("", |cell| text::trim(cell.text())) == self.header[at];
        let is_header = same(first) && (0..self.header.len()).all(same) && self.header.len() > 1;
        is_header.then(|| Finding::new(FindingCode::HeaderRepeated, self.place(Some(row.number), None), "", ""))
    }

    /// Counts the empty rows that the reader left out before this one.
    pub(super) fn see_gap(&mut self, row: u64) {
        if self.last_row == 0 {
            return;
        }
        let gap = row.saturating_sub(self.last_row).saturating_sub(1);
        if gap > 0 {
            self.counts.rows_empty = self.counts.rows_empty.saturating_add(gap);
            self.first_empty.get_or_insert(self.last_row + 1);
        }
        self.last_row = self.last_row.max(row);
    }

    /// Counts a row that is no record, and says what it is where that is said row by row.
    pub(super) fn put_beside(&mut self, row: &HeldRow, what: Beside) -> Option<Finding> {
        if self.last_row > 0 {
            self.last_row = self.last_row.max(row.number);
        }
        if what == Beside::Counted {
            self.counts.rows_empty += 1;
            self.counted.0 += 1;
            self.counted.1.get_or_insert(row.number);
            return None;
        }
        if what == Beside::Prefilled {
            self.counts.rows_empty += 1;
            self.prefilled.0 += 1;
            self.prefilled.1.get_or_insert_with(|| (row.number, row.shown()));
            return None;
        }
        self.counts.rows_below += u64::from(what != Beside::Header);
        self.check.see_beside(row.number, &row.shown());
        Some(self.beside_finding(row, what))
    }

    /// What there is to say of a row as a whole.
    pub(super) fn row_findings(&self, row: &Row<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        let width = self.shaped.headers.len();
        // Spreadsheets leave empty cells at the end out; in CSV a short row may have lost a column in the middle.
        if self.is_text && row.cells.len() < width {
            let place = self.place(Some(row.number), None);
            let found = row.cells.len().to_string();
            findings.push(Finding::new(FindingCode::RowRagged, place, &found, width.to_string()));
        }
        if let Some(word) = row.cells.iter().take(3).map(|cell| cell.text()).find(|cell| is_total(cell)) {
            findings.push(Finding::new(FindingCode::TotalRow, self.place(Some(row.number), None), word, ""));
        }
        findings
    }

    /// Looks at the first cell of one of the first rows: a table whose fields stand below each other is no longer than its
    /// fields are many.
    pub(super) fn see_first_cell(&mut self, row: &Row<'_>) {
        let (known, valued, seen) = &mut self.named;
        if !self.is_text_or_sheet || *seen > MAX_VERTICAL {
            return;
        }
        *seen += 1;
        let first = row.cells.first().map_or("", |cell| text::trim(cell.text()));
        let is_name = !first.is_empty() && Schemas::bundled().known_names(&[first.to_owned()]) > 0;
        *known += u64::from(is_name);
        // A list that explains the fields has words beside their names.
        let beside = row.cells.get(1).map_or("", |cell| cell.text());
        *valued += u64::from(is_name && beside.bytes().filter(u8::is_ascii_digit).count() > 2);
    }

    /// How many of the rows begin with the name of a field, where most do.
    fn is_vertical(&self) -> Option<String> {
        let (known, valued, seen) = self.named;
        let is_unknown = self.shaped.shape.sheet.is_none();
        (is_unknown && seen <= MAX_VERTICAL && known >= 3 && valued >= 2 && known * 10 >= seen * 6)
            .then(|| format!("{known}/{seen}"))
    }

    /// What there is to say of a row that is no record.
    fn beside_finding(&self, row: &HeldRow, what: Beside) -> Finding {
        let code = match what {
            Beside::Note | Beside::Counted | Beside::Prefilled => FindingCode::NoteRow,
            Beside::Title => FindingCode::TableContinued,
            Beside::Header => FindingCode::HeaderRepeated,
        };
        let found = if what == Beside::Header { String::new() } else { row.shown() };
        Finding::new(code, self.place(Some(row.number), None), &found, "")
    }

    /// Gives the record its geometry and checks where it lies.
    pub(super) fn put_geometry(
        &mut self,
        row: &Row<'_>,
        position: Option<LonLat>,
        geometry: &mut Option<Geometry<f64>>,
        bounds: Option<&Bounds>,
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        match &self.placement {
            Placement::Columns => {
                *geometry = position.map(|place| Point::new(place.lon_deg(), place.lat_deg()).into());
            }
            Placement::Geometry(projector) => {
                let placed = match row.geometry {
                    Some(found) => geometry::place(found, projector),
                    None => {
                        geometry::Placed { geometry: None, remarks: vec![(FindingCode::GeometryEmpty, String::new())] }
                    }
                };
                *geometry = placed.geometry;
                self.lines.see(geometry.as_ref(), row);
                for (code, found) in placed.remarks {
                    findings.push(Finding::new(code, self.place(Some(row.number), None), &found, ""));
                }
            }
            Placement::Nowhere => {}
        }
        if let (Some(bounds), Some(place)) = (bounds, geometry.as_ref().and_then(bounds::judged)) {
            self.positions += 1;
            if !bounds.contains(place) {
                self.outside += 1;
                let found = format!("{}, {}{}", place.x(), place.y(), bounds.basis().remark());
                let at = self.place(Some(row.number), None);
                findings.push(Finding::new(FindingCode::CoordinateOutside, at, &found, ""));
            }
        }
        findings
    }

    /// What is known only when all rows were seen.
    pub(super) fn closing_findings(&mut self) -> Vec<Finding> {
        let mut findings = self.shaped.shelter_findings(&self.place(None, None));
        if self.is_text_or_sheet && self.counts.rows_read == 0 {
            findings.push(Finding::new(FindingCode::TableEmpty, self.place(None, None), "", ""));
        }
        let (counted, first_counted) = self.counted;
        if counted > 0 {
            let place = self.place(first_counted, None);
            findings.push(Finding::new(FindingCode::RowCountedOnly, place, &counted.to_string(), ""));
        }
        let (prefilled, first_prefilled) = &self.prefilled;
        if let Some((row, held)) = first_prefilled {
            let place = self.place(Some(*row), None);
            findings.push(Finding::new(FindingCode::RowPrefilled, place, &prefilled.to_string(), held.as_str()));
        }
        if let Some(names) = self.is_vertical() {
            findings.push(Finding::new(FindingCode::TableVertical, self.place(None, None), &names, ""));
        }
        let told = counted + prefilled;
        if self.counts.rows_empty > told {
            let found = (self.counts.rows_empty - told).to_string();
            findings.push(Finding::new(FindingCode::RowEmpty, self.place(self.first_empty, None), &found, ""));
        }
        if self.filled_positions > 0 {
            let found = self.filled_positions.to_string();
            findings.push(Finding::new(FindingCode::CoordinateFromGeometry, self.place(None, None), &found, ""));
        }
        findings.extend(self.shaped.closing_findings(self.sheet_name.as_deref()));
        let names = self.shaped.headers.iter().map(String::as_str).chain([self.shaped.shape.title.as_str()]);
        if let Some(found) = self.lines.are_areas(names.chain(self.sheet_name.as_deref())) {
            findings.push(Finding::new(FindingCode::AreaAsLines, self.place(None, None), &found, ""));
        }
        findings.extend(self.check.findings());
        // Decided point (e): a file with more than a fifth outside is held; the pipeline acts on this finding.
        if self.outside * 5 > self.positions {
            let found = format!("{}/{}", self.outside, self.positions);
            findings.push(Finding::new(FindingCode::PositionsOutside, self.place(None, None), &found, ""));
        }
        findings
    }
}

pub(super) fn header_texts(header: &Header) -> Vec<String> {
    header.cells.iter().map(|cell| text::trim(cell).to_owned()).collect()
}

/// Counts and names the rows above the data.
pub(super) fn note_rows_above(opened: &Opened, running: &mut Running, findings: &mut Vec<Finding>) {
    for (what, row) in opened.above.iter().filter(|(_, row)| !row.is_blank()) {
        let code = match what {
            Above::Preamble => FindingCode::PreambleRow,
            Above::Remark | Above::HeaderRemark => FindingCode::HeaderRemark,
            Above::Header => continue,
        };
        running.check.see_beside(row.number, &row.shown());
        findings.push(Finding::new(code, running.place(Some(row.number), None), &row.shown(), ""));
    }
    let headers: Vec<u64> =
        opened.above.iter().filter(|(what, _)| what.is_header()).map(|(_, row)| row.number).collect();
    if let ([first, .., last], Some(joined)) =
        (headers.as_slice(), opened.header.cells.iter().find(|cell| cell.contains('_')))
    {
        let place = running.place(Some(*first), None);
        let found = format!("{first}-{last}");
        findings.push(Finding::new(FindingCode::HeaderJoined, place, &found, "").repaired(naming::clean(joined)));
    }
    // The rows above the first table are all rows to there, also those a spreadsheet leaves out.
    let count = u64::try_from(opened.above.len()).unwrap_or(u64::MAX);
    let last = opened.above.last().map_or(0, |(_, row)| row.number);
    running.counts.rows_above = if opened.is_further { count } else { last };
}

/// Whether one of the first cells says that the row is a sum of others.
pub(super) fn is_total_row(row: &Row<'_>) -> bool {
    row.cells.iter().take(3).any(|cell| is_total(cell.text()))
}

/// 合計, 小計 and the like, blanks inside ignored.
fn is_total(cell: &str) -> bool {
    if cell.len() < 3 || cell.len() > 24 {
        return false;
    }
    let cell: String = naming::clean(cell).chars().filter(|letter| !text::is_blank_char(*letter)).collect();
    matches!(
        cell.as_str(),
        "合計" | "小計" | "総計" | "計" | "総数" | "総合計" | "合計数" | "TOTAL" | "Total" | "total"
    )
}
