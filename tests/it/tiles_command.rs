//! `hiraku tiles`: a file to an archive, with the real program.

use std::path::Path;
use std::process::Output;

use hiraku::publish::archive::Tileset;
use serde_json::Value as Json;

use crate::program::{hiraku, repository};
use crate::publish::checked;

fn tiles(file: &Path, out: &Path, more: &[&str]) -> Output {
    let arguments = ["tiles".as_ref(), file.as_os_str(), "--out".as_ref(), out.as_os_str()];
    hiraku(arguments.into_iter().chain(more.iter().map(std::convert::AsRef::as_ref)))
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_file_becomes_an_archive_and_nothing_else_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("districts.pmtiles");
    let file = repository("tests/data/publish/school_districts.geojson");
    let text = std::fs::read_to_string(&file).expect("the file");
    let features = serde_json::from_str::<Json>(&text).expect("JSON")["features"].as_array().expect("features").len();
    let made = tiles(&file, &out, &["--layer", "districts", "--max-zoom", "14", "--json"]);
    assert_eq!(made.status.code(), Some(0), "{}", told(&made));
    let summary: Json = serde_json::from_slice(&made.stdout).expect("JSON");
    assert_eq!((summary["maxzoom"].as_u64(), summary["layer"].as_str()), (Some(14), Some("districts")));
    let archive = Tileset::open(std::fs::read(&out).expect("the archive")).expect("an archive");
    let checked = checked(&archive);
    let top: std::collections::BTreeSet<u64> = checked
        .iter()
        .filter(|(zoom, ..)| *zoom == 14)
        .flat_map(|(_, _, tile)| &tile.layers)
        .filter(|layer| layer.name == "districts")
        .flat_map(|layer| layer.features.iter().filter_map(|feature| feature.id))
        .collect();
    assert_eq!(top, (1..=features as u64).collect(), "every feature, numbered from 1");
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder").flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, ["districts.pmtiles"]);

    let again = tiles(&file, &out, &[]);
    assert_eq!(again.status.code(), Some(2), "a file that is there is not replaced");
    assert!(told(&again).contains("--force"), "{}", told(&again));
    let bytes = std::fs::read(&out).expect("the archive");
    let forced = tiles(&file, &out, &["--layer", "districts", "--max-zoom", "14", "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{}", told(&forced));
    assert!(std::fs::read(&out).expect("the archive") == bytes, "the same file gives the same archive");
}

#[test]
fn what_cannot_become_tiles_is_told_and_makes_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("x.pmtiles");
    let broken = folder.path().join("broken.geojson");
    std::fs::write(&broken, "{\"type\":\"FeatureCollection\",\"features\":[{").expect("a file");
    let refused = tiles(&broken, &out, &[]);
    assert_eq!(refused.status.code(), Some(1), "{}", told(&refused));
    assert!(told(&refused).contains("broken.geojson"), "{}", told(&refused));
    let places = folder.path().join("list.csv");
    std::fs::write(&places, "名称,数\n市役所,1\n公民館,2\n").expect("a file");
    let nowhere = tiles(&places, &out, &[]);
    assert_eq!(nowhere.status.code(), Some(2), "{}", told(&nowhere));
    assert!(told(&nowhere).contains("位置のある表"), "{}", told(&nowhere));
    let missing = tiles(&folder.path().join("nothing.geojson"), &out, &[]);
    assert_eq!(missing.status.code(), Some(2), "{}", told(&missing));
    assert!(!out.exists());
}
