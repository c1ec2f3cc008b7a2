//! Positions from addresses: where a record has an address and no position, the point of its town, with its level.

use std::sync::Arc;

use crate::model::code::MunicipalityCode;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::lonlat::LonLat;
use crate::schema::{Municipalities, MunicipalityKind, fold_header};

use super::address::{Gazetteer, Head};
use super::gazetteer::{Level, Lookup, Towns};
use super::text;

/// The source of the bundled towns, as its licence wants it named.
const SOURCE: &str = "Geolonia 住所データ(CC BY 4.0)";

/// Examples of each kind that a table's finding shows.
const EXAMPLES: usize = 3;

/// Headers of a table of no sheet that hold the address of the place itself; 申請者住所 and the like are others' homes.
pub(super) const ADDRESS_HEADERS: &[&str] = &[
    "住所",
    "所在地",
    "所在地_連結表記",
    "所在地_連結標記",
    "施設所在地",
    "施設住所",
    "所在地住所",
    "設置場所住所",
    "address",
];

/// The cells of the address and of the municipality in a table of no sheet, where one column only can be the place's own.
pub(super) fn address_cells(headers: &[String]) -> Option<(usize, Option<usize>)> {
    let folded: Vec<String> = headers.iter().map(|header| fold_header(header)).collect();
    let mut fitting = folded.iter().enumerate().filter(|(_, header)| {
        ADDRESS_HEADERS.iter().any(|name| *name == header.as_str() || fold_header(name) == **header)
    });
    let (at, _) = fitting.next()?;
    let is_only = fitting.next().is_none();
    let city = folded.iter().position(|header| {
        matches!(header.as_str(), "市区町村" | "市区町村名" | "市町村" | "市町村名" | "所在地_市区町村")
    });
    is_only.then_some((at, city))
}

/// The parts of a record's address that are known beside its text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written<'a> {
    pub(super) prefecture: &'a str,
    pub(super) city: &'a str,
    /// The joined address, or what follows the municipality.
    pub(super) text: &'a str,
}

/// Finds towns for one table, and remembers what it did.
#[derive(Debug, Clone, Default)]
pub(super) struct Placer {
    /// Of the settings; before the bundled ones.
    towns: Option<Arc<Towns>>,
    prefecture: Option<String>,
    /// The publisher's own name; `None` where it is a prefecture.
    city: Option<String>,
    placed: [u64; 4],
    placed_examples: Vec<String>,
    first_placed: Option<u64>,
    proposed: u64,
    proposed_examples: Vec<String>,
    first_proposed: Option<u64>,
    cuts: u64,
    cut_examples: Vec<String>,
    first_cut: Option<u64>,
    short: u64,
    short_example: String,
    first_short: Option<u64>,
}

impl Placer {
    pub(super) fn new(publisher: Option<MunicipalityCode>, towns: Option<Arc<Towns>>) -> Self {
        let body = publisher.and_then(|code| Municipalities::bundled().by_code(code));
        Self {
            towns,
            prefecture: body.map(|body| body.prefecture.clone()),
            city: body.filter(|body| body.kind != MunicipalityKind::Prefecture).map(|body| body.name.clone()),
            ..Self::default()
        }
    }

    /// Whether any town around the publisher is known; of an unknown publisher's nothing is known beforehand.
    pub(super) fn is_useful(&self) -> bool {
        let Some(prefecture) = self.prefecture.as_deref() else { return true };
        Towns::bundled().knows_prefecture(prefecture)
            || self.towns.as_deref().is_some_and(|towns| towns.knows_prefecture(prefecture))
    }

    /// The head of an address, names that several prefectures have settled by the publisher.
    pub(super) fn head<'a>(&self, address: &'a str) -> Option<Head<'a>> {
        Gazetteer::bundled().head_in(address, self.prefecture.as_deref())
    }

    /// What the gazetteers know of what follows the municipality.
    pub(super) fn find(&self, prefecture: &str, city: &str, rest: &str) -> Lookup<'_> {
        let prefecture = if prefecture.is_empty() {
            match Gazetteer::bundled().prefecture_of(city).or(self.prefecture.as_deref()) {
                Some(prefecture) => prefecture,
                None => return Lookup::Unknown,
            }
        } else {
            prefecture
        };
        let own = self.towns.as_deref().map_or(Lookup::Unknown, |towns| towns.find(prefecture, city, rest));
        if own == Lookup::Unknown { Towns::bundled().find(prefecture, city, rest) } else { own }
    }

    /// The point of the record's town. What cannot be decided is counted, for the finding of the table.
    pub(super) fn place(&mut self, row: u64, written: Written<'_>) -> Option<(LonLat, Level)> {
        let address = text::trim(written.text);
        if address.is_empty() {
            return None;
        }
        let head = self.head(address);
        let (prefecture, city, rest) = match head {
            Some(head) => (head.prefecture.unwrap_or(written.prefecture), head.city, head.rest),
            None if !written.city.is_empty() => (written.prefecture, written.city, address),
            // An address without municipality lies in that of the publisher, if a town of that name does.
            None => (written.prefecture, self.city.as_deref().unwrap_or(""), address),
        };
        let (prefecture, city, rest) = (prefecture.to_owned(), city.to_owned(), rest.to_owned());
        let answer = match self.find(&prefecture, &city, &rest) {
            Lookup::Found(hit) => Some((hit.name.to_owned(), hit.point, hit.level, true)),
            Lookup::Doubtful(hit) => Some((hit.name.to_owned(), hit.point, hit.level, false)),
            Lookup::Unknown => None,
        };
        match answer {
            Some((name, Some(point), level, true)) => {
                if let Some(count) = self.placed.get_mut(level as usize) {
                    *count += 1;
                }
                self.first_placed.get_or_insert(row);
                example(&mut self.placed_examples, row, address, &format!("{name}({})", level.as_str()), point);
                Some((point, level))
            }
            Some((name, Some(point), level, false)) => {
                self.propose(row, address, &format!("{name}({})", level.as_str()), point);
                None
            }
            _ => {
                // The municipality is all that is known: too rough to be put on a map, but a beginning for a person.
                let prefecture =
                    Some(prefecture.as_str()).filter(|name| !name.is_empty()).or(self.prefecture.as_deref());
                let office = Municipalities::bundled()
                    .by_name(prefecture, &city)
                    .and_then(|body| Some((body.name.clone(), LonLat::new(body.lon_deg, body.lat_deg)?)));
                if let Some((name, point)) = office {
                    self.propose(row, address, &format!("{name}({})", Level::Municipality.as_str()), point);
                }
                None
            }
        }
    }

    fn propose(&mut self, row: u64, address: &str, name: &str, point: LonLat) {
        self.proposed += 1;
        self.first_proposed.get_or_insert(row);
        example(&mut self.proposed_examples, row, address, name, point);
    }

    /// Counts an address whose town can only be guessed.
    pub(super) fn note_cut(&mut self, row: u64, proposal: String) {
        self.cuts += 1;
        self.first_cut.get_or_insert(row);
        if self.cut_examples.len() < EXAMPLES {
            self.cut_examples.push(proposal);
        }
    }

    /// Counts an address that names no prefecture or no municipality.
    pub(super) fn note_short(&mut self, row: u64, address: &str) {
        if self.short == 0 {
            address.clone_into(&mut self.short_example);
            self.first_short = Some(row);
        }
        self.short += 1;
    }

    /// What was done in this table: counts and examples.
    pub(super) fn findings(&self, sheet: Option<&str>, column: &str) -> Vec<Finding> {
        let mut findings = Vec::new();
        let place =
            |row| Place { sheet: sheet.map(str::to_owned), row, column: Some(column.to_owned()), ..Place::default() };
        let placed: u64 = self.placed.iter().sum();
        if placed > 0 {
            let levels = [Level::PartOfTown, Level::Block, Level::Town, Level::Municipality];
            let counts: Vec<String> = levels
                .iter()
                .zip(self.placed)
                .filter(|(_, count)| *count > 0)
                .map(|(level, count)| format!("{} {count}", level.as_str()))
                .collect();
            let found = format!("{placed}件: {}", counts.join("、"));
            // The settings' towns stand before the bundled ones, which may have helped out.
            let source =
                if self.towns.is_some() { "gazetteer_dir、Geolonia 住所データ(CC BY 4.0)" } else { SOURCE };
            let finding = Finding::new(FindingCode::PositionFromAddress, place(self.first_placed), &found, source);
            findings.push(finding.repaired(self.placed_examples.join(" / ")));
        }
        if self.proposed > 0 {
            let at = place(self.first_proposed);
            let finding = Finding::new(FindingCode::PositionProposed, at, &self.proposed.to_string(), "");
            findings.push(finding.proposed(self.proposed_examples.join(" / ")));
        }
        if self.cuts > 0 {
            let finding = Finding::new(FindingCode::AddressCut, place(self.first_cut), &self.cuts.to_string(), "");
            findings.push(finding.proposed(self.cut_examples.join("、")));
        }
        if self.short > 0 {
            let names = [self.prefecture.as_deref(), self.city.as_deref()].map(|name| name.unwrap_or("")).concat();
            let expected = if names.is_empty() { "都道府県名".to_owned() } else { format!("「{names}」") };
            let found = format!("{}件、例: {}", self.short, self.short_example);
            findings.push(Finding::new(FindingCode::AddressShort, place(self.first_short), &found, expected));
        }
        findings
    }
}

fn example(examples: &mut Vec<String>, row: u64, address: &str, name: &str, point: LonLat) {
    if examples.len() < EXAMPLES {
        let address: String = address.chars().take(40).collect();
        examples.push(format!("{row}行目「{address}」→ {name} {}, {}", point.lat_deg(), point.lon_deg()));
    }
}
