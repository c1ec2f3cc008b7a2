//! Tables of one dataset that belong together: a list that names its facilities by their ID (防災行政無線, 投票所 …), and the
//! table of the facilities (`132128_facility.csv`), which holds where they are.

use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::record::{Column, ColumnType, TableShape};
use crate::normalize::TableBegun;
use crate::schema::fold_header;
use crate::store::StoreError;
use crate::store::facility::FacilityJoin;
use crate::store::ingest::Ingest;

use super::frames::TableEnd;
use super::table::FileLine;

/// A table that was taken in.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// The file it was read from.
    pub file: String,
    /// The sheet or inner file it stands in, where the file has several.
    pub name: Option<String>,
    /// Its columns.
    pub shape: TableShape,
    /// How many of its records have a place.
    pub has_places: bool,
}

impl Taken {
    pub(super) fn new(file: &str, begun: &TableBegun, end: &TableEnd) -> Self {
        Self {
            file: file.to_owned(),
            name: begun.name.clone(),
            shape: begun.shape.clone(),
            has_places: end.bbox.is_some(),
        }
    }

    /// Whether its file or its sheet is named as the table of facilities.
    fn is_facilities(&self) -> bool {
        is_facility_name(&self.file) || self.name.as_deref().is_some_and(is_facility_name)
    }

    /// What a person calls it.
    fn shown(&self) -> String {
        match &self.name {
            Some(name) => format!("{} / {name}", self.file),
            None => self.file.clone(),
        }
    }
}

/// Columns that name a facility of another table.
const FACILITY_ID: &[&str] = &["施設_ID", "施設ID", "facility_id"];
/// Columns that name the facility in its own table.
const OWN_ID: &[&str] = &["施設_ID", "施設ID", "facility_id", "ID", "NO", "番号"];
const NAME: &[&str] = &["名称", "施設名", "施設名称", "施設_名称"];

/// What is filled in: each line the names under which tables carry one thing.
const PLACES: &[&[&str]] = &[
    &["所在地_連結表記", "所在地", "住所", "施設_所在地_連結表記"],
    &["所在地_都道府県", "都道府県"],
    &["所在地_市区町村", "市区町村"],
    &["所在地_町字", "町字"],
    &["所在地_番地以下", "番地以下"],
    &["建物名等(方書)", "方書"],
    &["町字ID"],
    &["郵便番号"],
];
/// How many of [`PLACES`] a list gets as new columns where it lacks them: the address in one.
const ADDED_PLACES: usize = 1;

/// Fills lists from the facilities of their dataset. What was filled and what could not be are findings of the list, also
/// in its line of the table of files; `lines` stand in the order of `tables`.
///
/// # Errors
/// Where the database fails.
pub(super) fn fill(ingest: &mut Ingest<'_>, tables: &[Taken], lines: &mut [FileLine]) -> Result<(), StoreError> {
    for (join, file) in joins(tables) {
        let joined = ingest.join_facilities(&join)?;
        let place = |column: &str| Place { column: Some(column.to_owned()), ..Place::default() };
        let mut findings: Vec<(Finding, u64)> = Vec::new();
        if joined.filled > 0 {
            let names: Vec<&str> = join.columns.iter().map(|(to, _)| to.as_str()).collect();
            let count = joined.filled.to_string();
            let finding = Finding::new(FindingCode::FacilityJoined, place(&join.list_key), &count, file.clone());
            findings.push((finding.repaired(names.join("、")), 1));
        }
        for (code, (keys, count)) in
            [(FindingCode::FacilityMissing, joined.missing), (FindingCode::FacilityDouble, joined.double)]
        {
            let unnamed = count.saturating_sub(keys.len() as u64);
            for (at, key) in keys.iter().enumerate() {
                let all = if at == 0 { 1 + unnamed } else { 1 };
                findings.push((Finding::new(code, place(&join.list_key), key, file.clone()), all));
            }
        }
        ingest.add_findings(join.list, &findings)?;
        if let Some(line) = usize::try_from(join.list).ok().and_then(|list| lines.get_mut(list)) {
            line.findings.extend(findings.iter().map(|(finding, count)| (finding.code.as_str().to_owned(), *count)));
        }
    }
    Ok(())
}

/// Which tables belong together, with the file of the facilities.
fn joins(tables: &[Taken]) -> Vec<(FacilityJoin, String)> {
    let mut joins = Vec::new();
    for (at, list) in tables.iter().enumerate() {
        if list.has_places || list.is_facilities() {
            continue;
        }
        // One table of facilities, or nobody can say which is meant.
        let mut candidates = tables.iter().enumerate().filter(|(other, _)| *other != at);
        let mut found = candidates.by_ref().filter_map(|(other, facility)| Some((other, keys(list, facility)?)));
        let (Some((other, (list_key, facility_key))), None) = (found.next(), found.next()) else { continue };
        let facility = &tables[other];
        if let Some(join) = join((at, list), (other, facility), list_key, facility_key) {
            joins.push((join, facility.shown()));
        }
    }
    joins
}

/// A column that the file has: the fields of a standard sheet are columns of its table even where the file lacks them.
fn key<'s>(shape: &'s TableShape, names: &[&str]) -> Option<&'s Column> {
    find(shape, names).filter(|column| column.found.is_some())
}

/// The columns by which a list and a table of facilities belong together: the ID, else the name where the file says that
/// it is the table of facilities.
fn keys(list: &Taken, facility: &Taken) -> Option<(String, String)> {
    if !facility.has_places {
        return None;
    }
    let is_named = facility.is_facilities();
    if let Some(id) = key(&list.shape, FACILITY_ID) {
        let own = if is_named { OWN_ID } else { FACILITY_ID };
        return key(&facility.shape, own).map(|own| (id.name.clone(), own.name.clone()));
    }
    let (own, other) = (key(&list.shape, NAME)?, key(&facility.shape, NAME)?);
    is_named.then(|| (own.name.clone(), other.name.clone()))
}

fn join(
    (at, list): (usize, &Taken),
    (other, facility): (usize, &Taken),
    list_key: String,
    facility_key: String,
) -> Option<FacilityJoin> {
    let mut shape = list.shape.clone();
    let (mut columns, mut added) = (Vec::new(), 0);
    let mut take = |own: Option<&Column>, from: &Column, shape: &mut TableShape, may_add: bool| match own {
        Some(own) if own.name != list_key => columns.push((own.name.clone(), from.name.clone())),
        None if may_add && !shape.columns.iter().any(|column| column.name.eq_ignore_ascii_case(&from.name)) => {
            let column = Column { found: None, field: None, ..from.clone() };
            columns.push((column.name.clone(), from.name.clone()));
            shape.columns.push(column);
            added += 1;
        }
        Some(_) | None => {}
    };
    for (rank, names) in PLACES.iter().enumerate() {
        if let Some(from) = find(&facility.shape, names) {
            take(find(&list.shape, names), from, &mut shape, rank < ADDED_PLACES);
        }
    }
    for kind in [ColumnType::Latitude, ColumnType::Longitude] {
        let of = |shape: &TableShape| shape.columns.iter().find(|column| column.kind == kind).cloned();
        if let Some(from) = of(&facility.shape) {
            take(of(&list.shape).as_ref(), &from, &mut shape, true);
        }
    }
    let (list, facility) = (i32::try_from(at).ok()?, i32::try_from(other).ok()?);
    (!columns.is_empty()).then_some(FacilityJoin { list, list_key, facility, facility_key, columns, shape, added })
}

/// The first column of one of these names, by its own name or by the header it had in the file.
fn find<'s>(shape: &'s TableShape, names: &[&str]) -> Option<&'s Column> {
    names.iter().find_map(|name| {
        let folded = fold_header(name);
        let is_it = |column: &&Column| {
            fold_header(&column.name) == folded
                || column.found.as_ref().is_some_and(|found| fold_header(found) == folded)
        };
        shape.columns.iter().find(is_it)
    })
}

/// `132128_facility.csv`. A `132128_public_facility.csv` is a list of its own (sheet 01).
fn is_facility_name(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_ascii_lowercase();
    let thing = stem.split_once('_').filter(|(code, _)| code.bytes().all(|byte| byte.is_ascii_digit()));
    let thing = thing.map_or(stem.as_str(), |(_, thing)| thing);
    thing == "facility" || thing == "施設"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::Slug;
    use crate::model::tile::TileSettings;

    fn table(file: &str, columns: &[(&str, ColumnType)], has_places: bool) -> Taken {
        let columns = columns
            .iter()
            .map(|(name, kind)| Column {
                name: (*name).to_owned(),
                title: (*name).to_owned(),
                kind: *kind,
                found: Some((*name).to_owned()),
                field: None,
            })
            .collect();
        let key = Slug::from_digest("t", file);
        Taken {
            file: file.to_owned(),
            name: None,
            shape: TableShape {
                key,
                title: file.to_owned(),
                sheet: None,
                columns,
                tiles: TileSettings::default(),
                is_titled: false,
            },
            has_places,
        }
    }

    const FACILITIES: &[(&str, ColumnType)] = &[
        ("ID", ColumnType::Text),
        ("名称", ColumnType::Text),
        ("所在地_連結表記", ColumnType::Text),
        ("緯度", ColumnType::Latitude),
        ("経度", ColumnType::Longitude),
    ];

    #[test]
    fn a_list_and_its_facilities_belong_together_by_id() {
        let list =
            table("132128_emergency_radio.csv", &[("施設_ID", ColumnType::Text), ("設備_ID", ColumnType::Text)], false);
        let facility = table("132128_facility.csv", FACILITIES, true);
        let found = joins(&[list, facility]);
        assert_eq!(found.len(), 1);
        let join = &found[0].0;
        assert_eq!((join.list_key.as_str(), join.facility_key.as_str(), join.added), ("施設_ID", "ID", 3));
        let names: Vec<&str> = join.shape.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["施設_ID", "設備_ID", "所在地_連結表記", "緯度", "経度"]);
    }

    #[test]
    fn tables_that_only_share_a_dataset_are_left_alone() {
        let list = table("a.csv", &[("名称", ColumnType::Text), ("料金", ColumnType::Text)], false);
        let other = table("b.csv", FACILITIES, true);
        assert!(joins(&[list.clone(), other.clone()]).is_empty(), "no file says that it holds facilities");
        let facility = table("132128_facility.csv", FACILITIES, true);
        assert_eq!(joins(&[list.clone(), facility.clone()]).len(), 1, "by name, beside a table of facilities");
        let public = table("132128_public_facility.csv", FACILITIES, true);
        assert!(joins(&[list.clone(), public]).is_empty(), "a sheet of its own");
        let sheet = Taken { name: Some("施設".to_owned()), ..table("台帳.xlsx", FACILITIES, true) };
        assert_eq!(joins(&[list.clone(), sheet]).len(), 1, "a sheet of a workbook is named so too");
        let second = table("facility.csv", FACILITIES, true);
        assert!(joins(&[list, facility, second]).is_empty(), "which of two is meant is not sure");
        assert!(joins(&[other]).is_empty());
    }
}
