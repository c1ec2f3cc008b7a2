//! Each folder of `tests/data/read` holds the files of one source and what the reader finds in them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{Collected, Kept, SourceFile, collect};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/read");
    let mut cases: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 11, "the walk found the cases");
    cases
}

fn load(case: &Path) -> SourceFile {
    let mut source = SourceFile::default();
    for entry in fs::read_dir(case).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().unwrap().to_str().unwrap().to_owned();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let bytes = fs::read(&path).unwrap().into();
        match extension.as_str() {
            _ if name == "expected.json" => {}
            "dbf" | "shx" | "prj" | "cpg" => source.companions.push((extension, bytes)),
            _ => (source.name, source.bytes) = (name, bytes),
        }
    }
    source
}

fn cell(cell: &Kept) -> Value {
    match cell {
        None => Value::Null,
        Some(('t', text)) => json!(text),
        Some((kind, text)) => json!(format!("{kind}:{text}")),
    }
}

/// What was found, as JSON; long tables by their first and last rows, geometries by kind, vertices and box.
fn answer(source: &SourceFile) -> Value {
    let collected = match collect(source) {
        Ok(collected) => collected,
        Err(error) => return json!({ "error": error.code(), "ja": error.message_ja(), "en": error.message_en() }),
    };
    let Collected { tables, findings, refused, .. } = collected;
    let tables: Vec<Value> = tables
        .iter()
        .map(|(head, rows)| {
            let shown: Vec<Value> = rows
                .iter()
                .enumerate()
                .filter(|(index, row)| {
                    *index < 6 || *index + 2 >= rows.len() || head.crs.is_some() && row.geometry.is_none()
                })
                .map(|(_, row)| {
                    let mut shown = vec![json!(row.number), row.cells.iter().map(cell).collect()];
                    shown.extend(head.crs.is_some().then(|| json!(row.geometry.as_ref().map(outline))));
                    Value::Array(shown)
                })
                .collect();
            json!({ "name": head.name, "columns": head.columns, "crs": head.crs.as_ref().map(|crs| format!("{crs:?}")),
                "encoding": head.encoding, "format": head.format, "rows": rows.len(), "shown": shown })
        })
        .collect();
    json!({ "tables": tables, "findings": findings, "refused": refused.len() })
}

fn outline(geometry: &geo_types::Geometry<f64>) -> String {
    use geo::{BoundingRect as _, CoordsIter as _};
    let name = format!("{geometry:?}");
    let name = name.split(['(', ' ']).next().unwrap_or_default();
    let rect = geometry.bounding_rect().unwrap();
    let (min, max) = (rect.min(), rect.max());
    format!("{name} {} [{} {} {} {}]", geometry.coords_count(), min.x, min.y, max.x, max.y)
}

#[test]
fn real_files_are_read_as_their_answers_say() {
    for case in cases() {
        let expected = fs::read_to_string(case.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        assert_eq!(answer(&load(&case)), expected, "{}", case.display());
    }
}

#[test]
#[ignore = "writes the answers anew; look at every difference before keeping one"]
fn write_the_answers() {
    for case in cases() {
        let text = serde_json::to_string_pretty(&answer(&load(&case))).unwrap();
        fs::write(case.join("expected.json"), text + "\n").unwrap();
    }
}
