//! OpenDocument spreadsheets, element by element.

use std::time::{Duration, Instant};

use hiraku::model::finding::FindingCode;
use hiraku::read::{FileFormat, ReadError, sniff};

use super::books::{content, ods, ods_of};
use super::{Collected, collect, source};

fn read(styles: &str, tables: &str) -> Collected {
    let file = source("a.ods", ods(styles, tables));
    assert_eq!(sniff(&file), Some(FileFormat::Ods));
    collect(&file).unwrap()
}

/// A sheet of these rows.
fn table(rows: &str) -> String {
    format!(r#"<table:table table:name="表">{rows}</table:table>"#)
}

fn told(collected: &Collected) -> Vec<(&str, &str, &str)> {
    let findings = collected.findings.iter();
    findings.map(|f| (f.code.as_str(), f.place.cell.as_deref().unwrap_or(""), f.found.as_str())).collect()
}

#[test]
fn cells_of_every_kind_keep_their_meaning() {
    let rows = r#"<table:table-row>
        <table:table-cell office:value-type="string"><text:p>港<text:span>の<text:s text:c="2"/>北</text:span></text:p><text:p> 二行<text:tab/>目<text:line-break/>三 </text:p></table:table-cell>
        <table:table-cell office:value-type="float" office:value="12203"><text:p>012203</text:p></table:table-cell>
        <table:table-cell office:value-type="percentage" office:value="0.125"><text:p>12.5%</text:p></table:table-cell>
        <table:table-cell office:value-type="currency" office:value="1200"><text:p>¥1,200</text:p></table:table-cell>
        <table:table-cell office:value-type="date" office:date-value="2024-04-01"><text:p>令和6年4月1日</text:p></table:table-cell>
        <table:table-cell office:value-type="time" office:time-value="PT25H30M00S"><text:p>25:30</text:p></table:table-cell>
        <table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>TRUE</text:p></table:table-cell>
        </table:table-row><table:table-row>
        <table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>
        <table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"><text:p>2</text:p></table:table-cell>
        <table:table-cell office:value-type="string"><text:p><text:ruby><text:ruby-base>焼津</text:ruby-base><text:ruby-text>やいづ</text:ruby-text></text:ruby>市</text:p><office:annotation><text:p>部外秘</text:p></office:annotation></table:table-cell>
        <table:table-cell><draw:frame><draw:image><text:p>絵</text:p></draw:image></draw:frame></table:table-cell>
        <table:table-cell office:value-type="string"><text:p>a&amp;&#x3042;</text:p></table:table-cell>
        </table:table-row>"#;
    let collected = read("", &table(rows));
    assert_eq!(
        collected.texts(0),
        [
            vec!["港の  北\n二行\t目\n三", "012203", "0.125", "1200", "2024-04-01", "25:30:00", "TRUE"],
            vec!["", "2", "焼津市", "", "a&あ"],
        ]
    );
    let kinds: String = collected.tables[0].1[0].cells.iter().map(|cell| cell.as_ref().unwrap().0).collect();
    assert_eq!((kinds.as_str(), collected.tables[0].0.format), ("ttnnddb", "ODS"));
    let told = told(&collected);
    for wanted in [
        ("cell-error", "A2", "#DIV/0!"),
        ("formula-cached", "A2", "2"),
        ("comment-present", "C2", "1"),
        ("picture-present", "D2", "1"),
        ("cell-line-break", "A1", "1"),
    ] {
        assert!(told.contains(&wanted), "{wanted:?} is not among {told:?}");
    }
    assert!(!format!("{:?}", collected.findings).contains("部外秘"), "what is hidden is never quoted");
}

#[test]
fn merged_cells_are_spread_and_covered_values_are_told() {
    let cell = |attributes: &str, text: &str| {
        format!(
            r#"<table:table-cell {attributes} office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let rows = format!(
        r#"<table:table-row>{}<table:covered-table-cell table:number-columns-repeated="2"/></table:table-row>
        <table:table-row>{}{}{}</table:table-row>
        <table:table-row><table:covered-table-cell office:value-type="string"><text:p>下</text:p></table:covered-table-cell>{}{}</table:table-row>
        <table:table-row><table:covered-table-cell/>{}</table:table-row>"#,
        cell(r#"table:number-columns-spanned="3" table:number-rows-spanned="1""#, "題"),
        cell(r#"table:number-columns-spanned="1" table:number-rows-spanned="3""#, "東"),
        cell("", "1"),
        cell("", "x"),
        cell("", "2"),
        cell("", "x"),
        cell("", "3"),
    );
    let collected = read("", &table(&rows));
    assert_eq!(
        collected.texts(0),
        [vec!["題", "題", "題"], vec!["東", "1", "x"], vec!["下", "2", "x"], vec!["東", "3"]]
    );
    let told = told(&collected);
    assert!(told.contains(&("merged-cells", "A1:C1", "A1:C1")) && told.contains(&("merged-cells", "A2:A4", "A2:A4")));
    assert!(told.contains(&("hidden-content", "A3", "値(結合されたセルの下 A3)")), "{told:?}");
}

#[test]
fn hidden_rows_columns_and_sheets_are_told() {
    let styles = r#"<style:style style:name="ta1" style:family="table"><style:table-properties table:display="true"/></style:style>
        <style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style>
        <style:style style:name="ro0" style:family="table-row"><style:table-row-properties style:row-height="0cm"/></style:style>"#;
    let row = |attributes: &str, text: &str| {
        format!(
            r#"<table:table-row {attributes}><table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell></table:table-row>"#
        )
    };
    let sheet = |name: &str, style: &str, rows: &str| {
        format!(r#"<table:table table:name="{name}" table:style-name="{style}">{rows}</table:table>"#)
    };
    let open = [
        r#"<table:table-column/><table:table-column table:number-columns-repeated="2" table:visibility="collapse"/>
           <table:table-column-group table:display="false"><table:table-column table:number-columns-repeated="16000"/></table:table-column-group>"#,
        &row("", "a"),
        &row(r#"table:visibility="filter""#, "b"),
        &row(r#"table:style-name="ro0""#, "c"),
        &row("", "d"),
    ]
    .concat();
    let all = [
        sheet("公開", "ta1", &open),
        sheet("名簿", "ta2", &row("", "秘密")),
        sheet(
            "'file:///C:/x'#表",
            "ta1",
            &format!(r#"<table:table-source xlink:href="file:///C:/台帳/名簿.ods"/>{}"#, row("", "写し")),
        ),
    ]
    .concat();
    let all = format!(
        r"<table:tracked-changes><table:cell-content-change><table:table><table:table-row/></table:table></table:cell-content-change></table:tracked-changes>{all}"
    );
    let collected = read(styles, &all);
    assert_eq!((collected.tables.len(), collected.texts(0)), (1, vec![vec!["a"], vec!["b"], vec!["c"], vec!["d"]]));
    let told = told(&collected);
    for wanted in [
        ("hidden-content", "2:3", "行(2–3)"),
        ("hidden-content", "B:BXX", "列(B–BXX)"),
        ("hidden-content", "", "シート「名簿」"),
        ("hidden-content", "", "変更履歴"),
        ("external-link", "", "名簿.ods"),
    ] {
        assert!(told.contains(&wanted), "{wanted:?} is not among {told:?}");
    }
    assert_eq!(collected.count(FindingCode::SheetSkipped), 0);
}

#[test]
fn a_million_blank_rows_cost_nothing_and_filled_ones_are_counted_first() {
    let value = r#"<table:table-cell office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell>"#;
    let begun = Instant::now();
    let rows = format!(
        r#"<table:table-row>{value}<table:table-cell table:number-columns-repeated="16383"/></table:table-row>
        <table:table-row table:number-rows-repeated="1048574"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
        <table:table-row>{value}</table:table-row>"#
    );
    let collected = read("", &table(&rows));
    assert_eq!(collected.tables[0].1.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 1_048_576]);
    let three = format!(r#"<table:table-row table:number-rows-repeated="3">{value}</table:table-row>"#);
    let collected = read("", &table(&three));
    assert_eq!(collected.tables[0].1.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3]);
    let wide = value.replace("office:value-type", r#"table:number-columns-repeated="1500" office:value-type"#);
    for (rows, code) in [
        (
            format!(r#"<table:table-row table:number-rows-repeated="4294967295">{value}</table:table-row>"#),
            "too-many-rows",
        ),
        (
            format!(r#"<table:table-row table:number-rows-repeated="1048576">{wide}</table:table-row>"#),
            "too-many-cells",
        ),
        (format!("<table:table-row>{}</table:table-row>", wide.replace("1500", "4294967295")), "too-many-columns"),
        (
            format!(
                r#"<table:table-row table:number-rows-repeated="1048576"/><table:table-row>{value}</table:table-row>"#
            ),
            "too-many-rows",
        ),
    ] {
        assert_eq!(collect(&source("a.ods", ods("", &table(&rows)))).unwrap_err().code(), code, "{rows}");
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn locked_and_harmful_documents_are_refused() {
    let row = r#"<table:table-row><table:table-cell office:value-type="string"><text:p>a</text:p></table:table-cell></table:table-row>"#;
    let good = content("", &table(row));
    let code = |bytes: Vec<u8>| collect(&source("a.ods", bytes)).unwrap_err().code();
    let locked = ods_of("\u{1}\u{2}", &[("META-INF/manifest.xml", "<m><encryption-data/></m>")]);
    assert_eq!(collect(&source("a.ods", locked)).unwrap_err(), ReadError::Encrypted);
    let locked = ods_of("", &[("encrypted-package", "x")]);
    assert_eq!(collect(&source("a.ods", locked)).unwrap_err(), ReadError::Encrypted);
    let doctype =
        good.replacen("<office:document-content", r#"<!DOCTYPE x [<!ENTITY a "b">]><office:document-content"#, 1);
    assert_eq!(code(ods_of(&doctype, &[])), "xml-doctype");
    assert_eq!(code(ods("", &table(&"<table:table-row-group>".repeat(100_000)))), "too-deep");
    let nested = row.replace("<text:p>", "<table:table/><text:p>");
    assert_eq!(code(ods("", &table(&nested))), "part-broken");
    assert_eq!(code(ods("", &table(""))), "file-empty");
    assert_eq!(code(ods_of(&(" ".repeat(64 << 20)), &[])), "unpacks-too-large");
    let blanks = row.replace("<text:p>", r#"<text:p><text:s text:c="4294967295"/>"#);
    assert_eq!(code(ods("", &table(&blanks))), "part-broken");
    // Macros, authors and names that point elsewhere are told; the flat form is read as well.
    let named = format!(
        r#"{}<table:named-expressions><table:named-range table:name="範囲" table:cell-range-address="'file:///C:/a/b.ods'#$表.A1"/></table:named-expressions>"#,
        table(row)
    );
    let others = [("Basic/Standard/Module1.xml", "<x/>"), ("meta.xml", "<m><dc:creator>ある人</dc:creator></m>")];
    let collected = collect(&source("a.ods", ods_of(&content("", &named), &others))).unwrap();
    let codes = told(&collected);
    for wanted in [("macro-present", "", ""), ("author-present", "", "最終更新者"), ("name-outside", "", "範囲")]
    {
        assert!(codes.contains(&wanted), "{wanted:?} is not among {codes:?}");
    }
    let flat = good.replace("office:document-content", "office:document").replacen(
        "<office:document",
        r#"<office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet""#,
        1,
    );
    assert_eq!(collect(&source("a.fods", flat.into_bytes())).unwrap().texts(0), [["a"]]);
}
