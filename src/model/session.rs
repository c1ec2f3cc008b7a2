//! How long a person stays signed in, and the secrets that are handed out: of none the text is kept, only its digest.

use sha2::Digest as _;

/// A session nobody uses ends after half an hour.
pub const IDLE: jiff::SignedDuration = jiff::SignedDuration::from_mins(30);
/// Every session ends after twelve hours: a working day, never two.
pub const WHOLE: jiff::SignedDuration = jiff::SignedDuration::from_hours(12);
/// How long the second factor is waited for after the password.
pub const HALF: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);
/// How long ago the password may have been given for an act that asks for it again.
pub const FRESH: jiff::SignedDuration = jiff::SignedDuration::from_mins(15);
/// The same for the page that holds the form of such an act, so that a form that was opened can be sent.
pub const FRESH_FOR_FORM: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);
/// How far back the clock may go before sessions it then did not yet know are ended.
const CLOCK_BACK: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id (UUIDv7), which opens nothing.
    pub id: String,
    /// Whose it is.
    pub account_id: String,
    /// Whether the second factor is still missing.
    pub half: bool,
    /// When it began.
    pub created: jiff::Timestamp,
    /// When it was used last.
    pub seen: jiff::Timestamp,
    /// When the password was given last.
    pub confirmed: jiff::Timestamp,
}

impl Session {
    /// Whether it is one at this moment. A clock that went back by more than five minutes ends it too.
    pub fn is_alive(&self, now: jiff::Timestamp) -> bool {
        let age = now.duration_since(self.created);
        let idle = now.duration_since(self.seen);
        let whole = if self.half { HALF } else { WHOLE };
        age < whole && idle < IDLE && age > -CLOCK_BACK && idle > -CLOCK_BACK
    }

    /// Whether the password was given within `limit`.
    pub fn is_fresh(&self, now: jiff::Timestamp, limit: jiff::SignedDuration) -> bool {
        let since = now.duration_since(self.confirmed);
        since < limit && since > -CLOCK_BACK
    }
}

/// A secret of 256 random bits that is handed out: of a session, a link.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Takes 32 random bytes.
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Reads 64 small hex digits; anything else is none.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }

    /// What is handed out.
    pub fn text(&self) -> String {
        hex::encode(self.0)
    }

    /// What is kept: nothing slower than SHA-256 is needed over 256 random bits.
    pub fn digest(&self) -> [u8; 32] {
        self.derived("kept")
    }

    /// The token that forms of this session carry (CSRF). It tells nothing of the secret.
    pub fn form_token(&self) -> String {
        hex::encode(self.derived("form"))
    }

    /// Another 32 bytes made of it, for one use.
    pub fn derived(&self, what: &str) -> [u8; 32] {
        sha2::Sha256::new()
            .chain_update("hiraku ")
            .chain_update(what)
            .chain_update([0])
            .chain_update(self.0)
            .finalize()
            .into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> jiff::Timestamp {
        text.parse().expect("a time")
    }

    fn session() -> Session {
        let began = at("2026-11-01T00:00:00Z");
        Session { id: "s".into(), account_id: "a".into(), half: false, created: began, seen: began, confirmed: began }
    }

    #[test]
    fn a_session_ends_idle_after_half_an_hour_and_always_after_twelve() {
        let mut session = session();
        assert!(session.is_alive(at("2026-11-01T00:29:59Z")));
        assert!(!session.is_alive(at("2026-11-01T00:30:00Z")));
        session.seen = at("2026-11-01T11:59:00Z");
        assert!(session.is_alive(at("2026-11-01T11:59:59Z")));
        assert!(!session.is_alive(at("2026-11-01T12:00:00Z")));
        session.half = true;
        session.seen = session.created;
        assert!(session.is_alive(at("2026-11-01T00:04:59Z")) && !session.is_alive(at("2026-11-01T00:05:00Z")));
    }

    #[test]
    fn a_clock_that_goes_back_lengthens_nothing() {
        let session = session();
        assert!(session.is_alive(at("2026-10-31T23:56:00Z")));
        assert!(!session.is_alive(at("2026-10-31T23:00:00Z")));
        assert!(!session.is_fresh(at("2026-10-31T23:00:00Z"), FRESH));
        assert!(
            session.is_fresh(at("2026-11-01T00:14:00Z"), FRESH) && !session.is_fresh(at("2026-11-01T00:15:00Z"), FRESH)
        );
    }

    #[test]
    fn secrets_are_read_back_and_their_uses_do_not_tell_of_each_other() {
        let secret = Secret::new([7; 32]);
        assert_eq!(Secret::parse(&secret.text()), Some(secret.clone()));
        for text in ["", "07", &"0".repeat(63), &"G".repeat(64), &"A".repeat(64), &"é".repeat(32)] {
            assert_eq!(Secret::parse(text), None, "{text}");
        }
        assert_ne!(hex::encode(secret.digest()), secret.form_token());
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
