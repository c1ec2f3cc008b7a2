//! Names that stand in addresses: of datasets, tables and layers.

use std::fmt;

/// A name that CKAN accepts for a package or organization: 2–100 of `a-z 0-9 _ -`.
///
/// Source: CKAN `name_validator`; reserved words `new`, `edit` and `search` are refused as there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Slug(String);

/// The text is no valid [`Slug`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a name has 2 to 100 of a-z, 0-9, '_' and '-', and is not new, edit or search; found {found:?}")]
pub struct SlugError {
    /// The text as given, cut at 120 characters.
    pub found: String,
}

impl Slug {
    /// Checks and keeps the text.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let fits = (2..=100).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'))
            && !matches!(text, "new" | "edit" | "search");
        if fits { Ok(Self(text.to_owned())) } else { Err(SlugError { found: text.chars().take(120).collect() }) }
    }

    /// A stable name for a text that cannot be one itself: `prefix` and ten hex digits of its SHA-256.
    ///
    /// Used where a folder or sheet has only a Japanese name; the same text always gives the same name.
    pub fn from_digest(prefix: &str, text: &str) -> Self {
        use sha2::Digest as _;
        let digest = hex::encode(sha2::Sha256::digest(text.as_bytes()));
        let prefix: String =
            prefix.chars().filter(|c| matches!(c, 'a'..='z' | '0'..='9' | '_' | '-')).take(80).collect();
        Self(format!("{prefix}{}", &digest[..10]))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Slug {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// SHA-256 of an object's bytes: its name under `objects/` and its ETag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Wraps 32 bytes computed elsewhere (a streaming hasher).
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// 64 lower-case hex digits.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.to_hex())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule_of_ckan() {
        for good in ["222127_aed", "ab", "a-b_c9"] {
            assert!(Slug::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "A1", "避難所", "a b", "search", &"x".repeat(101), "a/b", "a."] {
            assert!(Slug::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Slug::from_digest("222127_", "浸水履歴"), Slug::from_digest("222127_", "浸水履歴"));
        assert!(Slug::parse(Slug::from_digest("222127_", "浸水履歴").as_str()).is_ok());
    }
}
