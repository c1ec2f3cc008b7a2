//! Rows that hold their own number and nothing else: forms come with the numbers 1, 2, 3 … filled in beforehand.

use crate::read::Row;
use crate::schema::fold_header;

use super::text;

/// Headers of columns that count the rows, folded.
const COUNTERS: &[&str] = &[
    "#property",
    "#",
    "id",
    "no",
    "no.",
    "番号",
    "連番",
    "項番",
    "通番",
    "通し番号",
    "整理番号",
    "行番号",
    "項目番号",
    "順番",
    "順",
    "seq",
];
/// Fewest named columns besides the counting one: a table of fewer may well be about its numbers.
const MIN_OTHERS: usize = 2;

/// Watches the column that counts the rows of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Counter {
    column: Option<usize>,
    last: Option<u64>,
}

impl Counter {
    /// For a table with these names of columns.
    pub(super) fn new(header: &[String]) -> Self {
        let named = header.iter().filter(|cell| !text::is_blank(cell)).count();
        let column = header.iter().position(|cell| COUNTERS.contains(&fold_header(cell).as_str()));
        Self { column: column.filter(|_| named > MIN_OTHERS), last: None }
    }

    /// Whether a row holds nothing but a number in the counting column.
    pub(super) fn is_alone(&self, row: &Row<'_>) -> bool {
        self.number(row).is_some()
            && row.cells.iter().enumerate().all(|(at, cell)| Some(at) == self.column || text::is_blank(cell.text()))
    }

    /// Whether a row of the data holds its number alone, and that number follows the one before. To be asked of every
    /// row, in order.
    pub(super) fn is_only_counted(&mut self, row: &Row<'_>) -> bool {
        let Some(number) = self.number(row) else { return false };
        let follows = self.last.map_or(number <= 1, |last| number == last.saturating_add(1));
        self.last = Some(number);
        follows && self.is_alone(row)
    }

    fn number(&self, row: &Row<'_>) -> Option<u64> {
        let found = text::trim(row.cells.get(self.column?)?.text());
        if found.is_empty() || found.len() > 60 {
            return None;
        }
        let digit = |letter: char| match letter {
            '０'..='９' => char::from_u32(u32::from(letter) - u32::from('０') + u32::from('0')),
            letter => letter.is_ascii_digit().then_some(letter),
        };
        found.chars().map(digit).collect::<Option<String>>()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Cell;

    fn counted(header: &[&str], lines: &[&str]) -> Vec<bool> {
        let header: Vec<String> = header.iter().map(|&cell| cell.to_owned()).collect();
        let mut counter = Counter::new(&header);
        lines
            .iter()
            .map(|line| {
                let cells: Vec<Cell<'_>> = line.split(',').map(Cell::Text).collect();
                counter.is_only_counted(&Row { number: 1, cells: &cells, geometry: None })
            })
            .collect()
    }

    #[test]
    fn numbers_that_go_on_alone_are_told() {
        assert_eq!(
            counted(&["No.", "名称", "住所"], &["1,市役所,本町", "2,,", "３,　,", "4"]),
            [false, true, true, true]
        );
        assert_eq!(counted(&["#property", "名称", "住所"], &["1,,", "2,,"]), [true, true]);
        assert_eq!(counted(&["名称", "ＮＯ", "住所"], &["市役所,0001,", ",0002,"]), [false, true]);
    }

    #[test]
    fn numbers_that_may_be_the_content_are_kept() {
        assert_eq!(counted(&["番号", "名称"], &["1,", "2,"]), [false, false], "two columns");
        assert_eq!(counted(&["番号"], &["1", "2"]), [false, false], "one column");
        assert_eq!(counted(&["番号", "名称", "住所"], &["1,a,b", "7,,", "119,,"]), [false, false, false], "no count");
        assert_eq!(counted(&["人口", "名称", "住所"], &["1,,", "2,,"]), [false, false], "no counting column");
    }
}
