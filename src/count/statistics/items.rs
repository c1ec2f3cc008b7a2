//! Uses of datasets by month as a usage report wants them: only months that are final, only what may be shown.

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::periods::{Made, is_final};
use super::{Scope, Shown, Sources};
use crate::count::disclosure::LEAST;
use crate::count::kpi::Indicator;
use crate::count::target::TargetKind;

/// What happened once a session, by month (its first day) and dataset.
#[derive(Debug, Clone, Default)]
pub struct UniqueUses {
    /// Sessions in which a dataset was used.
    pub investigations: BTreeMap<(Date, Uuid), u64>,
    /// Sessions in which its content was got.
    pub requests: BTreeMap<(Date, Uuid), u64>,
}

/// One dataset; each metric by the first days of months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: Uuid,
    /// Its name in addresses; empty where it is not known any more.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The CKAN name of its organization.
    pub organization: String,
    /// Total investigations by people.
    pub investigations: BTreeMap<Date, u64>,
    /// Unique investigations by people.
    pub unique_investigations: BTreeMap<Date, u64>,
    /// Total requests by people.
    pub requests: BTreeMap<Date, u64>,
    /// Unique requests by people.
    pub unique_requests: BTreeMap<Date, u64>,
    /// Total requests by machines.
    pub machine_requests: BTreeMap<Date, u64>,
}

impl Item {
    fn is_empty(&self) -> bool {
        self.investigations.is_empty() && self.requests.is_empty() && self.machine_requests.is_empty()
    }
}

/// The datasets with figures in the final months from `first` to `last` (first days of months).
pub fn items(sources: &Sources, unique: &UniqueUses, (first, last): (Date, Date), now: jiff::Timestamp) -> Vec<Item> {
    let today = crate::model::time::japan_day(now);
    let made = Made::new(&Scope::Site, sources, today);
    let months: Vec<Date> = std::iter::successors(Some(first), |month| month.last_of_month().tomorrow().ok())
        .take_while(|month| *month <= last && is_final(*month, today))
        .collect();
    let mut items = Vec::new();
    for (id, name) in sources.names.iter().filter(|(_, name)| name.kind == TargetKind::Dataset) {
        let scope = Scope::Dataset(*id);
        let exact = |indicator: Indicator| -> BTreeMap<Date, u64> {
            let figure = |month: &Date| match made.of_month(indicator, *month, &scope) {
                Shown::Exact(value) if value > 0 => Some((*month, value)),
                _ => None,
            };
            months.iter().filter_map(figure).collect()
        };
        // A unique figure is told beside its total, and from five on.
        let beside = |totals: &BTreeMap<Date, u64>, of: &BTreeMap<(Date, Uuid), u64>| -> BTreeMap<Date, u64> {
            let figure =
                |month: &Date| of.get(&(*month, *id)).filter(|value| **value >= LEAST).map(|own| (*month, *own));
            totals.keys().filter_map(figure).collect()
        };
        let (investigations, requests) = (exact(Indicator::Accesses), exact(Indicator::Downloads));
        let item = Item {
            id: *id,
            name: name.name.clone(),
            title: name.title.clone(),
            organization: name.organization.clone(),
            unique_investigations: beside(&investigations, &unique.investigations),
            unique_requests: beside(&requests, &unique.requests),
            investigations,
            requests,
            machine_requests: exact(Indicator::MachineRequests),
        };
        if !item.is_empty() {
            items.push(item);
        }
    }
    items.sort_by(|a, b| a.organization.cmp(&b.organization).then_with(|| a.name.cmp(&b.name)));
    items
}
