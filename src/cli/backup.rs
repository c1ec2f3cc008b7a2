//! Backup into one file and restore from it.
//!
//! The file is a tar archive: `manifest.json` (version, and the SHA-256 of every file), then the databases, the sealed
//! counting segments, the archives of closed days and the objects. Salts of the visitor tokens are never in it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};

use super::job::{Answer, Workplace};
use super::{Outcome, Usage, say};
use crate::model::name::Digest;

/// The form of the archive.
const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    format: u32,
    program: String,
    files: BTreeMap<String, String>,
}

/// Writes the backup while nothing else writes the data directory; reading goes on.
pub fn backup(place: Workplace<'_>, to: &Path) -> anyhow::Result<Answer> {
    if to.exists() {
        return Err(Usage(format!("{} exists already / すでにあります", to.display())).into());
    }
    let folder = to.parent().filter(|folder| folder.is_dir()).with_context(|| to.display().to_string())?;
    let mut archive = tempfile::Builder::new().prefix("hiraku-backup-").tempfile_in(folder)?;
    let files =
        place.store.while_still(|| place.counts.while_closed(|_| Ok(copy(place.path, archive.as_file_mut()))))???;
    archive.as_file().sync_all()?;
    let size_bytes = archive.as_file().metadata()?.len();
    archive.persist_noclobber(to)?;
    Ok(Answer {
        text: format!("{}: {files} files, {size_bytes} bytes\n", to.display()),
        json: serde_json::json!({ "file": to, "files": files, "bytes": size_bytes }),
        data_errors: false,
    })
}

fn copy(data: &Path, out: &mut File) -> anyhow::Result<usize> {
    let mut paths = Vec::new();
    for name in ["hiraku.duckdb", "counts.duckdb"] {
        if data.join(name).is_file() {
            paths.push(PathBuf::from(name));
        }
    }
    for folder in ["counts/segments", "counts/archive", "objects", "uploads"] {
        collect(data, Path::new(folder), &mut paths)?;
    }
    paths.sort();
    let mut manifest =
        Manifest { format: FORMAT, program: env!("CARGO_PKG_VERSION").to_owned(), files: BTreeMap::new() };
    let mut bodies = BTreeMap::new();
    for path in &paths {
        let bytes = fs::read(data.join(path)).with_context(|| path.display().to_string())?;
        manifest.files.insert(name_of(path)?, Digest::of(&bytes).to_hex());
        // Segments are still written while they are copied; the copy taken for the digest is the one stored.
        if !path.starts_with("objects") {
            bodies.insert(path.clone(), bytes);
        }
    }
    let mut tar = tar::Builder::new(BufWriter::new(out));
    append(&mut tar, "manifest.json", &serde_json::to_vec_pretty(&manifest)?)?;
    for path in &paths {
        let name = name_of(path)?;
        match bodies.get(path) {
            Some(bytes) => append(&mut tar, &name, bytes)?,
            None => append(&mut tar, &name, &fs::read(data.join(path))?)?,
        }
    }
    tar.into_inner()?.flush()?;
    Ok(paths.len())
}

fn append(tar: &mut tar::Builder<impl std::io::Write>, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_cksum();
    Ok(tar.append_data(&mut header, name, bytes)?)
}

fn name_of(path: &Path) -> anyhow::Result<String> {
    Ok(path.to_str().context("a file name in the data directory is not text")?.to_owned())
}

fn collect(data: &Path, folder: &Path, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let Ok(entries) = fs::read_dir(data.join(folder)) else { return Ok(()) };
    for entry in entries {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        // Files on their way in, which no change has taken yet.
        if folder.starts_with("uploads") && entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            if path != Path::new("objects/tmp") {
                collect(data, &path, paths)?;
            }
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

/// `hiraku restore`: into an empty or missing directory, whole or not at all.
pub fn restore(data: &Path, from: &Path, json: bool) -> anyhow::Result<Outcome> {
    let empty = match fs::read_dir(data) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !data.exists(),
    };
    if !empty {
        return Err(Usage(format!("{} is not empty / 空ではありません", data.display())).into());
    }
    let data = std::path::absolute(data)?;
    let parent = data.parent().context("the data directory has no parent")?;
    fs::create_dir_all(parent)?;
    let fresh = tempfile::Builder::new().prefix(".hiraku-restore-").tempdir_in(parent)?;
    let files = unpack(from, fresh.path()).with_context(|| from.display().to_string())?;
    if data.exists() {
        fs::remove_dir(&data)?;
    }
    fs::rename(fresh.keep(), &data)?;
    if json {
        say(&format!("{}\n", serde_json::json!({ "data": data, "files": files })));
    } else {
        say(&format!("{}: {files} files\n", data.display()));
    }
    Ok(Outcome::Done)
}

fn unpack(from: &Path, into: &Path) -> anyhow::Result<usize> {
    let mut tar = tar::Archive::new(BufReader::new(File::open(from)?));
    let mut entries = tar.entries()?;
    let mut first = entries.next().context("the archive is empty")??;
    ensure!(first.path()?.as_ref() == Path::new("manifest.json"), "the archive does not begin with its manifest");
    let mut text = String::new();
    first.by_ref().take(64 << 20).read_to_string(&mut text)?;
    let mut manifest: Manifest = serde_json::from_str(&text)?;
    ensure!(manifest.format == FORMAT, "form {} of the archive is not known", manifest.format);
    let count = manifest.files.len();
    for entry in entries {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        let name = name_of(&path)?;
        let Some(digest) = manifest.files.remove(&name).filter(|_| plain) else {
            bail!("{name:?} is not in the manifest");
        };
        let target = into.join(&path);
        fs::create_dir_all(target.parent().context("a file lies in a folder")?)?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        ensure!(Digest::of(&bytes).to_hex() == digest, "{name} is damaged (its SHA-256 differs)");
        fs::write(&target, &bytes)?;
        File::open(&target)?.sync_all()?;
    }
    if let Some(missing) = manifest.files.keys().next() {
        bail!("{missing} is missing from the archive");
    }
    Ok(count)
}
