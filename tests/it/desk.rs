//! What a person at the command line can get wrong, and what must not get in silently.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value as Json;

use crate::program::{hiraku, hiraku_done};

/// A data directory and a folder for sources.
struct Desk {
    folder: tempfile::TempDir,
}

const CSV: &str = "名称,住所,緯度,経度\n本庁,本町1,34.86,138.32\n支所,栄町2,34.87,138.31\n北館,本町3,34.85,138.30\n";

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn data(&self) -> String {
        self.folder.path().join("data").to_str().expect("text").to_owned()
    }

    /// A dataset folder with one CSV.
    fn source(&self, folder: &str, name: &str, code: &str, licence: &str, csv: &str) -> PathBuf {
        let path = self.folder.path().join(folder);
        fs::create_dir_all(&path).expect("a folder");
        fs::write(path.join("data.csv"), csv).expect("a file");
        let text = format!(
            "name = \"{name}\"\ntitle = \"施設\"\nlicence = \"{licence}\"\nattribution = \"市\"\n[publisher]\ncode = \"{code}\"\n"
        );
        fs::write(path.join("source.toml"), text).expect("a file");
        path
    }

    fn ingest(&self, path: &Path) -> Output {
        hiraku([Path::new("ingest"), Path::new("--data"), Path::new(&self.data()), path])
    }

    fn publish(&self, more: &[&str]) -> (Option<i32>, Json) {
        let data = self.data();
        let mut arguments = vec!["publish", "--data", data.as_str(), "--json"];
        arguments.extend(more);
        let output = hiraku(arguments);
        (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Json::Null))
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn another_organization_cannot_take_a_name_and_two_folders_cannot_share_one() {
    let desk = Desk::new();
    assert!(desk.ingest(&desk.source("own", "222127_halls", "222127", "pdl-1.0", CSV)).status.success());
    let foreign = desk.ingest(&desk.source("foreign", "222127_halls", "242039", "pdl-1.0", CSV));
    assert_eq!(foreign.status.code(), Some(1));
    assert!(text(&foreign).contains("REFUSED name-taken"), "{}", text(&foreign));

    let both = desk.folder.path().join("both");
    for folder in ["both/a", "both/b"] {
        desk.source(folder, "222127_twice", "222127", "pdl-1.0", CSV);
    }
    let twice = desk.ingest(&both);
    assert_eq!(twice.status.code(), Some(1));
    assert_eq!(text(&twice).matches("REFUSED name-taken").count(), 1, "{}", text(&twice));
}

#[test]
fn a_link_is_never_followed() {
    let desk = Desk::new();
    let path = desk.source("linked", "222127_linked", "222127", "pdl-1.0", CSV);
    let secret = desk.folder.path().join("secret.txt");
    fs::write(&secret, "a,b\n1,2\n").expect("a file");
    std::os::unix::fs::symlink(&secret, path.join("more.csv")).expect("a link");
    let linked = desk.ingest(&path);
    assert!(text(&linked).contains("REFUSED source-file-link"), "{}", text(&linked));
    let lone = desk.folder.path().join("lone");
    fs::create_dir_all(&lone).expect("a folder");
    std::os::unix::fs::symlink(&secret, lone.join("222127_x.csv")).expect("a link");
    assert!(text(&desk.ingest(&lone)).contains("REFUSED source-file-link"));
}

#[test]
fn a_corrected_description_is_a_change() {
    let desk = Desk::new();
    let path = desk.source("halls", "222127_halls", "222127", "pdl-1.0", CSV);
    assert!(desk.ingest(&path).status.success());
    assert!(text(&desk.ingest(&path)).contains("unchanged"));
    desk.source("halls", "222127_halls", "222127", "cc-by-4.0", CSV);
    let corrected = text(&desk.ingest(&path));
    assert!(!corrected.contains("unchanged") && corrected.contains("222127_halls\tdata.csv"), "{corrected}");
}

#[test]
fn a_description_that_cannot_be_right_is_refused_and_the_others_are_taken_in() {
    let desk = Desk::new();
    desk.source("all/a", "222127_a", "222127", "nonsense", CSV);
    desk.source("all/b", "222127_b", "222127", "pdl-1.0", CSV);
    let utf16 = desk.source("all/c", "222127_c", "222127", "pdl-1.0", CSV);
    fs::write(utf16.join("source.toml"), [0xff, 0xfe, b'n', 0]).expect("a file");
    let misspelt = desk.source("all/d", "222127_d", "222127", "pdl-1.0", CSV);
    let described = fs::read_to_string(misspelt.join("source.toml")).expect("text");
    fs::write(misspelt.join("source.toml"), format!("licens = \"x\"\n{described}")).expect("a file");
    let page = desk.source("all/e", "222127_e", "222127", "pdl-1.0", CSV);
    let described = fs::read_to_string(page.join("source.toml")).expect("text");
    fs::write(page.join("source.toml"), format!("page = \"javascript:alert(1)\"\n{described}")).expect("a file");
    let output = desk.ingest(&desk.folder.path().join("all"));
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let table = text(&output);
    assert_eq!(table.matches("REFUSED source-description-broken").count(), 4, "{table}");
    assert!(table.contains("222127_b\tdata.csv"), "{table}");
}

#[test]
fn a_file_that_lost_more_than_half_of_its_records_waits_for_a_person() {
    let desk = Desk::new();
    let path = desk.source("halls", "222127_halls", "222127", "pdl-1.0", CSV);
    assert!(desk.ingest(&path).status.success());
    assert_eq!(desk.publish(&["--all"]).1["published"], 1);
    desk.source("halls", "222127_halls", "222127", "pdl-1.0", "名称,住所,緯度,経度\n本庁,本町1,34.86,138.32\n");
    assert!(desk.ingest(&path).status.success());
    let (code, held) = desk.publish(&["--all"]);
    assert_eq!((code, &held["published"]), (Some(1), &Json::from(0)), "{held}");
    assert_eq!(held["held"][0][1][0], "records-shrunk", "{held}");
    let (code, confirmed) = desk.publish(&["222127_halls", "--confirmed"]);
    assert_eq!((code, &confirmed["published"]), (Some(0), &Json::from(1)), "{confirmed}");
}

#[test]
fn mistakes_at_the_keyboard_end_with_two_and_make_nothing() {
    let desk = Desk::new();
    let missing = desk.folder.path().join("missing");
    let missing_text = missing.to_str().expect("text");
    for arguments in [
        vec!["report", "--data", missing_text, "--fiscal-year", "R8"],
        vec!["sweep", "--data", missing_text],
        vec!["publish", "--data", missing_text, "--all"],
        vec!["backup", "--data", missing_text, "--to", "/dev/null/x"],
        vec!["check", missing_text],
        vec!["ingest", "--data", missing_text, missing_text],
        vec!["schema", "show", "99"],
        vec!["serve", "--data", missing_text, "--site-url", "javascript:alert(1)"],
    ] {
        let output = hiraku(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!missing.exists(), "{arguments:?}");
    }
    let path = desk.source("halls", "222127_halls", "222127", "pdl-1.0", CSV);
    assert!(desk.ingest(&path).status.success());
    assert_eq!(desk.publish(&["no_such_dataset"]).0, Some(2));
    let data = desk.data();
    let csv = path.join("data.csv");
    let licence = hiraku(["ingest", "--data", data.as_str(), "--licence", "nonsense", csv.to_str().expect("text")]);
    assert_eq!(licence.status.code(), Some(2));
    let contradiction = hiraku(["report", "--data", data.as_str(), "--fiscal-year", "R8", "--json", "--format", "csv"]);
    assert_eq!(contradiction.status.code(), Some(2));
    assert!(hiraku_done(["schema", "show", "08"]).contains("AED設置箇所一覧"));
}
