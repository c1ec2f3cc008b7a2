//! The range of zooms, chosen from the data.

use super::index::Bounds;
use super::index::gather::About;
use super::project::{DEEPEST, EXTENT_BITS};
use crate::model::tile::TileSettings;

/// Where every layer can be seen as a whole at the latest: a town fills a good part of one tile of zoom 8 (about 120 km).
const MIN_AT_MOST: u8 = 8;
/// Points need no finer grid than 0.6 m (zoom 14 at 4096 units); browsers enlarge from there.
const POINTS: u8 = 14;
/// Lines and areas: the grid of 0.6 m at least, that of 0.15 m for fine ones (a larger table may get less, see `TILES`).
const DETAIL: std::ops::RangeInclusive<u8> = 14..=16;
/// Grid units that half of all edges should be longer than at the greatest zoom: at 12 a corner moves by 4 % of its edge.
const EDGE_UNITS: f64 = 12.0;

/// Most tiles of a zoom that lines and areas may be cut into: at 1 ms each some minutes on two cores. The areas of a
/// prefecture take some thousand at zoom 14; a rectangle around Japan would take two million and has no use for them.
const TILES: f64 = 200_000.0;

/// Least and greatest zoom for the shapes; the greatest may be raised when tiles come out too heavy.
pub(super) fn zooms(about: &About, settings: &TileSettings) -> (u8, u8) {
    let wanted = settings.max_zoom.map_or_else(|| max_zoom(about), |zoom| zoom.min(DEEPEST));
    let max = (0..=wanted).rev().find(|zoom| is_affordable(about, *zoom)).unwrap_or(0);
    (settings.min_zoom.unwrap_or_else(|| min_zoom(about)).min(max), max)
}

/// Whether cutting the shapes at `zoom` stays within the number of tiles a layer may take.
pub(super) fn is_affordable(about: &About, zoom: u8) -> bool {
    let side = f64::from(1_u32 << (31 - zoom)) * 2.0;
    // An area crosses a tile for each side's length of its edge, and fills one for each square.
    about.length / side + about.area / (side * side) <= TILES
}

/// The greatest zoom, 8 at most, at which the extent lies on no more than two tiles each way.
fn min_zoom(about: &About) -> u8 {
    let Bounds { min, max } = about.bounds;
    (0..=MIN_AT_MOST)
        .rev()
        .find(|zoom| {
            let tile = |v: u32| u64::from(v) >> (32 - zoom);
            (0..2).all(|axis| tile(max[axis]).saturating_sub(tile(min[axis])) < 2)
        })
        .unwrap_or(0)
}

fn max_zoom(about: &About) -> u8 {
    let Some(median) = about.median_edge() else { return POINTS };
    let wanted = f64::from(32 - EXTENT_BITS) - (median.max(1.0) / EDGE_UNITS).log2();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 14…16 before")]
    let zoom = wanted.ceil().clamp(f64::from(*DETAIL.start()), f64::from(*DETAIL.end())) as u8;
    if about.kinds[0] > 0 { zoom.max(POINTS) } else { zoom }
}
