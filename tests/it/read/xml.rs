//! KML and GML made in code: the forms that programs write, and those made to harm.

use std::time::{Duration, Instant};

use geo_types::Geometry;
use hiraku::model::finding::FindingCode;
use hiraku::read::{Crs, FileFormat, ReadLimits, sniff};

use super::{Collected, collect, collect_within, source};

fn kml(body: &str) -> Vec<u8> {
    format!("<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>{body}</Document></kml>").into_bytes()
}

fn placemark(name: &str, data: &[(&str, &str)]) -> String {
    let data: String =
        data.iter().map(|(key, value)| format!("<Data name=\"{key}\"><value>{value}</value></Data>")).collect();
    format!(
        "<Placemark><name>{name}</name><ExtendedData>{data}</ExtendedData><Point><coordinates>138.3,34.8</coordinates></Point></Placemark>"
    )
}

fn columns(collected: &Collected, table: usize) -> Vec<String> {
    collected.tables[table].0.columns.clone().unwrap()
}

#[test]
fn folders_of_one_kind_are_one_table_and_layers_of_their_own_are_several() {
    let one = kml(&format!(
        "<Folder><name>北</name>{}</Folder><Folder><name>南</name>{}</Folder>",
        placemark("甲", &[("住所", "1"), ("定員", "2")]),
        placemark("乙", &[("住所", "3")])
    ));
    let collected = collect(&source("a.kml", one)).unwrap();
    assert_eq!(collected.tables.len(), 1);
    assert_eq!(columns(&collected, 0), ["フォルダ", "name", "住所", "定員"]);
    assert_eq!(collected.texts(0), [["北", "甲", "1", "2"], ["南", "乙", "3", ""]]);
    let several = kml(&format!(
        "<Folder><name>公園</name>{}</Folder><Folder><name>消火栓</name>{}</Folder>",
        placemark("甲", &[("遊具", "1"), ("面積", "2")]),
        placemark("乙", &[("口径", "3"), ("水利", "4")])
    ));
    let collected = collect(&source("a.kml", several)).unwrap();
    let names: Vec<_> = collected.tables.iter().map(|(head, _)| head.name.clone().unwrap()).collect();
    assert_eq!(names, ["公園", "消火栓"]);
    assert_eq!(columns(&collected, 1), ["name", "口径", "水利"]);
    assert_eq!(collected.count(FindingCode::FoldersApart), 1);
}

#[test]
fn a_name_that_stands_twice_is_one_column_only_where_it_is_one_value() {
    let same = collect(&source("a.kml", kml(&placemark("甲", &[("name", "甲")])))).unwrap();
    assert_eq!(columns(&same, 0), ["name"]);
    let other = collect(&source("a.kml", kml(&placemark("甲", &[("name", "乙")])))).unwrap();
    assert_eq!(other.texts(0), [["甲", "乙"]]);
}

#[test]
fn descriptions_become_columns_only_where_all_are_the_same_table() {
    let table = |keys: [&str; 2]| {
        let rows: String = keys
            .iter()
            .map(|key| format!("&lt;tr&gt;&lt;td&gt;{key}&lt;/td&gt;&lt;td&gt;1&lt;/td&gt;&lt;/tr&gt;"))
            .collect();
        format!("<Placemark><description>&lt;table&gt;{rows}&lt;/table&gt;</description></Placemark>")
    };
    let same = collect(&source("a.kml", kml(&(table(["住所", "定員"]) + &table(["住所", "定員"]))))).unwrap();
    assert_eq!(columns(&same, 0), ["住所", "定員"]);
    let other = collect(&source("a.kml", kml(&(table(["住所", "定員"]) + &table(["住所", "備考"]))))).unwrap();
    assert_eq!(columns(&other, 0), ["description"]);
    assert!(other.texts(0)[0][0].starts_with("<table>"));
}

#[test]
fn encodings_are_those_of_the_declaration_or_of_the_bytes() {
    let text = format!("<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><kml>{}</kml>", placemark("本町ソ能表", &[]));
    let cp932 = encoding_rs::SHIFT_JIS.encode(&text).0.into_owned();
    let eucjp = encoding_rs::EUC_JP.encode(&text.replace("Shift_JIS", "EUC-JP")).0.into_owned();
    let utf16: Vec<u8> = text.replace("Shift_JIS", "UTF-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, encoding) in [
        (cp932, "CP932"),
        (eucjp, "EUC-JP"),
        (utf16.clone(), "UTF-16LE"),
        ([b"\xFF\xFE".to_vec(), utf16].concat(), "UTF-16LE"),
    ] {
        let collected = collect(&source("a.kml", bytes)).unwrap();
        assert_eq!(collected.tables[0].0.encoding, encoding);
        assert_eq!(collected.texts(0), [["本町ソ能表"]]);
    }
    let lying = collect(&source("a.kml", text.into_bytes())).unwrap();
    assert_eq!(lying.count(FindingCode::EncodingDeclaredWrong), 1);
    assert_eq!(lying.count(FindingCode::XmlNamespace), 1, "no namespace at all");
}

#[test]
fn prefixes_are_no_obstacle() {
    let text = r#"<k:kml xmlns:k="http://www.opengis.net/kml/2.2"><k:Placemark><k:name>甲</k:name><k:Point><k:coordinates>138,34</k:coordinates></k:Point></k:Placemark></k:kml>"#;
    let collected = collect(&source("a.kml", text)).unwrap();
    assert_eq!(collected.texts(0), [["甲"]]);
    assert_eq!(collected.count(FindingCode::XmlNamespace), 0);
}

const KSJ: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<ksj:Dataset gml:id="N03" xmlns:ksj="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://www.w3.org/1999/xlink">
<gml:boundedBy><gml:EnvelopeWithTimePeriod srsName="JGD2011 / (B, L)" frame="GC / JST"><gml:lowerCorner>20.0 123.0</gml:lowerCorner></gml:EnvelopeWithTimePeriod></gml:boundedBy>
<gml:Curve gml:id="cv1"><gml:segments><gml:LineStringSegment><gml:posList>
34.80 138.30
34.80 138.40
34.90 138.40
</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>
<gml:Curve gml:id="cv2"><gml:segments><gml:LineStringSegment><gml:posList>34.80 138.30 34.90 138.30 34.90 138.40</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve>
<gml:Surface gml:id="sf1"><gml:patches><gml:PolygonPatch><gml:exterior><gml:Ring><gml:curveMember xlink:href="#cv1"/><gml:curveMember><gml:OrientableCurve orientation="-"><gml:baseCurve xlink:href="#cv2"/></gml:OrientableCurve></gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface>
<gml:Point gml:id="pt1"><gml:pos>34.8669 138.3232</gml:pos></gml:Point>
<ksj:AdministrativeBoundary gml:id="gy1"><ksj:bounds xlink:href="#sf1"/><ksj:cityName>焼津市</ksj:cityName><ksj:administrativeAreaCode codeSpace="x.xml">22212</ksj:administrativeAreaCode></ksj:AdministrativeBoundary>
<ksj:CityHall gml:id="ch1"><ksj:position xlink:href="#pt1"/><ksj:since><gml:TimeInstant gml:id="t1"><gml:timePosition>1951</gml:timePosition></gml:TimeInstant></ksj:since></ksj:CityHall>
</ksj:Dataset>"##;

#[test]
fn the_geometries_of_the_national_land_information_are_found_by_their_references() {
    let collected = collect(&source("N03.xml", KSJ)).unwrap();
    let names: Vec<_> = collected.tables.iter().map(|(head, _)| head.name.clone().unwrap()).collect();
    assert_eq!(names, ["AdministrativeBoundary", "CityHall"]);
    assert_eq!(columns(&collected, 0), ["gml_id", "cityName", "administrativeAreaCode"]);
    let Some(Geometry::Polygon(area)) = &collected.tables[0].1[0].geometry else { panic!("an area") };
    let ring: Vec<(f64, f64)> = area.exterior().0.iter().map(|at| (at.x, at.y)).collect();
    assert_eq!(ring, [(138.3, 34.8), (138.4, 34.8), (138.4, 34.9), (138.3, 34.9), (138.3, 34.8)]);
    assert_eq!(collected.texts(1), [["ch1", "1951"]]);
    assert_eq!(collected.tables[1].1[0].geometry, Some(geo_types::Point::new(138.3232, 34.8669).into()));
    let gone = collect(&source("N03.xml", KSJ.replace("gml:id=\"cv2\"", "gml:id=\"cv3\""))).unwrap();
    assert_eq!(gone.refused.len(), 1, "a border that is not there refuses its area");
    assert_eq!(gone.refused[0].1.code, FindingCode::FeatureBroken);
}

#[test]
fn fundamental_geospatial_data_and_simple_features_are_read() {
    let fgd = r#"<Dataset xmlns:gml="http://www.opengis.net/gml/3.2" xmlns="http://fgd.gsi.go.jp/spec/2008/FGD_GMLSchema" gml:id="D1">
<gml:description>x</gml:description><BldA gml:id="K1"><fid>5</fid><lfSpanFr gml:id="K1-1"><gml:timePosition>2012-03-30</gml:timePosition></lfSpanFr>
<area><gml:Surface gml:id="K1-g" srsName="fguuid:jgd2011.bl"><gml:patches><gml:PolygonPatch><gml:exterior><gml:Ring><gml:curveMember><gml:Curve gml:id="c"><gml:segments><gml:LineStringSegment><gml:posList>34.8669 138.3232
34.8669 138.3234 34.8671 138.3234 34.8669 138.3232</gml:posList></gml:LineStringSegment></gml:segments></gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches></gml:Surface></area><type>普通建物</type></BldA></Dataset>"#;
    let collected = collect(&source("FG-GML.xml", fgd)).unwrap();
    assert_eq!(collected.texts(0), [["K1", "5", "2012-03-30", "普通建物"]]);
    assert!(matches!(collected.tables[0].1[0].geometry, Some(Geometry::Polygon(_))));
    assert_eq!(collected.tables[0].0.crs, Some(Crs::Geographic));
    let ogr = r#"<ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml"><gml:boundedBy><gml:Box><gml:coord><gml:X>1</gml:X><gml:Y>2</gml:Y></gml:coord></gml:Box></gml:boundedBy>
<gml:featureMember><ogr:toilet fid="toilet.0"><ogr:geometryProperty><gml:Point srsName="EPSG:6676"><gml:coordinates>-16000.5,-125700.25</gml:coordinates></gml:Point></ogr:geometryProperty><ogr:名称>公衆トイレ</ogr:名称></ogr:toilet></gml:featureMember></ogr:FeatureCollection>"#;
    let collected = collect(&source("a.gml", ogr)).unwrap();
    assert_eq!(collected.tables[0].0.crs, Some(Crs::PlaneRectangular(8)));
    assert_eq!(collected.tables[0].1[0].geometry, Some(geo_types::Point::new(-16000.5, -125_700.25).into()));
    assert_eq!(columns(&collected, 0).last().unwrap(), "名称");
    let wfs = r#"<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2"><wfs:member><wfs:FeatureCollection><wfs:member><a:road gml:id="r1"><a:geom><gml:MultiCurve srsName="urn:ogc:def:crs:EPSG::4326"><gml:curveMember><gml:LineString><gml:posList>34.8 138.3 34.9 138.4</gml:posList></gml:LineString></gml:curveMember></gml:MultiCurve></a:geom></a:road></wfs:member></wfs:FeatureCollection></wfs:member></wfs:FeatureCollection>"#;
    let collected = collect(&source("a.gml", wfs)).unwrap();
    let Some(Geometry::LineString(line)) = &collected.tables[0].1[0].geometry else { panic!("a line") };
    assert_eq!(line.0[0], geo_types::Coord { x: 138.3, y: 34.8 });
}

#[test]
fn axes_against_the_statement_are_told_and_other_systems_refuse_their_feature() {
    let gml = |srs: &str, place: &str| {
        format!(
            r#"<gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml/3.2"><gml:featureMember><a><g><gml:Point srsName="{srs}"><gml:pos>{place}</gml:pos></gml:Point></g></a></gml:featureMember><gml:featureMember><a><g><gml:Point srsName="EPSG:6676"><gml:pos>1 2</gml:pos></gml:Point></g></a></gml:featureMember></gml:FeatureCollection>"#
        )
    };
    let turned = collect(&source("a.gml", gml("urn:ogc:def:crs:EPSG::4326", "138.3 34.8"))).unwrap();
    assert_eq!(turned.tables[0].1[0].geometry, Some(geo_types::Point::new(138.3, 34.8).into()));
    assert_eq!((turned.count(FindingCode::AxisOrder), turned.refused.len()), (1, 1));
    assert!(turned.refused[0].1.found.contains("EPSG:6676"));
}

#[test]
fn the_old_form_of_jpgis_is_recognised_and_says_what_to_do() {
    let old = r#"<?xml version="1.0" encoding="UTF-8"?><ksj:GI xmlns:ksj="http://nlftp.mlit.go.jp/ksj/schemas/ksj-app" xmlns:jps="http://www.gsi.go.jp/GIS/jpgis/standardSchemas"><dataset/></ksj:GI>"#;
    let file = source("N03-090320_24.xml", old);
    assert_eq!(sniff(&file), Some(FileFormat::OldJpgis));
    let error = collect(&file).unwrap_err();
    assert_eq!(error.code(), "format-unsupported");
    assert!(error.message_ja().contains("GML(JPGIS2014)"), "{}", error.message_ja());
}

/// Refuses within seconds even on a busy machine.
fn refused(name: &str, bytes: impl Into<Vec<u8>>) -> &'static str {
    let begun = Instant::now();
    let error = collect(&source(name, bytes)).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(20), "{} took {:?}", error.code(), begun.elapsed());
    assert!(error.message_ja().ends_with('。') && error.message_en().ends_with('.'), "{error}");
    error.code()
}

#[test]
fn entities_doctypes_and_depth_are_refused() {
    let xxe = r#"<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml><Placemark><name>&x;</name></Placemark></kml>"#;
    assert_eq!(refused("a.kml", xxe), "xml-doctype");
    let laughs =
        r#"<!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><kml><Placemark><name>&b;</name></Placemark></kml>"#;
    assert_eq!(refused("a.kml", laughs), "xml-doctype");
    assert_eq!(refused("a.gml", KSJ.replace("<ksj:Dataset", "<!DOCTYPE a><ksj:Dataset")), "xml-doctype");
    assert_eq!(refused("a.kml", kml("<Placemark><name>a&nbsp;b</name></Placemark>")), "xml-entity");
    assert_eq!(refused("a.kml", kml(&("<Folder>".repeat(200_000) + &"</Folder>".repeat(200_000)))), "too-deep");
    assert_eq!(refused("a.kml", kml("<Folder></Document>")), "xml-broken");
    assert_eq!(refused("a.kml", kml("")), "no-feature");
    assert_eq!(refused("a.gml", "<gml:FeatureCollection xmlns:gml=\"http://www.opengis.net/gml\"/>"), "no-feature");
    let five =
        collect(&source("a.kml", kml("<Placemark><name>&lt;&gt;&amp;&quot;&apos;&#x672C;&#30010;</name></Placemark>")));
    assert_eq!(five.unwrap().texts(0), [["<>&\"'本町"]]);
}

#[test]
fn much_of_one_thing_costs_little() {
    let begun = Instant::now();
    // A name of many entities, a tag of many attributes, one key many times, many folders with attributes of their own.
    let long = kml(&format!("<Placemark><name>{}</name></Placemark>", "&amp;".repeat(500_000)));
    assert_eq!(collect(&source("a.kml", long)).unwrap().texts(0)[0][0].len(), 500_000);
    let many: String = (0..20_000).map(|at| format!(" a{at}=\"1\"")).collect();
    assert!(collect(&source("a.kml", kml(&format!("<Placemark{many}><name>甲</name></Placemark>")))).is_ok());
    let twice: String = (0..50_000).map(|at| format!("<Data name=\"a\"><value>{at}</value></Data>")).collect();
    let twice = kml(&format!("<Placemark><ExtendedData>{twice}</ExtendedData></Placemark>"));
    assert!(collect(&source("a.kml", twice)).unwrap().texts(0)[0][0].ends_with(";49999"));
    let folders: String = (0..3_000)
        .map(|at| format!("<Folder><name>{at}</name>{}</Folder>", placemark("甲", &[(&format!("k{}", at % 100), "1")])))
        .collect();
    assert_eq!(collect(&source("a.kml", kml(&folders))).unwrap().tables.len(), 1);
    assert!(begun.elapsed() < Duration::from_mins(1), "{:?}", begun.elapsed());
}

#[test]
fn references_in_a_circle_and_references_without_end_are_stopped() {
    let gml = |body: &str| {
        format!(
            r#"<ksj:Dataset xmlns:ksj="http://k" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:xlink="http://x">{body}</ksj:Dataset>"#
        )
    };
    let circle = gml(
        r##"<gml:MultiCurve gml:id="a"><gml:curveMember xlink:href="#b"/></gml:MultiCurve><gml:MultiCurve gml:id="b"><gml:curveMember xlink:href="#a"/></gml:MultiCurve><ksj:Road><ksj:location xlink:href="#a"/></ksj:Road>"##,
    );
    let collected = collect(&source("a.gml", circle)).unwrap();
    assert_eq!(collected.refused.len(), 1);
    // Each level refers to the one below ten times.
    let mut levels = String::from(
        r#"<gml:MultiCurve gml:id="l0"><gml:curveMember><gml:LineString><gml:posList>34 138 35 139</gml:posList></gml:LineString></gml:curveMember></gml:MultiCurve>"#,
    );
    for level in 1..8 {
        let members = format!("<gml:curveMember xlink:href=\"#l{}\"/>", level - 1).repeat(10);
        levels.push_str(&format!("<gml:MultiCurve gml:id=\"l{level}\">{members}</gml:MultiCurve>"));
    }
    levels.push_str(r##"<ksj:Road><ksj:location xlink:href="#l7"/></ksj:Road>"##);
    assert_eq!(refused("a.gml", gml(&levels)), "xml-references");
    let few = ReadLimits { vertices: 5, ..ReadLimits::default() };
    assert_eq!(collect_within(&source("N03.xml", KSJ), &few).unwrap_err().code(), "too-many-vertices");
}

#[test]
fn a_file_cut_anywhere_is_refused_and_never_half_read() {
    let zoning = include_bytes!("../../data/read/plateau-zoning/kawasaki-shi_533915_urf_6668_yoto_op.gml").as_slice();
    let folders = include_bytes!("../../data/read/kml-folders/避難所地図.kml").as_slice();
    for (name, bytes) in [("a.gml", zoning), ("a.kml", folders), ("N03.xml", KSJ.as_bytes())] {
        // The line end behind the last tag may go.
        let whole = bytes.trim_ascii_end().len();
        for fiftieth in 0..50 {
            let cut = whole * fiftieth / 50;
            assert!(collect(&source(name, &bytes[..cut])).is_err(), "{name} cut at {cut}");
        }
    }
}

/// What is said of geometries, by the feature: its number, the code, what was found.
fn of_geometry(collected: &Collected) -> Vec<(u64, &'static str, &str)> {
    let about = [FindingCode::GeometryPartEmpty, FindingCode::GeometryRepaired, FindingCode::FeatureBroken];
    let found = collected.findings.iter().filter(|finding| about.contains(&finding.code));
    found.map(|finding| (finding.place.row.unwrap(), finding.code.as_str(), finding.found.as_str())).collect()
}

fn has_geometry(collected: &Collected) -> Vec<bool> {
    collected.tables.iter().flat_map(|(_, rows)| rows).map(|row| row.geometry.is_some()).collect()
}

#[test]
fn empty_parts_of_placemarks_are_left_out_and_told_by_feature() {
    let ring = "138.3,34.8 138.31,34.8 138.31,34.81 138.3,34.8";
    let bound = |side: &str, coordinates: &str| {
        format!(
            "<{side}BoundaryIs><LinearRing><coordinates>{coordinates}</coordinates></LinearRing></{side}BoundaryIs>"
        )
    };
    let good = bound("outer", ring);
    let placemarks = [
        format!("<Polygon>{good}{}</Polygon>", bound("inner", "")),
        "<MultiGeometry><Point><coordinates/></Point><Point/><Point><coordinates>138.3,34.8</coordinates></Point></MultiGeometry>".to_owned(),
        format!("<MultiGeometry><LineString><coordinates> \n </coordinates></LineString><Polygon>{good}</Polygon></MultiGeometry>"),
        // Holes in nothing are nothing, and features of nothing else have no geometry, which is said elsewhere.
        format!("<Polygon>{}{}</Polygon>", bound("outer", ""), bound("inner", ring)),
        "<Polygon/>".to_owned(),
        "<MultiGeometry/>".to_owned(),
        "<Point/>".to_owned(),
        String::new(),
        format!("<Polygon>{good}</Polygon>"),
    ];
    let body: String =
        placemarks.iter().map(|geometry| format!("<Placemark><name>甲</name>{geometry}</Placemark>")).collect();
    let collected = collect(&source("a.kml", kml(&body))).unwrap();
    assert_eq!(collected.refused, []);
    assert_eq!(has_geometry(&collected), [true, true, true, false, false, false, false, false, true]);
    let empty = FindingCode::GeometryPartEmpty.as_str();
    assert_eq!(of_geometry(&collected), [(1, empty, "1"), (2, empty, "2"), (3, empty, "1")]);
}

#[test]
fn empty_parts_of_gml_are_left_out_and_told_by_feature() {
    let ring = "34.8 138.3 34.81 138.3 34.81 138.31 34.8 138.3";
    let system = "srsName=\"urn:ogc:def:crs:EPSG::6668\"";
    let side = |name: &str, places: &str| {
        format!("<gml:{name}><gml:LinearRing><gml:posList>{places}</gml:posList></gml:LinearRing></gml:{name}>")
    };
    let good = format!("<gml:Polygon {system}>{}</gml:Polygon>", side("exterior", ring));
    let features = [
        format!("<gml:Polygon {system}>{}{}</gml:Polygon>", side("exterior", ring), side("interior", "")),
        format!(
            "<gml:MultiSurface {system}><gml:surfaceMember/><gml:surfaceMember>{good}</gml:surfaceMember></gml:MultiSurface>"
        ),
        format!(
            "<gml:MultiCurve {system}><gml:curveMember><gml:LineString><gml:posList/></gml:LineString></gml:curveMember><gml:curveMember><gml:LineString><gml:posList>34.8 138.3 34.9 138.3</gml:posList></gml:LineString></gml:curveMember></gml:MultiCurve>"
        ),
        format!("<gml:Polygon {system}>{}{}</gml:Polygon>", side("exterior", ""), side("interior", ring)),
        format!("<gml:Point {system}><gml:pos></gml:pos></gml:Point>"),
        format!("<gml:Point {system}/>"),
        String::new(),
        good.clone(),
    ];
    let members: String = features
        .iter()
        .map(|geometry| format!("<gml:featureMember><a:area><a:name>甲</a:name><a:place>{geometry}</a:place></a:area></gml:featureMember>"))
        .collect();
    let text = format!(
        "<a:all xmlns:a=\"http://example.jp/a\" xmlns:gml=\"http://www.opengis.net/gml/3.2\">{members}</a:all>"
    );
    let collected = collect(&source("a.gml", text.into_bytes())).unwrap();
    assert_eq!(collected.refused, []);
    assert_eq!(has_geometry(&collected), [true, true, true, false, false, false, false, true]);
    let empty = FindingCode::GeometryPartEmpty.as_str();
    assert_eq!(of_geometry(&collected), [(1, empty, "1"), (2, empty, "1"), (3, empty, "1")]);
}
