//! The walk over the content: tables, columns, rows and cells, for whoever looks.

use std::collections::HashSet;
use std::ops::ControlFlow;

use quick_xml::events::{BytesStart, Event};

use super::CONTENT;
use super::cell::{Attributes, count};
use super::paragraph::Paragraphs;
use crate::read::spreadsheet::Xml;
use crate::read::{ReadError, ReadLimits};

/// What lies over a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drawn {
    /// A comment.
    Comment,
    /// A picture.
    Picture,
    /// A shape or text box.
    Shape,
    /// A chart.
    Chart,
    /// An embedded file or a control.
    Object,
}

/// A cell with its text.
pub(super) struct SeenCell<'a> {
    /// Its attributes.
    pub(super) attributes: &'a Attributes,
    /// Its text.
    pub(super) text: &'a str,
    /// How many paragraphs that has.
    pub(super) paragraphs: usize,
}

/// Whoever looks at the content. Everything comes in the order of the file.
pub(super) trait Visit {
    /// A sheet begins.
    fn table(&mut self, name: &str, hidden: bool) -> Result<(), ReadError>;
    /// The sheet is a copy of one in another file.
    fn source(&mut self, target: &str);
    /// Columns.
    fn columns(&mut self, times: u32, hidden: bool);
    /// A row begins.
    fn row(&mut self, hidden: bool) -> Result<(), ReadError>;
    /// A cell ends.
    fn cell(&mut self, cell: &SeenCell<'_>) -> Result<(), ReadError>;
    /// Something lies over the cell that comes next, or over the sheet.
    fn drawn(&mut self, what: Drawn);
    /// A row ends, which is there so many times. `Break` ends the walk.
    fn end_row(&mut self, times: u32) -> Result<ControlFlow<()>, ReadError>;
    /// A sheet ends.
    fn end_table(&mut self);
    /// A defined name that may point to another file.
    fn name(&mut self, name: &str, target: &str);
    /// Earlier values are kept in a history of changes.
    fn changes(&mut self);
}

/// Styles that hide what has them, by family and name.
type Hiding = HashSet<(String, String)>;

struct Walk<'t, 'v> {
    xml: Xml<'t>,
    limits: &'t ReadLimits,
    visit: &'v mut dyn Visit,
    hiding: Hiding,
    /// Family and name of the style that is being read.
    style: Option<(String, String)>,
    /// Groups around columns and rows, and whether each is folded.
    groups: Vec<bool>,
    in_table: bool,
    cell: Option<Attributes>,
    /// The row that is open: how many times it is there.
    row: Option<u32>,
    text: Paragraphs,
    in_paragraph: bool,
    /// Elements below one that is passed over, itself included.
    passing: usize,
    drawn: Option<Drawn>,
}

/// Walks over the content.
pub(super) fn walk(text: &str, limits: &ReadLimits, visit: &mut dyn Visit) -> Result<(), ReadError> {
    let mut walk = Walk {
        xml: Xml::new(text, CONTENT, limits),
        limits,
        visit,
        hiding: Hiding::new(),
        style: None,
        groups: Vec::new(),
        in_table: false,
        cell: None,
        row: None,
        text: Paragraphs::default(),
        in_paragraph: false,
        passing: 0,
        drawn: None,
    };
    while let Some(event) = walk.xml.next()? {
        let flow = match &event {
            Event::Start(element) => {
                walk.start(element)?;
                ControlFlow::Continue(())
            }
            Event::Empty(element) => {
                walk.start(element)?;
                walk.end(element.local_name().into_inner())?
            }
            Event::End(element) => walk.end(element.local_name().into_inner())?,
            event => {
                if walk.in_paragraph && walk.passing == 0 {
                    let piece = walk.xml.text(event)?;
                    walk.text.push(&piece);
                    walk.check_length()?;
                }
                ControlFlow::Continue(())
            }
        };
        if flow.is_break() {
            return Ok(());
        }
    }
    Ok(())
}

impl<'t> Walk<'t, '_> {
    fn start(&mut self, element: &BytesStart<'t>) -> Result<(), ReadError> {
        let local = element.local_name();
        let name = local.into_inner();
        if self.passing > 0 {
            self.passing += 1;
            self.look_at_drawing(name, element)?;
            return Ok(());
        }
        if !self.in_table {
            return self.start_outside(name, element);
        }
        if self.cell.is_some() {
            return self.start_in_cell(name, element);
        }
        match name {
            "table-source" => {
                let target = self.attribute(element, "href")?.unwrap_or_default();
                self.visit.source(&target);
            }
            "table-column-group" | "table-row-group" => {
                let folded = self.attribute(element, "display")?.as_deref() == Some("false");
                self.groups.push(folded);
            }
            "table-column" => {
                let times = self.attribute(element, "number-columns-repeated")?.map_or(1, |text| count(&text));
                let hidden = self.is_hidden("table-column", element)?;
                self.visit.columns(times, hidden);
            }
            "table-row" => {
                let times = self.attribute(element, "number-rows-repeated")?.map_or(1, |text| count(&text));
                let hidden = self.is_hidden("table-row", element)?;
                self.row = Some(times);
                self.visit.row(hidden)?;
            }
            "table-cell" | "covered-table-cell" if self.row.is_some() => {
                self.cell = Some(Attributes::of(&self.xml, element)?);
                self.text.clear();
            }
            "table" => return Err(self.xml.broken("a table inside of a table")),
            // Shapes of the whole sheet; forms and scenarios hold no cells.
            "shapes" | "table-header-columns" | "table-header-rows" | "table-rows" | "table-columns" => {}
            _ => self.pass(name, element)?,
        }
        Ok(())
    }

    fn start_outside(&mut self, name: &str, element: &BytesStart<'t>) -> Result<(), ReadError> {
        match name {
            "style" => {
                let family = self.attribute(element, "family")?.unwrap_or_default();
                self.style = Some((family, self.attribute(element, "name")?.unwrap_or_default()));
            }
            "table-properties" | "table-column-properties" | "table-row-properties" => {
                let hides = match name {
                    "table-properties" => self.attribute(element, "display")?.as_deref() == Some("false"),
                    "table-column-properties" => is_nothing(self.attribute(element, "column-width")?.as_deref()),
                    _ => is_nothing(self.attribute(element, "row-height")?.as_deref()),
                };
                self.hiding.extend(self.style.clone().filter(|_| hides));
            }
            "table" => {
                let title = self.attribute(element, "name")?.unwrap_or_default();
                let hidden = self.has_hiding_style("table", element)?;
                (self.in_table, self.row, self.groups) = (true, None, Vec::new());
                self.visit.table(&title, hidden)?;
            }
            "named-range" | "named-expression" => {
                let target = match self.attribute(element, "cell-range-address")? {
                    Some(target) => target,
                    None => self.attribute(element, "expression")?.unwrap_or_default(),
                };
                let title = self.attribute(element, "name")?.unwrap_or_default();
                self.visit.name(&title, &target);
            }
            // Both hold tables that are no sheets.
            "tracked-changes" => {
                self.visit.changes();
                self.passing = 1;
            }
            "dde-links" => self.passing = 1,
            _ => {}
        }
        Ok(())
    }

    fn start_in_cell(&mut self, name: &str, element: &BytesStart<'t>) -> Result<(), ReadError> {
        match name {
            "p" | "h" => {
                self.text.begin();
                self.in_paragraph = true;
            }
            "s" => {
                let times = self.attribute(element, "c")?.map_or(1, |text| count(&text));
                self.text.push_exactly(' ', (times as usize).min(self.limits.cell_bytes));
            }
            "tab" => self.text.push_exactly('\t', 1),
            "line-break" => self.text.push_exactly('\n', 1),
            "table" => return Err(self.xml.broken("a table inside of a cell")),
            "annotation" => {
                self.visit.drawn(Drawn::Comment);
                self.passing = 1;
            }
            // Readings and footnotes stand beside the text, as do the parts of a cell's drop-down or detective marks.
            "ruby-text" | "note" | "detective" | "cell-range-source" => self.passing = 1,
            // What only wraps text.
            "span" | "a" | "ruby" | "ruby-base" | "meta" | "meta-field" | "sheet-name" | "date" | "time" | "title" => {}
            _ => self.pass(name, element)?,
        }
        self.check_length()
    }

    /// Passes over an element with everything in it, seeing what it draws.
    fn pass(&mut self, name: &str, element: &BytesStart<'t>) -> Result<(), ReadError> {
        self.passing = 1;
        self.drawn = match name {
            "custom-shape" | "rect" | "line" | "polyline" | "polygon" | "regular-polygon" | "path" | "circle"
            | "ellipse" | "connector" | "caption" | "measure" | "g" | "frame" => Some(Drawn::Shape),
            "control" => Some(Drawn::Object),
            _ => None,
        };
        self.look_at_drawing(name, element)
    }

    /// A frame is known by what it holds; a picture beside an object only stands in for it.
    fn look_at_drawing(&mut self, name: &str, element: &BytesStart<'t>) -> Result<(), ReadError> {
        if self.drawn.is_none() {
            return Ok(());
        }
        match name {
            "object" | "object-ole" => {
                let follows_cells = self.attribute(element, "notify-on-update-of-ranges")?.is_some();
                self.drawn = Some(if follows_cells { Drawn::Chart } else { Drawn::Object });
            }
            "image" if self.drawn == Some(Drawn::Shape) => self.drawn = Some(Drawn::Picture),
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<ControlFlow<()>, ReadError> {
        if self.passing > 0 {
            self.passing -= 1;
            if self.passing == 0
                && let Some(drawn) = self.drawn.take()
            {
                self.visit.drawn(drawn);
            }
            return Ok(ControlFlow::Continue(()));
        }
        match name {
            "p" | "h" => self.in_paragraph = false,
            "table-cell" | "covered-table-cell" => {
                if let Some(attributes) = self.cell.take() {
                    let (text, paragraphs) = (self.text.text(), self.text.count());
                    self.visit.cell(&SeenCell { attributes: &attributes, text, paragraphs })?;
                }
            }
            "table-row" => {
                if let Some(times) = self.row.take() {
                    return self.visit.end_row(times);
                }
            }
            "table-column-group" | "table-row-group" => {
                self.groups.pop();
            }
            "style" => self.style = None,
            "table" if self.in_table => {
                self.in_table = false;
                self.visit.end_table();
            }
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn is_hidden(&self, family: &str, element: &BytesStart<'t>) -> Result<bool, ReadError> {
        let visibility = self.attribute(element, "visibility")?;
        let hidden = matches!(visibility.as_deref(), Some("collapse" | "filter"));
        Ok(hidden || self.groups.contains(&true) || self.has_hiding_style(family, element)?)
    }

    fn has_hiding_style(&self, family: &str, element: &BytesStart<'t>) -> Result<bool, ReadError> {
        let style = self.attribute(element, "style-name")?;
        Ok(style.is_some_and(|style| self.hiding.contains(&(family.to_owned(), style))))
    }

    fn attribute(&self, element: &BytesStart<'t>, name: &str) -> Result<Option<String>, ReadError> {
        self.xml.attribute(element, name)
    }

    fn check_length(&self) -> Result<(), ReadError> {
        let limit_bytes = self.limits.cell_bytes;
        // The row's number is known to whoever looks; here only that the cell has no end.
        if self.text.text().len() > limit_bytes {
            return Err(ReadError::PartBroken {
                part: CONTENT.to_owned(),
                detail: format!("a cell of more than {limit_bytes} bytes"),
            });
        }
        Ok(())
    }
}

/// Whether a length (`0cm`, `0.00mm`) is nothing.
fn is_nothing(length: Option<&str>) -> bool {
    let number = length.map(|text| text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic()));
    number.and_then(|text| text.parse::<f64>().ok()).is_some_and(|size| size <= 0.0)
}
