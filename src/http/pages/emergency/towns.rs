//! The towns (町字) of a municipality with a point each, for people who would rather choose than give a position.
//!
//! Taken from the gazetteer that is part of the program; where it does not know the municipality, from the addresses
//! and positions that the municipality itself publishes.

use std::collections::BTreeMap;

use super::super::label::{level_column, place_column, value_text};
use crate::model::catalogue::{Catalogue, Organization, Table};
use crate::model::lonlat::LonLat;
use crate::model::record::GeometryKind;
use crate::normalize::gazetteer::{LEVEL_COLUMN, Towns};
use crate::normalize::text::fold_width;
use crate::store::rows::RowQuery;
use crate::store::{Store, StoreError};

/// Most tables whose addresses are read, and records of each: the towns of a city are known after some hundreds.
const TABLES: usize = 24;
const RECORDS: u64 = 1_000;
/// Most letters of a town's name; what is longer is an address that was cut wrongly.
const NAME_CHARS: usize = 14;

/// A town.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Town {
    pub(super) name: String,
    pub(super) at: LonLat,
}

/// The towns of a municipality by name. Blocks.
pub(super) fn towns(
    store: &Store,
    catalogue: &Catalogue,
    organization: &Organization,
) -> Result<Vec<Town>, StoreError> {
    let known = Towns::bundled().of(&organization.prefecture, &organization.title);
    if !known.is_empty() {
        return Ok(known.into_iter().map(|(name, at)| Town { name, at }).collect());
    }
    let mut places: BTreeMap<String, Vec<LonLat>> = BTreeMap::new();
    let tables = catalogue
        .datasets()
        .iter()
        .filter(|dataset| dataset.organization.id == organization.id)
        .flat_map(|dataset| &dataset.tables)
        .filter(|table| table.geometry == Some(GeometryKind::Point))
        .filter_map(|table| Some((table, place_column(&table.shape)?)));
    for (table, column) in tables.take(TABLES) {
        gather(store, table, column, organization, &mut places)?;
    }
    let middle = |mut points: Vec<f64>| {
        points.sort_by(f64::total_cmp);
        points.get(points.len() / 2).copied()
    };
    let town = |(name, points): (String, Vec<LonLat>)| {
        let lon_deg = middle(points.iter().map(|point| point.lon_deg()).collect())?;
        let lat_deg = middle(points.iter().map(|point| point.lat_deg()).collect())?;
        Some(Town { name, at: LonLat::new(lon_deg, lat_deg)? })
    };
    Ok(places.into_iter().filter_map(town).collect())
}

fn gather(
    store: &Store,
    table: &Table,
    column: usize,
    organization: &Organization,
    places: &mut BTreeMap<String, Vec<LonLat>>,
) -> Result<(), StoreError> {
    let Some(place) = table.shape.columns.get(column) else { return Ok(()) };
    let mut columns = vec![place.name.clone()];
    columns.extend(level_column(&table.shape).map(|_| LEVEL_COLUMN.to_owned()));
    let page = store.rows(table, &RowQuery { columns, limit: RECORDS, geometry: true, ..RowQuery::default() })?;
    for row in page.rows {
        let text = |at: usize| row.values.get(at).map(value_text).unwrap_or_default();
        let Some(geo_types::Geometry::Point(point)) = row.geometry else { continue };
        // A position that was itself derived from an address says nothing new.
        if !text(1).is_empty() {
            continue;
        }
        if let Some(name) = town_of(&text(0), organization)
            && let Some(at) = LonLat::new(point.x(), point.y())
        {
            places.entry(name).or_default().push(at);
        }
    }
    Ok(())
}

/// The town of an address: what stands between the municipality and the first digit.
fn town_of(address: &str, organization: &Organization) -> Option<String> {
    let folded = fold_width(address);
    let rest = folded.trim().trim_start_matches(organization.prefecture.as_str());
    let rest = rest.strip_prefix(organization.title.as_str())?.trim_start();
    let name: String = rest.chars().take_while(|letter| !letter.is_ascii_digit() && !letter.is_whitespace()).collect();
    let name = name.trim_end_matches(['字', '-', '番']);
    let is_name = !name.is_empty()
        && name.chars().count() <= NAME_CHARS
        && rest.chars().count() > name.chars().count()
        && name.chars().all(char::is_alphanumeric);
    is_name.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::code::MunicipalityCode;
    use crate::model::id::OrganizationId;
    use crate::model::name::Slug;

    fn city(title: &str, prefecture: &str) -> Organization {
        let code = "222127";
        Organization {
            id: OrganizationId::mint(jiff::Timestamp::UNIX_EPOCH),
            code: MunicipalityCode::parse(code).expect("a code"),
            name: Slug::parse(code).expect("a name"),
            title: title.to_owned(),
            prefecture: prefecture.to_owned(),
            created: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_town_stands_between_the_city_and_the_first_digit() {
        let yaizu = city("焼津市", "静岡県");
        for (address, town) in [
            ("静岡県焼津市本町5-9-1", Some("本町")),
            ("焼津市小川新町２－１６２８", Some("小川新町")),
            ("焼津市西小川六丁目1番", Some("西小川六丁目")),
            ("焼津市鰯ケ島69-5", Some("鰯ケ島")),
            ("焼津市", None),
            ("焼津市本町", None),
            ("藤枝市岡出山1-11-1", None),
            ("焼津市本町(旧庁舎跡地)1", None),
            ("", None),
        ] {
            assert_eq!(town_of(address, &yaizu).as_deref(), town, "{address}");
        }
    }
}
