//! Content-addressed, immutable files: `objects/ab/abcdef…`, named by their SHA-256.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::model::mapped::MappedFile;
use crate::model::name::Digest;

/// The folder of objects.
#[derive(Debug, Clone)]
pub struct Objects {
    root: PathBuf,
    /// Held by those who write objects that nothing points at yet, so that no sweep takes them away.
    making: Arc<RwLock<()>>,
}

impl Objects {
    /// Opens `root`, creating it where missing.
    pub fn open(root: &Path) -> io::Result<Self> {
        fs::create_dir_all(root.join("tmp"))?;
        Ok(Self { root: root.to_owned(), making: Arc::default() })
    }

    /// To be held from the first byte of an object until something points at it, outside the turn of jobs. Blocks while
    /// a sweep runs.
    pub fn making(&self) -> RwLockReadGuard<'_, ()> {
        self.making.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be held while objects are removed. Blocks while any is in the [`Self::making`].
    pub fn still(&self) -> RwLockWriteGuard<'_, ()> {
        self.making.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The folder of this name beside the objects, made where missing.
    pub(super) fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let folder = self.root.join(name);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// A file under a temporary name on the same file system; it vanishes unless [`Self::keep`] takes it.
    pub fn temporary(&self) -> io::Result<tempfile::NamedTempFile> {
        tempfile::Builder::new().prefix("new-").tempfile_in(self.root.join("tmp"))
    }

    /// Syncs the file and renames it to its digest. Gives its digest and length; a file that is already there stays.
    pub fn keep(&self, mut file: tempfile::NamedTempFile) -> io::Result<(Digest, u64)> {
        use io::Seek as _;
        file.as_file().sync_all()?;
        file.rewind()?;
        let (digest, size_bytes) = digest_of(file.as_file_mut())?;
        let path = self.path(&digest);
        if !path.exists() {
            let folder = path.parent().unwrap_or(&self.root);
            fs::create_dir_all(folder)?;
            fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o444))?;
            file.persist(&path).map_err(|error| error.error)?;
            File::open(folder)?.sync_all()?;
            File::open(&self.root)?.sync_all()?;
        }
        Ok((digest, size_bytes))
    }

    /// Where the object lies.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        let hex = digest.to_hex();
        self.root.join(&hex[..2]).join(hex)
    }

    /// All files in the folder, temporary ones included.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for folder in fs::read_dir(&self.root)? {
            let folder = folder?.path();
            if folder.is_dir() {
                for file in fs::read_dir(&folder)? {
                    files.push(file?.path());
                }
            }
        }
        Ok(files)
    }

    /// The object mapped for reading.
    pub fn map(&self, digest: &Digest) -> io::Result<MappedFile> {
        MappedFile::open(&File::open(self.path(digest))?)
    }

    /// The object mapped for reading, after all of it was read once: an error of kind `InvalidData` where a byte is not
    /// what it was. About a second a gigabyte.
    pub fn map_checked(&self, digest: &Digest) -> io::Result<MappedFile> {
        // Read, not mapped: pages of the map that nobody asks for need not become resident.
        let mut file = File::open(self.path(digest))?;
        let (found, _) = digest_of(&mut file)?;
        if found != *digest {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("its digest is {found}")));
        }
        MappedFile::open(&file)
    }
}

/// The digest and length of what is left to read.
fn digest_of(file: &mut File) -> io::Result<(Digest, u64)> {
    use sha2::Digest as _;
    let mut hasher = sha2::Sha256::new();
    let size_bytes = io::copy(&mut io::BufReader::with_capacity(1 << 18, file), &mut hasher)?;
    Ok((Digest::from_bytes(hasher.finalize().into()), size_bytes))
}
