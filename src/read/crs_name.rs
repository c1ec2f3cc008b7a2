//! Coordinate systems as people say them: `EPSG:6676`, 平面直角座標系第8系.

use super::Crs;
use super::crs::{from_epsg, from_name, zone_by_name};

impl Crs {
    /// The system a person names: an EPSG code with or without `EPSG:`, a URN, or 平面直角座標系第n系 (JGD2011).
    /// `None` where it is none of those read.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(code) = text.parse::<u32>() {
            return from_epsg(code);
        }
        match from_name(text) {
            Self::Unknown(_) => zone_by_name(text).map(Self::PlaneRectangular),
            known => Some(known),
        }
    }

    /// All systems that can be told by their coordinates, those of today first.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Geographic];
        all.extend((1..=19).map(Self::PlaneRectangular));
        all.extend((51..=56).map(Self::Utm));
        all.push(Self::WebMercator);
        all.push(Self::GeographicTokyo);
        all.extend((1..=19).map(Self::PlaneRectangularTokyo));
        all.extend((51..=55).map(Self::UtmTokyo));
        all
    }

    /// Its EPSG code; of JGD2011 where several systems are read alike. `None` where it is not known.
    pub fn epsg(&self) -> Option<u32> {
        Some(match self {
            Self::Geographic => 6668,
            Self::GeographicTokyo => 4301,
            Self::PlaneRectangular(zone) => 6668 + u32::from(*zone),
            Self::PlaneRectangularTokyo(zone) => 30_160 + u32::from(*zone),
            Self::Utm(zone @ 51..=55) => 6637 + u32::from(*zone),
            Self::Utm(zone) => 32_600 + u32::from(*zone),
            Self::UtmTokyo(zone) => 3041 + u32::from(*zone),
            Self::WebMercator => 3857,
            Self::Missing | Self::Unknown(_) => return None,
        })
    }

    /// Its code and name for people: `EPSG:6676 平面直角座標系第8系`.
    pub fn label(&self) -> String {
        let name = match self {
            Self::Geographic => "緯度経度(JGD2011)".to_owned(),
            Self::GeographicTokyo => "緯度経度(日本測地系)".to_owned(),
            Self::PlaneRectangular(zone) => format!("平面直角座標系第{zone}系(JGD2011)"),
            Self::PlaneRectangularTokyo(zone) => format!("平面直角座標系第{zone}系(日本測地系)"),
            Self::Utm(zone) => format!("UTM第{zone}帯"),
            Self::UtmTokyo(zone) => format!("UTM第{zone}帯(日本測地系)"),
            Self::WebMercator => "ウェブメルカトル".to_owned(),
            Self::Missing => return "-".to_owned(),
            Self::Unknown(name) => return name.clone(),
        };
        self.epsg().map_or_else(|| name.clone(), |code| format!("EPSG:{code} {name}"))
    }

    /// Whether it is on the old Tokyo Datum.
    pub fn is_tokyo(&self) -> bool {
        matches!(self, Self::GeographicTokyo | Self::PlaneRectangularTokyo(_) | Self::UtmTokyo(_))
    }

    /// Whether its numbers are degrees.
    pub fn is_geographic(&self) -> bool {
        matches!(self, Self::Geographic | Self::GeographicTokyo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_is_known_by_its_own_code() {
        for crs in Crs::all() {
            let code = crs.epsg().expect("a code");
            assert_eq!(from_epsg(code), Some(crs.clone()), "{code}");
            assert_eq!(Crs::parse(&format!("epsg:{code}")), Some(crs.clone()));
            assert_eq!(Crs::parse(crs.label().split(' ').next().expect("a code")), Some(crs));
        }
    }

    #[test]
    fn people_say_systems_in_several_ways() {
        assert_eq!(Crs::parse("6676"), Some(Crs::PlaneRectangular(8)));
        assert_eq!(Crs::parse("平面直角座標系第8系"), Some(Crs::PlaneRectangular(8)));
        assert_eq!(Crs::parse("EPSG:99999"), None);
        assert_eq!(Crs::parse("どこか"), None);
    }
}
