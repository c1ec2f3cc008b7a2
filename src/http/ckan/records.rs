//! Rows in the forms that `records_format` names.

use serde_json::{Map, Value as Json, json};

use crate::http::problem::Problem;
use crate::store::rows::{FoundRow, RowPage};

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

pub(super) fn records(page: &RowPage, wanted: &[String], ranks: &[String], form: Form) -> Result<Json, Problem> {
    let places: Vec<Option<usize>> =
        wanted.iter().map(|name| page.columns.iter().position(|column| column == name)).collect();
    let row = |row: &FoundRow| -> Vec<Json> {
        let own = wanted.iter().zip(&places).map(|(name, place)| match place {
            Some(place) => row.values.get(*place).cloned().unwrap_or(Json::Null),
            None if name == "_id" => json!(row.id),
            None => Json::Null,
        });
        own.chain(ranks.iter().map(|_| json!(1.0))).collect()
    };
    let names = || wanted.iter().cloned().chain(ranks.iter().cloned());
    Ok(match form {
        Form::Objects => {
            page.rows.iter().map(|each| names().zip(row(each)).collect::<Map<_, _>>()).map(Json::Object).collect()
        }
        Form::Lists => page.rows.iter().map(|each| Json::Array(row(each))).collect(),
        Form::Csv | Form::Tsv => {
            let delimiter = if form == Form::Csv { b',' } else { b'\t' };
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
            let failed = |error: &dyn std::fmt::Display| Problem::internal("writing rows", error);
            for each in &page.rows {
                let cells = row(each).into_iter().map(|value| match value {
                    Json::Null => String::new(),
                    Json::String(text) => text,
                    other => other.to_string(),
                });
                writer.write_record(cells).map_err(|error| failed(&error))?;
            }
            let bytes = writer.into_inner().map_err(|error| failed(&error))?;
            Json::from(String::from_utf8(bytes).map_err(|error| failed(&error))?)
        }
    })
}
