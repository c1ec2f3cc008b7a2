//! Delimited text as systems and people really write it: quoting faults, mixed endings, names that lie about the content.

use encoding_rs::{EUC_JP, SHIFT_JIS};
use hiraku::model::finding::FindingCode;
use hiraku::read::{FileFormat, ReadError};

use super::books::{compound, label, ods, stream};
use super::{Collected, collect, sheet, source};

fn read(bytes: impl Into<Vec<u8>>) -> Collected {
    collect(&source("a.csv", bytes)).unwrap()
}

fn rows_of(collected: &Collected, code: FindingCode) -> Vec<Option<u64>> {
    collected.findings.iter().filter(|finding| finding.code == code).map(|finding| finding.place.row).collect()
}

#[test]
fn endings_may_be_mixed_in_one_file() {
    let collected = read("a,b\r\n1,2\n3,4\r5,\"六\r七\"\n\r\n8,9");
    assert_eq!(
        collected.texts(0),
        [vec!["a", "b"], vec!["1", "2"], vec!["3", "4"], vec!["5", "六\r七"], vec![""], vec!["8", "9"]]
    );
    assert_eq!(collected.count(FindingCode::QuoteBroken), 0);
}

#[test]
fn no_quotation_mark_swallows_other_rows() {
    for (what, text, broken_row) in [
        ("never closed, last row", "a,b\n1,2\n3,\"四\n", 3),
        ("never closed, plain rows after it", "a,b\n1,\"二\n3,4\n5,6\n", 2),
        ("never closed, quoted rows after it", "\"a\",\"b\"\n\"1\",\"2\n\"3\",\"4\"\n", 2),
        ("never closed, a quoted cell in the middle later", "a,b\n1,\"二\n3,4\n\"5\",6\n", 2),
        ("stray inside a quoted cell", "a,b\n1,\"彼は\"OK\"と\"\n3,4\n", 2),
        ("letters after the closing mark", "a,b\n1,\"二\"さん\n3,4\n", 2),
        ("a mark before the header's last cell", "a,\"b\n1,2\n3,4\n", 1),
    ] {
        let collected = read(text);
        let lines = text.lines().count();
        assert_eq!(collected.tables[0].1.len(), lines, "{what}: {:?}", collected.texts(0));
        assert!(collected.texts(0).iter().all(|row| row.len() == 2), "{what}: {:?}", collected.texts(0));
        assert_eq!(rows_of(&collected, FindingCode::QuoteBroken), [Some(broken_row)], "{what}");
    }
}

#[test]
fn blanks_around_quoted_cells_belong_to_nothing() {
    let collected = read("名称, \"住所\" ,備考\n市役所, \"本町,二丁目\" ,\"a\"\n港 \"みなと\",\"b\" ,c\n");
    assert_eq!(
        collected.texts(0),
        [["名称", "住所", "備考"], ["市役所", "本町,二丁目", "a"], ["港 \"みなと\"", "b", "c"]]
    );
}

#[test]
fn undecodable_places_are_told_in_every_encoding_by_their_row() {
    let text = "名称,住所\n市役所,静岡県焼津市本町二丁目\n公民館,静岡県焼津市石津港町\n図書館,静岡県焼津市三ケ名\n";
    let broken = |encode: &dyn Fn(&str) -> Vec<u8>, bad: &[u8]| -> Vec<u8> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        [encode(lines[0]), encode(lines[1]), bad.to_vec(), encode(lines[2]), encode(lines[3])].concat()
    };
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for (name, bytes) in [
        ("UTF-8", broken(&|text| text.as_bytes().to_vec(), b"\xE3\x81")),
        ("CP932", broken(&|text| SHIFT_JIS.encode(text).0.into_owned(), b"\xFD")),
        ("EUC-JP", broken(&|text| EUC_JP.encode(text).0.into_owned(), b"\xFF")),
        ("UTF-16LE", [b"\xFF\xFE".to_vec(), broken(&utf16, b"\x00\xD8")].concat()),
    ] {
        let collected = read(bytes);
        assert_eq!(collected.tables[0].0.encoding, name);
        assert_eq!(rows_of(&collected, FindingCode::EncodingReplaced), [Some(3)], "{name}");
    }
}

#[test]
fn delimiters_of_every_kind_are_found() {
    for (text, second) in [
        ("名称\t住所\n市役所\t本町,二丁目\n", ["市役所", "本町,二丁目"]),
        ("名称;住所\n市役所;本町\n", ["市役所", "本町"]),
    ] {
        assert_eq!(read(text).texts(0)[1], second, "{text}");
    }
    // Full-width commas are no delimiter, but where they stand like one that is told; inside of cells they are text.
    let full_width = read("名称，住所\n市役所，本町\n");
    assert_eq!((full_width.texts(0)[1].len(), full_width.count(FindingCode::DelimiterFullWidth)), (1, 1));
    assert_eq!(read("名称,備考\n市役所,一，二\n").count(FindingCode::DelimiterFullWidth), 0);
    assert_eq!(read("名称,備考\n市役所,一，二\n").texts(0)[1], ["市役所", "一，二"]);
    assert_eq!(read("備考\n一，二\n三\n四，五，六\n").texts(0)[1], ["一，二"]);
}

#[test]
fn content_decides_whatever_the_name_says() {
    let row = r"<row><c><v>1</v></c></row>";
    let cells = r#"<table:table table:name="a"><table:table-row><table:table-cell office:value-type="float" office:value="1"/></table:table-row></table:table>"#;
    for (name, bytes, format) in [
        ("a.csv", sheet(row), "XLSX"),
        ("a.xls", sheet(row), "XLSX"),
        ("a.csv", ods("", cells), "ODS"),
        ("a.csv", compound("Workbook", &stream(true, &[], &[("a", 0, vec![label(0, 0, "a")])])), "XLS"),
        ("a.xlsx", b"a,b\n1,2\n".to_vec(), "CSV"),
        ("a.xls", "名称\t住所\n市役所\t本町\n".encode_utf16().flat_map(u16::to_le_bytes).collect(), "CSV"),
    ] {
        assert_eq!(collect(&source(name, bytes)).unwrap().tables[0].0.format, format, "{name}");
    }
}

#[test]
fn a_web_page_that_calls_itself_a_workbook_is_read_as_its_table() {
    let page = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=Shift_JIS\">\n<table border=1><tr><td>名称</td></tr><tr><td>市役所</td></tr></table>";
    let utf16: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in
        [page.as_bytes().to_vec(), SHIFT_JIS.encode(page).0.into_owned(), [b"\xFF\xFE".to_vec(), utf16].concat()]
    {
        for name in ["a.xls", "a.csv"] {
            let found = collect(&source(name, bytes.clone())).unwrap();
            let (head, rows) = &found.tables[0];
            assert_eq!((head.format, rows.len()), ("HTML", 2));
            assert_eq!(rows[1].cells, [Some(('t', "市役所".to_owned()))]);
            let disguise = found.findings.iter().find(|finding| finding.code == FindingCode::FormatDisguised).unwrap();
            assert!(disguise.message_ja().contains("XLSX形式またはCSV(UTF-8)形式で保存し直してください"));
        }
    }
    let missing = "<!DOCTYPE html><html><body><h1>404 Not Found</h1></body></html>";
    let error = collect(&source("a.csv", missing)).unwrap_err();
    assert_eq!(error, ReadError::UnsupportedFormat { format: FileFormat::Html });
}
