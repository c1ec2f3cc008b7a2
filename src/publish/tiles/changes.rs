//! What changed since the release before: the tiles that have to be built anew. All others are taken over.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use super::index::{Bounds, Entry, Head, Index};
use super::level::LARGEST_CELL;
use super::project::{DEEPEST, EXTENT_BITS};
use super::pyramid::add_tiles;
use super::{Before, Making, Tileset};
use crate::publish::archive::first_id;
use crate::publish::{PreviousTiles, archive::ArchiveWriter};
use crate::store::objects::Objects;

/// Where more than this part of the features changed, the whole is built anew: thresholds then follow the new data.
const MOST_PER_CENT: usize = 10;

/// Index and archive of the release before, where both can be read and are of the same layer. Anything that cannot be
/// read is no reason to fail: then everything is built, and ids begin anew.
pub(super) fn open(objects: &Objects, previous: PreviousTiles, head: &Head) -> Option<(Index, Tileset<Bytes>)> {
    let map = |digest| objects.map(digest).ok().map(Bytes::from_owner);
    let old = Index::open(map(&previous.index)?).ok()?;
    let tileset = Tileset::open(map(&previous.tileset)?).ok()?;
    (old.head.layer == head.layer).then_some((old, tileset))
}

/// What can be taken over: where columns, settings and zooms are the same, and few features changed.
pub(super) fn before(old: &Index, tileset: Tileset<Bytes>, making: &Making<'_>, wanted: u8) -> Option<Before> {
    let built = old.head.built.clone()?;
    let (head, old_head) = (&making.index.head, &old.head);
    let is_alike = head.names == old_head.names
        && head.label_column == old_head.label_column
        && head.crowded == old_head.crowded
        && head.settings == old_head.settings
        && head.min_zoom == old_head.min_zoom
        && built.wanted_zoom == wanted
        && built.ground == making.ground;
    if !is_alike {
        return None;
    }
    let changed = changed(old, making.index);
    if changed.len() * 100 > making.index.len() * MOST_PER_CENT {
        return None;
    }
    let archive = making.archive.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let touched = (head.min_zoom..=built.max_zoom).map(|zoom| (zoom, touched(&changed, zoom, &tileset, &archive)));
    let touched: BTreeMap<u8, BTreeSet<u64>> = touched.collect();
    drop(archive);
    Some(Before { built, tileset, touched })
}

/// The entries of both that the other does not have.
fn changed(old: &Index, new: &Index) -> Vec<Entry> {
    let digests = |index: &Index| {
        let mut digests: Vec<(u64, u32)> = index.entries().map(|(place, entry)| (entry.digest, place)).collect();
        digests.sort_unstable();
        digests
    };
    let (a, b) = (digests(old), digests(new));
    let (mut left, mut right) = (a.iter().peekable(), b.iter().peekable());
    let mut changed = Vec::new();
    loop {
        match (left.peek(), right.peek()) {
            (Some((first, _)), Some((second, _))) if first == second => {
                left.next();
                right.next();
            }
            (Some((first, place)), second) if second.is_none_or(|(second, _)| first < second) => {
                changed.extend(old.entry(*place));
                left.next();
            }
            (_, Some((_, place))) => {
                changed.extend(new.entry(*place));
                right.next();
            }
            _ => return changed,
        }
    }
}

/// The box with what may be drawn in the place of its shape: others of the same cell.
fn with_cell(bounds: &Bounds, zoom: u8) -> Bounds {
    let side = LARGEST_CELL.unsigned_abs() << (32 - EXTENT_BITS - zoom.min(DEEPEST));
    Bounds { min: bounds.min.map(|v| v.saturating_sub(side)), max: bounds.max.map(|v| v.saturating_add(side)) }
}

fn touched(
    changed: &[Entry],
    zoom: u8,
    tileset: &Tileset<Bytes>,
    archive: &ArchiveWriter<crate::publish::Out>,
) -> BTreeSet<u64> {
    let numbers = first_id(zoom)..first_id(zoom + 1);
    let mut touched = BTreeSet::new();
    for entry in changed {
        let bounds = with_cell(&entry.bounds, zoom);
        add_tiles(&mut touched, zoom, &bounds, archive, &numbers);
        let (min, max) = super::thin::tiles(zoom, bounds.min, bounds.max);
        if u64::from(max[0] - min[0] + 1) * u64::from(max[1] - min[1] + 1) > 4_096 {
            // Wide ones: all tiles that were there in its box, and those that it may be drawn in now.
            touched.extend(tileset.entries().iter().flat_map(|entry| {
                let end = entry.tile_id + u64::from(entry.run_length);
                entry.tile_id.max(numbers.start)..end.min(numbers.end)
            }));
            touched.extend((min[1]..=max[1]).flat_map(|y| (min[0]..=max[0]).map(move |x| (x, y))).filter_map(
                |(x, y)| crate::model::tile::TileCoord::new(zoom, x, y).map(crate::publish::archive::tile_id),
            ));
        }
    }
    touched
}
