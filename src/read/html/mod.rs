//! Tables of web pages: what systems of local governments give out under the name of a workbook (`.xls`) or CSV.
//!
//! Excel opens such a file as if it were a workbook, so that nobody sees what it is. It is read as Excel shows it: the
//! cells of its tables as text, merged cells spread, everything else of the page left out.

mod grid;
mod tag;
mod text;

use encoding_rs::Encoding;

use self::grid::Grid;
use super::encoding::{self, Decoded};
use super::spreadsheet::{Done, Merges, SheetTable, Shown, Start};
use super::xml::Document;
use super::{ReadError, ReadLimits, RowSink, SourceFile};
use crate::model::finding::{Finding, FindingCode, Place};

/// How far into a page its encoding is looked for, bytes: browsers look at 1,024; comments of office programs before it
/// are longer.
const META_BYTES: usize = 8 << 10;

/// Reads the tables of a page, each one that has rows of its own; tables that only hold other tables are layout.
///
/// Memory: the text twice, and twelve bytes for each cell.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let document = decode(&source.bytes);
    document.check()?;
    let grids = grid::grids(&document.decoded.text, limits)?;
    let several = grids.len() > 1;
    let (mut cells_left, mut tables) = (limits.cells, 0_usize);
    for (index, grid) in grids.into_iter().enumerate() {
        let name = several.then(|| format!("表{}", index + 1));
        match push(grid, name, &mut cells_left, limits, sink)? {
            Done::Table => {
                tables += 1;
                if tables == 1 {
                    document.tell(sink);
                    tell_disguise(source, "HTML", sink);
                }
            }
            Done::Blank => {}
            Done::Stopped => return Ok(()),
        }
    }
    if tables == 0 { Err(ReadError::Empty) } else { Ok(()) }
}

/// Says that a file is not what its name says, where that is so.
pub(super) fn tell_disguise(source: &SourceFile, format: &str, sink: &mut dyn RowSink) {
    let extension = source.name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !extension.is_empty() && !matches!(extension.to_ascii_lowercase().as_str(), "html" | "htm" | "xml") {
        sink.finding(Finding::new(FindingCode::FormatDisguised, Place::default(), format, extension));
    }
}

fn push(
    mut grid: Grid,
    name: Option<String>,
    cells_left: &mut u64,
    limits: &ReadLimits,
    sink: &mut dyn RowSink,
) -> Result<Done, ReadError> {
    let merges = Merges::new(std::mem::take(&mut grid.merges), grid.width);
    let start = Start { name, format: "HTML", from_1904: false, merges, limits };
    let mut table = SheetTable::new(start, *cells_left, sink);
    for (number, row) in (0_u32..).zip(&grid.rows) {
        table.start_row(number, row.is_hidden);
        for cell in grid.cells(row) {
            table.check_column(cell.column as usize)?;
            table.text(cell.column as usize, grid.text(cell));
        }
        if table.end_row()?.is_break() {
            return Ok(Done::Stopped);
        }
    }
    let done = table.finish(&[]);
    *cells_left = table.release().0;
    // Whoever hides a table keeps it in the file all the same.
    if grid.is_hidden && done == Done::Table {
        Shown::No.tell("HTML", sink);
    }
    Ok(done)
}

/// Decodes a page by its bytes; what it says of itself is only held against that.
fn decode(bytes: &[u8]) -> Document<'_> {
    let decoded = encoding::decode(bytes);
    let stated = stated(bytes);
    let known = stated.as_deref().and_then(|label| Encoding::for_label(label.as_bytes()));
    let is_other = known.is_some_and(|known| !is_named(known, &decoded)) && !bytes.is_ascii();
    Document { declared_wrongly: stated.filter(|_| is_other), decoded }
}

fn is_named(encoding: &'static Encoding, decoded: &Decoded<'_>) -> bool {
    let name = if decoded.name == "CP932" { "Shift_JIS" } else { decoded.name };
    name.to_ascii_lowercase().starts_with(&encoding.name().to_ascii_lowercase())
}

/// The encoding a page states: `<meta charset=…>`, `content="text/html; charset=…"`.
fn stated(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..META_BYTES).unwrap_or(bytes).to_ascii_lowercase();
    let at = memchr::memmem::find(&head, b"charset")?;
    let rest = head.get(at + 7..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')))?;
    String::from_utf8(rest.get(..end)?.to_vec()).ok().filter(|label| !label.is_empty())
}
