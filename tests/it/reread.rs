//! What is published is read again: every record of a release comes back from its FlatGeobuf, GeoParquet and GeoJSON.

#![expect(clippy::unwrap_used, reason = "a test that meets what it does not expect fails here")]

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use geo::CoordsIter as _;
use geo_types::{Geometry, MultiLineString, MultiPolygon};
use geozero::{CoordDimensions, ToWkb as _};
use hiraku::model::catalogue::Format;
use hiraku::model::finding::{Finding, FindingCode, Severity};
use hiraku::model::record::{GeometryKind, Record, RefusedRow, Storage, TableShape, Value};
use hiraku::normalize::{NormalizeContext, Normalizer, Profile, RecordSink, TableBegun, TableCounts};
use hiraku::publish::{TableInput, TileOptions, publish_table};
use hiraku::read::{ReadLimits, SourceFile, read};
use hiraku::store::objects::Objects;

/// The one table of a file.
#[derive(Default)]
struct Kept {
    shape: Option<TableShape>,
    records: Vec<Record>,
    findings: Vec<Finding>,
}

impl RecordSink for Kept {
    fn table(&mut self, begun: TableBegun) -> ControlFlow<()> {
        assert!(self.shape.replace(begun.shape).is_none(), "one table");
        ControlFlow::Continue(())
    }
    fn record(&mut self, record: Record) -> ControlFlow<()> {
        self.records.push(record);
        ControlFlow::Continue(())
    }
    fn refused(&mut self, row: RefusedRow) -> ControlFlow<()> {
        panic!("{row:?}");
    }
    fn finding(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
    fn end(&mut self, counts: TableCounts) -> ControlFlow<()> {
        assert_eq!(counts.records, self.records.len() as u64);
        ControlFlow::Continue(())
    }
}

fn take_in(name: &str, bytes: Vec<u8>) -> Kept {
    let source = SourceFile { name: name.to_owned(), bytes: bytes.into(), companions: Vec::new() };
    let limits = ReadLimits::default();
    let mut profile = Profile::new();
    read(&source, &limits, &mut profile).unwrap();
    let context = NormalizeContext { key: "table".to_owned(), title: "表".to_owned(), ..NormalizeContext::default() };
    let mut normalizer = Normalizer::new(context, &profile, Kept::default());
    read(&source, &limits, &mut normalizer).unwrap();
    normalizer.finish()
}

/// The records as a release holds them.
fn batch(kept: &Kept) -> RecordBatch {
    let shape = kept.shape.as_ref().unwrap();
    let ids = || -> ArrayRef { Arc::new((1..=kept.records.len() as i64).collect::<Int64Array>()) };
    let mut columns: Vec<(String, ArrayRef, bool)> =
        vec![("_id".to_owned(), ids(), false), ("_row".to_owned(), ids(), false)];
    for (index, column) in shape.columns.iter().enumerate() {
        let values = kept.records.iter().map(|record| &record.values[index]);
        let array: ArrayRef = match column.kind.storage() {
            Storage::Text => Arc::new(
                values.map(|v| if let Value::Text(v) = v { Some(v.as_str()) } else { None }).collect::<StringArray>(),
            ),
            Storage::Integer => Arc::new(
                values.map(|v| if let Value::Integer(v) = v { Some(*v) } else { None }).collect::<Int64Array>(),
            ),
            Storage::Number => Arc::new(
                values.map(|v| if let Value::Number(v) = v { Some(*v) } else { None }).collect::<Float64Array>(),
            ),
        };
        columns.push((column.name.clone(), array, true));
    }
    columns.push(("_found".to_owned(), Arc::new(StringArray::from(vec![None::<&str>; kept.records.len()])), true));
    let wkb = |record: &Record| record.geometry.as_ref().map(|g| g.to_wkb(CoordDimensions::xy()).unwrap());
    let wkb: Vec<Option<Vec<u8>>> = kept.records.iter().map(wkb).collect();
    columns.push(("_geom".to_owned(), Arc::new(wkb.iter().map(Option::as_deref).collect::<BinaryArray>()), true));
    for name in ["_west", "_south", "_east", "_north"] {
        columns.push((name.to_owned(), Arc::new(Float64Array::from(vec![None; kept.records.len()])), true));
    }
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// The files of a release of these records, by format.
fn publish(kept: &Kept, geometry: Option<GeometryKind>) -> Vec<(Format, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(folder.path()).unwrap();
    let shape = kept.shape.as_ref().unwrap();
    let input = TableInput {
        shape,
        title: "表",
        layer: None,
        attribution: "焼津市",
        geometry,
        bbox: None,
        tiles: TileOptions::default(),
    };
    let published = publish_table(input, [Ok::<_, Infallible>(batch(kept))], &objects).unwrap();
    let bytes = |digest| std::fs::read(objects.path(digest)).unwrap();
    published.files.iter().map(|file| (file.format, bytes(&file.digest))).collect()
}

/// Files hold lines and areas as several of one; positions in GeoJSON have eight decimals.
fn several(geometry: Option<&Geometry<f64>>) -> Option<Geometry<f64>> {
    Some(match geometry.cloned()? {
        Geometry::LineString(line) => Geometry::MultiLineString(MultiLineString(vec![line])),
        Geometry::Polygon(area) => Geometry::MultiPolygon(MultiPolygon(vec![area])),
        other => other,
    })
}

fn same_place(a: Option<&Geometry<f64>>, b: Option<&Geometry<f64>>, tolerance: f64) -> bool {
    let (Some(a), Some(b)) = (several(a), several(b)) else { return a.is_none() && b.is_none() };
    std::mem::discriminant(&a) == std::mem::discriminant(&b)
        && a.coords_count() == b.coords_count()
        && a.coords_iter()
            .zip(b.coords_iter())
            .all(|(a, b)| (a.x - b.x).abs() <= tolerance && (a.y - b.y).abs() <= tolerance)
}

fn comes_back(first: &Kept, geometry: Option<GeometryKind>) {
    let shape = first.shape.as_ref().unwrap();
    let mut seen = 0;
    for (format, bytes) in publish(first, geometry) {
        let (name, tolerance) = match format {
            Format::GeoJson => ("a.geojson", 1e-8),
            Format::FlatGeobuf => ("a.fgb", 0.0),
            Format::GeoParquet | Format::Parquet => ("a.parquet", 0.0),
            _ => continue,
        };
        seen += 1;
        let again = take_in(name, bytes);
        let columns = |shape: &TableShape| -> Vec<_> {
            shape.columns.iter().map(|column| (column.name.clone(), column.kind)).collect()
        };
        assert_eq!(columns(again.shape.as_ref().unwrap()), columns(shape), "{format:?}");
        assert_eq!(again.records.len(), first.records.len());
        for (again, first) in again.records.iter().zip(&first.records) {
            assert_eq!(again.values, first.values, "{format:?} row {}", first.row);
            assert!(
                same_place(again.geometry.as_ref(), first.geometry.as_ref(), tolerance),
                "{format:?} row {}",
                first.row
            );
        }
        let told: Vec<_> = again
            .findings
            .iter()
            .filter(|finding| finding.severity != Severity::Note && finding.code != FindingCode::GeometryInvalid)
            .filter(|finding| !first.findings.iter().any(|before| before.code == finding.code))
            .collect();
        assert!(told.is_empty(), "{format:?}: {told:?}");
    }
    assert_eq!(seen, if geometry.is_some() { 3 } else { 1 });
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn real_layers_come_back_from_every_file() {
    for (name, kind) in [
        ("cameras", GeometryKind::Point),
        ("bus_routes", GeometryKind::Line),
        ("school_districts", GeometryKind::Polygon),
    ] {
        comes_back(&take_in("a.geojson", fixture(&format!("publish/{name}.geojson"))), Some(kind));
    }
}

#[test]
fn a_layer_of_one_record_comes_back() {
    let text =
        r#"{"type":"Feature","properties":{"名称":"港"},"geometry":{"type":"Point","coordinates":[138.3,34.8]}}"#;
    comes_back(&take_in("a.geojson", text.as_bytes().to_vec()), Some(GeometryKind::Point));
}

#[test]
fn awkward_values_come_back_from_every_file() {
    let features = [
        r#"{"properties":{"名称":"港\n「角」\"q\"","番号":"007","数":1,"率":0.1,"大":"12345678901234567890","日":"2024-04-01","無":null,"空":"-"},"geometry":{"type":"Point","coordinates":[138.30000001,34.8]}}"#,
        r#"{"properties":{"名称":"=1+1","番号":"12","数":-9007199254740991,"率":-0.00001,"大":"x","日":"2024-12-31","無":null,"空":"あ"},"geometry":null}"#,
        r#"{"properties":{"名称":"𠮷野家髙﨑","番号":"1.50","数":0,"率":12345.678,"大":"","日":"","無":null,"空":""},"geometry":{"type":"MultiPoint","coordinates":[[138.1,34.7],[138.2,34.9]]}}"#,
    ];
    let features: Vec<String> =
        features.iter().map(|feature| feature.replacen('{', r#"{"type":"Feature","#, 1)).collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    let first = take_in("a.geojson", text.into_bytes());
    assert_eq!(first.records.len(), 3);
    comes_back(&first, Some(GeometryKind::Point));
}

#[test]
fn a_table_without_positions_comes_back_from_parquet() {
    let text = r#"{"data":[{"品目":"缶","収集":"月","数":12},{"品目":"びん","収集":null,"数":3}]}"#;
    comes_back(&take_in("a.json", text.as_bytes().to_vec()), None);
}
