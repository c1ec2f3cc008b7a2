//! kill -9 in the middle of ingest, publish and serve: the old state whole or the new state whole.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hiraku::model::catalogue::Catalogue;
use hiraku::model::name::Digest;
use hiraku::store::objects::Objects;
use hiraku::store::{Store, StoreOptions};

use crate::program::{HIRAKU, Server, hiraku, hiraku_done, repository};

/// Rounds of each kind: together the fifty of the promise.
const INGEST_ROUNDS: u32 = 20;
const PUBLISH_ROUNDS: u32 = 20;
const SERVE_ROUNDS: u32 = 10;

/// A few real datasets of each geometry kind, copied so that their files may be changed between rounds.
fn some_datasets(into: &Path) -> PathBuf {
    let target = into.join("datasets");
    let mut taken = 0;
    let city = repository("datasets");
    let mut folders: Vec<PathBuf> = Vec::new();
    collect(&city, &mut folders);
    for folder in folders {
        let size: u64 = fs::read_dir(&folder)
            .expect("a folder")
            .filter_map(|entry| entry.ok()?.metadata().ok().map(|meta| meta.len()))
            .sum();
        if (10_000..200_000).contains(&size) {
            let own = target.join(taken.to_string());
            fs::create_dir_all(&own).expect("a folder");
            for file in fs::read_dir(&folder).expect("a folder").filter_map(Result::ok) {
                fs::copy(file.path(), own.join(file.file_name())).expect("a copy");
            }
            taken += 1;
        }
        if taken == 12 {
            break;
        }
    }
    assert_eq!(taken, 12, "datasets/ holds enough middle-sized datasets");
    target
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    if folder.join("source.toml").is_file() {
        found.push(folder.to_owned());
        return;
    }
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").filter_map(|entry| entry.ok().map(|e| e.path())).collect();
    entries.sort();
    for entry in entries.into_iter().filter(|path| path.is_dir()) {
        collect(&entry, found);
    }
}

/// Starts a command and kills it after `wait`; whether it was still running.
fn killed(arguments: &[&str], wait: Duration) -> bool {
    let mut child = Command::new(HIRAKU)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    std::thread::sleep(wait);
    let running = child.try_wait().expect("it can be asked").is_none();
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    running
}

/// What is public, checked whole: every file is there with its digest, every table holds its records.
fn public_state(data: &Path) -> BTreeMap<String, String> {
    let store = Store::open(data, StoreOptions { memory_mib: 256, threads: 1 }).expect("the database opens");
    let objects = Objects::open(&data.join("objects")).expect("objects");
    let catalogue: Catalogue =
        store.load_catalogue(hiraku::schema::licence_or_unknown).expect("the catalogue is whole");
    let mut state = BTreeMap::new();
    for dataset in catalogue.datasets() {
        assert!(!dataset.distributions.is_empty(), "{}", dataset.name);
        for distribution in &dataset.distributions {
            let digest = distribution.digest().expect("an object");
            let bytes = fs::read(objects.path(&digest)).expect("the file of a release is there");
            assert_eq!(Digest::of(&bytes), digest, "{}", distribution.file_name);
            assert_eq!(Some(bytes.len() as u64), distribution.size_bytes());
        }
        for table in &dataset.tables {
            let query = hiraku::store::rows::RowQuery { total: true, ..Default::default() };
            let page = store.rows(table, &query).expect("rows");
            assert_eq!(page.total, Some(table.records), "{}", dataset.name);
        }
        let digests: Vec<String> = dataset.distributions.iter().filter_map(|d| Some(d.digest()?.to_hex())).collect();
        state.insert(dataset.name.to_string(), digests.join(" "));
    }
    state
}

/// Removes what was left over, and makes sure that a second sweep finds nothing.
fn swept(data: &Path) {
    let data = data.to_str().expect("text");
    hiraku_done(["sweep", "--data", data]);
    let second: serde_json::Value =
        serde_json::from_str(&hiraku_done(["sweep", "--data", data, "--json"])).expect("JSON");
    assert_eq!(second["record_tables"], 0);
    assert_eq!(second["objects"], 0);
}

/// Milliseconds spread over `0…most` without a clock: a multiplicative sequence.
fn spread(round: u32, most: Duration) -> Duration {
    most * ((round * 61) % 97) / 97
}

#[test]
fn killing_ingest_and_publish_leaves_the_old_or_the_new_state_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sources, data) = (some_datasets(folder.path()), folder.path().join("data"));
    let (source_text, data_text) = (sources.to_str().expect("text"), data.to_str().expect("text"));
    let begun = Instant::now();
    let first = hiraku(["ingest", "--data", data_text, source_text]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stdout));
    let ingest_time = begun.elapsed();
    let begun = Instant::now();
    hiraku_done(["publish", "--data", data_text, "--all"]);
    let publish_time = begun.elapsed();
    let whole = public_state(&data);
    assert_eq!(whole.len(), 12);

    let mut in_the_middle = 0;
    for round in 0..INGEST_ROUNDS {
        let wait = spread(round, ingest_time);
        in_the_middle += u32::from(killed(&["ingest", "--again", "--data", data_text, source_text], wait));
        assert_eq!(public_state(&data), whole, "ingest alone makes nothing public (round {round})");
        swept(&data);
        assert_eq!(public_state(&data), whole, "the sweep takes nothing that is needed (round {round})");
    }
    for round in 0..PUBLISH_ROUNDS {
        let again = hiraku(["ingest", "--again", "--data", data_text, source_text]);
        assert!(again.status.success());
        in_the_middle += u32::from(killed(&["publish", "--data", data_text, "--all"], spread(round, publish_time)));
        // The files did not change, so old and new release have the same bytes: every dataset is there, whole.
        assert_eq!(public_state(&data), whole, "round {round}");
        swept(&data);
        assert_eq!(public_state(&data), whole, "round {round}");
    }
    assert!(
        in_the_middle > u32::midpoint(INGEST_ROUNDS, PUBLISH_ROUNDS),
        "most kills hit running work: {in_the_middle}"
    );
}

#[test]
fn killing_the_server_under_load_loses_and_doubles_no_answered_download() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sources, data) = (some_datasets(folder.path()), folder.path().join("data"));
    let (source_text, data_text) = (sources.to_str().expect("text"), data.to_str().expect("text"));
    assert!(hiraku(["ingest", "--data", data_text, source_text]).status.success());
    hiraku_done(["publish", "--data", data_text, "--all"]);

    let (sent, answered) = (AtomicU64::new(0), AtomicU64::new(0));
    for round in 0..SERVE_ROUNDS {
        let server = Server::start(&data);
        let base = server.base.clone();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (base, sent, answered) = (&base, &sent, &answered);
                // Each visitor is another browser, so that the 30-second rule folds none of them.
                scope.spawn(move || {
                    for visit in 0.. {
                        let browser = format!(
                            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.{round}{thread}.{visit} Safari/537.36"
                        );
                        let agent: ureq::Agent = ureq::Agent::config_builder().user_agent(browser).build().into();
                        sent.fetch_add(1, Ordering::Relaxed);
                        if agent.get(format!("{base}/dataset")).call().is_err() {
                            break;
                        }
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(300) + spread(round, Duration::from_millis(400)));
            server.kill();
        });
    }
    let year = format!("--fiscal-year={}", crate::whole::this_fiscal_year());
    let report = hiraku_done(["report", "--data", data_text, &year, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let counted = crate::whole::sum_of(&report, "searches");
    let (sent, answered) = (sent.load(Ordering::Relaxed), answered.load(Ordering::Relaxed));
    assert!(answered > 500, "the load was real: {answered}");
    assert!(answered <= counted && counted <= sent, "answered {answered} ≤ counted {counted} ≤ sent {sent}");
}
