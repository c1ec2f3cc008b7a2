//! The sheets that come as two files: a list that names its facilities by their ID, and the facilities with their places.

use std::fs;
use std::path::Path;

use crate::program::{Server, hiraku, hiraku_done};
use crate::whole::{action, agent, get};

const RADIOS: &str = "全国地方公共団体コード,施設_ID,設備_ID,名称,所在地_連結表記,備考
132128,F1,R1,屋外子局1,,
132128,F2,R2,屋外子局2,東京都日野市神明1-1-1,自前の住所
132128,F9,R3,屋外子局3,,施設の表にない
132128,F3,R4,屋外子局4,,施設の表に二度ある
132128,F1,R5,屋外子局5,,
";
const FACILITIES: &str = "全国地方公共団体コード,ID,名称,所在地_連結表記,緯度,経度
132128,F1,市役所,東京都日野市神明1-12-1,35.671200,139.395000
132128,F2,図書館,東京都日野市豊田2-49,35.658700,139.382100
132128,F3,公園,東京都日野市多摩平1-1,35.665000,139.377000
132128,F3,公園,東京都日野市多摩平1-2,35.665100,139.377100
";

fn source(folder: &Path, files: &[(&str, &str)]) -> String {
    let source = folder.join("source");
    fs::create_dir_all(&source).expect("a folder");
    for (name, text) in files {
        fs::write(source.join(name), text).expect("a file");
    }
    let toml = "name = \"132128_radio\"\ntitle = \"防災行政無線\"\nlicence = \"pdl-1.0\"\nattribution = \"市\"\n[publisher]\ncode = \"132128\"\n";
    fs::write(source.join("source.toml"), toml).expect("a description");
    source.to_str().expect("text").to_owned()
}

/// Takes in, publishes and serves the source; gives what ingest said, and the CSV of the list as rows.
fn served(folder: &Path, files: &[(&str, &str)]) -> (String, Vec<Vec<String>>) {
    let data = folder.join("data");
    let output = hiraku([Path::new("ingest"), Path::new("--data"), &data, Path::new(&source(folder, files))]);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{said}");
    hiraku_done([Path::new("publish"), Path::new("--data"), &data, Path::new("--all")]);
    let server = Server::start(&data);
    let agent = agent();
    let dataset = action(&agent, &server.base, "package_show?id=132128_radio");
    let resources = dataset["resources"].as_array().expect("resources");
    let is_list = |resource: &&serde_json::Value| {
        resource["format"] == "CSV" && resource["name"].as_str().is_some_and(|name| name.contains("emergency_radio"))
    };
    let csv = resources.iter().find(is_list).unwrap_or_else(|| panic!("{dataset}"));
    let (status, body) = get(&agent, csv["url"].as_str().expect("a URL"));
    assert_eq!(status, 200);
    let text = String::from_utf8(body).expect("UTF-8");
    let rows = text.trim_start_matches('\u{feff}').lines();
    (said, rows.map(|line| line.split(',').map(str::to_owned).collect()).collect())
}

#[test]
fn a_list_takes_the_places_of_its_facilities_from_the_other_file() {
    for is_list_first in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        // The order of files in a folder is that of their names.
        let other = if is_list_first { "132128_facility.csv" } else { "1_facility.csv" };
        let files = [("132128_emergency_radio.csv", RADIOS), (other, FACILITIES)];
        let (said, rows) = served(folder.path(), &files);
        let line = said.lines().find(|line| line.contains("emergency_radio.csv")).expect("the list");
        for found in ["\t5\t5\t0\t", "facility-joined=1", "facility-missing=1", "facility-double=1"] {
            assert!(line.contains(found), "{found}: {line}");
        }
        let at =
            |name: &str| rows[0].iter().position(|known| known == name).unwrap_or_else(|| panic!("{name}: {rows:?}"));
        let row = |id: &str| rows.iter().find(|row| row[at("設備_ID")] == id).expect("a record");
        assert_eq!(rows.len(), 6, "no record is lost or doubled: {rows:?}");
        for (id, address, position) in [
            ("R1", "東京都日野市神明1-12-1", ["35.6712", "139.395"]),
            ("R2", "東京都日野市神明1-1-1", ["35.6587", "139.3821"]),
            ("R3", "", ["", ""]),
            ("R4", "", ["", ""]),
            ("R5", "東京都日野市神明1-12-1", ["35.6712", "139.395"]),
        ] {
            let found = row(id);
            assert_eq!(found[at("所在地_連結表記")], address, "{id}: what the list says itself stays");
            let degrees = |name: &str| found[at(name)].parse::<f64>().map_or_else(|_| String::new(), |d| d.to_string());
            assert_eq!([degrees("緯度"), degrees("経度")], position, "{id}");
        }
    }
}

#[test]
fn tables_that_do_not_say_that_they_belong_together_stay_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let list = RADIOS.replace("施設_ID", "管理番号");
    let halls = FACILITIES.replace("名称", "会館");
    let files = [("132128_emergency_radio.csv", list.as_str()), ("132128_halls.csv", halls.as_str())];
    let (said, rows) = served(folder.path(), &files);
    assert!(!said.contains("facility-"), "{said}");
    assert!(!rows[0].iter().any(|name| name == "緯度"), "{rows:?}");
    assert_eq!(rows.len(), 6);
}
