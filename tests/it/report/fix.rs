//! `hiraku check --fix`: the records as the standard's own files.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::{BROKEN, REAL, checked};
use crate::program::{hiraku, repository};

fn fixed(source: &Path, into: &Path) -> Vec<PathBuf> {
    let output = hiraku([Path::new("check"), Path::new("--fix"), into, source]);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let mut files: Vec<PathBuf> =
        fs::read_dir(into).expect("a folder").filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.sort();
    files
}

/// Findings of a report in which something was repaired.
fn repaired(report: &Json) -> Vec<String> {
    let tables = report[0]["tables"].as_array().expect("tables");
    let findings = tables.iter().flat_map(|table| table["findings"].as_array().expect("findings"));
    findings.filter(|finding| finding["repair"]["made"].is_string()).map(ToString::to_string).collect()
}

#[test]
fn reading_a_fixed_file_finds_nothing_that_was_repairable() {
    let mut repairs = 0;
    for source in REAL.iter().chain(&[BROKEN]).map(|path| repository(path)) {
        let folder = tempfile::tempdir().expect("a folder");
        let before = checked(&source);
        repairs += repaired(&before).len();
        let files = fixed(&source, folder.path());
        let tables: Vec<&PathBuf> = files
            .iter()
            .filter(|path| {
                !path.to_string_lossy().contains("_refused") && !path.to_string_lossy().contains("_proposals")
            })
            .collect();
        assert_eq!(tables.len(), 2, "{}: CSV and XLSX: {files:?}", source.display());
        for path in tables {
            let after = checked(path);
            assert_eq!(repaired(&after), Vec::<String>::new(), "{}", path.display());
            let counts = |report: &Json| report[0]["tables"][0]["counts"]["records"].clone();
            assert_eq!(counts(&after), counts(&before), "{}", path.display());
            assert_eq!(
                after[0]["tables"][0]["shape"]["sheet"]["number"],
                before[0]["tables"][0]["shape"]["sheet"]["number"]
            );
            assert_eq!(after[0]["tables"][0]["counts"]["refused"], 0);
        }
    }
    assert!(repairs > 10, "the sources have something to repair");
}

#[test]
fn the_fixed_csv_has_the_columns_of_the_standard_then_the_own_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = fixed(&repository(BROKEN), folder.path());
    let names: Vec<String> =
        files.iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    assert_eq!(names, ["222127_aed.csv", "222127_aed.xlsx", "222127_aed_proposals.csv", "222127_aed_refused.csv"]);
    let text = fs::read_to_string(&files[0]).expect("UTF-8");
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let sheet = hiraku::schema::Schemas::bundled().sheet("08").expect("a sheet");
    let expected: Vec<&str> = sheet.fields.iter().map(|field| field.name.as_str()).chain(["市独自の列"]).collect();
    assert_eq!(header.iter().collect::<Vec<_>>(), expected);
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().expect("CSV");
    assert_eq!(rows.len(), 6);
    let cell = |row: usize, name: &str| {
        let at = header.iter().position(|known| known == name).expect("the column");
        rows[row].get(at).expect("a cell").to_owned()
    };
    assert_eq!(cell(0, "名称_カナ"), "ホンチョウシャ");
    assert_eq!((cell(0, "開始時間"), cell(1, "終了時間")), ("09:00".to_owned(), "24:00".to_owned()));
    assert_eq!(cell(0, "備考"), "'=HYPERLINK(\"http://example.com\")", "formulas are guarded");
    assert_eq!((cell(2, "緯度"), cell(2, "経度")), ("34.85".to_owned(), "138.31".to_owned()));
    let refused = fs::read_to_string(&files[3]).expect("UTF-8");
    assert!(refused.contains("はみ出した値") && refused.contains("\n8,"), "{refused}");
    let proposals = fs::read_to_string(&files[2]).expect("UTF-8");
    assert!(proposals.lines().count() > 1, "{proposals}");
}

#[test]
fn a_named_file_is_written_alone_and_never_over_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("mine.csv");
    let source = repository(REAL[0]);
    let run = |more: &[&str]| {
        let mut arguments = vec!["check"];
        arguments.extend(more);
        arguments.extend(["--fix", target.to_str().expect("text"), source.to_str().expect("text")]);
        hiraku(arguments).status.code()
    };
    assert!(matches!(run(&[]), Some(0 | 1)));
    assert!(target.is_file() && !folder.path().join("mine.xlsx").exists());
    fs::write(&target, "mine").expect("a file");
    assert_eq!(run(&[]), Some(2));
    assert_eq!(fs::read_to_string(&target).expect("a file"), "mine");
    assert!(matches!(run(&["--force"]), Some(0 | 1)));
    assert!(fs::read_to_string(&target).expect("a file").starts_with('\u{feff}'));
}

#[test]
fn nothing_is_written_of_a_refused_file_or_of_polygons() {
    let folder = tempfile::tempdir().expect("a folder");
    let bad = folder.path().join("bad.csv");
    fs::write(&bad, [0_u8; 32]).expect("a file");
    let into = folder.path().join("out");
    assert_eq!(fixed(&bad, &into), Vec::<PathBuf>::new());
    let areas = folder.path().join("areas.geojson");
    let ring = "[[138.0,34.0],[138.1,34.0],[138.1,34.1],[138.0,34.0]]";
    let feature = format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{\"a\":1}},\"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}}}}]}}"
    );
    fs::write(&areas, feature).expect("a file");
    assert_eq!(fixed(&areas, &into), Vec::<PathBuf>::new());
    let points = folder.path().join("points.geojson");
    let feature = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"a\":1},\"geometry\":{\"type\":\"Point\",\"coordinates\":[138.5,34.5]}}]}";
    fs::write(&points, feature).expect("a file");
    let written = fixed(&points, &into);
    assert_eq!(written.len(), 2, "{written:?}");
    assert_eq!(fs::read_to_string(&written[0]).expect("a file"), "\u{feff}a,緯度,経度\r\n1,34.5,138.5\r\n");
}

#[test]
fn two_tables_of_the_same_sheet_become_two_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("222127_wards.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    for ward in ["東", "西"] {
        let sheet = book.add_worksheet().set_name(ward).expect("a sheet");
        for (column, name) in
            ["全国地方公共団体コード", "ID", "名称", "所在地_連結表記", "設置位置", "小児対応設備の有無"]
                .iter()
                .enumerate()
        {
            let column = u16::try_from(column).expect("few columns");
            sheet.write(0, column, *name).expect("a cell");
            sheet.write(1, column, format!("{ward}{column}")).expect("a cell");
        }
    }
    book.save(&source).expect("a workbook");
    let into = folder.path().join("fixed");
    fs::create_dir(&into).expect("a folder");
    let files = fixed(&source, &into);
    let csv = |path: &&PathBuf| {
        let name = path.to_string_lossy().into_owned();
        path.extension().is_some_and(|ending| ending == "csv")
            && !name.contains("_proposals")
            && !name.contains("_refused")
    };
    let texts: Vec<String> = files.iter().filter(csv).map(|path| fs::read_to_string(path).expect("text")).collect();
    assert_eq!(texts.len(), 2, "{files:?}");
    assert!(texts.iter().any(|text| text.contains("東2")) && texts.iter().any(|text| text.contains("西2")));
}
