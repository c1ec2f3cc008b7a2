//! Rows of a bound table: the file's cells to the standard's fields.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use crate::model::code::MunicipalityCode;
use crate::model::finding::{Finding, FindingCode, Place, Repair};
use crate::model::lonlat::{Bbox, LonLat};
use crate::model::record::{Record, Value};
use crate::read::{Cell, Row};
use crate::schema::{Field, Municipalities, Sheet};

use super::bound_remarks::{Sentence, dash_lost, is_lost_number, may_lose_dashes, said, without_remark};
use super::code::CodeContext;
use super::from_address::Placer;
use super::locate::Locator;
use super::plan::{Role, Roles};
use super::value::{Normalized, Scalar};
use super::{clock_time, code, contact, coordinate, date, elevation, flag, kana, number, text, weekday};

/// Identifiers remembered for the search for duplicates: sixteen bytes each, 64 MB. A longer table has those that come
/// after unchecked.
const MAX_REMEMBERED_IDS: usize = 4_000_000;

/// A column that becomes a field of the standard, or stays one of the file's own.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// The cell of the row; `None` where the file lacks the column.
    pub(super) cell: Option<usize>,
    /// The header as found; the field's name where there is none.
    pub(super) header: String,
}

/// Makes records of the rows of one bound table.
pub(super) struct Binder {
    pub(super) sheet: &'static Sheet,
    pub(super) roles: Roles,
    /// One per column of the shape: the fields first, then the file's own columns.
    pub(super) sources: Vec<Source>,
    sheet_name: Option<String>,
    publisher: Option<MunicipalityCode>,
    frame: Option<Bbox>,
    /// 都道府県名 and 市区町村名 of the older layouts, where 地方公共団体名 has no column of its own.
    government_parts: Option<(usize, usize)>,
    ids: HashMap<u64, u64>,
    /// Positions from addresses.
    pub(super) placer: Placer,
    /// Positions from other columns than latitude and longitude.
    pub(super) locator: Locator,
    /// Prefectures of the file's own six-digit codes.
    pub(super) file_prefectures: u64,
    /// The column that states their level; `None` where none is taken.
    pub(super) level_at: Option<usize>,
    /// Whether the workbook counts its days from 1904.
    pub(super) is_from_1904: bool,
}

/// What one row became.
pub(super) struct Bound {
    pub(super) record: Record,
    pub(super) position: Option<LonLat>,
    pub(super) findings: Vec<Finding>,
    /// Extensions that stood beside telephone numbers, and their fields.
    pub(super) extensions: Vec<(usize, String)>,
}

impl Binder {
    pub(super) fn new(
        sheet: &'static Sheet,
        roles: Roles,
        sources: Vec<Source>,
        sheet_name: Option<String>,
        publisher: Option<MunicipalityCode>,
        frame: Option<Bbox>,
        government_parts: Option<(usize, usize)>,
    ) -> Self {
        let (ids, placer, locator) = (HashMap::new(), Placer::default(), Locator::default());
        let (level_at, file_prefectures) = (None, 0);
        Self {
            is_from_1904: false,
            sheet,
            roles,
            sources,
            sheet_name,
            publisher,
            frame,
            government_parts,
            ids,
            placer,
            locator,
            file_prefectures,
            level_at,
        }
    }

    /// The record of a row. Total.
    pub(super) fn bind(&mut self, row: &Row<'_>) -> Bound {
        let mut bound = Bound {
            record: Record {
                row: row.number,
                values: vec![Value::Null; self.sources.len()],
                geometry: None,
                found: Vec::new(),
            },
            position: None,
            findings: Vec::new(),
            extensions: Vec::new(),
        };
        let mut remarks: Vec<Sentence> = Vec::new();
        for at in 0..self.sources.len() {
            let Some(field) = self.sheet.fields.get(at) else {
                // The file's own columns: as published.
                let cell = self.cell(row, at);
                if !text::is_blank(cell.text()) {
                    bound.record.values[at] = Value::Text(cell.text().to_owned());
                }
                continue;
            };
            if self.sources[at].cell.is_none() {
                continue;
            }
            self.one(row, at, field, &mut bound, &mut remarks);
        }
        for sentence in remarks {
            self.add_remark(&sentence, &mut bound);
        }
        self.fill_extensions(row, &mut bound);
        self.place(row, &mut bound);
        if self.locator.is_needed() {
            self.locate(row, &mut bound);
        }
        self.join_government(row, &mut bound);
        self.complete_address(&mut bound);
        self.check_required(&mut bound);
        self.check_key(&mut bound);
        bound
    }

    pub(super) fn cell<'r>(&self, row: &Row<'r>, at: usize) -> Cell<'r> {
        self.sources[at].cell.and_then(|cell| row.cells.get(cell)).copied().unwrap_or(Cell::Empty)
    }

    /// One field that has a column.
    fn one(&self, row: &Row<'_>, at: usize, field: &Field, bound: &mut Bound, remarks: &mut Vec<Sentence>) {
        let cell = self.cell(row, at);
        let found = cell.text();
        if found.is_empty() && !matches!(self.roles.of[at], Role::TimeStart { .. }) {
            return;
        }
        if self.is_no_value(cell, at, field, bound) {
            return;
        }
        let typed = matches!(cell, Cell::Number(_));
        let normalized = match self.roles.of[at] {
            Role::Named { .. } => text::named(found),
            Role::Free => text::free(found),
            Role::Multi => text::multi(found),
            Role::Municipality { is_publisher } => self.municipality(found, is_publisher),
            Role::Identifier { .. } => code::identifier(found),
            Role::Corporate => code::corporate_number(found),
            Role::Town => code::town_id(found),
            Role::Poi => code::poi(found),
            // All whole numbers of the standard count things or people.
            Role::Integer => match number::integer(found) {
                Normalized { value: Scalar::Integer(..0), .. } => {
                    Normalized::dropped(FindingCode::NumberInvalid, "0以上の整数", Repair::None)
                }
                right => right,
            },
            Role::Number => number::number(found),
            Role::Elevation => elevation::value(found),
            Role::ElevationKind => elevation::kind(found, &field.codes),
            Role::Date if self.is_from_1904 => date::date_from_1904(found, typed),
            Role::Date => date::date(found, typed),
            Role::Time => clock_time::time(found, typed),
            Role::TimeStart { end, remarks: field } => {
                let partner = self.cell(row, end);
                let partner_typed = matches!(partner, Cell::Number(_));
                let (own, own_remark) = without_remark(found, field);
                let (other, other_remark) = without_remark(partner.text(), field);
                let (start, end_value) = clock_time::pair((own, typed), (other, partner_typed));
                remarks.extend(
                    [own_remark, other_remark]
                        .into_iter()
                        .flatten()
                        .map(|one| Sentence::told_by(FindingCode::TimeFolded, one)),
                );
                self.store(end, partner.text(), said(end_value, other, partner.text()), bound);
                said(start, own, found)
            }
            // Stored with their partners.
            Role::TimeEnd | Role::Latitude | Role::Longitude => return,
            Role::Weekday { remarks: field } => {
                let days = weekday::weekdays(found);
                match (days.remark, field) {
                    (Some(sentence), Some(field)) => {
                        remarks.push(Sentence::told_by(FindingCode::WeekdayFolded, (field, sentence)));
                    }
                    // Without a place for the exception, the days alone would say too much.
                    (Some(_), None) => {
                        let proposal = days.days.value.to_text().into_owned();
                        let kept = Normalized::proposed(FindingCode::WeekdayInvalid, found, proposal);
                        self.store(at, found, kept, bound);
                        return;
                    }
                    (None, _) => {}
                }
                days.days
            }
            Role::Flag => flag::flag(found, &field.codes),
            Role::CodeList => flag::code_list(found, &field.codes),
            Role::Phone { extension } => match (extension, contact::split_extension(found)) {
                (Some(field), Some((number, digits))) if self.is_nothing(row, field) => {
                    bound.extensions.push((field, digits));
                    said(contact::phone(number), number, found)
                }
                _ => match self.beside_phone(at, found) {
                    Some((number, sentence)) => {
                        remarks.push(sentence);
                        said(contact::phone(number), number, found)
                    }
                    None => contact::phone(found),
                },
            },
            Role::Postal => contact::postal(found),
            Role::Url => contact::url(found),
            Role::Email => contact::email(found),
            Role::Kana => kana::kana(found),
        };
        if may_lose_dashes(self.roles.of[at])
            && let Some(repair) = dash_lost(found)
        {
            let finding = self.finding(FindingCode::CharacterLost, bound.record.row, at, found, "");
            bound.findings.push(finding.proposed(repair));
        }
        let is_lost = is_lost_number(&normalized);
        self.store(at, found, normalized, bound);
        if is_lost {
            remarks.extend(self.note_number(at, found, bound));
        }
    }

    fn municipality<'a>(&self, found: &'a str, is_publisher_column: bool) -> Normalized<'a> {
        let list = Municipalities::bundled();
        code::municipality(
            found,
            &CodeContext {
                publisher: self.publisher,
                file_prefectures: self.file_prefectures,
                is_publisher_column,
                known: &|code| list.by_code(code).is_some(),
                by_name: &|name| list.by_name(None, name).map(|body| body.code),
            },
        )
    }

    /// Puts a value into the record, the text as found beside it where it differs, and the remarks among the findings.
    fn store(&self, at: usize, found: &str, normalized: Normalized<'_>, bound: &mut Bound) {
        for remark in normalized.remarks {
            let mut finding = self.finding(remark.code, bound.record.row, at, found, remark.expected);
            finding.repair = remark.repair;
            bound.findings.push(finding);
        }
        let differs = match &normalized.value {
            Scalar::Null => !text::is_blank(found),
            Scalar::Text(value) => value != found,
            Scalar::Integer(_) => number::canonical_integer(found).is_none(),
            Scalar::Number(_) => !number::is_plain_decimal(found),
        };
        if differs {
            bound.record.found.push((at, found.to_owned()));
        }
        bound.record.values[at] = normalized.value.into_value();
    }

    pub(super) fn finding(
        &self,
        code: FindingCode,
        row: u64,
        at: usize,
        found: &str,
        expected: impl Into<String>,
    ) -> Finding {
        let place = Place {
            sheet: self.sheet_name.clone(),
            row: Some(row),
            column: Some(self.sources[at].header.clone()),
            ..Place::default()
        };
        Finding::new(code, place, found, expected)
    }

    /// Reads latitude and longitude together.
    fn place(&self, row: &Row<'_>, bound: &mut Bound) {
        let bound_cell = |at: Option<usize>| at.filter(|at| self.sources[*at].cell.is_some());
        match (bound_cell(self.roles.latitude), bound_cell(self.roles.longitude)) {
            (Some(lat), Some(lon)) => {
                let (lat_found, lon_found) = (self.cell(row, lat).text(), self.cell(row, lon).text());
                let read = coordinate::position(lat_found, lon_found, self.frame);
                let swapped = read.latitude.remarks.iter().any(|remark| remark.code == FindingCode::CoordinateSwapped);
                let outside = read
                    .latitude
                    .remarks
                    .iter()
                    .chain(&read.longitude.remarks)
                    .any(|remark| remark.code == FindingCode::GeometryOutsideJapan);
                self.store(lat, lat_found, read.latitude, bound);
                self.store(lon, lon_found, read.longitude, bound);
                if swapped || outside {
                    let both = format!("{lat_found}, {lon_found}");
                    for finding in bound.findings.iter_mut().rev().take(2) {
                        if matches!(finding.code, FindingCode::CoordinateSwapped | FindingCode::GeometryOutsideJapan) {
                            finding.found.clone_from(&both);
                        }
                    }
                }
                if swapped {
                    // Both cells are plain numbers, so the exchange itself has to be kept.
                    for (at, found) in [(lat, lat_found), (lon, lon_found)] {
                        if !bound.record.found.iter().any(|(column, _)| *column == at) {
                            bound.record.found.push((at, found.to_owned()));
                        }
                    }
                }
                bound.position = read.position;
            }
            (Some(at), None) | (None, Some(at)) => {
                let found = self.cell(row, at).text();
                let is_latitude = Some(at) == self.roles.latitude;
                self.store(at, found, coordinate::single(found, is_latitude), bound);
            }
            (None, None) => {}
        }
    }

    /// The fields of latitude and longitude, where the file has a column for neither.
    pub(super) fn absent_position(&self) -> Option<(usize, usize)> {
        let absent = |at: Option<usize>| at.filter(|at| self.sources[*at].cell.is_none());
        absent(self.roles.latitude).zip(absent(self.roles.longitude))
    }

    /// 地方公共団体名 of 都道府県名 and 市区町村名, as the standard joins them.
    fn join_government(&self, row: &Row<'_>, bound: &mut Bound) {
        let (Some(at), Some((prefecture, city))) = (self.roles.government, self.government_parts) else { return };
        let part = |cell: usize| text::trim(row.cells.get(cell).map_or("", |cell| cell.text()));
        let (prefecture, city) = (part(prefecture), part(city));
        if prefecture.is_empty() || city.is_empty() {
            return;
        }
        bound.record.values[at] = Value::Text(format!("{prefecture}{city}"));
        bound.record.found.push((at, String::new()));
    }

    fn check_required(&self, bound: &mut Bound) {
        for (at, field) in self.sheet.fields.iter().enumerate() {
            // Where the code list has an empty word (災害種別: 1 or empty), an empty cell is an answer.
            let may_be_empty = field.codes.iter().any(String::is_empty);
            if field.is_required()
                && !may_be_empty
                && self.sources[at].cell.is_some()
                && bound.record.values[at] == Value::Null
            {
                // An unreadable value has been named already.
                let named =
                    bound.record.found.iter().any(|(column, found)| *column == at && !text::is_blank_word(found));
                if !named {
                    let finding = self.finding(FindingCode::ValueMissing, bound.record.row, at, "", field.name.clone());
                    bound.findings.push(finding);
                }
            }
        }
    }

    fn check_key(&mut self, bound: &mut Bound) {
        let Some(at) = self.roles.of.iter().position(|role| *role == Role::Identifier { is_key: true }) else { return };
        let Value::Text(id) = &bound.record.values[at] else { return };
        // The default hasher has fixed keys; two of four million ids agree by chance once in a million tables.
        let mut hasher = DefaultHasher::new();
        hasher.write(id.as_bytes());
        let hash = hasher.finish();
        if let Some(first) = self.ids.get(&hash) {
            let finding = self.finding(FindingCode::IdDuplicate, bound.record.row, at, id, first.to_string());
            bound.findings.push(finding);
        } else if self.ids.len() < MAX_REMEMBERED_IDS {
            self.ids.insert(hash, bound.record.row);
        }
    }
}
