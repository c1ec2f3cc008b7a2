//! What a stretch of a map holds: read from the store in one turn, drawn, and listed as drawn.

use std::collections::HashMap;
use std::sync::Arc;

use geo::CoordsIter;
use geo_types::Coord;

use super::super::label::{label, level, level_column, place_column, value_text};
use super::super::seen::boundary_of;
use super::super::shapes::{Place, middle};
use super::super::style::place_name_column;
use super::drawing::Drawing;
use super::marks::Mark;
use super::state::Shown;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::themes::{Base, MapLayer};
use crate::model::catalogue::{Catalogue, Dataset};
use crate::model::lonlat::Bbox;
use crate::model::naming::label_column;
use crate::normalize::gazetteer::LEVEL_COLUMN;
use crate::store::condition::Condition;
use crate::store::features::FeatureQuery;
use crate::store::rows::{FoundRow, RowPage, RowQuery};
use crate::store::{Store, StoreError};

/// Features drawn in one picture, of all layers together: 5,000 marks are 250 KB of SVG, 40 KB compressed.
pub(super) const FEATURES_LIMIT: u64 = 5_000;
/// Vertices read for one picture: 24 MB, of which what is drawn is a small part.
const VERTICES_LIMIT: usize = 1_500_000;
/// Parts of the boundary in one picture; one city has a few, a coast with islets some hundreds.
const BOUNDARY_PARTS: u64 = 600;
/// Roads or buildings of the ground in one picture: more are a grey area.
const GROUND_LIMIT: u64 = 3_000;

/// The features of one layer in a stretch.
pub(super) struct LayerContent {
    /// The layer's place among the map's.
    pub(super) index: usize,
    percent: u8,
    /// Features in the stretch; more than were read where the picture cannot hold them all.
    pub(super) total: u64,
    page: RowPage,
}

/// What a stretch holds.
pub(super) struct Content {
    /// The layers shown, the uppermost first.
    pub(super) layers: Vec<LayerContent>,
    boundary: RowPage,
    /// Where the boundary is from.
    pub(super) boundary_source: Option<Arc<Dataset>>,
    ground: Vec<RowPage>,
    /// Whose roads and buildings lie under the map.
    pub(super) ground_sources: Vec<Arc<Dataset>>,
}

/// What is to be read.
pub(super) struct Wanted<'a> {
    pub(super) layers: &'a [MapLayer],
    pub(super) shown: &'a [Shown],
    /// What lies under the layers at this zoom.
    pub(super) base: Base,
    pub(super) bbox: Bbox,
    /// Whether only the numbers of features and their names are wanted: the script draws by itself.
    pub(super) only_list: bool,
}

/// Reads it off the async threads.
pub(super) async fn read(app: &Arc<App>, catalogue: &Catalogue, wanted: Wanted<'_>) -> Result<Content, Problem> {
    let Wanted { layers, shown, base, bbox, only_list } = wanted;
    let owner = layers.first().map(|layer| Arc::clone(&layer.dataset));
    let boundary = owner
        .filter(|_| !only_list)
        .and_then(|dataset| boundary_of(catalogue, &dataset).map(|(dataset, index)| (Arc::clone(dataset), index)));
    let picked: Vec<(Shown, MapLayer)> =
        shown.iter().filter_map(|shown| Some((shown.clone(), layers.get(shown.index)?.clone()))).collect();
    // What is shown in colour is not drawn in grey as well.
    let in_colour = |own: &MapLayer| shown.iter().any(|shown| shown.name == own.layer.name.as_str());
    let ground: Vec<MapLayer> =
        base.roads.into_iter().chain(base.buildings).filter(|own| !only_list && !in_colour(own)).collect();
    let store = Arc::clone(&app.store);
    let read = move || -> Result<Content, StoreError> {
        let mut content = Content {
            layers: layers_in(&store, picked, bbox)?,
            boundary: RowPage::default(),
            boundary_source: None,
            ground: Vec::new(),
            ground_sources: Vec::new(),
        };
        if let Some((dataset, index)) = boundary
            && let Some(table) = dataset.tables.get(index)
        {
            let columns = vec![place_name_column(table).unwrap_or("_id").to_owned()];
            content.boundary = store.rows(table, &stretch(columns, bbox, BOUNDARY_PARTS))?;
            content.boundary_source = Some(dataset);
        }
        for own in ground {
            if let Some(table) = own.table() {
                content.ground.push(store.rows(table, &stretch(vec!["_id".to_owned()], bbox, GROUND_LIMIT))?);
                content.ground_sources.push(own.dataset);
            }
        }
        Ok(content)
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(Problem::internal("reading a themed map", &error)),
        Err(error) => Err(Problem::internal("reading a themed map", &error)),
    }
}

fn stretch(columns: Vec<String>, bbox: Bbox, limit: u64) -> RowQuery {
    RowQuery { columns, bbox: Some(bbox), limit, geometry: true, ..RowQuery::default() }
}

/// Each layer may take its part of what is left of the limit, so that the first does not starve the last.
fn layers_in(store: &Store, picked: Vec<(Shown, MapLayer)>, bbox: Bbox) -> Result<Vec<LayerContent>, StoreError> {
    let (mut left, mut vertices) = (FEATURES_LIMIT, VERTICES_LIMIT);
    let mut waiting = picked.len() as u64;
    let mut read = Vec::with_capacity(picked.len());
    for (shown, own) in picked {
        let Some(table) = own.table() else { continue };
        let limit = (left / waiting.max(1)).max(1);
        waiting = waiting.saturating_sub(1);
        // One column must be named, an empty list would mean all of them.
        let mut columns = vec!["_id".to_owned()];
        let named = [label_column(&table.shape), place_column(&table.shape)];
        columns.extend(named.into_iter().flatten().filter_map(|at| Some(table.shape.columns.get(at)?.name.clone())));
        columns.extend(level_column(&table.shape).map(|_| LEVEL_COLUMN.to_owned()));
        let query = FeatureQuery {
            columns: columns.clone(),
            geometry: true,
            condition: Some(Condition::Meets(bbox)),
            limit,
            ..FeatureQuery::default()
        };
        let mut rows = Vec::new();
        let taken = store.features(table, &query, |feature| {
            vertices = vertices.saturating_sub(feature.row.geometry.as_ref().map_or(0, CoordsIter::coords_count));
            rows.push(feature.row);
            vertices > 0
        })?;
        left = left.saturating_sub(rows.len() as u64);
        let (total, page) = (taken.matched, RowPage { columns, rows, total: None });
        read.push(LayerContent { index: shown.index, percent: shown.percent, total, page });
    }
    Ok(read)
}

/// One feature that lies on the drawing.
pub(super) struct Listed {
    /// Its layer's place among the map's.
    pub(super) layer: usize,
    pub(super) id: u64,
    pub(super) label: String,
    pub(super) more: String,
    pub(super) level: String,
    /// A point that stands for it, degrees.
    pub(super) center: Option<Coord<f64>>,
}

/// What came of drawing.
pub(super) struct Outcome {
    /// The very features that are drawn, in the order of the layers.
    pub(super) listed: Vec<Listed>,
    /// Features that touch the stretch and are not drawn, because the picture is full.
    pub(super) left_out: u64,
    /// Where each listed one lies in the content: layer and row.
    rows: Vec<(usize, usize)>,
}

impl Content {
    /// Draws it all, the ground first.
    pub(super) fn draw(
        &self,
        drawing: &mut Drawing,
        layers: &[MapLayer],
        place: &impl Fn(Coord<f64>) -> Option<Place>,
    ) -> Outcome {
        for row in &self.boundary.rows {
            if let Some(geometry) = &row.geometry {
                drawing.land(geometry, &row.values.first().map(value_text).unwrap_or_default(), place);
            }
        }
        for geometry in self.ground.iter().flat_map(|page| &page.rows).filter_map(|row| row.geometry.as_ref()) {
            drawing.ground(geometry, place);
        }
        let mut seen: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut left_out = 0;
        // The lowest first: what is drawn last lies on top.
        for (at, content) in self.layers.iter().enumerate().rev() {
            drawing.layer(Mark::of(content.index), content.percent);
            let level_at = content.page.columns.iter().position(|column| column == LEVEL_COLUMN);
            left_out += content.total.saturating_sub(content.page.rows.len() as u64);
            for (number, row) in content.page.rows.iter().enumerate() {
                let Some(geometry) = &row.geometry else { continue };
                if drawing.is_full() {
                    left_out += 1;
                } else if drawing.feature(geometry, !level(&row.values, level_at).is_empty(), place) {
                    seen.entry(at).or_default().push(number);
                }
            }
        }
        let mut rows = Vec::new();
        for at in 0..self.layers.len() {
            rows.extend(seen.remove(&at).unwrap_or_default().into_iter().map(|number| (at, number)));
        }
        let listed = rows.iter().filter_map(|(at, number)| self.listed(*at, *number, layers)).collect();
        Outcome { listed, left_out, rows }
    }

    /// Whether the position of any feature is only about right.
    pub(super) fn has_rough(&self) -> bool {
        self.layers.iter().any(|content| {
            let level_at = content.page.columns.iter().position(|column| column == LEVEL_COLUMN);
            level_at.is_some() && content.page.rows.iter().any(|row| !level(&row.values, level_at).is_empty())
        })
    }

    fn row(&self, at: usize, number: usize) -> Option<&FoundRow> {
        self.layers.get(at)?.page.rows.get(number)
    }

    fn listed(&self, at: usize, number: usize, layers: &[MapLayer]) -> Option<Listed> {
        let content = self.layers.get(at)?;
        let row = self.row(at, number)?;
        let shape = &layers.get(content.index)?.table()?.shape;
        let name_of = |column: Option<usize>| column.and_then(|at| shape.columns.get(at)).map(|own| own.name.as_str());
        let find = |name: Option<&str>| name.and_then(|name| content.page.columns.iter().position(|own| own == name));
        let label_at = find(name_of(label_column(shape)));
        let place_at = find(name_of(place_column(shape))).filter(|place| Some(*place) != label_at);
        Some(Listed {
            layer: content.index,
            id: row.id,
            label: label(&row.values, label_at, row.id),
            more: place_at.and_then(|at| row.values.get(at)).map(value_text).unwrap_or_default(),
            level: level(&row.values, find(Some(LEVEL_COLUMN))),
            center: row.geometry.as_ref().and_then(middle),
        })
    }

    /// Writes the numbers of one page of the list beside its features.
    pub(super) fn number(
        &self,
        drawing: &mut Drawing,
        outcome: &Outcome,
        page: std::ops::Range<usize>,
        place: &impl Fn(Coord<f64>) -> Option<Place>,
    ) {
        for number in page {
            let Some((at, row)) = outcome.rows.get(number) else { break };
            if let Some(geometry) = self.row(*at, *row).and_then(|row| row.geometry.as_ref()) {
                drawing.number(geometry, number as u64 + 1, place);
            }
        }
    }
}
