//! Latitude and longitude of a row: decimal degrees, degrees-minutes-seconds, swapped, lost decimal points, zeros.
//!
//! The two cells are read together, since what is wrong with one is often proved by the other.

use crate::model::finding::{FindingCode, Repair};
use crate::model::lonlat::{Bbox, LonLat};

use super::degrees::{Axis, Degrees, plain, read};
use super::text;
use super::value::{Normalized, Scalar};

/// Where the publisher's places can be: settles readings that both lie in Japan. `None` where nothing is known.
pub type Frame = Option<Bbox>;

/// A position read from two cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Position<'a> {
    /// The value of the latitude column.
    pub latitude: Normalized<'a>,
    /// The value of the longitude column.
    pub longitude: Normalized<'a>,
    /// The position, where both are there and lie in Japan.
    pub position: Option<LonLat>,
}

/// The position that one cell states: `34.86, 138.32`, in either order, each in any spelling that leaves no doubt.
pub fn combined(found: &str, frame: Frame) -> Option<LonLat> {
    let (first, second) = halves(found)?;
    // What is only guessed stays out: both must be read, and lie in Japan.
    let read = position(first, second, frame);
    read.position.filter(|position| position.is_in_japan())
}

/// The two halves of a cell that may hold latitude and longitude.
fn halves(found: &str) -> Option<(&str, &str)> {
    let inner = text::trim(found).trim_start_matches(['(', '（', '[', '［']).trim_end_matches([')', '）', ']', '］']);
    // A blank inside `35° 46′` is no border; one between two plain numbers is.
    for separators in [&[',', '，', '、', ';', '；', '/', '／'][..], &['\n', '\t'], &[' ', '\u{3000}']] {
        let mut parts =
            inner.split(|letter| separators.contains(&letter)).map(text::trim).filter(|part| !part.is_empty());
        if let (Some(first), Some(second), None) = (parts.next(), parts.next(), parts.next()) {
            return Some((first, second));
        }
    }
    None
}

/// Reads the latitude and longitude cells of a row.
pub fn position<'a>(latitude: &'a str, longitude: &'a str, frame: Frame) -> Position<'a> {
    if let (Some(lat), Some(lon)) = (plain(latitude), plain(longitude))
        && Axis::Latitude.fits(lat)
        && Axis::Longitude.fits(lon)
    {
        let mut read = Position {
            latitude: Normalized::of(Scalar::Number(lat)),
            longitude: Normalized::of(Scalar::Number(lon)),
            position: LonLat::new(lon, lat),
        };
        read.name_coarse(lat, lon);
        return read;
    }
    let (lat, lon) = (read(latitude, Axis::Latitude), read(longitude, Axis::Longitude));
    let (lat, lon) = (beside(lat, lon, Axis::Longitude), beside(lon, lat, Axis::Latitude));
    if let Some(both) = both_in_one((latitude, lat), (longitude, lon), frame) {
        return both;
    }
    match (lat, lon) {
        (Degrees::Blank | Degrees::BlankWord, Degrees::Blank | Degrees::BlankWord) => {
            Position { latitude: alone(lat, latitude), longitude: alone(lon, longitude), position: None }
        }
        (Degrees::Blank | Degrees::BlankWord, _) => half(latitude, lat, longitude, lon, Axis::Latitude),
        (_, Degrees::Blank | Degrees::BlankWord) => half(latitude, lat, longitude, lon, Axis::Longitude),
        (Degrees::Wrong | Degrees::Comma(_) | Degrees::Near(_), _)
        | (_, Degrees::Wrong | Degrees::Comma(_) | Degrees::Near(_)) => {
            Position { latitude: alone(lat, latitude), longitude: alone(lon, longitude), position: None }
        }
        _ => both((latitude, lat), (longitude, lon), frame),
    }
}

impl Position<'_> {
    /// Says that the place is lost: both numbers have at most one decimal of a degree, which is eleven kilometres.
    fn name_coarse(&mut self, lat: f64, lon: f64) {
        let is_coarse = |degrees: f64| (degrees * 10.0 - (degrees * 10.0).round()).abs() < 1e-7;
        if is_coarse(lat) && is_coarse(lon) {
            let latitude = std::mem::replace(&mut self.latitude, Normalized::null());
            self.latitude = latitude.with(FindingCode::CoordinateCoarse, "", Repair::None);
        }
    }
}

/// Three digits after a comma are decimals where the cell beside holds degrees, and metres where it may hold metres.
fn beside(degrees: Degrees, other: Degrees, axis: Axis) -> Degrees {
    match degrees {
        Degrees::Comma(value) if self::value(other).is_some_and(|other| axis.fits(other)) => Degrees::Folded(value),
        degrees => degrees,
    }
}

/// Both coordinates in one of the two cells, the other blank or the same.
fn both_in_one<'a>(lat: (&str, Degrees), lon: (&str, Degrees), frame: Frame) -> Option<Position<'a>> {
    let blank = |degrees: Degrees| matches!(degrees, Degrees::Blank | Degrees::BlankWord);
    // A cell that only repeats its half of the other says nothing else.
    let repeats = |degrees: Degrees, speaker: &str, is_latitude: bool| {
        let place = combined(speaker, frame);
        place.zip(value(degrees)).is_some_and(|(place, value)| {
            (value - if is_latitude { place.lat_deg() } else { place.lon_deg() }).abs() < 1e-6
        })
    };
    let speaker = match (lat.1, lon.1) {
        (Degrees::Wrong | Degrees::Near(_), other)
            if blank(other) || lat.0 == lon.0 || repeats(other, lat.0, false) =>
        {
            lat.0
        }
        (other, Degrees::Wrong | Degrees::Near(_)) if blank(other) || repeats(other, lon.0, true) => lon.0,
        _ => return None,
    };
    let place = combined(speaker, frame)?;
    let made = |degrees: f64| repaired(degrees, FindingCode::CoordinateFolded);
    Some(Position { latitude: made(place.lat_deg()), longitude: made(place.lon_deg()), position: Some(place) })
}

/// One coordinate without its partner's help: tables with only one of the columns.
pub fn single(found: &str, is_latitude: bool) -> Normalized<'_> {
    let axis = if is_latitude { Axis::Latitude } else { Axis::Longitude };
    alone(read(found, axis), found)
}

fn alone(degrees: Degrees, found: &str) -> Normalized<'_> {
    match degrees {
        Degrees::Blank => Normalized::null(),
        Degrees::BlankWord => Normalized::dropped(FindingCode::BlankWord, "", Repair::Made(String::new())),
        Degrees::Plain(value) => Normalized::of(Scalar::Number(value)),
        Degrees::Folded(value) => repaired(value, FindingCode::CoordinateFolded),
        Degrees::Dms(value) => repaired(value, FindingCode::CoordinateDms),
        Degrees::Pointless { degrees, .. } => {
            Normalized::dropped(FindingCode::CoordinateInvalid, EXPECTED, Repair::Proposed(degrees.to_string()))
        }
        Degrees::Comma(value) | Degrees::Near(value) => {
            Normalized::dropped(FindingCode::CoordinateInvalid, EXPECTED, Repair::Proposed(value.to_string()))
        }
        Degrees::Wrong if text::is_blank(found) => Normalized::null(),
        Degrees::Wrong => Normalized::dropped(FindingCode::CoordinateInvalid, EXPECTED, Repair::None),
    }
}

const EXPECTED: &str = "十進の度";

fn repaired(value: f64, code: FindingCode) -> Normalized<'static> {
    Normalized::of(Scalar::Number(value)).with(code, "", Repair::Made(value.to_string()))
}

fn half<'a>(lat_found: &'a str, lat: Degrees, lon_found: &'a str, lon: Degrees, missing: Axis) -> Position<'a> {
    let (mut latitude, mut longitude) = (alone(lat, lat_found), alone(lon, lon_found));
    let empty = if missing == Axis::Latitude { &mut latitude } else { &mut longitude };
    *empty = std::mem::replace(empty, Normalized::null()).with(FindingCode::CoordinateHalf, "", Repair::None);
    Position { latitude, longitude, position: None }
}

fn both<'a>(lat: (&'a str, Degrees), lon: (&'a str, Degrees), frame: Frame) -> Position<'a> {
    if let (Some(0.0), Some(0.0)) = (value(lat.1), value(lon.1)) {
        let zero = Normalized::dropped(FindingCode::CoordinateZero, "", Repair::Made(String::new()));
        return Position { latitude: zero, longitude: Normalized::null(), position: None };
    }
    if let Degrees::Pointless { .. } = lat.1 {
        return pointless(lat, lon, frame);
    }
    if let Degrees::Pointless { .. } = lon.1 {
        return pointless(lat, lon, frame);
    }
    let (Some(lat_deg), Some(lon_deg)) = (value(lat.1), value(lon.1)) else {
        return Position { latitude: alone(lat.1, lat.0), longitude: alone(lon.1, lon.0), position: None };
    };
    if Axis::Latitude.fits(lat_deg) && Axis::Longitude.fits(lon_deg) {
        let mut read = Position {
            latitude: alone(lat.1, lat.0),
            longitude: alone(lon.1, lon.0),
            position: LonLat::new(lon_deg, lat_deg),
        };
        read.name_coarse(lat_deg, lon_deg);
        return read;
    }
    // In Japan every longitude is larger than every latitude, so an exchange of the two is proved by the values.
    if Axis::Latitude.fits(lon_deg) && Axis::Longitude.fits(lat_deg) {
        let code = FindingCode::CoordinateSwapped;
        let repair = Repair::Made(format!("{lon_deg}, {lat_deg}"));
        let mut read = Position {
            latitude: Normalized::of(Scalar::Number(lon_deg)).with(code, "", repair),
            longitude: Normalized::of(Scalar::Number(lat_deg)),
            position: LonLat::new(lat_deg, lon_deg),
        };
        read.name_coarse(lon_deg, lat_deg);
        return read;
    }
    let (mut latitude, mut longitude) =
        (Normalized::of(Scalar::Number(lat_deg)), Normalized::of(Scalar::Number(lon_deg)));
    // The finding lies where the value is wrong; where both are, at the latitude.
    let wrong = if Axis::Latitude.fits(lat_deg) { &mut longitude } else { &mut latitude };
    *wrong = std::mem::replace(wrong, Normalized::null()).with(FindingCode::GeometryOutsideJapan, "", Repair::None);
    Position { latitude, longitude, position: None }
}

/// Restores a lost decimal point where only one reading is possible: 141264748 may be 141.264748 or 141°26′47.48″.
fn pointless<'a>(lat: (&'a str, Degrees), lon: (&'a str, Degrees), frame: Frame) -> Position<'a> {
    let as_point = |degrees| match degrees {
        Degrees::Pointless { degrees, .. } => Some(degrees),
        other => value(other),
    };
    let as_dms = |degrees| match degrees {
        Degrees::Pointless { dms, .. } => dms,
        other => value(other),
    };
    let place = |read: fn(Degrees) -> Option<f64>| -> Option<(f64, f64)> {
        let (lat, lon) = (read(lat.1)?, read(lon.1)?);
        (Axis::Latitude.fits(lat) && Axis::Longitude.fits(lon)).then_some((lat, lon))
    };
    let (point, dms) = (place(as_point), place(as_dms));
    let in_frame = |candidate: Option<(f64, f64)>| {
        let (lat, lon) = candidate?;
        frame.map(|frame| LonLat::new(lon, lat).is_some_and(|position| frame.contains(position)))
    };
    let chosen = match (point, dms) {
        (Some(only), None) => Some((only, FindingCode::CoordinatePointLost)),
        (None, Some(only)) => Some((only, FindingCode::CoordinateDms)),
        (Some(first), Some(second)) => match (in_frame(point), in_frame(dms)) {
            (Some(true), Some(false)) => Some((first, FindingCode::CoordinatePointLost)),
            (Some(false), Some(true)) => Some((second, FindingCode::CoordinateDms)),
            _ => None,
        },
        (None, None) => None,
    };
    let Some(((lat_deg, lon_deg), code)) = chosen else {
        return Position { latitude: alone(lat.1, lat.0), longitude: alone(lon.1, lon.0), position: None };
    };
    let one = |degrees: Degrees, chosen: f64, found: &'a str| match degrees {
        Degrees::Pointless { .. } => repaired(chosen, code),
        other => alone(other, found),
    };
    Position {
        latitude: one(lat.1, lat_deg, lat.0),
        longitude: one(lon.1, lon_deg, lon.0),
        position: LonLat::new(lon_deg, lat_deg),
    }
}

fn value(degrees: Degrees) -> Option<f64> {
    match degrees {
        Degrees::Plain(value) | Degrees::Folded(value) | Degrees::Dms(value) => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(lat: &str, lon: &str, frame: Frame) -> (String, String, Option<(f64, f64)>) {
        let read = position(lat, lon, frame);
        (
            read.latitude.value.to_text().into_owned(),
            read.longitude.value.to_text().into_owned(),
            read.position.map(|place| (place.lon_deg(), place.lat_deg())),
        )
    }

    fn codes(lat: &str, lon: &str) -> Vec<FindingCode> {
        let read = position(lat, lon, None);
        read.latitude.remarks.iter().chain(&read.longitude.remarks).map(|remark| remark.code).collect()
    }

    #[test]
    fn plain_degrees_pass() {
        assert_eq!(numbers("34.866918", "138.323171", None).2, Some((138.323_171, 34.866_918)));
        assert_eq!(codes("34.866918", "138.323171"), vec![]);
        assert_eq!(codes("", ""), vec![]);
    }

    #[test]
    fn every_spelling_of_minutes_and_seconds_is_read() {
        for (lat, lon) in [
            ("35°46'43.2\"N", "139°31'12\"E"),
            ("35度46分43.2秒", "139度31分12秒"),
            ("北緯35度46分43.2秒", "東経139度31分12秒"),
            ("35-46-43.2", "139-31-12"),
            ("35:46:43.2", "139:31:12"),
            ("３５°４６′４３．２″", "１３９°３１′１２″"),
            ("N35.46.43.2", "E139.31.12"),
            ("354643.2", "1393112.0"),
        ] {
            assert_eq!(numbers(lat, lon, None).2, Some((139.52, 35.778_666_7)), "{lat}");
            assert_eq!(codes(lat, lon), vec![FindingCode::CoordinateDms; 2], "{lat}");
        }
        // Seconds rounded up to a whole minute; more of them are none.
        assert_eq!(numbers("36°34'60.00\"", "139°55'60.00\"", None).2, Some((139.933_333_3, 36.583_333_3)));
        assert_eq!(numbers("36°34'60.01\"", "139°55'12.00\"", None).2, None);
    }

    #[test]
    fn both_coordinates_in_one_cell_fill_both() {
        for (lat, lon) in [
            ("34.866918,138.323171", ""),
            ("", "138.323171, 34.866918"),
            ("34.866918、138.323171", "34.866918、138.323171"),
            ("34.866918 138.323171", "-"),
        ] {
            assert_eq!(numbers(lat, lon, None).2, Some((138.323_171, 34.866_918)), "{lat} | {lon}");
        }
        assert_eq!(numbers("34.866918,138.323171", "138.5", None).2, None);
    }

    #[test]
    fn a_comma_may_be_the_decimal_point() {
        assert_eq!(numbers("34,866918", "138,323171", None).2, Some((138.323_171, 34.866_918)));
        assert_eq!(codes("34,866918", "138,323171"), vec![FindingCode::CoordinateFolded; 2]);
        assert_eq!(numbers("34,866,918", "138,323171", None).2, None);
    }

    #[test]
    fn lost_points_and_letters_too_many_are_restored_where_nothing_else_is_possible() {
        let spellings = "34。866 34･866 34・866 34,866 34、866 (34.866) （34.866） 34.866） =34.866 緯度34.866 緯度：34.866 \
                         34.866° N34.866 北緯34.866度 ３４．８６６ 34.866º \"34.866\"";
        for lat in spellings.split_whitespace() {
            assert_eq!(numbers(lat, "138.323171", None).2, Some((138.323_171, 34.866)), "{lat}");
            assert_eq!(codes(lat, "138.323171"), vec![FindingCode::CoordinateFolded], "{lat}");
        }
        assert_eq!(numbers("34 51 57.6", "138 19 23.4", None).2, Some((138.323_166_7, 34.866)));
        assert_eq!(numbers("34.866,138.323171", "138.323171", None).2, Some((138.323_171, 34.866)));
    }

    #[test]
    fn what_is_only_near_a_coordinate_is_proposed() {
        for (lat, proposed) in [
            ("34.860.12", "34.86012"),
            ("約34.48", "34.48"),
            ("34.48付近", "34.48"),
            ("34.4875m", "34.4875"),
            ("3.44875E+01", "34.4875"),
            ("34..4875", "34.4875"),
        ] {
            let read = position(lat, "138.3231", None);
            assert_eq!(read.position, None, "{lat}");
            assert_eq!(read.latitude.remarks[0].repair, Repair::Proposed(proposed.to_owned()), "{lat}");
        }
        // Metres with a mark for thousands look the same.
        assert_eq!(numbers("34,860", "138,323", None).2, None);
        for lat in ["34.48.75.1,2", "市役所2階", "34l87", "O4.4875", ".4875", "本町1-2.5"] {
            let read = position(lat, "138.3231", None);
            assert_eq!((read.position, &read.latitude.remarks[0].repair), (None, &Repair::None), "{lat}");
        }
    }

    #[test]
    fn a_position_good_to_ten_kilometres_is_named() {
        assert_eq!(codes("34", "138"), vec![FindingCode::CoordinateCoarse]);
        assert_eq!(codes("34.8", "138.3"), vec![FindingCode::CoordinateCoarse]);
        assert_eq!(codes("34.86", "138.3"), vec![]);
        assert_eq!(codes("３４．８ ", "138.3"), vec![FindingCode::CoordinateFolded, FindingCode::CoordinateCoarse]);
        assert_eq!(numbers("34.8", "138.3", None).2, Some((138.3, 34.8)));
    }

    #[test]
    fn swapped_columns_are_proved_by_their_values() {
        assert_eq!(numbers("138.323171", "34.866918", None).2, Some((138.323_171, 34.866_918)));
        assert_eq!(codes("138.323171", "34.866918"), vec![FindingCode::CoordinateSwapped]);
    }

    #[test]
    fn a_lost_point_is_restored_only_where_one_reading_is_left() {
        // 登米市: 38.68, 141.26. Read as degrees, minutes and seconds the latitude would have 68 minutes.
        assert_eq!(numbers("38684748", "141964748", None).2, Some((141.964_748, 38.684_748)));
        assert_eq!(codes("38684748", "141964748"), vec![FindingCode::CoordinatePointLost; 2]);
        // Both readings possible: the publisher's own place decides, without it nothing is placed.
        assert_eq!(numbers("38414748", "141264748", None).2, None);
        assert_eq!(codes("38414748", "141264748"), vec![FindingCode::CoordinateInvalid; 2]);
        let frame = Some(Bbox { west_deg: 141.1, south_deg: 38.3, east_deg: 141.35, north_deg: 38.6 });
        assert_eq!(numbers("38414748", "141264748", frame).2, Some((141.264_748, 38.414_748)));
    }

    #[test]
    fn zeros_halves_and_words_are_named_and_place_nothing() {
        assert_eq!(numbers("0", "0", None), (String::new(), String::new(), None));
        assert_eq!(codes("0", "0"), vec![FindingCode::CoordinateZero]);
        assert_eq!(codes("34.8", ""), vec![FindingCode::CoordinateHalf]);
        assert_eq!(numbers("34.8", "", None).0, "34.8");
        assert_eq!(codes("調査中", "138.3"), vec![FindingCode::CoordinateInvalid]);
        assert_eq!(codes("51.5", "-0.12"), vec![FindingCode::GeometryOutsideJapan]);
        assert_eq!(numbers("51.5", "-0.12", None), ("51.5".into(), "-0.12".into(), None));
        assert_eq!(codes("３４．８１２ ", "138.3"), vec![FindingCode::CoordinateFolded]);
    }
}
