//! Makers over small tables of every kind of value and shape.

use std::io::{Read as _, Seek as _};
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, Int64Array, StringArray};
use geo_types::{Geometry, line_string, point, polygon};
use geozero::{CoordDimensions, ToWkb as _};

use super::*;
use crate::model::name::Slug;
use crate::model::record::{Column, ColumnType};
use crate::model::tile::TileSettings;

const COLUMNS: [(&str, ColumnType); 5] = [
    ("名称", ColumnType::Text),
    ("コード", ColumnType::Code),
    ("人数", ColumnType::Integer),
    ("面積", ColumnType::Number),
    ("備考", ColumnType::Text),
];

fn shape() -> TableShape {
    let column = |(name, kind): (&str, ColumnType)| Column {
        name: name.to_owned(),
        title: format!("{name}の説明"),
        kind,
        found: None,
        field: None,
    };
    TableShape {
        key: Slug::parse("main-1").expect("a name"),
        title: "施設<一覧>".to_owned(),
        is_titled: false,
        sheet: None,
        columns: COLUMNS.map(column).to_vec(),
        tiles: TileSettings::default(),
    }
}

fn shapes() -> Vec<Option<Geometry<f64>>> {
    let hole = polygon!(
        exterior: [(x: 138.0, y: 34.0), (x: 138.4, y: 34.0), (x: 138.4, y: 34.4), (x: 138.0, y: 34.4)],
        interiors: [[(x: 138.1, y: 34.1), (x: 138.1, y: 34.2), (x: 138.2, y: 34.2)]],
    );
    vec![
        Some(point! { x: 138.323_6, y: 34.866_8 }.into()),
        None,
        Some(line_string![(x: 138.0, y: 34.0), (x: 138.1, y: 34.1)].into()),
        Some(hole.into()),
    ]
}

fn batch(geometries: &[Option<Geometry<f64>>]) -> RecordBatch {
    batch_behind(0, geometries)
}

/// A batch behind so many records.
fn batch_behind(before: i64, geometries: &[Option<Geometry<f64>>]) -> RecordBatch {
    let count = geometries.len();
    let text = |values: [Option<&str>; 4]| -> ArrayRef {
        Arc::new(values.into_iter().cycle().take(count).collect::<StringArray>())
    };
    let ids = || -> ArrayRef { Arc::new((before + 1..).take(count).collect::<Int64Array>()) };
    let wkb: Vec<Option<Vec<u8>>> = geometries
        .iter()
        .map(|found| found.as_ref().map(|found| found.to_wkb(CoordDimensions::xy()).expect("writes")))
        .collect();
    let long = "長".repeat(200);
    let none = || -> ArrayRef { Arc::new(Float64Array::from(vec![None; count])) };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("_id", ids()),
        ("_row", ids()),
        ("名称", text([Some("髙﨑の家 & <広場>"), Some("𠮷野家"), Some("=1+1"), Some("かき\u{3099}")])),
        ("コード", text([Some("0012"), None, Some("0"), Some("")])),
        (
            "人数",
            Arc::new(
                [Some(12), None, Some(-5), Some(i64::MAX)].into_iter().cycle().take(count).collect::<Int64Array>(),
            ),
        ),
        (
            "面積",
            Arc::new(
                [Some(1.5), Some(0.1), None, Some(-2.0)].into_iter().cycle().take(count).collect::<Float64Array>(),
            ),
        ),
        ("備考", text([None, Some("\"引用\"\n改行"), Some(long.as_str()), Some("x")])),
        ("_found", Arc::new(StringArray::from(vec![None::<&str>; count]))),
        ("_geom", Arc::new(wkb.iter().map(Option::as_deref).collect::<BinaryArray>())),
        ("_west", none()),
        ("_south", none()),
        ("_east", none()),
        ("_north", none()),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("columns of one length")
}

struct Made {
    outcome: Result<Outcome, PublishError>,
    folder: tempfile::TempDir,
}

fn made(
    geometry: Option<GeometryKind>,
    batches: &[RecordBatch],
    make: impl Fn(&MadeInput<'_>, &Objects, &Pass<'_>) -> Result<Outcome, PublishError>,
) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let objects = Objects::open(folder.path()).expect("opens");
    let licence = Licence {
        id: "cc-by-4.0".to_owned(),
        title: "CC BY 4.0".to_owned(),
        url: "https://example.jp/?a=1&b=2".to_owned(),
        open: true,
    };
    let shape = shape();
    let input = MadeInput {
        shape: &shape,
        geometry,
        dataset: "施設",
        publisher: "焼津市",
        attribution: "焼津市『施設』",
        licence: &licence,
        release_number: 2,
        released: "2026-11-01T00:00:00Z".parse().expect("a time"),
    };
    let pass = |take: &mut dyn FnMut(&RecordBatch) -> Result<(), PublishError>| batches.iter().try_for_each(&mut *take);
    Made { outcome: make(&input, &objects, &pass), folder }
}

fn of(format: MadeFormat, geometry: Option<GeometryKind>) -> (Vec<u8>, Outcome) {
    let all = shapes();
    let batches = [batch(&all[..2]), batch_behind(2, &all)];
    let Made { outcome, folder: _folder } =
        made(geometry, &batches, |input, objects, pass| make(format, input, objects, pass));
    let mut outcome = outcome.expect("makes");
    (read(&mut outcome.file), outcome)
}

fn read(file: &mut NamedTempFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().expect("rewinds");
    file.read_to_end(&mut bytes).expect("reads");
    bytes
}

fn entries(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    (0..archive.len())
        .map(|at| {
            let mut entry = archive.by_index(at).expect("an entry");
            let name = entry.name().expect("a name").into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("reads");
            (name, bytes)
        })
        .collect()
}

#[test]
fn equal_releases_give_equal_bytes() {
    for format in MadeFormat::ALL {
        let geometry = Some(GeometryKind::Mixed);
        assert_eq!(of(format, geometry).0, of(format, geometry).0, "{}", format.name());
    }
}

#[test]
fn cp932_csv_holds_every_row_and_its_note_every_lost_character() {
    let (bytes, mut outcome) = of(MadeFormat::CsvCp932, None);
    let (text, _, is_broken) = encoding_rs::SHIFT_JIS.decode(&bytes);
    assert!(!is_broken);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines[0], "名称,コード,人数,面積,備考");
    assert_eq!(lines[1], "髙﨑の家 & <広場>,0012,12,1.5,");
    assert!(lines[2].starts_with("〓野家,,,0.1,\"\"\"引用\"\"\n改行\""), "{}", lines[2]);
    assert!(text.contains("'=1+1,0,-5,"), "{text}");
    assert!(text.contains("かぎ,,9223372036854775807,-2,x"), "{text}");
    assert_eq!(outcome.changed_cells, 2);
    let note = String::from_utf8(read(outcome.note.as_mut().expect("a note"))).expect("UTF-8");
    assert!(note.contains("\r\n3\t名称\t𠮷野家\r\n5\t名称\t𠮷野家\r\n"), "{note}");
    assert!(note.contains("合計 2セル"), "{note}");
}

#[test]
fn json_is_one_list_of_objects() {
    let (bytes, _) = of(MadeFormat::Json, None);
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(rows.len(), 6);
    assert_eq!(rows[0].keys().collect::<Vec<_>>(), ["名称", "コード", "人数", "面積", "備考"]);
    assert_eq!(
        serde_json::json!(rows[1]),
        serde_json::json!({
            "名称": "𠮷野家", "コード": null, "人数": null, "面積": 0.1, "備考": "\"引用\"\n改行",
        })
    );
    let points = [batch(&shapes()[..2])];
    let found = made(Some(GeometryKind::Point), &points, json::make);
    let rows: serde_json::Value = serde_json::from_slice(&read(&mut found.outcome.expect("makes").file)).expect("JSON");
    assert_eq!((&rows[0]["緯度"], &rows[0]["経度"]), (&34.866_8.into(), &138.323_6.into()));
    assert!(rows[1]["緯度"].is_null());
    let none = made(None, &[], json::make);
    assert_eq!(read(&mut none.outcome.expect("makes").file), b"[\n]\n");
}

#[test]
fn a_workbook_goes_on_on_further_sheets_and_explains_itself() {
    let batches = [batch(&shapes()), batch(&shapes())];
    let found = made(None, &batches, |input, objects, pass| xlsx::with_rows(input, objects, pass, 4));
    let Made { outcome, folder: _folder } = found;
    let entries = entries(&read(&mut outcome.expect("makes").file));
    let part = |name: &str| {
        let found = entries.iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("{name}"));
        String::from_utf8(found.1.clone()).expect("UTF-8")
    };
    let workbook = part("xl/workbook.xml");
    for name in ["データ", "データ (2)", "データ (3)", "使い方"] {
        assert!(workbook.contains(&format!("name=\"{name}\"")), "{workbook}");
    }
    let first = part("xl/worksheets/sheet1.xml");
    // No formula, and the code with its zeros is text.
    assert!(!first.contains("<f>") && first.contains("<t>=1+1</t>") && first.contains("<t>0012</t>"), "{first}");
    assert!(!entries.iter().any(|(name, _)| name.contains("sheet5")));
}

#[test]
fn texts_too_long_for_a_cell_are_cut_and_named() {
    let long = "あ".repeat(40_000);
    let mut one = batch(&shapes()[..1]);
    let at = one.schema().index_of("備考").expect("a column");
    let mut columns = one.columns().to_vec();
    columns[at] = Arc::new(StringArray::from(vec![Some(long.as_str())]));
    one = RecordBatch::try_new(one.schema(), columns).expect("fits");
    let Made { outcome, folder: _folder } = made(None, &[one], xlsx::make);
    let mut outcome = outcome.expect("makes");
    assert_eq!(outcome.changed_cells, 1);
    let entries = entries(&read(&mut outcome.file));
    let told = entries.iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains("切ったセル: 1個"));
    assert!(told, "the workbook says which cells are cut");
}

#[test]
fn a_shapefile_for_each_kind_of_shape_with_all_that_belongs_to_it() {
    let (bytes, outcome) = of(MadeFormat::Shapefile, Some(GeometryKind::Mixed));
    let entries = entries(&bytes);
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    let mut expected = vec!["README.txt".to_owned(), "changed-values.txt".to_owned()];
    for kind in ["point", "line", "polygon"] {
        expected.extend(["shp", "shx", "dbf", "prj", "cpg"].map(|ending| format!("main-1_{kind}.{ending}")));
    }
    assert_eq!(names, expected);
    let part = |name: &str| &entries.iter().find(|(own, _)| own == name).expect(name).1;
    assert_eq!(part("main-1_point.cpg"), b"932");
    assert!(part("main-1_point.prj").starts_with(b"GEOGCS[\"GCS_JGD_2011\""));
    // Two points and both records without shape.
    assert_eq!(u32::from_le_bytes(part("main-1_point.dbf")[4..8].try_into().expect("four")), 4);
    assert_eq!(u32::from_le_bytes(part("main-1_line.dbf")[4..8].try_into().expect("four")), 1);
    let length = u32::from_be_bytes(part("main-1_polygon.shp")[24..28].try_into().expect("four")) * 2;
    assert_eq!(length as usize, part("main-1_polygon.shp").len());
    let changes = String::from_utf8_lossy(part("changed-values.txt"));
    assert!(changes.contains("main-1_point\t2\t名称\tCP932にない文字\t𠮷野家"), "{changes}");
    assert!(changes.contains("main-1_line\t1\t備考\t254バイトで切った\t長長"), "{changes}");
    assert_eq!(outcome.changed_cells, 3);
    let text = String::from_utf8_lossy(part("README.txt"));
    for told in ["施設<一覧>", "EPSG:6668", "図形のない2件は、点のファイル", "名称\t名称\t名称の説明", "CC BY 4.0"]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn what_a_shapefile_cannot_hold_is_refused_and_leaves_nothing() {
    let batches = [batch(&shapes())];
    let found =
        made(Some(GeometryKind::Mixed), &batches, |input, objects, pass| shapefile::make(input, objects, pass, 700));
    assert!(matches!(found.outcome, Err(PublishError::Limit { limit: Limit::FileSize, .. })), "{:?}", found.outcome);
    assert_eq!(std::fs::read_dir(found.folder.path().join("tmp")).expect("a folder").count(), 0);
    for format in MadeFormat::ALL {
        let found = made(Some(GeometryKind::Mixed), &batches, |input, objects, pass| {
            let seen = std::cell::Cell::new(0);
            let stopping = |take: &mut dyn FnMut(&RecordBatch) -> Result<(), PublishError>| {
                seen.set(seen.get() + 1);
                pass(take)?;
                Err(PublishError::Stopped)
            };
            make(format, input, objects, &stopping)
        });
        assert!(matches!(found.outcome, Err(PublishError::Stopped)), "{:?}", found.outcome);
        assert_eq!(std::fs::read_dir(found.folder.path().join("tmp")).expect("a folder").count(), 0);
    }
}

#[test]
fn a_geopackage_says_what_it_is_and_finds_by_its_tree() -> rusqlite::Result<()> {
    let all = shapes();
    let batches = [batch(&all[..2]), batch_behind(2, &all)];
    let Made { outcome, folder: _folder } = made(Some(GeometryKind::Mixed), &batches, geopackage::make);
    let outcome = outcome.expect("makes");
    let connection = rusqlite::Connection::open(outcome.file.path())?;
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    assert_eq!(number("PRAGMA application_id")?, 0x4750_4b47);
    assert_eq!(number("PRAGMA user_version")?, 10_300);
    assert_eq!(number("SELECT count(*) FROM main_1")?, 6);
    assert_eq!(number("SELECT count(*) FROM rtree_main_1_geom WHERE minx < 138.05")?, 2);
    assert_eq!(number("SELECT srs_id FROM gpkg_geometry_columns WHERE geometry_type_name = 'GEOMETRY'")?, 6668);
    assert_eq!(number("SELECT count(*) FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'")?, 1);
    assert_eq!(number("SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'rtree_main%'")?, 6);
    assert_eq!(number("SELECT 人数 FROM main_1 WHERE fid = 6 AND typeof(人数) = 'integer'")?, i64::MAX);
    let check: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(check, "ok");
    // The record without shape is there, and not in the tree.
    assert_eq!(number("SELECT count(*) FROM main_1 WHERE geom IS NULL")?, 2);
    assert_eq!(number("SELECT count(*) FROM rtree_main_1_geom")?, 4);
    Ok(())
}

#[test]
fn single_lines_are_multiple_where_others_are() -> rusqlite::Result<()> {
    let single = line_string![(x: 138.0, y: 34.0), (x: 138.1, y: 34.1)];
    let multiple = geo_types::MultiLineString(vec![single.clone(), single.clone()]);
    let batches = [batch(&[Some(single.into()), Some(multiple.into())])];
    let found = made(Some(GeometryKind::Line), &batches, geopackage::make);
    let Made { outcome, folder: _folder } = found;
    let outcome = outcome.expect("makes");
    let connection = rusqlite::Connection::open(outcome.file.path())?;
    let kind: String =
        connection.query_row("SELECT geometry_type_name FROM gpkg_geometry_columns", [], |row| row.get(0))?;
    assert_eq!(kind, "MULTILINESTRING");
    for fid in 1..=2 {
        let blob: Vec<u8> = connection.query_row("SELECT geom FROM main_1 WHERE fid = ?", [fid], |row| row.get(0))?;
        assert_eq!((&blob[..4], &blob[40..45]), (b"GP\0\x03".as_slice(), [1, 5, 0, 0, 0].as_slice()));
    }
    Ok(())
}

#[test]
fn kml_is_well_formed_and_escapes_what_it_says() {
    let (bytes, _) = of(MadeFormat::Kml, Some(GeometryKind::Mixed));
    let text = String::from_utf8(bytes).expect("UTF-8");
    let mut reader = quick_xml::Reader::from_str(&text);
    loop {
        if reader.read_event().expect("well-formed") == quick_xml::events::Event::Eof {
            break;
        }
    }
    assert!(text.contains("<name>施設&lt;一覧&gt;</name>"));
    assert!(text.contains("<SimpleData name=\"名称\">髙﨑の家 &amp; &lt;広場&gt;</SimpleData>"), "{text}");
    // Beyond 32 bits: text, so that no digit is lost.
    assert!(text.contains("<SimpleField type=\"string\" name=\"人数\">"), "{text}");
    assert!(text.contains("<Point><coordinates>138.3236,34.8668</coordinates></Point>"));
    assert!(text.contains("<innerBoundaryIs>"));
    assert_eq!(text.matches("<Placemark ").count(), 6);
    for banned in ["<script", "<href", "<![CDATA", "onload", "NetworkLink"] {
        assert!(!text.contains(banned), "{banned}");
    }
}
