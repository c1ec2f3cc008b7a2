//! What a view of a layer shows: read from the store in one turn, and drawn.

use std::sync::Arc;

use geo::BoundingRect as _;

use super::label::{level, level_column, value_text};
use super::pager::window;
use super::picture::Picture;
use super::projection::View;
use super::style::place_name_column;
use super::wording::number;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::words::tell;
use crate::model::catalogue::{Catalogue, Dataset, Layer};
use crate::model::lonlat::{Bbox, JAPAN};
use crate::model::record::GeometryKind;
use crate::normalize::gazetteer::LEVEL_COLUMN;
use crate::store::rows::{RowPage, RowQuery};

/// Features on one page of the list.
pub(super) const PER_PAGE: u64 = 20;

/// Features drawn in one picture: 5,000 points are 200 KB of SVG, 30 KB compressed.
const DRAWN: u64 = 5_000;

/// Parts of the boundary drawn in one picture; one city has a few, a coast with islets some hundreds.
const BOUNDARY_PARTS: u64 = 600;

/// Size of the picture, px of its own; pages scale it.
pub(super) const SIZE_PX: (f64, f64) = (800.0, 600.0);

/// The layer with the boundary of a dataset's publisher, as (dataset, index of its table): the publisher's own, else
/// that of its prefecture, else that of another publisher of the same prefecture.
pub(super) fn boundary_of<'a>(catalogue: &'a Catalogue, dataset: &Dataset) -> Option<(&'a Arc<Dataset>, usize)> {
    let is_boundary = |candidate: &Dataset| {
        ["行政区域", "行政界", "市区町村界"].iter().any(|word| {
            candidate.title.contains(word)
                || candidate.theme.contains(word)
                || candidate.tags.iter().any(|tag| tag.contains(word))
        })
    };
    let publisher = &dataset.organization;
    catalogue
        .layers()
        .filter(|(candidate, table, _)| table.geometry == Some(GeometryKind::Polygon) && is_boundary(candidate))
        .filter_map(|(candidate, table, _)| {
            let other = &candidate.organization;
            let distance = if other.id == publisher.id {
                0
            } else if other.code.prefecture() == publisher.code.prefecture() {
                if other.prefecture.is_empty() { 1 } else { 2 }
            } else {
                return None;
            };
            let index = candidate.tables.iter().position(|own| std::ptr::eq(own, table))?;
            Some((distance, candidate, index))
        })
        .min_by_key(|(distance, ..)| *distance)
        .map(|(_, candidate, index)| (candidate, index))
}

/// What a view shows.
pub(super) struct Seen {
    /// The features to draw: their names and geometries.
    pub(super) drawn: RowPage,
    /// The features of the list's page.
    pub(super) list: RowPage,
    pub(super) boundary: RowPage,
    pub(super) boundary_source: Option<Arc<Dataset>>,
    pub(super) table: usize,
}

/// Reads what a view shows, all in one turn off the async threads.
pub(super) async fn seen(
    app: &Arc<App>,
    catalogue: &Catalogue,
    dataset: &Arc<Dataset>,
    layer: &Layer,
    bbox: Bbox,
    list_page: Option<u64>,
    drawn: bool,
) -> Result<Seen, Problem> {
    let table = dataset
        .tables
        .iter()
        .position(|table| table.layer.as_ref().is_some_and(|own| own.name == layer.name))
        .ok_or_else(Problem::not_found)?;
    let boundary = boundary_of(catalogue, dataset)
        .filter(|(candidate, index)| drawn && !(candidate.id == dataset.id && *index == table))
        .map(|(candidate, index)| (Arc::clone(candidate), index));
    let dataset = Arc::clone(dataset);
    let store = Arc::clone(&app.store);
    let read = move || -> Result<Seen, crate::store::StoreError> {
        let own = &dataset.tables[table];
        let mut found = Seen {
            drawn: RowPage::default(),
            list: RowPage::default(),
            boundary: RowPage::default(),
            boundary_source: None,
            table,
        };
        if drawn {
            // One column must be named, an empty list would mean all of them.
            let mut columns = vec!["_id".to_owned()];
            columns.extend(level_column(&own.shape).map(|_| LEVEL_COLUMN.to_owned()));
            let query = RowQuery {
                columns,
                bbox: Some(bbox),
                limit: DRAWN,
                total: true,
                geometry: true,
                ..RowQuery::default()
            };
            found.drawn = store.rows(own, &query)?;
        }
        if let Some(list_page) = list_page {
            let total = if drawn {
                found.drawn.total.unwrap_or(0)
            } else {
                let query = RowQuery { bbox: Some(bbox), total: true, ..RowQuery::default() };
                store.rows(own, &query)?.total.unwrap_or(0)
            };
            let (_, _, offset) = window(list_page, PER_PAGE, total);
            let query = RowQuery { bbox: Some(bbox), limit: PER_PAGE, offset, geometry: true, ..RowQuery::default() };
            found.list = store.rows(own, &query)?;
            found.list.total = Some(total);
        }
        if let Some((candidate, index)) = boundary {
            let table = &candidate.tables[index];
            let column = place_name_column(table).unwrap_or("_id").to_owned();
            let query = RowQuery {
                columns: vec![column],
                bbox: Some(bbox),
                limit: BOUNDARY_PARTS,
                geometry: true,
                ..RowQuery::default()
            };
            found.boundary = store.rows(table, &query)?;
            found.boundary_source = Some(candidate);
        }
        Ok(found)
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(Problem::internal("reading a map", &error)),
        Err(error) => Err(Problem::internal("reading a map", &error)),
    }
}

/// Draws it.
pub(super) fn draw(dataset: &Dataset, layer: &Layer, found: &Seen, view: View) -> Picture {
    let total = found.drawn.total.unwrap_or(0);
    let description = format!(
        "{}が公開する「{}」の{}件を示す地図。同じ内容を一覧でも読めます。",
        dataset.organization.title,
        layer.title,
        number(total)
    );
    let mut picture = Picture::new("map", format!("{}の地図", layer.title), description, view);
    for row in &found.boundary.rows {
        if let Some(geometry) = &row.geometry {
            picture.land(geometry, &row.values.first().map(value_text).unwrap_or_default());
        }
    }
    let level_at = found.drawn.columns.iter().position(|column| column == LEVEL_COLUMN);
    for row in &found.drawn.rows {
        if let Some(geometry) = &row.geometry {
            picture.feature(geometry, !level(&row.values, level_at).is_empty());
        }
    }
    picture.left_out += usize::try_from(total.saturating_sub(found.drawn.rows.len() as u64)).unwrap_or(0);
    picture
}

/// A picture of one feature with its surroundings.
pub(super) async fn picture_of(
    app: &Arc<App>,
    catalogue: &Catalogue,
    dataset: &Arc<Dataset>,
    layer: &Layer,
    (geometry, is_rough): (&geo_types::Geometry<f64>, bool),
    name: &str,
) -> Result<Picture, Problem> {
    let around = geometry.bounding_rect().map_or(JAPAN, |rect| Bbox {
        west_deg: rect.min().x,
        south_deg: rect.min().y,
        east_deg: rect.max().x,
        north_deg: rect.max().y,
    });
    // A point is shown with about two kilometres around it, so that there is something to know the place by.
    let around = Bbox {
        west_deg: around.west_deg.min(around.center().0 - 0.012),
        south_deg: around.south_deg.min(around.center().1 - 0.009),
        east_deg: around.east_deg.max(around.center().0 + 0.012),
        north_deg: around.north_deg.max(around.center().1 + 0.009),
    };
    let view = View::fit(around, 0.1, SIZE_PX.0, SIZE_PX.1 * 0.75);
    let found = seen(app, catalogue, dataset, layer, view.bbox(), None, true).await?;
    let description =
        tell("feature-picture-about", &[("organization", &dataset.organization.title), ("name", name)]).into_owned();
    let title = tell("feature-picture", &[("name", name)]).into_owned();
    let mut picture = Picture::new("map", title, description, view);
    for row in &found.boundary.rows {
        if let Some(geometry) = &row.geometry {
            picture.land(geometry, &row.values.first().map(value_text).unwrap_or_default());
        }
    }
    picture.feature(geometry, is_rough);
    Ok(picture)
}
