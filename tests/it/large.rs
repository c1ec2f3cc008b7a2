//! Files longer than what is held of them at once: the same rows in every encoding, mapped or held, and little memory.

use std::io::Write as _;
use std::ops::ControlFlow;

use hiraku::model::finding::{Finding, FindingCode};
use hiraku::read::{self, Cell, FileBytes, ReadError, ReadLimits, Row, RowSink, SourceFile, TableHead};

/// Rows of about 190 bytes as UTF-8: ten windows and more.
const ROWS: u64 = 40_000;

/// The cells of a row; some hold line breaks, quotation marks and delimiters.
fn cells(number: u64) -> [String; 5] {
    let note = match number % 7 {
        0 => "上の行\r\n下の行,続き".to_owned(),
        1 => format!("「{number}」は\"引用\"です"),
        _ => "焼津市本町二丁目の施設です。利用には申し込みが必要です。".to_owned(),
    };
    let blanks = "あ".repeat(usize::try_from(number % 31).expect("a remainder is small"));
    [number.to_string(), format!("焼津市立第{number}公民館"), "静岡県焼津市本町2-16-32".to_owned(), note, blanks]
}

fn text() -> String {
    let mut text = "番号,名称,住所,備考,余白\r\n".to_owned();
    for number in 1..=ROWS {
        let quoted = cells(number).map(|cell| {
            if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
        });
        text.push_str(&quoted.join(","));
        text.push_str("\r\n");
    }
    text
}

/// Compares every row with what was written.
#[derive(Default)]
struct Compared {
    encoding: String,
    rows: u64,
    findings: Vec<Finding>,
    /// Rows that may differ, because they were damaged.
    damaged: Option<u64>,
}

impl RowSink for Compared {
    fn table(&mut self, head: &TableHead) -> ControlFlow<()> {
        self.encoding.clone_from(&head.encoding);
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: &Row<'_>) -> ControlFlow<()> {
        self.rows += 1;
        assert_eq!(row.number, self.rows);
        if row.number > 1 && Some(row.number) != self.damaged {
            let found: Vec<&str> = row.cells.iter().map(|cell| Cell::text(*cell)).collect();
            assert_eq!(found, cells(row.number - 1), "row {}", row.number);
        }
        ControlFlow::Continue(())
    }

    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    fn refused(&mut self, row: u64, _: Finding, _: Vec<String>) -> ControlFlow<()> {
        panic!("row {row} was refused");
    }
}

fn compare(bytes: FileBytes, damaged: Option<u64>) -> Compared {
    let source = SourceFile { name: "a.csv".to_owned(), bytes, companions: Vec::new() };
    let mut compared = Compared { damaged, ..Compared::default() };
    read::read(&source, &ReadLimits::default(), &mut compared).expect("a table");
    assert_eq!(compared.rows, ROWS + 1);
    compared
}

fn mapped(bytes: &[u8]) -> FileBytes {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    FileBytes::map(&file).expect("mapped")
}

#[test]
fn every_encoding_gives_the_same_rows_mapped_or_held() {
    let text = text();
    let cp932 = encoding_rs::SHIFT_JIS.encode(&text).0.into_owned();
    let euc = encoding_rs::EUC_JP.encode(&text).0.into_owned();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    for (bytes, name) in [
        (text.as_bytes(), "UTF-8"),
        (&marked, "UTF-8 (BOM)"),
        (&cp932, "CP932"),
        (&euc, "EUC-JP"),
        (&utf16, "UTF-16LE"),
    ] {
        for bytes in [mapped(bytes), bytes.into()] {
            let compared = compare(bytes, None);
            assert_eq!(compared.encoding, name);
            let codes: Vec<FindingCode> = compared.findings.iter().map(|finding| finding.code).collect();
            assert_eq!(codes, [FindingCode::EncodingFound], "{name}");
        }
    }
}

#[test]
fn one_undecodable_place_is_told_with_its_row_wherever_it_lies() {
    let text = text();
    for row in [3, ROWS / 3, ROWS - 1] {
        let at = text.find(&format!("第{row}公民館")).expect("the row");
        let mut bytes = encoding_rs::SHIFT_JIS.encode(&text[..at]).0.into_owned();
        bytes.push(0xFF);
        bytes.extend_from_slice(&encoding_rs::SHIFT_JIS.encode(&text[at..]).0);
        let compared = compare(mapped(&bytes), Some(row + 1));
        let rows: Vec<_> = compared
            .findings
            .iter()
            .filter(|finding| finding.code == FindingCode::EncodingReplaced)
            .map(|finding| finding.place.row)
            .collect();
        assert_eq!(rows, [Some(row + 1)]);
    }
}

#[test]
fn a_row_without_end_is_refused_and_not_held() {
    let limits = ReadLimits::default();
    let text = format!("a,b\n{}", "x,".repeat(limits.record_bytes));
    let source = SourceFile { name: "a.csv".to_owned(), bytes: text.into_bytes().into(), companions: Vec::new() };
    let outcome = read::read(&source, &limits, &mut Compared { damaged: Some(1), ..Compared::default() });
    assert_eq!(outcome, Err(ReadError::RowTooLong { row: 2, limit_bytes: limits.record_bytes }));
}
