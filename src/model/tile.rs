//! Tile addresses of the web-mercator pyramid (WebMercatorQuad, XYZ scheme).

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
    /// The column written at label points; 名称 of a standard sheet where absent.
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
}
