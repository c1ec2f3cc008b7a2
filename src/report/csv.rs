//! The report as CSV: one finding a line, UTF-8 with byte order mark, CRLF.

use std::io::Write;

use csv::{Terminator, WriterBuilder};

use crate::model::finding::{Finding, Repair};
use crate::publish::guarded;

use super::place::reference;
use super::text::plain;
use super::wording;
use super::{FileReport, ReportError, TableReport};

/// The columns.
const HEADER: [&str; 13] = [
    "ファイル",
    "シート",
    "行",
    "列",
    "セル",
    "重さ",
    "コード",
    "見つかった値",
    "正しい形",
    "直した値",
    "提案",
    "説明",
    "explanation",
];

/// Writes all findings of some files that are kept with their places, and the reasons of files that were refused.
///
/// # Errors
/// Where `out` cannot be written.
pub fn write<'r>(reports: impl IntoIterator<Item = &'r FileReport>, mut out: impl Write) -> Result<(), ReportError> {
    out.write_all("\u{feff}".as_bytes()).map_err(::csv::Error::from)?;
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(HEADER)?;
    for report in reports {
        if let Some(refusal) = &report.refused {
            // One finding is one line, whatever the names and cells of the file hold.
            let [file, ja, en] = [&report.file, &refusal.message_ja, &refusal.message_en].map(|text| plain(text));
            let (code, ja, en) = (refusal.code.as_str(), guarded(&ja), guarded(&en));
            let file = guarded(&file);
            writer.write_record([&file, "", "", "", "", "受付不可", code, "", "", "", "", ja.as_ref(), en.as_ref()])?;
        }
        for finding in &report.findings {
            line(&mut writer, &report.file, finding, None)?;
        }
        for table in &report.tables {
            for finding in &table.findings {
                line(&mut writer, &report.file, finding, Some(table))?;
            }
        }
    }
    writer.flush().map_err(::csv::Error::from)?;
    Ok(())
}

fn line(
    writer: &mut ::csv::Writer<impl Write>,
    file: &str,
    finding: &Finding,
    table: Option<&TableReport>,
) -> Result<(), ReportError> {
    let (made, proposed) = match &finding.repair {
        Repair::None => ("", ""),
        Repair::Made(text) => (text.as_str(), ""),
        Repair::Proposed(text) => ("", text.as_str()),
    };
    let row = finding.place.row.map(|row| row.to_string()).unwrap_or_default();
    let reference = table.map(|table| reference(table, finding)).unwrap_or_default();
    let (ja, en) = (finding.message_ja(), finding.message_en());
    let cells = [
        file,
        finding.place.sheet.as_deref().unwrap_or_default(),
        &row,
        finding.place.column.as_deref().unwrap_or_default(),
        &reference,
        wording::severity(finding.severity),
        finding.code.as_str(),
        &finding.found,
        &finding.expected,
        made,
        proposed,
        &ja,
        &en,
    ];
    let cells = cells.map(plain);
    writer.write_record(cells.iter().map(|cell| guarded(cell).into_owned()))?;
    Ok(())
}
