//! The whole way of the data on one screen: a file to a release.
//!
//! ```text
//! source   folders and files → what belongs together, with its metadata
//! supervise a child process per file: bytes in, frames out, limits, a deadline
//! worker    (the child) read → normalize → Arrow batches, findings, refused rows
//! ingest    frames → one transaction of the store: a staged release, rows read = records + rows refused
//! harvest   other catalogues → files and their description, the way of every upload
//! publish   one ordered sweep of each table → files as objects → one transaction makes the release current
//! ```
//!
//! Serving never normalizes; normalizing never touches the store.

pub mod apart;
pub mod auxiliary;
pub mod batch;
pub mod case;
mod column_names;
mod description;
mod digest;
pub mod difference;
mod facility;
pub mod frames;
pub mod harvest;
pub mod ingest;
pub mod made;
pub mod publish;
mod kinds;
mod relay;
pub mod rows;
pub mod source;
mod speaker;
pub mod supervise;
pub mod table;
pub mod towns;
pub mod tally;
pub mod upload;
pub mod worker;

/// Hears how a long job goes on. Called from the thread that runs the job.
pub trait Progress {
    /// A job of `total` steps begins.
    fn begin(&mut self, what: &str, total: usize);
    /// A step was done; `name` says which.
    fn step(&mut self, name: &str);
    /// The job is over.
    fn end(&mut self);
}

/// A [`Progress`] that nobody watches.
#[derive(Debug, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&mut self, _what: &str, _total: usize) {}
    fn step(&mut self, _name: &str) {}
    fn end(&mut self) {}
}

/// A problem of the world that stops a job: never one of the data.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The database.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// A file or folder.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The files of a release could not be written.
    #[error("{dataset}: {source}")]
    Publish {
        /// The dataset.
        dataset: String,
        /// What went wrong.
        source: crate::publish::PublishError,
    },
    /// The records counted do not add up: a fault of the program, so nothing is taken in.
    #[error(
        "{file}: {rows_read} rows were read, but {records} records and {refused} refused rows do not add up to them"
    )]
    Conservation {
        /// The file.
        file: String,
        /// Data rows read.
        rows_read: u64,
        /// Records made.
        records: u64,
        /// Rows refused.
        refused: u64,
    },
}

impl PipelineError {
    fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.display().to_string();
        move |source| Self::File { path, source }
    }
}
