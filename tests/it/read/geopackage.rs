//! GeoPackages made in code: every layer as it is, nothing of the schema run, every damage a refusal.

use std::time::{Duration, Instant};

use geo_types::{Geometry, Point};
use hiraku::model::finding::FindingCode;
use hiraku::read::{Crs, GeoError, ReadError};
use rusqlite::{Connection, MAIN_DB};

use super::{Collected, collect, source};

const TABLES: &str = "
    CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
        organization_coordsys_id INTEGER, definition TEXT, description TEXT);
    INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'undefined', ''),
        ('JGD2011 / 8', 6676, 'epsg', 6676, '', ''), ('Tokyo', 4301, 'EPSG', 4301, '', ''),
        ('Undefined', -1, 'NONE', -1, 'undefined', ''), ('UTM 54N', 32654, 'EPSG', 32654, '', ''),
        ('Lambert', 2154, 'EPSG', 2154, '', ''),
        ('Undefined SRS', 99999, 'GDAL', 99999, 'LOCAL_CS[\"Undefined SRS\"]', ''),
        ('own', 100001, 'NONE', 100001, 'GEOGCS[\"x\",DATUM[\"D_Tokyo\",SPHEROID[\"Bessel\",6377397,299.15]],PRIMEM[\"Greenwich\",0],UNIT[\"Degree\",0.017]]', ''),
        ('contradiction', 100002, 'EPSG', 4326, 'GEOGCS[\"x\",DATUM[\"D_Tokyo\",SPHEROID[\"Bessel\",6377397,299.15]],PRIMEM[\"Greenwich\",0],UNIT[\"Degree\",0.017]]', '');
    CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER);
    CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z INTEGER, m INTEGER);
";

fn bytes(mut connection: Connection) -> Vec<u8> {
    connection.serialize(MAIN_DB).unwrap().to_vec()
}

/// A package with these statements run on it.
fn package(sql: &str) -> Vec<u8> {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(TABLES).unwrap();
    connection.execute_batch(sql).unwrap();
    bytes(connection)
}

/// A layer of points named `places` in this system, whose geometries are these bytes as hexadecimal digits.
fn places(srs_id: i32, geometries: &[String]) -> Vec<u8> {
    let rows: Vec<String> =
        geometries.iter().enumerate().map(|(at, hex)| format!("({}, X'{hex}', '地点{at}')", at + 1)).collect();
    package(&format!(
        "CREATE TABLE places (fid INTEGER PRIMARY KEY, geom BLOB, 名称 TEXT);
         INSERT INTO gpkg_contents VALUES ('places', 'features', '', {srs_id});
         INSERT INTO gpkg_geometry_columns VALUES ('places', 'geom', 'GEOMETRY', {srs_id}, 0, 0);
         INSERT INTO places VALUES {};",
        rows.join(", ")
    ))
}

/// A geometry with a head of these flags, this system, this envelope and this well-known binary.
fn blob(flags: u8, srs_id: i32, envelope: &[f64], wkb: &[u8]) -> String {
    let mut out = vec![b'G', b'P', 0, flags];
    out.extend(if flags & 1 == 1 { srs_id.to_le_bytes() } else { srs_id.to_be_bytes() });
    out.extend(envelope.iter().flat_map(|number| number.to_le_bytes()));
    out.extend(wkb);
    hex::encode(out)
}

fn point(code: u32, numbers: &[f64]) -> Vec<u8> {
    let mut out = vec![1];
    out.extend(code.to_le_bytes());
    out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    out
}

fn read(bytes: Vec<u8>) -> Result<Collected, ReadError> {
    let begun = Instant::now();
    let result = collect(&source("a.gpkg", bytes));
    assert!(begun.elapsed() < Duration::from_secs(20), "took {:?}", begun.elapsed());
    result
}

#[test]
fn every_head_of_a_geometry_is_read() {
    let at = point(1, &[138.3, 34.8]);
    let heads = [
        blob(0b0000_0001, 4326, &[], &at),
        blob(0b0000_0000, 4326, &[], &at),
        blob(0b0000_0011, 4326, &[138.3, 138.3, 34.8, 34.8], &at),
        blob(0b0000_0101, 4326, &[0.0; 6], &point(1_001, &[138.3, 34.8, 5.0])),
        blob(0b0000_0111, 4326, &[0.0; 6], &point(2_001, &[138.3, 34.8, 5.0])),
        blob(0b0000_1001, 4326, &[0.0; 8], &point(3_001, &[138.3, 34.8, 5.0, 6.0])),
        blob(0b0000_0001, 0, &[], &point(0x8000_0001, &[138.3, 34.8, 5.0])),
        blob(0b0001_0001, 4326, &[], &point(1, &[f64::NAN, f64::NAN])),
        blob(0b0001_0001, 4326, &[], &[]),
    ];
    let collected = read(places(4326, &heads)).unwrap();
    let expected = Some(Geometry::Point(Point::new(138.3, 34.8)));
    let found: Vec<_> = collected.tables[0].1.iter().map(|row| row.geometry.clone()).collect();
    assert_eq!(found[..7], vec![expected; 7]);
    assert_eq!(found[7..], [None, None]);
    assert_eq!(collected.refused.len(), 0);
    let heights = collected.findings.iter().find(|finding| finding.code == FindingCode::HeightDropped).unwrap();
    assert_eq!((heights.found.as_str(), heights.place.sheet.as_deref()), ("4", Some("places")));
}

#[test]
fn a_geometry_that_cannot_be_placed_refuses_its_feature_alone() {
    let good = blob(1, 4326, &[], &point(1, &[138.3, 34.8]));
    let curve = [&[1_u8, 8, 0, 0, 0, 0, 0, 0, 0][..]].concat();
    let mut count = vec![1, 2, 0, 0, 0];
    count.extend(u32::MAX.to_le_bytes());
    for (bad, code) in [
        (blob(1, 4326, &[], &curve), FindingCode::GeometryUnsupported),
        (blob(0b0010_0001, 4326, &[], b"abcd"), FindingCode::GeometryUnsupported),
        (blob(1, 4326, &[], &count), FindingCode::FeatureBroken),
        (blob(0b0000_1011, 4326, &[], &point(1, &[1.0, 2.0])), FindingCode::FeatureBroken),
        (blob(0b0001_0001, 4326, &[], &point(1, &[138.3, 34.8])), FindingCode::FeatureBroken),
        (blob(1, 4301, &[], &point(1, &[138.3, 34.8])), FindingCode::FeatureBroken),
        (hex::encode(point(1, &[138.3, 34.8])), FindingCode::FeatureBroken),
        (hex::encode(b"GP"), FindingCode::FeatureBroken),
    ] {
        let collected = read(places(4326, &[good.clone(), bad, good.clone()])).unwrap();
        let numbers: Vec<u64> = collected.tables[0].1.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 3]);
        assert_eq!((collected.refused[0].0, collected.refused[0].1.code), (2, code));
        assert_eq!(collected.refused[0].2, ["地点1"]);
    }
    let finding = &read(places(4326, &[blob(1, 4326, &[], &curve)])).unwrap().refused[0].1;
    assert!(finding.message_ja().starts_with("図形の種類(CircularString)に対応していません。"));
}

#[test]
fn systems_are_known_by_code_and_by_definition() {
    for (srs_id, expected) in [
        (4326, Crs::Geographic),
        (6676, Crs::PlaneRectangular(8)),
        (4301, Crs::GeographicTokyo),
        (100_001, Crs::GeographicTokyo),
        (-1, Crs::Missing),
        (0, Crs::Missing),
        (32654, Crs::Utm(54)),
        (2154, Crs::Unknown("Lambert".to_owned())),
        (7, Crs::Unknown("srs_id 7".to_owned())),
        (99999, Crs::Missing),
        (100_002, Crs::Unknown("EPSG:4326 ≠ contradiction".to_owned())),
    ] {
        let collected = read(places(srs_id, &[blob(1, srs_id, &[], &point(1, &[138.3, 34.8]))])).unwrap();
        assert_eq!(collected.tables[0].0.crs, Some(expected), "{srs_id}");
        assert_eq!(collected.tables[0].1.len(), 1);
    }
}

#[test]
fn values_have_the_types_their_columns_declare() {
    let collected = read(package(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, b BOOLEAN, d DATE, dt DATETIME, r REAL, x BLOB, z TEXT(10), n MEDIUMINT);
         INSERT INTO gpkg_contents VALUES ('t', 'attributes', '', 0);
         INSERT INTO t VALUES (5, 1, '2024-04-01', '2024-04-01T09:00:00.000Z', 0.1, X'00FF', '007', 9007199254740993),
            (9, 0, '令和6年', NULL, 9e999, NULL, '', 2);",
    ))
    .unwrap();
    let (head, rows) = &collected.tables[0];
    assert_eq!((head.name.as_deref(), &head.crs), (Some("t"), &None));
    assert_eq!(
        collected.texts(0)[0],
        ["5", "TRUE", "2024-04-01", "2024-04-01T09:00:00.000Z", "0.1", "", "007", "9007199254740993"]
    );
    assert_eq!(collected.texts(0)[1], ["9", "FALSE", "令和6年", "", "", "", "", "2"]);
    let kinds: String = rows[0].cells.iter().flatten().map(|cell| cell.0).collect();
    assert_eq!(kinds, "nbddntn");
    assert_eq!(rows[1].cells[2].as_ref().unwrap().0, 't');
    assert_eq!((collected.count(FindingCode::ValueBinary), collected.count(FindingCode::NumberInvalid)), (1, 1));
}

#[test]
fn a_key_that_only_counts_is_left_out_and_told() {
    let good = || blob(1, 4326, &[], &point(1, &[138.3, 34.8]));
    let collected = read(places(4326, &[good(), good()])).unwrap();
    assert_eq!(collected.tables[0].0.columns.as_deref().unwrap(), ["名称"]);
    assert_eq!(collected.count(FindingCode::RowIdLeftOut), 1);
    let gaps = read(package(
        "CREATE TABLE t (fid INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (10, 'a'), (20, 'b');
         INSERT INTO gpkg_contents VALUES ('t', 'attributes', '', 0);",
    ))
    .unwrap();
    assert_eq!(gaps.texts(0), [["10", "a"], ["20", "b"]]);
}

#[test]
fn a_layer_without_rows_is_passed_over_by_name() {
    let collected = read(package(
        "CREATE TABLE a (x TEXT); CREATE TABLE b (x TEXT); INSERT INTO b VALUES ('1');
         INSERT INTO gpkg_contents VALUES ('a', 'attributes', '', 0), ('b', 'attributes', '', 0);",
    ))
    .unwrap();
    assert_eq!((collected.tables.len(), collected.texts(0)), (1, vec![vec!["1"]]));
    assert!(collected.findings[0].message_ja().starts_with("「a」は取り込みませんでした(行がありません"));
}

#[test]
fn views_triggers_and_modules_are_never_run() {
    let table = "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('x'); INSERT INTO gpkg_contents VALUES ('t', 'attributes', '', 0);";
    let endless = "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c;
         INSERT INTO gpkg_contents VALUES ('v', 'attributes', '', 0);";
    let others = "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT load_extension('x'); END;
         CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO gpkg_contents VALUES ('f', 'attributes', '', 0);
         CREATE TABLE made (a TEXT, b TEXT AS (hex(zeroblob(100000000)))); INSERT INTO made VALUES ('x');
         INSERT INTO gpkg_contents VALUES ('made', 'attributes', '', 0), ('gone', 'attributes', '', 0), ('p', 'tiles', '', 0);
         CREATE TABLE layer_styles (styleSLD TEXT); CREATE TABLE unlisted (a TEXT);";
    let collected = read(package(&[table, endless, others].concat())).unwrap();
    assert_eq!(collected.tables.len(), 1);
    assert_eq!(collected.texts(0), [["x"]]);
    let mut skipped: Vec<&str> = collected
        .findings
        .iter()
        .filter(|finding| finding.code == FindingCode::LayerSkipped)
        .map(|finding| finding.found.as_str())
        .collect();
    skipped.retain(|name| !name.starts_with("f_"));
    assert_eq!(skipped, ["v", "f", "made", "gone", "p", "layer_styles", "unlisted"]);
    let only = read(package(endless)).unwrap_err();
    assert_eq!(only.code(), "no-layer");
    assert!(only.message_ja().contains("v: ビューは読み込みません"), "{}", only.message_ja());
    // A view that takes the place of the list of layers is no list of layers.
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch("CREATE VIEW gpkg_contents AS SELECT 't' AS table_name, 'attributes' AS data_type")
        .unwrap();
    assert_eq!(read(bytes(connection)).unwrap_err(), ReadError::Geo(GeoError::NotGeoPackage));
}

#[test]
fn other_databases_are_named_with_what_to_do() {
    for (sql, expected) in [
        ("CREATE TABLE t (a)", GeoError::NotGeoPackage),
        ("CREATE TABLE geometry_columns (a); CREATE TABLE spatial_ref_sys (a)", GeoError::SpatiaLite),
        ("CREATE TABLE tiles (a); CREATE TABLE metadata (a)", GeoError::MbTiles),
    ] {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        assert_eq!(read(bytes(connection)).unwrap_err(), ReadError::Geo(expected));
    }
    assert_eq!(read(package("")).unwrap_err().code(), "no-layer");
    assert_eq!(
        read(package("CREATE TABLE t (a); INSERT INTO gpkg_contents VALUES ('t', 'attributes', '', 0)")).unwrap_err(),
        ReadError::Empty
    );
}

fn many() -> Vec<u8> {
    package(
        "CREATE TABLE t (a TEXT); INSERT INTO gpkg_contents VALUES ('t', 'attributes', '', 0);
         WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 3000)
         INSERT INTO t SELECT printf('%0100d', x) FROM c;",
    )
}

#[test]
fn pages_that_lead_back_or_are_used_twice_refuse_the_file() {
    let whole = many();
    assert_eq!(read(whole.clone()).unwrap().tables[0].1.len(), 3000);
    let page = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    // The root of the table is the one inner page (kind 5) with a right-most child.
    let root = (1..whole.len() / page).find(|number| whole[number * page] == 5).unwrap();
    let mut cyclic = whole.clone();
    cyclic[root * page + 8..root * page + 12].copy_from_slice(&u32::try_from(root + 1).unwrap().to_be_bytes());
    assert_eq!(read(cyclic).unwrap_err().code(), "part-broken");
    // Two children that are one page: its rows would come twice.
    let cells = root * page + 12;
    let cell = |index: usize| {
        root * page + usize::from(u16::from_be_bytes([whole[cells + index * 2], whole[cells + index * 2 + 1]]))
    };
    let mut twice = whole.clone();
    let first = whole[cell(0)..cell(0) + 4].to_vec();
    twice[cell(1)..cell(1) + 4].copy_from_slice(&first);
    assert_eq!(read(twice).unwrap_err().code(), "part-broken");
}

#[test]
fn a_package_cut_off_is_refused_and_one_saved_while_edited_is_told() {
    let whole = many();
    for part in 1..50 {
        let cut = whole.len() * part / 50;
        let refused = read(whole[..cut].to_vec()).unwrap_err();
        assert_eq!(refused.code(), "file-truncated", "{cut} bytes");
    }
    let mut wal = whole;
    wal[18..20].copy_from_slice(&[2, 2]);
    let collected = read(wal).unwrap();
    assert_eq!((collected.tables[0].1.len(), collected.count(FindingCode::LogMissing)), (3000, 1));
}

#[test]
fn pictures_in_tiles_are_named_and_features_beside_them_are_taken() {
    let tiles = "CREATE TABLE 航空写真 (id INTEGER PRIMARY KEY, zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB);
        INSERT INTO 航空写真 VALUES (1, 0, 0, 0, X'89504e47');
        INSERT INTO gpkg_contents VALUES ('航空写真', 'tiles', '航空写真', 4326);";
    let alone = read(package(tiles)).unwrap_err();
    assert_eq!(alone.code(), "no-layer");
    for (message, words) in [(alone.message_ja(), "地図画像・タイル"), (alone.message_en(), "map pictures or tiles")]
    {
        assert!(message.contains("航空写真") && message.contains(words), "{message}");
    }
    let layer = format!(
        "{tiles} CREATE TABLE places (fid INTEGER PRIMARY KEY, geom BLOB, 名称 TEXT);
         INSERT INTO gpkg_contents VALUES ('places', 'features', '', 4326);
         INSERT INTO gpkg_geometry_columns VALUES ('places', 'geom', 'GEOMETRY', 4326, 0, 0);
         INSERT INTO places VALUES (1, X'{}', '地点');",
        blob(1, 4326, &[], &point(1, &[138.3, 34.8]))
    );
    let collected = read(package(&layer)).unwrap();
    assert_eq!(collected.tables.len(), 1);
    assert_eq!(collected.tables[0].1[0].geometry, Some(Geometry::Point(Point::new(138.3, 34.8))));
    let skipped: Vec<&str> = collected
        .findings
        .iter()
        .filter(|finding| finding.code == FindingCode::LayerSkipped)
        .map(|finding| finding.found.as_str())
        .collect();
    assert_eq!(skipped, ["航空写真"]);
}
