//! How well a table follows its standard sheet.
//!
//! For one field, with `rows` the data rows of the file (records and refused rows):
//!
//! ```text
//! score = 0                     where the file has no such column (and nothing filled it)
//! score = valid / rows          valid: cells that hold a value and are not wrong
//! score = 1 − wrong / rows      where the field's code list has an empty word (1 or empty): empty is an answer
//! ```
//!
//! A cell is wrong where a warning or an error was found in it that was not repaired; a repaired cell is valid. The cells
//! of refused rows are not valid. The score of ◎ is the mean of its fields' scores, that of ○ likewise; each lies between
//! 0 and 1. Fields without a mark, with a conditional mark (注n) and with a mark that was not seen (`unknown`) have no
//! score. Without rows there is no score.

use serde::Serialize;

use super::columns::ColumnReport;

/// How well a table follows its sheet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conformance {
    /// Over the ◎ fields, 0 to 1; `null` where the sheet has none (or its marks were not seen), or there are no rows.
    pub required: Option<f64>,
    /// Over the ○ fields, 0 to 1.
    pub recommended: Option<f64>,
    /// Fields marked ◎ in the sheet, and how many of them the file has a column for.
    pub required_fields: (u64, u64),
    /// Fields marked ○ in the sheet, and how many of them the file has a column for.
    pub recommended_fields: (u64, u64),
    /// Field by field, those marked ◎ and ○, in the order of the sheet.
    pub fields: Vec<FieldScore>,
}

/// The score of one field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldScore {
    /// The field.
    pub name: String,
    /// `◎` or `○`.
    pub requirement: String,
    /// Whether the file has a column for it.
    pub present: bool,
    /// Its score, 0 to 1, rounded to four decimals.
    pub score: f64,
}

/// The conformance of a bound table of so many data rows.
pub(super) fn conformance(columns: &[ColumnReport], rows: u64) -> Conformance {
    let mut fields = Vec::new();
    for column in columns {
        let Some(requirement) = column.requirement.as_deref().filter(|mark| matches!(*mark, "◎" | "○")) else {
            continue;
        };
        fields.push(FieldScore {
            name: column.name.clone(),
            requirement: requirement.to_owned(),
            present: column.found.is_some(),
            score: rounded(score(column, rows)),
        });
    }
    let of = |mark: &str| {
        let marked: Vec<&FieldScore> = fields.iter().filter(|field| field.requirement == mark).collect();
        let present = marked.iter().filter(|field| field.present).count() as u64;
        let sum: f64 = marked.iter().map(|field| field.score).sum();
        let mean = (!marked.is_empty() && rows > 0).then(|| rounded(sum / marked.len() as f64));
        (mean, (marked.len() as u64, present))
    };
    let (required, required_fields) = of("◎");
    let (recommended, recommended_fields) = of("○");
    Conformance { required, recommended, required_fields, recommended_fields, fields }
}

fn score(column: &ColumnReport, rows: u64) -> f64 {
    if rows == 0 || (column.found.is_none() && column.filled == 0) {
        return 0.0;
    }
    let good = if column.may_be_empty { rows.saturating_sub(column.wrong) } else { column.valid.min(rows) };
    good as f64 / rows as f64
}

fn rounded(score: f64) -> f64 {
    (score * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::ColumnType;

    fn column(mark: &str, found: bool, filled: u64, wrong: u64, valid: u64, may_be_empty: bool) -> ColumnReport {
        ColumnReport {
            name: "名称".to_owned(),
            found: found.then(|| "名称".to_owned()),
            letters: None,
            is_field: true,
            kind: ColumnType::Text,
            requirement: Some(mark.to_owned()),
            may_be_empty,
            filled,
            repaired: 0,
            wrong,
            valid,
        }
    }

    #[test]
    fn a_score_is_the_share_of_filled_and_valid_cells() {
        for (column, expected) in [
            (column("◎", true, 10, 0, 10, false), 1.0),
            (column("◎", true, 8, 2, 6, false), 0.6),
            (column("◎", true, 8, 2, 8, false), 0.8), // two wrong cells were dropped and hold nothing
            (column("◎", false, 0, 0, 0, false), 0.0),
            (column("◎", false, 10, 0, 10, false), 1.0), // filled from other columns
            (column("◎", true, 0, 0, 0, true), 1.0),
            (column("◎", true, 5, 1, 4, true), 0.9),
        ] {
            let conformance = conformance(std::slice::from_ref(&column), 10);
            assert_eq!(conformance.required, Some(expected), "{column:?}");
            assert_eq!(conformance.recommended, None);
        }
    }

    #[test]
    fn the_sum_is_the_mean_of_the_marked_fields_and_unmarked_ones_do_not_count() {
        let columns = [
            column("◎", true, 10, 0, 10, false),
            column("◎", false, 0, 0, 0, false),
            column("○", true, 5, 0, 5, false),
            column("", false, 0, 0, 0, false),
            column("unknown", false, 0, 0, 0, false),
            column("注1", false, 0, 0, 0, false),
        ];
        let sum = conformance(&columns, 10);
        assert_eq!((sum.required, sum.recommended), (Some(0.5), Some(0.5)));
        assert_eq!((sum.required_fields, sum.recommended_fields), ((2, 1), (1, 1)));
        assert_eq!(sum.fields.len(), 3);
        assert_eq!(conformance(&columns, 0).required, None);
    }
}
