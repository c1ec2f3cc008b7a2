//! Rows in the forms that `records_format` names, written straight from the columns of the database.

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use serde::Serialize;

use crate::http::problem::Problem;
use crate::store::rows::RowBatches;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Objects,
    Lists,
    Csv,
    Tsv,
}

impl Form {
    pub(super) fn parse(name: &str) -> Option<Self> {
        [Self::Objects, Self::Lists, Self::Csv, Self::Tsv].into_iter().find(|form| form.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Lists => "lists",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
        }
    }
}

/// One column of a batch.
enum Cells<'a> {
    Text(&'a arrow::array::StringArray),
    Integer(&'a arrow::array::Int64Array),
    Number(&'a arrow::array::Float64Array),
    /// The rank of a search, the same for every row.
    Rank,
    Nothing,
}

impl<'a> Cells<'a> {
    fn of(batch: &'a RecordBatch, place: Option<usize>) -> Result<Self, Problem> {
        let Some(place) = place.filter(|place| *place < batch.num_columns()) else { return Ok(Self::Nothing) };
        let array = batch.column(place);
        Ok(match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Int64 => Self::Integer(array.as_primitive::<Int64Type>()),
            DataType::Float64 => Self::Number(array.as_primitive::<Float64Type>()),
            other => return Err(failed(&format!("a column of {other}"))),
        })
    }

    /// The value as JSON; a number that JSON cannot carry is none.
    fn json(&self, row: usize, into: &mut Vec<u8>) -> Result<(), Problem> {
        match self {
            Self::Text(array) if array.is_valid(row) => json(array.value(row), into),
            Self::Integer(array) if array.is_valid(row) => json(&array.value(row), into),
            Self::Number(array) if array.is_valid(row) => json(&array.value(row), into),
            Self::Rank => json(&1.0, into),
            _ => json(&(), into),
        }
    }

    /// The value as it stands between delimiters.
    fn text(&self, row: usize) -> Result<String, Problem> {
        match self {
            Self::Text(array) if array.is_valid(row) => Ok(array.value(row).to_owned()),
            own => {
                let mut bytes = Vec::new();
                own.json(row, &mut bytes)?;
                let text = text(bytes)?;
                Ok(if text == "null" { String::new() } else { text })
            }
        }
    }
}

fn failed(error: &dyn std::fmt::Display) -> Problem {
    Problem::internal("writing rows", error)
}

fn json<T: Serialize + ?Sized>(value: &T, into: &mut Vec<u8>) -> Result<(), Problem> {
    serde_json::to_writer(into, value).map_err(|error| failed(&error))
}

fn text(bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|error| failed(&error))
}

/// The rows as JSON: a list, or a text of delimited lines; and where each row of a list ends in it.
pub(super) struct Written {
    pub(super) json: String,
    pub(super) ends: Vec<usize>,
}

pub(super) fn records(page: &RowBatches, wanted: &[String], ranks: &[String], form: Form) -> Result<Written, Problem> {
    let place = |name: &String| match page.columns.iter().position(|column| column == name) {
        Some(place) => Some(place + 1),
        None if name == "_id" => Some(0),
        None => None,
    };
    let places: Vec<Option<usize>> = wanted.iter().map(place).collect();
    let columns = |batch| {
        let own = places.iter().map(|place| Cells::of(batch, *place));
        own.chain(ranks.iter().map(|_| Ok(Cells::Rank))).collect::<Result<Vec<_>, Problem>>()
    };
    let batches = page.batches.iter().map(columns).collect::<Result<Vec<_>, _>>()?;
    if matches!(form, Form::Csv | Form::Tsv) {
        let delimiter = if form == Form::Csv { b',' } else { b'\t' };
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        for (at, row) in &page.order {
            let cells = batches[*at].iter().map(|cells| cells.text(*row)).collect::<Result<Vec<_>, _>>()?;
            writer.write_record(cells).map_err(|error| failed(&error))?;
        }
        let lines = text(writer.into_inner().map_err(|error| failed(&error))?)?;
        let mut bytes = Vec::new();
        json(&lines, &mut bytes)?;
        return Ok(Written { json: text(bytes)?, ends: Vec::new() });
    }
    // What stands before each value: `{"name":`, `,"name":`, or the signs of a list.
    let mut before = Vec::with_capacity(wanted.len() + ranks.len());
    for (at, name) in wanted.iter().chain(ranks).enumerate() {
        let mut own = match (at, form) {
            (0, Form::Objects) => b"{".to_vec(),
            (0, _) => b"[".to_vec(),
            _ => b",".to_vec(),
        };
        if form == Form::Objects {
            json(name, &mut own)?;
            own.push(b':');
        }
        before.push(own);
    }
    let after = if form == Form::Objects { b'}' } else { b']' };
    let mut bytes = vec![b'['];
    let mut ends = Vec::with_capacity(page.order.len());
    for (at, row) in &page.order {
        if bytes.len() > 1 {
            bytes.push(b',');
        }
        for (cells, before) in batches[*at].iter().zip(&before) {
            bytes.extend_from_slice(before);
            cells.json(*row, &mut bytes)?;
        }
        bytes.push(after);
        ends.push(bytes.len());
    }
    bytes.push(b']');
    Ok(Written { json: text(bytes)?, ends })
}
