//! Strings of both generations: letters of one byte or two (BIFF8), bytes in a code page (BIFF5 and BIFF7).

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS, UTF_8, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

use super::little::{broken, u16_at};
use super::records::Pieces;
use crate::read::ReadError;
use crate::read::spreadsheet::Strings;

/// How a workbook writes its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coding {
    /// Whether strings are Unicode (BIFF8).
    pub(super) unicode: bool,
    /// The code page of older strings; `None` where none is named.
    pub(super) page: Option<&'static Encoding>,
}

/// The encoding of a code page ([MS-XLS] 2.4.52), of those that spreadsheets of East Asia and Europe were written in.
pub(super) fn code_page(number: u16) -> Option<&'static Encoding> {
    match number {
        932 | 10_001 => Some(SHIFT_JIS),
        51_932 => Some(EUC_JP),
        936 => Some(GBK),
        949 => Some(EUC_KR),
        950 => Some(BIG5),
        1250 => Some(WINDOWS_1250),
        1251 => Some(WINDOWS_1251),
        1252 | 32_769 => Some(WINDOWS_1252),
        65_001 => Some(UTF_8),
        _ => None,
    }
}

impl Coding {
    /// Bytes in the code page, and how many places of them could not be decoded. Where no code page is named it is that
    /// of Japan if everything decodes in it.
    pub(super) fn decode(self, bytes: &[u8]) -> (String, u64) {
        let guess = || {
            let (_, bad) = SHIFT_JIS.decode_without_bom_handling(bytes);
            if bad { WINDOWS_1252 } else { SHIFT_JIS }
        };
        let (text, bad) = self.page.unwrap_or_else(guess).decode_without_bom_handling(bytes);
        let replaced = if bad { text.chars().filter(|letter| *letter == '\u{FFFD}').count() as u64 } else { 0 };
        (text.into_owned(), replaced)
    }

    /// A string whose length stands before it, in two bytes or in one, and how many places could not be decoded.
    pub(super) fn string(self, pieces: &mut Pieces<'_>, long: bool) -> Option<(String, u64)> {
        if self.unicode {
            let mut units = Vec::new();
            return unicode(pieces, long, &mut units).map(|text| (text, 0));
        }
        let count = if long { usize::from(pieces.u16()?) } else { usize::from(pieces.u8()?) };
        let mut bytes = Vec::new();
        for _ in 0..count {
            bytes.push(pieces.u8()?);
        }
        Some(self.decode(&bytes))
    }
}

/// A string of BIFF8 with its runs of fonts and its readings, which are passed over.
fn unicode(pieces: &mut Pieces<'_>, long: bool, units: &mut Vec<u16>) -> Option<String> {
    let count = if long { usize::from(pieces.u16()?) } else { usize::from(pieces.u8()?) };
    let flags = pieces.u8()?;
    let runs = if flags & 8 == 8 { u64::from(pieces.u16()?) } else { 0 };
    let reading = if flags & 4 == 4 { u64::from(pieces.u32()?) } else { 0 };
    units.clear();
    pieces.units(count, flags & 1 == 1, units)?;
    pieces.skip(runs * 4 + reading)?;
    Some(String::from_utf16_lossy(units))
}

/// The shared strings. Their announced number is only looked at to know when to stop.
pub(super) fn shared(mut pieces: Pieces<'_>) -> Result<Strings, ReadError> {
    let (mut strings, mut units) = (Strings::default(), Vec::new());
    let _total = pieces.u32();
    let announced = pieces.u32().ok_or_else(|| broken("SST"))?;
    for index in 0..announced {
        if pieces.is_done() {
            break;
        }
        let text = unicode(&mut pieces, true, &mut units).ok_or_else(|| broken(format!("SST, string {index}")))?;
        strings.push(&text);
    }
    Ok(strings)
}

/// The file name in the encoded path of another workbook ([MS-XLS] 2.5.277): control characters part its folders.
pub(super) fn linked_file(body: &[u8], coding: Coding) -> Option<String> {
    let count = u16_at(body, 2)?;
    // 0x0401 is this workbook itself, 0x3A01 functions that were added to the program.
    if body.len() <= 4 || matches!(count, 0x0401 | 0x3A01) {
        return None;
    }
    let path = coding.string(&mut Pieces::of(body).skipped(2), true).map(|(text, _)| text)?;
    let file = path.rsplit(|letter: char| letter.is_control() || matches!(letter, '\\' | '/')).next();
    // Objects linked by DDE and OLE have no first control character, but they leave the file as well.
    Some(file.filter(|file| !file.is_empty()).unwrap_or("?").to_owned())
}
