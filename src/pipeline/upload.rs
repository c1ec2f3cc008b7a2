//! Datasets that programs send: each is a folder of its own under `uploads/` of the data directory, with a `source.toml`
//! like any publisher's folder, and is taken in and published on the same way.
//!
//! A change is made to a copy of the folder, the copy is taken in, and only then does it take the folder's place. What is
//! refused leaves the folder and everything public as it was. A folder without data files is a draft: it waits for its
//! first file and nothing of it is public.
//! Long because every step of one change, and how each is taken back, stand together.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::case::CaseFolder;
use super::ingest::{IngestJob, ingest};
use super::kinds::refused_kind;
use super::publish::{HeldReason, PublishJob, Published, publish};
use super::source::{Defaults, Found, Source, discover};
use super::table::{FileLine, IngestTable};
use super::{PipelineError, Unwatched};
use crate::model::decision::Decision;
use crate::model::id::CaseId;
use crate::model::name::Slug;
use crate::store::Store;

/// Longest name of a file, characters: file systems take 255 bytes, and a character of Japanese has three.
const NAME_LIMIT: usize = 80;

/// What is said of a dataset: the keys of its `source.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What it is.
    #[serde(default)]
    pub notes: String,
    /// Its theme.
    #[serde(default)]
    pub theme: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The id of its licence.
    pub licence: String,
    /// The line to print when the data is used.
    pub attribution: String,
    /// The page it comes from.
    #[serde(default)]
    pub page: String,
    /// The day the files were fetched from elsewhere, `YYYY-MM-DD`; empty = they were sent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub retrieved: String,
    /// Who publishes it.
    pub publisher: Publisher,
    /// What is said of its files, where there is something to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileNote>,
}

/// What is said of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileNote {
    /// The file's name.
    pub name: String,
    /// Its title; empty = it follows from the dataset's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// The columns that tell its rows apart (CKAN: `primary_key`); empty = none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
}

/// Who publishes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// The six-digit code.
    pub code: String,
    /// The name.
    #[serde(default)]
    pub name: String,
}

impl Described {
    pub(super) fn to_toml(&self) -> Result<String, PipelineError> {
        toml::to_string(self).map_err(|error| PipelineError::File {
            path: "source.toml".to_owned(),
            source: io::Error::other(error.to_string()),
        })
    }

    /// What is said of a file.
    pub fn note(&self, file: &str) -> FileNote {
        let known = self.files.iter().find(|own| own.name == file).cloned();
        known.unwrap_or_else(|| FileNote { name: file.to_owned(), ..FileNote::default() })
    }

    /// Keeps what is said of a file, in the place of what was said.
    pub fn keep_note(&mut self, note: FileNote) {
        self.files.retain(|own| own.name != note.name);
        if !note.title.is_empty() || !note.key.is_empty() {
            self.files.push(note);
        }
    }

    /// Gives a file a title; an empty one takes it away.
    pub fn set_title(&mut self, file: &str, title: &str) {
        let note = self.note(file);
        self.keep_note(FileNote { title: title.trim().to_owned(), ..note });
    }

    /// What cannot be right, in Japanese and English.
    pub fn unfit(&self) -> Result<Option<(String, String)>, PipelineError> {
        Ok(super::description::Description::parse(self.to_toml()?.into_bytes()).err())
    }
}

/// What became of a change.
#[derive(Debug)]
pub enum Outcome {
    /// There is no file yet.
    Draft,
    /// A file was refused; nothing changed.
    Refused(IngestTable),
    /// The check before publication forbids it (個人番号); nothing changed.
    Forbidden(IngestTable, Vec<HeldReason>),
    /// It is taken in and waits for a person: with the reasons, where there are any.
    Waiting(IngestTable, Vec<HeldReason>),
    /// It is public.
    Published(IngestTable),
}

/// The folder of all datasets that programs sent.
#[derive(Debug, Clone)]
pub struct Uploads {
    folder: PathBuf,
}

/// A file on its way in; it vanishes unless a change takes it.
pub type Incoming = tempfile::NamedTempFile;

impl Uploads {
    /// The folder of a data directory that this program has open already, and has put right.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Opens the folder, creating it where missing, and removes what a program that died left unfinished: copies of
    /// folders, files on their way, and the release that such a copy had been taken in as.
    pub fn open(folder: &Path, store: &Store) -> Result<Self, PipelineError> {
        let failed = PipelineError::file;
        fs::create_dir_all(folder).map_err(failed(folder))?;
        for entry in fs::read_dir(folder).map_err(failed(folder))?.filter_map(Result::ok) {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if let Some(own) = name.strip_prefix(".old-") {
                let place = folder.join(own);
                if !place.exists() {
                    fs::rename(&path, &place).map_err(failed(&path))?;
                    continue;
                }
            }
            if let Some(own) = name.strip_prefix(".new-").and_then(|own| Slug::parse(own).ok()) {
                store.unstage(&own)?;
            }
            if name.starts_with('.') {
                let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
                removed.map_err(failed(&path))?;
            }
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// A place for a file on its way in.
    pub fn incoming(&self) -> Result<Incoming, PipelineError> {
        tempfile::Builder::new().prefix(".in-").tempfile_in(&self.folder).map_err(PipelineError::file(&self.folder))
    }

    /// All datasets, by name.
    pub fn names(&self) -> Result<Vec<Slug>, PipelineError> {
        let entries = fs::read_dir(&self.folder).map_err(PipelineError::file(&self.folder))?;
        let mut names: Vec<Slug> = entries
            .filter_map(|entry| Slug::parse(entry.ok()?.file_name().to_str()?).ok())
            .filter(|name| self.folder.join(name.as_str()).join("source.toml").is_file())
            .collect();
        names.sort();
        Ok(names)
    }

    /// What is said of a dataset; `None` where no program sent one of this name.
    pub fn described(&self, name: &Slug) -> Result<Option<Described>, PipelineError> {
        let path = self.folder.join(name.as_str()).join("source.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(PipelineError::file(&path)(error)),
        };
        toml::from_str(&text)
            .map(Some)
            .map_err(|error| PipelineError::file(&path)(io::Error::other(error.message().to_owned())))
    }

    /// The names of its data files, in order.
    pub fn files(&self, name: &Slug) -> Result<Vec<String>, PipelineError> {
        let folder = self.folder.join(name.as_str());
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(PipelineError::file(&folder)(error)),
        };
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|own| own != "source.toml")
            .collect();
        names.sort();
        Ok(names)
    }

    /// The bytes of one of its data files.
    pub fn read(&self, name: &Slug, file: &str) -> Result<Vec<u8>, PipelineError> {
        let path = self.folder.join(name.as_str()).join(super::source::own_name(file));
        fs::read(&path).map_err(PipelineError::file(&path))
    }

    /// Changes a dataset: what is said of it, files that go, files that come. Whole or not at all. With `publishing` a
    /// release that nothing speaks against becomes public at once.
    pub fn change(
        &self,
        job: &IngestJob<'_>,
        publishing: Option<&PublishJob<'_>>,
        described: &Described,
        gone: &[String],
        come: &[(&str, &Path)],
    ) -> Result<Outcome, PipelineError> {
        let Ok(name) = Slug::parse(&described.name) else { return Ok(Outcome::Draft) };
        let place = self.folder.join(name.as_str());
        let next = Stage::new(&self.folder.join(format!(".new-{name}")))?;
        for file in self.files(&name)?.iter().filter(|file| !gone.contains(file)) {
            // The bytes are shared until one of the two is removed: neither is ever written again.
            let (from, to) = (place.join(file), next.path.join(file));
            fs::hard_link(&from, &to)
                .or_else(|_| fs::copy(&from, &to).map(drop))
                .map_err(PipelineError::file(&from))?;
        }
        for (file, from) in come {
            let to = next.path.join(file);
            fs::hard_link(from, &to).or_else(|_| fs::copy(from, &to).map(drop)).map_err(PipelineError::file(&to))?;
        }
        let mut described = described.clone();
        described.files.retain(|own| next.path.join(super::source::own_name(&own.name)).is_file());
        let toml_path = next.path.join("source.toml");
        let write = || -> io::Result<()> {
            let mut file = fs::File::create(&toml_path)?;
            file.write_all(described.to_toml().map_err(io::Error::other)?.as_bytes())?;
            file.sync_all()
        };
        write().map_err(PipelineError::file(&toml_path))?;
        if fs::read_dir(&next.path).map_err(PipelineError::file(&next.path))?.count() == 1 {
            next.take_place(&place)?;
            return Ok(Outcome::Draft);
        }
        let found = discover(std::slice::from_ref(&next.path), &Defaults::default())?;
        for (file, _) in come {
            let path = next.path.join(file);
            let is_read = |source: &Source| source.tables.iter().any(|table| table.path == path);
            if matches!(found.first(), Some(Found::Dataset(source)) if !is_read(source)) {
                let mut table = IngestTable::default();
                table.lines.push(FileLine::refused(&refused_kind(&path)));
                return Ok(Outcome::Refused(table));
            }
        }
        let table = ingest(job, found, &mut Unwatched)?;
        if table.refused_files() > 0 {
            return Ok(Outcome::Refused(table));
        }
        let staged = job.store.staged_releases()?.into_iter().find(|release| release.name == name);
        let reasons: Vec<HeldReason> =
            staged.iter().flat_map(|own| own.held.iter().cloned().map(|held| HeldReason::new(&name, held))).collect();
        if reasons.iter().any(|own| own.reason.decision == Decision::Reject) {
            job.store.unstage(&name)?;
            job.store.sweep()?;
            return Ok(Outcome::Forbidden(table, reasons));
        }
        next.take_place(&place)?;
        let Some(publishing) = publishing else { return Ok(Outcome::Waiting(table, reasons)) };
        let names = [name.as_str().to_owned()];
        let Published { held, reasons, .. } = publish(publishing, Some(&names), false, &mut Unwatched)?;
        Ok(if held.is_empty() { Outcome::Published(table) } else { Outcome::Waiting(table, reasons) })
    }

    /// The folder of a case of the staff desk.
    pub fn case(&self, id: CaseId) -> CaseFolder {
        CaseFolder::of(&self.folder, id)
    }

    /// Takes the work folder of a case in under the name of its dataset and publishes it, where `agrees` says that all
    /// for which it is held was confirmed; otherwise nothing of it waits afterwards. `noted` hears of the release before it
    /// can become public.
    pub fn publish_case(
        &self,
        job: &IngestJob<'_>,
        publishing: &PublishJob<'_>,
        (name, case): (&Slug, &CaseFolder),
        agrees: &dyn Fn(&[HeldReason]) -> bool,
        noted: &mut dyn FnMut(&str) -> Result<(), PipelineError>,
    ) -> Result<Outcome, PipelineError> {
        let (work, place) = (case.work(), self.folder.join(name.as_str()));
        let next = Stage::new(&self.folder.join(format!(".new-{name}")))?;
        for entry in fs::read_dir(&work).map_err(PipelineError::file(&work))?.filter_map(Result::ok) {
            let (from, to) = (entry.path(), next.path.join(entry.file_name()));
            fs::hard_link(&from, &to)
                .or_else(|_| fs::copy(&from, &to).map(drop))
                .map_err(PipelineError::file(&from))?;
        }
        let found = discover(std::slice::from_ref(&next.path), &Defaults::default())?;
        let table = ingest(job, found, &mut Unwatched)?;
        let staged = job.store.staged_releases()?.into_iter().find(|release| release.name == *name);
        let (Some(staged), 0) = (staged, table.refused_files()) else { return Ok(Outcome::Refused(table)) };
        let reasons: Vec<HeldReason> = staged.held.iter().cloned().map(|held| HeldReason::new(name, held)).collect();
        if !agrees(&reasons) {
            job.store.unstage(name)?;
            job.store.sweep()?;
            return Ok(Outcome::Waiting(table, reasons));
        }
        noted(&staged.id.to_string())?;
        next.take_place(&place)?;
        let names = [name.as_str().to_owned()];
        let Published { held, reasons, .. } = publish(publishing, Some(&names), true, &mut Unwatched)?;
        Ok(if held.is_empty() { Outcome::Published(table) } else { Outcome::Forbidden(table, reasons) })
    }

    /// Takes a dataset out of the catalogue and removes its folder. `false` where no program sent one of this name.
    pub fn remove(&self, store: &Store, name: &Slug) -> Result<bool, PipelineError> {
        let place = self.folder.join(name.as_str());
        if !place.join("source.toml").is_file() {
            return Ok(false);
        }
        store.withdraw(name)?;
        let gone = self.folder.join(format!(".new-{name}"));
        fs::rename(&place, &gone).map_err(PipelineError::file(&place))?;
        fs::remove_dir_all(&gone).map_err(PipelineError::file(&gone))?;
        Ok(true)
    }
}

/// A folder in the making; it vanishes unless it takes its place.
struct Stage {
    path: PathBuf,
}

impl Stage {
    fn new(path: &Path) -> Result<Self, PipelineError> {
        if path.exists() {
            fs::remove_dir_all(path).map_err(PipelineError::file(path))?;
        }
        fs::create_dir(path).map_err(PipelineError::file(path))?;
        Ok(Self { path: path.to_owned() })
    }

    fn take_place(&self, place: &Path) -> Result<(), PipelineError> {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let old = place.with_file_name(format!(".old-{name}"));
        if place.exists() {
            fs::rename(place, &old).map_err(PipelineError::file(place))?;
        }
        fs::rename(&self.path, place).map_err(PipelineError::file(place))?;
        if old.exists() {
            fs::remove_dir_all(&old).map_err(PipelineError::file(&old))?;
        }
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if self.path.exists()
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, "a folder of an upload could not be removed");
        }
    }
}

/// The name under which a file that was sent is kept: the last part of what was given, without what no file system
/// should see. `None` where nothing is left, where it has no ending, or where it could be taken for another thing.
pub fn file_name(given: &str) -> Option<String> {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).collect();
    let clean = clean.trim().trim_start_matches('.');
    let (stem, ending) = clean.rsplit_once('.')?;
    let ending_fits = (1..=10).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    let fits = !stem.is_empty() && ending_fits && !clean.eq_ignore_ascii_case("source.toml");
    let stem: String = stem.chars().take(NAME_LIMIT).collect();
    fits.then(|| format!("{stem}.{}", ending.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreOptions;

    #[test]
    fn names_of_files_are_names_and_nothing_else() {
        for (given, expected) in [
            ("避難所.CSV", Some("避難所.csv")),
            ("../../etc/passwd.csv", Some("passwd.csv")),
            ("C:\\data\\a.xlsx", Some("a.xlsx")),
            ("a\u{0}b\r\n.csv", Some("ab.csv")),
            (".new-x.csv", Some("new-x.csv")),
            ("source.toml", None),
            ("passwd", None),
            ("..", None),
            ("", None),
            (".csv", None),
            ("a.", None),
        ] {
            assert_eq!(file_name(given).as_deref(), expected, "{given:?}");
        }
    }

    #[test]
    fn what_a_dead_program_left_is_put_right() {
        let folder = tempfile::tempdir().expect("a folder");
        let make = |name: &str| {
            fs::create_dir(folder.path().join(name)).expect("a folder");
            fs::write(folder.path().join(name).join("source.toml"), name).expect("a file");
        };
        for name in ["aa", ".new-aa", ".old-bb", ".new-bb", "cc", ".old-cc"] {
            make(name);
        }
        fs::write(folder.path().join(".in-x"), "half").expect("a file");
        let data = tempfile::tempdir().expect("a folder");
        let store = Store::open(data.path(), StoreOptions { memory_mib: 64, threads: 1 }).expect("a database");
        let uploads = Uploads::open(folder.path(), &store).expect("opened");
        let names: Vec<String> = uploads.names().expect("names").iter().map(ToString::to_string).collect();
        assert_eq!(names, ["aa", "bb", "cc"]);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3);
        assert_eq!(fs::read_to_string(folder.path().join("cc/source.toml")).expect("a file"), "cc");
    }
}
