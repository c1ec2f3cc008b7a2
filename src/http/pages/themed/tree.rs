//! The tree of layers, the legend, and where everything is from.

use super::super::address;
use super::super::wording::{Day, number};
use super::content::Content;
use super::marks::{Mark, Swatch};
use super::state::State;
use crate::http::themes::{MapLayer, ThemedMap};
use crate::http::words::{Language, spoken};
use crate::model::catalogue::Dataset;
use crate::model::record::GeometryKind;

/// The opacities a form offers, per cent.
const STRENGTHS: [u8; 4] = [100, 75, 50, 25];

/// Layers under one heading.
pub(super) struct TreeGroup {
    pub(super) title: String,
    /// Whether it is seen without being opened: something of it is shown.
    pub(super) is_open: bool,
    pub(super) lines: Vec<TreeLine>,
}

/// One layer in the tree.
pub(super) struct TreeLine {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) records: String,
    pub(super) shown: bool,
    pub(super) swatch: Swatch,
    /// Opacity, and whether it is the one chosen.
    pub(super) strengths: Vec<(u8, bool)>,
    pub(super) up: Option<String>,
    pub(super) down: Option<String>,
    pub(super) dataset_href: String,
}

/// The tree with what is shown ticked.
pub(super) fn groups(map: &ThemedMap, state: &State, path: &str) -> Vec<TreeGroup> {
    let line = |index: usize| -> Option<TreeLine> {
        let own = map.layers.get(index)?;
        let table = own.table()?;
        let place = state.shown.iter().position(|shown| shown.index == index);
        let percent = place.and_then(|place| state.shown.get(place)).map_or(100, |shown| shown.percent);
        let mut strengths: Vec<(u8, bool)> = STRENGTHS.iter().map(|offered| (*offered, *offered == percent)).collect();
        if !STRENGTHS.contains(&percent) {
            strengths.push((percent, true));
        }
        let moved = |up: bool| place.and_then(|place| state.with_moved(place, up)).map(|state| state.href(path));
        Some(TreeLine {
            name: own.layer.name.to_string(),
            title: own.layer.title.clone(),
            records: number(table.records),
            shown: place.is_some(),
            swatch: Swatch::new(format!("tree-{index}"), Mark::of(index), table.geometry),
            strengths,
            up: moved(true),
            down: moved(false),
            dataset_href: address::dataset(own.dataset.name.as_str()),
        })
    };
    map.groups
        .iter()
        .map(|group| TreeGroup {
            title: group.title.spoken().to_owned(),
            is_open: state.shown.iter().any(|shown| group.layers.contains(&shown.index)),
            lines: group.layers.clone().filter_map(line).collect(),
        })
        .collect()
}

/// One line of the legend: mark, title, and what the mark looks like in words.
pub(super) struct LegendLine {
    pub(super) swatch: Swatch,
    pub(super) title: String,
    pub(super) words: String,
}

/// The legend of what is shown.
pub(super) fn legend(map: &ThemedMap, state: &State) -> Vec<LegendLine> {
    let line = |index: usize| {
        let own = map.layers.get(index)?;
        let kind: Option<GeometryKind> = own.table()?.geometry;
        let mark = Mark::of(index);
        Some(LegendLine {
            swatch: Swatch::new(format!("legend-{index}"), mark, kind),
            title: own.layer.title.clone(),
            words: mark.words(kind),
        })
    };
    state.shown.iter().filter_map(|shown| line(shown.index)).collect()
}

/// Where a layer is from, under which licence, and of which day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) title: String,
    pub(super) credit: String,
    pub(super) licence: String,
    pub(super) licence_url: String,
    pub(super) day: String,
    pub(super) day_machine: String,
    pub(super) href: String,
}

impl Source {
    /// Of a layer of the map.
    pub(super) fn of(own: &MapLayer) -> Self {
        Self { title: own.layer.title.clone(), ..Self::of_dataset(&own.dataset) }
    }

    /// Of a dataset that lies under it.
    pub(super) fn of_dataset(dataset: &Dataset) -> Self {
        // The day the publisher's file was taken says more of the data than the day it was published here.
        let day = Day::of_text(&dataset.retrieved).unwrap_or_else(|| Day::of(dataset.modified));
        let credit = if dataset.attribution.is_empty() { &dataset.organization.title } else { &dataset.attribution };
        Self {
            title: dataset.title.clone(),
            credit: credit.clone(),
            licence: dataset.licence.title.clone(),
            licence_url: dataset.licence.url.clone(),
            day: day_words(&day),
            day_machine: day.machine,
            href: address::dataset(dataset.name.as_str()),
        }
    }
}

/// A day as the language of the page writes it.
pub(super) fn day_words(day: &Day) -> String {
    let plain = spoken() == Language::English && !day.machine.is_empty();
    if plain { day.machine.clone() } else { day.words.clone() }
}

/// The sources of what is shown and of what lies under it, each once.
pub(super) fn sources(map: &ThemedMap, state: &State, content: &Content) -> Vec<Source> {
    let mut sources: Vec<Source> =
        state.shown.iter().filter_map(|shown| map.layers.get(shown.index)).map(Source::of).collect();
    let under = content.boundary_source.iter().chain(&content.ground_sources);
    for source in under.map(|dataset| Source::of_dataset(dataset)) {
        if !sources.iter().any(|known| known.href == source.href) {
            sources.push(source);
        }
    }
    sources
}
