//! A table as its rows are asked for over HTTP: CSV, TSV, JSON or XML in the forms of CKAN's dump, batch by batch.
//!
//! Text of CSV and TSV is guarded against formulas like the published file (`guarded`). JSON holds
//! the data dictionary (`fields`) and one list per row (`records`); XML holds one `row` per record, with an element per
//! column. A column whose name is none in XML 1.0 stands under one that is, its own being in the attribute `name`.

use std::borrow::Cow;
use std::fmt::Write as _;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use csv::{QuoteStyle, Terminator, WriterBuilder};
use serde_json::{Value as Json, json};

use super::PublishError;
use super::csv_file::guarded;
use super::rows::{Cell, Cells};

/// The form of a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DumpForm {
    /// Commas, CRLF, quoted by RFC 4180.
    Csv,
    /// The same with tabs.
    Tsv,
    /// `{"fields": […], "records": [[…], …]}`.
    Json,
    /// `<data><row _id="1"><column>…</column></row></data>`.
    Xml,
}

impl DumpForm {
    /// All forms.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Tsv, Self::Json, Self::Xml];

    /// The name in the address, which is the ending of the file's name too.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }

    /// The media type, as CKAN names it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Tsv => "text/tab-separated-values; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
            Self::Xml => "text/xml; charset=utf-8",
        }
    }

    /// The form of a [`Self::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// One dump in the making: its bytes are taken out as they come.
#[derive(Debug)]
pub struct Dump {
    form: DumpForm,
    columns: Vec<(String, String)>,
    bytes: Vec<u8>,
    is_first: bool,
}

impl Dump {
    /// Begins with the head. `fields` are the lines of the data dictionary; their `id`s name the columns in order, `_id`
    /// among them where it is wanted.
    pub fn begin(form: DumpForm, fields: &[Json], with_mark: bool) -> Result<Self, PublishError> {
        let names = fields.iter().filter_map(|field| field["id"].as_str());
        let columns: Vec<_> = names.map(|name| (name.to_owned(), element(name))).collect();
        let mut dump = Self { form, columns, bytes: Vec::new(), is_first: true };
        if with_mark {
            dump.bytes.extend_from_slice("\u{feff}".as_bytes());
        }
        match form {
            DumpForm::Csv | DumpForm::Tsv => {
                let names: Vec<String> = dump.columns.iter().map(|(name, _)| guarded(name).into_owned()).collect();
                dump.lines(std::iter::once(names))?;
            }
            DumpForm::Json => {
                dump.bytes
                    .extend_from_slice(format!("{{\n  \"fields\": {},\n  \"records\": [", json!(fields)).as_bytes());
            }
            DumpForm::Xml => {
                dump.bytes.extend_from_slice(b"<data xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n");
            }
        }
        Ok(dump)
    }

    /// Adds the rows of a batch, which holds every column by its name.
    pub fn rows(&mut self, batch: &RecordBatch) -> Result<(), PublishError> {
        let found = self.columns.iter().map(|(name, _)| cells(batch, name)).collect::<Result<Vec<_>, _>>()?;
        let row = |at: usize| found.iter().map(move |cells| cells.get(at));
        match self.form {
            DumpForm::Csv | DumpForm::Tsv => {
                let text = |cell: Cell<'_>| match cell {
                    Cell::Null => String::new(),
                    Cell::Text(text) => guarded(text).into_owned(),
                    Cell::Integer(value) => value.to_string(),
                    Cell::Number(value) => value.to_string(),
                };
                self.lines((0..batch.num_rows()).map(|at| row(at).map(text).collect()))?;
            }
            DumpForm::Json => {
                for at in 0..batch.num_rows() {
                    let values: Json = row(at)
                        .map(|cell| match cell {
                            Cell::Null => Json::Null,
                            Cell::Text(text) => Json::from(text),
                            Cell::Integer(value) => Json::from(value),
                            Cell::Number(value) => Json::from(value),
                        })
                        .collect();
                    self.bytes.extend_from_slice(if self.is_first { b"\n    " } else { b",\n    " });
                    self.is_first = false;
                    self.bytes.extend_from_slice(values.to_string().as_bytes());
                }
            }
            DumpForm::Xml => {
                for at in 0..batch.num_rows() {
                    let mut text = String::from("<row");
                    let mut inner = String::new();
                    for ((name, element), cell) in self.columns.iter().zip(row(at)) {
                        if let (true, Cell::Integer(id)) = (name == "_id", cell) {
                            let _ = write!(text, " _id=\"{id}\"");
                            continue;
                        }
                        let own = if name == element {
                            String::new()
                        } else {
                            format!(" name=\"{}\"", escaped(name).replace('"', "&quot;"))
                        };
                        let value = match cell {
                            Cell::Null => {
                                let _ = write!(inner, "<{element}{own} xsi:nil=\"true\" />");
                                continue;
                            }
                            Cell::Text(text) => escaped(text),
                            Cell::Integer(value) => Cow::Owned(value.to_string()),
                            Cell::Number(value) => Cow::Owned(value.to_string()),
                        };
                        let _ = write!(inner, "<{element}{own}>{value}</{element}>");
                    }
                    self.bytes.extend_from_slice(format!("{text}>{inner}</row>\n").as_bytes());
                }
            }
        }
        Ok(())
    }

    /// Ends the document. Only what ends like this is whole.
    pub fn end(&mut self) {
        self.bytes.extend_from_slice(match self.form {
            DumpForm::Csv | DumpForm::Tsv => b"",
            DumpForm::Json => b"\n]}\n",
            DumpForm::Xml => b"</data>\n",
        });
    }

    /// The bytes made since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    fn lines(&mut self, rows: impl Iterator<Item = Vec<String>>) -> Result<(), PublishError> {
        let delimiter = if self.form == DumpForm::Tsv { b'\t' } else { b',' };
        let mut writer = WriterBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .from_writer(std::mem::take(&mut self.bytes));
        let format = self.form.name();
        let failed = |source: std::io::Error| PublishError::Write { format, source: source.into() };
        for row in rows {
            writer.write_record(&row).map_err(|error| failed(error.into()))?;
        }
        self.bytes = writer.into_inner().map_err(|error| failed(std::io::Error::other(error.to_string())))?;
        Ok(())
    }
}

fn cells<'a>(batch: &'a RecordBatch, name: &str) -> Result<Cells<'a>, PublishError> {
    let layout = |found: String| PublishError::Layout { column: name.to_owned(), expected: "a column", found };
    let array = batch.column_by_name(name).ok_or_else(|| layout("nothing".to_owned()))?;
    Ok(match array.data_type() {
        DataType::Utf8 => Cells::Text(array.as_string()),
        DataType::Int64 => Cells::Integer(array.as_primitive::<Int64Type>()),
        DataType::Float64 => Cells::Number(array.as_primitive::<Float64Type>()),
        other => return Err(layout(other.to_string())),
    })
}

/// Text as XML 1.0 may hold it: what it cannot hold at all becomes the replacement character.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| {
        !matches!(c, '&' | '<' | '>') && (c >= ' ' || matches!(c, '\t' | '\n')) && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => whole.push_str("&amp;"),
            '<' => whole.push_str("&lt;"),
            '>' => whole.push_str("&gt;"),
            '\r' => whole.push_str("&#13;"),
            '\t' | '\n' => whole.push(c),
            c if c < ' ' || matches!(c, '\u{fffe}' | '\u{ffff}') => whole.push('\u{fffd}'),
            c => whole.push(c),
        }
    }
    Cow::Owned(whole)
}

/// The name of an element: letters that every reader of XML 1.0 takes in names, whatever its edition.
fn element(name: &str) -> String {
    let may_begin = |c: char| {
        c.is_ascii_alphabetic()
            || matches!(c, '_' | '\u{3007}' | '\u{3041}'..='\u{3094}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fa5}')
    };
    let may_stand = |c: char| {
        may_begin(c)
            || c.is_ascii_digit()
            || matches!(c, '-' | '.' | '\u{3005}' | '\u{309d}' | '\u{309e}' | '\u{30fc}'..='\u{30fe}')
    };
    let mut own: String = name.chars().map(|c| if may_stand(c) { c } else { '_' }).collect();
    let is_reserved = own.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("xml"));
    if is_reserved || !own.starts_with(may_begin) {
        own.insert(0, '_');
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_xml_does_not_take_stand_under_others() {
        for (name, expected) in [
            ("名称", "名称"),
            ("収容 人数", "収容_人数"),
            ("緯度（北緯）", "緯度_北緯_"),
            ("1月", "_1月"),
            ("", "_"),
            ("XML名", "_XML名"),
            ("エレベーター", "エレベーター"),
            ("a<b", "a_b"),
        ] {
            assert_eq!(element(name), expected, "{name}");
        }
        assert_eq!(escaped("a<b>&\u{1}\r"), "a&lt;b&gt;&amp;\u{fffd}&#13;");
    }
}
