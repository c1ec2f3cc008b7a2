//! Workbooks as XML of Excel 2002 and 2003 (SpreadsheetML 2003, "XMLスプレッドシート2003"), which systems of local
//! governments give out under the name `.xls`. Values only, as [`super::xlsx::read`] does.

mod survey;
mod walk;

use std::ops::ControlFlow;

use self::survey::{Sheet, Survey};
use self::walk::{Found, SeenCell, walk};
use super::html::tell_disguise;
use super::spreadsheet::{Done, Format, SHEET_ROWS, SheetTable, Shown, Start};
use super::{ReadError, ReadLimits, RowSink, SourceFile, xml};
use crate::model::finding::{Finding, FindingCode, Place};

/// Reads a workbook: each sheet with values a table, merged cells spread, stored values of formulas, everything hidden
/// told. The text is walked through twice, first for what is merged and hidden.
///
/// Memory: the text, and one row.
pub(super) fn read(source: &SourceFile, limits: &ReadLimits, sink: &mut dyn RowSink) -> Result<(), ReadError> {
    let document = xml::decode(&source.bytes);
    document.check()?;
    let text: &str = &document.decoded.text;
    let Survey { mut sheets, formats, from_1904, has_author, .. } = Survey::of(text, limits)?;
    let several = sheets.iter().filter(|sheet| sheet.shown == Shown::Yes).count() > 1;
    sheets.reverse();
    let mut reading = Reading {
        waiting: sheets,
        several,
        from_1904,
        format_of: &|style| formats.get(style).copied().unwrap_or_default(),
        limits,
        cells_left: limits.cells,
        sink: Some(sink),
        table: None,
        sheet: Sheet::default(),
        tables: 0,
        stopped: false,
    };
    walk(text, limits, &mut |found| reading.take(&found))?;
    let (tables, stopped, sink) = (reading.tables, reading.stopped, reading.sink);
    if stopped {
        return Ok(());
    }
    if tables == 0 {
        return Err(ReadError::Empty);
    }
    let Some(sink) = sink else { return Ok(()) };
    document.tell(sink);
    tell_disguise(source, "XML Spreadsheet 2003", sink);
    if has_author {
        sink.finding(Finding::new(FindingCode::AuthorPresent, Place::default(), "作成者", "creator"));
    }
    Ok(())
}

/// The second walk: rows to the sink.
struct Reading<'a> {
    /// Sheets that are still to come, the next one last.
    waiting: Vec<Sheet>,
    several: bool,
    from_1904: bool,
    format_of: &'a dyn Fn(&str) -> Format,
    limits: &'a ReadLimits,
    cells_left: u64,
    /// Between two sheets; within one its table has it.
    sink: Option<&'a mut dyn RowSink>,
    table: Option<SheetTable<'a>>,
    sheet: Sheet,
    /// Sheets that held a table.
    tables: u64,
    stopped: bool,
}

impl Reading<'_> {
    fn take(&mut self, found: &Found<'_>) -> Result<ControlFlow<()>, ReadError> {
        match found {
            Found::Sheet(_) => self.start(),
            Found::Row { row, is_hidden } => {
                if *row >= SHEET_ROWS {
                    return Err(ReadError::TooManyRows { limit: u64::from(SHEET_ROWS) });
                }
                if let Some(table) = &mut self.table {
                    table.start_row(*row, *is_hidden);
                }
            }
            Found::Cell(cell) => self.cell(cell)?,
            Found::EndRow => {
                if let Some(table) = &mut self.table
                    && table.end_row()?.is_break()
                {
                    self.stopped = true;
                    return Ok(ControlFlow::Break(()));
                }
            }
            Found::EndSheet => self.end(),
            _ => {}
        }
        Ok(ControlFlow::Continue(()))
    }

    fn start(&mut self) {
        self.sheet = self.waiting.pop().unwrap_or_default();
        let Some(sink) = self.sink.take() else { return };
        if self.sheet.shown != Shown::Yes {
            self.sheet.shown.tell(&self.sheet.name, sink);
            self.sink = Some(sink);
            return;
        }
        let start = Start {
            name: self.several.then(|| self.sheet.name.clone()),
            format: "XML Spreadsheet",
            from_1904: self.from_1904,
            merges: std::mem::take(&mut self.sheet.merges),
            limits: self.limits,
        };
        self.table = Some(SheetTable::new(start, self.cells_left, sink));
    }

    fn cell(&mut self, cell: &SeenCell) -> Result<(), ReadError> {
        let Some(table) = &mut self.table else { return Ok(()) };
        if cell.text.is_empty() {
            return Ok(());
        }
        table.check_column(cell.column)?;
        if cell.has_formula {
            table.formula(cell.column);
        }
        let format = (self.format_of)(&cell.style);
        match cell.kind.as_str() {
            "Number" => {
                table.number(cell.column, cell.text.trim(), format);
                if format == Format::Unseen {
                    table.unseen(cell.column);
                }
            }
            "DateTime" => match moment(&cell.text, format, self.from_1904) {
                Some(moment) => table.date_time(cell.column, &moment),
                None => table.text(cell.column, &cell.text),
            },
            "Boolean" => table.truth(cell.column, matches!(cell.text.trim(), "1" | "true")),
            "Error" => table.error(cell.column, &cell.text),
            _ => table.text(cell.column, &cell.text),
        }
        Ok(())
    }

    fn end(&mut self) {
        let Some(mut table) = self.table.take() else { return };
        let done = table.finish(&self.sheet.hidden_columns);
        let (left, sink) = table.release();
        self.cells_left = left;
        self.tables += u64::from(done == Done::Table);
        if done == Done::Blank {
            let place = Place { sheet: Some(self.sheet.name.clone()), ..Place::default() };
            sink.finding(Finding::new(FindingCode::SheetSkipped, place, &self.sheet.name, ""));
        }
        let sheet = self.several.then_some(self.sheet.name.as_str());
        self.sheet.beside.tell(sheet, sink);
        self.sink = Some(sink);
    }
}

/// A date and time as the file writes it (`2024-04-01T09:00:00.000`) as a cell shows it: midnight is the day alone, the
/// day before the first is no day.
fn moment(text: &str, format: Format, from_1904: bool) -> Option<String> {
    let whole = text.trim().split('.').next()?.trim_end_matches('Z');
    let (day, clock) = whole.split_once('T')?;
    let is_day = day.len() == 10
        && day
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() });
    let is_clock = clock.len() == 8
        && clock
            .bytes()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 2 | 5) { byte == b':' } else { byte.is_ascii_digit() });
    if !is_day || !is_clock {
        return None;
    }
    let first = if from_1904 { ["1904-01-01", "1904-01-01"] } else { ["1899-12-30", "1899-12-31"] };
    Some(match format {
        Format::Time => clock.to_owned(),
        _ if first.contains(&day) => clock.to_owned(),
        Format::Date => day.to_owned(),
        _ if clock == "00:00:00" => day.to_owned(),
        _ => whole.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_days_clocks_or_both() {
        let of = |text: &str, format| moment(text, format, false);
        assert_eq!(of("2024-04-01T00:00:00.000", Format::Number).as_deref(), Some("2024-04-01"));
        assert_eq!(of("2024-04-01T09:30:00.000", Format::DateTime).as_deref(), Some("2024-04-01T09:30:00"));
        assert_eq!(of("1899-12-31T09:30:00.000", Format::Time).as_deref(), Some("09:30:00"));
        assert_eq!(of("2024/4/1", Format::Date), None);
        assert_eq!(of("2024-04-01", Format::Date), None);
    }
}
