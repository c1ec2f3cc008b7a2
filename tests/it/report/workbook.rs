//! `hiraku check --workbook`: the file with its faulty cells marked and commented.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use hiraku::model::finding::Finding;
use hiraku::read::{Cell, ReadLimits, Row, RowSink, SourceFile, TableHead, read};

use super::{BROKEN, REAL, archive, checked};
use crate::program::{hiraku, repository};

/// The marked workbook of a file.
fn marked(source: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("marked.xlsx");
    let output = hiraku([Path::new("check"), Path::new("--workbook"), &path, source]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(path).expect("a workbook")
}

/// The tables of a file as read: names and rows.
#[derive(Default)]
struct Rows {
    tables: Vec<(String, Vec<(u64, Vec<String>)>)>,
}

impl RowSink for Rows {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.tables.push((head.name.clone().unwrap_or_default(), Vec::new()));
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        let mut cells: Vec<String> = row.cells.iter().map(|cell| format!("{}{}", kind(*cell), cell.text())).collect();
        while cells.last().is_some_and(|cell| cell == "-") {
            cells.pop();
        }
        if let Some((_, rows)) = self.tables.last_mut().filter(|_| !cells.is_empty()) {
            rows.push((row.number, cells));
        }
        ControlFlow::Continue(())
    }

    fn finding(&mut self, _finding: Finding) {}

    fn refused(&mut self, _row: u64, _reason: Finding, _cells: Vec<String>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

fn kind(cell: Cell<'_>) -> char {
    match cell {
        Cell::Empty | Cell::Text("") => '-',
        Cell::Text(_) => 't',
        Cell::Number(_) => 'n',
        Cell::DateTime(_) => 'd',
        Cell::Bool(_) => 'b',
    }
}

fn rows(name: &str, bytes: Vec<u8>) -> Rows {
    let source = SourceFile { name: name.to_owned(), bytes: bytes.into(), companions: Vec::new() };
    let mut rows = Rows::default();
    read(&source, &ReadLimits::default(), &mut rows).expect("a readable file");
    rows
}

#[test]
fn every_cell_of_a_text_file_comes_back_as_it_was() {
    for path in REAL.iter().chain(&[BROKEN]) {
        let bytes = fs::read(repository(path)).expect("a file");
        let before = rows(path, bytes);
        let after = rows("marked.xlsx", marked(&repository(path)));
        let names: Vec<&str> = after.tables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["hiraku検査結果", "hiraku指摘一覧", "データ"], "{path}");
        assert_eq!(before.tables[0].1, after.tables[2].1, "{path}");
    }
}

#[test]
fn faulty_cells_have_comments_that_say_what_is_expected() {
    let book = marked(&repository(BROKEN));
    let comments: Vec<String> =
        archive::names(&book).into_iter().filter(|name| name.starts_with("xl/comments")).collect();
    assert_eq!(comments.len(), 1);
    let text = archive::part(&book, &comments[0]);
    // The doubled ID stands in B5, the ID in exponent form in B7, the row that goes on past the header in row 8.
    for cell in ["ref=\"B5\"", "ref=\"B7\"", "ref=\"A8\"", "ref=\"D2\""] {
        assert!(text.contains(cell), "{cell}");
    }
    assert!(text.contains("【誤り】") && text.contains("「ホンチョウシャ」に直しました"), "{text}");
    let sheet = archive::part(&book, "xl/worksheets/sheet3.xml");
    assert!(!sheet.contains("<f>"), "no formula comes of text");
    let list = archive::part(&book, "xl/worksheets/sheet2.xml");
    assert!(
        list.contains("データ'!B5") || archive::part(&book, "xl/worksheets/sheet2.xml").contains("location="),
        "links"
    );
    let report = checked(&repository(BROKEN));
    let all = report[0]["tables"][0]["findings"].as_array().expect("findings").len()
        + report[0]["findings"].as_array().expect("findings").len();
    assert_eq!(list.matches("<row ").count(), all + 1, "one line a finding, and the header");
}

#[test]
fn the_values_of_a_spreadsheet_keep_their_kinds() {
    let folder = tempfile::tempdir().expect("a folder");
    let fix = hiraku([Path::new("check"), Path::new("--fix"), folder.path(), &repository(BROKEN)]);
    assert_eq!(fix.status.code(), Some(1));
    let path = folder.path().join("222127_aed.xlsx");
    let before = rows("222127_aed.xlsx", fs::read(&path).expect("a workbook"));
    let after = rows("marked.xlsx", marked(&path));
    assert_eq!(before.tables[0].1, after.tables[2].1);
    assert!(before.tables[0].1[1].1.iter().any(|cell| cell == "n34.866944"), "numbers are numbers");
    assert!(before.tables[0].1[1].1.iter().any(|cell| cell == "t222127"), "codes are text");
}

#[test]
fn the_same_file_gives_the_same_workbook_and_it_can_be_given_back() {
    let source = repository(BROKEN);
    let book = marked(&source);
    assert_eq!(book, marked(&source));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("222127_aed_mended.xlsx");
    fs::write(&path, book).expect("a file");
    let report = checked(&path);
    let tables = report[0]["tables"].as_array().expect("tables");
    assert_eq!(tables.len(), 1, "the results in front are no data");
    assert_eq!((&tables[0]["name"], &tables[0]["counts"]["rows_read"]), (&"データ".into(), &7.into()));
}

#[test]
fn a_refused_file_has_a_workbook_that_says_why() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.csv");
    fs::write(&bad, [0_u8; 32]).expect("a file");
    let all = rows("marked.xlsx", marked(&bad));
    let text: String =
        all.tables[0].1.iter().flat_map(|(_, cells)| cells.join(" ").chars().collect::<Vec<_>>()).collect();
    assert!(text.contains("受け付けられません"), "{text}");
}
