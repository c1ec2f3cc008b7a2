//! The shelters in order: those marked for the hazard, and apart from them those of which nobody can tell.

use std::sync::Arc;

use super::area::Area;
use super::bearing::Way;
use super::city::{City, city};
use super::hazard::Hazard;
use super::shelter::{Fitness, Shelter};
use crate::http::app::{App, Published};
use crate::http::problem::Problem;
use crate::model::lonlat::LonLat;

/// How far over the border shelters of other municipalities are looked for, metres.
const OVER_BORDER_M: f64 = 5_000.0;
/// Most municipalities looked at for one answer.
const CITIES: usize = 6;

/// A shelter of one of the municipalities, with the way to it where it is known from where.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) city: Arc<City>,
    /// The area, as an index.
    pub(super) area: usize,
    /// The shelter, as an index.
    pub(super) shelter: usize,
    pub(super) way: Option<Way>,
}

impl Found {
    pub(super) fn shelter(&self) -> Option<&Shelter> {
        self.city.shelters.get(self.shelter)
    }
}

/// The shelters for a hazard.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Marked for it; the nearest first, or by address where it is not known from where.
    pub(super) fit: Vec<Found>,
    /// Not known whether they are; in the same order.
    pub(super) unknown: Vec<Found>,
    /// Marked for other hazards only.
    pub(super) unfit: usize,
    /// Marked for it, but without a position.
    pub(super) unplaced: Vec<Found>,
    /// Records that were not read.
    pub(super) left_out: u64,
}

/// Sorts the shelters of the chosen municipality and, where it is known from where, of those next to it.
///
/// # Errors
/// Those of [`city`].
pub(super) async fn sorted(
    app: &Arc<App>,
    published: &Arc<Published>,
    areas: &[Area],
    (chosen, hazard, from): (usize, Hazard, Option<LonLat>),
) -> Result<Sorted, Problem> {
    let mut wanted = vec![chosen];
    if let Some(from) = from {
        let mut others: Vec<(f64, usize)> = areas
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != chosen)
            .filter_map(|(index, area)| Some((area.gap_m(from).filter(|gap| *gap <= OVER_BORDER_M)?, index)))
            .collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        wanted.extend(others.into_iter().map(|(_, index)| index).take(CITIES - 1));
    }
    let mut sorted = Sorted::default();
    for area in wanted {
        let Some(own) = areas.get(area) else { continue };
        let city = city(app, published, own).await?;
        sorted.take(&city, area, hazard, from);
    }
    sorted.order();
    Ok(sorted)
}

impl Sorted {
    fn take(&mut self, city: &Arc<City>, area: usize, hazard: Hazard, from: Option<LonLat>) {
        self.left_out += city.left_out;
        for (index, shelter) in city.shelters.iter().enumerate() {
            let way = from.zip(shelter.at).map(|(from, at)| Way::between(from, at));
            let found = || Found { city: Arc::clone(city), area, shelter: index, way };
            match (shelter.fitness(hazard), shelter.at) {
                (Fitness::Fit, Some(_)) => self.fit.push(found()),
                (Fitness::Fit, None) => self.unplaced.push(found()),
                (Fitness::Unknown, _) => self.unknown.push(found()),
                (Fitness::Unfit, _) => self.unfit += 1,
            }
        }
    }

    fn order(&mut self) {
        for found in [&mut self.fit, &mut self.unknown, &mut self.unplaced] {
            found.sort_by(|a, b| {
                let length = |found: &Found| found.way.map_or(f64::MAX, |way| way.distance_m);
                let address = |found: &Found| {
                    found.shelter().map(|shelter| (shelter.place.clone(), shelter.name.clone(), shelter.id))
                };
                length(a).total_cmp(&length(b)).then_with(|| address(a).cmp(&address(b)))
            });
        }
    }
}
