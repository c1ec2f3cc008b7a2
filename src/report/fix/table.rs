//! One table while its records come: a CSV and a workbook, both written row by row.

use std::borrow::Cow;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use arrow::array::{Array, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow::ipc::reader::StreamReader;
use csv::{Terminator, WriterBuilder};
use rust_xlsxwriter::{Color, Format, Workbook, Worksheet};
use tempfile::NamedTempFile;

use super::Forms;
use crate::model::record::ColumnType;
use crate::normalize::TableBegun;
use crate::publish::guarded;
use crate::report::ReportError;
use crate::report::place::has_cells;
use crate::report::workbook::{SHEET_ROWS, properties, shortened};

/// Words in Japanese and English.
type Words = (String, String);

/// One table under way.
pub(super) struct Table {
    title: String,
    names: Vec<String>,
    /// Positions are written as two more columns.
    with_position: bool,
    is_geographic: bool,
    has_shapes: bool,
    csv: Option<csv::Writer<BufWriter<NamedTempFile>>>,
    book: Option<Book>,
    folder: std::path::PathBuf,
}

struct Book {
    workbook: Workbook,
    sheet: Worksheet,
    text: Format,
    row: u64,
    is_full: bool,
    has_long_cell: bool,
}

/// What became of it.
pub(super) struct Done {
    pub(super) csv: Option<NamedTempFile>,
    pub(super) xlsx: Option<NamedTempFile>,
    /// Why nothing was written.
    pub(super) left_out: Option<Words>,
    /// Why the workbook was not.
    pub(super) xlsx_left_out: Option<Words>,
}

/// A cell of a record.
enum Cell<'c> {
    Empty,
    Text(Cow<'c, str>),
    Integer(i64),
    Number(f64),
}

impl Table {
    pub(super) fn begin(begun: &TableBegun, forms: Forms, folder: &Path) -> Result<Self, ReportError> {
        let columns = &begun.shape.columns;
        let has = |kind: ColumnType| columns.iter().any(|column| column.kind == kind);
        let is_geographic = !has_cells(&begun.format);
        let with_position = is_geographic && !(has(ColumnType::Latitude) && has(ColumnType::Longitude));
        let mut names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        if with_position {
            for name in ["緯度", "経度"] {
                let is_free = !names.iter().any(|known| known == name);
                names.push(if is_free { name.to_owned() } else { format!("_{name}") });
            }
        }
        let mut table = Self {
            title: begun.shape.title.clone(),
            names,
            with_position,
            is_geographic,
            has_shapes: false,
            csv: None,
            book: None,
            folder: folder.to_owned(),
        };
        if forms.csv {
            let mut file = BufWriter::new(NamedTempFile::new_in(folder).map_err(ReportError::file(folder))?);
            file.write_all("\u{feff}".as_bytes()).map_err(ReportError::file(folder))?;
            let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(file);
            writer.write_record(table.names.iter().map(|name| guarded(name)).map(|name| name.as_bytes().to_vec()))?;
            table.csv = Some(writer);
        }
        if forms.xlsx {
            table.book = Some(Book::begin(&table.names)?);
        }
        Ok(table)
    }

    /// Takes a batch of records as the worker sends it.
    pub(super) fn batch(&mut self, bytes: &[u8]) -> Result<(), ReportError> {
        for batch in StreamReader::try_new(bytes, None)? {
            self.records(&batch?)?;
        }
        Ok(())
    }

    fn records(&mut self, batch: &RecordBatch) -> Result<(), ReportError> {
        let own = self.names.len() - if self.with_position { 2 } else { 0 };
        let columns: Vec<Option<&dyn Array>> =
            self.names.iter().take(own).map(|name| batch.column_by_name(name).map(AsRef::as_ref)).collect();
        let edge =
            |name: &str| batch.column_by_name(name).and_then(|edge| edge.as_any().downcast_ref::<Float64Array>());
        let edges = [edge("_west"), edge("_south"), edge("_east"), edge("_north")];
        let mut line: Vec<Cell<'_>> = Vec::with_capacity(self.names.len());
        for row in 0..batch.num_rows() {
            line.clear();
            line.extend(columns.iter().map(|column| column.map_or(Cell::Empty, |column| cell(column, row))));
            if self.is_geographic {
                let at = edges.map(|edge| edge.filter(|edge| edge.is_valid(row)).map(|edge| edge.value(row)));
                let position = match at {
                    [Some(west), Some(south), Some(east), Some(north)]
                        if west.total_cmp(&east).is_eq() && south.total_cmp(&north).is_eq() =>
                    {
                        Some((south, west))
                    }
                    [None, ..] => None,
                    _ => {
                        self.has_shapes = true;
                        None
                    }
                };
                if self.with_position {
                    let (lat, lon) = position
                        .map_or((Cell::Empty, Cell::Empty), |(lat, lon)| (Cell::Number(lat), Cell::Number(lon)));
                    line.extend([lat, lon]);
                }
            }
            if let Some(writer) = &mut self.csv {
                writer.write_record(line.iter().map(|cell| cell.csv()).map(|text| text.as_bytes().to_vec()))?;
            }
            if let Some(book) = &mut self.book {
                book.line(&line)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Done, ReportError> {
        let mut done = Done { csv: None, xlsx: None, left_out: None, xlsx_left_out: None };
        if self.has_shapes {
            done.left_out = Some((
                format!("「{}」は線または面の図形のため、CSVとXLSXには書き出しません。", self.title),
                format!("{} holds lines or polygons and was not written as CSV or XLSX.", self.title),
            ));
            return Ok(done);
        }
        if let Some(writer) = self.csv {
            let buffered = writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
            done.csv =
                Some(buffered.into_inner().map_err(|error| ReportError::file(&self.folder)(error.into_error()))?);
        }
        if let Some(mut book) = self.book {
            let why = match (book.is_full, book.has_long_cell) {
                (true, _) => Some(("行がExcelの上限(1,048,576行)を超えるため", "it has more rows than a sheet holds")),
                (_, true) => Some(("Excelのセルに入らない長い値があるため", "it has values longer than a cell holds")),
                _ => None,
            };
            if let Some((ja, en)) = why {
                done.xlsx_left_out = Some((
                    format!("「{}」は{ja}、XLSXには書き出しません。", self.title),
                    format!("{} was not written as XLSX: {en}.", self.title),
                ));
            } else {
                let mut file = NamedTempFile::new_in(&self.folder).map_err(ReportError::file(&self.folder))?;
                book.workbook.push_worksheet(book.sheet);
                book.workbook.set_properties(&properties(&self.title)?);
                book.workbook.save_to_writer(file.as_file_mut())?;
                done.xlsx = Some(file);
            }
        }
        Ok(done)
    }
}

impl Book {
    fn begin(names: &[String]) -> Result<Self, ReportError> {
        let mut book = Workbook::new();
        let mut sheet = book.new_worksheet_with_constant_memory()?;
        sheet.set_name("データ")?;
        sheet.set_freeze_panes(1, 0)?;
        let header = Format::new().set_bold().set_background_color(Color::RGB(0x00E8_EEF6)).set_num_format("@");
        for (at, name) in names.iter().enumerate() {
            let Ok(column) = u16::try_from(at) else { break };
            sheet.write_string_with_format(0, column, name, &header)?;
        }
        Ok(Self {
            workbook: book,
            sheet,
            text: Format::new().set_num_format("@"),
            row: 1,
            is_full: false,
            has_long_cell: false,
        })
    }

    fn line(&mut self, cells: &[Cell<'_>]) -> Result<(), ReportError> {
        if self.row >= SHEET_ROWS {
            self.is_full = true;
            return Ok(());
        }
        let Ok(row) = u32::try_from(self.row) else { return Ok(()) };
        self.row += 1;
        for (at, cell) in cells.iter().enumerate() {
            let Ok(column) = u16::try_from(at) else { break };
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    if shortened(text).is_some() {
                        self.has_long_cell = true;
                        continue;
                    }
                    self.sheet.write_string_with_format(row, column, text.as_ref(), &self.text)?;
                }
                Cell::Integer(number) if number.unsigned_abs() < 1_000_000_000_000_000 => {
                    self.sheet.write_number(row, column, *number as f64)?;
                }
                Cell::Integer(number) => {
                    self.sheet.write_string_with_format(row, column, number.to_string(), &self.text)?;
                }
                Cell::Number(number) => {
                    self.sheet.write_number(row, column, *number)?;
                }
            }
        }
        Ok(())
    }
}

impl Cell<'_> {
    fn csv(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => guarded(text),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Number(number) => Cow::Owned(number.to_string()),
        }
    }
}

fn cell(column: &dyn Array, row: usize) -> Cell<'_> {
    if row >= column.len() || column.is_null(row) {
        return Cell::Empty;
    }
    let any = column.as_any();
    if let Some(texts) = any.downcast_ref::<StringArray>() {
        return Cell::Text(Cow::Borrowed(texts.value(row)));
    }
    if let Some(numbers) = any.downcast_ref::<Int64Array>() {
        return Cell::Integer(numbers.value(row));
    }
    match any.downcast_ref::<Float64Array>() {
        Some(numbers) => Cell::Number(numbers.value(row)),
        None => Cell::Empty,
    }
}
