//! The readers: golden files, hostile files made in code, and the promise that no bytes make one panic.

#![expect(clippy::unwrap_used, reason = "a helper whose input is not as written here stops its test")]

mod archives;
mod beside;
mod books;
mod bytes;
mod damaged;
mod flatgeobuf;
mod geopackage;
mod feeds;
mod golden;
mod hostile;
mod hostile_books;
mod json_tables;
mod ods;
mod parquet;
mod quotes;
mod shapes;
mod tables;
mod xls;
mod xml;

use std::ops::ControlFlow;

use geo_types::Geometry;
use hiraku::model::finding::{Finding, FindingCode};
use hiraku::read::{self, Cell, ReadError, ReadLimits, Row, RowSink, SourceFile, TableHead};

/// A cell kept: `None` where empty, else its kind (`t` text, `n` number, `d` date or time, `b` truth value) and text.
type Kept = Option<(char, String)>;

/// One row kept.
#[derive(Debug, Clone, PartialEq)]
struct KeptRow {
    number: u64,
    cells: Vec<Kept>,
    geometry: Option<Geometry<f64>>,
}

/// Keeps all that a reader finds.
#[derive(Debug, Default)]
struct Collected {
    tables: Vec<(TableHead, Vec<KeptRow>)>,
    findings: Vec<Finding>,
    refused: Vec<(u64, Finding, Vec<String>)>,
    /// Breaks after this many rows, where set.
    stop_after: Option<usize>,
}

impl Collected {
    fn codes(&self) -> Vec<FindingCode> {
        self.findings.iter().map(|finding| finding.code).collect()
    }

    fn count(&self, code: FindingCode) -> usize {
        self.codes().into_iter().filter(|found| *found == code).count()
    }

    /// The texts of all rows of one table.
    fn texts(&self, table: usize) -> Vec<Vec<&str>> {
        self.tables[table]
            .1
            .iter()
            .map(|row| row.cells.iter().map(|cell| cell.as_ref().map_or("", |(_, text)| text.as_str())).collect())
            .collect()
    }
}

impl RowSink for Collected {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.tables.push((head.clone(), Vec::new()));
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        let cells = row.cells.iter().map(|cell| {
            let kind = match cell {
                Cell::Empty => return None,
                Cell::Text(_) => 't',
                Cell::Number(_) => 'n',
                Cell::DateTime(_) => 'd',
                Cell::Bool(_) => 'b',
            };
            assert!(!cell.text().is_empty(), "a cell without text is empty");
            Some((kind, cell.text().to_owned()))
        });
        let kept = KeptRow { number: row.number, cells: cells.collect(), geometry: row.geometry.cloned() };
        let (_, rows) = self.tables.last_mut().expect("a table begins before its rows");
        assert!(rows.last().is_none_or(|last| last.number < kept.number), "rows come in order");
        rows.push(kept);
        if self.stop_after.is_some_and(|limit| rows.len() >= limit) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn refused(&mut self, row: u64, reason: Finding, cells: Vec<String>) -> ControlFlow<()> {
        assert!(!self.tables.is_empty(), "a table begins before its refused rows");
        self.refused.push((row, reason, cells));
        ControlFlow::Continue(())
    }
}

fn source(name: &str, bytes: impl Into<Vec<u8>>) -> SourceFile {
    SourceFile { name: name.to_owned(), bytes: bytes.into().into(), companions: Vec::new() }
}

fn collect(source: &SourceFile) -> Result<Collected, ReadError> {
    collect_within(source, &ReadLimits::default())
}

fn collect_within(source: &SourceFile, limits: &ReadLimits) -> Result<Collected, ReadError> {
    let mut collected = Collected::default();
    read::read(source, limits, &mut collected).map(|()| collected)
}

/// A workbook of these parts beside the usual ones, which a part of the same name replaces.
fn workbook(parts: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write as _;
    let usual = [
        (
            "xl/workbook.xml",
            r#"<workbook xmlns:r="r"><sheets><sheet name="表" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/>
            <Relationship Id="rId2" Type="http://x/worksheet" Target="/xl/worksheets/sheet2.xml"/>
            <Relationship Id="rId3" Type="http://x/sharedStrings" Target="sharedStrings.xml"/>
            <Relationship Id="rId4" Type="http://x/styles" Target="styles.xml"/></Relationships>"#,
        ),
    ];
    let replaced = |name: &str| parts.iter().any(|(other, _)| *other == name);
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in usual.iter().filter(|(name, _)| !replaced(name)).chain(parts) {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A workbook of one sheet with these rows.
fn sheet(rows: &str) -> Vec<u8> {
    workbook(&[("xl/worksheets/sheet1.xml", &format!("<worksheet><sheetData>{rows}</sheetData></worksheet>"))])
}
