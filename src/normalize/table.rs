//! One table under way: its shape, and how its rows become records.

use std::sync::Arc;

use geo_types::Geometry;

use crate::model::code::MunicipalityCode;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::lonlat::{Bbox, LonLat};
use crate::model::name::Slug;
use crate::model::record::{Column, ColumnType, Record, SheetRef, TableShape, Value};
use crate::model::tile::TileSettings;
use crate::read::{Row, TableHead};
use crate::schema::{Binding, CURRENT, RECOMMENDED, Schemas, Sheet};

use super::bound::{Binder, Source};
use super::columns::{column_findings, government_finding};
use super::date;
use super::from_address::address_cells;
use super::gazetteer::{LEVEL_COLUMN, Towns};
use super::gsi::Shelters;
use super::head::Header;
use super::naming::{self, Names};
use super::plan::{Roles, is_same_header};
use super::position::position_columns;
use super::positions::{level_column, ways};
use super::profile::TableProfile;
use super::published::{AsPublished, NO_CELL};
use super::text;

/// The format whose tables are sheet 21 (標準的なバス情報フォーマット), whatever their columns.
const BUS_FORMAT: &str = "GTFS-JP";
const BUS_SHEET: &str = "21";

/// What shapes a table besides its own rows.
pub(super) struct Surroundings<'s> {
    pub(super) key: Slug,
    pub(super) title: String,
    pub(super) publisher: Option<MunicipalityCode>,
    pub(super) titles: &'s [(String, String)],
    pub(super) frame: Option<Bbox>,
    pub(super) profile: &'s TableProfile,
    pub(super) towns: Option<&'s Arc<Towns>>,
    /// Whether the workbook counts its days from 1904.
    pub(super) is_from_1904: bool,
}

/// How the rows of a table become records.
pub(super) struct Shaped {
    pub(super) shape: TableShape,
    /// Headers by column of the file, as found.
    pub(super) headers: Vec<String>,
    pub(super) way: Way,
    shelters: Option<Shelters>,
}

pub(super) enum Way {
    Bound(Box<Binder>),
    AsPublished(Box<AsPublished>),
}

/// What one row became.
pub(super) struct Made {
    pub(super) record: Record,
    pub(super) position: Option<LonLat>,
    pub(super) findings: Vec<Finding>,
}

impl Shaped {
    /// Shapes a table by its header.
    pub(super) fn new(
        head: &TableHead,
        header: &Header,
        around: &Surroundings<'_>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let width = width(header, around.profile);
        let mut headers = header.cells.clone();
        headers.resize(width, String::new());
        let sheet_name = head.name.clone();
        let place = || Place { sheet: sheet_name.clone(), ..Place::default() };
        if !header.is_found {
            findings.push(Finding::new(FindingCode::HeaderMissing, place(), "", ""));
            if header.binding.is_none() && !header.guess.names.is_empty() {
                let proposal = header.guess.proposal();
                findings.push(Finding::new(FindingCode::HeaderProposed, place(), "", "").proposed(proposal));
            }
        }
        let bound = header
            .binding
            .as_ref()
            .and_then(|binding| Schemas::bundled().sheet(&binding.sheet).map(|sheet| (binding, sheet)));
        if let Some((binding, sheet)) = bound {
            let edition = if binding.edition == RECOMMENDED { "旧様式" } else { "現行" };
            let found = format!("{} {}({edition})", sheet.number, sheet.title);
            let code = if header.is_found { FindingCode::SheetBound } else { FindingCode::SheetByOrder };
            findings.push(Finding::new(code, place(), &found, binding.reason.clone()));
            return Self::bound(head, headers, binding, sheet, around, findings);
        }
        if head.format == BUS_FORMAT
            && let Some(sheet) = Schemas::bundled().sheet(BUS_SHEET)
        {
            // The sheet has no columns of its own: it points to the format, and the format is what the file is.
            let found = format!("{} {}", sheet.number, sheet.title);
            findings.push(Finding::new(FindingCode::SheetBound, place(), &found, head.format));
            let mut shaped = Self::as_published(head, headers, header.is_found, around, findings);
            shaped.shape.sheet = Some(SheetRef { number: sheet.number.clone(), edition: CURRENT.to_owned() });
            return shaped;
        }
        findings.push(Finding::new(FindingCode::SheetUnknown, place(), "", ""));
        Self::as_published(head, headers, header.is_found, around, findings)
    }

    /// Says that the workbook counts its days from 1904.
    pub(super) fn count_from_1904(&mut self) {
        if let Way::Bound(binder) = &mut self.way {
            binder.is_from_1904 = true;
        }
    }

    fn bound(
        head: &TableHead,
        headers: Vec<String>,
        binding: &Binding,
        sheet: &'static Sheet,
        around: &Surroundings<'_>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let cell_of = |field: usize| binding.columns.iter().position(|bound| *bound == Some(field));
        let mut sources = Vec::with_capacity(headers.len().max(sheet.fields.len()));
        let mut columns = Vec::with_capacity(sources.capacity());
        for (at, field) in sheet.fields.iter().enumerate() {
            let cell = cell_of(at);
            let header = cell.and_then(|cell| headers.get(cell));
            columns.push(Column {
                name: field.name.clone(),
                title: title(header, around.titles).unwrap_or_else(|| field.name.clone()),
                kind: field.kind,
                found: header.cloned(),
                field: Some(field.to_note()),
            });
            sources.push(Source { cell, header: header.unwrap_or(&field.name).clone() });
        }
        let mut names = Names::with(sheet.fields.iter().map(|field| field.name.as_str()));
        let sheet_name = head.name.as_deref();
        for (cell, header) in headers.iter().enumerate() {
            if binding.columns.get(cell).copied().flatten().is_some()
                || leave_out(header, cell, around, sheet_name, findings)
            {
                continue;
            }
            let name = names.take(header, cell, sheet_name, findings);
            columns.push(Column {
                title: title(Some(header), around.titles).unwrap_or_else(|| name.clone()),
                kind: ColumnType::Text,
                found: Some(header.clone()),
                field: None,
                name: name.clone(),
            });
            let shown = if header.is_empty() { name } else { header.clone() };
            sources.push(Source { cell: Some(cell), header: shown });
        }
        let roles = Roles::new(sheet, &|field| cell_of(field).is_some());
        let cells = roles.latitude.and_then(cell_of).zip(roles.longitude.and_then(cell_of));
        let (locator, placer) = ways(head, &headers, cells, around);
        let has_address = roles
            .address
            .is_some_and(|all| [all.joined, all.city, all.town].iter().any(|at| sources[*at].cell.is_some()));
        let may_place = roles.latitude.is_some() && has_address && head.crs.is_none() && placer.is_useful();
        let level_at = sources.iter().position(|source| source.header == LEVEL_COLUMN).or_else(|| {
            let is_wanted = (may_place && around.profile.lacks_positions(cells)) || locator.may_shift();
            is_wanted.then(|| {
                columns.push(level_column());
                sources.push(Source { cell: None, header: LEVEL_COLUMN.to_owned() });
                sources.len() - 1
            })
        });
        let part = |name: &str| headers.iter().position(|header| is_same_header(header, name));
        let government = roles.government.filter(|field| sources[*field].cell.is_none());
        let government_parts = government.and_then(|_| part("都道府県名").zip(part("市区町村名")));
        let layout = sheet.recommended.as_ref().filter(|_| binding.edition == RECOMMENDED);
        findings.extend(column_findings(sheet, &sources, sheet_name, &|header| {
            layout.is_some_and(|layout| layout.columns.iter().any(|column| is_same_header(&column.name, header)))
        }));
        if let (Some(field), Some(_)) = (government, government_parts) {
            findings.push(government_finding(&sheet.fields[field], sheet_name));
        }
        let shape = TableShape {
            key: around.key.clone(),
            title: around.title.clone(),
            sheet: Some(SheetRef { number: sheet.number.clone(), edition: binding.edition.to_owned() }),
            columns,
            tiles: TileSettings::default(),
            is_titled: false,
        };
        let shelters = Shelters::new(sheet, &sources, &headers);
        let binder =
            Binder::new(sheet, roles, sources, head.name.clone(), around.publisher, around.frame, government_parts)
                .with_positions(locator, placer, level_at)
                .with_codes_of(around.profile);
        Self { shape, headers, way: Way::Bound(Box::new(binder)), shelters }
    }

    fn as_published(
        head: &TableHead,
        headers: Vec<String>,
        is_header_found: bool,
        around: &Surroundings<'_>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        let sheet_name = head.name.as_deref();
        let mut names = Names::with(std::iter::empty());
        let mut columns = Vec::with_capacity(headers.len());
        let mut cells = Vec::with_capacity(headers.len());
        let position = match head.crs {
            None => position_columns(&headers, around.profile, sheet_name, findings),
            Some(_) => None,
        };
        let mut unnamed = Vec::new();
        for (cell, header) in headers.iter().enumerate() {
            if leave_out(header, cell, around, sheet_name, findings) {
                continue;
            }
            // One finding says that there is no header at all; one per column would only repeat it.
            let said = if is_header_found { &mut *findings } else { &mut unnamed };
            let name = names.take(header, cell, sheet_name, said);
            let profile = around.profile.columns.get(cell);
            let found = profile.map_or(ColumnType::Text, |column| column.kind(header));
            let in_range = |latitude: bool| profile.is_some_and(|column| column.is_all_degrees(latitude));
            let kind = match position {
                Some((lat, _)) if lat == cell && (found == ColumnType::Number || in_range(true)) => {
                    ColumnType::Latitude
                }
                Some((_, lon)) if lon == cell && (found == ColumnType::Number || in_range(false)) => {
                    ColumnType::Longitude
                }
                _ => found,
            };
            if let Some(found) = profile.filter(|_| is_sheet(head)).and_then(|column| column.serial(header)) {
                findings.extend(serial_finding(header, found, around.is_from_1904, sheet_name));
            }
            columns.push(Column {
                title: title(Some(header), around.titles).unwrap_or_else(|| name.clone()),
                name,
                kind,
                found: Some(header.clone()),
                field: None,
            });
            cells.push((cell, kind));
        }
        let (locator, placer) = ways(head, &headers, position, around);
        let address = address_cells(&headers).filter(|_| head.crs.is_none() && placer.is_useful());
        let level_at = columns.iter().position(|column| column.name == LEVEL_COLUMN).or_else(|| {
            let may_place = address.is_some() && around.profile.lacks_positions(position);
            (may_place || locator.may_shift()).then(|| {
                columns.push(level_column());
                cells.push((NO_CELL, ColumnType::Text));
                columns.len() - 1
            })
        });
        let shape = TableShape {
            key: around.key.clone(),
            title: around.title.clone(),
            sheet: None,
            columns,
            tiles: TileSettings::default(),
            is_titled: false,
        };
        let way = Way::AsPublished(Box::new(AsPublished {
            columns: cells,
            position,
            sheet_name: head.name.clone(),
            frame: around.frame,
            locator,
            placer,
            address,
            level_at,
        }));
        Self { shape, headers, way, shelters: None }
    }

    /// By column of the shape: which cell of a row holds it.
    pub(super) fn cells(&self) -> Vec<Option<usize>> {
        match &self.way {
            Way::Bound(binder) => binder.sources.iter().map(|source| source.cell).collect(),
            Way::AsPublished(table) => {
                table.columns.iter().map(|(cell, _)| (*cell != NO_CELL).then_some(*cell)).collect()
            }
        }
    }

    /// The record of a row. Total.
    pub(super) fn make(&mut self, row: &Row<'_>) -> Made {
        match &mut self.way {
            Way::Bound(binder) => {
                let mut bound = binder.bind(row);
                if let Some(shelters) = &mut self.shelters {
                    shelters.complete(&mut bound.record);
                }
                Made { record: bound.record, position: bound.position, findings: bound.findings }
            }
            Way::AsPublished(table) => table.make(row, &self.headers),
        }
    }

    /// What was done with the rows of the Geospatial Information Authority, when all were made.
    pub(super) fn shelter_findings(&self, place: &Place) -> Vec<Finding> {
        self.shelters.as_ref().map(|shelters| shelters.findings(place)).unwrap_or_default()
    }

    /// Fills the standard's latitude and longitude, which the file has no columns for, from the position of a point.
    /// Whether that was done.
    pub(super) fn fill_position(&self, record: &mut Record) -> bool {
        let Way::Bound(binder) = &self.way else { return false };
        let (Some((lat, lon)), Some(Geometry::Point(point))) = (binder.absent_position(), &record.geometry) else {
            return false;
        };
        // Eight decimals of a degree are a millimetre: finer than any survey, coarser than the arithmetic.
        let rounded = |degrees: f64| Value::Number((degrees * 1e8).round() / 1e8);
        (record.values[lat], record.values[lon]) = (rounded(point.y()), rounded(point.x()));
        true
    }
}

/// Columns of the table: those of the header, and one more where most rows go on past it (an unnamed column).
fn width(header: &Header, profile: &TableProfile) -> usize {
    let named = header.cells.len();
    if !header.is_found || profile.wider_rows * 2 > profile.rows {
        // Trailing cells that are always empty are no columns.
        let last = profile.columns.iter().rposition(|column| column.filled > 0).map_or(0, |last| last + 1);
        return named.max(last);
    }
    named
}

/// Whether a column has neither header nor values (the commas at the end of every line).
fn leave_out(
    header: &str,
    cell: usize,
    around: &Surroundings<'_>,
    sheet_name: Option<&str>,
    findings: &mut Vec<Finding>,
) -> bool {
    let is_empty = naming::clean(header).is_empty()
        && around.profile.rows > 0
        && around.profile.columns.get(cell).is_none_or(|column| column.filled == 0);
    if is_empty {
        let place = Place { sheet: sheet_name.map(str::to_owned), ..Place::default() };
        findings.push(Finding::new(FindingCode::ColumnEmpty, place, &(cell + 1).to_string(), ""));
    }
    is_empty
}

/// The publisher's own display name of a column.
fn title(header: Option<&String>, titles: &[(String, String)]) -> Option<String> {
    let header = header?;
    let (_, title) = titles.iter().find(|(original, _)| is_same_header(original, header))?;
    let title = text::trim(title);
    (!title.is_empty()).then(|| title.to_owned())
}

/// Whether a table comes from a workbook, where a day without its format is a number.
fn is_sheet(head: &TableHead) -> bool {
    matches!(head.format, "XLSX" | "XLS" | "ODS" | "XML Spreadsheet")
}

/// Says that a column of days holds their numbers, with the first of them as a day.
fn serial_finding(header: &str, first: f64, is_from_1904: bool, sheet: Option<&str>) -> Option<Finding> {
    let day = date::day_of_serial(first, is_from_1904)?;
    let place = Place { sheet: sheet.map(str::to_owned), column: Some(header.to_owned()), ..Place::default() };
    Some(Finding::new(FindingCode::DateSerial, place, header, first.to_string()).proposed(day.to_string()))
}
