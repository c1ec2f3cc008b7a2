//! The first part of a workbook stream: its sheets, shared strings, number formats, code page and date system.

use std::collections::HashMap;

use super::little::{broken, u16_at, u32_at};
use super::records::{Pieces, Record, Records, kind};
use super::text::{Coding, code_page, linked_file, shared};
use crate::read::spreadsheet::{Format, Shown, Strings};
use crate::read::{FileFormat, ReadError, ReadLimits};

/// A worksheet as the workbook lists it.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    /// Its name.
    pub(super) name: String,
    /// Where it begins in the stream.
    pub(super) at: usize,
    /// Whether it is shown.
    pub(super) shown: Shown,
}

/// What all sheets share.
#[derive(Debug)]
pub(super) struct Globals {
    /// How text is written.
    pub(super) coding: Coding,
    /// Whether days are counted from 1904.
    pub(super) from_1904: bool,
    /// The worksheets in order; sheets of charts and macros are left out.
    pub(super) sheets: Vec<Sheet>,
    /// The shared strings.
    pub(super) strings: Strings,
    /// The number format of each cell style.
    pub(super) formats: Vec<Format>,
    /// File names of other workbooks that are referred to.
    pub(super) links: Vec<String>,
    /// Whether there is a sheet of macros (Excel 4).
    pub(super) macro_sheet: bool,
}

/// Styles of cells; a workbook can have 4,050 (Excel 97), some programs wrote 64,000.
const STYLES: usize = 1 << 16;

/// Whether a record begins a part, and if so whether its text is Unicode.
pub(super) fn generation(record: &Record<'_>) -> Result<bool, ReadError> {
    match (record.kind, record.u16(0)) {
        (kind::BOF, Ok(0x0600)) => Ok(true),
        (kind::BOF, Ok(0x0500)) => Ok(false),
        // Versions 2 to 4 begin with other numbers.
        (0x0009 | 0x0209 | 0x0409, _) => Err(ReadError::UnsupportedFormat { format: FileFormat::OldExcel }),
        _ => Err(broken(format!("record {:04X} at {} where a part begins", record.kind, record.at))),
    }
}

impl Globals {
    /// Reads the globals.
    pub(super) fn read(stream: &[u8], limits: &ReadLimits) -> Result<Self, ReadError> {
        let mut records = Records::new(stream, 0);
        let first = records.next()?.ok_or(ReadError::Empty)?;
        let mut book = Self {
            coding: Coding { unicode: generation(&first)?, page: None },
            from_1904: false,
            sheets: Vec::new(),
            strings: Strings::default(),
            formats: Vec::new(),
            links: Vec::new(),
            macro_sheet: false,
        };
        let mut codes: HashMap<u16, Format> = HashMap::new();
        let mut styles: Vec<u16> = Vec::new();
        loop {
            let Some(record) = records.next()? else {
                return Err(broken("the globals have no end"));
            };
            match record.kind {
                kind::EOF => break,
                kind::FILEPASS => return Err(ReadError::Encrypted),
                kind::CODEPAGE => book.coding.page = code_page(record.u16(0)?),
                kind::DATEMODE => book.from_1904 = record.u16(0)? == 1,
                kind::BOUNDSHEET => book.sheet(&record, limits)?,
                kind::SST => book.strings = shared(records.with_continued(record)?)?,
                kind::FORMAT => {
                    let mut pieces = Pieces::of(record.from(2)?);
                    let text = book.coding.string(&mut pieces, book.coding.unicode).ok_or_else(|| record.short())?;
                    codes.insert(record.u16(0)?, Format::of_code(&text.0));
                }
                kind::XF if styles.len() < STYLES => styles.push(record.u16(2)?),
                kind::SUPBOOK if book.links.len() < limits.sheets => {
                    book.links.extend(linked_file(record.body, book.coding));
                }
                _ => {}
            }
        }
        let format = |id: &u16| codes.get(id).copied().unwrap_or_else(|| Format::of_builtin(u32::from(*id)));
        book.formats = styles.iter().map(format).collect();
        Ok(book)
    }

    fn sheet(&mut self, record: &Record<'_>, limits: &ReadLimits) -> Result<(), ReadError> {
        let at = u32_at(record.body, 0).ok_or_else(|| record.short())?;
        let [state, sort] = record.u16(4)?.to_le_bytes();
        match sort & 0x0F {
            0 => {}
            // Macros of Excel 4; charts and modules of Visual Basic have no cells.
            1 => {
                self.macro_sheet = true;
                return Ok(());
            }
            _ => return Ok(()),
        }
        if self.sheets.len() >= limits.sheets {
            return Err(ReadError::TooManyParts { what: "sheets", limit: limits.sheets });
        }
        let mut pieces = Pieces::of(record.from(6)?);
        let (name, _) = self.coding.string(&mut pieces, false).ok_or_else(|| record.short())?;
        let shown = match state & 3 {
            0 => Shown::Yes,
            1 => Shown::No,
            _ => Shown::Never,
        };
        self.sheets.push(Sheet { name, at: at as usize, shown });
        Ok(())
    }
}

/// What a cell's style says of its number.
pub(super) fn format_of(formats: &[Format], body: &[u8], at: usize) -> Format {
    u16_at(body, at).and_then(|style| formats.get(usize::from(style))).copied().unwrap_or_default()
}
