//! Harvesting: from a CKAN that changes, lies and dawdles, from our own server as a CKAN and as DCAT, from a list and a
//! folder; by the real program, with the addresses of this machine opened by the setting alone.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hiraku::model::catalogue::Catalogue;
use hiraku::pipeline::harvest::address::Allowed;
use hiraku::pipeline::harvest::authorities::Authorities;
use hiraku::pipeline::harvest::fetch::{Conditions, Fetcher, Rules};
use hiraku::store::{Store, StoreOptions};
use serde_json::{Value as Json, json};

use crate::harvest_upstream::{Answer, Asked, Upstream};
use crate::program::{HIRAKU, Server, hiraku_done, repository};

const PARKS: &str = "公園名,住所,面積\n本町公園,焼津市本町5丁目6番1号,1200\n港公園,焼津市中港1丁目1番1号,800\n";
const MORE: &str = "公園名,住所,面積\n本町公園,焼津市本町5丁目6番1号,1200\n港公園,焼津市中港1丁目1番1号,800\n西公園,焼津市石津1丁目1番1号,90\n";

/// A data directory with the settings of a harvest.
struct Here {
    folder: tempfile::TempDir,
}

impl Here {
    fn new(hosts: &[&str], open: bool) -> Self {
        let here = Self { folder: tempfile::tempdir().expect("a folder") };
        here.settings(hosts, open);
        here
    }

    fn settings(&self, hosts: &[&str], open: bool) {
        let networks = if open { "[\"127.0.0.0/8\"]" } else { "[]" };
        let text = format!(
            "harvest_hosts = {hosts:?}\nharvest_networks = {networks}\nharvest_pause_ms = 0\nharvest_file_mib = 1\n"
        );
        fs::write(self.folder.path().join("hiraku.toml"), text).expect("settings");
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(HIRAKU);
        command.arg("--config").arg(self.folder.path().join("hiraku.toml")).arg("--json").args(arguments);
        command.arg("--data").arg(self.data()).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// The report of a run that must end with this code: what became of each dataset, by name.
    fn harvest(&self, arguments: &[&str], code: i32) -> (Json, BTreeMap<String, String>) {
        let output = self.run(&[&["harvest", "run"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{said}\n{}", String::from_utf8_lossy(&output.stdout));
        let report: Json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
        let run = report["runs"][0].clone();
        let lines = run["datasets"].as_array().cloned().unwrap_or_default();
        let became = lines.iter().map(|line| {
            let name = line["dataset"].as_str().filter(|name| !name.is_empty()).or(line["remote"].as_str());
            let code = line["code"].as_str().unwrap_or_default();
            let became = line["became"].as_str().unwrap_or_default();
            (name.unwrap_or_default().to_owned(), format!("{became} {code}").trim().to_owned())
        });
        (run.clone(), became.collect())
    }

    fn added(&self, name: &str, address: &str, further: &[&str]) {
        let output = self.run(&[&["harvest", "add", name, address], further].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn catalogue(&self) -> Catalogue {
        let store = Store::open(&self.data(), StoreOptions { memory_mib: 128, threads: 1 }).expect("a database");
        store.load_catalogue(hiraku::schema::licence_or_unknown).expect("a catalogue")
    }

    /// Nothing of a run is left beside what is kept.
    fn is_clean(&self) {
        for folder in ["uploads", "harvest"] {
            let entries = fs::read_dir(self.data().join(folder)).expect(folder);
            let left: Vec<String> =
                entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
            assert!(left.iter().all(|name| !name.starts_with('.')), "{folder}: {left:?}");
        }
    }
}

/// A dataset as CKAN tells it, with one file.
fn dataset(host: &str, id: u32, name: &str, modified: &str, file: &str) -> Json {
    json!({
        "id": format!("00000000-0000-4000-8000-{id:012}"), "name": name, "title": format!("公園一覧 {name}"),
        "notes": "市内の公園です。", "license_id": "cc-by-40-intl", "private": false, "state": "active",
        "organization": { "name": "222127", "title": "焼津市" }, "url": "https://example.jp/page",
        "metadata_modified": modified, "tags": [{ "name": "公園" }],
        "extras": [{ "key": "attribution", "value": "焼津市が公開する公園一覧" }],
        "resources": [{ "id": format!("r{id}"), "name": "公園（CSV）", "format": "CSV", "url": format!("http://{host}/files/{file}") }],
    })
}

/// `package_search` over datasets by two at a time, as a CKAN with a low cap does it.
fn search(asked: &Asked, datasets: &[Json]) -> Answer {
    let fq = asked.parameter("fq");
    let since = fq.split_once("metadata_modified:[").map(|(_, rest)| rest.chars().take(19).collect::<String>());
    let mut found: Vec<&Json> = datasets
        .iter()
        .filter(|own| since.as_ref().is_none_or(|since| own["metadata_modified"].as_str() >= Some(since)))
        .collect();
    found.sort_by_key(|own| own["id"].as_str().unwrap_or_default().to_owned());
    let start: usize = asked.parameter("start").parse().unwrap_or(0);
    let rows: usize = asked.parameter("rows").parse::<usize>().unwrap_or(10).min(2);
    let page: Vec<&&Json> = found.iter().skip(start).take(rows).collect();
    Answer::ok(
        "application/json;charset=utf-8",
        json!({ "success": true, "result": { "count": found.len(), "results": page } }).to_string(),
    )
}

fn not_found() -> Answer {
    Answer::Plain(
        404,
        Vec::new(),
        json!({ "success": false, "error": { "__type": "Not Found Error" } }).to_string().into_bytes(),
    )
}

type Shared = Arc<Mutex<Vec<Json>>>;

/// A CKAN whose datasets the test changes; files end by what is asked.
fn ckan(datasets: &Shared, file: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Upstream {
    let datasets = Arc::clone(datasets);
    Upstream::start(move |asked, _| {
        let own = datasets.lock().expect("no panic holds it").clone();
        if asked.target.starts_with("/api/3/action/package_search") {
            search(asked, &own)
        } else if asked.target.starts_with("/api/3/action/package_show") {
            let id = asked.parameter("id");
            let found = own.iter().find(|own| own["id"] == *id);
            found.map_or_else(not_found, |own| {
                Answer::ok("application/json", json!({ "success": true, "result": own }).to_string())
            })
        } else {
            file(asked)
        }
    })
}

fn csv(text: &str) -> Answer {
    Answer::ok("text/csv", text)
}

#[test]
fn addresses_that_are_not_public_are_asked_by_the_operators_word_alone() {
    let shared: Shared = Arc::default();
    let upstream = ckan(&shared, |_| csv(PARKS));
    let address = format!("http://{}", upstream.host);
    // Not listed: told when it is entered. Listed: still this machine.
    let here = Here::new(&[], true);
    let output = here.run(&["harvest", "add", "own", &address]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("harvest_hosts"));
    let port = upstream.host.rsplit(':').next().expect("a port");
    let hosts = [
        upstream.host.clone(),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
    ];
    let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
    here.settings(&hosts, false);
    for (name, host) in [("one", "127.0.0.1"), ("two", "localhost"), ("three", "2130706433"), ("four", "0x7f.1")] {
        here.added(name, &format!("http://{host}:{port}"), &[]);
        let output = here.run(&["harvest", "run", name]);
        assert_eq!(output.status.code(), Some(2), "{host}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("harvest_networks"), "{host}");
    }
    for address in ["http://user:x@127.0.0.1/", "file:///etc/passwd", "ftp://127.0.0.1/", "http:///x", "//127.0.0.1"] {
        assert_eq!(here.run(&["harvest", "add", "five", address]).status.code(), Some(2), "{address}");
    }
    assert!(upstream.asked().is_empty(), "nothing was asked");
    here.settings(&hosts, true);
    let (run, _) = here.harvest(&["one"], 0);
    assert_eq!(run["complete"], true);
    let asked = upstream.asked();
    assert!(asked[0].header("user-agent").starts_with("hiraku/"), "{asked:?}");
}

#[test]
fn a_catalogue_is_taken_over_followed_and_withdrawn() {
    let shared: Shared = Arc::default();
    let files = Arc::new(Mutex::new(PARKS.to_owned()));
    let served = Arc::clone(&files);
    let upstream = ckan(&shared, move |asked| {
        let text = served.lock().expect("no panic holds it").clone();
        let tag = format!("\"{}\"", text.len());
        if asked.header("if-none-match") == tag {
            return Answer::Plain(304, Vec::new(), Vec::new());
        }
        Answer::Plain(200, vec![("content-type", "text/csv".to_owned()), ("etag", tag)], text.into_bytes())
    });
    let host = upstream.host.clone();
    let set = |datasets: Vec<Json>| *shared.lock().expect("no panic holds it") = datasets;
    let one = |modified: &str| dataset(&host, 1, "222127_a", modified, "a.csv");
    let two = |modified: &str| dataset(&host, 2, "222127_b", modified, "b.csv");
    let three = dataset(&host, 3, "222127_c", "2026-01-03T00:00:00", "c.csv");
    set(vec![one("2026-01-01T00:00:00"), two("2026-01-02T00:00:00"), three.clone()]);
    let here = Here::new(&[&host], true);
    here.added("pref", &format!("http://{host}/"), &[]);
    // Only looking fetches no file and writes nothing.
    let (_, became) = here.harvest(&["pref", "--dry-run"], 0);
    assert_eq!(became.values().map(String::as_str).collect::<Vec<_>>(), ["would-take"; 3]);
    assert!(upstream.files().is_empty());
    assert!(here.catalogue().datasets().is_empty());
    // Without --publish everything waits; with it, it becomes public without being fetched again.
    let (_, became) = here.harvest(&["pref"], 0);
    assert_eq!(became.values().map(String::as_str).collect::<Vec<_>>(), ["waiting"; 3]);
    assert!(here.catalogue().datasets().is_empty());
    upstream.asked();
    let (_, became) = here.harvest(&["pref", "--publish"], 0);
    assert_eq!(became.values().map(String::as_str).collect::<Vec<_>>(), ["published"; 3]);
    let catalogue = here.catalogue();
    let own = catalogue.dataset("222127_a").expect("a dataset");
    assert_eq!((own.licence.id.as_str(), own.organization.title.as_str()), ("cc-by-4.0", "焼津市"));
    assert_eq!(
        (own.attribution.as_str(), own.source_page.as_str()),
        ("焼津市が公開する公園一覧", "https://example.jp/page")
    );
    assert_eq!((own.tables[0].records, own.retrieved.len(), own.tags[0].as_str()), (2, 10, "公園"));
    // Nothing changed: only what changed since is asked for, and no file.
    upstream.asked();
    let (_, became) = here.harvest(&["pref", "--publish"], 0);
    assert_eq!(became.values().map(String::as_str).collect::<Vec<_>>(), ["unchanged"], "{became:?}");
    let asked = upstream.asked();
    assert!(asked.iter().all(|own| own.target.contains("package_search")), "{asked:?}");
    assert!(asked.len() <= 2, "{asked:?}");
    // The first is edited with the same file, the second with another one, the third goes, others come.
    set(vec![
        one("2026-02-01T00:00:00"),
        two("2026-02-02T00:00:00"),
        json!({ "id": "x", "name": "222127_x", "title": "x", "license_id": "cc-by", "organization": { "name": "222127" },
                "metadata_modified": "2026-02-03T00:00:00", "resources": [{ "url": format!("http://{host}/files/x.csv") }] }),
        dataset(&host, 5, "222127_a", "2026-02-04T00:00:00", "double.csv"),
        dataset(&host, 6, "222127_f", "2026-02-05T00:00:00", "picture.pdf"),
    ]);
    let (_, became) = here.harvest(&["pref", "--publish"], 1);
    let expected = [
        ("222127_a", "refused name-double"),
        ("222127_b", "unchanged"),
        ("222127_c", "withdrawn"),
        ("222127_f", "refused no-data-file"),
        ("x", "refused licence-unknown"),
    ];
    assert_eq!(became, expected.map(|(name, became)| (name.to_owned(), became.to_owned())).into());
    let files_asked = upstream.files();
    assert_eq!(files_asked, ["/files/a.csv", "/files/b.csv"], "conditional, and nothing of what is refused");
    *files.lock().expect("no panic holds it") = MORE.to_owned();
    set(vec![one("2026-02-01T00:00:00"), two("2026-03-02T00:00:00")]);
    let (run, became) = here.harvest(&["pref", "--publish"], 0);
    assert_eq!(became["222127_b"], "published", "{run}");
    let catalogue = here.catalogue();
    let records = |name: &str| catalogue.dataset(name).map(|own| own.tables[0].records);
    assert_eq!((records("222127_a"), records("222127_b"), records("222127_c")), (Some(2), Some(3), None));
    let listed = String::from_utf8(here.run(&["harvest", "list"]).stdout).expect("text");
    assert!(listed.contains("\"pref\""), "{listed}");
    let store = Store::open(&here.data(), StoreOptions { memory_mib: 64, threads: 1 }).expect("a database");
    let notes = store.actions(50).expect("notes");
    assert!(notes.iter().any(|note| note[1..4] == ["harvest:pref", "harvest withdraw", "222127_c"] && note[4].contains("gone from")), "{notes:?}");
    drop(store);
    // What comes back is taken again.
    set(vec![one("2026-02-01T00:00:00"), two("2026-03-02T00:00:00"), three]);
    let (_, became) = here.harvest(&["pref", "--publish"], 0);
    assert_eq!(became["222127_c"], "published");
    here.is_clean();
    let removed = here.run(&["harvest", "remove", "pref", "--withdraw"]);
    assert!(removed.status.success());
    assert!(here.catalogue().datasets().is_empty());
    assert_eq!(here.run(&["harvest", "run", "pref"]).status.code(), Some(2));
}

#[test]
fn what_is_held_or_taken_by_another_is_never_published() {
    let phones: String = std::iter::once("氏名,電話番号\n".to_owned())
        .chain((0..20).map(|n| format!("担当者{n},090-1234-{:04}\n", 1000 + n)))
        .collect();
    let shared: Shared = Arc::default();
    let upstream = ckan(&shared, move |asked| if asked.target.contains("held") { csv(&phones) } else { csv(PARKS) });
    let host = upstream.host.clone();
    *shared.lock().expect("no panic holds it") = vec![
        dataset(&host, 1, "222127_held", "2026-01-01T00:00:00", "held.csv"),
        dataset(&host, 2, "222127_taken", "2026-01-01T00:00:00", "taken.csv"),
        dataset(&host, 3, "222127_free", "2026-01-01T00:00:00", "free.csv"),
    ];
    let here = Here::new(&[&host], true);
    // A dataset of the city's own files has the name.
    let own = here.folder.path().join("222127_taken.csv");
    fs::write(&own, PARKS).expect("a file");
    hiraku_done(["ingest", "--data", here.data().to_str().expect("text"), own.to_str().expect("text")]);
    here.added("pref", &format!("http://{host}"), &[]);
    let (run, became) = here.harvest(&["pref", "--publish"], 1);
    assert!(became["222127_held"].starts_with("held "), "{run}");
    assert_eq!(became["222127_taken"], "refused name-taken");
    assert_eq!(became["222127_free"], "published");
    let names: Vec<String> = here.catalogue().datasets().iter().map(|own| own.name.to_string()).collect();
    assert_eq!(names, ["222127_free"]);
    // Told again, not fetched again.
    upstream.asked();
    let (_, became) = here.harvest(&["pref", "--publish", "--again"], 1);
    assert_eq!(became["222127_held"], "unchanged");
}

#[test]
fn lies_and_trouble_stop_one_dataset_and_no_other() {
    let shared: Shared = Arc::default();
    let upstream = ckan(&shared, |asked| match asked.target.as_str() {
        "/files/endless.csv" => Answer::Endless,
        "/files/cut.csv" => Answer::Cut,
        "/files/announced.csv" => Answer::Announced(1 << 40),
        "/files/bomb.csv" => {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packed.write_all(&vec![b'1'; 32 << 20]).expect("packed");
            let body = packed.finish().expect("packed");
            Answer::Plain(200, vec![("content-encoding", "gzip".to_owned())], body)
        }
        "/files/trouble.csv" => Answer::status(503),
        "/files/lost.csv" => Answer::status(404),
        "/files/inner.csv" => Answer::redirect("http://169.254.169.254/latest/meta-data"),
        "/files/other.csv" => Answer::redirect("http://127.0.0.1:1/x.csv"),
        "/files/scheme.csv" => Answer::redirect("file:///etc/passwd"),
        "/files/circle.csv" => Answer::redirect("/files/circle.csv"),
        "/files/moved.csv" => Answer::redirect("/files/good.csv"),
        "/files/page.csv" => Answer::ok("text/html", "<html><body>ログインしてください</body></html>"),
        _ => csv(PARKS),
    });
    let host = upstream.host.clone();
    let kinds = [
        ("endless", "failed too-large"),
        ("cut", "failed network"),
        ("announced", "failed too-large"),
        ("bomb", "failed too-large"),
        ("trouble", "failed status"),
        ("lost", "failed not-found"),
        ("inner", "failed host-not-listed"),
        ("other", "failed host-not-listed"),
        ("scheme", "failed address"),
        ("circle", "failed redirect"),
        ("moved", "published"),
        ("good", "published"),
    ];
    let mut all: Vec<Json> = kinds
        .iter()
        .zip(1..)
        .map(|((name, _), id)| {
            dataset(&host, id, &format!("222127_{name}"), "2026-01-01T00:00:00", &format!("{name}.csv"))
        })
        .collect();
    let mut outside = dataset(&host, 90, "222127_outside", "2026-01-01T00:00:00", "x.csv");
    outside["resources"][0]["url"] = json!("http://10.0.0.1/x.csv");
    all.push(outside);
    all.push(dataset(&host, 91, "222127_page", "2026-01-01T00:00:00", "page.csv"));
    all.extend([json!(null), json!([]), json!({ "id": 7 }), json!("x")]);
    *shared.lock().expect("no panic holds it") = all;
    let here = Here::new(&[&host], true);
    here.added("pref", &format!("http://{host}"), &[]);
    let (run, became) = here.harvest(&["pref", "--publish"], 1);
    for (name, expected) in kinds {
        assert_eq!(became[&format!("222127_{name}")], expected, "{run}");
    }
    assert_eq!(became["222127_outside"], "failed host-not-listed");
    assert!(became["222127_page"].starts_with("refused") || became["222127_page"] == "published", "{became:?}");
    here.is_clean();
    // Nothing that failed is taken for seen.
    assert_eq!(run["complete"], false, "four entries are no datasets, so the list is not whole");
    upstream.asked();
    let (_, became) = here.harvest(&["pref", "--publish"], 1);
    assert_eq!(became["222127_trouble"], "failed status");
    assert!(!upstream.files().iter().any(|file| file == "/files/good.csv"), "what is here is not fetched again");
}

#[test]
fn a_catalogue_that_cannot_be_read_withdraws_nothing() {
    let shared: Shared = Arc::default();
    let mode = Arc::new(Mutex::new(""));
    let (own, now) = (Arc::clone(&shared), Arc::clone(&mode));
    let upstream = Upstream::start(move |asked, host| {
        let datasets = own.lock().expect("no panic holds it").clone();
        let start = asked.parameter("start");
        let word = *now.lock().expect("no panic holds it");
        match word {
            "json" => Answer::ok("application/json", "{\"success\": true, \"result\": {\"count\": 3, \"resu"),
            "deep" => Answer::ok("application/json", "[".repeat(100_000)),
            "page" if asked.target.contains("package_search") && start != "0" => Answer::status(500),
            "shorter" if asked.target.contains("package_search") => {
                Answer::ok("application/json", json!({ "success": true, "result": { "count": 9, "results": [dataset(host, 1, "222127_a", "2026-01-01T00:00:00", "a.csv")] } }).to_string())
            }
            "forever" if asked.target.contains("package_search") => {
                Answer::ok("application/json", json!({ "success": true, "result": { "count": u64::MAX, "results": [dataset(host, 1, "222127_a", "2026-01-01T00:00:00", "a.csv")] } }).to_string())
            }
            "empty" if asked.target.contains("package_search") => search(asked, &[]),
            "hidden" if asked.target.contains("package_search") => search(asked, &datasets[..3]),
            _ if asked.target.contains("package_search") => search(asked, &datasets),
            _ if asked.target.contains("package_show") => {
                let found = datasets.iter().find(|own| own["id"] == *asked.parameter("id"));
                let is_gone = word == "empty";
                found.filter(|_| !is_gone).map_or_else(not_found, |own| Answer::ok("application/json", json!({ "success": true, "result": own }).to_string()))
            }
            _ => csv(PARKS),
        }
    });
    let host = upstream.host.clone();
    *shared.lock().expect("no panic holds it") = (1..=5)
        .map(|id| {
            dataset(
                &host,
                id,
                &format!("222127_{}", ["a", "b", "c", "d", "e"][id as usize - 1]),
                "2026-01-01T00:00:00",
                &format!("{id}.csv"),
            )
        })
        .collect();
    let here = Here::new(&[&host], true);
    here.added("pref", &format!("http://{host}"), &[]);
    here.harvest(&["pref", "--publish"], 0);
    assert_eq!(here.catalogue().datasets().len(), 5);
    let set = |word: &'static str| *mode.lock().expect("no panic holds it") = word;
    for (word, code) in [("json", 3), ("deep", 3), ("page", 1), ("shorter", 1), ("forever", 1)] {
        set(word);
        let output = here.run(&["harvest", "run", "pref", "--publish", "--again"]);
        assert_eq!(output.status.code(), Some(code), "{word}: {}", String::from_utf8_lossy(&output.stdout));
        assert_eq!(here.catalogue().datasets().len(), 5, "{word}");
    }
    // Missing from the list but still there.
    set("hidden");
    let (_, became) = here.harvest(&["pref", "--publish"], 1);
    assert_eq!((became["222127_d"].as_str(), became["222127_e"].as_str()), ("left still-there", "left still-there"));
    // All gone at once: a person has to say so.
    set("empty");
    let (_, became) = here.harvest(&["pref", "--publish"], 1);
    assert!(became.values().all(|word| word == "left many-gone"), "{became:?}");
    assert_eq!(here.catalogue().datasets().len(), 5);
    let (_, became) = here.harvest(&["pref", "--publish", "--confirmed"], 0);
    assert!(became.values().all(|word| word == "withdrawn"), "{became:?}");
    assert!(here.catalogue().datasets().is_empty());
}

#[test]
fn a_slow_server_is_given_up_in_time() {
    let upstream =
        Upstream::start(|asked, _| if asked.target == "/silent" { Answer::Announced(10) } else { Answer::Drip });
    let rules = Rules {
        allowed: Allowed {
            hosts: vec![upstream.host.clone()],
            networks: vec!["127.0.0.1/32".parse().expect("a network")],
        },
        file_bytes: 1 << 20,
        pause: Duration::ZERO,
        authorities: Authorities::default(),
    };
    let folder = tempfile::tempdir().expect("a folder");
    for path in ["/silent", "/drip"] {
        let begun = Instant::now();
        let mut fetcher = Fetcher::new(rules.clone(), begun + Duration::from_millis(700));
        let address = format!("http://{}{path}", upstream.host);
        let fault = fetcher.file(&address, Conditions::default(), folder.path()).expect_err(path);
        assert!(["too-slow", "time-over", "network"].contains(&fault.code), "{path}: {fault}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{path}: {:?}", begun.elapsed());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0, "{path}");
    }
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_was() {
    let shared: Shared = Arc::default();
    let upstream = ckan(&shared, |asked| if asked.target == "/files/slow.csv" { Answer::Drip } else { csv(PARKS) });
    let host = upstream.host.clone();
    let fast: Vec<Json> = (1..=2)
        .map(|id| dataset(&host, id, &format!("222127_f{id}"), "2026-01-01T00:00:00", &format!("f{id}.csv")))
        .collect();
    let mut all = fast.clone();
    all.push(dataset(&host, 9, "222127_slow", "2026-01-01T00:00:00", "slow.csv"));
    *shared.lock().expect("no panic holds it") = all;
    let here = Here::new(&[&host], true);
    here.added("pref", &format!("http://{host}"), &[]);
    let mut child = here
        .command(&["harvest", "run", "pref", "--publish"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let begun = Instant::now();
    let mut seen = Vec::new();
    while !seen.iter().any(|file| file == "/files/slow.csv") {
        assert!(begun.elapsed() < Duration::from_mins(1), "{seen:?}");
        std::thread::sleep(Duration::from_millis(20));
        seen.extend(upstream.files());
    }
    // While it waits for the network it keeps nobody out, but a second run.
    assert_eq!(here.catalogue().datasets().len(), 2);
    assert_eq!(here.run(&["harvest", "run", "pref"]).status.code(), Some(2));
    child.kill().expect("it was running");
    child.wait().expect("it ends");
    upstream.asked();
    *shared.lock().expect("no panic holds it") =
        [fast, vec![dataset(&host, 9, "222127_slow", "2026-01-01T00:00:00", "quick.csv")]].concat();
    let (_, became) = here.harvest(&["pref", "--publish"], 0);
    assert_eq!((became["222127_f1"].as_str(), became["222127_slow"].as_str()), ("unchanged", "published"));
    assert_eq!(upstream.files(), ["/files/quick.csv"]);
    here.is_clean();
}

/// Some real datasets: a table of points, one of polygons, one without positions.
fn published(folder: &Path) -> PathBuf {
    let data = folder.join("theirs");
    let sources: Vec<PathBuf> =
        ["222127_yaizu", "243248_toin"].iter().map(|city| repository("datasets").join(city)).collect();
    let mut some = Vec::new();
    for source in sources {
        let mut folders: Vec<PathBuf> =
            fs::read_dir(source).expect("a city").map(|entry| entry.expect("an entry").path()).collect();
        folders.sort();
        let small = |folder: &PathBuf| {
            let size: u64 = fs::read_dir(folder)
                .map_or(0, |files| files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum());
            (1_000..60_000).contains(&size) && folder.join("source.toml").is_file()
        };
        some.extend(folders.into_iter().filter(small).take(3));
    }
    assert!(some.len() == 6, "{some:?}");
    let mut arguments: Vec<&std::ffi::OsStr> = vec!["ingest".as_ref(), "--data".as_ref(), data.as_os_str()];
    arguments.extend(some.iter().map(|path| path.as_os_str()));
    hiraku_done(arguments);
    hiraku_done(["publish".as_ref(), "--data".as_ref(), data.as_os_str(), "--all".as_ref()]);
    data
}

fn told(catalogue: &Catalogue) -> BTreeMap<String, (String, String, String, Vec<u64>, bool)> {
    let all = catalogue.datasets().iter().map(|own| {
        let mut records: Vec<u64> = own.tables.iter().map(|table| table.records).collect();
        records.sort_unstable();
        let has_layer = own.tables.iter().any(|table| table.layer.is_some());
        (own.name.to_string(), (own.title.clone(), own.licence.id.clone(), own.attribution.clone(), records, has_layer))
    });
    all.collect()
}

#[test]
fn our_own_server_is_harvested_as_ckan_and_as_dcat() {
    let folder = tempfile::tempdir().expect("a folder");
    let theirs = published(folder.path());
    let expected = {
        let store = Store::open(&theirs, StoreOptions { memory_mib: 128, threads: 1 }).expect("a database");
        told(&store.load_catalogue(hiraku::schema::licence_or_unknown).expect("a catalogue"))
    };
    // Their figures are published by their site, which is no city, and are named as such: nothing to take over.
    let server = Server::start_with(&theirs, &[("HIRAKU_DAILY_FIGURES", "false")]);
    let host = server.base.trim_start_matches("http://").to_owned();
    for address in ["", "/catalog.ttl", "/catalog.rdf", "/catalog.jsonld"].map(|path| format!("{}{path}", server.base))
    {
        let here = Here::new(&[&host], true);
        here.added("theirs", &address, &[]);
        // The other syntaxes say the same; it is enough to see that they are read.
        if address.ends_with("rdf") || address.ends_with("jsonld") {
            let (_, became) = here.harvest(&["theirs", "--dry-run"], 0);
            assert!(became.values().all(|word| word == "would-take"), "{address}: {became:?}");
            assert!(became.keys().eq(expected.keys()), "{address}: {became:?}");
            continue;
        }
        let (run, became) = here.harvest(&["theirs", "--publish"], 0);
        assert_eq!(run["complete"], true, "{address}");
        assert!(became.values().all(|word| word == "published"), "{address}: {run}");
        assert_eq!(told(&here.catalogue()), expected, "{address}");
        let (_, became) = here.harvest(&["theirs", "--publish", "--again"], 0);
        assert!(became.values().all(|word| word == "unchanged"), "{address}: {became:?}");
        here.is_clean();
    }
    // While a server runs over the data directory, it is the server that writes, and everybody sees it at once.
    let here = Here::new(&[&host], true);
    let ours = Server::start(&here.data());
    here.added("theirs", &server.base, &["--prefix", "x_"]);
    let (_, became) = here.harvest(&["theirs", "--publish"], 0);
    assert_eq!(became.len(), expected.len());
    let answer = ureq::get(format!("{}/api/3/action/package_list", ours.base))
        .call()
        .expect("an answer")
        .body_mut()
        .read_to_string()
        .expect("text");
    let list: Json = serde_json::from_str(&answer).expect("JSON");
    let names: Vec<String> = expected.keys().map(|name| format!("x_{name}")).collect();
    let mut listed = list["result"].as_array().expect("a list").clone();
    listed.retain(|name| name != "daily-access-figures");
    assert_eq!(listed, names);
    ours.stop();
    server.stop();
}

#[test]
fn a_list_of_datasets_and_a_folder_arrive_in_one_command() {
    let shared: Shared = Arc::default();
    let upstream = ckan(&shared, |_| csv(PARKS));
    let host = upstream.host.clone();
    let here = Here::new(&[&host], true);
    let files = here.folder.path().join("files");
    fs::create_dir(&files).expect("a folder");
    fs::write(files.join("near.csv"), MORE).expect("a file");
    let lines = format!(
        "全国地方公共団体コード,データセット_ID,データセット_タイトル,データセット_概要,データセット_最終更新日,ファイル_タイトル,ファイル_ダウンロードURL,ファイル_形式,ファイル_ライセンス\n\
         222127,1,公園一覧,市内の公園,2026-04-01,公園,http://{host}/files/parks.csv,CSV,CC BY 4.0\n\
         222127,2,近くの公園,,2026-04-01,,near.csv,CSV,CC BY 4.0\n\
         222127,3,秘密,,2026-04-01,,../hiraku.toml,CSV,CC BY 4.0\n\
         222127,4,よそ,,2026-04-01,,http://example.jp/x.csv,CSV,CC BY 4.0\n"
    );
    let (list, _, _) = encoding_rs::SHIFT_JIS.encode(&lines);
    fs::write(files.join("06_list.csv"), &list).expect("a list");
    here.added("list", files.join("06_list.csv").to_str().expect("text"), &[]);
    let (run, _) = here.harvest(&["list", "--publish"], 1);
    let became: Vec<(&str, &str, &str)> = run["datasets"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| {
            (
                line["title"].as_str().expect("a title"),
                line["became"].as_str().expect("a word"),
                line["code"].as_str().expect("a code"),
            )
        })
        .collect();
    let expected = [
        ("公園一覧", "published", ""),
        ("近くの公園", "published", ""),
        ("秘密", "refused", "no-data-file"),
        ("よそ", "failed", "host-not-listed"),
    ];
    assert_eq!(became, expected, "{run}");
    // A folder: each file is a dataset; what is taken away is withdrawn.
    fs::remove_file(files.join("06_list.csv")).expect("removed");
    for name in ["222127_a.csv", "222127_b.csv"] {
        fs::write(files.join(name), PARKS).expect("a file");
    }
    here.added("folder", files.to_str().expect("text"), &["--publisher", "222127", "--licence", "cc-by-4.0"]);
    let (_, became) = here.harvest(&["folder", "--publish"], 0);
    assert_eq!(became.keys().map(String::as_str).collect::<Vec<_>>(), ["222127_a", "222127_b", "near"]);
    fs::remove_file(files.join("222127_b.csv")).expect("removed");
    fs::write(files.join("222127_a.csv"), MORE).expect("a file");
    let (_, became) = here.harvest(&["folder", "--publish"], 0);
    let words: Vec<&str> = became.values().map(String::as_str).collect();
    assert_eq!(words, ["published", "withdrawn", "unchanged"]);
    let names: Vec<String> = here.catalogue().datasets().iter().map(|own| own.title.clone()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
}

#[test]
fn only_the_fetcher_asks_other_hosts_and_only_the_command_calls_it() {
    fn walk(folder: &Path, faults: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                walk(&entry, faults);
                continue;
            }
            let name = entry.display().to_string();
            let text = fs::read_to_string(&entry).expect("text");
            let asks = text.contains("ureq::") || text.contains("TcpStream::connect");
            let calls = text.contains("Fetcher::new") || text.contains("harvest::run::");
            let may_ask = ["authorities.rs", "fetch.rs", "resolver.rs"]
                .iter()
                .any(|own| name.ends_with(&format!("pipeline/harvest/{own}")));
            if asks && !may_ask || calls && !name.ends_with("cli/harvest/mod.rs") {
                faults.push(name);
            }
        }
    }
    let mut faults = Vec::new();
    walk(&repository("src"), &mut faults);
    assert!(faults.is_empty(), "{faults:?}");
}
