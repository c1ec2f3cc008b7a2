//! The builder of tilesets: what stays out and what never does, labels, equal neighbours, changes, tiles on request.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test that meets what it does not expect fails here"
)]

use std::collections::{BTreeMap, BTreeSet};

use geo_types::{Coord, LineString, Point, Polygon};
use hiraku::model::record::{ColumnType, GeometryKind, Value};
use hiraku::model::tile::{Importance, TileCoord, TileSettings};
use hiraku::publish::archive::{Tileset, tile_id, tile_of};
use hiraku::publish::tiles::live::{Filter, LiveTiles};
use hiraku::publish::{PreviousTiles, TileOptions};
use hiraku::store::objects::Objects;

use crate::publish::{Table, all_rows, checked, features_at, row_of, rows_at};
use crate::tile_checker::{CheckedTile, MvtValue, check_gzip, doubled_area};

const BUDGET: u32 = 500_000;
const COLUMNS: [(&str, ColumnType); 3] =
    [("種別", ColumnType::Text), ("内容", ColumnType::Text), ("行", ColumnType::Integer)];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn share(&mut self) -> f64 {
        self.next() as f64 / f64::from(1_u32 << 31)
    }

    fn text(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(b'a' + (self.next() % 26) as u8)).collect()
    }
}

/// A rectangle of `side` degrees.
fn square(west: f64, south: f64, side: f64) -> Polygon<f64> {
    let at = |x: f64, y: f64| Coord { x: west + x * side, y: south + y * side };
    Polygon::new(LineString::new(vec![at(0.0, 0.0), at(1.0, 0.0), at(1.0, 1.0), at(0.0, 1.0), at(0.0, 0.0)]), vec![])
}

/// Squares of a city, dense in the middle; `text` letters of an attribute that does not pack.
fn city(count: usize, text: usize) -> Table {
    let mut random = Random(5);
    let mut table = Table::new(&COLUMNS, Some(GeometryKind::Polygon));
    for row in 0..count {
        let away = random.share().powi(2) * 0.2;
        let angle = random.share() * std::f64::consts::TAU;
        let side = 0.0001 + random.share() * 0.0002;
        let shape = square(138.3 + away * angle.cos(), 34.85 + away * angle.sin(), side);
        let values = vec![
            Value::Text(["住宅", "商店", "工場"][row % 3].to_owned()),
            Value::Text(random.text(text)),
            Value::Integer(row as i64),
        ];
        table.rows.push((values, Some(shape.into())));
    }
    table
}

fn metadata(tileset: &Tileset<impl AsRef<[u8]>>) -> serde_json::Value {
    serde_json::from_str(tileset.metadata()).unwrap()
}

/// Of the rows that lie within `width` tiles of an upright edge between two tiles of a zoom, the shares that are kept on
/// either side, edge by edge where there are enough rows to tell.
fn shares_beside_edges(table: &Table, kept: &BTreeSet<usize>, zoom: u8, width: f64) -> Vec<[f64; 2]> {
    use geo::BoundingRect as _;
    let side = f64::from(1_u32 << zoom);
    let mut found: BTreeMap<(i64, i64), [[f64; 2]; 2]> = BTreeMap::new();
    for (row, (_, geometry)) in table.rows.iter().enumerate() {
        let at = geometry.as_ref().unwrap().bounding_rect().unwrap().center();
        let x = (at.x + 180.0) / 360.0 * side;
        let y = (0.5 - at.y.to_radians().tan().asinh() / std::f64::consts::TAU) * side;
        if (x - x.round()).abs() < width {
            let counts = found.entry((x.round() as i64, y.floor() as i64)).or_default();
            let counts = &mut counts[usize::from(x > x.round())];
            counts[0] += 1.0;
            counts[1] += f64::from(u8::from(kept.contains(&row)));
        }
    }
    let enough = found.into_values().filter(|sides| sides.iter().all(|[all, _]| *all > 200.0));
    enough.map(|sides| sides.map(|[all, kept]| kept / all)).collect()
}

#[test]
fn thinning_keeps_the_budget_and_leaves_no_seam() {
    let mut table = city(12_000, 200);
    // Over several tiles, ever denser towards the west.
    let mut random = Random(3);
    for (_, geometry) in &mut table.rows {
        let (west, south) = (138.0 + random.share().powf(1.5) * 0.7, 34.6 + random.share() * 0.2);
        *geometry = Some(square(west, south, 0.0001 + random.share() * 0.0002).into());
    }
    let release = table.publish();
    let tileset = release.tileset();
    let about = metadata(&tileset);
    let tiles = checked(&tileset);
    let (mut thinned, mut edges) = (0, 0);
    for zoom in tileset.min_zoom()..=tileset.max_zoom() {
        let figures = &about["hiraku"]["zooms"][zoom.to_string()];
        let dropped = figures["dropped"].as_u64().unwrap();
        let merged = figures["merged"].as_u64().unwrap();
        assert_eq!(rows_at(&tiles, zoom).len() as u64 + dropped + merged, 12_000, "zoom {zoom}: {figures}");
        if dropped == 0 {
            continue;
        }
        thinned += 1;
        for [left, right] in shares_beside_edges(&table, &rows_at(&tiles, zoom), zoom, 0.1) {
            assert!((left - right).abs() < 0.12, "zoom {zoom}: {left} of one side beside {right} of the other");
            edges += 1;
        }
    }
    assert!(thinned >= 2 && edges >= 2, "{edges} edges, {about}");
    assert!(tileset.entries().iter().all(|entry| entry.length <= BUDGET));
    let complete = about["hiraku"]["complete_from_zoom"].as_u64().unwrap() as u8;
    for zoom in complete..=tileset.max_zoom() {
        assert_eq!(rows_at(&tiles, zoom), all_rows(&table), "zoom {zoom}");
    }
    assert!(rows_at(&tiles, complete - 1).len() < 12_000, "complete_from_zoom is the least such zoom");
}

#[test]
fn a_feature_across_an_edge_is_drawn_on_both_sides_or_on_neither() {
    let table = city(12_000, 200);
    let tileset = table.publish().tileset();
    let tiles = checked(&tileset);
    let mut seen = 0;
    for zoom in tileset.min_zoom()..=tileset.max_zoom() {
        let rows: BTreeMap<u64, BTreeSet<usize>> = tiles
            .iter()
            .filter(|(at, ..)| *at == zoom)
            .map(|(_, number, tile)| (*number, tile.layers[0].features.iter().map(row_of).collect()))
            .collect();
        for (_, number, tile) in tiles.iter().filter(|(at, ..)| *at == zoom) {
            let at = tile_of(*number).unwrap();
            for feature in &tile.layers[0].features {
                // Well over the edge: in the neighbour it reaches into the tile itself.
                let over = feature.paths.iter().flatten().any(|p| p[0] > 4100);
                let next = TileCoord::new(zoom, at.x() + 1, at.y()).filter(|_| over);
                if let Some(next) = next {
                    let reaches = feature.paths.iter().flatten().any(|p| p[0] > 4100 && (0..4096).contains(&p[1]));
                    if reaches {
                        seen += 1;
                        let there = rows.get(&tile_id(next)).is_some_and(|rows| rows.contains(&row_of(feature)));
                        assert!(there, "zoom {zoom}: row {} ends at the edge", row_of(feature));
                    }
                }
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn what_the_publisher_calls_important_stays_longest() {
    let mut table = city(12_000, 200);
    table.shape.tiles.importance =
        Some(Importance { column: "種別".to_owned(), order: vec!["工場".to_owned(), "商店".to_owned()] });
    let tileset = table.publish().tileset();
    let tiles = checked(&tileset);
    let zoom = tileset.min_zoom() + 2;
    let mut kept = BTreeMap::new();
    for row in rows_at(&tiles, zoom) {
        *kept.entry(row % 3).or_insert(0) += 1;
    }
    assert!(kept.values().sum::<i32>() < 9_000, "the zoom is thinned");
    let of = |class: usize| kept.get(&class).copied().unwrap_or(0);
    // 2: 工場, 1: 商店, 0: the rest.
    assert!(of(2) > of(0) * 2 && of(1) >= of(0), "{kept:?}");
}

#[test]
fn ledgers_are_whole_from_their_working_zoom_on() {
    let mut table = city(6_000, 500);
    table.shape.tiles.complete_from = Some(11);
    let tileset = table.publish().tileset();
    let tiles = checked(&tileset);
    let about = metadata(&tileset);
    for zoom in 11..=tileset.max_zoom() {
        assert_eq!(rows_at(&tiles, zoom), all_rows(&table), "zoom {zoom}");
    }
    let heaviest = about["hiraku"]["zooms"]["11"]["heaviest_bytes"].as_u64().unwrap();
    assert!(heaviest > u64::from(BUDGET), "whatever the tiles weigh: {heaviest}");
    assert!(rows_at(&tiles, 8).len() < 6_000);
    // A table whose title says that it is a ledger is one.
    let mut ledger = city(100, 5);
    ledger.shape.title = "道路台帳".to_owned();
    let about = metadata(&ledger.publish().tileset());
    assert!(about["hiraku"]["complete_from_zoom"].as_u64().unwrap() <= 14);
}

#[test]
fn zooms_are_those_asked_for() {
    let mut table = city(50, 5);
    table.shape.tiles = TileSettings { min_zoom: Some(3), max_zoom: Some(12), ..TileSettings::default() };
    let release = table.publish();
    let tileset = release.tileset();
    assert_eq!((tileset.min_zoom(), tileset.max_zoom()), (3, 12));
    assert_eq!(rows_at(&checked(&tileset), 12), all_rows(&table));
}

#[test]
fn labels_stand_once_inside_their_polygon() {
    let mut table = Table::new(&[("名称", ColumnType::Text), ("行", ColumnType::Integer)], Some(GeometryKind::Polygon));
    for row in 0..40_i64 {
        let (column, line) = (row % 8, row / 8);
        let shape = square(138.2 + column as f64 * 0.02, 34.8 + line as f64 * 0.02, 0.018);
        let name = if row == 7 { Value::Null } else { Value::Text(format!("第{row}学区")) };
        table.rows.push((vec![name, Value::Integer(row)], Some(shape.into())));
    }
    let tileset = table.publish().tileset();
    let about = metadata(&tileset);
    assert_eq!(about["vector_layers"][1]["id"], "test-layer.label");
    assert_eq!(about["vector_layers"][1]["fields"], serde_json::json!({ "名称": "String" }));
    let tiles = checked(&tileset);
    for zoom in tileset.min_zoom()..=tileset.max_zoom() {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for (_, _, tile) in tiles.iter().filter(|(at, ..)| *at == zoom) {
            for layer in tile.layers.iter().filter(|layer| layer.name == "test-layer.label") {
                for feature in &layer.features {
                    let [(name, MvtValue::Text(text))] = feature.tags.as_slice() else { panic!("{feature:?}") };
                    assert_eq!(name, "名称");
                    *seen.entry(text.clone()).or_default() += 1;
                    let at = feature.paths[0][0];
                    assert!(at.iter().all(|v| (0..4096).contains(v)), "never in a buffer: {at:?}");
                    let drawn = tile.layers[0].features.iter().find(|drawn| drawn.id == feature.id).unwrap();
                    assert!(
                        drawn.paths.iter().any(|ring| matches!(
                            crate::tile_checker::place(ring, at),
                            crate::tile_checker::Place::Inside
                        )),
                        "inside its polygon"
                    );
                }
            }
        }
        assert!(seen.values().all(|count| *count == 1), "zoom {zoom}: {seen:?}");
        if zoom >= 11 {
            assert_eq!(seen.len(), 39, "zoom {zoom}: all but the one without a name");
        }
    }
}

#[test]
fn equal_neighbours_are_one_area_at_lesser_zooms_and_each_its_own_at_the_greatest() {
    let mut table = Table::new(&[("区分", ColumnType::Text)], Some(GeometryKind::Polygon));
    for (x, y) in (0..40).flat_map(|x| (0..40).map(move |y| (x, y))) {
        let class = if x < 20 { "浸水深0.5m未満" } else { "浸水深3m以上" };
        let shape = square(138.3 + f64::from(x) / 1024.0, 34.8 + f64::from(y) / 1024.0, 1.0 / 1024.0);
        table.rows.push((vec![Value::Text(class.to_owned())], Some(shape.into())));
    }
    let tileset = table.publish().tileset();
    let tiles = checked(&tileset);
    let about = metadata(&tileset);
    let top = tileset.max_zoom();
    let ids: BTreeSet<u64> = features_at(&tiles, top).filter_map(|feature| feature.id).collect();
    assert_eq!(ids.len(), 1600);
    let zoom = 11;
    let features: Vec<_> = features_at(&tiles, zoom).collect();
    assert!(features.len() <= 8, "two areas over few tiles: {}", features.len());
    assert!(features.iter().all(|feature| feature.id.is_none()), "no id is true of all that were joined");
    assert!(about["hiraku"]["zooms"]["11"]["joined"].as_u64().unwrap() > 1500);
    // Nothing is lost of the area: 40 squares of 1/1024° each way.
    let area: i64 = features.iter().flat_map(|feature| &feature.paths).map(|ring| doubled_area(ring)).sum();
    let side = 40.0 / 1024.0 / 360.0 * f64::from(1_u32 << zoom) * 4096.0;
    let wanted = side * side / 34.82_f64.to_radians().cos();
    assert!(area as f64 / 2.0 > wanted * 0.99, "{} of {wanted}", area / 2);
}

#[test]
fn lines_that_say_the_same_run_on() {
    let mut table = Table::new(&[("路線", ColumnType::Text)], Some(GeometryKind::Line));
    for step in 0..300 {
        let at = |step: i32| Coord { x: 138.2 + f64::from(step) * 0.001, y: 34.8 + f64::from(step % 7) * 0.0005 };
        let name = if step < 150 { "国道1号" } else { "県道2号" };
        let line = LineString::new(vec![at(step), at(step + 1)]);
        table.rows.push((vec![Value::Text(name.to_owned())], Some(line.into())));
    }
    let tileset = table.publish().tileset();
    let tiles = checked(&tileset);
    let zoom = 10;
    let count = features_at(&tiles, zoom).count();
    assert!(count <= 8, "two roads over few tiles: {count}");
    let ids: BTreeSet<u64> = features_at(&tiles, tileset.max_zoom()).filter_map(|feature| feature.id).collect();
    assert_eq!(ids.len(), 300);
}

/// Tile number → bytes.
fn all_tiles(objects: &Objects, digest: &hiraku::model::name::Digest) -> BTreeMap<u64, Vec<u8>> {
    let tileset = Tileset::open(objects.map(digest).unwrap()).unwrap();
    let of = |entry: &hiraku::publish::archive::Entry| tileset.tile_of(entry).unwrap().to_vec();
    let entries = tileset.entries().iter();
    entries.flat_map(|e| (e.tile_id..e.tile_id + u64::from(e.run_length)).map(move |id| (id, of(e)))).collect()
}

#[test]
fn a_small_edit_builds_few_tiles_and_the_outcome_is_that_of_building_all() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(folder.path()).unwrap();
    let mut table = city(6_000, 150);
    let first = table.publish_into(&objects, TileOptions::default()).tileset.unwrap();
    assert_eq!(first.taken_over, 0);
    // Rows changed, moved, added in the midst of the others and taken out.
    for row in [17, 2_000, 4_000] {
        table.rows[row].0[1] = Value::Text("変更しました".to_owned());
    }
    table.rows[2_500].1 = Some(square(138.33, 34.86, 0.0002).into());
    table.rows.remove(5_000);
    let added = vec![Value::Text("住宅".to_owned()), Value::Text("新築".to_owned()), Value::Integer(99_999)];
    table.rows.insert(300, (added, Some(square(138.301, 34.851, 0.0002).into())));
    let previous = Some(PreviousTiles { tileset: first.digest, index: first.index, brotli: first.brotli });
    let after = table.publish_into(&objects, TileOptions { previous, ..TileOptions::default() }).tileset.unwrap();
    let whole = table.publish_into(&objects, TileOptions::default()).tileset.unwrap();
    let (old, new, wanted) =
        (all_tiles(&objects, &first.digest), all_tiles(&objects, &after.digest), all_tiles(&objects, &whole.digest));
    assert!(after.taken_over * 10 > new.len() as u64 * 8, "{} of {}", after.taken_over, new.len());
    let same = new.iter().filter(|(id, bytes)| old.get(id) == Some(bytes)).count();
    assert!(same as u64 >= after.taken_over);
    assert!(new.keys().eq(wanted.keys()));
    // Building all begins ids anew; what is drawn is the same. Where a zoom is thinned the thresholds of the release
    // before stay, so that the other tiles stay as they were.
    let drawn = |tile: &Vec<u8>| {
        let tile = check_gzip(tile, 64).unwrap();
        tile.layers[0].features.iter().map(|f| (row_of(f), f.paths.clone(), f.tags.clone())).collect::<Vec<_>>()
    };
    for (number, tile) in &new {
        if tile_of(*number).unwrap().z() + 1 >= after.max_zoom {
            assert_eq!(drawn(tile), drawn(&wanted[number]), "tile {number}");
        }
    }
    let ids = |tiles: &BTreeMap<u64, Vec<u8>>| {
        let top = tiles.iter().filter(|(number, _)| tile_of(**number).unwrap().z() == after.max_zoom);
        let features = top.flat_map(|(_, tile)| check_gzip(tile, 64).unwrap().layers.remove(0).features);
        features.map(|feature| (row_of(&feature), feature.id.unwrap())).collect::<BTreeMap<usize, u64>>()
    };
    let (ids_before, ids_after) = (ids(&old), ids(&new));
    let moved: Vec<_> = ids_before.iter().filter(|(row, id)| ids_after.get(row) != Some(id)).collect();
    assert_eq!(moved.len(), 2, "all but the one moved and the one taken out keep their id: {moved:?}");
    assert!(ids_after[&99_999] > 6_000, "a new record has a new number");
    assert!(new.values().all(|tile| tile.len() <= BUDGET as usize));
    let tiles = checked(&Tileset::open(objects.map(&after.digest).unwrap()).unwrap());
    let rows: BTreeSet<usize> = rows_at(&tiles, after.max_zoom);
    assert!(rows.contains(&99_999) && rows.len() == 6_000);
    // Other columns, other settings: nothing is taken over.
    table.shape.tiles.min_zoom = Some(7);
    let other = table.publish_into(&objects, TileOptions { previous, ..TileOptions::default() }).tileset.unwrap();
    assert_eq!(other.taken_over, 0);
}

#[test]
fn the_limit_of_memory_changes_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(folder.path()).unwrap();
    let mut table = city(20_000, 3);
    table.shape.tiles = TileSettings { max_zoom: Some(9), ..TileSettings::default() };
    let wide = table.publish_into(&objects, TileOptions::default());
    let narrow = table.publish_into(&objects, TileOptions { memory_bytes: 1 << 20, ..TileOptions::default() });
    assert_eq!(wide, narrow);
}

#[test]
fn tiles_on_request_show_what_the_archive_shows_and_what_a_filter_wants() {
    let table = city(1_200, 10);
    let release = table.publish();
    let tileset = release.tileset();
    let index = release.published.tileset.unwrap().index;
    let bytes = std::fs::read(release.objects.path(&index)).unwrap();
    let live = LiveTiles::open(bytes.clone().into()).unwrap();
    assert_eq!(live.zooms(), (tileset.min_zoom(), tileset.max_zoom()));
    let all = Filter::default();
    let mut compared = 0;
    for (zoom, number, tile) in checked(&tileset) {
        let made = live.tile(tile_of(number).unwrap(), &all, BUDGET as usize).unwrap().expect("a tile");
        let made = check_gzip(&made, 64).unwrap();
        let parts = |tile: &CheckedTile| {
            let features = tile.layers[0].features.iter();
            features.map(|feature| (row_of(feature), feature.paths.clone())).collect::<Vec<_>>()
        };
        if zoom == tileset.max_zoom() {
            assert_eq!(parts(&made), parts(&tile), "tile {number}");
            compared += 1;
        }
    }
    assert!(compared > 20);
    let shops = Filter { columns: vec![("種別".to_owned(), vec!["商店".to_owned()])] };
    let row = Filter { columns: vec![("行".to_owned(), vec!["7".to_owned(), "8".to_owned()])] };
    assert!(live.knows(&shops) && !live.knows(&Filter { columns: vec![("無い列".to_owned(), vec![])] }));
    let (mut shop_rows, mut two) = (BTreeSet::new(), BTreeSet::new());
    for (zoom, number, _) in checked(&tileset) {
        if zoom == tileset.max_zoom() {
            for (filter, found) in [(&shops, &mut shop_rows), (&row, &mut two)] {
                if let Some(tile) = live.tile(tile_of(number).unwrap(), filter, BUDGET as usize).unwrap() {
                    found.extend(check_gzip(&tile, 64).unwrap().layers[0].features.iter().map(row_of));
                }
            }
        }
    }
    assert_eq!(shop_rows, (0..1_200).filter(|row| row % 3 == 1).collect());
    assert_eq!(two, BTreeSet::from([7, 8]));
    assert!(live.tile(TileCoord::new(12, 0, 0).unwrap(), &all, BUDGET as usize).unwrap().is_none());
    // Damage is an error or other tiles, never a panic.
    assert!(LiveTiles::open(bytes[..bytes.len() - 1].to_vec().into()).is_err());
    for at in (0..bytes.len()).step_by(9_973) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0xff;
        if let Ok(live) = LiveTiles::open(bytes.into()) {
            let _ = live.tile(TileCoord::new(10, 905, 406).unwrap(), &all, BUDGET as usize);
        }
    }
}

#[test]
fn points_are_thinned_evenly() {
    let mut random = Random(11);
    let mut table = Table::new(&COLUMNS, Some(GeometryKind::Point));
    for row in 0..6_000 {
        let at = Point::new(138.0 + random.share(), 34.5 + random.share() * 0.8);
        let values = vec![Value::Text("施設".to_owned()), Value::Text(random.text(400)), Value::Integer(row)];
        table.rows.push((values, Some(at.into())));
    }
    let tileset = table.publish().tileset();
    let tiles = checked(&tileset);
    let zoom = tileset.min_zoom();
    let kept: usize = rows_at(&tiles, zoom).len();
    assert!((500..5_000).contains(&kept), "{kept}");
    for [left, right] in shares_beside_edges(&table, &rows_at(&tiles, zoom), zoom, 0.1) {
        assert!((left - right).abs() < 0.15, "{left} of one side beside {right} of the other");
    }
}

/// Points close around a few places, `count` of them.
fn crowd(count: usize) -> Table {
    let mut random = Random(23);
    let mut table = Table::new(&COLUMNS, Some(GeometryKind::Point));
    for row in 0..count {
        let town = (row % 40) as f64;
        let near = [0.004 * random.share(), 0.004 * random.share()];
        let at = Point::new(138.2 + 0.01 * (town % 8.0) + near[0], 34.8 + 0.01 * (town / 8.0).floor() + near[1]);
        let values = vec![Value::Text("施設".to_owned()), Value::Text(String::new()), Value::Integer(row as i64)];
        table.rows.push((values, Some(at.into())));
    }
    table
}

#[test]
fn of_crowded_points_one_is_shown_of_those_under_each_other_and_all_from_the_stated_zoom() {
    let table = crowd(10_500);
    let tileset = table.publish().tileset();
    let tiles = checked(&tileset);
    let about = metadata(&tileset);
    let top = tileset.max_zoom();
    assert_eq!(rows_at(&tiles, top), all_rows(&table));
    assert_eq!(about["hiraku"]["complete_from_zoom"], top);
    // Cells of four pixels of a 512-pixel tile, told from where a feature lies at the greatest zoom.
    for zoom in tileset.min_zoom()..top {
        let units = 2_f64.powi(i32::from(zoom)) * 4096.0;
        let place = |at: [f64; 2]| at.map(|v| ((v * units).round() as i64).div_euclid(32));
        let world = |row: usize| {
            let Some(geo_types::Geometry::Point(at)) = &table.rows[row].1 else { panic!("a point") };
            let sin = at.y().to_radians().sin();
            [at.x() / 360.0 + 0.5, 0.5 - ((1.0 + sin) / (1.0 - sin)).ln() / (4.0 * std::f64::consts::PI)]
        };
        let all: BTreeSet<[i64; 2]> = all_rows(&table).into_iter().map(|row| place(world(row))).collect();
        let shown = rows_at(&tiles, zoom);
        let cells: BTreeSet<[i64; 2]> = shown.iter().map(|row| place(world(*row))).collect();
        // A few lie so near the middle of two units that this arithmetic and the builder's may differ.
        let apart = (shown.len() - cells.len()) + all.difference(&cells).count();
        assert!(
            apart * 20 <= all.len(),
            "zoom {zoom}: {} shown in {} of {} cells",
            shown.len(),
            cells.len(),
            all.len()
        );
        let merged = about["hiraku"]["zooms"][zoom.to_string()]["merged"].as_u64().unwrap();
        assert_eq!(merged, 10_500 - shown.len() as u64, "zoom {zoom}");
    }
    // A smaller table shows each of its points everywhere.
    let small = crowd(900);
    let tileset = small.publish().tileset();
    assert_eq!(rows_at(&checked(&tileset), tileset.min_zoom()), all_rows(&small));
}

#[test]
fn a_change_among_crowded_points_gives_the_tiles_that_building_all_gives() {
    let folder = tempfile::tempdir().unwrap();
    let objects = Objects::open(folder.path()).unwrap();
    let mut table = crowd(10_500);
    let first = table.publish_into(&objects, TileOptions::default()).tileset.unwrap();
    for row in (0..50).map(|step| step * 200) {
        table.rows.remove(row);
    }
    let previous = Some(PreviousTiles { tileset: first.digest, index: first.index, brotli: first.brotli });
    let after = table.publish_into(&objects, TileOptions { previous, ..TileOptions::default() }).tileset.unwrap();
    let whole = table.publish_into(&objects, TileOptions::default()).tileset.unwrap();
    assert!(after.taken_over > 0);
    let (new, wanted) = (all_tiles(&objects, &after.digest), all_tiles(&objects, &whole.digest));
    assert!(new.keys().eq(wanted.keys()));
    for (number, tile) in &new {
        let drawn = |tile: &Vec<u8>| {
            let tile = check_gzip(tile, 64).unwrap();
            tile.layers[0].features.iter().map(|f| (row_of(f), f.paths.clone())).collect::<BTreeSet<_>>()
        };
        assert_eq!(drawn(tile), drawn(&wanted[number]), "{:?}", tile_of(*number));
    }
}

#[test]
fn a_second_encoding_is_kept_where_it_pays_and_says_the_same() {
    use std::io::Read as _;
    // Words of a small stock: brotli packs these far better than gzip does.
    let mut random = Random(9);
    let words: Vec<String> = (0..400).map(|_| random.text(14)).collect();
    let mut table = city(3_000, 5);
    for (values, _) in &mut table.rows {
        let text: Vec<&str> = (0..6).map(|_| words[(random.next() % 400) as usize].as_str()).collect();
        values[1] = Value::Text(text.join("、"));
    }
    let release = table.publish();
    let gzip = release.tileset();
    let found = release.published.tileset.unwrap();
    let twin = Tileset::open(release.objects.map(&found.brotli.expect("it pays")).unwrap()).unwrap();
    assert_eq!(twin.tile_compression(), hiraku::publish::archive::TileCompression::Brotli);
    assert_eq!(gzip.tile_compression(), hiraku::publish::archive::TileCompression::Gzip);
    assert_eq!((gzip.entries().len(), gzip.metadata()), (twin.entries().len(), twin.metadata()));
    let (mut long, mut short) = (0, 0);
    for (ours, theirs) in gzip.entries().iter().zip(twin.entries()) {
        assert_eq!((ours.tile_id, ours.run_length), (theirs.tile_id, theirs.run_length));
        let (mut a, mut b) = (Vec::new(), Vec::new());
        flate2::read::GzDecoder::new(gzip.tile_of(ours).unwrap()).read_to_end(&mut a).unwrap();
        brotli::Decompressor::new(twin.tile_of(theirs).unwrap(), 4096).read_to_end(&mut b).unwrap();
        assert_eq!(a, b);
        long += ours.length;
        short += theirs.length;
    }
    assert!(short * 100 <= long * 93, "{short} of {long}");
    // Random letters pack no better one way or the other.
    assert!(city(2_000, 300).publish().published.tileset.unwrap().brotli.is_none());
}
