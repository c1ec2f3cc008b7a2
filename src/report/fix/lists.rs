//! What is listed beside a written table: refused rows, and repairs that a person may take.

use std::io::Write as _;
use std::path::Path;

use csv::{Terminator, Writer, WriterBuilder};
use tempfile::NamedTempFile;

use crate::model::finding::{Repair, Severity};
use crate::publish::guarded;
use crate::report::{ReportError, TableReport};

fn begin(folder: &Path, header: &[&str]) -> Result<Writer<NamedTempFile>, ReportError> {
    let mut file = NamedTempFile::new_in(folder).map_err(ReportError::file(folder))?;
    file.write_all("\u{feff}".as_bytes()).map_err(ReportError::file(folder))?;
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).flexible(true).from_writer(file);
    writer.write_record(header)?;
    Ok(writer)
}

fn end(writer: Writer<NamedTempFile>) -> Result<Option<NamedTempFile>, ReportError> {
    let file = writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(Some(file))
}

/// Rows that became no record, with their reasons and cells; `None` where there are none.
pub(super) fn refused(table: &TableReport, folder: &Path) -> Result<Option<NamedTempFile>, ReportError> {
    if table.refused_rows.is_empty() {
        return Ok(None);
    }
    let mut writer = begin(folder, &["行", "理由", "reason", "セル(見つかったまま)"])?;
    for row in &table.refused_rows {
        let mut line = vec![row.row.to_string(), row.reason.message_ja(), row.reason.message_en()];
        line.extend(row.cells.iter().cloned());
        writer.write_record(line.iter().map(|cell| guarded(cell)).map(|cell| cell.as_bytes().to_vec()))?;
    }
    end(writer)
}

/// What is left to a person: cells with a repair that is only proposed, and cells that could not be read, without one;
/// `None` where there are none.
pub(super) fn proposals(table: &TableReport, folder: &Path) -> Result<Option<NamedTempFile>, ReportError> {
    let proposed = table.findings.iter().filter_map(|finding| match &finding.repair {
        Repair::Proposed(repair) => Some((finding, repair.as_str())),
        Repair::None
            if finding.severity >= Severity::Warning
                && finding.place.row.is_some()
                && finding.place.column.is_some()
                && !finding.found.is_empty() =>
        {
            Some((finding, ""))
        }
        _ => None,
    });
    let mut writer = None;
    for (finding, repair) in proposed {
        let writer = match &mut writer {
            Some(writer) => writer,
            empty => {
                empty.insert(begin(folder, &["行", "列", "見つかった値", "提案", "コード", "説明", "explanation"])?)
            }
        };
        let row = finding.place.row.map(|row| row.to_string()).unwrap_or_default();
        let column = finding.place.column.clone().unwrap_or_default();
        let cells = [
            &row,
            &column,
            &finding.found,
            repair,
            finding.code.as_str(),
            &finding.message_ja(),
            &finding.message_en(),
        ];
        writer.write_record(cells.map(|cell| guarded(cell).into_owned()))?;
    }
    writer.map_or(Ok(None), end)
}
