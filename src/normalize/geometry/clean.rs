//! Rings made simple where that is provable: spikes fall out, a ring that touches itself becomes several.

use std::collections::HashMap;

use geo_types::{Coord, LineString, Polygon};

use super::nesting::{Side, side_of};
use super::{doubled_area, is_degenerate};

/// Rings of up to this many points are searched for repeated points pair by pair: fewer steps than hashing them.
const FEW_POINTS: usize = 32;

/// Loops of one ring that are told apart; each is compared with each. Real rings have a handful.
const MAX_LOOPS: usize = 64;

/// Whether a way turns back on itself at a tip.
fn turns_back(from: Coord<f64>, tip: Coord<f64>, to: Coord<f64>) -> bool {
    let (out, back) = (tip - from, to - tip);
    let cross = out.x * back.y - out.y * back.x;
    let dot = out.x * back.x + out.y * back.y;
    // As in `is_degenerate`: what arithmetic leaves of points on one line.
    dot < 0.0 && cross.abs() <= 1e-12 * out.x.hypot(out.y) * back.x.hypot(back.y)
}

/// Drops the tips of spikes from a ring without its closing point: ways out and back that enclose nothing. How many.
pub(super) fn drop_spikes(ring: &mut Vec<Coord<f64>>) -> usize {
    let n = ring.len();
    let is_spiked = n >= 3 && (0..n).any(|at| turns_back(ring[(at + n - 1) % n], ring[at], ring[(at + 1) % n]));
    if !is_spiked {
        return 0;
    }
    let mut kept: Vec<Coord<f64>> = Vec::with_capacity(n);
    for point in ring.drain(..) {
        kept.push(point);
        while let [.., a, b, c] = kept.as_slice() {
            if b == c {
                kept.pop();
            } else if turns_back(*a, *b, *c) {
                kept.remove(kept.len() - 2);
            } else {
                break;
            }
        }
        if let [.., b, c] = kept.as_slice()
            && b == c
        {
            kept.pop();
        }
    }
    // The seam, where the last points meet the first.
    let mut first = 0;
    loop {
        match &kept[first..] {
            [a, .., b] if a == b => {
                kept.pop();
            }
            [a, .., b, c] if turns_back(*b, *c, *a) => {
                kept.pop();
            }
            [a, b, .., c] if turns_back(*c, *a, *b) => first += 1,
            _ => break,
        }
    }
    kept.drain(..first);
    *ring = kept;
    n - ring.len()
}

/// A point at which a ring of the polygon comes back to itself.
pub(super) fn touch(area: &Polygon<f64>) -> Option<Coord<f64>> {
    std::iter::once(area.exterior()).chain(area.interiors()).find_map(|ring| repeated(open(ring)))
}

/// A ring without its closing point.
fn open(ring: &LineString<f64>) -> &[Coord<f64>] {
    &ring.0[..ring.0.len().saturating_sub(1)]
}

/// A point that stands twice in a ring without its closing point.
fn repeated(ring: &[Coord<f64>]) -> Option<Coord<f64>> {
    if ring.len() <= FEW_POINTS {
        return ring.iter().enumerate().find(|(at, point)| ring[..*at].contains(point)).map(|(_, point)| *point);
    }
    let mut keys: Vec<(u64, u64)> = ring.iter().map(|point| key(*point)).collect();
    keys.sort_unstable();
    let pair = keys.windows(2).find(|pair| pair[0] == pair[1])?;
    Some(Coord { x: f64::from_bits(pair[0].0), y: f64::from_bits(pair[0].1) })
}

/// A point to look up; −0 and 0 are one place.
fn key(point: Coord<f64>) -> (u64, u64) {
    ((point.x + 0.0).to_bits(), (point.y + 0.0).to_bits())
}

/// The loops of a ring without its closing point, cut where it comes back to a point; each is a ring without its closing point.
/// Loops that enclose nothing fall out.
fn loops(ring: &[Coord<f64>]) -> Vec<Vec<Coord<f64>>> {
    let mut found = Vec::new();
    let mut way: Vec<Coord<f64>> = Vec::with_capacity(ring.len());
    let mut places: HashMap<(u64, u64), usize> = HashMap::with_capacity(ring.len());
    for point in ring {
        if let Some(at) = places.get(&key(*point)).copied() {
            let closed: Vec<Coord<f64>> = way.drain(at..).collect();
            for gone in &closed {
                places.remove(&key(*gone));
            }
            found.push(closed);
        }
        places.insert(key(*point), way.len());
        way.push(*point);
    }
    found.push(way);
    for ring in &mut found {
        drop_spikes(ring);
    }
    found.retain(|ring| !is_degenerate(&close(ring).0));
    found
}

/// A ring with its closing point.
pub(super) fn close(ring: &[Coord<f64>]) -> LineString<f64> {
    LineString(ring.iter().chain(ring.first()).copied().collect())
}

/// Makes a polygon of which a ring touches itself into polygons of which none does, where only one reading is left:
///
/// - an outer ring whose loops turn the same way and lie outside each other is several areas that meet in a point;
/// - a loop that turns the other way inside is a hole that meets the outer ring in a point;
/// - a hole whose loops turn the same way and lie outside each other is several holes.
///
/// Loops that turn against each other side by side are a bow tie, and loops of one turn inside each other overlap: what was meant
/// is not provable, and `None` comes back.
pub(super) fn split_touching(area: &Polygon<f64>) -> Option<Vec<Polygon<f64>>> {
    let (mut shells, mut cut) = shells_and_holes(open(area.exterior()))?;
    for hole in area.interiors().iter().map(open) {
        let parts = if repeated(hole).is_some() { loops(hole) } else { vec![hole.to_vec()] };
        if parts.len() > MAX_LOOPS {
            return None;
        }
        let turn = doubled_area(&close(parts.first()?).0) > 0.0;
        let is_plain = parts.iter().enumerate().all(|(at, part)| {
            (doubled_area(&close(part).0) > 0.0) == turn
                && parts[..at].iter().all(|other| lies(part, other) == Some(Side::Outside))
        });
        if !is_plain {
            return None;
        }
        cut.extend(parts);
    }
    let mut areas: Vec<(LineString<f64>, Vec<LineString<f64>>)> =
        shells.drain(..).map(|shell| (turned(close(&shell), true), Vec::new())).collect();
    for hole in cut {
        let mut around = areas.iter_mut().filter(|(shell, _)| lies(&hole, &shell.0) == Some(Side::Inside));
        let (_, inner) = around.next()?;
        if around.next().is_some() {
            return None;
        }
        inner.push(turned(close(&hole), false));
    }
    Some(areas.into_iter().map(|(shell, inner)| Polygon::new(shell, inner)).collect())
}

/// The loops of an outer ring: shells beside each other, and holes in them.
#[expect(clippy::type_complexity, reason = "shells and holes, each a list of rings")]
fn shells_and_holes(outer: &[Coord<f64>]) -> Option<(Vec<Vec<Coord<f64>>>, Vec<Vec<Coord<f64>>>)> {
    if repeated(outer).is_none() {
        return Some((vec![outer.to_vec()], Vec::new()));
    }
    let found = loops(outer);
    if found.len() > MAX_LOOPS {
        return None;
    }
    let area = |ring: &[Coord<f64>]| doubled_area(&close(ring).0);
    let largest = found.iter().max_by(|a, b| area(a).abs().total_cmp(&area(b).abs()))?;
    let turn = area(largest) > 0.0;
    let (shells, holes): (Vec<_>, Vec<_>) = found.iter().cloned().partition(|ring| (area(ring) > 0.0) == turn);
    let apart = |rings: &[Vec<Coord<f64>>]| {
        rings.iter().enumerate().all(|(at, ring)| {
            rings[..at]
                .iter()
                .all(|other| lies(ring, other) == Some(Side::Outside) && lies(other, ring) == Some(Side::Outside))
        })
    };
    let held = holes.iter().all(|hole| shells.iter().any(|shell| lies(hole, shell) == Some(Side::Inside)));
    (apart(&shells) && apart(&holes) && held).then_some((shells, holes))
}

/// On which side of a ring another lies that does not cross it; `None` where only points on it are known.
fn lies(inner: &[Coord<f64>], outer: &[Coord<f64>]) -> Option<Side> {
    let closed = close(outer);
    // Middles of edges too: all corners of a loop may lie on the other ring.
    let middles = inner
        .windows(2)
        .map(|pair| Coord { x: f64::midpoint(pair[0].x, pair[1].x), y: f64::midpoint(pair[0].y, pair[1].y) });
    inner.iter().copied().chain(middles).map(|point| side_of(point, &closed.0)).find(|side| *side != Side::On)
}

fn turned(mut ring: LineString<f64>, is_outer: bool) -> LineString<f64> {
    if (doubled_area(&ring.0) > 0.0) != is_outer {
        ring.0.reverse();
    }
    ring
}
