//! Other catalogues from which datasets are taken over, and what is known of each dataset there.

use serde::{Deserialize, Serialize};

use super::code::MunicipalityCode;
use super::name::Slug;

/// What kind of catalogue it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// CKAN, asked by its action API.
    Ckan,
    /// A DCAT catalogue in Turtle, RDF/XML or JSON-LD.
    Dcat,
    /// A list of datasets in the sheet 06 オープンデータ一覧, as CSV or a workbook.
    List,
    /// A folder of files, each a dataset.
    Folder,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Ckan, Self::Dcat, Self::List, Self::Folder];

    /// The word on the command line and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ckan => "ckan",
            Self::Dcat => "dcat",
            Self::List => "list",
            Self::Folder => "folder",
        }
    }

    /// The kind of a [`Self::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A catalogue that is harvested.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name here.
    pub name: Slug,
    /// What it is.
    pub kind: Kind,
    /// Its address; of a list or folder on this machine the absolute path.
    pub address: String,
    /// The organization that all its datasets are of; `None` = as it says itself.
    #[serde(default)]
    pub publisher: Option<MunicipalityCode>,
    /// The licence of datasets that state none; empty = they are refused.
    #[serde(default)]
    pub licence: String,
    /// Licences that it names in words of its own, and the ids they mean.
    #[serde(default)]
    pub licence_as: Vec<(String, String)>,
    /// What is put in front of the names of its datasets.
    #[serde(default)]
    pub prefix: String,
    /// Which of its datasets (CKAN: `fq`); empty = all.
    #[serde(default)]
    pub filter: String,
}

/// How far the last complete run came.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The newest change that was seen (CKAN: `metadata_modified`); empty = none yet.
    #[serde(default)]
    pub since: String,
    /// When that run ended.
    #[serde(default)]
    pub completed: Option<jiff::Timestamp>,
}

/// What became of a dataset the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is public here.
    Public,
    /// It was taken in and waits to be published.
    Waiting,
    /// It was taken in and is held until a person has looked.
    Held,
    /// It is gone there and was withdrawn here.
    Withdrawn,
    /// It was refused, and nothing of it is here.
    Refused,
}

/// A dataset there, as it was taken over last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What names it there, for good: CKAN's id, the IRI of a node, an address, a file.
    pub remote: String,
    /// Its name here.
    pub dataset: Slug,
    /// When it was changed there, in the words of the catalogue; empty = it does not say.
    pub modified: String,
    /// Digest of what was taken over: description and files.
    pub digest: String,
    /// Its files.
    pub files: Vec<KeptFile>,
    /// What became of it.
    pub standing: Standing,
    /// The change at which it was refused last: until there is another one it is not fetched again. Empty = it was not.
    #[serde(default)]
    pub refused_at: String,
    /// Why it is withdrawn or was refused.
    #[serde(default)]
    pub note: String,
}

/// A file of a dataset there, as it was fetched last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// What names it there.
    pub remote: String,
    /// Where it was fetched.
    pub address: String,
    /// The name it is kept under.
    pub name: String,
    /// Its `ETag`; empty = none.
    #[serde(default)]
    pub etag: String,
    /// Its `Last-Modified`; empty = none.
    #[serde(default)]
    pub last_modified: String,
    /// SHA-256 of its bytes, hex.
    pub sha256: String,
}
