//! A static tree of boxes over entries in Hilbert order: every 16 entries a box, every 16 boxes a box, up to one.

use bytes::Bytes;

use super::Bounds;

const NODE: usize = 16;
const BOX_BYTES: usize = 16;

/// The boxes of all levels, leaves first.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    bytes: Bytes,
    /// Number of entries, then of boxes level by level; the last is 1 (or 0 of nothing).
    counts: Vec<usize>,
}

/// How many boxes each level over `count` entries has.
fn counts(count: usize) -> Vec<usize> {
    let mut counts = vec![count];
    let mut last = count;
    while last > 1 || counts.len() == 1 {
        last = last.div_ceil(NODE);
        counts.push(last);
        if last == 0 {
            break;
        }
    }
    counts
}

/// Gathers the boxes of the lowest level while entries are written.
#[derive(Debug, Default)]
pub(super) struct TreeWriter {
    boxes: Vec<Bounds>,
    count: usize,
}

impl TreeWriter {
    pub(super) fn add(&mut self, bounds: Bounds) {
        if self.count.is_multiple_of(NODE) {
            self.boxes.push(bounds);
        } else if let Some(last) = self.boxes.last_mut() {
            *last = last.union(bounds);
        }
        self.count += 1;
    }

    /// The bytes of all levels.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut level = self.boxes;
        loop {
            for bounds in &level {
                for word in [bounds.min[0], bounds.min[1], bounds.max[0], bounds.max[1]] {
                    bytes.extend_from_slice(&word.to_le_bytes());
                }
            }
            if level.len() <= 1 {
                return bytes;
            }
            level = level.chunks(NODE).filter_map(|boxes| boxes.iter().copied().reduce(Bounds::union)).collect();
        }
    }
}

impl Tree {
    /// `None` where the bytes are not those of a tree over `count` entries.
    pub(super) fn open(bytes: Bytes, count: usize) -> Option<Self> {
        let counts = counts(count);
        let boxes: usize = counts.iter().skip(1).sum();
        (boxes.checked_mul(BOX_BYTES)? == bytes.len()).then_some(Self { bytes, counts })
    }

    /// Length of the tree over `count` entries.
    pub(super) fn bytes(count: usize) -> usize {
        counts(count).iter().skip(1).sum::<usize>().saturating_mul(BOX_BYTES)
    }

    fn bounds(&self, place: usize) -> Option<Bounds> {
        let bytes = self.bytes.get(place * BOX_BYTES..(place + 1) * BOX_BYTES)?;
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at * 4..at * 4 + 4)?.try_into().ok()?));
        Some(Bounds { min: [word(0)?, word(1)?], max: [word(2)?, word(3)?] })
    }

    /// Calls `take` with the ranges of entries (first, behind the last) whose box touches `bounds`, in order, until it
    /// says no.
    pub(super) fn query(&self, bounds: &Bounds, take: &mut dyn FnMut(u32, u32) -> bool) {
        let top = self.counts.len() - 1;
        self.visit(top, 0, bounds, take);
    }

    /// Looks at box `index` of `level` (1: boxes of entries). Gives whether to go on.
    fn visit(&self, level: usize, index: usize, bounds: &Bounds, take: &mut dyn FnMut(u32, u32) -> bool) -> bool {
        let before: usize = self.counts.get(1..level).unwrap_or_default().iter().sum();
        let Some(own) = self.bounds(before + index) else { return true };
        if !own.intersects(bounds) {
            return true;
        }
        let below = self.counts.get(level - 1).copied().unwrap_or(0);
        let (first, last) = (index * NODE, ((index + 1) * NODE).min(below));
        if level == 1 || own.is_inside(bounds) {
            // All below is wanted, or nothing finer is known.
            let span = NODE.pow(u32::try_from(level - 1).unwrap_or(0));
            let count = self.counts.first().copied().unwrap_or(0);
            let range = (first * span.max(1), (last * span.max(1)).min(count));
            return match (u32::try_from(range.0), u32::try_from(range.1)) {
                (Ok(first), Ok(last)) => take(first, last),
                _ => false,
            };
        }
        (first..last).all(|child| self.visit(level - 1, child, bounds, take))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_finds_what_a_walk_over_all_finds() {
        for count in [0_u32, 1, 15, 16, 17, 255, 256, 257, 5000] {
            let boxes: Vec<Bounds> = (0..count)
                .map(|i| {
                    let at = [i.wrapping_mul(2_654_435_761) % 1000, i * 3];
                    Bounds { min: at, max: [at[0] + i % 7, at[1] + 2] }
                })
                .collect();
            let mut writer = TreeWriter::default();
            for bounds in &boxes {
                writer.add(*bounds);
            }
            let tree = Tree::open(writer.finish().into(), boxes.len()).expect("a tree");
            for query in [
                Bounds { min: [0, 0], max: [u32::MAX; 2] },
                Bounds { min: [100, 40], max: [300, 900] },
                Bounds { min: [2000, 0], max: [3000, 9] },
            ] {
                let mut found = Vec::new();
                tree.query(&query, &mut |first, last| {
                    found.extend((first..last).filter(|i| boxes[*i as usize].intersects(&query)));
                    true
                });
                let wanted: Vec<u32> = (0..count).filter(|i| boxes[*i as usize].intersects(&query)).collect();
                assert_eq!(found, wanted, "{count}");
            }
        }
    }
}
