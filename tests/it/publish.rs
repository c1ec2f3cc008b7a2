//! Publishing: the files of a release read back by other readers, and every tile by the strict one.
//!
//! Long because every format is tried on the same tables, which are built here once.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test that meets what it does not expect fails here"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::convert::Infallible;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use geo::{Area as _, Length as _};
use geo_types::{Coord, Geometry, LineString, MultiPolygon, Point, Polygon};
use geozero::{CoordDimensions, ToWkb as _};
use hiraku::model::catalogue::Format;
use hiraku::model::mapped::MappedFile;
use hiraku::model::name::Slug;
use hiraku::model::record::{Column, ColumnType, GeometryKind, Storage, TableShape, Value};
use hiraku::model::tile::{TileCoord, TileSettings};
use hiraku::publish::archive::{Entry, Tileset, decode_directory, encode_directory, tile_id};
use hiraku::publish::{PublishedTable, TableInput, TileOptions, publish_table};
use hiraku::store::objects::Objects;
use proptest::prelude::*;

use crate::tile_checker::{CheckedFeature, CheckedTile, MvtValue, check_gzip, doubled_area};

const BUFFER: i64 = 64;

/// A table as a release holds it.
pub(crate) struct Table {
    pub(crate) shape: TableShape,
    pub(crate) rows: Vec<(Vec<Value>, Option<Geometry<f64>>)>,
    geometry: Option<GeometryKind>,
}

impl Table {
    pub(crate) fn new(columns: &[(&str, ColumnType)], geometry: Option<GeometryKind>) -> Self {
        let columns = columns
            .iter()
            .map(|(name, kind)| Column {
                name: (*name).to_owned(),
                title: (*name).to_owned(),
                kind: *kind,
                found: None,
                field: None,
            })
            .collect();
        let shape = TableShape {
            key: Slug::parse("table").unwrap(),
            title: "表".to_owned(),
            sheet: None,
            columns,
            tiles: TileSettings::default(),
            is_titled: false,
        };
        Self { shape, rows: Vec::new(), geometry }
    }

    /// A fixture: a feature collection whose properties are text or whole numbers.
    fn fixture(name: &str, geometry: GeometryKind) -> Self {
        let path = format!("{}/tests/data/publish/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        let found: geojson::FeatureCollection = text.parse().unwrap();
        let properties: Vec<_> = found.features.iter().map(|feature| feature.properties.clone().unwrap()).collect();
        let names: Vec<(&str, ColumnType)> = properties[0]
            .iter()
            .map(|(name, value)| (name.as_str(), if value.is_i64() { ColumnType::Integer } else { ColumnType::Text }))
            .collect();
        let names: Vec<(&str, ColumnType)> = names.into_iter().chain([("行", ColumnType::Integer)]).collect();
        let mut table = Self::new(&names, Some(geometry));
        for (row, (feature, properties)) in (0_i64..).zip(found.features.iter().zip(&properties)) {
            let values = names
                .iter()
                .map(|(name, _)| match properties.get(*name).unwrap_or(&row.into()) {
                    serde_json::Value::Null => Value::Null,
                    serde_json::Value::Number(number) => Value::Integer(number.as_i64().unwrap()),
                    value => Value::Text(value.as_str().unwrap().to_owned()),
                })
                .collect();
            table.rows.push((values, Some(feature.geometry.clone().unwrap().try_into().unwrap())));
        }
        table
    }

    fn batches(&self) -> Vec<RecordBatch> {
        // Two batches at least, so that what must not begin anew with a batch is seen.
        let half = self.rows.len().div_ceil(2).max(1);
        self.rows.chunks(half).enumerate().map(|(index, rows)| self.batch(rows, index * half)).collect()
    }

    fn batch(&self, rows: &[(Vec<Value>, Option<Geometry<f64>>)], before: usize) -> RecordBatch {
        let ids = || -> ArrayRef {
            Arc::new((0..rows.len()).map(|row| i64::try_from(before + row + 1).unwrap()).collect::<Int64Array>())
        };
        let mut columns: Vec<(String, ArrayRef, bool)> =
            vec![("_id".to_owned(), ids(), false), ("_row".to_owned(), ids(), false)];
        for (index, column) in self.shape.columns.iter().enumerate() {
            let values = rows.iter().map(|(values, _)| &values[index]);
            let array: ArrayRef = match column.kind.storage() {
                Storage::Text => Arc::new(
                    values
                        .map(|value| if let Value::Text(text) = value { Some(text.as_str()) } else { None })
                        .collect::<StringArray>(),
                ),
                Storage::Integer => Arc::new(
                    values
                        .map(|value| if let Value::Integer(number) = value { Some(*number) } else { None })
                        .collect::<Int64Array>(),
                ),
                Storage::Number => Arc::new(
                    values
                        .map(|value| if let Value::Number(number) = value { Some(*number) } else { None })
                        .collect::<Float64Array>(),
                ),
            };
            columns.push((column.name.clone(), array, true));
        }
        columns.push(("_found".to_owned(), Arc::new(StringArray::from(vec![None::<&str>; rows.len()])), true));
        let wkb: Vec<Option<Vec<u8>>> = rows
            .iter()
            .map(|(_, geometry)| geometry.as_ref().map(|g| g.to_wkb(CoordDimensions::xy()).unwrap()))
            .collect();
        columns.push(("_geom".to_owned(), Arc::new(wkb.iter().map(Option::as_deref).collect::<BinaryArray>()), true));
        for name in ["_west", "_south", "_east", "_north"] {
            columns.push((name.to_owned(), Arc::new(Float64Array::from(vec![None; rows.len()])), true));
        }
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    pub(crate) fn publish(&self) -> Release {
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::open(folder.path()).unwrap();
        let published = self.publish_into(&objects, TileOptions::default());
        Release { objects, published, _folder: folder }
    }

    /// Publishes into objects that are there already.
    pub(crate) fn publish_into(&self, objects: &Objects, tiles: TileOptions) -> PublishedTable {
        let layer = Slug::parse("test-layer").unwrap();
        let input = TableInput {
            shape: &self.shape,
            title: "試験の表",
            layer: Some(&layer),
            attribution: "焼津市",
            geometry: self.geometry,
            bbox: None,
            tiles,
        };
        publish_table(input, self.batches().into_iter().map(Ok::<_, Infallible>), objects).unwrap()
    }
}

pub(crate) struct Release {
    pub(crate) objects: Objects,
    pub(crate) published: PublishedTable,
    _folder: tempfile::TempDir,
}

impl Release {
    fn file(&self, format: Format) -> Vec<u8> {
        let file = self.published.files.iter().find(|file| file.format == format).unwrap();
        let bytes = std::fs::read(self.objects.path(&file.digest)).unwrap();
        assert_eq!(bytes.len() as u64, file.size_bytes);
        bytes
    }

    pub(crate) fn tileset(&self) -> Tileset<MappedFile> {
        Tileset::open(self.objects.map(&self.published.tileset.unwrap().digest).unwrap()).unwrap()
    }

    fn formats(&self) -> Vec<Format> {
        self.published.files.iter().map(|file| file.format).collect()
    }
}

/// Every different tile, checked, with zoom and number of its first place.
pub(crate) fn checked(tileset: &Tileset<impl AsRef<[u8]>>) -> Vec<(u8, u64, CheckedTile)> {
    let mut tiles = Vec::new();
    for entry in tileset.entries() {
        let zoom = (0..=22).rev().find(|zoom| entry.tile_id >= tile_id(TileCoord::new(*zoom, 0, 0).unwrap())).unwrap();
        let tile = check_gzip(tileset.tile_of(entry).unwrap(), BUFFER)
            .unwrap_or_else(|fault| panic!("tile {} of zoom {zoom}: {fault}", entry.tile_id));
        tiles.push((zoom, entry.tile_id, tile));
    }
    tiles
}

pub(crate) fn features_at(tiles: &[(u8, u64, CheckedTile)], zoom: u8) -> impl Iterator<Item = &CheckedFeature> {
    tiles
        .iter()
        .filter(move |(at, _, _)| *at == zoom)
        .flat_map(|(_, _, tile)| &tile.layers)
        .filter(|layer| layer.name == "test-layer")
        .flat_map(|layer| &layer.features)
}

fn ids_at(tiles: &[(u8, u64, CheckedTile)], zoom: u8) -> BTreeSet<u64> {
    features_at(tiles, zoom).filter_map(|feature| feature.id).collect()
}

/// The row that a feature says it is, in the column of row numbers.
pub(crate) fn row_of(feature: &CheckedFeature) -> usize {
    let row = feature.tags.iter().find(|(name, _)| name == "行");
    let Some((_, MvtValue::Whole(row))) = row else { panic!("{feature:?}") };
    usize::try_from(*row).unwrap()
}

pub(crate) fn rows_at(tiles: &[(u8, u64, CheckedTile)], zoom: u8) -> BTreeSet<usize> {
    features_at(tiles, zoom).map(row_of).collect()
}

pub(crate) fn all_rows(table: &Table) -> BTreeSet<usize> {
    (0..).zip(&table.rows).filter(|(_, row)| row.1.is_some()).map(|(row, _)| row).collect()
}

fn real() -> [Table; 3] {
    [
        Table::fixture("cameras.geojson", GeometryKind::Point),
        Table::fixture("bus_routes.geojson", GeometryKind::Line),
        Table::fixture("school_districts.geojson", GeometryKind::Polygon),
    ]
}

/// The tiles of the real layers, each checked.
pub(crate) fn tiles_of_real_layers() -> Vec<Vec<(u8, u64, CheckedTile)>> {
    real().iter().map(|table| checked(&table.publish().tileset())).collect()
}

#[test]
fn tiles_of_real_layers_are_without_fault_and_hold_every_feature() {
    for table in real() {
        let release = table.publish();
        let tileset = release.tileset();
        let found = release.published.tileset.unwrap();
        assert_eq!((tileset.min_zoom(), tileset.max_zoom()), (found.min_zoom, found.max_zoom));
        assert!(found.min_zoom == 8 && (14..=16).contains(&found.max_zoom), "{found:?}");
        let tiles = checked(&tileset);
        let mut known_ids = None;
        for zoom in found.min_zoom..=found.max_zoom {
            assert_eq!(rows_at(&tiles, zoom), all_rows(&table), "zoom {zoom}");
            // One id for each row, the same at every zoom and in every tile.
            let ids: BTreeSet<(usize, u64)> =
                features_at(&tiles, zoom).map(|feature| (row_of(feature), feature.id.unwrap())).collect();
            assert_eq!(ids.len(), table.rows.len());
            assert!(ids.iter().all(|(_, id)| *id < 1 << 53));
            assert!(ids.is_subset(known_ids.get_or_insert_with(|| ids.clone())));
        }
        for (_, _, tile) in &tiles {
            assert_eq!(tile.layers[0].name, "test-layer");
            for feature in &tile.layers[0].features {
                let row = row_of(feature);
                let wanted: Vec<(String, MvtValue)> = table
                    .shape
                    .columns
                    .iter()
                    .zip(&table.rows[row].0)
                    .filter_map(|(column, value)| {
                        Some((
                            column.name.clone(),
                            match value {
                                Value::Null => return None,
                                Value::Text(text) => MvtValue::Text(text.clone()),
                                Value::Integer(number) => MvtValue::Whole(*number),
                                Value::Number(number) => MvtValue::Double(*number),
                            },
                        ))
                    })
                    .collect();
                assert_eq!(feature.tags, wanted);
            }
        }
        let metadata: serde_json::Value = serde_json::from_str(tileset.metadata()).unwrap();
        assert_eq!(metadata["vector_layers"][0]["id"], "test-layer");
        assert_eq!(metadata["vector_layers"][0]["fields"].as_object().unwrap().len(), table.shape.columns.len());
        let complete = metadata["hiraku"]["complete_from_zoom"].as_u64().unwrap();
        assert!((u64::from(found.min_zoom)..=u64::from(found.max_zoom)).contains(&complete), "{complete}");
        assert_eq!(metadata["hiraku"]["features"], table.rows.len());
    }
}

/// The share of a geometry inside its own tile (without the buffer), in tile units: what all tiles add up to.
fn inside(feature: &CheckedFeature) -> f64 {
    let position = |p: &[i64; 2]| Coord { x: p[0] as f64, y: p[1] as f64 };
    let frame = geo_types::Rect::new((0.0, 0.0), (4096.0, 4096.0)).to_polygon();
    match feature.kind {
        2 => {
            use geo::BooleanOps as _;
            let lines =
                feature.paths.iter().map(|path| path.iter().map(position).collect::<LineString<f64>>()).collect();
            geo::Euclidean.length(&frame.clip(&geo_types::MultiLineString::new(lines), false))
        }
        _ => feature
            .paths
            .iter()
            .map(|ring| {
                use geo::BooleanOps as _;
                let polygon = Polygon::new(ring.iter().map(position).collect(), Vec::new());
                polygon.intersection(&frame).unsigned_area() * (doubled_area(ring).signum() as f64)
            })
            .sum(),
    }
}

fn mercator(at: Coord<f64>) -> Coord<f64> {
    let y = 0.5 - at.y.to_radians().tan().asinh() / std::f64::consts::TAU;
    Coord { x: (at.x + 180.0) / 360.0, y }
}

#[test]
fn areas_and_lengths_are_kept_at_the_greatest_zoom() {
    use geo::MapCoords as _;
    for table in [real()[1].publish_with_rows(), real()[2].publish_with_rows()] {
        let (table, release) = table;
        let tileset = release.tileset();
        let side = 4096.0 * f64::from(1_u32 << tileset.max_zoom());
        let mut found: BTreeMap<usize, f64> = BTreeMap::new();
        for (zoom, _, tile) in checked(&tileset) {
            if zoom == tileset.max_zoom() {
                for feature in &tile.layers[0].features {
                    *found.entry(row_of(feature)).or_default() += inside(feature);
                }
            }
        }
        for (id, (_, geometry)) in (0..).zip(&table.rows) {
            let grid = geometry.as_ref().unwrap().map_coords(|at| {
                let at = mercator(at);
                Coord { x: at.x * side, y: at.y * side }
            });
            let (wanted, error) = match &grid {
                Geometry::LineString(line) => {
                    let length = geo::Euclidean.length(line);
                    // Each vertex moves by up to 0.71 units.
                    (length, 1.42 * line.0.len() as f64)
                }
                polygons => {
                    let polygons: MultiPolygon<f64> = match polygons.clone() {
                        Geometry::Polygon(polygon) => polygon.into(),
                        Geometry::MultiPolygon(polygons) => polygons,
                        other => panic!("{other:?}"),
                    };
                    let edge: f64 = polygons.0.iter().map(|p| geo::Euclidean.length(p.exterior())).sum();
                    (polygons.unsigned_area(), edge)
                }
            };
            assert!((found[&id] - wanted).abs() <= error, "feature {id}: {} against {wanted} ± {error}", found[&id]);
        }
    }
}

impl Table {
    fn publish_with_rows(&self) -> (Table, Release) {
        let table = Table { shape: self.shape.clone(), rows: self.rows.clone(), geometry: self.geometry };
        let release = table.publish();
        (table, release)
    }
}

#[test]
fn the_same_records_give_the_same_bytes() {
    for table in real() {
        assert_eq!(table.publish().published, table.publish().published);
    }
}

/// A table of every kind of value, with gaps, hostile text and a record without geometry.
fn awkward() -> Table {
    let mut table = Table::new(
        &[("名称", ColumnType::Text), ("定員", ColumnType::Integer), ("面積, ㎡", ColumnType::Number)],
        Some(GeometryKind::Point),
    );
    let texts = ["焼津市役所", "=1+1", "改行\r\n\"引用\"、,", "髙﨑", "", "-5"];
    for (index, text) in texts.into_iter().enumerate() {
        let values = vec![
            Value::Text(text.to_owned()),
            if index == 1 { Value::Null } else { Value::Integer(i64::MIN + i64::try_from(index).unwrap()) },
            if index == 2 { Value::Null } else { Value::Number(0.1 + index as f64) },
        ];
        let point = Point::new(138.32 + index as f64 / 1000.0, 34.866_123_456_789);
        table.rows.push((values, (index != 3).then(|| point.into())));
    }
    table
}

#[test]
fn csv_keeps_every_value_and_no_formula() {
    let release = awkward().publish();
    let bytes = release.file(Format::Csv);
    assert!(bytes.starts_with("\u{feff}名称,定員,\"面積, ㎡\",緯度,経度\r\n".as_bytes()));
    let mut reader = csv::ReaderBuilder::new().from_reader(&bytes[3..]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 6);
    assert_eq!(
        rows[0].iter().collect::<Vec<_>>(),
        ["焼津市役所", "-9223372036854775808", "0.1", "34.866123456789", "138.32"]
    );
    assert_eq!(rows[1].iter().collect::<Vec<_>>(), ["'=1+1", "", "1.1", "34.866123456789", "138.321"]);
    assert_eq!(&rows[2][0], "改行\r\n\"引用\"、,");
    assert_eq!(&rows[3][4], "", "a record without position has none here");
    assert_eq!(&rows[5][0], "-5");
}

#[test]
fn geojson_keeps_types_nulls_and_the_right_hand_rule() {
    let release = awkward().publish();
    let found: geojson::FeatureCollection = String::from_utf8(release.file(Format::GeoJson)).unwrap().parse().unwrap();
    assert_eq!(found.features.len(), 6);
    let first = &found.features[0];
    assert_eq!(first.id, Some(geojson::feature::Id::Number(1.into())));
    assert_eq!(first.property("定員").unwrap().as_i64(), Some(i64::MIN));
    assert_eq!(first.property("面積, ㎡").unwrap().as_f64(), Some(0.1));
    assert!(found.features[1].property("定員").unwrap().is_null());
    assert!(found.features[3].geometry.is_none());
    let point: Point<f64> = first.geometry.clone().unwrap().try_into().unwrap();
    assert_eq!((point.x(), point.y()), (138.32, 34.866_123_46));

    let [_, _, districts] = real();
    let found: geojson::FeatureCollection =
        String::from_utf8(districts.publish().file(Format::GeoJson)).unwrap().parse().unwrap();
    for feature in found.features {
        let polygon: Geometry<f64> = feature.geometry.unwrap().try_into().unwrap();
        let Geometry::Polygon(polygon) = polygon else { panic!("{polygon:?}") };
        assert!(polygon.signed_area() > 0.0, "outer rings run counter-clockwise");
    }
}

#[test]
fn flatgeobuf_is_read_back_whole_and_by_box() {
    use flatgeobuf::{FallibleStreamingIterator as _, FeatureProperties as _, FgbReader};
    use geozero::ToGeo as _;
    let [_, _, districts] = real();
    for table in [awkward(), districts] {
        let bytes = table.publish().file(Format::FlatGeobuf);
        let reader = FgbReader::open(std::io::Cursor::new(&bytes)).unwrap();
        assert_eq!(reader.header().features_count(), table.rows.len() as u64);
        assert_eq!(reader.header().crs().unwrap().code(), 6668);
        let mut features = reader.select_all().unwrap();
        let mut seen = 0;
        while let Some(feature) = features.next().unwrap() {
            let (values, geometry) = &table.rows[seen];
            if feature.geometry().is_some() {
                let found = feature.to_geo().unwrap();
                let wanted = match geometry.clone().unwrap() {
                    Geometry::Polygon(polygon) => Geometry::MultiPolygon(polygon.into()),
                    other => other,
                };
                assert_eq!(found, wanted);
            } else {
                assert!(geometry.is_none());
            }
            let properties = feature.properties().unwrap();
            for (column, value) in table.shape.columns.iter().zip(values) {
                let wanted = match value {
                    Value::Null => None,
                    Value::Text(text) => Some(text.clone()),
                    Value::Integer(number) => Some(number.to_string()),
                    Value::Number(number) => Some(number.to_string()),
                };
                assert_eq!(properties.get(&column.name), wanted.as_ref());
            }
            seen += 1;
        }
        assert_eq!(seen, table.rows.len());
    }
    let bytes = awkward().publish().file(Format::FlatGeobuf);
    let reader = FgbReader::open(std::io::Cursor::new(&bytes)).unwrap();
    let mut features = reader.select_bbox(138.3205, 34.0, 138.3215, 35.0).unwrap();
    let mut names = Vec::new();
    while let Some(feature) = features.next().unwrap() {
        names.push(feature.properties().unwrap()["名称"].clone());
    }
    assert_eq!(names, ["=1+1"], "the index finds the one record in the box");
}

#[test]
fn geoparquet_carries_its_metadata_and_every_value() {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let table = awkward();
    let release = table.publish();
    assert_eq!(
        release.formats(),
        [Format::Csv, Format::GeoJson, Format::FlatGeobuf, Format::GeoParquet, Format::PmTiles]
    );
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(release.file(Format::GeoParquet))).unwrap();
    let entries = reader.metadata().file_metadata().key_value_metadata().unwrap().clone();
    let geo = entries.iter().find(|entry| entry.key == "geo").unwrap().value.clone().unwrap();
    let geo: serde_json::Value = serde_json::from_str(&geo).unwrap();
    assert_eq!(geo["version"], "1.1.0");
    assert_eq!(geo["columns"]["geometry"]["geometry_types"], serde_json::json!(["Point"]));
    assert_eq!(geo["columns"]["geometry"]["crs"]["id"]["code"], 6668);
    assert_eq!(geo["columns"]["geometry"]["bbox"][0], 138.32);
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 6);
    let original = table.batch(&table.rows, 0);
    let joined = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
    for name in ["名称", "定員", "面積, ㎡"] {
        assert_eq!(joined.column_by_name(name), original.column_by_name(name), "{name}");
    }
    assert_eq!(joined.column_by_name("geometry"), original.column_by_name("_geom"));
}

#[test]
fn a_table_without_positions_is_csv_and_parquet() {
    let mut table = awkward();
    table.geometry = None;
    let release = table.publish();
    assert_eq!(release.formats(), [Format::Csv, Format::Parquet]);
    assert!(release.published.tileset.is_none());
    assert_eq!(release.published.records, 6);
    let empty = Table::new(&[("名称", ColumnType::Text)], Some(GeometryKind::Point)).publish();
    assert_eq!(empty.formats(), [Format::Csv, Format::GeoJson, Format::FlatGeobuf, Format::GeoParquet]);
}

#[test]
fn heavy_layers_stay_within_the_budget_and_lose_nothing_at_the_greatest_zoom() {
    // 30,000 points with long, different attributes within 30 kilometres: some 4 MB packed.
    let mut table = Table::new(&[("a", ColumnType::Text), ("b", ColumnType::Text)], Some(GeometryKind::Point));
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 32
    };
    for _ in 0..30_000 {
        let mut text = || Value::Text((0..12).map(|_| format!("{:x}", random())).collect());
        let values = vec![text(), text()];
        let at = Point::new(138.1 + (random() % 300_000) as f64 / 1e6, 34.7 + (random() % 300_000) as f64 / 1e6);
        table.rows.push((values, Some(at.into())));
    }
    let release = table.publish();
    let tileset = release.tileset();
    let heaviest = tileset.entries().iter().map(|entry| entry.length).max().unwrap();
    assert!(heaviest <= 500_000, "{heaviest}");
    let tiles = checked(&tileset);
    assert_eq!(ids_at(&tiles, tileset.max_zoom()).len(), 30_000);
    let metadata: serde_json::Value = serde_json::from_str(tileset.metadata()).unwrap();
    for zoom in tileset.min_zoom()..tileset.max_zoom() {
        let about = &metadata["hiraku"]["zooms"][zoom.to_string()];
        let shown = ids_at(&tiles, zoom).len() as u64;
        let of = |what: &str| about[what].as_u64().unwrap();
        assert_eq!(shown + of("dropped") + of("merged"), 30_000, "zoom {zoom}: {about}");
    }
    let first = &metadata["hiraku"]["zooms"][tileset.min_zoom().to_string()];
    assert!(first["merged"].as_u64() > Some(10_000), "{first}");
    let zooms = metadata["hiraku"]["zooms"].as_object().unwrap();
    assert!(
        zooms
            .values()
            .any(|zoom| zoom["dropped"].as_u64() > Some(1_000) && zoom["heaviest_bytes"].as_u64() > Some(300_000)),
        "{zooms:?}"
    );
}

#[test]
fn a_place_in_the_tree_is_found_and_others_are_not() {
    let [cameras, ..] = real();
    let tileset_release = cameras.publish();
    let tileset = tileset_release.tileset();
    let mut found = HashMap::new();
    for zoom in 0..=18_u8 {
        let (low, high) = (mercator(Coord { x: 138.2, y: 34.95 }), mercator(Coord { x: 138.45, y: 34.7 }));
        let side = f64::from(1_u32 << zoom);
        let mut count = 0;
        for x in (low.x * side) as u32..=(high.x * side) as u32 {
            for y in (low.y * side) as u32..=(high.y * side) as u32 {
                let tile = tileset.get(TileCoord::new(zoom, x, y).unwrap());
                count += tile.map_or(0, |bytes| check_gzip(bytes, BUFFER).unwrap().layers[0].features.len());
            }
        }
        found.insert(zoom, count);
    }
    for (zoom, count) in found {
        assert_eq!(count >= 20, (8..=14).contains(&zoom), "zoom {zoom}: {count}");
        assert!(count == 0 || (8..=14).contains(&zoom));
    }
    assert!(tileset.get(TileCoord::new(8, 0, 0).unwrap()).is_none());
}

fn nasty_polygon() -> impl Strategy<Value = Polygon<f64>> {
    // Rings of few vertices on a coarse grid cross, touch, double and collapse as often as rings can.
    let spread = prop_oneof![3 => Just(1e-6), 3 => Just(1e-5), 3 => Just(1e-3), 3 => Just(0.01), 1 => Just(0.1)];
    (spread, 138.0..139.0_f64, 34.0..35.0_f64, prop::collection::vec((0..12_i32, 0..12_i32), 1..14), 0..3_usize)
        .prop_map(|(spread, lon, lat, vertices, holes)| {
            let ring = |shift: usize| -> LineString<f64> {
                let mut ring: Vec<Coord<f64>> = vertices
                    .iter()
                    .cycle()
                    .skip(shift)
                    .step_by(shift + 1)
                    .take(vertices.len())
                    .map(|(x, y)| Coord {
                        x: lon + spread * f64::from(*x) / 12.0,
                        y: lat + spread * f64::from(*y) / 12.0,
                    })
                    .collect();
                ring.push(ring[0]);
                LineString::new(ring)
            };
            Polygon::new(ring(0), (1..=holes).map(ring).collect())
        })
}

fn nasty() -> impl Strategy<Value = Geometry<f64>> {
    prop_oneof![
        4 => nasty_polygon().prop_map(Geometry::from),
        2 => prop::collection::vec(nasty_polygon(), 1..4).prop_map(|found| MultiPolygon::new(found).into()),
        2 => nasty_polygon().prop_map(|found| found.exterior().clone().into()),
        1 => nasty_polygon().prop_map(|found| {
            geo_types::MultiPoint::new(found.exterior().0.iter().map(|at| Point::from(*at)).collect()).into()
        }),
        1 => (nasty_polygon(), nasty_polygon()).prop_map(|(a, b)| {
            Geometry::GeometryCollection(vec![Geometry::from(a.exterior().clone()), b.into()].into())
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn no_geometry_breaks_a_tile_and_none_is_lost(geometries in prop::collection::vec(nasty(), 1..8)) {
        let mut table = Table::new(&[("行", ColumnType::Integer)], Some(GeometryKind::Mixed));
        for (index, geometry) in (0_i64..).zip(geometries) {
            table.rows.push((vec![Value::Integer(index)], Some(geometry)));
        }
        let release = table.publish();
        let tileset = release.tileset();
        let tiles = checked(&tileset);
        prop_assert_eq!(rows_at(&tiles, tileset.max_zoom()), all_rows(&table));
    }

    #[test]
    fn a_directory_decodes_to_what_was_encoded(steps in prop::collection::vec((1..1_u64 << 40, 1..9_u32, 1..1_u32 << 20, any::<bool>()), 0..300)) {
        let (mut tile_id, mut end) = (0, 0);
        let entries: Vec<Entry> = steps
            .into_iter()
            .map(|(step, run_length, length, follows)| {
                tile_id += step;
                let offset = if follows { end } else { step % 999_983 };
                end = offset + u64::from(length);
                Entry { tile_id, offset, length, run_length }
            })
            .collect();
        prop_assert_eq!(decode_directory(&encode_directory(&entries)).unwrap(), entries);
    }

    #[test]
    fn no_bytes_panic_the_directory(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode_directory(&bytes);
    }
}

#[test]
fn a_damaged_archive_is_an_error_or_another_archive_but_never_a_panic() {
    let [cameras, ..] = real();
    let release = cameras.publish();
    let whole = release.file(Format::PmTiles);
    let data_offset = u64::from_le_bytes(whole[56..64].try_into().unwrap());
    let front = usize::try_from(data_offset).unwrap();
    let mut refused = 0;
    for index in 0..front {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[index] ^= change;
            match Tileset::open(bytes) {
                Err(_) => refused += 1,
                Ok(tileset) => {
                    for entry in tileset.entries() {
                        let _ = tileset.tile_of(entry);
                    }
                    for zoom in 0..=22 {
                        let last = (1_u32 << zoom) - 1;
                        for (x, y) in [(0, 0), (last, last), (last / 2, last / 3)] {
                            let _ = tileset.get(TileCoord::new(zoom, x, y).unwrap());
                        }
                    }
                }
            }
        }
    }
    // What cannot be found are changes to bounds, center, zooms that stay in order, and bits gzip does not use.
    assert!(refused > front * 3 - 3 * 60, "changes to header and directories are found: {refused} of {}", front * 3);
    for length in [0, 1, 126, 127, 200, whole.len() - 1] {
        assert!(Tileset::open(&whole[..length]).is_err(), "cut at {length}");
    }
}
