//! What a workbook of Office Open XML holds beside the cells that are shown, and the facts of its layout.

use hiraku::model::finding::FindingCode;

use super::{Collected, collect, source, workbook};

const ROWS: &str = r#"<row r="1"><c r="A1" t="str"><v>氏　名</v></c><c r="B1" t="str"><v>電話</v></c></row><row r="2"><c r="A2" t="str"><v>窓口
二階</v></c><c r="B2"><v>1</v></c></row>"#;

fn told(collected: &Collected) -> Vec<(&str, &str, &str, &str)> {
    let findings = collected.findings.iter();
    findings
        .map(|f| (f.code.as_str(), f.place.cell.as_deref().unwrap_or(""), f.found.as_str(), f.expected.as_str()))
        .collect()
}

#[test]
fn everything_beside_the_cells_is_told_with_its_place() {
    let book = r#"<workbook xmlns:r="r"><sheets><sheet name="公開" sheetId="1" r:id="rId1"/><sheet name="作業" sheetId="2" state="hidden" r:id="rId2"/></sheets>
        <definedNames><definedName name="_xlnm.Print_Area" localSheetId="0">公開!$A$1:$B$2</definedName><definedName name="原簿" hidden="1">'C:\台帳\[名簿.xlsx]Sheet1'!$A$1</definedName></definedNames></workbook>"#;
    let sheet = format!(
        r#"<worksheet><dimension ref="A1:A2"/><cols><col min="3" max="3" width="0" customWidth="1"/></cols><sheetData>{ROWS}<row r="3" ht="0" customHeight="1"><c r="A3"><v>3</v></c></row></sheetData></worksheet>"#
    );
    let links = r#"<Relationships><Relationship Id="a" Type="http://purl.oclc.org/x/comments" Target="../comments1.xml"/><Relationship Id="b" Type="x/threadedComment" Target="/xl/threads.xml"/>
        <Relationship Id="c" Type="x/drawing" Target="../drawings/drawing1.xml"/><Relationship Id="d" Type="x/oleObject" Target="../embeddings/名簿.docx"/></Relationships>"#;
    let drawing = r#"<xdr:wsDr xmlns:xdr="x"><xdr:twoCellAnchor><xdr:from><xdr:col>3</xdr:col><xdr:colOff>9</xdr:colOff><xdr:row>4</xdr:row></xdr:from><xdr:to><xdr:col>9</xdr:col><xdr:row>9</xdr:row></xdr:to><xdr:pic><xdr:spPr/></xdr:pic></xdr:twoCellAnchor>
        <xdr:oneCellAnchor><xdr:from><xdr:col>0</xdr:col><xdr:row>0</xdr:row></xdr:from><xdr:graphicFrame><a:graphic><c:chart/></a:graphic></xdr:graphicFrame></xdr:oneCellAnchor>
        <xdr:absoluteAnchor><mc:AlternateContent><mc:Choice><xdr:sp/></mc:Choice><mc:Fallback><xdr:pic/></mc:Fallback></mc:AlternateContent></xdr:absoluteAnchor></xdr:wsDr>"#;
    let parts = [
        ("xl/workbook.xml", book),
        ("xl/worksheets/sheet1.xml", &sheet),
        ("xl/worksheets/sheet2.xml", "<worksheet/>"),
        ("xl/worksheets/_rels/sheet1.xml.rels", links),
        (
            "xl/comments1.xml",
            r#"<comments><authors><author>ある人</author></authors><commentList><comment ref="B2" authorId="0"><text><t>部外秘</t></text></comment><comment ref="A1"/></commentList></comments>"#,
        ),
        (
            "xl/threads.xml",
            r#"<ThreadedComments><threadedComment ref="B2"><text>部外秘</text></threadedComment></ThreadedComments>"#,
        ),
        ("xl/drawings/drawing1.xml", drawing),
        ("xl/externalLinks/externalLink1.xml", "<externalLink/>"),
        (
            "xl/externalLinks/_rels/externalLink1.xml.rels",
            r#"<Relationships><Relationship Id="r" Type="x/externalLinkPath" Target="file:///C:/Users/x/予算.xlsx"/></Relationships>"#,
        ),
        (
            "xl/pivotCache/pivotCacheDefinition1.xml",
            r#"<pivotCacheDefinition recordCount="508"><cacheSource><worksheetSource ref="A1:K509" sheet="名簿"/></cacheSource></pivotCacheDefinition>"#,
        ),
        ("xl/connections.xml", "<connections/>"),
        ("xl/vbaProject.bin", "x"),
        (
            "docProps/core.xml",
            "<cp:coreProperties><dc:creator>ある人</dc:creator><cp:lastModifiedBy> </cp:lastModifiedBy></cp:coreProperties>",
        ),
    ];
    let collected = collect(&source("a.xlsm", workbook(&parts))).unwrap();
    assert_eq!(collected.texts(0), [vec!["氏　名", "電話"], vec!["窓口\n二階", "1"], vec!["3"]]);
    let told = told(&collected);
    for wanted in [
        ("hidden-content", "3:3", "行(3)", "rows 3"),
        ("hidden-content", "C:C", "列(C)", "columns C"),
        ("hidden-content", "", "シート「作業」", "sheet 作業"),
        ("comment-present", "A1", "2", "A1, B2"),
        ("picture-present", "D5", "1", "D5"),
        ("chart-present", "A1", "1", "A1"),
        ("shape-present", "A1", "1", "A1"),
        ("object-embedded", "", "1", "名簿.docx"),
        ("outside-dimension", "B1", "A1:A2", ""),
        ("external-link", "", "予算.xlsx", ""),
        ("external-link", "", "xl/connections.xml", ""),
        ("pivot-cache", "", "508", "名簿!A1:K509"),
        ("name-outside", "", "原簿", "[名簿.xlsx]Sheet1'!$A$1"),
        ("macro-present", "", "", ""),
        ("author-present", "", "作成者", "creator"),
        ("cell-spaced", "A1", "1", "A1"),
        ("cell-line-break", "A2", "1", "A2"),
    ] {
        assert!(told.contains(&wanted), "{wanted:?} is not among {told:#?}");
    }
    let all = format!("{:?}", collected.findings);
    assert!(!all.contains("部外秘") && !all.contains("ある人"), "what is hidden is never quoted");
}

#[test]
fn parts_without_values_do_not_refuse_the_values() {
    let sheet = format!("<worksheet><sheetData>{ROWS}</sheetData></worksheet>");
    let links = r#"<Relationships><Relationship Id="a" Type="x/comments" Target="../none.xml"/><Relationship Id="c" Type="x/drawing" Target="../drawing1.xml"/></Relationships>"#;
    let parts = [
        ("xl/worksheets/sheet1.xml", sheet.as_str()),
        ("xl/worksheets/_rels/sheet1.xml.rels", links),
        ("xl/drawing1.xml", "<a><b></a>"),
        ("docProps/core.xml", "<a"),
    ];
    let collected = collect(&source("a.xlsx", workbook(&parts))).unwrap();
    assert_eq!(collected.count(FindingCode::CommentPresent), 1);
    assert_eq!(collected.count(FindingCode::ShapePresent), 1);
}

#[test]
fn strict_workbooks_and_their_dates_are_read() {
    let book = r#"<x:workbook xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main" xmlns:r="r" conformance="strict"><x:sheets><x:sheet name="a" sheetId="1" r:id="rId1"/></x:sheets></x:workbook>"#;
    let styles = r#"<x:styleSheet><x:numFmts><x:numFmt numFmtId="170" formatCode="[&lt;=999]000;[&lt;=9999]000\-00;000\-0000"/><x:numFmt numFmtId="171" formatCode="G/標準"/><x:numFmt numFmtId="172" formatCode=";;;"/></x:numFmts><x:cellXfs><x:xf numFmtId="0"/><x:xf numFmtId="14"/><x:xf numFmtId="170"/><x:xf numFmtId="171"/><x:xf numFmtId="172"/><x:xf numFmtId="10"/></x:cellXfs></x:styleSheet>"#;
    let sheet = r#"<x:worksheet><x:sheetData><x:row r="1"><x:c r="A1" t="d" s="1"><x:v>2024-04-01T00:00:00.000Z</x:v></x:c><x:c r="B1" s="2"><x:v>600001</x:v></x:c><x:c r="C1" s="3"><x:v>45383</x:v></x:c><x:c r="D1" s="4"><x:v>9</x:v></x:c><x:c r="E1" s="5"><x:v>0.125</x:v></x:c><x:c r="F1" t="str"><x:f>IF(1,"","")</x:f><x:v></x:v></x:c></x:row></x:sheetData></x:worksheet>"#;
    let parts = [("xl/workbook.xml", book), ("xl/styles.xml", styles), ("xl/worksheets/sheet1.xml", sheet)];
    let collected = collect(&source("a.xlsx", workbook(&parts))).unwrap();
    assert_eq!(collected.texts(0), [["2024-04-01", "060-0001", "45383", "9", "0.125"]]);
    assert_eq!(collected.count(FindingCode::CellError), 0, "an empty text is what the formula gives");
    let hidden = collected.findings.iter().find(|finding| finding.code == FindingCode::HiddenContent).unwrap();
    assert_eq!(hidden.place.cell.as_deref(), Some("D1"));
}
