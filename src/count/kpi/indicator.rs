//! The indicators that cities set themselves, and the names they give them.

use serde::{Deserialize, Serialize};

use crate::count::tally::Measure;

/// One indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Indicator {
    /// Total investigations, browser.
    Accesses,
    /// Total requests, browser.
    Downloads,
    /// Total requests, machine.
    MachineRequests,
    /// Datasets public at the end of the year.
    PublicDatasets,
    /// Layers public at the end of the year.
    PublicLayers,
    /// Use cases public at the end of the year.
    UseCases,
    /// Map sessions, browser.
    MapSessions,
    /// Viewers of maps, summed by day, browser.
    Viewers,
    /// (Session, layer) pairs, browser.
    LayerUses,
    /// Duties of the city hall for which internal layers are in use.
    StaffDuties,
}

/// How the figure of a year comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// The sum of its days.
    Yearly,
    /// What there is at its end (累計).
    Cumulative,
}

impl Indicator {
    /// All, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Accesses,
        Self::Downloads,
        Self::MachineRequests,
        Self::PublicDatasets,
        Self::PublicLayers,
        Self::UseCases,
        Self::MapSessions,
        Self::Viewers,
        Self::LayerUses,
        Self::StaffDuties,
    ];

    /// The key in files and on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Accesses => "accesses",
            Self::Downloads => "downloads",
            Self::MachineRequests => "machine-requests",
            Self::PublicDatasets => "public-datasets",
            Self::PublicLayers => "public-layers",
            Self::UseCases => "use-cases",
            Self::MapSessions => "map-sessions",
            Self::Viewers => "viewers",
            Self::LayerUses => "layer-uses",
            Self::StaffDuties => "staff-duties",
        }
    }

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accesses => "オープンデータ年間アクセス数",
            Self::Downloads => "オープンデータ年間ダウンロード数",
            Self::MachineRequests => "API・機械利用数",
            Self::PublicDatasets => "公開データセット数(累計)",
            Self::PublicLayers => "公開レイヤー数(累計)",
            Self::UseCases => "活用事例数(累計)",
            Self::MapSessions => "公開型GIS年間アクセス数",
            Self::Viewers => "公開型GIS延べ閲覧者数(日別)",
            Self::LayerUses => "レイヤー別利用数(合計)",
            Self::StaffDuties => "統合型GIS活用業務数(累計)",
        }
    }

    /// The unit.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Accesses | Self::Downloads | Self::MachineRequests | Self::MapSessions | Self::LayerUses => "件/年",
            Self::PublicDatasets | Self::PublicLayers | Self::UseCases => "件",
            Self::Viewers => "人",
            Self::StaffDuties => "業務",
        }
    }

    /// Names under which plans of cities carry the indicator, beside its own and its key.
    const fn other_names(self) -> &'static [&'static str] {
        match self {
            Self::Accesses => {
                &["オープンデータのアクセス数", "オープンデータアクセス数", "オープンデータの年間アクセス数"]
            }
            Self::Downloads => &["オープンデータのダウンロード数", "オープンデータダウンロード数"],
            Self::MachineRequests => &["APIの利用数", "機械利用数"],
            Self::PublicDatasets => &[
                "公開データセット数",
                "オープンデータ公開件数",
                "オープンデータ公開件数(累計)",
                "オープンデータの公開件数",
            ],
            Self::PublicLayers => &["公開レイヤー数", "公開する地理情報数", "公開する地理情報数(累計)"],
            Self::UseCases => &["活用事例数", "オープンデータ活用事例数", "オープンデータ活用事例数(累計)"],
            Self::MapSessions => &["公開GISのアクセス数", "公開GISのアクセス数(年間)", "公開型GISのアクセス数"],
            Self::Viewers => &["公開型GISの閲覧者数", "公開GISの閲覧者数"],
            Self::LayerUses => &["レイヤー別利用数"],
            Self::StaffDuties => &["統合型GISの活用業務数", "統合型GISの活用業務数(累計)"],
        }
    }

    /// The indicator of a key or of a name; brackets and spaces may be of either width.
    pub fn parse(text: &str) -> Option<Self> {
        let wanted = plain(text);
        Self::ALL.into_iter().find(|own| {
            wanted == own.key()
                || wanted == own.key().replace('-', "_")
                || wanted == plain(own.name())
                || own.other_names().iter().any(|name| wanted == plain(name))
        })
    }

    /// Whether it is a sum or what there is.
    pub const fn nature(self) -> Nature {
        match self {
            Self::PublicDatasets | Self::PublicLayers | Self::UseCases | Self::StaffDuties => Nature::Cumulative,
            _ => Nature::Yearly,
        }
    }

    /// What is summed, and for which main class.
    pub const fn counted(self) -> Option<(Measure, &'static str)> {
        match self {
            Self::Accesses => Some((Measure::Investigations, "browser")),
            Self::Downloads => Some((Measure::Requests, "browser")),
            Self::MachineRequests => Some((Measure::Requests, "machine")),
            Self::MapSessions => Some((Measure::MapSessions, "browser")),
            Self::Viewers => Some((Measure::Viewers, "browser")),
            Self::LayerUses => Some((Measure::LayerUses, "browser")),
            Self::PublicDatasets | Self::PublicLayers | Self::UseCases | Self::StaffDuties => None,
        }
    }

    /// Why there is nothing of the kind to count here; `None` for what is counted.
    pub(super) const fn not_applicable(self) -> Option<&'static str> {
        match self {
            Self::UseCases => Some("該当なし(このサイトに活用事例の登録はありません)"),
            Self::StaffDuties => Some("該当なし(庁内向けのレイヤーはありません)"),
            _ => None,
        }
    }
}

/// A name without spaces, its brackets and letters narrow.
fn plain(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    text.nfkc().filter(|letter| !letter.is_whitespace()).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_that_a_plan_uses_finds_its_indicator_and_no_two_share_one() {
        for own in Indicator::ALL {
            for name in own.other_names().iter().chain([&own.key(), &own.name()]) {
                assert_eq!(Indicator::parse(name), Some(own), "{name}");
            }
        }
        assert_eq!(Indicator::parse("公開GISのアクセス数(年間)"), Some(Indicator::MapSessions));
        assert_eq!(Indicator::parse("公開GISのアクセス数(年間)"), Some(Indicator::MapSessions));
        assert_eq!(Indicator::parse("来庁者数"), None);
    }
}
