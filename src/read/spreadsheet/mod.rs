//! What workbooks of every kind share: number formats, merged cells, the way from cells to rows with findings, and the
//! parts of a packed workbook with their XML.

mod beside;
mod format;
mod layout;
mod merges;
mod package;
pub(crate) mod place;
mod refs;
mod strings;
mod table;

pub(super) use self::beside::{Beside, Shown};
pub(super) use self::format::Format;
pub(super) use self::merges::{Merge, Merges};
pub(super) use self::package::{Package, Xml, unescape};
pub(super) use self::refs::Refs;
pub(super) use self::strings::Strings;
pub(super) use self::table::{Done, SHEET_ROWS, SheetTable, Start};
