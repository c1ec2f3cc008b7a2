//! NTv2 (Canada's National Transformation version 2): header records of sixteen bytes, then grids of four numbers a node.
//! Latitudes and longitudes are in seconds of arc, longitudes positive to the west.

use geo_types::Coord;

use super::{DatumGridError, bilinear};

/// Bytes of one record.
const RECORD: usize = 16;

/// Records of the header of the file and of each grid.
const HEADER_RECORDS: usize = 11;

/// Grids of one file; Canada's has a hundred.
const GRID_LIMIT: usize = 2_000;

/// All grids of a file.
#[derive(Debug)]
pub(super) struct Grids(Vec<Grid>);

#[derive(Debug)]
struct Grid {
    south_s: f64,
    east_s: f64,
    lat_step_s: f64,
    lon_step_s: f64,
    rows: usize,
    columns: usize,
    /// Longitude (positive west) and latitude shifts, seconds, from the south-east corner westwards, then northwards.
    shifts: Vec<(f32, f32)>,
}

/// Whether a file begins like NTv2.
pub(super) fn is_ntv2(bytes: &[u8]) -> bool {
    bytes.starts_with(b"NUM_OREC")
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    is_big: bool,
}

impl<'b> Reader<'b> {
    /// The value of the next header record, which must have this name.
    fn record(&mut self, name: &'static str) -> Result<&'b [u8], DatumGridError> {
        let record = self.bytes.get(self.at..self.at.saturating_add(RECORD));
        let record = record.ok_or(DatumGridError::Ntv2 { detail: "it is cut off" })?;
        self.at += RECORD;
        let (key, value) = record.split_at(8);
        if key.trim_ascii() == name.as_bytes() { Ok(value) } else { Err(DatumGridError::Ntv2 { detail: name }) }
    }

    fn whole(&mut self, name: &'static str) -> Result<usize, DatumGridError> {
        let value: [u8; 4] = self.record(name)?.get(..4).and_then(|b| b.try_into().ok()).unwrap_or_default();
        let value = if self.is_big { i32::from_be_bytes(value) } else { i32::from_le_bytes(value) };
        usize::try_from(value).map_err(|_| DatumGridError::Ntv2 { detail: name })
    }

    fn number(&mut self, name: &'static str) -> Result<f64, DatumGridError> {
        let value: [u8; 8] = self.record(name)?.try_into().unwrap_or_default();
        let value = if self.is_big { f64::from_be_bytes(value) } else { f64::from_le_bytes(value) };
        if value.is_finite() { Ok(value) } else { Err(DatumGridError::Ntv2 { detail: name }) }
    }

    fn node(&mut self) -> Result<(f32, f32), DatumGridError> {
        let record = self.bytes.get(self.at..self.at.saturating_add(RECORD));
        let record = record.ok_or(DatumGridError::Ntv2 { detail: "it is cut off" })?;
        self.at += RECORD;
        let number = |from: usize| {
            let value: [u8; 4] = record.get(from..from + 4).and_then(|b| b.try_into().ok()).unwrap_or_default();
            if self.is_big { f32::from_be_bytes(value) } else { f32::from_le_bytes(value) }
        };
        let (lat, lon) = (number(0), number(4));
        // A minute of arc is far beyond the shift of any datum of Japan.
        if lat.abs() < 60.0 && lon.abs() < 60.0 {
            Ok((lon, lat))
        } else {
            Err(DatumGridError::Ntv2 { detail: "a shift" })
        }
    }
}

impl Grids {
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, DatumGridError> {
        // The first value is eleven in one byte order or the other.
        let is_big = bytes.get(8..12) == Some(&[0, 0, 0, 11]);
        let mut reader = Reader { bytes, at: 0, is_big };
        if reader.whole("NUM_OREC")? != HEADER_RECORDS || reader.whole("NUM_SREC")? != HEADER_RECORDS {
            return Err(DatumGridError::Ntv2 { detail: "NUM_OREC" });
        }
        let count = reader.whole("NUM_FILE")?;
        if count == 0 || count > GRID_LIMIT {
            return Err(DatumGridError::Ntv2 { detail: "NUM_FILE" });
        }
        if reader.record("GS_TYPE")?.trim_ascii() != b"SECONDS" {
            return Err(DatumGridError::Ntv2 { detail: "GS_TYPE" });
        }
        reader.at = HEADER_RECORDS * RECORD;
        let mut grids = Vec::new();
        for _ in 0..count {
            grids.push(Grid::parse(&mut reader)?);
        }
        Ok(Self(grids))
    }

    /// The shift at a place on the old datum, seconds of longitude (positive east) and latitude, by the finest grid.
    pub(super) fn shift_s(&self, old: Coord<f64>) -> Option<(f64, f64)> {
        let finest = |a: &&Grid, b: &&Grid| a.lat_step_s.total_cmp(&b.lat_step_s);
        let around = self.0.iter().filter(|grid| grid.cell(old).is_some()).min_by(finest)?;
        around.shift_s(old)
    }
}

impl Grid {
    fn parse(reader: &mut Reader<'_>) -> Result<Self, DatumGridError> {
        for name in ["SUB_NAME", "PARENT", "CREATED", "UPDATED"] {
            reader.record(name)?;
        }
        let (south_s, north_s) = (reader.number("S_LAT")?, reader.number("N_LAT")?);
        let (east_s, west_s) = (reader.number("E_LONG")?, reader.number("W_LONG")?);
        let (lat_step_s, lon_step_s) = (reader.number("LAT_INC")?, reader.number("LONG_INC")?);
        let count = reader.whole("GS_COUNT")?;
        let rows = nodes(south_s, north_s, lat_step_s).ok_or(DatumGridError::Ntv2 { detail: "LAT_INC" })?;
        let columns = nodes(east_s, west_s, lon_step_s).ok_or(DatumGridError::Ntv2 { detail: "LONG_INC" })?;
        let left = reader.bytes.len().saturating_sub(reader.at) / RECORD;
        if rows.checked_mul(columns) != Some(count) || count > left {
            return Err(DatumGridError::Ntv2 { detail: "GS_COUNT" });
        }
        let mut shifts = Vec::with_capacity(count);
        for _ in 0..count {
            shifts.push(reader.node()?);
        }
        Ok(Self { south_s, east_s, lat_step_s, lon_step_s, rows, columns, shifts })
    }

    /// Row and column of the node south-east of a place, and how far the place lies to the north and west of it, 0–1.
    fn cell(&self, old: Coord<f64>) -> Option<(usize, usize, f64, f64)> {
        let row = (old.y * 3600.0 - self.south_s) / self.lat_step_s;
        let column = (-old.x * 3600.0 - self.east_s) / self.lon_step_s;
        let whole = |value: f64, nodes: usize| {
            let last = nodes.checked_sub(1)? as f64;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is looked at first")]
            (0.0..last).contains(&value).then(|| value.floor() as usize)
        };
        let (south, east) = (whole(row, self.rows)?, whole(column, self.columns)?);
        Some((south, east, row - south as f64, column - east as f64))
    }

    fn shift_s(&self, old: Coord<f64>) -> Option<(f64, f64)> {
        let (row, column, north, west) = self.cell(old)?;
        let node = |row: usize, column: usize| {
            let (lon, lat) = self.shifts.get(row.checked_mul(self.columns)?.checked_add(column)?)?;
            Some((f64::from(*lon), f64::from(*lat)))
        };
        // Columns go west, so "east" of the cell is measured westwards.
        let corners = [node(row, column)?, node(row, column + 1)?, node(row + 1, column)?, node(row + 1, column + 1)?];
        let (lon, lat) = bilinear(corners, west, north);
        Some((-lon, lat))
    }
}

/// Nodes along one side; `None` where the numbers do not fit each other.
fn nodes(from: f64, to: f64, step: f64) -> Option<usize> {
    let cells = (to - from) / step;
    let is_right = step > 0.0 && (1.0..100_000.0).contains(&cells) && (cells - cells.round()).abs() < 1e-3;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is looked at first")]
    is_right.then(|| cells.round() as usize + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(is_big: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let key = |out: &mut Vec<u8>, name: &str| out.extend(format!("{name:<8}").as_bytes());
        let whole = |out: &mut Vec<u8>, name: &str, value: i32| {
            key(out, name);
            out.extend(if is_big { value.to_be_bytes() } else { value.to_le_bytes() });
            out.extend([0; 4]);
        };
        let number = |out: &mut Vec<u8>, name: &str, value: f64| {
            key(out, name);
            out.extend(if is_big { value.to_be_bytes() } else { value.to_le_bytes() });
        };
        let text = |out: &mut Vec<u8>, name: &str, value: &str| {
            key(out, name);
            key(out, value);
        };
        whole(&mut out, "NUM_OREC", 11);
        whole(&mut out, "NUM_SREC", 11);
        whole(&mut out, "NUM_FILE", 1);
        text(&mut out, "GS_TYPE", "SECONDS");
        for (name, value) in [("VERSION", "NTv2.0"), ("SYSTEM_F", "TOKYO"), ("SYSTEM_T", "JGD2000")] {
            text(&mut out, name, value);
        }
        for name in ["MAJOR_F", "MINOR_F", "MAJOR_T", "MINOR_T"] {
            number(&mut out, name, 6_377_397.0);
        }
        for (name, value) in [("SUB_NAME", "JAPAN"), ("PARENT", "NONE"), ("CREATED", ""), ("UPDATED", "")] {
            text(&mut out, name, value);
        }
        for (name, value) in [
            ("S_LAT", 35.0 * 3600.0),
            ("N_LAT", 36.0 * 3600.0),
            ("E_LONG", -140.0 * 3600.0),
            ("W_LONG", -139.0 * 3600.0),
            ("LAT_INC", 3600.0),
            ("LONG_INC", 3600.0),
        ] {
            number(&mut out, name, value);
        }
        whole(&mut out, "GS_COUNT", 4);
        // South-east, south-west, north-east, north-west: latitude and longitude (positive west).
        for (lat, lon) in [(12.0_f32, 11.0_f32), (12.0, 11.4), (12.4, 11.0), (12.4, 11.4)] {
            for value in [lat, lon, 0.0, 0.0] {
                out.extend(if is_big { value.to_be_bytes() } else { value.to_le_bytes() });
            }
        }
        out.extend(b"END     ");
        out
    }

    #[test]
    fn shifts_are_read_in_both_byte_orders_and_grow_to_the_west() {
        for is_big in [false, true] {
            let grids = Grids::parse(&file(is_big)).expect("a grid");
            let (lon, lat) = grids.shift_s(Coord { x: 139.25, y: 35.5 }).expect("inside");
            assert!((lon + 11.3).abs() < 1e-4 && (lat - 12.2).abs() < 1e-4, "{lon} {lat}");
            assert_eq!(grids.shift_s(Coord { x: 141.0, y: 35.5 }), None);
        }
    }

    #[test]
    fn a_grid_that_lies_about_itself_is_refused() {
        let good = file(false);
        for cut in 0..good.len() - 8 {
            assert!(Grids::parse(&good[..cut]).is_err(), "cut at {cut}");
        }
        for (name, value) in [("NUM_FILE", 3_i32), ("GS_COUNT", i32::MAX), ("GS_COUNT", -1)] {
            let mut bad = good.clone();
            let at = memchr::memmem::find(&bad, name.as_bytes()).expect("a record");
            bad[at + 8..at + 12].copy_from_slice(&value.to_le_bytes());
            assert!(Grids::parse(&bad).is_err(), "{name} {value}");
        }
    }
}
