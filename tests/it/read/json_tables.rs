//! JSON that is no GeoJSON: tables of objects and lists in the forms that services and programs write, and TopoJSON.

use geo_types::{Geometry, LineString, Polygon};
use hiraku::model::finding::FindingCode;
use hiraku::read::{Crs, ReadLimits};

use super::{Collected, collect, collect_within, source};

fn read(text: &str) -> Collected {
    collect(&source("a.json", text)).unwrap()
}

fn code(text: &str) -> &'static str {
    collect(&source("a.json", text)).unwrap_err().code()
}

#[test]
fn the_same_table_is_found_in_every_form() {
    let forms = [
        r#"[{"名称":"港","数":1.50},{"数":"2","名称":"公園"}]"#,
        r#"{"data":[{"名称":"港","数":1.50},{"数":"2","名称":"公園"}],"total":2}"#,
        r#"{"success":true,"result":{"fields":[{"id":"名称"},{"id":"数"}],"records":[{"名称":"港","数":1.50},{"数":"2","名称":"公園"}],"_links":{"start":"/"}}}"#,
        "{\"名称\":\"港\",\"数\":1.50}\n{\"数\":\"2\",\"名称\":\"公園\"}\n",
        "\u{FEFF}{\"名称\":\"港\",\"数\":1.50}\r\n{\"数\":\"2\",\"名称\":\"公園\"}",
        "\u{1E}{\"名称\":\"港\",\"数\":1.50}\n\u{1E}{\"数\":\"2\",\"名称\":\"公園\"}\n",
        r#"{"名称":["港","公園"],"数":[1.50,"2"]}"#,
        r#"{"名称":{"0":"港","1":"公園"},"数":{"0":1.50,"1":"2"}}"#,
        r#"{"columns":["名称","数"],"index":[0,1],"data":[["港",1.50],["公園","2"]]}"#,
    ];
    for text in forms {
        let collected = read(text);
        assert_eq!(collected.tables.len(), 1, "{text}");
        let (head, _) = &collected.tables[0];
        assert_eq!((head.format, &head.crs), ("JSON", &None));
        assert_eq!(head.columns.as_deref().unwrap(), ["名称", "数"], "{text}");
        assert_eq!(collected.texts(0), [["港", "1.50"], ["公園", "2"]], "{text}");
        assert_eq!(collected.tables[0].1[0].cells[1].as_ref().unwrap().0, 'n');
    }
}

#[test]
fn lists_without_names_leave_the_header_to_be_found() {
    for text in [r#"[["名称","数"],["港",1]]"#, "[\"名称\",\"数\"]\n[\"港\",1]\n"] {
        let collected = read(text);
        assert_eq!(collected.tables[0].0.columns, None);
        assert_eq!(collected.texts(0), [["名称", "数"], ["港", "1"]]);
    }
}

#[test]
fn objects_under_keys_keep_their_keys() {
    let collected = read(r#"{"221":{"名称":"港"},"222":{"名称":"公園","数":3}}"#);
    assert_eq!(collected.tables[0].0.columns.as_deref().unwrap(), ["名称", "数", "key"]);
    assert_eq!(collected.texts(0), [["港", "", "221"], ["公園", "3", "222"]]);
}

#[test]
fn objects_inside_become_columns_where_it_is_sure_and_stay_json_elsewhere() {
    let collected = read(
        r#"[{"名称":"港","所在地":{"市":"焼津市","町":"本町"},"混在":{"a":1},"一覧":[1, 2.50],"深い":{"x":{"y": 1}}},
            {"名称":"公園","所在地":null,"混在":"文字","深い":{"z":true}}]"#,
    );
    assert_eq!(
        collected.tables[0].0.columns.as_deref().unwrap(),
        ["名称", "所在地.市", "所在地.町", "混在", "一覧", "深い.x", "深い.z"]
    );
    assert_eq!(collected.texts(0)[0], ["港", "焼津市", "本町", r#"{"a":1}"#, "[1,2.50]", r#"{"y":1}"#, ""]);
    assert_eq!(collected.texts(0)[1], ["公園", "", "", "文字", "", "", "TRUE"]);
    assert_eq!(collected.count(FindingCode::JsonFlattened), 2);
    // A name that is taken already keeps its object whole.
    let taken = read(r#"[{"a":{"b":1},"a.b":2}]"#);
    assert_eq!(taken.tables[0].0.columns.as_deref().unwrap(), ["a", "a.b"]);
}

#[test]
fn a_geometry_in_every_row_places_the_row() {
    let collected = read(
        r#"[{"名称":"港","位置":{"type":"Point","coordinates":[138.3,34.8]}},{"名称":"公園","位置":null},
            {"名称":"橋","位置":{"type":"LineString","coordinates":[[138,"34"]]}}]"#,
    );
    let (head, rows) = &collected.tables[0];
    assert_eq!((head.columns.as_deref().unwrap(), &head.crs), (&["名称".to_owned()][..], &Some(Crs::Geographic)));
    assert_eq!(rows[0].geometry, Some(Geometry::Point((138.3, 34.8).into())));
    assert_eq!((rows.len(), rows[1].geometry.as_ref(), collected.refused.len()), (2, None, 1));
}

#[test]
fn several_lists_are_several_tables_and_what_stands_beside_is_told() {
    let collected = read(r#"{"updated":"2024","aed":[{"a":1}],"wifi":[{"b":2},{"b":3}],"none":[]}"#);
    let names: Vec<Option<&str>> = collected.tables.iter().map(|table| table.0.name.as_deref()).collect();
    assert_eq!(names, [Some("aed"), Some("wifi")]);
    let told = collected.findings.iter().find(|finding| finding.code == FindingCode::JsonTableFound).unwrap();
    assert_eq!((told.found.as_str(), told.expected.as_str()), ("aed", "updated, none"));
}

#[test]
fn an_answer_of_a_map_server_is_one_table() {
    let collected = read(
        r#"{"geometryType":"esriGeometryPoint","fields":[{"name":"名称"}],"features":[
            {"attributes":{"名称":"港"},"geometry":{"x":138.3,"y":34.8}}]}"#,
    );
    assert_eq!(collected.tables.len(), 1);
    assert_eq!(collected.tables[0].0.columns.as_deref().unwrap(), ["attributes.名称", "geometry.x", "geometry.y"]);
}

#[test]
fn one_broken_row_is_refused_with_its_number_and_line() {
    let collected = read("[{\"a\":1},\n{\"a\":NaN},\n7,\n{\"a\":\"\\ud800\"},\n{\"a\":2,\"a\":3}]");
    assert_eq!(collected.texts(0), [["1"], ["3"]]);
    let refused: Vec<(u64, bool)> = collected
        .refused
        .iter()
        .map(|(row, finding, _)| (*row, finding.found.contains(&format!("line {row}"))))
        .collect();
    assert_eq!(refused, [(2, true), (3, true), (4, true)]);
    assert_eq!(collected.count(FindingCode::JsonKeyDuplicate), 1);
    // In a file of lines only the broken line is lost; the last one, cut off, refuses the file.
    let lines = read("{\"a\":1}\n{\"a\":[1,}\n{\"a\":3}\n");
    assert_eq!((lines.texts(0), lines.refused.len()), (vec![vec!["1"], vec!["3"]], 1));
    assert_eq!(code("{\"a\":1}\n{\"a\":2}\n{\"a\":"), "json-broken");
    assert_eq!(code("[{\"a\":1},{\"a\":2}"), "json-broken");
}

#[test]
fn json_without_a_table_is_refused_with_what_to_do() {
    for text in [r#"{"error":"not found"}"#, "[1,2,3]", "{}", r#"{"a":[1,2],"b":[1]}"#] {
        assert_eq!(code(text), "json-no-table", "{text}");
    }
    assert_eq!(code("[]"), "json-no-table");
    assert_eq!(code(r#"{"data":[],"a":1}"#), "json-no-table");
    assert_eq!(code(&"[".repeat(100_000)), "too-deep");
    assert_eq!(code(&format!("[{}1{}]", "{\"a\":".repeat(100_000), "}".repeat(100_000))), "too-deep");
    let limits = ReadLimits { rows: 2, ..ReadLimits::default() };
    let many = source("a.json", r#"[{"a":1},{"a":1},{"a":1}]"#);
    assert_eq!(collect_within(&many, &limits).unwrap_err().code(), "too-many-rows");
    let limits = ReadLimits { columns: 2, ..ReadLimits::default() };
    let wide = source("a.json", r#"[{"a":1},{"b":1},{"c":1}]"#);
    assert_eq!(collect_within(&wide, &limits).unwrap_err().code(), "too-many-columns");
}

const ARCS: &str = r#""arcs":[[[0,0],[10,0]],[[10,0],[0,10],[-10,0]],[[0,10],[0,-10]]]"#;

fn topology(objects: &str) -> String {
    format!(
        r#"{{"type":"Topology","transform":{{"scale":[0.1,0.1],"translate":[138,34]}},"objects":{{{objects}}},{ARCS}}}"#
    )
}

#[test]
fn arcs_are_joined_forwards_and_backwards() {
    let objects = r#""a":{"type":"GeometryCollection","geometries":[
        {"type":"Polygon","arcs":[[0,1,2]],"id":"x1","properties":{"名称":"面"}},
        {"type":"Polygon","arcs":[[-3,-2,-1]],"id":"x2"},
        {"type":"LineString","arcs":[0,1]},
        {"type":"Point","coordinates":[5,5]},
        {"type":null}]}"#;
    let collected = collect(&source("a.topojson", topology(objects))).unwrap();
    let (head, rows) = &collected.tables[0];
    assert_eq!((head.format, head.crs.as_ref()), ("TopoJSON", Some(&Crs::Geographic)));
    assert_eq!(head.columns.as_deref().unwrap(), ["名称", "id"]);
    let at = |x: f64, y: f64| (138.0 + x * 0.1, 34.0 + y * 0.1);
    let ring = vec![at(0., 0.), at(10., 0.), at(10., 10.), at(0., 10.), at(0., 0.)];
    let backwards: Vec<_> = ring.iter().rev().copied().collect();
    assert_eq!(rows[0].geometry, Some(Geometry::Polygon(Polygon::new(LineString::from(ring.clone()), vec![]))));
    assert_eq!(rows[1].geometry, Some(Geometry::Polygon(Polygon::new(LineString::from(backwards), vec![]))));
    assert_eq!(rows[2].geometry, Some(Geometry::LineString(LineString::from(ring[..4].to_vec()))));
    assert_eq!(rows[3].geometry, Some(Geometry::Point(at(5., 5.).into())));
    assert_eq!(rows[4].geometry, None);
    assert_eq!(collected.texts(0)[0], ["面", "x1"]);
}

#[test]
fn objects_of_a_topology_are_tables_and_arcs_that_are_not_there_refuse_the_feature() {
    let bad = [
        r#"{"type":"LineString","arcs":[3]}"#,
        r#"{"type":"LineString","arcs":[-4]}"#,
        r#"{"type":"LineString","arcs":[9223372036854775807]}"#,
        r#"{"type":"LineString","arcs":[-9223372036854775808]}"#,
        r#"{"type":"LineString","arcs":["0"]}"#,
        r#"{"type":"Polygon"}"#,
        r#"{"type":"Circle","arcs":[0]}"#,
        r#"{"type":"Point","coordinates":[NaN,1]}"#,
    ];
    for bad in bad {
        let objects = format!(
            r#""a":{{"type":"LineString","arcs":[0]}},"b":{{"type":"GeometryCollection","geometries":[{{"type":"LineString","arcs":[0]}},{bad}]}}"#
        );
        let collected = collect(&source("a.json", topology(&objects))).unwrap();
        let rows: Vec<(Option<&str>, usize)> =
            collected.tables.iter().map(|table| (table.0.name.as_deref(), table.1.len())).collect();
        assert_eq!(rows, [(Some("a"), 1), (Some("b"), 1)], "{bad}");
        assert_eq!(collected.refused.len(), 1, "{bad}");
    }
    // Without a transform arcs are positions as they stand.
    let plain = r#"{"type":"Topology","objects":{"a":{"type":"LineString","arcs":[0]}},"arcs":[[[138,34],[139,35]]]}"#;
    let collected = collect(&source("a.json", plain)).unwrap();
    assert_eq!(collected.tables[0].1[0].geometry, Some(LineString::from(vec![(138.0, 34.0), (139.0, 35.0)]).into()));
    assert_eq!(code(&topology("")), "no-layer");
    assert_eq!(code(&topology(r#""a":{"type":"Polygon","arcs":[[0]]}"#)[..80]), "json-broken");
}

/// The same municipalities as published in both forms: TopoJSON rounds positions to its grid.
#[test]
fn a_real_topology_lies_where_its_geojson_lies() {
    use geo::{Area as _, BoundingRect as _};
    let root = env!("CARGO_MANIFEST_DIR");
    let read = |path: &str, name: &str| {
        collect(&source(name, std::fs::read(format!("{root}/{path}")).unwrap())).unwrap().tables.remove(0).1
    };
    let topology = read("tests/data/read/topojson-municipalities/N03-21_14_s0010.topojson", "a.topojson");
    let geojson = read("datasets/140007_kanagawa_pref/municipal_boundaries/N03-21_14_s0010.geojson", "a.geojson");
    assert_eq!((topology.len(), geojson.len()), (58, 58));
    for (arcs, plain) in topology.iter().zip(&geojson) {
        let code = |row: &super::KeptRow| row.cells.last().unwrap().as_ref().unwrap().1.clone();
        assert_eq!(code(arcs), code(plain));
        let (arcs, plain) = (arcs.geometry.as_ref().unwrap(), plain.geometry.as_ref().unwrap());
        let (a, b) = (arcs.bounding_rect().unwrap(), plain.bounding_rect().unwrap());
        for (a, b) in [(a.min(), b.min()), (a.max(), b.max())] {
            assert!((a.x - b.x).abs() < 1e-3 && (a.y - b.y).abs() < 1e-3, "{a:?} {b:?}");
        }
        let (a, b) = (arcs.unsigned_area(), plain.unsigned_area());
        assert!((a - b).abs() < b * 0.05 + 1e-5, "{a} {b}");
    }
}

#[test]
fn the_same_arc_again_and_again_ends() {
    let again = "0,".repeat(200_000);
    let objects = format!(r#""a":{{"type":"LineString","arcs":[{again}0]}}"#);
    let limits = ReadLimits { vertices: 100_000, ..ReadLimits::default() };
    let refused = collect_within(&source("a.json", topology(&objects)), &limits).unwrap_err();
    assert_eq!(refused.code(), "too-many-vertices");
}

fn features(features: &[&str]) -> Collected {
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}", features.join(",\n"));
    collect(&source("a.geojson", text)).unwrap()
}

#[test]
fn identifiers_and_members_outside_of_the_properties_become_columns() {
    let collected = features(&[
        r#"{"type":"Feature","id":"way/1","bbox":[1,2,3,4],"title":"外","properties":{"a":1},"geometry":null}"#,
        r#"{"type":"Feature","id":"way/2","geometry_name":"g","properties":{"a":2},"geometry":null}"#,
    ]);
    assert_eq!(collected.tables[0].0.columns.as_deref().unwrap(), ["a", "id", "title"]);
    assert_eq!(collected.texts(0), [["1", "way/1", "外"], ["2", "way/2", ""]]);
    assert_eq!(collected.count(FindingCode::MemberOutside), 1);
    let counting = features(&[
        r#"{"type":"Feature","id":1,"properties":{"a":1},"geometry":null}"#,
        r#"{"type":"Feature","id":2,"properties":{"a":2},"geometry":null}"#,
    ]);
    assert_eq!(counting.tables[0].0.columns.as_deref().unwrap(), ["a"]);
}

#[test]
fn a_collection_inside_of_an_answer_is_read_as_features() {
    let text = r#"{"status":"ok","data":{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[138,34]}}]}}"#;
    let collected = collect(&source("a.json", text)).unwrap();
    assert_eq!(collected.tables[0].0.format, "GeoJSON");
    assert_eq!(collected.tables[0].1[0].geometry, Some(Geometry::Point((138.0, 34.0).into())));
}

#[test]
fn heights_doubled_keys_and_broken_features_of_geojson_are_told() {
    let good = r#"{"type":"Feature","properties":{"a":1,"a":2},"geometry":{"type":"LineString","coordinates":[[138,34,5],[139,35,6]]}}"#;
    let bad = r#"{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":["138",34]}}"#;
    let collected = features(&[good, bad, good]);
    assert_eq!(collected.texts(0), [["2"], ["2"]]);
    assert_eq!(collected.count(FindingCode::JsonKeyDuplicate), 2);
    let heights = collected.findings.iter().find(|finding| finding.code == FindingCode::HeightDropped).unwrap();
    assert_eq!(heights.found, "2");
    assert_eq!(collected.refused[0].0, 2);
    assert!(collected.refused[0].1.found.ends_with("3行目 / line 3"), "{}", collected.refused[0].1.found);
}

#[test]
fn a_broken_text_of_a_sequence_is_refused_alone_and_a_cut_one_refuses_the_file() {
    let one = r#"{"type":"Feature","properties":{"a":1},"geometry":null}"#;
    for text in [
        format!("\u{1E}{one}\n\u{1E}{{\"type\":\"Feature\",]\n\u{1E}{one}\n"),
        format!("{one}\n{{\"type\":\"Feature\",]\n{one}\n"),
        format!("[{one},{{\"type\":\"Other\"}},{one}]"),
    ] {
        let collected = collect(&source("a.geojsonl", text.clone())).unwrap();
        let numbers: Vec<u64> = collected.tables[0].1.iter().map(|row| row.number).collect();
        assert_eq!((numbers, collected.refused.len()), (vec![1, 3], 1), "{text}");
    }
    for text in [format!("\u{1E}{one}\n\u{1E}{}", &one[..20]), format!("{one}\n{}", &one[..20])] {
        assert_eq!(collect(&source("a.geojsonl", text)).unwrap_err().code(), "json-broken");
    }
}
