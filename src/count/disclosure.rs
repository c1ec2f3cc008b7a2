//! Which cells of a public breakdown may be shown, so that no single use can be read off or reckoned back (section 6 of
//! the counting definition: no cell under five, and no row prints a total that gives one back).
//!
//! Totals of the site and of an organization are key figures and exact once their month is final. What is broken down by
//! dataset, layer or day is shown where it is five or more; what is less – zero among it, or it would be known that the others are not – is
//! withheld, and so are further cells where their sum would give one back:
//!
//! - *One row*, of which the total is known ([`hide`]): what is withheld comes to five or more and cannot be all fours,
//!   else the least of the cells shown is withheld too.
//! - *Many rows*, of which the totals of rows and columns are known ([`refine`]): a row is open (its cells shown as far
//!   as [`hide`] lets them) or closed (its total alone). The closed rows of a column come to zero or to five or more,
//!   and to five or more wherever an open row withholds a cell. Then every sum of withheld cells that follows from
//!   what is known is a sum of whole rows or holds the closed cells of a whole column, and is never one to four: of
//!   rows and columns `W`, whatever leads out of `W` crosses every closed row.
//!
//! What is shown must not change later, or the difference tells: a month is broken down once, when its last day is
//! closed. Until then its cells are rounded down to a multiple of five ([`coarse`]), and so are its totals: whoever
//! asks for an exact total every day has the days, and every hour the hours. What the operator sees – the report, the
//! table of key figures by command, the metrics of the process – is exact at any time. Answers by class and verdict are
//! those of the whole site, pages and parts of pages among them, belong to no dataset, and stay exact: they must add up.

/// The least number that is shown.
pub const LEAST: u64 = 5;

/// Down to a multiple of five: what is told of a month that still runs.
pub const fn coarse(value: u64) -> u64 {
    value - value % LEAST
}

/// Which cells of a row with a known total are shown. `forced` may not be, whatever they are.
pub fn hide(values: &[u64], forced: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut shown: Vec<bool> =
        values.iter().enumerate().map(|(index, value)| *value >= LEAST && !forced(index)).collect();
    while !is_safe(values, &shown) {
        let least = (0..values.len()).filter(|index| shown[*index]).min_by_key(|index| values[*index]);
        let Some(least) = least else { break };
        shown[least] = false;
    }
    // Where all that would be withheld is nothing, its sum says so.
    if withheld(values, &shown).sum::<u64>() == 0 {
        shown.fill(true);
    }
    shown
}

fn withheld<'a>(values: &'a [u64], shown: &'a [bool]) -> impl Iterator<Item = u64> + 'a {
    values.iter().zip(shown).filter(|(_, shown)| !**shown).map(|(value, _)| *value)
}

fn is_safe(values: &[u64], shown: &[bool]) -> bool {
    let sum: u64 = withheld(values, shown).sum();
    let all_fours = withheld(values, shown).all(|value| value == LEAST - 1);
    sum == 0 || (sum >= LEAST && !all_fours)
}

/// Which cells of several rows over the same columns are shown; `None` for a closed row. Totals of rows and columns
/// are known; every column's is zero or at least five, but for columns that `forced` withholds in all rows. `closed`
/// rows are so from the beginning.
pub fn refine(rows: &[Vec<u64>], closed: &[bool], forced: impl Fn(usize, usize) -> bool) -> Vec<Option<Vec<bool>>> {
    let mut shown: Vec<Option<Vec<bool>>> = rows
        .iter()
        .enumerate()
        .map(|(row, values)| (!closed[row]).then(|| hide(values, |column| forced(row, column))))
        .collect();
    let used = |row: &usize| rows[*row].iter().any(|value| *value > 0);
    // One row alone is its columns: what is shown of them is shown of it.
    if (0..rows.len()).filter(used).count() <= 1 {
        return shown;
    }
    let columns = rows.first().map_or(0, Vec::len);
    while (0..columns).any(|column| !column_is_safe(rows, &shown, column)) {
        let open = (0..rows.len()).filter(|row| shown[*row].is_some()).filter(used);
        let Some(least) = open.min_by_key(|row| rows[*row].iter().sum::<u64>()) else { break };
        shown[least] = None;
    }
    shown
}

fn column_is_safe(rows: &[Vec<u64>], shown: &[Option<Vec<bool>>], column: usize) -> bool {
    let (mut of_closed, mut withheld) = (0, false);
    for (values, shown) in rows.iter().zip(shown) {
        match shown {
            None => of_closed += values[column],
            Some(shown) => withheld |= !shown[column],
        }
    }
    of_closed >= LEAST || (of_closed == 0 && !withheld)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_withholds_small_cells_and_enough_besides() {
        let none = |_: usize| false;
        assert_eq!(hide(&[0, 0, 0], none), [true, true, true], "nothing is nothing");
        assert_eq!(hide(&[7, 9, 12], none), [true, true, true]);
        assert_eq!(hide(&[7, 2, 12], none), [false, false, true], "two alone would be the total less the others");
        assert_eq!(hide(&[7, 2, 0, 3, 12], none), [true, false, false, false, true]);
        assert_eq!(hide(&[4, 4, 30, 9], none), [false, false, true, false], "eight of two small ones is twice four");
        assert_eq!(hide(&[3], none), [false]);
        assert_eq!(hide(&[30, 0, 9], |index| index == 0), [false, false, true]);
    }

    #[test]
    fn rows_are_closed_until_no_column_gives_a_cell_back() {
        let none = |_: usize, _: usize| false;
        // The second row is closed for it is small: its days would be the columns less the first row.
        let shown = refine(&[vec![10, 10, 10], vec![1, 0, 2]], &[false, true], none);
        assert_eq!(shown, [None, None]);
        let shown = refine(&[vec![10, 2, 30, 4], vec![6, 7, 8, 9], vec![2, 9, 1, 8]], &[false, false, false], none);
        assert!(shown[0].is_none() || shown.iter().filter(|row| row.is_none()).count() > 0);
        let alone = refine(&[vec![10, 2, 30, 4], vec![0, 0, 0, 0]], &[false, false], none);
        assert_eq!(alone[0].as_deref(), Some([true, false, true, false].as_slice()));
    }

    #[test]
    fn what_still_runs_is_told_in_fives() {
        assert_eq!([0, 4, 5, 9, 10, 123].map(coarse), [0, 0, 5, 5, 10, 120]);
    }
}
