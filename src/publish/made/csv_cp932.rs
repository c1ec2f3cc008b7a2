//! CSV in CP932: for programs that know no UTF-8. The same columns, rows and guards as the published CSV.
//!
//! Characters that CP932 lacks become `〓` (see [`super::cp932`]). A CSV has no place for remarks, so the cells in which
//! that happened are listed in a note with their values.

use std::borrow::Cow;

use csv::{QuoteStyle, Terminator, WriterBuilder};

use super::super::csv_file::{guarded, position_names, single_point};
use super::super::rows::Cell;
use super::notice::{CellList, facts};
use super::{MadeInput, Outcome, Pass, PublishError, cp932, each, failed, out, whole};
use crate::model::made::MadeFormat;
use crate::store::objects::Objects;

const FORMAT: MadeFormat = MadeFormat::CsvCp932;

pub(super) fn make(input: &MadeInput<'_>, objects: &Objects, pass: &Pass<'_>) -> Result<Outcome, PublishError> {
    let position = position_names(input.shape, input.geometry);
    let with_position = position.is_some();
    let own = input.shape.columns.iter().map(|column| column.name.clone());
    let names: Vec<String> = own.chain(position.into_iter().flatten()).collect();
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(out(objects, FORMAT)?);
    let mut list = CellList::begin(objects, &head(input), &["行", "項目", "元の値"]).map_err(failed(FORMAT))?;
    let mut bytes = Vec::new();
    // The line as a spreadsheet numbers it.
    let mut line = 1_u64;
    for name in &names {
        if field(&mut writer, &guarded(name), &mut bytes)?.is_changed() {
            list.cell(&[&line.to_string(), name, name]).map_err(failed(FORMAT))?;
        }
    }
    end(&mut writer)?;
    each(input, pass, |rows| {
        for row in 0..rows.len() {
            line += 1;
            for (name, cells) in names.iter().zip(rows.columns()) {
                let text = match cells.get(row) {
                    Cell::Null => Cow::Borrowed(""),
                    Cell::Text(text) => guarded(text),
                    Cell::Integer(value) => Cow::Owned(value.to_string()),
                    Cell::Number(value) => Cow::Owned(value.to_string()),
                };
                if field(&mut writer, &text, &mut bytes)?.is_changed() {
                    list.cell(&[&line.to_string(), name, &text]).map_err(failed(FORMAT))?;
                }
            }
            if with_position {
                let at = single_point(rows.geometry(row));
                let edges = [at.map(|at| at.y), at.map(|at| at.x)];
                for text in edges.map(|edge| edge.map_or_else(String::new, |edge| edge.to_string())) {
                    field(&mut writer, &text, &mut bytes)?;
                }
            }
            end(&mut writer)?;
        }
        Ok(())
    })?;
    let out = writer.into_inner().map_err(|error| failed(FORMAT)(std::io::Error::other(error.to_string())))?;
    let changed_cells = list.cells;
    Ok(Outcome { file: whole(out, FORMAT)?, changed_cells, note: list.end().map_err(failed(FORMAT))? })
}

fn head(input: &MadeInput<'_>) -> Vec<String> {
    let mut lines = vec![
        "CP932(Shift_JIS)にない文字を含むセルの一覧です。CSVでは、その文字を「〓」に置き換えました。異体字を選ぶ記号と見えない文字は除きました。"
            .to_owned(),
        "元の文字のままのファイルは、同じページのCSV(UTF-8)です。".to_owned(),
    ];
    lines.extend(facts(input).into_iter().map(|(name, value)| format!("{name}: {value}")));
    lines
}

fn field<W: std::io::Write>(
    writer: &mut csv::Writer<W>,
    text: &str,
    bytes: &mut Vec<u8>,
) -> Result<cp932::Encoded, PublishError> {
    bytes.clear();
    let encoded = cp932::encode(text, bytes);
    writer.write_field(&bytes).map_err(failed(FORMAT))?;
    Ok(encoded)
}

fn end<W: std::io::Write>(writer: &mut csv::Writer<W>) -> Result<(), PublishError> {
    writer.write_record(None::<&[u8]>).map_err(failed(FORMAT))
}
