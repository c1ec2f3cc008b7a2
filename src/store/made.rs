//! What was made on request, beside the objects: `objects/made/<release>.<table>.<ending>`, one small text for each.
//!
//! No table of the database: a download must not wait for the one writer, who may be taking in a dataset for minutes.
//! An entry that is lost or torn costs nothing but a second making.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use super::objects::Objects;
use super::{Store, StoreError};
use crate::model::id::ReleaseId;
use crate::model::made::{Limit, Made, MadeFile, MadeKey};
use crate::model::name::Digest;

/// The folder of the entries. Its files lie as deep as objects do: a sweep that knows nothing of them removes them, and
/// a backup holds them.
const FOLDER: &str = "made";

/// The number of the makers. It changes whenever one writes other bytes than before: what older ones made is made anew.
const MAKER: u32 = 1;

/// Longest entry that is read, bytes: real ones have some 250.
const ENTRY_LIMIT_BYTES: u64 = 4 << 10;

/// An entry as it lies on the disk.
#[derive(Serialize, Deserialize)]
struct Entry {
    maker: u32,
    #[serde(flatten)]
    made: Stored,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    File { digest: String, size_bytes: u64, changed_cells: u64, note: Option<(String, u64)> },
    Refused { refused: String },
}

/// What was made so far.
#[derive(Debug)]
pub struct Ledger {
    objects: Objects,
    known: RwLock<HashMap<MadeKey, Made>>,
}

impl Ledger {
    /// Reads the entries. What cannot be read is made anew when it is asked for.
    pub fn open(objects: &Objects) -> Self {
        let known = entries(objects).unwrap_or_else(|error| {
            tracing::warn!(%error, "what was made on request cannot be read and is made anew");
            Vec::new()
        });
        let known = known.into_iter().map(|(_, key, made)| (key, made)).collect();
        Self { objects: objects.clone(), known: RwLock::new(known) }
    }

    /// What was made under this key.
    pub fn find(&self, key: &MadeKey) -> Option<Made> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(key).copied()
    }

    /// Notes what was made; its objects must be kept before.
    ///
    /// # Errors
    /// Where the entry cannot be written; then it is known until the program ends.
    pub fn note(&self, key: &MadeKey, made: Made) -> io::Result<()> {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), made);
        let stored = match made {
            Made::File(file) => Stored::File {
                digest: file.digest.to_hex(),
                size_bytes: file.size_bytes,
                changed_cells: file.changed_cells,
                note: file.note.map(|(digest, size_bytes)| (digest.to_hex(), size_bytes)),
            },
            Made::Refused(limit) => Stored::Refused { refused: limit.name().to_owned() },
        };
        let text = serde_json::to_string(&Entry { maker: MAKER, made: stored })?;
        let mut file = self.objects.temporary()?;
        file.write_all(text.as_bytes())?;
        file.persist(self.objects.folder(FOLDER)?.join(key.entry())).map_err(|error| error.error)?;
        Ok(())
    }

    /// Forgets what is no longer there, so that it is made anew.
    pub fn forget(&self, key: &MadeKey) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

/// The entries that can be read and whose objects are there, with their files.
fn entries(objects: &Objects) -> io::Result<Vec<(PathBuf, MadeKey, Made)>> {
    let mut found = Vec::new();
    for file in fs::read_dir(objects.folder(FOLDER)?)? {
        let path = file?.path();
        let key = path.file_name().and_then(|name| MadeKey::parse(&name.to_string_lossy()));
        let Some((key, made)) = key.and_then(|key| Some((key, read(&path)?))) else { continue };
        let is_there = match made {
            Made::Refused(_) => true,
            Made::File(file) => digests(&file).all(|digest| objects.path(&digest).is_file()),
        };
        if is_there {
            found.push((path, key, made));
        }
    }
    Ok(found)
}

fn read(path: &Path) -> Option<Made> {
    if fs::metadata(path).ok()?.len() > ENTRY_LIMIT_BYTES {
        return None;
    }
    let entry: Entry = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    if entry.maker != MAKER {
        return None;
    }
    Some(match entry.made {
        Stored::File { digest, size_bytes, changed_cells, note } => {
            let note = match note {
                Some((digest, size_bytes)) => Some((Digest::parse(&digest)?, size_bytes)),
                None => None,
            };
            Made::File(MadeFile { digest: Digest::parse(&digest)?, size_bytes, changed_cells, note })
        }
        Stored::Refused { refused } => Made::Refused(Limit::parse(&refused)?),
    })
}

fn digests(file: &MadeFile) -> impl Iterator<Item = Digest> {
    std::iter::once(file.digest).chain(file.note.map(|(digest, _)| digest))
}

/// Removes the entries of all releases but these, and gives the objects that the others need with the others' files.
pub fn keep_only(objects: &Objects, releases: &[ReleaseId]) -> io::Result<(HashSet<Digest>, HashSet<PathBuf>)> {
    let public: HashSet<&ReleaseId> = releases.iter().collect();
    let (mut needed, mut files) = (HashSet::new(), HashSet::new());
    for (path, key, made) in entries(objects)? {
        if !public.contains(&key.release) {
            continue;
        }
        if let Made::File(file) = made {
            needed.extend(digests(&file));
        }
        files.insert(path);
    }
    Ok((needed, files))
}

impl Store {
    /// The releases that are public now.
    pub fn public_releases(&self) -> Result<Vec<ReleaseId>, StoreError> {
        self.reading(|connection| {
            let mut statement =
                connection.prepare("SELECT current_release FROM dataset WHERE current_release IS NOT NULL")?;
            let texts: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            texts
                .into_iter()
                .map(|text| ReleaseId::parse(&text).ok_or(StoreError::Stored { what: "release id", detail: text }))
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::made::MadeFormat;
    use crate::model::name::Slug;

    #[test]
    fn entries_outlive_the_program_and_go_with_their_release() {
        let folder = tempfile::tempdir().expect("a folder");
        let objects = Objects::open(folder.path()).expect("opens");
        let [old, new, torn] = [1, 2, 3]
            .map(|milliseconds| ReleaseId::mint(jiff::Timestamp::from_millisecond(milliseconds).expect("a time")));
        let key = |release, format| MadeKey { release, table: Slug::parse("main").expect("a name"), format };
        let torn = key(torn, MadeFormat::Kml);
        let (old, new, none) =
            (key(old, MadeFormat::Xlsx), key(new, MadeFormat::CsvCp932), key(new, MadeFormat::Shapefile));
        let made = |text: &str| {
            let mut file = objects.temporary().expect("a file");
            file.write_all(text.as_bytes()).expect("writes");
            objects.keep(file).expect("keeps")
        };
        let of = |(digest, size_bytes), note| Made::File(MadeFile { digest, size_bytes, changed_cells: 3, note });
        let (first, second) = (of(made("a"), None), of(made("b"), Some(made("the list"))));
        let ledger = Ledger::open(&objects);
        ledger.note(&old, first).expect("notes");
        ledger.note(&new, second).expect("notes");
        ledger.note(&none, Made::Refused(Limit::FileSize)).expect("notes");
        fs::write(folder.path().join("made/torn"), "{").expect("writes");
        fs::write(folder.path().join("made").join(torn.entry()), "{\"maker\":1").expect("writes");

        let ledger = Ledger::open(&objects);
        assert_eq!(ledger.find(&old), Some(first));
        assert_eq!(ledger.find(&new), Some(second));
        assert_eq!(ledger.find(&none), Some(Made::Refused(Limit::FileSize)));
        assert_eq!(ledger.find(&torn), None);

        let (needed, files) = keep_only(&objects, &[new.release]).expect("reads");
        assert_eq!(needed, HashSet::from([Digest::of(b"b"), Digest::of(b"the list")]));
        assert_eq!(files.len(), 2, "{files:?}");
        // An object that is gone is made anew.
        fs::remove_file(objects.path(&Digest::of(b"the list"))).expect("removes");
        assert_eq!(Ledger::open(&objects).find(&new), None);
    }
}
