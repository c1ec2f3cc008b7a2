//! Files that are damaged here and there: what can be read is read, and the rest is told by its row.

use encoding_rs::SHIFT_JIS;
use hiraku::model::finding::FindingCode;

use super::{collect, sheet, source, workbook};

const ROW: &str = "市役所,静岡県焼津市本町,34.8669\n";

fn replaced_rows(bytes: Vec<u8>) -> (String, Vec<Option<u64>>) {
    let collected = collect(&source("a.csv", bytes)).unwrap();
    let rows = collected.findings.iter().filter(|f| f.code == FindingCode::EncodingReplaced);
    (collected.tables[0].0.encoding.clone(), rows.map(|f| f.place.row).collect())
}

#[test]
fn a_row_in_another_encoding_does_not_turn_the_file() {
    let cp932 = SHIFT_JIS.encode(ROW).0.into_owned();
    let utf8 = ROW.as_bytes().to_vec();
    let header = "名称,住所,緯度\n".as_bytes().to_vec();
    assert_eq!(
        replaced_rows([header, utf8.clone(), cp932.clone(), utf8.clone()].concat()),
        ("UTF-8".into(), vec![Some(3)])
    );
    let (name, rows) = replaced_rows([cp932.clone(), cp932.clone(), cp932.clone(), utf8, cp932].concat());
    assert_eq!((name.as_str(), rows), ("CP932", vec![Some(4)]));
}

#[test]
fn damaged_utf16_stays_utf16() {
    let mut bytes: Vec<u8> = format!("名称,住所\n{ROW}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.push(0x41);
    assert_eq!(replaced_rows(bytes.clone()).0, "UTF-16LE");
    assert_eq!(replaced_rows([b"\xFF\xFE".to_vec(), bytes].concat()).1.len(), 1);
}

#[test]
fn nul_bytes_are_kept_and_told() {
    let collected = collect(&source("a.csv", format!("名称,住所\n{ROW}a\0b,\0\n").into_bytes())).unwrap();
    assert_eq!(collected.texts(0)[2], ["a\0b", "\0"]);
    assert_eq!(collected.count(FindingCode::ControlCharacter), 1);
}

#[test]
fn json_after_a_comment_is_broken_json_and_utf16_is_decoded() {
    let text = r#"{"type":"Feature","properties":{"名称":"焼津市"},"geometry":{"type":"Polygon","coordinates":[[[138,34],[139,34],[139,35]]]}}"#;
    assert_eq!(collect(&source("a.json", format!("// hi\n{text}"))).unwrap_err().code(), "json-broken");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let collected = collect(&source("a.geojson", utf16)).unwrap();
    assert_eq!(collected.texts(0), [["焼津市"]]);
    assert_eq!(collected.count(FindingCode::GeometryRepaired), 1);
}

#[test]
fn a_workbook_that_leads_nowhere_names_the_part() {
    let row = "<row><c><v>1</v></c></row>";
    assert!(collect(&source("a.xlsx", sheet(row))).is_ok());
    let part = ("xl/worksheets/sheet1.xml", "<worksheet/>");
    let none = workbook(&[part, ("xl/_rels/workbook.xml.rels", "<Relationships/>")]);
    assert_eq!(collect(&source("a.xlsx", none)).unwrap_err().code(), "part-missing");
    let twice = workbook(&[part, ("XL/worksheets/sheet1.xml", "<worksheet/>")]);
    assert_eq!(collect(&source("a.xlsx", twice)).unwrap_err().code(), "part-twice");
}
