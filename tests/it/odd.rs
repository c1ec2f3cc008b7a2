//! Files as cities publish them and no standard foresees: each file of `tests/data/odd` has its answer beside it, the
//! tables that come out and what is said of them.

use std::fmt::Write as _;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use hiraku::model::finding::{Finding, FindingCode, Repair};
use hiraku::model::record::{Record, RefusedRow, Value};
use hiraku::normalize::{NormalizeContext, Normalizer, Profile, RecordSink, TableBegun, TableCounts};
use hiraku::read::{ReadLimits, SourceFile, read};

use crate::program::hiraku;

/// What came out, line by line.
#[derive(Default)]
struct Lines {
    text: String,
    findings: Vec<Finding>,
}

impl RecordSink for Lines {
    fn table(&mut self, begun: TableBegun) -> ControlFlow<()> {
        let names: Vec<&str> = begun.shape.columns.iter().map(|column| column.name.as_str()).collect();
        let _ = writeln!(self.text, "table {} | {}", begun.format, names.join(" | "));
        ControlFlow::Continue(())
    }
    fn record(&mut self, record: Record) -> ControlFlow<()> {
        let shown = |value: &Value| match value {
            Value::Null => String::new(),
            Value::Text(text) => text.escape_debug().to_string(),
            Value::Integer(number) => number.to_string(),
            Value::Number(number) => number.to_string(),
        };
        let values: Vec<String> = record.values.iter().map(shown).collect();
        let place = match &record.geometry {
            Some(geo_types::Geometry::Point(point)) => format!(" @ {} {}", point.x(), point.y()),
            Some(other) => {
                use geo::CoordsIter as _;
                let name = format!("{other:?}");
                format!(" @ {} {}", name.split(['(', ' ']).next().unwrap_or_default(), other.coords_count())
            }
            None => String::new(),
        };
        let _ = writeln!(self.text, "  {} {}{place}", record.row, values.join(" | "));
        ControlFlow::Continue(())
    }
    fn refused(&mut self, row: RefusedRow) -> ControlFlow<()> {
        let _ = writeln!(self.text, "  refused {} {}", row.row, row.reason.message_ja());
        ControlFlow::Continue(())
    }
    fn finding(&mut self, finding: Finding) {
        let _ = write!(self.text, "- {}", finding.code.as_str());
        if let Some(row) = finding.place.row {
            let _ = write!(self.text, " row {row}");
        }
        if let Some(column) = &finding.place.column {
            let _ = write!(self.text, " [{column}]");
        }
        let _ = write!(self.text, " {}", finding.message_ja());
        if let Repair::Proposed(text) = &finding.repair {
            let _ = write!(self.text, " (案: {text})");
        }
        self.text.push('\n');
        self.findings.push(finding);
    }
    fn end(&mut self, counts: TableCounts) -> ControlFlow<()> {
        let _ = writeln!(
            self.text,
            "end: {} above, {} read, {} records, {} refused, {} below, {} empty",
            counts.rows_above, counts.rows_read, counts.records, counts.refused, counts.rows_below, counts.rows_empty
        );
        ControlFlow::Continue(())
    }
}

fn answer(name: &str, bytes: Vec<u8>) -> Lines {
    let source = SourceFile { name: name.to_owned(), bytes: bytes.into(), companions: Vec::new() };
    let limits = ReadLimits::default();
    let mut profile = Profile::named(name);
    read(&source, &limits, &mut profile).unwrap_or_else(|error| panic!("{name}: {error}"));
    let context = NormalizeContext {
        file_name: name.to_owned(),
        key: "table".to_owned(),
        title: "表".to_owned(),
        ..NormalizeContext::default()
    };
    let mut normalizer = Normalizer::new(context, &profile, Lines::default());
    read(&source, &limits, &mut normalizer).unwrap_or_else(|error| panic!("{name}: {error}"));
    normalizer.finish()
}

/// A missing answer is written and fails the test once, so that a person looks at it before it is kept.
#[test]
fn odd_files_become_the_tables_and_findings_of_their_answers() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/odd");
    let mut files: Vec<PathBuf> =
        fs::read_dir(&folder).expect("the fixtures").map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_none_or(|extension| extension != "txt"));
    files.sort();
    assert!(files.len() >= 13, "fixtures are missing");
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        let made = answer(&name, fs::read(&file).expect("a fixture")).text;
        let beside = file.with_file_name(format!("{name}.txt"));
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if expected.is_empty() {
            fs::write(&beside, &made).expect("a first answer");
        }
        if made != expected {
            let at = made.lines().zip(expected.lines()).position(|(a, b)| a != b).unwrap_or(0);
            let line = |text: &str| text.lines().nth(at).unwrap_or_default().to_owned();
            wrong.push(format!("{name} line {}:\n  made   {}\n  answer {}", at + 1, line(&made), line(&expected)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_name_that_passes_for_another_is_named_and_written_out_in_every_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = "一覧\u{202e}vsc.exe.csv";
    let file = folder.path().join(name);
    fs::write(&file, "名称,住所\n市役所\u{202e}\u{2028},本町1\u{1b}[31m\n").expect("a file");
    let (page, lines) = (folder.path().join("report.html"), folder.path().join("report.csv"));
    let output = hiraku([
        "check".as_ref(),
        file.as_os_str(),
        "--html".as_ref(),
        page.as_os_str(),
        "--csv".as_ref(),
        lines.as_os_str(),
    ]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let [page, lines] = [page, lines].map(|path| fs::read_to_string(path).expect("a report"));
    for (report, what) in [(&text, "text"), (&page, "page"), (&lines, "CSV")] {
        assert!(report.contains("一覧[U+202E]vsc.exe.csv"), "{what}: {report}");
        assert!(report.contains("file-name-control") || report.contains("画面に表示されない文字"), "{what}");
        for letter in ['\u{202e}', '\u{2028}', '\u{1b}'] {
            assert!(!report.contains(letter), "{what} holds {letter:?}");
        }
    }
    // One finding a line: the header and as many lines as findings.
    assert!(lines.lines().skip(1).all(|line| line.contains("一覧[U+202E]vsc.exe.csv")), "{lines}");
}

#[test]
fn a_city_that_is_known_by_its_code_has_bounds_without_a_boundary() {
    let rows = "全国地方公共団体コード,ID,名称,緯度,経度\n242039,1,市役所,34.48750,136.70930\n242039,2,東京,35.68120,139.76710\n";
    let codes = |name: &str, text: &str| -> Vec<FindingCode> {
        answer(name, text.as_bytes().to_vec()).findings.into_iter().map(|finding| finding.code).collect()
    };
    assert!(codes("list.csv", rows).contains(&FindingCode::CoordinateOutside));
    // The code in the name is enough, and codes of two cities say nothing.
    let bare = "名称,緯度,経度\n市役所,34.48750,136.70930\n東京,35.68120,139.76710\n";
    assert!(codes("242039_list.csv", bare).contains(&FindingCode::CoordinateOutside));
    assert!(!codes("list.csv", bare).contains(&FindingCode::CoordinateOutside));
    let two = rows.replace("242039,2", "131016,2");
    assert!(!codes("list.csv", &two).contains(&FindingCode::CoordinateOutside));
}
