//! The walk over the text: styles, sheets, columns, rows and cells, for whoever looks.

use std::ops::ControlFlow;

use quick_xml::events::BytesStart;

use crate::read::xml::{Piece, Scanner, local};
use crate::read::{ReadError, ReadLimits};

/// One cell.
#[derive(Debug, Default)]
pub(super) struct SeenCell {
    /// Its column, from 0.
    pub(super) column: usize,
    /// Columns and rows beyond the first that it covers.
    pub(super) across: usize,
    pub(super) down: u32,
    /// The name of its style.
    pub(super) style: String,
    /// `Number`, `DateTime`, `Boolean`, `String`, `Error`; empty where there is no value.
    pub(super) kind: String,
    /// Its value.
    pub(super) text: String,
    pub(super) has_formula: bool,
    pub(super) has_comment: bool,
}

/// What the walk comes upon, in the order of the file.
pub(super) enum Found<'f> {
    /// A number format, by the name of its style; the style it is made from.
    Style { name: &'f str, parent: &'f str, format: Option<&'f str> },
    /// The workbook counts days from 1904.
    From1904,
    /// The properties name a person.
    Author,
    /// A sheet begins.
    Sheet(&'f str),
    /// Columns from and to (inclusive, from 0) that are hidden.
    HiddenColumns(usize, usize),
    /// A row begins (from 0).
    Row { row: u32, is_hidden: bool },
    /// A cell ends.
    Cell(&'f SeenCell),
    /// A row ends.
    EndRow,
    /// The sheet is hidden (`true`: so that no menu shows it).
    Hidden(bool),
    /// A sheet ends.
    EndSheet,
}

type Take<'t> = dyn FnMut(Found<'_>) -> Result<ControlFlow<()>, ReadError> + 't;

/// Walks over a workbook; `take` may break the walk.
pub(super) fn walk(text: &str, limits: &ReadLimits, take: &mut Take<'_>) -> Result<(), ReadError> {
    let mut walk = Walk { scanner: Scanner::new(text, "XML", limits), limits, row: 0, column: 0, at_column: 0 };
    let mut style: Option<(String, String, Option<String>)> = None;
    let mut ends: Vec<&str> = Vec::new();
    while let Some(piece) = walk.scanner.next()? {
        let flow = match piece {
            Piece::Start { name, tag, .. } => {
                ends.push(local(name));
                match local(name) {
                    "Style" => {
                        style = Some((walk.text(&tag, "ID")?, walk.text(&tag, "Parent")?, None));
                        ControlFlow::Continue(())
                    }
                    "NumberFormat" => {
                        let format = walk.scanner.attribute(&tag, "Format")?;
                        if let Some((_, _, found)) = &mut style {
                            *found = format;
                        }
                        ControlFlow::Continue(())
                    }
                    "Cell" => {
                        ends.pop();
                        let cell = walk.cell(&tag)?;
                        take(Found::Cell(&cell))?
                    }
                    name => walk.start(name, &tag, &mut ends, take)?,
                }
            }
            Piece::End { .. } => match ends.pop() {
                Some("Style") => match style.take() {
                    Some((name, parent, format)) => {
                        take(Found::Style { name: &name, parent: &parent, format: format.as_deref() })?
                    }
                    None => ControlFlow::Continue(()),
                },
                Some("Row") => {
                    walk.row = walk.row.saturating_add(1);
                    take(Found::EndRow)?
                }
                Some("Worksheet") => take(Found::EndSheet)?,
                _ => ControlFlow::Continue(()),
            },
            Piece::Text(_) => ControlFlow::Continue(()),
        };
        if flow.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

struct Walk<'t> {
    scanner: Scanner<'t>,
    limits: &'t ReadLimits,
    /// The row that comes next, and the cell of it.
    row: u32,
    column: usize,
    /// The column that is described next.
    at_column: usize,
}

impl<'t> Walk<'t> {
    fn text(&self, tag: &BytesStart<'t>, name: &str) -> Result<String, ReadError> {
        Ok(self.scanner.attribute(tag, name)?.unwrap_or_default())
    }

    /// A number of an attribute; what cannot be read is not there.
    fn number(&self, tag: &BytesStart<'t>, name: &str) -> Result<Option<u32>, ReadError> {
        Ok(self.scanner.attribute(tag, name)?.and_then(|value| value.trim().parse().ok()))
    }

    fn start(
        &mut self,
        name: &'t str,
        tag: &BytesStart<'t>,
        ends: &mut Vec<&str>,
        take: &mut Take<'_>,
    ) -> Result<ControlFlow<()>, ReadError> {
        match name {
            "Worksheet" => {
                (self.row, self.at_column) = (0, 0);
                let sheet = self.text(tag, "Name")?;
                take(Found::Sheet(&sheet))
            }
            "Column" => {
                let first = self.number(tag, "Index")?.map_or(self.at_column, |index| index.max(1) as usize - 1);
                let last = first.saturating_add(self.number(tag, "Span")?.unwrap_or(0) as usize);
                self.at_column = last.saturating_add(1);
                if self.text(tag, "Hidden")? == "1" {
                    return take(Found::HiddenColumns(first, last));
                }
                Ok(ControlFlow::Continue(()))
            }
            "Row" => {
                if let Some(index) = self.number(tag, "Index")? {
                    self.row = index.max(1) - 1;
                }
                self.column = 0;
                let is_hidden = self.text(tag, "Hidden")? == "1";
                let flow = take(Found::Row { row: self.row, is_hidden })?;
                // Further rows of the same look stand behind this one without being written.
                self.row = self.row.saturating_add(self.number(tag, "Span")?.unwrap_or(0));
                Ok(flow)
            }
            "Visible" | "Author" | "LastAuthor" | "Date1904" => {
                ends.pop();
                let text = self.scanner.text_inside()?;
                match (name, text.as_str()) {
                    ("Visible", "SheetHidden") => take(Found::Hidden(false)),
                    ("Visible", "SheetVeryHidden") => take(Found::Hidden(true)),
                    ("Author" | "LastAuthor", text) if !text.is_empty() => take(Found::Author),
                    ("Date1904", text) if text != "0" => take(Found::From1904),
                    _ => Ok(ControlFlow::Continue(())),
                }
            }
            _ => Ok(ControlFlow::Continue(())),
        }
    }

    /// A cell to its end. Its text is that of its `Data`, however marked up; comments and readings (ふりがな) have
    /// elements of their own.
    fn cell(&mut self, tag: &BytesStart<'t>) -> Result<SeenCell, ReadError> {
        let mut cell = SeenCell {
            column: self.number(tag, "Index")?.map_or(self.column, |index| index.max(1) as usize - 1),
            across: self.number(tag, "MergeAcross")?.unwrap_or(0) as usize,
            down: self.number(tag, "MergeDown")?.unwrap_or(0),
            style: self.text(tag, "StyleID")?,
            has_formula: self.scanner.attribute(tag, "Formula")?.is_some(),
            ..SeenCell::default()
        };
        self.column = cell.column.saturating_add(cell.across).saturating_add(1);
        let (mut depth, mut data_at) = (1_usize, None);
        while let Some(piece) = self.scanner.next()? {
            match piece {
                Piece::Start { name, tag, .. } => {
                    depth += 1;
                    match local(name) {
                        "Comment" | "PhoneticText" => {
                            cell.has_comment |= local(name) == "Comment";
                            self.scanner.skip()?;
                            depth -= 1;
                        }
                        "Data" if data_at.is_none() => {
                            data_at = Some(depth);
                            cell.kind = self.text(&tag, "Type")?;
                        }
                        _ => {}
                    }
                }
                Piece::End { .. } => {
                    depth -= 1;
                    if data_at.is_some_and(|at| depth < at) {
                        data_at = None;
                    }
                    if depth == 0 {
                        return Ok(cell);
                    }
                }
                Piece::Text(text) => {
                    if data_at.is_some() {
                        cell.text.push_str(&text);
                        if cell.text.len() > self.limits.cell_bytes {
                            return Err(ReadError::CellTooLong {
                                row: u64::from(self.row) + 1,
                                limit_bytes: self.limits.cell_bytes,
                            });
                        }
                    }
                }
            }
        }
        Ok(cell)
    }
}
