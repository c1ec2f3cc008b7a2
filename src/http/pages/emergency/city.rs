//! The shelters of one municipality in memory, read when they are first asked for and kept until the catalogue changes.

use std::sync::Arc;

use bytes::Bytes;
use moka::future::Cache;

use super::area::{Area, List};
use super::file;
use super::shelter::{Kind, Shelter, read};
use super::towns::{Town, towns};
use crate::http::app::{App, Published};
use crate::http::problem::Problem;
use crate::model::catalogue::Catalogue;
use crate::model::lonlat::LonLat;
use crate::store::{Store, StoreError};

/// Memory for shelters: at some 400 bytes each, those of all Japan (110,000) and their files.
const KEPT_BYTES: u64 = 96 << 20;
/// How near a 指定緊急避難場所 must be to be the one that a 指定避難所 names, degrees: some 300 m.
const SAME_PLACE_DEG: f64 = 0.003;

/// The municipalities read so far.
#[derive(Debug)]
pub(in crate::http) struct Kept(Cache<String, Arc<City>>);

impl Default for Kept {
    fn default() -> Self {
        let weight = |_: &String, city: &Arc<City>| {
            u32::try_from(city.shelters.len() * 400 + city.file.len() + city.towns.len() * 64).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(KEPT_BYTES).weigher(weight).build())
    }
}

/// The shelters of a municipality.
#[derive(Debug)]
pub(super) struct City {
    /// Its lists; [`Shelter::source`] is an index into them.
    pub(super) lists: Vec<List>,
    pub(super) shelters: Vec<Shelter>,
    /// Records that were not read because a list is longer than any list should be.
    pub(super) left_out: u64,
    /// Its towns, for those who choose one.
    pub(super) towns: Vec<Town>,
    /// All of it for the browser, as it is sent.
    pub(super) file: Bytes,
}

/// The shelters of an area: read where they are not kept; equal questions at once are one.
///
/// # Errors
/// [`Problem::Busy`] where no place becomes free in time; [`Problem::Internal`] where they cannot be read.
pub(super) async fn city(app: &Arc<App>, published: &Arc<Published>, area: &Area) -> Result<Arc<City>, Problem> {
    // A withdrawn list is gone with the next catalogue, because the state is part of the name.
    let name = format!("{} {}", published.since, area.code());
    let make = async {
        let (app, catalogue, area) = (Arc::clone(app), Arc::clone(&published.catalogue), area.clone());
        let store = Arc::clone(&app.store);
        let made = app.at_length(move || City::read(&store, &catalogue, &area)).await?;
        made.map(Arc::new).map_err(|error| Problem::internal("reading shelters", &error))
    };
    let kept: Result<Arc<City>, Arc<Problem>> = app.shelters.0.try_get_with(name, make).await;
    kept.map_err(|problem| (*problem).clone())
}

impl City {
    /// Blocks.
    fn read(store: &Store, catalogue: &Catalogue, area: &Area) -> Result<Self, StoreError> {
        let (mut shelters, mut left_out) = (Vec::new(), 0);
        for (source, list) in area.lists.iter().enumerate() {
            let Some(table) = list.table() else { continue };
            let (found, total) = read(store, table, list.kind, source)?;
            left_out += total.saturating_sub(found.len() as u64);
            shelters.extend(found);
        }
        let shelters = without_doubles(shelters, &area.lists);
        let towns = towns(store, catalogue, &area.organization)?;
        let file = file::of(area, &shelters);
        Ok(Self { lists: area.lists.clone(), shelters, left_out, towns, file })
    }

    /// The kind of a shelter's list.
    pub(super) fn kind(&self, shelter: &Shelter) -> Kind {
        self.lists.get(shelter.source).map_or(Kind::Stay, |list| list.kind)
    }
}

/// Leaves a 指定避難所 out where the 指定緊急避難場所 at its address is on the list too: that record tells for which
/// hazards the place is safe, and the other would offer it as unknown.
fn without_doubles(shelters: Vec<Shelter>, lists: &[List]) -> Vec<Shelter> {
    let kind = |shelter: &Shelter| lists.get(shelter.source).map(|list| list.kind);
    let refuges: Vec<LonLat> = shelters
        .iter()
        .filter(|shelter| kind(shelter) == Some(Kind::Refuge))
        .filter_map(|shelter| shelter.at)
        .collect();
    let has_refuge = |at: LonLat| {
        refuges.iter().any(|refuge| {
            (refuge.lon_deg() - at.lon_deg()).abs() < SAME_PLACE_DEG
                && (refuge.lat_deg() - at.lat_deg()).abs() < SAME_PLACE_DEG
        })
    };
    let is_double = |shelter: &Shelter| {
        kind(shelter) == Some(Kind::Stay) && shelter.has_refuge && shelter.at.is_some_and(has_refuge)
    };
    shelters.into_iter().filter(|shelter| !is_double(shelter)).collect()
}
