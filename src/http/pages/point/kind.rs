//! What a layer is about, for the headings of the report.

use std::borrow::Cow;

use crate::http::words::say;
use crate::model::catalogue::Dataset;

/// A heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Zoning, fire zones and other rules for building.
    Planning,
    /// Where a disaster is expected, or has been.
    Hazard,
    /// School districts.
    School,
    /// Municipality, town, association.
    Boundary,
    /// Anything else.
    Other,
}

/// Words of titles that say so, the first kind that fits: a hazard of a school is a hazard.
const WORDS: [(Kind, &[&str]); 4] = [
    (
        Kind::Hazard,
        &["浸水", "洪水", "津波", "土砂", "高潮", "内水", "ハザード", "液状化", "噴火", "災害危険", "想定区域"],
    ),
    (Kind::School, &["小学校区", "中学校区", "学区", "通学区", "校区"]),
    (
        Kind::Planning,
        &[
            "用途地域",
            "防火地域",
            "防火",
            "都市計画",
            "市街化",
            "区域区分",
            "誘導",
            "地区計画",
            "高度利用",
            "区画整理",
            "敷地面積",
        ],
    ),
    (Kind::Boundary, &["行政区域", "行政界", "市区町村界", "町字", "自治会", "町内会", "自主防災"]),
];

impl Kind {
    /// All, in the order of the report.
    pub(super) const ALL: [Self; 5] = [Self::Hazard, Self::Planning, Self::School, Self::Boundary, Self::Other];

    /// The kind of a dataset's layers: by its title, else by its theme and tags.
    pub(super) fn of(dataset: &Dataset) -> Self {
        let fits = |text: &str| {
            WORDS.iter().find(|(_, words)| words.iter().any(|word| text.contains(word))).map(|(kind, _)| *kind)
        };
        fits(&dataset.title)
            .or_else(|| fits(&dataset.theme))
            .or_else(|| dataset.tags.iter().find_map(|tag| fits(tag)))
            .unwrap_or(Self::Other)
    }

    /// Its name in documents.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Planning => "planning",
            Self::Hazard => "hazard",
            Self::School => "school-district",
            Self::Boundary => "boundary",
            Self::Other => "other",
        }
    }

    /// The heading.
    pub(super) fn words(self) -> Cow<'static, str> {
        match self {
            Self::Planning => say("point-planning"),
            Self::Hazard => say("point-hazard"),
            Self::School => say("point-school"),
            Self::Boundary => say("point-boundary"),
            Self::Other => say("point-other"),
        }
    }
}
