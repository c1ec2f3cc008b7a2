//! The tileset: our own parallel builder of vector tiles (MVT 2.1) into a PMTiles archive.
//!
//! 1. The sweep: every geometry is projected once to integers (`project`) and laid aside (`index::gather`); equal
//!    positions stay equal for ever after.
//! 2. The packed index (`index`): vertices get the zoom from which they are drawn, arc by arc, so that shared borders
//!    stay shared (`simplify`); polygons get their label point (`label`), features their importance (`thin`).
//! 3. The greatest zoom is built first, with every vertex of every feature; where a tile there weighs more than the
//!    budget, the zoom is raised (`zooms`).
//! 4. Each zoom is built chunk by chunk (`chunk`): shapes too small to be seen merge into dots (`level`), the rest is
//!    snapped and cut down the tree of halves (`clip`), equal neighbours are joined (`join`), tiles are weighed, thinned
//!    by one continuous field of thresholds (`thin`), encoded (`encode`) and packed (`pyramid`).
//! 5. Where the tileset of the release before is at hand, only the tiles that a changed feature touches are built, the
//!    others are taken over byte by byte (`changes`).
//! 6. Tiles go to the archive with metadata that says how many features each zoom leaves out (`metadata`).
//!
//! Memory is bounded whatever the size of the table: the sweep writes to a file, the index is mapped, junctions are
//! searched in as many passes as the limit asks for, and a chunk holds some thousand features.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Mutex;

use bytes::Bytes;

use super::archive::{ArchiveInfo, ArchiveWriter, Effort, TileCompression, Tileset, first_id};
use super::{Finished, FinishedTileset, Out, PublishError, Rows, TableInput, Writer, out};
use crate::model::catalogue::Format;
use crate::model::naming::name_column;
use crate::model::record::{Storage, TableShape};
use crate::model::tile::TileSettings;
use crate::store::objects::Objects;

mod changes;
mod chunk;
mod clip;
mod encode;
mod index;
mod join;
mod label;
mod level;
mod line;
pub mod live;
mod metadata;
mod project;
mod pyramid;
mod ring;
mod second;
mod simplify;
mod thin;
mod zooms;

use chunk::Zoom;
use index::gather::{About, Gathered};
use index::{Built, Head, Index};
use level::Detail;
use pyramid::{Level, Plan};
pub use thin::BUDGET_BYTES;

pub use index::IndexError;

/// The tileset of one table in the making.
pub(super) struct TilesFile {
    title: String,
    attribution: String,
    storages: Vec<Storage>,
    head: Head,
    gathered: Gathered,
    objects: Objects,
    options: super::TileOptions,
}

impl TilesFile {
    pub(super) fn new(input: TableInput<'_>, objects: &Objects) -> Result<Self, PublishError> {
        let columns = &input.shape.columns;
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let settings = settings(input.shape);
        let head = Head {
            layer: input.layer.unwrap_or(&input.shape.key).as_str().to_owned(),
            label_column: label_column(input.shape, &settings),
            names,
            settings,
            min_zoom: 0,
            shapes: 0,
            crowded: false,
            last_id: 0,
            built: None,
        };
        let spool = out(objects, Format::PmTiles)?;
        let gathered = Gathered::new(spool, &head.names, identity(input.shape), &head.settings);
        Ok(Self {
            title: input.title.to_owned(),
            attribution: input.attribution.to_owned(),
            storages: columns.iter().map(|column| column.kind.storage()).collect(),
            head,
            gathered,
            objects: objects.clone(),
            options: input.tiles,
        })
    }
}

/// What the publisher wants; ledgers are complete from zoom 14 on where nothing else is said.
fn settings(shape: &TableShape) -> TileSettings {
    let mut settings = shape.tiles.clone();
    if settings.complete_from.is_none() && shape.title.contains("台帳") {
        settings.complete_from = Some(14);
    }
    settings
}

/// The column whose values are written at label points: the one asked for, or that which names the records.
fn label_column(shape: &TableShape, settings: &TileSettings) -> Option<u32> {
    let place = match &settings.label {
        Some(wanted) => shape.columns.iter().position(|column| column.name == *wanted),
        None => name_column(shape),
    };
    place.and_then(|place| u32::try_from(place).ok())
}

/// 全国地方公共団体コード and ID of the standard's sheets: what identifies a record in every release.
fn identity(shape: &TableShape) -> Vec<usize> {
    let place = |name: &str| shape.columns.iter().position(|column| column.name == name && column.field.is_some());
    place("ID").map(|id| place("全国地方公共団体コード").into_iter().chain([id]).collect()).unwrap_or_default()
}

/// A tileset in the making, its index written.
struct Making<'a> {
    index: &'a Index,
    about: &'a About,
    ground: u32,
    archive: Mutex<ArchiveWriter<Out>>,
    settings: &'a TileSettings,
    budget_bytes: usize,
}

/// What is taken over from the release before.
struct Before {
    built: Built,
    tileset: Tileset<Bytes>,
    /// By zoom, the tiles that changed features touch.
    touched: BTreeMap<u8, BTreeSet<u64>>,
}

impl Making<'_> {
    fn detail(&self, zoom: u8, is_top: bool) -> Detail {
        let is_complete = self.settings.complete_from.is_some_and(|from| zoom >= from);
        Detail { every_feature: is_top || is_complete, every_vertex: is_top }
    }

    fn level(&self, zoom: u8, is_top: bool, before: Option<&Before>) -> io::Result<Level> {
        let detail = self.detail(zoom, is_top);
        let zoom = Zoom { index: self.index, z: zoom, detail, budget_bytes: self.budget_bytes, effort: Effort::Kept };
        let mut plan =
            Plan { zoom, ground: self.ground, thresholds: BTreeMap::new(), joined: BTreeMap::new(), only: None };
        if let Some(before) = before {
            let level = before.built.levels.get(&zoom.z).cloned().unwrap_or_default();
            plan.thresholds = level.thresholds.into_iter().collect();
            plan.joined = level.joined.into_iter().collect();
            plan.only = Some(before.touched.get(&zoom.z).cloned().unwrap_or_default());
        }
        pyramid::build(plan, &self.archive)
    }

    /// The greatest zoom with all features: raised while a tile is too heavy, to 18 at most. There all features are
    /// kept, also many at one place whose tile is then heavier than the budget; the metadata says the weight.
    fn top(&self, mut zoom: u8) -> io::Result<(u8, Level)> {
        loop {
            let level = self.level(zoom, true, None)?;
            let fits = level.figures.heaviest_bytes <= self.budget_bytes as u64;
            let is_given = self.settings.max_zoom.is_some();
            if fits || is_given || zoom >= project::DEEPEST || !zooms::is_affordable(self.about, zoom + 1) {
                return Ok((zoom, level));
            }
            self.remove(zoom);
            zoom += 1;
        }
    }

    fn remove(&self, zoom: u8) {
        let mut archive = self.archive.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        archive.remove(first_id(zoom)..first_id(zoom + 1));
    }

    /// Takes over the tiles that no changed feature touches.
    fn take_over(&self, before: &Before) -> io::Result<u64> {
        let mut archive = self.archive.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let touched: BTreeSet<u64> = before.touched.values().flatten().copied().collect();
        let mut taken_over = 0;
        for entry in before.tileset.entries() {
            let bytes = before.tileset.tile_of(entry).ok_or(io::ErrorKind::UnexpectedEof)?;
            for number in entry.tile_id..entry.tile_id + u64::from(entry.run_length) {
                if !touched.contains(&number) {
                    archive.add(number, bytes)?;
                    taken_over += 1;
                }
            }
        }
        Ok(taken_over)
    }
}

impl TilesFile {
    fn build(self) -> Result<Option<Finished>, PublishError> {
        let write = |error| PublishError::write(Format::PmTiles)(error);
        let Self { title, attribution, storages, mut head, gathered, objects, options } = self;
        let Some(bounds) = gathered.about.degrees else { return Ok(None) };
        if u32::try_from(gathered.about.shapes).is_err() {
            let what = "more than 4 thousand million shapes";
            return Err(PublishError::TooLarge { format: Format::PmTiles.name(), what });
        }
        let (min_zoom, wanted) = zooms::zooms(&gathered.about, &head.settings);
        head.min_zoom = min_zoom;
        let previous = options.previous.and_then(|previous| changes::open(&objects, previous, &head));
        let old = previous.as_ref().map(|(index, _)| index);
        let mut packed =
            index::pack(gathered, head, out(&objects, Format::PmTiles)?, options.memory_bytes, old).map_err(write)?;
        let index = packed.open().map_err(write)?;
        let about = packed.about.clone();
        let making = Making {
            index: &index,
            about: &about,
            ground: index.entries().map(|(_, entry)| entry.key).min().unwrap_or(0),
            archive: Mutex::new(ArchiveWriter::new(out(&objects, Format::PmTiles)?)),
            settings: &index.head.settings,
            budget_bytes: options.budget_bytes,
        };
        let before = previous.and_then(|(old, tileset)| changes::before(&old, tileset, &making, wanted));
        let mut levels: BTreeMap<u8, Level> = BTreeMap::new();
        let mut taken_over = 0;
        let max_zoom = if let Some(before) = &before {
            taken_over = making.take_over(before).map_err(write)?;
            let max_zoom = before.built.max_zoom;
            levels.insert(max_zoom, making.level(max_zoom, true, Some(before)).map_err(write)?);
            max_zoom
        } else {
            let (max_zoom, level) = making.top(wanted).map_err(write)?;
            levels.insert(max_zoom, level);
            max_zoom
        };
        for zoom in min_zoom..max_zoom {
            levels.insert(zoom, making.level(zoom, false, before.as_ref()).map_err(write)?);
        }
        let metadata = metadata::Metadata {
            title: &title,
            attribution: &attribution,
            head: &index.head,
            storages: &storages,
            about: &about,
            zooms: (min_zoom, max_zoom),
            levels: &levels,
        };
        let info = ArchiveInfo {
            min_zoom,
            max_zoom,
            bounds,
            center_zoom: min_zoom.max(max_zoom.min(10)),
            metadata: metadata.json(),
            tile_compression: TileCompression::Gzip,
        };
        let mut file = out(&objects, Format::PmTiles)?;
        let archive = making.archive.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        archive.finish(&info, &mut file).map_err(write)?;
        let file = file.into_inner().map_err(|error| write(error.into_error()))?;
        let brotli = if options.twin { second(&file, &objects, options.previous, &info)? } else { None };
        let built = Built { max_zoom, wanted_zoom: wanted, ground: making.ground, levels: index::levels(levels) };
        let index_file = packed.finish(built).map_err(write)?;
        let tileset = FinishedTileset { zooms: (min_zoom, max_zoom), index: index_file, brotli, taken_over };
        Ok(Some(Finished { format: Format::PmTiles, file, tileset: Some(tileset) }))
    }
}

/// The brotli twin of a finished archive, where it pays.
fn second(
    file: &tempfile::NamedTempFile,
    objects: &Objects,
    previous: Option<super::PreviousTiles>,
    info: &ArchiveInfo,
) -> Result<Option<tempfile::NamedTempFile>, PublishError> {
    let write = |error| PublishError::write(Format::PmTiles)(error);
    let mapped = crate::model::mapped::MappedFile::open(file.as_file()).map_err(write)?;
    let tileset = Tileset::open(Bytes::from_owner(mapped)).map_err(|error| write(io::Error::other(error)))?;
    let open = |digest| Tileset::open(Bytes::from_owner(objects.map(&digest).ok()?)).ok();
    let before = previous.and_then(|previous| Some((open(previous.tileset)?, open(previous.brotli?)?)));
    let writer = ArchiveWriter::new(out(objects, Format::PmTiles)?);
    let mut twin = out(objects, Format::PmTiles)?;
    if !second::twin(&tileset, before.as_ref(), writer, info, &mut twin).map_err(write)? {
        return Ok(None);
    }
    twin.into_inner().map(Some).map_err(|error| write(error.into_error()))
}

impl Writer for TilesFile {
    fn batch(&mut self, rows: &Rows<'_>) -> Result<(), PublishError> {
        self.gathered.add(rows).map_err(PublishError::write(Format::PmTiles))
    }

    fn finish(self: Box<Self>) -> Result<Option<Finished>, PublishError> {
        self.build()
    }
}
