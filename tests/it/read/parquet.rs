//! Parquet files that announce what is not there, and the ways geometry is written in them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{
    Array as _, ArrayRef, BinaryArray, Int32Array, Int32Builder, Int64Array, ListBuilder, RecordBatch, StringArray,
    StringBuilder, StructArray,
};
use arrow::datatypes::{DataType, Field};
use hiraku::model::finding::FindingCode;
use hiraku::read::{Crs, GeoError, ReadError};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use super::{Collected, collect, source};

fn read(bytes: Vec<u8>) -> Result<Collected, ReadError> {
    let begun = Instant::now();
    let result = collect(&source("a.parquet", bytes));
    assert!(begun.elapsed() < Duration::from_secs(20), "took {:?}", begun.elapsed());
    result
}

fn write(columns: Vec<(&str, ArrayRef)>, compression: Compression, geo: Option<&str>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let metadata = geo.map(|geo| vec![KeyValue::new("geo".to_owned(), geo.to_owned())]);
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(2))
        .set_key_value_metadata(metadata)
        .build();
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    out
}

fn names() -> ArrayRef {
    Arc::new(StringArray::from(vec![Some("港"), None, Some("公園"), Some("007"), Some("e")]))
}

#[test]
fn every_compression_and_every_row_group_is_read() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(parquet::basic::BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ] {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, i64::MAX, 4, 5]));
        let collected = read(write(vec![("名称", names()), ("n", numbers)], compression, None)).unwrap();
        let (head, rows) = &collected.tables[0];
        assert_eq!((head.format, &head.crs), ("Parquet", &None));
        assert_eq!(rows.len(), 5, "{compression:?}");
        assert_eq!(collected.texts(0)[2], ["公園", "9223372036854775807"]);
        assert_eq!(rows[1].cells[0], None);
    }
}

fn point(x: f64, y: f64) -> Vec<u8> {
    [&[1, 1, 0, 0, 0][..], &x.to_le_bytes(), &y.to_le_bytes()].concat()
}

fn geometries() -> ArrayRef {
    let good = point(138.3, 34.8);
    let curve = vec![1_u8, 8, 0, 0, 0, 0, 0, 0, 0];
    Arc::new(BinaryArray::from(vec![Some(&good[..]), None, Some(&curve), Some(&good[..9]), Some(&good)]))
}

#[test]
fn geo_metadata_states_column_and_system() {
    for (about, expected) in [
        (r#""encoding":"WKB""#, Crs::Geographic),
        (r#""encoding":"WKB","crs":null"#, Crs::Missing),
        (
            r#""encoding":"WKB","crs":{"type":"ProjectedCRS","name":"x","id":{"authority":"EPSG","code":6676}}"#,
            Crs::PlaneRectangular(8),
        ),
        (r#""encoding":"WKB","crs":{"type":"GeographicCRS","name":"NAD27"}"#, Crs::Unknown("NAD27".to_owned())),
        (r#""encoding":"WKB","crs":"EPSG:4301""#, Crs::GeographicTokyo),
    ] {
        let geo = format!(r#"{{"version":"1.1.0","primary_column":"形","columns":{{"形":{{{about}}}}}}}"#);
        let columns = vec![("名称", names()), ("形", geometries())];
        let collected = read(write(columns, Compression::SNAPPY, Some(&geo))).unwrap();
        let (head, rows) = &collected.tables[0];
        assert_eq!((head.format, head.crs.as_ref()), ("GeoParquet", Some(&expected)));
        assert_eq!(head.columns.as_deref().unwrap(), ["名称"]);
        let numbers: Vec<u64> = rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 2, 5]);
        let reasons: Vec<FindingCode> = collected.refused.iter().map(|refused| refused.1.code).collect();
        assert_eq!(reasons, [FindingCode::GeometryUnsupported, FindingCode::FeatureBroken]);
    }
    for broken in [
        "{",
        "{}",
        r#"{"primary_column":"x","columns":{}}"#,
        r#"{"primary_column":"形","columns":{"形":{"encoding":"JPEG"}}}"#,
    ] {
        let columns = vec![("名称", names()), ("形", geometries())];
        assert_eq!(
            read(write(columns, Compression::SNAPPY, Some(broken))).unwrap_err().code(),
            "part-broken",
            "{broken}"
        );
    }
}

#[test]
fn bytes_under_a_usual_name_are_a_geometry_of_no_stated_system() {
    let collected = read(write(vec![("geometry", geometries())], Compression::SNAPPY, None)).unwrap();
    assert_eq!(collected.tables[0].0.crs, Some(Crs::Missing));
}

/// The head of a field and its number, in Thrift's compact protocol.
fn varint(mut value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    while value > 0x7F {
        out.push(u8::try_from(value & 0x7F).unwrap() | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap());
    out
}

fn with_footer(footer: &[u8]) -> Vec<u8> {
    [b"PAR1", footer, &u32::try_from(footer.len()).unwrap().to_le_bytes(), b"PAR1"].concat()
}

#[test]
fn footers_that_lie_are_refused_before_anything_is_set_aside() {
    // A schema of groups in groups, each with one child.
    let count = 200_000;
    let deep =
        [&[0x15, 2, 0x19, 0xFC][..], &varint(count), &[0x48, 1, b'a', 0x15, 2, 0].repeat(200_000), &[0]].concat();
    assert_eq!(read(with_footer(&deep)).unwrap_err().code(), "part-broken");
    // A list of four thousand million elements.
    let long = [&[0x15, 2, 0x19, 0xFC][..], &varint(u64::from(u32::MAX)), &[0]].concat();
    assert_eq!(read(with_footer(&long)).unwrap_err().code(), "part-broken");
    let nested = [0x1C].repeat(1_000_000);
    assert_eq!(read(with_footer(&nested)).unwrap_err().code(), "part-broken");
    assert_eq!(read([&b"PAR1"[..], &[0xFF; 4], b"PAR1"].concat()).unwrap_err().code(), "file-truncated");
    assert_eq!(read(b"PAR1aaaaPARE".to_vec()).unwrap_err(), ReadError::Geo(GeoError::Encrypted));
}

#[test]
fn a_file_cut_off_is_refused_wherever_it_is_cut() {
    let numbers: ArrayRef = Arc::new(Int32Array::from_iter_values(0..1_000));
    let whole = write(vec![("n", numbers)], Compression::SNAPPY, None);
    for part in 0..50 {
        assert!(read(whole[..whole.len() * part / 50].to_vec()).is_err(), "{part}/50");
    }
    // The middle taken out: the footer is there, and what it describes is not.
    let middle = [&whole[..whole.len() / 3], &whole[whole.len() / 2..]].concat();
    assert!(read(middle).is_err());
}

#[test]
fn structures_become_columns_lists_are_joined_and_what_is_nested_deeper_is_named() {
    let names: ArrayRef = Arc::new(StringArray::from(vec!["甲", "乙", "丙"]));
    let texts = |values: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(values)) };
    let inner = StructArray::from(vec![
        (Arc::new(Field::new("名", DataType::Utf8, true)), texts(vec![Some("伊勢市"), None, Some("鳥羽市")])),
        (Arc::new(Field::new("code", DataType::Int32, true)), Arc::new(Int32Array::from(vec![1, 2, 3])) as ArrayRef),
    ]);
    let inner: ArrayRef = Arc::new(inner);
    let member = Arc::new(Field::new("市", inner.data_type().clone(), true));
    let address = StructArray::new(vec![member].into(), vec![inner], Some(vec![true, true, false].into()));
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("遊具"), None, Some("砂場")]);
    tags.append_value([Some("a;b"), Some("c")]);
    tags.append_null();
    let mut numbers = ListBuilder::new(ListBuilder::new(Int32Builder::new()));
    numbers.values().append_value([Some(1), Some(2)]);
    numbers.append(true);
    numbers.append(true);
    numbers.append(false);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("名称", names),
        ("住所", Arc::new(address)),
        ("設備", Arc::new(tags.finish())),
        ("数", Arc::new(numbers.finish())),
    ];
    let collected = read(write(columns, Compression::SNAPPY, None)).unwrap();
    assert_eq!(collected.tables[0].0.columns.as_deref().unwrap(), ["名称", "住所.市.名", "住所.市.code", "設備", "数"]);
    assert_eq!(
        collected.texts(0),
        [
            ["甲", "伊勢市", "1", "遊具;;砂場", "[[1,2]]"],
            ["乙", "", "2", "[\"a;b\",\"c\"]", "[]"],
            ["丙", "", "", "", ""]
        ]
    );
    let told: Vec<_> = collected
        .findings
        .iter()
        .map(|finding| (finding.code, finding.place.column.as_deref().unwrap_or(&finding.found)))
        .collect();
    assert_eq!(
        told,
        [
            (FindingCode::JsonFlattened, "住所"),
            (FindingCode::ListJoined, "設備"),
            (FindingCode::NestedKept, "数"),
            (FindingCode::ListUnjoined, "設備"),
        ]
    );
}

#[test]
fn structures_of_more_columns_than_a_table_may_have_refuse_the_file() {
    let member: ArrayRef = Arc::new(Int32Array::from(vec![1]));
    let limit = hiraku::read::ReadLimits::default().columns;
    let members: Vec<(Arc<Field>, ArrayRef)> =
        (0..=limit).map(|at| (Arc::new(Field::new(format!("c{at}"), DataType::Int32, true)), member.clone())).collect();
    let wide: ArrayRef = Arc::new(StructArray::from(members));
    assert_eq!(read(write(vec![("x", wide)], Compression::SNAPPY, None)).unwrap_err().code(), "too-many-columns");
}

#[test]
fn empty_parts_of_wkb_are_left_out_and_told_by_row() {
    let head = |kind: u32, count: u32| [&[1][..], &kind.to_le_bytes(), &count.to_le_bytes()].concat();
    let ring = |places: &[[f64; 2]]| {
        let count = u32::try_from(places.len()).unwrap().to_le_bytes();
        [count.to_vec(), places.concat().iter().flat_map(|number| number.to_le_bytes()).collect()].concat()
    };
    let outline = ring(&[[138.3, 34.8], [138.4, 34.8], [138.4, 34.9], [138.3, 34.8]]);
    let shapes = [
        [head(6, 2), head(3, 1), outline.clone(), head(3, 0)].concat(),
        [head(3, 2), outline, ring(&[])].concat(),
        [head(4, 2), point(f64::NAN, f64::NAN), point(138.3, 34.8)].concat(),
        head(3, 0),
        head(6, 0),
        point(f64::NAN, f64::NAN),
        Vec::new(),
    ];
    let shapes: ArrayRef = Arc::new(BinaryArray::from(shapes.iter().map(|shape| Some(&shape[..])).collect::<Vec<_>>()));
    let collected = read(write(vec![("geometry", shapes)], Compression::SNAPPY, None)).unwrap();
    assert_eq!(collected.refused, []);
    let placed: Vec<bool> = collected.tables[0].1.iter().map(|row| row.geometry.is_some()).collect();
    assert_eq!(placed, [true, true, true, false, false, false, false]);
    let told: Vec<_> = collected
        .findings
        .iter()
        .filter(|finding| finding.code == FindingCode::GeometryPartEmpty)
        .map(|finding| (finding.place.row, finding.found.as_str()))
        .collect();
    assert_eq!(told, [(Some(1), "1"), (Some(2), "1"), (Some(3), "1")]);
}
