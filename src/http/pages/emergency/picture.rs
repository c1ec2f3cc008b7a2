//! The small maps of the page: the shelters with their numbers, and the one on which a place is chosen.

use std::sync::Arc;

use super::super::label::value_text;
use super::super::picture::Picture;
use super::super::projection::View;
use super::super::seen::boundary_of;
use super::super::style::place_name_column;
use super::nearest::Found;
use crate::http::app::App;
use crate::http::problem::Problem;
use crate::model::catalogue::{Catalogue, Dataset};
use crate::model::lonlat::{Bbox, LonLat};
use crate::store::rows::{RowPage, RowQuery};

/// Parts of the boundary on one small map.
const BOUNDARY_PARTS: u64 = 300;
/// Half the least width and height of a map, degrees: some 500 m.
const LEAST_DEG: (f64, f64) = (0.006, 0.0045);

/// The boundary under a map, and the dataset it was taken from.
pub(in crate::http::pages) struct Ground {
    rows: RowPage,
    pub(in crate::http::pages) source: Option<Arc<Dataset>>,
}

/// Reads the boundary of a dataset's publisher as far as the view shows it.
///
/// # Errors
/// [`Problem::Internal`] where it cannot be read.
pub(in crate::http::pages) async fn ground(
    app: &Arc<App>,
    catalogue: &Catalogue,
    dataset: &Dataset,
    view: View,
) -> Result<Ground, Problem> {
    let Some((source, index)) = boundary_of(catalogue, dataset).map(|(source, index)| (Arc::clone(source), index))
    else {
        return Ok(Ground { rows: RowPage::default(), source: None });
    };
    let (store, own) = (Arc::clone(&app.store), Arc::clone(&source));
    let read = move || {
        let Some(table) = own.tables.get(index) else { return Ok(RowPage::default()) };
        let columns = vec![place_name_column(table).unwrap_or("_id").to_owned()];
        let bbox = Some(view.bbox());
        store.rows(table, &RowQuery { columns, bbox, limit: BOUNDARY_PARTS, geometry: true, ..RowQuery::default() })
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(rows)) => Ok(Ground { rows, source: Some(source) }),
        Ok(Err(error)) => Err(Problem::internal("reading a boundary", &error)),
        Err(error) => Err(Problem::internal("reading a boundary", &error)),
    }
}

impl Ground {
    /// Draws it.
    pub(in crate::http::pages) fn under(&self, picture: &mut Picture) {
        for row in &self.rows.rows {
            if let Some(geometry) = &row.geometry {
                picture.land(geometry, &row.values.first().map(value_text).unwrap_or_default());
            }
        }
    }
}

/// The view that holds a position and the shelters of the list.
pub(super) fn view_of(from: Option<LonLat>, found: &[Found], (width_px, height_px): (f64, f64)) -> Option<View> {
    let places = found.iter().filter_map(|found| found.shelter()?.at).chain(from);
    let bbox = places.map(Bbox::of).reduce(Bbox::union)?;
    Some(View::fit(at_least(bbox), 0.12, width_px, height_px))
}

/// The box, widened so that streets of the surroundings would fit.
pub(in crate::http::pages) fn at_least(bbox: Bbox) -> Bbox {
    let (lon, lat) = bbox.center();
    Bbox {
        west_deg: bbox.west_deg.min(lon - LEAST_DEG.0),
        south_deg: bbox.south_deg.min(lat - LEAST_DEG.1),
        east_deg: bbox.east_deg.max(lon + LEAST_DEG.0),
        north_deg: bbox.north_deg.max(lat + LEAST_DEG.1),
    }
}

/// A position as a geometry.
pub(in crate::http::pages) fn point(at: LonLat) -> geo_types::Geometry<f64> {
    geo_types::Point::new(at.lon_deg(), at.lat_deg()).into()
}
