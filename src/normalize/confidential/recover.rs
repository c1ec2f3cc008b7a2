//! Suppressed cells that can be computed from what is left: the totals of rows and columns are equations, the suppressed
//! cells their unknowns, and an unknown that has one solution is no secret.

use super::cross::{Cross, Mark};
use super::header::Header;

/// Most unknowns solved together: elimination takes their cube, 0.1 s for this many. Tables with more are solved by
/// equations of one unknown alone, again and again.
const MAX_UNKNOWNS: usize = 400;

/// A suppressed cell whose value can be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Recovered {
    /// Row of the file.
    pub(super) row: u64,
    /// Column of the file, from 0.
    pub(super) column: usize,
}

/// One equation: the sum of `terms` (unknown and sign) is `right`.
#[derive(Debug, Clone)]
struct Equation {
    terms: Vec<(usize, f64)>,
    right: f64,
}

/// The suppressed cells that totals give away. A dash counts only where its value is not none.
pub(super) fn recovered(cross: &Cross, headers: &[&Header]) -> Vec<Recovered> {
    if !cross.has_suppressed() {
        return Vec::new();
    }
    let columns = cross.counting_columns();
    let mut unknowns = Vec::new();
    for row in 0..cross.rows.len() {
        for column in &columns {
            if let Mark::Suppressed { dash } = cross.mark(row, *column) {
                unknowns.push((row, *column, dash));
            }
        }
    }
    let place = |row: usize, column: usize| {
        unknowns.binary_search_by_key(&(row, column), |(row, column, _)| (*row, *column)).ok()
    };
    let mut equations = Vec::new();
    let mut add = |sum: Option<&(usize, usize)>, parts: &mut dyn Iterator<Item = (usize, usize)>| {
        let mut equation = Equation { terms: Vec::new(), right: 0.0 };
        let mut put = |(row, column): (usize, usize), sign: f64| match cross.mark(row, column) {
            Mark::Number(number) => equation.right -= sign * number as f64,
            Mark::Suppressed { .. } => equation.terms.extend(place(row, column).map(|at| (at, sign))),
            Mark::Empty | Mark::Text => {}
        };
        parts.for_each(|part| put(part, 1.0));
        if let Some(total) = sum {
            put(*total, -1.0);
        }
        if !equation.terms.is_empty() {
            equations.push(equation);
        }
    };
    for (total, parts) in column_groups(cross, &columns, headers) {
        for row in 0..cross.rows.len() {
            add(Some(&(row, total)), &mut parts.iter().map(|column| (row, *column)));
        }
    }
    for (total, parts) in row_groups(cross, &columns) {
        for column in &columns {
            add(Some(&(total, *column)), &mut parts.iter().map(|row| (*row, *column)));
        }
    }
    let values = solve(equations, unknowns.len());
    if values.iter().flatten().any(|value| *value < -0.5 || (value - value.round()).abs() > 1e-6) {
        // No count of anything: the totals are not of these cells.
        return Vec::new();
    }
    unknowns
        .iter()
        .zip(&values)
        .filter(|((_, _, dash), value)| value.is_some_and(|value| !dash || value > 0.5))
        .filter_map(|((row, column, _), _)| Some(Recovered { row: cross.rows.get(*row)?.number, column: *column }))
        .collect()
}

/// Which columns are the sum of which others: a header that says so, and rows without gaps where it is true.
fn column_groups(cross: &Cross, columns: &[usize], headers: &[&Header]) -> Vec<(usize, Vec<usize>)> {
    let is_total = |column: &usize| headers.get(*column).is_some_and(|header| header.total);
    let holds = |total: usize, parts: &[usize]| {
        check(
            (0..cross.rows.len())
                .map(|row| (cross.mark(row, total), parts.iter().map(|column| cross.mark(row, *column)).collect())),
        )
    };
    let mut groups = Vec::new();
    for (at, total) in columns.iter().enumerate().filter(|(_, column)| is_total(column)) {
        let before: Vec<usize> = columns[..at].iter().rev().take_while(|column| !is_total(column)).copied().collect();
        let after: Vec<usize> = columns[at + 1..].iter().take_while(|column| !is_total(column)).copied().collect();
        let others: Vec<usize> = columns.iter().filter(|column| !is_total(column)).copied().collect();
        let totals: Vec<usize> =
            columns.iter().filter(|column| is_total(column) && *column != total).copied().collect();
        let mut candidates = vec![others];
        for run in [before, after] {
            candidates.extend((2..=run.len()).rev().map(|length| run[..length].to_vec()));
        }
        candidates.push(totals);
        let chosen =
            candidates.iter().find(|parts| parts.len() > 1 && holds(*total, parts) == Some(true)).or_else(|| {
                // Where no row is without gaps, the columns beside the total are taken at its word.
                candidates.iter().find(|parts| parts.len() > 1 && holds(*total, parts).is_none())
            });
        groups.extend(chosen.map(|parts| (*total, parts.clone())));
    }
    groups
}

/// Which rows are the sum of which others.
fn row_groups(cross: &Cross, columns: &[usize]) -> Vec<(usize, Vec<usize>)> {
    let count = cross.rows.len();
    let totals: Vec<usize> = (0..count).filter(|row| cross.rows.get(*row).is_some_and(|row| row.is_total)).collect();
    let is_total = |row: &usize| totals.contains(row);
    let holds =
        |total: usize, parts: &[usize]| {
            check(columns.iter().map(|column| {
                (cross.mark(total, *column), parts.iter().map(|row| cross.mark(*row, *column)).collect())
            }))
        };
    let mut groups = Vec::new();
    for total in &totals {
        let all: Vec<usize> = (0..count).filter(|row| !is_total(row)).collect();
        let mut before: Vec<usize> = (0..*total).rev().take_while(|row| !is_total(row)).collect();
        before.reverse();
        let after: Vec<usize> = (total + 1..count).take_while(|row| !is_total(row)).collect();
        let others: Vec<usize> = totals.iter().filter(|row| *row != total).copied().collect();
        let candidates = [all, before, after, others];
        let chosen = candidates
            .iter()
            .find(|parts| parts.len() > 1 && holds(*total, parts) == Some(true))
            .or_else(|| candidates.iter().find(|parts| parts.len() > 1 && holds(*total, parts).is_none()));
        groups.extend(chosen.map(|parts| (*total, parts.clone())));
    }
    groups
}

/// Whether sums agree wherever nothing is suppressed; `None` where something is suppressed everywhere.
fn check(lines: impl Iterator<Item = (Mark, Vec<Mark>)>) -> Option<bool> {
    let (mut agreed, mut whole) = (0_u64, 0_u64);
    for (total, parts) in lines {
        let Mark::Number(total) = total else { continue };
        let mut sum = 0_i64;
        let is_whole = parts.iter().all(|part| match part {
            Mark::Number(number) => {
                sum = sum.saturating_add(*number);
                true
            }
            // A dash of a whole line is none.
            Mark::Empty => true,
            Mark::Suppressed { .. } | Mark::Text => false,
        });
        if is_whole {
            whole += 1;
            agreed += u64::from(sum == total);
        }
    }
    (whole > 0).then_some(agreed * 10 >= whole * 8 && agreed > 0)
}

/// The unknowns that have one solution. Gauss and Jordan; signs and counts are small, so rounding stays far below a half.
fn solve(mut equations: Vec<Equation>, unknowns: usize) -> Vec<Option<f64>> {
    let mut values = vec![None; unknowns];
    // Equations of one unknown first: they are most of them, and make the rest small.
    loop {
        let mut found = false;
        for equation in &mut equations {
            let right = &mut equation.right;
            equation.terms.retain(|(at, sign)| match values[*at] {
                Some(value) => {
                    *right -= sign * value;
                    false
                }
                None => true,
            });
            if let [(at, sign)] = equation.terms.as_slice()
                && values[*at].is_none()
            {
                values[*at] = Some(equation.right / sign);
                found = true;
            }
        }
        if !found {
            break;
        }
    }
    equations.retain(|equation| !equation.terms.is_empty());
    let left: Vec<usize> = (0..unknowns)
        .filter(|at| equations.iter().any(|equation| equation.terms.iter().any(|(term, _)| term == at)))
        .collect();
    if left.is_empty() || left.len() > MAX_UNKNOWNS || equations.len() > MAX_UNKNOWNS * 4 {
        return values;
    }
    let width = left.len();
    let mut matrix: Vec<Vec<f64>> = equations
        .iter()
        .map(|equation| {
            let mut line = vec![0.0; width + 1];
            for (at, sign) in &equation.terms {
                if let Ok(place) = left.binary_search(at) {
                    line[place] += sign;
                }
            }
            line[width] = equation.right;
            line
        })
        .collect();
    let mut pivot_row = 0;
    for column in 0..width {
        let best =
            (pivot_row..matrix.len()).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()));
        let Some(best) = best.filter(|row| matrix[*row][column].abs() > 1e-9) else { continue };
        matrix.swap(pivot_row, best);
        let pivot = matrix[pivot_row][column];
        matrix[pivot_row].iter_mut().for_each(|value| *value /= pivot);
        let line = matrix[pivot_row].clone();
        for (row, other) in matrix.iter_mut().enumerate() {
            let factor = other[column];
            if row != pivot_row && factor.abs() > 1e-12 {
                other.iter_mut().zip(&line).for_each(|(value, of_pivot)| *value -= factor * of_pivot);
            }
        }
        pivot_row += 1;
    }
    for line in &matrix {
        let terms: Vec<usize> = (0..width).filter(|at| line[*at].abs() > 1e-9).collect();
        if let [only] = terms.as_slice() {
            values[left[*only]] = Some(line[width] / line[*only]);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{Cell, Row};

    fn recovered_of(headers: &[&str], rows: &[&[&str]]) -> Vec<Recovered> {
        let headers: Vec<Header> = headers.iter().map(|header| Header::of(header, None, None)).collect();
        let mut cross = Cross::default();
        for (at, cells) in rows.iter().enumerate() {
            let cells: Vec<Cell<'_>> = cells.iter().map(|cell| Cell::Text(cell)).collect();
            cross.see(&Row { number: at as u64 + 2, cells: &cells, geometry: None });
        }
        recovered(&cross, &headers.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_single_gap_is_computed_from_its_row() {
        let found = recovered_of(&["地区", "男", "女", "計"], &[&["東", "5", "6", "11"], &["西", "X", "4", "6"]]);
        assert_eq!(found, [Recovered { row: 3, column: 1 }]);
    }

    #[test]
    fn gaps_are_computed_from_rows_and_columns_together() {
        // No line has a single gap but the last one; the rest follows from it, in a ring only the whole system solves.
        let rows: &[&[&str]] = &[
            &["東", "X", "X", "3", "10"],
            &["西", "X", "5", "X", "12"],
            &["南", "4", "X", "X", "9"],
            &["北", "1", "1", "1", "3"],
            &["計", "9", "10", "15", "34"],
        ];
        // Three rows of two gaps, three columns of two: a ring of six unknowns has one free value.
        assert!(recovered_of(&["地区", "a", "b", "c", "計"], rows).is_empty());
        let broken: &[&[&str]] = &[
            &["東", "X", "X", "3", "10"],
            &["西", "X", "5", "2", "12"],
            &["南", "4", "X", "3", "9"],
            &["北", "1", "1", "1", "3"],
            &["計", "12", "13", "9", "34"],
        ];
        assert_eq!(recovered_of(&["地区", "a", "b", "c", "計"], broken).len(), 4);
    }

    #[test]
    fn dashes_that_mean_none_give_nothing_away() {
        assert!(
            recovered_of(&["地区", "男", "女", "計"], &[&["東", "-", "6", "6"], &["西", "2", "4", "6"]]).is_empty()
        );
        assert_eq!(
            recovered_of(&["地区", "男", "女", "計"], &[&["東", "-", "6", "8"], &["西", "2", "4", "6"]]).len(),
            1
        );
    }
}
