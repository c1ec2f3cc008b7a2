//! Which municipalities have lists of shelters, and about where each lies: known from the catalogue alone.

use std::fmt::Write as _;
use std::sync::Arc;

use super::shelter::Kind;
use crate::model::catalogue::{Catalogue, Dataset, Organization, Table};
use crate::model::lonlat::{Bbox, LonLat};
use crate::model::name::Digest;
use crate::model::time::japan_day;

/// Number of the form of the files: raised with every change of what stands in them, so that old ones are not taken
/// for new ones.
const FORM: u32 = 1;
/// Fineness of the coarse boxes, degrees: about a kilometre.
const COARSE_DEG: f64 = 0.01;

/// A list of shelters: one table of a dataset.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) dataset: Arc<Dataset>,
    /// Its index in the dataset's tables.
    pub(super) table: usize,
    pub(super) kind: Kind,
}

impl List {
    pub(super) fn table(&self) -> Option<&Table> {
        self.dataset.tables.get(self.table)
    }

    /// The day the list is of: when the publisher's file was retrieved, else when it was published here.
    pub(super) fn date(&self) -> String {
        if self.dataset.retrieved.is_empty() {
            japan_day(self.dataset.modified).to_string()
        } else {
            self.dataset.retrieved.clone()
        }
    }
}

/// A municipality with its lists of shelters.
#[derive(Debug, Clone)]
pub(super) struct Area {
    pub(super) organization: Arc<Organization>,
    pub(super) lists: Vec<List>,
    /// The box around all of them; `None` where none has a position.
    pub(super) bbox: Option<Bbox>,
}

/// All municipalities with shelters, by code.
pub(super) fn areas(catalogue: &Catalogue) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for dataset in catalogue.datasets() {
        for (index, table) in dataset.tables.iter().enumerate() {
            let Some(kind) = Kind::of(&table.shape) else { continue };
            let at = areas.iter().position(|area| area.organization.id == dataset.organization.id);
            let list = List { dataset: Arc::clone(dataset), table: index, kind };
            if let Some(area) = at.and_then(|at| areas.get_mut(at)) {
                area.lists.push(list);
                area.bbox = area.bbox.into_iter().chain(table.bbox).reduce(Bbox::union);
            } else {
                let organization = Arc::clone(&dataset.organization);
                areas.push(Area { organization, lists: vec![list], bbox: table.bbox });
            }
        }
    }
    areas.sort_by_key(|area| area.organization.code);
    areas
}

/// Whether any shelter is known at all.
pub(in crate::http::pages) fn has_shelters(catalogue: &Catalogue) -> bool {
    catalogue.datasets().iter().flat_map(|dataset| &dataset.tables).any(|table| Kind::of(&table.shape).is_some())
}

impl Area {
    /// Its name in addresses: the six-digit code.
    pub(super) fn code(&self) -> &str {
        self.organization.name.as_str()
    }

    /// What its file is made of, as a short digest: the releases, and whatever else stands in it.
    pub(super) fn version(&self) -> String {
        let mut text = format!("{FORM} {} {}", env!("CARGO_PKG_VERSION"), self.organization.title);
        for list in &self.lists {
            let dataset = &list.dataset;
            // Writing to a String cannot fail.
            let _ = write!(
                text,
                "\n{} {} {} {} {} {} {}",
                dataset.name,
                list.table,
                dataset.release,
                dataset.title,
                dataset.attribution,
                dataset.licence.title,
                list.date()
            );
        }
        Digest::of(text.as_bytes()).to_hex().chars().take(16).collect()
    }

    /// Where its file lies; the address changes with what stands in it.
    pub(super) fn href(&self) -> String {
        format!("/emergency/data/{}-{}.json", self.code(), self.version())
    }

    /// The day its newest list is of, `YYYY-MM-DD`.
    pub(super) fn date(&self) -> String {
        self.lists.iter().map(List::date).max().unwrap_or_default()
    }

    /// West, south, east, north of its box, widened to hundredths of a degree.
    pub(super) fn coarse(&self) -> Option<[f64; 4]> {
        let Bbox { west_deg, south_deg, east_deg, north_deg } = self.bbox?;
        let down = |degrees: f64| ((degrees / COARSE_DEG).floor() * COARSE_DEG * 100.0).round() / 100.0;
        let up = |degrees: f64| ((degrees / COARSE_DEG).ceil() * COARSE_DEG * 100.0).round() / 100.0;
        Some([down(west_deg), down(south_deg), up(east_deg), up(north_deg)])
    }

    /// About how far its box is away, in metres; 0 inside of it.
    pub(super) fn gap_m(&self, from: LonLat) -> Option<f64> {
        let bbox = self.bbox?;
        let beside = |at: f64, low: f64, high: f64| (low - at).max(at - high).max(0.0);
        let north_m = beside(from.lat_deg(), bbox.south_deg, bbox.north_deg) * 111_000.0;
        let east_m =
            beside(from.lon_deg(), bbox.west_deg, bbox.east_deg) * 111_300.0 * from.lat_deg().to_radians().cos();
        Some(north_m.hypot(east_m))
    }
}

/// The municipality a position lies in or next to: of several boxes that hold it the smallest.
pub(super) fn around(areas: &[Area], from: LonLat, within_m: f64) -> Option<usize> {
    let size = |area: &Area| {
        area.bbox.map_or(f64::MAX, |bbox| (bbox.east_deg - bbox.west_deg) * (bbox.north_deg - bbox.south_deg))
    };
    areas
        .iter()
        .enumerate()
        .filter_map(|(index, area)| Some((index, area.gap_m(from).filter(|gap| *gap <= within_m)?, size(area))))
        .min_by(|a, b| a.1.total_cmp(&b.1).then(a.2.total_cmp(&b.2)))
        .map(|(index, ..)| index)
}
