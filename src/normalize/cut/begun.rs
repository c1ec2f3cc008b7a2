//! A table whose header has been found, told apart from those beside it.

use std::ops::Range;

use crate::read::{Cell, Row};
use crate::schema::{HEADER_SEARCH_ROWS, Schemas};

use super::super::aside;
use super::super::head::{Opened, Opening};
use super::super::held::{HeldRow, Waiting};
use super::super::text;

/// A table whose header has been found, and the tables beside it.
pub(super) struct Begun {
    pub(super) opened: Opened,
    /// The rows of the header over the whole width of the sheet.
    pub(super) header: Vec<Vec<String>>,
    /// The rows of the data that came so far.
    pub(super) waiting: Vec<Waiting>,
    pub(super) columns: Option<Range<usize>>,
    pub(super) aside: Vec<(Range<usize>, Opening)>,
}

impl Begun {
    pub(super) fn new(opening: Opening, may_have_others: bool, file_name: &str) -> Self {
        let schemas = Schemas::bundled();
        let blocks =
            if may_have_others && opening.head.columns.is_none() { opening.blocks(schemas) } else { Vec::new() };
        let [first, others @ ..] = blocks.as_slice() else {
            let (opened, waiting) = opening.decide(schemas, file_name);
            let header = opened.header.rows.clone();
            return Self { opened, header, waiting, columns: None, aside: Vec::new() };
        };
        let mut narrow = Opening::new(&opening.head, opening.is_further, opening.first_column + first.start);
        for row in opening.waiting.iter().filter_map(Waiting::row) {
            row.replay(|row| push_part(&mut narrow, row, first, true));
        }
        narrow.findings = opening.findings;
        let (mut opened, _) = narrow.decide(schemas, file_name);
        opened.is_alone = false;
        let mut aside: Vec<(Range<usize>, Opening)> = others
            .iter()
            .map(|block| (block.clone(), Opening::new(&opening.head, true, opening.first_column + block.start)))
            .collect();
        // The rows above the data are shared out now, those of the data as they go through.
        let mut above = opened.above.iter_mut();
        let (mut header, mut waiting) = (Vec::new(), Vec::new());
        for held in opening.waiting {
            let place = if held.row().is_some() { above.next() } else { None };
            match (place, held) {
                // A title between the tables is one of all of them, and stands above the first.
                (Some(place), Waiting::Row(row)) if row.replay(|row| is_outside(row, &blocks)) => place.1 = row,
                (Some((what, _)), Waiting::Row(row)) => {
                    if what.is_header() {
                        header.push(row.texts().iter().map(|cell| text::trim(cell).to_owned()).collect());
                    }
                    for (block, part) in &mut aside {
                        row.replay(|row| push_part(part, row, block, false));
                    }
                }
                (_, held) => waiting.push(held),
            }
        }
        Self { opened, header, waiting, columns: Some(first.clone()), aside }
    }
}

/// Gives a table beside others its part of a row.
pub(super) fn push_part(part: &mut Opening, row: &Row<'_>, block: &Range<usize>, keeps_blank: bool) {
    let cells = slice(row.cells, block);
    if keeps_blank || cells.iter().any(|cell| !text::is_blank(cell.text())) {
        part.push(HeldRow::of(&Row { number: row.number, cells, geometry: None }));
    }
}

pub(super) fn slice<'r, 'c>(cells: &'r [Cell<'c>], block: &Range<usize>) -> &'r [Cell<'c>] {
    let end = block.end.min(cells.len());
    cells.get(block.start.min(end)..end).unwrap_or_default()
}

/// Whether a row holds anything outside of the tables.
pub(super) fn is_outside(row: &Row<'_>, blocks: &[Range<usize>]) -> bool {
    let is_between = |(at, cell): (usize, &Cell<'_>)| {
        !text::is_blank(cell.text()) && !blocks.iter().any(|block| block.contains(&at))
    };
    row.cells.iter().enumerate().any(is_between)
}

impl Opening {
    /// The columns of each of several tables beside each other.
    fn blocks(&self, schemas: &Schemas) -> Vec<Range<usize>> {
        let texts: Vec<Vec<String>> =
            self.waiting.iter().filter_map(Waiting::row).take(HEADER_SEARCH_ROWS).map(HeldRow::texts).collect();
        // Only where an empty column stands between filled ones can there be several.
        let header = texts.iter().position(|row| {
            let filled: Vec<bool> = row.iter().map(|cell| !text::is_blank(cell)).collect();
            filled.windows(3).any(|three| three == [true, false, true]) && filled.iter().filter(|it| **it).count() > 3
        });
        let blocks = header.map_or_else(Vec::new, |header| aside::blocks(&texts, header, schemas));
        if !blocks.is_empty() {
            return blocks;
        }
        let first = texts.iter().position(|row| row.iter().filter(|cell| !text::is_blank(cell)).count() > 3);
        let blocks = first.map_or_else(Vec::new, |first| aside::repeated(&texts, first, schemas));
        if blocks.is_empty() { aside::staggered(&texts, schemas) } else { blocks }
    }
}
