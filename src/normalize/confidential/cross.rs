//! A cross table kept whole: small enough to look for cells that totals give away.

use super::rules::RULES;
use crate::normalize::text;
use crate::read::Row;

/// One cell of a cross table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing.
    Empty,
    /// A count.
    Number(i64),
    /// A mark of suppression; a dash may also mean none.
    Suppressed { dash: bool },
    /// Anything else.
    Text,
}

/// One row.
#[derive(Debug)]
pub(super) struct CrossRow {
    pub(super) number: u64,
    pub(super) is_total: bool,
    pub(super) marks: Vec<Mark>,
}

/// The rows of a table while it is small enough to be a cross table.
#[derive(Debug, Default)]
pub(super) struct Cross {
    pub(super) rows: Vec<CrossRow>,
    suppressed: u64,
    is_over: bool,
}

impl Cross {
    pub(super) fn see(&mut self, row: &Row<'_>) {
        if self.is_over {
            return;
        }
        if self.rows.len() >= RULES.threshold.cross_rows || row.cells.len() > RULES.threshold.cross_columns {
            *self = Self { is_over: true, ..Self::default() };
            return;
        }
        let marks: Vec<Mark> = row.cells.iter().map(|cell| mark(cell.text())).collect();
        self.suppressed += marks.iter().filter(|mark| matches!(mark, Mark::Suppressed { .. })).count() as u64;
        let is_total = row.cells.iter().take(4).any(|cell| is_total(cell.text()));
        self.rows.push(CrossRow { number: row.number, is_total, marks });
    }

    /// Whether there is anything to recover.
    pub(super) fn has_suppressed(&self) -> bool {
        self.suppressed > 0
    }

    /// The mark of a cell.
    pub(super) fn mark(&self, row: usize, column: usize) -> Mark {
        self.rows.get(row).and_then(|row| row.marks.get(column)).copied().unwrap_or(Mark::Empty)
    }

    /// Columns that hold counts and marks only.
    pub(super) fn counting_columns(&self) -> Vec<usize> {
        let width = self.rows.iter().map(|row| row.marks.len()).max().unwrap_or(0);
        (0..width)
            .filter(|column| {
                let marks = || (0..self.rows.len()).map(|row| self.mark(row, *column));
                marks().all(|mark| mark != Mark::Text) && marks().any(|mark| matches!(mark, Mark::Number(_)))
            })
            .collect()
    }
}

fn mark(found: &str) -> Mark {
    let bare = text::trim(found);
    if bare.is_empty() {
        return Mark::Empty;
    }
    if bare.len() > 24 {
        return Mark::Text;
    }
    if let Ok(number) = bare.parse::<i64>() {
        return Mark::Number(number);
    }
    let folded = text::squeeze(bare).replace(',', "");
    let folded = folded.strip_suffix('人').or(folded.strip_suffix(".0")).unwrap_or(&folded);
    if let Ok(number) = folded.parse::<i64>() {
        return Mark::Number(number);
    }
    match folded.trim_matches(['(', ')']) {
        "-" => Mark::Suppressed { dash: true },
        "x" | "X" | "*" | "**" | "***" | "秘" | "㊙" | "χ" | "Χ" | "Ｘ" | "×" | "秘匿" | "非公表" | "非公開" => {
            Mark::Suppressed { dash: false }
        }
        _ => Mark::Text,
    }
}

fn is_total(found: &str) -> bool {
    let folded = super::header::fold(found);
    RULES.header_is("total", &folded) && folded.chars().count() <= 8
        || folded.ends_with("地区計")
        || folded == "市計"
        || folded == "全市"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_suppression_are_told_from_counts_and_texts() {
        assert_eq!(mark("1,234"), Mark::Number(1234));
        assert_eq!(mark("１２"), Mark::Number(12));
        assert_eq!(mark("3人"), Mark::Number(3));
        assert_eq!(mark("X"), Mark::Suppressed { dash: false });
        assert_eq!(mark("ｘ"), Mark::Suppressed { dash: false });
        assert_eq!(mark("－"), Mark::Suppressed { dash: true });
        assert_eq!(mark("12.5"), Mark::Text);
        assert!(is_total("合　計") && is_total("計") && !is_total("会計課") && !is_total("統計"));
    }
}
