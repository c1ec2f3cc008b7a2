//! Positions that are not plain columns of latitude and longitude in the world datum: both in one cell, metres of a
//! plane-rectangular zone, the old Tokyo Datum stated by a column or a header.

#[cfg(test)]
mod tests;

use geo_types::Coord;

use crate::model::code::MunicipalityCode;
use crate::model::finding::{Finding, FindingCode, Place};
use crate::model::lonlat::{Bbox, LonLat};
use crate::read::{Cell, Crs, Row};
use crate::schema::fold_header;

use super::coordinate;
use super::crs::Projector;
use super::text;

/// What the datum column says once a position was shifted. It names the world datum, so that reading our own file again shifts
/// nothing.
pub(super) const SHIFTED: &str = "世界測地系(日本測地系から変換、±10m)";

/// The word in the column of levels for a shifted position.
pub(super) const SHIFTED_LEVEL: &str = "変換(±10m)";

/// Metres from a zone's origin that a place in Japan can have: zones reach 130 km to each side, the longest about 900 km to
/// the north and south.
const PLANE_LIMIT_M: f64 = 1_000_000.0;

/// Headers of a column that holds latitude and longitude together, folded.
const COMBINED: &[&str] = &[
    "緯度経度",
    "緯度,経度",
    "経度緯度",
    "経度,緯度",
    "緯度-経度",
    "座標情報",
    "latitude,longitude",
    "longitude,latitude",
    "座標",
    "位置座標",
    "緯度経度座標",
    "latlng",
    "latlon",
    "lat,lng",
    "lat,lon",
    "lonlat",
    "geopoint",
    "geo-point",
    "位置情報(緯度経度)",
    "位置情報(緯度,経度)",
];

/// Headers that may stand for such a column (`LinkData` writes `34.35,134.04` under `location`) or for words: they count
/// where nothing else says where the rows are.
const PERHAPS_COMBINED: &[&str] =
    &["location", "位置情報", "位置", "地点", "geo", "geometry", "coordinates", "coordinate"];

/// The zones of a prefecture (平面直角座標系, 平成14年国土交通省告示第9号). Several where a prefecture lies in several: islands of
/// 東京都, 鹿児島県 and 沖縄県, and parts of 北海道.
fn zones_of(prefecture: u8) -> &'static [u8] {
    match prefecture {
        1 => &[11, 12, 13],
        2..=6 => &[10],
        13 => &[9, 14, 18, 19],
        7..=14 => &[9],
        15 | 19 | 20 | 22 => &[8],
        16 | 17 | 21 | 23 => &[7],
        18 | 24..=27 | 29 | 30 => &[6],
        28 | 31 | 33 => &[5],
        32 | 34 | 35 => &[3],
        36..=39 => &[4],
        42 => &[1],
        40 | 41 | 43..=45 => &[2],
        46 => &[1, 2],
        47 => &[15, 16, 17],
        _ => &[],
    }
}

/// Columns of metres.
#[derive(Debug)]
struct Plane {
    x: usize,
    y: usize,
    /// Zones that come into question, most with one.
    zones: Vec<u8>,
    /// The zone and whether X is north, once a row has settled them.
    settled: Option<(u8, bool, Projector)>,
}

/// How one table states its positions.
#[derive(Debug, Default)]
pub(super) struct Locator {
    /// The cell of a column 測地系.
    datum: Option<usize>,
    /// Whether the headers of the coordinates name the Tokyo Datum.
    is_tokyo: bool,
    combined: Option<usize>,
    plane: Option<Plane>,
    frame: Option<Bbox>,
    tokyo: Option<Projector>,
    shifted: u64,
    by_plane: u64,
    unsettled: u64,
}

/// A position, and how it came about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Located {
    pub(super) place: LonLat,
    /// Whether it was shifted from the Tokyo Datum; the cell of the column that said so, where one did.
    pub(super) is_shifted: bool,
}

impl Locator {
    /// Looks at the headers; `position` are the cells of latitude and longitude, where there are such columns.
    pub(super) fn new(
        headers: &[String],
        position: Option<(usize, usize)>,
        publisher: Option<MunicipalityCode>,
        frame: Option<Bbox>,
    ) -> Self {
        let folded: Vec<String> = headers.iter().map(|header| fold_header(header)).collect();
        let is_datum = |header: &str| {
            matches!(
                header,
                "測地系" | "測地系区分" | "座標系" | "測地系名" | "測地系種別" | "datum" | "緯度経度の測地系"
            )
        };
        let header_says = |cell: usize| folded.get(cell).is_some_and(|header| is_tokyo(header));
        let combined = match position {
            Some(_) => None,
            None => folded.iter().position(|header| COMBINED.contains(&header.as_str())),
        };
        let plane = if position.is_none() && combined.is_none() { Plane::of(&folded, publisher) } else { None };
        let combined = combined.or_else(|| {
            let is_open = position.is_none() && plane.is_none();
            folded.iter().position(|header| is_open && PERHAPS_COMBINED.contains(&header.as_str()))
        });
        Self {
            datum: folded.iter().position(|header| is_datum(header)),
            is_tokyo: position.is_some_and(|(lat, lon)| header_says(lat) && header_says(lon)),
            combined,
            plane,
            frame,
            tokyo: Projector::new(&Crs::GeographicTokyo),
            ..Self::default()
        }
    }

    /// The cell of the column 測地系.
    pub(super) fn datum(&self) -> Option<usize> {
        self.datum
    }

    /// Whether there is anything to do beyond latitude and longitude.
    pub(super) fn is_needed(&self) -> bool {
        self.datum.is_some() || self.is_tokyo || self.combined.is_some() || self.plane.is_some()
    }

    /// Whether positions may be shifted.
    pub(super) fn may_shift(&self) -> bool {
        self.datum.is_some() || self.is_tokyo
    }

    /// The position of a row: `read` is what its latitude and longitude say. `None` where nothing but `read` is known.
    pub(super) fn locate(&mut self, row: &Row<'_>, read: Option<LonLat>) -> Option<Located> {
        let cell = |at: usize| row.cells.get(at).map_or("", |cell: &Cell<'_>| cell.text());
        let place = match (read, self.combined, &mut self.plane) {
            (Some(place), _, _) => Some(place),
            (None, Some(at), _) => coordinate::combined(cell(at), self.frame),
            (None, None, Some(plane)) => {
                let place = plane.place(cell(plane.x), cell(plane.y), self.frame);
                match place {
                    Placing::Placed(_) => self.by_plane += 1,
                    Placing::Unsettled => self.unsettled += 1,
                    Placing::Blank => {}
                }
                place.position()
            }
            (None, None, None) => None,
        }?;
        let says_tokyo = self.is_tokyo || self.datum.is_some_and(|at| is_tokyo_word(cell(at)));
        if says_tokyo
            && let Some(shifted) = self.tokyo.as_ref().and_then(|tokyo| {
                let moved = tokyo.degrees(Coord { x: place.lon_deg(), y: place.lat_deg() })?;
                // Seven decimals: the shift itself is good to four and a half.
                let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7;
                LonLat::new(rounded(moved.x), rounded(moved.y))
            })
        {
            self.shifted += 1;
            return Some(Located { place: shifted, is_shifted: true });
        }
        (read != Some(place)).then_some(Located { place, is_shifted: false })
    }

    /// What was done in this table.
    pub(super) fn findings(&self, sheet: Option<&str>, headers: &[String]) -> Vec<Finding> {
        let place =
            |column: Option<String>| Place { sheet: sheet.map(str::to_owned), row: None, column, ..Place::default() };
        let header = |at: usize| headers.get(at).cloned();
        let mut findings = Vec::new();
        if self.shifted > 0 {
            let at = place(self.datum.and_then(header));
            findings.push(Finding::new(FindingCode::DatumShifted, at, &format!("{}件", self.shifted), ""));
        }
        if let Some(plane) = &self.plane {
            let at = place(Some([plane.x, plane.y].map(|at| header(at).unwrap_or_default()).join("、")));
            if let (Some((zone, x_is_north, _)), true) = (&plane.settled, self.by_plane > 0) {
                let found = format!("第{zone}系、{}", if *x_is_north { "X=北・Y=東" } else { "X=東・Y=北" });
                let finding = Finding::new(FindingCode::CoordinatePlane, at, &found, self.by_plane.to_string());
                findings.push(finding);
            } else if self.unsettled > 0 {
                let found = self.unsettled.to_string();
                findings.push(Finding::new(FindingCode::CoordinatePlaneUnknown, at, &found, ""));
            }
        }
        findings
    }
}

enum Placing {
    Placed(LonLat),
    Blank,
    Unsettled,
}

impl Placing {
    fn position(&self) -> Option<LonLat> {
        match self {
            Self::Placed(place) => Some(*place),
            Self::Blank | Self::Unsettled => None,
        }
    }
}

impl Plane {
    /// Columns X座標 and Y座標; a header may state the zone (第8系).
    fn of(folded: &[String], publisher: Option<MunicipalityCode>) -> Option<Self> {
        let axis = |header: &str| -> Option<(char, Option<u8>)> {
            let mut zone = None;
            let mut rest = header.to_owned();
            // 第8系: the number before the last 系.
            if let Some((before, after)) = header.rsplit_once('系') {
                let name = before.trim_end_matches(|letter: char| letter.is_ascii_digit());
                zone = before[name.len()..].parse().ok().filter(|zone| (1..=19).contains(zone));
                if zone.is_some() {
                    rest = format!("{}{after}", name.trim_end_matches('第'));
                }
            }
            for word in [
                "平面直角座標系",
                "平面直角座標",
                "世界測地系",
                "公共座標",
                "座標値",
                "座標",
                "(m)",
                "(メ-トル)",
                "(",
                ")",
                "_",
                "-",
                ":",
                "値",
            ] {
                rest = rest.replace(word, "");
            }
            match rest.as_str() {
                "x" => Some(('x', zone)),
                "y" => Some(('y', zone)),
                _ => None,
            }
        };
        let find = |wanted: char| {
            folded.iter().enumerate().find_map(|(at, header)| {
                axis(header).filter(|(letter, _)| *letter == wanted).map(|(_, zone)| (at, zone))
            })
        };
        let ((x, x_zone), (y, y_zone)) = (find('x')?, find('y')?);
        let prefecture = publisher.and_then(|code| code.five().get(..2)?.parse().ok());
        let zones = match x_zone.or(y_zone) {
            Some(zone) => vec![zone],
            None => prefecture.map_or(&[][..], zones_of).to_vec(),
        };
        Some(Self { x, y, zones, settled: None })
    }

    fn place(&mut self, x: &str, y: &str, frame: Option<Bbox>) -> Placing {
        let metres = |found: &str| -> Option<f64> {
            let squeezed = text::squeeze(found).replace(',', "");
            let value: f64 = squeezed.trim_end_matches('m').parse().ok()?;
            (value.is_finite() && value.abs() < PLANE_LIMIT_M).then_some(value)
        };
        let (Some(x), Some(y)) = (metres(x), metres(y)) else { return Placing::Blank };
        // Degrees under the name of X and Y are read by their values elsewhere; 0/0 is a blank.
        if x.abs() <= 180.0 && y.abs() <= 180.0 {
            return Placing::Blank;
        }
        let degrees = |projector: &Projector, x_is_north: bool| {
            let at = if x_is_north { Coord { x: y, y: x } } else { Coord { x, y } };
            let place = projector.degrees(at)?;
            LonLat::new(place.x, place.y).filter(|place| place.is_in_japan())
        };
        if let Some((_, x_is_north, projector)) = &self.settled {
            return degrees(projector, *x_is_north).map_or(Placing::Unsettled, Placing::Placed);
        }
        let Some(frame) = frame else { return Placing::Unsettled };
        // Every zone and both orders are tried; only one may lie around the city.
        let mut fitting = Vec::new();
        for zone in &self.zones {
            for x_is_north in [true, false] {
                if let Some(projector) = Projector::new(&Crs::PlaneRectangular(*zone))
                    && let Some(place) = degrees(&projector, x_is_north).filter(|place| frame.contains(*place))
                {
                    fitting.push((*zone, x_is_north, projector, place));
                }
            }
        }
        if fitting.len() != 1 {
            return Placing::Unsettled;
        }
        match fitting.pop() {
            Some((zone, x_is_north, projector, place)) => {
                self.settled = Some((zone, x_is_north, projector));
                Placing::Placed(place)
            }
            None => Placing::Unsettled,
        }
    }
}

/// Whether a folded header names the Tokyo Datum.
fn is_tokyo(folded: &str) -> bool {
    (folded.contains("日本測地系") || folded.contains("旧測地系") || folded.contains("tokyo"))
        && !folded.contains("世界")
}

/// Whether a cell of a datum column names the Tokyo Datum: in words, by its EPSG code, or by the 0 of the old national
/// land numerical information (0: 日本測地系, 1: 世界測地系).
fn is_tokyo_word(found: &str) -> bool {
    let squeezed = text::squeeze(found).to_lowercase();
    if squeezed.is_empty() || squeezed.contains("世界") {
        return false;
    }
    squeezed == "0"
        || squeezed == "旧"
        || squeezed == "4301"
        || squeezed == "epsg:4301"
        // 日本測地系2000 and 2011 are the world datum (JGD2000, JGD2011).
        || (squeezed.contains("日本測地系") && !squeezed.contains("20"))
        || squeezed.contains("旧測地系")
        || squeezed.contains("tokyo")
}
