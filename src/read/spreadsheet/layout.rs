//! How a sheet is laid out for eyes: line breaks and blanks inside of cells.
//! These are facts for a machine-readability check (機械判読可能なデータの表記方法の統一ルール, Digital Agency), not faults of
//! single values.

use super::refs::Refs;
use crate::read::Cell;
use crate::read::cells::RowCells;

/// What has been seen of one sheet's layout.
#[derive(Debug, Default)]
pub(in crate::read) struct Layout {
    /// Cells with line breaks inside.
    pub(in crate::read) line_breaks: Refs,
    /// Cells whose letters are set apart or indented by blanks.
    pub(in crate::read) spaced: Refs,
}

impl Layout {
    /// Takes a row (from 0) as the file has it, before merged cells are spread.
    pub(in crate::read) fn row(&mut self, row: u32, cells: &RowCells) {
        for column in 0..cells.width() {
            if let Cell::Text(text) = cells.cell(column) {
                if text.contains(['\n', '\r']) {
                    self.line_breaks.add(column, row);
                }
                if is_spaced(text) {
                    self.spaced.add(column, row);
                }
            }
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

    #[test]
    fn blanks_for_the_eye_are_told_from_blanks_in_text() {
        for text in ["氏　名", "合　　計", "備 考 欄", "　うち男", "  内訳"] {
            assert!(is_spaced(text), "{text}");
        }
        for text in ["焼津 太郎", "A B", "1 2", "", " ", "　", "本町 2丁目", "名称"] {
            assert!(!is_spaced(text), "{text}");
        }
    }
}
