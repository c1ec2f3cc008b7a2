//! A table made of records, as it is kept: a header and rows of text.

use std::collections::HashMap;
use std::io::Write as _;

use serde_json::{Map, Value as Json};

use crate::http::ckan::organizations::clip;
use crate::http::problem::Problem;
use crate::pipeline::upload::Incoming;

/// Most columns of a table made of records.
const COLUMNS_LIMIT: usize = 1_000;

/// What is done with records that come (CKAN: `method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// Rows are added; a key that is there already is refused.
    Insert,
    /// Rows whose keys are there are changed, others are refused.
    Update,
    /// Rows whose keys are there are changed, others are added.
    Upsert,
}

impl Method {
    /// CKAN's word.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Upsert => "upsert",
        }
    }
}

/// A table as it is kept.
pub(super) struct Rows {
    /// Names of columns.
    pub(super) header: Vec<String>,
    /// Cells in their order; a short row ends with empty ones.
    pub(super) rows: Vec<Vec<String>>,
}

impl Rows {
    /// Adds columns.
    pub(super) fn widen(&mut self, names: Vec<String>) -> Result<(), Problem> {
        for name in names {
            if !self.header.contains(&name) {
                self.header.push(name);
            }
        }
        let many = self.header.len() > COLUMNS_LIMIT;
        if many { Err(Problem::invalid("fields", "too many columns")) } else { Ok(()) }
    }

    /// Adds records, or changes rows by them: whole or not at all only together with [`Self::write`].
    pub(super) fn merge(
        &mut self,
        records: &[Map<String, Json>],
        (method, key): (Method, &[String]),
        may_widen: bool,
    ) -> Result<(), Problem> {
        let mut places = self.places(key)?;
        for (number, record) in records.iter().enumerate() {
            self.know_columns(record, number + 1, may_widen)?;
            let own_key = key_of(record, key)?;
            let known = places.get(&own_key).copied().filter(|_| !key.is_empty());
            match (method, known) {
                (Method::Insert | Method::Upsert, None) => {
                    let cell =
                        |name: &String| record.get(name).map_or_else(|| Ok(String::new()), |value| cell(name, value));
                    let row = self.header.iter().map(cell).collect::<Result<_, _>>()?;
                    places.insert(own_key, self.rows.len());
                    self.rows.push(row);
                }
                (Method::Insert, Some(_)) => {
                    let shown = clip(&own_key.join(", "));
                    return Err(Problem::invalid(
                        "records",
                        &format!("row \"{}\": the key ({shown}) is there already (unique constraint)", number + 1),
                    ));
                }
                (Method::Update, None) => {
                    let shown = clip(&own_key.join(", "));
                    return Err(Problem::invalid("key", &format!("key \"[{shown}]\" not found")));
                }
                (Method::Update | Method::Upsert, Some(at)) => self.change(at, record)?,
            }
        }
        Ok(())
    }

    /// Where the row of each key stands; a key that stands twice is none.
    fn places(&self, key: &[String]) -> Result<HashMap<Vec<String>, usize>, Problem> {
        let mut places = HashMap::new();
        if key.is_empty() {
            return Ok(places);
        }
        let columns: Vec<usize> = key
            .iter()
            .map(|name| self.column(name).ok_or_else(|| no_column("primary_key", name)))
            .collect::<Result<_, _>>()?;
        for (at, row) in self.rows.iter().enumerate() {
            let own: Vec<String> = columns.iter().map(|&column| row.get(column).cloned().unwrap_or_default()).collect();
            let shown = clip(&own.join(", "));
            if places.insert(own, at).is_some() {
                return Err(Problem::invalid("primary_key", &format!("the key ({shown}) stands in several rows")));
            }
        }
        Ok(places)
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|own| own == name)
    }

    fn know_columns(&mut self, record: &Map<String, Json>, number: usize, may_widen: bool) -> Result<(), Problem> {
        for name in record.keys().filter(|name| *name != "_id") {
            if !self.header.contains(name) {
                if !may_widen || !is_name(name) {
                    let name = clip(name);
                    return Err(Problem::invalid("records", &format!("row \"{number}\" has extra keys \"{name}\"")));
                }
                self.widen(vec![name.clone()])?;
            }
        }
        Ok(())
    }

    /// Changes the cells that a record names; the others stay.
    fn change(&mut self, at: usize, record: &Map<String, Json>) -> Result<(), Problem> {
        let (header, width) = (&self.header, self.header.len());
        let Some(row) = self.rows.get_mut(at) else { return Ok(()) };
        row.resize(width, String::new());
        for (name, place) in header.iter().zip(row) {
            if let Some(value) = record.get(name) {
                *place = cell(name, value)?;
            }
        }
        Ok(())
    }

    /// Takes out the rows in which every column has one of its values; gives their number.
    pub(super) fn take_out(&mut self, filters: &[(String, Vec<String>)]) -> Result<usize, Problem> {
        let columns = filters
            .iter()
            .map(|(name, values)| self.column(name).map(|at| (at, values)).ok_or_else(|| no_column("filters", name)));
        let columns: Vec<(usize, &Vec<String>)> = columns.collect::<Result<_, _>>()?;
        let before = self.rows.len();
        self.rows.retain(|row| {
            !columns.iter().all(|(at, values)| {
                let own = row.get(*at).map_or("", String::as_str);
                values.iter().any(|value| value == own)
            })
        });
        Ok(before - self.rows.len())
    }

    /// The file that is kept: CSV.
    pub(super) fn write(&self, file: &Incoming) -> Result<(), Problem> {
        let failed = |error: &dyn std::fmt::Display| Problem::internal("writing rows", error);
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(&self.header).map_err(|error| failed(&error))?;
        for row in &self.rows {
            let empty = self.header.len().saturating_sub(row.len());
            let cells = row.iter().map(String::as_str).chain(std::iter::repeat_n("", empty));
            writer.write_record(cells).map_err(|error| failed(&error))?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(&error))?;
        let mut to = file.as_file();
        to.write_all(&bytes).and_then(|()| to.sync_all()).map_err(|error| failed(&error))
    }
}

/// Whether a text may be the name of a column.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('_') && name.chars().count() <= 100 && !name.chars().any(char::is_control)
}

/// A value as it is kept; nothing is an empty cell.
pub(super) fn cell(name: &str, value: &Json) -> Result<String, Problem> {
    match value {
        Json::Null => Ok(String::new()),
        Json::String(text) => Ok(text.clone()),
        Json::Array(_) | Json::Object(_) => {
            Err(Problem::invalid("records", &format!("\"{}\" holds no single value", clip(name))))
        }
        value => Ok(value.to_string()),
    }
}

fn key_of(record: &Map<String, Json>, key: &[String]) -> Result<Vec<String>, Problem> {
    let missing: Vec<String> = key.iter().filter(|name| !record.contains_key(*name)).map(|name| clip(name)).collect();
    if !missing.is_empty() {
        return Err(Problem::invalid(
            "key",
            &format!("fields \"{}\" are missing but needed as key", missing.join(", ")),
        ));
    }
    key.iter().map(|name| cell(name, record.get(name).unwrap_or(&Json::Null))).collect()
}

fn no_column(argument: &str, name: &str) -> Problem {
    Problem::invalid(argument, &format!("there is no column \"{}\"", clip(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rows() -> Rows {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        Rows { header: row(["番号", "名称"]), rows: vec![row(["1", "本町公園"]), row(["2", "港公園"])] }
    }

    fn records(value: Json) -> Vec<Map<String, Json>> {
        serde_json::from_value(value).expect("records")
    }

    #[test]
    fn rows_are_added_and_changed_by_their_key() {
        let key = ["番号".to_owned()];
        let mut table = rows();
        let come = records(json!([{ "番号": 2, "名称": "港公園(東)" }, { "番号": "3", "名称": null }]));
        table.merge(&come, (Method::Upsert, &key), false).expect("merged");
        assert_eq!(table.rows, [["1", "本町公園"], ["2", "港公園(東)"], ["3", ""]]);
        table.merge(&records(json!([{ "番号": 3, "名称": "西公園" }])), (Method::Update, &key), false).expect("merged");
        assert_eq!(table.rows[2], ["3", "西公園"]);
        for (method, come, what) in [
            (Method::Insert, json!([{ "番号": 1, "名称": "x" }]), "a key that is there"),
            (Method::Insert, json!([{ "番号": 9 }, { "番号": 9 }]), "a key that comes twice"),
            (Method::Update, json!([{ "番号": 8, "名称": "x" }]), "a key that is not there"),
            (Method::Upsert, json!([{ "名称": "x" }]), "no key"),
            (Method::Upsert, json!([{ "番号": 1, "他": "x" }]), "another column"),
            (Method::Upsert, json!([{ "番号": [1] }]), "a list"),
        ] {
            assert!(rows().merge(&records(come), (method, &key), false).is_err(), "{what}");
        }
        assert!(rows().merge(&records(json!([{ "a": 1 }])), (Method::Insert, &["他".to_owned()]), true).is_err());
        let mut double = rows();
        double.rows.push(vec!["1".to_owned()]);
        assert!(double.merge(&[], (Method::Upsert, &key), false).is_err(), "a key that stands twice");
        double.merge(&records(json!([{ "番号": 1 }])), (Method::Insert, &[]), false).expect("without a key");
        assert_eq!(double.rows.len(), 4);
    }

    #[test]
    fn rows_are_taken_out_by_all_their_columns() {
        let only = |pairs: &[(&str, &[&str])]| -> Vec<(String, Vec<String>)> {
            let own = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
            pairs.iter().map(|(name, values)| ((*name).to_owned(), own(values))).collect()
        };
        let mut table = rows();
        assert_eq!(table.take_out(&only(&[("番号", &["1"]), ("名称", &["港公園"])])).expect("taken"), 0);
        assert_eq!(table.take_out(&only(&[("番号", &["1", "7"])])).expect("taken"), 1);
        assert_eq!(table.rows, [["2", "港公園"]]);
        assert!(table.take_out(&only(&[("他", &["1"])])).is_err());
    }
}
