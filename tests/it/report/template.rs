//! `hiraku template`: every sheet as a workbook that binds when it was filled in.

use std::fs;
use std::path::Path;

use hiraku::report::template::{example, file_name, has_template, template};
use hiraku::schema::{Schemas, Sheet};

use super::{archive, checked};
use crate::program::{hiraku, hiraku_done};

/// The template with two rows filled in by the examples, as a person would.
fn filled(sheet: &Sheet) -> Vec<u8> {
    let book = template(sheet).expect("a template");
    archive::with(&book, "xl/worksheets/sheet1.xml", |xml| {
        let mut rows = String::new();
        for (row, number) in [(2, "1"), (3, "2")] {
            rows.push_str(&format!("<row r=\"{row}\">"));
            for (at, field) in sheet.fields.iter().enumerate() {
                let mut text = example(field);
                if text.is_empty() {
                    continue;
                }
                if field.name == "ID" {
                    text.push_str(number);
                }
                let cell = hiraku::report::place::a1(at, row);
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                rows.push_str(&format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>"));
            }
            rows.push_str("</row>");
        }
        assert_eq!(xml.matches("</sheetData>").count(), 1);
        xml.replace("</sheetData>", &format!("{rows}</sheetData>"))
    })
}

#[test]
fn every_filled_template_binds_to_its_sheet_without_a_finding_about_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut templates = 0;
    for sheet in Schemas::bundled().sheets().iter().filter(|sheet| has_template(sheet)) {
        let path = folder.path().join(format!("011002_{}.xlsx", sheet.slug));
        fs::write(&path, filled(sheet)).expect("a file");
        let report = checked(&path);
        let tables = report[0]["tables"].as_array().expect("tables");
        assert_eq!(tables.len(), 1, "{}: only the data are read", sheet.number);
        let table = &tables[0];
        assert_eq!(table["shape"]["sheet"]["number"], sheet.number.as_str());
        assert_eq!(table["shape"]["sheet"]["edition"], "current", "{}", sheet.number);
        assert_eq!(table["counts"]["records"], 2, "{}", sheet.number);
        let columns = table["columns"].as_array().expect("columns");
        assert!(columns.iter().all(|column| column["found"].is_string()), "{}", sheet.number);
        let form = ["sheet-bound", "column-unverified", "sheet-explains", "author-present"];
        let all = report[0]["findings"].as_array().into_iter().chain(table["findings"].as_array()).flatten();
        let others: Vec<String> = all
            .filter(|finding| !form.contains(&finding["code"].as_str().expect("a code")))
            .map(ToString::to_string)
            .collect();
        assert!(others.is_empty(), "{} {}: {others:#?}", sheet.number, sheet.title);
        templates += 1;
    }
    assert_eq!(templates, 22);
}

#[test]
fn a_template_protects_its_header_offers_lists_and_explains_itself() {
    let sheet = Schemas::bundled().sheet("08").expect("a sheet");
    let book = template(sheet).expect("a template");
    assert_eq!(book, template(sheet).expect("a template"), "the same sheet gives the same bytes");
    let data = archive::part(&book, "xl/worksheets/sheet1.xml");
    assert!(data.contains("<sheetProtection sheet=\"1\""), "protected");
    assert!(data.contains("state=\"frozen\""), "frozen");
    let fields = sheet.fields.len();
    assert!(data.contains(&format!("<dataValidations count=\"{fields}\"")), "a prompt for each field");
    assert!(data.contains("有,無"), "a list of words");
    let notes = archive::names(&book).into_iter().find(|name| name.starts_with("xl/comments")).expect("notes");
    assert_eq!(archive::part(&book, &notes).matches("<comment ").count(), fields, "a note for each header");
    let styles = archive::part(&book, "xl/styles.xml");
    assert!(styles.contains("locked=\"0\""), "free cells");
    let strings = archive::part(&book, "xl/sharedStrings.xml");
    assert!(strings.contains("PDL1.0") && strings.contains("デジタル庁") && strings.contains(&sheet.edition));
    let workbook = archive::part(&book, "xl/workbook.xml");
    for name in ["データ", "記入例", "項目の説明", "使い方"] {
        assert!(workbook.contains(&format!("name=\"{name}\"")), "{name}");
    }
}

#[test]
fn templates_are_written_one_by_one_and_all_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let one = folder.path().join("aed.xlsx");
    let text = |path: &Path| path.to_str().expect("text").to_owned();
    hiraku_done(["template", "aed", "--to", &text(&one)]);
    assert!(one.is_file());
    assert_eq!(hiraku(["template", "08", "--to", &text(&one)]).status.code(), Some(2), "nothing is overwritten");
    hiraku_done(["template", "08", "--to", &text(&one), "--force"]);
    let all = folder.path().join("all");
    let said = hiraku_done(["template", "--all", "--to", &text(&all)]);
    assert_eq!(fs::read_dir(&all).expect("a folder").count(), 22);
    assert!(said.contains("18") && said.contains("no template"));
    for sheet in Schemas::bundled().sheets() {
        assert_eq!(all.join(file_name(sheet)).is_file(), has_template(sheet), "{}", sheet.number);
    }
    for arguments in [vec!["template", "18", "--to", "x.xlsx"], vec!["template", "99", "--to", "x.xlsx"]] {
        assert_eq!(hiraku(&arguments).status.code(), Some(2), "{arguments:?}");
    }
}
