//! Looking at every layer for one place: areas that hold it, by their exact geometry, and the nearest of each list of
//! points. Bounded in tables, records and time; what was not looked at is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use geo::Intersects as _;
use geo_types::Point;
use serde_json::Value as Json;

use super::super::address;
use super::super::emergency::bearing::Way;
use super::super::label::{label, level, level_column, place_column, value_text};
use super::kind::Kind;
use crate::model::catalogue::{Catalogue, Dataset, Table};
use crate::model::lonlat::{Bbox, LonLat};
use crate::model::naming::{label_column, name_column};
use crate::model::record::{GeometryKind, TableShape};
use crate::store::rows::{FoundRow, RowQuery};
use crate::store::{Store, StoreError};

/// Most layers of areas, and of points, looked at for one place. A city has some hundred whose boxes hold it.
const AREA_TABLES: usize = 200;
const POINT_TABLES: usize = 80;
/// Most areas of one layer told: more than a few lie over each other in years of floods only.
const AREAS_OF_LAYER: usize = 5;
/// Areas of one layer whose boxes hold the place, and which are looked at: of a whole cadastre there are some tens.
const CANDIDATES: u64 = 500;
/// How far the nearest of a list may be away, metres: what can be walked to in half an hour.
const NEAR_M: f64 = 2_000.0;
/// Records compared for the nearest of a list: few lists of a city have more within two kilometres, none within 200 m.
const COMPARED: u64 = 2_000;
/// Most near things told: with the layers they fit a sheet.
const NEAR: usize = 12;
/// Most values told of an area, and letters of each.
const FACTS: usize = 4;
const FACT_CHARS: usize = 60;
/// Longest time for all of it; a layer takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(8);

/// The table something comes from.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) dataset: Arc<Dataset>,
    table: usize,
}

impl Origin {
    fn table(&self) -> Option<&Table> {
        self.dataset.tables.get(self.table)
    }

    /// The title of its layer.
    pub(super) fn title(&self) -> &str {
        self.table().and_then(|table| table.layer.as_ref()).map_or(self.dataset.title.as_str(), |layer| &layer.title)
    }

    /// The name of its layer.
    pub(super) fn layer(&self) -> &str {
        self.table().and_then(|table| table.layer.as_ref()).map_or("", |layer| layer.name.as_str())
    }

    fn record(&self, id: u64) -> String {
        let key = self.table().map_or("", |table| table.shape.key.as_str());
        address::feature(self.dataset.name.as_str(), key, id)
    }
}

/// An area that holds the place.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) origin: Origin,
    pub(super) kind: Kind,
    pub(super) label: String,
    pub(super) href: String,
    /// Names and values that tell something.
    pub(super) facts: Vec<(String, String)>,
}

/// The nearest record of a list.
#[derive(Debug)]
pub(super) struct Near {
    pub(super) origin: Origin,
    pub(super) name: String,
    pub(super) place: String,
    pub(super) href: String,
    pub(super) at: LonLat,
    pub(super) way: Way,
    pub(super) is_rough: bool,
}

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// By layer, in the order of datasets.
    pub(super) holds: Vec<Held>,
    /// The nearest first.
    pub(super) near: Vec<Near>,
    /// Layers looked at: those whose box holds the place or is near it.
    pub(super) looked: usize,
    /// Layers for which there was no time or place.
    pub(super) not_looked: usize,
}

impl Look {
    /// Looks. Blocks, for some seconds at most.
    ///
    /// # Errors
    /// Where a table cannot be read: a report that lacks a layer without saying so would be wrong.
    pub(super) fn at(store: &Store, catalogue: &Catalogue, at: LonLat) -> Result<Self, StoreError> {
        let begun = Instant::now();
        let mut look = Self::default();
        let around = grown(Bbox::of(at), NEAR_M);
        let (mut areas, mut points) = (Vec::new(), Vec::new());
        for dataset in catalogue.datasets() {
            for (index, table) in dataset.tables.iter().enumerate().filter(|(_, table)| table.layer.is_some()) {
                let Some(bbox) = table.bbox else { continue };
                let origin = || Origin { dataset: Arc::clone(dataset), table: index };
                match table.geometry {
                    Some(GeometryKind::Polygon | GeometryKind::Mixed) if bbox.contains(at) => areas.push(origin()),
                    Some(GeometryKind::Point) if bbox.intersects(&around) && name_column(&table.shape).is_some() => {
                        points.push(origin());
                    }
                    _ => {}
                }
            }
        }
        look.not_looked = areas.len().saturating_sub(AREA_TABLES) + points.len().saturating_sub(POINT_TABLES);
        areas.truncate(AREA_TABLES);
        points.truncate(POINT_TABLES);
        for origin in areas {
            if begun.elapsed() > PATIENCE {
                look.not_looked += 1;
                continue;
            }
            look.areas_of(store, &origin, at)?;
        }
        for origin in points {
            if begun.elapsed() > PATIENCE {
                look.not_looked += 1;
                continue;
            }
            look.nearest_of(store, &origin, at)?;
        }
        look.near.sort_by(|a, b| a.way.distance_m.total_cmp(&b.way.distance_m));
        look.near.truncate(NEAR);
        Ok(look)
    }

    fn areas_of(&mut self, store: &Store, origin: &Origin, at: LonLat) -> Result<(), StoreError> {
        let Some(table) = origin.table() else { return Ok(()) };
        self.looked += 1;
        let query = RowQuery { bbox: Some(Bbox::of(at)), limit: CANDIDATES, geometry: true, ..RowQuery::default() };
        let rows = store.rows(table, &query)?.rows;
        // A box holds more than its area: the geometry itself decides, its edge among it.
        let place = Point::new(at.lon_deg(), at.lat_deg());
        let holds = |row: &&FoundRow| row.geometry.as_ref().is_some_and(|geometry| geometry.intersects(&place));
        for row in rows.iter().filter(holds).take(AREAS_OF_LAYER) {
            let label_at = label_column(&table.shape);
            self.holds.push(Held {
                origin: origin.clone(),
                kind: Kind::of(&origin.dataset),
                label: label_at.map(|_| label(&row.values, label_at, row.id)).unwrap_or_default(),
                href: origin.record(row.id),
                facts: facts(&table.shape, &row.values, label_at),
            });
        }
        Ok(())
    }

    fn nearest_of(&mut self, store: &Store, origin: &Origin, at: LonLat) -> Result<(), StoreError> {
        let Some(table) = origin.table() else { return Ok(()) };
        self.looked += 1;
        let Some((row, to)) = nearest(store, table, at)? else { return Ok(()) };
        self.near.push(Near {
            name: label(&row.values, name_column(&table.shape), row.id),
            place: place_column(&table.shape).and_then(|at| row.values.get(at)).map(value_text).unwrap_or_default(),
            href: origin.record(row.id),
            way: Way::between(at, to),
            is_rough: !level(&row.values, level_column(&table.shape)).is_empty(),
            at: to,
            origin: origin.clone(),
        });
        Ok(())
    }
}

/// The nearest record of a table within reach, and where it is. Boxes are compared by the database, distances here: one
/// plain statement for a table, or two where more lie around than are compared.
fn nearest(store: &Store, table: &Table, from: LonLat) -> Result<Option<(FoundRow, LonLat)>, StoreError> {
    for radius_m in [NEAR_M, NEAR_M / 10.0] {
        let bbox = Some(grown(Bbox::of(from), radius_m));
        let rows = store.rows(table, &RowQuery { bbox, limit: COMPARED, geometry: true, ..RowQuery::default() })?.rows;
        let is_all = (rows.len() as u64) < COMPARED;
        let placed = rows.into_iter().filter_map(|row| {
            let point = row.geometry.as_ref().and_then(geo::InteriorPoint::interior_point)?;
            Some((row, LonLat::new(point.x(), point.y())?))
        });
        let found =
            placed.map(|(row, at)| (Way::between(from, at).distance_m, row, at)).min_by(|a, b| a.0.total_cmp(&b.0));
        if is_all || radius_m < NEAR_M {
            return Ok(found.filter(|(metres, ..)| *metres <= NEAR_M).map(|(_, row, at)| (row, at)));
        }
    }
    Ok(None)
}

/// A box, widened by so many metres.
fn grown(bbox: Bbox, by_m: f64) -> Bbox {
    let north = by_m / 110_500.0;
    let east = by_m / (111_300.0 * bbox.center().1.to_radians().cos().max(0.1));
    Bbox {
        west_deg: bbox.west_deg - east,
        south_deg: bbox.south_deg - north,
        east_deg: bbox.east_deg + east,
        north_deg: bbox.north_deg + north,
    }
}

/// The values that tell people something: no columns whose title is a name of some system (`SAFIELD001`, `fill`), for
/// people in Japan are told in Japanese.
fn facts(shape: &TableShape, values: &[Json], label_at: Option<usize>) -> Vec<(String, String)> {
    shape
        .columns
        .iter()
        .zip(values)
        .enumerate()
        .filter(|(index, (column, _))| Some(*index) != label_at && !column.title.is_ascii())
        .map(|(_, (column, value))| {
            (column.title.clone(), super::super::wording::excerpt(&value_text(value), FACT_CHARS))
        })
        .filter(|(_, value)| !value.is_empty())
        .take(FACTS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_grown_by_two_kilometres_reaches_as_far() {
        let at = LonLat::new(138.32, 34.86).expect("on the earth");
        let bbox = grown(Bbox::of(at), 2_000.0);
        let east = LonLat::new(bbox.east_deg, at.lat_deg()).expect("on the earth");
        let north = LonLat::new(at.lon_deg(), bbox.north_deg).expect("on the earth");
        for edge in [east, north] {
            let way = Way::between(at, edge);
            assert!((way.distance_m - 2_000.0).abs() < 20.0, "{way:?}");
        }
    }
}
