//! 国土地理院's shelter data (指定緊急避難場所データ) as a source of sheet 03.
//!
//! Its files have headers of their own (施設・場所名, 洪水 …), which the sheet knows as other names of its fields. What the
//! sheet asks for and the files do not state as a column is the municipality's code; it stands inside the common ID.

use crate::model::code::MunicipalityCode;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::record::{Record, Value};
use crate::schema::{Municipalities, Sheet};

use super::bound::Source;

/// Headers that only this source has.
const OWN_HEADERS: [&str; 2] = ["共通ID", "施設・場所名"];

/// What is done with the rows of this source.
pub(super) struct Shelters {
    id: usize,
    code: usize,
    /// The names to hold the code against: 都道府県名及び市町村名, the address.
    places: Vec<usize>,
    filled: u64,
    example: Option<(String, String)>,
    mapped: String,
}

impl Shelters {
    /// For a table that is one of this source.
    pub(super) fn new(sheet: &Sheet, sources: &[Source], headers: &[String]) -> Option<Self> {
        let has = |name: &str| headers.iter().any(|header| super::plan::is_same_header(header, name));
        if sheet.slug != "evacuation_space" || !OWN_HEADERS.iter().all(|name| has(name)) {
            return None;
        }
        let field = |name: &str| sheet.fields.iter().position(|field| field.name == name);
        let code = field("市区町村コード").filter(|at| sources.get(*at).is_some_and(|source| source.cell.is_none()))?;
        let places = ["地方公共団体名", "所在地_連結表記"].iter().filter_map(|name| field(name)).collect();
        let mapped: Vec<String> = sheet
            .fields
            .iter()
            .zip(sources)
            .filter(|(field, source)| source.cell.is_some() && source.header != field.name)
            .map(|(field, source)| format!("{}→{}", source.header, field.name))
            .collect();
        Some(Self { id: field("ID")?, code, places, filled: 0, example: None, mapped: mapped.join("、") })
    }

    /// Fills in the municipality's code from the common ID, where the place named in the row is that municipality.
    pub(super) fn complete(&mut self, record: &mut Record) {
        let text = |at: usize| match record.values.get(at) {
            Some(Value::Text(text)) => text.as_str(),
            _ => "",
        };
        let id = text(self.id);
        let Some(code) = code_of(id) else { return };
        let Some(body) = Municipalities::bundled().by_code(code) else { return };
        let whole = format!("{}{}", body.prefecture, body.name);
        let agrees = self.places.iter().any(|at| text(*at).starts_with(&whole) || text(*at).starts_with(&body.name));
        if !agrees {
            return;
        }
        if self.example.is_none() {
            self.example = Some((id.to_owned(), code.to_string()));
        }
        if let Some(value) = record.values.get_mut(self.code) {
            *value = Value::Text(code.to_string());
            record.found.push((self.code, String::new()));
            self.filled += 1;
        }
    }

    /// What was done.
    pub(super) fn findings(&self, place: &Place) -> Vec<Finding> {
        let mut findings = vec![Finding::new(FindingCode::SourceMapped, place.clone(), &self.mapped, "")];
        if let Some((id, code)) = &self.example {
            let count = self.filled.to_string();
            findings.push(Finding::new(FindingCode::CodeFromId, place.clone(), id, count).repaired(code.clone()));
        }
        findings
    }
}

/// The code inside a common ID: a letter, the five digits of the municipality, a running number.
fn code_of(id: &str) -> Option<MunicipalityCode> {
    let (head, _) = id.split_at_checked(6)?;
    let digits = head.strip_prefix(|letter: char| letter.is_ascii_uppercase())?;
    (digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| MunicipalityCode::from_five(digits).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_read_out_of_the_common_id() {
        assert_eq!(code_of("E2420300002201").map(|code| code.to_string()).as_deref(), Some("242039"));
        for id in ["", "E", "2420300002201", "E24203", "あ2420300002", "E24a0300002201"] {
            assert_eq!(code_of(id).map(|code| code.to_string()), (id == "E24203").then(|| "242039".to_owned()), "{id}");
        }
    }
}
