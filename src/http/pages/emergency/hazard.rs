//! The kinds of disaster a shelter is marked for: the eight flags of the standard's sheet 03, which are those of the
//! law (災害対策基本法施行令 第20条の4) and of 国土地理院's lists.

use std::borrow::Cow;

use crate::http::words::say;

/// A kind of disaster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hazard {
    /// 洪水.
    Flood,
    /// 崖崩れ、土石流及び地滑り.
    Landslide,
    /// 高潮.
    StormSurge,
    /// 地震.
    Earthquake,
    /// 津波.
    Tsunami,
    /// 大規模な火事.
    Fire,
    /// 内水氾濫.
    InlandFlood,
    /// 火山現象.
    Volcano,
}

impl Hazard {
    /// All, in the order of the sheet: the place of each is its bit.
    pub(super) const ALL: [Self; 8] = [
        Self::Flood,
        Self::Landslide,
        Self::StormSurge,
        Self::Earthquake,
        Self::Tsunami,
        Self::Fire,
        Self::InlandFlood,
        Self::Volcano,
    ];

    /// Its name in addresses.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Flood => "flood",
            Self::Landslide => "landslide",
            Self::StormSurge => "storm-surge",
            Self::Earthquake => "earthquake",
            Self::Tsunami => "tsunami",
            Self::Fire => "fire",
            Self::InlandFlood => "inland-flood",
            Self::Volcano => "volcano",
        }
    }

    /// The hazard of that name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hazard| hazard.name() == name)
    }

    /// The field of sheet 03 that holds its flag.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Flood => "災害種別_洪水",
            Self::Landslide => "災害種別_崖崩れ、土石流及び地滑り",
            Self::StormSurge => "災害種別_高潮",
            Self::Earthquake => "災害種別_地震",
            Self::Tsunami => "災害種別_津波",
            Self::Fire => "災害種別_大規模な火事",
            Self::InlandFlood => "災害種別_内水氾濫",
            Self::Volcano => "災害種別_火山現象",
        }
    }

    /// What people call it, in the language of the request.
    pub(super) fn words(self) -> Cow<'static, str> {
        match self {
            Self::Flood => say("emergency-flood"),
            Self::Landslide => say("emergency-landslide"),
            Self::StormSurge => say("emergency-storm-surge"),
            Self::Earthquake => say("emergency-earthquake"),
            Self::Tsunami => say("emergency-tsunami"),
            Self::Fire => say("emergency-fire"),
            Self::InlandFlood => say("emergency-inland-flood"),
            Self::Volcano => say("emergency-volcano"),
        }
    }

    /// Its bit in a set of hazards.
    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hazard_has_a_name_a_bit_and_a_field_of_the_sheet() {
        let sheet = crate::schema::Schemas::bundled().sheet("03").expect("the sheet of shelters");
        let mut bits = 0;
        for hazard in Hazard::ALL {
            assert_eq!(Hazard::parse(hazard.name()), Some(hazard));
            assert!(sheet.fields.iter().any(|field| field.name == hazard.field()), "{}", hazard.field());
            bits |= hazard.bit();
        }
        assert_eq!(bits, u8::MAX);
        assert_eq!(Hazard::parse("洪水"), None);
    }
}
