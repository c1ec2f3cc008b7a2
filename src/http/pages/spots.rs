//! Positions that are not public yet, as a picture for those who prepare them.

use askama::Template as _;
use geo_types::{Geometry, Point};

use super::picture::Picture;
use super::projection::View;
use crate::http::problem::Problem;
use crate::model::lonlat::Bbox;

/// Size of the picture, px.
const SIZE_PX: (f64, f64) = (960.0, 640.0);

/// A picture as text: made by a template of its own, in which every text is escaped.
#[derive(Debug)]
pub(in crate::http) struct Svg(String);

impl std::fmt::Display for Svg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Svg {}

/// Draws positions in degrees over the land they belong to. `far` ones are drawn hollow, with their number in the list; the
/// view is chosen by the others.
pub(in crate::http) fn draw(
    title: String,
    description: String,
    land: &[Geometry<f64>],
    near: &[(f64, f64)],
    far: &[(u64, (f64, f64))],
) -> Result<Svg, Problem> {
    let all: Vec<(f64, f64)> = if near.is_empty() { far.iter().map(|(_, at)| *at).collect() } else { near.to_vec() };
    let fold = |of: fn(&(f64, f64)) -> f64, pick: fn(f64, f64) -> f64| all.iter().map(of).reduce(pick);
    let (Some(west_deg), Some(east_deg), Some(south_deg), Some(north_deg)) =
        (fold(|at| at.0, f64::min), fold(|at| at.0, f64::max), fold(|at| at.1, f64::min), fold(|at| at.1, f64::max))
    else {
        return Err(Problem::not_found());
    };
    let view = View::fit(Bbox { west_deg, south_deg, east_deg, north_deg }, 0.12, SIZE_PX.0, SIZE_PX.1);
    let mut picture = Picture::new("spots", title, description, view);
    for area in land {
        picture.land(area, "");
    }
    for (lon, lat) in near {
        picture.feature(&Point::new(*lon, *lat).into(), false);
    }
    for (number, (lon, lat)) in far {
        let point: Geometry<f64> = Point::new(*lon, *lat).into();
        picture.feature(&point, true);
        picture.number(&point, *number);
    }
    picture.render().map(Svg).map_err(|error| Problem::internal("drawing positions", &error))
}
