//! The address of a bound record: its parts from its whole and the other way round, and its position from it.

use crate::model::finding::FindingCode;
use crate::model::record::Value;
use crate::read::Row;

use super::address::{self, Cut, Head};
use super::bound::{Binder, Bound};
use super::from_address::{Placer, Written};
use super::locate::{Locator, SHIFTED, SHIFTED_LEVEL};
use super::plan::{AddressFields, Role};
use super::profile::TableProfile;
use super::value::Scalar;
use super::{code, text};

impl Binder {
    /// The same with its ways to positions that are not plain columns; `level_at` is the column that states how exact they are.
    pub(super) fn with_positions(mut self, locator: Locator, placer: Placer, level_at: Option<usize>) -> Self {
        (self.locator, self.placer, self.level_at) = (locator, placer, level_at);
        self
    }

    /// The same with the prefectures of the file's codes, as the first look at its columns counted them.
    pub(super) fn with_codes_of(mut self, profile: &TableProfile) -> Self {
        let is_code = |role: &Role| matches!(role, Role::Municipality { .. });
        let cells = self.roles.of.iter().zip(&self.sources).filter(|(role, _)| is_code(role));
        self.file_prefectures = cells
            .filter_map(|(_, source)| profile.columns.get(source.cell?))
            .fold(0, |all, column| all | column.prefectures);
        self
    }

    /// Whether a field of text or codes will hold nothing.
    pub(super) fn is_nothing(&self, row: &Row<'_>, at: usize) -> bool {
        let found = self.cell(row, at).text();
        let is_code = matches!(self.roles.of.get(at), Some(Role::Identifier { .. }));
        text::is_blank(found) || (is_code && code::identifier(found).value == Scalar::Null)
    }

    /// Puts extensions that stood beside telephone numbers into their own fields, which held nothing.
    pub(super) fn fill_extensions(&self, row: &Row<'_>, bound: &mut Bound) {
        for (at, digits) in std::mem::take(&mut bound.extensions) {
            keep_found(at, self.cell(row, at).text(), bound);
            if let Some(value) = bound.record.values.get_mut(at) {
                *value = Value::Text(digits);
            }
        }
    }

    /// The header of the joined address, or what stands for it.
    pub(super) fn address_header(&self) -> &str {
        self.roles
            .address
            .and_then(|fields| self.sources.get(fields.joined))
            .map_or("", |source| source.header.as_str())
    }

    /// A position from one cell for both, from metres, or shifted from the Tokyo Datum.
    pub(super) fn locate(&mut self, row: &Row<'_>, bound: &mut Bound) {
        let Some(located) = self.locator.locate(row, bound.position) else { return };
        // Metres under 緯度 and 経度 are no degrees outside of Japan.
        bound.findings.retain(|finding| finding.code != FindingCode::GeometryOutsideJapan);
        let fields = self.roles.latitude.zip(self.roles.longitude);
        if let Some((lat, lon)) = fields {
            for (at, degrees) in [(lat, located.place.lat_deg()), (lon, located.place.lon_deg())] {
                keep_found(at, self.cell(row, at).text(), bound);
                bound.record.values[at] = Value::Number(degrees);
            }
        }
        if located.is_shifted {
            if let Some(at) = self.level_at {
                bound.record.values[at] = Value::Text(SHIFTED_LEVEL.to_owned());
            }
            let datum = self.locator.datum();
            if let Some(at) = datum.and_then(|cell| self.sources.iter().position(|source| source.cell == Some(cell))) {
                keep_found(at, self.cell(row, at).text(), bound);
                bound.record.values[at] = Value::Text(SHIFTED.to_owned());
            }
        }
        bound.position = Some(located.place);
    }

    /// Completes the address of a record where its own words prove it, and gives a record without position that of its town.
    pub(super) fn complete_address(&mut self, bound: &mut Bound) {
        let Some(fields) = self.roles.address else { return };
        self.move_whole_address(fields, bound);
        let (joined, parts) = texts(fields, bound);
        if joined.is_empty() {
            if let Some(joined) = address::join(parts) {
                let row = bound.record.row;
                let finding =
                    self.finding(FindingCode::AddressJoined, row, fields.joined, "", "").repaired(joined.clone());
                let is_short = parts[0].is_empty();
                // The municipality may have been written with its prefecture.
                let is_proved = is_short && self.placer.head(&joined).is_some_and(|head| head.prefecture.is_some());
                bound.findings.push(finding);
                if is_short && !is_proved {
                    self.placer.note_short(row, &joined);
                }
                fill(fields.joined, joined, bound);
                if is_proved {
                    self.split(fields, bound);
                }
            }
        } else if parts.iter().any(|part| part.is_empty()) {
            self.split(fields, bound);
        }
        self.place_by_address(fields, bound);
    }

    /// Prefecture, municipality, town and what lies below it from the joined address: those that are missing.
    fn split(&mut self, fields: AddressFields, bound: &mut Bound) {
        let (joined, [prefecture, city, town, below]) = texts(fields, bound);
        let head = self.placer.head(joined);
        if prefecture.is_empty() && head.is_none_or(|head| head.prefecture.is_none()) {
            self.placer.note_short(bound.record.row, joined);
        }
        let mut made: Vec<(usize, String)> = Vec::new();
        let written = head.and_then(|head| head.prefecture);
        if let (true, Some(written)) = (prefecture.is_empty(), written) {
            made.push((fields.prefecture, written.to_owned()));
        }
        if let (true, Some(head)) = (city.is_empty(), head) {
            made.push((fields.city, head.city.to_owned()));
        }
        let rest = match head {
            Some(Head { rest, .. }) => rest,
            // Without municipality, in a record that names it elsewhere.
            None if !city.is_empty() => joined,
            None => "",
        };
        let mut proposal = None;
        if town.is_empty() && below.is_empty() && !rest.is_empty() {
            let city = head.map_or(city, |head| head.city);
            let known = self.placer.find(written.unwrap_or(prefecture), city, rest);
            match address::cut(rest, &known) {
                Cut::Proved(town, below) => {
                    made.push((fields.town, town.to_owned()));
                    if !below.is_empty() {
                        made.push((fields.below, below.to_owned()));
                    }
                }
                Cut::Proposed(town, below) => proposal = Some(format!("「{rest}」→ {town} / {below}")),
                Cut::Open => {}
            }
        }
        if let Some(proposal) = proposal {
            self.placer.note_cut(bound.record.row, proposal);
        }
        if made.is_empty() {
            return;
        }
        let repair: Vec<&str> = made.iter().map(|(_, text)| text.as_str()).collect();
        let finding = self
            .finding(FindingCode::AddressSplit, bound.record.row, fields.joined, joined, "")
            .repaired(repair.join(" / "));
        bound.findings.push(finding);
        for (at, text) in made {
            fill(at, text, bound);
        }
    }

    /// A whole address in 所在地_市区町村: it goes to the joined form where that is empty or says the same, and the municipality
    /// stays; where the record says something else too, the parts are only proposed.
    fn move_whole_address(&self, fields: AddressFields, bound: &mut Bound) {
        let (joined, [prefecture, city, town, below]) = texts(fields, bound);
        if city.len() < "一市一".len() {
            return;
        }
        let Some(head) = self.placer.head(city).filter(|head| !head.rest.is_empty()) else { return };
        // 横浜市 中区: a blank between city and ward is no address.
        let squeezed: String = city.chars().filter(|letter| !text::is_blank_char(*letter)).collect();
        if self.placer.head(&squeezed).is_some_and(|head| head.rest.is_empty()) {
            return;
        }
        let row = bound.record.row;
        let is_alone = joined.is_empty() && town.is_empty() && below.is_empty();
        let says_same = !joined.is_empty() && (joined.ends_with(city) || city.ends_with(joined));
        let (found, only) = (city.to_owned(), head.city.to_owned());
        let mut finding = self.finding(FindingCode::AddressInCity, row, fields.city, city, "");
        if !(is_alone || says_same) {
            let proposal = [head.prefecture.unwrap_or(""), head.city, head.rest].join(" / ");
            finding = finding.proposed(proposal.trim_start_matches([' ', '/']));
            bound.findings.push(finding);
            return;
        }
        let named = head.prefecture.filter(|_| prefecture.is_empty()).map(str::to_owned);
        bound.findings.push(finding.repaired(only.clone()));
        if is_alone {
            fill(fields.joined, found.clone(), bound);
        }
        if let Some(named) = named {
            fill(fields.prefecture, named, bound);
        }
        keep_found(fields.city, &found, bound);
        bound.record.values[fields.city] = Value::Text(only);
    }

    /// The point of the town, where the record has no position at all.
    fn place_by_address(&mut self, fields: AddressFields, bound: &mut Bound) {
        let (Some(level_at), Some(lat), Some(lon)) = (self.level_at, self.roles.latitude, self.roles.longitude) else {
            return;
        };
        let is_empty = |at: usize| bound.record.values.get(at) == Some(&Value::Null);
        if bound.position.is_some() || !is_empty(lat) || !is_empty(lon) {
            return;
        }
        let row = bound.record.row;
        let (joined, [prefecture, city, town, below]) = texts(fields, bound);
        let whole;
        let text = if joined.is_empty() {
            whole = format!("{town}{below}");
            &whole
        } else {
            joined
        };
        let Some((point, level)) = self.placer.place(row, Written { prefecture, city, text }) else { return };
        for (at, degrees) in [(lat, point.lat_deg()), (lon, point.lon_deg())] {
            keep_found(at, "", bound);
            bound.record.values[at] = Value::Number(degrees);
        }
        bound.record.values[level_at] = Value::Text(level.as_str().to_owned());
        bound.position = Some(point);
    }
}

/// Keeps the text as found beside the record, unless an earlier one is kept.
fn keep_found(at: usize, found: &str, bound: &mut Bound) {
    if !bound.record.found.iter().any(|(column, _)| *column == at) {
        bound.record.found.push((at, found.to_owned()));
    }
}

/// The joined address and its parts: prefecture, municipality, town, below the town; empty where there is none.
fn texts(fields: AddressFields, bound: &Bound) -> (&str, [&str; 4]) {
    let get = |at: usize| match bound.record.values.get(at) {
        Some(Value::Text(text)) => text.as_str(),
        _ => "",
    };
    (get(fields.joined), [fields.prefecture, fields.city, fields.town, fields.below].map(get))
}

/// Fills a field that was empty; that it was is kept as an empty text.
fn fill(at: usize, text: String, bound: &mut Bound) {
    keep_found(at, "", bound);
    bound.record.values[at] = Value::Text(text);
}
