//! The rules of the house, as tests: module order, the one place of `unsafe`, sizes of files, banned words.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules in order: each uses only those before it.
const ORDER: [&str; 11] =
    ["model", "schema", "read", "normalize", "count", "store", "publish", "pipeline", "report", "http", "cli"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the sources").filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn rust_files() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    let mut files: Vec<(String, String)> = paths
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).expect("below the root").display().to_string();
            (name, fs::read_to_string(&path).expect("a source file is UTF-8"))
        })
        .collect();
    files.sort();
    assert!(files.len() > 40, "the walk found the sources");
    files
}

#[test]
fn modules_use_only_those_before_them() {
    let place: HashMap<&str, usize> = ORDER.iter().enumerate().map(|(index, name)| (*name, index)).collect();
    let mut faults = Vec::new();
    let mut uses = 0;
    for (name, text) in rust_files() {
        let Some(own) = name.strip_prefix("src/").and_then(|rest| rest.split('/').next()) else { continue };
        let Some(&own_place) = place.get(own) else { continue };
        for (number, line) in text.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for part in line.split("crate::").skip(1) {
                let used: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                uses += 1;
                if place.get(used.as_str()).is_some_and(|&used_place| used_place > own_place) {
                    faults.push(format!("{name}:{}: {own} uses {used}", number + 1));
                }
                if (used == "clock" || used == "config") && own_place < place["count"] {
                    faults.push(format!("{name}:{}: {own} reads the {used}", number + 1));
                }
            }
        }
    }
    assert!(uses > 100, "the walk saw the uses");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn unsafe_stands_in_one_module_only() {
    let faults: Vec<String> = rust_files()
        .into_iter()
        .filter(|(name, text)| {
            name != "src/model/mapped.rs"
                && text.lines().any(|line| {
                    let code = line.split("//").next().unwrap_or("");
                    code.contains("unsafe {")
                        || code.contains("unsafe fn")
                        || code.contains("unsafe impl")
                        || code.contains("unsafe_code")
                })
        })
        .map(|(name, _)| name)
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn sql_stands_in_the_store_only() {
    let faults: Vec<String> = rust_files()
        .into_iter()
        .filter(|(name, text)| !name.starts_with("src/store/") && text.contains("duckdb::"))
        .map(|(name, _)| name)
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn long_files_say_why_at_their_top() {
    let faults: Vec<String> = rust_files()
        .into_iter()
        .filter(|(_, text)| {
            let head: String = text.lines().take(12).collect::<Vec<_>>().join(" ");
            text.lines().count() > 400 && !head.contains("Long because")
        })
        .map(|(name, text)| format!("{name}: {} lines", text.lines().count()))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let faults: Vec<String> = rust_files()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| {
            let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            ["util", "utils", "common", "helper", "helpers", "manager"].contains(&stem.as_str())
        })
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn nothing_unfinished_is_left() {
    // Pieced together, so that this file does not find itself.
    let words =
        [["to", "do!("].concat(), ["unimple", "mented!("].concat(), ["FIX", "ME"].concat(), ["dbg", "!("].concat()];
    let faults: Vec<String> = rust_files()
        .into_iter()
        .filter(|(_, text)| words.iter().any(|word| text.contains(word.as_str())))
        .map(|(name, _)| name)
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn every_finding_code_setting_and_command_is_documented() {
    let documentation = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md")
        + &fs::read_to_string(root().join("README.md")).expect("README.md")
        + &fs::read_to_string(root().join("schemas/README.md")).expect("schemas/README.md")
        + &fs::read_to_string(root().join("schemas/FINDINGS.md")).expect("schemas/FINDINGS.md");
    let mut missing: Vec<String> = hiraku::model::finding::FindingCode::ALL
        .iter()
        .map(|code| format!("`{}`", code.as_str()))
        .filter(|code| !documentation.contains(code.as_str()))
        .collect();
    missing.extend(
        hiraku::config::KEYS
            .iter()
            .map(|(key, _)| format!("`{key}`"))
            .filter(|key| !documentation.contains(key.as_str())),
    );
    for command in [
        "check",
        "ingest",
        "publish",
        "serve",
        "report",
        "schema",
        "template",
        "backup",
        "restore",
        "sweep",
        "search-quality",
    ] {
        let shown = format!("hiraku {command}");
        if !documentation.contains(&shown) {
            missing.push(shown);
        }
    }
    assert!(
        missing.is_empty(),
        "not documented in README.md, ARCHITECTURE.md, schemas/README.md or schemas/FINDINGS.md:\n{}",
        missing.join("\n")
    );
}
