//! Workers that misbehave: they die, talk nonsense, promise too much, say half, or never end. The parent refuses the
//! file with a reason, keeps going, and leaves nothing behind.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hiraku::pipeline::Unwatched;
use hiraku::pipeline::frames::{self, Frame, Job, JobFile, Telling};
use hiraku::pipeline::ingest::{IngestJob, ingest};
use hiraku::pipeline::source::{Defaults, discover};
use hiraku::pipeline::supervise::{WorkerCommand, run};
use hiraku::pipeline::table::Verdict;
use hiraku::pipeline::towns::TownFiles;
use hiraku::store::{Store, StoreOptions};

use crate::program::{HIRAKU, hiraku, repository};

const AED: &str = "tests/data/report/222127_aed.csv";

fn job() -> Job {
    Job {
        file_name: "222127_aed.csv".to_owned(),
        file: JobFile::see(&repository(AED)).expect("the fixture"),
        companions: Vec::new(),
        records: true,
        key: "aed".to_owned(),
        title: "AED".to_owned(),
        publisher: None,
        titles: Vec::new(),
        bounds: Vec::new(),
        towns: String::new(),
        crs: String::new(),
        datum_grid: None,
        telling: Telling::default(),
    }
}

/// A program that stands in for the worker: a shell script.
fn program(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("worker.sh");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it may be run");
    path
}

/// The frames of a worker by that script, and how long it took.
fn frames_of(script: &str, deadline: Duration) -> (Vec<Frame>, Duration) {
    let folder = tempfile::tempdir().expect("a folder");
    let command = WorkerCommand { deadline, ..WorkerCommand::of(&program(folder.path(), script)) };
    let begun = Instant::now();
    let mut said = Vec::new();
    run(&command, &job(), |frame| {
        said.push(frame);
        true
    })
    .expect("the parent itself is well");
    (said, begun.elapsed())
}

fn real_frames() -> Vec<Frame> {
    let mut said = Vec::new();
    run(&WorkerCommand::of(Path::new(HIRAKU)), &job(), |frame| {
        said.push(frame);
        true
    })
    .expect("the parent is well");
    said
}

fn reason(frames: &[Frame]) -> &str {
    match frames.last() {
        Some(Frame::RefusedWhole(refusal)) => {
            assert!(!refusal.message_ja.is_empty() && !refusal.message_en.is_empty());
            &refusal.code
        }
        other => panic!("not refused but {other:?}"),
    }
}

/// A script that says these frames, byte by byte as the worker would.
fn saying(folder: &Path, frames: &[&Frame]) -> String {
    let mut bytes = Vec::new();
    for frame in frames {
        frames::write(&mut bytes, frame).expect("memory takes it");
    }
    let path = folder.join("said");
    std::fs::write(&path, bytes).expect("a file");
    format!("cat '{}'", path.display())
}

const USUAL: Duration = Duration::from_mins(1);

#[test]
fn a_worker_that_dies_talks_nonsense_or_promises_too_much_refuses_the_file() {
    for script in [
        "exit 0",
        "exit 3",
        "kill -9 $$",
        "echo 'これはフレームではありません'",
        "head -c 300000 /dev/zero",
        // Four gigabytes announced, none sent; then a kind that does not exist; then half a frame.
        r"printf 'B\377\377\377\377'; exec sleep 30",
        r"printf '?\000\000\000\000'",
        r"printf 'T\100\000\000\000{\042shape\042'",
        // JSON of another shape.
        r"printf 'T\002\000\000\000{}'",
        // A flood of error output does not block it.
        "head -c 5000000 /dev/zero >&2; exit 1",
    ] {
        let (frames, took) = frames_of(script, USUAL);
        assert_eq!(reason(&frames), "worker-crashed", "{script}");
        assert_eq!(frames.len(), 1, "{script}");
        assert!(took < Duration::from_secs(20), "{script}: it was not waited for, {took:?}");
    }
}

#[test]
fn a_worker_that_sleeps_or_chatters_for_ever_is_ended_at_its_deadline() {
    let (frames, took) = frames_of("exec sleep 60", Duration::from_millis(300));
    assert_eq!(reason(&frames), "worker-too-slow");
    assert!(took < Duration::from_secs(20), "{took:?}");
    // It is alive, but what it says leads nowhere.
    let (frames, took) = frames_of(r"while :; do printf 'P\001\000\000\0007'; done", Duration::from_millis(300));
    assert_eq!(reason(&frames), "worker-too-slow");
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn a_worker_that_stays_after_its_last_word_is_not_waited_for() {
    let (frames, took) = frames_of(r"printf 'D\000\000\000\000'; exec sleep 60", USUAL);
    assert!(matches!(frames.as_slice(), [Frame::Done]), "{frames:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn frames_out_of_order_are_nonsense() {
    let folder = tempfile::tempdir().expect("a folder");
    let real = real_frames();
    let first = |pick: fn(&Frame) -> bool| real.iter().find(|frame| pick(frame)).expect("the worker says it");
    let table = first(|frame| matches!(frame, Frame::Table(_)));
    let batch = first(|frame| matches!(frame, Frame::Batch(_)));
    let end = first(|frame| matches!(frame, Frame::End(_)));
    let refused = first(|frame| matches!(frame, Frame::Refused(_)));
    assert!(matches!(real.last(), Some(Frame::Done)), "the real worker keeps the order");
    for (frames, heard) in [
        (vec![table, batch, &Frame::Done], 2),
        (vec![table, table], 1),
        (vec![batch], 0),
        (vec![refused], 0),
        (vec![table, end, end], 2),
    ] {
        let (said, _) = frames_of(&saying(folder.path(), &frames), USUAL);
        assert_eq!(reason(&said), "worker-crashed", "{frames:?}");
        assert_eq!(said.len(), heard + 1, "{frames:?}");
    }
}

#[test]
fn a_dataset_whose_worker_dies_is_refused_whole_and_the_others_are_taken_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("source");
    for (name, rows) in [("list_a", "甲,1\n"), ("list_b", "乙,2\n"), ("list_c", "丙,3\n")] {
        let place = source.join(name);
        std::fs::create_dir_all(&place).expect("a folder");
        std::fs::write(place.join("list.csv"), format!("名称,値\n{rows}")).expect("a file");
        let toml = format!(
            "name = \"{name}\"\ntitle = \"{name}\"\nlicence = \"cc0-1.0\"\nattribution = \"市\"\n[publisher]\ncode = \"242021\"\n"
        );
        std::fs::write(place.join("source.toml"), toml).expect("a description");
    }
    // The real worker for all but one dataset; of that one it sends the first 700 bytes.
    let script = format!(
        "read -r line\ncase \"$line\" in\n*'\"key\":\"list_b\"'*) printf '%s\\n' \"$line\" | '{HIRAKU}' worker | head -c 700;;\n*) printf '%s\\n' \"$line\" | '{HIRAKU}' worker;;\nesac"
    );
    let worker = WorkerCommand::of(&program(folder.path(), &script));
    let clock = hiraku::clock::SystemClock;
    let store =
        Store::open(&folder.path().join("data"), StoreOptions { memory_mib: 128, threads: 1 }).expect("a store");
    let towns = TownFiles::default();
    let job = IngestJob { store: &store, worker: &worker, clock: &clock, again: false, towns: &towns };
    let found = discover(&[source], &Defaults::default()).expect("the folder is read");
    let table = ingest(&job, found, &mut Unwatched).expect("ingest ends");
    let verdicts: Vec<(&str, u64, &str)> = table
        .lines
        .iter()
        .map(|line| {
            let code = match &line.verdict {
                Verdict::Taken => "",
                Verdict::Refused { code, .. } => code,
            };
            (line.dataset.as_str(), line.records, code)
        })
        .collect();
    assert_eq!(verdicts, [("list_a", 1, ""), ("list_b", 0, "worker-crashed"), ("list_c", 1, "")], "{:#?}", table.lines);
}

#[test]
fn nothing_of_a_refused_file_is_left_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary).expect("a folder");
    let place = folder.path().join("place");
    std::fs::create_dir(&place).expect("a folder");
    let broken = place.join("broken.xlsx");
    std::fs::write(&broken, [&b"PK\x03\x04"[..], &[0xff; 4_000]].concat()).expect("a file");
    let output = Command::new(HIRAKU)
        .arg("check")
        .args([&broken, &repository(AED)])
        .current_dir(&place)
        .env("TMPDIR", &temporary)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("broken.xlsx"));
    let count = |folder: &Path| std::fs::read_dir(folder).expect("a folder").count();
    assert_eq!((count(&temporary), count(&place)), (0, 1));
}

#[test]
fn a_worker_ends_with_its_parent() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("large.csv");
    let mut text = std::io::BufWriter::new(std::fs::File::create(&file).expect("a file"));
    writeln!(text, "名称,緯度,経度").expect("it is written");
    for row in 0..3_000_000 {
        writeln!(text, "施設{row},35.1,136.9").expect("it is written");
    }
    drop(text);
    let mut parent = Command::new(HIRAKU)
        .arg("check")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let children = PathBuf::from(format!("/proc/{0}/task/{0}/children", parent.id()));
    let begun = Instant::now();
    let worker = loop {
        assert!(begun.elapsed() < Duration::from_secs(30), "no worker was started");
        let listed = std::fs::read_to_string(&children).unwrap_or_default();
        // It has given up its rights, and so asked to end with its parent, once it has seccomp's filter.
        let ready = listed.split_whitespace().next().and_then(|id| {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
            status.contains("Seccomp:\t2").then(|| id.to_owned())
        });
        if let Some(id) = ready {
            break id;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(parent.try_wait().expect("it is our child").is_none(), "the file is long enough");
    parent.kill().expect("it runs");
    parent.wait().expect("it ends");
    let begun = Instant::now();
    while std::fs::read_to_string(format!("/proc/{worker}/status")).is_ok_and(|status| !status.contains("State:\tZ")) {
        assert!(begun.elapsed() < Duration::from_secs(10), "the worker {worker} outlives its parent");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_worker_without_a_sensible_errand_ends_with_a_plain_error() {
    for words in ["", "{}\n", "nonsense\n"] {
        let mut child = Command::new(HIRAKU)
            .arg("worker")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        child.stdin.take().expect("piped").write_all(words.as_bytes()).expect("it listens");
        let output = child.wait_with_output().expect("it ends");
        assert!(!output.status.success(), "{words:?}");
        assert!(output.stdout.is_empty(), "{words:?}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"), "{words:?}");
    }
    let help = hiraku(["--help"]);
    assert!(!String::from_utf8_lossy(&help.stdout).contains("worker"), "people have no use for it");
}
