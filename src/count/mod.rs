//! Accesses: from an answered request to a class, a verdict, sums and a report (definition v1).
//!
//! The way of one count: a handler puts an [`access::Access`] into its answer → [`counter::Counter`] classifies the
//! request ([`classify`]), judges the answer ([`verdict`]) and writes one [`record`] into a mapped [`segment`] → the
//! [`tally`] of a day's records applies the rules that need order (30 seconds, sessions) → `store::counts` keeps the
//! figures → [`report`]. All is pure but the segment, the salt and the counter, which write files.

pub mod access;
pub mod address;
pub mod archive;
pub mod class;
pub mod classify;
pub mod compare;
pub mod counter;
pub mod definition;
pub mod disclosure;
pub mod family;
pub mod kpi;
pub mod logs;
pub mod record;
pub mod report;
pub mod salt;
pub mod segment;
pub mod statistics;
pub mod tally;
pub mod target;
pub mod verdict;

/// A problem of the world around the counter. It never reaches a visitor: serving goes on, loss is numbered.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// A file or folder could not be used.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process counts into this folder.
    #[error("{path} is in use by another process; only one server counts into a data directory")]
    Locked {
        /// The lock file.
        path: String,
    },
    /// The file is no segment of ours, or its header or footer is damaged.
    #[error("{path} is not a counting segment: {detail}")]
    Segment {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// The archive of a day is missing, damaged, or could not be made.
    #[error("{path}: {detail}")]
    Archive {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// No random bytes could be had for a salt.
    #[error("no random bytes for the salt: {0}")]
    Random(std::io::Error),
    /// The counting definition does not fit the program or its lists.
    #[error(transparent)]
    Definition(#[from] definition::DefinitionError),
}

impl CountError {
    /// A [`Self::File`] about `path`, for `map_err`.
    pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.display().to_string();
        move |source| Self::File { path, source }
    }
}
