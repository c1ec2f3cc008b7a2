//! The public catalogue as the server holds it in memory: immutable, swapped as a whole.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::code::MunicipalityCode;
use super::id::{DatasetId, DistributionId, OrganizationId, ReleaseId};
use super::lonlat::Bbox;
use super::name::{Digest, Slug};
use super::record::{GeometryKind, TableShape};

/// A municipality, or a department of one.
#[derive(Debug, Clone, Serialize)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its six-digit code.
    pub code: MunicipalityCode,
    /// Its CKAN name: the six digits (as BODIK's catalogues name organizations).
    pub name: Slug,
    /// `焼津市`.
    pub title: String,
    /// `静岡県`; empty for a prefecture itself.
    pub prefecture: String,
    /// When it was first seen.
    pub created: jiff::Timestamp,
}

/// A licence under which data is published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// The id CKAN clients see, such as `cc-by-4.0`.
    pub id: String,
    /// Its Japanese title.
    pub title: String,
    /// Where it can be read.
    pub url: String,
    /// Whether it is open in the sense of the Open Definition.
    pub open: bool,
}

/// A dataset with its current release.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Its id.
    pub id: DatasetId,
    /// Its CKAN name.
    pub name: Slug,
    /// Its title.
    pub title: String,
    /// What it is, as plain text; may be empty.
    pub notes: String,
    /// Its publisher.
    pub organization: Arc<Organization>,
    /// Its licence.
    pub licence: Licence,
    /// The line to print when the data is used.
    pub attribution: String,
    /// The page it was taken from; may be empty.
    pub source_page: String,
    /// The theme, as the publisher groups its data; may be empty.
    pub theme: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was first published.
    pub created: jiff::Timestamp,
    /// When its current release was published.
    pub modified: jiff::Timestamp,
    /// The day the publisher's files were retrieved, `YYYY-MM-DD`; may be empty.
    pub retrieved: String,
    /// The current release.
    pub release: ReleaseId,
    /// 1 for the first release.
    pub release_number: u32,
    /// Its tables, in order.
    pub tables: Vec<Table>,
    /// Its distributions, in order.
    pub distributions: Vec<Distribution>,
    /// Set of the dataset that the site itself publishes of its own figures.
    pub of_site: Option<OfSite>,
}

/// What is known of the dataset that the site makes: it is renewed every day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfSite {
    /// The first day it covers.
    pub first_day: jiff::civil::Date,
    /// The last day it covers: the present one when it was described.
    pub last_day: jiff::civil::Date,
}

/// One table of a release: records in DuckDB, and a layer where it has positions.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its columns and title.
    pub shape: TableShape,
    /// The name of its table in DuckDB.
    pub record_table: String,
    /// The file it was read from.
    pub source_file: String,
    /// The encoding as found.
    pub encoding: String,
    /// Rows read, header and preamble left out.
    pub rows_read: u64,
    /// Records published.
    pub records: u64,
    /// Rows refused: `rows_read = records + refused`.
    pub refused: u64,
    /// Findings by code, most frequent first.
    pub findings: Vec<(String, u64)>,
    /// Kind of its geometry; `None` where no record has one.
    pub geometry: Option<GeometryKind>,
    /// Box around its geometry.
    pub bbox: Option<Bbox>,
    /// Its layer.
    pub layer: Option<Layer>,
}

/// One theme drawn: the tileset of one table.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The name in `/tiles/{layer}`; unique in the catalogue.
    pub name: Slug,
    /// Its title.
    pub title: String,
    /// Digest of its PMTiles archive: the version in tile URLs.
    pub tileset: Digest,
    /// Least zoom with tiles.
    pub min_zoom: u8,
    /// Greatest zoom with tiles.
    pub max_zoom: u8,
    /// Digest of the archive with the same tiles as brotli, where that pays.
    pub brotli: Option<Digest>,
    /// Digest of its packed index, for tiles on request; `None` of a release published before there was any.
    pub index: Option<Digest>,
    /// Archives of the layer in earlier releases, newest first: served where the present one is damaged.
    pub earlier: Vec<Digest>,
}

impl Layer {
    /// The archive, then those of earlier releases.
    pub fn archives(&self) -> Vec<Digest> {
        std::iter::once(self.tileset).chain(self.earlier.iter().copied()).collect()
    }
}

/// The formats a table is published in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// CSV, UTF-8 with byte order mark (Excel opens it).
    Csv,
    /// GeoJSON (RFC 7946).
    GeoJson,
    /// FlatGeobuf with its packed index.
    FlatGeobuf,
    /// GeoParquet 1.1.
    GeoParquet,
    /// PMTiles version 3 of MVT 2.1 tiles.
    PmTiles,
    /// Parquet, for tables without geometry.
    Parquet,
}

impl Format {
    /// All formats, in the order in which they are offered.
    pub const ALL: [Self; 6] =
        [Self::Csv, Self::GeoJson, Self::FlatGeobuf, Self::GeoParquet, Self::Parquet, Self::PmTiles];

    /// The name CKAN's `res_format` carries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::GeoJson => "GeoJSON",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::GeoParquet => "GeoParquet",
            Self::PmTiles => "PMTiles",
            Self::Parquet => "Parquet",
        }
    }

    /// The ending of file names, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::GeoJson => "geojson",
            Self::FlatGeobuf => "fgb",
            Self::GeoParquet | Self::Parquet => "parquet",
            Self::PmTiles => "pmtiles",
        }
    }

    /// The media type it is served under.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::GeoJson => "application/geo+json",
            Self::FlatGeobuf => "application/vnd.flatgeobuf",
            Self::GeoParquet | Self::Parquet => "application/vnd.apache.parquet",
            Self::PmTiles => "application/vnd.pmtiles",
        }
    }

    /// Whether clients read it by parts (then a range is no download unless it covers the whole).
    pub const fn is_read_in_parts(self) -> bool {
        matches!(self, Self::FlatGeobuf | Self::GeoParquet | Self::PmTiles | Self::Parquet)
    }

    /// The format of a [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// One table of a dataset in one format: a file to download (CKAN: resource).
#[derive(Debug, Clone)]
pub struct Distribution {
    /// Its id, the same in every release.
    pub id: DistributionId,
    /// The table it holds, as an index into [`Dataset::tables`].
    pub table: usize,
    /// Its format.
    pub format: Format,
    /// Its title.
    pub title: String,
    /// The name a download gets; may be Japanese.
    pub file_name: String,
    /// Where its bytes come from.
    pub content: Content,
    /// When it was first published.
    pub created: jiff::Timestamp,
}

/// Where the bytes of a distribution come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file of a release.
    Object {
        /// The object that holds it.
        digest: Digest,
        /// Length of the file.
        size_bytes: u64,
    },
    /// The answer under a path of this site, made whenever it is asked for.
    Made {
        /// The path with its question.
        path: String,
    },
}

impl Distribution {
    /// The object that holds it; `None` where it is made whenever it is asked for.
    pub fn digest(&self) -> Option<Digest> {
        match &self.content {
            Content::Object { digest, .. } => Some(*digest),
            Content::Made { .. } => None,
        }
    }

    /// Length of the file, where it is one.
    pub fn size_bytes(&self) -> Option<u64> {
        match &self.content {
            Content::Object { size_bytes, .. } => Some(*size_bytes),
            Content::Made { .. } => None,
        }
    }
}

/// All that is public at one moment.
#[derive(Debug, Default)]
pub struct Catalogue {
    organizations: Vec<Arc<Organization>>,
    site: Option<Arc<Organization>>,
    datasets: Vec<Arc<Dataset>>,
    organization_by_name: HashMap<String, usize>,
    dataset_by_name: HashMap<String, usize>,
    dataset_by_id: HashMap<DatasetId, usize>,
    distribution_by_id: HashMap<DistributionId, (usize, usize)>,
    layer_by_name: HashMap<String, (usize, usize)>,
}

impl Catalogue {
    /// Builds the look-ups. Organizations come sorted by code, datasets by name.
    pub fn new(mut organizations: Vec<Arc<Organization>>, mut datasets: Vec<Arc<Dataset>>) -> Self {
        organizations.sort_by_key(|a| a.code);
        datasets.sort_by(|a, b| a.name.cmp(&b.name));
        let mut catalogue = Self::default();
        for (index, organization) in organizations.iter().enumerate() {
            catalogue.organization_by_name.insert(organization.name.as_str().to_owned(), index);
        }
        for (index, dataset) in datasets.iter().enumerate() {
            catalogue.dataset_by_name.insert(dataset.name.as_str().to_owned(), index);
            catalogue.dataset_by_id.insert(dataset.id, index);
            for (inner, distribution) in dataset.distributions.iter().enumerate() {
                catalogue.distribution_by_id.insert(distribution.id, (index, inner));
            }
            for (inner, table) in dataset.tables.iter().enumerate() {
                if let Some(layer) = &table.layer {
                    catalogue.layer_by_name.insert(layer.name.as_str().to_owned(), (index, inner));
                }
            }
        }
        catalogue.organizations = organizations;
        catalogue.datasets = datasets;
        catalogue
    }

    /// The same with the dataset that the site makes, in the place of the one there was. Its publisher is the site
    /// itself, which is found by name and stands in no list of cities.
    #[must_use]
    pub fn with_dataset_of_site(&self, dataset: Dataset) -> Self {
        let publisher = Arc::clone(&dataset.organization);
        let mut datasets: Vec<Arc<Dataset>> = self.datasets_of_cities().cloned().collect();
        datasets.push(Arc::new(dataset));
        Self { site: Some(publisher), ..Self::new(self.organizations.clone(), datasets) }
    }

    /// Datasets by name, without the one that the site makes.
    pub fn datasets_of_cities(&self) -> impl Iterator<Item = &Arc<Dataset>> {
        self.datasets.iter().filter(|dataset| dataset.of_site.is_none())
    }

    /// Organizations by code.
    pub fn organizations(&self) -> &[Arc<Organization>] {
        &self.organizations
    }

    /// Datasets by name.
    pub fn datasets(&self) -> &[Arc<Dataset>] {
        &self.datasets
    }

    /// The organization of a CKAN name or id.
    pub fn organization(&self, name_or_id: &str) -> Option<&Arc<Organization>> {
        if let Some(&index) = self.organization_by_name.get(name_or_id) {
            return self.organizations.get(index);
        }
        let site = self.site.iter().filter(|site| site.name.as_str() == name_or_id);
        let id = OrganizationId::parse(name_or_id);
        let by_id = self.organizations.iter().chain(&self.site).filter(|own| Some(own.id) == id);
        site.chain(by_id).next()
    }

    /// The dataset of a CKAN name or id.
    pub fn dataset(&self, name_or_id: &str) -> Option<&Arc<Dataset>> {
        let index = self
            .dataset_by_name
            .get(name_or_id)
            .or_else(|| DatasetId::parse(name_or_id).and_then(|id| self.dataset_by_id.get(&id)))?;
        self.datasets.get(*index)
    }

    /// A distribution and its dataset.
    pub fn distribution(&self, id: DistributionId) -> Option<(&Arc<Dataset>, &Distribution)> {
        let &(dataset, inner) = self.distribution_by_id.get(&id)?;
        let dataset = self.datasets.get(dataset)?;
        Some((dataset, dataset.distributions.get(inner)?))
    }

    /// A layer with its dataset and table.
    pub fn layer(&self, name: &str) -> Option<(&Arc<Dataset>, &Table, &Layer)> {
        let &(dataset, inner) = self.layer_by_name.get(name)?;
        let dataset = self.datasets.get(dataset)?;
        let table = dataset.tables.get(inner)?;
        Some((dataset, table, table.layer.as_ref()?))
    }

    /// All layers, in the order of their datasets.
    pub fn layers(&self) -> impl Iterator<Item = (&Arc<Dataset>, &Table, &Layer)> {
        self.datasets
            .iter()
            .flat_map(|dataset| dataset.tables.iter().filter_map(move |t| t.layer.as_ref().map(|l| (dataset, t, l))))
    }
}
