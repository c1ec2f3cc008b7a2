//! The tileset: our own parallel builder of vector tiles (MVT 2.1) into a PMTiles archive.
//!
//! 1. Every geometry is projected once to integers (`project`); equal positions stay equal for ever after.
//! 2. Vertices get the zoom from which they are drawn, arc by arc, so that shared borders stay shared (`simplify`).
//! 3. The greatest zoom is built first, with every vertex of every feature; where a tile there weighs more than the
//!    budget, the zoom is raised (`zooms`, `pyramid`).
//! 4. Each lesser zoom: shapes too small to be seen merge into dots (`level`), the rest is snapped, cut down the tree of
//!    halves (`clip`), weighed by importance (`budget`), encoded (`encode`) and packed.
//! 5. Tiles go to the archive with metadata that says how many features each zoom leaves out.

use geo::BoundingRect as _;
use serde_json::json;

use super::archive::{ArchiveInfo, ArchiveWriter};
use super::{Finished, Out, PublishError, Rows, TableInput, Writer, out};
use crate::model::catalogue::Format;
use crate::model::lonlat::Bbox;
use crate::model::record::Storage;
use crate::store::objects::Objects;

mod budget;
mod clip;
mod encode;
mod level;
mod project;
mod pyramid;
mod simplify;
mod zooms;

use encode::Values;
use project::Shape;
use pyramid::{Feature, Level, Source};

/// The tileset of one table in the making.
pub(super) struct TilesFile {
    table: Table,
    spool: Out,
    out: Out,
}

/// What gathers during the sweep.
struct Table {
    layer: String,
    title: String,
    attribution: String,
    names: Vec<String>,
    storages: Vec<Storage>,
    values: Values,
    shapes: Vec<Shape>,
    features: Vec<Feature>,
    bounds: Option<Bbox>,
    records: u64,
}

impl TilesFile {
    pub(super) fn new(input: TableInput<'_>, objects: &Objects) -> Result<Self, PublishError> {
        let columns = &input.shape.columns;
        let table = Table {
            layer: input.layer.unwrap_or(&input.shape.key).as_str().to_owned(),
            title: input.title.to_owned(),
            attribution: input.attribution.to_owned(),
            names: columns.iter().map(|column| column.name.clone()).collect(),
            storages: columns.iter().map(|column| column.kind.storage()).collect(),
            values: Values::new(columns.len()),
            shapes: Vec::new(),
            features: Vec::new(),
            bounds: None,
            records: 0,
        };
        Ok(Self { table, spool: out(objects, Format::PmTiles)?, out: out(objects, Format::PmTiles)? })
    }
}

impl Table {
    fn record(&mut self, rows: &Rows<'_>, row: usize) -> Result<(), PublishError> {
        let Some(geometry) = rows.geometry(row) else { return Ok(()) };
        let shapes = project::shapes(geometry);
        if shapes.is_empty() {
            return Ok(());
        }
        let too_large = |what| PublishError::TooLarge { format: Format::PmTiles.name(), what };
        let place = self
            .values
            .add(rows.columns().iter().map(|cells| cells.get(row)))
            .ok_or(too_large("more than 4 thousand million different values"))?;
        if let Some(rect) = geometry.bounding_rect() {
            let found = Bbox {
                west_deg: rect.min().x,
                south_deg: rect.min().y,
                east_deg: rect.max().x,
                north_deg: rect.max().y,
            };
            self.bounds = Some(self.bounds.map_or(found, |bounds| bounds.union(found)));
        }
        self.records += 1;
        // MVT ids are read as doubles by browsers: 2^53 is far beyond any table.
        let id = u64::try_from(rows.id(row)).ok().filter(|id| *id < 1 << 53);
        for (index, shape) in shapes.into_iter().enumerate() {
            let size = shape.size();
            self.features.push(Feature { id: id.filter(|_| index == 0), row: place, rank: 0, size });
            self.shapes.push(shape);
        }
        if u32::try_from(self.shapes.len()).is_err() {
            return Err(too_large("more than 4 thousand million shapes"));
        }
        Ok(())
    }

    fn rank(&mut self) {
        let sizes: Vec<(u8, f64)> = self
            .shapes
            .iter()
            .zip(&self.features)
            .map(|(shape, feature)| {
                let kind = match shape {
                    Shape::Points(_) => 1,
                    Shape::Lines(_) => 2,
                    Shape::Polygons(_) => 3,
                };
                (kind, feature.size)
            })
            .collect();
        for (feature, rank) in self.features.iter_mut().zip(budget::ranks(&sizes)) {
            feature.rank = rank;
        }
    }

    fn source(&self) -> Source<'_> {
        Source {
            layer: &self.layer,
            names: &self.names,
            values: &self.values,
            shapes: &self.shapes,
            features: &self.features,
        }
    }

    /// The greatest zoom with all features: raised while a tile is too heavy, to 18 at most. There all features are
    /// kept, also many at one place whose tile is then heavier than the budget; the metadata says the weight.
    fn top(&self, mut zoom: u8) -> std::io::Result<(u8, Level)> {
        loop {
            let level = pyramid::build(&self.source(), zoom, true)?;
            let fits = level.heaviest_bytes <= budget::BUDGET_BYTES;
            if fits || zoom >= project::DEEPEST || !zooms::is_affordable(&self.shapes, &self.features, zoom + 1) {
                return Ok((zoom, level));
            }
            zoom += 1;
        }
    }

    fn metadata(
        &self,
        min_zoom: u8,
        max_zoom: u8,
        zooms: &serde_json::Map<String, serde_json::Value>,
    ) -> serde_json::Value {
        let kind_of = |storage: &Storage| if *storage == Storage::Text { "String" } else { "Number" };
        let fields: serde_json::Map<String, serde_json::Value> = self
            .names
            .iter()
            .zip(&self.storages)
            .map(|(name, storage)| (name.clone(), kind_of(storage).into()))
            .collect();
        let attributes: Vec<serde_json::Value> = self
            .names
            .iter()
            .zip(&self.storages)
            .zip(self.values.filled())
            .map(|((name, storage), filled)| {
                json!({ "attribute": name, "count": filled, "type": kind_of(storage).to_lowercase() })
            })
            .collect();
        let count = |wanted: fn(&Shape) -> bool| self.shapes.iter().filter(|shape| wanted(shape)).count();
        let kinds = [
            ("Polygon", count(|shape| matches!(shape, Shape::Polygons(_)))),
            ("LineString", count(|shape| matches!(shape, Shape::Lines(_)))),
            ("Point", count(|shape| matches!(shape, Shape::Points(_)))),
        ];
        let geometry = kinds.iter().max_by_key(|(_, count)| *count).map_or("Unknown", |(name, _)| *name);
        json!({
            "name": self.title,
            "attribution": self.attribution,
            "type": "overlay",
            "format": "pbf",
            "generator": "hiraku",
            "minzoom": min_zoom,
            "maxzoom": max_zoom,
            "vector_layers": [{
                "id": self.layer,
                "description": self.title,
                "minzoom": min_zoom,
                "maxzoom": max_zoom,
                "fields": fields,
            }],
            "tilestats": { "layerCount": 1, "layers": [{
                "layer": self.layer,
                "count": self.records,
                "geometry": geometry,
                "attributeCount": self.names.len(),
                "attributes": attributes,
            }] },
            "hiraku": {
                "features": self.records,
                "complete_from_zoom": max_zoom,
                "zooms": zooms,
            },
        })
    }

    fn build(mut self, bounds: Bbox, spool: Out, mut out: Out) -> std::io::Result<Finished> {
        self.values.seal();
        self.rank();
        simplify::simplify(&mut self.shapes);
        let (min_zoom, max_zoom) = zooms::zooms(&self.shapes, &self.features);
        let (max_zoom, top) = self.top(max_zoom)?;
        let mut levels = Vec::new();
        let mut archive = ArchiveWriter::new(spool);
        let mut top = Some(top);
        for zoom in min_zoom..=max_zoom {
            let level = match top.take_if(|_| zoom == max_zoom) {
                Some(level) => level,
                None => pyramid::build(&self.source(), zoom, false)?,
            };
            for (tile, bytes) in &level.tiles {
                archive.add(*tile, bytes)?;
            }
            levels.push((zoom, level.tiles.len(), level.heaviest_bytes, level.dropped, level.merged));
        }
        let zooms: serde_json::Map<String, serde_json::Value> = levels
            .iter()
            .map(|(zoom, tiles, heaviest, dropped, merged)| {
                let about = json!({
                    "tiles": tiles, "heaviest_bytes": heaviest, "dropped": dropped, "merged": merged,
                });
                (zoom.to_string(), about)
            })
            .collect();
        let metadata = self.metadata(min_zoom, max_zoom, &zooms);
        let info = ArchiveInfo { min_zoom, max_zoom, bounds, center_zoom: min_zoom.max(max_zoom.min(10)), metadata };
        archive.finish(&info, &mut out)?;
        let file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        Ok(Finished { format: Format::PmTiles, file, zooms: Some((min_zoom, max_zoom)) })
    }
}

impl Writer for TilesFile {
    fn batch(&mut self, rows: &Rows<'_>) -> Result<(), PublishError> {
        (0..rows.len()).try_for_each(|row| self.table.record(rows, row))
    }

    fn finish(self: Box<Self>) -> Result<Option<Finished>, PublishError> {
        let Self { table, spool, out } = *self;
        let Some(bounds) = table.bounds else { return Ok(None) };
        table.build(bounds, spool, out).map(Some).map_err(PublishError::write(Format::PmTiles))
    }
}
