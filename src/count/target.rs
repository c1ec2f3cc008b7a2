//! What accesses point at, so that figures can be summed by dataset and named.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::access::{layer_target, made_target, map_target};
use super::kpi::PublicRow;
use crate::model::catalogue::{Catalogue, Dataset, Table};
use crate::model::made::MadeFormat;

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TargetKind {
    /// A dataset.
    Dataset,
    /// A distribution of a dataset.
    Distribution,
    /// A layer.
    Layer,
    /// A map.
    Map,
    /// A use case.
    UseCase,
}

impl TargetKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Dataset, Self::Distribution, Self::Layer, Self::Map, Self::UseCase];

    /// The name it is stored under.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dataset => "dataset",
            Self::Distribution => "distribution",
            Self::Layer => "layer",
            Self::Map => "map",
            Self::UseCase => "use-case",
        }
    }

    /// The kind of a [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One thing that accesses point at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its id in records.
    pub id: Uuid,
    /// What it is.
    pub kind: TargetKind,
    /// The dataset it belongs to; of a dataset, itself.
    pub dataset: Option<Uuid>,
    /// The layer that shows the same features; of a layer, itself.
    pub layer: Option<Uuid>,
    /// The CKAN name of the organization; empty where it has none.
    pub organization: String,
    /// Its name in addresses.
    pub name: String,
    /// Its title.
    pub title: String,
}

impl Target {
    /// A map that is not in the catalogue: a page that shows several layers.
    pub fn map(name: &str, title: &str) -> Self {
        Self {
            id: map_target(name),
            kind: TargetKind::Map,
            dataset: None,
            layer: None,
            organization: String::new(),
            name: name.to_owned(),
            title: title.to_owned(),
        }
    }
}

/// All targets of a catalogue: datasets, distributions, files made on request and layers.
pub fn of_catalogue(catalogue: &Catalogue) -> Vec<Target> {
    let mut targets = Vec::new();
    for dataset in catalogue.datasets_of_cities() {
        let organization = dataset.organization.name.as_str().to_owned();
        let id = dataset.id.uuid();
        targets.push(Target {
            id,
            kind: TargetKind::Dataset,
            dataset: Some(id),
            layer: None,
            organization: organization.clone(),
            name: dataset.name.as_str().to_owned(),
            title: dataset.title.clone(),
        });
        for distribution in &dataset.distributions {
            let layer = dataset.tables.get(distribution.table).and_then(|table| table.layer.as_ref());
            targets.push(Target {
                id: distribution.id.uuid(),
                kind: TargetKind::Distribution,
                dataset: Some(id),
                layer: layer.map(|layer| layer_target(layer.name.as_str())),
                organization: organization.clone(),
                name: distribution.format.name().to_owned(),
                title: distribution.title.clone(),
            });
        }
        targets.extend(dataset.tables.iter().flat_map(|table| made_of_table(dataset, table)));
        for layer in dataset.tables.iter().filter_map(|table| table.layer.as_ref()) {
            let target = layer_target(layer.name.as_str());
            targets.push(Target {
                id: target,
                kind: TargetKind::Layer,
                dataset: Some(id),
                layer: Some(target),
                organization: organization.clone(),
                name: layer.name.as_str().to_owned(),
                title: layer.title.clone(),
            });
        }
    }
    targets
}

/// The files of a table that are made on request.
fn made_of_table<'a>(dataset: &'a Dataset, table: &'a Table) -> impl Iterator<Item = Target> + 'a {
    MadeFormat::of_table(table.geometry).map(move |format| Target {
        id: made_target(dataset.name.as_str(), &format!("{}.{}", table.shape.key, format.ending())),
        kind: TargetKind::Distribution,
        dataset: Some(dataset.id.uuid()),
        layer: table.layer.as_ref().map(|layer| layer_target(layer.name.as_str())),
        organization: dataset.organization.name.as_str().to_owned(),
        name: format.name().to_owned(),
        title: format!("{}（{}）", table.shape.title, format.name()),
    })
}

/// What each organization of a catalogue has public on `day`: datasets with at least one file, and layers.
pub fn public_of_catalogue(catalogue: &Catalogue, day: jiff::civil::Date) -> Vec<PublicRow> {
    let mut rows: BTreeMap<&str, PublicRow> = BTreeMap::new();
    let row = |organization: &str| PublicRow { day, organization: organization.to_owned(), datasets: 0, layers: 0 };
    for organization in catalogue.organizations() {
        rows.insert(organization.name.as_str(), row(organization.name.as_str()));
    }
    for dataset in catalogue.datasets_of_cities() {
        let name = dataset.organization.name.as_str();
        let own = rows.entry(name).or_insert_with(|| row(name));
        own.datasets += u64::from(!dataset.distributions.is_empty());
        own.layers += dataset.tables.iter().filter(|table| table.layer.is_some()).count() as u64;
    }
    rows.into_values().collect()
}

/// The titles of the organizations of a catalogue, by their CKAN name.
pub fn organization_titles(catalogue: &Catalogue) -> BTreeMap<String, String> {
    let named =
        |each: &std::sync::Arc<crate::model::catalogue::Organization>| (each.name.to_string(), each.title.clone());
    catalogue.organizations().iter().map(named).collect()
}

/// Where a target belongs, as the tally needs it.
#[derive(Debug, Clone, Default)]
pub struct Belonging {
    by_id: HashMap<Uuid, (Option<Uuid>, Option<Uuid>)>,
}

impl Belonging {
    /// Notes that a target belongs to a dataset and is shown by a layer.
    pub fn insert(&mut self, target: Uuid, dataset: Option<Uuid>, layer: Option<Uuid>) {
        self.by_id.insert(target, (dataset, layer));
    }

    /// The dataset of a target; a target nobody has named stands for itself.
    pub(crate) fn dataset(&self, target: Uuid) -> Uuid {
        self.by_id.get(&target).and_then(|(dataset, _)| *dataset).unwrap_or(target)
    }

    /// The layer that shows the features of a target.
    pub(crate) fn layer(&self, target: Uuid) -> Option<Uuid> {
        self.by_id.get(&target).and_then(|(_, layer)| *layer)
    }

    /// Whether the target is known to have no layer: rows without positions.
    pub(crate) fn is_without_layer(&self, target: Uuid) -> bool {
        matches!(self.by_id.get(&target), Some((_, None)))
    }
}

impl FromIterator<(Uuid, Option<Uuid>, Option<Uuid>)> for Belonging {
    fn from_iter<I: IntoIterator<Item = (Uuid, Option<Uuid>, Option<Uuid>)>>(targets: I) -> Self {
        let mut belonging = Self::default();
        for (target, dataset, layer) in targets {
            belonging.insert(target, dataset, layer);
        }
        belonging
    }
}
