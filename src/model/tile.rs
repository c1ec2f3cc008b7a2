//! Tile addresses of the web-mercator pyramid (WebMercatorQuad, XYZ scheme).

use std::f64::consts::PI;

use super::lonlat::Bbox;

/// A tile: zoom 0–22, column and row below `2^z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileCoord {
    z: u8,
    x: u32,
    y: u32,
}

/// The deepest zoom addressed.
pub const MAX_ZOOM: u8 = 22;

impl TileCoord {
    /// `None` where the tile cannot exist.
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        (z <= MAX_ZOOM && x < 1 << z && y < 1 << z).then_some(Self { z, x, y })
    }

    /// Parses three path parts of ASCII digits without sign or leading zeros; `None` is a 404.
    pub fn parse(z: &str, x: &str, y: &str) -> Option<Self> {
        Self::new(u8::try_from(digits(z)?).ok()?, digits(x)?, digits(y)?)
    }

    /// The tile of a zoom (0–22) that holds a position; what lies outside the world of web maps belongs to its edge.
    pub fn of(z: u8, lon_deg: f64, lat_deg: f64) -> Self {
        let z = z.min(MAX_ZOOM);
        let side = f64::from(1_u32 << z);
        let x = (lon_deg + 180.0) / 360.0 * side;
        let y = (1.0 - lat_deg.to_radians().tan().asinh() / PI) / 2.0 * side;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the world")]
        let number = |value: f64| value.floor().clamp(0.0, side - 1.0) as u32;
        Self { z, x: number(x), y: number(y) }
    }

    /// The box of the tile in degrees (spherical Mercator, as all web maps).
    pub fn bounds(self) -> Bbox {
        let side = f64::from(1_u32 << self.z);
        let lon = |x: f64| x / side * 360.0 - 180.0;
        let lat = |y: f64| (PI * (1.0 - 2.0 * y / side)).sinh().atan().to_degrees();
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        Bbox { west_deg: lon(x), south_deg: lat(y + 1.0), east_deg: lon(x + 1.0), north_deg: lat(y) }
    }

    /// Zoom, 0–22.
    pub fn z(self) -> u8 {
        self.z
    }

    /// Column from the west.
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row from the north.
    pub fn y(self) -> u32 {
        self.y
    }
}

/// How the tileset of a table is to be built, where its publisher says so (`[tiles]` of `source.toml`).
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TileSettings {
    /// Least zoom with tiles, 0–18; chosen from the data where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_zoom: Option<u8>,
    /// Greatest zoom with tiles, 0–18; chosen from the data where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_zoom: Option<u8>,
    /// From this zoom on every feature is in the tiles, whatever they weigh: for ledgers (台帳), whose working zooms must
    /// never thin. The greatest zoom always holds every feature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete_from: Option<u8>,
    /// What matters most where a tile cannot hold everything; the drawn size where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importance: Option<Importance>,
    /// The column written at label points; that which names the records where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

impl TileSettings {
    /// Whether nothing is asked for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A column whose values say what matters.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Importance {
    /// The column.
    pub column: String,
    /// Its values, most important first; 14 are told apart, all others matter less than these.
    pub order: Vec<String>,
}

fn digits(text: &str) -> Option<u32> {
    let plain = (1..=8).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text.len() == 1 || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tiles_that_exist_parse() {
        assert!(TileCoord::parse("0", "0", "0").is_some());
        assert!(TileCoord::parse("14", "14448", "6480").is_some());
        for (z, x, y) in [
            ("-1", "0", "0"),
            ("1", "2", "0"),
            ("23", "0", "0"),
            ("1", "+1", "0"),
            ("1", "01", "0"),
            ("1", "1.0", "0"),
            ("1", "１", "0"),
            ("9", "99999999999999999999", "0"),
            ("", "", ""),
        ] {
            assert!(TileCoord::parse(z, x, y).is_none(), "{z}/{x}/{y}");
        }
    }

    #[test]
    fn the_box_of_a_tile_is_that_of_web_maps() {
        let all = TileCoord::new(0, 0, 0).expect("the world").bounds();
        assert!((all.north_deg - 85.051_128_779_8).abs() < 1e-9 && (all.west_deg + 180.0).abs() < 1e-9);
        // 焼津市 lies in 14/14486/6497.
        let tile = TileCoord::new(14, 14486, 6497).expect("a tile").bounds();
        assert!(tile.west_deg < 138.31 && tile.east_deg > 138.29, "{tile:?}");
        assert!(tile.south_deg < 34.88 && tile.north_deg > 34.85, "{tile:?}");
    }

    #[test]
    fn the_tile_of_a_position_stays_inside_the_world() {
        for (z, lon, lat, x, y) in
            [(14, 138.31, 34.86, 14486, 6497), (3, -180.0, 89.9, 0, 0), (3, 180.0, -89.9, 7, 7), (0, 0.0, 0.0, 0, 0)]
        {
            assert_eq!(TileCoord::of(z, lon, lat), TileCoord::new(z, x, y).expect("a tile"));
        }
    }
}
