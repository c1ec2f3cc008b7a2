//! What changed between two releases: found by key, in figures and cell by cell, and held where it looks like a mistake.

use std::fs;
use std::path::PathBuf;

use hiraku::model::catalogue::Organization;
use hiraku::model::code::MunicipalityCode;
use hiraku::model::difference::{KeyKind, TableDifference};
use hiraku::model::id::{OrganizationId, ReleaseId};
use hiraku::model::name::Slug;
use hiraku::model::record::{Column, ColumnType, Record, TableShape, Value};
use hiraku::model::tile::TileSettings;
use hiraku::pipeline::batch::Batches;
use hiraku::store::difference::Compared;
use hiraku::store::ingest::{DatasetEntry, TableEntry};
use hiraku::store::{Store, StoreOptions};
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::program::{Server, hiraku, hiraku_done};

fn column(name: &str, kind: ColumnType) -> Column {
    Column { name: name.to_owned(), title: name.to_owned(), kind, found: Some(name.to_owned()), field: None }
}

fn shape(columns: &[(&str, ColumnType)]) -> TableShape {
    TableShape {
        key: Slug::parse("table").expect("a name"),
        title: "表".to_owned(),
        sheet: None,
        columns: columns.iter().map(|(name, kind)| column(name, *kind)).collect(),
        tiles: TileSettings::default(),
        is_titled: false,
    }
}

fn open(folder: &tempfile::TempDir) -> Store {
    Store::open(folder.path(), StoreOptions { memory_mib: 256, threads: 1 }).expect("a store")
}

/// Takes rows in as the staged release of a dataset of its own.
fn put(store: &Store, name: &str, shape: &TableShape, rows: &[Vec<Value>], points: Option<&[(f64, f64)]>) -> Compared {
    let now = jiff::Timestamp::UNIX_EPOCH;
    let release = ReleaseId::mint(now);
    let mut ingest = store.begin_ingest(release).expect("a transaction");
    ingest.begin_table(shape).expect("a table");
    let mut batches = Batches::new(shape);
    for (at, values) in rows.iter().enumerate() {
        let geometry = points.map(|points| geo_types::Point::new(points[at].0, points[at].1).into());
        let record = Record { row: at as u64 + 2, values: values.clone(), geometry, found: Vec::new() };
        if let Some(batch) = batches.push(&record).expect("a batch") {
            ingest.append(batch).expect("it fits");
        }
    }
    if let Some(batch) = batches.finish().expect("a batch") {
        ingest.append(batch).expect("it fits");
    }
    let records = rows.len() as u64;
    ingest
        .end_table(&TableEntry {
            shape: shape.clone(),
            source_file: "a.csv".to_owned(),
            encoding: String::new(),
            format: "CSV".to_owned(),
            rows_read: records,
            records,
            refused: 0,
            rows_above: 1,
            geometry: batches.seen().kind(),
            bbox: batches.seen().bbox(),
            finding_counts: Vec::new(),
            findings: Vec::new(),
            refused_rows: Vec::new(),
        })
        .expect("the table ends");
    let code = MunicipalityCode::parse("222127").expect("a code");
    let entry = DatasetEntry {
        name: Slug::parse(name).expect("a name"),
        title: "表".to_owned(),
        notes: String::new(),
        licence: "pdl-1.0".to_owned(),
        attribution: "市".to_owned(),
        source_page: String::new(),
        theme: String::new(),
        tags: Vec::new(),
        retrieved: String::new(),
    };
    let organization = Organization {
        id: OrganizationId::mint(now),
        code,
        name: Slug::parse("222127").expect("a name"),
        title: "市".to_owned(),
        prefecture: String::new(),
        created: now,
    };
    ingest.commit(&entry, &organization, name, now).expect("it is taken in");
    let staged = store.release_to_compare(&entry.name, "staged").expect("the store answers").expect("it was staged");
    staged.tables.into_iter().next().expect("one table")
}

fn text(value: &str) -> Value {
    if value.is_empty() { Value::Null } else { Value::Text(value.to_owned()) }
}

fn rows(rows: &[&[&str]]) -> Vec<Vec<Value>> {
    rows.iter().map(|row| row.iter().map(|cell| text(cell)).collect()).collect()
}

fn compare(before: &[&[&str]], after: &[&[&str]], columns: &[&str]) -> TableDifference {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    let columns: Vec<(&str, ColumnType)> = columns.iter().map(|name| (*name, ColumnType::Text)).collect();
    let shape = shape(&columns);
    let (a, b) =
        (put(&store, "222127_a", &shape, &rows(before), None), put(&store, "222127_b", &shape, &rows(after), None));
    store.difference(&a, &b, 100).expect("a difference")
}

#[test]
fn records_are_matched_by_a_key_that_is_found_and_cells_are_named() {
    let found = compare(
        &[&["1", "本庁", "本町1"], &["2", "支所", "栄町2"], &["3", "北館", "本町3"]],
        &[&["3", "北館", "本町3"], &["2", "支所", "栄町9"], &["4", "南館", "港4"]],
        &["番号", "名称", "住所"],
    );
    assert_eq!((found.key_kind, found.key.as_slice()), (KeyKind::Found, &["番号".to_owned()][..]));
    assert_eq!((found.added, found.removed, found.changed, found.same), (1, 1, 1, 1));
    assert_eq!(found.cells, [("住所".to_owned(), 1)]);
    let changed = &found.examples.changed[0];
    assert_eq!((changed.row_before, changed.row_after, changed.key[0].as_deref()), (3, 3, Some("2")));
    assert_eq!((changed.cells[0].before.as_deref(), changed.cells[0].after.as_deref()), (Some("栄町2"), Some("栄町9")));
    assert_eq!(found.examples.added[0].values[1].as_deref(), Some("南館"));
}

#[test]
fn running_numbers_that_shifted_are_no_key_where_names_are() {
    let found = compare(
        &[&["1", "本庁"], &["2", "支所"], &["3", "北館"], &["4", "南館"]],
        &[&["1", "新館"], &["2", "本庁"], &["3", "支所"], &["4", "北館"], &["5", "南館"]],
        &["番号", "名称"],
    );
    assert_eq!(found.key, ["名称"]);
    assert_eq!((found.added, found.removed), (1, 0));
}

#[test]
fn two_columns_together_are_a_key_and_without_one_the_content_is() {
    let before: &[&[&str]] = &[&["東", "4月", "1"], &["東", "5月", "2"], &["西", "4月", "1"], &["西", "5月", "1"]];
    let after: &[&[&str]] = &[&["東", "4月", "1"], &["東", "5月", "7"], &["西", "4月", "1"], &["西", "5月", "1"]];
    let found = compare(before, after, &["地区", "月", "値"]);
    assert_eq!(found.key, ["地区", "月"]);
    assert_eq!((found.changed, found.added, found.removed), (1, 0, 0));

    let found = compare(&[&["a", "x"], &["a", "x"], &["b", ""]], &[&["a", "x"], &["b", ""], &["b", ""]], &["甲", "乙"]);
    assert_eq!(found.key_kind, KeyKind::Content);
    assert_eq!((found.added, found.removed, found.changed, found.same), (1, 1, 0, 2));
}

#[test]
fn columns_that_came_went_or_changed_their_type_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    let one = shape(&[("番号", ColumnType::Text), ("数", ColumnType::Integer), ("旧", ColumnType::Text)]);
    let two = shape(&[("番号", ColumnType::Text), ("数", ColumnType::Text), ("新", ColumnType::Text)]);
    let row = |number: &str, count: Value, last: &str| vec![text(number), count, text(last)];
    let a = put(&store, "222127_a", &one, &[row("1", Value::Integer(5), "x"), row("2", Value::Integer(6), "y")], None);
    let b = put(&store, "222127_b", &two, &[row("1", text("5"), "x"), row("2", text("06"), "y")], None);
    let found = store.difference(&a, &b, 10).expect("a difference");
    assert_eq!((found.columns_added, found.columns_removed), (vec!["新".to_owned()], vec!["旧".to_owned()]));
    assert_eq!(found.columns_retyped[0].column, "数");
    assert_eq!(found.cells, [("数".to_owned(), 1)], "5 and 5 are the same whatever their type");
}

#[test]
fn positions_move_by_metres_and_emptied_columns_are_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = open(&folder);
    let shape = shape(&[("番号", ColumnType::Text), ("電話", ColumnType::Text)]);
    let before: Vec<Vec<Value>> = (0..6).map(|at| vec![text(&at.to_string()), text("054-000-0000")]).collect();
    let after: Vec<Vec<Value>> = (0..6).map(|at| vec![text(&at.to_string()), Value::Null]).collect();
    let points: Vec<(f64, f64)> = (0..6).map(|at| (138.32 + f64::from(at) * 0.01, 34.86)).collect();
    let mut moved = points.clone();
    moved[2].1 += 0.001;
    let (a, b) = (
        put(&store, "222127_a", &shape, &before, Some(&points)),
        put(&store, "222127_b", &shape, &after, Some(&moved)),
    );
    let found = store.difference(&a, &b, 10).expect("a difference");
    assert_eq!((found.geometry.changed, found.geometry.moved), (1, 1));
    assert!((found.geometry.greatest_m - 111.2).abs() < 0.2, "{}", found.geometry.greatest_m);
    let lost = put(&store, "222127_c", &shape, &after, None);
    let gone = store.difference(&a, &lost, 10).expect("a difference").geometry;
    assert_eq!((gone.before, gone.after, gone.moved), (6, 0, 0), "what is lost has not moved");
    assert!(gone.greatest_m.abs() < 1e-9, "{}", gone.greatest_m);
    assert_eq!((found.emptied[0].column.as_str(), found.emptied[0].before, found.emptied[0].after), ("電話", 6, 0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever two tables hold, the first with the difference applied is the second.
    #[test]
    fn a_table_with_its_difference_applied_is_the_other(
        before in proptest::collection::vec(("[ab]{0,2}", "[xyz]?", proptest::option::of(0..3_i64)), 0..12),
        after in proptest::collection::vec(("[ab]{0,2}", "[xyz]?", proptest::option::of(0..3_i64)), 0..12),
        numbered in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(&folder);
        let shape = shape(&[("番号", ColumnType::Text), ("名称", ColumnType::Text), ("種別", ColumnType::Text), ("数", ColumnType::Integer)]);
        let made = |rows: &[(String, String, Option<i64>)]| -> Vec<Vec<Value>> {
            rows.iter().enumerate().map(|(at, (name, kind, count))| {
                let number = if numbered { format!("{}", (at * 5) % 17) } else { String::new() };
                vec![text(&number), text(name), text(kind), count.map_or(Value::Null, Value::Integer)]
            }).collect()
        };
        let (one, two) = (made(&before), made(&after));
        let (a, b) = (put(&store, "222127_a", &shape, &one, None), put(&store, "222127_b", &shape, &two, None));
        let found = store.difference(&a, &b, 1_000).expect("a difference");

        let texts = |rows: &[Vec<Value>]| -> Vec<Vec<Option<String>>> {
            rows.iter().map(|row| row.iter().map(|value| match value {
                Value::Null => None,
                Value::Text(text) => Some(text.clone()),
                Value::Integer(number) => Some(number.to_string()),
                Value::Number(number) => Some(number.to_string()),
            }).collect()).collect()
        };
        let mut rows: Vec<Option<Vec<Option<String>>>> = texts(&one).into_iter().map(Some).collect();
        for changed in &found.examples.changed {
            let row = rows[changed.row_before as usize - 2].as_mut().expect("still there");
            for cell in &changed.cells {
                let at = shape.columns.iter().position(|column| column.name == cell.column).expect("a column");
                prop_assert_eq!(&row[at], &cell.before);
                row[at].clone_from(&cell.after);
            }
        }
        for removed in &found.examples.removed {
            let gone = rows[removed.row as usize - 2].take();
            prop_assert_eq!(gone.as_ref(), Some(&removed.values));
        }
        let mut applied: Vec<Vec<Option<String>>> = rows.into_iter().flatten().collect();
        applied.extend(found.examples.added.iter().map(|added| added.values.clone()));
        let mut wanted = texts(&two);
        applied.sort();
        wanted.sort();
        prop_assert_eq!(applied, wanted);
        prop_assert_eq!(found.after, found.same + found.added + found.changed);
        prop_assert_eq!(found.before, found.same + found.removed + found.changed);
        prop_assert_eq!(found.changed_cells() as usize, found.examples.changed.iter().map(|changed| changed.cells.len()).sum::<usize>());
    }
}

/// A data directory and one dataset whose file is written anew for each release.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let data = self.data().to_str().expect("text").to_owned();
        let output = hiraku([&arguments[..1], &["--data", data.as_str()], &arguments[1..]].concat());
        (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
    }

    fn ingest(&self, csv: &str) {
        let path = self.folder.path().join("222127_halls.csv");
        fs::write(&path, csv).expect("a file");
        let (code, said) = self.run(&["ingest", "--licence", "pdl-1.0", path.to_str().expect("text")]);
        assert_eq!(code, Some(0), "{said}");
    }

    fn publish(&self, more: &[&str]) -> Json {
        let (_, said) = self.run(&[&["publish", "--json"], more].concat());
        serde_json::from_str(&said).expect("JSON")
    }
}

fn csv(rows: impl Iterator<Item = (u32, String, String)>) -> String {
    rows.fold("番号,名称,緯度,経度\n".to_owned(), |text, (number, name, place)| {
        format!("{text}{number},{name},{place}\n")
    })
}

fn usual(rows: std::ops::Range<u32>) -> impl Iterator<Item = (u32, String, String)> {
    rows.map(|at| (at + 100, format!("例示館{at}"), format!("34.86{at:03},138.32{at:03}")))
}

#[test]
fn a_difference_is_shown_when_publishing_and_afterwards_also_while_a_server_runs() {
    let desk = Desk::new();
    desk.ingest(&csv(usual(0..10)));
    assert_eq!(desk.run(&["diff", "222127_halls"]).0, Some(2), "there is nothing to compare with");
    assert_eq!(desk.publish(&["--all"])["differences"], Json::Array(Vec::new()));
    desk.ingest(&csv(usual(1..11)
        .map(|(number, name, place)| (number, if number == 105 { "改称館".to_owned() } else { name }, place))));

    let (code, said) = desk.run(&["diff", "222127_halls"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("追加 1件 削除 1件 変更 1件(1セル)") && said.contains("例示館5 → 改称館"), "{said}");
    let server = Server::start(&self::Desk::data(&desk));
    let (_, inside) = desk.run(&["diff", "222127_halls", "--from", "current", "--to", "staged"]);
    assert_eq!(inside, said);
    let (_, published) = desk.run(&["publish", "--all"]);
    assert!(published.contains("222127_halls: 追加 1件"), "{published}");
    server.stop();

    let found: Json =
        serde_json::from_str(&desk.run(&["diff", "222127_halls", "--json", "--from", "1", "--to", "2"]).1)
            .expect("JSON");
    assert_eq!(
        (&found["tables"][0]["added"], &found["tables"][0]["key"][0]),
        (&Json::from(1), &Json::from("番号")),
        "{found}"
    );
    assert_eq!(desk.run(&["diff", "222127_halls"]).1, said, "the one before the public one");
    assert_eq!(desk.run(&["diff", "222127_nothing"]).0, Some(2));
    let data = desk.data();
    hiraku_done(["sweep".as_ref(), "--data".as_ref(), data.as_os_str()]);
    assert_eq!(desk.run(&["diff", "222127_halls", "--from", "1"]).0, Some(0), "releases once public are kept");
}

#[test]
fn what_looks_like_a_mistake_waits_for_a_person() {
    let cases: [(&str, String); 4] = [
        ("column-emptied", csv(usual(0..10).map(|(number, _, place)| (number, String::new(), place)))),
        ("positions-lost", csv(usual(0..10).map(|(number, name, _)| (number, name, ",".to_owned())))),
        (
            "key-changed",
            csv(usual(0..10)
                .map(|(number, name, place)| (number + 5_000, format!("新{name}"), place.replace("34.86", "34.85")))),
        ),
        ("records-shrunk", csv(usual(0..4))),
    ];
    for (code, after) in cases {
        let desk = Desk::new();
        desk.ingest(&csv(usual(0..10)));
        assert_eq!(desk.publish(&["--all"])["published"], 1);
        desk.ingest(&after);
        let held = desk.publish(&["--all"]);
        assert_eq!(held["published"], 0, "{code}: {held}");
        let codes: Vec<&str> = held["held"][0][1].as_array().expect("codes").iter().filter_map(Json::as_str).collect();
        assert!(codes.contains(&code), "{code}: {codes:?}");
        assert_eq!(desk.publish(&["222127_halls", "--confirmed"])["published"], 1, "{code}");
    }
}
