//! Features of a table so large that only stretches of it are looked at: every answer against a look at all points.

use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float64Array, Int64Array, RecordBatch, StringArray};
use geo::algorithm::line_measures::{Distance as _, Geodesic};
use geo_types::Point;
use hiraku::model::catalogue::{Organization, Table};
use hiraku::model::code::MunicipalityCode;
use hiraku::model::id::{OrganizationId, ReleaseId};
use hiraku::model::lonlat::{Bbox, LonLat};
use hiraku::model::name::Slug;
use hiraku::model::record::{Column, ColumnType, GeometryKind, TableShape};
use hiraku::model::tile::TileSettings;
use hiraku::store::condition::Condition;
use hiraku::store::features::{Feature, FeatureQuery, FeaturesTaken};
use hiraku::store::ingest::{DatasetEntry, TableEntry};
use hiraku::store::{Store, StoreOptions};

use super::Dice;

const COUNT: u64 = 60_000;

/// Points in two halves: the lower one is walked to the east, the upper one back to the west, so that what lies on the
/// line between them is far apart in the table. Every hundredth has no position.
fn points() -> Vec<Option<Point<f64>>> {
    let mut dice = Dice::new(5);
    let at = |n: u64| {
        let (column, row) = (n % (COUNT / 2) / 150, n % 150);
        if n < COUNT / 2 { (column as f64, row as f64) } else { (199.0 - column as f64, 150.0 + row as f64) }
    };
    (0..COUNT)
        .map(|n| {
            let (x, y) = at(n);
            let shift = dice.degrees(0.0, 0.001);
            (n % 100 != 7).then(|| Point::new(138.0 + x * 0.001 + shift, 34.6 + y * 0.001 + shift))
        })
        .collect()
}

fn batch(points: &[Option<Point<f64>>]) -> RecordBatch {
    let numbers = || (1..=points.len()).map(|n| i64::try_from(n).expect("few"));
    let wkb = |point: &Point<f64>| [&[1, 1, 0, 0, 0][..], &point.x().to_le_bytes(), &point.y().to_le_bytes()].concat();
    let wkb: Vec<Option<Vec<u8>>> = points.iter().map(|point| point.as_ref().map(wkb)).collect();
    let lon = || points.iter().map(|point| point.map(Point::x)).collect::<Float64Array>();
    let lat = || points.iter().map(|point| point.map(Point::y)).collect::<Float64Array>();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("_row", Arc::new(Int64Array::from_iter_values(numbers()))),
        ("_hilbert", Arc::new(Int64Array::from_iter_values(numbers()))),
        ("番号", Arc::new(Int64Array::from_iter_values(numbers()))),
        ("_found", Arc::new(points.iter().map(|_| None::<&str>).collect::<StringArray>())),
        ("_geom", Arc::new(BinaryArray::from_iter(wkb))),
        ("_west", Arc::new(lon())),
        ("_south", Arc::new(lat())),
        ("_east", Arc::new(lon())),
        ("_north", Arc::new(lat())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("the columns are of one length")
}

fn taken_in(store: &Store, points: &[Option<Point<f64>>]) -> Table {
    let now: jiff::Timestamp = "2026-11-27T00:00:00Z".parse().expect("a time");
    let kind = ColumnType::Integer;
    let column = Column { name: "番号".to_owned(), title: "番号".to_owned(), kind, found: None, field: None };
    let shape = TableShape {
        key: Slug::parse("main").expect("a name"),
        title: "点".to_owned(),
        sheet: None,
        columns: vec![column],
        tiles: TileSettings::default(),
        is_titled: false,
    };
    let entry = TableEntry {
        shape: shape.clone(),
        source_file: "ten.csv".to_owned(),
        encoding: "UTF-8".to_owned(),
        format: "csv".to_owned(),
        rows_read: COUNT,
        records: COUNT,
        refused: 0,
        rows_above: 1,
        geometry: Some(GeometryKind::Point),
        bbox: None,
        finding_counts: Vec::new(),
        findings: Vec::new(),
        refused_rows: Vec::new(),
    };
    let mut ingest = store.begin_ingest(ReleaseId::mint(now)).expect("a transaction");
    ingest.begin_table(&shape).expect("a table");
    ingest.append(batch(points)).expect("records");
    ingest.end_table(&entry).expect("records in order");
    let publisher = Organization {
        id: OrganizationId::mint(now),
        code: MunicipalityCode::parse("222127").expect("a code"),
        name: Slug::parse("222127").expect("a name"),
        title: "焼津市".to_owned(),
        prefecture: "静岡県".to_owned(),
        created: now,
    };
    let dataset = DatasetEntry {
        name: Slug::parse("222127_ten").expect("a name"),
        title: "点".to_owned(),
        notes: String::new(),
        licence: "cc-by-4.0".to_owned(),
        attribution: String::new(),
        source_page: String::new(),
        theme: String::new(),
        tags: Vec::new(),
        retrieved: String::new(),
    };
    ingest.commit(&dataset, &publisher, &"0".repeat(64), now).expect("a staged release");
    let staged = store.staged_releases().expect("releases").remove(0);
    Table {
        shape,
        record_table: staged.tables[0].record_table.clone(),
        source_file: String::new(),
        encoding: String::new(),
        rows_read: COUNT,
        records: COUNT,
        refused: 0,
        findings: Vec::new(),
        geometry: Some(GeometryKind::Point),
        bbox: None,
        layer: None,
    }
}

fn page(store: &Store, table: &Table, query: &FeatureQuery) -> (Vec<(u64, Option<f64>)>, FeaturesTaken) {
    let mut found = Vec::new();
    let mut take = |feature: Feature| {
        found.push((feature.row.id, feature.distance_m));
        true
    };
    let taken = store.features(table, query, &mut take).expect("an answer");
    (found, taken)
}

/// All pages, one after another.
fn pages(store: &Store, table: &Table, mut query: FeatureQuery) -> Vec<(u64, Option<f64>)> {
    let mut all = Vec::new();
    loop {
        let (found, taken) = page(store, table, &query);
        assert_eq!(found.len() as u64, taken.returned);
        all.extend(found);
        match taken.next_after {
            Some(after) => query.after = Some(after),
            None => return all,
        }
    }
}

#[test]
fn a_box_or_a_place_in_a_large_table_finds_what_lies_there_page_by_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(folder.path(), StoreOptions { memory_mib: 256, threads: 2 }).expect("a database");
    let points = points();
    let table = taken_in(&store, &points);
    let mut dice = Dice::new(9);
    let all = || (1_u64..).zip(&points).filter_map(|(id, point)| Some((id, (*point)?)));
    for round in 0..24 {
        // Narrow and wide ones, over the line in the middle too, and some outside of everything.
        let (wide, high) = [(0.002, 0.002), (0.01, 0.02), (0.15, 0.004), (0.003, 0.3)][round % 4];
        let (west, south) = (dice.degrees(137.99, 138.2), dice.degrees(34.6, 34.9));
        let south = if round % 3 == 0 { 34.75 - high / 2.0 } else { south };
        let bbox = Bbox { west_deg: west, south_deg: south, east_deg: west + wide, north_deg: south + high };
        let inside =
            |at: &Point<f64>| (west..=bbox.east_deg).contains(&at.x()) && (south..=bbox.north_deg).contains(&at.y());
        let there: Vec<u64> = all().filter(|(_, at)| inside(at)).map(|(id, _)| id).collect();
        let query = FeatureQuery {
            columns: vec!["番号".to_owned()],
            geometry: true,
            condition: Some(Condition::All(vec![Condition::Meets(bbox)])),
            limit: 70,
            ..FeatureQuery::default()
        };
        let (_, taken) = page(&store, &table, &query);
        assert_eq!(taken.matched, there.len() as u64, "{bbox:?}");
        let found: Vec<u64> = pages(&store, &table, query).into_iter().map(|(id, _)| id).collect();
        assert_eq!(found, there, "{bbox:?}");
    }
    for round in 0..12 {
        let (lon, lat) = (dice.degrees(138.0, 138.2), dice.degrees(34.6, 34.9));
        let from = LonLat::new(lon, lat).expect("a place");
        let metres = |at: Point<f64>| Geodesic.distance(Point::new(lon, lat), at);
        let radius_m = [None, Some(300.0), Some(3_000.0)][round % 3];
        let mut there: Vec<(f64, u64)> = all()
            .map(|(id, at)| (metres(at), id))
            .filter(|(metres, _)| radius_m.is_none_or(|radius| *metres <= radius))
            .collect();
        there.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let query = FeatureQuery {
            columns: vec!["番号".to_owned()],
            condition: radius_m.map(|radius_m| Condition::Near { from, radius_m }),
            near: Some(from),
            limit: if radius_m.is_some() { 90 } else { 25_000 },
            ..FeatureQuery::default()
        };
        let (found, taken) = page(&store, &table, &query);
        assert_eq!(taken.matched, there.len() as u64, "{lon} {lat} {radius_m:?}");
        let found = if radius_m.is_some() { pages(&store, &table, query) } else { found };
        let ids: Vec<u64> = found.iter().map(|(id, _)| *id).collect();
        let expected: Vec<u64> = there.iter().map(|(_, id)| *id).take(ids.len()).collect();
        assert_eq!(ids, expected, "{lon} {lat} {radius_m:?}");
        assert!(ids.len() == there.len() || radius_m.is_none());
        for ((_, told), (metres, _)) in found.iter().zip(&there) {
            assert!(told.is_some_and(|told| (told - metres).abs() < 0.01), "{told:?} {metres}");
        }
    }
}
