//! How a sheet is laid out for eyes: line breaks and blanks inside of cells, and tables set apart by blank rows and columns.
//! These are facts for a machine-readability check (機械判読可能なデータの表記方法の統一ルール, Digital Agency), not faults of
//! single values.

use super::place;
use super::refs::Refs;
use crate::read::Cell;
use crate::read::cells::RowCells;

/// Ranges kept; a sheet of more tables than this is a form and no table.
const BLOCKS_KEPT: usize = 100;

/// What has been seen of one sheet's layout.
#[derive(Debug, Default)]
pub(in crate::read) struct Layout {
    /// Cells with line breaks inside.
    pub(in crate::read) line_breaks: Refs,
    /// Cells whose letters are set apart or indented by blanks.
    pub(in crate::read) spaced: Refs,
    block: Option<Block>,
    blocks: Vec<String>,
}

/// Rows without a blank one between them, from 0.
#[derive(Debug)]
struct Block {
    first_row: u32,
    last_row: u32,
    filled: Vec<bool>,
}

impl Layout {
    /// Takes a row (from 0) as the file has it, before merged cells are spread.
    pub(in crate::read) fn row(&mut self, row: u32, cells: &RowCells) {
        let mut any = false;
        for column in 0..cells.width() {
            let cell = cells.cell(column);
            any |= cell != Cell::Empty;
            if let Cell::Text(text) = cell {
                if text.contains(['\n', '\r']) {
                    self.line_breaks.add(column, row);
                }
                if is_spaced(text) {
                    self.spaced.add(column, row);
                }
            }
        }
        if !any {
            return;
        }
        let follows = |block: &Block| row <= block.last_row.saturating_add(1);
        if !self.block.as_ref().is_some_and(follows) {
            self.close();
            self.block = Some(Block { first_row: row, last_row: row, filled: Vec::new() });
        }
        if let Some(block) = &mut self.block {
            block.last_row = row;
            if block.filled.len() < cells.width() {
                block.filled.resize(cells.width(), false);
            }
            for (column, filled) in block.filled.iter_mut().enumerate().take(cells.width()) {
                *filled |= cells.is_filled(column);
            }
        }
    }

    /// The ranges that look like tables of their own: at least two rows and two columns, blank rows and columns around.
    pub(in crate::read) fn tables(&mut self) -> &[String] {
        self.close();
        &self.blocks
    }

    fn close(&mut self) {
        let Some(block) = self.block.take() else { return };
        if block.first_row == block.last_row {
            return;
        }
        let mut column = 0;
        while column < block.filled.len() && self.blocks.len() < BLOCKS_KEPT {
            let run = block.filled[column..].iter().take_while(|filled| **filled).count();
            if run >= 2 {
                let last = (column + run - 1, block.last_row);
                self.blocks.push(place::range_name((column, block.first_row), last));
            }
            column += run + 1;
        }
    }
}

/// Whether blanks in a text are there for the eye: `氏　名`, or an indent before it.
fn is_spaced(text: &str) -> bool {
    let is_blank = |letter: char| matches!(letter, ' ' | '\u{3000}');
    if !text.contains(is_blank) {
        return false;
    }
    if text.starts_with(is_blank) && !text.trim().is_empty() {
        return true;
    }
    let mut pieces = text.split(is_blank).filter(|piece| !piece.is_empty());
    let one_kanji = |piece: &str| {
        let mut letters = piece.chars();
        matches!((letters.next(), letters.next()), (Some('\u{3041}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'), None))
    };
    pieces.next().is_some_and(one_kanji) && pieces.next().is_some_and(one_kanji) && pieces.all(one_kanji)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::cells::Meaning;

    #[test]
    fn blanks_for_the_eye_are_told_from_blanks_in_text() {
        for text in ["氏　名", "合　　計", "備 考 欄", "　うち男", "  内訳"] {
            assert!(is_spaced(text), "{text}");
        }
        for text in ["焼津 太郎", "A B", "1 2", "", " ", "　", "本町 2丁目", "名称"] {
            assert!(!is_spaced(text), "{text}");
        }
    }

    #[test]
    fn tables_are_parted_by_blank_rows_and_columns() {
        let mut layout = Layout::default();
        let mut row = |number: u32, columns: &[usize]| {
            let mut cells = RowCells::default();
            for column in columns {
                cells.set(*column, Meaning::Text, "x");
            }
            layout.row(number, &cells);
        };
        row(0, &[0]);
        row(2, &[0, 1, 4, 5]);
        row(3, &[0, 1, 5]);
        row(7, &[1, 2]);
        row(8, &[1, 2]);
        assert_eq!(layout.tables(), ["A3:B4", "E3:F4", "B8:C9"]);
    }
}
