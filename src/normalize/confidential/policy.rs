//! What the operator adds to the rules: words, exceptions with their reasons, the threshold of small cells.

use serde::{Deserialize, Serialize};

use crate::model::decision::Decision;
use crate::model::finding::FindingCode;

/// The operator's additions to `schemas/confidential.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Words of places of the city that are to be kept secret.
    #[serde(default)]
    pub words: Vec<String>,
    /// Exceptions.
    #[serde(default)]
    pub allow: Vec<Allowance>,
    /// Counts of persons from 1 to this are small cells (1–9); `None` = as the rules say.
    #[serde(default)]
    pub small_cells: Option<u8>,
}

/// One exception: what was found in this column is published, for this reason. Individual numbers have none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allowance {
    /// The finding that is no reason to hold.
    pub code: FindingCode,
    /// The header of the column as it stands in the file; the finding's own word for findings of whole tables.
    pub column: String,
    /// The file, where the exception is for one file only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// A regular expression that the whole cell matches, where only some cells are excepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Why; kept beside the finding.
    pub reason: String,
}

impl Policy {
    /// What is wrong with the policy as written, in words for the operator.
    pub fn fault(&self) -> Option<String> {
        if self.small_cells.is_some_and(|most| !(1..=9).contains(&most)) {
            return Some("confidential_small_cells: 1 to 9 / 1から9までで指定してください".to_owned());
        }
        self.allow.iter().find_map(Allowance::fault)
    }
}

impl Allowance {
    fn fault(&self) -> Option<String> {
        let code = self.code.as_str();
        let said = |what: &str| Some(format!("confidential_allow ({code}): {what}"));
        if self.code.decision() == Decision::Reject {
            return said("there is no exception for it / 例外は認められません");
        }
        if self.code.decision() == Decision::Note {
            return said("it holds nothing / 保留の理由になりません");
        }
        if self.reason.trim().is_empty() || self.column.trim().is_empty() {
            return said("column and reason are needed / columnとreasonが必要です");
        }
        match self.pattern.as_deref().map(regex::Regex::new) {
            Some(Err(error)) => said(&error.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowance(code: FindingCode) -> Allowance {
        Allowance {
            code, column: "連絡先".to_owned(), file: None, pattern: None, reason: "本人の同意".to_owned()
        }
    }

    #[test]
    fn individual_numbers_have_no_exception_and_patterns_must_be_readable() {
        let with = |allow| Policy { allow: vec![allow], ..Policy::default() };
        assert_eq!(with(allowance(FindingCode::PersonalMobile)).fault(), None);
        assert!(with(allowance(FindingCode::PersonalNumber)).fault().is_some());
        assert!(with(allowance(FindingCode::RowEmpty)).fault().is_some());
        let wrong = Allowance { pattern: Some("(".to_owned()), ..allowance(FindingCode::PersonalMobile) };
        assert!(with(wrong).fault().is_some());
        assert!(Policy { small_cells: Some(10), ..Policy::default() }.fault().is_some());
    }
}
