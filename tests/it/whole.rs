//! The whole way: the city files of datasets/ become a catalogue, a map and a count, with the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::program::{Server, hiraku, hiraku_done, repository};

/// Where the golden ingest table lies; `make golden` writes it anew.
const GOLDEN: &str = "tests/data/golden/ingest-table.tsv";

const BROWSER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36";

pub(crate) fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).user_agent(BROWSER).build().into()
}

pub(crate) fn get(agent: &ureq::Agent, url: &str) -> (u16, Vec<u8>) {
    let mut answer = agent.get(url).call().unwrap_or_else(|error| panic!("{url}: {error}"));
    let body = answer.body_mut().with_config().limit(200 << 20).read_to_vec().expect("a whole body");
    (answer.status().as_u16(), body)
}

fn json(agent: &ureq::Agent, url: &str) -> Json {
    let (status, body) = get(agent, url);
    assert_eq!(status, 200, "{url}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{url}: {error}"))
}

pub(crate) fn action(agent: &ureq::Agent, base: &str, call: &str) -> Json {
    let answer = json(agent, &format!("{base}/api/3/action/{call}"));
    assert_eq!(answer["success"], true, "{call}");
    answer["result"].clone()
}

/// Rows of the table by `dataset/file/table`, checked for the conservation law on the way.
fn lines(table: &str) -> BTreeMap<String, String> {
    let mut lines = BTreeMap::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        if cells[0] == "total" {
            continue;
        }
        let number = |index: usize| cells[index].parse::<u64>().expect("a count");
        assert_eq!(number(6), number(7) + number(8), "rows = records + refused: {line}");
        let before = lines.insert(format!("{}/{}/{}", cells[0], cells[1], cells[2]), line.to_owned());
        assert!(before.is_none(), "twice: {line}");
    }
    lines
}

/// The strict reader over every tile of every archive.
fn every_tile_is_without_fault(data: &Path) {
    let (mut archives, mut tiles) = (0, 0);
    let mut folders = vec![data.join("objects")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of objects").map(|entry| entry.expect("an object").path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let bytes = fs::read(&entry).expect("an object");
            // Byte 98 of the header is how tiles are packed; 2 is gzip, the rest are twins with the same tiles.
            if bytes.starts_with(b"PMTiles\x03") && bytes.get(98) == Some(&2) {
                let tileset = hiraku::publish::archive::Tileset::open(bytes).expect("an archive");
                archives += 1;
                tiles += crate::publish::checked(&tileset).len();
            }
        }
    }
    assert!(archives >= 280 && tiles > 10_000, "{archives} archives, {tiles} different tiles");
}

#[test]
fn the_files_of_datasets_become_a_catalogue_a_map_and_a_count() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");

    // Ingest: the table is the golden one, the refused files make the exit code 1.
    let output = hiraku([Path::new("ingest"), Path::new("--data"), &data, &repository("datasets")]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let table = String::from_utf8(output.stdout).expect("UTF-8");
    let golden = fs::read_to_string(repository(GOLDEN)).unwrap_or_default();
    let (found, wanted) = (lines(&table), lines(&golden));
    let differing: Vec<&String> = found
        .iter()
        .filter(|(key, line)| wanted.get(*key) != Some(line))
        .map(|(_, line)| line)
        .chain(wanted.iter().filter(|(key, _)| !found.contains_key(*key)).map(|(_, line)| line))
        .collect();
    assert!(differing.is_empty(), "differs from {GOLDEN} (make golden):\n{differing:#?}");

    // Publish, and again: nothing waits any more. An unchanged ingest takes nothing in.
    let confirmed = std::fs::read_to_string(repository("datasets/CONFIRMED")).expect("the list");
    let names = confirmed.lines().filter(|line| !line.starts_with('#')).map(std::ffi::OsStr::new);
    let looked_at: Vec<&std::ffi::OsStr> =
        ["publish".as_ref(), "--data".as_ref(), data.as_os_str(), "--confirmed".as_ref()]
            .into_iter()
            .chain(names)
            .collect();
    hiraku_done(looked_at);
    let publish = ["publish".as_ref(), "--data".as_ref(), data.as_os_str(), "--all".as_ref(), "--json".as_ref()];
    let published: Json = serde_json::from_str(&hiraku_done(publish)).expect("JSON");
    assert!(published["published"].as_u64() >= Some(190), "{published}");
    let published: Json = serde_json::from_str(&hiraku_done(publish)).expect("JSON");
    assert_eq!(published["published"], 0);
    every_tile_is_without_fault(&data);
    let again = hiraku([Path::new("ingest"), Path::new("--data"), &data, &repository("datasets")]);
    assert!(String::from_utf8_lossy(&again.stdout).contains("unchanged\t"), "nothing changed");

    crate::search::finds_what_people_mean(&data);

    // Serve: catalogue, files, tiles, pages.
    let server = Server::start(&data);
    let base = server.base.clone();
    let agent = agent();
    let names = action(&agent, &base, "package_list");
    let names: Vec<&str> = names.as_array().expect("a list").iter().filter_map(Json::as_str).collect();
    assert!(names.len() >= 190, "{}", names.len());
    assert!(action(&agent, &base, "organization_list").as_array().expect("a list").len() >= 30);
    let layers = json(&agent, &format!("{base}/tiles.json"));
    assert!(layers["layers"].as_array().expect("a list").len() >= 100);
    let dataset = action(&agent, &base, "package_show?id=222127_aed");
    let csv = dataset["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .find(|resource| resource["format"] == "CSV")
        .expect("a CSV");
    let url = csv["url"].as_str().expect("a URL");
    let (status, body) = get(&agent, url);
    assert_eq!(status, 200);
    assert!(body.starts_with("\u{feff}".as_bytes()), "Excel needs the byte order mark");
    assert_eq!(body.len() as u64, csv["size"].as_u64().expect("a size"));
    for path in ["/", "/dataset", "/organization", "/dataset/222127_aed", "/map", "/stats"] {
        let (status, page) = get(&agent, &format!("{base}{path}"));
        let page = String::from_utf8(page).expect("UTF-8");
        assert_eq!(status, 200, "{path}");
        assert!(page.contains("<html lang=\"ja\""), "{path}");
    }

    // Count: what was asked above is in the report, once each.
    let year = format!("--fiscal-year={}", this_fiscal_year());
    let figure = |server: &str, metric: &str| -> u64 {
        let report = hiraku_done(["report", "--data", data.to_str().expect("text"), &year, "--format", "json"]);
        let report: Json = serde_json::from_str(&report).unwrap_or_else(|e| panic!("{server}: {e}: {report}"));
        sum_of(&report, metric)
    };
    assert_eq!(figure("running", "requests"), 1, "one download");
    assert_eq!(figure("running", "investigations"), 3, "the page, package_show by a browser, the download");

    // A job inside the running server: unchanged files are left alone, and serving goes on.
    let inside = hiraku([Path::new("ingest"), Path::new("--data"), &data, &repository("datasets")]);
    assert!(String::from_utf8_lossy(&inside.stdout).contains("unchanged\t"), "{inside:?}");

    // Backup while serving, restore elsewhere: the same catalogue and figures.
    let archive = folder.path().join("backup.tar");
    hiraku_done(["backup".as_ref(), "--data".as_ref(), data.as_os_str(), "--to".as_ref(), archive.as_os_str()]);
    let before = action(&agent, &base, "package_show?id=222127_aed");
    server.stop();
    let elsewhere = folder.path().join("restored");
    hiraku_done(["restore".as_ref(), "--data".as_ref(), elsewhere.as_os_str(), "--from".as_ref(), archive.as_os_str()]);
    let server = Server::start(&elsewhere);
    let after = action(&agent, &server.base, "package_show?id=222127_aed");
    assert_eq!(before["metadata_modified"], after["metadata_modified"]);
    assert_eq!(before["resources"][0]["hash"], after["resources"][0]["hash"]);
    server.stop();
}

/// The yearly sum of a measure for the class `browser`.
pub(crate) fn sum_of(report: &Json, measure: &str) -> u64 {
    report["measures"][measure]["browser"].as_u64().unwrap_or_else(|| panic!("no {measure} in {report:#}"))
}

/// The fiscal year of today, by the machine's clock: the servers of these tests run by it.
pub(crate) fn this_fiscal_year() -> i16 {
    use hiraku::clock::Clock as _;
    hiraku::model::time::FiscalYear::of(hiraku::model::time::japan_day(hiraku::clock::SystemClock.now())).year()
}
