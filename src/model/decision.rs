//! What becomes of a release for what was found in it.

use serde::{Deserialize, Serialize};

use super::finding::FindingCode;

/// What a finding means for the publishing of its release, from harmless to final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// The release may be published; the finding is worth knowing.
    Note,
    /// A person must look and name the dataset before it is published.
    Hold,
    /// The release is never published, whoever asks.
    Reject,
}

impl FindingCode {
    /// What this kind of finding means for the release that has one.
    pub const fn decision(self) -> Decision {
        match self {
            // By law: 行政手続における特定の個人を識別するための番号の利用等に関する法律 第19条.
            Self::PersonalNumber => Decision::Reject,
            Self::PersonalNumberPossible
            | Self::PersonalMobile
            | Self::PersonalMail
            | Self::PersonalBirthDate
            | Self::PersonalName
            | Self::PersonalAddress
            | Self::PersonalList
            | Self::PersonalHome
            | Self::HiddenContent
            | Self::SmallCells
            | Self::SuppressedRecoverable
            | Self::SensitivePlace
            | Self::PositionsOutside
            | Self::RecordsShrunk
            | Self::ColumnEmptied
            | Self::PositionsLost
            | Self::KeyChanged
            | Self::TableLost => Decision::Hold,
            _ => Decision::Note,
        }
    }
}

/// What a finding of a whole column rests on: how sure it is, how many cells, and where the first of them lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// How sure the finding is, per cent (1–100).
    pub confidence_percent: u8,
    /// Cells that speak for it, all of them counted.
    pub cells: u64,
    /// Filled cells of the column.
    pub of: u64,
    /// Rows of the first such cells, as counted in the file.
    pub rows: Vec<u64>,
}
