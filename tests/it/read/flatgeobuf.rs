//! FlatGeobufs made in code: what the usual reader believes and dies of is refused in words here.

use std::time::{Duration, Instant};

use flatbuffers::FlatBufferBuilder;
use flatgeobuf::{
    Column, ColumnArgs, ColumnType, Crs as FgbCrs, CrsArgs, Feature, FeatureArgs, Geometry as FgbGeometry,
    GeometryArgs, GeometryType, Header, HeaderArgs,
};
use geo_types::{Geometry, Point};
use hiraku::model::finding::FindingCode;
use hiraku::read::{Crs, ReadError, ReadLimits};

use super::{Collected, collect, source};

/// A file of these features that announces this many, with an index of this node size (which it does not have).
fn file(columns: &[(&str, ColumnType)], count: u64, node_size: u16, features: &[Vec<u8>]) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let columns: Vec<_> = columns
        .iter()
        .map(|(name, kind)| {
            let name = Some(builder.create_string(name));
            Column::create(&mut builder, &ColumnArgs { name, type_: *kind, ..ColumnArgs::default() })
        })
        .collect();
    let columns = Some(builder.create_vector(&columns));
    let crs = Some(FgbCrs::create(&mut builder, &CrsArgs { code: 6676, ..CrsArgs::default() }));
    let args = HeaderArgs {
        columns,
        crs,
        features_count: count,
        index_node_size: node_size,
        geometry_type: GeometryType::Unknown,
        ..HeaderArgs::default()
    };
    let header = Header::create(&mut builder, &args);
    builder.finish_size_prefixed(header, None);
    [b"fgb\x03fgb\x00", builder.finished_data(), &features.concat()].concat()
}

/// A point with these properties.
fn feature(properties: &[u8], kind: GeometryType, xy: &[f64], z: &[f64]) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let (xy, z) = (Some(builder.create_vector(xy)), (!z.is_empty()).then(|| builder.create_vector(z)));
    let geometry =
        Some(FgbGeometry::create(&mut builder, &GeometryArgs { xy, z, type_: kind, ..GeometryArgs::default() }));
    let properties = Some(builder.create_vector(properties));
    let feature = Feature::create(&mut builder, &FeatureArgs { geometry, properties, columns: None });
    builder.finish_size_prefixed(feature, None);
    builder.finished_data().to_vec()
}

fn text(column: u16, length: u32, text: &str) -> Vec<u8> {
    [&column.to_le_bytes()[..], &length.to_le_bytes(), text.as_bytes()].concat()
}

fn plain() -> Vec<u8> {
    feature(&text(0, 3, "abc"), GeometryType::Point, &[1.0, 2.0], &[])
}

const NAME: &[(&str, ColumnType)] = &[("名称", ColumnType::String)];

fn read(bytes: Vec<u8>) -> Result<Collected, ReadError> {
    let begun = Instant::now();
    let result = collect(&source("a.fgb", bytes));
    assert!(begun.elapsed() < Duration::from_secs(20), "took {:?}", begun.elapsed());
    result
}

#[test]
fn announced_counts_and_sizes_are_held_against_the_bytes() {
    assert_eq!(read(file(NAME, 2, 0, &[plain(), plain()])).unwrap().texts(0), [["abc"], ["abc"]]);
    assert_eq!(read(file(NAME, 0, 16, &[plain()])).unwrap().tables[0].1.len(), 1, "a stream of unknown length");
    for (count, node_size, code) in [
        (u64::MAX, 16, "too-many-rows"),
        (u64::MAX, 0, "count-wrong"),
        (3, 0, "count-wrong"),
        (1, 0, "count-wrong"),
        (2, 1, "part-broken"),
        (2, 16, "file-truncated"),
        (1_000_000, 2, "file-truncated"),
    ] {
        assert_eq!(
            read(file(NAME, count, node_size, &[plain(), plain()])).unwrap_err().code(),
            code,
            "{count} {node_size}"
        );
    }
    let huge = [u32::MAX.to_le_bytes().to_vec(), plain()].concat();
    assert_eq!(read(file(NAME, 0, 0, &[plain(), huge])).unwrap_err().code(), "file-truncated");
    assert_eq!(read(file(NAME, 0, 0, &[])).unwrap_err(), ReadError::Empty);
    let mut header = file(NAME, 0, 0, &[plain()]);
    header[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(read(header).unwrap_err().code(), "part-broken");
    let mut version = file(NAME, 0, 0, &[plain()]);
    version[3] = 2;
    assert_eq!(read(version).unwrap_err().code(), "part-broken");
}

#[test]
fn every_type_of_value_is_read() {
    let columns: Vec<(&str, ColumnType)> = vec![
        ("byte", ColumnType::Byte),
        ("ubyte", ColumnType::UByte),
        ("bool", ColumnType::Bool),
        ("short", ColumnType::Short),
        ("ushort", ColumnType::UShort),
        ("int", ColumnType::Int),
        ("uint", ColumnType::UInt),
        ("long", ColumnType::Long),
        ("ulong", ColumnType::ULong),
        ("float", ColumnType::Float),
        ("double", ColumnType::Double),
        ("string", ColumnType::String),
        ("json", ColumnType::Json),
        ("datetime", ColumnType::DateTime),
        ("binary", ColumnType::Binary),
    ];
    let mut properties = Vec::new();
    for (index, bytes) in (0_u16..).zip([
        vec![0xFF],
        vec![200],
        vec![1],
        (-2_i16).to_le_bytes().to_vec(),
        60_000_u16.to_le_bytes().to_vec(),
        (-3_i32).to_le_bytes().to_vec(),
        4_000_000_000_u32.to_le_bytes().to_vec(),
        i64::MIN.to_le_bytes().to_vec(),
        u64::MAX.to_le_bytes().to_vec(),
        0.1_f32.to_le_bytes().to_vec(),
        0.1_f64.to_le_bytes().to_vec(),
    ]) {
        properties.extend(index.to_le_bytes());
        properties.extend(bytes);
    }
    properties.extend(text(11, 6, "焼津"));
    properties.extend(text(12, 7, "{\"a\":1}"));
    properties.extend(text(13, 20, "2024-04-01T09:00:00Z"));
    properties.extend(text(14, 3, "\u{1}\u{2}\u{3}"));
    let collected =
        read(file(&columns, 1, 0, &[feature(&properties, GeometryType::Point, &[1.0, 2.0], &[9.0])])).unwrap();
    assert_eq!(
        collected.texts(0)[0],
        [
            "-1",
            "200",
            "TRUE",
            "-2",
            "60000",
            "-3",
            "4000000000",
            "-9223372036854775808",
            "18446744073709551615",
            "0.1",
            "0.1",
            "焼津",
            "{\"a\":1}",
            "2024-04-01T09:00:00Z",
            ""
        ]
    );
    assert_eq!(collected.tables[0].0.crs, Some(Crs::PlaneRectangular(8)));
    assert_eq!(collected.tables[0].1[0].geometry, Some(Geometry::Point(Point::new(1.0, 2.0))));
    assert_eq!((collected.count(FindingCode::ValueBinary), collected.count(FindingCode::HeightDropped)), (1, 1));
}

#[test]
fn a_feature_that_lies_is_refused_alone() {
    let bad = [
        feature(&text(0, u32::MAX, "abc"), GeometryType::Point, &[1.0, 2.0], &[]),
        feature(&text(9, 3, "abc"), GeometryType::Point, &[1.0, 2.0], &[]),
        feature(&[0], GeometryType::Point, &[1.0, 2.0], &[]),
        feature(&[0, 0, 2, 0, 0, 0, 0xFF, 0xFF], GeometryType::Point, &[1.0, 2.0], &[]),
        feature(&[], GeometryType::CurvePolygon, &[1.0, 2.0], &[]),
        feature(&[], GeometryType::Unknown, &[1.0, 2.0], &[]),
        feature(&[], GeometryType::Point, &[1.0, 2.0, 3.0, 4.0], &[]),
        feature(&[], GeometryType::LineString, &[1.0, 2.0, 3.0], &[]),
        [&8_u32.to_le_bytes()[..], &[0xFF; 8]].concat(),
        0_u32.to_le_bytes().to_vec(),
    ];
    for bad in bad {
        let collected = read(file(NAME, 3, 0, &[plain(), bad.clone(), plain()])).unwrap();
        let numbers: Vec<u64> = collected.tables[0].1.iter().map(|row| row.number).collect();
        assert_eq!((numbers, collected.refused.len()), (vec![1, 3], 1), "{bad:?}");
    }
}

#[test]
fn parts_in_parts_and_the_same_part_again_and_again_end() {
    // Collections one in the other, 2,000 deep.
    let mut builder = FlatBufferBuilder::new();
    let mut inner = FgbGeometry::create(&mut builder, &GeometryArgs::default());
    for _ in 0..2_000 {
        let parts = Some(builder.create_vector(&[inner]));
        let args = GeometryArgs { parts, type_: GeometryType::GeometryCollection, ..GeometryArgs::default() };
        inner = FgbGeometry::create(&mut builder, &args);
    }
    let made = Feature::create(&mut builder, &FeatureArgs { geometry: Some(inner), ..FeatureArgs::default() });
    builder.finish_size_prefixed(made, None);
    let deep = builder.finished_data().to_vec();
    assert_eq!(read(file(NAME, 1, 0, &[deep])).unwrap().refused.len(), 1);

    // Ten levels of a hundred times the same part are 10²⁰ parts in four kilobytes.
    let mut builder = FlatBufferBuilder::new();
    let mut inner =
        FgbGeometry::create(&mut builder, &GeometryArgs { type_: GeometryType::LineString, ..GeometryArgs::default() });
    for _ in 0..10 {
        let parts = Some(builder.create_vector(&[inner; 100]));
        let args = GeometryArgs { parts, type_: GeometryType::GeometryCollection, ..GeometryArgs::default() };
        inner = FgbGeometry::create(&mut builder, &args);
    }
    let made = Feature::create(&mut builder, &FeatureArgs { geometry: Some(inner), ..FeatureArgs::default() });
    builder.finish_size_prefixed(made, None);
    let wide = file(NAME, 1, 0, &[builder.finished_data().to_vec()]);
    let limits = ReadLimits { vertices: 1_000_000, ..ReadLimits::default() };
    let refused = super::collect_within(&source("a.fgb", wide), &limits).unwrap_err();
    assert_eq!(refused.code(), "too-many-vertices");
}

/// A feature of these polygons, each with the ends of its rings.
fn areas(polygons: &[(&[f64], &[u32])]) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let parts: Vec<_> = polygons
        .iter()
        .map(|(xy, ends)| {
            let (xy, ends) = (Some(builder.create_vector(xy)), Some(builder.create_vector(ends)));
            let args = GeometryArgs { xy, ends, type_: GeometryType::Polygon, ..GeometryArgs::default() };
            FgbGeometry::create(&mut builder, &args)
        })
        .collect();
    let parts = Some(builder.create_vector(&parts));
    let args = GeometryArgs { parts, type_: GeometryType::MultiPolygon, ..GeometryArgs::default() };
    let geometry = Some(FgbGeometry::create(&mut builder, &args));
    let made = Feature::create(&mut builder, &FeatureArgs { geometry, ..FeatureArgs::default() });
    builder.finish_size_prefixed(made, None);
    builder.finished_data().to_vec()
}

#[test]
fn empty_parts_are_left_out_and_told_by_feature() {
    let ring: &[f64] = &[0.0, 0.0, 9.0, 0.0, 9.0, 9.0, 0.0, 0.0];
    let features = [
        areas(&[(ring, &[4]), (&[], &[])]),
        // A hole without positions.
        areas(&[(ring, &[4, 4])]),
        areas(&[(&[], &[])]),
        areas(&[]),
        feature(&[], GeometryType::Point, &[], &[]),
        feature(&[], GeometryType::LineString, &[], &[]),
        plain(),
    ];
    let collected = read(file(NAME, 7, 0, &features)).unwrap();
    assert_eq!(collected.refused, []);
    let placed: Vec<bool> = collected.tables[0].1.iter().map(|row| row.geometry.is_some()).collect();
    assert_eq!(placed, [true, true, false, false, false, false, true]);
    let told: Vec<_> = collected
        .findings
        .iter()
        .filter(|finding| finding.code == FindingCode::GeometryPartEmpty)
        .map(|finding| (finding.place.row, finding.found.as_str()))
        .collect();
    assert_eq!(told, [(Some(1), "1"), (Some(2), "1")]);
}
