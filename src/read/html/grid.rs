//! The tables of a page as grids of cells, spans reckoned with as HTML lays them out (HTML, 4.9.12).

use super::tag::{Piece, Pieces, attribute};
use super::text;
use crate::read::spreadsheet::{Merge, SHEET_ROWS};
use crate::read::{ReadError, ReadLimits};

/// Most columns that one cell spans (the same number in HTML).
const MAX_COLUMN_SPAN: usize = 1_000;

/// One cell: its column from 0, and where its text lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct GridCell {
    pub(super) column: u32,
    from: u32,
    to: u32,
}

/// One row: its first cell, and whether a browser shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct GridRow {
    first: usize,
    end: usize,
    pub(super) is_hidden: bool,
}

/// One table.
#[derive(Debug, Default)]
pub(super) struct Grid {
    text: String,
    cells: Vec<GridCell>,
    pub(super) rows: Vec<GridRow>,
    pub(super) merges: Vec<Merge>,
    /// Columns up to the last one with a value.
    pub(super) width: usize,
    pub(super) is_hidden: bool,
    /// Up to which row (not included) each column is taken by a cell from above.
    taken: Vec<u32>,
    open: Option<Open>,
    column: usize,
    in_row: bool,
    holds_tables: bool,
}

/// A cell that is being read.
#[derive(Debug, Clone, Copy)]
struct Open {
    from: usize,
    columns: usize,
    rows: u32,
}

impl Grid {
    /// The cells of a row that hold text.
    pub(super) fn cells(&self, row: &GridRow) -> &[GridCell] {
        self.cells.get(row.first..row.end).unwrap_or_default()
    }

    /// The text of a cell.
    pub(super) fn text(&self, cell: &GridCell) -> &str {
        self.text.get(cell.from as usize..cell.to as usize).unwrap_or_default()
    }

    fn row_number(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    fn start_row(&mut self, is_hidden: bool) -> Result<(), ReadError> {
        self.end_row();
        if self.rows.len() >= SHEET_ROWS as usize {
            return Err(ReadError::TooManyRows { limit: u64::from(SHEET_ROWS) });
        }
        let at = self.cells.len();
        self.rows.push(GridRow { first: at, end: at, is_hidden });
        (self.column, self.in_row) = (0, true);
        Ok(())
    }

    fn start_cell(&mut self, tag: &str) -> Result<(), ReadError> {
        if !self.in_row {
            self.start_row(false)?;
        }
        self.end_cell();
        let span = |name: &str| attribute(tag, name).and_then(|value| value.trim().parse::<u32>().ok()).unwrap_or(1);
        let row = self.row_number().saturating_sub(1);
        while self.taken.get(self.column).is_some_and(|until| *until > row) {
            self.column += 1;
        }
        let columns = (span("colspan") as usize).clamp(1, MAX_COLUMN_SPAN);
        self.open = Some(Open { from: self.text.len(), columns, rows: span("rowspan").clamp(1, SHEET_ROWS) });
        Ok(())
    }

    fn end_cell(&mut self) {
        let Some(open) = self.open.take() else { return };
        let row = self.row_number().saturating_sub(1);
        let end = self.column.saturating_add(open.columns);
        let trimmed = self.text.get(open.from..).unwrap_or_default().trim_end().len();
        self.text.truncate(open.from + trimmed);
        let is_blank = self.text.get(open.from..).unwrap_or_default().chars().all(char::is_whitespace);
        if is_blank {
            self.text.truncate(open.from);
        } else {
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            self.cells.push(GridCell {
                column: place(self.column),
                from: place(open.from),
                to: place(self.text.len()),
            });
            self.width = self.width.max(end);
            let last = (end - 1, row.saturating_add(open.rows - 1));
            self.merges.extend(Merge::between((self.column, row), last));
        }
        if open.rows > 1 {
            if self.taken.len() < end {
                self.taken.resize(end, 0);
            }
            let until = row.saturating_add(open.rows);
            for taken in &mut self.taken[self.column..end] {
                *taken = until.max(*taken);
            }
        }
        self.column = end;
    }

    fn end_row(&mut self) {
        self.end_cell();
        self.in_row = false;
        let end = self.cells.len();
        if let Some(row) = self.rows.last_mut() {
            row.end = end;
        }
    }

    /// Whether this is a table and not the frame of others: two rows with two texts, where others lie in it.
    fn is_table(&self) -> bool {
        let wide = |row: &&GridRow| row.end - row.first > 1;
        if self.holds_tables { self.rows.iter().filter(wide).count() > 1 } else { !self.cells.is_empty() }
    }
}

/// The tables of a page in the order in which they begin.
pub(super) fn grids(page: &str, limits: &ReadLimits) -> Result<Vec<Grid>, ReadError> {
    let mut done: Vec<(usize, Grid)> = Vec::new();
    let mut open: Vec<(usize, Grid)> = Vec::new();
    let (mut begun, mut ruby) = (0_usize, false);
    for piece in Pieces::new(page) {
        let (name, closes, rest) = match piece {
            Piece::Text(piece) => {
                // Readings of names (ふりがな) stand over the text and are no part of it.
                if let Some((_, grid)) = open.last_mut().filter(|_| !ruby)
                    && let Some(cell) = grid.open
                {
                    text::push(&mut grid.text, cell.from, piece);
                    if grid.text.len() - cell.from > limits.cell_bytes {
                        return Err(ReadError::CellTooLong {
                            row: grid.rows.len() as u64,
                            limit_bytes: limits.cell_bytes,
                        });
                    }
                }
                continue;
            }
            Piece::Tag { name, closes, rest } => (name.to_ascii_lowercase(), closes, rest),
        };
        match (name.as_str(), closes) {
            ("table", false) => {
                if open.len() >= limits.nesting {
                    return Err(ReadError::TooDeep { limit: limits.nesting });
                }
                if begun >= limits.sheets {
                    return Err(ReadError::TooManyParts { what: "tables", limit: limits.sheets });
                }
                if let Some((_, outer)) = open.last_mut() {
                    outer.holds_tables = true;
                }
                open.push((begun, Grid { is_hidden: is_hidden(rest), ..Grid::default() }));
                begun += 1;
            }
            ("table", true) => {
                if let Some((number, mut grid)) = open.pop() {
                    grid.end_row();
                    done.push((number, grid));
                }
            }
            ("rt" | "rp", closes) => ruby = !closes,
            ("ruby", true) => ruby = false,
            (name, closes) => {
                if let Some((_, grid)) = open.last_mut() {
                    step(grid, name, closes, rest)?;
                    if grid.merges.len() > limits.merges {
                        return Err(ReadError::TooManyParts { what: "merged ranges", limit: limits.merges });
                    }
                }
            }
        }
    }
    while let Some((number, mut grid)) = open.pop() {
        grid.end_row();
        done.push((number, grid));
    }
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, grid)| grid).filter(Grid::is_table).collect())
}

/// One tag inside of a table.
fn step(grid: &mut Grid, name: &str, closes: bool, rest: &str) -> Result<(), ReadError> {
    match (name, closes) {
        ("tr", false) => grid.start_row(is_hidden(rest))?,
        ("tr" | "caption", true) => grid.end_row(),
        ("td" | "th", false) => grid.start_cell(rest)?,
        ("td" | "th", true) => grid.end_cell(),
        // The title of a table stands above it, like that of a sheet.
        ("caption", false) => {
            grid.start_row(false)?;
            grid.start_cell("")?;
        }
        ("br" | "p" | "div" | "li", _) => {
            if let Some(cell) = grid.open
                && !grid.text.ends_with('\n')
            {
                text::break_line(&mut grid.text, cell.from);
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether a tag says that nobody sees what it holds.
fn is_hidden(tag: &str) -> bool {
    let style = attribute(tag, "style").unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    attribute(tag, "hidden").is_some() || style.contains("display:none")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(page: &str) -> Vec<Vec<String>> {
        let grids = grids(page, &ReadLimits::default()).expect("a page");
        let line = |grid: &Grid, row: &GridRow| -> String {
            grid.cells(row)
                .iter()
                .map(|cell| format!("{}={}", cell.column, grid.text(cell)))
                .collect::<Vec<_>>()
                .join("|")
        };
        grids.iter().map(|grid| grid.rows.iter().map(|row| line(grid, row)).collect()).collect()
    }

    #[test]
    fn cells_stand_where_spans_leave_room() {
        let page = "<table><caption>一覧</caption><tr><th rowspan=2>地区<th colspan=2>人口<tr><td>男<td>女<tr><td>東<td><p>1</p><td>2<br></table>";
        assert_eq!(shown(page), [["0=一覧", "0=地区|1=人口", "1=男|2=女", "0=東|1=1|2=2"]]);
    }

    #[test]
    fn frames_are_no_tables_and_what_is_inside_of_them_is() {
        let page = "<table><tr><td>メニュー<td><table><tr><td>名称<td>住所<tr><td><ruby>本町<rt>ほんちょう</rt></ruby><td>1</table></table><table></table>";
        assert_eq!(shown(page), [["0=名称|1=住所", "0=本町|1=1"]]);
    }
}
