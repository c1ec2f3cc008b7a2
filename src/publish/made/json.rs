//! JSON: one list with an object for each record, every column under its name, null where there is no value.
//!
//! Positions of points stand in two more columns as in the CSV; lines and polygons are in GeoJSON.

use std::fmt::Write as _;
use std::io::Write as _;

use super::super::csv_file::{position_names, single_point};
use super::super::geojson_file::json_text;
use super::super::rows::Cell;
use super::{MadeInput, Outcome, Pass, PublishError, each, failed, out, whole};
use crate::model::made::MadeFormat;
use crate::store::objects::Objects;

const FORMAT: MadeFormat = MadeFormat::Json;

pub(super) fn make(input: &MadeInput<'_>, objects: &Objects, pass: &Pass<'_>) -> Result<Outcome, PublishError> {
    let position = position_names(input.shape, input.geometry).map(|names| names.map(|name| json_text(&name)));
    let names: Vec<String> = input.shape.columns.iter().map(|column| json_text(&column.name)).collect();
    let mut out = out(objects, FORMAT)?;
    let mut text = String::from("[");
    let mut is_first = true;
    each(input, pass, |rows| {
        for row in 0..rows.len() {
            text.push_str(if is_first { "\n{" } else { ",\n{" });
            is_first = false;
            for (at, (name, cells)) in names.iter().zip(rows.columns()).enumerate() {
                // Writing to a String cannot fail.
                let _ = write!(text, "{}{name}:", if at > 0 { "," } else { "" });
                let _ = match cells.get(row) {
                    Cell::Null => write!(text, "null"),
                    Cell::Text(value) => write!(text, "{}", json_text(value)),
                    Cell::Integer(value) => write!(text, "{value}"),
                    Cell::Number(value) => write!(text, "{value}"),
                };
            }
            if let Some([latitude, longitude]) = &position {
                let comma = if names.is_empty() { "" } else { "," };
                let _ = match single_point(rows.geometry(row)) {
                    Some(at) => write!(text, "{comma}{latitude}:{},{longitude}:{}", at.y, at.x),
                    None => write!(text, "{comma}{latitude}:null,{longitude}:null"),
                };
            }
            text.push('}');
        }
        out.write_all(text.as_bytes()).map_err(failed(FORMAT))?;
        text.clear();
        Ok(())
    })?;
    text.push_str("\n]\n");
    out.write_all(text.as_bytes()).map_err(failed(FORMAT))?;
    Ok(Outcome { file: whole(out, FORMAT)?, changed_cells: 0, note: None })
}
