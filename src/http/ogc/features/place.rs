//! Places in requests: `bbox=`, `near=` and `radius=`.

use crate::model::lonlat::{Bbox, LonLat};
use crate::store::condition::Condition;

/// Half of the greatest circle around the earth: everything is nearer.
const RADIUS_CAP_M: f64 = 20_037_509.0;

fn numbers(text: &str) -> Option<Vec<f64>> {
    // More than six numbers are wrong anyway.
    text.split(',').take(7).map(|part| part.trim().parse::<f64>().ok().filter(|number| number.is_finite())).collect()
}

/// Reads `bbox=` (OGC 17-069r4, §7.15.3): west, south, east, north in degrees, or with least and greatest height, which
/// no feature has. A box whose west lies east of its east reaches over the 180th meridian.
///
/// # Errors
/// What is expected, in Japanese and English.
pub fn boxes(text: &str) -> Result<Vec<Bbox>, String> {
    let wrong = || {
        "bbox= は西端の経度,南端の緯度,東端の経度,北端の緯度の順に4つ（高さを含めて6つ）の数で指定してください / \
         bbox= has four numbers, west,south,east,north in degrees, or six with heights"
            .to_owned()
    };
    let numbers = numbers(text).ok_or_else(wrong)?;
    let [west, south, east, north] = match numbers.as_slice() {
        [west, south, east, north] => [*west, *south, *east, *north],
        [west, south, low, east, north, high] if low <= high => [*west, *south, *east, *north],
        _ => return Err(wrong()),
    };
    if LonLat::new(west, south).is_none() || LonLat::new(east, north).is_none() || south > north {
        return Err(wrong());
    }
    let part = |west_deg, east_deg| Bbox { west_deg, south_deg: south, east_deg, north_deg: north };
    Ok(if west <= east { vec![part(west, east)] } else { vec![part(west, 180.0), part(-180.0, east)] })
}

/// The condition of these boxes. `unplaced`: whether the table has records without geometry, which a box matches too
/// (requirement /req/core/fc-bbox-response C).
pub fn within(boxes: Vec<Bbox>, unplaced: bool) -> Condition {
    let mut parts: Vec<Condition> = boxes.into_iter().map(Condition::Meets).collect();
    if unplaced {
        parts.push(Condition::Unplaced);
    }
    if parts.len() == 1 { parts.remove(0) } else { Condition::Any(parts) }
}

/// Reads `near=`: longitude and latitude.
///
/// # Errors
/// What is expected, in Japanese and English.
pub fn near(text: &str) -> Result<LonLat, String> {
    let at = match numbers(text).as_deref() {
        Some([lon, lat]) => LonLat::new(*lon, *lat),
        _ => None,
    };
    at.ok_or_else(|| {
        "near= は経度,緯度の順に2つの数で指定してください（例: near=138.32,34.86） / near= has two numbers, longitude,latitude \
         in degrees"
            .to_owned()
    })
}

/// Reads `radius=`: metres, more than none.
///
/// # Errors
/// What is expected, in Japanese and English.
pub fn radius_m(text: &str) -> Result<f64, String> {
    match numbers(text).as_deref() {
        Some([metres]) if *metres > 0.0 && *metres <= RADIUS_CAP_M => Ok(*metres),
        _ => {
            Err("radius= は0より大きい数（メートル）で指定してください / radius= is a number of metres greater than 0"
                .to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_have_four_or_six_numbers_and_may_cross_the_180th_meridian() {
        let bbox = |text: &str| boxes(text).ok();
        assert_eq!(bbox("138,34,139,35").map(|boxes| boxes.len()), Some(1));
        assert_eq!(bbox("138,34,-10,139,35,10"), bbox("138,34,139,35"));
        assert_eq!(bbox("138,34,138,34").map(|boxes| boxes.len()), Some(1));
        let over = bbox("170,-10,-170,10").expect("two boxes");
        assert_eq!((over[0].east_deg, over[1].west_deg, over.len()), (180.0, -180.0, 2));
        for wrong in [
            "",
            "1",
            "1,2,3",
            "1,2,3,4,5",
            "1,2,3,4,5,6,7",
            "a,b,c,d",
            "138,35,139,34",
            "181,0,182,1",
            "0,-91,1,0",
            "NaN,0,1,1",
            "0,0,inf,1",
            "0,0,1e999,1",
            "138,34,10,139,35,-10",
            "138;34;139;35",
        ] {
            assert_eq!(bbox(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn positions_and_radii_are_on_the_earth() {
        assert!(near("138.3,34.8").is_ok() && near("138.3, 34.8").is_ok());
        for wrong in ["", "138.3", "34.8,138.3", "138.3,34.8,1", "x,y", "NaN,0"] {
            assert!(near(wrong).is_err(), "{wrong}");
        }
        assert_eq!(radius_m("500"), Ok(500.0));
        for wrong in ["", "0", "-1", "1e9", "inf", "500m", "1,2"] {
            assert!(radius_m(wrong).is_err(), "{wrong}");
        }
    }
}
