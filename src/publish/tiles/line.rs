//! Lines cut at the frame of a tile.

use super::clip::{BUFFER, EXTENT, is_inside};
use super::project::Grid;

/// The pieces of a line inside the buffered tile, each with at least two different positions.
pub(super) fn cut_line(line: &[Grid]) -> Vec<Vec<Grid>> {
    let mut pieces: Vec<Vec<Grid>> = Vec::new();
    let mut last: Option<Grid> = None;
    for pair in line.windows(2) {
        let [a, b] = pair else { continue };
        let Some((from, to)) = cut_segment(*a, *b) else {
            last = None;
            continue;
        };
        if from == to {
            // It only touches the frame, or is no longer than a unit: the piece goes on if it was going on.
            continue;
        }
        match pieces.last_mut() {
            Some(piece) if last == Some(from) => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
        last = Some(to);
    }
    pieces
}

/// The part of a segment inside the buffered tile (Liang–Barsky), cut ends rounded to the grid. The cut is computed
/// from the lesser end, so that it is the same whichever way the segment runs.
fn cut_segment(a: Grid, b: Grid) -> Option<(Grid, Grid)> {
    if [a, b].iter().flatten().all(|v| is_inside(*v)) {
        return Some((a, b));
    }
    let swapped = a > b;
    let (a, b) = if swapped { (b, a) } else { (a, b) };
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let (from, to) = (f64::from(a[axis]), f64::from(b[axis]));
        let (low, high) = (f64::from(-BUFFER), f64::from(EXTENT + BUFFER));
        let step = to - from;
        if step == 0.0 {
            if from < low || from > high {
                return None;
            }
            continue;
        }
        let (first, second) = ((low - from) / step, (high - from) / step);
        enter = enter.max(first.min(second));
        leave = leave.min(first.max(second));
    }
    if enter > leave {
        return None;
    }
    let at = |share: f64, end: Grid, is_whole: bool| -> Grid {
        if is_whole {
            return end;
        }
        let on = |axis: usize| {
            let (from, to) = (f64::from(a[axis]), f64::from(b[axis]));
            #[expect(clippy::cast_possible_truncation, reason = "clamped to the buffered tile")]
            let value =
                (from + (to - from) * share).round().clamp(f64::from(-BUFFER), f64::from(EXTENT + BUFFER)) as i32;
            value
        };
        [on(0), on(1)]
    };
    let (from, to) = (at(enter, a, enter <= 0.0), at(leave, b, leave >= 1.0));
    Some(if swapped { (to, from) } else { (from, to) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_leaves_and_returns_becomes_two_pieces() {
        let pieces = cut_line(&[[0, 0], [5000, 0], [5000, 10], [0, 10]]);
        assert_eq!(pieces, [vec![[0, 0], [4160, 0]], vec![[4160, 10], [0, 10]]]);
        assert!(cut_line(&[[-200, -200], [-100, -100]]).is_empty());
    }

    #[test]
    fn the_cut_of_a_segment_does_not_depend_on_its_direction() {
        for (a, b) in [([-999, 17], [5013, 2211]), ([2000, -333], [2711, 9000])] {
            let (from, to) = cut_segment(a, b).expect("crosses");
            assert_eq!(cut_segment(b, a), Some((to, from)));
        }
    }
}
