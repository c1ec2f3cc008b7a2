//! What there is to say about the columns of a bound table as a whole.

use crate::model::finding::{Finding, FindingCode, Place, Repair};
use crate::schema::{Field, Sheet};

use super::bound::Source;
use super::gazetteer::LEVEL_COLUMN;

/// Which columns stand for which fields, which are missing and which are the file's own, in the order of the sheet.
pub(super) fn column_findings(
    sheet: &Sheet,
    sources: &[Source],
    sheet_name: Option<&str>,
    is_layout_name: &dyn Fn(&str) -> bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = |column: Option<&str>| Place {
        sheet: sheet_name.map(str::to_owned),
        row: None,
        column: column.map(str::to_owned),
        ..Place::default()
    };
    for (field, source) in sheet.fields.iter().zip(sources) {
        match source.cell {
            Some(_) => {
                if source.header != field.name && !is_layout_name(&source.header) {
                    let at = place(Some(&source.header));
                    findings.push(Finding::new(FindingCode::ColumnAliased, at, &source.header, field.name.clone()));
                }
                if !field.verified {
                    let at = place(Some(&source.header));
                    findings.push(Finding::new(FindingCode::ColumnUnverified, at, &field.name, ""));
                }
            }
            None if field.is_required() => {
                findings.push(Finding::new(FindingCode::ColumnMissing, place(None), "", field.name.clone()));
            }
            None => {}
        }
    }
    // The column of levels is ours, also in a file of ours that comes back.
    for source in sources.iter().skip(sheet.fields.len()).filter(|source| source.header != LEVEL_COLUMN) {
        findings.push(Finding::new(FindingCode::ColumnUnknown, place(Some(&source.header)), &source.header, ""));
    }
    findings
}

/// What was derived for a whole column, as one finding.
pub(super) fn government_finding(field: &Field, sheet_name: Option<&str>) -> Finding {
    let place = Place {
        sheet: sheet_name.map(str::to_owned),
        row: None,
        column: Some("都道府県名、市区町村名".to_owned()),
        ..Place::default()
    };
    let mut finding = Finding::new(FindingCode::NameJoined, place, "", field.name.clone());
    finding.repair = Repair::Made(field.name.clone());
    finding
}
