//! Delimited text and workbooks made in code.

use encoding_rs::{EUC_JP, ISO_2022_JP, SHIFT_JIS};
use hiraku::model::finding::FindingCode;

use super::{Collected, collect, read, sheet, source, workbook};

fn texts(bytes: &[u8]) -> Vec<Vec<String>> {
    let collected = collect(&source("a.csv", bytes)).unwrap();
    collected.texts(0).into_iter().map(|row| row.into_iter().map(str::to_owned).collect()).collect()
}

const TEXT: &str = "名称,住所\r\n市役所,\"本町,二丁目\r\n16番\"\r\n";

#[test]
fn one_table_reads_the_same_in_every_encoding() {
    let utf16 = |of: fn(u16) -> [u8; 2]| TEXT.encode_utf16().flat_map(of).collect::<Vec<u8>>();
    let forms: [(&str, Vec<u8>); 9] = [
        ("UTF-8", TEXT.as_bytes().to_vec()),
        ("UTF-8 (BOM)", format!("\u{FEFF}{TEXT}").into_bytes()),
        ("CP932", SHIFT_JIS.encode(TEXT).0.into_owned()),
        ("EUC-JP", EUC_JP.encode(TEXT).0.into_owned()),
        ("ISO-2022-JP", ISO_2022_JP.encode(TEXT).0.into_owned()),
        ("UTF-16LE", [b"\xFF\xFE".as_slice(), &utf16(u16::to_le_bytes)].concat()),
        ("UTF-16BE", [b"\xFE\xFF".as_slice(), &utf16(u16::to_be_bytes)].concat()),
        ("UTF-16LE", utf16(u16::to_le_bytes)),
        ("UTF-16BE", utf16(u16::to_be_bytes)),
    ];
    for (encoding, bytes) in forms {
        let collected = collect(&source("a.csv", bytes)).unwrap();
        assert_eq!(collected.tables[0].0.encoding, encoding);
        assert_eq!(collected.texts(0), [["名称", "住所"], ["市役所", "本町,二丁目\r\n16番"]], "{encoding}");
        assert_eq!(collected.codes(), [FindingCode::EncodingFound]);
    }
}

#[test]
fn the_delimiter_is_found_whatever_the_file_is_called() {
    assert_eq!(texts(b"a\tb,c\n1\t2\n"), [["a", "b,c"], ["1", "2"]]);
    assert_eq!(texts("名称;数\nあ、い;1,5\n".as_bytes()), [["名称", "数"], ["あ、い", "1,5"]]);
    assert_eq!(texts(b"only\none\ncolumn\n"), [["only"], ["one"], ["column"]]);
    assert_eq!(texts("表の題\n\na,b\n1,2\n3,4\n".as_bytes())[2], ["a", "b"]);
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_shows_them() {
    let collected = collect(&source("a.csv", "a,b\n\n1,\"x\ny\"\n,\n")).unwrap();
    let numbers: Vec<u64> = collected.tables[0].1.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert_eq!(collected.texts(0), [vec!["a", "b"], vec![""], vec!["1", "x\ny"], vec!["", ""]]);
}

#[test]
fn broken_quotes_are_told_with_their_row_and_cost_no_other_row() {
    let collected = collect(&source("a.csv", "a,b\n1,\"二\n3,四\n5,\"六\"\n")).unwrap();
    assert_eq!(collected.texts(0), [["a", "b"], ["1", "\"二"], ["3", "四"], ["5", "六"]]);
    let told = collected.findings.iter().find(|finding| finding.code == FindingCode::QuoteBroken).unwrap();
    assert_eq!((told.place.row, told.found.as_str()), (Some(2), "\"二"));
    // A mark that would swallow ten thousand rows until another one happens to close it.
    let long = format!("a,b\n1,\"2\n{}x,3\"\n", "7,8\n".repeat(10_000));
    let collected = collect(&source("a.csv", long)).unwrap();
    assert_eq!(collected.tables[0].1.len(), 10_003);
}

#[test]
fn undecodable_places_are_told_by_row_and_never_by_the_million() {
    let mut bytes = "名称,住所\n市役所,本町\n".repeat(2_000).into_bytes();
    bytes.splice(0..0, *b"a,b\n\xFF,\xFF\n");
    let collected = collect(&source("a.csv", bytes)).unwrap();
    let told: Vec<_> = collected.findings.iter().filter(|f| f.code == FindingCode::EncodingReplaced).collect();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].place.row, told[0].found.as_str(), told[0].expected.as_str()), (Some(2), "2", "UTF-8"));
    let many = "あいうえおかきくけこさしすせそたちつてとなにぬねの,\n".repeat(5_000).into_bytes();
    let many: Vec<u8> =
        many.split_inclusive(|b| *b == b'\n').flat_map(|line| [b"\xFF".as_slice(), line].concat()).collect();
    let collected = collect(&source("a.csv", many)).unwrap();
    assert_eq!(collected.count(FindingCode::EncodingReplaced), 1_001);
    assert_eq!(collected.findings.last().unwrap().found, "4000");
    // Bytes without pattern: a multiplicative generator's upper byte.
    let noise = std::iter::successors(Some(1_u64), |x| Some(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)));
    let noise: Vec<u8> = noise.map(|x| 0x80 | (x >> 56) as u8).take(4_000).collect();
    assert_eq!(collect(&source("a.csv", noise)).unwrap_err().code(), "not-text");
}

#[test]
fn blank_files_are_refused() {
    for bytes in [&b""[..], b"\n\n", b"\xEF\xBB\xBF", b"  \r\n"] {
        assert_eq!(collect(&source("a.csv", bytes)).unwrap_err().code(), "file-empty");
    }
}

#[test]
fn a_sink_that_breaks_ends_the_reading() {
    let mut sink = Collected { stop_after: Some(2), ..Collected::default() };
    read::read(&source("a.csv", "a,b\n".repeat(100)), &read::ReadLimits::default(), &mut sink).unwrap();
    assert_eq!(sink.tables[0].1.len(), 2);
}

const STYLES: &str = r#"<styleSheet><numFmts count="2"><numFmt numFmtId="176" formatCode="[$-411]ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;;@"/>
    <numFmt numFmtId="177" formatCode="000000"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="20"/><xf numFmtId="176"/><xf numFmtId="177"/><xf numFmtId="22"/></cellXfs></styleSheet>"#;

#[test]
fn cells_of_every_type_keep_their_meaning() {
    let rows = r#"<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="D1" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> &amp;&#x3042;</t></r></is></c></row>
        <row r="2"><c r="A2" s="1"><v>45383</v></c><c r="B2" s="2"><v>0.375</v></c><c r="C2" s="3"><v>45383</v></c><c r="D2" s="4"><v>12203</v></c><c r="E2" s="5"><v>45383.5</v></c></row>
        <row r="4"><c r="A4"><v>35.5</v></c><c r="B4"><v>222127</v></c><c r="C4" t="b"><v>1</v></c><c r="D4" t="e"><v>#N/A</v></c><c r="E4" t="str"><f>A1&amp;"b"</f><v>x_x000D_</v></c><c r="F4"><f>1/1</f></c><c r="G4"><v>1.4999999999999999E-2</v></c></row>"#;
    let bytes = workbook(&[
        ("xl/worksheets/sheet1.xml", &format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")),
        ("xl/styles.xml", STYLES),
        (
            "xl/sharedStrings.xml",
            r#"<sst count="9" uniqueCount="4294967295"><si><t>港</t><rPh sb="0" eb="1"><t>ミナト</t></rPh><phoneticPr/></si><si><r><rPr/><t>太</t></r><r><t>字</t></r></si></sst>"#,
        ),
    ]);
    let collected = collect(&source("a.xlsx", bytes)).unwrap();
    assert_eq!(collected.texts(0)[0], ["港", "太字", "", "a &あ"]);
    assert_eq!(collected.texts(0)[1], ["2024-04-01", "09:00:00", "2024-04-01", "012203", "2024-04-01T12:00:00"]);
    assert_eq!(collected.texts(0)[2], ["35.5", "222127", "TRUE", "", "x\r", "", "0.015"]);
    let kinds: String = collected.tables[0].1[1].cells.iter().map(|cell| cell.as_ref().unwrap().0).collect();
    assert_eq!(kinds, "dddtd");
    let numbers: Vec<u64> = collected.tables[0].1.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2, 4]);
    let errors: Vec<_> = collected.findings.iter().filter(|f| f.code == FindingCode::CellError).collect();
    assert_eq!(errors.len(), 2);
    assert_eq!(
        (errors[0].place.row, errors[0].place.column.as_deref(), errors[0].found.as_str()),
        (Some(4), Some("D"), "#N/A")
    );
    assert_eq!(collected.count(FindingCode::FormulaCached), 1);
}

#[test]
fn days_may_be_counted_from_1904() {
    let book = r#"<workbook xmlns:r="r"><workbookPr date1904="1"/><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
    let bytes = workbook(&[
        ("xl/workbook.xml", book),
        ("xl/styles.xml", STYLES),
        (
            "xl/worksheets/sheet1.xml",
            r#"<worksheet><sheetData><row r="1"><c r="A1" s="1"><v>43921</v></c></row></sheetData></worksheet>"#,
        ),
    ]);
    assert_eq!(collect(&source("a.xlsx", bytes)).unwrap().texts(0), [["2024-04-01"]]);
}

#[test]
fn merged_cells_are_spread_and_told() {
    let rows = r#"<row r="1"><c r="A1" t="str"><v>題</v></c></row><row r="2"><c r="A2" t="str"><v>東</v></c><c r="B2"><v>1</v></c><c r="C2"><v>5</v></c></row><row r="3"><c r="B3"><v>2</v></c></row><row r="4"><c r="B4"><v>3</v></c></row>"#;
    let merges =
        r#"<mergeCells><mergeCell ref="A1:XFD1"/><mergeCell ref="A2:A3"/><mergeCell ref="C3:C4"/></mergeCells>"#;
    let text = format!("<worksheet><sheetData>{rows}</sheetData>{merges}</worksheet>");
    let collected = collect(&source("a.xlsx", workbook(&[("xl/worksheets/sheet1.xml", &text)]))).unwrap();
    assert_eq!(collected.texts(0), [vec!["題", "題", "題"], vec!["東", "1", "5"], vec!["東", "2"], vec!["", "3"]]);
    assert_eq!(collected.count(FindingCode::MergedCells), 2);
}

#[test]
fn hidden_content_is_told_and_hidden_sheets_are_not_read() {
    let book = r#"<workbook xmlns:r="r"><sheets><sheet name="公開" sheetId="1" r:id="rId1"/><sheet name="名簿" sheetId="2" state="veryHidden" r:id="rId2"/></sheets></workbook>"#;
    let visible = r#"<worksheet><cols><col min="2" max="3" hidden="1"/></cols><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row><row r="3" hidden="1"><c r="B3"><v>3</v></c></row></sheetData></worksheet>"#;
    let bytes = workbook(&[
        ("xl/workbook.xml", book),
        ("xl/worksheets/sheet1.xml", visible),
        (
            "xl/worksheets/sheet2.xml",
            r#"<worksheet><sheetData><row r="1"><c r="A1"><v>999</v></c></row></sheetData></worksheet>"#,
        ),
    ]);
    let collected = collect(&source("a.xlsx", bytes)).unwrap();
    assert_eq!((collected.tables.len(), collected.tables[0].1.len()), (1, 3));
    let hidden: Vec<_> =
        collected.findings.iter().filter(|f| f.code == FindingCode::HiddenContent).map(|f| f.found.as_str()).collect();
    assert_eq!(hidden, ["行(2–3)", "列(B–C)", "シート「名簿」(再表示メニューに出ない設定)"]);
}

#[test]
fn each_sheet_with_values_is_a_table() {
    let book = r#"<workbook xmlns:r="r"><sheets><sheet name="一" sheetId="1" r:id="rId1"/><sheet name="二" sheetId="2" r:id="rId2"/></sheets></workbook>"#;
    let one = "<worksheet><sheetData><row><c><v>1</v></c><c><v>2</v></c></row></sheetData></worksheet>";
    let both =
        workbook(&[("xl/workbook.xml", book), ("xl/worksheets/sheet1.xml", one), ("xl/worksheets/sheet2.xml", one)]);
    let collected = collect(&source("a.xlsx", both)).unwrap();
    let names: Vec<_> = collected.tables.iter().map(|(head, _)| head.name.as_deref().unwrap()).collect();
    assert_eq!((names, collected.texts(1)), (vec!["一", "二"], vec![vec!["1", "2"]]));
    let blank = workbook(&[
        ("xl/workbook.xml", book),
        ("xl/worksheets/sheet1.xml", one),
        ("xl/worksheets/sheet2.xml", "<worksheet><sheetData><row><c s=\"1\"/></row></sheetData></worksheet>"),
    ]);
    let collected = collect(&source("a.xlsx", blank)).unwrap();
    assert_eq!((collected.tables.len(), collected.count(FindingCode::SheetSkipped)), (1, 1));
    assert_eq!(collect(&source("a.xlsx", sheet(""))).unwrap_err().code(), "file-empty");
}
