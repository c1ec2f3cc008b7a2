//! Geometry: one case for each repair, and what must hold for any ring.

use geo::Area as _;
use geo_types::{line_string, point, polygon};
use proptest::prelude::*;

use super::*;
use crate::read::Crs;

fn placed(geometry: impl Into<Geometry<f64>>) -> Placed {
    place(&geometry.into(), &Projector::new(&Crs::Geographic).expect("degrees"))
}

#[test]
fn sound_geometry_passes_untouched() {
    let geometry: Geometry<f64> = point!(x: 138.3, y: 34.8).into();
    assert_eq!(placed(geometry.clone()), Placed { geometry: Some(geometry), remarks: vec![] });
}

#[test]
fn outer_rings_turn_counter_clockwise_and_repeated_points_go() {
    let clockwise = polygon![
        (x: 138.0, y: 34.0), (x: 138.0, y: 35.0), (x: 138.0, y: 35.0), (x: 139.0, y: 35.0), (x: 139.0, y: 34.0),
    ];
    let result = placed(clockwise);
    let Some(Geometry::Polygon(area)) = &result.geometry else { panic!("a polygon") };
    assert_eq!(area.exterior().0.len(), 5);
    assert!(doubled_area(&area.exterior().0) > 0.0);
    assert_eq!(result.remarks, vec![(FindingCode::GeometryRepaired, "連続する同じ点を除いた数 1".to_owned())]);
}

#[test]
fn parts_without_area_are_dropped_and_an_empty_rest_is_named() {
    let spike = polygon![(x: 138.0, y: 34.0), (x: 138.0, y: 35.0), (x: 138.0, y: 34.5)];
    let result = placed(spike.clone());
    assert_eq!(result.geometry, None);
    assert_eq!(result.remarks.last().map(|remark| remark.0), Some(FindingCode::GeometryEmpty));
    let square = polygon![(x: 138.0, y: 34.0), (x: 139.0, y: 34.0), (x: 139.0, y: 35.0), (x: 138.0, y: 35.0)];
    let mixed = placed(MultiPolygon(vec![spike, square]));
    assert!(matches!(mixed.geometry, Some(Geometry::MultiPolygon(areas)) if areas.0.len() == 1));
    assert_eq!(placed(MultiPolygon(vec![])).remarks[0].0, FindingCode::GeometryEmpty);
}

#[test]
fn crossings_are_named_and_left() {
    let bow = polygon![(x: 138.0, y: 34.0), (x: 139.0, y: 35.0), (x: 139.0, y: 34.0), (x: 138.0, y: 35.5)];
    let result = placed(bow);
    assert!(result.geometry.is_some());
    assert_eq!(result.remarks[0].0, FindingCode::GeometryInvalid);
}

#[test]
fn a_bow_tie_without_signed_area_is_kept_and_named() {
    let bow = polygon![(x: 138.0, y: 34.0), (x: 139.0, y: 35.0), (x: 139.0, y: 34.0), (x: 138.0, y: 35.0)];
    let result = placed(bow);
    assert!(result.geometry.is_some());
    assert_eq!(result.remarks[0].0, FindingCode::GeometryInvalid);
    let there_and_back = polygon![
        (x: 138.0, y: 34.0), (x: 139.0, y: 35.0), (x: 138.0, y: 34.0), (x: 139.0, y: 35.0), (x: 138.0, y: 34.0),
    ];
    assert_eq!(placed(there_and_back).geometry, None);
}

#[test]
fn what_is_no_number_or_not_in_japan_is_not_placed() {
    assert_eq!(placed(point!(x: f64::NAN, y: 34.0)).remarks[0].0, FindingCode::GeometryNotFinite);
    assert_eq!(placed(point!(x: 0.0, y: 0.0)).remarks[0].0, FindingCode::GeometryOutsideJapan);
    let line = line_string![(x: 138.0, y: 34.0), (x: 138.0, y: 34.0)];
    assert_eq!(placed(line).geometry, None);
}

fn areas(result: &Placed) -> Vec<Polygon<f64>> {
    match &result.geometry {
        Some(Geometry::Polygon(area)) => vec![area.clone()],
        Some(Geometry::MultiPolygon(areas)) => areas.0.clone(),
        other => panic!("areas, not {other:?}"),
    }
}

fn said(result: &Placed, code: FindingCode, words: &str) -> bool {
    result.remarks.iter().any(|(found, text)| *found == code && text.contains(words))
}

#[test]
fn spikes_fall_out_and_the_area_stays() {
    // Out and back from a corner, along an edge, and over the seam of the ring.
    for ring in [
        vec![(0, 0), (4, 0), (6, 0), (4, 0), (4, 4), (0, 4)],
        vec![(0, 0), (4, 0), (4, 4), (4, 9), (4, 4), (0, 4)],
        vec![(0, 0), (4, 0), (4, 4), (0, 4), (0, 0), (-3, 0)],
        vec![(0, 0), (6, 0), (4, 0), (4, 4), (0, 4)],
    ] {
        let ring: Vec<Coord<f64>> = ring.into_iter().map(at).collect();
        let result = placed(Polygon::new(LineString(ring.clone()), vec![]));
        let area = areas(&result);
        assert_eq!(area.len(), 1, "{ring:?}");
        assert!((area[0].unsigned_area() - 16.0 * 0.01 * 0.01).abs() < 1e-12, "{ring:?}");
        assert_eq!(area[0].exterior().0.len(), 5, "{ring:?}");
        assert!(said(&result, FindingCode::GeometryRepaired, "スパイク"), "{:?}", result.remarks);
        assert!(!said(&result, FindingCode::GeometryInvalid, ""));
    }
}

/// A corner of a small grid in the middle of Japan.
fn at((x, y): (i32, i32)) -> Coord<f64> {
    Coord { x: 138.0 + f64::from(x) * 0.01, y: 34.0 + f64::from(y) * 0.01 }
}

#[test]
fn areas_that_meet_in_a_point_are_told_apart() {
    // Two squares of one turn that share a corner, drawn as one ring.
    let ring = [(0, 0), (2, 0), (2, 2), (4, 2), (4, 4), (2, 4), (2, 2), (0, 2)].map(at).to_vec();
    let result = placed(Polygon::new(LineString(ring), vec![]));
    let parts = areas(&result);
    assert_eq!(parts.len(), 2);
    assert!((parts.iter().map(geo::Area::unsigned_area).sum::<f64>() - 8.0 * 1e-4).abs() < 1e-12);
    assert!(said(&result, FindingCode::GeometryRepaired, "接する輪"));
}

#[test]
fn a_hole_drawn_into_the_outer_ring_becomes_a_hole() {
    // An outer ring that runs in from a corner around a hole and out again.
    let ring = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0), (1, 2), (2, 2), (2, 1)].map(at).to_vec();
    let result = placed(Polygon::new(LineString(ring.clone()), vec![]));
    let parts = areas(&result);
    assert_eq!((parts.len(), parts[0].interiors().len()), (1, 1), "{parts:?}");
    let before = doubled_area(&clean::close(&ring).0).abs() / 2.0;
    assert!((parts[0].unsigned_area() - before).abs() < 1e-12);
}

#[test]
fn a_bow_tie_with_a_point_at_its_knot_is_kept_and_named() {
    let ring = [(0, 0), (2, 2), (4, 4), (4, 0), (2, 2), (0, 4)].map(at).to_vec();
    let result = placed(Polygon::new(LineString(ring), vec![]));
    assert_eq!(areas(&result).len(), 1);
    assert!(said(&result, FindingCode::GeometryInvalid, "接して"), "{:?}", result.remarks);
}

#[test]
fn holes_outside_and_shells_inside_are_kept_and_named() {
    let square = |x: i32, y: i32, side: i32| {
        LineString([(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)].map(at).to_vec())
    };
    let outside = placed(Polygon::new(square(0, 0, 4), vec![square(6, 6, 1)]));
    assert_eq!(areas(&outside)[0].interiors().len(), 1);
    assert!(said(&outside, FindingCode::GeometryInvalid, "穴が外側の輪の外"));
    let inside =
        placed(MultiPolygon(vec![Polygon::new(square(0, 0, 4), vec![]), Polygon::new(square(1, 1, 1), vec![])]));
    assert_eq!(areas(&inside).len(), 2);
    assert!(said(&inside, FindingCode::GeometryInvalid, "重なって"));
    // An island in a lake is sound, whatever the order of the parts.
    let island = placed(MultiPolygon(vec![
        Polygon::new(square(2, 2, 1), vec![]),
        Polygon::new(square(0, 0, 9), vec![square(1, 1, 4)]),
    ]));
    assert_eq!(island.remarks, vec![]);
    let doubled = placed(MultiPolygon(vec![
        Polygon::new(square(0, 0, 4), vec![]),
        Polygon::new(square(7, 7, 1), vec![]),
        Polygon::new(square(0, 0, 4), vec![]),
    ]));
    assert_eq!(areas(&doubled).len(), 2);
    assert!(said(&doubled, FindingCode::GeometryRepaired, "二重"));
}

proptest! {
    #[test]
    fn any_ring_keeps_its_signed_area_and_comes_out_the_same_when_read_again(
        points in prop::collection::vec((0..6_i32, 0..6_i32), 0..24),
        hole in prop::collection::vec((0..6_i32, 0..6_i32), 0..8),
    ) {
        let ring: Vec<Coord<f64>> = points.into_iter().map(at).collect();
        let hole: Vec<Coord<f64>> = hole.into_iter().map(at).collect();
        let before = doubled_area(&clean::close(&ring).0).abs() / 2.0;
        let only = placed(Polygon::new(LineString(ring.clone()), vec![]));
        if let Some(geometry) = &only.geometry {
            let after: f64 = match geometry {
                Geometry::Polygon(area) => doubled_area(&area.exterior().0) / 2.0
                    + area.interiors().iter().map(|hole| doubled_area(&hole.0) / 2.0).sum::<f64>(),
                Geometry::MultiPolygon(areas) => areas.0.iter().map(|area| {
                    doubled_area(&area.exterior().0) / 2.0
                        + area.interiors().iter().map(|hole| doubled_area(&hole.0) / 2.0).sum::<f64>()
                }).sum(),
                other => { prop_assert!(false, "{:?}", other); 0.0 }
            };
            prop_assert!((after.abs() - before).abs() < 1e-9, "{} {}", before, after);
            let again = placed(geometry.clone());
            prop_assert_eq!(again.geometry.as_ref(), Some(geometry));
            prop_assert!(!again.remarks.iter().any(|(code, _)| *code == FindingCode::GeometryRepaired), "{:?}", again.remarks);
        } else {
            prop_assert!(before < 1e-9);
        }
        let _ = placed(Polygon::new(LineString(ring), vec![LineString(hole)]));
    }

    #[test]
    fn any_numbers_are_placed_or_named(values in prop::collection::vec(any::<f64>(), 0..40)) {
        let points: Vec<Coord<f64>> = values.chunks_exact(2).map(|pair| Coord { x: pair[0], y: pair[1] }).collect();
        let result = placed(Polygon::new(LineString(points.clone()), vec![LineString(points)]));
        prop_assert!(result.geometry.is_some() || !result.remarks.is_empty());
    }
}
