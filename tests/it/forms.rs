//! Forms that cities fill in and publish: examples, numbered empty rows, headers of several rows, remarks, and templates
//! that nobody filled in – through the real program, from workbooks and files of the shapes that cities publish.

use std::fs;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::Workbook;
use serde_json::Value as Json;

use crate::program::{hiraku, hiraku_done};
use crate::report::checked;

/// A workbook of text sheets; numbers are written as numbers.
fn workbook(folder: &Path, name: &str, sheets: &[(&str, &[&str])]) -> PathBuf {
    let mut book = Workbook::new();
    for (title, lines) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*title).expect("a name");
        for (row, line) in (0_u32..).zip(*lines) {
            for (column, cell) in (0_u16..).zip(line.split(',')).filter(|(_, cell)| !cell.is_empty()) {
                match cell.parse::<f64>() {
                    Ok(number) => sheet.write_number(row, column, number).map(drop),
                    Err(_) => sheet.write_string(row, column, cell).map(drop),
                }
                .expect("a cell");
            }
        }
    }
    let path = folder.join(name);
    book.save(&path).expect("saved");
    path
}

fn codes(findings: &Json) -> Vec<&str> {
    findings.as_array().into_iter().flatten().filter_map(|finding| finding["code"].as_str()).collect()
}

fn found<'r>(table: &'r Json, code: &str) -> Vec<&'r str> {
    let all = table["findings"].as_array().into_iter().flatten();
    all.filter(|finding| finding["code"] == code).filter_map(|finding| finding["found"].as_str()).collect()
}

fn names(table: &Json) -> Vec<&str> {
    table["columns"].as_array().expect("columns").iter().filter_map(|column| column["name"].as_str()).collect()
}

fn item<'r>(report: &'r Json, id: &str) -> &'r Json {
    let items = report["readability"]["items"].as_array().expect("items");
    &items.iter().find(|item| item["id"] == id).expect("the item")["status"]
}

const FORM: &[&str] = &[
    "#property,市区町村名,名称,住所,緯度,経度,電話番号",
    "1,高松市,仏生山交流センター,仏生山町甲218番地1,34.284376,134.040571,087-889-6555",
    "2",
    "3",
    "4",
    "5",
];

#[test]
fn examples_are_passed_over_and_rows_of_numbers_are_empty() {
    let folder = tempfile::tempdir().expect("a folder");
    let example = ["(例)公共施設一覧", "#property,市区町村名,名称,住所", "1,高松市,○○公民館,××町2-○-○", "2"];
    for name in ["入力例", "記載例", "サンプル", "見本", "（記入例）", "記入例２"] {
        let path = workbook(folder.path(), "form.xlsx", &[("Sheet0", FORM), (name, &example)]);
        let report = &checked(&path)[0];
        let tables = report["tables"].as_array().expect("tables");
        assert_eq!(tables.len(), 1, "{name}");
        let told = [codes(&report["findings"]), codes(&tables[0]["findings"])].concat();
        assert!(told.contains(&"sheet-explains"), "{name}: {told:?}");
        assert_eq!((&tables[0]["counts"]["records"], &tables[0]["counts"]["rows_read"]), (&1.into(), &1.into()));
        assert_eq!(found(&tables[0], "row-counted-only"), ["4"]);
    }
    // A sheet whose name only contains such a word is data.
    let path = workbook(folder.path(), "form.xlsx", &[("Sheet0", FORM), ("サンプル採取地点", FORM)]);
    assert_eq!(checked(&path)[0]["tables"].as_array().expect("tables").len(), 2);
}

#[test]
fn a_table_about_numbers_keeps_its_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("numbers.csv");
    for (text, records) in [
        ("番号,名称\n1,\n2,\n3,\n", 3),
        ("番号\n1\n2\n3\n", 3),
        ("番号,名称,住所\n1,市役所,本町\n5,,\n9,,\n", 3),
        ("人口,名称,住所\n1,,\n2,,\n", 2),
    ] {
        fs::write(&path, text).expect("a file");
        assert_eq!(checked(&path)[0]["tables"][0]["counts"]["records"], records, "{text}");
    }
}

#[test]
fn a_header_of_the_census_is_joined_with_the_names_beside_its_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines = [
        "令和２年国勢調査（総務省統計局）　都道府県・市区町村別の主な結果",
        "注）※マークの項目については「参考」を参照のこと",
        "",
        "",
        "地域,,男女総数,,男,,女,,,,,従業地による人口,",
        ",,,,,,,,,産業大分類別就業者数,,,",
        ",,15歳以上人口,労働力率,15歳以上人口,労働力率,15歳以上人口,労働力率,15歳以上就業者数,A.農業,B.漁業,通勤者,通学者",
        ",,,※,,※,,※,※,※,※,※,※",
        "都道府県名,市区町村名,（人）,（％）,（人）,（％）,（人）,（％）,（人）,（人）,（人）,（人）,（人）",
        "00_全国,00000_全国,108,62.9,52,72.4,56,54.2,65,19,14,31,32",
        "01_北海道,01000_北海道,46,59.7,21,70.1,24,50.7,26,13,28,11,12",
        "01_北海道,01100_札幌市,17,61.4,79,71.6,93,52.7,10,47,10,12,13",
    ];
    let path = workbook(folder.path(), "census.xlsx", &[("第２面事項", &lines)]);
    let table = &checked(&path)[0]["tables"][0];
    assert_eq!(
        names(table),
        [
            "地域_都道府県名",
            "地域_市区町村名",
            "男女総数_15歳以上人口",
            "男女総数_労働力率",
            "男_15歳以上人口",
            "男_労働力率",
            "女_15歳以上人口",
            "女_労働力率",
            "15歳以上就業者数",
            "産業大分類別就業者数_A.農業",
            "産業大分類別就業者数_B.漁業",
            "従業地による人口_通勤者",
            "従業地による人口_通学者",
        ]
    );
    assert_eq!(table["counts"]["records"], 3);
    let kinds: Vec<&str> =
        table["columns"].as_array().expect("columns").iter().filter_map(|column| column["type"].as_str()).collect();
    assert!(kinds[2..].iter().all(|kind| matches!(*kind, "integer" | "number")), "{kinds:?}");
    let remarks = found(table, "header-remark");
    assert_eq!(remarks.len(), 2, "{remarks:?}");
    assert!(remarks[1].contains("（人）"), "the units are told: {remarks:?}");
}

#[test]
fn questions_of_a_survey_stand_under_their_groups() {
    let folder = tempfile::tempdir().expect("a folder");
    let question = "現在のあなたの暮らしについて、「とても幸せ」を10点、「とても不幸」を0点とすると、何点くらいになると思いますか。いずれかの数字を1つだけお答えください。ただし家族は除きます";
    assert!(question.chars().count() > 80);
    let names_row = format!(",回答者ID,性別,年代,{question},5年後は,医療機関が充実している");
    let lines = [
        ",,属性,属性,幸福度・満足度,幸福度・満足度,医療・福祉",
        &names_row,
        ",10001,,,6,5,4",
        ",10002,男,30代,7,7,4",
        ",10003,,,10,9,5",
    ];
    let path = workbook(folder.path(), "survey.xlsx", &[("回答データ", &lines)]);
    let table = &checked(&path)[0]["tables"][0];
    assert_eq!(table["counts"]["records"], 3);
    let joined = names(table);
    assert_eq!(joined[..3], ["回答者ID", "属性_性別", "属性_年代"]);
    assert_eq!(joined[3], format!("幸福度・満足度_{question}"));
    assert_eq!(table["columns"][4]["type"], "integer");
}

#[test]
fn a_remark_right_below_the_table_is_no_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hospitals.csv");
    let table = "施設名,所在地,電話番号,病床数\n中央病院,本町1-1,042-1,183\n東病院,西町2-2,042-2,337\n合計,,,520\n";
    for remark in
        ["★印は広域災害拠点病院を表す", "☆：地域の中核", "三次救急とは救命救急センター等の三次救急医療施設をいう。"]
    {
        fs::write(&path, format!("{table}{remark},,,\n")).expect("a file");
        let table = &checked(&path)[0]["tables"][0];
        assert_eq!(table["counts"]["records"], 3, "{remark}");
        assert_eq!(found(table, "note-row"), [remark]);
    }
    // A name alone is a facility, and a list of sentences is a list.
    for (text, records) in [
        (format!("{table}★南病院,,,\n"), 4),
        (
            "質問,回答,担当\n休みの日に証明書を受け取ることはできますか。,できます。,市民課\n\
             代わりの人が受け取ることはできますか。教えてください。,,\n"
                .to_owned(),
            2,
        ),
    ] {
        fs::write(&path, &text).expect("a file");
        assert_eq!(checked(&path)[0]["tables"][0]["counts"]["records"], records, "{text}");
    }
}

#[test]
fn several_tables_are_told_by_what_was_cut_and_gaps_as_empty_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let gaps = [
        "#LINK",
        "#lang,ja",
        "#property,name,address,telephoneNumber",
        "#object_type_xsd,string,string,string",
        "1,総合体育館,福岡町,087-1",
        "2,運動センター,亀水町,087-2",
        "",
        "4,西部運動センター,鬼無町,087-4",
        "5,スポーツセンター,川部町,087-5",
        "",
        "",
        "8,体育館,牟礼町,087-8",
        "9,公園,香川町,087-9",
    ];
    let path = workbook(folder.path(), "gaps.xlsx", &[("Sheet0", &gaps)]);
    let report = &checked(&path)[0];
    let table = &report["tables"][0];
    assert_eq!((report["tables"].as_array().expect("tables").len(), &table["counts"]["records"]), (1, &6.into()));
    assert!(found(table, "several-tables").is_empty());
    assert_eq!(found(table, "row-empty"), ["3"]);
    assert_eq!((item(report, "L1-02"), item(report, "L1-03")), (&"ok".into(), &"not-ok".into()));
    // Where tables were cut, their places are told, of a CSV too.
    let two = [
        "地区別人口",
        "地区,人口,世帯数",
        "東部,100,40",
        "西部,80,30",
        "",
        "施設の数",
        "種別,件数,備考",
        "学校,12,小",
        "公園,30,大",
    ];
    let path = workbook(folder.path(), "two.xlsx", &[("Sheet0", &two)]);
    fs::write(folder.path().join("two.csv"), two.join("\n")).expect("a file");
    for path in [path, folder.path().join("two.csv")] {
        let report = &checked(&path)[0];
        let tables = report["tables"].as_array().expect("tables");
        assert_eq!(tables.len(), 2, "{}", path.display());
        let finding =
            tables[1]["findings"].as_array().expect("findings").iter().find(|one| one["code"] == "several-tables");
        let finding = finding.expect("told with the last table");
        assert_eq!((&finding["found"], &finding["expected"]), (&"2".into(), &"A2:C4, A7:C9".into()));
        assert_eq!(item(report, "L1-02"), "not-ok");
    }
}

#[test]
fn a_template_that_nobody_filled_in_is_refused_and_never_published() {
    let folder = tempfile::tempdir().expect("a folder");
    let header = "都道府県コード又は市区町村コード,NO,都道府県名,市区町村名,名称,名称_カナ,住所,緯度,経度";
    let empty = folder.path().join("222127_empty.csv");
    fs::write(&empty, format!("{header}\n{}", ",,,,,,,,\n".repeat(19))).expect("a file");
    let numbered = workbook(folder.path(), "222127_numbered.xlsx", &[("Sheet0", &["No.,名称,住所", "1", "2", "3"])]);
    let refused = folder.path().join("222127_refused.csv");
    fs::write(&refused, "名称,住所\n名称,住所\n名称,住所\n").expect("a file");
    for (path, words) in [(&empty, "見出しだけ"), (&numbered, "見出しだけ"), (&refused, "2行")] {
        let report = &checked(path)[0];
        assert_eq!((&report["verdict"], &report["refused"]["code"]), (&"refused".into(), &"no-record".into()));
        assert!(report["refused"]["message_ja"].as_str().expect("words").contains(words), "{report:#}");
        assert!(!report["tables"].as_array().expect("tables").is_empty(), "what was read is shown");
    }
    let data = folder.path().join("data");
    let files = [&empty, &numbered, &refused].map(|path| path.display().to_string());
    let data_text = data.display().to_string();
    let output = hiraku(["ingest", "--data", &data_text].into_iter().chain(files.iter().map(String::as_str)));
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(lines.matches("no-record").count(), 3, "{lines}");
    let published = hiraku_done(["publish", "--data", &data_text, "--all"]);
    assert!(!published.contains("222127_"), "{published}");
}

#[test]
fn an_empty_sheet_beside_filled_ones_is_passed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let filled = ["番号,名称,住所", "1,市役所,本町", "2,公民館,西町"];
    let blank = ["番号,名称,住所", "1", "2"];
    let path = workbook(folder.path(), "a.xlsx", &[("白紙", &blank), ("一覧", &filled), ("予備", &blank)]);
    let report = &checked(&path)[0];
    let tables = report["tables"].as_array().expect("tables");
    assert_eq!((tables.len(), &tables[0]["counts"]["records"]), (1, &2.into()));
    assert_eq!(tables[0]["shape"]["key"], "table", "the first table that is taken");
    assert_eq!(codes(&report["findings"]).iter().filter(|code| **code == "sheet-empty").count(), 2);
    assert_ne!(report["verdict"], "refused");
}

#[test]
fn a_file_is_not_refused_by_the_name_of_another_ones_description() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = "番号,名称,住所\n1,市役所,本町\n2,公民館,西町\n";
    for (sub, text) in [("list", data), ("names", "original_name,display_name,label_flag\nP01,名称,1\n")] {
        fs::create_dir(folder.path().join(sub)).expect("a folder");
        fs::write(folder.path().join(sub).join("attributes.csv"), text).expect("a file");
        fs::write(folder.path().join(sub).join("places.csv"), data).expect("a file");
        let path = folder.path().join(sub).join("attributes.csv");
        assert_eq!(checked(&path)[0]["refused"], Json::Null, "named itself, it is a file like any other");
    }
    let files = |sub: &str| -> Vec<String> {
        let reports = checked(&folder.path().join(sub));
        let all = reports.as_array().expect("reports").iter();
        all.filter_map(|report| report["file"].as_str().map(str::to_owned)).collect()
    };
    assert_eq!(files("list"), ["attributes.csv", "places.csv"]);
    assert_eq!(files("names"), ["places.csv"], "it names the columns of the file beside it");
    // The content tells, the ending is a hint.
    let unnamed = folder.path().join("list.bak");
    fs::write(&unnamed, data).expect("a file");
    let records = |path: &Path| checked(path)[0]["tables"][0]["counts"]["records"].clone();
    assert_eq!(records(&unnamed), records(&folder.path().join("list/places.csv")));
    assert!(records(&unnamed).as_u64() > Some(0));
    let page = folder.path().join("page.docx");
    fs::write(&page, "%PDF-1.7 x").expect("a file");
    assert!(checked(&page)[0]["refused"]["message_ja"].as_str().expect("words").contains("PDF"));
    // A pipe is not waited for, and what else there is is told of.
    let pipe = folder.path().join("pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let output = hiraku([Path::new("check"), Path::new("--json"), &pipe, &unnamed]);
    let reports: Json = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((output.status.code(), &reports[0]["refused"]["code"]), (Some(1), &"no-plain-file".into()));
    assert_eq!(reports[1]["refused"], Json::Null);
    let other = folder.path().join("a.docx");
    fs::write(&other, [0_u8, 1, 2, 3, 0, 0, 0, 0, 9]).expect("a file");
    let refusal = &checked(&other)[0]["refused"]["message_ja"];
    for format in [
        "CSV",
        "XLSX",
        "ODS",
        "GeoJSON",
        "シェープファイル",
        "GeoPackage",
        "KML",
        "FlatGeobuf",
        "Parquet",
        "GML",
        "GTFS",
    ] {
        assert!(refusal.as_str().expect("words").contains(format), "{refusal}");
    }
}
