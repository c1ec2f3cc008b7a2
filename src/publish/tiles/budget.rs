//! Which features a zoom can show: no tile may weigh more than the budget, the most important stay.

/// Most bytes of a tile as sent (gzip). The figure tippecanoe uses: about a second on a 4 Mbit/s connection.
pub(super) const BUDGET_BYTES: usize = 500_000;

/// A feature's part of a tile: its place among all by importance (0 first), and the bytes it is likely to add.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) feature: u32,
    pub(super) rank: u32,
    pub(super) bytes: usize,
}

/// The features of one tile that have to go so that `budget` estimated bytes remain, least important first to go.
pub(super) fn over(loads: &mut [Load], budget: usize) -> Vec<u32> {
    loads.sort_unstable_by_key(|load| load.rank);
    let mut sum = 0_usize;
    let mut full = false;
    loads
        .iter()
        .filter(|load| {
            // Once one does not fit, none of lesser importance is taken in its place: the cut is clean.
            sum += load.bytes;
            full |= sum > budget;
            full
        })
        .map(|load| load.feature)
        .collect()
}

/// Ranks by importance: areas by size, then lines by length, then points. Points have no size; they go in the order
/// of reversed bits of their place on the Hilbert curve, so that any first part of them covers the whole evenly.
pub(super) fn ranks(sizes: &[(u8, f64)]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..u32::try_from(sizes.len()).unwrap_or(u32::MAX)).collect();
    let key = |index: &u32| sizes.get(*index as usize).copied().unwrap_or_default();
    order.sort_unstable_by(|a, b| {
        let ((kind_a, size_a), (kind_b, size_b)) = (key(a), key(b));
        kind_b.cmp(&kind_a).then(size_b.total_cmp(&size_a)).then(a.reverse_bits().cmp(&b.reverse_bits()))
    });
    let mut ranks = vec![0; order.len()];
    for (rank, index) in (0_u32..).zip(order) {
        if let Some(slot) = ranks.get_mut(index as usize) {
            *slot = rank;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_important_go_and_the_cut_is_clean() {
        let mut loads: Vec<Load> = [(7, 2, 50), (8, 0, 60), (9, 1, 60), (10, 3, 10)]
            .map(|(feature, rank, bytes)| Load { feature, rank, bytes })
            .to_vec();
        assert_eq!(over(&mut loads, 125), [7, 10], "10 would fit but matters less than 7");
        assert!(over(&mut loads, 180).is_empty());
    }

    #[test]
    fn areas_come_before_lines_and_points_spread() {
        let ranks = ranks(&[(1, 0.0), (1, 0.0), (1, 0.0), (1, 0.0), (2, 9.0), (3, 1.0), (3, 2.0)]);
        assert_eq!(ranks[6], 0);
        assert_eq!(ranks[5], 1);
        assert_eq!(ranks[4], 2);
        assert_eq!(&ranks[..4], [3, 5, 4, 6], "0, 2, 1, 3 in the order of reversed bits");
    }
}
