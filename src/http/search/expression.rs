//! What a search asks, as a tree.

use jiff::Timestamp;

/// A condition on datasets.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// Every dataset (`*:*`).
    All,
    /// No dataset.
    Nothing,
    /// One field against one value.
    Is(Field, Matcher),
    /// Not this.
    Not(Box<Expression>),
    /// All of these.
    And(Vec<Expression>),
    /// Any of these.
    Or(Vec<Expression>),
    /// At least so many of these (dismax's `mm`).
    AtLeast(usize, Vec<Expression>),
    /// The first must hold; the second only raises the rank.
    Prefer(Box<Expression>, Box<Expression>),
    /// Weighs more or less in the rank.
    Boost(Box<Expression>, f32),
}

/// A field of a dataset as CKAN's search names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// `name`, whole.
    Name,
    /// `id`, whole.
    Id,
    /// `organization`: the name of the publisher, whole.
    Organization,
    /// `owner_org`: the id of the publisher, whole.
    OwnerOrg,
    /// `groups`, whole.
    Groups,
    /// `tags`, whole.
    Tags,
    /// `license_id`, whole.
    LicenceId,
    /// `res_format`, whole.
    ResourceFormat,
    /// `res_url`, whole.
    ResourceUrl,
    /// `state`: always `active`.
    State,
    /// `capacity`: always `public`.
    Capacity,
    /// `type`, `dataset_type`, `entity_type`.
    Kind,
    /// `title`, words.
    Title,
    /// `notes`, words.
    Notes,
    /// `res_name` and `res_description`, words.
    ResourceText,
    /// `author` and `maintainer`, words.
    Author,
    /// `text`: all words, and what is searched without a field.
    Text,
    /// `metadata_created`.
    Created,
    /// `metadata_modified`.
    Modified,
    /// `extras_<key>` or a bare `<key>`: an extra, whole.
    Extra(String),
}

impl Field {
    /// The field of a name. A name that CKAN does not know is an extra's key, as in its index.
    pub fn parse(name: &str) -> Self {
        match name {
            "name" => Self::Name,
            "id" => Self::Id,
            "organization" => Self::Organization,
            "owner_org" => Self::OwnerOrg,
            "groups" => Self::Groups,
            "tags" => Self::Tags,
            "license_id" => Self::LicenceId,
            "res_format" => Self::ResourceFormat,
            "res_url" => Self::ResourceUrl,
            "state" => Self::State,
            "capacity" => Self::Capacity,
            "type" | "dataset_type" => Self::Kind,
            "title" | "title_string" | "title_ngram" => Self::Title,
            "notes" => Self::Notes,
            "res_name" | "res_description" => Self::ResourceText,
            "author" | "maintainer" => Self::Author,
            "text" => Self::Text,
            "metadata_created" => Self::Created,
            "metadata_modified" => Self::Modified,
            other => Self::Extra(other.strip_prefix("extras_").unwrap_or(other).to_owned()),
        }
    }

    /// The name CKAN gives it.
    pub fn name(&self) -> &str {
        match self {
            Self::Name => "name",
            Self::Id => "id",
            Self::Organization => "organization",
            Self::OwnerOrg => "owner_org",
            Self::Groups => "groups",
            Self::Tags => "tags",
            Self::LicenceId => "license_id",
            Self::ResourceFormat => "res_format",
            Self::ResourceUrl => "res_url",
            Self::State => "state",
            Self::Capacity => "capacity",
            Self::Kind => "dataset_type",
            Self::Title => "title",
            Self::Notes => "notes",
            Self::ResourceText => "res_name",
            Self::Author => "author",
            Self::Text => "text",
            Self::Created => "metadata_created",
            Self::Modified => "metadata_modified",
            Self::Extra(key) => key,
        }
    }

    /// Whether values are found by their words; the others match whole, case and all.
    pub fn is_text(&self) -> bool {
        matches!(self, Self::Title | Self::Notes | Self::ResourceText | Self::Author | Self::Text)
    }

    /// Whether it holds a time.
    pub fn is_time(&self) -> bool {
        matches!(self, Self::Created | Self::Modified)
    }
}

/// How a value must be.
#[derive(Debug, Clone, PartialEq)]
pub enum Matcher {
    /// Equal; in a text field: it occurs.
    Term(String),
    /// Begins so; in a text field: a word begins so.
    Prefix(String),
    /// Occurs, or most of its pairs of characters do (what a person typed without blanks between the words).
    Near(String),
    /// With `*` and `?`, against the whole value (in a text field: a stretch of it).
    Wildcard(Vec<Piece>),
    /// There is any value.
    Present,
    /// Between two texts, by code point; `None` is open; the flags say whether the end belongs to it.
    TextRange(Option<(String, bool)>, Option<(String, bool)>),
    /// Between two times.
    TimeRange(Option<(Timestamp, bool)>, Option<(Timestamp, bool)>),
}

/// One piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// This character.
    Char(char),
    /// Any one character (`?`).
    One,
    /// Any run of characters (`*`).
    Any,
}

/// Whether the whole text fits the pattern.
///
/// Each stretch between two `*` is sought once, from where the one before it ended, and the first place is taken: a
/// later one could only leave less room. So the text is gone through once, whatever the pattern.
pub fn fits(pattern: &[Piece], text: &str) -> bool {
    let mut stretches = pattern.split(|piece| *piece == Piece::Any);
    let first = stretches.next().unwrap_or_default();
    let Some(mut rest) = begins(first, text) else { return false };
    let mut stretches: Vec<&[Piece]> = stretches.collect();
    let Some(last) = stretches.pop() else { return rest.is_empty() };
    for stretch in stretches {
        match after(stretch, rest) {
            Some(next) => rest = next,
            None => return false,
        }
    }
    // The last stretch stands at the end: so many characters from there.
    let Some(from_end) = last.len().checked_sub(1) else { return true };
    rest.char_indices().rev().nth(from_end).is_some_and(|(at, _)| begins(last, &rest[at..]).is_some())
}

/// The text behind a stretch at its beginning.
fn begins<'a>(stretch: &[Piece], text: &'a str) -> Option<&'a str> {
    let mut chars = text.chars();
    for piece in stretch {
        let c = chars.next()?;
        if matches!(piece, Piece::Char(wanted) if *wanted != c) {
            return None;
        }
    }
    Some(chars.as_str())
}

/// The text behind the first place of a stretch.
fn after<'a>(stretch: &[Piece], text: &'a str) -> Option<&'a str> {
    let plain: Option<String> =
        stretch.iter().map(|piece| if let Piece::Char(c) = piece { Some(*c) } else { None }).collect();
    match plain {
        Some(plain) => text.find(&plain).map(|at| &text[at + plain.len()..]),
        None => text.char_indices().find_map(|(at, _)| begins(stretch, &text[at..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Vec<Piece> {
        text.chars()
            .map(|c| match c {
                '*' => Piece::Any,
                '?' => Piece::One,
                c => Piece::Char(c),
            })
            .collect()
    }

    /// The meaning, without any cleverness.
    fn plainly(pattern: &[Piece], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some((Piece::Any, rest)), _) => (0..=text.len()).any(|from| plainly(rest, &text[from..])),
            (Some((Piece::One, rest)), Some((_, after))) => plainly(rest, after),
            (Some((Piece::Char(c), rest)), Some((own, after))) => c == own && plainly(rest, after),
            (Some(_), None) => false,
        }
    }

    proptest::proptest! {
        #[test]
        fn a_pattern_fits_what_it_means(shape in "[ab避*?]{0,8}", text in "[ab避]{0,10}") {
            let chars: Vec<char> = text.chars().collect();
            proptest::prop_assert_eq!(fits(&pattern(&shape), &text), plainly(&pattern(&shape), &chars));
        }
    }

    #[test]
    fn a_long_text_is_gone_through_once() {
        let text = "a".repeat(1 << 20);
        assert!(!fits(&pattern("*a*a*a*z*"), &text));
        assert!(fits(&pattern("a*a?*aa"), &text));
    }
}
