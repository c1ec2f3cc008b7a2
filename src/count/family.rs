//! Families of User-Agents: what of a client's name is kept with a record, and after the day only where at least twenty
//! visitors of the day share it.
//!
//! A record keeps a family as its place in `FAMILIES`; so the list grows at its end only in what a place means, and
//! the order in which it is tried is its own. The archive keeps the name.

/// Visitors of one day that must share a family for it to be kept (計数定義 第1版, 個人情報).
pub const LEAST_VISITORS: usize = 20;

/// Names in the archive and the text in a User-Agent by which each is known; the first that fits is taken. Programs
/// that call themselves after others come before those.
const FAMILIES: [(&str, &str); 32] = [
    ("googlebot", "Googlebot"),
    ("bingbot", "bingbot"),
    ("applebot", "Applebot"),
    ("baiduspider", "Baiduspider"),
    ("yandexbot", "YandexBot"),
    ("gptbot", "GPTBot"),
    ("claudebot", "ClaudeBot"),
    ("yahoo-japan-app", "YJApp"),
    ("line-app", " Line/"),
    ("google-app", "GSA/"),
    ("samsung-browser", "SamsungBrowser/"),
    ("opera", "OPR/"),
    ("edge", "Edg"),
    ("firefox-ios", "FxiOS/"),
    ("chrome-ios", "CriOS/"),
    ("firefox", "Firefox/"),
    ("qgis", "QGIS"),
    ("arcgis", "ArcGIS"),
    ("gdal", "GDAL/"),
    ("chrome", "Chrome/"),
    ("safari", "Safari/"),
    ("excel", "Microsoft Office"),
    ("power-query", "PowerQuery"),
    ("duckdb", "duckdb"),
    ("python-requests", "python-requests/"),
    ("python-urllib", "Python-urllib/"),
    ("curl", "curl/"),
    ("wget", "Wget/"),
    ("node", "node"),
    ("go-http", "Go-http-client/"),
    ("java", "Java/"),
    ("kube-probe", "kube-probe/"),
];

/// A family, or none that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Family(u8);

impl Family {
    /// None that is known.
    pub const OTHER: Self = Self(0);

    /// The family of a User-Agent.
    pub fn of(agent: &[u8]) -> Self {
        let place = FAMILIES.iter().position(|(_, mark)| memchr::memmem::find(agent, mark.as_bytes()).is_some());
        place.and_then(|place| u8::try_from(place + 1).ok()).map_or(Self::OTHER, Self)
    }

    /// The code in a record.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// The family of a record's code; a code that is not known is [`Self::OTHER`].
    pub const fn from_code(code: u8) -> Self {
        if code as usize <= FAMILIES.len() { Self(code) } else { Self::OTHER }
    }

    /// The name in the archive.
    pub fn name(self) -> Option<&'static str> {
        FAMILIES.get(usize::from(self.0).checked_sub(1)?).map(|(name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_that_call_themselves_after_others_are_known_for_what_they_are() {
        for (agent, name) in [
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36", Some("chrome")),
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", Some("edge")),
            ("Mozilla/5.0 (compatible; Googlebot/2.1) Chrome/131.0 Safari/537.36", Some("googlebot")),
            ("curl/8.5.0", Some("curl")),
            ("", None),
            ("something of its own", None),
        ] {
            let family = Family::of(agent.as_bytes());
            assert_eq!(family.name(), name, "{agent}");
            assert_eq!(Family::from_code(family.code()), family);
        }
        assert_eq!(Family::from_code(255), Family::OTHER);
    }
}
