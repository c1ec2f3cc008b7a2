//! The lines of a report: months, datasets, layers.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Coverage, DatasetLine, LayerLine, Month, Sources, TargetName};
use crate::count::tally::Measure;
use crate::model::time::FiscalYear;

pub(super) fn months(year: FiscalYear, sources: &Sources) -> Vec<Month> {
    let mut sums: BTreeMap<(&str, Measure, &str), u64> = BTreeMap::new();
    for row in &sources.months {
        *sums.entry((&row.month, row.measure, row.class.main_name())).or_default() += row.value;
    }
    let mut observed: BTreeMap<&str, Coverage> = BTreeMap::new();
    for row in &sources.coverage {
        observed.entry(&row.month).or_default().add(&row.coverage);
    }
    (0..12_i16)
        .map(|index| {
            let (year, month) = if index < 9 { (year.year(), index + 4) } else { (year.year() + 1, index - 8) };
            let month = format!("{year:04}-{month:02}");
            let coverage = observed.get(month.as_str());
            let seen = coverage.is_some() || sources.months.iter().any(|row| row.month == month);
            let sum = |measure, class| seen.then(|| sums.get(&(month.as_str(), measure, class)).copied().unwrap_or(0));
            Month {
                accesses: sum(Measure::Investigations, "browser"),
                downloads: sum(Measure::Requests, "browser"),
                machine_requests: sum(Measure::Requests, "machine"),
                map_sessions: sum(Measure::MapSessions, "browser"),
                viewers: sum(Measure::Viewers, "browser"),
                layer_uses: sum(Measure::LayerUses, "browser"),
                coverage: coverage.and_then(Coverage::rate),
                month,
            }
        })
        .collect()
}

fn by_target(sources: &Sources) -> BTreeMap<Uuid, BTreeMap<(Measure, &'static str), u64>> {
    let mut sums: BTreeMap<Uuid, BTreeMap<(Measure, &'static str), u64>> = BTreeMap::new();
    for row in &sources.targets {
        *sums.entry(row.target).or_default().entry((row.measure, row.class.main_name())).or_default() += row.value;
    }
    sums
}

pub(super) fn datasets(sources: &Sources) -> Vec<DatasetLine> {
    let mut lines: Vec<DatasetLine> = by_target(sources)
        .into_iter()
        .filter(|(_, sums)| sums.keys().any(|(measure, _)| *measure == Measure::Investigations))
        .map(|(id, sums)| {
            let named = sources.names.get(&id);
            let text = |of: fn(&TargetName) -> &String| named.map_or(String::new(), |name| of(name).clone());
            let sum = |measure, class| sums.get(&(measure, class)).copied().unwrap_or(0);
            DatasetLine {
                id,
                name: text(|name| &name.name),
                title: text(|name| &name.title),
                organization: text(|name| &name.organization),
                accesses: sum(Measure::Investigations, "browser"),
                unique_accesses: sum(Measure::UniqueInvestigations, "browser"),
                downloads: sum(Measure::Requests, "browser"),
                unique_downloads: sum(Measure::UniqueRequests, "browser"),
                machine_requests: sum(Measure::Requests, "machine"),
            }
        })
        .collect();
    lines.sort_by(|a, b| b.accesses.cmp(&a.accesses).then_with(|| a.name.cmp(&b.name)).then(a.id.cmp(&b.id)));
    lines
}

pub(super) fn layers(sources: &Sources) -> Vec<LayerLine> {
    let of_layers = |measure: &Measure| matches!(measure, Measure::LayerUses | Measure::TileRequests);
    let mut lines: Vec<LayerLine> = by_target(sources)
        .into_iter()
        .filter(|(_, sums)| sums.keys().any(|(measure, _)| of_layers(measure)))
        .map(|(id, sums)| {
            let named = sources.names.get(&id);
            let text = |of: fn(&TargetName) -> &String| named.map_or(String::new(), |name| of(name).clone());
            let sum = |measure, class| sums.get(&(measure, class)).copied().unwrap_or(0);
            LayerLine {
                id,
                name: text(|name| &name.name),
                title: text(|name| &name.title),
                organization: text(|name| &name.organization),
                uses: sum(Measure::LayerUses, "browser"),
                machine_uses: sum(Measure::LayerUses, "machine"),
                tile_requests: sums.iter().filter(|((m, _), _)| *m == Measure::TileRequests).map(|(_, v)| *v).sum(),
            }
        })
        .collect();
    lines.sort_by(|a, b| b.uses.cmp(&a.uses).then_with(|| a.name.cmp(&b.name)).then(a.id.cmp(&b.id)));
    lines
}
