//! Workbooks of Office Open XML (ECMA-376), transitional and strict, values only: `.xlsx`, and `.xlsm` without its macros.
//!
//! Written here because a workbook may announce what it does not hold: a cell in the last column of the last row, four
//! thousand million strings, a sheet that unpacks to terabytes. Nothing announced is allocated; what is unpacked is
//! counted.

mod beside;
mod sheet;
mod workbook;

use self::sheet::Context;
use self::workbook::Workbook;
use super::spreadsheet::{Done, Package, Shown};
use super::{ReadError, ReadLimits, RowSink, SourceFile};
use crate::model::finding::{Finding, FindingCode, Place};

/// Reads a workbook, each sheet that holds values as a table. Rows without values are not rows; hidden rows and columns
/// are read and reported; hidden sheets are reported and not read, since nobody who looks at the workbook sees them.
/// What lies beside the cells (comments, drawings, caches, links, macros) is reported with its place.
///
/// Memory: the file, the shared strings, and the XML of one sheet at a time, all within `unpacked_bytes`.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    let mut package = Package::open(bytes, limits)?;
    let book = Workbook::open(&mut package, limits)?;
    let (mut cells_left, mut tables) = (limits.cells, 0_u64);
    let several = book.sheets.iter().filter(|sheet| sheet.shown == Shown::Yes).count() > 1;
    for sheet in &book.sheets {
        let name = (several || sheet.shown != Shown::Yes).then_some(sheet.name.as_str());
        if sheet.shown != Shown::Yes {
            sheet.shown.tell(&sheet.name, sink);
            beside::of_sheet(&mut package, &sheet.path, name, limits, sink)?;
            continue;
        }
        let text = package.needed(&sheet.path)?;
        let context = Context { book: &book, limits, name, path: &sheet.path };
        match sheet::read(&text, &context, &mut cells_left, sink)? {
            Done::Table => tables += 1,
            Done::Blank => {
                let place = Place { sheet: Some(sheet.name.clone()), ..Place::default() };
                sink.finding(Finding::new(FindingCode::SheetSkipped, place, &sheet.name, ""));
            }
            Done::Stopped => return Ok(()),
        }
        drop(text);
        beside::of_sheet(&mut package, &sheet.path, name, limits, sink)?;
    }
    if tables == 0 {
        return Err(ReadError::Empty);
    }
    beside::of_workbook(&mut package, &book, limits, sink)
}
