//! The decisions that need more than one column: names, lists of individuals, second addresses, homes, secret places.

use super::check::Check;
use super::column::{Cells, Column};
use super::decide::{Found, percent};
use super::rules::RULES;
use crate::model::finding::FindingCode;

/// What the columns are to each other.
pub(super) struct Table<'a> {
    check: &'a Check,
    names: Vec<Names<'a>>,
}

/// A column of names of persons.
struct Names<'a> {
    column: &'a Column,
    cells: &'a Cells,
    confidence_percent: u8,
    /// Whether the header says so, and not the cells alone.
    certain: bool,
}

impl<'a> Table<'a> {
    pub(super) fn of(check: &'a Check) -> Self {
        Self { check, names: check.columns.iter().filter_map(names).collect() }
    }

    /// The dates of birth of living persons in a column whose header speaks of them.
    pub(super) fn births(&self, column: &Column) -> Option<Cells> {
        if !column.header.birth {
            return None;
        }
        // Years beside counts of persons are those of a statistic by year of birth.
        let counts = self.names.is_empty()
            && self.any(|other| other.header.people && !other.header.birth && other.texts * 2 < other.filled);
        column.births.living(column.filled, counts)
    }

    /// Whether there are names of persons.
    pub(super) fn has_persons(&self) -> bool {
        !self.names.is_empty()
    }

    fn any(&self, is: impl Fn(&Column) -> bool) -> bool {
        self.check.columns.iter().any(|column| column.filled > 0 && is(column))
    }

    fn has_facility(&self) -> bool {
        self.any(|column| column.header.facility && !column.header.person)
    }

    fn has_positions(&self) -> bool {
        self.check.points > 0 || self.any(|column| column.header.position)
    }

    fn has_addresses(&self) -> bool {
        self.any(|column| column.header.address || is_of_addresses(column))
    }

    /// Whether rows are areas and columns count persons: no facilities, no places, an area or nothing but counts.
    pub(super) fn counts_persons_by_area(&self) -> bool {
        if self.has_facility() || self.any(|column| column.header.position) || self.check.points > 0 {
            return false;
        }
        let filled = self.check.columns.iter().filter(|column| column.filled > 0);
        let (mut counting, mut all) = (0_usize, 0_usize);
        for column in filled {
            all += 1;
            counting += usize::from(column.texts * 2 < column.filled);
        }
        self.any(|column| column.header.area) || counting * 2 >= all
    }

    /// What else of persons stands beside the names, in words of both languages. Of those in public office their homes,
    /// mobile numbers, mail and dates of birth are private, and no more.
    fn second_kinds(&self, of_office: bool) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        let mut add = |is: bool, word: &'static str| {
            if is {
                kinds.push(word);
            }
        };
        add(self.has_addresses(), "住所 address");
        let telephone = |column: &Column| column.mobiles.count > 0 || (column.header.telephone && !of_office);
        add(self.any(telephone), "電話 telephone");
        add(self.any(|column| column.mails.count > 0), "メール mail");
        add(self.any(|column| self.births(column).is_some()), "生年月日 birth");
        add(!of_office && self.any(|column| column.header.attribute), "属性 attributes");
        kinds
    }

    /// Whether names are those of persons in public office, or who stand for one.
    fn are_of_office(&self, names: &Names<'_>) -> bool {
        names.column.header.official
            || RULES.title_is("official", &self.check.titles)
            || self.any(|column| column.header.council)
    }
}

fn is_of_addresses(column: &Column) -> bool {
    column.addresses.count > 0 && percent(column.addresses.count, column.filled) >= RULES.threshold.address_percent
}

/// The names of a column, where it holds some.
fn names(column: &Column) -> Option<Names<'_>> {
    let (header, threshold) = (&column.header, &RULES.threshold);
    let full = column.full_names.count;
    let named = |cells, confidence_percent, certain| Some(Names { column, cells, confidence_percent, certain });
    if header.person
        && (full > 0 || percent(column.possible_names.count, column.filled) >= 30)
        && column.possible_names.count > 0
    {
        return named(&column.possible_names, 97, true);
    }
    let share = percent(full, column.filled);
    if header.person_or_body && (full >= 3 || (full > 0 && share >= 20)) {
        return named(&column.full_names, 92, true);
    }
    if header.kana
        && column.readings.count > 0
        && percent(column.readings.count, column.filled) >= threshold.name_percent
    {
        let certain = column.readings.count >= threshold.name_cells && header.speaks_of_persons();
        return named(&column.readings, 85, certain);
    }
    if header.area {
        return None;
    }
    let most = |cells: &Cells| {
        cells.count >= threshold.name_cells && percent(cells.count, column.filled) >= threshold.name_percent
    };
    let by_cells = [&column.full_names, &column.readings].into_iter().find(|cells| most(cells))?;
    // 60 % of the cells alike: as likely as not; all of them: hardly by chance.
    let share = u8::try_from(percent(by_cells.count, column.filled)).unwrap_or(100);
    named(by_cells, share - share / 6, false)
}

/// The findings of the table as a whole.
pub(super) fn table_findings(table: &Table<'_>, found: &mut Found<'_>) {
    let kinds = table.second_kinds(false);
    let kinds_of_office = table.second_kinds(true);
    for names in &table.names {
        let of_office = table.are_of_office(names);
        let code = if names.column.header.author && !table.any(|column| column.mobiles.count + column.mails.count > 0) {
            FindingCode::PersonalNamePossible
        } else if (names.certain && !of_office) || !(if of_office { &kinds_of_office } else { &kinds }).is_empty() {
            FindingCode::PersonalName
        } else {
            FindingCode::PersonalNamePossible
        };
        found.column(code, names.column, names.cells, names.confidence_percent);
    }
    contacts(table, found);
    let are_authors = table.names.iter().all(|names| names.column.header.author);
    let is_of_office = table.names.first().is_some_and(|names| table.are_of_office(names));
    // Whoever made a work is no member of a list of persons.
    if !are_authors && (!is_of_office || !kinds_of_office.is_empty()) {
        list(table, if is_of_office { &kinds_of_office } else { &kinds }, found);
    }
    addresses(table, found);
    homes(table, found);
    places(table, found);
}

/// Contacts in one cell: the name of a person beside a telephone number is for a person to decide; with an address it is
/// where somebody lives.
fn contacts(table: &Table<'_>, found: &mut Found<'_>) {
    for column in &table.check.columns {
        let (named, homes) = (&column.contacts, &column.contact_homes);
        // One name among hundreds of contacts is that of a clerk, or none.
        if named.count == 0 || named.count < 3 && percent(named.count, column.filled) < 20 {
            continue;
        }
        let is_office = column.header.official || RULES.title_is("official", &table.check.titles);
        let code = if is_office { FindingCode::PersonalNamePossible } else { FindingCode::PersonalName };
        found.column(code, column, named, 80);
        if homes.count > 0 && !is_office {
            found.column(FindingCode::PersonalAddress, column, homes, 75);
        }
    }
}

/// A list of individuals: names with more of the same persons, and no facilities that the names belong to.
fn list(table: &Table<'_>, kinds: &[&str], found: &mut Found<'_>) {
    let is_titled = RULES.title_is("list", &table.check.titles);
    let Some(names) = table.names.first() else { return };
    if !(is_titled || (!kinds.is_empty() && !table.has_facility())) {
        return;
    }
    let words = std::iter::once("氏名 name").chain(kinds.iter().copied()).collect::<Vec<_>>().join("、");
    let confidence = if is_titled { 95 } else { 85 };
    found.say(
        FindingCode::PersonalList,
        &names.column.header.found,
        &words,
        "",
        names.cells,
        names.column.filled,
        confidence,
    );
}

/// Addresses of persons beside those of facilities (the working sheet of 508 facilities with 761 people's homes).
fn addresses(table: &Table<'_>, found: &mut Found<'_>) {
    let mut first_seen = false;
    for column in &table.check.columns {
        let header = &column.header;
        if column.filled == 0 || !(header.address || is_of_addresses(column)) {
            continue;
        }
        let looks_so = is_of_addresses(column);
        let cells = if looks_so { column.addresses.clone() } else { Cells { count: column.filled, rows: Vec::new() } };
        let is_part = header.found.contains("所在地_");
        if header.home {
            found.column(FindingCode::PersonalAddress, column, &cells, if looks_so { 95 } else { 70 });
        } else if header.owner && table.names.iter().any(|names| names.certain) {
            found.column(FindingCode::PersonalAddress, column, &cells, 75);
        } else if first_seen && looks_so && !is_part && table.names.iter().any(|names| names.certain) {
            found.column(FindingCode::PersonalAddress, column, &cells, 60);
        }
        first_seen |= looks_so && !is_part;
    }
}

/// Attributes of persons with a position each, and no facility that the position could be of.
fn homes(table: &Table<'_>, found: &mut Found<'_>) {
    if !table.has_positions() || table.has_facility() || RULES.title_is("event", &table.check.titles) {
        return;
    }
    let attributes: Vec<&Column> = table
        .check
        .columns
        .iter()
        .filter(|column| column.filled > 0 && (column.header.attribute || table.births(column).is_some()))
        .collect();
    let Some(first) = attributes.first() else { return };
    let words: Vec<&str> = attributes.iter().map(|column| column.header.found.as_str()).collect();
    let cells = Cells { count: first.filled, rows: Vec::new() };
    found.say(FindingCode::PersonalHome, &first.header.found, &words.join("、"), "70%", &cells, first.filled, 70);
}

fn places(table: &Table<'_>, found: &mut Found<'_>) {
    let is_placed = table.has_positions() || table.has_addresses() || table.check.points > 0;
    let named = if is_placed { FindingCode::SensitivePlace } else { FindingCode::SensitiveWord };
    for column in &table.check.columns {
        let words = column.sensitive_words.join("、");
        for (code, cells) in [(named, &column.sensitive), (FindingCode::SensitiveWord, &column.sensitive_prose)] {
            if cells.count > 0 {
                found.say(code, &column.header.found, &cells.count.to_string(), &words, cells, column.filled, 70);
            }
        }
    }
}
