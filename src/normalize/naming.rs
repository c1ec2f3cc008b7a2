//! Names of columns: every column of a file gets one, no two the same, none that is used internally.

use std::collections::HashSet;

use crate::model::code::MunicipalityCode;
use crate::model::finding::{Finding, FindingCode, Place};

use super::text;

/// Columns that every stored table has beside its own.
const RESERVED: &[&str] = &["_id", "_row", "_found", "_geom", "_west", "_south", "_east", "_north"];

/// Gives out names. Compared without regard to case, since DuckDB does so.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
    /// The same names as they are spelled.
    spelled: HashSet<String>,
}

impl Names {
    /// A store of names in which those of the standard's fields are taken.
    pub(super) fn with<'n>(taken: impl Iterator<Item = &'n str>) -> Self {
        let spelled: HashSet<String> = RESERVED.iter().copied().chain(taken).map(str::to_owned).collect();
        Self { taken: spelled.iter().map(|name| name.to_lowercase()).collect(), spelled }
    }

    /// The name of the column at `index` (from 0) whose header is `header`; what had to be changed becomes a finding.
    pub(super) fn take(
        &mut self,
        header: &str,
        index: usize,
        sheet: Option<&str>,
        findings: &mut Vec<Finding>,
    ) -> String {
        let clean = clean(header);
        let place =
            Place { sheet: sheet.map(str::to_owned), row: None, column: Some(header.to_owned()), ..Place::default() };
        if clean.is_empty() {
            let name = self.free(&format!("列{}", index + 1));
            findings.push(Finding::new(FindingCode::HeaderEmpty, place, header, "").repaired(name.clone()));
            return name;
        }
        let name = self.free(&clean);
        if name != clean {
            let reserved = RESERVED.contains(&clean.to_lowercase().as_str());
            let code = if reserved {
                FindingCode::ColumnRenamed
            } else if self.spelled.contains(&clean) {
                FindingCode::HeaderDuplicate
            } else {
                FindingCode::HeaderCase
            };
            findings.push(Finding::new(code, place, &clean, "").repaired(name.clone()));
        }
        name
    }

    fn free(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_lowercase()) {
            self.spelled.insert(wanted.to_owned());
            return wanted.to_owned();
        }
        let mut number = 2_u64;
        loop {
            let name = format!("{wanted}_{number}");
            if self.taken.insert(name.to_lowercase()) {
                return name;
            }
            number += 1;
        }
    }
}

/// A header without blanks around it, line breaks or other control letters; `ID` stays `ID`.
pub(super) fn clean(header: &str) -> String {
    let visible: String = header.chars().filter(|letter| !letter.is_control() && *letter != '\u{feff}').collect();
    text::trim(&visible).to_owned()
}

/// The municipality whose code a file's name begins with, as the standard wants it: `242039_aed.csv`.
pub(super) fn city_of(file_name: &str) -> Option<MunicipalityCode> {
    let code = file_name.get(..6)?;
    let ends = file_name.get(6..)?.starts_with(|letter: char| !letter.is_ascii_alphanumeric());
    MunicipalityCode::parse(code).ok().filter(|_| ends)
}

/// Names the letters of a file's name that no screen shows.
pub(super) fn hidden_letters(file_name: &str) -> Option<Finding> {
    let hidden = crate::read::in_name(file_name);
    (!hidden.is_empty()).then(|| Finding::new(FindingCode::FileNameControl, Place::default(), &hidden, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_columns_have_one_name_and_none_an_internal_one() {
        let mut names = Names::with(["名称"].into_iter());
        let mut findings = Vec::new();
        let given: Vec<String> = ["名称", "メモ", "メモ", "", "_id", "ID", "id", "男女共用\n総数", "列4"]
            .iter()
            .enumerate()
            .map(|(index, header)| names.take(header, index, None, &mut findings))
            .collect();
        assert_eq!(given, ["名称_2", "メモ", "メモ_2", "列4", "_id_2", "ID", "id_2", "男女共用総数", "列4_2"]);
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(
            codes,
            [
                "header-duplicate",
                "header-duplicate",
                "header-empty",
                "column-renamed",
                "header-case",
                "header-duplicate"
            ]
        );
    }
}
