//! Logs of the past: the same rule, the same figures, nothing twice, no address kept.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hiraku::count::access::{Access, layer_target, target_of_name};
use hiraku::count::definition::Definition;
use hiraku::count::logs::{Format, LogReader, Paths, Summary};
use hiraku::store::counts::{Counts, LogDays};
use jiff::civil::{Date, date};
use uuid::Uuid;

use super::count_city::*;

const FILE: Uuid = Uuid::from_u128(0x1111_2222_3333_4444_5555_6666_7777_8888);

/// What visitors did: seconds after 10:00 in Japan, visitor, agent, path, status, and the same as an access.
fn scenario() -> Vec<(u32, u8, &'static str, String, u16, Access)> {
    let page = || ("/dataset/shelters".to_owned(), Access::DatasetPage(DATASET));
    let file = || {
        let path = format!("/dataset/shelters/resource/{FILE}/download/a.csv");
        (path, Access::Download { distribution: FILE, in_parts: false })
    };
    let map = || ("/map/shelters".to_owned(), Access::MapOpen { map: layer_target("shelters"), embed: false });
    let tile = || ("/tiles/shelters/5/1/2.mvt".to_owned(), Access::Tile(layer_target("shelters")));
    let asset = || ("/assets/a.css".to_owned(), Access::Asset);
    let mut steps = Vec::new();
    for number in 0..600_u32 {
        let (path, access) = match number % 5 {
            0 => page(),
            1 => file(),
            2 => map(),
            3 => tile(),
            _ => asset(),
        };
        let agent = [CHROME, CURL, "Googlebot/2.1"][number as usize % 3];
        let status = if number % 13 == 0 { 404 } else { 200 };
        let visitor = u8::try_from(number * number % 7).expect("small");
        steps.push((number * 17, visitor, agent, path, status, access));
    }
    steps
}

fn time(second: u32) -> jiff::Timestamp {
    at("2026-11-21T01:00:00Z") + jiff::SignedDuration::from_secs(i64::from(second))
}

fn combined() -> Vec<String> {
    let lines = scenario().into_iter().map(|(second, visitor, agent, path, status, _)| {
        let time = time(second).to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
        let time = time.strftime("%d/%b/%Y:%H:%M:%S %z");
        format!("203.0.113.{visitor} - - [{time}] \"GET {path} HTTP/1.1\" {status} 100 \"-\" \"{agent}\"\n")
    });
    lines.collect()
}

fn all_targets() -> Vec<hiraku::count::target::Target> {
    let mut targets = targets();
    targets[1].id = FILE;
    targets[4].id = layer_target("shelters");
    for target in &mut targets {
        target.layer = target.layer.map(|_| layer_target("shelters"));
    }
    targets
}

fn take(counts: &Counts, files: &[(&str, &[u8])], now: &str) -> (Summary, LogDays) {
    let paths = Paths::new(None, &counts.targets().expect("read")).expect("fits");
    let definition = Definition::bundled(&[], &[]).expect("fits").of_logs(paths.text());
    let spool = counts.spool().expect("a folder");
    let mut reader = LogReader::new(spool.path(), &definition, &paths, Format::Auto, random).expect("opens");
    for (name, bytes) in files {
        reader.read(name, *bytes, &mut |_| {}).expect("read");
    }
    let (summary, targets) = reader.finish().expect("spooled");
    counts.remember_definition(&definition).expect("kept");
    counts.remember_targets(&targets).expect("kept");
    (summary, counts.take_log_days(&spool, at(now), &mut |_, _| {}).expect("counted"))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(text.as_bytes()).expect("packed");
    out.finish().expect("packed")
}

#[test]
fn a_log_gives_the_figures_that_the_server_itself_would_have_counted() {
    let mut live = City::new("2026-11-21T00:00:00Z");
    live.counts.remember_targets(&all_targets()).expect("kept");
    for (second, visitor, agent, _, status, access) in scenario() {
        let facts = hiraku::count::verdict::Facts { status, ..GET };
        live.answer(&time(second).to_string(), &format!("203.0.113.{visitor}"), agent, access, facts);
    }
    live.counter = None;
    live.roll_up("2026-11-23T00:00:00Z");
    let expected = report(&live.counts, "R8");

    let data = tempfile::tempdir().expect("a folder");
    let counts = open_counts(data.path());
    counts.remember_targets(&all_targets()).expect("kept");
    // Two files, the later one first and packed, with lines that nobody can read.
    let lines = combined();
    let (first, second) = (lines[..300].concat() + "GET nonsense\n\n", gzip(&lines[300..].concat()));
    let (summary, days) = take(&counts, &[("b.gz", &second), ("a.log", first.as_bytes())], "2026-11-25T00:00:00Z");
    assert_eq!((summary.lines, summary.bad_lines), (601, 1));
    assert_eq!((summary.first_bad[0].file.as_str(), summary.first_bad[0].line), ("a.log", 301));
    assert_eq!(days.taken, [(date(2026, 11, 21), 600)]);
    let found = report(&counts, "R8");
    let without = |report: &hiraku::count::report::Report| {
        let mut measures = report.measures.clone();
        measures.remove("tile-bytes");
        measures
    };
    assert_eq!(without(&found), without(&expected));
    assert_eq!(
        (&found.served, &found.datasets, &found.layers),
        (&expected.served, &expected.datasets, &expected.layers)
    );
    assert_eq!(found.definitions[0].title, "計数定義 第1版(過去のアクセスログから)");
    assert_ne!(found.definitions[0].id, Definition::bundled(&[], &[]).expect("fits").id.to_string());

    // Once more, and in other parts: nothing is added.
    let (_, days) = take(&counts, &[("all", lines.concat().as_bytes())], "2026-11-25T00:00:00Z");
    assert_eq!((days.taken, days.known), (vec![], vec![(date(2026, 11, 21), 600)]));
    assert_eq!(report(&counts, "R8"), found);
    let verified = counts.verify(Date::MIN, Date::MAX, at("2026-11-25T00:00:00Z"), &mut |_, _| {}).expect("verified");
    assert_eq!(
        (verified.len(), verified[0].source, verified[0].differences, &verified[0].problem),
        (1, "archive", 0, &None)
    );
}

#[test]
fn days_that_the_server_counted_itself_and_days_not_over_are_left_as_they_are() {
    let city = City::new("2026-11-21T00:00:00Z");
    city.get("2026-11-21T00:30:00Z", "192.0.2.1", CHROME, Access::DatasetPage(DATASET));
    let before = city.report();
    let (_, days) = take(&city.counts, &[("a", combined().concat().as_bytes())], "2026-11-25T00:00:00Z");
    assert_eq!((days.taken.len(), days.known.len()), (0, 1));
    assert_eq!(report(&city.counts, "R8").measures, before.measures);
    let data = tempfile::tempdir().expect("a folder");
    let counts = open_counts(data.path());
    let (_, days) = take(&counts, &[("a", combined().concat().as_bytes())], "2026-11-22T12:00:00Z");
    assert_eq!((days.taken.len(), days.too_new.len()), (0, 1));
}

#[test]
fn names_of_the_past_are_remembered_where_something_was_given_and_not_where_it_was_asked_for_in_vain() {
    let data = tempfile::tempdir().expect("a folder");
    let counts = open_counts(data.path());
    let line = |path: &str, status: u16| {
        format!("192.0.2.1 - - [21/Nov/2025:10:00:05 +0900] \"GET {path} HTTP/1.1\" {status} 1 \"-\" \"{CHROME}\"\n")
    };
    let text = line("/dataset/old-parks", 200) + &line("/dataset/wp-admin", 404);
    take(&counts, &[("a", text.as_bytes())], "2026-11-25T00:00:00Z");
    let names: Vec<String> = counts.targets().expect("read").into_iter().map(|target| target.name).collect();
    assert_eq!(names, ["old-parks"]);
    let report = report(&counts, "R7");
    assert_eq!(
        (report.datasets[0].id, report.datasets[0].name.as_str()),
        (target_of_name("dataset", "old-parks"), "old-parks")
    );
}

#[test]
fn hostile_logs_are_read_to_their_end() {
    let data = tempfile::tempdir().expect("a folder");
    let counts = open_counts(data.path());
    let mut bytes = vec![b'a'; 200_000];
    bytes.push(b'\n');
    bytes.extend([0xff, 0xfe, b'\n', 0, b'\n', b'{', b'\n', b'"', b'\n']);
    bytes.extend(combined()[0].as_bytes());
    let (summary, _) = take(&counts, &[("a", &bytes)], "2026-11-25T00:00:00Z");
    assert_eq!((summary.lines, summary.bad_lines), (6, 5), "{summary:?}");
    let truncated = &gzip(&combined().concat())[..200];
    let paths = Paths::new(None, &[]).expect("fits");
    let definition = Definition::bundled(&[], &[]).expect("fits");
    let spool = counts.spool().expect("a folder");
    let mut reader = LogReader::new(spool.path(), &definition, &paths, Format::Auto, random).expect("opens");
    assert!(reader.read("cut.gz", truncated, &mut |_| {}).is_err(), "a cut archive is told, not half counted");
}

fn hiraku(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hiraku"));
    command.current_dir(data).arg("--json").args(arguments).args(["--data".as_ref(), data.as_os_str()]);
    command.output().expect("started")
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}

#[test]
fn the_program_takes_logs_in_verifies_by_exit_code_and_keeps_no_address() {
    let data = tempfile::tempdir().expect("a folder");
    drop(open_counts(data.path()));
    let logs = tempfile::tempdir().expect("a folder");
    let log = logs.path().join("access.log.1");
    // Long gone, so that the day is over by the machine's clock.
    std::fs::write(&log, gzip(&combined().concat().replace("2026", "2024"))).expect("written");
    let log = log.to_str().expect("text");
    let output = hiraku(data.path(), &["counts", "import-log", log]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["days"]["taken"], serde_json::json!([["2024-11-21", 600]]));
    let again = hiraku(data.path(), &["counts", "import-log", log]);
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).expect("JSON");
    assert_eq!(again["days"]["taken"], serde_json::json!([]));

    assert_eq!(hiraku(data.path(), &["counts", "verify"]).status.code(), Some(0));
    let mut files = Vec::new();
    files_below(data.path(), &mut files);
    assert!(files.len() >= 2);
    for file in &files {
        let bytes = std::fs::read(file).expect("readable");
        for visitor in 0..7_u8 {
            let text = format!("203.0.113.{visitor}");
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{}", file.display());
            assert!(!bytes.windows(4).any(|window| window == [203, 0, 113, visitor]), "{}", file.display());
        }
    }
    let database = duckdb::Connection::open(data.path().join("counts.duckdb")).expect("opens");
    database.execute_batch("UPDATE figures SET value = value + 1 WHERE measure = 'requests'").expect("changed");
    drop(database);
    let differs = hiraku(data.path(), &["counts", "verify", "--year", "R6"]);
    assert_eq!(differs.status.code(), Some(1));
    let days: serde_json::Value = serde_json::from_slice(&differs.stdout).expect("JSON");
    assert!(days[0]["differences"].as_u64() >= Some(1), "{days}");
    assert_eq!(hiraku(data.path(), &["counts", "verify", "--day", "2024-11-20"]).status.code(), Some(0));
    std::fs::remove_file(data.path().join("counts/archive/2024/2024-11-21.parquet")).expect("removed");
    assert_eq!(hiraku(data.path(), &["counts", "verify"]).status.code(), Some(3));
    assert_eq!(hiraku(data.path(), &["counts", "verify", "--day", "yesterday"]).status.code(), Some(2));
}
