//! Shapefiles and GeoJSON made in code.

use geo_types::Geometry;
use hiraku::model::finding::FindingCode;
use hiraku::read::{Crs, ReadError, ReadLimits};

use super::{SourceFile, collect, collect_within, source};

/// A `.shp` of these record contents.
fn shp(shape_type: i32, records: &[Vec<u8>]) -> Vec<u8> {
    let length = 100 + records.iter().map(|record| 8 + record.len()).sum::<usize>();
    let mut out = vec![0; 100];
    out[..4].copy_from_slice(&9994_i32.to_be_bytes());
    out[24..28].copy_from_slice(&u32::try_from(length / 2).unwrap().to_be_bytes());
    out[28..32].copy_from_slice(&1000_i32.to_le_bytes());
    out[32..36].copy_from_slice(&shape_type.to_le_bytes());
    for (number, record) in (1_u32..).zip(records) {
        out.extend(number.to_be_bytes());
        out.extend(u32::try_from(record.len() / 2).unwrap().to_be_bytes());
        out.extend(record);
    }
    out
}

fn point(x: f64, y: f64) -> Vec<u8> {
    [1_i32.to_le_bytes().as_slice(), &x.to_le_bytes(), &y.to_le_bytes()].concat()
}

/// A line or polygon of these parts.
fn parts(shape_type: i32, parts: &[&[(f64, f64)]]) -> Vec<u8> {
    let mut out = shape_type.to_le_bytes().to_vec();
    out.extend([0; 32]);
    out.extend(i32::try_from(parts.len()).unwrap().to_le_bytes());
    out.extend(i32::try_from(parts.concat().len()).unwrap().to_le_bytes());
    let mut first = 0_i32;
    for part in parts {
        out.extend(first.to_le_bytes());
        first += i32::try_from(part.len()).unwrap();
    }
    for (x, y) in parts.concat() {
        out.extend(x.to_le_bytes());
        out.extend(y.to_le_bytes());
    }
    out
}

/// A `.dbf` of these columns (name, type, length) and records (without their deletion mark, which is given first).
fn dbf(columns: &[(&[u8], u8, u8)], records: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let record_len = 1 + columns.iter().map(|column| u16::from(column.2)).sum::<u16>();
    let mut out = vec![0; 32];
    out[0] = 3;
    out[4..8].copy_from_slice(&u32::try_from(records.len()).unwrap().to_le_bytes());
    out[8..10].copy_from_slice(&u16::try_from(33 + 32 * columns.len()).unwrap().to_le_bytes());
    out[10..12].copy_from_slice(&record_len.to_le_bytes());
    for (name, kind, len) in columns {
        let mut descriptor = [0; 32];
        descriptor[..name.len()].copy_from_slice(name);
        (descriptor[11], descriptor[16]) = (*kind, *len);
        out.extend(descriptor);
    }
    out.push(0x0D);
    for (mark, record) in records {
        out.push(*mark);
        out.extend(record);
    }
    out.push(0x1A);
    out
}

fn cell(text: &[u8], width: usize) -> Vec<u8> {
    let mut cell = text.to_vec();
    cell.resize(width, b' ');
    cell
}

/// Points with a name, encoded by the caller.
fn points(names: &[&[u8]]) -> SourceFile {
    let records: Vec<Vec<u8>> = names.iter().map(|_| point(138.3, 34.8)).collect();
    let rows: Vec<(u8, Vec<u8>)> = names.iter().map(|name| (b' ', cell(name, 10))).collect();
    let mut file = source("a.shp", shp(1, &records));
    file.companions = vec![("dbf".to_owned(), dbf(&[(b"NAME", b'C', 10)], &rows).into())];
    file
}

const JGD2011: &[u8] = br#"GEOGCS["JGD2011",DATUM["Japanese_Geodetic_Datum_2011",SPHEROID["GRS 1980",6378137,298.257222101]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]"#;

/// A polygon with a hole, a shape without points and a null shape, with every type of column.
pub(super) fn shapefile() -> SourceFile {
    let outline: &[(f64, f64)] = &[(0.0, 0.0), (0.0, 9.0), (9.0, 9.0), (9.0, 0.0), (0.0, 0.0)];
    let hole: &[(f64, f64)] = &[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0), (1.0, 1.0)];
    let records = [parts(5, &[outline, hole]), parts(5, &[]), 0_i32.to_le_bytes().to_vec()];
    let row = |text: &[u8]| {
        [cell(text, 8), cell(b"  012.500", 9), cell(b"20240401", 8), cell(b"T", 1), 7_i32.to_le_bytes().to_vec()]
            .concat()
    };
    let columns: [(&[u8], u8, u8); 5] =
        [(b"TEXT", b'C', 8), (b"NUM", b'N', 9), (b"DAY", b'D', 8), (b"FLAG", b'L', 1), (b"INT", b'I', 4)];
    let mut file = source("a.shp", shp(5, &records));
    file.companions = vec![
        (
            "dbf".to_owned(),
            dbf(&columns, &[(b' ', row(b"a")), (b' ', row(b"\x8f\xc4\x92\xc3")), (b' ', row(b""))]).into(),
        ),
        ("prj".to_owned(), JGD2011.to_vec().into()),
        ("cpg".to_owned(), b"SJIS".to_vec().into()),
    ];
    file
}

#[test]
fn every_type_of_column_is_read_and_shapes_without_points_are_told() {
    let collected = collect(&shapefile()).unwrap();
    let (head, rows) = &collected.tables[0];
    assert_eq!(head.crs, Some(Crs::Geographic));
    assert_eq!(collected.texts(0)[1], ["焼津", "12.5", "2024-04-01", "TRUE", "7"]);
    assert_eq!(rows[1].cells[2].as_ref().unwrap().0, 'd');
    let Some(Geometry::Polygon(polygon)) = &rows[0].geometry else { panic!("{:?}", rows[0].geometry) };
    assert_eq!((polygon.exterior().0.len(), polygon.interiors().len()), (5, 1));
    assert_eq!(rows.len(), 3);
}

#[test]
fn a_lying_cpg_is_found_out_both_ways() {
    let mut cp932 = points(&[b"\x8f\xc4\x92\xc3", b"\x96\x7b\x92\xac"]);
    cp932.companions.push(("cpg".to_owned(), b"UTF-8".to_vec().into()));
    let mut utf8 = points(&["焼津".as_bytes(), "本町".as_bytes()]);
    utf8.companions.push(("cpg".to_owned(), b"\xEF\xBB\xBFShift_JIS\r\n".to_vec().into()));
    for (file, encoding) in [(cp932, "CP932"), (utf8, "UTF-8")] {
        let collected = collect(&file).unwrap();
        assert_eq!(collected.tables[0].0.encoding, encoding);
        assert_eq!(collected.texts(0), [["焼津"], ["本町"]]);
        assert_eq!(collected.count(FindingCode::EncodingDeclaredWrong), 1);
    }
    // Without a word about it the content decides too, and nothing was declared wrongly.
    let silent = collect(&points(&["焼津".as_bytes()])).unwrap();
    assert_eq!((silent.tables[0].0.encoding.as_str(), silent.count(FindingCode::EncodingDeclaredWrong)), ("UTF-8", 0));
}

#[test]
fn a_shapefile_without_prj_is_read_and_states_no_system() {
    let collected = collect(&points(&[b"a"])).unwrap();
    assert_eq!(collected.tables[0].0.crs, Some(Crs::Missing));
}

#[test]
fn coordinates_that_are_no_numbers_place_nothing() {
    for (x, y) in [(f64::NAN, 35.0), (139.0, f64::INFINITY)] {
        let mut file = points(&[b"a"]);
        file.bytes = shp(1, &[point(x, y)]).into();
        let collected = collect(&file).unwrap();
        assert_eq!(collected.tables[0].1[0].geometry, None);
        assert_eq!(collected.count(FindingCode::GeometryNotFinite), 1);
    }
}

#[test]
fn shapes_with_heights_and_measures_keep_their_place_and_are_told() {
    let with =
        |kind: i32, more: usize| [&kind.to_le_bytes()[..], &point(138.3, 34.8)[4..], &vec![0; 8 * more]].concat();
    for (kind, more) in [(11, 2), (11, 1), (21, 1)] {
        let mut file = points(&[b"a", b"b"]);
        file.bytes = shp(kind, &[with(kind, more), 0_i32.to_le_bytes().to_vec()]).into();
        let collected = collect(&file).unwrap();
        assert_eq!(collected.tables[0].1[0].geometry, Some(Geometry::Point(geo_types::Point::new(138.3, 34.8))));
        assert_eq!(collected.tables[0].1[1].geometry, None);
        let told: Vec<&str> = collected
            .findings
            .iter()
            .filter(|finding| finding.code == FindingCode::HeightDropped)
            .map(|finding| finding.found.as_str())
            .collect();
        assert_eq!(told, ["1"], "{kind}");
    }
}

#[test]
fn encodings_are_followed_by_the_names_programs_write_and_found_where_they_write_none() {
    let euc: &[u8] = b"\xbe\xc6\xc4\xc5\xbb\xd4\xcc\xf2\xbd\xea";
    let cp932: &[u8] = b"\x8f\xc4\x92\xc3\x8e\x73";
    let utf8 = "焼津市".as_bytes();
    for (text, stated, encoding, wrong) in [
        (cp932, "932", "CP932", 0),
        (cp932, "SJIS", "CP932", 0),
        (cp932, "CP932", "CP932", 0),
        (cp932, "ISO-8859-1", "CP932", 1),
        (cp932, "65001", "CP932", 1),
        (utf8, "utf8", "UTF-8", 0),
        (utf8, "65001", "UTF-8", 0),
        (utf8, "UTF-8\0", "UTF-8", 0),
        (euc, "EUC", "EUC-JP", 0),
        (b"abc", "1252", "CP932", 0),
    ] {
        let mut file = points(&[text]);
        file.companions.push(("cpg".to_owned(), stated.as_bytes().to_vec().into()));
        let collected = collect(&file).unwrap();
        assert_eq!(collected.tables[0].0.encoding, encoding, "{stated}");
        assert_eq!(collected.count(FindingCode::EncodingDeclaredWrong), wrong, "{stated}");
    }
}

#[test]
fn numbers_that_did_not_fit_and_days_that_are_none_are_no_values_of_their_type() {
    let columns: [(&[u8], u8, u8); 2] = [(b"N", b'N', 6), (b"D", b'D', 8)];
    let rows =
        [(&b"******"[..], &b"20240230"[..]), (b" 00012", b"00000000"), (b"1.5E+2", b"        "), (b"-", b"2024")];
    let records: Vec<Vec<u8>> = rows.iter().map(|_| point(138.3, 34.8)).collect();
    let rows: Vec<(u8, Vec<u8>)> =
        rows.iter().map(|(number, day)| (b' ', [cell(number, 6), cell(day, 8)].concat())).collect();
    let mut file = source("a.shp", shp(1, &records));
    file.companions = vec![("dbf".to_owned(), dbf(&columns, &rows).into())];
    let collected = collect(&file).unwrap();
    assert_eq!(collected.texts(0), [["", "20240230"], ["00012", ""], ["150", ""], ["-", "2024"]]);
    assert_eq!(collected.count(FindingCode::NumberOverflow), 1);
    assert_eq!(collected.tables[0].1[1].cells[0].as_ref().unwrap().0, 't');
}

#[test]
fn a_missing_dbf_or_shp_is_named() {
    let mut file = points(&[b"a"]);
    file.companions.clear();
    assert_eq!(collect(&file).unwrap_err(), ReadError::CompanionMissing { extension: "dbf" });
    let alone = source("さくら.dbf", dbf(&[(b"NAME", b'C', 10)], &[]));
    let refused = collect(&alone).unwrap_err();
    assert_eq!(refused, ReadError::CompanionMissing { extension: "shp" });
    assert_eq!(
        refused.message_ja(),
        "Shapefileの.shpファイルがありません。.shp、.shx、.dbf、.prjをそろえて登録してください。"
    );
}

#[test]
fn no_part_of_a_shapefile_cut_off_is_ever_read() {
    let whole = shapefile();
    assert!(collect(&whole).is_ok());
    for cut in 0..whole.bytes.len() {
        let mut file = whole.clone();
        file.bytes.to_mut().truncate(cut);
        assert!(collect(&file).is_err(), "{cut} bytes of the .shp");
    }
    let table = whole.companions[0].1.len();
    for cut in 0..table - 1 {
        let mut file = whole.clone();
        file.companions[0].1.to_mut().truncate(cut);
        assert!(collect(&file).is_err(), "{cut} bytes of the .dbf");
    }
}

#[test]
fn lying_lengths_allocate_nothing_and_refuse_the_file_or_its_feature() {
    let mut counts = points(&[b"a"]);
    let mut record = parts(3, &[&[(0.0, 0.0), (1.0, 1.0)]]);
    record[40..44].copy_from_slice(&i32::MAX.to_le_bytes());
    counts.bytes = shp(3, &[record]).into();
    let collected = collect(&counts).unwrap();
    assert_eq!((collected.refused.len(), collected.refused[0].1.code), (1, FindingCode::FeatureBroken));
    assert_eq!(collected.refused[0].2, ["a"]);

    let mut rows = points(&[b"a"]);
    rows.companions[0].1.to_mut()[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(collect(&rows).unwrap_err().code(), "file-truncated");
    let mut length = points(&[b"a"]);
    length.bytes.to_mut()[24..28].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(collect(&length).unwrap_err().code(), "file-truncated");
    let mut fewer = points(&[b"a", b"b"]);
    fewer.bytes = shp(1, &[point(0.0, 0.0)]).into();
    assert_eq!(collect(&fewer).unwrap_err(), ReadError::CountMismatch { shapes: 1, rows: 2 });
}

#[test]
fn deleted_rows_are_not_rows_but_are_told() {
    let mut file = points(&[b"a", b"b"]);
    file.companions[0].1 = dbf(&[(b"NAME", b'C', 10)], &[(b'*', cell(b"a", 10)), (b' ', cell(b"b", 10))]).into();
    let collected = collect(&file).unwrap();
    assert_eq!(collected.texts(0), [["b"]]);
    assert_eq!(collected.tables[0].1[0].number, 2);
    assert_eq!(collected.count(FindingCode::HiddenContent), 1);
}

#[test]
fn memo_columns_and_multipatches_are_refused_in_words() {
    let mut memo = points(&[b"a"]);
    let row = [cell(b"1", 10), cell(b"a", 4)].concat();
    memo.companions[0].1 = dbf(&[("備考".as_bytes(), b'M', 10), (b"NAME", b'C', 4)], &[(b' ', row)]).into();
    let collected = collect(&memo).unwrap();
    assert_eq!(collected.tables[0].0.columns.as_deref().unwrap(), ["NAME"]);
    assert_eq!(collected.texts(0), [["a"]]);
    let skipped = collected.findings.iter().find(|finding| finding.code == FindingCode::ColumnSkipped).unwrap();
    assert!(skipped.message_ja().starts_with("列「備考」は取り込みませんでした(メモ型の値は別のファイル(.dbt)"));
    let mut patch = points(&[b"a"]);
    patch.bytes = shp(31, &[31_i32.to_le_bytes().to_vec()]).into();
    assert_eq!(collect(&patch).unwrap_err(), ReadError::ShapeTypeUnsupported { shape_type: 31 });
}

fn collection(features: &str) -> SourceFile {
    source("a.geojson", format!("{{\"type\":\"FeatureCollection\",\n\"features\":[{features}]}}"))
}

fn feature(properties: &str, geometry: &str) -> String {
    format!("{{\"type\":\"Feature\",\"properties\":{properties},\"geometry\":{geometry}}}")
}

const POINT: &str = r#"{"type":"Point","coordinates":[138.3,34.8,5.0]}"#;

#[test]
fn a_broken_feature_is_refused_alone() {
    for broken in [
        feature(r#"{"a":"\ud800"}"#, POINT),
        feature(r#"{"a":NaN}"#, POINT),
        feature(r#"{"a":1}"#, r#"{"type":"Point","coordinates":[138.3,"34.8"]}"#),
        feature(r#"{"a":1}"#, r#"{"type":"Point","coordinates":[NaN,34.8]}"#),
        feature(r#"{"a":1}"#, r#"{"type":"Point","coordinates":[138.3]}"#),
        feature(r#"{"a":1}"#, r#"{"type":"Polygon","coordinates":[138.3,34.8]}"#),
        feature(r#"{"a":1}"#, r#"{"type":"Circle","coordinates":[138.3,34.8]}"#),
        feature(r#"{"a":1}"#, r#"{"type":"Point","coordinates":[1e999,34.8]}"#),
        feature("[]", POINT),
        "7".to_owned(),
        r#"{"type":"Nothing"}"#.to_owned(),
    ] {
        let good = feature(r#"{"a":1}"#, POINT);
        let collected = collect(&collection(&[good.as_str(), &broken, &good].join(","))).unwrap();
        let numbers: Vec<u64> = collected.tables[0].1.iter().map(|row| row.number).collect();
        assert_eq!((numbers, collected.refused.len()), (vec![1, 3], 1), "{broken}");
        assert_eq!((collected.refused[0].0, collected.refused[0].1.code), (2, FindingCode::FeatureBroken));
    }
}

#[test]
fn columns_are_the_keys_of_all_features_and_values_keep_their_kind() {
    let first = feature(r#"{"名称":"港","n":1.50,"long":12345678901234567890,"o":{"x":[1]}}"#, POINT);
    let second = feature(r#"{"flag":true,"名称":null,"t":"007","\u006e":2}"#, "null");
    let collected = collect(&collection(&[first, second].join(","))).unwrap();
    let (head, rows) = &collected.tables[0];
    assert_eq!(head.columns.as_deref().unwrap(), ["名称", "n", "long", "o", "flag", "t"]);
    assert_eq!(collected.texts(0)[0], ["港", "1.50", "12345678901234567890", r#"{"x":[1]}"#, "", ""]);
    assert_eq!(collected.texts(0)[1], ["", "2", "", "", "TRUE", "007"]);
    assert_eq!(rows[1].cells[5].as_ref().unwrap().0, 't');
    assert_eq!(rows[0].geometry, Some(Geometry::Point(geo_types::Point::new(138.3, 34.8))));
    assert_eq!(rows[1].geometry, None);
}

#[test]
fn every_form_of_geojson_is_read() {
    let one = feature(r#"{"a":1}"#, POINT);
    let forms = [
        one.clone(),
        format!("\u{FEFF}{one}"),
        POINT.to_owned(),
        format!("{one}\n{one}\n"),
        format!("\u{1E}{one}\n\u{1E}{one}\n"),
        feature(
            "null",
            r#"{"type":"GeometryCollection","geometries":[{"type":"LineString","coordinates":[[0,0],[1,1]]}]}"#,
        ),
    ];
    let rows: Vec<usize> = forms.map(|text| collect(&source("a.geojson", text)).unwrap().tables[0].1.len()).to_vec();
    assert_eq!(rows, [1, 1, 1, 2, 2, 1]);
}

#[test]
fn the_crs_member_is_honoured() {
    for (crs, expected) in [
        (r#"{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}"#, Crs::Geographic),
        (r#"{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::6676"}}"#, Crs::PlaneRectangular(8)),
        (r#"{"type":"EPSG","properties":{"code":4301}}"#, Crs::GeographicTokyo),
        (r#"{"type":"name","properties":{"name":"EPSG:2154"}}"#, Crs::Unknown("EPSG:2154".to_owned())),
        ("null", Crs::Geographic),
    ] {
        let text = format!("{{\"type\":\"FeatureCollection\",\"crs\":{crs},\"features\":[{}]}}", feature("{}", POINT));
        let collected = collect(&source("a.geojson", text)).unwrap();
        assert_eq!(collected.tables[0].0.crs, Some(expected), "{crs}");
    }
}

#[test]
fn json_that_is_cut_off_too_deep_or_something_else_is_refused_whole() {
    let whole = collection(&feature("{}", POINT));
    for cut in 1..whole.bytes.len() {
        assert!(collect(&source("a.geojson", &whole.bytes[..cut])).is_err(), "{cut} bytes");
    }
    let code = |text: String| collect(&source("a.geojson", text)).unwrap_err().code();
    assert_eq!(code("{\"type\":\"FeatureCollection\",\"features\":[\n{\"a\":1".to_owned()), "json-broken");
    assert_eq!(code(format!("{{\"a\":{}", "[".repeat(1_000_000))), "too-deep");
    assert_eq!(code("{\"type\":\"unavailable\"}".to_owned()), "not-geojson");
    assert_eq!(code("{\"type\":\"FeatureCollection\",\"features\":[]}".to_owned()), "file-empty");
    let twice = String::from_utf8(whole.bytes.to_vec()).unwrap().repeat(2);
    assert_eq!(code(twice), "json-broken", "what follows a collection is not lost in silence");
    let limits = ReadLimits { vertices: 3, ..ReadLimits::default() };
    let long = feature("{}", r#"{"type":"LineString","coordinates":[[0,0],[1,1],[2,2]]}"#);
    assert_eq!(collect_within(&collection(&long), &limits).unwrap_err().code(), "too-many-vertices");
    // Features are held one at a time, so that many of them may have more together.
    let short = feature("{}", r#"{"type":"LineString","coordinates":[[0,0],[1,1]]}"#);
    let two = collection(&format!("{short},{short}"));
    assert_eq!(collect_within(&two, &limits).unwrap().tables[0].1.len(), 2);
    let few = ReadLimits { file_vertices: 5, ..limits };
    assert_eq!(collect_within(&two, &few).unwrap_err().code(), "too-many-vertices");
}

#[test]
fn empty_shapes_and_empty_parts_of_every_kind_place_nothing_and_refuse_nothing() {
    let null = 0_i32.to_le_bytes().to_vec();
    let ring = |x: f64| [(x, 34.8), (x, 34.9), (x + 0.1, 34.9), (x + 0.1, 34.8), (x, 34.8)];
    let several = |places: &[(f64, f64)]| {
        let mut out = 8_i32.to_le_bytes().to_vec();
        out.extend([0; 32]);
        out.extend(i32::try_from(places.len()).unwrap().to_le_bytes());
        out.extend(places.iter().flat_map(|(x, y)| [x.to_le_bytes(), y.to_le_bytes()].concat()));
        out
    };
    let line: &[(f64, f64)] = &[(138.3, 34.8), (138.4, 34.8)];
    // By kind: the records, which of them have a shape, and where parts were left out.
    let cases: [(i32, Vec<Vec<u8>>, &[bool], &[u64]); 4] = [
        (
            5,
            vec![
                parts(5, &[&ring(138.3)]),
                null.clone(),
                parts(5, &[]),
                parts(5, &[&[]]),
                parts(5, &[&ring(138.3), &[]]),
                parts(5, &[&[], &ring(138.3)]),
            ],
            &[true, false, false, false, true, true],
            &[5, 6],
        ),
        (
            3,
            vec![parts(3, &[line]), null.clone(), parts(3, &[]), parts(3, &[line, &[], &[(138.0, 34.0)]])],
            &[true, false, false, true],
            &[4],
        ),
        (8, vec![several(&[(138.3, 34.8)]), null.clone(), several(&[])], &[true, false, false], &[]),
        (1, vec![point(138.3, 34.8), null.clone()], &[true, false], &[]),
    ];
    for (kind, records, placed, with_empty) in cases {
        let rows: Vec<&[u8]> = records.iter().map(|_| b"a".as_slice()).collect();
        let mut file = points(&rows);
        file.bytes = shp(kind, &records).into();
        let collected = collect(&file).unwrap();
        assert_eq!(collected.refused, [], "{kind}");
        let found: Vec<bool> = collected.tables[0].1.iter().map(|row| row.geometry.is_some()).collect();
        assert_eq!(found, placed, "{kind}");
        let told: Vec<u64> = collected
            .findings
            .iter()
            .filter(|finding| finding.code == FindingCode::GeometryRepaired)
            .map(|finding| finding.place.row.unwrap())
            .collect();
        assert_eq!(told, with_empty, "{kind}");
    }
}
