//! The published conformance fixtures of Mapbox Vector Tiles as judge of the strict reader: it accepts what they call
//! valid and refuses what they call invalid, each for the reason they give.

use std::fs;
use std::path::PathBuf;

use crate::tile_checker::{Rules, check_by};

/// Called valid, and refused by this reader all the same: 016 leaves its type out just as 003 does, which is called
/// invalid; 057 promises half a billion points and holds one, as the lines of 058 do, which are called invalid.
const STRICTER: [&str; 2] = ["016", "057"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/mvt-fixtures")
}

#[test]
fn the_strict_reader_agrees_with_every_published_fixture() {
    let text = fs::read_to_string(folder().join("fixtures.json")).expect("the list of fixtures");
    let list: Vec<serde_json::Value> = serde_json::from_str(&text).expect("the list is JSON");
    let mut wrong = Vec::new();
    for fixture in &list {
        let number = fixture["fixture"].as_str().expect("a fixture has a number");
        let bytes = fs::read(folder().join(format!("{number}.mvt"))).expect("a fixture has a tile");
        let found = check_by(&bytes, Rules::Specification);
        if found.is_ok() != (fixture["valid"] == true && !STRICTER.contains(&number)) {
            wrong.push(format!("{number}: {} {:?}", fixture["description"], found.err()));
        }
    }
    assert!(list.len() > 70, "{} fixtures", list.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
