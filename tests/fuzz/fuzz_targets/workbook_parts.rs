//! The parts inside a workbook (XLSX): the sheet, the strings, the styles, the workbook.
#![no_main]

const WORKBOOK: &[u8] =
    br#"<workbook xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const RELATIONSHIPS: &[u8] = br#"<Relationships><Relationship Id="rId1" Type="http://x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId3" Type="http://x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId4" Type="http://x/styles" Target="styles.xml"/></Relationships>"#;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let parts = hiraku_fuzz::parts(data);
    let part = |at: usize, usual: &'static [u8]| parts.get(at).copied().unwrap_or(usual).to_vec();
    let (sheet, strings, styles, workbook) =
        (part(0, b""), part(1, b"<sst/>"), part(2, b"<styleSheet/>"), part(3, WORKBOOK));
    let bytes = hiraku_fuzz::zip_of(&[
        ("xl/workbook.xml", &workbook),
        ("xl/_rels/workbook.xml.rels", RELATIONSHIPS),
        ("xl/worksheets/sheet1.xml", &sheet),
        ("xl/sharedStrings.xml", &strings),
        ("xl/styles.xml", &styles),
    ]);
    hiraku_fuzz::ingest("a.xlsx", &bytes, &[]);
});
