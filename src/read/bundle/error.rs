//! Why an archive is refused.

use crate::read::ReadError;

/// What is wrong with an archive. The display form is the English message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Two entries have one name; programs differ in which they show.
    #[error("the archive holds {name} twice; pack it again")]
    EntryTwice {
        /// The name.
        name: String,
    },
    /// It is not what every program reads alike.
    #[error("the archive is broken ({detail}); pack it again")]
    Broken {
        /// What is wrong.
        detail: String,
    },
    /// It unpacks to more than is taken.
    #[error("the archive unpacks to more than {limit_bytes} bytes; split it into several")]
    TooLarge {
        /// Bytes allowed.
        limit_bytes: usize,
    },
    /// No file in it holds data.
    #[error("the archive holds no data file ({found}); put CSV, XLSX, GeoJSON, Shapefile, KML or GML into it")]
    NoData {
        /// What it holds.
        found: String,
    },
    /// Archives in archives in archives.
    #[error("{name} is an archive inside of an archive inside of this one; unpack the inner ones first")]
    TooDeep {
        /// The inner archive.
        name: String,
    },
    /// A file inside is refused, so all of it is: half of an archive must not look like all of it.
    #[error("{name} in the archive: {error}")]
    Inside {
        /// The file.
        name: String,
        /// Why.
        error: Box<ReadError>,
    },
}

impl ArchiveError {
    /// The stable text machines use; for a file inside, its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::EntryTwice { .. } => "part-twice",
            Self::Broken { .. } => "archive-broken",
            Self::TooLarge { .. } => "unpacks-too-large",
            Self::NoData { .. } => "archive-empty",
            Self::TooDeep { .. } => "archive-nested",
            Self::Inside { error, .. } => error.code(),
        }
    }

    /// The sentence for a person, in Japanese.
    pub fn message_ja(&self) -> String {
        match self {
            Self::EntryTwice { name } => {
                format!("ZIPファイルの中に「{name}」が二つあります。圧縮し直してください。")
            }
            Self::Broken { detail } => {
                format!("圧縮ファイルが壊れています({detail})。圧縮し直してください。")
            }
            Self::TooLarge { limit_bytes } => {
                format!("圧縮ファイルを展開すると上限({limit_bytes}バイト)を超えます。いくつかに分けてください。")
            }
            Self::NoData { found } => format!(
                "圧縮ファイルにデータのファイルがありません({found})。CSV、XLSX、GeoJSON、Shapefile、KML、GMLのいずれかを入れてください。"
            ),
            Self::TooDeep { name } => format!(
                "「{name}」は、圧縮ファイルの中の圧縮ファイルのさらに中にあります。中の圧縮ファイルを展開してください。"
            ),
            Self::Inside { name, error } => format!("圧縮ファイルの中の「{name}」: {}", error.message_ja()),
        }
    }
}
