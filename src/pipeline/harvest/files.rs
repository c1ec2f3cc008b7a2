//! The files of a dataset: of each thing one, fetched where it is not as it was.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::choose::{Group, has_positions, kept_name, plain_title};
use super::fetch::{Conditions, Fetched};
use super::report::Line;
use super::run::{Walk, is_here};
use super::{Fault, FilePlace, RemoteFile, fault};
use crate::model::harvest::{Item, KeptFile};

/// Bytes of a table in which its header is sought.
const HEAD_BYTES: u64 = 64 << 10;

/// What was fetched of a dataset.
#[derive(Default)]
pub(super) struct Files {
    /// All its files as they are to be known.
    pub(super) kept: Vec<KeptFile>,
    /// Files that came, by the name they are kept under.
    pub(super) come: Vec<(String, tempfile::NamedTempFile)>,
    /// Titles of files, where there are several.
    pub(super) titles: Vec<(String, String)>,
    /// Bytes that were fetched.
    pub(super) bytes: u64,
}

impl Walk<'_> {
    /// Fetches what is not as it was.
    pub(super) fn files(
        &mut self,
        groups: &[Group<'_>],
        known: Option<&Item>,
        line: &mut Line,
    ) -> Result<Files, Fault> {
        let here = known.filter(|item| is_here(item));
        let before = |file: &RemoteFile| here.and_then(|item| item.files.iter().find(|own| own.remote == file.remote));
        let mut files = Files::default();
        for group in groups {
            // What was taken the last time is taken again, so that a table stays the same one.
            let chosen = group.files.iter().find(|(file, _)| before(file).is_some()).or(group.files.first());
            let Some((file, ending)) = chosen else { continue };
            let known = before(file);
            let fetched = self.fetch(file, known)?;
            let (file, ending, known, fetched) = match (group.with_shapes(), &fetched) {
                (Some((shapes, shapes_ending)), Fetched::File { file: table, .. })
                    if known.is_none() && !is_positioned(table.path()) =>
                {
                    (*shapes, shapes_ending, before(shapes), self.fetch(shapes, before(shapes))?)
                }
                _ => (*file, ending, known, fetched),
            };
            for (other, _) in group.files.iter().filter(|(other, _)| *other != file) {
                line.other_formats.push(shown(other));
            }
            let taken: Vec<String> = files.kept.iter().map(|own| own.name.clone()).collect();
            let name = match known {
                // The file on the disk has this name.
                Some(known) if matches!(fetched, Fetched::Unchanged) => known.name.clone(),
                Some(known) if known.name.ends_with(&format!(".{ending}")) && !taken.contains(&known.name) => {
                    known.name.clone()
                }
                _ => kept_name(file, ending, &taken),
            };
            let title = plain_title(&file.title);
            if groups.len() > 1 && !title.is_empty() {
                files.titles.push((name.clone(), title.to_owned()));
            }
            match (fetched, known) {
                (Fetched::Unchanged, Some(known)) => files.kept.push(known.clone()),
                // A server that says "unchanged" without having been asked.
                (Fetched::Unchanged, None) => {
                    return Err(fault(
                        "answer",
                        format!("{} が中身を返しません。", file.place.text()),
                        format!("{} does not send what was asked for", file.place.text()),
                    ));
                }
                (Fetched::File { file: body, bytes, sha256, etag, last_modified, .. }, _) => {
                    files.bytes += bytes;
                    line.fetched += 1;
                    let is_same = known.is_some_and(|known| known.sha256 == sha256 && known.name == name);
                    if !is_same {
                        files.come.push((name.clone(), body));
                    }
                    let (remote, address) = (file.remote.clone(), file.place.text());
                    files.kept.push(KeptFile { remote, address, name, etag, last_modified, sha256 });
                }
            }
        }
        line.bytes = files.bytes;
        Ok(files)
    }

    fn fetch(&mut self, file: &RemoteFile, known: Option<&KeptFile>) -> Result<Fetched, Fault> {
        match &file.place {
            FilePlace::Here(path) => copied(path, self.plan.folder, self.fetcher.file_bytes()),
            FilePlace::Web(address) => {
                let known = known.filter(|known| known.address == *address);
                let conditions = known.map_or(Conditions::default(), |known| Conditions {
                    etag: &known.etag,
                    last_modified: &known.last_modified,
                });
                self.fetcher.file(address, conditions, self.plan.folder)
            }
        }
    }
}

/// A file as a person knows it.
pub(super) fn shown(file: &RemoteFile) -> String {
    if file.title.is_empty() { file.place.text() } else { file.title.clone() }
}

fn is_positioned(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    let is_workbook = head.starts_with(b"PK") || head.starts_with(&[0xd0, 0xcf]);
    read.is_err() || is_workbook || has_positions(&head)
}

/// A file of this machine, copied so that it stays what was looked at.
fn copied(path: &Path, folder: &Path, limit: u64) -> Result<Fetched, Fault> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| {
        fault("disk", format!("{name} を読めません({error})。"), format!("{name} cannot be read: {error}"))
    };
    let mut from = fs::File::open(path).map_err(failed)?;
    let mut file = tempfile::Builder::new().prefix(".in-").tempfile_in(folder).map_err(failed)?;
    let bytes = std::io::copy(&mut (&mut from).take(limit + 1), &mut file).map_err(failed)?;
    if bytes > limit {
        let mib = limit >> 20;
        return Err(fault(
            "too-large",
            format!("{name} は上限({mib} MiB)を超えています。設定 harvest_file_mib で変えられます。"),
            format!("{name} is longer than {mib} MiB (setting harvest_file_mib)"),
        ));
    }
    let mut hash = Sha256::new();
    let mut again = fs::File::open(file.path()).map_err(failed)?;
    std::io::copy(&mut again, &mut hash).map_err(failed)?;
    Ok(Fetched::File {
        file,
        bytes,
        sha256: hex::encode(hash.finalize()),
        etag: String::new(),
        last_modified: String::new(),
        media_type: String::new(),
    })
}
