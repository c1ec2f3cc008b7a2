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
pub fn fits(pattern: &[Piece], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where to go on after the last `*` when what follows it does not fit.
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Piece::Any) => {
                back = Some((p, t));
                p += 1;
            }
            Some(Piece::One) => {
                p += 1;
                t += 1;
            }
            Some(Piece::Char(c)) if *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match back {
                Some((star, from)) => {
                    p = star + 1;
                    t = from + 1;
                    back = Some((star, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|piece| *piece == Piece::Any)
}
