//! Positions in one cell, in metres and in the Tokyo Datum.

use super::*;

fn locator(headers: &[&str], position: Option<(usize, usize)>, publisher: &str, frame: Option<Bbox>) -> Locator {
    let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    Locator::new(&headers, position, MunicipalityCode::parse(publisher).ok(), frame)
}

fn at(locator: &mut Locator, cells: &[&str], read: Option<LonLat>) -> Option<Located> {
    let cells: Vec<Cell<'_>> = cells.iter().map(|cell| Cell::Text(cell)).collect();
    locator.locate(&Row { number: 1, cells: &cells, geometry: None }, read)
}

const YAIZU: Bbox = Bbox { west_deg: 138.1, south_deg: 34.6, east_deg: 138.5, north_deg: 35.1 };

#[test]
fn metres_are_placed_in_the_zone_of_the_city_whatever_their_order() {
    for (cells, order) in [(["-125700", "-16000"], "X=北"), (["-16,000.0", "-125,700.0m"], "X=東")] {
        let mut locator = locator(&["X座標", "Y座標(m)"], None, "222127", Some(YAIZU));
        assert!(locator.is_needed());
        let place = at(&mut locator, &cells, None).expect("a place").place;
        assert!((place.lon_deg() - 138.3246).abs() < 1e-3 && (place.lat_deg() - 34.8664).abs() < 1e-3);
        let findings = locator.findings(None, &["X座標".into(), "Y座標(m)".into()]);
        assert_eq!(findings[0].code, FindingCode::CoordinatePlane);
        assert!(findings[0].found.contains("第8系") && findings[0].found.contains(order), "{findings:?}");
    }
}

#[test]
fn metres_without_a_city_to_check_against_are_not_placed() {
    let mut without = locator(&["x", "y"], None, "000000", None);
    assert_eq!(at(&mut without, &["-125700", "-16000"], None), None);
    assert_eq!(without.findings(None, &[])[0].code, FindingCode::CoordinatePlaneUnknown);
    // A header that states the zone still wants the city to settle the order.
    let mut stated = locator(&["平面直角座標系第8系X", "平面直角座標系第8系Y"], None, "132012", Some(YAIZU));
    assert!(at(&mut stated, &["-125700", "-16000"], None).is_some());
    for blank in [["", ""], ["0", "0"], ["x", "1"], ["138.3", "34.8"], ["1e300", "5"], ["NaN", "inf"]] {
        assert_eq!(at(&mut stated, &blank, None), None, "{blank:?}");
    }
}

#[test]
fn a_column_or_a_header_that_names_the_tokyo_datum_shifts_the_position() {
    let read = LonLat::new(138.323_171, 34.866_918);
    let mut column = locator(&["緯度", "経度", "測地系"], Some((0, 1)), "222127", None);
    for (word, shifts) in [
        ("日本測地系", true),
        ("旧測地系", true),
        ("TOKYO", true),
        ("0", true),
        ("世界測地系", false),
        ("日本測地系2011", false),
        ("JGD2011", false),
        ("1", false),
        ("", false),
        (SHIFTED, false),
    ] {
        let located = at(&mut column, &["34.866918", "138.323171", word], read);
        assert_eq!(located.is_some_and(|located| located.is_shifted), shifts, "{word}");
    }
    let mut header = locator(&["緯度(日本測地系)", "経度(日本測地系)"], Some((0, 1)), "222127", None);
    let moved = at(&mut header, &["34.866918", "138.323171"], read).expect("shifted").place;
    assert!((moved.lat_deg() - 34.866_918 - 0.0032).abs() < 3e-4, "{moved:?}");
    assert!((moved.lon_deg() - 138.323_171 + 0.0031).abs() < 3e-4, "{moved:?}");
    assert_eq!(header.findings(None, &[])[0].code, FindingCode::DatumShifted);
}

#[test]
fn one_cell_may_hold_both() {
    let mut locator = locator(&["名称", "緯度・経度"], None, "222127", None);
    for cell in ["34.866918,138.323171", "138.323171 34.866918", "（34.866918、138.323171）"] {
        assert_eq!(at(&mut locator, &["a", cell], None).map(|at| at.place), LonLat::new(138.323_171, 34.866_918));
    }
    assert_eq!(at(&mut locator, &["a", "市役所前"], None), None);
}

#[test]
fn a_column_that_may_hold_both_counts_where_nothing_else_says_the_position() {
    let place = LonLat::new(134.045_23, 34.340_92);
    let mut alone = locator(&["名称", "location"], None, "372013", None);
    assert_eq!(at(&mut alone, &["a", "34.34092,134.04523"], None).map(|at| at.place), place);
    assert_eq!(at(&mut alone, &["a", "1階ロビー"], None), None);
    let mut beside = locator(&["位置情報", "X座標(第4系)", "Y座標(第4系)"], None, "372013", None);
    let metres = at(&mut beside, &["34.34092,134.04523", "148300.0", "50000.0"], None);
    assert_ne!(metres.map(|at| at.place), place, "metres of a zone are surer than a word");
}

#[test]
fn every_prefecture_has_its_zones() {
    for prefecture in 1..=47 {
        assert!(!zones_of(prefecture).is_empty(), "{prefecture}");
    }
    assert!(zones_of(0).is_empty() && zones_of(48).is_empty());
    assert_eq!((zones_of(24), zones_of(14), zones_of(22)), (&[6][..], &[9][..], &[8][..]));
}
