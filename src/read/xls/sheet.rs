//! One sheet: its records to rows, in the order of rows and columns whatever order the file has.

use std::ops::ControlFlow;

use super::globals::{Globals, format_of};
use super::little::{broken, f64_at, u16_at, u32_at};
use super::records::{Record, Records, kind};
use super::survey::{Cell, ROWS, Survey};
use crate::model::finding::{Finding, FindingCode, Place};
use crate::read::number::shortest;
use crate::read::spreadsheet::{Done, Format, SheetTable, Start, place};
use crate::read::{ReadError, ReadLimits, RowSink};

/// What a sheet is read with.
pub(super) struct Context<'a> {
    /// The whole stream.
    pub(super) stream: &'a [u8],
    /// What all sheets share.
    pub(super) book: &'a Globals,
    /// The limits.
    pub(super) limits: &'a ReadLimits,
    /// The sheet's name, where the workbook has several.
    pub(super) name: Option<&'a str>,
}

/// Reads a sheet that was looked over. `cells_left` counts down over the workbook.
pub(super) fn read(
    survey: Survey,
    context: &Context<'_>,
    cells_left: &mut u64,
    sink: &mut dyn RowSink,
) -> Result<Done, ReadError> {
    let start = Start {
        name: context.name.map(str::to_owned),
        format: "XLS",
        from_1904: context.book.from_1904,
        merges: survey.merges,
        limits: context.limits,
    };
    let mut reading =
        Reading { context, table: SheetTable::new(start, *cells_left, sink), replaced: 0, dimension: survey.dimension };
    let mut cells = survey.cells.iter().peekable();
    for (row, number) in (0..ROWS).zip(0_u32..) {
        if !survey.present.get(row).copied().unwrap_or(false) {
            continue;
        }
        let hidden = survey.hidden.get(row).copied().unwrap_or(false);
        reading.table.start_row(number, hidden);
        while let Some(cell) = cells.next_if(|cell| usize::from(cell.row) == row) {
            reading.cell(*cell)?;
        }
        if reading.end_row()?.is_break() {
            return Ok(Done::Stopped);
        }
    }
    let done = reading.table.finish(&survey.hidden_columns);
    *cells_left = reading.table.release().0;
    Ok(done)
}

struct Reading<'a> {
    context: &'a Context<'a>,
    table: SheetTable<'a>,
    /// Places of the row's text that could not be decoded.
    replaced: u64,
    dimension: Option<(usize, u32, usize, u32)>,
}

impl Reading<'_> {
    fn end_row(&mut self) -> Result<ControlFlow<()>, ReadError> {
        let replaced = std::mem::take(&mut self.replaced);
        if replaced > 0 {
            let place = Place {
                sheet: self.context.name.map(str::to_owned),
                row: Some(u64::from(self.table.row()) + 1),
                ..Place::default()
            };
            let page = self.context.book.coding.page.map_or("?", encoding_rs::Encoding::name);
            self.table.say(Finding::new(FindingCode::EncodingReplaced, place, &replaced.to_string(), page));
        }
        self.table.end_row()
    }

    fn cell(&mut self, cell: Cell) -> Result<(), ReadError> {
        let mut records = Records::new(self.context.stream, cell.at as usize);
        let Some(record) = records.next()? else { return Err(broken("a cell has no record")) };
        let column = usize::from(cell.column);
        self.check(column)?;
        let format = format_of(&self.context.book.formats, record.body, 4);
        if format == Format::Unseen && record.kind != kind::MULRK {
            self.table.unseen(column);
        }
        match record.kind {
            kind::LABELSST => {
                let index = u32_at(record.body, 6).ok_or_else(|| record.short())?;
                let text = self.context.book.strings.get(index as usize);
                let text = text.ok_or_else(|| broken(format!("shared string {index}")))?;
                self.text(column, text)?;
            }
            kind::LABEL | kind::RSTRING => {
                let mut pieces = records.with_continued(record)?.skipped(6);
                let (text, replaced) =
                    self.context.book.coding.string(&mut pieces, true).ok_or_else(|| record.short())?;
                self.replaced += replaced;
                self.text(column, &text)?;
            }
            kind::NUMBER => self.number(column, f64_at(record.body, 6).ok_or_else(|| record.short())?, format),
            kind::RK => self.number(column, rk(u32_at(record.body, 6).ok_or_else(|| record.short())?), format),
            kind::MULRK => self.numbers(&record, column)?,
            kind::BOOLERR => {
                let [value, is_error] = record.u16(6)?.to_le_bytes();
                self.truth_or_error(column, value, is_error == 1);
            }
            kind::FORMULA => self.formula(&record, records, column, format)?,
            _ => {}
        }
        Ok(())
    }

    /// A value beyond the columns that are read refuses the file; one outside of the announced range is told once.
    fn check(&mut self, column: usize) -> Result<(), ReadError> {
        self.table.check_column(column)?;
        if let Some((left, top, right, bottom)) = self.dimension {
            let row = self.table.row();
            if !(left..=right).contains(&column) || !(top..=bottom).contains(&row) {
                let announced = place::range_name((left, top), (right, bottom));
                self.table.tell_at(FindingCode::OutsideDimension, (column, row), &announced);
                self.dimension = None;
            }
        }
        Ok(())
    }

    fn text(&mut self, column: usize, text: &str) -> Result<(), ReadError> {
        let limit_bytes = self.context.limits.cell_bytes;
        if text.len() > limit_bytes {
            return Err(ReadError::CellTooLong { row: u64::from(self.table.row()) + 1, limit_bytes });
        }
        self.table.text(column, text);
        Ok(())
    }

    fn number(&mut self, column: usize, value: f64, format: Format) {
        if value.is_finite() {
            self.table.number(column, &shortest(value), format);
        } else {
            self.table.error(column, "#NUM!");
        }
    }

    /// Numbers of neighbouring cells in one record: six bytes each after row and column, the last column at the end.
    fn numbers(&mut self, record: &Record<'_>, first: usize) -> Result<(), ReadError> {
        let body = record.body.get(4..record.body.len().saturating_sub(2)).ok_or_else(|| record.short())?;
        for (index, pair) in body.chunks_exact(6).enumerate() {
            let column = first + index;
            self.check(column)?;
            let format = format_of(&self.context.book.formats, pair, 0);
            if format == Format::Unseen {
                self.table.unseen(column);
            }
            self.number(column, rk(u32_at(pair, 2).unwrap_or(0)), format);
        }
        Ok(())
    }

    /// The stored value of a formula: a number, or what eight bytes ending in FFFF say, a string in a record after it.
    fn formula(
        &mut self,
        record: &Record<'_>,
        mut after: Records<'_>,
        column: usize,
        format: Format,
    ) -> Result<(), ReadError> {
        self.table.formula(column);
        if u16_at(record.body, 12) != Some(0xFFFF) {
            let value = f64_at(record.body, 6).ok_or_else(|| record.short())?;
            self.number(column, value, format);
            return Ok(());
        }
        let byte = |at: usize| record.body.get(at).copied().unwrap_or(0);
        match byte(6) {
            0 => loop {
                let Some(next) = after.next()? else { break self.table.error(column, "=") };
                match next.kind {
                    kind::SHRFMLA | kind::ARRAY | kind::TABLE | kind::CONTINUE => {}
                    kind::STRING => {
                        let mut pieces = after.with_continued(next)?;
                        let read = self.context.book.coding.string(&mut pieces, true);
                        let (text, replaced) = read.ok_or_else(|| next.short())?;
                        self.replaced += replaced;
                        break self.text(column, &text)?;
                    }
                    _ => break self.table.error(column, "="),
                }
            },
            1 => self.truth_or_error(column, byte(8), false),
            2 => self.truth_or_error(column, byte(8), true),
            // 3 is an empty string.
            _ => {}
        }
        Ok(())
    }

    fn truth_or_error(&mut self, column: usize, value: u8, is_error: bool) {
        if is_error {
            self.table.error(column, error_name(value));
        } else {
            self.table.truth(column, value != 0);
        }
    }
}

/// A number in four bytes ([MS-XLS] 2.5.217): 30 bits of a whole number or of a floating one, perhaps times a hundred.
fn rk(word: u32) -> f64 {
    let value = if word & 2 == 2 {
        f64::from(word.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(word & 0xFFFF_FFFC) << 32)
    };
    if word & 1 == 1 { value / 100.0 } else { value }
}

/// The names of errors ([MS-XLS] 2.5.10).
fn error_name(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0F => "#VALUE!",
        0x17 => "#REF!",
        0x1D => "#NAME?",
        0x24 => "#NUM!",
        0x2A => "#N/A",
        0x2B => "#GETTING_DATA",
        _ => "#?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_four_bytes_are_unpacked() {
        for (word, expected) in [
            (0x3FF0_0000, 1.0),
            (0x3FF0_0001, 0.01),
            (7_u32 << 2 | 2, 7.0),
            ((-7_i32 << 2).cast_unsigned() | 2, -7.0),
            (12_345_u32 << 2 | 3, 123.45),
        ] {
            assert!((rk(word) - expected).abs() < f64::EPSILON, "{word:08X}");
        }
    }
}
