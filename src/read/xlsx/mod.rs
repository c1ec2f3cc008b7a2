//! Workbooks of Office Open XML (ECMA-376), values only: `.xlsx`, and `.xlsm` without its macros.
//!
//! Written here because a workbook may announce what it does not hold: a cell in the last column of the last row, four
//! thousand million strings, a sheet that unpacks to terabytes. Nothing announced is allocated; what is unpacked is
//! counted.

mod format;
mod merges;
mod package;
mod place;
mod sheet;
mod workbook;

use self::package::Package;
use self::sheet::{Context, Done};
use self::workbook::Workbook;
use super::{ReadError, ReadLimits, RowSink, SourceFile};
use crate::model::finding::{Finding, FindingCode, Place};

/// Reads a workbook, each sheet that holds values as a table. Rows without values are not rows; hidden rows and columns
/// are read and reported; hidden sheets are reported and not read, since nobody who looks at the workbook sees them.
///
/// Memory: the file, the shared strings, and the XML of one sheet at a time, all within `unpacked_bytes`.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let mut package = Package::open(&source.bytes, limits)?;
    let book = Workbook::open(&mut package, limits)?;
    let (mut cells_left, mut tables) = (limits.cells, 0_u64);
    let several = book.sheets.iter().filter(|sheet| !sheet.hidden).count() > 1;
    for sheet in &book.sheets {
        let tell = |code, found: &str, sink: &mut dyn RowSink| {
            let place = Place { sheet: Some(sheet.name.clone()), ..Place::default() };
            sink.finding(Finding::new(code, place, found, ""));
        };
        if sheet.hidden {
            tell(FindingCode::HiddenContent, &format!("シート「{}」", sheet.name), sink);
            continue;
        }
        let text = package.needed(&sheet.path)?;
        let name = several.then_some(sheet.name.as_str());
        let context = Context { book: &book, limits, name, path: &sheet.path };
        match sheet::read(&text, &context, &mut cells_left, sink)? {
            Done::Table => tables += 1,
            Done::Blank => tell(FindingCode::SheetSkipped, &sheet.name, sink),
            Done::Stopped => return Ok(()),
        }
    }
    if tables == 0 { Err(ReadError::Empty) } else { Ok(()) }
}
