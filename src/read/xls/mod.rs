//! Workbooks of Excel 5.0 to 2003 ([MS-XLS], BIFF5 to BIFF8), values only.
//!
//! Cities publish them still, and keep whole archives of them. As with XLSX nothing announced is allocated: chains and
//! lengths are followed as far as there are bytes.

mod compound;
mod globals;
mod little;
mod records;
mod sheet;
mod summary;
mod survey;
mod text;

use std::borrow::Cow;

pub(super) use self::compound::{Compound, SIGNATURE};
use self::globals::Globals;
use self::sheet::Context;
use super::spreadsheet::{Done, Shown};
use super::{ReadError, ReadLimits, RowSink, SourceFile};
use crate::model::finding::{Finding, FindingCode, Place};

/// Reads a workbook as [`super::xlsx::read`] does: each sheet with values a table, merged cells spread, stored values of
/// formulas, everything hidden told.
///
/// Memory: the file, its workbook stream once more where that lies in pieces, eight bytes for each record of cells of one
/// sheet, and the shared strings.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let bytes: &[u8] = &source.bytes;
    // Some programs write the stream alone, without a file system around it.
    let file = if bytes.starts_with(&SIGNATURE) { Some(Compound::open(bytes)?) } else { None };
    let stream = match &file {
        None => Cow::Borrowed(bytes),
        Some(file) => match file.stream("Workbook")? {
            Some(stream) => stream,
            None => file.stream("Book")?.ok_or_else(|| ReadError::PartMissing { part: "Workbook".to_owned() })?,
        },
    };
    let book = Globals::read(&stream, limits)?;
    let (mut cells_left, mut tables) = (limits.cells, 0_u64);
    let several = book.sheets.iter().filter(|sheet| sheet.shown == Shown::Yes).count() > 1;
    for sheet in &book.sheets {
        let survey = survey::survey(&stream, sheet.at, book.coding.unicode, limits)?;
        if !survey.is_worksheet {
            continue;
        }
        let name = (several || sheet.shown != Shown::Yes).then_some(sheet.name.as_str());
        sheet.shown.tell(&sheet.name, sink);
        survey.beside.tell(name, sink);
        if sheet.shown != Shown::Yes {
            continue;
        }
        let context = Context { stream: &stream, book: &book, limits, name };
        match sheet::read(survey, &context, &mut cells_left, sink)? {
            Done::Table => tables += 1,
            Done::Blank => {
                let place = Place { sheet: Some(sheet.name.clone()), ..Place::default() };
                sink.finding(Finding::new(FindingCode::SheetSkipped, place, &sheet.name, ""));
            }
            Done::Stopped => return Ok(()),
        }
    }
    if tables == 0 {
        return Err(ReadError::Empty);
    }
    tell_whole(file.as_ref(), &book, sink);
    Ok(())
}

/// Says what the workbook holds as a whole.
fn tell_whole(file: Option<&Compound<'_>>, book: &Globals, sink: &mut dyn RowSink) {
    let mut tell = |code, found: &str, expected: &str| {
        sink.finding(Finding::new(code, Place::default(), found, expected));
    };
    for link in &book.links {
        tell(FindingCode::ExternalLink, link, "");
    }
    let has = |name: &str| file.is_some_and(|file| file.has(name));
    if book.macro_sheet || has("_VBA_PROJECT_CUR") || has("_VBA_PROJECT") {
        tell(FindingCode::MacroPresent, "", "");
    }
    if has("_SX_DB_CUR") || has("_SX_DB") {
        tell(FindingCode::PivotCache, "?", "_SX_DB");
    }
    if has("Revision Log") {
        tell(FindingCode::HiddenContent, "変更履歴", "history of changes");
    }
    let Some(file) = file else { return };
    // Embedded files lie in storages of these names ([MS-XLS] 2.1.7).
    let embedded: Vec<&str> = file.names().filter(|name| name.starts_with("MBD")).collect();
    if !embedded.is_empty() {
        tell(FindingCode::ObjectEmbedded, &embedded.len().to_string(), "MBD…");
    }
    let (ja, en) = summary::authors(file);
    if !ja.is_empty() {
        tell(FindingCode::AuthorPresent, &ja.join("、"), &en.join(", "));
    }
}
