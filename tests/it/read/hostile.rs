//! Files made to harm: they are refused in words, within small memory and time.

use std::time::{Duration, Instant};

use hiraku::read::{FileFormat, ReadError, ReadLimits, sniff};

use super::books::compound;
use super::{collect, collect_within, sheet, source, workbook};

/// Refuses within a second or two even on a busy machine; what these files want takes minutes or never ends.
fn refused(name: &str, bytes: Vec<u8>) -> &'static str {
    let begun = Instant::now();
    let code = collect(&source(name, bytes)).unwrap_err().code();
    assert!(begun.elapsed() < Duration::from_secs(20), "{code} took {:?}", begun.elapsed());
    code
}

#[test]
fn a_cell_in_the_last_corner_costs_nothing() {
    let far = sheet(r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#);
    let error = collect(&source("a.xlsx", far)).unwrap_err();
    assert_eq!(error, ReadError::TooManyColumns { row: 1_048_576, found: 16_384, limit: 2_000 });
    // Empty cells out there are only formatting, and a far row is a row like any other.
    let styled = sheet(
        r#"<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row><row r="1048576"><c r="B1048576"><v>2</v></c></row>"#,
    );
    let collected = collect(&source("a.xlsx", styled)).unwrap();
    assert_eq!(collected.texts(0), [vec!["1"], vec!["", "2"]]);
    assert_eq!(collected.tables[0].1[1].number, 1_048_576);
}

#[test]
fn announced_counts_are_not_believed() {
    let strings = workbook(&[
        ("xl/sharedStrings.xml", r#"<sst uniqueCount="4294967295"><si><t>a</t></si></sst>"#),
        (
            "xl/worksheets/sheet1.xml",
            r#"<worksheet><dimension ref="A1:XFD1048576"/><sheetData><row><c t="s"><v>0</v></c></row></sheetData></worksheet>"#,
        ),
    ]);
    assert_eq!(collect(&source("a.xlsx", strings)).unwrap().texts(0), [["a"]]);
    assert_eq!(refused("a.xlsx", sheet(r#"<row><c t="s"><v>4294967295</v></c></row>"#)), "part-broken");
    // An end record that announces sixty-five thousand entries before a directory of one.
    let mut archive = sheet("");
    let end = archive.len() - 22;
    archive[end + 8..end + 12].copy_from_slice(&[0xFF; 4]);
    assert_eq!(refused("a.xlsx", archive), "file-empty");
}

#[test]
fn a_bomb_is_stopped_by_counting() {
    let bomb = workbook(&[("xl/worksheets/sheet1.xml", &" ".repeat(64 << 20))]);
    assert!(bomb.len() < 100_000);
    assert_eq!(refused("a.xlsx", bomb), "unpacks-too-large");
    let limits = ReadLimits { zip_entries: 2, ..ReadLimits::default() };
    assert_eq!(collect_within(&source("a.xlsx", sheet("")), &limits).unwrap_err().code(), "too-many-parts");
}

#[test]
fn doctypes_and_deep_elements_are_refused() {
    let laughs = r#"<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>"#;
    assert_eq!(refused("a.xlsx", workbook(&[("xl/worksheets/sheet1.xml", laughs)])), "xml-doctype");
    let entity = sheet(r#"<row><c t="str"><v>&b;</v></c></row>"#);
    assert_eq!(refused("a.xlsx", entity), "part-broken");
    assert_eq!(refused("a.xlsx", sheet(&"<a>".repeat(1_000_000))), "too-deep");
}

#[test]
fn merged_ranges_without_end_stay_within_the_cells_allowed() {
    let row = |row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c><c r=\"BXX{row}\"><v>1</v></c></row>");
    let rows = (1..=2_000).map(row).collect::<Vec<_>>().concat();
    let text = format!(
        "<worksheet><sheetData>{rows}</sheetData><mergeCells><mergeCell ref=\"A1:XFD1048576\"/></mergeCells></worksheet>"
    );
    let limits = ReadLimits { cells: 100_000, ..ReadLimits::default() };
    let error =
        collect_within(&source("a.xlsx", workbook(&[("xl/worksheets/sheet1.xml", &text)])), &limits).unwrap_err();
    assert_eq!(error.code(), "too-many-cells");
}

#[test]
fn rows_and_cells_out_of_order_are_refused() {
    for rows in [
        r#"<row r="2"/><row r="1"/>"#,
        r#"<row r="0"/>"#,
        r#"<row r="1048577"/>"#,
        r#"<row r="1"><c r="A2"><v>1</v></c></row>"#,
        r#"<row r="1"><c r="ZZZZ1"><v>1</v></c></row>"#,
    ] {
        assert_eq!(refused("a.xlsx", sheet(rows)), "part-broken", "{rows}");
    }
}

#[test]
fn a_workbook_cut_off_or_damaged_is_refused() {
    let whole = include_bytes!("../../data/read/wireless-xlsx/public_wireless_lan__data.xlsx");
    for cut in (4..whole.len()).step_by(97) {
        assert_eq!(refused("a.xlsx", whole[..cut].to_vec()), "part-broken", "{cut} bytes");
    }
    let mut sheetless = workbook(&[]);
    assert_eq!(refused("a.xlsx", sheetless.clone()), "part-missing");
    sheetless[60] ^= 0xFF;
    assert!(collect(&source("a.xlsx", sheetless)).is_err());
}

#[test]
fn delimited_text_without_end_is_bounded() {
    let wide = ",".repeat(100_000).into_bytes();
    assert_eq!(refused("a.csv", wide), "too-many-columns");
    let long = [b"a,b\n".as_slice(), &b"x".repeat(5 << 20)].concat();
    assert_eq!(refused("a.csv", long), "cell-too-long");
    let limits = ReadLimits { rows: 10, ..ReadLimits::default() };
    assert_eq!(collect_within(&source("a.csv", "a,b\n".repeat(11)), &limits).unwrap_err().code(), "too-many-rows");
    let limits = ReadLimits { file_bytes: 10, ..ReadLimits::default() };
    assert_eq!(collect_within(&source("a.csv", "a,b\n".repeat(11)), &limits).unwrap_err().code(), "file-too-large");
    // Opening marks in every cell: each is looked for once, not once for each cell before it.
    let begun = Instant::now();
    let marks = "a,\"b\n".repeat(400_000);
    assert_eq!(collect(&source("a.csv", marks)).unwrap().tables[0].1.len(), 400_000);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

#[test]
fn formats_that_are_not_read_are_named_with_what_to_do() {
    for (name, bytes, format) in [
        ("a.xls", b"\x09\x04\x06\0\0\0\x10\0".to_vec(), FileFormat::OldExcel),
        ("a.xls", b"MIME-Version: 1.0\nContent-Type: multipart/related".to_vec(), FileFormat::WebArchive),
        ("a.csv", b"7z\xBC\xAF\x27\x1C\0\x04".to_vec(), FileFormat::Archive("7z")),
        ("a.csv", b"Rar!\x1A\x07\x01\0".to_vec(), FileFormat::Archive("RAR")),
        ("a.lzh", b"\x22\x10-lh5-abc".to_vec(), FileFormat::Archive("LZH")),
        ("a.csv", b"AC1027\0\0\0\0\0\0".to_vec(), FileFormat::Drawing("DWG")),
        ("a.csv", b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n".to_vec(), FileFormat::Drawing("DXF")),
        ("a.csv", b"999\nmade by hand\n0\nSECTION\n".to_vec(), FileFormat::Drawing("DXF")),
        ("a.sfc", b"ISO-10303-21;\nHEADER;\n".to_vec(), FileFormat::Drawing("SXF (STEP)")),
        ("a.jww", b"JwwData.\0\0".to_vec(), FileFormat::Drawing("JWW")),
        ("a.csv", b"II*\0\x08\0".to_vec(), FileFormat::Image),
        ("a.csv", b"RIFF\x10\0\0\0WEBPVP8 ".to_vec(), FileFormat::Image),
        ("a.csv", b"\0\0\0\x18ftypmp42".to_vec(), FileFormat::Media),
        ("a.las", b"LASF\0\0\0\0".to_vec(), FileFormat::PointCloud),
        ("a.mdb", b"\0\x01\0\0Standard Jet DB\0".to_vec(), FileFormat::Access),
        ("a.csv", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n".to_vec(), FileFormat::Calendar),
        ("a.gpx", b"<?xml version=\"1.0\"?><gpx version=\"1.1\"/>".to_vec(), FileFormat::Gpx),
        ("a.csv", b"MZ\x90\0\x03\0".to_vec(), FileFormat::Program),
        ("a.jtd", compound("DocumentText", b"x"), FileFormat::Ichitaro),
        ("a.xlsx", b"%PDF-1.7".to_vec(), FileFormat::Pdf),
        ("a.csv", b"<!DOCTYPE html><html>".to_vec(), FileFormat::Html),
    ] {
        let file = source(name, bytes);
        assert_eq!(sniff(&file), Some(format));
        assert_eq!(collect(&file).unwrap_err(), ReadError::UnsupportedFormat { format });
    }
    let encrypted: Vec<u8> = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"
        .iter()
        .copied()
        .chain("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(collect(&source("a.xlsx", encrypted)).unwrap_err(), ReadError::Encrypted);
    // A refusal that does not say how to take the password off sends the clerk to somebody else.
    let (japanese, english) = (ReadError::Encrypted.message_ja(), ReadError::Encrypted.message_en());
    for words in ["パスワードを空に", "「ブックの保護」", "ZIP"] {
        assert!(japanese.contains(words), "{japanese}");
    }
    for words in ["Encrypt with Password", "archive"] {
        assert!(english.contains(words), "{english}");
    }
    let message = ReadError::UnsupportedFormat { format: FileFormat::Xlsb }.message_ja();
    assert_eq!(
        message,
        "Excelバイナリ形式(XLSB)には対応していません。XLSX形式またはCSV(UTF-8)形式で保存し直してください。"
    );
    let message = ReadError::UnsupportedFormat { format: FileFormat::Archive("LZH") }.message_ja();
    assert_eq!(message, "LZHには対応していません。展開して、中のファイルを(またはZIP形式で)登録してください。");
    // Tables whose first letters look like those of other formats are tables.
    for text in ["AC1015,名称\n1,市役所\n", "MZ,名称\n1,a\n", "0,名称\nSECTION,a\n", "7z,名称\n1,a\n", "0\n1\n2\n"]
    {
        assert_eq!(sniff(&source("a.csv", text)), Some(FileFormat::Delimited), "{text}");
    }
}
