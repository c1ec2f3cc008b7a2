//! Names of people: the one they sign in with, and the one others see.

/// The name with which a person signs in: 3–64 of `a-z 0-9 . _ @ -`, beginning with a letter or digit. Capitals are
/// taken as small letters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Login(String);

impl Login {
    /// Checks and keeps the text.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let fits = (3..=64).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'@' | b'-'));
        fits.then_some(Self(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Longest name of a person as shown, characters.
const NAME_LIMIT_CHARS: usize = 60;

/// A name as pages show it: 1–60 characters, none of them a control character or one that turns the direction of writing.
pub fn shown_name(text: &str) -> Option<String> {
    let text = text.trim();
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let fits = !text.is_empty()
        && text.chars().count() <= NAME_LIMIT_CHARS
        && !text.chars().any(|c| c.is_control() || turns(c) || matches!(c, '\u{2028}' | '\u{2029}'));
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_and_names_hold_nothing_that_deceives() {
        assert_eq!(Login::parse(" Kikaku.01@example.lg.jp ").expect("a login").as_str(), "kikaku.01@example.lg.jp");
        for text in ["", "ab", "-abc", "担当", "a b c", "a\r\nb", &"a".repeat(65)] {
            assert_eq!(Login::parse(text), None, "{text}");
        }
        assert_eq!(shown_name(" 企画課 担当者 ").as_deref(), Some("企画課 担当者"));
        for text in ["", "  ", "a\nb", "a\u{202e}b", &"あ".repeat(61)] {
            assert_eq!(shown_name(text), None, "{text}");
        }
    }
}
