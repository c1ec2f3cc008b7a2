//! Keys with which programs write (CKAN: API tokens): what one may do, and for whom.

use serde::{Deserialize, Serialize};

use super::code::MunicipalityCode;

/// What the holder of a token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rights {
    /// Send files, which wait until a person publishes them.
    Edit,
    /// Send files, which are published at once where nothing speaks against it.
    Publish,
}

impl Rights {
    /// The word on the command line and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Edit => "edit",
            Self::Publish => "publish",
        }
    }

    /// The rights of a [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Edit, Self::Publish].into_iter().find(|rights| rights.as_str() == text)
    }
}

/// A token as it is kept: never the text itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: String,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    /// The one organization it writes for; `None` = all.
    pub organization: Option<MunicipalityCode>,
    /// What it may do.
    pub rights: Rights,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// From when it is none any more; `None` = never.
    pub expires: Option<jiff::Timestamp>,
    /// When it was revoked.
    pub revoked: Option<jiff::Timestamp>,
}

impl Token {
    /// Whether it is one at this moment.
    pub fn is_valid(&self, now: jiff::Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|end| now < end)
    }

    /// Whether it writes for an organization.
    pub fn writes_for(&self, organization: MunicipalityCode) -> bool {
        self.organization.is_none_or(|own| own == organization)
    }
}

/// How a token's text begins, so that one that was left lying about is recognised.
pub const PREFIX: &str = "hiraku_";
/// Length of its text: the prefix and 32 random bytes in hex.
pub const TEXT_LENGTH: usize = PREFIX.len() + 64;

/// The text of a token made of 32 random bytes.
pub fn text(random: &[u8; 32]) -> String {
    format!("{PREFIX}{}", hex::encode(random))
}

/// What is kept of a text: its SHA-256. The text holds 256 random bits, so that nothing slower is needed.
pub fn digest(text: &str) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).into()
}

/// Compares two digests in a time that does not tell where they differ.
pub fn is_same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    let mut differs = 0;
    for (a, b) in a.iter().zip(b) {
        differs |= std::hint::black_box(a ^ b);
    }
    differs == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_with_its_day_and_when_it_is_revoked() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().expect("a time");
        let mut token = Token {
            id: "x".to_owned(),
            name: "loader".to_owned(),
            organization: MunicipalityCode::parse("222127").ok(),
            rights: Rights::Edit,
            created: at("2026-11-01T00:00:00Z"),
            expires: Some(at("2026-12-01T00:00:00Z")),
            revoked: None,
        };
        assert!(token.is_valid(at("2026-11-30T23:59:59Z")));
        assert!(!token.is_valid(at("2026-12-01T00:00:00Z")));
        assert!(token.writes_for(MunicipalityCode::parse("222127").expect("a code")));
        assert!(!token.writes_for(MunicipalityCode::parse("242039").expect("a code")));
        token.revoked = Some(at("2026-11-02T00:00:00Z"));
        assert!(!token.is_valid(at("2026-11-03T00:00:00Z")));
        token.organization = None;
        assert!(token.writes_for(MunicipalityCode::parse("242039").expect("a code")));
    }

    #[test]
    fn digests_are_compared_whole() {
        let (a, mut b) = (digest("a"), digest("a"));
        assert!(is_same(&a, &b));
        b[31] ^= 1;
        assert!(!is_same(&a, &b));
        assert_eq!(text(&[0; 32]).len(), TEXT_LENGTH);
    }
}
