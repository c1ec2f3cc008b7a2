//! Digests of sources: what tells that their files did not change. Of a file a small part is held at a time.

use std::fs;
use std::path::{Path, PathBuf};

use super::PipelineError;
use super::description::DescribedFile;
use super::frames::JobFile;
use super::source::{Source, own_name};
use crate::model::name::Digest;

impl Source {
    /// SHA-256 over names and bytes of all its files and over its description: equal digests mean nothing changed.
    /// Beside it each file as it was seen before its bytes were read.
    pub fn digest(&self) -> Result<(String, Vec<JobFile>), PipelineError> {
        let mut seen = Vec::with_capacity(self.files.len());
        for path in &self.files {
            seen.push(JobFile::see(path).map_err(PipelineError::file(path))?);
        }
        let digest = Digest::of(format!("{}{}", digest_of(&self.files)?, self.described).as_bytes()).to_hex();
        Ok((digest, seen))
    }
}

/// The first file that differs from its description.
pub(super) fn changed_file(folder: &Path, described: &[DescribedFile]) -> Result<Option<String>, PipelineError> {
    for file in described {
        let Some(wanted) = &file.sha256 else { continue };
        // The name is text from a description: only a file directly in the folder is looked at.
        let path = folder.join(own_name(&file.name));
        if digest_of_file(&path)?.to_hex() != *wanted {
            return Ok(Some(file.name.clone()));
        }
    }
    Ok(None)
}

fn digest_of(files: &[PathBuf]) -> Result<String, PipelineError> {
    let mut text = String::new();
    for path in files {
        text.push_str(&path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
        text.push('\0');
        text.push_str(&digest_of_file(path)?.to_hex());
        text.push('\n');
    }
    Ok(Digest::of(text.as_bytes()).to_hex())
}

/// The digest of a file's bytes, of which a small part is held at a time.
fn digest_of_file(path: &Path) -> Result<Digest, PipelineError> {
    use sha2::Digest as _;
    use std::io::Read as _;
    let mut file = fs::File::open(path).map_err(PipelineError::file(path))?;
    let (mut hasher, mut piece) = (sha2::Sha256::new(), vec![0; 256 << 10]);
    loop {
        match file.read(&mut piece).map_err(PipelineError::file(path))? {
            0 => return Ok(Digest::from_bytes(hasher.finalize().into())),
            length => hasher.update(&piece[..length]),
        }
    }
}
