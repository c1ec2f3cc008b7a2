//! What `hiraku check` and `hiraku template` hand to people: real files in, reports, marked workbooks and templates out.

mod archive;
mod fix;
mod json_schema;
mod template;
mod workbook;

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::program::{hiraku, hiraku_done, repository};

/// Real files of `datasets/` that the tests look at: those of sheets of the standard, old and new, and others.
pub(crate) const REAL: [&str; 5] = [
    "datasets/222127_yaizu/aed/222127_aed.csv",
    "datasets/222127_yaizu/public_toilet/222127_public_toilet.csv",
    "datasets/222127_yaizu/preschool/222127_preschool.csv",
    "datasets/222127_yaizu/tourism_sights/222127_tourism_sights.csv",
    "datasets/222127_yaizu/library/222127_library.csv",
];

/// A file with one defect of each kind.
pub(crate) const BROKEN: &str = "tests/data/report/222127_aed.csv";

/// The report of a file as JSON, whatever the exit code.
pub(crate) fn checked(path: &Path) -> Json {
    let output = hiraku([Path::new("check"), Path::new("--json"), path]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn reports_follow_their_schema_and_the_conservation_law_holds() {
    let schema: Json =
        serde_json::from_str(&fs::read_to_string(repository("schemas/report.schema.json")).expect("the schema"))
            .expect("JSON");
    let folder = tempfile::tempdir().expect("a folder");
    let nothing = folder.path().join("nothing.csv");
    fs::write(&nothing, [0_u8; 64]).expect("a file");
    let all = REAL.iter().chain(&[BROKEN]).map(|path| repository(path)).chain([nothing]);
    let mut bound = 0;
    for path in all {
        let report = checked(&path);
        let faults = json_schema::faults(&schema, &report);
        assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
        for table in report[0]["tables"].as_array().expect("tables") {
            assert_eq!(table["counts"]["balanced"], true, "{}", path.display());
            bound += usize::from(table["conformance"].is_object());
            let sum: u64 = table["groups"].as_array().expect("groups").iter().filter_map(|g| g["count"].as_u64()).sum();
            let counted: u64 = table["end"]["finding_counts"]
                .as_array()
                .expect("counts")
                .iter()
                .filter_map(|count| count[2].as_u64())
                .sum();
            assert_eq!(sum, counted, "{}", path.display());
        }
        assert_eq!(report[0]["readability"]["items"].as_array().map(Vec::len), Some(30));
    }
    assert!(bound >= 4, "{bound} tables are bound to a sheet");
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let schema: Json =
        serde_json::from_str(&fs::read_to_string(repository("schemas/report.schema.json")).expect("the schema"))
            .expect("JSON");
    let mut report = checked(&repository(BROKEN));
    assert!(json_schema::faults(&schema, &report).is_empty());
    report[0]["verdict"] = "splendid".into();
    report[0]["tables"][0]["columns"][0]["filled"] = (-1).into();
    report[0]["tables"][0]["groups"][0]["code"] = Json::Null;
    assert_eq!(json_schema::faults(&schema, &report).len(), 3, "{:#?}", json_schema::faults(&schema, &report));
}

/// What is held without an error, what has both, and what can never be published, in every form of the report.
#[test]
fn a_hold_is_no_error_and_a_file_with_both_says_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let number = "123456789018";
    let mobiles = "A,090-0000-0001\nB,090-0000-0002\nC,090-0000-0003\n";
    let cases = [
        ("held", format!("団体,連絡先\n{mobiles}"), "hold", "hold", vec!["判定: 公開前に確認が必要です"]),
        (
            "both",
            format!("団体,連絡先\n{mobiles}D,1,2,3\n"),
            "error",
            "hold",
            vec!["判定: 直す必要のある誤りがあります", "公開: 公開前に確認が必要です"],
        ),
        (
            "rejected",
            format!("施設,個人番号\nA,{number}\n"),
            "reject",
            "reject",
            vec!["判定: 公開できない情報が含まれています"],
        ),
        ("fine", "名称,住所\n本庁,本町1\n支所,栄町2\n".to_owned(), "note", "note", vec![]),
    ];
    let schema: Json =
        serde_json::from_str(&fs::read_to_string(repository("schemas/report.schema.json")).expect("the schema"))
            .expect("JSON");
    for (name, rows, verdict, decision, said) in cases {
        let path = folder.path().join(format!("{name}.csv"));
        fs::write(&path, rows).expect("a file");
        let report = checked(&path);
        assert!(
            json_schema::faults(&schema, &report).is_empty(),
            "{name}: {:#?}",
            json_schema::faults(&schema, &report)
        );
        assert_eq!((&report[0]["verdict"], &report[0]["decision"]), (&verdict.into(), &decision.into()), "{name}");
        assert_eq!(report[0]["tables"][0]["decision"], decision, "{name}");
        let page = folder.path().join(format!("{name}.html"));
        let output = hiraku([Path::new("check"), &path, Path::new("--html"), &page]);
        assert_eq!(output.status.code(), Some(i32::from(decision != "note")), "{name}");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        let page = fs::read_to_string(page).expect("the page");
        for words in said {
            assert!(text.contains(words), "{name}: {text}");
            assert!(words.split_once(": ").is_some_and(|(_, words)| page.contains(words)), "{name}: {words}");
        }
        assert_eq!(text.contains("公開前に確認が必要です"), decision == "hold", "{name}: {text}");
    }
}

#[test]
fn the_text_of_a_broken_file_is_what_a_clerk_reads() {
    let output = hiraku([Path::new("check"), &repository(BROKEN)]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let golden = fs::read_to_string(repository("tests/data/report/222127_aed.txt")).expect("the answer file");
    assert_eq!(text, golden);
    assert!(!text.contains('\u{1b}'), "no colours where nobody sees them");
}

#[test]
fn scores_columns_and_places_of_the_broken_file_are_right() {
    let report = checked(&repository(BROKEN));
    let table = &report[0]["tables"][0];
    assert_eq!((&table["shape"]["sheet"]["number"], &table["encoding"]), (&"08".into(), &"CP932".into()));
    assert_eq!(table["counts"]["rows_read"], 7);
    assert_eq!((&table["counts"]["records"], &table["counts"]["refused"]), (&6.into(), &1.into()));
    assert_eq!(table["refused_rows"][0]["row"], 8);
    let column = |name: &str| {
        let columns = table["columns"].as_array().expect("columns");
        columns.iter().find(|column| column["name"] == name).cloned().expect("the column")
    };
    let id = column("ID");
    assert_eq!((&id["letters"], &id["requirement"], &id["filled"]), (&"B".into(), &"○".into(), &4.into()));
    assert_eq!(id["wrong"], 2, "one doubled, one turned into exponent form");
    assert_eq!(column("名称")["filled"], 6);
    assert_eq!(column("名称_カナ")["repaired"], 1);
    assert_eq!(column("画像1")["found"], Json::Null);
    let score = |name: &str| {
        let fields = table["conformance"]["fields"].as_array().expect("fields");
        fields.iter().find(|field| field["name"] == name).and_then(|field| field["score"].as_f64()).expect("a score")
    };
    // Seven rows: six names; five addresses; no picture.
    assert!((score("名称") - 6.0 / 7.0).abs() < 1e-4);
    assert!((score("所在地_連結表記") - 5.0 / 7.0).abs() < 1e-4);
    assert!(score("画像1").abs() < 1e-9);
    let doubled = table["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .find(|finding| finding["code"] == "id-duplicate")
        .expect("a doubled ID");
    assert_eq!(doubled["reference"], "B5");
}

#[test]
fn machine_readability_names_the_cells() {
    let report = checked(&repository(BROKEN));
    let items = report[0]["readability"]["items"].as_array().expect("items");
    let item = |id: &str| items.iter().find(|item| item["id"] == id).expect("the item");
    let is = |id: &str, status: &str| assert_eq!(item(id)["status"], status, "{}", item(id));
    is("L1-01", "ok");
    is("L1-08", "not-ok");
    assert_eq!(item("L1-08")["cells"], serde_json::json!(["D2", "P2"]));
    is("L1-06", "not-ok");
    is("L1-12", "not-applicable");
    is("L1-15", "not-ok");
    is("L2-02", "not-ok");
    assert_eq!(item("L2-02")["cells"], serde_json::json!(["P6"]));
    is("L2-04", "not-ok");
    is("L3-01", "ok");
    is("L3-07", "unchecked");
    assert_eq!(report[0]["readability"]["level"], 0);
    for item in items {
        assert_eq!(item["status"] == "not-ok", !item["mend_ja"].as_str().expect("text").is_empty(), "{item}");
        assert!(item["status"] != "unchecked" || !item["remark_ja"].as_str().expect("text").is_empty(), "{item}");
    }
}

#[test]
fn the_exit_code_says_how_bad_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let clean = write("clean.csv", "名称,面積(ha)\n甲,1\n乙,2\n丙,3\n");
    let warned = write("warned.csv", "名称,面積(ha)\n甲,1\n乙,2\n合計,3\n");
    let refused = write("refused.csv", "\0\0\0\0");
    let code = |arguments: &[&Path]| {
        let mut all = vec![Path::new("check")];
        all.extend(arguments);
        hiraku(all).status.code()
    };
    assert_eq!(code(&[&clean]), Some(0));
    assert_eq!(code(&[&warned]), Some(0));
    assert_eq!(code(&[Path::new("--strict"), &warned]), Some(1));
    assert_eq!(code(&[Path::new("--strict"), &clean]), Some(0));
    assert_eq!(code(&[&refused]), Some(1));
    assert_eq!(code(&[&clean, &refused]), Some(1));
}

#[test]
fn the_page_is_one_escaped_file_that_shows_the_faulty_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages: Vec<String> = ["a.html", "b.html"]
        .iter()
        .map(|name| {
            let page = folder.path().join(name);
            let output = hiraku([Path::new("check"), Path::new("--html"), &page, &repository(BROKEN)]);
            assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
            fs::read_to_string(page).expect("a page")
        })
        .collect();
    assert_eq!(pages[0], pages[1], "the same report gives the same page");
    let page = &pages[0];
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"ja\">"));
    assert!(
        page.contains("&lt;b&gt;支所&lt;/b&gt;") || page.contains("&#60;b&#62;支所&#60;/b&#62;"),
        "markup of the file is text"
    );
    assert!(!page.contains("<b>支所"));
    for foreign in ["<script", "src=", "url(", "@import", "<link", "<iframe"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert!(page.contains("<td class=\"error\">") || page.contains("<td class=\"error"), "faulty cells are marked");
    assert!(page.contains("prefers-color-scheme:dark") && page.contains("@media print"));
    assert!(page.contains("名称") && page.contains("機械可読性の30項目"));
}

#[test]
fn the_csv_holds_every_finding_in_a_line_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = folder.path().join("findings.csv");
    let output = hiraku([Path::new("check"), Path::new("--csv"), &list, &repository(BROKEN)]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(&list).expect("a file");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let lines: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    let report = checked(&repository(BROKEN));
    let early = report[0]["findings"].as_array().expect("findings").len();
    let listed = report[0]["tables"][0]["findings"].as_array().expect("findings").len();
    assert_eq!(lines.len(), early + listed);
    assert!(lines.iter().all(|line| line.len() == 13));
    let exponent = lines.iter().find(|line| &line[6] == "id-exponent").expect("an ID in exponent form");
    assert_eq!((&exponent[2], &exponent[3], &exponent[4], &exponent[5]), ("7", "ID", "B7", "誤り"));
}

#[test]
fn several_files_and_folders_are_checked_at_once_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    fs::create_dir_all(&data).expect("a folder");
    for (name, from) in [("222127_aed.csv", REAL[0]), ("222127_public_toilet.csv", REAL[1])] {
        fs::copy(repository(from), data.join(name)).expect("a copy");
    }
    let report: Json =
        serde_json::from_slice(&hiraku([Path::new("check"), Path::new("--json"), &data, &repository(BROKEN)]).stdout)
            .expect("JSON");
    assert_eq!(report.as_array().map(Vec::len), Some(3));
    let page = folder.path().join("page.html");
    fs::write(&page, "mine").expect("a file");
    let source = data.join("222127_aed.csv");
    for (flag, path) in [("--html", &page), ("--csv", &source), ("--workbook", &source.with_extension("csv"))] {
        let output = hiraku([Path::new("check"), Path::new(flag), path, &source]);
        assert_eq!(output.status.code(), Some(2), "{flag}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(fs::read_to_string(&page).expect("a file"), "mine");
    assert_eq!(fs::read(&source).expect("a file"), fs::read(repository(REAL[0])).expect("a file"));
    let forced = hiraku([Path::new("check"), Path::new("--force"), Path::new("--csv"), &source, &source]);
    assert_eq!(forced.status.code(), Some(2), "a source is never overwritten");
    let replaced = hiraku([Path::new("check"), Path::new("--force"), Path::new("--html"), &page, &source]);
    assert!(matches!(replaced.status.code(), Some(0 | 1)));
    assert!(fs::read_to_string(&page).expect("a file").starts_with("<!DOCTYPE"));
    let names: Vec<_> = fs::read_dir(folder.path()).expect("a folder").filter_map(Result::ok).collect();
    assert_eq!(names.len(), 2, "nothing unfinished is left: {names:?}");
}

#[test]
fn reports_are_the_same_every_time() {
    let path = repository(REAL[1]);
    let path = path.to_str().expect("text");
    let once = hiraku(["check", "--json", path]).stdout;
    assert_eq!(once, hiraku(["check", "--json", path]).stdout);
    assert!(!hiraku_done(["schema", "list"]).is_empty());
}
