//! What is kept of a case.

use serde::{Deserialize, Serialize};

use super::{Act, Facts, State};
use crate::model::account::{Actor, Unit};
use crate::model::id::CaseId;
use crate::model::name::{Digest, Slug};

/// Longest text of one field of a form, characters.
pub const TEXT_LIMIT_CHARS: usize = 10_000;

/// A person as a case remembers one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The id of the account; empty = the program.
    pub id: String,
    /// The name at that time.
    pub name: String,
}

impl Person {
    /// The person of an actor.
    pub fn of(actor: &Actor) -> Self {
        Self { id: actor.id.clone(), name: actor.name.clone() }
    }

    /// The program itself.
    pub fn program() -> Self {
        Self { id: String::new(), name: "システム".to_owned() }
    }
}

/// A file as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFile {
    /// The name it is kept under.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, hex.
    pub digest: String,
}

/// What is left out of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Left {
    /// A column, from 0.
    Column(usize),
    /// A row, from 1.
    Row(u64),
    /// The whole sheet.
    Sheet,
}

/// A cell that a person corrected. The file as sent is kept; the correction is applied to a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellEdit {
    /// The file.
    pub file: String,
    /// The sheet, where the file has several.
    pub sheet: Option<String>,
    /// The row, from 1.
    pub row: u64,
    /// The column, from 0.
    pub column: usize,
    /// The text as found.
    pub before: String,
    /// The text it becomes.
    pub after: String,
    /// By whom.
    pub by: String,
}

/// A finding that holds the release, which somebody looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// Which: [`Held::mark`].
    pub mark: String,
    /// By whom.
    pub by: Person,
    /// When.
    pub at: jiff::Timestamp,
    /// Why it may be published.
    pub reason: String,
}

/// The answers of people to what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Corrected cells, each cell at most once.
    #[serde(default)]
    pub cells: Vec<CellEdit>,
    /// What is left out: the file, the sheet, and what of it.
    #[serde(default)]
    pub left: Vec<(String, Option<String>, Left)>,
    /// Encodings that a person chose, by file: a label of the Encoding Standard.
    #[serde(default)]
    pub encodings: Vec<(String, String)>,
    /// Standard sheets that a person named, by file: `08`.
    #[serde(default)]
    pub sheets: Vec<(String, String)>,
    /// Confirmed findings.
    #[serde(default)]
    pub confirmed: Vec<Confirmed>,
}

impl Answers {
    /// Whether a copy of this file has to be made.
    pub fn change(&self, file: &str) -> bool {
        self.cells.iter().any(|cell| cell.file == file) || self.left.iter().any(|(own, _, _)| own == file)
    }

    /// Puts a corrected cell in the place of an earlier correction of it; one that says what was found is none.
    pub fn correct(&mut self, edit: CellEdit) {
        let is_same = |cell: &CellEdit| {
            cell.file == edit.file && cell.sheet == edit.sheet && cell.row == edit.row && cell.column == edit.column
        };
        let first = self.cells.iter().find(|cell| is_same(cell)).map(|cell| cell.before.clone());
        self.cells.retain(|cell| !is_same(cell));
        let before = first.unwrap_or_else(|| edit.before.clone());
        if before != edit.after {
            self.cells.push(CellEdit { before, ..edit });
        }
    }

    /// Leaves something out, or takes it in again.
    pub fn leave(&mut self, file: &str, sheet: Option<&str>, what: Left, out: bool) {
        let own = (file.to_owned(), sheet.map(str::to_owned), what);
        self.left.retain(|left| *left != own);
        if out {
            self.left.push(own);
        }
    }

    /// Sets a choice of a file; an empty one is none.
    pub fn choose(choices: &mut Vec<(String, String)>, file: &str, choice: &str) {
        choices.retain(|(own, _)| own != file);
        if !choice.is_empty() {
            choices.push((file.to_owned(), choice.to_owned()));
        }
    }
}

/// How often the data is promised to be brought up to date.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promise {
    /// No promise.
    #[default]
    None,
    /// Whenever it changes.
    Always,
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every half year.
    HalfYearly,
    /// Every year.
    Yearly,
}

impl Promise {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Yearly, Self::HalfYearly, Self::Quarterly, Self::Monthly, Self::Always, Self::None];

    /// The word in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Always => "always",
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::HalfYearly => "half-yearly",
            Self::Yearly => "yearly",
        }
    }

    /// The promise of an [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.as_str() == text)
    }

    /// In words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::None => "定めない",
            Self::Always => "変更があったとき",
            Self::Monthly => "毎月",
            Self::Quarterly => "3か月ごと",
            Self::HalfYearly => "半年ごと",
            Self::Yearly => "毎年",
        }
    }

    /// After how many days without a new release it is broken: its length and a month.
    pub const fn days(self) -> Option<i64> {
        match self {
            Self::None | Self::Always => None,
            Self::Monthly => Some(61),
            Self::Quarterly => Some(122),
            Self::HalfYearly => Some(213),
            Self::Yearly => Some(396),
        }
    }
}

/// What is said of the dataset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its title.
    pub title: String,
    /// What it is.
    pub notes: String,
    /// The id of its licence.
    pub licence: String,
    /// Its theme.
    pub theme: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The page it comes from.
    pub page: String,
    /// How often it is brought up to date.
    #[serde(default)]
    pub promise: Promise,
}

/// A finding for which the release waits, or is never published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// What tells it from others, and from the same finding on other data: a digest.
    pub mark: String,
    /// The code.
    pub code: String,
    /// Whether it is never published.
    pub is_never: bool,
    /// Where: file or table, column, rows.
    pub place: String,
    /// The sentence.
    pub message: String,
    /// What it rests on, in words; may be empty.
    pub evidence: String,
    /// The file, the sheet and the column it lies in, where it lies in one.
    pub column: Option<(String, Option<String>, usize)>,
}

/// The outcome of a check, in figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The digest of the files, corrections and choices that were checked.
    pub digest: String,
    /// Rows read, records, rows that became none.
    pub rows: [u64; 3],
    /// Findings: errors, warnings, notes.
    pub findings: [u64; 3],
    /// What each table is: its name and the sheet of the standard.
    pub tables: Vec<(String, String)>,
    /// Files that cannot be used: name and reason.
    pub refused: Vec<(String, String)>,
    /// Findings that hold it.
    pub holds: Vec<Held>,
    /// Against the release that was public then: its id, and records added, removed, changed.
    pub difference: Option<(String, [u64; 3])>,
    /// Records with a position, and those far from the others.
    pub placed: [u64; 2],
}

/// That what was public was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// By whom.
    pub by: Person,
    /// When the last thing was gone.
    pub at: jiff::Timestamp,
    /// Why.
    pub reason: String,
    /// How long it took, milliseconds.
    pub took_ms: u64,
    /// What had been served: what, its address, and how often it was fetched as far as counted.
    pub served: Vec<(String, String, Option<u64>)>,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Grows with every change; a form that was made for an older one is not taken.
    pub version: u32,
    /// Its state.
    pub state: State,
    /// The organization.
    pub unit: Unit,
    /// The name of the dataset.
    pub dataset: Slug,
    /// Who began it.
    pub author: Person,
    /// Ids of all who brought or changed something of it.
    pub authors: Vec<String>,
    /// Who is asked to look at it next; `None` = whoever may.
    pub assignee: Option<Person>,
    /// Which of its uploads counts, from 1.
    pub upload: u32,
    /// Its files.
    pub files: Vec<CaseFile>,
    /// The answers.
    pub answers: Answers,
    /// The description.
    pub about: About,
    /// The outcome of the last check.
    pub summary: Option<Summary>,
    /// Why the last check or publication broke off; empty = it did not.
    pub trouble: String,
    /// When it is to be published.
    pub publish_at: Option<jiff::Timestamp>,
    /// When it is to be taken away.
    pub expires: Option<jiff::Timestamp>,
    /// The release it was taken in as: of a case under publication, or published.
    pub release: String,
    /// When it became public.
    pub published: Option<jiff::Timestamp>,
    /// That it was taken away.
    pub withdrawal: Option<Withdrawal>,
    /// When it was begun.
    pub created: jiff::Timestamp,
    /// When it was changed last.
    pub changed: jiff::Timestamp,
    /// By whom.
    pub changed_by: Person,
}

impl Case {
    /// The digest of all that decides what is in the release: files, corrections, choices.
    pub fn digest(&self) -> String {
        let content =
            (&self.files, &self.answers.cells, &self.answers.left, &self.answers.encodings, &self.answers.sheets);
        // Names and texts are always JSON.
        Digest::of(&serde_json::to_vec(&content).unwrap_or_default()).to_hex()
    }

    /// What is known of it, for a person who wrote `explanation`.
    pub fn facts(&self, by: &str, explanation: &str) -> Facts {
        let summary = self.summary.as_ref();
        let holds = summary.map_or(&[][..], |summary| summary.holds.as_slice());
        Facts {
            is_author: self.authors.iter().any(|author| author == by),
            is_checked: summary.is_some_and(|summary| summary.digest == self.digest()),
            is_refused: summary.is_some_and(|summary| !summary.refused.is_empty()),
            is_forbidden: holds.iter().any(|held| held.is_never),
            holds: holds.len(),
            open_holds: holds.iter().filter(|held| self.confirmation(held).is_none()).count(),
            is_explained: !explanation.trim().is_empty(),
        }
    }

    /// The confirmation of a finding.
    pub fn confirmation(&self, held: &Held) -> Option<&Confirmed> {
        self.answers.confirmed.iter().find(|own| own.mark == held.mark)
    }

    /// Notes that a person brought or changed something.
    pub fn add_author(&mut self, actor: &Actor) {
        if !self.authors.contains(&actor.id) {
            self.authors.push(actor.id.clone());
        }
    }
}

/// One thing that happened to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: jiff::Timestamp,
    /// By whom.
    pub by: Person,
    /// What.
    pub act: Act,
    /// The state after it.
    pub state: State,
    /// What was said.
    pub comment: String,
}
