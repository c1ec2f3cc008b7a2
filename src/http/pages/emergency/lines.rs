//! What the page says of each shelter.

use super::super::address;
use super::area::Area;
use super::hazard::Hazard;
use super::nearest::Found;
use super::shelter::Kind;
use crate::http::words::{say, tell};

/// A shelter in a list.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    /// The page of its record.
    pub(super) href: String,
    /// Length, direction, and the angle of the arrow; `None` where it is not known from where.
    pub(super) way: Option<(String, String, String)>,
    pub(super) place: String,
    /// Elevation, floors, capacity, other hazards, kind: as far as the record tells.
    pub(super) facts: Vec<String>,
    pub(super) remarks: String,
}

impl Line {
    /// `hazard` is the one asked for: the others it is marked for are told.
    pub(super) fn of(found: &Found, areas: &[Area], chosen: usize, hazard: Hazard) -> Option<Self> {
        let shelter = found.shelter()?;
        let list = found.city.lists.get(shelter.source)?;
        let key = list.table()?.shape.key.as_str();
        let mut facts = Vec::new();
        if let Some(area) = areas.get(found.area).filter(|_| found.area != chosen) {
            facts.push(tell("emergency-other-city", &[("city", &area.organization.title)]).into_owned());
        }
        if found.city.kind(shelter) == Kind::Stay {
            facts.push(say("emergency-stay").into_owned());
        }
        if shelter.is_rough {
            facts.push(say("emergency-rough").into_owned());
        }
        if let Some(elevation) = shelter.elevation_m {
            facts.push(tell("emergency-elevation", &[("number", &elevation.to_string())]).into_owned());
        }
        if !shelter.floors.is_empty() {
            facts.push(tell("emergency-floors", &[("text", &shelter.floors)]).into_owned());
        }
        if !shelter.capacity.is_empty() {
            facts.push(tell("emergency-capacity", &[("text", &shelter.capacity)]).into_owned());
        }
        let others: Vec<_> = Hazard::ALL
            .into_iter()
            .filter(|other| *other != hazard && shelter.fit & other.bit() != 0)
            .map(Hazard::words)
            .collect();
        if !others.is_empty() {
            let list = others.join(&say("emergency-comma"));
            facts.push(tell("emergency-other-hazards", &[("list", &list)]).into_owned());
        }
        Some(Self {
            name: shelter.name.clone(),
            href: address::feature(list.dataset.name.as_str(), key, shelter.id),
            way: found.way.map(|way| (way.length().into_owned(), way.direction().into_owned(), way.turn())),
            place: shelter.place.clone(),
            facts,
            remarks: shelter.remarks.clone(),
        })
    }
}
