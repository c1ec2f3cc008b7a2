//! Where positions fall on a picture: Web Mercator (EPSG:3857), as on the tiles.

use crate::model::lonlat::Bbox;

/// The greatest latitude of Web Mercator.
const MAX_LAT_DEG: f64 = 85.051_128;

/// Least width of a view, in parts of the world's width: about 60 m at the equator, a few houses.
const MIN_SPAN: f64 = 1.5e-6;

/// Greatest width of a view: an eighth of the world holds all of Japan.
const MAX_SPAN: f64 = 0.125;

/// Width of the world at zoom 0, px, as MapLibre counts zooms.
const WORLD_PX: f64 = 512.0;

/// Metres around the equator (WGS 84).
const EQUATOR_M: f64 = 40_075_016.686;

/// A picture's stretch of the world: position 0…1 from the west edge, 0…1 from the north edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct View {
    center_x: f64,
    center_y: f64,
    /// Width of the picture in parts of the world's width.
    span: f64,
    /// Width of the picture, px.
    pub(super) width_px: f64,
    /// Height of the picture, px.
    pub(super) height_px: f64,
}

fn world_x(lon_deg: f64) -> f64 {
    (lon_deg + 180.0) / 360.0
}

fn world_y(lat_deg: f64) -> f64 {
    let lat = lat_deg.clamp(-MAX_LAT_DEG, MAX_LAT_DEG).to_radians();
    (1.0 - lat.tan().asinh() / std::f64::consts::PI) / 2.0
}

fn lat_deg(world_y: f64) -> f64 {
    ((1.0 - 2.0 * world_y) * std::f64::consts::PI).sinh().atan().to_degrees()
}

impl View {
    /// The smallest view that shows the whole box with `margin` (a part of its size) on each side.
    pub(super) fn fit(bbox: Bbox, margin: f64, width_px: f64, height_px: f64) -> Self {
        let (west, east) = (world_x(bbox.west_deg), world_x(bbox.east_deg));
        let (north, south) = (world_y(bbox.north_deg), world_y(bbox.south_deg));
        let grow = 1.0 + 2.0 * margin;
        let span = ((east - west) * grow).max((south - north) * grow * width_px / height_px);
        Self {
            center_x: f64::midpoint(west, east),
            center_y: f64::midpoint(north, south),
            span: span.clamp(MIN_SPAN, MAX_SPAN),
            width_px,
            height_px,
        }
    }

    /// The view of exactly this box, as high as its shape makes it (at most ten times as high as wide, and so on).
    pub(super) fn of(bbox: Bbox, width_px: f64) -> Self {
        let width = world_x(bbox.east_deg) - world_x(bbox.west_deg);
        let height = world_y(bbox.south_deg) - world_y(bbox.north_deg);
        let ratio = (height / width.max(f64::MIN_POSITIVE)).clamp(0.1, 10.0);
        Self::fit(bbox, 0.0, width_px, width_px * ratio)
    }

    /// The view around a position at a zoom of map libraries: at zoom 0, 512 px hold the world.
    pub(super) fn at(lon_deg: f64, lat_deg: f64, zoom: f64, width_px: f64, height_px: f64) -> Self {
        Self {
            center_x: world_x(lon_deg),
            center_y: world_y(lat_deg),
            span: (width_px / (WORLD_PX * zoom.exp2())).clamp(MIN_SPAN, MAX_SPAN),
            width_px,
            height_px,
        }
    }

    /// The middle: longitude and latitude, degrees.
    pub(super) fn center(self) -> (f64, f64) {
        (self.center_x * 360.0 - 180.0, lat_deg(self.center_y))
    }

    /// Its zoom, as map libraries count.
    pub(super) fn zoom(self) -> f64 {
        (self.width_px / (WORLD_PX * self.span)).log2()
    }

    /// Its width on the ground at the middle, m.
    pub(super) fn width_m(self) -> f64 {
        EQUATOR_M * self.span * lat_deg(self.center_y).to_radians().cos()
    }

    /// The same view moved by parts of its own size: east and south are positive.
    #[must_use]
    pub(super) fn moved(self, east: f64, south: f64) -> Self {
        let height = self.span * self.height_px / self.width_px;
        Self {
            center_x: (self.center_x + east * self.span).clamp(0.0, 1.0),
            center_y: (self.center_y + south * height).clamp(0.0, 1.0),
            ..self
        }
    }

    /// The same middle with another width: 0.5 shows half as much.
    #[must_use]
    pub(super) fn zoomed(self, factor: f64) -> Self {
        Self { span: (self.span * factor).clamp(MIN_SPAN, MAX_SPAN), ..self }
    }

    /// What the view shows.
    pub(super) fn bbox(self) -> Bbox {
        let half_x = self.span / 2.0;
        let half_y = self.span * self.height_px / self.width_px / 2.0;
        Bbox {
            west_deg: ((self.center_x - half_x) * 360.0 - 180.0).max(-180.0),
            south_deg: lat_deg((self.center_y + half_y).min(1.0)),
            east_deg: ((self.center_x + half_x) * 360.0 - 180.0).min(180.0),
            north_deg: lat_deg((self.center_y - half_y).max(0.0)),
        }
    }

    /// Where a position falls, px from the left and from the top.
    pub(super) fn place(self, lon_deg: f64, lat_deg: f64) -> (f64, f64) {
        let px_per_world = self.width_px / self.span;
        (
            (world_x(lon_deg) - self.center_x) * px_per_world + self.width_px / 2.0,
            (world_y(lat_deg) - self.center_y) * px_per_world + self.height_px / 2.0,
        )
    }

    /// The position under a place: longitude and latitude, degrees.
    pub(super) fn position(self, (x, y): (f64, f64)) -> (f64, f64) {
        let world_per_px = self.span / self.width_px;
        let east = self.center_x + (x - self.width_px / 2.0) * world_per_px;
        let south = self.center_y + (y - self.height_px / 2.0) * world_per_px;
        (east * 360.0 - 180.0, lat_deg(south))
    }

    /// Whether a place lies on the picture.
    pub(super) fn shows(self, (x, y): (f64, f64)) -> bool {
        (0.0..=self.width_px).contains(&x) && (0.0..=self.height_px).contains(&y)
    }

    /// A round length that fits a scale bar of at most `most_px`: metres and px, at the middle of the view.
    pub(super) fn scale_bar(self, most_px: f64) -> (f64, f64) {
        let m_per_px = EQUATOR_M * self.span / self.width_px * lat_deg(self.center_y).to_radians().cos();
        let most_m = m_per_px * most_px;
        let power = 10_f64.powf(most_m.log10().floor());
        let length_m = [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|m| *m <= most_m).unwrap_or(power);
        (length_m, length_m / m_per_px)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAIZU: Bbox = Bbox { west_deg: 138.24, south_deg: 34.76, east_deg: 138.37, north_deg: 34.91 };

    #[test]
    fn a_fitted_view_shows_the_whole_box_and_its_corners_fall_on_the_edge() {
        let view = View::fit(YAIZU, 0.0, 800.0, 600.0);
        for (lon, lat) in [(138.24, 34.76), (138.37, 34.91), (138.3, 34.8)] {
            assert!(view.shows(view.place(lon, lat)), "{lon} {lat}");
        }
        let shown = view.bbox();
        assert!((shown.south_deg - YAIZU.south_deg).abs() < 1e-6, "{shown:?}");
        assert!(shown.west_deg < YAIZU.west_deg && shown.east_deg > YAIZU.east_deg);
        let (x, y) = view.place(shown.west_deg, shown.north_deg);
        assert!(x.abs() < 1e-6 && y.abs() < 1e-6, "{x} {y}");
        let (lon, lat) = view.position(view.place(138.3, 34.8));
        assert!((lon - 138.3).abs() < 1e-9 && (lat - 34.8).abs() < 1e-9, "{lon} {lat}");
    }

    #[test]
    fn moving_and_zooming_keep_their_measure() {
        let view = View::fit(YAIZU, 0.1, 800.0, 600.0);
        let east = view.moved(0.5, 0.0);
        let width = view.bbox().east_deg - view.bbox().west_deg;
        assert!((east.bbox().west_deg - view.bbox().west_deg - width / 2.0).abs() < 1e-9);
        let near = view.zoomed(0.5);
        assert!((near.bbox().east_deg - near.bbox().west_deg - width / 2.0).abs() < 1e-9);
        // A view of its own box is the same view: links that pan lose nothing.
        let again = View::fit(view.bbox(), 0.0, 800.0, 600.0);
        assert!((again.span - view.span).abs() < 1e-12);
    }

    #[test]
    fn a_position_and_a_zoom_are_a_view_and_back() {
        let view = View::at(138.3236, 34.8668, 13.25, 800.0, 600.0);
        let (lon, lat) = view.center();
        assert!((lon - 138.3236).abs() < 1e-9 && (lat - 34.8668).abs() < 1e-9, "{lon} {lat}");
        assert!((view.zoom() - 13.25).abs() < 1e-9 && (view.zoomed(0.5).zoom() - 14.25).abs() < 1e-9);
    }

    #[test]
    fn a_single_point_and_the_whole_world_have_a_view() {
        let point = Bbox { west_deg: 138.3, south_deg: 34.8, east_deg: 138.3, north_deg: 34.8 };
        assert!(View::fit(point, 0.1, 800.0, 600.0).span >= MIN_SPAN);
        let world = Bbox { west_deg: -180.0, south_deg: -90.0, east_deg: 180.0, north_deg: 90.0 };
        assert!(View::fit(world, 0.1, 800.0, 600.0).span <= MAX_SPAN);
    }

    #[test]
    fn the_scale_bar_is_true_at_the_middle() {
        let view = View::fit(YAIZU, 0.0, 800.0, 600.0);
        let (length_m, length_px) = view.scale_bar(200.0);
        assert!(length_px <= 200.0 && length_px > 75.0, "{length_m} m = {length_px} px");
        // One degree of longitude at 34.835° is 111,320 m × cos(34.835°) = 91,373 m.
        let degrees = length_px * (view.bbox().east_deg - view.bbox().west_deg) / 800.0;
        assert!((degrees * 91_373.0 / length_m - 1.0).abs() < 0.002, "{}", degrees * 91_373.0);
    }
}
