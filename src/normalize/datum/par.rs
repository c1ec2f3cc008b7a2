//! `TKY2JGD.par`: shifts in seconds of arc at the south-west corner of each third-order mesh (JIS X 0410).

use std::collections::HashMap;

use geo_types::Coord;

use super::{DatumGridError, bilinear};

/// Third-order meshes of one degree: 30 seconds high, 45 seconds wide.
const ROWS_PER_DEG: f64 = 120.0;
const COLUMNS_PER_DEG: f64 = 80.0;

/// Shifts by row and column of the mesh (counted from the equator and from 100° E): longitude and latitude, seconds.
#[derive(Debug)]
pub(super) struct Meshes(HashMap<(u16, u16), (f32, f32)>);

/// Whether a file is of this format: a title, the names of the columns, then lines of a mesh code and two numbers.
pub(super) fn is_par(bytes: &[u8]) -> bool {
    let head = bytes.get(..200).unwrap_or(bytes);
    memchr::memmem::find(&head.to_ascii_lowercase(), b"meshcode").is_some()
}

impl Meshes {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, DatumGridError> {
        let mut meshes = HashMap::new();
        let mut above = true;
        for (line, raw) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let raw = raw.trim_ascii();
            if above {
                above = memchr::memmem::find(&raw.to_ascii_lowercase(), b"meshcode").is_none();
                continue;
            }
            if raw.is_empty() || raw == b"\x1A" {
                continue;
            }
            let entry = std::str::from_utf8(raw).ok().and_then(entry).ok_or(DatumGridError::Line { line })?;
            if meshes.insert(entry.0, entry.1).is_some() {
                return Err(DatumGridError::Line { line });
            }
        }
        if meshes.is_empty() { Err(DatumGridError::UnknownFormat) } else { Ok(Self(meshes)) }
    }

    /// The shift at a place on the old datum, seconds of longitude and latitude.
    pub(super) fn shift_s(&self, old: Coord<f64>) -> Option<(f64, f64)> {
        let (row, column) = (old.y * ROWS_PER_DEG, (old.x - 100.0) * COLUMNS_PER_DEG);
        let (south, west) = (cell(row)?, cell(column)?);
        let corner = |row: u16, column: u16| {
            let (lon, lat) = self.0.get(&(row, column))?;
            Some((f64::from(*lon), f64::from(*lat)))
        };
        let corners =
            [corner(south, west)?, corner(south, west + 1)?, corner(south + 1, west)?, corner(south + 1, west + 1)?];
        Some(bilinear(corners, column - f64::from(west), row - f64::from(south)))
    }
}

/// The whole part of a row or column; `None` where no mesh can be.
fn cell(value: f64) -> Option<u16> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is looked at first")]
    (0.0..60_000.0).contains(&value).then(|| value.floor() as u16)
}

type Entry = ((u16, u16), (f32, f32));

/// `46303582 12.79799 -8.13354`: mesh code, latitude shift, longitude shift.
fn entry(line: &str) -> Option<Entry> {
    let mut words = line.split_ascii_whitespace();
    let (code, lat, lon) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || code.len() != 8 {
        return None;
    }
    let digit = |range: std::ops::Range<usize>| {
        code.get(range).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?.parse::<u16>().ok()
    };
    let (first_lat, first_lon) = (digit(0..2)?, digit(2..4)?);
    let (second_lat, second_lon) = (digit(4..5)?, digit(5..6)?);
    let (third_lat, third_lon) = (digit(6..7)?, digit(7..8)?);
    // The second order divides by eight.
    if second_lat > 7 || second_lon > 7 {
        return None;
    }
    // Shifts in Japan are about twelve seconds; a minute is beyond any reading of the format.
    let shift = |text: &str| text.parse::<f32>().ok().filter(|shift| shift.abs() < 60.0);
    let place = (first_lat * 80 + second_lat * 10 + third_lat, first_lon * 80 + second_lon * 10 + third_lon);
    Some((place, (shift(lon)?, shift(lat)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "JGD2000-TokyoDatum Ver.2.1.2\r\nMeshCode   dB(sec)   dL(sec)\r\n53394525  11.5  -11.5\r\n53394526  11.6  -11.6\r\n53394535  11.7 -11.7\r\n53394536 11.8 -11.8\r\n";

    #[test]
    fn a_place_between_four_corners_is_shifted_by_all_of_them() {
        let meshes = Meshes::parse(TEXT.as_bytes()).expect("four corners");
        // 53394525: latitude 53/1.5 + 4/12 + 2/120, longitude 139 + 5/8 + 5/80.
        let corner = Coord { x: 139.0 + 5.0 / 8.0 + 5.0 / 80.0, y: 53.0 / 1.5 + 4.0 / 12.0 + 2.0 / 120.0 };
        let near = |at: Coord<f64>, lon: f64, lat: f64| {
            let (found_lon, found_lat) = meshes.shift_s(at).expect("inside");
            assert!((found_lon - lon).abs() < 1e-4 && (found_lat - lat).abs() < 1e-4, "{found_lon} {found_lat}");
        };
        let inside = |east: f64, north: f64| Coord { x: corner.x + east / 80.0, y: corner.y + north / 120.0 };
        near(inside(1e-6, 1e-6), -11.5, 11.5);
        near(inside(0.5, 0.5), -11.65, 11.65);
        assert_eq!(meshes.shift_s(inside(1.5, 0.5)), None);
        assert_eq!(meshes.shift_s(Coord { x: f64::NAN, y: 35.0 }), None);
    }

    #[test]
    fn a_line_that_cannot_be_right_refuses_the_grid() {
        for (from, to) in [
            ("53394526", "5339452"),
            ("53394526", "53394525"),
            ("11.6", "x"),
            ("11.6", "1e30"),
            ("53394535", "53398535"),
        ] {
            assert!(Meshes::parse(TEXT.replace(from, to).as_bytes()).is_err(), "{to}");
        }
    }
}
