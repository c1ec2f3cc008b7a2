//! Equal neighbours as one: at zooms that do not have to hold every feature, areas with the same attributes that share
//! a border are drawn as one area, and lines with the same attributes that meet end to end as one line.
//!
//! Done inside each tile, after snapping and cutting, where a shared border is the same positions in both. Nothing
//! that is seen changes, but for the border between two areas that say the same.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::chunk::{Piece, Selected};
use super::clip::{Clipper, Kind, Part, is_on_frame};
use super::project::Grid;

type Map<K, V> = HashMap<K, V, FixedState>;

/// Joins the pieces of one tile; gives the slots of those that went into others.
pub(super) fn join(clipper: &mut Clipper, pieces: &mut Vec<Piece>, selected: &[Selected]) -> Vec<u32> {
    let mut groups: Map<(Kind, u64), Vec<usize>> = Map::default();
    for (place, piece) in pieces.iter().enumerate() {
        if let Some(feature) = selected.get(piece.slot as usize).filter(|_| piece.kind != Kind::Point) {
            groups.entry((piece.kind, feature.attributes)).or_default().push(place);
        }
    }
    let mut gone: Vec<usize> = Vec::new();
    for ((kind, _), places) in groups {
        if places.len() < 2 {
            continue;
        }
        let sets = if kind == Kind::Polygon { bordering(pieces, &places) } else { meeting(pieces, &places) };
        for set in sets {
            // The most important one speaks for all, with its label; no id is true of them all.
            let importance = |place: &usize| {
                let slot = pieces.get(*place).map_or(0, |piece| piece.slot);
                selected.get(slot as usize).map(|feature| (feature.entry.key, feature.entry.id))
            };
            let Some(first) = set.iter().copied().max_by_key(importance) else { continue };
            let mut parts: Vec<Part> = Vec::new();
            for place in &set {
                parts.extend(pieces.get_mut(*place).map(|piece| std::mem::take(&mut piece.parts)).unwrap_or_default());
            }
            let parts = if kind == Kind::Polygon { clipper.union(&parts) } else { chained(parts) };
            if let Some(piece) = pieces.get_mut(first) {
                piece.parts = parts;
                piece.joined = true;
            }
            gone.extend(set.into_iter().filter(|place| *place != first));
        }
    }
    let slots = gone.iter().filter_map(|place| pieces.get(*place).map(|piece| piece.slot)).collect();
    if !gone.is_empty() {
        pieces.retain(|piece| !piece.parts.is_empty());
    }
    slots
}

/// Sets of at least two pieces that hang together.
struct Sets {
    above: Vec<usize>,
}

impl Sets {
    fn new(count: usize) -> Self {
        Self { above: (0..count).collect() }
    }

    fn root(&self, mut of: usize) -> usize {
        while let Some(above) = self.above.get(of).copied().filter(|above| *above != of) {
            of = above;
        }
        of
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if let Some(above) = self.above.get_mut(a.max(b)) {
            *above = a.min(b);
        }
    }

    fn of_several(self, places: &[usize]) -> Vec<Vec<usize>> {
        let mut sets: Vec<Vec<usize>> = vec![Vec::new(); places.len()];
        for (index, place) in places.iter().enumerate() {
            if let Some(set) = sets.get_mut(self.root(index)) {
                set.push(*place);
            }
        }
        sets.retain(|set| set.len() > 1);
        sets
    }
}

fn bordering(pieces: &[Piece], places: &[usize]) -> Vec<Vec<usize>> {
    let mut edges: Map<(Grid, Grid), usize> = Map::default();
    let mut sets = Sets::new(places.len());
    for (index, place) in places.iter().enumerate() {
        let Some(piece) = pieces.get(*place) else { continue };
        for ring in piece.parts.iter().flatten() {
            let next = ring.iter().cycle().skip(1);
            for (a, b) in ring.iter().zip(next) {
                if is_on_frame(*a, *b) {
                    continue;
                }
                if let Some(other) = edges.insert((*a.min(b), *a.max(b)), index) {
                    sets.unite(index, other);
                }
            }
        }
    }
    sets.of_several(places)
}

fn meeting(pieces: &[Piece], places: &[usize]) -> Vec<Vec<usize>> {
    let mut ends: Map<Grid, Vec<usize>> = Map::default();
    for (index, place) in places.iter().enumerate() {
        for line in pieces.get(*place).iter().flat_map(|piece| piece.parts.iter().flatten()) {
            for end in [line.first(), line.last()].into_iter().flatten() {
                ends.entry(*end).or_default().push(index);
            }
        }
    }
    let mut sets = Sets::new(places.len());
    for meeting in ends.values() {
        // Where more than two meet there is a crossing, which stays.
        if let [a, b] = meeting.as_slice() {
            sets.unite(*a, *b);
        }
    }
    sets.of_several(places)
}

/// Lines joined where just two ends meet.
fn chained(parts: Vec<Part>) -> Vec<Part> {
    let mut lines: Vec<Option<Vec<Grid>>> = parts.into_iter().flatten().map(Some).collect();
    let mut ends: Map<Grid, Vec<usize>> = Map::default();
    for (index, line) in lines.iter().enumerate() {
        for end in line.iter().flat_map(|line| [line.first(), line.last()]).flatten() {
            ends.entry(*end).or_default().push(index);
        }
    }
    let mut done = Vec::new();
    for index in 0..lines.len() {
        let Some(mut line) = lines.get_mut(index).and_then(Option::take) else { continue };
        for _ in 0..2 {
            while let Some(end) = line.last().copied() {
                let Some([a, b]) = ends.get(&end).map(Vec::as_slice) else { break };
                let next = [*a, *b].into_iter().find_map(|at| lines.get_mut(at).and_then(Option::take));
                let Some(mut next) = next else { break };
                if next.first() != Some(&end) {
                    next.reverse();
                }
                line.extend(next.into_iter().skip(1));
            }
            line.reverse();
        }
        done.push(vec![line]);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_chained_through_what_is_no_crossing() {
        let line = |points: &[[i32; 2]]| vec![points.to_vec()];
        // a–b–c run on; at c three ends meet; d–e is a chain of its own that closes itself.
        let parts = vec![
            line(&[[0, 0], [10, 0]]),
            line(&[[20, 0], [10, 0]]),
            line(&[[20, 0], [30, 5]]),
            line(&[[20, 0], [30, -5]]),
            line(&[[100, 100], [110, 100], [110, 110]]),
            line(&[[110, 110], [100, 100]]),
        ];
        let mut chained: Vec<Vec<Grid>> = chained(parts).into_iter().flatten().collect();
        chained.sort();
        assert_eq!(chained.len(), 4);
        assert!(chained.iter().any(|line| line.len() == 3 && line[1] == [10, 0]));
        assert!(chained.iter().any(|line| line.len() == 4 && line.first() == line.last()));
    }
}
