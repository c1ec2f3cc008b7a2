//! The counting definition as data: `schemas/counting/`. Its digest goes with every stored figure.

use std::fmt;

use ipnet::IpNet;
use serde::Deserialize;
use sha2::Digest as _;

use super::verdict::{Kind, Verdict};

mod words;

pub use words::text_ja;

const V1: &str = include_str!("../../schemas/counting/v1.toml");
const ROBOTS: &str = include_str!("../../schemas/counting/robots.json");
const OVERLAY: &str = include_str!("../../schemas/counting/robots-overlay-jp.json");

/// The version of the rules that this program implements; see `engine` in the definition.
const ENGINE: u32 = 1;
/// The order of classes that [`super::classify`] implements.
const CLASS_ORDER: [&str; 7] = ["monitor", "staff", "robot_extra", "browser_exception", "machine", "robot", "browser"];

/// Why a definition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// The definition or one of its lists does not parse.
    #[error("the counting definition's {part} cannot be read: {detail}")]
    Parse {
        /// Which file.
        part: &'static str,
        /// What the parser says.
        detail: String,
    },
    /// A list is not the one that the definition names by its digest.
    #[error("the counting definition names another {part}: its digest is {found}")]
    Digest {
        /// Which file.
        part: &'static str,
        /// The digest found.
        found: String,
    },
    /// The definition asks for rules that this program does not implement.
    #[error("the counting definition asks for {what}, which this program does not implement")]
    Unknown {
        /// The key.
        what: &'static str,
    },
}

/// The digest of a definition with its lists and networks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionId([u8; 32]);

impl DefinitionId {
    /// The bare bytes.
    pub const fn bytes(self) -> [u8; 32] {
        self.0
    }

    /// Wraps bytes read back from a segment.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The id of a hexadecimal text of 64 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for DefinitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for DefinitionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DefinitionId({self})")
    }
}

/// The windows of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// Two uses of one thing by one visitor less than this apart are one, in milliseconds.
    pub repeat_ms: u64,
    /// Length of a session slice in hours; 1–24.
    pub session_hours: u8,
    /// Life of a day's salt from the beginning of the day, in hours; at least 24.
    pub salt_life_hours: u16,
    /// Leading bits of an IPv6 address that tell visitors apart; 0–128.
    pub ipv6_prefix_bits: u8,
}

/// A counting definition, ready for use.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its digest, networks included.
    pub id: DefinitionId,
    /// Its version.
    pub version: u32,
    /// Its Japanese title.
    pub title: String,
    text: String,
    /// Its windows.
    pub windows: Windows,
    /// Networks of the city hall.
    pub staff_networks: Vec<IpNet>,
    /// Networks of monitors.
    pub monitor_networks: Vec<IpNet>,
    pub(crate) robots: Vec<String>,
    pub(crate) overlay: Overlay,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    version: u32,
    title: String,
    engine: u32,
    class_order: Vec<String>,
    verdict_order: Vec<String>,
    windows: Windows,
    kind: Vec<KindText>,
    lists: Lists,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KindText {
    name: String,
    measures: Vec<String>,
    target: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    robots_sha256: String,
    overlay_sha256: String,
}

#[derive(Deserialize)]
struct Robots {
    patterns: Vec<RobotPattern>,
}

#[derive(Deserialize)]
struct RobotPattern {
    pattern: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Overlay {
    pub(crate) browser_exception: Vec<BrowserException>,
    pub(crate) robot_extra: Vec<OverlayPattern>,
    pub(crate) machine: Vec<MachinePattern>,
    pub(crate) monitor: Vec<OverlayPattern>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct BrowserException {
    pub(crate) pattern: String,
    pub(crate) disables: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OverlayPattern {
    pub(crate) pattern: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct MachinePattern {
    pub(crate) pattern: String,
    pub(crate) sub: String,
}

impl Definition {
    /// Its text, as in the file `schemas/counting/v1.toml`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The windows in the text of a definition that was kept with figures.
    pub fn windows_of(text: &str) -> Result<Windows, DefinitionError> {
        let parsed: Text =
            toml::from_str(text).map_err(|e| DefinitionError::Parse { part: "definition", detail: e.to_string() })?;
        check_rules(&parsed)?;
        Ok(parsed.windows)
    }

    /// A candidate definition from its text and, where it names others than the bundled ones, its lists.
    pub fn candidate(
        text: &str,
        robots: Option<&str>,
        overlay: Option<&str>,
        staff_networks: &[IpNet],
        monitor_networks: &[IpNet],
    ) -> Result<Self, DefinitionError> {
        Self::read(text, robots.unwrap_or(ROBOTS), overlay.unwrap_or(OVERLAY), staff_networks, monitor_networks)
    }

    /// Whether `candidate` can judge the same records in shadow: it must be another definition, and tell visitors apart
    /// by the same tokens.
    pub fn can_judge_beside(&self, candidate: &Self) -> Result<(), DefinitionError> {
        if candidate.id == self.id {
            return Err(DefinitionError::Unknown { what: "a candidate that is the definition in force" });
        }
        let (own, other) = (self.windows, candidate.windows);
        if own.ipv6_prefix_bits != other.ipv6_prefix_bits || own.salt_life_hours != other.salt_life_hours {
            return Err(DefinitionError::Unknown { what: "a candidate with other visitor tokens" });
        }
        Ok(())
    }

    /// The definition of figures from the logs of another web server: the same rule over less that is known, read
    /// through `mapping`; another id, another title.
    #[must_use]
    pub fn of_logs(mut self, mapping: &str) -> Self {
        let digest = sha2::Sha256::new().chain_update(self.id.0).chain_update(b"logs").chain_update(mapping);
        self.id = DefinitionId(digest.finalize().into());
        self.title = format!("{}(過去のアクセスログから)", self.title);
        self
    }

    /// The networks that are part of it, in words: one line each.
    pub fn networks_text(&self) -> String {
        let staff = self.staff_networks.iter().map(|network| format!("staff {network}\n"));
        let monitor = self.monitor_networks.iter().map(|network| format!("monitor {network}\n"));
        staff.chain(monitor).collect()
    }

    /// 計数定義 第1版 with the networks of this installation, which are part of the definition.
    pub fn bundled(staff_networks: &[IpNet], monitor_networks: &[IpNet]) -> Result<Self, DefinitionError> {
        Self::read(V1, ROBOTS, OVERLAY, staff_networks, monitor_networks)
    }

    fn read(
        text: &str,
        robots: &str,
        overlay: &str,
        staff_networks: &[IpNet],
        monitor_networks: &[IpNet],
    ) -> Result<Self, DefinitionError> {
        let parsed: Text =
            toml::from_str(text).map_err(|e| DefinitionError::Parse { part: "v1.toml", detail: e.to_string() })?;
        check_rules(&parsed)?;
        for (part, file, expected) in [
            ("robots.json", robots, &parsed.lists.robots_sha256),
            ("robots-overlay-jp.json", overlay, &parsed.lists.overlay_sha256),
        ] {
            let found = hex::encode(sha2::Sha256::digest(file));
            if found != *expected {
                return Err(DefinitionError::Digest { part, found });
            }
        }
        let list: Robots = serde_json::from_str(robots)
            .map_err(|e| DefinitionError::Parse { part: "robots.json", detail: e.to_string() })?;
        let overlay: Overlay = serde_json::from_str(overlay)
            .map_err(|e| DefinitionError::Parse { part: "robots-overlay-jp.json", detail: e.to_string() })?;
        let sorted = |networks: &[IpNet]| {
            let mut networks: Vec<IpNet> = networks.iter().map(IpNet::trunc).collect();
            networks.sort();
            networks.dedup();
            networks
        };
        let (staff_networks, monitor_networks) = (sorted(staff_networks), sorted(monitor_networks));
        let mut digest = sha2::Sha256::new().chain_update(text);
        for (mark, networks) in [("staff", &staff_networks), ("monitor", &monitor_networks)] {
            digest.update([0]);
            digest.update(mark);
            for network in networks {
                digest.update([b' ']);
                digest.update(network.to_string());
            }
        }
        Ok(Self {
            id: DefinitionId(digest.finalize().into()),
            version: parsed.version,
            title: parsed.title,
            text: text.to_owned(),
            windows: parsed.windows,
            staff_networks,
            monitor_networks,
            robots: list.patterns.into_iter().map(|entry| entry.pattern).collect(),
            overlay,
        })
    }
}

/// A definition that this program does not implement to the letter is refused rather than followed in part.
fn check_rules(text: &Text) -> Result<(), DefinitionError> {
    let unknown = |what| Err(DefinitionError::Unknown { what });
    if text.engine != ENGINE {
        return unknown("engine");
    }
    if text.class_order != CLASS_ORDER {
        return unknown("class_order");
    }
    if text.verdict_order != Verdict::ORDER.map(Verdict::name) {
        return unknown("verdict_order");
    }
    let same_kinds = text.kind.len() == Kind::ALL.len()
        && text.kind.iter().zip(Kind::ALL).all(|(found, kind)| {
            let (measures, target) = measures_of(kind);
            found.name == kind.name() && found.measures == measures && found.target == target
        });
    if !same_kinds {
        return unknown("kind");
    }
    let windows = text.windows;
    // The program lets a visitor's day end with the salt and looks back within the day only.
    if !(1..=24).contains(&windows.session_hours)
        || !(24..=48).contains(&windows.salt_life_hours)
        || windows.ipv6_prefix_bits > 128
        || windows.repeat_ms > 86_400_000
    {
        return unknown("windows");
    }
    Ok(())
}

/// What [`super::tally`] makes of each kind, in the words of the definition.
const fn measures_of(kind: Kind) -> (&'static [&'static str], &'static str) {
    match kind {
        Kind::DatasetPage | Kind::Metadata => (&["investigation"], "dataset"),
        Kind::Preview => (&["investigation"], "distribution"),
        Kind::Download | Kind::Rows => (&["investigation", "request"], "distribution"),
        Kind::Search => (&["search"], "query"),
        Kind::Map | Kind::MapEmbed => (&["map-session", "map-open"], "map"),
        Kind::Tile => (&["layer-use"], "layer"),
        Kind::UseCase => (&["use-case-view"], "use-case"),
        Kind::SitePage => (&["page-view"], "page"),
        Kind::Asset | Kind::StaffPage | Kind::Other => (&[], "none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_definition_fits_the_program_and_its_lists() {
        let definition = Definition::bundled(&[], &[]).expect("fits");
        assert_eq!(definition.version, 1);
        assert_eq!(definition.robots.len(), 327);
        assert_eq!(definition.windows.repeat_ms, 30_000);
        assert_eq!(DefinitionId::parse(&definition.id.to_string()), Some(definition.id));
    }

    #[test]
    fn any_change_of_the_definition_or_of_the_networks_makes_a_new_id() {
        let plain = Definition::bundled(&[], &[]).expect("fits").id;
        let hall: IpNet = "198.51.100.0/24".parse().expect("a network");
        let other: IpNet = "192.0.2.0/24".parse().expect("a network");
        let staff = Definition::bundled(&[hall, other], &[]).expect("fits").id;
        assert_ne!(plain, staff);
        assert_ne!(staff, Definition::bundled(&[], &[hall, other]).expect("fits").id);
        assert_eq!(staff, Definition::bundled(&[other, hall, hall], &[]).expect("fits").id);
        let longer = V1.replace("repeat_ms = 30000", "repeat_ms = 10000");
        assert_ne!(plain, Definition::read(&longer, ROBOTS, OVERLAY, &[], &[]).expect("fits").id);
    }

    #[test]
    fn a_changed_list_or_an_unknown_rule_is_refused() {
        let robots = ROBOTS.replacen("bot", "bat", 1);
        let error = Definition::read(V1, &robots, OVERLAY, &[], &[]).expect_err("another list");
        assert!(matches!(error, DefinitionError::Digest { part: "robots.json", .. }), "{error}");
        for (from, to) in [
            ("engine = 1", "engine = 2"),
            ("\"monitor\", \"staff\"", "\"staff\", \"monitor\""),
            ("measures = [\"search\"]", "measures = [\"investigation\"]"),
            ("session_hours = 1", "session_hours = 0"),
        ] {
            let changed = V1.replacen(from, to, 1);
            assert_ne!(changed, V1, "{from}");
            let error = Definition::read(&changed, ROBOTS, OVERLAY, &[], &[]).expect_err("unknown");
            assert!(matches!(error, DefinitionError::Unknown { .. }), "{error}");
        }
    }
}
