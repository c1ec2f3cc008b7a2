//! Coordinate systems as files state them: EPSG codes, names and the text of a `.prj`.

use super::Crs;
use super::wkt::{self, Node};

/// Origins of the plane-rectangular zones 1–19 (平面直角座標系, 平成14年国土交通省告示第9号): latitude and longitude, degrees.
pub(crate) const ZONES: [(f64, f64); 19] = [
    (33.0, 129.5),
    (33.0, 131.0),
    (36.0, 132.0 + 10.0 / 60.0),
    (33.0, 133.5),
    (36.0, 134.0 + 20.0 / 60.0),
    (36.0, 136.0),
    (36.0, 137.0 + 10.0 / 60.0),
    (36.0, 138.5),
    (36.0, 139.0 + 50.0 / 60.0),
    (40.0, 140.0 + 50.0 / 60.0),
    (44.0, 140.25),
    (44.0, 142.25),
    (44.0, 144.25),
    (26.0, 142.0),
    (26.0, 127.5),
    (26.0, 124.0),
    (26.0, 131.0),
    (20.0, 136.0),
    (26.0, 154.0),
];

/// A written origin differs from the true one by less than this: a second of arc is 0.00028, and zones lie 0.5 apart.
const ORIGIN_TOLERANCE_DEG: f64 = 0.001;

/// The system of an EPSG code; `None` where it is not one of those read.
pub(super) fn from_epsg(code: u32) -> Option<Crs> {
    let zone = |first: u32| u8::try_from(code - first + 1).ok();
    Some(match code {
        // WGS84, JGD2000, JGD2011, each also with heights or as a compound.
        4326 | 4979 | 4612 | 4947 | 6668 | 6667 | 6695..=6697 => Crs::Geographic,
        4301 => Crs::GeographicTokyo,
        2443..=2461 => Crs::PlaneRectangular(zone(2443)?),
        6669..=6687 => Crs::PlaneRectangular(zone(6669)?),
        // Zones 1–13 of JGD2011 as compounds with heights.
        10_162..=10_174 => Crs::PlaneRectangular(zone(10_162)?),
        30161..=30179 => Crs::PlaneRectangularTokyo(zone(30161)?),
        // UTM of WGS84, JGD2000, JGD2011, Tokyo; the Japanese ones end at zone 55.
        32_651..=32_656 => Crs::Utm(zone(32_651)? + 50),
        3097..=3101 => Crs::Utm(zone(3097)? + 50),
        6688..=6692 => Crs::Utm(zone(6688)? + 50),
        3092..=3096 => Crs::UtmTokyo(zone(3092)? + 50),
        3857 | 3785 | 900_913 | 102_100 | 102_113 => Crs::WebMercator,
        _ => return None,
    })
}

/// The system a name states: `urn:ogc:def:crs:OGC:1.3:CRS84`, `EPSG:6668`, `http://www.opengis.net/def/crs/EPSG/0/4326`.
pub(super) fn from_name(name: &str) -> Crs {
    let upper = name.to_ascii_uppercase();
    if upper.contains("CRS84") {
        return Crs::Geographic;
    }
    let code = upper.rsplit([':', '/', '#']).next().and_then(|last| last.trim().parse().ok());
    let stated = if upper.contains("EPSG") { code.and_then(from_epsg) } else { None };
    stated.unwrap_or_else(|| Crs::Unknown(name.to_owned()))
}

/// The system of a `.prj`. Parameters decide before names, since programs name one system in many ways.
pub(super) fn from_prj(bytes: &[u8]) -> Crs {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{FEFF}').trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if text.is_empty() {
        return Crs::Missing;
    }
    let Some(root) = wkt::parse(text) else { return from_name(text) };
    from_node(&root).unwrap_or_else(|| Crs::Unknown(root.name().unwrap_or(text).to_owned()))
}

fn from_node(root: &Node) -> Option<Crs> {
    match root.keyword.as_str() {
        "COMPD_CS" | "COMPOUNDCRS" | "BOUNDCRS" | "SOURCECRS" => {
            root.children().find_map(|child| if child.is_system() { from_node(child) } else { None })
        }
        "GEOGCS" | "GEOGCRS" | "GEODCRS" | "GEOGRAPHICCRS" | "GEODETICCRS" => match datum(root)? {
            Datum::Modern => Some(Crs::Geographic),
            Datum::Tokyo => Some(Crs::GeographicTokyo),
        },
        "PROJCS" | "PROJCRS" | "PROJECTEDCRS" => projected(root),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Datum {
    /// JGD2000, JGD2011 or WGS84.
    Modern,
    /// The old Tokyo Datum on Bessel's ellipsoid.
    Tokyo,
}

fn datum(node: &Node) -> Option<Datum> {
    let datum = node.find(&["DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE"])?;
    let name = datum.name()?.to_ascii_uppercase();
    let spheroid = datum.find(&["SPHEROID", "ELLIPSOID"]).and_then(Node::name).unwrap_or_default().to_ascii_uppercase();
    let modern = ["JGD", "JAPANESE_GEODETIC", "JAPANESE GEODETIC", "WGS", "WORLD GEODETIC", "ITRF"];
    if name.contains("TOKYO") {
        Some(Datum::Tokyo)
    } else if modern.iter().any(|word| name.contains(word)) || spheroid.contains("WGS") {
        Some(Datum::Modern)
    } else {
        None
    }
}

fn projected(root: &Node) -> Option<Crs> {
    // Only the code of the root itself counts: units and datums carry codes of their own.
    let code = root.children().filter(|child| matches!(child.keyword.as_str(), "AUTHORITY" | "ID"));
    let code = code.filter_map(|child| child.number_or_text(1)).find_map(|text| text.parse().ok());
    if let Some(known) = code.and_then(from_epsg) {
        return Some(known);
    }
    let method = root.find(&["PROJECTION", "METHOD"]).and_then(Node::name).unwrap_or_default();
    let method = method.to_ascii_uppercase().replace(['_', ' '], "");
    let name = root.name().unwrap_or_default();
    if method.contains("PSEUDO-MERCATOR") || method.contains("PSEUDOMERCATOR") || method.contains("AUXILIARYSPHERE") {
        return Some(Crs::WebMercator);
    }
    let zone = if method.contains("TRANSVERSEMERCATOR") || method.contains("GAUSSKRUGER") {
        if let Some(zone) = utm_by_parameters(root) {
            return Some(if datum(root)? == Datum::Tokyo { Crs::UtmTokyo(zone) } else { Crs::Utm(zone) });
        }
        zone_by_parameters(root)?
    } else if method.is_empty() {
        zone_by_name(name)?
    } else {
        return None;
    };
    match datum(root) {
        Some(Datum::Tokyo) => Some(Crs::PlaneRectangularTokyo(zone)),
        Some(Datum::Modern) => Some(Crs::PlaneRectangular(zone)),
        None => None,
    }
}

/// The parameters of a transverse Mercator projection, degrees and metres.
struct Parameters {
    latitude: f64,
    longitude: f64,
    scale: f64,
    false_easting: f64,
    false_northing: f64,
}

/// `None` where one is missing or lengths are in anything but metres.
fn parameters(root: &Node) -> Option<Parameters> {
    let value = |names: &[&str]| {
        root.all("PARAMETER").into_iter().find_map(|node| {
            let name = node.name()?.to_ascii_lowercase().replace(' ', "_");
            if names.contains(&name.as_str()) { node.number_or_text(1)?.parse::<f64>().ok() } else { None }
        })
    };
    let metre = root.children().filter(|child| matches!(child.keyword.as_str(), "UNIT" | "LENGTHUNIT"));
    let is_metre = metre
        .filter_map(|child| child.number_or_text(1)?.parse::<f64>().ok())
        .all(|factor| (factor - 1.0).abs() < 1e-9);
    is_metre.then_some(())?;
    Some(Parameters {
        longitude: value(&["central_meridian", "longitude_of_natural_origin", "longitude_of_center"])?,
        latitude: value(&["latitude_of_origin", "latitude_of_natural_origin"])?,
        scale: value(&["scale_factor", "scale_factor_at_natural_origin"])?,
        false_easting: value(&["false_easting"]).unwrap_or(0.0),
        false_northing: value(&["false_northing"]).unwrap_or(0.0),
    })
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < ORIGIN_TOLERANCE_DEG
}

fn zone_by_parameters(root: &Node) -> Option<u8> {
    let found = parameters(root)?;
    if found.false_easting != 0.0 || found.false_northing != 0.0 || (found.scale - 0.9999).abs() > 1e-7 {
        return None;
    }
    let index = ZONES.iter().position(|(lat, lon)| near(*lat, found.latitude) && near(*lon, found.longitude))?;
    u8::try_from(index + 1).ok()
}

/// UTM zone 51–56: central meridians 123°, 129° … 153°, 500 km of false easting, scale 0.9996.
fn utm_by_parameters(root: &Node) -> Option<u8> {
    let found = parameters(root)?;
    let is_utm = (found.scale - 0.9996).abs() < 1e-7
        && near(found.latitude, 0.0)
        && (found.false_easting - 500_000.0).abs() < 1e-3
        && found.false_northing == 0.0;
    (51..=56_u8).find(|zone| is_utm && near(f64::from(*zone) * 6.0 - 183.0, found.longitude))
}

/// The zone a name states: `Japan Plane Rectangular CS VIII`, `JGD_2011_Japan_Zone_8`, `平面直角座標系第8系`.
pub(super) fn zone_by_name(name: &str) -> Option<u8> {
    let upper = name.to_uppercase().replace(['_', ' '], "");
    let rest = ["PLANERECTANGULARCS", "JAPANZONE", "平面直角座標系第", "平面直角座標系"].iter().find_map(|word| {
        let at = upper.find(word)?;
        upper.get(at + word.len()..)
    })?;
    let roman: String = rest.chars().take_while(|c| matches!(c, 'I' | 'V' | 'X')).collect();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let numerals = [
        "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII",
        "XVIII", "XIX",
    ];
    let by_roman = numerals.iter().position(|numeral| *numeral == roman).and_then(|index| u8::try_from(index + 1).ok());
    by_roman.or_else(|| digits.parse().ok().filter(|zone| (1..=19).contains(zone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JGD2000_8: &str = r#"PROJCS["JGD_2000_Japan_Zone_8",GEOGCS["GCS_JGD_2000",DATUM["D_JGD_2000",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",138.5],PARAMETER["Scale_Factor",0.9999],PARAMETER["Latitude_Of_Origin",36.0],UNIT["Meter",1.0]]"#;

    #[test]
    fn zones_are_recognised_by_their_parameters() {
        assert_eq!(from_prj(JGD2000_8.as_bytes()), Crs::PlaneRectangular(8));
        let renamed =
            JGD2000_8.replace("JGD_2000_Japan_Zone_8", "日本測地系の何か").replace("138.5", "139.833333333333");
        assert_eq!(from_prj(renamed.as_bytes()), Crs::PlaneRectangular(9));
        let tokyo = JGD2000_8.replace("D_JGD_2000", "D_Tokyo");
        assert_eq!(from_prj(tokyo.as_bytes()), Crs::PlaneRectangularTokyo(8));
        let scaled = JGD2000_8.replace("0.9999", "0.9996");
        assert!(matches!(from_prj(scaled.as_bytes()), Crs::Unknown(name) if name == "JGD_2000_Japan_Zone_8"));
        for (zone, meridian) in [(51, "123.0"), (53, "135"), (54, "141.0"), (56, "153.0")] {
            let utm = scaled
                .replace("\"False_Easting\",0.0", "\"False_Easting\",500000.0")
                .replace("\"Latitude_Of_Origin\",36.0", "\"Latitude_Of_Origin\",0.0")
                .replace("138.5", meridian);
            assert_eq!(from_prj(utm.as_bytes()), Crs::Utm(zone));
            assert_eq!(from_prj(utm.replace("D_JGD_2000", "D_Tokyo").as_bytes()), Crs::UtmTokyo(zone));
        }
        let shifted = JGD2000_8.replace("\"False_Easting\",0.0", "\"False_Easting\",500000.0");
        assert!(matches!(from_prj(shifted.as_bytes()), Crs::Unknown(_)));
    }

    #[test]
    fn every_zone_is_known_by_code_and_origin() {
        for zone in 1..=19_u8 {
            for first in [2443, 6669] {
                assert_eq!(from_epsg(first + u32::from(zone) - 1), Some(Crs::PlaneRectangular(zone)));
            }
            assert_eq!(from_epsg(30161 + u32::from(zone) - 1), Some(Crs::PlaneRectangularTokyo(zone)));
            let (lat, lon) = ZONES[usize::from(zone) - 1];
            let text = JGD2000_8.replace("138.5", &lon.to_string()).replace("36.0", &lat.to_string());
            assert_eq!(from_prj(text.as_bytes()), Crs::PlaneRectangular(zone));
        }
    }

    #[test]
    fn geographic_systems_differ_by_datum() {
        for (datum, expected) in [
            ("D_JGD_2011", Crs::Geographic),
            ("Japanese Geodetic Datum 2011", Crs::Geographic),
            ("D_WGS_1984", Crs::Geographic),
            ("D_Tokyo", Crs::GeographicTokyo),
        ] {
            let text = format!(
                "GEOGCS[\"x\",DATUM[\"{datum}\",SPHEROID[\"y\",6378137,298.25]],PRIMEM[\"Greenwich\",0],UNIT[\"Degree\",0.017]]"
            );
            assert_eq!(from_prj(text.as_bytes()), expected, "{datum}");
        }
    }

    #[test]
    fn names_state_systems() {
        assert_eq!(from_name("urn:ogc:def:crs:OGC:1.3:CRS84"), Crs::Geographic);
        assert_eq!(from_name("urn:ogc:def:crs:EPSG::6676"), Crs::PlaneRectangular(8));
        assert_eq!(from_name("EPSG:4301"), Crs::GeographicTokyo);
        assert_eq!(from_name("urn:ogc:def:crs:EPSG::32653"), Crs::Utm(53));
        assert_eq!(from_name("EPSG:6690"), Crs::Utm(53));
        assert_eq!(from_name("EPSG:2193"), Crs::Unknown("EPSG:2193".into()));
        assert_eq!(zone_by_name("JGD2011 / Japan Plane Rectangular CS XIV"), Some(14));
        assert_eq!(zone_by_name("平面直角座標系第8系"), Some(8));
    }

    #[test]
    fn broken_wkt_is_unknown_and_blank_is_missing() {
        assert_eq!(from_prj(b" \r\n"), Crs::Missing);
        assert!(matches!(from_prj(b"PROJCS[\"a\",[[[["), Crs::Unknown(_)));
        assert!(matches!(from_prj("GEOGCS[".repeat(100_000).as_bytes()), Crs::Unknown(_)));
    }
}
