//! Rows copied one behind the other, so that another thread can look at them: one piece of text for all their cells.

use super::Cell;

/// What a cell is.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Empty,
    Text,
    Number,
    DateTime,
    Bool(bool),
}

/// The cells of rows.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    /// What each cell is, and where its text ends.
    cells: Vec<(Kind, usize)>,
    text: String,
}

impl Packed {
    /// Room for about as much as `other` holds.
    pub(crate) fn like(other: &Self) -> Self {
        Self { cells: Vec::with_capacity(other.cells.len()), text: String::with_capacity(other.text.len()) }
    }

    /// Copies the cells of a row; gives the place behind them, which [`Unpack::upto`] takes.
    pub(crate) fn push(&mut self, row: &[Cell<'_>]) -> usize {
        for cell in row {
            let kind = match cell {
                Cell::Empty => Kind::Empty,
                Cell::Text(_) => Kind::Text,
                Cell::Number(_) => Kind::Number,
                Cell::DateTime(_) => Kind::DateTime,
                Cell::Bool(value) => Kind::Bool(*value),
            };
            if let Cell::Text(text) | Cell::Number(text) | Cell::DateTime(text) = cell {
                self.text.push_str(text);
            }
            self.cells.push((kind, self.text.len()));
        }
        self.cells.len()
    }

    /// Bytes of text.
    pub(crate) fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// The rows from the first on.
    pub(crate) fn unpack(&self) -> Unpack<'_> {
        Unpack { packed: self, row: Vec::new(), cell_at: 0, text_at: 0 }
    }
}

/// Gives the rows back in their order.
pub(crate) struct Unpack<'a> {
    packed: &'a Packed,
    row: Vec<Cell<'a>>,
    cell_at: usize,
    text_at: usize,
}

impl<'a> Unpack<'a> {
    /// The cells up to the place that [`Packed::push`] gave for the row.
    pub(crate) fn upto(&mut self, end: usize) -> &[Cell<'a>] {
        self.row.clear();
        for (kind, end) in &self.packed.cells[self.cell_at..end] {
            let text = &self.packed.text[self.text_at..*end];
            self.text_at = *end;
            self.row.push(match kind {
                Kind::Empty => Cell::Empty,
                Kind::Text => Cell::Text(text),
                Kind::Number => Cell::Number(text),
                Kind::DateTime => Cell::DateTime(text),
                Kind::Bool(value) => Cell::Bool(*value),
            });
        }
        self.cell_at = end;
        &self.row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let rows: [&[Cell<'_>]; 4] = [
            &[Cell::Text("東京"), Cell::Empty, Cell::Number("1.5"), Cell::Bool(true)],
            &[],
            &[Cell::DateTime("2026-01-01"), Cell::Text("")],
            &[Cell::Bool(false)],
        ];
        let mut packed = Packed::default();
        let ends: Vec<usize> = rows.iter().map(|row| packed.push(row)).collect();
        let mut unpack = packed.unpack();
        for (row, end) in rows.iter().zip(ends) {
            assert_eq!(format!("{:?}", unpack.upto(end)), format!("{row:?}"));
        }
        assert_eq!(packed.text_bytes(), 19);
    }
}
