//! Taking datasets over from other catalogues.
//!
//! ```text
//! address  which hosts, and which addresses of the network
//! authorities whose signatures are trusted
//! resolver a name to addresses that may be connected to
//! fetch    one question: checked, limited, patient
//! ckan · dcat · list    a catalogue to what it says of its datasets
//! choose   which files of a dataset are taken, and under which names
//! describe what it says to what is said here: name, publisher, licence, line to print
//! run      dataset by dataset: what changed is fetched and handed over; one that fails stops no other
//! files    those of one dataset, fetched where they are not as they were
//! gone     what is gone there is withdrawn here
//! take     (the writing side) one dataset the way of every upload, with the same checks and holds
//! ```
//!
//! All but `take` runs in the command, never in the server; `take` writes and fetches nothing.

pub mod address;
pub mod authorities;
mod choose;
mod ckan;
mod dcat;
mod describe;
pub mod fetch;
mod files;
mod gone;
mod graph;
mod list;
pub mod report;
mod resolver;
pub mod run;
pub mod take;

use std::path::PathBuf;

/// Most datasets of one catalogue; the shared catalogues of prefectures have some thousand.
pub const DATASETS: usize = 20_000;
/// Most files of one dataset.
const FILES: usize = 100;
/// Longest address of a file, bytes: with [`FILES`] of them a dataset that is handed over stays below the mebibyte that a
/// running server takes.
const ADDRESS_BYTES: usize = 2_000;

/// Why something of another catalogue cannot be taken over: for a person to act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message_ja} {message_en}")]
pub struct Fault {
    /// A stable code.
    pub code: &'static str,
    /// In Japanese.
    pub message_ja: String,
    /// In English.
    pub message_en: String,
}

fn fault(code: &'static str, message_ja: String, message_en: String) -> Fault {
    Fault { code, message_ja, message_en }
}

/// What a catalogue says, read whole or in part.
#[derive(Debug, Default)]
struct Listing {
    /// Datasets of which it says everything.
    datasets: Vec<Remote>,
    /// What names all its datasets, where that is known for certain: what is not among them is gone there.
    all: Option<Vec<String>>,
    /// The newest change among them.
    newest: String,
    /// Why a part of it could not be read.
    broken: Option<Fault>,
}

/// A dataset as another catalogue has it. Nothing in it is believed yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "what names it there is called the same in all types of a harvest")]
struct Remote {
    /// What names it there for good.
    remote: String,
    /// Names it might get here, the best first.
    names: Vec<String>,
    /// Its title.
    title: String,
    /// What it is.
    notes: String,
    /// Its tags.
    tags: Vec<String>,
    /// Its theme.
    theme: String,
    /// Words by which its licence is named, the surest first: ids, titles, addresses.
    licences: Vec<String>,
    /// The line to print, where it gives one.
    attribution: String,
    /// Its page.
    page: String,
    /// Words by which its publisher is named, the surest first: codes, names.
    publishers: Vec<String>,
    /// The publisher's prefecture, where given.
    prefecture: String,
    /// When it was changed.
    modified: String,
    /// Its files.
    files: Vec<RemoteFile>,
}

/// A file of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RemoteFile {
    /// What names it there.
    remote: String,
    /// Where it lies.
    place: FilePlace,
    /// Its title.
    title: String,
    /// Its format as told: `CSV`, `.xlsx`, a media type.
    format: String,
}

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FilePlace {
    /// At an address of the web.
    Web(String),
    /// On this machine, beside a list or in a folder.
    Here(PathBuf),
}

impl FilePlace {
    /// As it is kept and shown.
    fn text(&self) -> String {
        match self {
            Self::Web(address) => address.clone(),
            Self::Here(path) => path.display().to_string(),
        }
    }
}

/// A text of another catalogue, without controls, cut.
fn cut(text: &str, most: usize) -> String {
    let clean: String = text.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || *c == '\n').collect();
    clean.trim().chars().take(most).collect()
}
