//! One indicator in one month: its sums by target, organization and day, and which of them may be shown.

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use super::{Sources, Sum, counts_for};
use crate::count::disclosure::{LEAST, hide, refine};
use crate::count::kpi::Indicator;

/// The sums of a month.
#[derive(Debug, Default)]
pub(super) struct MonthPlane<'a> {
    /// Of all together.
    pub(super) site: u64,
    /// By organization, then target: what was not used is in it as zero.
    pub(super) organizations: BTreeMap<&'a str, BTreeMap<Uuid, u64>>,
    /// Targets whose sum may be shown, once the month is final.
    pub(super) shown: BTreeMap<Uuid, bool>,
}

impl<'a> MonthPlane<'a> {
    pub(super) fn new(sources: &'a Sources, indicator: Indicator, sums: &[&Sum], accesses: Option<&Self>) -> Self {
        let mut plane = Self::default();
        for (id, name) in &sources.names {
            if counts_for(indicator, name.kind) {
                plane.organizations.entry(name.organization.as_str()).or_default().insert(*id, 0);
            }
        }
        for sum in sums {
            plane.site += sum.value;
            let own = plane.organizations.entry(sources.organization(sum.target)).or_default();
            *own.entry(sum.target).or_default() += sum.value;
        }
        for targets in plane.organizations.values() {
            let ids: Vec<Uuid> = targets.keys().copied().collect();
            let values: Vec<u64> = targets.values().copied().collect();
            let forced = |index: usize| accesses.is_some_and(|accesses| accesses.gives_back(ids[index], values[index]));
            plane.shown.extend(ids.iter().copied().zip(hide(&values, forced)));
        }
        plane
    }

    /// The sum of one target.
    pub(super) fn target(&self, organization: &str, target: Uuid) -> u64 {
        self.organizations.get(organization).and_then(|own| own.get(&target)).copied().unwrap_or(0)
    }

    /// The sum of one organization.
    pub(super) fn organization(&self, organization: &str) -> u64 {
        self.organizations.get(organization).map_or(0, |own| own.values().sum())
    }

    /// Whether so many downloads beside the accesses shown (of which they are a part) would tell of one to four uses
    /// that were none.
    fn gives_back(&self, target: Uuid, downloads: u64) -> bool {
        let accesses = self.organizations.values().find_map(|own| own.get(&target)).copied().unwrap_or(0);
        self.shown.get(&target) == Some(&true) && is_small(accesses, downloads)
    }
}

fn is_small(whole: u64, part: u64) -> bool {
    (1..LEAST).contains(&whole.saturating_sub(part))
}

/// The days of a month that may be shown, once it is final.
#[derive(Debug, Default)]
pub(super) struct DayPlane<'a> {
    days: Vec<Date>,
    values: BTreeMap<Uuid, Vec<u64>>,
    site: Vec<bool>,
    organizations: BTreeMap<&'a str, Option<Vec<bool>>>,
    targets: BTreeMap<Uuid, Option<Vec<bool>>>,
}

impl<'a> DayPlane<'a> {
    /// `days` are those that were observed: of the others it is known that there is nothing.
    pub(super) fn new(month: &MonthPlane<'a>, days: Vec<Date>, sums: &[&Sum], accesses: Option<&Self>) -> Self {
        let mut values: BTreeMap<Uuid, Vec<u64>> = BTreeMap::new();
        for sum in sums {
            if let Ok(at) = days.binary_search(&sum.day) {
                values.entry(sum.target).or_insert_with(|| vec![0; days.len()])[at] += sum.value;
            }
        }
        let mut plane = Self { days, values, ..Self::default() };
        let row = |targets: &mut dyn Iterator<Item = Uuid>| plane.sum_of(targets);
        let by_organization: Vec<(&'a str, Vec<u64>)> =
            month.organizations.iter().map(|(name, own)| (*name, row(&mut own.keys().copied()))).collect();
        let site: Vec<u64> =
            (0..plane.days.len()).map(|at| by_organization.iter().map(|(_, own)| own[at]).sum()).collect();
        plane.site = hide(&site, |_| false);

        let blocks = Blocks::of(&plane.site);
        let rows: Vec<Vec<u64>> = by_organization.iter().map(|(_, own)| blocks.merge(own)).collect();
        let shown = refine(&rows, &vec![false; rows.len()], |_, column| blocks.is_merged(column));
        for ((name, _), shown) in by_organization.iter().zip(shown) {
            plane.organizations.insert(name, shown.map(|shown| blocks.split(&shown)));
        }
        for (name, own) in &month.organizations {
            plane.refine_targets(name, own, month, accesses);
        }
        plane
    }

    fn sum_of(&self, targets: &mut dyn Iterator<Item = Uuid>) -> Vec<u64> {
        let mut sum = vec![0; self.days.len()];
        for own in targets.filter_map(|target| self.values.get(&target)) {
            sum.iter_mut().zip(own).for_each(|(sum, value)| *sum += value);
        }
        sum
    }

    fn refine_targets(
        &mut self,
        name: &str,
        own: &BTreeMap<Uuid, u64>,
        month: &MonthPlane<'_>,
        accesses: Option<&Self>,
    ) {
        let Some(Some(columns)) = self.organizations.get(name) else {
            self.targets.extend(own.keys().map(|target| (*target, None)));
            return;
        };
        let blocks = Blocks::of(columns);
        let ids: Vec<Uuid> = own.keys().copied().collect();
        let rows: Vec<Vec<u64>> =
            ids.iter().map(|target| blocks.merge(&self.sum_of(&mut std::iter::once(*target)))).collect();
        let closed: Vec<bool> = ids.iter().map(|target| month.shown.get(target) != Some(&true)).collect();
        let forced = |row: usize, column: usize| {
            blocks.is_merged(column)
                || blocks.day(column).zip(accesses).is_some_and(|(at, accesses)| {
                    accesses.target_shown(ids[row], at) && is_small(accesses.value(ids[row], at), rows[row][column])
                })
        };
        let shown = refine(&rows, &closed, forced);
        self.targets.extend(ids.into_iter().zip(shown).map(|(id, shown)| (id, shown.map(|own| blocks.split(&own)))));
    }

    fn value(&self, target: Uuid, at: usize) -> u64 {
        self.values.get(&target).map_or(0, |own| own[at])
    }

    fn target_shown(&self, target: Uuid, at: usize) -> bool {
        self.targets.get(&target).and_then(Option::as_ref).is_some_and(|shown| shown[at])
    }

    /// The place of a day among those observed.
    pub(super) fn place(&self, day: Date) -> Option<usize> {
        self.days.binary_search(&day).ok()
    }

    /// The sum of all at a place, and whether it may be shown.
    pub(super) fn site(&self, at: usize) -> (u64, bool) {
        (self.values.values().map(|own| own[at]).sum(), self.site[at])
    }

    /// The same of an organization.
    pub(super) fn organization(&self, name: &str, month: &MonthPlane<'_>, at: usize) -> (u64, bool) {
        let value = month.organizations.get(name).map_or(0, |own| own.keys().map(|id| self.value(*id, at)).sum());
        (value, self.organizations.get(name).and_then(Option::as_ref).is_some_and(|shown| shown[at]))
    }

    /// The same of a target.
    pub(super) fn target(&self, target: Uuid, at: usize) -> (u64, bool) {
        (self.value(target, at), self.target_shown(target, at))
    }
}

/// The columns under a row: each day that it shows, and the others as one.
#[derive(Debug)]
struct Blocks {
    of_day: Vec<usize>,
    merged: Option<usize>,
    columns: usize,
}

impl Blocks {
    fn of(shown: &[bool]) -> Self {
        let singles = shown.iter().filter(|shown| **shown).count();
        let merged = (singles < shown.len()).then_some(singles);
        let mut next = 0;
        let of_day = shown
            .iter()
            .map(|shown| {
                if *shown {
                    next += 1;
                    next - 1
                } else {
                    singles
                }
            })
            .collect();
        Self { of_day, merged, columns: singles + usize::from(merged.is_some()) }
    }

    fn is_merged(&self, column: usize) -> bool {
        self.merged == Some(column)
    }

    /// The day of a column that is one day.
    fn day(&self, column: usize) -> Option<usize> {
        (!self.is_merged(column)).then(|| self.of_day.iter().position(|own| *own == column)).flatten()
    }

    fn merge(&self, days: &[u64]) -> Vec<u64> {
        let mut columns = vec![0; self.columns];
        days.iter().zip(&self.of_day).for_each(|(value, column)| columns[*column] += value);
        columns
    }

    fn split(&self, columns: &[bool]) -> Vec<bool> {
        self.of_day.iter().map(|column| columns[*column]).collect()
    }
}
