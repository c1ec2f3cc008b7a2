//! Where the tables of a sheet stood, and what is said where they are several.

use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::{TableHead, range_name};

use super::super::head::Opened;
use super::Cuts;

/// What a table takes of its sheet: rows from 1, columns from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    first_row: u64,
    last_row: u64,
    first_column: usize,
    last_column: usize,
}

impl Area {
    /// The area of a table without its data.
    pub(super) fn new(opened: &Opened) -> Self {
        let header = opened.above.iter().filter(|(what, _)| what.is_header()).map(|(_, row)| row.number);
        let columns = opened.header.cells.iter().rposition(|cell| !cell.trim().is_empty()).unwrap_or(0);
        Self {
            first_row: header.clone().min().unwrap_or(0),
            last_row: header.max().unwrap_or(0),
            first_column: opened.first_column,
            last_column: opened.first_column.saturating_add(columns),
        }
    }

    /// A row of its data.
    pub(super) fn see(&mut self, row: u64) {
        if self.first_row == 0 {
            self.first_row = row;
        }
        self.last_row = self.last_row.max(row);
    }

    fn name(self) -> String {
        // Rows of a sheet end at 2²⁰, those of a CSV at whatever the reader takes; only the name is cut.
        let row = |number: u64| u32::try_from(number.saturating_sub(1)).unwrap_or(u32::MAX);
        range_name((self.first_column, row(self.first_row)), (self.last_column, row(self.last_row)))
    }
}

/// Most areas named.
const MAX_NAMED: usize = 20;

/// Says that a sheet holds several tables, where it does.
pub(super) fn tell(areas: &[Area], head: &TableHead, sink: &mut dyn Cuts) {
    let [_, second, ..] = areas else { return };
    let mut names: Vec<String> = areas.iter().take(MAX_NAMED).map(|area| area.name()).collect();
    if areas.len() > MAX_NAMED {
        names.push("…".to_owned());
    }
    let place = Place {
        sheet: head.name.clone(),
        row: Some(second.first_row),
        cell: Some(second.name()).filter(|_| head.format != "CSV"),
        ..Place::default()
    };
    let found = areas.len().to_string();
    sink.finding(Finding::new(FindingCode::SeveralTables, place, &found, names.join(", ")));
}
