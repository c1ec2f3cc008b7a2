//! Positions on the earth: longitude before latitude, decimal degrees, JGD2011 (EPSG:6668).

/// A position in decimal degrees; longitude in −180…180, latitude in −90…90, both finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LonLat {
    lon_deg: f64,
    lat_deg: f64,
}

impl LonLat {
    /// `None` where a number is not finite or outside the earth.
    pub fn new(lon_deg: f64, lat_deg: f64) -> Option<Self> {
        ((-180.0..=180.0).contains(&lon_deg) && (-90.0..=90.0).contains(&lat_deg)).then_some(Self { lon_deg, lat_deg })
    }

    /// Longitude, degrees east.
    pub fn lon_deg(self) -> f64 {
        self.lon_deg
    }

    /// Latitude, degrees north.
    pub fn lat_deg(self) -> f64 {
        self.lat_deg
    }

    /// Whether the position lies in the box that holds all of Japan (lon 122–154, lat 20–46).
    pub fn is_in_japan(self) -> bool {
        JAPAN.contains(self)
    }
}

/// A box of degrees: west ≤ east, south ≤ north.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bbox {
    /// Least longitude.
    pub west_deg: f64,
    /// Least latitude.
    pub south_deg: f64,
    /// Greatest longitude.
    pub east_deg: f64,
    /// Greatest latitude.
    pub north_deg: f64,
}

/// The box that holds all of Japan, from 与那国島 to 南鳥島 and from 沖ノ鳥島 to 択捉島.
pub const JAPAN: Bbox = Bbox { west_deg: 122.0, south_deg: 20.0, east_deg: 154.0, north_deg: 46.0 };

impl Bbox {
    /// The box of one position.
    pub fn of(position: LonLat) -> Self {
        Self {
            west_deg: position.lon_deg,
            south_deg: position.lat_deg,
            east_deg: position.lon_deg,
            north_deg: position.lat_deg,
        }
    }

    /// The smallest box around both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            west_deg: self.west_deg.min(other.west_deg),
            south_deg: self.south_deg.min(other.south_deg),
            east_deg: self.east_deg.max(other.east_deg),
            north_deg: self.north_deg.max(other.north_deg),
        }
    }

    /// Whether the position lies inside or on the edge.
    pub fn contains(&self, position: LonLat) -> bool {
        (self.west_deg..=self.east_deg).contains(&position.lon_deg)
            && (self.south_deg..=self.north_deg).contains(&position.lat_deg)
    }

    /// Whether the boxes share a point.
    pub fn intersects(&self, other: &Self) -> bool {
        self.west_deg <= other.east_deg
            && other.west_deg <= self.east_deg
            && self.south_deg <= other.north_deg
            && other.south_deg <= self.north_deg
    }

    /// The middle.
    pub fn center(&self) -> (f64, f64) {
        (f64::midpoint(self.west_deg, self.east_deg), f64::midpoint(self.south_deg, self.north_deg))
    }
}

/// Place of a position on the Hilbert curve of order 16 over the box of Japan, 0…2^32−1.
///
/// Records sorted by it lie near their neighbours, so row groups can be skipped by box. Positions outside the box are
/// clamped to its edge.
pub fn hilbert(lon_deg: f64, lat_deg: f64) -> u32 {
    const SIDE: f64 = 65_535.0;
    let scale = |value: f64, low: f64, high: f64| -> u32 {
        let unit = ((value - low) / (high - low)).clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0…65535")]
        let cell = (unit * SIDE) as u32;
        cell
    };
    let mut x = scale(lon_deg, JAPAN.west_deg, JAPAN.east_deg);
    let mut y = scale(lat_deg, JAPAN.south_deg, JAPAN.north_deg);
    let mut distance = 0_u32;
    let mut side = 1_u32 << 15;
    while side > 0 {
        let rx = u32::from(x & side > 0);
        let ry = u32::from(y & side > 0);
        distance = distance.wrapping_add(side.wrapping_mul(side).wrapping_mul((3 * rx) ^ ry));
        if ry == 0 {
            if rx == 1 {
                x = 65_535 - x;
                y = 65_535 - y;
            }
            std::mem::swap(&mut x, &mut y);
        }
        side >>= 1;
    }
    distance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_outside_the_earth_do_not_exist() {
        assert!(LonLat::new(f64::NAN, 0.0).is_none());
        assert!(LonLat::new(0.0, 90.5).is_none());
        assert!(LonLat::new(138.3, 34.8).is_some_and(LonLat::is_in_japan));
        assert!(!LonLat::new(0.0, 0.0).is_some_and(LonLat::is_in_japan));
    }

    #[test]
    fn the_hilbert_curve_visits_neighbours_in_turn() {
        // One step along the curve moves one cell: checked on a small grid by sorting its cells.
        let mut cells: Vec<(u32, i64, i64)> = Vec::new();
        for x in 0..16_i32 {
            for y in 0..16_i32 {
                let lon = 122.0 + 32.0 * (f64::from(x) + 0.5) / 16.0;
                let lat = 20.0 + 26.0 * (f64::from(y) + 0.5) / 16.0;
                cells.push((hilbert(lon, lat), i64::from(x), i64::from(y)));
            }
        }
        cells.sort_unstable();
        for pair in cells.windows(2) {
            let step = (pair[0].1 - pair[1].1).abs() + (pair[0].2 - pair[1].2).abs();
            assert_eq!(step, 1, "{pair:?}");
        }
    }
}
