//! The list of all findings with links to their cells.

use rust_xlsxwriter::{Url, Workbook, Worksheet};

use super::SHEET_ROWS;
use super::cells::{Written, shortened};
use super::marks::Weight;
use super::style::{Style, weighed};
use crate::report::shown::repair;
use crate::report::{FileReport, ReportError, wording};

/// The name of the sheet.
pub(super) const NAME: &str = crate::pipeline::auxiliary::FINDINGS;

/// Links in one sheet (Excel opens at most 65,530).
const MAX_LINKS: u32 = 60_000;

const HEADER: [(&str, f64); 9] = [
    ("重さ", 8.0),
    ("場所", 24.0),
    ("列", 24.0),
    ("説明", 60.0),
    ("見つかった値", 28.0),
    ("正しい形", 28.0),
    ("直した値・提案", 32.0),
    ("コード", 22.0),
    ("Explanation", 60.0),
];

/// The list of findings, in the order of the file.
pub(super) fn sheet(
    book: &mut Workbook,
    report: &FileReport,
    written: &Written,
    style: &Style,
) -> Result<Worksheet, ReportError> {
    let mut sheet = book.new_worksheet_with_constant_memory()?;
    sheet.set_name(NAME)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, (title, width)) in (0..).zip(HEADER) {
        sheet.write_string_with_format(0, column, title, &style.heading)?;
        sheet.set_column_width(column, width)?;
    }
    let weights = [Weight::Note, Weight::Warning, Weight::Error].map(|weight| (weight, weighed(weight)));
    let all =
        report.findings.iter().map(|finding| (None, finding)).chain(
            report.tables.iter().flat_map(|table| table.findings.iter().map(move |finding| (Some(table), finding))),
        );
    let mut row = 0_u32;
    for (table, finding) in all {
        row += 1;
        if u64::from(row) >= SHEET_ROWS {
            break;
        }
        let weight = Weight::from(finding.severity);
        let format = weights.iter().find(|(known, _)| *known == weight).map_or(&style.plain, |(_, format)| format);
        sheet.write_string_with_format(row, 0, wording::severity(finding.severity), format)?;
        let place = table.map_or_else(
            || finding.place.sheet.clone().unwrap_or_default(),
            |table| crate::report::place::reference(table, finding),
        );
        let link = table.and_then(|table| {
            let (at, cell) = table.mark_of(finding)?;
            written.link(table.begun.name.as_deref(), at, cell.unwrap_or(0))
        });
        match link.filter(|_| row < MAX_LINKS) {
            Some(link) => {
                sheet.write_url_with_options(row, 1, Url::new(link), place, "", Some(&style.link))?;
            }
            None => {
                sheet.write_string_with_format(row, 1, place, &style.plain)?;
            }
        }
        let texts = [
            finding.place.column.clone().unwrap_or_default(),
            finding.message_ja(),
            finding.found.clone(),
            finding.expected.clone(),
            repair(finding).unwrap_or_default(),
            finding.code.as_str().to_owned(),
            finding.message_en(),
        ];
        for (column, text) in (2..).zip(texts) {
            let text = shortened(&text).unwrap_or(text);
            sheet.write_string_with_format(row, column, text, &style.plain)?;
        }
    }
    if row > 0 {
        sheet.autofilter(0, 0, row.min(u32::try_from(SHEET_ROWS - 1).unwrap_or(row)), 8)?;
    }
    Ok(sheet)
}
